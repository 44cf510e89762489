//! The chain, checked row by row and against its copy outside the database; and its export.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Write};
use std::path::Path;

use fingerprint::signal::Sha256;

use crate::error::{Error, Result};
use crate::store::{Store, ledger};

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows that were checked.
    pub rows: i64,
    /// Number of the first row that does not follow from the one before, differs from its copy, or is missing. Rows from there on cannot be trusted.
    pub broken_at: Option<i64>,
    /// When the first row was written, in milliseconds since 1970.
    pub since: Option<i64>,
}

/// Recomputes the whole chain and compares it with its copy `journal`: a chain alone cannot tell that its last rows are missing.
///
/// # Errors
/// The store's own, or [`Error::Io`] of the copy. A broken chain is a result, not an error.
pub fn verify(store: &Store, journal: &Path) -> Result<Verified> {
    let copies = copies(journal)?;
    store.read(|connection| {
        let mut found = Verified { rows: 0, broken_at: None, since: None };
        let mut previous = Sha256::new([0; 32]);
        ledger::each_after(connection, 0, &mut |row| {
            found.rows += 1;
            found.since.get_or_insert(row.at);
            let follows = row.seq == found.rows && row.previous == previous && row.hash == row.computed_hash();
            let is_copied = copies.get(&row.seq).is_none_or(|hash| *hash == row.hash.to_string());
            if !(follows && is_copied) {
                found.broken_at.get_or_insert(row.seq);
            }
            previous = row.hash;
            Ok(())
        })?;
        if copies.keys().any(|seq| *seq > found.rows) {
            found.broken_at.get_or_insert(found.rows + 1);
        }
        Ok(found)
    })
}

/// The hash of every row in the copy, by number. A home that has no copy yet has nothing to compare; a torn last line is no row.
fn copies(journal: &Path) -> Result<HashMap<i64, String>> {
    let file = match File::open(journal) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(Error::io(journal)(error)),
    };
    let mut copies = HashMap::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line.map_err(Error::io(journal))?;
        let row: serde_json::Value = serde_json::from_slice(&line).unwrap_or_default();
        if let (Some(seq), Some(hash)) = (row["seq"].as_i64(), row["hash"].as_str()) {
            copies.insert(seq, hash.to_owned());
        }
    }
    Ok(copies)
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
