//! Comparing what is stored with a list that changed: in slices, on all processors, taken up again after a stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fingerprint::signal::Distance;

use super::core::{Core, Event};
use crate::error::{Code, Error, Result};
use crate::lists::active::ActiveLists;
use crate::lists::changes;
use crate::lists::stored::{self, StoredSignals};
use crate::model::ContentId;
use crate::store::lists;
use crate::store::switches::{self, Range, Switch};
use crate::triage::rematch::{self, Question};

/// Contents of one slice: after each the way is written down, and whoever waits is asked whether to go on. Less than a second for most lists.
const SLICE: i64 = 40_000;
/// Contents that one thread takes at a time.
const AT_ONCE: i64 = 1_000;
/// PDQ values that one thread asks of the stored ones at a time.
const VALUES_AT_ONCE: usize = 64;
/// Rounds of the thread between two looks whether the index of stored signals is due: a minute.
const LOOK_ROUNDS: u32 = 240;
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

/// Runs until the engine stops. In quiet time it sees to the index of what is stored.
pub fn run(core: &Arc<Core>) {
    crate::fault::point("thread_rematch");
    let go_on = || !core.is_stopping();
    let mut round: u32 = 0;
    while go_on() {
        // What fails (a locked database, a full disk) is tried again in the next round.
        let ended = work(core, &mut |_, _| go_on());
        if round.is_multiple_of(LOOK_ROUNDS) && matches!(ended, Ok(Ended::Done)) {
            drop(gather(core, &go_on));
        }
        round = round.wrapping_add(1);
        std::thread::sleep(NAP);
    }
}

/// Makes the index of what is stored if it is due, unless another process is at it.
fn gather(core: &Core, go_on: &dyn Fn() -> bool) -> Result<()> {
    let Ok(_one) = core.home.lock_rematch() else { return Ok(()) };
    if stored::is_due(&core.store)? { stored::make(&core.store, &core.home, go_on) } else { Ok(()) }
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
    let all = u64::try_from(core.store.read(switches::last_content)?).unwrap_or(0);
    // Again at each start: a newer index covers pictures that the way so far left to be asked one by one.
    let Some((near, covered)) = ask_stored(core, &question, &mut || go_on(0, all))? else { return Ok(false) };
    settle(core, switch, &near, 0)?;
    let ended = slices(core, switch, go_on, &|range| ask(core, &question, Range { covered, ..range }))?;
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
        let found = touched(Range { after: cursor, last: end, generation: switch.generation, covered: -1 })?;
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

/// Every content that a question touches, by number: pictures by the index of what is stored as far as it reaches, and the rest one by one.
///
/// # Errors
/// As [`Question::ask`].
pub fn ask_all(core: &Core, question: &Question<'_>) -> Result<Vec<ContentId>> {
    let (mut touched, covered) = ask_stored(core, question, &mut || true)?.unwrap_or((Vec::new(), -1));
    let last = core.store.read(switches::last_content)?;
    touched.extend(ask(core, question, Range { after: 0, last, generation: i64::MAX, covered })?);
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}

/// Every content with a picture near the values of a question, by number: by the index of what is stored as far as it reaches, and the rest one by one.
/// Contents that have only a digest in common with it are not among them.
///
/// # Errors
/// As [`Question::ask`].
pub fn ask_near(core: &Core, question: &Question<'_>) -> Result<Vec<ContentId>> {
    let Some((mut touched, covered)) = ask_stored(core, question, &mut || true)?.filter(|(_, covered)| *covered >= 0) else {
        return ask_all(core, question);
    };
    core.store.read(|connection| {
        switches::each_checked_after(connection, covered, &mut |content| {
            if question.touches(content)? {
                touched.push(content.id);
            }
            Ok(())
        })
    })?;
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}

/// Asks the index of what is stored for every PDQ value of a question. Gives what it touches, and the number of the last check that was covered: −1 if
/// there is no such index, or asking it would be the longer way. `None` if told to stop.
fn ask_stored(core: &Core, question: &Question<'_>, go_on: &mut dyn FnMut() -> bool) -> Result<Option<(Vec<ContentId>, i64)>> {
    let Some(stored) = StoredSignals::open(&core.store, &core.home)?.filter(|stored| stored.len() >= question.values()) else {
        return Ok(Some((Vec::new(), -1)));
    };
    let mut touched = Vec::new();
    let many = VALUES_AT_ONCE * 64;
    for start in (0..question.values()).step_by(many) {
        if !go_on() {
            return Ok(None);
        }
        let range = start as i64..(start + many).min(question.values()) as i64;
        let near = |from: i64, to: i64| match question.near_stored(&stored, from as usize..to as usize)? {
            Some(near) => Ok(near),
            None => Err(Error::refused(Code::NotFound, "The index of what is stored cannot be read.")),
        };
        match on_all_processors(range, VALUES_AT_ONCE as i64, &near) {
            // It is made again in quiet time; until then every picture is asked.
            Err(error) if error.code() == Code::NotFound => return Ok(Some((Vec::new(), -1))),
            found => touched.extend(found?),
        }
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(Some((touched, stored.covers)))
}

/// Every content of a range, asked on all processors. In the order of their numbers.
fn ask(core: &Core, question: &Question<'_>, range: Range) -> Result<Vec<ContentId>> {
    on_all_processors(range.after..range.last, AT_ONCE, &|after, last| question.ask(&core.store, Range { after, last, ..range }))
}

/// Cuts a range into pieces and hands them out to as many threads as there are processors. What they find comes in order.
fn on_all_processors(
    range: std::ops::Range<i64>,
    piece: i64,
    run: &(dyn Fn(i64, i64) -> Result<Vec<ContentId>> + Sync),
) -> Result<Vec<ContentId>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicI64::new(range.start);
    let one = || -> Result<Vec<ContentId>> {
        let mut found = Vec::new();
        loop {
            let start = next.fetch_add(piece, Ordering::Relaxed);
            if start >= range.end {
                return Ok(found);
            }
            found.extend(run(start, (start + piece).min(range.end))?);
        }
    };
    let answers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut found = Vec::new();
    for answer in answers {
        found.extend(answer.map_err(|_| Error::refused(Code::Internal, "Comparing stored signals failed."))??);
    }
    found.sort_unstable();
    Ok(found)
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
