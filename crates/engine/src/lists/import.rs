//! From a list file on disk to an active version, or to nothing: take, read, compare, compile, one switch (Inv. 8).
//!
//! The original is copied into the home first and nothing is read from the source path afterwards: what was previewed is what is imported.

use std::fs::File;
use std::io::{BufReader, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fingerprint::signal::{Distance, Sha256};
use hashlist::{Answers, Difference, Guard, Harm, Import, Index, IndexMeta, PreviousFacts, Question, SignalKind, Status};
use serde_json::json;
use sha2::Digest as _;

use super::active::{ActiveList, ActiveLists, IndexBytes};
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::{ListId, Shown};
use crate::store::lists::{self, ListRow, NewVersion};
use crate::store::{Store, Tx};

/// Largest list file, in bytes: 8 GiB.
const MAX_BYTES: u64 = 8 * 1024 * 1024 * 1024;
/// Bytes copied at once.
const BLOCK: usize = 256 * 1024;

/// A list file, copied into the home under a temporary name. Dropping it removes the copy.
#[derive(Debug)]
pub struct Taken {
    copy: PathBuf,
    sha256: Sha256,
    size: u64,
    /// Name of the source without its path, in its display form.
    pub shown_name: String,
    /// The same as bytes, for the rules of recognition that look at it.
    file_name: String,
}

impl Taken {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Drop for Taken {
    #[expect(clippy::disallowed_methods, reason = "our own temporary copy; one that stays behind is removed at the next start")]
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.copy));
    }
}

/// Copies a list file into the home.
///
/// # Errors
/// [`Error::Io`]; [`Error::List`] with `too_large`, or `not_a_list` for a folder.
pub fn take(home: &Home, source: &Path) -> Result<Taken> {
    let metadata = std::fs::metadata(source).map_err(Error::io(source))?;
    if !metadata.is_file() {
        let sentence = "This is a folder or a device, not a list file. Name one file. Nothing was changed.".to_owned();
        return Err(Error::List { code: "not_a_list".to_owned(), sentence });
    }
    let name = source.file_name().map(|name| Shown::of_path(Path::new(name))).unwrap_or_else(|| Shown::of_text("list"));
    let reader = File::open(source).map_err(Error::io(source))?;
    take_from(home, reader, name.as_str())
}

/// Copies a list that is not a file of the operator's: the built-in practice list.
///
/// # Errors
/// As [`take`].
pub fn take_from(home: &Home, mut source: impl Read, name: &str) -> Result<Taken> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
    let copy = home.lists().join(format!("incoming-{:016x}.part", u64::from_le_bytes(random)));
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(&copy).map_err(Error::io(&copy))?;
    let mut taken =
        Taken { copy: copy.clone(), sha256: Sha256::new([0; 32]), size: 0, shown_name: name.to_owned(), file_name: name.to_owned() };
    let mut hasher = sha2::Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        let n = source.read(&mut block).map_err(Error::io(&copy))?;
        if n == 0 {
            break;
        }
        taken.size += n as u64;
        if taken.size > MAX_BYTES {
            let sentence = "The file is larger than 8 GiB. Nothing was changed.".to_owned();
            return Err(Error::List { code: "too_large".to_owned(), sentence });
        }
        hasher.update(&block[..n]);
        file.write_all(&block[..n]).map_err(Error::io(&copy))?;
    }
    file.sync_all().map_err(Error::io(&copy))?;
    taken.sha256 = Sha256::new(hasher.finalize().into());
    Ok(taken)
}

/// What the operator says of a list.
#[derive(Clone, Debug, Default)]
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
    compiled: Vec<u8>,
    list: ListRow,
}

