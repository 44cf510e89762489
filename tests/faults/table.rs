//! The table of faults: closed, complete, and true. A fault of tier Q has a test that runs, or the table says who owes it.

use std::collections::BTreeSet;

use super::harness::workspace;

/// One row of `faults.tsv`.
struct Fault {
    id: &'static str,
    tier: &'static str,
    tests: Vec<&'static str>,
    owed: Option<&'static str>,
}

fn table() -> Vec<Fault> {
    let rows = include_str!("faults.tsv").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, tier, _what, _expected, tests] = fields[..] else { panic!("five fields: {line}") };
        let owed = tests.strip_prefix("owed: ");
        let tests = if owed.is_some() { Vec::new() } else { tests.split(' ').collect() };
        Fault { id, tier, tests, owed }
    })
    .collect()
}

/// Names of tests in one source file that run: with `#[test]` above, and no `#[ignore]`.
pub fn tests_in(file: &str) -> BTreeSet<String> {
    let path = workspace().join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut found, mut is_test, mut is_ignored) = (BTreeSet::new(), false, false);
    for line in text.lines().map(str::trim) {
        match line {
            // Page tests name what they play in their title.
            _ if line.starts_with("test(\"") || line.starts_with("it(\"") => {
                found.extend(line.split('"').nth(1).and_then(|title| title.split([' ', ':']).next()).map(str::to_owned));
            }
            "#[test]" => (is_test, is_ignored) = (true, false),
            _ if line.starts_with("#[ignore") => is_ignored = true,
            _ => {
                let name = line
                    .trim_start_matches("pub ")
                    .trim_start_matches("async ")
                    .strip_prefix("fn ")
                    .and_then(|rest| rest.split('(').next());
                if let Some(name) = name {
                    if is_test && !is_ignored {
                        found.insert(name.to_owned());
                    }
                    (is_test, is_ignored) = (false, false);
                }
            }
        }
    }
    found
}

#[test]
fn every_fault_from_f01_to_f85_is_in_the_table_once_and_in_order() {
    let ids: Vec<&str> = table().iter().map(|fault| fault.id).collect();
    let expected: Vec<String> = (1..=85).map(|number| format!("F{number:02}")).collect();
    assert_eq!(ids, expected);
}

#[test]
fn every_fault_has_a_test_that_runs_or_the_table_says_that_it_is_owed() {
    let mut owed = 0;
    for fault in table() {
        assert!(matches!(fault.tier, "Q" | "N" | "R"), "{}: tier {}", fault.id, fault.tier);
        if let Some(why) = fault.owed {
            assert!(why.len() > 3, "{}: owed, and why", fault.id);
            println!("{} (tier {}) has no test yet: {why}", fault.id, fault.tier);
            owed += 1;
            continue;
        }
        assert!(!fault.tests.is_empty(), "{}: no test", fault.id);
        for test in fault.tests {
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{}: file::name, not {test}", fault.id));
            assert!(tests_in(file).contains(name), "{}: {file} has no test {name} that runs", fault.id);
        }
    }
    println!("{owed} of 85 faults have no test yet");
}

#[test]
fn every_test_of_this_programme_is_in_the_table() {
    let folder = workspace().join("tests/faults");
    let named: BTreeSet<&str> = table().iter().flat_map(|fault| fault.tests.clone()).collect();
    for entry in std::fs::read_dir(folder).expect("this folder").map_while(Result::ok) {
        let file = entry.file_name().into_string().expect("a plain name");
        if !file.ends_with(".rs") {
            continue;
        }
        for test in tests_in(&format!("tests/faults/{file}")).iter().filter(|name| is_of_a_fault(name)) {
            let path = format!("tests/faults/{file}::{test}");
            assert!(named.contains(path.as_str()), "{path} is in no row of faults.tsv");
        }
    }
}

/// `f` and two digits and an underscore.
fn is_of_a_fault(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() > 4 && bytes[0] == b'f' && bytes[1..3].iter().all(u8::is_ascii_digit) && bytes[3] == b'_'
}
