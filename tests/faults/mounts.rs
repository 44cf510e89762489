//! Mounts of a test, gone with it. Need root.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::ran;

/// A mount. Unmounted when this is dropped, also while something still uses it.
pub struct Mounted(PathBuf);

impl Mounted {
    /// Mounts `source` of this kind at `at`.
    #[track_caller]
    pub fn new(kind: &str, source: &str, options: &str, at: &Path) -> Self {
        Self::run(Command::new("mount").args(["-t", kind, "-o", options, source]), at)
    }

    /// Mounts a file that holds a file system.
    #[track_caller]
    pub fn disk(disk: &Path, at: &Path) -> Self {
        Self::run(Command::new("mount").args(["-o", "loop"]).arg(disk), at)
    }

    #[track_caller]
    fn run(command: &mut Command, at: &Path) -> Self {
        let mounted = ran(command.arg(at));
        assert_eq!(mounted.code, 0, "mounted: {}", mounted.err);
        Self(at.to_owned())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a watcher may hold it open, as it may hold a disk that is pulled out.
        drop(ran(Command::new("umount").arg("-l").arg(&self.0)));
    }
}
