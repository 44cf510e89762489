//! What the database file was when it was last closed: a checksum beside it finds damage that SQLite's own check cannot see, such as a flipped bit in a note.
//!
//! The last process to close the home writes a random token into the database, then token, change counter and checksum into `gatehouse.db.sha256`. Every
//! change of a row removes the token, by triggers that are part of the database: also a change by another program. A change of the tables moves the
//! counter. So a checksum whose token and counter are still in the database must fit the file; any other says nothing.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use rusqlite::{Connection, OptionalExtension as _};
use sha2::Digest as _;

use crate::error::{Error, Result};

/// Setting: the token of the checksum beside the file.
const TOKEN: &str = "closed_with";

/// Characters in which a damaged token may differ; two that have nothing to do with each other differ in sixty of sixty-four.
const NEARLY: usize = 8;

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// Refuses a file that is not what it was when it was closed.
///
/// # Errors
/// [`crate::Code::HomeDamaged`], [`Error::Io`], or the store's own.
pub(super) fn check(connection: &Connection, file: &Path) -> Result<()> {
    let [counter, valid_for] = counters(file).map_err(Error::io(file))?;
    if counter != valid_for {
        return Err(Error::damaged_database("its head contradicts itself"));
    }
    let (Some(written), Some(token)) = (Written::read(file), stored(connection)?) else { return Ok(()) };
    // Another token is that of another end, as in a copy that was put back; one that is nearly the same was damaged.
    let differing = token.bytes().zip(written.token.bytes()).filter(|(one, other)| one != other).count();
    if differing > NEARLY || differing == 0 && (counter != written.counter || of(file).map_err(Error::io(file))? == written.digest) {
        return Ok(());
    }
    Err(Error::damaged_database("it is not what it was when it was closed"))
}

/// Sets the triggers by which every change of a row removes the token. They are part of the database.
///
/// # Errors
/// The store's own.
pub(super) fn watch(connection: &Connection) -> Result<()> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
               AND NOT EXISTS (SELECT 1 FROM sqlite_schema t WHERE t.type = 'trigger' AND t.name = 'closed_' || sqlite_schema.name || '_insert')";
    let names: Vec<String> = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names {
        for (what, of) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
            let other = if name == "setting" { format!("WHEN {of}.key <> '{TOKEN}'") } else { String::new() };
            connection.execute_batch(&format!(
                "CREATE TRIGGER IF NOT EXISTS \"closed_{name}_{}\" AFTER {what} ON \"{name}\" {other} BEGIN DELETE FROM setting WHERE key = '{TOKEN}'; END",
                what.to_lowercase()
            ))?;
        }
    }
    Ok(())
}

/// The checksum says nothing any more.
///
/// # Errors
/// The store's own.
pub(super) fn forget(connection: &Connection) -> Result<()> {
    connection.prepare_cached("DELETE FROM setting WHERE key = ?")?.execute([TOKEN])?;
    Ok(())
}

/// Writes the checksum. Does nothing while another process has the database open.
///
/// # Errors
/// The store's own, or [`Error::Io`]; then there is no checksum, which says nothing.
pub(super) fn write(connection: &Connection, file: &Path) -> Result<()> {
    if is_there(connection, file)? || is_busy(connection)? {
        return Ok(());
    }
    let mut random = [0; 32];
    if getrandom::fill(&mut random).is_err() {
        return Ok(());
    }
    let path = beside(file);
    if path.exists() {
        #[expect(clippy::disallowed_methods, reason = "a file of the home that says nothing any more")]
        std::fs::remove_file(&path).map_err(Error::io(&path))?;
    }
    let token = Sha256::new(random).to_string();
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [TOKEN, &token])?;
    if is_busy(connection)? {
        return Ok(());
    }
    let ([counter, _], digest) = (counters(file).map_err(Error::io(file))?, of(file).map_err(Error::io(file))?);
    let written = File::options().create(true).write(true).truncate(true).mode(0o600).open(&path);
    written.and_then(|mut file| writeln!(file, "{token} {counter} {digest}")).map_err(Error::io(&path))
}

/// What the file beside the database says.
struct Written {
    token: String,
    counter: u32,
    digest: Sha256,
}

impl Written {
    fn read(file: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(beside(file)).ok()?;
        let mut words = text.split_whitespace();
        Some(Self { token: words.next()?.to_owned(), counter: words.next()?.parse().ok()?, digest: Sha256::from_hex(words.next()?)? })
    }
}

/// The change counter of the file's head, and the value for which the head says that it is valid (bytes 24 and 92 of the format).
fn counters(file: &Path) -> std::io::Result<[u32; 2]> {
    let (file, mut found) = (File::open(file)?, [0; 2]);
    for (counter, at) in found.iter_mut().zip([24, 92]) {
        let mut bytes = [0; 4];
        file.read_exact_at(&mut bytes, at)?;
        *counter = u32::from_be_bytes(bytes);
    }
    Ok(found)
}

/// Whether nobody wrote since the checksum was made.
fn is_there(connection: &Connection, file: &Path) -> Result<bool> {
    let stored = stored(connection)?;
    Ok(Written::read(file).is_some_and(|written| stored.as_ref() == Some(&written.token)))
}

fn stored(connection: &Connection) -> Result<Option<String>> {
    Ok(connection.query_row("SELECT value FROM setting WHERE key = ?", [TOKEN], |row| row.get(0)).optional()?)
}

/// Brings everything into the one file; true while another process keeps that from happening.
fn is_busy(connection: &Connection) -> Result<bool> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?)
}

fn of(file: &Path) -> std::io::Result<Sha256> {
    let (mut file, mut hasher, mut part) = (File::open(file)?, sha2::Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(Sha256::new(hasher.finalize().into())),
            n => hasher.update(part.get(..n).unwrap_or_default()),
        }
    }
}
