//! What publishing writes, in which order, and what it refuses.

use hashlist::shl::{
    Index, KeyPair, KeyProblem, Origin, OwnEntry, Plan, Previous, Publication, PublishProblem, Published, Reshare, SecretKey, Settings,
    publish, refresh,
};
use hashlist::state::{Reason, Tombstone};
use hashlist::{Answers, Entry, Format, Harm, Media, Quality, SignalKind, SignalValue, Status, import_bytes};

use crate::folder::*;

fn one<'a>(
    settings: &'a Settings,
    entries: &'a [OwnEntry<'a>],
    change: impl FnOnce(&mut Publication<'a>),
) -> Result<Published, PublishProblem> {
    let (created_ms, expires_ms) = (NOW, NOW + 30 * DAY);
    let mut publication =
        Publication { settings, seq: 1, created_ms, expires_ms, next_key: None, entries, tombstones: &[], previous: None };
    change(&mut publication);
    publish(&publication, &test_key())
}

const fn own(entry: &Entry) -> OwnEntry<'_> {
    OwnEntry { entry, origin: Origin::Own }
}

fn names(published: &Published) -> Vec<&str> {
    published.files.iter().map(|file| file.name.as_str()).collect()
}

fn text(published: &Published, name: &str) -> String {
    String::from_utf8(published.files.iter().find(|file| file.name == name).unwrap().bytes.clone()).unwrap()
}

#[test]
fn files_come_in_the_order_in_which_they_are_put_in_place() {
    let mut publisher = Publisher::new(new_key());
    let first = publisher.publish(&[entry("a", 1)]);
    assert_eq!(
        names(&first),
        [
            "own-1.shl.jsonl",
            "own-1.shl.jsonl.minisig",
            "TERMS.txt",
            "own-1.tx.txt",
            "own-1.csv",
            "minisign.pub",
            "index.json.minisig",
            "index.json"
        ]
    );
    let second = publisher.publish(&[entry("a", 2), entry("b", 3)]);
    assert_eq!(names(&second)[2..4], ["own-1-2.shl.jsonl", "own-1-2.shl.jsonl.minisig"], "the delta follows the snapshot");
    assert_eq!(names(&second).last(), Some(&"index.json"), "whoever reads the index finds what it names");
    assert_eq!((second.counts.live, second.counts.added, second.counts.changed, second.counts.withdrawn), (2, 1, 1, 0));
    let third = publisher.publish(&[entry("b", 3)]);
    assert_eq!((third.counts.added, third.counts.changed, third.counts.withdrawn), (0, 0, 1));
    assert!(
        text(&third, "own-2-3.shl.jsonl").contains("\"op\":\"del\",\"id\":\"a\",\"reason\":\"withdrawn\""),
        "missing without a word is withdrawn"
    );
}

#[test]
fn a_version_is_stood_by_for_longer_without_a_new_number() {
    let mut publisher = Publisher::new(new_key());
    publisher.publish(&[entry("a", 1)]);
    let mut reader = reader(publisher.key.public());
    publisher.folder.update(&mut reader).unwrap();
    let index = Index::read(publisher.folder.file("index.json")).unwrap();
    let files = refresh(&index, NOW + 20 * DAY, NOW + 50 * DAY, &publisher.key).unwrap();
    assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["index.json.minisig", "index.json"]);
    publisher.folder.put(&files);
    let Plan::UpToDate(read) = publisher.folder.plan(reader.current(), reader.keys().unwrap(), NOW + 20 * DAY).unwrap() else {
        panic!("nothing is to be fetched")
    };
    assert_eq!(read, Index { created_ms: NOW + 20 * DAY, expires_ms: NOW + 50 * DAY, ..index.clone() }, "and nothing else has changed");
    assert_eq!(
        refresh(&index, NOW, NOW + DAY, &new_key()),
        Err(PublishProblem::KeyNotAnnounced),
        "only with the key that signed the version"
    );
    assert!(matches!(refresh(&index, NOW, NOW, &publisher.key), Err(PublishProblem::Settings { .. })), "a life has a length");
}

