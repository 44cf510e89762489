//! The vocabulary of fingerprints: kinds, values, quality, distance, and the eight views of a picture.
//!
//! Text forms of hashes are not parsed here: lists write them in many encodings, and `hashlist::normalize` owns all of them.

use std::fmt;

/// The kinds of signal that this build computes and matches.
///
/// The wire names (`md5`, `sha1`, `sha256`, `pdq`) are part of the command-line contract and of the stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignalKind {
    /// MD5, 16 bytes. Can be forged on purpose.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes. The identity of a content.
    Sha256,
    /// PDQ, 256 bits, first byte first as the reference writes its hexadecimal form.
    Pdq,
}

impl SignalKind {
    /// Every kind, in the order in which reports list them.
    pub const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Pdq];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Pdq => "pdq",
        }
    }

    /// The kind with this wire name, or `None`.
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Length of a value of this kind in bytes.
    pub const fn byte_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 | Self::Pdq => 32,
        }
    }
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! digest_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Wraps the raw bytes, first byte first.
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The raw bytes, first byte first.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The value of exactly so many lower-case hexadecimal digits, or `None`.
            pub fn from_hex(text: &str) -> Option<Self> {
                let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
                let pairs = text.as_bytes().chunks(2);
                let bytes: Option<Vec<u8>> =
                    pairs.map(|pair| u8::try_from(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?).ok()).collect();
                Self::from_slice(&bytes?)
            }

            /// Takes exactly the right number of bytes, or `None`.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            /// Lower-case hexadecimal, first byte first.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

digest_type!(
    /// MD5 of a content.
    Md5, 16
);
digest_type!(
    /// SHA-1 of a content.
    Sha1, 20
);
digest_type!(
    /// SHA-256 of a content: its identity.
    Sha256, 32
);
digest_type!(
    /// A PDQ fingerprint: 256 bits, in the byte order of the reference's hexadecimal form.
    Pdq, 32
);

impl Pdq {
    /// Number of bits, 0 to 256, in which the two fingerprints differ.
    pub fn distance(&self, other: &Self) -> Distance {
        let differing: u32 = self.0.iter().zip(other.0.iter()).map(|(a, b)| (a ^ b).count_ones()).sum();
        Distance(differing as u16)
    }
}

/// Number of differing bits between two PDQ fingerprints, 0 to 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Distance(pub u16);

impl Distance {
    /// The largest distance that counts as near: 31 of 256 bits.
    ///
    /// Source: ThreatExchange, `pdq/README.md`, "Matching". Larger values raise unrelated pictures; smaller ones miss re-encoded copies.
    pub const NEAR_LIMIT: Self = Self(31);
}

/// PDQ quality, 0 to 100: how much structure the picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quality(u8);

impl Quality {
    /// Below this a signal is kept and never matched. Source: ThreatExchange, `pdq/README.md`, "discard 49 and below".
    pub const FLOOR: Self = Self(50);

    /// A quality of at most 100; larger numbers become 100.
    pub const fn new(value: u8) -> Self {
        Self(if value > 100 { 100 } else { value })
    }

    /// The number, 0 to 100.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether a signal of this quality may be matched.
    pub fn is_matchable(self) -> bool {
        self >= Self::FLOOR
    }
}

/// The eight views of a picture: the original, three turns, four mirrorings. The order is that of the PDQ reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// As stored.
    Original,
    /// Turned by a quarter.
    Rotate90,
    /// Turned by a half.
    Rotate180,
    /// Turned by three quarters.
    Rotate270,
    /// Mirrored, first form of the reference (`flipx`).
    FlipX,
    /// Mirrored, second form of the reference (`flipy`).
    FlipY,
    /// Mirrored along one diagonal (`flipplus1`).
    FlipPlus1,
    /// Mirrored along the other diagonal (`flipminus1`).
    FlipMinus1,
}

impl View {
    /// Every view, in the order of the reference; the position is also the stored number.
    pub const ALL: [Self; 8] =
        [Self::Original, Self::Rotate90, Self::Rotate180, Self::Rotate270, Self::FlipX, Self::FlipY, Self::FlipPlus1, Self::FlipMinus1];

    /// The stored number, 0 to 7.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The view with this stored number, or `None` above 7.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Rotate90 => "rotate_90",
            Self::Rotate180 => "rotate_180",
            Self::Rotate270 => "rotate_270",
            Self::FlipX => "flip_x",
            Self::FlipY => "flip_y",
            Self::FlipPlus1 => "flip_plus_1",
            Self::FlipMinus1 => "flip_minus_1",
        }
    }
}

/// How the samples of a picture became three bytes a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reading {
    /// As the tools read it that published lists are made with: transparency is dropped, and 16-bit grey ends at 255.
    Reference,
    /// As a browser shows it, where that is another picture: transparency over white, the high byte of 16-bit grey.
    Shown,
}

impl Reading {
    /// Both readings; the position is also the stored number.
    pub const ALL: [Self; 2] = [Self::Reference, Self::Shown];

    /// The stored number, 0 or 1.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The reading with this stored number, or `None`.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Shown => "shown",
        }
    }
}

/// Why the pixels of a content gave no usable fingerprint. Part of the closed list of `engine::model::Reason`, with the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unusable {
    /// More bytes than the pixel track takes.
    TooLarge,
    /// No decoder for this real type.
    UnsupportedFormat,
    /// Archive, PDF or office document.
    ContainerNotExamined,
    /// An encrypted container.
    Encrypted,
    /// More pixels, a longer side or more frames than the limits.
    PixelLimit,
    /// PDQ quality below the floor: kept, never matched.
    LowQualityHash,
    /// The decoder said no, or its answer was invalid.
    DecoderError,
    /// The worker died twice on this content.
    DecoderCrashed,
    /// Wall-clock or CPU limit.
    DecoderTimeout,
    /// The memory limit refused an allocation.
    DecoderMemory,
    /// The jail could not be set up, so nothing was decoded.
    SandboxUnavailable,
}

impl Unusable {
    /// Every value; the position is also the number in a reply frame.
    pub const ALL: [Self; 11] = [
        Self::TooLarge,
        Self::UnsupportedFormat,
        Self::ContainerNotExamined,
        Self::Encrypted,
        Self::PixelLimit,
        Self::LowQualityHash,
        Self::DecoderError,
        Self::DecoderCrashed,
        Self::DecoderTimeout,
        Self::DecoderMemory,
        Self::SandboxUnavailable,
    ];

    /// The wire name, lower_snake_case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::UnsupportedFormat => "unsupported_format",
            Self::ContainerNotExamined => "container_not_examined",
            Self::Encrypted => "encrypted",
            Self::PixelLimit => "pixel_limit",
            Self::LowQualityHash => "low_quality_hash",
            Self::DecoderError => "decoder_error",
            Self::DecoderCrashed => "decoder_crashed",
            Self::DecoderTimeout => "decoder_timeout",
            Self::DecoderMemory => "decoder_memory",
            Self::SandboxUnavailable => "sandbox_unavailable",
        }
    }
}
