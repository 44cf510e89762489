//! Actions on files: the only place that moves a file of a site, only from a final decision and a plan that was shown (Inv. 10).
//!
//! Each file goes *planned → intent → disk → outcome*, every arrow a commit, so that a crash after any line is recovered by [`recover`].
//! What is done to the disk, and in which order, stands in [`super::moves`].

use std::os::fd::{AsFd as _, OwnedFd};

use serde_json::json;

use super::moves::{self, Failure, Found, HoldingName, Original, Ours};
use super::{holding, moves::Moved, todos};
use crate::error::{Code, Error, Result};
use crate::intake::identify;
use crate::model::{
    Ability, ActionKind, ActionState, CaseId, CaseState, DecisionKind, FileIdentity, FileOutcome, Place, Plan, PlannedFile, Reason,
    SecondLook, Site, TakeDown,
};
use crate::store::actions::ActionRow;
use crate::store::cases::{self, Standing};
use crate::store::uploads::{self, Outcome, UploadRow};
use crate::store::{self, Store, Tx, actions, ledger, persons, sites};

/// What Take down would do with a case now. Shown before it is done.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
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
pub fn run(store: &Store) -> Result<Vec<(CaseId, FileOutcome)>> {
    let mut outcomes = Vec::new();
    for action in store.read(actions::unfinished)? {
        let outcome = match (action.kind, action.state) {
            (ActionKind::Quarantine, ActionState::Planned) => quarantine(store, &action)?,
            (ActionKind::Quarantine, _) => recover(store, &action)?,
            (ActionKind::Restore, _) => restore(store, &action)?,
        };
        outcomes.push((action.case, outcome));
    }
    let mut done: Vec<CaseId> = outcomes.iter().map(|(case, _)| *case).collect();
    done.dedup();
    for case in done {
        store.write(move |tx| close_or_reopen(tx, case))?;
    }
    Ok(outcomes)
}

/// The directories of one action, opened.
struct Ground {
    site: Site,
    upload: UploadRow,
    root: OwnedFd,
    holding: OwnedFd,
}

fn ground(store: &Store, action: &ActionRow) -> Result<std::result::Result<Ground, Failure>> {
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
    let same_inode = ground.upload.identity.map_or(Ok(Vec::new()), |identity| siblings(store, action, identity))?;
    inspect_and_move(store, action, &ground, same_inode.first())
}

fn inspect_and_move(store: &Store, action: &ActionRow, ground: &Ground, earlier: Option<&Original>) -> Result<FileOutcome> {
    let Some(expected) = ground.upload.identity else { return fail(store, action, &Failure::Vanished) };
    let path = &ground.upload.file.path;
    let inspected = moves::inspect(ground.root.as_fd(), path, &expected, &action.sha256, earlier)
        .and_then(|original| Ok((original, HoldingName::random()?)));
    match inspected {
        Ok((original, name)) => {
            intend(store, action, &name, &original)?;
            move_out(store, action, ground, &name, &original)
        }
        Err(failure) => fail(store, action, &failure),
    }
}

/// What was recorded when other names of the same inode were moved in this case: a hard link has one inode and many names.
fn siblings(store: &Store, action: &ActionRow, of: FileIdentity) -> Result<Vec<Original>> {
    let all = store.read(|connection| actions::of_case(connection, action.case))?;
    let moved = all.iter().filter(|row| row.id != action.id && row.kind == ActionKind::Quarantine && row.state == ActionState::Done);
    let recorded = moved.filter_map(|row| row.original.as_ref().and_then(Original::from_json));
    Ok(recorded.filter(|original| (original.identity.device, original.identity.inode) == (of.device, of.inode)).collect())
}

/// Names of the same inode that this plan has still to move.
fn names_to_come(store: &Store, action: &ActionRow, of: FileIdentity) -> Result<u64> {
    store.read(|connection| {
        let planned = actions::of_case(connection, action.case)?.into_iter().filter(|row| row.state == ActionState::Planned);
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
        Ok(moved) => out(store, action, &moved, original, None),
        Err(failure) => fail(store, action, &failure),
    }
}

/// Commits that the file is out of the site. Only after this does anybody hear "taken down".
fn out(store: &Store, action: &ActionRow, moved: &Moved, original: &Original, note: Option<&str>) -> Result<FileOutcome> {
    let mut notes: Vec<String> = moved.notes.iter().map(ToString::to_string).collect();
    notes.extend(note.map(str::to_owned));
    let (id, case, upload) = (action.id, action.case, action.upload);
    // The name in the holding directory and those that went before it are no names under which it is served.
    let ours = 1 + siblings(store, action, original.identity)?.len() as u64 + names_to_come(store, action, original.identity)?;
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
        ledger::append(tx, "done", Some(case), body)
    })?;
    Ok(FileOutcome { upload, place: Place::Holding, failed: None })
}

