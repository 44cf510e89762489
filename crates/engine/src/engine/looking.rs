//! Looking whether a list from elsewhere has changed, and taking what is new: when a person asks, and when it is due.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hashlist::{Difference, limits};

use super::core::Core;
use super::flow::NAP;
use super::{listing, sources};
use crate::error::{Code, Error, Result};
use crate::home::Lock;
use crate::lists::download::answer::{Size, Validators};
use crate::lists::download::schedule::{self, Due};
use crate::lists::download::source::{LARGEST_FILE, Pulled, look_at_file, look_at_folder, pull};
use crate::lists::download::{Address, Failure, FailureCode, FolderShelf, Get, HttpsShelf, Look, Progress, Secrets, Source, Transport};
use crate::lists::import::{Choices, Prepared};
use crate::lists::reading::Hear;
use crate::lists::signed::{self, Given, Halt, INDEX, SIGNATURE, Signed};
use crate::lists::take::{self, Taken};
use crate::lists::version::Imported;
use crate::model::ListId;
use crate::store::list_times;
use crate::store::lists;
use crate::store::subscriptions::{self, Remembered, Subscription, SubscriptionId};

/// How long a person who asks waits for a file that is still being written.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two looks at it.
const AGAIN: Duration = Duration::from_millis(250);
/// Naps between two rounds of the thread that looks by itself: about two seconds.
const NAPS: u32 = 10;

/// How a look is made.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// What the operator says of a new list.
    pub choices: &'a Choices,
    /// The key that the operator names.
    pub given: Option<&'a Given>,
    /// A person waits, and so a file that is still being written is waited for.
    pub is_person: bool,
    /// Ends a download early.
    pub stop: &'a Arc<AtomicBool>,
    /// Hears how far a download is.
    pub report: &'a dyn Fn(Progress),
    /// Hears how far the reading is.
    pub hear: &'a Hear<'a>,
}

/// What was found.
pub enum Found {
    /// Nothing new.
    Unchanged {
        /// A new end of a signed list.
        expiry: Option<(ListId, i64)>,
        /// What to compare with from now on, if that is not as it was.
        remembered: Option<Remembered>,
    },
    /// A file is still being written.
    Settling,
    /// A version to be committed; it carries what its subscription remembers.
    Newer(Box<Prepared>),
}

/// What a look came to.
pub enum Looked {
    /// Nothing new.
    Unchanged {
        /// Since when the publisher does not stand by it any more: somebody may keep newer versions from us.
        ended: Option<i64>,
    },
    /// A file is still being written: it is taken at a later look.
    Settling,
    /// A new version answers.
    Changed(Box<Change>),
}

/// A new version, and what it did.
#[derive(Clone, Debug)]
pub struct Change {
    /// The version.
    pub imported: Imported,
    /// Entries that the version before did not have.
    pub added: u64,
    /// Entries that say something else.
    pub changed: u64,
    /// Entries that are gone.
    pub withdrawn: u64,
    /// Past decisions that rest on them.
    pub decisions_affected: u64,
    /// Cases that were opened, opened again or changed.
    pub cases: u64,
}

/// Reads one file or folder: as a signed list if its signature lies beside it, or its index in it, and no other format was named.
///
/// # Errors
/// As [`take::take`], [`signed::prepare_file`] and [`listing::prepare_taken`].
pub fn prepare_file(core: &Core, source: &Path, choices: &Choices, given: Option<&Given>, hear: &Hear<'_>) -> Result<Signed> {
    if choices.format.is_none() && source.join(INDEX).is_file() {
        let mut shelf = FolderShelf { dir: source, home: &core.home };
        return Ok(signed::prepare_shelf(&listing::reading(core, hear), &mut shelf, None, given, choices)?);
    }
    let signature = match choices.format {
        None | Some(hashlist::Format::Shl) => beside(source, SIGNATURE, limits::SIGNATURE_BYTES as u64 + 1)?,
        Some(_) => None,
    };
    let Some(signature) = signature else { return Ok(Signed::Newer(Box::new(listing::prepare(core, source, choices, hear)?))) };
    let offered = source.parent().map(|dir| std::fs::read_to_string(dir.join("minisign.pub"))).and_then(std::result::Result::ok);
    let offered = offered.and_then(|text| hashlist::shl::PublicKey::read(&text));
    let taken = take::take(&core.home, source)?;
    signed::prepare_file(&listing::reading(core, hear), taken, &signature, (given, offered), choices)
}

