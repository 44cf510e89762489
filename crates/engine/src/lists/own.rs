//! Lists of one's own: a content becomes an entry, and each change of entries a version like that of any other list.
//!
//! There is no file that such a list was read from: the state of a version is its original.

use std::collections::BTreeMap;
use std::io::Write as _;

use fingerprint::RealType;
use fingerprint::signal::{Distance, View};
use hashlist::shl::{Reshare, is_label, is_slug};
use hashlist::state::{Reason, Tombstone};
use hashlist::{Entry, Harm, Index, IndexMeta, ListState, Media, Polarity, SignalValue, Status, is_never_alert, limits, write_state};
use serde_json::json;
use sha2::Digest as _;

use super::active::{ActiveLists, IndexBytes};
use super::files::{Temporary, remove, sync_dir};
use super::import::checked_name;
use super::version::{self, Imported};
use crate::error::{Code, Error, Result};
use crate::home::{Home, Lock};
use crate::model::{Content, ListId};
use crate::store::contents::Picture;
use crate::store::lists::{self, ListRow, NewVersion};
use crate::store::own_lists::{self, EntryNote, OwnList, Terms};
use crate::store::{Store, Tx};

/// The format of a list of one's own, where versions name theirs.
pub const FORMAT: &str = "own";
/// Fingerprints of one picture that go into an entry: with three digests, no more than an entry may hold.
const MOST_PDQ: usize = limits::SIGNALS_PER_ENTRY - 3;
/// Versions whose files are kept. Each entry makes a version, and every version is a whole list.
const KEPT_VERSIONS: u64 = 50;
/// Longest part of a file name that comes from the list's name, in bytes.
const LONGEST_SLUG: usize = 40;

/// Makes an empty list of one's own.
///
/// # Errors
/// [`Code::NameTaken`], [`Code::BadArgument`] for a name that cannot be used.
pub fn make(store: &Store, home: &Home, name: &str, harm: Harm) -> Result<Imported> {
    let name = checked_name(name)?;
    if store.read(lists::all)?.iter().any(|list| list.name == name) {
        return Err(Error::refused(Code::NameTaken, format!("There is a list {name} already. Choose another name. Nothing was changed.")));
    }
    let own = OwnList {
        list: ListId::new(0),
        publisher_list_id: new_list_id()?,
        slug: slug_of(&name),
        terms: Terms { publisher: name.clone(), reshare: Reshare::Members, licence: String::new(), contact: None },
        next_entry: 1,
        published_seq: 0,
        published_key: None,
        published_index: None,
        published_at: None,
    };
    let list = ListRow {
        id: own.list,
        name,
        harm,
        polarity: Polarity::Alert,
        trust: Status::Confirmed,
        kind_64: None,
        threshold: Distance::NEAR_LIMIT.0,
        practice: false,
        answers: json!({}),
        active_seq: 0,
    };
    let state = ListState { next_number: 1, ..ListState::default() };
    let first = Version::of(home, &list, &state)?;
    let home = home.clone();
    store.write(move |tx| {
        let list = ListRow { id: lists::next_id(tx)?, active_seq: 1, ..list };
        lists::insert(tx, &list)?;
        own_lists::insert(tx, &OwnList { list: list.id, ..own })?;
        first.switch(tx, &home, list, None)
    })
}

/// A random name for the life of a list: a UUID of version 4.
fn new_list_id() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
    Ok(format!("urn:uuid:{a}-{b}-{c}-{d}-{e}"))
}

/// The list's name in the letters that file names may have.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'a'..='z' | '0'..='9' => slug.push(character),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(LONGEST_SLUG);
    let slug = slug.trim_end_matches('-');
    if is_slug(slug) { slug.to_owned() } else { "list".to_owned() }
}

/// What goes with a content onto a list.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// A label, of the form that readers accept.
    pub label: Option<String>,
    /// How far the lists allow to pass the entry on that found its content; `None` if none did.
    pub reshare: Option<Reshare>,
}

/// The entry of a content: its digests, and the fingerprints of its picture that may be matched. Our number is still missing.
///
/// # Errors
/// [`Code::Refused`] for a content that would match what nobody meant, such as an empty file; [`Code::BadArgument`] for a label of another form.
pub fn entry_of(content: &Content, picture: Option<&Picture>, words: &Words, now: i64) -> Result<Entry> {
    if let Some(label) = words.label.as_deref().filter(|label| !is_label(label)) {
        let text = format!("A label is 1 to 32 of a-z, 0-9, - and _, and {label:?} is not. Nothing was changed.");
        return Err(Error::refused(Code::BadArgument, text));
    }
    let digests = [SignalValue::Sha256(content.sha256), SignalValue::Sha1(content.sha1), SignalValue::Md5(content.md5)];
    let mut signals: Vec<SignalValue> = digests.into_iter().filter(|signal| !is_never_alert(signal)).collect();
    if content.size == 0 || signals.is_empty() {
        let text = "This content never raises a case, because harmless files have it in common. Nothing was changed.";
        return Err(Error::refused(Code::Refused, text));
    }
    let mut quality = None;
    for signal in picture.into_iter().flat_map(plain_signals) {
        let value = SignalValue::Pdq(signal.hash);
        if !signals.contains(&value) && !is_never_alert(&value) && signals.len() < digests.len() + MOST_PDQ {
            signals.push(value);
            quality = Some(quality.map_or(signal.quality, |lowest| signal.quality.min(lowest)));
        }
    }
    Ok(Entry {
        signals,
        quality,
        size: Some(content.size),
        media: RealType::from_wire(content.kind).and_then(media_of),
        status: Status::Confirmed,
        share: words.reshare.map(|reshare| reshare.as_str().to_owned()),
        labels: words.label.iter().cloned().collect(),
        added: Some(now),
        ..Entry::default()
    })
}

