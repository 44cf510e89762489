//! Windows bitmap: one header, then rows.

use super::{Outline, le16, le32};

/// Headers and the length of the rows. Source: Windows bitmap, `BITMAPCOREHEADER` and `BITMAPINFOHEADER`.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height, depth, packed) = if le32(bytes, 14)? == 12 {
        (le16(bytes, 18)?, le16(bytes, 20)?, le16(bytes, 24)?, false)
    } else {
        // Negative rows are stored from the top.
        let height = (le32(bytes, 22)? as i32).unsigned_abs();
        (le32(bytes, 18)?, height, le16(bytes, 28)?, matches!(le32(bytes, 30)?, 1 | 2))
    };
    let row = (u64::from(width) * u64::from(depth)).div_ceil(32) * 4;
    let end = row.saturating_mul(u64::from(height)).saturating_add(u64::from(le32(bytes, 10)?));
    // Packed rows have no length to compare with; they end with a mark that the decoder looks for.
    let complete = packed || end <= bytes.len() as u64;
    Some(Outline { width, height, frames: 1, complete, ..Outline::default() })
}
