//! Batches of decisions: one key press each, a draft until its clock ends.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::cases::Standing;
use super::{Tx, unsigned, word};
use crate::error::{Error, Result};
use crate::model::{BatchId, CaseId, DecisionKind, wire_enum};

wire_enum!(
    /// Where a batch stands.
    BatchState {
        /// The clock runs; undo is free.
        Draft = "draft",
        /// It counts.
        Final = "final",
        /// It was taken back.
        Undone = "undone",
    }
);

/// One key press.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// Its number.
    pub id: BatchId,
    /// What was decided.
    pub decision: DecisionKind,
    /// By whom.
    pub person: String,
    /// With which note.
    pub note: Option<String>,
    /// When.
    pub made_at: i64,
    /// When its clock ends, by the wall clock of this run.
    pub act_at: i64,
    /// Where it stands.
    pub state: BatchState,
    /// The clock was started again after a restart.
    pub restarted: bool,
    /// How many cases it decides.
    pub cases: u64,
}

fn batch_of(row: &Row<'_>) -> rusqlite::Result<BatchRow> {
    Ok(BatchRow {
        id: BatchId::new(row.get("id")?),
        decision: word(row, "decision", DecisionKind::from_wire)?,
        person: row.get("person")?,
        note: row.get("note")?,
        made_at: row.get("made_at")?,
        act_at: row.get("act_at")?,
        state: word(row, "state", BatchState::from_wire)?,
        restarted: row.get("restarted")?,
        cases: unsigned(row.get("cases")?),
    })
}

/// The columns of a batch with the number of its cases.
const BATCH: &str = "SELECT b.*, (SELECT count(*) FROM decision d WHERE d.batch = b.id) AS cases FROM batch b";

/// Makes a batch. The same request id twice is the same batch: asking again is not an error.
///
/// # Errors
/// The store's own.
pub fn insert(tx: &Tx<'_>, request: &str, decision: DecisionKind, note: Option<&str>, act_at: i64, state: BatchState) -> Result<BatchId> {
    tx.execute(
        "INSERT INTO batch (request, decision, person, note, made_at, act_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![request, decision.as_str(), tx.person, note, tx.now, act_at, state.as_str()],
    )?;
    Ok(BatchId::new(tx.last_insert_rowid()))
}

/// The batch that a request id made before, if any.
///
/// # Errors
/// The store's own.
pub fn by_request(connection: &Connection, request: &str) -> Result<Option<BatchRow>> {
    Ok(connection.prepare_cached(&format!("{BATCH} WHERE b.request = ?"))?.query_row([request], batch_of).optional()?)
}

/// One batch.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: BatchId) -> Result<BatchRow> {
    let found = connection.prepare_cached(&format!("{BATCH} WHERE b.id = ?"))?.query_row([id.get()], batch_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "batch", name: id.to_string() })
}

/// Adds a case to a batch, with what the case was before.
///
/// # Errors
/// The store's own.
pub fn add_case(tx: &Tx<'_>, batch: BatchId, case: CaseId, before: Standing) -> Result<()> {
    tx.prepare_cached("INSERT INTO decision (batch, triage_case, before, state) VALUES (?, ?, ?, 'standing')")?.execute(params![
        batch.get(),
        case.get(),
        before.to_json().to_string()
    ])?;
    Ok(())
}

/// Takes a case out of a draft: another decision replaced it before its clock ended.
///
/// # Errors
/// The store's own.
pub fn drop_case(tx: &Tx<'_>, batch: BatchId, case: CaseId) -> Result<()> {
    tx.execute("DELETE FROM decision WHERE batch = ? AND triage_case = ?", [batch.get(), case.get()])?;
    Ok(())
}

