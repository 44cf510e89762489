//! All PDQ values within a distance, none missed: see [`super::plan`] for why, `docs/index.md` for what it costs.

use fearless_simd::{Level, Simd, dispatch};
use fingerprint::signal::{Distance, Pdq};

use super::bands::{Parts, SHARED, SLOT_PAGE};
use super::crowd::Crowd;
use super::layout::{Section, u32_at};
use super::open::Index;
use super::pages::Damaged;
use super::plan::{Band, REACH, Reach, Ring, VALUE_BYTES, flips_within, reaches};
use super::tags::{BLOCK, near_tags};

/// An entry within the allowed distance of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Distance of its nearest PDQ value, in bits.
    pub distance: Distance,
    /// Entry number.
    pub entry: u32,
}

/// A hash on its way through the bands.
struct Query {
    ring: Ring,
    value: [u64; 4],
    crowd: Crowd,
    /// The groups of the band at hand.
    groups: Vec<Group>,
    /// Slots within the limit, each once, with their distances.
    hits: Vec<(u32, u32)>,
}

impl<B: AsRef<[u8]>> Index<B> {
    /// Every entry with a PDQ value within `limit` bits of `hash`, each once with its smallest distance; nearest first, then by number.
    ///
    /// Recall is exact: no neighbour is missed. Limits beyond 31 bits compare every value.
    ///
    /// # Errors
    /// [`Damaged`] if a page on the way was changed since the index was built.
    pub fn near(&self, hash: &Pdq, limit: Distance) -> Result<Vec<Near>, Damaged> {
        Ok(self.near_all(std::slice::from_ref(hash), limit)?.pop().unwrap_or_default())
    }

    /// What [`Index::near`] answers for each hash, in their order; faster than asking one by one, because the hashes go through each table
    /// together. Made for the eight views of a picture.
    ///
    /// # Errors
    /// As for [`Index::near`].
    pub fn near_all(&self, hashes: &[Pdq], limit: Distance) -> Result<Vec<Vec<Near>>, Damaged> {
        let limit = u32::from(limit.0);
        let mut queries: Vec<Query> = hashes.iter().map(|hash| self.query(hash)).collect();
        dispatch!(Level::new(), simd => self.ask(simd, &mut queries, limit))?;
        queries.into_iter().map(|query| self.entries_of(query.hits)).collect()
    }

    /// The judge of [`Index::near`]: every value, one by one, with the plain distance.
    ///
    /// # Errors
    /// As for [`Index::near`].
    pub fn nearest_slow(&self, hash: &Pdq, limit: Distance) -> Result<Vec<Near>, Damaged> {
        let wanted = Pdq::new(Ring::of(hash.as_bytes()).to_bytes());
        let mut hits = Vec::new();
        for slot in 0..self.values() {
            let value = self.bytes(Section::PdqValues, slot * VALUE_BYTES..(slot + 1) * VALUE_BYTES)?;
            let distance = Pdq::from_slice(value).map(|value| value.distance(&wanted)).filter(|distance| *distance <= limit);
            hits.extend(distance.map(|distance| (slot as u32, u32::from(distance.0))));
        }
        self.entries_of(hits)
    }

    /// Entries that hold exactly this value, ascending.
    pub(super) fn pdq_entries(&self, bytes: &[u8]) -> Result<Vec<u32>, Damaged> {
        let Some(hash) = Pdq::from_slice(bytes) else { return Ok(Vec::new()) };
        Ok(self.near(&hash, Distance(0))?.into_iter().map(|near| near.entry).collect())
    }

    fn query(&self, hash: &Pdq) -> Query {
        let ring = Ring::of(hash.as_bytes());
        Query {
            ring,
            value: words(&ring.to_bytes()),
            crowd: Crowd::new(self.values()),
            groups: Vec::with_capacity(MOST_GROUPS),
            hits: Vec::new(),
        }
    }

    /// Runs the queries through every band, then compares whole values; everything in here is compiled for the processor at hand.
    #[inline(always)]
    fn ask<S: Simd>(&self, simd: S, queries: &mut [Query], limit: u32) -> Result<(), Damaged> {
        if self.bands.is_empty() || limit > REACH {
            return queries.iter_mut().try_for_each(|query| self.compare_all(query, limit));
        }
        let reaches = reaches(&self.bands, limit);
        for (position, ((band, parts), reach)) in self.bands.iter().zip(&self.parts).zip(reaches).enumerate() {
            let flips = self.flips.get(position).map_or(&[][..], |flips| flips_within(flips, reach.prefix, band.prefix_bits));
            let table = Table { section: Section::Band(position as u8), band, parts, reach, flips };
            for query in queries.iter_mut() {
                self.ask_band(simd, &table, query)?;
            }
        }
        queries.iter_mut().try_for_each(|query| match query.crowd.is_too_large() {
            true => self.compare_all(query, limit),
            false => self.compare_crowd(query, limit),
        })
    }

