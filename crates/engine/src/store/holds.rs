//! Holds: until when a case must not be deleted, and why. One open hold a case.

use rusqlite::{Connection, Row, ToSql, params};
use serde_json::json;

use super::{Tx, cases, ledger, word};
use crate::error::Result;
use crate::model::{CaseId, Hold, HoldId, HoldKind, HoldReason};

fn hold_of(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let extended_by: String = row.get("extended_by")?;
    Ok(Hold {
        id: HoldId::new(row.get("id")?),
        case: CaseId::new(row.get("triage_case")?),
        harm: row.get("harm")?,
        reason: word(row, "reason", HoldReason::from_wire)?,
        basis: row.get("basis")?,
        started_at: row.get("started_at")?,
        ends_at: row.get("ends_at")?,
        extended_by: serde_json::from_str(&extended_by).unwrap_or_default(),
        kind: word(row, "kind", HoldKind::from_wire)?,
        set_by: row.get("set_by")?,
    })
}

fn holds(connection: &Connection, condition: &str, params: &[&dyn ToSql]) -> Result<Vec<Hold>> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM hold WHERE ended_at IS NULL AND {condition}"))?;
    let rows = statement.query_map(params, hold_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The hold of a case that nobody ended, also one whose time is over.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Option<Hold>> {
    Ok(holds(connection, "triage_case = ?", &[&case.get()])?.pop())
}

/// Holds that end before a moment or have ended, the next one first. Nobody has ended them.
///
/// # Errors
/// The store's own.
pub fn ending_before(connection: &Connection, before: i64) -> Result<Vec<Hold>> {
    holds(connection, "ends_at IS NOT NULL AND ends_at < ? ORDER BY ends_at", &[&before])
}

/// Every hold that nobody ended, by case.
///
/// # Errors
/// The store's own.
pub fn running(connection: &Connection) -> Result<Vec<Hold>> {
    holds(connection, "1 ORDER BY triage_case", &[])
}

/// Sets a hold on a case that has none.
///
/// # Errors
/// The store's own, or [`crate::Error::NotFound`].
pub fn set(tx: &Tx<'_>, case: CaseId, reason: HoldReason, basis: &str, ends_at: Option<i64>) -> Result<()> {
    insert(tx, case, HoldKind::Vault, reason, basis, ends_at)
}

/// Sets a hold on the facts of a case that has none: its bytes may not be kept here.
///
/// # Errors
/// As [`set`].
pub fn set_facts_only(tx: &Tx<'_>, case: CaseId, reason: HoldReason, basis: &str, ends_at: Option<i64>) -> Result<()> {
    insert(tx, case, HoldKind::FactsOnly, reason, basis, ends_at)
}

fn insert(tx: &Tx<'_>, case: CaseId, kind: HoldKind, reason: HoldReason, basis: &str, ends_at: Option<i64>) -> Result<()> {
    let harm = cases::get(tx, case)?.harm;
    tx.prepare_cached(
        "INSERT INTO hold (triage_case, harm, reason, basis, started_at, ends_at, kind, set_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![case.get(), harm.as_str(), reason.as_str(), basis, tx.now, ends_at, kind.as_str(), tx.person])?;
    let body = json!({"reason": reason.as_str(), "basis": basis, "until": ends_at, "kind": kind.as_str()});
    ledger::append(tx, "hold_set", Some(case), body)
}

/// Moves the end of a hold.
///
/// # Errors
/// The store's own.
pub fn change(tx: &Tx<'_>, hold: &Hold, ends_at: Option<i64>, why: &str) -> Result<()> {
    let mut changes = hold.extended_by.as_array().cloned().unwrap_or_default();
    changes.push(json!({"until": ends_at, "reason": why, "at": tx.now, "by": tx.person}));
    tx.prepare_cached("UPDATE hold SET ends_at = ?, extended_by = ? WHERE id = ?")?.execute(params![
        ends_at,
        serde_json::Value::from(changes).to_string(),
        hold.id.get()
    ])?;
    let body = json!({"before": hold.ends_at, "until": ends_at, "note": why, "reason": hold.reason.as_str(), "basis": hold.basis});
    ledger::append(tx, "hold_changed", Some(hold.case), body)
}

/// Ends a hold.
///
/// # Errors
/// The store's own.
pub fn end(tx: &Tx<'_>, hold: &Hold, why: &str) -> Result<()> {
    tx.prepare_cached("UPDATE hold SET ended_at = ?, ended_by = ?, end_reason = ? WHERE id = ?")?.execute(params![
        tx.now,
        tx.person,
        why,
        hold.id.get()
    ])?;
    ledger::append(tx, "hold_ended", Some(hold.case), json!({"before": hold.ends_at, "note": why}))
}
