//! What the picture is: formats, colour modes, orientation, animations, limits, damage.
#![expect(clippy::panic, reason = "a test may")]

mod support;

use fingerprint::{Distance, Picture, Reply, Unusable, View, run_fingerprint};
use image::{DynamicImage, ExtendedColorType, ImageFormat, RgbImage, imageops};
use support::{
    animated_webp, apng, bombs, encoded, every_format, gif, ico_of_bitmap, jpeg, jpeg_oriented, pattern, png, png_of, tiff, tiff_pages,
};

fn picture(bytes: &[u8]) -> Picture {
    match run_fingerprint(bytes) {
        Reply::Picture(picture) => picture,
        other => panic!("decodes, not {other:?}"),
    }
}

fn reason(bytes: &[u8]) -> Option<Unusable> {
    match run_fingerprint(bytes) {
        Reply::Unusable { reason, .. } => Some(reason),
        _ => None,
    }
}

fn distance(a: &[u8], b: &[u8]) -> Distance {
    picture(a).signals[0].hash.distance(&picture(b).signals[0].hash)
}

#[test]
fn every_format_gives_the_same_picture() {
    let reference = png(&pattern(200, 150, 1));
    for (name, bytes) in every_format(200, 150, 1) {
        let found = distance(&reference, &bytes);
        let exact = !["jpeg", "gif", "palette", "grey", "pgm"].iter().any(|loss| name.contains(loss));
        assert!(found.0 <= if exact { 0 } else { 10 }, "{name} lies {} bits from the PNG", found.0);
    }
}

#[test]
fn every_page_of_a_tiff_is_a_frame_with_its_own_sides() {
    let pages = [pattern(200, 150, 1), pattern(90, 120, 9), pattern(64, 64, 17)];
    let found = picture(&tiff_pages(&pages));
    assert_eq!((found.width, found.height, found.frames), (200, 150, 3), "the first page gives the sides");
    for (signals, page) in found.signals.chunks(8).zip(&pages) {
        assert_eq!(signals[0].hash, picture(&png(page)).signals[0].hash, "page {} is the picture on it", signals[0].frame);
    }
    let huge = tiff(&[(8, 8, vec![9; 64], tags(8)), (60_000, 60_000, vec![0; 16], tags(60_000))], None);
    assert_eq!(reason(&huge), Some(Unusable::PixelLimit), "a later page has the limits of the first");
}

fn tags(rows: u32) -> Vec<(u16, u32)> {
    vec![(258, 8), (259, 1), (262, 1), (277, 1), (278, rows)]
}

#[test]
fn of_an_icon_the_largest_picture_counts() {
    let (small, large) = (ico_of_bitmap(&pattern(16, 16, 3)), ico_of_bitmap(&pattern(120, 90, 5)));
    let mut both = vec![0, 0, 2, 0, 2, 0];
    let mut data_at = 38u32;
    for icon in [&small, &large] {
        both.extend(&icon[6..18]);
        both.extend(data_at.to_le_bytes());
        data_at += icon.len() as u32 - 22;
    }
    both.extend(&small[22..]);
    both.extend(&large[22..]);
    let found = picture(&both);
    assert_eq!((found.width, found.height), (120, 90), "a cursor with two pictures");
    assert_eq!(found.signals[0].hash, picture(&png(&pattern(120, 90, 5))).signals[0].hash, "the larger one");
}

#[test]
fn a_picture_drawn_by_its_transparency_is_read_as_it_is_shown_too() {
    let original = DynamicImage::from(pattern(200, 150, 2)).to_luma8();
    // Black everywhere; what is seen on white is the opacity.
    let drawn = image::RgbaImage::from_fn(200, 150, |x, y| image::Rgba([0, 0, 0, 255 - original.get_pixel(x, y).0[0]]));
    let expected = picture(&png(&DynamicImage::from(original).to_rgb8())).signals[0].hash;
    let found = picture(&encoded(&drawn.into(), ImageFormat::Png));
    assert_eq!(found.signals.len(), 16, "two readings of one frame");
    assert!(found.signals.iter().all(|signal| signal.frame == 0), "of the same frame");
    assert_eq!(found.signals[0].quality.get(), 0, "as the lists read it: black");
    assert_eq!(found.signals[8].hash, expected, "as it is shown");
}

