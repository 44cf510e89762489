//! Decide, undo, act, restore, and the record of it: what happens to files, also when the program dies in between.

use std::collections::{HashMap, HashSet};
use std::fs::{File, FileTimes};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::support::{Home, Random, Started, contents_below, eventually, name_of_bytes, number, pause, sha256};

/// A home with one listed upload that was swept, its path, and its case.
fn one_case(name: &str) -> (Home, PathBuf, String) {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let path = home.upload(name, "listed");
    home.sweep();
    let case = home.only_case().to_string();
    (home, path, case)
}

fn show(home: &Home, case: &str) -> Value {
    home.ok(["show", case])
}

#[expect(clippy::disallowed_methods, reason = "a user of the site changes what is theirs")]
fn remove(path: &Path) {
    std::fs::remove_file(path).expect("the file was there");
}

#[test]
fn a_file_taken_down_and_put_back_is_the_same_in_every_respect() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let folder = home.site().join(name_of_bytes(b"\xe9t\xe9"));
    std::fs::create_dir(&folder).expect("Linux takes any bytes");
    let path = folder.join(name_of_bytes(b"photo\xff\n.jpg"));
    std::fs::write(&path, "listed").expect("the upload");
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(33), Some(34)).expect("root may give away");
    }
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o604)).expect("its own mode");
    let modified = SystemTime::UNIX_EPOCH + Duration::new(1_234_567_890, 123_456_789);
    File::options().write(true).open(&path).and_then(|file| file.set_times(FileTimes::new().set_modified(modified))).expect("its own time");
    let facts = |path: &Path| {
        let m = path.symlink_metadata().unwrap_or_else(|error| panic!("{} is there: {error}", path.display()));
        (m.mode(), m.uid(), m.gid(), m.mtime(), m.mtime_nsec(), m.size())
    };
    let before = facts(&path);
    home.sweep();
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    assert!(!path.exists(), "the file is out of the site");
    let holding = PathBuf::from(home.ok(["site", "show", "forum"])["holding"].as_str().expect("the place is told"));
    assert_eq!(holding.metadata().expect("it is there").mode() & 0o7777, 0o700, "nobody else enters the holding directory");
    assert!(!holding.starts_with(home.site()), "it lies outside of what the site serves");
    assert_eq!(std::fs::read_dir(&holding).expect("ours to read").count(), 0, "nothing waits in the clear once it is sealed");
    let sealed = home.sealed_files();
    assert_eq!(sealed.len(), 1, "one file is sealed: {sealed:?}");
    assert_eq!(sealed[0].file_name(), Some(name_of_bytes(format!("{case}-1.age").as_bytes())), "its name says the case and nothing else");
    assert_eq!(sealed[0].metadata().expect("it is there").mode() & 0o7777, 0o600, "nobody else reads it");
    assert_eq!(home.unsealed(&sealed[0]), b"listed", "and holds the bytes as they were");
    let shown = show(&home, &case);
    assert_eq!(
        (&shown["state"], &shown["uploads"][0]["place"]),
        (&"decided".into(), &"vault".into()),
        "the case says where it is: {shown}"
    );
    let bytes: String = b"\xe9t\xe9/photo\xff\n.jpg".iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(shown["uploads"][0]["path_bytes"], bytes, "a name that is no text is told by its bytes: {shown}");

    let restored = home.ok(["restore", &case]);
    assert_eq!((&restored["done"], &restored["left"]), (&1.into(), &0.into()), "one file is back: {restored}");
    assert_eq!(std::fs::read(&path).expect("it is back"), b"listed", "with its bytes");
    assert_eq!(facts(&path), before, "and with mode, owner, time to the nanosecond, and size");
    assert!(home.held().is_empty() && home.sealed_files().is_empty(), "nothing is left behind");
    home.sweep();
    let shown = show(&home, &case);
    assert_eq!(
        (&shown["state"], &shown["decision"]),
        (&"decided".into(), &"keep".into()),
        "a file put back is kept, and raises nothing: {shown}"
    );
    assert!(home.all(["inbox"]).is_empty(), "the inbox is empty");
    home.ok(["ledger", "verify"]);
}

