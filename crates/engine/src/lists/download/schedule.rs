//! When a subscription is looked at next, and how old its list is: pure, with every time as an argument.
//!
//! Times are milliseconds since 1970, UTC. A clock that is set back must not stop looks for a year, and must not make an old list young: what
//! is due goes by the clock, with a look at once when the last one lies in the future; what is out of date goes by the largest time ever seen.

use std::time::Duration;

use hashlist::{Format, Harm, Polarity};

use super::answer::LONGEST_RETRY_AFTER;
use super::failure::{Again, Failure};

/// One minute, in milliseconds.
const MINUTE: i64 = 60_000;
/// One hour, in milliseconds.
const HOUR: i64 = 60 * MINUTE;
/// One day, in milliseconds.
const DAY: i64 = 24 * HOUR;

/// Shortest interval: exchanges ask not to be asked more often than every ten minutes.
pub const SHORTEST_INTERVAL: i64 = 10 * MINUTE;
/// Longest interval: with a longer one every list would be out of date between two looks.
pub const LONGEST_INTERVAL: i64 = 29 * DAY;
/// The interval of "update daily".
pub const DAILY: i64 = DAY;

/// The first wait after a failure that may pass.
const FIRST_WAIT: i64 = MINUTE;
/// The longest wait between two tries.
const LONGEST_WAIT: i64 = 6 * HOUR;
/// A quarter: by how much a wait is shortened or prolonged at random, so that many programs do not come back at one moment.
const JITTER: i64 = 4;

/// A list counts as out of date so long after its last look, where neither the publisher nor the format says anything.
const OUT_OF_DATE: i64 = 30 * DAY;
/// ThreatExchange keeps tombstones for 90 days; before that the whole has to be read again.
const OUT_OF_DATE_THREAT_EXCHANGE: i64 = 85 * DAY;
/// StopNCII.
const OUT_OF_DATE_STOP_NCII: i64 = 30 * DAY;
/// A list is old, though it counts in full, so long after its last look.
const OLD: i64 = 7 * DAY;
/// Failing for so long is said on the screen.
const UNREACHED: i64 = DAY;

/// Hours in which nothing is loaded by itself: minutes of the local day, from the first to before the second, over midnight if the second
/// is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    to: u16,
}

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

impl QuietHours {
    /// From a minute of the day to another; `None` if one is beyond the day, or if both are the same.
    pub fn new(from: u16, to: u16) -> Option<Self> {
        (from < DAY_MINUTES && to < DAY_MINUTES && from != to).then_some(Self { from, to })
    }

    /// Reads `22:00-07:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        Self::new(minute(from)?, minute(to)?)
    }

    /// The end of the quiet hours that `now` lies in. `utc_offset_minutes` is what local time is ahead of UTC.
    pub fn end(self, now: i64, utc_offset_minutes: i32) -> Option<i64> {
        let local = now.saturating_add(i64::from(utc_offset_minutes) * MINUTE);
        let minute = local.div_euclid(MINUTE).rem_euclid(i64::from(DAY_MINUTES));
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        let is_quiet = if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        let left = (to - minute).rem_euclid(i64::from(DAY_MINUTES));
        is_quiet.then(|| now - local.rem_euclid(MINUTE) + left * MINUTE)
    }
}

impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// What the schedule knows of a subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the operator said yes to the address; `None`: never loaded.
    pub accepted_at: Option<i64>,
    /// The operator paused it.
    pub is_paused: bool,
    /// Between two looks, in milliseconds; `None`: by hand only.
    pub interval: Option<i64>,
    /// The last look that came to an end, also one that failed.
    pub looked_at: Option<i64>,
    /// The next try after a failure, as [`next_try`] said.
    pub retry_at: Option<i64>,
    /// What the list says of its own end.
    pub expires: Option<i64>,
}

/// When the next look is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Not by itself.
    Never(Why),
    /// Now.
    Now,
    /// At this time, if the clock goes on as it should. Ask again after it was set.
    At(i64),
}

/// Why there is no look by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The operator has not said yes to the address.
    NotAccepted,
    /// Paused.
    Paused,
    /// By hand.
    ByHand,
}

/// When a subscription is due, for looks that nobody asked for. A person's own "update now" needs `accepted_at` and nothing else.
pub fn due(standing: &Standing, now: i64, quiet: Option<(QuietHours, i32)>) -> Due {
    if standing.accepted_at.is_none() {
        return Due::Never(Why::NotAccepted);
    }
    if standing.is_paused {
        return Due::Never(Why::Paused);
    }
    let Some(interval) = standing.interval else { return Due::Never(Why::ByHand) };
    let at = planned(standing, interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL), now).unwrap_or(now);
    let at = at.max(now);
    // A look that would fall into quiet hours waits for their end.
    let at = quiet.and_then(|(hours, offset)| hours.end(at, offset)).unwrap_or(at);
    if at <= now { Due::Now } else { Due::At(at) }
}

