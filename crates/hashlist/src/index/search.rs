//! Finding signals in an index: exact kinds by interpolation, PDQ by a scan over all values.
//!
//! The slow, obviously correct search stands beside the fast one and judges it in the tests.

use std::collections::BTreeMap;

use fingerprint::signal::{Distance, Pdq, SignalKind};

use super::open::{Index, u32_at};

/// An entry within the allowed distance of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Distance of its nearest PDQ value, in bits.
    pub distance: Distance,
    /// Entry number.
    pub entry: u32,
}

impl<B: AsRef<[u8]>> Index<B> {
    /// The numbers of all entries that hold exactly this signal, ascending. Bytes of another length than that of the kind find nothing.
    ///
    /// Allocates nothing for the exact kinds. PDQ values are compared one by one; [`Index::near`] is the search for them.
    pub fn exact(&self, kind: SignalKind, bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
        let keys = self.keys_of_kind(kind);
        let range = match kind {
            _ if bytes.len() != kind.byte_len() => 0..0,
            SignalKind::Pdq => 0..keys.len() / kind.byte_len(),
            SignalKind::Md5 | SignalKind::Sha1 | SignalKind::Sha256 => {
                let first = lower_bound(keys, kind.byte_len(), bytes);
                let equal = keys[first * kind.byte_len()..].chunks_exact(kind.byte_len()).take_while(|key| *key == bytes).count();
                first..first + equal
            }
        };
        let wanted = Pdq::from_slice(bytes).filter(|_| kind == SignalKind::Pdq);
        let is_it = move |position: usize| wanted.is_none_or(|wanted| key_at(keys, kind, position) == Some(wanted.as_bytes()));
        let numbers = self.numbers_of_kind(kind);
        range.filter(move |position| is_it(*position)).filter_map(move |position| u32_at(numbers, position * 4))
    }

    /// Every entry with a PDQ value within `limit` bits of `hash`, each once with its smallest distance; nearest first, then by number.
    ///
    /// Recall is exact: no neighbour is missed. The search behind it is the function `scan`, the one place to put a faster structure.
    pub fn near(&self, hash: &Pdq, limit: Distance) -> Vec<Near> {
        let numbers = self.numbers_of_kind(SignalKind::Pdq);
        let mut nearest: BTreeMap<u32, Distance> = BTreeMap::new();
        scan(self.keys_of_kind(SignalKind::Pdq), hash, limit, |position, distance| {
            if let Some(number) = u32_at(numbers, position * 4) {
                nearest.entry(number).and_modify(|known| *known = distance.min(*known)).or_insert(distance);
            }
        });
        sorted(nearest)
    }

    /// The judge of [`Index::near`]: every value, one by one, with the plain distance.
    pub fn nearest_slow(&self, hash: &Pdq, limit: Distance) -> Vec<Near> {
        let mut nearest: BTreeMap<u32, Distance> = BTreeMap::new();
        let keys = self.keys_of_kind(SignalKind::Pdq).chunks_exact(PDQ_BYTES);
        for (key, number) in keys.zip(self.numbers_of_kind(SignalKind::Pdq).chunks_exact(4)) {
            let (Some(key), Some(number)) = (Pdq::from_slice(key), u32_at(number, 0)) else { continue };
            let distance = key.distance(hash);
            if distance <= limit {
                nearest.entry(number).and_modify(|known| *known = distance.min(*known)).or_insert(distance);
            }
        }
        sorted(nearest)
    }
}

/// Bytes of a PDQ value.
const PDQ_BYTES: usize = 32;

fn sorted(nearest: BTreeMap<u32, Distance>) -> Vec<Near> {
    let mut found: Vec<Near> = nearest.into_iter().map(|(entry, distance)| Near { distance, entry }).collect();
    found.sort_unstable();
    found
}

fn key_at(keys: &[u8], kind: SignalKind, position: usize) -> Option<&[u8]> {
    let at = position * kind.byte_len();
    keys.get(at..at + kind.byte_len())
}

/// Calls `found` with the position and distance of every value within `limit` of `hash`.
///
/// Half of the bits are compared first: unrelated values differ in about 64 of 128, so nearly all are left there.
pub(super) fn scan(values: &[u8], hash: &Pdq, limit: Distance, mut found: impl FnMut(usize, Distance)) {
    let wanted = words(hash.as_bytes());
    let limit = u32::from(limit.0);
    for (position, value) in values.chunks_exact(PDQ_BYTES).enumerate() {
        let Ok(value) = value.try_into() else { continue };
        let value = words(value);
        let differing = |word: usize| (value[word] ^ wanted[word]).count_ones();
        let half = differing(0) + differing(1);
        if half > limit {
            continue;
        }
        let whole = half + differing(2) + differing(3);
        if whole <= limit {
            // At most 256.
            found(position, Distance(u16::try_from(whole).unwrap_or(u16::MAX)));
        }
    }
}

/// The value as four words. Their byte order does not matter for counting bits.
fn words(bytes: &[u8; PDQ_BYTES]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}

/// Position of the first key that is not less than `wanted`, in sorted keys of `width` bytes.
///
/// Digests are spread evenly, so the first eight bytes say where to look; from there the steps double until the place is enclosed. A list
/// with skewed keys costs more steps, at most about twice those of a binary search.
fn lower_bound(keys: &[u8], width: usize, wanted: &[u8]) -> usize {
    let count = keys.len() / width;
    let is_less = |position: usize| keys.get(position * width..(position + 1) * width).is_some_and(|key| key < wanted);
    let guess = guess(wanted, count);
    let (mut low, mut high) = (0, count);
    let mut step = 1;
    if is_less(guess) {
        low = guess + 1;
        while low + step < count && is_less(low + step) {
            low += step + 1;
            step *= 2;
        }
        high = high.min(low + step);
    } else {
        high = guess;
        while high > step && !is_less(high - step) {
            high -= step;
            step *= 2;
        }
        low = low.max(high.saturating_sub(step));
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if is_less(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Where a key would lie among `count` evenly spread ones.
fn guess(wanted: &[u8], count: usize) -> usize {
    let lead = wanted.first_chunk::<8>().map_or(0, |lead| u64::from_be_bytes(*lead));
    let place = (u128::from(lead) * count as u128) >> 64;
    usize::try_from(place).unwrap_or(usize::MAX).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_bound_is_that_of_a_plain_search_even_for_skewed_keys() {
        let mut keys: Vec<[u8; 16]> = (0..600u32).map(|number| u128::from(number / 3).to_be_bytes()).collect();
        keys.extend((0..300u32).map(|number| (u128::MAX - u128::from(number)).to_be_bytes()));
        keys.extend((0..64).map(|bit| (1u128 << (bit + 60)).to_be_bytes()));
        keys.sort_unstable();
        for count in [0, 1, 2, 3, 100, keys.len()] {
            let flat = keys[..count].concat();
            for wanted in keys.iter().chain([&[0; 16], &[0xff; 16], &[0x7f; 16]]) {
                let expected = keys[..count].partition_point(|key| key < wanted);
                assert_eq!(lower_bound(&flat, 16, wanted), expected, "{count} keys");
            }
        }
    }
}
