//! What one line of a list means: its signals, its harm, its status. The words are the same on the wire, in the index and on screen.
//!
//! Nothing here reads a text form of a hash: that is [`crate::normalize`].

use std::fmt;

use fingerprint::signal::{Md5, Pdq, Quality, Sha1, Sha256, SignalKind};

pub use crate::opinions::{Opinions, Voices};

/// What a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Harm {
    /// Child sexual abuse material.
    Csam,
    /// Intimate images shared without consent.
    Ncii,
    /// Terrorist and violent extremist content.
    Tvec,
    /// Malicious programs.
    Malware,
    /// The operator's own rules.
    Local,
    /// The built-in practice pictures.
    Practice,
    /// A word that this build does not know. Handled like [`Harm::Csam`]: the careful mistake.
    Unknown,
}

impl Harm {
    /// Every harm, in the order of [`Harm::severity_rank`].
    pub const ALL: [Self; 7] = [Self::Csam, Self::Unknown, Self::Ncii, Self::Malware, Self::Tvec, Self::Local, Self::Practice];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csam => "csam",
            Self::Ncii => "ncii",
            Self::Tvec => "tvec",
            Self::Malware => "malware",
            Self::Local => "local",
            Self::Practice => "practice",
            Self::Unknown => "unknown",
        }
    }

    /// The harm with this wire name; white space and case are ignored, and every other word is [`Harm::Unknown`].
    pub fn from_wire(word: &str) -> Self {
        let word = word.trim();
        Self::ALL.into_iter().find(|harm| harm.as_str().eq_ignore_ascii_case(word)).unwrap_or(Self::Unknown)
    }

    /// Order of seriousness: 0 is the most serious. A case with several matches takes the smallest.
    pub const fn severity_rank(self) -> u8 {
        match self {
            Self::Csam => 0,
            Self::Unknown => 1,
            Self::Ncii => 2,
            Self::Malware => 3,
            Self::Tvec => 4,
            Self::Local => 5,
            Self::Practice => 6,
        }
    }

    /// Whether people in the pictures are to be protected from being looked at: `csam`, `unknown`, `ncii`.
    pub const fn is_protected(self) -> bool {
        matches!(self, Self::Csam | Self::Unknown | Self::Ncii)
    }

    /// Whether no rendition of a picture may ever exist: `csam` and `unknown` (Inv. 5).
    pub const fn never_shown(self) -> bool {
        matches!(self, Self::Csam | Self::Unknown)
    }
}

/// Whether a list warns or knows files to be harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// A match raises a case.
    Alert,
    /// A match never raises anything; it is shown beside other matches and hides none.
    Ignore,
}

impl Polarity {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Ignore => "ignore",
        }
    }

    /// The polarity with this wire name, or `None`: a mistake here would silence a list, so nothing is guessed.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::Alert, Self::Ignore].into_iter().find(|polarity| polarity.as_str() == word)
    }
}

/// How sure the publisher, or the operator, is of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Somebody reviewed it.
    Confirmed,
    /// Nobody reviewed it, as far as is known. Proposed for plain formats.
    #[default]
    Suspected,
    /// At least one member says that it is wrong. It still matches.
    Disputed,
    /// Never raises anything.
    Test,
}

impl Status {
    /// Every status; the position is the number in a compiled index.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::Suspected, Self::Disputed, Self::Test];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Suspected => "suspected",
            Self::Disputed => "disputed",
            Self::Test => "test",
        }
    }

    /// The status with this wire name, or `None`; white space and case are ignored.
    pub fn from_wire(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(word))
    }
}

/// What sort of file the publisher says an entry is. A hint and never a filter: a "video MD5" matches every content with that MD5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Media {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A text or office document.
    Document,
    /// Something else.
    Other,
}

impl Media {
    /// Every value; the position plus one is the number in a compiled index.
    pub const ALL: [Self; 5] = [Self::Image, Self::Video, Self::Audio, Self::Document, Self::Other];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Other => "other",
        }
    }

    /// The value with this wire name, or `None`.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.as_str() == word)
    }
}

/// One signal of an entry that this build can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignalValue {
    /// MD5 of a content.
    Md5(Md5),
    /// SHA-1 of a content.
    Sha1(Sha1),
    /// SHA-256 of a content.
    Sha256(Sha256),
    /// PDQ of a picture.
    Pdq(Pdq),
}

impl SignalValue {
    /// The value of this kind with these bytes, or `None` if the length is not that of the kind.
    pub fn from_bytes(kind: SignalKind, bytes: &[u8]) -> Option<Self> {
        match kind {
            SignalKind::Md5 => Md5::from_slice(bytes).map(Self::Md5),
            SignalKind::Sha1 => Sha1::from_slice(bytes).map(Self::Sha1),
            SignalKind::Sha256 => Sha256::from_slice(bytes).map(Self::Sha256),
            SignalKind::Pdq => Pdq::from_slice(bytes).map(Self::Pdq),
        }
    }

