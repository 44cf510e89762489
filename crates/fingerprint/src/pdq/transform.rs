//! 64 by 64 averages to 16 by 16 frequencies, and those to the bits of all eight views.

use super::{BLOCK, Block};
use crate::signal::{Pdq, View};
use std::sync::OnceLock;

/// Side of the block of frequencies that become bits.
const BITS: usize = 16;
/// How many frequencies, and bits.
const ALL: usize = BITS * BITS;

/// Frequencies down, then across.
pub(super) type Frequencies = [[f32; BITS]; BITS];

/// The first 16 frequencies without the constant one, for 64 places. Source: the reference, `dct_matrix_64`.
struct Cosines {
    by_frequency: [[f32; BLOCK]; BITS],
    by_place: [[f32; BITS]; BLOCK],
}

fn cosines() -> &'static Cosines {
    static COSINES: OnceLock<Cosines> = OnceLock::new();
    COSINES.get_or_init(|| {
        let scale = f64::from((2.0 / BLOCK as f64).sqrt() as f32);
        let step = std::f64::consts::PI / 2.0 / BLOCK as f64;
        let weight = |i: usize, j: usize| (scale * (step * (i + 1) as f64 * (2 * j + 1) as f64).cos()) as f32;
        let by_frequency: [[f32; BLOCK]; BITS] = std::array::from_fn(|i| std::array::from_fn(|j| weight(i, j)));
        Cosines { by_frequency, by_place: std::array::from_fn(|j| by_frequency.map(|weights| weights[j])) }
    })
}

/// The cosine transform of both sides, 16 frequencies each. Every sum runs from the first place to the last, as in the reference; what stands
/// side by side are different sums.
#[inline(always)]
pub(super) fn transform(block: &Block) -> Frequencies {
    let cosines = cosines();
    let mut out = [[0.0; BITS]; BITS];
    for (weights, out) in cosines.by_frequency.iter().zip(&mut out) {
        let mut down = [0.0f32; BLOCK];
        for (weight, row) in weights.iter().zip(block) {
            for (sum, value) in down.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
        for (value, weights) in down.iter().zip(&cosines.by_place) {
            for (sum, weight) in out.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
    }
    out
}

/// The bits of all views, in the order of [`View::ALL`].
///
/// Turning and mirroring a picture only swaps the sides of its frequencies and negates some. Source: the reference, `dct16OriginalToRotate90` and
/// the six beside it. Swapping moves bits and leaves the median as it is, so four sets of signs are enough for eight views.
#[inline(always)]
pub(super) fn all_views(frequencies: &Frequencies) -> [Pdq; 8] {
    let plain = above_median(frequencies);
    let odd = above_median(&negated(frequencies, |i, j| (i + j) % 2 == 1));
    let even_rows = above_median(&negated(frequencies, |i, _| i % 2 == 0));
    let even_columns = above_median(&negated(frequencies, |_, j| j % 2 == 0));
    View::ALL.map(|view| {
        to_bits(&match view {
            View::Original => plain,
            View::Rotate90 => swapped(&even_columns),
            View::Rotate180 => odd,
            View::Rotate270 => swapped(&even_rows),
            View::FlipX => even_rows,
            View::FlipY => even_columns,
            View::FlipPlus1 => swapped(&plain),
            View::FlipMinus1 => swapped(&odd),
        })
    })
}

/// The bits of the picture as stored.
#[inline(always)]
pub(super) fn original_view(frequencies: &Frequencies) -> Pdq {
    to_bits(&above_median(frequencies))
}

#[inline(always)]
fn negated(frequencies: &Frequencies, negative: impl Fn(usize, usize) -> bool) -> Frequencies {
    let mut out = *frequencies;
    for (i, row) in out.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = if negative(i, j) { -*value } else { *value };
        }
    }
    out
}

/// One bit a frequency, above the median or not: bit `j` of word `i`.
///
/// The median is the 128th smallest of 256, which is what the reference's `torben` returns.
#[inline(always)]
fn above_median(frequencies: &Frequencies) -> [u16; BITS] {
    let mut sorted = *frequencies.as_flattened().as_array::<ALL>().unwrap_or(&[0.0; ALL]);
    let (_, median, _) = sorted.select_nth_unstable_by(ALL.div_ceil(2) - 1, f32::total_cmp);
    frequencies.map(|row| row.iter().enumerate().map(|(j, value)| u16::from(*value > *median) << j).sum())
}

/// Bit `j` of word `i` becomes bit `i` of word `j`.
#[inline(always)]
fn swapped(words: &[u16; BITS]) -> [u16; BITS] {
    std::array::from_fn(|j| words.iter().enumerate().map(|(i, word)| (word >> j & 1) << i).sum())
}

/// Frequency `(i, j)` is bit `16 * i + j`, and bit 0 is the last bit of the last byte.
#[inline(always)]
fn to_bits(words: &[u16; BITS]) -> Pdq {
    let mut bytes = [0u8; 2 * BITS];
    for (out, word) in bytes.rchunks_exact_mut(2).zip(words) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    Pdq::new(bytes)
}
