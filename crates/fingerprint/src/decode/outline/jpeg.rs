//! JPEG: markers.

use super::{Outline, be16};

/// Walks the markers to the end of the image. Source: ITU T.81, annex B.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let mut outline = Outline { frames: 1, ..Outline::default() };
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
                // Baseline, extended and progressive with Huffman codes; the rest is lossless, in layers, or arithmetic.
                outline.unsupported = marker > 0xC2;
            }
            0xDA => outline.scans = outline.scans.saturating_add(1),
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
