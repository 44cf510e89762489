//! The vault, its key and holds, as the command line and the window ask for them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::core::{Core, Event};
use super::deciding;
use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, Hold, VaultFile};
use crate::store::inbox::{self, InboxRow};
use crate::store::{Connection, holds, ledger, persons, vault};
use crate::triage::holds::Ask;
use crate::triage::vault::VaultFailure;
use crate::triage::vault::cipher::Public;
use crate::triage::vault::export::{self, Exported};
use crate::triage::vault::keys::{self, Found, KeyState};
use crate::triage::vault::purge::{self, PurgePlan, Yes};
use crate::triage::vault::verify::{self, Verdict};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Days before their end at which holds are told.
pub const TOLD_DAYS: [i64; 3] = [30, 7, 1];

/// One case of the vault.
#[derive(Clone, Debug)]
pub struct VaultCase {
    /// Its row in the inbox.
    pub row: InboxRow,
    /// Its sealed files.
    pub files: Vec<VaultFile>,
    /// Files that wait to be sealed.
    pub unsealed: u64,
    /// Its hold, also one whose time is over.
    pub hold: Option<Hold>,
    /// From when on deleting it is offered, if no hold forbids it.
    pub deletable_at: Option<i64>,
}

/// The vault at a glance.
#[derive(Clone, Debug)]
pub struct VaultView {
    /// Its cases, the newest first.
    pub cases: Vec<VaultCase>,
    /// How its key is doing.
    pub key: KeyState,
    /// Days after which deleting is offered.
    pub clock_days: i64,
}

/// Everything that is sealed, waits for it, or is held.
///
/// # Errors
/// The store's own.
pub fn view(core: &Core) -> Result<VaultView> {
    core.store.read(|connection| {
        let cases = vault::cases(connection)?.into_iter().map(|case| case_of(connection, case, core.clock.now_ms()));
        Ok(VaultView {
            cases: cases.collect::<Result<_>>()?,
            key: core.vault.keys.state(connection)?,
            clock_days: purge::clock_days(connection)?,
        })
    })
}

fn case_of(connection: &Connection, case: CaseId, now: i64) -> Result<VaultCase> {
    let plan = purge::plan(connection, case, now)?;
    Ok(VaultCase {
        row: inbox::one(connection, case)?,
        hold: holds::of_case(connection, case)?,
        files: plan.files,
        unsealed: plan.unsealed,
        deletable_at: plan.deletable_at,
    })
}

/// Holds that end within the longest of [`TOLD_DAYS`], or whose time is over and that nobody ended.
///
/// # Errors
/// The store's own.
pub fn holds_ending(core: &Core) -> Result<Vec<Hold>> {
    core.store.read(|connection| holds::ending_before(connection, core.clock.now_ms() + TOLD_DAYS[0] * DAY_MS))
}

/// Sets a hold on a case, or moves its end.
///
/// # Errors
/// As [`crate::triage::holds::set`].
pub fn hold(core: &Arc<Core>, case: CaseId, ask: Ask) -> Result<Hold> {
    let hold = core.store.write(move |tx| crate::triage::holds::set(tx, case, &ask))?;
    core.tell(Event::Case { case, file: None });
    Ok(hold)
}

/// Ends the hold of a case.
///
/// # Errors
/// As [`crate::triage::holds::end`].
pub fn end_hold(core: &Arc<Core>, case: CaseId, why: &str) -> Result<()> {
    let why = why.to_owned();
    core.store.write(move |tx| crate::triage::holds::end(tx, case, &why))?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

/// What deleting a case for good would do.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn purge_plan(core: &Core, case: CaseId) -> Result<PurgePlan> {
    core.store.read(|connection| purge::plan(connection, case, core.clock.now_ms()))
}

