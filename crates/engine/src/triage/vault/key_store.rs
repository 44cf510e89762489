//! The key store of the desktop (Secret Service: GNOME keyring, KWallet, KeePassXC), by way of `secret-tool`, the small program of libsecret.
//!
//! An outside program and no library: the libraries for it bring an asynchronous D-Bus stack of some sixty crates into a program that has none. A key
//! goes to it by standard input and comes back by standard output, never as an argument, which others could read.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long an answer may take. A closed store asks the person for its own password first.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pause between two looks whether it has answered.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest answer that is read, in bytes.
const LONGEST: u64 = 4096;

/// A key store that can be asked.
#[derive(Clone, Debug)]
pub(super) struct KeyStore {
    program: PathBuf,
}

/// What asking came to.
pub(super) struct Answer {
    succeeded: bool,
    /// What it printed.
    text: String,
    /// It complained, so it did not really look.
    complained: bool,
}

impl KeyStore {
    pub(super) fn new(program: &Path) -> Self {
        Self { program: program.to_owned() }
    }

    /// Whether there is a store that answers: looks for something that nobody has.
    pub(super) fn answers(&self) -> bool {
        self.get("none").is_ok()
    }

    /// Puts a key there, under its public half.
    pub(super) fn put(&self, key: &str, secret: &str) -> io::Result<()> {
        let label = "--label=Key of a Gatehouse vault";
        let answer = self.ask(&["store", label, "application", "gatehouse", "vault-key", key], Some(secret))?;
        if answer.succeeded { Ok(()) } else { Err(io::Error::other("the key store did not take the key")) }
    }

    /// The key of a public half; `None` if it is not there.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn get(&self, key: &str) -> io::Result<Option<String>> {
        let answer = self.ask(&["lookup", "application", "gatehouse", "vault-key", key], None)?;
        match (answer.succeeded, answer.complained) {
            (true, _) => Ok(Some(answer.text)),
            (false, false) => Ok(None),
            (false, true) => Err(io::Error::other("the key store does not answer")),
        }
    }

    /// Takes a key out again.
    pub(super) fn clear(&self, key: &str) -> io::Result<()> {
        self.ask(&["clear", "application", "gatehouse", "vault-key", key], None).map(drop)
    }

    fn ask(&self, arguments: &[&str], secret: Option<&str>) -> io::Result<Answer> {
        let mut child =
            Command::new(&self.program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut to) = child.stdin.take()
            && let Some(secret) = secret
        {
            to.write_all(secret.as_bytes())?;
        }
        let succeeded = wait(&mut child)?;
        let (mut text, mut complaint) = (String::new(), String::new());
        if let Some(from) = child.stdout.take() {
            from.take(LONGEST).read_to_string(&mut text)?;
        }
        if let Some(from) = child.stderr.take() {
            from.take(LONGEST).read_to_string(&mut complaint)?;
        }
        Ok(Answer { succeeded, text: text.trim().to_owned(), complained: !complaint.trim().is_empty() })
    }
}

/// Waits for the end of the program; one that takes too long is ended.
fn wait(child: &mut Child) -> io::Result<bool> {
    let begun = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(status.success()),
            None if begun.elapsed() > PATIENCE => {
                child.kill()?;
                child.wait()?;
                return Err(io::ErrorKind::TimedOut.into());
            }
            None => std::thread::sleep(PAUSE),
        }
    }
}
