//! The monthly statement, the counts for a transparency report, and the hand-over page: numbers and states, and nothing that must not travel.

use serde_json::{Value, json};

use crate::support::{Home, sha256, text};

/// A home with a protected and an own list, three cases, one kept, one taken down, one open.
fn worked() -> Home {
    let home = Home::with_site();
    let list = home.file("strict.txt", sha256(b"strict content"));
    home.ok(["list", "add", &text(&list), "--name", "Secret hotline", "--harm", "csam", "--kind", "sha256", "--yes"]);
    home.list_of("mine", &[b"kept content", b"down content"]);
    for name in ["kept", "down", "strict"] {
        home.upload(&format!("describing-{name}.bin"), format!("{name} content"));
        home.sweep();
    }
    home.upload("harmless", "nothing");
    home.sweep();
    home.ok(["person", "add", "Ana"]);
    home.ok(["--as", "Ana", "decide", "1", "keep", "--now"]);
    home.ok(["--as", "Ana", "decide", "2", "take-down", "--now"]);
    home
}

/// What papers must not hold: names of files and persons, paths, hashes.
fn holds_nothing_private(text: &str, home: &Home, person: bool) {
    let root = crate::support::text(&home.site());
    let hashes: Vec<String> = ["kept", "down", "strict"].map(|name| sha256(format!("{name} content").as_bytes())).to_vec();
    let mut forbidden = vec!["describing", root.as_str()];
    forbidden.extend(hashes.iter().map(String::as_str));
    forbidden.extend(person.then_some("Ana"));
    for word in forbidden {
        assert!(!text.contains(word), "{word} stands in a paper:\n{text}");
    }
}

#[test]
fn a_statement_holds_the_numbers_of_its_month_and_nothing_else() {
    let home = worked();
    let dir = home.beside("statement");
    let month = home.ok(["status"])["lists"][0]["updated"].as_str().map(|at| at[..7].to_owned()).unwrap_or_else(|| this_month(&home));
    let files = home.all(["monthly", "forum", &text(&dir), "--month", &month]);
    assert_eq!(files.len(), 2);
    let read = |ending: &str| std::fs::read_to_string(dir.join(format!("statement-{month}.{ending}"))).expect("it is written");
    let facts: Value = serde_json::from_str(&read("json")).expect("JSON");
    assert_eq!(facts["uploads"]["seen"], 4);
    assert_eq!(facts["uploads"]["checked"], 4);
    assert_eq!(facts["cases"], json!({"csam": 1, "local": 2}));
    assert_eq!(facts["decisions"], json!({"keep": 1, "take_down": 1}));
    assert_eq!((&facts["files_taken_down"], &facts["files_put_back"]), (&json!(1), &json!(0)));
    assert_eq!(facts["time_to_decide"]["decisions"], 2);
    let last = |list: usize| facts["lists"][list]["days"].as_array().and_then(|days| days.last()).cloned().unwrap_or_default();
    assert_eq!((&last(0)["version"], &last(0)["age_days"]), (&json!(1), &json!(0)), "{}", facts["lists"]);
    assert!(facts["not_done"].as_array().is_some_and(|sentences| !sentences.is_empty()), "what it does not do is said");
    for text in [read("json"), read("txt")] {
        holds_nothing_private(&text, &home, true);
    }
    assert!(read("txt").contains("files taken down: 1"), "{}", read("txt"));
    home.run(["monthly", "forum", &text(&dir), "--month", &month]).code(2, "nothing is written over");
    home.run(["monthly", "forum", &text(&dir), "--month", "2999-01"]).code(2, "a month that has not begun");
    home.run(["monthly", "forum", &text(&dir), "--month", "May"]).code(2, "no month");
}

fn this_month(home: &Home) -> String {
    let seen = home.case(1)["first_seen"].as_str().expect("a time").to_owned();
    seen[..7].to_owned()
}

#[test]
fn a_month_without_anything_is_a_statement_too() {
    let home = worked();
    let dir = home.beside("old");
    home.ok(["monthly", "forum", &text(&dir), "--month", "2020-02"]);
    let text = std::fs::read_to_string(dir.join("statement-2020-02.txt")).expect("it is written");
    assert!(text.contains("seen: 0") && text.contains("none: nothing could match"), "{text}");
}

#[test]
fn transparency_counts_are_the_same_in_both_forms() {
    let home = worked();
    let dir = home.beside("counts");
    home.ok(["transparency", &text(&dir), "--months", "2"]);
    let csv = std::fs::read_to_string(dir.join("transparency.csv")).expect("it is written");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(dir.join("transparency.json")).expect("it is written")).expect("JSON");
    let rows = json["counts"].as_array().expect("rows");
    assert_eq!(csv.lines().count(), rows.len() + 1);
    let month = this_month(&home);
    for line in [format!("{month},\"forum\",uploads_seen,\"\",4"), format!("{month},\"forum\",decisions,\"take_down\",1")] {
        assert!(csv.contains(&line), "{line} in:\n{csv}");
    }
    holds_nothing_private(&csv, &home, true);
}

#[test]
fn the_hand_over_page_names_cases_and_no_files() {
    let home = worked();
    home.upload("later.bin", "kept content");
    home.ok(["good", "add", &text(&home.file("g.bin", "some content")), "--reason", "our own"]);
    let file = home.beside("handover.html");
    home.ok(["--as", "Ana", "handover", &text(&file)]);
    let page = std::fs::read_to_string(&file).expect("it is written");
    for part in ["Open cases: 1", "Protected list", "Written", "by Ana", "1 rule of known good", "forum:"] {
        assert!(page.contains(part), "{part} in:\n{page}");
    }
    assert!(!page.contains("Secret hotline"), "the name of a protected list stays here");
    assert!(!page.contains("<script") && !page.contains("<img"), "nothing runs, nothing is shown");
    holds_nothing_private(&page, &home, false);
    home.run(["handover", &text(&file)]).code(2, "nothing is written over");
}
