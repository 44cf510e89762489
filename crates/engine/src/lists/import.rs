//! A list file becomes a version in two steps: here it is read and compared, in [`super::version`] it is switched to (Inv. 8). What was prepared and
//! never committed leaves nothing behind.

use std::io::Read;
use std::path::Path;

use fingerprint::signal::Distance;
use hashlist::formats::State;
use hashlist::shl::Problem;
use hashlist::{
    Answers, Difference, Format, Guard, Harm, Import, Index, IndexMeta, ListState, Mapping, PreviousFacts, Question, SignalKind, Source,
    Status,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::active::{ActiveLists, IndexBytes};
use super::changes;
use super::files::Temporary;
use super::reading::Reading;
use super::signed::Signing;
use super::take::{Taken, reader};
use super::version;
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::{ListId, Shown};
use crate::store::foreign::ForeignDatabase;
use crate::store::list_keys::key_of;
use crate::store::lists::{self, ListRow};
use crate::store::own_lists;
use crate::store::subscriptions::{Remembered, SubscriptionId};

/// Longest reading of a database of another program. Full NSRL sets need most of it on a slow disk.
const DATABASE_TIME: Duration = Duration::from_secs(30 * 60);
/// How every SQLite file begins. Source: SQLite, "Database File Format", section 1.3.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What the operator says of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Its name; an existing name makes the next version of that list.
    pub name: Option<String>,
    /// Its harm.
    pub harm: Option<Harm>,
    /// Its polarity.
    pub polarity: Option<hashlist::Polarity>,
    /// Its format, instead of what recognition says.
    pub format: Option<hashlist::Format>,
    /// What hashes without a kind are.
    pub kind: Option<SignalKind>,
    /// Status of entries whose format carries none.
    pub trust: Option<Status>,
    /// Largest PDQ distance that counts, 0 to 31.
    pub threshold: Option<u16>,
    /// What the columns of a table are.
    pub mapping: Option<Mapping>,
    /// The categories that alert, in formats that grade their entries.
    pub categories: Option<BTreeSet<i64>>,
    /// The records of a case file are to be a list.
    pub takes_case: bool,
    /// The bare file objects of a STIX bundle are to be a list.
    pub takes_files: bool,
}

/// A list file, read and compared, ready to become a version.
pub struct Prepared {
    /// The copy that was read.
    pub taken: Taken,
    /// What was read.
    pub import: Import,
    /// Its name.
    pub name: String,
    /// The list that it continues.
    pub next_version_of: Option<ListRow>,
    /// What changes against the active version.
    pub difference: Difference,
    /// Questions to the operator before it may count.
    pub guards: Vec<Guard>,
    /// The compiled index.
    pub(super) index: Temporary,
    /// What it says that the version before did not, compiled; `None` for a new list.
    pub(super) changes: Option<Temporary>,
    pub(super) list: ListRow,
    /// Keys and number of a signed list; `None` for a list that nobody signs.
    pub signing: Option<Signing>,
    pub(super) fed_by: Option<(SubscriptionId, Remembered)>,
}

/// Reads a taken file with these choices and compares it with the active version of the list of that name.
///
/// # Errors
/// [`Error::List`] if the file is refused, [`Code::BadArgument`] for a bad name. Nothing is changed.
pub fn prepare(reading: &Reading<'_>, taken: Taken, choices: &Choices) -> Result<Prepared> {
    let Reading { store, home, now, .. } = *reading;
    let name = checked_name(choices.name.as_deref().unwrap_or_else(|| proposed_name(&taken.shown_name)))?;
    let existing = store.read(lists::all)?.into_iter().find(|list| list.name == name);
    if existing.as_ref().is_some_and(|list| list.practice) && choices.harm != Some(Harm::Practice) {
        return Err(Error::refused(Code::NameTaken, "The practice list is built in. Choose another name."));
    }
    let answers = answers(choices, existing.as_ref(), now);
    let is_signed = existing.as_ref().map(|list| store.read(|connection| key_of(connection, list.id))).transpose()?.flatten().is_some();
    if is_signed {
        return Err(refused(Problem::Unsigned.into()));
    }
    if let Some(list) = &existing
        && store.read(|connection| own_lists::get(connection, list.id))?.is_some()
    {
        let text = "This is a list of your own: it grows by `list put`. Choose another name with --name. Nothing was changed.";
        return Err(Error::refused(Code::NameTaken, text));
    }
    let base = existing.as_ref().map(|list| version::state(home, list, now)).transpose()?;
    let import = reading.unless_stopped(read(reading, &taken, base, &answers))?;
    if import.format == Format::Shl {
        return Err(refused(Problem::Unsigned.into()));
    }
    made_of(reading, taken, import, (name, existing), &answers, choices)
}

