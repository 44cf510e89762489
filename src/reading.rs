//! How far a list is that is being read, on the line of progress; and Ctrl-C, which ends it with nothing changed.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::engine::core::Core;
use engine::lists::reading::Step;

use crate::out::{self, Out};

/// Time before the first word: most lists are read sooner.
const UNSAID: Duration = Duration::from_secs(1);

/// Somebody who sees how far it is, and may press Ctrl-C. Once in a process.
pub fn heard<'a>(out: &'a Out, core: &'a Core) -> impl Fn(Step) -> bool + 'a {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    // Without a handler Ctrl-C ends the program at once; the next start tidies up.
    let handled = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed));
    drop(handled);
    let began = Cell::new((core.clock.monotonic(), 0));
    move |step| {
        let now = core.clock.monotonic();
        let (done, of, words) = words(step);
        if done < began.get().1 {
            began.set((now, done));
        }
        began.set((began.get().0, done));
        let elapsed = now.saturating_sub(began.get().0);
        if elapsed >= UNSAID && done > 0 {
            let left = elapsed.as_secs_f64() * of.saturating_sub(done) as f64 / done as f64;
            out.progress(&if of > done { words + &out::time_left(left) } else { words });
        }
        !stop.load(Ordering::Relaxed)
    }
}

fn words(step: Step) -> (u64, u64, String) {
    /// Bytes of a megabyte.
    const MB: u64 = 1_000_000;
    match step {
        Step::Reading(done, of) => (done, of, format!("Reading the list: {} of {} MB", done / MB, of.div_ceil(MB))),
        Step::Rows(done) => (done, done, format!("Reading the list: row {done}")),
        Step::Compiling(done, of) => (done, of, format!("Preparing it for searching: {done} of {of} entries")),
    }
}
