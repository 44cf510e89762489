//! The keys of the vault: one for sealing, made at its first use, and those of before.
//!
//! A key lies in the key store of the desktop where there is one, else in a file of the home, mode 0600; a person can put it under a passphrase.
//! Sealing needs only its public half, so it never asks. A copy elsewhere, the recovery key, is asked for until it was saved.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::json;

use super::VaultFailure;
use super::cipher::{self, Public, Secret};
use super::key_files::{self, KeyFiles};
use super::key_store::KeyStore;
use crate::error::{Code, Error, Result};
use crate::model::{Ability, Shown};
use crate::store::{Connection, Store, Tx, ledger, persons, settings, vault};

/// Setting: public half of the key that is sealed to.
const KEY: &str = "vault_key";
/// Setting: when its recovery key was saved.
const SAVED_AT: &str = "vault_key_saved_at";
/// A passphrase has at least this many characters: some words.
pub const SHORTEST_PASSPHRASE: usize = 12;
/// Title of a key file.
const TITLE: &str = "Key of a Gatehouse vault. Whoever has it can open what is sealed.";
/// What stands in the file of a key that is in the key store.
const STORED: &str = "The key is in the key store of this computer: secret-tool lookup application gatehouse vault-key";

/// Where a key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a file of the home, as it is.
    File,
    /// In a file of the home, under a passphrase.
    Passphrase,
    /// In the key store of the desktop.
    KeyStore,
}

impl KeyPlace {
    /// The wire name, lower_snake_case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Passphrase => "passphrase",
            Self::KeyStore => "key_store",
        }
    }

    /// Reads a wire name.
    pub fn from_wire(name: &str) -> Option<Self> {
        [Self::File, Self::Passphrase, Self::KeyStore].into_iter().find(|place| place.as_str() == name)
    }
}

/// What looking for a key found.
pub enum Found {
    /// The key.
    Open(Secret),
    /// It is here, and closed: under a passphrase that nobody typed, or in a key store that does not answer.
    Locked,
    /// It is not here.
    Missing,
}

impl Found {
    /// The key.
    ///
    /// # Errors
    /// [`VaultFailure::KeyLocked`] and [`VaultFailure::KeyMissing`].
    pub fn opened(self) -> std::result::Result<Secret, VaultFailure> {
        match self {
            Self::Open(secret) => Ok(secret),
            Self::Locked => Err(VaultFailure::KeyLocked),
            Self::Missing => Err(VaultFailure::KeyMissing),
        }
    }
}

/// The key that is sealed to.
pub struct SealKey {
    /// Its public half as text.
    pub name: String,
    /// Its public half.
    pub public: Public,
    /// Its secret half, if it is open.
    pub secret: Option<Secret>,
}

/// The keys of a home.
#[derive(Clone, Debug)]
pub struct Keys {
    files: KeyFiles,
    store: Arc<OnceLock<KeyStore>>,
    /// Keys that were opened in this process.
    opened: Arc<Mutex<HashMap<String, Secret>>>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Secret")
    }
}

/// How the vault's key is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Public half of the key that is sealed to; `None` until something was sealed.
    pub key: Option<String>,
    /// Where it is; `None` if it is not here.
    pub place: Option<KeyPlace>,
    /// It is under a passphrase that was not typed in this process.
    pub is_locked: bool,
    /// When its recovery key was saved, in milliseconds since 1970.
    pub saved_at: Option<i64>,
    /// There is a program that speaks to the key store of the desktop.
    pub has_store: bool,
}

impl KeyState {
    /// Whether the key is here, open or not.
    pub const fn is_here(&self) -> bool {
        self.place.is_some()
    }
}

impl Keys {
    pub(super) fn new(dir: &Path) -> Self {
        Self { files: KeyFiles { dir: dir.to_owned() }, store: Arc::default(), opened: Arc::default() }
    }

