//! Reveals: one deliberate, recorded, timed showing of one rendition.
//!
//! The order is fixed: policy, then the file, then the row of the record, then the worker, then pixels. A failed row means that nothing is shown. What is
//! refused by policy is refused before any file is touched. Pixels are handed out once and kept nowhere.

use std::os::fd::AsFd as _;
use std::sync::Mutex;
use std::time::Duration;

use fingerprint::rendition::{Rendition, Step, Strength};
use fingerprint::signal::{SignalKind, Unusable};
use hashlist::Polarity;

use super::core::{Core, Event, lock};
use super::pixels::MAX_BYTES;
use crate::error::Result;
use crate::intake::identify;
use crate::intake::read::{self, PixelBytes};
use crate::model::viewing::{self, Asked, Cause, Limits, Policy, Refusal, Used};
use crate::model::{CaseId, CaseState, Place};
use crate::store::cases::MatchRow;
use crate::store::contents::{ContentRow, Pixels};
use crate::store::inbox::{self, CaseDetail};
use crate::store::viewing::NewReveal;
use crate::store::{settings, sites, viewing as stored};

/// A session ends after this long without input.
const SESSION_PAUSE: Duration = Duration::from_secs(30 * 60);
/// The worker's time, and the way of the pixels, before the time of showing begins.
const PREPARING: Duration = Duration::from_secs(5);
/// The setting that holds until when a person stopped.
const STOPPED: &str = "stopped_until";
/// Longest reason in a person's own words, in characters.
pub const LONGEST_REASON: usize = 200;

/// What is open, and how much this session has seen. A session ends with the process.
#[derive(Debug, Default)]
pub struct Viewing(Mutex<Session>);

#[derive(Debug, Default)]
struct Session {
    reveals: u64,
    input_at: Option<Duration>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    id: i64,
    step: Step,
    /// Taken by the one call that makes pixels of them.
    bytes: Option<PixelBytes>,
    opened: Duration,
    longest: Duration,
}

/// A wish to see one step of a case.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Of which case.
    pub case: CaseId,
    /// Which step, 1 to 4.
    pub step: u8,
    /// Why, where a reason is asked for.
    pub reason: Option<String>,
    /// The local day, as days since 1970.
    pub today: i64,
    /// For how long, in milliseconds.
    pub wanted_ms: i64,
}

/// A reveal that is on record and may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub reveal: i64,
    /// For how long it may be shown, in milliseconds.
    pub longest_ms: i64,
}

/// What a person may do with the picture of a case.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The highest step for this person; 0: there is no control.
    pub steps: u8,
    /// What the lists allow.
    pub policy: Policy,
    /// A limit of the day or of the session is reached.
    pub is_up: bool,
}

/// What is left of today.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// What holds today.
    pub limits: Limits,
    /// What holds once every change counts.
    pub wanted: Limits,
    /// What is used up.
    pub used: Used,
}

/// The rule of a case: every match that ever raised it has a say, also one that was taken back.
pub fn policy_of(detail: &CaseDetail) -> Policy {
    let raising = |(stored, ..): &(MatchRow, String, i64)| {
        (stored.polarity == Polarity::Alert).then_some((stored.found.harm, stored.found.match_type))
    };
    let of_matches = Policy::of_case(detail.matches.iter().filter_map(raising));
    // The case remembers the strictest harm that it ever had, whatever became of the match.
    let of_case = Policy::of_match(detail.row.case.harm, detail.row.case.match_type);
    if of_case == Policy::NOTHING { of_case } else { of_matches }
}

/// Whether a reveal exists for a case as it stands: open or snoozed, no flood, a picture, and still on a site.
fn can_exist(detail: &CaseDetail) -> bool {
    let waits = matches!(detail.row.case.state, CaseState::Open | CaseState::Snoozed | CaseState::Asked) && detail.row.flood.is_none();
    let is_picture = detail.content.pixels.as_ref().and_then(Pixels::picture).is_some();
    waits
        && is_picture
        && detail.uploads.iter().any(|file| file.upload.place == Place::Site && file.upload.content == Some(detail.content.id))
}

/// What is left of today for whoever acts.
///
/// # Errors
/// The store's own.
pub fn budget(core: &Core, today: i64) -> Result<Budget> {
    let person = core.person()?.name;
    let session = session_reveals(core);
    core.store.read(|connection| {
        let used = Used { session, ..stored::used(connection, &person, today)? };
        Ok(Budget { limits: stored::limits(connection, today)?, wanted: stored::wanted(connection)?, used })
    })
}

fn session_reveals(core: &Core) -> u64 {
    let mut session = lock(&core.viewing.0);
    let now = core.clock.monotonic();
    if session.input_at.is_some_and(|at| now.saturating_sub(at) >= SESSION_PAUSE) {
        session.reveals = 0;
        session.input_at = None;
    }
    session.reveals
}

