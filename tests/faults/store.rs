//! F06 and F26 to F30: the database locked, damaged, gone, newer, older, and in the middle of a migration.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::harness::{Need, Run, workspace};
use super::oracle::look;
use super::oracle::record::{Record, Recorder};
use crate::support::{Home, Ran, Random, eventually, ran, sha256};

/// A home with a file in the site, one that was kept and one that was taken down; and the record of it.
struct Worked {
    home: Home,
    record: PathBuf,
}

impl Worked {
    fn new() -> Self {
        let home = Home::with_site();
        let record = home.beside("record");
        let mut recorder = Recorder::new(&record).expect("a record");
        home.list_of("mine", &[b"one", b"two", b"three"]);
        for name in ["one", "two", "three", "free"] {
            home.upload(name, name);
            recorder.made(name.as_bytes(), &sha256(name.as_bytes())).expect("written");
        }
        home.sweep();
        let worked = Self { home, record };
        worked.decide("one", "take-down", &mut recorder);
        worked.decide("two", "keep", &mut recorder);
        worked
    }

    fn case_of(&self, name: &str) -> i64 {
        let sha256 = sha256(name.as_bytes());
        let cases = self.home.all(["inbox", "--state", "all"]);
        cases.iter().find(|case| case["sha256"] == sha256.as_str()).and_then(|case| case["case"].as_i64()).expect("it has a case")
    }

    fn decide(&self, name: &str, decision: &str, recorder: &mut Recorder) {
        let case = self.case_of(name);
        self.home.ok(["decide", &case.to_string(), decision, "--now"]);
        recorder.decided(case, &decision.replace('-', "_")).expect("written");
    }

    fn decide_more(&self, name: &str, decision: &str) {
        self.decide(name, decision, &mut Recorder::new(&self.record).expect("the record"));
    }

    #[track_caller]
    fn assert_whole(&self, why: &str) {
        let record = Record::read(&self.record).expect("the record");
        let broken = look(&self.home.dir(), &self.home.site(), &record).expect("it can be looked at");
        assert!(broken.is_empty(), "{why}: {broken:?}");
    }

    fn database(&self) -> PathBuf {
        self.home.dir().join("gatehouse.db")
    }
}

