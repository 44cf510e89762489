//! `checksum`: output of md5sum, sha256sum, cksum and md5deep, in three forms of line.

use std::io::Read;

use fingerprint::signal::SignalKind;

use super::draft::Draft;
use super::lines::Lines;
use super::text::{bare_hash, each_line};
use super::{Answers, Content, Format, Record};
use crate::kinds::Kind;
use crate::normalize::{Encoding, is_hex};
use crate::refusal::Refusal;

/// Lengths of digests that a checksum line may carry, in hexadecimal digits.
pub(super) const DIGEST_DIGITS: [usize; 6] = [32, 40, 56, 64, 96, 128];

/// A line of one of the three forms. File names are found and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form<'line> {
    /// `<hex> <space or *><name>`, of md5sum and its relatives.
    Gnu { hex: &'line str },
    /// `<TAG> (<name>) = <hex>`, of BSD and `--tag`.
    Bsd { tag: &'line str, hex: &'line str },
    /// `<size>  <hex> <space or *><name>`, of md5deep with `-z`.
    Sized { size: &'line str, hex: &'line str },
}

impl<'line> Form<'line> {
    /// The form of a line, or `None`.
    pub(super) fn of(line: &'line str) -> Option<Self> {
        Self::bsd(line).or_else(|| Self::sized(line)).or_else(|| Self::gnu(line).map(|hex| Self::Gnu { hex }))
    }

    /// The hash of `<hex> <space or *><name>`; a leading backslash says that the name is escaped.
    fn gnu(line: &'line str) -> Option<&'line str> {
        let line = line.strip_prefix('\\').unwrap_or(line);
        let (hex, rest) = line.split_once(' ')?;
        let name = rest.strip_prefix([' ', '*'])?;
        (!name.is_empty() && is_hex(hex) && DIGEST_DIGITS.contains(&hex.len())).then_some(hex)
    }

    fn sized(line: &'line str) -> Option<Self> {
        let (size, rest) = line.trim_start_matches(' ').split_once("  ")?;
        let is_size = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
        Self::gnu(rest).filter(|_| is_size).map(|hex| Self::Sized { size, hex })
    }

    /// The name may hold parentheses, so the hash follows the last `) = `.
    fn bsd(line: &'line str) -> Option<Self> {
        let line = line.strip_prefix('\\').unwrap_or(line);
        let (tag, rest) = line.split_once(" (")?;
        let (_name, hex) = rest.rsplit_once(") = ")?;
        let hex = hex.trim_end();
        let is_tag = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-'));
        (is_tag && is_hex(hex)).then_some(Self::Bsd { tag, hex })
    }
}

/// Reads every line in the form it has; a line in none of them as a bare hash.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    each_line(lines, sink, |line| content(line, answers))
}

fn content(line: &str, answers: &Answers) -> Content {
    let assumed = Format::Checksum.kind_64();
    let mut draft = Draft::default();
    let only = answers.only_kind.map(Kind::Matched);
    match Form::of(line) {
        Some(Form::Gnu { hex }) => draft.add_hash(only.as_ref(), hex, Encoding::Hex, assumed),
        Some(Form::Bsd { tag, hex }) => draft.add_hash(Some(&Kind::of_tag(tag)), hex, Encoding::Hex, assumed),
        Some(Form::Sized { size, hex }) => {
            draft.add_hash(only.as_ref(), hex, Encoding::Hex, assumed);
            // A size beyond 64 bits is no size of a file: the entry then matches without one.
            draft.size = size.parse().ok();
        }
        None => return with_assumed_kind(bare_hash(line, answers), assumed),
    }
    draft.into_content()
}

/// Gives the 64-digit values of a bare line the kind of the format.
fn with_assumed_kind(mut content: Content, kind: Option<SignalKind>) -> Content {
    if let Content::Draft(draft) = &mut content {
        for value in &mut draft.values {
            if let super::DraftValue::Hex64 { assumed, .. } = value {
                *assumed = kind;
            }
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

    #[test]
    fn the_three_forms_are_told_apart() {
        assert_eq!(Form::of(&format!("{MD5}  a b.txt")), Some(Form::Gnu { hex: MD5 }), "text mark");
        assert_eq!(Form::of(&format!("\\{MD5} *a\\nb")), Some(Form::Gnu { hex: MD5 }), "escaped name, binary mark");
        assert_eq!(Form::of(&format!("MD5 (a (1) = b).txt) = {MD5}")), Some(Form::Bsd { tag: "MD5", hex: MD5 }), "the last parenthesis");
        assert_eq!(Form::of(&format!("         3  {MD5}  /x")), Some(Form::Sized { size: "3", hex: MD5 }), "a size in front");
        for line in ["hello world!", MD5, &format!("{MD5} a"), &format!("{MD5}  "), &format!("MD5 (a) = {MD5}x"), "900150  a"] {
            assert_eq!(Form::of(line), None, "{line} is none of them");
        }
    }
}
