//! Holds on cases: set, lengthened, shortened with a reason, ended; and those that a take-down sets by itself.
//!
//! A hold forbids deleting for good, by any way ([`super::vault::purge`]). When its time is over nothing happens: a person decides.

use hashlist::Harm;

use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, Hold, HoldReason, months_after};
use crate::store::{Tx, cases, holds, persons, vault};

/// A reason for shortening or ending a hold has at least this many characters.
pub const SHORTEST_REASON: usize = 10;
/// Longest basis or reason, in characters.
pub const LONGEST_REASON: usize = 2_000;
/// Months that terrorist content is held.
const TVEC_MONTHS: i64 = 6;

/// What a person asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Until when, in milliseconds since 1970; `None`: no end.
    pub until: Option<i64>,
    /// Why: the ground of a new hold, the reason of a change.
    pub why: String,
    /// The kind of ground, for a new hold.
    pub reason: HoldReason,
}

/// Sets a hold, or moves its end.
///
/// # Errors
/// [`Code::BadArgument`] for an end that has passed, or a missing or short reason; [`Code::Refused`] if the case is being deleted;
/// [`Error::NotFound`]. Nothing was changed then.
pub fn set(tx: &Tx<'_>, case: CaseId, ask: &Ask) -> Result<Hold> {
    persons::require(tx, Ability::Decide)?;
    cases::get(tx, case)?;
    let why = ask.why.trim();
    if ask.until.is_some_and(|until| until <= tx.now) {
        return refused("The end of a hold lies in the future. To end one, say so.");
    }
    if why.is_empty() || why.chars().count() > LONGEST_REASON {
        return refused("A hold needs a reason, of at most 2,000 characters.");
    }
    if vault::leaving(tx)?.iter().any(|file| file.case == case) {
        return Err(Error::refused(Code::Refused, "This case is being deleted for good already."));
    }
    match holds::of_case(tx, case)? {
        None => holds::set(tx, case, ask.reason, why, ask.until)?,
        Some(before) => {
            check_shortening(&before, ask.until, why)?;
            holds::change(tx, &before, ask.until, why)?;
        }
    }
    holds::of_case(tx, case)?.ok_or_else(|| Error::NotFound { what: "hold", name: case.to_string() })
}

fn check_shortening(before: &Hold, until: Option<i64>, why: &str) -> Result<()> {
    let is_shorter = match (before.ends_at, until) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(until)) => until < before,
    };
    if is_shorter { check_reason(why) } else { Ok(()) }
}

fn check_reason(why: &str) -> Result<()> {
    match why.chars().count() {
        SHORTEST_REASON..=LONGEST_REASON => Ok(()),
        _ => refused("Shortening or ending a hold needs a reason of at least 10 characters. It goes into the record."),
    }
}

fn refused<T>(text: &str) -> Result<T> {
    Err(Error::refused(Code::BadArgument, format!("{text} Nothing was changed.")))
}

/// Ends the hold of a case.
///
/// # Errors
/// [`Code::Refused`] if it has none, [`Code::BadArgument`] without a reason.
pub fn end(tx: &Tx<'_>, case: CaseId, why: &str) -> Result<()> {
    persons::require(tx, Ability::Decide)?;
    let Some(hold) = holds::of_case(tx, case)? else {
        return Err(Error::refused(Code::Refused, format!("Case {case} has no hold. Nothing was changed.")));
    };
    check_reason(why.trim())?;
    holds::end(tx, &hold, why.trim())
}

/// The hold that a take-down sets where nobody set one: without an end for what may have to be reported, six months for terrorist content, none
/// for the others, which have the vault clock.
///
/// # Errors
/// The store's own.
pub fn hold_by_default(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    if holds::of_case(tx, case)?.is_some() {
        return Ok(());
    }
    match cases::get(tx, case)?.harm {
        Harm::Csam | Harm::Unknown => holds::set(tx, case, HoldReason::Report, "May have to be reported", None),
        Harm::Tvec => {
            holds::set(tx, case, HoldReason::OwnDecision, "Six months from the take-down", Some(months_after(tx.now, TVEC_MONTHS)))
        }
        Harm::Ncii | Harm::Malware | Harm::Local | Harm::Practice => Ok(()),
    }
}
