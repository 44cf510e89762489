//! `csv`: rows under a header that names the columns. One row in memory, within the limit of a record.

use std::collections::VecDeque;
use std::io::Read;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use fingerprint::signal::Quality;

use super::columns::{Column, columns_of, refuse_too_many};
use super::draft::{Draft, cut};
use super::lines::{Line, Lines, text};
use super::text::{record, too_long};
use super::{Answers, Content, Mapping, Record, time};
use crate::entry::{Harm, Media, Status};
use crate::kinds::{Kind, names_video};
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;

/// Reads the header and every row below it.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let Some(Head { separator, columns, first_row }) = find_header(lines, answers.mapping.as_ref(), sink)? else { return Ok(()) };
    rows_from(lines, first_row, separator, sink, |fields| row(&columns, fields))
}

/// What the first line that counts says.
struct Head {
    separator: u8,
    columns: Vec<Column>,
    /// The line itself, where it is a row and no header.
    first_row: Option<(Line, Vec<u8>)>,
}

/// Skips comments and blank lines up to the header; `None` if the file ends before it. A first line without names of columns is a row, if the
/// operator said what its columns are.
fn find_header<R: Read>(lines: &mut Lines<R>, mapping: Option<&Mapping>, sink: &mut dyn FnMut(Record)) -> Result<Option<Head>, Refusal> {
    let mut buffer = Vec::new();
    while let Some(line) = lines.next(&mut buffer)? {
        let text = text(&buffer);
        let skip = match text.trim_start() {
            "" => SkipReason::Blank,
            comment if comment.starts_with('#') => SkipReason::Comment,
            _ => {
                let found = columns_of(&text, mapping).filter(|_| !line.too_long);
                let (separator, columns, is_header) = found.ok_or(Refusal::UnknownFormat { first_line_bytes: Some(buffer.len()) })?;
                refuse_too_many(&columns)?;
                if is_header {
                    sink(record(line, Content::Skipped(SkipReason::Header)));
                }
                let first_row = (!is_header).then(|| (line, buffer.clone()));
                return Ok(Some(Head { separator, columns, first_row }));
            }
        };
        sink(record(line, Content::Skipped(skip)));
    }
    Ok(None)
}

/// Hands each row to `read`, which gets its fields. A row may span lines inside quotes, up to the limit of a record.
///
/// A row whose quote does not end is rejected, and reading goes on with its second line: one lost quote must not eat the rest of the file.
pub(super) fn each_row<R: Read>(
    lines: &mut Lines<R>,
    separator: u8,
    sink: &mut dyn FnMut(Record),
    read: impl FnMut(&[String]) -> Content,
) -> Result<(), Refusal> {
    rows_from(lines, None, separator, sink, read)
}

/// [`each_row`], with a first line that was read already.
fn rows_from<R: Read>(
    lines: &mut Lines<R>,
    first: Option<(Line, Vec<u8>)>,
    separator: u8,
    sink: &mut dyn FnMut(Record),
    mut read: impl FnMut(&[String]) -> Content,
) -> Result<(), Refusal> {
    let mut rows = Rows::new(separator);
    let mut source = RowLines { lines, first, again: VecDeque::new() };
    while let Some((first, bytes, is_again)) = source.next()? {
        let content = if first.too_long {
            too_long(source.lines.limit())
        } else if rows.begin(&bytes) || (!is_again && source.complete(&mut rows, bytes.len())?) {
            read(rows.fields())
        } else {
            Content::Rejected(Rejection::new(RejectReason::BadRecord, "a quote that does not end"))
        };
        sink(record(first, content));
    }
    Ok(())
}

/// Lines of rows, with those that were taken for the inside of a quote that then did not end: they are read again, one by one.
///
/// A line that is read again cannot take further lines with it, so each line is read twice at most, whatever the file holds.
struct RowLines<'lines, R> {
    lines: &'lines mut Lines<R>,
    first: Option<(Line, Vec<u8>)>,
    again: VecDeque<(Line, Vec<u8>)>,
}

impl<R: Read> RowLines<'_, R> {
    /// The next line, and whether it is read again.
    fn next(&mut self) -> Result<Option<(Line, Vec<u8>, bool)>, Refusal> {
        if let Some((line, bytes)) = self.first.take() {
            return Ok(Some((line, bytes, false)));
        }
        if let Some((line, bytes)) = self.again.pop_front() {
            return Ok(Some((line, bytes, true)));
        }
        let mut buffer = Vec::new();
        Ok(self.lines.next(&mut buffer)?.map(|line| (line, buffer, false)))
    }

    /// Feeds further lines to a row of `length` bytes so far; whether it came to its end within the limit of a record.
    fn complete(&mut self, rows: &mut Rows, mut length: usize) -> Result<bool, Refusal> {
        let mut taken = VecDeque::new();
        while let Some((line, bytes, _)) = self.next()? {
            length += bytes.len() + 1;
            let fits = length <= self.lines.limit() && !line.too_long;
            if fits && rows.go_on(&bytes) {
                return Ok(true);
            }
            taken.push_back((line, bytes));
            if !fits {
                break;
            }
        }
        self.again = taken;
        Ok(false)
    }
}

/// Splits rows into fields by RFC 4180.
struct Rows {
    reader: Reader,
    bytes: Vec<u8>,
    used: usize,
    ends: Vec<usize>,
    count: usize,
    fields: Vec<String>,
}