#[test]
fn a_draft_touches_nothing_and_undo_makes_everything_as_before() {
    let (home, path, case) = one_case("a");
    let before = show(&home, &case);
    let drafted = home.ok(["decide", &case, "take-down", "--note", "certain"]);
    assert_eq!((&drafted["state"], &drafted["decision"]), (&"drafted".into(), &"take_down".into()), "it waits: {drafted}");
    assert!(drafted["act_at"].is_string(), "and says until when: {drafted}");
    home.sweep();
    assert!(path.is_file(), "a draft moves nothing, whatever else runs");
    home.ok(["undo", &case]);
    let after = show(&home, &case);
    for key in ["state", "decision", "second_look", "match", "files", "back_at"] {
        assert_eq!(after[key], before[key], "{key} is as it was before");
    }
    home.run(["undo", &case]).code(2, "there is nothing more to undo");
    home.run(["act", &case]).code(2, "an undone decision cannot be carried out");
    assert!(path.is_file(), "the file is where it was");
}

#[test]
fn undo_of_what_has_happened_is_too_late() {
    let (home, path, case) = one_case("a");
    home.ok(["decide", &case, "take-down", "--now"]);
    let late = home.run(["undo", &case]).code(2, "it has happened");
    assert!(late.err.contains("\"too_late\""), "the code says so: {}", late.err);
    assert!(!path.exists(), "and nothing is moved by it");
    let (home, _, case) = one_case("a");
    home.ok(["decide", &case, "keep", "--now"]);
    assert!(home.run(["undo", &case]).code(2, "a final keep too").err.contains("\"too_late\""), "the code says so");
}

#[test]
fn a_file_that_changed_since_the_decision_is_not_taken_down() {
    let (home, path, case) = one_case("a");
    home.ok(["decide", &case, "take-down"]);
    std::fs::write(&path, "something else").expect("the uploader writes again");
    home.run(["act", &case]).code(2, "the file is not what was decided about");
    assert_eq!(std::fs::read(&path).expect("it is there"), b"something else", "it stays where it is");
    assert!(home.held().is_empty(), "nothing was moved");
    let shown = show(&home, &case);
    assert_eq!((&shown["state"], &shown["second_look"]), (&"open".into(), &"failed".into()), "the case is on the table again: {shown}");
    assert_eq!(shown["uploads"][0]["problem"], "changing", "and says why: {shown}");
    home.sweep();
    assert_eq!(home.counts().sum(), 1, "the new content is checked like any other");
    home.ok(["ledger", "verify"]);
}

#[test]
fn another_file_of_the_same_name_and_size_is_not_taken_down() {
    let (home, path, case) = one_case("a");
    home.ok(["decide", &case, "take-down"]);
    remove(&path);
    std::fs::write(&path, "lisTed").expect("another file comes");
    home.run(["act", &case]).code(2, "its content is another");
    assert_eq!(std::fs::read(&path).expect("it is there"), b"lisTed", "it stays where it is");
}

#[test]
fn putting_back_never_overwrites_what_took_the_path() {
    let (home, path, case) = one_case("a");
    home.ok(["decide", &case, "take-down", "--now"]);
    std::fs::write(&path, "newcomer").expect("somebody uploads under the same name");
    let refused = home.run(["restore", &case]).code(2, "the path is taken");
    assert_eq!(refused.last()["files"][0]["failed"], "path_taken", "and the answer says so: {}", refused.out);
    assert_eq!(std::fs::read(&path).expect("it is there"), b"newcomer", "the newcomer is untouched");
    assert_eq!(home.held().get(&sha256(b"listed")), Some(&1), "the file waits on");
    let shown = show(&home, &case);
    assert_eq!(
        (&shown["decision"], &shown["uploads"][0]["place"]),
        (&"take_down".into(), &"vault".into()),
        "and is still taken down: {shown}"
    );
    remove(&path);
    home.ok(["restore", &case]);
    assert_eq!(std::fs::read(&path).expect("it is back"), b"listed", "once the path is free it comes back");
}

