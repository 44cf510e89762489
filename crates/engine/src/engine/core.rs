//! What the parts of a running engine share.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use super::offering::Offers;
use super::strikes::Strikes;
use super::turns::Turns;
use super::viewing::Viewing;
use fingerprint::JailLevel;

use crate::clock::Clock;
use crate::error::Result;
use crate::home::Home;
use crate::intake::preset::Presets;
use crate::intake::watch::SweepCause;
use crate::intake::worker::Worker;
use crate::lists::active::ActiveLists;
use crate::lists::version;
use crate::log::{Level, Line, Log, What};
use crate::model::{CaseId, Person, Reason, Right, SiteFile, SiteId};
use crate::store::sites::SiteHealth;
use crate::store::{self, Store, persons};
use crate::triage::vault::Vault;

/// What an engine is opened with. Nothing is read from the environment (Inv. 3).
pub struct Options {
    /// The home.
    pub home: PathBuf,
    /// The small `gatehouse` program, whose `__worker` decodes pictures.
    pub worker: PathBuf,
    /// The source of the time.
    pub clock: Arc<dyn Clock>,
}

/// Something that happened, for whoever listens. Facts only; what is shown is read from the store.
#[derive(Clone, Debug)]
pub enum Event {
    /// A case was opened, opened again or changed.
    Case {
        /// Which.
        case: CaseId,
        /// The upload that raised it; `None` if a list did.
        file: Option<SiteFile>,
    },
    /// An upload was checked.
    Checked {
        /// Which.
        file: SiteFile,
    },
    /// An upload or a directory could not be checked.
    CouldNotCheck {
        /// Which.
        file: SiteFile,
        /// Why.
        reason: Reason,
    },
    /// An upload is no longer in its site.
    Gone {
        /// Which.
        file: SiteFile,
    },
    /// A sweep ended.
    Sweep {
        /// Of which site.
        site: SiteId,
        /// Files seen.
        files: u64,
        /// Whether it can vouch for what it did not see.
        complete: bool,
        /// How long the walk took.
        took: Duration,
        /// Why it was due.
        cause: SweepCause,
    },
    /// The health of a site changed.
    Health {
        /// Of which site.
        site: SiteId,
        /// To what.
        health: SiteHealth,
        /// Why, where there is a reason.
        detail: Option<String>,
    },
    /// Files were moved or put back.
    Acted {
        /// In which case.
        case: CaseId,
    },
    /// The record has new rows, by this process or by another.
    Recorded,
    /// What is known of the offered list changed.
    Offer,
}

/// How far a sweep and the checks that it led to have come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SweepProgress {
    /// The walk is still running, so `total` still grows.
    pub walking: bool,
    /// Files that were looked at by the walk.
    pub walked: u64,
    /// Files of them that have to be checked.
    pub total: u64,
    /// Of these, checked.
    pub done: u64,
    /// Bytes of the files that have to be checked.
    pub bytes_total: u64,
    /// Of these, read.
    pub bytes_done: u64,
    /// When it began, on the monotonic clock.
    pub started: Duration,
}

/// Shared by all threads of an engine.
pub struct Core {
    /// The files of the home.
    pub home: Home,
    /// The database.
    pub store: Store,
    /// The encrypted files and their keys.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Decodes pictures in another process.
    pub worker: Worker,
    /// Contents that are being decoded.
    pub(super) turns: Turns,
    /// Workers that died of late.
    pub(super) strikes: Strikes,
    /// How far the jail of the last worker was closed, as written down.
    pub(super) jail: Mutex<Option<JailLevel>>,
    /// Set once, when the engine ends.
    pub stop: Arc<AtomicBool>,
    lists: RwLock<Arc<ActiveLists>>,
    presets: RwLock<Arc<Presets>>,
    /// Held while damaged indexes are built again, so that only one thread does it.
    mending: Mutex<()>,
    events: Mutex<Option<SyncSender<Event>>>,
    progress: Mutex<HashMap<SiteId, SweepProgress>>,
    /// The list that waits for a person's yes.
    pub offers: Offers,
    /// The reveal that is open, and the session.
    pub viewing: Viewing,
    /// What happened, in words of closed lists and numbers.
    pub log: Arc<Log>,
}

impl Core {
    pub(super) fn new(home: Home, store: Store, clock: Arc<dyn Clock>, worker: Worker) -> Result<Self> {
        let lists = store.read(|connection| ActiveLists::open(connection, &home))?;
        let vault = Vault::new(&home.vault(), &home.keys());
        let presets = Presets::load(&home.presets())?;
        let log = Arc::new(Log::new(home.logs(), clock.clone()));
        Ok(Self {
            log,
            presets: RwLock::new(Arc::new(presets)),
            home,
            store,
            vault,
            clock,
            worker,
            turns: Turns::default(),
            strikes: Strikes::default(),
            jail: Mutex::default(),
            stop: Arc::default(),
            lists: RwLock::new(Arc::new(lists)),
            mending: Mutex::new(()),
            events: Mutex::new(None),
            progress: Mutex::default(),
            offers: Offers::default(),
            viewing: Viewing::default(),
        })
    }