/// The content of the file whose name goes on so; `None` if there is none. No more than `most` bytes of it.
fn beside(source: &Path, ending: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let mut name = source.as_os_str().to_owned();
    name.push(ending);
    match std::fs::metadata(&name) {
        Ok(metadata) if metadata.is_file() => {}
        _ => return Ok(None),
    }
    let mut bytes = Vec::new();
    std::fs::File::open(&name).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(Error::io(&name))?;
    Ok(Some(bytes))
}

/// Takes the lock of a subscription, under which it is looked at.
///
/// # Errors
/// [`Code::Busy`] if another process looks at it now.
pub fn lock(core: &Core, id: SubscriptionId) -> Result<Lock> {
    core.home.lock_look(id)
}

/// Brings what is new at a place; commits nothing. The caller holds [`lock`].
///
/// # Errors
/// A [`Halt`]. Nothing is changed.
pub fn find(core: &Core, subscription: &Subscription, asked: Asked<'_>) -> std::result::Result<Found, Halt> {
    if subscription.accepted_at.is_none() {
        return Err(Error::refused(crate::Code::Refused, "Nobody said yes to this place. Nothing was loaded.").into());
    }
    match sources::place(subscription)? {
        Source::File(path) => find_file(core, subscription, &path, asked),
        Source::Folder(path) if path.join(INDEX).is_file() => find_published(core, subscription, &Place::Folder(&path), asked),
        Source::Folder(path) => find_folder(core, subscription, &path, asked),
        Source::Address(address) if address.file_name() == INDEX => find_published(core, subscription, &Place::Address(&address), asked),
        Source::Address(address) => find_address(core, subscription, &address, asked),
    }
}

/// Looks until nothing is being written any more, or patience ends.
fn at_rest(core: &Core, asked: Asked<'_>, look: impl Fn(i64) -> Result<Look>) -> Result<Look> {
    let deadline = core.clock.monotonic() + PATIENCE;
    loop {
        let found = look(core.clock.now_ms())?;
        let is_over = core.clock.monotonic() >= deadline || asked.stop.load(Ordering::Relaxed);
        if found != Look::Settling || !asked.is_person || is_over {
            return Ok(found);
        }
        std::thread::sleep(AGAIN);
    }
}

fn seen_of(subscription: &Subscription) -> Option<fingerprint::signal::Sha256> {
    subscription.seen.map(fingerprint::signal::Sha256::new)
}

fn find_file(core: &Core, subscription: &Subscription, path: &Path, asked: Asked<'_>) -> std::result::Result<Found, Halt> {
    let seen = match at_rest(core, asked, |now| look_at_file(path, seen_of(subscription), now))? {
        Look::Unchanged => return Ok(Found::Unchanged { expiry: None, remembered: None }),
        Look::Settling => return Ok(Found::Settling),
        Look::Changed { seen, .. } => seen,
    };
    let remembered = Remembered { seen: Some(*seen.as_bytes()), ..Remembered::default() };
    let signed = prepare_file(core, path, asked.choices, asked.given, asked.hear)?;
    Ok(found(core, subscription, signed, remembered)?)
}

fn find_folder(core: &Core, subscription: &Subscription, path: &Path, asked: Asked<'_>) -> std::result::Result<Found, Halt> {
    let seen = match at_rest(core, asked, |now| look_at_folder(path, seen_of(subscription), now))? {
        Look::Unchanged => return Ok(Found::Unchanged { expiry: None, remembered: None }),
        Look::Settling => return Ok(Found::Settling),
        Look::Changed { seen, .. } => seen,
    };
    let remembered = Remembered { seen: Some(*seen.as_bytes()), ..Remembered::default() };
    from_copy(core, subscription, take::take(&core.home, path)?, remembered, asked)
}

/// The transport of a place: with its own root certificate, where it has one.
fn transport(core: &Core, subscription: &Subscription, asked: Asked<'_>) -> Transport {
    let transport = Transport::new(core.clock.clone(), asked.stop.clone());
    match &subscription.root {
        None => transport,
        Some(root) => transport.trusting(std::slice::from_ref(root)),
    }
}

fn find_address(core: &Core, subscription: &Subscription, address: &Address, asked: Asked<'_>) -> std::result::Result<Found, Halt> {
    let transport = transport(core, subscription, asked);
    let secrets = Secrets::load(&core.home, subscription.id)?;
    let validators = Validators { etag: subscription.etag.clone(), last_modified: subscription.last_modified.clone() };
    let get = Get {
        address,
        may_be_private: subscription.may_be_private,
        other_hosts: &subscription.other_hosts,
        validators: &validators,
        size: Size::at_most(LARGEST_FILE),
        secrets: &secrets,
    };
    let (file, validators) =
        match pull(&transport, &core.home, &subscription.id.to_string(), &get, &mut |progress| (asked.report)(progress))? {
            Pulled::Unchanged => return Ok(Found::Unchanged { expiry: None, remembered: None }),
            Pulled::Whole { file, validators, .. } => (file, validators),
        };
    let remembered = Remembered { etag: validators.etag, last_modified: validators.last_modified, seen: None };
    let taken = take::take_from(&core.home, file.open()?, address.file_name())?;
    from_copy(core, subscription, taken, remembered, asked)
}

