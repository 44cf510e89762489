//! Writes the seeds of every target into `corpus/`, the same bytes on every machine: `cargo run --release --example seeds`, in this folder.
//!
//! Pictures are made here, none is larger than 2 KiB; lists are the samples of `hashlist`.

use std::error::Error;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use fingerprint::decode::{encode_jpeg, encode_png};
use fingerprint::{Frame, JailLevel, Request, Step, Strength, frame, run_fingerprint, run_rendition};
use gatehouse_fuzz::lists;
use hashlist::{Format, recognise};
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Largest picture, in bytes.
const PICTURE_BYTES: usize = 2048;
/// Largest list, in bytes: more makes every run slower and reaches nothing new.
const LIST_BYTES: usize = 4096;

/// For the target `list`: no format is named, and what some formats ask is answered. A multiple of the number of formats and one, from 128 on.
const RECOGNISED_AND_ANSWERED: u8 = (Format::ALL.len() as u8 + 1) * 128u8.div_ceil(Format::ALL.len() as u8 + 1);

fn main() -> Outcome {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = own.join("corpus");
    let put = |target: &str, name: &str, bytes: &[u8]| -> Outcome {
        fs::create_dir_all(corpus.join(target))?;
        Ok(fs::write(corpus.join(target).join(name), bytes)?)
    };
    for (name, picture) in pictures()? {
        put("decode", &name, &picture)?;
        put("real_type", &name, &picture[..picture.len().min(96)])?;
        put("rendition", &name, &after(name.len() as u8, &picture))?;
        for (what, reply) in [("signals", run_fingerprint(&picture)), ("outline", run_rendition(&picture, Step::Outline, Strength::Medium))]
        {
            // Pixels of a rendition are just bytes: two small ones are enough.
            let written = frame::write(&Frame { jail: JailLevel::Full, reply });
            if written.len() <= PICTURE_BYTES * 2 {
                put("reply", &format!("{name}-{what}"), &written)?;
            }
        }
    }
    for (name, text) in
        [("text", "plain text\n"), ("zip", "PK\u{3}\u{4}"), ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), ("pdf", "%PDF-1.7\n")]
    {
        put("real_type", name, text.as_bytes())?;
    }
    for step in Step::ALL {
        put("request", step.as_str(), &Request::Rendition { step, strength: Strength::Strong }.write(1000))?;
    }
    put("request", "fingerprint", &Request::Fingerprint.write(1))?;
    for (name, width, height) in [("square", 8_u16, 8_u16), ("row", 60, 1), ("tall", 3, 300), ("larger", 600, 513)] {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        let pixels = pattern(u32::from(width), u32::from(height)).into_raw();
        put("pdq", name, &[sides, pixels[..pixels.len().min(PICTURE_BYTES)].to_vec()].concat())?;
    }
    let samples = own.join("../../crates/hashlist/tests/samples");
    for (name, file) in files_of(&samples)?.into_iter().chain(files_of(&samples.join("misp-feed"))?) {
        let number = recognise(&file, true, &name).ok().and_then(|found| Format::ALL.iter().position(|format| *format == found.format));
        put("list", &name, &after(number.map_or(0, |at| at as u8 + 1), &file))?;
        put("list", &format!("{name}-recognised"), &after(RECOGNISED_AND_ANSWERED, &file))?;
    }
    let signed: Vec<_> =
        [samples.join("shl"), samples.join("shl/bad")].iter().map(|folder| files_of(folder)).collect::<Outcome<Vec<_>>>()?.concat();
    for (name, file) in &signed {
        put("shl", name, file)?;
    }
    let file = |name: &str| signed.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.clone()).ok_or_else(|| name.to_owned());
    let chain = ["example-41.shl.jsonl", "example-41-42.shl.jsonl", "example-42-43.shl.jsonl", "example-43-44.shl.jsonl"];
    put("shl", "chain", &chain.iter().map(|name| file(name)).collect::<Result<Vec<_>, _>>()?.join(&0))?;
    put("shl", "with-signature", &[file("example-41.shl.jsonl")?, file("example-41.shl.jsonl.minisig")?].join(&0))?;
    for orientation in 1..=9_u8 {
        // Big-endian TIFF: one entry, tag 0x0112, a short.
        let block = [b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]].concat();
        put("exif", &format!("orientation-{orientation}"), &block)?;
    }
    for (name, bytes) in [
        ("plain", b"2026/08/photo.jpg".as_slice()),
        ("bytes", b"\xff\xfe/new\nline"),
        ("marks", "a\u{202e}b\\\u{300}\u{301}\u{302}\u{303}".as_bytes()),
    ] {
        put("path", name, bytes)?;
    }
    let answers = [
        ("whole", 200_u16, "Content-Length: 1000\nETag: \"a\"\nContent-Type: text/plain\n"),
        ("rest", 206, "Content-Range: bytes 4000-4999/5000\nETag: \"a\"\n"),
        ("same", 304, ""),
        ("elsewhere", 302, "Location: https://example.org/\n"),
        ("later", 429, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\n"),
        ("packed", 200, "Content-Encoding: gzip\n"),
        ("range", 416, "Content-Range: bytes */5000\n"),
    ];
    for (name, status, fields) in answers {
        put("answer", name, &[&[6][..], &status.to_le_bytes(), fields.as_bytes()].concat())?;
    }
    put("ledger", "export", include_bytes!("export.jsonl"))?;
    put("index", "good", &after(0, &lists::small_index()))?;
    put("index", "unchanged", &[1])?;
    // The version, the length, the first row of the table, and the first record behind it.
    for (name, place) in [("version", 8_u16), ("length", 16), ("offset", 72), ("count", 80), ("record", 4096)] {
        put("index", name, &[&[1][..], &place.to_le_bytes(), &[0xFF]].concat())?;
    }
    Ok(())
}

