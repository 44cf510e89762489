//! Events of the file system, as hints. The only importer of `notify`.
//!
//! An event is a hint and nothing more: it may repeat, be missing, or name what is gone. Whatever cannot be turned into a hint on a path
//! (an overflow, an error, an event without a path, a change of the root itself) becomes "a sweep is due": coverage never depends on an
//! event having arrived. Reading a file causes events too, so every access event is dropped but one: closed after writing.
//!
//! `notify` owns one thread a watcher. It calls `notices`, which must neither block nor call back into the [`SiteWatch`]: both would stop
//! the thread that [`SiteWatch::watch_dir`] waits for. A full channel is the caller's: it drops the notice and notes a sweep as due.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use notify::event::{AccessKind, AccessMode, CreateKind, Event, EventKind, ModifyKind, RenameMode};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use rustix::io::Errno;

use super::canary::{Canary, Ear};
pub use super::filesystem::events_work;
use crate::model::{SiteId, SitePath};

/// Closed files whose names are remembered, so that a rename right after closing counts as closed. Too few, and a site with more uploads at
/// the same moment waits half a second longer for some; more costs a longer search for every write.
const CLOSED_REMEMBERED: usize = 256;

/// What a hint says about the writer of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// Nothing: from a sweep, a listing, or a change of the surroundings.
    Look,
    /// The name appeared, and nothing was written through it yet: a writer is about to, or the file was linked here.
    Created,
    /// Written, not closed yet.
    Changed,
    /// Closed after writing, or renamed to this name after that.
    Closed,
    /// Renamed to this name.
    MovedIn,
}

/// "Look at this path." May repeat, may be missing, means nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The site.
    pub site: SiteId,
    /// The path below its root.
    pub path: SitePath,
    /// What is known of the writer.
    pub kind: HintKind,
}

/// Why a sweep is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweepCause {
    /// Watching starts.
    Started,
    /// The interval is over.
    Timer,
    /// The operator asked.
    Asked,
    /// The machine slept.
    Resumed,
    /// The system had more events than it could keep.
    Overflow,
    /// The watcher reported an error.
    WatchError,
    /// An event named no path.
    PathlessEvent,
    /// A hint found its queue full.
    HintsDropped,
    /// A file was removed; only a complete listing makes it `Gone`.
    Removed,
    /// The root itself was changed, moved or removed.
    RootChanged,
    /// A row could not be written: a full disk, a locked database.
    NotWritten,
}

impl SweepCause {
    /// Whether events were lost before it: until the sweep is over, events do not tell everything.
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Overflow | Self::WatchError | Self::PathlessEvent | Self::HintsDropped)
    }
}

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Look at a path.
    Hint(Hint),
    /// A directory appeared: watch it, *then* list it.
    Directory {
        /// The site.
        site: SiteId,
        /// The path below its root.
        path: SitePath,
    },
    /// Events cannot be relied on for what happened until now.
    SweepDue {
        /// The site.
        site: SiteId,
        /// Why.
        cause: SweepCause,
    },
}

/// Why events cannot be had, for a site or for one directory. Sweeps cover it; a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoEvents {
    /// The system's number of watched directories is used up.
    WatchLimit,
    /// The system's number of watchers, or of open files, is used up.
    InstanceLimit,
    /// A file system of this kind does not report what other machines or layers change.
    Filesystem(String),
    /// The system refused access to the directory.
    Denied,
    /// The watcher failed in another way.
    Other(String),
}

impl NoEvents {
    /// What to do about it, as a sentence, where something can be done.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::WatchLimit => Some(
                "Raise fs.inotify.max_user_watches: write `fs.inotify.max_user_watches=1048576` to /etc/sysctl.d/60-gatehouse.conf, then run `sysctl --system`.",
            ),
            Self::InstanceLimit => Some(
                "Raise fs.inotify.max_user_instances: write `fs.inotify.max_user_instances=1024` to /etc/sysctl.d/60-gatehouse.conf, then run `sysctl --system`.",
            ),
            Self::Denied => Some("Give the user that runs Gatehouse the right to read this directory."),
            Self::Filesystem(_) | Self::Other(_) => None,
        }
    }
}

