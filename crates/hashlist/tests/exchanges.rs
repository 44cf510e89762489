//! The formats of exchanges, and the other formats that are JSON: every sample gives what `samples/expected.json` says, and the gaps that
//! other clients of the same exchanges have do not return.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::collections::BTreeMap;

use hashlist::{
    Answers, Entry, Import, ListState, Media, Polarity, Question, Refusal, SignalKind, Source, Status, import_bytes, import_pages,
};
use serde_json::{Value as Json, json};
use support::{sample, shared};

/// 2026-11-29, the time that the expected results name.
const NOW: i64 = 1_795_910_400_000;

const SAMPLES: [&str; 12] = [
    "te-cache.simple.HASH_PDQ.te",
    "threat-updates-own.json",
    "stopncii-own.json",
    "tat-own.json",
    "vics-2.0-hashset.json",
    "vics-1.3-case.json",
    "vics-1.2-quirks.json",
    "stix-bundle.json",
    "taxii-envelope.json",
    "warninglist.json",
    "vpdq-lines.txt",
    "vpdq-object.json",
];

fn answers() -> Answers {
    Answers { now_ms: Some(NOW), takes_files: true, ..support::answers() }
}

fn read(name: &str) -> Result<Import, Refusal> {
    let file_name = name.strip_prefix("te-cache.").unwrap_or(name);
    import_bytes(&sample(name), file_name, &answers())
}

fn one(json: &Json) -> Import {
    import_bytes(json.to_string().as_bytes(), "x", &answers()).unwrap()
}

fn signals(entry: &Entry) -> BTreeMap<String, Json> {
    let mut found: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for signal in &entry.signals {
        found.entry(signal.kind().to_string()).or_default().push(json!(signal.to_string()));
    }
    for (kind, text) in &entry.kept {
        let value = if kind == "vpdq" { serde_json::from_str(text).unwrap() } else { json!(text) };
        found.entry(kind.clone()).or_default().push(value);
    }
    let single = |mut values: Vec<Json>| if values.len() == 1 { values.remove(0) } else { json!(values) };
    found.into_iter().map(|(kind, values)| (kind, single(values))).collect()
}

/// What the table says of an entry, taken from the entry.
fn check_entry(entry: &Entry, expected: &Json, name: &str) {
    for (key, value) in expected.as_object().unwrap() {
        let found = match key.as_str() {
            "key" => json!(entry.key),
            "signals" => {
                let as_set =
                    |json: &Json| json.as_array().map(|items| items.iter().map(Json::to_string).collect::<std::collections::BTreeSet<_>>());
                let found = signals(entry);
                for (kind, value) in value.as_object().unwrap() {
                    let same = &found[kind] == value || (as_set(value).is_some() && as_set(value) == as_set(&found[kind]));
                    assert!(same, "{name}: {kind} of {}", entry.key);
                }
                assert_eq!(found.len(), value.as_object().unwrap().len(), "{name}: kinds of {}", entry.key);
                continue;
            }
            "labels" => json!(entry.labels),
            "status" => json!(entry.status.as_str()),
            "size" => json!(entry.size),
            "share" => json!(entry.share),
            "flags" => json!(entry.flags.names()),
            "expires" => {
                let stated = BTreeMap::from([("2027-11-01T10:00:00Z", 1_825_063_200_000), ("2026-11-10T10:00:00Z", 1_794_304_800_000)]);
                assert_eq!(entry.expires, Some(stated[value.as_str().unwrap()]), "{name}: expires of {}", entry.key);
                continue;
            }
            "opinions" => {
                let opinions = &entry.opinions;
                json!({"for": opinions.agree.count, "against": opinions.against.count, "other": opinions.other.count})
            }
            other => panic!("{name}: the table has a new column {other}"),
        };
        assert_eq!(found, *value, "{name}: {key} of {}", entry.key);
    }
    if expected.get("labels").is_none() {
        assert_eq!(entry.labels, [""; 0], "{name}: no labels of {}", entry.key);
    }
    if expected.get("flags").is_none() {
        assert_eq!(
            entry.flags.names(),
            entry.flags.names().into_iter().filter(|flag| *flag == "kept_not_matched").collect::<Vec<_>>(),
            "{name}"
        );
    }
}

