//! Clocks of duties: what starts one, what meets one, when one is missed. Only stored UTC instants and the clock that was handed in count, so that
//! they survive a restart, a sleep and a changed time.
//!
//! What follows from other rows (a take-down starts the clock of a report, a proven take-down meets an order) is not written beside those rows but
//! caught up with by [`catch_up`], which can run at any time and does everything once.

use serde_json::json;

use super::profile::{ClockRule, Profile};
use super::when;
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ClockId, ClockKind, ClockKnown, ClockState, DutyClock, NoticeId, PackKind, Sure};
use crate::store::duty_clocks::{self, NewClock};
use crate::store::{Connection, Tx, cases, ledger};
use hashlist::Harm;

/// Said instead of a source while no profile is chosen.
pub const NO_PROFILE: &str = "no country profile chosen";
/// A typed time further back than this is asked about: 30 days.
const LONG_AGO_MS: i64 = 30 * 86_400_000;
/// Why a clock is stopped is said in at least this many characters.
const SHORTEST_REASON: usize = 10;
/// Longest text that is typed in.
const LONGEST_TEXT: usize = 2_000;

/// A clock that a person starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// The case.
    pub case: Option<CaseId>,
    /// The notice that it comes with.
    pub notice: Option<NoticeId>,
    /// What it counts.
    pub kind: ClockKind,
    /// When it was received, in milliseconds since 1970.
    pub received_at: i64,
    /// Who asked.
    pub sender: Option<String>,
    /// Their reference number.
    pub reference: Option<String>,
    /// Until when, where the kind has no length of its own: a reminder, an order not to tell.
    pub until: Option<i64>,
    /// What it is about, for a reminder.
    pub title: Option<String>,
    /// A time long ago is meant so.
    pub is_sure: bool,
}

/// Checks a typed time: not ahead, and asked about when it is long ago.
///
/// # Errors
/// [`Code::BadArgument`] for a time ahead, [`Code::Question`] for one more than 30 days back unless `is_sure`.
pub fn check_received(received_at: i64, now: i64, is_sure: bool) -> Result<()> {
    if received_at > now {
        let text = format!("{} lies ahead: it is {} now. Nothing was changed.", when::shown(received_at), when::shown(now));
        return Err(Error::refused(Code::BadArgument, text));
    }
    if !is_sure && now - received_at > LONG_AGO_MS {
        let text = format!("{} is more than 30 days ago. Say --yes if it is meant so. Nothing was changed.", when::shown(received_at));
        return Err(Error::refused(Code::Question, text));
    }
    Ok(())
}

/// Starts a clock that was typed in.
///
/// # Errors
/// As [`check_received`]; [`Code::BadArgument`] for a reminder without its time and for an end before its start; [`Error::NotFound`].
pub fn start(tx: &Tx<'_>, start: &Start, profiles: &[Profile]) -> Result<ClockId> {
    check_received(start.received_at, tx.now, start.is_sure)?;
    check_text(&[&start.sender, &start.reference, &start.title])?;
    if let Some(case) = start.case {
        cases::get(tx, case)?;
    }
    if matches!(start.kind, ClockKind::Reminder | ClockKind::NonDisclosure) && start.until.is_none() {
        return Err(Error::refused(Code::BadArgument, "Say until when: --until \"2026-11-23 14:00 +01:00\". Nothing was changed."));
    }
    if start.until.is_some_and(|until| until <= start.received_at) {
        return Err(Error::refused(Code::BadArgument, "The end lies before the start. Nothing was changed."));
    }
    let new = of_rule(start, profiles);
    insert(tx, &new)
}

