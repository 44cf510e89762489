//! `cargo xtask fuzz`: arbitrary bytes for every reader of hostile input, with the libFuzzer that comes with `libfuzzer-sys` and the coverage
//! counters of stable Rust. What is fuzzed, and what to do with a finding: `docs/fuzzing.md`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::step::{self, Place, Stop, must};

/// What `cargo fuzz` hands to the compiler, less the address sanitizer, which needs a nightly compiler and finds little where `unsafe` is forbidden.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions --cfg fuzzing";

/// Named although it is this machine's own: only then does Cargo leave build scripts and procedural macros without counters.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// The limits of one run: bytes of an input, seconds that it may take, and the memory of a worker in MiB.
const LIMITS: [&str; 3] = ["-max_len=65536", "-timeout=5", "-rss_limit_mb=512"];

/// How the names of what libFuzzer found begin. A `slow-unit` stayed within the limits and is no finding.
const FINDINGS: [&str; 4] = ["crash-", "timeout-", "oom-", "leak-"];

const BUILD_ADVICE: &str =
    "The lines above say what does not build. libFuzzer is compiled from C++: its own failures name g++ or one of its headers.";

/// What one target came to.
struct Run {
    target: String,
    runs: Option<u64>,
    seconds: f64,
    /// Committed copies of what was found, and the log that says what went wrong.
    findings: Vec<PathBuf>,
    /// Why libFuzzer ended without a finding and without success.
    failure: Option<String>,
}

/// Builds the targets, and gives each (or only `chosen`) that many seconds.
///
/// # Errors
/// [`Stop::Missing`] on other systems, without a C++ compiler, or for an unknown target; [`Stop::Failed`] if it does not build, or if
/// something was found: the text names each file.
pub(crate) fn fuzz(place: &Place, chosen: Option<&str>, seconds: u32) -> Result<(), Stop> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Err(Stop::Missing(format!("Fuzzing is set up for {TRIPLE} only. Nothing was run.")));
    }
    if step::which("g++").is_none() {
        return Err(Stop::Missing(
            "libFuzzer is compiled from C++, and there is no g++. Install it (Debian and Ubuntu: `sudo apt install g++`), then run the same command again."
                .to_owned(),
        ));
    }
    let own = place.root.join("tests").join("fuzz");
    let targets = targets(&own).map_err(|why| Stop::Failed(format!("{} cannot be listed: {why}.", own.display())))?;
    let chosen: Vec<_> = targets.iter().filter(|target| chosen.is_none_or(|wanted| wanted == *target)).collect();
    if chosen.is_empty() {
        return Err(Stop::Missing(format!("There is no such target. The targets are: {}.", targets.join(", "))));
    }
    let built = place.target.join("fuzz");
    let mut build = place.cargo(&["build", "--release", "--locked", "--bins", "--target", TRIPLE, "--manifest-path"]);
    build.arg(own.join("Cargo.toml")).env("CARGO_TARGET_DIR", &built).env("RUSTFLAGS", RUSTFLAGS);
    must("Build the fuzz targets", &mut build, BUILD_ADVICE)?;
    let runs = chosen
        .into_iter()
        .map(|target| run(place, &own, &built, target, seconds).inspect(|run| step::say(&row(run))))
        .collect::<io::Result<Vec<_>>>()
        .map_err(|why| Stop::Failed(format!("A file of the run cannot be read or written: {why}.")))?;
    verdict(&runs)
}

