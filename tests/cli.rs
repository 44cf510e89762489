//! The command line as scripts rely on it: exit codes, help, the keys of its JSON, the modes of its home.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Home, PROGRAM, Ran, png, ran, text};

/// Fails unless the value has every one of these keys. More may stand beside them: that is part of the contract too.
#[track_caller]
fn has_keys(what: &str, value: &Value, keys: &[&str]) {
    let missing: Vec<&&str> = keys.iter().filter(|key| value.get(**key).is_none()).collect();
    assert!(missing.is_empty(), "{what} lacks {missing:?}: {value}");
    let is_snake = |key: &String| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let odd: Vec<&String> = value.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| !is_snake(key)).collect();
    assert!(odd.is_empty(), "keys of {what} are lower_snake_case: {odd:?}");
}

/// RFC 3339 in UTC.
#[track_caller]
fn is_time(what: &str, value: &Value) {
    let is = value.as_str().is_some_and(|text| text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T');
    assert!(is, "{what} is a time in UTC: {value}");
}

/// A home with an exact match, a near one, an upload that cannot be checked, and a harmless one.
fn busy_home() -> Home {
    let home = Home::with_site();
    home.ok(["practice", &text(&home.site())]);
    home.upload("archive.zip", b"PK\x03\x04\x14\0\0\0\x08\0and so on");
    home.upload("text.txt", "text");
    home.list_of("mine", &[b"text"]);
    home.sweep();
    home
}

/// Runs the program without a home and without `--json`.
fn plain(arguments: &[&str]) -> Ran {
    ran(Command::new(PROGRAM).env_clear().env("HOME", "/nonexistent").args(arguments))
}

/// Every command with its subcommands, as the help texts name them.
fn all_commands() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = waiting.pop() {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = plain(&arguments).code(0, "help is no mistake");
        let listed = help.out.lines().skip_while(|line| line.trim() != "Commands:").skip(1).take_while(|line| !line.trim().is_empty());
        // A line that goes on with the text of the line above is indented deeper than a name.
        let names =
            listed.filter(|line| line.starts_with("  ") && !line.starts_with("    ")).filter_map(|line| line.split_whitespace().next());
        waiting.extend(names.filter(|name| *name != "help").map(|name| [command.clone(), vec![name.to_owned()]].concat()));
        assert!(help.out.contains("Usage:") && help.out.len() > 80, "help of {command:?} says how and what: {}", help.out);
        found.push(command);
    }
    found
}

#[test]
fn every_command_of_the_contract_is_there_and_explains_itself() {
    let commands: BTreeSet<String> = all_commands().iter().map(|command| command.join(" ")).collect();
    let contract = [
        "fingerprint",
        "check",
        "list add",
        "list ls",
        "list show",
        "list rollback",
        "list rm",
        "list formats",
        "site add",
        "site ls",
        "site show",
        "site rm",
        "site presets",
        "sweep",
        "watch",
        "inbox",
        "show",
        "decide",
        "undo",
        "plan",
        "act",
        "restore",
        "ledger verify",
        "ledger export",
        "practice",
        "status",
        "selftest",
    ];
    let missing: Vec<&str> = contract.into_iter().filter(|command| !commands.contains(*command)).collect();
    assert!(missing.is_empty(), "commands of the first light that help does not name: {missing:?}");
}

#[test]
fn wrong_usage_ends_with_64_and_help_and_version_with_0() {
    let wrong: [&[&str]; 9] = [
        &[],
        &["no-such-command"],
        &["check"],
        &["decide", "1"],
        &["decide", "1", "burn"],
        &["inbox", "--state", "lost"],
        &["show", "one"],
        &["list", "add"],
        &["status", "--no-such-flag"],
    ];
    for arguments in wrong {
        let ended = plain(arguments).code(64, &format!("{arguments:?} is wrong usage"));
        assert!(ended.out.is_empty() && !ended.err.is_empty(), "{arguments:?}: said on standard error only");
    }
    plain(&["--help"]).code(0, "help is no mistake");
    assert!(plain(&["--version"]).code(0, "nor is the version").out.starts_with("gatehouse "), "it names the program");
}

