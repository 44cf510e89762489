//! Which configuration of `img_hash` is the best second opinion: every algorithm, size, filter and reduction on the same pairs.

use crate::collect::{Copies, Originals};
use image::{GrayImage, RgbImage, imageops};
use img_hash::{FilterType, HashAlg, Hasher, HasherConfig, ImageHash};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// How the picture gets small before `img_hash` sees it.
#[derive(Clone, Copy, PartialEq)]
enum Reduction {
    /// Not at all: `img_hash` gets the whole picture in grey.
    Whole,
    /// Area average to this side.
    Box(u32),
    /// Samples on a lattice of this side, averaged four by four.
    Lattice(u32),
}

impl Reduction {
    fn name(self) -> String {
        match self {
            Self::Whole => "none".to_owned(),
            Self::Box(side) => format!("area {side}"),
            Self::Lattice(side) => format!("samples {side}"),
        }
    }

    fn apply(self, picture: &RgbImage) -> GrayImage {
        match self {
            Self::Whole => grey(picture),
            Self::Box(side) => imageops::thumbnail(&grey(picture), side, side),
            Self::Lattice(side) => {
                let at = |n: u32, len: u32| ((u64::from(2 * n + 1) * u64::from(len)) / u64::from(2 * side)) as u32;
                GrayImage::from_fn(side / 4, side / 4, |x, y| {
                    let mut sum = 0;
                    for row in 4 * y..4 * y + 4 {
                        for column in 4 * x..4 * x + 4 {
                            let pixel = picture.get_pixel(at(column, picture.width()), at(row, picture.height())).0.map(u32::from);
                            sum += 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
                        }
                    }
                    image::Luma([((sum + 8000) / 16_000) as u8])
                })
            }
        }
    }
}

fn grey(picture: &RgbImage) -> GrayImage {
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let pixel = picture.get_pixel(x, y).0.map(u32::from);
        image::Luma([((299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000) as u8])
    })
}

struct Candidate {
    name: String,
    reduction: Reduction,
    hasher: Hasher,
}

fn candidate(algorithm: HashAlg, side: u32, dct: bool, filter: FilterType, reduction: Reduction) -> Candidate {
    let config = HasherConfig::new().hash_alg(algorithm).hash_size(side, side).resize_filter(filter);
    let config = if dct { config.preproc_dct() } else { config };
    let name = format!("{algorithm:?} {side}{} | {filter:?} | {}", if dct { " DCT" } else { "" }, reduction.name());
    Candidate { name, reduction, hasher: config.to_hasher() }
}

fn candidates() -> Vec<Candidate> {
    use HashAlg::{Blockhash, DoubleGradient, Gradient, Mean, Median, VertGradient};
    let mut all = Vec::new();
    for algorithm in [Mean, Median, Gradient, VertGradient, DoubleGradient, Blockhash] {
        for side in [8, 16] {
            for dct in [false, true] {
                if !(dct && algorithm == Blockhash) {
                    all.push(candidate(algorithm, side, dct, FilterType::Triangle, Reduction::Lattice(512)));
                }
            }
        }
    }
    for algorithm in [Mean, Median, DoubleGradient] {
        all.extend([false, true].map(|dct| candidate(algorithm, 32, dct, FilterType::Triangle, Reduction::Lattice(512))));
    }
    for filter in [FilterType::Nearest, FilterType::CatmullRom, FilterType::Gaussian, FilterType::Lanczos3] {
        all.push(candidate(Median, 16, true, filter, Reduction::Lattice(512)));
    }
    for reduction in [Reduction::Whole, Reduction::Box(128), Reduction::Box(256), Reduction::Lattice(256)] {
        all.push(candidate(Median, 16, true, FilterType::Triangle, reduction));
    }
    all
}

/// Prints one row for each configuration: at three losses of copies, the strangers that are left of those that PDQ calls near.
pub fn print(originals: &Originals, copies: &Copies) {
    let strangers = originals.near_pairs();
    println!("{} pairs of strangers and {} copies within 31 bits of PDQ", strangers.len(), copies.near().count());
    println!("| algorithm | filter | reduction | bits | 0.1 % lost | 1 % lost | 3 % lost | ms |");
    println!("|---|---|---|---|---|---|---|---|");
    let pairs = strangers.iter().flat_map(|(one, other)| [*one, *other]);
    let needed: BTreeSet<usize> = pairs.chain(copies.near().map(|copy| copy.original)).collect();
    for candidate in candidates() {
        let hash = |picture: &RgbImage| candidate.hasher.hash_image(&candidate.reduction.apply(picture));
        let began = Instant::now();
        let own: BTreeMap<usize, ImageHash> = needed.iter().map(|at| (*at, hash(&originals.pictures[*at].pixels))).collect();
        let took = began.elapsed().as_secs_f64() * 1e3 / own.len() as f64;
        let mut copied: Vec<u32> = copies.near().map(|copy| own[&copy.original].dist(&hash(&copy.pixels))).collect();
        copied.sort_unstable();
        let strange: Vec<u32> = strangers.iter().map(|(one, other)| own[one].dist(&own[other])).collect();
        let cells = [0.999, 0.99, 0.97].map(|kept| {
            let limit = copied[((copied.len() as f64 * kept) as usize).min(copied.len() - 1)];
            let left = strange.iter().filter(|distance| **distance <= limit).count();
            format!("{:.1} % (≤ {limit})", 100.0 * left as f64 / strange.len() as f64)
        });
        let bits = own.values().next().map_or(0, |hash| hash.as_bytes().len() * 8);
        println!("| {} | {bits} | {} | {took:.2} |", candidate.name, cells.join(" | "));
    }
}
