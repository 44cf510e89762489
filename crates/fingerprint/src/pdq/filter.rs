//! Both passes of the box filter in both directions, and the reduction to 64 by 64, in one walk over the pixels.
//!
//! The picture is never held as floating point. It is read in bands of sixteen rows, and a band in squares of sixteen columns, from left to
//! right. Each square goes through everything before the next one is read: luminance; turned; running sums across; turned back; running sums
//! down; turned; running sums across again, of which only the 64 sampled columns are kept. What is left of a band, 64 values a row, goes down
//! once more and is sampled. So memory grows with the width and the window, not with the area, and is touched once.
//!
//! A running sum of the reference has three phases: it only adds, adds and subtracts, only subtracts. Here it always does both, with zeros
//! where the picture has not begun or has ended, which changes no bit of a sum.

use super::divide::{Divisor, may_multiply};
use super::luma;
use super::tile::{LANES, Lanes, Square, turned};
use super::{BLOCK, Block};
use fearless_simd::{Simd, f32x16, prelude::*};

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

    /// How many pixels place `at` averages: fewer at both ends.
    fn count(self, at: usize) -> usize {
        let right = (at + self.ahead + 1).min(self.len);
        let left = (at + self.ahead + 1).saturating_sub(self.window);
        right - left
    }

    /// Steps until the sum of the last place has come out.
    fn steps(self) -> usize {
        self.len + self.ahead
    }

    /// The place that stands for place `at` of the block. Source: the reference, `decimateFloat`.
    fn sample(self, at: usize) -> usize {
        // The centre of the pixel: (at + 0.5) * len / 64, in whole numbers.
        (2 * at + 1) * self.len / (2 * BLOCK)
    }
}

/// Both filter passes and the decimation to 64 by 64.
#[inline(always)]
pub(super) fn shrink<S: Simd>(simd: S, rgb: &[u8], columns: usize, rows: usize) -> Block {
    if may_multiply(simd, BoxFilter::new(columns.max(rows)).window) {
        shrink_by::<S, true>(simd, rgb, columns, rows)
    } else {
        shrink_by::<S, false>(simd, rgb, columns, rows)
    }
}

#[inline(always)]
fn shrink_by<S: Simd, const MULTIPLY: bool>(simd: S, rgb: &[u8], columns: usize, rows: usize) -> Block {
    let mut bands = Bands::new(columns, rows);
    let mut last = Last::new(BoxFilter::new(rows));
    let row_bytes = columns * 3;
    for first in (0..bands.down.steps()).step_by(LANES) {
        let band = rgb.get(first * row_bytes..).unwrap_or_default();
        simd.vectorize(
            #[inline(always)]
            || bands.take::<S, MULTIPLY>(simd, band, first),
        );
        if first + LANES > bands.down.ahead {
            for (lane, row) in bands.sampled_rows(simd).iter().enumerate() {
                if (bands.down.ahead..bands.down.steps()).contains(&(first + lane)) {
                    last.push::<S, MULTIPLY>(simd, row);
                }
            }
        }
    }
    last.finish::<S, MULTIPLY>(simd)
}

/// Everything up to the 64 columns of each row that has gone through three of the four filters.
struct Bands {
    across: BoxFilter,
    down: BoxFilter,
    /// For each column, filled up to whole squares.
    divisors: Vec<Divisor>,
    /// Luminance of the band, sixteen rows side by side. One window of zeros before it, and zeros behind it.
    luma: Vec<Lanes>,
    /// Sums down the columns, a square's in one.
    sums: Vec<Lanes>,
    /// The last `window` rows of each square: row `n` at `n % window`.
    history: Vec<Lanes>,
    /// The band after three filters, one window of zeros before it.
    smooth: Vec<Lanes>,
    /// Where the sum of each sampled column comes out, and its column.
    samples: Vec<(usize, Divisor)>,
    /// The sampled columns of the band, sixteen rows side by side.
    sampled: [Lanes; BLOCK],
}

