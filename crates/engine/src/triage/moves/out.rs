//! Out of the site: a file is inspected, taken from its path, and waits in the holding directory, on the same file system or another.
//!
//! Two ways lead there. One rename, if the holding directory is on the mount of the path ([`move_out`]). Or a rename beside the path, a
//! copy, its proof, and only then the removal ([`copy_out`]). [`finish_out`] goes on after an interruption of either.

use std::fs::File;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;

use fingerprint::signal::Sha256;
use rustix::fs::{Mode, fchmod, fsync};

use super::content::{copy_proven, hash, open_upload};
use super::failure::{Failure, Note};
use super::locate::{find_in, is_ours, parent_if_there};
use super::record::{HoldingName, Original, identity_of};
use super::slot::{Slot, is_same_inode, move_checked, move_name, sync_dir, undo_move};
use crate::fault;
use crate::intake::identify::open_parent;
use crate::model::{FileIdentity, SitePath};

/// Mode of a file that waits: readable by us, not executable, not setuid.
pub(super) const HELD_MODE: u32 = 0o400;

/// A file that was taken out of its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What could not be done besides.
    pub notes: Vec<Note>,
    /// Names that the inode had when this one was taken, this one included, those in the holding directory too. More than are known means
    /// that the content may still be served elsewhere.
    pub links: u64,
}

/// Opens the file, compares it with what was planned, hashes it again, and records it for the intent. Changes nothing.
///
/// `expected` is the identity of the plan. After another name of the same inode was moved, its ctime, mode and number of names are no longer
/// those of the plan: then `earlier` is what was recorded for that first name; only inode, size and content are compared, and mode, owner,
/// times and attributes are taken from there.
/// # Errors
/// [`Failure::Changing`] if file or content differ; [`Failure::Vanished`], [`Failure::Symlink`], [`Failure::NotRegular`],
/// [`Failure::MountBoundary`] by what the path leads to; [`Failure::PermissionDenied`], [`Failure::IoError`] as the system says.
pub fn inspect(
    root: BorrowedFd<'_>,
    path: &SitePath,
    expected: &FileIdentity,
    sha256: &Sha256,
    earlier: Option<&Original>,
) -> Result<Original, Failure> {
    let file = open_upload(root, path)?;
    let found = Original::of(&file)?;
    // The very file of the plan needs no earlier name; and a number of an inode that was free again says nothing of the file that had it.
    let earlier = earlier.filter(|_| found.identity != *expected);
    let is_planned = match earlier {
        None => found.identity == *expected,
        Some(first) => first.is_same_file_as(expected) && first.is_unchanged_in(&file.metadata()?),
    };
    if !is_planned || hash(&file)? != *sha256 {
        return Err(Failure::Changing);
    }
    // Compared around the reading: a writer in between gives a digest of bytes that no longer stand there.
    if identity_of(&file.metadata()?) != found.identity {
        return Err(Failure::Changing);
    }
    Ok(match earlier {
        None => found,
        Some(first) => Original { identity: found.identity, links: found.links, ..first.clone() },
    })
}

/// Moves the file into the holding directory on the same mount, checks that it is the inspected one, locks its mode and syncs all three.
///
/// # Errors
/// [`Failure::AcrossFileSystems`]: nothing changed, use [`copy_out`]. [`Failure::PathTaken`]: the holding name exists, draw another.
/// [`Failure::Changing`]: another file, or a written one, stood there; it is back. [`Failure::Stranded`], [`Failure::Unproven`] as described
/// there. Everything else: nothing changed.
pub fn move_out(
    root: BorrowedFd<'_>,
    path: &SitePath,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    original: &Original,
) -> Result<Moved, Failure> {
    let parent = open_parent(root, path)?;
    let from = Slot::new(&parent, path.name());
    let held = Slot { dir: holding, name: name.as_str().as_bytes() };
    move_checked(from, held, |found| original.is_unchanged_in(found))?;
    fault::point("moved");
    lock_held(held, from.dir).map_err(Failure::unproven)
}

