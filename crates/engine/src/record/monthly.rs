//! The monthly statement for a risk file: numbers of one site, as a text to print and as JSON. No paths, no hashes, no names of persons or files.

use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::{ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};

use super::when;
use crate::error::{Code, Error, Result};
use crate::model::Site;
use crate::store::Connection;
use crate::store::figures::{self, Counted, ListUse, Span};

/// What the program does not do: said in every statement.
pub const NOT_DONE: [&str; 5] = [
    "Videos, audio, archives and documents are compared by their whole bytes only; nothing inside of them is looked at.",
    "Pictures are compared with lists; no picture is classified, and no text is read.",
    "A crop, a mosaic or a redrawn picture can be missed, and a list that is not loaded cannot match.",
    "Files are seen from when they are in the folder on; what was served before that was served.",
    "Whether a file may be kept is decided by a person.",
];
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    first: Date,
}

impl Month {
    /// A month that was typed: `2026-11`.
    ///
    /// # Errors
    /// [`Code::BadArgument`].
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::refused(Code::BadArgument, "A month is written like 2026-11.");
        let is_short = text.len() == 7;
        format!("{text}-01").parse().ok().filter(|_| is_short).map(|first| Self { first }).ok_or_else(wrong)
    }

    /// The month of a moment.
    pub fn of(ms: i64) -> Self {
        let date = jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(TimeZone::UTC).date();
        Self { first: date.first_of_month() }
    }

    /// The month before.
    #[must_use]
    pub fn before(self) -> Self {
        Self { first: self.first.saturating_sub(1.month()) }
    }

    /// Its first millisecond, and that of the next one.
    pub fn span(self) -> Span {
        let start = |date: Date| date.to_zoned(TimeZone::UTC).map(|at| at.timestamp().as_millisecond()).unwrap_or_default();
        Span { from: start(self.first), to: start(self.first.saturating_add(1.month())) }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// The numbers of one site and one month.
#[derive(Clone, Debug)]
pub struct Statement {
    site: String,
    month: Month,
    span: Span,
    uploads: Counted,
    matches: Counted,
    cases: Counted,
    told: Counted,
    clocks: Counted,
    papers: Counted,
    times: Vec<i64>,
    selftests: Vec<(i64, bool, Option<i64>)>,
    gaps: (u64, i64),
    lists: Vec<ListUse>,
    at: i64,
}

/// Gathers the numbers of a month. A month that is not over is counted up to `now`.
///
/// # Errors
/// The store's own; [`Code::BadArgument`] for a month that has not begun.
pub fn gather(connection: &Connection, site: &Site, month: Month, now: i64) -> Result<Statement> {
    let whole = month.span();
    if whole.from > now {
        return Err(Error::refused(Code::BadArgument, "This month has not begun. Nothing was written."));
    }
    let span = Span { to: whole.to.min(now), ..whole };
    Ok(Statement {
        site: site.name.clone(),
        month,
        span,
        uploads: figures::uploads(connection, site.id, span)?,
        matches: figures::matches(connection, site.id, span)?,
        cases: figures::cases(connection, site.id, span)?,
        told: figures::told(connection, site.id, span)?,
        clocks: figures::clocks(connection, site.id, span)?,
        papers: figures::papers(connection, site.id, span)?,
        times: figures::times_to_decide(connection, site.id, span)?,
        selftests: figures::selftests(connection, site.id, span)?,
        gaps: figures::blind_gaps(connection, site.id, span)?,
        lists: figures::lists(connection, span.to)?,
        at: now,
    })
}

/// One list on one day: `None` where it did not answer.
struct OnDay {
    day: i64,
    version: Option<u64>,
    age_days: Option<i64>,
}

impl Statement {
    /// The month.
    pub const fn month(&self) -> Month {
        self.month
    }

    fn total(counted: &Counted) -> u64 {
        counted.iter().map(|(_, n)| n).sum()
    }

    /// Files in this state, as they stand now.
    fn in_state(&self, state: &str) -> u64 {
        self.uploads.iter().filter(|(what, _)| what == state).map(|(_, n)| n).sum()
    }

    /// What could not be checked, by reason.
    fn unchecked(&self) -> Counted {
        self.uploads.iter().filter(|(what, _)| !["checked", "waiting", "skipped"].contains(&what.as_str())).cloned().collect()
    }

    /// Rows of the ledger with this verb, by what follows it.
    fn told_of(&self, verb: &str) -> Counted {
        let rest =
            |what: &str| what.strip_prefix(verb).filter(|rest| rest.is_empty() || rest.starts_with(' ')).map(|rest| rest.trim().to_owned());
        self.told.iter().filter_map(|(what, n)| Some((rest(what)?, *n))).collect()
    }

    fn median_ms(&self) -> Option<i64> {
        self.times.get(self.times.len().checked_sub(1)? / 2).copied()
    }

    fn days(&self, list: &ListUse) -> Vec<OnDay> {
        let mut days = Vec::new();
        let mut day = self.span.from;
        while day < self.span.to {
            let end = (day + DAY_MS).min(self.span.to);
            // A change of the limit switches to the same version: its age goes on from when it first answered.
            let answering = list.versions.iter().rfind(|(at, _)| *at < end).and_then(|(_, version)| *version);
            let since = answering.and_then(|version| list.versions.iter().find(|(_, other)| *other == Some(version))).map(|(at, _)| *at);
            days.push(OnDay { day, version: answering, age_days: since.map(|since| (end - since) / DAY_MS) });
            day += DAY_MS;
        }
        days
    }

    /// The same numbers for other programs.
    pub fn to_json(&self) -> Value {
        let object = |counted: &Counted| Value::Object(counted.iter().map(|(what, n)| (what.clone(), json!(n))).collect());
        let tests: Vec<Value> =
            self.selftests.iter().map(|(at, ok, ms)| json!({"at": when::utc(*at), "passed": ok, "to_inbox_ms": ms})).collect();
        let lists: Vec<Value> = self.lists.iter().map(|list| self.list_json(list)).collect();
        json!({
            "schema": 1, "site": self.site, "month": self.month.to_string(), "from": when::utc(self.span.from), "to": when::utc(self.span.to),
            "written": when::utc(self.at), "program_version": env!("CARGO_PKG_VERSION"),
            "uploads": {
                "seen": Self::total(&self.uploads), "checked": self.in_state("checked"), "could_not_be_checked": object(&self.unchecked()),
                "skipped_by_rule": self.in_state("skipped"), "waiting": self.in_state("waiting"),
            },
            "lists": lists,
            "self_tests": tests,
            "blind_gaps": {"count": self.gaps.0, "longest_s": self.gaps.1 / 1000},
            "matches": object(&self.matches), "cases": object(&self.cases),
            "decisions": object(&self.told_of("final")), "asked_snoozed_and_drafted": object(&self.told_of("decided")),
            "undone": Self::total(&self.told_of("undone")), "kept_by_rule": Self::total(&self.told_of("kept_by_rule")),
            "time_to_decide": {"decisions": self.times.len(), "median_s": self.median_ms().map(|ms| ms / 1000), "longest_s": self.times.last().map(|ms| ms / 1000)},
            "files_taken_down": Self::total(&self.told_of("done quarantine")), "files_put_back": Self::total(&self.told_of("restored")),
            "files_purged": Self::total(&self.told_of("purged")), "actions_failed": Self::total(&self.told_of("failed")),
            "pictures_shown": Self::total(&self.told_of("reveal_opened")),
            "withdrawn_entries": Self::total(&self.told_of("withdrawn_entry")), "reopened": object(&self.told_of("reopened")),
            "clocks": object(&self.clocks), "notices_and_reports": object(&self.papers),
            "not_done": NOT_DONE,
        })
    }

    fn list_json(&self, list: &ListUse) -> Value {
        let days: Vec<Value> =
            self.days(list).iter().map(|on| json!({"day": when::day(on.day), "version": on.version, "age_days": on.age_days})).collect();
        json!({
            "list": list.name, "harm": list.harm, "polarity": list.polarity, "largest_distance": list.threshold, "expires": list.expires.map(when::utc),
            "days": days,
        })
    }

    /// The counts in a long form, for tables: what, of which kind, how many.
    pub fn rows(&self) -> Vec<(&'static str, String, u64)> {
        let mut rows = vec![
            ("uploads_seen", String::new(), Self::total(&self.uploads)),
            ("uploads_checked", String::new(), self.in_state("checked")),
            ("files_taken_down", String::new(), Self::total(&self.told_of("done quarantine"))),
            ("files_put_back", String::new(), Self::total(&self.told_of("restored"))),
        ];
        let groups = [
            ("could_not_be_checked", self.unchecked()),
            ("matches", self.matches.clone()),
            ("cases", self.cases.clone()),
            ("decisions", self.told_of("final")),
            ("reopened", self.told_of("reopened")),
            ("clocks", self.clocks.clone()),
            ("notices_and_reports", self.papers.clone()),
        ];
        for (what, counted) in groups {
            rows.extend(counted.into_iter().map(|(kind, n)| (what, kind, n)));
        }
        rows
    }

    /// The text to print.
    ///
    /// # Errors
    /// [`Code::Internal`] if it cannot be put together.
    pub fn to_text(&self) -> Result<String> {
        let mut out = String::new();
        self.write(&mut out).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
        Ok(out)
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "Gatehouse: statement of {} for {}\n", self.month, self.site)?;
        writeln!(out, "From {} to before {}, written {}.", when::shown(self.span.from), when::shown(self.span.to), when::shown(self.at))?;
        writeln!(out, "Gatehouse {}. Numbers only: no paths, no hashes, no names of persons or files.", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "\nUploads")?;
        line(out, "seen", Self::total(&self.uploads))?;
        line(out, "checked", self.in_state("checked"))?;
        lines(out, "could not be checked, ", &self.unchecked())?;
        line(out, "skipped by a rule", self.in_state("skipped"))?;
        line(out, "blind gaps", self.gaps.0)?;
        writeln!(out, "  longest of them: {} seconds", self.gaps.1 / 1000)?;
        self.write_lists(out)?;
        writeln!(out, "\nSelf-tests")?;
        line(out, "passed", self.selftests.iter().filter(|(_, ok, _)| *ok).count() as u64)?;
        line(out, "failed", self.selftests.iter().filter(|(_, ok, _)| !*ok).count() as u64)?;
        for (at, ok, ms) in &self.selftests {
            let took = ms.map_or_else(String::new, |ms| format!(", {}.{} s to the inbox", ms / 1000, ms % 1000 / 100));
            writeln!(out, "  {}: {}{took}", when::shown(*at), if *ok { "passed" } else { "failed" })?;
        }
        writeln!(out, "\nMatches and cases")?;
        lines(out, "contents that matched, ", &self.matches)?;
        lines(out, "cases opened, ", &self.cases)?;
        lines(out, "decided, ", &self.told_of("final"))?;
        line(out, "decisions taken back", Self::total(&self.told_of("undone")))?;
        line(out, "kept by a rule of known good", Self::total(&self.told_of("kept_by_rule")))?;
        if let (Some(median), Some(longest)) = (self.median_ms(), self.times.last()) {
            writeln!(out, "  from found to decided: half of them within {}, the longest {}", long(median), long(*longest))?;
        }
        line(out, "pictures shown to a person", Self::total(&self.told_of("reveal_opened")))?;
        writeln!(out, "\nActions")?;
        line(out, "files taken down", Self::total(&self.told_of("done quarantine")))?;
        line(out, "files put back", Self::total(&self.told_of("restored")))?;
        line(out, "files purged", Self::total(&self.told_of("purged")))?;
        line(out, "failed", Self::total(&self.told_of("failed")))?;
        line(out, "entries that a list took back", Self::total(&self.told_of("withdrawn_entry")))?;
        lines(out, "cases opened again, ", &self.told_of("reopened"))?;
        writeln!(out, "\nClocks, notices, reports")?;
        lines(out, "clock ", &self.clocks)?;
        lines(out, "", &self.papers)?;
        writeln!(out, "\nWhat Gatehouse does not do")?;
        NOT_DONE.iter().try_for_each(|sentence| writeln!(out, "  {sentence}"))
    }

    fn write_lists(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nLists in use")?;
        if self.lists.is_empty() {
            writeln!(out, "  none: nothing could match")?;
        }
        for list in &self.lists {
            let days = self.days(list);
            let answered = days.iter().filter(|on| on.version.is_some()).count();
            let oldest = days.iter().filter_map(|on| on.age_days).max().unwrap_or(0);
            let expires = list.expires.map_or_else(String::new, |at| format!(", its publisher stands by it until {}", when::day(at)));
            writeln!(
                out,
                "  {} ({}, {}): answered on {answered} of {} days, at most {oldest} days old, largest distance {} of 256 bits{expires}",
                list.name,
                list.harm,
                list.polarity,
                days.len(),
                list.threshold
            )?;
            let mut before = None;
            for on in days.iter().filter(|on| on.version.is_some()) {
                if before != on.version {
                    writeln!(out, "    version {} from {}", on.version.unwrap_or(0), when::day(on.day))?;
                }
                before = on.version;
            }
        }
        Ok(())
    }
}

