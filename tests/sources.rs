//! Lists from elsewhere: signed files, followed folders, the folder of a publisher. What is taken, what is refused, and what a look changes.
//!
//! The publisher here is the product's own publishing half, run in the test; the reader is the program, as everywhere.

use std::path::{Path, PathBuf};

use hashlist::shl::{
    Index, KeyPair, Keyring, Origin, OwnEntry, Previous, PublicKey, Publication, Replay, Reshare, SecretKey, Settings, publish, verify,
};
use hashlist::{Answers, Entry, Harm, Polarity, SignalKind, SignalValue, Status, limits};
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::support::{Home, Ran, number, sha256, text};

const DAY_MS: i64 = 86_400_000;

/// Somebody who publishes a signed list into a folder.
struct Publisher {
    key: SecretKey,
    public: PublicKey,
    dir: PathBuf,
    seq: u64,
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn new_key() -> (SecretKey, PublicKey) {
    let pair = KeyPair::generate(None).expect("a key is made");
    (SecretKey::read(&pair.secret_file, None).expect("and reads back"), pair.public)
}

impl Publisher {
    fn new(home: &Home) -> Self {
        let dir = home.beside("published");
        std::fs::create_dir(&dir).expect("a folder");
        let (key, public) = new_key();
        Self { key, public, dir, seq: 0 }
    }

    fn settings() -> Settings {
        Settings {
            slug: "own".to_owned(),
            list_id: "urn:uuid:6f0c1a52-0000-4000-8000-0000000000aa".to_owned(),
            name: "Shared list".to_owned(),
            publisher: "example.org".to_owned(),
            harm: Harm::Local,
            polarity: Polarity::Alert,
            reshare: Reshare::Members,
            licence: "CC0-1.0".to_owned(),
            contact: None,
            labels: Vec::new(),
        }
    }

    /// The version before, read back as a stranger would.
    fn previous(&self) -> Option<(Replay, Index)> {
        let index = Index::read(&std::fs::read(self.dir.join("index.json")).ok()?).expect("its own index");
        let (file, signature) = (self.read(&index.snapshot.file), self.read(&format!("{}.minisig", index.snapshot.file)));
        let keys = Keyring::new(self.public);
        let verified = verify(&file[..], limits::FILE_BYTES, &signature, &keys).expect("its own signature");
        let mut replay = Replay::new(&Answers::default(), Some(keys), now_ms());
        let applied = replay.apply(&|| Ok(Box::new(std::io::Cursor::new(file.clone()))), Some(&verified)).expect("its own snapshot");
        assert!(applied.is_news, "the first file is new");
        Some((replay, index))
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.join(name)).expect("a published file")
    }

    /// Publishes the next version: the SHA-256 of these contents, and so many others that a delta is lighter than the snapshot.
    fn publish(&mut self, contents: &[&[u8]]) {
        self.seq += 1;
        let others: Vec<Vec<u8>> = (0..40_u32).map(|other| other.to_le_bytes().to_vec()).collect();
        let all = contents.iter().map(|content| content.to_vec()).chain(others);
        let entries: Vec<Entry> = all.map(|content| entry(&content)).collect();
        let own: Vec<_> = entries.iter().map(|entry| OwnEntry { entry, origin: Origin::Own }).collect();
        let previous = self.previous();
        let settings = Self::settings();
        let publication = Publication {
            settings: &settings,
            seq: self.seq,
            created_ms: now_ms(),
            expires_ms: now_ms() + 30 * DAY_MS,
            next_key: None,
            entries: &own,
            tombstones: &[],
            previous: previous.as_ref().map(|(replay, index)| Previous { replay, index }),
        };
        for file in publish(&publication, &self.key).expect("it is published").files {
            std::fs::write(self.dir.join(file.name), file.bytes).expect("the file is written");
        }
    }

    fn snapshot(&self, seq: u64) -> PathBuf {
        self.dir.join(format!("own-{seq}.shl.jsonl"))
    }

    fn key(&self) -> String {
        self.public.to_string()
    }
}

fn entry(content: &[u8]) -> Entry {
    let digest = sha2::Sha256::digest(content);
    Entry {
        key: format!("e-{}", &sha256(content)[..16]),
        signals: vec![SignalValue::from_bytes(SignalKind::Sha256, &digest).expect("32 bytes")],
        status: Status::Confirmed,
        ..Entry::default()
    }
}

fn add(home: &Home, file: &Path, more: &[&str]) -> Ran {
    let file = text(file);
    let mut arguments = vec!["list", "add", &file];
    arguments.extend(more);
    home.run(arguments)
}

/// Whether the list names this content now.
fn is_listed(home: &Home, content: &[u8]) -> bool {
    let file = text(&home.file("asked", content));
    home.run(["check", &file]).code == 1
}

