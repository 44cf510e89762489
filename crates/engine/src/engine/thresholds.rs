//! How near is near, per list: what another limit would do here, before it does it; and entries that a person switched off.

use std::sync::Arc;

use fingerprint::signal::Distance;
use hashlist::{Index, Polarity};

use super::core::Core;
use super::{listing, rematching};
use crate::error::{Code, Error, Result};
use crate::lists::active::{ActiveList, ActiveLists, IndexBytes};
use crate::model::{ListId, MatchType};
use crate::store::contents::{self, Pixels};
use crate::store::floods::{self, EntryOff};
use crate::store::lists::{self, ListRow};
use crate::store::switches;
use crate::triage::matching;
use crate::triage::rematch::Question;

/// One more than the largest distance that may count.
const DISTANCES: usize = Distance::NEAR_LIMIT.0 as usize + 1;

/// What each limit would come to among the contents that were checked so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdEffect {
    /// The limit that counts now, in bits.
    pub now: u16,
    /// Contents that were compared.
    pub contents: u64,
    /// Contents that match by a digest, whatever the limit.
    pub exact: u64,
    /// Contents that match by PDQ alone, at each limit from 0 to 31 bits.
    pub near: [u64; DISTANCES],
}

/// What each limit would come to.
///
/// # Errors
/// [`Code::HomeDamaged`] if the index of the list is damaged, or the store's own.
pub fn effect(core: &Core, list: ListId) -> Result<ThresholdEffect> {
    let row = core.store.read(|connection| lists::get(connection, list))?;
    let widest = widest(core, &row)?;
    let question = Question { news: &widest.lists[0].index, threshold: Distance::NEAR_LIMIT };
    let mut effect = ThresholdEffect { now: row.threshold, contents: core.store.read(contents::count)?, exact: 0, near: [0; DISTANCES] };
    for id in rematching::ask_all(core, &question)? {
        let content = core.store.read(|connection| contents::get(connection, id))?;
        let picture = content.pixels.as_ref().and_then(Pixels::picture);
        let found = matching::match_content(&widest, &content.content, picture, core.clock.now_ms())?;
        let alerts = || found.iter().filter(|(_, polarity)| *polarity == Polarity::Alert).map(|(found, _)| found);
        if alerts().any(|found| found.match_type == MatchType::Exact) {
            effect.exact += 1;
        } else if let Some(nearest) = alerts().filter_map(|found| found.distance).min() {
            effect.near.iter_mut().skip(usize::from(nearest.0)).for_each(|count| *count += 1);
        }
    }
    Ok(effect)
}

/// The list alone, with the largest limit.
fn widest(core: &Core, row: &ListRow) -> Result<ActiveLists> {
    let damaged = |_| Error::refused(Code::HomeDamaged, format!("The index of the list \"{}\" is damaged.", row.name));
    let index = Index::open(IndexBytes::map(&core.home.index(row.id, row.active_seq))?).map_err(damaged)?;
    let row = ListRow { threshold: Distance::NEAR_LIMIT.0, ..row.clone() };
    Ok(ActiveLists { generation: core.lists().generation, lists: vec![ActiveList::new(row, index)], damaged: Vec::new() })
}

/// Sets the largest PDQ distance that counts for a list, in bits, at most 31. Gives how many cases changed.
///
/// # Errors
/// [`Code::BadArgument`] beyond 31, [`Error::NotFound`].
pub fn set(core: &Arc<Core>, list: ListId, threshold: u16) -> Result<u64> {
    if Distance(threshold) > Distance::NEAR_LIMIT {
        return Err(Error::refused(
            Code::BadArgument,
            "The distance is a number from 0 to 31. Beyond that unrelated pictures would match.",
        ));
    }
    listing::compared(core, || core.store.write(move |tx| lists::set_threshold(tx, list, threshold))).map(|(_, cases)| cases)
}

/// The entries of a list that are switched off.
///
/// # Errors
/// The store's own.
pub fn switched_off(core: &Core, list: ListId) -> Result<Vec<EntryOff>> {
    core.store.read(|connection| floods::all_off(connection, list))
}

/// Lets an entry raise cases again. What it matched meanwhile is looked at anew; gives how many cases changed.
///
/// # Errors
/// [`Error::NotFound`] if it is not switched off.
pub fn switch_on(core: &Arc<Core>, list: ListId, entry: u32) -> Result<u64> {
    let switch = || {
        core.store.write(move |tx| {
            if !floods::switch_on(tx, list, entry)? {
                return Err(Error::NotFound { what: "switched-off entry", name: format!("#{entry}") });
            }
            let seq = lists::get(tx, list)?.active_seq;
            switches::begin(tx, list, Some(seq), Some(seq), "entry switched on")
        })
    };
    listing::compared(core, switch).map(|(_, cases)| cases)
}
