//! Persons who share a home: what each may do, and in whose name the record is written.

use serde_json::json;

use crate::support::Home;

/// A home with a case (number 1) and two persons: Ana, who may do everything and acts, and Bo, a volunteer.
fn shared() -> Home {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.upload("a", "listed");
    home.sweep();
    home.only_case();
    home.ok(["person", "add", "Ana"]);
    home.ok(["person", "use", "Ana"]);
    home.ok(["person", "add", "Bo", "--volunteer"]);
    home
}

#[test]
fn the_record_carries_the_name_of_whoever_acts() {
    let home = shared();
    home.ok(["note", "1", "from Ana"]);
    home.ok(["--as", "bo", "note", "1", "from Bo"]);
    let by_environment = home.command().env("GATEHOUSE_PERSON", "Bo").args(["note", "1", "from Bo again"]).status().expect("it runs");
    assert!(by_environment.success());
    let rows = home.ledger();
    let notes: Vec<_> = rows.iter().filter(|row| row["verb"] == "noted").map(|row| row["person"].clone()).collect();
    assert_eq!(notes, [json!("Ana"), json!("Bo"), json!("Bo")], "a name is written as it was first given");
}

#[test]
fn an_unknown_name_does_nothing() {
    let home = shared();
    let ran = home.run(["--as", "Cleo", "note", "1", "who am I"]).code(2, "nobody has this name");
    assert!(ran.err.contains("there is no person Cleo"), "{}", ran.err);
    assert!(!home.ledger().iter().any(|row| row["verb"] == "noted"), "nothing was written");
}

#[test]
fn a_person_does_only_what_this_person_may() {
    let home = shared();
    home.ok(["person", "add", "Reader", "--may", "view"]);
    for words in [["decide", "1", "ask"].as_slice(), &["reopen", "1"], &["restore", "1"], &["singles", "1"]] {
        let ran = home.run(["--as", "Reader"].iter().chain(words)).code(2, "a reader decides nothing");
        assert!(ran.err.contains("Reader may not decide here"), "{words:?}: {}", ran.err);
    }
    for words in [["person", "add", "Me too"].as_slice(), &["person", "set", "Bo"], &["person", "rm", "Ana"]] {
        let ran = home.run(["--as", "Bo"].iter().chain(words)).code(2, "a volunteer changes no rights");
        assert!(ran.err.contains("may not change who may do what"), "{words:?}: {}", ran.err);
    }
    home.ok(["--as", "Bo", "decide", "1", "ask"]);
}

#[test]
fn somebody_who_may_do_everything_is_left() {
    let home = shared();
    home.run(["person", "set", "Ana", "--volunteer"]).code(2, "then nobody could change it back");
    home.run(["person", "rm", "Ana"]).code(2, "the same");
    home.ok(["person", "rm", "Bo"]);
    home.ok(["person", "rm", "Ana"]);
    let left = home.all(["person", "ls"]);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((&left[0]["person"], &left[0]["acts"]), (&json!("me"), &json!(true)), "a home is never locked");
}

#[test]
fn a_decision_counts_in_the_name_of_whoever_made_it() {
    let home = shared();
    home.ok(["--as", "Bo", "decide", "1", "keep"]);
    home.ok(["act", "1"]);
    let rows = home.ledger();
    let last = rows.iter().find(|row| row["verb"] == "final").expect("it counts");
    assert_eq!(last["person"], "Bo", "Ana only made it count at once");
}

#[test]
fn a_volunteer_sees_no_pictures() {
    let home = shared();
    let bo = home.all(["person", "ls"]).into_iter().find(|row| row["person"] == "Bo").expect("Bo is there");
    assert_eq!((&bo["may_view"], &bo["no_pictures"], &bo["abilities"]), (&json!(false), &json!(true), &json!(["decide"])));
}