/// There was input: the session goes on.
pub fn input(core: &Core) {
    session_reveals(core);
    lock(&core.viewing.0).input_at = Some(core.clock.monotonic());
}

/// The person stops until a time, in milliseconds since 1970: the session is over. Watching goes on.
///
/// # Errors
/// The store's own.
pub fn stop(core: &Core, until: i64) -> Result<()> {
    {
        let mut session = lock(&core.viewing.0);
        (session.reveals, session.input_at) = (0, None);
    }
    core.store.write(move |tx| settings::set(tx, STOPPED, &until.to_string()))
}

/// The person goes on before that time.
///
/// # Errors
/// The store's own.
pub fn go_on(core: &Core) -> Result<()> {
    core.store.write(|tx| settings::set(tx, STOPPED, "0"))
}

/// Until when the person stopped, in milliseconds since 1970; `None` if nobody did, or the time is over. It outlives the process.
///
/// # Errors
/// The store's own.
pub fn stopped_until(core: &Core) -> Result<Option<i64>> {
    let until = core.store.read(|connection| settings::get(connection, STOPPED))?.and_then(|text| text.parse().ok());
    Ok(until.filter(|until| *until > core.clock.now_ms()))
}

/// What may be done with the picture of a case.
///
/// # Errors
/// The store's own.
pub fn offered(core: &Core, detail: &CaseDetail, today: i64) -> Result<Offered> {
    let policy = policy_of(detail);
    let (budget, person) = (budget(core, today)?, core.person()?);
    let no_pictures = person.no_pictures || !person.may(crate::model::Ability::View);
    let steps = if can_exist(detail) { policy.steps_for(&budget.limits, no_pictures) } else { 0 };
    Ok(Offered { steps, policy, is_up: !detail.row.case.practice && budget.used.is_up(&budget.limits) })
}

