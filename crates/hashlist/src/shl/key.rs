//! Public keys of minisign: their text, their id, and the eight words by which people compare them.

use std::fmt;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// Bytes of a public key as minisign writes it: `Ed`, 8 bytes key id, 32 bytes Ed25519 key.
const BLOB: usize = 42;

/// The English word list of BIP-39 (bitcoin/bips, bip-0039, MIT licence): 2,048 words, no two of which share their first four letters.
const WORDS: &str = include_str!("words.txt");

/// A minisign public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; BLOB]);

impl PublicKey {
    /// The key of a text: the line of base64 alone, or a `minisign.pub` file, whose first line is a comment.
    ///
    /// `None` if it is no key of the algorithm `Ed`.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next()?;
        let line = if first.starts_with("untrusted comment:") { lines.next()? } else { first };
        if lines.next().is_some() {
            return None;
        }
        Self::from_blob(&BASE64.decode(line.as_bytes()).ok()?)
    }

    pub(super) fn from_blob(blob: &[u8]) -> Option<Self> {
        blob.try_into().ok().filter(|blob: &[u8; BLOB]| blob.starts_with(b"Ed")).map(Self)
    }

    /// The key id that stands in signatures by this key.
    pub(super) fn id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        id.copy_from_slice(&self.0[2..10]);
        id
    }

    /// The key id as minisign prints it: 16 hexadecimal digits. It is chosen by whoever made the key and proves nothing.
    pub fn key_id(&self) -> String {
        shown_id(self.id())
    }

    /// The key as eight words, to be compared over another channel.
    ///
    /// SHA-256 over the 42 bytes of the key, its first 88 bits, 11 bits a word, big-endian. To find a second key with the same words takes
    /// about 2^88 tries.
    pub fn words(&self) -> [&'static str; 8] {
        let digest = Sha256::digest(self.0);
        let bits = digest.iter().take(11).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut words = [""; 8];
        for (place, word) in (0..8u32).rev().zip(&mut words) {
            let number = (bits >> (place * 11)) & 0x7ff;
            *word = WORDS.lines().nth(number as usize).unwrap_or_default();
        }
        words
    }

    /// The content of a `minisign.pub` file.
    pub fn to_file(&self) -> String {
        format!("untrusted comment: minisign public key {}\n{self}\n", self.key_id())
    }

    /// This key in the type of the verifying library.
    pub(super) fn verifier(&self) -> Result<minisign_verify::PublicKey, Problem> {
        minisign_verify::PublicKey::from_base64(&self.to_string()).map_err(|_| Problem::BadSignature { why: "the key is damaged" })
    }
}

impl fmt::Display for PublicKey {
    /// The line of base64 that goes into `--key`, `index.json` and `next_key`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.key_id())
    }
}

/// A key id as minisign prints it: the eight bytes as one little-endian number.
pub(super) fn shown_id(id: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "RWSgsnraUEDnfpLGJmql3QyaxHj1gP54EXX5uNqkqmVoWCBhsl4btzmU";

    #[test]
    fn a_key_has_its_id_and_its_words() {
        let key = PublicKey::read(ONE).unwrap();
        assert_eq!(key.key_id(), "7EE74050DA7AB2A0", "as minisign prints it");
        assert_eq!(key.words().join(" "), "december earn above marine exile afraid idea range", "the words of the format's text");
        assert_eq!(PublicKey::read(&key.to_file()), Some(key), "the file reads back");
        assert_eq!(key.to_string(), ONE, "the text reads back");
    }

    #[test]
    fn the_word_list_is_the_published_one() {
        // The digest that the Bitcoin improvement proposals and many wallets publish for english.txt.
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(WORDS));
        assert_eq!(
            digest, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
            "one wrong word would make two people disagree"
        );
        assert_eq!(WORDS.lines().count(), 2048, "eleven bits a word");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let other_algorithm = ONE.replacen("RWS", "RUS", 1);
        for text in ["", "RWS", &other_algorithm, &format!("{ONE}\n{ONE}"), "untrusted comment: x\n", &ONE[..55], &format!("{ONE}A")] {
            assert_eq!(PublicKey::read(text), None, "{text}");
        }
    }
}
