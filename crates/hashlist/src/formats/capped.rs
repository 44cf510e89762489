//! A reader for the formats that are no lines: counts bytes, and stops at the limit of a file and at the limit of one piece.

use std::io::{self, BufRead, BufReader, Read};

use super::lines::Decoded;
use crate::limits;
use crate::refusal::Refusal;

/// A buffered reader with two limits. Beyond one, reading fails with an error that carries the refusal (`Refusal: From<io::Error>`).
///
/// The limit of a piece bounds what a parser above can buffer while it looks for an end that never comes. It is checked once a block, so a
/// piece may be up to [`BLOCK`] bytes longer before reading fails.
pub(super) struct Capped<R> {
    source: BufReader<R>,
    total: u64,
    piece: u64,
    most_a_piece: u64,
}

/// Bytes read from the source at once.
const BLOCK: usize = 64 << 10;

impl<R: Read> Capped<R> {
    /// Bytes as they are, without a limit of pieces.
    pub(super) fn bytes(source: R) -> Self {
        Self { source: BufReader::with_capacity(BLOCK, source), total: 0, piece: 0, most_a_piece: u64::MAX }
    }

    /// Bytes read so far.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// Begins the next piece.
    pub(super) const fn next_piece(&mut self) {
        self.piece = 0;
    }
}

impl<R: Read> Capped<Decoded<R>> {
    /// Text: UTF-16 with a byte order mark is decoded; at most `most_a_piece` bytes between two calls of [`Capped::next_piece`].
    pub(super) fn text(source: R, most_a_piece: u64) -> Self {
        Self { source: BufReader::with_capacity(BLOCK, Decoded::new(source)), total: 0, piece: 0, most_a_piece }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Capped<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.total > limits::FILE_BYTES {
            return Err(refused("more than 8 GiB".to_owned()));
        }
        if self.piece > self.most_a_piece {
            return Err(refused(format!("one element or text of more than {} bytes", self.most_a_piece)));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.total += count as u64;
        self.piece += count as u64;
        self.source.consume(count);
    }
}

fn refused(limit: String) -> io::Error {
    io::Error::other(Refusal::TooLarge { limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_without_an_end_fails_with_its_refusal() {
        let endless = io::repeat(b'x');
        let mut reader = Capped::text(endless, 1 << 20);
        let failed = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        assert_eq!(Refusal::from(failed).code(), "too_large", "the refusal travels through the error");
        assert!(reader.total() <= (1 << 20) + BLOCK as u64, "at most one block beyond the limit");
    }

    #[test]
    fn pieces_within_the_limit_are_not_limited_in_number() {
        let mut reader = Capped::text(io::repeat(b'x').take(1000), 10);
        let mut block = [0; 10];
        let mut read = 0;
        while let Ok(count @ 1..) = reader.read(&mut block) {
            read += count;
            reader.next_piece();
        }
        assert_eq!((read, reader.total()), (1000, 1000), "every byte");
    }
}
