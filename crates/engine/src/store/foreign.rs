//! Hash lists in SQLite files of other programs: opened so that nothing in the file can do anything, read with a handful of statements.
//!
//! A database is a program as much as a file: views, triggers, generated columns and virtual tables are SQL that its maker chose. What stands
//! against that here: the file is opened read-only and immutable (no journal of it is played back, nothing is ever written beside it);
//! extensions cannot be loaded, because that part of the library is not compiled in; functions and virtual tables with side effects are closed
//! to the schema (`trusted_schema`); triggers are off, and views are on only for the two views of NSRL; one value, one statement and the whole
//! reading have limits; and only the statements of a [`DatabasePlan`] run, which `hashlist` writes without a word of the file.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hashlist::formats::{Cell, DatabasePlan, DatabaseTable, database_record, recognise_database};
use hashlist::state::ListState;
use hashlist::{Answers, Import, Record, Refusal, import_records, limits};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

#[cfg(test)]
mod tests;

/// Steps of SQLite's machine between two looks at the time. A step takes some 10 to 100 ns, so this is about a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Names of the tables and views that any known list uses, for the one look into the schema.
const KNOWN: [&str; 4] = ["db_properties", "hashes", "METADATA", "FILE"];

/// The known tables and views, virtual tables left out: those have no page of their own.
const FIND_TABLES: &str = "SELECT name, type FROM sqlite_schema WHERE name COLLATE NOCASE IN ('db_properties', 'hashes', 'METADATA', 'FILE') \
                           AND (type = 'view' OR (type = 'table' AND rootpage > 0))";

/// Whether the file carries a trigger. Reading fires none; a list that brings one is not what it says it is.
const FIND_TRIGGER: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'";

/// Instructions of a statement that need working space as large as the file, or that run code of a virtual table. The statements of the known
/// formats compile to none of them on the tables that they are meant for.
const COSTLY: [&str; 5] = ["OpenEphemeral", "OpenAutoindex", "SorterOpen", "VOpen", "Program"];

/// A SQLite file of another program that holds a hash list.
pub struct ForeignDatabase {
    connection: Connection,
    plan: DatabasePlan,
    stopped: Arc<AtomicBool>,
    time: Duration,
}

impl ForeignDatabase {
    /// Opens the copy of a list that lies in the home, and recognises it by its tables.
    ///
    /// All reading ends `time` after this call, or as soon as `stop` says so, which is asked about a thousand times a second.
    /// # Errors
    /// `unknown_database`, `damaged`, `too_large` (file, value or time), `unreadable`. The file is unchanged in every case.
    pub fn open(path: &Path, time: Duration, mut stop: impl FnMut() -> bool + Send + 'static) -> Result<Self, Refusal> {
        if path.metadata()?.len() > limits::DATABASE_BYTES {
            return Err(Refusal::TooLarge { limit: "more than 128 GiB".to_owned() });
        }
        let stopped = Arc::new(AtomicBool::new(false));
        let blank = |error| refusal(&error, &stopped, time);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(immutable_uri(path), flags).map_err(blank)?;
        let began = Instant::now();
        let by_caller = Arc::clone(&stopped);
        let watch = move || {
            let asked_to = stop();
            by_caller.fetch_or(asked_to, Ordering::Relaxed);
            asked_to || began.elapsed() >= time
        };
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(watch)).map_err(blank)?;
        confine(&connection).map_err(blank)?;
        let plan = recognise(&connection).map_err(|error| error.into_refusal(&stopped, time))?;
        Ok(Self { connection, plan, stopped, time })
    }

    /// What the file is and why, and what will be read from it.
    pub fn plan(&self) -> &DatabasePlan {
        &self.plan
    }

    /// Hands every row over as a record, in the order of the file. May be called again.
    ///
    /// # Errors
    /// As [`ForeignDatabase::open`]; records handed over before are void then.
    pub fn records(&self, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
        read_rows(&self.connection, &self.plan, sink).map_err(|error| error.into_refusal(&self.stopped, self.time))
    }

    /// Imports the whole file as the next version of a list whose state is `base`, or as a new list. `row` hears the number of each row.
    ///
    /// # Errors
    /// As [`hashlist::import_records`] and [`ForeignDatabase::records`]; nothing was imported then.
    pub fn import(&self, base: Option<ListState>, answers: &Answers, row: &mut dyn FnMut(u64)) -> Result<Import, Refusal> {
        let mut records = |sink: &mut dyn FnMut(Record)| {
            self.records(&mut |record| {
                row(record.number);
                sink(record);
            })
        };
        import_records(&self.plan.recognised, &mut records, base, answers)
    }
}

/// An error of SQLite, or a refusal of our own.
enum Failed {
    Sqlite(rusqlite::Error),
    Refused(Refusal),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failed {
    fn into_refusal(self, stopped: &AtomicBool, time: Duration) -> Refusal {
        match self {
            Self::Sqlite(error) => refusal(&error, stopped, time),
            Self::Refused(refusal) => refusal,
        }
    }
}

/// The address of the file for SQLite, with every byte that means something in one escaped. `immutable` keeps SQLite from looking for
/// journals beside the file and from playing one back.
fn immutable_uri(path: &Path) -> String {
    let escaped: String = path
        .as_os_str()
        .as_bytes()
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(*byte).to_string(),
            other => format!("%{other:02x}"),
        })
        .collect();
    // The empty host keeps a path that begins with two slashes from being read as one.
    let host = if path.is_absolute() { "//" } else { "" };
    format!("file:{host}{escaped}?mode=ro&immutable=1")
}

