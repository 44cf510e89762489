//! From the holding directory into the vault: encrypt, make durable, decrypt and compare, name, commit, and only then remove the plain copy.
//!
//! Every step can be interrupted; the next call goes on from what it finds (`docs/vault.md` has the table). The slow part, encrypting and
//! proving, happens outside the act lock: a file can be put back meanwhile, and then what was made for the vault is dropped.

use std::fs::{File, Metadata};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;

use serde_json::json;

use super::cipher::{self, Passed, Public, Secret};
use super::keys::SealKey;
use super::shelf::{self, Shelf};
use super::{Vault, VaultFailure};
use crate::error::{Error, Result};
use crate::home::Lock;
use crate::model::{ActionState, Place, VaultFile, VaultProblem, VaultState};
use crate::store::actions::ActionRow;
use crate::store::{Store, actions, ledger, sites, uploads, vault};
use crate::triage::moves::content::hash;
use crate::triage::moves::slot::{Slot, is_same_inode, sync_dir};
use crate::triage::moves::{Failure, HoldingName};

/// Why a sealing stopped: the store failed, or the vault did.
enum Stop {
    Store(Error),
    Vault(VaultFailure),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<VaultFailure> for Stop {
    fn from(failure: VaultFailure) -> Self {
        Self::Vault(failure)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Vault(failure.into())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Vault(error.into())
    }
}

type Step<T> = std::result::Result<T, Stop>;

/// Plans to seal every held file that waits for it.
///
/// # Errors
/// The store's own.
pub fn plan(store: &Store) -> Result<()> {
    if store.read(actions::has_unplanned_seals)? {
        store.write(actions::plan_seals)?;
    }
    Ok(())
}

/// Takes one held file into the vault, or goes on where an earlier try was interrupted. `Ok(Err(_))`: the file waits, unharmed, and the row says
/// why.
///
/// `act_lock` is taken for the moment in which the file changes its place.
///
/// # Errors
/// The store's own, or those of the lock.
pub fn seal(
    store: &Store,
    vault: &Vault,
    action: &ActionRow,
    act_lock: &dyn Fn() -> Result<Option<Lock>>,
) -> Result<std::result::Result<(), VaultFailure>> {
    let stopped = match Sealing::begin(store, vault, action, act_lock).and_then(|sealing| sealing.run()) {
        Ok(()) => return Ok(Ok(())),
        Err(Stop::Store(error)) => return Err(error),
        Err(Stop::Vault(VaultFailure::NotWanted)) => return Ok(Ok(())),
        Err(Stop::Vault(failure)) => failure,
    };
    let (id, word) = (action.id, stopped.as_str());
    if action.failed.as_deref() != Some(word) {
        store.write(move |tx| actions::set_waiting(tx, id, Some(word)))?;
    }
    Ok(Err(stopped))
}

/// Removes what was begun for sealings that are not wanted any more.
///
/// # Errors
/// The store's own. A disk that fails leaves the rest to the next call.
pub fn drop_abandoned(store: &Store, vault: &Vault) -> Result<()> {
    let abandoned = store.read(vault::abandoned)?;
    if abandoned.is_empty() {
        return Ok(());
    }
    let Ok(shelf) = Shelf::open(vault) else { return Ok(()) };
    for file in abandoned {
        // The plain file was put back and proven there; this is a copy that nobody was told of.
        if shelf.drop_part(&file.name()).and_then(|()| shelf.remove(&file.name())).is_ok() {
            store.write(move |tx| vault::set_gone(tx, file.id))?;
        }
    }
    Ok(())
}

struct Sealing<'a> {
    store: &'a Store,
    action: &'a ActionRow,
    act_lock: &'a dyn Fn() -> Result<Option<Lock>>,
    shelf: Shelf,
    holding: OwnedFd,
    name: HoldingName,
    key: SealKey,
    vault: &'a Vault,
}