/// A copy of what nobody signs. The bytes of the version in use are nothing new.
fn from_copy(
    core: &Core,
    subscription: &Subscription,
    taken: Taken,
    remembered: Remembered,
    asked: Asked<'_>,
) -> std::result::Result<Found, Halt> {
    if is_in_use(core, subscription, &taken)? {
        return Ok(Found::Unchanged { expiry: None, remembered: Some(remembered) });
    }
    let prepared = listing::prepare_taken(core, taken, asked.choices, asked.hear)?;
    Ok(found(core, subscription, Signed::Newer(Box::new(prepared)), remembered)?)
}

/// Whether the version in use was made of just these bytes.
fn is_in_use(core: &Core, subscription: &Subscription, taken: &Taken) -> Result<bool> {
    let Some(list) = subscription.list else { return Ok(false) };
    let sha256 = taken.sha256();
    core.store.read(|connection| {
        let list = lists::get(connection, list)?;
        lists::is_made_of(connection, list.id, list.active_seq, &sha256)
    })
}

fn found(core: &Core, subscription: &Subscription, signed: Signed, remembered: Remembered) -> Result<Found> {
    match signed {
        Signed::UpToDate { list, expires_ms } => {
            feeds_one(core, subscription, list)?;
            Ok(Found::Unchanged { expiry: Some((list, expires_ms)), remembered: Some(remembered) })
        }
        Signed::Newer(prepared) if prepared.signing.is_none() && is_in_use(core, subscription, &prepared.taken)? => {
            Ok(Found::Unchanged { expiry: None, remembered: Some(remembered) })
        }
        Signed::Newer(prepared) => {
            if let Some(list) = &prepared.next_version_of {
                feeds_one(core, subscription, list.id)?;
            }
            Ok(Found::Newer(Box::new(prepared.fed_by(subscription.id, remembered))))
        }
    }
}

/// Refuses a second source of one list: each would undo what the other says.
pub(super) fn feeds_one(core: &Core, subscription: &Subscription, list: ListId) -> Result<()> {
    let other = core.store.read(|connection| subscriptions::of_list(connection, list))?;
    if other.is_some_and(|other| other.id != subscription.id) {
        return Err(Error::refused(Code::NameTaken, "This list is loaded from another place already. Nothing was changed."));
    }
    Ok(())
}

