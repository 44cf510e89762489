//! An offer: a list that is brought here, looked at by a person, and counts only after a yes. One at a time, on a thread of its own, so that
//! whoever asks goes on meanwhile and may look away.
//!
//! [`begin`] brings it, [`answer`] reads it with other answers, [`accept`] lets it count, [`end`] drops it. [`Offers::look`] shows where it is;
//! [`Event::Offer`] says that this changed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::mem::{self, Discriminant};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use hashlist::{Guard, HexVerdict, Question};

use super::core::{Core, Event, lock};
use super::looking::{self, Asked, Found};
use super::sources::{self, Wanted};
use super::{listing, watching};
use crate::error::{Code, Error, Result};
use crate::home::Lock;
use crate::lists::download::Progress;
use crate::lists::import::{Choices, Prepared};
use crate::lists::reading::Step;
use crate::lists::signed::{Given, Halt, Signed};
use crate::model::ListId;
use crate::store::lists;
use crate::store::subscriptions::{self, SubscriptionId};
use crate::triage::rematch::Effect;

/// Shortest time between two events about the progress of one offer.
const TOLD: Duration = Duration::from_millis(200);

/// The guard of a signed list whose number lies far above the one before.
const NUMBER_JUMP: &str = "number_jump";

/// Where an offered list comes from.
pub enum Origin {
    /// A file or folder, read once.
    Once(PathBuf),
    /// A place that is looked at again. The operator said yes to it.
    Followed(Wanted),
    /// A place that is followed already: whether it has a newer version.
    Again(SubscriptionId),
}

/// What the offered list is at the moment.
pub enum Stage {
    /// On its way. Of an address, how far the file is that is on its way.
    Bringing(Option<Progress>),
    /// It is here and being read: how far, and how long it still takes once there is something to say.
    Reading(Step, Option<Duration>),
    /// Read and compared: it waits for a yes.
    Ready(Box<Ready>),
    /// It counts, and older uploads are being matched: done, of how many.
    Importing(u64, u64),
    /// It counts.
    Imported(Done),
    /// The version in use is the newest.
    UpToDate(ListId),
    /// It could not be brought, or is refused. Nothing was changed.
    Refused(Refused),
}

/// A list that waits for a yes.
pub struct Ready {
    /// The list.
    pub prepared: Prepared,
    /// What it would match here.
    pub effect: Effect,
    /// Past decisions that rest on entries that it takes back.
    pub decisions_affected: u64,
    /// Everything that asks for a yes of its own: the words of [`Guard`], and `number_jump` for a signed list whose number jumps.
    pub guards: Vec<&'static str>,
    /// Why the last answers could not be used; the list is shown as it was before them.
    pub refused: Option<Refused>,
}

/// What became of an offer that counts now.
#[derive(Clone, Debug)]
pub struct Done {
    /// The list.
    pub list: ListId,
    /// Its name.
    pub name: String,
    /// The version.
    pub seq: u64,
    /// Entries.
    pub entries: u64,
    /// Contents here that it matches.
    pub now_matching: u64,
}

/// Why an offer came to nothing.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What a consumer branches on.
    pub code: Code,
    /// A word that goes with it: the code of a refusal or of a failed download.
    pub detail: Option<String>,
    /// A sentence for a person.
    pub sentence: String,
}

impl From<&Error> for Refused {
    fn from(error: &Error) -> Self {
        Self { code: error.code(), detail: error.detail(), sentence: error.to_string() }
    }
}

/// Questions that an offer left open at any time: an answered one can still be answered otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asks {
    /// What its entries are about.
    pub harm: bool,
    /// Whether it warns.
    pub polarity: bool,
    /// What the 64-digit values said before anybody did.
    pub hex: Option<HexVerdict>,
}

/// A yes to what an offer asks.
#[derive(Clone, Debug, Default)]
pub struct Yes {
    /// The guards that were shown.
    pub guards: BTreeSet<String>,
    /// The words of a new key were compared with the publisher.
    pub key: bool,
}

/// One list on offer.
pub struct Offer {
    /// Its number.
    pub token: u64,
    /// Where it is.
    pub stage: Stage,
    /// The host that it is loaded from, if any.
    pub host: Option<String>,
    /// What it asked so far.
    pub asks: Asks,
    place: Place,
    choices: Choices,
    given: Given,
    stop: Arc<AtomicBool>,
    /// Nobody else looks at the place meanwhile.
    look: Option<Lock>,
}