/// The clock that the first of the chosen profiles with this kind gives, else the usual one of the kind.
fn of_rule(start: &Start, profiles: &[Profile]) -> NewClock {
    let found = profiles.iter().find_map(|profile| Some((profile.name.clone(), profile.clock(start.kind)?.clone())));
    let (profile, rule) = found.unwrap_or_else(|| (String::new(), usual(start.kind)));
    let limit = start.until.or_else(|| rule.limit.map(|limit| limit.after(start.received_at)));
    NewClock {
        case: start.case,
        notice: start.notice,
        kind: start.kind,
        profile,
        title: start.title.clone().unwrap_or(rule.title),
        source: rule.source,
        sure: rule.sure,
        started_at: start.received_at,
        known: ClockKnown::Typed,
        due_at: limit,
        warn_at: warn_at(start.kind, rule.warn_after.map(|after| after.after(start.received_at)), start.received_at),
        sender: start.sender.clone(),
        reference: start.reference.clone(),
    }
}

/// A threat to life asks for attention from the first second.
fn warn_at(kind: ClockKind, of_rule: Option<i64>, started_at: i64) -> Option<i64> {
    if kind == ClockKind::LifeThreat { Some(started_at) } else { of_rule }
}

/// What is known of a kind without a profile: the shortest limit that any shipped one names, and no claim of a duty.
fn usual(kind: ClockKind) -> ClockRule {
    let (title, limit) = match kind {
        ClockKind::TcoOrder => ("Carry out the removal order", "1h"),
        ClockKind::NciiRequest => ("Remove after a valid request", "48h"),
        ClockKind::CsamReport => ("Report", ""),
        ClockKind::LifeThreat => ("Inform about a threat to life", ""),
        ClockKind::NonDisclosure => ("Do not tell the uploader about the order", ""),
        ClockKind::Reminder => ("Reminder", ""),
    };
    let source = if kind == ClockKind::Reminder { "your own reminder" } else { NO_PROFILE };
    let sure = if kind == ClockKind::Reminder { Sure::Read } else { Sure::Verify };
    ClockRule {
        title: title.to_owned(),
        limit: when::Length::parse(limit),
        warn_after: if kind == ClockKind::CsamReport { when::Length::parse("24h") } else { None },
        starts: "receipt".to_owned(),
        source: source.to_owned(),
        sure,
    }
}

fn insert(tx: &Tx<'_>, new: &NewClock) -> Result<ClockId> {
    let id = duty_clocks::insert(tx, new)?;
    let body = json!({
        "clock": id.get(), "kind": new.kind.as_str(), "profile": new.profile, "started_at": when::utc(new.started_at), "known": new.known.as_str(),
        "due_at": new.due_at.map(when::utc), "source": new.source, "sure": new.sure.as_str(), "from": new.sender, "reference": new.reference,
    });
    ledger::append(tx, "clock_started", new.case, body)?;
    Ok(id)
}

/// Stops a clock. Why is part of the record.
///
/// # Errors
/// [`Code::BadArgument`] for a reason that is too short or too long, [`Code::Refused`] for a clock that has ended, [`Error::NotFound`].
pub fn stop(tx: &Tx<'_>, id: ClockId, reason: &str) -> Result<DutyClock> {
    let clock = open_clock(tx, id)?;
    if !(SHORTEST_REASON..=LONGEST_TEXT).contains(&reason.trim().chars().count()) {
        let text = format!("Say why in at least {SHORTEST_REASON} characters: it goes into the record. Nothing was changed.");
        return Err(Error::refused(Code::BadArgument, text));
    }
    end(tx, &clock, ClockState::Stopped, tx.now, reason.trim())?;
    duty_clocks::get(tx, id)
}

/// Notes that the site itself no longer shows what a copy of it held.
///
/// # Errors
/// [`Code::Refused`] for a clock that has ended or that no take-down meets, [`Error::NotFound`].
pub fn confirm_site(tx: &Tx<'_>, id: ClockId) -> Result<DutyClock> {
    let clock = open_clock(tx, id)?;
    if !clock.kind.is_met_by_take_down() {
        return Err(Error::refused(Code::Refused, "This clock is not met by taking files down. Nothing was changed."));
    }
    duty_clocks::set_confirmed(tx, id)?;
    ledger::append(tx, "site_confirmed", clock.case, json!({"clock": id.get()}))?;
    catch_up_one(tx, &duty_clocks::get(tx, id)?)?;
    duty_clocks::get(tx, id)
}

