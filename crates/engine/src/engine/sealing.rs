//! Sealing what was taken down: in the background while a process watches, at once where none does; the weekly look at what is sealed; and the daily
//! copy of the database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::core::{Core, Event};
use super::{deciding, keeping};
use crate::error::Result;
use crate::store::{actions, vault};
use crate::triage::vault::seal;
use crate::triage::vault::verify::{self, Verdict};

/// Pause between two looks for something to do.
const PAUSE: Duration = Duration::from_millis(500);
/// Files of one look.
const BATCH: u32 = 64;
/// First wait before a file that could not be sealed is tried again; doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// Pause between two looks whether the daily copy of the database is due.
const LOOK_AT_COPIES: Duration = Duration::from_secs(600);
/// Every sealed file is decrypted and compared once in this time.
const WEEK_MS: i64 = 7 * 86_400_000;

/// When a file that waits is tried again, and after how long the time after that.
type Waits = HashMap<i64, (Duration, Duration)>;

/// Runs until the engine stops.
pub fn run(core: &Arc<Core>) {
    crate::fault::point("thread_seal");
    let (mut waits, mut look_due) = (Waits::new(), Duration::ZERO);
    let mut copied_at: Option<Duration> = None;
    while !core.is_stopping() {
        if copied_at.is_none_or(|at| core.clock.monotonic().saturating_sub(at) >= LOOK_AT_COPIES) {
            copied_at = Some(core.clock.monotonic());
            // One that fails is tried again after the pause; a damaged database is told by the next look at it.
            drop(keeping::daily(core));
        }
        // A store that fails (a full disk) is asked again after the pause.
        let is_busy = round(core, &mut waits, true).unwrap_or(0) > 0 || verify_next(core, &mut look_due).unwrap_or(false);
        if !is_busy {
            std::thread::sleep(PAUSE);
        }
    }
}

/// Seals everything that waits, on the calling thread, unless another process watches and does it. Gives how many files still wait.
///
/// # Errors
/// The store's own.
pub fn seal_now(core: &Arc<Core>) -> Result<u64> {
    if core.home.watcher().is_none() {
        // What an interruption left of moves comes first.
        deciding::act(core)?;
        let mut waits = Waits::new();
        while round(core, &mut waits, false)? > 0 {}
    }
    Ok(core.store.read(actions::waiting_to_seal)?.iter().map(|(_, n)| n).sum())
}

/// One pass over what waits. Gives how many files were sealed.
fn round(core: &Arc<Core>, waits: &mut Waits, may_stop: bool) -> Result<u64> {
    seal::plan(&core.store)?;
    let mut waiting = core.store.read(|connection| actions::to_seal(connection, 0, BATCH))?;
    let is_quiet = waiting.is_empty() && core.store.read(vault::abandoned)?.is_empty();
    if is_quiet {
        return Ok(0);
    }
    // Another process is at it.
    let Ok(_lock) = core.home.lock_seal() else { return Ok(0) };
    seal::drop_abandoned(&core.store, &core.vault)?;
    let mut sealed = 0;
    while let Some(last) = waiting.last().map(|action| action.id) {
        for action in &waiting {
            if may_stop && core.is_stopping() {
                return Ok(sealed);
            }
            sealed += u64::from(one(core, action.id, waits)?);
        }
        waiting = core.store.read(|connection| actions::to_seal(connection, last, BATCH))?;
    }
    Ok(sealed)
}

fn one(core: &Arc<Core>, id: i64, waits: &mut Waits) -> Result<bool> {
    let now = core.clock.monotonic();
    if waits.get(&id).is_some_and(|(due, _)| *due > now) {
        return Ok(false);
    }
    // Read anew: it may have been put back since it was listed.
    let Some(action) = core.store.read(|connection| actions::get(connection, id))?.filter(|action| action.is_open()) else {
        return Ok(false);
    };
    match seal::seal(&core.store, &core.vault, &action, &|| core.home.lock_act().map(Some))? {
        Ok(()) => {
            waits.remove(&id);
            core.tell(Event::Acted { case: action.case });
            Ok(true)
        }
        Err(_) => {
            let wait = waits.get(&id).map_or(FIRST_WAIT, |(_, last)| (*last * 2).min(LONGEST_WAIT));
            waits.insert(id, (now + wait, wait));
            if action.failed.is_none() {
                core.tell(Event::Acted { case: action.case });
            }
            Ok(false)
        }
    }
}

/// Looks at the sealed file whose last look is the longest ago, if that is a week. One at a time, so that a stop or a restart loses nothing.
/// What cannot be looked at is tried again after [`LONGEST_WAIT`]: a key store is not asked all the time.
fn verify_next(core: &Arc<Core>, due: &mut Duration) -> Result<bool> {
    if core.clock.monotonic() < *due {
        return Ok(false);
    }
    let before = core.clock.now_ms() - WEEK_MS;
    let Some(file) = core.store.read(|connection| vault::to_verify(connection, before))? else { return Ok(false) };
    match verify::verify(&core.store, &core.vault, &file)? {
        Verdict::Whole => Ok(true),
        Verdict::Problem(_) => {
            core.tell(Event::Acted { case: file.case });
            Ok(true)
        }
        // Nothing is known of it; the key or the disk is named elsewhere.
        Verdict::Unknown(_) => {
            *due = core.clock.monotonic() + LONGEST_WAIT;
            Ok(false)
        }
    }
}