#[test]
fn sixteen_bit_grey_is_read_as_it_is_shown_too() {
    let grey = DynamicImage::from(pattern(200, 150, 3)).to_luma8();
    let wide: Vec<u8> = grey.iter().flat_map(|value| (u16::from(*value) * 257).to_ne_bytes()).collect();
    let found = picture(&png_of(&wide, 200, 150, ExtendedColorType::L16));
    let expected = picture(&png(&DynamicImage::from(grey).to_rgb8())).signals[0].hash;
    assert_eq!(found.signals[8].hash, expected, "the high byte");
}

#[test]
fn opaque_pictures_have_one_reading() {
    let opaque = DynamicImage::from(pattern(200, 150, 2)).to_rgba8();
    assert_eq!(picture(&encoded(&opaque.into(), ImageFormat::Png)).signals.len(), 8, "nothing is seen through");
}

#[test]
fn what_a_decoder_does_not_read_is_unsupported_and_not_damaged() {
    let mut arithmetic = jpeg(&pattern(64, 48, 1));
    let frame = arithmetic.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    arithmetic[frame + 1] = 0xC9;
    assert_eq!(reason(&arithmetic), Some(Unusable::UnsupportedFormat), "arithmetic coding");
    let zstd = tiff(&[(8, 8, vec![0; 64], vec![(258, 8), (259, 50_000), (262, 1), (277, 1), (278, 8)])], None);
    assert_eq!(reason(&zstd), Some(Unusable::UnsupportedFormat), "a compression that is not built in");
}

#[test]
fn alpha_is_dropped_and_not_blended() {
    let original = pattern(200, 150, 2);
    let mut see_through = DynamicImage::from(original.clone()).to_rgba8();
    for (at, pixel) in see_through.pixels_mut().enumerate() {
        pixel.0[3] = (at % 256) as u8;
    }
    let found = distance(&png(&original), &encoded(&see_through.into(), ImageFormat::Png));
    assert_eq!(found.0, 0, "the colours under transparent pixels count");
}

#[test]
fn grey_alpha_and_sixteen_bits_are_read_as_the_reference_reads_them() {
    let (width, height) = (200, 150);
    let grey = DynamicImage::from(pattern(width, height, 3)).to_luma8();
    let plain = png_of(&grey, width, height, ExtendedColorType::L8);
    let with_alpha: Vec<u8> = grey.iter().flat_map(|value| [*value, 9]).collect();
    let wide = |value: &u8, low: u8| u16::from_be_bytes([*value, low]).to_ne_bytes();
    let wide_rgb: Vec<u8> = grey.iter().flat_map(|value| [wide(value, 3), wide(value, 200), wide(value, 90)].concat()).collect();
    let wide_grey_alpha: Vec<u8> = grey.iter().flat_map(|value| [wide(value, 77), [1, 2]].concat()).collect();
    let wide_grey: Vec<u8> = grey.iter().flat_map(|value| wide(value, 77)).collect();
    let cases = [
        ("grey and alpha", png_of(&with_alpha, width, height, ExtendedColorType::La8)),
        ("16-bit colour", png_of(&wide_rgb, width, height, ExtendedColorType::Rgb16)),
        ("16-bit grey and alpha", png_of(&wide_grey_alpha, width, height, ExtendedColorType::La16)),
    ];
    for (name, bytes) in cases {
        assert_eq!(distance(&plain, &bytes).0, 0, "{name} is the plain grey picture");
    }
    let clipped = picture(&png_of(&wide_grey, width, height, ExtendedColorType::L16));
    assert!(!clipped.signals[0].quality.is_matchable(), "16-bit grey is clipped at 255, as the reference's decoder does");
}

#[test]
fn the_displayed_view_is_that_of_the_turned_pixels() {
    // Sides whose windows have a centre: with an even number of pixels the reference itself shifts a turned picture by one.
    let original = pattern(600, 350, 4);
    let cases: [(u8, RgbImage); 8] = [
        (1, original.clone()),
        (2, imageops::flip_horizontal(&original)),
        (3, imageops::rotate180(&original)),
        (4, imageops::flip_vertical(&original)),
        (5, imageops::flip_horizontal(&imageops::rotate90(&original))),
        (6, imageops::rotate90(&original)),
        (7, imageops::flip_horizontal(&imageops::rotate270(&original))),
        (8, imageops::rotate270(&original)),
    ];
    for (orientation, turned) in cases {
        let stored = picture(&jpeg_oriented(&original, orientation));
        let turned = picture(&jpeg(&turned)).signals[0].hash;
        let (found, nearest) = stored.signals.iter().map(|signal| (signal.hash.distance(&turned), signal.view)).min().unwrap();
        assert_eq!(stored.displayed, nearest, "orientation {orientation}: the nearest view, {} bits away", found.0);
        assert!(found <= Distance::NEAR_LIMIT, "orientation {orientation}: {nearest:?} lies {} bits away", found.0);
        assert_eq!((stored.width, stored.height), (600, 350), "sides as stored");
    }
    assert_eq!(picture(&jpeg(&original)).displayed, View::Original, "without the tag");
}