#[test]
fn errors_end_with_2_and_leave_standard_output_empty() {
    let home = Home::with_site();
    let failing: [&[&str]; 10] = [
        &["show", "99"],
        &["undo", "99"],
        &["act", "99"],
        &["restore", "99"],
        &["plan", "99"],
        &["sweep", "nowhere"],
        &["site", "add", "/no/such/folder"],
        &["list", "show", "none"],
        &["list", "rm", "none"],
        &["site", "rm", "none"],
    ];
    for arguments in failing {
        let ended = home.run(arguments).code(2, &format!("{arguments:?} fails"));
        assert!(ended.out.is_empty(), "{arguments:?} prints no fact: {}", ended.out);
        let last: Value = serde_json::from_str(ended.err.lines().last().unwrap_or_default()).expect("the last message is JSON with --json");
        has_keys("an error", &last["error"], &["code", "text"]);
    }
    let inside = text(&home.site());
    home.run(["site", "add", &inside, "--name", "again"]).code(2, "a folder is one site");
    home.run(["site", "add", &text(&home.dir()), "--name", "own"]).code(2, "the home is no site");
}

#[test]
fn check_tells_exact_near_turned_and_nothing_and_ends_by_what_it_found() {
    let home = Home::new();
    let dir = home.beside("pictures");
    let written = home.all(["practice", &text(&dir)]);
    assert_eq!(written.len(), 4, "an original, a near copy, a mirrored one, an innocent one: {written:?}");
    let lines = home.run(["check", &text(&dir)]).code(1, "something is found").facts();
    assert_eq!(lines.len(), 4, "each file is answered once");
    let verdict = |name: &str| {
        let line =
            lines.iter().find(|line| line["path"].as_str().is_some_and(|path| path.contains(name))).expect("each picture has its line");
        has_keys("check", line, &["path", "sha256", "verdict", "matches"]);
        for found in line["matches"].as_array().into_iter().flatten() {
            has_keys(
                "a match",
                found,
                &["list", "list_version", "entry", "harm", "kind", "match", "distance", "threshold", "status", "labels"],
            );
        }
        let first = line["matches"].as_array().and_then(|matches| matches.first()).map(|found| found["match"].to_string());
        (line["verdict"].to_string(), first.unwrap_or_default())
    };
    assert_eq!(verdict("original"), ("\"match\"".into(), "\"exact\"".into()), "the listed picture itself");
    assert_eq!(verdict("near-copy"), ("\"match\"".into(), "\"near\"".into()), "its recompressed copy");
    assert_eq!(verdict("mirrored"), ("\"match\"".into(), "\"turned\"".into()), "its mirrored copy");
    assert_eq!(verdict("innocent"), ("\"no_match\"".into(), String::new()), "another picture");
    let innocent = text(&dir.join("practice-innocent.png"));
    let archive = text(&home.file("a.zip", b"PK\x03\x04\x14\0\0\0\x08\0and so on"));
    let original = text(&dir.join("practice-original.png"));
    home.run(["check", &innocent]).code(0, "nothing found");
    let unchecked = home.run(["check", &innocent, &archive]).code(2, "something could not be checked");
    assert!(unchecked.facts().iter().any(|line| line["verdict"] == "could_not_check" && line["reason"].is_string()), "and says why");
    home.run(["check", &archive, &original]).code(1, "a match is the stronger news");
    home.run(["check", &text(&home.beside("missing"))]).code(2, "what is not there could not be checked");
    assert_eq!(home.query("SELECT count(*) FROM upload"), 0, "check writes nothing about files");
}

#[test]
fn practice_pictures_are_never_written_over_a_file() {
    let home = Home::new();
    let dir = home.beside("pictures");
    std::fs::create_dir(&dir).expect("a folder");
    std::fs::write(dir.join("practice-original.png"), "mine").expect("a file");
    home.all(["practice", &text(&dir)]);
    assert_eq!(std::fs::read(dir.join("practice-original.png")).expect("it is there"), b"mine", "a file that was there stays");
}

