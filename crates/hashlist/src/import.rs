//! One file to one list version, or to nothing: recognise, settle the kind of 64-digit values, parse, merge by key, report.
//!
//! Nothing is opened here: the caller hands over a way to read the file from its beginning, once a pass. To show progress or to cancel,
//! the caller wraps the reader; an error from it ends the import, and an import that ended early left nothing behind.

use std::io::{self, Read};

use fingerprint::signal::SignalKind;

use crate::entry::{Entry, Harm, Polarity};
use crate::formats::detect::{Recognised, recognise};
use crate::formats::{Answers, Content, DraftValue, Format, parse};
use crate::hex64::{Census, HexVerdict};
use crate::limits;
use crate::merge::{Hex64, Merge};
use crate::refusal::Refusal;
use crate::report::Report;

/// Something that only the operator can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What the list is about (`--harm`).
    Harm,
    /// Whether 64-digit values are SHA-256 or PDQ (`--kind`).
    Kind,
    /// Whether the list warns or knows files to be harmless (`--polarity`).
    Polarity,
}

impl Question {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Harm => "harm",
            Self::Kind => "kind",
            Self::Polarity => "polarity",
        }
    }

    /// What a script says to answer it.
    pub const fn answered_by(self) -> &'static str {
        match self {
            Self::Harm => "say --harm csam, ncii, tvec, malware or local",
            Self::Kind => "say --kind sha256 or --kind pdq",
            Self::Polarity => "say --polarity alert or --polarity ignore",
        }
    }
}

/// One file, read. It may become a list version only when no question is open.
#[derive(Clone, Debug)]
pub struct Import {
    /// The format.
    pub format: Format,
    /// Why it is taken for that, in one sentence.
    pub why: String,
    /// The entries, in the order in which their keys first appeared.
    pub entries: Vec<Entry>,
    /// Keys that the file takes away and that are not live at its end, in order.
    pub withdrawn: Vec<String>,
    /// What became of every record.
    pub report: Report,
    /// What the 64-digit values say about their kind, if the file has any and nobody said.
    pub hex: Option<HexVerdict>,
    /// The harm of the list, where it is answered or fixed.
    pub harm: Option<Harm>,
    /// The polarity of the list: the answer, else what the format proposes.
    pub polarity: Polarity,
    /// Questions without an answer and without a proposal. While `Kind` is open, entries that depend on it are missing.
    pub open_questions: Vec<Question>,
}

/// Reads a file from its beginning, once for each pass.
pub type Open<'file> = dyn Fn() -> io::Result<Box<dyn Read + 'file>> + 'file;

/// Imports one file. `open` gives a fresh reader of the same bytes at each call; it is called up to three times.
///
/// `file_name` decides only where two formats look the same.
/// # Errors
/// A [`Refusal`]: nothing was imported and nothing changed.
pub fn import(open: &Open<'_>, file_name: &str, answers: &Answers) -> Result<Import, Refusal> {
    let Recognised { format, why } = format_of(open, file_name, answers)?;
    let (hex64, hex) = settle_kind(open, format, answers)?;
    let mut merge = Merge::new(answers, hex64);
    parse(format, open()?, answers, &mut |record| merge.take(record))?;
    let merged = merge.finish()?;
    refuse_nothing(&merged.report)?;
    let harm = format.harm().or(answers.harm);
    let harm_is_open = harm.is_none() && (merged.entries.is_empty() || merged.entries.iter().any(|entry| entry.harm.is_none()));
    let open_questions = [(Question::Harm, harm_is_open), (Question::Kind, hex64 == Hex64::Open)];
    Ok(Import {
        format,
        why,
        entries: merged.entries,
        withdrawn: merged.withdrawn,
        report: merged.report,
        hex,
        harm,
        polarity: answers.polarity.unwrap_or(format.polarity()),
        open_questions: open_questions.into_iter().filter(|(_, is_open)| *is_open).map(|(question, _)| question).collect(),
    })
}

/// Imports bytes that are in memory: see [`import`].
///
/// # Errors
/// As [`import`].
pub fn import_bytes(bytes: &[u8], file_name: &str, answers: &Answers) -> Result<Import, Refusal> {
    import(&|| Ok(Box::new(bytes)), file_name, answers)
}

fn format_of(open: &Open<'_>, file_name: &str, answers: &Answers) -> Result<Recognised, Refusal> {
    let mut head = Vec::new();
    // One byte more tells whether the head is the whole file.
    open()?.take(limits::HEAD_BYTES as u64 + 1).read_to_end(&mut head)?;
    let complete = head.len() <= limits::HEAD_BYTES;
    head.truncate(limits::HEAD_BYTES);
    match (recognise(&head, complete, file_name), answers.format) {
        (Ok(recognised), None) => Ok(recognised),
        (Ok(recognised), Some(format)) if recognised.format == format => Ok(recognised),
        (Err(refusal), None) => Err(refusal),
        (Err(refusal), Some(_)) if !can_be_overruled(&refusal) => Err(refusal),
        (_, Some(format)) => Ok(Recognised { format, why: "you chose this format".to_owned() }),
    }
}

/// Whether the operator's choice of a format stands against this refusal: only where the bytes are text that fits no rule.
fn can_be_overruled(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::UnknownFormat { .. } | Refusal::FormatNotBuilt { .. } | Refusal::NotAList { .. } | Refusal::SqlScript)
}

/// The first pass over a list whose 64-digit values nobody named: what are they?
fn settle_kind(open: &Open<'_>, format: Format, answers: &Answers) -> Result<(Hex64, Option<HexVerdict>), Refusal> {
    if let Some(kind) = answers.kind_of_64() {
        return Ok((Hex64::Are(kind), None));
    }
    let mut census = Census::default();
    parse(format, open()?, answers, &mut |record| {
        let Content::Draft(draft) = record.content else { return };
        for value in &draft.values {
            if let DraftValue::Hex64 { bytes, .. } = value {
                census.add(*bytes);
            }
        }
    })?;
    if census.is_empty() {
        return Ok((Hex64::AsAssumed, None));
    }
    let verdict = census.verdict();
    let settled = match (format.kind_64(), verdict.proposal) {
        // In a format of checksums only SHA-256 makes sense; values that look like PDQ ask.
        (Some(_), Some(SignalKind::Pdq)) => Hex64::Open,
        (Some(kind), _) => Hex64::Are(kind),
        (None, Some(kind)) => Hex64::Are(kind),
        (None, None) => Hex64::Open,
    };
    Ok((settled, Some(verdict)))
}

fn refuse_nothing(report: &Report) -> Result<(), Refusal> {
    if report.added + report.replaced + report.withdrawn + report.undecided > 0 {
        return Ok(());
    }
    let first = report.rejected_records.first().map(|rejected| (rejected.record, rejected.reason));
    Err(Refusal::NothingAccepted { records: report.records, rejected: report.rejected_count(), first })
}
