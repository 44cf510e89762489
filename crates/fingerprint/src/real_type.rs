//! What the bytes are, by their content.
//!
//! File names are not looked at: six of twelve forum programs store uploads without a usable extension.

use crate::signal::Unusable;

/// How much of a file [`real_type`] wants to see: 64 KiB, enough for a tar header, a long XML prologue, or the names at the start of a zip.
pub const HEAD_BYTES: usize = 64 * 1024;

macro_rules! real_types {
    ($($(#[$doc:meta])* $name:ident => $wire:literal, $label:literal;)*) => {
        /// What a content is, by its bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum RealType { $($(#[$doc])* $name,)* }

        impl RealType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The wire name, lower_snake_case; part of the command-line contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// The name that people know it by.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

real_types! {
    /// No bytes at all.
    Empty => "empty", "Empty file";
    /// JPEG.
    Jpeg => "jpeg", "JPEG";
    /// PNG, animated or not.
    Png => "png", "PNG";
    /// GIF, animated or not.
    Gif => "gif", "GIF";
    /// WebP, animated or not.
    Webp => "webp", "WebP";
    /// Windows bitmap.
    Bmp => "bmp", "BMP";
    /// TIFF and the camera formats built on it.
    Tiff => "tiff", "TIFF";
    /// Windows icon or cursor.
    Ico => "ico", "ICO";
    /// QOI.
    Qoi => "qoi", "QOI";
    /// PBM, PGM, PPM, PAM.
    Pnm => "pnm", "PNM";
    /// TGA with its footer or a header that nothing else has.
    Tga => "tga", "TGA";
    /// AVIF.
    Avif => "avif", "AVIF";
    /// HEIC and HEIF.
    Heic => "heic", "HEIC";
    /// JPEG XL.
    Jxl => "jxl", "JPEG XL";
    /// JPEG 2000.
    Jp2 => "jp2", "JPEG 2000";
    /// Photoshop document.
    Psd => "psd", "Photoshop document";
    /// SVG, plain.
    Svg => "svg", "SVG";
    /// PDF.
    Pdf => "pdf", "PDF";
    /// PostScript.
    Postscript => "postscript", "PostScript";
    /// Zip archive.
    Zip => "zip", "Zip archive";
    /// Zip archive whose entries are encrypted.
    EncryptedZip => "encrypted_zip", "Encrypted zip archive";
    /// Office document: the zip based ones and the older compound files.
    Office => "office", "Office document";
    /// RAR archive.
    Rar => "rar", "RAR archive";
    /// 7z archive.
    SevenZip => "seven_zip", "7z archive";
    /// Gzip.
    Gzip => "gzip", "Gzip archive";
    /// Tar archive.
    Tar => "tar", "Tar archive";
    /// XZ.
    Xz => "xz", "XZ archive";
    /// Zstandard.
    Zstd => "zstd", "Zstandard archive";
    /// Bzip2.
    Bzip2 => "bzip2", "Bzip2 archive";
    /// Microsoft cabinet.
    Cab => "cab", "Cabinet archive";
    /// ISO base media video: MP4, MOV, 3GP.
    Mp4 => "mp4", "MP4 video";
    /// Matroska and WebM.
    Matroska => "matroska", "Matroska or WebM video";
    /// AVI.
    Avi => "avi", "AVI video";
    /// MPEG program or transport stream.
    Mpeg => "mpeg", "MPEG video";
    /// Flash video.
    Flv => "flv", "Flash video";
    /// Windows media, video or audio.
    Asf => "asf", "Windows Media";
    /// MP3.
    Mp3 => "mp3", "MP3 audio";
    /// AAC in an ADTS stream.
    Aac => "aac", "AAC audio";
    /// Ogg, video or audio.
    Ogg => "ogg", "Ogg";
    /// FLAC.
    Flac => "flac", "FLAC audio";
    /// WAV.
    Wav => "wav", "WAV audio";
    /// MIDI.
    Midi => "midi", "MIDI";
    /// An ELF, PE or Mach-O program.
    Executable => "executable", "Program";
    /// SQLite database.
    Sqlite => "sqlite", "SQLite database";
    /// HTML, or text with its markup.
    Html => "html", "HTML";
    /// XML other than SVG.
    Xml => "xml", "XML";
    /// Plain UTF-8 text without control characters and without a markup signature.
    Text => "text", "Plain text";
    /// None of these.
    Unknown => "unknown", "Unknown";
}

impl RealType {
    /// Whether this build decodes it.
    pub const fn is_picture(self) -> bool {
        matches!(
            self,
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp | Self::Bmp | Self::Tiff | Self::Ico | Self::Qoi | Self::Pnm | Self::Tga
        )
    }

    /// The type with this wire name, or `None`.
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|real_type| real_type.as_str() == name)
    }

    /// Why the pixels of this type are not looked at: `None` for what is decoded, and for an empty file and plain text, which hold no picture.
    ///
    /// HTML, XML and SVG are unsupported rather than "no picture": each of them can show one.
    pub const fn unusable(self) -> Option<Unusable> {
        match self {
            _ if self.is_picture() => None,
            Self::Empty | Self::Text => None,
            Self::Pdf
            | Self::Zip
            | Self::Office
            | Self::Rar
            | Self::SevenZip
            | Self::Gzip
            | Self::Tar
            | Self::Xz
            | Self::Zstd
            | Self::Bzip2
            | Self::Cab => Some(Unusable::ContainerNotExamined),
            Self::EncryptedZip => Some(Unusable::Encrypted),
            _ => Some(Unusable::UnsupportedFormat),
        }
    }
}

impl std::fmt::Display for RealType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the bytes are. `head` is the beginning of the content, up to [`HEAD_BYTES`]; `complete` says that it is all of it.
///
/// Picture signatures come first, because that is how browsers take a polyglot: a GIF that is also a script, or a JPEG with a zip behind it, is
/// shown as a picture. Text is decided last, and only for what has no signature at all.
pub fn real_type(head: &[u8], complete: bool) -> RealType {
    if head.is_empty() {
        return if complete { RealType::Empty } else { RealType::Unknown };
    }
    picture(head)
        .or_else(|| base_media(head))
        .or_else(|| sound_and_video(head))
        .or_else(|| container(head))
        .or_else(|| weak_picture(head))
        .unwrap_or_else(|| text(head, complete))
}

fn picture(head: &[u8]) -> Option<RealType> {
    let found = match head {
        [0xFF, 0xD8, 0xFF, ..] => RealType::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => RealType::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => RealType::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => RealType::Webp,
        [b'I', b'I', 0x2A | 0x2B, 0, ..] | [b'M', b'M', 0, 0x2A | 0x2B, ..] => RealType::Tiff,
        [b'q', b'o', b'i', b'f', ..] => RealType::Qoi,
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', 0x0D, 0x0A, 0x87, 0x0A, ..] => RealType::Jxl,
        [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', 0x0D, 0x0A, 0x87, 0x0A, ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => RealType::Jp2,
        [b'8', b'B', b'P', b'S', 0, 1 | 2, ..] => RealType::Psd,
        _ if is_bitmap(head) => RealType::Bmp,
        _ => return None,
    };
    Some(found)
}

/// "BM" alone begins many texts; the size of the second header decides.
fn is_bitmap(head: &[u8]) -> bool {
    const HEADER_SIZES: [u32; 9] = [12, 16, 40, 52, 56, 64, 108, 124, 128];
    head.starts_with(b"BM") && u32_le(head, 14).is_some_and(|size| HEADER_SIZES.contains(&size))
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// The box formats, told apart by their brands. Source: ISO/IEC 14496-12, `ftyp`.
fn base_media(head: &[u8]) -> Option<RealType> {
    let kind = head.get(4..8)?;
    if kind != b"ftyp" {
        let old_movie = matches!(kind, b"moov" | b"mdat" | b"wide" | b"free" | b"skip") && head[0] == 0;
        return old_movie.then_some(RealType::Mp4);
    }
    let size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    let brands = head.get(8..size.clamp(8, head.len().min(512))).unwrap_or_default();
    let has = |wanted: &[&[u8; 4]]| brands.as_chunks::<4>().0.iter().any(|brand| wanted.contains(&brand));
    let found = if has(&[b"avif", b"avis"]) {
        RealType::Avif
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        RealType::Heic
    } else {
        RealType::Mp4
    };
    Some(found)
}

fn sound_and_video(head: &[u8]) -> Option<RealType> {
    let found = match head {
        [0x1A, 0x45, 0xDF, 0xA3, ..] => RealType::Matroska,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => RealType::Avi,
        [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E', ..] => RealType::Wav,
        [0, 0, 1, 0xBA | 0xB3, ..] => RealType::Mpeg,
        [0x47, ..] if head.get(188) == Some(&0x47) && head.get(376).is_none_or(|byte| *byte == 0x47) => RealType::Mpeg,
        [b'F', b'L', b'V', 1, ..] => RealType::Flv,
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, ..] => RealType::Asf,
        [b'O', b'g', b'g', b'S', ..] => RealType::Ogg,
        [b'f', b'L', b'a', b'C', ..] => RealType::Flac,
        [b'M', b'T', b'h', b'd', 0, 0, 0, 6, ..] => RealType::Midi,
        [b'I', b'D', b'3', 2..=4, ..] => RealType::Mp3,
        // A frame header without the reserved values: version, layer, bit rate, sampling rate.
        [0xFF, 0xE2..=0xE7 | 0xF2..=0xF7 | 0xFA..=0xFF, third, ..] if third >> 4 != 15 && third >> 4 != 0 && (third >> 2) & 3 != 3 => {
            RealType::Mp3
        }
        [0xFF, 0xF0 | 0xF1 | 0xF8 | 0xF9, ..] => RealType::Aac,
        _ => return None,
    };
    Some(found)
}

fn container(head: &[u8]) -> Option<RealType> {
    let found = match head {
        [b'P', b'K', 3, 4, ..] => zip(head),
        [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => RealType::Zip,
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => RealType::Office,
        [b'R', b'a', b'r', b'!', 0x1A, 7, ..] => RealType::Rar,
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => RealType::SevenZip,
        [0x1F, 0x8B, ..] => RealType::Gzip,
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => RealType::Xz,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => RealType::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => RealType::Bzip2,
        [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => RealType::Cab,
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', b'f', b'o', b'r', b'm', b'a', b't', b' ', b'3', 0, ..] => RealType::Sqlite,
        [0x7F, b'E', b'L', b'F', ..] | [0xCF | 0xCE, 0xFA, 0xED, 0xFE, ..] => RealType::Executable,
        [b'M', b'Z', ..] if head.len() >= 64 && head.get(..64).is_some_and(|header| header.contains(&0)) => RealType::Executable,
        [b'%', b'!', b'P', b'S', ..] => RealType::Postscript,
        _ if head.get(257..262) == Some(b"ustar") => RealType::Tar,
        _ if is_pdf(head) => RealType::Pdf,
        _ => return None,
    };
    Some(found)
}

/// Readers accept the signature anywhere in the first 1,024 bytes. Source: ISO 32000-1, annex H, note 13.
fn is_pdf(head: &[u8]) -> bool {
    head.get(..1024 + 4).unwrap_or(head).windows(5).any(|window| window == b"%PDF-")
}

/// Tells an office document or an encrypted archive from a plain zip by its first entries. Source: APPNOTE.TXT 6.3.10, section 4.3.7.
fn zip(head: &[u8]) -> RealType {
    const LOCAL_HEADER_BYTES: usize = 30;
    let mut at = 0;
    while head.get(at..at + 4) == Some(b"PK\x03\x04") {
        let (Some(flags), Some(size), Some(name_len), Some(extra_len)) =
            (u16_le(head, at + 6), u32_le(head, at + 18), u16_le(head, at + 26), u16_le(head, at + 28))
        else {
            break;
        };
        // Bit 0: the entry is encrypted.
        if flags & 1 != 0 {
            return RealType::EncryptedZip;
        }
        let name_at = at + LOCAL_HEADER_BYTES;
        let name = head.get(name_at..name_at + usize::from(name_len)).unwrap_or_default();
        if is_office_entry(name)
            || (name == b"mimetype" && head.get(name_at + 8..).is_some_and(|rest| rest.starts_with(b"application/vnd.oasis")))
        {
            return RealType::Office;
        }
        at = name_at + usize::from(name_len) + usize::from(extra_len) + size as usize;
    }
    RealType::Zip
}

fn is_office_entry(name: &[u8]) -> bool {
    name == b"[Content_Types].xml" || [&b"word/"[..], b"xl/", b"ppt/"].iter().any(|folder| name.starts_with(folder))
}

/// Pictures with signatures so short that anything stronger goes first.
fn weak_picture(head: &[u8]) -> Option<RealType> {
    let found = match head {
        [0, 0, 1 | 2, 0, count, 0, ..] if *count > 0 && head.len() >= 22 && head[9] == 0 => RealType::Ico,
        [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n', rest @ ..] if is_pnm_header(rest) => RealType::Pnm,
        _ if head.ends_with(b"TRUEVISION-XFILE.\0") || is_targa(head) => RealType::Tga,
        _ => return None,
    };
    Some(found)
}

/// After the signature comes a number, a comment, or a PAM keyword.
fn is_pnm_header(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    rest.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'#') || rest.starts_with(b"WIDTH") || rest.starts_with(b"HEIGHT")
}

/// A TGA header: without a colour map, or with one that its pixels point into. Every field that has few values is looked at, and the zero
/// bytes in it keep text out. Source: Truevision TGA 2.0, table 1.
fn is_targa(head: &[u8]) -> bool {
    let depths: &[u8] = match head {
        [_, 0, 2 | 10, 0, 0, 0, 0, 0, ..] => &[15, 16, 24, 32],
        [_, 0, 3 | 11, 0, 0, 0, 0, 0, ..] => &[8, 16],
        // At most 256 colours.
        [_, 1, 1 | 9, _, 0, _, 0, 15 | 16 | 24 | 32, ..] | [_, 1, 1 | 9, _, 0, 0, 1, 15 | 16 | 24 | 32, ..] => &[8],
        _ => return false,
    };
    let (Some(width), Some(height)) = (u16_le(head, 12), u16_le(head, 14)) else { return false };
    // Bits 6 and 7 are always zero; the lowest four count the bits of opacity.
    let flags = |flags: &u8| flags & 0xC0 == 0 && matches!(flags & 0x0F, 0 | 1 | 8);
    width > 0 && height > 0 && head.get(16).is_some_and(|depth| depths.contains(depth)) && head.get(17).is_some_and(flags)
}

/// Text is UTF-8 without control characters; markup in it makes it HTML, XML or SVG.
fn text(head: &[u8], complete: bool) -> RealType {
    if let Some(markup) = markup(head) {
        return markup;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character; the rest of the file may not.
        Err(error) if !complete && error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        Err(_) => return RealType::Unknown,
    };
    let plain = text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}'));
    if plain && !text.is_empty() { RealType::Text } else { RealType::Unknown }
}

/// What a browser would take for markup: a known tag anywhere in the head, since a forum may serve the file as a page.
fn markup(head: &[u8]) -> Option<RealType> {
    const TAGS: [&[u8]; 14] = [
        b"!doctype html",
        b"html",
        b"head",
        b"body",
        b"script",
        b"iframe",
        b"img",
        b"object",
        b"embed",
        b"video",
        b"table",
        b"style",
        b"title",
        b"a href",
    ];
    let body = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let mut html = false;
    for (at, _) in head.iter().enumerate().filter(|(_, byte)| **byte == b'<') {
        let rest = &head[at + 1..];
        if has_tag(rest, b"svg") || has_tag(rest, b"svg:svg") {
            return Some(RealType::Svg);
        }
        html = html || TAGS.iter().any(|tag| has_tag(rest, tag));
    }
    if body.len() >= 5 && body[..5].eq_ignore_ascii_case(b"<?xml") {
        return Some(if html { RealType::Html } else { RealType::Xml });
    }
    html.then_some(RealType::Html)
}

/// Whether the bytes after a `<` are this tag, and not only the beginning of a longer word.
fn has_tag(rest: &[u8], tag: &[u8]) -> bool {
    rest.get(..tag.len()).is_some_and(|name| name.eq_ignore_ascii_case(tag))
        && rest.get(tag.len()).is_none_or(|next| matches!(next, b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'>' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn types_by_content() {
        let cases: &[(&[u8], RealType)] = &[
            (b"", RealType::Empty),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", RealType::Jpeg),
            (b"GIF89a=1;alert(1)//", RealType::Gif),
            (b"RIFF\0\0\0\0WEBPVP8 ", RealType::Webp),
            (b"\0\0\0\x20ftypavif\0\0\0\0mif1miafavif", RealType::Avif),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", RealType::Heic),
            (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", RealType::Mp4),
            (b"%PDF-1.7\n", RealType::Pdf),
            (b"junk\n%PDF-1.7\n", RealType::Pdf),
            (b"hello, world\n", RealType::Text),
            ("gr\u{fc}\u{df}e".as_bytes(), RealType::Text),
            (b"caf\xE9", RealType::Unknown),
            (b"bell \x07", RealType::Unknown),
            (b"<!DOCTYPE html><p>", RealType::Html),
            (b"some words <script>alert(1)</script>", RealType::Html),
            (b"<?xml version=\"1.0\"?><note/>", RealType::Xml),
            (b"<?xml version=\"1.0\"?><svg xmlns=\"x\"/>", RealType::Svg),
            (b"BM means business", RealType::Text),
            (b"a < b and c > d", RealType::Text),
            (b"P5 is where I park", RealType::Text),
            (b"P5 2 2 255\n\x01\x02\x03\x04", RealType::Pnm),
            (b"MZ is a word", RealType::Text),
        ];
        for (head, expected) in cases {
            assert_eq!(real_type(head, true), *expected, "for {:?}", head.escape_ascii().to_string());
        }
    }

    #[test]
    fn zips_tell_what_they_hold() {
        let entry = |flags: u8, name: &[u8]| {
            let mut bytes = b"PK\x03\x04\x14\0".to_vec();
            bytes.extend([flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, name.len() as u8, 0, 0, 0]);
            bytes.extend(name);
            bytes
        };
        assert_eq!(real_type(&entry(0, b"a.txt"), true), RealType::Zip, "a plain entry");
        assert_eq!(real_type(&entry(1, b"a.txt"), true), RealType::EncryptedZip, "an encrypted entry");
        assert_eq!(real_type(&entry(0, b"[Content_Types].xml"), true), RealType::Office, "the first entry of an office document");
        let two = [entry(0, b"a.txt"), entry(1, b"b.txt")].concat();
        assert_eq!(real_type(&two, true), RealType::EncryptedZip, "the second entry is encrypted");
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_head_is_still_text() {
        assert_eq!(real_type(b"abc\xC3", false), RealType::Text, "the rest may follow");
        assert_eq!(real_type(b"abc\xC3", true), RealType::Unknown, "nothing follows");
    }

    #[test]
    fn wire_names_are_distinct_and_read_back() {
        for real_type in RealType::ALL {
            assert_eq!(RealType::from_wire(real_type.as_str()), Some(*real_type), "{real_type} reads back");
        }
    }

    #[test]
    fn only_empty_and_text_hold_no_picture() {
        let silent: Vec<_> = RealType::ALL.iter().filter(|t| !t.is_picture() && t.unusable().is_none()).collect();
        assert_eq!(silent, [&RealType::Empty, &RealType::Text], "anything else has a reason");
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_type(bytes in prop::collection::vec(any::<u8>(), 0..600), complete: bool) {
            let _found = real_type(&bytes, complete);
        }
    }
}
