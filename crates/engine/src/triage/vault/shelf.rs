//! The folder of encrypted files: names, files, and what is durable of both. No database and no key is known here.

use std::fs::File;
use std::io::Seek as _;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{Advice, Mode, OFlags, fadvise, fsync, openat};
use rustix::io::Errno;

use super::cipher::{self, Passed, Secret};
use super::{Vault, VaultFailure};
use crate::model::VaultFile;
use crate::triage::holding::{self, HoldingRefused};
use crate::triage::moves::Failure;
use crate::triage::moves::slot::{Slot, move_name, sync_dir};

/// Mode of an encrypted file.
const SEALED_MODE: u32 = 0o600;
/// Names that are tried for a file that is set aside.
const BAD_NAMES: u32 = 1_000;

/// The folder, open.
pub(super) struct Shelf {
    dir: OwnedFd,
}

impl Shelf {
    pub(super) fn open(vault: &Vault) -> Result<Self, Failure> {
        Ok(Self { dir: prepare(&vault.dir)? })
    }

    fn slot<'a>(&'a self, name: &'a str) -> Slot<'a> {
        Slot { dir: self.dir.as_fd(), name: name.as_bytes() }
    }

    /// Whether something has the name.
    pub(super) fn has(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.slot(name).find()?.is_some())
    }

    /// A new, empty `NAME.part`. One that an interruption left is removed: it is ours, and nobody relies on it.
    pub(super) fn begin(&self, name: &str) -> Result<File, Failure> {
        self.drop_part(name)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.dir, part_of(name), flags, Mode::from_raw_mode(SEALED_MODE))?))
    }

    /// Removes what an interruption left of an unfinished file.
    pub(super) fn drop_part(&self, name: &str) -> Result<(), Failure> {
        let part = part_of(name);
        let slot = self.slot(&part);
        slot.find()?.map_or(Ok(()), |_| slot.remove())
    }

    /// Gives a finished file its name, durably. Never replaces one.
    pub(super) fn finish(&self, name: &str) -> Result<(), Failure> {
        move_name(self.slot(&part_of(name)), self.slot(name))?;
        self.sync()
    }

    /// Sets a file aside that is not what it should be, as `NAME.bad`. Nothing of it is removed.
    pub(super) fn set_aside(&self, name: &str) -> Result<(), Failure> {
        for number in 0..BAD_NAMES {
            let bad = if number == 0 { format!("{name}.bad") } else { format!("{name}.bad-{number}") };
            match move_name(self.slot(name), self.slot(&bad)) {
                Err(Errno::EXIST) => {}
                moved => return moved.map_err(Failure::from).and_then(|()| self.sync()),
            }
        }
        Err(Failure::PathTaken)
    }

    /// Removes a file, durably. Gives whether it was there.
    pub(super) fn remove(&self, name: &str) -> Result<bool, Failure> {
        match self.slot(name).remove() {
            Ok(()) => self.sync().map(|()| true),
            Err(Failure::Vanished) => self.sync().map(|()| false),
            Err(failure) => Err(failure),
        }
    }

    /// The file, for reading. What was kept of it in memory is dropped first, so that the disk is read.
    pub(super) fn file(&self, name: &str) -> Result<File, VaultFailure> {
        let file = self.slot(name).open().map_err(|failure| match failure {
            Failure::Vanished | Failure::Symlink | Failure::NotRegular => VaultFailure::Missing,
            other => VaultFailure::Disk(other),
        })?;
        forget(&file);
        Ok(file)
    }

    /// Decrypts the file of a row from the disk: it must hold the recorded content.
    pub(super) fn verify(&self, file: &VaultFile, secret: &Secret) -> Result<(), VaultFailure> {
        let passed = read_back(&self.file(&file.name())?, secret)?;
        let is_recorded = passed.sha256 == file.sha256 && (file.sealed_at.is_none() || passed.size == file.size);
        if is_recorded { Ok(()) } else { Err(VaultFailure::Damaged) }
    }

    fn sync(&self) -> Result<(), Failure> {
        sync_dir(self.dir.as_fd())
    }
}

fn part_of(name: &str) -> String {
    format!("{name}.part")
}

/// Opens a folder of ours, made if it is missing; one that others may enter is refused.
pub(super) fn prepare(dir: &std::path::Path) -> Result<OwnedFd, Failure> {
    holding::prepare(dir).map_err(|refused| match refused {
        HoldingRefused::Io(error) => error.into(),
        HoldingRefused::OtherOwner | HoldingRefused::OtherMode(_) => Failure::PermissionDenied,
        HoldingRefused::Symlink => Failure::Symlink,
        HoldingRefused::NotDirectory => Failure::PathTaken,
    })
}

/// Makes a written file durable, so that reading it again reads the disk.
pub(super) fn settle(file: &File) -> Result<(), Failure> {
    fsync(file)?;
    forget(file);
    Ok(())
}

fn forget(file: &File) {
    #[expect(clippy::let_underscore_must_use, reason = "advice may be ignored: then the proof is weaker, and nothing is wrong")]
    let _ = fadvise(file, 0, None, Advice::DontNeed);
}

/// What a sealed file holds, by decrypting it from its start.
pub(super) fn read_back(mut file: &File, secret: &Secret) -> Result<Passed, VaultFailure> {
    file.rewind()?;
    cipher::decrypt(file, secret, std::io::sink()).map_err(|error| match cipher::is_damage(&error) {
        true => VaultFailure::Damaged,
        false => error.into(),
    })
}