fn shared(home: &Home) -> Value {
    home.ok(["list", "show", "Shared list"])
}

/// Copies a file with its signature to another name.
fn copied(home: &Home, file: &Path, name: &str) -> PathBuf {
    let target = home.beside(name);
    std::fs::copy(file, &target).expect("a copy");
    std::fs::copy(format!("{}.minisig", text(file)), format!("{}.minisig", text(&target))).expect("and its signature");
    target
}

#[test]
fn f73_a_signed_file_is_taken_with_its_key_and_no_other() {
    let home = Home::new();
    let mut publisher = Publisher::new(&home);
    publisher.publish(&[b"one"]);
    let file = copied(&home, &publisher.snapshot(1), "one.shl.jsonl");
    let asked = add(&home, &file, &["--yes"]).code(2, "nobody named the key");
    assert!(asked.err.contains("--key"), "it says how to go on: {}", asked.err);
    let (_, other) = new_key();
    let refused = add(&home, &file, &["--key", &other.to_string(), "--yes"]).code(2, "somebody else's key");
    assert!(refused.err.contains("somebody else"), "in plain words: {}", refused.err);
    let words = publisher.public.words().join(" ");
    let asked = add(&home, &file, &["--key", &publisher.key()]).code(2, "the words are to be compared first");
    assert!(asked.err.contains(&words) && asked.err.contains("\"question\""), "they are shown: {}", asked.err);
    assert_eq!(asked.last()["words"], words, "and told: {}", asked.out);
    assert_eq!(home.all(["list", "ls"]).len(), 1, "only the practice list is there");
    let key_file = text(&home.file("key.pub", publisher.public.to_file()));
    let added = add(&home, &file, &["--key", &key_file, "--yes"]).code(0, "the operator compared them").last();
    assert_eq!((&added["list"], &added["seq"]), (&"Shared list".into(), &1.into()), "under the publisher's name: {added}");
    assert_eq!(shared(&home)["signed"], true, "it is a signed list");
    assert!(is_listed(&home, b"one"), "it answers");
    let again = add(&home, &file, &[]).code(0, "the same file once more is nothing new").last();
    assert_eq!(again["state"], "unchanged", "{again}");
    home.ok(["ledger", "verify"]);
}

#[test]
fn f69_f70_f73_a_changed_byte_an_old_version_and_a_missing_signature_are_refused() {
    let home = Home::new();
    let mut publisher = Publisher::new(&home);
    publisher.publish(&[b"one"]);
    let first = copied(&home, &publisher.snapshot(1), "first.shl.jsonl");
    publisher.publish(&[b"one", b"two"]);
    let second = copied(&home, &publisher.snapshot(2), "second.shl.jsonl");
    let mut bytes = std::fs::read(&first).expect("the file");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    let changed = copied(&home, &first, "changed.shl.jsonl");
    std::fs::write(&changed, bytes).expect("it is written");
    let refused = add(&home, &changed, &["--key", &publisher.key(), "--yes"]).code(2, "one bit is not the publisher's");
    assert!(refused.err.contains("signature does not hold"), "{}", refused.err);
    let bare = home.file("bare.shl.jsonl", std::fs::read(&first).expect("the file"));
    let refused = add(&home, &bare, &["--yes"]).code(2, "nobody signed it");
    assert!(refused.err.contains("Nobody signed"), "{}", refused.err);

    add(&home, &first, &["--key", &publisher.key(), "--yes"]).code(0, "the first version");
    let delta = copied(&home, &publisher.dir.join("own-1-2.shl.jsonl"), "delta.shl.jsonl");
    let next = add(&home, &delta, &[]).code(0, "the next one as a delta, under the pinned key").last();
    assert_eq!((&next["seq"], &next["added"]), (&2.into(), &1.into()), "it adds what is new: {next}");
    add(&home, &second, &[]).code(0, "the snapshot of the same version says nothing new");
    let refused = add(&home, &first, &["--yes"]).code(2, "an old version is not taken");
    assert!(refused.err.contains("version 2 is active"), "{}", refused.err);
    home.ok(["list", "rollback", "Shared list"]);
    assert!(!is_listed(&home, b"two"), "the operator may go back");
    let bare = home.file("bare.csv", "sha256\n");
    add(&home, &bare, &["--name", "Shared list", "--yes"]).code(2, "an unsigned file never continues a signed list");
    let forward = add(&home, &second, &[]).code(0, "and forward again").last();
    assert_eq!(number(&forward["seq"]), 3, "as a version of its own here: {forward}");
    assert!(is_listed(&home, b"two"), "which answers");
}

