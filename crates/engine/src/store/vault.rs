//! The files of the vault: one row for each, before the file and after it.

use fingerprint::signal::Sha256;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use serde_json::json;

use super::{Tx, ledger, optional_word, sha256, signed, unsigned, word};
use crate::error::{Error, Result};
use crate::model::{CaseId, VaultFile, VaultFileId, VaultProblem, VaultState};

fn file_of(row: &Row<'_>) -> rusqlite::Result<VaultFile> {
    Ok(VaultFile {
        id: VaultFileId::new(row.get("id")?),
        case: CaseId::new(row.get("triage_case")?),
        n: row.get("n")?,
        state: word(row, "state", VaultState::from_wire)?,
        sha256: sha256(row, "sha256")?,
        size: unsigned(row.get("size")?),
        key: row.get("key")?,
        sealed_at: row.get("sealed_at")?,
        verified_at: row.get("verified_at")?,
        problem: optional_word(row, "problem", VaultProblem::from_wire)?,
    })
}

fn files(connection: &Connection, condition: &str, params: &[&dyn ToSql]) -> Result<Vec<VaultFile>> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM vault_file WHERE {condition}"))?;
    let rows = statement.query_map(params, file_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One file.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: VaultFileId) -> Result<VaultFile> {
    files(connection, "id = ?", &[&id.get()])?.pop().ok_or_else(|| Error::NotFound { what: "sealed file", name: id.to_string() })
}

/// The sealed files of a case, in their order.
///
/// # Errors
/// The store's own.
pub fn sealed_of(connection: &Connection, case: CaseId) -> Result<Vec<VaultFile>> {
    files(connection, "triage_case = ? AND state = 'sealed' ORDER BY n", &[&case.get()])
}

/// The sealed file of a content of a case, one without a problem and to this key: it is not stored twice.
///
/// # Errors
/// The store's own.
pub fn sealed_content(connection: &Connection, case: CaseId, content: &Sha256, key: &str) -> Result<Option<VaultFile>> {
    let condition = "triage_case = ? AND sha256 = ? AND key = ? AND state = 'sealed' AND problem IS NULL ORDER BY n LIMIT 1";
    Ok(files(connection, condition, &[&case.get(), &content.as_bytes(), &key])?.pop())
}

/// Every sealed file, those whose last proof is the oldest first.
///
/// # Errors
/// The store's own.
pub fn sealed(connection: &Connection) -> Result<Vec<VaultFile>> {
    files(connection, "state = 'sealed' ORDER BY verified_at, id", &[])
}

/// The sealed file whose last proof is the oldest, if that was before `before`.
///
/// # Errors
/// The store's own.
pub fn to_verify(connection: &Connection, before: i64) -> Result<Option<VaultFile>> {
    Ok(files(connection, "state = 'sealed' AND verified_at < ? ORDER BY verified_at LIMIT 1", &[&before])?.pop())
}

/// Files whose removal was begun.
///
/// # Errors
/// The store's own.
pub fn leaving(connection: &Connection) -> Result<Vec<VaultFile>> {
    files(connection, "state = 'leaving' ORDER BY id", &[])
}

/// Files that were begun for a sealing that is not wanted any more.
///
/// # Errors
/// The store's own.
pub fn abandoned(connection: &Connection) -> Result<Vec<VaultFile>> {
    let open = "SELECT 1 FROM action a WHERE a.vault_file = vault_file.id AND a.kind = 'seal' AND a.state = 'intent'";
    files(connection, &format!("state = 'sealing' AND NOT EXISTS ({open}) ORDER BY id"), &[])
}

/// Files with a problem.
///
/// # Errors
/// The store's own.
pub fn with_problem(connection: &Connection) -> Result<Vec<VaultFile>> {
    files(connection, "state IN ('sealing', 'sealed') AND problem IS NOT NULL ORDER BY problem_at", &[])
}

/// Whether anything was ever sealed to a key.
///
/// # Errors
/// The store's own.
pub fn is_used(connection: &Connection, key: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM vault_file WHERE key = ? AND state <> 'gone')";
    Ok(connection.prepare_cached(sql)?.query_row([key], |row| row.get(0))?)
}

/// Sealed files of a content of a case that failed their check.
///
/// # Errors
/// The store's own.
pub fn failed_content(connection: &Connection, case: CaseId, content: &Sha256) -> Result<Vec<VaultFile>> {
    files(connection, "triage_case = ? AND sha256 = ? AND state = 'sealed' AND problem IS NOT NULL", &[&case.get(), &content.as_bytes()])
}

/// Lets a proven file stand for one of the same content that failed its check: whatever rested in that one rests in this.
///
/// # Errors
/// The store's own.
pub fn stand_for(tx: &Tx<'_>, proven: VaultFileId, failed: &VaultFile) -> Result<()> {
    tx.prepare_cached("UPDATE action SET vault_file = ? WHERE vault_file = ?")?.execute([proven.get(), failed.id.get()])?;
    set_gone(tx, failed.id)?;
    let now = get(tx, proven)?.n;
    ledger::append(tx, "evidence_found", Some(failed.case), json!({"file": failed.n, "now": now, "sha256": failed.sha256.to_string()}))
}

