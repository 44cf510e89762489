//! Targets of `fingerprint`: bytes of uploads, and what worker and parent say to each other.

use fingerprint::frame::request::REQUEST_BYTES;
use fingerprint::{
    Frame, HEAD_BYTES, JailLevel, RealType, Reply, Request, Step, Strength, decode, frame, near, pdq, real_type, run_fingerprint,
    run_rendition,
};

/// The name of a program and of its folder of seeds, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 7] = [
    ("decode", whole),
    ("exif", exif),
    ("pdq", perceptual),
    ("real_type", kind_of_content),
    ("rendition", rendition),
    ("reply", reply),
    ("request", request),
];

/// Longest side of a picture whose pixels the target `pdq` makes. The window of the filter grows with each 128 pixels: this has five sizes of it.
const MOST_SIDE: u32 = 520;

/// The whole way from content to answer. An answer must survive the way to the parent.
pub fn whole(content: &[u8]) {
    survives(run_fingerprint(content));
}

/// Anything as the EXIF block of a sound picture: it may turn the picture, and changes nothing of its pixels.
pub fn exif(block: &[u8]) {
    let plain = decode::encode_jpeg(&[200; 16 * 16 * 3], 16, 16, 80).expect("the sides fit");
    let Ok(length) = u16::try_from(block.len() + 8) else { return };
    let marked = [&plain[..2], &[0xFF, 0xE1], &length.to_be_bytes(), b"Exif\0\0", block, &plain[2..]].concat();
    let shape = |content: &[u8]| match run_fingerprint(content) {
        Reply::Picture(picture) => Some((picture.width, picture.height, picture.signals)),
        Reply::Unusable { .. } | Reply::Rendition(_) => None,
    };
    assert_eq!(shape(&marked), shape(&plain), "the pixels are those without it");
    survives(run_fingerprint(&marked));
}

/// The kind of content, of all of it and of its beginning: it has a wire name that leads back to it.
pub fn kind_of_content(content: &[u8]) {
    for head in [content, &content[..content.len().min(HEAD_BYTES)], &content[..content.len() / 2]] {
        for complete in [false, true] {
            let found = real_type(head, complete);
            assert_eq!(RealType::from_wire(found.as_str()), Some(found), "the wire name leads back");
        }
    }
}

/// Two sides (u16 each, little-endian) and pixels: as they are, where only the exact length may be hashed, and repeated until they fill the sides.
pub fn perceptual(bytes: &[u8]) {
    let Some(([width, more_width, height, more_height], pixels)) = bytes.split_first_chunk::<4>() else { return };
    let [width, height] = [[*width, *more_width], [*height, *more_height]].map(|side| u32::from(u16::from_le_bytes(side)));
    let fits = width > 0 && height > 0 && u64::from(width) * u64::from(height) * 3 == pixels.len() as u64;
    assert_eq!(pdq::pdq(pixels, width, height).is_ok(), fits, "only exactly as many bytes as the sides say");
    assert_eq!(near(pixels, width, height).is_ok(), fits, "as for PDQ");

    let [width, height] = [width, height].map(|side| side % MOST_SIDE + 1);
    let length = width as usize * height as usize * 3;
    let rgb: Vec<u8> = pixels.iter().copied().chain([0]).cycle().take(length).collect();
    let views = pdq::pdq(&rgb, width, height).expect("the length fits");
    let alone = pdq::Downsampled::new(&rgb, width, height).expect("the length fits");
    assert_eq!(alone.original(), views.get(fingerprint::View::ALL[0]), "one view alone is the first of the eight");
    assert!(alone.averages().iter().flatten().all(|average| (-0.5..=255.5).contains(average)), "averages of bytes stay among bytes");
    near(&rgb, width, height).expect("the length fits");
}

/// The first byte chooses what is to be looked at, the rest is the content.
pub fn rendition(bytes: &[u8]) {
    let Some((choice, content)) = bytes.split_first() else { return };
    let step = Step::ALL[usize::from(*choice) % Step::ALL.len()];
    let strength = Strength::ALL[usize::from(*choice) / Step::ALL.len() % Strength::ALL.len()];
    let made = run_rendition(content, step, strength);
    if let Reply::Rendition(shown) = &made {
        assert_eq!(shown.rgba.len(), shown.width as usize * shown.height as usize * 4, "as many bytes as the sides say");
        assert!(shown.width.max(shown.height) <= step.longest_side(), "no side is longer than the step allows");
    }
    survives(made);
}

/// Bytes from a worker: a frame that reads has one form only, and its length is known from its header.
pub fn reply(bytes: &[u8]) {
    let whole = frame::whole_len(bytes);
    if let Ok(read) = frame::read(bytes) {
        assert_eq!(frame::write(&read), bytes, "a frame has one form");
        assert_eq!(whole, Ok(Some(bytes.len())), "the header knows the length");
    }
}

/// Bytes from a parent: a request that reads has one form only.
pub fn request(bytes: &[u8]) {
    let Some(bytes) = bytes.first_chunk::<REQUEST_BYTES>() else { return };
    if let Ok((read, length)) = Request::read(bytes) {
        assert_eq!(&read.write(length as u64), bytes, "a request has one form");
    }
}

fn survives(reply: Reply) {
    let frame = Frame { jail: JailLevel::Full, reply };
    assert_eq!(frame::read(&frame::write(&frame)), Ok(frame), "the parent reads what the worker says");
}
