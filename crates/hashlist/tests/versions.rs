//! From version to version: pages change what was there, numbers stay with their keys, what is withdrawn is remembered, and the stored state
//! survives nothing but its own bytes.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::collections::BTreeMap;

use hashlist::{Answers, Difference, Import, ListState, Reason, StateError, Tombstone, import_bytes, limits, read_state, write_state};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{Numbers, folder, sample, state_of};

const DAY: i64 = 86_400_000;
const NOW: i64 = 1_795_910_400_000;

fn answers(now: i64) -> Answers {
    Answers { now_ms: Some(now), ..support::answers() }
}

fn md5(seed: u64) -> String {
    format!("{:016x}{:016x}", seed + 1, seed + 2)
}

/// A page of Tech Against Terrorism: (id, seed of the hash, withdrawn).
fn page(records: &[(u64, u64, bool)], next: bool) -> Vec<u8> {
    let results: Vec<Json> = records
        .iter()
        .map(|(id, seed, deleted)| json!({"id": id, "hash_digest": md5(*seed), "algorithm": "MD5", "deleted": deleted, "updated_on": 1_790_000_000 + id}))
        .collect();
    let next = if next { json!("https://example.org") } else { Json::Null };
    let checkpoint = records.last().map(|(id, ..)| format!("{}.5,{id}", 1_790_000_000 + id));
    json!({"count": results.len(), "next": next, "previous": null, "checkpoint": checkpoint, "results": results}).to_string().into_bytes()
}

fn numbers(import: &Import) -> BTreeMap<String, u32> {
    import.entries.iter().map(|entry| (entry.key.clone(), entry.number)).collect()
}

fn written(state: &ListState) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_state(&state.entries, &state.tombstones, state.next_number, &mut bytes).unwrap();
    bytes
}

#[test]
fn pages_are_one_import_in_the_natural_order_of_their_names() {
    let files = [
        ("page-10.json", page(&[(1, 30, false)], false)),
        ("page-1.json", page(&[(1, 10, false), (2, 20, false)], true)),
        ("page-2.json", page(&[(1, 20, false), (2, 20, true), (3, 5, false)], true)),
    ];
    let import = folder(&files, None, &answers(NOW)).unwrap();
    assert_eq!((import.pages, import.state.as_str(), import.complete), (3, "pages", true), "page 10 is the last one");
    assert_eq!(import.entries.to_vec()[0].signals[0].to_string(), md5(30), "the later page wins");
    assert_eq!((import.entries.len(), import.withdrawn.as_slice()), (2, ["2".to_owned()].as_slice()), "withdrawn on page 2");
    let report = &import.report;
    assert_eq!((report.records, report.added, report.replaced, report.withdrawn), (6, 3, 2, 1), "one outcome a record");
    assert_eq!(import.checkpoint.as_deref(), Some("1790000003.5,3"), "the greatest one, wherever it stands");
    let import = folder(&files[1..2], None, &answers(NOW)).unwrap();
    assert!(!import.complete, "more pages follow, and none is there");
}

#[test]
fn a_rejected_record_of_a_page_is_found_again() {
    let bad = json!({"results": [{"id": 7, "hash_digest": "xyz", "algorithm": "MD5"}], "checkpoint": null, "previous": null}).to_string();
    let import = folder(&[("1", page(&[(1, 1, false)], true)), ("2", bad.clone().into_bytes())], None, &answers(NOW)).unwrap();
    let rejected = &import.report.rejected_records[0];
    assert_eq!((rejected.page, rejected.record), (Some(2), 1), "the second file");
    assert!(bad[rejected.offset as usize..].starts_with("{\"id\":7"), "and its place there");
}

#[test]
fn a_page_changes_the_version_before_and_a_withdrawal_is_remembered_with_its_signals() {
    let first = folder(&[("1", page(&[(1, 1, false), (2, 2, false), (3, 3, false)], false))], None, &answers(NOW)).unwrap();
    let second = folder(&[("2", page(&[(2, 2, true), (4, 4, false)], false))], Some(state_of(&first)), &answers(NOW + DAY)).unwrap();
    assert_eq!(numbers(&second), BTreeMap::from([("1".to_owned(), 1), ("3".to_owned(), 3), ("4".to_owned(), 4)]), "the others stay");
    assert_eq!((second.report.added, second.report.withdrawn, second.report.entries), (1, 1, 3), "counted for this import");
    let [gone] = second.tombstones.as_slice() else { panic!("one") };
    assert_eq!(
        (gone.key.as_str(), gone.number, gone.reason, gone.at),
        ("2", 2, Reason::Withdrawn, Some(NOW + DAY)),
        "what, which, why, when"
    );
    assert_eq!(gone.signals[0].to_string(), md5(2), "the signals that it had");
    let changes = Difference::of(&first.entries, &second.entries);
    assert_eq!((changes.added.len(), changes.withdrawn.len(), changes.unchanged), (1, 1, 2), "the difference says the same");
}

