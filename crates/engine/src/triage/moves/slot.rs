//! A name in an open directory, and everything that is done with names: look, open, move without replacing, remove, make durable.
//!
//! What is in a file is not known here, and no path: directories are open, names have one part.

use std::fs::{File, Metadata};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, fsync, linkat, openat, renameat_with, unlinkat};
use rustix::io::Errno;

use super::failure::Failure;

/// A name in an open directory; there may be something or nothing under it. Links are never followed.
#[derive(Clone, Copy)]
pub(in crate::triage) struct Slot<'a> {
    /// The directory, open.
    pub(in crate::triage) dir: BorrowedFd<'a>,
    /// The name in it, without a slash.
    pub(in crate::triage) name: &'a [u8],
}

impl<'a> Slot<'a> {
    /// The name in that directory.
    pub(in crate::triage) fn new(dir: &'a OwnedFd, name: &'a [u8]) -> Self {
        Self { dir: dir.as_fd(), name }
    }

    /// What is there, of whatever type; `None` if nothing. Opens no device and waits for no FIFO.
    pub(in crate::triage) fn find(self) -> Result<Option<Metadata>, Failure> {
        match openat(self.dir, self.name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            Ok(fd) => Ok(Some(File::from(fd).metadata()?)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// The regular file that is there, for reading.
    pub(in crate::triage) fn open(self) -> Result<File, Failure> {
        let found = self.find()?.ok_or(Failure::Vanished)?;
        if found.is_symlink() {
            return Err(Failure::Symlink);
        }
        if !found.is_file() {
            return Err(Failure::NotRegular);
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(openat(self.dir, self.name, flags, Mode::empty())?);
        if is_same_inode(&file.metadata()?, &found) { Ok(file) } else { Err(Failure::Changing) }
    }

    /// Removes the name. Every caller holds another name, or a proven copy, of the same content.
    pub(in crate::triage) fn remove(self) -> Result<(), Failure> {
        Ok(unlinkat(self.dir, self.name, AtFlags::empty())?)
    }
}

/// Moves a name. Never replaces what is at the target.
pub(in crate::triage) fn move_name(from: Slot<'_>, to: Slot<'_>) -> Result<(), Errno> {
    match renameat_with(from.dir, from.name, to.dir, to.name, RenameFlags::NOREPLACE) {
        // The file system, or the kernel, cannot rename without replacing. A plain rename could destroy a file; a link cannot.
        Err(Errno::INVAL | Errno::NOSYS) => link_then_unlink(from, to),
        other => other,
    }
}

/// [`move_name`] in two calls. Interrupted in between, both names stand for one inode: [`Found::Both`](super::Found::Both).
fn link_then_unlink(from: Slot<'_>, to: Slot<'_>) -> Result<(), Errno> {
    let inode = |slot: Slot<'_>| {
        let found = rustix::fs::statat(slot.dir, slot.name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok::<_, Errno>((found.st_dev, found.st_ino))
    };
    linkat(from.dir, from.name, to.dir, to.name, AtFlags::empty())?;
    // Another file that took the old name since must not be unlinked in place of ours. Between this look and the call remains a gap of
    // microseconds that no system call closes; it exists only on file systems without RENAME_NOREPLACE.
    let linked = inode(to)?;
    let is_twin = match inode(from) {
        Ok(old) => old == linked,
        Err(Errno::NOENT) => false,
        // Both links stay: not knowing what the old name stands for, removing either could remove the last one.
        Err(errno) => return Err(errno),
    };
    if !is_twin {
        return Ok(());
    }
    match unlinkat(from.dir, from.name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        // Refused, so the old name still stands, and the new link is not the only one.
        Err(errno) => unlinkat(to.dir, to.name, AtFlags::empty()).and(Err(errno)),
    }
}

/// Moves a name and looks at what arrived; what is not the planned file goes back.
pub(in crate::triage) fn move_checked(from: Slot<'_>, to: Slot<'_>, is_planned: impl Fn(&Metadata) -> bool) -> Result<(), Failure> {
    match move_name(from, to) {
        // Said of the file, this would close its intent as `vanished`.
        Err(Errno::NOENT) if from.find()?.is_some() => return Err(target_gone()),
        moved => moved?,
    }
    match to.find() {
        Ok(Some(arrived)) if is_planned(&arrived) => Ok(()),
        Ok(Some(_)) => undo_move(to, from).and(Err(Failure::Changing)),
        Ok(None) => Err(Failure::Unproven(Failure::Vanished.as_str().to_owned())),
        Err(failure) => Err(failure.unproven()),
    }
}

/// No directory any more at the target: said of the file, `ENOENT` would mean that the upload vanished.
pub(in crate::triage) fn target_gone() -> Failure {
    Failure::IoError("the directory that the file was to go to is gone".to_owned())
}

/// Gives a moved file its old name back, durably: otherwise a power cut would take it away again after it was reported as untouched.
pub(in crate::triage) fn undo_move(moved: Slot<'_>, old: Slot<'_>) -> Result<(), Failure> {
    match move_name(moved, old) {
        Ok(()) => sync_dir(old.dir).and_then(|()| sync_dir(moved.dir)).map_err(Failure::unproven),
        Err(Errno::EXIST) => Err(Failure::Stranded),
        Err(errno) => Err(Failure::from(errno).unproven()),
    }
}

/// Makes the names in a directory durable. Opened anew, since a descriptor of kind `O_PATH` cannot be synced.
pub(in crate::triage) fn sync_dir(dir: BorrowedFd<'_>) -> Result<(), Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(fsync(openat(dir, ".", flags, Mode::empty())?)?)
}

/// Whether both are one file, whatever their names.
pub(in crate::triage) fn is_same_inode(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::triage::moves::tests::{A, B, Place};
    use crate::triage::moves::{Found, Ours};

    #[test]
    fn a_file_system_without_noreplace_gets_a_link_and_loses_the_name() {
        let place = Place::new();
        let path = place.upload("a", A);
        let (from, to) =
            (Slot { dir: place.root.as_fd(), name: b"a" }, Slot { dir: place.holding.as_fd(), name: place.name.as_str().as_bytes() });
        link_then_unlink(from, to).unwrap();
        assert_eq!((place.at(&path).exists(), fs::read(place.held()).unwrap()), (false, A.to_vec()));
        place.upload("a", B);
        assert_eq!(link_then_unlink(from, to), Err(Errno::EXIST), "a link replaces nothing");
        assert_eq!((fs::read(place.at(&path)).unwrap(), fs::read(place.held()).unwrap()), (B.to_vec(), A.to_vec()));
    }

    #[test]
    fn a_wrongly_moved_file_whose_name_is_taken_waits_and_is_reported() {
        let place = Place::new();
        let path = place.upload("a", A);
        let original = place.inspect(&path, A).unwrap();
        let (from, to) =
            (Slot { dir: place.root.as_fd(), name: b"a" }, Slot { dir: place.holding.as_fd(), name: place.name.as_str().as_bytes() });
        let takes_the_name_meanwhile = |_: &Metadata| {
            fs::write(place.at(&path), B).unwrap();
            false
        };
        assert_eq!(move_checked(from, to, takes_the_name_meanwhile), Err(Failure::Stranded));
        assert!(Failure::Stranded.is_unfinished());
        assert_eq!((fs::read(place.at(&path)).unwrap(), fs::read(place.held()).unwrap()), (B.to_vec(), A.to_vec()));
        assert_eq!(place.locate(&path, &original, A), Found::OtherFileInSite { ours: Ours::Holding });
    }

    #[test]
    fn f67_a_swapping_site_loses_nothing_and_only_the_planned_file_is_taken() {
        let place = Place::new();
        let (path, twin) = (place.upload("a", A), place.upload("b", B));
        let original = place.inspect(&path, A).unwrap();
        let calm = AtomicBool::new(false);
        // An exchange fails while we hold one of the names, which is part of the storm. Bounded, so that a failed assertion ends the test.
        let swap = |_: &u32| renameat_with(&place.root, "a", &place.root, "b", RenameFlags::EXCHANGE).is_ok();
        let storm = || (0..3_000_000).take_while(|_| !calm.load(Ordering::Relaxed)).filter(swap).count();
        let (mut taken, mut refused) = (0, 0);
        std::thread::scope(|scope| {
            let storm = scope.spawn(storm);
            while !storm.is_finished() && taken + refused < 150 {
                match place.move_out(&path, &original) {
                    Ok(_) => {
                        taken += 1;
                        assert_eq!(fs::read(place.held()).unwrap(), A, "only the planned content is taken");
                        let back = place.put_back(&path, &original, A);
                        assert!(matches!(back, Ok(_) | Err(Failure::Unproven(_))), "swapped away before the last proof: {back:?}");
                    }
                    Err(failure) => {
                        refused += 1;
                        assert_eq!(failure, Failure::Changing);
                    }
                }
            }
            calm.store(true, Ordering::Relaxed);
            assert!(storm.join().unwrap() > 0, "there was a storm");
        });
        let mut contents = [fs::read(place.at(&path)).unwrap(), fs::read(place.at(&twin)).unwrap()];
        contents.sort();
        assert_eq!(contents, [B.to_vec(), A.to_vec()], "nothing is lost");
        assert_eq!(place.names(&path).0, Vec::<Vec<u8>>::new(), "nothing is left behind after {taken} moves and {refused} refusals");
    }
}
