//! The layout of a `.ghx` file. Everything is little-endian; `docs/index.md` describes it for other readers.

use fingerprint::signal::SignalKind;

/// The first eight bytes. CR LF and the end-of-text sign show when a transfer changed line ends.
pub(super) const MAGIC: [u8; 8] = *b"GHX1\r\n\x1a\n";

/// Version of the layout. A file of another version is compiled again from the kept original.
pub const VERSION: u32 = 3;

/// Bytes of the head: magic, u32 version, u32 number of sections, u64 file length, 32 bytes SHA-256, u64 place of the sums of the pages.
///
/// The SHA-256 is over the first page without these 32 bytes, then everything from the sums of the pages on.
pub(super) const HEAD_BYTES: usize = 64;

/// Where in the head the SHA-256 lies.
pub(super) const DIGEST_AT: usize = 24;

/// Where in the head the place of the sums lies.
pub(super) const SUMS_AT: usize = 56;

/// Bytes of one row of the section table: u32 section, u32 bytes of a record, u64 offset, u64 count, u64 zero.
pub(super) const TABLE_ROW_BYTES: usize = 32;

/// Every section begins at a multiple of this: a cache line.
pub(super) const ALIGNMENT: usize = 64;

/// The unit of verification, in bytes: the page of most processors, which is what a first touch reads from the disk anyway.
///
/// Larger pages would make the first query read and hash more than it needs; smaller ones would make the sums, 8 bytes each, longer than 0.2 %.
pub(super) const PAGE_BYTES: usize = 4096;

/// Bytes of the sum of a page: the first eight of its SHA-256.
pub(super) const SUM_BYTES: usize = 8;

/// The exact kinds, in the order of their sections.
pub(super) const EXACT: [SignalKind; 3] = [SignalKind::Md5, SignalKind::Sha1, SignalKind::Sha256];

/// Most bands of a PDQ value; see [`super::plan`].
pub(super) const MOST_BANDS: usize = 16;

/// A part of the file. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Keys of an exact kind, ascending, without their leading bytes that the directory knows.
    Keys(SignalKind),
    /// u32 entry numbers, in the order of the keys of that kind.
    Numbers(SignalKind),
    /// u32 position of the first key of each group of equal leading bytes, and one behind the last.
    Directory(SignalKind),
    /// A Bloom filter in blocks of one cache line.
    Filter(SignalKind),
    /// Distinct PDQ values, sheared, ascending; the position is the slot.
    PdqValues,
    /// For each slot, in three bytes where that is enough, else in four: its entry; or, from the number of entries on, the place in
    /// [`Section::PdqShared`] of a list of entries.
    PdqSlots,
    /// u32 lists of entries: how many, then the numbers.
    PdqShared,
    /// The table of one band; of the first one, the directory of the values.
    Band(u8),
    /// Fixed-size rows, one an entry.
    Rows,
    /// Texts; see [`super::texts`].
    Text,
    /// u8 harm, u8 polarity of the list.
    List,
}

/// Number of sections.
pub(super) const SECTIONS: usize = 12 + 3 + MOST_BANDS + 3;

impl Section {
    /// Position in the table.
    pub(super) const fn position(self) -> usize {
        match self {
            Self::Keys(kind) => 4 * exact_position(kind),
            Self::Numbers(kind) => 4 * exact_position(kind) + 1,
            Self::Directory(kind) => 4 * exact_position(kind) + 2,
            Self::Filter(kind) => 4 * exact_position(kind) + 3,
            Self::PdqValues => 12,
            Self::PdqSlots => 13,
            Self::PdqShared => 14,
            Self::Band(band) => 15 + band as usize,
            Self::Rows => 15 + MOST_BANDS,
            Self::Text => 16 + MOST_BANDS,
            Self::List => 17 + MOST_BANDS,
        }
    }
}

/// Position of an exact kind in [`EXACT`]. PDQ has sections of its own and never comes here; it would find those of SHA-256.
const fn exact_position(kind: SignalKind) -> usize {
    match kind {
        SignalKind::Md5 => 0,
        SignalKind::Sha1 => 1,
        SignalKind::Sha256 | SignalKind::Pdq => 2,
    }
}

/// A u32 at a place, or `None` beyond the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A u64 at a place, or `None` beyond the end.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_the_order_of_the_file() {
        let exact = EXACT
            .into_iter()
            .flat_map(|kind| [Section::Keys(kind), Section::Numbers(kind), Section::Directory(kind), Section::Filter(kind)]);
        let bands = (0..MOST_BANDS as u8).map(Section::Band);
        let pdq = [Section::PdqValues, Section::PdqSlots, Section::PdqShared].into_iter().chain(bands);
        let all = exact.chain(pdq).chain([Section::Rows, Section::Text, Section::List]);
        let positions: Vec<usize> = all.map(Section::position).collect();
        assert_eq!(positions, (0..SECTIONS).collect::<Vec<_>>(), "each once");
        const { assert!(HEAD_BYTES + SECTIONS * TABLE_ROW_BYTES <= PAGE_BYTES, "head and table fit the first page") };
    }
}
