//! Icons and cursors: the sides of the largest picture.

use super::super::ico::{Inner, bitmap_sides, largest};
use super::{Outline, png};

/// Bytes of an icon's directory of one entry, in front of its bitmap.
const SINGLE_HEADER_BYTES: usize = 22;

pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let largest = largest(bytes)?;
    let inner = match &largest.picture {
        Inner::Png(picture) => png::outline(picture)?,
        Inner::Bitmap(single) => {
            let (width, height) = bitmap_sides(single.get(SINGLE_HEADER_BYTES..)?)?;
            Outline { width, height, complete: true, ..Outline::default() }
        }
    };
    // An animation inside an icon is shown by nobody.
    Some(Outline { frames: 1, complete: inner.complete && largest.complete, ..inner })
}