#[derive(Clone)]
enum Place {
    Once(PathBuf),
    /// `is_new`: it was added for this offer, and ends with it.
    Followed {
        id: SubscriptionId,
        is_new: bool,
    },
}

/// The offers of an open home.
#[derive(Default)]
pub struct Offers {
    current: Mutex<Option<Offer>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    tokens: AtomicU64,
    told: Mutex<Duration>,
    round: Mutex<Option<Round>>,
}

/// A look at every place, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Places that were looked at.
    pub done: u64,
    /// Places in all.
    pub all: u64,
}

impl Offers {
    /// Looks at the offer that there is.
    pub fn look<T>(&self, look: impl FnOnce(Option<&Offer>) -> T) -> T {
        look(lock(&self.current).as_ref())
    }

    /// How far the look at every place is, while it goes on.
    pub fn round(&self) -> Option<Round> {
        *lock(&self.round)
    }

    /// Ends every download and waits for the threads; what was begun for an unfinished offer is tidied up by the next one.
    pub(super) fn stop(&self, core: &Core) {
        core.stop.store(true, Ordering::Relaxed);
        if let Some(offer) = lock(&self.current).take() {
            offer.stop.store(true, Ordering::Relaxed);
        }
        let threads: Vec<_> = lock(&self.threads).drain(..).collect();
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }

    fn changed<T>(&self, token: u64, change: impl FnOnce(&mut Offer) -> T) -> Option<T> {
        lock(&self.current).as_mut().filter(|offer| offer.token == token).map(change)
    }
}

/// Begins to bring a list; the offer before it is dropped. Gives its number.
///
/// # Errors
/// [`Code::Busy`] while another list is being imported, or another process looks at the place; as [`sources::add`].
pub fn begin(core: &Arc<Core>, origin: Origin, choices: Choices, given: Given) -> Result<u64> {
    drop_current(core)?;
    let (place, host) = match origin {
        Origin::Once(path) => (Place::Once(path), None),
        Origin::Again(id) => {
            let subscription = core.store.read(|connection| subscriptions::get(connection, id))?;
            (Place::Followed { id, is_new: false }, sources::place(&subscription)?.host())
        }
        Origin::Followed(wanted) => {
            sources::forget_abandoned(core)?;
            let host = wanted.source.host();
            (Place::Followed { id: sources::add(core, &wanted)?.id, is_new: true }, host)
        }
    };
    let look = match &place {
        Place::Once(_) => None,
        Place::Followed { id, .. } => Some(looking::lock(core, *id)?),
    };
    let token = core.offers.tokens.fetch_add(1, Ordering::Relaxed) + 1;
    let stage = Stage::Bringing(None);
    let offer = Offer { token, stage, host, asks: Asks::default(), place, choices, given, stop: Arc::default(), look };
    *lock(&core.offers.current) = Some(offer);
    bring(core, token)?;
    Ok(token)
}

fn drop_current(core: &Arc<Core>) -> Result<()> {
    let token = core.offers.look(|offer| offer.map(|offer| offer.token));
    token.map_or(Ok(()), |token| end(core, token))
}

/// Reads the offered list with other answers, or tries again to bring one that was refused.
///
/// # Errors
/// [`Error::NotFound`] if this offer is gone, [`Code::Busy`] while it is on its way.
pub fn answer(core: &Arc<Core>, token: u64, choices: Choices, given: Option<Given>) -> Result<()> {
    let ready = core.offers.changed(token, |offer| {
        let stage = mem::replace(&mut offer.stage, Stage::Bringing(None));
        let ready = match stage {
            Stage::Ready(ready) => Some(ready),
            Stage::Refused(_) => None,
            other => {
                offer.stage = other;
                return Err(busy());
            }
        };
        let before = mem::replace(&mut offer.choices, choices.clone());
        offer.given = given.unwrap_or(offer.given);
        // What is signed says everything itself; it is read again only for another key or name.
        Ok(ready.filter(|ready| ready.prepared.signing.is_none()).map(|ready| (ready, before)))
    });
    match ready.ok_or_else(gone)?? {
        None => bring(core, token),
        Some((ready, before)) => spawn(core, token, move |core| {
            let stage = read_again(core, token, *ready, (&choices, &before));
            settle(core, token, stage);
        }),
    }
}

