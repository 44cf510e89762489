//! A lost or damaged database, made again from the newest sound copy, the rows of human work, and the ledger that lie in `backup/`.
//!
//! What a sweep finds again is not copied: uploads and contents without a case. Contents that have one come back without their pixels' fingerprints, and
//! are checked again like new ones; everything is compared with the lists again.

use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;

use super::journal::each_line;
use super::ledger::{self, LedgerRow};
use super::{checksum, schema, settings};
use crate::error::{Code, Error, Result};

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The copy that it began with; `None`: there was none, and everything came from the rows.
    pub base: Option<PathBuf>,
    /// Rows of human work that were newer than the copy.
    pub rows: u64,
    /// Rows of the ledger that were newer than the copy.
    pub ledger_rows: u64,
    /// Number of the first row of the ledger's copy that does not follow from the one before; from there on none was taken.
    pub broken_at: Option<i64>,
}

/// The sound database among these whose ledger reaches furthest.
pub fn newest(candidates: &[PathBuf]) -> Option<PathBuf> {
    let reach = |file: &Path| schema::open_reader(file).and_then(|connection| ledger::head(&connection)).map_or(-1, |head| head.seq);
    let sound = candidates.iter().filter(|file| file.is_file() && schema::is_sound(file));
    sound.max_by_key(|file| reach(file)).cloned()
}

/// Makes a whole database at `to`, a new file.
///
/// # Errors
/// [`Code::HomeDamaged`] if there is nothing to make it from, or what came out is not whole; [`Error::Io`] of the copies; the store's own.
pub fn rebuild(to: &Path, base: Option<&Path>, backup_dir: &Path, now: i64) -> Result<Rebuilt> {
    schema::make_private(to)?;
    if let Some(base) = base {
        schema::open_reader(base)?.backup("main", to, None::<fn(rusqlite::backup::Progress)>)?;
    }
    let connection = schema::open(to, backup_dir)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let known: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM content", [], |row| row.get(0))?;
    let rows = take_rows(&connection, &backup_dir.join("rows.jsonl"))?;
    let (ledger_rows, broken_at) = take_ledger(&connection, &backup_dir.join("ledger.jsonl"))?;
    if base.is_none() && rows == 0 && ledger_rows == 0 {
        let text = "There is no copy of the database and no record to make it from. Nothing was changed.";
        return Err(Error::refused(Code::HomeDamaged, text));
    }
    ask_again(&connection, known, now)?;
    count_again(&connection)?;
    connection.execute_batch("COMMIT")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    schema::full_check(&connection)?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(Rebuilt { base: base.map(Path::to_owned), rows, ledger_rows, broken_at })
}

/// Runs the statements that are newer than the copy. An index that speaks of the current row of a path is set aside meanwhile: which row that is, is known
/// at the end.
fn take_rows(connection: &Connection, file: &Path) -> Result<u64> {
    let after: i64 =
        connection.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'changed_row'", [], |row| row.get(0)).optional()?.unwrap_or(0);
    let index: String = connection.query_row("SELECT sql FROM sqlite_schema WHERE name = 'upload_by_path'", [], |row| row.get(0))?;
    connection.execute_batch("DROP INDEX upload_by_path")?;
    let (mut taken, mut reached) = (0, after);
    each_line(file, &mut |line| {
        let (Some(seq), Some(sql)) = (line.get("seq").and_then(Value::as_i64), line.get("sql").and_then(Value::as_str)) else {
            return Ok(());
        };
        if seq <= after {
            return Ok(());
        }
        if !sql.starts_with("INSERT OR REPLACE INTO \"") && !sql.starts_with("DELETE FROM \"") {
            return Err(Error::damaged_database(&format!("line {seq} of rows.jsonl is not a row")));
        }
        connection.prepare(sql)?.execute([])?;
        (taken, reached) = (taken + 1, seq);
        Ok(())
    })?;
    connection.execute_batch(
        "UPDATE upload SET current = 0 WHERE current = 1 AND EXISTS (
             SELECT 1 FROM upload newer WHERE newer.site = upload.site AND newer.path = upload.path AND newer.current = 1 AND newer.id > upload.id)",
    )?;
    connection.execute_batch(&index)?;
    connection.execute_batch("DELETE FROM changed_row")?;
    // Numbers go on where the file ends, or what comes next would seem to be there already.
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'changed_row'", [])?;
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('changed_row', ?)", [reached])?;
    Ok(taken)
}

/// Appends the rows of the ledger that the copy lacks, as long as each follows from the one before.
fn take_ledger(connection: &Connection, file: &Path) -> Result<(u64, Option<i64>)> {
    let head = ledger::head(connection)?;
    let (mut taken, mut broken_at, mut seq, mut previous): (u64, Option<i64>, i64, Sha256) = (0, None, head.seq, head.hash);
    each_line(file, &mut |line| {
        let Some(row) = LedgerRow::from_json(line).filter(|row| row.seq > head.seq) else { return Ok(()) };
        if broken_at.is_some() {
            return Ok(());
        }
        if row.seq != seq + 1 || row.previous != previous || row.hash != row.computed_hash() {
            broken_at = Some(seq + 1);
            return Ok(());
        }
        ledger::put(connection, &row)?;
        (taken, seq, previous) = (taken + 1, row.seq, row.hash);
        Ok(())
    })?;
    Ok((taken, broken_at))
}

/// Contents that are not from the copy have no fingerprints here: they are checked again. Everything is compared with the lists again, also what was
/// stored before a list changed that only the rows tell of.
fn ask_again(connection: &Connection, known: i64, now: i64) -> Result<()> {
    connection.execute("UPDATE content SET pixels = NULL, pixel_reason = NULL, generation = NULL WHERE id > ?", [known])?;
    connection.execute(
        "UPDATE upload SET state = 'found', reason = NULL, checked_at = NULL WHERE current = 1 AND place = 'site' AND directory = 0 AND content > ?",
        [known],
    )?;
    connection.execute("INSERT INTO generation (at, cause) VALUES (?, 'rebuilt')", params![now])?;
    connection.execute("DELETE FROM setting WHERE key = ?", [settings::STORED_SIGNALS])?;
    checksum::forget(connection)?;
    Ok(())
}

/// Running counts are kept by triggers, which saw the rows in another order.
fn count_again(connection: &Connection) -> Result<()> {
    connection.execute_batch(
        "DELETE FROM upload_count;
         INSERT INTO upload_count SELECT site, directory, place, state, coalesce(reason, ''), count(*) FROM upload WHERE current = 1 GROUP BY 1, 2, 3, 4, 5;
         DELETE FROM case_count;
         INSERT INTO case_count SELECT state, match_type = 'exact', second_look IS NOT NULL, practice, count(*) FROM triage_case GROUP BY 1, 2, 3, 4;",
    )?;
    Ok(())
}
