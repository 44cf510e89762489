//! The thread between hints and files at rest. It alone owns the [watchers](super::watchers).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::Duration;

use super::check::{self, Work};
use super::core::lock;
use super::flow::{FULL_PAUSE, Flow, NAP, Queues, SWEEP_HINTS};
use super::watchers::Watchers;
use crate::intake::identify::{self, RootProblem, Sight};
use crate::intake::settle::{Accepted, Look, Settle, Settled};
use crate::intake::sweep::{self, Seen};
use crate::intake::watch::{Hint, HintKind, Notice, SweepCause};
use crate::model::{Site, SiteFile, SiteId, SitePath};
use crate::store::uploads;

/// Files that may be coming to rest at the same time.
const SETTLING: usize = 200_000;
/// Files that become `Found` in one transaction.
const FOUND_AT_ONCE: usize = 128;

/// The state of that thread.
pub(super) struct SettleLoop {
    flow: Arc<Flow>,
    notices: Receiver<Notice>,
    hints: Receiver<Hint>,
    dirs: Receiver<(SiteId, SitePath)>,
    work: SyncSender<Work>,
    settle: Settle,
    watches: bool,
    watchers: Watchers,
    /// What is checked when nothing else is, by its rows: a site, and the row after which to go on.
    last: BTreeMap<SiteId, (i64, usize)>,
}

impl SettleLoop {
    pub(super) fn new(flow: Arc<Flow>, (notices, hints, dirs): Queues, work: SyncSender<Work>, watches: bool) -> Self {
        let watchers = Watchers::new(flow.clone());
        Self { flow, notices, hints, dirs, work, settle: Settle::new(SETTLING), watches, watchers, last: BTreeMap::new() }
    }

    pub(super) fn run(mut self) {
        crate::fault::point("thread_settle");
        while !self.flow.core().is_stopping() {
            if self.watches {
                self.watchers.look_after().into_iter().for_each(|removed| self.settle.forget_site(removed));
            }
            self.watch_swept_directories();
            self.take_hints();
            self.look();
            self.queue_last();
            let mut load = lock(&self.flow.load);
            load.settling = self.settle.len();
            self.flow.rested.notify_all();
        }
    }

    /// Every sweep sets every watch again: one that the system dropped comes back, and one that is there costs a system call.
    fn watch_swept_directories(&mut self) {
        for _ in 0..SWEEP_HINTS {
            let Ok((site, path)) = self.dirs.try_recv() else { return };
            self.watchers.watch_dir(site, &path);
        }
    }

    /// Takes what waits, and sleeps until something comes or a file is due.
    fn take_hints(&mut self) {
        let now = self.flow.core().clock.monotonic();
        let nap = self.settle.next_due().map_or(NAP, |due| due.saturating_sub(now).min(NAP));
        // A sweep's hints wait while many files are settling already: events go first.
        let room = self.settle.len() < SETTLING / 2;
        let mut sweep_hints = 0;
        while room && sweep_hints < SWEEP_HINTS {
            let Ok(hint) = self.hints.try_recv() else { break };
            self.accept(hint);
            sweep_hints += 1;
        }
        let nap = if sweep_hints > 0 { Duration::ZERO } else { nap.min(Duration::from_millis(50)) };
        let Ok(first) = self.notices.recv_timeout(nap) else { return };
        self.take_notice(first);
        for _ in 0..SWEEP_HINTS {
            let Ok(notice) = self.notices.try_recv() else { return };
            self.take_notice(notice);
        }
    }

    fn take_notice(&mut self, notice: Notice) {
        match notice {
            Notice::Hint(hint) => self.accept(hint),
            Notice::Directory { site, path } => {
                self.new_directory(site, path);
                self.settled_count();
                self.flow.taken(1);
            }
            Notice::SweepDue { site, cause } => self.flow.sweep_due(site, cause),
        }
    }

    fn accept(&mut self, hint: Hint) {
        self.offer(hint);
        self.settled_count();
        self.flow.taken(1);
    }

    fn offer(&mut self, hint: Hint) {
        let (now, site) = (self.flow.core().clock.monotonic(), hint.site);
        if !self.flow.site(site).is_some_and(|site| site.covers(&hint.path)) {
            return;
        }
        if self.settle.hint(now, hint) == Accepted::Full {
            self.flow.sweep_due(site, SweepCause::HintsDropped);
        }
    }

    /// Before a hint is called taken, the file counts as settling: idle is never seen in between.
    fn settled_count(&self) {
        lock(&self.flow.load).settling = self.settle.len();
    }

    /// Watch it, *then* list it, then go down: files written between are in the listing, later ones make events.
    fn new_directory(&mut self, id: SiteId, path: SitePath) {
        let Some(site) = self.flow.site(id).filter(|site| site.covers(&path)) else { return };
        let mut found = Vec::new();
        let watchers = &mut self.watchers;
        sweep::walk_dir(&site.root, site.root_identity, &path, &self.flow.core().stop, &mut |seen| match seen {
            Seen::Directory { path } => watchers.watch_dir(id, &path),
            Seen::File { path, .. } | Seen::Unusual { path, .. } => found.push(path),
        });
        found.into_iter().for_each(|path| self.offer(Hint { site: id, path, kind: HintKind::Look }));
    }

