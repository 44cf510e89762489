//! Entries and headers to the lines of a signed list. Equal content gives equal lines, so lines are compared to find what changed.

use std::collections::BTreeMap;

use fingerprint::signal::SignalKind;
use serde::Serialize;
use serde_json::Value;

use super::fields::is_id;
use super::header::{FileKind, Header};
use super::signals::is_img;
use super::{LARGEST_SEQ, moment};
use crate::entry::Entry;
use crate::limits;
use crate::seeds::{is_never_alert, is_never_alert_kept};
use crate::state::{Reason, Tombstone};

#[derive(Serialize)]
struct AddLine<'entry> {
    op: &'static str,
    id: &'entry str,
    signals: BTreeMap<&'entry str, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<BTreeMap<&'static str, u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<&'static str>,
    status: &'static str,
    labels: &'entry [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'entry str>,
}

#[derive(Serialize)]
struct DelLine<'tombstone> {
    op: &'static str,
    id: &'tombstone str,
    reason: &'static str,
    at: String,
}

#[derive(Serialize)]
struct HeaderLine<'header> {
    shl: u64,
    list_id: &'header str,
    name: &'header str,
    publisher: &'header str,
    seq: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_seq: Option<u64>,
    created: String,
    expires: String,
    harm: &'static str,
    polarity: &'static str,
    reshare: &'static str,
    licence: &'header str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'header str>,
    labels: &'header [String],
    count: u64,
    live: u64,
    next_key: Option<String>,
}

fn line(value: &impl Serialize) -> Option<String> {
    let mut line = serde_json::to_string(value).ok()?;
    line.push('\n');
    (line.len() <= limits::SHL_LINE_BYTES).then_some(line)
}

/// The first line of a file, or `None` if it is too long.
pub(super) fn header(header: &Header) -> Option<String> {
    let (kind, base_seq) = match header.kind {
        FileKind::Snapshot => ("snapshot", None),
        FileKind::Delta { base_seq } => ("delta", Some(base_seq)),
    };
    line(&HeaderLine {
        shl: 1,
        list_id: &header.list_id,
        name: &header.name,
        publisher: &header.publisher,
        seq: header.seq,
        kind,
        base_seq,
        created: moment::text(header.created_ms),
        expires: moment::text(header.expires_ms),
        harm: header.harm.as_str(),
        polarity: header.polarity.as_str(),
        reshare: header.reshare.as_str(),
        licence: &header.licence,
        contact: header.contact.as_deref(),
        labels: &header.labels,
        count: header.count,
        live: header.live,
        next_key: header.next_key.map(|key| key.to_string()),
    })
}

/// The line that takes an entry away, or `None` for one that has no place in the format: a key or a time of another form.
///
/// What is gone without a word from the publisher is `withdrawn`; so is what has no time, as of `now_ms`.
pub(super) fn del(tombstone: &Tombstone, now_ms: i64) -> Option<String> {
    let reason = if tombstone.reason == Reason::Absent { Reason::Withdrawn } else { tombstone.reason };
    let at = moment::text(tombstone.at.unwrap_or(now_ms));
    moment::read(&at).filter(|_| is_id(&tombstone.key))?;
    line(&DelLine { op: "del", id: &tombstone.key, reason: reason.as_str(), at })
}

/// The line of an entry, as an own list may publish it; else why it may not.
pub(super) fn add(entry: &Entry, labels: &[String]) -> Result<String, &'static str> {
    check(entry, labels)?;
    let added = AddLine {
        op: "add",
        id: &entry.key,
        signals: signals(entry),
        quality: entry.quality.map(|quality| BTreeMap::from([("pdq", quality.get())])),
        size: entry.size,
        media: entry.media.map(|media| media.as_str()),
        status: entry.status.as_str(),
        labels: &entry.labels,
        added: entry.added.map(moment::text),
        updated: entry.updated.map(moment::text),
        expires: entry.expires.map(moment::text),
        source: entry.source.as_deref(),
    };
    line(&added).ok_or("its line would be longer than 65,536 bytes")
}

fn check(entry: &Entry, labels: &[String]) -> Result<(), &'static str> {
    let has_pdq = entry.signals.iter().any(|signal| signal.kind() == SignalKind::Pdq);
    let times = [entry.added, entry.updated, entry.expires];
    let published = || entry.kept.iter().filter(|(kind, _)| is_published_kind(kind));
    let only_seeds = entry.signals.iter().all(is_never_alert) && published().all(|(kind, text)| is_never_alert_kept(kind, text));
    let rules = [
        (is_id(&entry.key), "its key is not of the form [A-Za-z0-9._:-]{1,128}"),
        (!entry.signals.is_empty() || published().next().is_some(), "it holds no signal of a kind that is published"),
        (!only_seeds, "it holds only values that never alert"),
        (!(has_pdq && entry.quality.is_some_and(|quality| !quality.is_matchable())), "the quality of its PDQ is below 50"),
        (entry.signals.len() + entry.kept.len() <= limits::SIGNALS_PER_ENTRY, "it holds more than 64 signals"),
        (entry.labels.iter().all(|label| labels.contains(label)), "one of its labels is not among those of the list"),
        (entry.source.as_deref().is_none_or(is_organisation), "its source is no plain name of an organisation"),
        (entry.size.is_none_or(|size| size <= LARGEST_SEQ), "its size is beyond 2^53"),
        (times.iter().flatten().all(|ms| moment::read(&moment::text(*ms)).is_some()), "one of its times lies outside the years 0 to 9999"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(why))
}

/// A name without what addresses, file paths and handles have in them; at most 200 characters.
fn is_organisation(source: &str) -> bool {
    let is_telling = |character: char| matches!(character, '/' | '\\' | '@') || character.is_control();
    !source.contains(is_telling) && source.chars().count() <= 200
}

/// Kept kinds that are published. Others may hold anything, text among them; PhotoDNA values are never passed on.
pub(super) fn is_published_kind(kind: &str) -> bool {
    matches!(kind, "sha512" | "tlsh" | "vpdq") || is_img(kind)
}

/// The signals by kind: one value alone, several as a list.
fn signals(entry: &Entry) -> BTreeMap<&str, Value> {
    let mut by_kind: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for signal in &entry.signals {
        by_kind.entry(signal.kind().as_str()).or_default().push(signal.to_string().into());
    }
    for (kind, text) in entry.kept.iter().filter(|(kind, _)| is_published_kind(kind)) {
        let value = if kind == "vpdq" { serde_json::from_str(text).ok() } else { Some(Value::from(text.as_str())) };
        by_kind.entry(kind).or_default().extend(value);
    }
    let alone = |mut values: Vec<Value>| if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
    by_kind.into_iter().map(|(kind, values)| (kind, alone(values))).collect()
}
