//! Files of one list, applied one after the other: the state of a signed list, and the rules by which one file follows another.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::header::{FileKind, Header};
use super::keyring::Keyring;
use super::problem::Problem;
use super::reader::{Reader, draft};
use super::record::{Operation, Withdrawal};
use super::signature::Verified;
use super::{AHEAD_HOURS, LARGEST_STEP};
use crate::difference::{EntryDigest, short_digest};
use crate::entry::{Entry, Flags, Harm};
use crate::formats::{Answers, Content, Record};
use crate::import::Open;
use crate::limits;
use crate::merge::{Hex64, Merge, Merged, Unmentioned};
use crate::outcome::SkipReason;
use crate::packed::Entries;
use crate::refusal::Refusal;
use crate::report::Report;
use crate::state::{ListState, Tombstone};

/// What names the version that is active: enough to tell whether an index holds something new. The engine stores it with the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The list.
    pub list_id: String,
    /// The version.
    pub seq: u64,
    /// Whether a snapshot or a delta led to it.
    pub kind: FileKind,
    /// SHA-256 of that file.
    pub sha256: [u8; 32],
}

/// What applying one file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Applied {
    /// Its header.
    pub header: Header,
    /// `false` if the file says what was already known: the version that is active, once more.
    pub is_news: bool,
    /// Its `seq` lies more than a million above the one before: the version waits for a person.
    pub waits_for_person: bool,
}

/// Applies files of one list in order, each whole or not at all. Begin with nothing ([`Replay::new`]) or with the active version
/// ([`Replay::resume`]).
#[derive(Clone, Debug)]
pub struct Replay {
    answers: Answers,
    keys: Option<Keyring>,
    current: Option<Current>,
    header: Option<Header>,
    list: Option<ListState>,
    is_new: bool,
    withdrawn: BTreeSet<String>,
    files: u32,
    report: Report,
}

impl Replay {
    /// An empty list.
    ///
    /// `keys` are those that are pinned for it; `None` for a list that nobody signs. `now_ms` is the clock, UTC milliseconds since 1970; it
    /// takes the place of the time in `answers`.
    pub fn new(answers: &Answers, keys: Option<Keyring>, now_ms: i64) -> Self {
        Self::of(Answers { now_ms: Some(now_ms), ..answers.clone() }, keys)
    }

    /// The same with the time that stands in `answers`; without one, no time lies in the future.
    pub(super) fn of(answers: Answers, keys: Option<Keyring>) -> Self {
        Self {
            answers,
            keys,
            current: None,
            header: None,
            list: Some(ListState::default()),
            is_new: true,
            withdrawn: BTreeSet::new(),
            files: 0,
            report: Report::default(),
        }
    }

    /// The active version, from what the engine stored of it.
    #[must_use]
    pub fn resume(self, current: Current, list: ListState) -> Self {
        Self { current: Some(current), list: Some(list), is_new: false, ..self }
    }

    /// Applies the next file: a snapshot or a delta, as its header says.
    ///
    /// `verified` is the proof of its signature; a list with pinned keys takes nothing without. The bytes must be those that were verified: they are
    /// hashed again on the way. `open` gives the file from its beginning and is called twice, once to check all of it and once to take it, so that no
    /// more than the entries is held in memory. After an error nothing has changed; but a file that became another one between the two readings leaves
    /// a replay that takes nothing more.
    ///
    /// # Errors
    /// `unsigned`, `unknown_key` (an announced key before its time), `newer_format`, `bad_header`, `other_list_id`, `from_the_future`,
    /// `older_than_current`, `same_seq_other_bytes`, `base_mismatch`, `harm_reserved` (unless the operator named a harm), `bad_record`,
    /// `second_header`, `line_too_long`, `count_mismatch`, `live_mismatch`, `empty_file`, `ends_early`, `too_large`, `unreadable`;
    /// `bad_signature` if the bytes are not those that were verified.
    pub fn apply(&mut self, open: &Open<'_>, verified: Option<&Verified>) -> Result<Applied, Refusal> {
        self.apply_part(open, verified, None)
    }

