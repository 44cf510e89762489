//! Bytes to bounded RGB frames. The only importer of `image`, and for that reason also the home of the encoders that make practice pictures.
//!
//! The limits stand before the decoder: the real type, the declared sides, the number of frames and the size of the output are known and checked
//! before one pixel is decoded. They are the first wall, not the last: two of the decoders ignore the memory limit they are given, so the worker's
//! own limits stand behind them.
//!
//! What the picture is, is what the reference sees through Pillow's `convert("RGB")`:
//! - alpha is dropped, not blended: the colours under transparent pixels count; a palette becomes its colours;
//! - of 16 bits the high byte counts, except in grey without alpha, where values above 255 become 255;
//! - pixels count as stored; the EXIF orientation says which of the eight views is the displayed one;
//! - ICC profiles and gamma are ignored; of an animation each frame counts as it is shown, the first one as it is stored.
//!
//! A content that ends before its format says so is damaged: it gets a reason, beside the fingerprints of what a viewer still shows of it. So
//! cutting off the last two bytes neither hides a listed picture nor passes as "nothing found".

use crate::bytes::{HEAD_BYTES, RealType, real_type};
use crate::error::Error;
use crate::frame::{MAX_FRAMES, MAX_SAMPLED_FRAMES, MAX_SIDE};
use crate::signal::{Unusable, View};
use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, jpeg::JpegEncoder, png::PngDecoder, png::PngEncoder, webp::WebPDecoder,
};
use image::error::LimitErrorKind;
use image::metadata::Orientation;
use image::{AnimationDecoder, ColorType, Frames, ImageDecoder, ImageEncoder, ImageError, Limits};
use std::io::Cursor;

/// Most pixels of one picture: 64 binary megapixels, so that what 64-megapixel cameras make still passes, and four bytes a pixel are exactly
/// the decoder's memory.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;
/// Memory that a decoder may take: 256 MiB, half of the worker's address space.
const MAX_DECODER_BYTES: u64 = 256 * 1024 * 1024;

/// What is known about a picture whose frames were all handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Pixels in a row, as stored.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
    /// Frames that the content declares, 1 for a still picture.
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

/// One decoded frame: row-major, 3 bytes a pixel.
#[derive(Clone, Copy, Debug)]
pub struct Still<'a> {
    /// Frame number, from 0.
    pub frame: u16,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Exactly `width * height * 3` bytes.
    pub rgb: &'a [u8],
}

/// Decodes a picture and hands its sampled frames to `each`, one after the other, so that only one is in memory.
///
/// `bytes` is the whole content. Of an animation the first, the last, and up to 14 frames between are handed out, evenly spaced.
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
    let outline = outline(real_type, bytes).ok_or(Refused { reason: Unusable::DecoderError, declared: unknown })?;
    let declared = Decoded { width: outline.width, height: outline.height, frames: outline.frames, displayed: View::Original };
    outline.check().map_err(|reason| Refused { reason, declared })?;
    let mut job = Job { outline, displayed: View::Original, each };
    let done = match real_type {
        RealType::Jpeg => job.still(JpegDecoder::new(Cursor::new(bytes))),
        RealType::Png => job.png(bytes),
        RealType::Gif => job.gif(bytes),
        RealType::Webp => job.webp(bytes),
        _ => job.still(BmpDecoder::new(Cursor::new(bytes))),
    };
    let declared = Decoded { displayed: job.displayed, ..declared };
    match done {
        Ok(()) if outline.complete => Ok(declared),
        Ok(()) => Err(Refused { reason: Unusable::DecoderError, declared }),
        Err(reason) => Err(Refused { reason, declared }),
    }
}

/// What the structure of a file says, without decoding anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outline {
    width: u32,
    height: u32,
    frames: u32,
    /// The structure ends where the format says that it ends.
    complete: bool,
    /// A PNG whose first picture is not part of its animation.
    separate_first: bool,
}

impl Outline {
    fn check(&self) -> Result<(), Unusable> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        if self.width > MAX_SIDE || self.height > MAX_SIDE || pixels > MAX_PIXELS || self.frames > MAX_FRAMES {
            return Err(Unusable::PixelLimit);
        }
        if pixels == 0 || self.frames == 0 { Err(Unusable::DecoderError) } else { Ok(()) }
    }
}

