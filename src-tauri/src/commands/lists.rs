//! Hash lists: look before it counts, import, back, removal.

use engine::engine::{listing, overview};
use engine::model::ListId;
use engine::store::lists as stored;
use engine::{Code, Core};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, ChosenList, Shell};
use crate::wire::{
    AskKind, ImportAnswers, ImportPreview, Imported, ListRollBack, ListRow, ListVersionRow, RejectedRecord, WireError, convert,
};

/// Rejected records that a preview names.
const REJECTED_SHOWN: usize = 100;

/// Every list.
#[tauri::command(async)]
pub fn lists(shell: State<'_, Shell>) -> Answer<Vec<ListRow>> {
    Ok(overview::list_views(&*shell.core()?)?.into_iter().map(Into::into).collect())
}

/// Lets the person choose a list file and reads it.
#[tauri::command(async)]
pub fn list_choose(shell: State<'_, Shell>) -> Answer<Option<ImportPreview>> {
    let core = shell.core()?;
    let Some(file) = shell.choose_file() else { return Ok(None) };
    let kept = shell.keep_list(&core, &file)?;
    kept.as_ref().map(|chosen| preview(&core, chosen)).transpose()
}

/// Reads the chosen list file with other answers.
#[tauri::command(async)]
pub fn list_preview(shell: State<'_, Shell>, arg: ImportAnswers) -> Answer<ImportPreview> {
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    let core = shell.core()?;
    let chosen = shell.take_list(&core, &arg)?;
    let shown = preview(&core, &chosen);
    shell.put_list_back(chosen);
    shown
}

/// Imports the chosen list file.
#[tauri::command(async)]
pub fn list_import(shell: State<'_, Shell>, arg: ImportAnswers) -> Answer<Imported> {
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    let core = shell.core()?;
    let chosen = shell.take_list(&core, &arg)?;
    if let Some(open) = what_is_open(&chosen, arg.anyway) {
        shell.put_list_back(chosen);
        return Err(open);
    }
    let entries = chosen.prepared.import.report.entries;
    let now_matching = listing::effect(&core, &chosen.prepared)?.now_matching;
    let (imported, _) = listing::commit(&core, chosen.prepared, arg.anyway)?;
    core.tell(engine::Event::Recorded);
    Ok(Imported { list: imported.list.id.get(), name: convert::shown(&imported.list.name), seq: imported.seq, entries, now_matching })
}

/// What the engine would refuse the import for; asked before, because a refusal takes the chosen file with it. The word of the question or of
/// the guard goes with the code.
fn what_is_open(chosen: &ChosenList, anyway: bool) -> Option<WireError> {
    let question = chosen.prepared.questions().first().map(|question| WireError::new(Code::Question, question.as_str()));
    let guard = chosen.prepared.guards.first().filter(|_| !anyway).map(|guard| WireError::new(Code::Guard, guard.as_str()));
    question.or(guard)
}

fn preview(core: &Core, chosen: &ChosenList) -> Answer<ImportPreview> {
    let prepared = &chosen.prepared;
    let (import, report) = (&prepared.import, &prepared.import.report);
    let effect = listing::effect(core, prepared)?;
    let rejected_records = report.rejected_records.iter().take(REJECTED_SHOWN).map(|record| RejectedRecord {
        record: record.record,
        reason: record.reason.to_owned(),
        detail: convert::shown(&record.detail),
    });
    Ok(ImportPreview {
        token: chosen.token,
        file_shown: convert::shown(&prepared.taken.shown_name),
        size: prepared.taken.size(),
        format: import.format.as_str().to_owned(),
        why: convert::shown(&import.why),
        name_proposal: convert::shown(&prepared.name),
        next_version_of: prepared.next_version_of.as_ref().map(|list| list.id.get()),
        entries: report.entries,
        can_match: report.can_match,
        added: prepared.difference.added.len() as u64,
        duplicate: report.duplicate,
        skipped: convert::counts_of(report.skipped.iter().map(|(name, count)| (*name, *count))),
        rejected: convert::counts_of(report.rejected.iter().map(|(name, count)| (*name, *count))),
        rejected_records: rejected_records.collect(),
        never_alert: report.never_alert,
        low_quality: report.low_quality,
        kinds: convert::counts_of(report.signals.iter().map(|(name, count)| (*name, *count))),
        withdrawn: prepared.difference.withdrawn.len() as u64,
        changed: prepared.difference.changed.len() as u64,
        ask_harm: chosen.asks_harm,
        ask_polarity: chosen.asks_polarity,
        ask_kind: chosen.hex.map(|hex| AskKind { n: hex.n, k: hex.k, proposal: hex.proposal.and_then(convert::hash_kind) }),
        guards: prepared.guards.iter().map(|guard| guard.as_str().to_owned()).collect(),
        now_matching: effect.now_matching,
        oldest_match: effect.oldest,
        contents: effect.contents,
    })
}

/// The versions of a list, newest first.
#[tauri::command(async)]
pub fn list_versions(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<ListVersionRow>> {
    let id = ListId::new(arg);
    let (list, versions) = shell.core()?.store.read(|connection| Ok((stored::get(connection, id)?, stored::versions(connection, id)?)))?;
    Ok(versions.into_iter().map(|version| convert::list_version(version, list.active_seq)).collect())
}

/// Makes another version answer.
#[tauri::command(async)]
pub fn list_roll_back(shell: State<'_, Shell>, arg: ListRollBack) -> Answer<()> {
    let core = shell.core()?;
    listing::roll_back(&core, known(&core, arg.list)?, arg.seq)?;
    Ok(())
}

/// Takes a list out of use.
#[tauri::command(async)]
pub fn list_remove(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let core = shell.core()?;
    listing::remove(&core, known(&core, arg)?)?;
    Ok(())
}

/// A list that was not removed.
fn known(core: &Core, id: i64) -> engine::Result<ListId> {
    let all = core.store.read(stored::all)?;
    let found = all.iter().find(|list| list.id.get() == id).map(|list| list.id);
    found.ok_or_else(|| engine::Error::NotFound { what: "list", name: id.to_string() })
}
