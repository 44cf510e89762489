//! `cargo xtask faults`: what is survived, each fault by its number, in tier Q (every change), N (every night) or R (before a release).
//!
//! `tests/faults/faults.tsv` is the table. Tests of `tests/faults/` write one line for each fault into a report; those that live elsewhere are run by
//! name. A fault of the tier without a line is a failure: nothing is skipped in silence. Tier R writes RELIABILITY.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::step::{self, Place, Stop, spent};

/// How much is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    Quick,
    Nightly,
    Release,
}

impl Tier {
    const fn letter(self) -> &'static str {
        match self {
            Self::Quick => "Q",
            Self::Nightly => "N",
            Self::Release => "R",
        }
    }

    fn holds(self, letter: &str) -> bool {
        match letter {
            "Q" => true,
            "N" => self >= Self::Nightly,
            _ => self == Self::Release,
        }
    }
}

/// What is asked for.
pub(crate) struct Wish<'a> {
    pub(crate) tier: Tier,
    /// Where the random numbers begin.
    pub(crate) seed: u64,
    /// Only this fault.
    pub(crate) only: Option<&'a str>,
    /// How often, instead of what the tier says.
    pub(crate) amount: Option<u64>,
    /// Without the tests that live beside the code.
    pub(crate) own_only: bool,
    /// The report of a run that is over, instead of a new run.
    pub(crate) report: Option<PathBuf>,
}

/// One row of the table.
struct Fault<'a> {
    id: &'a str,
    tier: &'a str,
    what: &'a str,
    tests: Vec<(&'a str, &'a str)>,
    owed: Option<&'a str>,
}

/// What became of one fault: lines of the report, or of tests elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    outcome: String,
    count: u64,
    what: String,
    seed: String,
    took_ms: u64,
}

/// Lines by the number of their fault.
type Lines = BTreeMap<String, Vec<Line>>;

/// The seed where nobody names one.
pub(crate) const SEED: u64 = 1_734_440_037;
/// A package and the arguments that choose one of its test binaries.
type Package = (String, Vec<&'static str>);

/// Where the tests of this programme are.
const FOLDER: &str = "tests/faults/";
/// Where its result is written after tier R.
const DOCUMENT: &str = "RELIABILITY.md";

/// Plays the faults of a tier.
///
/// # Errors
/// [`Stop::Failed`] with the faults that do not hold, or that left no line.
pub(crate) fn faults(place: &Place, wish: &Wish<'_>) -> Result<(), Stop> {
    let text = read(&place.root.join(FOLDER).join("faults.tsv"))?;
    let table = table(&text).ok_or_else(|| Stop::Failed("faults.tsv has a line that is none.".to_owned()))?;
    let known = |id: &str| table.iter().any(|fault| fault.id == id);
    if let Some(id) = wish.only.filter(|id| !known(id)) {
        return Err(Stop::Failed(format!("There is no fault {id}. They are F01 to F85.")));
    }
    let mut lines = match &wish.report {
        Some(report) => lines_of(&read(report)?),
        None => own_tests(place, wish)?,
    };
    if wish.tier > Tier::Quick && !wish.own_only {
        elsewhere(place, wish, &table, &mut lines);
    }
    let wrong = wrong(&table, wish, &lines);
    say_all(&table, wish, &lines);
    if wish.tier == Tier::Release && wish.only.is_none() {
        let document = document(&table, wish, &lines);
        fs::write(place.root.join(DOCUMENT), document).map_err(|why| Stop::Failed(format!("{DOCUMENT} could not be written: {why}.")))?;
        step::say(&format!("\n{DOCUMENT} says what this run did."));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Stop::Failed(wrong.join("\n"))) }
}

fn read(file: &PathBuf) -> Result<String, Stop> {
    fs::read_to_string(file).map_err(|why| Stop::Failed(format!("{} could not be read: {why}.", file.display())))
}

fn table(text: &str) -> Option<Vec<Fault<'_>>> {
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| {
        let mut fields = line.split('\t');
        let (id, tier, what) = (fields.next()?, fields.next()?, fields.next()?);
        let tests = fields.nth(1)?;
        let owed = tests.strip_prefix("owed: ");
        let tests = if owed.is_some() { Vec::new() } else { tests.split(' ').filter_map(|test| test.split_once("::")).collect() };
        Some(Fault { id, tier, what, tests, owed })
    })
    .collect()
}

