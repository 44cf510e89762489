//! One list version on the disk and in the store: index, state, and the original, then one transaction that makes it the one that answers.
//!
//! The state (`<seq>.state`) is what the next page or delta of the list changes, and what a damaged index is built from again.

use std::io::{BufReader, Read};
use std::path::Path;

use hashlist::{Builder, Difference, Entries, Entry, Index, IndexMeta, ListState, Source, read_state, write_state};
use serde_json::json;

use super::active::IndexBytes;
use super::files::{self, Room, Temporary, sync_dir};
use super::import::{Choices, Prepared, answers, refused};
use super::signed::Signing;
use super::take::reader;
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::ListId;
use crate::store::lists::{self, ListRow, NewVersion};
use crate::store::{Store, Tx, list_keys, list_times, subscriptions};

/// A version that answers now.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The list.
    pub list: ListRow,
    /// Number of the version.
    pub seq: u64,
}

/// Makes a prepared list the version that answers: files first, then one transaction. Until it commits, the version before answers.
///
/// # Errors
/// [`Code::Question`] or [`Code::Guard`] if something is open and `anyway` does not say yes to the guards, or to the key of a signed list at its
/// first use. Then nothing is changed.
pub fn commit(store: &Store, home: &Home, prepared: Prepared, anyway: bool) -> Result<Imported> {
    if let Some(question) = prepared.questions().first() {
        return Err(Error::refused(Code::Question, format!("One question is open: {}.", question.answered_by())));
    }
    if let (Some(guard), false) = (prepared.guards.first(), anyway) {
        return Err(Error::refused(Code::Guard, format!("{} Say --yes to import it anyway. Nothing was changed.", guard.sentence())));
    }
    if let (Some(signing), false) = (&prepared.signing, anyway) {
        signing.ask()?;
    }
    let state = write_state_of(home, &prepared.import.entries, &prepared.import.tombstones, prepared.import.next_number)?;
    let new = new_version(&prepared);
    let Prepared { taken, mut list, index, changes, signing, fed_by, .. } = prepared;
    let home = home.clone();
    store.write(move |tx| {
        let before = (list.id.get() != 0).then(|| lists::get(tx, list.id)).transpose()?;
        if before.as_ref().is_some_and(|before| before.active_seq != list.active_seq) {
            return Err(Error::refused(Code::Busy, "The list was changed meanwhile. Look at the file again. Nothing was changed."));
        }
        if before.is_none() {
            list.id = lists::next_id(tx)?;
        }
        let seq = lists::next_seq(tx, list.id)?;
        let dir = home.list_dir(list.id)?;
        index.keep(&home.index(list.id, seq))?;
        state.keep(&home.list_state(list.id, seq))?;
        taken.keep(&home.original(list.id, seq))?;
        let from = before.as_ref().filter(|before| before.threshold >= list.threshold).map(|before| before.active_seq);
        if let (Some(changes), Some(from)) = (changes, from) {
            changes.keep(&home.list_changes(list.id, from, seq))?;
        }
        sync_dir(&dir)?;
        list.active_seq = seq;
        switch(tx, &list, seq, from, &new)?;
        if let Some(signing) = &signing {
            list_keys::set_key(tx, list.id, &signing.key)?;
            list_times::set_expiry(tx, list.id, signing.expires_ms)?;
        }
        if let Some((subscription, remembered)) = &fed_by {
            subscriptions::changed(tx, *subscription, list.id, remembered)?;
        }
        Ok(Imported { list, seq })
    })
}

/// Versions of a list whose files stay beside the one in use, for going back. Each can be as large as the list.
const VERSIONS_KEPT: usize = 5;

/// Removes the files of versions that nobody goes back to any more: all but the newest and the one in use. What the store says of them stays, and what was
/// found by them says itself by which version and entry.
///
/// # Errors
/// The store's own.
pub fn forget_old(store: &Store, home: &Home, list: ListId) -> Result<()> {
    let (active, all) = store.read(|connection| Ok((lists::get(connection, list)?.active_seq, lists::versions(connection, list)?)))?;
    // The newest come first.
    for seq in all.iter().skip(VERSIONS_KEPT).map(|version| version.seq).filter(|seq| *seq != active) {
        [home.index(list, seq), home.list_state(list, seq), home.original(list, seq)].iter().for_each(|file| files::remove(file));
    }
    Ok(())
}

/// Whether a version can answer again.
pub fn is_kept(home: &Home, list: ListId, seq: u64) -> bool {
    [home.index(list, seq), home.list_state(list, seq), home.original(list, seq)].iter().any(|file| file.exists())
}

/// Removes every file of a list that is out of use: what its publisher gave is not ours to keep. The record of what it found stays.
pub fn forget_all(home: &Home, list: ListId) {
    files::remove(&home.lists().join(list.to_string()));
}

