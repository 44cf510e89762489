//! Limits and hostile input of the JSON formats, and the columns that an operator names.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use hashlist::{Answers, Content, Format, Mapping, Refusal, import_bytes, limits, parse};
use support::{answers, sample};

const HASH: &str = "900150983cd24fb0d6963f7d28e17f72";

/// Records that are made while they are read, with a count of the bytes that were handed out.
struct Generated {
    left: u64,
    ready: Vec<u8>,
    taken: usize,
    handed_out: Rc<Cell<u64>>,
}

impl Read for Generated {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.ready.len() {
            self.taken = 0;
            self.ready.clear();
            for _ in 0..500.min(self.left) {
                self.left -= 1;
                let record = format!("{{\"signalType\":\"VideoMD5\",\"hashValue\":\"{:032x}\",\"hashStatus\":\"Active\"}}", self.left + 1);
                self.ready.extend_from_slice(record.as_bytes());
                self.ready.extend_from_slice(if self.left == 0 { b"]}" } else { b",\n" });
            }
        }
        let count = out.len().min(self.ready.len() - self.taken);
        out[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        self.handed_out.set(self.handed_out.get() + count as u64);
        Ok(count)
    }
}

#[test]
fn a_million_records_are_read_without_holding_more_than_one() {
    const HEAD: &[u8] = b"{\"hasMoreRecords\":false,\"hashRecords\":[";
    let handed_out = Rc::new(Cell::new(0));
    let generated = Generated { left: 1_000_000, ready: HEAD.to_vec(), taken: 0, handed_out: handed_out.clone() };
    let (mut drafts, mut most_ahead) = (0u64, 0u64);
    let summary = parse(Format::StopNcii, generated, &Answers::default(), &mut |record| {
        // What was read and not handed over yet is what a parser can hold: its buffer of the file and one record.
        most_ahead = most_ahead.max(handed_out.get() - record.offset);
        drafts += u64::from(matches!(record.content, Content::Draft(_)));
    })
    .unwrap();
    assert_eq!((summary.records, drafts), (1_000_000, 1_000_000), "every record");
    assert!(most_ahead <= 64 << 10, "never more than 64 KiB ahead of the record: {most_ahead}");
}

#[test]
fn a_record_of_one_mebibyte_is_read_and_a_longer_one_is_rejected() {
    let page = |bytes: usize| {
        let frame = format!("{{\"signalType\":\"VideoMD5\",\"hashValue\":\"{HASH}\",\"x\":\"\"}}").len();
        let long = format!("{{\"signalType\":\"VideoMD5\",\"hashValue\":\"{HASH}\",\"x\":\"{}\"}}", "x".repeat(bytes - frame));
        format!("{{\"hashRecords\":[{long},{{\"signalType\":\"VideoMD5\",\"hashValue\":\"{}\"}}]}}", HASH.replace('9', "8"))
    };
    let import = import_bytes(page(limits::JSON_RECORD_BYTES).as_bytes(), "x", &answers()).unwrap();
    assert_eq!((import.report.added, import.report.rejected_count()), (2, 0), "1 MiB");
    let import = import_bytes(page(limits::JSON_RECORD_BYTES + 1).as_bytes(), "x", &answers()).unwrap();
    assert_eq!((import.report.added, import.report.rejected["line_too_long"]), (1, 1), "one byte more costs the record alone");
}

#[test]
fn nesting_is_read_to_64_and_refused_beyond() {
    let page = |levels: usize| {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!("{{\"hashRecords\":[{{\"signalType\":\"VideoMD5\",\"hashValue\":\"{HASH}\",\"x\":{deep}}}]}}")
    };
    // Three brackets stand around the value.
    assert!(import_bytes(page(limits::JSON_DEPTH - 3).as_bytes(), "x", &answers()).is_ok(), "64 brackets");
    assert_eq!(import_bytes(page(limits::JSON_DEPTH - 2).as_bytes(), "x", &answers()).unwrap_err().code(), "too_deep", "65 brackets");
}

#[test]
fn a_broken_document_is_refused_and_a_broken_record_is_rejected() {
    let record = format!("{{\"signalType\":\"VideoMD5\",\"hashValue\":\"{HASH}\"}}");
    for (page, code) in [
        (format!("{{\"hashRecords\":[{record}]}} x"), "damaged"),
        (format!("{{\"hashRecords\":[{record}}}]"), "damaged"),
        (format!("{{\"hashRecords\":[{record}],\"hashRecords\":[{record}]}}"), "damaged"),
        (format!("{{\"hashRecords\":[{record},"), "ends_early"),
        (format!("{{\"hashRecords\":[{record}"), "ends_early"),
    ] {
        let refused = import_bytes(page.as_bytes(), "x", &answers()).unwrap_err();
        assert_eq!(refused.code(), code, "{page}");
    }
    for bad in [
        "{\"signalType\":}",
        "{\"a\":1,\"a\":2}",
        "\"text\"",
        "7",
        "{\"signalType\":\"\\ud800\"}",
        "{\"signalType\":\"VideoMD5\",\"hashValue\":[1]}",
    ] {
        let import = import_bytes(format!("{{\"hashRecords\":[{bad},{record}]}}").as_bytes(), "x", &answers()).unwrap();
        assert_eq!((import.report.added, import.report.rejected_count()), (1, 1), "{bad}");
    }
    let not_utf8 = [b"{\"hashRecords\":[{\"a\":\"\xff\"},".as_slice(), record.as_bytes(), b"]}"].concat();
    let import = import_bytes(&not_utf8, "x", &answers()).unwrap();
    assert_eq!(import.report.rejected["bad_record"], 1, "no text");
}