/// Runs the test binary of the programme and reads its report.
fn own_tests(place: &Place, wish: &Wish<'_>) -> Result<Lines, Stop> {
    let report = place.target.join("faults-report.tsv");
    fs::write(&report, "").map_err(|why| Stop::Failed(format!("{} could not be written: {why}.", report.display())))?;
    let mut command =
        place.cargo(&["test", "--workspace", "--exclude", "gatehouse-desktop", "--locked", "--no-fail-fast", "--test", "faults"]);
    command.args(["--", "--nocapture", "--test-threads=2"]);
    if let Some(id) = wish.only {
        command.arg(format!("{}_", id.to_lowercase()));
    }
    command.env("GATEHOUSE_FAULTS_TIER", wish.tier.letter()).env("GATEHOUSE_FAULTS_SEED", wish.seed.to_string());
    command.env("GATEHOUSE_FAULTS_REPORT", &report);
    if let Some(amount) = wish.amount {
        command.env("GATEHOUSE_FAULTS_AMOUNT", amount.to_string());
    }
    let outcome = step::step("faults", &mut command);
    let mut lines = lines_of(&read(&report)?);
    if let Err(why) = outcome {
        // The table's own tests stand beside the faults; their failure is one too.
        let failed = Line { outcome: "FAILED".to_owned(), count: 0, what: why, seed: String::new(), took_ms: 0 };
        lines.entry("the programme".to_owned()).or_default().push(failed);
    }
    Ok(lines)
}

fn lines_of(report: &str) -> Lines {
    let mut lines = Lines::new();
    for line in report.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, outcome, count, what, seed, took, ..] = fields[..] else { continue };
        lines.entry(id.to_owned()).or_default().push(Line {
            outcome: outcome.to_owned(),
            count: count.parse().unwrap_or(0),
            what: what.to_owned(),
            seed: seed.to_owned(),
            took_ms: took.parse().unwrap_or(0),
        });
    }
    lines
}

/// The package that a file of tests belongs to, and the arguments that choose its tests.
fn package_of(file: &str) -> Option<Package> {
    let parts: Vec<&str> = file.split('/').collect();
    match parts[..] {
        ["crates", package, ..] => Some((package.to_owned(), Vec::new())),
        ["src-tauri", ..] => Some(("gatehouse-desktop".to_owned(), Vec::new())),
        ["xtask", ..] => Some(("xtask".to_owned(), Vec::new())),
        ["tests", "window.rs"] => None,
        ["tests", ..] => Some(("gatehouse".to_owned(), vec!["--test", "main"])),
        _ => None,
    }
}

/// Runs by name the tests of faults that live elsewhere, one package at a time.
fn elsewhere(place: &Place, wish: &Wish<'_>, table: &[Fault<'_>], lines: &mut Lines) {
    let mut by_package: BTreeMap<Package, Vec<(&str, &str)>> = BTreeMap::new();
    for fault in table.iter().filter(|fault| wish.only.is_none_or(|id| id == fault.id)) {
        for (file, name) in fault.tests.iter().filter(|(file, _)| !file.starts_with(FOLDER)) {
            if let Some(package) = package_of(file) {
                by_package.entry(package).or_default().push((fault.id, name));
            }
        }
    }
    for ((package, arguments), tests) in by_package {
        step::heading(&format!("faults that are tested in {package}"));
        let mut command = place.cargo(&["test", "--locked", "--no-fail-fast", "-p", &package]);
        command.args(arguments).arg("--").args(tests.iter().map(|(_, name)| name));
        let said = output(&mut command);
        for (id, name) in tests {
            let ended = said.lines().find(|line| line.starts_with("test ") && line.contains(name));
            let outcome = if ended.is_some_and(|line| line.ends_with("... ok")) { "passed" } else { "FAILED" };
            step::say(&format!("    {id} {outcome}: {name}"));
            let line = Line { outcome: outcome.to_owned(), count: 1, what: "test".to_owned(), seed: String::new(), took_ms: 0 };
            lines.entry(id.to_owned()).or_default().push(line);
        }
    }
}

fn output(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8(output).unwrap_or_default()
}

/// Everything that is not as it should be: a fault that failed, and one of this tier that left no line although its test is ours.
fn wrong(table: &[Fault<'_>], wish: &Wish<'_>, lines: &Lines) -> Vec<String> {
    let failed = lines.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line)));
    let mut wrong: Vec<String> =
        failed.filter(|(_, line)| line.outcome == "FAILED").map(|(id, line)| format!("{id} failed: {}", line.what)).collect();
    for fault in table.iter().filter(|fault| wish.only.is_none_or(|id| id == fault.id) && wish.tier.holds(fault.tier)) {
        let is_ours = fault.tests.iter().any(|(file, _)| file.starts_with(FOLDER));
        if is_ours && !lines.contains_key(fault.id) {
            wrong.push(format!("{} left no line: its test did not run", fault.id));
        }
    }
    wrong
}

fn say_all(table: &[Fault<'_>], wish: &Wish<'_>, lines: &Lines) {
    step::heading(&format!("Faults, tier {}", wish.tier.letter()));
    for (id, line) in lines.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line))) {
        if line.outcome == "skipped" {
            step::say(&format!("    {id} skipped: {}", line.what));
        }
    }
    let owed: Vec<&str> = table.iter().filter(|fault| fault.owed.is_some()).map(|fault| fault.id).collect();
    if !owed.is_empty() {
        step::say(&format!("    without a test yet: {}", owed.join(" ")));
    }
    let count = |outcome: &str| lines.values().flatten().filter(|line| line.outcome == outcome).count();
    step::say(&format!("    {} passed, {} failed, {} skipped", count("passed"), count("FAILED"), count("skipped")));
}

