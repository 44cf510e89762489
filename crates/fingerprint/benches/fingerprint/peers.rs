//! Other people's programs, as `cargo xtask bench` hands them over. Those that hold a picture answer line by line; see `xtask/peers/`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The programs by name, or why there is none.
pub struct Peers(BTreeMap<String, Result<Vec<String>, String>>);

impl Peers {
    /// Reads `--peer` and `--absent` from the command line; what else stands there is Cargo's.
    pub fn from_arguments() -> Self {
        let words: Vec<String> = std::env::args().collect();
        let mut peers = BTreeMap::new();
        for pair in words.windows(2) {
            let mut parts = pair[1].split('\t').map(str::to_owned);
            let name = parts.next().unwrap_or_default();
            match pair[0].as_str() {
                "--peer" => peers.insert(name, Ok(parts.collect())),
                "--absent" => peers.insert(name, Err(parts.collect())),
                _ => None,
            };
        }
        Self(peers)
    }

    /// The command of a peer, or the reason why there is none.
    pub fn command(&self, name: &str) -> Result<Command, String> {
        let words = self.0.get(name).cloned().unwrap_or_else(|| Err("run `cargo xtask bench` to have it installed".to_owned()))?;
        let (program, rest) = words.split_first().ok_or("no program was named")?;
        let mut command = Command::new(program);
        command.args(rest);
        Ok(command)
    }

    /// Starts a peer that answers line by line.
    pub fn start(&self, name: &str) -> Result<Peer, String> {
        let mut child = self.command(name)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|why| why.to_string())?;
        let ask = child.stdin.take().ok_or("it has no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("it has no output")?);
        Ok(Peer { child, ask, answers })
    }
}

/// A running peer; it ends with its owner.
pub struct Peer {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// One line out, one line in.
    pub fn say(&mut self, words: &[&str]) -> Result<String, String> {
        writeln!(self.ask, "{}", words.join("\t")).and_then(|()| self.ask.flush()).map_err(|why| why.to_string())?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(|why| why.to_string())?;
        match answer.trim_end() {
            "" => Err("it has ended".to_owned()),
            wrong if wrong.starts_with("error") => Err(wrong.to_owned()),
            right => Ok(right.to_owned()),
        }
    }

    /// Runs something once. Returned: milliseconds by its own clock, and what it computed.
    pub fn run(&mut self, what: &str) -> Result<(f64, String), String> {
        let answer = self.say(&[what])?;
        let (nanoseconds, result) = answer.split_once(' ').unwrap_or((&answer, ""));
        let nanoseconds: f64 = nanoseconds.parse().map_err(|_| format!("not a time: {answer}"))?;
        Ok((nanoseconds / 1e6, result.to_owned()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself; either way nobody is left to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
