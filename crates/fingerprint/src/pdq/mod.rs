//! RGB pixels to PDQ: 256 bits and a quality, for all eight views from one transform.
//!
//! Source: ThreatExchange, `pdq/cpp/hashing` and `pdq/cpp/downscaling`; "The TMK+PDQF video-hashing algorithm and the PDQ
//! image-hashing algorithm", 2019. The arithmetic is 32-bit floating point in the order of the reference, so that equal pixels give
//! equal bits: every running sum adds first and subtracts second, and nothing is summed in another order because it would be faster.
//! What is free is which sums stand side by side in one vector; the speed comes from there. `slow.rs` is the same without vectors, as the
//! reference writes it, and the tests hold the two together.
//!
//! Two differences from the reference, both on purpose:
//! - Luminance is the exactly rounded weighted sum, as the Python binding of the reference computes it. The reference's own file loader
//!   rounds after every product; the two differ by less than 0.00005 of 255.
//! - A picture of 64 by 64 pixels is not filtered. The reference does the same for the plain hash, but filters for the eight views.
//!
//! `luma.rs`: bytes to luminance · `divide.rs`: division without the divider · `tile.rs`: squares of sixteen, turned · `filter.rs`: both box
//! filters and the reduction to 64 by 64, fused · `transform.rs`: frequencies, views, bits · `quality.rs`: gradients

mod divide;
mod filter;
mod luma;
mod quality;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod tests;
mod tile;
mod transform;

use crate::blank::is_blank;
use crate::error::Error;
use crate::signal::{Pdq, Quality, View};
use fearless_simd::{Level, Simd, dispatch};

/// Side of the picture that is transformed. Source: the reference; any other value is another hash.
const BLOCK: usize = 64;
/// Shortest side that is hashed; below it the hash is all zeros with quality 0. Source: the reference, `MIN_HASHABLE_DIM`.
const MIN_SIDE: usize = 5;

/// The picture that is transformed: luminance, 0 to 255, row by row.
type Block = [[f32; BLOCK]; BLOCK];

/// The fingerprints of one picture in all eight views, with the quality they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdqViews {
    /// In the order of [`View::ALL`].
    pub hashes: [Pdq; 8],
    /// 0 to 100; below 50 the fingerprints are kept and never matched.
    pub quality: Quality,
    /// Nothing is left once bars and stripes are taken away: never matched, whatever the quality. Not part of the reference.
    pub blank: bool,
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
/// reference does. Memory: about `width * (height / 128 + 40) * 4` bytes; none grows with the area.
/// # Errors
/// [`Error::Shape`] if the length does not fit the sides or a side is zero. Source: ThreatExchange, `pdq/`.
pub fn pdq(rgb: &[u8], width: u32, height: u32) -> Result<PdqViews, Error> {
    pdq_at(Level::new(), rgb, width, height)
}

/// The same with the vectors of `level`: every level gives the same bits.
fn pdq_at(level: Level, rgb: &[u8], width: u32, height: u32) -> Result<PdqViews, Error> {
    Ok(Downsampled::at(level, rgb, width, height)?.views())
}

/// The 64 by 64 averages of a picture, from which its fingerprints follow: the first and by far the longer half of [`pdq()`], apart so that the
/// two halves can be measured.
#[derive(Clone, Debug)]
pub struct Downsampled {
    level: Level,
    block: Block,
    /// A side was too short to be hashed.
    too_small: bool,
}

impl Downsampled {
    /// Filters and reduces a picture; arguments as of [`pdq()`].
    /// # Errors
    /// [`Error::Shape`] if the length does not fit the sides or a side is zero.
    pub fn new(rgb: &[u8], width: u32, height: u32) -> Result<Self, Error> {
        Self::at(Level::new(), rgb, width, height)
    }

    fn at(level: Level, rgb: &[u8], width: u32, height: u32) -> Result<Self, Error> {
        let (columns, rows) = checked_sides(rgb, width, height)?;
        let too_small = columns < MIN_SIDE || rows < MIN_SIDE;
        let block = if too_small { [[0.0; BLOCK]; BLOCK] } else { dispatch!(level, simd => downsample(simd, rgb, columns, rows)) };
        Ok(Self { level, block, too_small })
    }

    /// Average luminance, 0 to 255, row by row; zeros if a side is below 5 pixels.
    pub fn averages(&self) -> &[[f32; BLOCK]; BLOCK] {
        &self.block
    }

    /// The fingerprints of all eight views, and the quality.
    pub fn views(&self) -> PdqViews {
        if self.too_small {
            return PdqViews { hashes: [Pdq::new([0; 32]); 8], quality: Quality::new(0), blank: true };
        }
        dispatch!(self.level, simd => simd.vectorize(#[inline(always)] || PdqViews {
            hashes: transform::all_views(&transform::transform(&self.block)),
            quality: quality::quality(&self.block),
            blank: is_blank(&self.block),
        }))
    }

    /// The fingerprint of the picture as stored, without the other seven views.
    pub fn original(&self) -> Pdq {
        if self.too_small {
            return Pdq::new([0; 32]);
        }
        dispatch!(self.level, simd => simd.vectorize(#[inline(always)] || transform::original_view(&transform::transform(&self.block))))
    }
}

fn checked_sides(rgb: &[u8], width: u32, height: u32) -> Result<(usize, usize), Error> {
    let expected = (u64::from(width) * u64::from(height)).saturating_mul(3);
    if expected == 0 || rgb.len() as u64 != expected {
        return Err(Error::Shape { len: rgb.len(), width, height });
    }
    Ok((width as usize, height as usize))
}

#[inline(always)]
fn downsample<S: Simd>(simd: S, rgb: &[u8], columns: usize, rows: usize) -> Block {
    if columns == BLOCK && rows == BLOCK { unfiltered(simd, rgb) } else { filter::shrink(simd, rgb, columns, rows) }
}

#[inline(always)]
fn unfiltered<S: Simd>(simd: S, rgb: &[u8]) -> Block {
    let mut block = [[0.0; BLOCK]; BLOCK];
    for (row, out) in rgb.chunks_exact(BLOCK * 3).zip(&mut block) {
        luma::row(simd, row, out);
    }
    block
}
