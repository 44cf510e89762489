//! Other people's programs that the benchmarks compare with: installed from their registries below `target/peers`, which git ignores, and handed to
//! the benchmark by name. One that cannot be had is handed over too, with the reason, so that the table can say so.

use std::path::{Path, PathBuf};

use crate::step::{self, Place};

/// What a benchmark group is compared with.
struct Peer {
    /// The group, a file in a `benches` folder without `.rs`.
    group: &'static str,
    /// The name by which the benchmark knows it.
    name: &'static str,
    how: How,
}

enum How {
    /// A script in `xtask/peers/`, run by a Python of its own with these packages.
    Python { script: &'static str, packages: &'static [&'static str] },
    /// The package in `xtask/peers/`, built with its own lock file.
    Rust,
    /// A program that a person has installed.
    OnPath,
}

const PEERS: [Peer; 9] = [
    Peer {
        group: "fingerprint",
        name: "python",
        how: How::Python { script: "fingerprint.py", packages: &["pdqhash==0.2.8", "pillow==13.0.0", "numpy==2.4.6"] },
    },
    Peer { group: "fingerprint", name: "rust", how: How::Rust },
    Peer { group: "fingerprint", name: "hashdeep", how: How::OnPath },
    Peer {
        group: "match",
        name: "search",
        how: How::Python { script: "match.py", packages: &["faiss-cpu==1.15.1", "threatexchange==1.2.17", "numpy==2.4.6"] },
    },
    Peer { group: "match", name: "rust", how: How::Rust },
    Peer { group: "pipeline", name: "hashdeep", how: How::OnPath },
    Peer {
        group: "pipeline",
        name: "script",
        how: How::Python { script: "pipeline.py", packages: &["pdqhash==0.2.8", "pillow==13.0.0", "numpy==2.4.6", "watchdog==7.1.0"] },
    },
    Peer {
        group: "pipeline",
        name: "tx",
        how: How::Python {
            script: "pipeline.py",
            packages: &["faiss-cpu==1.15.1", "threatexchange==1.2.17", "numpy==2.4.6", "pdqhash==0.2.8", "pillow==13.0.0"],
        },
    },
    Peer { group: "pipeline", name: "clamscan", how: How::OnPath },
];

/// A peer of a benchmark that starts it itself.
pub(crate) enum Found {
    /// Its program and what to say first: for a script also which of its parts.
    Here { name: String, words: Vec<String> },
    /// Why there is none.
    Absent { name: String, why: String },
}

/// Installs the peers of `group` where they are missing, and says how each is started.
pub(crate) fn found(place: &Place, group: &str) -> Vec<Found> {
    let of = |peer: &Peer| match install(place, peer) {
        Ok(command) => {
            let part = matches!(peer.how, How::Python { .. }).then(|| peer.name.to_owned());
            Found::Here { name: peer.name.to_owned(), words: command.split('\t').map(str::to_owned).chain(part).collect() }
        }
        Err(why) => Found::Absent { name: peer.name.to_owned(), why },
    };
    PEERS.iter().filter(|peer| peer.group == group).map(of).collect()
}

/// Installs the peers of `group` where they are missing. Returned: arguments for the benchmark, for each peer `--peer` and its name, program and
/// script, or `--absent` and its name and the reason, joined by tabs.
pub(crate) fn arguments(place: &Place, group: &str) -> Vec<String> {
    let chosen = PEERS.iter().filter(|peer| peer.group == group);
    chosen
        .flat_map(|peer| match install(place, peer) {
            Ok(command) => ["--peer".to_owned(), format!("{}\t{command}", peer.name)],
            Err(why) => ["--absent".to_owned(), format!("{}\t{why}", peer.name)],
        })
        .collect()
}

fn install(place: &Place, peer: &Peer) -> Result<String, String> {
    let own = place.root.join("xtask").join("peers");
    let words = match &peer.how {
        How::OnPath => vec![step::which(peer.name).ok_or("not on the path")?],
        How::Rust => vec![rust(place, &own)?],
        How::Python { script, packages } => vec![python(place, peer.name, packages)?, own.join(script)],
    };
    let words = words.iter().map(|word| word.to_str().ok_or("its path is not text")).collect::<Result<Vec<_>, _>>()?;
    Ok(words.join("\t"))
}

/// Builds the package of peers; Cargo does nothing when it is built already.
fn rust(place: &Place, own: &Path) -> Result<PathBuf, String> {
    let target = place.target.join("peers").join("rust");
    let mut build = place.cargo(&["build", "--release", "--locked"]);
    build.current_dir(own).env("CARGO_TARGET_DIR", &target);
    step::step("Other crates, to compare with", &mut build)?;
    Ok(target.join("release").join(format!("peers{}", std::env::consts::EXE_SUFFIX)))
}

/// Makes a Python environment with `packages`; pip does nothing when it has them already.
fn python(place: &Place, name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let home = place.target.join("peers").join(name);
    let program = if cfg!(windows) { home.join("Scripts").join("python.exe") } else { home.join("bin").join("python") };
    if !program.is_file() {
        let system = step::which("python3").or_else(|| step::which("python")).ok_or("there is no Python")?;
        let mut make = place.command(system);
        make.args(["-m", "venv"]).arg(&home);
        step::step("A Python environment, to compare with", &mut make)?;
    }
    let mut install = place.command(&program);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    step::step("Python packages, to compare with", &mut install)?;
    Ok(program)
}
