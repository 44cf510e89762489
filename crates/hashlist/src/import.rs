//! One file, or the pages of one download, to one list version, or to nothing: recognise, settle the kind of 64-digit values, parse, merge by
//! key into the version before, report.
//!
//! Nothing is opened here: the caller hands over a way to read each file from its beginning, once a pass. To show progress or to cancel,
//! the caller wraps the reader; an error from it ends the import, and an import that ended early left nothing behind.

use fingerprint::signal::SignalKind;

use crate::entry::{Harm, Polarity};
use crate::formats::detect::Recognised;
use crate::formats::{About, Answers, Context, DraftValue, Facts, Format, Record, State, page, parse_in, survey};
use crate::hex64::{Census, HexVerdict};
use crate::merge::{Hex64, Merge, Merged, Unmentioned};
use crate::packed::Entries;
use crate::pages::Set;
pub use crate::pages::{Open, Source};
use crate::refusal::Refusal;
use crate::report::Report;
use crate::state::{ListState, Tombstone};

/// Something that only the operator can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What the list is about (`--harm`).
    Harm,
    /// Whether 64-digit values are SHA-256 or PDQ (`--kind`).
    Kind,
    /// Whether the list warns or knows files to be harmless (`--polarity`).
    Polarity,
    /// Whether the records of a case file are to be taken as a list (`--take-case`).
    CaseFile,
}

impl Question {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Harm => "harm",
            Self::Kind => "kind",
            Self::Polarity => "polarity",
            Self::CaseFile => "case_file",
        }
    }

    /// What a script says to answer it.
    pub const fn answered_by(self) -> &'static str {
        match self {
            Self::Harm => "say --harm csam, ncii, tvec, malware or local",
            Self::Kind => "say --kind sha256 or --kind pdq",
            Self::Polarity => "say --polarity alert or --polarity ignore",
            Self::CaseFile => "this is somebody's investigation and no hash set; say --take-case if its records are to be a list",
        }
    }
}

/// What was read, from one file or several. It may become a list version only when no question is open.
#[derive(Clone, Debug)]
pub struct Import {
    /// The format.
    pub format: Format,
    /// Why it is taken for that, in one sentence.
    pub why: String,
    /// The entries of the version, each with its number: those of the version before in their order, then new ones in the order in which their
    /// keys first appeared.
    pub entries: Entries,
    /// Keys that the file takes away and that are not live at its end, in order.
    pub withdrawn: Vec<String>,
    /// What is gone, of this version and of those of the last 90 days, in the order of keys. To be stored with the entries.
    pub tombstones: Vec<Tombstone>,
    /// The number that the next new entry of the list gets. To be stored with the entries.
    pub next_number: u32,
    /// What became of every record.
    pub report: Report,
    /// What the 64-digit values say about their kind, if the file has any and nobody said.
    pub hex: Option<HexVerdict>,
    /// The harm of the list, where it is answered, fixed or proposed.
    pub harm: Option<Harm>,
    /// The polarity of the list: what the format fixes, else the answer, else what is proposed; `alert` while the question is open.
    pub polarity: Polarity,
    /// Questions without an answer and without a proposal. While `Kind` is open, entries that depend on it are missing.
    pub open_questions: Vec<Question>,
    /// What the import did to the version before.
    pub state: State,
    /// Number of files that were read.
    pub pages: u32,
    /// No sign of further pages. If there is one, what was read counts, and the checkpoint stays where it was.
    pub complete: bool,
    /// Where the next download begins, in the publisher's own words; only to be stored if the import is complete.
    pub checkpoint: Option<String>,
    /// The newest time that a record states, UTC milliseconds since 1970: what the guard `old_news` compares.
    pub newest_at: Option<i64>,
    /// The name that the publisher gave the list.
    pub list_name: Option<String>,
    /// Sentences for the preview. They hold no value of the list.
    pub notes: Vec<String>,
}

/// Imports one file as a new list. `open` gives a fresh reader of the same bytes at each call; it is called up to three times.
///
/// `file_name` decides only where two formats look the same.
/// # Errors
/// A [`Refusal`]: nothing was imported and nothing changed.
pub fn import(open: &Open<'_>, file_name: &str, answers: &Answers) -> Result<Import, Refusal> {
    import_pages(&[Source { name: file_name, open }], None, answers)
}

/// Imports bytes that are in memory: see [`import`].
///
/// # Errors
/// As [`import`].
pub fn import_bytes(bytes: &[u8], file_name: &str, answers: &Answers) -> Result<Import, Refusal> {
    import(&|| Ok(Box::new(bytes)), file_name, answers)
}

