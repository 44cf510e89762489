//! Reading the tables of the bands: from a query to the groups that can hold a neighbour, to the postings whose tags are near, to their slots.
//!
//! What a query needs lies all over memory, and a processor fetches from twenty places in the time of two if nothing that it must decide depends on
//! what it fetches. So every step first touches all that it will need, in a loop without a branch on what was read, and then looks at it.

use std::hint::black_box;
use std::ops::Range;

use fearless_simd::Simd;

use super::layout::{Section, u32_at, u64_at};
use super::open::{Index, Place};
use super::pages::Damaged;
use super::plan::{Band, Reach, Ring, VALUE_BYTES, flips};
use super::postings::{SlotReader, UNIT, bits_at, postings_in, records_at, slot_pages};
use super::tags::{BLOCK, near_tags};

/// The record of one group that can hold neighbours of a query.
pub(super) struct Group {
    /// The section of the band.
    place: Place,
    /// Where its record begins and ends in the section.
    start: usize,
    end: usize,
    /// How many postings it has.
    pub(super) postings: usize,
    /// The tag of the query.
    tag: u16,
    /// Most differing bits of a tag.
    most: u32,
}

/// A posting whose tag is near.
pub(super) struct Found {
    /// Number of the group among those of the query.
    group: u32,
    /// Number of the posting in the group.
    posting: u32,
}

/// Bytes from one touched place to the next: a pair of cache lines, which processors fetch together.
const LINES_TOUCHED: usize = 128;

/// Places that are touched in one group; what follows them is fetched by the processor's own foresight.
const MOST_TOUCHED: usize = 3;

/// Room for the groups of a query: sixteen bits to flip and none, in fifteen bands.
const MOST_GROUPS: usize = 256;

impl<B: AsRef<[u8]>> Index<B> {
    /// The groups of all bands but the first that can hold a neighbour; some may be empty.
    #[inline(always)]
    pub(super) fn groups(&self, bands: &[Band], reaches: &[Reach], ring: &Ring) -> Result<Vec<Group>, Damaged> {
        let pages = slot_pages(self.values());
        let mut groups = Vec::with_capacity(MOST_GROUPS);
        for (position, (band, reach)) in (1u8..).zip(bands.iter().zip(reaches)) {
            let (place, own, tag) = (self.place(Section::Band(position)), ring.group(band), ring.tag(band));
            let records = records_at(1 << band.prefix_bits);
            for flips in flips(*reach, band) {
                let Range { start, end } = self.directory(place, own ^ flips)?;
                let (start, end) = (records + start * UNIT, records + end * UNIT);
                let postings = postings_in(end.saturating_sub(start), pages);
                groups.push(Group { place, start, end, postings, tag, most: reach.both.saturating_sub(flips.count_ones()) });
            }
        }
        let mut touched = 0;
        for group in &groups {
            touched ^= self.touch(group.place, group.start, group.postings * 2);
        }
        // What was read says nothing yet; it only has to be read.
        black_box(touched);
        Ok(groups)
    }

    /// The slots of the groups of the first band that can hold a neighbour.
    #[inline(always)]
    pub(super) fn first_groups(&self, band: &Band, reach: Reach, ring: &Ring) -> Result<Vec<Range<usize>>, Damaged> {
        let (own, place) = (ring.group(band), self.place(Section::Band(0)));
        let mut ranges = Vec::with_capacity(MOST_GROUPS / 8);
        for flips in flips(reach, band) {
            ranges.push(self.directory(place, own ^ flips)?);
        }
        let (mut touched, values) = (0, self.place(Section::PdqValues));
        for slots in &ranges {
            touched ^= self.touch(values, slots.start * VALUE_BYTES, slots.len() * VALUE_BYTES);
        }
        black_box(touched);
        Ok(ranges)
    }

    /// Where a group begins and ends, as the directory of its band says.
    #[inline(always)]
    fn directory(&self, band: Place, group: u32) -> Result<Range<usize>, Damaged> {
        let at = group as usize * 4;
        let ends = self.bytes_at(band, at..at + 8)?;
        Ok(u32_at(ends, 0).unwrap_or_default() as usize..u32_at(ends, 4).unwrap_or_default() as usize)
    }

    /// Reads a little of what will be compared soon.
    #[inline(always)]
    fn touch(&self, place: Place, start: usize, bytes: usize) -> u8 {
        let mut touched = 0;
        for turn in 0..MOST_TOUCHED {
            // No branch: where there is less to touch, its end is touched again.
            touched ^= self.touch_one(place, start + (turn * LINES_TOUCHED).min(bytes));
        }
        touched
    }

    #[inline(always)]
    fn touch_one(&self, place: Place, at: usize) -> u8 {
        self.unproven::<1>(place, at).map_or(0, |byte| byte[0])
    }

    /// Compares the tags of a group and keeps the postings that are near enough.
    #[inline(always)]
    pub(super) fn compare_tags<S: Simd>(&self, simd: S, group: &Group, number: u32, found: &mut Vec<Found>) -> Result<(), Damaged> {
        self.bytes_at(group.place, group.start..group.end)?;
        // What lies behind the tags is compared with them and dropped.
        let length = (group.postings * 2).next_multiple_of(2 * BLOCK);
        let blocks = self.unproven_slice(group.place, group.start, length).ok_or(Damaged::Table)?;
        let mut first = 0;
        for block in blocks.as_chunks::<{ 2 * BLOCK }>().0 {
            let mut near = near_tags(simd, block, group.tag, group.most);
            while near != 0 {
                let posting = first + near.trailing_zeros();
                near &= near - 1;
                if posting < group.postings as u32 {
                    found.push(Found { group: number, posting });
                }
            }
            first += BLOCK as u32;
        }
        Ok(())
    }

    /// The slots of postings that were found, in the order in which they were found. Their groups have been proven.
    #[inline(always)]
    pub(super) fn slots_of(&self, groups: &[Group], found: &[Found]) -> Result<Vec<u32>, Damaged> {
        let mut touched = 0;
        for near in found {
            let Some(group) = groups.get(near.group as usize) else { continue };
            touched ^= self.touch_one(group.place, group.start + (group.postings + near.posting as usize) * 2);
            touched ^= self.touch_one(group.place, group.start + bits_at(group.postings));
        }
        black_box(touched);
        let has_pages = slot_pages(self.values()) > 1;
        let mut slots = Vec::with_capacity(found.len());
        let (mut number, mut reader) = (u32::MAX, SlotReader::new());
        for near in found {
            let Some(group) = groups.get(near.group as usize) else { continue };
            if near.group != number {
                (number, reader) = (near.group, SlotReader::new());
            }
            let posting = near.posting as usize;
            let low = self.unproven(group.place, group.start + (group.postings + posting) * 2).ok_or(Damaged::Table)?;
            let bits = group.start + bits_at(group.postings);
            let word_at = |at: usize| self.unproven::<8>(group.place, bits + at).and_then(|word| u64_at(word, 0));
            let page = if has_pages { reader.page(posting, group.end - bits, word_at).ok_or(Damaged::Table)? } else { 0 };
            let slot = (page as u32) << 16 | u32::from(u16::from_le_bytes(*low));
            slots.push(slot);
        }
        Ok(slots)
    }
}
