//! Drafts to entries, merged by key within one import: a later record of the same key replaces the earlier one.

use std::collections::{BTreeSet, HashMap};

use fingerprint::signal::SignalKind;
use sha2::{Digest, Sha256};

use crate::entry::{Entry, Flags, SignalValue};
use crate::formats::{Answers, Content, Draft, DraftValue, Record};
use crate::limits;
use crate::refusal::Refusal;
use crate::report::Report;
use crate::seeds::{is_never_alert, is_never_alert_kept};

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

/// The state of one import.
pub(crate) struct Merge<'answers> {
    answers: &'answers Answers,
    hex64: Hex64,
    slots: Vec<Option<Entry>>,
    by_key: HashMap<String, usize>,
    withdrawn: BTreeSet<String>,
    report: Report,
    too_many: bool,
}

/// Entries in the order of their first record, keys taken away, and the numbers.
pub(crate) struct Merged {
    pub entries: Vec<Entry>,
    pub withdrawn: Vec<String>,
    pub report: Report,
}

impl<'answers> Merge<'answers> {
    pub(crate) fn new(answers: &'answers Answers, hex64: Hex64) -> Self {
        let (slots, by_key, withdrawn) = (Vec::new(), HashMap::new(), BTreeSet::new());
        Self { answers, hex64, slots, by_key, withdrawn, report: Report::default(), too_many: false }
    }

    /// Takes one record in; it counts for exactly one outcome.
    pub(crate) fn take(&mut self, record: Record) {
        self.report.records += 1;
        match record.content {
            Content::Skipped(reason) => self.report.skip(reason),
            Content::Rejected(rejection) => self.report.reject(record.number, record.offset, rejection),
            Content::Draft(draft) => self.take_draft(*draft),
        }
    }

    fn take_draft(&mut self, draft: Draft) {
        self.report.reject_signals(&draft.rejected);
        let withdrawn = draft.withdrawn;
        match self.entry(draft) {
            None => self.report.undecided += 1,
            Some(entry) if withdrawn => self.withdraw(entry.key),
            Some(entry) => self.put(entry),
        }
    }

    fn withdraw(&mut self, key: String) {
        self.report.withdrawn += 1;
        if let Some(slot) = self.by_key.remove(&key) {
            self.slots[slot] = None;
        }
        self.withdrawn.insert(key);
    }

    fn put(&mut self, entry: Entry) {
        self.withdrawn.remove(&entry.key);
        match self.by_key.get(&entry.key) {
            Some(slot) if self.slots[*slot].as_ref() == Some(&entry) => self.report.duplicate += 1,
            Some(slot) => {
                self.slots[*slot] = Some(entry);
                self.report.replaced += 1;
            }
            None if self.by_key.len() >= limits::ENTRIES => self.too_many = true,
            None => {
                self.by_key.insert(entry.key.clone(), self.slots.len());
                self.slots.push(Some(entry));
                self.report.added += 1;
            }
        }
    }

    /// The entry of a draft, or `None` while the kind of one of its values is open.
    fn entry(&self, draft: Draft) -> Option<Entry> {
        let (mut signals, mut kept) = (Vec::new(), Vec::new());
        for value in draft.values {
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
        let has_pdq = signals.iter().any(|signal| signal.kind() == SignalKind::Pdq);
        let mut entry = Entry {
            key: draft.key.unwrap_or_else(|| key_of(&signals, &kept)),
            signals,
            kept,
            quality: draft.quality.filter(|_| has_pdq),
            size: draft.size,
            media: draft.media,
            harm: draft.harm,
            status: draft.status.unwrap_or(self.answers.trust),
            labels: draft.labels,
            source: draft.source,
            flags: Flags::default(),
            added: draft.added,
            updated: draft.updated,
            expires: draft.expires,
        };
        entry.flags = flags_of(&entry, self.answers.now_ms);
        Some(entry)
    }

    /// Ends the import.
    ///
    /// # Errors
    /// `too_large` beyond 50 million entries.
    pub(crate) fn finish(mut self) -> Result<Merged, Refusal> {
        if self.too_many {
            return Err(Refusal::TooLarge { limit: format!("more than {} entries", limits::ENTRIES) });
        }
        let entries: Vec<Entry> = self.slots.into_iter().flatten().collect();
        count_entries(&mut self.report, &entries);
        Ok(Merged { entries, withdrawn: self.withdrawn.into_iter().collect(), report: self.report })
    }
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

fn flags_of(entry: &Entry, now_ms: Option<i64>) -> Flags {
    let only_seeds = entry.signals.iter().all(is_never_alert) && entry.kept.iter().all(|(kind, text)| is_never_alert_kept(kind, text));
    let empty = entry.signals.is_empty() && entry.kept.is_empty();
    Flags {
        never_alert: only_seeds && !empty,
        low_quality: entry.quality.is_some_and(|quality| !quality.is_matchable()),
        kept_not_matched: !entry.kept.is_empty(),
        expired: entry.expires.zip(now_ms).is_some_and(|(expires, now)| expires <= now),
        no_usable_signal: empty,
    }
}

fn count_entries(report: &mut Report, entries: &[Entry]) {
    report.entries = entries.len() as u64;
    for entry in entries {
        for signal in &entry.signals {
            *report.signals.entry(signal.kind().as_str()).or_default() += 1;
        }
        for (kind, _) in &entry.kept {
            *report.kept_not_matched.entry(kind.clone()).or_default() += 1;
        }
        report.never_alert += u64::from(entry.flags.never_alert);
        report.low_quality += u64::from(entry.flags.low_quality);
        report.can_match += u64::from(entry.matchable().next().is_some());
    }
}
