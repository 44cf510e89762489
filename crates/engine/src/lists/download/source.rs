//! The three kinds of source, with one question: has it changed, and if so, where are the bytes?
//!
//! A file or folder of the operator's is compared by size, times and inode; an address by the server's validators. A signed list lies in a
//! folder of either kind: [`Shelf`] hands out its files by name.

use std::cmp::Ordering;
use std::fs::Metadata;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use sha2::Digest as _;

use super::address::{Address, is_plain_name};
use super::answer::{Size, Validators};
use super::failure::{Failure, FailureCode};
use super::part::{Downloaded, InMemory, PartFile};
use super::secrets::Secrets;
use super::transport::{Get, Got, Progress, Transport};
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::Shown;

/// A file that was changed more recently than this may still be on its way.
const AT_REST_MS: i64 = 2000;
/// Largest list file, in bytes: 8 GiB, as for an import.
pub const LARGEST_FILE: u64 = hashlist::limits::FILE_BYTES;

/// Where a list comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file on this computer.
    File(PathBuf),
    /// A folder on this computer: all its files are one list.
    Folder(PathBuf),
    /// An address.
    Address(Address),
}

impl Source {
    /// What the operator named: an address if it has a scheme, else a file or folder that is there.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for an address that cannot be used or a path that is neither file nor folder, [`Error::Io`] for one that is not
    /// there.
    pub fn named(text: &std::ffi::OsStr) -> Result<Self> {
        if let Some(text) = text.to_str().filter(|text| text.contains("://")) {
            return Ok(Self::Address(Address::parse(text)?));
        }
        let path = Path::new(text).canonicalize().map_err(Error::io(text))?;
        let metadata = std::fs::metadata(&path).map_err(Error::io(&path))?;
        if metadata.is_dir() {
            Ok(Self::Folder(path))
        } else if metadata.is_file() {
            Ok(Self::File(path))
        } else {
            Err(Error::refused(Code::BadArgument, "This is neither a file nor a folder. Nothing was changed."))
        }
    }

    /// An address; never a file, whatever is typed.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn address(text: &str) -> Result<Self> {
        Ok(Self::Address(Address::parse(text)?))
    }

    /// The host that is contacted; `None` for a file or a folder.
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Address(address) => Some(address.origin()),
            Self::File(_) | Self::Folder(_) => None,
        }
    }
}

/// What a file or a folder looked like: a digest over names, sizes, times and inodes. Equal digests mean that nothing has to be read.
pub type Seen = Sha256;

/// What a look at a file or a folder came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// As it was.
    Unchanged,
    /// Something in it was changed less than two seconds ago: look again.
    Settling,
    /// Changed. `seen` is from before the files are read, so that a change meanwhile is found by the next look.
    Changed {
        /// What to import, in order: the file, or the files of the folder.
        files: Vec<PathBuf>,
        /// What to compare with next time, once the import is done.
        seen: Seen,
    },
}

/// Looks at a file. `seen` is what the version in use was made of; `now_ms` is the clock.
///
/// # Errors
/// [`Error::Io`] if it is not there; [`Code::BadArgument`] if it is no regular file any more.
pub fn look_at_file(path: &Path, seen: Option<Seen>, now_ms: i64) -> Result<Look> {
    let metadata = std::fs::metadata(path).map_err(Error::io(path))?;
    if !metadata.is_file() {
        return Err(Error::refused(Code::BadArgument, format!("{} is no file any more.", Shown::of_path(path))));
    }
    Ok(compare(vec![(path.to_owned(), metadata)], seen, now_ms))
}

/// Looks at a folder: its regular files in natural order of their names (`page-2` before `page-10`), without hidden ones and without
/// those of folders below.
///
/// # Errors
/// [`Error::Io`] if it is not there or cannot be read; [`Code::BadArgument`] if it holds no file, or more than an import takes.
pub fn look_at_folder(dir: &Path, seen: Option<Seen>, now_ms: i64) -> Result<Look> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(Error::io(dir))? {
        let entry = entry.map_err(Error::io(dir))?;
        if entry.file_name().as_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        let metadata = std::fs::metadata(&path).map_err(Error::io(&path))?;
        if metadata.is_file() {
            files.push((path, metadata));
        }
        if files.len() > hashlist::limits::PAGES {
            return Err(Error::refused(Code::BadArgument, format!("This folder holds more than {} files.", hashlist::limits::PAGES)));
        }
    }
    if files.is_empty() {
        return Err(Error::refused(Code::BadArgument, format!("{} holds no files.", Shown::of_folder(dir))));
    }
    files.sort_by(|(left, _), (right, _)| natural(name_of(left), name_of(right)));
    Ok(compare(files, seen, now_ms))
}

