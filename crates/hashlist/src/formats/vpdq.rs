//! `vpdq`: the frames of one video, as lines `<frame>,<quality>,<pdq>,<seconds>` or as JSON. One file is one entry; it is kept until the kind
//! is built.

use std::io::Read;

use super::draft::Draft;
use super::lines::{Line, Lines, text};
use super::text::{record, skipped, too_long};
use super::{Content, Record};
use crate::kinds::Kind;
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;

/// Reads the whole file as one record. Memory is bounded by the limit of a long line, 4 MiB, which holds the frames of some 14 hours at one
/// frame a second.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let mut buffer = Vec::new();
    let mut file = File::default();
    let mut first: Option<Line> = None;
    while let Some(line) = lines.next(&mut buffer)? {
        first.get_or_insert(line);
        file.take(&text(&buffer), line.too_long);
    }
    if let Some(line) = first {
        sink(record(line, file.content()));
    }
    Ok(())
}

/// What was read of a file so far.
#[derive(Default)]
struct File {
    /// The frames as a JSON array of `"<pdq>,<quality>,<seconds>"`, or the JSON that the file itself is.
    json: String,
    is_json: Option<bool>,
    bad_lines: Vec<Rejection>,
    too_long: bool,
}

impl File {
    fn take(&mut self, line: &str, too_long: bool) {
        self.too_long |= too_long || self.json.len() + line.len() > limits::LONG_LINE_BYTES;
        if self.too_long || line.trim().is_empty() {
            return;
        }
        if *self.is_json.get_or_insert_with(|| line.trim_start().starts_with(['[', '{'])) {
            self.json.push_str(line);
            return;
        }
        if skipped(line).is_some() {
            return;
        }
        match frame(line) {
            Some((pdq, quality, seconds)) => {
                self.json.push(if self.json.is_empty() { '[' } else { ',' });
                self.json.push_str(&format!("\"{pdq},{quality},{seconds}\""));
            }
            None if self.bad_lines.len() < limits::REJECTED_RECORDS => {
                self.bad_lines.push(Rejection::new(RejectReason::BadRecord, "a frame is <number>,<quality>,<pdq>,<seconds>"));
            }
            None => {}
        }
    }

    fn content(mut self) -> Content {
        if self.too_long {
            return too_long(limits::LONG_LINE_BYTES);
        }
        if self.is_json == Some(false) && !self.json.is_empty() {
            self.json.push(']');
        }
        let mut draft = Draft { key: Some("vpdq:1".to_owned()), rejected: self.bad_lines, ..Draft::default() };
        draft.add_hash(Some(&Kind::Vpdq), &self.json, Encoding::Any, None);
        draft.into_content()
    }
}

/// PDQ, quality and seconds of a line; the number of the frame says nothing that its place does not.
fn frame(line: &str) -> Option<(&str, u8, f64)> {
    let mut parts = line.trim().split(',').map(str::trim);
    let (_frame, quality, pdq, seconds) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?, parts.next()?.parse().ok()?);
    let is_pdq = pdq.len() == 64 && crate::normalize::is_hex(pdq);
    (parts.next().is_none() && is_pdq && quality <= 100).then_some((pdq, quality, seconds))
}