#[test]
fn fingerprint_has_the_keys_of_the_contract_and_needs_no_home() {
    let home = Home::new();
    let (picture, words) = (text(&home.file("p.png", png(1))), text(&home.file("t.txt", "text")));
    let lines = home.all(["fingerprint", &picture, &words, "--dihedral"]);
    for line in &lines {
        has_keys("fingerprint", line, &["path", "size", "kind", "md5", "sha1", "sha256", "pdq", "pdq_quality"]);
    }
    assert_eq!(lines[0]["pdq"].as_str().map(str::len), Some(64), "256 bits in hex: {}", lines[0]);
    assert_eq!(lines[0]["views"].as_object().map(serde_json::Map::len), Some(8), "the eight views: {}", lines[0]);
    assert!(lines[1]["pdq"].is_null(), "a text has no picture: {}", lines[1]);
    assert!(!home.dir().exists(), "no home was made");
    home.run(["fingerprint", "/no/such/file"]).code(2, "what is not there cannot be read");
}

#[test]
fn inbox_and_show_have_the_keys_of_the_contract() {
    let home = busy_home();
    let inbox = home.all(["inbox"]);
    assert_eq!(inbox.len(), 4, "three practice pictures and a listed text: {inbox:?}");
    let keys = ["case", "state", "harm", "match", "files", "sites", "lists", "first_seen", "sha256", "size", "kind"];
    for case in &inbox {
        has_keys("inbox", case, &keys);
        is_time("first_seen", &case["first_seen"]);
        assert!(["exact", "near", "turned"].iter().any(|how| case["match"] == *how), "one of three: {case}");
    }
    let case = inbox[0]["case"].to_string();
    let drafted = home.ok(["decide", &case, "take-down"]);
    has_keys("a drafted case", &drafted, &["decision", "act_at"]);
    is_time("act_at", &drafted["act_at"]);
    let shown = home.ok(["show", &case]);
    has_keys("show", &shown, &keys);
    has_keys("show", &shown, &["uploads", "matches", "history"]);
    has_keys("an upload", &shown["uploads"][0], &["site", "path", "size", "mtime", "place"]);
    has_keys(
        "a match",
        &shown["matches"][0],
        &["list", "list_version", "entry", "harm", "kind", "match", "distance", "threshold", "status", "labels"],
    );
    has_keys("history", &shown["history"][0], &["at", "verb"]);
    let unchecked = home.all(["inbox", "--state", "could-not-check"]);
    assert_eq!(unchecked.len(), 1, "the archive: {unchecked:?}");
    has_keys("could not be checked", &unchecked[0], &["site", "path", "reason", "since", "tries"]);
    is_time("since", &unchecked[0]["since"]);
    for state in ["snoozed", "decided", "all"] {
        home.all(["inbox", "--state", state]);
    }
}

#[test]
fn lists_sites_and_status_have_the_keys_of_the_contract() {
    let home = busy_home();
    for list in home.all(["list", "ls"]) {
        has_keys("list ls", &list, &["list", "name", "harm", "polarity", "format", "seq", "entries", "signals", "state", "updated"]);
        is_time("updated", &list["updated"]);
    }
    let file = text(&home.file("next", format!("{}\nnot a hash\n", "0".repeat(31) + "1")));
    let added = home.run(["list", "add", &file, "--name", "next", "--harm", "local", "--yes"]).code(0, "one good line is a list");
    let report = added.last();
    let keys = ["list", "seq", "accepted", "duplicate", "rejected", "added", "changed", "withdrawn", "now_matching", "decisions_affected"];
    has_keys("list add", &report, &keys);
    assert!(report["rejected"].is_object(), "rejected lines by reason: {report}");
    let rejected = added.facts().into_iter().find(|fact| fact.get("line").is_some()).expect("the rejected line has its own line");
    has_keys("a rejected line", &rejected, &["line", "reason"]);
    let keys = ["site", "name", "root", "mode", "files", "checked", "could_not_check", "waiting", "gone", "health", "last_sweep"];
    for site in [home.ok(["site", "ls"]), home.ok(["site", "show", "forum"]), home.ok(["sweep"])] {
        has_keys("site ls", &site, &keys);
        is_time("last_sweep", &site["last_sweep"]);
    }
    let status = home.ok(["status"]);
    has_keys("status", &status, &["sites", "lists", "open_cases", "drafts", "holds_ending", "longest_blind_gap_s", "problems"]);
    has_keys("status", &status["sites"][0], &keys);
    let problems = status["problems"].as_array().expect("problems are a list");
    assert!(problems.iter().any(|problem| problem["code"] == "not_watching"), "nobody watches, and status says so: {status}");
    problems.iter().for_each(|problem| has_keys("a problem", problem, &["code", "text", "fix"]));
    assert!(home.all(["list", "formats"]).len() >= 4 && !home.all(["site", "presets"]).is_empty(), "both can be asked for");
}

