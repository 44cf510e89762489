//! The safe report: what somebody who helps needs to know, and nothing that names anybody. It is made of a fixed list of fields, never by leaving out what
//! is dangerous: versions, numbers, words of closed lists, and the last lines of the log.

use fingerprint::JailLevel;

use super::core::Core;
use super::{overview, storage};
use crate::error::Result;
use crate::log::{self, Filter};
use crate::record::when;
use crate::store::inbox;

/// Lines of the log that it holds.
pub const LINES: usize = 500;

/// What the program that asks knows of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Its version.
    pub version: &'a str,
    /// Whether this process watches.
    pub watches_here: bool,
}

/// Makes the report.
///
/// # Errors
/// The store's own, or that the log cannot be read.
pub fn text(core: &Core, about: About<'_>) -> Result<String> {
    let now = core.clock.now_ms();
    let overview = overview::overview(core, about.watches_here)?;
    let counts = core.store.read(|connection| inbox::counts(connection, now))?;
    let mut text = String::from(
        "Gatehouse: safe report\nIt holds versions, numbers and words of fixed lists. No names, paths, persons, hashes or pictures.\n\n",
    );
    let mut line = |name: &str, value: &dyn std::fmt::Display| text.push_str(&format!("{name}: {value}\n"));
    line("made", &when::utc(now));
    line("version", &about.version);
    line("system", &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    line("sandbox", &overview::sandbox(core)?.map_or("unknown", JailLevel::as_str));
    line("watching", &if about.watches_here { "here" } else { "not here" });
    for size in storage::sizes(&core.home) {
        line(&format!("storage {}", size.part), &format!("{} bytes in {} files", size.bytes, size.files));
    }
    let seen = &overview.counts;
    line("uploads checked", &seen.checked);
    line("uploads could not be checked", &seen.could_not_check());
    for (reason, count) in &seen.reasons {
        line(&format!("could not be checked {reason}"), count);
    }
    line("cases in the inbox", &counts.inbox);
    line("cases asked", &counts.asked);
    line("cases snoozed", &counts.snoozed);
    line("cases recent", &counts.recent);
    line("holds ending", &overview.holds_ending.len());
    line("longest blind gap ms", &overview.longest_blind_gap_ms);
    for view in &overview.sites {
        let state = &view.state;
        line(&format!("site {}", state.site.id), &format!("{} {} sweep every {} s", state.site.mode, state.health, view.period_s));
    }
    for view in &overview.lists {
        line(
            &format!("list {}", view.list.id),
            &format!("{} {} {} entries {:?}", view.list.harm.as_str(), view.version.format, view.version.entries, view.freshness),
        );
    }
    for problem in &overview.problems {
        line("problem", &problem.code);
    }
    let log = log::page(&core.home.logs(), &Filter::default(), None, LINES)?;
    text.push_str("\nlog, newest first\n");
    for entry in log.entries {
        text.push_str(&format!("{} {} {}\n", when::utc(entry.at), entry.level, entry.text()));
    }
    Ok(text)
}
