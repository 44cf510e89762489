//! Content made to hurt: cut, damaged, mislabelled, and far larger than it looks. Always a reason or an honest result, never a panic, in bounded time.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may")]

mod support;

use fingerprint::{RealType, Reply, Unusable, real_type, run_fingerprint};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use support::{animated_webp, apng, bombs, every_format, gif, jpeg, many_scans, pattern, png, png_chunks, png_from, tiff};

/// Longest that one hostile content of a few hundred kilobytes may take here, in an unoptimised build on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Panics that were caught inside: `run_fingerprint` turns them into a reason, and here they count.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn count_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let from = |folder: &str| panic.location().is_some_and(|at| at.file().contains(folder));
        if from("crates/fingerprint/src") {
            PANICS.lock().unwrap().push(panic.to_string());
        } else if from("crates/fingerprint/tests") {
            println!("{panic}");
        }
    }));
}

/// No panic of our own code so far; a panic of a decoder is its bug, and contained.
fn no_own_panics() {
    let panics = PANICS.lock().unwrap();
    assert!(panics.is_empty(), "our own code panicked: {panics:?}");
}

/// Small, so that many lengths and bytes can be tried.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let frames = [pattern(12, 9, 1), pattern(12, 9, 9)];
    let mut all = every_format(13, 11, 4);
    all.extend([("apng", apng(&frames, false)), ("animated gif", gif(&frames)), ("animated webp", animated_webp(&frames))]);
    all
}

/// Places of a sample that are tried: all of the first and last ones, where the structure is, and some between.
fn places(len: usize) -> impl Iterator<Item = usize> {
    const EDGE: usize = 64;
    let step = (len / EDGE).max(1);
    (0..len).filter(move |at| *at < EDGE || at + EDGE / 4 >= len || at % step == 0)
}

fn is_whole(reply: &Reply) -> bool {
    matches!(reply, Reply::Picture(_))
}

#[test]
fn a_cut_content_is_never_whole_and_the_same_cut_is_the_same_answer() {
    count_panics();
    for (name, bytes) in samples() {
        assert!(is_whole(&run_fingerprint(&bytes)), "{name} decodes whole");
        // Writers disagree on whether the last padding byte of a WebP exists.
        let tail = if name.contains("webp") { 1 } else { 0 };
        for len in places(bytes.len() - tail) {
            let answer = run_fingerprint(&bytes[..len]);
            assert!(!is_whole(&answer), "{name} cut at {len} of {}", bytes.len());
            if len % 16 == 0 {
                assert_eq!(answer, run_fingerprint(&bytes[..len]), "{name} cut at {len}: one answer");
            }
        }
    }
    no_own_panics();
}

#[test]
fn a_flipped_bit_never_panics_and_never_takes_long() {
    count_panics();
    for (name, bytes) in samples() {
        for at in places(bytes.len()) {
            // One bit of each byte, another one in each: all eight would take minutes.
            let bit = at % 8;
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let start = Instant::now();
            let _answer = run_fingerprint(&damaged);
            assert!(start.elapsed() < LONGEST, "{name}, bit {bit} of byte {at}");
        }
    }
    no_own_panics();
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    for (name, bytes) in bombs() {
        let start = Instant::now();
        let reply = run_fingerprint(&bytes);
        assert!(matches!(reply, Reply::Unusable { reason: Unusable::PixelLimit, seen: None, .. }), "{name}: {reply:?}");
        assert!(start.elapsed() < LONGEST, "{name}: nothing is decoded");
    }
}

#[test]
fn scans_are_limited_and_the_limit_itself_passes_the_outline() {
    let reply = run_fingerprint(&many_scans(100));
    assert!(!matches!(reply, Reply::Unusable { reason: Unusable::PixelLimit, .. }), "100 scans: {reply:?}");
    let reply = run_fingerprint(&many_scans(101));
    assert!(matches!(reply, Reply::Unusable { reason: Unusable::PixelLimit, .. }), "101 scans: {reply:?}");
}

