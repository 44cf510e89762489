//! Matches to cases: what opens one, what changes it, what opens it again.

use std::collections::BTreeMap;

use hashlist::{Harm, Polarity, Status};
use serde_json::json;

use super::floods::{guard, has_other_reason};
use super::known_good;
use super::matching::Found;
use super::{folding, returned, todos};
use crate::error::Result;
use crate::lists::active::ActiveLists;
use crate::model::{Agreement, CaseId, CaseState, ContentId, DecisionKind, ListId, Match, MatchType, Place, SecondLook, SiteId};
use crate::store::cases::{self, CaseRow, Standing, Summary};
use crate::store::floods::{self, FloodEnd};
use crate::store::todos::TodoKind;
use crate::store::{self, Tx, actions, contents, ledger, uploads};

/// Why a content was matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A file with it was found in a site.
    Upload,
    /// A list changed; no file did.
    ListChange,
}

/// What matches a content now, complete but for lists that could not be asked.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Every match.
    pub found: Vec<Found>,
    /// Lists whose index is damaged: that they say nothing does not mean that they took anything back.
    pub silent: Vec<ListId>,
}

impl Live {
    /// What these lists found.
    pub fn of(active: &ActiveLists, found: Vec<Found>) -> Self {
        Self { found, silent: active.damaged.iter().map(|list| list.id).collect() }
    }
}

/// Stores the live matches of a content and brings its case in line. A stored match that is missing from `live` has lost its entry.
/// Gives the case if it was opened, opened again, or changed.
///
/// # Errors
/// The store's own.
pub fn apply(tx: &Tx<'_>, content: ContentId, live: &Live, trigger: Trigger) -> Result<Option<CaseId>> {
    let before = cases::matches(tx, content)?;
    let mut fresh = Vec::new();
    for (found, polarity) in &live.found {
        if cases::put_match(tx, content, found, *polarity)? && *polarity == Polarity::Alert {
            fresh.push(found);
        }
    }
    let same = |a: &Match, b: &Match| a.list == b.list && a.entry_key == b.entry_key && a.kind == b.kind;
    let mut withdrawn = 0;
    for stored in before.iter().filter(|stored| stored.withdrawn_at.is_none() && !live.silent.contains(&stored.found.list)) {
        if !live.found.iter().any(|(found, _)| same(found, &stored.found)) {
            cases::withdraw_match(tx, content, &stored.found)?;
            withdrawn += 1;
        }
    }
    let alerts = raising(tx, live)?;
    let case = match contents::get(tx, content)?.case {
        Some(case) => case,
        None => match folding::home_of(tx, content, !alerts.is_empty(), trigger == Trigger::Upload)? {
            Some(home) => {
                folding::bring(tx, content, home)?;
                home.case
            }
            None => return open(tx, content, &alerts),
        },
    };
    let case = cases::get(tx, case)?;
    record(tx, case.id, &fresh)?;
    // Copies that were joined to the case speak with it: what one of them loses, or brings, never makes it milder than the rest.
    let of_others = of_other_contents(tx, &case, content)?;
    // An entry that the case rests on already is no news when another size of its picture meets it.
    let is_known = |found: &&Match| of_others.iter().any(|other| other.list == found.list && other.entry_key == found.entry_key);
    fresh.retain(|found| !is_known(found));
    let alerts: Vec<&Match> = alerts.into_iter().chain(&of_others).collect();
    if alerts.is_empty() {
        return if withdrawn > 0 { lost_its_entries(tx, &case) } else { Ok(None) };
    }
    // While a case is open, a withdrawn match keeps ruling its harm: the list may have been rolled back by mistake.
    let old_harms = before.iter().filter(|stored| stored.polarity == Polarity::Alert).map(|stored| stored.found.harm);
    let summary = placed(tx, case.content, summarise(&alerts, old_harms))?;
    cases::set_summary(tx, case.id, &summary)?;
    let lost_cover = known_good::is_no_longer_covered(tx, case.id, content, &alerts)?;
    let has_news = lost_cover || (!fresh.is_empty() && !stays_kept(tx, &case, content, &alerts)?);
    let changed = bring_in_line(tx, &case, content, (has_news, trigger))?;
    if changed && case.state == CaseState::Closed {
        guard(tx, case.id, &alerts)?;
    }
    if case.state == CaseState::Held && has_other_reason(tx, &alerts)? {
        cases::set_standing(tx, case.id, Standing { state: CaseState::Open, ..case.standing() })?;
        ledger::append(tx, "reopened", Some(case.id), json!({"cause": "another entry"}))?;
    }
    // A further file of a case that waits is news as well.
    let joined = trigger == Trigger::Upload && !matches!(case.state, CaseState::Decided | CaseState::Closed);
    Ok((changed || joined || !fresh.is_empty() || withdrawn > 0).then_some(case.id))
}

