//! Decisions: a draft with a clock, undo, final; snooze and ask at once; back again when their time comes.

use serde_json::json;

use crate::error::{Code, Error, Result};
use crate::model::{Ability, BatchId, CaseId, CaseState, DecisionKind, SecondLook};
use crate::store::cases::{self, CaseRow, Standing};
use crate::store::decisions::{self, BatchRow, BatchState};
use crate::store::{Tx, actions, claims, ledger, persons, settings};
use hashlist::Harm;

use super::{floods, todos};

/// A note that explains why a protected case is kept is at least this long, in characters.
pub const SHORTEST_NOTE: usize = 10;
/// A note is at most this long, in characters.
pub const LONGEST_NOTE: usize = 2_000;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// An asked case returns after three days, a protected one after one.
const ASK_MS: i64 = 72 * HOUR_MS;
/// Longest snooze, and longest question, for child abuse material and for an unknown harm.
const STRICT_MS: i64 = 24 * HOUR_MS;

/// A snooze until a list updates ends after this time in any case, in milliseconds: 30 days, after which a list is out of date.
pub const LIST_MS: i64 = 30 * 24 * HOUR_MS;

/// What a person asks for with one key press.
#[derive(Clone, Debug)]
pub struct Request {
    /// Chosen by the asker: the same id twice decides once.
    pub request: String,
    /// Which cases.
    pub cases: Vec<CaseId>,
    /// What.
    pub decision: DecisionKind,
    /// With which note.
    pub note: Option<String>,
    /// For how long to snooze, in milliseconds.
    pub snooze_ms: Option<i64>,
    /// Snooze until a list changes that names the case, at most [`LIST_MS`].
    pub until_list: bool,
}

/// Whether the strict rules of child abuse material hold. An unknown harm is treated as the most serious (Inv. 5).
pub fn is_strict(harm: Harm) -> bool {
    matches!(harm, Harm::Csam | Harm::Unknown)
}

/// Decides cases as one batch.
///
/// # Errors
/// [`Code::NoteNeeded`], [`Code::BadArgument`], [`Code::Refused`] for a case that is decided already, [`Error::NotFound`]. Then nothing is decided.
pub fn decide(tx: &Tx<'_>, request: &Request) -> Result<BatchRow> {
    if let Some(before) = decisions::by_request(tx, &request.request)? {
        return Ok(before);
    }
    persons::require(tx, Ability::Decide)?;
    let cases: Vec<CaseRow> = request.cases.iter().map(|case| cases::get(tx, *case)).collect::<Result<_>>()?;
    check(tx, request, &cases)?;
    floods::check(tx, request.decision, &cases)?;
    let cases = floods::covered(tx, request.decision, cases)?;
    let (act_at, state) = match request.decision.is_drafted() {
        true => (tx.now + settings::undo_seconds(tx)? * 1000, BatchState::Draft),
        false => (tx.now, BatchState::Final),
    };
    let batch = decisions::insert(tx, &request.request, request.decision, request.note.as_deref(), act_at, state)?;
    for case in &cases {
        let before = leave_draft(tx, case)?;
        decisions::add_case(tx, batch, case.id, before)?;
        cases::set_standing(tx, case.id, decided(request, case, before, tx.now))?;
        let body = json!({"decision": request.decision.as_str(), "batch": batch.get(), "note": request.note});
        ledger::append(tx, "decided", Some(case.id), body)?;
    }
    crate::fault::point("drafted");
    claims::end(tx, &cases.iter().map(|case| case.id).collect::<Vec<_>>())?;
    decisions::get(tx, batch)
}

fn check(tx: &Tx<'_>, request: &Request, cases: &[CaseRow]) -> Result<()> {
    if cases.is_empty() {
        return Err(Error::refused(Code::BadArgument, "No case was named."));
    }
    let note_length = request.note.as_deref().map_or(0, |note| note.chars().count());
    if note_length > LONGEST_NOTE {
        return Err(Error::refused(Code::BadArgument, format!("A note has at most {LONGEST_NOTE} characters.")));
    }
    let strict = cases.iter().any(|case| is_strict(case.harm));
    if request.decision == DecisionKind::Keep && strict && (note_length < SHORTEST_NOTE || cases.len() > 1) {
        let text = format!("Keeping a case of a protected list needs a note of at least {SHORTEST_NOTE} characters, one case at a time.");
        return Err(Error::refused(Code::NoteNeeded, text));
    }
    if request.decision == DecisionKind::Snooze && strict && (request.until_list || request.snooze_ms.unwrap_or(0) > STRICT_MS) {
        return Err(Error::refused(Code::BadArgument, "A case of this kind can be snoozed for at most 24 hours."));
    }
    for case in cases.iter().filter(|case| matches!(case.state, CaseState::Decided | CaseState::Closed)) {
        // What its server brought back is taken down again in the same case.
        if request.decision != DecisionKind::TakeDown || !todos::has_returned(tx, case.id)? {
            let text = format!("Case {} is decided already. Reopen it or put its files back first.", case.id);
            return Err(Error::refused(Code::Refused, text));
        }
    }
    Ok(())
}

