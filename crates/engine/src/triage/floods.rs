//! The flood guard: one entry that matches very many contents is probably wrong, or a picture of the site itself is on the list. Its cases wait as one.

use std::collections::BTreeMap;

use fingerprint::signal::SignalKind;
use hashlist::Harm;
use serde_json::json;

use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, CaseState, DecisionKind, ListId, Match, SecondLook};
use crate::store::cases::{self, CaseRow, Standing};
use crate::store::floods::{self, Flood, FloodEnd};
use crate::store::{Tx, ledger, persons};

/// Contents that one entry may match within [`WITHIN_MS`]; from this many on its cases wait as one. A re-upload wave of one picture in a few forms stays
/// below it; a wrong entry for a site's logo does not.
pub const MOST_CONTENTS: u64 = 20;
/// The time in which they are counted, in milliseconds: a day.
pub const WITHIN_MS: i64 = 24 * 3_600_000;

/// Looks at a case that has just opened: if all that it rests on are entries in flood, it waits. Begins a flood where this is one content too many.
/// Practice is never a flood. Gives the case that is there to be seen: this one, or the one behind which it waits.
///
/// # Errors
/// The store's own.
pub fn guard(tx: &Tx<'_>, case: CaseId, alerts: &[&Match]) -> Result<CaseId> {
    let mut first: Option<Flood> = None;
    let entries: BTreeMap<(ListId, &str, SignalKind), &&Match> =
        alerts.iter().map(|found| ((found.list, found.entry_key.as_str(), found.kind), found)).collect();
    for found in entries.into_values() {
        match flood_of(tx, found)? {
            None => return Ok(case),
            Some(flood) => first = first.or(Some(flood)),
        }
    }
    let Some(flood) = first else { return Ok(case) };
    // A flood that began just now holds it already.
    if flood.case != case && cases::get(tx, case)?.state != CaseState::Held {
        hold(tx, &flood, case)?;
    }
    Ok(flood.case)
}

/// The flood of an entry, begun now if it has to.
fn flood_of(tx: &Tx<'_>, found: &Match) -> Result<Option<Flood>> {
    if found.harm == Harm::Practice {
        return Ok(None);
    }
    let known = floods::of_entry(tx, found.list, &found.entry_key)?;
    match known.as_ref().map(|flood| flood.how) {
        Some(None) => return Ok(known),
        // Somebody looked and wants them one by one.
        Some(Some(FloodEnd::Singles)) => return Ok(None),
        Some(Some(FloodEnd::Withdrawn | FloodEnd::SwitchedOff)) | None => {}
    }
    let contents = floods::contents_since(tx, found.list, &found.entry_key, tx.now - WITHIN_MS)?;
    if contents < MOST_CONTENTS {
        return Ok(None);
    }
    begin(tx, found, contents)
}

fn begin(tx: &Tx<'_>, found: &Match, contents: u64) -> Result<Option<Flood>> {
    let waiting = floods::resting_alone(tx, found.list, &found.entry_key)?;
    let Some((leader, others)) = waiting.split_first() else { return Ok(None) };
    let id = floods::begin(tx, found, *leader, contents)?;
    let flood = Flood { id, list: found.list, entry_key: found.entry_key.clone(), case: *leader, how: None };
    let standing = cases::get(tx, *leader)?.standing();
    cases::set_standing(tx, *leader, Standing { second_look: Some(SecondLook::Flood), ..standing })?;
    others.iter().try_for_each(|case| hold(tx, &flood, *case))?;
    Ok(Some(flood))
}

fn hold(tx: &Tx<'_>, flood: &Flood, case: CaseId) -> Result<()> {
    let standing = cases::get(tx, case)?.standing();
    floods::hold(tx, flood.id, case)?;
    cases::set_standing(tx, case, Standing { state: CaseState::Held, ..standing })?;
    ledger::append(tx, "held", Some(case), json!({"behind": flood.case.get()}))
}

