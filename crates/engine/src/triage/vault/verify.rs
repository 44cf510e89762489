//! Looking at what lies in the vault: every file is decrypted and compared with its record.

use super::shelf::Shelf;
use super::{Vault, VaultFailure};
use crate::error::Result;
use crate::model::{VaultFile, VaultProblem};
use crate::store::{self, Store, vault};

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds the recorded content.
    Whole,
    /// It is not there, or not what it should be.
    Problem(VaultProblem),
    /// It could not be looked at: the key is not here, or the disk failed. Nothing is known.
    Unknown(VaultFailure),
}

/// Decrypts one file, compares it, and writes down what was found. What is wrong stays as it is.
///
/// # Errors
/// The store's own.
pub fn verify(store: &Store, vault: &Vault, file: &VaultFile) -> Result<Verdict> {
    let secret = match vault.keys.find(&file.key)?.opened() {
        Ok(secret) => secret,
        Err(failure) => return Ok(Verdict::Unknown(failure)),
    };
    let looked = Shelf::open(vault).map_err(VaultFailure::from).and_then(|shelf| shelf.verify(file, &secret));
    let verdict = match looked {
        Ok(()) => Verdict::Whole,
        Err(VaultFailure::Missing) => Verdict::Problem(VaultProblem::Missing),
        Err(VaultFailure::Damaged) => Verdict::Problem(VaultProblem::Damaged),
        Err(other) => return Ok(Verdict::Unknown(other)),
    };
    if store.trouble().is_some_and(store::Trouble::is_final) {
        // Nothing can be noted; what was seen is said all the same.
        return Ok(verdict);
    }
    let (id, problem) = (
        file.id,
        match verdict {
            Verdict::Problem(problem) => Some(problem),
            Verdict::Whole | Verdict::Unknown(_) => None,
        },
    );
    store.write(move |tx| {
        // Put back or deleted for good since it was listed: then it may well be missing.
        match vault::get(tx, id)?.state {
            crate::model::VaultState::Sealed => vault::set_verified(tx, id, problem),
            _ => Ok(()),
        }
    })?;
    Ok(verdict)
}
