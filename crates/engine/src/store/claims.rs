//! Who is at which case, so that two people do not do one. A claim blocks nobody and ends by itself.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::{Connection, Tx, cases, ledger};
use crate::error::Result;
use crate::model::CaseId;

/// How long a claim lasts without input by its person, in milliseconds: half an hour.
pub const LASTS_MS: i64 = 30 * 60_000;

/// Who claims a case. The clock of the watching process takes claims out that are over.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Option<String>> {
    Ok(connection.prepare_cached("SELECT person FROM claim WHERE triage_case = ?")?.query_row([case.get()], |row| row.get(0)).optional()?)
}

/// Claims that are over at this time.
///
/// # Errors
/// The store's own.
pub fn over(connection: &Connection, now: i64) -> Result<Vec<CaseId>> {
    let mut statement = connection.prepare_cached("SELECT triage_case FROM claim WHERE at <= ?")?;
    let rows = statement.query_map([now - LASTS_MS], |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Claims a case for whoever acts; a claim of somebody else is taken over, which the record says.
///
/// # Errors
/// [`crate::Error::NotFound`], or the store's own.
pub fn claim(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    cases::get(tx, case)?;
    let before = of_case(tx, case)?;
    tx.prepare_cached("INSERT INTO claim VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET person = ?2, at = ?3")?.execute(params![
        case.get(),
        tx.person,
        tx.now
    ])?;
    ledger::append(tx, "claimed", Some(case), json!({"before": before}))
}

/// Gives a case free. Gives whether it was claimed.
///
/// # Errors
/// The store's own.
pub fn release(tx: &Tx<'_>, case: CaseId) -> Result<bool> {
    let was = of_case(tx, case)?.is_some();
    tx.prepare_cached("DELETE FROM claim WHERE triage_case = ?")?.execute([case.get()])?;
    if was {
        ledger::append(tx, "released", Some(case), json!({}))?;
    }
    Ok(was)
}

/// There was input by whoever acts: their claims go on.
///
/// # Errors
/// The store's own.
pub fn go_on(tx: &Tx<'_>) -> Result<()> {
    tx.prepare_cached("UPDATE claim SET at = ?1 WHERE person = ?2 AND at > ?3")?.execute(params![tx.now, tx.person, tx.now - LASTS_MS])?;
    Ok(())
}

/// The cases were decided: their claims end. Gives everybody else who had claimed one of them.
///
/// # Errors
/// The store's own.
pub fn end(tx: &Tx<'_>, cases: &[CaseId]) -> Result<Vec<String>> {
    let mut others = Vec::new();
    for case in cases {
        others.extend(of_case(tx, *case)?.filter(|person| person != tx.person));
        tx.prepare_cached("DELETE FROM claim WHERE triage_case = ?")?.execute([case.get()])?;
    }
    others.sort_unstable();
    others.dedup();
    Ok(others)
}
