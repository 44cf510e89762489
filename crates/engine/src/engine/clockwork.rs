//! What time does: drafts become final, snoozed cases return, failed reads are tried again, lost roots and other processes are noticed.

use std::collections::HashMap;
use std::time::Duration;

use super::core::Event;
use super::flow::Flow;
use super::strikes;
use super::sweeping;
use super::{deciding, duties};
use crate::error::Result;
use crate::intake::identify;
use crate::intake::watch::{Hint, HintKind, SweepCause};
use crate::model::{BatchId, RootIdentity, SiteId};
use crate::record::clocks;
use crate::store::Trouble;
use crate::store::claims;
use crate::store::decisions;
use crate::store::sites::{self, SiteHealth};
use crate::store::{ledger, settings, uploads};
use crate::triage::{decide, known_good};

/// Pause between two rounds: how late a draft may happen, and how late a lost root is noticed at most.
const ROUND: Duration = Duration::from_millis(250);
/// Rounds between two looks at roots, retries and sites: every second.
const SLOW: u32 = 4;
/// Rounds until an action that could not be ended (root away, another process at work) is tried again: every 5 s.
const ACT_AGAIN: u32 = 20;
/// A monotonic second that took longer than this on the wall clock: the machine slept.
const SLEPT_MS: i64 = 30_000;
/// A jump of this much is noted while clocks of duties run: five minutes.
const JUMPED_MS: i64 = 300_000;

/// What the clock thread remembers between two rounds.
struct Clockwork<'a> {
    flow: &'a Flow,
    /// When each draft happens, on the monotonic clock: only seconds in which Gatehouse runs and the machine is awake count.
    deadlines: HashMap<BatchId, Duration>,
    ledger_seq: i64,
    last_wall: i64,
    last_monotonic: Duration,
}

