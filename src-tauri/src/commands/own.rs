//! Lists of one's own: made, filled from a case, published. Folders and keys are chosen in the system's dialogs.

use engine::engine::owning::{self, Named, Said};
use engine::engine::publishing::{self, USUAL_DAYS, Wanted};
use engine::model::{CaseId, Shown};
use engine::store::lists as stored;
use engine::{Code, Error};
use tauri::State;

use super::{bounds, lists};
use crate::shell::{Answer, Shell};
use crate::wire::{OwnEntry, OwnKey, OwnList, OwnPublish, OwnPublished, OwnPut, OwnPutDone, OwnWithdraw, OwnWithdrawn};

/// Makes an empty list of one's own.
#[tauri::command(async)]
pub fn own_new(shell: State<'_, Shell>, arg: OwnList) -> Answer<()> {
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    owning::make(&shell.core()?, &arg.name, arg.harm.into())?;
    Ok(())
}

/// Puts the content of a case on a list of one's own.
#[tauri::command(async)]
pub fn own_put(shell: State<'_, Shell>, arg: OwnPut) -> Answer<OwnPutDone> {
    bounds::optional(arg.reason.as_deref(), bounds::LONGEST_REASON)?;
    let core = shell.core()?;
    let id = lists::known(&core, arg.list)?;
    let list = core.store.read(|connection| stored::get(connection, id))?;
    let said = Said { label: None, reason: arg.reason.as_deref(), is_sure: arg.sure };
    let put = owning::put(&core, &list, &Named::Case(CaseId::new(arg.case)), &said)?;
    Ok(OwnPutDone { was_there: put.imported.is_none(), held_back: put.is_held_back, cases: put.cases })
}

/// Entries of one answer.
const MOST_ENTRIES: usize = 500;

/// The entries of a list of one's own, the newest first.
#[tauri::command(async)]
pub fn own_entries(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<OwnEntry>> {
    let core = shell.core()?;
    let id = lists::known(&core, arg)?;
    let list = core.store.read(|connection| stored::get(connection, id))?;
    Ok(owning::entries(&core, &list, MOST_ENTRIES)?.into_iter().map(Into::into).collect())
}

/// Takes an entry of a list of one's own back.
#[tauri::command(async)]
pub fn own_withdraw(shell: State<'_, Shell>, arg: OwnWithdraw) -> Answer<OwnWithdrawn> {
    bounds::optional(arg.reason.as_deref(), bounds::LONGEST_REASON)?;
    let core = shell.core()?;
    let id = lists::known(&core, arg.list)?;
    let list = core.store.read(|connection| stored::get(connection, id))?;
    let taken = owning::withdraw(&core, &list, &Named::Entry(arg.entry), arg.mistake, arg.reason.as_deref())?;
    Ok(OwnWithdrawn { decisions_affected: taken.decisions_affected, cases: taken.cases })
}

/// Makes a pair of keys in a folder that the person chooses. `None` if they changed their mind.
#[tauri::command(async)]
pub fn own_key_new(shell: State<'_, Shell>, arg: i64) -> Answer<Option<OwnKey>> {
    let core = shell.core()?;
    let id = lists::known(&core, arg)?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let made = publishing::make_key(&folder.join(format!("gatehouse-list-{id}.key")), None)?;
    let file = made.secret_file.file_name().map_or_else(String::new, |name| Shown::of_path(name.as_ref()).elided());
    Ok(Some(OwnKey { file, key: made.key.to_string(), words: made.key.words().join(" ") }))
}

/// Writes a list of one's own, signed, into a folder: first the key is chosen, then the folder. `None` if the person changed their mind.
#[tauri::command(async)]
pub fn own_publish(shell: State<'_, Shell>, arg: OwnPublish) -> Answer<Option<OwnPublished>> {
    bounds::optional(arg.password.as_deref(), bounds::LONGEST_NAME)?;
    let core = shell.core()?;
    let id = lists::known(&core, arg.list)?;
    let list = core.store.read(|connection| stored::get(connection, id))?;
    let Some(file) = shell.choose_file() else { return Ok(None) };
    let key = publishing::read_key(&file, &|| arg.password.clone().map(Some).ok_or_else(needs_password))?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    publishing::check_place(&file, &folder)?;
    let wanted = Wanted { days: USUAL_DAYS, ..Wanted::default() };
    let outcome = publishing::publish(&core, &list, &folder, &key, &wanted)?;
    Ok(Some(OwnPublished {
        seq: outcome.seq,
        entries: outcome.counts.live,
        held_back: outcome.held_back,
        has_pdq: outcome.counts.has_pdq,
        expires: outcome.expires_ms,
        key: outcome.key.to_string(),
        words: outcome.key.words().join(" "),
    }))
}

fn needs_password() -> Error {
    Error::refused(Code::Question, "This key has a password. Type it, and publish again. Nothing was published.")
}
