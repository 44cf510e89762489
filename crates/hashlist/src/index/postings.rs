//! The record of one group in the table of a band, written by [`super::bands`] and read by [`super::tables`].
//!
//! All that a query may need of a group lies together, because each further place in memory costs more than comparing a hundred tags:
//!
//! - the u16 tag of each posting, in the order of slots
//! - the u16 low half of each slot
//! - with more than 65,536 values, bits for the high halves: for each slot page a one for each posting, then a zero (lowest bit first)
//!
//! filled up to a whole unit. So the length of a record gives the number of its postings.

use super::layout::ALIGNMENT;

/// Directories count in units of two bytes.
pub(super) const UNIT: usize = 2;

/// Bytes behind the last record, so that tags can be compared 32 at a time, and bits read 64 at a time, without a border.
pub(super) const MARGIN: usize = 64;

/// How many pages of 65,536 slots an index with this many values has.
pub(super) const fn slot_pages(values: usize) -> usize {
    values.div_ceil(1 << 16)
}

/// Where the bits begin in a record of this many postings.
pub(super) const fn bits_at(postings: usize) -> usize {
    postings * 4
}

/// Bytes of a record.
pub(super) const fn record_bytes(postings: usize, pages: usize) -> usize {
    let bits = if postings == 0 || pages <= 1 { 0 } else { postings + pages };
    (bits_at(postings) + bits.div_ceil(8)).next_multiple_of(UNIT)
}

/// Postings in a record of this many bytes.
#[inline(always)]
pub(super) const fn postings_in(bytes: usize, pages: usize) -> usize {
    // 33 bits a posting, less than 16 of filling.
    if pages <= 1 { bytes / 4 } else { (bytes * 8).saturating_sub(pages) / 33 }
}

/// Where the records begin behind a directory of this many groups.
pub(super) const fn records_at(groups: usize) -> usize {
    ((groups + 1) * 4).next_multiple_of(ALIGNMENT)
}

/// Reads the slots of one group, in ascending order of postings.
pub(super) struct SlotReader {
    /// Bytes of the record that were read.
    read: usize,
    /// Bits of the last word that were not yet counted.
    word: u64,
    /// Ones before that word.
    ones: usize,
    /// Bits before that word.
    before: usize,
}

impl SlotReader {
    /// A reader that stands before the first posting.
    pub(super) fn new() -> Self {
        Self { read: 0, word: 0, ones: 0, before: 0 }
    }

    /// The slot page of a posting; `None` if the bits hold no such posting. `word_at` gives the next 64 bits from a byte of the bits on.
    #[inline(always)]
    pub(super) fn page(&mut self, posting: usize, end: usize, word_at: impl Fn(usize) -> Option<u64>) -> Option<usize> {
        loop {
            let ones = self.word.count_ones() as usize;
            if self.ones + ones > posting {
                let bit = self.before + nth_one(self.word, posting - self.ones) as usize;
                return Some(bit.saturating_sub(posting));
            }
            if self.read >= end {
                return None;
            }
            self.ones += ones;
            self.before = self.read * 8;
            self.word = word_at(self.read)?;
            self.read += 8;
        }
    }
}

/// Place of the one with this number, from 0, in a word that has more ones than that.
#[inline(always)]
fn nth_one(mut word: u64, number: usize) -> u32 {
    for _ in 0..number {
        word &= word - 1;
    }
    word.trailing_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_record_gives_its_postings() {
        for pages in [1, 2, 15, 16, 153, 1000, 32_768] {
            for postings in (0..2000).chain([65_535, 65_536, 1_000_000]) {
                let bytes = record_bytes(postings, pages);
                assert_eq!(postings_in(bytes, pages), postings, "{pages} pages");
                assert!(bytes.is_multiple_of(UNIT), "whole units");
            }
        }
    }
}
