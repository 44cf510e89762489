//! Many dead workers in a short time: somebody is trying something. Decoding pauses for a while, and that is said; bytes are compared all the same.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::core::{Core, lock};
use crate::error::Result;
use crate::store::{contents, settings};

/// Deaths within [`WITHIN`] after which decoding pauses. Fewer would let two damaged files stop everything, more would let a flood of them go on.
const MOST: usize = 20;
/// The time in which they are counted.
const WITHIN: Duration = Duration::from_secs(600);
/// How long decoding pauses. Then everything that waited is tried; a flood that goes on pauses it again.
const PAUSE: Duration = Duration::from_secs(600);
/// Setting with the moment at which decoding paused, in milliseconds since 1970; empty while it goes on.
const PAUSED_AT: &str = "decoding_paused_at";

/// The deaths that count, on the monotonic clock, and the end of a pause.
#[derive(Debug, Default)]
pub(super) struct Strikes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    times: VecDeque<Duration>,
    until: Option<Duration>,
}

impl Strikes {
    /// One more worker died. True if decoding pauses from now on.
    fn count(&self, now: Duration) -> bool {
        let mut state = lock(&self.0);
        state.times.push_back(now);
        while state.times.front().is_some_and(|time| *time + WITHIN < now) {
            state.times.pop_front();
        }
        let begins = state.times.len() >= MOST && state.until.is_none();
        if begins {
            state.until = Some(now + PAUSE);
            state.times.clear();
        }
        begins
    }

    /// Whether decoding pauses.
    pub(super) fn is_paused(&self) -> bool {
        lock(&self.0).until.is_some()
    }

    /// Whether a pause is over with this look.
    fn ends(&self, now: Duration) -> bool {
        lock(&self.0).until.take_if(|until| *until <= now).is_some()
    }
}

/// Notes the death of a worker.
///
/// # Errors
/// The store's own.
pub(super) fn note(core: &Core) -> Result<()> {
    if !core.strikes.count(core.clock.monotonic()) {
        return Ok(());
    }
    let now = core.clock.now_ms().to_string();
    core.store.write(move |tx| settings::set(tx, PAUSED_AT, &now))
}

/// Ends a pause whose time is over, and gives whether it did: then what waited is to be taken up. `anew` ends one of an earlier run, too.
///
/// # Errors
/// The store's own.
pub(super) fn look_after(core: &Core, anew: bool) -> Result<bool> {
    if !core.strikes.ends(core.clock.monotonic()) && !anew {
        return Ok(false);
    }
    core.store.write(|tx| {
        settings::set(tx, PAUSED_AT, "")?;
        contents::retry_undecoded(tx)
    })?;
    Ok(true)
}

/// Since when decoding pauses, if it does.
///
/// # Errors
/// The store's own.
pub(super) fn paused_at(core: &Core) -> Result<Option<i64>> {
    Ok(core.store.read(|connection| settings::get(connection, PAUSED_AT))?.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_deaths_in_ten_minutes_pause_for_ten_minutes() {
        let strikes = Strikes::default();
        let at = Duration::from_secs;
        assert!((0..19).all(|number| !strikes.count(at(number))), "nineteen are not enough");
        assert!(!strikes.count(at(700)) && !strikes.is_paused(), "the first ones are long ago");
        assert_eq!((701..720).filter(|second| strikes.count(at(*second))).collect::<Vec<_>>(), [719], "the twentieth within ten minutes");
        assert!(strikes.is_paused() && !strikes.count(at(720)), "it pauses once");
        assert!(!strikes.ends(at(1_318)) && strikes.is_paused(), "ten minutes");
        assert!(strikes.ends(at(1_319)) && !strikes.ends(at(1_320)) && !strikes.is_paused(), "then it is over, once");
    }
}
