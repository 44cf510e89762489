//! The list formats: what a file is ([`detect`]), and its records as a stream ([`parse`]).
//!
//! A parser turns a stream of bytes into records; every record has exactly one outcome, and no parser holds more than one record in
//! memory. What several records mean together (duplicates, the 64-hex rule) is decided in [`crate::import()`].

mod capped;
mod checksum;
mod clamav;
mod columns;
mod csv;
pub mod detect;
mod detect_bytes;
mod detect_json;
mod detect_text;
mod draft;
mod encase;
mod hashdeep;
mod json;
mod layouts;
mod lines;
mod mapping;
mod media;
mod ncmec;
pub mod page;
mod sqlite;
mod tables;
mod te_cache;
mod text;
pub(crate) mod time;
mod tlsh;
mod tsk_idx;
mod tx;
mod vpdq;
mod xml;

use std::collections::BTreeSet;
use std::io::Read;

pub use draft::{Draft, DraftValue};
use fingerprint::signal::SignalKind;
pub use json::Facts;
pub(crate) use json::feed_events;
pub(crate) use lines::Lines;
pub use mapping::{ColumnName, Mapping, Meaning};
pub use page::Page;
pub use sqlite::{Cell, DatabasePlan, DatabaseTable, database_record, recognise_database};

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
    /// Rows as JSON objects, in an array or one a line.
    JsonRows,
    /// Old cache files of the tx program, `simple.<HASH_TYPE>.te`.
    TeCache,
    /// The signed list of small communities: see [`crate::shl`].
    Shl,
    /// Pages of ThreatExchange (`threat_updates`), also those of GIFCT.
    ThreatUpdates,
    /// Pages of StopNCII.
    StopNcii,
    /// Pages of the Tech Against Terrorism hash list.
    Tat,
    /// Hash sets and cases of Project VIC and CAID.
    Vics,
    /// One event of MISP.
    MispEvent,
    /// A folder of MISP events with their manifest.
    MispFeed,
    /// A warning list of MISP: values known to be harmless.
    MispWarninglist,
    /// STIX bundles and TAXII envelopes.
    Stix,
    /// Pages of NCMEC hash sharing.
    NcmecXml,
    /// Exports of ICSE.
    IcseCsv,
    /// Hash databases of Autopsy. Read by its rows, never as a stream of bytes.
    Kdb,
    /// EnCase hash sets.
    Encase,
    /// HashKeeper files.
    Hashkeeper,
    /// iLook files.
    Ilook,
    /// Indexes of the Sleuth Kit.
    TskIdx,
    /// NSRL files of before 2022.
    NsrlText,
    /// NSRL sets since 2022. Read by their rows, never as a stream of bytes.
    NsrlRds,
    /// Hash signatures of ClamAV, and its allow lists.
    Clamav,
    /// The frames of one video.
    Vpdq,
    /// One TLSH digest a line.
    Tlsh,
    /// The built-in practice list: CSV like [`Format::Csv`], with a harm of its own. Never recognised in a file, only chosen.
    Practice,
}

impl Format {
    /// Every format, in the order in which they are listed.
    pub const ALL: [Self; 30] = [
        Self::HashLines,
        Self::Checksum,
        Self::Csv,
        Self::JsonRows,
        Self::Hashdeep,
        Self::TxLines,
        Self::TxCsv,
        Self::TeCache,
        Self::Shl,
        Self::ThreatUpdates,
        Self::NcmecXml,
        Self::StopNcii,
        Self::Tat,
        Self::Vics,
        Self::IcseCsv,
        Self::Kdb,
        Self::Encase,
        Self::Hashkeeper,
        Self::Ilook,
        Self::TskIdx,
        Self::NsrlText,
        Self::NsrlRds,
        Self::Clamav,
        Self::MispEvent,
        Self::MispFeed,
        Self::MispWarninglist,
        Self::Stix,
        Self::Vpdq,
        Self::Tlsh,
        Self::Practice,
    ];

