//! Bytes to luminance: 0.299, 0.587 and 0.114 of red, green and blue, rounded once to 32 bits.

use super::tile::LANES;
use fearless_simd::{Simd, f32x16, i32x16, prelude::*, u8x16, u8x64, u32x16};

/// Bytes that [`sixteen`] may read: 48 of them are the pixels.
pub(super) const READ_BYTES: usize = 52;
/// Bytes of sixteen pixels.
const PIXEL_BYTES: usize = LANES * 3;

/// Luminance weights of red, green and blue in thousandths. Source: the reference. Green and blue stand in the second and third byte of
/// their 32 bits and stay there: a weight divided by a power of two is exact, and saves the shift.
const RED: f32 = 299.0;
const GREEN: f32 = 587.0 / 256.0;
const BLUE: f32 = 114.0 / 65_536.0;

/// A thousandth in two parts. The first has six digits, so that its product with a sum of 18 digits is exact; the second is the rest. The sum
/// of the two products is therefore rounded once, and so little off before that, that it is the correctly rounded quotient for each of the
/// 255,001 possible sums. A test compares them all.
const THOUSANDTH: f32 = 0.000_991_821_3;
const REST: f32 = (0.001 - THOUSANDTH as f64) as f32;

/// Luminance of sixteen pixels, each 0 to 255; the bytes behind the 48th do not count.
///
/// The weighted sum in thousandths is a whole number of at most 255,000, hence exact in 32 bits in any order. Divided by a thousand it is
/// the same value as the binding's 64-bit sum rounded to 32 bits, for all 16,777,216 colours.
#[inline(always)]
pub(super) fn sixteen<S: Simd>(simd: S, bytes: &[u8; READ_BYTES]) -> f32x16<S> {
    let bytes: u8x64<S> =
        quarter(simd, bytes, 0).combine(quarter(simd, bytes, 12)).combine(quarter(simd, bytes, 24).combine(quarter(simd, bytes, 36)));
    // Four pixels of three bytes become four of four; what the fourth byte holds is masked away below.
    let spread = u8x16::simd_from(simd, [0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 9, 10, 11, 0]);
    let spread: u8x64<S> = u8x64::block_splat(spread);
    let pixels: u32x16<S> = bytes.swizzle_dyn_within_blocks(spread).bitcast();
    // Through signed numbers: every processor converts those in one step.
    // Every product and every sum is exact, so fusing them changes nothing.
    let blue = part(pixels, 0xFF_0000) * BLUE;
    let green_and_blue = part(pixels, 0xFF00).mul_add(f32x16::splat(simd, GREEN), blue);
    thousandths(simd, part(pixels, 0xFF).mul_add(f32x16::splat(simd, RED), green_and_blue))
}

#[inline(always)]
fn quarter<S: Simd>(simd: S, bytes: &[u8; READ_BYTES], at: usize) -> u8x16<S> {
    u8x16::simd_from(simd, *bytes[at..].first_chunk().unwrap_or(&[0; 16]))
}

#[inline(always)]
fn part<S: Simd>(pixels: u32x16<S>, mask: u32) -> f32x16<S> {
    let masked: i32x16<S> = (pixels & mask).bitcast();
    masked.to_float()
}

/// Whole numbers up to 255,000 divided by a thousand, correctly rounded.
#[inline(always)]
fn thousandths<S: Simd>(simd: S, sums: f32x16<S>) -> f32x16<S> {
    // The product with the first part is exact: fused or not, the sum is rounded once.
    sums.mul_add(f32x16::splat(simd, THOUSANDTH), sums * REST)
}

/// Luminance of sixteen pixels from `column` on, of a row; zero where the row has ended.
#[inline(always)]
pub(super) fn from_row<S: Simd>(simd: S, row: &[u8], column: usize) -> f32x16<S> {
    let bytes = row.get(column * 3..).unwrap_or_default();
    match bytes.first_chunk() {
        Some(bytes) => sixteen(simd, bytes),
        None => sixteen(simd, &last(bytes)),
    }
}

/// The last bytes of a row, filled up with black.
fn last(bytes: &[u8]) -> [u8; READ_BYTES] {
    let mut out = [0; READ_BYTES];
    let len = bytes.len().min(PIXEL_BYTES);
    out[..len].copy_from_slice(&bytes[..len]);
    out
}

/// Luminance of a whole row.
#[inline(always)]
pub(super) fn row<S: Simd>(simd: S, row: &[u8], out: &mut [f32]) {
    for (at, out) in out.chunks_mut(LANES).enumerate() {
        let sixteen: [f32; LANES] = from_row(simd, row, at * LANES).to_array();
        out.copy_from_slice(&sixteen[..out.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[test]
    fn luminance_is_the_rounded_sum_of_every_colour() {
        let level = Level::new();
        for first in (0u32..1 << 24).step_by(LANES) {
            let mut bytes = [0; READ_BYTES];
            for (colour, pixel) in (first..).zip(bytes[..PIXEL_BYTES].as_chunks_mut::<3>().0) {
                let [_, red, green, blue] = colour.to_be_bytes();
                *pixel = [red, green, blue];
            }
            let found: [f32; LANES] = dispatch!(level, simd => sixteen(simd, &bytes).to_array());
            for (colour, found) in (first..).zip(found) {
                let [_, red, green, blue] = colour.to_be_bytes().map(f64::from);
                let expected = (red * 0.299 + green * 0.587 + blue * 0.114) as f32;
                assert_eq!(found.to_bits(), expected.to_bits(), "colour {colour:06x}");
            }
        }
    }
}
