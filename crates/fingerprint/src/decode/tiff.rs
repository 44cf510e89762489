//! TIFF: every page is a picture of its own. Source: TIFF revision 6.0; BigTIFF as described by its designers (AWare Systems).
//!
//! The decoder of `image` reads the first page only, and only some of the layouts that are common. Both is solved in a copy of the file: the
//! header is made to point to the wanted page, and the tags of a layout that it does not know are made to say what it does know, grey bytes in
//! rows of the same length, which are then taken apart here. Strips, tiles and compression stay its work.

use super::limits::{MAX_DECODER_BYTES, limits, reason_of, room, zeroed};
use super::outline::Outline;
use super::pixels::{Readings, ycc_to_rgb};
use crate::frame::MAX_FRAMES;
use crate::signal::Unusable;
use image::ImageDecoder;
use image::codecs::tiff::TiffDecoder;
use image::metadata::Orientation;
use std::io::Cursor;

mod directory;

use directory::{File, Page, tag};

/// Sides of the first page, number of pages, and whether all that the pages name is there.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let (pages, complete) = File::open(bytes)?.pages(MAX_FRAMES as usize + 1);
    let first = pages.first()?;
    let frames = u32::try_from(pages.len()).ok()?;
    Some(Outline { width: first.width, height: first.height, frames, complete, ..Outline::default() })
}

/// How the samples of a page come out of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// As pixels.
    Known,
    /// Luminance and colour differences, passed off as RGB.
    Ycc,
    /// Packed rows, passed off as grey bytes.
    Packed,
}

/// The pages of one file, in a copy that is changed for each of them.
pub(super) struct Pages {
    copy: Vec<u8>,
    pages: Vec<Page>,
}

impl Pages {
    /// # Errors
    /// No page, or no memory for the copy.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Unusable> {
        let (pages, _) = File::open(bytes).ok_or(Unusable::DecoderError)?.pages(MAX_FRAMES as usize);
        let mut copy = room(bytes.len())?;
        copy.extend_from_slice(bytes);
        Ok(Self { copy, pages })
    }

    pub(super) fn sides(&self, number: u32) -> Option<(u32, u32)> {
        self.pages.get(number as usize).map(|page| (page.width, page.height))
    }

    /// Decodes one page, whose sides were checked.
    /// # Errors
    /// What the decoder says, and layouts that neither of us knows.
    pub(super) fn decode(&mut self, number: u32) -> Result<(Readings, Orientation), Unusable> {
        let page = self.pages.get(number as usize).ok_or(Unusable::DecoderError)?.clone();
        let layout = layout(&page);
        page.point_header(&mut self.copy);
        disguise(&page, layout, &mut self.copy);
        let expected = if layout == Layout::Packed { (row_bytes(&page, page.width), page.height) } else { (page.width, page.height) };
        let mut decoder = TiffDecoder::new(Cursor::new(&self.copy[..])).map_err(|error| reason_of(&error))?;
        decoder.set_limits(limits()).map_err(|error| reason_of(&error))?;
        let (color, len) = (decoder.color_type(), decoder.total_bytes());
        // It holds the picture twice.
        if len > MAX_DECODER_BYTES / 2 {
            return Err(Unusable::DecoderMemory);
        }
        if decoder.dimensions() != expected {
            return Err(Unusable::DecoderError);
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut pixels = zeroed(len)?;
        decoder.read_image(&mut pixels).map_err(|error| reason_of(&error))?;
        let readings = match layout {
            Layout::Known => Readings::of(pixels, color, false)?,
            Layout::Ycc => {
                ycc_to_rgb(&mut pixels);
                Readings::of(pixels, color, false)?
            }
            Layout::Packed => unpacked(&page, &pixels)?,
        };
        Ok((readings, orientation))
    }
}

fn layout(page: &Page) -> Layout {
    let chunky = page.number(tag::PLANAR, 1) == 1;
    let plain = page.number(tag::PREDICTOR, 1) == 1;
    let (bits, samples, tiled) = (page.bits, page.samples, page.entry(tag::TILE_WIDTH).is_some());
    let packable = chunky && (plain || (bits == 8 && samples == 1));
    match page.photometric {
        // A palette, or few bits of grey, or grey with further samples.
        3 if packable && matches!(bits, 1 | 2 | 4 | 8) && samples == 1 => Layout::Packed,
        0 | 1 if packable && matches!(bits, 2 | 4) && samples == 1 => Layout::Packed,
        0 | 1 if packable && bits == 8 && samples > 1 && !tiled => Layout::Packed,
        // JPEG inside: its own decoder brings the differences to full size.
        6 if samples == 3 && bits == 8 && page.compression == 7 => Layout::Ycc,
        6 if samples == 3 && bits == 8 && chunky && page.subsampling == (1, 1) => Layout::Ycc,
        _ => Layout::Known,
    }
}

fn row_bytes(page: &Page, width: u32) -> u32 {
    let bits = u64::from(width) * u64::from(page.bits) * u64::from(page.samples);
    u32::try_from(bits.div_ceil(8)).unwrap_or(u32::MAX)
}

/// Changes the tags of the page in the copy.
fn disguise(page: &Page, layout: Layout, copy: &mut [u8]) {
    match layout {
        Layout::Known => {}
        Layout::Ycc => page.set(copy, tag::PHOTOMETRIC, 2),
        Layout::Packed => {
            page.set(copy, tag::PHOTOMETRIC, 1);
            page.set(copy, tag::WIDTH, row_bytes(page, page.width));
            if let Some(tile) = page.tile_width {
                page.set(copy, tag::TILE_WIDTH, row_bytes(page, tile));
            }
            page.set(copy, tag::BITS, 8);
            page.set(copy, tag::SAMPLES, 1);
            page.hide(copy, tag::EXTRA_SAMPLES);
        }
    }
}

/// Rows of packed samples to pixels: the first sample is the grey or the place in the palette, the second the opacity.
fn unpacked(page: &Page, rows: &[u8]) -> Result<Readings, Unusable> {
    let row = row_bytes(page, page.width) as usize;
    let (bits, samples) = (usize::from(page.bits), usize::from(page.samples));
    let highest = (1usize << bits) - 1;
    let sample = |row: &[u8], at: usize| {
        let bit = at * bits;
        (usize::from(row[bit / 8]) >> (8 - bits - bit % 8)) & highest
    };
    let each = |sample_at: usize| {
        let width = page.width as usize;
        rows.chunks_exact(row).flat_map(move |row| (0..width).map(move |x| sample(row, x * samples + sample_at)))
    };
    let pixels = page.width as usize * page.height as usize;
    if page.photometric == 3 {
        let mut rgb = room(pixels * 3)?;
        rgb.extend(each(0).flat_map(|place| page.palette.get(place).copied().unwrap_or_default()));
        return Ok(Readings::plain(rgb));
    }
    let inverted = page.photometric == 0;
    let mut values = room(pixels)?;
    values.extend(each(0).map(|value| (if inverted { highest - value } else { value } * 255 / highest) as u8));
    let mut alpha = Vec::new();
    if samples > 1 && page.has_alpha {
        alpha = room(pixels)?;
        alpha.extend(each(1).map(|value| value as u8));
    }
    Readings::grey_alpha(&values, alpha)
}
