//! What several lists, many files and a person's limits make of a match: floods, agreement, thresholds, entries that are switched off.

use serde_json::Value;

use crate::support::{Home, jpeg, number, picture, png, sha256, text};

/// The fingerprint of a picture, by the program itself.
#[track_caller]
fn pdq(home: &Home, bytes: &[u8]) -> String {
    let facts = home.ok(["fingerprint", &text(&home.file("asked.bin", bytes))]);
    facts["pdq"].as_str().expect("it has one").to_owned()
}

fn md5(home: &Home, bytes: &[u8]) -> String {
    home.ok(["fingerprint", &text(&home.file("asked.bin", bytes))])["md5"].as_str().expect("it has one").to_owned()
}

#[track_caller]
fn add(home: &Home, name: &str, lines: &str, more: &[&str]) -> Value {
    let file = text(&home.file(&format!("{name}.txt"), lines));
    home.ok(["list", "add", &file, "--name", name, "--yes"].iter().chain(more).copied().collect::<Vec<_>>())
}

fn word<'a>(facts: &'a Value, key: &str) -> &'a str {
    facts[key].as_str().unwrap_or_else(|| panic!("{key} is a word: {facts}"))
}

fn cases(home: &Home, state: &str) -> Vec<Value> {
    home.all(["inbox", "--state", state])
}

/// A site with `count` forms of one picture, which one entry of the list "wide" is about.
fn flooded(count: u8, harm: &str) -> Home {
    let home = Home::with_site();
    home.set_undo_seconds(60);
    for quality in 0..count {
        home.upload(&format!("{quality:02}.jpg"), jpeg(&picture(1), 95 - quality));
    }
    home.upload("other.png", png(2));
    home.sweep();
    let entry = pdq(&home, &jpeg(&picture(1), 95));
    add(&home, "wide", &format!("{entry}\n"), &["--kind", "pdq", "--harm", harm]);
    home
}

#[test]
fn an_entry_that_matches_twenty_contents_is_one_case_until_somebody_wants_them_one_by_one() {
    let home = flooded(24, "local");
    let open = cases(&home, "open");
    assert_eq!(open.len(), 1, "twenty-four files are one case: {open:?}");
    let leader = number(&open[0]["case"]);
    assert_eq!((word(&open[0], "second_look"), number(&open[0]["flood_contents"])), ("flood", 24), "and it says why: {}", open[0]);
    assert_eq!(cases(&home, "held").len(), 23, "the others wait behind it");
    let case = leader.to_string();
    let held = number(&cases(&home, "held")[0]["case"]).to_string();
    home.run(["decide", &case, "take-down"]).code(2, "nobody takes them down as a whole");
    home.run(["decide", &held, "keep"]).code(2, "nor one that waits");
    home.upload("later.jpg", jpeg(&picture(1), 40));
    home.sweep();
    assert_eq!((cases(&home, "open").len(), cases(&home, "held").len()), (1, 24), "a further one waits as well");
    let opened = home.ok(["singles", &case]);
    assert_eq!(number(&opened["opened"]), 25, "all are there: {opened}");
    assert_eq!((cases(&home, "open").len(), cases(&home, "held").len()), (25, 0), "one by one");
    home.ok(["decide", &held, "take-down"]);
    home.upload("after.jpg", jpeg(&picture(1), 30));
    home.sweep();
    assert_eq!(cases(&home, "held").len(), 0, "what was opened one by one is not gathered again");
    assert_eq!(home.run(["ledger", "verify"]).code, 0, "the record is whole");
}

#[test]
fn keeping_a_flood_keeps_all_and_switches_the_entry_off_and_undo_gives_it_back() {
    let home = flooded(21, "local");
    let leader = number(&cases(&home, "open")[0]["case"]).to_string();
    home.ok(["decide", &leader, "keep"]);
    assert_eq!(cases(&home, "held").len(), 0, "all are in the draft");
    home.ok(["undo", &leader]);
    assert_eq!((cases(&home, "open").len(), cases(&home, "held").len()), (1, 20), "undo makes everything as before");
    home.ok(["decide", &leader, "keep", "--now"]);
    assert_eq!(cases(&home, "decided").len(), 21, "all are kept");
    home.upload("later.jpg", jpeg(&picture(1), 40));
    home.sweep();
    assert_eq!(cases(&home, "open").len(), 0, "the entry raises nothing any more");
    let list = home.ok(["list", "show", "wide"]);
    let entry = word(&list["switched_off"][0], "entry").trim_start_matches('#').to_owned();
    let on = home.ok(["list", "switch-on", "wide", &entry]);
    assert_eq!(number(&on["cases"]), 1, "what it matched meanwhile is there now: {on}");
    home.run(["list", "switch-on", "wide", &entry]).code(2, "it is on already");
}

#[test]
fn a_flood_of_a_protected_list_is_kept_only_with_a_note() {
    let home = flooded(20, "csam");
    let leader = number(&cases(&home, "open")[0]["case"]).to_string();
    home.run(["decide", &leader, "keep"]).code(2, "a note is needed");
    home.ok(["decide", &leader, "keep", "--note", "our own logo, seen by three people", "--now"]);
    assert_eq!(cases(&home, "decided").len(), 20, "with it, all are kept");
}