#[test]
fn names_of_kinds_that_a_publisher_makes_up_cannot_swell_the_report() {
    let records: Vec<String> =
        (0..500).map(|number| format!("{{\"signalType\":\"Made{number}{}\",\"hashValue\":\"abc\"}}", "x".repeat(200))).collect();
    let import = import_bytes(format!("{{\"hashRecords\":[{}]}}", records.join(",")).as_bytes(), "x", &answers()).unwrap();
    let kept = &import.report.kept_not_matched;
    assert_eq!((kept.len(), kept["other"]), (limits::KINDS_IN_REPORT + 1, 400), "a hundred names, and the rest as one");
    assert!(kept.keys().all(|name| name.len() <= limits::KIND_BYTES), "cut");
}

#[test]
fn a_video_at_the_limit_is_kept_and_a_longer_one_is_rejected() {
    let frame = |number: usize| format!("{number},100,{},0.0\n", "d2d9998c25266273d29cbdac89cb52d226248dbbce99726c38660f93c799f07c");
    let video = |frames: usize| (0..frames).map(frame).collect::<String>();
    // A frame takes 73 bytes in the form in which frames are collected.
    assert_eq!(import_bytes(video(50_000).as_bytes(), "x", &answers()).unwrap().entries.len(), 1, "some 14 hours, a frame a second");
    let Refusal::NothingAccepted { first: Some((1, "line_too_long")), .. } =
        import_bytes(video(60_000).as_bytes(), "x", &answers()).unwrap_err()
    else {
        panic!("more than 4 MiB")
    };
}

#[test]
fn the_operator_says_what_columns_are() {
    let mapped = |list: &str, mapping: &str, format: Option<Format>| {
        let answers = Answers { mapping: Mapping::from_wire(mapping), format, ..answers() };
        import_bytes(list.as_bytes(), "x", &answers)
    };
    let list = format!("Fingerprint;Grade;md5\n{HASH};1;ignored\n");
    let import = mapped(&list, "fingerprint=md5,Grade=category,3=ignore", Some(Format::Csv)).unwrap();
    assert_eq!(
        (import.entries.to_vec()[0].signals.len(), import.entries.to_vec()[0].labels.as_slice()),
        (1, ["category:1".to_owned()].as_slice()),
        "by name and place"
    );
    let bare = format!("1,{HASH},a\n2,{},b\n", HASH.replace('9', "8"));
    let import = mapped(&bare, "1=id,2=md5,3=label", Some(Format::Csv)).unwrap();
    let entries = import.entries.to_vec();
    let found: Vec<(&str, &str)> = entries.iter().map(|entry| (entry.key.as_str(), entry.labels[0].as_str())).collect();
    assert_eq!((found, import.report.records), (vec![("1", "a"), ("2", "b")], 2), "without a header the first line is a row");
    let wrong = mapped(&bare, "3=label", Some(Format::Csv)).unwrap_err();
    assert_eq!(wrong.code(), "unknown_format", "no column would hold a hash");
    let rows = format!("[{{\"print\":\"{HASH}\",\"md5\":\"x\",\"grade\":3}}]");
    let import = mapped(&rows, "print=md5,md5=ignore,grade=category", None).unwrap();
    assert_eq!(
        (import.entries.to_vec()[0].labels[0].as_str(), import.report.rejected_signals.len()),
        ("category:3", 0),
        "keys are columns"
    );
}

#[test]
fn the_name_of_an_old_cache_file_says_its_kind() {
    let bytes = sample("te-cache.simple.HASH_PDQ.te");
    let text = String::from_utf8(bytes).unwrap();
    let wider = text.replace(",1790000000,", ",77,1790000000,").replace(",1790000001,", ",78,1790000001,");
    let import = import_bytes(wider.as_bytes(), "simple.HASH_PDQ.te", &answers()).unwrap();
    let keys: Vec<String> = import.entries.iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["77", "78"], "with the number of the indicator in front, that of the descriptor is the key");
    let skipped = import_bytes(text.as_bytes(), "simple.HASH_URL_MD5.te", &answers()).unwrap_err();
    assert_eq!(skipped.code(), "nothing_accepted", "hashes of addresses are no hashes of files");
}

#[test]
fn json_is_the_same_in_every_encoding_and_under_every_name() {
    for name in [
        "threat-updates-own.json",
        "stopncii-own.json",
        "tat-own.json",
        "vics-1.2-quirks.json",
        "stix-bundle.json",
        "warninglist.json",
        "vpdq-object.json",
    ] {
        let plain = String::from_utf8(sample(name)).unwrap().trim_start_matches('\u{feff}').replace('\r', "");
        let reference = import_bytes(plain.as_bytes(), name, &answers()).unwrap();
        let marked = format!("\u{feff}{plain}");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, why) in [
            (plain.replace('\n', "\r\n").into_bytes(), "CR LF"),
            (marked.into_bytes(), "a byte order mark"),
            (little, "UTF-16, little-endian"),
            (big, "UTF-16, big-endian"),
            (format!("\n \n{plain}").into_bytes(), "white space in front"),
        ] {
            for wrong_name in ["list.jpg", "list.te", "page.csv"] {
                let import = import_bytes(&bytes, wrong_name, &answers()).unwrap();
                assert_eq!((import.format, &import.entries), (reference.format, &reference.entries), "{name} with {why} as {wrong_name}");
            }
        }
    }
}
