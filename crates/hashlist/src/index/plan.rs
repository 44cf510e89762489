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

/// From this many distinct values on, fifteen bands are used instead of sixteen: a tenth fewer bytes for a few more places to look.
const FIFTEEN_FROM: usize = 1 << 22;

/// How many postings a group should hold: reading one more group costs about as much as comparing the tags of this many postings.
const GROUP: usize = 32;

/// Bits of a tag.
pub(super) const TAG_BITS: u32 = 16;

/// One band: a run of bits of the ring, and its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// First bit.
    pub start: u32,
    /// Number of bits.
    pub width: u32,
    /// Weight for [`REACH`].
    pub weight: u32,
    /// The table is ordered by this many leading bits of the band.
    pub prefix_bits: u32,
}

/// The bands of an index with this many distinct values. A function of the number alone, so it is not stored.
pub(super) fn bands(values: usize) -> Vec<Band> {
    if values <= LINEAR {
        return Vec::new();
    }
    // Weights sum to 32 = REACH + 1 and widths to 256: eight bits for each unit of weight. The two wide bands lie apart.
    let weights: Vec<u32> = match values {
        FIFTEEN_FROM.. => (0..15).map(|band| if band == 7 || band == 14 { 3 } else { 2 }).collect(),
        _ => vec![2; 16],
    };
    let useful = (values / GROUP).max(2).ilog2();
    let mut start = 0;
    let mut bands = Vec::with_capacity(weights.len());
    for weight in weights {
        let width = weight * 8;
        bands.push(Band { start, width, weight, prefix_bits: useful.min(width).min(20) });
        start += width;
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
    let mut before = 0;
    let share = |units: u32| (limit + 1) * units / (REACH + 1);
    let weights: Vec<u32> = bands
        .iter()
        .map(|band| {
            let weight = share(before + band.weight) - share(before);
            before += band.weight;
            weight
        })
        .collect();
    let reach = |position: usize| {
        let band = &bands[position];
        let beyond = (band.prefix_bits + TAG_BITS).saturating_sub(band.width);
        let next = if beyond > 0 { weights[(position + 1) % bands.len()] } else { 0 };
        Reach { prefix: weights[position].checked_sub(1), both: (weights[position] + next).saturating_sub(1) }
    };
    (0..bands.len()).map(reach).collect()
}

/// Every way to flip at most `weight` − 1 bits of the prefix of a band, fewer flips first. Weights are at most three, so flips at most two.
pub(super) fn flips(band: &Band) -> Vec<u32> {
    let bits = band.prefix_bits;
    let mut flips = vec![0];
    flips.extend((0..bits).map(|bit| 1 << bit));
    if band.weight > 2 {
        flips.extend((1..bits).flat_map(|high| (0..high).map(move |low| 1 << high | 1 << low)));
    }
    flips
}

/// Of the flips of a band with this many prefix bits, those of at most `most` bits; none if there is nothing to look for.
pub(super) fn flips_within(flips: &[u32], most: Option<u32>, prefix_bits: u32) -> &[u32] {
    let end = match most {
        None => 0,
        Some(0) => 1,
        Some(1) => 1 + prefix_bits as usize,
        Some(_) => flips.len(),
    };
    flips.get(..end).unwrap_or(flips)
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

    /// The sixteen bits after the prefix.
    pub(super) fn tag(&self, band: &Band) -> u16 {
        self.bits((band.start + band.prefix_bits) % BITS, TAG_BITS) as u16
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
        for values in [LINEAR + 1, 10_000, 1 << 20, FIFTEEN_FROM - 1, FIFTEEN_FROM, 10_000_000, 50_000_000] {
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
        for values in [LINEAR + 1, FIFTEEN_FROM] {
            for band in bands(values) {
                let all = flips(&band);
                for most in 0..band.weight {
                    let expected: Vec<u32> = (0..1u32 << band.prefix_bits).filter(|flips| flips.count_ones() <= most).collect();
                    let mut found = flips_within(&all, Some(most), band.prefix_bits).to_vec();
                    found.sort_unstable();
                    assert_eq!(found, expected, "at most {most} bits");
                }
                assert!(flips_within(&all, None, band.prefix_bits).is_empty(), "nothing to look for");
            }
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
            values in prop::sample::select(vec![LINEAR + 1, 30_000, 1_000_000, FIFTEEN_FROM, 50_000_000]),
        ) {
            let mut other = value;
            flips.iter().for_each(|bit| other[bit / 8] ^= 1 << (bit % 8));
            let distance: u32 = value.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum();
            let bands = bands(values);
            let (a, b) = (Ring::of(&value), Ring::of(&other));
            for limit in distance..=REACH {
                let seen = bands.iter().zip(reaches(&bands, limit)).any(|(band, reach)| {
                    let prefix = (a.group(band) ^ b.group(band)).count_ones();
                    let tag = (a.tag(band) ^ b.tag(band)).count_ones();
                    reach.prefix.is_some_and(|most| prefix <= most) && prefix + tag <= reach.both
                });
                prop_assert!(seen, "distance {} within {}", distance, limit);
            }
        }
    }
}
