//! Every sample gives exactly what `samples/expected.json` says: format, entries, rejected and skipped lines, duplicates, verdict.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::collections::BTreeMap;

use hashlist::normalize::{Encoding, Value, normalize};
use hashlist::{Answers, Content, Entry, Import, SignalKind, parse};
use serde_json::{Value as Json, json};
use support::{read, sample};

/// The samples of the formats that this build reads.
const READ: [&str; 14] = [
    "hashes-mixed.txt",
    "hex64-pdq.txt",
    "hex64-sha256.txt",
    "hex64-mixed.txt",
    "hex64-few.txt",
    "csv-columns.csv",
    "csv-typed.csv",
    "csv-tabs.tsv",
    "md5deep-z.txt",
    "SHA256SUMS",
    "bsd-tags.txt",
    "hashdeep.txt",
    "hashdeep-sha1.txt",
    "tx-local-file.txt",
];

fn expected() -> Json {
    serde_json::from_slice(&sample("expected.json")).unwrap()
}

/// An entry in the shape of `expected.json`, with the keys that stand there for it.
fn shape(entry: &Entry, expected: &Json) -> Json {
    let mut signals = serde_json::Map::new();
    for signal in &entry.signals {
        signals.insert(signal.kind().to_string(), json!(signal.to_string()));
    }
    for (kind, text) in &entry.kept {
        let value = if kind == "vpdq" { serde_json::from_str(text).unwrap() } else { json!(text) };
        signals.insert(kind.clone(), value);
    }
    let mut shape = json!({"key": entry.key, "signals": signals});
    let all = [
        ("size", entry.size.map(|size| json!(size))),
        ("labels", (!entry.labels.is_empty()).then(|| json!(entry.labels))),
        ("quality", entry.quality.map(|quality| json!({"pdq": quality.get()}))),
        ("media", entry.media.map(|media| json!(media.as_str()))),
        ("source", entry.source.as_ref().map(|source| json!(source))),
    ];
    for (key, value) in all {
        // vPDQ entries of a dataset say nothing of their media in the table.
        if let Some(value) = value.filter(|_| key != "media" || expected.get("media").is_some() || !entry.key.starts_with("vpdq")) {
            shape[key] = value;
        }
    }
    if expected.get("status").is_some() {
        shape["status"] = json!(entry.status.as_str());
    }
    if !entry.flags.names().is_empty() {
        // The table writes a flag of one signal as `<kind>: <flag>`.
        let named = |flag: &&str| match entry.kept.first() {
            Some((kind, _)) if *flag == "kept_not_matched" && !entry.signals.is_empty() => format!("{kind}: {flag}"),
            _ => (*flag).to_owned(),
        };
        shape["flags"] = json!(entry.flags.names().iter().map(named).collect::<Vec<_>>());
    }
    shape
}

/// Skipped records by number, as a parser hands them over.
fn skipped(import: &Import, bytes: &[u8]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    parse(import.format, bytes, &Answers::default(), &mut |record| {
        if let Content::Skipped(reason) = record.content {
            found.insert(record.number.to_string(), reason.as_str().to_owned());
        }
    })
    .unwrap();
    found
}

