//! What to fetch, in which order, and what to make of it: pure decisions about a published folder. The engine fetches and stores.

use std::collections::{BTreeMap, VecDeque};

use super::header::FileKind;
use super::index::Index;
use super::key::{PublicKey, shown_id};
use super::keyring::Keyring;
use super::problem::Problem;
use super::replay::{Applied, Current, Replay, check_created};
use super::signature::{SignatureFile, verify};
use crate::import::Open;
use crate::limits;
use crate::refusal::Refusal;

/// A file to fetch. Its signature lies beside it under the same name with `.minisig`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// A plain name beside the index.
    pub file: String,
    /// Its length: nothing beyond is to be fetched.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Snapshot or delta.
    pub kind: FileKind,
    /// The version that it leads to.
    pub seq: u64,
}

/// The answer to a fetched index.
#[derive(Clone, Debug)]
pub enum Plan {
    /// We have the newest version: note "checked at …". The expiry of the index, not that of the file, says from now on how fresh we are.
    UpToDate(Index),
    /// There is more.
    Fetch(Update),
}

/// An update on its way: fetch [`Update::next`], hand it to [`Update::take`], until nothing is left; then [`Update::finish`].
#[derive(Clone, Debug)]
pub struct Update {
    index: Index,
    waiting: VecDeque<Part>,
    /// The index is signed by a key that we know; else by one that a delta on the way must announce.
    is_index_verified: bool,
    has_fallen_back: bool,
}

/// What became of a fetched part.
#[derive(Clone, Debug)]
pub enum Taken {
    /// Applied; the next part may be fetched.
    Applied(Box<Applied>),
    /// It does not fit on what we have; the snapshot is next in its place.
    SnapshotInstead(Problem),
}

/// Compares a fetched index with what we have.
///
/// `current` is `None` for a new list, and `list_id` then the id that the operator named, if any. `keys` are the pinned keys of the list;
/// for a new list, the key that a person typed or compared. `now_ms` is the clock, UTC milliseconds since 1970.
///
/// An index that passed its `expires_ms` is still an answer: the caller shows that the place which serves it may be frozen, judged by the
/// largest time that this machine ever saw.
/// # Errors
/// `bad_signature`, `unknown_key`, `newer_format`, `bad_index`, `other_list_id`, `from_the_future`, `older_than_current`,
/// `same_seq_other_bytes`, `base_mismatch` if the index leads from nothing that we have to its newest version.
pub fn plan(
    index: &[u8],
    signature: &[u8],
    current: Option<&Current>,
    list_id: Option<&str>,
    keys: &Keyring,
    now_ms: i64,
) -> Result<Plan, Refusal> {
    let (index, is_index_verified) = read_verified(index, signature, keys)?;
    let ours = current.map(|current| current.list_id.as_str()).or(list_id);
    if ours.is_some_and(|ours| ours != index.list_id) {
        return Err(Problem::OtherListId.into());
    }
    check_created(index.created_ms, now_ms)?;
    if let Some(current) = current
        && index.latest_seq <= current.seq
    {
        return at_our_version(index, current, is_index_verified);
    }
    let waiting = route(&index, current.map(|current| current.seq), is_index_verified)?;
    Ok(Plan::Fetch(Update { index, waiting, is_index_verified, has_fallen_back: false }))
}

/// The index, and whether a key that we know signed it. The content is looked at after the signature, but for one case: a key id that we
/// do not know may belong to the key that a delta announces, and then the index is read under the key that it names itself. Nothing of it
/// is believed but where the deltas lie, and each of those must be signed by a key that counts.
fn read_verified(bytes: &[u8], signature: &[u8], keys: &Keyring) -> Result<(Index, bool), Refusal> {
    if bytes.len() > limits::INDEX_BYTES {
        return Err(Problem::BadIndex { why: "it is larger than 1 MiB" }.into());
    }
    let key_id = SignatureFile::read(signature)?.key_id();
    let check = |keys: &Keyring| verify(bytes, limits::INDEX_BYTES as u64, signature, keys);
    if keys.with_id(key_id).is_empty() {
        let index = Index::read(bytes)?;
        if index.key.id() != key_id {
            return Err(Problem::UnknownKey { key_id: shown_id(key_id) }.into());
        }
        check(&Keyring::new(index.key))?;
        return Ok((index, false));
    }
    let signer = check(keys)?.signer;
    let index = Index::read(bytes)?;
    if index.key != signer {
        return Err(Problem::BadIndex { why: "its key is not the one that signed it" }.into());
    }
    keys.allow(&signer, index.latest_seq)?;
    Ok((index, true))
}

