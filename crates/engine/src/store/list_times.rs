//! What the age of lists and the moment of looks go by: how long a publisher stands by a list, the largest time ever seen, the quiet hours.

use rusqlite::Connection;

use super::{Tx, settings};
use crate::error::Result;
use crate::model::ListId;

/// Setting: the largest time ever seen.
const LARGEST_TIME: &str = "largest_time";
/// Setting: hours in which nothing is loaded by itself.
const QUIET_HOURS: &str = "quiet_hours";

/// Remembers until when the publisher of a signed list stands by it, by its newest file or index.
///
/// # Errors
/// The store's own.
pub fn set_expiry(tx: &Tx<'_>, list: ListId, expires_ms: i64) -> Result<()> {
    settings::set(tx, &expiry_of(list), &expires_ms.to_string())
}

/// Until when the publisher of a list stands by it; `None` if nobody said.
///
/// # Errors
/// The store's own.
pub fn expiry(connection: &Connection, list: ListId) -> Result<Option<i64>> {
    Ok(settings::get(connection, &expiry_of(list))?.and_then(|text| text.parse().ok()))
}

/// Setting: the end of a signed list.
fn expiry_of(list: ListId) -> String {
    format!("list_expires_{list}")
}

/// Remembers the time if it is the largest so far. Expiry goes by that, so that a clock set back makes no list young.
///
/// # Errors
/// The store's own.
pub fn note_time(tx: &Tx<'_>) -> Result<()> {
    if stored_time(tx)?.is_none_or(|largest| largest < tx.now) {
        settings::set(tx, LARGEST_TIME, &tx.now.to_string())?;
    }
    Ok(())
}

/// The largest time ever seen, `now` included.
///
/// # Errors
/// The store's own.
pub fn largest_time(connection: &Connection, now: i64) -> Result<i64> {
    Ok(stored_time(connection)?.map_or(now, |largest| largest.max(now)))
}

fn stored_time(connection: &Connection) -> Result<Option<i64>> {
    Ok(settings::get(connection, LARGEST_TIME)?.and_then(|text| text.parse().ok()))
}

/// Hours in which nothing is loaded by itself, as text; `None` for none.
///
/// # Errors
/// The store's own.
pub fn quiet_hours(connection: &Connection) -> Result<Option<String>> {
    Ok(settings::get(connection, QUIET_HOURS)?.filter(|text| !text.is_empty()))
}

/// Sets the quiet hours, in the form that was checked by whoever read them; `None` for none.
///
/// # Errors
/// The store's own.
pub fn set_quiet_hours(tx: &Tx<'_>, hours: Option<&str>) -> Result<()> {
    settings::set(tx, QUIET_HOURS, hours.unwrap_or_default())
}
