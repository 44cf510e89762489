//! Signed lists (`shl`): a file with its signature, or the folder of a publisher. What is signed is verified before a byte of it is looked at.
//!
//! The rules are those of [`hashlist::shl`]; here is what they need from the home: the pinned keys, the version in use, the copies.

use std::io::Read;
use std::path::PathBuf;

use hashlist::shl::{self, Announced, Current, FileKind, Header, Keyring, Plan, Problem, PublicKey, Replay, Reshare, Verified, header_of};
use hashlist::{Refusal, limits};
use serde_json::{Value, json};

use super::download::{Failure, Shelf};
use super::import::{self, Choices, Prepared, checked_name, made_of, refused};
use super::reading::Reading;
use super::take::{self, Taken, reader};
use super::version;
use crate::error::{Code, Error, Result};
use crate::model::{ListId, Shown};
use crate::store::Store;
use crate::store::list_keys::{self, ListKey, Pinned};
use crate::store::lists::{self, ListRow};

/// How the file of a signature ends, behind the name of what it signs.
pub const SIGNATURE: &str = ".minisig";
/// The index of a published list.
pub const INDEX: &str = "index.json";
/// Longest file with a public key, in bytes; minisign writes about 120.
const LONGEST_KEY: u64 = 4096;

/// A key that the operator names, or the one that the list itself offers.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// `None`: the offered one.
    key: Option<PublicKey>,
    how: Pinned,
}

impl Given {
    /// The text of a key, or the name of a file that holds one.
    ///
    /// # Errors
    /// [`Code::BadArgument`] if it is neither.
    pub fn read(text: &str) -> Result<Self> {
        if let Ok(typed) = Self::typed(text) {
            return Ok(typed);
        }
        let mut content = String::new();
        let read = std::fs::File::open(text).and_then(|file| file.take(LONGEST_KEY).read_to_string(&mut content));
        let key = read.ok().and_then(|_| PublicKey::read(&content));
        let no_key =
            || Error::refused(Code::BadArgument, "This is neither a public key of minisign nor a file with one. Nothing was changed.");
        Ok(Self { key: Some(key.ok_or_else(no_key)?), how: Pinned::File })
    }

    /// The text of a key; a file of that name is not looked for.
    ///
    /// # Errors
    /// [`Code::BadArgument`] if it is none.
    pub fn typed(text: &str) -> Result<Self> {
        let no_key = || Error::refused(Code::BadArgument, "This is not a public key of minisign. Nothing was changed.");
        Ok(Self { key: Some(PublicKey::read(text).ok_or_else(no_key)?), how: Pinned::Typed })
    }

    /// The key that lies beside the list. A version under it counts only after a person compared its words: see [`Signing::first_use`].
    pub const fn offered() -> Self {
        Self { key: None, how: Pinned::FirstUse }
    }

    /// The key; `None` for one that only lies beside the list.
    pub const fn key(&self) -> Option<PublicKey> {
        self.key
    }
}

/// What a signed version brings besides its entries.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The keys, to be stored with the version.
    pub key: ListKey,
    /// What names the version.
    pub current: Current,
    /// The header of the newest file.
    pub header: Header,
    /// Until when the publisher stands by it.
    pub expires_ms: i64,
    /// The pinned key, which was named and not yet said yes to.
    pub first_use: Option<PublicKey>,
    /// Its number lies so far above the one before that a person is asked.
    pub waits_for_person: bool,
}

impl Signing {
    /// Asks what only a person can answer.
    pub(super) fn ask(&self) -> Result<()> {
        if let Some(key) = &self.first_use {
            let text = format!("{} Say --yes if they are the same. Nothing was changed.", compare(&self.header.publisher, key));
            return Err(Error::refused(Code::Question, text));
        }
        if self.waits_for_person {
            let text =
                "The number of this version lies more than a million above ours. Ask the publisher, then say --yes. Nothing was changed.";
            return Err(Error::refused(Code::Guard, text));
        }
        Ok(())
    }

