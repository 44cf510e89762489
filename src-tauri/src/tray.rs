//! The tray: every action is in its menu, states differ by shape, numbers and never a name.

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Wry};

use crate::glance::Glance;
use crate::shell::Shell;
use crate::wire::Watching;
use crate::words::Words;
use crate::{actions, desktop};

const OPEN: &str = "open";
const STATUS: &str = "status";
const SWEEP: &str = "sweep";
const PAUSE: &str = "pause";
const SELFTEST: &str = "selftest";
const STOP: &str = "stop";
const QUIT: &str = "quit";

/// The shapes of the icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Watching,
    Paused,
    Attention,
    Waiting,
}

impl Shape {
    const fn picture(self) -> Image<'static> {
        match self {
            Self::Watching => tauri::include_image!("../icons/tray/watching.png"),
            Self::Paused => tauri::include_image!("../icons/tray/paused.png"),
            Self::Attention => tauri::include_image!("../icons/tray/attention.png"),
            Self::Waiting => tauri::include_image!("../icons/tray/waiting.png"),
        }
    }
}

/// The parts of the tray that change, in the order of the menu.
struct Tray {
    open: MenuItem<Wry>,
    status: MenuItem<Wry>,
    sweep: MenuItem<Wry>,
    pause: MenuItem<Wry>,
    selftest: MenuItem<Wry>,
    stop: MenuItem<Wry>,
    quit: MenuItem<Wry>,
    icon: tauri::tray::TrayIcon<Wry>,
    shown: std::sync::Mutex<Option<Face>>,
}

/// What the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Face {
    shape: Shape,
    open: String,
    status: String,
    pause: &'static str,
    words: &'static Words,
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
    // The home, and with it the chosen language, is not open yet.
    let words = app.state::<Shell>().words(crate::wire::Language::System);
    let item = |id: &str, text: &str| MenuItem::with_id(app, id, text, id != STATUS, None::<&str>);
    let (open, status) = (item(OPEN, words.tray_open)?, item(STATUS, words.tray_starting)?);
    let (sweep, pause, selftest) = (item(SWEEP, words.tray_sweep)?, item(PAUSE, words.tray_pause)?, item(SELFTEST, words.tray_selftest)?);
    let (stop, quit) = (item(STOP, words.tray_stop)?, item(QUIT, words.tray_quit)?);
    let line = PredefinedMenuItem::separator(app)?;
    let last = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&open, &status, &line, &sweep, &pause, &selftest, &stop, &last, &quit])?;
    let icon = TrayIconBuilder::new()
        .icon(Shape::Watching.picture())
        .menu(&menu)
        .on_menu_event(|app, event| act(app, event.id().as_ref()))
        .build(app)?;
    Ok(Tray { open, status, sweep, pause, selftest, stop, quit, icon, shown: std::sync::Mutex::new(None) })
}

fn act(app: &AppHandle, id: &str) {
    let action = match id {
        OPEN => return desktop::show_window(app),
        QUIT => actions::quit,
        SWEEP => actions::sweep,
        PAUSE => actions::pause_or_resume,
        SELFTEST => actions::selftest,
        STOP => actions::stop_for_today,
        _ => return,
    };
    let app = app.clone();
    // The home may still be opening; the menu must not wait for it.
    tauri::async_runtime::spawn_blocking(move || action(&app));
}

/// Says in the tray how things are, if that changed.
pub fn refresh(app: &AppHandle, glance: &Glance, words: &'static Words) {
    let Some(tray) = app.try_state::<Tray>() else { return };
    let face = face(glance, words);
    let mut shown = tray.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if shown.as_ref() == Some(&face) {
        return;
    }
    let is_new_language = shown.as_ref().is_none_or(|shown| shown.words != words);
    let texts = [(&tray.open, face.open.as_str()), (&tray.status, &face.status), (&tray.pause, face.pause)];
    let fixed = [
        (&tray.sweep, words.tray_sweep),
        (&tray.selftest, words.tray_selftest),
        (&tray.stop, words.tray_stop),
        (&tray.quit, words.tray_quit),
    ];
    // A desktop that shows the old line for a while is no reason to stop.
    for (item, text) in texts.into_iter().chain(fixed.into_iter().filter(|_| is_new_language)) {
        drop(item.set_text(text));
    }
    if shown.as_ref().is_none_or(|shown| shown.shape != face.shape) {
        drop(tray.icon.set_icon(Some(face.shape.picture())));
    }
    *shown = Some(face);
}

fn face(glance: &Glance, words: &'static Words) -> Face {
    Face {
        shape: shape(glance),
        open: if glance.waiting == 0 { words.tray_open.to_owned() } else { words.tray_waiting.of(glance.waiting) },
        status: status(glance, words),
        pause: if glance.is_paused() { words.tray_resume } else { words.tray_pause },
        words,
    }
}

/// The shape that says most: something is wrong, then nothing is watched on purpose, then somebody waits.
fn shape(glance: &Glance) -> Shape {
    match () {
        () if glance.attention > 0 || glance.watching == Watching::No => Shape::Attention,
        () if glance.is_paused() => Shape::Paused,
        () if glance.waiting > 0 => Shape::Waiting,
        () => Shape::Watching,
    }
}

fn status(glance: &Glance, words: &'static Words) -> String {
    match (glance.watching, glance.attention, glance.sites) {
        (Watching::No, ..) => words.tray_not_watching.to_owned(),
        (_, 1.., _) => words.tray_attention.of(glance.attention),
        _ if glance.is_paused() => words.tray_paused.to_owned(),
        (Watching::Elsewhere, ..) => words.tray_elsewhere.to_owned(),
        (Watching::Here, _, 0) => words.tray_no_site.to_owned(),
        (Watching::Here, _, sites) => words.tray_watching.of(sites),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    fn words() -> &'static Words {
        words::of(crate::wire::Language::En, "")
    }

    #[test]
    fn the_tray_says_the_worst_thing_first() {
        let well = Glance { waiting: 0, watching: Watching::Here, sites: 2, paused: 0, attention: 0, ..Glance::default() };
        let table = [
            (well.clone(), Shape::Watching, "Watching 2 sites"),
            (Glance { waiting: 3, ..well.clone() }, Shape::Waiting, "Watching 2 sites"),
            (Glance { paused: 2, waiting: 3, ..well.clone() }, Shape::Paused, "Paused"),
            (Glance { paused: 1, ..well.clone() }, Shape::Watching, "Watching 2 sites"),
            (Glance { attention: 1, paused: 2, ..well.clone() }, Shape::Attention, "One thing needs attention"),
            (Glance { attention: 4, watching: Watching::No, ..well.clone() }, Shape::Attention, "Not watching"),
            (Glance { watching: Watching::Elsewhere, ..well.clone() }, Shape::Watching, "Watched by another Gatehouse"),
            (Glance { sites: 0, ..well }, Shape::Watching, "No site yet"),
        ];
        for (glance, shape, text) in table {
            let face = face(&glance, words());
            assert_eq!((face.shape, face.status.as_str()), (shape, text), "{glance:?}");
        }
    }

    #[test]
    fn the_menu_offers_what_can_be_done_now() {
        let paused = Glance { waiting: 12, watching: Watching::Here, sites: 1, paused: 1, ..Glance::default() };
        let shown = face(&paused, words());
        assert_eq!((shown.pause, shown.open.as_str()), ("Resume", "Open inbox (12 waiting)"));
        assert_eq!(face(&Glance { paused: 0, ..paused }, words()).pause, "Pause for 1 hour");
    }
}