fn outline(real_type: RealType, bytes: &[u8]) -> Option<Outline> {
    match real_type {
        RealType::Jpeg => jpeg_outline(bytes),
        RealType::Png => png_outline(bytes),
        RealType::Gif => gif_outline(bytes),
        RealType::Webp => webp_outline(bytes),
        RealType::Bmp => bmp_outline(bytes),
        _ => None,
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2)?.try_into().ok().map(|pair| u32::from(u16::from_be_bytes(pair)))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2)?.try_into().ok().map(|pair| u32::from(u16::from_le_bytes(pair)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// Walks the markers to the end of the image. Source: ITU T.81, annex B.
fn jpeg_outline(bytes: &[u8]) -> Option<Outline> {
    let mut outline = Outline { width: 0, height: 0, frames: 1, complete: false, separate_first: false };
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            0xD9 => {
                outline.complete = true;
                break;
            }
            // Restarts and "temporary" stand alone; a zero byte is a stuffed one of the coded data.
            0x00 | 0x01 | 0xD0..=0xD8 => continue,
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF if outline.width == 0 => {
                outline.height = be16(bytes, at + 3)?;
                outline.width = be16(bytes, at + 5)?;
            }
            _ => {}
        }
        let Some(len) = be16(bytes, at).filter(|len| *len >= 2) else { break };
        at += len as usize;
    }
    (outline.width > 0 && outline.height > 0).then_some(outline)
}

/// The code after the next 0xFF that is not fill; `at` is then behind it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    let found = bytes.get(*at..)?.iter().position(|byte| *byte == 0xFF)?;
    let mut code_at = *at + found + 1;
    while bytes.get(code_at) == Some(&0xFF) {
        code_at += 1;
    }
    *at = code_at + 1;
    bytes.get(code_at).copied()
}

/// Walks the chunks to the last one. Source: PNG, third edition, sections 5 and 11.
fn png_outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height) = (be32(bytes, 16)?, be32(bytes, 20)?);
    let mut outline = Outline { width, height, frames: 1, complete: false, separate_first: false };
    let (mut at, mut controls, mut animated, mut control_before_data, mut data_seen) = (8, 0u32, false, false, false);
    while let (Some(len), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        match kind {
            b"acTL" if !data_seen => animated = true,
            b"fcTL" => {
                controls = controls.saturating_add(1);
                control_before_data |= !data_seen;
            }
            b"IDAT" => data_seen = true,
            _ => {}
        }
        // Length, kind, checksum.
        at = at.checked_add(len as usize)?.checked_add(12)?;
        if kind == b"IEND" {
            outline.complete = at <= bytes.len();
            break;
        }
    }
    if animated && controls > 0 {
        outline.separate_first = !control_before_data;
        outline.frames = controls.saturating_add(u32::from(outline.separate_first));
    }
    Some(outline)
}

/// Walks the blocks and counts the pictures, up to the trailer. Source: GIF89a specification.
fn gif_outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height) = (le16(bytes, 6)?, le16(bytes, 8)?);
    let mut outline = Outline { width, height, frames: 0, complete: false, separate_first: false };
    let mut at = 13 + table_bytes(*bytes.get(10)?);
    while let Some(kind) = bytes.get(at) {
        match kind {
            0x3B => {
                outline.complete = true;
                break;
            }
            0x21 => at += 2,
            0x2C => {
                let Some(flags) = bytes.get(at + 9) else { break };
                // Descriptor, local colours, and the byte with the code size.
                at += 10 + table_bytes(*flags) + 1;
                outline.frames = outline.frames.saturating_add(1);
            }
            // Decoders skip padding between blocks.
            0x00 => {
                at += 1;
                continue;
            }
            _ => break,
        }
        while let Some(len) = bytes.get(at).filter(|len| **len > 0) {
            at += 1 + usize::from(*len);
        }
        at += 1;
    }
    Some(outline)
}

fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Walks the chunks and counts the frames. Source: RFC 9649.
fn webp_outline(bytes: &[u8]) -> Option<Outline> {
    let end = 8usize.checked_add(le32(bytes, 4)? as usize)?;
    let mut outline = Outline { width: 0, height: 0, frames: 1, complete: end <= bytes.len(), separate_first: false };
    let (mut at, mut animated) = (12, 0u32);
    while let (Some(kind), Some(len)) = (bytes.get(at..at + 4), le32(bytes, at + 4)) {
        let payload = at + 8;
        if outline.width == 0 {
            (outline.width, outline.height) = webp_sides(kind, bytes.get(payload..)?).unwrap_or_default();
        }
        if kind == b"ANMF" {
            animated = animated.saturating_add(1);
        }
        let padded = (len as usize).checked_add(len as usize & 1)?;
        at = payload.checked_add(padded)?;
        if at >= end {
            break;
        }
    }
    outline.frames = animated.max(1);
    // Writers disagree on whether the last padding byte exists.
    outline.complete &= at <= bytes.len() + 1;
    Some(outline)
}