fn name_of(path: &Path) -> &[u8] {
    path.file_name().map_or(&[], |name| name.as_bytes())
}

fn compare(files: Vec<(PathBuf, Metadata)>, seen: Option<Seen>, now_ms: i64) -> Look {
    let now_seen = digest(&files);
    if seen == Some(now_seen) {
        return Look::Unchanged;
    }
    let changed_ms = |metadata: &Metadata| metadata.mtime().saturating_mul(1000).saturating_add(metadata.mtime_nsec() / 1_000_000);
    // A time in the future is a wrong clock and not a file on its way.
    if files.iter().any(|(_, metadata)| (0..AT_REST_MS).contains(&now_ms.saturating_sub(changed_ms(metadata)))) {
        return Look::Settling;
    }
    Look::Changed { files: files.into_iter().map(|(path, _)| path).collect(), seen: now_seen }
}

fn digest(files: &[(PathBuf, Metadata)]) -> Seen {
    let mut hasher = sha2::Sha256::new();
    for (path, metadata) in files {
        let name = name_of(path);
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        for number in [metadata.size(), metadata.ino(), metadata.dev()] {
            hasher.update(number.to_le_bytes());
        }
        // The change time too: a file that was overwritten and given its old time back is another file.
        for time in [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()] {
            hasher.update(time.to_le_bytes());
        }
    }
    Sha256::new(hasher.finalize().into())
}

/// Natural order: runs of digits compare as numbers, everything else byte by byte. Names of equal value go by their bytes.
fn natural(left: &[u8], right: &[u8]) -> Ordering {
    let (mut a, mut b) = (left, right);
    while let (Some(first), Some(second)) = (a.first(), b.first()) {
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number_a, number_b) = (digits(&mut a), digits(&mut b));
            number_a.len().cmp(&number_b.len()).then(number_a.cmp(number_b))
        } else {
            (a, b) = (&a[1..], &b[1..]);
            first.cmp(second)
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len()).then_with(|| left.cmp(right))
}

/// Takes the digits at the beginning, without leading zeros.
fn digits<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    &number[number.iter().take_while(|digit| **digit == b'0').count()..]
}

/// What a look at an address came to.
#[derive(Debug)]
pub enum Pulled {
    /// The server says that it is the version in use.
    Unchanged,
    /// The whole file is in the home.
    Whole {
        /// The file.
        file: Downloaded,
        /// What to ask with next time, once the import is done.
        validators: Validators,
        /// The host that gave it.
        host: String,
    },
}

/// Gets one file from an address into the home. `name` tells downloads apart: one name, one list. A cut one is gone on with next time.
///
/// # Errors
/// A [`Failure`]; the version in use is untouched.
pub fn pull(
    transport: &Transport,
    home: &Home,
    name: &str,
    get: &Get<'_>,
    report: &mut dyn FnMut(Progress),
) -> std::result::Result<Pulled, Failure> {
    let mut part = PartFile::open(home, name, get.address).map_err(|error| Failure::of_home(&error))?;
    match transport.get(get, &mut part, report)? {
        Got::Unchanged => {
            // What is here of another version is of no use while the server has ours.
            part.discard();
            Ok(Pulled::Unchanged)
        }
        Got::Whole { validators, host, .. } => {
            Ok(Pulled::Whole { file: part.finish().map_err(|error| Failure::of_home(&error))?, validators, host })
        }
    }
}

/// A folder that holds a signed list: an index, its files, their signatures.
pub trait Shelf {
    /// A small file, whole.
    ///
    /// # Errors
    /// A [`Failure`]; [`FailureCode::TooLarge`] if it is longer than `max_bytes`, [`FailureCode::NotAList`] if it is empty.
    fn bytes(&mut self, name: &str, max_bytes: u64) -> std::result::Result<Vec<u8>, Failure>;
    /// A file of this length, in the home, removed when it is dropped.
    ///
    /// # Errors
    /// A [`Failure`]; [`FailureCode::WrongSize`] if it is not just that long.
    fn file(&mut self, name: &str, size: u64) -> std::result::Result<Downloaded, Failure>;
}

