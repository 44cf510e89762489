//! Hash lists and their versions.

use hashlist::{Harm, Polarity, Status};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, switches, unsigned};
use crate::error::{Error, Result};
use crate::model::ListId;

/// A hash list as the operator knows it.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its number.
    pub id: ListId,
    /// Its name.
    pub name: String,
    /// What kind of harm its entries are about.
    pub harm: Harm,
    /// Whether it raises cases or only knows harmless files.
    pub polarity: Polarity,
    /// What the operator holds of its entries, where the format does not say.
    pub trust: Status,
    /// The stored answer to "SHA-256 or PDQ?".
    pub kind_64: Option<String>,
    /// Largest PDQ distance that counts, 0 to 31.
    pub threshold: u16,
    /// The built-in practice list.
    pub practice: bool,
    /// Further answers of the operator, a JSON object: `mapping`, `categories`, `takes_case`, `takes_files`.
    pub answers: serde_json::Value,
    /// The version that answers.
    pub active_seq: u64,
}

/// One imported state of a list.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Its number in the list.
    pub seq: u64,
    /// Format id.
    pub format: String,
    /// Why the file was taken for that format.
    pub why: String,
    /// Where it came from, name without path, in its display form.
    pub source: String,
    /// When.
    pub imported_at: i64,
    /// By whom.
    pub person: String,
    /// Entries, usable or not.
    pub entries: u64,
    /// Entries with a signal that this build matches.
    pub can_match: u64,
    /// Signals by kind, a JSON object.
    pub signals: serde_json::Value,
    /// The import report.
    pub report: serde_json::Value,
}

/// What becomes a new version.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Format id.
    pub format: String,
    /// Why.
    pub why: String,
    /// Where from.
    pub source: String,
    /// SHA-256 of the original file.
    pub original_sha256: fingerprint::signal::Sha256,
    /// Its size in bytes.
    pub original_size: u64,
    /// Entries.
    pub entries: u64,
    /// Of them matchable.
    pub can_match: u64,
    /// Signals by kind.
    pub signals: serde_json::Value,
    /// The report.
    pub report: serde_json::Value,
}

fn list_of(row: &Row<'_>) -> rusqlite::Result<ListRow> {
    Ok(ListRow {
        id: ListId::new(row.get("id")?),
        name: row.get("name")?,
        harm: Harm::from_wire(&row.get::<_, String>("harm")?),
        polarity: super::word(row, "polarity", Polarity::from_wire)?,
        trust: super::word(row, "trust", Status::from_wire)?,
        kind_64: row.get("kind_64")?,
        threshold: row.get("threshold")?,
        practice: row.get("practice")?,
        answers: serde_json::from_str(&row.get::<_, String>("answers")?).unwrap_or_default(),
        active_seq: unsigned(row.get("active_seq")?),
    })
}

fn version_of(row: &Row<'_>) -> rusqlite::Result<VersionRow> {
    let json = |column: &str| -> rusqlite::Result<serde_json::Value> {
        Ok(serde_json::from_str(&row.get::<_, String>(column)?).unwrap_or_default())
    };
    Ok(VersionRow {
        seq: unsigned(row.get("seq")?),
        format: row.get("format")?,
        why: row.get("why")?,
        source: row.get("source")?,
        imported_at: row.get("imported_at")?,
        person: row.get("person")?,
        entries: unsigned(row.get("entries")?),
        can_match: unsigned(row.get("can_match")?),
        signals: json("signals")?,
        report: json("report")?,
    })
}

/// Every list that was not removed, by name.
///
/// # Errors
/// The store's own.
pub fn all(connection: &Connection) -> Result<Vec<ListRow>> {
    let mut statement = connection.prepare_cached("SELECT * FROM hash_list WHERE removed_at IS NULL ORDER BY practice, name")?;
    let rows = statement.query_map([], list_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One list, also a removed one: old matches name it.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: ListId) -> Result<ListRow> {
    let found = connection.prepare_cached("SELECT * FROM hash_list WHERE id = ?")?.query_row([id.get()], list_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "list", name: id.to_string() })
}

/// One version of a list.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn version(connection: &Connection, id: ListId, seq: u64) -> Result<VersionRow> {
    let sql = "SELECT * FROM list_version WHERE list = ? AND seq = ?";
    let found = connection.prepare_cached(sql)?.query_row(params![id.get(), super::signed(seq)], version_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "version", name: seq.to_string() })
}

/// Whether a version was made of these bytes.
///
/// # Errors
/// The store's own.
pub fn is_made_of(connection: &Connection, id: ListId, seq: u64, sha256: &fingerprint::signal::Sha256) -> Result<bool> {
    let sql = "SELECT count(*) > 0 FROM list_version WHERE list = ? AND seq = ? AND original_sha256 = ?";
    Ok(connection.prepare_cached(sql)?.query_row(params![id.get(), super::signed(seq), sha256.as_bytes()], |row| row.get(0))?)
}

/// The versions of a list, newest first.
///
/// # Errors
/// The store's own.
pub fn versions(connection: &Connection, id: ListId) -> Result<Vec<VersionRow>> {
    let mut statement = connection.prepare_cached("SELECT * FROM list_version WHERE list = ? ORDER BY seq DESC")?;
    let rows = statement.query_map([id.get()], version_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Number of the next version of a list; 1 for a new one.
///
/// # Errors
/// The store's own.
pub fn next_seq(connection: &Connection, id: ListId) -> Result<u64> {
    let sql = "SELECT coalesce(max(seq), 0) + 1 FROM list_version WHERE list = ?";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([id.get()], |row| row.get(0))?))
}