    /// [`Replay::apply`] of a part that an index describes.
    pub(super) fn apply_part(
        &mut self,
        open: &Open<'_>,
        verified: Option<&Verified>,
        stated: Option<(FileKind, u64)>,
    ) -> Result<Applied, Refusal> {
        if self.keys.is_some() && verified.is_none() {
            return Err(Problem::Unsigned.into());
        }
        let mut source = Hashing::of(open()?);
        let mut reader = Reader::open(&mut source)?;
        let header = reader.header.clone();
        if stated.is_some_and(|stated| stated != (header.kind, header.seq)) {
            return Err(Problem::PartMismatch { differs: "its version" }.into());
        }
        if let (Some(keys), Some(verified)) = (&self.keys, verified) {
            keys.allow(&verified.signer, header.seq)?;
        }
        let follows = self.follows(&header)?;
        if follows == Follows::MustBeTheSameFile {
            drop(reader);
            io::copy(&mut source.by_ref().take(limits::FILE_BYTES), &mut io::sink())?;
            return self.same_file(header, source.digest.finalize().into(), verified);
        }
        let list = self.list.as_ref().ok_or_else(too_many)?;
        let live = live_after(&mut reader, list)?;
        drop(reader);
        let sha256 = source.digest.finalize().into();
        check_bytes(&sha256, verified)?;
        if live != header.live {
            return Err(Problem::LiveMismatch { stated: header.live, found: live }.into());
        }
        let records = Records { open, sha256 };
        if follows == Follows::MustSayTheSame {
            return self.same_state(header, &records);
        }
        let waits_for_person = self.current.as_ref().is_some_and(|current| header.seq.saturating_sub(current.seq) > LARGEST_STEP);
        self.merge(&header, &records)?;
        if let (Some(keys), Some(verified)) = (&self.keys, verified) {
            self.keys = Some(keys.after(&verified.signer, &header));
        }
        self.current = Some(Current { list_id: header.list_id.clone(), seq: header.seq, kind: header.kind, sha256 });
        self.header = Some(header.clone());
        Ok(Applied { header, is_news: true, waits_for_person })
    }

    /// The keys after the files so far. The engine stores them with the version.
    pub const fn keys(&self) -> Option<&Keyring> {
        self.keys.as_ref()
    }

    /// What names the version that the files so far make; `None` before the first.
    pub const fn current(&self) -> Option<&Current> {
        self.current.as_ref()
    }

    /// The header of the last file that was applied here.
    pub const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// What the records of all files that were applied here came to. The numbers of entries are those of the last state.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The live entries.
    pub fn entries(&self) -> &Entries {
        static NONE: Entries = Entries::new();
        self.list.as_ref().map_or(&NONE, |list| &list.entries)
    }

    /// What was withdrawn, as long as it is remembered.
    pub fn tombstones(&self) -> &[Tombstone] {
        self.list.as_ref().map_or(&[], |list| &list.tombstones)
    }

    /// The state, to be compiled and stored.
    pub fn into_list(self) -> ListState {
        self.list.unwrap_or_default()
    }

    pub(super) const fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Whether it began with nothing.
    pub(super) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Number of files that brought news.
    pub(super) const fn files(&self) -> u32 {
        self.files
    }

    /// Keys that the files took away and that are not live now, in order.
    pub(super) fn withdrawn(&self) -> Vec<String> {
        self.withdrawn.iter().cloned().collect()
    }

    /// How a file stands to what we have.
    fn follows(&self, header: &Header) -> Result<Follows, Problem> {
        if header.harm == Harm::Practice && self.answers.harm.is_none() {
            return Err(Problem::HarmReserved);
        }
        if let Some(ours) = &self.current {
            if header.list_id != ours.list_id {
                return Err(Problem::OtherListId);
            }
            if header.seq < ours.seq {
                return Err(Problem::OlderThanCurrent { seq: header.seq, current: ours.seq });
            }
        }
        if let Some(now_ms) = self.answers.now_ms {
            check_created(header.created_ms, now_ms)?;
        }
        match (&self.current, header.kind) {
            (Some(ours), kind) if header.seq == ours.seq && kind == ours.kind => Ok(Follows::MustBeTheSameFile),
            (Some(ours), FileKind::Snapshot) if header.seq == ours.seq => Ok(Follows::MustSayTheSame),
            (ours, FileKind::Delta { base_seq }) if ours.as_ref().is_none_or(|ours| ours.seq != base_seq) => {
                Err(Problem::BaseMismatch { base_seq, current: ours.as_ref().map(|ours| ours.seq) })
            }
            _ => Ok(Follows::AsNext),
        }
    }

    fn same_file(&self, header: Header, sha256: [u8; 32], verified: Option<&Verified>) -> Result<Applied, Refusal> {
        check_bytes(&sha256, verified)?;
        if self.current.as_ref().is_some_and(|current| current.sha256 == sha256) {
            Ok(Applied { header, is_news: false, waits_for_person: false })
        } else {
            Err(Problem::SameSeqOtherBytes { seq: header.seq }.into())
        }
    }

    /// A snapshot of the version that deltas have led to: it must hold the same entries.
    fn same_state(&self, header: Header, records: &Records<'_, '_>) -> Result<Applied, Refusal> {
        let (alone, _) = records.merged(&self.answers, None, &Unmentioned::Go)?;
        if said(&alone.entries) == said(self.entries()) {
            Ok(Applied { header, is_news: false, waits_for_person: false })
        } else {
            Err(Problem::SameSeqOtherBytes { seq: header.seq }.into())
        }
    }