/// Compiles what was read and compares it with the version that answers. `named` is the name, and the list that has it.
pub(super) fn made_of(
    reading: &Reading<'_>,
    taken: Taken,
    mut import: Import,
    named: (String, Option<ListRow>),
    answers: &Answers,
    choices: &Choices,
) -> Result<Prepared> {
    let (name, existing) = named;
    let list = list_row(&name, existing.as_ref(), &import, answers, choices);
    let meta = IndexMeta { harm: list.harm, polarity: list.polarity };
    let home = reading.home;
    let compiled = version::compile(home, reading.compiling(import.entries.iter(), import.entries.len()), &meta);
    let index = reading.unless_stopped(compiled)?;
    let (difference, previous) = compared(reading, existing.as_ref(), &import)?;
    if import.state != State::Snapshot {
        // Of several sets of pages the newest counts.
        import.newest_at = import.newest_at.max(previous.and_then(|previous| previous.newest_at));
    }
    let changes = previous.map(|_| changes::of_new(home, &import.entries, &difference, &meta)).transpose()?;
    let guards = hashlist::guards(&import.report, previous.map(|facts| (facts, &difference)));
    Ok(Prepared { taken, import, name, next_version_of: existing, difference, guards, index, changes, list, signing: None, fed_by: None })
}

