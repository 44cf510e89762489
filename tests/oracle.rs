//! `cargo xtask oracle --home H --site S --record R`: whether a home still holds what must hold after any fault. See `faults/oracle/mod.rs`.
//!
//! Exit codes: 0 everything holds, 1 something does not, 2 it could not be looked at, 64 wrong usage.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to the person at the terminal")]

#[expect(dead_code, reason = "the fault tests write records; here they are only read")]
#[path = "faults/oracle/mod.rs"]
mod oracle;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long the accounting may take to hold again.
const WITHIN: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut given: [Option<PathBuf>; 3] = [None, None, None];
    let mut arguments = std::env::args_os().skip(1);
    while let Some(name) = arguments.next() {
        let place = ["--home", "--site", "--record"].iter().position(|known| name == *known);
        match (place.and_then(|place| given.get_mut(place)), arguments.next()) {
            (Some(slot), Some(value)) => *slot = Some(PathBuf::from(value)),
            _ => return usage(),
        }
    }
    let [Some(home), Some(site), Some(record)] = given else { return usage() };
    let looked = oracle::record::Record::read(&record).and_then(|record| oracle::look_within(&home, &site, &record, WITHIN));
    match looked {
        Ok(broken) if broken.is_empty() => {
            println!("I1 to I8 hold");
            ExitCode::SUCCESS
        }
        Ok(broken) => {
            broken.iter().for_each(|broken| println!("{broken}"));
            ExitCode::from(1)
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("oracle --home DIR --site DIR --record FILE");
    ExitCode::from(64)
}