/// A case that was in another draft leaves it; what it was before that draft counts as before.
fn leave_draft(tx: &Tx<'_>, case: &CaseRow) -> Result<Standing> {
    let Some(draft) = decisions::draft_of(tx, case.id)? else { return Ok(case.standing()) };
    let before = decisions::cases(tx, draft.id)?.into_iter().find(|(id, _)| *id == case.id).and_then(|(_, before)| before);
    decisions::drop_case(tx, draft.id, case.id)?;
    if draft.cases <= 1 {
        decisions::set_state(tx, draft.id, BatchState::Undone)?;
    }
    Ok(before.unwrap_or_else(|| case.standing()))
}

fn decided(request: &Request, case: &CaseRow, before: Standing, now: i64) -> Standing {
    let strict = is_strict(case.harm);
    match request.decision {
        DecisionKind::TakeDown | DecisionKind::Keep => Standing { state: CaseState::Drafted, decision: Some(request.decision), ..before },
        DecisionKind::Ask => {
            let wait = if strict { STRICT_MS } else { ASK_MS };
            Standing {
                state: CaseState::Asked,
                back_at: Some(now + wait),
                second_look: None,
                decision: Some(DecisionKind::Ask),
                decided_at: Some(now),
                until_list: false,
            }
        }
        DecisionKind::Snooze => {
            let wait = if request.until_list { LIST_MS } else { request.snooze_ms.unwrap_or(4 * HOUR_MS) };
            Standing { state: CaseState::Snoozed, back_at: Some(now + wait), second_look: None, until_list: request.until_list, ..before }
        }
    }
}

/// Takes a batch back: every case is exactly what it was before.
///
/// # Errors
/// [`Code::TooLate`] if it counts already, or [`Error::NotFound`].
pub fn undo(tx: &Tx<'_>, batch: BatchId) -> Result<(BatchRow, Vec<CaseId>)> {
    persons::require(tx, Ability::Decide)?;
    let row = decisions::get(tx, batch)?;
    match (row.state, row.decision) {
        (BatchState::Draft, _) | (BatchState::Final, DecisionKind::Ask | DecisionKind::Snooze) => {}
        (BatchState::Undone, _) => return Err(Error::refused(Code::Refused, "This decision was undone already.")),
        (BatchState::Final, _) => return Err(Error::refused(Code::TooLate, "It has happened already. Put the files back instead.")),
    }
    let restored = take_back(tx, &row)?;
    Ok((row, restored))
}

/// Gives every case of a batch the standing that it had before. Files are not this function's business: those of a take-down that has happened
/// are back already when it is called.
///
/// # Errors
/// The store's own.
pub fn take_back(tx: &Tx<'_>, row: &BatchRow) -> Result<Vec<CaseId>> {
    let mut restored = Vec::new();
    for (case, before) in decisions::cases(tx, row.id)? {
        let Some(before) = before else { continue };
        decisions::set_other(tx, row.id, case, cases::get(tx, case)?.standing())?;
        cases::set_standing(tx, case, before)?;
        ledger::append(tx, "undone", Some(case), json!({"decision": row.decision.as_str(), "batch": row.id.get()}))?;
        restored.push(case);
    }
    decisions::set_state(tx, row.id, BatchState::Undone)?;
    Ok(restored)
}

