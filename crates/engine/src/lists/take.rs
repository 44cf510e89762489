//! Copies of list files in the home. Nothing is read from the source path afterwards: what was previewed is what is imported.

use std::fs::File;
use std::io::{BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use hashlist::limits::PAGES;
use sha2::Digest as _;

use super::files::{Temporary, write_new};
use crate::error::{Error, Result};
use crate::home::Home;
use crate::model::Shown;

/// Largest list file, in bytes: 128 GiB, which only a database may reach. Texts are refused at 8 GiB when they are read.
const MAX_BYTES: u64 = 128 * 1024 * 1024 * 1024;
/// Bytes copied at once.
const BLOCK: usize = 256 * 1024;
/// Name of the file that says how the files of a folder were called, a line each.
const NAMES: &str = "names.txt";

/// A list file, or the files of a folder, copied into the home under a temporary name. Dropping it removes the copy.
#[derive(Debug)]
pub struct Taken {
    copy: Temporary,
    files: Vec<TakenFile>,
    sha256: Sha256,
    size: u64,
    /// Name of the source without its path, in its display form.
    pub shown_name: String,
}

#[derive(Debug)]
struct TakenFile {
    path: PathBuf,
    /// Its own name, for the rules of recognition and of order that look at it.
    name: String,
}

impl Taken {
    /// Size in bytes, of all files together.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the file; of several, of their SHA-256 values in the order of their names.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// Name and copy of each file.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.files.iter().map(|file| (file.name.as_str(), file.path.as_path()))
    }

    /// Copies it once more: what reads a copy takes it, also when it then refuses it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn again(&self, home: &Home) -> Result<Self> {
        match self.files.as_slice() {
            [one] => take_from(home, File::open(&one.path).map_err(Error::io(&one.path))?, &self.shown_name),
            several => take_several(home, several.iter().map(|file| (file.name.clone(), file.path.clone())).collect(), &self.shown_name),
        }
    }

    /// Gives the copy its place among the kept originals.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn keep(self, as_path: &Path) -> Result<()> {
        self.copy.keep(as_path)
    }
}

/// Copies a list file, or all files directly inside a folder, into the home.
///
/// # Errors
/// [`Error::Io`]; [`Error::List`] with `too_large`, or `not_a_list` for a device or an empty folder.
pub fn take(home: &Home, source: &Path) -> Result<Taken> {
    let metadata = std::fs::metadata(source).map_err(Error::io(source))?;
    let name = source.file_name().map(|name| Shown::of_path(Path::new(name))).unwrap_or_else(|| Shown::of_text("list"));
    if metadata.is_dir() {
        return take_folder(home, source, name.as_str());
    }
    if !metadata.is_file() {
        return Err(refused("not_a_list", "This is a device, not a list file. Name a file or a folder. Nothing was changed."));
    }
    take_from(home, File::open(source).map_err(Error::io(source))?, name.as_str())
}

/// Copies a list that is not a file of the operator's: the built-in practice list.
///
/// # Errors
/// As [`take`].
pub fn take_from(home: &Home, source: impl Read, name: &str) -> Result<Taken> {
    let mut copied = Copied { sha256: Sha256::new([0; 32]), size: 0 };
    let copy = Temporary::file(home, "part", |out| {
        copied = copy(source, out, MAX_BYTES)?;
        Ok(())
    })?;
    let files = vec![TakenFile { path: copy.path().to_owned(), name: name.to_owned() }];
    Ok(Taken { copy, files, sha256: copied.sha256, size: copied.size, shown_name: name.to_owned() })
}

fn take_folder(home: &Home, source: &Path, shown_name: &str) -> Result<Taken> {
    let named = |path: PathBuf| {
        let name = path.file_name().map(|name| Shown::of_path(Path::new(name)).as_str().to_owned()).unwrap_or_default();
        (name, path)
    };
    take_several(home, files_of(source)?.into_iter().map(named).collect(), shown_name)
}

/// Copies the parts of a signed list, in the order in which they were applied.
///
/// # Errors
/// As [`take`].
pub(super) fn take_parts(home: &Home, mut parts: Vec<(String, PathBuf)>) -> Result<Taken> {
    let last = parts.last().map(|(name, _)| name.clone()).unwrap_or_default();
    match (parts.pop(), parts.is_empty()) {
        (Some((name, path)), true) => take_from(home, File::open(&path).map_err(Error::io(&path))?, &name),
        (only, _) => {
            parts.extend(only);
            take_several(home, parts, &last)
        }
    }
}

fn take_several(home: &Home, sources: Vec<(String, PathBuf)>, shown_name: &str) -> Result<Taken> {
    let copy = Temporary::folder(home)?;
    let (mut files, mut all, mut size) = (Vec::new(), sha2::Sha256::new(), 0);
    for (number, (name, path)) in sources.into_iter().enumerate() {
        let target = copy.path().join(format!("{number:05}"));
        write_new(&target, |out| {
            let copied = self::copy(File::open(&path).map_err(Error::io(&path))?, out, MAX_BYTES.saturating_sub(size))?;
            all.update(copied.sha256.as_bytes());
            size += copied.size;
            Ok(())
        })?;
        files.push(TakenFile { path: target, name });
    }
    let names = files.iter().map(|file| format!("{}\n", file.name)).collect::<String>();
    write_new(&copy.path().join(NAMES), |out| out.write_all(names.as_bytes()).map_err(Error::io(copy.path())))?;
    Ok(Taken { copy, files, sha256: Sha256::new(all.finalize().into()), size, shown_name: shown_name.to_owned() })
}

/// The regular files directly inside, by name; hidden ones are the system's.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            files.push(path);
        }
        if files.len() > PAGES {
            return Err(refused("too_large", &format!("The folder has more than {PAGES} files. Nothing was changed.")));
        }
    }
    if files.is_empty() {
        return Err(refused("not_a_list", "The folder has no files. Nothing was changed."));
    }
    files.sort();
    Ok(files)
}

struct Copied {
    sha256: Sha256,
    size: u64,
}

fn copy(mut source: impl Read, out: &mut impl std::io::Write, most: u64) -> Result<Copied> {
    let at = Path::new("the list");
    let mut hasher = sha2::Sha256::new();
    let (mut block, mut size) = (vec![0; BLOCK], 0);
    loop {
        let count = source.read(&mut block).map_err(Error::io(at))?;
        if count == 0 {
            return Ok(Copied { sha256: Sha256::new(hasher.finalize().into()), size });
        }
        size += count as u64;
        if size > most {
            return Err(refused("too_large", "The list is larger than 128 GiB. Nothing was changed."));
        }
        hasher.update(&block[..count]);
        out.write_all(&block[..count]).map_err(Error::io(at))?;
    }
}

/// A fresh reader of a copy.
pub(super) fn reader(path: &Path) -> std::io::Result<Box<dyn Read>> {
    Ok(Box::new(BufReader::with_capacity(BLOCK, File::open(path)?)))
}

fn refused(code: &str, sentence: &str) -> Error {
    Error::List { code: code.to_owned(), sentence: sentence.to_owned() }
}
