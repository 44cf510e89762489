//! The ledger for outsiders: exports that another home and an independent program check, and damage that is named with its place.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Home, text};

/// The program that documents and pages hand out; it shares no code with Gatehouse.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/engine/src/record/verify_ledger.py");

/// A home with some decisions, and its export.
fn exported(arguments: &[&str]) -> (Home, PathBuf) {
    let home = Home::with_site();
    home.list_of("mine", &[b"one", b"two"]);
    home.upload("one", "one");
    home.sweep();
    home.upload("two", "two");
    home.sweep();
    home.ok(["note", "1", "a note with \"quotes\", an ä, a 🖼 and\na line"]);
    home.ok(["decide", "1", "keep", "--now", "--note", "harmless"]);
    home.ok(["decide", "2", "take-down", "--now"]);
    let file = home.beside("export.jsonl");
    home.ok(["ledger", "export", &text(&file)].iter().chain(arguments));
    (home, file)
}

/// What the independent program says; `None` where this computer has no Python.
fn script(file: &Path) -> Option<(bool, String)> {
    let ran = Command::new("python3").arg(SCRIPT).arg(file).output().ok()?;
    assert!(ran.stderr.is_empty(), "it ends by itself: {}", String::from_utf8(ran.stderr).unwrap_or_default());
    Some((ran.status.success(), String::from_utf8(ran.stdout).expect("text")))
}

/// Writes another export in its place and says what both programs find: the line.
fn both(home: &Home, file: &Path, bytes: &[u8]) -> Option<i64> {
    std::fs::write(file, bytes).expect("the export is ours");
    let said = home.run(["ledger", "verify", &text(file)]);
    let line = said.last()["line"].as_i64();
    assert_eq!(said.code, i32::from(!said.last()["whole"].as_bool().expect("a verdict")), "{}", said.out);
    if let Some((is_whole, words)) = script(file) {
        assert_eq!(is_whole, line.is_none(), "the two programs agree: {words} {}", said.out);
        let theirs = words.strip_prefix("broken: line ").and_then(|rest| rest.split(':').next()).and_then(|line| line.parse().ok());
        assert_eq!(theirs, line, "also about the place: {words} {}", said.out);
    } else {
        println!("skipped: the independent program needs python3");
    }
    line
}

#[test]
fn another_home_and_an_independent_program_find_an_export_whole() {
    let (home, file) = exported(&[]);
    let here = home.ok(["ledger", "verify", &text(&file)]);
    assert_eq!((&here["whole"], &here["signature"], &here["here"]), (&json!(true), &json!("good"), &json!("same")));
    let other = Home::new();
    let there = other.ok(["ledger", "verify", &text(&file)]);
    assert_eq!(
        (&there["signature"], &there["here"]),
        (&json!("unknown_key"), &json!("other")),
        "another home knows neither the key nor the rows"
    );
    let key = home.ledger().iter().find(|row| row["verb"] == "record_key_made").expect("the key is in the record")["body"]["key"].clone();
    let known = other.ok(["ledger", "verify", &text(&file), "--key", key.as_str().expect("a key")]);
    assert_eq!(known["signature"], "good", "with the key that was compared");
    let bytes = std::fs::read(&file).expect("the export");
    assert_eq!(both(&other, &file, &bytes), None);
}

#[test]
fn damage_of_every_line_is_named_by_both_programs() {
    let (home, file) = exported(&[]);
    let bytes = std::fs::read(&file).expect("the export");
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let step = lines.len().div_ceil(5);
    for place in (0..lines.len()).step_by(step) {
        let named = Some(place as i64 + 1);
        let mut flipped = lines.concat();
        let start: usize = lines[..place].iter().map(|line| line.len()).sum();
        flipped[start + 12] ^= 1;
        assert_eq!(both(&home, &file, &flipped), named, "a flipped byte in line {}", place + 1);
        let removed: Vec<u8> = lines.iter().enumerate().filter(|(other, _)| *other != place).flat_map(|(_, line)| line.to_vec()).collect();
        assert_eq!(both(&home, &file, &removed), named, "line {} is missing", place + 1);
        assert_eq!(both(&home, &file, &lines[..place].concat()), named, "cut before line {}", place + 1);
    }
    assert_eq!(both(&home, &file, &bytes[..bytes.len() - 3]), Some(lines.len() as i64), "a torn end");
    assert_eq!(both(&home, &file, &[lines[0], b"\xff\xfe\n"].concat()), Some(2), "what is no text");
}

