//! Updates of a published folder: the shortest way, a new key, and every attack that the rules are for.

use hashlist::limits;
use hashlist::shl::{FileKind, Index, KeyPair, Keyring, Plan, SecretKey, Taken};
use serde_json::{Value as Json, json};

use crate::folder::*;

#[test]
fn a_reader_at_41_follows_the_announced_key_and_counts_the_index_at_the_end() {
    let folder = Folder::of_samples();
    let mut replay = at_41();
    let fetched = folder.update(&mut replay).unwrap();
    assert_eq!(
        fetched,
        ["example-41-42.shl.jsonl", "example-42-43.shl.jsonl", "example-43-44.shl.jsonl"],
        "the index is signed by a key that 43 announces"
    );
    assert_eq!((keys_of(&replay), replay.keys()), (["e1", "e2", "e3"].map(str::to_owned).to_vec(), Some(&Keyring::new(key(TWO)))));
    let Plan::UpToDate(index) = folder.plan(replay.current(), replay.keys().unwrap(), NOW).unwrap() else {
        panic!("there is nothing newer")
    };
    assert_eq!(index.latest_seq, 44);
}

#[test]
fn f73_without_the_file_that_announces_it_the_new_key_is_unknown() {
    let folder = Folder::of_samples();
    assert_eq!(code(folder.plan(None, &Keyring::new(key(ONE)), NOW)), "unknown_key", "a new reader has only key one");
    let mut replay = at_41();
    let Plan::Fetch(update) = folder.plan(replay.current(), replay.keys().unwrap(), NOW).unwrap() else { panic!("44 is newer") };
    assert_eq!(code(update.finish(&replay)), "part_mismatch", "not everything was fetched");
    // The chain is there, but the file that would announce the key is another one.
    let mut swapped = folder.clone();
    for suffix in ["", ".minisig"] {
        let other = swapped.0[&format!("example-41-42.shl.jsonl{suffix}")].clone();
        swapped.0.insert(format!("example-42-43.shl.jsonl{suffix}"), other);
    }
    assert_eq!(code(swapped.update(&mut replay)), "part_mismatch");
    assert_eq!(
        (replay.current().unwrap().seq, replay.keys()),
        (42, Some(&Keyring::new(key(ONE)))),
        "what was verified counts, and no more"
    );
}

#[test]
fn a_new_reader_takes_the_snapshot_and_a_known_one_the_lighter_way() {
    let mut publisher = Publisher::new(new_key());
    let entries: Vec<_> = (0..40).map(|number| entry(&format!("e{number}"), number + 1)).collect();
    publisher.publish(&entries[..10]);
    let mut replay = reader(publisher.key.public());
    assert_eq!(publisher.folder.update(&mut replay).unwrap(), ["own-1.shl.jsonl"], "a new reader");
    publisher.publish(&entries[..11]);
    publisher.publish(&entries[..12]);
    let mut by_deltas = replay.clone();
    assert_eq!(
        publisher.folder.update(&mut by_deltas).unwrap(),
        ["own-1-2.shl.jsonl", "own-2-3.shl.jsonl"],
        "two small deltas are lighter"
    );
    publisher.publish(&entries[12..40]);
    assert_eq!(publisher.folder.update(&mut replay).unwrap(), ["own-4.shl.jsonl"], "the deltas together are heavier than the snapshot");
    assert_eq!(publisher.folder.update(&mut by_deltas).unwrap(), ["own-4.shl.jsonl"], "one delta that replaces everything too");
    assert_eq!(keys_of(&replay), keys_of(&by_deltas));
    assert!(publisher.folder.update(&mut replay).unwrap().is_empty(), "nothing newer");
}

#[test]
fn f70_an_older_folder_is_a_rollback() {
    let mut publisher = Publisher::new(new_key());
    publisher.publish(&[entry("a", 1)]);
    let old = publisher.folder.clone();
    publisher.publish(&[entry("b", 2)]);
    let mut replay = reader(publisher.key.public());
    publisher.folder.update(&mut replay).unwrap();
    assert_eq!(code(old.update(&mut replay)), "older_than_current");
    assert_eq!(
        code(take(&mut replay, old.file("own-1.shl.jsonl"), old.signature("own-1.shl.jsonl"))),
        "older_than_current",
        "file by file too"
    );
}

