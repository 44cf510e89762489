//! Comparing what is stored with a list that changed: in slices, on all processors, taken up again after a stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fingerprint::signal::Distance;

use super::core::{Core, Event};
use crate::error::{Code, Error, Result};
use crate::lists::active::ActiveLists;
use crate::lists::changes;
use crate::model::ContentId;
use crate::store::lists;
use crate::store::switches::{self, Range, Switch};
use crate::triage::rematch::{self, Question};

/// Contents of one slice: after each the way is written down, and whoever waits is asked whether to go on. Less than a second for most lists.
const SLICE: i64 = 40_000;
/// Contents that one thread takes at a time.
const AT_ONCE: i64 = 1_000;
/// Pause of the thread while nothing waits, and of a caller while another process compares.
const NAP: Duration = Duration::from_millis(250);

/// What came of looking for waiting switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Nothing waits any more, or nothing that can be done now: a list whose index is damaged waits until it is whole.
    Done,
    /// Told to stop; the rest waits.
    Stopped,
    /// Another process is at it.
    Elsewhere,
}

/// Runs until the engine stops.
pub fn run(core: &Arc<Core>) {
    while !core.is_stopping() {
        // What fails (a locked database, a full disk) is tried again in the next round.
        drop(work(core, &mut |_, _| !core.is_stopping()));
        std::thread::sleep(NAP);
    }
}

/// Waits until everything stored is compared with the lists as they are now, by this process or by another. `progress` gets (done, all) contents
/// and says whether to go on; what is left is done by whoever watches next.
///
/// # Errors
/// The store's own.
pub fn all(core: &Arc<Core>, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<()> {
    loop {
        if work(core, progress)? != Ended::Elsewhere {
            return Ok(());
        }
        match core.store.read(switches::progress)? {
            Some((done, all)) if progress(done, all) => std::thread::sleep(NAP / 5),
            _ => return Ok(()),
        }
    }
}

fn work(core: &Arc<Core>, go_on: &mut dyn FnMut(u64, u64) -> bool) -> Result<Ended> {
    let waiting = core.store.read(switches::waiting)?;
    if waiting.is_empty() {
        return Ok(Ended::Done);
    }
    let _one = match core.home.lock_rematch() {
        Err(error) if error.code() == Code::Busy => return Ok(Ended::Elsewhere),
        lock => lock?,
    };
    // Read again under the lock: the other process may have just ended them.
    for switch in core.store.read(switches::waiting)? {
        match compare(core, &switch, go_on) {
            Ok(true) => {}
            Ok(false) => return Ok(Ended::Stopped),
            // It stays, and the list is named as not in use; the others do not wait for it.
            Err(error) if error.code() == Code::HomeDamaged => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Ended::Done)
}

/// One switch, from where its comparison stopped to its end. Gives whether it ended.
fn compare(core: &Arc<Core>, switch: &Switch, go_on: &mut dyn FnMut(u64, u64) -> bool) -> Result<bool> {
    let Some(id) = switch.list else {
        return slices(core, switch, go_on, &|range| every(core, range));
    };
    let list = core.store.read(|connection| lists::get(connection, id))?;
    if core.refresh_lists()?.damaged.iter().any(|damaged| damaged.id == id) {
        return Err(Error::refused(Code::HomeDamaged, "The list cannot answer now."));
    }
    if switch.cursor == 0 {
        let resting = core.store.read(|connection| switches::resting_on(connection, id))?;
        settle(core, switch, &resting, 0)?;
    }
    let now = core.clock.now_ms();
    let Some(changes) = changes::open(&core.home, &list, switch.from, switch.to, now)? else { return end(core, switch).map(|()| true) };
    let question = Question { news: &changes.index, threshold: Distance(list.threshold) };
    let ended = slices(core, switch, go_on, &|range| ask(core, &question, range))?;
    if let (true, Some(from), Some(to)) = (ended, switch.from, switch.to) {
        changes::forget(&core.home, id, from, to);
    }
    Ok(ended)
}

fn slices(
    core: &Arc<Core>,
    switch: &Switch,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
    touched: &dyn Fn(Range) -> Result<Vec<ContentId>>,
) -> Result<bool> {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let last = core.store.read(switches::last_content)?;
    let mut cursor = switch.cursor;
    while cursor < last {
        if !go_on(count(cursor), count(last)) {
            return Ok(false);
        }
        let end = (cursor + SLICE).min(last);
        let found = touched(Range { after: cursor, last: end, generation: switch.generation })?;
        settle(core, switch, &found, end)?;
        cursor = end;
    }
    end(core, switch)?;
    Ok(true)
}

/// Matches these contents with all lists, and writes down in the same transaction that the way up to `cursor` is done.
fn settle(core: &Arc<Core>, switch: &Switch, contents: &[ContentId], cursor: i64) -> Result<()> {
    let generation = switch.generation;
    loop {
        let active: Arc<ActiveLists> = core.refresh_lists()?;
        let last = move |tx: &crate::store::Tx<'_>, cases: u64| switches::advance(tx, generation, cursor, cases);
        if let Some(changed) = rematch::settle(&core.store, &active, contents, core.clock.now_ms(), last)? {
            changed.into_iter().for_each(|case| core.tell(Event::Case { case, file: None }));
            return Ok(());
        }
    }
}

fn end(core: &Core, switch: &Switch) -> Result<()> {
    let generation = switch.generation;
    core.store.write(move |tx| switches::finish(tx, generation))
}

/// Every content of a range, asked on all processors. In the order of their numbers.
///
/// # Errors
/// As [`Question::ask`].
pub fn ask(core: &Core, question: &Question<'_>, range: Range) -> Result<Vec<ContentId>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicI64::new(range.after);
    let one = || -> Result<Vec<ContentId>> {
        let mut touched = Vec::new();
        loop {
            let after = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            if after >= range.last {
                return Ok(touched);
            }
            touched.extend(question.ask(&core.store, Range { after, last: (after + AT_ONCE).min(range.last), ..range })?);
        }
    };
    let answers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut touched = Vec::new();
    for answer in answers {
        touched.extend(answer.map_err(|_| Error::refused(Code::Internal, "Comparing stored signals failed."))??);
    }
    touched.sort_unstable();
    Ok(touched)
}

fn every(core: &Core, range: Range) -> Result<Vec<ContentId>> {
    let mut all = Vec::new();
    core.store.read(|connection| {
        switches::each(connection, range, &mut |content| {
            all.push(content.id);
            Ok(())
        })
    })?;
    Ok(all)
}
