//! Questions that were written to files for somebody else, and the answers that came back.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::{Connection, Tx, ledger};
use crate::error::Result;
use crate::model::CaseId;

/// A question that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionRow {
    /// Its number.
    pub id: i64,
    /// About which case.
    pub case: CaseId,
    /// When its answer was read.
    pub answered_at: Option<i64>,
}

/// Writes down that a question goes out; `token` is what its answer is known by.
///
/// # Errors
/// The store's own.
pub fn ask(tx: &Tx<'_>, case: CaseId, token: &str) -> Result<()> {
    tx.prepare_cached("INSERT INTO question (triage_case, token, person, asked_at) VALUES (?, ?, ?, ?)")?.execute(params![
        case.get(),
        token,
        tx.person,
        tx.now
    ])?;
    ledger::append(tx, "question_written", Some(case), json!({}))
}

/// The question with this token.
///
/// # Errors
/// The store's own.
pub fn by_token(connection: &Connection, token: &str) -> Result<Option<QuestionRow>> {
    let of = |row: &rusqlite::Row<'_>| {
        Ok(QuestionRow { id: row.get("id")?, case: CaseId::new(row.get("triage_case")?), answered_at: row.get("answered_at")? })
    };
    Ok(connection.prepare_cached("SELECT * FROM question WHERE token = ?")?.query_row([token], of).optional()?)
}

/// Writes the answer down.
///
/// # Errors
/// The store's own.
pub fn answered(tx: &Tx<'_>, question: &QuestionRow, answer: &str) -> Result<()> {
    tx.prepare_cached("UPDATE question SET answered_at = ?, answer = ? WHERE id = ?")?.execute(params![tx.now, answer, question.id])?;
    ledger::append(tx, "answered", Some(question.case), json!({"answer": answer}))
}
