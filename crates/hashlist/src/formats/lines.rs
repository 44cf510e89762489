//! Bytes to lines: byte order marks, UTF-16, CR LF, and the limits of a line and of a file.

use std::io::{self, BufRead, BufReader, Read};

use crate::limits;
use crate::refusal::Refusal;

/// One line of a file; its bytes are in the buffer that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// From 1.
    pub number: u64,
    /// Bytes from the start of the file to its first byte.
    pub offset: u64,
    /// Longer than the limit: the buffer holds only its beginning.
    pub too_long: bool,
}

/// The lines of a stream.
pub(crate) struct Lines<R> {
    source: BufReader<Decoded<R>>,
    limit: usize,
    number: u64,
    offset: u64,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `limit` bytes, without their ends.
    pub(crate) fn new(source: R, limit: usize) -> Self {
        Self { source: BufReader::new(Decoded::new(source)), limit, number: 0, offset: 0 }
    }

    /// The decoded bytes themselves, for formats without lines. To be called before the first line is read.
    pub(super) fn into_source(self) -> BufReader<Decoded<R>> {
        self.source
    }

    /// The limit of a line.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes read so far, line ends included.
    pub(crate) const fn bytes(&self) -> u64 {
        self.offset
    }

    /// Reads the next line into `line`, without LF or CR LF; `None` at the end.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<Line>, Refusal> {
        line.clear();
        let offset = self.offset;
        let mut too_long = false;
        loop {
            let available = self.source.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(available.len());
            // One byte more than the limit is kept, for the CR of a line that is exactly as long as allowed.
            let room = (self.limit + 1).saturating_sub(line.len());
            line.extend_from_slice(&available[..taken.min(room)]);
            too_long |= taken > room;
            let consumed = taken + usize::from(end.is_some());
            self.source.consume(consumed);
            self.offset += consumed as u64;
            if self.offset > limits::FILE_BYTES {
                return Err(Refusal::TooLarge { limit: "more than 8 GiB".to_owned() });
            }
            if end.is_some() {
                break;
            }
        }
        if self.offset == offset {
            return Ok(None);
        }
        if line.last() == Some(&b'\r') && !too_long {
            line.pop();
        }
        too_long |= line.len() > self.limit;
        self.number += 1;
        let mark = if self.number == 1 { strip_mark(line) } else { 0 };
        Ok(Some(Line { number: self.number, offset: offset + mark, too_long }))
    }
}

/// Removes a UTF-8 byte order mark; gives its length.
fn strip_mark(line: &mut Vec<u8>) -> u64 {
    if !line.starts_with(UTF8_MARK) {
        return 0;
    }
    line.drain(..UTF8_MARK.len());
    UTF8_MARK.len() as u64
}

/// The UTF-8 byte order mark.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Which of the two orders of UTF-16 a byte order mark names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16 {
    Little,
    Big,
}

impl Utf16 {
    pub(super) fn of_mark(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] => Some(Self::Big),
            _ => None,
        }
    }

    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    /// The text of whole units after the mark, in UTF-8; what is no text becomes the replacement character.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        let units = bytes.chunks_exact(2).map(|pair| self.unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

/// A reader that hands UTF-8 through and turns UTF-16 with a byte order mark into UTF-8.
pub(super) struct Decoded<R> {
    source: R,
    started: bool,
    utf16: Option<Utf16>,
    /// Bytes of the source that are not decoded yet: the first two, an odd byte, or one half of a surrogate pair.
    raw: Vec<u8>,
    /// Bytes that are ready.
    ready: Vec<u8>,
    taken: usize,
}

/// Bytes read from the source at once.
const CHUNK: u64 = 64 << 10;