/// The events of one site. Dropping it ends them.
pub struct SiteWatch {
    root: PathBuf,
    /// `None` only while this is dropped.
    watcher: Option<RecommendedWatcher>,
    /// Its other half lives in the watcher's thread.
    alive: Weak<()>,
    canary: Canary,
}

impl SiteWatch {
    /// Starts to watch the site at `root`, an absolute path without links; directories are added by [`SiteWatch::watch_dir`].
    ///
    /// `notices` runs on the watcher's thread and must not block (see the head of this module).
    ///
    /// # Errors
    /// [`NoEvents`]; nothing is left behind.
    pub fn start(site: SiteId, root: &Path, notices: impl Fn(Notice) + Send + 'static) -> Result<Self, NoEvents> {
        let life = Arc::new(());
        let alive = Arc::downgrade(&life);
        let (canary, ear) = Canary::new(root);
        let mut reader = EventReader { site, root: root.to_owned(), closed: VecDeque::new(), moved_closed: None, ear };
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Moved in here, so that it ends with the thread.
            let _lives = &life;
            reader.read(event, &notices);
        });
        Ok(Self { root: root.to_owned(), watcher: Some(watcher.map_err(no_events)?), alive, canary })
    }

    /// Whether the watcher's thread still runs. A dead one is a health state; only sweeps see anything then.
    pub fn is_alive(&self) -> bool {
        self.alive.strong_count() > 0
    }

    /// Whether the watcher still hears what happens at the root. To be asked every two seconds; a watcher that fell silent is known at the third.
    pub fn hears(&mut self) -> bool {
        self.canary.is_heard()
    }

    /// Watches one directory, without those below it; `None` is the root. Watching it twice changes nothing. A directory that is gone is not
    /// an error: there is nothing to miss, and its parent's watch tells when the name comes back.
    ///
    /// # Errors
    /// [`NoEvents`]; what was watched before still is.
    pub fn watch_dir(&mut self, dir: Option<&SitePath>) -> Result<(), NoEvents> {
        let path = self.absolute(dir);
        match self.living()?.watch(&path, RecursiveMode::NonRecursive).map_err(no_events) {
            Err(NoEvents::Other(_)) if dir.is_some() && is_absent(&path) => Ok(()),
            watched => watched,
        }
    }

    /// Stops watching one directory. One that was not watched is not an error.
    ///
    /// # Errors
    /// [`NoEvents::Other`] if the watcher has ended.
    pub fn unwatch_dir(&mut self, dir: Option<&SitePath>) -> Result<(), NoEvents> {
        let path = self.absolute(dir);
        match self.living()?.unwatch(&path) {
            Err(error) if !matches!(error.kind, ErrorKind::WatchNotFound) => Err(no_events(error)),
            _ => Ok(()),
        }
    }

    /// The watcher, if its thread still runs: `notify` panics when it is asked after that.
    fn living(&mut self) -> Result<&mut RecommendedWatcher, NoEvents> {
        let is_alive = self.is_alive();
        self.watcher.as_mut().filter(|_| is_alive).ok_or_else(|| NoEvents::Other("the watcher has ended".to_owned()))
    }

    fn absolute(&self, dir: Option<&SitePath>) -> PathBuf {
        dir.map_or_else(|| self.root.clone(), |dir| self.root.join(dir.to_path()))
    }
}

impl std::fmt::Debug for SiteWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteWatch").field("root", &self.root).field("is_alive", &self.is_alive()).finish_non_exhaustive()
    }
}

impl Drop for SiteWatch {
    fn drop(&mut self) {
        // `notify` panics when a watcher is dropped whose thread has ended; a few leaked bytes are better.
        if let Some(watcher) = self.watcher.take_if(|_| self.alive.strong_count() == 0) {
            std::mem::forget(watcher);
        }
    }
}

