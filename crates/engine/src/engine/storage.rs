//! What the home takes on the disk, and the end of it: "Remove my data". Only names that Gatehouse gave are removed, and nothing while a hold runs.

use std::path::{Path, PathBuf};

use super::core::Core;
use crate::error::{Code, Error, Result};
use crate::home::{Home, Lock};
use crate::model::{Ability, CaseId, wire_enum};
use crate::store::{actions, holds, persons, vault};

wire_enum!(
    /// A part of the home. Declared in the order in which they are removed: the database last, so that an interrupted removal can be begun again.
    Part {
        /// Sealed files.
        Vault = "vault",
        /// Files that wait to be sealed, where the home holds them.
        Holding = "holding",
        /// Lists: indexes and originals.
        Lists = "lists",
        /// Practice pictures.
        Practice = "practice",
        /// Presets and country profiles of the operator's own, and the settings file.
        Own = "own",
        /// Copies of the ledger and of the database.
        Backup = "backup",
        /// The log.
        Logs = "logs",
        /// Keys.
        Keys = "keys",
        /// The database and the locks.
        Database = "database",
    }
);

impl Part {
    /// The names below the home.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Vault => &["vault"],
            Self::Holding => &["holding"],
            Self::Lists => &["lists"],
            Self::Practice => &["practice"],
            Self::Own => &["presets", "profiles", crate::config::FILE],
            Self::Backup => &["backup"],
            Self::Logs => &["logs"],
            Self::Keys => &["keys"],
            Self::Database => &[
                "gatehouse.db-wal",
                "gatehouse.db-shm",
                "gatehouse.db.sha256",
                "gatehouse.db",
                "seal.lock",
                "act.lock",
                "rematch.lock",
                "watch.lock",
            ],
        }
    }
}

/// What a part takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Which part.
    pub part: Part,
    /// Bytes of its files.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
}

/// What each part of the home takes on the disk.
pub fn sizes(home: &Home) -> Vec<Size> {
    Part::ALL.iter().map(|part| size(home.root(), *part)).collect()
}

fn size(root: &Path, part: Part) -> Size {
    let mut size = Size { part, bytes: 0, files: 0 };
    let mut waiting: Vec<PathBuf> = part.names().iter().map(|name| root.join(name)).collect();
    while let Some(path) = waiting.pop() {
        // What goes away meanwhile takes nothing.
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() {
            waiting.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            size.bytes += metadata.len();
            size.files += 1;
        }
    }
    size
}

/// What would go, and what forbids it.
#[derive(Clone, Debug)]
pub struct Removal {
    /// What each part takes.
    pub sizes: Vec<Size>,
    /// Sealed files, which nobody can read again afterwards.
    pub sealed: u64,
    /// Cases whose hold nobody ended: while there is one, nothing is removed.
    pub held: Vec<CaseId>,
    /// Files that were taken down and are not sealed yet: they lie outside of the home and would be forgotten there.
    pub unsealed: u64,
}

impl Removal {
    /// Whether nothing forbids it.
    pub fn is_allowed(&self) -> bool {
        self.held.is_empty() && self.unsealed == 0
    }
}

/// Looks at what would go.
///
/// # Errors
/// The store's own.
pub fn removal(core: &Core) -> Result<Removal> {
    core.store.read(|connection| {
        Ok(Removal {
            sizes: sizes(&core.home),
            sealed: vault::sealed(connection)?.len() as u64,
            held: holds::running(connection)?.into_iter().map(|hold| hold.case).collect(),
            unsealed: actions::waiting_to_seal(connection)?.iter().map(|(_, files)| files).sum(),
        })
    })
}

/// Leave to remove a home. The locks keep every other process out until the end.
#[derive(Debug)]
pub struct Leave {
    root: PathBuf,
    _locks: Vec<Lock>,
}

/// Asks for leave: nothing is held, nothing waits, and no other process works here. The engine that asks must not watch any more.
///
/// # Errors
/// [`Code::Held`] with the cases, [`Code::Refused`] while files wait to be sealed or for a person who may not delete, [`Code::Busy`] for another process.
pub fn leave(core: &Core) -> Result<Leave> {
    core.store.write(|tx| persons::require(tx, Ability::Purge))?;
    let removal = removal(core)?;
    if !removal.held.is_empty() {
        let cases: Vec<String> = removal.held.iter().map(ToString::to_string).collect();
        return Err(Error::refused(Code::Held, format!("A hold runs for case {}. Nothing was removed.", cases.join(", "))));
    }
    if removal.unsealed > 0 {
        return Err(Error::refused(Code::Refused, "Files that were taken down are not sealed yet. Nothing was removed."));
    }
    let locks = vec![core.home.lock_watch()?, core.home.lock_act()?, core.home.lock_seal()?, core.home.lock_rematch()?];
    Ok(Leave { root: core.home.root().to_owned(), _locks: locks })
}

/// Removes the home. To be called when its engine has ended. What has no name of ours stays, and with it the folder.
///
/// # Errors
/// [`Error::Io`] with what could not be removed; what is left can be removed by asking again.
#[expect(
    clippy::disallowed_methods,
    reason = "the home's own files, by the names that Gatehouse gave them, after a person typed that they want it"
)]
pub fn remove(leave: Leave) -> Result<()> {
    for name in Part::ALL.iter().flat_map(|part| part.names()) {
        let path = leave.root.join(name);
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        let removed = if metadata.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(Error::io(&path))?;
    }
    // Only if nothing else lies in it.
    drop(std::fs::remove_dir(&leave.root));
    Ok(())
}
