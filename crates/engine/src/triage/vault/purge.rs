//! Deleting for good: outside every hold only, from a plan that was shown, with a reason, and with a certificate in the record.
//!
//! "Removed from this program's vault" is all that is said: flash memory and backups keep copies.

use serde_json::{Value, json};

use super::Vault;
use super::shelf::Shelf;
use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, Hold, Place, UploadId, VaultFile};
use crate::store::{Connection, Store, Tx, cases, holds, ledger, persons, settings, uploads, vault};

/// A reason has at least this many characters.
pub const SHORTEST_REASON: usize = 10;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Setting: days after which a sealed file without a hold may be deleted.
const CLOCK: &str = "vault_days";
/// What that setting can be; the second is the default.
pub const CLOCKS: [i64; 4] = [30, 90, 180, 365];

/// What deleting a case for good would do.
#[derive(Clone, Debug)]
pub struct PurgePlan {
    /// The case.
    pub case: CaseId,
    /// The sealed files that would be removed.
    pub files: Vec<VaultFile>,
    /// Files that wait in the holding directory: they have to be sealed first.
    pub unsealed: u64,
    /// The hold that forbids it now.
    pub hold: Option<Hold>,
    /// From when on it is offered without being asked for, in milliseconds since 1970.
    pub deletable_at: Option<i64>,
}

/// How long a sealed file without a hold stays before deleting it is offered, in days.
///
/// # Errors
/// The store's own.
pub fn clock_days(connection: &Connection) -> Result<i64> {
    let set = settings::get(connection, CLOCK)?.and_then(|text| text.parse().ok());
    Ok(set.filter(|days| CLOCKS.contains(days)).unwrap_or(CLOCKS[1]))
}

/// Sets that time.
///
/// # Errors
/// [`Code::BadArgument`] for a number that is not among [`CLOCKS`].
pub fn set_clock_days(tx: &Tx<'_>, days: i64) -> Result<()> {
    if !CLOCKS.contains(&days) {
        return Err(Error::refused(Code::BadArgument, "The vault clock is 30, 90, 180 or 365 days."));
    }
    settings::set(tx, CLOCK, &days.to_string())?;
    ledger::append(tx, "vault_clock", None, json!({"days": days}))
}

/// What would be deleted.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn plan(connection: &Connection, case: CaseId, now: i64) -> Result<PurgePlan> {
    cases::get(connection, case)?;
    let files = vault::sealed_of(connection, case)?;
    let days = clock_days(connection)?;
    Ok(PurgePlan {
        case,
        unsealed: vault::held_of(connection, case)?,
        hold: holds::of_case(connection, case)?.filter(|hold| hold.holds_at(now)),
        deletable_at: files.iter().filter_map(|file| file.sealed_at).max().map(|at| at + days * DAY_MS),
        files,
    })
}

/// What a person says to it.
#[derive(Clone, Debug)]
pub struct Yes {
    /// The number of the case, typed again.
    pub typed: String,
    /// Why.
    pub reason: String,
    /// Also before the vault clock has run out.
    pub is_early: bool,
}

