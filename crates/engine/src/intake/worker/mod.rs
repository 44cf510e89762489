//! The parent's side of the worker: start it, hand it the bytes, wait with a deadline, believe only a whole valid reply.
//!
//! - [`process`]: one child, and one conversation with it
//! - [`pool`]: which child may serve another content, and for how long
//!
//! Whatever a worker does is an outcome of the content that it was given and of nothing else. Strikes are counted by the caller. No process is
//! left behind: it is killed and waited for on every way out, and on Linux it dies with the *thread* that started it.

mod pool;
mod process;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fingerprint::frame::{JailLevel, Picture, Reply, Request};
use fingerprint::rendition::{Rendition, Step, Strength};
use fingerprint::signal::Unusable;
pub use fingerprint::worker::Limits;

use self::pool::Pool;
use self::process::{Ended, Process};
use super::read::PixelBytes;
use crate::clock::SystemClock;

/// Wall time for one content. The worker's own CPU limit is 9 s; a busy machine needs twice that. Longer lets a bomb hold up the queue,
/// shorter refuses large photos on old machines.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// Wall time for something to look at: a person is holding a key meanwhile.
pub const RENDITION_DEADLINE: Duration = Duration::from_secs(3);

/// What became of one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its pixels were decoded to their end.
    Picture(Picture),
    /// They were not, for a reason that is final for this content; with what could be seen before the damage.
    Unusable(Unusable, Option<Picture>),
    /// The worker died in another way: a strike.
    Died,
    /// No worker could be started, for this reason. Says nothing about the content.
    Unavailable(String),
    /// The stop flag was set. Says nothing about the content.
    Stopped,
}

/// Keeps workers, and asks them. Clones share the workers.
#[derive(Clone, Debug)]
pub struct Worker {
    exe: PathBuf,
    deadline: Duration,
    pool: Arc<Pool>,
    jail: Arc<Mutex<Option<JailLevel>>>,
}

impl Worker {
    /// `exe` is the small `gatehouse` program, never the one of the window.
    pub fn new(exe: impl Into<PathBuf>) -> Self {
        Self { exe: exe.into(), deadline: DEADLINE, pool: Arc::default(), jail: Arc::default() }
    }

    /// Fingerprints one content and waits for it: at most 20 s. The bytes stay usable for a retry.
    ///
    /// With [`Limits::Halved`] it gets a process of its own. So does, without being asked for it, a content whose worker had served others and
    /// then failed: what an earlier content left behind is never held against a later one.
    pub fn fingerprint(&self, bytes: &PixelBytes, limits: Limits, stop: &AtomicBool) -> Answer {
        let deadline = match limits {
            Limits::Normal => self.deadline,
            Limits::Halved => self.deadline / 2,
        };
        match self.ask(Request::Fingerprint, bytes, limits, deadline, stop) {
            Ok(Reply::Picture(picture)) => Answer::Picture(picture),
            Ok(Reply::Unusable { reason, seen, .. }) => Answer::Unusable(reason, seen),
            // Pixels to look at, which nobody asked for, are no answer to this.
            Ok(Reply::Rendition(_)) => Answer::Unusable(Unusable::DecoderError, None),
            Err(failed) => failed,
        }
    }

    /// Makes something to look at and waits for it: at most 3 s.
    ///
    /// # Errors
    /// The reason why there is nothing to show; [`Unusable::DecoderTimeout`] also if the engine is stopping.
    pub fn rendition(&self, bytes: &PixelBytes, step: Step, strength: Strength, stop: &AtomicBool) -> Result<Rendition, Unusable> {
        let request = Request::Rendition { step, strength };
        match self.ask(request, bytes, Limits::Normal, RENDITION_DEADLINE.min(self.deadline), stop) {
            Ok(Reply::Rendition(rendition)) if rendition.width.max(rendition.height) <= step.longest_side() => Ok(rendition),
            Ok(Reply::Unusable { reason, .. }) | Err(Answer::Unusable(reason, _)) => Err(reason),
            Ok(Reply::Picture(_) | Reply::Rendition(_)) | Err(Answer::Picture(_)) => Err(Unusable::DecoderError),
            Err(Answer::Died) => Err(Unusable::DecoderCrashed),
            Err(Answer::Unavailable(_)) => Err(Unusable::SandboxUnavailable),
            Err(Answer::Stopped) => Err(Unusable::DecoderTimeout),
        }
    }

    /// How far the last worker that replied had closed its jail; `None` before the first reply.
    pub fn last_jail(&self) -> Option<JailLevel> {
        *self.jail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far a worker is shut in on this system, as a fresh one says that has nothing to decode. `None` if none could be asked.
    pub fn ask_jail(&self, stop: &AtomicBool) -> Option<JailLevel> {
        let nothing = PixelBytes::Buffer(Vec::new());
        let mut process = Process::start(&self.exe, Limits::Normal).ok()?;
        match process.converse(Request::Fingerprint, &nothing, &SystemClock::new(), RENDITION_DEADLINE, stop) {
            Ok(Ended::Replied(frame)) => Some(frame.jail),
            _ => None,
        }
    }

    /// Ends workers that have had nothing to do for a while. To be called now and then.
    pub fn rest(&self) {
        self.pool.end_idle();
    }

    /// A whole valid reply, which may itself be a reason, or what happened instead.
    fn ask(&self, request: Request, bytes: &PixelBytes, limits: Limits, deadline: Duration, stop: &AtomicBool) -> Result<Reply, Answer> {
        let clock = SystemClock::new();
        let idle = if limits == Limits::Normal { self.pool.take() } else { None };
        if let Some(process) = idle {
            match self.converse(process, request, bytes, &clock, deadline, stop) {
                Ok(ended @ (Ended::Replied(_) | Ended::TimedOut | Ended::Stopped)) => return reply(ended),
                // It had served another content: whose fault this is shows in a fresh one, in what is left of the time.
                Ok(Ended::TooLong | Ended::Garbled | Ended::Exited { .. }) | Err(_) => {}
            }
        }
        let fresh = Process::start(&self.exe, limits).and_then(|process| self.converse(process, request, bytes, &clock, deadline, stop));
        fresh.map_or_else(|error| Err(Answer::Unavailable(error.to_string())), reply)
    }

    fn converse(
        &self,
        mut process: Process,
        request: Request,
        bytes: &PixelBytes,
        clock: &SystemClock,
        deadline: Duration,
        stop: &AtomicBool,
    ) -> std::io::Result<Ended> {
        let ended = process.converse(request, bytes, clock, deadline, stop)?;
        if let Ended::Replied(frame) = &ended {
            *self.jail.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame.jail);
            self.pool.put_back(process, frame);
        }
        Ok(ended)
    }
}

/// The table of outcomes: a refused allocation, then the manner of death, then the reply.
fn reply(ended: Ended) -> Result<Reply, Answer> {
    let unusable = |reason| Err(Answer::Unusable(reason, None));
    match ended {
        Ended::Replied(frame) => Ok(frame.reply),
        Ended::Stopped => Err(Answer::Stopped),
        Ended::Exited { out_of_memory: true, .. } => unusable(Unusable::DecoderMemory),
        Ended::TimedOut | Ended::Exited { out_of_time: true, .. } => unusable(Unusable::DecoderTimeout),
        Ended::TooLong | Ended::Garbled | Ended::Exited { success: true, .. } => unusable(Unusable::DecoderError),
        Ended::Exited { .. } => Err(Answer::Died),
    }
}

#[cfg(test)]
mod tests;
