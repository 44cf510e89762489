//! Health, sites, the self-test.

use engine::Engine;
use engine::engine::siting::{self, Wanted};
use engine::engine::{overview, selftest as testing};
use engine::model::SiteId;
use engine::store::sites as stored;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{self, ChosenFolder, Health, SelfTest, SiteAdd, SitePause, SiteRow, Watching, convert};

/// Longest pause: a week, in minutes.
const LONGEST_PAUSE: i64 = 7 * 24 * 60;
/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

/// The health strip.
#[tauri::command(async)]
pub fn health(shell: State<'_, Shell>) -> Answer<Health> {
    Ok(convert::health(&*shell.core()?, shell.watching()?)?)
}

/// Every site.
#[tauri::command(async)]
pub fn sites(shell: State<'_, Shell>) -> Answer<Vec<SiteRow>> {
    let (core, watching) = (shell.core()?, shell.watching()?);
    let rows = overview::site_views(&core)?.iter().map(|view| convert::site_row(&core, view, watching)).collect::<engine::Result<_>>()?;
    Ok(rows)
}

fn row(shell: &Shell, id: SiteId) -> Answer<SiteRow> {
    let core = shell.core()?;
    Ok(convert::site_row(&core, &overview::site_view(&core, id)?, shell.watching()?)?)
}

/// Lets the person choose a folder and looks it over.
#[tauri::command(async)]
pub fn site_choose(shell: State<'_, Shell>) -> Answer<Option<ChosenFolder>> {
    let core = shell.core()?;
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let found = siting::fit(&core, &folder, false).map(|root| siting::survey(&core, &root));
    let guess = match &found {
        Ok(_) => Some(wire::presets::guess(&core, &folder, siting::guess_preset(&core, &folder)?)),
        Err(_) => None,
    };
    let token = shell.keep_folder(folder.clone());
    Ok(Some(convert::chosen_folder(token, &folder, found, guess)))
}

/// Makes the chosen folder a site.
#[tauri::command(async)]
pub fn site_add(shell: State<'_, Shell>, arg: SiteAdd) -> Answer<SiteRow> {
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    bounds::optional(arg.preset.as_deref(), bounds::LONGEST_NAME)?;
    let wanted = Wanted {
        folder: shell.folder(arg.token)?,
        name: Some(arg.name),
        mode: arg.mode.into(),
        preset: arg.preset,
        level: None,
        take_down: arg.take_down.map(Into::into),
        practice: false,
    };
    let site = siting::add(&shell.core()?, &wanted)?;
    shell.forget_folder();
    shell.with_engine(Engine::sites_changed)?;
    row(&shell, site.id)
}

/// Stops watching a site.
#[tauri::command(async)]
pub fn site_remove(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let core = shell.core()?;
    let known = overview::site_view(&core, SiteId::new(arg))?;
    siting::remove(&core, known.state.site.id)?;
    shell.with_engine(Engine::sites_changed)
}

/// Asks for a sweep.
#[tauri::command(async)]
pub fn site_sweep(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let known = overview::site_view(&*shell.core()?, SiteId::new(arg))?;
    shell.with_engine(|engine| engine.sweep_soon(Some(known.state.site.id)))
}

/// Pauses a site, or ends its pause.
#[tauri::command(async)]
pub fn site_pause(shell: State<'_, Shell>, arg: SitePause) -> Answer<()> {
    bounds::number(arg.minutes, 0..=LONGEST_PAUSE)?;
    let core = shell.core()?;
    let site = overview::site_view(&core, SiteId::new(arg.site))?.state.site.id;
    core.store.write(move |tx| stored::pause(tx, site, (arg.minutes > 0).then(|| tx.now + arg.minutes * MINUTE_MS)))?;
    shell.with_engine(Engine::sites_changed)
}

/// Follows a practice picture through a site to the inbox.
#[tauri::command(async)]
pub fn selftest(shell: State<'_, Shell>, arg: i64) -> Answer<SelfTest> {
    let core = shell.core()?;
    let site = overview::site_view(&core, SiteId::new(arg))?.state.site;
    let is_watched = shell.watching()? != Watching::No;
    let test = testing::run(&core, &site, is_watched)?;
    Ok(wire::convert::self_test_of(&test, &site))
}