/// Takes away whatever a file from elsewhere could use.
fn confine(connection: &Connection) -> rusqlite::Result<()> {
    let off = [
        DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
        DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA,
        DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER,
    ];
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    for config in off {
        connection.set_db_config(config, false)?;
    }
    let longest = i32::try_from(limits::CELL_BYTES).unwrap_or(i32::MAX);
    let ceilings = [
        (Limit::SQLITE_LIMIT_LENGTH, longest),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, longest),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 10),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ];
    for (limit, most) in ceilings {
        connection.set_limit(limit, most)?;
    }
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // No file of ours is ever made for the sake of theirs; what would need one is refused.
    connection.pragma_update(None, "temp_store", "MEMORY")
}

fn recognise(connection: &Connection) -> Result<DatabasePlan, Failed> {
    let triggers: i64 = connection.query_row(FIND_TRIGGER, [], |row| row.get(0))?;
    if triggers > 0 {
        return Err(Failed::Refused(Refusal::ActiveDatabase { what: "a trigger" }));
    }
    let tables = tables(connection)?;
    let plan = recognise_database(&tables).map_err(Failed::Refused)?;
    if let Some((statement, expected)) = plan.check {
        check(connection, statement, expected)?;
    }
    refuse_costly(connection, &plan.rows)?;
    Ok(plan)
}

/// The known tables and views of the file, with their columns. Views are closed to everything until here, and then to all but these.
fn tables(connection: &Connection) -> Result<Vec<DatabaseTable>, Failed> {
    let mut statement = connection.prepare(FIND_TABLES)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, kind) = (row.get_ref(0)?.as_str(), row.get_ref(1)?.as_str());
        let known = name.ok().and_then(|name| KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)));
        found.extend(known.map(|name| (name, kind == Ok("view"))));
    }
    let is_rds_view = |(name, is_view): &(&str, bool)| *is_view && matches!(*name, "METADATA" | "FILE");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, found.iter().any(is_rds_view))?;
    let described = found.into_iter().map(|(name, is_view)| {
        let mut columns = Vec::new();
        // The name is one of ours, not the file's. Generated columns do not show up here, and so are never read.
        connection.pragma(None, "table_info", name, |row| {
            columns.extend(row.get_ref("name")?.as_str().ok().map(str::to_owned));
            Ok(())
        })?;
        Ok(DatabaseTable { name: name.to_owned(), is_view, columns })
    });
    described.collect()
}

/// Refuses a database that does not say of itself what it should.
fn check(connection: &Connection, statement: &str, expected: &str) -> Result<(), Failed> {
    refuse_costly(connection, statement)?;
    let mut statement = connection.prepare(statement)?;
    let mut rows = statement.query([])?;
    let mut values = 0;
    let mut right = true;
    while let Some(row) = rows.next()? {
        values += 1;
        right &= match row.get_ref(0)? {
            ValueRef::Text(text) => text == expected.as_bytes(),
            ValueRef::Integer(number) => number.to_string() == expected,
            _ => false,
        };
    }
    if values == 1 && right { Ok(()) } else { Err(Failed::Refused(Refusal::UnknownDatabase)) }
}

/// Refuses a statement that this file turns into more than a walk through tables. Nothing of it is run.
fn refuse_costly(connection: &Connection, statement: &str) -> Result<(), Failed> {
    let mut explained = connection.prepare(&format!("EXPLAIN {statement}"))?;
    let mut rows = explained.query([])?;
    while let Some(row) = rows.next()? {
        if row.get_ref("opcode")?.as_str().is_ok_and(|opcode| COSTLY.contains(&opcode)) {
            return Err(Failed::Refused(Refusal::ActiveDatabase { what: "a view or a table that does more than list hashes" }));
        }
    }
    Ok(())
}

fn read_rows(connection: &Connection, plan: &DatabasePlan, sink: &mut dyn FnMut(Record)) -> Result<(), Failed> {
    let mut statement = connection.prepare(&plan.rows)?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut number = 0;
    while let Some(row) = rows.next()? {
        number += 1;
        let mut cells = Vec::with_capacity(width);
        for column in 0..width {
            cells.push(match row.get_ref(column)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Integer(number),
                ValueRef::Real(_) => Cell::Real,
                ValueRef::Text(text) => Cell::Text(text),
                ValueRef::Blob(bytes) => Cell::Blob(bytes),
            });
        }
        sink(database_record(plan.recognised.format, number, &cells));
    }
    Ok(())
}

/// What an error of SQLite says about the file. Its own text is not shown: it repeats names from the file.
fn refusal(error: &rusqlite::Error, stopped: &AtomicBool, time: Duration) -> Refusal {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) if stopped.load(Ordering::Relaxed) => {
            Refusal::Unreadable(std::io::Error::new(std::io::ErrorKind::Interrupted, "the operator stopped it"))
        }
        Some(ErrorCode::OperationInterrupted) => Refusal::TooLarge { limit: format!("more to read than {} seconds allow", time.as_secs()) },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Refusal::DamagedDatabase,
        Some(ErrorCode::TooBig) => Refusal::TooLarge { limit: format!("a value of more than {} bytes", limits::CELL_BYTES) },
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::OutOfMemory) => {
            Refusal::Unreadable(std::io::Error::other(error.to_string()))
        }
        _ => Refusal::UnknownDatabase,
    }
}
