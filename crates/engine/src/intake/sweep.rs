//! A full walk of a site, or of one directory of it, that finds what events missed.
//!
//! Yields everything that it sees and judges nothing: what is known or changed, the caller's closure decides. Links are not followed, the
//! mount is not left, names stay bytes, and a directory that cannot be listed never stops its siblings. At most three descriptors are
//! open at once, at any depth: what waits is paths, not descriptors. Stopped, a walk ends at the next entry and is not complete.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::{Dir, FileType};
use rustix::io::Errno;

pub use super::identify::{FileStat, RootProblem, root_identity};
use super::identify::{Refused, open_dir_beneath, open_parent, open_root, refused, stat_name, unusual_type};
use crate::model::{Reason, RootIdentity, SitePath, is_within};

/// Number of directories below the root, one in the other, that are listed. More is a hostile tree: no upload software nests so deep, and
/// each level costs a longer path for every row below it.
pub const MAX_DEPTH: usize = 256;

/// Share of the time between two walks that is spent on walking: one hundredth, about 1 % of a core.
const WALK_SHARE: u32 = 100;
/// Shortest time between two walks: below it a small site would be walked without a pause.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(15);
/// Longest time between two walks: how long a change can stay unseen in the worst case.
const LONGEST_INTERVAL: Duration = Duration::from_secs(3_600);
/// Largest part by which an interval is stretched or shortened, so that several sites do not walk in step.
const JITTER_SHARE: f64 = 0.25;

/// One thing that a walk came across.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A regular file.
    File {
        /// Where.
        path: SitePath,
        /// What `stat` says.
        stat: FileStat,
    },
    /// A directory that will be listed next. It is told *before* its first entry is read, so that a watch set now misses nothing.
    Directory {
        /// Where.
        path: SitePath,
    },
    /// Something that cannot be checked, or a directory that cannot be listed.
    Unusual {
        /// Where.
        path: SitePath,
        /// Why.
        reason: Reason,
        /// What `stat` says, where it answered.
        stat: Option<FileStat>,
    },
}

/// What a walk can vouch for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The root was the recorded one before and after, and every directory was either listed to its end or is in `unlisted`.
    /// A file that was not seen is absent only if this is true and [`Walk::vouches_for`] its path.
    pub complete: bool,
    /// Regular files seen.
    pub files: u64,
    /// Directories listed, the root not counted.
    pub directories: u64,
    /// Sum of the sizes of those files, in bytes.
    pub bytes: u64,
    /// Why the walk as a whole is not complete.
    pub problem: Option<RootProblem>,
    /// Directories that were not listed, or not to their end, and names whose type could not be found out. Each was also told as
    /// [`Seen::Unusual`]. What is at and below them is unknown.
    pub unlisted: Vec<SitePath>,
}

impl Walk {
    /// Whether an absence of `path` from what was seen means that it is gone.
    pub fn vouches_for(&self, path: &SitePath) -> bool {
        self.complete && !self.unlisted.iter().any(|dir| dir == path || path.is_below(dir))
    }
}

/// Walks everything below `root`, which has to be the directory `expected`, and hands each thing to `each`.
///
/// Directories are told before their content. Files that appear or vanish while the walk runs may be seen or not. No error is returned:
/// what a walk could not do is in its [`Walk`].
pub fn walk(root: &Path, expected: RootIdentity, stop: &AtomicBool, each: &mut dyn FnMut(Seen)) -> Walk {
    walk_from((root, expected), None, &[], stop, each)
}

/// The same, of these folders below the root alone; what lies elsewhere is not looked at. All of it where none is named.
pub fn walk_only(root: &Path, expected: RootIdentity, only: &[SitePath], stop: &AtomicBool, each: &mut dyn FnMut(Seen)) -> Walk {
    walk_from((root, expected), None, only, stop, each)
}

/// Walks one directory of a site and everything below it; the directory itself is told first. One that has vanished is an empty walk.
/// Otherwise as [`walk`]; `complete` speaks of this directory alone.
pub fn walk_dir(root: &Path, expected: RootIdentity, dir: &SitePath, stop: &AtomicBool, each: &mut dyn FnMut(Seen)) -> Walk {
    walk_from((root, expected), Some(dir), &[], stop, each)
}

