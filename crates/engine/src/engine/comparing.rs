//! What a version of a list would change here, asked without making it answer. Nothing is stored, so a later update takes it all the same.

use std::path::Path;

use fingerprint::signal::Distance;
use hashlist::Difference;

use super::core::Core;
use super::looking::{self, Asked, Found};
use super::rematching;
use crate::error::{Code, Error, Result};
use crate::lists::active::ActiveLists;
use crate::lists::changes;
use crate::lists::import::{Choices, Prepared};
use crate::lists::reading::Hear;
use crate::lists::signed::Signed;
use crate::model::ContentId;
use crate::store::lists::{self, ListRow};
use crate::store::{cases, subscriptions, switches};
use crate::triage::rematch::{self, Question};

/// What is between two versions.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// By the publisher's keys.
    pub difference: Difference,
    /// Stored contents that match the later version and not the earlier one.
    pub now_matching: u64,
    /// Stored contents that match the earlier version and not the later one.
    pub no_longer_matching: u64,
    /// Past decisions that rest on what is withdrawn.
    pub decisions_affected: u64,
}

/// The next version of a list, read and compared.
pub struct Next {
    /// What was read. Dropping it leaves nothing behind.
    pub prepared: Box<Prepared>,
    /// What it would change.
    pub comparison: Comparison,
}

/// Reads what a followed list would be brought to by an update; `None` if nothing is new.
///
/// # Errors
/// [`Code::Refused`] for a list that is not followed, [`Code::Busy`], and what would keep an update from being taken. Nothing is remembered.
pub fn with_source(core: &Core, list: &ListRow, hear: &Hear<'_>) -> Result<Option<Next>> {
    let subscription = core.store.read(|connection| subscriptions::of_list(connection, list.id))?.ok_or_else(|| {
        let text = format!("{} is not followed. Say --file with its newest file, or --versions with two of its versions.", list.name);
        Error::refused(Code::Refused, text)
    })?;
    let _one = looking::lock(core, subscription.id)?;
    let choices = Choices { name: Some(list.name.clone()), ..Choices::default() };
    match looking::find(
        core,
        &subscription,
        Asked { choices: &choices, given: None, is_person: true, stop: &core.stop, report: &|_| {}, hear },
    )? {
        Found::Unchanged { .. } => Ok(None),
        Found::Settling => Err(Error::refused(Code::Busy, "A file of this list is still being written. Nothing was changed.")),
        Found::Newer(prepared) => with_prepared(core, list, prepared).map(Some),
    }
}

/// Reads a file or folder as the next version of a list; `None` if it is the version that answers.
///
/// # Errors
/// As [`looking::prepare_file`].
pub fn with_file(core: &Core, list: &ListRow, file: &Path, hear: &Hear<'_>) -> Result<Option<Next>> {
    let choices = Choices { name: Some(list.name.clone()), ..Choices::default() };
    match looking::prepare_file(core, file, &choices, None, hear)? {
        Signed::UpToDate { .. } => Ok(None),
        Signed::Newer(prepared) => with_prepared(core, list, prepared).map(Some),
    }
}

fn with_prepared(core: &Core, list: &ListRow, prepared: Box<Prepared>) -> Result<Next> {
    let (before, after) = (ActiveLists::of_version(&core.home, list, list.active_seq)?, prepared.candidate()?);
    let news = prepared.news()?;
    let touched = rematching::ask_all(core, &Question { news: &news, threshold: prepared.threshold() })?;
    let resting = core.store.read(|connection| switches::resting_on(connection, list.id))?;
    let comparison = compared(core, list, prepared.difference.clone(), (&before, &resting), (&after, &touched))?;
    Ok(Next { prepared, comparison })
}

/// Compares two versions that are kept here.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version; [`Code::HomeDamaged`] if one is not whole.
pub fn between(core: &Core, list: &ListRow, (from, to): (u64, u64)) -> Result<Comparison> {
    for seq in [from, to] {
        core.store.read(|connection| lists::version(connection, list.id, seq))?;
    }
    let (before, after) = (ActiveLists::of_version(&core.home, list, from)?, ActiveLists::of_version(&core.home, list, to)?);
    let difference = hashlist::difference(|| keys(&before), keys(&after))?;
    let (gone, new) = (touched_by(core, list, (to, from))?, touched_by(core, list, (from, to))?);
    compared(core, list, difference, (&before, &gone), (&after, &new))
}

/// The contents that are touched by what one version says and another did not.
fn touched_by(core: &Core, list: &ListRow, (without, with): (u64, u64)) -> Result<Vec<ContentId>> {
    match changes::open(&core.home, list, Some(without), Some(with), core.clock.now_ms())? {
        None => Ok(Vec::new()),
        Some(changes) => rematching::ask_all(core, &Question { news: &changes.index, threshold: Distance(list.threshold) }),
    }
}

fn keys(version: &ActiveLists) -> impl Iterator<Item = Result<(String, hashlist::EntryDigest)>> {
    version.lists.iter().flat_map(|active| active.index.keys().map(|key| key.map_err(|_| active.damage())))
}

/// Each side is a version with the contents that may match it and not the other.
fn compared(
    core: &Core,
    list: &ListRow,
    difference: Difference,
    (before, may_go): (&ActiveLists, &[ContentId]),
    (after, may_come): (&ActiveLists, &[ContentId]),
) -> Result<Comparison> {
    let now = core.clock.now_ms();
    let now_matching = rematch::match_only(&core.store, may_come, (after, before), now)?;
    let no_longer_matching = rematch::match_only(&core.store, may_go, (before, after), now)?;
    let decisions_affected = core.store.read(|connection| cases::decided_on(connection, list.id, &difference.withdrawn))?;
    Ok(Comparison { difference, now_matching, no_longer_matching, decisions_affected })
}