fn check(name: &str, import: &Import, expected: &Json) {
    assert_eq!(import.format.as_str(), expected["format"], "{name}: format");
    let entries = expected["entries"].as_array().unwrap();
    assert_eq!(import.entries.len(), entries.len(), "{name}: number of entries");
    for (entry, expected) in import.entries.iter().zip(entries) {
        check_entry(&entry, expected, name);
    }
    let numbers: Vec<u32> = import.entries.iter().map(|entry| entry.number).collect();
    assert!(numbers.is_sorted() && numbers.iter().all(|number| (1..import.next_number).contains(number)), "{name}: {numbers:?}");
    assert_eq!(json!(import.withdrawn), expected["withdrawn"], "{name}: withdrawn");
    let rejected: BTreeMap<String, &str> =
        import.report.rejected_records.iter().map(|rejected| (format!("record {}", rejected.record), rejected.reason)).collect();
    assert_eq!(json!(rejected), expected["rejected"], "{name}: rejected");
    assert_eq!(import.report.skipped_count(), expected["skipped"].as_object().unwrap().len() as u64, "{name}: skipped");
    for reason in expected["skipped"].as_object().unwrap().values() {
        assert!(import.report.skipped.contains_key(reason.as_str().unwrap()), "{name}: skipped as {reason}");
    }
    if let Some(complete) = expected.get("complete") {
        assert_eq!(json!(import.complete), *complete, "{name}: complete");
    }
    if let Some(checkpoint) = expected.get("checkpoint") {
        assert_eq!(json!(import.checkpoint), *checkpoint, "{name}: checkpoint");
    }
    if let Some(polarity) = expected.get("polarity") {
        assert_eq!(import.polarity.as_str(), *polarity, "{name}: polarity");
    }
    support::adds_up(import, name);
}

#[test]
fn every_sample_gives_exactly_what_is_expected() {
    let expected: Json = serde_json::from_slice(&sample("expected.json")).unwrap();
    for name in SAMPLES {
        check(name, &read(name).unwrap(), &expected[name]);
    }
    let folder = ["5e0f1f2a-6b0e-4c8e-9a77-0c2f9f0a0001.json", "hashes.csv", "manifest.json"];
    let files = folder.map(|name| (name, sample(&format!("misp-feed/{name}"))));
    check("misp-feed", &support::folder(&files, None, &answers()).unwrap(), &expected["misp-feed"]);
}

#[test]
fn a_damaged_photodna_value_costs_itself_and_a_case_is_asked_about() {
    let import = read("vics-1.3-case.json").unwrap();
    assert_eq!(import.report.rejected_signals["wrong_length"], 1, "three bytes are no PhotoDNA value");
    assert_eq!(import.open_questions, [Question::CaseFile], "somebody's investigation");
    assert!(import.notes[0].starts_with("This is a case file"), "and it is said: {:?}", import.notes);
    let import = import_bytes(&sample("vics-1.3-case.json"), "x", &Answers { takes_case: true, ..answers() }).unwrap();
    assert_eq!(import.open_questions, [], "the operator took it");
}

#[test]
fn chosen_categories_match_and_others_are_kept() {
    let chosen = |categories: &[i64]| Answers { categories: Some(categories.iter().copied().collect()), ..answers() };
    let import = import_bytes(&sample("vics-2.0-hashset.json"), "x", &chosen(&[0])).unwrap();
    let not_chosen: Vec<bool> = import.entries.iter().map(|entry| entry.flags.category_not_chosen).collect();
    assert_eq!((not_chosen, import.report.can_match), (vec![true, false], 1), "category 0 alone");
    let import = import_bytes(&sample("vics-2.0-hashset.json"), "x", &chosen(&[])).unwrap();
    assert_eq!((import.entries.len(), import.report.can_match), (2, 0), "none");
}

#[test]
fn harm_and_polarity_are_proposed_fixed_or_asked() {
    let harm = |name: &str, answers: &Answers| import_bytes(&sample(name), name, answers).unwrap().harm.map(|harm| harm.as_str());
    let open = Answers::default();
    for (name, proposed) in [
        ("stopncii-own.json", Some("ncii")),
        ("tat-own.json", Some("tvec")),
        ("vics-2.0-hashset.json", Some("csam")),
        ("stix-bundle.json", Some("malware")),
        ("threat-updates-own.json", Some("tvec")),
        ("vpdq-lines.txt", None),
    ] {
        assert_eq!(harm(name, &open), proposed, "{name}");
        assert_eq!(
            harm(name, &Answers { harm: Some(hashlist::Harm::Csam), ..Answers::default() }),
            Some("csam"),
            "{name}: the answer counts"
        );
    }
    let import = import_bytes(&sample("warninglist.json"), "x", &Answers { polarity: Some(Polarity::Alert), ..answers() }).unwrap();
    assert_eq!(import.polarity, Polarity::Ignore, "a list of harmless values never alerts, whatever is answered");
    assert_eq!(import.list_name.as_deref(), Some("Sample warning list"), "its own name");
}

