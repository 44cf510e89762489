//! What the threads share: queues, what is due, which sites there are, and how much is under way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::core::{Core, lock};
use super::sweeping;
use crate::error::Result;
use crate::intake::watch::{Hint, HintKind, Notice, SweepCause};
use crate::model::{Site, SiteId, SitePath};
use crate::store::sites::{self, SiteHealth};
use crate::store::uploads;

/// Notices of the watcher that may wait. A full queue drops the event and marks a sweep as due: nothing is lost, it is found later.
const NOTICES: usize = 65_536;
/// Hints of a sweep that may wait. A full queue makes the sweep wait.
pub(super) const SWEEP_HINTS: usize = 1_024;
/// Longest sleep of a thread, so that stopping takes less than two seconds.
pub(super) const NAP: Duration = Duration::from_millis(200);
/// Pause of a thread that found its queue full.
pub(super) const FULL_PAUSE: Duration = Duration::from_millis(2);

/// What the settle thread takes from: events, files of sweeps, directories of sweeps.
pub(super) type Queues = (Receiver<Notice>, Receiver<Hint>, Receiver<(SiteId, SitePath)>);

/// What the threads share beside the [`Core`].
pub struct Flow {
    core: Arc<Core>,
    notices: SyncSender<Notice>,
    sweep_hints: SyncSender<Hint>,
    sweep_dirs: SyncSender<(SiteId, SitePath)>,
    pub(super) sweeps_due: Mutex<BTreeMap<SiteId, SweepCause>>,
    /// Sites by number, read anew when they change.
    sites: Mutex<HashMap<SiteId, Site>>,
    /// Sites whose watching has to begin, end or begin again.
    pub(super) changed_sites: Mutex<BTreeSet<SiteId>>,
    pub(super) load: Mutex<Load>,
    pub(super) rested: Condvar,
}

/// How much is under way. Idle is when all of it is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Hints sent and not yet taken by the settle thread.
    pub(super) hints: usize,
    /// Files coming to rest.
    pub(super) settling: usize,
    /// Files at rest, waiting for or in a check.
    pub(super) checking: usize,
    /// Files at rest that are checked when nothing else is.
    pub(super) last: usize,
}

