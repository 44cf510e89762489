//! Guards: things about a new version that a person should see before it becomes active. Pure; the engine asks the question.

use crate::difference::Difference;
use crate::report::Report;

/// A reason to ask before a version becomes active. Without a terminal each is an error unless `--yes` is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// More than 20 records, and more than a tenth of them rejected.
    WrongFormat {
        /// Rejected records.
        rejected: u64,
        /// All records.
        records: u64,
    },
    /// Less than half of the live entries would be left. A cut-off download looks exactly like this.
    Shrinking {
        /// Entries of the version before.
        before: u64,
        /// Entries of the new version.
        after: u64,
    },
    /// More than ten times as many entries.
    Growing {
        /// Entries of the version before.
        before: u64,
        /// Entries of the new version.
        after: u64,
    },
    /// The file is older than the active version.
    OldNews,
    /// Entries were accepted, and none can match in this build.
    NothingToMatch {
        /// Accepted entries.
        entries: u64,
    },
    /// None of the keys is known to the list that it should continue.
    AnotherList {
        /// Entries of the new version.
        entries: u64,
    },
    /// New entries match an improbable share of what was checked here.
    Shock {
        /// Contents that new entries match.
        matching: u64,
        /// Contents checked here.
        checked: u64,
    },
}

impl Guard {
    /// The wire code.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::WrongFormat { .. } => "wrong_format",
            Self::Shrinking { .. } => "shrinking",
            Self::Growing { .. } => "growing",
            Self::OldNews => "old_news",
            Self::NothingToMatch { .. } => "nothing_to_match",
            Self::AnotherList { .. } => "another_list",
            Self::Shock { .. } => "shock",
        }
    }

    /// The sentence for the screen.
    pub fn sentence(&self) -> String {
        match self {
            Self::WrongFormat { rejected, records } => {
                format!("{rejected} of {records} records could not be used. Is this the right format?")
            }
            Self::Shrinking { before, after } => {
                format!(
                    "The list would shrink from {before} to {after} entries. A download that was cut off looks like this. Is the file whole?"
                )
            }
            Self::Growing { before, after } => format!("The list would grow from {before} to {after} entries. Is this the right file?"),
            Self::OldNews => "This file is older than the version that is active. Do you want to go back to it?".to_owned(),
            Self::NothingToMatch { entries } => {
                format!("None of the {entries} entries can match here: this version of Gatehouse cannot compute these kinds of hash.")
            }
            Self::AnotherList { entries } => format!("None of these {entries} entries is in the list yet. Is this the same list?"),
            Self::Shock { matching, checked } => {
                format!("The new entries match {matching} of the {checked} files checked here. That is unusual; the list may be wrong.")
            }
        }
    }
}

/// The version before, as far as the guards ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousFacts {
    /// Its live entries.
    pub entries: u64,
    /// Its newest time or checkpoint, UTC milliseconds since 1970, where it has one.
    pub newest_at: Option<i64>,
    /// The same of the new version.
    pub new_newest_at: Option<i64>,
}

/// Records up to which a rejected share says nothing.
const FEW_RECORDS: u64 = 20;
/// Fewest entries that must go before a smaller list is asked about.
const FEWEST_GONE: u64 = 10;
/// Fewest entries that must come before a larger list is asked about.
const FEWEST_NEW: u64 = 1000;
/// How many times larger a list may become without a question.
const GROWTH: u64 = 10;
/// Fewest entries that make "none of them is known" remarkable.
const FEWEST_FOREIGN: u64 = 100;

/// The guards that a new version meets. `previous` and `difference` are those of the active version, `None` for a new list.
///
/// Numbers at which each asks: a lower one asks too often to be read, a higher one too late.
pub fn guards(report: &Report, previous: Option<(PreviousFacts, &Difference)>) -> Vec<Guard> {
    let mut met = Vec::new();
    let rejected = report.rejected_count();
    if report.records > FEW_RECORDS && rejected * 10 > report.records {
        met.push(Guard::WrongFormat { rejected, records: report.records });
    }
    if report.entries > 0 && report.can_match == 0 {
        met.push(Guard::NothingToMatch { entries: report.entries });
    }
    if let Some((facts, difference)) = previous {
        met.extend(against_previous(report.entries, facts, difference));
    }
    met
}