impl Bands {
    fn new(columns: usize, rows: usize) -> Self {
        let (across, down) = (BoxFilter::new(columns), BoxFilter::new(rows));
        let squares = columns.div_ceil(LANES);
        let longest = across.window + across.steps().next_multiple_of(LANES) + LANES;
        let sample = |at| {
            let column = across.sample(at);
            (column + across.ahead, Divisor::new(across.count(column)))
        };
        Self {
            across,
            down,
            divisors: (0..squares * LANES).map(|at| Divisor::new(if at < columns { across.count(at) } else { 1 })).collect(),
            luma: vec![Lanes::ZERO; longest],
            sums: vec![Lanes::ZERO; squares],
            history: vec![Lanes::ZERO; squares * down.window],
            smooth: vec![Lanes::ZERO; longest],
            samples: (0..BLOCK).map(sample).collect(),
            sampled: [Lanes::ZERO; BLOCK],
        }
    }

    /// Takes sixteen rows from row `first` on; rows behind the last one are zeros.
    #[inline(always)]
    fn take<S: Simd, const MULTIPLY: bool>(&mut self, simd: S, band: &[u8], first: usize) {
        self.read(simd, band);
        let ahead = self.across.ahead;
        let window = self.across.window;
        let mut across = f32x16::splat(simd, 0.0);
        for value in &self.luma[window..window + ahead] {
            across += value.load(simd);
        }
        let row_divisors: [Divisor; LANES] = std::array::from_fn(|lane| {
            let row = (first + lane).wrapping_sub(self.down.ahead);
            Divisor::new(if row < self.down.len { self.down.count(row) } else { 1 })
        });
        let slot = first % self.down.window;
        for square in 0..self.sums.len() {
            let at = square * LANES;
            let sums = across_square::<S, MULTIPLY>(simd, &mut across, &self.luma[at + ahead..], window, &self.divisors[at..]);
            let rows = turned(self.without_margin(simd, sums, at));
            let smooth = turned(self.down_square::<S, MULTIPLY>(simd, rows, square, slot, &row_divisors));
            for (place, column) in self.smooth[window + at..].iter_mut().zip(smooth) {
                place.store(column);
            }
        }
        self.sample::<S, MULTIPLY>(simd);
    }

    /// Luminance of the band, turned.
    #[inline(always)]
    fn read<S: Simd>(&mut self, simd: S, band: &[u8]) {
        let row_bytes = self.across.len * 3;
        let window = self.across.window;
        let rows: [&[u8]; LANES] = std::array::from_fn(|lane| band.get(lane * row_bytes..(lane + 1) * row_bytes).unwrap_or_default());
        for square in 0..self.sums.len() {
            let at = square * LANES;
            let mut square = [f32x16::splat(simd, 0.0); LANES];
            for (out, row) in square.iter_mut().zip(rows) {
                *out = luma::from_row(simd, row, at);
            }
            let columns = turned(square);
            for (place, column) in self.luma[window + at..].iter_mut().zip(columns) {
                place.store(column);
            }
        }
    }

    /// Columns behind the last one hold what rounding left of the sum; the next filter needs zeros there.
    #[inline(always)]
    fn without_margin<S: Simd>(&self, simd: S, columns: Square<S>, at: usize) -> Square<S> {
        let inside = self.across.len - at;
        if inside >= LANES {
            return columns;
        }
        let mut columns = columns;
        for column in &mut columns[inside..] {
            *column = f32x16::splat(simd, 0.0);
        }
        columns
    }

    /// Sixteen rows of a square through the filter down the columns; the first of them has its place in the history at `slot`.
    #[inline(always)]
    fn down_square<S: Simd, const MULTIPLY: bool>(
        &mut self,
        simd: S,
        rows: Square<S>,
        square: usize,
        slot: usize,
        divisors: &[Divisor; LANES],
    ) -> Square<S> {
        let window = self.down.window;
        let history = &mut self.history[square * window..(square + 1) * window];
        let mut sum = self.sums[square].load(simd);
        let mut out = rows;
        let mut slot = slot;
        for lane in 0..LANES {
            let oldest = history[slot].load(simd);
            history[slot].store(rows[lane]);
            slot = if slot + 1 == window { 0 } else { slot + 1 };
            sum = (sum + rows[lane]) - oldest;
            out[lane] = divisors[lane].divide::<S, MULTIPLY>(simd, sum);
        }
        self.sums[square].store(sum);
        out
    }

