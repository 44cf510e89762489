//! What reading a list needs from the home, and who hears how far it is. A list of ten million lines takes minutes.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;

use hashlist::Entry;

use super::take::reader;
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::store::Store;

/// Bytes, and entries, between two times that somebody hears how far it is.
const BETWEEN: u64 = 1 << 20;
const ENTRIES_BETWEEN: u64 = 1 << 14;

/// How far the reading of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its files are read, bytes of how many. A list whose kinds are to be found out first is read twice.
    Reading(u64, u64),
    /// The rows of a database are read; how many there are is not known before.
    Rows(u64),
    /// Its index is written, entries of how many.
    Compiling(u64, u64),
}

/// Hears how far it is; `false` ends it.
pub type Hear<'a> = dyn Fn(Step) -> bool + 'a;

/// Nobody listens, and nobody ends it.
pub fn unheard(_: Step) -> bool {
    true
}

/// One reading of a list.
pub struct Reading<'a> {
    /// The store, for what is known of lists.
    pub store: &'a Store,
    /// The home, for copies and indexes.
    pub home: &'a Home,
    /// UTC milliseconds since 1970.
    pub now: i64,
    hear: &'a Hear<'a>,
    is_stopped: Cell<bool>,
    read: Cell<u64>,
}

impl<'a> Reading<'a> {
    /// Begins one.
    pub const fn new(store: &'a Store, home: &'a Home, now: i64, hear: &'a Hear<'a>) -> Self {
        Self { store, home, now, hear, is_stopped: Cell::new(false), read: Cell::new(0) }
    }

    /// What it came to, or that it was ended.
    ///
    /// # Errors
    /// [`Code::Cancelled`], whatever came of it; else the error of `result`.
    pub(super) fn unless_stopped<T>(&self, result: Result<T>) -> Result<T> {
        if self.is_stopped.get() {
            return Err(Error::refused(Code::Cancelled, "The list was not read to its end. Nothing was changed."));
        }
        result
    }

    /// A fresh reader of a copy; `is_first` for the first file of a pass over all of them, which have `of` bytes.
    pub(super) fn open<'r>(&'r self, path: &Path, is_first: bool, of: u64) -> io::Result<Box<dyn Read + 'r>> {
        if is_first {
            self.read.set(0);
        }
        Ok(Box::new(Heard { source: reader(path)?, reading: self, of, unsaid: 0 }))
    }

    /// A row of a database; whether it goes on.
    pub(super) fn row(&self, number: u64) -> bool {
        !number.is_multiple_of(ENTRIES_BETWEEN) || self.say(Step::Rows(number))
    }

    /// The entries on their way into an index. They end early if somebody says so; the index is of no use then.
    pub(super) fn compiling(&self, entries: impl Iterator<Item = Entry>, of: usize) -> impl Iterator<Item = Entry> {
        let of = of as u64;
        (0u64..)
            .zip(entries)
            .map_while(move |(at, entry)| (!at.is_multiple_of(ENTRIES_BETWEEN) || self.say(Step::Compiling(at, of))).then_some(entry))
    }

    fn say(&self, step: Step) -> bool {
        let goes_on = (self.hear)(step);
        self.is_stopped.set(self.is_stopped.get() || !goes_on);
        goes_on
    }
}

struct Heard<'r, 'a> {
    source: Box<dyn Read>,
    reading: &'r Reading<'a>,
    of: u64,
    unsaid: u64,
}

impl Read for Heard<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        self.unsaid += count as u64;
        if self.unsaid >= BETWEEN {
            let read = self.reading.read.get() + self.unsaid;
            self.reading.read.set(read);
            self.unsaid = 0;
            if !self.reading.say(Step::Reading(read.min(self.of), self.of)) {
                return Err(io::Error::other("ended by the person who began it"));
            }
        }
        Ok(count)
    }
}