impl<'a> Sealing<'a> {
    fn begin(store: &'a Store, vault: &'a Vault, action: &'a ActionRow, act_lock: &'a dyn Fn() -> Result<Option<Lock>>) -> Step<Self> {
        let upload = store.read(|connection| uploads::get(connection, action.upload))?;
        let site = store.read(|connection| sites::get(connection, upload.file.site))?;
        let holding = shelf::prepare(&site.holding_dir)?;
        let name = action.holding_name.as_deref().and_then(HoldingName::from_stored).ok_or(VaultFailure::Missing)?;
        let key = vault.keys.current(store)?.ok_or(VaultFailure::KeyMissing)?;
        Ok(Self { store, action, act_lock, shelf: Shelf::open(vault)?, holding, name, key, vault })
    }

    fn held(&self) -> Slot<'_> {
        Slot { dir: self.holding.as_fd(), name: self.name.as_str().as_bytes() }
    }

    fn run(&self) -> Step<()> {
        let file = self.intend()?;
        crate::fault::point("sealing");
        if file.state == VaultState::Sealed && self.place()? == Place::Vault {
            return self.go_on_at_the_end(&file);
        }
        let plain = match self.held().open() {
            Ok(plain) => plain,
            Err(Failure::Vanished) => return self.without_plain(&file),
            Err(failure) => return Err(failure.into()),
        };
        if file.state == VaultState::Sealed {
            return self.join(&file, &plain);
        }
        self.make(&file, &plain)
    }

    fn place(&self) -> Result<Place> {
        Ok(self.store.read(|connection| uploads::get(connection, self.action.upload))?.place)
    }

    fn secret_of(&self, file: &VaultFile) -> Step<Secret> {
        Ok(self.vault.keys.find(&file.key)?.opened()?)
    }

    /// The row of the file that this upload goes into: that of the interrupted try, one that holds the same content already, or a new one.
    fn intend(&self) -> Result<VaultFile> {
        if let Some(id) = self.action.vault_file {
            return self.store.read(|connection| vault::get(connection, id));
        }
        let (case, sha256, key) = (self.action.case, self.action.sha256, self.key.name.clone());
        let existing = self.store.read(|connection| vault::sealed_content(connection, case, &sha256, &key))?;
        self.intend_into(existing)
    }

    fn intend_into(&self, existing: Option<VaultFile>) -> Result<VaultFile> {
        let (id, case, upload, sha256) = (self.action.id, self.action.case, self.action.upload, self.action.sha256);
        let key = self.key.name.clone();
        self.store.write(move |tx| {
            let file = match existing {
                Some(file) => file.id,
                None => vault::begin(tx, case, &sha256, &key)?,
            };
            actions::intend_seal(tx, id, file)?;
            let file = vault::get(tx, file)?;
            ledger::append(
                tx,
                "intended",
                Some(case),
                json!({"action": "seal", "upload": upload.get(), "file": file.n, "sha256": sha256.to_string()}),
            )?;
            Ok(file)
        })
    }

    /// Encrypts the plain file into a new one.
    fn make(&self, file: &VaultFile, plain: &File) -> Step<()> {
        let name = file.name();
        if self.shelf.has(&name)? {
            // Interrupted between the name and its commit; or not ours.
            match self.secret_of(file).and_then(|secret| Ok(self.shelf.verify(file, &secret)?)) {
                Ok(()) if hash(plain)? == file.sha256 => {
                    let passed = Passed { sha256: file.sha256, size: plain.metadata()?.len() };
                    return self.commit(file, passed, &plain.metadata()?, false);
                }
                Ok(()) | Err(Stop::Vault(VaultFailure::Damaged | VaultFailure::Missing)) => self.shelf.set_aside(&name)?,
                Err(other) => return Err(other),
            }
        }
        let before = plain.metadata()?;
        let part = self.shelf.begin(&name)?;
        let made = self.encrypt_and_prove(plain, &part);
        match made {
            Ok(passed) => self.commit(file, passed, &before, true),
            Err(stop) => {
                self.shelf.drop_part(&name)?;
                Err(stop)
            }
        }
    }

    fn encrypt_and_prove(&self, plain: &File, part: &File) -> Step<Passed> {
        use std::io::Seek as _;
        let mut from = plain;
        from.rewind()?;
        // While the key is closed, a second one proves the file: made here, written nowhere, gone with this call.
        let proof = self.key.secret.clone().unwrap_or_else(Secret::generate);
        let second = self.key.secret.is_none().then(|| Public::of(&proof));
        let keys: Vec<&Public> = std::iter::once(&self.key.public).chain(&second).collect();
        let passed = cipher::encrypt(from, part, &keys)?;
        shelf::settle(part)?;
        crate::fault::point("sealed_synced");
        if shelf::read_back(part, &proof)? != passed {
            return Err(VaultFailure::Damaged.into());
        }
        crate::fault::point("verified");
        // Other content than was taken down: somebody still writes to it. What stands there twice the same is a state that can be kept.
        if passed.sha256 != self.action.sha256 && hash(plain)? != passed.sha256 {
            return Err(Failure::Changing.into());
        }
        Ok(passed)
    }

    /// A further upload of a content that the vault holds: the file is proven again, and not stored twice.
    fn join(&self, file: &VaultFile, plain: &File) -> Step<()> {
        let before = plain.metadata()?;
        if hash(plain)? != file.sha256 {
            return self.make(&self.intend_into(None)?, plain);
        }
        let secret = match self.secret_of(file) {
            // It cannot be proven while the key is closed, so this copy is stored too.
            Err(Stop::Vault(VaultFailure::KeyLocked)) => return self.make(&self.intend_into(None)?, plain),
            found => found?,
        };
        match self.shelf.verify(file, &secret) {
            Ok(()) => self.commit(file, Passed { sha256: file.sha256, size: file.size }, &before, false),
            Err(failure @ (VaultFailure::Damaged | VaultFailure::Missing)) => {
                self.alarm(file, &failure)?;
                self.make(&self.intend_into(None)?, plain)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The file lies in the vault, proven: says so, and removes the plain copy. From here on nobody puts it back from the holding directory.
    fn commit(&self, file: &VaultFile, passed: Passed, before: &Metadata, is_new: bool) -> Step<()> {
        let _lock = (self.act_lock)()?;
        let current = self.store.read(|connection| actions::get(connection, self.action.id))?;
        let is_wanted = current.is_some_and(|row| row.state == ActionState::Intent) && self.place()? == Place::Holding;
        if !is_wanted {
            if is_new {
                self.shelf.drop_part(&file.name())?;
            }
            return Err(VaultFailure::NotWanted.into());
        }
        if is_new {
            self.shelf.finish(&file.name())?;
            crate::fault::point("vaulted");
        }
        let failed = self.store.read(|connection| vault::failed_content(connection, self.action.case, &passed.sha256))?;
        for old in failed.iter().filter(|old| old.id != file.id) {
            if self.shelf.has(&old.name())? {
                self.shelf.set_aside(&old.name())?;
            }
        }
        let (id, number, case, upload, recorded) = (file.id, file.n, self.action.case, self.action.upload, self.action.sha256);
        self.store.write(move |tx| {
            vault::set_sealed(tx, id, &passed.sha256, passed.size)?;
            uploads::set_place(tx, upload, Place::Vault)?;
            let changed = (passed.sha256 != recorded).then(|| recorded.to_string());
            let body = json!({
                "upload": upload.get(), "file": number, "sha256": passed.sha256.to_string(), "size": passed.size, "taken_down_as": changed,
            });
            ledger::append(tx, "sealed", Some(case), body)?;
            failed.iter().filter(|old| old.id != id).try_for_each(|old| vault::stand_for(tx, id, old))
        })?;
        crate::fault::point("sealed");
        self.remove_plain(before)
    }

    /// Removes the plain copy, if it is still what was sealed; a changed one is sealed as a further file.
    fn remove_plain(&self, before: &Metadata) -> Step<()> {
        let found = self.held().find()?;
        let state = |it: &Metadata| (it.size(), it.mtime(), it.mtime_nsec(), it.ctime(), it.ctime_nsec());
        match found {
            Some(found) if !is_same_inode(&found, before) || state(&found) != state(before) => Ok(self.seal_again(false)?),
            Some(_) => {
                self.held().remove()?;
                sync_dir(self.holding.as_fd())?;
                crate::fault::point("plain_removed");
                Ok(self.done()?)
            }
            None => Ok(self.done()?),
        }
    }

    fn done(&self) -> Result<()> {
        let (id, case, upload, sha256) = (self.action.id, self.action.case, self.action.upload, self.action.sha256);
        self.store.write(move |tx| {
            actions::end(tx, id, None, &[])?;
            ledger::append(tx, "done", Some(case), json!({"action": "seal", "upload": upload.get(), "sha256": sha256.to_string()}))
        })
    }

    /// Back to the beginning for what lies in the holding directory now; what is in the vault stays there.
    fn seal_again(&self, was_lost: bool) -> Result<()> {
        let (id, case, upload) = (self.action.id, self.action.case, self.action.upload);
        let note = if was_lost { "sealed_lost" } else { "changed_meanwhile" };
        self.store.write(move |tx| {
            actions::end(tx, id, Some(note), &[])?;
            uploads::set_place(tx, upload, Place::Holding)?;
            ledger::append(tx, "failed", Some(case), json!({"action": "seal", "upload": upload.get(), "reason": note}))
        })
    }

    /// Interrupted after the commit `sealed`.
    fn go_on_at_the_end(&self, file: &VaultFile) -> Step<()> {
        let verdict = self.shelf.verify(file, &self.secret_of(file)?);
        let plain = match self.held().open() {
            Ok(plain) => Some(plain),
            Err(Failure::Vanished) => None,
            Err(failure) => return Err(failure.into()),
        };
        let _lock = (self.act_lock)()?;
        match (verdict, plain) {
            (Ok(()), Some(plain)) if hash(&plain)? == file.sha256 => self.remove_plain(&plain.metadata()?),
            (Ok(()), Some(_)) => Ok(self.seal_again(false)?),
            (Ok(()), None) => Ok(self.done()?),
            (Err(failure @ (VaultFailure::Damaged | VaultFailure::Missing)), plain) => {
                self.alarm(file, &failure)?;
                if plain.is_some() { Ok(self.seal_again(true)?) } else { Err(failure.into()) }
            }
            (Err(other), _) => Err(other.into()),
        }
    }

    /// Nothing waits in the holding directory. If the vault has it, that is all that counts; else it is missing, and nothing is re-created.
    fn without_plain(&self, file: &VaultFile) -> Step<()> {
        match self.secret_of(file).and_then(|secret| Ok(self.shelf.verify(file, &secret)?)) {
            Ok(()) => {
                let file = file.clone();
                let size = shelf::read_back(&self.shelf.file(&file.name())?, &self.secret_of(&file)?)?.size;
                let (id, upload, case, sha256) = (file.id, self.action.upload, self.action.case, file.sha256);
                self.store.write(move |tx| {
                    vault::set_sealed(tx, id, &sha256, size)?;
                    uploads::set_place(tx, upload, Place::Vault)?;
                    ledger::append(
                        tx,
                        "sealed",
                        Some(case),
                        json!({"upload": upload.get(), "file": file.n, "sha256": sha256.to_string(), "size": size}),
                    )
                })?;
                Ok(self.done()?)
            }
            Err(Stop::Vault(failure @ (VaultFailure::Damaged | VaultFailure::Missing))) => {
                self.alarm(file, &failure)?;
                Err(failure.into())
            }
            Err(other) => Err(other),
        }
    }

    fn alarm(&self, file: &VaultFile, failure: &VaultFailure) -> Result<()> {
        let problem = if *failure == VaultFailure::Missing { VaultProblem::Missing } else { VaultProblem::Damaged };
        let id = file.id;
        self.store.write(move |tx| vault::set_verified(tx, id, Some(problem)))
    }
}
