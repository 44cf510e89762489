//! `threat_updates`: pages of ThreatExchange, through which GIFCT hands out its hash-sharing database as well.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::draft::Draft;
use super::super::{Content, Page};
use super::document::{Fields, Layout};
use super::{field, missing};
use crate::entry::{Media, Opinions, Status};
use crate::kinds::names_video;
use crate::normalize::Encoding;
use crate::outcome::SkipReason;

pub(super) const LAYOUT: Layout = Layout { records: &["data"], fields: &["paging/next"] };

/// Types of indicator that are no hash of a file.
const OTHER_TYPES: [&str; 8] =
    ["HASH_URL_MD5", "HASH_PDQ_OCR", "TEXT_STRING", "URI", "RAW_URI", "UNCLICKABLE_URL", "TREND_QUERY", "DEBUG_STRING"];

/// The tag that says that an entry is a video.
const VIDEO_TAG: &str = "media_type_video";

/// Rules for passing on, from the widest to the strictest.
const SHARE_LEVELS: [&str; 4] = ["WHITE", "GREEN", "AMBER", "RED"];

/// Whether a type of indicator speaks of texts or addresses.
pub(in crate::formats) fn is_other_type(name: &str) -> bool {
    OTHER_TYPES.contains(&name)
}

pub(super) fn page(fields: &Fields) -> Page {
    Page { more: fields.get("paging/next").and_then(field::plain).is_some(), ..Page::default() }
}

/// Whether the record says what members think of it.
pub(super) fn has_opinions(record: &Json) -> bool {
    record.get("descriptors").is_some()
}

/// One record. `opinions_asked` says that at least one record of the set has descriptors: then one without them is withdrawn, because all
/// descriptors of it are gone. If none has, the field was not asked for, and its absence says nothing.
pub(super) fn read(record: &Json, opinions_asked: bool) -> Content {
    let Some(id) = field::text(record, "id") else { return missing("id") };
    let kind = field::text(record, "type");
    if kind.as_deref().is_some_and(is_other_type) {
        return Content::Skipped(SkipReason::NotAFileHash);
    }
    let withdrawn = field::truth(record, "should_delete") == Some(true) || (opinions_asked && !has_opinions(record));
    let mut draft = Draft { key: Some(id.into_owned()), withdrawn, ..Draft::default() };
    if withdrawn {
        return draft.into_content();
    }
    let Some(kind) = kind else { return missing("type") };
    let Some(indicator) = field::text(record, "indicator") else { return missing("indicator") };
    draft.add_hash(Some(&field::kind(kind.trim_start_matches("HASH_"))), &indicator, Encoding::Any, None);
    draft.added = field::moment(record, "creation_time");
    draft.updated = field::moment(record, "last_updated");
    let descriptors = record.get("descriptors").map_or(&[][..], |descriptors| field::items(descriptors, "data"));
    tags(&mut draft, record);
    descriptors.iter().for_each(|descriptor| tags(&mut draft, descriptor));
    let is_video = names_video(&kind) || draft.labels.iter().any(|label| label == VIDEO_TAG);
    draft.media = is_video.then_some(Media::Video);
    draft.share = strictest(descriptors);
    draft.opinions = opinions(descriptors);
    draft.status = Some(status(&draft.opinions));
    draft.into_content()
}

/// Tags are a plain list, or objects under `data`; both forms occur in both places.
fn tags(draft: &mut Draft, holder: &Json) {
    let Some(tags) = holder.get("tags") else { return };
    let listed = tags.as_array().map_or_else(|| field::items(tags, "data"), Vec::as_slice);
    for tag in listed {
        if let Some(text) = tag.as_str().or_else(|| tag.get("text").and_then(Json::as_str)) {
            draft.add_label(text);
        }
    }
}

/// The strictest rule for passing on. A word that nobody knows counts as stricter than all others.
fn strictest(descriptors: &[Json]) -> Option<String> {
    let levels = descriptors.iter().filter_map(|descriptor| field::short(descriptor, "share_level"));
    levels.max_by_key(|level| SHARE_LEVELS.iter().position(|known| known == level).unwrap_or(SHARE_LEVELS.len()))
}

/// What one member thinks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum View {
    Other,
    Against,
    Agree,
}

