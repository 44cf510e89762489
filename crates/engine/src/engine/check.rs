//! One upload from its path to a checked row: identify, read once, fingerprint, match, case. The threads that call this are in
//! [`super::watching`].

use std::os::fd::AsFd as _;

use super::claims;
use super::core::{Core, Event, lock};
use super::pixels::{self, Told};
use super::strikes;
use super::sweeping;
use crate::error::Result;
use crate::intake::identify::{self, Refused, RootProblem};
use crate::intake::preset::Presets;
use crate::intake::read::{self, Reading, Unread};
use crate::intake::settle::Look;
use crate::intake::worker::Limits;
use crate::model::{CaseId, ClaimedHash, ContentId, FileIdentity, Place, Reason, Role, Site, SiteFile, SiteId, SitePath, Sorted, UploadId};
use crate::store::contents::{self, Pixels};
use crate::store::settings;
use crate::store::sites;
use crate::store::switches;
use crate::store::uploads::{self, Outcome};
use crate::store::{Tx, actions, sorted};
use crate::triage::cases::{Live, Trigger};
use crate::triage::{cases, matching};

/// Deaths of the worker on one content after which it is left alone.
const STRIKES: i64 = 2;

/// An upload whose row is `Found` and which is to be checked now.
#[derive(Clone, Debug)]
pub struct Work {
    /// Its row.
    pub upload: UploadId,
    /// Where it is.
    pub file: SiteFile,
    /// It has not come to rest: it is checked as it is, and stays visible as `changing`.
    pub changing: bool,
    /// It waits until nothing else does.
    pub is_last: bool,
}

/// What the check of one upload led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Both tracks ended, or the reason why not.
    Ended(Outcome),
    /// The root is not usable: the row stays `Found` and a sweep is due.
    NoRoot(RootProblem),
    /// The engine is stopping: the row stays `Found`.
    Stopped,
}

/// Writes the row `Found` for a file that has come to rest. From here on a crash resumes from the store.
///
/// # Errors
/// The store's own.
pub fn found(core: &Core, sites: &dyn Fn(SiteId) -> Option<Site>, files: Vec<(SiteFile, Look, bool)>) -> Result<Vec<Work>> {
    let presets = core.presets();
    let sorted = |file: &SiteFile| sites(file.site).map_or_else(Sorted::default, |site| sort(&presets, &site, &file.path));
    let files: Vec<_> = files.into_iter().map(|(file, look, changing)| (sorted(&file), file, look, changing)).collect();
    core.store.write(move |tx| {
        let mut work = Vec::with_capacity(files.len());
        for (sorted, file, look, changing) in files {
            let Look::Stat { identity, mtime_ns, .. } = look else { continue };
            if actions::is_set_aside(tx, &file)? {
                continue;
            }
            let is_done = |row: &uploads::UploadRow| row.identity == Some(identity) && row.state == crate::model::CheckState::Checked;
            if uploads::current(tx, &file)?.is_some_and(|row| is_done(&row) && row.place == crate::model::Place::Site) {
                continue;
            }
            if !sorted.role().is_checked() && !counts_as_upload(tx, &file, &identity, sorted.role())? {
                uploads::skipped(tx, &file, identity, mtime_ns, &sorted)?;
                continue;
            }
            let is_last = sorted.role() == Role::RemoteCache;
            let upload = uploads::found(tx, &file, identity, mtime_ns, Some(&sorted))?;
            work.push(Work { upload, file, changing, is_last });
        }
        Ok(work)
    })
}

/// What the preset of a site says of a path.
pub fn sort(presets: &Presets, site: &Site, path: &SitePath) -> Sorted {
    presets.of(site.preset.as_deref()).map_or_else(|_| Sorted::default(), |preset| preset.sort(&site.level, path))
}

/// A temporary file that stays for a day is an upload. Names are chosen by uploaders too: none is out of sight for good.
fn counts_as_upload(tx: &Tx<'_>, file: &SiteFile, identity: &FileIdentity, role: Role) -> Result<bool> {
    if role != Role::Temporary {
        return Ok(false);
    }
    let first_seen_at = uploads::current(tx, file)?.filter(|row| row.place == Place::Site).map_or(tx.now, |row| row.first_seen_at);
    Ok(sweeping::is_stale(first_seen_at, identity, tx.now))
}

