//! How PDQ values are cut into bands, and how far each band must be searched so that no neighbour is missed.
//!
//! # Why nothing is missed
//!
//! Let two values differ in at most r bits, and give each of the m bands of a ring a weight w, the weights summing to r + 1. Let d be the number
//! of differing bits of a band. The sum of all d − w is at most −1, so (cycle lemma) there is a band from which on, going round the ring, *every*
//! running sum of d − w is negative. So it is enough to look in each band for values that differ there in at most w − 1 bits (multi-index
//! hashing: Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012), and of these only those need a look at
//! the whole value that differ in at most w + w' − 1 bits in this band and the next together ("Pigeonring: A Principle for Faster Thresholded
//! Similarity Search", Qin and Xiao, VLDB 2018). The second condition needs sixteen more bits beside each posting and throws out all but one in
//! several hundred, before anything far away in memory is touched.

/// Bits of a PDQ value.
pub(super) const BITS: u32 = 256;

/// Bytes of a PDQ value.
pub(super) const VALUE_BYTES: usize = 32;

/// Largest distance for which the bands are built. Beyond it every value is compared.
pub(super) const REACH: u32 = 31;

/// Up to this many distinct values there are no bands: comparing all of them takes about as long as asking a table, 1 µs.
pub(super) const LINEAR: usize = 1024;

/// How many postings a group of a table should hold at least: reading one more group costs about as much as comparing the tags of several hundred.
const GROUP: usize = 32;

/// How many values a group of the first band should hold at least: they are compared whole.
const FIRST_GROUP: usize = 8;

/// Bits of the first band. It needs no table, because the values themselves are in its order; so it may be wide, which makes its groups small.
const FIRST_WIDTH: u32 = 20;

/// Bands in all.
const BANDS: usize = 16;

/// Bits that two values may differ in inside a band, plus one: the weight of every band for [`REACH`].
const WEIGHT: u32 = (REACH + 1) / BANDS as u32;

/// Bits of a tag.
pub(super) const TAG_BITS: u32 = 16;

/// One band: a run of bits of the ring, and its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// First bit.
    pub start: u32,
    /// Number of bits.
    pub width: u32,
    /// The table is ordered by this many leading bits of the band.
    pub prefix_bits: u32,
    /// The bits of the tag that belong to this band or the next.
    pub tag_mask: u16,
}

/// The bands of an index with this many distinct values. A function of the number alone, so it is not stored.
///
/// The first one is wide; of the others eleven have sixteen bits and four have fifteen.
pub(super) fn bands(values: usize) -> Vec<Band> {
    if values <= LINEAR {
        return Vec::new();
    }
    let width = |band: usize| match band % BANDS {
        0 => FIRST_WIDTH,
        band if band % 4 == 3 => 15,
        _ => 16,
    };
    let prefix = |band: usize, group: usize| (values / group).max(2).ilog2().min(width(band));
    let mut start = 0;
    let mut bands = Vec::with_capacity(BANDS);
    for band in 0..BANDS {
        let prefix_bits = prefix(band, if band == 0 { FIRST_GROUP } else { GROUP });
        let in_both = (width(band) + width(band + 1) - prefix_bits).min(TAG_BITS);
        bands.push(Band { start, width: width(band), prefix_bits, tag_mask: u16::MAX << (TAG_BITS - in_both) });
        start += width(band);
    }
    bands
}

/// What to look for in one band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    /// Most differing bits in the prefix; `None` if this band need not be looked at.
    pub prefix: Option<u32>,
    /// Most differing bits in prefix and tag together.
    pub both: u32,
}

