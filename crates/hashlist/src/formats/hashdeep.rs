//! `hashdeep`: two header lines, then comma-separated rows in which nothing is quoted and the file name comes last.

use std::io::Read;

use super::draft::Draft;
use super::lines::Lines;
use super::text::{each_line, record};
use super::{Answers, Content, Format, Record};
use crate::kinds::Kind;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;

/// How the first line begins.
pub(super) const MAGIC: &str = "%%%% HASHDEEP-";

/// Reads the two header lines and every row.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, _answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let mut kinds: Option<Vec<Kind>> = None;
    let mut refused = false;
    let mut first = Vec::new();
    if let Some(line) = lines.next(&mut first)? {
        if !first.starts_with(MAGIC.as_bytes()) {
            return Err(Refusal::UnknownFormat { first_line_bytes: Some(first.len()) });
        }
        sink(record(line, Content::Skipped(SkipReason::Header)));
    }
    each_line(lines, sink, |line| match (&kinds, line.strip_prefix("%%%% ")) {
        (None, Some(names)) => {
            kinds = columns(names);
            refused |= kinds.is_none();
            Content::Skipped(SkipReason::Header)
        }
        (Some(kinds), _) => row(line, kinds),
        (None, None) => {
            refused = true;
            Content::Skipped(SkipReason::Header)
        }
    })?;
    if refused { Err(Refusal::UnknownFormat { first_line_bytes: Some(first.len()) }) } else { Ok(()) }
}

/// The kinds between `size` and `filename`, or `None` if the line is not that.
fn columns(names: &str) -> Option<Vec<Kind>> {
    let names: Vec<&str> = names.trim().split(',').collect();
    let [size, kinds @ .., filename] = names.as_slice() else { return None };
    let framed = *size == "size" && *filename == "filename" && !kinds.is_empty();
    framed.then(|| kinds.iter().map(|name| Kind::of_tag(name)).collect())
}

fn row(line: &str, kinds: &[Kind]) -> Content {
    // Split from the left by the number of columns: further commas belong to the file name.
    let fields: Vec<&str> = line.splitn(kinds.len() + 2, ',').collect();
    let [size, hashes @ .., _name] = fields.as_slice() else { return field_count(fields.len(), kinds.len()) };
    if hashes.len() != kinds.len() {
        return field_count(fields.len(), kinds.len());
    }
    let Ok(size) = size.trim().parse() else {
        return Content::Rejected(Rejection::new(RejectReason::BadNumber, "a size is a whole number of bytes"));
    };
    let mut draft = Draft { size: Some(size), ..Draft::default() };
    for (kind, hash) in kinds.iter().zip(hashes).filter(|(_, hash)| !hash.trim().is_empty()) {
        draft.add_hash(Some(kind), hash, Encoding::Hex, Format::Hashdeep.kind_64());
    }
    draft.into_content()
}

fn field_count(found: usize, kinds: usize) -> Content {
    Content::Rejected(Rejection::new(RejectReason::FieldCount, format!("{found} fields under {} columns", kinds + 2)))
}
