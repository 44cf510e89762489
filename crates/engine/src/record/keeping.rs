//! What a report, and the operator's answer about keeping the file itself, mean for the hold of a case.
//!
//! In some countries keeping such a file, even as evidence, can be a crime; in others it is asked for. Nobody here knows which: the operator asks,
//! and until there is an answer the file stays sealed.

use serde_json::json;

use super::clocks::{self, Start};
use super::profile::{self, Profile};
use super::when;
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ClockKind, Hold, HoldReason, Sure, wire_enum};
use crate::store::{Connection, Tx, cases, holds, ledger, vault};
use crate::triage::decide::is_strict;
use crate::triage::vault::purge::{self, Yes};

/// How long until the question is asked again, in milliseconds: a day.
const ASK_AGAIN_MS: i64 = 86_400_000;

wire_enum!(
    /// What the operator says about keeping the file itself.
    KeepAnswer {
        /// It stays sealed.
        Keep = "keep",
        /// It may not be kept here: only the facts stay.
        FactsOnly = "facts_only",
        /// Somebody was asked; the question comes again in a day.
        Later = "later",
    }
);

/// Holds a case for as long as its report asks for: the longest of the profiles, by the calendar, from the day of the report. A hold that a
/// person set for longer, or without an end, stays. Gives the end, if this set one.
///
/// # Errors
/// The store's own.
pub fn hold_after_report(tx: &Tx<'_>, case: CaseId, filed_at: i64, profiles: &[Profile]) -> Result<Option<i64>> {
    let shipped;
    let known = match profiles {
        [] => {
            shipped = profile::shipped()?;
            shipped.as_slice()
        }
        chosen => chosen,
    };
    let harm = cases::get(tx, case)?.harm;
    let Some((name, rule)) = profile::longest_hold(known, harm).filter(|(_, rule)| rule.starts == "report") else { return Ok(None) };
    let until = rule.length.after(filed_at);
    let doubt = if rule.sure == Sure::Verify { ", not verified" } else { "" };
    let basis = format!("{} (profile {name}{doubt}); reported {}", rule.source, when::day(filed_at));
    match holds::of_case(tx, case)? {
        None => holds::set(tx, case, HoldReason::Report, &basis, Some(until))?,
        Some(hold) if waits_for_report(&hold) || hold.ends_at.is_some_and(|end| end < until) => {
            holds::change(tx, &hold, Some(until), &basis)?
        }
        Some(_) => return Ok(None),
    }
    Ok(Some(until))
}

/// The hold without an end that a take-down sets by itself, and that nobody has moved since.
fn waits_for_report(hold: &Hold) -> bool {
    hold.reason == HoldReason::Report && hold.ends_at.is_none() && hold.extended_by.as_array().is_none_or(Vec::is_empty)
}

/// Whether the question about keeping the file is open for a case: a strict harm, sealed here, not answered for good.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn is_asked(connection: &Connection, case: CaseId) -> Result<bool> {
    let row = cases::get(connection, case)?;
    if !is_strict(row.harm) || row.practice || vault::sealed_of(connection, case)?.is_empty() {
        return Ok(false);
    }
    let answers = ledger::of_case(connection, case)?;
    Ok(!answers.iter().any(|row| row.verb == "evidence_answered" && row.body["answer"] != KeepAnswer::Later.as_str()))
}

/// Takes the answer. With "facts only" the bytes are taken out of the hold and are to be removed with a certificate, and a hold on the facts takes
/// its place; the caller carries the removal out.
///
/// # Errors
/// As [`purge::intend`] for "facts only"; [`Code::Refused`] for a case that is not of the most serious kind; [`Error::NotFound`].
pub fn answer(tx: &Tx<'_>, case: CaseId, answer: KeepAnswer, yes: &Yes) -> Result<()> {
    if !is_strict(cases::get(tx, case)?.harm) {
        return Err(Error::refused(Code::Refused, "This is asked for suspected child abuse material only. Nothing was changed."));
    }
    let body = json!({"answer": answer.as_str(), "note": yes.reason.trim()});
    match answer {
        KeepAnswer::Keep => {}
        KeepAnswer::Later => {
            let start = Start {
                case: Some(case),
                notice: None,
                kind: ClockKind::Reminder,
                received_at: tx.now,
                sender: None,
                reference: None,
                until: Some(tx.now + ASK_AGAIN_MS),
                title: Some("May the file be kept here? Ask your police or hotline".to_owned()),
                is_sure: true,
            };
            clocks::start(tx, &start, &[])?;
        }
        KeepAnswer::FactsOnly => facts_only(tx, case, yes)?,
    }
    ledger::append(tx, "evidence_answered", Some(case), body)
}

fn facts_only(tx: &Tx<'_>, case: CaseId, yes: &Yes) -> Result<()> {
    let before = holds::of_case(tx, case)?;
    if let Some(hold) = &before {
        holds::end(tx, hold, yes.reason.trim())?;
    }
    purge::intend(tx, case, &Yes { is_early: true, ..yes.clone() })?;
    let (reason, ends_at) = before.map_or((HoldReason::Report, None), |hold| (hold.reason, hold.ends_at));
    holds::set_facts_only(tx, case, reason, yes.reason.trim(), ends_at)
}
