//! The keys of the vault: one for sealing, made at its first use, and those of before. Each is a file of the home, mode 0600, in the form of
//! `age-keygen`, named by its public half.
//!
//! Whoever reads the home as its user can open the vault: the key protects against a copied vault, an indexer and the web server, not against a
//! thief of the whole disk. A copy of the key elsewhere, the recovery key, is asked for until it was saved.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::cipher::{Public, Secret};
use super::shelf;
use crate::error::{Code, Error, Result};
use crate::model::{Ability, Shown};
use crate::store::{Connection, Store, Tx, ledger, persons, settings, vault};
use crate::triage::moves::slot::sync_dir;

/// Setting: public half of the key that is sealed to.
const KEY: &str = "vault_key";
/// Setting: when its recovery key was saved.
const SAVED_AT: &str = "vault_key_saved_at";
/// Mode of a key file.
const KEY_MODE: u32 = 0o600;
/// Longest key file, in bytes: some lines of text.
const LONGEST: u64 = 64 * 1024;

/// The folder of keys.
#[derive(Clone, Debug)]
pub struct Keys {
    dir: PathBuf,
}

/// How the vault's key is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Public half of the key that is sealed to; `None` until something was sealed.
    pub key: Option<String>,
    /// Its file is here.
    pub is_here: bool,
    /// When its recovery key was saved, in milliseconds since 1970.
    pub saved_at: Option<i64>,
}

impl Keys {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    fn file(&self, key: &str) -> PathBuf {
        self.dir.join(format!("vault-{key}.key"))
    }

    /// The secret half of a key; `None` if its file is not here, or holds something else.
    ///
    /// # Errors
    /// [`Error::Io`] if there is a file that cannot be read.
    pub fn secret(&self, key: &str) -> Result<Option<Secret>> {
        let path = self.file(key);
        match read_text(&path) {
            Ok(text) => Ok(Secret::from_file_text(&text).filter(|secret| secret.public() == key)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// The key to seal to, made if nothing was ever sealed here. `None` if there is one and its file is not here.
    ///
    /// # Errors
    /// The store's own, or [`Error::Io`].
    pub fn current(&self, store: &Store) -> Result<Option<(Public, Secret)>> {
        let key = match store.read(|connection| settings::get(connection, KEY))? {
            Some(key) => key,
            None => {
                let keys = self.clone();
                store.write(move |tx| keys.make_first(tx))?
            }
        };
        let secret = self.secret(&key)?;
        Ok(secret.and_then(|secret| Some((Public::read(&secret.public())?, secret))))
    }

    fn make_first(&self, tx: &Tx<'_>) -> Result<String> {
        // Another process may have been faster.
        match settings::get(tx, KEY)? {
            Some(key) => Ok(key),
            None => self.make(tx, None),
        }
    }

    fn make(&self, tx: &Tx<'_>, before: Option<&str>) -> Result<String> {
        let secret = Secret::generate();
        let key = secret.public();
        self.write(&key, &secret)?;
        settings::set(tx, KEY, &key)?;
        settings::set(tx, SAVED_AT, "")?;
        ledger::append(tx, "vault_key_made", None, json!({"key": key, "before": before}))?;
        Ok(key)
    }

    fn write(&self, key: &str, secret: &Secret) -> Result<()> {
        let path = self.file(key);
        write_new(&path, &secret.to_file_text("Key of a Gatehouse vault. Whoever has it can open what is sealed."))?;
        let dir = shelf::prepare(&self.dir)
            .map_err(|failure| Error::refused(Code::PermissionDenied, format!("The folder of keys: {failure}.")))?;
        sync_dir(std::os::fd::AsFd::as_fd(&dir)).map_err(|failure| Error::refused(Code::Internal, failure.to_string()))
    }

    /// How the key is doing.
    ///
    /// # Errors
    /// The store's own.
    pub fn state(&self, connection: &Connection) -> Result<KeyState> {
        let key = settings::get(connection, KEY)?;
        let is_here = key.as_deref().is_some_and(|key| self.secret(key).is_ok_and(|secret| secret.is_some()));
        Ok(KeyState { key, is_here, saved_at: settings::get(connection, SAVED_AT)?.and_then(|text| text.parse().ok()) })
    }

    /// Writes the recovery key, a copy of the key file, to a place of the person's choice, and reads it back. Makes the key if there is none.
    ///
    /// # Errors
    /// [`Code::Refused`] if the key is not here, or for a place inside the home; [`Error::Io`] if the file exists or cannot be written.
    pub fn save(&self, store: &Store, to: &Path) -> Result<String> {
        store.write(|tx| persons::require(tx, Ability::Purge))?;
        let Some((_, secret)) = self.current(store)? else { return Err(not_here()) };
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (folder, home) = (folder.canonicalize().map_err(Error::io(folder))?, self.dir.parent().unwrap_or(&self.dir));
        if folder.starts_with(home) {
            return Err(Error::refused(
                Code::Refused,
                "This is Gatehouse's own folder, which is lost together with the key. Choose a place elsewhere, such as a USB stick.",
            ));
        }
        write_new(to, &secret.to_file_text("Recovery key of a Gatehouse vault. Keep it away from that computer."))?;
        let key = secret.public();
        let is_readable = read_text(to).is_ok_and(|text| Secret::from_file_text(&text).is_some_and(|read| read.public() == key));
        if !is_readable {
            return Err(Error::refused(
                Code::Internal,
                "The recovery key could not be read back. Do not rely on this file; try another place.",
            ));
        }
        let saved = key.clone();
        store.write(move |tx| {
            settings::set(tx, SAVED_AT, &tx.now.to_string())?;
            ledger::append(tx, "vault_key_saved", None, json!({"key": saved}))
        })?;
        Ok(key)
    }

    /// Takes a recovery key back into the home.
    ///
    /// # Errors
    /// [`Code::Refused`] if the file holds no key, or one that opens nothing here; [`Error::Io`].
    pub fn take(&self, store: &Store, from: &Path) -> Result<String> {
        let text = read_text(from).map_err(Error::io(from))?;
        let Some(secret) = Secret::from_file_text(&text) else {
            let name = Shown::of_path(from).elided();
            return Err(Error::refused(Code::Refused, format!("There is no recovery key in {name}. Nothing was changed.")));
        };
        let key = secret.public();
        let (current, is_used) = store.read(|connection| Ok((settings::get(connection, KEY)?, vault::is_used(connection, &key)?)))?;
        if !is_used && current.as_deref() != Some(&key) {
            return Err(Error::refused(Code::Refused, "This key opens nothing that was sealed here. Nothing was changed."));
        }
        if self.secret(&key)?.is_none() {
            self.write(&key, &secret)?;
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
        let state = store.read(|connection| self.state(connection))?;
        let Some(before) = state.key.filter(|_| !state.is_here) else {
            return Err(Error::refused(Code::Refused, "The vault's key is not missing. Nothing was changed."));
        };
        let keys = self.clone();
        store.write(move |tx| {
            persons::require(tx, Ability::Purge)?;
            keys.make(tx, Some(&before))
        })
    }
}

/// The key is not here: what to do.
pub(super) fn not_here() -> Error {
    Error::refused(
        Code::KeyMissing,
        "The vault's key is not here, so nothing that is sealed can be opened. Bring it back from the recovery key: gatehouse vault key use FILE.",
    )
}

fn read_text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(KEY_MODE).open(path).map_err(Error::io(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io(path))
}