#[test]
fn stopncii_the_status_of_the_hash_decides_about_a_withdrawal() {
    let import = read("stopncii-own.json").unwrap();
    assert_eq!(
        import.withdrawn,
        ["md5:900150983cd24fb0d6963f7d28e17f72"],
        "hashStatus says Withdrawn, whatever the value and the cases say"
    );
    assert_eq!(import.report.withdrawn, 1, "one record");
    let record = |status: &str| {
        json!({"signalType": "VideoMD5", "hashValue": "5d41402abc4b2a76b9719d911017c592", "hashStatus": status,
        "caseNumbers": {"a": "Withdrawn"}})
    };
    let page = |status: &str| json!({"hashRecords": [record("Active"), record(status)], "hasMoreRecords": false});
    for (status, entries) in [("Active", 1), ("Received", 1), ("Unknown", 1)] {
        assert_eq!(one(&page(status)).entries.len(), entries, "{status}");
    }
    for status in ["Withdrawn", "Deleted"] {
        let refused = import_bytes(page(status).to_string().as_bytes(), "x", &answers()).unwrap_err();
        assert_eq!(refused.code(), "nothing_accepted", "{status}: the list would be new and empty");
    }
}

#[test]
fn stopncii_a_feedback_that_nobody_knows_costs_nothing() {
    let import = read("stopncii-own.json").unwrap();
    assert_eq!(
        (import.entries.to_vec()[0].opinions.other.names.as_slice(), import.report.rejected_count()),
        (["Other".to_owned()].as_slice(), 0),
        "noted"
    );
    let Some(bytes) = shared("stopncii-json/unknown-enum.json") else { return };
    let import = import_bytes(&bytes, "x", &answers()).unwrap();
    let report = &import.report;
    assert_eq!((report.records, report.entries, report.replaced, import.complete), (3, 2, 1, true), "all hashes are kept");
    assert_eq!(import.checkpoint.as_deref(), Some("1625167824"), "as stated");
    assert!(import.entries.iter().all(|entry| entry.status == Status::Suspected), "nobody reviewed them");
    let import = import_bytes(&shared("stopncii-json/page-1.json").unwrap(), "x", &answers()).unwrap();
    assert_eq!((import.report.records, import.entries.len(), import.complete), (2, 2, false), "more pages follow");
    assert_eq!(import.checkpoint.as_deref(), Some("1625175071"), "as stated");
}

#[test]
fn stopncii_texts_and_addresses_are_no_files() {
    let record = |kind: &str| json!({"signalType": kind, "hashValue": "abc", "hashStatus": "Active"});
    let import =
        one(&json!({"hashRecords": [record("Text"), record("URL"), record("Unknown"), record("VideoTMK"), {"hashStatus": "Active"}]}));
    assert_eq!((import.report.skipped["not_a_file_hash"], import.report.rejected["missing_field"]), (2, 1), "two, and one without a type");
    let entries = import.entries.to_vec();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["Unknown:abc", "VideoTMK:abc"], "unknown kinds are kept under the publisher's name");
    assert_eq!(import.entries.to_vec()[1].media, Some(Media::Video), "a video");
}

#[test]
fn tat_every_algorithm_and_every_type_of_file_is_taken() {
    let import = read("tat-own.json").unwrap();
    let entries = import.entries.to_vec();
    let taken: Vec<(&str, Option<Media>)> = entries.iter().map(|entry| (entry.key.as_str(), entry.media)).collect();
    let (image, video, document) = (Some(Media::Image), Some(Media::Video), Some(Media::Document));
    assert_eq!(taken, [("901", image), ("902", video), ("903", document), ("904", image)], "MD5 of a picture, SHA-256, SHA-512, PDQ");
    assert_eq!(import.report.can_match, 3, "SHA-512 is kept");
    let Some(bytes) = shared("tat-json/page.json") else { return };
    let refused = import_bytes(&bytes, "x", &answers()).unwrap_err();
    let Refusal::NothingAccepted { records: 3, rejected: 3, first: Some((1, "wrong_length")) } = refused else { panic!("{refused:?}") };
}

