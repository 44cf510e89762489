//! The whole way, out and back; and the site and holding directory that the tests of every step play on.

use std::fs::{self, File};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use proptest::prelude::*;
use rustix::fs::{Gid, Mode, Timestamps, Uid, XattrFlags, fchmod, fchown, fsetxattr, futimens};
use sha2::Digest;
use tempfile::TempDir;

use super::out::HELD_MODE;
use super::record::{MODE_BITS, SECOND_NS, identity_of, timespec};
use super::*;
use crate::intake::identify::{open_root, root_identity};
use crate::model::{FileIdentity, SitePath};

/// A directory on another file system than `here`, or `None` with the reason on stderr.
pub(in crate::triage) fn dir_on_another_file_system(here: &Path) -> Option<TempDir> {
    let shm = Path::new("/dev/shm");
    if shm.metadata().is_ok_and(|there| there.dev() != here.metadata().unwrap().dev()) {
        return Some(tempfile::tempdir_in(shm).unwrap());
    }
    eprintln!("skipped: /dev/shm is not another file system than {here:?}");
    None
}

/// A site and its holding directory.
pub(super) struct Place {
    pub(super) dir: TempDir,
    pub(super) elsewhere: Option<TempDir>,
    pub(super) root: OwnedFd,
    pub(super) holding: OwnedFd,
    pub(super) name: HoldingName,
}

impl Place {
    pub(super) fn new() -> Self {
        Self::with_holding_in(None)
    }

    pub(super) fn across() -> Option<Self> {
        let here = tempfile::tempdir().unwrap();
        dir_on_another_file_system(here.path()).map(|dir| Self::with_holding_in(Some(dir)))
    }

    fn with_holding_in(elsewhere: Option<TempDir>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("site")).unwrap();
        let root_path = dir.path().join("site");
        let root = open_root(&root_path, root_identity(&root_path).unwrap()).unwrap();
        let above = elsewhere.as_ref().map_or(dir.path(), TempDir::path);
        let holding = crate::triage::holding::prepare(&above.join("holding")).unwrap();
        Self { dir, elsewhere, root, holding, name: HoldingName::random().unwrap() }
    }

    pub(super) fn at(&self, path: &SitePath) -> PathBuf {
        self.dir.path().join("site").join(path.to_path())
    }

    pub(super) fn held(&self) -> PathBuf {
        self.elsewhere.as_ref().unwrap_or(&self.dir).path().join("holding").join(self.name.as_str())
    }

    pub(super) fn upload(&self, path: &str, content: &[u8]) -> SitePath {
        let path = SitePath::new(path).unwrap();
        fs::create_dir_all(self.at(&path).parent().unwrap()).unwrap();
        fs::write(self.at(&path), content).unwrap();
        path
    }

    pub(super) fn inspect(&self, path: &SitePath, content: &[u8]) -> Result<Original, Failure> {
        let expected = identity_of(&self.at(path).symlink_metadata().unwrap());
        inspect(self.root.as_fd(), path, &expected, &sha(content), None)
    }

    pub(super) fn move_out(&self, path: &SitePath, original: &Original) -> Result<Moved, Failure> {
        move_out(self.root.as_fd(), path, self.holding.as_fd(), &self.name, original)
    }

    pub(super) fn copy_out(&self, path: &SitePath, original: &Original, content: &[u8]) -> Result<Moved, Failure> {
        copy_out(self.root.as_fd(), path, self.holding.as_fd(), &self.name, original, &sha(content))
    }

    pub(super) fn put_back(&self, path: &SitePath, original: &Original, content: &[u8]) -> Result<PutBack, Failure> {
        put_back(self.holding.as_fd(), &self.name, self.root.as_fd(), path, original, &sha(content))
    }

    pub(super) fn locate(&self, path: &SitePath, original: &Original, content: &[u8]) -> Found {
        locate(self.root.as_fd(), path, self.holding.as_fd(), &self.name, original, &sha(content)).unwrap()
    }

    pub(super) fn finish_out(&self, path: &SitePath, original: &Original, content: &[u8]) -> Result<Moved, Failure> {
        finish_out(self.root.as_fd(), path, self.holding.as_fd(), &self.name, original, &sha(content))
    }

    /// Names in the holding directory and beside `path`.
    pub(super) fn names(&self, path: &SitePath) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        (names_in(self.held().parent().unwrap()), names_in(self.at(path).parent().unwrap()))
    }
}

