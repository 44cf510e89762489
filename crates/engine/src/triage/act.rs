//! Actions on files: the only place that moves a file of a site, only from a final decision and a plan that was shown (Inv. 10).
//!
//! Each file goes *planned → intent → disk → outcome*, every arrow a commit, so that a crash after any line is recovered by [`recover`].
//! What is done to the disk, and in which order, stands in [`super::moves`].

use std::os::fd::{AsFd as _, OwnedFd};

use serde_json::json;

use super::moves::{self, Failure, Found, HoldingName, Original, Ours};
use super::vault::{Vault, purge};
use super::{holding, holds, moves::Moved, put_back, stand_in};
use crate::error::Result;
use crate::fault;
use crate::intake::identify;
use crate::model::{
    ActionKind, ActionState, CaseId, CaseState, DecisionKind, FileIdentity, FileOutcome, Place, Plan, PlannedFile, Reason, SecondLook,
    Site, TakeDown,
};
use crate::store::actions::ActionRow;
use crate::store::cases::{self, Standing};
use crate::store::uploads::{self, UploadRow};
use crate::store::{self, Store, Tx, actions, ledger, sites};

/// What Take down would do with a case now. Shown before it is done.
///
/// # Errors
/// [`crate::Error::NotFound`], or the store's own.
pub fn plan(store: &Store, case: CaseId) -> Result<Plan> {
    store.read(|connection| {
        cases::get(connection, case)?;
        let mut files = Vec::new();
        for content in cases::contents(connection, case)? {
            let rows = uploads::of_content(connection, content)?;
            for row in rows.into_iter().filter(|row| row.place == Place::Site) {
                let moves = sites::get(connection, row.file.site)?.take_down == TakeDown::Move;
                files.push(PlannedFile { upload: row.id, site: row.file.site, path: row.file.path, moves });
            }
        }
        Ok(Plan { case, files })
    })
}

/// Carries out everything that is planned, and finishes what an interruption left. Gives the cases that changed.
///
/// The caller holds the act lock: two processes never move files of one home at the same time.
///
/// # Errors
/// The store's own; then the rest stays planned and is taken up at the next call. The failure of one file is its outcome, not an error.
pub fn run(store: &Store, vault: &Vault) -> Result<Vec<(CaseId, FileOutcome)>> {
    let mut outcomes = Vec::new();
    for action in store.read(actions::unfinished)? {
        let outcome = match (action.kind, action.state) {
            (ActionKind::Quarantine, ActionState::Planned) => {
                fault::point("planned");
                quarantine(store, &action)?
            }
            (ActionKind::Quarantine, _) => recover(store, &action)?,
            (ActionKind::Restore, _) => put_back::restore(store, vault, &action)?,
            // Has its own pace and its own thread.
            (ActionKind::Seal, _) => continue,
        };
        outcomes.push((action.case, outcome));
    }
    let mut done: Vec<CaseId> = outcomes.iter().map(|(case, _)| *case).collect();
    done.dedup();
    for case in done {
        store.write(move |tx| close_or_reopen(tx, case))?;
    }
    purge::carry_out(store, vault)?;
    Ok(outcomes)
}

/// The directories of one action, opened.
pub(super) struct Ground {
    pub(super) site: Site,
    pub(super) upload: UploadRow,
    pub(super) root: OwnedFd,
    pub(super) holding: OwnedFd,
}

pub(super) fn ground(store: &Store, action: &ActionRow) -> Result<std::result::Result<Ground, Failure>> {
    let upload = store.read(|connection| uploads::get(connection, action.upload))?;
    let site = store.read(|connection| sites::get(connection, upload.file.site))?;
    let Ok(root) = identify::open_root(&site.root, site.root_identity) else { return Ok(Err(Failure::RootMissing)) };
    match holding::prepare(&site.holding_dir) {
        Ok(holding) => Ok(Ok(Ground { site, upload, root, holding })),
        Err(holding::HoldingRefused::Io(error)) if error.kind() == std::io::ErrorKind::StorageFull => Ok(Err(Failure::NoRoom)),
        Err(_) => Ok(Err(Failure::PermissionDenied)),
    }
}

fn quarantine(store: &Store, action: &ActionRow) -> Result<FileOutcome> {
    let ground = match ground(store, action)? {
        Ok(ground) => ground,
        Err(failure) => return fail(store, action, &failure),
    };
    let mtime_ns = ground.upload.mtime_ns;
    let same_inode = ground.upload.identity.map_or(Ok(Vec::new()), |identity| siblings(store, action, identity, mtime_ns))?;
    inspect_and_move(store, action, &ground, same_inode.first().map(|(original, _)| original))
}

