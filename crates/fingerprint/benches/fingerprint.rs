//! How long one picture takes, split into decoding and fingerprint. Medians of interleaved rounds; a table, not a test.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

#[path = "../tests/support/mod.rs"]
mod support;

use fingerprint::pdq::pdq;
use fingerprint::{digests, run_fingerprint};
use image::ImageFormat;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 15;

fn median_ms(mut once: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            once();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn main() {
    println!("{:>12} {:>6} {:>10} {:>10} {:>10} {:>10}", "pixels", "format", "decode ms", "whole ms", "pdq ms", "digest ms");
    for (width, height) in [(512, 512), (1600, 1004), (4000, 3000)] {
        let picture = support::pattern(width, height, 1);
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let bytes = support::encoded(&picture.clone().into(), format);
            let decode = median_ms(|| {
                black_box(image::load_from_memory_with_format(&bytes, format).unwrap());
            });
            let whole = median_ms(|| {
                black_box(run_fingerprint(&bytes));
            });
            let transform = median_ms(|| {
                black_box(pdq(&picture, width, height).unwrap());
            });
            let exact = median_ms(|| {
                black_box(digests(&bytes));
            });
            let sides = format!("{width}x{height}");
            println!("{sides:>12} {:>6} {decode:>10.2} {whole:>10.2} {transform:>10.2} {exact:>10.2}", format.extensions_str()[0]);
        }
    }
}
