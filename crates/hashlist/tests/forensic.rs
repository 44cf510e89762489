//! Lists of forensic programs, reference sets and ClamAV: every sample gives what `samples/expected.json` says, and no damage panics.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::collections::BTreeMap;

use hashlist::{
    Answers, Content, Entry, Format, Harm, Import, Polarity, Question, Refusal, Summary, import_bytes, limits, parse, recognise,
};
use serde_json::{Value as Json, json};
use support::{Numbers, answers, read, sample};

const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

/// The samples, with whether they are text.
const SAMPLES: [(&str, Format, bool); 11] = [
    ("icse.csv", Format::IcseCsv, true),
    ("example.md5-md5.idx", Format::TskIdx, true),
    ("ex.hash", Format::Encase, false),
    ("hashkeeper.hsh", Format::Hashkeeper, true),
    ("ilook-v1.hsh", Format::Ilook, true),
    ("ilook-v3.hsh", Format::Ilook, true),
    ("nsrl-1.5.txt", Format::NsrlText, true),
    ("test.hdb", Format::Clamav, true),
    ("test.hsb", Format::Clamav, true),
    ("test.fp", Format::Clamav, true),
    ("ncmec-own.xml", Format::NcmecXml, true),
];

/// An entry in the shape of the table. What the table leaves out must not be there, except hints that it never names.
fn shape(entry: &Entry, expected: &Json) -> Json {
    let signals = entry.signals.iter().map(|signal| (signal.kind().to_string(), json!(signal.to_string())));
    let kept = entry.kept.iter().map(|(kind, text)| (kind.clone(), json!(text)));
    let mut shape = json!({"key": entry.key, "signals": signals.chain(kept).collect::<serde_json::Map<_, _>>()});
    if let Some(size) = entry.size {
        shape["size"] = json!(size);
    }
    if !entry.labels.is_empty() {
        shape["labels"] = json!(entry.labels);
    }
    if expected.get("status").is_some() {
        shape["status"] = json!(entry.status.as_str());
    }
    // The table names the kind that is only kept.
    let named = |flag: &'static str| match entry.kept.first() {
        Some((kind, _)) if flag == "kept_not_matched" => format!("{kind}: {flag}"),
        _ => flag.to_owned(),
    };
    let flags: Vec<String> = entry.flags.names().into_iter().map(named).collect();
    if !flags.is_empty() {
        shape["flags"] = json!(flags);
    }
    shape
}

fn records(format: Format, bytes: &[u8], answers: &Answers) -> (BTreeMap<String, &'static str>, Summary) {
    let mut skipped = BTreeMap::new();
    let summary = parse(format, bytes, answers, &mut |record| {
        if let Content::Skipped(reason) = record.content {
            skipped.insert(record.number.to_string(), reason.as_str());
        }
    });
    (skipped, summary.unwrap())
}

#[test]
fn every_sample_gives_exactly_what_is_expected() {
    let table: Json = serde_json::from_slice(&sample("expected.json")).unwrap();
    for (name, format, _) in SAMPLES {
        let (bytes, expected) = (sample(name), &table[name]);
        let import = read(&bytes, name).unwrap();
        assert_eq!((import.format, import.format.as_str()), (format, expected["format"].as_str().unwrap()), "{name}: format");
        let entries = expected["entries"].as_array().unwrap();
        assert_eq!(import.entries.len(), entries.len(), "{name}: number of entries");
        for (entry, expected) in import.entries.iter().zip(entries) {
            assert_eq!(shape(&entry, expected), *expected, "{name}: entry");
        }
        let (skipped, summary) = records(format, &bytes, &Answers::default());
        assert_eq!(json!(skipped), expected["skipped"], "{name}: skipped");
        assert_eq!(import.report.rejected_count(), expected["rejected"].as_object().unwrap().len() as u64, "{name}: rejected");
        assert_eq!(json!(import.withdrawn_keys()), expected["withdrawn"], "{name}: withdrawn");
        let dropped = ["dropped_fields", "rejected_signals"].iter().filter_map(|key| expected.get(key)?.as_object()).flatten().count();
        assert_eq!(import.report.rejected_signals.values().sum::<u64>(), dropped as u64, "{name}: rejected signals");
        if let Some(list_name) = expected.get("list_name") {
            assert_eq!(json!(summary.about.list_name), *list_name, "{name}: name of the list");
        }
        if let Some(polarity) = expected.get("polarity") {
            assert_eq!(import.polarity.as_str(), polarity, "{name}: polarity");
        }
    }
}

