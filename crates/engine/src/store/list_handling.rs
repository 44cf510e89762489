//! Who gave a list, on what terms, and when that is to be looked at again: for the operator alone, nothing is decided by it.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{Tx, ledger};
use crate::error::Result;
use crate::model::ListId;

/// What was agreed about a list. Empty texts say that nothing was written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// Who gave it.
    pub given_by: String,
    /// The terms.
    pub terms: String,
    /// When they are to be looked at again, in milliseconds since 1970.
    pub review_at: Option<i64>,
}

impl Handling {
    /// Whether the terms are to be looked at again, at this time in milliseconds since 1970.
    pub fn is_due(&self, now: i64) -> bool {
        self.review_at.is_some_and(|at| at <= now)
    }
}

/// What was agreed about a list.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, list: ListId) -> Result<Handling> {
    let sql = "SELECT given_by, terms, review_at FROM list_handling WHERE list = ?";
    let found = connection
        .prepare_cached(sql)?
        .query_row([list.get()], |row| Ok(Handling { given_by: row.get(0)?, terms: row.get(1)?, review_at: row.get(2)? }))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Writes down what was agreed about a list.
///
/// # Errors
/// The store's own.
pub fn set(tx: &Tx<'_>, list: ListId, handling: &Handling) -> Result<()> {
    let Handling { given_by, terms, review_at } = handling;
    let sql = "INSERT INTO list_handling (list, given_by, terms, review_at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (list) DO UPDATE SET given_by = ?2, terms = ?3, review_at = ?4";
    tx.prepare_cached(sql)?.execute(params![list.get(), given_by, terms, review_at])?;
    let facts = json!({"list": list.get(), "given_by": given_by, "terms": terms, "review_at": review_at});
    ledger::append(tx, "list_terms", None, facts).map(drop)
}
