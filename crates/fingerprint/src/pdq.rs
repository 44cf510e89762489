//! RGB pixels to PDQ: 256 bits and a quality, for all eight views from one transform.
//!
//! Source: ThreatExchange, `pdq/cpp/hashing` and `pdq/cpp/downscaling`; "The TMK+PDQF video-hashing algorithm and the PDQ
//! image-hashing algorithm", 2019. The arithmetic is 32-bit floating point in the order of the reference, so that equal pixels give
//! equal bits; every place that looks as if it could be summed faster is written this way for that reason.
//!
//! Two differences, both on purpose:
//! - Luminance is the exactly rounded weighted sum, as the Python binding of the reference computes it. The reference's own file loader
//!   rounds after every product; the two differ by less than 0.00005 of 255.
//! - A picture of 64 by 64 pixels is not filtered. The reference does the same for the plain hash, but filters for the eight views.
//!
//! The picture is never held as floating point: rows stream through the filters, so that memory grows with the width, not with the area.

use crate::error::Error;
use crate::signal::{Pdq, Quality, View};
use std::sync::OnceLock;

/// Side of the picture that is transformed. Source: the reference; any other value is another hash.
const BLOCK: usize = 64;
/// Side of the block of frequencies that become bits.
const BITS: usize = 16;
/// Shortest side that is hashed; below it the hash is all zeros with quality 0. Source: the reference, `MIN_HASHABLE_DIM`.
const MIN_SIDE: usize = 5;
/// Rows that go through the running sums side by side. A running sum waits for its own last addition; eight of them fill that wait.
const LANES: usize = 8;
/// Luminance weights of red, green and blue in thousandths: 0.299, 0.587, 0.114. Source: the reference.
const LUMA_WEIGHTS: [i32; 3] = [299, 587, 114];
/// What the weights add up to.
const LUMA_SCALE: f32 = 1000.0;
/// Gradients are counted in hundredths of the full range, so that only visible ones count. Source: the reference, quality metric.
const GRADIENT_STEPS: f32 = 100.0;
/// Brightest value.
const FULL_RANGE: f32 = 255.0;
/// Sum of gradients for one point of quality. Source: the reference, "heuristic scaling factor".
const GRADIENTS_PER_POINT: i32 = 90;

type Block = [[f32; BLOCK]; BLOCK];
type Frequencies = [[f32; BITS]; BITS];

/// The fingerprints of one picture in all eight views, with the quality they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdqViews {
    /// In the order of [`View::ALL`].
    pub hashes: [Pdq; 8],
    /// 0 to 100; below 50 the fingerprints are kept and never matched.
    pub quality: Quality,
}

impl PdqViews {
    /// The fingerprint of one view.
    pub fn get(&self, view: View) -> Pdq {
        self.hashes[usize::from(view.number())]
    }
}

/// PDQ fingerprints of one picture: 256 bits a view, most significant bit first, and the quality.
///
/// `rgb` is row-major, 3 bytes a pixel, exactly `width * height * 3` long. A side below 5 pixels gives zeros and quality 0, as the
/// reference does. Memory: about `width * (height / 128 + 20) * 4` bytes.
/// # Errors
/// [`Error::Shape`] if the length does not fit the sides or a side is zero. Source: ThreatExchange, `pdq/`.
pub fn pdq(rgb: &[u8], width: u32, height: u32) -> Result<PdqViews, Error> {
    let (columns, rows) = checked_sides(rgb, width, height)?;
    if columns < MIN_SIDE || rows < MIN_SIDE {
        return Ok(blank());
    }
    let block = if columns == BLOCK && rows == BLOCK { unfiltered(rgb) } else { shrink(rgb, columns, rows) };
    let frequencies = transform(&block);
    let hashes = View::ALL.map(|view| to_bits(&turned(&frequencies, view)));
    Ok(PdqViews { hashes, quality: quality(&block) })
}

