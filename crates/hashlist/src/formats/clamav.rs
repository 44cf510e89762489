//! `clamav`: hash signatures of whole files, `hash:size:name` or `hash:*:name:73`. Allow lists (`.fp`, `.sfp`) look the same.

use std::io::Read;

use super::draft::Draft;
use super::lines::Lines;
use super::text::each_line;
use super::{Content, Record};
use crate::kinds::Kind;
use crate::normalize::{Encoding, is_hex};
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;
use fingerprint::signal::SignalKind;

/// Fewest and most digits of a hash in a signature: MD5 and SHA-256.
const DIGITS: std::ops::RangeInclusive<usize> = 32..=64;

/// Whether the line is `<hash>:<size or *>:<name>…`.
pub(super) fn is_signature(line: &str) -> bool {
    let mut parts = line.split(':');
    let hash = parts.next().is_some_and(is_digest);
    let size = parts.next().is_some_and(|size| size == "*" || is_number(size));
    hash && size && parts.next().is_some_and(|name| !name.is_empty())
}

/// Whether the line is `<size>:<hash>:…`: the hash of a part of a program.
pub(super) fn is_section_hash(line: &str) -> bool {
    let mut parts = line.split(':');
    parts.next().is_some_and(is_number) && parts.next().is_some_and(is_digest) && parts.next().is_some()
}

/// Whether the name is that of an allow list. From general knowledge of ClamAV; the content does not tell, so it is only proposed.
pub(super) fn is_allow_list(file_name: &str) -> bool {
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.eq_ignore_ascii_case("fp") || extension.eq_ignore_ascii_case("sfp")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_digest(text: &str) -> bool {
    DIGITS.contains(&text.len()) && is_hex(text)
}

/// Reads one signature a line.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    each_line(lines, sink, |line| signature(line).unwrap_or_else(Content::Rejected))
}

fn signature(line: &str) -> Result<Content, Rejection> {
    let fields: Vec<&str> = line.trim().split(':').collect();
    // The fourth field is the oldest engine that understands the line.
    let ([hash, size, name] | [hash, size, name, _]) = fields.as_slice() else {
        return Err(Rejection::new(RejectReason::FieldCount, format!("{} fields; 3 or 4 were possible", fields.len())));
    };
    if name.is_empty() {
        return Err(Rejection::new(RejectReason::MissingField, "no name"));
    }
    let size = match *size {
        "*" => None,
        number => Some(number.parse().map_err(|_| Rejection::new(RejectReason::BadNumber, "a size is a whole number of bytes, or *"))?),
    };
    let mut draft = Draft { key: Some((*name).to_owned()), size, ..Draft::default() };
    draft.add_hash(Some(&kind(hash)), hash, Encoding::Hex, None);
    Ok(draft.into_content())
}

/// The kind by the number of digits; whatever is of no possible length is measured as the nearest kind, and says so.
fn kind(hash: &str) -> Kind {
    Kind::Matched(match hash.len() {
        0..=36 => SignalKind::Md5,
        37..=52 => SignalKind::Sha1,
        _ => SignalKind::Sha256,
    })
}
