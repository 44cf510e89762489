//! Which contents are one case: a picture, the sizes that the site made of it, and near copies that match by themselves.
//!
//! A name proves nothing: a file that calls itself the thumbnail of another one joins its case only if the fingerprints of both agree. What does not join
//! stays visible beside the case.

use fingerprint::signal::Distance;
use serde_json::json;

use super::copies::{self, has_fingerprint};
use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, CaseState, ContentId, MatchType};
use crate::store::contents::{self, ContentRow, Pixels};
use crate::store::folds::{self, Joined, NotIncluded};
use crate::store::{Tx, cases, ledger, persons};

/// Contents of one entry up to which near copies are joined: a picture in a few forms. More may be a wrong entry, which the guard against floods watches.
const FEW: u64 = 8;

/// A case that a content belongs to, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The case.
    pub case: CaseId,
    how: Joined,
    distance: Option<Distance>,
    /// It is the original of what leads the case now.
    leads: bool,
}

/// The case that a content without one belongs to, if there is one. `matches`: it raises a case by itself. `is_upload`: a file arrived, and not a list
/// that meets everything stored at once, where very many near pictures are more likely a wrong entry than one picture in many forms.
///
/// # Errors
/// The store's own.
pub fn home_of(tx: &Tx<'_>, content: ContentId, matches: bool, is_upload: bool) -> Result<Option<Home>> {
    let originals = folds::originals(tx, content)?;
    if (originals.is_empty() && !matches) || folds::is_split_off(tx, content)? {
        return Ok(None);
    }
    let row = contents::get(tx, content)?;
    for original in originals {
        let original = contents::get(tx, original)?;
        let Some(case) = original.case else { continue };
        match agreement(&original, &row) {
            Ok(distance) => return Ok(Some(Home { case, how: Joined::Generated, distance, leads: false })),
            Err(why) => folds::put_similar(tx, case, content, why)?,
        }
    }
    if !matches {
        return Ok(None);
    }
    for derived in folds::derived(tx, content)? {
        let derived = contents::get(tx, derived)?;
        let Some(case) = derived.case else { continue };
        let is_led = cases::get(tx, case)?.content == derived.id;
        if let (true, Ok(distance)) = (is_led, agreement(&row, &derived)) {
            return Ok(Some(Home { case, how: Joined::Generated, distance, leads: true }));
        }
    }
    if is_upload { near(tx, &row) } else { Ok(None) }
}

/// A case whose leading picture is nearly this one, and which rests on an entry of this one.
fn near(tx: &Tx<'_>, row: &ContentRow) -> Result<Option<Home>> {
    if folds::widest_entry(tx, row.id)? > FEW {
        return Ok(None);
    }
    for (case, leading) in folds::sharing_an_entry(tx, row.id)? {
        let leading = contents::get(tx, leading)?;
        if let Some((MatchType::Exact | MatchType::Near, distance)) = relation(&leading, row) {
            return Ok(Some(Home { case, how: Joined::Near, distance, leads: false }));
        }
    }
    Ok(None)
}

fn relation(one: &ContentRow, other: &ContentRow) -> Option<(MatchType, Option<Distance>)> {
    copies::relation(&one.content, one.pixels.as_ref().and_then(Pixels::picture), other)
}

/// Whether the fingerprints of an original and of what was made from it agree.
fn agreement(original: &ContentRow, derived: &ContentRow) -> std::result::Result<Option<Distance>, NotIncluded> {
    let can_compare = [original, derived].iter().all(|row| has_fingerprint(row.pixels.as_ref().and_then(Pixels::picture)));
    match relation(original, derived) {
        Some((_, distance)) => Ok(distance),
        None if can_compare => Err(NotIncluded::OtherPicture),
        None => Err(NotIncluded::NotCompared),
    }
}

/// Brings a content into the case that it belongs to.
///
/// # Errors
/// The store's own.
pub fn bring(tx: &Tx<'_>, content: ContentId, home: Home) -> Result<()> {
    if home.leads {
        let before = cases::get(tx, home.case)?.content;
        folds::lead(tx, home.case, content)?;
        folds::join(tx, home.case, before, home.how, home.distance.map(|bits| bits.0))?;
    } else {
        folds::join(tx, home.case, content, home.how, home.distance.map(|bits| bits.0))?;
    }
    let facts = json!({"how": home.how.as_str(), "distance": home.distance.map(|bits| bits.0), "content": content.get()});
    ledger::append(tx, "joined", Some(home.case), facts)
}

/// A case has opened: what the site made from its picture and waits without a case joins it.
///
/// # Errors
/// The store's own.
pub fn gather(tx: &Tx<'_>, case: CaseId, content: ContentId) -> Result<()> {
    let original = contents::get(tx, content)?;
    for derived in folds::derived(tx, content)? {
        let derived = contents::get(tx, derived)?;
        if derived.case.is_some() || folds::is_split_off(tx, derived.id)? {
            continue;
        }
        match agreement(&original, &derived) {
            Ok(distance) => bring(tx, derived.id, Home { case, how: Joined::Generated, distance, leads: false })?,
            Err(why) => folds::put_similar(tx, case, derived.id, why)?,
        }
    }
    Ok(())
}

/// A person includes a content that looks like part of a case.
///
/// # Errors
/// [`Code::Refused`] if it is in another case, or the case is decided: its plan was shown without it.
pub fn include(tx: &Tx<'_>, case: CaseId, content: ContentId) -> Result<()> {
    must_be_undecided(tx, case)?;
    if let Some(other) = contents::get(tx, content)?.case {
        return Err(Error::refused(Code::Refused, format!("This file is in case {other}. Nothing was changed.")));
    }
    folds::join(tx, case, content, Joined::ByHand, None)?;
    ledger::append(tx, "joined", Some(case), json!({"how": Joined::ByHand.as_str(), "content": content.get()}))
}

/// A person splits a content off. What it matches is told by [`super::cases::stand_alone`].
///
/// # Errors
/// [`Code::Refused`] if it leads the case or is not part of it, or the case is decided.
pub fn split_off(tx: &Tx<'_>, case: CaseId, content: ContentId) -> Result<()> {
    let row = must_be_undecided(tx, case)?;
    if row.content == content {
        return Err(Error::refused(Code::Refused, format!("This file is what case {case} is about. Nothing was changed.")));
    }
    if contents::get(tx, content)?.case != Some(case) {
        return Err(Error::refused(Code::Refused, format!("This file is not part of case {case}. Nothing was changed.")));
    }
    folds::split_off(tx, case, content)?;
    ledger::append(tx, "split_off", Some(case), json!({"content": content.get()}))
}

fn must_be_undecided(tx: &Tx<'_>, case: CaseId) -> Result<cases::CaseRow> {
    persons::require(tx, Ability::Decide)?;
    let row = cases::get(tx, case)?;
    match row.state {
        CaseState::Open | CaseState::Snoozed | CaseState::Asked => Ok(row),
        _ => {
            let text = format!("Case {case} is not open. Take its decision back, or reopen it. Nothing was changed.");
            Err(Error::refused(Code::Refused, text))
        }
    }
}