    /// The kind.
    pub const fn kind(&self) -> SignalKind {
        match self {
            Self::Md5(_) => SignalKind::Md5,
            Self::Sha1(_) => SignalKind::Sha1,
            Self::Sha256(_) => SignalKind::Sha256,
            Self::Pdq(_) => SignalKind::Pdq,
        }
    }

    /// The raw bytes, first byte first: 16, 20 or 32.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Md5(value) => value.as_bytes(),
            Self::Sha1(value) => value.as_bytes(),
            Self::Sha256(value) => value.as_bytes(),
            Self::Pdq(value) => value.as_bytes(),
        }
    }

    /// Place in the order in which a signal may name its entry: 0 is the strongest.
    pub(crate) const fn strength_rank(&self) -> u8 {
        match self {
            Self::Sha256(_) => 0,
            Self::Sha1(_) => 1,
            Self::Md5(_) => 2,
            Self::Pdq(_) => 3,
        }
    }
}

impl fmt::Display for SignalValue {
    /// The canonical text: lower-case hexadecimal. List signals are sensitive: this is for files under `lists/`, never for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = |byte: &u8| [byte >> 4, byte & 15].map(|nibble| char::from(DIGITS[usize::from(nibble)]));
        f.write_str(&self.as_bytes().iter().flat_map(digits).collect::<String>())
    }
}

/// Marks of an entry. Several can hold at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// Every signal is a never-alert seed, such as the hash of the empty file.
    pub never_alert: bool,
    /// The stated PDQ quality is below 50, so its PDQ signals are not matched.
    pub low_quality: bool,
    /// At least one signal is of a kind that this build keeps and does not match.
    pub kept_not_matched: bool,
    /// Its expiry lay in the past when it was imported; it raises no new cases.
    pub expired: bool,
    /// The publisher named no signal, only a reference to one.
    pub no_usable_signal: bool,
    /// Its category is none of those that the operator chose; it is kept and never matched.
    pub category_not_chosen: bool,
}

impl Flags {
    /// The flags as bits, in the order of the fields, lowest bit first.
    pub const fn bits(self) -> u8 {
        self.never_alert as u8
            | (self.low_quality as u8) << 1
            | (self.kept_not_matched as u8) << 2
            | (self.expired as u8) << 3
            | (self.no_usable_signal as u8) << 4
            | (self.category_not_chosen as u8) << 5
    }

    /// The flags from their bits, or `None` if an unknown bit is set.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits >> 6 != 0 {
            return None;
        }
        Some(Self {
            never_alert: bits & 1 != 0,
            low_quality: bits & 2 != 0,
            kept_not_matched: bits & 4 != 0,
            expired: bits & 8 != 0,
            no_usable_signal: bits & 16 != 0,
            category_not_chosen: bits & 32 != 0,
        })
    }

    /// The wire names of the flags that are set, in the order of the fields.
    pub fn names(self) -> Vec<&'static str> {
        let all = ["never_alert", "low_quality", "kept_not_matched", "expired", "no_usable_signal", "category_not_chosen"];
        all.into_iter().enumerate().filter(|(bit, _)| self.bits() >> bit & 1 == 1).map(|(_, name)| name).collect()
    }
}

/// One entry of a hash list, as one version of the list states it.
///
/// File names that a list carries beside a hash are not taken: they can name people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Our number in this list, from 1: it stays with the key across versions and is never given to another. 0 while none is given.
    pub number: u32,
    /// The publisher's own key, or `<kind>:<canonical text>` of the strongest signal. 1 to 512 bytes. May hold a signal: see [`shown_name`].
    pub key: String,
    /// The signals that this build can match, strongest first (sha256, sha1, md5, pdq), each once.
    pub signals: Vec<SignalValue>,
    /// Signals of kinds that this build only keeps: (kind, canonical text or text as published), each once, ordered.
    pub kept: Vec<(String, String)>,
    /// Stated quality of the PDQ signals.
    pub quality: Option<Quality>,
    /// Size of the content in bytes; if present, a content of another size does not match the exact signals.
    pub size: Option<u64>,
    /// What sort of file it is, as the publisher says.
    pub media: Option<Media>,
    /// The entry's own harm; `None` means that of the list.
    pub harm: Option<Harm>,
    /// How sure the publisher or the operator is.
    pub status: Status,
    /// Who vouches for it and who disputes it.
    pub opinions: Opinions,
    /// The publisher's rule for passing the entry on, such as `AMBER` or `members`.
    pub share: Option<String>,
    /// What the publisher files it under where a new copy replaces all of it at once, such as the event of MISP.
    pub group: Option<String>,
    /// The publisher's tags, classes and categories, unchanged, each at most 128 bytes.
    pub labels: Vec<String>,
    /// Who contributed it.
    pub source: Option<String>,
    /// Marks.
    pub flags: Flags,
    /// When the publisher added it, UTC milliseconds since 1970.
    pub added: Option<i64>,
    /// When the publisher last changed it, UTC milliseconds since 1970.
    pub updated: Option<i64>,
    /// Until when it holds, UTC milliseconds since 1970.
    pub expires: Option<i64>,
}

