//! Presets from outside: the guess, roles in the flow, facts in a case, changing what a site runs.

use std::path::Path;

use serde_json::Value;

use crate::support::{Home, number, png, text};

const NAME: &str = "0ab4c1d2e3f405162738495a6b7c8d9e";

/// Writes a file below a folder, with the folders that it needs.
fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().expect("it has one")).expect("made");
    std::fs::write(file, bytes).expect("written");
}

/// A phpBB board with six uploads of user 2.
fn board(home: &Home) {
    write(&home.site(), "viewtopic.php", "<?php");
    write(&home.site(), "config.php", "<?php $secret");
    write(&home.site(), "files/index.htm", "");
    for n in 0..6 {
        write(&home.site(), &format!("files/2_{n}{}", &NAME[1..]), png(n));
    }
}

fn role<'a>(site: &'a Value, role: &str) -> &'a Value {
    site["roles"].as_array().expect("roles").iter().find(|one| one["role"] == role).unwrap_or(&Value::Null)
}

#[test]
fn a_board_is_guessed_and_only_its_uploads_are_looked_at() {
    let home = Home::new();
    board(&home);
    let added = home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    assert_eq!((&added["preset"], &added["take_down"]), (&"phpbb".into(), &"move".into()), "{added}");
    let why = added["guess"].as_array().expect("it says why");
    assert!(why[0].as_str().expect("text").contains("Looks like phpBB 3"), "{added}");
    assert!(why.iter().any(|line| line.as_str().expect("text").contains("uploader 2")), "three files as they are read: {added}");
    home.sweep();
    let site = home.ok(["site", "show", "forum"]);
    assert_eq!((&site["files"], &site["checked"], &site["skipped"]), (&7.into(), &6.into(), &1.into()), "{site}");
    assert_eq!(role(&site, "upload")["files"], 6, "{site}");
    assert_eq!((&role(&site, "skip")["files"], &role(&site, "skip")["skipped"]), (&1.into(), &1.into()), "counted by rule: {site}");
    assert_eq!(site["only"], serde_json::json!(["files", "images/avatars/upload"]), "scripts are not looked at: {site}");
    let names: Vec<String> = home.rows().iter().map(|row| row.name()).collect();
    assert!(names.iter().all(|name| name.starts_with("files/")), "nothing else has a row: {names:?}");
}

#[test]
fn the_folder_of_uploads_itself_is_guessed_from_what_lies_beside() {
    let home = Home::new();
    board(&home);
    let added = home.ok(["site", "add", &text(&home.site().join("files")), "--name", "forum"]);
    assert_eq!(added["preset"], "phpbb", "{added}");
    home.sweep();
    let site = home.ok(["site", "show", "forum"]);
    assert_eq!((&site["prefix"], &role(&site, "upload")["files"]), (&"files".into(), &6.into()), "{site}");
}

#[test]
fn facts_of_a_name_stand_in_the_case_and_an_extension_filter_would_have_missed_it() {
    let home = Home::new();
    board(&home);
    home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    home.list_of("mine", &[&png(3)]);
    home.sweep();
    let case = home.case(home.only_case());
    let upload = &case["uploads"][0];
    assert_eq!((&upload["role"], &upload["uploader"]), (&"upload".into(), &"2".into()), "{case}");
    assert_eq!(upload["from_name"]["uploader"], "2", "{case}");
    assert!(!upload["path"].as_str().expect("a path").contains('.'), "it has no extension to filter by");
}

#[test]
fn a_temporary_file_is_counted_and_is_an_upload_after_a_day() {
    let home = Home::new();
    board(&home);
    write(&home.site(), "files/plupload/part", png(9));
    home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    home.list_of("mine", &[&png(9)]);
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "an upload in progress is not read");
    let site = home.ok(["site", "show", "forum"]);
    assert_eq!((&role(&site, "temporary")["skipped"], &site["skipped"]), (&1.into(), &2.into()), "and counted: {site}");
    home.change("UPDATE upload SET first_seen_at = first_seen_at - 90000000 WHERE role = 'temporary'");
    home.sweep();
    assert_eq!(home.all(["inbox"]).len(), 1, "after a day it counts as an upload");
}

