//! The vault, holds, and deleting for good, as the page sees them. No path, no hash, no key.

use engine::engine::vaulting::{VaultCase, VaultView as StoredView};
use engine::model::{CaseId, VaultProblem};
use engine::triage::vault::keys::KeyState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::CaseRow;

answers! {
    /// A hold on a case.
    struct HoldRow {
        /// Until when; null: no end.
        ends: Option<i64>,
        basis: String,
        /// Its time is not over.
        holds: bool,
    }

    /// One case with something in the vault, on the way there, or held.
    struct VaultRow {
        row: CaseRow,
        /// Files in the vault, of which contents, and when the last of them was sealed.
        sealed: u64,
        sealed_at: Option<i64>,
        /// Taken down, not yet sealed.
        unsealed: u64,
        hold: Option<HoldRow>,
        /// From when on deleting is offered; null while nothing is sealed.
        deletable: Option<i64>,
        /// Nothing forbids deleting now.
        may_delete: bool,
        /// A file is missing, or not what its record says.
        evidence_missing: bool,
        put_back_needs_note: bool,
    }

    /// The key of the vault.
    struct VaultKey {
        /// Something was sealed, so there is one.
        made: bool,
        is_here: bool,
        /// `file`, `passphrase` or `key_store`; null when it is not here.
        place: Option<String>,
        /// It is under a passphrase that was not typed since the start.
        locked: bool,
        /// A key store can be asked on this computer.
        has_store: bool,
        /// When its recovery key was saved.
        saved: Option<i64>,
    }

    /// The vault at a glance.
    struct VaultView {
        rows: Vec<VaultRow>, key: VaultKey, clock_days: i64,
        /// Cases whose sealed files failed their last check.
        missing: Vec<i64>,
    }

    /// What looking at every sealed file found.
    struct VaultVerified { files: u64, wrong: u64 }

    /// How many holds end within 30, 7 and 1 days, and how many are over and wait for a person.
    struct HoldsEnding { month: u64, week: u64, day: u64, over: u64 }
}

questions! {
    /// A hold is set or moved; with `end` it is ended.
    struct HoldSet { case: i64, until: Option<i64>, end: bool, reason: String }

    /// Files of a case go back; `beside` under another name where the path is taken.
    struct PutBack { case: i64, note: Option<String>, beside: bool }

    /// A case is deleted for good.
    struct PurgeYes { case: i64, typed: String, reason: String, early: bool }

    /// Where the vault's key is to be kept: `file`, `passphrase` or `key_store`.
    struct KeyKeep { place: String, passphrase: String }

    /// A sealed copy for a receiver.
    struct ExportSealed { case: i64, typed: String, reason: String, to: String }
}

/// One case of the vault.
pub fn row(case: VaultCase, now: i64) -> VaultRow {
    let hold = case.hold.map(|hold| HoldRow { ends: hold.ends_at, basis: super::convert::shown(&hold.basis), holds: hold.holds_at(now) });
    let is_held = hold.as_ref().is_some_and(|hold| hold.holds);
    let is_over = hold.as_ref().is_some_and(|hold| !hold.holds);
    VaultRow {
        may_delete: !is_held && case.unsealed == 0 && case.deletable_at.is_some_and(|at| at <= now || is_over),
        put_back_needs_note: engine::triage::decide::is_strict(case.row.case.harm),
        sealed: case.files.len() as u64,
        sealed_at: case.files.iter().filter_map(|file| file.sealed_at).max(),
        unsealed: case.unsealed,
        deletable: case.deletable_at,
        evidence_missing: case.files.iter().any(|file| file.problem.is_some()),
        hold,
        row: case.row.into(),
    }
}

/// The vault at a glance.
pub fn view(view: StoredView, now: i64) -> VaultView {
    let broken =
        |case: &VaultCase| case.files.iter().any(|file| matches!(file.problem, Some(VaultProblem::Missing | VaultProblem::Damaged)));
    let missing: Vec<CaseId> = view.cases.iter().filter(|case| broken(case)).map(|case| case.row.case.id).collect();
    VaultView {
        missing: super::convert::case_ids(missing),
        key: key(&view.key),
        clock_days: view.clock_days,
        rows: view.cases.into_iter().map(|case| row(case, now)).collect(),
    }
}

fn key(key: &KeyState) -> VaultKey {
    VaultKey {
        made: key.key.is_some(),
        is_here: key.is_here(),
        place: key.place.map(|place| place.as_str().to_owned()),
        locked: key.is_locked,
        has_store: key.has_store,
        saved: key.saved_at,
    }
}

/// Counts what ends soon.
pub fn holds_ending(holds: &[engine::model::Hold], now: i64) -> HoldsEnding {
    /// Milliseconds of a day.
    const DAY_MS: i64 = 86_400_000;
    let within = |days: i64| {
        holds.iter().filter(|hold| hold.holds_at(now) && hold.ends_at.is_some_and(|end| end <= now + days * DAY_MS)).count() as u64
    };
    HoldsEnding { month: within(30), week: within(7), day: within(1), over: holds.iter().filter(|hold| !hold.holds_at(now)).count() as u64 }
}
