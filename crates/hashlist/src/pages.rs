//! Several files that are one import: pages of an exchange, events of a feed. Which belong together, and in which order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use crate::formats::detect::{Recognised, recognise};
use crate::formats::{Answers, Facts, Format, State, feed_events};
use crate::limits;
use crate::refusal::Refusal;

/// Reads a file from its beginning, once for each pass.
pub type Open<'file> = dyn Fn() -> io::Result<Box<dyn Read + 'file>> + 'file;

/// One file of an import.
#[derive(Clone, Copy)]
pub struct Source<'a, 'file> {
    /// Its name without a path. It decides the order of pages, and the format only where two look the same.
    pub name: &'a str,
    /// Gives a fresh reader of the same bytes at each call; called up to three times.
    pub open: &'a Open<'file>,
}

/// Files that are one import.
pub(crate) struct Set<'a, 'file> {
    pub recognised: Recognised,
    /// In the order of their names.
    pub files: Vec<Source<'a, 'file>>,
    /// Events that a feed names and that are not among the files.
    pub missing_groups: BTreeSet<String>,
    /// Sentences for the preview.
    pub notes: Vec<String>,
}

/// The manifest of a MISP feed.
const MANIFEST: &str = "manifest.json";

impl<'a, 'file> Set<'a, 'file> {
    /// Recognises one file, or the files of a folder.
    ///
    /// # Errors
    /// Those of recognition; `mixed_folder` for files that are not all pages of one format; `too_large` beyond [`limits::PAGES`].
    pub(crate) fn of(sources: &[Source<'a, 'file>], answers: &Answers) -> Result<Self, Refusal> {
        match sources {
            [] => Err(Refusal::EmptyFile),
            [one] => {
                let recognised = recognise_source(one, answers)?;
                if recognised.format == Format::MispFeed {
                    return Err(Refusal::NotAList { what: "one file of a MISP feed. Add the folder that it lies in" });
                }
                Ok(Self { recognised, files: vec![*one], missing_groups: BTreeSet::new(), notes: Vec::new() })
            }
            many if many.len() > limits::PAGES => Err(Refusal::TooLarge { limit: format!("more than {} files", limits::PAGES) }),
            many => {
                let mut files = many.to_vec();
                files.sort_by(|a, b| natural(a.name, b.name));
                match files.iter().find(|file| file.name.eq_ignore_ascii_case(MANIFEST)) {
                    Some(manifest) if answers.format.is_none_or(|format| format == Format::MispFeed) => Self::of_feed(manifest, &files),
                    _ => Self::of_pages(files, answers),
                }
            }
        }
    }

    /// The events that the manifest names. Other files of the folder are no events: `hashes.csv` holds MD5 of texts, `.asc` are signatures.
    fn of_feed(manifest: &Source<'a, 'file>, files: &[Source<'a, 'file>]) -> Result<Self, Refusal> {
        let mut missing_groups = feed_events((manifest.open)()?)?;
        let named = missing_groups.len();
        // Each event counts once: a second file of the same event is not read.
        let mut is_event = |file: &&Source<'a, 'file>| {
            let stem = file.name.strip_suffix(".json").unwrap_or_default().to_ascii_lowercase();
            missing_groups.remove(&stem)
        };
        let events: Vec<Source<'a, 'file>> = files.iter().filter(|file| is_event(file)).copied().collect();
        let signatures = files.iter().filter(|file| file.name.ends_with(".asc")).count();
        let mut notes = Vec::new();
        if signatures > 0 {
            notes.push(format!("{signatures} signatures of the feed were not checked."));
        }
        if !missing_groups.is_empty() {
            notes.push(format!(
                "{} of the {named} events that the feed names are not in the folder; they stay as they are.",
                missing_groups.len()
            ));
        }
        let recognised = Recognised { format: Format::MispFeed, why: format!("its manifest names {named} events of MISP") };
        Ok(Self { recognised, files: events, missing_groups, notes })
    }