fn check(name: &str, expected: &Json) {
    let bytes = sample(name);
    let import = read(&bytes, name).unwrap();
    assert_eq!(import.format.as_str(), expected["format"], "{name}: format");
    let rejected: BTreeMap<String, &str> =
        import.report.rejected_records.iter().map(|rejected| (rejected.record.to_string(), rejected.reason)).collect();
    assert_eq!(json!(rejected), expected["rejected"], "{name}: rejected");
    assert_eq!(json!(import.withdrawn), expected["withdrawn"], "{name}: withdrawn");
    assert_eq!(import.report.rejected_count(), rejected.len() as u64, "{name}: every rejected record is counted");
    let duplicates = expected.get("duplicates").and_then(Json::as_object).map_or(0, serde_json::Map::len);
    assert_eq!(import.report.duplicate, duplicates as u64, "{name}: duplicates");
    if let Some(verdict) = expected.get("verdict") {
        let found = import.hex.unwrap();
        let proposal = found.proposal.map(SignalKind::as_str);
        assert_eq!(json!({"n": found.n, "k": found.k, "proposal": proposal}), *verdict, "{name}: verdict");
        assert_eq!(import.open_questions.is_empty(), proposal.is_some(), "{name}: without a proposal the kind is asked");
        assert_eq!(import.entries.is_empty(), proposal.is_none(), "{name}: nothing is taken while the kind is open");
    } else {
        assert_eq!(json!(skipped(&import, &bytes)), expected["skipped"], "{name}: skipped");
        let expected_entries = expected["entries"].as_array().unwrap();
        assert_eq!(import.entries.len(), expected_entries.len(), "{name}: number of entries");
        for (entry, expected) in import.entries.iter().zip(expected_entries) {
            assert_eq!(shape(&entry, expected), *expected, "{name}: entry");
        }
    }
    let outcomes = import.report.added + import.report.replaced + import.report.duplicate + import.report.withdrawn;
    let total = outcomes + import.report.skipped_count() + import.report.rejected_count() + import.report.undecided;
    assert_eq!(total, import.report.records, "{name}: every record has exactly one outcome");
}

#[test]
fn every_sample_gives_exactly_what_is_expected() {
    let expected = expected();
    for name in READ.into_iter().chain(["tx-dataset.csv"]) {
        check(name, &expected[name]);
    }
}

#[test]
fn samples_that_are_no_lists_are_refused_with_their_code() {
    let expected = expected();
    let files = ["login-page.html", "api-error.json", "tcap-urls.csv", "test.mdb", "tmk-stub.tmk", "ncmec-doctype.xml", "truncated.json"];
    for name in files {
        let refusal = read(&sample(name), name).unwrap_err();
        assert_eq!(refusal.code(), expected[name]["refused"], "{name}: code");
        assert!(refusal.sentence().ends_with('.'), "{name}: a sentence for the screen");
    }
}

#[test]
fn the_report_of_the_mixed_sample_is_the_one_in_the_documentation() {
    let import = read(&sample("hashes-mixed.txt"), "x").unwrap();
    assert_eq!(import.why, "9 of 11 lines begin with 32, 40, 96 or 128 hex digits", "the reason sentence");
    let expected = json!({"records":15,"added":7,"replaced":0,"duplicate":2,"withdrawn":0,"skipped":{"comment":3,"blank":1},
        "rejected":{"not_hex":1,"wrong_length":1},"rejected_signals":{},"signals":{"md5":3,"sha1":2},
        "kept_not_matched":{"sha384":1,"sha512":1},"never_alert":2,"low_quality":0,"entries":7,"can_match":3});
    assert_eq!(serde_json::to_value(&import.report).unwrap(), expected, "the report");
    let lines: Vec<Json> = import.report.rejected_records.iter().map(|line| serde_json::to_value(line).unwrap()).collect();
    assert_eq!(lines[1]["detail"], "31 digits; 32, 40, 56, 64, 96 or 128 were possible", "lengths, and no value");
    let bytes = sample("hashes-mixed.txt");
    let offset = lines[0]["offset"].as_u64().unwrap() as usize;
    assert!(bytes[offset..].starts_with(b"zz0150983cd24fb0"), "the offset leads to the line");
}

#[test]
fn a_value_of_a_rejected_line_never_appears() {
    let import = read(&sample("hashes-mixed.txt"), "x").unwrap();
    let said = format!("{:?} {}", import.report, serde_json::to_string(&import.report).unwrap());
    assert!(!said.contains("zz0150983") && !said.contains("900150983cd24fb0d6963f7d28e17f7"), "neither rejected line is repeated");
}