    /// The second pass across: all sums, and the averages of the sampled columns.
    #[inline(always)]
    fn sample<S: Simd, const MULTIPLY: bool>(&mut self, simd: S) {
        let window = self.across.window;
        let mut sum = f32x16::splat(simd, 0.0);
        let mut at = 0;
        for ((comes_out, divisor), out) in self.samples.iter().zip(&mut self.sampled) {
            let end = (*comes_out + 1).max(at);
            let (new, old) = (&self.smooth[at + window..end + window], &self.smooth[at..end]);
            for (new, old) in new.iter().zip(old) {
                sum = (sum + new.load(simd)) - old.load(simd);
            }
            at = end;
            out.store(divisor.divide::<S, MULTIPLY>(simd, sum));
        }
    }

    /// The sampled columns of each row of the band.
    #[inline(always)]
    fn sampled_rows<S: Simd>(&self, simd: S) -> [[Lanes; BLOCK / LANES]; LANES] {
        let mut out = [[Lanes::ZERO; BLOCK / LANES]; LANES];
        for (at, columns) in self.sampled.as_chunks::<LANES>().0.iter().enumerate() {
            let mut square = [f32x16::splat(simd, 0.0); LANES];
            for (vector, column) in square.iter_mut().zip(columns) {
                *vector = column.load(simd);
            }
            let rows = turned(square);
            for (row, out) in rows.iter().zip(&mut out) {
                out[at].store(*row);
            }
        }
        out
    }
}

/// The averages of sixteen columns: `luma` begins one window before the first value to be added.
#[inline(always)]
fn across_square<S: Simd, const MULTIPLY: bool>(
    simd: S,
    sum: &mut f32x16<S>,
    luma: &[Lanes],
    window: usize,
    divisors: &[Divisor],
) -> Square<S> {
    let (old, new) = (&luma[..LANES], &luma[window..window + LANES]);
    let divisors = &divisors[..LANES];
    let mut out = [f32x16::splat(simd, 0.0); LANES];
    for at in 0..LANES {
        *sum = (*sum + new[at].load(simd)) - old[at].load(simd);
        out[at] = divisors[at].divide::<S, MULTIPLY>(simd, *sum);
    }
    out
}

/// The second pass down, 64 columns wide.
struct Last {
    filter: BoxFilter,
    sums: [Lanes; BLOCK / LANES],
    history: Vec<[Lanes; BLOCK / LANES]>,
    taken: usize,
    block: Block,
    /// Rows of the block that are complete.
    filled: usize,
}

impl Last {
    fn new(filter: BoxFilter) -> Self {
        Self {
            filter,
            sums: [Lanes::ZERO; BLOCK / LANES],
            history: vec![[Lanes::ZERO; BLOCK / LANES]; filter.window],
            taken: 0,
            block: [[0.0; BLOCK]; BLOCK],
            filled: 0,
        }
    }

    /// Takes the next row; keeps what comes out as often as the block samples it.
    #[inline(always)]
    fn push<S: Simd, const MULTIPLY: bool>(&mut self, simd: S, row: &[Lanes; BLOCK / LANES]) {
        let oldest = &mut self.history[self.taken % self.filter.window];
        for ((sum, oldest), new) in self.sums.iter_mut().zip(oldest).zip(row) {
            sum.store((sum.load(simd) + new.load(simd)) - oldest.load(simd));
            *oldest = *new;
        }
        let at = self.taken.wrapping_sub(self.filter.ahead);
        self.taken += 1;
        while self.filled < BLOCK && self.filter.sample(self.filled) == at {
            let divisor = Divisor::new(self.filter.count(at));
            for (out, sum) in self.block[self.filled].as_chunks_mut::<LANES>().0.iter_mut().zip(&self.sums) {
                divisor.divide::<S, MULTIPLY>(simd, sum.load(simd)).store_array(out);
            }
            self.filled += 1;
        }
    }

    #[inline(always)]
    fn finish<S: Simd, const MULTIPLY: bool>(mut self, simd: S) -> Block {
        for _ in 0..self.filter.ahead {
            self.push::<S, MULTIPLY>(simd, &[Lanes::ZERO; BLOCK / LANES]);
        }
        self.block
    }
}
