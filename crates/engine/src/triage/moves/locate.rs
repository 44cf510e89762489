//! After an interruption: under which of its names the file of an intent is. Changes nothing.
//!
//! By inode first, which a rename keeps, then by content, which a copy keeps.

use std::fs::Metadata;
use std::os::fd::{BorrowedFd, OwnedFd};

use fingerprint::signal::Sha256;

use super::failure::Failure;
use super::record::{HoldingName, Original};
use super::slot::{Slot, is_same_inode};
use crate::intake::identify::open_parent;
use crate::model::SitePath;

/// Where the file of an intent is after an interruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// At its path, the same inode: start again with [`inspect`](super::inspect).
    InSite,
    /// In the holding directory, and nothing at the path: [`finish_out`](super::finish_out).
    InHolding,
    /// Set aside, with or without a copy in the holding directory, and nothing at the path: [`finish_out`](super::finish_out).
    Aside,
    /// One inode under both names: [`finish_out`](super::finish_out) removes the public one.
    Both,
    /// Out of the site, and a newcomer with the same content at the path: [`finish_out`](super::finish_out); outcome `duplicate`, both
    /// are kept.
    SameContentInSiteAndHolding,
    /// A newcomer is at the path. Ours is elsewhere ([`finish_out`](super::finish_out); the newcomer is a new upload) or nowhere
    /// (outcome `vanished`).
    OtherFileInSite {
        /// Where ours is.
        ours: Ours,
    },
    /// Under the holding name lies a file of another inode and other content, moved by mistake: [`finish_out`](super::finish_out) gives
    /// it its name back.
    OtherFileInHolding,
    /// At none of its names: outcome `vanished`.
    Nowhere,
}

/// Where the file of an intent is when something else is at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// In the holding directory.
    Holding,
    /// Set aside beside its path.
    Aside,
    /// At none of its names.
    Nowhere,
}

/// Looks for the file of an intent under all its names, by inode, then by content. Changes nothing.
///
/// # Errors
/// [`Failure::Unproven`] with what keeps one of the directories from being looked at: then nothing is known, and the intent stays open.
pub fn locate(
    root: BorrowedFd<'_>,
    path: &SitePath,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
    original: &Original,
    sha256: &Sha256,
) -> Result<Found, Failure> {
    let held = Slot { dir: holding, name: name.as_str().as_bytes() };
    look_everywhere(root, path, held, &name.aside(), original, sha256).map_err(Failure::unproven)
}

fn look_everywhere(
    root: BorrowedFd<'_>,
    path: &SitePath,
    held: Slot<'_>,
    aside_name: &str,
    original: &Original,
    sha256: &Sha256,
) -> Result<Found, Failure> {
    let parent = parent_if_there(root, path)?;
    let at_path = parent.as_ref().map(|dir| Slot::new(dir, path.name()));
    let aside = parent.as_ref().map(|dir| Slot::new(dir, aside_name.as_bytes()));
    let (ours, waiting) = match (find_in(aside)?, held.find()?) {
        (Some(found), _) => (Ours::Aside, Some(found)),
        (None, None) => (Ours::Nowhere, None),
        (None, Some(found)) if is_ours(&found, held, original, sha256)? => (Ours::Holding, Some(found)),
        (None, Some(_)) => return Ok(Found::OtherFileInHolding),
    };
    Ok(match (find_in(at_path)?, ours) {
        (None, Ours::Nowhere) => Found::Nowhere,
        (None, Ours::Holding) => Found::InHolding,
        (None, Ours::Aside) => Found::Aside,
        (Some(found), Ours::Nowhere) if original.is_inode_of(&found) => Found::InSite,
        (Some(found), _) if waiting.is_some_and(|ours| is_same_inode(&ours, &found)) => Found::Both,
        (Some(_), Ours::Holding | Ours::Aside) if at_path.is_some_and(|slot| is_duplicate(slot, sha256)) => {
            Found::SameContentInSiteAndHolding
        }
        (Some(_), ours) => Found::OtherFileInSite { ours },
    })
}

