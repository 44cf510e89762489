//! Rules of merging, of columns and of limits, each at its bound and one beyond.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use hashlist::{Answers, SignalKind, Status, import_bytes, limits};
use support::{answers, read, sample};

const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
const OTHER: &str = "5d41402abc4b2a76b9719d911017c592";

fn reasons(list: &str) -> Vec<(u64, &'static str)> {
    let import = read(list.as_bytes(), "x").unwrap();
    import.report.rejected_records.iter().map(|rejected| (rejected.record, rejected.reason)).collect()
}

#[test]
fn f81_a_later_record_of_one_key_replaces_the_earlier_and_an_equal_one_is_a_duplicate() {
    let import = read(format!("id,md5\n1,{MD5}\n1,{OTHER}\n2,{MD5}\n2,{MD5}\n").as_bytes(), "x").unwrap();
    let report = &import.report;
    assert_eq!((report.added, report.replaced, report.duplicate), (2, 1, 1), "one of each");
    assert_eq!(import.entries.to_vec()[0].signals[0].to_string(), OTHER, "the later one stays, in its place");
}

#[test]
fn a_true_deleted_column_withdraws_by_key_and_a_later_row_brings_it_back() {
    let list = format!("id,md5,deleted\n1,{MD5},\n1,,true\n2,{OTHER},1\n3,,yes\n3,{MD5},no\n");
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.withdrawn, ["1", "2"], "what is gone at the end");
    assert_eq!((import.report.withdrawn, import.report.added, import.report.entries), (3, 2, 1), "each row has one outcome");
    assert_eq!(import.entries.to_vec()[0].key, "3", "withdrawn, then added again");
}

#[test]
fn columns_carry_status_times_labels_and_source() {
    let list = format!(
        "md5;status;added;updated;expires;tags;severity;owner;video_sha256\n\
         {MD5};disputed;2026-11-01;1790000000;2026-11-10T10:00:00Z;a|b;c3;example.org;\n\
         {OTHER};perhaps;;;;;;;\n"
    );
    let now = Answers { now_ms: Some(1_800_000_000_000), trust: Status::Confirmed, ..answers() };
    let import = import_bytes(list.as_bytes(), "x", &now).unwrap();
    let entry = &import.entries.to_vec()[0];
    assert_eq!(entry.status, Status::Disputed, "the column is the status");
    assert_eq!(entry.updated, Some(1_790_000_000_000), "seconds");
    assert!(entry.flags.expired && !import.entries.to_vec()[1].flags.expired, "it expired before now");
    assert_eq!(entry.labels, ["a", "b", "category:c3"], "tags, and the category as a label");
    assert_eq!(entry.source.as_deref(), Some("example.org"), "who contributed it");
    assert_eq!(import.entries.to_vec()[1].status, Status::Confirmed, "a word that is no status leaves the operator's trust");
}

#[test]
fn a_bad_field_rejects_its_row_and_a_bad_hash_only_itself() {
    let list = format!("md5,sha1,size,added,quality\n{MD5},xyz,,,\n{MD5},,many,,\n{MD5},,,soon,\n{MD5},,,,101\n,,5,,\nxyz,,,,\n");
    assert_eq!(reasons(&list), [(3, "bad_number"), (4, "bad_time"), (5, "bad_number"), (6, "missing_field"), (7, "bad_encoding")], "rows");
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.report.rejected_signals["bad_encoding"], 1, "the first row keeps its MD5");
    assert_eq!(import.report.added, 1, "and is an entry");
}

#[test]
fn quotes_may_hold_separators_quotes_and_line_ends() {
    let list = format!("name,md5,label\n\"a, \"\"b\"\"\nsecond line\",{MD5},\"x\n y\"\nplain,{OTHER},z\n");
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.report.records, 3, "a header and two rows, one over three lines");
    assert_eq!(import.entries.to_vec()[0].labels, ["x\n y"], "a label over two lines");
}

#[test]
fn a_quote_that_never_ends_costs_one_row() {
    let list = format!("label,md5\n\"open,{MD5}\n{}", format!("b,{OTHER}\n").repeat(3));
    assert_eq!(reasons(&list), [(2, "bad_record")], "only the row with the quote");
    let many = format!("label,md5\n\"open,{MD5}\n{}", format!("b,{OTHER}\n").repeat(5000));
    assert_eq!(reasons(&many), [(2, "bad_record")], "also when the row would outgrow the limit");
    assert_eq!(read(many.as_bytes(), "x").unwrap().report.records, 5002, "every following row is read");
}

#[test]
fn rows_that_all_open_a_quote_are_read_in_linear_time() {
    // Each line opens a quote, whether it stands inside one or not: the worst case for taking a row back.
    let list = format!("label,md5\n{}b,{MD5}\n", "\"a, \",\"\n".repeat(100_000));
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.report.records, 100_002, "each line is a record of its own");
    assert_eq!(import.report.added, 1, "the good row behind them is found");
}

#[test]
fn a_carriage_return_inside_a_row_hides_nothing() {
    let list = format!("md5,label\n{MD5},a\rb\n{OTHER},c\n");
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.entries.to_vec()[0].labels, ["a\rb"], "a lone CR is part of its field");
}

