//! The one safe way to a file of a site: opened beneath the root, without links, refused unless it is a regular file.
//!
//! Nothing is resolved twice by name: whoever opens a file keeps the descriptor. The guard is the `fstat` after an open that cannot block,
//! never the open itself: a trailing link and a FIFO both open with `O_PATH`. Paths are bytes, and may be longer than the system's limit for
//! one call. Nothing here moves, removes or writes.
//!
//! Linux refuses links and mounts in the kernel (`openat2`). Where that call is missing the same walk goes one part at a time; it then tells
//! mounts apart by device number, which cannot see a bind mount of the same file system.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::settle::Look;
use crate::model::{FileIdentity, Reason, RootIdentity, SitePath};

/// Longest path handed to one system call, in bytes. Linux allows 4,095; longer ones are walked in pieces of this size.
const PIECE_BYTES: usize = 4_000;
const NS_PER_S: i64 = 1_000_000_000;
const NS_PER_MS: i64 = 1_000_000;

/// A descriptor that names a file and cannot read it: opening it has no effect on a FIFO or a device.
#[cfg(target_os = "linux")]
const NAME_ONLY: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const NAME_ONLY: OFlags = OFlags::NONBLOCK;

/// What `stat` says of a file, as far as the product uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// Which file it is, and in which state.
    pub identity: FileIdentity,
    /// Time of the last change of the content, nanoseconds since 1970. Anybody may set it.
    pub mtime_ns: i64,
    /// Type and permission bits, as in `st_mode`.
    pub mode: u32,
    /// Number of names, in the site or elsewhere.
    pub links: u64,
}

impl FileStat {
    fn of(stat: &Stat) -> Self {
        Self {
            identity: FileIdentity {
                device: wide(stat.st_dev),
                inode: wide(stat.st_ino),
                size: wide(stat.st_size),
                ctime_ns: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
            },
            mtime_ns: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
            mode: u32::try_from(wide(stat.st_mode)).unwrap_or_default(),
            links: wide(stat.st_nlink),
        }
    }

    /// Wall time since the file last changed in any way, in milliseconds; negative if the file claims to come from the future.
    pub fn age_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.mtime_ns.max(self.identity.ctime_ns).div_euclid(NS_PER_MS))
    }
}

/// Widens a field of `stat`, whose types differ between systems. Negative numbers do not occur in the fields it is used for.
fn wide(field: impl TryInto<u64>) -> u64 {
    field.try_into().unwrap_or_default()
}

/// Nanoseconds since 1970; times beyond the years 1678 to 2262 become the nearest that fits.
fn nanoseconds(seconds: impl TryInto<i64>, nanoseconds: impl TryInto<i64>) -> i64 {
    let nanoseconds = nanoseconds.try_into().unwrap_or_default();
    seconds.try_into().unwrap_or_default().saturating_mul(NS_PER_S).saturating_add(nanoseconds)
}

/// Why the root of a site cannot be used. Nothing below it is known, so nothing below it is `Gone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootProblem {
    /// There is nothing at the path.
    Missing,
    /// Another directory is there: re-created, unmounted, or something mounted over it.
    Replaced,
    /// A file or a link is there.
    NotADirectory,
    /// The system refused access.
    PermissionDenied,
    /// Reading failed.
    Io,
    /// The caller's stop flag was set.
    Stopped,
}

/// Why a path was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is there and cannot be checked.
    Reason(Reason),
    /// Nothing is there.
    Gone,
    /// The root itself is not usable.
    RootProblem(RootProblem),
}

/// A regular file of a site, open for reading.
#[derive(Debug)]
pub struct Opened {
    /// The file, at its start.
    pub file: File,
    /// As it was when it was opened.
    pub stat: FileStat,
    /// User and group number.
    pub owner: (u32, u32),
    /// Time of the last reading before this one, nanoseconds since 1970.
    pub atime_ns: i64,
}

/// What one look at a path finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// What `settle` wants to know.
    Look(Look),
    /// A directory: to be watched and then listed.
    Directory,
    /// The root itself is not usable; the look says nothing about the path.
    RootProblem(RootProblem),
}

/// Identity of the directory at `root`, to be kept with the site. `root` is absolute and its last part is no link.
///
/// # Errors
/// Any [`RootProblem`] but `Replaced` and `Stopped`.
pub fn root_identity(root: &Path) -> Result<RootIdentity, RootProblem> {
    // Looked at by name first: an open that is refused cannot tell a link from a missing directory on every system.
    let stat = rustix::fs::lstat(root).map_err(root_problem)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        Ok(RootIdentity { device: wide(stat.st_dev), inode: wide(stat.st_ino) })
    } else {
        Err(RootProblem::NotADirectory)
    }
}