/// The matches that raise cases: of lists that alert, by entries that are not switched off.
fn raising<'a>(tx: &Tx<'_>, live: &'a Live) -> Result<Vec<&'a Match>> {
    let mut alerts = Vec::new();
    for (found, _) in live.found.iter().filter(|(_, polarity)| *polarity == Polarity::Alert) {
        if !floods::is_off(tx, found.list, &found.entry_key)? {
            alerts.push(found);
        }
    }
    Ok(alerts)
}

fn open(tx: &Tx<'_>, content: ContentId, alerts: &[&Match]) -> Result<Option<CaseId>> {
    if alerts.is_empty() {
        return Ok(None);
    }
    let summary = placed(tx, content, summarise(alerts, std::iter::empty()))?;
    let case = cases::open(tx, content, &summary)?;
    record(tx, case, alerts)?;
    folding::gather(tx, case, content)?;
    if let Some(rule) = known_good::covering(tx, content, alerts)? {
        known_good::keep(tx, case, &rule)?;
        return Ok(Some(case));
    }
    guard(tx, case, alerts).map(Some)
}

/// A kept case stays kept where a rule covers what is new, and says so in its record.
fn stays_kept(tx: &Tx<'_>, case: &CaseRow, content: ContentId, alerts: &[&Match]) -> Result<bool> {
    if case.state != CaseState::Decided || case.decision != Some(DecisionKind::Keep) {
        return Ok(false);
    }
    let Some(rule) = known_good::covering(tx, content, alerts)? else { return Ok(false) };
    known_good::keep(tx, case.id, &rule)?;
    Ok(true)
}

/// The live matches of the other contents of a case.
fn of_other_contents(tx: &Tx<'_>, case: &CaseRow, content: ContentId) -> Result<Vec<Match>> {
    let mut found = Vec::new();
    for other in cases::contents(tx, case.id)?.into_iter().filter(|other| *other != content) {
        found.extend(standing(tx, other)?);
    }
    Ok(found)
}

/// One row of the ledger an entry, by its strongest match: four kinds that met the same entry are one piece of news.
fn record(tx: &Tx<'_>, case: CaseId, fresh: &[&Match]) -> Result<()> {
    let mut entries: BTreeMap<(ListId, u32), Vec<&Match>> = BTreeMap::new();
    fresh.iter().for_each(|found| entries.entry((found.list, found.entry)).or_default().push(found));
    for mut met in entries.into_values() {
        met.sort_by_key(|found| (found.match_type, std::cmp::Reverse(found.kind), found.distance));
        if let Some(strongest) = met.first() {
            let kinds: Vec<&str> = met.iter().map(|found| found.kind.as_str()).collect();
            ledger::append(tx, "matched", Some(case), facts(strongest, &kinds))?;
        }
    }
    Ok(())
}

/// The facts of a match for the ledger. An entry is named by our number: the publisher's key may hold the hash.
fn facts(found: &Match, kinds: &[&str]) -> serde_json::Value {
    json!({
        "list": found.list.get(), "list_version": found.list_version, "entry": format!("#{}", found.entry), "kind": found.kind.as_str(),
        "kinds": kinds, "match": found.match_type.as_str(), "distance": found.distance.map(|d| d.0), "threshold": found.threshold.map(|d| d.0),
        "status": found.status.as_str(), "harm": found.harm.as_str(),
    })
}

