//! The append-only, hash-chained record. Appends happen in the caller's transaction (Inv. 6).
//!
//! The hash of a row is SHA-256 over the previous hash and the row's fields, each preceded by its length as eight little-endian bytes, so that no
//! two different rows have the same input. `record::verify` recomputes the chain; `docs/ledger.md` says how to do it without the program.

use fingerprint::signal::Sha256;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Value, json};
use sha2::Digest as _;

use super::{Tx, sha256};
use crate::error::Result;
use crate::model::CaseId;

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What: `matched`, `decided`, `undone`, `final`, `planned`, `intended`, `done`, `failed`, `list_imported`, …
    pub verb: String,
    /// Who.
    pub person: String,
    /// The case it is about, if any.
    pub case: Option<CaseId>,
    /// The facts, as a JSON object.
    pub body: Value,
    /// The body exactly as it was hashed.
    pub body_text: String,
    /// Hash of the row before.
    pub previous: Sha256,
    /// Hash of this row.
    pub hash: Sha256,
}

impl LedgerRow {
    /// The export form: one JSON object in one line, its keys always in this order, without the line's end.
    pub fn to_line(&self) -> String {
        let text = |text: &str| Value::from(text).to_string();
        format!(
            "{{\"seq\":{},\"at\":{},\"verb\":{},\"person\":{},\"case\":{},\"body\":{},\"previous\":\"{}\",\"hash\":\"{}\"}}",
            self.seq,
            self.at,
            text(&self.verb),
            text(&self.person),
            self.case.map_or_else(|| "null".to_owned(), |case| case.to_string()),
            text(&self.body_text),
            self.previous,
            self.hash
        )
    }

    /// The export form as a value, for papers that change it.
    pub fn to_json(&self) -> Value {
        json!({
            "seq": self.seq, "at": self.at, "verb": self.verb, "person": self.person, "case": self.case.map(CaseId::get),
            "body": self.body_text, "previous": self.previous.to_string(), "hash": self.hash.to_string(),
        })
    }

    /// The row of an export's object; `None` for anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let hash = |key: &str| text(key).and_then(Sha256::from_hex);
        let case = match value.get("case")? {
            Value::Null => None,
            number => Some(CaseId::new(number.as_i64()?)),
        };
        let body_text = text("body")?.to_owned();
        Some(Self {
            seq: value.get("seq")?.as_i64()?,
            at: value.get("at")?.as_i64()?,
            verb: text("verb")?.to_owned(),
            person: text("person")?.to_owned(),
            case,
            body: serde_json::from_str(&body_text).ok()?,
            body_text,
            previous: hash("previous")?,
            hash: hash("hash")?,
        })
    }

    /// The hash that this row should have.
    pub fn computed_hash(&self) -> Sha256 {
        let case = self.case.map_or(String::new(), |case| case.to_string());
        let fields: [&[u8]; 6] = [
            &self.seq.to_le_bytes(),
            &self.at.to_le_bytes(),
            self.verb.as_bytes(),
            self.person.as_bytes(),
            case.as_bytes(),
            self.body_text.as_bytes(),
        ];
        let mut hasher = sha2::Sha256::new();
        hasher.update(self.previous.as_bytes());
        for field in fields {
            hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(field);
        }
        Sha256::new(hasher.finalize().into())
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let body_text: String = row.get("body")?;
        Ok(Self {
            seq: row.get("seq")?,
            at: row.get("at")?,
            verb: row.get("verb")?,
            person: row.get("person")?,
            case: row.get::<_, Option<i64>>("triage_case")?.map(CaseId::new),
            body: serde_json::from_str(&body_text).unwrap_or(Value::Null),
            body_text,
            previous: sha256(row, "previous")?,
            hash: sha256(row, "hash")?,
        })
    }
}

/// The end of the chain.
pub struct Head {
    /// Number of the last row; 0 for an empty ledger.
    pub seq: i64,
    /// Its hash; 32 zero bytes for an empty ledger.
    pub hash: Sha256,
}

