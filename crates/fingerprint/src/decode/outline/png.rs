//! PNG and animated PNG: chunks.

use super::{Outline, be32};

/// Walks the chunks to the last one. Source: PNG, third edition, sections 5 and 11.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height) = (be32(bytes, 16)?, be32(bytes, 20)?);
    let mut outline = Outline { width, height, frames: 1, ..Outline::default() };
    let (mut at, mut controls, mut animated, mut control_before_data, mut data_seen) = (8, 0u32, false, false, false);
    // Depth 16, colour type grey.
    let grey16 = bytes.get(24..26) == Some(&[16, 0]);
    while let (Some(len), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        match kind {
            b"acTL" if !data_seen => animated = true,
            b"fcTL" => {
                controls = controls.saturating_add(1);
                control_before_data |= !data_seen;
            }
            b"IDAT" => data_seen = true,
            b"tRNS" => outline.keyed_grey16 = grey16,
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
