//! The list formats: what a file is ([`detect`]), and its records as a stream ([`parse`]).
//!
//! A parser turns a stream of bytes into records; every record has exactly one outcome, and no parser holds more than one record in
//! memory. What several records mean together (duplicates, the 64-hex rule) is decided in [`crate::import()`].

mod checksum;
mod columns;
mod csv;
pub mod detect;
mod detect_bytes;
mod detect_json;
mod detect_text;
mod draft;
mod hashdeep;
mod lines;
mod text;
mod time;
mod tx;

use std::io::Read;

pub use draft::{Draft, DraftValue};
use fingerprint::signal::SignalKind;
pub(crate) use lines::Lines;

use crate::entry::{Harm, Polarity, Status};
use crate::limits;
use crate::outcome::{Rejection, SkipReason};
use crate::refusal::Refusal;

/// A list format that this build reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// One hash a line.
    HashLines,
    /// Output of md5sum, sha256sum, cksum, md5deep.
    Checksum,
    /// CSV, TSV or another separator, with a header.
    Csv,
    /// Output of hashdeep.
    Hashdeep,
    /// Input lines of the tx program (`local_file`).
    TxLines,
    /// Output of `threatexchange dataset -P --csv`.
    TxCsv,
    /// The built-in practice list: CSV like [`Format::Csv`], with a harm of its own. Never recognised in a file, only chosen.
    Practice,
}

impl Format {
    /// Every format, in the order in which they are listed.
    pub const ALL: [Self; 7] = [Self::HashLines, Self::Checksum, Self::Csv, Self::Hashdeep, Self::TxLines, Self::TxCsv, Self::Practice];

    /// The format id, also the value of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HashLines => "hash_lines",
            Self::Checksum => "checksum",
            Self::Csv => "csv",
            Self::Hashdeep => "hashdeep",
            Self::TxLines => "tx_lines",
            Self::TxCsv => "tx_csv",
            Self::Practice => "practice",
        }
    }

    /// The format with this id, or `None`.
    pub fn from_wire(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == id)
    }

    /// What it is, in a few words for a person.
    pub const fn title(self) -> &'static str {
        match self {
            Self::HashLines => "one hash a line",
            Self::Checksum => "checksum lines (md5sum, sha256sum, BSD tags, md5deep)",
            Self::Csv => "CSV with a header",
            Self::Hashdeep => "hashdeep output",
            Self::TxLines => "tx lines (local_file)",
            Self::TxCsv => "tx dataset CSV",
            Self::Practice => "the built-in practice list",
        }
    }

    /// How near the format is to what a small community can make itself: 1 is nearest.
    pub const fn tier(self) -> u8 {
        1
    }

    /// What a file of the format is: a `snapshot` states the whole list, and what it lacks is withdrawn.
    pub const fn state(self) -> &'static str {
        "snapshot"
    }

    /// The harm that the format itself fixes, if any.
    pub const fn harm(self) -> Option<Harm> {
        match self {
            Self::Practice => Some(Harm::Practice),
            _ => None,
        }
    }

    /// The polarity that is proposed for the format.
    pub const fn polarity(self) -> Polarity {
        Polarity::Alert
    }

    /// The kind of 64-digit values, where only one makes sense in the format.
    pub(crate) const fn kind_64(self) -> Option<SignalKind> {
        match self {
            Self::Checksum | Self::Hashdeep => Some(SignalKind::Sha256),
            _ => None,
        }
    }

    /// The longest line or record of the format, in bytes.
    pub(crate) const fn line_bytes(self) -> usize {
        match self {
            Self::TxLines | Self::TxCsv => limits::LONG_LINE_BYTES,
            _ => limits::LINE_BYTES,
        }
    }
}

/// What the operator answered, or answered for an earlier version of the list. Build with `..Answers::default()`.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The format, instead of what recognition says (`--format`).
    pub format: Option<Format>,
    /// What 64-digit values are: SHA-256 or PDQ. `None` lets the 64-hex rule propose.
    pub kind_64: Option<SignalKind>,
    /// The only kind that a bare hash may be (`--kind`); others are `wrong_length`. Also answers `kind_64`.
    pub only_kind: Option<SignalKind>,
    /// The harm of the list. `None` leaves the question open unless the format or every entry names one.
    pub harm: Option<Harm>,
    /// The polarity of the list. `None` takes what the format proposes.
    pub polarity: Option<Polarity>,
    /// Status of entries whose format carries none.
    pub trust: Status,
    /// Now, UTC milliseconds since 1970, for the flag `expired`. `None` sets it nowhere.
    pub now_ms: Option<i64>,
}

impl Answers {
    /// What 64-digit values without a kind are, as far as the operator said.
    pub(crate) fn kind_of_64(&self) -> Option<SignalKind> {
        self.kind_64.or(self.only_kind.filter(|kind| kind.byte_len() == 32))
    }
}

/// One record of a file: a line, or a row that may span lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Number of its first line, from 1.
    pub number: u64,
    /// Where it begins: bytes from the start of the file (for UTF-16, of the file's text in UTF-8).
    pub offset: u64,
    /// What it holds.
    pub content: Content,
}

/// What a record holds. Whether a draft is added, replaced or a duplicate is decided by [`crate::import()`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An entry in the making.
    Draft(Box<Draft>),
    /// By design not an entry.
    Skipped(SkipReason),
    /// Meant to be an entry and unusable.
    Rejected(Rejection),
}

/// What a parser says at the end of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Number of records handed over.
    pub records: u64,
    /// Number of bytes read.
    pub bytes: u64,
}

/// Reads a file of a known format and hands each record to `sink`, in file order.
///
/// Memory is that of one record. The 64-hex rule needs the whole list, so values without a kind arrive as [`DraftValue::Hex64`].
/// # Errors
/// A [`Refusal`]: `too_large` beyond 8 GiB, `unreadable` if the reader fails, `unknown_format` if a header that the format demands is
/// missing. Records handed over before are void then.
pub fn parse(format: Format, source: impl Read, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<Summary, Refusal> {
    let mut lines = Lines::new(source, format.line_bytes());
    let mut records = 0;
    let mut counted = |record: Record| {
        records += 1;
        sink(record);
    };
    match format {
        Format::HashLines => text::hash_lines(&mut lines, answers, &mut counted)?,
        Format::Checksum => checksum::parse(&mut lines, answers, &mut counted)?,
        Format::Csv | Format::Practice => csv::parse(&mut lines, answers, &mut counted)?,
        Format::Hashdeep => hashdeep::parse(&mut lines, answers, &mut counted)?,
        Format::TxLines => tx::lines(&mut lines, answers, &mut counted)?,
        Format::TxCsv => tx::csv(&mut lines, answers, &mut counted)?,
    }
    Ok(Summary { records, bytes: lines.bytes() })
}