/// The end of the chain as this connection sees it.
///
/// # Errors
/// The store's own.
pub fn head(connection: &Connection) -> Result<Head> {
    let head = connection
        .prepare_cached("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { seq: row.get("seq")?, hash: sha256(row, "hash")? }))
        .optional()?;
    Ok(head.unwrap_or(Head { seq: 0, hash: Sha256::new([0; 32]) }))
}

/// Appends one row. `body` is a JSON object of facts: numbers, counts, words; never a list's signal, a path outside the site, or a name of a person.
///
/// # Errors
/// The store's own; then the whole transaction of the caller fails, as it must.
pub fn append(tx: &Tx<'_>, verb: &str, case: Option<CaseId>, body: Value) -> Result<()> {
    let before = head(tx)?;
    let mut row = LedgerRow {
        seq: before.seq + 1,
        at: tx.now,
        verb: verb.to_owned(),
        person: tx.person.to_owned(),
        case,
        body_text: body.to_string(),
        body,
        previous: before.hash,
        hash: before.hash,
    };
    row.hash = row.computed_hash();
    put(tx, &row)
}

/// Writes a row as it is.
///
/// # Errors
/// The store's own.
pub(super) fn put(connection: &Connection, row: &LedgerRow) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO ledger (seq, at, verb, person, triage_case, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            row.seq,
            row.at,
            row.verb,
            row.person,
            row.case.map(CaseId::get),
            row.body_text,
            row.previous.as_bytes(),
            row.hash.as_bytes(),
        ])?;
    Ok(())
}

/// Calls `each` for every row after number `seq`, in order.
///
/// # Errors
/// The store's own, or the first that `each` returns.
pub fn each_after(connection: &Connection, seq: i64, each: &mut dyn FnMut(&LedgerRow) -> Result<()>) -> Result<()> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger WHERE seq > ? ORDER BY seq")?;
    let mut rows = statement.query([seq])?;
    while let Some(row) = rows.next()? {
        each(&LedgerRow::from_row(row)?)?;
    }
    Ok(())
}

/// The hash of one row.
///
/// # Errors
/// The store's own.
pub fn hash_of(connection: &Connection, seq: i64) -> Result<Option<Sha256>> {
    let found = connection.prepare_cached("SELECT hash FROM ledger WHERE seq = ?")?.query_row([seq], |row| sha256(row, "hash"));
    Ok(found.optional()?)
}

/// The rows of one case, oldest first.
///
/// # Errors
/// The store's own.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<LedgerRow>> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger WHERE triage_case = ? ORDER BY seq")?;
    let rows = statement.query_map([case.get()], LedgerRow::from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Which rows a page holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these verbs; of all when empty.
    pub verbs: Vec<&'static str>,
    /// Not before this moment, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Before this moment.
    pub to: Option<i64>,
    /// In this person's name.
    pub person: Option<String>,
}

/// Up to `limit` rows before number `before`, newest first, that fit the filter, and how many rows fit it.
///
/// # Errors
/// The store's own.
pub fn page(connection: &Connection, filter: &Filter, before: Option<i64>, limit: u32) -> Result<(Vec<LedgerRow>, u64)> {
    let words = serde_json::to_string(&filter.verbs).unwrap_or_default();
    let condition =
        "(json_array_length(?1) = 0 OR verb IN (SELECT value FROM json_each(?1))) AND at >= ?2 AND at < ?3 AND (?4 IS NULL OR person = ?4)";
    let (from, to) = (filter.from.unwrap_or(i64::MIN), filter.to.unwrap_or(i64::MAX));
    let mut statement =
        connection.prepare_cached(&format!("SELECT * FROM ledger WHERE {condition} AND seq < ?5 ORDER BY seq DESC LIMIT ?6"))?;
    let rows = statement.query_map(params![words, from, to, filter.person, before.unwrap_or(i64::MAX), limit], LedgerRow::from_row)?;
    let rows = rows.collect::<rusqlite::Result<_>>()?;
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM ledger WHERE {condition}"))?
        .query_row(params![words, from, to, filter.person], |row| row.get(0))?;
    Ok((rows, u64::try_from(total).unwrap_or(0)))
}

/// Everybody in whose name a row stands, by name.
///
/// # Errors
/// The store's own.
pub fn persons(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT person FROM ledger ORDER BY person")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
