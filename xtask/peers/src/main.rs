//! Other crates, measured by the benchmarks: a line in, a line out, so that the rounds of all peers can be interleaved.
//!
//! `pixels PATH WIDTH HEIGHT` takes a file of raw RGB and answers `ok`. `pdqhash` and `image_hasher` each fingerprint it once and answer with the
//! nanoseconds that took and the fingerprint in hex. `values PATH` and `queries PATH` take files of 32-byte values; `build NAME` and `ask COUNT` are
//! those of `search.rs`. Anything else answers `error` and why.

mod search;

use std::io::{BufRead, Write};
use std::time::Instant;

/// The picture, as either crate wants it.
struct Pixels {
    then: image_then::DynamicImage,
    now: image_now::DynamicImage,
}

fn pixels(path: &str, width: &str, height: &str) -> Option<Pixels> {
    let (width, height) = (width.parse().ok()?, height.parse().ok()?);
    let rgb = std::fs::read(path).ok()?;
    let then = image_then::RgbImage::from_raw(width, height, rgb.clone())?;
    let now = image_now::RgbImage::from_raw(width, height, rgb)?;
    Some(Pixels { then: image_then::DynamicImage::ImageRgb8(then), now: image_now::DynamicImage::ImageRgb8(now) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn timed(once: impl FnOnce() -> String) -> String {
    let start = Instant::now();
    let hash = once();
    format!("{} {hash}", start.elapsed().as_nanos())
}

/// Its own kind of fingerprint, 256 bits by a cosine transform: only the time can be compared.
fn image_hasher(picture: &image_now::DynamicImage) -> String {
    let hasher = image_hasher::HasherConfig::new().hash_size(16, 16).preproc_dct().to_hasher();
    hex(hasher.hash_image(picture).as_bytes())
}

fn answer(line: &str, held: &mut Option<Pixels>) -> String {
    let words: Vec<&str> = line.split('\t').collect();
    match (words.as_slice(), held.as_ref()) {
        (["pixels", path, width, height], _) => {
            *held = pixels(path, width, height);
            if held.is_some() { "ok".to_owned() } else { "error the pixels cannot be read".to_owned() }
        }
        (["pdqhash"], Some(held)) => timed(|| hex(&pdqhash::generate_pdq_full_size(&held.then).0)),
        (["image_hasher"], Some(held)) => timed(|| image_hasher(&held.now)),
        _ => "error unknown command, or no pixels yet".to_owned(),
    }
}

fn main() -> std::io::Result<()> {
    let mut held = None;
    let mut search = search::Search::default();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let found = search.answer(&line.split('\t').collect::<Vec<_>>());
        writeln!(out, "{}", found.unwrap_or_else(|| answer(&line, &mut held)))?;
        out.flush()?;
    }
    Ok(())
}
