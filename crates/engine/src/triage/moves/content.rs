//! The bytes of a file: opened, hashed, and copied so that the copy is proven before anybody relies on it.
//!
//! A digest says what stands there at the moment of reading. Whether it is still the same file, and whether that was written to meanwhile,
//! is the caller's look at the identity.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;

use fingerprint::signal::Sha256;
use rustix::fs::{Advice, Mode, OFlags, fadvise, fcntl_getfl, fcntl_setfl, fsync, openat};
use rustix::io::Errno;
use sha2::Digest;

use super::failure::Failure;
use super::slot::{Slot, target_gone};
use crate::intake::identify::open_beneath;
use crate::model::SitePath;

/// Bytes read at a time while hashing: large enough that system calls do not count, small enough for the stack of no thread to matter.
const HASH_BLOCK_BYTES: usize = 128 * 1024;
/// Mode of a copy while it is written.
const COPYING_MODE: u32 = 0o600;

/// The regular file at the path, for reading.
pub(in crate::triage) fn open_upload(root: BorrowedFd<'_>, path: &SitePath) -> Result<File, Failure> {
    Ok(open_beneath(root, path)?.file)
}

/// SHA-256 of the whole file, from its start, with the access time left alone where we may.
pub(in crate::triage) fn hash(mut file: &File) -> Result<Sha256, Failure> {
    #[expect(clippy::let_underscore_must_use, reason = "only the owner may read without a trace; others hash all the same")]
    let _ = fcntl_getfl(file).and_then(|flags| fcntl_setfl(file, flags | OFlags::NOATIME));
    file.rewind()?;
    let mut digest = sha2::Sha256::new();
    let mut block = vec![0; HASH_BLOCK_BYTES];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(Sha256::new(digest.finalize().into())),
            Ok(len) => digest.update(&block[..len]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

impl Slot<'_> {
    /// Whether a regular file with this content is there.
    pub(in crate::triage) fn has_content(self, sha256: &Sha256) -> Result<bool, Failure> {
        match self.open() {
            Ok(file) => Ok(hash(&file)? == *sha256),
            Err(Failure::Vanished | Failure::Symlink | Failure::NotRegular) => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

/// Copies `source` under an unused temporary name and proves the copy by reading it back from the disk. On failure the copy is removed.
pub(in crate::triage) fn copy_proven(source: &File, to: Slot<'_>, sha256: &Sha256) -> Result<File, Failure> {
    if to.find()?.is_some() {
        to.remove()?; // an unfinished copy of an interrupted run; the file itself never has this name
    }
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let copy = match openat(to.dir, to.name, flags, Mode::from_raw_mode(COPYING_MODE)) {
        Err(Errno::NOENT) => return Err(target_gone()),
        made => File::from(made?),
    };
    match fill_and_prove(source, &copy, sha256) {
        Ok(()) => Ok(copy),
        Err(failure) => to.remove().and(Err(failure)),
    }
}

fn fill_and_prove(mut source: &File, mut copy: &File, sha256: &Sha256) -> Result<(), Failure> {
    source.rewind()?;
    // Not to its end: a file that grows as fast as it is read has none. What is appended is found by the caller's look at the identity.
    let size = source.metadata()?.size();
    std::io::copy(&mut source.take(size), &mut copy)?;
    fsync(copy)?;
    // Without this the proof reads the memory that was just written, and says nothing about the disk.
    #[expect(clippy::let_underscore_must_use, reason = "advice may be ignored: then the proof is weaker, and nothing is wrong")]
    let _ = fadvise(copy, 0, None, Advice::DontNeed);
    if hash(copy)? == *sha256 {
        return Ok(());
    }
    // Which of the two is wrong decides whether trying again makes sense.
    Err(if hash(source)? == *sha256 { Failure::IoError("the copy differs from its source".to_owned()) } else { Failure::Changing })
}
