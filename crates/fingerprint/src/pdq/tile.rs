//! Sixteen values side by side, and squares of sixteen by sixteen turned on their side.
//!
//! A running sum waits for its own last addition, so it cannot fill a vector; sixteen running sums of sixteen rows can. For that the pixels
//! of sixteen rows must stand side by side, which is what turning a square does.

use fearless_simd::{Simd, f32x16, prelude::*};

/// Values in one vector, rows in one band, columns in one square.
pub(super) const LANES: usize = 16;

/// Sixteen values in memory, on a border of 64 bytes: a vector that lies across two cache lines costs two accesses.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f32; LANES]);

impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub(super) fn load<S: Simd>(&self, simd: S) -> f32x16<S> {
        f32x16::load_array(simd, self.0)
    }

    #[inline(always)]
    pub(super) fn store<S: Simd>(&mut self, vector: f32x16<S>) {
        vector.store_array(&mut self.0);
    }
}

/// Sixteen vectors: the rows of a square, or its columns.
pub(super) type Square<S> = [f32x16<S>; LANES];

/// Rows become columns. Four rounds of shuffling the first half into the second, as one riffles cards, swap the two halves of an address.
#[inline(always)]
pub(super) fn turned<S: Simd>(square: Square<S>) -> Square<S> {
    riffled(riffled(riffled(riffled(square))))
}

#[inline(always)]
fn riffled<S: Simd>(square: Square<S>) -> Square<S> {
    let mut out = square;
    for at in 0..LANES / 2 {
        let (low, high) = square[at].interleave(square[at + LANES / 2]);
        out[2 * at] = low;
        out[2 * at + 1] = high;
    }
    out
}
