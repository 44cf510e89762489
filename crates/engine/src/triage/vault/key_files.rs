//! The folder of keys: what can lie there for one key, and how one thing takes the place of another without a moment in which there is none.
//!
//! | File | Holds |
//! |---|---|
//! | `vault-KEY.key` | the key, as `age-keygen` writes it |
//! | `vault-KEY.key.age` | the same under a passphrase; `age -d -i` takes it as it is |
//! | `vault-KEY.key.stored` | a note that the key is in the key store of the desktop |

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::keys::KeyPlace;
use super::shelf;
use crate::error::{Code, Error, Result};
use crate::triage::moves::slot::sync_dir;

/// Mode of a key file.
const KEY_MODE: u32 = 0o600;
/// Longest key file, in bytes: some lines of text.
const LONGEST: u64 = 64 * 1024;
/// Every place, the plain file first: what opens without a question is taken.
const PLACES: [KeyPlace; 3] = [KeyPlace::File, KeyPlace::KeyStore, KeyPlace::Passphrase];

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct KeyFiles {
    pub(super) dir: PathBuf,
}

impl KeyFiles {
    /// The file that stands for a key at a place.
    pub(super) fn path(&self, key: &str, place: KeyPlace) -> PathBuf {
        let ending = match place {
            KeyPlace::File => "key",
            KeyPlace::Passphrase => "key.age",
            KeyPlace::KeyStore => "key.stored",
        };
        self.dir.join(format!("vault-{key}.{ending}"))
    }

    /// Where a key is; `None` if it is not here.
    pub(super) fn place(&self, key: &str) -> Option<KeyPlace> {
        PLACES.into_iter().find(|place| self.path(key, *place).exists())
    }

    /// The keys that something stands for here.
    pub(super) fn all(&self) -> Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io(&self.dir)(error)),
        };
        let mut keys: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| Some(name.strip_prefix("vault-")?.split_once('.')?.0.to_owned()))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// What stands for a key at a place; `None` if nothing does.
    pub(super) fn read(&self, key: &str, place: KeyPlace) -> Result<Option<Vec<u8>>> {
        let path = self.path(key, place);
        match read_some(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// Writes what stands for a key at a place, durably; what stood there is replaced in one step.
    pub(super) fn write(&self, key: &str, place: KeyPlace, bytes: &[u8]) -> Result<()> {
        let path = self.path(key, place);
        let part = path.with_extension("part");
        remove(&part)?;
        write_new(&part, bytes)?;
        #[expect(clippy::disallowed_methods, reason = "our own key file, replaced by what was just made durable")]
        std::fs::rename(&part, &path).map_err(Error::io(&path))?;
        self.sync()
    }

    /// Removes what stands for a key at every place but one.
    pub(super) fn keep_only(&self, key: &str, kept: KeyPlace) -> Result<()> {
        PLACES.into_iter().filter(|place| *place != kept).try_for_each(|place| remove(&self.path(key, place)))?;
        self.sync()
    }

    fn sync(&self) -> Result<()> {
        let dir = shelf::prepare(&self.dir)
            .map_err(|failure| Error::refused(Code::PermissionDenied, format!("The folder of keys: {failure}.")))?;
        sync_dir(dir.as_fd()).map_err(|failure| Error::refused(Code::Internal, failure.to_string()))
    }
}

/// The start of a file that should hold a key.
pub(super) fn read_some(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A new file that only its owner reads, durable.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(KEY_MODE).open(path).map_err(Error::io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(path))
}

fn remove(path: &Path) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "our own key file, whose successor is proven")]
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