/// What to look for in each band, for a limit of at most [`REACH`].
pub(super) fn reaches(bands: &[Band], limit: u32) -> Vec<Reach> {
    // The limit + 1 units of weight, spread over the ring as the full weights are.
    let share = |bands: usize| (limit + 1) * bands as u32 / BANDS as u32;
    let weight = |band: usize| share(band + 1) - share(band);
    let reach = |position: usize| {
        let band = &bands[position];
        let beyond = (band.prefix_bits + TAG_BITS).saturating_sub(band.width);
        let next = if beyond > 0 { weight((position + 1) % BANDS) } else { 0 };
        Reach { prefix: weight(position).checked_sub(1), both: (weight(position) + next).saturating_sub(1) }
    };
    (0..bands.len()).map(reach).collect()
}

/// What to flip in the prefix of a band to get the groups that can hold a neighbour: nothing, then each bit alone.
pub(super) fn flips(reach: Reach, band: &Band) -> impl Iterator<Item = u32> {
    const { assert!(WEIGHT == 2, "one bit at most") };
    let nothing = reach.prefix.map(|_| 0);
    let single = if reach.prefix.is_some_and(|most| most > 0) { band.prefix_bits } else { 0 };
    nothing.into_iter().chain((0..single).map(|bit| 1 << bit))
}

/// A value as the ring of bits that the bands are cut from.
///
/// Neighbouring bits of a PDQ value belong to neighbouring frequencies and are not independent, so that bands of natural runs collide more
/// often than they should. Row r of the ring takes its bit c from row r + c of the 16 × 16 bits instead. On real values this halves the
/// collisions that are left over (591 against 321, where even values would have 222). Distances do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ring(pub [u16; 16]);

impl Ring {
    /// The ring of a value.
    pub(super) fn of(value: &[u8; VALUE_BYTES]) -> Self {
        let mut rows = [0u16; 16];
        for (row, pair) in rows.iter_mut().zip(value.as_chunks::<2>().0) {
            *row = u16::from_be_bytes(*pair);
        }
        for step in 0..4 {
            let moving = columns(step);
            let turned: [u16; 16] = std::array::from_fn(|row| rows[(row + (1 << step)) % 16]);
            for (row, other) in rows.iter_mut().zip(turned) {
                *row = (*row & !moving) | (other & moving);
            }
        }
        Self(rows)
    }

    /// The value of a ring: the way back from [`Ring::of`].
    pub(super) fn value(self) -> [u8; VALUE_BYTES] {
        let mut rows = self.0;
        for step in 0..4 {
            let moving = columns(step);
            let turned: [u16; 16] = std::array::from_fn(|row| rows[(row + 16 - (1 << step)) % 16]);
            for (row, other) in rows.iter_mut().zip(turned) {
                *row = (*row & !moving) | (other & moving);
            }
        }
        Self(rows).to_bytes()
    }

    /// The ring that is stored in these bytes.
    pub(super) fn stored(bytes: &[u8; VALUE_BYTES]) -> Self {
        let mut rows = [0u16; 16];
        for (row, pair) in rows.iter_mut().zip(bytes.as_chunks::<2>().0) {
            *row = u16::from_be_bytes(*pair);
        }
        Self(rows)
    }

    /// The stored bytes: first bit first, so that their order is the order of the first band.
    pub(super) fn to_bytes(self) -> [u8; VALUE_BYTES] {
        let mut bytes = [0; VALUE_BYTES];
        for (pair, row) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = row.to_be_bytes();
        }
        bytes
    }

    /// `length` bits (at most 32) from `start` on, round the ring; the first is the highest.
    pub(super) fn bits(&self, start: u32, length: u32) -> u32 {
        let row = |offset: u32| u64::from(self.0[((start / 16 + offset) % 16) as usize]);
        let four = row(0) << 48 | row(1) << 32 | row(2) << 16 | row(3);
        ((four << (start % 16)) >> (64 - length)) as u32
    }

    /// Group of this value in the table of a band.
    pub(super) fn group(&self, band: &Band) -> u32 {
        self.bits(band.start, band.prefix_bits)
    }

    /// The sixteen bits after the prefix, zeros where they belong to neither this band nor the next.
    pub(super) fn tag(&self, band: &Band) -> u16 {
        self.bits((band.start + band.prefix_bits) % BITS, TAG_BITS) as u16 & band.tag_mask
    }
}

