//! `cargo xtask test`: every test of the project in one run, cheap before dear. A failure stops only the steps that stand on it,
//! so that one run shows all that is wrong.

use std::process::Command;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::faults;
use crate::inspect;
use crate::page;
use crate::setup::{self, Need};
use crate::step::{self, Place, Stop, spent};
use crate::supply;

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Format, lints, unit tests, examples in the documentation
    Rust,
    /// The page: types, unit tests, and the whole page in a browser
    Page,
    /// The real command line in a fresh directory
    BlackBox,
    /// The faults that must be survived, tier Q
    Faults,
    /// The real window, from start to end
    Window,
}

/// The steps that others stand on.
const PACKAGES: &str = "page: packages";
const BUILD: &str = "page: build";
const PROGRAMS: &str = "window: build";

const READ_ABOVE: &str = "The names of the tests that failed are in the lines of this step. Each says what it expected.";

enum Outcome {
    Passed,
    /// Why, and what to do about it.
    Failed(String, &'static str),
    Skipped(String),
}

struct Row {
    title: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// The steps so far.
struct Report(Vec<Row>);

impl Report {
    /// Runs `action` unless a step in `after` failed, and notes how it went. `advice` says what to do when it fails.
    fn step(&mut self, title: &'static str, after: &[&str], advice: &'static str, action: impl FnOnce() -> Result<(), String>) {
        let broken = self.0.iter().find(|row| after.contains(&row.title) && !matches!(row.outcome, Outcome::Passed));
        if let Some(broken) = broken {
            let why = format!("not run, since \"{}\" failed", broken.title);
            self.note(title, Outcome::Failed(why, "Mend the other step first."), Duration::ZERO);
            return;
        }
        let began = Instant::now();
        let outcome = match action() {
            Ok(()) => Outcome::Passed,
            Err(why) => Outcome::Failed(why, advice),
        };
        self.note(title, outcome, began.elapsed());
    }

    fn skip(&mut self, title: &'static str, why: &str) {
        step::heading(title);
        step::say(&format!("    skipped: {why}"));
        self.note(title, Outcome::Skipped(why.to_owned()), Duration::ZERO);
    }

    fn note(&mut self, title: &'static str, outcome: Outcome, took: Duration) {
        self.0.push(Row { title, outcome, took });
    }

    /// The table, then what to do about each failure. The count is left to the caller: it is the last line of all.
    fn table(&self) -> String {
        let mut text = format!("{:<24} {:<8} {:>13}\n", "Step", "Result", "Time");
        for Row { title, outcome, took } in &self.0 {
            let (result, remark) = match outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Failed(why, _) => ("FAILED", why.as_str()),
                Outcome::Skipped(why) => ("skipped", why.as_str()),
            };
            text.push_str(format!("{title:<24} {result:<8} {:>13}  {remark}", spent(*took)).trim_end());
            text.push('\n');
        }
        for Row { title, outcome, .. } in &self.0 {
            if let Outcome::Failed(_, advice) = outcome {
                text.push_str(&format!("\n{title}: {advice}"));
            }
        }
        text
    }

