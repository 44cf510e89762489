//! Start, settings, first run, practice.

use engine::engine::{overview, practice};
use engine::lists::download::schedule::QuietHours;
use engine::model::Shown;
use engine::store::{persons, settings, sites};
use engine::{Code, Core};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tauri::State;

use super::bounds;
use crate::leaving;
use crate::shell::{Answer, Shell};
use crate::wire::{AppState, CaseGrouping, Density, Language, Leave, LeaveAnswered, OnClose, Settings, SiteRow, Theme, WireError, convert};

/// The last step of the first run.
const LAST_STEP: i64 = 9;
/// Characters of the table of changed keys.
const LONGEST_KEYS: usize = 4_000;

/// What the page needs before anything else.
#[tauri::command(async)]
pub fn app_state(shell: State<'_, Shell>) -> Answer<AppState> {
    let core = shell.core()?;
    let sites = core.store.read(sites::all)?;
    // Whoever set up a site in a terminal is not asked again, unless the first run was begun here.
    let is_set_up = stored(&core, "first_run_step", 0)? == 0 && sites.iter().any(|state| !state.site.practice);
    Ok(AppState {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        home_shown: Shown::of_folder(core.home.root()).elided(),
        first_run_done: is_set_up || stored(&core, "first_run_done", false)?,
        first_run_step: stored(&core, "first_run_step", 1)?,
        has_practice: sites.iter().any(|state| state.site.practice),
        settings: shell_settings(&shell, &core)?,
        stopped_unexpectedly_at: shell.stopped_unexpectedly_at(),
    })
}

/// Changes the settings.
#[tauri::command(async)]
pub fn settings_set(shell: State<'_, Shell>, arg: Settings) -> Answer<Settings> {
    bounds::number(arg.undo_seconds, 1..=300)?;
    bounds::number(arg.text_percent, 100..=200)?;
    bounds::text(&arg.person, bounds::LONGEST_NAME)?;
    bounds::number(arg.press_seconds, 3..=10)?;
    bounds::number(i64::from(arg.outline_strength), 0..=2)?;
    bounds::number(arg.break_minutes, 0..=90)?;
    bounds::text(&arg.keys, LONGEST_KEYS)?;
    if !arg.notify_quiet.is_empty() && QuietHours::parse(&arg.notify_quiet).is_none() {
        return Err(WireError::new(Code::BadArgument, "quiet hours"));
    }
    let core = shell.core()?;
    start_at_login(&shell, arg.autostart)?;
    let values = [
        ("language", word(&arg.language)),
        ("theme", word(&arg.theme)),
        ("density", word(&arg.density)),
        ("undo_seconds", word(&arg.undo_seconds)),
        ("single_keys", word(&arg.single_keys)),
        ("text_percent", word(&arg.text_percent)),
        ("announce_arrivals", word(&arg.announce_arrivals)),
        ("two_presses", word(&arg.two_presses)),
        ("press_seconds", word(&arg.press_seconds)),
        ("outline_strength", word(&arg.outline_strength)),
        ("break_minutes", word(&arg.break_minutes)),
        ("keys", word(&arg.keys)),
        ("on_close", word(&arg.on_close)),
        ("notify_cases", word(&arg.notify_cases)),
        ("notify_faults", word(&arg.notify_faults)),
        ("notify_holds", word(&arg.notify_holds)),
        ("notify_quiet", word(&arg.notify_quiet)),
        ("group", word(&arg.group)),
    ];
    core.store.write(move |tx| {
        persons::introduce(tx, &arg.person)?;
        values.iter().try_for_each(|(key, value)| settings::set(tx, key, value))
    })?;
    Ok(shell_settings(&shell, &core)?)
}

/// The settings, with the one that the desktop keeps.
fn shell_settings(shell: &Shell, core: &Core) -> engine::Result<Settings> {
    let autostart = shell.autostart();
    Ok(Settings { autostart: autostart.is_possible().then(|| autostart.is_on()), ..read_settings(core)? })
}

