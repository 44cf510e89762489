//! What is covered and what is wrong: the material of `status`, of the health strip and of the empty inbox.

use fingerprint::JailLevel;
use hashlist::{Format, Polarity};

use super::check;
use super::core::{Core, SweepProgress};
use super::strikes;
use super::sweeping;
use super::vaulting;
use crate::error::Result;
use crate::intake::sweep;
use crate::lists::download::schedule::{self, Age, Freshness};
use crate::model::{CaseId, Hold, SiteId};
use crate::store::list_handling::{self, Handling};
use crate::store::lists::{self, ListRow, VersionRow};
use crate::store::own_lists::{self, OwnList};
use crate::store::settings;
use crate::store::sites::{self, SelfTest, SiteHealth, SiteState};
use crate::store::subscriptions;
use crate::store::switches;
use crate::store::uploads::{self, Counts};
use crate::store::{Trouble, actions, list_keys, list_times, vault};
use std::time::Duration;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Blind gaps are told for this long.
const GAPS_MS: i64 = 30 * DAY_MS;

/// One thing that is wrong, or that keeps the coverage from being whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A word that the words of terminal and page hang on.
    pub code: &'static str,
    /// The site it is about.
    pub site: Option<String>,
    /// The list it is about.
    pub list: Option<String>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// How many files or rows.
    pub count: Option<u64>,
    /// Since when, in milliseconds since 1970.
    pub since: Option<i64>,
}

impl Problem {
    fn new(code: &'static str) -> Self {
        Self { code, site: None, list: None, case: None, count: None, since: None }
    }
}

/// One site with everything that is known of it.
#[derive(Clone, Debug)]
pub struct SiteView {
    /// The site and its stored state.
    pub state: SiteState,
    /// Running counts of its uploads.
    pub counts: Counts,
    /// Last self-test.
    pub selftest: Option<SelfTest>,
    /// Blind gaps of the last 30 days.
    pub blind_gaps: u64,
    /// The longest of them, in milliseconds.
    pub longest_blind_gap_ms: i64,
    /// Time between two sweeps, in seconds.
    pub period_s: u64,
    /// A running sweep.
    pub sweep: Option<SweepProgress>,
}

/// How fresh a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFreshness {
    /// In use.
    Ready,
    /// In use, without a look for a week.
    Old,
    /// In use; for a day its place could not be reached.
    NotReached,
    /// In use, past its own end, or without a look for longer than its format allows.
    OutOfDate,
    /// Known-good: raises nothing.
    RaisesNothing,
    /// Its index is damaged.
    NotInUse,
    /// In use; older uploads are still being matched.
    Rematching,
}

impl ListFreshness {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Old => "old",
            Self::NotReached => "not_reached",
            Self::OutOfDate => "out_of_date",
            Self::RaisesNothing => "raises_nothing",
            Self::NotInUse => "not_in_use",
            Self::Rematching => "rematching",
        }
    }
}

/// One list with its active version.
#[derive(Clone, Debug)]
pub struct ListView {
    /// The list.
    pub list: ListRow,
    /// The version that answers.
    pub version: VersionRow,
    /// How fresh it is.
    pub freshness: ListFreshness,
    /// Since when it is old, not reached or out of date.
    pub since: Option<i64>,
    /// Until when its publisher stands by it, if anybody said.
    pub expires: Option<i64>,
    /// It has a pinned key: nothing continues it that is not signed.
    pub is_signed: bool,
    /// What makes it a list of one's own; `None` for every other.
    pub own: Option<OwnList>,
    /// Who gave it, and on what terms.
    pub handling: Handling,
    /// Those terms are to be looked at again.
    pub is_review_due: bool,
    /// Open cases that rest on it.
    pub open_cases: u64,
}

/// Everything at a glance.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The sites.
    pub sites: Vec<SiteView>,
    /// The lists.
    pub lists: Vec<ListView>,
    /// Counts over all sites but the practice site.
    pub counts: Counts,
    /// Start of the oldest last complete sweep: up to then every upload is accounted for. `None` if a site was never swept.
    pub up_to: Option<i64>,
    /// Worst first.
    pub problems: Vec<Problem>,
    /// Longest blind gap of the last 30 days over all sites, in milliseconds.
    pub longest_blind_gap_ms: i64,
    /// Only the practice list raises cases.
    pub practice_only: bool,
    /// Holds that end soon, or whose time is over, the next one first.
    pub holds_ending: Vec<Hold>,
}

