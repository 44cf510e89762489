//! What the operator knows to be good: rules that keep a match out of the inbox without hiding it.
//!
//! A match that a rule covers opens its case as kept, in the rule's name. Nothing of suspected child abuse material or of an unknown harm is ever
//! covered, and nothing that came back after a take-down.

use serde_json::json;

use super::decide::is_strict;
use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, CaseState, ContentId, DecisionKind, Match, RuleId, SecondLook};
use crate::store::cases::{self, Standing};
use crate::store::known_good::{self, Rule, Subject};
use crate::store::{Tx, contents, ledger, persons};

/// Uploads from which on a content looks like a part of the site itself: a logo, a smiley, a placeholder.
pub const FURNITURE_FILES: u32 = 20;
/// Shortest reason of a rule, in characters.
pub const SHORTEST_REASON: usize = 3;
/// Longest reason of a rule, in characters.
pub const LONGEST_REASON: usize = 2_000;

/// The rule that covers these alerts of a content.
///
/// # Errors
/// The store's own.
pub fn covering(tx: &Tx<'_>, content: ContentId, alerts: &[&Match]) -> Result<Option<Rule>> {
    if alerts.iter().any(|found| is_strict(found.harm)) {
        return Ok(None);
    }
    let sha256 = contents::get(tx, content)?.content.sha256;
    if let Some(rule) = known_good::of_content(tx, &sha256, tx.now)? {
        return Ok(Some(rule));
    }
    match by_entries(tx, alerts)? {
        Some(rule) => Ok(Some(rule)),
        None => by_uploaders(tx, content),
    }
}

/// The first of the rules, if every entry has one.
fn by_entries(tx: &Tx<'_>, alerts: &[&Match]) -> Result<Option<Rule>> {
    let mut first = None;
    for found in alerts {
        match known_good::of_entry(tx, found.list, &found.entry_key, tx.now)? {
            Some(rule) => first = first.or(Some(rule)),
            None => return Ok(None),
        }
    }
    Ok(first)
}

/// The first of the rules, if everybody who uploaded the content has one. A file whose uploader nobody knows is covered by none.
fn by_uploaders(tx: &Tx<'_>, content: ContentId) -> Result<Option<Rule>> {
    let mut first = None;
    for (site, name) in known_good::uploaders(tx, content)? {
        let rule = name.map_or(Ok(None), |name| known_good::of_uploader(tx, site, &name, tx.now))?;
        match rule {
            Some(rule) => first = first.or(Some(rule)),
            None => return Ok(None),
        }
    }
    Ok(first)
}

/// Whether a case is kept by a rule about uploaders, and somebody else uploaded its content since.
///
/// # Errors
/// The store's own.
pub fn is_no_longer_covered(tx: &Tx<'_>, case: CaseId, content: ContentId, alerts: &[&Match]) -> Result<bool> {
    match known_good::keeping(tx, case)? {
        Some(Rule { subject: Subject::Uploader { .. }, .. }) => Ok(covering(tx, content, alerts)?.is_none()),
        _ => Ok(false),
    }
}

/// Keeps a case in the name of a rule.
///
/// # Errors
/// The store's own.
pub fn keep(tx: &Tx<'_>, case: CaseId, rule: &Rule) -> Result<()> {
    let kept = Standing {
        state: CaseState::Decided,
        back_at: None,
        second_look: None,
        decision: Some(DecisionKind::Keep),
        decided_at: Some(tx.now),
        until_list: false,
    };
    cases::set_standing(tx, case, kept)?;
    known_good::set_kept_by(tx, case, Some(rule.id))?;
    ledger::append(tx, "kept_by_rule", Some(case), json!({"rule": rule.id.get(), "kind": rule.subject.as_str(), "reason": rule.reason}))
}

/// What a person says when making a rule.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is about.
    pub subject: Subject,
    /// Why.
    pub reason: String,
    /// When it ends by itself, in milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// The case from which it was made.
    pub case: Option<CaseId>,
}

/// Makes a rule, and keeps the open cases that it covers. Gives the rule and these cases.
///
/// # Errors
/// [`Code::Refused`] for what is protected; [`Code::BadArgument`] for a reason or an end that cannot be; [`Code::NameTaken`] if there is such a rule.
pub fn add(tx: &Tx<'_>, wanted: &Wanted) -> Result<(RuleId, Vec<CaseId>)> {
    persons::require(tx, Ability::Decide)?;
    check(tx, wanted)?;
    let reason = wanted.reason.trim();
    let id = known_good::insert(tx, &wanted.subject, reason, wanted.expires_at, wanted.case)?;
    let rule = known_good::get(tx, id)?;
    let mut kept = Vec::new();
    for case in open_cases(tx, &wanted.subject)? {
        let row = cases::get(tx, case)?;
        let live = cases::matches(tx, row.content)?;
        let alerts: Vec<&Match> = live
            .iter()
            .filter(|stored| stored.withdrawn_at.is_none() && !stored.is_off && stored.polarity == hashlist::Polarity::Alert)
            .map(|stored| &stored.found)
            .collect();
        if !is_strict(row.harm) && covering(tx, row.content, &alerts)?.is_some() {
            keep(tx, case, &rule)?;
            kept.push(case);
        }
    }
    Ok((id, kept))
}