/// What version `after` of a list says otherwise than version `before`; `None` if one of them has no index here that can be read.
pub fn difference(home: &Home, list: ListId, before: u64, after: u64) -> Option<Difference> {
    let index = |seq: u64| Index::open(IndexBytes::map(&home.index(list, seq)).ok()?).ok();
    let (before, after) = (index(before)?, index(after)?);
    hashlist::difference(|| before.keys(), after.keys()).ok()
}

/// What both versions hold is not matched again, unless a larger distance counts from now on.
fn switch(tx: &Tx<'_>, list: &ListRow, seq: u64, from: Option<u64>, new: &NewVersion) -> Result<()> {
    if seq == 1 {
        lists::insert(tx, list)?;
    } else {
        lists::set_answers(tx, list)?;
    }
    lists::activate_new(tx, list.id, seq, from, new).map(drop)
}

fn new_version(prepared: &Prepared) -> NewVersion {
    let Prepared { taken, import, .. } = prepared;
    NewVersion {
        format: import.format.as_str().to_owned(),
        why: import.why.clone(),
        source: taken.shown_name.clone(),
        original_sha256: taken.sha256(),
        original_size: taken.size(),
        entries: import.report.entries,
        can_match: import.report.can_match,
        signals: serde_json::to_value(&import.report.signals).unwrap_or_default(),
        report: json!({
            "counts": serde_json::to_value(&import.report).unwrap_or_default(),
            "rejected_records": serde_json::to_value(&import.report.rejected_records).unwrap_or_default(),
            "pages": import.pages, "complete": import.complete, "checkpoint": import.checkpoint.as_ref().filter(|_| import.complete),
            "notes": import.notes, "newest_at": import.newest_at, "signed": prepared.signing.as_ref().map(Signing::to_json),
        }),
    }
}

/// Builds an index in a temporary file, sorting on the disk where the list is long.
///
/// # Errors
/// [`Error::Io`]; [`Error::List`] with `too_large`.
pub(super) fn compile(home: &Home, mut entries: impl Iterator<Item = Entry>, meta: &IndexMeta) -> Result<Temporary> {
    Temporary::file(home, "ghx", |out| {
        let build = || {
            let mut builder = Builder::new(*meta, Room(home.clone()), out)?;
            entries.try_for_each(|entry| builder.push(&entry))?;
            builder.finish()
        };
        build().map_err(|error| not_built(home, error))
    })
}

/// What kept an index from being built.
pub(super) fn not_built(home: &Home, error: hashlist::BuildError) -> Error {
    match error {
        hashlist::BuildError::Io(error) => Error::io(&home.lists())(error),
        hashlist::BuildError::TooLarge(_) => {
            Error::List { code: "too_large".to_owned(), sentence: "The list has more entries than an index can hold.".to_owned() }
        }
    }
}

fn write_state_of(home: &Home, entries: &Entries, tombstones: &[hashlist::Tombstone], next_number: u32) -> Result<Temporary> {
    let at = home.lists();
    Temporary::file(home, "state", |out| write_state(entries, tombstones, next_number, out).map_err(Error::io(&at)))
}

/// The state of the version that answers. A list of an older Gatehouse has none on the disk: it is read from the original then.
///
/// # Errors
/// [`Error::Io`], [`Error::List`]: neither state nor original can be read.
pub(super) fn state(home: &Home, list: &ListRow, now: i64) -> Result<ListState> {
    let path = home.list_state(list.id, list.active_seq);
    if let Ok(file) = std::fs::File::open(&path)
        && let Ok(state) = read_state(BufReader::with_capacity(1 << 20, file))
    {
        return Ok(state);
    }
    from_original(&home.original(list.id, list.active_seq), list, now)
}

/// Reads a kept original again. Only a snapshot says the whole list by itself; of pages and deltas the state is the only memory.
fn from_original(original: &Path, list: &ListRow, now: i64) -> Result<ListState> {
    let open = || -> std::io::Result<Box<dyn Read>> { reader(original) };
    let import = hashlist::import_pages(&[Source { name: "", open: &open }], None, &answers(&Choices::default(), Some(list), now));
    let import = import.map_err(refused)?;
    if import.state != hashlist::formats::State::Snapshot {
        let sentence = "What is stored of this list is damaged. Import its pages again, from the first one.".to_owned();
        return Err(Error::List { code: "state_damaged".to_owned(), sentence });
    }
    Ok(ListState { entries: import.entries, tombstones: import.tombstones, next_number: import.next_number })
}

/// Builds the index of an active version again from its stored state: after damage, or for a newer layout.
///
/// # Errors
/// [`Error::Io`] if neither state nor original is there, [`Error::List`] if both are damaged.
pub fn rebuild(home: &Home, list: &ListRow, now: i64) -> Result<()> {
    let state = state(home, list, now)?;
    let index = compile(home, state.entries.iter(), &IndexMeta { harm: list.harm, polarity: list.polarity })?;
    index.keep(&home.index(list.id, list.active_seq))
}
