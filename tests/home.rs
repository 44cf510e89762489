//! The home itself: its log and its safe report hold no name, path, person or hash; what it takes; and its end.

use std::path::Path;

use crate::support::{Home, contents_below, png, sha256};

/// What nothing that leaves the home, and no log, may hold.
const CANARIES: [&str; 7] =
    ["canary-upload", "canary-folder", "Canary Person", "canary note", "canary list", "canary-entry", "canary site"];

/// A home in which much has happened, all of it with names that are easy to find again. Gives the digests that may stand nowhere either.
fn lived_in() -> (Home, Vec<String>) {
    let home = Home::new();
    std::fs::create_dir_all(home.site().join("canary-folder")).expect("a folder of the site");
    home.ok(["site", "add", &text(&home.site()), "--name", "canary site"]);
    let (match_bytes, picture) = (b"canary content".to_vec(), png(7));
    let digests = vec![sha256(&match_bytes), sha256(&picture)];
    let list = home.file("list.csv", format!("id,sha256\ncanary-entry-1,{}\n", digests[0]));
    home.ok(["list", "add", &text(&list), "--name", "canary list", "--harm", "local", "--yes"]);
    home.upload("canary-folder/canary-upload-1", &match_bytes);
    home.upload("canary-folder/canary-upload-2.png", &picture);
    let mut watch = home.watch();
    watch.wait("the case", |event| event["event"] == "case");
    watch.stop();
    home.ok(["person", "add", "Canary Person"]);
    home.ok(["person", "use", "Canary Person"]);
    home.ok(["note", "1", "canary note"]);
    home.ok(["decide", "1", "take-down"]);
    home.ok(["act", "1"]);
    home.run(["vault", "seal"]);
    home.run(["show", "9999"]);
    home.ok(["restore", "1"]);
    home.sweep();
    (home, digests)
}

fn text(path: &Path) -> String {
    crate::support::text(path)
}

fn holds_no_canary(what: &str, text: &str, home: &Home, digests: &[String]) {
    for canary in CANARIES {
        assert!(!text.to_lowercase().contains(&canary.to_lowercase()), "{what} holds {canary}: {text}");
    }
    for digest in digests {
        assert!(!text.to_lowercase().contains(&digest[..16]), "{what} holds a digest: {text}");
    }
    let path = crate::support::text(&home.dir());
    assert!(!text.contains(&path), "{what} holds the path of the home: {text}");
}

#[test]
fn f85_ux25_the_log_and_the_safe_report_hold_no_name_path_person_or_hash() {
    let (home, digests) = lived_in();
    let mut lines = 0;
    for entry in std::fs::read_dir(home.dir().join("logs")).expect("there is a log").flatten() {
        let log = std::fs::read_to_string(entry.path()).expect("it is text");
        lines += log.lines().count();
        holds_no_canary("the log", &log, &home, &digests);
    }
    assert!(lines >= 5, "much happened, and {lines} lines say so");
    let told = home.all(["logs"]);
    let what: Vec<&str> = told.iter().filter_map(|line| line["what"].as_str()).collect();
    for wanted in ["watching", "swept", "case_changed", "acted", "closed"] {
        assert!(what.contains(&wanted), "{wanted} is in {what:?}");
    }
    let report = home.beside("report.txt");
    home.ok(["safe-report", &text(&report)]);
    let report = std::fs::read_to_string(report).expect("the report is there");
    holds_no_canary("the safe report", &report, &home, &digests);
    for field in ["version: ", "sandbox: ", "cases in the inbox: ", "storage database: ", "log, newest first", " info acted case=1"] {
        assert!(report.contains(field), "{field} is in {report}");
    }
}

#[test]
fn the_log_is_narrowed_by_level_and_text() {
    let (home, _) = lived_in();
    let of_case = home.all(["logs", "--search", "case=1"]);
    assert!(!of_case.is_empty() && of_case.iter().all(|line| line["case"] == 1), "{of_case:?}");
    assert!(home.all(["logs", "--level", "error"]).is_empty(), "nothing failed");
    assert_eq!(home.all(["logs", "--lines", "2"]).len(), 2);
}

#[test]
fn the_storage_adds_up() {
    let (home, _) = lived_in();
    let parts = home.all(["storage"]);
    // While it runs, the database has files beside it that go with the end.
    let files: i64 = parts.iter().filter(|part| part["part"] != "database").filter_map(|part| part["files"].as_i64()).sum();
    let there = contents_below(&home.dir()).len() as i64;
    assert!(files > 0 && files < there, "{files} files are told, {there} contents are there: {parts:?}");
    assert!(parts.iter().any(|part| part["part"] == "database" && part["bytes"].as_u64() > Some(0)));
}

#[test]
fn removing_the_data_needs_a_yes_and_leaves_the_site_alone() {
    let (home, _) = lived_in();
    let uploads = contents_below(&home.site());
    home.run(["remove-data"]).code(0, "looking removes nothing");
    assert!(home.dir().join("gatehouse.db").is_file());
    std::fs::write(home.dir().join("something of mine"), "stays").expect("a file beside ours");
    home.ok(["remove-data", "--yes"]);
    let left: Vec<_> = std::fs::read_dir(home.dir()).expect("the folder stays").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["something of mine"], "what is not ours stays, and nothing else");
    assert_eq!(contents_below(&home.site()), uploads, "the uploads are where they were");
}

#[test]
fn removing_the_data_is_refused_while_a_hold_runs_or_somebody_watches() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.upload("a", "listed");
    home.sweep();
    let mut watch = home.watch();
    home.run(["remove-data", "--yes"]).code(2, "another process works here");
    watch.kill();
    home.ok(["decide", "1", "take-down"]);
    home.ok(["act", "1"]);
    home.run(["vault", "seal"]);
    home.ok(["hold", "1", "--until", "2099-01-01", "--reason", "the police asked for that day"]);
    let refused = home.run(["remove-data", "--yes"]).code(2, "a hold runs");
    assert!(refused.err.contains("case 1") && refused.err.contains("Nothing was removed"), "{}", refused.err);
    assert!(home.dir().join("gatehouse.db").is_file());
}