/// The columns (highest bit first) whose number has this bit set.
const fn columns(bit: u32) -> u16 {
    [0x5555, 0x3333, 0x0f0f, 0x00ff][bit as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_plan_covers_the_ring_and_its_weights_sum_to_the_limit_plus_one() {
        assert!(bands(LINEAR).is_empty(), "few values are compared one by one");
        for values in [LINEAR + 1, 10_000, 1 << 20, 10_000_000, 50_000_000] {
            let bands = bands(values);
            let mut start = 0;
            for band in &bands {
                assert_eq!(band.start, start, "no gap with {values} values");
                assert!(band.prefix_bits <= band.width, "a group is part of its band");
                start += band.width;
            }
            assert_eq!(start, BITS, "the whole ring");
            for limit in 0..=REACH {
                let sum: u32 = reaches(&bands, limit).iter().map(|reach| reach.prefix.map_or(0, |prefix| prefix + 1)).sum();
                assert_eq!(sum, limit + 1, "weights for {limit}");
            }
        }
    }

    #[test]
    fn flips_are_all_that_a_band_may_need_and_each_once() {
        for band in bands(1_000_000) {
            for most in 0..WEIGHT {
                let expected: Vec<u32> = (0..1u32 << band.prefix_bits).filter(|flips| flips.count_ones() <= most).collect();
                let mut found: Vec<u32> = flips(Reach { prefix: Some(most), both: 0 }, &band).collect();
                found.sort_unstable();
                assert_eq!(found, expected, "at most {most} bits");
            }
            assert_eq!(flips(Reach { prefix: None, both: 0 }, &band).count(), 0, "nothing to look for");
        }
    }

    fn plain_bit(value: &[u8; 32], row: usize, column: usize) -> u16 {
        let bit = row % 16 * 16 + column;
        u16::from(value[bit / 8] >> (7 - bit % 8) & 1)
    }

    proptest! {
        #[test]
        fn the_ring_is_the_plain_shear(value in any::<[u8; 32]>(), start in 0u32..256, length in 1u32..=32) {
            let ring = Ring::of(&value);
            prop_assert_eq!(ring.value(), value, "and back");
            for row in 0..16 {
                let plain = (0..16).fold(0, |bits, column| bits << 1 | plain_bit(&value, row + column, column));
                prop_assert_eq!(ring.0[row], plain, "row {}", row);
            }
            prop_assert_eq!(Ring::stored(&ring.to_bytes()), ring, "bytes and back");
            let plain = (0..length).fold(0, |bits, offset| {
                let bit = ((start + offset) % 256) as usize;
                bits << 1 | u32::from(ring.0[bit / 16] >> (15 - bit % 16) & 1)
            });
            prop_assert_eq!(ring.bits(start, length), plain, "a run of bits");
        }

        #[test]
        fn some_band_always_sees_a_neighbour(
            value in any::<[u8; 32]>(),
            flips in prop::collection::vec(0usize..256, 0..32),
            values in prop::sample::select(vec![LINEAR + 1, 30_000, 1_000_000, 4_000_000, 10_000_000, 50_000_000]),
        ) {
            let mut other = value;
            flips.iter().for_each(|bit| other[bit / 8] ^= 1 << (bit % 8));
            let distance: u32 = value.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum();
            let bands = bands(values);
            let (a, b) = (Ring::of(&value), Ring::of(&other));
            for limit in distance..=REACH {
                let seen = bands.iter().zip(reaches(&bands, limit)).enumerate().any(|(position, (band, reach))| {
                    let prefix = (a.group(band) ^ b.group(band)).count_ones();
                    let tag = (a.tag(band) ^ b.tag(band)).count_ones();
                    // The values of the first band are compared whole.
                    reach.prefix.is_some_and(|most| prefix <= most) && (position == 0 || prefix + tag <= reach.both)
                });
                prop_assert!(seen, "distance {} within {}", distance, limit);
            }
        }
    }
}
