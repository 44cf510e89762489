//! What a site runs, what is left to do on servers, which files are part of a case.

use engine::Engine;
use engine::engine::{folding, mapping, overview, siting, todoing};
use engine::model::{CaseId, SiteId, UploadId};
use engine::{Code, Error};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{CaseFile, SiteChange, SiteSoftware, TodoPick, TodoRow, TodoTick, presets};

/// What a site runs.
#[tauri::command(async)]
pub fn site_software(shell: State<'_, Shell>, arg: i64) -> Answer<SiteSoftware> {
    Ok(presets::software(&*shell.core()?, arg)?)
}

/// Changes a site, and gives how many names are read in another way than before.
#[tauri::command(async)]
pub fn site_change(shell: State<'_, Shell>, arg: SiteChange) -> Answer<u64> {
    bounds::optional(arg.name.as_deref(), bounds::LONGEST_NAME)?;
    bounds::optional(arg.preset.as_deref(), bounds::LONGEST_NAME)?;
    let core = shell.core()?;
    let site = overview::site_view(&core, SiteId::new(arg.site))?.state.site;
    let sorted = siting::change(&core, &site, &presets::change(arg))?;
    shell.with_engine(Engine::sites_changed)?;
    Ok(sorted)
}

/// Lets the person choose a map file and takes it. False if they changed their mind.
#[tauri::command(async)]
pub fn site_map_choose(shell: State<'_, Shell>, arg: i64) -> Answer<bool> {
    let core = shell.core()?;
    let site = overview::site_view(&core, SiteId::new(arg))?.state.site;
    let Some(file) = shell.choose_file() else { return Ok(false) };
    mapping::attach(&core, &site, &file)?;
    Ok(true)
}

/// Forgets the map file of a site.
#[tauri::command(async)]
pub fn site_map_forget(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let core = shell.core()?;
    let site = overview::site_view(&core, SiteId::new(arg))?.state.site;
    mapping::forget(&core, &site)?;
    Ok(())
}

/// The to-dos of a case.
#[tauri::command(async)]
pub fn case_todos(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<TodoRow>> {
    Ok(presets::todos(&*shell.core()?, arg)?)
}

/// Ticks a step, or takes the tick away.
#[tauri::command(async)]
pub fn todo_tick(shell: State<'_, Shell>, arg: TodoTick) -> Answer<()> {
    bounds::text(&arg.step, bounds::LONGEST_NAME)?;
    todoing::tick(&shell.core()?, CaseId::new(arg.case), arg.todo, &arg.step, arg.on)?;
    Ok(())
}

/// It was done on the server, or nothing else is needed.
#[tauri::command(async)]
pub fn todo_done(shell: State<'_, Shell>, arg: TodoPick) -> Answer<()> {
    todoing::done(&*shell.core()?, CaseId::new(arg.case), arg.todo)?;
    Ok(())
}

/// Writes the sheet of a to-do into a folder that the person chooses, and gives the name of the file.
#[tauri::command(async)]
pub fn todo_sheet(shell: State<'_, Shell>, arg: TodoPick) -> Answer<Option<String>> {
    let core = shell.core()?;
    let found = todoing::of_case(&core, CaseId::new(arg.case))?.into_iter().find(|view| view.row.id == arg.todo);
    let view = found.ok_or_else(|| Error::refused(Code::NotFound, "This to-do does not exist."))?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let name = presets::sheet_name(&view);
    todoing::write_sheet(&view, &folder.join(&name))?;
    Ok(Some(format!("{}/{name}", presets::folder_shown(&folder))))
}

/// Makes a file that looks like part of a case part of it.
#[tauri::command(async)]
pub fn case_include(shell: State<'_, Shell>, arg: CaseFile) -> Answer<()> {
    folding::include(&shell.core()?, CaseId::new(arg.case), UploadId::new(arg.upload))?;
    Ok(())
}

/// Splits a file off a case, and gives the case that it has now.
#[tauri::command(async)]
pub fn case_split(shell: State<'_, Shell>, arg: CaseFile) -> Answer<Option<i64>> {
    Ok(folding::split_off(&shell.core()?, CaseId::new(arg.case), UploadId::new(arg.upload))?.map(CaseId::get))
}