/// Lets the offered list count, read with these answers. What has no yes yet, or cannot be used, is shown with the list, and nothing is changed.
///
/// # Errors
/// [`Error::NotFound`] if this offer is gone, [`Code::Busy`] while it is on its way.
pub fn accept(core: &Arc<Core>, token: u64, choices: Choices, yes: Yes) -> Result<()> {
    let taken = core.offers.changed(token, |offer| match mem::replace(&mut offer.stage, Stage::Bringing(None)) {
        Stage::Ready(mut ready) => {
            ready.refused = None;
            Ok((ready, mem::replace(&mut offer.choices, choices.clone())))
        }
        other => {
            offer.stage = other;
            Err(busy())
        }
    });
    let (ready, before) = taken.ok_or_else(gone)??;
    spawn(core, token, move |core| {
        let is_read = choices == before || ready.prepared.signing.is_some();
        let stage = if is_read { Stage::Ready(ready) } else { read_again(core, token, *ready, (&choices, &before)) };
        let stage = match stage {
            Stage::Ready(ready) if ready.refused.is_none() => import(core, token, *ready, &yes),
            other => other,
        };
        settle(core, token, stage);
    })
}

/// What an offer still asks for.
fn missing(ready: &Ready, yes: &Yes) -> Option<Error> {
    if let Some(question) = ready.prepared.questions().first() {
        return Some(Error::refused(Code::Question, question.as_str()));
    }
    if !yes.key && ready.prepared.signing.as_ref().is_some_and(|signing| signing.first_use.is_some()) {
        return Some(Error::refused(Code::Question, "key"));
    }
    let guard = ready.guards.iter().find(|guard| !yes.guards.contains(**guard));
    guard.map(|guard| Error::refused(Code::Guard, *guard))
}

/// Drops an offer. A download ends, and a place that was added for it is forgotten; what counts already stays.
///
/// # Errors
/// [`Code::Busy`] while it is being imported, or the store's own.
pub fn end(core: &Arc<Core>, token: u64) -> Result<()> {
    let mut current = lock(&core.offers.current);
    let Some(offer) = current.take_if(|offer| offer.token == token) else { return Ok(()) };
    if matches!(offer.stage, Stage::Importing(..)) {
        *current = Some(offer);
        return Err(Error::refused(Code::Busy, "A list is being imported. It is done in a moment."));
    }
    drop(current);
    offer.stop.store(true, Ordering::Relaxed);
    let is_brought = matches!(offer.stage, Stage::Imported(_) | Stage::UpToDate(_));
    core.tell(Event::Offer);
    match offer.place {
        Place::Followed { id, is_new: true } if !is_brought => sources::remove(core, id),
        Place::Followed { .. } | Place::Once(_) => Ok(()),
    }
}

/// Looks at every place that is not paused, one after another; what is new is taken, what asks a question or fails is remembered with its place.
///
/// # Errors
/// [`Code::Busy`] while that goes on already, or the store's own.
pub fn look_all(core: &Arc<Core>) -> Result<()> {
    let all = core.store.read(subscriptions::all)?;
    let due: Vec<_> = all.iter().filter(|one| one.list.is_some() && !one.is_paused).map(|one| one.id).collect();
    let mut round = lock(&core.offers.round);
    if round.is_some() {
        return Err(busy());
    }
    *round = Some(Round { done: 0, all: due.len() as u64 });
    drop(round);
    core.tell(Event::Recorded);
    let own = Arc::clone(core);
    let body = move || {
        for id in due {
            if own.is_stopping() {
                break;
            }
            // What fails is remembered with its place and shown there.
            drop(looking::look(&own, id, true, false));
            if let Some(round) = lock(&own.offers.round).as_mut() {
                round.done += 1;
            }
            own.tell(Event::Recorded);
        }
        *lock(&own.offers.round) = None;
        own.tell(Event::Recorded);
    };
    let thread = watching::spawn("looks", Some(Arc::clone(core)), body)?;
    lock(&core.offers.threads).push(thread);
    Ok(())
}

fn gone() -> Error {
    Error::NotFound { what: "list", name: "that was offered".to_owned() }
}

fn busy() -> Error {
    Error::refused(Code::Busy, "This list is being worked on. It is done in a moment.")
}

fn spawn(core: &Arc<Core>, token: u64, work: impl FnOnce(&Arc<Core>) + Send + 'static) -> Result<()> {
    let own = Arc::clone(core);
    let body = move || {
        work(&own);
        own.tell(Event::Offer);
    };
    core.tell(Event::Offer);
    let mut threads = lock(&core.offers.threads);
    threads.retain(|thread| !thread.is_finished());
    match watching::spawn("offer", Some(Arc::clone(core)), body) {
        Ok(thread) => threads.push(thread),
        Err(error) => _ = core.offers.changed(token, |offer| offer.stage = Stage::Refused(Refused::from(&error))),
    }
    Ok(())
}

