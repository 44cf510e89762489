//! A file as a disk: ext4 on a loop device, whose power can be cut; and small disks in memory, which fill up.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The call by which ext4, XFS and btrfs stop as in a power cut, and its argument: what the journal did not write is lost.
const SHUTDOWN: rustix::ioctl::Opcode = 0x8004_587D;
const NO_LOG_FLUSH: u32 = 2;

/// A mounted disk. Unmounted, with its file, when this goes.
pub struct Disk {
    /// The loop device, kept over cuts: with another one the folder of a site would be another directory.
    device: Option<PathBuf>,
    pub dir: PathBuf,
}

fn must(program: &str, arguments: &[&std::ffi::OsStr]) {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", output.stderr.escape_ascii());
}

impl Disk {
    /// A new ext4 of this many MiB in a file below `beside`.
    pub fn ext4(beside: &Path, name: &str, mib: u64) -> Self {
        let (image, dir) = (beside.join(format!("{name}.image")), beside.join(name));
        std::fs::File::create(&image).and_then(|file| file.set_len(mib << 20)).expect("a sparse file");
        std::fs::create_dir(&dir).expect("a place to mount it");
        must("mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), image.as_os_str()]);
        let output = Command::new("losetup").args(["-f", "--show"]).arg(&image).output().expect("losetup runs");
        let device = String::from_utf8(output.stdout).expect("a name");
        assert!(output.status.success(), "losetup: {}", output.stderr.escape_ascii());
        let disk = Self { device: Some(PathBuf::from(device.trim())), dir };
        disk.mount();
        disk
    }

    /// A disk in memory with these limits, such as `size=4m` or `nr_inodes=60`.
    pub fn in_memory(beside: &Path, name: &str, limits: &str) -> Self {
        let dir = beside.join(name);
        std::fs::create_dir(&dir).expect("a place to mount it");
        must("mount", &["-t".as_ref(), "tmpfs".as_ref(), "-o".as_ref(), limits.as_ref(), "tmpfs".as_ref(), dir.as_os_str()]);
        Self { device: None, dir }
    }

    fn mount(&self) {
        let device = self.device.as_ref().expect("a disk in a file");
        must("mount", &[device.as_os_str(), self.dir.as_os_str()]);
    }

    /// Everything that was not synced is gone, and every call fails from now on.
    pub fn die(&self) {
        let dir = std::fs::File::open(&self.dir).expect("the disk");
        // SAFETY: the call takes a pointer to one number, which it only reads.
        #[expect(unsafe_code, reason = "there is no other way to ask a file system to stop as in a power cut")]
        unsafe {
            rustix::ioctl::ioctl(&dir, rustix::ioctl::Setter::<SHUTDOWN, u32>::new(NO_LOG_FLUSH)).expect("ext4 stops");
        }
    }

    /// The power is cut and comes back.
    pub fn cut(&self) {
        self.die();
        self.again();
    }

    /// Unmounts and mounts.
    pub fn again(&self) {
        self.unmount();
        self.mount();
    }

    fn unmount(&self) {
        // A program that was killed may hold its files for a moment longer.
        crate::support::eventually("the disk can be unmounted", || {
            Command::new("umount").arg(&self.dir).stderr(Stdio::null()).status().is_ok_and(|status| status.success()).then_some(())
        });
    }

    /// Mounted again with these options.
    pub fn remount(&self, options: &str) {
        must("mount", &["-o".as_ref(), format!("remount,{options}").as_ref(), self.dir.as_os_str()]);
    }

    /// Fills what is left, but for this many KiB.
    pub fn fill(&self, but_kib: u64) {
        let found = rustix::fs::statvfs(&self.dir).expect("it tells");
        let left = (found.f_bavail * found.f_frsize).saturating_sub(but_kib << 10);
        std::fs::write(self.dir.join("filler"), vec![1; usize::try_from(left).expect("small")]).expect("it fits");
    }

    /// Gives the room back.
    #[expect(clippy::disallowed_methods, reason = "what was made here")]
    pub fn free(&self) {
        std::fs::remove_file(self.dir.join("filler")).expect("it was made");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a test that failed may have left a program on it.
        drop(Command::new("umount").arg("-l").arg(&self.dir).stderr(Stdio::null()).status());
        if let Some(device) = &self.device {
            drop(Command::new("losetup").arg("-d").arg(device).stderr(Stdio::null()).status());
        }
    }
}