#[test]
fn animations_give_their_distinct_frames() {
    let frames: Vec<RgbImage> = [1, 9, 1, 17].map(|seed| pattern(120, 90, seed)).to_vec();
    for (name, bytes) in [("GIF", gif(&frames)), ("PNG", apng(&frames, false)), ("WebP", animated_webp(&frames))] {
        let found = picture(&bytes);
        let numbers: Vec<u16> = found.signals.iter().step_by(8).map(|signal| signal.frame).collect();
        assert_eq!(found.frames, 4, "{name}: all frames are counted");
        assert_eq!(numbers, [0, 1, 3], "{name}: the repeated frame is one signal");
        for (signals, seed) in found.signals.chunks(8).zip([1, 9, 17]) {
            let expected = picture(&png(&pattern(120, 90, seed))).signals[0].hash;
            assert!(signals[0].hash.distance(&expected).0 <= 10, "{name}: frame {} is the picture it shows", signals[0].frame);
        }
    }
}

#[test]
fn a_picture_before_the_animation_counts_too() {
    let frames: Vec<RgbImage> = [5, 11, 23].map(|seed| pattern(120, 90, seed)).to_vec();
    let found = picture(&apng(&frames, true));
    let numbers: Vec<u16> = found.signals.iter().step_by(8).map(|signal| signal.frame).collect();
    assert_eq!((found.frames, numbers), (3, vec![0, 1, 2]), "viewers without animation show the first one");
}

#[test]
fn long_animations_are_sampled_with_first_and_last() {
    let frames: Vec<RgbImage> = (0..40).map(|seed| pattern(48, 36, seed * 3)).collect();
    let found = picture(&gif(&frames));
    let numbers: Vec<u16> = found.signals.iter().step_by(8).map(|signal| signal.frame).collect();
    assert!(numbers.len() <= 16 && numbers.first() == Some(&0) && numbers.last() == Some(&39), "evenly, found {numbers:?}");
}

#[test]
fn bombs_are_refused_by_their_header() {
    for (name, bytes) in bombs() {
        assert_eq!(reason(&bytes), Some(Unusable::PixelLimit), "{name}: nothing is decoded");
    }
}

#[test]
fn what_is_no_picture_has_the_reason_of_its_type() {
    let cases: [(&[u8], Unusable); 4] = [
        (b"%PDF-1.4", Unusable::ContainerNotExamined),
        (b"\0\0\0\x18ftypheic\0\0\0\0heic", Unusable::UnsupportedFormat),
        (b"PK\x05\x06", Unusable::ContainerNotExamined),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Unusable::UnsupportedFormat),
    ];
    for (bytes, expected) in cases {
        assert_eq!(reason(bytes), Some(expected), "for {:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn what_a_viewer_shows_of_a_cut_picture_is_fingerprinted_beside_the_reason() {
    let still = jpeg(&pattern(200, 150, 6));
    let Reply::Unusable { reason: Unusable::DecoderError, seen: Some(seen), .. } = run_fingerprint(&still[..still.len() - 2]) else {
        panic!("a JPEG without its end mark is damaged and visible");
    };
    assert_eq!(seen.signals, picture(&still).signals, "no pixel is missing");
    let moving = gif(&[1, 9, 17].map(|seed| pattern(120, 90, seed)));
    let Reply::Unusable { seen: Some(seen), .. } = run_fingerprint(&moving[..moving.len() - 200]) else {
        panic!("the first frames are whole");
    };
    assert_eq!(seen.signals[0], picture(&moving).signals[0], "a damaged last frame does not hide the first");
}

#[test]
fn bytes_behind_the_picture_change_nothing() {
    let frames = [pattern(40, 30, 1), pattern(40, 30, 9)];
    let mut all = every_format(64, 48, 6);
    all.extend([("apng", apng(&frames, false)), ("animated webp", animated_webp(&frames))]);
    for (name, mut bytes) in all {
        let plain = picture(&bytes);
        bytes.extend(b"PK\x03\x04 and more");
        assert_eq!(picture(&bytes), plain, "{name} with a tail");
    }
}
