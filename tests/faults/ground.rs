//! The ground that kills and cuts are played on: cases that are taken down and put back, again and again, the record of them, and the oracle after each.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::harness::workspace;
use super::oracle::record::{Record, Recorder};
use super::oracle::{Broken, look, look_at_once};
use crate::support::{PROGRAM, Ran, Random, ran, sha256};

/// Calls that change something on the disk: the places where a kill, or a failure, is played.
pub const CHANGING: &str = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,linkat,fchmod,ftruncate,mkdir";

/// Home, site and record in directories that the caller chose.
pub struct Ground {
    pub home: PathBuf,
    pub site: PathBuf,
    pub record: PathBuf,
    cases: Vec<i64>,
    random: Random,
    /// How often one thread makes each of [`CHANGING`] in a take-down and in a restore, as far as is known: nobody is killed at a call that is never made.
    reach: [Vec<u64>; 2],
}

/// Where to strike: the number of a call of [`CHANGING`], its name, and which of its times.
#[derive(Clone, Copy)]
pub struct Strike {
    number: usize,
    pub call: &'static str,
    pub at: u64,
}

impl Ground {
    /// A home with a site in which `count` files are listed, each a case. The record lies in `beside`, which is on another file system where that matters.
    pub fn new(home: PathBuf, site: PathBuf, beside: &Path, count: u64, seed: u64) -> Self {
        std::fs::create_dir_all(&site).expect("the folder of the site");
        let record = beside.join("record");
        let mut recorder = Recorder::new(&record).expect("a record");
        let mut ground = Self { home, site, record, cases: Vec::new(), random: Random(seed), reach: [Vec::new(), Vec::new()] };
        let mut lines = String::new();
        for number in 0..count {
            let content = ground.random.bytes(1 + 9_000 * usize::try_from(number).expect("small"));
            let name = format!("{number}.bin");
            let path = ground.site.join(&name);
            // A generator that loses its own files proves nothing.
            std::fs::write(&path, &content).and_then(|()| std::fs::File::open(&path)?.sync_all()).expect("an upload");
            recorder.made(name.as_bytes(), &sha256(&content)).expect("written");
            lines += &(sha256(&content) + "\n");
        }
        std::fs::File::open(&ground.site).and_then(|dir| dir.sync_all()).expect("its name is on the disk");
        let canary = beside.join("canary");
        std::fs::write(&canary, "untouched").expect("a canary");
        recorder.canary(&canary, &sha256(b"untouched")).expect("written");
        let list = beside.join("list.txt");
        std::fs::write(&list, lines).expect("a list");
        ground.ok(&["site", "add", ground.site.to_str().expect("plain"), "--name", "forum"]);
        ground.ok(&["list", "add", list.to_str().expect("plain"), "--name", "mine", "--harm", "local", "--kind", "sha256", "--yes"]);
        ground.ok(&["sweep"]);
        let inbox = ground.ok(&["inbox"]);
        ground.cases = inbox.facts().iter().filter_map(|case| case["case"].as_i64()).collect();
        assert_eq!(ground.cases.len() as u64, count, "each file is a case");
        ground
    }