    /// Looks at every group of the band that can hold a neighbour: first where each lies, then into each.
    ///
    /// The groups lie all over memory. Touching the first lines of all of them before comparing any lets the processor fetch many at once
    /// instead of waiting for one after the other. Plain loops on purpose: a closure would not be compiled for the processor at hand.
    #[inline(always)]
    fn ask_band<S: Simd>(&self, simd: S, table: &Table<'_>, query: &mut Query) -> Result<(), Damaged> {
        let (group, tag) = (query.ring.group(table.band), query.ring.tag(table.band));
        let tags = table.parts.tags.start;
        let mut touched = 0;
        query.groups.clear();
        for flips in table.flips {
            let group = (group ^ flips) as usize;
            let at = table.parts.directory.start + group * 4;
            let ends = self.bytes(table.section, at..at + 8)?;
            let (start, end) = (u32_at(ends, 0).unwrap_or_default(), u32_at(ends, 4).unwrap_or_default());
            if start < end {
                for ahead in (start as usize * 2..end as usize * 2).step_by(LINES_TOUCHED).take(MOST_TOUCHED) {
                    touched ^= self.unproven::<1>(table.section, tags + ahead).map_or(0, |byte| byte[0]);
                }
                query.groups.push(Group { number: group as u32, start, end });
            }
        }
        // What was read says nothing yet; it only has to be read.
        std::hint::black_box(touched);
        for group in &query.groups {
            let most = table.reach.both.saturating_sub((group.number ^ query.ring.group(table.band)).count_ones());
            self.ask_group(simd, table, *group, tag, most, &mut query.crowd)?;
        }
        Ok(())
    }

    /// Compares the tags of a group and puts the slots of those within `most` bits into the crowd.
    #[inline(always)]
    fn ask_group<S: Simd>(&self, simd: S, table: &Table<'_>, group: Group, tag: u16, most: u32, crowd: &mut Crowd) -> Result<(), Damaged> {
        let (start, end) = (group.start as usize, group.end as usize);
        if !crowd.has_room_for(end - start) {
            return Ok(());
        }
        let tags = table.parts.tags.start;
        self.bytes(table.section, tags + start * 2..tags + end * 2)?;
        let mut slots = None;
        for block in (start..end).step_by(BLOCK) {
            let Some(bytes) = self.unproven(table.section, tags + block * 2) else { return Err(Damaged::Table) };
            // What lies behind the group is compared with it and dropped here.
            let counts = u32::MAX >> BLOCK.saturating_sub(end - block);
            let mut found = near_tags(simd, bytes, tag, most) & counts;
            while found != 0 {
                let posting = block + found.trailing_zeros() as usize;
                found &= found - 1;
                let slots = slots.get_or_insert_with(|| GroupSlots::new(start, group.number as usize * self.slot_pages()));
                crowd.add(self.slot(table, slots, posting)?);
            }
        }
        Ok(())
    }

    /// The slot of a posting. Postings of a group must be asked in ascending order.
    fn slot(&self, table: &Table<'_>, group: &mut GroupSlots, posting: usize) -> Result<u32, Damaged> {
        if table.parts.lows.is_empty() {
            return Ok(posting as u32);
        }
        let at = table.parts.lows.start + posting * 2;
        let low = self.bytes(table.section, at..at + 2)?;
        let low = low.first_chunk().map_or(0, |low| u16::from_le_bytes(*low));
        if table.parts.pages.is_empty() {
            return Ok(u32::from(low));
        }
        // The one of this posting is one of the ones from the group's first bit on; the zeros before it are the pages before its own.
        let wanted = posting - group.start;
        loop {
            let at = table.parts.pages.start + group.word * 8;
            let word = self.bytes(table.section, at..at + 8)?;
            let word = word.first_chunk().map_or(0, |word| u64::from_le_bytes(*word)) & group.mask;
            let ones = word.count_ones() as usize;
            if group.ones + ones > wanted {
                let bit = group.word * 64 + nth_one(word, wanted - group.ones) as usize;
                let page = (bit - group.first_bit).saturating_sub(wanted);
                return Ok((page * SLOT_PAGE) as u32 | u32::from(low));
            }
            group.ones += ones;
            group.word += 1;
            group.mask = u64::MAX;
        }
    }