/// The picture as stored and as shown: readers turn and mirror what they compare with it.
fn plain_signals(picture: &Picture) -> impl Iterator<Item = &crate::store::contents::PictureSignal> {
    let is_plain = |view: View| view == View::Original || view == picture.displayed;
    picture.signals.iter().filter(move |signal| is_plain(signal.view) && signal.is_matchable())
}

const fn media_of(kind: RealType) -> Option<Media> {
    match kind {
        kind if kind.is_picture() => Some(Media::Image),
        RealType::Mp4 | RealType::Matroska | RealType::Avi | RealType::Mpeg | RealType::Flv => Some(Media::Video),
        RealType::Mp3 | RealType::Aac | RealType::Flac | RealType::Wav | RealType::Midi => Some(Media::Audio),
        RealType::Pdf | RealType::Office | RealType::Text | RealType::Html => Some(Media::Document),
        _ => None,
    }
}

/// One entry as an index of its own.
///
/// # Errors
/// [`Error::Io`].
pub fn index_of(home: &Home, entry: &Entry, meta: &IndexMeta) -> Result<Index<IndexBytes>> {
    let file = version::compile(home, std::iter::once(entry.clone()), meta)?;
    // Mapped, it is there after its name has gone.
    Index::open(IndexBytes::map(file.path())?).map_err(|damaged| Error::refused(Code::Internal, damaged.to_string()))
}

/// The live entry that holds a content, if there is one.
pub fn entry_with(state: &ListState, content: &Content) -> Option<Entry> {
    let digest = SignalValue::Sha256(content.sha256);
    state.entries.iter().find(|entry| entry.signals.contains(&digest))
}

/// Takes the lock of a list of one's own, under which it is changed and published. Waits up to ten seconds.
///
/// # Errors
/// [`Code::Busy`] with the process that holds it.
pub fn lock(home: &Home, list: &ListRow) -> Result<Lock> {
    home.lock_look(format!("own-{}", list.id))
}

/// The live entries of a list of one's own and what was withdrawn.
///
/// # Errors
/// [`Code::Refused`] for a list of somebody else; or that what is stored cannot be read.
pub fn state(store: &Store, home: &Home, list: &ListRow, now: i64) -> Result<ListState> {
    let Some(own) = store.read(|connection| own_lists::get(connection, list.id))? else {
        let text = format!("{} is not a list of your own. Make one with `list new`. Nothing was changed.", list.name);
        return Err(Error::refused(Code::Refused, text));
    };
    let state = version::state(home, list, now).map_err(|_| {
        let text =
            format!("What is stored of {} is damaged. Go back to a version before with `list rollback`. Nothing was changed.", list.name);
        Error::refused(Code::HomeDamaged, text)
    })?;
    Ok(ListState { next_number: state.next_number.max(own.next_entry), ..state })
}

/// Gives an entry its number and its key, and adds it. The key is made of the number alone: it goes to readers, and says nothing.
pub fn add(state: &mut ListState, entry: Entry) -> u32 {
    let number = state.next_number.max(1);
    state.next_number = number.saturating_add(1);
    state.entries.push(&Entry { number, key: format!("e{number}"), ..entry });
    number
}

/// Takes an entry away; what it was is remembered for 90 days.
pub fn withdraw(state: &mut ListState, number: u32, reason: Reason, now: i64) {
    let (gone, live): (Vec<Entry>, Vec<Entry>) = state.entries.iter().partition(|entry| entry.number == number);
    state.entries = live.into();
    let tombstones = gone.into_iter().map(|entry| Tombstone { key: entry.key, number, reason, at: Some(now), signals: entry.signals });
    state.tombstones.extend(tombstones);
    state.tombstones.retain(|gone| gone.at.is_none_or(|at| now.saturating_sub(at) <= limits::TOMBSTONE_MS));
    state.tombstones.sort_by(|one, other| one.key.cmp(&other.key));
}