impl Flow {
    /// A flow in which nothing is under way, and the ends of its queues.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn new(core: &Arc<Core>) -> Result<(Arc<Self>, Queues)> {
        let (notices, notice_queue) = sync_channel(NOTICES);
        let (sweep_hints, hint_queue) = sync_channel(SWEEP_HINTS);
        let (sweep_dirs, dir_queue) = sync_channel(SWEEP_HINTS);
        let flow = Self {
            core: core.clone(),
            notices,
            sweep_hints,
            sweep_dirs,
            sweeps_due: Mutex::default(),
            sites: Mutex::default(),
            changed_sites: Mutex::default(),
            load: Mutex::default(),
            rested: Condvar::new(),
        };
        flow.reload_sites()?;
        Ok((Arc::new(flow), (notice_queue, hint_queue, dir_queue)))
    }

    /// The core.
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Reads the sites anew.
    ///
    /// # Errors
    /// The store's own.
    pub fn reload_sites(&self) -> Result<()> {
        let all = self.core.store.read(sites::all)?;
        let fresh: HashMap<SiteId, Site> = all.into_iter().map(|state| (state.site.id, state.site)).collect();
        let mut sites = lock(&self.sites);
        let differs = |id: &SiteId| match (sites.get(id), fresh.get(id)) {
            (Some(old), Some(new)) => {
                old.root_identity != new.root_identity || old.paused_until != new.paused_until || old.only != new.only
            }
            (old, new) => old.is_some() != new.is_some(),
        };
        let is_sorted_anew =
            |(id, new): (&SiteId, &Site)| sites.get(id).is_some_and(|old| (&old.preset, &old.level) != (&new.preset, &new.level));
        if fresh.iter().any(is_sorted_anew) {
            self.core.reload_presets()?;
        }
        let changed: Vec<SiteId> = sites.keys().chain(fresh.keys()).filter(|id| differs(id)).copied().collect();
        lock(&self.changed_sites).extend(changed);
        *sites = fresh;
        Ok(())
    }

    /// The sites that are watched.
    pub fn sites(&self) -> Vec<Site> {
        lock(&self.sites).values().cloned().collect()
    }

    pub(super) fn site(&self, id: SiteId) -> Option<Site> {
        lock(&self.sites).get(&id).cloned()
    }

    pub(super) fn watch_all(&self) {
        let all: Vec<SiteId> = lock(&self.sites).keys().copied().collect();
        lock(&self.changed_sites).extend(all);
    }

    /// Sets the watcher of a site up anew: its root is back, or its pause is over.
    pub fn watch_again(&self, site: SiteId) {
        lock(&self.changed_sites).insert(site);
    }

    /// What an earlier watcher said of the sites is of the past: this one says it anew.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn begin_health(&self) -> Result<()> {
        for site in self.sites() {
            sweeping::set_health(&self.core, &site, SiteHealth::Starting, None)?;
        }
        Ok(())
    }

    /// Marks a sweep of a site as due.
    pub fn sweep_due(&self, site: SiteId, cause: SweepCause) {
        let mut due = lock(&self.sweeps_due);
        let waiting = due.entry(site).or_insert(cause);
        // That events were lost has to be said, also if the sweep was due anyway.
        if cause.is_loss() {
            *waiting = cause;
        }
    }

    /// Asks for a look at a path, from the clock or from a person.
    pub fn hint(&self, hint: Hint) {
        self.notice(Notice::Hint(hint));
    }

    /// What the watcher tells. Never blocks: it runs on the watcher's thread.
    pub(super) fn notice(&self, notice: Notice) {
        let site = match &notice {
            Notice::SweepDue { site, cause } => return self.sweep_due(*site, *cause),
            Notice::Hint(hint) => hint.site,
            Notice::Directory { site, .. } => *site,
        };
        lock(&self.load).hints += 1;
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.notices.try_send(notice) {
            self.taken(1);
            self.sweep_due(site, SweepCause::HintsDropped);
        }
    }

    pub(super) fn taken(&self, hints: usize) {
        let mut load = lock(&self.load);
        load.hints = load.hints.saturating_sub(hints);
        self.rested.notify_all();
    }

    /// Whether the operator paused the site.
    pub(super) fn is_paused(&self, site: &Site) -> bool {
        site.paused_until.is_some_and(|until| until > self.core.clock.now_ms())
    }

    /// Puts every row that a crash or a full disk left as `Found` back into the flow.
    ///
    /// # Errors
    /// The store's own.
    pub fn take_up_unfinished(&self) -> Result<()> {
        /// Rows read at once.
        const PAGE: u32 = 1_000;
        let mut after = 0;
        loop {
            let rows = self.core.store.read(|connection| uploads::unfinished(connection, after, PAGE))?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id.get();
            rows.into_iter().for_each(|row| self.hint(Hint { site: row.file.site, path: row.file.path, kind: HintKind::Look }));
        }
    }

    /// Files that are somewhere between a hint and the end of their check.
    pub fn waiting(&self) -> usize {
        let load = *lock(&self.load);
        load.hints + load.settling + load.checking + load.last
    }
}

/// Hands what a sweep finds to the settle thread, and waits while that is busy: a sweep has time.
pub(super) struct FromSweep<'a> {
    pub(super) flow: &'a Flow,
    pub(super) site: SiteId,
}

impl sweeping::Found for FromSweep<'_> {
    fn file(&mut self, hint: Hint) {
        lock(&self.flow.load).hints += 1;
        let mut waiting = Some(hint);
        // Not a blocking send: the settle thread may have ended.
        while let Some(hint) = waiting.take().filter(|_| !self.flow.core.is_stopping()) {
            match self.flow.sweep_hints.try_send(hint) {
                Ok(()) => return,
                Err(TrySendError::Full(hint)) => waiting = Some(hint),
                Err(TrySendError::Disconnected(_)) => {}
            }
            if waiting.is_some() {
                std::thread::sleep(FULL_PAUSE);
            }
        }
        self.flow.taken(1);
    }

    fn directory(&mut self, path: SitePath) {
        // A directory that finds no room is watched again by the next sweep.
        drop(self.flow.sweep_dirs.try_send((self.site, path)));
    }
}
