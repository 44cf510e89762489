//! Recognition by the first bytes, and of markup.

use super::detect::Recognised;
use super::lines::Utf16;
use super::{Format, encase, sqlite};
use crate::refusal::Refusal;

/// Packed files by their first bytes, with the name that the sentence uses.
const ARCHIVES: [(&[u8], &str); 8] = [
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"Rar!\x1a\x07", "rar"),
];

/// First texts of encrypted files.
const ENCRYPTED: [&[u8]; 3] = [b"age-encryption.org/v1", b"-----BEGIN PGP MESSAGE", b"-----BEGIN AGE"];

/// The first bytes of an OLE file: an office document of before 2007.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Recognises, or refuses, what its first bytes give away; `None` leaves it to the text.
pub(super) fn recognise(head: &[u8]) -> Result<Option<Recognised>, Refusal> {
    if head.starts_with(encase::MAGIC) {
        let why = "its first bytes are those of an EnCase hash set".to_owned();
        return Ok(Some(Recognised { format: Format::Encase, why }));
    }
    if head.starts_with(sqlite::MAGIC) {
        return sqlite::recognise_head(head).map(Some);
    }
    refuse(head).map(|()| None)
}

/// Refuses what its first bytes give away.
fn refuse(head: &[u8]) -> Result<(), Refusal> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if head.is_empty() {
        return Err(Refusal::EmptyFile);
    }
    if starts(b"ClamAV-VDB:") {
        return Err(Refusal::Archive { kind: "ClamAV database", about: clamav_about(head) });
    }
    if starts(b"TMK1FVEC") {
        return Err(Refusal::NotPlanned { format: "TMK" });
    }
    if starts(OLE) || (starts(b"PK\x03\x04") && contains(head, b"[Content_Types].xml")) {
        return Err(Refusal::Spreadsheet);
    }
    if let Some((_, kind)) = ARCHIVES.iter().find(|(magic, _)| starts(magic)) {
        return Err(Refusal::Archive { kind, about: String::new() });
    }
    if ENCRYPTED.iter().any(|magic| starts(magic)) {
        return Err(Refusal::Encrypted);
    }
    if matches!(head, [0x80, 0x02..=0x05, ..]) {
        return Err(Refusal::Pickle);
    }
    Ok(())
}

/// Refuses a file that is no text: a zero byte within its first 4 KiB.
pub(super) fn refuse_binary(head: &[u8]) -> Result<(), Refusal> {
    const LOOKED_AT: usize = 4096;
    debug_assert!(Utf16::of_mark(head).is_none(), "UTF-16 is decoded before");
    if head.iter().take(LOOKED_AT).any(|byte| *byte == 0) { Err(Refusal::BinaryUnknown) } else { Ok(()) }
}

/// What the text head of a ClamAV database says: `ClamAV-VDB:<time>:<version>:<signatures>:…`, 512 bytes.
fn clamav_about(head: &[u8]) -> String {
    let head = super::lines::text(&head[..head.len().min(512)]).into_owned();
    let mut parts = head.split(':').skip(1);
    let plain = |part: Option<&str>| -> String {
        part.unwrap_or_default().chars().filter(|character| character.is_ascii_graphic() || *character == ' ').take(40).collect()
    };
    // The time is written as `16 Sep 2021 08-32 -0400`, without colons.
    let (time, version, signatures) = (plain(parts.next()), plain(parts.next()), plain(parts.next()));
    format!("version {version} of {time}, {signatures} signatures, signature not checked")
}

/// What a file that begins with `<` is. `markup` has no byte order mark and no white space in front.
pub(super) fn markup(markup: &str) -> Result<Recognised, Refusal> {
    let mut rest = markup;
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else {
            break;
        };
        match end.and_then(|end| rest.get(end..)) {
            Some(after) => rest = after,
            None => return Err(Refusal::EndsEarly),
        }
    }
    let begins = |word: &str| rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if begins("<!doctype html") || begins("<html") || begins("<head") || begins("<body") {
        return Err(Refusal::WebPage);
    }
    if begins("<!doctype") {
        return Err(Refusal::Doctype);
    }
    root_element(rest)
}

/// The name space of the NCMEC hash-sharing interface, version 2.
const NCMEC: &str = "https://hashsharing.ncmec.org/hashsharing/v2";

fn root_element(markup: &str) -> Result<Recognised, Refusal> {
    let tag = markup.split('>').next().unwrap_or_default();
    let name = tag.trim_start_matches('<').split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    if !tag.contains(NCMEC) {
        return Err(Refusal::UnknownFormat { first_line_bytes: markup.find('\n') });
    }
    match local {
        "queryResult" => {
            let why = "its root element is a query result of NCMEC hash sharing, version 2".to_owned();
            Ok(Recognised { format: Format::NcmecXml, why })
        }
        _ => Err(Refusal::NotAList { what: "an answer of NCMEC hash sharing other than a page of entries" }),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
