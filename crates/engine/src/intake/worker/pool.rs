//! Workers that wait for their next content.
//!
//! A fresh process for each content costs more than most pictures take to decode. So a worker serves several, one at a time, as long as nothing
//! about it is unusual: its last reply was whole and valid, of a content that decoded without complaint or was refused by its header, and nothing
//! more has come out of it since. A damaged content, a death, a late byte, or age ends it.
//!
//! The price is said in `docs/worker.md`: a file that takes over the decoder *and* answers like a sound picture could lie about the next ones. So a
//! worker is replaced after [`MOST_SERVED`] contents at the latest, and a failure in a used one is never held against a content.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fingerprint::frame::{Frame, Reply};
use fingerprint::signal::Unusable;

use super::process::Process;
use crate::clock::{Clock, SystemClock};

/// Workers that may wait at the same time. More contents than that are never checked at once on ordinary machines; beyond it they are ended.
const MOST_IDLE: usize = 8;
/// Contents after which a worker is replaced. The cost of a start, spread over so many, disappears; what one content could leave behind is bounded.
const MOST_SERVED: u32 = 64;
/// Time spent on contents after which a worker is replaced. Its CPU limit counts from its start, and each content is to have most of it.
const MOST_BUSY: Duration = Duration::from_secs(2);
/// Time without work after which a worker is ended.
const MOST_REST: Duration = Duration::from_secs(60);

/// The waiting workers, the one that worked last at the end.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Idle>>);

#[derive(Debug)]
struct Idle {
    process: Process,
    since: SystemClock,
}

impl Pool {
    /// A worker that is as it was left: alive and silent.
    pub(super) fn take(&self) -> Option<Process> {
        loop {
            let mut idle = self.lock().pop()?;
            if idle.process.is_quiet() {
                return Some(idle.process);
            }
        }
    }

    /// Keeps a worker that has replied, if it may serve again.
    pub(super) fn put_back(&self, process: Process, last: &Frame) {
        if !is_unremarkable(&last.reply) || process.served() >= MOST_SERVED || process.busy() >= MOST_BUSY {
            return;
        }
        let mut idle = self.lock();
        if idle.len() < MOST_IDLE {
            idle.push(Idle { process, since: SystemClock::new() });
        }
    }

    /// Ends workers that have rested too long.
    pub(super) fn end_idle(&self) {
        self.lock().retain(|idle| idle.since.monotonic() < MOST_REST);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the decoder ran through, or was never started.
fn is_unremarkable(reply: &Reply) -> bool {
    match reply {
        Reply::Picture(_) | Reply::Rendition(_) => true,
        Reply::Unusable { reason, .. } => {
            matches!(reason, Unusable::UnsupportedFormat | Unusable::ContainerNotExamined | Unusable::Encrypted | Unusable::PixelLimit)
        }
    }
}
