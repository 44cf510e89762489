//! The only source of "now". Everything else takes a time or a [`Clock`] as an argument, so that tests decide what time it is.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall time for what is written down, monotonic time for what is measured.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 (UTC). May jump in both directions.
    fn now_ms(&self) -> i64;
    /// Time since an arbitrary start; never goes back; stands still while the machine sleeps.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the operating system.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic half starts now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this file is the one source of the time")]
    fn now_ms(&self) -> i64 {
        // Before 1970 the clock is wrong beyond use; zero keeps the order of rows, which go by number.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that a test moves by hand.
#[derive(Debug)]
pub struct TestClock {
    state: Mutex<(i64, Duration)>,
}

impl TestClock {
    /// A clock at this wall time, in milliseconds since 1970.
    pub fn at(now_ms: i64) -> Self {
        Self { state: Mutex::new((now_ms, Duration::ZERO)) }
    }

    /// Moves both halves on.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.0 += i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        state.1 += by;
    }

    /// Sets the wall half alone, as an operator or a time server does.
    pub fn set_wall(&self, now_ms: i64) {
        self.lock().0 = now_ms;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (i64, Duration)> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.lock().0
    }

    fn monotonic(&self) -> Duration {
        self.lock().1
    }
}
