//! What counts as the picture: samples of any kind to three bytes a pixel, in one or two readings.
//!
//! The first reading is what published lists are made of. Both reference readers drop transparency: the C++ tool takes the first three planes of
//! what its picture library loads (ThreatExchange, `pdq/cpp/io/pdqio.cpp`, `loadFloatLumaFromCImg`), the Python one the first three channels of
//! Pillow's array, or `convert("RGB")` (`python-threatexchange/threatexchange/signal_type/pdq/pdq_hasher.py`). In it
//! - alpha is dropped, not blended: the colours under transparent pixels count; a palette becomes its colours;
//! - of 16 bits the high byte counts, except in grey without alpha, where values above 255 become 255;
//! - pixels count as stored; the EXIF orientation says which of the eight views is the displayed one;
//! - ICC profiles and gamma are ignored.
//!
//! What people see can be another picture: black everywhere, drawn by its transparency alone, is a common way to ship an icon and an easy way
//! to hide a photograph. So a picture whose alpha or 16-bit grey makes a difference is read a second time, as a browser shows it on white.

use super::limits::room;
use crate::signal::{Unusable, View};
use image::ColorType;
use image::metadata::Orientation;

/// One picture in the reading of the lists, and what it takes to make the shown one of it.
pub(super) struct Readings {
    /// Three bytes a pixel.
    pub(super) reference: Vec<u8>,
    /// `None` if a viewer shows the same.
    pub(super) shown: Option<Shown>,
}

/// What the shown reading is made of. Never both readings at once: at the pixel limit they do not fit into the worker.
pub(super) enum Shown {
    /// One byte of opacity a pixel, at least one of them below 255.
    Alpha(Vec<u8>),
    /// 16-bit samples in the machine's order, at least one of them above 255.
    Grey16(Vec<u8>),
}

impl Readings {
    /// Opaque, 8 bits.
    pub(super) fn plain(reference: Vec<u8>) -> Self {
        Self { reference, shown: None }
    }

    fn with_alpha(reference: Vec<u8>, alpha: Option<Vec<u8>>) -> Self {
        Self { reference, shown: alpha.map(Shown::Alpha) }
    }

    /// Sorts out the samples that a decoder of `image` wrote. `keyed` says that the alpha of grey is a colour key of the file, which the reference
    /// does not turn into a channel.
    /// # Errors
    /// A colour type without a reading (floating point), or no memory.
    pub(super) fn of(mut pixels: Vec<u8>, color: ColorType, keyed: bool) -> Result<Self, Unusable> {
        match color {
            ColorType::Rgb8 => Ok(Self::plain(pixels)),
            ColorType::Rgba8 => {
                let alpha = alpha(&pixels, 4, |pixel| pixel[3])?;
                keep_three(&mut pixels, 4, |pixel| [pixel[0], pixel[1], pixel[2]]);
                Ok(Self::with_alpha(pixels, alpha))
            }
            ColorType::Rgb16 => {
                keep_three(&mut pixels, 6, high_three);
                Ok(Self::plain(pixels))
            }
            ColorType::Rgba16 => {
                let alpha = alpha(&pixels, 8, |pixel| high(&pixel[6..8]))?;
                keep_three(&mut pixels, 8, high_three);
                Ok(Self::with_alpha(pixels, alpha))
            }
            ColorType::L8 => Ok(Self::plain(grey(&pixels, 1, |pixel| pixel[0])?)),
            ColorType::La8 => Ok(Self::with_alpha(grey(&pixels, 2, |pixel| pixel[0])?, alpha(&pixels, 2, |pixel| pixel[1])?)),
            ColorType::L16 => Self::grey16(pixels),
            ColorType::La16 if keyed => Self::grey16(pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1]]).collect()),
            ColorType::La16 => {
                Ok(Self::with_alpha(grey(&pixels, 4, |pixel| high(&pixel[0..2]))?, alpha(&pixels, 4, |pixel| high(&pixel[2..4]))?))
            }
            _ => Err(Unusable::UnsupportedFormat),
        }
    }

    fn grey16(pixels: Vec<u8>) -> Result<Self, Unusable> {
        let reference = grey(&pixels, 2, |pixel| sample16(pixel).min(255) as u8)?;
        let clipped = pixels.chunks_exact(2).any(|pixel| sample16(pixel) > 255);
        Ok(Self { reference, shown: clipped.then_some(Shown::Grey16(pixels)) })
    }

    /// Grey of 8 bits with alpha, already apart.
    pub(super) fn grey_alpha(values: &[u8], alpha: Vec<u8>) -> Result<Self, Unusable> {
        let used = alpha.iter().any(|alpha| *alpha != u8::MAX);
        Ok(Self::with_alpha(grey(values, 1, |value| value[0])?, used.then_some(alpha)))
    }
}

