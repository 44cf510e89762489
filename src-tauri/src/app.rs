//! The window: builder, plugins, navigation, tray, and the end.

use std::process::ExitCode;

use engine::log::{Level, Line, What};
use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, Manager as _, RunEvent, Url, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tokio::signal::unix::{SignalKind, signal};

use crate::shell::{Shell, WINDOW};
use crate::start::{self, Start};
use crate::{commands, desktop, leaving, notification, push, tray};

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
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _directory| desktop::show_window(app)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().with_state_flags(geometry).build())
        .on_window_event(|window, event| window_event(window.app_handle(), event))
        .invoke_handler(commands::handler())
        .setup(move |app| set_up(app, start))
        .build(tauri::generate_context!())?;
    Ok(app)
}

fn set_up(app: &mut App, start: Start) -> Result<(), Box<dyn std::error::Error>> {
    let handle = app.handle().clone();
    let (is_private, is_background) = (!start.is_driven, start.background);
    app.manage(Shell::new(handle.clone(), start));
    tray::set_up(&handle);
    let windows = &app.config().app.windows;
    let config = windows.iter().find(|window| window.label == WINDOW).ok_or("tauri.conf.json has no window `main`")?;
    let window = WebviewWindowBuilder::from_config(&handle, config)?
        .visible(!is_background)
        .incognito(is_private)
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    desktop::pull_back(&window);
    desktop::follow_page(&handle, &window)?;
    if is_background && !notification::has_tray() {
        // Nothing could bring a hidden window back here.
        window.minimize()?;
        window.show()?;
    }
    handle.state::<Shell>().log(Line::new(Level::Info, What::WindowOpened));
    [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].into_iter().for_each(|kind| end_on(&handle, kind));
    // The window is there while the home opens; every command waits for it.
    tauri::async_runtime::spawn_blocking(move || push::run(&handle));
    Ok(())
}

/// Closing asks or goes to the background; the focus decides whether anything is told outside the window.
fn window_event(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            let app = app.clone();
            // What is asked depends on the home, which may still be opening.
            tauri::async_runtime::spawn_blocking(move || leaving::close(&app));
        }
        WindowEvent::Focused(is_focused) => app.state::<Shell>().focus(*is_focused),
        _ => {}
    }
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
