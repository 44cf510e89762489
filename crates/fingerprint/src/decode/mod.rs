//! Bytes to bounded RGB frames. The only importer of `image`, and for that reason also the home of the encoders that make practice pictures.
//!
//! - `outline`: sides, frames and completeness of each format, read without a decoder
//! - `limits`: what is refused before one pixel is decoded
//! - `frames`: drives the decoders and samples animations and pages
//! - `tiff`, `ico`: the two formats that hold several pictures behind a directory
//! - `pixels`: what counts as the picture: colours, depth, transparency, orientation
//! - `encode`: practice pictures
//!
//! The limits stand before the decoder: the real type, the declared sides, the number of frames and the size of the output are known and checked
//! before one pixel is decoded. They are the first wall, not the last: several decoders ignore the memory limit they are given, so the worker's
//! own limits stand behind them.
//!
//! A content that ends before its format says so is damaged: it gets a reason, beside the fingerprints of what a viewer still shows of it. So
//! cutting off the last two bytes neither hides a listed picture nor passes as "nothing found".

mod encode;
mod frames;
mod ico;
mod limits;
mod outline;
mod pixels;
mod tiff;

pub use encode::{encode_jpeg, encode_png};
pub use frames::sampled;
pub use limits::{MAX_PIXELS, MAX_SCANS};

use crate::real_type::{HEAD_BYTES, real_type};
use crate::signal::{Reading, Unusable, View};
use frames::Job;
#[cfg(test)]
pub(crate) use pixels::view_of;

/// What is known about a picture whose frames were all handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Pixels in a row, as stored; of the first page, if there are several.
    pub width: u32,
    /// Rows, as stored; of the first page, if there are several.
    pub height: u32,
    /// Frames or pages that the content declares, 1 for a still picture.
    pub frames: u32,
    /// The view in which it is shown.
    pub displayed: View,
}

/// Why a picture was not decoded, or not to its end, with what its header declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub reason: Unusable,
    /// Declared sides in pixels, number of frames, and view, as far as they are known; 0 if not.
    pub declared: Decoded,
}

/// One decoded frame in one reading: row-major, 3 bytes a pixel.
#[derive(Clone, Copy, Debug)]
pub struct Still<'a> {
    /// Frame number, from 0.
    pub frame: u16,
    /// Which reading of the frame. [`Reading::Reference`] comes first; [`Reading::Shown`] follows it only if a pixel of it is different.
    pub reading: Reading,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Exactly `width * height * 3` bytes.
    pub rgb: &'a [u8],
}

/// Decodes a picture and hands its sampled frames to `each`, one after the other, so that only one is in memory.
///
/// `bytes` is the whole content. Of an animation or of pages the first, the last, and up to 14 between are handed out, evenly spaced; each of
/// them once, or twice where two readings differ.
/// # Errors
/// [`Refused`] with the reason. Frames that were handed out before are what a viewer shows of a damaged content: worth matching, not enough to
/// say that nothing was found.
pub fn decode(bytes: &[u8], each: &mut dyn FnMut(Still<'_>)) -> Result<Decoded, Refused> {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let real_type = real_type(head, head.len() == bytes.len());
    let unknown = Decoded { width: 0, height: 0, frames: 0, displayed: View::Original };
    if !real_type.is_picture() {
        let reason = real_type.unusable().unwrap_or(Unusable::UnsupportedFormat);
        return Err(Refused { reason, declared: unknown });
    }
    let outline = outline::outline(real_type, bytes).ok_or(Refused { reason: Unusable::DecoderError, declared: unknown })?;
    let declared = Decoded { width: outline.width, height: outline.height, frames: outline.frames, displayed: View::Original };
    limits::check(&outline).map_err(|reason| Refused { reason, declared })?;
    let mut job = Job::new(outline, each);
    let done = job.run(real_type, bytes);
    let declared = Decoded { displayed: job.displayed(), ..declared };
    match done {
        Ok(()) if outline.complete => Ok(declared),
        Ok(()) => Err(Refused { reason: Unusable::DecoderError, declared }),
        Err(reason) => Err(Refused { reason, declared }),
    }
}
