//! Notices that were typed in: requests, orders, mails.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Tx, word};
use crate::error::{Error, Result};
use crate::model::{CaseId, NoticeId, NoticeKind, SenderKind};

/// What a person types in of a notice.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// What it is.
    pub kind: NoticeKind,
    /// Who sent it.
    pub from_kind: SenderKind,
    /// Their name, as typed.
    pub sender: String,
    /// Their reference number, as typed.
    pub reference: String,
    /// When it came, in milliseconds since 1970.
    pub received_at: i64,
    /// The addresses or the file that it names, as typed.
    pub named: String,
    /// What of its checklist holds.
    pub checks: Vec<String>,
    /// The case it leads to.
    pub case: Option<CaseId>,
}

/// A stored notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number.
    pub id: NoticeId,
    /// What was typed in.
    pub typed: NewNotice,
    /// What was answered, as typed.
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<i64>,
    /// Who typed it in.
    pub person: String,
}

fn notice_of(row: &Row<'_>) -> rusqlite::Result<Notice> {
    Ok(Notice {
        id: NoticeId::new(row.get("id")?),
        typed: NewNotice {
            kind: word(row, "kind", NoticeKind::from_wire)?,
            from_kind: word(row, "from_kind", SenderKind::from_wire)?,
            sender: row.get("sender")?,
            reference: row.get("reference")?,
            received_at: row.get("received_at")?,
            named: row.get("named")?,
            checks: serde_json::from_str(&row.get::<_, String>("checks")?).unwrap_or_default(),
            case: row.get::<_, Option<i64>>("triage_case")?.map(CaseId::new),
        },
        answer: row.get("answer")?,
        answered_at: row.get("answered_at")?,
        person: row.get("person")?,
    })
}

/// Stores a notice.
///
/// # Errors
/// The store's own.
pub fn insert(tx: &Tx<'_>, new: &NewNotice) -> Result<NoticeId> {
    tx.execute(
        "INSERT INTO notice (kind, from_kind, sender, reference, received_at, named, checks, triage_case, noted_at, person)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            new.kind.as_str(),
            new.from_kind.as_str(),
            new.sender,
            new.reference,
            new.received_at,
            new.named,
            serde_json::to_string(&new.checks).unwrap_or_default(),
            new.case.map(CaseId::get),
            tx.now,
            tx.person
        ],
    )?;
    Ok(NoticeId::new(tx.last_insert_rowid()))
}

/// One notice.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: NoticeId) -> Result<Notice> {
    let found = connection.prepare_cached("SELECT * FROM notice WHERE id = ?")?.query_row([id.get()], notice_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "notice", name: id.to_string() })
}

/// The last `limit` notices, newest first.
///
/// # Errors
/// The store's own.
pub fn last(connection: &Connection, limit: u32) -> Result<Vec<Notice>> {
    let mut statement = connection.prepare_cached("SELECT * FROM notice ORDER BY id DESC LIMIT ?")?;
    let rows = statement.query_map([limit], notice_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The notices of a case, oldest first.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<Notice>> {
    let mut statement = connection.prepare_cached("SELECT * FROM notice WHERE triage_case = ? ORDER BY id")?;
    let rows = statement.query_map([case.get()], notice_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what was answered.
///
/// # Errors
/// The store's own.
pub fn answer(tx: &Tx<'_>, id: NoticeId, text: &str) -> Result<()> {
    tx.execute("UPDATE notice SET answer = ?, answered_at = ? WHERE id = ?", params![text, tx.now, id.get()])?;
    Ok(())
}
