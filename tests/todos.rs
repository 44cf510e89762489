//! Take-down where this computer does not serve the files: to-dos, what proves them, what came back, and what a database says of a file.

use std::path::Path;

use serde_json::Value;

use crate::support::{Home, png, text};

const NAME: &str = "2_0ab4c1d2e3f405162738495a6b7c8d9e";

fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().expect("it has one")).expect("made");
    std::fs::write(file, bytes).expect("written");
}

/// A site with one listed upload, swept; its case.
fn one_case(arguments: &[&str]) -> (Home, String) {
    let home = Home::new();
    home.ok([&["site", "add", &text(&home.site()), "--name", "forum", "--preset", "phpbb"], arguments].concat());
    home.list_of("mine", &[&png(1)]);
    write(&home.site(), &format!("files/{NAME}"), png(1));
    home.sweep();
    let case = home.only_case().to_string();
    (home, case)
}

fn todo(home: &Home, case: &str) -> Value {
    home.ok(["todo", case])
}

#[test]
fn a_copy_writes_a_to_do_that_a_return_tells_and_a_day_proves() {
    let (home, case) = one_case(&["--copy"]);
    home.ok(["decide", &case, "take-down", "--now"]);
    let path = home.site().join(format!("files/{NAME}"));
    assert!(!path.exists(), "the file left this copy");
    let written = todo(&home, &case);
    assert_eq!((&written["kind"], &written["state"]), (&"copy".into(), &"open".into()), "{written}");
    assert_eq!(written["files"][0]["path"], format!("files/{NAME}"), "with its path: {written}");
    assert!(
        written["steps"].as_array().expect("steps").iter().any(|step| step["say"].as_str().is_some_and(|say| say.contains("user id 2"))),
        "{written}"
    );
    assert_eq!(home.all(["todo"]).len(), 1, "it is listed");

    write(&home.site(), &format!("files/{NAME}"), png(1));
    home.sweep();
    let back = todo(&home, &case);
    assert!(back["returned"].is_string(), "a sync brought it back before anybody said done: {back}");
    assert!(home.all(["inbox"]).is_empty(), "that is no new case");
    home.ok(["decide", &case, "take-down", "--now"]);
    assert!(!path.exists(), "it is taken down again in the same case");

    assert_eq!(home.ok(["todo", &case, "--done"])["state"], "done", "as the operator says");
    home.sweep();
    assert_eq!(todo(&home, &case)["state"], "done", "not proven before a day");
    home.change("UPDATE todo SET done_at = done_at - 90000000");
    home.sweep();
    assert_eq!(todo(&home, &case)["state"], "closed", "proven by a day without it");

    write(&home.site(), &format!("files/{NAME}"), png(1));
    home.sweep();
    let case = home.case(case.parse().expect("a number"));
    assert_eq!((&case["second_look"], &case["came_back_as"]), (&"came_back".into(), &"sync".into()), "{case}");
    home.ok(["ledger", "verify"]);
}

#[test]
fn a_sheet_moves_nothing_here_and_closes_when_the_file_is_gone() {
    let (home, case) = one_case(&["--take-down", "todo"]);
    let plan = home.ok(["plan", &case]);
    assert_eq!(plan["files"][0]["moves"], false, "the plan says so: {plan}");
    home.ok(["decide", &case, "take-down", "--now"]);
    let path = home.site().join(format!("files/{NAME}"));
    assert!(path.exists(), "nothing is moved");
    home.sweep();
    assert_eq!((&todo(&home, &case)["kind"], &todo(&home, &case)["state"]), (&"sheet".into(), &"open".into()));
    assert!(home.all(["inbox"]).is_empty(), "a file that stays on purpose is not one that came back");
    let sheet = home.beside("sheet.sh");
    home.ok(["todo", &case, "--sheet", &text(&sheet)]);
    home.run(["todo", &case, "--sheet", &text(&sheet)]).code(2, "a file that is there is left as it is");
    let ran = std::process::Command::new("sh").arg(&sheet).arg(home.beside("removed")).current_dir(home.site()).status().expect("sh runs");
    assert!(ran.success() && !path.exists(), "the sheet does what it says");
    home.sweep();
    assert_eq!(todo(&home, &case)["state"], "closed", "a sweep no longer finds it");
    write(&home.site(), "files/2_ffffffffffffffffffffffffffffffff", png(1));
    home.sweep();
    let back = home.case(case.parse().expect("a number"));
    assert_eq!((&back["second_look"], &back["came_back_as"]), (&"came_back".into(), &"again".into()), "uploaded again: {back}");
}

#[test]
fn a_sheet_can_be_taken_back() {
    let (home, case) = one_case(&["--take-down", "todo"]);
    home.ok(["decide", &case, "take-down", "--now"]);
    home.ok(["reopen", &case]);
    assert_eq!(todo(&home, &case)["state"], "closed");
    assert_eq!(home.all(["inbox"]).len(), 1, "it waits for a decision again");
}

