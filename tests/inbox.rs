//! The inbox from the command line: narrowed lists, claims, questions that go out as files and their answers, a snooze that a new file ends.

use serde_json::Value;

use crate::support::{Home, number, png, sha256, text};

fn cases(home: &Home, more: &[&str]) -> Vec<i64> {
    home.all(["inbox"].iter().chain(more).copied().collect::<Vec<_>>()).iter().map(|row| number(&row["case"])).collect()
}

fn add(home: &Home, name: &str, harm: &str, contents: &[&[u8]]) {
    let lines: String = contents.iter().map(|bytes| format!("{}\n", sha256(bytes))).collect();
    let file = text(&home.file(&format!("{name}.txt"), lines));
    home.ok(["list", "add", &file, "--name", name, "--yes", "--harm", harm]);
}

/// One case of the list "mine", one of the protected list "strict".
fn two() -> Home {
    let home = Home::with_site();
    home.upload("a.png", png(1));
    std::fs::create_dir(home.site().join("below")).expect("a folder");
    home.upload("below/b.png", png(2));
    add(&home, "mine", "local", &[&png(1)]);
    add(&home, "strict", "csam", &[&png(2)]);
    home.sweep();
    home
}

#[test]
fn the_inbox_is_narrowed_by_what_is_said_and_unknown_words_are_refused() {
    let home = two();
    let all = cases(&home, &[]);
    assert_eq!(all.len(), 2);
    let own = cases(&home, &["--list", "mine"]);
    assert_eq!(own.len(), 1);
    assert_eq!(cases(&home, &["--harm", "local"]), own);
    assert_eq!(cases(&home, &["--harm", "local", "--harm", "csam"]).len(), 2, "either fits");
    assert_eq!(cases(&home, &["--harm", "local", "--list", "strict"]).len(), 0, "both must hold");
    assert_eq!(cases(&home, &["--folder", "below"]).len(), 1);
    assert_eq!(cases(&home, &["--search", "below/b.png"]).len(), 1);
    assert_eq!(cases(&home, &["--site", "forum", "--match", "exact", "--distance", "0"]).len(), 2);
    home.run(["inbox", "--harm", "terrible"]).code(2, "no silent nothing");
    home.run(["inbox", "--list", "nobody's"]).code(2, "no such list");
}

#[test]
fn a_claim_is_seen_and_ends_with_the_decision() {
    let home = two();
    let case = cases(&home, &["--list", "mine"])[0].to_string();
    assert_eq!(home.ok(["claim", &case])["claimed_by"], "me");
    assert_eq!(home.case(case.parse().expect("a number"))["claimed_by"], "me");
    home.ok(["claim", &case, "--release"]);
    assert_eq!(home.case(case.parse().expect("a number"))["claimed_by"], Value::Null);
    home.ok(["claim", &case]);
    home.ok(["decide", &case, "snooze"]);
    assert_eq!(home.case(case.parse().expect("a number"))["claimed_by"], Value::Null);
    assert_eq!(home.ok(["ledger", "verify"])["whole"], true);
}

#[test]
fn a_question_holds_facts_alone_and_its_answer_brings_the_case_back_undecided() {
    let home = two();
    let case = cases(&home, &["--list", "mine"])[0];
    let (out, back) = (home.beside("question.txt"), home.beside("answer.txt"));
    home.ok(["ask", &case.to_string(), &text(&out)]);
    assert_eq!(home.case(case)["state"], "asked");
    let question = std::fs::read_to_string(&out).expect("it is written");
    assert!(question.contains(&sha256(&png(1))) && question.contains("harm: local"), "{question}");
    assert!(!question.contains("a.png") && !question.contains("forum"), "no name of a file or a site: {question}");
    home.run(["ask", &case.to_string(), &text(&out)]).code(2, "a file that is there is not written over");
    home.run(["answer", &text(&out)]).code(2, "nothing is filled in yet");
    let filled = question
        .replace("answer (take down, keep, not sure):", "answer (take down, keep, not sure): keep")
        .replace("why:", "why: our own logo");
    std::fs::write(&back, filled.replace("harm: local", "harm: tvec")).expect("written");
    home.run(["answer", &text(&back)]).code(2, "a changed fact is noticed");
    std::fs::write(&back, &filled).expect("written");
    let answer = home.ok(["answer", &text(&back)]);
    assert_eq!((&answer["answer"], &answer["why"]), (&"keep".into(), &"our own logo".into()));
    let now = home.case(case);
    assert_eq!((&now["state"], &now["decision"]), (&"open".into(), &Value::Null), "an answer decides nothing");
    home.run(["answer", &text(&back)]).code(2, "once");
    let strict = cases(&home, &["--list", "strict"])[0];
    let protected = home.beside("protected.txt");
    home.ok(["ask", &strict.to_string(), &text(&protected)]);
    let question = std::fs::read_to_string(protected).expect("it is written");
    assert!(!question.contains(&sha256(&png(2))) && !question.contains("strict"), "neither hash nor list: {question}");
}

#[test]
fn a_new_file_of_it_ends_a_snooze() {
    let home = two();
    let case = cases(&home, &["--list", "mine"])[0];
    home.ok(["decide", &case.to_string(), "snooze", "--until-list"]);
    assert_eq!(home.case(case)["state"], "snoozed");
    home.upload("again.png", png(1));
    home.sweep();
    let now = home.case(case);
    assert_eq!((&now["state"], &now["second_look"]), (&"open".into(), &"snooze_ended".into()));
    assert!(home.all(["reveals"]).is_empty(), "nobody looked at anything");
}