fn bytes(file: &Path) -> Vec<u8> {
    std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[track_caller]
fn assert_refused(ran: &Ran, code: &str, why: &str) {
    assert_eq!(ran.code, 2, "{why}: {} {}", ran.out, ran.err);
    assert!(ran.err.contains(&format!("\"{code}\"")), "{why}: {}", ran.err);
}

#[expect(clippy::disallowed_methods, reason = "the fault that is played")]
fn remove(file: &Path) {
    std::fs::remove_file(file).expect("it was there");
}

#[test]
fn f06_a_migration_killed_at_any_call_leaves_the_old_form_or_the_new_one() {
    const OLD: usize = 7;
    const CALLS: &str = "openat,pwrite64,write,fsync,fdatasync,rename,ftruncate,unlink";
    let Some(run) = Run::begin("F06", &[Need::Strace]) else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(workspace().join("crates/engine/migrations"))
        .expect("there")
        .map_while(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let newest = i64::try_from(files.len()).expect("few");
    let home = Home::new();
    let (mut at, mut kills) = (1, 0);
    let step = usize::try_from((60 / run.amount(12, 60)).max(1)).expect("small");
    loop {
        if home.dir().exists() {
            std::fs::remove_dir_all(home.dir()).expect("ours");
        }
        std::fs::create_dir(home.dir()).expect("a home");
        let file = home.dir().join("gatehouse.db");
        let old = Connection::open(&file).expect("an old database");
        old.pragma_update(None, "journal_mode", "WAL").expect("as the program sets it");
        old.pragma_update(None, "application_id", 0x4741_5445).expect("ours");
        for migration in files.iter().take(OLD) {
            old.execute_batch(&std::fs::read_to_string(migration).expect("text")).expect("it ran once");
        }
        old.pragma_update(None, "user_version", OLD as i64).expect("its number");
        drop(old);
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={CALLS}:signal=SIGKILL:when={at}")])
            .arg(crate::support::PROGRAM);
        strace.arg("--home").arg(home.dir()).args(["--json", "status"]);
        let ended = ran(&mut strace).code;
        let connection = Connection::open(&file).expect("it opens");
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a number");
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a word");
        drop(connection);
        assert_eq!(sound, "ok", "call {at}");
        assert!(version == OLD as i64 || version == newest, "call {at}: form {version}");
        let backup = home.dir().join(format!("backup/before-migration-{newest}.db"));
        assert!(version == OLD as i64 || backup.is_file(), "call {at}: the new form, and no copy of the old one");
        home.ok(["status"]);
        if ended == 0 {
            break;
        }
        kills += 1;
        // Of few kills more fall on the first calls: there the copy is made.
        at += if step > 1 { 1 + at / 3 } else { 1 };
    }
    run.end(kills, "kills during a migration");
}

#[test]
fn f26_a_database_that_another_program_holds_is_waited_for() {
    let Some(run) = Run::begin("F26", &[]) else { return };
    let worked = Worked::new();
    let case = worked.case_of("three").to_string();
    let other = Connection::open(worked.database()).expect("another program");
    other.execute_batch("BEGIN EXCLUSIVE").expect("it holds the database");
    let started = Instant::now();
    assert_eq!(worked.home.run(["inbox"]).code, 0, "reading goes on");
    assert!(started.elapsed() < Duration::from_secs(4), "and waits for nobody");
    let mut deciding = worked.home.start(["decide", &case, "keep", "--now"]);
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(!deciding.has_ended(), "it waits");
    other.execute_batch("COMMIT").expect("it lets go");
    let code = eventually("it goes on", || deciding.0.try_wait().expect("our own child"));
    assert!(code.success(), "{code}");
    Recorder::new(&worked.record).and_then(|mut recorder| recorder.decided(worked.case_of("three"), "keep")).expect("written");
    other.execute_batch("BEGIN EXCLUSIVE").expect("it holds the database again");
    let late = worked.home.run(["reopen", &case]);
    assert_refused(&late, "busy", "after five seconds it says so");
    other.execute_batch("COMMIT").expect("it lets go");
    drop(other);
    worked.assert_whole("nothing is lost");
    run.end(2, "locks of another program");
}

#[test]
fn f27_a_flipped_byte_is_noticed_and_the_database_made_again_without_a_decision_lost() {
    let Some(run) = Run::begin("F27", &[]) else { return };
    let worked = Worked::new();
    worked.home.ok(["database", "backup"]);
    worked.decide_more("three", "take-down");
    let file = worked.database();
    let whole = bytes(&file);
    let saved = worked.home.beside("saved");
    copy_home(&worked.home.dir(), &saved);
    let mut random = Random(run.seed());
    let places = run.amount(20, 200);
    for number in 0..places {
        let place = usize::try_from(random.below(whole.len() as u64)).expect("small");
        copy_home(&saved, &worked.home.dir());
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << random.below(8);
        std::fs::write(&file, &flipped).expect("a bad disk");
        let started = worked.home.run(["status"]);
        assert_refused(&started, "home_damaged", &format!("flip {number} at {place}"));
        assert!(started.err.contains("database rebuild"), "it says what to do: {}", started.err);
        assert!(bytes(&file) == flipped, "flip {number} at {place}: the file is as it was");
        // Making it again is the same for every place: a few are enough.
        if number % 10 == 0 {
            let before = Instant::now();
            worked.home.ok(["database", "rebuild"]);
            assert!(before.elapsed() < Duration::from_secs(10), "within ten seconds: {:?}", before.elapsed());
            worked.home.sweep();
            worked.assert_whole(&format!("made again after flip {number} at {place}"));
        }
    }
    copy_home(&saved, &worked.home.dir());
    worked.home.ok(["status"]);
    worked.assert_whole("as before");
    run.end(places, "flipped bytes, all noticed");
}

/// Puts a home in the place of another.
fn copy_home(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).expect("ours");
    }
    assert!(Command::new("cp").arg("-a").args([from, to]).status().is_ok_and(|status| status.success()), "copied");
}

