//! The threads of a running engine. This folder is the only place that spawns any.
//!
//! | thread | does | when its queue is full |
//! |---|---|---|
//! | `gatehouse-store` | the writing connection | callers wait |
//! | `gatehouse-settle` | hints → files at rest → rows `Found` | an event's hint is dropped and a sweep is due; a sweep waits |
//! | `gatehouse-check-N` | one upload at a time from `Found` to its end | the settle thread waits |
//! | `gatehouse-sweep` | full walks at their intervals | – |
//! | `gatehouse-clock` | drafts, snoozes, retries, health, other processes | – |
//! | `gatehouse-lists` | lists from elsewhere that are due for a look | – |
//! | `gatehouse-offer`, `gatehouse-looks` | a list on offer; a look at every place; each ends with its work | – |
//! | `gatehouse-rematch` | what is stored, compared with lists that changed | – |
//! | `gatehouse-seal` | what was taken down, into the vault; the weekly look at the vault | – |

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::check::{self, Checked, Work};
use super::core::{Core, lock};
use super::flow::{Flow, FromSweep, Load, NAP};
use super::settling::SettleLoop;
use super::sweeping;
use crate::error::{Code, Error, Result};
use crate::home::Lock;
use crate::intake::sweep;
use crate::intake::watch::SweepCause;
use crate::model::{Site, SiteId};
use crate::store::sites::{self, SiteHealth};

/// Files at rest that wait for a check. A full queue makes the settle thread wait.
const WORK: usize = 512;
/// Fewest checking threads: each waits for a commit and for its worker most of the time.
const FEWEST_CHECKERS: usize = 4;

