//! Good and bad samples, the rules of records, and their limits.

use hashlist::shl::{Keyring, Replay, verify};
use hashlist::{Answers, Difference, Format, Harm, Refusal, Status, import_bytes, limits, recognise};
use serde_json::{Value as Json, json};

use crate::folder::*;

fn expected() -> Json {
    serde_json::from_slice(&sample("expected.json")).unwrap()
}

fn texts(json: &Json) -> Vec<&str> {
    let mut texts: Vec<&str> = match json {
        Json::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect(),
        other => other.as_object().unwrap().keys().map(String::as_str).collect(),
    };
    texts.sort_unstable();
    texts
}

fn apply_sample(replay: &mut Replay, name: &str) -> Result<hashlist::shl::Applied, Refusal> {
    take(replay, &sample(name), &sample(&format!("{name}.minisig")))
}

#[test]
fn the_keys_of_the_samples_have_their_ids_and_words() {
    for (file, name) in [("key-one.pub", "one"), ("key-two.pub", "two")] {
        let key = key(std::str::from_utf8(&sample(file)).unwrap());
        let expected = &expected()["keys"][name];
        assert_eq!(json!(key.key_id()), expected["id"], "{file}");
        assert_eq!(json!(key.words()), expected["words"], "{file}");
    }
}

#[test]
fn the_good_samples_lead_from_version_to_version() {
    let expected = &expected()["good"];
    let mut replay = at_41();
    assert_eq!(keys_of(&replay), texts(&expected["example-41.shl.jsonl"]["live"]), "41");
    assert_eq!(gone(&replay), ["z9"], "41");
    let before = replay.entries().clone();

    assert!(apply_sample(&mut replay, "example-41-42.shl.jsonl").unwrap().is_news);
    let at_42 = &expected["example-41.shl.jsonl + example-41-42.shl.jsonl"];
    assert_eq!(
        (keys_of(&replay), gone(&replay)),
        (texts(&at_42["live"]).into_iter().map(str::to_owned).collect(), texts(&at_42["tombstones"])),
        "42"
    );
    let changes = Difference::of(&before, replay.entries());
    let after = |places: &[u32]| places.iter().map(|place| replay.entries().get(*place as usize).unwrap().key).collect::<Vec<_>>();
    assert_eq!(
        (after(&changes.added), after(&changes.changed), changes.withdrawn),
        (vec!["e2".to_owned()], vec!["e1".to_owned()], vec!["e0".to_owned()]),
        "as expected.json says"
    );

    let mut by_snapshot = reader(key(ONE));
    assert!(apply_sample(&mut by_snapshot, "example-42.shl.jsonl").unwrap().is_news);
    assert!(Difference::of(by_snapshot.entries(), replay.entries()).is_empty(), "the snapshot holds what the delta leads to");
    assert!(!apply_sample(&mut replay, "example-42.shl.jsonl").unwrap().is_news, "the snapshot of our own version is nothing new");
    assert!(!apply_sample(&mut replay, "example-41-42.shl.jsonl").unwrap().is_news, "nor is the same file once more");

    let announcing = apply_sample(&mut replay, "example-42-43.shl.jsonl").unwrap();
    assert_eq!(announcing.header.next_key, Some(key(TWO)), "43 announces key two");
    let e3 = replay.entries().iter().find(|entry| entry.key == "e3").unwrap();
    assert_eq!((e3.status, e3.matchable().count()), (Status::Test, 0), "a test entry never alerts");
    assert_eq!(
        e3.kept.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(),
        ["tlsh", "vpdq", "x_future"],
        "known and unknown kinds are kept"
    );

    assert!(apply_sample(&mut replay, "example-43-44.shl.jsonl").unwrap().is_news, "key two, announced");
    assert_eq!(replay.keys(), Some(&Keyring::new(key(TWO))), "key one is retired");
    assert_eq!(keys_of(&replay), texts(&expected["+ example-43-44.shl.jsonl"]["live"]), "44");
    let import = replay.into_import().unwrap();
    assert_eq!(
        (import.format, import.harm, import.entries.len(), import.withdrawn),
        (Format::Shl, Some(Harm::Ncii), 3, vec!["e0".to_owned(), "z9".to_owned()]),
        "like every other import"
    );
}

