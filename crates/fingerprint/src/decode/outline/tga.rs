//! TGA: a header, then rows, plain or in packets. Source: Truevision TGA File Format Specification 2.0.

use super::{Outline, le16};

/// Bytes in front of identification, colour map and rows.
const HEADER_BYTES: usize = 18;

/// Reads the header; plain rows have a length, packets are walked.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
    let (width, height) = (le16(header, 12)?, le16(header, 14)?);
    let map = if header[1] == 0 { 0 } else { le16(header, 5)? as usize * usize::from(header[7].div_ceil(8)) };
    let start = HEADER_BYTES + usize::from(header[0]) + map;
    let pixel = usize::from(header[16].div_ceil(8));
    let pixels = u64::from(width) * u64::from(height);
    let in_packets = header[2] >= 9;
    let complete = if in_packets {
        packets_reach(bytes.get(start..).unwrap_or_default(), pixel, pixels)
    } else {
        start as u64 + pixels * pixel as u64 <= bytes.len() as u64
    };
    Some(Outline { width, height, frames: 1, complete, ..Outline::default() })
}

/// Whether the packets hold that many pixels.
fn packets_reach(bytes: &[u8], pixel: usize, mut missing: u64) -> bool {
    let mut at = 0;
    while missing > 0 {
        let Some(packet) = bytes.get(at) else { return false };
        let count = usize::from(packet & 0x7F) + 1;
        // Of the last packet only what is needed must be there.
        let needed = count.min(usize::try_from(missing).unwrap_or(usize::MAX));
        at += 1 + if packet & 0x80 == 0 { needed * pixel } else { pixel };
        missing = missing.saturating_sub(count as u64);
    }
    at <= bytes.len()
}