fn lost_its_entries(tx: &Tx<'_>, case: &CaseRow) -> Result<Option<CaseId>> {
    ledger::append(tx, "withdrawn_entry", Some(case.id), json!({}))?;
    let standing = case.standing();
    match (case.state, case.decision) {
        // What was kept rests on nothing and needs nothing.
        (CaseState::Decided | CaseState::Closed, Some(DecisionKind::Keep) | None) => {}
        (CaseState::Decided | CaseState::Closed, _) => {
            cases::set_standing(
                tx,
                case.id,
                Standing { state: CaseState::Open, second_look: Some(SecondLook::EntryWithdrawn), ..standing },
            )?;
        }
        // Nobody saw it, and nothing names it any more.
        (CaseState::Held, _) => cases::set_standing(tx, case.id, Standing { state: CaseState::Closed, ..standing })?,
        _ => {
            if let Some(flood) = floods::led_by(tx, case.id)? {
                floods::end(tx, &flood, FloodEnd::Withdrawn)?;
            }
            cases::set_standing(tx, case.id, Standing { second_look: Some(SecondLook::EntryWithdrawn), ..standing })?;
            cases::put_last(tx, case.id)?;
        }
    }
    Ok(Some(case.id))
}

/// Opens the case again where its matches or a new file ask for it.
fn bring_in_line(tx: &Tx<'_>, case: &CaseRow, content: ContentId, (has_fresh, trigger): (bool, Trigger)) -> Result<bool> {
    let standing = case.standing();
    let second_look = match (case.state, case.decision) {
        (CaseState::Decided | CaseState::Closed, Some(DecisionKind::TakeDown)) if trigger == Trigger::Upload => {
            let Some(site) = returned_to(tx, case.id, content)? else { return Ok(false) };
            // Its server has it, as its to-do says: that it is here again is no news.
            if todos::explains_return(tx, case.id, site)? {
                return Ok(true);
            }
            cases::set_came_back_as(tx, case.id, returned::looks_like(tx, case.id, content)?)?;
            Some(SecondLook::CameBack)
        }
        // Closed without a decision: a practice file that was removed, and is there again; or an entry that was taken back, and is there again.
        (CaseState::Closed, None) if trigger == Trigger::Upload || has_fresh => None,
        (CaseState::Decided | CaseState::Closed, Some(DecisionKind::Keep)) if has_fresh => Some(SecondLook::Reopened),
        (CaseState::Snoozed | CaseState::Asked, _) if has_fresh => Some(SecondLook::SnoozeEnded),
        // Another file of it is news as well.
        (CaseState::Snoozed, _) if trigger == Trigger::Upload => Some(SecondLook::SnoozeEnded),
        // The entry is back: the mark that it was withdrawn goes.
        (_, _) if standing.second_look == Some(SecondLook::EntryWithdrawn) => {
            cases::set_standing(tx, case.id, Standing { second_look: None, ..standing })?;
            return Ok(true);
        }
        _ => return Ok(false),
    };
    cases::set_standing(tx, case.id, Standing { state: CaseState::Open, back_at: None, second_look, ..standing })?;
    let cause = second_look.map_or("found again", SecondLook::as_str);
    ledger::append(tx, "reopened", Some(case.id), json!({"cause": cause}))?;
    Ok(true)
}

/// The site in which a file of a case that was taken down is there again; `None` if it was never gone, or was left there on purpose.
fn returned_to(tx: &Tx<'_>, case: CaseId, content: ContentId) -> Result<Option<SiteId>> {
    let here = uploads::of_content(tx, content)?.into_iter().filter(|upload| upload.place == Place::Site);
    let Some(newest) = here.max_by_key(|upload| upload.id) else { return Ok(None) };
    let has_sheet = store::todos::of_case(tx, case)?.iter().any(|todo| todo.kind == TodoKind::Sheet);
    let is_back = match has_sheet {
        true => !store::todos::is_on_sheet(tx, case, newest.id)?,
        false => was_moved_out(tx, case)?,
    };
    Ok(is_back.then_some(newest.file.site))
}

/// Writes anew what rules a case, after contents came to it or left it.
///
/// # Errors
/// The store's own.
pub fn refresh(tx: &Tx<'_>, case: CaseId) -> Result<()> {
    let all: Vec<Match> = cases::contents(tx, case)?.into_iter().map(|content| standing(tx, content)).collect::<Result<Vec<_>>>()?.concat();
    let alerts: Vec<&Match> = all.iter().collect();
    if alerts.is_empty() {
        return Ok(());
    }
    let summary = placed(tx, cases::get(tx, case)?.content, summarise(&alerts, std::iter::empty()))?;
    cases::set_summary(tx, case, &summary)
}

