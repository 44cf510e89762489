//! Lists as the command line and the window ask for them: import, effect, re-match, back, removal.

use std::path::Path;
use std::sync::Arc;

use hashlist::{Difference, Guard, Polarity};

use super::core::Core;
use super::rematching;
use crate::error::{Code, Error, Result};
use crate::lists::active::ActiveLists;
use crate::lists::import::{self, Choices, Prepared};
use crate::lists::reading::{Hear, Reading};
use crate::lists::take::{self, Taken};
use crate::lists::version::{self, Imported};
use crate::model::{ListId, Shown};
use crate::store::cases;
use crate::store::list_handling::{self, Handling};
use crate::store::lists::{self, ListRow};
use crate::store::subscriptions;
use crate::store::switches;
use crate::triage::rematch::{self, Effect, Question};

/// Copies and reads a list file without importing it.
///
/// # Errors
/// As [`take::take`] and [`import::prepare`].
pub fn prepare(core: &Core, source: &Path, choices: &Choices, hear: &Hear<'_>) -> Result<Prepared> {
    prepare_taken(core, take::take(&core.home, source)?, choices, hear)
}

/// Reads a copy again, with other answers.
///
/// # Errors
/// As [`import::prepare`].
pub fn prepare_taken(core: &Core, taken: Taken, choices: &Choices, hear: &Hear<'_>) -> Result<Prepared> {
    import::prepare(&reading(core, hear), taken, choices)
}

pub(super) fn reading<'a>(core: &'a Core, hear: &'a Hear<'a>) -> Reading<'a> {
    Reading::new(&core.store, &core.home, core.clock.now_ms(), hear)
}

/// What a prepared list would match among the contents checked so far that does not rest on it today.
///
/// # Errors
/// The store's own.
pub fn effect(core: &Core, prepared: &Prepared) -> Result<Effect> {
    let news = prepared.news()?;
    let question = Question { news: &news, threshold: prepared.threshold() };
    effect_of(core, &question, &prepared.candidate()?, prepared.next_version_of.as_ref().map(|list| list.id))
}

/// What a list with these news would match among the contents checked so far that does not rest on `list` today.
///
/// # Errors
/// The store's own.
pub(super) fn effect_of(core: &Core, question: &Question<'_>, candidate: &ActiveLists, list: Option<ListId>) -> Result<Effect> {
    let touched = rematching::ask_all(core, question)?;
    rematch::would_match(&core.store, candidate, list, &touched, core.clock.now_ms())
}

/// How many past decisions rest on entries that a prepared version takes back.
///
/// # Errors
/// The store's own.
pub fn decisions_affected(core: &Core, prepared: &Prepared) -> Result<u64> {
    let Some(list) = &prepared.next_version_of else { return Ok(0) };
    core.store.read(|connection| cases::decided_on(connection, list.id, &prepared.difference.withdrawn))
}

/// The guard against a list that would suddenly match an improbable share of what is here.
pub fn shock(prepared: &Prepared, effect: &Effect) -> Option<Guard> {
    if prepared.import.polarity == Polarity::Ignore { None } else { hashlist::shock(effect.now_matching, effect.contents) }
}

/// Imports a prepared list and compares everything that is stored with what changed. Gives how many cases were opened or changed.
///
/// # Errors
/// As [`version::commit`], and [`crate::Code::Guard`] for list shock; an interrupted comparison goes on by itself.
pub fn commit(core: &Arc<Core>, mut prepared: Prepared, anyway: bool) -> Result<(Imported, u64)> {
    if !anyway && prepared.import.polarity == Polarity::Alert {
        let effect = effect(core, &prepared)?;
        prepared.guards.extend(shock(&prepared, &effect));
    }
    commit_telling(core, prepared, anyway, &mut |_, _| true)
}

/// As [`commit`], for a list whose shock was looked for already. `progress` hears of the comparison, as in [`rematching::all`].
///
/// # Errors
/// As [`commit`].
pub fn commit_telling(
    core: &Arc<Core>,
    prepared: Prepared,
    anyway: bool,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<(Imported, u64)> {
    let (imported, cases) = compared_telling(core, progress, || version::commit(&core.store, &core.home, prepared, anyway))?;
    version::forget_old(&core.store, &core.home, imported.list.id)?;
    Ok((imported, cases))
}

/// Does something that switches a list, compares what is stored, and gives how many cases that changed.
///
/// # Errors
/// Those of `switch`, or the store's own.
pub(super) fn compared<T>(core: &Arc<Core>, switch: impl FnOnce() -> Result<T>) -> Result<(T, u64)> {
    compared_telling(core, &mut |_, _| true, switch)
}

fn compared_telling<T>(
    core: &Arc<Core>,
    progress: &mut dyn FnMut(u64, u64) -> bool,
    switch: impl FnOnce() -> Result<T>,
) -> Result<(T, u64)> {
    let before = core.store.read(switches::generation)?;
    let done = switch()?;
    rematching::all(core, progress)?;
    Ok((done, core.store.read(|connection| switches::cases_since(connection, before))?))
}

/// What a version of a list says otherwise than the one before it; `None` for the first, and where an index cannot be read any more.
///
/// # Errors
/// The store's own.
pub fn difference_before(core: &Core, list: ListId, seq: u64) -> Result<Option<Difference>> {
    let versions = core.store.read(|connection| lists::versions(connection, list))?;
    let before = versions.iter().map(|version| version.seq).filter(|other| *other < seq).max();
    Ok(before.and_then(|before| version::difference(&core.home, list, before, seq)))
}

/// What making another version the one that answers would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Going {
    /// Against the version in use; `None` where an index cannot be read any more.
    pub difference: Option<Difference>,
    /// Undecided cases that no list would name any more.
    pub unnamed: u64,
    /// Past decisions that rest on entries that would be gone.
    pub decisions_affected: u64,
}

