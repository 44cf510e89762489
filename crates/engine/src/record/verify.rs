//! The chain, checked row by row; and its export.

use std::io::Write;

use fingerprint::signal::Sha256;

use crate::error::{Error, Result};
use crate::store::{Store, ledger};

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows that were checked.
    pub rows: i64,
    /// Number of the first row that does not follow from the one before, if any. Rows from there on cannot be trusted.
    pub broken_at: Option<i64>,
    /// When the first row was written, in milliseconds since 1970.
    pub since: Option<i64>,
}

/// Recomputes the whole chain.
///
/// # Errors
/// The store's own. A broken chain is a result, not an error.
pub fn verify(store: &Store) -> Result<Verified> {
    store.read(|connection| {
        let mut found = Verified { rows: 0, broken_at: None, since: None };
        let mut previous = Sha256::new([0; 32]);
        ledger::each_after(connection, 0, &mut |row| {
            found.rows += 1;
            found.since.get_or_insert(row.at);
            let follows = row.seq == found.rows && row.previous == previous && row.hash == row.computed_hash();
            if !follows && found.broken_at.is_none() {
                found.broken_at = Some(row.seq);
            }
            previous = row.hash;
            Ok(())
        })?;
        Ok(found)
    })
}

/// Writes the whole ledger as JSON Lines, with the chain values, so that an outsider can check it.
///
/// # Errors
/// The store's own, or [`Error::Io`] of the writer.
pub fn export(store: &Store, out: &mut dyn Write) -> Result<i64> {
    store.read(|connection| {
        let mut rows = 0;
        ledger::each_after(connection, 0, &mut |row| {
            rows += 1;
            writeln!(out, "{}", row.to_json()).map_err(Error::io("the export"))
        })?;
        Ok(rows)
    })
}