/// Imports one file, or several files of one download as one, into the state of the version before.
///
/// A snapshot replaces the live entries, and what it lacks is withdrawn as `absent`; pages change them by key; an event of MISP replaces its
/// own entries. Several files must be pages of one format, or a MISP feed with its manifest; they are read in the order that the format states,
/// else in the natural order of their names. Keys keep their numbers.
/// # Errors
/// A [`Refusal`]: nothing was imported and nothing changed.
pub fn import_pages(sources: &[Source<'_, '_>], base: Option<ListState>, answers: &Answers) -> Result<Import, Refusal> {
    let mut set = Set::of(sources, answers)?;
    let format = set.recognised.format;
    if let (Format::Shl, [file]) = (format, set.files.as_slice()) {
        return crate::shl::import_unsigned(file.open, base.as_ref(), answers);
    }
    let (facts, census) = survey_all(&set, answers)?;
    let mut facts = set.in_stated_order(facts);
    Facts::share(&mut facts);
    let (hex64, hex) = settle_kind(census, format, answers);
    let mut run = Run::new(set.recognised.clone(), base, answers, hex64);
    let several = set.files.len() > 1;
    for (number, (file, facts)) in (1..).zip(set.files.iter().zip(&facts)) {
        run.pages = number;
        if several {
            run.merge.begin_page(number);
        }
        let context = Context { answers, file_name: file.name, facts };
        let summary = parse_in(format, (file.open)()?, &context, &mut |record| run.merge.take(record))?;
        run.more = summary.page.more;
        run.checkpoint = page::later(run.checkpoint, summary.page.checkpoint);
        run.note(summary.about);
    }
    run.notes.extend(set.notes);
    run.more |= !set.missing_groups.is_empty();
    run.is_case = facts.iter().any(Facts::is_case);
    if format == Format::ThreatUpdates && !facts.iter().any(Facts::has_opinions) {
        run.notes.push("Opinions were not downloaded with these pages: nobody confirms or disputes an entry.".to_owned());
    }
    let unmentioned = match format.state() {
        State::Snapshot if set.missing_groups.is_empty() => Unmentioned::Go,
        State::Snapshot => Unmentioned::GoExceptOf(set.missing_groups),
        State::Group => Unmentioned::GoOf(facts.iter().filter_map(Facts::group).collect()),
        State::Pages | State::Delta => Unmentioned::Stay,
    };
    run.finish(&unmentioned, hex)
}

/// Hands every record, in order, to the function that it gets.
pub type Records<'records> = dyn FnMut(&mut dyn FnMut(Record)) -> Result<(), Refusal> + 'records;

/// Imports records that do not come from a stream of bytes: the rows of a database, see [`crate::formats::DatabasePlan`].
///
/// # Errors
/// As [`import_pages`]; an error of `records` is handed on.
pub fn import_records(
    recognised: &Recognised,
    records: &mut Records<'_>,
    base: Option<ListState>,
    answers: &Answers,
) -> Result<Import, Refusal> {
    let mut run = Run::new(recognised.clone(), base, answers, Hex64::AsAssumed);
    run.pages = 1;
    records(&mut |record| run.merge.take(record))?;
    run.finish(&Unmentioned::Go, None)
}

/// One import under way.
struct Run<'answers> {
    recognised: Recognised,
    answers: &'answers Answers,
    merge: Merge<'answers>,
    hex64: Hex64,
    is_new: bool,
    is_case: bool,
    pages: u32,
    more: bool,
    checkpoint: Option<String>,
    polarity: Option<Polarity>,
    list_name: Option<String>,
    notes: Vec<String>,
}

impl<'answers> Run<'answers> {
    fn new(recognised: Recognised, base: Option<ListState>, answers: &'answers Answers, hex64: Hex64) -> Self {
        let is_new = base.is_none();
        let merge = Merge::new(answers, hex64, base);
        let (polarity, list_name, notes) = (None, None, Vec::new());
        Self {
            recognised,
            answers,
            merge,
            hex64,
            is_new,
            is_case: false,
            pages: 0,
            more: false,
            checkpoint: None,
            polarity,
            list_name,
            notes,
        }
    }

