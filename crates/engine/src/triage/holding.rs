//! Where files wait after they were taken down: the choice of the holding directory, its making, and who may use it.
//!
//! A holding directory lies outside the root and, where that is possible, on the same mount, because only there a file leaves the site by
//! one `rename`, without a moment in which it has no whole copy. What happens to a file is in `moves/`; no database is known here.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, StatxFlags, accessat, fstat, fsync, mkdirat, open, openat, statx};
use rustix::io::Errno;

use crate::model::Reason;

/// Permission bits of a holding directory. Wider, and other users of the machine could read what was taken down; narrower, and we cannot work.
const DIR_MODE: u32 = 0o700;
/// The bits that are compared with [`DIR_MODE`]: set-group-id is left out, since a new directory inherits it from its parent.
const PERMISSION_BITS: u32 = 0o777;

/// Where the files of one site are to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldingChoice {
    /// Below the home, which shares a mount with the root.
    BelowHome(PathBuf),
    /// In the nearest directory above the root on its mount in which we may write. A proposal: the operator confirms it, because this side
    /// cannot know whether a web server serves that folder.
    BesideRoot(PathBuf),
    /// Below the home, on another mount than the root: every file is set aside, copied and proven before it is removed.
    AcrossFileSystems(PathBuf),
}

impl HoldingChoice {
    /// The directory, absolute if root and home are. It need not exist.
    pub fn dir(&self) -> &Path {
        let (Self::BelowHome(dir) | Self::BesideRoot(dir) | Self::AcrossFileSystems(dir)) = self;
        dir
    }
}

/// Why a directory is no safe holding directory. Nothing was moved, and an existing directory was not changed.
#[derive(Debug, thiserror::Error)]
pub enum HoldingRefused {
    /// Somebody else could rename or replace what lies in it.
    #[error("the holding directory belongs to another user")]
    OtherOwner,
    /// Not exactly 0700.
    #[error("the holding directory has mode {0:04o} instead of 0700")]
    OtherMode(u32),
    /// It could point anywhere, also into the site.
    #[error("the holding directory is a symbolic link")]
    Symlink,
    /// A file, a device, a socket.
    #[error("the holding directory's path is taken by something that is no directory")]
    NotDirectory,
    /// It could not be made or opened.
    #[error("the holding directory could not be made or opened: {0}")]
    Io(#[from] std::io::Error),
}

impl From<Errno> for HoldingRefused {
    fn from(errno: Errno) -> Self {
        Self::Io(errno.into())
    }
}

/// Chooses where the files of the site at `root` wait, first fit: below the home, beside the root, across file systems.
///
/// Nothing is created. "The same mount" is [`Mount`]; two bind mounts of one file system are two mounts. A root that cannot be looked at
/// is answered with [`HoldingChoice::AcrossFileSystems`], which works everywhere. The answer can be outdated by a later mount: a move that
/// meets `EXDEV` says so and takes the other path.
pub fn choose(root: &Path, home: &Path, site_number: i64) -> HoldingChoice {
    let below_home = home.join("holding").join(site_number.to_string());
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let Ok(root_mount) = Mount::of(&root) else {
        return HoldingChoice::AcrossFileSystems(below_home);
    };
    let existing = nearest_existing(&below_home);
    let is_outside = existing.canonicalize().is_ok_and(|dir| !dir.starts_with(&root));
    if is_outside && Mount::of(existing).is_ok_and(|mount| mount == root_mount) {
        return HoldingChoice::BelowHome(below_home);
    }
    let on_same_mount = |dir: &&Path| Mount::of(dir).is_ok_and(|mount| mount == root_mount);
    // A directory above the root that lies on another mount ends the search: whatever is above it is not nearer to the root's mount.
    match root.ancestors().skip(1).take_while(on_same_mount).find(|dir| may_write(dir).is_ok()) {
        Some(dir) => HoldingChoice::BesideRoot(dir.join(format!(".gatehouse-{site_number}"))),
        None => HoldingChoice::AcrossFileSystems(below_home),
    }
}

/// Makes the holding directory, with missing parents, all with mode 0700, or accepts an existing one; opens it without following a link.
///
/// Each new name is synced, so that a power cut cannot take away a directory in which evidence already lies.
/// # Errors
/// [`HoldingRefused`] as described there; an existing directory is never changed into a fitting one, because its files may have been seen.
pub fn prepare(dir: &Path) -> Result<OwnedFd, HoldingRefused> {
    make_with_parents(dir)?;
    let found = dir.symlink_metadata()?;
    if found.is_symlink() {
        return Err(HoldingRefused::Symlink);
    }
    if !found.is_dir() {
        return Err(HoldingRefused::NotDirectory);
    }
    let opened = File::from(open(dir, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?);
    // Judged on the open descriptor: the name could have been given to another directory since that look.
    let metadata = opened.metadata()?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(HoldingRefused::OtherOwner);
    }
    match metadata.mode() & PERMISSION_BITS {
        DIR_MODE => Ok(opened.into()),
        other => Err(HoldingRefused::OtherMode(other)),
    }
}

/// Says, without changing anything, whether files could be moved from `root` to `holding`: both may be written with our effective ids.
///
/// Cheap and not a promise: directories below the root can have other permissions. `holding` need not exist; then its nearest existing
/// parent is asked.
/// # Errors
/// [`Reason::PermissionDenied`] (also on a read-only file system), [`Reason::Vanished`] if the root is not there, else [`Reason::IoError`].
pub fn can_move(root: &Path, holding: &Path) -> Result<(), Reason> {
    may_write(root).and_then(|()| may_write(nearest_existing(holding))).map_err(|errno| match errno {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => Reason::PermissionDenied,
        Errno::NOENT => Reason::Vanished,
        _ => Reason::IoError,
    })
}

/// Which mount something lies on.
///
/// The mount id (`statx`, Linux 5.8) tells two bind mounts of one file system apart, between which `rename` fails with `EXDEV`; the device
/// number tells btrfs subvolumes apart, between which it fails too although the mount is one. Kernels without the id are compared by device
/// alone: such a choice may be too hopeful, and the move finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    id: Option<u64>,
    device: u64,
}

