//! What a file is taken for, by content: whatever its name, its line ends and its byte order mark.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use hashlist::{Answers, Format, Import, Question, Refusal, SignalKind, import_bytes, recognise};
use support::{read, sample};

const LISTS: [(&str, Format); 13] = [
    ("hashes-mixed.txt", Format::HashLines),
    ("hex64-pdq.txt", Format::HashLines),
    ("hex64-sha256.txt", Format::HashLines),
    ("csv-columns.csv", Format::Csv),
    ("csv-typed.csv", Format::Csv),
    ("csv-tabs.tsv", Format::Csv),
    ("md5deep-z.txt", Format::Checksum),
    ("SHA256SUMS", Format::Checksum),
    ("bsd-tags.txt", Format::Checksum),
    ("hashdeep.txt", Format::Hashdeep),
    ("hashdeep-sha1.txt", Format::Hashdeep),
    ("tx-local-file.txt", Format::TxLines),
    ("tx-dataset.csv", Format::TxCsv),
];

fn without_mark_and_cr(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().trim_start_matches('\u{feff}').replace('\r', "")
}

fn same_content(a: &Import, b: &Import, why: &str) {
    assert_eq!((a.format, &a.entries), (b.format, &b.entries), "{why}");
    assert_eq!(
        (a.report.records, a.report.duplicate, &a.report.rejected),
        (b.report.records, b.report.duplicate, &b.report.rejected),
        "{why}"
    );
}

#[test]
fn a_list_is_the_same_list_in_every_encoding_and_under_every_name() {
    for (name, format) in LISTS {
        let plain = without_mark_and_cr(&sample(name));
        let reference = read(plain.as_bytes(), name).unwrap();
        assert_eq!(reference.format, format, "{name}");
        let windows = plain.replace('\n', "\r\n");
        let marked = format!("\u{feff}{plain}");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let unended = plain.trim_end_matches('\n');
        for (bytes, why) in [
            (windows.as_bytes(), "CR LF"),
            (marked.as_bytes(), "a byte order mark"),
            (&little, "UTF-16, little-endian"),
            (&big, "UTF-16, big-endian"),
            (unended.as_bytes(), "no last line end"),
        ] {
            for wrong_name in ["list.jpg", "list.te", ""] {
                same_content(&read(bytes, wrong_name).unwrap(), &reference, &format!("{name} with {why} as {wrong_name:?}"));
            }
        }
    }
}

fn refusal(bytes: &[u8], name: &str) -> Refusal {
    recognise(bytes, true, name).unwrap_err()
}