#[test]
fn a_changed_closing_line_is_what_the_signature_is_for() {
    let (home, file) = exported(&[]);
    let export = std::fs::read_to_string(&file).expect("the export");
    std::fs::write(&file, export.replace("\"person\":\"me\",\"key\"", "\"person\":\"you\",\"key\"")).expect("ours");
    let said = home.run(["ledger", "verify", &text(&file)]).code(1, "the signature does not hold").last();
    assert_eq!(said["signature"], "bad");
    std::fs::write(&file, &export).expect("put back");
    home.run(["ledger", "verify", &text(&file)]).code(0, "the file as it was written");
    #[expect(clippy::disallowed_methods, reason = "a signature that got lost")]
    std::fs::remove_file(file.with_extension("jsonl.minisig")).expect("it was there");
    assert_eq!(home.ok(["ledger", "verify", &text(&file)])["signature"], "missing");
}

#[test]
fn minisign_itself_finds_the_signature_good() {
    let (home, file) = exported(&[]);
    let key = text(&home.dir().join("keys/record.pub"));
    match Command::new("minisign").args(["-V", "-m", &text(&file), "-p", &key]).output() {
        Ok(ran) => assert!(ran.status.success(), "{}", String::from_utf8(ran.stderr).unwrap_or_default()),
        Err(_) => println!("skipped: minisign is not on this computer"),
    }
}

#[test]
fn the_export_of_a_case_holds_its_rows_and_says_which() {
    let (home, file) = exported(&["--case", "1"]);
    let text_of = std::fs::read_to_string(&file).expect("the export");
    let rows: Vec<Value> = text_of.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(rows[..rows.len() - 1].iter().all(|row| row["case"] == 1), "no other row");
    let verbs: Vec<&str> = rows.iter().filter_map(|row| row["verb"].as_str()).collect();
    assert_eq!(verbs, ["matched", "noted", "decided", "final"]);
    assert_eq!(home.ok(["ledger", "verify", &text(&file)])["case"], 1);
    let lines: Vec<&[u8]> = text_of.as_bytes().split_inclusive(|byte| *byte == b'\n').collect();
    for gone in 0..lines.len() {
        let rest: Vec<u8> = lines.iter().enumerate().filter(|(place, _)| *place != gone).flat_map(|(_, line)| line.to_vec()).collect();
        assert_eq!(both(&home, &file, &rest), Some(gone as i64 + 1));
    }
    home.run(["ledger", "export", &text(&home.beside("no.jsonl")), "--case", "99"]).code(2, "no such case");
}

#[test]
fn an_export_shows_that_the_end_of_this_ledger_was_cut_since() {
    let (home, file) = exported(&[]);
    home.change("DELETE FROM ledger WHERE seq > 4");
    let journal = home.dir().join("backup/ledger.jsonl");
    let kept: String = std::fs::read_to_string(&journal).expect("the copy").lines().take(4).map(|line| format!("{line}\n")).collect();
    std::fs::write(&journal, kept).expect("both are cut");
    home.run(["ledger", "verify"]).code(0, "the home alone cannot know");
    let said = home.run(["ledger", "verify", &text(&file)]).code(1, "the export does").last();
    assert_eq!((&said["here"], &said["here_at"]), (&json!("shorter"), &json!(5)));
}

