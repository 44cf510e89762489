//! `misp_event` and `misp_feed`: attributes of MISP events. Each attribute is a record, those of objects too.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value as Json;

use super::super::Content;
use super::super::draft::{Draft, cut};
use super::super::lines::Lines;
use super::document::{Fields, Layout};
use super::scan::Scanner;
use super::{field, missing};
use crate::kinds::Kind;
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::SkipReason;
use crate::refusal::Refusal;

/// An event stands in the wrapper `Event`, or is the document itself.
pub(super) const LAYOUT: Layout = Layout {
    records: &["Event/Attribute", "Event/Object/Attribute", "Attribute", "Object/Attribute"],
    fields: &["Event/uuid", "Event/Orgc/name", "Event/Tag", "uuid", "Orgc/name", "Tag"],
};

/// Types of attribute whose value is a digest of a file that some build may match or keep.
const KEPT_TYPES: [&str; 6] = ["ssdeep", "tlsh", "vhash", "imphash", "authentihash", "cdhash"];

fn of_event<'fields>(fields: &'fields Fields, name: &str) -> Option<&'fields Json> {
    fields.get(format!("Event/{name}").as_str()).or_else(|| fields.get(name))
}

/// The event whose attributes the file holds.
pub(super) fn event_uuid(fields: &Fields) -> Option<String> {
    of_event(fields, "uuid").and_then(field::plain).map(|uuid| cut(&uuid, limits::LABEL_BYTES).to_owned())
}

pub(super) fn read(record: &Json, fields: &Fields) -> Content {
    let Some(kind) = field::text(record, "type") else { return missing("type") };
    let (kind, has_name) = kind.strip_prefix("filename|").map_or((&*kind, false), |hash| (hash, true));
    let Some(kind) = hash_kind(kind) else { return Content::Skipped(SkipReason::NotAFileHash) };
    let Some(uuid) = field::text(record, "uuid") else { return missing("uuid") };
    let withdrawn = field::truth(record, "deleted") == Some(true);
    if !withdrawn && field::truth(record, "to_ids") == Some(false) {
        return Content::Skipped(SkipReason::ToIdsFalse);
    }
    let mut draft = Draft {
        key: Some(uuid.into_owned()),
        updated: field::moment(record, "timestamp"),
        source: of_event(fields, "Orgc/name").and_then(Json::as_str).map(|name| cut(name.trim(), limits::LABEL_BYTES).to_owned()),
        group: event_uuid(fields),
        withdrawn,
        ..Draft::default()
    };
    if withdrawn {
        return draft.into_content();
    }
    let Some(value) = field::text(record, "value") else { return missing("value") };
    // The name of the file is never taken; a bar may stand in it, and in no hash.
    let hash = if has_name { value.rsplit_once('|').map_or(&*value, |(_, hash)| hash) } else { &value };
    draft.add_hash(Some(&kind), hash, Encoding::Any, None);
    tags(&mut draft, record.get("Tag"));
    tags(&mut draft, of_event(fields, "Tag"));
    draft.into_content()
}

/// The kind of a type of attribute; `None` for the many that speak of something else.
fn hash_kind(name: &str) -> Option<Kind> {
    let is_digest = matches!(name, "md5" | "sha1") || name.starts_with("sha2") || name.starts_with("sha3") || name.starts_with("sha5");
    if is_digest {
        return Kind::named(name);
    }
    KEPT_TYPES.contains(&name).then(|| field::kind(name))
}

fn tags(draft: &mut Draft, tags: Option<&Json>) {
    let listed = tags.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    listed.iter().filter_map(|tag| tag.get("name").and_then(Json::as_str)).for_each(|name| draft.add_label(name));
}

/// The events that the manifest of a feed names, by their uuid.
///
/// # Errors
/// `ends_early`, `damaged`, `too_deep`; `too_large` beyond [`limits::PAGES`] events.
pub(crate) fn feed_events<R: Read>(source: R) -> Result<BTreeSet<String>, Refusal> {
    let scanner = Scanner::new(Lines::new(source, limits::LINE_BYTES).into_source());
    let mut events = BTreeSet::new();
    super::document::keys(scanner, &mut |uuid| {
        events.insert(uuid.to_ascii_lowercase());
        if events.len() > limits::PAGES {
            return Err(Refusal::TooLarge { limit: format!("more than {} events", limits::PAGES) });
        }
        Ok(())
    })?;
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_hashes_are_known_and_others_are_not() {
        for (name, kind) in [("sha512/224", "sha512-224"), ("sha3-256", "sha3-256"), ("md5", "md5"), ("vhash", "vhash"), ("tlsh", "tlsh")] {
            assert_eq!(hash_kind(name).unwrap().name(), kind, "{name}");
        }
        for name in ["filename", "link", "ip-dst", "regkey|value", "pdq", "x509-fingerprint-sha1"] {
            assert_eq!(hash_kind(name), None, "{name}");
        }
    }

    #[test]
    fn a_manifest_names_its_events() {
        let events = feed_events(br#"{"A-1":{"info":"x"},"b":{}}"#.as_slice()).unwrap();
        assert_eq!(events.into_iter().collect::<Vec<_>>(), ["a-1", "b"], "in any case of letters");
        assert_eq!(feed_events(br#"{"a":{}"#.as_slice()).unwrap_err().code(), "ends_early", "a cut one");
    }
}
