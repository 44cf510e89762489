//! What a download writes to: a file of the home that a cut download leaves behind for the next one, or a small answer in memory.
//!
//! Beside the bytes lies a mark with the strong validator that they came with and a digest of the address. Without it, or with another
//! address, the bytes are worth nothing and are dropped: two halves of two versions must never become one file.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::address::Address;
use super::answer::Resume;
use crate::error::{Code, Error, Result};
use crate::home::Home;

/// Longest mark that is read, in bytes; ours are some hundreds.
const LONGEST_MARK: u64 = 4096;

/// Where a body goes.
pub trait Sink {
    /// What is here of an earlier download and can be gone on with.
    fn resume(&self) -> Option<Resume>;
    /// Makes ready for bytes from `from` on; everything behind is dropped. `etag` is the strong validator that they come with.
    ///
    /// # Errors
    /// [`Error::Io`].
    fn begin(&mut self, from: u64, etag: Option<&str>) -> Result<()>;
    /// Appends.
    ///
    /// # Errors
    /// [`Error::Io`].
    fn append(&mut self, bytes: &[u8]) -> Result<()>;
}

/// A small answer, kept in memory. It begins anew each time.
#[derive(Debug, Default)]
pub struct InMemory(pub Vec<u8>);

impl Sink for InMemory {
    fn resume(&self) -> Option<Resume> {
        None
    }

    fn begin(&mut self, _from: u64, _etag: Option<&str>) -> Result<()> {
        self.0.clear();
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// A download on its way, in the home's `lists` folder. Dropping it keeps the bytes for the next try.
#[derive(Debug)]
pub struct PartFile {
    path: PathBuf,
    mark: PathBuf,
    /// SHA-256 of the address: an address may carry an access key, which a file name or a mark must not.
    address: String,
    file: File,
    resume: Option<Resume>,
}

impl PartFile {
    /// Opens the part file of this name, which is made of letters, digits and `-`, for this address.
    ///
    /// # Errors
    /// [`Code::Busy`] if another process downloads the same list now; [`Error::Io`].
    pub fn open(home: &Home, name: &str, address: &Address) -> Result<Self> {
        let path = path_of(home, name);
        let mark = path.with_extension("mark");
        let file = File::options().create(true).read(true).append(true).mode(0o600).open(&path).map_err(Error::io(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Error::refused(Code::Busy, "Another Gatehouse is loading this list now. Nothing was changed."));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(Error::io(&path)(error)),
        }
        let address = digest_of(address);
        let length = file.metadata().map_err(Error::io(&path))?.len();
        let resume = read_mark(&mark, &address).filter(|_| length > 0).map(|etag| Resume { at: length, etag });
        Ok(Self { path, mark, address, file, resume })
    }

    /// Ends it without a file: what is here is of no use.
    pub fn discard(self) {
        remove(&self.mark);
        remove(&self.path);
    }

    /// The whole file, closed and on the disk, under a name of its own that the next download does not touch.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(self) -> Result<Downloaded> {
        self.file.sync_all().map_err(Error::io(&self.path))?;
        let size = self.file.metadata().map_err(Error::io(&self.path))?.len();
        let whole = whole_path(&self.path)?;
        remove(&self.mark);
        rename(&self.path, &whole)?;
        Ok(Downloaded { path: whole, size })
    }
}

impl Sink for PartFile {
    fn resume(&self) -> Option<Resume> {
        self.resume.clone()
    }

