//! What is left to do on a server: when it is written, when it is proven, when it is told that it was not done.

use crate::error::{Code, Error, Result};
use crate::model::{Ability, ActionKind, CaseId, Place, Site, SiteId, SiteMode, TakeDown, UploadId};
use crate::store::todos::{self, TodoKind, TodoRow, TodoState};
use crate::store::{Connection, Tx, actions, cases, contents, persons, sites, uploads};
use std::collections::BTreeMap;

/// A file that was said to be gone from a server has to stay away this long, in milliseconds: a day, in which every sync runs.
const PROVEN_AFTER_MS: i64 = 24 * 3_600_000;

/// Plans a take-down: files that are moved become planned actions, the rest is written on to-dos. Gives the number of planned actions.
///
/// # Errors
/// The store's own.
pub fn plan(tx: &Tx<'_>, case: CaseId) -> Result<u64> {
    let mut planned = 0;
    let mut of_site: BTreeMap<SiteId, Vec<UploadId>> = BTreeMap::new();
    for content in cases::contents(tx, case)? {
        let sha256 = contents::get(tx, content)?.content.sha256;
        for upload in uploads::of_content(tx, content)?.iter().filter(|upload| upload.place == Place::Site) {
            let site = sites::get(tx, upload.file.site)?;
            of_site.entry(site.id).or_default().push(upload.id);
            if site.take_down == TakeDown::Move {
                actions::plan(tx, case, upload.id, ActionKind::Quarantine, &sha256)?;
                planned += 1;
            }
        }
    }
    for (site, files) in of_site {
        if let Some(kind) = kind_of(&sites::get(tx, site)?) {
            todos::put(tx, case, site, kind, &files)?;
        }
    }
    Ok(planned)
}

/// What a take-down leaves to do on a site, if anything.
pub fn kind_of(site: &Site) -> Option<TodoKind> {
    match (site.take_down, site.mode) {
        _ if site.practice => None,
        (TakeDown::Todo, _) => Some(TodoKind::Sheet),
        (TakeDown::Move, SiteMode::Copy) => Some(TodoKind::Copy),
        // Of a folder whose software is not known there is nothing to say.
        (TakeDown::Move, SiteMode::Live) => site.preset.is_some().then_some(TodoKind::Steps),
    }
}

/// A file of a case that was taken down is there again. Gives whether that only means what was known: its server still has it.
///
/// # Errors
/// The store's own.
pub fn explains_return(tx: &Tx<'_>, case: CaseId, site: SiteId) -> Result<bool> {
    let open = todos::of_case(tx, case)?
        .into_iter()
        .find(|todo| todo.site == site && todo.kind == TodoKind::Copy && todo.state == TodoState::Open);
    let Some(todo) = open else { return Ok(false) };
    todos::set_returned(tx, &todo)?;
    Ok(true)
}

/// Whether a decided case can be taken down again: its server brought files back.
///
/// # Errors
/// The store's own.
pub fn has_returned(connection: &Connection, case: CaseId) -> Result<bool> {
    let waiting = todos::of_case(connection, case)?;
    Ok(waiting.iter().any(|todo| todo.state == TodoState::Open && todo.returned_at.is_some()))
}

/// The operator says that it was done, or that nothing else is needed.
///
/// # Errors
/// [`Code::Refused`] if it is closed, or [`Error::NotFound`].
pub fn done(tx: &Tx<'_>, case: CaseId, todo: i64) -> Result<()> {
    persons::require(tx, Ability::Decide)?;
    let row = todos::get(tx, case, todo)?;
    match (row.state, row.kind) {
        (TodoState::Closed, _) => Err(Error::refused(Code::Refused, "This to-do is closed already.")),
        // Nothing here can see the site's own pages: the operator's word is all there is.
        (_, TodoKind::Steps) => todos::set_state(tx, &row, TodoState::Closed, "person"),
        (_, TodoKind::Copy | TodoKind::Sheet) => todos::set_state(tx, &row, TodoState::Done, "person"),
    }
}

/// Ticks a step. The last of `steps` closes a to-do that is nothing but steps.
///
/// # Errors
/// [`Code::BadArgument`] for a step that it does not have, [`Code::Refused`] if it is closed.
pub fn tick(tx: &Tx<'_>, case: CaseId, todo: i64, step: &str, on: bool, steps: &[String]) -> Result<()> {
    persons::require(tx, Ability::Decide)?;
    let row = todos::get(tx, case, todo)?;
    if row.state == TodoState::Closed {
        return Err(Error::refused(Code::Refused, "This to-do is closed already."));
    }
    if !steps.iter().any(|known| known == step) {
        let text = format!("There is no step of this name. Its steps are: {}", steps.join(", "));
        return Err(Error::refused(Code::BadArgument, text));
    }
    todos::tick(tx, &row, step, on)?;
    let ticked = todos::ticks(tx, row.id)?;
    let is_all = steps.iter().all(|step| ticked.iter().any(|tick| tick.step == *step));
    if is_all && row.kind == TodoKind::Steps {
        todos::set_state(tx, &row, TodoState::Closed, "all steps")?;
    }
    Ok(())
}

/// Closes what complete sweeps have proven. Gives the cases that changed.
///
/// # Errors
/// The store's own.
pub fn prove(tx: &Tx<'_>) -> Result<Vec<CaseId>> {
    let swept: BTreeMap<SiteId, i64> =
        sites::all(tx)?.into_iter().filter_map(|state| Some((state.site.id, state.sweep_started_at?))).collect();
    let mut changed = Vec::new();
    for todo in todos::waiting(tx)? {
        let Some(sweep) = swept.get(&todo.site) else { continue };
        if is_proven(&todo, *sweep) && todos::still_there(tx, todo.case, todo.site)? == 0 {
            todos::set_state(tx, &todo, TodoState::Closed, "not seen")?;
            changed.push(todo.case);
        }
    }
    Ok(changed)
}

fn is_proven(todo: &TodoRow, last_sweep: i64) -> bool {
    match (todo.kind, todo.done_at) {
        (TodoKind::Steps, _) | (TodoKind::Copy, None) => false,
        // Nothing was moved here: that the file is no longer there is the operator's doing.
        (TodoKind::Sheet, _) => last_sweep > todo.made_at,
        (TodoKind::Copy, Some(done_at)) => last_sweep >= done_at + PROVEN_AFTER_MS,
    }
}

/// Files were put back: nothing is left to do.
///
/// # Errors
/// The store's own.
pub fn withdraw(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    let waiting = todos::of_case(tx, case)?.into_iter().filter(|todo| todo.state != TodoState::Closed);
    waiting.into_iter().try_for_each(|todo| todos::set_state(tx, &todo, TodoState::Closed, "put back"))
}
