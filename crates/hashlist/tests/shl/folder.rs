//! Folders of published files, in memory: the samples, or what a test publishes, and a reader of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hashlist::shl::{
    Applied, Current, FileKind, Index, KeyPair, Keyring, Named, Origin, OwnEntry, Plan, Previous, PublicKey, Publication, Published,
    Replay, Reshare, SecretKey, Settings, Taken, plan, publish, verify,
};
use hashlist::{Answers, Entry, Harm, Polarity, Refusal, SignalKind, SignalValue, Status, limits};

pub const ONE: &str = "RWSgsnraUEDnfpLGJmql3QyaxHj1gP54EXX5uNqkqmVoWCBhsl4btzmU";
pub const TWO: &str = "RWQBAgMEBQYHCH0yhc1sTc2Xc1tM/nn6H5+uBHiMEaX7VSk5qXkzSZc9";

/// 2026-11-29T00:00:00Z, the clock of the samples.
pub const NOW: i64 = 1_795_910_400_000;
pub const DAY: i64 = 86_400_000;

pub fn key(text: &str) -> PublicKey {
    PublicKey::read(text).unwrap()
}

/// Bytes of a sample.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/shl").join(name)).unwrap()
}

/// Files by name.
#[derive(Clone, Default)]
pub struct Folder(pub BTreeMap<String, Vec<u8>>);

impl Folder {
    /// The good samples.
    pub fn of_samples() -> Self {
        let names = ["41", "41-42", "42", "42-43", "43-44", "44"].map(|version| format!("example-{version}.shl.jsonl"));
        let names = names.into_iter().chain(["index.json".to_owned()]);
        Self(names.flat_map(|name| [name.clone(), format!("{name}.minisig")]).map(|name| (name.clone(), sample(&name))).collect())
    }

    pub fn put(&mut self, files: &[Named]) {
        self.0.extend(files.iter().map(|file| (file.name.clone(), file.bytes.clone())));
    }

    pub fn file(&self, name: &str) -> &[u8] {
        &self.0[name]
    }

    pub fn signature(&self, name: &str) -> &[u8] {
        &self.0[&format!("{name}.minisig")]
    }

    /// What a reader makes of the folder.
    pub fn plan(&self, current: Option<&Current>, keys: &Keyring, now_ms: i64) -> Result<Plan, Refusal> {
        plan(self.file("index.json"), self.signature("index.json"), current, None, keys, now_ms)
    }

    /// Brings a reader to the newest version; gives the names of the files that were fetched.
    pub fn update(&self, replay: &mut Replay) -> Result<Vec<String>, Refusal> {
        let mut fetched = Vec::new();
        let Plan::Fetch(mut update) = self.plan(replay.current(), replay.keys().unwrap(), NOW)? else { return Ok(fetched) };
        while let Some(part) = update.next().cloned() {
            fetched.push(part.file.clone());
            let bytes = self.file(&part.file);
            match update.take(&|| Ok(Box::new(bytes)), self.signature(&part.file), replay)? {
                Taken::Applied(applied) => assert!(applied.is_news, "an index leads to something new"),
                Taken::SnapshotInstead(_) => fetched.push("instead".to_owned()),
            }
        }
        update.finish(replay)?;
        Ok(fetched)
    }
}

/// A reader with a pinned key that has seen nothing.
pub fn reader(key: PublicKey) -> Replay {
    Replay::new(&Answers::default(), Some(Keyring::new(key)), NOW)
}

/// A file in memory, to be read again and again.
pub fn opening<'file>(file: &'file [u8]) -> impl Fn() -> std::io::Result<Box<dyn std::io::Read + 'file>> + 'file {
    move || Ok(Box::new(file))
}

/// Verifies a file and applies it.
pub fn take(replay: &mut Replay, file: &[u8], signature: &[u8]) -> Result<Applied, Refusal> {
    let verified = verify(file, limits::FILE_BYTES, signature, replay.keys().unwrap())?;
    replay.apply(&opening(file), Some(&verified))
}

