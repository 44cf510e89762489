//! The first line of a signed list file.

use serde_json::{Map, Value};

use super::fields::{Fields, Rule, is_label, is_list_id};
use super::key::PublicKey;
use super::problem::Problem;
use super::{DAY_MS, LONGEST_LIFE_DAYS, json};
use crate::entry::{Harm, Polarity};
use crate::limits;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// States every live entry.
    Snapshot,
    /// Changes one version into a later one.
    Delta {
        /// The `seq` that it changes.
        base_seq: u64,
    },
}

/// Whether the publisher allows to pass entries on, from the narrowest to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reshare {
    /// To nobody.
    None,
    /// To members of the same group.
    Members,
    /// To everybody.
    Open,
}

impl Reshare {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Members => "members",
            Self::Open => "open",
        }
    }

    /// The value with this wire name, or `None`.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::None, Self::Members, Self::Open].into_iter().find(|reshare| reshare.as_str() == word)
    }
}

/// The header of a signed list file, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `urn:uuid:` and a lower-case UUID; never changes in the life of a list.
    pub list_id: String,
    /// Name for people, 1 to 100 characters.
    pub name: String,
    /// Host name or organisation, 1 to 200 characters.
    pub publisher: String,
    /// Number of the version, 1 to 2^53 - 1.
    pub seq: u64,
    /// Snapshot or delta.
    pub kind: FileKind,
    /// When it was made, UTC milliseconds since 1970.
    pub created_ms: i64,
    /// Until when the publisher stands by it, UTC milliseconds since 1970.
    pub expires_ms: i64,
    /// What the list is about. A word that this build does not know is [`Harm::Unknown`].
    pub harm: Harm,
    /// Whether it warns or knows files to be harmless.
    pub polarity: Polarity,
    /// Whether entries may be passed on.
    pub reshare: Reshare,
    /// The licence, at most 200 characters.
    pub licence: String,
    /// Where to dispute an entry, at most 200 characters.
    pub contact: Option<String>,
    /// Labels that records may use, at most 64.
    pub labels: Vec<String>,
    /// Number of records that follow.
    pub count: u64,
    /// Number of live entries after the file is applied.
    pub live: u64,
    /// The key that will sign from the next `seq` on.
    pub next_key: Option<PublicKey>,
}

/// The header of a file whose signature was checked: to find the list that it belongs to, before it is applied.
///
/// # Errors
/// `empty_file`, `line_too_long`, `newer_format`, `bad_header`, `unreadable`.
pub fn header_of(source: impl std::io::Read, _verified: &super::Verified) -> Result<Header, crate::Refusal> {
    super::reader::Reader::open(source).map(|reader| reader.header)
}

impl Header {
    /// Reads a first line, without its line end.
    ///
    /// # Errors
    /// `newer_format`, `bad_header`.
    pub(super) fn read(line: &[u8]) -> Result<Self, Problem> {
        let object = json::object(line).ok_or(Problem::BadHeader { why: "it is no JSON object" })?;
        version(&object, "shl").map_err(|why| Problem::BadHeader { why })??;
        read(&Fields(&object)).map_err(|why| Problem::BadHeader { why })
    }
}

/// Checks the version under this key before any other key: a later version may change every other rule.
pub(super) fn version(object: &Map<String, Value>, key: &str) -> Result<Result<(), Problem>, Rule> {
    match Fields(object).number(key, "the version of the format is missing")? {
        0 => Err("the version of the format is 0"),
        1 => Ok(Ok(())),
        version => Ok(Err(Problem::NewerFormat { version })),
    }
}

