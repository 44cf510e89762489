//! Fields of a record, in the several forms in which exchanges write the same thing. A missing or unusable optional field is absent.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::super::draft::{Draft, cut};
use super::super::time;
use crate::kinds::Kind;
use crate::limits;

/// A text, or a number as text.
pub(super) fn text<'json>(record: &'json Json, key: &str) -> Option<Cow<'json, str>> {
    plain(record.get(key)?)
}

/// The text of a value that is a text or a number; white space around is gone, and an empty text is none.
pub(super) fn plain(value: &Json) -> Option<Cow<'_, str>> {
    match value {
        Json::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed),
        Json::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A truth, also as the text or the number that some writers put there.
pub(super) fn truth(record: &Json, key: &str) -> Option<bool> {
    let value = record.get(key)?;
    value.as_bool().or_else(|| match plain(value)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

/// A whole number, also as text.
pub(super) fn number<N: std::str::FromStr>(record: &Json, key: &str) -> Option<N> {
    text(record, key)?.parse().ok()
}

/// A time in any of the accepted forms, UTC milliseconds since 1970.
pub(super) fn moment(record: &Json, key: &str) -> Option<i64> {
    time::millis(&text(record, key)?)
}

/// The items of an array; none for anything else.
pub(super) fn items<'json>(record: &'json Json, key: &str) -> &'json [Json] {
    record.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// A text for a person, at most 128 bytes long.
pub(super) fn short(record: &Json, key: &str) -> Option<String> {
    text(record, key).map(|text| cut(&text, limits::LABEL_BYTES).to_owned())
}

/// Adds every text of an array, or the one text, as a label.
pub(super) fn labels(draft: &mut Draft, record: &Json, key: &str) {
    match record.get(key) {
        Some(Json::Array(labels)) => labels.iter().filter_map(Json::as_str).for_each(|label| draft.add_label(label)),
        Some(Json::String(label)) => draft.add_label(label),
        _ => {}
    }
}

/// The kind that a publisher's type field names; an unknown one is kept under the publisher's name.
pub(super) fn kind(name: &str) -> Kind {
    Kind::named(name).unwrap_or_else(|| {
        let plain: String = name.chars().filter(|character| !character.is_control()).collect();
        Kind::AsGiven(cut(plain.trim(), limits::KIND_BYTES).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_thing_is_read_in_all_its_forms() {
        let record = json!({"a": "true", "b": 0, "c": true, "d": "maybe", "n": "3", "m": 4, "t": " x ", "e": " ", "o": {}});
        let truths: Vec<_> = ["a", "b", "c", "d", "x"].map(|key| truth(&record, key)).to_vec();
        assert_eq!(truths, [Some(true), Some(false), Some(true), None, None], "text, number, truth, neither, missing");
        assert_eq!(
            (number(&record, "n"), number::<u64>(&record, "m"), number::<u64>(&record, "t")),
            (Some(3u64), Some(4), None),
            "numbers"
        );
        assert_eq!((text(&record, "t").as_deref(), text(&record, "e"), text(&record, "o")), (Some("x"), None, None), "texts");
    }
}