    /// How many passed and how many failed; what was skipped is neither.
    fn count(&self) -> (usize, usize) {
        let failed = self.0.iter().filter(|row| matches!(row.outcome, Outcome::Failed(..))).count();
        let passed = self.0.iter().filter(|row| matches!(row.outcome, Outcome::Passed)).count();
        (passed, failed)
    }
}

/// Checks the machine, then runs the tests of `only`, or all.
///
/// # Errors
/// [`Stop::Missing`] for what the machine lacks, [`Stop::Failed`] with the count if a step failed.
pub(crate) fn test(place: &Place, only: Option<Part>, keep: bool) -> Result<(), Stop> {
    let began = Instant::now();
    if setup::is_root() {
        step::say("You are root. This goes on, since a container or a throw-away machine has nobody else.");
    }
    let wants = |part: Part| only.is_none_or(|only| only == part);
    setup::prepare(place, &needs(wants))?;

    let run = Tests { place, keep };
    let mut report = Report(Vec::new());
    if wants(Part::Rust) {
        run.format(&mut report);
        report.step("supply chain", &[], "deny.toml says what is agreed on, and how an exception is made.", || run.supply());
    }
    if wants(Part::Page) || wants(Part::Rust) || wants(Part::Window) {
        report.step(PACKAGES, &[], page::PACKAGES_ADVICE, || page::packages(place));
        if wants(Part::Page) {
            run.page(&mut report);
        }
        // Whatever compiles the window embeds the built page.
        report.step(BUILD, &[PACKAGES], page::BUILD_ADVICE, || page::build(place));
    }
    if wants(Part::Page) {
        run.browser(&mut report);
    }
    if wants(Part::Rust) {
        run.lints(&mut report);
        run.units(&mut report);
    }
    if wants(Part::BlackBox) {
        run.black_box(&mut report);
    }
    if wants(Part::Faults) {
        run.faults(&mut report);
    }
    if wants(Part::Rust) {
        run.shell(&mut report);
    }
    if wants(Part::Window) {
        run.window(&mut report);
    }

    step::heading(&format!("All steps, {}", spent(began.elapsed())));
    step::say(&report.table());
    let (passed, failed) = report.count();
    let count = format!("{passed} passed, {failed} failed");
    if failed > 0 {
        return Err(Stop::Failed(count));
    }
    step::say(&format!("\n{count}"));
    Ok(())
}

/// What the chosen parts need. Black-box tests need no web view, so that they run on a server.
fn needs(wants: impl Fn(Part) -> bool) -> Vec<Need> {
    let mut needs = Need::for_command_line();
    let mut add = |more: Vec<Need>| {
        for need in more {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
    };
    if wants(Part::Rust) {
        add(Need::for_window());
    }
    if wants(Part::Page) {
        add(Need::for_page_tests());
    }
    if wants(Part::Faults) {
        add(Need::for_faults());
    }
    if wants(Part::Window) {
        add(Need::for_window_test());
    }
    needs
}

/// The steps, by part.
struct Tests<'a> {
    place: &'a Place,
    keep: bool,
}

/// One selection for all test builds without the window: with another, Cargo would unify features differently and build everything twice.
const WITHOUT_WINDOW: [&str; 5] = ["test", "--workspace", "--exclude", "gatehouse-desktop", "--locked"];

impl Tests<'_> {
    fn format(&self, report: &mut Report) {
        const TITLE: &str = "rust: format";
        if !self.has_component("fmt") {
            return report.skip(TITLE, "rustfmt is not installed (`rustup component add rustfmt`)");
        }
        report.step(TITLE, &[], "Run `cargo fmt --all`, look at the change, keep it.", || {
            self.run(TITLE, self.place.cargo(&["fmt", "--all", "--check"]))
        });
    }

    fn supply(&self) -> Result<(), String> {
        supply::supply(self.place, &supply::Wish { advisories: None, release: false }).map_err(text)
    }

    fn page(&self, report: &mut Report) {
        let npm = |title: &str, script: &[&str]| self.run(title, self.place.npm(script));
        report.step("page: types", &[PACKAGES], "The lines of this step name file and line.", || npm("page: types", &["run", "check"]));
        report.step("page: unit tests", &[PACKAGES], READ_ABOVE, || npm("page: unit tests", &["test"]));
    }

    fn browser(&self, report: &mut Report) {
        const TITLE: &str = "page: in a browser";
        if !cfg!(target_os = "linux") {
            return report.skip(TITLE, "set up on Linux only");
        }
        report.step(TITLE, &[BUILD], READ_ABOVE, || self.run(TITLE, self.place.npm(&["run", "e2e"])));
    }

    fn lints(&self, report: &mut Report) {
        const TITLE: &str = "rust: lints";
        if !self.has_component("clippy") {
            return report.skip(TITLE, "clippy is not installed (`rustup component add clippy`)");
        }
        let lints = || self.place.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
        report.step(
            TITLE,
            &[BUILD],
            "Each warning names its place. Mend it, or give an `#[expect]` with the reason a reader would ask for.",
            || self.run(TITLE, lints()),
        );
    }

    fn units(&self, report: &mut Report) {
        report
            .step("rust: unit tests", &[], READ_ABOVE, || self.run("rust: unit tests", self.tests(&["--no-fail-fast", "--lib", "--bins"])));
        report.step("rust: examples", &[], READ_ABOVE, || self.run("rust: examples", self.tests(&["--doc"])));
    }

    fn black_box(&self, report: &mut Report) {
        // The faults are a step of their own, which looks at what each of them says.
        let tests = || self.tests(&["--no-fail-fast", "--test", "*", "--", "--skip", "faults::"]);
        report.step("black box", &[], READ_ABOVE, || self.run("black box", tests()));
    }