/// Whether the root was on a file system of its own that is not mounted now: what is found at its place lies on that of the folder above. The
/// same inode on another device is a disk whose number changed, not an empty place.
pub fn is_unmounted(root: &Path, recorded: RootIdentity) -> bool {
    let identity = |path: &Path| root_identity(path).ok();
    let (Some(found), Some(above)) = (identity(root), root.parent().and_then(identity)) else { return false };
    found.device == above.device && found.device != recorded.device && found.inode != recorded.inode
}

/// Opens the root of a site, and makes sure that it is still the recorded directory.
///
/// # Errors
/// [`Refused::RootProblem`] in every case.
pub fn open_root(root: &Path, expected: RootIdentity) -> Result<OwnedFd, Refused> {
    try_open_root(root, expected).map_err(Refused::RootProblem)
}

fn try_open_root(root: &Path, expected: RootIdentity) -> Result<OwnedFd, RootProblem> {
    if root_identity(root)? != expected {
        return Err(RootProblem::Replaced);
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::open(root, flags, Mode::empty()).map_err(root_problem)?;
    let stat = rustix::fs::fstat(&fd).map_err(root_problem)?;
    let found = RootIdentity { device: wide(stat.st_dev), inode: wide(stat.st_ino) };
    if found == expected { Ok(fd) } else { Err(RootProblem::Replaced) }
}

fn root_problem(errno: Errno) -> RootProblem {
    match errno {
        Errno::NOENT => RootProblem::Missing,
        Errno::NOTDIR | Errno::LOOP => RootProblem::NotADirectory,
        Errno::ACCESS | Errno::PERM => RootProblem::PermissionDenied,
        _ => RootProblem::Io,
    }
}

/// Opens a regular file beneath `root` for reading. Never blocks, and never opens anything else for reading.
///
/// # Errors
/// [`Refused::Gone`] if nothing is there; [`Refused::Reason`] with `symlink`, `not_regular`, `permission_denied`, `mount_boundary`,
/// `changing` (another file took the name between two calls) or `io_error`.
pub fn open_beneath(root: BorrowedFd<'_>, path: &SitePath) -> Result<Opened, Refused> {
    let named = regular_stat(root, path)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = open_at(root, path, flags).map_err(refused)?;
    let stat = rustix::fs::fstat(&fd).map_err(refused)?;
    if (stat.st_dev, stat.st_ino) != (named.st_dev, named.st_ino) {
        return Err(Refused::Reason(Reason::Changing));
    }
    Ok(Opened {
        file: File::from(fd),
        stat: FileStat::of(&stat),
        owner: (stat.st_uid, stat.st_gid),
        atime_ns: nanoseconds(stat.st_atime, stat.st_atime_nsec),
    })
}

/// `stat` of the regular file beneath `root`, without opening it for reading: needs no right to read the file itself.
///
/// # Errors
/// As [`open_beneath`].
pub fn stat_beneath(root: BorrowedFd<'_>, path: &SitePath) -> Result<FileStat, Refused> {
    regular_stat(root, path).map(|stat| FileStat::of(&stat))
}

/// Opens the directory that holds `path`, for a move or an `fsync`.
///
/// # Errors
/// As [`open_beneath`], about the directory.
pub fn open_parent(root: BorrowedFd<'_>, path: &SitePath) -> Result<OwnedFd, Refused> {
    match path.parent() {
        Some(parent) => open_dir_beneath(root, &parent).map_err(refused),
        None => rustix::fs::openat(root, ".", DIRECTORY, Mode::empty()).map_err(refused),
    }
}

/// One look at a path, for `settle`. `now_ms` is wall time in milliseconds since 1970.
pub fn look(root: BorrowedFd<'_>, path: &SitePath, now_ms: i64) -> Sight {
    let stat = match stat_any(root, path) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => return Sight::Directory,
        Ok(stat) => regular(stat),
        Err(refused) => Err(refused),
    };
    match stat.map(|stat| FileStat::of(&stat)) {
        Ok(stat) => Sight::Look(Look::Stat { identity: stat.identity, mtime_ns: stat.mtime_ns, age_ms: stat.age_ms(now_ms) }),
        Err(Refused::Gone) => Sight::Look(Look::Absent),
        Err(Refused::Reason(reason)) => Sight::Look(Look::Unusual(reason)),
        Err(Refused::RootProblem(problem)) => Sight::RootProblem(problem),
    }
}

