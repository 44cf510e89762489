//! Settings and small facts, as words and values.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Tx;
use crate::error::Result;
use crate::model::person::NOBODY;

/// How far the index of stored signals reaches (`lists::stored`).
pub const STORED_SIGNALS: &str = "stored_signals";

/// The value of `key`, or `None`.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>> {
    Ok(connection.prepare_cached("SELECT value FROM setting WHERE key = ?")?.query_row([key], |row| row.get(0)).optional()?)
}

/// Sets `key`.
///
/// # Errors
/// The store's own.
pub fn set(tx: &Tx<'_>, key: &str, value: &str) -> Result<()> {
    tx.prepare_cached("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute(params![key, value])?;
    Ok(())
}

/// The name that the ledger carries.
///
/// # Errors
/// The store's own.
pub fn person(connection: &Connection) -> Result<String> {
    Ok(get(connection, "person")?.filter(|name| !name.is_empty()).unwrap_or_else(|| NOBODY.to_owned()))
}

/// How long a draft waits, in seconds: 10, 30, 60 (the default) or 300.
///
/// # Errors
/// The store's own.
pub fn undo_seconds(connection: &Connection) -> Result<i64> {
    Ok(get(connection, "undo_seconds")?.and_then(|text| text.parse().ok()).filter(|seconds| (1..=300).contains(seconds)).unwrap_or(60))
}
