//! Division by the number of pixels under a window, correctly rounded, without the processor's divider.
//!
//! The reference divides every average, twice a pixel, and a divider takes one vector in the time of ten multiplications. With a fused
//! multiply-and-add the quotient can be had from the reciprocal: a first quotient, what it misses (exact, because fused), and the correction.
//! The result is the correctly rounded quotient, that is, the same bits as a division. Source: P. Markstein, "Computation of elementary
//! functions on the IBM RISC System/6000 processor", 1990. The method does not hold for every divisor; a test compares every significand with
//! every divisor up to [`LARGEST`]. Above it, and without such instructions, the divider divides.

use fearless_simd::{Level, Simd, f32x16, prelude::*};

/// Largest divisor that may be divided by so: the window of a side of 65,536 pixels.
const LARGEST: u16 = 512;

/// A whole number that vectors are divided by.
#[derive(Clone, Copy)]
pub(super) struct Divisor {
    value: f32,
    reciprocal: f32,
}

impl Divisor {
    /// `value` is at least 1.
    pub(super) fn new(value: usize) -> Self {
        Self { value: value as f32, reciprocal: 1.0 / value as f32 }
    }

    /// The same bits as `dividends / value`. The dividends are zero or of ordinary size: no pixel average is near the ends of the range.
    /// `MULTIPLY` only if [`may_multiply`] says so of the largest divisor.
    #[inline(always)]
    pub(super) fn divide<S: Simd, const MULTIPLY: bool>(self, simd: S, dividends: f32x16<S>) -> f32x16<S> {
        if MULTIPLY { self.multiply(simd, dividends) } else { dividends / self.value }
    }

    #[inline(always)]
    fn multiply<S: Simd>(self, simd: S, dividends: f32x16<S>) -> f32x16<S> {
        let reciprocal = f32x16::splat(simd, self.reciprocal);
        let first = dividends * reciprocal;
        let missing = first.mul_add_precise(f32x16::splat(simd, -self.value), dividends);
        missing.mul_add_precise(reciprocal, first)
    }
}

/// Whether division by `largest` and by everything below it may be done by multiplication. Asked once a picture, not once a vector.
#[inline(always)]
pub(super) fn may_multiply<S: Simd>(simd: S, largest: usize) -> bool {
    fuses(simd) && largest <= usize::from(LARGEST)
}

/// Whether multiplying and adding in one rounding is one instruction. Known at compile time of each variant.
#[inline(always)]
fn fuses<S: Simd>(simd: S) -> bool {
    match simd.level() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx2(_) | Level::Avx512(_) => true,
        #[cfg(target_arch = "aarch64")]
        Level::Neon(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;

    /// Counts the significands whose quotient differs from the divider's.
    #[inline(always)]
    fn differences<S: Simd>(simd: S, value: u16) -> usize {
        let divisor = Divisor::new(usize::from(value));
        let mut different = 0;
        for first in (0x3F80_0000u32..0x4000_0000).step_by(16) {
            let dividends = f32x16::from_fn(simd, |at| f32::from_bits(first + at as u32));
            let found: [f32; 16] = divisor.multiply(simd, dividends).to_array();
            let expected: [f32; 16] = (dividends / f32::from(value)).to_array();
            different += found.iter().zip(expected).filter(|(found, expected)| found.to_bits() != expected.to_bits()).count();
        }
        different
    }

    #[test]
    fn every_significand_divides_as_the_divider_does() {
        let level = Level::new();
        if !dispatch!(level, simd => fuses(simd)) {
            println!("skipped: this processor multiplies and adds in two steps, and the divider divides");
            return;
        }
        // Doubling a divisor halves the quotient exactly: the odd ones stand for all.
        for value in (1..=LARGEST).step_by(2) {
            let different = dispatch!(level, simd => differences(simd, value));
            assert_eq!(different, 0, "divided by {value}");
        }
    }
}