    /// Says which program speaks to the key store of the desktop (`secret-tool`). Without this, no key store is used.
    pub fn use_store(&self, program: &Path) {
        // The first one stays.
        drop(self.store.set(KeyStore::new(program)));
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for the secret half of a key.
    ///
    /// # Errors
    /// [`Error::Io`] if there is a file that cannot be read.
    pub fn find(&self, key: &str) -> Result<Found> {
        let Some(place) = self.files.place(key) else { return Ok(Found::Missing) };
        if let Some(secret) = self.opened().get(key) {
            return Ok(Found::Open(secret.clone()));
        }
        let text = match place {
            KeyPlace::Passphrase => return Ok(Found::Locked),
            KeyPlace::File => self.files.read(key, place)?.and_then(|bytes| String::from_utf8(bytes).ok()),
            KeyPlace::KeyStore => match self.store.get().map(|store| store.get(key)) {
                Some(Ok(text)) => text,
                None | Some(Err(_)) => return Ok(Found::Locked),
            },
        };
        let secret = text.and_then(|text| Secret::from_file_text(&text)).filter(|secret| secret.public() == key);
        if let (KeyPlace::KeyStore, Some(secret)) = (place, &secret) {
            self.opened().insert(key.to_owned(), secret.clone());
        }
        Ok(secret.map_or(Found::Missing, Found::Open))
    }

    /// The key to seal to, made if nothing was ever sealed here. `None` if there is one and it is not here.
    ///
    /// # Errors
    /// The store's own, or [`Error::Io`].
    pub fn current(&self, store: &Store) -> Result<Option<SealKey>> {
        let name = match store.read(|connection| settings::get(connection, KEY))? {
            Some(key) => key,
            None => self.make(store, None)?,
        };
        let secret = match self.find(&name)? {
            Found::Open(secret) => Some(secret),
            Found::Locked => None,
            Found::Missing => return Ok(None),
        };
        Ok(Public::read(&name).map(|public| SealKey { name, public, secret }))
    }

    /// Makes a key in place of `before`, unless another process was faster.
    fn make(&self, store: &Store, before: Option<String>) -> Result<String> {
        let secret = Secret::generate();
        let key = secret.public();
        let place = self.put_first(&key, &secret)?;
        store.write(move |tx| {
            let current = settings::get(tx, KEY)?;
            if current != before {
                return Ok(current.unwrap_or_default());
            }
            settings::set(tx, KEY, &key)?;
            settings::set(tx, SAVED_AT, "")?;
            ledger::append(tx, "vault_key_made", None, json!({"key": key, "before": before, "in": place.as_str()}))?;
            Ok(key)
        })
    }

    /// A new key goes to the key store of the desktop; where there is none that gives it back, to a file.
    fn put_first(&self, key: &str, secret: &Secret) -> Result<KeyPlace> {
        match self.store.get().filter(|store| store.answers()) {
            Some(_) if self.put(key, secret, KeyPlace::KeyStore, "").is_ok() => Ok(KeyPlace::KeyStore),
            _ => self.put(key, secret, KeyPlace::File, "").map(|()| KeyPlace::File),
        }
    }

    /// Puts a key to a place and reads it back from there.
    fn put(&self, key: &str, secret: &Secret, place: KeyPlace, passphrase: &str) -> Result<()> {
        let text = secret.to_file_text(TITLE);
        match place {
            KeyPlace::File => self.files.write(key, place, text.as_bytes()),
            KeyPlace::Passphrase => {
                let locked = cipher::lock_text(&text, passphrase).map_err(Error::io(self.files.path(key, place)))?;
                if cipher::unlock_text(&locked, passphrase).as_ref() != Some(&text) {
                    return Err(Error::refused(
                        Code::Internal,
                        "The key under its passphrase could not be read back. Nothing was changed.",
                    ));
                }
                self.files.write(key, place, &locked)
            }
            KeyPlace::KeyStore => {
                let refused = |_| Error::refused(Code::Refused, "The key store of this computer does not answer. Nothing was changed.");
                let store = self.store.get().ok_or_else(no_store)?;
                store.put(key, &secret.to_line()).map_err(refused)?;
                if store.get(key).map_err(refused)?.as_deref() != Some(&secret.to_line()) {
                    return Err(Error::refused(
                        Code::Refused,
                        "The key store of this computer does not give the key back. Nothing was changed.",
                    ));
                }
                self.files.write(key, place, format!("{STORED} {key}\n").as_bytes())
            }
        }
    }

    /// How the key is doing.
    ///
    /// # Errors
    /// The store's own.
    pub fn state(&self, connection: &Connection) -> Result<KeyState> {
        let key = settings::get(connection, KEY)?;
        let place = key.as_deref().and_then(|key| self.files.place(key));
        let is_open = key.as_deref().is_some_and(|key| self.opened().contains_key(key));
        Ok(KeyState {
            // A plain file that holds something else is no key.
            place: place.filter(|place| *place != KeyPlace::File || key.as_deref().is_some_and(|key| self.is_whole(key))),
            is_locked: place == Some(KeyPlace::Passphrase) && !is_open,
            saved_at: settings::get(connection, SAVED_AT)?.and_then(|text| text.parse().ok()),
            has_store: self.store.get().is_some(),
            key,
        })
    }

    fn is_whole(&self, key: &str) -> bool {
        matches!(self.find(key), Ok(Found::Open(_)))
    }

    /// Opens every key that is under this passphrase, until the process ends or [`Keys::lock`].
    ///
    /// # Errors
    /// [`Code::BadArgument`] if it opens none; [`Error::Io`].
    pub fn unlock(&self, passphrase: &str) -> Result<()> {
        let mut opened = 0;
        for key in self.files.all()? {
            let Some(locked) = self.files.read(&key, KeyPlace::Passphrase)? else { continue };
            let text = cipher::unlock_text(&locked, passphrase);
            if let Some(secret) = text.and_then(|text| Secret::from_file_text(&text)).filter(|secret| secret.public() == key) {
                self.opened().insert(key, secret);
                opened += 1;
            }
        }
        match opened {
            0 => Err(Error::refused(Code::BadArgument, "This passphrase does not open the vault's key. Nothing was changed.")),
            _ => Ok(()),
        }
    }

    /// Forgets every key that was opened.
    pub fn lock(&self) {
        self.opened().clear();
    }

    /// Puts every open key to another place; proven there before it goes from where it was.
    ///
    /// # Errors
    /// [`Code::KeyLocked`], [`Code::KeyMissing`]; [`Code::BadArgument`] for a short passphrase; [`Code::Refused`] without a key store;
    /// [`Error::Io`].
    pub fn keep(&self, store: &Store, place: KeyPlace, passphrase: &str) -> Result<()> {
        store.write(|tx| persons::require(tx, Ability::Purge))?;
        if place == KeyPlace::Passphrase && passphrase.chars().count() < SHORTEST_PASSPHRASE {
            let text = format!("A passphrase has at least {SHORTEST_PASSPHRASE} characters: four or five words. Nothing was changed.");
            return Err(Error::refused(Code::BadArgument, text));
        }
        let current = self.current(store)?.ok_or_else(|| closed(&VaultFailure::KeyMissing))?;
        if current.secret.is_none() {
            return Err(closed(&VaultFailure::KeyLocked));
        }
        for key in self.files.all()? {
            let Found::Open(secret) = self.find(&key)? else { continue };
            let was_stored = self.files.path(&key, KeyPlace::KeyStore).exists();
            self.put(&key, &secret, place, passphrase)?;
            self.files.keep_only(&key, place)?;
            if let Some(store) = self.store.get().filter(|_| was_stored && place != KeyPlace::KeyStore) {
                // It is proven at its new place; a store that keeps its copy changes nothing that is relied on.
                drop(store.clear(&key));
            }
            self.opened().insert(key, secret);
        }
        store.write(move |tx| ledger::append(tx, "vault_key_kept", None, json!({"key": current.name, "in": place.as_str()})))
    }

    /// Writes the recovery key, a copy of the key, to a place of the person's choice, and reads it back. Makes the key if there is none.
    ///
    /// # Errors
    /// [`Code::KeyMissing`], [`Code::KeyLocked`]; [`Code::Refused`] for a place inside the home; [`Error::Io`] if the file exists or cannot be
    /// written.
    pub fn save(&self, store: &Store, to: &Path) -> Result<String> {
        store.write(|tx| persons::require(tx, Ability::Purge))?;
        let current = self.current(store)?.ok_or_else(|| closed(&VaultFailure::KeyMissing))?;
        let secret = current.secret.ok_or_else(|| closed(&VaultFailure::KeyLocked))?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (folder, home) = (folder.canonicalize().map_err(Error::io(folder))?, self.files.dir.parent().unwrap_or(&self.files.dir));
        if folder.starts_with(home) {
            return Err(Error::refused(
                Code::Refused,
                "This is Gatehouse's own folder, which is lost together with the key. Choose a place elsewhere, such as a USB stick.",
            ));
        }
        let text = secret.to_file_text("Recovery key of a Gatehouse vault. Keep it away from that computer.");
        key_files::write_new(to, text.as_bytes())?;
        if key_in(to).map(|read| read.map(|read| read.public())).ok().flatten().as_deref() != Some(&*current.name) {
            return Err(Error::refused(
                Code::Internal,
                "The recovery key could not be read back. Do not rely on this file; try another place.",
            ));
        }
        let saved = current.name.clone();
        store.write(move |tx| {
            settings::set(tx, SAVED_AT, &tx.now.to_string())?;
            ledger::append(tx, "vault_key_saved", None, json!({"key": saved}))
        })?;
        Ok(current.name)
    }

    /// Takes a recovery key back into the home, as a file.
    ///
    /// # Errors
    /// [`Code::Refused`] if the file holds no key, or one that opens nothing here; [`Error::Io`].
    pub fn take(&self, store: &Store, from: &Path) -> Result<String> {
        let Some(secret) = key_in(from)? else {
            let name = Shown::of_path(from).elided();
            return Err(Error::refused(Code::Refused, format!("There is no recovery key in {name}. Nothing was changed.")));
        };
        let key = secret.public();
        let (current, is_used) = store.read(|connection| Ok((settings::get(connection, KEY)?, vault::is_used(connection, &key)?)))?;
        if !is_used && current.as_deref() != Some(&key) {
            return Err(Error::refused(Code::Refused, "This key opens nothing that was sealed here. Nothing was changed."));
        }
        if self.find(&key)?.opened().is_err() {
            self.put(&key, &secret, KeyPlace::File, "")?;
            // A forgotten passphrase, or a key store that was lost.
            self.files.keep_only(&key, KeyPlace::File)?;
            let taken = key.clone();
            store.write(move |tx| ledger::append(tx, "vault_key_taken", None, json!({"key": taken})))?;
        }
        Ok(key)
    }

    /// Makes a new key for what is sealed from now on, because the one before is lost. What was sealed to that stays as it is, closed.
    ///
    /// # Errors
    /// [`Code::Refused`] while the key is here, or if there was none.
    pub fn replace_lost(&self, store: &Store) -> Result<String> {
        store.write(|tx: &Tx<'_>| persons::require(tx, Ability::Purge))?;
        let state = store.read(|connection| self.state(connection))?;
        let is_lost = match (&state.key, state.place) {
            (Some(_), None) => true,
            // Its note is here: only the store itself knows whether the key is.
            (Some(key), Some(KeyPlace::KeyStore)) => matches!(self.find(key)?, Found::Missing),
            _ => false,
        };
        if !is_lost {
            return Err(Error::refused(Code::Refused, "The vault's key is not missing. Nothing was changed."));
        }
        self.make(store, state.key)
    }
}

/// Why nothing can be opened, and what to do.
pub(crate) fn closed(failure: &VaultFailure) -> Error {
    match failure {
        VaultFailure::KeyLocked => Error::refused(
            Code::KeyLocked,
            "The vault's key is locked: under a passphrase, or in a key store that does not answer. Nothing was changed. Open it, then try again.",
        ),
        _ => Error::refused(
            Code::KeyMissing,
            "The vault's key is not here, so nothing that is sealed can be opened. Bring it back from the recovery key: gatehouse vault key use FILE.",
        ),
    }
}

fn no_store() -> Error {
    Error::refused(
        Code::Refused,
        "No key store was found: the program secret-tool, of libsecret, is not installed here. Nothing was changed.",
    )
}

fn key_in(path: &Path) -> Result<Option<Secret>> {
    let bytes = key_files::read_some(path).map_err(Error::io(path))?;
    Ok(String::from_utf8(bytes).ok().and_then(|text| Secret::from_file_text(&text)))
}