impl Mount {
    /// The mount of an open file or directory.
    ///
    /// # Errors
    /// Those of `fstat`.
    pub(super) fn of_fd(fd: impl AsFd) -> Result<Self, Errno> {
        let device = fstat(&fd)?.st_dev;
        // A refused `statx` (an old kernel, a container's filter) is the documented fall-back and not a failure.
        let id = statx(&fd, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)
            .ok()
            .filter(|found| found.stx_mask & StatxFlags::MNT_ID.bits() != 0)
            .map(|found| found.stx_mnt_id);
        Ok(Self { id, device })
    }

    fn of(path: &Path) -> Result<Self, Errno> {
        Self::of_fd(open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
    }
}

/// Whether we may make and remove names in `dir`, by the effective ids; root may everywhere but on a read-only file system.
fn may_write(dir: &Path) -> Result<(), Errno> {
    accessat(CWD, dir, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
}

fn nearest_existing(dir: &Path) -> &Path {
    dir.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok()).unwrap_or(dir)
}

/// Makes every missing directory on the way to `dir`, and `dir`. A name that exists is left as it is, whatever it is.
fn make_with_parents(dir: &Path) -> Result<(), HoldingRefused> {
    let existing = nearest_existing(dir);
    let Ok(missing) = dir.strip_prefix(existing) else { return Ok(()) };
    if missing.as_os_str().is_empty() {
        return Ok(());
    }
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut parent = open(existing, flags, Mode::empty())?;
    for name in missing.iter().map(OsStr::as_bytes) {
        match mkdirat(&parent, name, Mode::from_raw_mode(DIR_MODE)) {
            // Another process of the same home was faster: `prepare` judges what it made.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        fsync(&parent)?;
        parent = openat(&parent, name, flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & PERMISSION_BITS
    }

    #[test]
    fn a_home_on_the_mount_of_the_root_is_the_first_choice() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("site")).unwrap();
        let home = dir.path().join("home");
        let choice = choose(&dir.path().join("site"), &home, 7);
        assert_eq!(choice, HoldingChoice::BelowHome(home.join("holding/7")), "same mount, and the home need not exist");
        assert!(!home.exists(), "a choice makes nothing");
    }

    #[test]
    fn a_home_inside_the_root_is_not_chosen() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("site");
        fs::create_dir_all(root.join("home")).unwrap();
        let choice = choose(&root, &root.join("home"), 7);
        assert_eq!(choice, HoldingChoice::BesideRoot(root.with_file_name(".gatehouse-7")), "what is taken down must leave the root");
    }

