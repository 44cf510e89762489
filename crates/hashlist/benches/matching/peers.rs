//! Other programs on the same values and queries. They are installed from PyPI into a directory below `target`, and left out by name where
//! that fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use hashlist::Pdq;

use super::room::Room;

/// What our index needed and found, for the ratios.
pub struct Ours {
    /// Microseconds a query.
    pub p50: f64,
    /// Entries found by all queries together.
    pub hits: usize,
}

/// Runs the peers and prints a line for each.
pub fn near(room: &Room, values: &[[u8; 32]], asked: &[Pdq], ours: &Ours) {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return println!("{:>21} skipped: faiss, threatexchange ({why})", ""),
    };
    std::fs::write(room.path("values"), values.as_flattened()).unwrap();
    std::fs::write(room.path("queries"), asked.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<u8>>()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/matching/peers.py");
    let said = Command::new(python).arg(script).arg(room.path("values")).arg(room.path("queries")).output().unwrap();
    for line in String::from_utf8(said.stdout).unwrap().lines() {
        // One line a peer: name, build seconds, median and 99th percentile in µs, hits; or name, "skipped", why.
        match *line.split('\t').collect::<Vec<_>>() {
            [name, build, p50, p99, hits] => {
                let ratio = p50.parse::<f64>().unwrap() / ours.p50;
                let share = hits.parse::<f64>().unwrap() / ours.hits as f64;
                println!("{:>21} {name}: build {build} s, p50 {p50} µs, p99 {p99} µs; {ratio:.1} × ours, finds {share:.3} of ours", "");
            }
            _ => println!("{:>21} {}", "", line.replace('\t', " ")),
        }
    }
}

/// The interpreter that has the peers, made if it is not there.
fn python() -> Result<PathBuf, String> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench-peers");
    let python = place.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
    }
    for package in ["faiss-cpu", "threatexchange"] {
        // The script says which of them it cannot load.
        drop(run(Command::new(&python).args(["-m", "pip", "install", "--quiet", package])));
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let said = command.output().map_err(|error| error.to_string())?;
    if said.status.success() { Ok(()) } else { Err(format!("{} failed", command.get_program().display())) }
}
