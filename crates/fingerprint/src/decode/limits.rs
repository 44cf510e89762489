//! What is refused before one pixel is decoded, and what the errors of decoders mean.

use super::outline::Outline;
use crate::frame::{MAX_FRAMES, MAX_SIDE};
use crate::signal::Unusable;
use image::error::LimitErrorKind;
use image::{ImageError, Limits};

/// Most pixels of one picture: 64 binary megapixels, so that what 64-megapixel cameras make still passes, and four bytes a pixel are exactly
/// the decoder's memory.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;
/// Most scans of one JPEG. Encoders write about ten; each one walks over the whole picture, so that thousands in a small file are a bomb.
pub const MAX_SCANS: u32 = 100;
/// Memory that a decoder may take: 256 MiB, half of the worker's address space.
pub(super) const MAX_DECODER_BYTES: u64 = 256 * 1024 * 1024;

/// # Errors
/// The reason why nothing of this content is decoded.
pub(super) fn check(outline: &Outline) -> Result<(), Unusable> {
    check_sides(outline.width, outline.height)?;
    if outline.frames > MAX_FRAMES || outline.scans > MAX_SCANS {
        return Err(Unusable::PixelLimit);
    }
    if outline.unsupported {
        return Err(Unusable::UnsupportedFormat);
    }
    if outline.frames == 0 { Err(Unusable::DecoderError) } else { Ok(()) }
}

/// Of every page its own.
pub(super) fn check_sides(width: u32, height: u32) -> Result<(), Unusable> {
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(Unusable::PixelLimit);
    }
    if pixels == 0 { Err(Unusable::DecoderError) } else { Ok(()) }
}

/// What every decoder is told.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    limits
}

pub(super) fn reason_of(error: &ImageError) -> Unusable {
    match error {
        ImageError::Limits(limit) if limit.kind() == LimitErrorKind::DimensionError => Unusable::PixelLimit,
        ImageError::Limits(_) => Unusable::DecoderMemory,
        // A variant of a known format that no decoder here reads: not damaged, and a newer decoder may take it.
        ImageError::Unsupported(_) => Unusable::UnsupportedFormat,
        _ => Unusable::DecoderError,
    }
}

/// Zeros, without ending the process when there is no memory.
pub(super) fn zeroed(len: u64) -> Result<Vec<u8>, Unusable> {
    let len = usize::try_from(len).map_err(|_| Unusable::DecoderMemory)?;
    // Asked for first, because `vec!` cannot be refused; and then `vec!`, because its zeros are the kernel's and cost nothing until they are written.
    drop(room(len)?);
    Ok(vec![0; len])
}

/// Empty, with room for `len` bytes.
pub(super) fn room(len: usize) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Unusable::DecoderMemory)?;
    Ok(bytes)
}