#[test]
fn a_take_down_that_found_another_process_at_work_happens_afterwards() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.set_undo_seconds(1);
    let path = home.upload("first", "listed");
    home.sweep();
    let case = home.only_case();
    let _watch = home.watch();
    let other = File::options().create(true).truncate(false).write(true).open(home.dir().join("act.lock")).expect("the lock's file");
    other.lock().expect("another process acts");
    home.ok(["decide", &case.to_string(), "take-down"]);
    eventually("the decision is final", || (home.case(case)["state"] == "decided").then_some(()));
    // The watch waits ten seconds for the other one, then gives up for now.
    pause(Duration::from_secs(12));
    assert!(path.exists(), "two processes never move files of one home at the same time");
    other.unlock().expect("the other one is done");
    eventually("the plan is taken up again without a restart", || (!path.exists()).then_some(()));
}

#[test]
fn f52_a_name_outside_the_site_is_said() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let first = home.upload("first", "listed");
    std::fs::hard_link(&first, home.site().join("second")).expect("a hard link in the site");
    std::fs::hard_link(&first, home.site().with_file_name("elsewhere")).expect("a hard link outside of it");
    home.sweep();
    let case = home.only_case();
    home.ok(["decide", &case.to_string(), "take-down", "--now"]);
    let shown = home.case(case);
    let told: Vec<&str> = shown["uploads"].as_array().into_iter().flatten().filter_map(|upload| upload["problem"].as_str()).collect();
    assert_eq!(told, ["hard_link_elsewhere"; 2], "it may still be served under the name that was not found: {shown}");
}

#[test]
fn every_name_of_a_hard_linked_file_leaves_the_site() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let first = home.upload("first", "listed");
    std::fs::create_dir(home.site().join("sub")).expect("a folder");
    let others = [home.site().join("second"), home.site().join("sub/third")];
    for other in &others {
        std::fs::hard_link(&first, other).expect("a hard link");
    }
    home.sweep();
    let case = home.only_case().to_string();
    let plan = home.ok(["plan", &case]);
    assert_eq!(plan["files"].as_array().map(Vec::len), Some(3), "the plan shows every name: {plan}");
    home.ok(["decide", &case, "take-down", "--now"]);
    assert!(!first.exists() && others.iter().all(|other| !other.exists()), "none of its names is served any more");
    let shown = home.ok(["show", &case]);
    let quiet = shown["uploads"].as_array().is_some_and(|uploads| uploads.iter().all(|upload| upload["problem"].is_null()));
    assert!(quiet, "every name was found, so nothing is said of others: {shown}");
    home.ok(["restore", &case]);
    assert!(first.is_file() && others.iter().all(|other| other.is_file()), "every name comes back");
    assert_eq!(std::fs::read(&others[1]).expect("it is there"), b"listed", "with its bytes");
}

#[test]
fn copies_of_one_content_are_one_case_and_leave_together() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    for name in ["a", "b", "c"] {
        home.upload(name, "listed");
    }
    home.sweep();
    let case = home.only_case().to_string();
    assert_eq!(show(&home, &case)["files"], 3, "one content, three files");
    home.ok(["decide", &case, "take-down", "--now"]);
    assert_eq!(std::fs::read_dir(home.site()).expect("the site").count(), 0, "all three are out");
    assert_eq!(home.held().get(&sha256(b"listed")), Some(&3), "and none is lost");
}

#[test]
fn a_kept_content_stays_kept_until_another_list_names_it() {
    let (home, path, case) = one_case("a");
    home.ok(["decide", &case, "keep", "--now"]);
    assert!(path.is_file(), "keep moves nothing");
    home.upload("again", "listed");
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "the same content is not asked about twice");
    home.list_of("theirs", &[b"listed"]);
    let open = eventually("another list's word is news", || home.all(["inbox"]).pop());
    assert_eq!((&open["second_look"], open["case"].to_string()), (&"reopened".into(), case), "the same case, opened again: {open}");
}

#[test]
fn a_content_taken_down_and_uploaded_again_has_come_back() {
    let (home, _, case) = one_case("a");
    home.ok(["decide", &case, "take-down", "--now"]);
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "a finished take-down is no work");
    home.upload("b", "listed");
    home.sweep();
    let shown = show(&home, &case);
    assert_eq!((&shown["state"], &shown["second_look"]), (&"open".into(), &"came_back".into()), "it is work again: {shown}");
    home.ok(["decide", &case, "take-down", "--now"]);
    assert_eq!(home.held().get(&sha256(b"listed")), Some(&2), "both copies are held");
}