/// Whether one of these matches rests on an entry that is not in flood: then the case has a reason of its own to be seen.
///
/// # Errors
/// The store's own.
pub fn has_other_reason(tx: &Tx<'_>, alerts: &[&Match]) -> Result<bool> {
    for found in alerts {
        let flood = floods::of_entry(tx, found.list, &found.entry_key)?;
        if flood.is_none_or(|flood| flood.how.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Opens every case of a flood for itself. Gives them, the first one included.
///
/// # Errors
/// [`Code::Refused`] if the case stands for no flood, or [`Error::NotFound`].
pub fn open_singles(tx: &Tx<'_>, case: CaseId) -> Result<Vec<CaseId>> {
    persons::require(tx, Ability::Decide)?;
    let leader = cases::get(tx, case)?;
    let not_one = || Error::refused(Code::Refused, format!("Case {case} does not stand for others."));
    let flood = floods::led_by(tx, case)?.ok_or_else(not_one)?;
    if leader.state != CaseState::Open {
        return Err(Error::refused(Code::Refused, format!("Case {case} is not open. Undo its decision first.")));
    }
    floods::end(tx, &flood, FloodEnd::Singles)?;
    cases::set_standing(tx, case, Standing { second_look: None, ..leader.standing() })?;
    let mut opened = vec![case];
    for held in floods::held(tx, flood.id)? {
        let standing = cases::get(tx, held)?.standing();
        cases::set_standing(tx, held, Standing { state: CaseState::Open, ..standing })?;
        ledger::append(tx, "reopened", Some(held), json!({"cause": "singles"}))?;
        opened.push(held);
    }
    Ok(opened)
}

/// What a decision may not do to a flood: it is not taken down unseen as a whole, and not decided along with others.
///
/// # Errors
/// [`Code::Refused`], saying what to do instead.
pub fn check(tx: &Tx<'_>, decision: DecisionKind, cases: &[CaseRow]) -> Result<()> {
    for case in cases {
        if case.state == CaseState::Held {
            let leader = floods::leader_of(tx, case.id)?.map_or_else(String::new, |leader| format!(" behind case {leader}"));
            let text =
                format!("Case {} waits{leader}, which one entry raised for very many files. Open them as single cases first.", case.id);
            return Err(Error::refused(Code::Refused, text));
        }
        if floods::led_by(tx, case.id)?.is_none() {
            continue;
        }
        if decision == DecisionKind::TakeDown {
            let text = format!("Case {} stands for very many files that one entry matches. Open them as single cases first.", case.id);
            return Err(Error::refused(Code::Refused, text));
        }
        if cases.len() > 1 {
            let text = format!("Case {} stands for very many files. Decide it by itself.", case.id);
            return Err(Error::refused(Code::Refused, text));
        }
    }
    Ok(())
}

/// The cases that a decision on these covers: keeping a flood keeps all that wait behind it.
///
/// # Errors
/// The store's own.
pub fn covered(tx: &Tx<'_>, decision: DecisionKind, cases: Vec<CaseRow>) -> Result<Vec<CaseRow>> {
    let [leader] = cases.as_slice() else { return Ok(cases) };
    let Some(flood) = floods::led_by(tx, leader.id)?.filter(|_| decision == DecisionKind::Keep) else { return Ok(cases) };
    let held = floods::held(tx, flood.id)?;
    let held = held.into_iter().map(|case| cases::get(tx, case)).collect::<Result<Vec<_>>>()?;
    Ok(cases.into_iter().chain(held).collect())
}

/// A kept case became final: if it stood for a flood, the entry is switched off.
///
/// # Errors
/// The store's own.
pub fn kept(tx: &Tx<'_>, case: CaseId, note: Option<&str>) -> Result<()> {
    let Some(flood) = floods::led_by(tx, case)? else { return Ok(()) };
    floods::switch_off(tx, flood.list, &flood.entry_key, note.unwrap_or("Kept: one entry matched very many files."))?;
    floods::end(tx, &flood, FloodEnd::SwitchedOff)
}
