//! `cargo xtask bench pipeline`: a whole directory of mixed uploads against a list of a million entries, with the jail, the database and the accounting
//! on, beside other people's programs on the same files. Interleaved rounds by the release program, from outside; a table, not a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::drive::{Cost, at, cell, command, cost, program, run};
use crate::peers::{self, Found};
use crate::step::{self, Place, Stop};

/// Name of the group.
pub(crate) const GROUP: &str = "pipeline";
/// Files of the folder.
const FILES: u32 = 2_000;
/// Entries of the list, PDQ and SHA-256 in turn.
const ENTRIES: u32 = 1_000_000;
/// Rounds of which the median is told.
const ROUNDS: usize = 3;

/// What is measured, and how it is begun anew.
struct Runner<'a> {
    name: String,
    checks: &'a str,
    make: Box<dyn Fn() -> Result<Command, Stop> + 'a>,
    costs: Vec<Cost>,
}

/// Measures and prints.
///
/// # Errors
/// [`Stop`] for what could not be built.
pub(crate) fn bench(place: &Place) -> Result<(), Stop> {
    let program = program(place)?;
    let folder = place.target.join("xtask").join("bench-pipeline");
    let (uploads, list) = (folder.join("uploads"), folder.join("list.csv"));
    fs::create_dir_all(&folder).map_err(|why| failed(&why))?;
    let mixed = |arguments: &[&std::ffi::OsStr]| {
        let mut make = place.cargo(&["run", "--release", "--locked", "--quiet", "-p", "fingerprint", "--example", "mixed", "--"]);
        make.args(arguments);
        step::must("Uploads and list", &mut make, "The lines above say why.")
    };
    if !uploads.is_dir() {
        mixed(&[uploads.as_os_str(), FILES.to_string().as_ref()])?;
    }
    if !list.is_file() {
        mixed(&["--list".as_ref(), list.as_os_str(), ENTRIES.to_string().as_ref(), uploads.as_os_str()])?;
    }
    let ready = folder.join("ready");
    if !ready.join("gatehouse.db").is_file() {
        step::heading("A home with the list");
        let mut add = command(&program, &ready);
        run(add.args(["list", "add"]).arg(&list).args(["--name", "million", "--harm", "local", "--format", "csv-typed", "--yes"]))?;
        run(command(&program, &ready).args(["site", "add"]).arg(&uploads).args(["--name", "uploads"]))?;
    }
    measure(place, &program, &folder, &ready)
}

fn failed(why: &dyn std::fmt::Display) -> Stop {
    Stop::Failed(format!("The folder of the benchmark: {why}"))
}

fn measure(place: &Place, program: &Path, folder: &Path, ready: &Path) -> Result<(), Stop> {
    let (uploads, list, home) = (folder.join("uploads"), folder.join("list.csv"), folder.join("home"));
    let ours = || {
        // Each round begins with a home that has seen none of the files.
        if home.exists() {
            fs::remove_dir_all(&home).map_err(|why| failed(&why))?;
        }
        run(Command::new("cp").arg("-r").arg(ready).arg(&home))?;
        let mut sweep = command(program, &home);
        sweep.arg("sweep");
        Ok(sweep)
    };
    let mut runners =
        vec![Runner { name: "ours".to_owned(), checks: "exact and near, jail, database, record", make: Box::new(ours), costs: Vec::new() }];
    let mut absent = Vec::new();
    for found in peers::found(place, GROUP) {
        match found {
            Found::Here { name, words } => runners.push(peer(&name, &words, &uploads, &list, folder)?),
            Found::Absent { name, why } => absent.push((name, why)),
        }
    }
    for round in 0..ROUNDS {
        step::heading(&format!("Round {} of {ROUNDS}", round + 1));
        for runner in &mut runners {
            let mut command = (runner.make)()?;
            let cost = cost(&mut command)?;
            println!("    {}: {:.1} s, {:.1} s of processor, {:.0} MiB", runner.name, cost.wall, cost.cpu, cost.memory);
            runner.costs.push(cost);
        }
    }
    table(&runners, &absent, program, &home, &uploads)
}

fn table(runners: &[Runner<'_>], absent: &[(String, String)], program: &Path, home: &Path, uploads: &Path) -> Result<(), Stop> {
    let of = |runner: &Runner<'_>, what: fn(&Cost) -> f64| runner.costs.iter().map(what).collect::<Vec<f64>>();
    println!("\n| | wall, s | wall, relative | CPU, relative | memory, MiB | checks |\n|---|---|---|---|---|---|");
    let Some(first) = runners.first() else { return Ok(()) };
    let (wall, cpu) = (at(0.5, &mut of(first, |cost| cost.wall)), at(0.5, &mut of(first, |cost| cost.cpu)));
    for runner in runners {
        let mut relative: Vec<f64> = of(runner, |cost| cost.wall).iter().map(|seconds| seconds / wall).collect();
        let used = at(0.5, &mut of(runner, |cost| cost.cpu)) / cpu;
        let (walls, memory) = (cell(&mut of(runner, |cost| cost.wall), 1), at(0.5, &mut of(runner, |cost| cost.memory)));
        println!("| {} | {walls} | {} | {used:.1} | {memory:.0} | {} |", runner.name, cell(&mut relative, 1), runner.checks);
    }
    absent.iter().for_each(|(name, why)| println!("| {name} | skipped: {why} | | | | |"));
    let mut one: Vec<f64> = Vec::new();
    let file = uploads.join("000").join("000000.jpg");
    for _ in 0..11 {
        one.push(cost(command(program, home).arg("check").arg(&file))?.wall * 1e3);
    }
    println!("\n`check` of one file, from the start of the process to its end: {} ms (looked at every 20 ms).", cell(&mut one, 0));
    Ok(())
}

/// A peer as the folder is given to it: `{uploads}` and `{list}` in its words are replaced.
fn peer<'a>(name: &str, words: &[String], uploads: &'a Path, list: &'a Path, folder: &Path) -> Result<Runner<'a>, Stop> {
    let (program, rest) = words.split_first().ok_or_else(|| Stop::Failed(format!("{name} has no program")))?;
    let (program, rest): (PathBuf, Vec<String>) = (program.into(), rest.to_vec());
    if name == "hashdeep" {
        let known = folder.join("hashdeep.txt");
        known_for_hashdeep(list, &known).map_err(|why| failed(&why))?;
        let make = move || {
            let mut command = Command::new(&program);
            command.args(["-c", "sha256", "-m", "-r", "-k"]).arg(&known).arg(uploads);
            Ok(command)
        };
        return Ok(Runner { name: "hashdeep -m".to_owned(), checks: "exact only, one digest", make: Box::new(make), costs: Vec::new() });
    }
    let make = move || {
        let mut command = Command::new(&program);
        command.args(&rest).arg(list).arg(uploads);
        Ok(command)
    };
    let (name, checks) = match name {
        "script" => ("a watchdog + pdqhash script, two workers", "exact and near"),
        "tx" => ("`threatexchange`'s index, pictures alone", "near only"),
        other => (other, ""),
    };
    Ok(Runner { name: name.to_owned(), checks, make: Box::new(make), costs: Vec::new() })
}

/// The SHA-256 entries in hashdeep's own form.
fn known_for_hashdeep(list: &Path, known: &Path) -> std::io::Result<()> {
    if known.is_file() {
        return Ok(());
    }
    let text = fs::read_to_string(list)?;
    let mut out = String::from("%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n");
    for value in text.lines().filter_map(|line| line.strip_prefix("sha256,")) {
        out.push_str(&format!("1,{value},x\n"));
    }
    fs::write(known, out)
}
