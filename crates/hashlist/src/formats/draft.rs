//! An entry in the making: what a parser took from one record, before the kind of 64-digit values is settled.

use fingerprint::signal::{Quality, SignalKind};

use super::Content;
use crate::entry::{Harm, Media, Opinions, SignalValue, Status};
use crate::kinds::Kind;
use crate::limits;
use crate::normalize::{Encoding, Normalized, Value, normalize};
use crate::outcome::{RejectReason, Rejection};
use crate::state::Reason;

/// One value of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftValue {
    /// A signal that is matched.
    Signal(SignalValue),
    /// A signal that is only kept: kind and text.
    Kept(String, String),
    /// 64 hexadecimal digits without a stated kind.
    Hex64 {
        /// The value.
        bytes: [u8; 32],
        /// What they are in this format, where only one kind makes sense.
        assumed: Option<SignalKind>,
    },
}

/// What one record says about one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The publisher's own key.
    pub key: Option<String>,
    /// Its values, at most 64.
    pub values: Vec<DraftValue>,
    /// Signals that were meant to be there and are unusable.
    pub rejected: Vec<Rejection>,
    /// Stated quality of the PDQ values.
    pub quality: Option<Quality>,
    /// Size of the content in bytes.
    pub size: Option<u64>,
    /// What sort of file.
    pub media: Option<Media>,
    /// The record's own harm.
    pub harm: Option<Harm>,
    /// The record's own status.
    pub status: Option<Status>,
    /// Labels, at most 64, each at most 128 bytes.
    pub labels: Vec<String>,
    /// Who contributed it.
    pub source: Option<String>,
    /// UTC milliseconds since 1970.
    pub added: Option<i64>,
    /// UTC milliseconds since 1970.
    pub updated: Option<i64>,
    /// UTC milliseconds since 1970.
    pub expires: Option<i64>,
    /// Who vouches for it and who disputes it.
    pub opinions: Opinions,
    /// The publisher's rule for passing it on.
    pub share: Option<String>,
    /// What the publisher files it under where a new copy replaces all of it at once.
    pub group: Option<String>,
    /// Its category is none of those that the operator chose.
    pub category_not_chosen: bool,
    /// It names no signal of its own by design, only a place where one would be; it is an entry all the same.
    pub reference: bool,
    /// An earlier record that was changed later stays: the publisher's time decides, not the order of records.
    pub newest_wins: bool,
    /// The record takes the entry away.
    pub withdrawn: bool,
    /// Why it does, where the publisher says so.
    pub reason: Option<Reason>,
}

impl Draft {
    /// Adds the hash in `text`, or notes why it is unusable. `assumed` is what 64 digits without a kind are in this format.
    pub(crate) fn add_hash(&mut self, kind: Option<&Kind>, text: &str, encoding: Encoding, assumed: Option<SignalKind>) {
        match normalize(kind, text, encoding) {
            Ok(normalized) => self.add(normalized, assumed),
            Err(rejection) => self.rejected.push(rejection),
        }
    }

    fn add(&mut self, Normalized { value, quality }: Normalized, assumed: Option<SignalKind>) {
        if self.values.len() >= limits::SIGNALS_PER_ENTRY {
            let detail = format!("more than {} signals", limits::SIGNALS_PER_ENTRY);
            return self.rejected.push(Rejection::new(RejectReason::BadRecord, detail));
        }
        self.quality = quality.or(self.quality);
        self.values.push(match value {
            Value::Signal(signal) => DraftValue::Signal(signal),
            Value::Kept(kind, text) => DraftValue::Kept(kind, text),
            Value::Hex64(bytes) => DraftValue::Hex64 { bytes, assumed },
        });
    }

    /// Adds one label: cut at 128 bytes, empty and repeated ones and those beyond 64 left out.
    pub(crate) fn add_label(&mut self, label: &str) {
        let label = cut(label.trim(), limits::LABEL_BYTES);
        let known = self.labels.iter().any(|known| known == label);
        if !label.is_empty() && !known && self.labels.len() < limits::LABELS_PER_ENTRY {
            self.labels.push(label.to_owned());
        }
    }

    /// The content of the record: this draft, or a rejection if it names no usable signal.
    pub(crate) fn into_content(mut self) -> Content {
        if self.key.as_ref().is_some_and(|key| key.len() > limits::KEY_BYTES) {
            let detail = format!("a key of more than {} bytes", limits::KEY_BYTES);
            return Content::Rejected(Rejection::new(RejectReason::BadRecord, detail));
        }
        let names_something = !self.values.is_empty() || (self.key.is_some() && (self.withdrawn || self.reference));
        if names_something {
            return Content::Draft(Box::new(self));
        }
        let none = || Rejection::new(RejectReason::MissingField, "no hash in this record");
        Content::Rejected(if self.rejected.is_empty() { none() } else { self.rejected.swap_remove(0) })
    }
}

/// The beginning of a text, at most `bytes` long, cut at a character boundary.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
