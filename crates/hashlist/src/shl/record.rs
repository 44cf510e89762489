//! One record of a signed list: an entry that is added or replaced, or one that is withdrawn. Strict where the format knows a key, open
//! where it does not.

use serde_json::Value;

use super::fields::{Fields, Rule, is_id};
use super::{json, signals};
use crate::entry::{Media, Status};
use crate::formats::Draft;
use crate::limits;
use crate::state::Reason;

/// The reasons that a record may name; the others of the crate are our own.
const REASONS: [Reason; 5] = [Reason::Withdrawn, Reason::Mistake, Reason::Expired, Reason::Merged, Reason::Other];

/// An entry that is gone, as the publisher says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Withdrawal {
    /// The key of the entry.
    pub(super) id: String,
    pub(super) reason: Reason,
    /// UTC milliseconds since 1970.
    pub(super) at_ms: i64,
}

/// What a record does.
pub(super) enum Operation {
    Add(Box<Draft>),
    Del(Withdrawal),
}

/// Why a line is no record.
pub(super) enum NotARecord {
    SecondHeader,
    Bad(Rule),
}

impl From<Rule> for NotARecord {
    fn from(rule: Rule) -> Self {
        Self::Bad(rule)
    }
}

/// Reads one line, without its line end. `labels` are those of the header.
pub(super) fn read(line: &[u8], labels: &[String]) -> Result<Operation, NotARecord> {
    let object = json::object(line).ok_or("it is no JSON object, or names a key twice")?;
    if object.contains_key("shl") {
        return Err(NotARecord::SecondHeader);
    }
    let fields = Fields(&object);
    match fields.text("op", "op is missing")? {
        "add" => Ok(Operation::Add(Box::new(add(&fields, labels)?))),
        "del" => Ok(Operation::Del(del(&fields)?)),
        _ => Err("op is neither add nor del".into()),
    }
}

fn id(fields: &Fields<'_>) -> Result<String, Rule> {
    let id = fields.text("id", "id is missing")?;
    if is_id(id) { Ok(id.to_owned()) } else { Err("id is not of the form [A-Za-z0-9._:-]{1,128}") }
}

fn add(fields: &Fields<'_>, labels: &[String]) -> Result<Draft, Rule> {
    Ok(Draft {
        key: Some(id(fields)?),
        values: signals::read(fields.get("signals").and_then(Value::as_object).ok_or("signals is no object")?)?,
        quality: signals::quality(fields)?,
        size: fields.get("size").map(|_| fields.number("size", "size is no number of bytes")).transpose()?,
        media: fields.get("media").map(|_| media(fields)).transpose()?,
        status: Some(status(fields)?),
        labels: labels_of(fields, labels)?,
        source: fields.optional_text("source", 200, "source is not of at most 200 characters")?,
        added: fields.optional_time("added", "added is no time")?,
        updated: fields.optional_time("updated", "updated is no time")?,
        expires: fields.optional_time("expires", "expires is no time")?,
        ..Draft::default()
    })
}

fn media(fields: &Fields<'_>) -> Result<Media, Rule> {
    const RULE: Rule = "media is no word of the format";
    Media::from_wire(fields.text("media", RULE)?).ok_or(RULE)
}

fn status(fields: &Fields<'_>) -> Result<Status, Rule> {
    const RULE: Rule = "status is none of confirmed, suspected, disputed, test";
    let word = fields.text("status", RULE)?;
    Status::ALL.into_iter().find(|status| status.as_str() == word).ok_or(RULE)
}

fn labels_of(fields: &Fields<'_>, allowed: &[String]) -> Result<Vec<String>, Rule> {
    let texts = fields.texts("labels", "labels is no list of texts")?;
    if texts.len() > limits::LABELS_PER_ENTRY {
        return Err("more than 64 labels");
    }
    let mut labels: Vec<String> = Vec::with_capacity(texts.len());
    for label in texts {
        if !allowed.iter().any(|known| known == label) {
            return Err("a label that the header does not name");
        }
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }
    Ok(labels)
}

fn del(fields: &Fields<'_>) -> Result<Withdrawal, Rule> {
    const REASON: Rule = "reason is none of withdrawn, mistake, expired, merged, other";
    let word = fields.text("reason", REASON)?;
    let reason = REASONS.into_iter().find(|reason| reason.as_str() == word).ok_or(REASON)?;
    Ok(Withdrawal { id: id(fields)?, reason, at_ms: fields.time("at", "at is no time")? })
}