/// Reserves a number for a new list. The list exists, without a version, only inside the caller's transaction.
///
/// # Errors
/// The store's own, also when the name is in use.
pub fn insert(tx: &Tx<'_>, list: &ListRow) -> Result<()> {
    tx.execute(
        "INSERT INTO hash_list (id, name, harm, polarity, trust, kind_64, threshold, practice, answers, active_seq, added_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            list.id.get(),
            list.name,
            list.harm.as_str(),
            list.polarity.as_str(),
            list.trust.as_str(),
            list.kind_64,
            list.threshold,
            list.practice,
            list.answers.to_string(),
            super::signed(list.active_seq),
            tx.now
        ],
    )?;
    Ok(())
}

/// Stores what the operator said of a list at its latest import.
///
/// # Errors
/// The store's own.
pub fn set_answers(tx: &Tx<'_>, list: &ListRow) -> Result<()> {
    tx.execute(
        "UPDATE hash_list SET harm = ?, polarity = ?, trust = ?, kind_64 = ?, threshold = ?, answers = ? WHERE id = ?",
        params![
            list.harm.as_str(),
            list.polarity.as_str(),
            list.trust.as_str(),
            list.kind_64,
            list.threshold,
            list.answers.to_string(),
            list.id.get()
        ],
    )?;
    Ok(())
}

/// A number that no list has had.
///
/// # Errors
/// The store's own.
pub fn next_id(connection: &Connection) -> Result<ListId> {
    let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'hash_list'), 0) + 1";
    Ok(ListId::new(connection.query_row(sql, [], |row| row.get(0))?))
}

/// Stores a version and makes it the one that answers: the switch of an import, in the caller's transaction. What both `from` and the new version hold is
/// not matched again; `None` matches the whole version.
///
/// # Errors
/// The store's own.
pub fn activate_new(tx: &Tx<'_>, list: ListId, seq: u64, from: Option<u64>, new: &NewVersion) -> Result<i64> {
    tx.execute(
        "INSERT INTO list_version (list, seq, format, why, source, original_sha256, original_size, imported_at, person, entries, can_match, signals, report)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            list.get(),
            super::signed(seq),
            new.format,
            new.why,
            new.source,
            new.original_sha256.as_bytes(),
            super::signed(new.original_size),
            tx.now,
            tx.person,
            super::signed(new.entries),
            super::signed(new.can_match),
            new.signals.to_string(),
            new.report.to_string()
        ],
    )?;
    ledger::append(tx, "list_imported", None, json!({"list": list.get(), "version": seq, "entries": new.entries, "format": new.format}))?;
    switch(tx, list, from, seq, "import")
}

/// Makes an earlier or later version the one that answers.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version, or the store's own.
pub fn roll_back(tx: &Tx<'_>, list: ListId, seq: u64) -> Result<i64> {
    version(tx, list, seq)?;
    let from = get(tx, list)?.active_seq;
    ledger::append(tx, "list_rolled_back", None, json!({"list": list.get(), "version": seq}))?;
    switch(tx, list, Some(from), seq, "roll back")
}

/// Takes a list out of use. Its versions and its matches stay in the record.
///
/// # Errors
/// The store's own.
pub fn remove(tx: &Tx<'_>, list: ListId) -> Result<i64> {
    tx.execute("UPDATE hash_list SET removed_at = ? WHERE id = ?", params![tx.now, list.get()])?;
    ledger::append(tx, "list_removed", None, json!({"list": list.get()}))?;
    switches::begin(tx, list, None, None, "list removed")
}

fn switch(tx: &Tx<'_>, list: ListId, from: Option<u64>, seq: u64, cause: &str) -> Result<i64> {
    tx.execute("UPDATE hash_list SET active_seq = ? WHERE id = ?", params![super::signed(seq), list.get()])?;
    switches::begin(tx, list, from, Some(seq), cause)
}

/// Sets the largest PDQ distance that counts, in bits. A larger one matches the whole version again, a smaller one what rests on it.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn set_threshold(tx: &Tx<'_>, list: ListId, threshold: u16) -> Result<i64> {
    let before = get(tx, list)?;
    tx.execute("UPDATE hash_list SET threshold = ? WHERE id = ?", params![threshold, list.get()])?;
    let facts = json!({"list": list.get(), "from": before.threshold, "to": threshold});
    ledger::append(tx, "list_threshold", None, facts)?;
    let from = (threshold <= before.threshold).then_some(before.active_seq);
    switches::begin(tx, list, from, Some(before.active_seq), "threshold")
}

/// Open cases that rest on a list.
///
/// # Errors
/// The store's own.
pub fn open_cases(connection: &Connection, list: ListId) -> Result<u64> {
    let sql = "SELECT count(DISTINCT c.id) FROM match m JOIN content k ON k.id = m.content JOIN triage_case c ON c.id = k.triage_case
               WHERE m.list = ? AND m.withdrawn_at IS NULL AND c.state IN ('open', 'drafted', 'snoozed', 'asked')";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([list.get()], |row| row.get(0))?))
}
