//! `misp_warninglist`: values that MISP knows to be harmless, among them the hashes of empty files.

use fingerprint::signal::SignalKind;
use serde_json::Value as Json;

use super::super::draft::{Draft, cut};
use super::super::{About, Content};
use super::document::{Fields, Layout};
use crate::kinds::Kind;
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;

pub(super) const LAYOUT: Layout = Layout { records: &["list"], fields: &["name", "type", "matching_attributes"] };

pub(super) fn about(fields: &Fields) -> About {
    let name = fields.get("name").and_then(Json::as_str).map(|name| cut(name.trim(), limits::LABEL_BYTES).to_owned());
    About { list_name: name, ..About::default() }
}

/// Refuses a warning list whose values are no hashes: of addresses, names, or patterns.
pub(super) fn refuse_other_kinds(fields: &Fields) -> Result<(), Refusal> {
    let is_plain = fields.get("type").and_then(Json::as_str) == Some("string");
    if is_plain && attributes(fields).any(|name| Kind::named(name).is_some()) {
        return Ok(());
    }
    Err(Refusal::NotAList { what: "a MISP warning list of something other than hashes" })
}

/// What the values are compared with, `filename|` passed over.
fn attributes(fields: &Fields) -> impl Iterator<Item = &str> {
    let listed = fields.get("matching_attributes").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    listed.iter().filter_map(Json::as_str).map(|name| name.strip_prefix("filename|").unwrap_or(name))
}

/// One value. The length tells its kind; 64 digits are SHA-256, since MISP has no perceptual kind.
pub(super) fn read(record: &Json, fields: &Fields) -> Content {
    let Some(text) = record.as_str() else {
        return Content::Rejected(Rejection::new(RejectReason::BadRecord, "not a text"));
    };
    let mut draft = Draft::default();
    let is_fuzzy = text.matches(':').count() == 2 && attributes(fields).any(|name| name == "ssdeep");
    let kind = is_fuzzy.then(|| Kind::AsGiven("ssdeep".to_owned()));
    let kind = kind.or_else(|| (text.trim().len() == 64).then_some(Kind::Matched(SignalKind::Sha256)));
    draft.add_hash(kind.as_ref(), text, Encoding::Hex, None);
    draft.into_content()
}
