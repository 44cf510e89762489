//! The fast way against the slow one, at every width of vectors that this machine has.

use super::slow::{block, pdq_slow};
use super::*;
use proptest::prelude::*;

/// The widest vectors, the narrowest, and what lies between.
fn levels() -> Vec<Level> {
    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let between = [best.as_avx2().map(Level::Avx2), best.as_sse4_2().map(Level::Sse4_2)];
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let between = [None];
    [Some(best), Some(Level::baseline())].into_iter().chain(between).flatten().collect()
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
                4 => u8::from(noise() == 0) * 255,
                _ => (((x * 3) ^ (y * 5)) as u8).wrapping_add(noise() / 16),
            }
        })
        .collect()
}

fn compare(level: Level, rgb: &[u8], width: usize, height: usize, expected: PdqViews) {
    let fast = pdq_at(level, rgb, width as u32, height as u32).unwrap();
    assert_eq!(fast, expected, "{width} by {height} with {level:?}: all eight views and the quality");
}

/// Sides in which windows, squares and bands end exactly, or one pixel before or behind.
const EDGES: [usize; 18] = [5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 384, 385];

fn sides() -> impl Strategy<Value = (usize, usize)> {
    let edge = || prop::sample::select(&EDGES[..]);
    prop_oneof![
        4 => (5usize..=700, 5usize..=700),
        2 => (edge(), edge()),
        1 => (5usize..=20, 600usize..=3000),
        1 => (600usize..=3000, 5usize..=20),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn fast_equals_slow(kind in 0u8..6, seed: u64, (width, height) in sides()) {
        let rgb = picture(kind, seed, width, height);
        let expected = pdq_slow(&rgb, width, height);
        for level in levels() {
            compare(level, &rgb, width, height, expected);
        }
    }
}

#[test]
fn fast_equals_slow_at_the_edges_of_window_and_block() {
    for (width, height) in EDGES.into_iter().flat_map(|width| EDGES.map(|height| (width, height))) {
        let rgb = picture(5, 7, width, height);
        let expected = pdq_slow(&rgb, width, height);
        for level in levels() {
            compare(level, &rgb, width, height, expected);
        }
    }
}

#[test]
fn the_averages_have_the_same_bits() {
    for (width, height) in [(5, 5), (64, 64), (300, 200), (1600, 5), (5, 1600), (1030, 777)] {
        let rgb = picture(5, 11, width, height);
        let fast = Downsampled::new(&rgb, width as u32, height as u32).unwrap();
        let expected = block(&rgb, width, height);
        for (row, expected) in fast.averages().iter().zip(&expected) {
            assert_eq!(
                row.map(f32::to_bits),
                expected.map(f32::to_bits),
                "{width} by {height}: no digit differs, not only no bit of the hash"
            );
        }
    }
}

#[test]
fn a_window_too_wide_for_the_shortcut_is_divided_as_the_divider_does() {
    let (width, height) = (66_000, 5);
    let rgb = picture(5, 13, width, height);
    let expected = pdq_slow(&rgb, width, height);
    for level in levels() {
        compare(level, &rgb, width, height, expected);
    }
}

#[test]
fn small_pictures_have_no_fingerprint() {
    let views = pdq(&[128; 4 * 100 * 3], 4, 100).unwrap();
    assert_eq!(
        views,
        PdqViews { hashes: [Pdq::new([0; 32]); 8], quality: Quality::new(0), blank: true },
        "zeros and quality 0 below five pixels"
    );
    assert!(pdq(&picture(0, 3, 5, 100), 5, 100).unwrap().hashes[0] != Pdq::new([0; 32]), "five pixels are enough");
}

#[test]
fn one_colour_has_no_quality() {
    let views = pdq(&[77; 100 * 100 * 3], 100, 100).unwrap();
    assert_eq!(views.quality, Quality::new(0), "a blank picture matches nothing");
}

#[test]
fn a_wrong_length_is_refused() {
    assert!(matches!(pdq(&[0; 10], 2, 2), Err(Error::Shape { .. })), "twelve bytes are four pixels");
    assert!(matches!(pdq(&[0; 12 + 1], 2, 2), Err(Error::Shape { .. })), "one byte more is not a picture either");
    assert!(matches!(pdq(&[], 0, 0), Err(Error::Shape { .. })), "no pixels are no picture");
}