/// Writes down that a path cannot be read at all.
///
/// # Errors
/// The store's own.
pub fn refuse(core: &Core, file: SiteFile, reason: Reason, directory: bool) -> Result<()> {
    let row = file.clone();
    core.store.write(move |tx| uploads::refused(tx, &row, reason, directory).map(drop))?;
    core.tell(Event::CouldNotCheck { file, reason });
    Ok(())
}

/// Checks one upload.
///
/// # Errors
/// The store's own; the row stays `Found` and is taken up again.
pub fn check(core: &Core, site: &Site, work: &Work) -> Result<Checked> {
    let root = match identify::open_root(&site.root, site.root_identity) {
        Ok(root) => root,
        Err(Refused::RootProblem(problem)) => return Ok(Checked::NoRoot(problem)),
        Err(_) => return Ok(Checked::NoRoot(RootProblem::Missing)),
    };
    let mut opened = match identify::open_beneath(root.as_fd(), &work.file.path) {
        Ok(opened) => opened,
        Err(Refused::Reason(reason)) => return could_not(core, work, None, reason),
        Err(Refused::Gone) => return could_not(core, work, None, Reason::Vanished),
        Err(Refused::RootProblem(problem)) => return Ok(Checked::NoRoot(problem)),
    };
    let work = &Work { upload: same_row(core, work, &opened)?, ..work.clone() };
    let reading = match read::read_once(&mut opened, &core.stop, pixels::MAX_BYTES) {
        Ok(reading) => reading,
        Err(Unread::Reason(reason)) => return could_not(core, work, None, reason),
        Err(Unread::Stopped) => return Ok(Checked::Stopped),
    };
    let content = reading.content.clone();
    let id = core.store.write(move |tx| contents::ensure(tx, &content))?;
    let Some(pixels) = pixel_track(core, id, &reading)? else { return Ok(Checked::Stopped) };
    let changing = work.changing || reading.changed;
    finish(core, work, id, &reading, pixels, changing)
}

/// The row of exactly the file that was opened: it may have been replaced since it came to rest.
fn same_row(core: &Core, work: &Work, opened: &identify::Opened) -> Result<UploadId> {
    let row = core.store.read(|connection| uploads::get(connection, work.upload))?;
    if row.identity == Some(opened.stat.identity) {
        return Ok(work.upload);
    }
    let (file, identity, mtime_ns) = (work.file.clone(), opened.stat.identity, opened.stat.mtime_ns);
    core.store.write(move |tx| uploads::found(tx, &file, identity, mtime_ns, None))
}

fn could_not(core: &Core, work: &Work, content: Option<ContentId>, reason: Reason) -> Result<Checked> {
    let upload = work.upload;
    let outcome = Outcome::CouldNotCheck(reason);
    core.store.write(move |tx| uploads::finish(tx, upload, content, outcome))?;
    core.tell(Event::CouldNotCheck { file: work.file.clone(), reason });
    Ok(Checked::Ended(outcome))
}

/// The pixel track. `None` if the engine is stopping.
fn pixel_track(core: &Core, id: ContentId, reading: &Reading) -> Result<Option<Pixels>> {
    // Copies that come at the same moment are one content: the first is decoded, the others read its answer. Decoded side by side, each would
    // count as an attempt that nobody lived to tell of.
    let Some(_turn) = core.turns.take(id, &core.stop) else { return Ok(None) };
    let stored = core.store.read(|connection| contents::get(connection, id))?;
    // Signals depend on bytes and decoder alone: a content that this one decoded before is not decoded again.
    let is_current = stored.decoder == Some(contents::DECODER_VERSION);
    if let Some(pixels) = stored.pixels.filter(|pixels| is_current && !is_worth_another_try(pixels)) {
        return Ok(Some(pixels));
    }
    let pixels = match pixels::without_worker(reading) {
        Some(pixels) => pixels,
        None => match decode(core, id, reading)? {
            Some(pixels) => pixels,
            None => return Ok(None),
        },
    };
    let stored = pixels.clone();
    core.store.write(move |tx| contents::set_pixels(tx, id, &stored))?;
    Ok(Some(pixels))
}