/// What [`roll_back`] would do.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version, or the store's own.
pub fn going(core: &Core, list: ListId, seq: u64) -> Result<Going> {
    let active = core.store.read(|connection| {
        lists::version(connection, list, seq)?;
        Ok(lists::get(connection, list)?.active_seq)
    })?;
    let Some(difference) = version::difference(&core.home, list, active, seq) else { return Ok(Going::default()) };
    core.store.read(move |connection| {
        let unnamed = cases::open_only_on(connection, list, &difference.withdrawn)?;
        let decisions_affected = cases::decided_on(connection, list, &difference.withdrawn)?;
        Ok(Going { difference: Some(difference), unnamed, decisions_affected })
    })
}

/// Makes another version of a list the one that answers. Gives how many cases changed.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version, [`Code::Refused`] for one whose files are not kept any more.
pub fn roll_back(core: &Arc<Core>, list: ListId, seq: u64) -> Result<u64> {
    core.store.read(|connection| lists::version(connection, list, seq))?;
    if !version::is_kept(&core.home, list, seq) {
        return Err(Error::refused(Code::Refused, format!("Version {seq} of this list is not kept any more. Nothing was changed.")));
    }
    let switch = || {
        core.store.write(move |tx| {
            lists::roll_back(tx, list, seq)?;
            subscriptions::forget_validators(tx, list)
        })
    };
    compared(core, switch).map(|((), cases)| cases)
}

/// Takes a list out of use, and ends what it was loaded from: nothing of its entries, its secrets and of a cut download stays here, only the record of what
/// it found. Gives how many cases changed.
///
/// # Errors
/// The store's own.
pub fn remove(core: &Arc<Core>, list: ListId) -> Result<u64> {
    let source = core.store.read(|connection| subscriptions::of_list(connection, list))?.map(|source| source.id);
    let switch = || {
        core.store.write(move |tx| {
            lists::remove(tx, list)?;
            source.map_or(Ok(()), |source| subscriptions::remove(tx, source))
        })?;
        if let Some(source) = source {
            super::sources::forget_files(core, source);
        }
        Ok(())
    };
    let ((), cases) = compared(core, switch)?;
    version::forget_all(&core.home, list);
    Ok(cases)
}

/// Longest name of who gave a list, in characters.
const LONGEST_GIVER: usize = 200;
/// Longest terms of a list, in characters.
const LONGEST_TERMS: usize = 4_000;

/// Writes down who gave a list, on what terms, and when these are to be looked at again.
///
/// # Errors
/// [`Code::BadArgument`] for longer texts, [`Error::NotFound`].
pub fn set_handling(core: &Core, list: ListId, handling: Handling) -> Result<()> {
    let Handling { given_by, terms, review_at } = handling;
    // One paragraph each: what a line break would say is not worth a text that looks different in each place.
    let paragraph = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let handling = Handling { given_by: paragraph(&given_by), terms: paragraph(&terms), review_at };
    let is_long = handling.given_by.chars().count() > LONGEST_GIVER || handling.terms.chars().count() > LONGEST_TERMS;
    if is_long {
        let text = format!("Who gave a list has at most {LONGEST_GIVER} characters, its terms {LONGEST_TERMS}. Nothing was changed.");
        return Err(Error::refused(Code::BadArgument, text));
    }
    core.store.write(move |tx| {
        lists::get(tx, list)?;
        list_handling::set(tx, list, &handling)
    })
}

/// A list by its name or its number.
///
/// # Errors
/// [`Error::NotFound`].
pub fn by_name(core: &Core, name: &str) -> Result<ListRow> {
    let all = core.store.read(lists::all)?;
    let found = all.iter().find(|list| list.name == name).or_else(|| all.iter().find(|list| list.id.to_string() == name));
    found.cloned().ok_or_else(|| Error::NotFound { what: "list", name: Shown::of_text(name).elided() })
}
