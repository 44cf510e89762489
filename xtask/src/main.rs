//! The project's own chores, in Rust, so that they work on every system: `cargo xtask run`, `test`, `bench`, `fuzz`, `screenshots`, `icons`.
//!
//! A chore starts other programs and says what it does; it decides nothing about uploads and links none of the project's crates,
//! so that it builds in seconds on a fresh machine. Exit codes: 0 done, 1 a step failed, 2 something is missing, 64 wrong usage.

#![expect(clippy::print_stdout, reason = "a chore talks to the person at the terminal; there is no JSON on this stdout")]

mod bench;
mod fuzz;
mod icons;
mod page;
mod peers;
mod robustness;
mod run;
mod screenshots;
mod setup;
mod step;
mod test;

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