/// A content that left its case gets one of its own if it matches by itself. Gives it.
///
/// # Errors
/// The store's own.
pub fn stand_alone(tx: &Tx<'_>, content: ContentId) -> Result<Option<CaseId>> {
    let alerts = standing(tx, content)?;
    open(tx, content, &alerts.iter().collect::<Vec<_>>())
}

/// The live matches of a content that raise cases.
fn standing(tx: &Tx<'_>, content: ContentId) -> Result<Vec<Match>> {
    let stored = cases::matches(tx, content)?.into_iter();
    let raises = |stored: &cases::MatchRow| stored.withdrawn_at.is_none() && !stored.is_off && stored.polarity == Polarity::Alert;
    Ok(stored.filter(raises).map(|stored| stored.found).collect())
}

/// Whether a take-down of this case moved something and none of its moves is still under way: only then can a file "come back".
fn was_moved_out(tx: &Tx<'_>, case: CaseId) -> Result<bool> {
    use crate::model::ActionState::{Done, Intent, Planned};
    let actions = actions::of_case(tx, case)?;
    Ok(actions.iter().any(|action| action.state == Done) && !actions.iter().any(|action| matches!(action.state, Planned | Intent)))
}

/// What rules a case: the strictest harm, the strongest match, the list of the topmost match.
fn summarise(alerts: &[&Match], old_harms: impl Iterator<Item = Harm>) -> Summary {
    let topmost = alerts.iter().min_by_key(|found| (found.harm.severity_rank(), found.match_type, found.distance));
    let harm = alerts.iter().map(|found| found.harm).chain(old_harms).min_by_key(|harm| harm.severity_rank()).unwrap_or(Harm::Unknown);
    let match_type = alerts.iter().map(|found| found.match_type).min().unwrap_or(MatchType::Turned);
    let distance = match match_type {
        MatchType::Exact => None,
        _ => alerts.iter().filter(|found| found.match_type == match_type).filter_map(|found| found.distance).map(|d| d.0).min(),
    };
    let mut lists: Vec<_> = alerts.iter().map(|found| found.list).collect();
    lists.sort_unstable();
    lists.dedup();
    let agreement = agreement(alerts, lists.len());
    Summary {
        harm,
        match_type,
        distance,
        list: topmost.map_or(ListId::new(0), |found| found.list),
        lists: lists.len() as u64,
        agreement,
        practice: alerts.iter().all(|found| found.harm == Harm::Practice),
        rank: rank(harm, match_type, agreement, distance),
    }
}

/// The site's own pictures stand behind everybody's uploads: a list that names a smiley is more likely wrong than right.
fn placed(tx: &Tx<'_>, content: ContentId, summary: Summary) -> Result<Summary> {
    /// Larger than every rank that a match gives.
    const FURNITURE: i64 = 50_000_000;
    let behind = if store::folds::is_furniture(tx, content)? { FURNITURE } else { 0 };
    Ok(Summary { rank: summary.rank + behind, ..summary })
}

/// What the lists say together: agreement weighs more than one list alone, a lone suspicion less, and a disputed entry least. Lists that know a file as
/// harmless are shown beside it and change nothing here: they know programs, not pictures of people.
fn agreement(alerts: &[&Match], lists: usize) -> Agreement {
    let is_any = |status: Status| alerts.iter().any(|found| found.status == status);
    match () {
        () if !is_any(Status::Confirmed) && !is_any(Status::Suspected) => Agreement::Disputed,
        () if lists > 1 => Agreement::SeveralLists,
        () if is_any(Status::Confirmed) => Agreement::OneList,
        () => Agreement::Suspected,
    }
}

/// Place in the order "most serious": harm, then exact before near and turned, then how much the lists agree, then distance.
fn rank(harm: Harm, match_type: MatchType, agreement: Agreement, distance: Option<u16>) -> i64 {
    let kind = if match_type == MatchType::Exact { 0 } else { 1 };
    let doubt = agreement as i64;
    i64::from(harm.severity_rank()) * 1_000_000 + kind * 100_000 + doubt * 10_000 + i64::from(distance.unwrap_or(0))
}