impl Rows {
    fn new(separator: u8) -> Self {
        // Line ends were settled by `Lines`; a lone CR inside a row must not end it and lose the rest.
        let reader = ReaderBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).build();
        Self { reader, bytes: vec![0; 1024], used: 0, ends: vec![0; 32], count: 0, fields: Vec::new() }
    }

    /// Begins a row with its first line (without its end); whether the row is complete.
    fn begin(&mut self, line: &[u8]) -> bool {
        self.reader.reset();
        self.used = 0;
        self.count = 0;
        // The reader passes over empty lines without a record.
        if line.is_empty() {
            self.fields.clear();
            return true;
        }
        self.go_on(line)
    }

    fn go_on(&mut self, line: &[u8]) -> bool {
        self.feed(line) || self.feed(b"\n")
    }

    fn feed(&mut self, mut input: &[u8]) -> bool {
        while !input.is_empty() {
            let (result, read, written, ended) = self.reader.read_record(input, &mut self.bytes[self.used..], &mut self.ends[self.count..]);
            input = &input[read..];
            self.used += written;
            self.count += ended;
            match result {
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => {
                    self.collect();
                    return true;
                }
            }
        }
        false
    }

    fn collect(&mut self) {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(self.ends.iter().copied()).take(self.count);
        self.fields = spans.map(|(start, end)| text(self.bytes.get(start..end).unwrap_or_default()).into_owned()).collect();
    }

    fn fields(&self) -> &[String] {
        &self.fields
    }
}

/// The fields of a line that is one whole row, or `None` if a quote stays open.
pub(super) fn split_line(line: &str, separator: u8) -> Option<Vec<String>> {
    let mut rows = Rows::new(separator);
    rows.begin(line.as_bytes()).then_some(rows.fields)
}

fn row(columns: &[Column], fields: &[String]) -> Content {
    if fields.iter().all(|field| field.trim().is_empty()) {
        return Content::Skipped(SkipReason::Blank);
    }
    let extra_is_empty = fields.iter().skip(columns.len()).all(|field| field.trim().is_empty());
    if fields.len() < columns.len() || !extra_is_empty {
        let detail = format!("{} fields under {} columns", fields.len(), columns.len());
        return Content::Rejected(Rejection::new(RejectReason::FieldCount, detail));
    }
    let filled = columns.iter().zip(fields.iter().map(|field| field.trim())).filter(|(_, field)| !field.is_empty());
    filled_row(&filled.collect::<Vec<_>>())
}

/// The content of a row, from its columns that hold something.
pub(super) fn filled_row(filled: &[(&Column, &str)]) -> Content {
    if filled.is_empty() {
        return Content::Skipped(SkipReason::Blank);
    }
    let stated_type = filled.iter().find(|(column, _)| **column == Column::Type).map(|(_, field)| *field);
    let mut draft = Draft::default();
    for (column, field) in filled.iter().copied() {
        if let Err(rejection) = take(&mut draft, column, field, stated_type) {
            return Content::Rejected(rejection);
        }
    }
    draft.into_content()
}

/// Takes one field into the draft. An error rejects the row; an unusable hash is only noted in the draft.
fn take(draft: &mut Draft, column: &Column, field: &str, stated_type: Option<&str>) -> Result<(), Rejection> {
    match column {
        Column::Hash { kind, video } => {
            draft.add_hash(Some(kind), field, Encoding::Any, None);
            draft.media = video.then_some(Media::Video).or(draft.media);
        }
        Column::UntypedHash => typed_hash(draft, field, stated_type),
        Column::Quality => draft.quality = Some(quality(field)?),
        Column::Size => draft.size = Some(number(field)?),
        Column::Labels => field.split([';', '|']).for_each(|label| draft.add_label(label)),
        Column::Category => draft.add_label(&format!("category:{field}")),
        Column::Key => draft.key = Some(field.to_owned()),
        // A word that is no status leaves the operator's trust in place.
        Column::Status => draft.status = Status::from_wire(field),
        Column::Added => draft.added = Some(moment(field)?),
        Column::Updated => draft.updated = Some(moment(field)?),
        Column::Expires => draft.expires = Some(moment(field)?),
        Column::Source => draft.source = Some(cut(field, limits::LABEL_BYTES).to_owned()),
        Column::Harm => draft.harm = Some(Harm::from_wire(field)),
        Column::Deleted => draft.withdrawn = is_true(field),
        Column::Type | Column::Ignored => {}
    }
    Ok(())
}

fn typed_hash(draft: &mut Draft, field: &str, stated_type: Option<&str>) {
    let Some(name) = stated_type else { return draft.add_hash(None, field, Encoding::Any, None) };
    match Kind::named(name) {
        Some(kind) => {
            draft.add_hash(Some(&kind), field, Encoding::Any, None);
            draft.media = names_video(name).then_some(Media::Video).or(draft.media);
        }
        None => draft.rejected.push(Rejection::new(RejectReason::UnknownKind, "the type column names no known kind")),
    }
}

fn quality(field: &str) -> Result<Quality, Rejection> {
    let number: Option<u8> = field.parse().ok().filter(|number| *number <= 100);
    number.map(Quality::new).ok_or_else(|| Rejection::new(RejectReason::BadNumber, "a quality is a number from 0 to 100"))
}

fn number(field: &str) -> Result<u64, Rejection> {
    field.parse().map_err(|_| Rejection::new(RejectReason::BadNumber, "a size is a whole number of bytes"))
}

fn moment(field: &str) -> Result<i64, Rejection> {
    time::millis(field).ok_or_else(|| Rejection::new(RejectReason::BadTime, "a time is ISO 8601, or seconds since 1970"))
}

fn is_true(field: &str) -> bool {
    matches!(field.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "y" | "t")
}