#[test]
fn each_refusal_has_its_case() {
    let hash = "900150983cd24fb0d6963f7d28e17f72";
    let deep = "[".repeat(70);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "empty_file"),
        (b" \r\n\n".to_vec(), "empty_file"),
        (b"\x1f\x8b\x08rest".to_vec(), "archive"),
        (b"PK\x03\x04rest".to_vec(), "archive"),
        (b"7z\xbc\xaf\x27\x1crest".to_vec(), "archive"),
        (b"\xfd7zXZ\0rest".to_vec(), "archive"),
        (b"BZh91AY".to_vec(), "archive"),
        (b"\x28\xb5\x2f\xfdrest".to_vec(), "archive"),
        (b"Rar!\x1a\x07\x01\0".to_vec(), "archive"),
        (b"ClamAV-VDB:16 Sep 2021 08-32 -0400:62:6647427:90:x".to_vec(), "archive"),
        (b"PK\x03\x04....[Content_Types].xml".to_vec(), "spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "spreadsheet"),
        (b"age-encryption.org/v1\n-> X25519".to_vec(), "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n".to_vec(), "encrypted"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n".to_vec(), "encrypted"),
        (b"\x80\x04\x95rest".to_vec(), "pickle"),
        (b"TMK1FVEC\0\0".to_vec(), "not_planned"),
        (b"abc\0def\n".to_vec(), "binary_unknown"),
        (b"SQLite format 3\0 nothing".to_vec(), "unknown_database"),
        (b"<!DOCTYPE HTML><html>".to_vec(), "web_page"),
        (b"\xef\xbb\xbf \n<html lang=en>".to_vec(), "web_page"),
        (b"<?xml version='1.0'?><!-- x --><!DOCTYPE x [<!ENTITY a 'b'>]><x/>".to_vec(), "doctype"),
        (b"<status xmlns=\"https://hashsharing.ncmec.org/hashsharing/v2\"/>".to_vec(), "not_a_list"),
        (b"<?xml version='1.0'?><rss/>".to_vec(), "unknown_format"),
        (b"<?xml version".to_vec(), "ends_early"),
        (b"{\"error\":{\"message\":\"x\"}}".to_vec(), "error_answer"),
        (b"{\"hashRecords\":[{\"a\":\"} ]\\\"".to_vec(), "ends_early"),
        (b"{\"a\":1}".to_vec(), "unknown_format"),
        (deep.into_bytes(), "too_deep"),
        (format!("{hash},5e0f1f2a-6b0e-4c8e-9a77-0c2f9f0a0001\n").into_bytes(), "not_a_list"),
        (format!("3:{hash}:Test.Abc\n").into_bytes(), "section_hashes"),
        (b"ID,Description,URL,Domain,Created On,Content Data Type\n1,x,https://example.org,x,x,x\n".to_vec(), "addresses_not_files"),
        (b"BEGIN;\nCREATE TABLE FILE (a);\n".to_vec(), "sql_script"),
        (b"dear reader,\nthis is a letter\n".to_vec(), "unknown_format"),
        (b"# only a comment\n".to_vec(), "unknown_format"),
    ];
    for (bytes, code) in cases {
        let found = refusal(&bytes, "x");
        let shown: String = bytes.iter().take(40).map(|byte| char::from(*byte)).collect();
        assert_eq!(found.code(), code, "{shown:?}");
        assert!(found.sentence().len() > 30 && found.sentence().ends_with('.'), "{code}: a sentence");
    }
}

