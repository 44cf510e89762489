//! Decisions and actions as the command line and the window ask for them.

use std::sync::Arc;

use super::core::{Core, Event};
use crate::error::{Code, Error, Result};
use crate::model::{Ability, BatchId, CaseId, DecisionKind, FileOutcome};
use crate::store::decisions::{self, BatchRow, BatchState};
use crate::store::{cases, persons, settings};
use crate::triage::put_back::{self, Wish};
use crate::triage::{act, decide, floods};

/// How long after its end a take-down of practice files is put back by undo, in milliseconds.
const PRACTICE_UNDO_MS: i64 = 600_000;

/// For how long after a decision its undo can be taken back, in milliseconds: an hour, so that no key brings back what nobody remembers.
const REDO_MS: i64 = 3_600_000;

/// Carries out what is planned, under the act lock.
///
/// # Errors
/// [`Code::Busy`] if another process acts for longer than ten seconds, or the store's own; the plan stays.
pub(super) fn act(core: &Arc<Core>) -> Result<()> {
    acted(core).map(drop)
}

pub(super) fn acted(core: &Arc<Core>) -> Result<Vec<(CaseId, FileOutcome)>> {
    let has_moves = !core.store.read(crate::store::actions::unfinished)?.is_empty();
    if !has_moves && core.store.read(crate::store::vault::leaving)?.is_empty() {
        return Ok(Vec::new());
    }
    let _lock = core.home.lock_act()?;
    let outcomes = act::run(&core.store, &core.vault)?;
    let mut told: Vec<CaseId> = outcomes.iter().map(|(case, _)| *case).collect();
    told.dedup();
    told.into_iter().for_each(|case| core.tell(Event::Acted { case }));
    Ok(outcomes)
}

/// What undo, or redo, came to.
#[derive(Clone, Debug)]
pub struct Undone {
    /// The batch.
    pub batch: BatchRow,
    /// Its cases.
    pub cases: Vec<CaseId>,
}

/// Decides cases as one batch; see [`decide::decide`].
///
/// # Errors
/// As there.
pub fn decide(core: &Arc<Core>, request: decide::Request) -> Result<BatchRow> {
    let cases = request.cases.clone();
    let batch = core.store.write(move |tx| decide::decide(tx, &request))?;
    cases.into_iter().for_each(|case| core.tell(Event::Case { case, file: None }));
    Ok(batch)
}

/// Opens every case of a flood for itself, and gives how many there are.
///
/// # Errors
/// As [`floods::open_singles`].
pub fn open_singles(core: &Arc<Core>, case: CaseId) -> Result<u64> {
    let opened = core.store.write(move |tx| floods::open_singles(tx, case))?;
    opened.iter().for_each(|case| core.tell(Event::Case { case: *case, file: None }));
    Ok(opened.len() as u64)
}

/// Makes a draft count now, and acts.
///
/// # Errors
/// As [`decide::finalise`] and [`act`].
pub fn finish_now(core: &Arc<Core>, batch: BatchId) -> Result<Vec<FileOutcome>> {
    core.store.write(move |tx| {
        persons::require(tx, Ability::Decide)?;
        decide::finalise(tx, batch).map(drop)
    })?;
    let cases: Vec<CaseId> = core.store.read(|connection| decisions::cases(connection, batch))?.into_iter().map(|(case, _)| case).collect();
    let outcomes = acted(core)?.into_iter().filter(|(case, _)| cases.contains(case)).map(|(_, outcome)| outcome).collect();
    cases.into_iter().for_each(|case| core.tell(Event::Case { case, file: None }));
    Ok(outcomes)
}

/// Takes back a batch, or the last one that can be taken back. `None` if there is nothing to undo.
///
/// A take-down that has happened is not undone by the same key, which could be pressed once too often: its files are put back by name. Only
/// practice files come back at once.
///
/// # Errors
/// [`Code::TooLate`] if the last batch has happened already.
pub fn undo(core: &Arc<Core>, batch: Option<BatchId>) -> Result<Option<Undone>> {
    let since = core.clock.now_ms() - core.store.read(settings::undo_seconds)? * 1000;
    let batch = match batch {
        Some(batch) => Some(batch),
        None => core.store.read(|connection| decisions::last_undoable(connection, since))?.map(|row| row.id),
    };
    let Some(batch) = batch else { return practice_put_back(core) };
    let (batch, cases) = core.store.write(move |tx| decide::undo(tx, batch))?;
    cases.iter().for_each(|case| core.tell(Event::Case { case: *case, file: None }));
    Ok(Some(Undone { batch, cases }))
}

