//! What happened, for whoever looks for a fault. A line is words of closed lists and numbers: **no line can hold a name, a path, a person or a hash**,
//! because there is no field for one.
//!
//! One file for each day (UTC) in `logs/`, JSON Lines, kept for [`KEPT_DAYS`]. A log that cannot be written is no reason to stop: it is tried again with the
//! next line.

use std::borrow::Cow;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::model::{CaseId, ListId, SiteId, UploadId};

mod read;
#[cfg(test)]
mod tests;

pub use read::{Entry, Filter, Page, Place, page};

/// Days that are kept, today included.
pub const KEPT_DAYS: i64 = 14;
/// Bytes of one day. What comes after them on that day is not written.
const LARGEST_DAY: u64 = 8 << 20;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

crate::model::wire_enum! {
    /// How much a line matters.
    Level {
        /// Something does not work.
        Error = "error",
        /// Something is not as it should be.
        Warn = "warn",
        /// What happened.
        Info = "info",
    }
}

crate::model::wire_enum! {
    /// What happened.
    What {
        /// Watching began.
        Watching = "watching",
        /// Watching ended as it should.
        Closed = "closed",
        /// A sweep ended: files, milliseconds.
        Swept = "swept",
        /// A sweep ended and cannot vouch for what it did not see.
        SweptPartly = "swept_partly",
        /// The health of a site changed, to `code`.
        Health = "health",
        /// A case was opened or changed.
        CaseChanged = "case_changed",
        /// Files of a case were moved or put back.
        Acted = "acted",
        /// An upload could not be checked, for the reason `code`.
        CouldNotCheck = "could_not_check",
        /// A thread ended by a defect, at `code`, line `count`.
        Panicked = "panicked",
        /// A call of the window failed, with `code`.
        CallFailed = "call_failed",
        /// The window is open.
        WindowOpened = "window_opened",
        /// The window went to the background.
        WindowHidden = "window_hidden",
        /// The process that draws the page ended.
        PageEnded = "page_ended",
        /// The page was opened again.
        PageOpenedAgain = "page_opened_again",
        /// The page is drawn.
        PageReady = "page_ready",
        /// The desktop took a notification.
        Notified = "notified",
        /// The desktop has nobody who shows notifications.
        NotNotified = "not_notified",
    }
}

/// One line before it is written. Only numbers, and words of the program itself.
#[derive(Clone, Debug)]
pub struct Line {
    level: Level,
    what: What,
    numbers: [Option<(&'static str, i64)>; 6],
    code: Option<Cow<'static, str>>,
}

impl Line {
    /// A line without further facts.
    pub const fn new(level: Level, what: What) -> Self {
        Self { level, what, numbers: [None; 6], code: None }
    }

    fn with(mut self, at: usize, name: &'static str, number: i64) -> Self {
        self.numbers[at] = Some((name, number));
        self
    }

    /// In which case.
    pub fn case(self, case: CaseId) -> Self {
        self.with(0, "case", case.get())
    }

    /// Of which upload.
    pub fn upload(self, upload: UploadId) -> Self {
        self.with(1, "upload", upload.get())
    }

    /// Of which site.
    pub fn site(self, site: SiteId) -> Self {
        self.with(2, "site", site.get())
    }

    /// Of which list.
    pub fn list(self, list: ListId) -> Self {
        self.with(3, "list", list.get())
    }

    /// How many.
    pub fn count(self, count: u64) -> Self {
        self.with(4, "count", i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// How long, in milliseconds.
    pub fn ms(self, ms: u128) -> Self {
        self.with(5, "ms", i64::try_from(ms).unwrap_or(i64::MAX))
    }

    /// A word of a closed list.
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// A thread ended by a defect in this file of the program.
    fn panicked(file: String, line: u32) -> Self {
        Self { code: Some(file.into()), ..Self::new(Level::Error, What::Panicked).count(line.into()) }
    }

    fn to_json(&self, at: i64) -> Value {
        let mut line = Map::new();
        line.insert("at".to_owned(), json!(at));
        line.insert("level".to_owned(), json!(self.level.as_str()));
        line.insert("what".to_owned(), json!(self.what.as_str()));
        for (name, number) in self.numbers.iter().flatten() {
            line.insert((*name).to_owned(), json!(number));
        }
        if let Some(code) = &self.code {
            line.insert("code".to_owned(), json!(code));
        }
        Value::Object(line)
    }
}

/// The log of one open home. Several processes may write to the same file: a line is one write at its end.
pub struct Log {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    open: Mutex<Option<Open>>,
}

struct Open {
    day: i64,
    file: File,
}

impl Log {
    /// The log in this folder.
    pub fn new(dir: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { dir, clock, open: Mutex::new(None) }
    }

    /// Writes a line. A full disk is said by the parts that need the disk; here it only means that there is no line.
    pub fn write(&self, line: Line) {
        let at = self.clock.now_ms();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let day = at.div_euclid(DAY_MS);
        if open.as_ref().is_none_or(|open| open.day != day) {
            *open = open_day(&self.dir, day).ok().map(|file| Open { day, file });
            forget(&self.dir, day);
        }
        let Some(current) = open.as_mut() else { return };
        let has_room = current.file.metadata().is_ok_and(|metadata| metadata.len() < LARGEST_DAY);
        let text = format!("{}\n", line.to_json(at));
        if has_room && current.file.write_all(text.as_bytes()).is_err() {
            *open = None;
        }
    }
}

/// From now on a defect of any thread is one line: the file and the line of the program, and nothing that it worked on.
#[expect(clippy::print_stderr, reason = "whoever started the program from a terminal is told as well")]
pub fn follow_panics(log: Arc<Log>) {
    std::panic::set_hook(Box::new(move |panic| {
        let (file, line) = panic.location().map_or(("unknown".to_owned(), 0), |place| (place_of(place.file()), place.line()));
        log.write(Line::panicked(file.clone(), line));
        eprintln!("Gatehouse met a defect in {file}, line {line}. What was under way is taken up at the next start.");
    }));
}

/// The last part of the path of a source file, without its ending: the folders before it are those of whoever built the program.
fn place_of(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_suffix(".rs").unwrap_or(name).chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn open_day(dir: &Path, day: i64) -> Result<File> {
    let path = dir.join(name_of(day));
    File::options().create(true).append(true).mode(0o600).open(&path).map_err(Error::io(&path))
}

/// `2026-11-23.jsonl`.
fn name_of(day: i64) -> String {
    let date = jiff::Timestamp::from_millisecond(day.saturating_mul(DAY_MS)).unwrap_or_default();
    format!("{}.jsonl", date.strftime("%Y-%m-%d"))
}

/// The days that there are files of, oldest first.
fn days(dir: &Path) -> Vec<i64> {
    let day_of = |name: std::ffi::OsString| {
        let date: jiff::civil::Date = name.to_str()?.strip_suffix(".jsonl")?.parse().ok()?;
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(start.timestamp().as_millisecond().div_euclid(DAY_MS))
    };
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut days: Vec<i64> = entries.filter_map(|entry| day_of(entry.file_name())).collect();
    days.sort_unstable();
    days
}

/// Removes the files of days that are not kept. A clock that runs ahead would take all of them, so a file of the future stays.
#[expect(clippy::disallowed_methods, reason = "files of our own in logs/, named by their day")]
fn forget(dir: &Path, today: i64) {
    for day in days(dir).into_iter().filter(|day| *day <= today - KEPT_DAYS) {
        // Tried again tomorrow.
        drop(std::fs::remove_file(dir.join(name_of(day))));
    }
}
