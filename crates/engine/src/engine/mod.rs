//! Wires the stages and owns every thread. The command line and the window talk to [`Engine`]; neither decides anything (Inv. 11).
//!
//! Follow one upload: [`watching`] takes a hint and waits until the file rests, [`check`] reads, fingerprints and matches it, `triage::cases` opens
//! the case, [`deciding`] carries out what a person concluded.

pub mod asking;
pub mod check;
pub mod claims;
pub mod clockwork;
pub mod comparing;
pub mod copies;
pub mod core;
pub mod deciding;
pub mod digest;
pub mod duties;
pub mod flow;
pub mod folding;
pub mod keeping;
pub mod known_good;
pub mod listing;
pub mod looking;
pub mod mapping;
pub mod offering;
pub mod overview;
pub mod owning;
pub mod papers;
mod pixels;
pub mod practice;
pub mod publishing;
pub mod recording;
pub mod rematching;
pub mod reporting;
pub mod safe_report;
pub mod sealing;
pub mod selftest;
mod settling;
pub mod single;
pub mod siting;
pub mod sorting;
pub mod sources;
pub mod storage;
mod strikes;
pub mod sweeping;
pub mod thresholds;
pub mod todoing;
mod turns;
pub mod vaulting;
pub mod viewing;
mod watchers;
pub mod watching;

use std::sync::Arc;
use std::thread::JoinHandle;

pub use self::core::{Core, Event, Options, SweepProgress};
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::intake::filesystem::events_work;
use crate::intake::watch::NoEvents;
use crate::intake::worker::Worker;
use crate::lists::{files, version};
use crate::log::{Level, Line, What};
use crate::model::{Person, Site};
use crate::store::{Store, switches};
use watching::Running;

/// File systems on which SQLite's locks do not hold between machines.
const NETWORK: [&str; 6] = ["NFS", "SMB", "FUSE", "9P", "Ceph", "AFS"];

/// One open home. Several processes may have it open; one of them watches.
pub struct Engine {
    /// `None` only while this is dropped.
    core: Option<Arc<Core>>,
    writer: Option<JoinHandle<()>>,
    running: Option<Running>,
}

impl Engine {
    /// Opens a home, creating it when it is new. Nothing is watched yet.
    ///
    /// # Errors
    /// [`Code::HomeNewer`], [`Code::HomeDamaged`], or that files cannot be made. Nothing is changed then.
    pub fn open(options: Options) -> Result<Self> {
        crate::home::forbid_dumps();
        let home = Home::open(&options.home)?;
        if let Err(NoEvents::Filesystem(kind)) = events_work(home.root())
            && NETWORK.contains(&kind.as_str())
        {
            let text = format!("Gatehouse's own folder is on a network drive ({kind}). It must be on this computer. Nothing was changed.");
            return Err(Error::refused(Code::HomeDamaged, text));
        }
        let (store, writer) = Store::open(&home.database(), &home.backup(), options.clock.clone())?;
        let writer = watching::spawn("store", None, move || writer.run())?;
        let core = Arc::new(Core::new(home, store, options.clock, Worker::new(options.worker))?);
        let engine = Self { core: Some(core), writer: Some(writer), running: None };
        engine.prepare_lists()?;
        Ok(engine)
    }

    /// The practice list is there, interrupted imports are tidied up, damaged indexes are built again.
    fn prepare_lists(&self) -> Result<()> {
        let core = self.core()?;
        files::tidy(&core.home)?;
        practice::ensure_list(core)?;
        let damaged: Vec<_> = core.lists().damaged.clone();
        for list in &damaged {
            let (id, seq) = (list.id, list.active_seq);
            // One whose original is damaged too stays named as not in use.
            if version::rebuild(&core.home, list, core.clock.now_ms()).is_ok() {
                // What was checked while it was silent does not know it.
                core.store.write(move |tx| switches::begin(tx, id, None, Some(seq), "mended"))?;
            }
        }
        if damaged.is_empty() { Ok(()) } else { core.reopen_lists() }
    }

    /// What the parts share.
    ///
    /// # Errors
    /// [`Code::Cancelled`] while the engine is ending.
    pub fn core(&self) -> Result<&Arc<Core>> {
        self.core.as_ref().ok_or_else(|| Error::refused(Code::Cancelled, "Gatehouse is stopping."))
    }

    /// Who acts: the person named for this process, else the one whom the home names.
    ///
    /// # Errors
    /// The store's own.
    pub fn person(&self) -> Result<Person> {
        self.core()?.person()
    }

    /// Starts watching every site, until this is dropped.
    ///
    /// # Errors
    /// [`Code::Busy`] if another process watches this home.
    pub fn watch(&mut self) -> Result<()> {
        let running = Running::watch(self.core()?)?;
        self.core()?.log.write(Line::new(Level::Info, What::Watching));
        self.running = Some(running);
        Ok(())
    }

    /// Whether this engine watches.
    pub fn is_watching(&self) -> bool {
        self.running.is_some()
    }

    /// Whether a thread ended by a defect, so that the process should end too.
    pub fn has_failed(&self) -> bool {
        self.core.as_ref().is_none_or(|core| core.is_stopping())
    }

    /// Asks for a sweep of a watched site, or of all.
    ///
    /// # Errors
    /// [`Code::Refused`] if this engine does not watch.
    pub fn sweep_soon(&self, site: Option<crate::model::SiteId>) -> Result<()> {
        let Some(running) = &self.running else { return Err(Error::refused(Code::Refused, "Another Gatehouse watches this home.")) };
        let wanted = running.flow.sites().into_iter().filter(|one| site.is_none_or(|id| id == one.id));
        wanted.for_each(|one| running.flow.sweep_due(one.id, crate::intake::watch::SweepCause::Asked));
        Ok(())
    }

    /// Has the watching threads read the sites anew, after one was added, changed or removed.
    ///
    /// # Errors
    /// The store's own.
    pub fn sites_changed(&self) -> Result<()> {
        self.running.as_ref().map_or(Ok(()), |running| running.flow.reload_sites())
    }

    /// Sweeps a site on the calling thread and waits for all its checks. `tick` is called a few times a second, for progress.
    ///
    /// # Errors
    /// The store's own.
    pub fn sweep_now(&self, site: &Site, tick: &mut dyn FnMut(&Core)) -> Result<sweeping::Swept> {
        let core = self.core()?;
        let own;
        let running = match &self.running {
            Some(running) => running,
            None => {
                own = Running::for_one_sweep(core)?;
                &own
            }
        };
        running.sweep_and_wait(site, &mut || tick(core))
    }

    /// Hints for uploads that a person wants to be tried again. Without a watch here, the next sweep takes them up.
    ///
    /// # Errors
    /// The store's own.
    pub fn look_again(&self, uploads: &[crate::model::UploadId]) -> Result<()> {
        let ids = uploads.to_vec();
        self.core()?.store.write(move |tx| crate::store::uploads::look_again(tx, &ids))?;
        self.running.as_ref().map_or(Ok(()), |running| running.flow.take_up_unfinished())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Threads first: they hold the core, the core holds the store, and the writer ends when the last handle on the store is gone.
        let watched = self.running.take().is_some();
        if let Some(core) = self.core.as_ref().filter(|_| watched) {
            core.log.write(Line::new(Level::Info, What::Closed));
        }
        if let Some(core) = &self.core {
            core.offers.stop(core);
        }
        self.core = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}
