//! Actions on files: planned, intended before the disk is touched, ended with an outcome.

use fingerprint::signal::Sha256;
use rusqlite::{Connection, Row, ToSql, params};

use super::{Tx, sha256, word};
use crate::error::Result;
use crate::model::{ActionKind, ActionState, CaseId, SiteFile, UploadId};

/// What the name of a file that was set aside begins with; the rest is the name in the holding directory.
pub const ASIDE_PREFIX: &[u8] = b".gatehouse-";

/// One file of one action.
#[derive(Clone, Debug)]
pub struct ActionRow {
    /// Its number.
    pub id: i64,
    /// The case.
    pub case: CaseId,
    /// The upload.
    pub upload: UploadId,
    /// What is done.
    pub kind: ActionKind,
    /// How far it is.
    pub state: ActionState,
    /// The content that the plan was made for.
    pub sha256: Sha256,
    /// Name in the holding directory, from the intent on.
    pub holding_name: Option<String>,
    /// The file as it was (identity, mode, owner, times, attributes), from the intent on.
    pub original: Option<serde_json::Value>,
    /// Why it failed.
    pub failed: Option<String>,
    /// What could not be kept as it was, or was found besides.
    pub notes: Option<String>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

fn action_of(row: &Row<'_>) -> rusqlite::Result<ActionRow> {
    let original: Option<String> = row.get("original")?;
    Ok(ActionRow {
        id: row.get("id")?,
        case: CaseId::new(row.get("triage_case")?),
        upload: UploadId::new(row.get("upload")?),
        kind: word(row, "kind", ActionKind::from_wire)?,
        state: word(row, "state", ActionState::from_wire)?,
        sha256: sha256(row, "sha256")?,
        holding_name: row.get("holding_name")?,
        original: original.and_then(|text| serde_json::from_str(&text).ok()),
        failed: row.get("failed")?,
        notes: row.get("notes")?,
        ended_at: row.get("ended_at")?,
    })
}

fn rows(connection: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<ActionRow>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, action_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Plans an action on one file.
///
/// # Errors
/// The store's own.
pub fn plan(tx: &Tx<'_>, case: CaseId, upload: UploadId, kind: ActionKind, sha256: &Sha256) -> Result<i64> {
    tx.prepare_cached("INSERT INTO action (triage_case, upload, kind, state, sha256, planned_at) VALUES (?, ?, ?, 'planned', ?, ?)")?
        .execute(params![case.get(), upload.get(), kind.as_str(), sha256.as_bytes(), tx.now])?;
    Ok(tx.last_insert_rowid())
}

/// Writes the intent down: from its commit on, the disk may be touched.
///
/// # Errors
/// The store's own.
pub fn intend(tx: &Tx<'_>, id: i64, holding_name: &str, original: &serde_json::Value) -> Result<()> {
    tx.prepare_cached("UPDATE action SET state = 'intent', holding_name = ?, original = ? WHERE id = ?")?.execute(params![
        holding_name,
        original.to_string(),
        id
    ])?;
    Ok(())
}

/// Writes the outcome down. `failed` is the reason of a failure, `notes` what could not be kept as it was.
///
/// # Errors
/// The store's own.
pub fn end(tx: &Tx<'_>, id: i64, failed: Option<&str>, notes: &[String]) -> Result<()> {
    let state = if failed.is_some() { ActionState::Failed } else { ActionState::Done };
    tx.prepare_cached("UPDATE action SET state = ?, failed = ?, notes = ?, ended_at = ? WHERE id = ?")?.execute(params![
        state.as_str(),
        failed,
        (!notes.is_empty()).then(|| notes.join("; ")),
        tx.now,
        id
    ])?;
    Ok(())
}

/// Actions that were planned or intended and have no outcome, oldest first.
///
/// # Errors
/// The store's own.
pub fn unfinished(connection: &Connection) -> Result<Vec<ActionRow>> {
    rows(connection, "SELECT * FROM action WHERE state IN ('planned', 'intent') ORDER BY id", &[])
}

/// The actions of a case, oldest first.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<ActionRow>> {
    rows(connection, "SELECT * FROM action WHERE triage_case = ? ORDER BY id", &[&case.get()])
}

/// The finished quarantine that put an upload into the holding directory.
///
/// # Errors
/// The store's own.
pub fn quarantine_of(connection: &Connection, upload: UploadId) -> Result<Option<ActionRow>> {
    let sql = "SELECT * FROM action WHERE upload = ? AND kind = 'quarantine' AND state = 'done' ORDER BY id DESC LIMIT 1";
    Ok(rows(connection, sql, &[&upload.get()])?.pop())
}

/// Whether a path is the name under which an open intent keeps its file beside its old name, while it is copied to another file system.
/// Exactly these names are passed over: a pattern would be a place to hide, since uploaders choose names too.
///
/// # Errors
/// The store's own.
pub fn is_set_aside(connection: &Connection, file: &SiteFile) -> Result<bool> {
    let name = file.path.name();
    let Some(holding_name) = name.strip_prefix(ASIDE_PREFIX).map(|rest| rest.strip_suffix(b".part").unwrap_or(rest)) else {
        return Ok(false);
    };
    let sql = "SELECT EXISTS (SELECT 1 FROM action a JOIN upload u ON u.id = a.upload WHERE a.state = 'intent' AND u.site = ?1 AND CAST(a.holding_name AS BLOB) = ?2)";
    Ok(connection.prepare_cached(sql)?.query_row(params![file.site.get(), holding_name], |row| row.get(0))?)
}
