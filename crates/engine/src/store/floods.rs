//! Floods and entries that are switched off: what keeps one wrong entry of a list from burying the inbox.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, unsigned, word};
use crate::error::Result;
use crate::model::{CaseId, FloodId, ListId, Match, wire_enum};

wire_enum!(
    /// How a flood ended.
    FloodEnd {
        /// A person wants its cases one by one.
        Singles = "singles",
        /// A person kept all of it and switched the entry off.
        SwitchedOff = "switched_off",
        /// The list took the entry back.
        Withdrawn = "withdrawn",
    }
);

/// One entry that matches improbably many contents; its cases wait behind the first of them.
#[derive(Clone, Debug)]
pub struct Flood {
    /// Its number.
    pub id: FloodId,
    /// The list.
    pub list: ListId,
    /// The publisher's key of the entry. May hold a hash: never shown.
    pub entry_key: String,
    /// The case that stands for all.
    pub case: CaseId,
    /// How it ended; `None` while it lasts.
    pub how: Option<FloodEnd>,
}

fn flood_of(row: &Row<'_>) -> rusqlite::Result<Flood> {
    Ok(Flood {
        id: FloodId::new(row.get("id")?),
        list: ListId::new(row.get("list")?),
        entry_key: row.get("entry_key")?,
        case: CaseId::new(row.get("triage_case")?),
        how: row.get::<_, Option<String>>("how")?.is_some().then(|| word(row, "how", FloodEnd::from_wire)).transpose()?,
    })
}

/// The latest flood of an entry.
///
/// # Errors
/// The store's own.
pub fn of_entry(connection: &Connection, list: ListId, entry_key: &str) -> Result<Option<Flood>> {
    let sql = "SELECT * FROM flood WHERE list = ? AND entry_key = ? ORDER BY id DESC LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row(params![list.get(), entry_key], flood_of).optional()?)
}

/// The flood that a case stands for, while it lasts.
///
/// # Errors
/// The store's own.
pub fn led_by(connection: &Connection, case: CaseId) -> Result<Option<Flood>> {
    let sql = "SELECT * FROM flood WHERE triage_case = ? AND ended_at IS NULL LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([case.get()], flood_of).optional()?)
}

/// The case behind which a case waits.
///
/// # Errors
/// The store's own.
pub fn leader_of(connection: &Connection, case: CaseId) -> Result<Option<CaseId>> {
    let sql = "SELECT f.triage_case FROM triage_case c JOIN flood f ON f.id = c.held_by WHERE c.id = ?";
    Ok(connection.prepare_cached(sql)?.query_row([case.get()], |row| row.get(0)).optional()?.map(CaseId::new))
}

/// Contents that an entry matches and matched first at or after `since`.
///
/// # Errors
/// The store's own.
pub fn contents_since(connection: &Connection, list: ListId, entry_key: &str, since: i64) -> Result<u64> {
    let sql = "SELECT count(DISTINCT content) FROM match WHERE list = ? AND entry_key = ? AND found_at >= ? AND withdrawn_at IS NULL";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row(params![list.get(), entry_key, since], |row| row.get(0))?))
}

/// Open cases, by number, that rest on this entry and on no other, and that ask for nothing else.
///
/// # Errors
/// The store's own.
pub fn resting_alone(connection: &Connection, list: ListId, entry_key: &str) -> Result<Vec<CaseId>> {
    let sql = "SELECT DISTINCT c.id FROM match m JOIN content k ON k.id = m.content JOIN triage_case c ON c.id = k.triage_case
               WHERE m.list = ?1 AND m.entry_key = ?2 AND m.withdrawn_at IS NULL AND c.state = 'open' AND c.second_look IS NULL
               AND NOT EXISTS (SELECT 1 FROM match o JOIN content j ON j.id = o.content WHERE j.triage_case = c.id AND o.withdrawn_at IS NULL
                               AND o.polarity = 'alert' AND (o.list <> ?1 OR o.entry_key <> ?2))
               ORDER BY c.id";
    ids(connection, sql, params![list.get(), entry_key])
}