    /// Compares the values of the crowd.
    #[inline(always)]
    fn compare_crowd(&self, query: &mut Query, limit: u32) -> Result<(), Damaged> {
        for slot in query.crowd.slots() {
            let at = *slot as usize * VALUE_BYTES;
            let value = self.bytes(Section::PdqValues, at..at + VALUE_BYTES)?;
            let distance = value.first_chunk().map_or(u32::MAX, |value| distance(&query.value, &words(value)));
            if distance <= limit {
                query.hits.push((*slot, distance));
            }
        }
        query.hits.sort_unstable();
        query.hits.dedup();
        Ok(())
    }

    /// Compares all values: for few of them, for large limits, and where one value in several would have to be looked at anyway.
    #[inline(always)]
    fn compare_all(&self, query: &mut Query, limit: u32) -> Result<(), Damaged> {
        let values = self.bytes(Section::PdqValues, 0..self.values() * VALUE_BYTES)?;
        for (slot, value) in values.as_chunks::<VALUE_BYTES>().0.iter().enumerate() {
            let distance = distance(&query.value, &words(value));
            if distance <= limit {
                query.hits.push((slot as u32, distance));
            }
        }
        Ok(())
    }

    /// The entries of slots, each with its smallest distance.
    fn entries_of(&self, hits: Vec<(u32, u32)>) -> Result<Vec<Near>, Damaged> {
        let mut found = Vec::with_capacity(hits.len());
        for (slot, distance) in hits {
            // At most 256.
            let distance = Distance(u16::try_from(distance).unwrap_or(u16::MAX));
            let at = slot as usize * 4;
            let word = u32_at(self.bytes(Section::PdqSlots, at..at + 4)?, 0).unwrap_or_default();
            if word & SHARED == 0 {
                found.push(Near { distance, entry: word });
                continue;
            }
            let at = (word & !SHARED) as usize * 4;
            let length = u32_at(self.bytes(Section::PdqShared, at..at + 4)?, 0).unwrap_or_default() as usize;
            let numbers = self.bytes(Section::PdqShared, at + 4..at + 4 + length * 4)?;
            found.extend(numbers.as_chunks::<4>().0.iter().map(|number| Near { distance, entry: u32::from_le_bytes(*number) }));
        }
        found.sort_unstable_by_key(|near| (near.entry, near.distance));
        found.dedup_by_key(|near| near.entry);
        found.sort_unstable();
        Ok(found)
    }
}

/// The postings of one group.
#[derive(Clone, Copy)]
struct Group {
    number: u32,
    start: u32,
    end: u32,
}

/// Bytes from one touched place to the next: a pair of cache lines, which processors fetch together.
const LINES_TOUCHED: usize = 128;

/// Places that are touched in one group; what follows them is fetched by the processor's own foresight.
const MOST_TOUCHED: usize = 4;

/// Groups of a band with a weight of three and twenty prefix bits, rounded up: room for those of any band.
const MOST_GROUPS: usize = 256;

/// One band as it is asked.
struct Table<'a> {
    section: Section,
    band: &'a Band,
    parts: &'a Parts,
    reach: Reach,
    /// What to flip in the group of a query to find the groups to look at.
    flips: &'a [u32],
}

/// How far the slots of a group have been read.
struct GroupSlots {
    /// First posting.
    start: usize,
    /// First bit in the part of the pages.
    first_bit: usize,
    word: usize,
    /// The bits of the next word that belong to what was not read.
    mask: u64,
    /// Ones before that word.
    ones: usize,
}

impl GroupSlots {
    fn new(start: usize, zeros_before: usize) -> Self {
        let first_bit = start + zeros_before;
        Self { start, first_bit, word: first_bit / 64, mask: u64::MAX << (first_bit % 64), ones: 0 }
    }
}

/// Place of the one with this number, from 0, in a word that has more ones than that.
fn nth_one(mut word: u64, number: usize) -> u32 {
    for _ in 0..number {
        word &= word - 1;
    }
    word.trailing_zeros()
}

/// The value as four words. Their byte order does not matter for counting bits.
#[inline(always)]
fn words(bytes: &[u8; VALUE_BYTES]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}

#[inline(always)]
fn distance(a: &[u64; 4], b: &[u64; 4]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}