    fn faults(&self, report: &mut Report) {
        const TITLE: &str = "faults";
        if !cfg!(target_os = "linux") {
            return report.skip(TITLE, "faults are played with the tools of Linux");
        }
        let wish = faults::Wish { tier: faults::Tier::Quick, seed: faults::SEED, only: None, amount: None, own_only: false, report: None };
        report.step(TITLE, &[], "docs/faults.md says what each fault is and what must hold.", || {
            faults::faults(self.place, &wish).map_err(|stop| match stop {
                Stop::Failed(why) | Stop::Missing(why) => why,
            })
        });
    }

    fn shell(&self, report: &mut Report) {
        let tests = || self.place.cargo(&["test", "-p", "gatehouse-desktop", "--locked"]);
        report.step("rust: the shell", &[BUILD], READ_ABOVE, || self.run("rust: the shell", tests()));
    }

    /// The window is driven through WebKitWebDriver, on a display in memory and with a session bus of its own, so that a Gatehouse
    /// that is open on this machine is not mistaken for it.
    fn window(&self, report: &mut Report) {
        const TITLE: &str = "window";
        if !cfg!(target_os = "linux") {
            return report.skip(TITLE, "there is no web driver for the window on this system");
        }
        let build = || self.place.cargo(&["build", "--locked", "-p", "gatehouse", "-p", "gatehouse-desktop"]);
        report.step(PROGRAMS, &[BUILD], "The compiler's message is in the lines of this step.", || self.run(PROGRAMS, build()));
        let differs = "src-tauri/expected-window.json is what was agreed on. Change the one or the other, and say why.";
        report.step("window: inspection", &[PROGRAMS], differs, || inspect::inspect(self.place, false).map_err(text));
        report.step(TITLE, &[PROGRAMS], READ_ABOVE, || {
            let mut xvfb = self.place.command("xvfb-run");
            xvfb.args(["-a", "-s", "-screen 0 1280x900x24", "dbus-run-session", "--"]).arg(&self.place.cargo);
            xvfb.args(["test", "--locked", "--test", "window", "--", "--nocapture", "--test-threads=1"]);
            xvfb.env("GATEHOUSE_WINDOW_TEST", "1");
            if setup::is_root() {
                xvfb.env("GATEHOUSE_ALLOW_ROOT", "1");
            }
            self.run(TITLE, xvfb)
        });
    }

    fn tests(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.cargo(&WITHOUT_WINDOW);
        command.args(arguments);
        command
    }

    fn run(&self, title: &str, mut command: Command) -> Result<(), String> {
        if self.keep {
            command.env("GATEHOUSE_TEST_KEEP", "1");
        }
        step::step(title, &mut command)
    }

    fn has_component(&self, name: &str) -> bool {
        step::answer(&mut self.place.cargo(&[name, "--version"])).is_some()
    }
}

/// What a chore of its own says when it stops.
fn text(stop: Stop) -> String {
    match stop {
        Stop::Failed(text) | Stop::Missing(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_stops_only_what_stands_on_it() {
        let mut report = Report(Vec::new());
        report.step("a", &[], "mend a", || Err("exit code 1".to_owned()));
        report.step("b", &["a"], "mend b", || unreachable!("b stands on a"));
        report.step("c", &[], "mend c", || Ok(()));
        report.skip("d", "no such tool");
        assert_eq!(report.count(), (1, 2), "b counts as failed, d as neither");
        let table = report.table();
        assert!(table.contains("not run, since \"a\" failed"), "{table}");
        assert!(table.contains("\na: mend a"), "the advice for a failure stands under the table: {table}");
        assert!(!table.contains("mend c"), "what passed needs no advice: {table}");
    }

    #[test]
    fn black_box_tests_need_no_web_view() {
        let needs = needs(|part| part == Part::BlackBox);
        assert!(!needs.contains(&Need::WebView) && !needs.contains(&Need::Node), "{needs:?}");
    }

    #[test]
    fn a_whole_run_needs_each_thing_once() {
        let needs = needs(|_| true);
        for need in &needs {
            assert_eq!(needs.iter().filter(|other| *other == need).count(), 1, "{need:?} would be installed twice");
        }
        assert!(needs.contains(&Need::Chromium) && needs.contains(&Need::WebDriver), "{needs:?}");
    }
}
