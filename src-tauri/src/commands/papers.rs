//! Papers: signed exports, tables, statements, the hand-over page. Folders and files are chosen in the system's dialogs; the page learns names only.

use std::path::{Path, PathBuf};

use engine::engine::papers;
use engine::engine::recording;
use engine::model::{CaseId, Shown, SiteId};
use engine::record::table::Tab;
use engine::store::ledger::Filter;
use engine::store::sites;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{FileVerdict, StatementWrite, TableForm, TableWrite, Written};

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| Shown::of_path(name.as_ref()).elided())
}

fn written(files: &[PathBuf], rows: u64) -> Written {
    Written { files: files.iter().map(|file| name(file)).collect(), rows, words: None }
}

/// A name that is free in the folder: the first of `stem.ending`, `stem-2.ending`, …
fn free(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let numbered = |n: u32| folder.join(if n == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{n}.{ending}") });
    (1..).map(numbered).find(|file| !file.exists()).unwrap_or_else(|| numbered(1))
}

/// Today, for names of files.
fn today(core: &engine::Core) -> String {
    engine::record::when::day(core.clock.now_ms())
}

/// Writes the ledger, or the rows of one case, signed, into a folder that the person chooses. `None` if they changed their mind.
#[tauri::command(async)]
pub fn ledger_export(shell: State<'_, Shell>, arg: Option<i64>) -> Answer<Option<Written>> {
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let stem =
        arg.map_or_else(|| format!("gatehouse-ledger-{}", today(&core)), |case| format!("gatehouse-ledger-case-{case}-{}", today(&core)));
    let made = recording::export(&core, &free(&folder, &stem, "jsonl"), arg.map(CaseId::new), None)?;
    Ok(Some(Written { words: Some(made.key.words().join(" ")), ..written(&made.files, made.rows) }))
}

/// Checks an export that the person chooses.
#[tauri::command(async)]
pub fn ledger_verify_file(shell: State<'_, Shell>) -> Answer<Option<FileVerdict>> {
    let core = shell.core()?;
    let Some(file) = shell.choose_file() else { return Ok(None) };
    Ok(Some(FileVerdict::of(name(&file), &recording::verify_file(&core, &file, None)?)))
}

/// Writes rows of the record as a table.
#[tauri::command(async)]
pub fn table_write(shell: State<'_, Shell>, arg: TableWrite) -> Answer<Option<Written>> {
    bounds::optional(arg.person.as_deref(), bounds::LONGEST_NAME)?;
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let ending = if arg.form == TableForm::Csv { "csv" } else { "json" };
    let file = free(&folder, &format!("gatehouse-record-{}", today(&core)), ending);
    let filter = Filter { verbs: Tab::from(arg.filter).verbs().to_vec(), from: arg.from, to: arg.to, person: arg.person };
    let rows = recording::table(&core, &file, arg.form.into(), &filter, !arg.leave_out_names)?;
    Ok(Some(written(&[file], rows)))
}

/// Writes the monthly statement of a site.
#[tauri::command(async)]
pub fn statement_write(shell: State<'_, Shell>, arg: StatementWrite) -> Answer<Option<Written>> {
    bounds::text(&arg.month, bounds::LONGEST_WORD)?;
    let core = shell.core()?;
    let site = core.store.read(|connection| sites::get(connection, SiteId::new(arg.site)))?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    Ok(Some(written(&papers::statement(&core, &site, Some(&arg.month), &folder)?, 0)))
}

/// Writes the counts of all sites over so many months.
#[tauri::command(async)]
pub fn transparency_write(shell: State<'_, Shell>, arg: u32) -> Answer<Option<Written>> {
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    Ok(Some(written(&papers::transparency(&core, arg, &folder)?, 0)))
}

/// Writes the page for whoever takes over.
#[tauri::command(async)]
pub fn handover_write(shell: State<'_, Shell>) -> Answer<Option<Written>> {
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let file = papers::handover(&core, &free(&folder, &format!("hand-over-{}", today(&core)), "html"))?;
    Ok(Some(written(&[file], 0)))
}