fn webp_sides(kind: &[u8], payload: &[u8]) -> Option<(u32, u32)> {
    match kind {
        b"VP8 " => Some((le16(payload, 6)? & 0x3FFF, le16(payload, 8)? & 0x3FFF)),
        b"VP8L" => {
            let bits = le32(payload, 1)?;
            Some(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
        }
        // Twenty-four bits each, less one.
        b"VP8X" => Some(((le32(payload, 4)? & 0x00FF_FFFF) + 1, (le32(payload, 6)? >> 8) + 1)),
        _ => None,
    }
}

fn bmp_outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height, depth, packed) = if le32(bytes, 14)? == 12 {
        (le16(bytes, 18)?, le16(bytes, 20)?, le16(bytes, 24)?, false)
    } else {
        // Negative rows are stored from the top.
        let height = (le32(bytes, 22)? as i32).unsigned_abs();
        (le32(bytes, 18)?, height, le16(bytes, 28)?, matches!(le32(bytes, 30)?, 1 | 2))
    };
    let row = (u64::from(width) * u64::from(depth)).div_ceil(32) * 4;
    let end = u64::from(le32(bytes, 10)?) + row.saturating_mul(u64::from(height));
    // Packed rows have no length to compare with; they end with a mark that the decoder looks for.
    let complete = packed || end <= bytes.len() as u64;
    Some(Outline { width, height, frames: 1, complete, separate_first: false })
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    limits
}

fn reason_of(error: &ImageError) -> Unusable {
    match error {
        ImageError::Limits(limit) if limit.kind() == LimitErrorKind::DimensionError => Unusable::PixelLimit,
        ImageError::Limits(_) => Unusable::DecoderMemory,
        _ => Unusable::DecoderError,
    }
}

fn zeroed(len: u64) -> Result<Vec<u8>, Unusable> {
    let len = usize::try_from(len).map_err(|_| Unusable::DecoderMemory)?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(len).map_err(|_| Unusable::DecoderMemory)?;
    pixels.resize(len, 0);
    Ok(pixels)
}

/// One content on its way through its decoder.
struct Job<'a> {
    outline: Outline,
    /// The view in which the picture is shown, once its metadata was read.
    displayed: View,
    each: &'a mut dyn FnMut(Still<'_>),
}

impl Job<'_> {
    /// Decodes one picture and hands it out as frame 0.
    fn still<D: ImageDecoder>(&mut self, decoder: Result<D, ImageError>) -> Result<(), Unusable> {
        let mut decoder = decoder.map_err(|error| reason_of(&error))?;
        decoder.set_limits(limits()).map_err(|error| reason_of(&error))?;
        self.check_sides(decoder.dimensions())?;
        let (color, len) = (decoder.color_type(), decoder.total_bytes());
        if len > MAX_DECODER_BYTES {
            return Err(Unusable::DecoderMemory);
        }
        self.orient(&mut decoder);
        let mut pixels = zeroed(len)?;
        decoder.read_image(&mut pixels).map_err(|error| reason_of(&error))?;
        self.hand_out(0, &to_rgb(pixels, color)?)
    }

    /// The decoder must see the picture that was checked.
    fn check_sides(&self, sides: (u32, u32)) -> Result<(), Unusable> {
        if sides == (self.outline.width, self.outline.height) { Ok(()) } else { Err(Unusable::DecoderError) }
    }

    /// A damaged EXIF block does not change the pixels: the picture is then shown as stored.
    fn orient(&mut self, decoder: &mut impl ImageDecoder) {
        self.displayed = decoder.orientation().map_or(View::Original, view_of);
    }

    fn png(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        let open = || PngDecoder::with_limits(Cursor::new(bytes), limits());
        self.still(open())?;
        if self.outline.frames > 1 {
            let frames = open().and_then(PngDecoder::apng).map_err(|error| reason_of(&error))?.into_frames();
            // A picture outside the animation was handed out as frame 0: the animation then begins with frame 1.
            self.animation(frames, u32::from(self.outline.separate_first))?;
        }
        Ok(())
    }

    fn gif(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        self.still(GifDecoder::new(Cursor::new(bytes)))?;
        if self.outline.frames > 1 {
            let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|error| reason_of(&error))?;
            decoder.set_limits(limits()).map_err(|error| reason_of(&error))?;
            self.animation(decoder.into_frames(), 0)?;
        }
        Ok(())
    }

    fn webp(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|error| reason_of(&error))?;
        if !decoder.has_animation() {
            return self.still(Ok(decoder));
        }
        self.check_sides(decoder.dimensions())?;
        self.orient(&mut decoder);
        let mut frames = decoder.into_frames();
        let first = frames.next().ok_or(Unusable::DecoderError)?.map_err(|error| reason_of(&error))?;
        self.hand_out_rgba(0, first.into_buffer())?;
        self.animation(frames, 1)
    }

    /// Hands out the sampled frames of an animation, of which the next one has the number `next`. Frame 0 is handed out by the caller.
    ///
    /// Frames build on each other, so all of them are decoded; a frame that is missing or damaged makes the content damaged.
    fn animation(&mut self, mut frames: Frames<'_>, next: u32) -> Result<(), Unusable> {
        let wanted = sampled(self.outline.frames);
        for number in next..self.outline.frames {
            let frame = frames.next().ok_or(Unusable::DecoderError)?.map_err(|error| reason_of(&error))?;
            if number > 0 && wanted.contains(&number) {
                self.hand_out_rgba(number, frame.into_buffer())?;
            }
        }
        Ok(())
    }

    fn hand_out_rgba(&mut self, number: u32, buffer: image::RgbaImage) -> Result<(), Unusable> {
        self.check_sides(buffer.dimensions())?;
        self.hand_out(number, &to_rgb(buffer.into_raw(), ColorType::Rgba8)?)
    }

    fn hand_out(&mut self, number: u32, rgb: &[u8]) -> Result<(), Unusable> {
        let frame = u16::try_from(number).map_err(|_| Unusable::PixelLimit)?;
        (self.each)(Still { frame, width: self.outline.width, height: self.outline.height, rgb });
        Ok(())
    }
}

