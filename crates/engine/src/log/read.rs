//! Reading the log back, newest first. What does not look like a line of ours is not shown.

use std::path::Path;

use serde_json::Value;

use super::{Level, What, days, name_of};
use crate::error::{Code, Error, Result};

/// Numbers that a line may have, in the order in which they are shown.
const NUMBERS: [&str; 6] = ["case", "upload", "site", "list", "count", "ms"];
/// Longest word that is believed to be one of ours.
const LONGEST_CODE: usize = 40;

/// One line that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds since 1970.
    pub at: i64,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub what: What,
    /// Its numbers, by name.
    pub numbers: Vec<(&'static str, i64)>,
    /// A word of a closed list.
    pub code: Option<String>,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let word = |name: &str| value.get(name).and_then(Value::as_str);
        let numbers = NUMBERS.iter().filter_map(|name| Some((*name, value.get(*name)?.as_i64()?))).collect();
        let is_ours = |code: &&str| {
            code.len() <= LONGEST_CODE && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        Some(Self {
            at: value.get("at")?.as_i64()?,
            level: Level::from_wire(word("level")?)?,
            what: What::from_wire(word("what")?)?,
            numbers,
            code: word("code").filter(is_ours).map(str::to_owned),
        })
    }

    /// What happened and its facts: `acted case=1042`.
    pub fn text(&self) -> String {
        let mut text = self.what.as_str().to_owned();
        for (name, number) in &self.numbers {
            text.push_str(&format!(" {name}={number}"));
        }
        if let Some(code) = &self.code {
            text.push_str(&format!(" code={code}"));
        }
        text
    }
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// This level and the graver ones; `None` for all.
    pub level: Option<Level>,
    /// Lines whose text holds this.
    pub search: String,
}

impl Filter {
    fn takes(&self, entry: &Entry) -> bool {
        self.level.is_none_or(|level| entry.level <= level)
            && (self.search.is_empty() || entry.text().contains(&self.search.to_lowercase()))
    }
}

/// A place in the log: so many lines of a day lie before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    day: i64,
    lines: usize,
}

impl Place {
    /// Reads `20780.17`.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let both = text.split_once('.').and_then(|(day, lines)| Some(Self { day: day.parse().ok()?, lines: lines.parse().ok()? }));
        both.ok_or_else(|| Error::refused(Code::BadArgument, "That is no place in the log."))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.day, self.lines)
    }
}

/// Some lines, newest first, and where the older ones begin.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The lines.
    pub entries: Vec<Entry>,
    /// Where to go on; `None` at the beginning of the log.
    pub next: Option<Place>,
}

/// At most `most` lines before a place, or the newest ones.
///
/// # Errors
/// [`Error::Io`] if a file of the log cannot be read.
pub fn page(dir: &Path, filter: &Filter, before: Option<Place>, most: usize) -> Result<Page> {
    let mut page = Page::default();
    for day in days(dir).into_iter().rev().filter(|day| before.is_none_or(|before| *day <= before.day)) {
        let path = dir.join(name_of(day));
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let end = before.filter(|before| before.day == day).map_or(lines.len(), |before| before.lines.min(lines.len()));
        for number in (0..end).rev() {
            let entry = std::str::from_utf8(lines[number]).ok().and_then(Entry::parse);
            let Some(entry) = entry.filter(|entry| filter.takes(entry)) else { continue };
            if page.entries.len() == most {
                page.next = Some(Place { day, lines: number + 1 });
                return Ok(page);
            }
            page.entries.push(entry);
        }
    }
    Ok(page)
}
