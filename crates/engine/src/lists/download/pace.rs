//! How fast an answer comes: whether it is worth waiting for, and how long it still takes.

use std::time::Duration;

/// Gives up on a sender that is slower than a rate for a time: a wait that every byte prolongs a little, up to a bound.
///
/// A sender that stops is given up after the full patience; one at half the rate after twice that; one at the rate never.
#[derive(Debug)]
pub(super) struct Patience {
    /// Bytes a second that are enough.
    rate: u64,
    patience: Duration,
    /// Until when we wait.
    until: Duration,
}

impl Patience {
    /// From `now` on. Times are since an arbitrary start.
    pub(super) fn new(rate: u64, patience: Duration, now: Duration) -> Self {
        Self { rate, patience, until: now.saturating_add(patience) }
    }

    /// Bytes came.
    pub(super) fn received(&mut self, bytes: usize, now: Duration) {
        let nanos = u128::try_from(bytes).unwrap_or(u128::MAX).saturating_mul(1_000_000_000) / u128::from(self.rate.max(1));
        let earned = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.until = self.until.saturating_add(earned).min(now.saturating_add(self.patience));
    }

    /// How much longer to wait; `None` if patience is over.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        self.until.checked_sub(now).filter(|left| !left.is_zero())
    }
}

/// The rate of the last seconds, smoothed, so that the time left does not jump.
#[derive(Debug, Default)]
pub(super) struct Rate {
    at: Duration,
    bytes: u64,
    per_second: Option<f64>,
}

/// Weight of the newest second: the shown rate follows a change within some five seconds.
const NEWEST: f64 = 0.2;

impl Rate {
    /// Starts with what is here already, which says nothing about speed.
    pub(super) fn starting_at(bytes: u64, now: Duration) -> Self {
        Self { at: now, bytes, per_second: None }
    }

    /// Bytes a second, once there is something to say.
    pub(super) fn update(&mut self, bytes: u64, now: Duration) -> Option<u64> {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        if passed > 0.0 {
            let fresh = bytes.saturating_sub(self.bytes) as f64 / passed;
            let weight = 1.0 - (1.0 - NEWEST).powf(passed);
            self.per_second = Some(self.per_second.map_or(fresh, |before| before + weight * (fresh - before)));
            (self.at, self.bytes) = (now, bytes);
        }
        self.per_second.map(|rate| rate.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Seconds until patience with a sender of so many bytes a second is over, up to an hour.
    fn endures(bytes_a_second: usize) -> Option<u64> {
        let mut patience = Patience::new(1000, PATIENCE, Duration::ZERO);
        (1..3600).find(|second| {
            let now = Duration::from_secs(*second);
            if patience.left(now).is_none() {
                return true;
            }
            patience.received(bytes_a_second, now);
            false
        })
    }

    #[test]
    fn a_silent_sender_is_left_after_thirty_seconds_and_a_slow_one_later() {
        assert_eq!(endures(0), Some(30), "nothing comes");
        assert_eq!(endures(500), Some(59), "half the rate");
        assert_eq!(endures(1000), None, "just enough");
        assert_eq!(endures(1_000_000), None, "fast");
    }

    #[test]
    fn a_fast_beginning_earns_no_longer_silence() {
        let mut patience = Patience::new(1000, PATIENCE, Duration::ZERO);
        patience.received(1 << 40, Duration::from_secs(1));
        assert_eq!(patience.left(Duration::from_secs(31)), None, "30 seconds after the last byte it is over");
        assert!(patience.left(Duration::from_secs(30)).is_some(), "and not before");
    }

    #[test]
    fn the_rate_follows_and_does_not_jump() {
        let mut rate = Rate::starting_at(5_000_000, Duration::ZERO);
        assert_eq!(rate.update(5_000_000, Duration::ZERO), None, "nothing to say yet");
        assert_eq!(rate.update(5_001_000, Duration::from_secs(1)), Some(1000), "what was here before does not count");
        let after = rate.update(5_011_000, Duration::from_secs(2)).unwrap();
        assert!((2000..4000).contains(&after), "a tenfold second moves it a fifth of the way: {after}");
    }

    proptest! {
        #[test]
        fn patience_is_never_longer_than_stated(steps in proptest::collection::vec((0usize..1 << 40, 0u64..100_000), 0..50)) {
            let mut patience = Patience::new(1000, PATIENCE, Duration::ZERO);
            let mut now = Duration::ZERO;
            for (bytes, ms) in steps {
                now += Duration::from_millis(ms);
                patience.received(bytes, now);
                prop_assert!(patience.left(now).is_none_or(|left| left <= PATIENCE));
            }
        }
    }
}