/// A reader of the samples at version 41, with key one pinned.
pub fn at_41() -> Replay {
    let mut replay = reader(key(ONE));
    let name = "example-41.shl.jsonl";
    assert!(take(&mut replay, &sample(name), &sample(&format!("{name}.minisig"))).unwrap().is_news);
    replay
}

pub fn code<T>(result: Result<T, Refusal>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(refusal) => refusal.code(),
    }
}

pub fn keys_of(replay: &Replay) -> Vec<String> {
    let mut keys: Vec<String> = replay.entries().iter().map(|entry| entry.key).collect();
    keys.sort_unstable();
    keys
}

pub fn gone(replay: &Replay) -> Vec<&str> {
    replay.tombstones().iter().map(|tombstone| tombstone.key.as_str()).collect()
}

/// The test key of the samples.
pub fn test_key() -> SecretKey {
    SecretKey::read(std::str::from_utf8(&sample("key-one.TEST-ONLY.sec")).unwrap(), None).unwrap()
}

pub fn new_key() -> SecretKey {
    SecretKey::read(&KeyPair::generate(None).unwrap().secret_file, None).unwrap()
}

pub fn settings() -> Settings {
    Settings {
        slug: "own".to_owned(),
        list_id: "urn:uuid:6f0c1a52-0000-4000-8000-0000000000aa".to_owned(),
        name: "Our \"own\", list".to_owned(),
        publisher: "example.org".to_owned(),
        harm: Harm::Ncii,
        polarity: Polarity::Alert,
        reshare: Reshare::Members,
        licence: "CC0-1.0".to_owned(),
        contact: Some("abuse desk of example.org".to_owned()),
        labels: vec!["test".to_owned(), "sample".to_owned()],
    }
}

/// An entry with an MD5 made from a number.
pub fn entry(key: &str, number: u8) -> Entry {
    Entry {
        key: key.to_owned(),
        signals: vec![SignalValue::from_bytes(SignalKind::Md5, &[number; 16]).unwrap()],
        status: Status::Confirmed,
        ..Entry::default()
    }
}

/// A publisher who remembers its folder.
pub struct Publisher {
    pub key: SecretKey,
    pub settings: Settings,
    pub folder: Folder,
    pub seq: u64,
    pub created_ms: i64,
    pub next_key: Option<PublicKey>,
}

impl Publisher {
    pub fn new(key: SecretKey) -> Self {
        Self { key, settings: settings(), folder: Folder::default(), seq: 0, created_ms: NOW - 10 * DAY, next_key: None }
    }

    /// The version before, read back from the folder as a stranger would.
    fn previous(&self) -> Option<(Replay, Index)> {
        let index = Index::read(self.folder.0.get("index.json")?).unwrap();
        let mut replay = reader(index.key);
        let file = &index.snapshot.file;
        let applied = take(&mut replay, self.folder.file(file), self.folder.signature(file)).unwrap();
        assert_eq!(
            (applied.header.kind, applied.header.seq),
            (FileKind::Snapshot, index.latest_seq),
            "the index names the newest snapshot"
        );
        Some((replay, index))
    }

    /// Publishes the next version of these entries into the folder.
    pub fn publish(&mut self, entries: &[Entry]) -> Published {
        self.seq += 1;
        self.created_ms += DAY / 2;
        let own: Vec<OwnEntry<'_>> = entries.iter().map(|entry| OwnEntry { entry, origin: Origin::Own }).collect();
        let previous = self.previous();
        let publication = Publication {
            settings: &self.settings,
            seq: self.seq,
            created_ms: self.created_ms,
            expires_ms: self.created_ms + 30 * DAY,
            next_key: self.next_key,
            entries: &own,
            tombstones: &[],
            previous: previous.as_ref().map(|(replay, index)| Previous { replay, index }),
        };
        let published = publish(&publication, &self.key).unwrap();
        self.folder.put(&published.files);
        published
    }
}

/// A signature of any bytes, as a publisher with another program would make it.
pub fn sign(key: &KeyPair, bytes: &[u8]) -> Vec<u8> {
    let secret = minisign::SecretKeyBox::from(key.secret_file.clone()).into_unencrypted_secret_key().unwrap();
    minisign::sign(None, &secret, bytes, Some("timestamp:1"), None).unwrap().into_string().into_bytes()
}
