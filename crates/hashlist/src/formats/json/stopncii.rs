//! `stopncii`: pages of StopNCII, where people submit hashes of their own intimate pictures. Nobody reviewed an entry, so none is confirmed.

use serde_json::Value as Json;

use super::super::draft::Draft;
use super::super::media::of_name;
use super::super::{Content, Page};
use super::document::{Fields, Layout};
use super::{field, missing};
use crate::entry::{Opinions, Status};
use crate::normalize::Encoding;
use crate::outcome::SkipReason;

pub(super) const LAYOUT: Layout = Layout { records: &["hashRecords"], fields: &["hasMoreRecords", "nextSetTimestamp"] };

pub(super) fn page(fields: &Fields) -> Page {
    let more = fields.get("hasMoreRecords").and_then(Json::as_bool).unwrap_or(false);
    let checkpoint = fields.get("nextSetTimestamp").and_then(field::plain).map(|text| text.into_owned());
    Page { more, checkpoint, order: None }
}

/// One record. `hashStatus` alone says whether it is withdrawn: the person took it back, whatever the case numbers say.
pub(super) fn read(record: &Json) -> Content {
    let Some(kind) = field::text(record, "signalType") else { return missing("signalType") };
    if matches!(&*kind, "Text" | "URL") {
        return Content::Skipped(SkipReason::NotAFileHash);
    }
    let Some(value) = field::text(record, "hashValue") else { return missing("hashValue") };
    let opinions = opinions(record);
    let disputed = opinions.against.count > 0 && opinions.agree.count == 0;
    let mut draft = Draft {
        media: of_name(&kind),
        updated: field::moment(record, "lastModtimestamp"),
        status: Some(if disputed { Status::Disputed } else { Status::Suspected }),
        opinions,
        withdrawn: matches!(field::text(record, "hashStatus").as_deref(), Some("Withdrawn" | "Deleted")),
        ..Draft::default()
    };
    draft.add_hash(Some(&field::kind(&kind)), &value, Encoding::Any, None);
    draft.into_content()
}

/// What members did with the hash. A value that nobody knows is an opinion like any other, and costs nothing.
fn opinions(record: &Json) -> Opinions {
    let mut found = Opinions::default();
    for feedback in field::items(record, "CSPFeedbacks") {
        let voices = match field::text(feedback, "feedbackValue").as_deref() {
            Some("Blocked") => &mut found.agree,
            Some("NotBlocked") => &mut found.against,
            _ => &mut found.other,
        };
        voices.add(&field::text(feedback, "source").unwrap_or_default());
    }
    found
}