#[test]
fn every_row_of_the_normaliser_table() {
    let table = String::from_utf8(sample("normaliser.tsv")).unwrap();
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let [kind, encoding, text, expect] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("four columns: {line}") };
        let kind = hashlist::kinds::Kind::named(kind).unwrap();
        let stated = match encoding.split('_').next() {
            Some("hex") => Encoding::Hex,
            Some("base64") => Encoding::Base64,
            Some("base32") => Encoding::Base32,
            _ => Encoding::Any,
        };
        for encoding in [stated, Encoding::Any] {
            let found = match normalize(Some(&kind), text, encoding).map(|normalized| normalized.value) {
                Ok(Value::Signal(signal)) => signal.to_string(),
                Ok(Value::Kept(_, text)) => text,
                Ok(Value::Hex64(_)) => "a value without a kind".to_owned(),
                Err(rejection) => format!("!{}", rejection.reason.as_str()),
            };
            assert_eq!(found, expect, "{line} as {encoding:?}");
        }
        rows += 1;
    }
    assert_eq!(rows, 70, "the table is whole");
}

#[test]
fn the_reference_tool_of_pdq_says_the_quality() {
    let text = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22,36,x/y.jpg";
    let kind = hashlist::kinds::Kind::named("pdq").unwrap();
    let quality = normalize(Some(&kind), text, Encoding::Any).unwrap().quality;
    assert_eq!(quality.map(|quality| quality.get()), Some(36), "the second field");
    let list = format!("{text}\n");
    let import = hashlist::import_bytes(list.as_bytes(), "x", &Answers { kind_64: Some(SignalKind::Pdq), ..support::answers() }).unwrap();
    assert!(import.entries.to_vec()[0].flags.low_quality, "36 is below 50");
    assert_eq!(import.report.can_match, 0, "a PDQ of low quality is kept and not matched");
}

#[test]
fn without_a_kind_the_length_and_the_place_decide() {
    let column = |text: &str| match normalize(None, text, Encoding::Any).map(|normalized| normalized.value) {
        Ok(Value::Signal(signal)) => signal.kind().to_string(),
        Ok(Value::Kept(kind, _)) => kind,
        Ok(Value::Hex64(_)) => "64".to_owned(),
        Err(rejection) => rejection.reason.as_str().to_owned(),
    };
    let base64_of_48_bytes = "abcdEFGH".repeat(8);
    for (text, expect) in [
        ("VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", "sha1"),
        ("kAFQmDzST7DWlj99KOF/cg==", "md5"),
        ("qZk+NkcGgWq6PiVxeFDCbJzQ2J0", "sha1"),
        ("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "64"),
        ("XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====", "64"),
        (&base64_of_48_bytes, "sha384"),
        ("abcdefghabcdefghabcdefghabcdefghabcdefgh", "not_hex"),
        ("", "empty"),
        ("a word", "bad_encoding"),
    ] {
        assert_eq!(column(text), expect, "{text} in a column");
    }
    let bare = normalize(None, "VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", Encoding::Hex).unwrap_err();
    assert_eq!(bare.reason.as_str(), "not_hex", "a bare word is never taken for base32");
}

#[test]
fn shared_lists_of_another_project_read_as_their_readme_says() {
    if let Some(bytes) = support::shared("hashdeep-legacy/bsd-hashes.txt") {
        let import = read(&bytes, "bsd-hashes.txt").unwrap();
        assert_eq!((import.format.as_str(), import.entries.len()), ("checksum", 5), "five BSD lines");
    }
    for name in ["needles.txt", "haystack.txt"] {
        if let Some(bytes) = support::shared(&format!("pdq-regtest/{name}")) {
            let import = read(&bytes, name).unwrap();
            assert_eq!(import.hex.unwrap().proposal, Some(SignalKind::Pdq), "{name} is a PDQ list");
        }
    }
}
