//! Exact kinds: a filter that answers nearly every "no" from one cache line, and sorted keys behind it.
//!
//! Keys are grouped by their first bytes, which are then not stored; inside a group the next eight bytes say where to look, because digests
//! are spread evenly. Every key is compared whole, so a forged or unlucky digest costs time and never a wrong answer.

use std::io::{Seek, Write};
use std::ops::Range;

use fingerprint::signal::SignalKind;

use super::layout::{Section, u32_at, u64_at};
use super::open::Index;
use super::output::Output;
use super::pages::Damaged;
use super::scratch::Scratch;
use super::sort::Sorter;
use super::{BuildError, TooLarge};

/// Bytes of a block of the filter: one cache line.
const BLOCK_BYTES: usize = 64;

/// Keys for each block: 12.8 bits a key, of which each key sets six; about one "no" in two hundred has to look at the keys.
///
/// The blocked form is that of Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007.
const KEYS_PER_BLOCK: usize = 40;

/// Bits that each key sets.
const BITS_PER_KEY: u32 = 6;

/// Leading bytes that the directory stands for: none for few keys, two where groups then have about the size of a memory page.
pub(super) const fn directory_bytes(keys: usize) -> usize {
    match keys {
        0..4096 => 0,
        4096..1_048_576 => 1,
        _ => 2,
    }
}

/// Bytes of the directory.
pub(super) const fn directory_length(keys: usize) -> usize {
    ((1 << (8 * directory_bytes(keys))) + 1) * 4
}

/// Bytes of the filter.
pub(super) const fn filter_length(keys: usize) -> usize {
    keys.div_ceil(KEYS_PER_BLOCK) * BLOCK_BYTES
}

/// The block of a key, and the bits that it sets there. Both come from bytes that are not the leading ones: those order the keys.
fn filter_bits(key: &[u8], blocks: usize) -> (usize, [u8; BLOCK_BYTES]) {
    let from_end = |back: usize| key.len().checked_sub(back).and_then(|at| u64_at(key, at)).unwrap_or_default();
    let block = (u128::from(from_end(8)) * blocks as u128) >> 64;
    let choice = from_end(16);
    let mut bits = [0; BLOCK_BYTES];
    for turn in 0..BITS_PER_KEY {
        let bit = (choice >> (9 * turn)) as usize % (8 * BLOCK_BYTES);
        bits[bit / 8] |= 1 << (bit % 8);
    }
    (block as usize, bits)
}

/// Writes the four sections of a kind from records of key and entry number (big-endian, so that equal keys keep the order of entries).
pub(super) fn write<const N: usize>(
    kind: SignalKind,
    sorter: Sorter<N>,
    scratch: &mut dyn Scratch,
    out: &mut Output<impl Write + Seek>,
) -> Result<(), BuildError> {
    let sorted = sorter.finish(scratch)?;
    let count = sorted.count();
    let lead = directory_bytes(count);
    let mut numbers = Vec::with_capacity(count * 4);
    let mut filter = vec![0u8; filter_length(count)];
    let mut starts = vec![0u32; directory_length(count) / 4];
    let mut written = 0u32;
    out.begin(Section::Keys(kind), kind.byte_len() - lead)?;
    sorted.each::<BuildError>(|record| {
        let (key, number) = record.split_at(kind.byte_len());
        out.write(&key[lead..])?;
        numbers.extend(number.iter().rev());
        let (block, bits) = filter_bits(key, filter.len() / BLOCK_BYTES);
        let line = filter[block * BLOCK_BYTES..].iter_mut().zip(bits);
        line.for_each(|(known, more)| *known |= more);
        starts[group_of(key, lead) + 1] += 1;
        written = written.checked_add(1).ok_or(TooLarge)?;
        Ok(())
    })?;
    out.end(Section::Keys(kind));
    let mut before = 0;
    for start in &mut starts {
        before += *start;
        *start = before;
    }
    let directory: Vec<u8> = starts.iter().flat_map(|start| start.to_le_bytes()).collect();
    out.section(Section::Numbers(kind), 4, &numbers)?;
    out.section(Section::Directory(kind), 4, &directory)?;
    out.section(Section::Filter(kind), BLOCK_BYTES, &filter)?;
    Ok(())
}

/// The leading bytes as a number.
fn group_of(key: &[u8], lead: usize) -> usize {
    key.iter().take(lead).fold(0, |group, byte| group << 8 | usize::from(*byte))
}

impl<B: AsRef<[u8]>> Index<B> {
    /// The numbers of all entries that hold exactly this signal, ascending. Bytes of another length than that of the kind find nothing.
    ///
    /// Allocates nothing for MD5, SHA-1 and SHA-256. Of entries that are turned away, about 199 in 200 cost one look at one cache line.
    ///
    /// # Errors
    /// [`Damaged`] if a page on the way was changed since the index was built.
    pub fn exact(&self, kind: SignalKind, bytes: &[u8]) -> Result<impl Iterator<Item = u32> + '_, Damaged> {
        let (listed, slot) = match kind {
            SignalKind::Pdq => (&[][..], self.pdq_entries(bytes)?),
            SignalKind::Md5 | SignalKind::Sha1 | SignalKind::Sha256 => (self.exact_numbers(kind, bytes)?, Vec::new()),
        };
        Ok(listed.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).chain(slot))
    }

    /// The stored entry numbers beside a key.
    fn exact_numbers(&self, kind: SignalKind, key: &[u8]) -> Result<&[u8], Damaged> {
        let count = self.count(Section::Numbers(kind));
        if key.len() != kind.byte_len() || count == 0 {
            return Ok(&[]);
        }
        let (block, bits) = filter_bits(key, self.count(Section::Filter(kind)));
        let line = self.bytes(Section::Filter(kind), block * BLOCK_BYTES..(block + 1) * BLOCK_BYTES)?;
        if line.iter().zip(bits).any(|(known, wanted)| known & wanted != wanted) {
            return Ok(&[]);
        }
        let lead = directory_bytes(count);
        let group = group_of(key, lead);
        let ends = self.bytes(Section::Directory(kind), group * 4..group * 4 + 8)?;
        let (start, end) = (u32_at(ends, 0).unwrap_or_default() as usize, u32_at(ends, 4).unwrap_or_default() as usize);
        let width = kind.byte_len() - lead;
        let keys = self.bytes(Section::Keys(kind), start * width..end * width)?;
        let equal = equal_range(keys, width, &key[lead..]);
        self.bytes(Section::Numbers(kind), (start + equal.start) * 4..(start + equal.end) * 4)
    }
}

/// Positions of the keys that equal `wanted`.
fn equal_range(keys: &[u8], width: usize, wanted: &[u8]) -> Range<usize> {
    let first = lower_bound(keys, width, wanted);
    let equal = keys.get(first * width..).unwrap_or_default().chunks_exact(width).take_while(|key| *key == wanted).count();
    first..first + equal
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
