//! Drafts to entries, merged by key into the state of the version before: a later record of the same key replaces the earlier one.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use fingerprint::signal::SignalKind;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};

use crate::entry::{Entry, Flags, SignalValue};
use crate::formats::{Answers, Content, Draft, DraftValue, Record};
use crate::limits;
use crate::packed::Entries;
use crate::refusal::Refusal;
use crate::report::Report;
use crate::seeds::{is_never_alert, is_never_alert_kept};
use crate::state::{ListState, Reason, Tombstone};

/// What 64-digit values without a kind of their own are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hex64 {
    /// The operator or the rule says so; overrules what the format assumes.
    Are(SignalKind),
    /// What the format assumes.
    AsAssumed,
    /// Nobody knows yet: records that hold one wait.
    Open,
}

/// What becomes of entries of the version before that no record speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unmentioned {
    /// They stay: pages and deltas change the list.
    Stay,
    /// They go: a snapshot states the whole list.
    Go,
    /// Those of these groups go: each group was stated whole.
    GoOf(BTreeSet<String>),
    /// All go but those of these groups, which were not there to be read.
    GoExceptOf(BTreeSet<String>),
}

impl Unmentioned {
    fn keeps(&self, entry: &Entry) -> bool {
        let is_of = |groups: &BTreeSet<String>| entry.group.as_ref().is_some_and(|group| groups.contains(group));
        match self {
            Self::Stay => true,
            Self::Go => false,
            Self::GoOf(groups) => !is_of(groups),
            Self::GoExceptOf(groups) => is_of(groups),
        }
    }
}

/// The places of keys. The keys themselves stand only in the entries: of ten million entries a second copy takes a gigabyte.
#[derive(Default)]
struct Places {
    /// Seeded anew for each import, so that no publisher can choose keys that fall together.
    hasher: RandomState,
    table: HashTable<u32>,
}

impl Places {
    fn of_all(entries: &Entries) -> Self {
        let mut places = Self { hasher: RandomState::new(), table: HashTable::with_capacity(entries.len()) };
        for place in 0..entries.len() {
            if let Some(key) = entries.key(place) {
                places.put(&key, place, entries);
            }
        }
        places
    }

    fn of(&self, key: &str, entries: &Entries) -> Option<usize> {
        self.table.find(self.hasher.hash_one(key), |place| is_at(entries, *place, key)).map(|place| *place as usize)
    }

    /// Takes a key that has no place yet.
    fn put(&mut self, key: &str, place: usize, entries: &Entries) {
        let again = |place: &u32| self.hasher.hash_one(entries.key(*place as usize).as_deref().unwrap_or(key));
        // There are fewer entries than `limits::ENTRIES`.
        self.table.insert_unique(self.hasher.hash_one(key), place as u32, again);
    }

    fn take(&mut self, key: &str, entries: &Entries) -> Option<usize> {
        let found = self.table.find_entry(self.hasher.hash_one(key), |place| is_at(entries, *place, key));
        found.ok().map(|place| place.remove().0 as usize)
    }
}

fn is_at(entries: &Entries, place: u32, key: &str) -> bool {
    entries.key(place as usize).is_some_and(|known| known == key)
}

/// The state of one import.
pub(crate) struct Merge<'answers> {
    answers: &'answers Answers,
    hex64: Hex64,
    /// Entries in the order of their first record, with a gap where one was withdrawn.
    entries: Entries,
    /// For each place, whether a record of this import speaks of it.
    mentioned: Vec<bool>,
    places: Places,
    tombstones: BTreeMap<String, Tombstone>,
    withdrawn: BTreeSet<String>,
    next_number: u32,
    newest_at: Option<i64>,
    page: Option<u32>,
    report: Report,
    too_many: bool,
}

/// Entries with their numbers, what is gone, and the counts.
pub(crate) struct Merged {
    /// Entries of the version before in their order, then new ones in the order of their first record.
    pub entries: Entries,
    /// Keys that records of this import took away and that are not live at its end.
    pub withdrawn: Vec<String>,
    pub tombstones: Vec<Tombstone>,
    pub next_number: u32,
    /// The newest time that a record states.
    pub newest_at: Option<i64>,
    pub report: Report,
}

impl<'answers> Merge<'answers> {
    /// Begins with the version before, or with nothing.
    pub(crate) fn new(answers: &'answers Answers, hex64: Hex64, base: Option<ListState>) -> Self {
        let base = base.unwrap_or_default();
        let highest = base.entries.iter().map(|entry| entry.number).chain(base.tombstones.iter().map(|gone| gone.number)).max();
        let next_number = base.next_number.max(highest.unwrap_or(0).saturating_add(1));
        Self {
            answers,
            hex64,
            mentioned: vec![false; base.entries.len()],
            places: Places::of_all(&base.entries),
            entries: base.entries,
            tombstones: base.tombstones.into_iter().map(|gone| (gone.key.clone(), gone)).collect(),
            withdrawn: BTreeSet::new(),
            next_number,
            newest_at: None,
            page: None,
            report: Report::default(),
            too_many: false,
        }
    }