    fn of_pages(files: Vec<Source<'a, 'file>>, answers: &Answers) -> Result<Self, Refusal> {
        let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
        let mut first: Option<Recognised> = None;
        for file in &files {
            let found = recognise_source(file, answers);
            let is_page = |format: Format| matches!(format.state(), State::Pages | State::Group);
            *seen.entry(found.as_ref().map_or_else(Refusal::code, |found| found.format.as_str())).or_default() += 1;
            match found {
                Ok(found) if is_page(found.format) => _ = first.get_or_insert(found),
                _ => _ = seen.entry("no pages").or_default(),
            }
        }
        match first {
            Some(Recognised { format, why }) if seen.len() == 1 => {
                let why = format!("{} files, of each the same is true as of the first: {why}", files.len());
                Ok(Self { recognised: Recognised { format, why }, files, missing_groups: BTreeSet::new(), notes: Vec::new() })
            }
            _ => {
                let parts: Vec<String> =
                    seen.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
                Err(Refusal::MixedFolder { seen: parts.join(", ") })
            }
        }
    }

    /// Puts pages that say their place into that order; all others stay in the order of their names.
    pub(crate) fn in_stated_order(&mut self, facts: Vec<Facts>) -> Vec<Facts> {
        // The last page of a set names no next one, and so has no place; a second such page belongs to another set.
        let without = facts.iter().filter(|facts| facts.page().order.is_none()).count();
        if without > 1 {
            return facts;
        }
        let mut pairs: Vec<(Source<'a, 'file>, Facts)> = std::mem::take(&mut self.files).into_iter().zip(facts).collect();
        pairs.sort_by_key(|(_, facts)| facts.page().order.unwrap_or(u64::MAX));
        let (files, facts) = pairs.into_iter().unzip();
        self.files = files;
        facts
    }
}

fn recognise_source(source: &Source<'_, '_>, answers: &Answers) -> Result<Recognised, Refusal> {
    let mut head = Vec::new();
    // One byte more tells whether the head is the whole file.
    (source.open)()?.take(limits::HEAD_BYTES as u64 + 1).read_to_end(&mut head)?;
    let complete = head.len() <= limits::HEAD_BYTES;
    head.truncate(limits::HEAD_BYTES);
    match (recognise(&head, complete, source.name), answers.format) {
        (Ok(recognised), None) => Ok(recognised),
        (Ok(recognised), Some(format)) if recognised.format == format => Ok(recognised),
        (Err(refusal), None) => Err(refusal),
        (Err(refusal), Some(_)) if !can_be_overruled(&refusal) => Err(refusal),
        // Columns without names are known by what the operator says of them.
        (_, Some(format)) => Ok(Recognised { format, why: "you chose this format".to_owned() }),
    }
}

/// Whether the operator's choice of a format stands against this refusal: only where the bytes are text that fits no rule.
fn can_be_overruled(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::UnknownFormat { .. } | Refusal::NotAList { .. } | Refusal::SqlScript)
}

/// Natural order of names: numbers in them count as numbers, so that `page-2` stands before `page-10`.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let (Some(x), Some(y)) = (left.first(), right.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number_x, rest_x) = number(left);
            let (number_y, rest_y) = number(right);
            (left, right) = (rest_x, rest_y);
            number_x.len().cmp(&number_y.len()).then_with(|| number_x.cmp(number_y))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            x.cmp(y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    // Names that differ in leading zeros alone keep one order all the same.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The digits at the beginning, without leading zeros, and what follows.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (&digits[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names =
            ["page-10.json", "page-2.json", "page-1.json", "page-02.json", "page.json", "other-99999999999999999999", "other-9"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["other-9", "other-99999999999999999999", "page-1.json", "page-02.json", "page-2.json", "page-10.json", "page.json"],
            "whatever their length"
        );
    }
}