    /// What is known of site software. A snapshot: files of the operator's own can be read anew.
    pub fn presets(&self) -> Arc<Presets> {
        self.presets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the operator's own preset files anew.
    ///
    /// # Errors
    /// As [`Presets::load`].
    pub fn reload_presets(&self) -> Result<()> {
        let fresh = Arc::new(Presets::load(&self.home.presets())?);
        *self.presets.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The open indexes. A snapshot: an import that switches meanwhile makes a new one.
    pub fn lists(&self) -> Arc<ActiveLists> {
        self.lists.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the indexes anew if a list was switched, by this process or by another. One that turned out to be damaged is built again first.
    ///
    /// # Errors
    /// The store's own.
    pub fn refresh_lists(&self) -> Result<Arc<ActiveLists>> {
        let generation = self.store.read(store::switches::generation)?;
        let current = self.lists();
        if current.damage_met().next().is_some() {
            return self.mend_lists(&current);
        }
        if current.generation == generation {
            return Ok(current);
        }
        let fresh = Arc::new(self.store.read(|connection| ActiveLists::open(connection, &self.home))?);
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        Ok(fresh)
    }

    /// Builds the damaged indexes again; a list whose original is damaged too is set aside and shown as not in use.
    fn mend_lists(&self, seen: &Arc<ActiveLists>) -> Result<Arc<ActiveLists>> {
        let _one = lock(&self.mending);
        let current = self.lists();
        if !Arc::ptr_eq(seen, &current) {
            return Ok(current);
        }
        let mut aside = Vec::new();
        for list in seen.damage_met() {
            if version::rebuild(&self.home, list, self.clock.now_ms()).is_err() {
                aside.push(list.id);
            }
        }
        let mut fresh = self.store.read(|connection| ActiveLists::open(connection, &self.home))?;
        aside.into_iter().for_each(|list| fresh.set_aside(list));
        let fresh = Arc::new(fresh);
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        Ok(fresh)
    }

    /// Opens all indexes anew, also when no list was switched: after a damaged one was built again.
    ///
    /// # Errors
    /// The store's own.
    pub fn reopen_lists(&self) -> Result<()> {
        let fresh = Arc::new(self.store.read(|connection| ActiveLists::open(connection, &self.home))?);
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Sends events to `sink` from now on. A full sink makes the sender wait, so a listener must keep reading.
    pub fn listen(&self, sink: Option<SyncSender<Event>>) {
        *lock(&self.events) = sink;
    }

    /// Tells the log, and the listener if there is one.
    pub fn tell(&self, event: Event) {
        if let Some(line) = line_of(&event) {
            self.log.write(line);
        }
        let sink = lock(&self.events).clone();
        if let Some(sink) = sink {
            // A listener that has gone needs nothing.
            drop(sink.send(event));
        }
    }

    /// Sweeps that are running, with how far they are.
    pub fn progress(&self) -> Vec<(SiteId, SweepProgress)> {
        let mut all: Vec<_> = lock(&self.progress).iter().map(|(site, progress)| (*site, *progress)).collect();
        all.sort_by_key(|(site, _)| *site);
        all
    }

    /// Changes the progress of a site's sweep, or begins a new one; removes it when it is complete.
    pub fn with_progress(&self, site: SiteId, start: bool, change: impl FnOnce(&mut SweepProgress)) {
        let mut all = lock(&self.progress);
        if start {
            all.insert(site, SweepProgress { walking: true, started: self.clock.monotonic(), ..SweepProgress::default() });
        }
        let Some(progress) = all.get_mut(&site) else { return };
        change(progress);
        if !progress.walking && progress.done >= progress.total {
            all.remove(&site);
        }
    }

    /// Who acts: the person named for this process, else the one whom the home names.
    ///
    /// # Errors
    /// The store's own.
    pub fn person(&self) -> Result<Person> {
        let named = self.store.acting_as();
        self.store.read(|connection| match &named {
            Some(name) => persons::named(connection, name),
            None => persons::current(connection),
        })
    }

    /// Everything that this process does from now on is in the name of this person.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a name that nobody has, or the store's own.
    pub fn act_as(&self, name: &str) -> Result<Person> {
        let person = self.store.read(|connection| persons::named(connection, name))?;
        self.store.act_as(Some(person.name.clone()));
        Ok(person)
    }

    /// Refuses what the person who acts has no right to.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] with the reason, or the store's own.
    pub fn require(&self, right: Right) -> Result<()> {
        if right == Right::Anyone {
            return Ok(());
        }
        let acting = self.store.acting_as();
        let person = self.store.read(|connection| match acting {
            Some(name) => persons::named(connection, &name),
            None => persons::current(connection),
        })?;
        persons::refuse_without(&person, right)
    }

    /// Whether the engine is ending.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// What the log says of an event. What happens to every upload is in the store, and a log of it would hold nothing else.
fn line_of(event: &Event) -> Option<Line> {
    Some(match event {
        Event::Case { case, .. } => Line::new(Level::Info, What::CaseChanged).case(*case),
        Event::Acted { case } => Line::new(Level::Info, What::Acted).case(*case),
        Event::CouldNotCheck { file, reason } => Line::new(Level::Info, What::CouldNotCheck).site(file.site).code(reason.as_str()),
        Event::Sweep { site, files, complete, took, .. } => {
            let (level, what) = if *complete { (Level::Info, What::Swept) } else { (Level::Warn, What::SweptPartly) };
            Line::new(level, what).site(*site).count(*files).ms(took.as_millis())
        }
        Event::Health { site, health, .. } => {
            let level = match health {
                SiteHealth::Missing | SiteHealth::Replaced | SiteHealth::Stopped => Level::Warn,
                SiteHealth::Starting | SiteHealth::Watching | SiteHealth::Polling | SiteHealth::Paused => Level::Info,
            };
            Line::new(level, What::Health).site(*site).code(health.as_str())
        }
        Event::Checked { .. } | Event::Gone { .. } | Event::Recorded | Event::Offer => return None,
    })
}

/// A lock whose holder panicked still guards plain values; the panic itself is reported at the top of its thread.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