    /// Says which file of several the next records come from, from 1.
    pub(crate) const fn begin_page(&mut self, number: u32) {
        self.page = Some(number);
    }

    /// Takes one record in; it counts for exactly one outcome.
    pub(crate) fn take(&mut self, record: Record) {
        self.report.records += 1;
        match record.content {
            Content::Skipped(reason) => self.report.skip(reason),
            Content::Rejected(rejection) => self.report.reject(self.page, record.number, record.offset, rejection),
            Content::Draft(draft) => self.take_draft(*draft),
        }
    }

    fn take_draft(&mut self, draft: Draft) {
        self.report.reject_signals(&draft.rejected);
        self.newest_at = self.newest_at.max(draft.updated).max(draft.added);
        let (withdrawn, newest_wins, reason) = (draft.withdrawn, draft.newest_wins, draft.reason.unwrap_or(Reason::Withdrawn));
        match self.entry(draft) {
            None => self.report.undecided += 1,
            Some(entry) if withdrawn => self.withdraw(entry, reason),
            Some(entry) => self.put(entry, newest_wins),
        }
    }

    fn withdraw(&mut self, named: Entry, reason: Reason) {
        self.report.withdrawn += 1;
        self.withdrawn.insert(named.key.clone());
        let live = self.places.take(&named.key, &self.entries).and_then(|place| self.entries.take(place));
        match live {
            Some(entry) => self.bury(entry, reason),
            // What was never live is remembered too: a page may be read late, or alone.
            None if !self.tombstones.contains_key(&named.key) => self.bury(named, reason),
            None => {}
        }
    }

    fn bury(&mut self, entry: Entry, reason: Reason) {
        self.too_many |= self.tombstones.len() >= limits::ENTRIES;
        let tombstone = Tombstone { key: entry.key, number: entry.number, reason, at: self.answers.now_ms, signals: entry.signals };
        self.tombstones.insert(tombstone.key.clone(), tombstone);
    }

    /// Puts an entry in. `newest_wins`: the publisher's own time decides between two records of a key, and what was withdrawn stays so.
    fn put(&mut self, mut entry: Entry, newest_wins: bool) {
        if newest_wins && self.tombstones.get(&entry.key).is_some_and(|gone| gone.reason == Reason::Withdrawn) {
            self.report.duplicate += 1;
            return;
        }
        let known = self.places.of(&entry.key, &self.entries).and_then(|place| Some((place, self.entries.get(place)?)));
        let Some((place, known)) = known else { return self.put_new(entry) };
        entry.number = known.number;
        let first = !std::mem::replace(&mut self.mentioned[place], true);
        let is_older = newest_wins && known.updated > entry.updated;
        let says_something_else = !is_older && self.entries.replace(place, &entry);
        let outcome = match (first, says_something_else) {
            (true, _) => &mut self.report.added,
            (false, true) => &mut self.report.replaced,
            (false, false) => &mut self.report.duplicate,
        };
        *outcome += 1;
    }

    fn put_new(&mut self, mut entry: Entry) {
        if self.places.table.len() >= limits::ENTRIES {
            self.too_many = true;
            return;
        }
        self.withdrawn.remove(&entry.key);
        let number = self.tombstones.remove(&entry.key).map_or(0, |gone| gone.number);
        entry.number = if number > 0 { number } else { self.new_number() };
        self.places.put(&entry.key, self.entries.len(), &self.entries);
        self.entries.push(&entry);
        self.mentioned.push(true);
        self.report.added += 1;
    }

    fn new_number(&mut self) -> u32 {
        let number = self.next_number;
        match number.checked_add(1) {
            Some(next) => self.next_number = next,
            None => self.too_many = true,
        }
        number
    }

    /// The entry of a draft, or `None` while the kind of one of its values is open.
    fn entry(&self, draft: Draft) -> Option<Entry> {
        let (signals, kept) = self.signals(draft.values)?;
        let has_pdq = signals.iter().any(|signal| signal.kind() == SignalKind::Pdq);
        let mut entry = Entry {
            number: 0,
            key: draft.key.unwrap_or_else(|| key_of(&signals, &kept)),
            signals,
            kept,
            quality: draft.quality.filter(|_| has_pdq),
            size: draft.size,
            media: draft.media,
            harm: draft.harm,
            status: draft.status.unwrap_or(self.answers.trust),
            opinions: draft.opinions,
            share: draft.share,
            group: draft.group,
            labels: draft.labels,
            source: draft.source,
            flags: Flags { category_not_chosen: draft.category_not_chosen, ..Flags::default() },
            added: draft.added,
            updated: draft.updated,
            expires: draft.expires,
        };
        entry.key.shrink_to_fit();
        mark(&mut entry, self.answers.now_ms);
        Some(entry)
    }