fn start_at_login(shell: &Shell, wanted: Option<bool>) -> Answer<()> {
    let autostart = shell.autostart();
    let Some(wanted) = wanted.filter(|wanted| autostart.is_possible() && *wanted != autostart.is_on()) else { return Ok(()) };
    autostart.set(wanted).map_err(|error| engine::Error::io(std::path::Path::new("autostart"))(error).into())
}

/// The question that stands before the window closes or the program ends.
#[tauri::command(async)]
pub fn leave(shell: State<'_, Shell>) -> Answer<Option<Leave>> {
    leaving::read(&shell)
}

/// Its answer.
#[tauri::command(async)]
pub fn leave_answer(shell: State<'_, Shell>, arg: LeaveAnswered) -> Answer<()> {
    leaving::answer(shell.app(), &shell, &arg)
}

/// Remembers how far the first run has come.
#[tauri::command(async)]
pub fn first_run_step(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    bounds::number(arg, 0..=LAST_STEP)?;
    Ok(shell.core()?.store.write(move |tx| settings::set(tx, "first_run_step", &word(&arg)))?)
}

/// The first run is over.
#[tauri::command(async)]
pub fn first_run_finish(shell: State<'_, Shell>) -> Answer<()> {
    Ok(shell.core()?.store.write(|tx| settings::set(tx, "first_run_done", &word(&true)))?)
}

/// Makes the practice site with its pictures.
#[tauri::command(async)]
pub fn practice_start(shell: State<'_, Shell>) -> Answer<SiteRow> {
    let core = shell.core()?;
    let site = practice::start(&core)?;
    shell.with_engine(engine::Engine::sites_changed)?;
    Ok(convert::site_row(&core, &overview::site_view(&core, site.id)?, shell.watching()?)?)
}

/// Ends practice.
#[tauri::command(async)]
pub fn practice_end(shell: State<'_, Shell>) -> Answer<()> {
    practice::end(&*shell.core()?)?;
    shell.with_engine(engine::Engine::sites_changed)
}

/// What a person set in this home. What the desktop keeps is not in it.
pub fn read_settings(core: &Core) -> engine::Result<Settings> {
    Ok(Settings {
        language: stored(core, "language", Language::System)?,
        theme: stored(core, "theme", Theme::System)?,
        density: stored(core, "density", Density::Comfortable)?,
        undo_seconds: core.store.read(settings::undo_seconds)?,
        single_keys: stored(core, "single_keys", true)?,
        person: core.store.read(settings::person)?,
        text_percent: stored(core, "text_percent", 100)?,
        announce_arrivals: stored(core, "announce_arrivals", false)?,
        two_presses: stored(core, "two_presses", false)?,
        press_seconds: stored(core, "press_seconds", 5)?,
        outline_strength: stored(core, "outline_strength", 1)?,
        break_minutes: stored(core, "break_minutes", 50)?,
        keys: core.store.read(|connection| settings::get(connection, "keys"))?.unwrap_or_default(),
        on_close: stored(core, "on_close", OnClose::Ask)?,
        autostart: None,
        notify_cases: stored(core, "notify_cases", true)?,
        notify_faults: stored(core, "notify_faults", true)?,
        notify_holds: stored(core, "notify_holds", true)?,
        notify_quiet: stored(core, "notify_quiet", String::new())?,
        group: stored(core, "group", CaseGrouping::None)?,
    })
}

/// A setting as a word: what JSON writes, without quotes.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(value) => value.to_string(),
        Err(_) => String::new(),
    }
}

/// A stored setting, or `otherwise` if it is missing or from another version.
fn stored<T: DeserializeOwned>(core: &Core, key: &str, otherwise: T) -> engine::Result<T> {
    let text = core.store.read(|connection| settings::get(connection, key))?;
    let parse = |text: String| serde_json::from_str(&text).or_else(|_| serde_json::from_value(text.into())).ok();
    Ok(text.and_then(parse).unwrap_or(otherwise))
}
