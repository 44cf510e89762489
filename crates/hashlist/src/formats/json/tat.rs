//! `tat`: pages of the hash list of Tech Against Terrorism. Every algorithm and every type of file is taken.

use serde_json::Value as Json;

use super::super::draft::Draft;
use super::super::{Content, Page, media};
use super::document::{Fields, Layout};
use super::{field, missing};
use crate::entry::Status;
use crate::normalize::Encoding;

pub(super) const LAYOUT: Layout = Layout { records: &["results"], fields: &["next", "checkpoint"] };

pub(super) fn page(fields: &Fields) -> Page {
    let text = |name: &str| fields.get(name).and_then(field::plain).map(|text| text.into_owned());
    Page { more: text("next").is_some(), checkpoint: text("checkpoint"), order: None }
}

pub(super) fn read(record: &Json) -> Content {
    let withdrawn = field::truth(record, "deleted") == Some(true);
    let mut draft = Draft {
        key: field::text(record, "id").map(|id| id.into_owned()),
        media: field::text(record, "file_type").and_then(|ending| media::of_type(&ending)),
        status: Some(Status::Confirmed),
        added: field::moment(record, "created_on"),
        updated: field::moment(record, "updated_on"),
        withdrawn,
        ..Draft::default()
    };
    if let Some(ideology) = field::text(record, "ideology") {
        draft.add_label(&ideology);
    }
    match field::text(record, "hash_digest") {
        Some(digest) => {
            // Without an algorithm, as in daily files of version 1, the length decides.
            let kind = field::text(record, "algorithm").map(|name| field::kind(&name));
            draft.add_hash(kind.as_ref(), &digest, Encoding::Any, None);
        }
        None if withdrawn => {}
        None => return missing("hash_digest"),
    }
    draft.into_content()
}