    fn begin(&mut self, from: u64, etag: Option<&str>) -> Result<()> {
        let io = |error| Error::io(&self.path)(error);
        // The mark goes before bytes that it does not fit, and comes before bytes that it fits: a crash in between costs a download.
        if from == 0 {
            remove(&self.mark);
        }
        self.file.set_len(from).map_err(io)?;
        self.file.seek(SeekFrom::Start(from)).map_err(io)?;
        self.resume = etag.map(|etag| Resume { at: from, etag: etag.to_owned() });
        match etag {
            Some(etag) if from == 0 => self.write_mark(etag),
            _ => Ok(()),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::io(&self.path))?;
        if let Some(resume) = &mut self.resume {
            resume.at = resume.at.saturating_add(bytes.len() as u64);
        }
        Ok(())
    }
}

impl PartFile {
    fn write_mark(&self, etag: &str) -> Result<()> {
        let text = json!({"address": self.address, "etag": etag}).to_string();
        let mut mark = File::options().create_new(true).write(true).mode(0o600).open(&self.mark).map_err(Error::io(&self.mark))?;
        mark.write_all(text.as_bytes()).map_err(Error::io(&self.mark))
    }
}

/// A whole file that was downloaded. Dropping it removes the file: an import copies what it takes.
#[derive(Debug)]
pub struct Downloaded {
    path: PathBuf,
    size: u64,
}

impl Downloaded {
    /// A copy of a file that lies elsewhere on this computer.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn copy_of(home: &Home, mut from: impl Read) -> Result<Self> {
        let path = whole_path(&home.lists().join("copy"))?;
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(&path).map_err(Error::io(&path))?;
        // From here on a failure removes the copy.
        let mut copy = Self { path, size: 0 };
        copy.size = std::io::copy(&mut from, &mut file).and_then(|size| file.sync_all().map(|()| size)).map_err(Error::io(&copy.path))?;
        Ok(copy)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads it from its beginning.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(&self) -> Result<File> {
        File::open(&self.path).map_err(Error::io(&self.path))
    }
}

impl Drop for Downloaded {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes what an unfinished download of this name left, when its list is removed or its address changed.
pub fn forget(home: &Home, name: &str) {
    let path = path_of(home, name);
    remove(&path.with_extension("mark"));
    remove(&path);
}

fn path_of(home: &Home, name: &str) -> PathBuf {
    home.lists().join(format!("download-{name}.part"))
}

/// A new name beside `path`. It begins like every copy of an import under way, so that the same tidying finds one that a crash left.
fn whole_path(path: &Path) -> Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
    Ok(path.with_file_name(format!("incoming-{:016x}.whole", u64::from_le_bytes(random))))
}

fn digest_of(address: &Address) -> String {
    Sha256::new(sha2::Sha256::digest(address.to_text().as_bytes()).into()).to_string()
}

/// The validator of a mark that belongs to this address. A damaged mark is none.
fn read_mark(mark: &Path, address: &str) -> Option<String> {
    let mut text = String::new();
    File::open(mark).ok()?.take(LONGEST_MARK).read_to_string(&mut text).ok()?;
    let mark: Value = serde_json::from_str(&text).ok()?;
    let is_ours = mark.get("address").and_then(Value::as_str) == Some(address);
    mark.get("etag").and_then(Value::as_str).filter(|_| is_ours).map(str::to_owned)
}

#[expect(clippy::disallowed_methods, reason = "a temporary file of the home that this module wrote; it may be missing")]
fn remove(path: &Path) {
    drop(std::fs::remove_file(path));
}

#[expect(clippy::disallowed_methods, reason = "a file of the home that this module wrote, to a random name")]
fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(Error::io(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        (dir, home)
    }

    fn address(path: &str) -> Address {
        Address::parse(&format!("https://example.org/{path}")).unwrap()
    }

    #[test]
    fn a_cut_download_goes_on_only_with_its_validator_and_address() {
        let (_dir, home) = home();
        let mut part = PartFile::open(&home, "7", &address("a?key=secret")).unwrap();
        assert_eq!(part.resume(), None, "nothing is here yet");
        part.begin(0, Some("\"v1\"")).unwrap();
        part.append(b"half").unwrap();
        drop(part);

        let part = PartFile::open(&home, "7", &address("a?key=secret")).unwrap();
        assert_eq!(part.resume(), Some(Resume { at: 4, etag: "\"v1\"".to_owned() }));
        drop(part);
        assert_eq!(PartFile::open(&home, "7", &address("b")).unwrap().resume(), None, "bytes of another address");

        let mut part = PartFile::open(&home, "7", &address("a?key=secret")).unwrap();
        part.begin(0, None).unwrap();
        part.append(b"fresh").unwrap();
        drop(part);
        assert_eq!(PartFile::open(&home, "7", &address("a?key=secret")).unwrap().resume(), None, "bytes without a validator");
    }

    #[test]
    fn a_finished_file_is_whole_and_goes_when_it_is_dropped() {
        let (_dir, home) = home();
        let mut part = PartFile::open(&home, "7", &address("a")).unwrap();
        part.begin(0, Some("\"v1\"")).unwrap();
        part.append(b"1234").unwrap();
        part.begin(2, Some("\"v1\"")).unwrap();
        part.append(b"xy").unwrap();
        let whole = part.finish().unwrap();
        assert_eq!((std::fs::read(whole.path()).unwrap(), whole.size()), (b"12xy".to_vec(), 4));
        let path = whole.path().to_owned();
        drop(whole);
        assert!(!path.exists());
        assert_eq!(std::fs::read_dir(home.lists()).unwrap().count(), 0, "neither part nor mark stays");
    }

    #[test]
    fn two_downloads_of_one_list_do_not_mix() {
        let (_dir, home) = home();
        let first = PartFile::open(&home, "7", &address("a")).unwrap();
        assert_eq!(PartFile::open(&home, "7", &address("a")).unwrap_err().code(), Code::Busy);
        assert!(PartFile::open(&home, "8", &address("a")).is_ok(), "another list is free");
        drop(first);
        assert!(PartFile::open(&home, "7", &address("a")).is_ok());
    }

    #[test]
    fn damaged_marks_are_none_and_secrets_stay_out_of_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, home) = home();
        let mut part = PartFile::open(&home, "7", &address("a?key=secret")).unwrap();
        part.begin(0, Some("\"v1\"")).unwrap();
        part.append(b"half").unwrap();
        let mark = part.mark.clone();
        drop(part);
        let text = std::fs::read_to_string(&mark).unwrap();
        assert!(!text.contains("secret"), "the mark names the address by its digest");
        assert_eq!(std::fs::metadata(&mark).unwrap().permissions().mode() & 0o777, 0o600);
        for cut in 0..text.len() {
            std::fs::write(&mark, &text[..cut]).unwrap();
            assert_eq!(PartFile::open(&home, "7", &address("a?key=secret")).unwrap().resume(), None, "cut at {cut}");
        }
        forget(&home, "7");
        assert_eq!(std::fs::read_dir(home.lists()).unwrap().count(), 0);
    }
}
