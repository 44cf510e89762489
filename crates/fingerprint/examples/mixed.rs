//! A folder as an upload form leaves it, made from a seed: `mixed DIR COUNT`. Photographs, drawings, animations, documents, texts and something like
//! videos, in one folder for every hundred. The benchmarks of whole folders work on it. `mixed --list FILE COUNT DIR` writes a list of COUNT entries
//! beside it: PDQ and SHA-256 in turn, every thousandth that of a file of the folder.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a chore prints, and stops when it cannot run")]

use std::fs;
use std::io::{BufWriter, Cursor, Write as _};
use std::path::{Path, PathBuf};

use fingerprint::Reply;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage};
use sha2::{Digest as _, Sha256};

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(count).collect()
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--list", file, count, dir] => list(Path::new(file), count.parse().unwrap(), Path::new(dir)),
        [dir, count] => folder(Path::new(dir), count.parse().unwrap()),
        _ => println!("mixed DIR COUNT, or mixed --list FILE COUNT DIR"),
    }
}

fn folder(dir: &Path, count: u64) {
    for number in 0..count {
        let (ending, bytes) = upload(number);
        let within = dir.join(format!("{:03}", number / 100));
        fs::create_dir_all(&within).unwrap();
        fs::write(within.join(format!("{number:06}.{ending}")), bytes).unwrap();
    }
}

/// Of twenty: eleven JPEG of three sizes, three PNG, one WebP, one GIF, one PDF, two texts, one like a video.
fn upload(number: u64) -> (&'static str, Vec<u8>) {
    let mut random = Random(number);
    match number % 20 {
        0..5 => ("jpg", jpeg(&picture(&mut random, 640, 480))),
        5..9 => ("jpg", jpeg(&picture(&mut random, 1280, 960))),
        9..11 => ("jpg", jpeg(&picture(&mut random, 2000, 1500))),
        11..14 => ("png", encoded(picture(&mut random, 480, 360), ImageFormat::Png)),
        14 => ("webp", encoded(picture(&mut random, 480, 360), ImageFormat::WebP)),
        15 => ("gif", gif(&mut random)),
        16 => ("pdf", [b"%PDF-1.7\n".to_vec(), random.bytes(150_000), b"\n%%EOF\n".to_vec()].concat()),
        17..19 => ("txt", format!("Text {number}. ").repeat(400).into_bytes()),
        _ => ("mp4", [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec(), random.bytes(2_000_000)].concat()),
    }
}

/// Soft colours with hard-edged blocks and a little grain, as a sensor has it.
fn picture(random: &mut Random, width: u32, height: u32) -> RgbImage {
    let small = RgbImage::from_fn(9, 7, |_, _| Rgb([0; 3].map(|_: u8| random.next().to_le_bytes()[0])));
    let mut whole = image::imageops::resize(&small, width, height, image::imageops::FilterType::Triangle);
    for _ in 0..6 {
        let colour = Rgb([0; 3].map(|_: u8| random.next().to_le_bytes()[0]));
        let mut side = |most: u32| (random.next() % u64::from(most)) as u32;
        let (x, y, wide, high) = (side(width), side(height), side(width / 3) + width / 12, side(height / 3) + height / 12);
        for (x, y) in (x..(x + wide).min(width)).flat_map(|x| (y..(y + high).min(height)).map(move |y| (x, y))) {
            whole.put_pixel(x, y, colour);
        }
    }
    let mut grain = 0;
    for sample in whole.iter_mut() {
        grain = if grain == 0 { random.next() } else { grain >> 4 };
        *sample = sample.saturating_add((grain & 7) as u8);
    }
    whole
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(picture).unwrap();
    bytes
}

fn encoded(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn gif(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    let frames: Vec<Frame> = (0..5).map(|_| Frame::new(DynamicImage::ImageRgb8(picture(random, 240, 180)).into_rgba8())).collect();
    GifEncoder::new(&mut bytes).encode_frames(frames).unwrap();
    bytes
}

fn list(file: &Path, count: u64, dir: &Path) {
    let files = files_below(dir);
    let mut out = BufWriter::new(fs::File::create(file).unwrap());
    let mut random = Random(0x6c69_7374);
    for number in 0..count {
        let own = number.is_multiple_of(1_000).then(|| files.get((number / 1_000) as usize)).flatten();
        let known = own.and_then(|path| entry(&fs::read(path).unwrap(), number.is_multiple_of(2_000)));
        let (kind, value) = known.unwrap_or_else(|| (if number % 2 == 0 { "pdq" } else { "sha256" }, hex(&random.bytes(32))));
        writeln!(out, "{kind},{value}").unwrap();
    }
    out.flush().unwrap();
}

fn entry(content: &[u8], as_picture: bool) -> Option<(&'static str, String)> {
    if !as_picture {
        return Some(("sha256", hex(&Sha256::digest(content))));
    }
    match fingerprint::run_fingerprint(content) {
        Reply::Picture(picture) => picture.signals.first().map(|signal| ("pdq", signal.hash.to_string())),
        Reply::Unusable { .. } | Reply::Rendition(_) => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
