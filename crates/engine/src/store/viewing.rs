//! Reveals, and what a person allows for themselves.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::{Connection, Tx, ledger, settings, unsigned};
use crate::error::Result;
use crate::model::CaseId;
use crate::model::viewing::{Cause, Change, Limits, Used};

/// The last day that a budget was counted for: a clock that is set back refunds nothing.
const BUDGET_DAY: &str = "budget_day";

/// A reveal that begins.
#[derive(Clone, Debug)]
pub struct NewReveal {
    /// Of which case.
    pub case: CaseId,
    /// Which step, 1 to 4.
    pub step: u8,
    /// Why, where a reason is asked for.
    pub reason: Option<String>,
    /// Its harm, for the record.
    pub harm: String,
    /// Whether it is part of a budget; practice is not.
    pub counts: bool,
    /// The local day, as days since 1970.
    pub today: i64,
    /// How long it may be shown, in milliseconds.
    pub longest_ms: i64,
}

/// The reveals of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revealed {
    /// How many.
    pub times: u64,
    /// For how long together, in milliseconds.
    pub ms: i64,
    /// By whom.
    pub by: Vec<String>,
}

/// One row of the reveals.
#[derive(Clone, Debug)]
pub struct RevealRow {
    /// Its number.
    pub id: i64,
    /// Of which case.
    pub case: CaseId,
    /// Who looked.
    pub person: String,
    /// Which step, 1 to 4.
    pub step: u8,
    /// Why.
    pub reason: Option<String>,
    /// When it was opened.
    pub opened_at: i64,
    /// How long it may be shown, in milliseconds.
    pub longest_ms: i64,
    /// For how long it was shown; `None` while it is open.
    pub shown_ms: Option<i64>,
    /// What ended it.
    pub cause: Option<Cause>,
}

/// The day that the budget counts for when the calendar says `today`.
///
/// # Errors
/// The store's own.
pub fn budget_day(connection: &Connection, today: i64) -> Result<i64> {
    let last: Option<i64> = settings::get(connection, BUDGET_DAY)?.and_then(|text| text.parse().ok());
    Ok(last.unwrap_or(today).max(today))
}

fn change_of(connection: &Connection, name: &str, otherwise: u8) -> Result<Change> {
    let stored = settings::get(connection, name)?;
    let mut parts = stored.as_deref().unwrap_or_default().split(['>', '@']);
    let now = parts.next().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let later = parts.next().and_then(|value| value.parse().ok()).zip(parts.next().and_then(|day| day.parse().ok()));
    Ok(Change { now, later })
}

/// What holds on this local day.
///
/// # Errors
/// The store's own.
pub fn limits(connection: &Connection, today: i64) -> Result<Limits> {
    let day = budget_day(connection, today)?;
    let mut values = [0; 4];
    for (value, (name, usual)) in values.iter_mut().zip(Limits::default().values()) {
        *value = change_of(connection, name, usual)?.on(day);
    }
    Ok(Limits::of_values(values))
}

/// What will hold once every change counts: what the person last asked for.
///
/// # Errors
/// The store's own.
pub fn wanted(connection: &Connection) -> Result<Limits> {
    let mut values = [0; 4];
    for (value, (name, usual)) in values.iter_mut().zip(Limits::default().values()) {
        let change = change_of(connection, name, usual)?;
        *value = change.later.map_or(change.now, |(value, _)| value);
    }
    Ok(Limits::of_values(values))
}

/// Changes what a person allows: tighter at once, looser from the next local day.
///
/// # Errors
/// The store's own.
pub fn set_limits(tx: &Tx<'_>, wanted: &Limits, today: i64) -> Result<()> {
    let day = budget_day(tx, today)?;
    settings::set(tx, BUDGET_DAY, &day.to_string())?;
    for ((name, held), (_, value)) in limits(tx, today)?.values().into_iter().zip(wanted.values()) {
        let change = Change::to(held, value, day);
        let later = change.later.map(|(value, from)| format!(">{value}@{from}")).unwrap_or_default();
        settings::set(tx, name, &format!("{}{later}", change.now))?;
    }
    ledger::append(tx, "limits_changed", None, json!(wanted.values().into_iter().collect::<std::collections::BTreeMap<_, _>>()))
}