/// Puts what a thread came to where it is looked at. An offer that was dropped meanwhile takes it along.
fn settle(core: &Core, token: u64, stage: Stage) {
    let asked = match &stage {
        Stage::Ready(ready) => Some((ready.prepared.questions().to_vec(), ready.prepared.import.hex)),
        _ => None,
    };
    core.offers.changed(token, |offer| {
        if let Some((open, hex)) = asked {
            offer.asks.harm |= open.contains(&Question::Harm);
            offer.asks.polarity |= open.contains(&Question::Polarity);
            offer.asks.hex = offer.asks.hex.or(hex);
        }
        if !matches!(stage, Stage::Ready(_) | Stage::Refused(_)) {
            // It is over: the place may be looked at again.
            offer.look = None;
        }
        offer.stage = stage;
    });
}

fn bring(core: &Arc<Core>, token: u64) -> Result<()> {
    let found = core.offers.changed(token, |offer| (offer.place.clone(), offer.choices.clone(), offer.given, offer.stop.clone()));
    let (place, choices, given, stop) = found.ok_or_else(gone)?;
    spawn(core, token, move |core| {
        let stage = find(core, token, &place, (&choices, &given), &stop).unwrap_or_else(|halt| refused(halt.into()));
        settle(core, token, stage);
        if let (Place::Followed { id, is_new: true }, true) = (&place, stop.load(Ordering::Relaxed)) {
            // It was dropped: what came of the download meanwhile goes after its subscription.
            sources::forget_files(core, *id);
        }
    })
}

fn refused(error: Error) -> Stage {
    Stage::Refused(Refused::from(&error))
}

fn find(
    core: &Arc<Core>,
    token: u64,
    place: &Place,
    (choices, given): (&Choices, &Given),
    stop: &Arc<AtomicBool>,
) -> std::result::Result<Stage, Halt> {
    let pace = Pace::default();
    let hear = |step| read_so_far(core, token, &pace, step, stop);
    let prepared = match place {
        Place::Once(path) => match looking::prepare_file(core, path, choices, Some(given), &hear)? {
            Signed::UpToDate { list, .. } => return Ok(Stage::UpToDate(list)),
            Signed::Newer(prepared) => prepared,
        },
        Place::Followed { id, .. } => {
            let subscription = core.store.read(|connection| subscriptions::get(connection, *id))?;
            let named = named(core, subscription.list, choices)?;
            let report = |progress| progressed(core, token, progress);
            let asked = Asked { choices: &named, given: Some(given), is_person: true, stop, report: &report, hear: &hear };
            match looking::find(core, &subscription, asked)? {
                Found::Settling => {
                    let text = "This is still being written. Add it again when it is whole. Nothing was changed.";
                    return Err(Error::refused(Code::Refused, text).into());
                }
                Found::Unchanged { expiry, remembered } => {
                    looking::nothing_new(core, &subscription, expiry, remembered)?;
                    let list = subscription.list.or(expiry.map(|(list, _)| list)).ok_or_else(gone)?;
                    return Ok(Stage::UpToDate(list));
                }
                Found::Newer(prepared) => prepared,
            }
        }
    };
    Ok(ready(core, *prepared, None)?)
}

/// What is said of a list, with the name of the one that its place feeds.
fn named(core: &Core, list: Option<ListId>, choices: &Choices) -> Result<Choices> {
    let Some(list) = list else { return Ok(choices.clone()) };
    let list = core.store.read(|connection| lists::get(connection, list))?;
    Ok(Choices { name: Some(list.name), ..choices.clone() })
}

/// When the step that is under way began.
#[derive(Default)]
struct Pace(Cell<Option<(Discriminant<Step>, u64, Duration)>>);

impl Pace {
    /// How long the rest of this step takes at the rate so far; not before a second has passed.
    fn left(&self, step: Step, now: Duration) -> Option<Duration> {
        let (Step::Reading(done, of) | Step::Compiling(done, of)) = step else { return None };
        let of_step = mem::discriminant(&step);
        // A second pass begins anew.
        let began = self.0.get().filter(|(of, before, _)| *of == of_step && *before <= done).map_or(now, |(_, _, began)| began);
        self.0.set(Some((of_step, done, began)));
        let elapsed = now.saturating_sub(began).as_secs_f64();
        (elapsed >= 1.0 && done > 0).then(|| Duration::from_secs_f64(elapsed * of.saturating_sub(done) as f64 / done as f64))
    }
}