#[test]
fn equal_content_gives_equal_bytes_but_for_signatures() {
    let (a, b) = (entry("a", 1), entry("b", 2));
    let forward = one(&settings(), &[own(&a), own(&b)], |_| {}).unwrap();
    let backward = one(&settings(), &[own(&b), own(&a)], |_| {}).unwrap();
    for (one, other) in forward.files.iter().zip(&backward.files) {
        assert!(one == other || one.name.ends_with(".minisig"), "{}: signatures are random, content is not", one.name);
    }
}

#[test]
fn a_reason_of_the_publisher_is_kept_for_ninety_days() {
    let live = entry("a", 1);
    let gone = |key: &str, reason, age_days: i64| Tombstone {
        key: key.to_owned(),
        number: 0,
        reason,
        at: Some(NOW - age_days * DAY),
        signals: Vec::new(),
    };
    let tombstones =
        [gone("m", Reason::Mistake, 90), gone("o", Reason::Other, 91), gone("a", Reason::Merged, 1), gone("n", Reason::Absent, 2)];
    let published = one(&settings(), &[own(&live)], |publication| publication.tombstones = &tombstones).unwrap();
    let file = text(&published, "own-1.shl.jsonl");
    assert!(file.contains(r#""id":"m","reason":"mistake""#), "90 days ago");
    assert!(!file.contains(r#""id":"o""#), "91 days ago");
    assert!(!file.contains(r#""reason":"merged""#), "what is live again is not gone");
    assert!(file.contains(r#""id":"n","reason":"withdrawn""#), "our own word for it is none of the format");
}

#[test]
fn entries_that_may_not_be_published_are_all_named() {
    let pdq = SignalValue::from_bytes(SignalKind::Pdq, &[0x5a; 32]).unwrap();
    let nothing = SignalValue::from_bytes(SignalKind::Md5, &[0; 16]).unwrap();
    let bad = [
        Entry { signals: vec![nothing], ..entry("seed", 1) },
        Entry { signals: vec![pdq], quality: Some(Quality::new(49)), ..entry("quality", 1) },
        Entry { labels: vec!["unknown".to_owned()], ..entry("label", 1) },
        Entry { signals: vec![nothing], kept: vec![("tlsh".to_owned(), format!("T1{}", "0".repeat(70)))], ..entry("seeds", 1) },
        Entry { signals: Vec::new(), kept: vec![("photodna".to_owned(), "00".repeat(144))], ..entry("photodna", 1) },
        Entry { source: Some("user@example.org".to_owned()), ..entry("handle", 1) },
        Entry { source: Some("https://example.org/x".to_owned()), ..entry("address", 1) },
        Entry { size: Some(1 << 53), ..entry("size", 1) },
        Entry { added: Some(i64::MAX), ..entry("time", 1) },
        entry("a key with spaces", 1),
        Entry {
            signals: (0..65).map(|number| SignalValue::from_bytes(SignalKind::Md5, &[number + 1; 16]).unwrap()).collect(),
            ..entry("many", 1)
        },
        entry("twice", 1),
    ];
    let good = [entry("twice", 2), Entry { signals: vec![pdq], quality: Some(Quality::new(50)), ..entry("fine", 1) }];
    let all: Vec<OwnEntry<'_>> = good.iter().chain(&bad).map(own).collect();
    let Err(PublishProblem::Entries { entries }) = one(&settings(), &all, |_| {}) else { panic!("they may not be published") };
    assert_eq!(entries.iter().map(|(place, _)| *place).collect::<Vec<_>>(), (2..14).collect::<Vec<_>>(), "{entries:?}");
}

#[test]
fn an_entry_of_another_list_goes_no_further_than_that_list_allows() {
    let a = entry("a", 1);
    for (theirs, ours, allowed) in [
        (Reshare::None, Reshare::None, false),
        (Reshare::None, Reshare::Members, false),
        (Reshare::Members, Reshare::Members, true),
        (Reshare::Members, Reshare::None, true),
        (Reshare::Members, Reshare::Open, false),
        (Reshare::Open, Reshare::Open, true),
    ] {
        let settings = Settings { reshare: ours, ..settings() };
        let published = one(&settings, &[OwnEntry { entry: &a, origin: Origin::List(theirs) }], |_| {});
        assert_eq!(published.is_ok(), allowed, "{theirs:?} into {ours:?}");
    }
}

#[test]
fn settings_and_numbers_are_checked() {
    let a = entry("a", 1);
    let with = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        one(&settings, &[own(&a)], |_| {}).map(drop).map_err(|problem| problem.code())
    };
    assert_eq!(with(&|_| {}), Ok(()));
    let bad: [&dyn Fn(&mut Settings); 9] = [
        &|settings| settings.name = " ".to_owned(),
        &|settings| settings.name = "x".repeat(101),
        &|settings| settings.publisher.clear(),
        &|settings| settings.slug = "Own".to_owned(),
        &|settings| settings.list_id = "urn:uuid:1".to_owned(),
        &|settings| settings.harm = Harm::Practice,
        &|settings| settings.harm = Harm::Unknown,
        &|settings| settings.labels = vec!["A".to_owned()],
        &|settings| settings.licence = "x".repeat(201),
    ];
    for change in bad {
        assert_eq!(with(change), Err("bad_settings"));
    }
    let numbers: [fn(&mut Publication<'_>); 4] = [
        |publication| publication.seq = 0,
        |publication| publication.seq = 1 << 53,
        |publication| publication.expires_ms = publication.created_ms,
        |publication| publication.expires_ms = publication.created_ms + 401 * DAY,
    ];
    for change in numbers {
        assert_eq!(one(&settings(), &[own(&a)], change).unwrap_err().code(), "bad_settings");
    }
}

#[test]
fn a_version_follows_the_one_before_with_a_key_that_readers_accept() {
    let (old, new) = (new_key(), new_key());
    let new_public = new.public();
    let mut publisher = Publisher::new(old);
    publisher.publish(&[entry("a", 1)]);
    let index = hashlist::shl::Index::read(publisher.folder.file("index.json")).unwrap();
    let mut replay = reader(index.key);
    assert!(take(&mut replay, publisher.folder.file("own-1.shl.jsonl"), publisher.folder.signature("own-1.shl.jsonl")).unwrap().is_news);
    let (a, settings) = (entry("a", 1), settings());
    let next = |seq: u64, key: &SecretKey, list_id: &str| {
        let settings = Settings { list_id: list_id.to_owned(), ..settings.clone() };
        let previous = Some(Previous { replay: &replay, index: &index });
        let publication = Publication {
            settings: &settings,
            seq,
            created_ms: NOW,
            expires_ms: NOW + DAY,
            next_key: None,
            entries: &[own(&a)],
            tombstones: &[],
            previous,
        };
        publish(&publication, key).map(drop).map_err(|problem| problem.code())
    };
    assert_eq!(next(2, &publisher.key, &settings.list_id), Ok(()));
    assert_eq!(next(1, &publisher.key, &settings.list_id), Err("seq_not_above"));
    assert_eq!(next(2, &new, &settings.list_id), Err("key_not_announced"));
    assert_eq!(next(2, &publisher.key, "urn:uuid:6f0c1a52-0000-4000-8000-0000000000bb"), Err("other_list_id"));

    publisher.next_key = Some(new_public);
    publisher.publish(&[entry("a", 1)]);
    (publisher.key, publisher.next_key) = (new, None);
    publisher.publish(&[entry("a", 1), entry("b", 2)]);
    let fetched = publisher.folder.update(&mut replay).unwrap();
    assert_eq!(fetched, ["own-1-2.shl.jsonl", "own-2-3.shl.jsonl"], "a reader follows the announcement");
    assert_eq!(replay.keys().unwrap().pinned, new_public);
}

#[test]
fn projections_hold_what_the_tx_program_has_names_for() {
    let pdq = SignalValue::from_bytes(SignalKind::Pdq, &[0x5a; 32]).unwrap();
    let vpdq = format!("[[\"{pdq}\",100,0.0],[\"{pdq}\",99,123.456]]");
    let entries = [
        Entry { labels: vec!["test".to_owned(), "sample".to_owned()], signals: vec![pdq, entry("", 1).signals[0]], ..entry("a", 1) },
        Entry { media: Some(Media::Video), status: Status::Suspected, kept: vec![("vpdq".to_owned(), vpdq)], ..entry("b", 2) },
        Entry { media: Some(Media::Video), status: Status::Disputed, ..entry("c", 3) },
        Entry {
            kept: vec![("tlsh".to_owned(), format!("T1{}", "0A".repeat(35))), ("photodna".to_owned(), "00".repeat(144))],
            ..entry("d", 4)
        },
    ];
    let own: Vec<_> = entries.iter().map(own).collect();
    let published = one(&settings(), &own, |_| {}).unwrap();
    let lines = text(&published, "own-1.tx.txt");
    let kinds: Vec<_> = lines.lines().map(|line| line.split_once(' ').unwrap().0).collect();
    assert_eq!(kinds, ["pdq", "video_md5", "vpdq", "text_tlsh"], "no disputed entry, no digest of a picture");
    let csv = text(&published, "own-1.csv");
    assert_eq!(csv.lines().count(), 6, "a header, and the disputed one too");
    assert!(
        csv.split("\r\n").nth(1).unwrap().ends_with(",\"Our \"\"own\"\", list\",POSITIVE_CLASS,test sample"),
        "quoted as RFC 4180 says"
    );
    assert_eq!((published.counts.not_projected, published.counts.left_out["photodna"], published.counts.has_pdq), (3, 1, true));
    assert!(!text(&published, "own-1.shl.jsonl").contains("photodna"), "never passed on");

    for (name, format, wanted) in [("own-1.tx.txt", Format::TxLines, 4), ("own-1.csv", Format::TxCsv, 5)] {
        let answers = Answers { harm: Some(Harm::Ncii), ..Answers::default() };
        let read = import_bytes(text(&published, name).as_bytes(), name, &answers).unwrap();
        assert_eq!((read.format, read.report.rejected_count()), (format, 0), "{name}");
        assert_eq!(read.entries.iter().map(|entry| entry.signals.len() + entry.kept.len()).sum::<usize>(), wanted, "{name}");
    }

    let closed = Settings { reshare: Reshare::None, ..settings() };
    let published = one(&closed, &own[..1], |_| {}).unwrap();
    assert!(!names(&published).iter().any(|name| name.ends_with(".csv") || name.ends_with(".txt")), "a list for nobody else has no copies");
}

#[test]
fn secret_keys_are_read_with_their_password_and_refused_without() {
    let pair = KeyPair::generate(Some("correct horse")).unwrap();
    let read = |file: &str, password| SecretKey::read(file, password).map(|key| key.public());
    assert_eq!(read(&pair.secret_file, Some("correct horse")), Ok(pair.public));
    assert_eq!(read(&pair.secret_file, Some("wrong")), Err(KeyProblem::WrongPassword));
    assert_eq!(read(&pair.secret_file, None), Err(KeyProblem::NeedsPassword));
    assert_eq!(test_key().public(), key(ONE), "the test key of the samples");
    assert_eq!(read(&pair.public.to_file(), None), Err(KeyProblem::NotAKey), "a public key is no secret key");
    let plain = KeyPair::generate(None).unwrap();
    assert_eq!(read(&plain.secret_file, Some("not needed")), Ok(plain.public), "a password too many does no harm");
    assert_ne!(plain.public, pair.public, "every pair is another");
    // One character of the key itself, far from the padding.
    let at = plain.secret_file.len() - 100;
    let other = if plain.secret_file.as_bytes()[at] == b'A' { "B" } else { "A" };
    let mut damaged = plain.secret_file.clone();
    damaged.replace_range(at..=at, other);
    assert_eq!(read(&damaged, None), Err(KeyProblem::Damaged));
}
