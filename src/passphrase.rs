//! Passphrases of the vault's key: from the terminal, without being shown, or from a file descriptor. Never an argument or a variable, which others
//! could read.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead as _, BufReader};

use engine::{Code, Core, Error};

use crate::password;

/// Where passphrases come from in this run.
pub struct Passphrases {
    fd: Option<u32>,
    lines: RefCell<Option<BufReader<File>>>,
}

impl Passphrases {
    /// From this descriptor; from the terminal where there is none.
    pub const fn new(fd: Option<u32>) -> Self {
        Self { fd, lines: RefCell::new(None) }
    }

    /// The next one; `None` where nobody can be asked.
    fn next(&self, question: &str) -> Result<Option<String>, Error> {
        let Some(fd) = self.fd else { return Ok(password::ask(question)) };
        let path = format!("/dev/fd/{fd}");
        let mut lines = self.lines.borrow_mut();
        if lines.is_none() {
            *lines = Some(BufReader::new(File::open(&path).map_err(Error::io(&path))?));
        }
        let mut line = String::new();
        if let Some(lines) = lines.as_mut() {
            lines.read_line(&mut line).map_err(Error::io(&path))?;
        }
        let typed = line.trim_end_matches(['\r', '\n']);
        Ok((!typed.is_empty()).then(|| typed.to_owned()))
    }

    /// Opens the vault's key if it is under a passphrase. Where nobody can be asked it stays closed, and what needs it says so.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a wrong passphrase.
    pub fn open(&self, core: &Core) -> Result<(), Error> {
        let keys = &core.vault.keys;
        if !core.store.read(|connection| keys.state(connection))?.is_locked {
            return Ok(());
        }
        match self.next("Passphrase of the vault's key: ")? {
            Some(passphrase) => keys.unlock(&passphrase),
            None => Ok(()),
        }
    }

    /// A new passphrase; on a terminal it is typed twice.
    ///
    /// # Errors
    /// [`Code::BadArgument`] if there is none, or the two differ.
    pub fn new_one(&self) -> Result<String, Error> {
        let refused = |text| Err(Error::refused(Code::BadArgument, text));
        let Some(passphrase) = self.next("New passphrase, four or five words: ")? else {
            return refused("Without a terminal, give the passphrase with --passphrase-fd N. Nothing was changed.");
        };
        if self.fd.is_none() && self.next("The same again: ")?.as_deref() != Some(&passphrase) {
            return refused("The two are not the same. Nothing was changed.");
        }
        Ok(passphrase)
    }
}