fn line(out: &mut String, what: &str, n: u64) -> std::fmt::Result {
    writeln!(out, "  {what}: {n}")
}

fn lines(out: &mut String, before: &str, counted: &Counted) -> std::fmt::Result {
    if counted.is_empty() && !before.is_empty() {
        return writeln!(out, "  {}: 0", before.trim_end_matches([',', ' ']));
    }
    counted.iter().try_for_each(|(what, n)| line(out, &format!("{before}{}", what.replace('_', " ")), *n))
}

fn long(ms: i64) -> String {
    match ms / 60_000 {
        minutes if minutes < 120 => format!("{minutes} minutes"),
        minutes if minutes < 48 * 60 => format!("{} hours", minutes / 60),
        minutes => format!("{} days", minutes / 60 / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        for (typed, from, to) in [
            ("2026-11", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ] {
            let month = Month::parse(typed).unwrap();
            assert_eq!((when::utc(month.span().from), when::utc(month.span().to)), (from.to_owned(), to.to_owned()));
            assert_eq!(month.to_string(), typed);
            assert_eq!(Month::of(month.span().to - 1), month);
            assert_eq!(Month::of(month.span().from - 1), month.before());
        }
        for wrong in ["2026", "2026-13", "2026-1", "26-01", "2026-11-01", ""] {
            assert!(Month::parse(wrong).is_err(), "{wrong}");
        }
    }
}
