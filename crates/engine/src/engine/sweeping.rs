//! One sweep of one site: a full walk, compared with the rows. It finds what events missed, and only it may call a file gone.

use std::collections::HashMap;
use std::os::fd::AsFd as _;
use std::time::Duration;

use super::core::{Core, Event};
use super::mapping;
use crate::error::Result;
use crate::intake::identify::{self, FileStat, Refused, RootProblem};
use crate::intake::sweep::{self, Seen, Walk};
use crate::intake::watch::{Hint, HintKind, SweepCause};
use crate::model::{CheckState, FileIdentity, Reason, Role, Site, SiteFile, SitePath, UploadId};
use crate::store::sites::{self, SiteHealth, SiteState};
use crate::store::uploads::{self, Known};
use crate::triage::todos;

/// Unusual paths that share one transaction.
const REFUSED_AT_ONCE: usize = 256;
/// Type bits of a mode, and the value of a directory. Source: POSIX `sys/stat.h`.
const TYPE_BITS: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;

/// What a sweep came to.
#[derive(Clone, Debug)]
pub struct Swept {
    /// What the walk can vouch for.
    pub walk: Walk,
    /// How long it took.
    pub took: Duration,
    /// Files that have to be checked, each of which was hinted.
    pub hinted: u64,
}

/// What a sweep hands on while it walks. Both may wait.
pub trait Found {
    /// A file that is new, changed or unfinished.
    fn file(&mut self, hint: Hint);
    /// A directory, told before its first entry is read.
    fn directory(&mut self, path: SitePath);
}

/// Walks a site and hands what it finds to `found`. `cause` is told with the outcome.
///
/// # Errors
/// The store's own. A root that cannot be used is not an error: it is in the walk, and the site's health says it.
pub fn sweep(core: &Core, site: &Site, cause: SweepCause, found: &mut dyn Found) -> Result<Swept> {
    let (started_at, started) = (core.clock.now_ms(), core.clock.monotonic());
    core.with_progress(site.id, true, |progress| progress.walking = true);
    let mut known = core.store.read(|connection| uploads::known(connection, site.id))?;
    let mut refused: Vec<(SiteFile, Reason, bool)> = Vec::new();
    let mut hinted = 0;
    let mut failure = None;
    let walk = sweep::walk_only(&site.root, site.root_identity, &site.only, &core.stop, &mut |seen| match seen {
        Seen::Directory { path } => found.directory(path),
        Seen::File { path, stat } => {
            let wanted = is_wanted(known.remove(&path), &stat, started_at);
            core.with_progress(site.id, false, |progress| {
                progress.walked += 1;
                if wanted {
                    progress.total += 1;
                    progress.bytes_total += stat.identity.size;
                }
            });
            if wanted {
                hinted += 1;
                found.file(Hint { site: site.id, path, kind: HintKind::Look });
            }
        }
        Seen::Unusual { path, reason, stat } => {
            let same = known.remove(&path).is_some_and(|row| row.reason == Some(reason));
            if !same {
                let directory = stat.is_none_or(|stat| stat.mode & TYPE_BITS == DIRECTORY);
                refused.push((SiteFile { site: site.id, path }, reason, directory));
            }
            if refused.len() >= REFUSED_AT_ONCE {
                failure = write_refused(core, &mut refused).err().or(failure.take());
            }
        }
    });
    failure.map_or(Ok(()), Err)?;
    write_refused(core, &mut refused)?;
    let took = core.clock.monotonic().saturating_sub(started);
    core.with_progress(site.id, false, |progress| progress.walking = false);
    end(core, (site, cause), &walk, known, started_at, took)?;
    Ok(Swept { walk, took, hinted })
}

/// Whether a file that the walk saw has to be checked.
fn is_wanted(known: Option<Known>, stat: &FileStat, now: i64) -> bool {
    let Some(known) = known else { return true };
    if known.state == CheckState::Skipped && known.role == Role::Temporary && is_stale(known.first_seen_at, &stat.identity, now) {
        return true;
    }
    known.identity != Some(stat.identity)
        || known.state == CheckState::Found
        || known.reason.is_some_and(|reason| reason.is_retried_each_sweep())
}

/// Whether a file that calls itself temporary has been there for a day: then it counts as an upload.
pub(super) fn is_stale(first_seen_at: i64, identity: &FileIdentity, now: i64) -> bool {
    /// Milliseconds of a day.
    const DAY: i64 = 86_400_000;
    now - first_seen_at.min(identity.ctime_ns / 1_000_000) > DAY
}