    fn merge(&mut self, header: &Header, records: &Records<'_, '_>) -> Result<(), Refusal> {
        let unmentioned = match header.kind {
            FileKind::Snapshot => Unmentioned::Go,
            FileKind::Delta { .. } => Unmentioned::Stay,
        };
        // All of it was checked. What fails from here on is the reading itself, and without a state every later file is refused too.
        let before = self.list.take().ok_or_else(too_many)?;
        let (merged, withdrawals) = records.merged(&self.answers, Some(before), &unmentioned)?;
        let Merged { entries, withdrawn, mut tombstones, next_number, report, .. } = merged;
        for tombstone in &mut tombstones {
            // The publisher's own time and latest reason; a time after the file was made is none.
            if let Some(stated) = withdrawals.get(&tombstone.key) {
                tombstone.reason = stated.reason;
                tombstone.at = Some(stated.at_ms.min(header.created_ms));
            }
        }
        self.withdrawn.extend(withdrawn);
        for key in entries.keys() {
            self.withdrawn.remove(key.as_ref());
        }
        self.list = Some(ListState { entries, tombstones, next_number });
        self.files += 1;
        add_outcomes(&mut self.report, report);
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    AsNext,
    MustBeTheSameFile,
    MustSayTheSame,
}

/// Refuses what was made too far ahead of our clock.
pub(super) fn check_created(created_ms: i64, now_ms: i64) -> Result<(), Problem> {
    const HOUR_MS: i64 = 3_600_000;
    if created_ms > now_ms.saturating_add(AHEAD_HOURS * HOUR_MS) { Err(Problem::FromTheFuture { created_ms, now_ms }) } else { Ok(()) }
}

fn check_bytes(sha256: &[u8; 32], verified: Option<&Verified>) -> Result<(), Problem> {
    if verified.is_some_and(|verified| verified.sha256 != *sha256) {
        return Err(Problem::BadSignature { why: "the file changed after it was checked" });
    }
    Ok(())
}

fn too_many() -> Refusal {
    Refusal::TooLarge { limit: format!("more than {} entries", limits::ENTRIES) }
}

/// What entries say, by key, without what only the time of reading decides.
fn said(entries: &Entries) -> Vec<(EntryDigest, EntryDigest)> {
    let timeless = entries.iter().map(|entry| Entry { flags: Flags::default(), ..entry });
    let mut said: Vec<_> = timeless.map(|entry| (short_digest(entry.key.as_bytes()), entry.digest())).collect();
    said.sort_unstable();
    said
}

/// Adds the outcomes of one file to those of the files before; the numbers of entries are those of the last file's state.
fn add_outcomes(sum: &mut Report, mut last: Report) {
    last.records += sum.records;
    last.added += sum.added;
    last.replaced += sum.replaced;
    last.duplicate += sum.duplicate;
    last.withdrawn += sum.withdrawn;
    for (reason, count) in &sum.skipped {
        *last.skipped.entry(reason).or_default() += count;
    }
    *sum = last;
}

/// Reads all records of a file, which checks each of them: the last may be the bad one. Gives how many entries are live after them.
fn live_after(reader: &mut Reader<impl Read>, before: &ListState) -> Result<u64, Refusal> {
    // Keys by a digest: those of ten million entries would take a gigabyte.
    let mut live: HashMap<EntryDigest, bool> = HashMap::new();
    if reader.header.kind != FileKind::Snapshot {
        live.extend(before.entries.keys().map(|key| (short_digest(key.as_bytes()), true)));
    }
    let mut records = 0;
    while let Some((operation, ..)) = reader.next()? {
        records += 1;
        if records > limits::ENTRIES {
            return Err(too_many());
        }
        match operation {
            Operation::Add(draft) => live.insert(short_digest(draft.key.as_deref().unwrap_or_default().as_bytes()), true),
            Operation::Del(withdrawal) => live.insert(short_digest(withdrawal.id.as_bytes()), false),
        };
    }
    Ok(live.into_values().filter(|is_live| *is_live).count() as u64)
}

/// The records of a file that was checked.
struct Records<'a, 'file> {
    open: &'a Open<'file>,
    /// The file as it was checked.
    sha256: [u8; 32],
}

impl Records<'_, '_> {
    /// The state after these records, and their withdrawals by key; the last one counts.
    fn merged(
        &self,
        answers: &Answers,
        before: Option<ListState>,
        unmentioned: &Unmentioned,
    ) -> Result<(Merged, HashMap<String, Withdrawal>), Refusal> {
        let mut source = Hashing::of((self.open)()?);
        let mut reader = Reader::open(&mut source)?;
        let mut withdrawals = HashMap::new();
        let mut merge = Merge::new(answers, Hex64::AsAssumed, before);
        merge.take(Record { number: 1, offset: 0, content: Content::Skipped(SkipReason::Header) });
        while let Some((operation, number, offset)) = reader.next()? {
            if let Operation::Del(withdrawal) = &operation {
                withdrawals.insert(withdrawal.id.clone(), withdrawal.clone());
            }
            merge.take(Record { number, offset, content: Content::Draft(draft(operation)) });
        }
        drop(reader);
        if source.digest.finalize()[..] != self.sha256 {
            return Err(Problem::BadSignature { why: "the file changed while it was read" }.into());
        }
        Ok((merge.finish(unmentioned)?, withdrawals))
    }
}

/// A reader that hashes what passes through it.
struct Hashing<R> {
    source: R,
    digest: Sha256,
}

impl<R> Hashing<R> {
    fn of(source: R) -> Self {
        Self { source, digest: Sha256::new() }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(out)?;
        self.digest.update(&out[..read]);
        Ok(read)
    }
}
