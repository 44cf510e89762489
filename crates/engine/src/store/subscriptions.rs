//! Subscriptions: where a list is looked for again, what came of the last look; the keys of signed lists; the largest time ever seen.
//!
//! Secrets of a subscription are not here but in a file of their own, since copies of the database are made and looked at.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, sha256, signed, unsigned, word};
use crate::error::{Code, Error, Result};
use crate::model::{ListId, id_type, wire_enum};

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
        "INSERT INTO subscription (kind, place, interval_ms, may_be_private, added_at) VALUES (?, ?, ?, ?, ?)",
        params![new.kind.as_str(), new.place, new.interval, new.may_be_private, tx.now],
    )?;
    let id = SubscriptionId::new(tx.last_insert_rowid());
    ledger::append(tx, "subscription_added", None, json!({"subscription": id.get(), "kind": new.kind, "host": host}))?;
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

/// Pauses it, or lets it go on; sets its interval (`None`: by hand).
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn set_rhythm(tx: &Tx<'_>, id: SubscriptionId, interval: Option<i64>, is_paused: bool) -> Result<()> {
    get(tx, id)?;
    tx.execute("UPDATE subscription SET interval_ms = ?, paused = ? WHERE id = ?", params![interval, is_paused, id.get()])?;
    ledger::append(tx, "subscription_changed", None, json!({"subscription": id.get(), "interval_ms": interval, "paused": is_paused}))
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

/// A look found nothing new.
///
/// # Errors
/// The store's own.
pub fn unchanged(tx: &Tx<'_>, id: SubscriptionId) -> Result<()> {
    note_time(tx)?;
    tx.execute(
        "UPDATE subscription SET looked_at = ?1, succeeded_at = ?1, failures = 0, retry_at = NULL, error_code = NULL, error_sentence = NULL
         WHERE id = ?2",
        params![tx.now, id.get()],
    )?;
    Ok(())
}

/// A look brought a version of `list`: belongs into the transaction that switches to it, so that validators never run ahead of the version.
///
/// # Errors
/// The store's own, also if another subscription feeds the list already.
pub fn changed(tx: &Tx<'_>, id: SubscriptionId, list: ListId, remembered: &Remembered) -> Result<()> {
    unchanged(tx, id)?;
    let seen = remembered.seen.as_ref().map(|seen| &seen[..]);
    tx.execute(
        "UPDATE subscription SET list = ?, etag = ?, last_modified = ?, seen = ?, changed_at = ? WHERE id = ?",
        params![list.get(), remembered.etag, remembered.last_modified, seen, tx.now, id.get()],
    )?;
    Ok(())
}

/// The operator went back to an earlier version: the next look must not be answered with "nothing new" about the version that was left.
///
/// # Errors
/// The store's own.
pub fn forget_validators(tx: &Tx<'_>, list: ListId) -> Result<()> {
    tx.execute("UPDATE subscription SET etag = NULL, last_modified = NULL, seen = NULL WHERE list = ?", params![list.get()])?;
    Ok(())
}

/// A look found the bytes of the version in use, in a file that was written again: nothing new, and what is compared with next time.
///
/// # Errors
/// The store's own.
pub fn seen_again(tx: &Tx<'_>, id: SubscriptionId, remembered: &Remembered) -> Result<()> {
    unchanged(tx, id)?;
    let seen = remembered.seen.as_ref().map(|seen| &seen[..]);
    tx.execute(
        "UPDATE subscription SET etag = ?, last_modified = ?, seen = ? WHERE id = ?",
        params![remembered.etag, remembered.last_modified, seen, id.get()],
    )?;
    Ok(())
}

/// A look failed. `retry_at` is when it makes sense to try again.
///
/// # Errors
/// The store's own.
pub fn failed(tx: &Tx<'_>, id: SubscriptionId, code: &str, sentence: &str, retry_at: i64) -> Result<()> {
    note_time(tx)?;
    tx.execute(
        "UPDATE subscription SET looked_at = ?, failures = min(failures + 1, 1000000), retry_at = ?, error_code = ?, error_sentence = ?
         WHERE id = ?",
        params![tx.now, retry_at, code, sentence, id.get()],
    )?;
    Ok(())
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

/// Remembers until when the publisher of a signed list stands by it, by its newest file or index.
///
/// # Errors
/// The store's own.
pub fn set_expiry(tx: &Tx<'_>, list: ListId, expires_ms: i64) -> Result<()> {
    super::settings::set(tx, &expiry_of(list), &expires_ms.to_string())
}

/// Until when the publisher of a list stands by it; `None` if nobody said.
///
/// # Errors
/// The store's own.
pub fn expiry(connection: &Connection, list: ListId) -> Result<Option<i64>> {
    Ok(super::settings::get(connection, &expiry_of(list))?.and_then(|text| text.parse().ok()))
}

/// Setting: the end of a signed list.
fn expiry_of(list: ListId) -> String {
    format!("list_expires_{list}")
}

/// Setting: the largest time ever seen.
const LARGEST_TIME: &str = "largest_time";
/// Setting: hours in which nothing is loaded by itself.
const QUIET_HOURS: &str = "quiet_hours";

/// Remembers the time if it is the largest so far. Expiry goes by that, so that a clock set back makes no list young.
///
/// # Errors
/// The store's own.
pub fn note_time(tx: &Tx<'_>) -> Result<()> {
    if stored_time(tx)?.is_none_or(|largest| largest < tx.now) {
        super::settings::set(tx, LARGEST_TIME, &tx.now.to_string())?;
    }
    Ok(())
}

/// The largest time ever seen, `now` included.
///
/// # Errors
/// The store's own.
pub fn largest_time(connection: &Connection, now: i64) -> Result<i64> {
    Ok(stored_time(connection)?.map_or(now, |largest| largest.max(now)))
}

fn stored_time(connection: &Connection) -> Result<Option<i64>> {
    Ok(super::settings::get(connection, LARGEST_TIME)?.and_then(|text| text.parse().ok()))
}

/// Hours in which nothing is loaded by itself, as text; `None` for none.
///
/// # Errors
/// The store's own.
pub fn quiet_hours(connection: &Connection) -> Result<Option<String>> {
    Ok(super::settings::get(connection, QUIET_HOURS)?.filter(|text| !text.is_empty()))
}

/// Sets the quiet hours, in the form that was checked by whoever read them; `None` for none.
///
/// # Errors
/// The store's own.
pub fn set_quiet_hours(tx: &Tx<'_>, hours: Option<&str>) -> Result<()> {
    super::settings::set(tx, QUIET_HOURS, hours.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hashlist::{Harm, Polarity, Status};

    use super::*;
    use crate::clock::{Clock, TestClock};
    use crate::store::Store;
    use crate::store::lists::{self, ListRow};

    const NOW: i64 = 1_795_392_000_000;

    struct Bench {
        _dir: tempfile::TempDir,
        store: Store,
        clock: Arc<TestClock>,
        list: ListId,
    }

    fn bench() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(NOW));
        let (store, writer) = Store::open(&dir.path().join("t.db"), dir.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        std::thread::spawn(move || writer.run());
        let list = store
            .write(|tx| {
                let id = lists::next_id(tx)?;
                let row = ListRow {
                    id,
                    name: "TCAP test".to_owned(),
                    harm: Harm::Tvec,
                    polarity: Polarity::Alert,
                    trust: Status::Suspected,
                    kind_64: None,
                    threshold: 31,
                    practice: false,
                    answers: serde_json::Value::default(),
                    active_seq: 1,
                };
                lists::insert(tx, &row).map(|()| id)
            })
            .unwrap();
        Bench { _dir: dir, store, clock, list }
    }

    impl Bench {
        fn add(&self, place: &str) -> Result<SubscriptionId> {
            let new = NewSubscription { kind: PlaceKind::Address, place: place.into(), interval: Some(86_400_000), may_be_private: false };
            self.store.write(move |tx| add(tx, &new, Some("lists.example")))
        }

        fn get(&self, id: SubscriptionId) -> Subscription {
            self.store.read(|connection| get(connection, id)).unwrap()
        }

        fn verbs(&self) -> Vec<String> {
            self.store
                .read(|connection| {
                    let mut verbs = Vec::new();
                    ledger::each_after(connection, 0, &mut |row| {
                        verbs.push(format!("{} {}", row.verb, row.body_text));
                        Ok(())
                    })?;
                    Ok(verbs)
                })
                .unwrap()
        }
    }

    #[test]
    fn a_subscription_waits_for_a_yes_and_remembers_each_look() {
        let bench = bench();
        let id = bench.add("https://lists.example/a?key=secret").unwrap();
        assert_eq!(bench.get(id).accepted_at, None, "adding is no yes");
        assert_eq!(bench.add("https://lists.example/a?key=secret").unwrap_err().code(), Code::NameTaken);

        bench.store.write(move |tx| accept(tx, id, None)).unwrap();
        assert_eq!(bench.get(id).accepted_at, Some(NOW));

        bench.store.write(move |tx| failed(tx, id, "other_host", "It sends on.", NOW + 5)).unwrap();
        let row = bench.get(id);
        assert_eq!((row.failures, row.retry_at, row.looked_at, row.succeeded_at), (1, Some(NOW + 5), Some(NOW), None));
        assert_eq!(row.last_error, Some(("other_host".to_owned(), "It sends on.".to_owned())));

        bench.store.write(move |tx| accept(tx, id, Some("cdn.example"))).unwrap();
        bench.store.write(move |tx| accept(tx, id, Some("cdn.example"))).unwrap();
        let row = bench.get(id);
        assert_eq!((row.other_hosts, row.retry_at, row.looked_at), (vec!["cdn.example".to_owned()], None, None), "tried again at once");

        let list = bench.list;
        let remembered = Remembered { etag: Some("\"v1\"".to_owned()), last_modified: None, seen: Some([7; 32]) };
        bench.store.write(move |tx| changed(tx, id, list, &remembered)).unwrap();
        bench.clock.set_wall(NOW + 1000);
        bench.store.write(move |tx| unchanged(tx, id)).unwrap();
        let row = bench.get(id);
        assert_eq!((row.failures, row.changed_at, row.succeeded_at, row.last_error.clone()), (0, Some(NOW), Some(NOW + 1000), None));
        assert_eq!((row.etag.as_deref(), row.seen), (Some("\"v1\""), Some([7; 32])));
        assert_eq!(bench.store.read(|connection| of_list(connection, list)).unwrap(), Some(row));

        bench.store.write(move |tx| forget_validators(tx, list)).unwrap();
        assert_eq!((bench.get(id).etag, bench.get(id).seen), (None, None), "after going back everything is asked for");

        bench.store.write(move |tx| set_rhythm(tx, id, None, true)).unwrap();
        assert_eq!((bench.get(id).interval, bench.get(id).is_paused), (None, true));
        bench.store.write(move |tx| remove(tx, id)).unwrap();
        assert!(bench.store.read(all).unwrap().is_empty());
        assert!(bench.add("https://lists.example/a?key=secret").is_ok(), "the place is free again");
        let verbs = bench.verbs();
        assert!(verbs.iter().any(|line| line.starts_with("subscription_added") && line.contains("lists.example")), "the host is on record");
        assert!(!verbs.concat().contains("secret"), "an access key is not");
        assert!(!format!("{:?}", bench.store.read(all).unwrap()).contains("secret"), "nor in Debug");
    }

    #[test]
    fn one_list_has_one_subscription() {
        let bench = bench();
        let (first, second) = (bench.add("https://a.example/").unwrap(), bench.add("https://b.example/").unwrap());
        let list = bench.list;
        bench.store.write(move |tx| changed(tx, first, list, &Remembered::default())).unwrap();
        assert!(bench.store.write(move |tx| changed(tx, second, list, &Remembered::default())).is_err());
        assert_eq!(bench.get(second).succeeded_at, None, "all or nothing");
        bench.store.write(move |tx| remove(tx, first)).unwrap();
        bench.store.write(move |tx| changed(tx, second, list, &Remembered::default())).unwrap();
    }

    #[test]
    fn keys_change_on_record_and_numbers_never_go_back() {
        let bench = bench();
        let list = bench.list;
        let key = ListKey {
            publisher_list_id: "urn:uuid:1".to_owned(),
            pinned: "K1".to_owned(),
            pinned_how: Pinned::Typed,
            announced: Some(("K2".to_owned(), 5)),
            largest_seq: 5,
            largest_seq_sha256: [5; 32],
        };
        let set = |key: ListKey| bench.store.write(move |tx| set_key(tx, list, &key));
        set(key.clone()).unwrap();
        assert_eq!(bench.store.read(|connection| key_of(connection, list)).unwrap(), Some(key.clone()));
        set(ListKey { pinned_how: Pinned::FirstUse, ..key.clone() }).unwrap();
        assert_eq!(bench.store.read(|connection| key_of(connection, list)).unwrap().unwrap().pinned_how, Pinned::Typed, "the same key");
        assert_eq!(set(ListKey { largest_seq: 4, ..key.clone() }).unwrap_err().code(), Code::Refused);
        let next = ListKey { pinned: "K2".to_owned(), pinned_how: Pinned::Announced, announced: None, largest_seq: (1 << 53) - 1, ..key };
        set(next.clone()).unwrap();
        assert_eq!(bench.store.read(|connection| key_of(connection, list)).unwrap(), Some(next));
        let pinned: Vec<String> = bench.verbs().into_iter().filter(|line| line.starts_with("list_key_pinned")).collect();
        assert_eq!(pinned.len(), 2, "once for each key");
        assert!(pinned[1].contains("K1") && pinned[1].contains("K2"), "old and new");
    }

    #[test]
    fn f45_the_largest_time_is_kept_when_the_clock_goes_back() {
        let bench = bench();
        bench.store.write(note_time).unwrap();
        bench.clock.set_wall(NOW - 365 * 86_400_000);
        bench.store.write(note_time).unwrap();
        let largest = |now| bench.store.read(move |connection| largest_time(connection, now)).unwrap();
        assert_eq!(largest(NOW - 365 * 86_400_000), NOW);
        assert_eq!(largest(NOW + 1), NOW + 1, "a later now counts before it is stored");
    }

    #[test]
    fn quiet_hours_are_kept() {
        let bench = bench();
        assert_eq!(bench.store.read(quiet_hours).unwrap(), None);
        bench.store.write(|tx| set_quiet_hours(tx, Some("22:00-07:00"))).unwrap();
        assert_eq!(bench.store.read(quiet_hours).unwrap().as_deref(), Some("22:00-07:00"));
        bench.store.write(|tx| set_quiet_hours(tx, None)).unwrap();
        assert_eq!(bench.store.read(quiet_hours).unwrap(), None);
    }
}