/// Keys that an import takes away.
trait Withdrawn {
    fn withdrawn_keys(&self) -> Vec<&str>;
}

impl Withdrawn for Import {
    fn withdrawn_keys(&self) -> Vec<&str> {
        self.withdrawn.iter().map(String::as_str).collect()
    }
}

#[test]
fn a_list_is_the_same_list_in_every_encoding_and_under_every_name() {
    for (name, format, _) in SAMPLES.into_iter().filter(|(.., is_text)| *is_text) {
        let plain = String::from_utf8(sample(name)).unwrap().replace('\r', "");
        let reference = read(plain.as_bytes(), name).unwrap();
        let marked = format!("\u{feff}{plain}");
        let forms: [(Vec<u8>, &str); 5] = [
            (plain.replace('\n', "\r\n").into_bytes(), "CR LF"),
            (marked.clone().into_bytes(), "a byte order mark"),
            (marked.encode_utf16().flat_map(u16::to_le_bytes).collect(), "UTF-16, little-endian"),
            (marked.encode_utf16().flat_map(u16::to_be_bytes).collect(), "UTF-16, big-endian"),
            (plain.trim_end_matches('\n').as_bytes().to_vec(), "no last line end"),
        ];
        for (bytes, why) in forms {
            for wrong_name in ["list.jpg", "list.csv", ""] {
                let import = read(&bytes, wrong_name).unwrap();
                assert_eq!((import.format, &import.entries), (format, &reference.entries), "{name} with {why} as {wrong_name:?}");
                assert_eq!(import.report.records, reference.report.records, "{name} with {why}: records");
            }
        }
    }
    assert_eq!(read(&sample("ex.hash"), "list.jpg").unwrap().format, Format::Encase, "a binary list under another name");
}

#[test]
fn each_format_is_recognised_by_its_first_bytes_or_lines() {
    let zeros = "0".repeat(40);
    let pdq = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
    let nsrl = "\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\",\"ProductCode\",\"OpSystemCode\",\"SpecialCode\"";
    let ilook = "Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512";
    let cases: Vec<(String, Format)> = vec![
        ("SQLite format 3\0 CREATE TABLE db_properties CREATE TABLE hashes".to_owned(), Format::Kdb),
        ("SQLite format 3\0 CREATE TABLE METADATA (sha256, md5)".to_owned(), Format::NsrlRds),
        ("SQLite format 3\0 CREATE VIEW FILE AS SELECT".to_owned(), Format::NsrlRds),
        ("<h:queryResult xmlns:h=\"https://hashsharing.ncmec.org/hashsharing/v2\"/>".to_owned(), Format::NcmecXml),
        (format!("{MD5}:3:Test.Abc\n"), Format::Clamav),
        (format!("{SHA1}:*:Test.Abc:73\n{MD5}:3\n"), Format::Clamav),
        (format!("0,100,{pdq},0.033\n"), Format::Vpdq),
        (format!("{zeros}0|md5sum\n{zeros}1|x\n"), Format::TskIdx),
        (format!("{zeros}1|x\n"), Format::TskIdx),
        (format!("{nsrl}\n"), Format::NsrlText),
        (format!("V3{ilook}\n"), Format::Ilook),
        (format!("V4{ilook},CreateTime,ModTime,LastAccessTime\n"), Format::Ilook),
        (format!("T1{}\n", "a".repeat(70)), Format::Tlsh),
    ];
    for (text, format) in cases {
        let found = recognise(text.as_bytes(), true, "x").unwrap();
        assert_eq!(found.format, format, "{text}");
        assert!(!found.why.contains(MD5) && found.why.len() > 20, "{text}: {}", found.why);
    }
    assert_eq!(
        recognise(format!("3:{MD5}:Section\n").as_bytes(), true, "x.hdb").unwrap_err().code(),
        "section_hashes",
        "by content, not by name"
    );
}