fn checked_sides(rgb: &[u8], width: u32, height: u32) -> Result<(usize, usize), Error> {
    let expected = u64::from(width) * u64::from(height) * 3;
    if expected == 0 || rgb.len() as u64 != expected {
        return Err(Error::Shape { len: rgb.len(), width, height });
    }
    Ok((width as usize, height as usize))
}

fn blank() -> PdqViews {
    PdqViews { hashes: [Pdq::new([0; 32]); 8], quality: Quality::new(0) }
}

/// Luminance of a row, 0 to 255, each value rounded once.
///
/// The weighted sum in thousandths is a whole number of at most 255,000, so it is exact in 32 bits, and the one division rounds correctly: the
/// same value as the binding's 64-bit sum rounded to 32 bits, for all 16,777,216 colours. In two steps, because only the second one runs in
/// vectors: three bytes a pixel do not fit them.
fn luma_row(rgb: &[u8], out: &mut [f32]) {
    let [red_weight, green_weight, blue_weight] = LUMA_WEIGHTS;
    for (pixel, out) in rgb.as_chunks::<3>().0.iter().zip(out.iter_mut()) {
        let [red, green, blue] = pixel.map(i32::from);
        *out = (red * red_weight + green * green_weight + blue * blue_weight) as f32;
    }
    for value in out {
        *value /= LUMA_SCALE;
    }
}

fn unfiltered(rgb: &[u8]) -> Block {
    let mut block = [[0.0; BLOCK]; BLOCK];
    for (row, out) in rgb.chunks_exact(BLOCK * 3).zip(&mut block) {
        luma_row(row, out);
    }
    block
}

/// A box filter along one side of the picture. Source: the reference, `box1DFloat` and `computeJaroszFilterWindowSize`.
#[derive(Clone, Copy)]
struct BoxFilter {
    /// Length of the side in pixels.
    len: usize,
    /// Pixels under the full window.
    window: usize,
    /// How many pixels the window runs ahead of the pixel that it is for.
    ahead: usize,
}

impl BoxFilter {
    fn new(len: usize) -> Self {
        // Two passes of half the size of a block, rounded up.
        let window = len.div_ceil(2 * BLOCK);
        Self { len, window, ahead: window / 2 }
    }

    /// How many pixels each place averages, as floating point: fewer at both ends.
    fn counts(self) -> Vec<f32> {
        let full_until = self.len - self.ahead;
        (0..self.len)
            .map(|at| if at < full_until { (at + self.ahead + 1).min(self.window) } else { self.window - (at - full_until + 1) })
            .map(|count| count as f32)
            .collect()
    }

    /// Running sums along [`LANES`] rows at once: `out[at]` is the sum under the window of place `at`, not yet divided.
    ///
    /// Adding first and subtracting second is the order of the reference; a sum rounds differently in any other order.
    fn sums(self, rows: &[f32], out: &mut [f32]) {
        let mut rows = rows.chunks_exact(self.len);
        for out in out.chunks_exact_mut(self.len * LANES) {
            let lanes: [&[f32]; LANES] = std::array::from_fn(|_| rows.next().unwrap_or_default());
            self.lane_sums(lanes, out);
        }
    }

    fn lane_sums(self, rows: [&[f32]; LANES], out: &mut [f32]) {
        let Self { len, window, ahead } = self;
        let mut outs = out.chunks_exact_mut(len);
        let mut outs: [&mut [f32]; LANES] = std::array::from_fn(|_| outs.next().unwrap_or_default());
        let mut sums = [0.0; LANES];
        for right in 0..window {
            add(&mut sums, &rows, right);
            if right >= ahead {
                put(&sums, &mut outs, right - ahead);
            }
        }
        for right in window..len {
            add(&mut sums, &rows, right);
            subtract(&mut sums, &rows, right - window);
            put(&sums, &mut outs, right - ahead);
        }
        for left in len - window..len - window + ahead {
            subtract(&mut sums, &rows, left);
            put(&sums, &mut outs, left + window - ahead);
        }
    }
}