    /// The id of the pinned key, by which people name it.
    pub fn key_id(&self) -> String {
        PublicKey::read(&self.key.pinned).map(|key| key.key_id()).unwrap_or_default()
    }

    /// What the stored version remembers.
    pub(super) fn to_json(&self) -> Value {
        let base_seq = match self.current.kind {
            FileKind::Snapshot => None,
            FileKind::Delta { base_seq } => Some(base_seq),
        };
        json!({
            "list_id": self.current.list_id, "seq": self.current.seq, "base_seq": base_seq, "publisher": self.header.publisher,
            "sha256": fingerprint::signal::Sha256::new(self.current.sha256).to_string(), "key": self.key.pinned,
            "reshare": self.header.reshare.as_str(),
        })
    }
}

/// How far entries of a version may be passed on, by its report. Where nobody said: to nobody.
pub fn reshare_of(report: &Value) -> Reshare {
    report["signed"]["reshare"].as_str().and_then(Reshare::from_wire).unwrap_or(Reshare::None)
}

/// What [`Signing::to_json`] remembered.
fn current_of(report: &Value) -> Option<Current> {
    let signed = &report["signed"];
    Some(Current {
        list_id: signed["list_id"].as_str()?.to_owned(),
        seq: signed["seq"].as_u64()?,
        kind: signed["base_seq"].as_u64().map_or(FileKind::Snapshot, |base_seq| FileKind::Delta { base_seq }),
        sha256: digest_of(signed["sha256"].as_str()?)?,
    })
}

/// A SHA-256 of its 64 hexadecimal digits.
fn digest_of(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    (text.len() == 64).then_some(digest)
}

/// What a signed list came to.
pub enum Signed {
    /// The version in use, once more.
    UpToDate {
        /// Which list.
        list: ListId,
        /// Until when the publisher stands by it.
        expires_ms: i64,
    },
    /// A version to be committed.
    Newer(Box<Prepared>),
}

/// Why a list could not be brought: on its way, or here.
#[derive(Debug)]
pub enum Halt {
    /// On its way.
    Failure(Failure),
    /// Here.
    Error(Error),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Error(refused(refusal))
    }
}

impl From<Halt> for Error {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Failure(failure) => failure.into(),
            Halt::Error(error) => error,
        }
    }
}

/// A list with a pinned key.
struct Known {
    list: ListRow,
    key: ListKey,
    ring: Keyring,
    current: Current,
    /// Every version that was ever accepted here.
    accepted: Vec<Current>,
}

/// All lists with a pinned key.
fn known(store: &Store) -> Result<Vec<Known>> {
    store.read(|connection| {
        let mut all = Vec::new();
        for list in lists::all(connection)? {
            let Some(key) = list_keys::key_of(connection, list.id)? else { continue };
            let versions = lists::versions(connection, list.id)?;
            let current = versions.iter().find(|version| version.seq == list.active_seq).and_then(|version| current_of(&version.report));
            let ring = ring_of(&key);
            let damaged =
                || Error::refused(Code::HomeDamaged, "What is stored of a signed list is damaged. Remove the list and add it again.");
            let accepted = versions.iter().filter_map(|version| current_of(&version.report)).collect();
            all.push(Known { ring: ring.ok_or_else(damaged)?, current: current.ok_or_else(damaged)?, list, key, accepted });
        }
        Ok(all)
    })
}

fn ring_of(key: &ListKey) -> Option<Keyring> {
    let announced = match &key.announced {
        None => None,
        Some((text, after_seq)) => Some(Announced { key: PublicKey::read(text)?, after_seq: *after_seq }),
    };
    Some(Keyring { pinned: PublicKey::read(&key.pinned)?, announced })
}

/// One signed list on its way to a version: what it continues, and under which keys.
struct Way<'a> {
    reading: &'a Reading<'a>,
    choices: &'a Choices,
    known: Option<Known>,
    ring: Keyring,
    /// How the key came, if the operator named it now.
    first_use: Option<Pinned>,
}