    #[test]
    fn another_file_system_proposes_a_folder_beside_the_root_or_the_copying_path() {
        let home = tempfile::tempdir().unwrap();
        let Some(other) = crate::triage::moves::tests::dir_on_another_file_system(home.path()) else { return };
        let root = other.path().join("site");
        fs::create_dir(&root).unwrap();
        assert_eq!(choose(&root, home.path(), 7), HoldingChoice::BesideRoot(other.path().join(".gatehouse-7")));
        let mount_point = Path::new("/dev/shm");
        let expected = HoldingChoice::AcrossFileSystems(home.path().join("holding/7"));
        assert_eq!(choose(mount_point, home.path(), 7), expected, "nothing above a mount point is on its mount");
    }

    #[test]
    fn a_missing_root_is_answered_with_the_path_that_always_works() {
        let dir = tempfile::tempdir().unwrap();
        let choice = choose(&dir.path().join("gone"), dir.path(), 7);
        assert_eq!(choice, HoldingChoice::AcrossFileSystems(dir.path().join("holding/7")));
    }

    #[test]
    fn a_holding_directory_and_its_parents_are_made_for_us_alone() {
        let dir = tempfile::tempdir().unwrap();
        let holding = dir.path().join("home/holding/7");
        prepare(&holding).unwrap();
        for made in [&holding, &dir.path().join("home/holding"), &dir.path().join("home")] {
            assert_eq!(mode(made), DIR_MODE, "{made:?}");
        }
        prepare(&holding).unwrap();
    }

    #[test]
    fn another_mode_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        for wrong in [0o755, 0o750, 0o701, 0o500] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(wrong)).unwrap();
            let refused = prepare(dir.path());
            assert!(matches!(refused, Err(HoldingRefused::OtherMode(mode)) if mode == wrong), "{wrong:o}: {refused:?}");
            assert_eq!(mode(dir.path()), wrong, "nobody else's folder is changed");
        }
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o2700)).unwrap();
        assert!(prepare(dir.path()).is_ok(), "an inherited set-group-id bit gives nobody access");
    }

    #[test]
    fn a_symlink_a_file_and_another_owner_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link, file) = (dir.path().join("real"), dir.path().join("link"), dir.path().join("file"));
        prepare(&real).unwrap();
        symlink(&real, &link).unwrap();
        fs::write(&file, b"x").unwrap();
        assert!(matches!(prepare(&link), Err(HoldingRefused::Symlink)));
        assert!(matches!(prepare(&file), Err(HoldingRefused::NotDirectory)));
        symlink(dir.path().join("nowhere"), dir.path().join("dangling")).unwrap();
        assert!(matches!(prepare(&dir.path().join("dangling")), Err(HoldingRefused::Symlink)), "a dangling link is a link");
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: another owner needs root");
            return;
        }
        std::os::unix::fs::chown(&real, Some(65534), None).unwrap();
        assert!(matches!(prepare(&real), Err(HoldingRefused::OtherOwner)));
    }

    #[test]
    fn a_root_that_is_there_can_be_moved_from_and_a_missing_one_cannot() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(can_move(dir.path(), &dir.path().join("holding/7")), Ok(()));
        assert_eq!(can_move(&dir.path().join("gone"), dir.path()), Err(Reason::Vanished));
        if !rustix::process::geteuid().is_root() {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
            assert_eq!(can_move(dir.path(), dir.path()), Err(Reason::PermissionDenied));
        } else {
            eprintln!("skipped: root passes every mode");
        }
    }
}