/// Time until the next walk of a site whose last walk took `last_walk`. `jitter` is a random number from −1 to 1; the result lies
/// between 11.25 s and 75 min.
pub fn interval(last_walk: Duration, jitter: f64) -> Duration {
    let plain = last_walk.saturating_mul(WALK_SHARE).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
    plain.mul_f64(1.0 + JITTER_SHARE * jitter.clamp(-1.0, 1.0))
}

fn walk_from(
    (root, expected): (&Path, RootIdentity),
    from: Option<&SitePath>,
    only: &[SitePath],
    stop: &AtomicBool,
    each: &mut dyn FnMut(Seen),
) -> Walk {
    let fd = match open_root(root, expected) {
        Ok(fd) => fd,
        Err(refused) => return Walk { problem: Some(problem_of(refused)), ..Walk::default() },
    };
    let mut walker = Walker { root: fd.as_fd(), only, stop, each, waiting: Vec::new(), walk: Walk::default() };
    walker.walk.problem = walker.run(from).err();
    let mut walk = walker.walk;
    // A root that was unmounted or replaced on the way showed us another directory, or an empty one.
    walk.problem = walk.problem.or_else(|| match root_identity(root) {
        Ok(found) => (found != expected).then_some(RootProblem::Replaced),
        Err(problem) => Some(problem),
    });
    walk.complete = walk.problem.is_none();
    walk
}

fn problem_of(refused: Refused) -> RootProblem {
    match refused {
        Refused::RootProblem(problem) => problem,
        Refused::Gone => RootProblem::Missing,
        Refused::Reason(_) => RootProblem::Io,
    }
}

struct Walker<'a> {
    root: BorrowedFd<'a>,
    only: &'a [SitePath],
    stop: &'a AtomicBool,
    each: &'a mut dyn FnMut(Seen),
    /// Directories to be listed, the next one last: depth first, so that at most the siblings along one branch wait.
    waiting: Vec<SitePath>,
    walk: Walk,
}

