//! The oracle is tested itself: a home is broken in eight ways and more, and it names each.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;

use super::oracle::record::{Record, Recorder};
use super::oracle::{look, look_within};
use crate::support::{Home, sha256};

/// A home with two files in the site and one in the vault, and the record of it.
struct Whole {
    home: Home,
    record: PathBuf,
    down: PathBuf,
}

fn whole() -> Whole {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let record = home.beside("record");
    let mut recorder = Recorder::new(&record).expect("a record");
    for (name, content) in [("a", "first"), ("b", "second"), ("c", "listed")] {
        home.upload(name, content);
        recorder.made(name.as_bytes(), &sha256(content.as_bytes())).expect("written");
    }
    let canary = home.file("canary", "untouched");
    recorder.canary(&canary, &sha256(b"untouched")).expect("written");
    home.sweep();
    let case = home.only_case();
    home.ok(["decide", &case.to_string(), "take-down", "--now"]);
    recorder.decided(case, "take_down").expect("written");
    recorder.fault("site_missing", 1_000, Some(5_900)).expect("written");
    let down = home.site().join("c");
    Whole { home, record, down }
}

impl Whole {
    fn broken(&self, home: &Path, record: &Record) -> Vec<&'static str> {
        let mut which: Vec<&str> =
            look(home, &self.home.site(), record).expect("it can be looked at").iter().map(|one| one.which).collect();
        which.dedup();
        which
    }

    fn record(&self) -> Record {
        Record::read(&self.record).expect("the record is read")
    }

    /// A copy of the home that a test may break.
    fn copy(&self, name: &str) -> PathBuf {
        let to = self.home.beside(name);
        let copied = Command::new("cp").arg("-a").arg(self.home.dir()).arg(&to).status().expect("cp runs");
        assert!(copied.success());
        to
    }

    /// What the oracle says of a copy in which this was done to the database.
    fn after_sql(&self, name: &str, sql: &str) -> Vec<&'static str> {
        let copy = self.copy(name);
        let connection = Connection::open(copy.join("gatehouse.db")).expect("the copy opens");
        connection.execute_batch(sql).expect("it is broken as planned");
        drop(connection);
        self.broken(&copy, &self.record())
    }
}

#[test]
fn a_home_broken_in_eight_ways_is_named_each_time() {
    let whole = whole();
    let (home, site) = (whole.home.dir(), whole.home.site());
    assert!(whole.broken(&home, &whole.record()).is_empty(), "whole: {:?}", look(&home, &site, &whole.record()));

    assert_eq!(whole.after_sql("no-row", "DELETE FROM upload WHERE path = CAST('a' AS BLOB)"), ["I1"], "a file without a row");
    assert_eq!(whole.after_sql("waiting", "UPDATE upload SET state = 'found' WHERE path = CAST('b' AS BLOB)"), ["I1"], "one that waits");

    let copy = whole.copy("no-evidence");
    let sealed = std::fs::read_dir(copy.join("vault")).expect("the vault").map_while(Result::ok).next().expect("a sealed file").path();
    std::fs::write(&sealed, "cut").expect("it is damaged");
    assert_eq!(whole.broken(&copy, &whole.record()), ["I2"], "a sealed file that does not open");

    std::fs::write(&whole.down, "listed").expect("it is served again");
    let which = whole.broken(&home, &whole.record());
    assert!(which.contains(&"I3"), "what is sealed is served: {which:?}");
    put_away(&whole.down);

    assert_eq!(whole.after_sql("undone", "UPDATE batch SET state = 'undone'"), ["I4"], "a lost decision");
    assert_eq!(whole.after_sql("body", "UPDATE ledger SET body = '{}' WHERE seq = 2"), ["I5"], "a changed row of the ledger");
    assert_eq!(
        whole.after_sql("loose", "PRAGMA foreign_keys = OFF; DELETE FROM content WHERE id = 1"),
        ["I5"],
        "a row without its other half"
    );
    let copy = whole.copy("cut-copy");
    let journal = std::fs::read_to_string(copy.join("backup/ledger.jsonl")).expect("the copy of the ledger");
    let first = journal.split_inclusive('\n').next().expect("a line");
    std::fs::write(copy.join("backup/ledger.jsonl"), first).expect("it is cut");
    assert_eq!(whole.broken(&copy, &whole.record()), ["I5"], "a copy of the ledger that was cut");

    let late = site.join("late");
    std::fs::write(&late, "nobody looks").expect("a new file");
    let broken = look_within(&home, &site, &whole.record(), Duration::from_millis(300)).expect("it can be looked at");
    let which: Vec<&str> = broken.iter().map(|one| one.which).collect();
    assert_eq!(which, ["I1", "I6"], "a file that stays without a row: {broken:?}");
    put_away(&late);

    std::fs::write(whole.home.beside("canary"), "touched").expect("somebody touches it");
    assert_eq!(whole.broken(&home, &whole.record()), ["I7"], "a canary");
    std::fs::write(whole.home.beside("canary"), "untouched").expect("as before");

    let mut unnamed = whole.record();
    unnamed.faults[0].named = None;
    assert_eq!(whole.broken(&home, &unnamed), ["I8"], "a fault that nobody named");
    unnamed.faults[0].named = Some(6_001);
    assert_eq!(whole.broken(&home, &unnamed), ["I8"], "one that was named too late");
}

#[test]
fn a_torn_last_line_of_a_record_is_left_out_and_a_wrong_line_is_refused() {
    let home = Home::new();
    let file = home.file("record", "{\"decided\":1,\"as\":\"keep\"}\n{\"decided\":2,");
    assert_eq!(Record::read(&file).expect("it is read").decisions.len(), 1);
    let file = home.file("record", "{\"decided\":\"1\"}\n");
    assert!(Record::read(&file).is_err(), "a number is a number");
}

#[expect(clippy::disallowed_methods, reason = "the test takes away what it made")]
fn put_away(path: &Path) {
    std::fs::remove_file(path).expect("it was made here");
}