    /// The format id, also the value of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HashLines => "hash_lines",
            Self::Checksum => "checksum",
            Self::Csv => "csv",
            Self::Hashdeep => "hashdeep",
            Self::TxLines => "tx_lines",
            Self::TxCsv => "tx_csv",
            Self::JsonRows => "json_rows",
            Self::TeCache => "te_cache",
            Self::Shl => "shl",
            Self::ThreatUpdates => "threat_updates",
            Self::StopNcii => "stopncii",
            Self::Tat => "tat",
            Self::Vics => "vics",
            Self::MispEvent => "misp_event",
            Self::MispFeed => "misp_feed",
            Self::MispWarninglist => "misp_warninglist",
            Self::Stix => "stix",
            Self::NcmecXml => "ncmec_xml",
            Self::IcseCsv => "icse_csv",
            Self::Kdb => "kdb",
            Self::Encase => "encase",
            Self::Hashkeeper => "hashkeeper",
            Self::Ilook => "ilook",
            Self::TskIdx => "tsk_idx",
            Self::NsrlText => "nsrl_text",
            Self::NsrlRds => "nsrl_rds",
            Self::Clamav => "clamav",
            Self::Vpdq => "vpdq",
            Self::Tlsh => "tlsh",
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
            Self::JsonRows => "rows as JSON objects",
            Self::TeCache => "old tx cache file",
            Self::Shl => "signed list",
            Self::ThreatUpdates => "ThreatExchange pages (Meta, GIFCT)",
            Self::StopNcii => "StopNCII pages",
            Self::Tat => "Tech Against Terrorism pages",
            Self::Vics => "Project VIC and CAID (VICS) JSON",
            Self::MispEvent => "MISP event",
            Self::MispFeed => "MISP feed folder",
            Self::MispWarninglist => "MISP warning list",
            Self::Stix => "STIX bundle or TAXII envelope",
            Self::NcmecXml => "NCMEC hash sharing pages",
            Self::IcseCsv => "ICSE export",
            Self::Kdb => "Autopsy hash database",
            Self::Encase => "EnCase hash set",
            Self::Hashkeeper => "HashKeeper file",
            Self::Ilook => "iLook file",
            Self::TskIdx => "Sleuth Kit index",
            Self::NsrlText => "NSRL file (before 2022)",
            Self::NsrlRds => "NSRL reference set (SQLite, since 2022)",
            Self::Clamav => "ClamAV hash signatures",
            Self::Vpdq => "vPDQ frames of one video",
            Self::Tlsh => "TLSH digests",
            Self::Practice => "the built-in practice list",
        }
    }

    /// How near the format is to what a small community can make itself: 1 is nearest.
    pub const fn tier(self) -> u8 {
        match self {
            Self::Vics | Self::MispEvent | Self::MispFeed | Self::MispWarninglist | Self::Stix => 2,
            Self::IcseCsv | Self::Kdb | Self::Encase | Self::Hashkeeper | Self::Ilook => 2,
            Self::TskIdx | Self::NsrlText | Self::NsrlRds | Self::Clamav => 2,
            Self::Vpdq | Self::Tlsh => 3,
            _ => 1,
        }
    }

    /// Whether nothing in the format says how sure its publisher is, so that the operator's own trust counts.
    pub const fn asks_trust(self) -> bool {
        match self {
            Self::HashLines | Self::Checksum | Self::Hashdeep | Self::Csv | Self::JsonRows | Self::TxLines | Self::TeCache => true,
            Self::IcseCsv | Self::Kdb | Self::Encase | Self::Hashkeeper | Self::Ilook | Self::TskIdx | Self::Clamav => true,
            Self::MispEvent | Self::MispFeed | Self::Stix | Self::Vpdq | Self::Tlsh => true,
            Self::Shl | Self::TxCsv | Self::ThreatUpdates | Self::StopNcii | Self::Tat | Self::NcmecXml | Self::Vics => false,
            Self::NsrlText | Self::NsrlRds | Self::MispWarninglist | Self::Practice => false,
        }
    }

    /// What a file of the format is to the list.
    pub const fn state(self) -> State {
        match self {
            Self::ThreatUpdates | Self::NcmecXml | Self::StopNcii | Self::Tat | Self::Stix => State::Pages,
            Self::MispEvent => State::Group,
            _ => State::Snapshot,
        }
    }

    /// The harm that the format itself fixes, if any.
    pub const fn harm(self) -> Option<Harm> {
        match self {
            Self::Practice => Some(Harm::Practice),
            _ => None,
        }
    }

    /// The harm that is proposed for the format; an answer overrules it.
    pub const fn proposed_harm(self) -> Option<Harm> {
        match self {
            Self::StopNcii => Some(Harm::Ncii),
            Self::Tat => Some(Harm::Tvec),
            Self::NcmecXml | Self::Vics | Self::IcseCsv => Some(Harm::Csam),
            Self::Clamav | Self::MispEvent | Self::MispFeed | Self::MispWarninglist | Self::Stix => Some(Harm::Malware),
            _ => None,
        }
    }

    /// The polarity that the format itself fixes, if any.
    pub const fn fixed_polarity(self) -> Option<Polarity> {
        match self {
            Self::MispWarninglist => Some(Polarity::Ignore),
            _ => None,
        }
    }

    /// The polarity that is proposed for the format; `None` where only the operator can say.
    pub const fn polarity(self) -> Option<Polarity> {
        match self {
            Self::MispWarninglist | Self::NsrlText | Self::NsrlRds => Some(Polarity::Ignore),
            // What was made for forensic work can be either, and the file does not say which.
            Self::Kdb | Self::Encase | Self::Hashkeeper | Self::Ilook | Self::TskIdx => None,
            _ => Some(Polarity::Alert),
        }
    }

    /// Days without a completed look at the source after which a list of this format counts as out of date.
    ///
    /// ThreatExchange forgets what it withdrew after 90 days, so its whole state must be fetched again before; 30 days are a habit.
    pub const fn stale_after_days(self) -> u32 {
        match self {
            Self::ThreatUpdates => 85,
            _ => 30,
        }
    }

    /// Whether a first pass over the file is needed to know what its records mean, or in which order its pages come.
    pub(crate) const fn needs_survey(self) -> bool {
        matches!(self.state(), State::Pages | State::Group) || matches!(self, Self::Vics | Self::MispFeed | Self::MispWarninglist)
    }

    /// The kind of 64-digit values, where only one makes sense in the format.
    pub(crate) const fn kind_64(self) -> Option<SignalKind> {
        match self {
            Self::Checksum | Self::Hashdeep | Self::MispWarninglist => Some(SignalKind::Sha256),
            _ => None,
        }
    }

    /// The longest line or record of the format, in bytes.
    pub(crate) const fn line_bytes(self) -> usize {
        match self {
            Self::TxLines | Self::TxCsv | Self::TeCache | Self::Vpdq => limits::LONG_LINE_BYTES,
            _ => limits::LINE_BYTES,
        }
    }
}