#[test]
fn f73_who_never_saw_the_announcement_does_not_take_the_new_key() {
    assert_eq!(code(apply_sample(&mut at_41(), "example-43-44.shl.jsonl")), "unknown_key");
    assert_eq!(code(apply_sample(&mut reader(key(ONE)), "example-44.shl.jsonl")), "unknown_key");
}

#[test]
fn the_legacy_signature_is_read() {
    assert!(apply_sample(&mut at_41(), "legacy-42.shl.jsonl").unwrap().is_news);
}

#[test]
fn bad_samples_get_their_code_and_change_nothing() {
    for (name, expected) in expected()["bad_for_a_reader_at_41_with_key_one"].as_object().unwrap() {
        let mut replay = at_41();
        let before = (replay.current().cloned(), replay.keys().copied(), replay.clone().into_list());
        let result = apply_sample(&mut replay, &format!("bad/{name}"));
        let wanted = expected.as_str().unwrap().split([',', ';', ' ']).next().unwrap();
        let refused = result.is_err();
        assert_eq!(code(result), wanted, "{name}");
        if refused {
            assert_eq!(before, (replay.current().cloned(), replay.keys().copied(), replay.into_list()), "{name} changed something");
        }
    }
}

#[test]
fn seeds_and_low_quality_are_kept_and_cannot_match() {
    let mut replay = at_41();
    assert!(apply_sample(&mut replay, "bad/empty-and-plain-42.shl.jsonl").unwrap().is_news);
    let flags: Vec<_> = replay.entries().iter().map(|entry| (entry.key.clone(), entry.flags.names(), entry.matchable().count())).collect();
    assert_eq!(
        flags,
        [("p1", vec!["never_alert"], 0), ("p2", vec!["never_alert"], 0), ("p3", vec!["low_quality"], 0)].map(|(key, flags, count)| (
            key.to_owned(),
            flags,
            count
        ))
    );
}

#[test]
fn an_unknown_harm_is_the_careful_one_and_practice_needs_an_answer() {
    let mut replay = at_41();
    assert!(apply_sample(&mut replay, "bad/harm-unknown-42.shl.jsonl").unwrap().is_news);
    assert!(replay.into_import().unwrap().harm.unwrap().never_shown(), "handled like csam");
    let answers = Answers { harm: Some(Harm::Local), ..Answers::default() };
    let mut replay = Replay::new(&answers, Some(Keyring::new(key(ONE))), NOW);
    assert!(apply_sample(&mut replay, "bad/harm-practice-42.shl.jsonl").unwrap().is_news, "the operator named a harm");
    assert_eq!(replay.into_import().unwrap().harm, Some(Harm::Local));
}

#[test]
fn a_file_is_recognised_by_its_content_and_read_unsigned_only_as_a_new_list() {
    let file = sample("example-42.shl.jsonl");
    assert_eq!(recognise(&file, true, "list.txt").unwrap().format, Format::Shl);
    assert_eq!(code(recognise(&sample("index.json"), true, "index.json")), "not_a_list", "the index alone is no list");
    let import = import_bytes(&file, "x", &Answers::default()).unwrap();
    assert_eq!((import.entries.len(), import.notes.as_slice()), (2, &["Nobody signed this list.".to_owned()][..]));
    assert_eq!(
        code(import_bytes(&sample("example-41-42.shl.jsonl"), "x", &Answers::default())),
        "base_mismatch",
        "a delta says nothing alone"
    );
    assert_eq!(code(at_41().apply(&opening(&file), None)), "unsigned", "signed once, signed for ever");
}

