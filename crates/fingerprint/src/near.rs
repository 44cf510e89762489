//! The second, independent opinion on near copies. The only importer of `img_hash`.
//!
//! PDQ takes 256 frequencies of a strongly blurred picture of 64 by 64. This hash takes 256 of a sharper one of 32 by 32, down to the average
//! brightness, from other samples, and compares each with their median. The two are cousins, not strangers: of all that `img_hash` offers this
//! one tells most false near copies from true ones (`docs/robustness.md` has the figures). It is for near copies among a site's own uploads
//! and for the operator's own list; the lists of others carry PDQ. It is an opinion *beside* PDQ: alone it has no measure of quality, and pictures of
//! one colour are all alike.
//!
//! **What the kind means.** Only values of the same kind are comparable, so everything that decides a bit belongs to [`NearHash::KIND`]; a change of
//! any of it needs another kind:
//! 1. 512 by 512 samples at evenly spaced places of the pixels as stored: sample `n` of a side of `len` pixels is pixel `(2n + 1) * len / 1024`,
//!    in whole numbers. The picture becomes square.
//! 2. Four by four samples become one grey value, `(299 red + 587 green + 114 blue) / 1000`, averaged and rounded to the nearest, ties up: 128 by 128.
//! 3. `image_hasher` 3 on these: shrunk to 32 by 32 with its Catmull-Rom filter, DCT, the first 16 by 16, each compared with the median; no
//!    difference of Gaussians; first bit in the lowest bit of the first byte.
//!
//! The same bits on every machine: the filter is a polynomial, and for a side that is a power of two the library behind the DCT splits it into
//! butterflies in plain 32-bit arithmetic. For other sides, as the gradients with DCT need them, it takes other instructions on other processors.

use crate::error::Error;
use image::{GrayImage, Luma};
use img_hash::{FilterType, HashAlg, Hasher, HasherConfig};
use std::fmt;
use std::sync::LazyLock;

/// Side of the block of frequencies that become bits. Its double has to be a power of two (see above).
const SIDE: u32 = 16;
/// Side of the picture that `img_hash` gets.
const CELLS: usize = 128;
/// Samples along one side of a cell.
const SAMPLES: usize = 4;
/// Samples along one side of the picture.
const LATTICE: usize = CELLS * SAMPLES;
/// Luminance weights of red, green and blue in thousandths. Source: ITU-R BT.601, as in PDQ.
const WEIGHTS: [u32; 3] = [299, 587, 114];
/// What the weights of one cell's samples add up to.
const WEIGHT_OF_CELL: u32 = 1000 * (SAMPLES * SAMPLES) as u32;

/// The second opinion on one picture as stored.
///
/// There is one kind, so two values of this type are always comparable, and a value of another kind cannot become one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NearHash([u8; NearHash::BYTES]);

/// Number of differing bits between two second opinions, 0 to [`NearHash::BITS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NearDistance(pub u16);

impl NearDistance {
    /// The largest distance at which the second opinion agrees: 24 of 256 bits.
    ///
    /// Measured on generated pictures (`docs/robustness.md`): of 1,332 copies that PDQ finds it loses 19, of 436 pairs of different pictures that PDQ
    /// calls near it leaves 179. At 20 it loses 46 and leaves 72, at 28 it loses 12 and leaves 297.
    pub const LIMIT: Self = Self(24);
}

impl NearHash {
    /// The name of the kind in lists and in the store: algorithm, width and height. It stands for everything in the head of this module.
    pub const KIND: &'static str = "img-median-16x16-dct";
    /// Number of bits.
    pub const BITS: u16 = 256;
    /// Length of a value in bytes.
    pub const BYTES: usize = Self::BITS as usize / 8;

    /// Wraps the bytes of a value of this kind.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The value of these bytes, first bit in the lowest bit of the first byte, if `kind` is [`NearHash::KIND`] and the length fits.
    pub fn from_parts(kind: &str, bytes: &[u8]) -> Option<Self> {
        if kind == Self::KIND { bytes.try_into().ok().map(Self) } else { None }
    }