impl Way<'_> {
    fn replay(&self) -> Result<Replay> {
        let answers = import::answers(self.choices, self.known.as_ref().map(|known| &known.list), self.reading.now);
        let replay = Replay::new(&answers, Some(self.ring), self.reading.now);
        match &self.known {
            None => Ok(replay),
            Some(known) => Ok(replay.resume(known.current.clone(), version::state(self.reading.home, &known.list, self.reading.now)?)),
        }
    }

    /// The version that the files so far make. Going back behind a number that was accepted is refused, also after a rollback.
    fn prepared(self, replay: Replay, taken: Taken, expires_ms: i64, waits_for_person: bool) -> Result<Prepared> {
        let nothing = || Error::refused(Code::Internal, "A signed list was read without a header.");
        let (current, header) = (replay.current().cloned().ok_or_else(nothing)?, replay.header().cloned().ok_or_else(nothing)?);
        let ring = replay.keys().copied().ok_or_else(nothing)?;
        if let Some(known) = &self.known {
            let (seq, largest) = (current.seq, known.key.largest_seq);
            if seq < largest {
                return Err(refused(Problem::OlderThanCurrent { seq, current: largest }.into()));
            }
            let is_other = |one: &Current| one.seq == seq && one.kind == current.kind && one.sha256 != current.sha256;
            if known.accepted.iter().any(is_other) {
                return Err(refused(Problem::SameSeqOtherBytes { seq }.into()));
            }
        }
        let name = self.name(&header)?;
        let key = self.key(&current, &ring);
        let answers = import::answers(self.choices, self.known.as_ref().map(|known| &known.list), self.reading.now);
        let mut import = replay.into_import().map_err(refused)?;
        import.notes.push(format!("Signed by {}, key {}.", Shown::of_text(&header.publisher), ring.pinned.key_id()));
        let first_use = self.first_use.map(|_| self.ring.pinned);
        let signing = Signing { key, current, header, expires_ms, first_use, waits_for_person };
        let existing = self.known.map(|known| known.list);
        let prepared = made_of(self.reading, taken, import, (name, existing), &answers, self.choices)?;
        Ok(Prepared { signing: Some(signing), ..prepared })
    }

    fn key(&self, current: &Current, ring: &Keyring) -> ListKey {
        let before = self.known.as_ref().map(|known| &known.key);
        let is_same = before.is_some_and(|before| before.pinned == ring.pinned.to_string());
        let pinned_how = match (self.first_use, before) {
            (Some(how), _) => how,
            (None, Some(before)) if is_same => before.pinned_how,
            (None, _) => Pinned::Announced,
        };
        ListKey {
            publisher_list_id: current.list_id.clone(),
            pinned: ring.pinned.to_string(),
            pinned_how,
            announced: ring.announced.map(|announced| (announced.key.to_string(), announced.after_seq)),
            largest_seq: current.seq,
            largest_seq_sha256: current.sha256,
        }
    }

    fn name(&self, header: &Header) -> Result<String> {
        let asked = self.choices.name.as_deref();
        if let Some(known) = &self.known {
            let name = known.list.name.clone();
            return match asked.map(checked_name).transpose()? {
                Some(other) if other != name => {
                    Err(Error::refused(Code::NameTaken, format!("This list is here already, under the name {name}. Nothing was changed.")))
                }
                _ => Ok(name),
            };
        }
        let name = checked_name(asked.unwrap_or(&header.name))?;
        let Some(taken) = self.reading.store.read(lists::all)?.into_iter().find(|list| list.name == name) else { return Ok(name) };
        if self.reading.store.read(|connection| list_keys::key_of(connection, taken.id))?.is_some() {
            return Err(refused(Problem::OtherListId.into()));
        }
        let text = format!("The list {name} is here already, and nobody signs it. Choose another name with --name. Nothing was changed.");
        Err(Error::refused(Code::NameTaken, text))
    }
}