    /// Looks at every file that is due and passes on what has come to rest.
    fn look(&mut self) {
        let core = self.flow.core().clone();
        let due = self.settle.due(core.clock.monotonic());
        let mut at_rest = Vec::new();
        for file in due {
            if core.is_stopping() {
                return;
            }
            let Some(site) = self.flow.site(file.site) else {
                self.settle.forget_site(file.site);
                continue;
            };
            self.look_at(&site, file, &mut at_rest);
            if at_rest.len() >= FOUND_AT_ONCE {
                self.pass_on(std::mem::take(&mut at_rest));
            }
        }
        self.pass_on(at_rest);
    }

    fn look_at(&mut self, site: &Site, file: SiteFile, at_rest: &mut Vec<(SiteFile, Look, bool)>) {
        use std::os::fd::AsFd as _;
        let core = self.flow.core().clone();
        let sight = match identify::open_root(&site.root, site.root_identity) {
            Ok(root) => identify::look(root.as_fd(), &file.path, core.clock.now_ms()),
            Err(identify::Refused::RootProblem(problem)) => Sight::RootProblem(problem),
            Err(_) => Sight::RootProblem(RootProblem::Missing),
        };
        let look = match sight {
            Sight::Look(look) => look,
            Sight::Directory => {
                self.settle.looked(core.clock.monotonic(), &file, Look::Absent);
                return self.new_directory(file.site, file.path);
            }
            Sight::RootProblem(_) => {
                self.settle.looked(core.clock.monotonic(), &file, Look::Absent);
                core.with_progress(file.site, false, |progress| progress.done += 1);
                return self.flow.sweep_due(file.site, SweepCause::RootChanged);
            }
        };
        match self.settle.looked(core.clock.monotonic(), &file, look) {
            Settled::Wait => {}
            Settled::Ready => at_rest.push((file, look, false)),
            Settled::Changing => at_rest.push((file, look, true)),
            Settled::Gone => {
                core.with_progress(file.site, false, |progress| progress.done += 1);
                self.flow.sweep_due(file.site, SweepCause::Removed);
            }
            Settled::Unusual(reason) => {
                core.with_progress(file.site, false, |progress| progress.done += 1);
                if check::refuse(&core, file.clone(), reason, false).is_err() {
                    self.flow.sweep_due(file.site, SweepCause::NotWritten);
                }
            }
        }
    }

    /// Commits the rows `Found` and queues the checks.
    fn pass_on(&mut self, at_rest: Vec<(SiteFile, Look, bool)>) {
        if at_rest.is_empty() {
            return;
        }
        let offered: Vec<SiteId> = at_rest.iter().map(|(file, ..)| file.site).collect();
        let Ok(work) = check::found(self.flow.core(), &|id| self.flow.site(id), at_rest) else {
            return offered.into_iter().for_each(|site| self.flow.sweep_due(site, SweepCause::NotWritten));
        };
        // What needs no check is done as far as a sweep's progress is concerned.
        let mut unneeded: HashMap<SiteId, u64> = HashMap::new();
        offered.into_iter().for_each(|site| *unneeded.entry(site).or_default() += 1);
        work.iter().for_each(|one| *unneeded.entry(one.file.site).or_default() -= 1);
        for (site, count) in unneeded {
            self.flow.core().with_progress(site, false, |progress| progress.done += count);
        }
        let (last, work): (Vec<Work>, Vec<Work>) = work.into_iter().partition(|one| one.is_last);
        for one in &last {
            // A row that was passed already is met again from the beginning.
            let (after, waiting) = self.last.entry(one.file.site).or_insert((i64::MAX, 0));
            *after = (*after).min(one.upload.get() - 1);
            *waiting += 1;
        }
        let mut load = lock(&self.flow.load);
        load.last += last.len();
        load.checking += work.len();
        drop(load);
        work.into_iter().for_each(|one| self.queue(one));
    }

    /// Copies of what lies on other servers are checked when nothing else waits: they are rows, and are read back a page at a time.
    fn queue_last(&mut self) {
        /// Rows read at once: few, so that an upload that comes meanwhile does not wait long.
        const PAGE: u32 = 64;
        let is_busy = {
            let load = lock(&self.flow.load);
            load.hints > 0 || !self.settle.is_empty() || load.checking > 0
        };
        let Some((site, (after, waiting))) = self.last.first_key_value().map(|(site, at)| (*site, *at)).filter(|_| !is_busy) else {
            return;
        };
        let core = self.flow.core().clone();
        // What cannot be read now is read in the next round.
        let Ok(rows) = core.store.read(|connection| uploads::last_ones(connection, site, after, PAGE)) else { return };
        let mut load = lock(&self.flow.load);
        load.checking += rows.len();
        let taken = if rows.is_empty() { waiting } else { rows.len().min(waiting) };
        load.last = load.last.saturating_sub(taken);
        drop(load);
        match rows.last() {
            None => drop(self.last.remove(&site)),
            Some(row) => drop(self.last.insert(site, (row.id.get(), waiting - taken))),
        }
        rows.into_iter().for_each(|row| self.queue(Work { upload: row.id, file: row.file, changing: false, is_last: true }));
    }

    /// Waits for room: a full queue slows the settling down. What is left when the engine stops is a row `Found`.
    fn queue(&self, one: Work) {
        let mut waiting = Some(one);
        while let Some(one) = waiting.take().filter(|_| !self.flow.core().is_stopping()) {
            match self.work.try_send(one) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(one)) => waiting = Some(one),
            }
            std::thread::sleep(FULL_PAUSE);
        }
    }
}
