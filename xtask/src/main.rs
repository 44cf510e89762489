//! The project's own chores, in Rust, so that they work on every system: `cargo xtask run`, `test`, `bench`, `fuzz`, `screenshots`, `icons`.
//!
//! A chore starts other programs and says what it does; it decides nothing about uploads and links none of the project's crates,
//! so that it builds in seconds on a fresh machine. Exit codes: 0 done, 1 a step failed, 2 something is missing, 64 wrong usage.

#![expect(clippy::print_stdout, reason = "a chore talks to the person at the terminal; there is no JSON on this stdout")]

mod bench;
mod faults;
mod fuzz;
mod icons;
mod inspect;
mod page;
mod peers;
mod robustness;
mod run;
mod screenshots;
mod setup;
mod step;
mod supply;
mod test;
mod window_bench;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::step::{Place, Stop};

#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "The project's own chores. Each may be repeated at any time.")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check what this machine needs, build Gatehouse, and open its window; without a display, show the same job in the terminal
    Run {
        /// Handed to the window as they are
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Check what the tests need, then run all of them: Rust, page, black box, real window
    Test {
        /// Only this part
        #[arg(long, value_enum, value_name = "PART")]
        only: Option<test::Part>,
        /// Keep the directories that tests work in, for a look afterwards (sets GATEHOUSE_TEST_KEEP=1)
        #[arg(long)]
        keep: bool,
    },
    /// Run the benchmarks
    Bench {
        /// Only this group: the name of a file in a `benches` folder, without `.rs`
        group: Option<String>,
    },
    /// Measure on generated pictures what each signal can and cannot see, and print the tables
    Robustness {
        /// Put the tables into docs/robustness.md
        #[arg(long)]
        write: bool,
    },
    /// Give arbitrary bytes to every reader of hostile input, and fail if one panics, hangs or takes too much memory
    Fuzz {
        /// Only this target: the name of a file in tests/fuzz/src/bin, without `.rs`
        target: Option<String>,
        /// For how long, each target
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Play the faults that must be survived: kills, power cuts, failing disks, hostile files (docs/faults.md)
    Faults {
        /// With what belongs to every night
        #[arg(long, conflicts_with = "release")]
        nightly: bool,
        /// With what belongs before a release; writes RELIABILITY.md
        #[arg(long)]
        release: bool,
        /// Where the random numbers begin
        #[arg(long, default_value_t = faults::SEED)]
        seed: u64,
        /// Only this fault, such as F11
        #[arg(long, value_name = "FAULT")]
        only: Option<String>,
        /// How many kills, cuts or failed calls, instead of what the tier says
        #[arg(long, value_name = "N")]
        amount: Option<u64>,
        /// Leave out the tests that live beside the code: `cargo xtask test` runs them
        #[arg(long)]
        own_only: bool,
        /// Take the report of a run that is over (`target/faults-report.tsv`) instead of playing
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Look whether a home still holds what must hold after any fault (I1 to I8 of docs/faults.md)
    Oracle {
        /// The home
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// The folder of its site
        #[arg(long, value_name = "DIR")]
        site: PathBuf,
        /// What the generator says that it did
        #[arg(long, value_name = "FILE")]
        record: PathBuf,
    },
    /// Check whose code comes in: licences, bans, known vulnerabilities; write the bill of materials. Without a network
    Supply {
        /// A copy of the RustSec database; otherwise that of `cargo deny` or `cargo audit`
        #[arg(long, value_name = "DIR")]
        advisories: Option<PathBuf>,
        /// As before a release: a missing or old copy fails
        #[arg(long)]
        release: bool,
    },
    /// Compare the built window with what it may do: settings, capabilities, plugins, features, words of tests
    Inspect {
        /// The release build instead of the debug build
        #[arg(long)]
        release: bool,
    },
    /// Take a picture of every screen of the page in both themes, to be looked at
    Screenshots {
        /// Only pictures whose names hold this, such as lists-dark
        only: Option<String>,
    },
    /// Make every icon size again from the drawings in icons/
    Icons,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) => {
            let code = if wrong.use_stderr() { 64 } else { 0 };
            return match wrong.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::from(1),
            };
        }
    };
    let outcome = Place::find().and_then(|place| match cli.chore {
        Chore::Run { args } => run::run(&place, &args),
        Chore::Test { only, keep } => test::test(&place, only, keep),
        Chore::Bench { group } => bench::bench(&place, group.as_deref()),
        Chore::Robustness { write } => robustness::robustness(&place, write),
        Chore::Fuzz { target, seconds } => fuzz::fuzz(&place, target.as_deref(), seconds),
        Chore::Faults { nightly, release, seed, only, amount, own_only, report } => {
            let tier = match (nightly, release) {
                (_, true) => faults::Tier::Release,
                (true, _) => faults::Tier::Nightly,
                _ => faults::Tier::Quick,
            };
            faults::faults(&place, &faults::Wish { tier, seed, only: only.as_deref(), amount, own_only, report })
        }
        Chore::Oracle { home, site, record } => oracle(&place, [&home, &site, &record]),
        Chore::Supply { advisories, release } => supply::supply(&place, &supply::Wish { advisories, release }),
        Chore::Inspect { release } => inspect::inspect(&place, release),
        Chore::Screenshots { only } => screenshots::screenshots(&place, only.as_deref()),
        Chore::Icons => icons::icons(&place),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            let (code, text) = match stop {
                Stop::Failed(text) => (1, text),
                Stop::Missing(text) => (2, text),
            };
            println!("\n{text}");
            ExitCode::from(code)
        }
    }
}

/// Runs the oracle, which is an example of the package: it needs libraries that only tests may use.
///
/// # Errors
/// [`Stop::Failed`] if something does not hold or could not be looked at; it has said what.
fn oracle(place: &Place, [home, site, record]: [&Path; 3]) -> Result<(), Stop> {
    let mut command = place.cargo(&["run", "--quiet", "--locked", "-p", "gatehouse", "--example", "oracle", "--", "--home"]);
    command.arg(home).arg("--site").arg(site).arg("--record").arg(record);
    step::must("oracle", &mut command, "The lines of this step say what does not hold.")
}