fn at_our_version(index: Index, current: &Current, is_index_verified: bool) -> Result<Plan, Refusal> {
    if !is_index_verified {
        // Nothing newer is on the way that could announce its key.
        return Err(unknown(&index.key));
    }
    if index.latest_seq < current.seq {
        return Err(Problem::OlderThanCurrent { seq: index.latest_seq, current: current.seq }.into());
    }
    let stated = match current.kind {
        FileKind::Snapshot => Some(&index.snapshot).filter(|part| part.seq == current.seq).map(|part| part.sha256),
        FileKind::Delta { base_seq } => {
            index.deltas.iter().find(|part| (part.from, part.to) == (base_seq, current.seq)).map(|part| part.sha256)
        }
    };
    if stated.is_some_and(|stated| stated != current.sha256) {
        return Err(Problem::SameSeqOtherBytes { seq: current.seq }.into());
    }
    Ok(Plan::UpToDate(index))
}

fn unknown(key: &PublicKey) -> Refusal {
    Problem::UnknownKey { key_id: key.key_id() }.into()
}

/// The files that lead from our version to the newest: the lightest chain of deltas if it is lighter than the snapshot, else the snapshot
/// and what changed it since.
fn route(index: &Index, ours: Option<u64>, is_index_verified: bool) -> Result<VecDeque<Part>, Refusal> {
    let chain = ours.and_then(|ours| lightest_chain(index, ours));
    if !is_index_verified {
        return chain.map(VecDeque::from).ok_or_else(|| unknown(&index.key));
    }
    let by_snapshot = by_snapshot(index, ours);
    match (chain, by_snapshot) {
        (Some(chain), Some(whole)) => Ok(if bytes(&chain) < bytes(&whole) { chain } else { whole }.into()),
        (Some(chain), None) => Ok(chain.into()),
        (None, Some(whole)) => Ok(whole.into()),
        (None, None) => Err(Problem::BaseMismatch { base_seq: index.snapshot.seq, current: ours }.into()),
    }
}

fn bytes(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.size).sum()
}

/// The snapshot and the chain from it to the newest version; `None` if the snapshot is no newer than ours.
fn by_snapshot(index: &Index, ours: Option<u64>) -> Option<Vec<Part>> {
    let part = &index.snapshot;
    if ours.is_some_and(|ours| part.seq <= ours) {
        return None;
    }
    let mut parts = vec![Part { file: part.file.clone(), size: part.size, sha256: part.sha256, kind: FileKind::Snapshot, seq: part.seq }];
    parts.extend(lightest_chain(index, part.seq)?);
    Some(parts)
}

/// The chain of deltas with the fewest bytes from one version to the newest; empty if they are the same.
///
/// Deltas lead only upwards, so one pass in the order of their bases finds it.
fn lightest_chain(index: &Index, from: u64) -> Option<Vec<Part>> {
    let mut deltas: Vec<_> = index.deltas.iter().collect();
    deltas.sort_by_key(|delta| (delta.from, delta.to));
    // For each version that can be reached: bytes so far, and the delta that leads there.
    let mut reached = BTreeMap::from([(from, (0u64, None))]);
    for delta in deltas {
        let Some(bytes) = reached.get(&delta.from).map(|(bytes, _)| bytes.saturating_add(delta.size)) else { continue };
        if reached.get(&delta.to).is_none_or(|(known, _)| bytes < *known) {
            reached.insert(delta.to, (bytes, Some(delta)));
        }
    }
    let mut parts = Vec::new();
    let mut seq = index.latest_seq;
    while let Some(delta) = reached.get(&seq)?.1 {
        let kind = FileKind::Delta { base_seq: delta.from };
        parts.push(Part { file: delta.file.clone(), size: delta.size, sha256: delta.sha256, kind, seq: delta.to });
        seq = delta.from;
    }
    parts.reverse();
    Some(parts)
}

