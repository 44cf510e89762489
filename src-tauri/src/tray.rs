//! The tray: every action is in its menu, numbers and never a name.

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Wry};

use crate::shell::{Shell, WINDOW};
use crate::wire::Watching;

const ICON: Image<'_> = tauri::include_image!("../icons/tray/watching.png");
const ATTENTION: Image<'_> = tauri::include_image!("../icons/tray/attention.png");
const OPEN: &str = "open";
const STATUS: &str = "status";
const SWEEP: &str = "sweep";
const QUIT: &str = "quit";

/// The parts of the tray that change.
struct Tray {
    open: MenuItem<Wry>,
    status: MenuItem<Wry>,
    icon: tauri::tray::TrayIcon<Wry>,
    shown: std::sync::Mutex<Option<Line>>,
}

/// What the tray says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    waiting: u64,
    watching: Watching,
    sites: u64,
    problems: usize,
}

/// Puts the tray there, where the system has one. The library of the tray is opened at run time and its binding panics where it is missing;
/// the window works the same without a tray. Called before any other thread could be heard by the quiet panic hook.
pub fn set_up(app: &AppHandle) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(app)));
    std::panic::set_hook(hook);
    if let Ok(Ok(tray)) = built {
        app.manage(tray);
    }
}

fn build(app: &AppHandle) -> tauri::Result<Tray> {
    let open = MenuItem::with_id(app, OPEN, "Open inbox", true, None::<&str>)?;
    let status = MenuItem::with_id(app, STATUS, "Starting", false, None::<&str>)?;
    let sweep = MenuItem::with_id(app, SWEEP, "Sweep now", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&open, &status, &line, &sweep, &quit])?;
    let icon = TrayIconBuilder::new().icon(ICON).menu(&menu).on_menu_event(|app, event| act(app, event.id().as_ref())).build(app)?;
    Ok(Tray { open, status, icon, shown: std::sync::Mutex::new(None) })
}

fn act(app: &AppHandle, id: &str) {
    match id {
        OPEN => show_window(app),
        QUIT => app.exit(0),
        SWEEP => {
            let app = app.clone();
            // The home may still be opening; the menu must not wait for it. Beside another watching process there is nothing to sweep.
            tauri::async_runtime::spawn_blocking(move || drop(app.state::<Shell>().with_engine(|engine| engine.sweep_soon(None))));
        }
        _ => {}
    }
}

/// Brings the window to the front.
pub fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW) {
        // A window manager may refuse; the window is there all the same.
        drop(window.unminimize());
        drop(window.show());
        drop(window.set_focus());
    }
}

/// Says in the tray how things are, if that changed.
pub fn refresh(app: &AppHandle, shell: &Shell) {
    let Some(tray) = app.try_state::<Tray>() else { return };
    let Ok(line) = line(shell) else { return };
    let mut shown = tray.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if shown.replace(line) == Some(line) {
        return;
    }
    let waiting = match line.waiting {
        0 => "Open inbox".to_owned(),
        n => format!("Open inbox ({n} waiting)"),
    };
    let icon = if line.problems > 0 { ATTENTION } else { ICON };
    // A desktop that shows the old line for a while is no reason to stop.
    drop(tray.open.set_text(waiting));
    drop(tray.status.set_text(sentence(line)));
    drop(tray.icon.set_icon(Some(icon)));
}

fn line(shell: &Shell) -> crate::shell::Answer<Line> {
    let (core, watching) = (shell.core()?, shell.watching()?);
    let waiting = core.store.read(|connection| engine::store::inbox::counts(connection, core.clock.now_ms()))?.inbox;
    let overview = engine::engine::overview::overview(&core, watching == Watching::Here)?;
    // That only the practice list is there is no fault.
    let problems = overview.problems.iter().filter(|problem| problem.code != "practice_list_only").count();
    Ok(Line { waiting, watching, sites: overview.sites.len() as u64, problems })
}

fn sentence(line: Line) -> String {
    match (line.watching, line.problems, line.sites) {
        (Watching::No, ..) => "Not watching".to_owned(),
        (_, 1, _) => "One thing needs attention".to_owned(),
        (_, 2.., _) => format!("{} things need attention", line.problems),
        (Watching::Elsewhere, ..) => "Watched by another Gatehouse".to_owned(),
        (Watching::Here, _, 0) => "No site yet".to_owned(),
        (Watching::Here, _, 1) => "Watching 1 site".to_owned(),
        (Watching::Here, _, sites) => format!("Watching {sites} sites"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tray_says_the_worst_thing_first() {
        let well = Line { waiting: 3, watching: Watching::Here, sites: 2, problems: 0 };
        assert_eq!(sentence(well), "Watching 2 sites");
        assert_eq!(sentence(Line { problems: 1, ..well }), "One thing needs attention");
        assert_eq!(sentence(Line { watching: Watching::No, problems: 4, ..well }), "Not watching");
    }
}