/// Makes a version the one that answers: files first, then one transaction, with what became of which entry. The files of a version long before go; its
/// row stays.
///
/// # Errors
/// [`Code::Busy`] if the list was changed meanwhile; then nothing is changed.
pub fn commit(store: &Store, home: &Home, version: Version, notes: Vec<EntryNote>) -> Result<Imported> {
    let here = home.clone();
    let made = store.write(move |tx| {
        let base = &version.base;
        let is_same = lists::all(tx)?.iter().any(|list| list.id == base.id && list.active_seq == base.active_seq);
        if !is_same {
            return Err(Error::refused(Code::Busy, "This list was changed meanwhile. Nothing was changed."));
        }
        let from = Some(base.active_seq);
        let list = ListRow { active_seq: lists::next_seq(tx, base.id)?, ..base.clone() };
        own_lists::set_next_entry(tx, list.id, version.next_number)?;
        notes.iter().try_for_each(|note| own_lists::note_entry(tx, list.id, list.active_seq, note))?;
        version.switch(tx, &here, list, from)
    })?;
    if let Some(old) = made.seq.checked_sub(KEPT_VERSIONS) {
        remove(&home.index(made.list.id, old));
        remove(&home.list_state(made.list.id, old));
    }
    Ok(made)
}

/// A version under temporary names. Dropping it leaves nothing behind.
pub struct Version {
    /// The list, with the version that it follows.
    base: ListRow,
    index: Temporary,
    state: Temporary,
    next_number: u32,
    new: NewVersion,
}

impl Version {
    /// Compiles a changed state.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::List`] with `too_large`.
    pub fn of(home: &Home, base: &ListRow, state: &ListState) -> Result<Self> {
        let index = version::compile(home, state.entries.iter(), &IndexMeta { harm: base.harm, polarity: base.polarity })?;
        let mut bytes = Vec::new();
        write_state(&state.entries, &state.tombstones, state.next_number, &mut bytes).map_err(Error::io(home.lists()))?;
        let mut signals: BTreeMap<&str, u64> = BTreeMap::new();
        state.entries.iter().flat_map(|entry| entry.signals).for_each(|signal| *signals.entry(signal.kind().as_str()).or_default() += 1);
        let new = NewVersion {
            format: FORMAT.to_owned(),
            why: "a list of your own".to_owned(),
            source: base.name.clone(),
            original_sha256: fingerprint::signal::Sha256::new(sha2::Sha256::digest(&bytes).into()),
            original_size: bytes.len() as u64,
            entries: state.entries.len() as u64,
            can_match: state.entries.iter().filter(|entry| entry.matchable().next().is_some()).count() as u64,
            signals: json!(signals),
            report: json!({}),
        };
        let (at, next_number) = (home.lists(), state.next_number);
        let state = Temporary::file(home, "state", |out| out.write_all(&bytes).map_err(Error::io(&at)))?;
        Ok(Self { base: base.clone(), index, state, next_number, new })
    }

    /// The list as it would answer, for the effect on what was already checked.
    ///
    /// # Errors
    /// [`Error::Io`] if the index cannot be mapped.
    pub fn candidate(&self) -> Result<ActiveLists> {
        ActiveLists::of_file(self.base.clone(), self.index.path())
    }

    /// One entry of it as an index of its own: what is new, asked of what was already checked.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn news(home: &Home, list: &ListRow, entry: &Entry) -> Result<Index<IndexBytes>> {
        index_of(home, entry, &IndexMeta { harm: list.harm, polarity: list.polarity })
    }

    /// Gives the files their names and makes `list` answer from them, as the version that it names, after the version `from`.
    fn switch(self, tx: &Tx<'_>, home: &Home, list: ListRow, from: Option<u64>) -> Result<Imported> {
        let (dir, seq) = (home.list_dir(list.id)?, list.active_seq);
        self.index.keep(&home.index(list.id, seq))?;
        self.state.keep(&home.list_state(list.id, seq))?;
        sync_dir(&dir)?;
        lists::activate_new(tx, list.id, seq, from, &self.new)?;
        Ok(Imported { list, seq })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_the_beginning_of_file_names() {
        let long = "x".repeat(60);
        for (name, slug) in
            [("Our list", "our-list"), ("  Grüße, Forum! ", "gr-e-forum"), ("日本", "list"), ("A--b", "a-b"), (&long, &long[..40])]
        {
            assert_eq!(slug_of(name), slug, "{name}");
        }
    }

    #[test]
    fn a_list_id_is_a_fresh_uuid() {
        let (one, other) = (new_list_id().unwrap(), new_list_id().unwrap());
        assert_ne!(one, other, "each list has its own");
        assert_eq!((one.len(), &one[23..24], &one[..9]), (45, "4", "urn:uuid:"), "{one}");
    }

    #[test]
    fn numbers_are_given_once_and_a_withdrawn_entry_is_remembered_for_ninety_days() {
        let mut state = ListState { next_number: 1, ..ListState::default() };
        assert_eq!((add(&mut state, Entry::default()), add(&mut state, Entry::default())), (1, 2));
        withdraw(&mut state, 1, Reason::Mistake, 1000);
        assert_eq!(add(&mut state, Entry::default()), 3, "a number is not given twice");
        assert_eq!(state.tombstones.iter().map(|gone| (gone.key.as_str(), gone.reason)).collect::<Vec<_>>(), [("e1", Reason::Mistake)]);
        withdraw(&mut state, 2, Reason::Withdrawn, 1001 + limits::TOMBSTONE_MS);
        assert_eq!(state.tombstones.iter().map(|gone| gone.key.as_str()).collect::<Vec<_>>(), ["e2"], "then it is forgotten");
    }
}
