//! Rows of the tables of [`super::layouts`]: `icse_csv`, `hashkeeper`, `ilook`, `nsrl_text`.

use std::io::Read;

use super::csv::each_row;
use super::draft::Draft;
use super::layouts::{Field, Layout, Quoting};
use super::lines::{Lines, text};
use super::text::{each_line, record, skipped};
use super::{Answers, Content, Format, Record};
use crate::entry::Polarity;
use crate::kinds::Kind;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;

/// Reads the header of `format` and every row below it.
pub(super) fn parse<R: Read>(format: Format, lines: &mut Lines<R>, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let Some(layout) = find_header(format, lines, sink)? else { return Ok(()) };
    let polarity = answers.polarity.or(format.polarity());
    let reader = Rows { layout, knows_good: polarity == Some(Polarity::Ignore) };
    match layout.quoting {
        Quoting::Quoted => each_row(lines, layout.separator, sink, |fields| reader.row(fields)),
        Quoting::Bare { .. } => {
            let separator = char::from(layout.separator);
            each_line(lines, sink, |line| reader.row(&line.split(separator).collect::<Vec<_>>()))
        }
    }
}

/// Passes over blank lines and comments to the header; `None` if the file ends before it.
fn find_header<R: Read>(format: Format, lines: &mut Lines<R>, sink: &mut dyn FnMut(Record)) -> Result<Option<&'static Layout>, Refusal> {
    let mut buffer = Vec::new();
    while let Some(line) = lines.next(&mut buffer)? {
        let text = text(&buffer);
        if let Some(reason) = skipped(&text) {
            sink(record(line, Content::Skipped(reason)));
            continue;
        }
        let layout = Layout::of_header(&text).filter(|layout| layout.format == format && !line.too_long);
        let layout = layout.ok_or(Refusal::UnknownFormat { first_line_bytes: Some(buffer.len()) })?;
        sink(record(line, Content::Skipped(SkipReason::Header)));
        return Ok(Some(layout));
    }
    Ok(None)
}

/// The reader of rows below one header.
struct Rows {
    layout: &'static Layout,
    /// The list says that files are harmless.
    knows_good: bool,
}

impl Rows {
    fn row<S: AsRef<str>>(&self, fields: &[S]) -> Content {
        let filled = |field: &S| !field.as_ref().trim().is_empty();
        if !fields.iter().any(filled) {
            return Content::Skipped(SkipReason::Blank);
        }
        let width = self.layout.width();
        let may_be_longer = self.layout.quoting != Quoting::Quoted;
        if fields.len() < width || (!may_be_longer && fields.iter().skip(width).any(filled)) {
            let detail = format!("{} fields under {width} columns", fields.len());
            return Content::Rejected(Rejection::new(RejectReason::FieldCount, detail));
        }
        let count = if may_be_longer { fields.len() } else { width };
        self.filled_row(count, &|at| fields.get(at).map_or("", |field| field.as_ref().trim()))
    }

    fn filled_row<'row>(&self, count: usize, field: &dyn Fn(usize) -> &'row str) -> Content {
        let mut draft = Draft::default();
        let mut bad_size = false;
        for (at, name, meaning) in self.layout.fields(count) {
            let text = field(at);
            match meaning {
                _ if text.is_empty() => {}
                Field::Hash(kind) => hash(&mut draft, kind, name, text),
                Field::Key => draft.key = Some(text.to_owned()),
                Field::Size => match text.parse() {
                    Ok(size) => draft.size = Some(size),
                    Err(_) => bad_size = true,
                },
                // Malicious programs stand in these sets too. From general knowledge; such a row never makes a file known-good.
                Field::Special if self.knows_good && text.eq_ignore_ascii_case("M") => return Content::Skipped(SkipReason::SpecialM),
                Field::Special => draft.add_label(&format!("special:{text}")),
                Field::Other => {}
            }
        }
        let shifted = self.layout.format == Format::Ilook && (bad_size || !draft.rejected.is_empty());
        if shifted {
            // Real exports shift rows of devices by one column. The size could be another number then, and would hide a match.
            draft.size = None;
        } else if bad_size {
            return Content::Rejected(Rejection::new(RejectReason::BadNumber, "a size is a whole number of bytes"));
        }
        draft.into_content()
    }
}

/// Adds the hash of a column; a rejection names the column.
fn hash(draft: &mut Draft, kind: &str, column: &str, text: &str) {
    let Some(kind) = Kind::named(kind) else { return };
    // PhotoDNA is also written in base64 and as numbers; the digests of these tables are always hexadecimal.
    let encoding = if kind.name() == "photodna" { Encoding::Any } else { Encoding::Hex };
    let before = draft.rejected.len();
    draft.add_hash(Some(&kind), text, encoding, None);
    for rejection in draft.rejected.iter_mut().skip(before) {
        rejection.detail = format!("{column}: {}", rejection.detail);
    }
}