impl Update {
    /// The index that the update follows. It counts as verified only after [`Update::finish`].
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// What is to be fetched next; `None` when everything was taken.
    pub fn next(&self) -> Option<&Part> {
        self.waiting.front()
    }

    /// Bytes that are still to be fetched, without signatures.
    pub fn bytes_left(&self) -> u64 {
        self.waiting.iter().map(|part| part.size).sum()
    }

    /// Takes the part that [`Update::next`] named: size, signature, digest, then the content. `open` reads the fetched file from its
    /// beginning and is called twice. After an error nothing of `replay` has changed, and the update is over.
    ///
    /// # Errors
    /// `part_mismatch` if the file is not what the index says, the refusals of a signature, and those of [`Replay::apply`].
    pub fn take(&mut self, open: &Open<'_>, signature: &[u8], replay: &mut Replay) -> Result<Taken, Refusal> {
        let Some(part) = self.waiting.front() else { return Err(differs("its number of parts")) };
        let keys = replay.keys().copied().ok_or(Problem::Unsigned)?;
        let verified = match verify(open()?, part.size, signature, &keys) {
            Err(Refusal::TooLarge { .. }) => return Err(differs("its size")),
            verified => verified?,
        };
        if verified.bytes != part.size {
            return Err(differs("its size"));
        }
        if verified.sha256 != part.sha256 {
            return Err(differs("its digest"));
        }
        match replay.apply_part(open, Some(&verified), Some((part.kind, part.seq))) {
            Ok(applied) => {
                self.waiting.pop_front();
                Ok(Taken::Applied(Box::new(applied)))
            }
            Err(Refusal::SignedList(problem)) if problem.is_mended_by_snapshot() && self.can_fall_back(replay) => {
                self.fall_back(replay).map(|()| Taken::SnapshotInstead(problem))
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn can_fall_back(&self, replay: &Replay) -> bool {
        let is_delta = self.waiting.front().is_some_and(|part| part.kind != FileKind::Snapshot);
        is_delta && !self.has_fallen_back && self.accept_index(replay).is_ok()
    }

    fn fall_back(&mut self, replay: &Replay) -> Result<(), Refusal> {
        let ours = replay.current().map(|current| current.seq);
        self.has_fallen_back = true;
        let no_way = Problem::BaseMismatch { base_seq: self.index.snapshot.seq, current: ours };
        self.waiting = by_snapshot(&self.index, ours).ok_or(no_way)?.into();
        Ok(())
    }

    fn accept_index(&self, replay: &Replay) -> Result<(), Refusal> {
        let keys = replay.keys().ok_or(Problem::Unsigned)?;
        if self.is_index_verified { Ok(()) } else { Ok(keys.allow(&self.index.key, self.index.latest_seq)?) }
    }

    /// Ends the update: everything was taken, we are at the newest version, and the key of the index counts by now.
    ///
    /// # Errors
    /// `unknown_key` if no file on the way announced the key of the index; `part_mismatch` if a part is missing.
    pub fn finish(self, replay: &Replay) -> Result<Index, Refusal> {
        let is_there = replay.current().is_some_and(|current| current.seq == self.index.latest_seq);
        if !self.waiting.is_empty() || !is_there {
            return Err(differs("its number of parts"));
        }
        self.accept_index(replay)?;
        Ok(self.index)
    }
}

fn differs(differs: &'static str) -> Refusal {
    Problem::PartMismatch { differs }.into()
}