/// The directory of the path. A link or another mount on the way is a newcomer's work like an empty place: nothing of ours is behind it.
pub(super) fn parent_if_there(root: BorrowedFd<'_>, path: &SitePath) -> Result<Option<OwnedFd>, Failure> {
    match open_parent(root, path).map_err(Failure::from) {
        Ok(parent) => Ok(Some(parent)),
        Err(Failure::Vanished | Failure::Symlink | Failure::MountBoundary) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What has the name; nothing if there is no directory either.
pub(super) fn find_in(slot: Option<Slot<'_>>) -> Result<Option<Metadata>, Failure> {
    slot.map_or(Ok(None), Slot::find)
}

/// Whether the file of the intent has the holding name: by inode if it was moved, by content if it was copied.
pub(super) fn is_ours(found: &Metadata, held: Slot<'_>, original: &Original, sha256: &Sha256) -> Result<bool, Failure> {
    Ok(original.is_inode_of(found) || held.has_content(sha256)?)
}

/// Whether a newcomer has the recorded content. One that we may not read is no duplicate that anybody could prove, and must not keep the
/// recovery from going on: it becomes a new upload either way.
fn is_duplicate(newcomer: Slot<'_>, sha256: &Sha256) -> bool {
    newcomer.has_content(sha256).unwrap_or(false)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests play the site, which renames and removes what it likes")]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::AsFd;

    use rustix::io::Errno;

    use super::*;
    use crate::triage::moves::finish_out;
    use crate::triage::moves::tests::{A, B, Place, sha};

    #[test]
    fn the_recovery_table_on_one_file_system() {
        let place = Place::new();
        let path = place.upload("dir/a", A);
        let original = place.inspect(&path, A).unwrap();
        let locate = || place.locate(&path, &original, A);
        assert_eq!(locate(), Found::InSite);
        fs::hard_link(place.at(&path), place.held()).unwrap();
        assert_eq!(locate(), Found::Both);
        place.finish_out(&path, &original, A).unwrap();
        assert_eq!(locate(), Found::InHolding);
        place.finish_out(&path, &original, A).unwrap();
        place.upload("dir/a", A);
        assert_eq!(locate(), Found::SameContentInSiteAndHolding);
        place.upload("dir/a", B);
        assert_eq!(locate(), Found::OtherFileInSite { ours: Ours::Holding });
        place.finish_out(&path, &original, A).unwrap();
        assert_eq!(fs::read(place.at(&path)).unwrap(), B, "the newcomer is not touched");
        fs::rename(place.held(), place.dir.path().join("ours")).unwrap();
        assert_eq!(locate(), Found::OtherFileInSite { ours: Ours::Nowhere });
        fs::rename(place.at(&path), place.held()).unwrap();
        assert_eq!(locate(), Found::OtherFileInHolding);
        assert_eq!(place.finish_out(&path, &original, A), Err(Failure::Changing));
        assert_eq!(fs::read(place.at(&path)).unwrap(), B, "a file moved by mistake is back");
        fs::remove_dir_all(place.at(&path).parent().unwrap()).unwrap();
        assert_eq!(locate(), Found::Nowhere);
        assert_eq!(place.finish_out(&path, &original, A), Err(Failure::Vanished));
        fs::rename(place.dir.path().join("ours"), place.held()).unwrap();
        assert_eq!(locate(), Found::InHolding, "the site may lose the directory meanwhile");
        place.finish_out(&path, &original, A).unwrap();
    }

    #[test]
    fn what_cannot_be_looked_at_keeps_the_intent_open() {
        let place = Place::new();
        let path = place.upload("a", A);
        let original = place.inspect(&path, A).unwrap();
        place.move_out(&path, &original).unwrap();
        let no_directory = File::open(place.held()).unwrap();
        let fd = no_directory.as_fd();
        let failures = [
            Failure::from(Errno::IO).unproven(),
            Failure::from(Errno::ACCESS).unproven(),
            locate(place.root.as_fd(), &path, fd, &place.name, &original, &sha(A)).unwrap_err(),
            finish_out(place.root.as_fd(), &path, fd, &place.name, &original, &sha(A)).unwrap_err(),
        ];
        assert!(failures.iter().all(Failure::is_unfinished), "{failures:?}");
    }
}