#[test]
fn watch_events_have_the_keys_of_the_contract() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let mut watch = home.watch();
    let path = home.upload("a", "listed");
    home.upload("z.zip", b"PK\x03\x04\x14\0\0\0\x08\0and so on");
    let event = |watch: &mut crate::support::Watch, name: &str| {
        let event = watch.wait(name, |event| event["event"] == name);
        has_keys(name, &event, &["event", "at"]);
        is_time("at", &event["at"]);
        event
    };
    has_keys(
        "case",
        &event(&mut watch, "case"),
        &["case", "state", "harm", "match", "files", "sites", "lists", "first_seen", "sha256", "path"],
    );
    has_keys("checked", &event(&mut watch, "checked"), &["site", "path"]);
    has_keys("could_not_check", &event(&mut watch, "could_not_check"), &["site", "path", "reason"]);
    has_keys("sweep", &event(&mut watch, "sweep"), &["site", "files", "complete"]);
    has_keys("health", &event(&mut watch, "health"), &["site", "health"]);
    #[expect(clippy::disallowed_methods, reason = "a user of the site removes what is theirs")]
    std::fs::remove_file(path).expect("it was there");
    has_keys("gone", &event(&mut watch, "gone"), &["site", "path"]);
    assert_eq!(watch.stop(), 0, "Ctrl-C is a good end");
}

/// Every entry below a directory with its mode bits.
fn modes(dir: &Path) -> Vec<(String, u32, bool)> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(path) = waiting.pop() {
        let metadata = path.symlink_metadata().expect("nobody changes this home");
        found.push((text(&path), metadata.permissions().mode() & 0o7777, metadata.is_dir()));
        if metadata.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("ours to read").map_while(Result::ok).map(|entry| entry.path()));
        }
    }
    found
}

#[test]
fn nobody_else_can_read_the_home() {
    let home = Home::new();
    std::fs::create_dir(home.dir()).expect("a home made by hand");
    std::fs::set_permissions(home.dir(), PermissionsExt::from_mode(0o755)).expect("too wide");
    home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    home.list_of("mine", &[b"listed"]);
    home.upload("a", "listed");
    home.sweep();
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    for (path, mode, is_dir) in modes(&home.dir()) {
        let is_held = path.contains("/holding/") && !is_dir;
        let expected = if is_dir {
            0o700
        } else if is_held {
            0o400
        } else {
            0o600
        };
        assert_eq!(mode, expected, "{path} has mode {mode:o}");
    }
}

#[test]
fn f29_a_database_of_a_newer_program_is_refused_and_stays_as_it_is() {
    let home = Home::with_site();
    home.change("PRAGMA user_version = 999");
    let before = std::fs::read(home.dir().join("gatehouse.db")).expect("the database");
    for arguments in [&["status"][..], &["sweep"], &["inbox"], &["watch"], &["ledger", "verify"]] {
        let refused = home.run(arguments).code(2, "an old program leaves a newer home alone");
        assert!(refused.err.contains("home_newer"), "and says so: {}", refused.err);
    }
    assert_eq!(std::fs::read(home.dir().join("gatehouse.db")).expect("the database"), before, "not one byte was changed");
}

