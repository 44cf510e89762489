//! Hash lists: what they hold, their versions, back, removal.

use engine::Core;
use engine::engine::{listing, overview, sources, thresholds};
use engine::lists::version;
use engine::model::ListId;
use engine::store::list_handling::Handling;
use engine::store::lists as stored;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{
    EntryOff, FormatRow, ListDifference, ListEntry, ListGoing, ListRow, ListTerms, ListThreshold, ListVersion, ListVersionRow,
    ThresholdEffect,
};

/// Every list.
#[tauri::command(async)]
pub fn lists(shell: State<'_, Shell>) -> Answer<Vec<ListRow>> {
    let core = shell.core()?;
    let mut places = sources::views(&core)?;
    let mut row = |view: overview::ListView| {
        let at = places.iter().position(|place| place.subscription.list == Some(view.list.id));
        ListRow::new(view, at.map(|at| places.swap_remove(at)))
    };
    Ok(overview::list_views(&core)?.into_iter().map(&mut row).collect())
}

/// The formats that can be read.
#[tauri::command(async)]
pub fn list_formats(_shell: State<'_, Shell>) -> Answer<Vec<FormatRow>> {
    let formats = hashlist::Format::ALL.into_iter().filter(|format| *format != hashlist::Format::Practice);
    Ok(formats.map(|format| FormatRow { format: format.as_str().to_owned(), title: format.title().to_owned() }).collect())
}

/// The versions of a list, newest first.
#[tauri::command(async)]
pub fn list_versions(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<ListVersionRow>> {
    let id = ListId::new(arg);
    let core = shell.core()?;
    let (list, versions) = core.store.read(|connection| Ok((stored::get(connection, id)?, stored::versions(connection, id)?)))?;
    let row = |version: stored::VersionRow| {
        let is_kept = version::is_kept(&core.home, id, version.seq);
        ListVersionRow::new(version, list.active_seq, is_kept)
    };
    Ok(versions.into_iter().map(row).collect())
}

/// What a version says otherwise than the one before it.
#[tauri::command(async)]
pub fn list_difference(shell: State<'_, Shell>, arg: ListVersion) -> Answer<Option<ListDifference>> {
    let core = shell.core()?;
    Ok(listing::difference_before(&core, known(&core, arg.list)?, arg.seq)?.map(Into::into))
}

/// What making another version answer would do.
#[tauri::command(async)]
pub fn list_going(shell: State<'_, Shell>, arg: ListVersion) -> Answer<ListGoing> {
    let core = shell.core()?;
    Ok(listing::going(&core, known(&core, arg.list)?, arg.seq)?.into())
}

/// Makes another version answer.
#[tauri::command(async)]
pub fn list_roll_back(shell: State<'_, Shell>, arg: ListVersion) -> Answer<()> {
    let core = shell.core()?;
    listing::roll_back(&core, known(&core, arg.list)?, arg.seq)?;
    Ok(())
}

/// Takes a list out of use.
#[tauri::command(async)]
pub fn list_remove(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let core = shell.core()?;
    listing::remove(&core, known(&core, arg)?)?;
    Ok(())
}

/// What each limit of distance would come to here.
#[tauri::command(async)]
pub fn list_threshold(shell: State<'_, Shell>, arg: i64) -> Answer<ThresholdEffect> {
    let core = shell.core()?;
    Ok(thresholds::effect(&core, known(&core, arg)?)?.into())
}

/// Sets the largest distance that counts. Gives how many cases changed.
#[tauri::command(async)]
pub fn list_threshold_set(shell: State<'_, Shell>, arg: ListThreshold) -> Answer<u64> {
    let core = shell.core()?;
    Ok(thresholds::set(&core, known(&core, arg.list)?, arg.distance)?)
}

/// Writes down who gave a list, on what terms, and when these are to be looked at again.
#[tauri::command(async)]
pub fn list_terms_set(shell: State<'_, Shell>, arg: ListTerms) -> Answer<()> {
    bounds::text(&arg.given_by, bounds::LONGEST_REASON)?;
    bounds::text(&arg.terms, bounds::LONGEST_TERMS)?;
    let core = shell.core()?;
    let handling = Handling { given_by: arg.given_by, terms: arg.terms, review_at: arg.review };
    Ok(listing::set_handling(&core, known(&core, arg.list)?, handling)?)
}

/// The entries that a person switched off.
#[tauri::command(async)]
pub fn list_entries_off(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<EntryOff>> {
    let core = shell.core()?;
    Ok(thresholds::switched_off(&core, known(&core, arg)?)?.into_iter().map(Into::into).collect())
}

/// Lets such an entry raise cases again. Gives how many cases changed.
#[tauri::command(async)]
pub fn list_switch_on(shell: State<'_, Shell>, arg: ListEntry) -> Answer<u64> {
    let core = shell.core()?;
    Ok(thresholds::switch_on(&core, known(&core, arg.list)?, arg.entry)?)
}

/// A list that was not removed.
pub(super) fn known(core: &Core, id: i64) -> engine::Result<ListId> {
    let all = core.store.read(stored::all)?;
    let found = all.iter().find(|list| list.id.get() == id).map(|list| list.id);
    found.ok_or_else(|| engine::Error::NotFound { what: "list", name: id.to_string() })
}
