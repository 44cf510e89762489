//! The window as the desktop knows it: shown and hidden, in the background, back on the screen, and back after its page was lost.

use engine::log::{Level, Line, What};
use tauri::{AppHandle, Manager as _, PhysicalPosition, PhysicalSize, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons};

use crate::notification;
use crate::shell::{Shell, WINDOW};

/// What has to be visible of the upper edge of a window, so that a person can take hold of it, in pixels.
const GRIP: (i32, i32) = (120, 40);

/// Brings the window to the front, with a page in it.
pub fn show_window(app: &AppHandle) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    // A window manager may refuse; the window is there all the same.
    drop(window.unminimize());
    drop(window.show());
    drop(window.set_focus());
    if app.state::<Shell>().take_page_lost() {
        open_again(app, &window);
    }
}

/// Puts the window into the background: into the tray, or where there is none, minimised.
pub fn hide_window(app: &AppHandle) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    drop(if notification::has_tray() { window.hide() } else { window.minimize() });
    app.state::<Shell>().log(Line::new(Level::Info, What::WindowHidden));
}

/// Pulls a restored window back if nobody could reach it, as after a screen was unplugged.
pub fn pull_back(window: &WebviewWindow) {
    let (Ok(position), Ok(size), Ok(monitors)) = (window.outer_position(), window.outer_size(), window.available_monitors()) else {
        return;
    };
    let screens: Vec<_> = monitors.iter().map(|monitor| (*monitor.position(), *monitor.size())).collect();
    if !is_reachable(position, size, &screens) {
        drop(window.center());
    }
}

/// Whether enough of the upper edge lies on one screen.
fn is_reachable(at: PhysicalPosition<i32>, size: PhysicalSize<u32>, screens: &[(PhysicalPosition<i32>, PhysicalSize<u32>)]) -> bool {
    let end = |start: i32, length: u32| start.saturating_add(i32::try_from(length).unwrap_or(i32::MAX));
    let common = |(a, a_end): (i32, i32), (b, b_end): (i32, i32)| a_end.min(b_end).saturating_sub(a.max(b));
    screens.is_empty()
        || screens.iter().any(|(screen, room)| {
            let across = common((at.x, end(at.x, size.width)), (screen.x, end(screen.x, room.width)));
            let down = common((at.y, at.y.saturating_add(GRIP.1)), (screen.y, end(screen.y, room.height)));
            across >= GRIP.0 && down >= GRIP.1
        })
}

/// Listens for the end of the process that draws the page. The engine is in this process and goes on.
#[cfg(target_os = "linux")]
pub fn follow_page(app: &AppHandle, window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt as _;

    let app = app.clone();
    window.with_webview(move |view| {
        view.inner().connect_web_process_terminated(move |_, _| {
            let app = app.clone();
            // The dialog must not wait on the thread that draws it.
            tauri::async_runtime::spawn_blocking(move || page_lost(&app));
        });
    })
}

#[cfg(not(target_os = "linux"))]
pub fn follow_page(_app: &AppHandle, _window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Says it and opens the page again when the person wants it; a hidden window waits until it is shown.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only WebKitGTK tells of it here"))]
fn page_lost(app: &AppHandle) {
    let shell = app.state::<Shell>();
    shell.log(Line::new(Level::Error, What::PageEnded));
    shell.page_is_lost();
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    if !window.is_visible().unwrap_or(true) {
        return;
    }
    if !shell.is_tested() {
        let words = shell.words_now();
        let button = MessageDialogButtons::OkCustom(words.broken_open.to_owned());
        app.dialog().message(words.broken).title("Gatehouse").buttons(button).parent(&window).blocking_show();
    }
    if shell.take_page_lost() {
        open_again(app, &window);
    }
}

fn open_again(app: &AppHandle, window: &WebviewWindow) {
    app.state::<Shell>().log(Line::new(Level::Info, What::PageOpenedAgain));
    // If it fails, showing the window the next time tries again.
    if window.reload().is_err() {
        app.state::<Shell>().page_is_lost();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_pulled_back_when_its_upper_edge_is_out_of_reach() {
        let at = PhysicalPosition::new;
        let size = PhysicalSize::new(1180, 760);
        let one = [(at(0, 0), PhysicalSize::new(1920, 1080))];
        let two = [one[0], (at(1920, 0), PhysicalSize::new(1280, 1024))];
        for (position, screens, reachable, what) in [
            (at(100, 100), &one[..], true, "in the middle"),
            (at(-900, 100), &one[..], true, "a part to hold on to"),
            (at(-1179, 100), &one[..], false, "one pixel"),
            (at(100, 1060), &one[..], false, "the upper edge below the screen"),
            (at(100, -700), &one[..], false, "only its foot"),
            (at(2000, 10), &two[..], true, "on the second screen"),
            (at(2000, 10), &one[..], false, "on a screen that is gone"),
            (at(-9000, 0), &[][..], true, "where no screen is known, nothing is moved"),
        ] {
            assert_eq!(is_reachable(position, size, screens), reachable, "{what}");
        }
    }
}
