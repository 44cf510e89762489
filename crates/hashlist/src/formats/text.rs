//! `hash_lines`: one hash a line.

use std::io::Read;

use super::draft::Draft;
use super::lines::{Line, Lines, text};
use super::{Answers, Content, Record};
use crate::kinds::Kind;
use crate::normalize::{Encoding, is_tlsh, quality_before_path};
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;

/// Reads every line as one hash with anything behind it.
pub(super) fn hash_lines<R: Read>(lines: &mut Lines<R>, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    each_line(lines, sink, |line| bare_hash(line, answers))
}

/// Hands each line that is neither blank, a comment nor too long to `read`.
pub(super) fn each_line<R: Read>(
    lines: &mut Lines<R>,
    sink: &mut dyn FnMut(Record),
    mut read: impl FnMut(&str) -> Content,
) -> Result<(), Refusal> {
    let mut buffer = Vec::new();
    while let Some(line) = lines.next(&mut buffer)? {
        let content = if line.too_long {
            too_long(lines.limit())
        } else {
            let text = text(&buffer);
            skipped(&text).map_or_else(|| read(&text), Content::Skipped)
        };
        sink(record(line, content));
    }
    Ok(())
}

/// The record of a line.
pub(super) fn record(line: Line, content: Content) -> Record {
    Record { number: line.number, offset: line.offset, content }
}

/// The rejection of a line beyond the limit.
pub(super) fn too_long(limit: usize) -> Content {
    Content::Rejected(Rejection::new(RejectReason::LineTooLong, format!("more than {limit} bytes")))
}

/// Why a line of plain text counts for nothing, if so.
pub(super) fn skipped(line: &str) -> Option<SkipReason> {
    let line = line.trim_start();
    if line.trim_end().is_empty() {
        Some(SkipReason::Blank)
    } else if line.starts_with(['#', ';']) || line.starts_with("//") {
        Some(SkipReason::Comment)
    } else {
        None
    }
}

/// The first token of a line, without quotes and `0x`, and what follows it (its separator first).
///
/// The token ends at white space, a comma, a semicolon or a bar.
pub(super) fn first_token(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let end = line.find(|character: char| character.is_whitespace() || matches!(character, ',' | ';' | '|')).unwrap_or(line.len());
    let (token, rest) = line.split_at(end);
    (crate::normalize::bare(token), rest)
}

/// Reads a line as a bare hash; the rest of the line is ignored, except the quality of the PDQ reference tool.
pub(super) fn bare_hash(line: &str, answers: &Answers) -> Content {
    let (token, rest) = first_token(line);
    let mut draft = Draft::default();
    let kind = answers.only_kind.filter(|_| !is_tlsh(token)).map(Kind::Matched);
    draft.add_hash(kind.as_ref(), token, Encoding::Hex, None);
    // Whether the hash is a PDQ is not known yet; the quality of any other kind is never looked at.
    draft.quality = rest.strip_prefix(',').and_then(quality_before_path);
    draft.into_content()
}