#[test]
fn a_header_that_is_nearly_the_known_one_is_another_format() {
    for (header, found) in [
        ("\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\",\"ProductCode\",\"OpSystemCode\"", Format::Csv),
        ("V2Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512", Format::Csv),
        ("MD5;SHA1;PhotoDNA;Image ID", Format::Csv),
        ("\"file_id\",\"hashset_id\",\"file_name\",\"directory\",\"hash\",\"file_size\"", Format::Csv),
    ] {
        assert_eq!(recognise(format!("{header}\n").as_bytes(), true, "x").unwrap().format, found, "{header}");
    }
    let zeros = "0".repeat(39);
    assert_eq!(recognise(format!("{zeros}10|md5sum\n").as_bytes(), true, "x").unwrap_err().code(), "unknown_format", "39 zeros");
    assert_eq!(recognise(b"HASH\r\n\xff\x01", true, "x").unwrap().format, Format::Csv, "another eighth byte: a column of hashes");
    assert_eq!(recognise(format!("{MD5}:x:Name\n").as_bytes(), true, "x").unwrap_err().code(), "unknown_format", "no size");
}

#[test]
fn every_sentence_of_recognition_says_why_without_a_value() {
    for (name, ..) in SAMPLES {
        let why = recognise(&sample(name), true, name).unwrap().why;
        assert!(why.len() > 20 && !why.contains(MD5), "{name}: {why}");
    }
}

#[test]
fn polarity_is_proposed_where_the_format_says_it_and_asked_where_it_does_not() {
    let polarity = |bytes: &[u8], name: &str| {
        let import = read(bytes, name).unwrap();
        (import.polarity, import.open_questions.contains(&Question::Polarity))
    };
    for name in ["ex.hash", "hashkeeper.hsh", "ilook-v1.hsh", "example.md5-md5.idx"] {
        assert!(polarity(&sample(name), name).1, "{name} does not say whether it warns");
    }
    let index = String::from_utf8(sample("example.md5-md5.idx")).unwrap().replace("md5sum", "nsrl");
    assert_eq!(polarity(index.as_bytes(), "x.idx"), (Polarity::Ignore, false), "an index of NSRL");
    assert_eq!(polarity(&sample("nsrl-1.5.txt"), "x"), (Polarity::Ignore, false), "NSRL");
    assert_eq!(polarity(&sample("test.fp"), "test.fp"), (Polarity::Ignore, false), "an allow list by its name");
    assert_eq!(polarity(&sample("test.fp"), "TEST.SFP"), (Polarity::Ignore, false), "the other name");
    assert_eq!(polarity(&sample("test.hdb"), "test.hdb"), (Polarity::Alert, false), "signatures");
    assert_eq!(polarity(&sample("icse.csv"), "icse.csv"), (Polarity::Alert, false), "ICSE");
    let answered = Answers { polarity: Some(Polarity::Alert), ..answers() };
    let import = import_bytes(&sample("ex.hash"), "x", &answered).unwrap();
    assert_eq!((import.polarity, import.open_questions), (Polarity::Alert, vec![]), "the operator's word counts");
}

#[test]
fn harm_is_proposed_where_the_format_speaks_of_one_harm() {
    let harm = |name: &str| import_bytes(&sample(name), name, &Answers::default()).unwrap().harm;
    assert_eq!((harm("icse.csv"), harm("ncmec-own.xml")), (Some(Harm::Csam), Some(Harm::Csam)), "lists of abuse material");
    assert_eq!(harm("test.hdb"), Some(Harm::Malware), "ClamAV");
    assert_eq!(harm("ex.hash"), None, "EnCase does not say");
    assert!(
        !import_bytes(&sample("nsrl-1.5.txt"), "x", &Answers::default()).unwrap().open_questions.contains(&Question::Harm),
        "NSRL has none"
    );
}

fn encase(stated: u32, hashes: &[[u8; 16]]) -> Vec<u8> {
    let mut file = vec![0; 1152];
    file[..8].copy_from_slice(b"HASH\r\n\xff\0");
    file[16..20].copy_from_slice(&stated.to_le_bytes());
    for (at, unit) in "Set 1".encode_utf16().enumerate() {
        file[1032 + at * 2..1034 + at * 2].copy_from_slice(&unit.to_le_bytes());
    }
    hashes.iter().for_each(|hash| file.extend_from_slice(&[&hash[..], &[9, 9]].concat()));
    file
}

#[test]
fn the_first_encase_hash_stands_at_byte_1152() {
    let bytes = sample("ex.hash");
    let import = read(&bytes, "x").unwrap();
    assert_eq!(import.entries.to_vec()[0].signals[0].as_bytes(), &bytes[1152..1168], "a reader that counts from 0 finds the head");
    let mut offsets = Vec::new();
    parse(Format::Encase, &bytes[..], &answers(), &mut |record| offsets.push(record.offset)).unwrap();
    assert_eq!(offsets, [1152, 1170], "18 bytes a record");
}

