//! GIF: blocks.

use super::{Outline, le16};

/// Walks the blocks and counts the pictures, up to the trailer. Source: GIF89a specification.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let (width, height) = (le16(bytes, 6)?, le16(bytes, 8)?);
    let mut outline = Outline { width, height, ..Outline::default() };
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