#[test]
fn f72_two_files_of_one_number_are_told() {
    let secret = KeyPair::generate(None).unwrap().secret_file;
    let read = || SecretKey::read(&secret, None).unwrap();
    let (mut publisher, mut twin) = (Publisher::new(read()), Publisher::new(read()));
    publisher.publish(&[entry("a", 1)]);
    twin.publish(&[entry("b", 2)]);
    let mut replay = reader(publisher.key.public());
    publisher.folder.update(&mut replay).unwrap();
    assert_eq!(code(twin.folder.update(&mut replay)), "same_seq_other_bytes", "the index says it");
    assert_eq!(
        code(take(&mut replay, twin.folder.file("own-1.shl.jsonl"), twin.folder.signature("own-1.shl.jsonl"))),
        "same_seq_other_bytes"
    );
    // By delta here, by snapshot there: the bytes always differ, what they say must not.
    publisher.publish(&[entry("a", 1), entry("c", 3)]);
    twin.publish(&[entry("b", 2), entry("c", 3)]);
    publisher.folder.update(&mut replay).unwrap();
    assert_eq!(replay.current().unwrap().kind, FileKind::Delta { base_seq: 1 });
    let (own, other) = (&publisher.folder, &twin.folder);
    assert!(!take(&mut replay, own.file("own-2.shl.jsonl"), own.signature("own-2.shl.jsonl")).unwrap().is_news);
    assert_eq!(code(take(&mut replay, other.file("own-2.shl.jsonl"), other.signature("own-2.shl.jsonl"))), "same_seq_other_bytes");
}

#[test]
fn f72_parts_of_another_version_or_another_length_are_refused() {
    let mut publisher = Publisher::new(new_key());
    publisher.publish(&[entry("a", 1)]);
    publisher.publish(&[entry("b", 2)]);
    let with = |name: &str, from: &str| {
        let mut folder = publisher.folder.clone();
        for suffix in ["", ".minisig"] {
            let other = folder.0[&format!("{from}{suffix}")].clone();
            folder.0.insert(format!("{name}{suffix}"), other);
        }
        code(folder.update(&mut reader(publisher.key.public())))
    };
    assert_eq!(with("own-2.shl.jsonl", "own-1.shl.jsonl"), "part_mismatch", "an older file under a newer name");
    let mut folder = publisher.folder.clone();
    folder.0.get_mut("own-2.shl.jsonl").unwrap().push(b'\n');
    assert_eq!(code(folder.update(&mut reader(publisher.key.public()))), "part_mismatch", "one byte longer than declared");
    folder.0.get_mut("own-2.shl.jsonl").unwrap().truncate(40);
    assert_eq!(code(folder.update(&mut reader(publisher.key.public()))), "bad_signature", "shorter");
}

/// A folder whose every file this test writes and signs.
struct Made {
    pair: KeyPair,
    folder: Folder,
}

impl Made {
    fn new() -> Self {
        Self { pair: KeyPair::generate(None).unwrap(), folder: Folder::default() }
    }

    fn put(&mut self, name: &str, bytes: Vec<u8>) {
        self.folder.0.insert(format!("{name}.minisig"), sign(&self.pair, &bytes));
        self.folder.0.insert(name.to_owned(), bytes);
    }

