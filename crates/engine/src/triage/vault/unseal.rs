//! From the vault back into the holding directory, decrypted and proven. From there a file is put back like any held one.

use std::fs::File;
use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags, fchmod, fsync, openat};

use super::cipher;
use super::shelf::{self, Shelf};
use super::{Vault, VaultFailure};
use crate::error::Result;
use crate::model::VaultFile;
use crate::triage::moves::slot::{Slot, move_name, sync_dir};
use crate::triage::moves::{Failure, HoldingName};

/// Mode of a decrypted file that waits, as of one that was just taken down.
const HELD_MODE: u32 = 0o400;
/// Mode while it is written.
const WRITING_MODE: u32 = 0o600;

/// Decrypts a sealed file under a name of the holding directory. Called again after an interruption it finishes, or finds it done.
///
/// # Errors
/// The store's own. `Ok(Err(_))`: nothing lies in the holding directory, and the sealed file is as it was.
pub fn unseal(
    vault: &Vault,
    file: &VaultFile,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
) -> Result<std::result::Result<(), VaultFailure>> {
    let secret = match vault.keys.find(&file.key)?.opened() {
        Ok(secret) => secret,
        Err(failure) => return Ok(Err(failure)),
    };
    Ok(Shelf::open(vault).map_err(VaultFailure::from).and_then(|shelf| decrypt(&shelf, file, &secret, holding, name)))
}

fn decrypt(
    shelf: &Shelf,
    file: &VaultFile,
    secret: &cipher::Secret,
    holding: BorrowedFd<'_>,
    name: &HoldingName,
) -> std::result::Result<(), VaultFailure> {
    let held = Slot { dir: holding, name: name.as_str().as_bytes() };
    if held.has_content(&file.sha256)? {
        return Ok(());
    }
    let sealed = shelf.file(&file.name())?;
    let part_name = format!("{}.part", name.as_str());
    let part = Slot { dir: holding, name: part_name.as_bytes() };
    if part.find()?.is_some() {
        part.remove()?; // an unfinished copy of an interrupted run
    }
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let plain = File::from(openat(holding, part.name, flags, Mode::from_raw_mode(WRITING_MODE)).map_err(Failure::from)?);
    let placed = fill(&sealed, file, secret, &plain).and_then(|()| {
        fchmod(&plain, Mode::from_raw_mode(HELD_MODE))
            .and_then(|()| fsync(&plain))
            .and_then(|()| move_name(part, held))
            .map_err(Failure::from)?;
        Ok(())
    });
    placed.or_else(|failure| part.remove().map_err(VaultFailure::from).and(Err(failure)))?;
    Ok(sync_dir(holding)?)
}

fn fill(sealed: &File, file: &VaultFile, secret: &cipher::Secret, plain: &File) -> std::result::Result<(), VaultFailure> {
    let passed = cipher::decrypt(sealed, secret, plain).map_err(|error| match cipher::is_damage(&error) {
        true => VaultFailure::Damaged,
        false => error.into(),
    })?;
    shelf::settle(plain)?;
    let is_recorded = passed.sha256 == file.sha256 && crate::triage::moves::content::hash(plain)? == file.sha256;
    if is_recorded { Ok(()) } else { Err(VaultFailure::Damaged) }
}

/// Takes a decrypted file out of the holding directory again, because it could not be put back: what is sealed is sealed.
///
/// # Errors
/// The failure of the disk.
pub fn forget(holding: BorrowedFd<'_>, name: &HoldingName) -> std::result::Result<(), Failure> {
    match (Slot { dir: holding, name: name.as_str().as_bytes() }).remove() {
        Err(Failure::Vanished) => Ok(()),
        other => other.and_then(|()| sync_dir(holding)),
    }
}
