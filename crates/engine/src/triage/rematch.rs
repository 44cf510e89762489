//! Stored signals against a changed list: yesterday's clean upload can be today's case. No file is opened.

use crate::error::Result;
use crate::lists::active::ActiveLists;
use crate::model::CaseId;
use crate::store::contents::{self, Pixels};
use crate::store::{Store, lists};

use super::cases::{self, Trigger};
use super::matching;

/// Contents that share one transaction. More makes one commit serve more; fewer keeps the store free for uploads in between.
const AT_ONCE: u32 = 500;

/// What one step came to.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Contents that were matched again.
    pub contents: u64,
    /// Cases that changed.
    pub cases: Vec<CaseId>,
}

/// Matches the next contents of an older list generation again. An empty step means that all are done. Every step is one transaction, so it
/// can stop at any moment and go on after a restart.
///
/// # Errors
/// The store's own.
pub fn step(store: &Store, active: &ActiveLists, now: i64) -> Result<Step> {
    let generation = active.generation;
    let rows = store.read(|connection| contents::matched_before(connection, generation, AT_ONCE))?;
    if rows.is_empty() {
        return Ok(Step::default());
    }
    let matched: Vec<_> = rows
        .iter()
        .map(|row| {
            let picture = row.pixels.as_ref().and_then(Pixels::picture);
            Ok((row.id, matching::match_content(active, &row.content, picture, now)?))
        })
        .collect::<Result<_>>()?;
    store.write(move |tx| {
        if lists::generation(tx)? != generation {
            return Ok(Step::default());
        }
        let mut step = Step::default();
        for (content, found) in &matched {
            step.cases.extend(cases::apply(tx, *content, found, Trigger::ListChange)?);
            contents::set_generation(tx, *content, generation)?;
            step.contents += 1;
        }
        Ok(step)
    })
}

/// How many of the stored contents a list that is not active yet would match: the effect that an import preview shows.
///
/// # Errors
/// The store's own.
pub fn would_match(store: &Store, candidate: &ActiveLists, now: i64) -> Result<Effect> {
    let mut effect = Effect::default();
    let mut after = 0;
    loop {
        let rows = store.read(|connection| contents::after(connection, after, AT_ONCE))?;
        let Some(last) = rows.last() else { return Ok(effect) };
        after = last.id.get();
        for row in rows {
            let picture = row.pixels.as_ref().and_then(Pixels::picture);
            effect.contents += 1;
            let found = matching::match_content(candidate, &row.content, picture, now)?;
            if found.iter().any(|(_, polarity)| *polarity == hashlist::Polarity::Alert) {
                effect.now_matching += 1;
                effect.oldest = Some(effect.oldest.map_or(row.first_seen_at, |oldest: i64| oldest.min(row.first_seen_at)));
            }
        }
    }
}

/// What a list would change here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Contents that were compared.
    pub contents: u64,
    /// Of them, how many match.
    pub now_matching: u64,
    /// When the oldest of these was first seen, in milliseconds since 1970.
    pub oldest: Option<i64>,
}
