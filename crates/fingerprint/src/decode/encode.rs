//! The encoders behind practice pictures: the same bytes on every machine.

use crate::error::Error;
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use image::{ColorType, ImageEncoder};

/// PNG bytes of RGB pixels: the same on every machine.
/// # Errors
/// [`Error::Shape`] if the pixels do not fit the sides, [`Error::Encode`] if the encoder fails.
pub fn encode_png(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode(rgb, width, height, PngEncoder::new(&mut out))?;
    Ok(out)
}

/// JPEG bytes of RGB pixels, quality 1 to 100: the same on every machine.
/// # Errors
/// As [`encode_png`].
pub fn encode_jpeg(rgb: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode(rgb, width, height, JpegEncoder::new_with_quality(&mut out, quality))?;
    Ok(out)
}

fn encode(rgb: &[u8], width: u32, height: u32, encoder: impl ImageEncoder) -> Result<(), Error> {
    if rgb.len() as u64 != (u64::from(width) * u64::from(height)).saturating_mul(3) || rgb.is_empty() {
        return Err(Error::Shape { len: rgb.len(), width, height });
    }
    encoder.write_image(rgb, width, height, ColorType::Rgb8.into()).map_err(|error| Error::Encode(Box::new(error)))
}
