//! Sites, uploads, contents, and what became of checking them.

use std::path::PathBuf;

use fingerprint::signal::{Md5, Sha1, Sha256, Unusable};

use super::{Level, SitePath, id_type, wire_enum};

id_type!(
    /// One site.
    SiteId
);
id_type!(
    /// One row of an upload: a path of a site with one identity.
    UploadId
);
id_type!(
    /// One distinct sequence of bytes.
    ContentId
);

wire_enum!(
    /// Whether the watched folder is the one that the site serves, or a copy of it.
    SiteMode {
        /// The site itself reads and writes here.
        Live = "live",
        /// A synced copy: taking a file out of it does not take it off the site.
        Copy = "copy",
    }
);

/// One watched upload directory with its settings.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its number.
    pub id: SiteId,
    /// Its name, unique, chosen by the operator.
    pub name: String,
    /// The directory, absolute.
    pub root: PathBuf,
    /// Live folder or copy.
    pub mode: SiteMode,
    /// Software preset, if one was chosen.
    pub preset: Option<String>,
    /// Where the folder lies in the layout of that preset.
    pub level: Level,
    /// Folders below the root that are walked; empty: all.
    pub only: Vec<SitePath>,
    /// What taking down does.
    pub take_down: TakeDown,
    /// A plain picture is put in the place of what is taken down.
    pub placeholder: bool,
    /// True for the folder of practice pictures that Gatehouse itself made: in no count and no notification.
    pub practice: bool,
    /// Identity of the root directory when the site was added or last confirmed.
    pub root_identity: RootIdentity,
    /// Where files taken down wait; on the same mount as the root where that is possible.
    pub holding_dir: PathBuf,
    /// Until when watching is paused, in milliseconds since 1970.
    pub paused_until: Option<i64>,
}

impl Site {
    /// Whether a path belongs to what is watched of the site.
    pub fn covers(&self, path: &SitePath) -> bool {
        is_within(&self.only, path)
    }
}

/// Whether a path lies in, or is, or leads to one of these folders. All paths do where none is named.
pub fn is_within(only: &[SitePath], path: &SitePath) -> bool {
    only.is_empty() || only.iter().any(|dir| path == dir || path.is_below(dir) || dir.is_below(path))
}

wire_enum!(
    /// What taking down does with the files of a site.
    TakeDown {
        /// They leave the folder.
        Move = "move",
        /// They stay, and a list of what to do is written.
        Todo = "todo",
    }
);

/// Which directory a root is: another directory at the same path is another root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootIdentity {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
}

/// Which file a path holds. A changed identity makes a new row of the upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the inode, nanoseconds since 1970. Unlike the modification time it cannot be put back.
    pub ctime_ns: i64,
}

wire_enum!(
    /// How far the check of an upload has come.
    CheckState {
        /// The row exists; the work is still to be done.
        Found = "found",
        /// Both tracks ended; matched against named list versions.
        Checked = "checked",
        /// At least one track failed; the reason says which.
        CouldNotCheck = "could_not_check",
        /// Not read, because the preset says that it cannot be an upload, or not yet. Counted by rule.
        Skipped = "skipped",
    }
);

wire_enum!(
    /// Where an upload is.
    Place {
        /// At its path in the site.
        Site = "site",
        /// Missing from a complete listing.
        Gone = "gone",
        /// Taken down, in the holding directory.
        Holding = "holding",
        /// Sealed.
        Vault = "vault",
        /// Deleted for good, with a certificate.
        Purged = "purged",
    }
);