/// The cases that wait behind a flood's case, by number.
///
/// # Errors
/// The store's own.
pub fn held(connection: &Connection, flood: FloodId) -> Result<Vec<CaseId>> {
    ids(connection, "SELECT id FROM triage_case WHERE held_by = ? AND state = 'held' ORDER BY id", params![flood.get()])
}

fn ids(connection: &Connection, sql: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<CaseId>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(with, |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Begins a flood.
///
/// # Errors
/// The store's own.
pub fn begin(tx: &Tx<'_>, entry: &Match, case: CaseId, contents: u64) -> Result<FloodId> {
    tx.execute(
        "INSERT INTO flood (list, entry_key, triage_case, began_at) VALUES (?, ?, ?, ?)",
        params![entry.list.get(), entry.entry_key, case.get(), tx.now],
    )?;
    let id = FloodId::new(tx.last_insert_rowid());
    let facts = json!({"list": entry.list.get(), "entry": format!("#{}", entry.entry), "contents": contents});
    ledger::append(tx, "flood", Some(case), facts)?;
    Ok(id)
}

/// Says behind which flood a case waits. Its state is set by the caller.
///
/// # Errors
/// The store's own.
pub fn hold(tx: &Tx<'_>, flood: FloodId, case: CaseId) -> Result<()> {
    tx.prepare_cached("UPDATE triage_case SET held_by = ? WHERE id = ?")?.execute([flood.get(), case.get()])?;
    Ok(())
}

/// Ends a flood.
///
/// # Errors
/// The store's own.
pub fn end(tx: &Tx<'_>, flood: &Flood, how: FloodEnd) -> Result<()> {
    tx.execute("UPDATE flood SET ended_at = ?, how = ? WHERE id = ?", params![tx.now, how.as_str(), flood.id.get()])?;
    ledger::append(tx, "flood_ended", Some(flood.case), json!({"how": how.as_str()}))
}

/// An entry that a person switched off.
#[derive(Clone, Debug)]
pub struct EntryOff {
    /// Our number of the entry.
    pub entry: u32,
    /// Since when, in milliseconds since 1970.
    pub at: i64,
    /// By whom.
    pub person: String,
    /// Why.
    pub reason: String,
}

/// Switches an entry off: its matches are shown and raise nothing.
///
/// # Errors
/// The store's own.
pub fn switch_off(tx: &Tx<'_>, list: ListId, entry_key: &str, reason: &str) -> Result<()> {
    let number = "SELECT max(entry) FROM match WHERE list = ? AND entry_key = ?";
    let entry: Option<u32> = tx.query_row(number, params![list.get(), entry_key], |row| row.get(0))?;
    let entry = entry.unwrap_or(0);
    tx.execute(
        "INSERT INTO entry_off (list, entry_key, entry, at, person, reason) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        params![list.get(), entry_key, entry, tx.now, tx.person, reason],
    )?;
    ledger::append(tx, "entry_off", None, json!({"list": list.get(), "entry": format!("#{entry}"), "reason": reason}))
}

/// Lets an entry raise cases again. Gives whether it was off.
///
/// # Errors
/// The store's own.
pub fn switch_on(tx: &Tx<'_>, list: ListId, entry: u32) -> Result<bool> {
    let was_off = tx.execute("DELETE FROM entry_off WHERE list = ? AND entry = ?", params![list.get(), entry])? > 0;
    if was_off {
        ledger::append(tx, "entry_on", None, json!({"list": list.get(), "entry": format!("#{entry}")}))?;
    }
    Ok(was_off)
}

/// Whether an entry is switched off.
///
/// # Errors
/// The store's own.
pub fn is_off(connection: &Connection, list: ListId, entry_key: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM entry_off WHERE list = ? AND entry_key = ?)";
    Ok(connection.prepare_cached(sql)?.query_row(params![list.get(), entry_key], |row| row.get(0))?)
}

/// The entries of a list that are switched off, by number.
///
/// # Errors
/// The store's own.
pub fn all_off(connection: &Connection, list: ListId) -> Result<Vec<EntryOff>> {
    let mut statement = connection.prepare_cached("SELECT * FROM entry_off WHERE list = ? ORDER BY entry")?;
    let rows = statement.query_map([list.get()], |row| {
        Ok(EntryOff { entry: row.get("entry")?, at: row.get("at")?, person: row.get("person")?, reason: row.get("reason")? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
