//! What is left to do on a server or a site after a take-down.

use rusqlite::{Connection, Row, params};
use serde_json::json;

use super::{Tx, ledger, unsigned, word};
use crate::error::{Error, Result};
use crate::model::{CaseId, SiteId, UploadId, wire_enum};

wire_enum!(
    /// Why there is something to do.
    TodoKind {
        /// The files left a copy; the server still has them.
        Copy = "copy",
        /// Nothing was moved here: all of it is to be done on the site.
        Sheet = "sheet",
        /// The files are out of the live folder; the site's own pages are left.
        Steps = "steps",
    }
);

wire_enum!(
    /// How far it is.
    TodoState {
        /// Not done, as far as is known.
        Open = "open",
        /// Done, as the operator says; not proven.
        Done = "done",
        /// Proven, or nothing else is needed.
        Closed = "closed",
    }
);

/// One to-do: what one case left for one site.
#[derive(Clone, Debug)]
pub struct TodoRow {
    /// Its number.
    pub id: i64,
    /// The case.
    pub case: CaseId,
    /// The site.
    pub site: SiteId,
    /// Why.
    pub kind: TodoKind,
    /// How far.
    pub state: TodoState,
    /// When it was written, in milliseconds since 1970.
    pub made_at: i64,
    /// When somebody said that it is done.
    pub done_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// When a file of it was seen again before anybody said so.
    pub returned_at: Option<i64>,
}

/// One tick on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The step.
    pub step: String,
    /// When.
    pub at: i64,
    /// By whom.
    pub person: String,
}

fn todo_of(row: &Row<'_>) -> rusqlite::Result<TodoRow> {
    Ok(TodoRow {
        id: row.get("id")?,
        case: CaseId::new(row.get("triage_case")?),
        site: SiteId::new(row.get("site")?),
        kind: word(row, "kind", TodoKind::from_wire)?,
        state: word(row, "state", TodoState::from_wire)?,
        made_at: row.get("made_at")?,
        done_at: row.get("done_at")?,
        closed_at: row.get("closed_at")?,
        returned_at: row.get("returned_at")?,
    })
}