/// The names of the targets, which are those of their programs, sorted.
fn targets(own: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(own.join("src").join("bin"))? {
        names.extend(entry?.path().file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn run(place: &Place, own: &Path, built: &Path, target: &str, seconds: u32) -> io::Result<Run> {
    step::heading(&format!("Fuzz {target} for {seconds} s"));
    // What it learns stays below the target folder for the next run; only seeds and findings are committed.
    let learned = built.join("corpus").join(target);
    let artefacts = built.join("findings").join(target);
    // What an earlier run found was copied then, and is tried again from there.
    if artefacts.exists() {
        fs::remove_dir_all(&artefacts)?;
    }
    for folder in [&learned, &artefacts] {
        fs::create_dir_all(folder)?;
    }
    let regressions = own.join("regressions").join(target);
    let mut fuzzer: Command = place.command(built.join(TRIPLE).join("release").join(target));
    fuzzer.args(LIMITS).arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
    fuzzer.arg(format!("-artifact_prefix={}/", artefacts.display()));
    fuzzer.arg(&learned).arg(own.join("corpus").join(target));
    if regressions.is_dir() {
        fuzzer.arg(&regressions);
    }
    let log = built.join(format!("{target}.log"));
    let output = File::create(&log)?;
    fuzzer.stdout(output.try_clone()?).stderr(output);
    step::say(&format!("    {} > {} 2>&1", step::shown(&fuzzer), log.display()));
    let began = Instant::now();
    let status = fuzzer.status()?;
    let seconds = began.elapsed().as_secs_f64();
    // Decoders may print what is not text.
    let said = fs::read(&log)?;
    let mut findings = Vec::new();
    for found in findings_in(&artefacts)? {
        fs::create_dir_all(&regressions)?;
        let kept = regressions.join(found.file_name().unwrap_or_default());
        fs::copy(&found, &kept)?;
        findings.push(kept);
    }
    let failure = (!status.success() && findings.is_empty()).then(|| format!("{status}; {} says why", log.display()));
    if !status.success() {
        step::say(&last_lines(&said));
    }
    Ok(Run { target: target.to_owned(), runs: executed(&said), seconds, findings, failure })
}

fn findings_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if FINDINGS.iter().any(|start| entry.file_name().as_encoded_bytes().starts_with(start.as_bytes())) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The number of runs, from the statistics that libFuzzer prints at its end.
fn executed(said: &[u8]) -> Option<u64> {
    let number = said.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"stat::number_of_executed_units:"))?;
    std::str::from_utf8(number).ok()?.trim().parse().ok()
}

/// What a person needs to see of a failure: the end of the log, as far as it is text.
fn last_lines(said: &[u8]) -> String {
    let lines: Vec<_> = said.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()).collect();
    lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
}

fn row(run: &Run) -> String {
    let runs =
        run.runs.map_or_else(|| "unknown".to_owned(), |runs| format!("{runs} ({:.0} a second)", runs as f64 / run.seconds.max(0.001)));
    format!("    {}: runs: {runs}, findings: {}", run.target, run.findings.len())
}

fn verdict(runs: &[Run]) -> Result<(), Stop> {
    let findings = runs.iter().flat_map(|run| run.findings.iter().map(move |found| format!("{}: {}", run.target, found.display())));
    let failures = runs.iter().filter_map(|run| run.failure.as_ref().map(|why| format!("{}: {why}", run.target)));
    let wrong: Vec<String> = findings.chain(failures).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Stop::Failed(format!(
        "Fuzzing found something:\n{}\nThe files are inputs; `cargo test` replays them from now on. docs/fuzzing.md says what to do.",
        wrong.join("\n")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_runs_is_read_among_bytes_that_are_no_text() {
        let said = b"\xFF\nDone 12 runs\nstat::number_of_executed_units: 1234\nstat::average_exec_per_sec:     9\n";
        assert_eq!(executed(said), Some(1234));
        assert_eq!(executed(b"==1== ERROR: libFuzzer: deadly signal"), None, "it ended before its statistics");
    }

    #[test]
    fn every_target_has_seeds_and_every_folder_a_target() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz");
        let targets = targets(&own).unwrap();
        let mut seeds: Vec<_> =
            fs::read_dir(own.join("corpus")).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
        seeds.sort();
        assert_eq!(seeds, targets);
    }

    #[test]
    fn a_finding_or_a_failure_fails_the_chore_and_is_named() {
        let run = |findings: &[&str], failure: Option<&str>| Run {
            target: "list".to_owned(),
            runs: Some(7),
            seconds: 1.0,
            findings: findings.iter().map(PathBuf::from).collect(),
            failure: failure.map(str::to_owned),
        };
        assert!(verdict(&[run(&[], None)]).is_ok());
        for wrong in [run(&["regressions/list/crash-1"], None), run(&[], Some("crash-1"))] {
            let Err(Stop::Failed(text)) = verdict(&[wrong]) else { panic!("it must fail") };
            assert!(text.contains("list: ") && text.contains("crash-1"), "{text}");
        }
    }
}
