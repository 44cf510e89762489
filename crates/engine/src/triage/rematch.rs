//! Stored signals against a changed list: yesterday's clean upload can be today's case. No file is opened.
//!
//! Nearly all of a new version is the version before. So only what changed is asked of every stored content (a [`Question`]), and only contents that it
//! touches, or that rested on the list already, are matched in full.

use fingerprint::signal::{Distance, Pdq, SignalKind};
use hashlist::{Index, Polarity};

use crate::error::{Code, Error, Result};
use crate::lists::active::{ActiveLists, IndexBytes};
use crate::lists::stored::StoredSignals;
use crate::model::{CaseId, ContentId, ListId};
use crate::store::contents::{self, ContentRow, Pixels};
use crate::store::switches::{self, Range, Signals};
use crate::store::{Store, Tx};

use super::cases::{self, Live, Trigger};
use super::matching::{self, Found};

/// Contents that share one transaction. More makes one commit serve more; fewer keeps the store free for uploads in between.
const AT_ONCE: usize = 500;

/// What changed in a list, asked of stored signals: does it touch this content at all?
pub struct Question<'a> {
    /// The new and changed entries.
    pub news: &'a Index<IndexBytes>,
    /// Largest distance that counts, in bits.
    pub threshold: Distance,
}

impl Question<'_> {
    /// Whether one of the entries is within reach of a content. A yes may turn out to be none when size, expiry and polarity are looked at; a no is
    /// final.
    ///
    /// # Errors
    /// [`Code::HomeDamaged`] if the index was changed on the disk.
    pub fn touches(&self, content: &Signals<'_>) -> Result<bool> {
        let damaged = |_| Error::refused(Code::HomeDamaged, "What is stored of a list is damaged.");
        if content.size == 0 {
            return Ok(false);
        }
        for (kind, digest) in [(SignalKind::Sha256, content.sha256), (SignalKind::Sha1, content.sha1), (SignalKind::Md5, content.md5)] {
            if self.news.exact(kind, digest).map_err(damaged)?.next().is_some() {
                return Ok(true);
            }
        }
        for views in content.views.chunks(8) {
            let hashes: Vec<Pdq> = views.iter().map(|bytes| Pdq::new(*bytes)).collect();
            if self.news.near_all(&hashes, self.threshold.min(Distance::NEAR_LIMIT)).map_err(damaged)?.iter().any(|near| !near.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many PDQ values it is about.
    pub fn values(&self) -> usize {
        self.news.signal_counts().into_iter().find(|(kind, _)| *kind == SignalKind::Pdq).map_or(0, |(_, count)| count)
    }

    /// The contents that an index of what is stored holds near some of the values, from place `values.start` on. `None` if that index was changed on the
    /// disk.
    ///
    /// # Errors
    /// [`Code::HomeDamaged`] if the index of the list was.
    pub fn near_stored(&self, stored: &StoredSignals, values: std::ops::Range<usize>) -> Result<Option<Vec<ContentId>>> {
        let damaged = |_| Error::refused(Code::HomeDamaged, "What is stored of a list is damaged.");
        Ok(stored.near(&self.news.pdq_values(values).map_err(damaged)?, self.threshold.min(Distance::NEAR_LIMIT)))
    }

    /// The contents of a range that are touched, by number.
    ///
    /// # Errors
    /// As [`Question::touches`], or the store's own.
    pub fn ask(&self, store: &Store, range: Range) -> Result<Vec<ContentId>> {
        let mut touched = Vec::new();
        store.read(|connection| {
            switches::each(connection, range, &mut |content| {
                if self.touches(content)? {
                    touched.push(content.id);
                }
                Ok(())
            })
        })?;
        Ok(touched)
    }
}

/// Matches these contents with all lists, as they are now, and brings their cases in line; `last` runs in the last of the transactions. Gives the cases
/// that changed. `None` if a list was switched meanwhile: then nothing of the rest was done, and it is to be done again with the lists of that
/// moment.
///
/// # Errors
/// The store's own, or [`Code::HomeDamaged`] for a damaged index.
pub fn settle(
    store: &Store,
    active: &ActiveLists,
    contents: &[ContentId],
    now: i64,
    last: impl FnOnce(&Tx<'_>, u64) -> Result<()> + Send + 'static,
) -> Result<Option<Vec<CaseId>>> {
    let mut changed: Vec<CaseId> = Vec::new();
    let mut chunks = contents.chunks(AT_ONCE).peekable();
    while let Some(chunk) = chunks.next_if(|chunk| chunk.len() == AT_ONCE) {
        match apply(store, active, chunk, now, |_, _| Ok(()))? {
            None => return Ok(None),
            Some(cases) => changed.extend(cases),
        }
    }
    let before = changed.len() as u64;
    let end = move |tx: &Tx<'_>, cases: u64| last(tx, before + cases);
    let Some(cases) = apply(store, active, chunks.next().unwrap_or_default(), now, end)? else { return Ok(None) };
    changed.extend(cases);
    Ok(Some(changed))
}

fn apply(
    store: &Store,
    active: &ActiveLists,
    chunk: &[ContentId],
    now: i64,
    last: impl FnOnce(&Tx<'_>, u64) -> Result<()> + Send + 'static,
) -> Result<Option<Vec<CaseId>>> {
    let rows = store.read(|connection| chunk.iter().map(|id| contents::get(connection, *id)).collect::<Result<Vec<_>>>())?;
    let matched: Vec<(ContentId, Live)> =
        rows.iter().map(|row| Ok((row.id, Live::of(active, of_row(active, row, now)?)))).collect::<Result<_>>()?;
    let generation = active.generation;
    store.write(move |tx| {
        if switches::generation(tx)? != generation {
            return Ok(None);
        }
        let mut changed = Vec::new();
        for (content, live) in &matched {
            changed.extend(cases::apply(tx, *content, live, Trigger::ListChange)?);
        }
        changed.sort_unstable();
        changed.dedup();
        last(tx, changed.len() as u64)?;
        Ok(Some(changed))
    })
}

fn of_row(lists: &ActiveLists, row: &ContentRow, now: i64) -> Result<Vec<Found>> {
    matching::match_content(lists, &row.content, row.pixels.as_ref().and_then(Pixels::picture), now)
}

/// Which of the touched contents would match a list that is not active yet, and do not rest on it today: the effect that an import preview shows.
///
/// # Errors
/// The store's own.
pub fn would_match(store: &Store, candidate: &ActiveLists, list: Option<ListId>, touched: &[ContentId], now: i64) -> Result<Effect> {
    let resting = list.map(|list| store.read(|connection| switches::resting_on(connection, list))).transpose()?.unwrap_or_default();
    let mut effect = Effect { contents: store.read(contents::count)?, ..Effect::default() };
    for id in touched.iter().filter(|id| resting.binary_search(id).is_err()) {
        let row = store.read(|connection| contents::get(connection, *id))?;
        if of_row(candidate, &row, now)?.iter().any(|(_, polarity)| *polarity == Polarity::Alert) {
            effect.now_matching += 1;
            effect.oldest = Some(effect.oldest.map_or(row.first_seen_at, |oldest: i64| oldest.min(row.first_seen_at)));
        }
    }
    Ok(effect)
}

/// How many of these contents match one version of a list and not another.
///
/// # Errors
/// The store's own.
pub fn match_only(store: &Store, ids: &[ContentId], (one, other): (&ActiveLists, &ActiveLists), now: i64) -> Result<u64> {
    let mut count = 0;
    for id in ids {
        let row = store.read(|connection| contents::get(connection, *id))?;
        let is_raised = |lists| Ok::<_, Error>(of_row(lists, &row, now)?.iter().any(|(_, polarity)| *polarity == Polarity::Alert));
        count += u64::from(is_raised(one)? && !is_raised(other)?);
    }
    Ok(count)
}

/// What a list would change here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Contents that were compared.
    pub contents: u64,
    /// Of them, how many match that do not rest on the list today.
    pub now_matching: u64,
    /// When the oldest of these was first seen, in milliseconds since 1970.
    pub oldest: Option<i64>,
}