#[test]
fn json_is_told_apart_by_its_keys() {
    let long = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
    let cases: Vec<(String, Format)> = vec![
        (r#"{"hashRecords":[{"a":1}]}"#.to_owned(), Format::StopNcii),
        (r#"{"results":[{"hash_digest":"x"}]}"#.to_owned(), Format::Tat),
        (r#"[{"hash_digest":"x","algorithm":"MD5"}]"#.to_owned(), Format::Tat),
        (r#"{"data":[{"indicator":"x","error":1}]}"#.to_owned(), Format::ThreatUpdates),
        (r#"{"odata.metadata":"x","value":[]}"#.to_owned(), Format::Vics),
        (r#"{"Event":{"info":"x"}}"#.to_owned(), Format::MispEvent),
        (r#"{"info":"x","Attribute":[]}"#.to_owned(), Format::MispEvent),
        (r#"{"type":"bundle","objects":[]}"#.to_owned(), Format::Stix),
        (r#"{"objects":[{"pattern":"x"}]}"#.to_owned(), Format::Stix),
        (r#"{"list":[],"matching_attributes":["md5"]}"#.to_owned(), Format::MispWarninglist),
        (format!("[\"{long},100,1.0\"]"), Format::Vpdq),
        (format!("{{\"30\":\"{long},100,1.0e+02\"}}"), Format::Vpdq),
        (r#"[{"md5":"x"}]"#.to_owned(), Format::JsonRows),
        ("{\"sha256\":\"x\"}\n{\"sha256\":\"y\"}\n".to_owned(), Format::JsonRows),
    ];
    for (json, format) in cases {
        let found = recognise(json.as_bytes(), true, "x.csv").unwrap();
        assert_eq!(found.format, format, "{json}");
        assert!(found.why.len() > 20 && !found.why.contains(long), "a reason without a value: {}", found.why);
    }
    for (json, code) in [
        (r#"{"results":[{"digest":"x"}]}"#, "unknown_format"),
        (r#"{"data":[{"md5":"x"}]}"#, "unknown_format"),
        (r#"{"list":["a"]}"#, "unknown_format"),
        (r#"["one","two"]"#, "unknown_format"),
        (r#"{"objects":[{"x":1}]}"#, "unknown_format"),
        (r#"{"5e0f1f2a-6b0e-4c8e-9a77-0c2f9f0a0001":{"Orgc":{"name":"x"}}}"#, "not_a_list"),
    ] {
        assert_eq!(refusal(json.as_bytes(), "x.json").code(), code, "{json}");
    }
}

#[test]
fn a_name_decides_only_for_old_cache_files() {
    let line = b"f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22,1234567890,1790000000,\n";
    assert_eq!(recognise(line, true, "simple.HASH_PDQ.te").unwrap().format, Format::TeCache, "the name says what the columns are");
    assert_eq!(recognise(line, true, "list.csv").unwrap().format, Format::HashLines, "without it the first token is a hash");
}

#[test]
fn a_head_that_is_cut_anywhere_is_recognised_as_the_whole_file_is() {
    let list = "900150983cd24fb0d6963f7d28e17f72  a name\n".repeat(100);
    for end in 41..list.len() {
        let found = recognise(&list.as_bytes()[..end], false, "x").unwrap();
        assert_eq!(found.format, Format::Checksum, "cut at {end}");
    }
}

#[test]
fn the_operator_overrules_text_and_nothing_else() {
    let chosen = |format| Answers { format: Some(format), ..support::answers() };
    let csv = sample("csv-columns.csv");
    let import = import_bytes(&csv, "x", &chosen(Format::HashLines));
    assert_eq!(import.unwrap_err().code(), "nothing_accepted", "another format is tried because the operator said so");
    let import = import_bytes(&sample("SHA256SUMS"), "x", &chosen(Format::HashLines)).unwrap();
    assert_eq!((import.format, import.why.as_str()), (Format::HashLines, "you chose this format"), "the choice is the reason");
    for name in ["login-page.html", "tmk-stub.tmk"] {
        let refused = import_bytes(&sample(name), name, &chosen(Format::HashLines)).unwrap_err();
        assert_ne!(refused.code(), "nothing_accepted", "{name} is refused whatever is chosen");
    }
}

#[test]
fn a_checksum_file_whose_values_look_like_pdq_asks() {
    let values = String::from_utf8(sample("hex64-pdq.txt")).unwrap();
    let lines: String = values.lines().map(|value| format!("{value}  a.jpg\n")).collect();
    let import = read(lines.as_bytes(), "SHA256SUMS").unwrap();
    assert_eq!(import.format, Format::Checksum, "the lines have the form of sha256sum");
    assert_eq!(import.open_questions, [Question::Kind], "40 of 40 with half their bits set are no SHA-256");
    let answers = Answers { kind_64: Some(SignalKind::Sha256), ..support::answers() };
    let import = import_bytes(lines.as_bytes(), "SHA256SUMS", &answers).unwrap();
    assert_eq!((import.open_questions.len(), import.report.signals["sha256"]), (0, 40), "the operator's word counts");
}

#[test]
fn harm_is_asked_unless_it_is_answered_or_every_entry_names_one() {
    let list = sample("bsd-tags.txt");
    let import = import_bytes(&list, "x", &Answers::default()).unwrap();
    assert_eq!(import.open_questions, [Question::Harm], "a checksum file does not say what it is about");
    let csv = b"md5,harm\n900150983cd24fb0d6963f7d28e17f72,ncii\n5d41402abc4b2a76b9719d911017c592,\n";
    assert_eq!(import_bytes(csv, "x", &Answers::default()).unwrap().open_questions, [Question::Harm], "one row does not say");
    let csv = b"md5,harm\n900150983cd24fb0d6963f7d28e17f72,ncii\n";
    assert_eq!(import_bytes(csv, "x", &Answers::default()).unwrap().open_questions, [], "every row says");
}
