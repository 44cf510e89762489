//! A plain grey picture for the place of a file that was taken down. It shows nothing and says nothing.

use crate::decode::{encode_jpeg, encode_png};

/// Longest side, in pixels: a plain picture needs no more, and a hostile size must not cost memory.
const LONGEST: u32 = 2_000;
/// Its one colour.
const GREY: u8 = 0xcc;
/// Quality of a JPEG of one colour.
const QUALITY: u8 = 60;

/// The bytes of a plain picture of this type (`jpeg`, `png`) and about this size; `None` for every other type.
pub fn plain(kind: &str, width: u32, height: u32) -> Option<Vec<u8>> {
    let longest = width.max(height).max(1);
    let scaled = |side: u32| match longest > LONGEST {
        true => u32::try_from(u64::from(side) * u64::from(LONGEST) / u64::from(longest)).unwrap_or(1).max(1),
        false => side.max(1),
    };
    let (width, height) = (scaled(width), scaled(height));
    let rgb = vec![GREY; width as usize * height as usize * 3];
    match kind {
        "jpeg" => encode_jpeg(&rgb, width, height, QUALITY).ok(),
        "png" => encode_png(&rgb, width, height).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_type_and_about_the_size_that_was_asked_for() {
        for kind in ["jpeg", "png"] {
            let bytes = plain(kind, 640, 480).expect("made");
            assert_eq!(crate::real_type::real_type(&bytes, true).as_str(), kind);
            let large = plain(kind, 60_000, 30_000).expect("made");
            assert!(large.len() < 200_000, "{kind}: {} bytes", large.len());
        }
        assert_eq!(plain("gif", 10, 10), None);
    }
}
