//! One reading of a file: three digests, the real type, and the same bytes kept for the worker, so that both tracks saw the same content.
//!
//! The bytes of a picture go into a sealed anonymous file of the kernel (`memfd`) that nobody can change any more; where there is none, into a
//! buffer. Anything else, and anything over 64 MiB, is digested as a stream and not kept. Whether the file held still meanwhile is part of
//! the result: the bytes that were read are matched all the same.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use fingerprint::{HEAD_BYTES, Hasher, MAX_PIXEL_BYTES, RealType, real_type};

use super::identify::{Opened, identity_of};
use crate::model::{Content, Reason};

/// Bytes of one read call: less costs calls, more costs cache. Holds the head, which the real type is told from.
const CHUNK_BYTES: usize = 256 * 1024;
const _: () = assert!(CHUNK_BYTES > HEAD_BYTES, "the first chunk shows whether the head is the whole content");

/// The bytes of a content for the worker.
#[derive(Debug)]
pub enum PixelBytes {
    /// A `memfd` sealed against every change.
    Sealed(OwnedFd),
    /// The bytes themselves, where the system has no such thing.
    Buffer(Vec<u8>),
}

/// What one reading gave.
#[derive(Debug)]
pub struct Reading {
    /// Digests, length and real type of exactly the bytes that were read.
    pub content: Content,
    /// The real type, by content.
    pub real_type: RealType,
    /// The same bytes, for the worker. `None` unless the real type is a picture of at most 64 MiB; a larger picture is `too_large` for pixels.
    pub bytes: Option<PixelBytes>,
    /// The file was another one after the reading than before: to be reported as `changing`, and matched all the same.
    pub changed: bool,
}

/// Why a file was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It could not be.
    Reason(Reason),
    /// The stop flag was set; nothing was found out.
    Stopped,
}

/// Reads the file once, from where it stands (its start, as opened). `stop` is polled every 256 KiB.
///
/// # Errors
/// [`Unread::Reason`] with `too_large` over `max_bytes`, found before reading where the size says so, or `io_error`: a failed read, or an
/// end before the size that `stat` gave although the file did not change. [`Unread::Stopped`].
pub fn read_once(opened: &mut Opened, stop: &AtomicBool, max_bytes: u64) -> Result<Reading, Unread> {
    let before = opened.stat.identity;
    if before.size > max_bytes {
        return Err(Unread::Reason(Reason::TooLarge));
    }
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut filled = fill(&mut opened.file, &mut chunk)?;
    let head = &chunk[..filled.min(HEAD_BYTES)];
    let real_type = real_type(head, filled == head.len());
    let mut keeper = Keeper::start(real_type, before.size);
    let mut hasher = Hasher::new();
    let mut total: u64 = 0;
    while filled > 0 {
        if stop.load(Ordering::Relaxed) {
            return Err(Unread::Stopped);
        }
        total = total.saturating_add(filled as u64);
        if total > max_bytes {
            return Err(Unread::Reason(Reason::TooLarge));
        }
        hasher.update(&chunk[..filled]);
        keeper.keep(&chunk[..filled], total)?;
        filled = fill(&mut opened.file, &mut chunk)?;
    }
    let changed = identity_of(&opened.file).map_err(io_error)? != before || total > before.size;
    if total < before.size && !changed {
        return Err(Unread::Reason(Reason::IoError));
    }
    let digests = hasher.finish();
    let content = Content { sha256: digests.sha256, sha1: digests.sha1, md5: digests.md5, size: digests.size, kind: real_type.as_str() };
    Ok(Reading { content, real_type, bytes: keeper.finish()?, changed })
}