/// Every site with its state.
///
/// # Errors
/// The store's own.
pub fn site_views(core: &Core) -> Result<Vec<SiteView>> {
    let now = core.clock.now_ms();
    let progress = core.progress();
    let is_watched = core.home.watcher().is_some();
    core.store.read(|connection| {
        let view = |mut state: SiteState| -> Result<SiteView> {
            let id = state.site.id;
            // What a watcher said last is of the past once it has ended; that a root was lost is still worth saying.
            if !is_watched && !matches!(state.health, SiteHealth::Missing | SiteHealth::Replaced | SiteHealth::Paused) {
                state.health = SiteHealth::Stopped;
            }
            let (blind_gaps, longest_closed) = sites::blind_gaps(connection, id, now - GAPS_MS, now)?;
            let longest_blind_gap_ms = longest_closed.max(open_gap_ms(&state, now));
            Ok(SiteView {
                counts: uploads::counts(connection, id)?,
                selftest: sites::last_selftest(connection, id)?,
                blind_gaps,
                longest_blind_gap_ms,
                period_s: period_s(&state),
                sweep: progress.iter().find(|(site, _)| *site == id).map(|(_, progress)| *progress),
                state,
            })
        };
        sites::all(connection)?.into_iter().map(view).collect()
    })
}

/// For how long nothing has been sure, where only sweeps see anything: milliseconds since the last complete one began.
fn open_gap_ms(state: &SiteState, now: i64) -> i64 {
    let sees_events = matches!(state.health, SiteHealth::Watching | SiteHealth::Starting);
    state.sweep_started_at.filter(|_| !sees_events).map_or(0, |at| (now - at).max(0))
}

fn period_s(state: &SiteState) -> u64 {
    let took = Duration::from_millis(u64::try_from(state.sweep_took_ms.unwrap_or(0)).unwrap_or(0));
    sweep::interval(took, 0.0).as_secs()
}

/// Every list with its active version.
///
/// # Errors
/// The store's own.
pub fn list_views(core: &Core) -> Result<Vec<ListView>> {
    let active = core.refresh_lists()?;
    let now = core.clock.now_ms();
    core.store.read(|connection| {
        let waiting = switches::waiting(connection)?;
        let view = |list: ListRow| -> Result<ListView> {
            let version = lists::version(connection, list.id, list.active_seq)?;
            let is_damaged = active.damaged.iter().any(|damaged| damaged.id == list.id);
            let own = own_lists::get(connection, list.id)?;
            // Nobody else knows more of a list of one's own than is here.
            let age = if own.is_some() { Freshness::Fresh } else { age_of(connection, &list, &version, now)? };
            let is_behind = waiting.iter().any(|switch| switch.list.is_none_or(|id| id == list.id));
            let freshness = freshness(&list, age, is_damaged, is_behind);
            let is_signed = list_keys::key_of(connection, list.id)?.is_some();
            let (since, expires) = (age.since(), list_times::expiry(connection, list.id)?);
            let handling = list_handling::get(connection, list.id)?;
            Ok(ListView {
                open_cases: lists::open_cases(connection, list.id)?,
                is_review_due: handling.is_due(now),
                list,
                version,
                freshness,
                since,
                expires,
                is_signed,
                own,
                handling,
            })
        };
        lists::all(connection)?.into_iter().map(view).collect()
    })
}

/// How old a list is, by its last look that succeeded and by its own end. Time is the largest that this home ever saw.
fn age_of(connection: &crate::store::Connection, list: &ListRow, version: &VersionRow, now: i64) -> Result<Freshness> {
    let source = subscriptions::of_list(connection, list.id)?;
    let succeeded_at = source.as_ref().and_then(|source| source.succeeded_at).unwrap_or(i64::MIN);
    let age = Age {
        format: Format::from_wire(&version.format).unwrap_or(Format::Practice),
        harm: list.harm,
        polarity: list.polarity,
        expires: list_times::expiry(connection, list.id)?,
        checked_at: version.imported_at.max(succeeded_at),
        is_failing: source.is_some_and(|source| source.failures > 0),
    };
    Ok(schedule::freshness(&age, list_times::largest_time(connection, now)?))
}

fn freshness(list: &ListRow, age: Freshness, is_damaged: bool, is_behind: bool) -> ListFreshness {
    match () {
        () if is_damaged => ListFreshness::NotInUse,
        () if is_behind => ListFreshness::Rematching,
        () if list.polarity == Polarity::Ignore => ListFreshness::RaisesNothing,
        () => match age {
            Freshness::OutOfDate { .. } => ListFreshness::OutOfDate,
            Freshness::Old { .. } => ListFreshness::Old,
            Freshness::NotReached { .. } => ListFreshness::NotReached,
            Freshness::Fresh => ListFreshness::Ready,
        },
    }
}

