//! The never-alert seeds: values that stand in real lists and match half the world, such as the hash of the empty file.
//!
//! They are part of the program and cannot be edited; every list passes through them before anything is shown. An entry that holds
//! nothing else is kept and marked.

use fingerprint::signal::SignalKind;

use crate::entry::SignalValue;

/// Fewest bits set in a PDQ value that may match. Below lie near-constant pictures, which are near to each other whatever they show.
///
/// Smaller lets such pictures match each other; larger loses real, very dark or very bright pictures.
const PDQ_FEWEST_BITS: u32 = 32;

/// Most bits set in a PDQ value that may match; the mirror image of [`PDQ_FEWEST_BITS`].
const PDQ_MOST_BITS: u32 = 224;

/// Digests of the empty input, by kind. A test computes those that this crate's libraries can compute.
const OF_NOTHING: [(&str, &str); 6] = [
    ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
    ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("sha224", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"),
    ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("sha384", "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"),
    (
        "sha512",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    ),
];

/// MD5, SHA-1 and SHA-256 of the empty input as bytes, so that the common case compares without formatting.
const MD5_OF_NOTHING: [u8; 16] = [0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04, 0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e];
const SHA1_OF_NOTHING: [u8; 20] =
    [0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09];
const SHA256_OF_NOTHING: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
    0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Whether a signal may never raise anything, whoever lists it.
///
/// The digest of the empty input, all bytes 00, all bytes FF, and PDQ values with fewer than 32 or more than 224 bits set.
/// Source: poison entries seen in published NSRL and iLook samples and in issue 1609 of the ThreatExchange project.
pub fn is_never_alert(signal: &SignalValue) -> bool {
    let bytes = signal.as_bytes();
    if is_constant(bytes) {
        return true;
    }
    match signal.kind() {
        SignalKind::Md5 => bytes == MD5_OF_NOTHING,
        SignalKind::Sha1 => bytes == SHA1_OF_NOTHING,
        SignalKind::Sha256 => bytes == SHA256_OF_NOTHING,
        SignalKind::Pdq => !(PDQ_FEWEST_BITS..=PDQ_MOST_BITS).contains(&bits_set(bytes)),
    }
}

/// Whether a value of a kind that is only kept is a seed; `text` is its canonical text. Only kinds of fixed length have seeds.
pub(crate) fn is_never_alert_kept(kind: &str, text: &str) -> bool {
    if OF_NOTHING.iter().any(|(seed_kind, seed)| *seed_kind == kind && *seed == text) {
        return true;
    }
    let digits = if kind == "tlsh" { text.strip_prefix("T1").unwrap_or(text) } else { text };
    let long_enough = digits.len() >= 32;
    long_enough && (digits.bytes().all(|digit| digit == b'0') || digits.bytes().all(|digit| digit.eq_ignore_ascii_case(&b'f')))
}

/// Number of bits set.
pub(crate) fn bits_set(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| byte.count_ones()).sum()
}

fn is_constant(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0x00) || bytes.iter().all(|byte| *byte == 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_seeds_are_the_digests_of_nothing() {
        let table: std::collections::BTreeMap<_, _> = OF_NOTHING.into_iter().collect();
        assert_eq!(table["sha224"], hex(&sha2::Sha224::digest([])), "SHA-224 of nothing");
        assert_eq!(table["sha256"], hex(&sha2::Sha256::digest([])), "SHA-256 of nothing");
        assert_eq!(table["sha384"], hex(&sha2::Sha384::digest([])), "SHA-384 of nothing");
        assert_eq!(table["sha512"], hex(&sha2::Sha512::digest([])), "SHA-512 of nothing");
        assert_eq!(table["md5"], hex(&md5::Md5::digest([])), "MD5 of nothing");
        assert_eq!(table["sha1"], hex(&sha1::Sha1::digest([])), "SHA-1 of nothing");
        assert_eq!(table["md5"], hex(&MD5_OF_NOTHING), "the bytes agree with the text");
        assert_eq!(table["sha1"], hex(&SHA1_OF_NOTHING), "the bytes agree with the text");
        assert_eq!(table["sha256"], hex(&SHA256_OF_NOTHING), "the bytes agree with the text");
    }

    #[test]
    fn near_constant_pictures_never_alert_and_the_bounds_are_inclusive() {
        let pdq_with = |bits: usize| {
            let mut bytes = [0u8; 32];
            (0..bits).for_each(|bit| bytes[bit / 8] |= 1 << (bit % 8));
            SignalValue::from_bytes(SignalKind::Pdq, &bytes).unwrap()
        };
        for (bits, never) in [(0, true), (31, true), (32, false), (128, false), (224, false), (225, true), (256, true)] {
            assert_eq!(is_never_alert(&pdq_with(bits)), never, "{bits} bits set");
        }
    }

    #[test]
    fn constant_values_and_kept_kinds_have_seeds_too() {
        for kind in SignalKind::ALL {
            for byte in [0x00, 0xff] {
                let value = SignalValue::from_bytes(kind, &vec![byte; kind.byte_len()]).unwrap();
                assert!(is_never_alert(&value), "{kind} of {byte:02x} only");
            }
        }
        assert!(is_never_alert_kept("tlsh", &format!("T1{}", "0".repeat(70))), "an all-zero TLSH");
        assert!(is_never_alert_kept("sha512", OF_NOTHING[5].1), "SHA-512 of nothing");
        assert!(!is_never_alert_kept("phash", "0"), "a short text of an unknown length is no seed");
    }
}