/// The sentence by which people compare a key.
fn compare(publisher: &str, key: &PublicKey) -> String {
    let (publisher, id, words) = (Shown::of_text(publisher), key.key_id(), key.words().join(" "));
    format!("The key of {publisher} is {id}: \"{words}\". Compare these words with the publisher over another channel.")
}

/// Nobody named a key: shows the one that is offered.
fn needs_key(name: &str, publisher: &str, key: &PublicKey) -> Error {
    let text =
        format!("{} is a signed list. {} Then say --key {key} --yes. Nothing was changed.", Shown::of_text(name), compare(publisher, key));
    Error::refused(Code::Question, text)
}

/// Reads one file of a signed list. `signature` is the content of its signature file, and `offered` a public key that lay beside it, which is
/// only shown.
///
/// # Errors
/// [`Error::List`] with the codes of signed lists; [`Code::Question`] with the words of the key if none was named for a new list;
/// [`Code::NameTaken`].
pub fn prepare_file(
    reading: &Reading<'_>,
    taken: Taken,
    signature: &[u8],
    keys: (Option<&Given>, Option<PublicKey>),
    choices: &Choices,
) -> Result<Signed> {
    let (given, offered) = keys;
    let Some(path) = taken.files().next().map(|(_, path)| path.to_owned()) else { return Err(refused(Problem::Unsigned.into())) };
    let mut all = known(reading.store)?;
    let is_of_name = |known: &Known| choices.name.as_deref().is_some_and(|name| name.trim() == known.list.name);
    let is_named = all.iter().any(is_of_name);
    all.retain(|known| !is_named || is_of_name(known));
    let offers = given.and_then(|given| given.key).or(offered).map(Keyring::new);
    let rings = all.iter().map(|known| known.ring).chain(offers);
    let verified = verify_by_one(&path, signature, rings)?;
    let header = header_of(open(&path)?, &verified).map_err(refused)?;
    let at = all.iter().position(|known| known.current.list_id == header.list_id);
    if is_named && at.is_none() {
        return Err(refused(Problem::OtherListId.into()));
    }
    let known = at.map(|at| all.swap_remove(at));
    let (ring, first_use) = chosen(known.as_ref(), given, &verified.signer, &header.name, &header.publisher)?;
    let way = Way { reading, choices, known, ring, first_use };
    // Again under the keys of this very list: another list's key is none of its.
    let verified = shl::verify(open(&path)?, limits::FILE_BYTES, signature, &way.ring).map_err(refused)?;
    let mut replay = way.replay()?;
    // It is read twice, and both readings are one way to go.
    let is_again = std::cell::Cell::new(false);
    let open = || reading.open(&path, !is_again.replace(true), 2 * taken.size());
    let applied = reading.unless_stopped(replay.apply(&open, Some(&verified)).map_err(refused))?;
    let expires_ms = applied.header.expires_ms;
    match way.known.as_ref().filter(|_| !applied.is_news) {
        Some(known) => Ok(Signed::UpToDate { list: known.list.id, expires_ms }),
        None => Ok(Signed::Newer(Box::new(way.prepared(replay, taken, expires_ms, applied.waits_for_person)?))),
    }
}

fn open(path: &std::path::Path) -> Result<Box<dyn Read>> {
    reader(path).map_err(Error::io(path))
}

/// The proof by the first keys that know the signature's id.
fn verify_by_one(path: &std::path::Path, signature: &[u8], rings: impl Iterator<Item = Keyring>) -> Result<Verified> {
    let mut unknown = None;
    for ring in rings {
        match shl::verify(open(path)?, limits::FILE_BYTES, signature, &ring) {
            Err(refusal @ Refusal::SignedList(Problem::UnknownKey { .. })) => unknown = Some(refusal),
            verified => return verified.map_err(refused),
        }
    }
    Err(unknown.map_or_else(
        || {
            Error::refused(
                Code::Question,
                "This file is signed, and no key is known. Say --key with the publisher's public key. Nothing was changed.",
            )
        },
        refused,
    ))
}