    fn index(&mut self, change: impl FnOnce(&mut Json)) {
        use sha2::Digest;
        let part = |name: &str, folder: &Folder| {
            let bytes = folder.file(name);
            let digest: String = sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            json!({"file": name, "size": bytes.len(), "sha256": digest})
        };
        let mut index: Json = serde_json::from_slice(&sample("index.json")).unwrap();
        index["key"] = json!(self.pair.public.to_string());
        for name in ["41-42", "42-43", "43-44", "44"].map(|version| format!("example-{version}.shl.jsonl")) {
            let file = sample(&name);
            if !self.folder.0.contains_key(&name) {
                self.put(&name, file);
            }
        }
        for (at, name) in ["41-42", "42-43", "43-44"].iter().enumerate() {
            let from = index["deltas"][at]["from"].clone();
            index["deltas"][at] = part(&format!("example-{name}.shl.jsonl"), &self.folder);
            index["deltas"][at]["from"] = from;
            index["deltas"][at]["to"] = json!(42 + at);
        }
        change(&mut index);
        self.put("index.json", index.to_string().into_bytes());
    }

    /// A reader at 41 of this key.
    fn reader(&self) -> hashlist::shl::Replay {
        let mut replay = reader(self.pair.public);
        let file = sample("example-41.shl.jsonl");
        assert!(take(&mut replay, &file, &sign(&self.pair, &file)).unwrap().is_news);
        replay
    }
}

