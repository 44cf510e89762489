//! The kinds of signal that lists name, and the many names they go by.
//!
//! Four kinds are matched ([`fingerprint::signal::SignalKind`]). The others are kept with the entry, counted and shown, so that a later
//! build can match them from the stored original.

use fingerprint::signal::SignalKind;

/// A kind as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Computed and matched by this build.
    Matched(SignalKind),
    /// A digest of fixed length that is only kept.
    Fixed {
        /// Canonical name, such as `sha512-256`.
        name: String,
        /// Length in bytes.
        bytes: usize,
    },
    /// A TLSH digest: `T1` and 70 hexadecimal digits; kept.
    Tlsh,
    /// The frames of a video, as JSON; kept.
    Vpdq,
    /// A kind whose text is kept as the list writes it.
    AsGiven(String),
}

impl Kind {
    /// The canonical name, lower case.
    pub fn name(&self) -> &str {
        match self {
            Self::Matched(kind) => kind.as_str(),
            Self::Fixed { name, .. } | Self::AsGiven(name) => name,
            Self::Tlsh => "tlsh",
            Self::Vpdq => "vpdq",
        }
    }

    /// The kind that a field, column, tag or type names, or `None`. Only letters and digits of the name count; case does not.
    pub fn named(name: &str) -> Option<Self> {
        let name = squash(name);
        let matched = match name.as_str() {
            "md5" | "videomd5" | "hashmd5" | "hashvideomd5" | "v1hash" | "v3hash" | "v4hash" => Some(SignalKind::Md5),
            "sha1" | "hashsha1" => Some(SignalKind::Sha1),
            "sha256" | "sha2256" | "hashsha256" | "videosha256" | "hashvideosha256" => Some(SignalKind::Sha256),
            "pdq" | "pdqhash" | "imagepdq" | "hashpdq" | "xpdq" => Some(SignalKind::Pdq),
            _ => None,
        };
        if let Some(kind) = matched {
            return Some(Self::Matched(kind));
        }
        match name.as_str() {
            "tlsh" | "texttlsh" | "tlshpdf" | "hashtexttlsh" => Some(Self::Tlsh),
            "vpdq" => Some(Self::Vpdq),
            "phash" | "dhash" | "ahash" | "whash" | "colorhash" => Some(Self::AsGiven(name)),
            "tmk" | "tmkpdqf" | "netclean" | "videntifier" | "ssdeep" | "imphash" => Some(Self::AsGiven(name)),
            _ => fixed(&name),
        }
    }

    /// The kind that a tag of a checksum line names. A tag that nobody knows is kept under its own name, lower case.
    pub fn of_tag(tag: &str) -> Self {
        Self::named(tag).unwrap_or_else(|| Self::AsGiven(tag.to_ascii_lowercase()))
    }
}

/// Whether a type or column name says that the entry is a video (`video_md5`, `HASH_VIDEO_SHA256`).
pub(crate) fn names_video(name: &str) -> bool {
    let name = squash(name);
    name.starts_with("video") || name.starts_with("hashvideo") || name == "vpdq"
}

/// Letters and digits of a name, lower case.
pub(crate) fn squash(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}

/// Digests of fixed length that are only kept: squashed name, canonical name, bytes.
const FIXED: [(&str, &str, usize); 15] = [
    ("sha224", "sha224", 28),
    ("sha384", "sha384", 48),
    ("sha512", "sha512", 64),
    ("sha512224", "sha512-224", 28),
    ("sha512256", "sha512-256", 32),
    ("sha3224", "sha3-224", 28),
    ("sha3256", "sha3-256", 32),
    ("sha3384", "sha3-384", 48),
    ("sha3512", "sha3-512", 64),
    ("blake2b", "blake2b", 64),
    ("tiger", "tiger", 24),
    ("whirlpool", "whirlpool", 64),
    ("rmd160", "rmd160", 20),
    ("photodna", "photodna", 144),
    ("pdna", "photodna", 144),
];

fn fixed(squashed: &str) -> Option<Kind> {
    if let Some((_, name, bytes)) = FIXED.iter().find(|(known, ..)| *known == squashed) {
        return Some(Kind::Fixed { name: (*name).to_owned(), bytes: *bytes });
    }
    // `BLAKE2b-256` of cksum: any number of bits that is whole bytes.
    let bits: usize = squashed.strip_prefix("blake2b")?.parse().ok()?;
    let whole_bytes = bits.is_multiple_of(8) && (8..=512).contains(&bits);
    whole_bytes.then(|| Kind::Fixed { name: format!("blake2b-{bits}"), bytes: bits / 8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_letters_and_digits_only() {
        for (name, kind) in
            [("SHA-256", "sha256"), ("sha2_256", "sha256"), ("HASH_VIDEO_MD5", "md5"), ("ImagePDQ", "pdq"), ("x_pdq", "pdq")]
        {
            assert_eq!(Kind::named(name).unwrap().name(), kind, "{name}");
        }
        for (name, kind) in [("SHA512/256", "sha512-256"), ("BLAKE2b-256", "blake2b-256"), ("PhotoDNA", "photodna"), ("text_tlsh", "tlsh")]
        {
            assert_eq!(Kind::named(name).unwrap().name(), kind, "{name}");
        }
        assert_eq!(Kind::named("CRC32"), None, "a checksum of 32 bits is no signal");
        assert_eq!(Kind::named("blake2b-7"), None, "not whole bytes");
        assert_eq!(Kind::of_tag("SM3").name(), "sm3", "an unknown tag is kept under its name");
    }
}
