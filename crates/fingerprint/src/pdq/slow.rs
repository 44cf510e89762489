//! The same fingerprint as the reference writes it, step by step: whole floating-point pictures, one row and one column at a time, everything
//! computed and then sampled. It shares no arithmetic with the fast way, and is what the fast way is compared with.

use super::{BLOCK, Block, MIN_SIDE, PdqViews};
use crate::signal::{Pdq, Quality, View};

type Frequencies = [[f32; 16]; 16];

/// The fingerprints of a picture whose sides fit its bytes.
pub(super) fn pdq_slow(rgb: &[u8], width: usize, height: usize) -> PdqViews {
    if width < MIN_SIDE || height < MIN_SIDE {
        return PdqViews { hashes: [Pdq::new([0; 32]); 8], quality: Quality::new(0), blank: true };
    }
    let block = block(rgb, width, height);
    let frequencies = transform(&block);
    PdqViews {
        hashes: View::ALL.map(|view| bits(&turned(&frequencies, view))),
        quality: quality(&block),
        blank: crate::blank::is_blank(&block),
    }
}

/// The 64 by 64 averages that are transformed.
pub(super) fn block(rgb: &[u8], width: usize, height: usize) -> Block {
    let weighted = |p: &[u8]| (f64::from(p[0]) * 0.299 + f64::from(p[1]) * 0.587 + f64::from(p[2]) * 0.114) as f32;
    let mut picture: Vec<f32> = rgb.chunks_exact(3).map(weighted).collect();
    if (width, height) != (BLOCK, BLOCK) {
        for _pass in 0..2 {
            filter(&mut picture, width);
        }
    }
    let centre = |at: usize, len: usize| (((at as f64 + 0.5) * len as f64) / 64.0) as usize;
    std::array::from_fn(|i| std::array::from_fn(|j| picture[centre(i, height) * width + centre(j, width)]))
}

/// One pass along the rows, then along the columns.
fn filter(picture: &mut [f32], width: usize) {
    for row in picture.chunks_exact_mut(width) {
        let smooth = averages(row);
        row.copy_from_slice(&smooth);
    }
    for column in 0..width {
        let values: Vec<f32> = picture.iter().skip(column).step_by(width).copied().collect();
        for (row, value) in averages(&values).into_iter().enumerate() {
            picture[row * width + column] = value;
        }
    }
}

/// Source: the reference, `box1DFloat`, whose four phases are these three conditions.
fn averages(values: &[f32]) -> Vec<f32> {
    let len = values.len();
    let window = len.div_ceil(128);
    let half = (window + 2) / 2;
    let (mut sum, mut count, mut left, mut right) = (0.0f32, 0, 0, 0);
    let mut out = Vec::new();
    for step in 0..len + half - 1 {
        if right < len {
            sum += values[right];
            right += 1;
            count += 1;
        }
        if step >= window {
            sum -= values[left];
            left += 1;
            count -= 1;
        }
        if step >= half - 1 {
            out.push(sum / count as f32);
        }
    }
    out
}

fn quality(block: &Block) -> Quality {
    let step = |a: f32, b: f32| (((a - b) * 100.0) / 255.0) as i32;
    let mut sum = 0;
    for i in 0..BLOCK {
        for j in 0..BLOCK {
            if i + 1 < BLOCK {
                sum += step(block[i][j], block[i + 1][j]).abs();
            }
            if j + 1 < BLOCK {
                sum += step(block[i][j], block[i][j + 1]).abs();
            }
        }
    }
    Quality::new((sum / 90).min(100) as u8)
}

fn transform(block: &Block) -> Frequencies {
    let weight = |i: usize, j: usize| {
        (f64::from(0.03125f64.sqrt() as f32) * (std::f64::consts::PI / 128.0 * (i + 1) as f64 * (2 * j + 1) as f64).cos()) as f32
    };
    let half: [[f32; BLOCK]; 16] =
        std::array::from_fn(|i| std::array::from_fn(|j| (0..BLOCK).fold(0.0, |sum, k| sum + weight(i, k) * block[k][j])));
    std::array::from_fn(|i| std::array::from_fn(|j| (0..BLOCK).fold(0.0, |sum, k| sum + half[i][k] * weight(j, k))))
}

/// Turning and mirroring a picture only swaps the sides of its frequencies and changes signs. Source: the reference,
/// `dct16OriginalToRotate90` and the six beside it.
fn turned(original: &Frequencies, view: View) -> Frequencies {
    let mut out = [[0.0; 16]; 16];
    for (i, row) in original.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let (swapped, negative) = match view {
                View::Original => (false, false),
                View::Rotate90 => (true, j % 2 == 0),
                View::Rotate180 => (false, (i + j) % 2 == 1),
                View::Rotate270 => (true, i % 2 == 0),
                View::FlipX => (false, i % 2 == 0),
                View::FlipY => (false, j % 2 == 0),
                View::FlipPlus1 => (true, false),
                View::FlipMinus1 => (true, (i + j) % 2 == 1),
            };
            let (row, column) = if swapped { (j, i) } else { (i, j) };
            out[row][column] = if negative { -value } else { *value };
        }
    }
    out
}

/// The median by Torben's method, which the reference uses: halve the range until at most half lie on each side.
fn bits(frequencies: &Frequencies) -> Pdq {
    let values = frequencies.as_flattened();
    let (mut low, mut high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    let median = loop {
        let guess = (low + high) / 2.0;
        let less = values.iter().filter(|v| **v < guess).count();
        let greater = values.iter().filter(|v| **v > guess).count();
        let below = values.iter().filter(|v| **v < guess).fold(low, |best, v| best.max(*v));
        let above = values.iter().filter(|v| **v > guess).fold(high, |best, v| best.min(*v));
        if less <= 128 && greater <= 128 {
            break if less >= 128 {
                below
            } else if 256 - greater >= 128 {
                guess
            } else {
                above
            };
        }
        if less > greater { high = below } else { low = above }
    };
    let mut bytes = [0u8; 32];
    for (bit, value) in values.iter().enumerate() {
        bytes[31 - bit / 8] |= u8::from(*value > median) << (bit % 8);
    }
    Pdq::new(bytes)
}
