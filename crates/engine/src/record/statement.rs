//! What the uploader is told: prepared from the decision and the ledger, held or released by a person. Gatehouse sends nothing.
//!
//! It never says an entry, a distance, a fingerprint, or who gave notice unless the operator names them as strictly necessary.

use hashlist::Harm;
use serde_json::json;

use super::clocks;
use super::help::wrapped;
use super::pack::facts::PackFacts;
use super::pack::known::{Known, KnownField};
use super::pack::sheet::Part;
use super::when;
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, CaseState, ClockKind, DecisionKind, MatchType, StatementState};
use crate::store::filings::{self, StatementRow};
use crate::store::{Connection, Tx, cases, duty_clocks, ledger};

/// Why a held statement is released is said in at least this many characters.
const SHORTEST_REASON: usize = 10;

/// Where the statement of a case stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Prepared, held or released.
    pub state: StatementState,
    /// Why it is held, or how it was sent: a text, or `tipping_off`, `life_threat`, `non_disclosure`, `ask_order`, `ask_person` for the defaults.
    pub reason: String,
    /// Until when, where that is known.
    pub until_at: Option<i64>,
    /// Whether it is the default of the harm that holds.
    pub is_default: bool,
    /// The file was put back, or the list took its entry back: the second text.
    pub is_restored: bool,
}

/// Where the statement of a case stands now.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn standing(connection: &Connection, case: CaseId) -> Result<Standing> {
    let row = cases::get(connection, case)?;
    let is_restored = is_restored(row.state, row.decision) && ledger::of_case(connection, case)?.iter().any(|row| row.verb == "restored");
    if let Some(StatementRow { state, reason, until_at, .. }) = filings::statement(connection, case)? {
        return Ok(Standing { state, reason, until_at, is_default: false, is_restored });
    }
    let clock = [(ClockKind::LifeThreat, "life_threat"), (ClockKind::NonDisclosure, "non_disclosure")];
    for (kind, reason) in clock {
        if duty_clocks::runs(connection, case, kind)? {
            return Ok(Standing { state: StatementState::Held, reason: reason.to_owned(), until_at: None, is_default: true, is_restored });
        }
    }
    let (state, reason) = default_of(row.harm);
    Ok(Standing { state, reason: reason.to_owned(), until_at: None, is_default: true, is_restored })
}

fn is_restored(state: CaseState, decision: Option<DecisionKind>) -> bool {
    matches!(state, CaseState::Decided | CaseState::Closed) && decision == Some(DecisionKind::Keep)
}

/// What holds for a harm until somebody decides.
pub fn default_of(harm: Harm) -> (StatementState, &'static str) {
    match harm {
        Harm::Csam | Harm::Unknown => (StatementState::Held, "tipping_off"),
        Harm::Tvec => (StatementState::Held, "ask_order"),
        Harm::Ncii => (StatementState::Held, "ask_person"),
        Harm::Malware | Harm::Local | Harm::Practice => (StatementState::Prepared, ""),
    }
}

/// What a person decides about it.
#[derive(Clone, Debug)]
pub enum Change {
    /// Not now.
    Hold {
        /// Why.
        reason: String,
        /// Until when.
        until: Option<i64>,
    },
    /// It was sent.
    Release {
        /// How, and why that is right where it was held.
        how: String,
    },
}

/// Holds or releases the statement of a case.
///
/// # Errors
/// [`Code::BadArgument`] without a reason, or with one of less than ten characters where it was held; [`Error::NotFound`].
pub fn change(tx: &Tx<'_>, case: CaseId, change: &Change) -> Result<()> {
    let before = standing(tx, case)?;
    let (state, reason, until) = match change {
        Change::Hold { reason, until } => (StatementState::Held, reason.trim(), *until),
        Change::Release { how } => (StatementState::Released, how.trim(), None),
    };
    let shortest = if before.state == StatementState::Held && state == StatementState::Released { SHORTEST_REASON } else { 1 };
    if reason.chars().count() < shortest {
        let text = format!("Say why and how in at least {shortest} characters: it goes into the record. Nothing was changed.");
        return Err(Error::refused(Code::BadArgument, text));
    }
    clocks::check_text(&[&Some(reason.to_owned())])?;
    filings::set_statement(tx, case, state, reason, until)?;
    let body = json!({"state": state.as_str(), "before": before.state.as_str(), "note": reason, "until": until.map(when::utc)});
    ledger::append(tx, "statement", Some(case), body)
}

