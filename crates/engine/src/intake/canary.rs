//! Proof that a watcher hears: it is asked to hear something that we do ourselves.
//!
//! A watcher can fall silent without an error: its thread hangs, the system dropped the watch, something was mounted over the root. So the root
//! is opened now and then, which changes nothing, leaves nothing behind, and makes an event that a watcher which works reports. What other
//! machines or other layers of a file system change makes no event on this kernel: that is judged by the kind of file system, in
//! [`super::filesystem`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Calls in a row that may go unheard. Counted and not timed, so that a program that was stopped for an hour is not taken for a deaf one;
/// fewer would call a busy machine deaf, more would notice it later than in the five seconds that are promised at two seconds a call.
const UNHEARD: u32 = 2;

/// One half: calls, and judges.
#[derive(Debug)]
pub(super) struct Canary {
    root: PathBuf,
    heard: Arc<AtomicBool>,
    calls: u32,
}

/// The other half, on the watcher's thread.
#[derive(Clone, Debug)]
pub(super) struct Ear(Arc<AtomicBool>);

impl Ear {
    /// Notes that the root was opened, by us or by anybody.
    pub(super) fn hear(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Canary {
    pub(super) fn new(root: &Path) -> (Self, Ear) {
        let heard = Arc::new(AtomicBool::new(false));
        (Self { root: root.to_owned(), heard: heard.clone(), calls: 0 }, Ear(heard))
    }

    /// Calls once more, and says whether the calls before were heard. To be asked every two seconds. Always true where the system does not
    /// report that a directory was opened, and while the root cannot be opened: then the root is what is wrong.
    pub(super) fn is_heard(&mut self) -> bool {
        if self.heard.swap(false, Ordering::Relaxed) || !cfg!(target_os = "linux") {
            self.calls = 0;
        }
        let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
        if rustix::fs::open(&self.root, flags, rustix::fs::Mode::empty()).is_err() {
            self.calls = 0;
            return true;
        }
        self.calls += 1;
        self.calls <= UNHEARD
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_deaf_watcher_is_known_after_two_calls_and_a_lost_root_is_not_its_fault() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let (mut canary, ear) = Canary::new(dir.path());
        for _ in 0..10 {
            assert!(canary.is_heard(), "each call is answered");
            ear.hear();
        }
        assert_eq!([(); 4].map(|()| canary.is_heard()), [true, true, false, false], "nobody answers");
        ear.hear();
        assert!(canary.is_heard(), "and then somebody does");
        let (mut canary, _ear) = Canary::new(&dir.path().join("gone"));
        assert!((0..10).all(|_| canary.is_heard()), "what is not there makes no event");
    }
}