/// Reads a taken file with these choices and compares it with the active version of the list of that name.
///
/// # Errors
/// [`Error::List`] if the file is refused, [`Code::BadArgument`] for a bad name. Nothing is changed.
pub fn prepare(store: &Store, home: &Home, taken: Taken, choices: &Choices, now: i64) -> Result<Prepared> {
    let name = checked_name(choices.name.as_deref().unwrap_or_else(|| proposed_name(&taken.shown_name)))?;
    let existing = store.read(lists::all)?.into_iter().find(|list| list.name == name);
    if existing.as_ref().is_some_and(|list| list.practice) && choices.harm != Some(Harm::Practice) {
        return Err(Error::refused(Code::NameTaken, "The practice list is built in. Choose another name."));
    }
    let answers = answers(choices, existing.as_ref(), now);
    let open = || -> std::io::Result<Box<dyn Read>> { Ok(Box::new(BufReader::with_capacity(BLOCK, File::open(&taken.copy)?))) };
    let import = hashlist::import(&open, &taken.file_name, &answers).map_err(refused)?;
    let list = list_row(&name, existing.as_ref(), &import, &answers, choices);
    let meta = IndexMeta { harm: list.harm, polarity: list.polarity };
    let compiled = hashlist::compile(&import.entries, &meta)
        .map_err(|_| refused_code("too_large", "The list has more entries than an index can hold."))?;
    let before = existing.as_ref().and_then(|list| open_index(home, list));
    let keys = before.iter().flat_map(Index::keys);
    let difference = hashlist::difference(keys, hashlist::keys_of(&import.entries));
    let previous = before.as_ref().map(|index| PreviousFacts { entries: index.len() as u64, newest_at: None, new_newest_at: None });
    let guards = hashlist::guards(&import.report, previous.map(|facts| (facts, &difference)));
    Ok(Prepared { taken, import, name, next_version_of: existing, difference, guards, compiled, list })
}