impl Shown {
    /// The shown reading, made in place of the other one.
    pub(super) fn make(self, mut reference: Vec<u8>) -> Result<Vec<u8>, Unusable> {
        match self {
            Self::Alpha(alpha) => {
                over_white(&mut reference, &alpha);
                Ok(reference)
            }
            Self::Grey16(pixels) => {
                drop(reference);
                grey(&pixels, 2, high)
            }
        }
    }
}

/// Opacity of every pixel, or `None` if all of them are opaque.
fn alpha(pixels: &[u8], from: usize, value: impl Fn(&[u8]) -> u8) -> Result<Option<Vec<u8>>, Unusable> {
    if pixels.chunks_exact(from).all(|pixel| value(pixel) == u8::MAX) {
        return Ok(None);
    }
    let mut alpha = room(pixels.len() / from)?;
    alpha.extend(pixels.chunks_exact(from).map(value));
    Ok(Some(alpha))
}

/// White is the page behind a picture in every forum's default style; pictures made for a dark one are not looked at a third time.
fn over_white(rgb: &mut [u8], alpha: &[u8]) {
    for (pixel, alpha) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(alpha) {
        let alpha = u32::from(*alpha);
        for value in pixel {
            // Rounded to the nearest; never above 255.
            *value = ((u32::from(*value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
}

/// A 16-bit sample; `image` hands them out in the machine's order.
fn sample16(bytes: &[u8]) -> u16 {
    bytes.try_into().map_or(0, u16::from_ne_bytes)
}

fn high(bytes: &[u8]) -> u8 {
    (sample16(bytes) >> 8) as u8
}

fn high_three(pixel: &[u8]) -> [u8; 3] {
    [high(&pixel[0..2]), high(&pixel[2..4]), high(&pixel[4..6])]
}

/// Shortens every pixel of `from` bytes to three, front to back: the write position never overtakes the read position.
fn keep_three(pixels: &mut Vec<u8>, from: usize, shorten: impl Fn(&[u8]) -> [u8; 3]) {
    let count = pixels.len() / from;
    for at in 0..count {
        let short = shorten(&pixels[at * from..(at + 1) * from]);
        pixels[at * 3..at * 3 + 3].copy_from_slice(&short);
    }
    pixels.truncate(count * 3);
}

fn grey(pixels: &[u8], from: usize, value: impl Fn(&[u8]) -> u8) -> Result<Vec<u8>, Unusable> {
    let mut rgb = room(pixels.len() / from * 3)?;
    rgb.extend(pixels.chunks_exact(from).flat_map(|pixel| [value(pixel); 3]));
    Ok(rgb)
}

/// Luminance and colour differences to RGB, in place. Source: JFIF 1.02, "Conversion to and from RGB"; in 16-bit fractions, as decoders do it.
pub(super) fn ycc_to_rgb(pixels: &mut [u8]) {
    let clamp = |value: i32| (value >> 16).clamp(0, 255) as u8;
    for pixel in pixels.as_chunks_mut::<3>().0 {
        let [luma, blue, red] = pixel.map(i32::from);
        let (luma, blue, red) = ((luma << 16) + (1 << 15), blue - 128, red - 128);
        *pixel = [clamp(luma + 91_881 * red), clamp(luma - 22_554 * blue - 46_802 * red), clamp(luma + 116_130 * blue)];
    }
}

/// The view whose fingerprint is that of the displayed picture. Found by turning pixels and comparing, and tested that way: the reference's
/// "rotate 90" turns against the clock, its "flip x" swaps top and bottom.
pub(crate) fn view_of(orientation: Orientation) -> View {
    match orientation {
        Orientation::NoTransforms => View::Original,
        Orientation::Rotate90 => View::Rotate270,
        Orientation::Rotate180 => View::Rotate180,
        Orientation::Rotate270 => View::Rotate90,
        Orientation::FlipHorizontal => View::FlipY,
        Orientation::FlipVertical => View::FlipX,
        Orientation::Rotate90FlipH => View::FlipPlus1,
        Orientation::Rotate270FlipH => View::FlipMinus1,
    }
}
