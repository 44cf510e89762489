//! Country profiles, clocks, notices and help pages on the command line.

use crate::support::{Home, number, text};

/// A home with one listed upload that was swept, and its case.
fn one_case() -> (Home, String) {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.upload("a", "listed");
    home.sweep();
    let case = home.only_case().to_string();
    (home, case)
}

#[test]
fn country_questions_are_answered_once_and_each_change_is_recorded() {
    let home = Home::new();
    assert_eq!(home.ok(["profile", "show"])["profiles"], serde_json::json!([]), "nobody was asked");
    let set = home.ok(["profile", "set", "--lives", "gb", "--hosted", "us", "--serves", "eu"]);
    let names: Vec<&str> = set["profiles"].as_array().expect("a list").iter().filter_map(|profile| profile["profile"].as_str()).collect();
    assert_eq!(names, ["us", "uk", "eu"], "{set}");
    home.ok(["profile", "set", "--lives", "gb", "--hosted", "us", "--serves", "eu"]);
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'country_answered'"), 1, "the same answer is no change");
    home.run(["profile", "set", "--lives", "Germany"]).code(2, "a country has two letters");
    assert_eq!(home.all(["profile", "ls"]).len(), 4);
    home.ok(["ledger", "verify"]);
}

#[test]
fn help_pages_are_dated_doubted_and_saved() {
    let home = Home::new();
    for country in ["us", "uk", "eu", "other"] {
        let page = home.ok(["help-page", country]);
        let parts: Vec<&str> = page["parts"].as_array().expect("parts").iter().filter_map(|part| part["part"].as_str()).collect();
        assert_eq!(parts, ["do_now", "do_not", "report_to", "keep", "uploader", "support"], "{country}");
        let file = home.beside(&format!("{country}.txt"));
        home.ok(["help-page", country, &text(&file)]);
        let saved = std::fs::read_to_string(&file).expect("it was saved");
        assert!(saved.contains("This is not legal advice.") && saved.contains("not verified") && saved.contains("2026-"), "{saved}");
        home.run(["help-page", country, &text(&file)]).code(2, "nothing is written over");
    }
    home.run(["help-page", "atlantis"]).code(2, "no such page");
}

#[test]
fn an_order_is_typed_in_counted_down_and_met_by_taking_down() {
    let (home, case) = one_case();
    let received = home.query("SELECT opened_at FROM triage_case") / 1000;
    let typed = typed_time(received);
    let clock = home.ok(["clock", "start", &case, "--kind", "tco_order", "--received", &typed, "--from", "BKA", "--reference", "77/26"]);
    assert_eq!((&clock["state"], &clock["verified"], &clock["known"]), (&"running".into(), &false.into(), &"typed".into()), "{clock}");
    let left = clock["left_s"].as_i64().expect("a number");
    assert!((3_000..=3_600).contains(&left), "an hour from receipt: {clock}");
    assert_eq!(number(&home.ok(["status"])["clocks"][0]["clock"]), number(&clock["clock"]), "status shows it");
    home.run(["clock", "start", &case, "--kind", "tco_order", "--received", "2199-01-01 00:00Z"]).code(2, "a time ahead");
    home.run(["clock", "start", &case, "--kind", "tco_order", "--received", "2020-01-01 00:00Z"]).code(2, "long ago is asked about");
    home.run(["clock", "start", &case, "--kind", "tco_order", "--received", "2026-01-01 00:00"]).code(2, "no zone");
    home.ok(["decide", &case, "take-down", "--now"]);
    let all = home.all(["clock", "ls", "--all"]);
    assert_eq!((all.len(), &all[0]["state"]), (1, &"met".into()), "{all:?}");
    assert!(home.all(["clock", "ls"]).is_empty(), "nothing runs any more");
    home.run(["clock", "stop", "1", "--reason", "it is met already"]).code(2, "it has ended");
    home.ok(["ledger", "verify"]);
}

/// RFC 3339 of whole seconds, as a person could type it.
fn typed_time(seconds: i64) -> String {
    let ran =
        std::process::Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"]).output().expect("date runs");
    String::from_utf8(ran.stdout).expect("text").trim().to_owned()
}

#[test]
fn a_missed_clock_is_told_plainly_and_stays() {
    let (home, case) = one_case();
    let now = home.query("SELECT opened_at FROM triage_case") / 1000;
    home.ok(["clock", "start", &case, "--kind", "tco_order", "--received", &typed_time(now - 7_200)]);
    let clock = home.ok(["clock", "ls"]);
    assert_eq!(clock["state"], "missed", "{clock}");
    let shown = crate::support::ran(home.command().args(["status"]));
    assert!(shown.out.contains("MISSED at") && shown.out.contains("can be done now"), "{}", shown.out);
    home.ok(["decide", &case, "take-down", "--now"]);
    let all = home.all(["clock", "ls", "--all"]);
    assert_eq!((&all[0]["state"], all[0]["ended_at"].is_string()), (&"missed".into(), true), "done late: {all:?}");
}

#[test]
fn a_notice_about_a_file_opens_its_case_and_starts_the_clock() {
    let home = Home::with_site();
    let file = home.upload("a", "somebody's picture");
    home.upload("b", "somebody's picture");
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "no list names it");
    let received = typed_time(home.query("SELECT max(first_seen_at) FROM upload") / 1000);
    let noted = home.ok([
        "notice",
        "add",
        "--kind",
        "ncii_request",
        "--from-kind",
        "person",
        "--from",
        "A. Person",
        "--reference",
        "mail of Monday",
        "--received",
        &received,
        "--file",
        &text(&file),
        "--check",
        "content_named,contact",
    ]);
    assert_eq!(noted["missing"], serde_json::json!(["signature", "no_consent_statement"]), "{noted}");
    assert_eq!(noted["clock"]["kind"], "ncii_request", "{noted}");
    let case = number(&noted["case"]).to_string();
    let shown = home.case(case.parse().expect("a number"));
    assert_eq!((&shown["harm"], &shown["files"]), (&"ncii".into(), &2.into()), "both copies: {shown}");
    assert_eq!(home.all(["notice", "ls"]).len(), 1);
    home.ok(["notice", "answer", "1", "We removed both."]);
    home.run(["notice", "add", "--kind", "ncii_request", "--from-kind", "person", "--received", &received, "--check", "cats"])
        .code(2, "no such word");
    home.ok(["ledger", "verify"]);
}