fn read_so_far(core: &Core, token: u64, pace: &Pace, step: Step, stop: &AtomicBool) -> bool {
    let left = pace.left(step, core.clock.monotonic());
    core.offers.changed(token, |offer| offer.stage = Stage::Reading(step, left));
    tell_now_and_then(core);
    !stop.load(Ordering::Relaxed) && !core.is_stopping()
}

fn progressed(core: &Core, token: u64, progress: Progress) {
    core.offers.changed(token, |offer| {
        if let Stage::Bringing(at) = &mut offer.stage {
            *at = Some(progress);
        }
    });
    tell_now_and_then(core);
}

fn tell_now_and_then(core: &Core) {
    let now = core.clock.monotonic();
    let mut told = lock(&core.offers.told);
    if now.saturating_sub(*told) >= TOLD {
        *told = now;
        drop(told);
        core.tell(Event::Offer);
    }
}

fn ready(core: &Core, prepared: Prepared, refused: Option<Refused>) -> Result<Stage> {
    let effect = listing::effect(core, &prepared)?;
    let decisions_affected = listing::decisions_affected(core, &prepared)?;
    let shock = listing::shock(&prepared, &effect);
    let jumps = prepared.signing.as_ref().is_some_and(|signing| signing.waits_for_person);
    let guards = prepared.guards.iter().chain(&shock).map(Guard::as_str).chain(jumps.then_some(NUMBER_JUMP)).collect();
    Ok(Stage::Ready(Box::new(Ready { prepared, effect, decisions_affected, guards, refused })))
}

/// Reads the same copy with other answers; if they are refused, with those before, and says so.
fn read_again(core: &Arc<Core>, token: u64, old: Ready, (choices, before): (&Choices, &Choices)) -> Stage {
    let fed = old.prepared.feeder();
    let stop = core.offers.changed(token, |offer| offer.stop.clone()).unwrap_or_default();
    let pace = Pace::default();
    let hear = |step| read_so_far(core, token, &pace, step, &stop);
    let read = |taken, choices: &Choices| -> Result<Prepared> {
        let prepared = listing::prepare_taken(core, taken, choices, &hear)?;
        let Some((id, remembered)) = fed.clone() else { return Ok(prepared) };
        if let Some(list) = &prepared.next_version_of {
            let subscription = core.store.read(|connection| subscriptions::get(connection, id))?;
            looking::feeds_one(core, &subscription, list.id)?;
        }
        Ok(prepared.fed_by(id, remembered))
    };
    let again = || -> Result<Stage> {
        let spare = old.prepared.taken.again(&core.home)?;
        match read(old.prepared.taken, choices) {
            Ok(prepared) => ready(core, prepared, None),
            Err(error) => {
                core.offers.changed(token, |offer| offer.choices = before.clone());
                ready(core, read(spare, before)?, Some(Refused::from(&error)))
            }
        }
    };
    again().unwrap_or_else(refused)
}

/// Imports what has every yes; what lacks one stays as it is, and an offer that was dropped meanwhile is dropped.
fn import(core: &Arc<Core>, token: u64, mut ready: Ready, yes: &Yes) -> Stage {
    if let Some(error) = missing(&ready, yes) {
        ready.refused = Some(Refused::from(&error));
        return Stage::Ready(Box::new(ready));
    }
    if core.offers.changed(token, |offer| offer.stage = Stage::Importing(0, 0)).is_none() {
        return refused(gone());
    }
    core.tell(Event::Offer);
    let Ready { prepared, effect, .. } = ready;
    let entries = prepared.import.report.entries;
    let mut progress = |done, all| {
        core.offers.changed(token, |offer| offer.stage = Stage::Importing(done, all));
        tell_now_and_then(core);
        !core.is_stopping()
    };
    // Every yes was asked for before.
    match listing::commit_telling(core, prepared, true, &mut progress) {
        Ok((imported, _)) => {
            core.tell(Event::Recorded);
            let (list, name) = (imported.list.id, imported.list.name);
            Stage::Imported(Done { list, name, seq: imported.seq, entries, now_matching: effect.now_matching })
        }
        Err(error) => refused(error),
    }
}

#[cfg(test)]
mod tests;