    /// The program on this home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear().arg("--home").arg(&self.home).arg("--json").args(arguments);
        command
    }

    /// The same, with every call of `calls` failing as `how` says; `only` narrows it to one path.
    pub fn injected(&self, calls: &str, how: &str, only: Option<&Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new("strace");
        command.args([
            "-f",
            "-qq",
            "--seccomp-bpf",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={calls}"),
            "-e",
            &format!("inject={calls}:{how}"),
        ]);
        if let Some(only) = only {
            command.arg("-P").arg(only);
        }
        command.arg(PROGRAM).arg("--home").arg(&self.home).arg("--json").args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }

    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> Ran {
        self.run(arguments).code(0, "the command succeeds")
    }

    /// A change that has not been made yet: a case that is in the site is taken down, one that is out is put back. Gives the arguments.
    pub fn next_change(&mut self) -> Vec<String> {
        let pick = usize::try_from(self.random.below(self.cases.len() as u64)).expect("small");
        let case = self.cases[pick].to_string();
        let ask = |sql: &str| -> i64 {
            let database = rusqlite::Connection::open(self.home.join("gatehouse.db")).expect("it opens");
            database.query_row(sql, [&case], |row| row.get(0)).unwrap_or_else(|error| panic!("{error}: {sql}"))
        };
        let sql = "SELECT count(*) FROM upload u JOIN content c ON c.id = u.content
                   WHERE c.triage_case = ? AND u.current = 1 AND u.place IN ('holding', 'vault')";
        if ask(sql) > 0 {
            return vec!["restore".to_owned(), case];
        }
        if ask("SELECT count(*) FROM triage_case WHERE id = ? AND state = 'decided'") > 0 {
            // Kept since it was put back.
            self.run(&["reopen", &case]);
        }
        vec!["decide".to_owned(), case, "take-down".to_owned(), "--now".to_owned()]
    }

    /// A call of this change, drawn from those that it is known to make.
    pub fn strike(&mut self, change: &[String]) -> Strike {
        if self.reach[kind_of(change)].is_empty() {
            // The change is made here; struck at, it is made once more and says so. That costs one strike.
            self.reach[kind_of(change)] = self.counted(change);
        }
        let total: u64 = self.reach[kind_of(change)].iter().sum();
        let mut left = self.random.below(total.max(1));
        for (number, call) in CHANGING.split(',').enumerate() {
            let reach = self.reach[kind_of(change)][number];
            if left < reach {
                return Strike { number, call, at: 1 + left };
            }
            left -= reach;
        }
        Strike { number: 0, call: "openat", at: 1 }
    }

    /// How often one thread makes each call in this change, which is made by this.
    fn counted(&self, change: &[String]) -> Vec<u64> {
        let log = self.record.with_file_name("calls");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "--seccomp-bpf", "-e", &format!("trace={CHANGING}"), "-o"]).arg(&log).arg(PROGRAM);
        ran(strace.arg("--home").arg(&self.home).arg("--json").args(change));
        let text = std::fs::read_to_string(&log).expect("what was called");
        let mut counts: std::collections::HashMap<(&str, &str), u64> = std::collections::HashMap::new();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if let (Some(thread), Some((call, _))) = (words.next(), words.next().and_then(|word| word.split_once('('))) {
                *counts.entry((thread, call)).or_insert(0) += 1;
            }
        }
        let most = |call| counts.iter().filter(|((_, made), _)| *made == call).map(|(_, count)| *count).max().unwrap_or(0);
        CHANGING.split(',').map(most).collect()
    }

    /// The change went through without coming to that call.
    pub fn never_made(&mut self, change: &[String], strike: Strike) {
        let reach = &mut self.reach[kind_of(change)][strike.number];
        *reach = (*reach).min(strike.at - 1);
    }

    /// A random number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.random.below(n)
    }

    /// Notes an acknowledged decision.
    pub fn decided(&self, arguments: &[String], ended: &Ran) {
        if let ([command, case, decision, ..], 0) = (arguments, ended.code)
            && command == "decide"
        {
            let mut recorder = Recorder::new(&self.record).expect("the record");
            recorder.decided(case.parse().expect("a number"), &decision.replace('-', "_")).expect("written");
        }
    }

    /// What is open is finished: the moves, then the sealing.
    pub fn finish(&self) {
        // Begins with the moves.
        self.run(&["vault", "seal"]);
    }

    /// Everything that does not hold.
    pub fn broken(&self) -> Vec<Broken> {
        let record = Record::read(&self.record).expect("the record");
        look(&self.home, &self.site, &record).expect("it can be looked at")
    }

    #[track_caller]
    pub fn assert_whole(&self, why: &str) {
        self.assert_none(self.broken(), why);
    }

    /// What must hold also before the next start.
    #[track_caller]
    pub fn assert_nothing_lost(&self, why: &str) {
        let record = Record::read(&self.record).expect("the record");
        self.assert_none(look_at_once(&self.home, &self.site, &record).expect("it can be looked at"), why);
    }

    #[track_caller]
    fn assert_none(&self, broken: Vec<Broken>, why: &str) {
        if !broken.is_empty() {
            // Kept for a look: a fault that was found is worth more than a tidy directory.
            let kept = workspace().join("test-artefacts/fault");
            std::fs::create_dir_all(kept.parent().expect("it has one")).expect("made");
            drop(Command::new("cp").arg("-a").arg(&self.home).arg(&kept).status());
            panic!("{why}: {broken:?}");
        }
    }
}

fn kind_of(change: &[String]) -> usize {
    usize::from(change.first().is_some_and(|word| word == "restore"))
}