fn read(fields: &Fields<'_>) -> Result<Header, Rule> {
    let seq = fields.number("seq", "seq is no number").and_then(positive)?;
    let created_ms = fields.time("created", "created is no time")?;
    let expires_ms = fields.time("expires", "expires is no time")?;
    check_life(created_ms, expires_ms)?;
    Ok(Header {
        list_id: list_id(fields)?,
        name: fields.text_of("name", 1..=100, "name is not of 1 to 100 characters")?.to_owned(),
        publisher: fields.text_of("publisher", 1..=200, "publisher is not of 1 to 200 characters")?.to_owned(),
        seq,
        kind: kind(fields, seq)?,
        created_ms,
        expires_ms,
        harm: Harm::from_wire(fields.text("harm", "harm is missing")?),
        polarity: Polarity::from_wire(fields.text("polarity", "polarity is missing")?).ok_or("polarity is neither alert nor ignore")?,
        reshare: reshare(fields)?,
        licence: fields.text_of("licence", 0..=200, "licence is not of at most 200 characters")?.to_owned(),
        contact: fields.optional_text("contact", 200, "contact is not of at most 200 characters")?,
        labels: labels(fields)?,
        count: fields.number("count", "count is no number")?,
        live: fields.number("live", "live is no number").and_then(possible)?,
        next_key: next_key(fields)?,
    })
}

pub(super) fn positive(seq: u64) -> Result<u64, Rule> {
    if seq == 0 { Err("a version number is 0") } else { Ok(seq) }
}

fn possible(live: u64) -> Result<u64, Rule> {
    if live <= limits::ENTRIES as u64 { Ok(live) } else { Err("live is beyond 50 million entries") }
}

/// The life of a file or an index: longer than nothing, at most 400 days.
pub(super) fn check_life(created_ms: i64, expires_ms: i64) -> Result<(), Rule> {
    let life = expires_ms - created_ms;
    if life <= 0 {
        Err("expires is not after created")
    } else if life > LONGEST_LIFE_DAYS * DAY_MS {
        Err("expires is more than 400 days after created")
    } else {
        Ok(())
    }
}

pub(super) fn list_id(fields: &Fields<'_>) -> Result<String, Rule> {
    let text = fields.text("list_id", "list_id is missing")?;
    if is_list_id(text) { Ok(text.to_owned()) } else { Err("list_id is not urn:uuid: and a lower-case UUID") }
}

fn kind(fields: &Fields<'_>, seq: u64) -> Result<FileKind, Rule> {
    match (fields.text("kind", "kind is missing")?, fields.get("base_seq")) {
        ("snapshot", None) => Ok(FileKind::Snapshot),
        ("snapshot", Some(_)) => Err("a snapshot has no base_seq"),
        ("delta", _) => {
            let base_seq = fields.number("base_seq", "a delta without base_seq").and_then(positive)?;
            if base_seq < seq { Ok(FileKind::Delta { base_seq }) } else { Err("base_seq is not below seq") }
        }
        _ => Err("kind is neither snapshot nor delta"),
    }
}

fn reshare(fields: &Fields<'_>) -> Result<Reshare, Rule> {
    const RULE: Rule = "reshare is none of none, members, open";
    match fields.get("reshare") {
        None => Ok(Reshare::None),
        Some(_) => Reshare::from_wire(fields.text("reshare", RULE)?).ok_or(RULE),
    }
}

fn labels(fields: &Fields<'_>) -> Result<Vec<String>, Rule> {
    let labels = fields.texts("labels", "labels is no list of texts")?;
    if labels.len() > limits::LABELS_PER_ENTRY {
        return Err("more than 64 labels");
    }
    if !labels.iter().all(|label| is_label(label)) {
        return Err("a label is not of the form [a-z0-9][a-z0-9_-]{0,31}");
    }
    Ok(labels.into_iter().map(str::to_owned).collect())
}

pub(super) fn next_key(fields: &Fields<'_>) -> Result<Option<PublicKey>, Rule> {
    const RULE: Rule = "next_key is neither null nor a minisign public key";
    match fields.get("next_key") {
        None | Some(Value::Null) => Ok(None),
        Some(_) => PublicKey::read(fields.text("next_key", RULE)?).map(Some).ok_or(RULE),
    }
}