/// RELIABILITY.md.
fn document(table: &[Fault<'_>], wish: &Wish<'_>, lines: &Lines) -> String {
    let day = step::answer(Command::new("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_default();
    let kernel = step::answer(Command::new("uname").arg("-r")).unwrap_or_default();
    let kernel: String = kernel.split('.').take(2).collect::<Vec<_>>().join(".");
    let cores = available_parallelism().map_or(0, std::num::NonZero::get);
    let share = wish.amount.map_or(String::new(), |amount| {
        format!(" The amount of each fault that is played in numbers was set to {amount} by hand, instead of what the tier asks for.")
    });
    let left_out = if wish.own_only { " The tests beside the code were left out of this run; `cargo xtask test` runs them." } else { "" };
    let mut text = format!(
        "# What is survived\n\nWritten by `cargo xtask faults --release` on {day}; do not edit. Seed {}. Machine: Linux {kernel}, {cores} processors, {}.{share}{left_out}\n\n\
         What each fault is, and what must hold after it, stands in docs/faults.md. *Counts* are what one run played: kills, cuts, failed calls, files.\n\n\
         | Fault | What | Outcome | Counts |\n|---|---|---|---|\n",
        wish.seed,
        if crate::setup::is_root() { "as root" } else { "not as root" },
    );
    for fault in table {
        text.push_str(&row(fault, lines.get(fault.id).map(Vec::as_slice).unwrap_or_default()));
    }
    let count =
        |outcome: &str| table.iter().filter(|fault| outcome_of(fault, lines.get(fault.id).map_or(&[], Vec::as_slice)) == outcome).count();
    text.push_str(&format!(
        "\n{} held, {} failed, {} skipped, {} without a test or a line.\n",
        count("holds"),
        count("FAILED"),
        count("skipped"),
        count("not tested")
    ));
    text
}

fn outcome_of(fault: &Fault<'_>, lines: &[Line]) -> &'static str {
    let any = |outcome: &str| lines.iter().any(|line| line.outcome == outcome);
    match () {
        () if any("FAILED") => "FAILED",
        () if any("skipped") => "skipped",
        () if fault.owed.is_some() || !any("passed") => "not tested",
        () => "holds",
    }
}

fn row(fault: &Fault<'_>, lines: &[Line]) -> String {
    let said: Vec<String> = lines
        .iter()
        .filter(|line| line.what != "test")
        .map(|line| match line.outcome.as_str() {
            "passed" => format!("{} {} in {}", line.count, line.what, spent(Duration::from_millis(line.took_ms))),
            _ => line.what.clone(),
        })
        .collect();
    let tests = lines.iter().filter(|line| line.what == "test").count();
    let mut counts = said.join("; ");
    if tests > 0 {
        counts.push_str(&format!("{}{tests} tests elsewhere", if counts.is_empty() { "" } else { "; " }));
    }
    if let Some(owed) = fault.owed {
        counts = owed.to_owned();
    }
    format!("| {} | {} | {} | {counts} |\n", fault.id, fault.what, outcome_of(fault, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str =
        "# head\nF01\tQ\tone\tholds\ttests/faults/a.rs::f01_a crates/engine/src/b.rs::f01_b\nF02\tN\ttwo\tholds\towed: not built\n";

    fn wish(tier: Tier) -> Wish<'static> {
        Wish { tier, seed: 1, only: None, amount: None, own_only: false, report: None }
    }

    #[test]
    fn a_fault_of_the_tier_that_leaves_no_line_is_wrong() {
        let table = table(TABLE).unwrap();
        assert_eq!(wrong(&table, &wish(Tier::Quick), &Lines::new()).len(), 1, "F01 is ours and said nothing");
        let lines = lines_of("F01\tskipped\t0\tneeds root\t1\t2\tt\n");
        assert!(wrong(&table, &wish(Tier::Quick), &lines).is_empty(), "skipped, and said so");
        let lines = lines_of("F01\tFAILED\t0\tx\t1\t2\tt\n");
        assert_eq!(wrong(&table, &wish(Tier::Quick), &lines), ["F01 failed: x"]);
    }

    #[test]
    fn the_document_says_what_was_played_and_what_was_not() {
        let table = table(TABLE).unwrap();
        let lines = lines_of("F01\tpassed\t200\tkills\t1\t2000\tt\n");
        let text = document(&table, &wish(Tier::Release), &lines);
        assert!(text.contains("| F01 | one | holds | 200 kills in 2.0 s |"), "{text}");
        assert!(text.contains("| F02 | two | not tested | not built |"), "{text}");
    }

    #[test]
    fn a_file_of_tests_names_its_package() {
        assert_eq!(package_of("crates/engine/src/a.rs").unwrap().0, "engine");
        assert_eq!(package_of("tests/flow.rs").unwrap(), ("gatehouse".to_owned(), vec!["--test", "main"]));
        assert_eq!(package_of("tests/window.rs"), None, "needs a display");
    }
}
