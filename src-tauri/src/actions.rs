//! What the menu of the tray does. Each may wait for the home to open and runs beside the window.

use engine::Engine;
use engine::engine::{overview, selftest as testing, viewing};
use engine::store::sites;
use tauri::{AppHandle, Manager as _};

use crate::commands::viewing::morning;
use crate::shell::{Answer, Shell};
use crate::wire::{Stale, Watching};
use crate::{glance, leaving, notification, push};

/// How long a pause from the tray lasts, in milliseconds.
const PAUSE_MS: i64 = 3_600_000;

/// Sweeps every site. Beside another watching process there is nothing to sweep.
pub fn sweep(app: &AppHandle) {
    drop(app.state::<Shell>().with_engine(|engine| engine.sweep_soon(None)));
}

/// Pauses every site for an hour; or, where all are paused, goes on.
pub fn pause_or_resume(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let change = || -> Answer<()> {
        let is_paused = glance::glance(&shell)?.is_paused();
        shell.core()?.store.write(move |tx| {
            let until = (!is_paused).then(|| tx.now + PAUSE_MS);
            sites::all(tx)?.into_iter().try_for_each(|state| sites::pause(tx, state.site.id, until))
        })?;
        shell.with_engine(Engine::sites_changed)
    };
    shell.note(change());
}

/// Runs the self-test on every site of the person's own, else on the practice site, and tells how it went.
pub fn selftest(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let test = || -> Answer<bool> {
        let (core, is_watched) = (shell.core()?, shell.watching()? != Watching::No);
        let all = overview::site_views(&core)?;
        let has_own = all.iter().any(|view| !view.state.site.practice);
        let mut wanted = all.iter().filter(|view| !has_own || !view.state.site.practice);
        Ok(wanted.try_fold(true, |ok, view| testing::run(&core, &view.state.site, is_watched).map(|test| ok && test.ok))?)
    };
    let ok = shell.note(test()).unwrap_or(false);
    let words = shell.words_now();
    notification::show(app, if ok { words.notify_selftest_passed } else { words.notify_selftest_failed });
}

/// The person stops: nothing is told until the next morning, and the inbox says so.
pub fn stop_for_today(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let stop = || -> Answer<()> { Ok(viewing::stop(&*shell.core()?, morning(&jiff::Zoned::now()))?) };
    shell.note(stop());
    push::tell(app, &[Stale::Settings]);
}

/// Ends the program, after a question where something is not finished.
pub fn quit(app: &AppHandle) {
    leaving::quit(app);
}
