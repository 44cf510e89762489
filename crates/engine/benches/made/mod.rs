//! Contents for benchmarks, made of numbers: the same on every machine, and unlike each other.

use engine::model::Content;
use engine::store::contents::{Picture, PictureSignal};
use fingerprint::signal::{Md5, Pdq, Quality, Reading, Sha1, Sha256, View};

/// SplitMix64: numbers that need no state but the seed. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
pub fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Bytes of a seed.
pub fn bytes<const N: usize>(seed: u64) -> [u8; N] {
    std::array::from_fn(|at| random(seed.wrapping_mul(64) + at as u64 / 8).to_le_bytes()[at % 8])
}

/// A content with three digests, and its picture with a signal for each view. Seeds of contents lie 16 apart.
pub fn content(number: u64) -> (Content, Picture) {
    let seed = number * 16;
    let content = Content {
        sha256: Sha256::new(bytes(seed)),
        sha1: Sha1::new(bytes(seed + 1)),
        md5: Md5::new(bytes(seed + 2)),
        size: 40_000 + random(seed) % 400_000,
        kind: "image/jpeg",
    };
    let signals = View::ALL.map(|view| PictureSignal {
        hash: Pdq::new(bytes(seed + 3 + u64::from(view.number()))),
        quality: Quality::new(90),
        view,
        frame: 0,
        reading: Reading::Reference,
        blank: false,
    });
    let picture = Picture { width: 1280, height: 720, frames: 1, displayed: View::Original, signals: signals.to_vec(), near: Vec::new() };
    (content, picture)
}
