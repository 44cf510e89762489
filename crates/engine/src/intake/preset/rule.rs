//! One rule: a pattern, and what a path that fits it is.

use regex::bytes::{Captures, Regex};

use super::dates::TimeForm;
use super::template::Template;
use crate::model::{ClaimedHash, Facts, Role, Shown, Sorted};

/// Longest path that is compared with patterns, in bytes; a longer one is an upload.
pub const LONGEST_PATH: usize = 4_096;
/// Captures that are facts of their own.
const FACTS: [&str; 11] = ["uploader", "owner", "media_id", "time", "name", "ext", "hash", "group", "server", "w", "h"];
/// Facts that may be spread over folders.
const JOINED: [&str; 4] = ["media_id", "uploader", "owner", "time"];

/// One rule of a preset.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What a file that fits is.
    pub role: Role,
    /// The pattern, on bytes.
    pub pattern: Regex,
    /// What the file was made from.
    pub(super) of: Option<Template>,
    /// Instead: the capture that the original shares.
    pub same: Option<String>,
    /// Words for the screen.
    pub kind: Option<String>,
    /// What the capture `hash` claims to be.
    pub hash: Option<ClaimedHash>,
    /// How the capture `time` is written.
    pub time: Option<TimeForm>,
    /// Facts are spread over folders.
    pub join: bool,
    /// Fits almost anything: says little about which software this is.
    pub loose: bool,
}

impl Rule {
    /// What a path says of itself, without what it was made from.
    pub fn read(&self, captures: &Captures<'_>) -> Sorted {
        let mut facts = Facts::new();
        for name in FACTS {
            let Some(value) = captures.name(name) else { continue };
            let value = value.as_bytes();
            let whole = match self.join && JOINED.contains(&name) {
                true => value.iter().copied().filter(|byte| *byte != b'/').collect(),
                false => value.to_vec(),
            };
            if whole != value {
                facts.insert(format!("raw:{name}"), Shown::of_bytes(value).as_str().to_owned());
            }
            facts.insert(name.to_owned(), Shown::of_bytes(&whole).as_str().to_owned());
        }
        self.add_time(captures, &mut facts);
        let hash = facts.get("hash").cloned();
        Sorted { role: Some(self.role), facts, claim: self.hash.zip(hash), ..Sorted::default() }
    }

    fn add_time(&self, captures: &Captures<'_>, facts: &mut Facts) {
        let Some(form) = self.time else { return };
        let text = match form {
            TimeForm::HexMs => ["t0", "t1", "t2", "t3", "t4", "t5"].iter().filter_map(|name| captures.name(name)).fold(
                String::new(),
                |mut digits, found| {
                    digits.extend(found.as_bytes().iter().map(|byte| char::from(*byte)));
                    digits
                },
            ),
            _ => facts.get("time").cloned().unwrap_or_default(),
        };
        let at = form.read(&text);
        if form.is_hidden_in_a_number() {
            facts.remove("time");
            facts.remove("raw:time");
            at.map(|at| facts.insert("time".to_owned(), at.to_string()));
        }
        if let Some(at) = at {
            facts.insert("at".to_owned(), at.to_string());
        }
    }
}