fn open_cases(tx: &Tx<'_>, subject: &Subject) -> Result<Vec<CaseId>> {
    let of_content = match subject {
        Subject::Content(sha256) => contents::by_sha256(tx, sha256)?.and_then(|row| row.case).into_iter().collect(),
        Subject::Entry { list, entry_key, .. } => crate::store::floods::resting_alone(tx, *list, entry_key)?,
        Subject::Uploader { site, name } => known_good::open_of_uploader(tx, *site, name)?,
    };
    let mut open = Vec::new();
    for case in of_content {
        let row = cases::get(tx, case)?;
        // One that asks for a second look was taken down before, or failed: a rule does not speak for it.
        if row.state == CaseState::Open && matches!(row.second_look, None | Some(SecondLook::Reopened)) {
            open.push(case);
        }
    }
    Ok(open)
}

fn check(tx: &Tx<'_>, wanted: &Wanted) -> Result<()> {
    let length = wanted.reason.trim().chars().count();
    if !(SHORTEST_REASON..=LONGEST_REASON).contains(&length) {
        let text = format!("A rule needs a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters. Nothing was changed.");
        return Err(Error::refused(Code::BadArgument, text));
    }
    if wanted.expires_at.is_some_and(|end| end <= tx.now) {
        return Err(Error::refused(Code::BadArgument, "The end of a rule lies in the future. Nothing was changed."));
    }
    let protected = || {
        let text = "What a list of child abuse material or of an unknown kind names is never known good here. Keep the case with a note instead. Nothing was \
                    changed.";
        Error::refused(Code::Refused, text)
    };
    match &wanted.subject {
        Subject::Content(sha256) => {
            let case = contents::by_sha256(tx, sha256)?.and_then(|row| row.case).map(|case| cases::get(tx, case)).transpose()?;
            if case.is_some_and(|case| is_strict(case.harm)) {
                return Err(protected());
            }
            match known_good::of_content(tx, sha256, tx.now)? {
                Some(rule) => Err(taken(&rule)),
                None => Ok(()),
            }
        }
        Subject::Entry { list, entry_key, entry } => {
            let harm = known_good::entry_seen(tx, *list, *entry)?.map(|(_, harm)| hashlist::Harm::from_wire(&harm));
            if harm.is_some_and(is_strict) {
                return Err(protected());
            }
            match known_good::of_entry(tx, *list, entry_key, tx.now)? {
                Some(rule) => Err(taken(&rule)),
                None => Ok(()),
            }
        }
        Subject::Uploader { site, name } => match known_good::of_uploader(tx, *site, name, tx.now)? {
            Some(rule) => Err(taken(&rule)),
            None => Ok(()),
        },
    }
}

fn taken(rule: &Rule) -> Error {
    Error::refused(Code::NameTaken, format!("Rule {} says so already. Nothing was changed.", rule.id))
}

/// Ends a rule, and puts the cases that it kept back into the inbox. Gives these cases.
///
/// # Errors
/// [`Error::NotFound`], [`Code::Refused`] if it has ended.
pub fn remove(tx: &Tx<'_>, id: RuleId) -> Result<Vec<CaseId>> {
    persons::require(tx, Ability::Decide)?;
    let rule = known_good::get(tx, id)?;
    if rule.ended_at.is_some() {
        return Err(Error::refused(Code::Refused, format!("Rule {id} has ended already. Nothing was changed.")));
    }
    end(tx, &rule, "removed")
}

fn end(tx: &Tx<'_>, rule: &Rule, how: &str) -> Result<Vec<CaseId>> {
    let kept = known_good::kept_by(tx, rule.id)?;
    known_good::end(tx, rule, how, kept.len() as u64)?;
    for case in &kept {
        cases::set_standing(tx, *case, Standing::reopened())?;
        known_good::set_kept_by(tx, *case, None)?;
        ledger::append(tx, "reopened", Some(*case), json!({"cause": "rule ended", "rule": rule.id.get()}))?;
    }
    Ok(kept)
}

/// Ends the rules whose time is over. Gives the cases that are back.
///
/// # Errors
/// The store's own.
pub fn end_expired(tx: &Tx<'_>) -> Result<Vec<CaseId>> {
    let mut back = Vec::new();
    for rule in known_good::due(tx, tx.now)? {
        back.extend(end(tx, &rule, "expired")?);
    }
    Ok(back)
}