/// Begins a file of a case.
///
/// # Errors
/// The store's own.
pub fn begin(tx: &Tx<'_>, case: CaseId, content: &Sha256, key: &str) -> Result<VaultFileId> {
    tx.prepare_cached(
        "INSERT INTO vault_file (triage_case, n, state, sha256, key)
         VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM vault_file WHERE triage_case = ?1), 'sealing', ?2, ?3)",
    )?
    .execute(params![case.get(), content.as_bytes(), key])?;
    Ok(VaultFileId::new(tx.last_insert_rowid()))
}

/// Writes down that a file lies in the vault, proven.
///
/// # Errors
/// The store's own.
pub fn set_sealed(tx: &Tx<'_>, id: VaultFileId, content: &Sha256, size: u64) -> Result<()> {
    let sql =
        "UPDATE vault_file SET state = 'sealed', sha256 = ?, size = ?, sealed_at = coalesce(sealed_at, ?3), verified_at = ?3 WHERE id = ?4";
    tx.prepare_cached(sql)?.execute(params![content.as_bytes(), signed(size), tx.now, id.get()])?;
    Ok(())
}

/// Writes down what a decryption found. A problem is told in the record once, and so is its end.
///
/// # Errors
/// The store's own.
pub fn set_verified(tx: &Tx<'_>, id: VaultFileId, problem: Option<VaultProblem>) -> Result<()> {
    let file = get(tx, id)?;
    match problem {
        None => tx
            .prepare_cached("UPDATE vault_file SET verified_at = ?, problem = NULL, problem_at = NULL WHERE id = ?")?
            .execute([tx.now, id.get()])?,
        // Looked at, so that the weekly round goes on to the next one; the problem stays.
        Some(problem) => tx
            .prepare_cached("UPDATE vault_file SET verified_at = ?1, problem = ?2, problem_at = coalesce(problem_at, ?1) WHERE id = ?3")?
            .execute(params![tx.now, problem.as_str(), id.get()])?,
    };
    let verb = match (file.problem, problem) {
        (before, now) if before == now => return Ok(()),
        (_, Some(_)) => "evidence_missing",
        (_, None) => "evidence_found",
    };
    let body = json!({"file": file.n, "sha256": file.sha256.to_string(), "problem": problem.map(VaultProblem::as_str)});
    ledger::append(tx, verb, Some(file.case), body)
}

/// Writes down that a file is to be removed, and what is said of it then.
///
/// # Errors
/// The store's own.
pub fn set_leaving(tx: &Tx<'_>, id: VaultFileId, why: &serde_json::Value) -> Result<()> {
    tx.prepare_cached("UPDATE vault_file SET state = 'leaving', leaving = ? WHERE id = ?")?.execute(params![why.to_string(), id.get()])?;
    Ok(())
}

/// Why a file leaves.
///
/// # Errors
/// The store's own.
pub fn why_leaving(connection: &Connection, id: VaultFileId) -> Result<serde_json::Value> {
    let text: Option<Option<String>> =
        connection.prepare_cached("SELECT leaving FROM vault_file WHERE id = ?")?.query_row([id.get()], |row| row.get(0)).optional()?;
    Ok(text.flatten().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Writes down that a file is gone from the vault.
///
/// # Errors
/// The store's own.
pub fn set_gone(tx: &Tx<'_>, id: VaultFileId) -> Result<()> {
    tx.prepare_cached("UPDATE vault_file SET state = 'gone', gone_at = ? WHERE id = ?")?.execute([tx.now, id.get()])?;
    Ok(())
}

/// Takes a removal back that did not happen.
///
/// # Errors
/// The store's own.
pub fn stay(tx: &Tx<'_>, id: VaultFileId) -> Result<()> {
    tx.prepare_cached("UPDATE vault_file SET state = 'sealed', leaving = NULL WHERE id = ?")?.execute([id.get()])?;
    Ok(())
}

/// Uploads that lie in the vault in this file.
///
/// # Errors
/// The store's own.
pub fn uploads_in(connection: &Connection, id: VaultFileId) -> Result<Vec<i64>> {
    let sql = "SELECT u.id FROM upload u WHERE u.place = 'vault' AND ?1 = (SELECT a.vault_file FROM action a
               WHERE a.upload = u.id AND a.kind = 'seal' AND a.vault_file IS NOT NULL AND a.state IN ('intent', 'done') ORDER BY a.id DESC LIMIT 1)
               AND u.content IN (SELECT c.id FROM content c JOIN vault_file f ON f.triage_case = c.triage_case WHERE f.id = ?1)";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([id.get()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Files of a case that are held and not sealed yet.
///
/// # Errors
/// The store's own.
pub fn held_of(connection: &Connection, case: CaseId) -> Result<u64> {
    let sql = "SELECT count(*) FROM upload u JOIN content c ON c.id = u.content WHERE c.triage_case = ? AND u.place = 'holding'";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([case.get()], |row| row.get(0))?))
}

/// Cases with something in the vault or on the way there, and cases with a hold, the newest first.
///
/// # Errors
/// The store's own.
pub fn cases(connection: &Connection) -> Result<Vec<CaseId>> {
    let sql = "SELECT triage_case FROM vault_file WHERE state IN ('sealing', 'sealed', 'leaving')
               UNION SELECT triage_case FROM hold WHERE ended_at IS NULL
               UNION SELECT c.triage_case FROM upload u JOIN content c ON c.id = u.content WHERE u.place = 'holding' AND c.triage_case IS NOT NULL
               ORDER BY 1 DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