/// One opinion a member: of its own descriptor, else of its reaction to another one's. A descriptor without an owner counts for nothing.
fn opinions(descriptors: &[Json]) -> Opinions {
    let mut own: BTreeMap<String, (View, String)> = BTreeMap::new();
    let mut reacted: BTreeMap<String, View> = BTreeMap::new();
    for descriptor in descriptors {
        if let Some((id, name)) = owner(descriptor) {
            let view = match field::text(descriptor, "status").as_deref() {
                Some("MALICIOUS") => View::Agree,
                Some("NON_MALICIOUS") => View::Against,
                _ => View::Other,
            };
            own.insert(id, (view, name));
        }
        for reaction in reactions(descriptor) {
            let view = match field::text(reaction, "key").as_deref() {
                Some("HELPFUL") => View::Agree,
                Some("DISAGREE_WITH_TAGS") => View::Against,
                _ => View::Other,
            };
            let owners = field::text(reaction, "value").unwrap_or_default();
            for id in owners.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                let known = reacted.entry(id.to_owned()).or_insert(view);
                *known = view.max(*known);
            }
        }
    }
    let mut found = Opinions::default();
    let reactions = reacted.into_iter().filter(|(id, _)| !own.contains_key(id)).map(|(id, view)| (view, id)).collect::<Vec<_>>();
    for (view, name) in own.into_values().chain(reactions) {
        match view {
            View::Agree => found.agree.add(&name),
            View::Against => found.against.add(&name),
            View::Other => found.other.add(&name),
        }
    }
    found
}

/// Number and name of a descriptor's owner. An address for mail is never taken.
fn owner(descriptor: &Json) -> Option<(String, String)> {
    let owner = descriptor.get("owner")?;
    let id = field::text(owner, "id")?.into_owned();
    let name = field::text(owner, "name").map_or_else(|| id.clone(), |name| name.into_owned());
    Some((id, name))
}

/// Reactions are a plain list, or stand under `data`.
fn reactions(descriptor: &Json) -> &[Json] {
    match descriptor.get("reactions") {
        Some(Json::Array(listed)) => listed,
        Some(holder) => field::items(holder, "data"),
        None => &[],
    }
}

const fn status(opinions: &Opinions) -> Status {
    if opinions.against.count > 0 {
        Status::Disputed
    } else if opinions.agree.count > 0 {
        Status::Confirmed
    } else {
        Status::Suspected
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn counts(descriptors: Json) -> (u32, u32, u32) {
        let found = opinions(descriptors.as_array().unwrap());
        (found.agree.count, found.against.count, found.other.count)
    }

    #[test]
    fn an_own_descriptor_outweighs_a_reaction_and_helpful_wins_among_reactions() {
        let reaction = |key: &str, value: &str| json!({"key": key, "value": value});
        let descriptor = |owner: u32, status: &str, reactions: Json| json!({"owner": {"id": owner.to_string()}, "status": status, "reactions": reactions});
        let both = json!([reaction("DISAGREE_WITH_TAGS", "7, 8"), reaction("HELPFUL", "8,9")]);
        assert_eq!(counts(json!([descriptor(1, "UNKNOWN", both)])), (2, 1, 1), "8 and 9 for, 7 against, 1 other");
        let own =
            json!([descriptor(1, "NON_MALICIOUS", json!([])), descriptor(2, "MALICIOUS", json!({"data": [reaction("HELPFUL", "1")]}))]);
        assert_eq!(counts(own), (1, 1, 0), "1 said itself what it thinks");
        assert_eq!(counts(json!([{"status": "MALICIOUS"}])), (0, 0, 0), "an opinion of nobody");
    }

    #[test]
    fn the_strictest_rule_for_passing_on_holds() {
        let level = |levels: &[&str]| strictest(&levels.iter().map(|level| json!({"share_level": level})).collect::<Vec<_>>());
        assert_eq!(level(&["WHITE", "RED", "GREEN"]).as_deref(), Some("RED"), "the strictest");
        assert_eq!(level(&["RED", "NEW"]).as_deref(), Some("NEW"), "an unknown one is handled with care");
        assert_eq!(level(&[]), None, "none");
    }
}
