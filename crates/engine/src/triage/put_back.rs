//! Putting files back: from the holding directory, or from the vault by way of it, with a proof by hash at their path.

use std::os::fd::AsFd as _;

use serde_json::json;

use super::act::{Ground, fail, fail_with, ground, intent};
use super::decide::{SHORTEST_NOTE, is_strict};
use super::moves::{self, Failure, HoldingName};
use super::vault::{Vault, VaultFailure, unseal};
use super::{stand_in, todos};
use crate::error::{Code, Error, Result};
use crate::model::{Ability, ActionKind, CaseId, CaseState, DecisionKind, FileIdentity, FileOutcome, Place, SitePath, VaultFile};
use crate::store::actions::ActionRow;
use crate::store::cases::{self, Standing};
use crate::store::uploads::{self, Outcome, UploadRow};
use crate::store::{Connection, Store, Tx, actions, contents, holds, ledger, persons, vault};

/// Names that are tried beside a path that is taken.
const OTHER_NAMES: u32 = 1_000;

/// How a person wants files to be put back.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Why; needed for a case of a protected list.
    pub note: Option<String>,
    /// Under another name, beside a path that something else has taken.
    pub is_beside: bool,
}

/// Plans to put back every file of a case that waits in a holding directory or lies in the vault. [`super::act::run`] does it.
///
/// The case is kept from here on, in the same transaction: a file that reappears because it was put back is not one that "came back".
///
/// # Errors
/// [`Code::Refused`] if nothing of the case is held or sealed; [`Code::NoteNeeded`]; [`Error::NotFound`].
pub fn plan(tx: &Tx<'_>, case: CaseId, wish: &Wish) -> Result<u64> {
    persons::require(tx, Ability::Decide)?;
    let row = cases::get(tx, case)?;
    let note = wish.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if is_strict(row.harm) && note.map_or(0, |note| note.chars().count()) < SHORTEST_NOTE {
        let text =
            format!("Putting files of a protected list back needs a note of at least {SHORTEST_NOTE} characters. Nothing was moved.");
        return Err(Error::refused(Code::NoteNeeded, text));
    }
    let mut files = 0;
    for content in cases::contents(tx, case)? {
        for upload in uploads::of_content(tx, content)? {
            let is_planned = match upload.place {
                Place::Holding => plan_held(tx, case, &upload, wish)?,
                Place::Vault => plan_sealed(tx, case, &upload, wish)?,
                Place::Site | Place::Gone | Place::Purged => false,
            };
            files += u64::from(is_planned);
        }
    }
    if files == 0 {
        return Err(Error::refused(Code::Refused, "Nothing of this case is in the holding directory or in the vault."));
    }
    todos::withdraw(tx, case)?;
    let to = Standing {
        state: CaseState::Decided,
        back_at: None,
        second_look: None,
        decision: Some(DecisionKind::Keep),
        decided_at: Some(tx.now),
        until_list: false,
    };
    cases::set_standing(tx, case, to)?;
    let before = row.decision.map_or("", DecisionKind::as_str);
    ledger::append(tx, "planned", Some(case), json!({"action": "restore", "files": files, "before": before, "note": note}))?;
    Ok(files)
}

fn plan_held(tx: &Tx<'_>, case: CaseId, upload: &UploadRow, wish: &Wish) -> Result<bool> {
    let Some(taken) = actions::quarantine_of(tx, upload.id)? else { return Ok(false) };
    let (Some(name), Some(original)) = (taken.holding_name, taken.original) else { return Ok(false) };
    actions::cancel_seals(tx, upload.id)?;
    let id = actions::plan(tx, case, upload.id, ActionKind::Restore, &taken.sha256)?;
    actions::intend(tx, id, &name, &original)?;
    actions::set_way_back(tx, id, None, beside(tx, upload, wish)?.as_ref())?;
    Ok(true)
}

fn plan_sealed(tx: &Tx<'_>, case: CaseId, upload: &UploadRow, wish: &Wish) -> Result<bool> {
    let (taken, sealed) = (actions::quarantine_of(tx, upload.id)?, actions::seal_of(tx, upload.id)?);
    let (Some(original), Some(file)) = (taken.and_then(|row| row.original), sealed.and_then(|row| row.vault_file)) else {
        return Ok(false);
    };
    let name = HoldingName::random().map_err(|failure| Error::refused(Code::Internal, failure.to_string()))?;
    let file = vault::get(tx, file)?;
    let id = actions::plan(tx, case, upload.id, ActionKind::Restore, &file.sha256)?;
    actions::intend(tx, id, name.as_str(), &original)?;
    actions::set_way_back(tx, id, Some(file.id), beside(tx, upload, wish)?.as_ref())?;
    Ok(true)
}