fn write_refused(core: &Core, refused: &mut Vec<(SiteFile, Reason, bool)>) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let rows = std::mem::take(refused);
    let told: Vec<(SiteFile, Reason)> = rows.iter().map(|(file, reason, _)| (file.clone(), *reason)).collect();
    core.store
        .write(move |tx| rows.iter().try_for_each(|(file, reason, directory)| uploads::refused(tx, file, *reason, *directory).map(drop)))?;
    told.into_iter().for_each(|(file, reason)| core.tell(Event::CouldNotCheck { file, reason }));
    Ok(())
}

/// Writes down what the walk vouches for: rows that it did not see are gone, the site was looked at completely.
fn end(
    core: &Core,
    (site, cause): (&Site, SweepCause),
    walk: &Walk,
    unseen: HashMap<SitePath, Known>,
    started_at: i64,
    took: Duration,
) -> Result<()> {
    let unseen = unseen.into_iter().filter(|(path, _)| walk.vouches_for(path)).map(|(path, known)| (known.id, path)).collect();
    let gone = really_gone(site, unseen);
    let ids: Vec<UploadId> = gone.iter().map(|(id, _)| *id).collect();
    let (id, complete) = (site.id, walk.complete);
    let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    let proven = core.store.write(move |tx| {
        uploads::gone(tx, &ids)?;
        if complete {
            sites::sweep_completed(tx, id, started_at, took_ms)?;
            return todos::prove(tx);
        }
        Ok(Vec::new())
    })?;
    proven.into_iter().for_each(|case| core.tell(Event::Case { case, file: None }));
    mapping::look_again(core, site)?;
    for (_, path) in gone {
        core.tell(Event::Gone { file: SiteFile { site: site.id, path } });
    }
    core.tell(Event::Sweep { site: site.id, files: walk.files, complete, took, cause });
    if let Some(problem) = walk.problem {
        set_root_health(core, site, problem)?;
    }
    Ok(())
}

/// A listing may miss a name that is renamed while it runs: each absence is asked for by name before it counts.
fn really_gone(site: &Site, unseen: Vec<(UploadId, SitePath)>) -> Vec<(UploadId, SitePath)> {
    if unseen.is_empty() {
        return unseen;
    }
    let Ok(root) = identify::open_root(&site.root, site.root_identity) else { return Vec::new() };
    let is_gone = |path: &SitePath| matches!(identify::stat_beneath(root.as_fd(), path), Err(Refused::Gone));
    unseen.into_iter().filter(|(_, path)| is_gone(path)).collect()
}

/// Says what is wrong with a root. A missing root never means "all files gone".
///
/// # Errors
/// The store's own.
pub fn set_root_health(core: &Core, site: &Site, problem: RootProblem) -> Result<()> {
    let is_unmounted = problem == RootProblem::Replaced && identify::is_unmounted(&site.root, site.root_identity);
    let health = match problem {
        RootProblem::Stopped => return Ok(()),
        _ if is_unmounted => SiteHealth::Missing,
        RootProblem::Replaced | RootProblem::NotADirectory => SiteHealth::Replaced,
        RootProblem::Missing | RootProblem::PermissionDenied | RootProblem::Io => SiteHealth::Missing,
    };
    let detail = match problem {
        RootProblem::PermissionDenied => Some("permission_denied"),
        RootProblem::Io => Some("io_error"),
        _ => is_unmounted.then_some("unmounted"),
    };
    set_health(core, site, health, detail.map(str::to_owned))
}

/// Why a watched site is polled while a sweep catches up with events that were lost.
pub(super) const CATCHING_UP: &str = "events_lost";

/// Events of a watched site were lost: until a sweep is over, it counts as polled. One that is not watched has its own word already.
///
/// # Errors
/// The store's own.
pub fn events_lost(core: &Core, site: &Site) -> Result<()> {
    let states = core.store.read(sites::all)?;
    if states.iter().any(|state| state.site.id == site.id && state.health == SiteHealth::Watching) {
        set_health(core, site, SiteHealth::Polling, Some(CATCHING_UP.to_owned()))?;
    }
    Ok(())
}

/// Whether this state is the one that [`events_lost`] wrote.
pub(super) fn is_catching_up(state: &SiteState) -> bool {
    state.health == SiteHealth::Polling && state.health_detail.as_deref() == Some(CATCHING_UP)
}

/// Writes the health of a site down and tells the listener.
///
/// # Errors
/// The store's own.
pub fn set_health(core: &Core, site: &Site, health: SiteHealth, detail: Option<String>) -> Result<()> {
    let (id, stored) = (site.id, detail.clone());
    if core.store.write(move |tx| sites::set_health(tx, id, health, stored.as_deref()))? {
        core.tell(Event::Health { site: site.id, health, detail });
    }
    Ok(())
}
