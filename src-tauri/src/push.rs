//! What the engine tells, as the one push of the shell: which views are out of date, at most four times a second, without content.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use engine::Event;
use engine::engine::digest::{Digest, step};
use engine::store::ledger;
use tauri::{AppHandle, Emitter as _, Manager as _};

use crate::shell::{self, Shell, WINDOW};
use crate::wire::{Stale, StalePush, Watching};
use crate::{glance, notification, tray};

/// Shortest time between two pushes. More often makes the page read what it has no time to paint.
const REST: Duration = Duration::from_millis(250);
/// Time between two looks at what makes no event: running sweeps, another process, the tray.
const LOOK: Duration = Duration::from_millis(500);
/// Time between two tries to watch what another process watched.
const TAKE_OVER: Duration = Duration::from_secs(5);
/// How exactly the next start can say when this run ended unexpectedly.
const ALIVE: Duration = Duration::from_secs(60);

/// Every view, in the order of the wire.
const EVERYTHING: [Stale; 7] = [Stale::Inbox, Stale::Lists, Stale::Offer, Stale::Sites, Stale::Health, Stale::Record, Stale::Settings];
/// Time between two looks for notifications while nothing happens: a digest or the end of quiet hours may be due.
const TELL: Duration = Duration::from_secs(30);

/// Something that is done again and again.
struct Every {
    period: Duration,
    last: Instant,
}

impl Every {
    fn new(period: Duration) -> Self {
        Self { period, last: Instant::now() }
    }

    fn is_due(&mut self) -> bool {
        let due = self.last.elapsed() >= self.period;
        if due {
            self.last = Instant::now();
        }
        due
    }
}

/// Opens the home and forwards what happens until the engine ends.
pub fn run(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let Some(events) = shell.open() else { return };
    forward(app, &shell, &events);
}

fn forward(app: &AppHandle, shell: &Shell, events: &Receiver<Event>) {
    let mut stale = BTreeSet::from(EVERYTHING);
    let (mut rest, mut look, mut take_over, mut alive) = (Every::new(REST), Every::new(LOOK), Every::new(TAKE_OVER), Every::new(ALIVE));
    let (mut seen, mut tell, mut told) = (0, Every::new(TELL), None);
    loop {
        match events.recv_timeout(REST) {
            Ok(event) => stale.extend(concerns(&event)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        stale.extend(events.try_iter().flat_map(|event| concerns(&event)));
        if look.is_due() && !look_around(shell, &mut seen, &mut stale, alive.is_due()) {
            return;
        }
        if take_over.is_due() && shell.watch_if_free() {
            stale.extend(EVERYTHING);
        }
        if !stale.is_empty() && rest.is_due() {
            let concerns_all = [Stale::Inbox, Stale::Health, Stale::Settings].iter().any(|one| stale.contains(one));
            self::tell(app, &std::mem::take(&mut stale).into_iter().collect::<Vec<_>>());
            if concerns_all {
                look_outside(app, shell, &mut told);
            }
        } else if tell.is_due() {
            look_outside(app, shell, &mut told);
        }
    }
}

/// Tells the page what is out of date. Without a window there is nobody to be told.
pub fn tell(app: &AppHandle, stale: &[Stale]) {
    drop(app.emit_to(WINDOW, "stale", StalePush { stale: stale.to_vec() }));
}

/// The tray, and what is worth a notification. What was told is kept in memory: a new start looks at the cases that wait anyway.
fn look_outside(app: &AppHandle, shell: &Shell, told: &mut Option<Digest>) {
    let Some(glance) = shell.note(glance::glance(shell)) else { return };
    let Ok(core) = shell.core() else { return };
    let words = shell.words(glance.language());
    tray::refresh(app, &glance, words);
    let known = told.take().unwrap_or_else(|| Digest::new(glance.waiting, shell.is_background()));
    let (known, tell) = step(known, &glance.look(core.clock.now_ms(), shell.is_focused()), &glance.wishes());
    *told = Some(known);
    for text in tell.into_iter().map(|one| notification::sentence(one, words)) {
        let app = app.clone();
        // A desktop that does not answer must not hold up the engine's events.
        tauri::async_runtime::spawn_blocking(move || notification::show(&app, &text));
    }
}

/// Notices what makes no event. `false` once the engine ends.
fn look_around(shell: &Shell, seen: &mut i64, stale: &mut BTreeSet<Stale>, is_alive_due: bool) -> bool {
    let Ok(core) = shell.core() else { return false };
    if !core.progress().is_empty() {
        stale.extend([Stale::Health, Stale::Sites]);
    }
    // The clock thread of a watching engine says so by itself; beside another process nobody does.
    if shell.watching().is_ok_and(|watching| watching != Watching::Here) {
        let head = core.store.read(ledger::head).map_or(*seen, |head| head.seq);
        if std::mem::replace(seen, head) != head {
            stale.extend(EVERYTHING);
        }
    }
    if is_alive_due {
        // Tried again in a minute.
        drop(shell::still_alive(&core));
    }
    true
}

/// The views that an event makes out of date.
fn concerns(event: &Event) -> Vec<Stale> {
    match event {
        Event::Case { .. } | Event::Acted { .. } => vec![Stale::Inbox, Stale::Record, Stale::Health],
        Event::CouldNotCheck { .. } => vec![Stale::Inbox, Stale::Health, Stale::Sites],
        Event::Checked { .. } | Event::Gone { .. } | Event::Sweep { .. } | Event::Health { .. } => vec![Stale::Health, Stale::Sites],
        Event::Offer => vec![Stale::Offer],
        Event::Recorded => vec![Stale::Inbox, Stale::Lists, Stale::Sites, Stale::Health, Stale::Record],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_due_once_a_period() {
        let mut every = Every::new(Duration::ZERO);
        assert!(every.is_due() && every.is_due(), "a period of nothing is always over");
        let mut rarely = Every::new(Duration::from_secs(3600));
        assert!(!rarely.is_due(), "an hour has not passed");
    }
}