impl Entry {
    /// The signals that go into an index: none of a `test` entry or of a category that was not chosen, no never-alert seed, no PDQ of
    /// low quality.
    ///
    /// An expired entry stays in: its past matches stay explainable, and the engine raises no new case from it.
    pub fn matchable(&self) -> impl Iterator<Item = &SignalValue> {
        let low_quality = self.quality.is_some_and(|quality| !quality.is_matchable());
        let silent = self.status == Status::Test || self.flags.category_not_chosen;
        let is_silent =
            move |signal: &SignalValue| silent || crate::seeds::is_never_alert(signal) || (low_quality && signal.kind() == SignalKind::Pdq);
        self.signals.iter().filter(move |signal| !is_silent(signal))
    }

    /// The name of this entry outside `lists/`: see [`shown_name`].
    pub fn shown_name(&self, number: u32) -> String {
        shown_name(&self.key, number)
    }
}

/// The name of an entry outside `lists/` (ledger, screens, reports): the publisher's key, or `#<number>` where that key could hold a signal.
///
/// A key counts as holding a signal if 22 or more letters, digits, `+`, `/`, `_` or `=` stand in a row: 22 is the shortest text form
/// of the shortest hash (MD5 in base64), and a UUID has at most 12 in a row.
pub fn shown_name(key: &str, number: u32) -> String {
    if key_holds_signal(key) { format!("#{number}") } else { key.to_owned() }
}

/// Whether a key could hold a signal; the rule is that of [`shown_name`].
pub fn key_holds_signal(key: &str) -> bool {
    const SHORTEST_HASH_TEXT: usize = 22;
    let is_hash_text = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'=');
    key.as_bytes().split(|byte| !is_hash_text(*byte)).any(|run| run.len() >= SHORTEST_HASH_TEXT)
}

/// Whether a key is `<kind>:<digits>` of this signal and nothing else.
pub(crate) fn is_key_of(key: &str, signal: &SignalValue) -> bool {
    let digits = key.strip_prefix(signal.kind().as_str()).and_then(|rest| rest.strip_prefix(':'));
    digits.is_some_and(|digits| digits.len() == 2 * signal.as_bytes().len() && digits == signal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_words_read_back_and_unknown_harm_is_the_careful_one() {
        for harm in Harm::ALL {
            assert_eq!(Harm::from_wire(harm.as_str()), harm, "a wire name reads back");
        }
        assert_eq!(Harm::from_wire("something new"), Harm::Unknown, "a new word is handled with care");
        assert!(Harm::Unknown.never_shown() && Harm::Unknown.is_protected(), "unknown is handled like csam");
        assert!(Harm::Ncii.is_protected() && !Harm::Ncii.never_shown(), "ncii is protected and may be shown on purpose");
        assert_eq!(Status::from_wire(" Confirmed "), Some(Status::Confirmed), "case and white space do not matter");
        assert_eq!(Polarity::from_wire("maybe"), None, "a polarity is never guessed");
    }

    #[test]
    fn severity_is_the_stated_order() {
        let ranks: Vec<u8> = Harm::ALL.iter().map(|harm| harm.severity_rank()).collect();
        assert_eq!(ranks, [0, 1, 2, 3, 4, 5, 6], "csam, unknown, ncii, malware, tvec, local, practice");
    }

    #[test]
    fn flags_survive_their_bits_and_unknown_bits_are_refused() {
        for bits in 0..=255u8 {
            let read = Flags::from_bits(bits);
            assert_eq!(read.map(Flags::bits), (bits < 64).then_some(bits), "bits {bits}");
        }
    }

    #[test]
    fn a_key_with_a_hash_in_it_is_not_shown() {
        for key in ["md5:900150983cd24fb0d6963f7d28e17f72", "kAFQmDzST7DWlj99KOF/cg", "x-pdq/f8f8f0cee0f4a84f06370a22038f63f0b36e2ed5"] {
            assert_eq!(shown_name(key, 412), "#412", "a signal never leaves lists/");
        }
        for key in ["17", "42-image1", "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "Test.Abc-1"] {
            assert_eq!(shown_name(key, 412), key, "a key without a signal is the better name");
        }
    }
}
