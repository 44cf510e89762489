//! Databases from elsewhere: the two known ones, and what hostile ones meet.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use hashlist::{Answers, Content, Format, Polarity, Question};
use rusqlite::params;

use super::*;

const MD5: [u8; 16] = [0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72];
const ENOUGH: Duration = Duration::from_secs(60);

const KDB: &str = "CREATE TABLE db_properties (name TEXT, value TEXT);
    INSERT INTO db_properties VALUES ('Schema Version', '1');
    CREATE TABLE hashes (id INTEGER PRIMARY KEY AUTOINCREMENT, md5 BINARY(16) UNIQUE, sha1 BINARY(20), sha2_256 BINARY(32));";
const RDS: &str = "CREATE TABLE METADATA (sha256 TEXT, sha1 TEXT, md5 TEXT, file_name TEXT, file_size INTEGER);
    INSERT INTO METADATA VALUES (NULL, NULL, '900150983CD24FB0D6963F7D28E17F72', 'abc.txt', 3);";

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../hashlist/tests/samples").join(name)
}

/// A database made by these statements, in a folder of its own.
fn made(sql: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a b?c#d%41.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (dir, path)
}

fn open(path: &Path) -> Result<ForeignDatabase, Refusal> {
    ForeignDatabase::open(path, ENOUGH, || false)
}

fn import(path: &Path) -> Result<Import, Refusal> {
    open(path)?.import(None, &Answers::default(), &mut |_| {})
}

fn code(path: &Path) -> &'static str {
    let refusal = import(path).unwrap_err();
    assert!(refusal.sentence().ends_with('.') && refusal.sentence().len() > 30, "a sentence for a person: {refusal}");
    refusal.code()
}

#[test]
fn the_two_samples_give_exactly_what_is_expected() {
    let table: serde_json::Value = serde_json::from_slice(&std::fs::read(sample("expected.json")).unwrap()).unwrap();
    for (name, format) in [("ex.kdb", Format::Kdb), ("rds-minimal.db", Format::NsrlRds)] {
        let import = import(&sample(name)).unwrap();
        let expected = &table[name];
        assert_eq!((import.format, format.as_str()), (format, expected["format"].as_str().unwrap()), "{name}: format");
        assert_eq!(import.entries.len(), expected["entries"].as_array().unwrap().len(), "{name}: entries");
        let (entry, expected_entry) = (&import.entries.to_vec()[0], &expected["entries"][0]);
        let signals: serde_json::Map<_, _> =
            entry.signals.iter().map(|signal| (signal.kind().to_string(), signal.to_string().into())).collect();
        assert_eq!(serde_json::Value::from(signals), expected_entry["signals"], "{name}: signals");
        assert_eq!((entry.key.as_str(), entry.size), (expected_entry["key"].as_str().unwrap(), expected_entry["size"].as_u64()), "{name}");
        assert_eq!((import.report.rejected_count(), import.report.skipped_count()), (0, 0), "{name}: nothing else");
        assert!(entry.labels.is_empty(), "{name}: comments and names are not taken");
    }
    assert_eq!(import(&sample("ex.kdb")).unwrap().open_questions, [Question::Harm, Question::Polarity], "the file does not say");
    let rds = import(&sample("rds-minimal.db")).unwrap();
    assert_eq!((rds.polarity, rds.open_questions), (Polarity::Ignore, vec![]), "known files raise nothing and have no harm");
}

#[test]
fn twice_the_same_file_is_twice_the_same_version_and_the_file_is_left_alone() {
    for name in ["ex.kdb", "rds-minimal.db"] {
        let (_dir, path) = made("");
        std::fs::copy(sample(name), &path).unwrap();
        let database = open(&path).unwrap();
        let entries = || database.import(None, &Answers::default(), &mut |_| {}).unwrap().entries;
        assert_eq!(entries(), entries(), "{name}: rows can be read again");
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(sample(name)).unwrap(), "{name}: no byte changed");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "{name}: nothing was put beside it");
    }
}

#[test]
fn bad_cells_are_rejected_rows_and_not_a_refused_file() {
    let (_dir, path) = made(KDB);
    let connection = Connection::open(&path).unwrap();
    let put = |md5: &dyn rusqlite::ToSql, sha1: Option<Vec<u8>>| {
        connection.execute("INSERT INTO hashes (md5, sha1) VALUES (?1, ?2)", params![md5, sha1]).unwrap();
    };
    put(&MD5, Some(vec![7; 20]));
    put(&vec![1u8; 15], None);
    put(&"5d41402abc4b2a76b9719d911017c592", None);
    put(&Option::<i64>::None, Some(vec![7; 19]));
    put(&vec![2u8; 15], Some(vec![8; 20]));
    drop(connection);
    let import = import(&path).unwrap();
    let entries = import.entries.to_vec();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["1", "3", "5"], "the row id is the key");
    let reasons: Vec<_> = import.report.rejected_records.iter().map(|rejected| (rejected.record, rejected.reason)).collect();
    assert_eq!(reasons, [(2, "wrong_length"), (4, "wrong_length")], "15 and 19 bytes");
    assert_eq!(import.report.rejected_signals["wrong_length"], 1, "one bad signal beside a good one");
}