/// The numbers of the frames that are looked at: all up to 16, else the first, the last, and 14 evenly between, in order.
pub fn sampled(frames: u32) -> Vec<u32> {
    let most = MAX_SAMPLED_FRAMES as u32;
    if frames <= most {
        return (0..frames).collect();
    }
    let last = u64::from(frames - 1);
    (0..u64::from(most)).map(|at| (at * last / u64::from(most - 1)) as u32).collect()
}

/// The view whose fingerprint is that of the displayed picture. Found by turning pixels and comparing, and tested that way: the reference's
/// "rotate 90" turns against the clock, its "flip x" swaps top and bottom.
fn view_of(orientation: Orientation) -> View {
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

/// Three bytes a pixel, in place where the pixel had at least three.
fn to_rgb(mut pixels: Vec<u8>, color: ColorType) -> Result<Vec<u8>, Unusable> {
    match color {
        ColorType::Rgb8 => Ok(pixels),
        ColorType::Rgba8 => {
            keep_three(&mut pixels, 4, |pixel| [pixel[0], pixel[1], pixel[2]]);
            Ok(pixels)
        }
        ColorType::Rgb16 | ColorType::Rgba16 => {
            let bytes = usize::from(color.bytes_per_pixel());
            keep_three(&mut pixels, bytes, |pixel| [high(&pixel[0..2]), high(&pixel[2..4]), high(&pixel[4..6])]);
            Ok(pixels)
        }
        ColorType::L8 => grey(&pixels, 1, |pixel| pixel[0]),
        ColorType::La8 => grey(&pixels, 2, |pixel| pixel[0]),
        ColorType::L16 => grey(&pixels, 2, |pixel| sample16(pixel).min(255) as u8),
        ColorType::La16 => grey(&pixels, 4, |pixel| high(&pixel[0..2])),
        _ => Err(Unusable::DecoderError),
    }
}

/// A 16-bit sample; `image` hands them out in the machine's order.
fn sample16(bytes: &[u8]) -> u16 {
    bytes.try_into().map_or(0, u16::from_ne_bytes)
}

fn high(bytes: &[u8]) -> u8 {
    (sample16(bytes) >> 8) as u8
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
    let mut rgb = Vec::new();
    rgb.try_reserve_exact(pixels.len() / from * 3).map_err(|_| Unusable::DecoderMemory)?;
    rgb.extend(pixels.chunks_exact(from).flat_map(|pixel| [value(pixel); 3]));
    Ok(rgb)
}

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
    if rgb.len() as u64 != u64::from(width) * u64::from(height) * 3 || rgb.is_empty() {
        return Err(Error::Shape { len: rgb.len(), width, height });
    }
    encoder.write_image(rgb, width, height, ColorType::Rgb8.into()).map_err(|error| Error::Encode(Box::new(error)))
}