/// The cases of a batch with what each was before; of an undone batch, with what each was by it.
///
/// # Errors
/// The store's own.
pub fn cases(connection: &Connection, batch: BatchId) -> Result<Vec<(CaseId, Option<Standing>)>> {
    let mut statement = connection.prepare_cached("SELECT triage_case, before FROM decision WHERE batch = ? ORDER BY triage_case")?;
    let rows = statement.query_map([batch.get()], |row| Ok((CaseId::new(row.get(0)?), Standing::from_json(&row.get::<_, String>(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Moves a batch to another state.
///
/// # Errors
/// The store's own.
pub fn set_state(tx: &Tx<'_>, id: BatchId, state: BatchState) -> Result<()> {
    tx.prepare_cached("UPDATE batch SET state = ? WHERE id = ?")?.execute(params![state.as_str(), id.get()])?;
    Ok(())
}

/// Every draft, oldest first.
///
/// # Errors
/// The store's own.
pub fn drafts(connection: &Connection) -> Result<Vec<BatchRow>> {
    let mut statement = connection.prepare_cached(&format!("{BATCH} WHERE b.state = 'draft' ORDER BY b.id"))?;
    let rows = statement.query_map([], batch_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Gives a draft a new end of its clock.
///
/// # Errors
/// The store's own.
pub fn restart_clock(tx: &Tx<'_>, id: BatchId, act_at: i64) -> Result<()> {
    tx.execute("UPDATE batch SET act_at = ?, restarted = 1 WHERE id = ? AND state = 'draft'", params![act_at, id.get()])?;
    Ok(())
}

/// The last batch that can still be undone: a draft, or an ask or a snooze made after `since`.
///
/// # Errors
/// The store's own.
pub fn last_undoable(connection: &Connection, since: i64) -> Result<Option<BatchRow>> {
    let sql = format!(
        "{BATCH} WHERE b.state = 'draft' OR (b.state = 'final' AND b.decision IN ('ask', 'snooze') AND b.made_at >= ?) ORDER BY b.id DESC LIMIT 1"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([since], batch_of).optional()?)
}

/// The last batch that was undone, of this case or of any, if nothing was decided after it and it was made after `since`. The one that was undone
/// last stands first: every batch before it still counts.
///
/// # Errors
/// The store's own.
pub fn last_undone(connection: &Connection, case: Option<CaseId>, since: i64) -> Result<Option<BatchRow>> {
    let sql = format!(
        "{BATCH} WHERE b.state = 'undone' AND b.made_at >= :since
         AND b.id > (SELECT coalesce(max(s.id), 0) FROM batch s WHERE s.state <> 'undone')
         AND EXISTS (SELECT 1 FROM decision d WHERE d.batch = b.id AND (:case IS NULL OR d.triage_case = :case)) ORDER BY b.id LIMIT 1"
    );
    let named = rusqlite::named_params! { ":since": since, ":case": case.map(CaseId::get) };
    Ok(connection.prepare_cached(&sql)?.query_row(named, batch_of).optional()?)
}

/// Sets what undo, or redo, gives to a case of a batch.
///
/// # Errors
/// The store's own.
pub fn set_other(tx: &Tx<'_>, batch: BatchId, case: CaseId, other: Standing) -> Result<()> {
    tx.prepare_cached("UPDATE decision SET before = ? WHERE batch = ? AND triage_case = ?")?.execute(params![
        other.to_json().to_string(),
        batch.get(),
        case.get()
    ])?;
    Ok(())
}

/// Lets an undone batch count again, from now on, with a clock that ends at `act_at`.
///
/// # Errors
/// The store's own.
pub fn stand_again(tx: &Tx<'_>, id: BatchId, state: BatchState, act_at: i64) -> Result<()> {
    tx.execute(
        "UPDATE batch SET state = ?, made_at = ?, act_at = ?, restarted = 0 WHERE id = ?",
        params![state.as_str(), tx.now, act_at, id.get()],
    )?;
    Ok(())
}

/// A decision that counts, on a content of a case.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// When it was made.
    pub at: i64,
    /// By whom.
    pub person: String,
    /// What.
    pub decision: DecisionKind,
    /// With which note.
    pub note: Option<String>,
    /// The case that it was made on.
    pub case: CaseId,
}

/// Every decision that ever counted on what is in this case now, also as another case; the latest first.
///
/// # Errors
/// The store's own.
pub fn earlier(connection: &Connection, case: CaseId) -> Result<Vec<Earlier>> {
    let sql = "SELECT b.made_at, b.person, b.decision, b.note, d.triage_case FROM decision d JOIN batch b ON b.id = d.batch
               WHERE b.state = 'final' AND (d.triage_case = :case
                 OR d.triage_case IN (SELECT o.id FROM triage_case o JOIN content k ON k.id = o.content WHERE k.triage_case = :case))
               ORDER BY b.id DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(rusqlite::named_params! { ":case": case.get() }, |row| {
        Ok(Earlier {
            at: row.get(0)?,
            person: row.get(1)?,
            decision: word(row, "decision", DecisionKind::from_wire)?,
            note: row.get(3)?,
            case: CaseId::new(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The last batch that became final and was made after `since`.
///
/// # Errors
/// The store's own.
pub fn last_final(connection: &Connection, since: i64) -> Result<Option<BatchRow>> {
    let sql = format!("{BATCH} WHERE b.state = 'final' AND b.made_at >= ? ORDER BY b.id DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([since], batch_of).optional()?)
}

/// The draft that a case belongs to, if any.
///
/// # Errors
/// The store's own.
pub fn draft_of(connection: &Connection, case: CaseId) -> Result<Option<BatchRow>> {
    let sql = format!("{BATCH} JOIN decision x ON x.batch = b.id WHERE x.triage_case = ? AND b.state = 'draft' ORDER BY b.id DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([case.get()], batch_of).optional()?)
}

/// The last batch that decided a case and was not undone.
///
/// # Errors
/// The store's own.
pub fn last_of(connection: &Connection, case: CaseId) -> Result<Option<BatchRow>> {
    let sql =
        format!("{BATCH} JOIN decision x ON x.batch = b.id WHERE x.triage_case = ? AND b.state <> 'undone' ORDER BY b.id DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([case.get()], batch_of).optional()?)
}

/// Files that are now in a site and belong to the cases of a batch.
///
/// # Errors
/// The store's own.
pub fn files(connection: &Connection, batch: BatchId) -> Result<u64> {
    let sql = "SELECT count(*) FROM decision d JOIN content k ON k.triage_case = d.triage_case JOIN upload u ON u.content = k.id
               WHERE d.batch = ? AND u.current = 1 AND u.place = 'site'";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([batch.get()], |row| row.get(0))?))
}