    /// The values of a draft by kind, each once, in order; `None` while a kind is open.
    #[expect(clippy::type_complexity, reason = "the two lists of an entry")]
    fn signals(&self, values: Vec<DraftValue>) -> Option<(Vec<SignalValue>, Vec<(String, String)>)> {
        // Most entries have one signal, for which a growing vector would reserve four.
        let (mut signals, mut kept) = (Vec::with_capacity(values.len()), Vec::new());
        for value in values {
            match value {
                DraftValue::Signal(signal) => signals.push(signal),
                DraftValue::Kept(kind, text) => kept.push((kind, text)),
                DraftValue::Hex64 { bytes, assumed } => {
                    let kind = match self.hex64 {
                        Hex64::Are(kind) => kind,
                        Hex64::AsAssumed => assumed?,
                        Hex64::Open => return None,
                    };
                    signals.push(SignalValue::from_bytes(kind, &bytes)?);
                }
            }
        }
        signals.sort_unstable_by(|a, b| (a.strength_rank(), a.as_bytes()).cmp(&(b.strength_rank(), b.as_bytes())));
        signals.dedup();
        kept.sort_unstable();
        kept.dedup();
        Some((signals, kept))
    }

    fn bury_unmentioned(&mut self, unmentioned: &Unmentioned) {
        if *unmentioned == Unmentioned::Stay {
            return;
        }
        for place in (0..self.entries.len()).filter(|place| !self.mentioned[*place]).collect::<Vec<_>>() {
            let goes = self.entries.get(place).is_some_and(|entry| !unmentioned.keeps(&entry));
            if let Some(gone) = goes.then(|| self.entries.take(place)).flatten() {
                self.bury(gone, Reason::Absent);
            }
        }
    }

    /// Ends the import.
    ///
    /// # Errors
    /// `too_large` beyond 50 million entries.
    pub(crate) fn finish(mut self, unmentioned: &Unmentioned) -> Result<Merged, Refusal> {
        self.places = Places::default();
        self.bury_unmentioned(unmentioned);
        if self.too_many {
            return Err(Refusal::TooLarge { limit: format!("more than {} entries", limits::ENTRIES) });
        }
        let now = self.answers.now_ms;
        self.entries.close_gaps();
        self.report.entries = self.entries.len() as u64;
        for place in 0..self.entries.len() {
            if let Some(mut entry) = self.entries.get(place) {
                mark(&mut entry, now);
                self.entries.set_flags(place, entry.flags);
                count_entry(&mut self.report, &entry);
            }
        }
        let tombstones = self.tombstones.into_values().filter_map(|gone| remembered(gone, now)).collect();
        let withdrawn = self.withdrawn.into_iter().collect();
        let entries = self.entries;
        Ok(Merged { entries, withdrawn, tombstones, next_number: self.next_number, newest_at: self.newest_at, report: self.report })
    }
}

/// A tombstone while it is remembered. One without a time is dated now.
fn remembered(mut tombstone: Tombstone, now_ms: Option<i64>) -> Option<Tombstone> {
    tombstone.at = tombstone.at.or(now_ms);
    let is_over = now_ms.zip(tombstone.at).is_some_and(|(now, at)| now.saturating_sub(at) > limits::TOMBSTONE_MS);
    (!is_over).then_some(tombstone)
}

/// `<kind>:<canonical text>` of the strongest signal; for a kept text that is too long for a key, of its SHA-256.
fn key_of(signals: &[SignalValue], kept: &[(String, String)]) -> String {
    if let Some(signal) = signals.first() {
        return format!("{}:{signal}", signal.kind());
    }
    let Some((kind, text)) = kept.first() else { return String::new() };
    let key = format!("{kind}:{text}");
    if key.len() <= limits::KEY_BYTES {
        return key;
    }
    let digest = fingerprint::signal::Sha256::new(Sha256::digest(text.as_bytes()).into());
    format!("{kind}:#{digest}")
}

/// Sets the flags that follow from what the entry says and from the time. Entries of the version before are marked again: time has passed.
fn mark(entry: &mut Entry, now_ms: Option<i64>) {
    let only_seeds = entry.signals.iter().all(is_never_alert) && entry.kept.iter().all(|(kind, text)| is_never_alert_kept(kind, text));
    let empty = entry.signals.is_empty() && entry.kept.is_empty();
    entry.flags = Flags {
        never_alert: only_seeds && !empty,
        low_quality: entry.quality.is_some_and(|quality| !quality.is_matchable()),
        kept_not_matched: !entry.kept.is_empty(),
        expired: entry.expires.zip(now_ms).is_some_and(|(expires, now)| expires <= now),
        no_usable_signal: empty,
        category_not_chosen: entry.flags.category_not_chosen,
    };
}

fn count_entry(report: &mut Report, entry: &Entry) {
    for signal in &entry.signals {
        *report.signals.entry(signal.kind().as_str()).or_default() += 1;
    }
    for (kind, _) in &entry.kept {
        // Publishers may name kinds as they like; a report must not grow with them.
        let is_listed = report.kept_not_matched.contains_key(kind) || report.kept_not_matched.len() < limits::KINDS_IN_REPORT;
        let name = if is_listed { kind.as_str() } else { "other" };
        *report.kept_not_matched.entry(name.to_owned()).or_default() += 1;
    }
    report.never_alert += u64::from(entry.flags.never_alert);
    report.low_quality += u64::from(entry.flags.low_quality);
    report.can_match += u64::from(entry.matchable().next().is_some());
}