/// Reads until the chunk is full or the file ends; returns the number of bytes.
fn fill(file: &mut File, chunk: &mut [u8]) -> Result<usize, Unread> {
    let mut filled = 0;
    while filled < chunk.len() {
        match file.read(&mut chunk[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(io_error(error)),
        }
    }
    Ok(filled)
}

fn io_error(_: std::io::Error) -> Unread {
    Unread::Reason(Reason::IoError)
}

/// Where the bytes are kept while they are read.
enum Keeper {
    Nothing,
    Memfd(File),
    Buffer(Vec<u8>),
}

impl Keeper {
    fn start(real_type: RealType, size: u64) -> Self {
        if !real_type.is_picture() || size > MAX_PIXEL_BYTES {
            return Self::Nothing;
        }
        memfd().map_or_else(|| Self::Buffer(Vec::new()), |fd| Self::Memfd(File::from(fd)))
    }

    fn keep(&mut self, bytes: &[u8], total: u64) -> Result<(), Unread> {
        if total > MAX_PIXEL_BYTES {
            // It grew over the limit while it was read.
            *self = Self::Nothing;
        }
        match self {
            Self::Nothing => Ok(()),
            // No memory for it: the whole reading is tried again later, as after any other failed call.
            Self::Memfd(file) => file.write_all(bytes).map_err(io_error),
            Self::Buffer(buffer) => {
                buffer.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Option<PixelBytes>, Unread> {
        match self {
            Self::Nothing => Ok(None),
            Self::Memfd(file) => seal(file.into()).map(|fd| Some(PixelBytes::Sealed(fd))),
            Self::Buffer(buffer) => Ok(Some(PixelBytes::Buffer(buffer))),
        }
    }
}

#[cfg(target_os = "linux")]
fn memfd() -> Option<OwnedFd> {
    use rustix::fs::MemfdFlags;
    // The name is seen in /proc only, and says nothing about the file. Failing is no failure: a buffer does as well.
    rustix::fs::memfd_create("gatehouse", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).ok()
}

#[cfg(not(target_os = "linux"))]
fn memfd() -> Option<OwnedFd> {
    None
}

#[cfg(target_os = "linux")]
fn seal(fd: OwnedFd) -> Result<OwnedFd, Unread> {
    use rustix::fs::SealFlags;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&fd, seals).map_err(|_| Unread::Reason(Reason::IoError))?;
    Ok(fd)
}

#[cfg(not(target_os = "linux"))]
fn seal(fd: OwnedFd) -> Result<OwnedFd, Unread> {
    Ok(fd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::identify::{open_beneath, open_root, root_identity};
    use crate::model::SitePath;
    use std::os::fd::AsFd;
    use std::path::Path;

    /// Limit of the tests' sites.
    const MAX_BYTES: u64 = 1 << 30;
    /// The beginning of every PNG file.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";

    fn opened(dir: &Path, content: &[u8]) -> Opened {
        std::fs::write(dir.join("file"), content).expect("written");
        let root = open_root(dir, root_identity(dir).expect("a directory")).expect("the same");
        open_beneath(root.as_fd(), &SitePath::new("file").expect("a name")).expect("opens")
    }

    fn never() -> AtomicBool {
        AtomicBool::new(false)
    }

    fn large(start: &[u8], len: usize) -> Vec<u8> {
        let mut content = start.to_vec();
        content.resize(len, 7);
        content
    }

    #[test]
    fn the_digests_are_those_of_the_whole_content_at_every_length() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        for len in [0, 1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5] {
            let content = large(b"", len);
            let reading = read_once(&mut opened(dir.path(), &content), &never(), MAX_BYTES).expect("readable");
            let whole = fingerprint::bytes::digests(&content);
            assert_eq!((reading.content.sha256, reading.content.size), (whole.sha256, len as u64), "{len} bytes");
            assert_eq!((reading.content.md5, reading.content.sha1, reading.changed), (whole.md5, whole.sha1, false), "{len} bytes");
        }
    }

    #[test]
    fn a_picture_is_kept_for_the_worker_byte_for_byte_and_sealed() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let content = large(PNG, 2 * CHUNK_BYTES + 3);
        let reading = read_once(&mut opened(dir.path(), &content), &never(), MAX_BYTES).expect("readable");
        let Some(PixelBytes::Sealed(fd)) = reading.bytes else { panic!("Linux has memfd: {:?}", reading.bytes) };
        let mut file = File::from(fd);
        rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0)).expect("seekable");
        let mut kept = Vec::new();
        file.read_to_end(&mut kept).expect("readable");
        assert!(kept == content, "the worker gets what was digested");
        assert!(file.write_all(b"x").is_err() && file.set_len(1).is_err(), "nobody changes it afterwards");
    }

    #[test]
    fn what_is_no_picture_is_not_kept() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let reading = read_once(&mut opened(dir.path(), b"just text"), &never(), MAX_BYTES).expect("readable");
        assert!(reading.bytes.is_none() && !reading.real_type.is_picture(), "{:?}", reading.real_type);
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_digested_and_said_to_change() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let mut file = opened(dir.path(), &large(PNG, 100));
        std::fs::OpenOptions::new().append(true).open(dir.path().join("file")).expect("opens").write_all(b"more").expect("written");
        let reading = read_once(&mut file, &never(), MAX_BYTES).expect("readable");
        assert_eq!((reading.changed, reading.content.size), (true, 104), "all that was there");
    }

    #[test]
    fn a_file_that_shrinks_while_it_is_read_is_said_to_change() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let mut file = opened(dir.path(), b"hundred");
        std::fs::OpenOptions::new().write(true).open(dir.path().join("file")).expect("opens").set_len(3).expect("cut");
        let reading = read_once(&mut file, &never(), MAX_BYTES).expect("readable");
        assert_eq!((reading.changed, reading.content.size), (true, 3));
    }

    #[test]
    fn a_sparse_giant_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let mut file = opened(dir.path(), b"");
        std::fs::OpenOptions::new().write(true).open(dir.path().join("file")).expect("opens").set_len(1 << 40).expect("sparse");
        file.stat.identity = identity_of(&file.file).expect("a stat");
        assert_eq!(read_once(&mut file, &never(), MAX_BYTES).expect_err("too large"), Unread::Reason(Reason::TooLarge));
    }

    #[test]
    fn growing_over_the_limit_ends_the_reading() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let mut file = opened(dir.path(), b"12345");
        std::fs::write(dir.path().join("file"), large(b"", 2 * CHUNK_BYTES)).expect("written");
        assert_eq!(read_once(&mut file, &never(), 10).expect_err("too large"), Unread::Reason(Reason::TooLarge));
    }

    #[test]
    fn a_size_that_the_file_does_not_have_is_a_failed_read() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let mut file = opened(dir.path(), b"12345");
        std::io::Seek::seek(&mut file.file, std::io::SeekFrom::Start(2)).expect("seekable");
        assert_eq!(read_once(&mut file, &never(), MAX_BYTES).expect_err("short"), Unread::Reason(Reason::IoError));
    }

    #[test]
    fn a_stopped_reading_says_nothing_about_the_file() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        assert_eq!(read_once(&mut opened(dir.path(), b"x"), &AtomicBool::new(true), MAX_BYTES).expect_err("stopped"), Unread::Stopped);
    }
}
