//! Notifications of the desktop, by its own interface on the session bus: the bus library is there already for the single instance, a refusal is
//! heard (a plugin answers "shown" where nobody shows anything), and nothing is injected into the page.

use engine::engine::digest::{Fault, Told};
use engine::log::{Level, Line, What};
use tauri::{AppHandle, Manager as _};

use crate::shell::Shell;
use crate::words::Words;

/// The sentence of what is told: numbers, never a name.
pub fn sentence(told: Told, words: &Words) -> String {
    match told {
        Told::Cases(count) => words.notify_cases.of(count),
        Told::Fault(Fault::NotWatched) => words.notify_not_watched.to_owned(),
        Told::Fault(Fault::NotSealed | Fault::Vault) => words.notify_vault.to_owned(),
        Told::Fault(Fault::List) => words.notify_list.to_owned(),
        Told::HoldsEnding(count) => words.notify_holds.of(count),
    }
}

/// Shows one. Without a desktop that shows them, the log says so.
pub fn show(app: &AppHandle, text: &str) {
    let what = if send(text).is_ok() { Line::new(Level::Info, What::Notified) } else { Line::new(Level::Warn, What::NotNotified) };
    app.state::<Shell>().log(what);
}

#[cfg(target_os = "linux")]
fn send(text: &str) -> zbus::Result<()> {
    use std::collections::HashMap;

    /// The desktop decides for how long it is shown.
    const AS_USUAL: i32 = -1;
    let hints = HashMap::from([("desktop-entry", zbus::zvariant::Value::from("gatehouse-desktop"))]);
    let body = ("Gatehouse", 0u32, "gatehouse-desktop", "Gatehouse", text, Vec::<&str>::new(), hints, AS_USUAL);
    let bus = zbus::blocking::Connection::session()?;
    let place = "org.freedesktop.Notifications";
    bus.call_method(Some(place), "/org/freedesktop/Notifications", Some(place), "Notify", &body).map(drop)
}

#[cfg(not(target_os = "linux"))]
fn send(_text: &str) -> Result<(), ()> {
    Err(())
}

/// Whether a desktop shows tray icons: an icon that nobody shows would leave a hidden window without a way back.
#[cfg(target_os = "linux")]
pub fn has_tray() -> bool {
    let ask = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let answer = bus.call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus"),
            "NameHasOwner",
            &"org.kde.StatusNotifierWatcher",
        )?;
        answer.body().deserialize()
    };
    ask().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
pub fn has_tray() -> bool {
    true
}