#[test]
fn an_encase_count_that_is_not_the_length_takes_the_smaller_and_says_so() {
    let hashes = [[1; 16], [2; 16], [3; 16]];
    for (stated, taken, notes) in [(3, 3, 0), (2, 2, 1), (4, 3, 1)] {
        let bytes = encase(stated, &hashes);
        let (_, summary) = records(Format::Encase, &bytes, &answers());
        assert_eq!((summary.records, summary.about.notes.len()), (taken, notes), "{stated} stated, 3 there");
        assert_eq!(summary.about.list_name.as_deref(), Some("Set 1"), "the name in the head");
        assert_eq!(summary.bytes, bytes.len() as u64, "read to the end");
    }
    assert_eq!(read(&encase(0, &hashes), "x").unwrap_err().code(), "nothing_accepted", "the smaller count is none");
    assert_eq!(read(&encase(3, &hashes)[..1151], "x").unwrap_err().code(), "ends_early", "one byte of the head is missing");
    let partial = encase(3, &hashes);
    assert_eq!(records(Format::Encase, &partial[..partial.len() - 1], &answers()).1.records, 2, "17 of 18 bytes are no record");
}

#[test]
fn index_lines_may_hold_sha1_and_offsets_are_ignored() {
    let zeros = "0".repeat(40);
    let list = format!("{zeros}0|hk\n{zeros}1|\n{SHA1}|0000000000000039\n{}|0\n{MD5}\nabc|0\n", MD5.to_uppercase());
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.report.signals, BTreeMap::from([("md5", 1), ("sha1", 1)]), "by the number of digits");
    let reasons: Vec<_> = import.report.rejected_records.iter().map(|rejected| (rejected.record, rejected.reason)).collect();
    assert_eq!(reasons, [(5, "bad_record"), (6, "wrong_length")], "a line without a bar, and one of three digits");
}

#[test]
fn clamav_lines_have_their_outcomes() {
    let list = format!(
        "{MD5}:3:A\n{SHA1}:*:B:73\n{MD5}:many:C\n{MD5}:3:\n{MD5}:3\n{MD5}:3:D:73:74\n{}:3:E\n{MD5}:18446744073709551615:F\n{MD5}:18446744073709551616:G\n",
        &MD5[..31]
    );
    let import = read(list.as_bytes(), "x.hdb").unwrap();
    let entries = import.entries.to_vec();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["A", "B", "F"], "the name is the key");
    assert_eq!(
        (import.entries.to_vec()[1].size, import.entries.to_vec()[2].size),
        (None, Some(u64::MAX)),
        "an unknown size, and the largest"
    );
    let reasons: Vec<_> = import.report.rejected_records.iter().map(|rejected| (rejected.record, rejected.reason)).collect();
    let expected =
        [(3, "bad_number"), (4, "missing_field"), (5, "field_count"), (6, "field_count"), (7, "wrong_length"), (9, "bad_number")];
    assert_eq!(reasons, expected, "each in its place");
}

#[test]
fn special_code_m_never_makes_a_file_known_good() {
    let bytes = sample("nsrl-1.5.txt");
    assert_eq!(records(Format::NsrlText, &bytes, &answers()).0["3"], "special_m", "as a list of harmless files");
    let alert = Answers { polarity: Some(Polarity::Alert), ..answers() };
    let import = import_bytes(&bytes, "x", &alert).unwrap();
    assert_eq!(import.entries.to_vec()[1].labels, ["special:M"], "as a list that warns it is an entry like any other");
}

#[test]
fn shifted_rows_of_ilook_keep_their_good_hashes_and_lose_their_size() {
    let header = "V3Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512";
    let list = format!(
        "{header}\n{MD5},{SHA1},NULL,DEV,7,0,,\n{},,a, b, and c.txt,C:\\x\\,3,{},,\n{},,a.txt,C:\\x\\,x,,,\n",
        "1".repeat(32),
        "2".repeat(64),
        "3".repeat(32)
    );
    let import = read(list.as_bytes(), "x").unwrap();
    let sizes: Vec<Option<u64>> = import.entries.iter().map(|entry| entry.size).collect();
    assert_eq!(sizes, [None, Some(3), None], "a shifted row has no size that can be trusted");
    assert_eq!(import.report.signals, BTreeMap::from([("md5", 3), ("sha1", 1), ("sha256", 1)]), "commas in a name move what follows");
    assert_eq!(import.report.rejected_signals["wrong_length"], 1, "the field of one digit");
}