/// Everything at a glance.
///
/// # Errors
/// The store's own.
pub fn overview(core: &Core, watches_here: bool) -> Result<Overview> {
    let (sites, lists) = (site_views(core)?, list_views(core)?);
    let real: Vec<&SiteView> = sites.iter().filter(|view| !view.state.site.practice).collect();
    // With nothing but the practice site there is something to show as well.
    let counted: Vec<&SiteView> = if real.is_empty() { sites.iter().collect() } else { real };
    let mut counts = Counts::default();
    counted.iter().for_each(|view| counts.add(&view.counts));
    let up_to = counted.iter().map(|view| view.state.sweep_started_at).min().flatten();
    let practice_only = lists.iter().filter(|view| view.list.polarity == Polarity::Alert).all(|view| view.list.practice);
    let mut problems = problems(core, &sites, &lists, practice_only, watches_here);
    problems.extend(vault_problems(core)?);
    problems.extend(decoding_problems(core)?);
    problems.extend(database_problem(core));
    problems.sort_by_key(|problem| rank(problem.code));
    let holds_ending = vaulting::holds_ending(core)?;
    let longest_blind_gap_ms = sites.iter().map(|view| view.longest_blind_gap_ms).max().unwrap_or(0);
    Ok(Overview { counts, up_to, problems, longest_blind_gap_ms, practice_only, holds_ending, sites, lists })
}

fn problems(core: &Core, sites: &[SiteView], lists: &[ListView], practice_only: bool, watches_here: bool) -> Vec<Problem> {
    let watched = watches_here || core.home.watcher().is_some();
    let mut all: Vec<Problem> = sites.iter().filter_map(|view| site_problem(view, watched)).collect();
    if !watched && !sites.is_empty() {
        all.push(Problem::new("not_watching"));
    } else if !watches_here && !sites.is_empty() {
        all.push(Problem::new("watched_elsewhere"));
    }
    all.extend(lists.iter().filter_map(list_problem));
    let has_own_site = sites.iter().any(|view| !view.state.site.practice);
    if has_own_site && lists.is_empty() {
        all.push(Problem::new("no_list"));
    } else if has_own_site && practice_only {
        all.push(Problem::new("practice_list_only"));
    }
    for view in sites {
        let unread = view.counts.reasons.iter().find(|(reason, _)| *reason == crate::model::Reason::PermissionDenied);
        if let Some((_, count)) = unread {
            all.push(Problem { site: Some(view.state.site.name.clone()), count: Some(*count), ..Problem::new("permission_denied") });
        }
        if let Some(failed) = view.selftest.as_ref().filter(|test| !test.ok) {
            all.push(Problem { site: Some(view.state.site.name.clone()), since: Some(failed.at), ..Problem::new("selftest_failed") });
        }
    }
    all
}

/// What keeps anything from being written.
fn database_problem(core: &Core) -> Option<Problem> {
    let code = match core.store.look_at_file() {
        Some(Trouble::Lost) => "database_damaged",
        Some(Trouble::Behind) => "ledger_broken",
        Some(Trouble::NoRoom | Trouble::Failing) => "no_room",
        // A process that only looks has not met the full disk yet.
        Some(Trouble::Busy) | None if core.home.has_no_room() => "no_room",
        Some(Trouble::Busy) | None => return None,
    };
    Some(Problem::new(code))
}

/// The weekly look at sealed files waits for the key for this long before that is said.
const LOOK_OVERDUE_MS: i64 = 14 * 86_400_000;

/// What is wrong with the vault, or keeps files from it.
fn vault_problems(core: &Core) -> Result<Vec<Problem>> {
    core.store.read(|connection| {
        let mut all: Vec<Problem> = Vec::new();
        for file in vault::with_problem(connection)? {
            if !all.iter().any(|known| known.case == Some(file.case)) {
                all.push(Problem { case: Some(file.case), ..Problem::new("evidence_missing") });
            }
        }
        let key = core.vault.keys.state(connection)?;
        if key.key.is_some() && !key.is_here() {
            all.push(Problem::new("vault_key_missing"));
        } else if key.key.is_some() && key.saved_at.is_none() {
            all.push(Problem::new("recovery_key_not_saved"));
        }
        let waiting = actions::waiting_to_seal(connection)?;
        let needs_key = waiting.iter().any(|(why, _)| why == "vault_key_locked");
        let overdue = core.clock.now_ms() - LOOK_OVERDUE_MS;
        if needs_key || (key.is_locked && vault::to_verify(connection, overdue)?.is_some()) {
            all.push(Problem::new("vault_key_locked"));
        }
        for (why, count) in waiting {
            let code = match why.as_str() {
                // Its turn has not come; or said already.
                "" | "vault_key_missing" | "vault_key_locked" | "sealed_missing" | "sealed_damaged" => continue,
                "no_room" => "no_room_to_seal",
                _ => "not_sealed",
            };
            all.push(Problem { count: Some(count), ..Problem::new(code) });
        }
        Ok(all)
    })
}