/// Writes down that the sealed files of a case are to be deleted. [`carry_out`] does it.
///
/// # Errors
/// [`Code::Held`] inside a hold; [`Code::BadArgument`] without the typed number or a reason; [`Code::Refused`] if nothing is sealed, something is
/// not sealed yet, or the vault clock runs. Nothing was deleted then.
pub fn intend(tx: &Tx<'_>, case: CaseId, yes: &Yes) -> Result<()> {
    persons::require(tx, Ability::Purge)?;
    let plan = plan(tx, case, tx.now)?;
    let refuse = |code, text: String| Err(Error::refused(code, format!("{text} Nothing was deleted.")));
    if plan.hold.is_some() {
        return refuse(Code::Held, format!("Case {case} is held: nothing of it can be deleted before the hold ends."));
    }
    if plan.unsealed > 0 {
        return refuse(Code::Refused, format!("Files of case {case} wait to be sealed. Try again when they are."));
    }
    if plan.files.is_empty() {
        return refuse(Code::Refused, format!("Nothing of case {case} is in the vault."));
    }
    if plan.deletable_at.is_some_and(|at| at > tx.now) && !yes.is_early {
        return refuse(
            Code::TooEarly,
            format!("The vault clock of case {case} still runs. It can be deleted before that only when you ask for it."),
        );
    }
    if yes.typed.trim() != case.to_string() {
        return refuse(Code::BadArgument, format!("Type the number of the case, {case}, to delete it for good."));
    }
    if yes.reason.trim().chars().count() < SHORTEST_REASON {
        return refuse(Code::BadArgument, format!("A reason of at least {SHORTEST_REASON} characters goes into the record."));
    }
    for file in &plan.files {
        vault::set_leaving(tx, file.id, &json!({"why": "purge", "reason": yes.reason.trim(), "by": tx.person}))?;
    }
    ledger::append(tx, "intended", Some(case), json!({"action": "purge", "files": plan.files.len(), "note": yes.reason.trim()}))
}

/// Removes every file whose removal was written down: those deleted for good, with a certificate, and those that were put back. The caller holds
/// the act lock. Gives the cases.
///
/// # Errors
/// The store's own. A file that the disk does not let go stays sealed.
pub fn carry_out(store: &Store, vault: &Vault) -> Result<Vec<CaseId>> {
    let leaving = store.read(vault::leaving)?;
    if leaving.is_empty() {
        return Ok(Vec::new());
    }
    let cases = leaving.iter().map(|file| file.case).collect();
    let Ok(shelf) = Shelf::open(vault) else { return Ok(Vec::new()) };
    for file in leaving {
        let removed = shelf.remove(&file.name());
        store.write(move |tx| match removed {
            Ok(was_there) => gone(tx, &file, was_there),
            Err(failure) => {
                vault::stay(tx, file.id)?;
                ledger::append(tx, "failed", Some(file.case), json!({"action": "purge", "file": file.n, "reason": failure.as_str()}))
            }
        })?;
    }
    Ok(cases)
}

fn gone(tx: &Tx<'_>, file: &VaultFile, was_there: bool) -> Result<()> {
    let why = vault::why_leaving(tx, file.id)?;
    let inside = vault::uploads_in(tx, file.id)?;
    vault::set_gone(tx, file.id)?;
    if why["why"] != "purge" {
        return ledger::append(
            tx,
            "done",
            Some(file.case),
            json!({"action": "leave_vault", "file": file.n, "sha256": file.sha256.to_string()}),
        );
    }
    for upload in &inside {
        uploads::set_place(tx, UploadId::new(*upload), Place::Purged)?;
    }
    let hold =
        holds::of_case(tx, file.case)?.map(|hold| json!({"until": hold.ends_at, "reason": hold.reason.as_str(), "basis": hold.basis}));
    let certificate = json!({
        "file": file.n, "sha256": file.sha256.to_string(), "size": file.size, "removed_at": tx.now, "by": why["by"], "note": why["reason"],
        "hold": hold, "was_there": was_there, "files": inside.len(),
    });
    ledger::append(tx, "purged", Some(file.case), certificate)
}

/// The certificates of what was deleted for good of a case: the rows of the record with their chain values.
///
/// # Errors
/// The store's own.
pub fn certificates(connection: &Connection, case: CaseId) -> Result<Vec<Value>> {
    let rows = ledger::of_case(connection, case)?.into_iter().filter(|row| row.verb == "purged");
    let certificate = |row: ledger::LedgerRow| {
        json!({
            "case": case.get(), "sha256": row.body["sha256"], "size": row.body["size"], "removed_at": row.at, "by": row.body["by"],
            "reason": row.body["note"], "hold": row.body["hold"], "was_there": row.body["was_there"], "ledger_row": row.seq, "chain": row.hash.to_string(),
            "means": "Removed from this program's vault. Flash memory and backups can keep copies.",
        })
    };
    Ok(rows.map(certificate).collect())
}