fn open_clock(tx: &Tx<'_>, id: ClockId) -> Result<DutyClock> {
    let clock = duty_clocks::get(tx, id)?;
    match clock.ended_at {
        None => Ok(clock),
        Some(at) => Err(Error::refused(Code::Refused, format!("This clock ended at {}. Nothing was changed.", when::shown(at)))),
    }
}

fn end(tx: &Tx<'_>, clock: &DutyClock, state: ClockState, at: i64, reason: &str) -> Result<()> {
    duty_clocks::end(tx, clock.id, state, at, reason)?;
    let verb = if state == ClockState::Met { "clock_met" } else { "clock_stopped" };
    let was_missed = clock.state == ClockState::Missed;
    let body = json!({"clock": clock.id.get(), "kind": clock.kind.as_str(), "at": when::utc(at), "by": reason, "was_missed": was_missed});
    ledger::append(tx, verb, clock.case, body)
}

/// Meets the clocks of a report that was noted: those whose authority takes it. Gives how many.
///
/// # Errors
/// The store's own.
pub fn meet_report(tx: &Tx<'_>, case: CaseId, kind: PackKind, at: i64, profiles: &[Profile]) -> Result<u64> {
    let mut met = 0;
    for clock in duty_clocks::of_case(tx, case)?.iter().filter(|clock| clock.ended_at.is_none()) {
        let authority = profiles.iter().find(|profile| profile.name == clock.profile).and_then(|profile| profile.authority(Harm::Csam));
        let takes = authority.is_none_or(|authority| authority.pack == kind || authority.also.contains(&kind));
        let is_met = match clock.kind {
            ClockKind::CsamReport => takes,
            ClockKind::LifeThreat => kind == PackKind::Police,
            _ => false,
        };
        if is_met {
            end(tx, clock, ClockState::Met, at.max(clock.started_at), "report noted")?;
            met += 1;
        }
    }
    Ok(met)
}