/// Deletes the sealed files of a case for good, and gives the certificates of what was removed now.
///
/// # Errors
/// As [`purge::intend`]; [`Code::Busy`]; [`Code::PermissionDenied`] if the disk did not let a file go: it stays sealed.
pub fn purge(core: &Arc<Core>, case: CaseId, yes: Yes) -> Result<Vec<Value>> {
    let before = certificates(core, case)?.len();
    core.store.write(move |tx| purge::intend(tx, case, &yes))?;
    deciding::acted(core)?;
    core.tell(Event::Acted { case });
    let all = certificates(core, case)?;
    if all.len() == before {
        return Err(Error::refused(Code::PermissionDenied, "The disk did not let the sealed file go. It stays sealed."));
    }
    Ok(all.into_iter().skip(before).collect())
}

/// The certificates of what was deleted for good of a case.
///
/// # Errors
/// The store's own.
pub fn certificates(core: &Core, case: CaseId) -> Result<Vec<Value>> {
    core.store.read(|connection| purge::certificates(connection, case))
}

/// Decrypts and compares every sealed file. `each` hears of every one.
///
/// # Errors
/// The store's own.
pub fn verify_all(core: &Core, each: &mut dyn FnMut(&VaultFile, &Verdict)) -> Result<()> {
    for file in core.store.read(vault::sealed)? {
        each(&file, &verify::verify(&core.store, &core.vault, &file)?);
    }
    Ok(())
}

/// The program that speaks to the key store of the desktop: the one that was named, unless that says `none`, else `secret-tool` if it lies in one of
/// the folders of `path`, which is in the form of the variable `PATH`.
pub fn key_store(named: Option<OsString>, path: Option<OsString>) -> Option<PathBuf> {
    match named.filter(|named| !named.is_empty()) {
        Some(named) => (named != "none").then(|| PathBuf::from(named)),
        None => std::env::split_paths(&path?).map(|folder| folder.join("secret-tool")).find(|program| program.is_file()),
    }
}

/// Refuses if a sealed file of a case is under a key that is closed: it is asked for before anything is begun.
///
/// # Errors
/// [`Code::KeyLocked`], or the store's own.
pub fn need_open(core: &Core, case: CaseId) -> Result<()> {
    for file in core.store.read(|connection| vault::sealed_of(connection, case))? {
        if matches!(core.vault.keys.find(&file.key)?, Found::Locked) {
            return Err(keys::closed(&VaultFailure::KeyLocked));
        }
    }
    Ok(())
}

/// Writes the sealed files of a case into a folder, encrypted to the receiver's key, and notes to whom and why.
///
/// # Errors
/// [`Code::BadArgument`] for a key that is none, without the typed number of the case or a reason; [`Code::Refused`] if nothing is sealed;
/// [`Code::KeyMissing`]; [`Code::KeyLocked`]; [`Error::Io`].
pub fn export_sealed(core: &Core, case: CaseId, to: &str, yes: &Yes, folder: &Path) -> Result<Vec<Exported>> {
    let refuse = |text: String| Err(Error::refused(Code::BadArgument, format!("{text} Nothing was exported.")));
    let Some(receiver) = Public::read(to) else {
        return refuse("This is no age key. The receiver's public key begins with age1.".to_owned());
    };
    if yes.typed.trim() != case.to_string() {
        return refuse(format!("Type the number of the case, {case}, to export it."));
    }
    if yes.reason.trim().is_empty() {
        return refuse("Say for whom and why: it goes into the record.".to_owned());
    }
    let files = core.store.read(|connection| vault::sealed_of(connection, case))?;
    if files.is_empty() {
        return Err(Error::refused(Code::Refused, format!("Nothing of case {case} is in the vault.")));
    }
    need_open(core, case)?;
    // Whoever holds the receiver's key can look at what is sent: that is more than a decision.
    core.store.write(|tx| persons::require(tx, Ability::Purge))?;
    let mut exported = Vec::new();
    for file in files {
        let one = export::export_into(&core.vault, &file, &receiver, folder)?;
        let (receiver, why, digest) = (to.trim().to_owned(), yes.reason.trim().to_owned(), one.sha256.to_string());
        let body = json!({"file": file.n, "sha256": file.sha256.to_string(), "to": receiver, "note": why, "sealed_sha256": digest});
        core.store.write(move |tx| ledger::append(tx, "exported", Some(case), body))?;
        exported.push(one);
    }
    Ok(exported)
}
