//! A signed list file as a stream: lines, header, records. The first broken rule ends it.

use std::io::{BufRead, BufReader, Read};

use super::header::{FileKind, Header};
use super::problem::Problem;
use super::record::{self, NotARecord, Operation, Withdrawal};
use crate::formats::{About, Content, Draft, Page, Record, Summary};
use crate::limits;
use crate::outcome::SkipReason;
use crate::refusal::Refusal;

/// One file, whose header was read.
pub(super) struct Reader<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    /// Number of the last line, from 1.
    number: u64,
    /// Bytes before the last line, and after it.
    offset: u64,
    end: u64,
    pub(super) header: Header,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub(super) fn open(source: R) -> Result<Self, Refusal> {
        let mut line = Vec::new();
        let mut source = BufReader::new(source);
        let end = next_line(&mut source, &mut line, 1)?;
        if line.is_empty() {
            return Err(Refusal::EmptyFile);
        }
        let header = Header::read(without_end(&line))?;
        Ok(Self { source, line, number: 1, offset: 0, end, header })
    }

    /// The next record with its place, or `None` at the end, where the number of records is checked.
    pub(super) fn next(&mut self) -> Result<Option<(Operation, u64, u64)>, Refusal> {
        self.number += 1;
        self.offset = self.end;
        self.line.clear();
        self.end += next_line(&mut self.source, &mut self.line, self.number)?;
        let found = self.number - 1;
        if self.line.is_empty() {
            return if found - 1 == self.header.count { Ok(None) } else { Err(self.wrong_count(found - 1)) };
        }
        if self.end > limits::FILE_BYTES {
            return Err(Refusal::TooLarge { limit: "more than 8 GiB".to_owned() });
        }
        let operation = record::read(without_end(&self.line), &self.header.labels).map_err(|why| self.not_a_record(&why))?;
        // Said before the end of the file is known: a file may be endless.
        if found > self.header.count {
            return Err(self.wrong_count(found));
        }
        Ok(Some((operation, self.number, self.offset)))
    }

    /// Bytes read so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.end
    }

    fn wrong_count(&self, found: u64) -> Refusal {
        Problem::CountMismatch { stated: self.header.count, found }.into()
    }

    fn not_a_record(&self, why: &NotARecord) -> Refusal {
        let line = self.number;
        match why {
            NotARecord::SecondHeader => Problem::SecondHeader { line },
            NotARecord::Bad(why) => Problem::BadRecord { line, why },
        }
        .into()
    }
}

/// Reads one line with its LF into `line`; gives the number of bytes, 0 at the end.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>, number: u64) -> Result<u64, Refusal> {
    let read = source.take(limits::SHL_LINE_BYTES as u64).read_until(b'\n', line)?;
    if read == 0 || line.ends_with(b"\n") {
        return Ok(read as u64);
    }
    if read < limits::SHL_LINE_BYTES { Err(Refusal::EndsEarly) } else { Err(Problem::LineTooLong { line: number }.into()) }
}

/// The line without LF. A CR before it stays and is no part of any record: JSON would pass over it as white space, so it is made visible.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if line.ends_with(b"\r") { b"" } else { line }
}

/// Hands the records of a snapshot over like the other formats do. The header counts as a skipped record.
///
/// # Errors
/// A [`Refusal`] at the first broken rule: a signed list is taken whole or not at all. `base_mismatch` for a delta, which says nothing alone.
pub(crate) fn parse(source: impl Read, sink: &mut dyn FnMut(Record)) -> Result<Summary, Refusal> {
    let mut reader = Reader::open(source)?;
    if let FileKind::Delta { base_seq } = reader.header.kind {
        return Err(Problem::BaseMismatch { base_seq, current: None }.into());
    }
    sink(Record { number: 1, offset: 0, content: Content::Skipped(SkipReason::Header) });
    let mut records = 1;
    while let Some((operation, number, offset)) = reader.next()? {
        records += 1;
        sink(Record { number, offset, content: Content::Draft(draft(operation)) });
    }
    Ok(Summary { records, bytes: reader.bytes(), page: Page::default(), about: About::default() })
}

/// A record in the form that all formats share.
pub(super) fn draft(operation: Operation) -> Box<Draft> {
    match operation {
        Operation::Add(draft) => draft,
        Operation::Del(Withdrawal { id, reason, .. }) => {
            Box::new(Draft { key: Some(id), withdrawn: true, reason: Some(reason), ..Draft::default() })
        }
    }
}
