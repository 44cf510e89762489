//! Back to the site: a held file returns to its recorded path, with everything it carried, and is proven there.
//!
//! On the mount of the path the held file itself is renamed; on another one a proven copy is, and the held file goes last.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use fingerprint::signal::Sha256;
use rustix::fs::{Mode, OFlags, fchmod, fsync, mkdirat, openat};
use rustix::io::Errno;

use super::content::{copy_proven, hash, open_upload};
use super::dress::{dress, undress};
use super::failure::{Failure, Note};
use super::record::{HoldingName, Original, identity_of, moment_ns};
use super::slot::{Slot, is_same_inode, move_name, sync_dir};
use crate::intake::identify::{Refused, open_parent};
use crate::model::{FileIdentity, SitePath};
use crate::triage::holding::Mount;

/// Mode of a parent directory that had to be made again: what web servers need, and what most upload folders have.
const PARENT_MODE: u32 = 0o755;

/// A file that is back at its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// What could not be restored.
    pub notes: Vec<Note>,
    /// Identity of the file at its path, for the new row of the upload.
    pub identity: FileIdentity,
}

/// Puts a held file back to its recorded path, with its mode, times, owner and attributes, and proves it there by its hash.
///
/// It gets all of them before it appears at its public name. Missing directories on the way are made again. On another mount the file is
/// copied beside its path, proven, renamed, proven again, and only then removed from the holding directory. Called again after an
/// interruption it finishes what it began.
/// # Errors
/// [`Failure::Changing`] if the held file is not the recorded content; [`Failure::PathTaken`] if something has the name; in both, and in
/// every other one but [`Failure::Unproven`], the file waits as before (directories that were made again stay). [`Failure::Unproven`]: it is
/// at its path and a sync or the last hash failed; call again.
pub fn put_back(
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    root: BorrowedFd<'_>,
    path: &SitePath,
    original: &Original,
    sha256: &Sha256,
) -> Result<PutBack, Failure> {
    let held = Slot { dir: holding, name: name.as_str().as_bytes() };
    if let Some(back) = finish_back(held, root, path, original, sha256)? {
        return Ok(back);
    }
    let file = held.open()?;
    if hash(&file)? != *sha256 {
        return Err(Failure::Changing);
    }
    let (parent, mut notes) = open_or_make_parent(root, path)?;
    let target = Slot::new(&parent, path.name());
    if target.find()?.is_some() {
        return Err(Failure::PathTaken);
    }
    let prove = |file: &File| prove(root, path, file, sha256).map_err(Failure::unproven);
    let by_rename = if Mount::of_fd(holding)? == Mount::of_fd(&parent)? {
        rename_back(&file, held, target, original)
    } else {
        Err(Failure::AcrossFileSystems)
    };
    let back = match by_rename {
        Err(Failure::AcrossFileSystems) => {
            let (copy, not_set) = copy_back(&file, target, &format!("{}.part", name.aside()), original, sha256)?;
            notes.extend(not_set);
            let identity = prove(&copy)?;
            held.remove().and_then(|()| sync_dir(holding)).map_err(Failure::unproven)?;
            identity
        }
        other => {
            notes.extend(other?);
            prove(&file)?
        }
    };
    Ok(PutBack { notes, identity: back })
}

/// Finishes a [`put_back`] that was interrupted after the file appeared at its path; `None` if that never happened.
///
/// The file at the path is ours if it has the recorded content and either nothing waits any more, or the waiting file is its other name, or
/// it has the recorded time to the nanosecond. A newcomer with the same content has another time, and the path is taken.
fn finish_back(
    held: Slot<'_>,
    root: BorrowedFd<'_>,
    path: &SitePath,
    original: &Original,
    sha256: &Sha256,
) -> Result<Option<PutBack>, Failure> {
    // Whatever keeps the path from being opened, `put_back` meets it again and says what it is.
    let Ok(at_path) = open_upload(root, path) else { return Ok(None) };
    let found = at_path.metadata()?;
    let waiting = held.find()?;
    let is_possible = waiting
        .as_ref()
        .is_none_or(|waiting| is_same_inode(waiting, &found) || moment_ns(found.mtime(), found.mtime_nsec()) == original.mtime_ns);
    if !is_possible || hash(&at_path)? != *sha256 || (waiting.is_some() && !held.has_content(sha256)?) {
        return Ok(None);
    }
    let finish = || {
        fsync(&at_path)?;
        sync_dir(open_parent(root, path)?.as_fd())?;
        if waiting.is_some() {
            held.remove()?;
        }
        sync_dir(held.dir)
    };
    finish().map_err(Failure::unproven)?;
    Ok(Some(PutBack { notes: Vec::new(), identity: identity_of(&at_path.metadata()?) }))
}