/// The keys under which a list is read: its own; or the one that the operator names, for a new list and in place of a lost key.
fn chosen(
    known: Option<&Known>,
    given: Option<&Given>,
    signer: &PublicKey,
    name: &str,
    publisher: &str,
) -> Result<(Keyring, Option<Pinned>)> {
    match (known, given) {
        (Some(known), Some(given)) if given.key.as_ref() == Some(signer) && !is_of(&known.ring, signer) => {
            Ok((Keyring::new(*signer), Some(given.how)))
        }
        (Some(known), _) => Ok((known.ring, None)),
        (None, Some(given)) => Ok((Keyring::new(given.key.unwrap_or(*signer)), Some(given.how))),
        (None, None) => Err(needs_key(name, publisher, signer)),
    }
}

fn is_of(ring: &Keyring, key: &PublicKey) -> bool {
    ring.pinned == *key || ring.announced.is_some_and(|announced| announced.key == *key)
}

/// Brings a published list to its newest version: the index, then the parts that it names.
///
/// `list` is the list that is fed from there, `None` at first.
/// # Errors
/// As [`prepare_file`], and the [`Failure`]s of the way.
pub fn prepare_shelf(
    reading: &Reading<'_>,
    shelf: &mut dyn Shelf,
    list: Option<ListId>,
    given: Option<&Given>,
    choices: &Choices,
) -> std::result::Result<Signed, Halt> {
    let index = shelf.bytes(INDEX, limits::INDEX_BYTES as u64)?;
    let signature = shelf.bytes(&format!("{INDEX}{SIGNATURE}"), limits::SIGNATURE_BYTES as u64)?;
    let now = reading.now;
    let mut all = known(reading.store)?;
    let at = match list {
        Some(list) => Some(all.iter().position(|known| known.list.id == list).ok_or_else(|| refused(Problem::Unsigned.into()))?),
        None => None,
    };
    // Not verified yet: it only says which list's keys are to be tried, and which key is offered.
    let offer = shl::Index::read(&index).map_err(|problem| refused(problem.into()))?;
    let at = at.or_else(|| all.iter().position(|known| known.current.list_id == offer.list_id));
    let known = at.map(|at| all.swap_remove(at));
    if known.is_none() && given.is_none() {
        shl::plan(&index, &signature, None, None, &Keyring::new(offer.key), now)?;
    }
    let (ring, first_use) = chosen(known.as_ref(), given, &offer.key, &offer.name, "this list")?;
    let way = Way { reading, choices, known, ring, first_use };
    let current = way.known.as_ref().map(|known| &known.current);
    let mut update = match shl::plan(&index, &signature, current, None, &way.ring, now)? {
        Plan::Fetch(update) => update,
        Plan::UpToDate(index) => {
            let known = way.known.as_ref().ok_or_else(|| refused(Problem::Unsigned.into()))?;
            return Ok(Signed::UpToDate { list: known.list.id, expires_ms: index.expires_ms });
        }
    };
    let mut replay = way.replay()?;
    let (mut parts, mut waits_for_person) = (Vec::new(), false);
    while let Some(part) = update.next().cloned() {
        let file = shelf.file(&part.file, part.size)?;
        let signature = shelf.bytes(&format!("{}{SIGNATURE}", part.file), limits::SIGNATURE_BYTES as u64)?;
        let open = || reading.open(file.path(), true, part.size);
        let taken = update.take(&open, &signature, &mut replay);
        if let shl::Taken::Applied(applied) = reading.unless_stopped(taken.map_err(refused))? {
            waits_for_person |= applied.waits_for_person;
            parts.push((part.file, file));
        }
    }
    let index = update.finish(&replay)?;
    let copies: Vec<(String, PathBuf)> = parts.iter().map(|(name, file)| (name.clone(), file.path().to_owned())).collect();
    let taken = take::take_parts(reading.home, copies)?;
    Ok(Signed::Newer(Box::new(way.prepared(replay, taken, index.expires_ms, waits_for_person)?)))
}
