//! Pictures made in the test: a pattern without symmetry, and containers assembled by hand where no encoder writes them.
#![allow(dead_code, clippy::unwrap_used, reason = "not every test file uses every picture; a test may unwrap")]

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, ImageEncoder, ImageFormat, Rgb, RgbImage, RgbaImage};
use std::io::Cursor;

/// A rich pattern; another `seed` is another picture.
pub fn pattern(width: u32, height: u32, seed: u32) -> RgbImage {
    let phase = f64::from(seed) * 1.7;
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let ground = 120.0 + 60.0 * (9.0 * u + 5.0 * v + phase).sin() + 45.0 * (13.0 * v - 7.0 * u * u + phase).cos();
        let disc = if (u - 0.3).powi(2) + (v - 0.35 - 0.02 * phase.sin()).powi(2) < 0.03 { 70.0 } else { 0.0 };
        let corner = if u + 2.0 * v > 2.2 { -80.0 } else { 0.0 };
        // Cells give every frequency some weight; smooth waves alone leave most of them to rounding.
        let cell = (((u * 17.0) as u32 * 7_919) ^ ((v * 13.0) as u32 * 104_729) ^ (seed * 31)).wrapping_mul(2_654_435_761) >> 25;
        let value = (ground + disc + corner + f64::from(cell) - 64.0).clamp(0.0, 255.0);
        Rgb([value as u8, (value * 0.8) as u8, (255.0 - value) as u8])
    })
}

pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub fn png(picture: &RgbImage) -> Vec<u8> {
    encoded(&picture.clone().into(), ImageFormat::Png)
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    encoded(&picture.clone().into(), ImageFormat::Jpeg)
}

pub fn gif(frames: &[RgbImage]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    for frame in frames {
        encoder.encode_frame(Frame::new(RgbaImage::from(DynamicImage::from(frame.clone()).to_rgba8()))).unwrap();
    }
    drop(encoder);
    out
}

/// An orientation tag put behind the start of a JPEG.
pub fn jpeg_oriented(picture: &RgbImage, orientation: u8) -> Vec<u8> {
    let plain = jpeg(picture);
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut out = vec![0xFF, 0xD8, 0xFF, 0xE1];
    out.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    out.extend(exif);
    out.extend(&plain[2..]);
    out
}

/// Chunks of a PNG: kind and payload.
pub fn png_chunks(bytes: &[u8]) -> Vec<([u8; 4], Vec<u8>)> {
    let mut chunks = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let len = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        chunks.push((bytes[at + 4..at + 8].try_into().unwrap(), bytes[at + 8..at + 8 + len].to_vec()));
        at += 12 + len;
    }
    chunks
}

pub fn png_from(chunks: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, payload) in chunks {
        out.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
        let checked: Vec<u8> = kind.iter().chain(payload).copied().collect();
        out.extend(&checked);
        out.extend(crc(&checked).to_be_bytes());
    }
    out
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// An animated PNG; all pictures have the same sides. `separate` puts the first one outside the animation.
pub fn apng(pictures: &[RgbImage], separate: bool) -> Vec<u8> {
    let control = |number: u32, picture: &RgbImage| {
        let mut payload = number.to_be_bytes().to_vec();
        payload.extend(picture.width().to_be_bytes());
        payload.extend(picture.height().to_be_bytes());
        payload.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0]);
        (*b"fcTL", payload)
    };
    let header = png_chunks(&png(&pictures[0])).into_iter().find(|(kind, _)| kind == b"IHDR").unwrap();
    let animated = pictures.len() - usize::from(separate);
    let mut chunks = vec![header, (*b"acTL", [(animated as u32).to_be_bytes(), [0; 4]].concat())];
    let mut number = 0;
    for (at, picture) in pictures.iter().enumerate() {
        if at > 0 || !separate {
            chunks.push(control(number, picture));
            number += 1;
        }
        for (_, data) in png_chunks(&png(picture)).into_iter().filter(|(kind, _)| kind == b"IDAT") {
            if at == 0 {
                chunks.push((*b"IDAT", data));
            } else {
                chunks.push((*b"fdAT", [number.to_be_bytes().to_vec(), data].concat()));
                number += 1;
            }
        }
    }
    chunks.push((*b"IEND", Vec::new()));
    png_from(&chunks)
}

/// An animated, lossless WebP.
pub fn animated_webp(pictures: &[RgbImage]) -> Vec<u8> {
    let little = |value: u32| value.to_le_bytes()[..3].to_vec();
    let (width, height) = pictures[0].dimensions();
    let chunk = |kind: &[u8; 4], payload: &[u8]| {
        let mut out = kind.to_vec();
        out.extend((payload.len() as u32).to_le_bytes());
        out.extend(payload);
        out.resize(out.len().next_multiple_of(2), 0);
        out
    };
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[vec![2, 0, 0, 0], little(width - 1), little(height - 1)].concat()));
    body.extend(chunk(b"ANIM", &[0; 6]));
    for picture in pictures {
        let still = encoded(&picture.clone().into(), ImageFormat::WebP);
        let at = still.windows(4).position(|kind| kind == b"VP8L").unwrap();
        let frame = [vec![0; 6], little(width - 1), little(height - 1), little(100), vec![2], still[at..].to_vec()].concat();
        body.extend(chunk(b"ANMF", &frame));
    }
    let mut out = b"RIFF".to_vec();
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    out
}

