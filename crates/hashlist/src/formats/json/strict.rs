//! One value as a tree. An object with the same key twice is refused: two readers would read two different records.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use crate::outcome::{RejectReason, Rejection};

/// The tree of one value.
///
/// # Errors
/// `bad_record` if it is no JSON or names a key twice. Nothing of the text is repeated.
pub(super) fn tree(bytes: &[u8]) -> Result<Json, Rejection> {
    let found: Result<Strict, _> = serde_json::from_slice(bytes);
    found.map(|Strict(json)| json).map_err(|error| {
        let twice = error.to_string().starts_with(TWICE);
        Rejection::new(RejectReason::BadRecord, if twice { TWICE } else { "not JSON" })
    })
}

const TWICE: &str = "a key stands twice";

struct Strict(Json);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree).map(Self)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut found = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            found.push(item);
        }
        Ok(Json::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Json, A::Error> {
        let mut found = Map::new();
        while let Some((key, Strict(value))) = pairs.next_entry::<String, Strict>()? {
            if found.insert(key, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Json::Object(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_that_of_serde_unless_a_key_stands_twice() {
        let text = r#"{"a":[1,-2,1.5,null,true,"é"],"b":{"a":1}}"#;
        assert_eq!(tree(text.as_bytes()).unwrap(), serde_json::from_str::<Json>(text).unwrap(), "the same tree");
        let detail = |text: &str| tree(text.as_bytes()).unwrap_err().detail;
        assert_eq!(detail(r#"{"x":{"a":1,"b":2,"a":3}}"#), TWICE, "at any depth");
        assert_eq!(detail(r#"{"secret":}"#), "not JSON", "nothing of the text is repeated");
    }
}
