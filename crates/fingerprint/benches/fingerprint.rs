//! How long one picture takes, split into its steps, relative to decoding it and to other people's programs. Tables, not tests.
//!
//! Run it by `cargo xtask bench fingerprint`, which installs the other programs. Every figure is the median of interleaved rounds with the
//! smallest and the largest beside it; ratios are taken within a round.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

#[path = "fingerprint/exact.rs"]
mod exact;
#[path = "fingerprint/peers.rs"]
mod peers;
#[path = "fingerprint/rounds.rs"]
mod rounds;
#[path = "../tests/support/mod.rs"]
mod support;

use fingerprint::pdq::{Downsampled, pdq};
use fingerprint::run_fingerprint;
use image::{ImageFormat, RgbImage};
use peers::{Peer, Peers};
use rounds::{Once, Rounds, timed};
use std::path::{Path, PathBuf};

/// Width, height, rounds.
const SIZES: [(u32, u32, usize); 3] = [(512, 512, 41), (1600, 1004, 21), (4000, 3000, 9)];
const FORMATS: [ImageFormat; 5] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp];

fn main() {
    let peers = Peers::from_arguments();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fingerprint-bench");
    std::fs::create_dir_all(&folder).unwrap();
    for (width, height, rounds) in SIZES {
        let picture = grained(support::pattern(width, height, 1));
        println!("\n{width} by {height} pixels, {rounds} rounds");
        println!("  steps of a file, relative to decoding the same file:");
        println!(
            "  {:<5} {:>26} {:>22} {:>22} {:>22} {:>22} {:>22}",
            "", "decode ms", "read", "downsample", "transform", "whole file", "noise: decode again"
        );
        for format in FORMATS {
            by_format(&picture, format, rounds, &folder);
        }
        by_pixels(&picture, rounds, &peers, &folder);
        by_decoder(&peers, &folder, rounds);
    }
    exact::table(&peers, &folder);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The pattern with grain, as a sensor has it. Without it a JPEG has a tenth of the bytes of a photograph and is decoded in half the time.
fn grained(mut picture: RgbImage) -> RgbImage {
    let mut state = 1_u32;
    for value in picture.as_mut() {
        // Numerical Recipes' linear congruential generator; its upper bits are good enough for grain.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value = value.saturating_add((state >> 28) as u8).saturating_sub(8);
    }
    picture
}

fn by_format(picture: &RgbImage, format: ImageFormat, rounds: usize, folder: &Path) {
    let (width, height) = picture.dimensions();
    let bytes = support::encoded(&picture.clone().into(), format);
    let path = file_of(folder, format);
    std::fs::write(&path, &bytes).unwrap();
    let reduced = Downsampled::new(picture, width, height).unwrap();
    let decode = || image::load_from_memory_with_format(&bytes, format).unwrap();
    let measured = Rounds::run(
        rounds,
        &mut [
            timed(decode),
            timed(|| std::fs::read(&path).unwrap()),
            timed(|| Downsampled::new(picture, width, height).unwrap()),
            timed(|| reduced.views()),
            timed(|| run_fingerprint(&bytes)),
            timed(decode),
        ],
    );
    let to_decode = |at: usize| measured.ratio(at, 0).to_string();
    println!(
        "  {:<5} {:>26} {:>22} {:>22} {:>22} {:>22} {:>22}   {:.2} bytes a pixel",
        format.extensions_str()[0],
        measured.ms(0).to_string(),
        to_decode(1),
        to_decode(2),
        to_decode(3),
        to_decode(4),
        to_decode(5),
        bytes.len() as f64 / (f64::from(width) * f64::from(height))
    );
}

fn file_of(folder: &Path, format: ImageFormat) -> PathBuf {
    folder.join(format!("picture.{}", format.extensions_str()[0]))
}

/// From pixels to fingerprint: ours in all eight views, a copy of the pixels, and the peers in one view.
fn by_pixels(picture: &RgbImage, rounds: usize, peers: &Peers, folder: &Path) {
    let (width, height) = picture.dimensions();
    let ours = pdq(picture, width, height).unwrap();
    let path = folder.join("pixels");
    std::fs::write(&path, picture.as_raw()).unwrap();
    let held = ["pixels", path.to_str().unwrap(), &width.to_string(), &height.to_string()].map(str::to_owned);
    let mut copy = vec![0; picture.as_raw().len()];
    let mut names = vec!["a copy of the pixels".to_owned()];
    let mut measured: Vec<Once<'_>> =
        vec![timed(|| pdq(picture, width, height).unwrap()), timed(|| copy.copy_from_slice(picture.as_raw()))];
    let mut skipped = Vec::new();
    for (name, what, label) in [
        ("python", "pdqhash", "PyPI pdqhash, the reference's binding"),
        ("rust", "pdqhash", "crate pdqhash, full size"),
        ("rust", "image_hasher", "crate image_hasher, another hash"),
    ] {
        match ready(peers, name, what, &held) {
            Ok((mut peer, found)) => {
                let same = found.eq_ignore_ascii_case(&ours.hashes[0].to_string());
                let bits = if what == "image_hasher" {
                    ""
                } else if same {
                    ", all bits equal"
                } else {
                    ", bits differ"
                };
                names.push(format!("{label}{bits}"));
                measured.push(Box::new(move || peer.run(what).unwrap().0));
            }
            Err(why) => skipped.push(format!("{label}: skipped, {why}")),
        }
    }
    let found = Rounds::run(rounds, &mut measured);
    println!("  pixels to fingerprint: {} ms; others relative to that:", found.ms(0));
    for (at, name) in names.iter().enumerate() {
        println!("    {name:<60} {}", found.ratio(at + 1, 0));
    }
    skipped.iter().for_each(|line| println!("    {line}"));
    let reduced = Downsampled::new(picture, width, height).unwrap();
    let views = Rounds::run(101, &mut [timed(|| reduced.views()), timed(|| reduced.original())]);
    let others = views.ms(0).median - views.ms(1).median;
    println!("    seven more views and the quality cost {:.1} % more than one view", others / (found.ms(0).median - others) * 100.0);
}

/// A running peer that has taken the picture and fingerprinted it once.
fn ready(peers: &Peers, name: &str, what: &str, held: &[String]) -> Result<(Peer, String), String> {
    let mut peer = peers.start(name)?;
    let words: Vec<&str> = held.iter().map(String::as_str).collect();
    peer.say(&words)?;
    let (_, found) = peer.run(what)?;
    Ok((peer, found))
}

/// The JPEG by libjpeg-turbo (in Pillow), at full size and at a quarter, relative to our decoder.
fn by_decoder(peers: &Peers, folder: &Path, rounds: usize) {
    let path = file_of(folder, ImageFormat::Jpeg);
    let bytes = std::fs::read(&path).unwrap();
    let file = ["file", path.to_str().unwrap()].map(str::to_owned);
    let (mut whole, mut quarter) = match (ready(peers, "python", "decode", &file), ready(peers, "python", "quarter", &file)) {
        (Ok((whole, _)), Ok((quarter, _))) => (whole, quarter),
        (Err(why), _) | (_, Err(why)) => return println!("  libjpeg-turbo by Pillow: skipped, {why}"),
    };
    let found = Rounds::run(
        rounds,
        &mut [
            timed(|| image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap()),
            Box::new(move || whole.run("decode").unwrap().0),
            Box::new(move || quarter.run("quarter").unwrap().0),
        ],
    );
    println!("  decoding the JPEG by libjpeg-turbo (Pillow), relative to ours: {}; at a quarter: {}", found.ratio(1, 0), found.ratio(2, 0));
}
