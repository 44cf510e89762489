//! A plain picture at the path of a file that was taken down, and its removal before the file comes back. It never replaces anything, and nothing but a
//! file with exactly its bytes is removed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};

use fingerprint::signal::Sha256;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid, fchmod, fchown, fsync, openat, unlinkat};

use super::record::Original;
use crate::intake::identify::open_parent;
use crate::model::SitePath;

/// Largest file that is compared with a plain picture, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Puts the picture at the path, with the owner and the rights of the file that was there. Gives whether it is there.
pub fn put(root: BorrowedFd<'_>, path: &SitePath, bytes: &[u8], original: &Original) -> bool {
    let Ok(parent) = open_parent(root, path) else { return false };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(fd) = openat(&parent, path.name(), flags, Mode::RUSR | Mode::WUSR) else { return false };
    // What cannot be given away stays ours: the web server may read it or not, and nothing depends on it.
    fchown(&fd, Some(Uid::from_raw(original.owner)), Some(Gid::from_raw(original.group))).unwrap_or_default();
    let mut file = File::from(fd);
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).is_ok();
    fchmod(&file, Mode::from_raw_mode(original.mode & 0o777)).unwrap_or_default();
    fsync(parent.as_fd()).unwrap_or_default();
    written
}

/// Takes the picture away, if the file at the path is exactly it. Gives whether nothing of it is left.
pub fn take_away(root: BorrowedFd<'_>, path: &SitePath, sha256: &Sha256) -> bool {
    let Ok(parent) = open_parent(root, path) else { return true };
    let Ok(fd) = openat(&parent, path.name(), OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()) else {
        return true;
    };
    let mut bytes = Vec::new();
    let read = File::from(fd).take(LARGEST).read_to_end(&mut bytes).is_ok();
    if !read || fingerprint::bytes::digests(&bytes).sha256 != *sha256 {
        return false;
    }
    let gone = unlinkat(&parent, path.name(), AtFlags::empty()).is_ok();
    fsync(parent.as_fd()).unwrap_or_default();
    gone
}
