//! Notices: typed in by the operator, never received. One starts a clock and leads to a case.

use serde_json::json;

use super::clocks::{self, Start};
use super::profile::Profile;
use super::when;
use crate::error::{Code, Error, Result};
use crate::model::{ClockId, NoticeId};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases, ledger};

/// Stores a notice, and starts the clock of its kind. Gives both numbers.
///
/// # Errors
/// As [`clocks::check_received`]; [`Code::BadArgument`] for a word that is not on the checklist of the kind; [`Error::NotFound`].
pub fn add(tx: &Tx<'_>, new: &NewNotice, profiles: &[Profile], is_sure: bool) -> Result<(NoticeId, Option<ClockId>)> {
    clocks::check_received(new.received_at, tx.now, is_sure)?;
    clocks::check_text(&[&Some(new.sender.clone()), &Some(new.reference.clone()), &Some(new.named.clone())])?;
    if let Some(word) = new.checks.iter().find(|word| !new.kind.checklist().contains(&word.as_str())) {
        let text = format!("{word:?} is not on the checklist of this kind: {}. Nothing was changed.", new.kind.checklist().join(", "));
        return Err(Error::refused(Code::BadArgument, text));
    }
    if let Some(case) = new.case {
        cases::get(tx, case)?;
    }
    let id = notices::insert(tx, new)?;
    let body = json!({
        "notice": id.get(), "kind": new.kind.as_str(), "from_kind": new.from_kind.as_str(), "reference": new.reference,
        "received_at": when::utc(new.received_at), "checks": new.checks,
    });
    ledger::append(tx, "notice_noted", new.case, body)?;
    let start = |kind| Start {
        case: new.case,
        notice: Some(id),
        kind,
        received_at: new.received_at,
        sender: Some(new.sender.clone()),
        reference: Some(new.reference.clone()),
        until: None,
        title: None,
        is_sure,
    };
    let clock = new.kind.clock().map(|kind| clocks::start(tx, &start(kind), profiles)).transpose()?;
    Ok((id, clock))
}

/// Notes what was answered.
///
/// # Errors
/// [`Code::BadArgument`] for an empty or too long text, [`Error::NotFound`].
pub fn answer(tx: &Tx<'_>, id: NoticeId, text: &str) -> Result<()> {
    clocks::check_text(&[&Some(text.to_owned())])?;
    if text.trim().is_empty() {
        return Err(Error::refused(Code::BadArgument, "Say what was answered. Nothing was changed."));
    }
    let notice = notices::get(tx, id)?;
    notices::answer(tx, id, text.trim())?;
    ledger::append(tx, "notice_answered", notice.typed.case, json!({"notice": id.get()}))
}
