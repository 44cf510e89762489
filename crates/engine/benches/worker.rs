//! What the jail costs a file: the same pictures decoded in this process, by a warm worker, and by a fresh one each. Medians of interleaved rounds
//! with the smallest and largest beside them; a table, not a test.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use engine::intake::read::PixelBytes;
use engine::intake::worker::{Answer, Limits, Worker};

const ROUNDS: usize = 101;

fn main() {
    // This program is its own worker.
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("__worker") {
        let limits = arguments.next().as_deref().and_then(Limits::from_wire).unwrap();
        std::process::exit(fingerprint::worker::run(limits));
    }
    let worker = Worker::new(std::env::current_exe().unwrap());
    println!(
        "{:>12} {:>9} | {:>22} | {:>22} | {:>22} | {:>9} {:>9}",
        "pixels", "bytes", "in process ms", "warm worker ms", "fresh worker ms", "warm +ms", "fresh +ms"
    );
    for (width, height) in [(64, 64), (640, 480), (1600, 1200), (4000, 3000)] {
        let jpeg = picture(width, height);
        let bytes = PixelBytes::Buffer(jpeg.clone());
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        let rounds = if width > 1000 { ROUNDS / 5 } else { ROUNDS };
        for _ in 0..rounds {
            times[0].push(ms(|| drop(black_box(fingerprint::run_fingerprint(&jpeg)))));
            times[1].push(ms(|| ask(&worker, &bytes, Limits::Normal)));
            times[2].push(ms(|| ask(&worker, &bytes, Limits::Halved)));
        }
        let [inside, warm, fresh] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            (times[times.len() / 2], times[0], times[times.len() - 1])
        });
        let cell = |(median, least, most): (f64, f64, f64)| format!("{median:.2} ({least:.2}–{most:.2})");
        println!(
            "{:>12} {:>9} | {:>22} | {:>22} | {:>22} | {:>9.2} {:>9.2}",
            format!("{width}x{height}"),
            jpeg.len(),
            cell(inside),
            cell(warm),
            cell(fresh),
            warm.0 - inside.0,
            fresh.0 - inside.0
        );
    }
}

fn ms(once: impl FnOnce()) -> f64 {
    let start = Instant::now();
    once();
    start.elapsed().as_secs_f64() * 1e3
}

fn ask(worker: &Worker, bytes: &PixelBytes, limits: Limits) {
    let answer = worker.fingerprint(bytes, limits, &AtomicBool::new(false));
    assert!(matches!(answer, Answer::Picture(_)), "{answer:?}");
}

/// A pattern, as a JPEG of ordinary quality.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let wave = 120.0 + 60.0 * (9.0 * u + 5.0 * v).sin() + 45.0 * (13.0 * v - 7.0 * u * u).cos() + f64::from((x * 7 + y * 13) % 17);
        image::Rgb([wave as u8, (wave * 0.8) as u8, (255.0 - wave) as u8])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}