fn is_absent(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|error| matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory))
}

fn no_events(error: notify::Error) -> NoEvents {
    let text = error.to_string();
    match error.kind {
        ErrorKind::MaxFilesWatch => NoEvents::WatchLimit,
        ErrorKind::Io(source) => match Errno::from_io_error(&source) {
            Some(Errno::NOSPC) => NoEvents::WatchLimit,
            Some(Errno::MFILE | Errno::NFILE) => NoEvents::InstanceLimit,
            Some(Errno::ACCESS | Errno::PERM) => NoEvents::Denied,
            _ => NoEvents::Other(text),
        },
        _ => NoEvents::Other(text),
    }
}

/// Turns the events of one watcher into notices, in the order in which they come.
struct EventReader {
    site: SiteId,
    root: PathBuf,
    /// Files that were closed after writing and not written since, the latest last.
    closed: VecDeque<SitePath>,
    /// The rename under way, if the old name was one of those: the number that joins its two halves.
    moved_closed: Option<usize>,
    ear: Ear,
}

impl EventReader {
    fn read(&mut self, event: notify::Result<Event>, notices: &dyn Fn(Notice)) {
        let event = match event {
            Err(_) => return notices(self.sweep_due(SweepCause::WatchError)),
            Ok(event) if event.need_rescan() => return notices(self.sweep_due(SweepCause::Overflow)),
            Ok(event) => event,
        };
        if is_own_reading(event.kind) {
            if event.paths.contains(&self.root) {
                self.ear.hear();
            }
            return;
        }
        if event.paths.is_empty() {
            return notices(self.sweep_due(SweepCause::PathlessEvent));
        }
        for path in &event.paths {
            if let Some(notice) = self.notice(&event, path) {
                notices(notice);
            }
        }
    }

    fn notice(&mut self, event: &Event, absolute: &Path) -> Option<Notice> {
        let Some(path) = SitePath::strip(&self.root, absolute) else {
            return Some(self.sweep_due(SweepCause::RootChanged));
        };
        match event.kind {
            EventKind::Create(CreateKind::Folder) => Some(Notice::Directory { site: self.site, path }),
            EventKind::Create(_) => {
                self.forget_closed(&path);
                Some(self.hint(path, HintKind::Created))
            }
            EventKind::Access(_) => {
                self.remember_closed(&path);
                Some(self.hint(path, HintKind::Closed))
            }
            EventKind::Modify(ModifyKind::Metadata(_)) | EventKind::Remove(_) => Some(self.hint(path, HintKind::Look)),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                self.moved_closed = if self.forget_closed(&path) { event.tracker() } else { None };
                Some(self.hint(path, HintKind::Look))
            }
            // The two halves were told one by one.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => None,
            EventKind::Modify(ModifyKind::Name(_)) => Some(self.arrived(path, absolute, event.tracker())),
            EventKind::Modify(_) => {
                self.forget_closed(&path);
                Some(self.hint(path, HintKind::Changed))
            }
            EventKind::Any | EventKind::Other => Some(self.sweep_due(SweepCause::PathlessEvent)),
        }
    }

    /// A name that came by a rename. The event does not say whether it is a directory; a wrong guess costs a look.
    fn arrived(&mut self, path: SitePath, absolute: &Path, tracker: Option<usize>) -> Notice {
        if absolute.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Notice::Directory { site: self.site, path };
        }
        let was_closed = tracker.is_some() && self.moved_closed.take() == tracker;
        if was_closed {
            self.remember_closed(&path);
        } else {
            self.forget_closed(&path);
        }
        self.hint(path, if was_closed { HintKind::Closed } else { HintKind::MovedIn })
    }

    fn remember_closed(&mut self, path: &SitePath) {
        self.forget_closed(path);
        if self.closed.len() == CLOSED_REMEMBERED {
            self.closed.pop_front();
        }
        self.closed.push_back(path.clone());
    }

    /// Whether the file was remembered as closed.
    fn forget_closed(&mut self, path: &SitePath) -> bool {
        let place = self.closed.iter().rposition(|closed| closed == path);
        place.and_then(|place| self.closed.remove(place)).is_some()
    }

    fn hint(&self, path: SitePath, kind: HintKind) -> Notice {
        Notice::Hint(Hint { site: self.site, path, kind })
    }

    fn sweep_due(&self, cause: SweepCause) -> Notice {
        Notice::SweepDue { site: self.site, cause }
    }
}

