//! The changes themselves: a picture and its bytes before, and after.

use crate::pictures::{Dice, line_of_text, window_frame};
use crate::rows::Change;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

const BLACK: Rgb<u8> = Rgb([0, 0, 0]);
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);
/// JPEG quality of a copy whose quality is not the point: what most sites write.
const USUAL_QUALITY: u8 = 85;

/// What a site would receive: the bytes of the file after the change. `seed` decides what is random about it.
///
/// # Errors
/// That of the encoder.
pub fn changed_file(change: Change, original: &RgbImage, seed: u64) -> image::ImageResult<Vec<u8>> {
    match change {
        Change::Same => encoded(original, ImageFormat::Png),
        Change::Formats => {
            let png = image::load_from_memory(&encoded(original, ImageFormat::Png)?)?.to_rgb8();
            let webp = image::load_from_memory(&encoded(&png, ImageFormat::WebP)?)?.to_rgb8();
            jpeg(&webp, USUAL_QUALITY)
        }
        Change::Jpeg(quality) => jpeg(original, quality),
        other => jpeg(&changed(other, original, seed), USUAL_QUALITY),
    }
}

/// A picture in a format.
///
/// # Errors
/// That of the encoder.
pub fn encoded(picture: &RgbImage, format: ImageFormat) -> image::ImageResult<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut out, format)?;
    Ok(out.into_inner())
}

fn jpeg(picture: &RgbImage, quality: u8) -> image::ImageResult<Vec<u8>> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture)?;
    Ok(out)
}

/// The pixels after a change of pixels.
fn changed(change: Change, original: &RgbImage, seed: u64) -> RgbImage {
    let (width, height) = original.dimensions();
    let mut dice = Dice::new(seed ^ 0xC0_FFEE);
    match change {
        Change::Same | Change::Formats | Change::Jpeg(_) => original.clone(),
        Change::Scale(hundredths) => {
            let side = |len: u32| (len * u32::from(hundredths) / 100).max(1);
            imageops::resize(original, side(width), side(height), FilterType::CatmullRom)
        }
        Change::Crop(hundredths) => {
            let cut = |len: u32| len * u32::from(hundredths) / 200;
            imageops::crop_imm(original, cut(width), cut(height), width - 2 * cut(width), height - 2 * cut(height)).to_image()
        }
        Change::Border(hundredths) => {
            let wide = height.min(width) * u32::from(hundredths) / 100;
            on_ground(original, width + 2 * wide, height + 2 * wide, WHITE)
        }
        Change::Letterbox => on_ground(original, width, height + height / 4, BLACK),
        Change::Quarter(1) => imageops::rotate90(original),
        Change::Quarter(2) => imageops::rotate180(original),
        Change::Quarter(_) => imageops::rotate270(original),
        Change::Tilt(degrees) => tilted(original, f64::from(degrees).to_radians()),
        Change::Mirror => imageops::flip_horizontal(original),
        Change::SmallText => written(original, &mut dice, &[height as i32 * 9 / 10], 2),
        Change::LargeText => written(original, &mut dice, &[height as i32 / 10, height as i32 * 7 / 10], 8),
        Change::Watermark => {
            let marked = written(original, &mut dice, &[height as i32 * 2 / 5], 8);
            let mut pairs = original.clone();
            pairs
                .iter_mut()
                .zip(marked.iter())
                .for_each(|(value, mark)| *value = ((u16::from(*value) * 13 + u16::from(*mark) * 7) / 20) as u8);
            pairs
        }
        Change::Blur(tenths) => imageops::blur(original, f32::from(tenths) / 10.0),
        Change::Noise(amplitude) => {
            each_value(original, |value| value + f64::from(dice.between(-i32::from(amplitude), i32::from(amplitude) + 1)))
        }
        Change::Brightness(added) => each_value(original, |value| value + f64::from(added)),
        Change::Contrast(hundredths) => each_value(original, |value| 128.0 + (value - 128.0) * f64::from(hundredths) / 100.0),
        Change::Gamma(hundredths) => each_value(original, |value| 255.0 * (value / 255.0).powf(f64::from(hundredths) / 100.0)),
        Change::Grey => DynamicImage::from(DynamicImage::from(original.clone()).to_luma8()).to_rgb8(),
        Change::Screenshot => screenshot(original, &mut dice),
        Change::Collage => collage(original, seed),
    }
}

fn each_value(original: &RgbImage, mut to: impl FnMut(f64) -> f64) -> RgbImage {
    let mut picture = original.clone();
    picture.iter_mut().for_each(|value| *value = to(f64::from(*value)).clamp(0.0, 255.0).round() as u8);
    picture
}

fn on_ground(original: &RgbImage, width: u32, height: u32, colour: Rgb<u8>) -> RgbImage {
    let mut ground = RgbImage::from_pixel(width, height, colour);
    let (left, top) = ((width - original.width()) / 2, (height - original.height()) / 2);
    imageops::overlay(&mut ground, original, i64::from(left), i64::from(top));
    ground
}

/// Turned about its middle within its own sides, as phone editors' "straighten" leaves it; nearest pixels, black where nothing is.
fn tilted(original: &RgbImage, angle: f64) -> RgbImage {
    let (width, height) = original.dimensions();
    let (middle_x, middle_y) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (f64::from(x) - middle_x, f64::from(y) - middle_y);
        let from_x = (across * angle.cos() + down * angle.sin() + middle_x).round();
        let from_y = (down * angle.cos() - across * angle.sin() + middle_y).round();
        let inside = from_x >= 0.0 && from_y >= 0.0 && from_x < f64::from(width) && from_y < f64::from(height);
        if inside { *original.get_pixel(from_x as u32, from_y as u32) } else { BLACK }
    })
}

fn written(original: &RgbImage, dice: &mut Dice, tops: &[i32], dot: i32) -> RgbImage {
    let mut picture = original.clone();
    let right = original.width() as i32 - 10;
    tops.iter().for_each(|top| line_of_text(&mut picture, dice, 10, *top, right, dot, WHITE));
    picture
}

fn screenshot(original: &RgbImage, dice: &mut Dice) -> RgbImage {
    let mut shot = RgbImage::new(original.width() * 3 / 2, original.height() * 3 / 2);
    let (left, top, width, height) = window_frame(&mut shot, dice);
    let (right, down) = ((width - original.width() as i32).max(0) / 2, (height - original.height() as i32).max(0) / 2);
    imageops::overlay(&mut shot, original, i64::from(left + right), i64::from(top + down));
    shot
}

fn collage(original: &RgbImage, seed: u64) -> RgbImage {
    let (width, height) = original.dimensions();
    let mut sheet = RgbImage::new(width, height);
    for place in 0..4u32 {
        let other = crate::pictures::picture(crate::rows::Family::Photo, seed + 90_000 + u64::from(place));
        let whole = if place == 0 { original } else { &other };
        let quarter = imageops::resize(whole, width / 2, height / 2, FilterType::Triangle);
        imageops::overlay(&mut sheet, &quarter, i64::from(place % 2 * (width / 2)), i64::from(place / 2 * (height / 2)));
    }
    sheet
}