/// Side by side, so that no running sum waits for itself.
#[inline]
fn add(sums: &mut [f32; LANES], rows: &[&[f32]; LANES], at: usize) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        *sum += row[at];
    }
}

#[inline]
fn subtract(sums: &mut [f32; LANES], rows: &[&[f32]; LANES], at: usize) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        *sum -= row[at];
    }
}

#[inline]
fn put(sums: &[f32; LANES], outs: &mut [&mut [f32]; LANES], at: usize) {
    for (sum, out) in sums.iter().zip(outs) {
        out[at] = *sum;
    }
}

/// The box filter down the columns, fed row by row, so that it reads memory in order.
struct Columns {
    filter: BoxFilter,
    sums: Vec<f32>,
    /// The last `window` rows, the row `n` at place `n % window`.
    ring: Vec<f32>,
    taken: usize,
    counts: Vec<f32>,
    given: usize,
}

impl Columns {
    fn new(width: usize, filter: BoxFilter) -> Self {
        Self { filter, sums: vec![0.0; width], ring: vec![0.0; width * filter.window], taken: 0, counts: filter.counts(), given: 0 }
    }

    /// Takes the next row, each value still to be divided by its `divisor`; fills `out` and says true if a row came out.
    fn push(&mut self, row: &[f32], divisors: &[f32], out: &mut [f32]) -> bool {
        let width = self.sums.len();
        let place = self.taken % self.filter.window * width;
        let oldest = &mut self.ring[place..place + width];
        let full = self.taken >= self.filter.window;
        self.taken += 1;
        if self.taken <= self.filter.ahead {
            for (((sum, oldest), value), divisor) in self.sums.iter_mut().zip(oldest).zip(row).zip(divisors) {
                *oldest = value / divisor;
                *sum += *oldest;
            }
            return false;
        }
        let count = self.counts[self.given];
        self.given += 1;
        let places = self.sums.iter_mut().zip(oldest).zip(row.iter().zip(divisors)).zip(out);
        if full {
            for (((sum, oldest), (value, divisor)), out) in places {
                let value = value / divisor;
                *sum = (*sum + value) - *oldest;
                *oldest = value;
                *out = *sum / count;
            }
        } else {
            for (((sum, oldest), (value, divisor)), out) in places {
                *oldest = value / divisor;
                *sum += *oldest;
                *out = *sum / count;
            }
        }
        true
    }

    /// After the last row: the rows that are still owed, one a call.
    fn finish(&mut self, out: &mut [f32]) -> bool {
        if self.given >= self.filter.len {
            return false;
        }
        let width = self.sums.len();
        // The left edge of the window of row `given` has just left row `given + ahead - window`.
        let left = self.given + self.filter.ahead - self.filter.window;
        let place = left % self.filter.window * width;
        let count = self.counts[self.given];
        self.given += 1;
        for ((sum, oldest), out) in self.sums.iter_mut().zip(&self.ring[place..place + width]).zip(out) {
            *sum -= oldest;
            *out = *sum / count;
        }
        true
    }
}

/// The place in a side of `len` pixels that stands for place `at` of the block. Source: the reference, `decimateFloat`.
fn sample(at: usize, len: usize) -> usize {
    // The centre of the pixel: (at + 0.5) * len / 64, in whole numbers.
    (2 * at + 1) * len / (2 * BLOCK)
}

/// Both filter passes and the decimation to 64 by 64, fused.
///
/// The first pass is computed everywhere. Of the second pass only the sampled columns, and of those only the sampled rows, are divided.
fn shrink(rgb: &[u8], columns: usize, rows: usize) -> Block {
    let across = BoxFilter::new(columns);
    let down = BoxFilter::new(rows);
    let divisors = across.counts();
    let mut first = Columns::new(columns, down);
    let mut second = Second::new(across, down);
    let mut luma = vec![0.0; columns * LANES];
    let mut sums = vec![0.0; columns * LANES];
    for band in rgb.chunks(columns * 3 * LANES) {
        for (row, out) in band.chunks_exact(columns * 3).zip(luma.chunks_exact_mut(columns)) {
            luma_row(row, out);
        }
        across.sums(&luma, &mut sums);
        for row in sums.chunks_exact(columns).take(band.len() / (columns * 3)) {
            if first.push(row, &divisors, second.next_row()) {
                second.taken_row();
            }
        }
    }
    while first.finish(second.next_row()) {
        second.taken_row();
    }
    second.finish()
}