/// What this person used up on this local day; of the session only its process knows.
///
/// # Errors
/// The store's own.
pub fn used(connection: &Connection, person: &str, today: i64) -> Result<Used> {
    let day = budget_day(connection, today)?;
    let sql = "SELECT count(*), coalesce(sum(coalesce(shown_ms, longest_ms)), 0) FROM reveal WHERE day = ? AND person = ? AND counts = 1";
    let (n, day_ms): (i64, i64) = connection.prepare_cached(sql)?.query_row(params![day, person], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Used { session: 0, day: unsigned(n), day_ms })
}

/// Writes down that a reveal begins.
///
/// # Errors
/// The store's own; then nothing may be shown.
pub fn open(tx: &Tx<'_>, new: &NewReveal) -> Result<i64> {
    let day = budget_day(tx, new.today)?;
    settings::set(tx, BUDGET_DAY, &day.to_string())?;
    tx.prepare_cached(
        "INSERT INTO reveal (triage_case, person, step, reason, counts, day, opened_at, longest_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![new.case.get(), tx.person, new.step, new.reason, new.counts, day, tx.now, new.longest_ms])?;
    let id = tx.last_insert_rowid();
    let body = json!({"reveal": id, "harm": new.harm, "step": new.step, "reason": new.reason});
    ledger::append(tx, "reveal_opened", Some(new.case), body)?;
    Ok(id)
}

/// Ends a reveal; one that ended already stays as it is. The time is never longer than was allowed.
///
/// # Errors
/// The store's own.
pub fn close(tx: &Tx<'_>, id: i64, shown_ms: i64, cause: Cause) -> Result<()> {
    let sql = "UPDATE reveal SET closed_at = ?1, shown_ms = min(max(?2, 0), longest_ms), cause = ?3 WHERE id = ?4 AND closed_at IS NULL
               RETURNING triage_case, shown_ms";
    let closed: Option<(i64, i64)> = tx
        .prepare_cached(sql)?
        .query_row(params![tx.now, shown_ms, cause.as_str(), id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((case, ms)) = closed else { return Ok(()) };
    ledger::append(tx, "reveal_closed", Some(CaseId::new(case)), json!({"reveal": id, "ms": ms, "cause": cause.as_str()}))
}

/// Ends every reveal that a crash or a lost page left open, with the longest time that it could have been shown.
///
/// # Errors
/// The store's own.
pub fn close_left(tx: &Tx<'_>) -> Result<u64> {
    let mut statement = tx.prepare_cached("SELECT id, longest_ms FROM reveal WHERE closed_at IS NULL ORDER BY id")?;
    let left: Vec<(i64, i64)> = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    left.iter().try_for_each(|(id, longest)| close(tx, *id, *longest, Cause::NotClosed))?;
    Ok(left.len() as u64)
}

/// The reveals of a case, together.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Revealed> {
    let sql = "SELECT person, count(*), sum(coalesce(shown_ms, 0)) FROM reveal WHERE triage_case = ? GROUP BY person ORDER BY min(id)";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([case.get()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?;
    let mut revealed = Revealed::default();
    for row in rows {
        let (person, times, ms) = row?;
        revealed.times += unsigned(times);
        revealed.ms += ms;
        revealed.by.push(person);
    }
    Ok(revealed)
}

/// The last `limit` reveals, newest first.
///
/// # Errors
/// The store's own.
pub fn last(connection: &Connection, limit: u32) -> Result<Vec<RevealRow>> {
    let mut statement = connection.prepare_cached("SELECT * FROM reveal ORDER BY id DESC LIMIT ?")?;
    let rows = statement.query_map([limit], |row| {
        Ok(RevealRow {
            id: row.get("id")?,
            case: CaseId::new(row.get("triage_case")?),
            person: row.get("person")?,
            step: row.get("step")?,
            reason: row.get("reason")?,
            opened_at: row.get("opened_at")?,
            longest_ms: row.get("longest_ms")?,
            shown_ms: row.get("shown_ms")?,
            cause: super::optional_word(row, "cause", Cause::from_wire)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