/// Takes an undo back: the cases of a batch are again what they were by it, and a draft has its full time. Cases that something else became of
/// meanwhile stay as they are and leave the batch.
///
/// # Errors
/// [`Code::Refused`] if it was not undone, or none of its cases can follow, or [`Error::NotFound`].
pub fn redo(tx: &Tx<'_>, batch: BatchId) -> Result<(BatchRow, Vec<CaseId>)> {
    persons::require(tx, Ability::Decide)?;
    let row = decisions::get(tx, batch)?;
    if row.state != BatchState::Undone {
        return Err(Error::refused(Code::Refused, "This decision was not undone."));
    }
    let mut again = Vec::new();
    for (case, by_it) in decisions::cases(tx, batch)? {
        let now = cases::get(tx, case)?.standing();
        let is_over = by_it.is_none_or(|by_it| by_it.back_at.is_some_and(|at| at <= tx.now));
        let Some(by_it) = by_it.filter(|_| !is_over && matches!(now.state, CaseState::Open | CaseState::Asked | CaseState::Snoozed)) else {
            decisions::drop_case(tx, batch, case)?;
            continue;
        };
        decisions::set_other(tx, batch, case, now)?;
        cases::set_standing(tx, case, by_it)?;
        let body = json!({"decision": row.decision.as_str(), "batch": batch.get(), "note": row.note, "again": true});
        ledger::append(tx, "decided", Some(case), body)?;
        again.push(case);
    }
    if again.is_empty() {
        return Err(Error::refused(Code::Refused, "These cases have changed since. Decide them anew."));
    }
    let (act_at, state) = match row.decision.is_drafted() {
        true => (tx.now + settings::undo_seconds(tx)? * 1000, BatchState::Draft),
        false => (tx.now, BatchState::Final),
    };
    decisions::stand_again(tx, batch, state, act_at)?;
    claims::end(tx, &again)?;
    Ok((decisions::get(tx, batch)?, again))
}

/// Makes a draft count. A take-down becomes planned actions in the same transaction, so that a crash cannot come between.
///
/// # Errors
/// [`Code::Refused`] if the batch is no draft, or [`Error::NotFound`].
pub fn finalise(tx: &Tx<'_>, batch: BatchId) -> Result<BatchRow> {
    let row = decisions::get(tx, batch)?;
    if row.state != BatchState::Draft {
        return Err(Error::refused(Code::Refused, "This decision is not waiting."));
    }
    // Whoever sits here when the clock ends did not decide it.
    let tx = &tx.in_name_of(&row.person);
    decisions::set_state(tx, batch, BatchState::Final)?;
    for (case, _) in decisions::cases(tx, batch)? {
        let standing = cases::get(tx, case)?.standing();
        let to = Standing {
            state: CaseState::Decided,
            back_at: None,
            second_look: None,
            decision: Some(row.decision),
            decided_at: Some(tx.now),
            until_list: false,
        };
        if standing.state == CaseState::Drafted {
            cases::set_standing(tx, case, to)?;
        }
        ledger::append(tx, "final", Some(case), json!({"decision": row.decision.as_str(), "batch": batch.get()}))?;
        if row.decision == DecisionKind::TakeDown {
            plan_take_down(tx, case)?;
        } else {
            floods::kept(tx, case, row.note.as_deref())?;
        }
    }
    crate::fault::point("finalised");
    Ok(row.clone())
}

fn plan_take_down(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    let files = todos::plan(tx, case)?;
    ledger::append(tx, "planned", Some(case), json!({"action": "quarantine", "files": files}))
}

/// Whether [`reopen`] would open this case.
pub fn may_reopen(case: &CaseRow) -> bool {
    match case.state {
        CaseState::Snoozed | CaseState::Asked => true,
        CaseState::Decided | CaseState::Closed => case.decision != Some(DecisionKind::TakeDown),
        CaseState::Open | CaseState::Drafted | CaseState::Held => false,
    }
}

/// Opens a kept, asked or snoozed case again.
///
/// # Errors
/// [`Code::Refused`] for a case that was taken down (put its files back instead) or is open, or [`Error::NotFound`].
pub fn reopen(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    persons::require(tx, Ability::Decide)?;
    let row = cases::get(tx, case)?;
    // A take-down that moved nothing is a sheet of paper: it can be taken back.
    let is_paper =
        row.state == CaseState::Decided && row.decision == Some(DecisionKind::TakeDown) && actions::of_case(tx, case)?.is_empty();
    if is_paper {
        todos::withdraw(tx, case)?;
    } else if !may_reopen(&row) {
        return Err(Error::refused(
            Code::Refused,
            "Only a kept, asked or snoozed case can be reopened. Files taken down are put back instead.",
        ));
    }
    cases::set_standing(tx, case, Standing::reopened())?;
    ledger::append(tx, "reopened", Some(case), json!({"cause": "person"}))
}

/// Brings back the snoozed and asked cases whose time has come.
///
/// # Errors
/// The store's own.
pub fn wake(tx: &Tx<'_>) -> Result<Vec<CaseId>> {
    let due = cases::due_back(tx, tx.now)?;
    for case in &due {
        let to = Standing {
            state: CaseState::Open,
            back_at: None,
            second_look: Some(SecondLook::SnoozeEnded),
            until_list: false,
            ..case.standing()
        };
        cases::set_standing(tx, case.id, to)?;
        ledger::append(tx, "reopened", Some(case.id), json!({"cause": "time"}))?;
    }
    Ok(due.into_iter().map(|case| case.id).collect())
}
