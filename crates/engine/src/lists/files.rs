//! Files below `lists/` of the home, and of a published folder. What is to stay is written under a temporary name, flushed, and renamed; what was left by an interrupted import
//! goes at the next start.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hashlist::index::{Scratch, ScratchStream};

use crate::error::{Code, Error, Result};
use crate::home::Home;

/// How temporary files begin.
const INCOMING: &str = "incoming-";
/// Age at which a temporary file belongs to no import any more, in seconds.
const ABANDONED_S: u64 = 3_600;

/// A file or folder with a temporary name. It goes when this is dropped, unless it was given its name.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    fn named(home: &Home, ending: &str) -> Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
        let path = home.lists().join(format!("{INCOMING}{:016x}.{ending}", u64::from_le_bytes(random)));
        Ok(Self { path, kept: false })
    }

    /// A new folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn folder(home: &Home) -> Result<Self> {
        let temporary = Self::named(home, "part")?;
        std::fs::DirBuilder::new().mode(0o700).create(&temporary.path).map_err(Error::io(&temporary.path))?;
        Ok(temporary)
    }

    /// A new file with what `write` writes, flushed to the disk.
    ///
    /// # Errors
    /// [`Error::Io`], or that of `write`.
    pub(super) fn file(home: &Home, ending: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<Self> {
        let temporary = Self::named(home, ending)?;
        write_new(&temporary.path, write)?;
        Ok(temporary)
    }

    /// Where it is now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name. What has that name already can only be what a failed commit left, so it is replaced.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn keep(mut self, as_path: &Path) -> Result<()> {
        remove(as_path);
        rename(&self.path, as_path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
        }
    }
}

/// Writes a new file, mode 0600, and flushes it to the disk.
///
/// # Errors
/// [`Error::Io`], or that of `write`.
pub(super) fn write_new(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let file = File::options().create_new(true).write(true).mode(0o600).open(path).map_err(Error::io(path))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    write(&mut out)?;
    out.flush().and_then(|()| out.get_ref().sync_all()).map_err(Error::io(path))
}

/// Puts a file into a folder that others read: written beside its place, flushed, then renamed over what had the name, so that a reader finds the
/// whole old or the whole new one. Its mode lets a web server read it.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn put_for_others(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    // One name for all, so that what an interrupted run left is found by the next.
    let part = dir.join(".gatehouse.part");
    remove(&part);
    let written = File::options().create_new(true).write(true).mode(0o644).open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let put = written.map_err(Error::io(&part)).and_then(|()| rename(&part, &dir.join(name)));
    if put.is_err() {
        remove(&part);
    }
    put?;
    sync_dir(dir)
}

/// Flushes names to the disk.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::io(dir))
}

#[expect(clippy::disallowed_methods, reason = "files of the home or of a published folder that this module wrote")]
fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(Error::io(to))
}

#[expect(clippy::disallowed_methods, reason = "a file or folder of the home that this folder's modules wrote; it may be missing")]
pub(super) fn remove(path: &Path) {
    if std::fs::remove_file(path).is_err() {
        drop(std::fs::remove_dir_all(path));
    }
}

/// Removes the files beside this one whose names begin in the same way.
///
/// # Errors
/// [`Error::Io`] if the folder cannot be read.
pub(super) fn remove_others(than: &Path, beginning: &str) -> Result<()> {
    let Some(dir) = than.parent() else { return Ok(()) };
    for entry in std::fs::read_dir(dir).map_err(Error::io(dir))? {
        let path = entry.map_err(Error::io(dir))?.path();
        let is_one = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(beginning.as_bytes()));
        if is_one && path != than {
            remove(&path);
        }
    }
    Ok(())
}

/// Removes what an interrupted import left.
///
/// # Errors
/// [`Error::Io`] if the folder cannot be read.
pub fn tidy(home: &Home) -> Result<()> {
    let dir = home.lists();
    for entry in std::fs::read_dir(&dir).map_err(Error::io(&dir))? {
        let path = entry.map_err(Error::io(&dir))?.path();
        let is_ours = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(INCOMING.as_bytes()));
        let age = path.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
        if is_ours && age.is_some_and(|age| age.as_secs() > ABANDONED_S) {
            remove(&path);
        }
    }
    Ok(())
}

/// Room for sorting while an index is built: files without a name, gone with the process.
#[derive(Clone, Debug)]
pub(super) struct Room(pub(super) Home);

impl Scratch for Room {
    fn stream(&mut self) -> io::Result<Box<dyn ScratchStream>> {
        let temporary = Temporary::named(&self.0, "sort").map_err(io::Error::other)?;
        let file = File::options().create_new(true).read(true).write(true).mode(0o600).open(temporary.path())?;
        // The name goes at once; the file lives as long as the handle.
        drop(temporary);
        Ok(Box::new(file))
    }
}
