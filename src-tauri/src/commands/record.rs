//! The record: rows, days, and whether it is whole.

use engine::record::table::Tab;
use engine::record::verify;
use engine::store::ledger::Filter;
use engine::store::{inbox, ledger};
use jiff::Timestamp;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{DayCount, LedgerState, RecordPage, RecordQuery, convert};

/// Longest plot.
const MOST_DAYS: i64 = 366;

/// A page of the record, newest first.
#[tauri::command(async)]
pub fn record_page(shell: State<'_, Shell>, arg: RecordQuery) -> Answer<RecordPage> {
    bounds::page(arg.limit)?;
    bounds::optional(arg.person.as_deref(), bounds::LONGEST_NAME)?;
    let core = shell.core()?;
    let filter = Filter { verbs: Tab::from(arg.filter).verbs().to_vec(), from: arg.from, to: arg.to, person: arg.person };
    let (found, total) = core.store.read(|connection| ledger::page(connection, &filter, arg.before, arg.limit))?;
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

/// Everybody in whose name a row stands.
#[tauri::command(async)]
pub fn record_persons(shell: State<'_, Shell>) -> Answer<Vec<String>> {
    Ok(shell.core()?.store.read(ledger::persons)?.iter().map(|name| convert::shown(name)).collect())
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