    fn note(&mut self, about: About) {
        self.polarity = self.polarity.or(about.polarity);
        self.list_name = self.list_name.take().or(about.list_name);
        for note in about.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    fn finish(mut self, unmentioned: &Unmentioned, hex: Option<HexVerdict>) -> Result<Import, Refusal> {
        let Recognised { format, why } = self.recognised;
        let merged = self.merge.finish(unmentioned)?;
        refuse_nothing(&merged, format.state(), self.is_new)?;
        self.notes.extend(notes_of(format, &merged, self.answers));
        let harm = format.harm().or(self.answers.harm).or_else(|| proposed_harm(format, &merged.entries));
        let proposed = self.polarity.or(format.polarity());
        let polarity = format.fixed_polarity().or(self.answers.polarity).or(proposed);
        // A list of harmless files raises nothing, so it is about no harm.
        let warns = polarity != Some(Polarity::Ignore);
        let harm_is_open =
            harm.is_none() && warns && (merged.entries.is_empty() || merged.entries.iter().any(|entry| entry.harm.is_none()));
        let open = [
            (Question::Harm, harm_is_open),
            (Question::Kind, self.hex64 == Hex64::Open),
            (Question::Polarity, polarity.is_none()),
            (Question::CaseFile, self.is_case && !self.answers.takes_case),
        ];
        Ok(Import {
            format,
            why,
            entries: merged.entries,
            withdrawn: merged.withdrawn,
            tombstones: merged.tombstones,
            next_number: merged.next_number,
            report: merged.report,
            hex,
            harm,
            polarity: polarity.unwrap_or(Polarity::Alert),
            open_questions: open.into_iter().filter(|(_, is_open)| *is_open).map(|(question, _)| question).collect(),
            state: format.state(),
            pages: self.pages,
            complete: !self.more,
            checkpoint: self.checkpoint,
            newest_at: merged.newest_at,
            list_name: self.list_name,
            notes: self.notes,
        })
    }
}

/// The first pass: facts of every file, and the values whose kind nobody states.
fn survey_all(set: &Set<'_, '_>, answers: &Answers) -> Result<(Vec<Facts>, Census), Refusal> {
    let format = set.recognised.format;
    let mut census = Census::default();
    if answers.kind_of_64().is_some() && !format.needs_survey() {
        return Ok((vec![Facts::default(); set.files.len()], census));
    }
    let nothing = Facts::default();
    let mut all = Vec::with_capacity(set.files.len());
    for file in &set.files {
        let context = Context { answers, file_name: file.name, facts: &nothing };
        all.push(survey(format, (file.open)()?, &context, &mut |value| {
            if let DraftValue::Hex64 { bytes, .. } = value {
                census.add(*bytes);
            }
        })?);
    }
    Ok((all, census))
}

/// What 64-digit values are that nobody named.
fn settle_kind(census: Census, format: Format, answers: &Answers) -> (Hex64, Option<HexVerdict>) {
    if let Some(kind) = answers.kind_of_64() {
        return (Hex64::Are(kind), None);
    }
    if census.is_empty() {
        return (Hex64::AsAssumed, None);
    }
    let verdict = census.verdict();
    let settled = match (format.kind_64(), verdict.proposal) {
        // In a format of checksums only SHA-256 makes sense; values that look like PDQ ask.
        (Some(_), Some(SignalKind::Pdq)) => Hex64::Open,
        (Some(kind), _) => Hex64::Are(kind),
        (None, Some(kind)) => Hex64::Are(kind),
        (None, None) => Hex64::Open,
    };
    (settled, Some(verdict))
}

/// The harm that format or labels propose. A privacy group of ThreatExchange has one topic, and those of GIFCT mark their entries.
fn proposed_harm(format: Format, entries: &Entries) -> Option<Harm> {
    let is_marked = |label: &String| label.starts_with("group:") || label.starts_with("media_priority_");
    let marked = || entries.iter().any(|entry| entry.labels.iter().any(is_marked));
    format.proposed_harm().or_else(|| (format == Format::ThreatUpdates && marked()).then_some(Harm::Tvec))
}

/// What the preview says beside the counts.
fn notes_of(format: Format, merged: &Merged, answers: &Answers) -> Option<String> {
    match format {
        Format::Vics => {
            let silent = merged.entries.iter().filter(|entry| entry.flags.category_not_chosen).count();
            let chosen = if answers.categories.is_some() { "the categories that you chose" } else { "categories 1 and 2, as proposed," };
            (silent > 0).then(|| format!("Entries of {chosen} alert; {silent} of other categories are kept and do not match."))
        }
        Format::Stix if !answers.takes_files => {
            let skipped = merged.report.skipped.get("not_a_file_hash").copied().unwrap_or(0);
            let files = "If this bundle is a plain list of files, say --take-files.";
            (skipped > 0).then(|| format!("{skipped} objects are no indicators and were skipped. {files}"))
        }
        _ => None,
    }
}

/// Refuses an import that says nothing. An empty page for an existing list says that nothing changed.
fn refuse_nothing(merged: &Merged, state: State, is_new: bool) -> Result<(), Refusal> {
    let report = &merged.report;
    let changes = report.added + report.replaced + report.withdrawn + report.undecided > 0;
    let is_empty_list = is_new && merged.entries.is_empty() && report.undecided == 0;
    let is_empty_page = !is_new && state != State::Snapshot && report.records == 0;
    if (changes && !is_empty_list) || is_empty_page {
        return Ok(());
    }
    let first = report.rejected_records.first().map(|rejected| (rejected.record, rejected.reason));
    Err(Refusal::NothingAccepted { records: report.records, rejected: report.rejected_count(), first })
}
