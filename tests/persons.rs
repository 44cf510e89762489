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

#[test]
fn each_kind_of_command_asks_for_its_right() {
    let home = shared();
    home.ok(["person", "add", "Reader", "--may", "view"]);
    let folder = home.beside("elsewhere");
    std::fs::create_dir(&folder).expect("a folder");
    let folder = crate::support::text(&folder);
    let list = crate::support::text(&home.file("other", "x"));
    let everything = "may not change lists, sites or settings here";
    let purge = "may not delete for good or hand out what is sealed here";
    let decide = "may not decide here";
    let refused: [(&str, &[&str], &str); 27] = [
        ("Bo", &["list", "add", &list, "--yes"], everything),
        ("Bo", &["list", "rm", "mine"], everything),
        ("Bo", &["list", "rollback", "mine"], everything),
        ("Bo", &["list", "threshold", "mine", "8"], everything),
        ("Bo", &["list", "update"], everything),
        ("Bo", &["list", "new", "own"], everything),
        ("Bo", &["list", "publish", "mine", &folder, "--secret-key", &list], everything),
        ("Bo", &["list", "sources", "mine", "--pause"], everything),
        ("Bo", &["list", "quiet", "22-6"], everything),
        ("Bo", &["site", "add", &folder], everything),
        ("Bo", &["site", "change", "1", "--name", "other"], everything),
        ("Bo", &["site", "map", "1", &list], everything),
        ("Bo", &["site", "rm", "1"], everything),
        ("Bo", &["profile", "set", "--lives", "uk"], everything),
        ("Bo", &["vault", "clock", "30"], everything),
        ("Bo", &["vault", "key", "save", &list], purge),
        ("Bo", &["vault", "key", "keep", "file"], purge),
        ("Bo", &["vault", "export", "1", &folder, "--to", "age1", "--reason", "because", "--confirm", "1"], purge),
        ("Bo", &["purge", "1", "--confirm", "1", "--reason", "long enough for this"], purge),
        ("Reader", &["note", "1", "text"], decide),
        ("Reader", &["claim", "1"], decide),
        ("Reader", &["copies", "1", "--join"], decide),
        ("Reader", &["good", "add", "1", "--reason", "because"], decide),
        ("Reader", &["list", "put", "mine", "1"], decide),
        ("Reader", &["hold", "1", "--no-end", "--reason", "because"], decide),
        ("Reader", &["evidence", "1", "keep"], decide),
        ("Reader", &["report", "1", &folder, "--for", "plain"], decide),
    ];
    let before = home.ledger().len();
    for (who, words, why) in refused {
        let ran = home.run(["--as", who].iter().chain(words));
        assert_eq!(ran.code, 2, "{who} {words:?}: {}", ran.err);
        assert!(ran.err.contains(&format!("{who} {why}")), "{who} {words:?}: {}", ran.err);
    }
    assert_eq!(home.ledger().len(), before, "nothing was written");
    for words in
        [["status"].as_slice(), &["inbox"], &["show", "1"], &["list", "ls"], &["site", "ls"], &["vault", "ls"], &["sweep"], &["hold", "1"]]
    {
        home.run(["--as", "Reader"].iter().chain(words)).code(0, "reading is free");
    }
}
