//! How a step can end other than well: why it failed, and what it could not do besides.
//!
//! The system's error numbers and the refusals of `intake::identify` become a [`Failure`] here and nowhere else. What matters of one is
//! whether the file may have moved: [`Failure::is_unfinished`].

use rustix::io::Errno;

use crate::intake::identify::{Refused, RootProblem};
use crate::model::{Reason, wire_enum};

/// Why a step did not end well.
///
/// Unless [`Failure::is_unfinished`], the file is where it was before the call, and whatever the call made is gone again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum Failure {
    /// Another file, or other content, than the recorded one.
    Changing,
    /// Nothing there.
    Vanished,
    /// The system refused, or the file system is read-only.
    PermissionDenied,
    /// The target name exists; nothing is ever replaced.
    PathTaken,
    /// No space, no inode or no quota left.
    NoRoom,
    /// The site's root is not there, or is another directory.
    RootMissing,
    /// The path, or a parent below the root, is a symbolic link.
    Symlink,
    /// No regular file.
    NotRegular,
    /// A directory on the way is another mount.
    MountBoundary,
    /// `EXDEV`: this needs [`copy_out`](super::copy_out). Nothing was changed.
    AcrossFileSystems,
    /// What was moved is not what was planned, and could not be put back, because its name is taken: it waits, unharmed, under the intent's
    /// name in the holding directory or beside its path.
    Stranded,
    /// The names were changed, but a sync or the last proof failed, for this reason. Not to be called done.
    Unproven(String),
    /// Another failure of the system, in its words.
    IoError(String),
}

impl Failure {
    /// The wire name, lower_snake_case.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Changing => "changing",
            Self::Vanished => "vanished",
            Self::PermissionDenied => "permission_denied",
            Self::PathTaken => "path_taken",
            Self::NoRoom => "no_room",
            Self::RootMissing => "root_missing",
            Self::Symlink => "symlink",
            Self::NotRegular => "not_regular",
            Self::MountBoundary => "mount_boundary",
            Self::AcrossFileSystems => "across_file_systems",
            Self::Stranded => "stranded",
            Self::Unproven(_) => "unproven",
            Self::IoError(_) => "io_error",
        }
    }

    /// Whether the file may be elsewhere than before: the intent stays open, and [`locate()`](super::locate()) says how to go on.
    pub const fn is_unfinished(&self) -> bool {
        matches!(self, Self::Stranded | Self::Unproven(_))
    }

    /// The same failure after names were changed.
    pub(super) fn unproven(self) -> Self {
        match self {
            Self::Stranded | Self::Unproven(_) => self,
            Self::IoError(words) => Self::Unproven(words),
            other => Self::Unproven(other.as_str().to_owned()),
        }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT | Errno::NOTDIR => Self::Vanished,
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Self::PermissionDenied,
            Errno::EXIST => Self::PathTaken,
            Errno::NOSPC | Errno::DQUOT => Self::NoRoom,
            Errno::LOOP => Self::Symlink,
            Errno::XDEV => Self::AcrossFileSystems,
            other => Self::IoError(std::io::Error::from(other).to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Errno::from_io_error(&error).map_or_else(|| Self::IoError(error.to_string()), Self::from)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Gone | Refused::Reason(Reason::Vanished) => Self::Vanished,
            Refused::Reason(Reason::Changing) => Self::Changing,
            Refused::Reason(Reason::PermissionDenied) | Refused::RootProblem(RootProblem::PermissionDenied) => Self::PermissionDenied,
            Refused::Reason(Reason::Symlink) => Self::Symlink,
            Refused::Reason(Reason::NotRegular) => Self::NotRegular,
            Refused::Reason(Reason::MountBoundary) => Self::MountBoundary,
            Refused::Reason(other) => Self::IoError(other.as_str().to_owned()),
            Refused::RootProblem(RootProblem::Missing | RootProblem::Replaced | RootProblem::NotADirectory) => Self::RootMissing,
            Refused::RootProblem(RootProblem::Io) => Self::IoError("the root of the site could not be read".to_owned()),
            Refused::RootProblem(RootProblem::Stopped) => Self::IoError("stopped".to_owned()),
        }
    }
}

wire_enum!(
    /// What a finished step could not do, or did besides. The file itself is proven.
    Note {
        /// Not our file, or a file system without modes.
        ModeNotSet = "mode_not_set",
        /// Only root gives files away.
        OwnerNotSet = "owner_not_set",
        /// Not our file.
        TimesNotSet = "times_not_set",
        /// At least one extended attribute is missing.
        XattrsNotSet = "xattrs_not_set",
        /// Directories on the way were missing and made again.
        ParentsMade = "parents_made",
    }
);
