//! The page for whoever takes over: what is open, what runs by a clock, what is wrong. No pictures, no names of files; protected lists stay unnamed.

use std::fmt::Write as _;

use super::when;
use crate::error::{Code, Error, Result};
use crate::model::{CaseState, ClockState, DutyClock, Shown};
use crate::store::inbox::InboxRow;

/// Cases that a page names one by one; more are counted.
const MOST_CASES: usize = 500;
const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:52rem;padding:0 1rem;color:#1b2226;background:#fff}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;border-bottom:1px solid #d3d9dd;padding:.25rem .5rem}\
    td{overflow-wrap:anywhere}tr{break-inside:avoid}h2{break-after:avoid;margin-top:1.5rem}";

/// What a page says.
pub struct Handover {
    /// When it was written, in milliseconds since 1970.
    pub at: i64,
    /// By whom.
    pub person: String,
    /// What is wrong now, a sentence each.
    pub faults: Vec<String>,
    /// Cases that wait for a decision, most serious first.
    pub open: Vec<InboxRow>,
    /// Drafts, asked and snoozed cases, and those that wait behind a flood.
    pub waiting: Vec<InboxRow>,
    /// Clocks of duties that run or were missed.
    pub clocks: Vec<DutyClock>,
    /// Files that were taken down and are kept: a sentence a case.
    pub holds: Vec<String>,
    /// Lists in use, a sentence each.
    pub lists: Vec<String>,
    /// Sites, a sentence each.
    pub sites: Vec<String>,
    /// Rules of what is known good.
    pub rules: u64,
}

impl Handover {
    /// The page.
    ///
    /// # Errors
    /// [`Code::Internal`] if it cannot be put together.
    pub fn page(&self) -> Result<String> {
        let mut out = String::new();
        self.write(&mut out).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
        Ok(out)
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Hand-over</title><style>{STYLE}</style></head><body>"
        )?;
        writeln!(
            out,
            "<h1>Hand-over</h1>\n<p>Written {} by {}. It holds no pictures and no names of files.</p>",
            when::shown(self.at),
            text(&self.person)
        )?;
        writeln!(
            out,
            "<p>You rarely need to look at a picture: an exact match can be decided without it. Nothing is ever deleted by itself.</p>"
        )?;
        sentences(out, "What is wrong now", &self.faults, "Nothing is wrong.")?;
        clocks(out, &self.clocks, self.at)?;
        cases(out, "Open cases", &self.open)?;
        cases(out, "Waiting", &self.waiting)?;
        sentences(out, "Kept after a take-down", &self.holds, "Nothing is kept.")?;
        sentences(out, "Sites", &self.sites, "No site.")?;
        sentences(out, "Lists", &self.lists, "No list: nothing can match.")?;
        writeln!(
            out,
            "<p>{} of known good count. They keep their cases decided; <code>gatehouse good ls</code> lists them.</p>",
            rules(self.rules)
        )?;
        writeln!(out, "</body></html>")
    }
}

fn rules(n: u64) -> String {
    format!("{n} {}", if n == 1 { "rule" } else { "rules" })
}

fn sentences(out: &mut String, title: &str, all: &[String], none: &str) -> std::fmt::Result {
    writeln!(out, "<h2>{title}</h2>")?;
    if all.is_empty() {
        return writeln!(out, "<p>{none}</p>");
    }
    writeln!(out, "<ul>")?;
    all.iter().try_for_each(|sentence| writeln!(out, "<li>{}</li>", text(sentence)))?;
    writeln!(out, "</ul>")
}

fn clocks(out: &mut String, all: &[DutyClock], now: i64) -> std::fmt::Result {
    writeln!(out, "<h2>Clocks</h2>")?;
    if all.is_empty() {
        return writeln!(out, "<p>No clock runs.</p>");
    }
    writeln!(out, "<table><thead><tr><th>What</th><th>Case</th><th>Since</th><th>Due</th><th></th></tr></thead><tbody>")?;
    for clock in all {
        let case = clock.case.map_or_else(String::new, |case| case.to_string());
        let due = clock.due_at.map_or_else(|| "no limit, counts up".to_owned(), when::shown);
        let is_missed = clock.state == ClockState::Missed || clock.due_at.is_some_and(|due| due < now);
        writeln!(
            out,
            "<tr><td>{}</td><td>{case}</td><td>{}</td><td>{due}</td><td>{}</td></tr>",
            text(&clock.title),
            when::shown(clock.started_at),
            if is_missed { "missed" } else { "" }
        )?;
    }
    writeln!(out, "</tbody></table>")
}

fn cases(out: &mut String, title: &str, all: &[InboxRow]) -> std::fmt::Result {
    writeln!(out, "<h2>{title}: {}</h2>", all.len())?;
    if all.is_empty() {
        return writeln!(out, "<p>None.</p>");
    }
    writeln!(
        out,
        "<table><thead><tr><th>Case</th><th>List</th><th>Match</th><th>Files</th><th>Site</th><th>First seen</th><th>Stands</th></tr></thead><tbody>"
    )?;
    for row in all.iter().take(MOST_CASES) {
        let list = if row.case.harm.is_protected() { "Protected list" } else { &row.list_name };
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            row.case.id,
            text(list),
            row.case.match_type,
            row.files,
            text(&row.sites.join(", ")),
            when::shown(row.first_seen_at),
            stands(row)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    match all.len().checked_sub(MOST_CASES) {
        Some(more) if more > 0 => writeln!(out, "<p>And {more} more.</p>"),
        _ => Ok(()),
    }
}

fn stands(row: &InboxRow) -> String {
    let at = |what: &str, at: Option<i64>| at.map_or_else(|| what.to_owned(), |at| format!("{what} {}", when::shown(at)));
    let decision = row.case.decision.map_or_else(String::new, |decision| decision.as_str().replace('_', " "));
    match row.case.state {
        CaseState::Drafted => at(&format!("draft: {decision}, happens"), row.act_at),
        CaseState::Snoozed => at("snoozed, back", row.case.back_at),
        CaseState::Asked => at("asked, back", row.case.back_at),
        CaseState::Held => "waits behind a flood".to_owned(),
        CaseState::Open => row.case.second_look.map_or_else(|| "open".to_owned(), |look| look.as_str().replace('_', " ")),
        other => other.to_string(),
    }
}

/// Text that came from outside, safe for a page.
fn text(from: &str) -> String {
    Shown::of_text(from).as_str().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