/// A running pipeline. Dropping it stops every thread within two seconds.
pub struct Running {
    pub(super) flow: Arc<Flow>,
    threads: Vec<JoinHandle<()>>,
    _watch_lock: Option<Lock>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.flow.core().stop.store(true, std::sync::atomic::Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so on its own way out.
            drop(thread.join());
        }
        self.flow.core().stop.store(false, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Starts a named thread. A panic in it stops the engine: never a live window over a dead engine.
///
/// # Errors
/// [`Code::Internal`] if the system gives no thread.
pub(super) fn spawn(name: &str, core: Option<Arc<Core>>, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let guarded = move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        if let (Err(_), Some(core)) = (result, core) {
            core.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let thread = std::thread::Builder::new().name(format!("gatehouse-{name}")).spawn(guarded);
    thread.map_err(|error| Error::refused(Code::Internal, format!("The system gave no thread: {error}")))
}

impl Running {
    /// Starts the pipeline without watching: for one sweep.
    ///
    /// # Errors
    /// The store's own.
    pub fn for_one_sweep(core: &Arc<Core>) -> Result<Self> {
        Self::start(core, None)
    }

    /// Starts watching every site. Recovery of interrupted actions comes first.
    ///
    /// # Errors
    /// [`Code::Busy`] if another process watches this home, or the store's own.
    pub fn watch(core: &Arc<Core>) -> Result<Self> {
        let lock = core.home.lock_watch()?;
        Self::start(core, Some(lock))
    }

    fn start(core: &Arc<Core>, watch_lock: Option<Lock>) -> Result<Self> {
        let watches = watch_lock.is_some();
        let (flow, queues) = Flow::new(core)?;
        let (work, work_queue) = sync_channel(WORK);
        let mut running = Self { flow: flow.clone(), threads: Vec::new(), _watch_lock: watch_lock };
        let queue = Arc::new(Mutex::new(work_queue));
        for number in 0..std::thread::available_parallelism().map_or(1, usize::from).max(FEWEST_CHECKERS) {
            let (flow, queue) = (flow.clone(), queue.clone());
            running.add(&format!("check-{number}"), move || check_loop(&flow, &queue))?;
        }
        let settling = flow.clone();
        running.add("settle", move || SettleLoop::new(settling, queues, work, watches).run())?;
        if watches {
            let sweeping = flow.clone();
            running.add("sweep", move || sweep_loop(&sweeping))?;
            let clock = flow.clone();
            running.add("clock", move || super::clockwork::run(&clock))?;
            let looking = core.clone();
            running.add("lists", move || super::looking::run(&looking))?;
            let comparing = core.clone();
            running.add("rematch", move || super::rematching::run(&comparing))?;
            let sealing = core.clone();
            running.add("seal", move || super::sealing::run(&sealing))?;
            flow.begin_health()?;
            flow.watch_all();
        }
        Ok(running)
    }

    fn add(&mut self, name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
        self.threads.push(spawn(name, Some(self.flow.core().clone()), body)?);
        Ok(())
    }

    /// Sweeps one site on the calling thread and waits until everything that it found is checked. `tick` is called a few times a second.
    ///
    /// # Errors
    /// The store's own.
    pub fn sweep_and_wait(&self, site: &Site, tick: &mut dyn FnMut()) -> Result<sweeping::Swept> {
        let flow = &self.flow;
        let swept = sweeping::sweep(flow.core(), site, SweepCause::Asked, &mut FromSweep { flow, site: site.id })?;
        let mut load = lock(&flow.load);
        while *load != Load::default() && !flow.core().is_stopping() {
            load = flow.rested.wait_timeout(load, NAP).map_or_else(|poisoned| poisoned.into_inner().0, |(load, _)| load);
            tick();
        }
        Ok(swept)
    }
}

/// Checks uploads until the engine stops.
fn check_loop(flow: &Flow, queue: &Mutex<Receiver<Work>>) {
    loop {
        crate::fault::point("thread_check");
        let next = lock(queue).recv_timeout(NAP);
        let work = match next {
            Ok(work) => work,
            Err(RecvTimeoutError::Timeout) if flow.core().is_stopping() => return,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if !flow.core().is_stopping() {
            check_one(flow, &work);
        }
        let mut load = lock(&flow.load);
        load.checking = load.checking.saturating_sub(1);
        flow.rested.notify_all();
    }
}

fn check_one(flow: &Flow, work: &Work) {
    let site_id = work.file.site;
    let Some(site) = flow.site(site_id) else { return };
    match check::check(flow.core(), &site, work) {
        Ok(Checked::Ended(_)) => {}
        Ok(Checked::NoRoot(_)) => flow.sweep_due(site_id, SweepCause::RootChanged),
        Ok(Checked::Stopped) => return,
        // The row stays `Found`; the next sweep takes it up. A full disk or a locked database is said by the clock thread.
        Err(_) => flow.sweep_due(site_id, SweepCause::NotWritten),
    }
    flow.core().with_progress(site_id, false, |progress| progress.done += 1);
}

/// Sweeps that are due, and the interval of every site.
fn sweep_loop(flow: &Flow) {
    let mut next: HashMap<SiteId, Duration> = HashMap::new();
    while !flow.core().is_stopping() {
        crate::fault::point("thread_sweep");
        let now = flow.core().clock.monotonic();
        for site in flow.sites() {
            if *next.entry(site.id).or_insert(Duration::ZERO) <= now {
                flow.sweep_due(site.id, SweepCause::Timer);
            }
        }
        let due = lock(&flow.sweeps_due).pop_first();
        let Some((id, cause)) = due else {
            std::thread::sleep(NAP / 2);
            continue;
        };
        let Some(site) = flow.site(id) else { continue };
        if flow.is_paused(&site) && cause != SweepCause::Asked {
            next.insert(id, now + NAP);
            continue;
        }
        // Hints from an earlier sweep of a large site are still under way: they come first.
        if cause.is_loss() {
            // Said before the walk, which may take long; written by the next sweep if it cannot be written now.
            drop(sweeping::events_lost(flow.core(), &site));
        }
        let took = match sweeping::sweep(flow.core(), &site, cause, &mut FromSweep { flow, site: id }) {
            Ok(swept) => {
                if swept.walk.complete {
                    recovered(flow, &site);
                }
                swept.took
            }
            Err(_) => Duration::ZERO,
        };
        next.insert(id, flow.core().clock.monotonic() + sweep::interval(took, jitter()));
    }
}

/// A site that was not reachable is: it is watched again. One of which events were lost has been looked at as a whole.
fn recovered(flow: &Flow, site: &Site) {
    let all = flow.core().store.read(sites::all).unwrap_or_default();
    let Some(state) = all.into_iter().find(|state| state.site.id == site.id) else { return };
    if matches!(state.health, SiteHealth::Missing | SiteHealth::Replaced) {
        flow.watch_again(site.id);
    } else if sweeping::is_catching_up(&state) {
        // Not written now, it is written after the next sweep.
        drop(sweeping::set_health(flow.core(), site, SiteHealth::Watching, None));
    }
}

/// A number from −1 to 1 that keeps the sweeps of several sites apart.
fn jitter() -> f64 {
    let mut bytes = [0; 1];
    // Without randomness the sweeps walk in step, which is slower and nothing worse.
    let random = getrandom::fill(&mut bytes).map_or(127, |()| bytes[0]);
    f64::from(random) / 127.5 - 1.0
}
