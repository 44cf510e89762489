//! A sealed copy for somebody else: decrypted and encrypted again to the receiver's key in one stream. Nothing is in the clear on any disk.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use fingerprint::signal::Sha256;
use sha2::Digest as _;

use super::cipher::{self, Public};
use super::shelf::Shelf;
use super::{Vault, VaultFailure, keys};
use crate::error::{Code, Error, Result};
use crate::model::VaultFile;

/// Mode of an exported file.
const EXPORTED_MODE: u32 = 0o600;

/// One exported file.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its name.
    pub name: String,
    /// Digest of the encrypted file, to be told to the receiver.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
}

/// Digests what is written through it.
struct Sealed<W> {
    to: W,
    digest: sha2::Sha256,
    size: u64,
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.to.write(bytes)?;
        self.digest.update(&bytes[..len]);
        self.size += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Encrypts a sealed file to the receiver's key, into `to`. Gives the digest and the length of what was written.
///
/// # Errors
/// [`Code::KeyMissing`]; [`Code::KeyLocked`]; [`Code::Refused`] if the sealed file is not what it should be: then `to` must not be used; [`Error::Io`].
pub fn export(vault: &Vault, file: &VaultFile, receiver: &Public, to: impl Write) -> Result<(Sha256, u64)> {
    let secret = vault.keys.find(&file.key)?.opened().map_err(|failure| keys::closed(&failure))?;
    let shelf = Shelf::open(vault).map_err(|failure| refused(file, failure.as_str()))?;
    let sealed = shelf.file(&file.name()).map_err(|failure| refused(file, failure.as_str()))?;
    let mut out = Sealed { to, digest: sha2::Sha256::new(), size: 0 };
    let passed = cipher::open(&sealed, &secret).and_then(|plain| cipher::encrypt(plain, &mut out, &[receiver])).map_err(|error| {
        match cipher::is_damage(&error) {
            true => refused(file, VaultFailure::Damaged.as_str()),
            false => Error::io("the export")(error),
        }
    })?;
    if passed.sha256 != file.sha256 {
        return Err(refused(file, VaultFailure::Damaged.as_str()));
    }
    Ok((Sha256::new(out.digest.finalize().into()), out.size))
}

/// The same, as a new file `case-CASE-N.age` in a folder. A failed one is removed.
///
/// # Errors
/// As [`export`].
pub fn export_into(vault: &Vault, file: &VaultFile, receiver: &Public, folder: &Path) -> Result<Exported> {
    let name = format!("case-{}", file.name());
    let path = folder.join(&name);
    let mut out = File::options().write(true).create_new(true).mode(EXPORTED_MODE).open(&path).map_err(Error::io(&path))?;
    let written = export(vault, file, receiver, &mut out).and_then(|written| out.sync_all().map(|()| written).map_err(Error::io(&path)));
    match written {
        Ok((sha256, size)) => Ok(Exported { name, sha256, size }),
        Err(error) => {
            #[expect(clippy::disallowed_methods, reason = "the unfinished file that was made above")]
            std::fs::remove_file(&path).map_err(Error::io(&path))?;
            Err(error)
        }
    }
}

fn refused(file: &VaultFile, why: &str) -> Error {
    Error::refused(Code::Refused, format!("Case {}: the sealed file could not be read ({why}). Nothing was exported.", file.case))
}