/// The time that the last look leads to; `None`: at once, since there was none, or since it lies in the future of a clock that was set back.
fn planned(standing: &Standing, interval: i64, now: i64) -> Option<i64> {
    let looked_at = standing.looked_at.filter(|at| *at <= now)?;
    if let Some(retry_at) = standing.retry_at {
        let bound = interval.max(LONGEST_WAIT + LONGEST_WAIT / JITTER).max(longest_retry_after());
        return Some(retry_at.min(looked_at.saturating_add(bound)));
    }
    let normal = looked_at.saturating_add(interval);
    // A list that ends before the next look is looked at when it ends; one that ended already gets its normal look, or it would be asked
    // for without end.
    let ending = standing.expires.filter(|expires| *expires > looked_at && *expires < normal);
    Some(ending.map_or(normal, |expires| expires.max(looked_at.saturating_add(SHORTEST_INTERVAL))))
}

fn longest_retry_after() -> i64 {
    i64::try_from(LONGEST_RETRY_AFTER.as_millis()).unwrap_or(DAY)
}

/// When to try again after a failure: what the server asked for, else the back-off, else the normal interval.
///
/// `failures` counts this one too; `random` is any number, it decides the jitter. `interval` as in [`Standing`]; without one the answer only
/// says when another try makes sense.
pub fn next_try(failure: &Failure, failures: u32, interval: Option<i64>, now: i64, random: u32) -> i64 {
    let wait = match (failure.retry_after, failure.code.again()) {
        // A wait of nothing would ask again at once, in a circle.
        (Some(wait), _) => to_ms(wait).clamp(FIRST_WAIT, longest_retry_after()),
        (None, Again::BackOff) => back_off(failures, random),
        (None, Again::AtInterval | Again::AfterFix) => interval.unwrap_or(DAILY).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL),
    };
    now.saturating_add(wait)
}

fn to_ms(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

/// One minute, doubled with each failure up to six hours, a quarter more or less.
pub fn back_off(failures: u32, random: u32) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    let wait = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let jitter = wait / JITTER;
    // From -jitter to +jitter, evenly.
    let shift = (i128::from(random) * i128::from(2 * jitter) / i128::from(u32::MAX)) as i64 - jitter;
    wait + shift
}

/// How old a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Looked at lately.
    Fresh,
    /// No look for seven days. It still counts.
    Old {
        /// The last look.
        since: i64,
    },
    /// Looks have failed for a day. It still matches.
    NotReached {
        /// The last look that succeeded.
        since: i64,
    },
    /// Past its own end, or past the limit of its format. It still matches, and is named as out of date.
    OutOfDate {
        /// Since when.
        since: i64,
    },
}

impl Freshness {
    /// Since when it is not fresh.
    pub const fn since(self) -> Option<i64> {
        match self {
            Self::Fresh => None,
            Self::Old { since } | Self::NotReached { since } | Self::OutOfDate { since } => Some(since),
        }
    }
}

/// What decides about the age of a list.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    /// Its format.
    pub format: Format,
    /// Its harm: `local` and `practice` do not age.
    pub harm: Harm,
    /// Its polarity: known-good lists do not age.
    pub polarity: Polarity,
    /// What it says of its own end.
    pub expires: Option<i64>,
    /// The last look that succeeded, "nothing new" included; at first the import.
    pub checked_at: i64,
    /// Whether looks since then have failed.
    pub is_failing: bool,
}

/// How old a list is at `largest_now`: the largest time that this machine ever saw, not the clock alone.
pub fn freshness(age: &Age, largest_now: i64) -> Freshness {
    // What an operator keeps by hand does not grow old; what a publisher stands by until a day does, whatever it is about.
    let has_no_age = matches!(age.harm, Harm::Local | Harm::Practice) && age.expires.is_none();
    if has_no_age || age.polarity == Polarity::Ignore {
        return Freshness::Fresh;
    }
    let ends = age.expires.unwrap_or_else(|| age.checked_at.saturating_add(out_of_date_after(age.format)));
    let passed = largest_now.saturating_sub(age.checked_at);
    if largest_now >= ends {
        Freshness::OutOfDate { since: ends }
    } else if age.is_failing && passed >= UNREACHED {
        Freshness::NotReached { since: age.checked_at }
    } else if passed >= OLD {
        Freshness::Old { since: age.checked_at }
    } else {
        Freshness::Fresh
    }
}

fn out_of_date_after(format: Format) -> i64 {
    match format {
        Format::ThreatUpdates => OUT_OF_DATE_THREAT_EXCHANGE,
        Format::StopNcii => OUT_OF_DATE_STOP_NCII,
        _ => OUT_OF_DATE,
    }
}

#[cfg(test)]
mod tests;