wire_enum!(
    /// Why an upload, or a directory, could not be checked. A closed list: there is no "other".
    Reason {
        /// Over the site's byte limit, or over the pixel track's.
        TooLarge = "too_large",
        /// FIFO, socket or device.
        NotRegular = "not_regular",
        /// The path, or a parent below the root, is a symbolic link.
        Symlink = "symlink",
        /// The system refused access to a file or a directory.
        PermissionDenied = "permission_denied",
        /// Reading failed.
        IoError = "io_error",
        /// Unquiet for ten minutes, or changed while it was read.
        Changing = "changing",
        /// Gone between hint and read.
        Vanished = "vanished",
        /// A directory below the root is another mount.
        MountBoundary = "mount_boundary",
        /// Too many directories deep.
        DepthLimit = "depth_limit",
        /// More names than were found in the site.
        HardLinkElsewhere = "hard_link_elsewhere",
        /// No decoder for this real type.
        UnsupportedFormat = "unsupported_format",
        /// Archive, PDF or office document.
        ContainerNotExamined = "container_not_examined",
        /// An encrypted container.
        Encrypted = "encrypted",
        /// More pixels, a longer side or more frames than the limits.
        PixelLimit = "pixel_limit",
        /// Too flat for a fingerprint that can be matched.
        LowQualityHash = "low_quality_hash",
        /// The decoder said no.
        DecoderError = "decoder_error",
        /// The worker died twice on this content.
        DecoderCrashed = "decoder_crashed",
        /// Wall-clock or CPU limit of the worker.
        DecoderTimeout = "decoder_timeout",
        /// Memory limit of the worker.
        DecoderMemory = "decoder_memory",
        /// No sandbox, so nothing was decoded.
        SandboxUnavailable = "sandbox_unavailable",
    }
);

wire_enum!(
    /// Whether a reason asks for the operator.
    ReasonClass {
        /// Something that a person can mend.
        NeedYou = "need_you",
        /// Counted and listed; no alarm.
        ByDesign = "by_design",
    }
);

impl Reason {
    /// The class, as screens divide the list.
    pub const fn class(self) -> ReasonClass {
        match self {
            Self::PermissionDenied
            | Self::IoError
            | Self::Changing
            | Self::MountBoundary
            | Self::DepthLimit
            | Self::HardLinkElsewhere
            | Self::DecoderCrashed
            | Self::DecoderTimeout
            | Self::DecoderMemory
            | Self::SandboxUnavailable => ReasonClass::NeedYou,
            Self::TooLarge
            | Self::NotRegular
            | Self::Symlink
            | Self::Vanished
            | Self::UnsupportedFormat
            | Self::ContainerNotExamined
            | Self::Encrypted
            | Self::PixelLimit
            | Self::LowQualityHash
            | Self::DecoderError => ReasonClass::ByDesign,
        }
    }

    /// Whether the bytes were not read either: nothing at all is known about such a file.
    pub const fn is_bytes_track(self) -> bool {
        matches!(
            self,
            Self::NotRegular
                | Self::Symlink
                | Self::PermissionDenied
                | Self::IoError
                | Self::Vanished
                | Self::MountBoundary
                | Self::DepthLimit
        )
    }

    /// Whether the row stands for something that is no regular file.
    pub const fn is_of_no_file(self) -> bool {
        matches!(self, Self::NotRegular | Self::Symlink | Self::MountBoundary | Self::DepthLimit)
    }

    /// Whether a changed surrounding, not a changed file, decides: such rows are looked at again in every sweep.
    pub const fn is_retried_each_sweep(self) -> bool {
        matches!(self, Self::NotRegular | Self::Symlink | Self::PermissionDenied | Self::Vanished | Self::MountBoundary | Self::DepthLimit)
    }
}

impl From<Unusable> for Reason {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::TooLarge => Self::TooLarge,
            Unusable::UnsupportedFormat => Self::UnsupportedFormat,
            Unusable::ContainerNotExamined => Self::ContainerNotExamined,
            Unusable::Encrypted => Self::Encrypted,
            Unusable::PixelLimit => Self::PixelLimit,
            Unusable::LowQualityHash => Self::LowQualityHash,
            Unusable::DecoderError => Self::DecoderError,
            Unusable::DecoderCrashed => Self::DecoderCrashed,
            Unusable::DecoderTimeout => Self::DecoderTimeout,
            Unusable::DecoderMemory => Self::DecoderMemory,
            Unusable::SandboxUnavailable => Self::SandboxUnavailable,
        }
    }
}

/// What one reading of a content's bytes gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its identity.
    pub sha256: Sha256,
    /// SHA-1.
    pub sha1: Sha1,
    /// MD5.
    pub md5: Md5,
    /// Length in bytes.
    pub size: u64,
    /// Wire name of the real type, by content.
    pub kind: &'static str,
}

/// A place in a site: what hints, rows and plans speak of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SiteFile {
    /// The site.
    pub site: SiteId,
    /// The path below its root.
    pub path: SitePath,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unusable_word_is_a_reason_of_the_same_name() {
        for unusable in Unusable::ALL {
            assert_eq!(Reason::from(unusable).as_str(), unusable.as_str());
        }
    }
}
