use std::sync::Arc;

use hashlist::{Harm, Polarity, Status};

use super::*;
use crate::clock::{Clock, TestClock};
use crate::store::Store;
use crate::store::list_keys::{ListKey, Pinned, key_of, set_key};
use crate::store::list_times::{largest_time, note_time, quiet_hours, set_quiet_hours};
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
        let new = NewSubscription {
            kind: PlaceKind::Address,
            place: place.into(),
            interval: Some(86_400_000),
            may_be_private: false,
            root: None,
        };
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

    let changes = Changes { interval: Some(None), is_paused: Some(true), ..Changes::default() };
    bench.store.write(move |tx| change(tx, id, &changes)).unwrap();
    let row = bench.get(id);
    assert_eq!((row.interval, row.is_paused, row.other_hosts.clone()), (None, true, vec!["cdn.example".to_owned()]), "the rest stays");
    bench.store.write(move |tx| failed(tx, id, "not_reached", "No.", NOW + 9)).unwrap();
    let changes = Changes { may_be_private: Some(true), other_hosts: Some(Vec::new()), is_paused: Some(false), ..Changes::default() };
    bench.store.write(move |tx| change(tx, id, &changes)).unwrap();
    let row = bench.get(id);
    assert_eq!((row.may_be_private, row.other_hosts, row.looked_at), (true, Vec::new(), None), "what failed is tried at once");
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
