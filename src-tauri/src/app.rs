//! The window: builder, plugins, navigation, tray, and the end.

use std::process::ExitCode;

use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, Manager as _, RunEvent, Url, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;
use tokio::signal::unix::{SignalKind, signal};

use crate::shell::{Shell, WINDOW};
use crate::start::{self, Start};
use crate::{commands, push, tray};

/// Commands that may be at work at the same time. Most take milliseconds; an import, a self-test and an open dialog each keep one for long.
/// Fewer would let these few stop the rest; each costs one idle thread.
const COMMANDS_AT_ONCE: usize = 16;

/// Opens the window and returns when it is closed.
pub fn run(start: Start) -> ExitCode {
    match build(start) {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event {
                    app.state::<Shell>().close();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            if is_handed_to_nobody(&error) {
                start::once_more();
            }
            start::refuse(format!("The window could not be opened: {error}. Nothing was changed."))
        }
    }
}

/// Whether this start was to be handed to a window that is just ending: it still has its name on the bus, and answers no more.
fn is_handed_to_nobody(error: &tauri::Error) -> bool {
    matches!(error, tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance")
}

fn build(start: Start) -> tauri::Result<App> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(COMMANDS_AT_ONCE)
        .thread_name("gatehouse-command")
        .enable_all()
        .build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    // It serves until the process ends; ending it earlier would wait for an open dialog.
    std::mem::forget(runtime);
    let geometry = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let app = tauri::Builder::default()
        // First, so that a second start ends before it opens anything.
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _directory| tray::show_window(app)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().with_state_flags(geometry).build())
        .invoke_handler(commands::handler())
        .setup(move |app| set_up(app, start))
        .build(tauri::generate_context!())?;
    Ok(app)
}

fn set_up(app: &mut App, start: Start) -> Result<(), Box<dyn std::error::Error>> {
    let handle = app.handle().clone();
    let is_private = !start.is_driven;
    app.manage(Shell::new(handle.clone(), start));
    tray::set_up(&handle);
    let windows = &app.config().app.windows;
    let config = windows.iter().find(|window| window.label == WINDOW).ok_or("tauri.conf.json has no window `main`")?;
    WebviewWindowBuilder::from_config(&handle, config)?
        .incognito(is_private)
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].into_iter().for_each(|kind| end_on(&handle, kind));
    // The window is there while the home opens; every command waits for it.
    tauri::async_runtime::spawn_blocking(move || push::run(&handle));
    Ok(())
}

/// Ends cleanly when the system says so, as at the end of a session.
fn end_on(app: &AppHandle, kind: SignalKind) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // Without it the signal ends the program at once; what it was doing is taken up at the next start.
        let Ok(mut told) = signal(kind) else { return };
        if told.recv().await.is_some() {
            app.exit(0);
        }
    });
}

/// Whether an address is the page itself; nothing else is ever shown.
fn is_own(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    match address.scheme() {
        "tauri" => host == "localhost",
        // Where the web view knows no schemes of its own (Windows).
        "https" => cfg!(windows) && host == "tauri.localhost",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_is_shown() {
        let own = |address: &str| is_own(&address.parse().unwrap());
        assert!(own("tauri://localhost") && own("tauri://localhost/index.html#x"));
        for other in [
            "https://example.org/",
            "http://tauri.localhost/",
            "file:///etc/passwd",
            "tauri://elsewhere/",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!own(other), "{other} is not ours");
        }
    }
}
