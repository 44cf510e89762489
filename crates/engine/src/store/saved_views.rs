//! Filters, orders and searches that a person saved under a name.

use rusqlite::params;

use super::{Connection, Tx};
use crate::error::{Code, Error, Result};

/// Longest name, in characters.
pub const LONGEST_NAME: usize = 40;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it asks for, as JSON.
    pub query: String,
}

/// All of them, oldest first.
///
/// # Errors
/// The store's own.
pub fn all(connection: &Connection) -> Result<Vec<SavedView>> {
    let mut statement = connection.prepare_cached("SELECT id, name, query FROM saved_view ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok(SavedView { id: row.get(0)?, name: row.get(1)?, query: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Saves one; the same name takes the place of the one before.
///
/// # Errors
/// [`Code::BadArgument`] for a name that is empty or too long.
pub fn put(tx: &Tx<'_>, name: &str, query: &str) -> Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::refused(Code::BadArgument, format!("A name has 1 to {LONGEST_NAME} characters.")));
    }
    tx.execute(
        "INSERT INTO saved_view (name, query) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET query = excluded.query",
        params![name, query],
    )?;
    Ok(())
}

/// Removes one.
///
/// # Errors
/// The store's own.
pub fn remove(tx: &Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM saved_view WHERE id = ?", [id])?;
    Ok(())
}