/// Runs until the engine stops.
pub fn run(flow: &Flow) {
    crate::fault::point("thread_clock");
    let core = flow.core();
    let mut clockwork = Clockwork {
        flow,
        deadlines: HashMap::new(),
        ledger_seq: 0,
        last_wall: core.clock.now_ms(),
        last_monotonic: core.clock.monotonic(),
    };
    // What fails here (a full disk, a locked database) is tried again in the next round.
    let mut started = clockwork.start().is_ok();
    let mut round: u32 = 0;
    while !core.is_stopping() {
        std::thread::sleep(ROUND);
        round = round.wrapping_add(1);
        if !started {
            started = clockwork.start().is_ok();
        }
        drop(clockwork.fast());
        if core.store.look_at_file() == Some(Trouble::Lost) {
            // What is written from here on would be lost: the process ends and says so.
            core.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        if round.is_multiple_of(SLOW) {
            drop(clockwork.slow());
        }
        if round.is_multiple_of(ACT_AGAIN) {
            core.worker.rest();
            drop(deciding::act(core));
            drop(duties::catch_up(core));
        }
    }
}

impl Clockwork<'_> {
    /// Takes up what an earlier run left: interrupted moves first, then unfinished checks. Drafts get their full time again.
    fn start(&mut self) -> Result<()> {
        let core = self.flow.core();
        deciding::act(core)?;
        core.store.write(crate::store::contents::retry_older_decoders)?;
        strikes::look_after(core, true)?;
        self.flow.take_up_unfinished()?;
        let (seconds, now) = (core.store.read(settings::undo_seconds)?, core.clock.now_ms());
        for draft in core.store.read(decisions::drafts)? {
            core.store.write(move |tx| decisions::restart_clock(tx, draft.id, now + seconds * 1000))?;
            self.deadlines.insert(draft.id, core.clock.monotonic() + seconds_of(seconds));
        }
        Ok(())
    }

    fn fast(&mut self) -> Result<()> {
        self.finish_drafts()?;
        let core = self.flow.core();
        let head = core.store.read(ledger::head)?.seq;
        if std::mem::replace(&mut self.ledger_seq, head) != head {
            core.tell(Event::Recorded);
        }
        Ok(())
    }

    fn finish_drafts(&mut self) -> Result<()> {
        let core = self.flow.core();
        let (now, now_ms) = (core.clock.monotonic(), core.clock.now_ms());
        let drafts = core.store.read(decisions::drafts)?;
        self.deadlines.retain(|batch, _| drafts.iter().any(|draft| draft.id == *batch));
        let longest = seconds_of(core.store.read(settings::undo_seconds)?);
        let mut due = Vec::new();
        for draft in drafts {
            let left = Duration::from_millis(u64::try_from(draft.act_at - now_ms).unwrap_or(0)).min(longest);
            let deadline = *self.deadlines.entry(draft.id).or_insert(now + left);
            if deadline <= now {
                due.push(draft.id);
            }
        }
        if due.is_empty() {
            return Ok(());
        }
        // One that was undone in this very moment must not keep the others from being carried out.
        let mut failed = None;
        for batch in due {
            failed = core.store.write(move |tx| decide::finalise(tx, batch).map(drop)).err().or(failed);
        }
        deciding::act(core)?;
        failed.map_or(Ok(()), Err)
    }

    fn slow(&mut self) -> Result<()> {
        let core = self.flow.core();
        self.flow.reload_sites()?;
        let mut woken = core.store.write(decide::wake)?;
        woken.extend(core.store.write(known_good::end_expired)?);
        woken.into_iter().for_each(|case| core.tell(Event::Case { case, file: None }));
        let now = core.clock.now_ms();
        for case in core.store.read(|connection| claims::over(connection, now))? {
            core.store.write(move |tx| claims::release(tx, case).map(drop))?;
            core.tell(Event::Case { case, file: None });
        }
        for row in core.store.read(|connection| uploads::retry_due(connection, core.clock.now_ms()))? {
            self.flow.hint(Hint { site: row.file.site, path: row.file.path, kind: HintKind::Look });
        }
        if strikes::look_after(core, false)? {
            self.flow.take_up_unfinished()?;
        }
        self.notice_sleep();
        self.end_pauses()?;
        self.look_at_roots()
    }

    /// After a sleep nothing that happened meanwhile made an event.
    fn notice_sleep(&mut self) {
        let (wall, monotonic) = (self.flow.core().clock.now_ms(), self.flow.core().clock.monotonic());
        let passed = i64::try_from((monotonic - self.last_monotonic).as_millis()).unwrap_or(i64::MAX);
        let jumped = wall - self.last_wall - passed;
        if jumped.abs() > JUMPED_MS {
            let core = self.flow.core();
            drop(core.store.write(move |tx| clocks::note_jump(tx, jumped)).and_then(|()| duties::catch_up(core)));
        }
        if jumped.abs() > SLEPT_MS {
            self.flow.sites().iter().for_each(|site| self.flow.sweep_due(site.id, SweepCause::Resumed));
        }
        (self.last_wall, self.last_monotonic) = (wall, monotonic);
    }

    fn end_pauses(&self) -> Result<()> {
        let core = self.flow.core();
        let now = core.clock.now_ms();
        for site in self.flow.sites().into_iter().filter(|site| site.paused_until.is_some_and(|until| until <= now)) {
            core.store.write(move |tx| sites::pause(tx, site.id, None))?;
        }
        Ok(())
    }

    /// A root that went away or was replaced makes no event.
    fn look_at_roots(&self) -> Result<()> {
        let core = self.flow.core();
        let lost: HashMap<SiteId, SiteHealth> =
            core.store.read(sites::all)?.into_iter().map(|state| (state.site.id, state.health)).collect();
        for site in self.flow.sites() {
            let was_lost = matches!(lost.get(&site.id), Some(SiteHealth::Missing | SiteHealth::Replaced));
            let found: std::result::Result<RootIdentity, _> = identify::root_identity(&site.root);
            match found {
                Ok(identity) if identity == site.root_identity => {
                    if was_lost {
                        self.flow.watch_again(site.id);
                    }
                }
                Ok(_) => sweeping::set_root_health(core, &site, identify::RootProblem::Replaced)?,
                Err(problem) => sweeping::set_root_health(core, &site, problem)?,
            }
        }
        Ok(())
    }
}

fn seconds_of(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