/// Opening and reading, by us or by the site's web server: no hint may come of it, or every check would cause the next one.
fn is_own_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::identify::{open_root, root_identity};
    use crate::intake::sweep::{Seen, walk_dir};
    use std::fs::File;
    use std::io::Write;
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    /// How long a test waits for an event: long, because it is only reached when the test fails.
    const PATIENCE: Duration = Duration::from_secs(10);

    struct Site {
        dir: tempfile::TempDir,
        watch: SiteWatch,
        notices: Receiver<Notice>,
    }

    impl Site {
        fn new() -> Self {
            let dir = tempfile::tempdir().expect("a fresh directory");
            let (sender, notices) = channel();
            let watch = SiteWatch::start(SiteId::new(1), dir.path(), move |notice| drop(sender.send(notice)));
            let mut watch = watch.expect("inotify works");
            watch.watch_dir(None).expect("the root is there");
            Self { dir, watch, notices }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        /// All notices up to the one that a marker file causes.
        fn notices(&self) -> Vec<Notice> {
            let marker = self.path("marker");
            std::fs::create_dir(&marker).expect("a directory");
            let mut notices = Vec::new();
            loop {
                match self.notices.recv_timeout(PATIENCE).expect("the marker causes a notice") {
                    Notice::Directory { path, .. } if path.as_bytes() == b"marker" => break,
                    notice => notices.push(notice),
                }
            }
            std::fs::remove_dir(&marker).expect("empty");
            notices.retain(|notice| !matches!(notice, Notice::Hint(hint) if hint.path.as_bytes() == b"marker"));
            notices
        }
    }

    fn path(name: &str) -> SitePath {
        SitePath::new(name).expect("a path below the root")
    }

    fn hint(name: &str, kind: HintKind) -> Notice {
        Notice::Hint(Hint { site: SiteId::new(1), path: path(name), kind })
    }

    #[test]
    fn a_written_file_is_created_changed_and_closed() {
        let site = Site::new();
        std::fs::write(site.path("a"), "x").expect("written");
        assert_eq!(site.notices(), [hint("a", HintKind::Created), hint("a", HintKind::Changed), hint("a", HintKind::Closed)]);
    }

    #[test]
    fn our_own_reading_causes_no_hint() {
        let site = Site::new();
        std::fs::write(site.path("a"), "x").expect("written");
        site.notices();
        std::fs::read(site.path("a")).expect("readable");
        let root = open_root(site.dir.path(), root_identity(site.dir.path()).expect("a directory")).expect("the same");
        crate::intake::identify::open_beneath(std::os::fd::AsFd::as_fd(&root), &path("a")).expect("opens");
        assert_eq!(site.notices(), [], "or every check would cause the next one");
    }

    #[test]
    fn a_rename_after_closing_is_closed_under_the_new_name() {
        let site = Site::new();
        std::fs::write(site.path("a.part"), "x").expect("written");
        rustix::fs::rename(site.path("a.part"), site.path("a")).expect("renamed");
        let notices = site.notices();
        assert_eq!(notices[3..], [hint("a.part", HintKind::Look), hint("a", HintKind::Closed)], "{notices:?}");
    }

    #[test]
    fn a_rename_while_writing_or_from_elsewhere_is_moved_in() {
        let site = Site::new();
        let mut file = File::create(site.path("a.part")).expect("created");
        file.write_all(b"x").expect("written");
        rustix::fs::rename(site.path("a.part"), site.path("a")).expect("renamed");
        assert_eq!(site.notices().last(), Some(&hint("a", HintKind::MovedIn)), "its writer goes on");
        drop(file);
        assert_eq!(site.notices(), [hint("a", HintKind::Closed)], "under the new name");
        let outside = tempfile::tempdir_in(site.dir.path().parent().expect("a parent")).expect("a directory beside it");
        std::fs::write(outside.path().join("b"), "x").expect("written");
        rustix::fs::rename(outside.path().join("b"), site.path("b")).expect("moved");
        assert_eq!(site.notices(), [hint("b", HintKind::MovedIn)]);
    }

    #[test]
    fn a_directory_that_appears_is_told_as_one_and_is_not_watched_by_itself() {
        let mut site = Site::new();
        std::fs::create_dir(site.path("new")).expect("a directory");
        let outside = tempfile::tempdir_in(site.dir.path().parent().expect("a parent")).expect("a directory beside it");
        rustix::fs::rename(outside.path(), site.path("moved")).expect("moved");
        let directory = |name| Notice::Directory { site: SiteId::new(1), path: path(name) };
        assert_eq!(site.notices(), [directory("new"), directory("moved")]);
        std::fs::write(site.path("new/unseen"), "x").expect("written");
        assert_eq!(site.notices(), [], "the caller watches, then lists");
        site.watch.watch_dir(Some(&path("new"))).expect("it is there");
        std::fs::write(site.path("new/seen"), "x").expect("written");
        assert_eq!(site.notices().last(), Some(&hint("new/seen", HintKind::Closed)));
    }

    #[test]
    fn watching_before_listing_misses_nothing_in_new_and_moved_directories() {
        const DIRECTORIES: usize = 200;
        let mut site = Site::new();
        let (root, outside) = (site.dir.path().to_owned(), tempfile::tempdir().expect("a directory beside it"));
        let expected = |number: usize| [format!("new{number}/below/file"), format!("moved{number}/below/file")];
        let generator = std::thread::spawn({
            let (root, outside) = (root.clone(), outside.path().to_owned());
            move || {
                for number in 0..DIRECTORIES {
                    for path in expected(number) {
                        let base = if path.starts_with("new") { &root } else { &outside };
                        let file = base.join(path);
                        std::fs::create_dir_all(file.parent().expect("it has one")).expect("directories");
                        std::fs::write(file, "x").expect("written");
                    }
                    let name = format!("moved{number}");
                    rustix::fs::rename(outside.join(&name), root.join(&name)).expect("moved in whole");
                }
            }
        });
        let identity = root_identity(&root).expect("a directory");
        let mut missing: std::collections::BTreeSet<Vec<u8>> = (0..DIRECTORIES).flat_map(expected).map(String::into_bytes).collect();
        while !missing.is_empty() {
            match site.notices.recv_timeout(PATIENCE) {
                Ok(Notice::Hint(hint)) => drop(missing.remove(hint.path.as_bytes())),
                Ok(Notice::Directory { path, .. }) => {
                    walk_dir(&root, identity, &path, &AtomicBool::new(false), &mut |seen| match seen {
                        Seen::Directory { path } => site.watch.watch_dir(Some(&path)).expect("within the limits"),
                        Seen::File { path, .. } | Seen::Unusual { path, .. } => drop(missing.remove(path.as_bytes())),
                    });
                }
                Ok(Notice::SweepDue { cause, .. }) => panic!("so few events overflow nothing: {cause:?}"),
                Err(_) => break,
            }
        }
        generator.join().expect("the generator ran");
        assert!(missing.is_empty(), "{} of {} missed, among them {:?}", missing.len(), 2 * DIRECTORIES, missing.first());
    }

    #[test]
    fn a_removed_file_and_changed_rights_want_a_look() {
        let site = Site::new();
        std::fs::write(site.path("a"), "x").expect("written");
        site.notices();
        std::fs::set_permissions(site.path("a"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our file");
        assert_eq!(site.notices(), [hint("a", HintKind::Look)]);
        rustix::fs::unlink(site.path("a")).expect("removed");
        assert_eq!(site.notices(), [hint("a", HintKind::Look)]);
    }

    #[test]
    fn a_moved_root_makes_a_sweep_due() {
        let site = Site::new();
        let elsewhere = tempfile::tempdir().expect("a fresh directory");
        let (root, aside) = (site.dir.path().to_owned(), elsewhere.path().join("aside"));
        rustix::fs::rename(&root, &aside).expect("moved");
        let notice = site.notices.recv_timeout(PATIENCE).expect("a notice");
        rustix::fs::rename(&aside, &root).expect("moved back, to be removed with the test");
        assert_eq!(notice, Notice::SweepDue { site: SiteId::new(1), cause: SweepCause::RootChanged });
    }

    #[test]
    fn a_directory_that_is_gone_is_no_error_and_a_missing_root_is() {
        let mut site = Site::new();
        assert_eq!(site.watch.watch_dir(Some(&path("gone"))), Ok(()), "nothing can be missed there");
        assert_eq!(site.watch.unwatch_dir(Some(&path("gone"))), Ok(()), "nothing to end");
        std::fs::remove_dir(site.dir.path()).expect("empty");
        assert!(matches!(site.watch.watch_dir(None), Err(NoEvents::Other(_))), "a site without its root is not watched");
    }

    #[test]
    fn what_the_watcher_cannot_say_becomes_a_sweep() {
        let due = |event: notify::Result<Event>| {
            let found = std::cell::RefCell::new(Vec::new());
            let root = PathBuf::from("/site");
            let mut reader =
                EventReader { site: SiteId::new(1), root, closed: VecDeque::new(), moved_closed: None, ear: Canary::new(Path::new("/")).1 };
            reader.read(event, &|notice| found.borrow_mut().push(notice));
            found.into_inner()
        };
        let sweep = |cause| vec![Notice::SweepDue { site: SiteId::new(1), cause }];
        let overflow = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert_eq!(due(Ok(overflow)), sweep(SweepCause::Overflow), "events were lost");
        assert_eq!(due(Err(notify::Error::generic("x"))), sweep(SweepCause::WatchError), "events may have been lost");
        assert_eq!(due(Ok(Event::new(EventKind::Any))), sweep(SweepCause::PathlessEvent), "nobody knows where");
        assert_eq!(due(Ok(Event::new(EventKind::Any).add_path("/site".into()))), sweep(SweepCause::RootChanged), "the root itself");
    }

    #[test]
    fn limits_have_advice() {
        let of = |errno: Errno| no_events(notify::Error::io(errno.into()));
        assert_eq!(
            (of(Errno::NOSPC), of(Errno::MFILE), of(Errno::ACCESS)),
            (NoEvents::WatchLimit, NoEvents::InstanceLimit, NoEvents::Denied)
        );
        assert!(NoEvents::WatchLimit.advice().is_some_and(|advice| advice.contains("max_user_watches")), "it names the setting");
    }

    #[test]
    fn the_memory_of_closed_files_is_bounded() {
        let mut reader = EventReader {
            site: SiteId::new(1),
            root: "/".into(),
            closed: VecDeque::new(),
            moved_closed: None,
            ear: Canary::new(Path::new("/")).1,
        };
        for number in 0..CLOSED_REMEMBERED + 10 {
            reader.remember_closed(&path(&number.to_string()));
            reader.remember_closed(&path(&number.to_string()));
        }
        assert_eq!(reader.closed.len(), CLOSED_REMEMBERED);
        assert!(!reader.forget_closed(&path("0")) && reader.forget_closed(&path("100")), "the oldest are forgotten");
    }
}
