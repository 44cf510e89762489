//! `stix`: indicators of STIX 2.x bundles and TAXII 2.1 envelopes, as far as they say nothing but "one of these hashes".

use serde_json::Value as Json;

use super::super::draft::Draft;
use super::super::{Answers, Content, Page};
use super::document::{Fields, Layout};
use super::stix_pattern::hashes;
use super::{field, missing};
use crate::normalize::Encoding;
use crate::outcome::SkipReason;

pub(super) const LAYOUT: Layout = Layout { records: &["objects"], fields: &["more"] };

pub(super) fn page(fields: &Fields) -> Page {
    Page { more: fields.get("more").and_then(Json::as_bool).unwrap_or(false), ..Page::default() }
}

pub(super) fn read(record: &Json, answers: &Answers) -> Content {
    match field::text(record, "type").as_deref() {
        Some("indicator") => indicator(record, answers),
        Some("file") if answers.takes_files && record.get("hashes").is_some() => file(record),
        Some(_) => Content::Skipped(SkipReason::NotAFileHash),
        None => missing("type"),
    }
}

fn indicator(record: &Json, answers: &Answers) -> Content {
    let Some(id) = field::text(record, "id") else { return missing("id") };
    let mut draft = Draft {
        key: Some(id.into_owned()),
        added: field::moment(record, "created"),
        updated: field::moment(record, "modified"),
        expires: field::moment(record, "valid_until"),
        withdrawn: field::truth(record, "revoked") == Some(true),
        newest_wins: true,
        ..Draft::default()
    };
    if draft.withdrawn {
        return draft.into_content();
    }
    let Some(pattern) = field::text(record, "pattern") else { return missing("pattern") };
    // STIX 2.0 knows no other language and so does not name it.
    let is_stix = field::text(record, "pattern_type").is_none_or(|name| name == "stix");
    let Some(hashes) = hashes(&pattern).filter(|_| is_stix) else { return Content::Skipped(SkipReason::PatternNotSupported) };
    for (name, value) in hashes {
        draft.add_hash(Some(&field::kind(&name)), &value, Encoding::Any, None);
    }
    field::labels(&mut draft, record, "labels");
    // STIX 2.0 writes its kinds of indicator as labels; 2.1 has a field of its own for them.
    if draft.labels.is_empty() {
        field::labels(&mut draft, record, "indicator_types");
    }
    note_begin(&mut draft, record, answers);
    draft.into_content()
}

/// An indicator that is not valid yet matches all the same, and says so: it would be forgotten otherwise.
fn note_begin(draft: &mut Draft, record: &Json, answers: &Answers) {
    let Some((begin, now)) = field::moment(record, "valid_from").zip(answers.now_ms) else { return };
    if begin > now {
        draft.add_label(&format!("valid from {}", field::text(record, "valid_from").unwrap_or_default()));
    }
}

/// A bare file object, which says that a file exists and not that it is bad.
fn file(record: &Json) -> Content {
    let Some(id) = field::text(record, "id") else { return missing("id") };
    let mut draft = Draft { key: Some(id.into_owned()), size: field::number(record, "size"), ..Draft::default() };
    let hashes = record.get("hashes").and_then(Json::as_object);
    for (name, value) in hashes.into_iter().flatten() {
        if let Some(value) = field::plain(value) {
            draft.add_hash(Some(&field::kind(name)), &value, Encoding::Any, None);
        }
    }
    draft.into_content()
}