/// The second pass: collects rows in bands, samples their running sums at 64 places, and filters and samples down those.
struct Second {
    across: BoxFilter,
    counts: Vec<f32>,
    band: Vec<f32>,
    waiting: usize,
    down: Columns,
    block: Block,
    /// Rows of the block that are complete.
    filled: usize,
}

impl Second {
    fn new(across: BoxFilter, down: BoxFilter) -> Self {
        Self {
            across,
            counts: across.counts(),
            band: vec![0.0; across.len * LANES],
            waiting: 0,
            down: Columns::new(BLOCK, down),
            block: [[0.0; BLOCK]; BLOCK],
            filled: 0,
        }
    }

    /// Where the next row goes.
    fn next_row(&mut self) -> &mut [f32] {
        let start = self.waiting * self.across.len;
        &mut self.band[start..start + self.across.len]
    }

    /// The row in [`Self::next_row`] is complete.
    fn taken_row(&mut self) {
        self.waiting += 1;
        if self.waiting == LANES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let sampled = self.sampled();
        for row in sampled.iter().take(std::mem::take(&mut self.waiting)) {
            let mut out = [0.0; BLOCK];
            // The values are divided already.
            if self.down.push(row, &[1.0; BLOCK], &mut out) {
                self.keep(out);
            }
        }
    }

    /// The averages at the 64 sampled places of each row of the band.
    fn sampled(&self) -> [[f32; BLOCK]; LANES] {
        let BoxFilter { len, window, ahead } = self.across;
        let mut rows = self.band.chunks_exact(len);
        let rows: [&[f32]; LANES] = std::array::from_fn(|_| rows.next().unwrap_or_default());
        let mut sums = [0.0; LANES];
        let mut sampled = [[0.0; BLOCK]; LANES];
        let mut next = 0;
        for (place, at) in (0..BLOCK).map(|place| (place, sample(place, len))) {
            // One step for every place of the output, past the right end with nothing left to add.
            let until = at + ahead + 1;
            for right in next..until.min(window) {
                add(&mut sums, &rows, right);
            }
            for right in next.max(window)..until.min(len) {
                add(&mut sums, &rows, right);
                subtract(&mut sums, &rows, right - window);
            }
            for right in next.max(len)..until {
                subtract(&mut sums, &rows, right - window);
            }
            next = next.max(until);
            for (row, sum) in sampled.iter_mut().zip(sums) {
                row[place] = sum / self.counts[at];
            }
        }
        sampled
    }

    /// Takes one row out of the filter down the columns; keeps it as often as the block samples it.
    fn keep(&mut self, row: [f32; BLOCK]) {
        let at = self.down.given - 1;
        while self.filled < BLOCK && sample(self.filled, self.down.filter.len) == at {
            self.block[self.filled] = row;
            self.filled += 1;
        }
    }

    fn finish(mut self) -> Block {
        self.flush();
        let mut out = [0.0; BLOCK];
        while self.down.finish(&mut out) {
            self.keep(out);
        }
        self.block
    }
}

/// Quality from the visible gradients between neighbours, 0 to 100. Source: the reference, `pdqImageDomainQualityMetric`.
fn quality(block: &Block) -> Quality {
    let gradient = |a: f32, b: f32| (((a - b) * GRADIENT_STEPS) / FULL_RANGE) as i32;
    let mut sum = 0;
    for (row, below) in block.iter().zip(block.iter().skip(1)) {
        sum += row.iter().zip(below).map(|(a, b)| gradient(*a, *b).abs()).sum::<i32>();
    }
    for row in block {
        sum += row.iter().zip(row.iter().skip(1)).map(|(a, b)| gradient(*a, *b).abs()).sum::<i32>();
    }
    Quality::new((sum / GRADIENTS_PER_POINT).clamp(0, 100) as u8)
}

