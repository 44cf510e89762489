//! QOI: a header, then operations until every pixel is there.

use super::{Outline, be32};

/// Bytes in front of the operations.
const HEADER_BYTES: usize = 14;
/// What stands behind the last operation.
const END: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// Walks the operations. Source: "The Quite OK Image Format", specification 1.0.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height) = (be32(bytes, 4)?, be32(bytes, 8)?);
    let mut missing = u64::from(width) * u64::from(height);
    let mut at = HEADER_BYTES;
    while missing > 0 {
        let Some(operation) = bytes.get(at) else { break };
        let (len, pixels) = match operation {
            0xFE => (4, 1),
            0xFF => (5, 1),
            0xC0..=0xFD => (1, u64::from(operation & 0x3F) + 1),
            0x80..=0xBF => (2, 1),
            0x00..=0x7F => (1, 1),
        };
        at += len;
        missing = missing.saturating_sub(pixels);
    }
    let complete = missing == 0 && bytes.get(at..).is_some_and(|rest| rest.starts_with(&END));
    Some(Outline { width, height, frames: 1, complete, ..Outline::default() })
}
