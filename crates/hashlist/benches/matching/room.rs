//! Files for one run of the benchmark, below the system's temporary directory, gone afterwards.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use hashlist::{Scratch, ScratchStream};
use memmap2::Mmap;

/// A directory for this run.
pub struct Room(tempfile::TempDir);

impl Room {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A new file, in place of one of that name.
    pub fn new_file(&self, name: &str) -> File {
        File::options().create(true).truncate(true).read(true).write(true).open(self.path(name)).unwrap()
    }

    /// Maps a file.
    #[expect(unsafe_code, reason = "as the engine maps an index; the file is ours and stays as it is while it is mapped")]
    pub fn map(&self, name: &str) -> Mmap {
        // SAFETY: nobody else knows this directory, and a file is not written again before its map is dropped.
        unsafe { Mmap::map(&File::open(self.path(name)).unwrap()).unwrap() }
    }

    /// Has the system forget what it holds of a file in memory, where it has GNU `dd`.
    pub fn forget(&self, name: &str) {
        let file = format!("of={}", self.path(name).display());
        let said = Command::new("dd").args([&file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]).status();
        if !said.is_ok_and(|status| status.success()) {
            println!("The file stays in memory: there is no dd that can have it forgotten. Cold figures are warm ones.");
        }
    }

    /// Scratch room in files that have no name.
    pub fn scratch(&self) -> impl Scratch + use<> {
        FileScratch(self.0.path().to_owned())
    }
}

struct FileScratch(PathBuf);

impl Scratch for FileScratch {
    fn stream(&mut self) -> io::Result<Box<dyn ScratchStream>> {
        Ok(Box::new(tempfile::tempfile_in(&self.0)?))
    }
}

/// Begins to look for the most memory anew, where the system can.
pub fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// Most memory that this process held since then, in MiB; 0 where the system does not say.
pub fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
