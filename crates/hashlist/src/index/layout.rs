//! The layout of a `.ghx` file. Everything is little-endian; `docs/list-formats.md` describes it for other readers.

use fingerprint::signal::SignalKind;

/// The first eight bytes. CR LF and the end-of-text sign show when a transfer changed line ends.
pub(super) const MAGIC: [u8; 8] = *b"GHX1\r\n\x1a\n";

/// Version of the layout. A file of another version is compiled again from the kept original.
pub const VERSION: u32 = 1;

/// Bytes of the head: magic, u32 version, u32 number of sections, u64 file length, 32 bytes SHA-256 of all that follows the head, zeros.
pub(super) const HEAD_BYTES: usize = 64;

/// Bytes of one row of the section table: u32 section, u32 record bytes, u64 offset, u64 count, u64 zero.
pub(super) const TABLE_ROW_BYTES: usize = 32;

/// Every section begins at a multiple of this: a cache line.
pub(super) const ALIGNMENT: usize = 64;

/// A part of the file. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Keys of a kind, back to back; sorted for the exact kinds, in order of entries for PDQ.
    Keys(SignalKind),
    /// u32 entry numbers, in the order of the keys of that kind.
    Numbers(SignalKind),
    /// Fixed-size rows, one an entry.
    Entries,
    /// Texts, each with its u32 length in front.
    Text,
    /// u8 harm, u8 polarity of the list.
    List,
}

impl Section {
    /// Every section, in the order of the file.
    pub(super) const ALL: [Self; 11] = [
        Self::Keys(SignalKind::Md5),
        Self::Numbers(SignalKind::Md5),
        Self::Keys(SignalKind::Sha1),
        Self::Numbers(SignalKind::Sha1),
        Self::Keys(SignalKind::Sha256),
        Self::Numbers(SignalKind::Sha256),
        Self::Keys(SignalKind::Pdq),
        Self::Numbers(SignalKind::Pdq),
        Self::Entries,
        Self::Text,
        Self::List,
    ];

    /// The stored number: the position in [`Section::ALL`], from 1.
    pub(super) fn number(self) -> u32 {
        Self::ALL.iter().zip(1..).find(|(section, _)| **section == self).map_or(0, |(_, number)| number)
    }

    /// Bytes of one record.
    pub(super) const fn record_bytes(self) -> usize {
        match self {
            Self::Keys(kind) => kind.byte_len(),
            Self::Numbers(_) => 4,
            Self::Entries => ROW_BYTES,
            Self::Text => 1,
            Self::List => 2,
        }
    }
}

/// Bytes of the row of one entry.
pub(super) const ROW_BYTES: usize = 88;

/// Where the fields of a row lie, in bytes from its beginning.
pub(super) mod row {
    /// u64 offset of the key in the texts.
    pub const KEY: usize = 0;
    /// u64 offset of the labels in the texts: a u32 number of labels, then the labels.
    pub const LABELS: usize = 8;
    /// u64 offset of the source in the texts.
    pub const SOURCE: usize = 16;
    /// u64 size in bytes.
    pub const SIZE: usize = 24;
    /// i64 UTC milliseconds.
    pub const ADDED: usize = 32;
    /// i64 UTC milliseconds.
    pub const UPDATED: usize = 40;
    /// i64 UTC milliseconds.
    pub const EXPIRES: usize = 48;
    /// u8 position in `Status::ALL`.
    pub const STATUS: usize = 56;
    /// u8 position in `Harm::ALL` plus one; 0 is the harm of the list.
    pub const HARM: usize = 57;
    /// u8 position in `Media::ALL` plus one; 0 is none.
    pub const MEDIA: usize = 58;
    /// u8 bits of the flags.
    pub const FLAGS: usize = 59;
    /// u8 quality plus one; 0 is none.
    pub const QUALITY: usize = 60;
    /// u8 bits: which of size, added, updated, expires, source are there. Two zero bytes follow.
    pub const PRESENT: usize = 61;
    /// 16 bytes digest of the entry, then eight zero bytes.
    pub const DIGEST: usize = 64;

    /// Bits of `PRESENT`.
    pub const HAS_SIZE: u8 = 1;
    /// Bits of `PRESENT`.
    pub const HAS_ADDED: u8 = 2;
    /// Bits of `PRESENT`.
    pub const HAS_UPDATED: u8 = 4;
    /// Bits of `PRESENT`.
    pub const HAS_EXPIRES: u8 = 8;
    /// Bits of `PRESENT`.
    pub const HAS_SOURCE: u8 = 16;
}
