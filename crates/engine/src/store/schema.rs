//! Opening, settings of the connection, migrations.
//!
//! A database that is damaged or newer is refused untouched: nothing here renames, recreates or repairs one.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};

use super::checksum;
use crate::error::{Code, Error, Result};

/// How long a write waits for another process before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// "GATE" in ASCII: another program's database is never taken for ours.
const APPLICATION_ID: i32 = 0x4741_5445;

/// Migrations in their order; the number of a database is how many of them it has seen. Added, never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_fingerprints.sql"),
    include_str!("../../migrations/0003_subscriptions.sql"),
    include_str!("../../migrations/0004_list_answers.sql"),
    include_str!("../../migrations/0005_switches_and_floods.sql"),
    include_str!("../../migrations/0006_own_lists.sql"),
    include_str!("../../migrations/0007_checks.sql"),
    include_str!("../../migrations/0008_persons.sql"),
    include_str!("../../migrations/0009_known_good.sql"),
    include_str!("../../migrations/0010_duties.sql"),
    include_str!("../../migrations/0011_presets.sql"),
    include_str!("../../migrations/0012_triage.sql"),
    include_str!("../../migrations/0013_vault.sql"),
    include_str!("../../migrations/0014_list_terms.sql"),
    include_str!("../../migrations/0015_rows.sql"),
];

/// Opens the database for writing; creates it when there is none; brings an older one up to date after a backup.
///
/// # Errors
/// [`Code::HomeNewer`] for a database of a newer Gatehouse, [`Code::HomeDamaged`] for a damaged or foreign one; both leave the file as it is.
pub fn open(file: &Path, backup_dir: &Path) -> Result<Connection> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    harden(&connection)?;
    let is_new: bool = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if !is_new {
        // Before anything is set: setting the journal mode writes into the file.
        refuse_foreign(&connection, file)?;
        refuse_newer(&connection)?;
        checksum::check(&connection, file)?;
        quick_check(&connection)?;
    }
    configure(&connection)?;
    if is_new {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    migrate(&mut connection, is_new, backup_dir)?;
    Ok(connection)
}

/// Whether this file is a whole database of a Gatehouse that is not newer than this one. Looks only.
pub fn is_sound(file: &Path) -> bool {
    let look = || -> Result<()> {
        let connection = open_reader(file)?;
        refuse_foreign(&connection, file)?;
        refuse_newer(&connection)?;
        checksum::check(&connection, file)?;
        full_check(&connection)
    };
    look().is_ok()
}

/// A connection that can only read.
///
/// # Errors
/// The store's own when the file cannot be opened.
pub fn open_reader(file: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    harden(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit that was answered survives a power cut. NORMAL would lose the last decisions.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

fn harden(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(())
}

fn refuse_foreign(connection: &Connection, file: &Path) -> Result<()> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let name = crate::model::Shown::of_path(file);
    Err(Error::refused(Code::HomeDamaged, format!("{name} is not a database of Gatehouse. Nothing was changed.")))
}

fn refuse_newer(connection: &Connection) -> Result<()> {
    let seen: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if seen <= i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX) {
        return Ok(());
    }
    Err(Error::refused(Code::HomeNewer, "This home was written by a newer Gatehouse. Nothing was changed. Use that version."))
}

fn quick_check(connection: &Connection) -> Result<()> {
    check(connection, "quick_check")
}

/// SQLite's full check of the file: pages, indexes against their tables, foreign keys.
///
/// # Errors
/// [`Code::HomeDamaged`], or the store's own when the file is too damaged to be checked.
pub fn full_check(connection: &Connection) -> Result<()> {
    check(connection, "integrity_check")?;
    let loose: Option<String> =
        connection.query_row("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", [], |row| row.get(0)).optional()?;
    loose.map_or(Ok(()), |table| Err(Error::damaged_database(&format!("a row of {table} has lost its other half"))))
}

fn check(connection: &Connection, pragma: &str) -> Result<()> {
    let verdict: String = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::damaged_database(&verdict)) }
}

fn migrate(connection: &mut Connection, is_new: bool, backup_dir: &Path) -> Result<()> {
    let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let seen: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if seen == newest {
        return Ok(());
    }
    if !is_new {
        back_up(connection, &backup_dir.join(format!("before-migration-{newest}.db")))?;
    }
    // Another process may be at the same migration: the number is read again inside the transaction.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let seen: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for sql in MIGRATIONS.iter().skip(usize::try_from(seen).unwrap_or(0)) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", newest)?;
    tx.commit()?;
    Ok(())
}

/// SQLite makes files as the umask says; a copy of a home is nobody else's business.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn make_private(file: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::File::options().create(true).append(true).mode(0o600).open(file).map(drop).map_err(Error::io(file))
}