/// What keeps pictures from being decoded, or the jail around their decoders from being whole.
fn decoding_problems(core: &Core) -> Result<Vec<Problem>> {
    let mut all = Vec::new();
    if let Some(since) = strikes::paused_at(core)? {
        all.push(Problem { since: Some(since), ..Problem::new("decoding_paused") });
    }
    match core.store.read(|connection| settings::get(connection, check::JAIL))?.as_deref() {
        // Here nothing is decoded below the floor; elsewhere the system offers no more.
        Some("none" | "limits") if cfg!(target_os = "linux") => all.push(Problem::new("no_sandbox")),
        Some("none" | "limits") => all.push(Problem::new("sandbox_reduced")),
        _ => {}
    }
    Ok(all)
}

/// How far the jail of the last worker was closed. Before the first picture a worker is started and asked, which takes milliseconds; `None` if none
/// could be.
///
/// # Errors
/// The store's own.
pub fn sandbox(core: &Core) -> Result<Option<JailLevel>> {
    let word = core.store.read(|connection| settings::get(connection, check::JAIL))?;
    let seen = JailLevel::ALL.into_iter().find(|level| Some(level.as_str()) == word.as_deref());
    Ok(seen.or_else(|| core.worker.ask_jail(&core.stop)))
}

fn site_problem(view: &SiteView, watched: bool) -> Option<Problem> {
    let code = match view.state.health {
        SiteHealth::Missing => "site_missing",
        SiteHealth::Replaced => "site_replaced",
        SiteHealth::Paused => "paused",
        SiteHealth::Stopped if watched => "stopped",
        SiteHealth::Polling => polling_problem(view.state.health_detail.as_deref())?,
        SiteHealth::Starting | SiteHealth::Watching | SiteHealth::Stopped => return None,
    };
    // Without a watcher the stored health is of the past; that nobody watches is said once. A lost root stays worth saying.
    let still_true = watched || matches!(view.state.health, SiteHealth::Missing | SiteHealth::Replaced);
    still_true.then(|| Problem { site: Some(view.state.site.name.clone()), since: Some(view.state.health_since), ..Problem::new(code) })
}

/// What a person can do about polling. That a kind of file system tells nothing is by design, and is said with the site.
fn polling_problem(detail: Option<&str>) -> Option<&'static str> {
    match detail? {
        "watch_limit" => Some("watch_limit"),
        "instance_limit" => Some("instance_limit"),
        sweeping::CATCHING_UP => Some("events_lost"),
        detail if detail.starts_with("filesystem ") => None,
        _ => Some("no_events"),
    }
}

fn list_problem(view: &ListView) -> Option<Problem> {
    let code = match view.freshness {
        ListFreshness::NotInUse => "index_damaged",
        ListFreshness::OutOfDate => "list_out_of_date",
        ListFreshness::Ready
        | ListFreshness::Old
        | ListFreshness::NotReached
        | ListFreshness::RaisesNothing
        | ListFreshness::Rematching => return None,
    };
    Some(Problem { list: Some(view.list.name.clone()), since: Some(view.since.unwrap_or(view.version.imported_at)), ..Problem::new(code) })
}

/// Worst first.
fn rank(code: &str) -> usize {
    const ORDER: [&str; 27] = [
        "database_damaged",
        "ledger_broken",
        "no_room",
        "evidence_missing",
        "vault_key_missing",
        "vault_key_locked",
        "site_missing",
        "site_replaced",
        "not_watching",
        "stopped",
        "no_room_to_seal",
        "not_sealed",
        "index_damaged",
        "list_out_of_date",
        "no_list",
        "practice_list_only",
        "selftest_failed",
        "no_sandbox",
        "decoding_paused",
        "permission_denied",
        "recovery_key_not_saved",
        "watch_limit",
        "instance_limit",
        "no_events",
        "events_lost",
        "paused",
        "sandbox_reduced",
    ];
    ORDER.iter().position(|known| *known == code).unwrap_or(ORDER.len())
}

/// One site's view.
///
/// # Errors
/// [`crate::Error::NotFound`], or the store's own.
pub fn site_view(core: &Core, id: SiteId) -> Result<SiteView> {
    let found = site_views(core)?.into_iter().find(|view| view.state.site.id == id);
    found.ok_or_else(|| crate::Error::NotFound { what: "site", name: id.to_string() })
}