#[test]
fn a_tombstone_is_kept_for_90_days_and_no_number_is_given_twice() {
    let first = folder(&[("1", page(&[(1, 1, false), (2, 2, false)], false))], None, &answers(NOW)).unwrap();
    let gone = folder(&[("2", page(&[(2, 2, true)], false))], Some(state_of(&first)), &answers(NOW)).unwrap();
    let next =
        |later: i64, id: u64| folder(&[("3", page(&[(id, 9, false)], false))], Some(state_of(&gone)), &answers(NOW + later)).unwrap();
    let again = next(limits::TOMBSTONE_MS, 2);
    assert_eq!((numbers(&again)["2"], again.tombstones.len()), (2, 0), "it is back, under its own number");
    assert_eq!(next(limits::TOMBSTONE_MS, 5).tombstones.len(), 1, "after exactly 90 days it is still known");
    let late = next(limits::TOMBSTONE_MS + 1, 5);
    assert_eq!((late.tombstones.len(), numbers(&late)["5"]), (0, 3), "later it is forgotten, and its number is not given away");
    let shortened = ListState { next_number: 0, ..state_of(&first) };
    let import = folder(&[("2", page(&[(7, 7, false)], false))], Some(shortened), &answers(NOW)).unwrap();
    assert_eq!(numbers(&import)["7"], 3, "even if the state lost count");
}

#[test]
fn a_snapshot_keeps_numbers_and_what_it_lacks_is_gone() {
    let list = |seeds: &[u64]| seeds.iter().map(|seed| format!("{}\n", md5(*seed))).collect::<String>();
    let first = import_bytes(list(&[1, 2, 3]).as_bytes(), "x", &answers(NOW)).unwrap();
    let second = folder(&[("x", list(&[4, 3, 1]).into_bytes())], Some(state_of(&first)), &answers(NOW)).unwrap();
    let by_seed: Vec<u32> = [1, 3, 4].iter().map(|seed| numbers(&second)[&format!("md5:{}", md5(*seed))]).collect();
    assert_eq!(by_seed, [1, 3, 4], "numbers stay with their keys");
    assert_eq!((second.tombstones.len(), second.tombstones[0].reason), (1, Reason::Absent), "the second entry is gone");
    assert_eq!(second.withdrawn, [""; 0], "no record took it away");
    assert_eq!(second.report.added, 3, "three entries of this import");
}

#[test]
fn an_event_replaces_its_own_entries_and_leaves_others_alone() {
    let event = |uuid: &str, attributes: &[(&str, u64)]| {
        let attributes: Vec<Json> = attributes.iter().map(|(id, seed)| json!({"uuid": id, "type": "md5", "value": md5(*seed)})).collect();
        json!({"Event": {"uuid": uuid, "info": "x", "Attribute": attributes}}).to_string().into_bytes()
    };
    let files = [("a.json", event("a", &[("a1", 1), ("a2", 2)])), ("b.json", event("b", &[("b1", 3)]))];
    let first = folder(&files, None, &answers(NOW)).unwrap();
    assert_eq!((first.entries.len(), first.state.as_str()), (3, "group"), "two events");
    let second = folder(&[("a.json", event("a", &[("a2", 2), ("a3", 4)]))], Some(state_of(&first)), &answers(NOW)).unwrap();
    assert_eq!(numbers(&second).into_keys().collect::<Vec<_>>(), ["a2", "a3", "b1"], "a1 is gone with the old copy of its event");
    assert_eq!((second.tombstones[0].key.as_str(), second.tombstones[0].reason), ("a1", Reason::Absent), "remembered");
}

#[test]
fn a_feed_drops_events_that_it_no_longer_names_and_keeps_those_whose_file_is_missing() {
    let event = |uuid: &str, seed: u64| {
        json!({"Event": {"uuid": uuid, "Attribute": [{"uuid": format!("{uuid}-1"), "type": "md5", "value": md5(seed)}]}})
            .to_string()
            .into_bytes()
    };
    let manifest = |events: &[&str]| {
        json!(events.iter().map(|uuid| ((*uuid).to_owned(), json!({"info": "x"}))).collect::<BTreeMap<_, _>>()).to_string().into_bytes()
    };
    let all = [
        ("manifest.json", manifest(&["a", "b", "c"])),
        ("a.json", event("a", 1)),
        ("b.json", event("b", 2)),
        ("c.json", event("c", 3)),
        ("d.json", event("d", 4)),
    ];
    let first = folder(&all, None, &answers(NOW)).unwrap();
    assert_eq!(numbers(&first).into_keys().collect::<Vec<_>>(), ["a-1", "b-1", "c-1"], "what the manifest names");
    let some = [("manifest.json", manifest(&["a", "b"])), ("a.json", event("a", 1)), ("a.asc", b"x".to_vec())];
    let second = folder(&some, Some(state_of(&first)), &answers(NOW)).unwrap();
    assert_eq!(
        numbers(&second).into_keys().collect::<Vec<_>>(),
        ["a-1", "b-1"],
        "c is no longer named; b is named and was not there to be read"
    );
    assert!(!second.complete && second.notes.len() == 2, "it says so, and that a signature was not checked: {:?}", second.notes);
}