/// A free name beside the path of an upload, if something else has its path and another name is welcome.
fn beside(connection: &Connection, upload: &UploadRow, wish: &Wish) -> Result<Option<SitePath>> {
    let is_taken = |path: &SitePath| -> Result<bool> {
        let file = crate::model::SiteFile { site: upload.file.site, path: path.clone() };
        Ok(uploads::current(connection, &file)?.is_some_and(|row| row.place == Place::Site))
    };
    if !wish.is_beside || !is_taken(&upload.file.path)? {
        return Ok(None);
    }
    let name = upload.file.path.name();
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0).unwrap_or(name.len());
    for number in 1..OTHER_NAMES {
        let mut other = name[..dot].to_vec();
        other.extend_from_slice(format!("-put-back-{number}").as_bytes());
        other.extend_from_slice(&name[dot..]);
        let path = SitePath::below(upload.file.path.parent().as_ref(), &other);
        if let Ok(path) = path
            && !is_taken(&path)?
        {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Puts one file back, or finishes an interrupted try.
pub(super) fn restore(store: &Store, vault_of: &Vault, action: &ActionRow) -> Result<FileOutcome> {
    let ground = match ground(store, action)? {
        Ok(ground) => ground,
        Err(failure) => return fail_restore(store, action, &failure),
    };
    let Some((original, name)) = intent(action) else { return fail_restore(store, action, &Failure::Vanished) };
    let (root, held) = (ground.root.as_fd(), ground.holding.as_fd());
    let path = action.target.as_ref().unwrap_or(&ground.upload.file.path);
    let sealed = action.vault_file.map(|id| store.read(|connection| vault::get(connection, id))).transpose()?;
    if let Some(file) = &sealed
        && let Err(failure) = unseal::unseal(vault_of, file, held, &name)?
    {
        return fail_sealed(store, action, &failure);
    }
    if action.target.is_none() {
        stand_in::take_away(store, &ground.upload, root)?;
    }
    match moves::put_back(held, &name, root, path, &original, &action.sha256) {
        Ok(back) => {
            let notes: Vec<String> = back.notes.iter().map(ToString::to_string).collect();
            put_back_done(store, action, ground, (back.identity, original.mtime_ns), notes, sealed)
        }
        Err(failure) => {
            if sealed.is_some() && !failure.is_unfinished() {
                // What is sealed is sealed; the plain copy was made a moment ago. One that cannot be removed is found by the next try.
                drop(unseal::forget(held, &name));
            }
            fail_restore(store, action, &failure)
        }
    }
}

fn put_back_done(
    store: &Store,
    action: &ActionRow,
    ground: Ground,
    (identity, mtime_ns): (FileIdentity, i64),
    notes: Vec<String>,
    sealed: Option<VaultFile>,
) -> Result<FileOutcome> {
    let (id, case, upload, sha256, target) = (action.id, action.case, action.upload, action.sha256, action.target.clone());
    let Ground { upload: mut row, site, .. } = ground;
    row.file.path = target.unwrap_or(row.file.path);
    store.write(move |tx| {
        actions::end(tx, id, None, &notes)?;
        uploads::set_place(tx, upload, Place::Gone)?;
        let new = uploads::found(tx, &row.file, identity, mtime_ns, Some(&row.sorted))?;
        // Its bytes were proven by their hash just now, so what was known of the content holds for the new row. A state that somebody wrote after
        // the take-down is another content, and is checked like any other.
        let is_same = row.content.map(|content| contents::get(tx, content)).transpose()?.is_some_and(|known| known.content.sha256 == sha256);
        if is_same {
            uploads::finish(tx, new, row.content, row.reason.map_or(Outcome::Checked, Outcome::CouldNotCheck))?;
        }
        let stays = sealed.map(|file| leave_vault(tx, &file)).transpose()?;
        let body = json!({
            "action": "restore", "upload": new.get(), "site": site.id.get(), "sha256": sha256.to_string(), "notes": notes, "sealed_stays": stays,
        });
        ledger::append(tx, "restored", Some(case), body)
    })?;
    crate::fault::point("restored");
    Ok(FileOutcome { upload, place: Place::Site, failed: None })
}

/// The sealed file goes once nothing rests in it any more. A hold keeps it. Gives whether it stays.
fn leave_vault(tx: &Tx<'_>, file: &VaultFile) -> Result<bool> {
    let is_held = holds::of_case(tx, file.case)?.is_some_and(|hold| hold.holds_at(tx.now));
    let is_used = is_held || !vault::uploads_in(tx, file.id)?.is_empty();
    if !is_used {
        vault::set_leaving(tx, file.id, &json!({"why": "put_back"}))?;
    }
    Ok(is_used)
}

/// A file that could not be put back is still taken down, and its case says so.
fn fail_restore(store: &Store, action: &ActionRow, failure: &Failure) -> Result<FileOutcome> {
    let outcome = fail(store, action, failure)?;
    if !failure.is_unfinished() {
        still_taken_down(store, action.case)?;
    }
    Ok(outcome)
}

fn fail_sealed(store: &Store, action: &ActionRow, failure: &VaultFailure) -> Result<FileOutcome> {
    let outcome = fail_with(store, action, failure.as_str(), false)?;
    still_taken_down(store, action.case)?;
    Ok(outcome)
}

fn still_taken_down(store: &Store, case: CaseId) -> Result<()> {
    store.write(move |tx| {
        let standing = cases::get(tx, case)?.standing();
        cases::set_standing(tx, case, Standing { decision: Some(DecisionKind::TakeDown), ..standing })
    })
}
