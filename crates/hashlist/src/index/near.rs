//! All PDQ values within a distance, none missed: see [`super::plan`] for why, `docs/index.md` for what it costs.

use fearless_simd::{Level, Simd, dispatch};
use fingerprint::signal::{Distance, Pdq};

use super::crowd;
use super::layout::{Section, u32_at};
use super::open::Index;
use super::pages::Damaged;
use super::plan::{REACH, Ring, VALUE_BYTES, reaches};

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
    limit: u32,
    /// Slots within the limit with their distances; some may be there twice until the end.
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
        self.entries_of(self.hits(hash, limit)?)
    }

    /// Slots within the limit, with their distances.
    fn hits(&self, hash: &Pdq, limit: Distance) -> Result<Vec<(u32, u32)>, Damaged> {
        let ring = Ring::of(hash.as_bytes());
        let mut query = Query { ring, value: words(&ring.to_bytes()), limit: u32::from(limit.0), hits: Vec::new() };
        dispatch!(Level::new(), simd => self.ask(simd, &mut query))?;
        Ok(query.hits)
    }

    /// The PDQ value by which entry `wanted` is within `limit` bits of `hash`, the nearest if there are several; `None` if there is none. It is the
    /// list's own hash: nothing but the bits in which it differs may leave the engine.
    ///
    /// # Errors
    /// As for [`Index::near`].
    pub fn near_value(&self, hash: &Pdq, limit: Distance, wanted: u32) -> Result<Option<Pdq>, Damaged> {
        let mut hits = self.hits(hash, limit)?;
        hits.sort_unstable_by_key(|(_, distance)| *distance);
        for (slot, distance) in hits {
            if self.entries_of(vec![(slot, distance)])?.iter().any(|near| near.entry == wanted) {
                return Ok(self.pdq_values(slot as usize..slot as usize + 1)?.pop());
            }
        }
        Ok(None)
    }

    /// What [`Index::near`] answers for each hash, in their order.
    ///
    /// # Errors
    /// As for [`Index::near`].
    pub fn near_all(&self, hashes: &[Pdq], limit: Distance) -> Result<Vec<Vec<Near>>, Damaged> {
        hashes.iter().map(|hash| self.near(hash, limit)).collect()
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

    /// The distinct PDQ values from place `slots.start` up to `slots.end`, or to the last one: for asking them of another index.
    ///
    /// # Errors
    /// As for [`Index::near`].
    pub fn pdq_values(&self, slots: std::ops::Range<usize>) -> Result<Vec<Pdq>, Damaged> {
        let end = slots.end.min(self.values());
        let stored = self.bytes(Section::PdqValues, slots.start.min(end) * VALUE_BYTES..end * VALUE_BYTES)?;
        Ok(stored.as_chunks::<VALUE_BYTES>().0.iter().map(|bytes| Pdq::new(Ring::stored(bytes).value())).collect())
    }

    /// Entries that hold exactly this value, ascending.
    pub(super) fn pdq_entries(&self, bytes: &[u8]) -> Result<Vec<u32>, Damaged> {
        let Some(hash) = Pdq::from_slice(bytes) else { return Ok(Vec::new()) };
        Ok(self.near(&hash, Distance(0))?.into_iter().map(|near| near.entry).collect())
    }

    /// Runs a query through the bands, one kind of step for all bands after the other, so that the processor can fetch from many places at once.
    /// Everything in here is compiled for the processor at hand. Plain loops on purpose: a closure would not be.
    #[inline(always)]
    fn ask<S: Simd>(&self, simd: S, query: &mut Query) -> Result<(), Damaged> {
        let ([first, rest @ ..], false) = (self.bands.as_slice(), query.limit > REACH) else {
            return self.compare_range(simd, query, 0..self.values());
        };
        let reaches = reaches(&self.bands, query.limit);
        let groups = self.groups(rest, &reaches[1..], &query.ring)?;
        let ranges = self.first_groups(first, reaches[0], &query.ring)?;
        let tags = groups.iter().map(|group| group.postings).sum();
        if crowd::are_many_tags(tags, self.values()) {
            return self.compare_range(simd, query, 0..self.values());
        }
        let mut found = Vec::with_capacity(FOUND);
        for (number, group) in groups.iter().enumerate() {
            self.compare_tags(simd, group, number as u32, &mut found)?;
            if crowd::are_many_slots(found.len(), self.values()) {
                return self.compare_range(simd, query, 0..self.values());
            }
        }
        let mut slots = self.slots_of(&groups, &found)?;
        crowd::thin_out(&mut slots);
        for range in ranges {
            self.compare_range(simd, query, range)?;
        }
        self.compare_slots(simd, query, &slots)?;
        query.hits.sort_unstable();
        query.hits.dedup();
        Ok(())
    }

    /// Compares the values of these slots.
    #[inline(always)]
    fn compare_slots<S: Simd>(&self, _: S, query: &mut Query, slots: &[u32]) -> Result<(), Damaged> {
        for slot in slots {
            let at = *slot as usize * VALUE_BYTES;
            let value = self.bytes(Section::PdqValues, at..at + VALUE_BYTES)?;
            let distance = value.first_chunk().map_or(u32::MAX, |value| distance(&query.value, &words(value)));
            if distance <= query.limit {
                query.hits.push((*slot, distance));
            }
        }
        Ok(())
    }

    /// Compares all values of a range of slots: a group of the first band; or all, for few of them, for large limits, and where one value in
    /// several would have to be looked at anyway.
    #[inline(always)]
    fn compare_range<S: Simd>(&self, _: S, query: &mut Query, slots: std::ops::Range<usize>) -> Result<(), Damaged> {
        let values = self.bytes(Section::PdqValues, slots.start * VALUE_BYTES..slots.end * VALUE_BYTES)?;
        for (slot, value) in slots.zip(values.as_chunks::<VALUE_BYTES>().0) {
            let distance = distance(&query.value, &words(value));
            if distance <= query.limit {
                query.hits.push((slot as u32, distance));
            }
        }
        Ok(())
    }

    /// The entries of slots, each with its smallest distance.
    fn entries_of(&self, hits: Vec<(u32, u32)>) -> Result<Vec<Near>, Damaged> {
        let (width, entries) = (self.slot_bytes(), self.len());
        // Entry, then distance.
        let mut found: Vec<u64> = Vec::with_capacity(hits.len());
        for (slot, distance) in hits {
            let at = slot as usize * width;
            let mut word = [0; 4];
            word[..width].copy_from_slice(self.bytes(Section::PdqSlots, at..at + width)?);
            let word = u32::from_le_bytes(word);
            let Some(at) = (word as usize).checked_sub(entries) else {
                found.push(u64::from(word) << 32 | u64::from(distance));
                continue;
            };
            let length = u32_at(self.bytes(Section::PdqShared, at * 4..at * 4 + 4)?, 0).unwrap_or_default() as usize;
            let numbers = self.bytes(Section::PdqShared, (at + 1) * 4..(at + 1 + length) * 4)?;
            let numbers = numbers.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number));
            found.extend(numbers.map(|number| u64::from(number) << 32 | u64::from(distance)));
        }
        found.sort_unstable();
        found.dedup_by_key(|near| *near >> 32);
        found.iter_mut().for_each(|near| *near = near.rotate_left(32));
        found.sort_unstable();
        // A distance is at most 256.
        Ok(found.into_iter().map(|near| Near { distance: Distance((near >> 32) as u16), entry: near as u32 }).collect())
    }
}

/// Postings that pass the tags, roughly, for a query that meets no cluster.
const FOUND: usize = 256;

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