    /// The bytes, first bit in the lowest bit of the first byte.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Number of bits in which the two differ.
    pub fn distance(&self, other: &Self) -> NearDistance {
        let differing: u32 = self.0.iter().zip(other.0).map(|(one, other)| (one ^ other).count_ones()).sum();
        NearDistance(differing as u16)
    }
}

/// Lower-case hexadecimal digits, first byte first.
impl fmt::Display for NearHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for NearHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NearHash({self})")
    }
}

/// Made once: it holds the tables of the DCT, which cost more than a hash.
static HASHER: LazyLock<Hasher> = LazyLock::new(|| {
    let config = HasherConfig::new().hash_alg(HashAlg::Median).hash_size(SIDE, SIDE);
    config.resize_filter(FilterType::CatmullRom).preproc_dct().to_hasher()
});

/// The second opinion on a picture as stored.
///
/// `rgb` is row-major, 3 bytes a pixel, exactly `width * height * 3` long. Its cost does not depend on the size of the picture: 262,144 samples are
/// read. It has no views: beside a match of a turned or mirrored view it says nothing.
/// # Errors
/// [`Error::Shape`] if the length does not fit the sides or a side is zero.
pub fn near(rgb: &[u8], width: u32, height: u32) -> Result<NearHash, Error> {
    // The product of two sides fits; three times it may not.
    let expected = (u64::from(width) * u64::from(height)).saturating_mul(3);
    if expected == 0 || rgb.len() as u64 != expected {
        return Err(Error::Shape { len: rgb.len(), width, height });
    }
    let found = HASHER.hash_image(&cells(rgb, width as usize, height as usize));
    let mut hash = [0; NearHash::BYTES];
    for (byte, found) in hash.iter_mut().zip(found.as_bytes()) {
        *byte = *found;
    }
    Ok(NearHash(hash))
}

/// The pixels that the samples of a side of `len` pixels are: the middle of each of [`LATTICE`] equal parts.
fn sampled_places(len: usize) -> [usize; LATTICE] {
    std::array::from_fn(|n| (2 * n + 1) * len / (2 * LATTICE))
}