/// Opens a reveal. When this answers, it is on record.
///
/// # Errors
/// The store's own, when the case cannot be read. Everything else is a [`Refusal`].
pub fn open(core: &Core, wish: Wish) -> Result<std::result::Result<Opened, Refusal>> {
    let detail = core.store.read(|connection| inbox::detail(connection, wish.case))?;
    let (budget, person) = (budget(core, wish.today)?, core.person()?);
    let reason = wish.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let asked = Asked {
        step: wish.step,
        has_reason: reason.is_some(),
        no_pictures: person.no_pictures || !person.may(crate::model::Ability::View),
        practice: detail.row.case.practice,
    };
    if let Err(refusal) = viewing::allow(policy_of(&detail), &budget.limits, &budget.used, asked) {
        return Ok(Err(refusal));
    }
    let Some(step) = Step::from_number(wish.step) else { return Ok(Err(Refusal::Never)) };
    if !can_exist(&detail) {
        return Ok(Err(if detail.uploads.iter().any(|file| file.upload.place == Place::Site) { Refusal::Never } else { Refusal::Gone }));
    }
    if is_busy(core)? {
        return Ok(Err(Refusal::Busy));
    }
    let bytes = match bytes_of(core, &detail)? {
        Ok(bytes) => bytes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let longest_ms = viewing::longest_ms(&budget.limits, &budget.used, wish.wanted_ms, asked.practice);
    let new = NewReveal {
        case: wish.case,
        step: wish.step,
        reason: reason.map(|reason| reason.chars().take(LONGEST_REASON).collect()),
        harm: detail.row.case.harm.as_str().to_owned(),
        counts: !asked.practice,
        today: wish.today,
        longest_ms,
    };
    let Ok(id) = core.store.write(move |tx| stored::open(tx, &new)) else { return Ok(Err(Refusal::Record)) };
    let longest = Duration::from_millis(u64::try_from(longest_ms).unwrap_or(0));
    let mut session = lock(&core.viewing.0);
    session.reveals += u64::from(!asked.practice);
    session.open = Some(Open { id, step, bytes: Some(bytes), opened: core.clock.monotonic(), longest });
    Ok(Ok(Opened { reveal: id, longest_ms }))
}

/// Whether another reveal is open. One whose time is long over was forgotten by the page, and is closed.
fn is_busy(core: &Core) -> Result<bool> {
    let now = core.clock.monotonic();
    let forgotten = {
        let mut session = lock(&core.viewing.0);
        match &session.open {
            None => return Ok(false),
            Some(open) if now.saturating_sub(open.opened) < open.longest + PREPARING => return Ok(true),
            Some(_) => session.open.take(),
        }
    };
    if let Some(open) = forgotten {
        let ms = i64::try_from(open.longest.as_millis()).unwrap_or(i64::MAX);
        core.store.write(move |tx| stored::close(tx, open.id, ms, Cause::NotClosed))?;
    }
    Ok(false)
}

/// The bytes of the content, read anew from one of its paths: exactly what was matched, or a reason why not.
fn bytes_of(core: &Core, detail: &CaseDetail) -> Result<std::result::Result<PixelBytes, Refusal>> {
    let mut refusal = Refusal::Gone;
    let of_content = detail.uploads.iter().map(|file| &file.upload).filter(|row| row.content == Some(detail.content.id));
    for row in of_content.filter(|row| row.place == Place::Site) {
        let site = core.store.read(|connection| sites::get(connection, row.file.site))?;
        let Ok(root) = identify::open_root(&site.root, site.root_identity) else { continue };
        let Ok(mut opened) = identify::open_beneath(root.as_fd(), &row.file.path) else { continue };
        let Ok(reading) = read::read_once(&mut opened, &core.stop, MAX_BYTES) else { continue };
        if reading.changed || reading.content.sha256 != detail.content.content.sha256 {
            refusal = Refusal::Changed;
            continue;
        }
        return Ok(reading.bytes.ok_or(Refusal::Undecodable));
    }
    Ok(Err(refusal))
}

/// The pixels of an open reveal, once.
///
/// # Errors
/// [`Refusal::Never`] for a reveal that is closed or was drawn already; [`Refusal::Slow`], [`Refusal::Undecodable`].
pub fn pixels(core: &Core, reveal: i64) -> std::result::Result<Rendition, Refusal> {
    let taken = {
        let mut session = lock(&core.viewing.0);
        let open = session.open.as_mut().filter(|open| open.id == reveal);
        open.and_then(|open| open.bytes.take().map(|bytes| (bytes, open.step)))
    };
    let (bytes, step) = taken.ok_or(Refusal::Never)?;
    let drawn = core.worker.rendition(&bytes, step, strength(core), &core.stop);
    // Whoever let go meanwhile gets nothing.
    let is_open = lock(&core.viewing.0).open.as_ref().is_some_and(|open| open.id == reveal);
    match drawn {
        _ if !is_open => Err(Refusal::Never),
        Ok(rendition) => Ok(rendition),
        Err(Unusable::DecoderTimeout) => Err(Refusal::Slow),
        Err(_) => Err(Refusal::Undecodable),
    }
}

fn strength(core: &Core) -> Strength {
    let stored = core.store.read(|connection| settings::get(connection, "outline_strength")).ok().flatten();
    stored.and_then(|text| text.parse().ok()).and_then(Strength::from_number).unwrap_or_default()
}

/// Ends a reveal. The time is capped by this program's own clock and by what was allowed.
///
/// # Errors
/// The store's own; the row is then closed at the next start, with the longest time.
pub fn close(core: &Core, reveal: i64, shown_ms: i64, cause: Cause) -> Result<()> {
    let open = {
        let mut session = lock(&core.viewing.0);
        if session.open.as_ref().is_some_and(|open| open.id == reveal) { session.open.take() } else { None }
    };
    let passed =
        open.map_or(i64::MAX, |open| i64::try_from(core.clock.monotonic().saturating_sub(open.opened).as_millis()).unwrap_or(i64::MAX));
    core.store.write(move |tx| stored::close(tx, reveal, shown_ms.min(passed), cause))?;
    core.tell(Event::Recorded);
    Ok(())
}

/// Ends what a crash left open. To be called once by whoever shows pictures, before the first of them.
///
/// # Errors
/// The store's own.
pub fn close_left(core: &Core) -> Result<u64> {
    core.store.write(stored::close_left)
}

/// The 256 bits in which the content's fingerprint differs from the entry of a match, most significant first, as 64 hexadecimal digits. `None` where it may
/// not be shown, or is not known any more: another version of the list answers now.
///
/// # Errors
/// The store's own.
pub fn difference(core: &Core, policy: Policy, content: &ContentRow, stored: &MatchRow) -> Result<Option<String>> {
    let found = &stored.found;
    if !policy.grid || found.kind != SignalKind::Pdq || stored.withdrawn_at.is_some() {
        return Ok(None);
    }
    let lists = core.lists();
    let (Some(active), Some(distance)) = (lists.lists.iter().find(|active| active.list.id == found.list), found.distance) else {
        return Ok(None);
    };
    let picture = content.pixels.as_ref().and_then(Pixels::picture);
    let signals = picture.into_iter().flat_map(|picture| &picture.signals);
    for signal in signals.filter(|signal| Some(signal.view.number()) == found.view && signal.is_matchable()) {
        let near = active.index.near(&signal.hash, distance).map_err(|_| active.damage())?;
        for near in near.into_iter().filter(|near| near.distance == distance) {
            if active.entry(near.entry)?.is_none_or(|entry| entry.key != found.entry_key) {
                continue;
            }
            let value = active.index.near_value(&signal.hash, distance, near.entry).map_err(|_| active.damage())?;
            let differs =
                value.map(|value| value.as_bytes().iter().zip(signal.hash.as_bytes()).map(|(a, b)| format!("{:02x}", a ^ b)).collect());
            return Ok(differs);
        }
    }
    Ok(None)
}
