//! The rows of a stored state. What is absent is not written.

use fingerprint::signal::{Quality, SignalKind};
use serde::{Deserialize, Serialize};

use super::{Reason, Tombstone};
use crate::entry::{Entry, Flags, Harm, Media, Opinions, SignalValue, Status, Voices};
use crate::normalize::hex_bytes;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EntryRow {
    n: u32,
    key: String,
    #[serde(skip_serializing_if = "is_default")]
    signals: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    kept: Vec<(String, String)>,
    #[serde(skip_serializing_if = "is_default")]
    quality: Option<u8>,
    #[serde(skip_serializing_if = "is_default")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "is_default")]
    media: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    harm: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "is_default")]
    agree: VoicesRow,
    #[serde(skip_serializing_if = "is_default")]
    against: VoicesRow,
    #[serde(skip_serializing_if = "is_default")]
    other: VoicesRow,
    #[serde(skip_serializing_if = "is_default")]
    share: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    group: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    labels: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    source: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    flags: u8,
    #[serde(skip_serializing_if = "is_default")]
    added: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    updated: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    expires: Option<i64>,
}

/// Number of voices, and their names.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct VoicesRow(u32, Vec<String>);

impl VoicesRow {
    fn of(voices: &Voices) -> Self {
        Self(voices.count, voices.names.clone())
    }

    fn voices(self) -> Voices {
        Voices { count: self.0, names: self.1 }
    }
}

fn signal_text(signal: &SignalValue) -> String {
    format!("{}:{signal}", signal.kind())
}

fn signal(text: &str) -> Option<SignalValue> {
    let (kind, hex) = text.split_once(':')?;
    SignalValue::from_bytes(SignalKind::from_wire(kind)?, &hex_bytes(hex)?)
}

/// A word of a closed list, or nothing; a word that is not of the list makes the row unusable.
#[expect(clippy::option_option, reason = "outside: can it be read; inside: is it there")]
fn word<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => read(text).map(Some),
    }
}

/// A harm of the closed list. [`Harm::from_wire`] takes every word, which is right for a publisher's file and wrong for ours.
fn harm(text: &str) -> Option<Harm> {
    Some(Harm::from_wire(text)).filter(|harm| harm.as_str() == text)
}

impl EntryRow {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            n: entry.number,
            key: entry.key.clone(),
            signals: entry.signals.iter().map(signal_text).collect(),
            kept: entry.kept.clone(),
            quality: entry.quality.map(Quality::get),
            size: entry.size,
            media: entry.media.map(|media| media.as_str().to_owned()),
            harm: entry.harm.map(|harm| harm.as_str().to_owned()),
            status: entry.status.as_str().to_owned(),
            agree: VoicesRow::of(&entry.opinions.agree),
            against: VoicesRow::of(&entry.opinions.against),
            other: VoicesRow::of(&entry.opinions.other),
            share: entry.share.clone(),
            group: entry.group.clone(),
            labels: entry.labels.clone(),
            source: entry.source.clone(),
            flags: entry.flags.bits(),
            added: entry.added,
            updated: entry.updated,
            expires: entry.expires,
        }
    }

    /// The entry, or `None` if the row says something that no entry can be.
    pub(super) fn entry(self) -> Option<Entry> {
        Some(Entry {
            number: self.n,
            key: self.key,
            signals: self.signals.iter().map(|text| signal(text)).collect::<Option<_>>()?,
            kept: self.kept,
            quality: match self.quality {
                Some(quality) if quality > 100 => return None,
                quality => quality.map(Quality::new),
            },
            size: self.size,
            media: word(self.media.as_deref(), Media::from_wire)?,
            harm: word(self.harm.as_deref(), harm)?,
            status: Status::from_wire(&self.status)?,
            opinions: Opinions { agree: self.agree.voices(), against: self.against.voices(), other: self.other.voices() },
            share: self.share,
            group: self.group,
            labels: self.labels,
            source: self.source,
            flags: Flags::from_bits(self.flags)?,
            added: self.added,
            updated: self.updated,
            expires: self.expires,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TombstoneRow {
    n: u32,
    key: String,
    reason: Reason,
    at: Option<i64>,
    signals: Vec<String>,
}

impl TombstoneRow {
    pub(super) fn of(tombstone: &Tombstone) -> Self {
        let signals = tombstone.signals.iter().map(signal_text).collect();
        Self { n: tombstone.number, key: tombstone.key.clone(), reason: tombstone.reason, at: tombstone.at, signals }
    }

    pub(super) fn tombstone(self) -> Option<Tombstone> {
        let signals = self.signals.iter().map(|text| signal(text)).collect::<Option<_>>()?;
        Some(Tombstone { key: self.key, number: self.n, reason: self.reason, at: self.at, signals })
    }
}