/// A shelf behind an address. Redirects stay on the host.
pub struct HttpsShelf<'a> {
    /// What gets the files.
    pub transport: &'a Transport,
    /// Where they are put.
    pub home: &'a Home,
    /// Tells the downloads of this list from others.
    pub name: &'a str,
    /// The index; the other files lie beside it.
    pub index: &'a Address,
    /// The operator named a private address and said yes to that.
    pub may_be_private: bool,
    /// Sent with every file.
    pub secrets: &'a Secrets,
    /// Hears of progress.
    pub report: &'a mut dyn FnMut(Progress),
}

impl Shelf for HttpsShelf<'_> {
    fn bytes(&mut self, name: &str, max_bytes: u64) -> std::result::Result<Vec<u8>, Failure> {
        let address = sibling(self.index, name)?;
        let mut sink = InMemory::default();
        let validators = Validators::default();
        let get = get_of(&address, self.may_be_private, self.secrets, &validators, Size::at_most(max_bytes));
        self.transport.get(&get, &mut sink, &mut |_| {})?;
        Ok(sink.0)
    }

    fn file(&mut self, name: &str, size: u64) -> std::result::Result<Downloaded, Failure> {
        let address = sibling(self.index, name)?;
        let validators = Validators::default();
        let get = get_of(&address, self.may_be_private, self.secrets, &validators, Size::exactly(size));
        match pull(self.transport, self.home, self.name, &get, self.report)? {
            Pulled::Whole { file, .. } => Ok(file),
            Pulled::Unchanged => {
                Err(Failure::new(FailureCode::BadAnswer, "The server says that nothing changed, without having been asked."))
            }
        }
    }
}

/// A file of a signed list: redirects stay on the host, and no validators, since a published file never changes.
fn get_of<'a>(address: &'a Address, may_be_private: bool, secrets: &'a Secrets, validators: &'a Validators, size: Size) -> Get<'a> {
    Get { address, may_be_private, other_hosts: &[], validators, size, secrets }
}

fn sibling(index: &Address, name: &str) -> std::result::Result<Address, Failure> {
    index.sibling(name).map_err(|error| Failure::new(FailureCode::BadAnswer, error.to_string()))
}

/// A shelf in a folder of this computer: a stick, or what another program keeps up to date.
pub struct FolderShelf<'a> {
    /// The folder.
    pub dir: &'a Path,
    /// Where copies are put: what is verified is what is read later.
    pub home: &'a Home,
}

impl FolderShelf<'_> {
    fn open(&self, name: &str, max_bytes: u64) -> std::result::Result<(std::fs::File, u64), Failure> {
        if !is_plain_name(name) {
            return Err(Failure::new(FailureCode::BadAnswer, "The list names a file that is not a plain name."));
        }
        let shown = Shown::of_text(name);
        let not_there = |_| Failure::new(FailureCode::NotThere, format!("{shown} is not in the folder, or cannot be read."));
        let path = self.dir.join(name);
        // Looked at first: opening a pipe would wait for somebody to write into it.
        if !std::fs::metadata(&path).map_err(not_there)?.is_file() {
            return Err(Failure::new(FailureCode::NotAList, format!("{shown} is no file.")));
        }
        let file = std::fs::File::open(path).map_err(not_there)?;
        let length = file.metadata().map_err(not_there)?.len();
        if length > max_bytes {
            return Err(Failure::new(FailureCode::TooLarge, format!("{shown} is longer than {max_bytes} bytes. It was not taken.")));
        }
        Ok((file, length))
    }
}

impl Shelf for FolderShelf<'_> {
    fn bytes(&mut self, name: &str, max_bytes: u64) -> std::result::Result<Vec<u8>, Failure> {
        let (file, _) = self.open(name, max_bytes)?;
        let mut bytes = Vec::new();
        file.take(max_bytes)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::new(FailureCode::Cut, format!("{}: {error}", Shown::of_text(name))))?;
        if bytes.is_empty() {
            return Err(Failure::new(FailureCode::NotAList, format!("{} is empty.", Shown::of_text(name))));
        }
        Ok(bytes)
    }

    fn file(&mut self, name: &str, size: u64) -> std::result::Result<Downloaded, Failure> {
        let wrong =
            || Failure::new(FailureCode::WrongSize, format!("{} is not {size} bytes long, as the index says.", Shown::of_text(name)));
        let (file, length) = self.open(name, u64::MAX)?;
        if length != size {
            return Err(wrong());
        }
        let copied = Downloaded::copy_of(self.home, file.take(size)).map_err(|error| Failure::of_home(&error))?;
        if copied.size() == size { Ok(copied) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests;