fn after(first: u8, rest: &[u8]) -> Vec<u8> {
    [&[first][..], rest].concat()
}

/// Waves and a corner, without symmetry.
fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let corner = if x > width / 2 && y < height / 3 { 60 } else { 0 };
        Rgb([(x * 9 + y * 2) as u8, (x * y) as u8 | corner, (y * 13) as u8 ^ corner])
    })
}

/// One small picture in every format that is decoded.
fn pictures() -> Outcome<Vec<(String, Vec<u8>)>> {
    let small = pattern(18, 15);
    let mut all = vec![
        ("png".to_owned(), encode_png(&small, 18, 15)?),
        ("jpeg".to_owned(), encode_jpeg(&small, 18, 15, 60)?),
        ("gif-frames".to_owned(), animation()?),
    ];
    use ImageFormat::{Bmp, Gif, Ico, Pnm, Qoi, Tga, Tiff, WebP};
    for (name, format) in [("bmp", Bmp), ("gif", Gif), ("pnm", Pnm), ("qoi", Qoi), ("tga", Tga), ("tiff", Tiff)] {
        all.push((name.to_owned(), encoded(&DynamicImage::from(small.clone()), format)?));
    }
    let alpha = DynamicImage::from(DynamicImage::from(small.clone()).to_rgba8());
    for (name, format) in [("webp", WebP), ("ico", Ico), ("png-alpha", ImageFormat::Png), ("tiff-alpha", Tiff)] {
        all.push((name.to_owned(), encoded(&alpha, format)?));
    }
    let grey = DynamicImage::from(DynamicImage::from(small).to_luma16());
    all.push(("png-grey-16".to_owned(), encoded(&grey, ImageFormat::Png)?));
    match all.iter().find(|(_, picture)| picture.len() > PICTURE_BYTES) {
        Some((name, picture)) => Err(format!("{name} has {} bytes", picture.len()).into()),
        None => Ok(all),
    }
}

fn animation() -> Outcome<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    for side in [6, 9] {
        encoder.encode_frame(image::Frame::new(DynamicImage::from(pattern(side, side)).to_rgba8()))?;
    }
    drop(encoder);
    Ok(out)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Outcome<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format)?;
    Ok(out.into_inner())
}

/// The short files of a folder, by name. Keys that sign are left out.
fn files_of(folder: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is not text")?.to_owned();
        if path.is_file() && path.metadata()?.len() <= LIST_BYTES as u64 && !name.ends_with(".sec") && name != "README.md" {
            files.push((name, fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}
