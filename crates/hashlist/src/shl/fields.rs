//! Typed access to the keys of one JSON object, with the rule that was broken as the answer.

use serde_json::{Map, Value};

use super::moment;

/// The keys of one object.
pub(super) struct Fields<'json>(pub &'json Map<String, Value>);

/// Which rule is broken; becomes part of a sentence.
pub(super) type Rule = &'static str;

impl<'json> Fields<'json> {
    /// The value of a key, where it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'json Value> {
        self.0.get(key)
    }

    /// A text that must be there.
    pub(super) fn text(&self, key: &str, rule: Rule) -> Result<&'json str, Rule> {
        self.get(key).and_then(Value::as_str).ok_or(rule)
    }

    /// A text of so many characters that must be there.
    pub(super) fn text_of(&self, key: &str, lengths: std::ops::RangeInclusive<usize>, rule: Rule) -> Result<&'json str, Rule> {
        self.text(key, rule).and_then(|text| if lengths.contains(&text.chars().count()) { Ok(text) } else { Err(rule) })
    }

    /// A text of at most so many characters that may be missing.
    pub(super) fn optional_text(&self, key: &str, most: usize, rule: Rule) -> Result<Option<String>, Rule> {
        self.get(key).map(|_| self.text_of(key, 0..=most, rule).map(str::to_owned)).transpose()
    }

    /// A whole number from 0 to 2^53 - 1 that must be there.
    pub(super) fn number(&self, key: &str, rule: Rule) -> Result<u64, Rule> {
        self.get(key).and_then(Value::as_u64).filter(|number| *number <= super::LARGEST_SEQ).ok_or(rule)
    }

    /// A time that must be there.
    pub(super) fn time(&self, key: &str, rule: Rule) -> Result<i64, Rule> {
        self.text(key, rule).and_then(|text| moment::read(text).ok_or(rule))
    }

    /// A time that may be missing.
    pub(super) fn optional_time(&self, key: &str, rule: Rule) -> Result<Option<i64>, Rule> {
        self.get(key).map(|_| self.time(key, rule)).transpose()
    }

    /// Texts that must be there, in an array.
    pub(super) fn texts(&self, key: &str, rule: Rule) -> Result<Vec<&'json str>, Rule> {
        let items = self.get(key).and_then(Value::as_array).ok_or(rule)?;
        items.iter().map(|item| item.as_str().ok_or(rule)).collect()
    }
}

/// Whether a text may be a label: `[a-z0-9][a-z0-9_-]{0,31}`.
pub fn is_label(text: &str) -> bool {
    let rest_fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    begins_alphanumeric(text) && text.len() <= 32 && text.bytes().all(rest_fits)
}

/// Whether a text may begin the names of a list's files: `[a-z0-9][a-z0-9-]{0,39}`.
pub fn is_slug(text: &str) -> bool {
    let rest_fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    begins_alphanumeric(text) && text.len() <= 40 && text.bytes().all(rest_fits)
}

fn begins_alphanumeric(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// `[A-Za-z0-9._:-]{1,128}`
pub(super) fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(fits)
}

/// `urn:uuid:` and a lower-case UUID.
pub(super) fn is_list_id(text: &str) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    let groups: Vec<&str> = uuid.split('-').collect();
    groups.len() == GROUPS.len() && groups.iter().zip(GROUPS).all(|(group, length)| is_lower_hex(group, length))
}

/// So many lower-case hexadecimal digits.
pub(super) fn is_lower_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_at_their_limits_and_refused_beyond() {
        assert!(is_label(&"a".repeat(32)) && !is_label(&"a".repeat(33)), "32 characters");
        assert!(is_slug(&"a".repeat(40)) && !is_slug(&"a".repeat(41)), "40 characters");
        assert!(is_id(&"a".repeat(128)) && !is_id(&"a".repeat(129)), "128 characters");
        for bad in ["", "-a", "_a", "A", "a b", "é"] {
            assert!(!is_label(bad) && !is_slug(bad), "{bad:?}");
        }
        assert!(is_label("a_b") && !is_slug("a_b"), "an underscore is for labels only");
        for bad in ["", "a/b", "a b", "é", "a\n"] {
            assert!(!is_id(bad), "{bad:?}");
        }
        assert!(is_list_id("urn:uuid:6f0c1a52-0000-4000-8000-000000000001"), "a list id");
        for bad in [
            "6f0c1a52-0000-4000-8000-000000000001",
            "urn:uuid:6F0c1a52-0000-4000-8000-000000000001",
            "urn:uuid:",
            "urn:uuid:6f0c1a520000-4000-8000-000000000001",
        ] {
            assert!(!is_list_id(bad), "{bad}");
        }
    }
}
