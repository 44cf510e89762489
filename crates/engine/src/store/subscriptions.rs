//! Subscriptions: where a list is looked for again, and what came of the last look.
//!
//! Secrets of a subscription are not here but in a file of their own, since copies of the database are made and looked at.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, sha256, word};
use crate::error::{Code, Error, Result};
use crate::model::{ListId, id_type, wire_enum};

mod looks;

pub use looks::{changed, failed, forget_validators, seen_again, unchanged};

id_type!(
    /// One place that a list comes from.
    SubscriptionId
);

wire_enum!(
    /// What kind of place it is.
    PlaceKind {
        /// A file on this computer.
        File = "file",
        /// A folder on this computer.
        Folder = "folder",
        /// An `https` address.
        Address = "address",
    }
);

/// A subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its number.
    pub id: SubscriptionId,
    /// The list that it feeds; `None` until the first import.
    pub list: Option<ListId>,
    /// What kind of place.
    pub kind: PlaceKind,
    /// The path as bytes, or the address as text. May carry an access key: not for logs and screens.
    pub place: Vec<u8>,
    /// Milliseconds between two looks; `None`: by hand.
    pub interval: Option<i64>,
    /// The operator paused it.
    pub is_paused: bool,
    /// When the operator said yes; before, nothing is contacted.
    pub accepted_at: Option<i64>,
    /// The operator said yes to an address of a private network.
    pub may_be_private: bool,
    /// The root certificate (DER) that counts for this place alone, in place of those that come with the program.
    pub root: Option<Vec<u8>>,
    /// Hosts that redirects may lead to, each with the operator's yes.
    pub other_hosts: Vec<String>,
    /// `ETag` of the version in use.
    pub etag: Option<String>,
    /// `Last-Modified` of the version in use.
    pub last_modified: Option<String>,
    /// What the file or folder looked like that the version in use was made of: a SHA-256.
    pub seen: Option<[u8; 32]>,
    /// The last look that came to an end, also one that failed.
    pub looked_at: Option<i64>,
    /// The last look that succeeded, "nothing new" included.
    pub succeeded_at: Option<i64>,
    /// The last look that brought a new version.
    pub changed_at: Option<i64>,
    /// Failures since the last success.
    pub failures: u32,
    /// When to try again after a failure.
    pub retry_at: Option<i64>,
    /// Code and sentence of the last failure, if it was the last look.
    pub last_error: Option<(String, String)>,
}

impl std::fmt::Debug for Subscription {
    /// Without the place and the validators: an address may carry an access key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).field("list", &self.list).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What a new subscription is made of.
#[derive(Clone)]
pub struct NewSubscription {
    /// What kind of place.
    pub kind: PlaceKind,
    /// The path as bytes, or the address as text.
    pub place: Vec<u8>,
    /// Milliseconds between two looks; `None`: by hand.
    pub interval: Option<i64>,
    /// The operator says yes to an address of a private network.
    pub may_be_private: bool,
    /// The root certificate (DER) by which its server proves itself.
    pub root: Option<Vec<u8>>,
}

/// What a successful look left to be remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// Of a file or folder.
    pub seen: Option<[u8; 32]>,
}

fn subscription_of(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    let code: Option<String> = row.get("error_code")?;
    let sentence: Option<String> = row.get("error_sentence")?;
    let hosts: String = row.get("other_hosts")?;
    let seen: Option<Vec<u8>> = row.get("seen")?;
    Ok(Subscription {
        id: SubscriptionId::new(row.get("id")?),
        list: row.get::<_, Option<i64>>("list")?.map(ListId::new),
        kind: word(row, "kind", PlaceKind::from_wire)?,
        place: row.get("place")?,
        interval: row.get("interval_ms")?,
        is_paused: row.get("paused")?,
        accepted_at: row.get("accepted_at")?,
        may_be_private: row.get("may_be_private")?,
        root: row.get("root_certificate")?,
        // A damaged value allows no host.
        other_hosts: serde_json::from_str(&hosts).unwrap_or_default(),
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
        seen: seen.map(|_| sha256(row, "seen").map(|digest| *digest.as_bytes())).transpose()?,
        looked_at: row.get("looked_at")?,
        succeeded_at: row.get("succeeded_at")?,
        changed_at: row.get("changed_at")?,
        failures: row.get("failures")?,
        retry_at: row.get("retry_at")?,
        last_error: code.zip(sentence),
    })
}