#[test]
fn a_published_folder_is_followed_by_snapshot_and_delta_and_a_withdrawal_opens_its_case_again() {
    let home = Home::with_site();
    let mut publisher = Publisher::new(&home);
    publisher.publish(&[b"one", b"two"]);
    let dir = publisher.dir.clone();
    let asked = add(&home, &dir, &["--follow", "--yes"]).code(2, "the key is to be named");
    assert!(asked.err.contains(&publisher.public.words().join(" ")), "the offered one is shown as words: {}", asked.err);
    assert!(home.all(["list", "sources"]).is_empty(), "nothing stays of what was refused");
    add(&home, &dir, &["--follow", "--key", &publisher.key(), "--yes"]).code(0, "the first version");
    home.upload("one", "one");
    home.sweep();
    let case = home.only_case();
    home.ok(["decide", &case.to_string(), "take-down", "--now"]);

    let source = home.ok(["list", "sources"]);
    assert_eq!((&source["list"], &source["kind"]), (&"Shared list".into(), &"folder".into()), "{source}");
    assert_eq!(source["source"], text(&dir), "where it comes from: {source}");
    assert_eq!(home.ok(["list", "update"])["state"], "unchanged", "nothing new yet");

    publisher.publish(&[b"one", b"two", b"three"]);
    let changed = home.ok(["list", "update", "Shared list"]);
    assert_eq!((&changed["state"], &changed["added"]), (&"changed".into(), &1.into()), "{changed}");
    assert_eq!(shared(&home)["source"], "own-1-2.shl.jsonl", "only the delta was read");
    assert!(is_listed(&home, b"three"), "it answers");

    publisher.publish(&[b"two", b"three"]);
    let changed = home.ok(["list", "update"]);
    assert_eq!((&changed["withdrawn"], &changed["decisions_affected"]), (&1.into(), &1.into()), "{changed}");
    let after = home.case(case);
    assert_eq!((&after["state"], &after["second_look"]), (&"open".into(), &"entry_withdrawn".into()), "it may have been wrong: {after}");
}

#[test]
fn f69_a_tampered_part_is_refused_in_plain_words_and_the_old_version_answers() {
    let home = Home::new();
    let mut publisher = Publisher::new(&home);
    publisher.publish(&[b"one"]);
    add(&home, &publisher.dir, &["--follow", "--key", &publisher.key(), "--yes"]).code(0, "the first version");
    publisher.publish(&[b"two"]);
    let delta = publisher.dir.join("own-1-2.shl.jsonl");
    let good = std::fs::read(&delta).expect("the delta");
    let mut bad = good.clone();
    let at = bad.len() - 10;
    bad[at] ^= 1;
    std::fs::write(&delta, bad).expect("it is changed");
    let refused = home.run(["list", "update"]).code(2, "the part is not what was signed").last();
    assert_eq!((&refused["state"], &refused["code"]), (&"failed".into(), &"bad_signature".into()), "{refused}");
    assert!(is_listed(&home, b"one") && !is_listed(&home, b"two"), "the version before answers");
    let source = home.ok(["list", "sources"]);
    assert_eq!(source["state"], "failing", "the failure is remembered: {source}");
    assert!(source["error"].as_str().is_some_and(|sentence| sentence.contains("signature does not hold")), "in plain words: {source}");
    std::fs::write(&delta, good).expect("it is mended");
    assert_eq!(home.ok(["list", "update"])["state"], "changed", "the next look takes it");
    assert_eq!(home.ok(["list", "sources"])["error"], Value::Null, "and the failure is over");
}

/// A page of ThreatExchange updates: contents, each with whether it is taken back.
fn page(updates: &[(u32, &[u8], bool)]) -> String {
    let update = |(id, content, is_deleted): &(u32, &[u8], bool)| {
        json!({
            "id": id.to_string(), "indicator": sha256(content), "type": "HASH_SHA256", "creation_time": 1_700_000_000, "last_updated": 1_700_000_000 + id,
            "should_delete": is_deleted, "tags": [], "status": "MALICIOUS", "applications_with_opinions": [],
        })
    };
    json!({"data": updates.iter().map(update).collect::<Vec<_>>()}).to_string()
}

