//! The chain, checked row by row and against its copy outside the database.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use fingerprint::signal::Sha256;
use sha2::Digest as _;

use super::check::Damage;
use crate::error::{Error, Result};
use crate::store::ledger::LedgerRow;
use crate::store::{Store, ledger};

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows that were checked.
    pub rows: i64,
    /// Number of the first row that does not follow from the one before, differs from its copy, or is missing. Rows from there on cannot be trusted.
    pub broken_at: Option<i64>,
    /// What is wrong there.
    pub damage: Option<Damage>,
    /// When the first row was written, in milliseconds since 1970.
    pub since: Option<i64>,
}

/// Recomputes the whole chain and compares it with its copy `journal`: a chain alone cannot tell that its last rows are missing.
///
/// # Errors
/// The store's own, or [`Error::Io`] of the copy. A broken chain is a result, not an error.
pub fn verify(store: &Store, journal: &Path) -> Result<Verified> {
    let copies = Copies::read(journal)?;
    store.read(|connection| {
        let mut found = Verified { rows: 0, broken_at: None, damage: None, since: None };
        let mut previous = Sha256::new([0; 32]);
        ledger::each_after(connection, 0, &mut |row| {
            found.rows += 1;
            found.since.get_or_insert(row.at);
            if found.broken_at.is_none() {
                found.damage = damage_of(row, found.rows, previous).or_else(|| copies.damage_of(row));
                found.broken_at = found.damage.map(|damage| if damage == Damage::Missing { found.rows } else { row.seq });
            }
            previous = row.hash;
            Ok(())
        })?;
        if found.broken_at.is_none() && copies.last() > found.rows {
            (found.broken_at, found.damage) = (Some(found.rows + 1), Some(Damage::Cut));
        }
        Ok(found)
    })
}

fn damage_of(row: &LedgerRow, expected: i64, previous: Sha256) -> Option<Damage> {
    match () {
        () if row.seq != expected => Some(Damage::Missing),
        () if row.hash != row.computed_hash() => Some(Damage::Changed),
        () if row.previous != previous => Some(Damage::NotFollowing),
        () => None,
    }
}

/// The lines of the copy outside the database, by the numbers of their rows.
struct Copies {
    first: i64,
    /// The digest of each row; `None` for a line that holds none.
    lines: Vec<Option<Sha256>>,
}

impl Copies {
    /// A home that has no copy yet has nothing to compare; a torn last line is no row.
    fn read(journal: &Path) -> Result<Self> {
        let mut copies = Self { first: 1, lines: Vec::new() };
        let file = match File::open(journal) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(copies),
            Err(error) => return Err(Error::io(journal)(error)),
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_err(Error::io(journal))? > 0 {
            if line.pop() == Some(b'\n') {
                let row = serde_json::from_slice(&line).ok().and_then(|value| LedgerRow::from_json(&value));
                if copies.lines.is_empty() {
                    copies.first = row.as_ref().map_or(1, |row| row.seq);
                }
                // A line that is missing in between moves every later one: each is then compared with another row, and differs.
                copies.lines.push(row.map(|row| digest(row.to_line().as_bytes())));
            }
            line.clear();
        }
        Ok(copies)
    }

    fn last(&self) -> i64 {
        self.first - 1 + i64::try_from(self.lines.len()).unwrap_or(i64::MAX)
    }

    /// Whether the copy says something else of this row.
    fn damage_of(&self, row: &LedgerRow) -> Option<Damage> {
        let place = usize::try_from(row.seq - self.first).ok()?;
        let is_same = *self.lines.get(place)? == Some(digest(row.to_line().as_bytes()));
        (!is_same).then_some(Damage::CopyDiffers)
    }
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(bytes).into())
}