/// Every subscription that was not removed, in the order of adding: also the list of all addresses that may be contacted.
///
/// # Errors
/// The store's own.
pub fn all(connection: &Connection) -> Result<Vec<Subscription>> {
    let mut statement = connection.prepare_cached("SELECT * FROM subscription WHERE removed_at IS NULL ORDER BY id")?;
    let rows = statement.query_map([], subscription_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One subscription.
///
/// # Errors
/// [`Error::NotFound`], also for a removed one; or the store's own.
pub fn get(connection: &Connection, id: SubscriptionId) -> Result<Subscription> {
    let sql = "SELECT * FROM subscription WHERE id = ? AND removed_at IS NULL";
    let found = connection.prepare_cached(sql)?.query_row([id.get()], subscription_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "subscription", name: id.to_string() })
}

/// The subscription that feeds a list, if there is one.
///
/// # Errors
/// The store's own.
pub fn of_list(connection: &Connection, list: ListId) -> Result<Option<Subscription>> {
    let sql = "SELECT * FROM subscription WHERE list = ? AND removed_at IS NULL";
    Ok(connection.prepare_cached(sql)?.query_row([list.get()], subscription_of).optional()?)
}

/// Adds a subscription. Nothing is contacted before [`accept`]. Where it leads stands in the ledger as its kind and, for an address, its
/// host, which the caller hands in.
///
/// # Errors
/// [`Code::NameTaken`] if the same place is subscribed to already, or the store's own.
pub fn add(tx: &Tx<'_>, new: &NewSubscription, host: Option<&str>) -> Result<SubscriptionId> {
    let taken: bool = tx
        .prepare_cached("SELECT count(*) > 0 FROM subscription WHERE kind = ? AND place = ? AND removed_at IS NULL")?
        .query_row(params![new.kind.as_str(), new.place], |row| row.get(0))?;
    if taken {
        return Err(Error::refused(Code::NameTaken, "A list is loaded from there already. Nothing was changed."));
    }
    tx.execute(
        "INSERT INTO subscription (kind, place, interval_ms, may_be_private, root_certificate, added_at) VALUES (?, ?, ?, ?, ?, ?)",
        params![new.kind.as_str(), new.place, new.interval, new.may_be_private, new.root, tx.now],
    )?;
    let id = SubscriptionId::new(tx.last_insert_rowid());
    ledger::append(
        tx,
        "subscription_added",
        None,
        json!({"subscription": id.get(), "kind": new.kind, "host": host, "own_root": new.root.is_some()}),
    )?;
    Ok(id)
}

/// The operator says yes to the place, or for `other_host` to a host that its redirects lead to.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn accept(tx: &Tx<'_>, id: SubscriptionId, other_host: Option<&str>) -> Result<()> {
    let mut hosts = get(tx, id)?.other_hosts;
    hosts.extend(other_host.filter(|host| !hosts.iter().any(|kept| kept == host)).map(str::to_owned));
    let hosts = serde_json::to_string(&hosts).unwrap_or_default();
    // What waited for this yes is tried at once.
    tx.execute(
        "UPDATE subscription SET accepted_at = coalesce(accepted_at, ?), other_hosts = ?, retry_at = NULL, failures = 0,
         looked_at = iif(failures > 0, NULL, looked_at) WHERE id = ?",
        params![tx.now, hosts, id.get()],
    )?;
    ledger::append(tx, "subscription_accepted", None, json!({"subscription": id.get(), "other_host": other_host}))
}

/// What the operator changes of a subscription; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Milliseconds between two looks; inside, `None`: by hand.
    pub interval: Option<Option<i64>>,
    /// Paused, or let go on.
    pub is_paused: Option<bool>,
    /// A yes or a no to an address of a private network.
    pub may_be_private: Option<bool>,
    /// Hosts that redirects may lead to, in place of those before.
    pub other_hosts: Option<Vec<String>>,
}

/// Changes a subscription. What failed is tried at once, since it may have been for want of this.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn change(tx: &Tx<'_>, id: SubscriptionId, changes: &Changes) -> Result<()> {
    let before = get(tx, id)?;
    let interval = changes.interval.unwrap_or(before.interval);
    let is_paused = changes.is_paused.unwrap_or(before.is_paused);
    let may_be_private = changes.may_be_private.unwrap_or(before.may_be_private);
    let other_hosts = changes.other_hosts.as_ref().unwrap_or(&before.other_hosts);
    tx.execute(
        "UPDATE subscription SET interval_ms = ?, paused = ?, may_be_private = ?, other_hosts = ?, retry_at = NULL,
         looked_at = iif(failures > 0, NULL, looked_at) WHERE id = ?",
        params![interval, is_paused, may_be_private, serde_json::to_string(other_hosts).unwrap_or_default(), id.get()],
    )?;
    let facts = json!({
        "subscription": id.get(), "interval_ms": interval, "paused": is_paused, "private": may_be_private, "other_hosts": other_hosts,
    });
    ledger::append(tx, "subscription_changed", None, facts)
}

/// Ends it. The list and its versions stay.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn remove(tx: &Tx<'_>, id: SubscriptionId) -> Result<()> {
    get(tx, id)?;
    // The place goes with it: it may carry an access key.
    tx.execute(
        "UPDATE subscription SET removed_at = ?, place = x'', etag = NULL, last_modified = NULL WHERE id = ?",
        params![tx.now, id.get()],
    )?;
    ledger::append(tx, "subscription_removed", None, json!({"subscription": id.get()}))
}

#[cfg(test)]
mod tests;