#[test]
fn a_reference_set_is_read_through_its_view_where_it_has_no_table_of_that_name() {
    let view =
        "CREATE TABLE package_objects (h TEXT, n INTEGER); INSERT INTO package_objects VALUES ('900150983cd24fb0d6963f7d28e17f72', 3);
        CREATE VIEW FILE AS SELECT upper(h) AS md5, n AS file_size FROM package_objects;";
    let (_dir, path) = made(view);
    let database = open(&path).unwrap();
    assert_eq!(database.plan().rows, "SELECT NULL, NULL, md5, file_size FROM FILE", "only the columns that exist");
    let import = database.import(None, &Answers::default(), &mut |_| {}).unwrap();
    assert_eq!((import.entries.len(), import.entries.to_vec()[0].size), (1, Some(3)), "one row");
}

#[test]
fn another_schema_version_or_none_is_refused() {
    for change in
        ["UPDATE db_properties SET value = '2'", "DELETE FROM db_properties", "INSERT INTO db_properties SELECT * FROM db_properties"]
    {
        let (_dir, path) = made(&format!("{KDB} INSERT INTO hashes (md5) VALUES (x'900150983cd24fb0d6963f7d28e17f72'); {change};"));
        assert_eq!(code(&path), "unknown_database", "{change}");
    }
    let (_dir, path) = made("CREATE TABLE users (name TEXT, md5 TEXT)");
    assert_eq!(code(&path), "unknown_database", "somebody else's database");
}

#[test]
fn a_trigger_is_refused() {
    let (_dir, path) = made(&format!("{RDS} CREATE TRIGGER t AFTER INSERT ON METADATA BEGIN DELETE FROM METADATA; END;"));
    assert_eq!(code(&path), "unknown_database", "lists have no triggers");
    assert!(import(&path).unwrap_err().sentence().contains("a trigger"), "and the sentence says so");
}

#[test]
fn a_view_that_counts_for_ever_is_refused_before_it_runs() {
    let endless = "CREATE VIEW FILE AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
        SELECT CASE WHEN x < 0 THEN 'a' END AS md5, x AS sha1 FROM n;";
    let began = Instant::now();
    let (_dir, path) = made(endless);
    assert_eq!(code(&path), "unknown_database", "a recursive view");
    for view in [
        "CREATE TABLE t (a TEXT); CREATE VIEW FILE AS SELECT DISTINCT a AS md5 FROM t ORDER BY length(a);",
        "CREATE VIEW FILE AS SELECT name AS md5 FROM pragma_database_list;",
        "CREATE VIEW FILE AS SELECT value AS md5 FROM json_each('[1]');",
        "CREATE VIEW FILE AS SELECT load_extension('x') AS md5;",
        "CREATE VIEW FILE AS SELECT sha1 AS md5 FROM FILE;",
        "CREATE VIEW FILE AS SELECT md5 FROM nowhere;",
        "CREATE VIRTUAL TABLE METADATA USING fts5(md5);",
    ] {
        let (_dir, path) = made(view);
        assert_eq!(code(&path), "unknown_database", "{view}");
    }
    let (_dir, path) = made(&format!("{KDB} DROP TABLE hashes; CREATE VIEW hashes AS SELECT 1 AS id, 2 AS md5, 3 AS sha1, 4 AS sha2_256;"));
    assert_eq!(code(&path), "unknown_database", "a view in place of a table of Autopsy");
    assert!(began.elapsed() < ENOUGH, "none of it ran");
}

#[test]
fn a_view_that_only_takes_long_is_stopped_by_the_time_limit() {
    let rows: String = (0..60).map(|_| "INSERT INTO t VALUES (1);").collect();
    // 60^6 combinations, none of which is ever a row.
    let slow = format!(
        "CREATE TABLE t (a INTEGER); {rows}
         CREATE VIEW FILE AS SELECT 'x' AS md5 FROM t a, t b, t c, t d, t e, t f WHERE a.a + b.a + c.a + d.a + e.a + f.a = 7;"
    );
    let (_dir, path) = made(&slow);
    let time = Duration::from_millis(300);
    let database = ForeignDatabase::open(&path, time, || false).unwrap();
    let began = Instant::now();
    let refused = database.import(None, &Answers::default(), &mut |_| {}).unwrap_err();
    assert_eq!(refused.code(), "too_large", "the time is over: {refused}");
    assert!(began.elapsed() < ENOUGH, "and the machine of SQLite stops");
    assert_eq!(database.records(&mut |_| {}).unwrap_err().code(), "too_large", "for good");
}

#[test]
fn the_operator_can_stop_it() {
    let rows: String = (0..60).map(|_| "INSERT INTO t VALUES (1);").collect();
    let slow = format!("CREATE TABLE t (a INTEGER); {rows} CREATE VIEW FILE AS SELECT 'x' AS md5 FROM t a, t b, t c, t d, t e, t f;");
    let (_dir, path) = made(&slow);
    let mut looks = 0;
    let database = ForeignDatabase::open(&path, ENOUGH, move || {
        looks += 1;
        looks > 3
    })
    .unwrap();
    let refused = database.records(&mut |_| {}).unwrap_err();
    assert!(matches!(&refused, Refusal::Unreadable(error) if error.kind() == std::io::ErrorKind::Interrupted), "stopped: {refused:?}");
}

