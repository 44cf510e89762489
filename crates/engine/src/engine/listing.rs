//! Lists as the command line and the window ask for them: import, effect, re-match, back, removal.

use std::path::Path;
use std::sync::Arc;

use hashlist::{Guard, Polarity};

use super::core::{Core, Event};
use crate::error::{Error, Result};
use crate::lists::import::{self, Choices, Prepared};
use crate::lists::take::{self, Taken};
use crate::lists::version::{self, Imported};
use crate::model::{CaseId, ListId, Shown};
use crate::store::cases;
use crate::store::lists::{self, ListRow};
use crate::store::subscriptions;
use crate::triage::rematch::{self, Effect};

/// Copies and reads a list file without importing it.
///
/// # Errors
/// As [`take::take`] and [`import::prepare`].
pub fn prepare(core: &Core, source: &Path, choices: &Choices) -> Result<Prepared> {
    prepare_taken(core, take::take(&core.home, source)?, choices)
}

/// Reads a copy again, with other answers.
///
/// # Errors
/// As [`import::prepare`].
pub fn prepare_taken(core: &Core, taken: Taken, choices: &Choices) -> Result<Prepared> {
    import::prepare(&core.store, &core.home, taken, choices, core.clock.now_ms())
}

/// What a prepared list would match among the contents checked so far.
///
/// # Errors
/// The store's own.
pub fn effect(core: &Core, prepared: &Prepared) -> Result<Effect> {
    let candidate = prepared.candidate(core.lists().generation)?;
    rematch::would_match(&core.store, &candidate, core.clock.now_ms())
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
fn shock(core: &Core, prepared: &Prepared) -> Result<Option<Guard>> {
    if prepared.import.polarity == Polarity::Ignore {
        return Ok(None);
    }
    let effect = effect(core, prepared)?;
    let known = match &prepared.next_version_of {
        Some(list) => core.store.read(|connection| cases::contents_on(connection, list.id))?,
        None => 0,
    };
    Ok(hashlist::shock(effect.now_matching.saturating_sub(known), effect.contents))
}

/// Imports a prepared list and matches everything that is stored again.
///
/// # Errors
/// As [`version::commit`], and [`crate::Code::Guard`] for list shock; an interrupted re-match goes on by itself.
pub fn commit(core: &Arc<Core>, mut prepared: Prepared, anyway: bool) -> Result<(Imported, Vec<CaseId>)> {
    if !anyway {
        prepared.guards.extend(shock(core, &prepared)?);
    }
    let imported = version::commit(&core.store, &core.home, prepared, anyway)?;
    let cases = rematch_all(core, &mut |_, _| true)?;
    Ok((imported, cases))
}

/// Matches every stored content against the lists as they are now. `progress` gets (done, all) and says whether to go on; what is left is done
/// by whoever watches next.
///
/// # Errors
/// The store's own.
pub fn rematch_all(core: &Arc<Core>, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Vec<CaseId>> {
    let mut cases = Vec::new();
    let mut done = 0;
    loop {
        let active = core.refresh_lists()?;
        let (_, left) = core.store.read(|connection| crate::store::contents::count_matched_before(connection, active.generation))?;
        if left == 0 || !progress(done, done + left) {
            break;
        }
        let step = rematch::step(&core.store, &active, core.clock.now_ms())?;
        done += step.contents;
        for case in step.cases {
            core.tell(Event::Case { case, file: None });
            cases.push(case);
        }
    }
    cases.sort_unstable();
    cases.dedup();
    Ok(cases)
}

/// Makes another version of a list the one that answers.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version.
pub fn roll_back(core: &Arc<Core>, list: ListId, seq: u64) -> Result<Vec<CaseId>> {
    core.store.write(move |tx| {
        lists::roll_back(tx, list, seq)?;
        subscriptions::forget_validators(tx, list)
    })?;
    rematch_all(core, &mut |_, _| true)
}

/// Takes a list out of use, and ends what it was loaded from: nothing of its secrets and of a cut download stays.
///
/// # Errors
/// The store's own.
pub fn remove(core: &Arc<Core>, list: ListId) -> Result<Vec<CaseId>> {
    let source = core.store.read(|connection| subscriptions::of_list(connection, list))?.map(|source| source.id);
    core.store.write(move |tx| {
        lists::remove(tx, list)?;
        source.map_or(Ok(()), |source| subscriptions::remove(tx, source))
    })?;
    if let Some(source) = source {
        super::sources::forget_files(core, source);
    }
    rematch_all(core, &mut |_, _| true)
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