/// What a file of a format is to the list that it continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It states the whole list, and what it lacks is withdrawn.
    Snapshot,
    /// It changes the list: records add, replace and withdraw by key.
    Pages,
    /// It replaces the entries of one group, such as the event of MISP, and leaves the others alone.
    Group,
    /// It changes the list, and applies only to one version of it.
    Delta,
}

impl State {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Pages => "pages",
            Self::Group => "group",
            Self::Delta => "delta",
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
    /// The columns of a CSV file or of JSON rows, where the operator says more than their names (`--map`).
    pub mapping: Option<Mapping>,
    /// The category numbers that alert, in formats that grade their entries. `None` takes the proposal, 1 and 2.
    pub categories: Option<BTreeSet<i64>>,
    /// Whether the records of a case file, which is somebody's investigation, are to be taken as a list. Without it, it is asked.
    pub takes_case: bool,
    /// Whether the bare file objects of a STIX bundle are a list of files to be matched.
    pub takes_files: bool,
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
    /// Number of its first line, or of the record in formats without lines, from 1.
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

/// What a file says of itself, beside its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The name that its publisher gave the list.
    pub list_name: Option<String>,
    /// The polarity that this file proposes; `None` leaves it to its format.
    pub polarity: Option<Polarity>,
    /// Sentences for the preview. They hold no value of the list.
    pub notes: Vec<String>,
}

/// What a parser may need to know beside the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'import> {
    /// What the operator answered.
    pub answers: &'import Answers,
    /// The name of the file, without a path; only where the format says so does it count.
    pub file_name: &'import str,
    /// What the first pass found in the file and beside it.
    pub facts: &'import Facts,
}

/// What a parser says at the end of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Number of records handed over.
    pub records: u64,
    /// Number of bytes read.
    pub bytes: u64,
    /// What the file says of its set.
    pub page: Page,
    /// What the file says of itself.
    pub about: About,
}

