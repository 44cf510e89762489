//! The state of one list version, as a file beside its index: live entries, and what was withdrawn in the last 90 days.
//!
//! It is what a later page or delta changes, and what an index is compiled from again without reading originals. JSON lines: a header with the
//! version of the form and the numbers of rows, then the rows, then a trailer with a SHA-256 of every byte before it. Equal states give equal
//! bytes. A damaged, cut or newer file is an error and never a state.

mod row;

use std::io::{self, BufRead, Read, Write};

use fingerprint::signal::Sha256;
use row::{EntryRow, TombstoneRow};
use serde::{Deserialize, Serialize};
use sha2::Digest;

use crate::entry::SignalValue;
use crate::limits;
use crate::packed::Entries;

/// Version of the form.
const VERSION: u32 = 1;

/// Why an entry is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The publisher took it back.
    Withdrawn,
    /// It should never have been there.
    Mistake,
    /// Its time was over.
    Expired,
    /// Another entry stands for it now.
    Merged,
    /// Something else.
    Other,
    /// The publisher said nothing; a later snapshot lacks it.
    Absent,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 6] = [Self::Withdrawn, Self::Mistake, Self::Expired, Self::Merged, Self::Other, Self::Absent];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Mistake => "mistake",
            Self::Expired => "expired",
            Self::Merged => "merged",
            Self::Other => "other",
            Self::Absent => "absent",
        }
    }

    /// The reason with this wire name, or `None`.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// What is remembered of a withdrawn entry for 90 days at least, so that what rested on it can be opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The key of the entry.
    pub key: String,
    /// Its number in this list; 0 if the list never held it.
    pub number: u32,
    /// Why it is gone.
    pub reason: Reason,
    /// Since when, UTC milliseconds since 1970; `None` until an import knows the time.
    pub at: Option<i64>,
    /// The signals that it had.
    pub signals: Vec<SignalValue>,
}

/// The state of one list version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// The live entries, each with its number.
    pub entries: Entries,
    /// What is gone, in the order of keys.
    pub tombstones: Vec<Tombstone>,
    /// The number that the next new entry gets. Never smaller than any number that was given, so that none is given twice.
    pub next_number: u32,
}

/// Why a stored state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The bytes could not be read.
    #[error("the stored state of the list could not be read")]
    Unreadable(#[from] io::Error),
    /// Another form than the one that this build writes.
    #[error("the stored state of the list has version {found}; this build reads version 1")]
    OtherVersion {
        /// The version that it names.
        found: u32,
    },
    /// Cut, changed, or no state at all.
    #[error("the stored state of the list is damaged at line {line}")]
    Damaged {
        /// The line, from 1.
        line: u64,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    gatehouse_list_state: u32,
    entries: u64,
    tombstones: u64,
    next_number: u32,
}

/// One line below the header.
#[derive(Serialize, Deserialize)]
enum Line {
    #[serde(rename = "e")]
    Entry(Box<EntryRow>),
    #[serde(rename = "t")]
    Tombstone(TombstoneRow),
    #[serde(rename = "end")]
    End { sha256: String },
}

/// Writes a state. Equal states give equal bytes; memory is that of one row.
///
/// # Errors
/// Those of `out`.
pub fn write_state(entries: &Entries, tombstones: &[Tombstone], next_number: u32, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Digested { out, hasher: sha2::Sha256::new() };
    let (entry_count, tombstone_count) = (entries.len() as u64, tombstones.len() as u64);
    out.line(&Header { gatehouse_list_state: VERSION, entries: entry_count, tombstones: tombstone_count, next_number })?;
    for entry in entries.iter() {
        out.line(&Line::Entry(Box::new(EntryRow::of(&entry))))?;
    }
    for tombstone in tombstones {
        out.line(&Line::Tombstone(TombstoneRow::of(tombstone)))?;
    }
    let sha256 = Sha256::new(out.hasher.clone().finalize().into()).to_string();
    out.line(&Line::End { sha256 })
}

struct Digested<'out> {
    out: &'out mut dyn Write,
    hasher: sha2::Sha256,
}

impl Digested<'_> {
    fn line(&mut self, row: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(row)?;
        bytes.push(b'\n');
        self.hasher.update(&bytes);
        self.out.write_all(&bytes)
    }
}

/// Reads a state to its end.
///
/// # Errors
/// [`StateError`]; nothing of a damaged state is handed out.
pub fn read_state(source: impl BufRead) -> Result<ListState, StateError> {
    let mut lines = Lines { source, number: 0, hasher: sha2::Sha256::new(), line: Vec::new() };
    let header: Header = lines.next(true)?;
    if header.gatehouse_list_state != VERSION {
        return Err(StateError::OtherVersion { found: header.gatehouse_list_state });
    }
    let mut state = ListState { next_number: header.next_number, ..ListState::default() };
    loop {
        let before = lines.hasher.clone();
        let row: Line = lines.next(false)?;
        let damaged = lines.damaged();
        match row {
            Line::Entry(row) if state.tombstones.is_empty() => state.entries.push(&row.entry().ok_or(damaged)?),
            Line::Tombstone(row) => state.tombstones.push(row.tombstone().ok_or(damaged)?),
            Line::Entry(_) => return Err(damaged),
            Line::End { sha256 } => {
                let counts_hold = (header.entries, header.tombstones) == (state.entries.len() as u64, state.tombstones.len() as u64);
                let digest = Sha256::new(before.finalize().into()).to_string();
                let is_whole = counts_hold && sha256 == digest && lines.is_at_end()?;
                return if is_whole { Ok(state) } else { Err(damaged) };
            }
        }
    }
}

struct Lines<R> {
    source: R,
    number: u64,
    hasher: sha2::Sha256,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The next line as a row. The version of the form is looked at before anything else of a header, so `is_header` accepts unknown keys.
    fn next<T: for<'de> Deserialize<'de>>(&mut self, is_header: bool) -> Result<T, StateError> {
        self.line.clear();
        self.number += 1;
        (&mut self.source).take(limits::STATE_LINE_BYTES as u64 + 1).read_until(b'\n', &mut self.line)?;
        if self.line.len() > limits::STATE_LINE_BYTES || self.line.last() != Some(&b'\n') {
            return Err(self.damaged());
        }
        if is_header {
            self.refuse_other_version()?;
        }
        self.hasher.update(&self.line);
        serde_json::from_slice(&self.line).map_err(|_| self.damaged())
    }

    fn refuse_other_version(&self) -> Result<(), StateError> {
        #[derive(Deserialize)]
        struct Version {
            gatehouse_list_state: u32,
        }
        match serde_json::from_slice::<Version>(&self.line) {
            Ok(version) if version.gatehouse_list_state != VERSION => Err(StateError::OtherVersion { found: version.gatehouse_list_state }),
            _ => Ok(()),
        }
    }

    fn is_at_end(&mut self) -> Result<bool, StateError> {
        Ok(self.source.fill_buf()?.is_empty())
    }

    const fn damaged(&self) -> StateError {
        StateError::Damaged { line: self.number }
    }
}