#[test]
fn a_value_at_the_limit_is_one_bad_row_and_one_beyond_is_refused() {
    let (_dir, path) = made(KDB);
    let connection = Connection::open(&path).unwrap();
    connection.execute("INSERT INTO hashes (md5) VALUES (?1)", params![MD5]).unwrap();
    connection.execute("INSERT INTO hashes (md5) VALUES (zeroblob(?1))", [limits::CELL_BYTES as i64]).unwrap();
    assert_eq!(import(&path).unwrap().report.rejected["wrong_length"], 1, "1 MiB is read, and is no MD5");
    connection.execute("UPDATE hashes SET md5 = zeroblob(?1) WHERE id = 2", [limits::CELL_BYTES as i64 + 1]).unwrap();
    assert_eq!(code(&path), "too_large", "one byte more");
    let (_dir, path) = made("CREATE VIEW FILE AS SELECT hex(zeroblob(1000000000)) AS md5;");
    assert_eq!(code(&path), "too_large", "a value that the view would make");
}

#[test]
fn a_generated_column_is_never_read() {
    let (_dir, path) = made(
        "CREATE TABLE METADATA (sha1 TEXT, md5 TEXT GENERATED ALWAYS AS ('no hash') VIRTUAL);
         INSERT INTO METADATA (sha1) VALUES ('a9993e364706816aba3e25717850c26c9cd0d89d');",
    );
    let import = import(&path).unwrap();
    assert_eq!((import.entries.len(), import.report.rejected_signals.len()), (1, 0), "only the plain column");
}

#[test]
fn journals_beside_the_file_are_not_looked_at() {
    let (dir, path) = made(RDS);
    Connection::open(&path).unwrap().execute_batch("PRAGMA journal_mode = WAL;").unwrap();
    for end in ["-wal", "-shm", "-journal"] {
        std::fs::write(dir.path().join(format!("a b?c#d%41.db{end}")), b"not a journal").unwrap();
    }
    assert_eq!(import(&path).unwrap().entries.len(), 1, "the file alone is the list");
    for end in ["-wal", "-shm", "-journal"] {
        let beside = std::fs::read(dir.path().join(format!("a b?c#d%41.db{end}"))).unwrap();
        assert_eq!(beside, b"not a journal", "{end} is untouched");
    }
}

#[test]
fn files_that_are_no_database_or_too_large_are_refused() {
    let (_dir, path) = made("");
    std::fs::write(&path, b"SQLite format 3\0 and then something else").unwrap();
    assert_eq!(code(&path), "damaged", "a head and nothing behind it");
    std::fs::write(&path, b"").unwrap();
    assert_eq!(code(&path), "unknown_database", "an empty file is an empty database");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    if file.set_len(limits::DATABASE_BYTES + 1).is_ok() {
        assert_eq!(code(&path), "too_large", "128 GiB and one byte, of which none is read");
        file.set_len(limits::DATABASE_BYTES).unwrap();
        assert_eq!(code(&path), "damaged", "128 GiB are looked at");
    }
    assert_eq!(code(&path.with_extension("gone")), "unreadable", "no file");
}

/// A small generator (xorshift64*), so that a failure can be repeated.
fn next(state: &mut u64) -> usize {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as usize
}

#[test]
fn cut_and_mutated_files_are_refused_or_reported() {
    let (_dir, path) = made("");
    let adds_up = |path: &Path| {
        let Ok(import) = import(path) else { return };
        let report = &import.report;
        let outcomes = report.added + report.replaced + report.duplicate + report.withdrawn + report.rejected_count();
        assert_eq!(outcomes, report.records, "each row has one outcome");
    };
    for name in ["ex.kdb", "rds-minimal.db"] {
        let whole = std::fs::read(sample(name)).unwrap();
        for end in (0..whole.len()).step_by(97) {
            std::fs::write(&path, &whole[..end]).unwrap();
            adds_up(&path);
        }
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..200 {
            let mut bytes = whole.clone();
            for _ in 0..1 + next(&mut state) % 30 {
                let at = next(&mut state) % bytes.len();
                bytes[at] = next(&mut state) as u8;
            }
            std::fs::write(&path, &bytes).unwrap();
            adds_up(&path);
        }
    }
}

#[test]
fn rows_come_as_a_stream() {
    let (_dir, path) = made(
        "CREATE TABLE METADATA (sha1 TEXT, file_size INTEGER);
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000)
        INSERT INTO METADATA SELECT printf('%040x', x), x FROM n;",
    );
    let database = open(&path).unwrap();
    let (mut count, mut last) = (0, None);
    database
        .records(&mut |record| {
            count += 1;
            last = Some(record);
        })
        .unwrap();
    let last = last.unwrap();
    assert_eq!((count, last.number), (100_000, 100_000), "every row, numbered");
    assert!(matches!(last.content, Content::Draft(draft) if draft.size == Some(100_000)), "in order");
}