/// A snapshot with these header values and records, read without a signature.
fn unsigned(change: impl FnOnce(&mut Json), records: &[Json]) -> Result<hashlist::Import, Refusal> {
    let live: std::collections::BTreeSet<_> =
        records.iter().filter(|record| record["op"] == "add").map(|record| record["id"].to_string()).collect();
    let mut header: Json = serde_json::from_slice(sample("example-42.shl.jsonl").split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    header["count"] = json!(records.len());
    header["live"] = json!(live.len());
    change(&mut header);
    let lines: String = std::iter::once(&header).chain(records).map(|line| format!("{line}\n")).collect();
    import_bytes(lines.as_bytes(), "x", &Answers { now_ms: Some(NOW), ..Answers::default() })
}

fn good_record() -> Json {
    json!({"op":"add","id":"a","signals":{"md5":"900150983cd24fb0d6963f7d28e17f72"},"status":"confirmed","labels":[]})
}

fn with(key: &str, value: Json) -> Json {
    let mut record = good_record();
    record[key] = value;
    record
}

#[test]
fn headers_are_strict_at_their_limits() {
    let good: [(&str, Json); 9] = [
        ("name", json!("é".repeat(100))),
        ("publisher", json!("x".repeat(200))),
        ("expires", json!("2027-12-25T09:00:00Z")),
        ("seq", json!((1u64 << 53) - 1)),
        ("labels", json!((0..64).map(|number| format!("l{number}")).collect::<Vec<_>>())),
        ("created", json!("2026-12-01T00:00:00Z")),
        ("reshare", json!("open")),
        ("an_unknown_key", json!({"deep": [1]})),
        ("contact", json!("x".repeat(200))),
    ];
    for (key, value) in good {
        assert_eq!(code(unsigned(|header| header[key] = value.clone(), &[good_record()])), "accepted", "{key}");
    }
    let bad: [(&str, Json, &str); 24] = [
        ("name", json!("é".repeat(101)), "bad_header"),
        ("name", json!(""), "bad_header"),
        ("publisher", json!("x".repeat(201)), "bad_header"),
        ("expires", json!("2027-12-25T09:00:01Z"), "bad_header"),
        ("expires", json!("2026-11-20T09:00:00Z"), "bad_header"),
        ("created", json!("2026-12-01T00:00:01Z"), "from_the_future"),
        ("seq", json!(1u64 << 53), "bad_header"),
        ("seq", json!(0), "bad_header"),
        ("seq", json!(1.5), "bad_header"),
        ("seq", json!("42"), "bad_header"),
        ("kind", json!("page"), "bad_header"),
        ("base_seq", json!(41), "bad_header"),
        ("list_id", json!("6f0c1a52-0000-4000-8000-000000000001"), "bad_header"),
        ("polarity", json!("Alert"), "bad_header"),
        ("harm", json!(null), "bad_header"),
        ("reshare", json!("all"), "bad_header"),
        ("licence", json!("x".repeat(201)), "bad_header"),
        ("labels", json!((0..65).map(|number| format!("l{number}")).collect::<Vec<_>>()), "bad_header"),
        ("labels", json!(["A"]), "bad_header"),
        ("next_key", json!("RWQ"), "bad_header"),
        ("live", json!(50_000_001), "bad_header"),
        ("shl", json!(0), "bad_header"),
        ("shl", json!(2), "newer_format"),
        ("count", json!(2), "count_mismatch"),
    ];
    for (key, value, wanted) in bad {
        assert_eq!(code(unsigned(|header| header[key] = value.clone(), &[good_record()])), wanted, "{key} {value:.40}");
    }
}

#[test]
fn records_are_strict_where_the_format_knows_a_key_and_open_where_it_does_not() {
    let pdq = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
    let tlsh = format!("T1{}", "0A".repeat(35));
    let md5s = |count: usize| (0..count).map(|number| format!("{number:032x}")).collect::<Vec<_>>();
    let good = [
        with("colour", json!([null])),
        with("signals", json!({"md5": md5s(64)})),
        with("signals", json!({"pdq": [pdq], "sha512": "ab".repeat(64), "tlsh": tlsh, "img-gradient-8x8-dct": "00ff"})),
        with("signals", json!({"vpdq": [[pdq, 100, 0]]})),
        with("signals", json!({"vpdq": [[[pdq, 100, 0]], [[pdq, 3, 1.5]]]})),
        with("signals", json!({"MD5": "not ours", "x": {"y": 1}, "img-new-8x8": "Q"})),
        with("quality", json!({"pdq": 100, "other": -1})),
        with("labels", json!(["test", "sample", "test"])),
        with("size", json!(0)),
        with("id", json!("a".repeat(128))),
    ];
    for record in good {
        assert_eq!(code(unsigned(|_| {}, std::slice::from_ref(&record))), "accepted", "{record:.100}");
    }
    let bad = [
        with("signals", json!({})),
        with("signals", json!({"md5": md5s(65)})),
        with("signals", json!({"md5": []})),
        with("signals", json!({"md5": 5})),
        with("signals", json!({"pdq": pdq.to_uppercase()})),
        with("signals", json!({"tlsh": tlsh.to_lowercase()})),
        with("signals", json!({"tlsh": &tlsh[2..]})),
        with("signals", json!({"vpdq": [[pdq, 101, 0]]})),
        with("signals", json!({"vpdq": []})),
        with("signals", json!({"img-gradient-8x8": "0"})),
        with("signals", json!((0..65).map(|kind| (format!("k{kind}"), json!(1))).collect::<serde_json::Map<_, _>>())),
        with("quality", json!({"pdq": 101})),
        with("quality", json!(100)),
        with("size", json!(-1)),
        with("media", json!("picture")),
        with("status", json!("Confirmed")),
        with("labels", json!(null)),
        with("added", json!("2026-11-12")),
        with("source", json!("x".repeat(201))),
        with("id", json!("a".repeat(129))),
        with("id", json!("a/b")),
        with("op", json!("rename")),
        json!({"op":"del","id":"a","reason":"absent","at":"2026-11-20T08:59:00Z"}),
        json!({"op":"del","id":"a","reason":"mistake","at":"now"}),
        json!({"op":"del","id":"a","reason":"mistake"}),
        json!([]),
    ];
    for record in bad {
        let records = [with("id", json!("z")), record.clone()];
        assert_eq!(code(unsigned(|header| header["live"] = json!(2), &records)), "bad_record", "{record:.100}");
    }
}

#[test]
fn lines_are_taken_at_their_limit_and_in_one_form_only() {
    let padded = |line_bytes: usize| {
        let bare = with("pad", json!("")).to_string().len() + 1;
        with("pad", json!("x".repeat(line_bytes - bare)))
    };
    assert_eq!(code(unsigned(|_| {}, &[padded(limits::SHL_LINE_BYTES)])), "accepted", "65,536 bytes with the LF");
    assert_eq!(code(unsigned(|_| {}, &[padded(limits::SHL_LINE_BYTES + 1)])), "line_too_long", "one more");

    let good = String::from_utf8(sample("example-42.shl.jsonl")).unwrap();
    let read = |text: String| code(import_bytes(text.as_bytes(), "x", &Answers { format: Some(Format::Shl), ..Answers::default() }));
    assert_eq!(read(good.clone()), "accepted");
    assert_eq!(read(good.trim_end().to_owned()), "ends_early", "no LF at the end");
    assert_eq!(read(good.replace('\n', "\r\n")), "bad_header", "CR LF");
    assert_eq!(read(good.replacen("\n", "\n\n", 2)), "bad_record", "a blank line");
    assert_eq!(read(good.replacen("\"size\":3", "\"size\":3,\"size\":4", 1)), "bad_record", "a key twice");
    assert_eq!(
        read(format!("{good}{{\"op\":\"del\",\"id\":\"q\",\"reason\":\"other\",\"at\":\"2026-11-20T08:59:00Z\"}}\n")),
        "count_mismatch",
        "more than counted"
    );
}

#[test]
fn f73_a_legacy_signature_counts_only_up_to_its_limit() {
    let signature = sample("legacy-42.shl.jsonl.minisig");
    let zeros = |bytes: u64| std::io::Read::take(std::io::repeat(0), bytes);
    let check = |bytes: u64, most_bytes: u64| code(verify(zeros(bytes), most_bytes, &signature, &Keyring::new(key(ONE))));
    // Hashing 64 MiB takes long without optimisation, so the lower of the two limits is tried at its own value.
    assert_eq!(check(1000, 1000), "bad_signature", "at the limit it is looked at");
    assert_eq!(check(1001, 1000), "too_large", "one byte more is not");
    assert_eq!(check(limits::LEGACY_SIGNED_BYTES + 1, limits::FILE_BYTES), "too_large", "nor is one byte more than 64 MiB");
}