/// The first 16 frequencies without the constant one, for 64 places. Source: the reference, `dct_matrix_64`.
fn cosines() -> &'static [[f32; BLOCK]; BITS] {
    static COSINES: OnceLock<[[f32; BLOCK]; BITS]> = OnceLock::new();
    COSINES.get_or_init(|| {
        let scale = f64::from((2.0 / BLOCK as f64).sqrt() as f32);
        let step = std::f64::consts::PI / 2.0 / BLOCK as f64;
        std::array::from_fn(|i| std::array::from_fn(|j| (scale * (step * (i + 1) as f64 * (2 * j + 1) as f64).cos()) as f32))
    })
}

/// The cosine transform of both sides, 16 frequencies each. Every sum runs from the first place to the last, as in the reference.
fn transform(block: &Block) -> Frequencies {
    let cosines = cosines();
    let mut out = [[0.0; BITS]; BITS];
    for (weights, out) in cosines.iter().zip(&mut out) {
        let mut down = [0.0f32; BLOCK];
        for (weight, row) in weights.iter().zip(block) {
            for (sum, value) in down.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
        for (at, value) in down.iter().enumerate() {
            for (sum, weights) in out.iter_mut().zip(cosines) {
                *sum += value * weights[at];
            }
        }
    }
    out
}

/// The frequencies of a view: turning and mirroring a picture only swaps the sides and changes signs. Source: the reference,
/// `dct16OriginalToRotate90` and the six beside it.
fn turned(original: &Frequencies, view: View) -> Frequencies {
    let mut out = [[0.0; BITS]; BITS];
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

/// One bit a frequency: above the median or not. Frequency `(i, j)` is bit `16 * i + j`, and bit 0 is the last bit of the last byte.
///
/// The median is the 128th smallest of 256, which is what the reference's `torben` returns.
fn to_bits(frequencies: &Frequencies) -> Pdq {
    let mut sorted = *frequencies.as_flattened().as_array::<{ BITS * BITS }>().unwrap_or(&[0.0; BITS * BITS]);
    let (_, median, _) = sorted.select_nth_unstable_by((BITS * BITS).div_ceil(2) - 1, f32::total_cmp);
    let mut bytes = [0u8; 32];
    for (bit, value) in frequencies.as_flattened().iter().enumerate() {
        if *value > *median {
            bytes[31 - bit / 8] |= 1 << (bit % 8);
        }
    }
    Pdq::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The reference, step by step: whole floating-point pictures, one column at a time, everything computed and then sampled.
    fn pdq_slow(rgb: &[u8], width: usize, height: usize) -> PdqViews {
        let weighted = |p: &[u8]| (f64::from(p[0]) * 0.299 + f64::from(p[1]) * 0.587 + f64::from(p[2]) * 0.114) as f32;
        let mut picture: Vec<f32> = rgb.chunks_exact(3).map(weighted).collect();
        if (width, height) != (BLOCK, BLOCK) {
            for _pass in 0..2 {
                for row in picture.chunks_exact_mut(width) {
                    let smooth = box_slow(row);
                    row.copy_from_slice(&smooth);
                }
                for column in 0..width {
                    let values: Vec<f32> = picture.iter().skip(column).step_by(width).copied().collect();
                    for (row, value) in box_slow(&values).into_iter().enumerate() {
                        picture[row * width + column] = value;
                    }
                }
            }
        }
        let centre = |at: usize, len: usize| (((at as f64 + 0.5) * len as f64) / 64.0) as usize;
        let block: Block = std::array::from_fn(|i| std::array::from_fn(|j| picture[centre(i, height) * width + centre(j, width)]));
        let frequencies = transform_slow(&block);
        PdqViews { hashes: View::ALL.map(|view| bits_slow(&turned(&frequencies, view))), quality: quality(&block) }
    }

    fn box_slow(values: &[f32]) -> Vec<f32> {
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

    fn transform_slow(block: &Block) -> Frequencies {
        let weights = |i: usize, j: usize| {
            (f64::from(0.03125f64.sqrt() as f32) * (std::f64::consts::PI / 128.0 * (i + 1) as f64 * (2 * j + 1) as f64).cos()) as f32
        };
        let half: [[f32; BLOCK]; BITS] =
            std::array::from_fn(|i| std::array::from_fn(|j| (0..BLOCK).fold(0.0, |sum, k| sum + weights(i, k) * block[k][j])));
        std::array::from_fn(|i| std::array::from_fn(|j| (0..BLOCK).fold(0.0, |sum, k| sum + half[i][k] * weights(j, k))))
    }

    /// The median by Torben's method, which the reference uses: halve the range until at most half lie on each side.
    fn bits_slow(frequencies: &Frequencies) -> Pdq {
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

    /// A picture of `kind`: noise, steps, gradients, one colour; the kinds for which rounding decides bits differ most.
    fn picture(kind: u8, seed: u64, width: usize, height: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let mut noise = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        let at = |place: usize| (place % width, place / width);
        (0..width * height * 3)
            .map(|byte| {
                let (x, y) = at(byte / 3);
                match kind {
                    0 => noise(),
                    1 => ((x / 7 + y / 5) % 2 * 255) as u8,
                    2 => (x * 255 / width) as u8,
                    3 => 200,
                    _ => (((x * 3) ^ (y * 5)) as u8).wrapping_add(noise() / 16),
                }
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn fast_equals_slow(kind in 0u8..5, seed: u64, width in 5usize..420, height in 5usize..420) {
            let rgb = picture(kind, seed, width, height);
            prop_assert_eq!(pdq(&rgb, width as u32, height as u32).unwrap(), pdq_slow(&rgb, width, height));
        }
    }

    #[test]
    fn fast_equals_slow_at_the_edges_of_window_and_block() {
        for (width, height) in [
            (5, 5),
            (5, 300),
            (300, 5),
            (63, 64),
            (64, 64),
            (64, 65),
            (127, 128),
            (128, 129),
            (129, 127),
            (256, 257),
            (1030, 40),
            (40, 1030),
        ] {
            for kind in 0..5 {
                let rgb = picture(kind, 7, width, height);
                let fast = pdq(&rgb, width as u32, height as u32).unwrap();
                assert_eq!(fast, pdq_slow(&rgb, width, height), "{width} by {height}, kind {kind}");
            }
        }
    }

    #[test]
    fn luminance_is_the_rounded_sum_of_every_colour() {
        for colour in 0u32..1 << 24 {
            let [_, red, green, blue] = colour.to_be_bytes();
            let expected = (f64::from(red) * 0.299 + f64::from(green) * 0.587 + f64::from(blue) * 0.114) as f32;
            let mut found = [0.0];
            luma_row(&[red, green, blue], &mut found);
            assert_eq!(found[0].to_bits(), expected.to_bits(), "colour {colour:06x}");
        }
    }

    #[test]
    fn small_pictures_have_no_fingerprint() {
        let views = pdq(&[128; 4 * 100 * 3], 4, 100).unwrap();
        assert_eq!(views, blank(), "zeros and quality 0 below five pixels");
    }

    #[test]
    fn one_colour_has_no_quality() {
        let views = pdq(&[77; 100 * 100 * 3], 100, 100).unwrap();
        assert_eq!(views.quality, Quality::new(0), "a blank picture matches nothing");
    }

    #[test]
    fn a_wrong_length_is_refused() {
        assert!(matches!(pdq(&[0; 10], 2, 2), Err(Error::Shape { .. })), "twelve bytes are four pixels");
        assert!(matches!(pdq(&[], 0, 0), Err(Error::Shape { .. })), "no pixels are no picture");
    }
}
