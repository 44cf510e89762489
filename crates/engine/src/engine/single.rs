//! Files that belong to no site: `fingerprint` and `check`. The same reading, decoding and matching as for a site; nothing is written.

use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

use fingerprint::frame::Picture;

use super::core::{Core, lock};
use super::pixels::{self, Told};
use crate::intake::identify::{self, Refused};
use crate::intake::read::{self, Reading, Unread};
use crate::intake::sweep::{self, Seen};
use crate::intake::worker::{Limits, Worker};
use crate::lists::active::ActiveLists;
use crate::model::{Content, Reason, SitePath};
use crate::store::contents::Pixels;
use crate::triage::matching::{self, Found};

/// What one file is.
#[derive(Clone, Debug)]
pub struct Fingerprinted {
    /// Its bytes; `None` if they could not be read.
    pub content: Option<Content>,
    /// Its perceptual signals.
    pub picture: Option<Picture>,
    /// Why a track failed.
    pub reason: Option<Reason>,
}

impl Fingerprinted {
    fn unread(reason: Reason) -> Self {
        Self { content: None, picture: None, reason: Some(reason) }
    }
}

/// Fingerprints one file at an absolute path or one below the current directory.
pub fn fingerprint(worker: &Worker, path: &Path, stop: &AtomicBool) -> Fingerprinted {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else { return Fingerprinted::unread(Reason::NotRegular) };
    let Ok(name) = SitePath::new(name.as_encoded_bytes()) else { return Fingerprinted::unread(Reason::NotRegular) };
    // The directory may be reached through links here: a person named it.
    let Ok(parent) = parent.canonicalize() else { return Fingerprinted::unread(Reason::Vanished) };
    let opened = identify::root_identity(&parent)
        .map_err(Refused::RootProblem)
        .and_then(|identity| identify::open_root(&parent, identity))
        .and_then(|root| identify::open_beneath(root.as_fd(), &name));
    let mut opened = match opened {
        Ok(opened) => opened,
        Err(Refused::Reason(reason)) => return Fingerprinted::unread(reason),
        Err(Refused::Gone) => return Fingerprinted::unread(Reason::Vanished),
        Err(Refused::RootProblem(_)) => return Fingerprinted::unread(Reason::PermissionDenied),
    };
    let reading = match read::read_once(&mut opened, stop, pixels::MAX_BYTES) {
        Ok(reading) => reading,
        Err(Unread::Reason(reason)) => return Fingerprinted::unread(reason),
        Err(Unread::Stopped) => return Fingerprinted::unread(Reason::Vanished),
    };
    let pixels = pixels::without_worker(&reading).unwrap_or_else(|| decode(worker, &reading, stop));
    let reason = if reading.changed { Some(Reason::Changing) } else { pixels.reason() };
    Fingerprinted { picture: pixels.picture().cloned(), content: Some(reading.content), reason }
}

/// Two tries, as for an upload of a site; no strike is kept, since nothing is written here.
fn decode(worker: &Worker, reading: &Reading, stop: &AtomicBool) -> Pixels {
    let Some(bytes) = &reading.bytes else { return Pixels::Failed(Reason::TooLarge, None) };
    for limits in [Limits::Normal, Limits::Halved] {
        match pixels::told(worker.fingerprint(bytes, limits, stop)) {
            Told::Ended(pixels) => return pixels,
            Told::Died => {}
            Told::Stopped => return Pixels::Failed(Reason::Vanished, None),
        }
    }
    Pixels::Failed(Reason::DecoderCrashed, None)
}

/// Matches one file. An index that turns out to be damaged is built again or set aside, and the file matched once more; a file that no
/// answer could be had for counts as not checked.
fn matched(core: &Core, lists: &Arc<ActiveLists>, file: Fingerprinted, now: i64) -> (Fingerprinted, Vec<Found>) {
    let Some(content) = &file.content else { return (file, Vec::new()) };
    let mut lists = Arc::clone(lists);
    // Each turn mends or sets aside at least one list.
    for _ in 0..=lists.lists.len() {
        if let Ok(found) = matching::match_content(&lists, content, file.picture.as_ref(), now) {
            return (file, found);
        }
        let Ok(fresh) = core.refresh_lists() else { break };
        lists = fresh;
    }
    (Fingerprinted { reason: Some(Reason::IoError), ..file }, Vec::new())
}

/// Every regular file below a path, and what could not be looked at; a file is itself. Links are not followed.
pub fn files_below(path: &Path) -> Vec<(PathBuf, Option<Reason>)> {
    let Ok(root) = path.canonicalize() else { return vec![(path.to_owned(), Some(Reason::Vanished))] };
    let Ok(identity) = identify::root_identity(&root) else { return vec![(path.to_owned(), None)] };
    let mut found = Vec::new();
    let walk = sweep::walk(&root, identity, &AtomicBool::new(false), &mut |seen| match seen {
        Seen::File { path: below, .. } => found.push((path.join(below.to_path()), None)),
        Seen::Unusual { path: below, reason, .. } => found.push((path.join(below.to_path()), Some(reason))),
        Seen::Directory { .. } => {}
    });
    if walk.problem.is_some() {
        found.push((path.to_owned(), Some(Reason::PermissionDenied)));
    }
    found
}

/// Fingerprints and matches many files on all processors, and hands each result to `each` on the calling thread, in the order of completion.
pub fn check_all(core: &Core, files: Vec<(PathBuf, Option<Reason>)>, each: &mut dyn FnMut(PathBuf, Fingerprinted, Vec<Found>)) {
    let lists = core.lists();
    let now = core.clock.now_ms();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(files.into_iter());
    let (sender, results) = sync_channel(threads * 4);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, queue, lists) = (sender.clone(), &queue, &lists);
            scope.spawn(move || {
                loop {
                    let Some((path, reason)) = lock(queue).next() else { return };
                    let file = reason.map_or_else(|| fingerprint(&core.worker, &path, &core.stop), Fingerprinted::unread);
                    let (file, found) = matched(core, lists, file, now);
                    if sender.send((path, file, found)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        results.iter().for_each(|(path, file, found)| each(path, file, found));
    });
}