/// A file that shows up again gets another chance where the reason lay outside of it.
fn is_worth_another_try(pixels: &Pixels) -> bool {
    matches!(pixels, Pixels::Failed(Reason::SandboxUnavailable | Reason::DecoderTimeout | Reason::DecoderMemory, _))
}

fn decode(core: &Core, id: ContentId, reading: &Reading) -> Result<Option<Pixels>> {
    let Some(bytes) = &reading.bytes else { return Ok(Some(Pixels::Failed(Reason::TooLarge, None))) };
    if core.strikes.is_paused() {
        return Ok(Some(Pixels::Failed(Reason::SandboxUnavailable, None)));
    }
    loop {
        // Counted and committed before the attempt: a content that takes the whole program down is counted as well.
        let attempts = core.store.write(move |tx| contents::count_attempt(tx, id))?;
        if attempts > STRIKES {
            return Ok(Some(Pixels::Failed(Reason::DecoderCrashed, None)));
        }
        let limits = if attempts > 1 { Limits::Halved } else { Limits::Normal };
        let told = pixels::told(core.worker.fingerprint(bytes, limits, &core.stop));
        note_jail(core)?;
        match told {
            Told::Ended(pixels) => return Ok(Some(pixels)),
            Told::Died => strikes::note(core)?,
            Told::Stopped => return Ok(None),
        }
    }
}

/// Setting with the wire name of the level that the jail of the last worker reached.
pub(super) const JAIL: &str = "jail_level";

/// Writes down how far the jail of the last worker was closed, when that is news.
fn note_jail(core: &Core) -> Result<()> {
    let level = core.worker.last_jail();
    if level.is_none() || std::mem::replace(&mut *lock(&core.jail), level) == level {
        return Ok(());
    }
    let word = level.map_or("", fingerprint::JailLevel::as_str);
    core.store.write(move |tx| settings::set(tx, JAIL, word))
}

/// The one transaction at the end: matches, case, ledger, and the state of the row.
fn finish(core: &Core, work: &Work, id: ContentId, reading: &Reading, pixels: Pixels, changing: bool) -> Result<Checked> {
    let failed = if changing { Some(Reason::Changing) } else { pixels.reason() };
    let outcome = failed.map_or(Outcome::Checked, Outcome::CouldNotCheck);
    loop {
        let lists = core.refresh_lists()?;
        let found = matching::match_content(&lists, &reading.content, pixels.picture(), core.clock.now_ms())?;
        let live = Live::of(&lists, found);
        let (upload, used, site) = (work.upload, lists.generation, work.file.site);
        let claim = claim(core, work, reading)?;
        let done = core.store.write(move |tx| {
            // A list that was switched since the matching began has a say too: match again.
            if switches::generation(tx)? != used {
                return Ok(None);
            }
            // First the row: what was made from what is asked of rows, and who uploaded the content counts.
            uploads::finish(tx, upload, Some(id), outcome)?;
            let case = cases::apply(tx, id, &live, Trigger::Upload)?;
            contents::set_generation(tx, id, used)?;
            claim.map_or(Ok(()), |(hash, agrees)| sorted::count_claim(tx, site, hash, agrees))?;
            Ok(Some(case))
        })?;
        if let Some(case) = done {
            announce(core, work, outcome, case);
            return Ok(Checked::Ended(outcome));
        }
    }
}

fn announce(core: &Core, work: &Work, outcome: Outcome, case: Option<CaseId>) {
    let file = work.file.clone();
    if let Some(case) = case {
        core.tell(Event::Case { case, file: Some(file.clone()) });
    }
    core.tell(match outcome {
        Outcome::Checked => Event::Checked { file },
        Outcome::CouldNotCheck(reason) => Event::CouldNotCheck { file, reason },
    });
}

/// Whether the hash that the name claims is that of the content; `None` if it claims none. It is never used instead of computing.
fn claim(core: &Core, work: &Work, reading: &Reading) -> Result<Option<(ClaimedHash, bool)>> {
    let site = core.store.read(|connection| sites::get(connection, work.file.site))?;
    let sorted = sort(&core.presets(), &site, &work.file.path);
    Ok(sorted.claim.map(|(hash, text)| (hash, claims::agrees(hash, &text, &reading.content))))
}