#[test]
fn a_draft_survives_a_killed_watch_and_happens_after_the_restart() {
    let (home, path, case) = one_case("a");
    home.set_undo_seconds(2);
    let mut watch = home.watch();
    home.ok(["decide", &case, "take-down"]);
    watch.kill();
    assert_eq!(show(&home, &case)["state"], "drafted", "the decision is still there");
    assert!(path.is_file(), "and has not happened");
    let _watch = home.watch();
    eventually("it happens after the restart", || (!path.exists()).then_some(()));
    eventually("and the case says so", || (show(&home, &case)["uploads"][0]["place"] == "vault").then_some(()));
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'final'"), 1, "once");
}

#[test]
fn asking_and_snoozing_count_at_once_touch_no_file_and_come_back() {
    let (home, path, case) = one_case("a");
    home.ok(["decide", &case, "ask", "--note", "the team"]);
    assert_eq!(show(&home, &case)["state"], "asked", "asking does not wait");
    assert!(home.all(["inbox"]).is_empty(), "it is somebody else's turn");
    home.ok(["undo", &case]);
    assert_eq!(show(&home, &case)["state"], "open", "and can be taken back");
    let snoozed = home.ok(["decide", &case, "snooze", "--hours", "5"]);
    assert_eq!(snoozed["state"], "snoozed", "{snoozed}");
    assert_eq!(home.all(["inbox", "--state", "snoozed"]).len(), 1, "it has its own view");
    home.change("UPDATE triage_case SET back_at = 1");
    let _watch = home.watch();
    let back = eventually("a snooze ends by itself", || home.all(["inbox"]).pop());
    assert_eq!(back["second_look"], "snooze_ended", "and says why it is back: {back}");
    assert!(path.is_file(), "no file was touched");
}

#[test]
fn keeping_a_case_of_a_protected_list_needs_a_note() {
    let home = Home::with_site();
    let list = crate::support::text(&home.file("l", sha256(b"listed") + "\n"));
    home.ok(["list", "add", &list, "--name", "hotline", "--harm", "csam", "--kind", "sha256"]);
    home.upload("a", "listed");
    home.sweep();
    let case = home.only_case().to_string();
    let refused = home.run(["decide", &case, "keep"]).code(2, "not without a reason");
    assert!(refused.err.contains("note_needed"), "the code says so: {}", refused.err);
    assert_eq!(show(&home, &case)["state"], "open", "nothing was decided");
    home.ok(["decide", &case, "keep", "--note", "the hotline confirmed a false entry"]);
    assert_eq!(show(&home, &case)["state"], "drafted", "with a reason it is a decision");
}

#[test]
fn deciding_a_decided_case_is_refused_and_a_batch_with_it_decides_nothing() {
    let home = Home::with_site();
    home.list_of("mine", &[b"one", b"two"]);
    home.upload("one", "one");
    home.upload("two", "two");
    home.sweep();
    let cases: Vec<String> = home.all(["inbox"]).iter().map(|case| case["case"].to_string()).collect();
    home.ok(["decide", &cases[0], "keep", "--now"]);
    home.run(["decide", &cases[1], &cases[0], "take-down"]).code(2, "one of them is decided");
    assert_eq!(show(&home, &cases[1])["state"], "open", "a batch is decided as a whole or not at all");
    home.run(["decide", "999", "keep"]).code(2, "there is no such case");
    home.ok(["reopen", &cases[0]]);
    home.ok(["decide", &cases[1], &cases[0], "take-down", "--now"]);
    assert_eq!(std::fs::read_dir(home.site()).expect("the site").count(), 0, "now both are out");
}

