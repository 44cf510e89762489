//! The keys of signed lists: which key may sign a list, how it came, and how far the list has come.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{Tx, ledger, sha256, signed, unsigned, word};
use crate::error::{Code, Error, Result};
use crate::model::{ListId, wire_enum};

wire_enum!(
    /// How a key came to be the pinned one.
    Pinned {
        /// The operator typed it.
        Typed = "typed",
        /// The operator named a file with it.
        File = "file",
        /// The operator compared its words at the first import.
        FirstUse = "first_use",
        /// The key before it announced it.
        Announced = "announced",
    }
);

/// Keys of a signed list, in the text form of minisign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListKey {
    /// The publisher's own name of the list.
    pub publisher_list_id: String,
    /// The pinned key.
    pub pinned: String,
    /// How it came.
    pub pinned_how: Pinned,
    /// The key that will follow, and the `seq` of the file that announced it.
    pub announced: Option<(String, u64)>,
    /// The largest `seq` that was ever accepted.
    pub largest_seq: u64,
    /// SHA-256 of the file with that number.
    pub largest_seq_sha256: [u8; 32],
}

/// The keys of a signed list; `None` for a list that nobody signs.
///
/// # Errors
/// The store's own.
pub fn key_of(connection: &Connection, list: ListId) -> Result<Option<ListKey>> {
    let found = connection.prepare_cached("SELECT * FROM list_key WHERE list = ?")?.query_row([list.get()], |row| {
        let announced: Option<String> = row.get("announced")?;
        let after: Option<i64> = row.get("announced_after_seq")?;
        let digest = sha256(row, "largest_seq_sha256")?;
        Ok(ListKey {
            publisher_list_id: row.get("publisher_list_id")?,
            pinned: row.get("pinned")?,
            pinned_how: word(row, "pinned_how", Pinned::from_wire)?,
            announced: announced.zip(after.map(unsigned)),
            largest_seq: unsigned(row.get("largest_seq")?),
            largest_seq_sha256: *digest.as_bytes(),
        })
    });
    Ok(found.optional()?)
}

/// Stores the keys of a list: in the transaction that switches to what they signed. A pinned key that changed stands in the ledger, the old
/// one beside the new.
///
/// # Errors
/// [`Code::Refused`] if `largest_seq` is below the stored one, or the store's own.
pub fn set_key(tx: &Tx<'_>, list: ListId, key: &ListKey) -> Result<()> {
    let before = key_of(tx, list)?;
    if before.as_ref().is_some_and(|before| before.largest_seq > key.largest_seq) {
        return Err(Error::refused(Code::Refused, "A signed list cannot go back behind a number that was accepted. Nothing was changed."));
    }
    let (announced, after) = key.announced.clone().unzip();
    tx.execute(
        "INSERT INTO list_key (list, publisher_list_id, pinned, pinned_at, pinned_how, announced, announced_after_seq, largest_seq, largest_seq_sha256)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET publisher_list_id = ?2, pinned_at = iif(pinned = ?3, pinned_at, ?4), pinned_how = iif(pinned = ?3, pinned_how, ?5),
         pinned = ?3, announced = ?6, announced_after_seq = ?7, largest_seq = ?8, largest_seq_sha256 = ?9",
        params![
            list.get(),
            key.publisher_list_id,
            key.pinned,
            tx.now,
            key.pinned_how.as_str(),
            announced,
            after.map(signed),
            signed(key.largest_seq),
            &key.largest_seq_sha256[..]
        ],
    )?;
    let old = before.map(|before| before.pinned);
    if old.as_deref() == Some(key.pinned.as_str()) {
        return Ok(());
    }
    ledger::append(tx, "list_key_pinned", None, json!({"list": list.get(), "key": key.pinned, "how": key.pinned_how, "before": old}))
}