#[test]
fn a_cut_or_changed_home_names_the_row() {
    let (home, _) = exported(&[]);
    let journal = home.dir().join("backup/ledger.jsonl");
    let database = home.dir().join("gatehouse.db");
    let (original, copy) = (std::fs::read(&database).expect("the database"), std::fs::read(&journal).expect("the copy"));
    let rows = home.query("SELECT max(seq) FROM ledger");
    for row in 1..=rows {
        for (sql, damage) in [
            (format!("UPDATE ledger SET person = 'you' WHERE seq = {row}"), "changed"),
            (format!("DELETE FROM ledger WHERE seq = {row}"), if row == rows { "cut" } else { "missing" }),
            (format!("DELETE FROM ledger WHERE seq >= {row}"), "cut"),
        ] {
            home.change(&sql);
            let said = home.run(["ledger", "verify"]).code(1, &sql).last();
            assert_eq!((&said["broken_at"], &said["damage"]), (&json!(row), &json!(damage)), "{sql}");
            std::fs::write(&database, &original).expect("put back");
        }
        let mut lines: Vec<Vec<u8>> = copy.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let place = usize::try_from(row).expect("small") - 1;
        lines[place][9] ^= 1;
        std::fs::write(&journal, lines.concat()).expect("the copy is changed");
        let said = home.run(["ledger", "verify"]).code(1, "the copy counts too").last();
        assert_eq!((&said["broken_at"], &said["damage"]), (&json!(row), &json!("copy_differs")), "row {row} of the copy");
        std::fs::write(&journal, &copy).expect("put back");
    }
    home.run(["ledger", "verify"]).code(0, "as it was");
}

#[test]
fn the_page_names_the_file_the_key_and_the_program() {
    let (_home, file) = exported(&[]);
    let page = std::fs::read_to_string(file.with_extension("jsonl.html")).expect("the page");
    for part in ["export.jsonl", "minisign -Vm", "def row_hash(row):", "harmless", "decided"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("http"), "nothing runs, nothing is loaded");
}

#[test]
fn the_document_hands_out_the_same_program() {
    let script = std::fs::read_to_string(SCRIPT).expect("the program");
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ledger.md")).expect("the document");
    assert!(document.contains(script.trim()), "docs/ledger.md holds verify_ledger.py as it is");
}

#[test]
fn a_table_holds_the_rows_that_were_asked_for_and_no_hash() {
    let (home, _) = exported(&[]);
    let table = |name: &str, arguments: &[&str]| {
        let file = home.beside(name);
        home.ok(["ledger", "table", &text(&file)].iter().chain(arguments));
        std::fs::read_to_string(file).expect("the table")
    };
    let all = table("all.csv", &[]);
    assert_eq!(all.lines().count() as i64, home.query("SELECT count(*) FROM ledger") + 1);
    assert!(!all.contains(&crate::support::sha256(b"two")), "what was taken down is named in the ledger by its hash, and not here");
    assert!(all.contains("harmless"), "notes are there");
    let decisions: Value = serde_json::from_str(&table("d.json", &["--tab", "decisions", "--leave-out-names"])).expect("JSON");
    let words: Vec<&str> = decisions.as_array().expect("rows").iter().filter_map(|row| row["what"].as_str()).collect();
    assert_eq!(words, ["noted", "decided", "decided"]);
    assert!(!decisions.to_string().contains("harmless") && !decisions.to_string().contains("\"me\""), "{decisions}");
    assert_eq!(table("old.csv", &["--to", "2020-01-01"]).lines().count(), 1, "nothing is so old");
    assert_eq!(table("nobody.csv", &["--person", "Ana"]).lines().count(), 1, "nobody of this name did anything");
    home.run(["ledger", "table", &text(&home.beside("x.txt"))]).code(2, "no such form");
    home.run(["ledger", "table", &text(&home.beside("all.csv"))]).code(2, "nothing is written over");
}