fn inspect_and_move(store: &Store, action: &ActionRow, ground: &Ground, earlier: Option<&Original>) -> Result<FileOutcome> {
    let Some(expected) = ground.upload.identity else { return fail(store, action, &Failure::Vanished) };
    let path = &ground.upload.file.path;
    let inspected = moves::inspect(ground.root.as_fd(), path, &expected, &action.sha256, earlier)
        .and_then(|original| Ok((original, HoldingName::random()?)));
    match inspected {
        Ok((original, name)) => {
            intend(store, action, &name, &original)?;
            fault::point("intent");
            move_out(store, action, ground, &name, &original)
        }
        Err(failure) => fail(store, action, &failure),
    }
}

/// What was recorded when other names of the same inode were moved in this case: a hard link has one inode and many names. A sealed file has left
/// its inode, whose number another file may have by now: only what has the same size and time is taken for the same file.
fn siblings(store: &Store, action: &ActionRow, of: FileIdentity, mtime_ns: i64) -> Result<Vec<(Original, Place)>> {
    store.read(|connection| {
        let all = actions::of_case(connection, action.case)?.into_iter();
        let moved = all.filter(|row| row.id != action.id && row.kind == ActionKind::Quarantine && row.state == ActionState::Done);
        let mut found = Vec::new();
        for row in moved {
            let Some(original) = row.original.as_ref().and_then(Original::from_json) else { continue };
            let known = original.identity;
            if (known.device, known.inode, known.size, original.mtime_ns) == (of.device, of.inode, of.size, mtime_ns) {
                found.push((original, uploads::get(connection, row.upload)?.place));
            }
        }
        Ok(found)
    })
}

/// Names of the same inode that this plan has still to move.
fn names_to_come(store: &Store, action: &ActionRow, of: FileIdentity) -> Result<u64> {
    store.read(|connection| {
        let planned = actions::of_case(connection, action.case)?.into_iter();
        let planned = planned.filter(|row| row.kind == ActionKind::Quarantine && row.state == ActionState::Planned);
        let uploads: Vec<UploadRow> = planned.map(|row| uploads::get(connection, row.upload)).collect::<Result<_>>()?;
        let same = |row: &&UploadRow| row.identity.is_some_and(|found| (found.device, found.inode) == (of.device, of.inode));
        Ok(uploads.iter().filter(same).count() as u64)
    })
}

fn intend(store: &Store, action: &ActionRow, name: &HoldingName, original: &Original) -> Result<()> {
    let (id, case, name, original) = (action.id, action.case, name.as_str().to_owned(), original.to_json());
    let body = json!({"action": action.kind.as_str(), "upload": action.upload.get(), "sha256": action.sha256.to_string()});
    store.write(move |tx| {
        actions::intend(tx, id, &name, &original)?;
        ledger::append(tx, "intended", Some(case), body)
    })
}

fn move_out(store: &Store, action: &ActionRow, ground: &Ground, name: &HoldingName, original: &Original) -> Result<FileOutcome> {
    let (root, held, path) = (ground.root.as_fd(), ground.holding.as_fd(), &ground.upload.file.path);
    let moved = match moves::move_out(root, path, held, name, original) {
        Err(Failure::AcrossFileSystems) => moves::copy_out(root, path, held, name, original, &action.sha256),
        other => other,
    };
    match moved {
        Ok(moved) => {
            let outcome = out(store, action, &moved, original, None)?;
            stand_in::put(store, &ground.site, &ground.upload, root, original)?;
            Ok(outcome)
        }
        Err(failure) => fail(store, action, &failure),
    }
}

/// Commits that the file is out of the site. Only after this does anybody hear "taken down".
fn out(store: &Store, action: &ActionRow, moved: &Moved, original: &Original, note: Option<&str>) -> Result<FileOutcome> {
    let mut notes: Vec<String> = moved.notes.iter().map(ToString::to_string).collect();
    notes.extend(note.map(str::to_owned));
    let (id, case, upload) = (action.id, action.case, action.upload);
    // The name in the holding directory and those that went before it are no names under which it is served.
    let held =
        siblings(store, action, original.identity, original.mtime_ns)?.iter().filter(|(_, place)| *place == Place::Holding).count() as u64;
    let ours = 1 + held + names_to_come(store, action, original.identity)?;
    let links_left = moved.links.saturating_sub(ours);
    if links_left > 0 {
        notes.push(Reason::HardLinkElsewhere.as_str().to_owned());
    }
    let body = json!({
        "action": "quarantine", "upload": upload.get(), "sha256": action.sha256.to_string(), "links_left": links_left, "notes": notes,
    });
    store.write(move |tx| {
        actions::end(tx, id, None, &notes)?;
        uploads::set_place(tx, upload, Place::Holding)?;
        ledger::append(tx, "done", Some(case), body)?;
        holds::hold_by_default(tx, case)
    })?;
    fault::point("out");
    Ok(FileOutcome { upload, place: Place::Holding, failed: None })
}

