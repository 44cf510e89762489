//! The vault: what is sealed, holds, the key, deleting for good, a sealed copy for somebody else.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use engine::engine::vaulting;
use engine::model::{CaseId, HoldReason};
use engine::triage::holds::Ask;
use engine::triage::vault::purge::{self, Yes};
use engine::triage::vault::verify::Verdict;
use engine::{Error, Event};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{ExportSealed, HoldSet, KeyKeep, PurgeYes, VaultVerified, VaultView, vault as wire};

/// Name of the recovery key in the folder that the person chooses.
const RECOVERY_KEY: &str = "gatehouse-recovery.key";

/// Everything that is sealed, waits for it, or is held.
#[tauri::command(async)]
pub fn vault(shell: State<'_, Shell>) -> Answer<VaultView> {
    let core = shell.core()?;
    Ok(wire::view(vaulting::view(&core)?, core.clock.now_ms()))
}

/// Sets, moves or ends the hold of a case.
#[tauri::command(async)]
pub fn hold_set(shell: State<'_, Shell>, arg: HoldSet) -> Answer<()> {
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    let (core, case) = (shell.core()?, CaseId::new(arg.case));
    if arg.end {
        return Ok(vaulting::end_hold(&core, case, &arg.reason)?);
    }
    vaulting::hold(&core, case, Ask { until: arg.until, why: arg.reason, reason: HoldReason::OwnDecision })?;
    Ok(())
}

/// Deletes the sealed files of a case for good. Gives how many.
#[tauri::command(async)]
pub fn purge_case(shell: State<'_, Shell>, arg: PurgeYes) -> Answer<u64> {
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    bounds::text(&arg.typed, bounds::LONGEST_WORD)?;
    let yes = Yes { typed: arg.typed, reason: arg.reason, is_early: arg.early };
    Ok(vaulting::purge(&shell.core()?, CaseId::new(arg.case), yes)?.len() as u64)
}

/// Writes the certificates of what was deleted into a folder that the person chooses. Gives whether they were written.
#[tauri::command(async)]
pub fn certificate_save(shell: State<'_, Shell>, arg: i64) -> Answer<bool> {
    let core = shell.core()?;
    let certificates = vaulting::certificates(&core, CaseId::new(arg))?;
    let Some(folder) = shell.choose_folder() else { return Ok(false) };
    let path = folder.join(format!("certificate-case-{arg}.json"));
    let text: String = certificates.iter().map(|certificate| format!("{certificate}\n")).collect();
    let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(Error::io(&path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io(&path))?;
    Ok(true)
}

/// Writes the sealed files of a case, encrypted to a receiver's key, into a folder that the person chooses. `None` if they changed their mind.
#[tauri::command(async)]
pub fn export_sealed(shell: State<'_, Shell>, arg: ExportSealed) -> Answer<Option<u64>> {
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    bounds::text(&arg.typed, bounds::LONGEST_WORD)?;
    bounds::text(&arg.to, bounds::LONGEST_KEY)?;
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let yes = Yes { typed: arg.typed, reason: arg.reason, is_early: false };
    Ok(Some(vaulting::export_sealed(&core, CaseId::new(arg.case), &arg.to, &yes, &folder)?.len() as u64))
}

/// Writes the recovery key into a folder that the person chooses. Gives whether it was written.
#[tauri::command(async)]
pub fn vault_key_save(shell: State<'_, Shell>) -> Answer<bool> {
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(false) };
    core.vault.keys.save(&core.store, &folder.join(RECOVERY_KEY))?;
    core.tell(Event::Recorded);
    Ok(true)
}

/// Brings the key back from a file that the person chooses. Gives whether it did.
#[tauri::command(async)]
pub fn vault_key_use(shell: State<'_, Shell>) -> Answer<bool> {
    let core = shell.core()?;
    let Some(file) = shell.choose_file() else { return Ok(false) };
    core.vault.keys.take(&core.store, &file)?;
    core.tell(Event::Recorded);
    Ok(true)
}

/// Seals with a new key from now on, because the one before is lost.
#[tauri::command(async)]
pub fn vault_key_new(shell: State<'_, Shell>) -> Answer<()> {
    let core = shell.core()?;
    core.vault.keys.replace_lost(&core.store)?;
    core.tell(Event::Recorded);
    Ok(())
}

/// Opens the key with its passphrase, until the window ends or [`vault_key_lock`].
#[tauri::command(async)]
pub fn vault_key_unlock(shell: State<'_, Shell>, arg: String) -> Answer<()> {
    bounds::text(&arg, bounds::LONGEST_PASSPHRASE)?;
    let core = shell.core()?;
    core.vault.keys.unlock(&arg)?;
    core.tell(Event::Recorded);
    Ok(())
}

/// Forgets the opened key.
#[tauri::command(async)]
pub fn vault_key_lock(shell: State<'_, Shell>) -> Answer<()> {
    let core = shell.core()?;
    core.vault.keys.lock();
    core.tell(Event::Recorded);
    Ok(())
}

/// Keeps the key at another place.
#[tauri::command(async)]
pub fn vault_key_keep(shell: State<'_, Shell>, arg: KeyKeep) -> Answer<()> {
    bounds::text(&arg.place, bounds::LONGEST_WORD)?;
    bounds::text(&arg.passphrase, bounds::LONGEST_PASSPHRASE)?;
    let core = shell.core()?;
    core.vault.keys.keep(&core.store, bounds::key_place(&arg.place)?, &arg.passphrase)?;
    core.tell(Event::Recorded);
    Ok(())
}

/// Decrypts and compares every sealed file.
#[tauri::command(async)]
pub fn vault_verify(shell: State<'_, Shell>) -> Answer<VaultVerified> {
    let core = shell.core()?;
    let mut found = VaultVerified { files: 0, wrong: 0 };
    vaulting::verify_all(&core, &mut |_, verdict| {
        found.files += 1;
        found.wrong += u64::from(*verdict != Verdict::Whole);
    })?;
    Ok(found)
}

/// Sets after how many days deleting is offered.
#[tauri::command(async)]
pub fn vault_clock_set(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    shell.core()?.store.write(move |tx| purge::set_clock_days(tx, arg))?;
    Ok(())
}