/// Takes an undo back: of this case, or the last one. `None` if there is nothing to redo.
///
/// # Errors
/// As [`decide::redo`].
pub fn redo(core: &Arc<Core>, case: Option<CaseId>) -> Result<Option<Undone>> {
    let since = core.clock.now_ms() - REDO_MS;
    let Some(batch) = core.store.read(|connection| decisions::last_undone(connection, case, since))? else { return Ok(None) };
    let (batch, cases) = core.store.write(move |tx| decide::redo(tx, batch.id))?;
    cases.iter().for_each(|case| core.tell(Event::Case { case: *case, file: None }));
    Ok(Some(Undone { batch, cases }))
}

fn practice_put_back(core: &Arc<Core>) -> Result<Option<Undone>> {
    let since = core.clock.now_ms() - PRACTICE_UNDO_MS;
    let Some(batch) = core.store.read(|connection| decisions::last_final(connection, since))? else { return Ok(None) };
    let cases: Vec<CaseId> =
        core.store.read(|connection| decisions::cases(connection, batch.id))?.into_iter().map(|(case, _)| case).collect();
    let rows = core.store.read(|connection| cases.iter().map(|case| cases::get(connection, *case)).collect::<Result<Vec<_>>>())?;
    let is_down = rows.iter().all(|row| row.decision == Some(DecisionKind::TakeDown));
    if batch.state != BatchState::Final || batch.decision != DecisionKind::TakeDown || !is_down {
        return Ok(None);
    }
    if !rows.iter().all(|row| row.practice) {
        return Err(Error::refused(Code::TooLate, "The files were moved already. Put them back from the case."));
    }
    for case in &cases {
        let outcomes = put_back(core, *case, Wish::default())?;
        if outcomes.iter().any(|outcome| outcome.failed.is_some()) {
            return Err(Error::refused(Code::TooLate, "Not every file could be put back. The case says why."));
        }
    }
    let row = batch.clone();
    let cases = core.store.write(move |tx| decide::take_back(tx, &row))?;
    cases.iter().for_each(|case| core.tell(Event::Case { case: *case, file: None }));
    Ok(Some(Undone { batch, cases }))
}

/// Puts every held or sealed file of a case back to its path.
///
/// # Errors
/// As [`put_back::plan`]; [`Code::KeyLocked`]; [`Code::Busy`].
pub fn put_back(core: &Arc<Core>, case: CaseId, wish: Wish) -> Result<Vec<FileOutcome>> {
    super::vaulting::need_open(core, case)?;
    core.store.write(move |tx| put_back::plan(tx, case, &wish).map(drop))?;
    let outcomes = acted(core)?.into_iter().filter(|(of, _)| *of == case).map(|(_, outcome)| outcome).collect();
    core.tell(Event::Case { case, file: None });
    Ok(outcomes)
}

/// Carries out a final decision that is still waiting to be acted on, or a draft of this case at once.
///
/// # Errors
/// [`Code::Refused`] if the case has no take-down.
pub fn act_on(core: &Arc<Core>, case: CaseId) -> Result<Vec<FileOutcome>> {
    if let Some(draft) = core.store.read(|connection| decisions::draft_of(connection, case))? {
        return finish_now(core, draft.id);
    }
    let row = core.store.read(|connection| cases::get(connection, case))?;
    if row.decision != Some(DecisionKind::TakeDown) {
        return Err(Error::refused(
            Code::Refused,
            format!("Case {case} has no take-down. Decide first: gatehouse decide {case} take-down."),
        ));
    }
    Ok(acted(core)?.into_iter().filter(|(of, _)| *of == case).map(|(_, outcome)| outcome).collect())
}