impl Walker<'_> {
    fn run(&mut self, from: Option<&SitePath>) -> Result<(), RootProblem> {
        match from {
            None => self.list_root()?,
            Some(dir) => self.start_at(dir),
        }
        while let Some(dir) = self.waiting.pop() {
            self.check_stop()?;
            self.visit_directory(&dir)?;
        }
        Ok(())
    }

    fn check_stop(&self) -> Result<(), RootProblem> {
        if self.stop.load(Ordering::Relaxed) { Err(RootProblem::Stopped) } else { Ok(()) }
    }

    /// The root is the one directory whose failure is the failure of the walk.
    fn list_root(&mut self) -> Result<(), RootProblem> {
        // A second descriptor: listing moves the offset, and the first one belongs to the caller.
        let fd = rustix::fs::openat(self.root, ".", rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC, rustix::fs::Mode::empty());
        match fd.and_then(Dir::new).map_err(refused) {
            Ok(entries) => self.list(None, entries)?.map_or(Ok(()), |_| Err(RootProblem::Io)),
            Err(Refused::Reason(Reason::PermissionDenied)) => Err(RootProblem::PermissionDenied),
            Err(refused) => Err(problem_of(refused)),
        }
    }

    fn start_at(&mut self, dir: &SitePath) {
        match open_parent(self.root, dir) {
            Ok(parent) => match std::ffi::CString::new(dir.name()) {
                Ok(name) => self.visit_name(parent.as_fd(), dir.clone(), &name),
                Err(_) => self.unlisted(dir.clone(), Reason::IoError),
            },
            Err(Refused::Reason(reason)) => self.unlisted(dir.clone(), reason),
            Err(Refused::Gone | Refused::RootProblem(_)) => {}
        }
    }

    fn visit_directory(&mut self, dir: &SitePath) -> Result<(), RootProblem> {
        if dir.depth() > MAX_DEPTH {
            self.unlisted(dir.clone(), Reason::DepthLimit);
            return Ok(());
        }
        let fd: OwnedFd = match open_dir_beneath(self.root, dir).map_err(refused) {
            Ok(fd) => fd,
            // Gone or moved away since its parent was listed: then nothing is at this path, and the walk still knows that.
            Err(Refused::Gone | Refused::RootProblem(_)) => return Ok(()),
            Err(Refused::Reason(Reason::Symlink)) => {
                self.tell_unusual(dir.clone(), Reason::Symlink, None);
                return Ok(());
            }
            Err(Refused::Reason(reason)) => {
                self.unlisted(dir.clone(), reason);
                return Ok(());
            }
        };
        self.walk.directories += 1;
        (self.each)(Seen::Directory { path: dir.clone() });
        let failed = match Dir::new(fd) {
            Ok(entries) => self.list(Some(dir), entries)?,
            Err(errno) => Some(errno),
        };
        if failed.is_some() {
            self.unlisted(dir.clone(), Reason::IoError);
        }
        Ok(())
    }

    /// Reads one directory to its end. Returns the error that ended it early, if one did.
    fn list(&mut self, dir: Option<&SitePath>, mut entries: Dir) -> Result<Option<Errno>, RootProblem> {
        while let Some(entry) = entries.read() {
            self.check_stop()?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) => return Ok(Some(errno)),
            };
            let name = entry.file_name();
            if name.to_bytes() == b"." || name.to_bytes() == b".." {
                continue;
            }
            let Ok(path) = SitePath::below(dir, name.to_bytes()) else {
                // Only a damaged file system holds a name with a slash: the directory is not what it says.
                return Ok(Some(Errno::IO));
            };
            if !is_within(self.only, &path) {
                continue;
            }
            match entries.fd() {
                Ok(fd) => self.visit_name(fd, path, name),
                Err(errno) => return Ok(Some(errno)),
            }
        }
        Ok(None)
    }

    fn visit_name(&mut self, dir: BorrowedFd<'_>, path: SitePath, name: &CStr) {
        match stat_name(dir, name) {
            Ok((_, FileType::Directory)) => self.waiting.push(path),
            Ok((stat, file_type)) => match unusual_type(file_type) {
                None => {
                    self.walk.files += 1;
                    self.walk.bytes = self.walk.bytes.saturating_add(stat.identity.size);
                    (self.each)(Seen::File { path, stat });
                }
                Some(reason) => self.tell_unusual(path, reason, Some(stat)),
            },
            Err(errno) => match refused(errno) {
                Refused::Reason(reason) => self.unlisted(path, reason),
                Refused::Gone | Refused::RootProblem(_) => {}
            },
        }
    }

    fn unlisted(&mut self, path: SitePath, reason: Reason) {
        self.walk.unlisted.push(path.clone());
        self.tell_unusual(path, reason, None);
    }

    fn tell_unusual(&mut self, path: SitePath, reason: Reason, stat: Option<FileStat>) {
        (self.each)(Seen::Unusual { path, reason, stat });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn path(bytes: &[u8]) -> SitePath {
        SitePath::new(bytes).expect("a path below the root")
    }

    fn run(root: &Path) -> (Walk, Vec<Seen>) {
        let mut seen = Vec::new();
        let identity = root_identity(root).expect("a directory");
        let walk = walk(root, identity, &AtomicBool::new(false), &mut |one| seen.push(one));
        (walk, seen)
    }

    fn files(seen: &[Seen]) -> BTreeSet<Vec<u8>> {
        seen.iter().filter_map(|one| if let Seen::File { path, .. } = one { Some(path.as_bytes().to_vec()) } else { None }).collect()
    }

    fn unusual(seen: &[Seen]) -> BTreeSet<(Vec<u8>, Reason)> {
        seen.iter()
            .filter_map(|one| if let Seen::Unusual { path, reason, .. } = one { Some((path.as_bytes().to_vec(), *reason)) } else { None })
            .collect()
    }

    #[test]
    fn every_file_is_seen_once_with_its_bytes_as_name() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        std::fs::create_dir_all(dir.path().join("2026/08")).expect("directories");
        let names: [&[u8]; 4] = [b"plain.jpg", b"2026/\xff\xfe", b"2026/08/new\nline", "2026/08/ü".as_bytes()];
        for name in names {
            std::fs::write(dir.path().join(OsStr::from_bytes(name)), "abc").expect("written");
        }
        let (walk, seen) = run(dir.path());
        assert_eq!(files(&seen), names.map(<[u8]>::to_vec).into(), "all of them");
        assert_eq!((walk.complete, walk.files, walk.directories, walk.bytes), (true, 4, 2, 12));
    }

    #[test]
    fn links_and_pipes_are_told_and_never_followed() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let outside = tempfile::tempdir().expect("a fresh directory");
        std::fs::write(outside.path().join("secret"), "x").expect("written");
        symlink(".", dir.path().join("loop")).expect("a link");
        symlink(outside.path(), dir.path().join("out")).expect("a link");
        rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("pipe"), FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
            .expect("a pipe");
        let (walk, seen) = run(dir.path());
        let expected = [(b"loop".to_vec(), Reason::Symlink), (b"out".to_vec(), Reason::Symlink), (b"pipe".to_vec(), Reason::NotRegular)];
        assert_eq!(unusual(&seen), expected.into());
        assert!(files(&seen).is_empty() && walk.complete && walk.unlisted.is_empty(), "nothing of it is unknown");
    }

    #[test]
    fn a_hard_link_is_two_files_of_one_identity() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        std::fs::write(dir.path().join("a"), "x").expect("written");
        std::fs::hard_link(dir.path().join("a"), dir.path().join("b")).expect("a second name");
        let (_, seen) = run(dir.path());
        let stats: Vec<FileStat> =
            seen.iter().filter_map(|one| if let Seen::File { stat, .. } = one { Some(*stat) } else { None }).collect();
        assert!(matches!(stats[..], [a, b] if a == b && a.links == 2), "{stats:?}");
    }

    #[test]
    fn a_directory_is_told_before_its_content() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        std::fs::create_dir(dir.path().join("new")).expect("a directory");
        let identity = root_identity(dir.path()).expect("a directory");
        let mut seen = Vec::new();
        walk(dir.path(), identity, &AtomicBool::new(false), &mut |one| {
            if matches!(one, Seen::Directory { .. }) {
                std::fs::write(dir.path().join("new/late"), "x").expect("written");
            }
            seen.push(one);
        });
        assert_eq!(files(&seen), [b"new/late".to_vec()].into(), "what came while the watch was set is listed");
    }

    #[test]
    fn one_directory_is_walked_alone_and_told_first() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        std::fs::create_dir_all(dir.path().join("a/b")).expect("directories");
        std::fs::write(dir.path().join("a/b/file"), "x").expect("written");
        std::fs::write(dir.path().join("other"), "x").expect("written");
        let identity = root_identity(dir.path()).expect("a directory");
        let mut seen = Vec::new();
        let walk = walk_dir(dir.path(), identity, &path(b"a"), &AtomicBool::new(false), &mut |one| seen.push(one));
        assert_eq!(seen.first(), Some(&Seen::Directory { path: path(b"a") }));
        assert_eq!((files(&seen), walk.complete), ([b"a/b/file".to_vec()].into(), true));
        let gone = walk_dir(dir.path(), identity, &path(b"gone/deeper"), &AtomicBool::new(false), &mut |_| {});
        assert!(gone.complete && gone.directories == 0, "what has vanished is empty");
    }

    #[test]
    fn an_unreadable_directory_stops_nobody_and_vouches_for_nothing_below() {
        if rustix::process::geteuid().is_root() {
            println!("skipped: root may read everything");
            return;
        }
        let dir = tempfile::tempdir().expect("a fresh directory");
        for name in ["closed", "open"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
            std::fs::write(dir.path().join(name).join("file"), "x").expect("written");
        }
        std::fs::set_permissions(dir.path().join("closed"), std::fs::Permissions::from_mode(0o000)).expect("our directory");
        let (walk, seen) = run(dir.path());
        std::fs::set_permissions(dir.path().join("closed"), std::fs::Permissions::from_mode(0o700)).expect("our directory");
        assert_eq!(
            (files(&seen), unusual(&seen)),
            ([b"open/file".to_vec()].into(), [(b"closed".to_vec(), Reason::PermissionDenied)].into())
        );
        assert!(walk.complete && walk.vouches_for(&path(b"open/x")), "the rest is certain");
        assert!(!walk.vouches_for(&path(b"closed/file")), "what is in there is unknown");
    }

    #[test]
    fn a_tree_that_is_too_deep_is_cut_and_said() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let deep = vec!["d"; MAX_DEPTH + 1].join("/");
        std::fs::create_dir_all(dir.path().join(&deep)).expect("directories");
        std::fs::write(dir.path().join(&deep).join("file"), "x").expect("written");
        let (walk, seen) = run(dir.path());
        assert_eq!((walk.directories, files(&seen).len()), (MAX_DEPTH as u64, 0));
        assert_eq!(unusual(&seen), [(deep.clone().into_bytes(), Reason::DepthLimit)].into());
        assert!(!walk.vouches_for(&path(format!("{deep}/file").as_bytes())), "what is deeper is unknown");
    }

    #[test]
    fn a_root_that_is_replaced_during_the_walk_vouches_for_nothing() {
        let parent = tempfile::tempdir().expect("a fresh directory");
        let root = parent.path().join("root");
        std::fs::create_dir_all(root.join("a")).expect("directories");
        let identity = root_identity(&root).expect("a directory");
        let walk = walk(&root, identity, &AtomicBool::new(false), &mut |_| {
            rustix::fs::rename(&root, parent.path().join("old")).expect("moved");
            std::fs::create_dir(&root).expect("a directory");
        });
        assert_eq!((walk.complete, walk.problem), (false, Some(RootProblem::Replaced)));
    }

    #[test]
    fn a_missing_root_is_a_problem_and_not_an_empty_site() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let identity = root_identity(dir.path()).expect("a directory");
        let walk = walk(&dir.path().join("none"), identity, &AtomicBool::new(false), &mut |_| {});
        assert_eq!((walk.complete, walk.problem), (false, Some(RootProblem::Missing)));
    }

    #[test]
    fn a_stopped_walk_is_not_complete() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        for name in ["a", "b", "c"] {
            std::fs::write(dir.path().join(name), "x").expect("written");
        }
        let stop = AtomicBool::new(false);
        let identity = root_identity(dir.path()).expect("a directory");
        let walk = walk(dir.path(), identity, &stop, &mut |_| stop.store(true, Ordering::Relaxed));
        assert_eq!((walk.complete, walk.files, walk.problem), (false, 1, Some(RootProblem::Stopped)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_walk_holds_few_descriptors_at_any_depth() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        std::fs::create_dir_all(dir.path().join(vec!["d"; 100].join("/"))).expect("directories");
        let mine = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.and_then(|entry| std::fs::read_link(entry.path())).is_ok_and(|target| target.starts_with(dir.path()))
        };
        let mut most = 0;
        let identity = root_identity(dir.path()).expect("a directory");
        walk(dir.path(), identity, &AtomicBool::new(false), &mut |_| {
            let open =
                std::fs::read_dir("/proc/self/fd").expect("our own descriptors").filter_map(|entry| mine(entry).then_some(())).count();
            most = most.max(open);
        });
        assert!((1..=3).contains(&most), "{most} open at once");
    }

    #[test]
    fn the_interval_follows_the_walk_within_its_bounds() {
        let table = [(0.01, 0.0, 15.0), (0.6, 0.0, 60.0), (0.6, 1.0, 75.0), (0.6, -1.0, 45.0), (100.0, 0.0, 3_600.0), (0.0, -7.0, 11.25)];
        for (walk, jitter, expected) in table {
            let found = interval(Duration::from_secs_f64(walk), jitter).as_secs_f64();
            assert!((found - expected).abs() < 0.001, "a walk of {walk} s with jitter {jitter} gives {found} s");
        }
    }
}