#[test]
fn new_pages_of_a_followed_folder_are_taken_and_a_withdrawal_opens_its_case_again() {
    let home = Home::with_site();
    let dir = home.beside("pages");
    std::fs::create_dir(&dir).expect("a folder");
    std::fs::write(dir.join("page-1.json"), page(&[(1, b"one", false), (2, b"two", false)])).expect("a page");
    let name = ["--follow", "--name", "exchange", "--harm", "local", "--yes"];
    add(&home, &dir, &name).code(0, "the first page");
    home.upload("one", "one");
    home.sweep();
    let case = home.only_case();
    home.ok(["decide", &case.to_string(), "take-down", "--now"]);
    assert_eq!(home.ok(["list", "update", "exchange"])["state"], "unchanged", "nothing new yet");

    std::fs::write(dir.join("page-2.json"), page(&[(3, b"three", false), (1, b"one", true)])).expect("a page");
    let changed = home.ok(["list", "update", "exchange"]);
    assert_eq!((&changed["state"], &changed["withdrawn"]), (&"changed".into(), &1.into()), "{changed}");
    assert!(is_listed(&home, b"three") && !is_listed(&home, b"one"), "the new page counts");
    let after = home.case(case);
    assert_eq!((&after["state"], &after["second_look"]), (&"open".into(), &"entry_withdrawn".into()), "it may have been wrong: {after}");

    let again = std::fs::read(dir.join("page-2.json")).expect("a page");
    std::fs::write(dir.join("page-2.json"), again).expect("the same bytes, written again");
    assert_eq!(home.ok(["list", "update", "exchange"])["state"], "unchanged", "the bytes of the version in use are nothing new");
    add(&home, &dir, &name).code(2, "the same folder is not followed twice");
    home.ok(["list", "rm", "exchange"]);
    assert!(home.all(["list", "sources"]).is_empty(), "what it was loaded from ends with the list");
}

#[test]
fn a_running_watch_looks_at_what_is_due_by_itself() {
    let home = Home::with_site();
    let mut publisher = Publisher::new(&home);
    publisher.publish(&[b"one"]);
    add(&home, &publisher.dir, &["--follow", "--key", &publisher.key(), "--yes"]).code(0, "the first version");
    publisher.publish(&[b"one", b"two"]);
    home.upload("two", "two");
    // The last look lies in the future of this clock, as after a clock that was set back: it is due at once.
    home.change("UPDATE subscription SET looked_at = looked_at + 3600000");
    let mut watch = home.watch();
    let event = watch.wait("the new entry is taken and matched", |event| event["event"] == "case");
    assert_eq!(event["lists"][0], "Shared list", "{event}");
}

#[test]
fn nothing_is_contacted_without_a_yes_and_no_secret_is_shown() {
    let home = Home::new();
    let address = "https://lists.example.invalid/feed.csv?key=hidden";
    let asked = home.run(["list", "add", address, "--harm", "local"]).code(2, "the yes is missing");
    assert!(asked.err.contains("Gatehouse will load from lists.example.invalid. Nothing about your site is sent."), "{}", asked.err);
    let token = text(&home.file("token", "tok-hidden\n"));
    let failed = home.run(["list", "add", address, "--harm", "local", "--token-file", &token, "--yes"]).code(2, "there is no such host");
    assert!(!failed.err.contains("hidden") && !failed.out.contains("hidden"), "neither query nor token is told: {}", failed.err);
    assert!(home.all(["list", "sources"]).is_empty(), "nothing stays of what failed");
    let keys = std::fs::read_dir(home.dir().join("keys")).expect("the folder of keys").count();
    assert_eq!(keys, 0, "nor of its secret");
    home.run(["list", "add", "http://example.org/list", "--harm", "local", "--yes"]).code(2, "http is refused");
}

#[test]
fn a_place_is_paused_changed_and_forgotten_and_its_list_stays() {
    let home = Home::new();
    // MD5 of "hello".
    let list = home.file("own.txt", "5d41402abc4b2a76b9719d911017c592\n");
    add(&home, &list, &["--follow", "--name", "own", "--harm", "local", "--yes"]).code(0, "it is followed");
    let paused = home.ok(["list", "sources", "own", "--pause", "--every", "6"]);
    assert_eq!((&paused["state"], &paused["every_hours"], &paused["next_look"]), (&"paused".into(), &6.into(), &Value::Null), "{paused}");
    assert_eq!(home.ok(["list", "sources", "own"])["state"], "paused", "naming it alone changes nothing");
    let going = home.ok(["list", "sources", "own", "--resume", "--every", "0"]);
    assert_eq!((&going["state"], &going["every_hours"]), (&"by_hand".into(), &Value::Null), "{going}");
    home.run(["list", "sources", "own", "--pause", "--resume"]).code(64, "not both");
    home.run(["list", "sources", "--pause"]).code(64, "which one is not said");
    home.run(["list", "sources", "own", "--also-host", "cdn.example"]).code(2, "a file leads to no host");
    let token = text(&home.file("token", "tok-hidden\n"));
    let refused = home.run(["list", "sources", "own", "--token-file", &token]).code(2, "and needs no token");
    assert!(!refused.err.contains("hidden") && !refused.out.contains("hidden"), "{}", refused.err);
    assert_eq!(home.ok(["list", "sources", "own", "--forget"])["state"], "forgotten");
    assert!(home.all(["list", "sources"]).is_empty(), "it is loaded from nowhere");
    assert!(is_listed(&home, b"hello"), "the list stays");
    home.run(["list", "sources", "own", "--pause"]).code(2, "there is nothing to pause");
}