#[test]
fn steps_of_a_live_site_are_ticked_and_the_last_one_closes() {
    let (home, case) = one_case(&[]);
    home.ok(["decide", &case, "take-down", "--now"]);
    let first = todo(&home, &case);
    assert_eq!((&first["kind"], &first["state"]), (&"steps".into(), &"open".into()), "{first}");
    home.run(["todo", &case, "--tick", "nonsense"]).code(2, "there is no such step");
    let steps: Vec<String> =
        first["steps"].as_array().expect("steps").iter().map(|step| step["step"].as_str().expect("a word").to_owned()).collect();
    for step in &steps {
        assert_eq!(todo(&home, &case)["state"], "open", "until the last");
        home.ok(["todo", &case, "--tick", step]);
    }
    let last = todo(&home, &case);
    assert_eq!(last["state"], "closed", "{last}");
    assert!(last["steps"].as_array().expect("steps").iter().all(|step| step["ticked"].is_string()), "with their times: {last}");
    home.ok(["restore", &case]);
    home.ok(["ledger", "verify"]);
}

#[test]
fn what_comes_back_says_what_it_looks_like() {
    let (home, case) = one_case(&[]);
    let path = home.site().join(format!("files/{NAME}"));
    let modified = path.metadata().and_then(|metadata| metadata.modified()).expect("it has one");
    let id = case.parse().expect("a number");
    home.ok(["decide", &case, "take-down", "--now"]);
    write(&home.site(), &format!("files/{NAME}"), png(1));
    std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(modified)).expect("its old time");
    home.sweep();
    assert_eq!(home.case(id)["came_back_as"], "backup", "the same path with the old time");
    home.ok(["decide", &case, "take-down", "--now"]);
    write(&home.site(), &format!("files/{NAME}"), png(1));
    home.sweep();
    assert_eq!(home.case(id)["came_back_as"], "again", "the same path with a new time");
    home.ok(["decide", &case, "take-down", "--now"]);
    let small = image::imageops::resize(&crate::support::picture(1), 120, 90, image::imageops::FilterType::Triangle);
    write(&home.site(), &format!("files/thumb_{NAME}"), crate::support::jpeg(&small, 80));
    home.sweep();
    let back = home.case(id);
    assert_eq!((&back["second_look"], &back["came_back_as"]), (&"came_back".into(), &"rebuilt".into()), "{back}");
}

#[test]
fn a_map_file_names_uploader_and_post_and_counts_what_has_no_row() {
    let (home, case) = one_case(&[]);
    write(&home.site(), "files/3_ffffffffffffffffffffffffffffffff", "nobody knows this one");
    home.sweep();
    let query = home.ok(["site", "map", "forum", "--query"]);
    assert!(query["sql"].as_str().expect("text").starts_with("SELECT"), "{query}");
    let map = format!(
        "file;media_id;uploader_id;uploader_name;post_id;private;posted;secret\n{NAME};77;2;Bob;8841;1;0;x\n2_missing;78;2;Bob;1;0;1;y\n"
    );
    let file = home.file("map.csv", &map);
    let read = home.ok(["site", "map", "forum", &text(&file)]);
    assert_eq!((&read["rows"], &read["joined"]), (&2.into(), &1.into()), "{read}");
    assert_eq!((&read["files_without_row"], &read["rows_without_file"]), (&1.into(), &1.into()), "orphans both ways: {read}");
    assert_eq!((&read["not_posted"], &read["ignored_columns"]), (&1.into(), &serde_json::json!(["secret"])), "{read}");
    let shown = home.case(case.parse().expect("a number"));
    assert_eq!((&shown["uploads"][0]["uploader"], &shown["uploads"][0]["from_map"]["post_id"]), (&"Bob".into(), &"8841".into()), "{shown}");
    home.ok(["decide", &case, "take-down", "--now"]);
    let steps = todo(&home, &case);
    let says = |part: &str| {
        steps["steps"].as_array().expect("steps").iter().any(|step| step["say"].as_str().is_some_and(|say| say.contains(part)))
    };
    assert!(says("private message"), "conditions that the map knows: {steps}");
    assert!(steps["steps"].to_string().contains("download/file.php?id=77"), "and addresses: {steps}");

    std::fs::write(&file, map.replace("Bob", "Ann")).expect("written");
    home.sweep();
    assert_eq!(
        home.case(case.parse().expect("a number"))["uploads"][0]["from_map"]["uploader_name"],
        "Ann",
        "a changed file is read again"
    );
    let wrong = home.file("wrong.csv", "alias,price\na,1\n");
    let refused = home.run(["site", "map", "forum", &text(&wrong)]).code(2, "another table");
    assert!(refused.err.contains("No column says which file"), "{}", refused.err);
    assert_eq!(home.ok(["site", "map", "forum"])["rows"], 2, "the one before stays");
    home.ok(["site", "rm", "forum"]);
    assert_eq!(home.query("SELECT count(*) FROM map_row") + home.query("SELECT count(*) FROM map_key"), 0, "it goes with the site");
}

#[test]
fn a_plain_picture_stands_in_the_place_of_a_file_until_it_comes_back() {
    let (home, case) = one_case(&[]);
    home.ok(["site", "change", "forum", "--placeholder", "on"]);
    let path = home.site().join(format!("files/{NAME}"));
    home.ok(["decide", &case, "take-down", "--now"]);
    let plain = std::fs::read(&path).expect("a picture is there");
    assert!(plain != png(1) && plain.starts_with(b"\x89PNG"), "a plain one of the same type");
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "it raises nothing");
    home.ok(["restore", &case]);
    assert_eq!(std::fs::read(&path).expect("it is back"), png(1), "the file itself, with its bytes");
    let copy = home.run(["site", "change", "forum", "--copy"]).code(2, "a copy serves nobody");
    assert!(copy.err.contains("live folder"), "{}", copy.err);
}
