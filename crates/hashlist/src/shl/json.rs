//! JSON as a signed list may write it: an object may not name a key twice, and nesting has a limit.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Deepest nesting of one record.
const DEEPEST: usize = 64;

/// The object that a text is, or `None`: damaged, nested beyond 64, not an object, or with the same key twice in any object.
///
/// The usual reader keeps the last of two equal keys; two readers could then take the same signed bytes for two different entries.
pub(super) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict { levels_left: DEEPEST }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Strict {
    levels_left: usize,
}

impl Strict {
    fn below<E: Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { levels_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Map::new();
        while let Some(key) = items.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(A::Error::custom("a key twice"));
            }
            let value = items.next_value_seed(below)?;
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_refused_at_every_depth_and_equal_keys_apart_are_fine() {
        assert!(object(br#"{"a":1,"b":[{"a":2},{"a":3}]}"#).is_some(), "the same name in different objects");
        for text in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":2,"a":3}]}"#, r#"{"a":1,"\u0061":1}"#] {
            assert!(object(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn only_one_whole_object_is_taken() {
        for text in ["", " ", "[]", "null", "{}{}", "{", "{\"a\":1}x", "\u{feff}{}", "{\"a\":1e999}"] {
            assert!(object(text.as_bytes()).is_none(), "{text}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_none(), "not UTF-8");
        assert_eq!(object(br#" {"a":[null,true,-1,1.5,"x"]} "#).unwrap()["a"][3], 1.5, "every kind of value");
    }

    #[test]
    fn nesting_at_the_limit_is_read_and_one_beyond_is_not() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(object(nested(DEEPEST - 1).as_bytes()).is_some(), "64 levels, the object among them");
        assert!(object(nested(DEEPEST).as_bytes()).is_none(), "65 levels");
    }
}