#[test]
fn a_damaged_database_is_refused_and_stays_as_it_is() {
    let home = Home::new();
    std::fs::create_dir(home.dir()).expect("a home");
    let noise = crate::support::Random(3).bytes(20_000);
    std::fs::write(home.dir().join("gatehouse.db"), &noise).expect("something that is no database");
    let refused = home.run(["status"]).code(2, "what is no database of ours is not touched");
    assert!(refused.err.contains("home_damaged"), "and it is said: {}", refused.err);
    assert_eq!(std::fs::read(home.dir().join("gatehouse.db")).expect("it is there"), noise, "not replaced, not repaired");
}

#[test]
fn the_home_comes_from_the_argument_then_from_the_environment_then_from_the_system() {
    let home = Home::new();
    let run = |set: &[(&str, &Path)], arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.env_clear().args(arguments);
        command.envs(set.iter().copied());
        ran(&mut command).code(0, "the command succeeds");
    };
    let (user, asked, named, data) = (home.beside("user"), home.beside("asked"), home.beside("named"), home.beside("data"));
    run(&[("HOME", &user), ("GATEHOUSE_HOME", &named)], &["--home", &text(&asked), "status"]);
    assert!(asked.join("gatehouse.db").is_file() && !named.exists(), "the argument comes first");
    run(&[("HOME", &user), ("GATEHOUSE_HOME", &named), ("XDG_DATA_HOME", &data)], &["status"]);
    assert!(named.join("gatehouse.db").is_file() && !data.exists(), "then the environment");
    run(&[("HOME", &user), ("XDG_DATA_HOME", &data)], &["status"]);
    assert!(data.join("gatehouse/gatehouse.db").is_file(), "then the data directory of the system");
    run(&[("HOME", &user)], &["status"]);
    assert!(user.join(".local/share/gatehouse/gatehouse.db").is_file(), "or of the user");
}

#[test]
fn man_page_and_completions_are_made() {
    let man = plain(&["man"]).code(0, "the man page is printed");
    assert!(man.out.contains(".TH") && man.out.contains("gatehouse"), "it is a man page");
    for shell in ["bash", "zsh", "fish"] {
        let completions = plain(&["completions", shell]).code(0, "completions are printed");
        assert!(completions.out.contains("gatehouse") && completions.out.contains("sweep"), "{shell}: they know the commands");
    }
}

#[test]
fn without_json_people_read_sentences() {
    let home = busy_home();
    let said = |arguments: &[&str]| ran(home.command().args(arguments)).code(0, "the command succeeds").out;
    for (arguments, word) in [
        (&["status"][..], "inbox"),
        (&["inbox"], "Case "),
        (&["site", "ls"], "forum"),
        (&["list", "ls"], "mine"),
        (&["show", "1"], "sha256"),
        (&["inbox", "--state", "could-not-check"], "archive.zip"),
        (&["ledger", "verify"], "Whole"),
        (&["plan", "1"], "vault"),
    ] {
        let text = said(arguments);
        assert!(text.contains(word), "{arguments:?} names {word}: {text}");
        assert!(!text.trim_start().starts_with('{'), "{arguments:?} prints no JSON to a person: {text}");
    }
    for forbidden in ["illegal", " clean"] {
        assert!(!said(&["status"]).contains(forbidden) && !said(&["inbox"]).contains(forbidden), "no text calls anything {forbidden:?}");
    }
}

#[test]
fn control_characters_of_a_name_never_reach_the_terminal() {
    let home = Home::with_site();
    let name = "red\u{1b}[31m\u{202e}gpj.exe\nCase 99";
    home.list_of("mine", &[b"listed"]);
    home.upload(name, "listed");
    home.sweep();
    let case = home.only_case().to_string();
    for arguments in [&["show", &case][..], &["inbox"], &["plan", &case], &["check", &text(&home.site())]] {
        let out = ran(home.command().args(arguments)).out;
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'), "{arguments:?}: commands to the terminal are escaped: {out:?}");
        assert!(!out.lines().any(|line| line.starts_with("Case 99")), "{arguments:?}: a name makes no line of its own: {out:?}");
    }
}