/// Where a publisher's folder lies.
enum Place<'a> {
    Folder(&'a Path),
    Address(&'a Address),
}

fn find_published(core: &Core, subscription: &Subscription, place: &Place<'_>, asked: Asked<'_>) -> std::result::Result<Found, Halt> {
    let reading = &listing::reading(core, asked.hear);
    let signed = match place {
        Place::Folder(dir) => {
            let mut shelf = FolderShelf { dir, home: &core.home };
            signed::prepare_shelf(reading, &mut shelf, subscription.list, asked.given, asked.choices)?
        }
        Place::Address(index) => {
            let transport = transport(core, subscription, asked);
            let secrets = Secrets::load(&core.home, subscription.id)?;
            let mut shelf = HttpsShelf {
                transport: &transport,
                home: &core.home,
                name: &subscription.id.to_string(),
                index,
                may_be_private: subscription.may_be_private,
                secrets: &secrets,
                report: &mut |progress| (asked.report)(progress),
            };
            signed::prepare_shelf(reading, &mut shelf, subscription.list, asked.given, asked.choices)?
        }
    };
    Ok(found(core, subscription, signed, Remembered::default())?)
}

/// Remembers a look that found nothing new. A list that was there before its subscription is fed by it from now on.
///
/// # Errors
/// The store's own.
pub fn nothing_new(core: &Core, subscription: &Subscription, expiry: Option<(ListId, i64)>, remembered: Option<Remembered>) -> Result<()> {
    let (id, is_fed) = (subscription.id, subscription.list.is_some());
    core.store.write(move |tx| {
        if let Some((list, expires_ms)) = expiry {
            list_times::set_expiry(tx, list, expires_ms)?;
        }
        match (remembered, expiry) {
            (remembered, Some((list, _))) if !is_fed => subscriptions::changed(tx, id, list, &remembered.unwrap_or_default()),
            (Some(remembered), _) => subscriptions::seen_again(tx, id, &remembered),
            (None, _) => subscriptions::unchanged(tx, id),
        }
    })
}

/// Looks at a subscription, takes what is new, and remembers what came of it. `anyway` says yes to the guards.
///
/// # Errors
/// What kept the list as it is; it is remembered with the subscription.
pub fn look(core: &Arc<Core>, id: SubscriptionId, is_person: bool, anyway: bool) -> Result<Looked> {
    let _one = lock(core, id)?;
    let subscription = core.store.read(|connection| subscriptions::get(connection, id))?;
    match look_at(core, &subscription, is_person, anyway) {
        Err(Halt::Failure(failure)) if failure.code == FailureCode::Stopped => Err(failure.into()),
        Err(Halt::Error(error)) if error.code() == Code::Cancelled => Err(error),
        Err(halt) => {
            remember_failure(core, &subscription, &halt)?;
            Err(halt.into())
        }
        Ok(looked) => Ok(looked),
    }
}

fn look_at(core: &Arc<Core>, subscription: &Subscription, is_person: bool, anyway: bool) -> std::result::Result<Looked, Halt> {
    let list = subscription.list.map(|list| core.store.read(|connection| lists::get(connection, list))).transpose()?;
    let choices = Choices { name: list.map(|list| list.name), ..Choices::default() };
    match find(
        core,
        subscription,
        Asked { choices: &choices, given: None, is_person, stop: &core.stop, report: &|_| {}, hear: &|_| !core.is_stopping() },
    )? {
        Found::Settling => Ok(Looked::Settling),
        Found::Unchanged { expiry, remembered } => {
            nothing_new(core, subscription, expiry, remembered)?;
            Ok(Looked::Unchanged { ended: ended(core, subscription.list)? })
        }
        Found::Newer(prepared) => {
            let Difference { added, changed, withdrawn, .. } = &prepared.difference;
            let (added, changed, withdrawn) = (added.len() as u64, changed.len() as u64, withdrawn.len() as u64);
            let decisions_affected = listing::decisions_affected(core, &prepared)?;
            let (imported, cases) = listing::commit(core, *prepared, anyway)?;
            Ok(Looked::Changed(Box::new(Change { imported, added, changed, withdrawn, decisions_affected, cases })))
        }
    }
}

/// The end that a publisher set and that has passed, by the largest time that this home ever saw.
fn ended(core: &Core, list: Option<ListId>) -> Result<Option<i64>> {
    let Some(list) = list else { return Ok(None) };
    let now = core.clock.now_ms();
    core.store.read(|connection| {
        let largest = list_times::largest_time(connection, now)?;
        Ok(list_times::expiry(connection, list)?.filter(|ends| *ends <= largest))
    })
}

fn remember_failure(core: &Core, subscription: &Subscription, halt: &Halt) -> Result<()> {
    let (code, failure) = match halt {
        Halt::Failure(failure) => (failure.code.as_str().to_owned(), failure.clone()),
        Halt::Error(error) => {
            let code = match error {
                Error::List { code, .. } => code.clone(),
                other => other.code().as_str().to_owned(),
            };
            (code, Failure::new(FailureCode::NotAList, error.to_string()))
        }
    };
    let mut bytes = [0; 4];
    // Without randomness many programs come back at one moment, which is slower and nothing worse.
    let random = getrandom::fill(&mut bytes).map_or(u32::MAX / 2, |()| u32::from_le_bytes(bytes));
    let (now, failures) = (core.clock.now_ms(), subscription.failures.saturating_add(1));
    let retry_at = schedule::next_try(&failure, failures, subscription.interval, now, random);
    let id = subscription.id;
    core.store.write(move |tx| subscriptions::failed(tx, id, &code, &failure.sentence, retry_at))
}

/// Looks at what is due until the engine stops. A list that is being read when it stops is read anew at the next start.
pub(super) fn run(core: &Arc<Core>) {
    crate::fault::point("thread_lists");
    while !core.is_stopping() {
        // What fails is remembered with its subscription; a locked database is tried again in the next round.
        drop(round(core));
        for _ in 0..NAPS {
            if !core.is_stopping() {
                std::thread::sleep(NAP);
            }
        }
    }
}

fn round(core: &Arc<Core>) -> Result<()> {
    let (all, quiet) = core.store.read(|connection| Ok((subscriptions::all(connection)?, sources::quiet_hours(connection)?)))?;
    for subscription in all {
        let due = schedule::due(&sources::standing(core, &subscription)?, core.clock.now_ms(), quiet);
        if due == Due::Now && subscription.list.is_some() && !core.is_stopping() {
            drop(look(core, subscription.id, false, false));
        }
    }
    Ok(())
}