fn rows(connection: &Connection, sql: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<TodoRow>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(with, todo_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The to-dos of a case, oldest first.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<TodoRow>> {
    rows(connection, "SELECT * FROM todo WHERE triage_case = ? ORDER BY id", params![case.get()])
}

/// Those that are not closed, oldest first.
///
/// # Errors
/// The store's own.
pub fn waiting(connection: &Connection) -> Result<Vec<TodoRow>> {
    rows(connection, "SELECT * FROM todo WHERE state <> 'closed' ORDER BY id", &[])
}

/// Makes sure that a case has a to-do of this kind for a site, and that these files are on it.
///
/// # Errors
/// The store's own.
pub fn put(tx: &Tx<'_>, case: CaseId, site: SiteId, kind: TodoKind, files: &[UploadId]) -> Result<i64> {
    let known = of_case(tx, case)?.into_iter().find(|todo| todo.site == site && todo.kind == kind && todo.state != TodoState::Closed);
    let id = match known {
        Some(todo) => {
            tx.execute("UPDATE todo SET state = 'open', done_at = NULL, returned_at = NULL WHERE id = ?", [todo.id])?;
            todo.id
        }
        None => {
            tx.execute(
                "INSERT INTO todo (triage_case, site, kind, state, made_at) VALUES (?, ?, ?, 'open', ?)",
                params![case.get(), site.get(), kind.as_str(), tx.now],
            )?;
            tx.last_insert_rowid()
        }
    };
    for file in files {
        tx.prepare_cached("INSERT INTO todo_file (todo, upload) VALUES (?, ?) ON CONFLICT DO NOTHING")?.execute([id, file.get()])?;
    }
    ledger::append(tx, "todo_written", Some(case), json!({"todo": id, "site": site.get(), "kind": kind.as_str(), "files": files.len()}))?;
    Ok(id)
}

/// Moves a to-do on, and says why in the record.
///
/// # Errors
/// The store's own.
pub fn set_state(tx: &Tx<'_>, todo: &TodoRow, state: TodoState, cause: &str) -> Result<()> {
    let (done_at, closed_at) = match state {
        TodoState::Open => (None, None),
        TodoState::Done => (Some(tx.now), None),
        TodoState::Closed => (todo.done_at, Some(tx.now)),
    };
    tx.execute(
        "UPDATE todo SET state = ?, done_at = ?, closed_at = ?, returned_at = NULL WHERE id = ?",
        params![state.as_str(), done_at, closed_at, todo.id],
    )?;
    tx.execute("UPDATE triage_case SET updated_at = ? WHERE id = ?", params![tx.now, todo.case.get()])?;
    let verb = match state {
        TodoState::Open => "todo_reopened",
        TodoState::Done => "todo_done",
        TodoState::Closed => "todo_closed",
    };
    ledger::append(tx, verb, Some(todo.case), json!({"todo": todo.id, "cause": cause}))
}

/// Writes down that a file was seen again before anybody said that it is gone from the server.
///
/// # Errors
/// The store's own.
pub fn set_returned(tx: &Tx<'_>, todo: &TodoRow) -> Result<()> {
    tx.execute("UPDATE todo SET returned_at = ? WHERE id = ?", params![tx.now, todo.id])?;
    tx.execute("UPDATE triage_case SET updated_at = ? WHERE id = ?", params![tx.now, todo.case.get()])?;
    ledger::append(tx, "todo_returned", Some(todo.case), json!({"todo": todo.id}))
}

/// The files on a to-do.
///
/// # Errors
/// The store's own.
pub fn files(connection: &Connection, todo: i64) -> Result<Vec<UploadId>> {
    let mut statement = connection.prepare_cached("SELECT upload FROM todo_file WHERE todo = ? ORDER BY upload")?;
    let rows = statement.query_map([todo], |row| Ok(UploadId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether an upload stands on a sheet of this case: it was left where it is on purpose.
///
/// # Errors
/// The store's own.
pub fn is_on_sheet(connection: &Connection, case: CaseId, upload: UploadId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM todo t JOIN todo_file f ON f.todo = t.id WHERE t.triage_case = ? AND t.kind = 'sheet' AND f.upload = ?)";
    Ok(connection.prepare_cached(sql)?.query_row([case.get(), upload.get()], |row| row.get(0))?)
}

/// The ticks of a to-do.
///
/// # Errors
/// The store's own.
pub fn ticks(connection: &Connection, todo: i64) -> Result<Vec<Tick>> {
    let mut statement = connection.prepare_cached("SELECT * FROM todo_tick WHERE todo = ? ORDER BY at, step")?;
    let rows = statement.query_map([todo], |row| Ok(Tick { step: row.get("step")?, at: row.get("at")?, person: row.get("person")? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ticks a step, or takes the tick away.
///
/// # Errors
/// The store's own.
pub fn tick(tx: &Tx<'_>, todo: &TodoRow, step: &str, on: bool) -> Result<()> {
    match on {
        true => tx.execute(
            "INSERT INTO todo_tick (todo, step, at, person) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![todo.id, step, tx.now, tx.person],
        )?,
        false => tx.execute("DELETE FROM todo_tick WHERE todo = ? AND step = ?", params![todo.id, step])?,
    };
    tx.execute("UPDATE triage_case SET updated_at = ? WHERE id = ?", params![tx.now, todo.case.get()])?;
    ledger::append(tx, "todo_ticked", Some(todo.case), json!({"todo": todo.id, "step": step, "on": on}))
}

/// Files of a case that are in this site now.
///
/// # Errors
/// The store's own.
pub fn still_there(connection: &Connection, case: CaseId, site: SiteId) -> Result<u64> {
    let sql = "SELECT count(*) FROM content k JOIN upload u ON u.content = k.id
               WHERE k.triage_case = ? AND u.site = ? AND u.current = 1 AND u.place = 'site'";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([case.get(), site.get()], |row| row.get(0))?))
}

/// Cases with something left to do.
///
/// # Errors
/// The store's own.
pub fn count(connection: &Connection) -> Result<u64> {
    let sql = "SELECT count(DISTINCT t.triage_case) FROM todo t JOIN triage_case c ON c.id = t.triage_case
               WHERE t.state <> 'closed' AND c.state = 'decided' AND NOT c.practice";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
}

/// One to-do of a case.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, case: CaseId, id: i64) -> Result<TodoRow> {
    let found = of_case(connection, case)?.into_iter().find(|todo| todo.id == id);
    found.ok_or_else(|| Error::NotFound { what: "to-do", name: id.to_string() })
}