fn names_in(dir: &Path) -> Vec<Vec<u8>> {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().as_bytes().to_vec()).collect();
    names.sort();
    names
}

pub(super) fn sha(content: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(content).into())
}

pub(super) fn set(path: &Path, mode: u32, atime_ns: i64, mtime_ns: i64) {
    let file = File::open(path).unwrap();
    fchmod(&file, Mode::from_raw_mode(mode)).unwrap();
    futimens(&file, &Timestamps { last_access: timespec(atime_ns), last_modification: timespec(mtime_ns) }).unwrap();
}

pub(super) const A: &[u8] = b"content of the upload";
pub(super) const B: &[u8] = b"content of somebody else";

#[test]
fn what_is_put_back_is_what_was_taken_out() {
    let place = Place::new();
    let path = place.upload("2026/08/photo.jpg", A);
    set(&place.at(&path), 0o640, 1_600_000_000_123_456_789, 1_500_000_000_987_654_321);
    let before = place.inspect(&path, A).unwrap();
    let moved = place.move_out(&path, &before).unwrap();
    assert_eq!((moved.notes.as_slice(), moved.links), (&[][..], 1));
    assert!(!place.at(&path).exists(), "the public name is gone");
    assert_eq!(place.held().metadata().unwrap().mode() & MODE_BITS, HELD_MODE);
    let back = place.put_back(&path, &before, A).unwrap();
    assert_eq!(back.notes, []);
    assert_eq!(back.identity, identity_of(&place.at(&path).metadata().unwrap()));
    let after = place.inspect(&path, A).unwrap();
    let same_but_ctime = Original { identity: FileIdentity { ctime_ns: before.identity.ctime_ns, ..after.identity }, ..after };
    assert_eq!(same_but_ctime, before);
    assert!(!place.held().exists());
}

#[test]
fn an_owner_and_attributes_come_back_also_across_file_systems() {
    let mut places = vec![Place::new()];
    places.extend(Place::across());
    for place in places {
        let path = place.upload("a", A);
        let file = File::open(place.at(&path)).unwrap();
        if fsetxattr(&file, "user.origin", b"\x00\xff", XattrFlags::empty()).is_err() {
            eprintln!("skipped: no extended attributes here");
            return;
        }
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            fchown(&file, Some(Uid::from_raw(1234)), Some(Gid::from_raw(2345))).unwrap();
        }
        fchmod(&file, Mode::from_raw_mode(0o4755)).unwrap();
        let before = place.inspect(&path, A).unwrap();
        assert!(before.xattrs.contains(&(b"user.origin".to_vec(), b"\x00\xff".to_vec())));
        let moved = if place.elsewhere.is_some() { place.copy_out(&path, &before, A) } else { place.move_out(&path, &before) };
        moved.unwrap();
        assert_eq!(place.put_back(&path, &before, A).unwrap().notes, []);
        let after = place.inspect(&path, A).unwrap();
        assert_eq!((after.owner, after.group, after.mode, after.xattrs), (before.owner, before.group, 0o4755, before.xattrs));
    }
}

#[test]
fn across_file_systems_the_move_says_so_and_the_copy_comes_back_the_same() {
    let Some(place) = Place::across() else { return };
    let path = place.upload("dir/a", A);
    set(&place.at(&path), 0o604, -1_000_000_001, 1_500_000_000_987_654_321);
    let before = place.inspect(&path, A).unwrap();
    assert_eq!(place.move_out(&path, &before), Err(Failure::AcrossFileSystems));
    assert_eq!(fs::read(place.at(&path)).unwrap(), A, "nothing is changed by that answer");
    place.copy_out(&path, &before, A).unwrap();
    assert_eq!(place.held().metadata().unwrap().mode() & MODE_BITS, HELD_MODE);
    assert_eq!(place.names(&path), (vec![place.name.as_str().as_bytes().to_vec()], Vec::new()), "one copy, nothing aside");
    assert_eq!(place.locate(&path, &before, A), Found::InHolding);
    let back = place.put_back(&path, &before, A).unwrap();
    assert_eq!(back.notes, []);
    let after = place.inspect(&path, A).unwrap();
    assert_eq!(after, Original { identity: back.identity, ..before }, "another inode, everything else as it was");
    assert_eq!(place.names(&path), (Vec::new(), vec![b"a".to_vec()]));
}