/// Commits that nothing was done to this file; a changed one is checked again. Where names were changed and the end is not proven, the intent
/// stays open instead: the next [`run`] finds out where the file is.
pub(super) fn fail(store: &Store, action: &ActionRow, failure: &Failure) -> Result<FileOutcome> {
    if failure.is_unfinished() {
        return Ok(still_open(action, failure));
    }
    fail_with(store, action, failure.as_str(), *failure == Failure::Changing)
}

/// Commits a failure by its word.
pub(super) fn fail_with(store: &Store, action: &ActionRow, word: &str, is_changed: bool) -> Result<FileOutcome> {
    let (id, case, upload, word) = (action.id, action.case, action.upload, word.to_owned());
    let place = store.read(|connection| uploads::get(connection, upload))?.place;
    let looks_again = is_changed && action.kind == ActionKind::Quarantine;
    let failed = Some(word.clone());
    let kind = action.kind;
    store.write(move |tx| {
        actions::end(tx, id, Some(&word), &[])?;
        if looks_again {
            uploads::look_again(tx, &[upload])?;
        }
        ledger::append(tx, "failed", Some(case), json!({"action": kind.as_str(), "upload": upload.get(), "reason": word}))
    })?;
    Ok(FileOutcome { upload, place, failed })
}

/// An action that could not be ended: the next [`run`] takes it up.
fn still_open(action: &ActionRow, failure: &Failure) -> FileOutcome {
    let place = if action.kind == ActionKind::Restore { Place::Holding } else { Place::Site };
    FileOutcome { upload: action.upload, place, failed: Some(failure.as_str().to_owned()) }
}

/// Finishes or takes back a quarantine that was interrupted after its intent: the table of `docs/take-down.md`.
fn recover(store: &Store, action: &ActionRow) -> Result<FileOutcome> {
    let ground = match ground(store, action)? {
        Ok(ground) => ground,
        // The file may be in the holding directory already: the intent stays open until somebody can look.
        Err(failure) => return Ok(still_open(action, &failure)),
    };
    let Some((original, name)) = intent(action) else { return fail(store, action, &Failure::Vanished) };
    let (root, held, path) = (ground.root.as_fd(), ground.holding.as_fd(), &ground.upload.file.path);
    let found = match moves::locate(root, path, held, &name, &original, &action.sha256) {
        Ok(found) => found,
        Err(failure) => return fail(store, action, &failure),
    };
    let note = match found {
        Found::InSite => return inspect_and_move(store, action, &ground, Some(&original)),
        Found::Nowhere | Found::OtherFileInSite { ours: Ours::Nowhere } => return fail(store, action, &Failure::Vanished),
        Found::SameContentInSiteAndHolding => Some("duplicate"),
        Found::InHolding | Found::Aside | Found::Both | Found::OtherFileInSite { .. } | Found::OtherFileInHolding => None,
    };
    match moves::finish_out(root, path, held, &name, &original, &action.sha256) {
        Ok(moved) => out(store, action, &moved, &original, note),
        Err(failure) => fail(store, action, &failure),
    }
}

/// What the intent wrote down.
pub(super) fn intent(action: &ActionRow) -> Option<(Original, HoldingName)> {
    Some((Original::from_json(action.original.as_ref()?)?, HoldingName::from_stored(action.holding_name.as_deref()?)?))
}

/// A take-down with failures goes back to the inbox, on top; one without stays decided.
fn close_or_reopen(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    let row = cases::get(tx, case)?;
    let all = actions::of_case(tx, case)?;
    let last_failed = |upload| {
        all.iter().rfind(|a| a.upload == upload && a.kind == ActionKind::Quarantine).is_some_and(|a| a.state == ActionState::Failed)
    };
    let failed = all.iter().any(|action| action.kind == ActionKind::Quarantine && last_failed(action.upload));
    if row.decision != Some(DecisionKind::TakeDown) || row.state != CaseState::Decided {
        return Ok(());
    }
    // A further copy that arrived while the files were being moved was in no plan.
    let second_look = match failed {
        true => SecondLook::Failed,
        false if is_still_served(tx, case)? => SecondLook::CameBack,
        false => return Ok(()),
    };
    cases::set_standing(tx, case, Standing { state: CaseState::Open, second_look: Some(second_look), ..row.standing() })?;
    ledger::append(tx, "reopened", Some(case), json!({"cause": second_look.as_str()}))
}

fn is_still_served(tx: &Tx<'_>, case: CaseId) -> Result<bool> {
    for content in cases::contents(tx, case)? {
        for upload in uploads::of_content(tx, content)?.iter().filter(|upload| upload.place == Place::Site) {
            if !store::todos::is_on_sheet(tx, case, upload.id)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Why files of a site cannot be moved now, if so; for the set-up screen.
///
/// # Errors
/// [`Reason::PermissionDenied`] and its like.
pub fn can_move(site: &Site) -> std::result::Result<(), Reason> {
    holding::can_move(&site.root, &site.holding_dir)
}