/// Reads a copy: a database by its tables, anything else as a stream.
fn read(reading: &Reading<'_>, taken: &Taken, base: Option<ListState>, answers: &Answers) -> Result<Import> {
    let files: Vec<_> = taken.files().collect();
    if let [(_, path)] = files.as_slice() {
        let mut magic = [0; SQLITE_MAGIC.len()];
        let is_database = reader(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && &magic == SQLITE_MAGIC;
        if is_database {
            let stop = Arc::new(AtomicBool::new(false));
            let is_stopped = Arc::clone(&stop);
            let database = ForeignDatabase::open(path, DATABASE_TIME, move || is_stopped.load(Ordering::Relaxed)).map_err(refused)?;
            let mut row = |number| stop.store(!reading.row(number), Ordering::Relaxed);
            return database.import(base, answers, &mut row).map_err(refused);
        }
    }
    let first = |path: &Path| files.first().is_some_and(|(_, first)| *first == path);
    let open = |path: &Path| reading.open(path, first(path), taken.size());
    let opens: Vec<_> = files.iter().map(|(name, path)| (*name, || open(path))).collect();
    let sources: Vec<Source<'_, '_>> = opens.iter().map(|(name, open)| Source { name, open }).collect();
    hashlist::import_pages(&sources, base, answers).map_err(refused)
}

/// What is new against the active version. Where its index is damaged nothing is compared: it is built again first.
fn compared(reading: &Reading<'_>, existing: Option<&ListRow>, import: &Import) -> Result<(Difference, Option<PreviousFacts>)> {
    let before = existing.and_then(|list| open_index(reading.home, list));
    let difference = hashlist::difference(|| before.iter().flat_map(Index::keys), hashlist::keys_of(&import.entries));
    let damaged = |_| Error::refused(Code::HomeDamaged, "The index of this list was changed on the disk. Try again in a moment.");
    let difference = difference.map_err(damaged)?;
    let (Some(before), Some(list)) = (before, existing) else { return Ok((difference, None)) };
    let newest_at = reading.store.read(|connection| lists::version(connection, list.id, list.active_seq))?.report["newest_at"].as_i64();
    // Only what is a whole can be old as a whole: a list, and a set of pages that says how far it goes.
    let is_whole = import.state == State::Snapshot || import.format == Format::NcmecXml;
    let new_newest_at = import.newest_at.filter(|_| is_whole);
    Ok((difference, Some(PreviousFacts { entries: before.len() as u64, newest_at, new_newest_at })))
}

pub(super) fn answers(choices: &Choices, existing: Option<&ListRow>, now: i64) -> Answers {
    let stored_kind = existing.and_then(|list| list.kind_64.as_deref()).and_then(SignalKind::from_wire);
    let stored = existing.map(|list| &list.answers);
    let stored_flag = |name: &str| stored.is_some_and(|answers| answers[name] == json!(true));
    let stored_mapping = || stored.and_then(|answers| Mapping::from_wire(answers["mapping"].as_str()?));
    let stored_categories =
        || stored.and_then(|answers| Some(answers["categories"].as_array()?.iter().filter_map(|one| one.as_i64()).collect()));
    Answers {
        format: choices.format,
        kind_64: choices.kind.filter(|kind| matches!(kind, SignalKind::Sha256 | SignalKind::Pdq)).or(stored_kind),
        only_kind: choices.kind.filter(|kind| !matches!(kind, SignalKind::Sha256 | SignalKind::Pdq)),
        harm: choices.harm.or(existing.map(|list| list.harm)),
        polarity: choices.polarity.or(existing.map(|list| list.polarity)),
        trust: choices.trust.or(existing.map(|list| list.trust)).unwrap_or(Status::Suspected),
        mapping: choices.mapping.clone().or_else(stored_mapping),
        categories: choices.categories.clone().or_else(stored_categories),
        takes_case: choices.takes_case || stored_flag("takes_case"),
        takes_files: choices.takes_files || stored_flag("takes_files"),
        now_ms: Some(now),
    }
}

fn list_row(name: &str, existing: Option<&ListRow>, import: &Import, answers: &Answers, choices: &Choices) -> ListRow {
    let kind_64 = answers.kind_64.or(import.hex.as_ref().and_then(|verdict| verdict.proposal));
    let fresh = ListRow {
        id: ListId::new(0),
        name: name.to_owned(),
        harm: import.harm.unwrap_or(Harm::Unknown),
        polarity: import.polarity,
        trust: answers.trust,
        kind_64: kind_64.map(|kind| kind.as_str().to_owned()),
        threshold: choices.threshold.unwrap_or(Distance::NEAR_LIMIT.0).min(Distance::NEAR_LIMIT.0),
        practice: import.harm == Some(Harm::Practice),
        answers: json!({
            "mapping": answers.mapping.as_ref().map(ToString::to_string), "categories": answers.categories,
            "takes_case": answers.takes_case, "takes_files": answers.takes_files,
        }),
        active_seq: 0,
    };
    match existing {
        None => fresh,
        Some(old) => ListRow { id: old.id, threshold: choices.threshold.unwrap_or(old.threshold), active_seq: old.active_seq, ..fresh },
    }
}

fn open_index(home: &Home, list: &ListRow) -> Option<Index<IndexBytes>> {
    Index::open(IndexBytes::map(&home.index(list.id, list.active_seq)).ok()?).ok()
}

#[expect(clippy::needless_pass_by_value, reason = "the end of a chain of `map_err`")]
pub(super) fn refused(refusal: hashlist::Refusal) -> Error {
    Error::List { code: refusal.code().to_owned(), sentence: refusal.sentence() }
}

/// The file's name without its ending.
fn proposed_name(shown: &str) -> &str {
    shown.rsplit_once('.').map_or(shown, |(stem, _)| stem)
}

pub(super) fn checked_name(name: &str) -> Result<String> {
    /// Longest name of a list, in characters.
    const LONGEST: usize = 80;
    let name = name.trim();
    match name.chars().count() {
        0 => Err(Error::refused(Code::BadArgument, "A list needs a name.")),
        n if n > LONGEST => Err(Error::refused(Code::BadArgument, format!("A list's name has at most {LONGEST} characters."))),
        _ => Ok(Shown::of_text(name).as_str().to_owned()),
    }
}

impl Prepared {
    /// Its version comes from this subscription, and `remembered` is what the next look compares with.
    #[must_use]
    pub fn fed_by(self, subscription: SubscriptionId, remembered: Remembered) -> Self {
        Self { fed_by: Some((subscription, remembered)), ..self }
    }

    /// The subscription that it comes from, and what the next look compares with.
    pub fn feeder(&self) -> Option<(SubscriptionId, Remembered)> {
        self.fed_by.clone()
    }

    /// Questions that only the operator can answer, and that keep the list from being imported.
    pub fn questions(&self) -> &[Question] {
        &self.import.open_questions
    }

    /// The list as it would answer, for the effect on what was already checked.
    ///
    /// # Errors
    /// [`Error::Io`] if the index cannot be mapped.
    pub fn candidate(&self) -> Result<ActiveLists> {
        ActiveLists::of_file(self.list.clone(), self.index.path())
    }

    /// What it says that the version before did not; all of it for a new list, or where a larger distance counts from now on.
    ///
    /// # Errors
    /// [`Error::Io`] if the index cannot be mapped.
    pub fn news(&self) -> Result<Index<IndexBytes>> {
        let is_wider = self.next_version_of.as_ref().is_some_and(|before| before.threshold < self.list.threshold);
        let file = self.changes.as_ref().filter(|_| !is_wider).unwrap_or(&self.index);
        Index::open(IndexBytes::map(file.path())?).map_err(|damaged| Error::refused(Code::Internal, damaged.to_string()))
    }

    /// Largest distance that counts once it answers, in bits.
    pub fn threshold(&self) -> Distance {
        Distance(self.list.threshold)
    }
}