#[test]
fn f30_twelve_processes_that_decide_at_once_lose_no_decision() {
    let home = Home::with_site();
    let contents: Vec<Vec<u8>> = (0..12_u64).map(|seed| Random(seed).bytes(100)).collect();
    home.list_of("mine", &contents.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (number, content) in contents.iter().enumerate() {
        home.upload(&number.to_string(), content);
    }
    home.sweep();
    let cases: Vec<String> = home.all(["inbox"]).iter().map(|case| case["case"].to_string()).collect();
    let mut running: Vec<Started> = cases.iter().map(|case| home.start(["decide", case, "take-down", "--now"])).collect();
    for process in &mut running {
        let code = process.0.wait().expect("our own child ends").code();
        assert_eq!(code, Some(0), "each of them succeeds, one after the other");
    }
    assert_eq!(home.all(["inbox", "--state", "decided"]).len(), 12, "every decision is there");
    assert_eq!(home.held().len(), 12, "and carried out");
    assert_eq!(home.ok(["ledger", "verify"])["whole"], true, "the chain has no fork");
}

/// Where every file of the kill test is: contents in the site and in the holding directory.
fn everywhere(home: &Home) -> (HashMap<String, u64>, HashMap<String, u64>) {
    (contents_below(&home.site()), home.held())
}

/// What must hold after every kill: each content exactly once in site ∪ holding, and no row that says "holding" of a file still in the site.
fn assert_nothing_lost_nothing_twice(home: &Home, contents: &HashSet<String>, moment: &str) {
    let (site, held) = everywhere(home);
    for content in contents {
        let times = site.get(content).copied().unwrap_or(0) + held.get(content).copied().unwrap_or(0);
        assert_eq!(times, 1, "{moment}: content {content} lies exactly once in site and holding directory together");
    }
    for row in home.rows().iter().filter(|row| row.place == "holding" || row.place == "vault") {
        let path = home.site().join(name_of_bytes(&row.path));
        assert!(!path.exists(), "{moment}: {} is called held and is still served", row.name());
    }
}

#[test]
fn a_take_down_of_200_files_killed_again_and_again_loses_and_doubles_nothing() {
    let home = Home::with_site();
    let contents: Vec<Vec<u8>> = (0..200_u64).map(|seed| Random(seed).bytes(2_000)).collect();
    let digests: HashSet<String> = contents.iter().map(|content| sha256(content)).collect();
    home.list_of("mine", &contents.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (number, content) in contents.iter().enumerate() {
        home.upload(&format!("{number}.bin"), content);
    }
    home.sweep();
    let cases: Vec<String> = home.all(["inbox"]).iter().map(|case| case["case"].to_string()).collect();
    assert_eq!(cases.len(), 200, "every content is a case");
    let mut decide = vec!["decide".to_owned()];
    decide.extend(cases.iter().cloned());
    decide.extend(["take-down".to_owned(), "--now".to_owned()]);
    let held = || home.held().len();
    let mut random = Random(0x6761_7465);
    let mut running: Started = home.start(&decide);
    let mut kills = 0;
    for round in 0..8_usize {
        let (goal, started) = (held() + 12, Instant::now());
        // Killed once some more files are out, after a random bit of a move: at another step each time.
        while held() < goal && !running.has_ended() && started.elapsed() < crate::support::DEADLINE {
            pause(Duration::from_millis(1));
        }
        pause(Duration::from_micros(random.below(30_000)));
        kills += u32::from(!running.has_ended());
        running.kill();
        assert_nothing_lost_nothing_twice(&home, &digests, &format!("after kill {round}"));
        running = home.start(["act", &cases[round * 20]]);
    }
    assert!(kills >= 3, "the program was killed in the middle of its work, {kills} times");
    drop(running);
    home.run(["act", &cases[0]]).code(0, "what is left is carried out");
    let (site, held) = everywhere(&home);
    assert!(site.is_empty(), "every file is out of the site: {} are left", site.len());
    assert_eq!(held.len(), 200, "and every one is held");
    assert_nothing_lost_nothing_twice(&home, &digests, "at the end");
    assert_eq!(home.query("SELECT count(*) FROM upload WHERE current = 1 AND place = 'vault'"), 200, "the rows say so");
    assert_eq!(home.query("SELECT count(*) FROM action WHERE state <> 'done'"), 0, "no action is open or failed");
    assert_eq!(
        home.query("SELECT count(*) FROM ledger WHERE verb = 'done' AND body LIKE '%quarantine%'"),
        200,
        "the record says each once"
    );
    let verified = home.ok(["ledger", "verify"]);
    assert_eq!(verified["whole"], true, "the record is whole after all of it: {verified}");
    let again = home.sweep();
    assert_eq!((number(&again["files"]), number(&again["waiting"])), (0, 0), "a sweep finds nothing more: {again}");
}

#[test]
fn a_put_back_killed_in_the_middle_is_finished_by_the_next_one() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    for number in 0..60 {
        home.upload(&format!("{number}.bin"), "listed");
    }
    home.sweep();
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    let in_site = || contents_below(&home.site()).get(&sha256(b"listed")).copied().unwrap_or(0);
    assert_eq!(in_site(), 0, "all are out");
    let mut restore = home.start(["restore", &case]);
    eventually("some files are back", || (in_site() >= 5 || restore.has_ended()).then_some(()));
    restore.kill();
    let held = home.held().get(&sha256(b"listed")).copied().unwrap_or(0);
    // The one that was being put back may be proven at its path and not yet be out of the vault.
    assert!((60..=61).contains(&(in_site() + held)), "every file is somewhere: {} and {held}", in_site());
    let _watch = home.watch();
    eventually("a start finishes what was begun", || (in_site() == 60).then_some(()));
    eventually("and nothing is open", || {
        (home.query("SELECT count(*) FROM action WHERE state IN ('planned', 'intent')") == 0).then_some(())
    });
    assert!(home.held().is_empty(), "nothing is left in the holding directory");
    assert!(home.all(["inbox"]).is_empty(), "what was put back has not come back");
    home.ok(["ledger", "verify"]);
}

#[test]
fn a_record_that_was_changed_anywhere_is_said_to_be_broken() {
    let (home, _, case) = one_case("a");
    home.ok(["decide", &case, "keep", "--now", "--note", "harmless"]);
    let verified = home.ok(["ledger", "verify"]);
    let rows = number(&verified["rows"]);
    assert!(rows >= 4, "there is a record: {verified}");
    let decided = home.query("SELECT max(seq) FROM ledger WHERE verb = 'decided'");
    let flipped = |column: &str| {
        let sql = format!("SELECT {column} FROM ledger WHERE seq = {decided}");
        let mut bytes: Vec<u8> = home.database().query_row(&sql, [], |row| row.get(0)).expect("the row is there");
        bytes[7] ^= 1;
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let changes = [
        ("the time", "UPDATE ledger SET at = at + 1"),
        ("the verb", "UPDATE ledger SET verb = 'kept'"),
        ("the person", "UPDATE ledger SET person = 'you'"),
        ("the case", "UPDATE ledger SET triage_case = NULL"),
        ("a byte of the facts", "UPDATE ledger SET body = replace(body, 'harmless', 'harmlesS')"),
        ("a byte of the hash", &format!("UPDATE ledger SET hash = x'{}'", flipped("hash"))),
        ("a byte of the hash before", &format!("UPDATE ledger SET previous = x'{}'", flipped("previous"))),
        ("a missing row", "DELETE FROM ledger"),
    ];
    let original = std::fs::read(home.dir().join("gatehouse.db")).expect("the database, whole after the last process ended");
    for (what, sql) in changes {
        home.change(&format!("{sql} WHERE seq = {decided}"));
        let broken = home.run(["ledger", "verify"]).code(1, &format!("{what} was changed"));
        let at = number(&broken.last()["broken_at"]);
        assert!(at == decided || at == decided + 1, "{what}: the first broken row is named, {at} for {decided}");
        std::fs::write(home.dir().join("gatehouse.db"), &original).expect("put back");
    }
    home.run(["ledger", "verify"]).code(0, "the untouched record is whole");
    let export = home.beside("ledger.jsonl");
    home.ok(["ledger", "export", &crate::support::text(&export)]);
    let lines = std::fs::read_to_string(&export).expect("the export").lines().count();
    assert_eq!(lines as i64, rows + 2, "the export holds every row, the one about the key that signs it, and the closing line");
    home.run(["ledger", "export", &crate::support::text(&export)]).code(2, "an export never overwrites");
}