/// The parts of the statement, in the order of the law's list.
pub fn parts(facts: &PackFacts, known: &Known) -> Vec<Part> {
    let found = facts.matches.iter().find(|found| !found.is_withdrawn).or(facts.matches.first());
    let list = found.map_or("(no list)", |found| found.list.as_str());
    let kind = match found.map(|found| found.match_type) {
        Some(MatchType::Exact) => "It matches an entry of this list exactly.",
        Some(MatchType::Near | MatchType::Turned) => "It is a near copy of an entry of this list.",
        None => "It was looked at for another reason.",
    };
    let looked = if facts.viewed.is_viewed() { "A person viewed the file." } else { "It was decided without viewing the file." };
    let mut what = Part::new("1 What we did");
    for upload in facts.uploads.iter().take(10) {
        what = what.with("Your upload", format!("of {}, in {}", when::day(upload.file_time.clamp(0, upload.found_at)), upload.place));
    }
    vec![
        what.with("Measure", "We removed it from public view.")
            .with("Where it applies", "everywhere")
            .with("For how long", "permanently, unless your complaint is granted"),
        Part::new("2 Why").with("Facts", format!("It is on list {list}. {kind}")).with("How we came to it", came_to_it(facts, known)),
        Part::new("3 Automated means")
            .with("Detection", "Found by an automated comparison of fingerprints.")
            .with("Decision", format!("Decided by a person. {looked}")),
        Part::new("4 Ground")
            .ask("Law or clause of our terms", known.get(KnownField::Ground))
            .ask("Why it applies", known.get(KnownField::GroundWhy)),
        Part::new("5 What you can do")
            .ask("Complain to", known.get(KnownField::ComplainTo))
            .maybe("Until", known.get(KnownField::ComplainBy))
            .maybe("Out-of-court settlement", known.get(KnownField::OutOfCourt))
            .with("Court", "You can also go to court."),
    ]
}

fn came_to_it(facts: &PackFacts, known: &Known) -> String {
    let of_notice = facts.notices.first().map(|(from, _, at)| match from.as_str() {
        "authority" => format!("After an order of an authority of {}.", when::day(*at)),
        _ => format!("After a notice of {}.", when::day(*at)),
    });
    let words = of_notice.unwrap_or_else(|| "By our own check.".to_owned());
    match known.get(KnownField::Notifier) {
        Some(notifier) => format!("{words} It came from {notifier}."),
        None => words,
    }
}

/// The letter.
pub fn text(facts: &PackFacts, known: &Known) -> String {
    let mut lines = vec!["Statement of reasons".to_owned(), String::new()];
    for part in parts(facts, known) {
        lines.push(part.title.clone());
        for field in &part.fields {
            lines.extend(wrapped(&format!("{}: {}", field.label, field.held.words()), 90).into_iter().map(|line| format!("  {line}")));
        }
        lines.push(String::new());
    }
    lines.join("\n")
}

/// The second letter: what was removed is back.
pub fn restored_text(facts: &PackFacts) -> String {
    let day = facts.uploads.iter().map(|upload| upload.file_time.clamp(0, upload.found_at)).min().map(when::day).unwrap_or_default();
    let withdrawn = facts.matches.iter().any(|found| found.is_withdrawn);
    let why = if withdrawn { "The list that named it has taken its entry back." } else { "We looked at our decision again." };
    format!("We have restored it\n\nYour upload of {day} was removed, and is back at its place. {why} You need to do nothing.\n")
}