/// Reads a file of a known format and hands each record to `sink`, in file order.
///
/// Memory is that of one record. The 64-hex rule needs the whole list, so values without a kind arrive as [`DraftValue::Hex64`].
/// # Errors
/// A [`Refusal`]: `too_large` beyond 8 GiB, `unreadable` if the reader fails, `unknown_format` if a header that the format demands is
/// missing. Records handed over before are void then.
pub fn parse(format: Format, source: impl Read, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<Summary, Refusal> {
    parse_in(format, source, &Context { answers, file_name: "", facts: &Facts::default() }, sink)
}

/// [`parse`], with what the first pass found (see [`survey`]) and the name of the file.
///
/// # Errors
/// As [`parse`].
pub fn parse_in(format: Format, source: impl Read, context: &Context<'_>, sink: &mut dyn FnMut(Record)) -> Result<Summary, Refusal> {
    let answers = context.answers;
    let mut about = About::default();
    let mut records = 0;
    let mut counted = |record: Record| {
        records += 1;
        sink(record);
    };
    match format {
        Format::NcmecXml => {
            let (bytes, page, about) = ncmec::parse(source, &mut counted)?;
            return Ok(Summary { records, bytes, page, about });
        }
        Format::Encase => {
            let bytes = encase::parse(source, &mut about, &mut counted)?;
            return Ok(Summary { records, bytes, page: Page::default(), about });
        }
        Format::Shl => return crate::shl::parse(source, sink),
        // Their rows come from `database_record`.
        Format::Kdb | Format::NsrlRds => return Err(Refusal::UnknownDatabase),
        _ => {}
    }
    let mut lines = Lines::new(source, format.line_bytes());
    match format {
        Format::HashLines => text::hash_lines(&mut lines, answers, &mut counted)?,
        Format::Checksum => checksum::parse(&mut lines, answers, &mut counted)?,
        Format::Csv | Format::Practice => csv::parse(&mut lines, answers, &mut counted)?,
        Format::Hashdeep => hashdeep::parse(&mut lines, answers, &mut counted)?,
        Format::TxLines => tx::lines(&mut lines, answers, &mut counted)?,
        Format::TxCsv => tx::csv(&mut lines, answers, &mut counted)?,
        Format::TeCache => te_cache::parse(&mut lines, context, &mut counted)?,
        Format::Vpdq => vpdq::parse(&mut lines, &mut counted)?,
        Format::IcseCsv | Format::Hashkeeper | Format::Ilook | Format::NsrlText => {
            tables::parse(format, &mut lines, answers, &mut counted)?;
        }
        Format::TskIdx => tsk_idx::parse(&mut lines, &mut about, &mut counted)?,
        Format::Clamav => {
            about.polarity = clamav::is_allow_list(context.file_name).then_some(Polarity::Ignore);
            clamav::parse(&mut lines, &mut counted)?;
        }
        Format::Tlsh => tlsh::parse(&mut lines, &mut counted)?,
        Format::NcmecXml | Format::Encase | Format::Shl | Format::Kdb | Format::NsrlRds => {}
        Format::JsonRows
        | Format::ThreatUpdates
        | Format::StopNcii
        | Format::Tat
        | Format::Vics
        | Format::MispEvent
        | Format::MispFeed
        | Format::MispWarninglist
        | Format::Stix => return json::parse(format, lines.into_source(), context, sink),
    }
    Ok(Summary { records, bytes: lines.bytes(), page: Page::default(), about })
}

/// The first pass over a file: what its records mean beside each other, and the values whose kind only the whole list can tell.
///
/// # Errors
/// As [`parse`].
pub(crate) fn survey(
    format: Format,
    source: impl Read,
    context: &Context<'_>,
    value: &mut dyn FnMut(&DraftValue),
) -> Result<Facts, Refusal> {
    if json::states_kinds(format) {
        return json::survey(format, Lines::new(source, limits::LINE_BYTES).into_source());
    }
    let summary = parse_in(format, source, context, &mut |record| {
        if let Content::Draft(draft) = record.content {
            draft.values.iter().for_each(&mut *value);
        }
    })?;
    Ok(Facts::of_page(summary.page))
}