/// Identity of an open file as it is now.
///
/// # Errors
/// As `fstat`.
pub fn identity_of(file: &File) -> std::io::Result<FileIdentity> {
    Ok(FileStat::of(&rustix::fs::fstat(file)?).identity)
}

fn regular_stat(root: BorrowedFd<'_>, path: &SitePath) -> Result<Stat, Refused> {
    regular(stat_any(root, path)?)
}

fn stat_any(root: BorrowedFd<'_>, path: &SitePath) -> Result<Stat, Refused> {
    let fd = open_at(root, path, NAME_ONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC).map_err(refused)?;
    rustix::fs::fstat(&fd).map_err(refused)
}

fn regular(stat: Stat) -> Result<Stat, Refused> {
    match unusual_type(FileType::from_raw_mode(stat.st_mode)) {
        None => Ok(stat),
        Some(reason) => Err(Refused::Reason(reason)),
    }
}

/// Why a file of this type is not checked; `None` for a regular file. A directory counts as not regular.
pub(super) fn unusual_type(file_type: FileType) -> Option<Reason> {
    match file_type {
        FileType::RegularFile => None,
        FileType::Symlink => Some(Reason::Symlink),
        _ => Some(Reason::NotRegular),
    }
}

/// `stat` of one name in an open directory, without following a link.
pub(super) fn stat_name(dir: BorrowedFd<'_>, name: &std::ffi::CStr) -> Result<(FileStat, FileType), Errno> {
    #[cfg(target_os = "linux")]
    const FLAGS: AtFlags = AtFlags::SYMLINK_NOFOLLOW.union(AtFlags::NO_AUTOMOUNT);
    #[cfg(not(target_os = "linux"))]
    const FLAGS: AtFlags = AtFlags::SYMLINK_NOFOLLOW;
    let stat = rustix::fs::statat(dir, name, FLAGS)?;
    Ok((FileStat::of(&stat), FileType::from_raw_mode(stat.st_mode)))
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens a directory beneath `root` for listing.
pub(super) fn open_dir_beneath(root: BorrowedFd<'_>, path: &SitePath) -> Result<OwnedFd, Errno> {
    open_at(root, path, DIRECTORY).map_err(|errno| link_instead_of_directory(root, path).unwrap_or(errno))
}

/// A link at the end of `path` fails as "not a directory" when a directory is asked for; this tells the two apart.
fn link_instead_of_directory(root: BorrowedFd<'_>, path: &SitePath) -> Option<Errno> {
    let stat = stat_any(root, path).ok()?;
    (FileType::from_raw_mode(stat.st_mode) == FileType::Symlink).then_some(Errno::LOOP)
}

/// What an error of the system means for a path beneath a root.
pub(super) fn refused(errno: Errno) -> Refused {
    match errno {
        Errno::NOENT | Errno::NOTDIR => Refused::Gone,
        Errno::LOOP => Refused::Reason(Reason::Symlink),
        Errno::ACCESS | Errno::PERM => Refused::Reason(Reason::PermissionDenied),
        Errno::XDEV => Refused::Reason(Reason::MountBoundary),
        _ => Refused::Reason(Reason::IoError),
    }
}

/// Opens `path` beneath `root`, in pieces that the system accepts. Holds at most two descriptors.
fn open_at(root: BorrowedFd<'_>, path: &SitePath, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut rest = path.as_bytes();
    let mut reached: Option<OwnedFd> = None;
    while let Some(cut) = piece_end(rest) {
        let from = reached.as_ref().map_or(root, AsFd::as_fd);
        reached = Some(open_piece(from, &rest[..cut], NAME_ONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC)?);
        rest = &rest[cut + 1..];
    }
    open_piece(reached.as_ref().map_or(root, AsFd::as_fd), rest, flags)
}

/// Where the first piece of a path ends that is too long for one call: at the last `/` within the limit. A single part of more than the
/// limit is left to the system, which refuses it.
fn piece_end(path: &[u8]) -> Option<usize> {
    if path.len() <= PIECE_BYTES { None } else { path[..PIECE_BYTES].iter().rposition(|byte| *byte == b'/') }
}

#[cfg(target_os = "linux")]
fn open_piece(from: BorrowedFd<'_>, piece: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    let opened = rustix::io::retry_on_intr(|| rustix::fs::openat2(from, piece, flags, Mode::empty(), resolve));
    match opened {
        // Kernels before 5.6 do not know the call; some container sandboxes answer every call they do not know with EPERM.
        Err(Errno::NOSYS | Errno::PERM) => open_by_parts(from, piece, flags),
        other => other,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_piece(from: BorrowedFd<'_>, piece: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    open_by_parts(from, piece, flags)
}

/// The same as `openat2` beneath, one part at a time. Every step keeps what it opened, so nothing can be swapped behind it.
fn open_by_parts(from: BorrowedFd<'_>, piece: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    let device = rustix::fs::fstat(from)?.st_dev;
    let mut reached: Option<OwnedFd> = None;
    let mut parts = piece.split(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let dir = reached.as_ref().map_or(from, AsFd::as_fd);
        let is_last = parts.peek().is_none();
        let flags = if is_last { flags | OFlags::NOFOLLOW } else { NAME_ONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC };
        let fd = rustix::io::retry_on_intr(|| rustix::fs::openat(dir, part, flags, Mode::empty()))?;
        let stat = rustix::fs::fstat(&fd)?;
        if stat.st_dev != device {
            return Err(Errno::XDEV);
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink if !is_last => return Err(Errno::LOOP),
            FileType::Directory => {}
            _ if !is_last => return Err(Errno::NOTDIR),
            _ => {}
        }
        reached = Some(fd);
    }
    reached.ok_or(Errno::NOENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::io::Read;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn site() -> (tempfile::TempDir, OwnedFd) {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let fd = open_root(dir.path(), root_identity(dir.path()).expect("a directory")).expect("it is the same one");
        (dir, fd)
    }

    fn path(bytes: &[u8]) -> SitePath {
        SitePath::new(bytes).expect("a path below the root")
    }

    fn refusal(root: &OwnedFd, name: &[u8]) -> Refused {
        open_beneath(root.as_fd(), &path(name)).map(|_| ()).expect_err("this is refused")
    }

    #[test]
    fn every_legal_name_opens_as_bytes() {
        let (dir, root) = site();
        for byte in (1..=255u8).filter(|byte| !b"/.".contains(byte)) {
            std::fs::write(dir.path().join(OsStr::from_bytes(&[byte])), [byte]).expect("a legal name");
            let mut content = Vec::new();
            open_beneath(root.as_fd(), &path(&[byte])).expect("opens").file.read_to_end(&mut content).expect("reads");
            assert_eq!(content, [byte], "byte {byte}");
        }
    }

    #[test]
    fn a_link_is_refused_wherever_it_stands() {
        let (dir, root) = site();
        let outside = tempfile::tempdir().expect("a fresh directory");
        std::fs::write(outside.path().join("secret"), "x").expect("written");
        std::fs::write(dir.path().join("file"), "x").expect("written");
        for (name, target) in
            [("out", outside.path().join("secret")), ("dir", outside.path().to_owned()), ("loop", "loop".into()), ("in", "file".into())]
        {
            symlink(target, dir.path().join(name)).expect("a link");
        }
        for name in ["out", "dir", "loop", "in", "dir/secret", "loop/x"] {
            assert_eq!(refusal(&root, name.as_bytes()), Refused::Reason(Reason::Symlink), "{name}");
        }
    }

    #[test]
    fn a_fifo_and_a_directory_are_refused_without_waiting() {
        let (dir, root) = site();
        rustix::fs::mknodat(&root, "pipe", FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
        std::fs::create_dir(dir.path().join("dir")).expect("a directory");
        for name in ["pipe", "dir"] {
            assert_eq!(refusal(&root, name.as_bytes()), Refused::Reason(Reason::NotRegular), "{name}");
        }
        assert_eq!(look(root.as_fd(), &path(b"dir"), 0), Sight::Directory, "a look tells a directory apart");
        assert_eq!(look(root.as_fd(), &path(b"pipe"), 0), Sight::Look(Look::Unusual(Reason::NotRegular)));
    }

    #[test]
    fn what_is_not_there_is_gone() {
        let (dir, root) = site();
        std::fs::write(dir.path().join("file"), "x").expect("written");
        assert_eq!(refusal(&root, b"none"), Refused::Gone);
        assert_eq!(refusal(&root, b"none/below"), Refused::Gone);
        assert_eq!(refusal(&root, b"file/below"), Refused::Gone, "a file has nothing below it");
    }

    #[test]
    fn an_unreadable_file_says_so_and_still_has_a_stat() {
        if rustix::process::geteuid().is_root() {
            println!("skipped: root may read everything");
            return;
        }
        let (dir, root) = site();
        std::fs::write(dir.path().join("file"), "abc").expect("written");
        std::fs::set_permissions(dir.path().join("file"), std::fs::Permissions::from_mode(0o000)).expect("our file");
        assert_eq!(refusal(&root, b"file"), Refused::Reason(Reason::PermissionDenied));
        assert_eq!(stat_beneath(root.as_fd(), &path(b"file")).expect("a stat needs no right").identity.size, 3);
    }

    #[test]
    fn another_directory_at_the_same_path_is_another_root() {
        let parent = tempfile::tempdir().expect("a fresh directory");
        let root = parent.path().join("root");
        std::fs::create_dir(&root).expect("a directory");
        let identity = root_identity(&root).expect("a directory");
        // Kept beside it, so that its inode number is not given to the next one.
        rustix::fs::rename(&root, parent.path().join("old")).expect("moved");
        assert_eq!(open_root(&root, identity).expect_err("gone"), Refused::RootProblem(RootProblem::Missing));
        std::fs::create_dir(&root).expect("a directory");
        assert_eq!(open_root(&root, identity).expect_err("another"), Refused::RootProblem(RootProblem::Replaced));
        std::fs::remove_dir(&root).expect("removed");
        symlink(parent.path().join("old"), &root).expect("a link");
        assert_eq!(open_root(&root, identity).expect_err("a link"), Refused::RootProblem(RootProblem::NotADirectory));
    }

    #[test]
    fn a_path_longer_than_the_system_allows_is_reached() {
        let (_dir, root) = site();
        let name = "x".repeat(200);
        let mut at = root.try_clone().expect("a second descriptor");
        for _ in 0..40 {
            rustix::fs::mkdirat(&at, &name, Mode::from_raw_mode(0o700)).expect("a directory");
            at = rustix::fs::openat(&at, &name, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).expect("opens");
        }
        rustix::fs::openat(&at, "file", OFlags::CREATE | OFlags::WRONLY, Mode::from_raw_mode(0o600)).expect("a file");
        let long = path(&[vec![name; 40].join("/").as_bytes(), b"/file"].concat());
        assert!(long.as_bytes().len() > 8_000, "longer than one call takes");
        assert!(open_beneath(root.as_fd(), &long).is_ok(), "reached in pieces");
        assert!(open_parent(root.as_fd(), &long).is_ok(), "and so is its directory");
    }

    #[test]
    fn a_name_that_no_system_allows_is_a_reason() {
        let (_dir, root) = site();
        for length in [300, PIECE_BYTES + 1] {
            assert_eq!(refusal(&root, &vec![b'x'; length]), Refused::Reason(Reason::IoError), "{length} bytes in one part");
        }
    }

    #[test]
    fn the_walk_by_parts_refuses_the_same_as_the_kernel() {
        let (dir, root) = site();
        std::fs::create_dir_all(dir.path().join("a/b")).expect("directories");
        std::fs::write(dir.path().join("a/b/file"), "x").expect("written");
        symlink("b", dir.path().join("a/link")).expect("a link");
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for name in ["a/b/file", "a/link/file", "a/link", "a/none", "a/b/file/x", "a", "none/x"] {
            let fast = open_piece(root.as_fd(), name.as_bytes(), flags).map(|_| ());
            assert_eq!(open_by_parts(root.as_fd(), name.as_bytes(), flags).map(|_| ()), fast, "{name}");
        }
    }

    #[test]
    fn another_mount_below_the_root_is_a_boundary() {
        let root = Path::new("/");
        let Ok(identity) = root_identity(root) else { return };
        let fd = open_root(root, identity).expect("the root of the system");
        if root_identity(Path::new("/proc")).is_ok_and(|proc| proc.device != identity.device) {
            let version = open_beneath(fd.as_fd(), &path(b"proc/version")).map(|_| ()).expect_err("another mount");
            assert_eq!(version, Refused::Reason(Reason::MountBoundary));
            let by_parts = open_by_parts(fd.as_fd(), b"proc/version", OFlags::RDONLY).map(|_| ());
            assert_eq!(by_parts, Err(Errno::XDEV), "also without openat2");
        } else {
            println!("skipped: /proc is not mounted");
        }
    }

    #[test]
    fn age_counts_from_the_later_of_the_two_times_and_may_be_negative() {
        let stat = |mtime_ms: i64, ctime_ms: i64| FileStat {
            identity: FileIdentity { device: 1, inode: 1, size: 0, ctime_ns: ctime_ms * NS_PER_MS },
            mtime_ns: mtime_ms * NS_PER_MS,
            mode: 0,
            links: 1,
        };
        assert_eq!(stat(1_000, 4_000).age_ms(10_000), 6_000);
        assert_eq!(stat(12_000, 4_000).age_ms(10_000), -2_000, "it claims to come from the future");
        assert_eq!(nanoseconds(i64::MAX, 0_i64), i64::MAX, "a time beyond all calendars is no overflow");
    }
}
