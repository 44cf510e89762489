//! The closed list of reasons: the engine, the page and the table of the faults say the same, each has a test, and each a way to be tried again.

use std::collections::BTreeMap;

use super::harness::workspace;
use super::table::tests_in;
use crate::support::{Home, eventually};

fn source(file: &str) -> String {
    std::fs::read_to_string(workspace().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What stands between two marks of a source.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("{from} is there")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("{to} is there")).0
}

#[test]
fn engine_page_and_table_have_the_same_reasons_of_the_same_class_and_each_has_a_test() {
    let table = source("tests/faults/reasons.tsv");
    let mut listed = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [reason, track, class, again, tests] = fields[..] else { panic!("five fields: {line}") };
        assert!(["bytes", "pixels", "both", "action"].contains(&track), "{reason}: {track}");
        assert!(!again.is_empty(), "{reason}: how it is tried again");
        for test in tests.split(' ') {
            let (file, name) = test.split_once("::").expect("file::name");
            assert!(tests_in(file).contains(name), "{reason}: {file} has no test {name} that runs");
        }
        listed.insert(reason, class);
    }
    let engine = source("crates/engine/src/model/upload.rs");
    let words = between(&engine, "Reason {", "\n    }");
    let of_engine: Vec<&str> = words.lines().filter_map(|line| line.split('"').nth(1)).collect();
    let mut sorted = of_engine.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, listed.keys().copied().collect::<Vec<_>>(), "the engine and the table");
    let need_you = between(&engine, "pub const fn class(self)", "=> ReasonClass::NeedYou").replace(' ', "\n");
    let page_source = source("ui/src/lib/words.ts");
    let page = between(&page_source, "export const REASONS = {", "} as const");
    let mut of_page = 0;
    for line in page.lines().filter_map(|line| line.trim().split_once(": { class: \"")) {
        let (reason, class) = (line.0, line.1.split('"').next().expect("a class"));
        assert_eq!(listed.get(reason), Some(&class), "{reason} on the page");
        let camel: String = reason.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(need_you.contains(&format!("Self::{camel}\n")), class == "need_you", "{reason} in the engine");
        of_page += 1;
    }
    assert_eq!(of_page, of_engine.len(), "each has a sentence and a next step on the page");
}

#[test]
fn an_encrypted_archive_is_said_to_be_one() {
    let home = Home::with_site();
    // The header of a first member whose flag says that it is encrypted, and the end of an archive.
    let mut zip = b"PK\x03\x04\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00".to_vec();
    zip.extend([0; 12]);
    zip.extend(b"\x01\x00\x00\x00a");
    zip.extend(b"PK\x05\x06");
    zip.extend([0; 18]);
    home.upload("a.zip", zip);
    home.sweep();
    assert_eq!(home.rows()[0].reason, "encrypted");
}

#[test]
fn a_file_that_vanished_before_it_was_read_becomes_gone() {
    let home = Home::with_site();
    let path = home.upload("a.txt", "text");
    home.sweep();
    home.change("UPDATE upload SET state = 'found', checked_at = NULL");
    #[expect(clippy::disallowed_methods, reason = "the site removes its file")]
    std::fs::remove_file(path).expect("it was there");
    let watch = home.start(["watch"]);
    eventually("a complete listing says that it is gone", || (home.counts().gone == 1).then_some(()));
    drop(watch);
    assert_eq!(home.counts().waiting, 0, "nothing waits for it");
}

#[test]
fn a_changing_file_is_tried_again_when_its_time_has_come() {
    let home = Home::with_site();
    home.upload("a.txt", "text");
    home.sweep();
    home.change("UPDATE upload SET state = 'could_not_check', reason = 'changing', retry_at = 1");
    let watch = home.start(["watch"]);
    eventually("it is checked", || (home.counts().checked == 1).then_some(()));
    drop(watch);
}

#[test]
fn what_had_no_sandbox_is_looked_at_again_at_every_start() {
    let home = Home::with_site();
    home.upload("a.png", crate::support::png(5));
    home.sweep();
    home.change("UPDATE upload SET state = 'could_not_check', reason = 'sandbox_unavailable'; UPDATE content SET pixels = 'failed', pixel_reason = 'sandbox_unavailable'");
    let watch = home.start(["watch"]);
    eventually("it is checked", || (home.counts().checked == 1).then_some(()));
    drop(watch);
}

#[test]
fn a_newer_decoder_looks_at_every_reason_of_pixels_again() {
    let home = Home::with_site();
    home.upload("a.png", crate::support::png(6));
    home.sweep();
    let decoder_reasons = [
        "unsupported_format",
        "container_not_examined",
        "encrypted",
        "pixel_limit",
        "decoder_error",
        "decoder_crashed",
        "decoder_timeout",
        "decoder_memory",
    ];
    for reason in decoder_reasons {
        home.change(&format!(
            "UPDATE upload SET state = 'could_not_check', reason = '{reason}';
             UPDATE content SET pixels = 'failed', pixel_reason = '{reason}', decoder = 0, strikes = 0"
        ));
        let watch = home.start(["watch"]);
        eventually("it is checked by this decoder", || (home.counts().checked == 1).then_some(()));
        drop(watch);
    }
}
