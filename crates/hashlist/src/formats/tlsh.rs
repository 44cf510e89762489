//! `tlsh`: one TLSH digest a line. Kept, and matched when the kind is built.

use std::io::Read;

use super::draft::Draft;
use super::lines::Lines;
use super::text::{each_line, first_token};
use super::{Content, Record};
use crate::kinds::Kind;
use crate::normalize::{Encoding, is_tlsh};
use crate::refusal::Refusal;

/// Whether the line begins with `T1` and 70 digits, or is 70 digits.
pub(super) fn is_digest_line(line: &str) -> bool {
    let (token, rest) = first_token(line);
    let marked = token.starts_with("T1") || token.starts_with("t1");
    is_tlsh(token) && (marked || rest.trim().is_empty())
}

/// Reads the first token of every line as a digest. Digests of other builds have other lengths and cannot be compared: `wrong_length`.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    each_line(lines, sink, |line| -> Content {
        let mut draft = Draft::default();
        draft.add_hash(Some(&Kind::Tlsh), first_token(line).0, Encoding::Hex, None);
        draft.into_content()
    })
}
