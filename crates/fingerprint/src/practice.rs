//! The practice pictures: harmless patterns that behave like a listed picture, a near copy of it, a mirrored copy, and an innocent stranger.
//!
//! They are computed from whole-number arithmetic only, so that the built-in practice list, which holds the original's fingerprints, is the same on
//! every machine. A person runs them through a real site to see that everything works; nothing about them is secret or offensive.

use crate::bytes::{Digests, digests};
use crate::decode::{encode_jpeg, encode_png};
use crate::pdq::{PdqViews, pdq};
use crate::signal::{Pdq, Quality};

/// One practice picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticePicture {
    /// File name with extension.
    pub name: &'static str,
    /// The content of the file.
    pub bytes: Vec<u8>,
}

/// Name of the picture that the built-in practice list holds.
pub const ORIGINAL: &str = "practice-original.png";

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// The near copy is smaller and strongly compressed, as a re-upload is.
const COPY_WIDTH: u32 = 400;
const COPY_HEIGHT: u32 = 300;
const COPY_QUALITY: u8 = 30;

/// The four practice pictures; the same bytes on every machine.
///
/// - `practice-original.png`: quality 100; the built-in practice list holds it
/// - `practice-near-copy.jpg`: smaller, recompressed: 2 to 20 bits from the original
/// - `practice-mirrored.png`: far from the original, near to one of its views
/// - `practice-innocent.png`: far from the original in all eight views
pub fn pictures() -> Vec<PracticePicture> {
    let original = paint(WIDTH, HEIGHT, original_at);
    let copy = worn(&original);
    let mirrored = paint(WIDTH, HEIGHT, |x, y| original_at(WIDTH as i64 - 1 - x, y));
    let innocent = paint(WIDTH, HEIGHT, innocent_at);
    let made = [
        (ORIGINAL, encode_png(&original, WIDTH, HEIGHT)),
        ("practice-near-copy.jpg", encode_jpeg(&copy, COPY_WIDTH, COPY_HEIGHT, COPY_QUALITY)),
        ("practice-mirrored.png", encode_png(&mirrored, WIDTH, HEIGHT)),
        ("practice-innocent.png", encode_png(&innocent, WIDTH, HEIGHT)),
    ];
    // The sides are constants that fit, and the encoders write to memory: none of the four can fail, and a test counts them.
    made.into_iter().filter_map(|(name, bytes)| bytes.map(|bytes| PracticePicture { name, bytes }).ok()).collect()
}

/// The exact fingerprints of `practice-original.png`, for the built-in practice list.
pub fn practice_original_digests() -> Digests {
    let bytes = encode_png(&paint(WIDTH, HEIGHT, original_at), WIDTH, HEIGHT).unwrap_or_default();
    digests(&bytes)
}

/// The PDQ fingerprint of `practice-original.png` as stored, with its quality, for the built-in practice list.
pub fn practice_original_pdq() -> (Pdq, Quality) {
    let views = practice_original_views();
    (views.hashes[0], views.quality)
}

fn practice_original_views() -> PdqViews {
    let nothing = PdqViews { hashes: [Pdq::new([0; 32]); 8], quality: Quality::new(0), blank: true };
    pdq(&paint(WIDTH, HEIGHT, original_at), WIDTH, HEIGHT).unwrap_or(nothing)
}

fn paint(width: u32, height: u32, colour_at: impl Fn(i64, i64) -> [i64; 3]) -> Vec<u8> {
    let places = (0..i64::from(height)).flat_map(|y| (0..i64::from(width)).map(move |x| (x, y)));
    places.flat_map(|(x, y)| colour_at(x, y).map(|value| value.clamp(0, 255) as u8)).collect()
}

/// A wave of whole numbers: 0 at phase 0, between -128 and 128, one turn every 1,024. A parabola looks like a sine and needs no floating point.
fn wave(phase: i64) -> i64 {
    let turn = phase.rem_euclid(1024);
    let half = turn % 512;
    let height = half * (512 - half) / 512;
    if turn < 512 { height } else { -height }
}

/// Whether a place lies in a disc.
fn in_disc(x: i64, y: i64, centre: (i64, i64), radius: i64) -> bool {
    (x - centre.0).pow(2) + (y - centre.1).pow(2) < radius * radius
}

/// Waves in several directions with a few shapes on top; no symmetry, so that every view has a fingerprint of its own.
fn original_at(x: i64, y: i64) -> [i64; 3] {
    let ground =
        120 + wave(3 * x + 2 * y) / 3 + wave(5 * y - 2 * x + 200) / 4 + wave(7 * x + y * 6 + x * y / 90) / 4 + wave(11 * x - 4 * y) / 6;
    let mut colour = [ground + wave(x * 2) / 6, ground + wave(y * 3 + 100) / 8, ground - wave(x + y) / 6];
    if in_disc(x, y, (170, 150), 92) {
        colour = [235 - y / 4, 190 + wave(9 * x) / 6, 60];
    }
    if in_disc(x, y, (455, 330), 70) && !in_disc(x, y, (480, 310), 40) {
        colour = [30, 60 + x / 8, 140];
    }
    if 3 * x + 5 * y > 2900 && 3 * x + 5 * y < 3150 {
        colour = [25, 30, 35];
    }
    if (350..560).contains(&x) && (60..150).contains(&y) && (x / 30 + y / 30) % 2 == 0 {
        colour = [240, 235, 225];
    }
    colour
}