#[test]
fn f72_where_a_delta_does_not_fit_the_snapshot_is_taken_instead() {
    let mut made = Made::new();
    made.put("example-41-42.shl.jsonl", sample("bad/live-41-42.shl.jsonl"));
    // Heavier than the chain, so that the chain is tried first.
    let mut heavy: Vec<u8> = sample("example-44.shl.jsonl");
    let at = heavy.iter().position(|byte| *byte == b'\n').unwrap();
    heavy.splice(at - 1..at - 1, format!(",\"pad\":\"{}\"", "x".repeat(3000)).into_bytes());
    made.put("example-44.shl.jsonl", heavy.clone());
    made.index(|index| {
        use sha2::Digest;
        index["snapshot"]["size"] = json!(heavy.len());
        index["snapshot"]["sha256"] = json!(sha2::Sha256::digest(&heavy).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    });
    let mut replay = made.reader();
    assert_eq!(made.folder.update(&mut replay).unwrap(), ["example-41-42.shl.jsonl", "instead", "example-44.shl.jsonl"]);
    assert_eq!(keys_of(&replay), ["e1", "e2", "e3"]);
}

#[test]
fn an_index_is_strict_at_its_limits() {
    let refused = |change: &dyn Fn(&mut Json)| {
        let mut made = Made::new();
        made.index(|index| change(index));
        code(made.folder.plan(made.reader().current(), &Keyring::new(made.pair.public), NOW))
    };
    assert_eq!(refused(&|_| {}), "accepted");
    assert_eq!(refused(&|index| index["created"] = json!("2026-12-01T00:00:00Z")), "accepted", "48 hours ahead");
    assert_eq!(refused(&|index| index["latest_seq"] = json!(41)), "bad_index", "the snapshot is newer than the newest version");
    for (pointer, value, wanted) in [
        ("/shl_index", json!(2), "newer_format"),
        ("/list_id", json!("urn:uuid:6f0c1a52-0000-4000-8000-0000000000ff"), "other_list_id"),
        ("/created", json!("2026-12-01T00:00:01Z"), "from_the_future"),
        ("/expires", json!("2028-12-01T00:00:01Z"), "bad_index"),
        ("/key", json!(ONE), "bad_index"),
        ("/snapshot/file", json!("../example-44.shl.jsonl"), "bad_index"),
        ("/snapshot/size", json!(limits::FILE_BYTES + 1), "bad_index"),
        ("/snapshot/sha256", json!("AB"), "bad_index"),
        ("/deltas/0/file", json!("https://example.org/x"), "bad_index"),
        ("/deltas/0/to", json!(41), "bad_index"),
        ("/deltas/1/from", json!(41), "accepted"),
        ("/deltas/2/to", json!(45), "bad_index"),
    ] {
        assert_eq!(refused(&|index| *index.pointer_mut(pointer).unwrap() = value.clone()), wanted, "{pointer} {value}");
    }
    assert_eq!(refused(&|index| index["deltas"][1] = index["deltas"][0].clone()), "bad_index", "two deltas of one step");
    assert_eq!(refused(&|index| index["pad"] = json!("x".repeat(limits::INDEX_BYTES))), "bad_index", "more than 1 MiB");
}

#[test]
fn f71_a_frozen_folder_still_answers_and_says_until_when() {
    let folder = Folder::of_samples();
    let mut replay = at_41();
    folder.update(&mut replay).unwrap();
    let later = NOW + 365 * DAY;
    let Plan::UpToDate(index) = folder.plan(replay.current(), replay.keys().unwrap(), later).unwrap() else { panic!("nothing newer") };
    assert!(index.expires_ms < later, "the engine shows that the list is out of date since then");
    assert_eq!(keys_of(&replay).len(), 3, "and it still matches");
}

#[test]
fn f70_a_large_step_of_the_number_waits_for_a_person() {
    for (step, waits) in [(1_000_000, false), (1_000_001, true)] {
        let pair = KeyPair::generate(None).unwrap();
        let mut replay = reader(pair.public);
        let file = |seq: u64| {
            String::from_utf8(sample("example-42.shl.jsonl")).unwrap().replacen("\"seq\":42", &format!("\"seq\":{seq}"), 1).into_bytes()
        };
        let (first, second) = (file(7), file(7 + step));
        assert!(!take(&mut replay, &first, &sign(&pair, &first)).unwrap().waits_for_person, "the first version of a list is no step");
        assert_eq!(take(&mut replay, &second, &sign(&pair, &second)).unwrap().waits_for_person, waits, "a step of {step}");
    }
}

#[test]
fn f73_an_announced_key_counts_only_after_its_announcement_and_retires_the_old_one() {
    let (old, new) = (KeyPair::generate(None).unwrap(), KeyPair::generate(None).unwrap());
    let file = |seq: u64, next: Option<&KeyPair>| {
        let next = next.map_or("null".to_owned(), |pair| format!("\"{}\"", pair.public));
        let text = String::from_utf8(sample("example-42.shl.jsonl")).unwrap();
        text.replacen("\"seq\":42", &format!("\"seq\":{seq}"), 1)
            .replacen("\"next_key\":null", &format!("\"next_key\":{next}"), 1)
            .into_bytes()
    };
    let go = |replay: &mut hashlist::shl::Replay, pair: &KeyPair, bytes: Vec<u8>| code(take(replay, &bytes, &sign(pair, &bytes)));
    let mut replay = reader(old.public);
    assert_eq!(go(&mut replay, &old, file(1, None)), "accepted");
    assert_eq!(go(&mut replay, &new, file(2, None)), "unknown_key", "not announced");
    assert_eq!(go(&mut replay, &old, file(5, Some(&new))), "accepted", "announced");
    assert_eq!(go(&mut replay, &new, file(5, None)), "unknown_key", "the new key may not sign the version that announced it");
    assert_eq!(go(&mut replay, &old, file(6, None)), "accepted", "the old key still counts, and says nothing of the new one");
    assert_eq!(go(&mut replay, &new, file(7, None)), "accepted", "the announcement holds");
    assert_eq!(go(&mut replay, &old, file(8, None)), "unknown_key", "the old key is retired");
}

#[test]
fn the_pieces_of_an_update_can_be_used_only_in_order() {
    let folder = Folder::of_samples();
    let mut replay = at_41();
    let Plan::Fetch(mut update) = folder.plan(replay.current(), replay.keys().unwrap(), NOW).unwrap() else { panic!("44 is newer") };
    assert_eq!(update.bytes_left(), 917 + 848 + 365);
    let wrong = folder.file("example-43-44.shl.jsonl");
    let refused = update.take(&|| Ok(Box::new(wrong)), folder.signature("example-43-44.shl.jsonl"), &mut replay);
    assert_eq!(code(refused), "unknown_key", "the last part first");
    let right = folder.file("example-41-42.shl.jsonl");
    let taken = update.take(&|| Ok(Box::new(right)), folder.signature("example-41-42.shl.jsonl"), &mut replay);
    assert!(matches!(taken, Ok(Taken::Applied(_))), "in order");
    assert_eq!(Index::read(folder.file("index.json")).unwrap(), *update.index());
}