#[test]
fn another_preset_reads_names_anew_and_no_file() {
    let home = Home::new();
    board(&home);
    home.ok(["site", "add", &text(&home.site()), "--name", "forum", "--preset", "plain"]);
    home.sweep();
    assert_eq!(home.counts().files, 9, "as any folder, scripts and all");
    let checked = home.query("SELECT max(checked_at) FROM upload");
    let changed = home.ok(["site", "change", "forum", "--preset", "phpbb"]);
    assert_eq!((&changed["preset"], &changed["sorted"]), (&"phpbb".into(), &7.into()), "{changed}");
    assert_eq!(home.query("SELECT max(checked_at) FROM upload"), checked, "nothing was read");
    assert_eq!(home.query("SELECT count(*) FROM upload WHERE state = 'skipped'"), 0, "what was checked stays checked");
    let unfit = home.run(["site", "change", "forum", "--preset", "nonsense"]).code(2, "there is no such preset");
    assert!(unfit.err.contains("nonsense"), "{}", unfit.err);
    let plain = home.ok(["site", "change", "forum", "--preset", "plain", "--name", "board"]);
    assert_eq!((&plain["name"], &plain["preset"]), (&"board".into(), &"plain".into()), "{plain}");
    home.ok(["ledger", "verify"]);
}

#[test]
fn names_that_claim_a_hash_are_checked_and_a_false_claim_is_dropped() {
    let home = Home::new();
    for n in 0..21_u64 {
        write(&home.site(), &format!("{n:064x}.png"), png(n));
    }
    home.ok(["site", "add", &text(&home.site()), "--name", "forum", "--preset", "akkoma"]);
    home.sweep();
    let site = home.ok(["site", "show", "forum"]);
    let claim = &site["claims"][0];
    assert_eq!((&claim["hash"], &claim["agreed"], &claim["dropped"]), (&"sha256".into(), &0.into(), &true.into()), "{site}");
    let right = png(77);
    write(&home.site(), &format!("{}.png", crate::support::sha256(&right)), &right);
    home.sweep();
    let claim = home.ok(["site", "show", "forum"])["claims"][0].clone();
    assert_eq!((&claim["agreed"], &claim["dropped"]), (&1.into(), &false.into()), "one that is right counts: {claim}");
}

#[test]
fn copies_of_other_servers_are_checked_last_and_all_of_them() {
    let home = Home::new();
    for n in 0..30 {
        write(&home.site(), &format!("cache/media_attachments/files/117/647/946/547/206/{n:03}/original/a{n}.png"), format!("remote {n}"));
    }
    for n in 0..6 {
        write(&home.site(), &format!("media_attachments/files/117/647/946/547/206/{n:03}/original/b{n}.png"), format!("local {n}"));
    }
    let added = home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    assert_eq!(added["preset"], "mastodon", "{added}");
    home.sweep();
    assert_eq!((home.counts().checked, home.counts().waiting), (36, 0), "all are checked");
    let last_local = home.query("SELECT max(checked_at) FROM upload WHERE role = 'upload'");
    let first_remote = home.query("SELECT min(checked_at) FROM upload WHERE role = 'remote_cache'");
    assert!(last_local <= first_remote, "copies come last");
}

#[test]
fn presets_of_ones_own_are_listed_and_a_broken_one_is_told() {
    let home = Home::new();
    let own = home.dir().join("presets");
    let file = include_str!("../crates/engine/presets/plain.toml").replace("\"plain\"", "\"mine\"");
    write(&own, "mine.toml", file);
    let listed = home.all(["site", "presets"]);
    assert!(listed.len() >= 19 && listed.iter().any(|one| one["preset"] == "mine" && one["own"] == true), "{listed:?}");
    write(&own, "broken.toml", "schema = 1\npreset = 5\n");
    let ran = home.run(["site", "presets"]).code(2, "one could not be read");
    assert!(ran.err.contains("broken.toml") && ran.facts().len() == listed.len(), "the others are there: {}", ran.err);
}

#[test]
fn a_site_whose_software_keeps_an_index_gets_a_to_do_by_default() {
    let home = Home::new();
    let added = home.ok(["site", "add", &text(&home.site()), "--name", "cloud", "--preset", "nextcloud"]);
    assert_eq!((&added["preset"], &added["take_down"]), (&"nextcloud".into(), &"todo".into()), "{added}");
    let changed = home.ok(["site", "change", "cloud", "--take-down", "move"]);
    assert_eq!(changed["take_down"], "move", "the operator decides: {changed}");
    assert_eq!(number(&changed["sorted"]), 0, "and names are not read anew for it");
}
