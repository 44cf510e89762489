//! Actions on files: planned, intended before the disk is touched, ended with an outcome.

use fingerprint::signal::Sha256;
use rusqlite::{Connection, Row, ToSql, params};

use super::{Tx, sha256, unsigned, word};
use crate::error::Result;
use crate::model::{ActionKind, ActionState, CaseId, SiteFile, SitePath, UploadId, VaultFileId};

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
    /// The sealed file that it makes or restores from.
    pub vault_file: Option<VaultFileId>,
    /// Where a restored file goes, if not to its own path.
    pub target: Option<SitePath>,
}

impl ActionRow {
    /// Whether it has no outcome yet.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ActionState::Planned | ActionState::Intent)
    }
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
        vault_file: row.get::<_, Option<i64>>("vault_file")?.map(VaultFileId::new),
        target: row.get::<_, Option<Vec<u8>>>("target")?.and_then(|bytes| SitePath::new(bytes).ok()),
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

/// Moves that were planned or intended and have no outcome, oldest first. Sealing has its own pace: [`to_seal`].
///
/// # Errors
/// The store's own.
pub fn unfinished(connection: &Connection) -> Result<Vec<ActionRow>> {
    rows(connection, "SELECT * FROM action WHERE state IN ('planned', 'intent') AND kind <> 'seal' ORDER BY id", &[])
}

/// Files that wait to be sealed, or whose sealing was interrupted, oldest first. At most `limit`, after action `after`.
///
/// # Errors
/// The store's own.
pub fn to_seal(connection: &Connection, after: i64, limit: u32) -> Result<Vec<ActionRow>> {
    let sql = "SELECT * FROM action WHERE state IN ('planned', 'intent') AND kind = 'seal' AND id > ? ORDER BY id LIMIT ?";
    rows(connection, sql, &[&after, &limit])
}

/// One action.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, id: i64) -> Result<Option<ActionRow>> {
    Ok(rows(connection, "SELECT * FROM action WHERE id = ?", &[&id])?.pop())
}

/// The last sealing of an upload that came as far as the vault.
///
/// # Errors
/// The store's own.
pub fn seal_of(connection: &Connection, upload: UploadId) -> Result<Option<ActionRow>> {
    let sql = "SELECT * FROM action WHERE upload = ? AND kind = 'seal' AND state IN ('intent', 'done') ORDER BY id DESC LIMIT 1";
    Ok(rows(connection, sql, &[&upload.get()])?.pop())
}

/// Plans to seal every held file that nobody plans to seal or to put back. Gives how many.
///
/// # Errors
/// The store's own.
pub fn plan_seals(tx: &Tx<'_>) -> Result<usize> {
    Ok(tx
        .prepare_cached(
            "INSERT INTO action (triage_case, upload, kind, state, sha256, holding_name, original, planned_at)
             SELECT q.triage_case, q.upload, 'seal', 'planned', q.sha256, q.holding_name, q.original, ?
             FROM upload u JOIN action q ON q.id =
                 (SELECT max(id) FROM action WHERE upload = u.id AND kind = 'quarantine' AND state = 'done')
             WHERE u.place = 'holding' AND q.holding_name IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM action o WHERE o.upload = u.id AND o.kind IN ('seal', 'restore') AND o.state IN ('planned', 'intent'))",
        )?
        .execute([tx.now])?)
}

/// Whether [`plan_seals`] would plan something.
///
/// # Errors
/// The store's own.
pub fn has_unplanned_seals(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM upload u WHERE u.place = 'holding' AND NOT EXISTS
               (SELECT 1 FROM action o WHERE o.upload = u.id AND o.kind IN ('seal', 'restore') AND o.state IN ('planned', 'intent')))";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Writes down that a file is being sealed, into which file of the vault.
///
/// # Errors
/// The store's own.
pub fn intend_seal(tx: &Tx<'_>, id: i64, file: VaultFileId) -> Result<()> {
    tx.prepare_cached("UPDATE action SET state = 'intent', vault_file = ?, failed = NULL WHERE id = ?")?.execute([file.get(), id])?;
    Ok(())
}

/// Writes down why a file waits to be sealed; `None` once it does not.
///
/// # Errors
/// The store's own.
pub fn set_waiting(tx: &Tx<'_>, id: i64, why: Option<&str>) -> Result<()> {
    tx.prepare_cached("UPDATE action SET failed = ? WHERE id = ? AND state IN ('planned', 'intent')")?.execute(params![why, id])?;
    Ok(())
}

/// Ends the sealings of an upload that have not come as far as the vault: it is put back instead.
///
/// # Errors
/// The store's own.
pub fn cancel_seals(tx: &Tx<'_>, upload: UploadId) -> Result<()> {
    let sql = "UPDATE action SET state = 'failed', failed = 'put_back', ended_at = ? WHERE upload = ? AND kind = 'seal' AND state IN ('planned', 'intent')";
    tx.prepare_cached(sql)?.execute([tx.now, upload.get()])?;
    Ok(())
}

/// Says from which file of the vault, and to which path, a file is put back.
///
/// # Errors
/// The store's own.
pub fn set_way_back(tx: &Tx<'_>, id: i64, file: Option<VaultFileId>, target: Option<&SitePath>) -> Result<()> {
    tx.prepare_cached("UPDATE action SET vault_file = ?, target = ? WHERE id = ?")?.execute(params![
        file.map(VaultFileId::get),
        target.map(SitePath::as_bytes),
        id
    ])?;
    Ok(())
}

/// Why files wait to be sealed, with how many of each: an empty word for those whose turn has not come.
///
/// # Errors
/// The store's own.
pub fn waiting_to_seal(connection: &Connection) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT coalesce(failed, ''), count(*) FROM action WHERE state IN ('planned', 'intent') AND kind = 'seal' GROUP BY 1";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
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