fn answers(choices: &Choices, existing: Option<&ListRow>, now: i64) -> Answers {
    let stored_kind = existing.and_then(|list| list.kind_64.as_deref()).and_then(SignalKind::from_wire);
    Answers {
        format: choices.format,
        kind_64: choices.kind.filter(|kind| matches!(kind, SignalKind::Sha256 | SignalKind::Pdq)).or(stored_kind),
        only_kind: choices.kind.filter(|kind| !matches!(kind, SignalKind::Sha256 | SignalKind::Pdq)),
        harm: choices.harm.or(existing.map(|list| list.harm)),
        polarity: choices.polarity.or(existing.map(|list| list.polarity)),
        trust: choices.trust.or(existing.map(|list| list.trust)).unwrap_or(Status::Suspected),
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

fn refused(refusal: hashlist::Refusal) -> Error {
    Error::List { code: refusal.code().to_owned(), sentence: refusal.sentence() }
}

fn refused_code(code: &str, sentence: &str) -> Error {
    Error::List { code: code.to_owned(), sentence: sentence.to_owned() }
}

/// The file's name without its ending.
fn proposed_name(shown: &str) -> &str {
    shown.rsplit_once('.').map_or(shown, |(stem, _)| stem)
}

fn checked_name(name: &str) -> Result<String> {
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
    /// Questions that only the operator can answer, and that keep the list from being imported.
    pub fn questions(&self) -> &[Question] {
        &self.import.open_questions
    }

    /// The list as it would answer, for the effect on what was already checked.
    ///
    /// # Errors
    /// [`Error::Io`] if the index cannot be written beside the copy.
    pub fn candidate(&self, generation: i64) -> Result<ActiveLists> {
        let path = self.taken.copy.with_extension("ghx");
        write_new(&path, &self.compiled)?;
        let bytes = IndexBytes::map(&path);
        remove(&path);
        let index = Index::open(bytes?).map_err(|damaged| Error::refused(Code::Internal, damaged.to_string()))?;
        Ok(ActiveLists { generation, lists: vec![ActiveList { list: self.list.clone(), index }], damaged: Vec::new() })
    }
}

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
/// [`Code::Question`] or [`Code::Guard`] if something is open and `anyway` does not say yes to the guards. Then nothing is changed.
pub fn commit(store: &Store, home: &Home, prepared: Prepared, anyway: bool) -> Result<Imported> {
    if let Some(question) = prepared.questions().first() {
        return Err(Error::refused(Code::Question, format!("One question is open: {}.", question.answered_by())));
    }
    if let (Some(guard), false) = (prepared.guards.first(), anyway) {
        return Err(Error::refused(Code::Guard, format!("{} Say --yes to import it anyway. Nothing was changed.", guard.sentence())));
    }
    let Prepared { taken, import, mut list, compiled, .. } = prepared;
    let home = home.clone();
    store.write(move |tx| {
        if list.id.get() == 0 {
            list.id = lists::next_id(tx)?;
        }
        let seq = lists::next_seq(tx, list.id)?;
        let dir = home.list_dir(list.id)?;
        keep(&home, &taken, list.id, seq, &compiled)?;
        sync_dir(&dir)?;
        list.active_seq = seq;
        switch(tx, &list, seq, &import, &taken)?;
        Ok(Imported { list, seq })
    })
}

/// Puts index and original at their places. A file of the same name can only be what a failed commit left, so it is replaced.
fn keep(home: &Home, taken: &Taken, list: ListId, seq: u64, compiled: &[u8]) -> Result<()> {
    let (index, original) = (home.index(list, seq), home.original(list, seq));
    let part = index.with_extension("part");
    remove(&part);
    write_new(&part, compiled)?;
    rename(&part, &index)?;
    rename(&taken.copy, &original)
}

fn switch(tx: &Tx<'_>, list: &ListRow, seq: u64, import: &Import, taken: &Taken) -> Result<()> {
    if seq == 1 {
        lists::insert(tx, list)?;
    }
    let report = json!({
        "counts": serde_json::to_value(&import.report).unwrap_or_default(),
        "rejected_records": serde_json::to_value(&import.report.rejected_records).unwrap_or_default(),
    });
    let version = NewVersion {
        format: import.format.as_str().to_owned(),
        why: import.why.clone(),
        source: taken.shown_name.clone(),
        original_sha256: taken.sha256,
        original_size: taken.size,
        entries: import.report.entries,
        can_match: import.report.can_match,
        signals: serde_json::to_value(&import.report.signals).unwrap_or_default(),
        report,
    };
    lists::activate_new(tx, list.id, seq, &version)?;
    Ok(())
}

/// Builds the index of an active version again from its kept original: after damage, or for a newer layout.
///
/// # Errors
/// [`Error::Io`] if the original is gone, [`Error::List`] if it is damaged too.
pub fn rebuild(home: &Home, list: &ListRow, now: i64) -> Result<()> {
    let original = home.original(list.id, list.active_seq);
    let open = || -> std::io::Result<Box<dyn Read>> { Ok(Box::new(BufReader::with_capacity(BLOCK, File::open(&original)?))) };
    let choices = Choices { harm: Some(list.harm), polarity: Some(list.polarity), trust: Some(list.trust), ..Choices::default() };
    let import = hashlist::import(&open, "", &answers(&choices, Some(list), now)).map_err(refused)?;
    let compiled = hashlist::compile(&import.entries, &IndexMeta { harm: list.harm, polarity: list.polarity })
        .map_err(|_| refused_code("too_large", "The list has more entries than an index can hold."))?;
    let index = home.index(list.id, list.active_seq);
    let part = index.with_extension("part");
    remove(&part);
    write_new(&part, &compiled)?;
    rename(&part, &index)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(path).map_err(Error::io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(path))
}

#[expect(clippy::disallowed_methods, reason = "files of the home that this module wrote")]
fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(Error::io(to))
}

#[expect(clippy::disallowed_methods, reason = "a temporary file of the home that this module wrote; it may be missing")]
fn remove(path: &Path) {
    drop(std::fs::remove_file(path));
}

fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::io(dir))
}

/// Removes copies that an interrupted import left.
///
/// # Errors
/// [`Error::Io`] if the folder cannot be read.
pub fn tidy(home: &Home) -> Result<()> {
    let dir = home.lists();
    for entry in std::fs::read_dir(&dir).map_err(Error::io(&dir))? {
        let path = entry.map_err(Error::io(&dir))?.path();
        let is_ours = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"incoming-"));
        let is_old =
            path.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age.as_secs() > 3_600));
        if is_ours && is_old {
            remove(&path);
        }
    }
    Ok(())
}
