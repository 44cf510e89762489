//! The home itself: log, safe report, storage, removal.

use std::io::Write as _;

use engine::engine::{overview, safe_report, storage};
use engine::log::{self, Filter, Line, Place, What};
use engine::model::Shown;
use engine::{Code, Error};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{About, LogPage, LogQuery, LogRow, Removal, RemovalYes, Sandbox, StorageSize, Watching, WireError};

/// Most lines of one page of the log.
const MOST_LINES: u32 = 500;
/// Longest text that is looked for in the log, in characters.
const LONGEST_SEARCH: usize = 60;
/// Under which the program may be used.
const LICENCE: &str = env!("CARGO_PKG_LICENSE");

/// Lines of the log.
#[tauri::command(async)]
pub fn logs(shell: State<'_, Shell>, arg: LogQuery) -> Answer<LogPage> {
    bounds::number(arg.limit.into(), 1..=MOST_LINES.into())?;
    bounds::text(&arg.search, LONGEST_SEARCH)?;
    let before = arg.before.as_deref().map(Place::parse).transpose()?;
    let filter = Filter { level: arg.level.map(Into::into), search: arg.search };
    let page = log::page(&shell.core()?.home.logs(), &filter, before, arg.limit as usize)?;
    let rows = page.entries.iter().map(|entry| LogRow { at: entry.at, level: entry.level.into(), text: entry.text() }).collect();
    Ok(LogPage { rows, next: page.next.map(|place| place.to_string()) })
}

/// The safe report, to be read before it is saved.
#[tauri::command(async)]
pub fn report_safe(shell: State<'_, Shell>) -> Answer<String> {
    let core = shell.core()?;
    let about = safe_report::About { version: env!("CARGO_PKG_VERSION"), watches_here: shell.watching()? == Watching::Here };
    Ok(safe_report::text(&core, about)?)
}

/// Saves the safe report in a folder that the person chooses; gives the name of the file.
#[tauri::command(async)]
pub fn report_safe_save(shell: State<'_, Shell>) -> Answer<Option<String>> {
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let text = report_safe(shell.clone())?;
    let name = format!("gatehouse-safe-report-{}.txt", jiff::Zoned::now().strftime("%Y-%m-%d-%H%M%S"));
    let path = folder.join(&name);
    let mut file = std::fs::File::options().write(true).create_new(true).open(&path).map_err(Error::io(&path))?;
    file.write_all(text.as_bytes()).map_err(Error::io(&path))?;
    Ok(Some(name))
}

/// What the home takes on the disk.
#[tauri::command(async)]
pub fn storage_sizes(shell: State<'_, Shell>) -> Answer<Vec<StorageSize>> {
    Ok(storage::sizes(&shell.core()?.home).into_iter().map(Into::into).collect())
}

/// What would go with the home.
#[tauri::command(async)]
pub fn removal(shell: State<'_, Shell>) -> Answer<Removal> {
    let core = shell.core()?;
    let removal = storage::removal(&core)?;
    Ok(Removal {
        home_shown: Shown::of_folder(core.home.root()).elided(),
        sizes: removal.sizes.into_iter().map(Into::into).collect(),
        sealed: removal.sealed,
        held: removal.held.into_iter().map(engine::model::CaseId::get).collect(),
        unsealed: removal.unsealed,
    })
}

/// Removes the home and ends the program. The number of sealed files is typed by the person, so that nobody does it by a slip.
#[tauri::command(async)]
pub fn removal_do(shell: State<'_, Shell>, arg: RemovalYes) -> Answer<()> {
    let wanted = storage::removal(&*shell.core()?)?;
    if wanted.sealed != arg.files {
        return Err(WireError::new(Code::Refused, "The number of sealed files has changed. Look again."));
    }
    if !wanted.is_allowed() {
        return Err(WireError::new(Code::Held, "A hold runs, or files are not sealed yet."));
    }
    shell.remove_home()?;
    shell.app().exit(0);
    Ok(())
}

/// What the program is.
#[tauri::command(async)]
pub fn about(shell: State<'_, Shell>) -> Answer<About> {
    let core = shell.core()?;
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    Ok(About { sandbox: Sandbox::of(overview::sandbox(&core)?), licence: LICENCE.to_owned(), system })
}

/// The page is drawn for the first time.
#[tauri::command(async)]
pub fn page_ready(shell: State<'_, Shell>) -> Answer<()> {
    shell.log(Line::new(log::Level::Info, What::PageReady));
    Ok(())
}