#[test]
fn a_line_at_the_limit_is_read_and_one_beyond_is_one_rejected_record() {
    let line = |bytes: usize| format!("{MD5} {}\n{OTHER}\n", "x".repeat(bytes - MD5.len() - 1));
    assert_eq!(reasons(&line(limits::LINE_BYTES)), [], "64 KiB");
    assert_eq!(reasons(&line(limits::LINE_BYTES + 1)), [(1, "line_too_long")], "one byte more");
    let tx = |bytes: usize| format!("video_md5 {MD5}\nvideo_md5 {OTHER}\nvpdq {}\n", "x".repeat(bytes - 5));
    assert_eq!(reasons(&tx(limits::LONG_LINE_BYTES)), [(3, "bad_record")], "4 MiB of a line of tx are read, and are no vPDQ value");
    assert_eq!(reasons(&tx(limits::LONG_LINE_BYTES + 1)), [(3, "line_too_long")], "one byte more");
}

#[test]
fn signals_labels_keys_and_columns_have_their_limits() {
    let columns = |count: usize| {
        let header = vec!["md5"; count].join(",");
        let row: Vec<String> = (0..count).map(|number| format!("{:032x}", number + 1)).collect();
        format!("{header}\n{}\n", row.join(","))
    };
    let import = read(columns(limits::SIGNALS_PER_ENTRY).as_bytes(), "x").unwrap();
    assert_eq!((import.entries.to_vec()[0].signals.len(), import.report.rejected_signals.len()), (64, 0), "64 signals");
    let import = read(columns(limits::SIGNALS_PER_ENTRY + 1).as_bytes(), "x").unwrap();
    assert_eq!((import.entries.to_vec()[0].signals.len(), import.report.rejected_signals["bad_record"]), (64, 1), "65 signals");
    assert!(read(columns(limits::COLUMNS).as_bytes(), "x").is_ok(), "1,024 columns");
    assert_eq!(read(columns(limits::COLUMNS + 1).as_bytes(), "x").unwrap_err().code(), "too_large", "1,025 columns");

    let labels: Vec<String> = (0..70).map(|number| number.to_string()).collect();
    let list = format!("md5,labels\n{MD5},{}\n{OTHER},{}\n", labels.join(";"), "é".repeat(100));
    let import = read(list.as_bytes(), "x").unwrap();
    assert_eq!(import.entries.to_vec()[0].labels.len(), limits::LABELS_PER_ENTRY, "64 labels");
    assert_eq!(import.entries.to_vec()[1].labels[0], "é".repeat(64), "128 bytes, cut between characters");

    let key = |bytes: usize| format!("id,md5\n{},{MD5}\n2,{OTHER}\n", "k".repeat(bytes));
    assert_eq!(reasons(&key(limits::KEY_BYTES)), [], "a key of 512 bytes");
    assert_eq!(reasons(&key(limits::KEY_BYTES + 1)), [(2, "bad_record")], "513 bytes");
}

#[test]
fn a_thousand_rejected_records_are_remembered_and_all_are_counted() {
    let import = read(format!("{}{}", format!("{MD5}\n").repeat(1200), "900150983cd24fb0\n".repeat(1001)).as_bytes(), "x").unwrap();
    assert_eq!(import.report.rejected_records.len(), limits::REJECTED_RECORDS, "remembered");
    assert_eq!(import.report.rejected_count(), 1001, "counted");
}

#[test]
fn only_one_kind_of_bare_hash_may_be_asked_for() {
    let list = format!("{MD5}\na9993e364706816aba3e25717850c26c9cd0d89d\n");
    let import = import_bytes(list.as_bytes(), "x", &Answers { only_kind: Some(SignalKind::Sha1), ..answers() }).unwrap();
    assert_eq!((import.report.added, import.report.rejected["wrong_length"]), (1, 1), "the MD5 is of the wrong length");
}

#[test]
fn comments_alone_are_no_list() {
    let header_only = read(b"md5,label\n", "x").unwrap_err();
    assert_eq!(header_only.code(), "nothing_accepted", "a header without rows");
    let rejected = read(b"md5,label\nxyz,a\n", "x").unwrap_err();
    assert!(rejected.sentence().contains("record 2: bad_encoding"), "the first rejected record is named: {}", rejected.sentence());
}

#[test]
fn test_entries_are_kept_and_never_match() {
    let list = "signal_type,signal_str,collab,category,tags\r\n\
                pdq,f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22,A,NEGATIVE_CLASS,\r\n\
                video_md5,900150983cd24fb0d6963f7d28e17f72,A,DISPUTED,x y\r\n";
    let import = read(list.as_bytes(), "x").unwrap();
    let status: Vec<&str> = import.entries.iter().map(|entry| entry.status.as_str()).collect();
    assert_eq!((status, import.report.can_match), (vec!["test", "disputed"], 1), "a disputed entry still matches");
}

#[test]
fn a_reader_that_fails_refuses_the_import() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let refused = hashlist::import(&|| Ok(Box::new(Failing)), "x", &answers()).unwrap_err();
    assert_eq!(refused.code(), "unreadable", "an unreadable file is not an empty one");
    assert!(std::error::Error::source(&refused).is_some(), "the cause is chained");
}

#[test]
fn twice_the_same_file_is_twice_the_same_version() {
    for name in ["hashes-mixed.txt", "csv-typed.csv", "tx-dataset.csv"] {
        let (first, second) = (read(&sample(name), name).unwrap(), read(&sample(name), name).unwrap());
        let difference = hashlist::Difference::of(&first.entries, &second.entries);
        assert!(difference.is_empty(), "{name}");
    }
}
