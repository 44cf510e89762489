//! Comparing tags, 32 at a time.

use fearless_simd::{Simd, prelude::*, u16x32};

/// Tags that are compared at once: one register of AVX-512, two of AVX2, four of NEON.
pub(super) const BLOCK: usize = 32;

/// One bit for each tag (little-endian, the lowest bit is the first) that differs from `wanted` in at most `most` bits.
#[inline(always)]
pub(super) fn near_tags<S: Simd>(simd: S, tags: &[u8; 2 * BLOCK], wanted: u16, most: u32) -> u32 {
    let mut numbers = [0u16; BLOCK];
    for (number, bytes) in numbers.iter_mut().zip(tags.as_chunks::<2>().0) {
        *number = u16::from_le_bytes(*bytes);
    }
    let differing = (u16x32::from_slice(simd, &numbers) ^ u16x32::splat(simd, wanted)).count_ones();
    // A mask of 32 lanes, and `most` is at most 5.
    differing.simd_le(u16x32::splat(simd, most as u16)).to_bitmask() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[test]
    fn every_lane_answers_for_itself() {
        let mut tags = [0u8; 64];
        let numbers: [u16; BLOCK] = std::array::from_fn(|lane| (lane as u16).wrapping_mul(0x9e37) ^ 0x1234);
        for (pair, number) in tags.as_chunks_mut::<2>().0.iter_mut().zip(numbers) {
            *pair = number.to_le_bytes();
        }
        for wanted in [0, 0x1234, 0xffff, numbers[31]] {
            for most in 0..=16 {
                let expected =
                    numbers.iter().rev().fold(0u32, |bits, number| bits << 1 | u32::from((number ^ wanted).count_ones() <= most));
                assert_eq!(dispatch!(Level::new(), simd => near_tags(simd, &tags, wanted, most)), expected, "{wanted:04x} within {most}");
            }
        }
    }
}