/// 128 by 128 grey values, each the average of its samples.
fn cells(rgb: &[u8], width: usize, height: usize) -> GrayImage {
    let columns = sampled_places(width);
    let rows = sampled_places(height);
    let mut grey = GrayImage::new(CELLS as u32, CELLS as u32);
    for (rows, out) in rows.chunks_exact(SAMPLES).zip(grey.rows_mut()) {
        // The colours are added first and weighted once a cell: the same whole number, with a sixteenth of the products.
        let mut sums = [[0u32; 3]; CELLS];
        for row in rows {
            let (pixels, _) = rgb[row * width * 3..(row + 1) * width * 3].as_chunks::<3>();
            for (columns, sum) in columns.as_chunks::<SAMPLES>().0.iter().zip(&mut sums) {
                for column in columns {
                    let pixel = pixels[*column];
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(value));
                }
            }
        }
        for (sums, out) in sums.iter().zip(out) {
            let weighted: u32 = sums.iter().zip(WEIGHTS).map(|(sum, weight)| sum * weight).sum();
            *out = Luma([((weighted + WEIGHT_OF_CELL / 2) / WEIGHT_OF_CELL) as u8]);
        }
    }
    grey
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Waves and noise without symmetry.
    fn picture(width: u32, height: u32, seed: u32) -> Vec<u8> {
        let place = |x: u32, y: u32| {
            let (u, v) = (x * 512 / width, y * 512 / height);
            let cell = (((u / 37) * 7_919) ^ ((v / 29) * 104_729) ^ seed.wrapping_mul(31)).wrapping_mul(2_654_435_761) >> 24;
            [cell as u8, (u / 4) as u8, (v / 3) as u8 ^ 0x55]
        };
        (0..height).flat_map(move |y| (0..width).flat_map(move |x| place(x, y))).collect()
    }

    /// The samples one by one, from the sentence in the head of this module.
    fn cells_slowly(rgb: &[u8], width: usize, height: usize) -> Vec<u8> {
        let pixel = |column: usize, row: usize| {
            let (x, y) = ((2 * column + 1) * width / 1024, (2 * row + 1) * height / 1024);
            let at = (y * width + x) * 3;
            299 * u32::from(rgb[at]) + 587 * u32::from(rgb[at + 1]) + 114 * u32::from(rgb[at + 2])
        };
        let cell = |x: usize, y: usize| {
            let sum: u32 = (0..16).map(|n| pixel(4 * x + n % 4, 4 * y + n / 4)).sum();
            (f64::from(sum) / 16_000.0).round() as u8
        };
        (0..128 * 128).map(|n| cell(n % 128, n / 128)).collect()
    }

    #[test]
    fn the_value_is_pinned() {
        let value = near(&picture(300, 200, 1), 300, 200).unwrap();
        assert_eq!(
            value.to_string(),
            "15d22aa8b1db06df9caa21d46cc6df8e3622da7945587cce67aad338c2e640f4",
            "another value is another kind, and stored values lose their meaning"
        );
    }

    #[test]
    fn the_kind_names_what_is_computed() {
        let fields: Vec<&str> = NearHash::KIND.split('-').collect();
        assert_eq!(fields, ["img", "median", &format!("{SIDE}x{SIDE}"), "dct"]);
        assert_eq!(u32::from(NearHash::BITS), SIDE * SIDE);
        assert!((2 * SIDE).is_power_of_two(), "the arithmetic of the DCT is plain only then");
        let config = HasherConfig::new().hash_alg(HashAlg::Median).hash_size(SIDE, SIDE).preproc_dct();
        let found = config.to_hasher().hash_image(&GrayImage::new(8, 8));
        assert_eq!(found.as_bytes().len(), NearHash::BYTES, "nothing is cut off or filled up");
    }

    #[test]
    fn only_the_kind_and_the_length_make_a_value() {
        let bytes: Vec<u8> = (0..32).collect();
        let value = NearHash::from_parts(NearHash::KIND, &bytes).unwrap();
        assert_eq!(value.as_bytes().as_slice(), bytes);
        assert!(value.to_string().starts_with("000102030405"));
        for kind in ["img-median-16x16", "img-mean-16x16-dct", "img-median-8x8-dct", "pdq", ""] {
            assert_eq!(NearHash::from_parts(kind, &bytes), None, "{kind}");
        }
        for wrong in [&bytes[..31], &[&bytes[..], &[0]].concat(), &[]] {
            assert_eq!(NearHash::from_parts(NearHash::KIND, wrong), None, "{} bytes", wrong.len());
        }
    }

    #[test]
    fn distance_counts_bits() {
        let value = |bytes: [u8; 32]| NearHash::from_parts(NearHash::KIND, &bytes).unwrap();
        assert_eq!(value([0; 32]).distance(&value([0xFF; 32])), NearDistance(256));
        let mut one = [0; 32];
        one[31] = 0x80;
        assert_eq!(value([0; 32]).distance(&value(one)), NearDistance(1));
        assert_eq!(value(one).distance(&value(one)), NearDistance(0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (len, width, height) in [(0, 0, 0), (0, 1, 0), (0, 0, 1), (11, 2, 2), (13, 2, 2), (12, u32::MAX, u32::MAX)] {
            assert!(matches!(near(&vec![0; len], width, height), Err(Error::Shape { .. })), "{len} bytes, {width} by {height}");
        }
        near(&[1, 2, 3], 1, 1).unwrap();
    }

    #[test]
    fn a_smaller_copy_is_near_and_another_picture_is_not() {
        let [large, small, other] = [(900, 700, 1), (411, 317, 1), (900, 700, 2)]
            .map(|(width, height, seed)| near(&picture(width, height, seed), width, height).unwrap());
        assert!(large.distance(&small) <= NearDistance::LIMIT, "{:?}", large.distance(&small));
        assert!(large.distance(&other) > NearDistance::LIMIT, "{:?}", large.distance(&other));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn samples_are_those_of_the_sentence(width in 1usize..1400, height in 1usize..700, seed: u32) {
            let rgb = picture(width as u32, height as u32, seed);
            let grey = cells(&rgb, width, height);
            prop_assert_eq!(grey.as_raw(), &cells_slowly(&rgb, width, height));
        }
    }
}