/// Takes the file away from its path without leaving its directory: the first half of taking down across file systems.
///
/// From here on nobody is served the file under its name. The caller may commit that before [`copy_aside`].
/// # Errors
/// As [`move_out`]; no right to rename in that directory is [`Failure::PermissionDenied`], with nothing touched.
pub fn set_aside(root: BorrowedFd<'_>, path: &SitePath, name: &HoldingName, original: &Original) -> Result<(), Failure> {
    let parent = open_parent(root, path)?;
    let aside_name = name.aside();
    let aside = Slot::new(&parent, aside_name.as_bytes());
    move_checked(Slot::new(&parent, path.name()), aside, |found| original.is_unchanged_in(found))?;
    aside.open().and_then(|file| Ok(fsync(file)?)).and_then(|()| sync_dir(aside.dir)).map_err(Failure::unproven)
}

/// Copies the file that was set aside into the holding directory, proves the copy by reading it back, and only then removes the file.
///
/// Can be called again after any interruption: an unfinished copy is made anew, a finished one is proven again.
/// # Errors
/// [`Failure::Changing`] if the file aside has other content, or was written to meanwhile; [`Failure::NoRoom`] and others as the system says.
/// In all of them the file still waits aside and no copy is left; [`put_aside_back`] undoes that. [`Failure::Unproven`]: both exist; call again.
pub fn copy_aside(
    root: BorrowedFd<'_>,
    path: &SitePath,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    sha256: &Sha256,
) -> Result<Moved, Failure> {
    let parent = open_parent(root, path)?;
    let aside_name = name.aside();
    let aside = Slot::new(&parent, aside_name.as_bytes());
    let held = Slot { dir: holding, name: name.as_str().as_bytes() };
    let source = aside.open()?;
    let before = source.metadata()?;
    hold_copy(&source, held, &format!("{}.part", name.as_str()), sha256)?;
    let is_written = identity_of(&source.metadata()?) != identity_of(&before);
    if is_written || !aside.find()?.is_some_and(|found| is_same_inode(&found, &before)) {
        held.remove()?;
        return Err(Failure::Changing);
    }
    aside.remove().and_then(|()| sync_dir(aside.dir)).map_err(Failure::unproven)?;
    Ok(Moved { notes: Vec::new(), links: before.nlink() })
}

/// Gives a file that was set aside its name back.
///
/// # Errors
/// [`Failure::Stranded`] if the name is taken: the file stays aside. [`Failure::Unproven`] if it was renamed and not synced.
pub fn put_aside_back(root: BorrowedFd<'_>, path: &SitePath, name: &HoldingName) -> Result<(), Failure> {
    let parent = open_parent(root, path)?;
    let aside_name = name.aside();
    undo_move(Slot::new(&parent, aside_name.as_bytes()), Slot::new(&parent, path.name()))
}

/// Takes the file out to a holding directory on another file system: [`set_aside`], [`copy_aside`], and [`put_aside_back`] if that fails.
///
/// # Errors
/// As those three; a failed copy leaves the file at its path, or [`Failure::Stranded`] if that name was taken meanwhile.
pub fn copy_out(
    root: BorrowedFd<'_>,
    path: &SitePath,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    original: &Original,
    sha256: &Sha256,
) -> Result<Moved, Failure> {
    set_aside(root, path, name, original)?;
    copy_aside_or_put_back(root, path, holding, name, sha256)
}

fn copy_aside_or_put_back(
    root: BorrowedFd<'_>,
    path: &SitePath,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    sha256: &Sha256,
) -> Result<Moved, Failure> {
    copy_aside(root, path, holding, name, sha256).or_else(|failure| {
        if failure.is_unfinished() {
            return Err(failure);
        }
        put_aside_back(root, path, name)?;
        Err(failure)
    })
}