#[test]
fn tat_a_daily_file_of_version_1_is_read_too() {
    let day = json!([{"hash_digest": "900150983cd24fb0d6963f7d28e17f72", "ideology": "far-right", "algorithm": "MD5"}]);
    let import = one(&day);
    assert_eq!(
        (import.format.as_str(), import.entries.to_vec()[0].key.as_str()),
        ("tat", "md5:900150983cd24fb0d6963f7d28e17f72"),
        "without ids"
    );
}

#[test]
fn threat_updates_a_missing_field_means_nothing_if_it_was_not_asked_for() {
    let record = json!({"id": "1", "indicator": "900150983cd24fb0d6963f7d28e17f72", "type": "HASH_VIDEO_MD5"});
    let import = one(&json!({"data": [record]}));
    assert_eq!(
        (import.entries.len(), import.entries.to_vec()[0].status, import.entries.to_vec()[0].media),
        (1, Status::Suspected, Some(Media::Video)),
        "an entry"
    );
    assert!(import.notes[0].starts_with("Opinions were not downloaded"), "and it is said: {:?}", import.notes);
    // The same page beside one with descriptors: now it is a withdrawal.
    let other =
        json!({"data": [{"id": "2", "indicator": "5d41402abc4b2a76b9719d911017c592", "type": "HASH_MD5", "descriptors": {"data": []}}]});
    let files = [("1.json", json!({"data": [record]}).to_string().into_bytes()), ("2.json", other.to_string().into_bytes())];
    let import = support::folder(&files, None, &answers()).unwrap();
    assert_eq!(
        (import.withdrawn.as_slice(), import.entries.len()),
        (["1".to_owned()].as_slice(), 1),
        "of the whole set one has descriptors"
    );
}

#[test]
fn threat_updates_pages_of_another_client_read_as_their_readme_says() {
    let Some(page) = shared("threatexchange-json/page-2.json") else { return };
    let Refusal::NothingAccepted { records: 1, rejected: 1, first: Some((1, reason)) } = import_bytes(&page, "x", &answers()).unwrap_err()
    else {
        panic!("a placeholder is no hash")
    };
    assert!(["not_hex", "bad_encoding"].contains(&reason), "{reason}");
    let base = Some(ListState::default());
    let import = support::folder(&[("4", shared("threatexchange-json/page-4.json").unwrap())], base, &answers()).unwrap();
    assert_eq!(import.withdrawn, ["1"], "a withdrawal of what is not live is no error");
    let refused = import_bytes(&shared("threatexchange-json/page-5.json").unwrap(), "x", &answers()).unwrap_err();
    assert_eq!(refused.code(), "nothing_accepted", "no withdrawal, and a placeholder");
}

#[test]
fn vics_an_offset_with_a_z_behind_it_is_read() {
    let import = read("vics-1.2-quirks.json").unwrap();
    let updated: Vec<Option<i64>> = import.entries.iter().map(|entry| entry.updated).collect();
    assert_eq!(updated, [Some(1_793_545_200_000), Some(1_761_991_200_000), None], "-05:00Z is 15:00 of UTC; /Date(ms)/; none");
}

#[test]
fn misp_events_of_another_project_read_as_their_readme_says() {
    let Some(bytes) = shared("misp/events/57c4445b-c548-4654-af0b-4be3950d210f.json") else { return };
    let import = import_bytes(&bytes, "x", &answers()).unwrap();
    let kinds: Vec<String> = import.entries.iter().map(|entry| entry.signals[0].kind().to_string()).collect();
    assert_eq!((import.format.as_str(), kinds.len()), ("misp_event", 3), "three hashes: {kinds:?}");
    for name in ["misp_event", "new_misp_event"] {
        let refused = import_bytes(&shared(&format!("misp/events/{name}.json")).unwrap(), "x", &answers()).unwrap_err();
        assert_eq!(refused.code(), "nothing_accepted", "{name}: recognised, and no hash in it");
    }
    let import = import_bytes(&shared("misp/warninglist-empty-hashes.json").unwrap(), "x", &answers()).unwrap();
    assert_eq!((import.polarity, import.report.entries, import.report.never_alert), (Polarity::Ignore, 6, 5), "the hashes of nothing");
    assert_eq!(import.report.kept_not_matched["ssdeep"], 1, "3:: is the ssdeep value of nothing");
}