/// A PNG of any colour type and depth that the encoder knows.
pub fn png_of(samples: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let mut out = Vec::new();
    image::codecs::png::PngEncoder::new(&mut out).write_image(samples, width, height, color).unwrap();
    out
}

/// Headers that promise far more pixels than there are bytes.
pub fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let big = 60_000u32;
    let mut png = png_chunks(&png(&pattern(8, 8, 0)));
    png[0].1[..8].copy_from_slice(&[big.to_be_bytes(), big.to_be_bytes()].concat());
    let mut jpeg = jpeg(&pattern(8, 8, 0));
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    let mut gif = gif(&[pattern(8, 8, 0)]);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    let mut bmp = encoded(&pattern(8, 8, 0).into(), ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[big.to_le_bytes(), big.to_le_bytes()].concat());
    let mut webp = animated_webp(&[pattern(8, 8, 0)]);
    webp[24..30].fill(0xFF);
    let mut qoi = encoded(&pattern(8, 8, 0).into(), ImageFormat::Qoi);
    qoi[4..12].copy_from_slice(&[big.to_be_bytes(), big.to_be_bytes()].concat());
    let mut tga = encoded(&pattern(8, 8, 0).into(), ImageFormat::Tga);
    tga[12..16].copy_from_slice(&[0x60, 0xEA, 0x60, 0xEA]);
    let mut ico = ico_of_bitmap(&pattern(8, 8, 0));
    ico[26..34].copy_from_slice(&[big.to_le_bytes(), (2 * big).to_le_bytes()].concat());
    let inner = png_from(&png);
    let mut ico_png = vec![0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0];
    ico_png.extend((inner.len() as u32).to_le_bytes());
    ico_png.extend(22u32.to_le_bytes());
    ico_png.extend(&inner);
    let tags = vec![(258, 8), (259, 1), (262, 1), (277, 1), (278, big)];
    vec![
        ("png", inner),
        ("jpeg", jpeg),
        ("jpeg scans", many_scans(101)),
        ("gif", gif),
        ("bmp", bmp),
        ("webp", webp),
        ("qoi", qoi),
        ("tga", tga),
        ("ico", ico),
        ("ico png", ico_png),
        ("pbm", format!("P4\n{big} {big}\n").into_bytes()),
        ("ppm", format!("P6\n{big} {big}\n255\n").into_bytes()),
        ("pam", format!("P7\nWIDTH {big}\nHEIGHT {big}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n").into_bytes()),
        ("tiff", tiff(&[(big, big, vec![0; 16], tags)], None)),
    ]
}

/// One picture in every format that is decoded, and in the colour types and layouts that its encoder writes. Names are `format` or `format kind`.
pub fn every_format(width: u32, height: u32, seed: u32) -> Vec<(&'static str, Vec<u8>)> {
    let picture = pattern(width, height, seed);
    let colour: DynamicImage = picture.clone().into();
    let grey: DynamicImage = colour.to_luma8().into();
    let see_through: DynamicImage = faded(&picture).into();
    let wide: DynamicImage = colour.to_rgb16().into();
    let mut all = vec![
        ("jpeg", encoded(&colour, ImageFormat::Jpeg)),
        ("jpeg grey", encoded(&grey, ImageFormat::Jpeg)),
        ("png", encoded(&colour, ImageFormat::Png)),
        ("png grey", encoded(&grey, ImageFormat::Png)),
        ("png alpha", encoded(&see_through, ImageFormat::Png)),
        ("png 16", encoded(&wide, ImageFormat::Png)),
        ("gif", gif(std::slice::from_ref(&picture))),
        ("webp", encoded(&colour, ImageFormat::WebP)),
        ("webp alpha", encoded(&see_through, ImageFormat::WebP)),
        ("bmp", encoded(&colour, ImageFormat::Bmp)),
        ("bmp grey", encoded(&grey, ImageFormat::Bmp)),
        ("tiff", encoded(&colour, ImageFormat::Tiff)),
        ("tiff grey", encoded(&grey, ImageFormat::Tiff)),
        ("tiff 16", encoded(&wide, ImageFormat::Tiff)),
        ("qoi", encoded(&colour, ImageFormat::Qoi)),
        ("qoi alpha", encoded(&see_through, ImageFormat::Qoi)),
        ("ppm", [format!("P6\n{width} {height}\n255\n").as_bytes(), colour.as_bytes()].concat()),
        ("pgm", [format!("P5\n{width} {height}\n255\n").as_bytes(), grey.as_bytes()].concat()),
        // What the encoder writes by itself.
        ("pam", encoded(&colour, ImageFormat::Pnm)),
        ("tga", encoded(&colour, ImageFormat::Tga)),
        ("tga grey", encoded(&grey, ImageFormat::Tga)),
    ];
    if width <= 256 && height <= 256 {
        all.push(("ico png", encoded(&see_through, ImageFormat::Ico)));
        all.push(("ico bitmap", ico_of_bitmap(&picture)));
    }
    all.push(("tiff palette", tiff_palette(&grey.to_luma8())));
    all.push(("tiff pages", tiff_pages(&[picture.clone(), pattern(width, height, seed + 9)])));
    all
}

