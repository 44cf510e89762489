//! What became of looks at a place: nothing new, a new version, a failure.

use rusqlite::params;

use super::{Remembered, SubscriptionId};
use crate::error::Result;
use crate::model::ListId;
use crate::store::Tx;
use crate::store::list_times::note_time;

/// A look found nothing new.
///
/// # Errors
/// The store's own.
pub fn unchanged(tx: &Tx<'_>, id: SubscriptionId) -> Result<()> {
    note_time(tx)?;
    tx.execute(
        "UPDATE subscription SET looked_at = ?1, succeeded_at = ?1, failures = 0, retry_at = NULL, error_code = NULL, error_sentence = NULL
         WHERE id = ?2",
        params![tx.now, id.get()],
    )?;
    Ok(())
}

/// A look brought a version of `list`: belongs into the transaction that switches to it, so that validators never run ahead of the version.
///
/// # Errors
/// The store's own, also if another subscription feeds the list already.
pub fn changed(tx: &Tx<'_>, id: SubscriptionId, list: ListId, remembered: &Remembered) -> Result<()> {
    unchanged(tx, id)?;
    let seen = remembered.seen.as_ref().map(|seen| &seen[..]);
    tx.execute(
        "UPDATE subscription SET list = ?, etag = ?, last_modified = ?, seen = ?, changed_at = ? WHERE id = ?",
        params![list.get(), remembered.etag, remembered.last_modified, seen, tx.now, id.get()],
    )?;
    Ok(())
}

/// A look found the bytes of the version in use, in a file that was written again: nothing new, and what is compared with next time.
///
/// # Errors
/// The store's own.
pub fn seen_again(tx: &Tx<'_>, id: SubscriptionId, remembered: &Remembered) -> Result<()> {
    unchanged(tx, id)?;
    let seen = remembered.seen.as_ref().map(|seen| &seen[..]);
    tx.execute(
        "UPDATE subscription SET etag = ?, last_modified = ?, seen = ? WHERE id = ?",
        params![remembered.etag, remembered.last_modified, seen, id.get()],
    )?;
    Ok(())
}

/// A look failed. `retry_at` is when it makes sense to try again.
///
/// # Errors
/// The store's own.
pub fn failed(tx: &Tx<'_>, id: SubscriptionId, code: &str, sentence: &str, retry_at: i64) -> Result<()> {
    note_time(tx)?;
    tx.execute(
        "UPDATE subscription SET looked_at = ?, failures = min(failures + 1, 1000000), retry_at = ?, error_code = ?, error_sentence = ?
         WHERE id = ?",
        params![tx.now, retry_at, code, sentence, id.get()],
    )?;
    Ok(())
}

/// The operator went back to an earlier version: the next look must not be answered with "nothing new" about the version that was left.
///
/// # Errors
/// The store's own.
pub fn forget_validators(tx: &Tx<'_>, list: ListId) -> Result<()> {
    tx.execute("UPDATE subscription SET etag = NULL, last_modified = NULL, seen = NULL WHERE list = ?", params![list.get()])?;
    Ok(())
}
