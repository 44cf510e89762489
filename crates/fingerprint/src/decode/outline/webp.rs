//! WebP: chunks.

use super::{Outline, le16, le32};

/// Walks the chunks and counts the frames. Source: RFC 9649.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let end = 8usize.checked_add(le32(bytes, 4)? as usize)?;
    let mut outline = Outline { complete: end <= bytes.len(), ..Outline::default() };
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
