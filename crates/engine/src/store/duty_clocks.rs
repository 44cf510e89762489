//! Clocks of duties.

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use super::{Tx, word};
use crate::error::{Error, Result};
use crate::model::{CaseId, ClockId, ClockKind, ClockKnown, ClockState, DutyClock, NoticeId, Sure};

/// What a new clock is made of.
#[derive(Clone, Debug)]
pub struct NewClock {
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The notice that starts it.
    pub notice: Option<NoticeId>,
    /// What it counts.
    pub kind: ClockKind,
    /// The profile it comes from; empty while none is chosen.
    pub profile: String,
    /// Its title.
    pub title: String,
    /// Where the duty is written.
    pub source: String,
    /// How sure that is.
    pub sure: Sure,
    /// When it started, in milliseconds since 1970 (UTC).
    pub started_at: i64,
    /// How that is known.
    pub known: ClockKnown,
    /// When it is due.
    pub due_at: Option<i64>,
    /// From when on it asks for attention.
    pub warn_at: Option<i64>,
    /// Who asked.
    pub sender: Option<String>,
    /// Their reference number.
    pub reference: Option<String>,
}

fn clock_of(row: &Row<'_>) -> rusqlite::Result<DutyClock> {
    Ok(DutyClock {
        id: ClockId::new(row.get("id")?),
        case: row.get::<_, Option<i64>>("triage_case")?.map(CaseId::new),
        notice: row.get::<_, Option<i64>>("notice")?.map(NoticeId::new),
        kind: word(row, "kind", ClockKind::from_wire)?,
        profile: row.get("profile")?,
        title: row.get("title")?,
        source: row.get("source")?,
        sure: word(row, "sure", Sure::from_wire)?,
        started_at: row.get("started_at")?,
        known: word(row, "known", ClockKnown::from_wire)?,
        due_at: row.get("due_at")?,
        warn_at: row.get("warn_at")?,
        sender: row.get("sender")?,
        reference: row.get("reference")?,
        state: word(row, "state", ClockState::from_wire)?,
        missed_at: row.get("missed_at")?,
        site_confirmed_at: row.get("site_confirmed_at")?,
        ended_at: row.get("ended_at")?,
        ended_by: row.get("ended_by")?,
        end_reason: row.get("end_reason")?,
    })
}

fn rows(connection: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<DutyClock>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, clock_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores a running clock.
///
/// # Errors
/// The store's own.
pub fn insert(tx: &Tx<'_>, new: &NewClock) -> Result<ClockId> {
    tx.prepare_cached(
        "INSERT INTO duty_clock (triage_case, notice, kind, profile, title, source, sure, started_at, known, due_at, warn_at, sender, reference, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')",
    )?
    .execute(params![
        new.case.map(CaseId::get),
        new.notice.map(NoticeId::get),
        new.kind.as_str(),
        new.profile,
        new.title,
        new.source,
        new.sure.as_str(),
        new.started_at,
        new.known.as_str(),
        new.due_at,
        new.warn_at,
        new.sender,
        new.reference,
    ])?;
    Ok(ClockId::new(tx.last_insert_rowid()))
}

/// One clock.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: ClockId) -> Result<DutyClock> {
    let found = connection.prepare_cached("SELECT * FROM duty_clock WHERE id = ?")?.query_row([id.get()], clock_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "clock", name: id.to_string() })
}

/// Clocks that still run, missed ones included: those with a limit first, soonest first.
///
/// # Errors
/// The store's own.
pub fn open(connection: &Connection) -> Result<Vec<DutyClock>> {
    rows(connection, "SELECT * FROM duty_clock WHERE ended_at IS NULL ORDER BY due_at IS NULL, due_at, started_at, id", &[])
}

/// Every clock of a case: those that still run first, soonest first.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<DutyClock>> {
    let sql = "SELECT * FROM duty_clock WHERE triage_case = ? ORDER BY ended_at IS NOT NULL, due_at IS NULL, due_at, started_at, id";
    rows(connection, sql, &[&case.get()])
}

