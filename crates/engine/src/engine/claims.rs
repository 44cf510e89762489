//! Whether a hash that stands in a stored name is that of the content.

use crate::model::{ClaimedHash, Content};

/// Digits of a SHA-1 in base 36.
const BASE36_DIGITS: usize = 31;

/// Whether the claim is true.
pub fn agrees(hash: ClaimedHash, text: &str, content: &Content) -> bool {
    let text = text.to_ascii_lowercase();
    match hash {
        ClaimedHash::Md5 => text == content.md5.to_string(),
        ClaimedHash::Sha1 => text == content.sha1.to_string(),
        ClaimedHash::Sha256 => text == content.sha256.to_string(),
        ClaimedHash::Sha1Base36 => text == base36(content.sha1.as_bytes()),
    }
}

/// Bytes as a number in base 36, with leading zeros.
pub fn base36(bytes: &[u8]) -> String {
    let mut number = bytes.to_vec();
    let mut digits = Vec::new();
    while digits.len() < BASE36_DIGITS {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 36).unwrap_or(0);
            rest = value % 36;
        }
        digits.push(char::from_digit(rest, 36).unwrap_or('0'));
    }
    digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sha_1_is_written_in_base_36_as_media_wiki_does() {
        let sha1: Vec<u8> =
            (0..20).map(|n| u8::from_str_radix(&"a9993e364706816aba3e25717850c26c9cd0d89d"[2 * n..2 * n + 2], 16).expect("hex")).collect();
        assert_eq!(base36(&sha1), "jt72fo5t4yobf0qugwuczbwj07max7h", "the SHA-1 of abc");
        assert_eq!(base36(&[0; 20]), "0".repeat(31));
    }
}
