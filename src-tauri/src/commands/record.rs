//! The record: rows, days, and whether it is whole.

use engine::record::verify;
use engine::store::{inbox, ledger};
use jiff::Timestamp;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{DayCount, LedgerState, RecordFilter, RecordPage, RecordQuery, convert};

/// Longest plot.
const MOST_DAYS: i64 = 366;

/// The verbs of a filter; none means all.
fn verbs(filter: RecordFilter) -> &'static [&'static str] {
    match filter {
        RecordFilter::Decisions => &["decided", "undone", "reopened", "noted", "closed"],
        RecordFilter::Actions => &[
            "final",
            "planned",
            "intended",
            "done",
            "failed",
            "restored",
            "sealed",
            "purged",
            "exported",
            "evidence_missing",
            "evidence_found",
            "hold_set",
            "hold_changed",
            "hold_ended",
            "vault_key_made",
            "vault_key_saved",
            "vault_key_taken",
            "vault_clock",
        ],
        RecordFilter::Lists => &[
            "list_imported",
            "list_rolled_back",
            "list_removed",
            "list_key_pinned",
            "withdrawn_entry",
            "subscription_added",
            "subscription_accepted",
            "subscription_changed",
            "subscription_removed",
        ],
        RecordFilter::Sites => &["site_added", "site_removed", "site_paused", "site_resumed", "site_root_confirmed", "selftest"],
        RecordFilter::All => &[],
    }
}

/// A page of the record, newest first.
#[tauri::command(async)]
pub fn record_page(shell: State<'_, Shell>, arg: RecordQuery) -> Answer<RecordPage> {
    bounds::page(arg.limit)?;
    let core = shell.core()?;
    let (found, total) = core.store.read(|connection| ledger::page(connection, verbs(arg.filter), arg.before, arg.limit))?;
    let is_full = found.len() as u64 == u64::from(arg.limit);
    Ok(RecordPage {
        next: found.last().filter(|_| is_full).map(|row| row.seq),
        rows: found.iter().map(|row| convert::record_row(&core, row)).collect(),
        total,
    })
}

/// Uploads checked and cases opened on each of the last days.
#[tauri::command(async)]
pub fn record_days(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<DayCount>> {
    bounds::number(arg, 1..=MOST_DAYS)?;
    let core = shell.core()?;
    let found = core.store.read(|connection| inbox::per_day(connection, arg, core.clock.now_ms()))?;
    Ok(found.into_iter().map(|(start, checked, cases)| DayCount { day: day(start), checked, cases }).collect())
}

/// A day in UTC, like `2026-11-23`.
fn day(start_ms: i64) -> String {
    Timestamp::from_millisecond(start_ms).map(|at| at.strftime("%F").to_string()).unwrap_or_default()
}

/// Recomputes the chain.
#[tauri::command(async)]
pub fn ledger_verify(shell: State<'_, Shell>) -> Answer<LedgerState> {
    let core = shell.core()?;
    Ok(verify::verify(&core.store, &core.home.journal())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_dates() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(1_795_392_000_000), "2026-11-23");
    }
}
