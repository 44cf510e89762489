//! The watchers of all sites: begun, ended, looked after, and tried again where the system had no room for them. Owned by the settle thread.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::core::lock;
use super::flow::Flow;
use super::sweeping;
use crate::error::Result;
use crate::intake::filesystem::events_work;
use crate::intake::identify::{self, RootProblem};
use crate::intake::sweep::{self, Seen};
use crate::intake::watch::{NoEvents, SiteWatch, SweepCause};
use crate::model::{Site, SiteId, SitePath};
use crate::store::sites::SiteHealth;

/// How often each watcher is asked whether it still hears.
const ASK: Duration = Duration::from_secs(2);
/// How long a site is polled before events are tried again: the limit may have been raised, or other programs may have let watches go.
const AGAIN: Duration = Duration::from_secs(60);

/// Why a site is polled, as stored and as told.
const ENDED: &str = "watcher_ended";
const SILENT: &str = "watcher_silent";

pub(super) struct Watchers {
    flow: Arc<Flow>,
    by_site: HashMap<SiteId, SiteWatch>,
    /// Sites of which a directory could not be watched for want of room: they are polled.
    blind: BTreeMap<SiteId, NoEvents>,
    /// When events are tried again, on the monotonic clock.
    again: BTreeMap<SiteId, Duration>,
    ask_at: Duration,
}

impl Watchers {
    pub(super) fn new(flow: Arc<Flow>) -> Self {
        Self { flow, by_site: HashMap::new(), blind: BTreeMap::new(), again: BTreeMap::new(), ask_at: Duration::ZERO }
    }

    /// Watches one directory of a site that has a watcher. One that cannot be watched is swept; its siblings are watched all the same.
    pub(super) fn watch_dir(&mut self, site: SiteId, dir: &SitePath) {
        let failed = self.by_site.get_mut(&site).and_then(|watch| out_of_room(watch, Some(dir)));
        failed.into_iter().for_each(|why| _ = self.blind.insert(site, why));
    }

    /// Begins, ends and begins again what changed, and looks after the others. Gives the sites that are watched no more.
    pub(super) fn look_after(&mut self) -> Vec<SiteId> {
        let now = self.flow.core().clock.monotonic();
        let mut changed = std::mem::take(&mut *lock(&self.flow.changed_sites));
        changed.extend(self.again.extract_if(.., |_, at| *at <= now).map(|(id, _)| id));
        let removed = changed.into_iter().filter(|id| !self.renew(*id)).collect();
        self.end_the_deaf(now);
        for (id, why) in std::mem::take(&mut self.blind) {
            self.poll(id, &word_of(&why));
        }
        removed
    }

    /// Sets the watcher of a site up anew, unless it is paused. False if there is no such site any more.
    fn renew(&mut self, id: SiteId) -> bool {
        self.by_site.remove(&id);
        self.again.remove(&id);
        let Some(site) = self.flow.site(id) else { return false };
        if self.flow.is_paused(&site) {
            self.say(&site, SiteHealth::Paused, None);
        } else {
            self.start(&site);
        }
        true
    }

    fn end_the_deaf(&mut self, now: Duration) {
        let asks = self.ask_at <= now;
        if asks {
            self.ask_at = now + ASK;
        }
        let why = |watch: &mut SiteWatch| match () {
            () if !watch.is_alive() => Some(ENDED),
            () if asks && !watch.hears() => Some(SILENT),
            () => None,
        };
        let deaf: Vec<_> = self.by_site.iter_mut().filter_map(|(id, watch)| Some((*id, why(watch)?))).collect();
        deaf.into_iter().for_each(|(id, why)| self.poll(id, why));
    }

    /// From now on only sweeps see this site, and a person is told; events are tried again later.
    fn poll(&mut self, id: SiteId, why: &str) {
        self.by_site.remove(&id);
        self.again.insert(id, self.flow.core().clock.monotonic() + AGAIN);
        if let Some(site) = self.flow.site(id) {
            self.say(&site, SiteHealth::Polling, Some(why.to_owned()));
            self.flow.sweep_due(id, SweepCause::WatchError);
        }
    }

    fn start(&mut self, site: &Site) {
        let recorded = identify::root_identity(&site.root).and_then(|found| match found == site.root_identity {
            true => Ok(()),
            false => Err(RootProblem::Replaced),
        });
        if let Err(problem) = recorded {
            return self.report(sweeping::set_root_health(self.flow.core(), site, problem), site.id);
        }
        match self.try_start(site) {
            Ok(watch) => {
                self.by_site.insert(site.id, watch);
                self.say(site, SiteHealth::Watching, None);
                self.flow.sweep_due(site.id, SweepCause::Started);
            }
            // The kind of a file system does not change while it is mounted: a root that comes back is begun anew.
            Err(NoEvents::Filesystem(kind)) => {
                self.say(site, SiteHealth::Polling, Some(word_of(&NoEvents::Filesystem(kind))));
                self.flow.sweep_due(site.id, SweepCause::Started);
            }
            Err(why) => self.poll(site.id, &word_of(&why)),
        }
    }

    /// A watcher of every directory of the site. Watch first, list then: the sweep that is due lists what was there before.
    fn try_start(&self, site: &Site) -> std::result::Result<SiteWatch, NoEvents> {
        events_work(&site.root)?;
        let flow = self.flow.clone();
        let mut watch = SiteWatch::start(site.id, &site.root, move |notice| flow.notice(notice))?;
        let mut failed = out_of_room(&mut watch, None);
        sweep::walk_only(&site.root, site.root_identity, &site.only, &self.flow.core().stop, &mut |seen| {
            // Without room for one directory the site is polled: the others need not be tried.
            if let (None, Seen::Directory { path }) = (&failed, seen) {
                failed = out_of_room(&mut watch, Some(&path));
            }
        });
        failed.map_or(Ok(watch), Err)
    }

    fn say(&self, site: &Site, health: SiteHealth, detail: Option<String>) {
        self.report(sweeping::set_health(self.flow.core(), site, health, detail), site.id);
    }

    /// A health that could not be written is written by the sweep that is due then.
    fn report(&self, written: Result<()>, site: SiteId) {
        if written.is_err() {
            self.flow.sweep_due(site, SweepCause::NotWritten);
        }
    }
}

/// Watches a directory. `Some` if the system has no room for it, which the next one would meet too.
fn out_of_room(watch: &mut SiteWatch, dir: Option<&SitePath>) -> Option<NoEvents> {
    match watch.watch_dir(dir) {
        Ok(()) | Err(NoEvents::Denied | NoEvents::Other(_)) => None,
        Err(why @ (NoEvents::WatchLimit | NoEvents::InstanceLimit | NoEvents::Filesystem(_))) => Some(why),
    }
}

fn word_of(no_events: &NoEvents) -> String {
    match no_events {
        NoEvents::WatchLimit => "watch_limit".to_owned(),
        NoEvents::InstanceLimit => "instance_limit".to_owned(),
        NoEvents::Filesystem(kind) => format!("filesystem {kind}"),
        NoEvents::Denied => "permission_denied".to_owned(),
        NoEvents::Other(words) => words.clone(),
    }
}