#[test]
fn misp_attributes_of_objects_names_before_hashes_and_truths_as_text() {
    let attribute =
        |uuid: &str, kind: &str, value: &str, to_ids: Json| json!({"uuid": uuid, "type": kind, "value": value, "to_ids": to_ids});
    let event = json!({"uuid": "e", "info": "x", "Orgc": {"name": "Org"}, "Tag": [{"name": "tlp:white"}], "Attribute": [
        attribute("a", "filename|md5", "a|b.txt|900150983cd24fb0d6963f7d28e17f72", json!("1")),
        attribute("b", "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d", json!("0")),
        {"uuid": "c", "type": "md5", "deleted": "true"},
    ], "Object": [{"name": "file", "Attribute": [attribute("d", "ssdeep", "3:abc:def", json!(true)), attribute("f", "link", "x", json!(true))]}]});
    let import = one(&event);
    let entries = import.entries.to_vec();
    let found: Vec<(&str, &str)> = entries.iter().map(|entry| (entry.key.as_str(), entry.source.as_deref().unwrap())).collect();
    assert_eq!(found, [("a", "Org"), ("d", "Org")], "a file with a bar in its name, and an attribute of an object");
    assert_eq!(
        (import.withdrawn.as_slice(), import.entries.to_vec()[0].labels.as_slice()),
        (["c".to_owned()].as_slice(), ["tlp:white".to_owned()].as_slice())
    );
    assert_eq!((import.report.skipped["to_ids_false"], import.report.skipped["not_a_file_hash"]), (1, 1), "skipped by reason");
}

#[test]
fn a_warning_list_of_something_else_is_no_list() {
    for list in [
        json!({"list": ["example.org"], "matching_attributes": ["domain"], "type": "hostname"}),
        json!({"list": ["a.*"], "matching_attributes": ["md5"], "type": "regex"}),
    ] {
        assert_eq!(import_bytes(list.to_string().as_bytes(), "x", &answers()).unwrap_err().code(), "not_a_list", "{list}");
    }
}

#[test]
fn stix_the_newest_change_wins_and_what_is_revoked_stays_revoked() {
    let indicator = |modified: &str, hash: &str| {
        json!({"type": "indicator", "id": "indicator--1", "modified": modified,
        "pattern": format!("[file:hashes.MD5 = '{hash}']"), "pattern_type": "stix", "spec_version": "2.1"})
    };
    let (newer, older) = (
        indicator("2026-11-02T00:00:00Z", "900150983cd24fb0d6963f7d28e17f72"),
        indicator("2026-11-01T00:00:00Z", "5d41402abc4b2a76b9719d911017c592"),
    );
    for objects in [[&newer, &older], [&older, &newer]] {
        let import = one(&json!({"type": "bundle", "objects": objects}));
        assert_eq!(import.entries.to_vec()[0].signals[0].to_string(), "900150983cd24fb0d6963f7d28e17f72", "in any order");
    }
    let revoked =
        json!({"type": "indicator", "id": "indicator--1", "revoked": true, "modified": "2026-11-03T00:00:00Z", "spec_version": "2.1"});
    let files = [("1", json!({"type": "bundle", "objects": [newer, revoked, older]}).to_string().into_bytes())];
    let import = support::folder(&files, Some(ListState::default()), &answers()).unwrap();
    assert_eq!((import.entries.len(), import.withdrawn.len()), (0, 1), "an older copy does not bring it back");
}

#[test]
fn stix_bare_files_are_taken_only_if_the_operator_says_so() {
    let import = import_bytes(&sample("stix-bundle.json"), "x", &Answers { takes_files: false, ..answers() }).unwrap();
    assert_eq!((import.entries.len(), import.report.skipped["not_a_file_hash"]), (1, 1), "an indicator alone");
    assert!(import.notes[0].contains("--take-files"), "and it is said: {:?}", import.notes);
    let early = json!({"type": "bundle", "objects": [{"type": "indicator", "id": "i", "spec_version": "2.1", "valid_from": "2027-01-01T00:00:00Z",
        "pattern": "[file:hashes.x_pdq = 'f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22']"}]});
    let import = one(&early);
    assert_eq!(import.entries.to_vec()[0].labels, ["valid from 2027-01-01T00:00:00Z"], "it matches already, and says so");
    assert_eq!(import.entries.to_vec()[0].signals[0].kind(), SignalKind::Pdq, "x_pdq is PDQ");
}