/// Puts the held file itself back to its path; on failure it waits with the mode and owner that it had.
fn rename_back(file: &File, held: Slot<'_>, target: Slot<'_>, original: &Original) -> Result<Vec<Note>, Failure> {
    let before = file.metadata()?;
    let moved = dress(file, original).and_then(|notes| {
        fsync(file)?;
        move_name(held, target)?;
        Ok(notes)
    });
    let notes = moved.or_else(|failure| undress(file, &before).and(Err(failure)))?;
    sync_dir(target.dir).and_then(|()| sync_dir(held.dir)).map_err(Failure::unproven)?;
    Ok(notes)
}

/// Puts a proven copy of the held file at its path; on failure no copy is left.
fn copy_back(file: &File, target: Slot<'_>, part_name: &str, original: &Original, sha256: &Sha256) -> Result<(File, Vec<Note>), Failure> {
    let part = Slot { dir: target.dir, name: part_name.as_bytes() };
    let copy = copy_proven(file, part, sha256)?;
    let dressed = dress(&copy, original).and_then(|notes| {
        fsync(&copy)?;
        move_name(part, target)?;
        Ok(notes)
    });
    let mut notes = dressed.or_else(|failure| part.remove().and(Err(failure)))?;
    if original.xattrs_left_out > 0 && !notes.contains(&Note::XattrsNotSet) {
        notes.push(Note::XattrsNotSet);
    }
    sync_dir(target.dir).map_err(Failure::unproven)?;
    Ok((copy, notes))
}

/// Hashes what is at the path now: it must be this very file, with the recorded content.
fn prove(root: BorrowedFd<'_>, path: &SitePath, file: &File, sha256: &Sha256) -> Result<FileIdentity, Failure> {
    let at_path = open_upload(root, path)?;
    let metadata = at_path.metadata()?;
    let is_proven = is_same_inode(&metadata, &file.metadata()?) && hash(&at_path)? == *sha256;
    if is_proven { Ok(identity_of(&metadata)) } else { Err(Failure::Changing) }
}

/// The directory of the path, made again where it is missing, each part beneath the root and without following a link.
fn open_or_make_parent(root: BorrowedFd<'_>, path: &SitePath) -> Result<(OwnedFd, Vec<Note>), Failure> {
    match open_parent(root, path) {
        Err(Refused::Gone) => {}
        other => return Ok((other?, Vec::new())),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut dir = openat(root, ".", flags, Mode::empty())?;
    for part in path.parent().iter().flat_map(|parent| parent.parts()) {
        let is_made = match mkdirat(&dir, part, Mode::from_raw_mode(PARENT_MODE)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(Errno::NOENT) => return Err(Failure::RootMissing),
            Err(errno) => return Err(errno.into()),
        };
        let next = openat(&dir, part, flags, Mode::empty()).map_err(|errno| match errno {
            Errno::NOTDIR | Errno::LOOP => Failure::PathTaken,
            other => other.into(),
        })?;
        if is_made {
            fchmod(&next, Mode::from_raw_mode(PARENT_MODE))?; // our umask is not the site's business
            sync_dir(dir.as_fd())?;
        }
        dir = next;
    }
    // Opened once more by the one safe way, which also refuses other mounts.
    Ok((open_parent(root, path)?, vec![Note::ParentsMade]))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests play the site, which renames and removes what it likes")]
mod tests;