#[test]
fn f28_a_database_that_is_removed_or_replaced_while_it_is_used_stops_the_program() {
    let Some(run) = Run::begin("F28", &[]) else { return };
    for replaced in [false, true] {
        let worked = Worked::new();
        let copy = worked.home.beside("copy.db");
        std::fs::copy(worked.database(), &copy).expect("a copy");
        let mut watch = worked.home.start(["watch"]);
        eventually("it watches", || (worked.home.ok(["status"])["sites"][0]["health"] == "watching").then_some(()));
        worked.decide_more("three", "keep");
        remove(&worked.database());
        if replaced {
            std::fs::copy(&copy, worked.database()).expect("an older one takes its place");
        }
        let since = Instant::now();
        let code = eventually("it stops", || watch.0.try_wait().expect("our own child"));
        assert!(since.elapsed() < Duration::from_secs(5), "within five seconds: {:?}", since.elapsed());
        assert_eq!(code.code(), Some(2), "and says that it failed");
        assert_eq!(worked.database().exists(), replaced, "nothing is made in its place");
        let refused = worked.home.run(["decide", "1", "keep", "--now"]);
        assert_refused(&refused, "home_damaged", "nothing is decided on a lost database");
        for ending in ["-wal", "-shm"] {
            let left = worked.home.dir().join(format!("gatehouse.db{ending}"));
            if left.exists() {
                remove(&left);
            }
        }
        worked.home.ok(["database", "rebuild"]);
        worked.home.sweep();
        worked.assert_whole("made again");
    }
    run.end(2, "databases taken away");
}

#[test]
fn f28_a_database_put_back_from_an_old_copy_is_noticed_and_nothing_is_written() {
    let Some(run) = Run::begin("F28", &[]) else { return };
    let worked = Worked::new();
    let old = bytes(&worked.database());
    worked.decide_more("three", "take-down");
    std::fs::write(worked.database(), &old).expect("somebody puts the old one back");
    let problems = worked.home.ok(["status"])["problems"].to_string();
    assert!(problems.contains("ledger_broken"), "it is named: {problems}");
    assert_eq!(worked.home.run(["inbox"]).code, 0, "what is there can be read");
    let refused = worked.home.run(["decide", "1", "keep", "--now"]);
    assert_refused(&refused, "home_damaged", "nothing is written");
    worked.home.ok(["database", "rebuild"]);
    worked.home.sweep();
    worked.assert_whole("the decision is back");
    run.end(1, "old copies put back");
}

#[test]
fn f29_a_newer_database_is_refused_byte_by_byte_untouched() {
    let Some(run) = Run::begin("F29", &[]) else { return };
    let worked = Worked::new();
    let connection = Connection::open(worked.database()).expect("a newer program");
    connection.pragma_update(None, "user_version", 999).expect("its number");
    connection.pragma_update(None, "journal_mode", "DELETE").expect("one that keeps its journal otherwise");
    drop(connection);
    let before = bytes(&worked.database());
    for command in ["status", "sweep", "inbox"] {
        assert_refused(&worked.home.run([command]), "home_newer", command);
    }
    assert!(bytes(&worked.database()) == before, "not a byte is changed");
    run.end(3, "commands on a newer database");
}

#[test]
fn f30_a_killed_watcher_leaves_no_lock_behind() {
    let Some(run) = Run::begin("F30", &[]) else { return };
    let worked = Worked::new();
    for _ in 0..3 {
        let mut watch = worked.home.watch();
        let second = worked.home.run(["watch"]);
        assert_refused(&second, "busy", "a second one names the first");
        assert!(second.err.contains(&watch.id().to_string()), "by its number: {}", second.err);
        watch.kill();
    }
    worked.assert_whole("nothing is lost");
    run.end(3, "killed watchers");
}