#[test]
fn vpdq_files_of_another_project_become_one_entry_each() {
    for (name, frames) in [("doorknob-hd-no-bar", 120), ("pattern-hd-no-bar", 206), ("test-padded-dimensions", 150)] {
        let Some(bytes) = shared(&format!("vpdq-hashes/{name}.txt")) else { return };
        let import = import_bytes(&bytes, "x", &answers()).unwrap();
        let [entry] = &import.entries.to_vec()[..] else { panic!("{name}: one video") };
        assert_eq!(signals(entry)["vpdq"].as_array().unwrap().len(), frames, "{name}");
        assert_eq!(import.report.can_match, 0, "{name}: kept");
    }
}

#[test]
fn rows_of_json_are_rows_of_a_table() {
    let rows = json!([
        {"hash_type": "PDQ", "hash_value": "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22", "quality": 100, "labels": ["a", "b"], "id": 17},
        {"id": "18", "md5": ["900150983cd24fb0d6963f7d28e17f72", "5d41402abc4b2a76b9719d911017c592"], "size": "3", "extra": {"x": 1}, "url": "https://example.org"},
        {"id": "19", "deleted": true, "md5": null},
        {},
        {"id": 20, "md5": "xyz"},
        7,
    ]);
    let lines: String = rows.as_array().unwrap().iter().map(|row| format!("{row}\n")).collect();
    for text in [rows.to_string(), lines, serde_json::to_string_pretty(&rows).unwrap()] {
        let import = import_bytes(text.as_bytes(), "x", &answers()).unwrap();
        assert_eq!(import.format.as_str(), "json_rows");
        let entries = import.entries.to_vec();
        let found: Vec<(&str, usize)> = entries.iter().map(|entry| (entry.key.as_str(), entry.signals.len())).collect();
        assert_eq!((found, import.withdrawn.as_slice()), (vec![("17", 1), ("18", 2)], ["19".to_owned()].as_slice()), "keys and signals");
        assert_eq!((import.entries.to_vec()[0].labels.len(), import.entries.to_vec()[1].size), (2, Some(3)), "labels and size");
        assert_eq!((import.report.skipped["blank"], import.report.rejected_count()), (1, 2), "an empty row; a bad hash and a number");
    }
}

#[test]
fn pages_without_a_record_are_recognised() {
    for (page, format) in [
        (json!({"count": 0, "hasMoreRecords": false, "hashRecords": []}), "stopncii"),
        (json!({"count": 0, "next": null, "previous": null, "checkpoint": "1,2", "results": []}), "tat"),
        (json!({"data": [], "paging": {"next": ""}}), "threat_updates"),
        (json!({"more": false, "objects": []}), "stix"),
    ] {
        let bytes = page.to_string().into_bytes();
        assert_eq!(import_bytes(&bytes, "x", &answers()).unwrap_err().code(), "nothing_accepted", "{format}: a new list would be empty");
        let import = support::folder(&[("page", bytes)], Some(ListState::default()), &answers()).unwrap();
        assert_eq!((import.format.as_str(), import.complete), (format, true), "an answer like any other for an existing list");
    }
}

#[test]
fn a_single_file_of_a_folder_is_told_apart() {
    for (name, code) in [("misp-feed/manifest.json", "not_a_list"), ("misp-feed/hashes.csv", "not_a_list")] {
        assert_eq!(import_bytes(&sample(name), name, &answers()).unwrap_err().code(), code, "{name}");
    }
    let open: &hashlist::Open<'_> = &|| Ok(Box::new(b"900150983cd24fb0d6963f7d28e17f72\n".as_slice()));
    let plain = [Source { name: "a.txt", open }, Source { name: "b.txt", open }];
    let refused = import_pages(&plain, None, &answers()).unwrap_err();
    assert!(
        refused.code() == "mixed_folder" && refused.sentence().contains("2 hash_lines"),
        "snapshots are no pages: {}",
        refused.sentence()
    );
    assert_eq!(import_pages(&[], None, &answers()).unwrap_err().code(), "empty_file", "an empty folder");
}
