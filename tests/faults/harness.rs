//! One run of one fault: its tier, its seed, how often, what this machine lacks for it, and the line of the report.
//!
//! What varies comes from outside: `GATEHOUSE_FAULTS_TIER` (Q, N or R), `GATEHOUSE_FAULTS_SEED`, `GATEHOUSE_FAULTS_AMOUNT` (instead of the amount of
//! the tier), `GATEHOUSE_FAULTS_REPORT` (a file that gets one line for each fault). `cargo xtask faults` sets them.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// How much is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// With every change.
    Q,
    /// Every night.
    N,
    /// Before a release.
    R,
}

impl Tier {
    /// The tier by its letter.
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "Q" => Some(Self::Q),
            "N" => Some(Self::N),
            "R" => Some(Self::R),
            _ => None,
        }
    }
}

/// What a fault needs of the machine, beyond what every test needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Mounts, owners and limits of others.
    Root,
    /// The tool that makes the Nth system call fail, or kills there.
    Strace,
    /// A file as a disk with ext4 on it.
    LoopMount,
    /// The same with XFS or btrfs.
    OtherFileSystems,
    /// Gives up the rights of root for one command.
    Setpriv,
}

impl Need {
    fn is_there(self) -> bool {
        match self {
            Self::Root => rustix::process::geteuid().is_root(),
            Self::Strace => runs("strace", &["-e", "trace=none", "true"]),
            Self::LoopMount => on_path("losetup") && on_path("mkfs.ext4") && Path::new("/dev/loop-control").exists(),
            Self::OtherFileSystems => on_path("mkfs.xfs") && on_path("mkfs.btrfs"),
            Self::Setpriv => on_path("setpriv"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Strace => "strace",
            Self::LoopMount => "losetup, mkfs.ext4 and a loop device",
            Self::OtherFileSystems => "mkfs.xfs and mkfs.btrfs",
            Self::Setpriv => "setpriv",
        }
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn on_path(program: &str) -> bool {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|dir| Path::new(dir).join(program).is_file())
}

#[expect(clippy::disallowed_methods, reason = "which tier, how often and from which seed is said from outside")]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The tier of this run.
pub fn tier() -> Tier {
    asked("GATEHOUSE_FAULTS_TIER").map_or(Tier::Q, |letter| Tier::from_letter(&letter).expect("a tier is Q, N or R"))
}

/// A fault that is being played. It is reported as failed unless [`Run::end`] is reached.
pub struct Run {
    id: &'static str,
    seed: u64,
    started: Instant,
    ended: bool,
}

impl Run {
    /// Begins fault `id`, or says why it cannot be played here and gives nothing.
    pub fn begin(id: &'static str, needs: &[Need]) -> Option<Self> {
        Self::begin_in(Tier::Q, id, needs)
    }

    /// The same for a fault that belongs to a dearer tier: below it nothing is played, and that is said.
    pub fn begin_in(least: Tier, id: &'static str, needs: &[Need]) -> Option<Self> {
        let seed = asked("GATEHOUSE_FAULTS_SEED").map_or(0x6761_7465, |text| text.parse().expect("a seed is a number"));
        let run = Self { id, seed, started: Instant::now(), ended: true };
        if tier() < least {
            run.report("left", 0, &format!("belongs to tier {least:?}"));
            return None;
        }
        if let Some(missing) = needs.iter().find(|need| !need.is_there()) {
            run.report("skipped", 0, &format!("needs {}", missing.name()));
            return None;
        }
        Some(Self { ended: false, ..run })
    }

    /// The seed of this run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How often, by tier: `q` with every change, `r` before a release. A number from outside stands above both.
    pub fn amount(&self, q: u64, r: u64) -> u64 {
        let asked = asked("GATEHOUSE_FAULTS_AMOUNT").map(|text| text.parse().expect("an amount is a number"));
        asked.unwrap_or(if tier() == Tier::R { r } else { q })
    }

    /// All held: `count` of `what`.
    pub fn end(mut self, count: u64, what: &str) {
        self.ended = true;
        self.report("passed", count, what);
    }

    fn report(&self, outcome: &str, count: u64, what: &str) {
        let (id, seed, took) = (self.id, self.seed, self.started.elapsed().as_millis());
        match outcome {
            "skipped" | "left" => println!("{id} {outcome}: {what}"),
            _ => println!("{id} {outcome}: {count} {what}, seed {seed}, {took} ms"),
        }
        let Some(file) = asked("GATEHOUSE_FAULTS_REPORT") else { return };
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let line = format!("{id}\t{outcome}\t{count}\t{what}\t{seed}\t{took}\t{test}\n");
        let mut file = File::options().create(true).append(true).open(file).expect("the report can be written");
        file.write_all(line.as_bytes()).expect("the report is written");
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if !self.ended {
            self.report("FAILED", 0, "see the test's own words");
        }
    }
}

/// The sources of the workspace.
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
