//! Lists of one's own: the name by which readers know each, what they are told of it, and how far it was published.

use fingerprint::signal::Sha256;
use hashlist::shl::Reshare;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, signed, unsigned, word};
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ListId};

/// What readers are told of a list besides its name and its harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who publishes it: a host name or an organisation.
    pub publisher: String,
    /// Whether readers may pass entries on.
    pub reshare: Reshare,
    /// The licence; empty for none.
    pub licence: String,
    /// Where to dispute an entry.
    pub contact: Option<String>,
}

/// A list of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnList {
    /// Which.
    pub list: ListId,
    /// The name by which readers know it: `urn:uuid:…`.
    pub publisher_list_id: String,
    /// Beginning of the names of its files.
    pub slug: String,
    /// What readers are told.
    pub terms: Terms,
    /// The number of the next new entry.
    pub next_entry: u32,
    /// The largest number that may have left this home; 0 for none.
    pub published_seq: u64,
    /// The public key that signed last.
    pub published_key: Option<String>,
    /// SHA-256 of the index that was put in place last.
    pub published_index: Option<Sha256>,
    /// When it was last published, in milliseconds since 1970.
    pub published_at: Option<i64>,
}

/// What became of one entry, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryNote {
    /// `own_entry_put` or `own_entry_withdrawn`.
    pub verb: &'static str,
    /// Our number of the entry.
    pub entry: u32,
    /// The case whose content it is, if a case was named.
    pub case: Option<CaseId>,
    /// The person's own words.
    pub reason: Option<String>,
}

fn own_list_of(row: &Row<'_>) -> rusqlite::Result<OwnList> {
    Ok(OwnList {
        list: ListId::new(row.get("list")?),
        publisher_list_id: row.get("publisher_list_id")?,
        slug: row.get("slug")?,
        terms: Terms {
            publisher: row.get("publisher")?,
            reshare: word(row, "reshare", Reshare::from_wire)?,
            licence: row.get("licence")?,
            contact: row.get("contact")?,
        },
        next_entry: row.get("next_entry")?,
        published_seq: unsigned(row.get("published_seq")?),
        published_key: row.get("published_key")?,
        published_index: row.get::<_, Option<Vec<u8>>>("published_index")?.and_then(|bytes| Sha256::from_slice(&bytes)),
        published_at: row.get("published_at")?,
    })
}

/// What makes a list one's own; `None` for every other list.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, list: ListId) -> Result<Option<OwnList>> {
    Ok(connection.prepare_cached("SELECT * FROM own_list WHERE list = ?")?.query_row([list.get()], own_list_of).optional()?)
}

/// Makes a list one's own, in the transaction that makes the list.
///
/// # Errors
/// The store's own.
pub fn insert(tx: &Tx<'_>, own: &OwnList) -> Result<()> {
    let Terms { publisher, reshare, licence, contact } = &own.terms;
    tx.execute(
        "INSERT INTO own_list (list, publisher_list_id, slug, publisher, reshare, licence, contact) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![own.list.get(), own.publisher_list_id, own.slug, publisher, reshare.as_str(), licence, contact],
    )?;
    ledger::append(tx, "own_list_made", None, json!({"list": own.list.get()}))
}

/// Remembers the number of the next new entry, in the transaction that gives one. It never goes back.
///
/// # Errors
/// The store's own.
pub fn set_next_entry(tx: &Tx<'_>, list: ListId, next: u32) -> Result<()> {
    tx.execute("UPDATE own_list SET next_entry = max(next_entry, ?) WHERE list = ?", params![next, list.get()])?;
    Ok(())
}

/// Writes down what became of an entry, in the transaction that makes the version. The entry is named by our number alone.
///
/// # Errors
/// The store's own.
pub fn note_entry(tx: &Tx<'_>, list: ListId, seq: u64, note: &EntryNote) -> Result<()> {
    let body = json!({"list": list.get(), "version": seq, "entry": format!("#{}", note.entry), "reason": note.reason});
    ledger::append(tx, note.verb, note.case, body)
}

/// Takes a number for the next published version, and remembers what its readers are told, before any file of it is written: a number that was
/// taken is never signed a second time, whatever ends this program.
///
/// # Errors
/// [`Code::Busy`] if the number was taken meanwhile, or the store's own.
pub fn take_number(tx: &Tx<'_>, list: ListId, seq: u64, terms: &Terms) -> Result<()> {
    let Terms { publisher, reshare, licence, contact } = terms;
    let taken = tx.execute(
        "UPDATE own_list SET published_seq = ?, publisher = ?, reshare = ?, licence = ?, contact = ? WHERE list = ? AND published_seq < ?1",
        params![signed(seq), publisher, reshare.as_str(), licence, contact, list.get()],
    )?;
    if taken == 1 { Ok(()) } else { Err(Error::refused(Code::Busy, "Another Gatehouse publishes this list now. Nothing was published.")) }
}

/// What was published, for the ledger.
#[derive(Clone, Debug)]
pub struct PublishedNote {
    /// The version of the list here.
    pub version: u64,
    /// The number that readers see.
    pub seq: u64,
    /// Entries that readers hold then.
    pub entries: u64,
    /// The public key that signed.
    pub key: String,
    /// SHA-256 of its index.
    pub index: Sha256,
    /// The same version was only stood by for longer.
    pub is_refresh: bool,
}

/// Remembers that the files are in place.
///
/// # Errors
/// The store's own.
pub fn published(tx: &Tx<'_>, list: ListId, note: &PublishedNote) -> Result<()> {
    let PublishedNote { version, seq, entries, key, index, is_refresh } = note;
    tx.execute(
        "UPDATE own_list SET published_key = ?, published_index = ?, published_at = ? WHERE list = ?",
        params![key, index.as_bytes(), tx.now, list.get()],
    )?;
    let body = json!({
        "list": list.get(), "version": version, "published_seq": seq, "entries": entries, "key": key, "refreshed": is_refresh,
    });
    ledger::append(tx, "own_list_published", None, body)
}
