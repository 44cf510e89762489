//! What one content is to another: the same bytes, nearly the same picture, or the picture turned. Pure but for joining copies to a case.

use fingerprint::signal::{Distance, View};
use serde_json::json;

use super::folding;
use crate::error::{Code, Error, Result};
use crate::model::{Ability, CaseId, CaseState, Content, ContentId, MatchType};
use crate::store::contents::{ContentRow, Picture, Pixels};
use crate::store::{Tx, cases, contents as stored, ledger, persons};

/// How a stored content is a copy of the one that is sought; `None` if it is none. The same rules as for a list entry made of that content: the picture as
/// stored and as shown is compared with all views of the other.
pub fn relation(content: &Content, picture: Option<&Picture>, other: &ContentRow) -> Option<(MatchType, Option<Distance>)> {
    if content.sha256 == other.content.sha256 {
        return Some((MatchType::Exact, None));
    }
    let (picture, other) = (picture?, other.pixels.as_ref().and_then(Pixels::picture)?);
    let is_plain = |of: &Picture, view: View| view == View::Original || view == of.displayed;
    let mut best: Option<(MatchType, Option<Distance>)> = None;
    for sought in picture.signals.iter().filter(|signal| is_plain(picture, signal.view) && signal.is_matchable()) {
        for stored in other.signals.iter().filter(|signal| signal.is_matchable()) {
            let distance = sought.hash.distance(&stored.hash);
            let kind = if is_plain(other, stored.view) { MatchType::Near } else { MatchType::Turned };
            let found = (kind, Some(distance));
            if distance <= Distance::NEAR_LIMIT && best.is_none_or(|known| found < known) {
                best = Some(found);
            }
        }
    }
    best
}

/// Whether a picture has a fingerprint by which copies can be found.
pub fn has_fingerprint(picture: Option<&Picture>) -> bool {
    picture.is_some_and(|picture| picture.signals.iter().any(crate::store::contents::PictureSignal::is_matchable))
}

/// What a search came to, for the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Contents with the same bytes: one or none.
    pub exact: u64,
    /// Nearly the same pictures.
    pub near: u64,
    /// Turned or mirrored ones.
    pub turned: u64,
    /// Files that hold any of them, in all sites.
    pub files: u64,
}

/// Writes down that copies of a case's content were looked for.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn note_search(tx: &Tx<'_>, case: CaseId, tally: Tally) -> Result<()> {
    cases::get(tx, case)?;
    let Tally { exact, near, turned, files } = tally;
    ledger::append(tx, "copies_sought", Some(case), json!({"exact": exact, "near": near, "turned": turned, "files": files}))
}

/// Makes copies that have no case of their own part of this one: its decision then covers their files too. Gives how many were joined.
///
/// # Errors
/// [`Code::Refused`] for a case that is decided or has a draft: its plan was shown without them.
pub fn join(tx: &Tx<'_>, case: CaseId, contents: &[ContentId]) -> Result<u64> {
    persons::require(tx, Ability::Decide)?;
    let state = cases::get(tx, case)?.state;
    if !matches!(state, CaseState::Open | CaseState::Snoozed | CaseState::Asked) {
        let text = format!("Case {case} is not open. Take its decision back, or reopen it, and join the copies then. Nothing was changed.");
        return Err(Error::refused(Code::Refused, text));
    }
    // One that found a case since the search stays there.
    let is_free = |content: &ContentId| stored::get(tx, *content).map(|row| row.case.is_none());
    let mut joined = 0;
    for content in contents {
        if is_free(content)? {
            folding::include(tx, case, *content)?;
            joined += 1;
        }
    }
    Ok(joined)
}