/// The last `limit` clocks, newest first, ended ones included.
///
/// # Errors
/// The store's own.
pub fn last(connection: &Connection, limit: u32) -> Result<Vec<DutyClock>> {
    rows(connection, "SELECT * FROM duty_clock ORDER BY id DESC LIMIT ?", &[&limit])
}

/// Writes that the limit has passed.
///
/// # Errors
/// The store's own.
pub fn set_missed(tx: &Tx<'_>, id: ClockId, at: i64) -> Result<()> {
    tx.execute("UPDATE duty_clock SET state = 'missed', missed_at = ? WHERE id = ?", params![at, id.get()])?;
    Ok(())
}

/// Lets a clock run again whose limit lies ahead after all: the computer's own clock was set back. When it was noted as missed stays.
///
/// # Errors
/// The store's own.
pub fn set_running(tx: &Tx<'_>, id: ClockId) -> Result<()> {
    tx.execute("UPDATE duty_clock SET state = 'running' WHERE id = ?", [id.get()])?;
    Ok(())
}

/// Writes that a person said that the site no longer shows it.
///
/// # Errors
/// The store's own.
pub fn set_confirmed(tx: &Tx<'_>, id: ClockId) -> Result<()> {
    tx.execute("UPDATE duty_clock SET site_confirmed_at = ? WHERE id = ?", params![tx.now, id.get()])?;
    Ok(())
}

/// Ends a clock. One that was missed stays missed.
///
/// # Errors
/// The store's own.
pub fn end(tx: &Tx<'_>, id: ClockId, state: ClockState, at: i64, reason: &str) -> Result<()> {
    let sql =
        "UPDATE duty_clock SET state = CASE state WHEN 'missed' THEN 'missed' ELSE ?1 END, ended_at = ?2, ended_by = ?3, end_reason = ?4
               WHERE id = ?5 AND ended_at IS NULL";
    tx.execute(sql, params![state.as_str(), at, tx.person, reason, id.get()])?;
    Ok(())
}

/// Cases that were taken down and whose report has no clock of this profile since: (case, when it was decided).
///
/// # Errors
/// The store's own.
pub fn without_report_clock(connection: &Connection, profile: &str) -> Result<Vec<(CaseId, i64)>> {
    // The condition on the harm is written as in its partial index.
    let sql = "SELECT c.id, c.decided_at FROM triage_case c
               WHERE c.decision = 'take_down' AND c.harm NOT IN ('ncii', 'tvec', 'malware', 'local', 'practice')
               AND c.state <> 'drafted' AND c.decided_at IS NOT NULL AND NOT c.practice AND NOT EXISTS (
                   SELECT 1 FROM duty_clock d WHERE d.triage_case = c.id AND d.kind = 'csam_report' AND d.profile = ?1
                   AND (d.ended_at IS NULL OR d.started_at >= c.decided_at))
               ORDER BY c.id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([profile], |row| Ok((CaseId::new(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When the files of a case were last taken out, if none of them is in a site now, and whether one of them lies in a copy.
///
/// # Errors
/// The store's own.
pub fn taken_down(connection: &Connection, case: CaseId) -> Result<Option<(i64, bool)>> {
    let sql = "SELECT max(a.ended_at),
                   EXISTS (SELECT 1 FROM content k JOIN upload u ON u.content = k.id WHERE k.triage_case = ?1 AND u.current = 1 AND u.place = 'site'),
                   EXISTS (SELECT 1 FROM content k JOIN upload u ON u.content = k.id JOIN site s ON s.id = u.site WHERE k.triage_case = ?1 AND s.mode = 'copy')
               FROM action a WHERE a.triage_case = ?1 AND a.kind = 'quarantine' AND a.state = 'done'";
    let row = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?));
    let (at, is_served, is_copy) = connection.prepare_cached(sql)?.query_row([case.get()], row)?;
    Ok(at.filter(|_| !is_served).map(|at| (at, is_copy)))
}

/// Whether a clock of this kind of this case still runs.
///
/// # Errors
/// The store's own.
pub fn runs(connection: &Connection, case: CaseId, kind: ClockKind) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM duty_clock WHERE triage_case = ? AND kind = ? AND ended_at IS NULL)";
    Ok(connection.prepare_cached(sql)?.query_row(params![case.get(), kind.as_str()], |row| row.get(0))?)
}