#[test]
fn rows_of_fixed_tables_have_their_outcomes() {
    let header = String::from_utf8(sample("hashkeeper.hsh")).unwrap().lines().next().unwrap().to_owned();
    let row = |id: &str, hash: &str, size: &str, more: &str| format!("{id},1,\"a, b\",\"C:\\\",\"{hash}\",{size},,,,,,{more}\n");
    let list = [
        format!("{header}\n"),
        row("1", MD5, "3", ""),
        row("2", MD5, "x", ""),
        row("3", "", "3", ""),
        row("4", MD5, "3", ",,"),
        row("5", MD5, "3", ",x"),
        "6,1,short\n".to_owned(),
        ",,,,,,,,,,,\n".to_owned(),
        row("", MD5, "3", ""),
    ];
    let import = read(list.concat().as_bytes(), "x").unwrap();
    let entries = import.entries.to_vec();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["1", "4", &format!("md5:{MD5}")], "without an id the hash is the key");
    let reasons: Vec<_> = import.report.rejected_records.iter().map(|rejected| (rejected.record, rejected.reason)).collect();
    assert_eq!(reasons, [(3, "bad_number"), (4, "missing_field"), (6, "field_count"), (7, "field_count")], "each in its place");
    assert_eq!(import.report.skipped["blank"], 1, "a row of nothing");
}

#[test]
fn a_file_of_another_table_is_not_read_as_the_chosen_one() {
    for (name, format) in [("icse.csv", Format::Hashkeeper), ("ilook-v1.hsh", Format::NsrlText), ("test.hdb", Format::Ilook)] {
        let refused = parse(format, &sample(name)[..], &answers(), &mut |_| {}).unwrap_err();
        assert_eq!(refused.code(), "unknown_format", "{name} as {}", format.as_str());
    }
    for format in [Format::Kdb, Format::NsrlRds] {
        let refused = parse(format, &sample("ex.kdb")[..], &answers(), &mut |_| {}).unwrap_err();
        assert_eq!(refused.code(), "unknown_database", "a database is read by its rows");
    }
}

#[test]
fn tlsh_digests_are_kept_and_other_builds_are_of_the_wrong_length() {
    let table: Json = serde_json::from_slice(&sample("expected.json")).unwrap();
    let import = read(&sample("tlsh/digests.txt"), "x").unwrap();
    assert_eq!(import.format, Format::Tlsh, "three digests with names");
    let kept: Vec<Json> = import.entries.iter().map(|entry| json!(entry.kept[0].1)).collect();
    assert_eq!(json!(kept), json!(table["tlsh/digests.txt"]["digests"].as_object().unwrap().values().collect::<Vec<_>>()), "digests");
    let import = read(&sample("tlsh/variants.txt"), "x").unwrap();
    assert_eq!((import.report.added, import.report.duplicate), (2, 1), "with T1 and without, in either case, is one digest");
    assert_eq!(import.entries.to_vec()[0].kept[0].1, kept[0], "that of the first text");
    let rejected = &import.report.rejected_records[0];
    assert_eq!((rejected.record, rejected.reason), (3, "wrong_length"), "a longer build");
    assert!(rejected.detail.contains("not comparable"), "and says why: {}", rejected.detail);
    assert!(import.entries.to_vec()[1].flags.never_alert, "all zero");
    for digits in [74, 134, 138] {
        let list = format!("{}\n{}\n{}\n", "a".repeat(70), "b".repeat(70), "c".repeat(digits));
        assert_eq!(read(list.as_bytes(), "x").unwrap().report.rejected["wrong_length"], 1, "{digits} digits without T1");
    }
}