/// Goes on after an interruption, from wherever [`locate()`](super::locate()) found the file outside its path; a newcomer at the path is not
/// touched.
///
/// # Errors
/// [`Failure::Vanished`] if nothing waits. [`Failure::Changing`] if another file had been moved by mistake: it has its name back. A failed copy
/// of a file that was set aside is the failure of [`copy_out`]. In all of these nothing of this intent is left outside the site; every other
/// failure is [`Failure::is_unfinished`].
pub fn finish_out(
    root: BorrowedFd<'_>,
    path: &SitePath,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    original: &Original,
    sha256: &Sha256,
) -> Result<Moved, Failure> {
    let held = Slot { dir: holding, name: name.as_str().as_bytes() };
    let parent = parent_if_there(root, path).map_err(Failure::unproven)?;
    let aside_name = name.aside();
    let aside = parent.as_ref().map(|dir| Slot::new(dir, aside_name.as_bytes()));
    let from = parent.as_ref().map(|dir| Slot::new(dir, path.name()));
    if let (Some(from), Some(aside), Some(_)) = (from, aside, find_in(aside).map_err(Failure::unproven)?) {
        remove_twin(from, aside).map_err(Failure::unproven)?;
        return copy_aside_or_put_back(root, path, holding, name, sha256);
    }
    let found = held.find().map_err(Failure::unproven)?.ok_or(Failure::Vanished)?;
    match (is_ours(&found, held, original, sha256).map_err(Failure::unproven)?, from) {
        (true, Some(from)) => remove_twin(from, held).and_then(|()| lock_held(held, from.dir)).map_err(Failure::unproven),
        // The site lost the directory meanwhile; there is no other name to make durable.
        (true, None) => lock_held(held, holding).map_err(Failure::unproven),
        (false, Some(from)) => undo_move(held, from).and(Err(Failure::Changing)),
        (false, None) => Err(Failure::Stranded),
    }
}

/// Removes the public name if it stands for the very inode that waits: a link in place of a rename was interrupted between its calls.
fn remove_twin(public: Slot<'_>, waiting: Slot<'_>) -> Result<(), Failure> {
    match (public.find()?, waiting.find()?) {
        (Some(twin), Some(ours)) if is_same_inode(&twin, &ours) => public.remove(),
        _ => Ok(()),
    }
}

/// Mode 0400, then to the disk: first the file, then the name that it has, then the name that it had.
fn lock_held(held: Slot<'_>, source: BorrowedFd<'_>) -> Result<Moved, Failure> {
    let file = held.open()?;
    let notes = match fchmod(&file, Mode::from_raw_mode(HELD_MODE)) {
        Ok(()) => Vec::new(),
        // Somebody else's file in a directory that we may write: it is out of the site all the same.
        Err(_) => vec![Note::ModeNotSet],
    };
    fsync(&file)?;
    sync_dir(held.dir)?;
    sync_dir(source)?;
    fault::point("synced");
    Ok(Moved { notes, links: file.metadata()?.nlink() })
}

/// Makes sure that a proven copy of `source` has the holding name.
fn hold_copy(source: &File, held: Slot<'_>, part_name: &str, sha256: &Sha256) -> Result<(), Failure> {
    if held.find()?.is_some() {
        // Left by an interruption after the rename below; the name is random, so that nobody else has it.
        if !held.has_content(sha256)? {
            return Err(Failure::PathTaken);
        }
        // Written to since it was copied: both states are evidence, and a person has to look.
        return if hash(source)? == *sha256 { sync_dir(held.dir) } else { Err(Failure::Stranded) };
    }
    let part = Slot { dir: held.dir, name: part_name.as_bytes() };
    let copy = copy_proven(source, part, sha256)?;
    let placed = fchmod(&copy, Mode::from_raw_mode(HELD_MODE)).and_then(|()| fsync(&copy)).and_then(|()| move_name(part, held));
    placed.map_err(Failure::from).or_else(|failure| part.remove().and(Err(failure)))?;
    sync_dir(held.dir)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests play the site, which renames and removes what it likes")]
mod tests;
