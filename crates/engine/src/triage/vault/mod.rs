//! The vault: files that were taken down, encrypted, each proven by a decryption before its plain copy goes.
//!
//! - [`seal`] brings a held file into the vault, step by step, and goes on after an interruption.
//! - [`unseal`] brings it back into the holding directory; from there it is put back like any held file.
//! - [`verify`] decrypts and compares what lies here. [`purge`] removes for good. [`export`] encrypts to somebody else's key.
//! - [`keys`] keeps the keys, `key_files` and `key_store` are the places where they can lie; [`cipher`] is the only user of `age`, [`shelf`] the
//!   files and their names.
//!
//! Nothing is in the clear on the disk of the home but a file that waits in the holding directory.

pub mod cipher;
pub mod export;
mod key_files;
mod key_store;
pub mod keys;
pub mod purge;
pub mod seal;
mod shelf;
pub mod unseal;
pub mod verify;

use std::path::{Path, PathBuf};

use super::moves::Failure;

pub use self::keys::Keys;

/// The places of a home that the vault knows.
#[derive(Clone, Debug)]
pub struct Vault {
    /// Where the encrypted files lie.
    dir: PathBuf,
    /// The keys.
    pub keys: Keys,
}

impl Vault {
    /// The vault of a home: its folder for encrypted files, and that for keys.
    pub fn new(dir: &Path, keys: &Path) -> Self {
        Self { dir: dir.to_owned(), keys: Keys::new(keys) }
    }
}

/// Why something could not be done with the vault. Nothing was lost by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultFailure {
    /// The key that the file is sealed to is not here.
    KeyMissing,
    /// It is here, and closed: under a passphrase that nobody typed, or in a key store that does not answer.
    KeyLocked,
    /// There is no such file in the vault.
    Missing,
    /// The file does not decrypt to the recorded content.
    Damaged,
    /// Somebody put the file back, or another process was faster: there is nothing to seal any more.
    NotWanted,
    /// The plain file, or the disk.
    Disk(Failure),
}

impl VaultFailure {
    /// The wire name, lower_snake_case.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::KeyMissing => "vault_key_missing",
            Self::KeyLocked => "vault_key_locked",
            Self::Missing => "sealed_missing",
            Self::Damaged => "sealed_damaged",
            Self::NotWanted => "not_wanted",
            Self::Disk(failure) => failure.as_str(),
        }
    }
}

impl From<Failure> for VaultFailure {
    fn from(failure: Failure) -> Self {
        Self::Disk(failure)
    }
}

impl From<std::io::Error> for VaultFailure {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error.into())
    }
}