#[test]
fn f52_every_name_of_an_inode_is_taken_with_what_the_first_one_was() {
    let place = Place::new();
    let (first, second) = (place.upload("a", A), SitePath::new("b").unwrap());
    set(&place.at(&first), 0o644, 1_000_000_000, 2_000_000_000);
    fs::hard_link(place.at(&first), place.at(&second)).unwrap();
    let planned = identity_of(&place.at(&second).metadata().unwrap());
    let original = place.inspect(&first, A).unwrap();
    assert_eq!(original.links, 2);
    assert_eq!(place.move_out(&first, &original).unwrap().links, 2, "one more name may still be served");
    let inspect_second = |earlier| inspect(place.root.as_fd(), &second, &planned, &sha(A), earlier);
    assert_eq!(inspect_second(None), Err(Failure::Changing), "the move itself changed the ctime");
    let twin = inspect_second(Some(&original)).unwrap();
    assert_eq!((twin.mode, twin.atime_ns, twin.mtime_ns), (0o644, 1_000_000_000, 2_000_000_000), "not the mode of a held file");
    let other = HoldingName::random().unwrap();
    move_out(place.root.as_fd(), &second, place.holding.as_fd(), &other, &twin).unwrap();
    assert_eq!(place.names(&first).1, Vec::<Vec<u8>>::new(), "no name is left in the site");
    place.put_back(&first, &original, A).unwrap();
    put_back(place.holding.as_fd(), &other, place.root.as_fd(), &second, &twin, &sha(A)).unwrap();
    assert_eq!(place.at(&second).metadata().unwrap().mode() & MODE_BITS, 0o644);
    assert_eq!(place.at(&second).metadata().unwrap().nlink(), 2);
}

#[test]
fn f46_every_byte_that_a_name_can_hold_survives_the_way_out_and_back() {
    let place = Place::new();
    for byte in (1..=u8::MAX).filter(|byte| !matches!(byte, b'/' | b'.')) {
        let path = SitePath::new([byte]).unwrap();
        fs::write(place.at(&path), A).unwrap();
        let original = place.inspect(&path, A).unwrap();
        place.move_out(&path, &original).unwrap();
        place.put_back(&path, &original, A).unwrap();
        assert_eq!(place.names(&path).1, [vec![byte]]);
        fs::remove_file(place.at(&path)).unwrap();
    }
}

fn any_part() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("no part of a name", |byte| !matches!(byte, 0 | b'/'));
    proptest::collection::vec(byte, 1..=255).prop_filter("not a name", |name| !matches!(name.as_slice(), b"." | b".."))
}

/// Moments that ext4 and tmpfs can store.
fn any_moment() -> impl Strategy<Value = i64> {
    -2_000_000_000 * SECOND_NS..9_000_000_000 * SECOND_NS
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn taking_out_and_putting_back_is_the_identity(
        parts in proptest::collection::vec(any_part(), 1..4),
        content in proptest::collection::vec(any::<u8>(), 0..3000),
        mode in (0_u32..=MODE_BITS).prop_map(|mode| mode | 0o400),
        (atime_ns, mtime_ns) in (any_moment(), any_moment()),
        is_across in any::<bool>(),
    ) {
        let Some(place) = (if is_across { Place::across() } else { Some(Place::new()) }) else { return Ok(()) };
        let path = SitePath::new(parts.join(&b'/')).unwrap();
        fs::create_dir_all(place.at(&path).parent().unwrap()).unwrap();
        fs::write(place.at(&path), &content).unwrap();
        set(&place.at(&path), mode, atime_ns, mtime_ns);
        let before = place.inspect(&path, &content).unwrap();
        prop_assert_eq!((before.mode, before.atime_ns, before.mtime_ns), (mode, atime_ns, mtime_ns));
        let moved = if is_across { place.copy_out(&path, &before, &content) } else { place.move_out(&path, &before) };
        prop_assert!(moved.is_ok(), "{:?}", moved);
        prop_assert_eq!(place.locate(&path, &before, &content), Found::InHolding);
        let back = place.put_back(&path, &before, &content).unwrap();
        prop_assert_eq!(back.notes, []);
        let after = place.inspect(&path, &content).unwrap();
        prop_assert_eq!(after, Original { identity: back.identity, ..before });
        prop_assert_eq!(place.names(&path), (Vec::new(), vec![path.name().to_vec()]));
    }
}