#[test]
fn lines_at_the_limit_are_read_and_one_beyond_are_one_rejected_record() {
    let clamav = |bytes: usize| format!("{MD5}:3:A\n{SHA1}:*:{}\n{MD5}:3:C\n", "n".repeat(bytes - SHA1.len() - 3));
    let reasons = |list: &str| {
        let report = read(list.as_bytes(), "x").unwrap().report;
        report.rejected_records.iter().map(|rejected| (rejected.record, rejected.reason)).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&clamav(limits::LINE_BYTES)), [(2, "bad_record")], "64 KiB are read; the name is too long for a key");
    assert_eq!(reasons(&clamav(limits::LINE_BYTES + 1)), [(2, "line_too_long")], "one byte more is not read");
    let key = |bytes: usize| format!("{MD5}:3:A\n{SHA1}:*:{}\n", "n".repeat(bytes));
    assert_eq!(reasons(&key(limits::KEY_BYTES)), [], "a name of 512 bytes");
    assert_eq!(reasons(&key(limits::KEY_BYTES + 1)), [(2, "bad_record")], "513 bytes");
    let header = "V1Hash,HashType,SetDescription,FileName,FilePath,FileSize";
    let row = |bytes: usize| format!("{header}\n{MD5},MD5,x,{},C:,3\n", "n".repeat(bytes - MD5.len() - 12));
    assert_eq!(reasons(&row(limits::LINE_BYTES)), [], "64 KiB of a row without quotes");
    let beyond = parse(Format::Ilook, row(limits::LINE_BYTES + 1).as_bytes(), &answers(), &mut |record| {
        if record.number == 2 {
            assert!(matches!(&record.content, Content::Rejected(rejection) if rejection.reason.as_str() == "line_too_long"), "one more");
        }
    });
    assert_eq!(beyond.unwrap().records, 2, "the header and one record");
}

fn adds_up(result: &Result<Import, Refusal>) {
    let Ok(import) = result else { return };
    let report = &import.report;
    let outcomes = report.added + report.replaced + report.duplicate + report.withdrawn + report.undecided;
    assert_eq!(outcomes + report.skipped_count() + report.rejected_count(), report.records, "each record has one outcome");
    assert_eq!(report.entries, import.entries.len() as u64, "entries are counted");
}

fn every_way(bytes: &[u8], name: &str) {
    adds_up(&import_bytes(bytes, name, &answers()));
    // Whatever recognition says, every parser meets these bytes too.
    for (_, format, _) in SAMPLES {
        let mut records = 0;
        if let Ok(summary) = parse(format, bytes, &answers(), &mut |_| records += 1) {
            assert_eq!(summary.records, records, "{name} as {}", format.as_str());
        }
    }
}

#[test]
fn samples_cut_anywhere_are_refused_or_reported() {
    for name in SAMPLES.map(|(name, ..)| name).into_iter().chain(["tlsh/digests.txt"]) {
        let bytes = sample(name);
        let step = if bytes.len() > 600 { 97 } else { 13 };
        (0..bytes.len()).step_by(step).for_each(|end| every_way(&bytes[..end], name));
    }
    for name in ["ex.kdb", "rds-minimal.db"] {
        let bytes = sample(name);
        let cut = (0..bytes.len()).step_by(97).map(|end| recognise(&bytes[..end], true, name));
        let recognised: Vec<Format> = cut.flatten().map(|recognised| recognised.format).collect();
        assert!(recognised.iter().all(|format| matches!(format, Format::Kdb | Format::NsrlRds)), "{name}: nothing else");
        assert!(!recognised.is_empty(), "{name}: recognised as soon as the schema is there");
    }
}

#[test]
fn mutated_samples_are_refused_or_reported() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for name in SAMPLES.map(|(name, ..)| name).into_iter().chain(["tlsh/digests.txt"]) {
        for _ in 0..25 {
            let mut bytes = sample(name);
            for _ in 0..1 + numbers.below(8) {
                let at = numbers.below(bytes.len().max(1));
                match numbers.below(4) {
                    _ if bytes.is_empty() => break,
                    0 => bytes[at] = numbers.next() as u8,
                    1 => _ = bytes.remove(at),
                    2 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, b"<>&;\"\r\n,;|\0:"[numbers.below(12)]),
                }
            }
            every_way(&bytes, name);
        }
    }
}

#[test]
fn twice_the_same_file_is_twice_the_same_version() {
    for (name, ..) in SAMPLES {
        let (first, second) = (read(&sample(name), name).unwrap(), read(&sample(name), name).unwrap());
        let difference = hashlist::Difference::of(&first.entries, &second.entries);
        assert!(difference.is_empty(), "{name}");
    }
}

#[test]
fn old_nsrl_files_of_another_project_read_as_their_readme_says() {
    let Some(bytes) = support::shared("hashdeep-legacy/nsrlfile.txt") else { return };
    let import = read(&bytes, "nsrlfile.txt").unwrap();
    assert_eq!((import.format, import.entries.len()), (Format::NsrlText, 2), "two records under a 2.0 header");
    let silent: Vec<bool> = import.entries.iter().map(|entry| entry.flags.never_alert).collect();
    assert_eq!(silent, [false, true], "the second is the empty file");
}