/// A consistent copy of the database by SQLite's online backup.
///
/// # Errors
/// The store's own; a half-written copy is left under its `.part` name.
pub fn back_up(connection: &Connection, to: &Path) -> Result<()> {
    let part = to.with_extension("part");
    make_private(&part)?;
    connection.backup("main", &part, None::<fn(rusqlite::backup::Progress)>)?;
    #[expect(clippy::disallowed_methods, reason = "a file of the home that we just wrote")]
    std::fs::rename(&part, to).map_err(Error::io(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_home_gets_every_table_and_opens_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("gatehouse.db");
        drop(open(&file, dir.path()).unwrap());
        let connection = open(&file, dir.path()).unwrap();
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0)).unwrap();
        assert!(tables > 10, "the migration ran once");
    }

    #[test]
    fn migrations_are_added_and_never_edited() {
        use sha2::Digest as _;
        let seen: Vec<String> = MIGRATIONS
            .iter()
            .map(|sql| fingerprint::signal::Sha256::new(sha2::Sha256::digest(sql.as_bytes()).into()).to_string())
            .collect();
        let written = [
            "b45b28031af13aed7ba3d5de5447cf86e4cad373e800848ae2a597ef541e4c7e",
            "9caf1459d0b7f3520059ceffded12493d2981940d706b9d4d0f05596af7bc637",
            "08bcb7a284f6ea888f6f14db80a619e01116d65dfcaa27a561499b93aa0047f3",
            "7a1b93a1159df80c96fd62ddef959738f5fe7566a46d2081f47eb272b4136392",
            "74db9ad730cbe8610de349b65089fa03b272114e8904f1deba953db9b9df108b",
            "eba43d5e809ff141763ee1b5e59dcd7b9f82b77f1980051573cbbf3dee937ce3",
            "cce30651d0f268de2a1a7f2791c2199f0a0687cf4afcee4adcd3aba5a1a16b8d",
            "2e26be1a9dc05e62889a8bcc33873542738ac2152e17fdc4458a026874c68590",
            "a6b892a24e54b57629a872769c281828395a343363367e2f433a0dbb902b97d4",
            "fadb137a85672a54289b0a8796d039c2add7472e0970c64aba0b3ae01155c8d3",
            "9cd03b20a3e065feb2e2788a1ba093d9b24421e475c7876693e4d245549534b4",
            "623f24f1335e8c936a2838fa3802b4e54ddc9dac45db1d77c0667bbfa61ad961",
            "e38d076068b38ecb6929b45ba922371222cb61715b5ac45911e6a541f87dac91",
            "478cabe71bb5461fc9056569ca5303ee3618b0b5ea88c7f0ab38a0c22908a388",
            "34e1124b4d350a928d97e12e73addd91226c1a7837380394c81a5a05acd74f2e",
        ];
        assert_eq!(seen, written, "a home out there has run this text; write a new migration instead");
    }

    #[test]
    fn a_home_of_the_first_version_is_brought_up_to_date_after_a_backup() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("gatehouse.db");
        let old = Connection::open(&file).unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute(
            "INSERT INTO content (sha256, sha1, md5, size, kind, first_seen_at) VALUES (x'01', x'02', x'03', 4, 'image/png', 5)",
            [],
        )
        .unwrap();
        for view in 0..8_u8 {
            old.execute("INSERT INTO signal VALUES (1, 'pdq', 0, ?, 80, ?)", (view, [view; 32])).unwrap();
        }
        old.close().unwrap();
        let now = open(&file, dir.path()).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get("quality")?, row.get("blank")?, row.get("bytes")?));
        let (quality, blank, bytes): (u8, bool, Vec<u8>) = now.query_row("SELECT * FROM signal", [], row).unwrap();
        assert_eq!((quality, blank), (80, false), "what was stored counts as before until it is decoded again");
        assert_eq!(bytes, (0..8).flat_map(|view| [view; 32]).collect::<Vec<u8>>(), "all views in their order");
        let backup = Connection::open(dir.path().join("before-migration-15.db")).unwrap();
        let kept: i64 = backup.query_row("SELECT count(*) FROM signal", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 8, "the backup holds the home as it was");
    }

    #[test]
    fn f29_a_newer_database_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("gatehouse.db");
        let connection = open(&file, dir.path()).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        connection.close().unwrap();
        let before = std::fs::read(&file).unwrap();
        assert_eq!(open(&file, dir.path()).unwrap_err().code(), Code::HomeNewer);
        assert_eq!(std::fs::read(&file).unwrap(), before, "the file is byte-identical");
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("gatehouse.db");
        std::fs::write(&file, vec![7; 8192]).unwrap();
        assert_eq!(open(&file, dir.path()).unwrap_err().code(), Code::HomeDamaged);
        assert_eq!(std::fs::read(&file).unwrap(), vec![7; 8192], "nothing was changed");
    }
}
