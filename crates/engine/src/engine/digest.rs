//! What is worth a notification: cases that wait, faults, holds that end. Pure: the time and the state of the window are arguments.
//!
//! What may not be told now (the window has the focus, it is quiet, the person stopped for today) is not lost: it is told later if it is still true.

use std::collections::{BTreeMap, BTreeSet};

use crate::lists::download::schedule::QuietHours;

#[cfg(test)]
mod tests;

/// Milliseconds between two digests of cases.
pub const DIGEST_MS: i64 = 15 * 60_000;
/// Milliseconds between two tellings of the same fault.
pub const FAULT_MS: i64 = 60 * 60_000;
/// Milliseconds of a day and of an hour.
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Holds are told from this hour of the local day on.
const HOLDS_HOUR: i64 = 9;

/// A fault as a notification names it: never which site, list or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A site is not being watched.
    NotWatched,
    /// What was taken down cannot be sealed.
    NotSealed,
    /// Sealed evidence or its key is not there.
    Vault,
    /// A list does not answer any more, or is out of date.
    List,
}

impl Fault {
    /// The fault that a problem of the overview is; `None` for what can wait until somebody looks.
    pub fn of_problem(code: &str) -> Option<Self> {
        match code {
            "site_missing" | "site_replaced" | "not_watching" | "stopped" => Some(Self::NotWatched),
            "no_room_to_seal" | "not_sealed" => Some(Self::NotSealed),
            "evidence_missing" | "vault_key_missing" => Some(Self::Vault),
            "index_damaged" | "list_out_of_date" => Some(Self::List),
            _ => None,
        }
    }
}

/// What is told: numbers, never a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// So many cases wait.
    Cases(u64),
    /// Something is broken.
    Fault(Fault),
    /// So many holds end this week.
    HoldsEnding(u64),
}

/// What a person wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// Cases that wait.
    pub cases: bool,
    /// Faults.
    pub faults: bool,
    /// Holds that end.
    pub holds: bool,
    /// Nothing in these hours of the local day.
    pub quiet: Option<QuietHours>,
}

/// How things are at one moment.
#[derive(Clone, Debug)]
pub struct Look {
    /// Milliseconds since 1970.
    pub now: i64,
    /// What local time is ahead of UTC.
    pub utc_offset_minutes: i32,
    /// The window is in front, so that nothing has to be told.
    pub is_focused: bool,
    /// Until when the person stopped for today.
    pub stopped_until: Option<i64>,
    /// Cases in the inbox, without practice.
    pub waiting: u64,
    /// What is broken.
    pub faults: BTreeSet<Fault>,
    /// Holds that end within the week.
    pub holds_ending: u64,
}

/// What was told already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Cases that a person knows of; fewer once they are decided.
    known: u64,
    cases_at: Option<i64>,
    /// Faults that were told and are still there.
    told: BTreeSet<Fault>,
    fault_at: BTreeMap<Fault, i64>,
    holds_day: Option<i64>,
}

impl Digest {
    /// What is known at the start: the cases that wait then are on the screen, unless the window starts hidden.
    pub fn new(waiting: u64, is_hidden: bool) -> Self {
        Self { known: if is_hidden { 0 } else { waiting }, ..Self::default() }
    }
}

/// One look: what is known afterwards, and what is to be told now.
pub fn step(mut digest: Digest, look: &Look, wishes: &Wishes) -> (Digest, Vec<Told>) {
    digest.known = digest.known.min(look.waiting);
    digest.told.retain(|fault| look.faults.contains(fault));
    if look.is_focused {
        digest.known = look.waiting;
        return (digest, Vec::new());
    }
    let is_quiet = wishes.quiet.is_some_and(|hours| hours.end(look.now, look.utc_offset_minutes).is_some());
    if is_quiet || look.stopped_until.is_some_and(|until| look.now < until) {
        return (digest, Vec::new());
    }
    let mut told: Vec<Told> = if wishes.faults { faults(&mut digest, look) } else { Vec::new() };
    if wishes.cases && look.waiting > digest.known && has_rested(digest.cases_at, look.now, DIGEST_MS) {
        digest.known = look.waiting;
        digest.cases_at = Some(look.now);
        told.push(Told::Cases(look.waiting));
    }
    if wishes.holds && look.holds_ending > 0 && is_time_for_holds(&mut digest, look) {
        told.push(Told::HoldsEnding(look.holds_ending));
    }
    (digest, told)
}

fn faults(digest: &mut Digest, look: &Look) -> Vec<Told> {
    let is_new = |fault: &&Fault| !digest.told.contains(fault) && has_rested(digest.fault_at.get(fault).copied(), look.now, FAULT_MS);
    let fresh: Vec<Fault> = look.faults.iter().filter(is_new).copied().collect();
    for fault in &fresh {
        digest.told.insert(*fault);
        digest.fault_at.insert(*fault, look.now);
    }
    fresh.into_iter().map(Told::Fault).collect()
}

/// Once in a local day, not in the night.
fn is_time_for_holds(digest: &mut Digest, look: &Look) -> bool {
    let local = look.now.saturating_add(i64::from(look.utc_offset_minutes) * 60_000);
    let today = local.div_euclid(DAY_MS);
    let is_due = local.rem_euclid(DAY_MS) >= HOLDS_HOUR * HOUR_MS && digest.holds_day != Some(today);
    if is_due {
        digest.holds_day = Some(today);
    }
    is_due
}

/// Whether enough time has passed. A clock that was set back counts as if nothing had been told.
fn has_rested(at: Option<i64>, now: i64, rest: i64) -> bool {
    at.is_none_or(|at| now - at >= rest || now < at)
}