/// Whether [`catch_up`] has something to write.
///
/// # Errors
/// The store's own.
pub fn is_behind(connection: &Connection, now: i64, profiles: &[Profile]) -> Result<bool> {
    for name in profile_names(profiles) {
        if !duty_clocks::without_report_clock(connection, name)?.is_empty() {
            return Ok(true);
        }
    }
    for clock in duty_clocks::open(connection)? {
        if what_follows(connection, &clock, now)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn profile_names(profiles: &[Profile]) -> impl Iterator<Item = &str> {
    let none = profiles.is_empty().then_some("");
    profiles.iter().filter(|profile| profile.clock(ClockKind::CsamReport).is_some()).map(|profile| profile.name.as_str()).chain(none)
}

/// Writes what follows from what is stored and from the time: clocks of reports, clocks that are met, clocks that are missed. Gives how many changed.
///
/// # Errors
/// The store's own.
pub fn catch_up(tx: &Tx<'_>, profiles: &[Profile]) -> Result<u64> {
    let mut changed = 0;
    for name in profile_names(profiles) {
        for (case, decided_at) in duty_clocks::without_report_clock(tx, name)? {
            start_report(tx, case, decided_at, profiles.iter().find(|profile| profile.name == name))?;
            changed += 1;
        }
    }
    for clock in duty_clocks::open(tx)? {
        changed += u64::from(catch_up_one(tx, &clock)?);
    }
    Ok(changed)
}

fn start_report(tx: &Tx<'_>, case: CaseId, decided_at: i64, profile: Option<&Profile>) -> Result<()> {
    let kind = ClockKind::CsamReport;
    let rule = profile.and_then(|profile| profile.clock(kind)).cloned().unwrap_or_else(|| usual(kind));
    let new = NewClock {
        case: Some(case),
        notice: None,
        kind,
        profile: profile.map(|profile| profile.name.clone()).unwrap_or_default(),
        title: rule.title,
        source: rule.source,
        sure: rule.sure,
        started_at: decided_at,
        known: ClockKnown::Decision,
        due_at: rule.limit.map(|limit| limit.after(decided_at)),
        warn_at: rule.warn_after.map(|after| after.after(decided_at)),
        sender: None,
        reference: None,
    };
    insert(tx, &new).map(drop)
}

/// What follows for one clock.
enum Follows {
    Met { at: i64, reason: &'static str },
    Missed { at: i64 },
    RunsAgain,
}

fn what_follows(connection: &Connection, clock: &DutyClock, now: i64) -> Result<Option<Follows>> {
    if let Some((at, reason)) = met(connection, clock, now)? {
        // Done in time although nobody looked until later is done in time; done late is missed first.
        let is_late = clock.due_at.is_some_and(|due| at > due) && clock.state == ClockState::Running;
        return Ok(Some(if is_late { Follows::Missed { at: clock.due_at.unwrap_or(at) } } else { Follows::Met { at, reason } }));
    }
    let is_over = clock.due_at.is_some_and(|due| now >= due) && has_limit_of_others(clock.kind);
    Ok(match clock.state {
        ClockState::Running if is_over => Some(Follows::Missed { at: clock.due_at.unwrap_or(now) }),
        ClockState::Missed if !is_over => Some(Follows::RunsAgain),
        _ => None,
    })
}

/// A reminder that has come is not missed, and an order not to tell that has ended is over.
fn has_limit_of_others(kind: ClockKind) -> bool {
    !matches!(kind, ClockKind::Reminder | ClockKind::NonDisclosure)
}

fn met(connection: &Connection, clock: &DutyClock, now: i64) -> Result<Option<(i64, &'static str)>> {
    if clock.kind == ClockKind::NonDisclosure {
        return Ok(clock.due_at.filter(|due| now >= *due).map(|due| (due, "its time is over")));
    }
    let Some(case) = clock.case.filter(|_| clock.kind.is_met_by_take_down()) else { return Ok(None) };
    let Some((at, is_copy)) = duty_clocks::taken_down(connection, case)? else { return Ok(None) };
    match (is_copy, clock.site_confirmed_at) {
        (false, _) => Ok(Some((at.max(clock.started_at), "taken down"))),
        (true, Some(confirmed)) => Ok(Some((at.max(confirmed).max(clock.started_at), "taken down, and the site no longer shows it"))),
        (true, None) => Ok(None),
    }
}

fn catch_up_one(tx: &Tx<'_>, clock: &DutyClock) -> Result<bool> {
    match what_follows(tx, clock, tx.now)? {
        None => return Ok(false),
        Some(Follows::Met { at, reason }) => end(tx, clock, ClockState::Met, at, reason)?,
        Some(Follows::Missed { at }) => {
            duty_clocks::set_missed(tx, clock.id, at)?;
            ledger::append(
                tx,
                "clock_missed",
                clock.case,
                json!({"clock": clock.id.get(), "kind": clock.kind.as_str(), "due_at": when::utc(at)}),
            )?;
            // What was done late ends it all the same.
            catch_up_one(tx, &duty_clocks::get(tx, clock.id)?)?;
        }
        Some(Follows::RunsAgain) => {
            duty_clocks::set_running(tx, clock.id)?;
            let body = json!({"clock": clock.id.get(), "kind": clock.kind.as_str(), "cause": "the time of this computer was set back"});
            ledger::append(tx, "clock_recomputed", clock.case, body)?;
        }
    }
    Ok(true)
}

/// Notes that the time of the computer jumped while clocks run.
///
/// # Errors
/// The store's own.
pub fn note_jump(tx: &Tx<'_>, by_ms: i64) -> Result<()> {
    if duty_clocks::open(tx)?.is_empty() {
        return Ok(());
    }
    let cause = if by_ms < 0 { "the clock was set back" } else { "the clock was set forward, or the computer slept" };
    ledger::append(tx, "time_jumped", None, json!({"seconds": by_ms / 1_000, "cause": cause}))
}

/// Text that a person typed is bounded.
pub(super) fn check_text(texts: &[&Option<String>]) -> Result<()> {
    match texts.iter().any(|text| text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT)) {
        true => Err(Error::refused(Code::BadArgument, format!("A text has at most {LONGEST_TEXT} characters. Nothing was changed."))),
        false => Ok(()),
    }
}