#[test]
fn twice_the_same_pages_change_nothing() {
    for name in [
        "stopncii-own.json",
        "tat-own.json",
        "threat-updates-own.json",
        "vics-1.2-quirks.json",
        "stix-bundle.json",
        "warninglist.json",
        "vpdq-object.json",
    ] {
        let first = folder(&[(name, sample(name))], None, &answers(NOW)).unwrap();
        let second = folder(&[(name, sample(name))], Some(state_of(&first)), &answers(NOW)).unwrap();
        assert!(Difference::of(&first.entries, &second.entries).is_empty(), "{name}");
        assert_eq!((numbers(&first), &first.tombstones), (numbers(&second), &second.tombstones), "{name}: numbers and tombstones");
    }
}

#[test]
fn a_state_reads_back_as_it_was_written() {
    for name in [
        "stopncii-own.json",
        "tat-own.json",
        "threat-updates-own.json",
        "vics-1.3-case.json",
        "taxii-envelope.json",
        "vpdq-object.json",
        "csv-columns.csv",
    ] {
        let state = state_of(&folder(&[(name, sample(name))], None, &answers(NOW)).unwrap());
        let bytes = written(&state);
        assert_eq!(read_state(bytes.as_slice()).unwrap(), state, "{name}");
        assert_eq!(written(&state), bytes, "{name}: equal states give equal bytes");
    }
    assert_eq!(read_state(written(&ListState::default()).as_slice()).unwrap(), ListState::default(), "an empty one");
}

#[test]
fn a_damaged_state_is_never_read() {
    let state = state_of(&folder(&[("x", sample("tat-own.json"))], None, &answers(NOW)).unwrap());
    let bytes = written(&state);
    for end in 0..bytes.len() {
        assert!(matches!(read_state(&bytes[..end]), Err(StateError::Damaged { .. })), "cut at {end}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(read_state(changed.as_slice()).is_err(), "one bit at {at}");
    }
    let longer = [bytes.as_slice(), b"{}\n"].concat();
    assert!(matches!(read_state(longer.as_slice()), Err(StateError::Damaged { .. })), "something behind the end");
    let newer = String::from_utf8(bytes).unwrap().replacen("\"gatehouse_list_state\":1", "\"gatehouse_list_state\":2,\"more\":0", 1);
    assert!(matches!(read_state(newer.as_bytes()), Err(StateError::OtherVersion { found: 2 })), "a form of a later version");
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    assert!(matches!(read_state(endless), Err(StateError::Damaged { line: 1 })), "a line without an end costs no more than its limit");
}

proptest! {
    #[test]
    fn versions_of_random_pages_agree_with_a_plain_table(seed in any::<u64>(), rounds in 1usize..8) {
        let mut random = Numbers(seed | 1);
        let mut table: BTreeMap<String, u64> = BTreeMap::new();
        let mut given: BTreeMap<String, u32> = BTreeMap::new();
        let mut base: Option<ListState> = None;
        for round in 0..rounds {
            let records: Vec<(u64, u64, bool)> =
                (0..1 + random.below(8)).map(|_| (random.below(6) as u64, random.below(4) as u64, random.below(3) == 0)).collect();
            for (id, seed, deleted) in &records {
                if *deleted { table.remove(&id.to_string()); } else { table.insert(id.to_string(), *seed); }
            }
            let import = match folder(&[("x", page(&records, false))], base.take(), &answers(NOW + round as i64 * DAY)) {
                Ok(import) => import,
                // Nothing but withdrawals in a new list.
                Err(refusal) => { prop_assert_eq!(refusal.code(), "nothing_accepted"); return Ok(()); }
            };
            let found: BTreeMap<String, String> = import.entries.iter().map(|entry| (entry.key.clone(), entry.signals[0].to_string())).collect();
            let expected: BTreeMap<String, String> = table.iter().map(|(id, seed)| (id.clone(), md5(*seed))).collect();
            prop_assert_eq!(found, expected);
            for (key, number) in numbers(&import) {
                prop_assert_eq!(*given.entry(key).or_insert(number), number, "a key keeps its number");
            }
            let state = state_of(&import);
            prop_assert_eq!(&read_state(written(&state).as_slice()).unwrap(), &state);
            base = Some(state);
        }
        let mut all: Vec<u32> = given.into_values().collect();
        all.sort_unstable();
        all.dedup();
        prop_assert!(all.iter().all(|number| *number > 0));
    }
}

#[test]
fn tombstones_without_a_time_are_dated_by_the_next_import_that_knows_one() {
    let tombstone = Tombstone { key: "z".to_owned(), number: 9, reason: Reason::Mistake, at: None, signals: Vec::new() };
    let base = ListState { tombstones: vec![tombstone], ..ListState::default() };
    let import = folder(&[("1", page(&[(1, 1, false)], false))], Some(base), &answers(NOW)).unwrap();
    assert_eq!((import.tombstones[0].at, import.entries.to_vec()[0].number), (Some(NOW), 10), "dated, and its number is taken");
}