impl<R: Read> Decoded<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, started: false, utf16: None, raw: Vec::new(), ready: Vec::new(), taken: 0 }
    }

    /// Looks at the first two bytes once.
    fn start(&mut self) -> io::Result<()> {
        self.started = true;
        (&mut self.source).take(2).read_to_end(&mut self.raw)?;
        self.utf16 = Utf16::of_mark(&self.raw);
        if self.utf16.is_some() {
            self.raw.clear();
        } else {
            std::mem::swap(&mut self.raw, &mut self.ready);
        }
        Ok(())
    }

    fn refill(&mut self, order: Utf16) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        let read = (&mut self.source).take(CHUNK).read_to_end(&mut self.raw)?;
        let mut whole = self.raw.len() & !1;
        // A first half of a surrogate pair waits for its second half, unless nothing follows.
        if read > 0 && whole >= 2 {
            let last = order.unit([self.raw[whole - 2], self.raw[whole - 1]]);
            whole -= if (0xd800..0xdc00).contains(&last) { 2 } else { 0 };
        }
        if read == 0 {
            whole = self.raw.len();
        }
        self.ready.extend_from_slice(order.decode(&self.raw[..whole]).as_bytes());
        self.raw.drain(..whole);
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.start()?;
        }
        if self.taken == self.ready.len() {
            match self.utf16 {
                None => return self.source.read(out),
                Some(order) => self.refill(order)?,
            }
        }
        let count = out.len().min(self.ready.len() - self.taken);
        out[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

/// The text of a line; bytes that are not UTF-8 become the replacement character, so that file names in old encodings do no harm.
pub(crate) fn text(line: &[u8]) -> std::borrow::Cow<'_, str> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a hash is ASCII or rejected by the normaliser; what is hidden is part of a file name, which is never taken"
    )]
    String::from_utf8_lossy(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], limit: usize) -> Vec<(Line, Vec<u8>)> {
        let mut lines = Lines::new(bytes, limit);
        let mut buffer = Vec::new();
        let mut found = Vec::new();
        while let Some(line) = lines.next(&mut buffer).unwrap() {
            found.push((line, buffer.clone()));
        }
        found
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        all(bytes, 100).into_iter().map(|(_, text)| String::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn line_ends_marks_and_a_missing_last_end_do_not_matter() {
        assert_eq!(texts(b"a\nb\n"), ["a", "b"], "LF");
        assert_eq!(texts(b"\xef\xbb\xbfa\r\n\r\nb"), ["a", "", "b"], "a mark, CR LF, an empty line, no last end");
        assert_eq!(texts(b""), [""; 0], "nothing");
        let offsets: Vec<u64> = all(b"\xef\xbb\xbfa\r\nb", 9).iter().map(|(line, _)| line.offset).collect();
        assert_eq!(offsets, [3, 6], "offsets count the mark and the line ends");
    }

    #[test]
    fn utf16_reads_like_utf8_in_both_orders() {
        let words = "a \u{1f600}\r\nb\u{e9}";
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(words.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(words.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(texts(&little), ["a \u{1f600}", "b\u{e9}"], "little-endian");
        assert_eq!(texts(&big), ["a \u{1f600}", "b\u{e9}"], "big-endian");
        assert_eq!(texts(&little[..little.len() - 1]), ["a \u{1f600}", "b"], "an odd last byte is no text");
    }

    #[test]
    fn a_surrogate_pair_may_lie_across_two_chunks() {
        for padding in 0..3 {
            let words = format!("{}{}", "a".repeat(CHUNK as usize / 2 - 2 + padding), "\u{1f600}".repeat(3));
            let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(words.encode_utf16().flat_map(u16::to_le_bytes)).collect();
            let lines = all(&bytes, usize::MAX / 2);
            assert_eq!(lines[0].1, words.as_bytes(), "padding {padding}");
        }
    }

    #[test]
    fn a_line_at_the_limit_is_whole_and_one_beyond_is_too_long() {
        for end in ["", "\n", "\r\n"] {
            let lines = all(format!("abcd{end}").as_bytes(), 4);
            assert_eq!((lines[0].0.too_long, lines[0].1.as_slice()), (false, b"abcd".as_slice()), "four bytes and {end:?}");
            let lines = all(format!("abcde{end}").as_bytes(), 4);
            assert!(lines[0].0.too_long, "five bytes and {end:?}");
        }
        assert_eq!(all(b"abcdefgh\nxy\n", 4)[1].1, b"xy", "the next line is read from its beginning");
    }
}