fn innocent_at(x: i64, y: i64) -> [i64; 3] {
    let ground = 110 + wave(4 * y + x) / 3 + wave(6 * x - 5 * y + 300) / 3 + wave(8 * y + x * x / 300) / 4;
    let mut colour = [ground - wave(x * 3) / 7, ground, ground + wave(y * 2 + 60) / 6];
    if in_disc(x, y, (330, 250), 120) && !in_disc(x, y, (300, 230), 80) {
        colour = [200, 215, 90 + y / 5];
    }
    if 2 * y > x + 520 {
        colour = [70 + wave(7 * y) / 5, 50, 45];
    }
    if (60..150).contains(&x) && (40..200).contains(&y) {
        colour = [230, 120 + x / 3, 130];
    }
    colour
}

/// A smaller copy, averaged over the pixels that each new one covers, slightly darker on the left: what re-uploading does to a picture.
fn worn(original: &[u8]) -> Vec<u8> {
    paint(COPY_WIDTH, COPY_HEIGHT, |x, y| {
        let (left, right) = span(x, WIDTH, COPY_WIDTH);
        let (top, bottom) = span(y, HEIGHT, COPY_HEIGHT);
        let mut sums = [0i64; 3];
        for row in top..bottom {
            for column in left..right {
                let at = (row * WIDTH as usize + column) * 3;
                for (sum, value) in sums.iter_mut().zip(&original[at..at + 3]) {
                    *sum += i64::from(*value);
                }
            }
        }
        let count = ((bottom - top) * (right - left)) as i64;
        let shade = 24 - 24 * x / i64::from(COPY_WIDTH);
        sums.map(|sum| sum / count - shade)
    })
}

/// The source pixels under pixel `at` of the smaller side.
fn span(at: i64, from: u32, to: u32) -> (usize, usize) {
    let start = at * i64::from(from) / i64::from(to);
    let end = ((at + 1) * i64::from(from) / i64::from(to)).max(start + 1);
    (start as usize, end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Picture, Reply};
    use crate::signal::{Distance, View};
    use crate::worker::run_fingerprint;

    fn decoded(name: &str) -> Picture {
        let picture = pictures().into_iter().find(|picture| picture.name == name).unwrap();
        match run_fingerprint(&picture.bytes) {
            Reply::Picture(picture) => picture,
            other => panic!("{name} decodes, not {other:?}"),
        }
    }

    fn nearest_view(picture: &Picture) -> (Distance, View) {
        let original = decoded(ORIGINAL);
        original.signals.iter().map(|signal| (signal.hash.distance(&picture.signals[0].hash), signal.view)).min().unwrap()
    }

    #[test]
    fn the_original_is_rich_and_its_fingerprints_are_those_of_the_list() {
        let original = decoded(ORIGINAL);
        assert_eq!(original.signals[0].quality.get(), 100, "as much structure as there can be");
        assert_eq!(practice_original_pdq(), (original.signals[0].hash, original.signals[0].quality), "the list holds what the file gives");
        assert_eq!(practice_original_digests(), digests(&pictures()[0].bytes), "the list holds what the file gives");
        let mut hashes: Vec<_> = original.signals.iter().map(|signal| signal.hash).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 8, "no symmetry: eight different views");
    }

    #[test]
    fn the_near_copy_is_near_and_not_equal() {
        let distance = decoded(ORIGINAL).signals[0].hash.distance(&decoded("practice-near-copy.jpg").signals[0].hash);
        assert!((2..=20).contains(&distance.0), "2 to 20 bits, found {}", distance.0);
    }

    #[test]
    fn the_mirrored_copy_matches_only_turned() {
        let mirrored = decoded("practice-mirrored.png");
        let own = decoded(ORIGINAL).signals[0].hash.distance(&mirrored.signals[0].hash);
        assert!(own > Distance::NEAR_LIMIT, "its own fingerprint is far, found {}", own.0);
        let (distance, view) = nearest_view(&mirrored);
        assert!(distance <= Distance::NEAR_LIMIT && view == View::FlipY, "one view is near, found {distance:?} by {view:?}");
    }

    #[test]
    fn the_innocent_picture_matches_nothing() {
        let innocent = decoded("practice-innocent.png");
        assert!(innocent.signals[0].quality.is_matchable(), "it could match");
        let (distance, _) = nearest_view(&innocent);
        assert!(distance.0 > 80, "far in all views, found {}", distance.0);
    }

    #[test]
    fn the_bytes_are_the_same_on_every_machine() {
        assert_eq!(pictures().len(), 4, "none failed to encode");
        let sha256 = practice_original_digests().sha256.to_string();
        assert_eq!(
            sha256, "bd30fa73875478bfd32881ad99387ab9c567bae09fe5aa3cb2cd80611d938959",
            "a changed encoder changes the built-in list"
        );
    }
}