#[test]
fn polyglots_are_what_a_browser_shows() {
    let picture = pattern(40, 30, 3);
    let script = [&gif(std::slice::from_ref(&picture))[..], b"/*<script>alert(1)</script>*/"].concat();
    let archive = [&jpeg(&picture)[..], b"PK\x03\x04\x14\0\0\0\0\0and an archive"].concat();
    let pdf_first = [b"%PDF-1.7\n", &jpeg(&picture)[..]].concat();
    let cases =
        [("GIF and script", script, RealType::Gif), ("JPEG and zip", archive, RealType::Jpeg), ("PDF and JPEG", pdf_first, RealType::Pdf)];
    for (name, bytes, expected) in cases {
        assert_eq!(real_type(&bytes, true), expected, "{name}");
        assert_eq!(is_whole(&run_fingerprint(&bytes)), expected.is_picture(), "{name}: the picture is looked at if it is one");
    }
}

#[test]
fn a_compressed_text_chunk_is_not_expanded() {
    let mut chunks = png_chunks(&png(&pattern(40, 30, 3)));
    // The data of a black picture is a compressed run of 48 million zeros.
    let black = png_chunks(&png(&image::RgbImage::new(4_000, 4_000)));
    let zeros: Vec<u8> = black.into_iter().filter(|(kind, _)| kind == b"IDAT").flat_map(|(_, data)| data).collect();
    for _ in 0..200 {
        chunks.insert(1, (*b"zTXt", [b"Comment\0\0".to_vec(), zeros.clone()].concat()));
    }
    let start = Instant::now();
    assert!(is_whole(&run_fingerprint(&png_from(&chunks))), "text has no say in the pixels");
    assert!(start.elapsed() < LONGEST, "nor in the time");
}

#[test]
fn directories_that_point_in_circles_end() {
    let tags = vec![(258, 8), (259, 1), (262, 1), (277, 1), (278, 8)];
    let mut circle = tiff(&[(8, 8, vec![7; 64], tags)], None);
    // The link behind the last entry points back to the directory.
    let first: [u8; 4] = circle[4..8].try_into().unwrap();
    let link = circle.len() - 4;
    circle[link..].copy_from_slice(&first);
    let reply = run_fingerprint(&circle);
    assert!(
        matches!(reply, Reply::Unusable { reason: Unusable::DecoderError, seen: Some(_), .. }),
        "the page is seen, the rest is damage: {reply:?}"
    );
}

#[test]
fn sounds_videos_and_containers_have_the_reason_of_their_type() {
    let transport: Vec<u8> = (0..188 * 3).map(|at| if at % 188 == 0 { 0x47 } else { 0xFF }).collect();
    let cases: [(&[u8], Unusable); 16] = [
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Unusable::UnsupportedFormat),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Unusable::UnsupportedFormat),
        (b"\0\0\0\x14ftyp3gp5\0\0\0\x003gp5", Unusable::UnsupportedFormat),
        (b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", Unusable::UnsupportedFormat),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", Unusable::UnsupportedFormat),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81", Unusable::UnsupportedFormat),
        (b"RIFF\0\0\0\0AVI LIST", Unusable::UnsupportedFormat),
        (b"RIFF\0\0\0\0WAVEfmt ", Unusable::UnsupportedFormat),
        (b"FLV\x01\x05\0\0\0\x09", Unusable::UnsupportedFormat),
        (b"OggS\0\x02\0\0", Unusable::UnsupportedFormat),
        (b"fLaC\0\0\0\x22", Unusable::UnsupportedFormat),
        (b"ID3\x04\0\0\0\0\0\0", Unusable::UnsupportedFormat),
        (b"\xFF\xFB\x90\x64\0\0\0\0", Unusable::UnsupportedFormat),
        (b"\0\0\x01\xBA\x44\0", Unusable::UnsupportedFormat),
        (&transport, Unusable::UnsupportedFormat),
        (b"7z\xBC\xAF\x27\x1C\0\x04", Unusable::ContainerNotExamined),
    ];
    for (bytes, expected) in cases {
        let reply = run_fingerprint(bytes);
        assert!(matches!(reply, Reply::Unusable { reason, .. } if reason == expected), "{:?}: {reply:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn text_is_never_taken_for_a_picture() {
    for text in ["BM", "P1 is a plan\n", "P6", "qoi", "II*", "TRUEVISION-XFILE.", "\u{1}\u{2}", "GIF 89a", "RIFFs, WEBP"] {
        let found = real_type(text.as_bytes(), true);
        assert!(!found.is_picture(), "{text:?} is {found}");
    }
}
