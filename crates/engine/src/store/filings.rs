//! Reports that were filed, and what the uploader is told.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Tx, word};
use crate::error::Result;
use crate::model::{CaseId, PackKind, StatementState};

/// A report that was filed.
#[derive(Clone, Debug)]
pub struct Filed {
    /// Whom it went to.
    pub kind: PackKind,
    /// The number it was given.
    pub reference: Option<String>,
    /// When it was filed.
    pub filed_at: i64,
    /// By whom it was noted.
    pub person: String,
}

/// Notes that a report was filed.
///
/// # Errors
/// The store's own.
pub fn insert_filed(tx: &Tx<'_>, case: CaseId, filed: &Filed) -> Result<()> {
    tx.execute(
        "INSERT INTO report_filed (triage_case, kind, reference, filed_at, noted_at, person) VALUES (?, ?, ?, ?, ?, ?)",
        params![case.get(), filed.kind.as_str(), filed.reference, filed.filed_at, tx.now, tx.person],
    )?;
    Ok(())
}

/// The reports of a case, oldest first.
///
/// # Errors
/// The store's own.
pub fn filed(connection: &Connection, case: CaseId) -> Result<Vec<Filed>> {
    let mut statement = connection.prepare_cached("SELECT * FROM report_filed WHERE triage_case = ? ORDER BY id")?;
    let rows = statement.query_map([case.get()], |row| {
        Ok(Filed {
            kind: word(row, "kind", PackKind::from_wire)?,
            reference: row.get("reference")?,
            filed_at: row.get("filed_at")?,
            person: row.get("person")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was decided about the statement of a case.
#[derive(Clone, Debug)]
pub struct StatementRow {
    /// Where it stands.
    pub state: StatementState,
    /// Why it is held, or how it was sent.
    pub reason: String,
    /// Until when it is held, where that is known.
    pub until_at: Option<i64>,
    /// Since when.
    pub at: i64,
    /// By whom.
    pub person: String,
}

/// What was decided about the statement of a case; `None` while the default of its harm holds.
///
/// # Errors
/// The store's own.
pub fn statement(connection: &Connection, case: CaseId) -> Result<Option<StatementRow>> {
    let of = |row: &rusqlite::Row<'_>| {
        Ok(StatementRow {
            state: word(row, "state", StatementState::from_wire)?,
            reason: row.get("reason")?,
            until_at: row.get("until_at")?,
            at: row.get("at")?,
            person: row.get("person")?,
        })
    };
    Ok(connection.prepare_cached("SELECT * FROM statement WHERE triage_case = ?")?.query_row([case.get()], of).optional()?)
}

/// Decides about the statement of a case.
///
/// # Errors
/// The store's own.
pub fn set_statement(tx: &Tx<'_>, case: CaseId, state: StatementState, reason: &str, until_at: Option<i64>) -> Result<()> {
    let sql = "INSERT INTO statement (triage_case, state, reason, until_at, at, person) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                   state = excluded.state, reason = excluded.reason, until_at = excluded.until_at, at = excluded.at, person = excluded.person";
    tx.execute(sql, params![case.get(), state.as_str(), reason, until_at, tx.now, tx.person])?;
    Ok(())
}
