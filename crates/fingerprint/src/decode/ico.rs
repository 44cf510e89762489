//! Icons and cursors: a directory of pictures, of which the largest counts, as with Pillow. Source: Windows resource formats, `ICONDIR`.
//!
//! The decoder of `image` prefers depth to size, refuses cursors with a far hot spot, and refuses PNG entries without alpha, so the directory is
//! read here and only one entry is handed on.

use super::limits::MAX_PIXELS;
use super::outline::{le16, le32};

/// Bytes of the directory's header, and of an entry.
const HEADER_BYTES: usize = 6;
const ENTRY_BYTES: usize = 16;
/// One bit a pixel at the pixel limit.
const MAX_MASK_BYTES: u64 = MAX_PIXELS / 8;
/// What begins an entry that is a PNG.
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The picture that counts.
pub(super) struct Largest<'a> {
    pub(super) picture: Inner<'a>,
    /// All of its bytes are there, and of every other entry too.
    pub(super) complete: bool,
}

/// How it is stored.
pub(super) enum Inner<'a> {
    /// A whole PNG.
    Png(&'a [u8]),
    /// An icon with this one bitmap in it.
    Bitmap(Vec<u8>),
}

#[derive(Clone, Copy)]
struct Entry {
    pixels: u32,
    depth: u32,
    len: usize,
    offset: usize,
}

/// Finds it, or `None` if the directory holds nothing readable.
pub(super) fn largest(bytes: &[u8]) -> Option<Largest<'_>> {
    let count = le16(bytes, 4)? as usize;
    let entries: Vec<Entry> = (0..count).map_while(|at| entry(bytes, HEADER_BYTES + at * ENTRY_BYTES)).collect();
    let whole = |entry: &Entry| entry.offset.checked_add(entry.len).is_some_and(|end| end <= bytes.len());
    let complete = entries.len() == count && entries.iter().all(whole);
    let best = entries.iter().max_by_key(|entry| (entry.pixels, entry.depth))?;
    let rest = bytes.get(best.offset..)?;
    let data = rest.get(..best.len).unwrap_or(rest);
    if data.starts_with(PNG_SIGNATURE) {
        return Some(Largest { picture: Inner::Png(data), complete });
    }
    let complete = complete && colour_bytes(data).is_some_and(|needed| needed <= data.len() as u64);
    Some(Largest { picture: Inner::Bitmap(single(data)?), complete })
}

fn entry(bytes: &[u8], at: usize) -> Option<Entry> {
    let entry = bytes.get(at..at + ENTRY_BYTES)?;
    // 0 stands for 256.
    let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    Some(Entry {
        pixels: side(entry[0]) * side(entry[1]),
        depth: le16(entry, 6)?,
        len: le32(entry, 8)? as usize,
        offset: le32(entry, 12)? as usize,
    })
}

/// Header, palette and rows of a bitmap without file header: what must be there.
fn colour_bytes(data: &[u8]) -> Option<u64> {
    let (width, height) = bitmap_sides(data)?;
    let (header, depth, used) = (le32(data, 0)?, le16(data, 14)?, le32(data, 32)?);
    let colours = if depth > 8 || used > 0 { used } else { 1 << depth };
    let row = (u64::from(width) * u64::from(depth)).div_ceil(32) * 4;
    Some(row.saturating_mul(u64::from(height)).saturating_add(u64::from(header) + u64::from(colours) * 4))
}

/// An icon of one entry, whose directory says what the bitmap's own header says, followed by an opaque mask.
///
/// Writers leave the mask out, or pad its rows to two bytes instead of four (Pillow does); the decoder then reads from the padding.
fn single(data: &[u8]) -> Option<Vec<u8>> {
    let (width, height) = bitmap_sides(data)?;
    let side = |side: u32| u8::try_from(side).unwrap_or(0);
    let mask = u64::from(width).div_ceil(32) * 4 * u64::from(height);
    // A mask is never larger than the largest picture of 1 bit; what declares more is refused by its sides.
    let mask = usize::try_from(mask.min(MAX_MASK_BYTES)).ok()?;
    let len = data.len().checked_add(mask)?;
    let mut icon = vec![0, 0, 1, 0, 1, 0, side(width), side(height), 0, 0, 1, 0, 32, 0];
    icon.extend(u32::try_from(len).ok()?.to_le_bytes());
    icon.extend(((HEADER_BYTES + ENTRY_BYTES) as u32).to_le_bytes());
    icon.try_reserve_exact(len).ok()?;
    icon.extend(data);
    icon.resize(icon.len() + mask, 0);
    Some(icon)
}

/// Sides of a bitmap without file header. Its height counts the mask below the colours as well.
pub(super) fn bitmap_sides(data: &[u8]) -> Option<(u32, u32)> {
    Some((le32(data, 4)?, le32(data, 8)? / 2))
}