/// The same colours, more see-through from left to right.
pub fn faded(picture: &RgbImage) -> RgbaImage {
    let mut out = DynamicImage::from(picture.clone()).to_rgba8();
    let width = picture.width();
    out.enumerate_pixels_mut().for_each(|(x, _, pixel)| pixel.0[3] = (255 - x * 200 / width) as u8);
    out
}

/// An icon of one 24-bit bitmap without a mask.
pub fn ico_of_bitmap(picture: &RgbImage) -> Vec<u8> {
    let mut bitmap = encoded(&picture.clone().into(), ImageFormat::Bmp)[14..].to_vec();
    bitmap[8..12].copy_from_slice(&(picture.height() * 2).to_le_bytes());
    let side = |side: u32| u8::try_from(side).unwrap_or(0);
    let mut out = vec![0, 0, 1, 0, 1, 0, side(picture.width()), side(picture.height()), 0, 0, 1, 0, 24, 0];
    out.extend((bitmap.len() as u32).to_le_bytes());
    out.extend(22u32.to_le_bytes());
    out.extend(bitmap);
    out
}

/// Width, height, the bytes of the one strip, and further entries as (tag, value).
type TiffPage = (u32, u32, Vec<u8>, Vec<(u16, u32)>);

/// A big-endian TIFF of one strip a page.
pub fn tiff(pages: &[TiffPage], palette: Option<&[u16]>) -> Vec<u8> {
    let mut out = b"MM\0\x2A\0\0\0\0".to_vec();
    let mut link_at = 4;
    for (width, height, data, more) in pages {
        let data_at = out.len() as u32;
        out.extend(data);
        let map_at = out.len() as u32;
        out.extend(palette.into_iter().flatten().flat_map(|value| value.to_be_bytes()));
        let mut entries = vec![(256, 4u16, 1u32, *width), (257, 4, 1, *height), (273, 4, 1, data_at), (279, 4, 1, data.len() as u32)];
        entries.extend(more.iter().map(|(tag, value)| (*tag, 4, 1, *value)));
        entries.extend(palette.map(|palette| (320, 3, palette.len() as u32, map_at)));
        entries.sort_unstable();
        out.resize(out.len().next_multiple_of(2), 0);
        let here = out.len() as u32;
        out[link_at..link_at + 4].copy_from_slice(&here.to_be_bytes());
        out.extend((entries.len() as u16).to_be_bytes());
        for (tag, kind, count, value) in entries {
            out.extend(tag.to_be_bytes());
            out.extend(kind.to_be_bytes());
            out.extend(count.to_be_bytes());
            out.extend(value.to_be_bytes());
        }
        link_at = out.len();
        out.extend([0; 4]);
    }
    out
}

/// Sixteen colours, two pixels in a byte.
fn tiff_palette(grey: &image::GrayImage) -> Vec<u8> {
    let row = |row: &[u8]| row.chunks(2).map(|pair| (pair[0] & 0xF0) | (pair.get(1).unwrap_or(&0) >> 4)).collect::<Vec<u8>>();
    let data: Vec<u8> = grey.chunks(grey.width() as usize).flat_map(row).collect();
    let map: Vec<u16> = (0..3).flat_map(|_| (0..16u16).map(|value| value * 4_369)).collect();
    let more = vec![(258, 4), (259, 1), (262, 3), (277, 1), (278, grey.height())];
    tiff(&[(grey.width(), grey.height(), data, more)], Some(&map))
}

/// Plain RGB pages.
pub fn tiff_pages(pages: &[RgbImage]) -> Vec<u8> {
    let page = |page: &RgbImage| {
        let more = vec![(258, 8), (259, 1), (262, 2), (277, 3), (278, page.height())];
        (page.width(), page.height(), page.as_raw().clone(), more)
    };
    tiff(&pages.iter().map(page).collect::<Vec<_>>(), None)
}

/// A JPEG with this many scans, of which all but the first repeat it.
pub fn many_scans(scans: usize) -> Vec<u8> {
    let plain = jpeg(&pattern(16, 16, 0));
    let scan = plain.windows(2).position(|marker| marker == [0xFF, 0xDA]).unwrap();
    let end = plain.len() - 2;
    let mut out = plain[..end].to_vec();
    for _ in 1..scans {
        out.extend(&plain[scan..end]);
    }
    out.extend(&plain[end..]);
    out
}