#[test]
fn a_withdrawn_entry_ends_its_flood_and_its_return_begins_it_again() {
    let home = flooded(20, "local");
    let entry = pdq(&home, &jpeg(&picture(1), 95));
    let other = pdq(&home, &png(7));
    add(&home, "wide", &format!("{other}\n"), &["--kind", "pdq"]);
    assert_eq!(cases(&home, "held").len(), 0, "nothing waits for an entry that is gone");
    let open = cases(&home, "open");
    assert_eq!((open.len(), word(&open[0], "second_look")), (1, "entry_withdrawn"), "the case that was seen says so: {open:?}");
    add(&home, "wide", &format!("{other}\n{entry}\n"), &["--kind", "pdq"]);
    assert_eq!(cases(&home, "open").len() + cases(&home, "held").len(), 20, "all of them are back");
    assert!(cases(&home, "open").len() <= 2, "and not one by one: {:?}", cases(&home, "open"));
}

#[test]
fn nineteen_contents_are_nineteen_cases() {
    let home = flooded(19, "local");
    assert_eq!((cases(&home, "open").len(), cases(&home, "held").len()), (19, 0), "a wave of one picture is no flood yet");
}

#[test]
fn a_case_that_another_list_names_does_not_wait_in_a_flood() {
    let home = Home::with_site();
    let named = jpeg(&picture(1), 80);
    home.list_of("exact", &[&named]);
    let entry = pdq(&home, &jpeg(&picture(1), 95));
    for quality in 0..24_u8 {
        home.upload(&format!("{quality:02}.jpg"), jpeg(&picture(1), 95 - quality));
    }
    add(&home, "wide", &format!("{entry}\n"), &["--kind", "pdq", "--harm", "local"]);
    home.sweep();
    let open = cases(&home, "open");
    assert_eq!(open.len(), 2, "the flood, and the one with a reason of its own: {open:?}");
    assert!(open.iter().any(|case| case["sha256"] == sha256(&named).as_str()), "it is the one that the other list names");
}

#[test]
fn lists_that_agree_come_first_and_a_lone_suspicion_and_a_dispute_come_last() {
    let home = Home::with_site();
    let pictures = [png(1), png(2), png(3), png(4)];
    for (number, bytes) in pictures.iter().enumerate() {
        home.upload(&format!("{number}.png"), bytes);
    }
    let lines = |which: &[usize]| which.iter().map(|at| sha256(&pictures[*at]) + "\n").collect::<String>();
    add(&home, "suspected", &lines(&[0, 2]), &["--kind", "sha256", "--harm", "local", "--trust", "suspected"]);
    add(&home, "confirmed", &lines(&[1, 2]), &["--kind", "sha256", "--harm", "local", "--trust", "confirmed"]);
    let rows = format!("signal_type,signal_str,collab,category,tags\nvideo_md5,{},Example,DISPUTED,\n", md5(&home, &pictures[3]));
    add(&home, "disputed", &rows, &["--harm", "local"]);
    home.sweep();
    let found: Vec<(String, String)> =
        cases(&home, "open").iter().map(|case| (word(case, "agreement").to_owned(), word(case, "sha256").to_owned())).collect();
    let expected = [("several_lists", 2), ("one_list", 1), ("suspected", 0), ("disputed", 3)];
    let expected = expected.map(|(agreement, at): (&str, usize)| (agreement.to_owned(), sha256(&pictures[at])));
    assert_eq!(found, expected, "in the order of weight");
}

#[test]
fn a_limit_says_what_it_would_do_before_it_does_it() {
    let home = Home::with_site();
    for (at, quality) in [95_u8, 60, 20, 5].into_iter().enumerate() {
        home.upload(&format!("{at}.jpg"), jpeg(&picture(1), quality));
    }
    home.upload("other.png", png(2));
    home.sweep();
    let entry = pdq(&home, &jpeg(&picture(1), 95));
    add(&home, "near", &format!("{entry}\n"), &["--kind", "pdq", "--harm", "local"]);
    let distances: Vec<i64> = cases(&home, "open").iter().map(|case| number(&case["distance"])).collect();
    let effect = home.ok(["list", "threshold", "near"]);
    assert_eq!((number(&effect["threshold"]), number(&effect["checked"])), (31, 5), "{effect}");
    let at_most = |limit: i64| distances.iter().filter(|distance| **distance <= limit).count() as i64;
    for limit in 0..=31 {
        let row = &effect["near"][limit as usize];
        assert_eq!((number(&row["distance"]), number(&row["contents"])), (limit, at_most(limit)), "what a limit of {limit} would match");
    }
    assert!(at_most(0) < at_most(31), "the copies differ: {distances:?}");
    home.ok(["list", "threshold", "near", "0"]);
    let named = |home: &Home| cases(home, "open").iter().filter(|case| number(&case["lists_naming"]) > 0).count() as i64;
    assert_eq!(named(&home), at_most(0), "only equal fingerprints count now; the others say that no list names them");
    home.ok(["list", "threshold", "near", "31"]);
    assert_eq!(named(&home), at_most(31), "and back");
    home.run(["list", "threshold", "near", "32"]).code(64, "beyond 31 unrelated pictures match");
}