fn against_previous(after: u64, facts: PreviousFacts, difference: &Difference) -> Vec<Guard> {
    let before = facts.entries;
    let (gone, new) = (difference.withdrawn.len() as u64, difference.added.len() as u64);
    let known = difference.changed.len() as u64 + difference.unchanged;
    let mut met = Vec::new();
    if after * 2 < before && gone >= FEWEST_GONE {
        met.push(Guard::Shrinking { before, after });
    }
    if after > before.saturating_mul(GROWTH) && new >= FEWEST_NEW {
        met.push(Guard::Growing { before, after });
    }
    if before > 0 && after >= FEWEST_FOREIGN && known == 0 {
        met.push(Guard::AnotherList { entries: after });
    }
    if facts.newest_at.zip(facts.new_newest_at).is_some_and(|(active, new)| new < active) {
        met.push(Guard::OldNews);
    }
    met
}

/// Whether new `alert` entries match an improbable share of the contents checked here: more than 2 %, and at least 20.
pub fn shock(matching: u64, checked: u64) -> Option<Guard> {
    (matching >= 20 && matching * 50 > checked).then_some(Guard::Shock { matching, checked })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(added: u32, changed: u32, withdrawn: u32, unchanged: u64) -> Difference {
        let places = |count: u32| (0..count).collect();
        let withdrawn = (0..withdrawn).map(|number| number.to_string()).collect();
        Difference { added: places(added), changed: places(changed), withdrawn, unchanged }
    }

    fn met(entries: u64, before: u64, difference: &Difference) -> Vec<&'static str> {
        let report = Report { records: entries, added: entries, entries, can_match: entries, ..Report::default() };
        let facts = PreviousFacts { entries: before, newest_at: None, new_newest_at: None };
        guards(&report, Some((facts, difference))).iter().map(Guard::as_str).collect()
    }

    #[test]
    fn f80_each_guard_asks_at_its_number_and_not_before() {
        assert_eq!(met(9, 19, &difference(0, 0, 10, 9)), ["shrinking"], "ten gone, less than half left");
        assert_eq!(met(10, 20, &difference(0, 0, 10, 10)), [""; 0], "exactly half is left");
        assert_eq!(met(8, 17, &difference(0, 0, 9, 8)), [""; 0], "nine gone are few");
        assert_eq!(met(1101, 110, &difference(1000, 1, 9, 100)), ["growing"], "more than ten times, a thousand new");
        assert_eq!(met(1100, 110, &difference(1000, 1, 9, 100)), [""; 0], "exactly ten times");
        assert_eq!(met(100, 100, &difference(100, 0, 9, 0)), ["another_list"], "a hundred, none known");
        assert_eq!(met(99, 100, &difference(99, 0, 9, 0)), [""; 0], "99 are few");
        assert_eq!(shock(20, 1000), None, "exactly 2 %");
        assert_eq!(shock(21, 1000).map(|guard| guard.as_str()), Some("shock"), "more than 2 %, at least 20");
        assert_eq!(shock(19, 19), None, "19 are few");
    }

    #[test]
    fn a_rejected_share_and_a_list_that_cannot_match_are_asked_about() {
        let mut report = Report { records: 21, entries: 18, can_match: 18, ..Report::default() };
        report.rejected.insert("not_hex", 3);
        assert_eq!(guards(&report, None)[0].as_str(), "wrong_format", "3 of 21");
        report.records = 30;
        assert_eq!(guards(&report, None), [], "exactly a tenth");
        report.can_match = 0;
        assert_eq!(guards(&report, None)[0].as_str(), "nothing_to_match", "only kinds that are kept");
    }

    #[test]
    fn an_older_file_is_old_news() {
        let report = Report { records: 1, entries: 1, can_match: 1, ..Report::default() };
        let facts = PreviousFacts { entries: 1, newest_at: Some(2), new_newest_at: Some(1) };
        assert_eq!(guards(&report, Some((facts, &difference(0, 0, 0, 1)))), [Guard::OldNews], "1 lies before 2");
    }
}
