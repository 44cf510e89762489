//! Closing the window and ending the program: what is asked, and what an answer does. The page asks; a page that does not answer is not waited for.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use engine::engine::deciding;
use engine::engine::offering::Stage;
use engine::store::{actions, decisions, settings};
use tauri::{AppHandle, Manager as _};

use crate::commands::app::read_settings;
use crate::desktop;
use crate::notification;
use crate::push;
use crate::shell::{Answer, Shell};
use crate::wire::{Leave, LeaveAnswer, LeaveAnswered, LeaveAsk, OnClose, Stale};

/// How long the page has to take a question up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which question stands, and whether the page has read it.
#[derive(Debug, Default)]
pub struct Leaving {
    /// 0: none, 1: the window was closed, 2: the program is to end.
    asked: AtomicU8,
    /// Raised whenever the page reads the question.
    read: AtomicU64,
}

impl Leaving {
    fn ask(&self) -> Option<LeaveAsk> {
        match self.asked.load(Ordering::Relaxed) {
            1 => Some(LeaveAsk::Close),
            2 => Some(LeaveAsk::Quit),
            _ => None,
        }
    }

    fn set(&self, ask: Option<LeaveAsk>) {
        let number = ask.map_or(0, |ask| match ask {
            LeaveAsk::Close => 1,
            LeaveAsk::Quit => 2,
        });
        self.asked.store(number, Ordering::Relaxed);
    }
}

/// The window is being closed: what was remembered is done, else the person is asked.
pub fn close(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let chosen = shell.core().ok().and_then(|core| read_settings(&core).ok()).map(|settings| settings.on_close);
    match chosen {
        // Without a home there is nothing that could go on.
        None => app.exit(0),
        Some(OnClose::Keep) => desktop::hide_window(app),
        Some(OnClose::Quit) => quit(app),
        // A driver closes windows to end its session, and nobody answers.
        Some(OnClose::Ask) if shell.is_driven() => app.exit(0),
        Some(OnClose::Ask) => ask(app, &shell, LeaveAsk::Close),
    }
}

/// The program is to end: at once if nothing is under way, else after a question.
pub fn quit(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let is_idle =
        state(&shell, LeaveAsk::Quit).map_or(true, |now| now.drafts == 0 && now.sweeping == 0 && now.sealing == 0 && !now.importing);
    if is_idle || shell.is_driven() {
        return app.exit(0);
    }
    desktop::show_window(app);
    ask(app, &shell, LeaveAsk::Quit);
}

fn ask(app: &AppHandle, shell: &Shell, ask: LeaveAsk) {
    let before = shell.leaving.read.load(Ordering::Relaxed);
    shell.leaving.set(Some(ask));
    push::tell(app, &[Stale::Leave]);
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        std::thread::sleep(PATIENCE);
        let shell = app.state::<Shell>();
        if shell.leaving.read.load(Ordering::Relaxed) > before || shell.leaving.ask() != Some(ask) {
            return;
        }
        // The page is gone or busy. Drafts are kept for the next start, and what is under way is taken up then.
        shell.leaving.set(None);
        match ask {
            LeaveAsk::Close => desktop::hide_window(&app),
            LeaveAsk::Quit => app.exit(0),
        }
    });
}

/// The question that stands, for the page.
///
/// # Errors
/// The store's own.
pub fn read(shell: &Shell) -> Answer<Option<Leave>> {
    shell.leaving.read.fetch_add(1, Ordering::Relaxed);
    shell.leaving.ask().map(|ask| state(shell, ask)).transpose()
}

/// What is under way.
fn state(shell: &Shell, ask: LeaveAsk) -> Answer<Leave> {
    let core = shell.core()?;
    let (drafts, sealing) = core.store.read(|connection| Ok((decisions::drafts(connection)?, actions::waiting_to_seal(connection)?)))?;
    Ok(Leave {
        ask,
        drafts: drafts.iter().map(|batch| batch.cases).sum(),
        sweeping: core.progress().len() as u64,
        sealing: sealing.iter().map(|(_, files)| files).sum(),
        importing: core.offers.look(|offer| offer.is_some_and(|offer| matches!(offer.stage, Stage::Importing(..)))),
        has_tray: notification::has_tray(),
    })
}

/// What the person answered.
///
/// # Errors
/// The store's own; the question then stands no more, and nothing was ended.
pub fn answer(app: &AppHandle, shell: &Shell, answered: &LeaveAnswered) -> Answer<()> {
    let Some(asked) = shell.leaving.ask() else { return Ok(()) };
    shell.leaving.set(None);
    let core = shell.core()?;
    let remembered = match answered.answer {
        LeaveAnswer::Keep => Some("keep"),
        LeaveAnswer::Quit => Some("quit"),
        LeaveAnswer::DoNow | LeaveAnswer::Cancel => None,
    };
    if let Some(word) = remembered.filter(|_| answered.remember && asked == LeaveAsk::Close) {
        core.store.write(move |tx| settings::set(tx, "on_close", word))?;
        push::tell(app, &[Stale::Settings]);
    }
    match (answered.answer, asked) {
        (LeaveAnswer::Cancel, _) => {}
        (LeaveAnswer::Keep, _) => desktop::hide_window(app),
        // Closing may become quitting, which has a question of its own.
        (LeaveAnswer::Quit, LeaveAsk::Close) => quit(app),
        (LeaveAnswer::Quit, LeaveAsk::Quit) => app.exit(0),
        (LeaveAnswer::DoNow, _) => {
            for batch in core.store.read(decisions::drafts)? {
                deciding::finish_now(&core, batch.id)?;
            }
            app.exit(0);
        }
    }
    Ok(())
}