/// Commits that nothing was done to this file; a changed one is checked again. Where names were changed and the end is not proven, the intent
/// stays open instead: the next [`run`] finds out where the file is.
fn fail(store: &Store, action: &ActionRow, failure: &Failure) -> Result<FileOutcome> {
    let (id, case, upload, word) = (action.id, action.case, action.upload, failure.as_str().to_owned());
    let place = if action.kind == ActionKind::Restore { Place::Holding } else { Place::Site };
    if failure.is_unfinished() {
        return Ok(still_open(action, failure));
    }
    let looks_again = *failure == Failure::Changing && action.kind == ActionKind::Quarantine;
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
fn intent(action: &ActionRow) -> Option<(Original, HoldingName)> {
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

/// Plans to put back every file of a case that waits in a holding directory. [`run`] does it.
///
/// The case is kept from here on, in the same transaction: a file that reappears because it was put back is not one that "came back".
///
/// # Errors
/// [`Code::Refused`] if nothing of the case is held, or [`Error::NotFound`].
pub fn plan_put_back(tx: &Tx<'_>, case: CaseId) -> Result<u64> {
    persons::require(tx, Ability::Decide)?;
    let row = cases::get(tx, case)?;
    let mut files = 0;
    for content in cases::contents(tx, case)? {
        for upload in uploads::of_content(tx, content)?.iter().filter(|upload| upload.place == Place::Holding) {
            let Some(taken) = actions::quarantine_of(tx, upload.id)? else { continue };
            let (Some(name), Some(original)) = (taken.holding_name, taken.original) else { continue };
            let id = actions::plan(tx, case, upload.id, ActionKind::Restore, &taken.sha256)?;
            actions::intend(tx, id, &name, &original)?;
            files += 1;
        }
    }
    if files == 0 {
        return Err(Error::refused(Code::Refused, "Nothing of this case is in the holding directory."));
    }
    todos::withdraw(tx, case)?;
    let to = Standing {
        state: CaseState::Decided,
        back_at: None,
        second_look: None,
        decision: Some(DecisionKind::Keep),
        decided_at: Some(tx.now),
    };
    cases::set_standing(tx, case, to)?;
    let before = row.decision.map_or("", DecisionKind::as_str);
    ledger::append(tx, "planned", Some(case), json!({"action": "restore", "files": files, "before": before}))?;
    Ok(files)
}

fn restore(store: &Store, action: &ActionRow) -> Result<FileOutcome> {
    let ground = match ground(store, action)? {
        Ok(ground) => ground,
        Err(failure) => return fail_restore(store, action, &failure),
    };
    let Some((original, name)) = intent(action) else { return fail_restore(store, action, &Failure::Vanished) };
    let (root, held, path) = (ground.root.as_fd(), ground.holding.as_fd(), &ground.upload.file.path);
    match moves::put_back(held, &name, root, path, &original, &action.sha256) {
        Ok(back) => {
            let notes: Vec<String> = back.notes.iter().map(ToString::to_string).collect();
            put_back_done(store, action, ground, back.identity, original.mtime_ns, notes)
        }
        Err(failure) => fail_restore(store, action, &failure),
    }
}

fn put_back_done(
    store: &Store,
    action: &ActionRow,
    ground: Ground,
    identity: FileIdentity,
    mtime_ns: i64,
    notes: Vec<String>,
) -> Result<FileOutcome> {
    let (id, case, upload, sha256) = (action.id, action.case, action.upload, action.sha256);
    let Ground { upload: row, site, .. } = ground;
    store.write(move |tx| {
        actions::end(tx, id, None, &notes)?;
        uploads::set_place(tx, upload, Place::Gone)?;
        // Its bytes were proven by their hash just now, so what was known of the content holds for the new row.
        let new = uploads::found(tx, &row.file, identity, mtime_ns, Some(&row.sorted))?;
        uploads::finish(tx, new, row.content, row.reason.map_or(Outcome::Checked, Outcome::CouldNotCheck))?;
        let body = json!({"action": "restore", "upload": new.get(), "site": site.id.get(), "sha256": sha256.to_string(), "notes": notes});
        ledger::append(tx, "restored", Some(case), body)
    })?;
    Ok(FileOutcome { upload, place: Place::Site, failed: None })
}

/// A file that could not be put back is still taken down, and its case says so.
fn fail_restore(store: &Store, action: &ActionRow, failure: &Failure) -> Result<FileOutcome> {
    let outcome = fail(store, action, failure)?;
    if failure.is_unfinished() {
        return Ok(outcome);
    }
    let case = action.case;
    store.write(move |tx| {
        let standing = cases::get(tx, case)?.standing();
        cases::set_standing(tx, case, Standing { decision: Some(DecisionKind::TakeDown), ..standing })
    })?;
    Ok(outcome)
}

/// Why files of a site cannot be moved now, if so; for the set-up screen.
///
/// # Errors
/// [`Reason::PermissionDenied`] and its like.
pub fn can_move(site: &Site) -> std::result::Result<(), Reason> {
    holding::can_move(&site.root, &site.holding_dir)
}
