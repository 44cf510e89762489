//! Room for what does not fit into memory while an index is built. This crate opens no file, so whoever builds hands the room in.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// A temporary stream: read, written and positioned by one owner, and gone when it is dropped.
pub trait ScratchStream: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> ScratchStream for T {}

/// Where temporary streams come from. What is written there holds signals of lists, so it belongs below the home, for nobody else to read.
pub trait Scratch {
    /// A new, empty stream. A builder asks for at most seven.
    ///
    /// # Errors
    /// Those of the place, such as a full disk; they end the build.
    fn stream(&mut self) -> io::Result<Box<dyn ScratchStream>>;
}

/// Scratch room in memory: for small lists and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryScratch;

impl Scratch for MemoryScratch {
    fn stream(&mut self) -> io::Result<Box<dyn ScratchStream>> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }
}

/// Bytes that are appended and later read back at any place; the beginning goes to a scratch stream when there are many.
#[derive(Default)]
pub(super) struct Spool {
    stream: Option<Box<dyn ScratchStream>>,
    /// Bytes in the stream.
    written: u64,
    /// What follows them.
    tail: Vec<u8>,
}

/// Bytes that stay in memory before a stream is asked for, and bytes of one write: 1 MiB.
const TAIL_BYTES: usize = 1 << 20;

impl Spool {
    /// Number of bytes so far.
    pub(super) fn len(&self) -> u64 {
        self.written + self.tail.len() as u64
    }

    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8], scratch: &mut dyn Scratch) -> io::Result<()> {
        self.tail.extend_from_slice(bytes);
        if self.tail.len() < TAIL_BYTES {
            return Ok(());
        }
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(scratch.stream()?),
        };
        stream.seek(SeekFrom::Start(self.written))?;
        stream.write_all(&self.tail)?;
        self.written += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Fills `into` with the bytes from `at` on.
    ///
    /// # Errors
    /// `UnexpectedEof` beyond the end; those of the stream.
    pub(super) fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let in_stream = usize::try_from(self.written.saturating_sub(at)).unwrap_or(usize::MAX).min(into.len());
        let (first, rest) = into.split_at_mut(in_stream);
        if let (Some(stream), false) = (&mut self.stream, first.is_empty()) {
            stream.seek(SeekFrom::Start(at))?;
            stream.read_exact(first)?;
        }
        let start = usize::try_from((at + in_stream as u64).saturating_sub(self.written)).map_err(io::Error::other)?;
        let tail = self.tail.get(start..).and_then(|tail| tail.get(..rest.len()));
        rest.copy_from_slice(tail.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    /// Hands all bytes to `take`, in pieces whose lengths are multiples of `record` (the last one too, if the whole is).
    pub(super) fn replay<E: From<io::Error>>(&mut self, record: usize, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let piece = (TAIL_BYTES / record).max(1) * record;
        let mut block = vec![0; piece];
        let mut at = 0;
        while at < self.len() {
            let length = usize::try_from(self.len() - at).unwrap_or(usize::MAX).min(piece);
            self.read_at(at, &mut block[..length])?;
            take(&block[..length])?;
            at += length as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_read_back_across_the_border_of_stream_and_memory() {
        let mut spool = Spool::default();
        let all: Vec<u8> = (0..TAIL_BYTES as u32 * 2 + 5000).map(|at| (at % 251) as u8).collect();
        for piece in all.chunks(777) {
            spool.push(piece, &mut MemoryScratch).unwrap();
        }
        assert!(spool.written > 0 && !spool.tail.is_empty(), "both parts are used");
        let border = spool.written as usize;
        for at in [0, 1, border - 500, border - 1, border, border + 1] {
            let mut block = [0; 600];
            spool.read_at(at as u64, &mut block).unwrap();
            assert_eq!(block, all[at..at + 600], "at {at}");
        }
        assert!(spool.read_at(all.len() as u64 - 1, &mut [0; 2]).is_err(), "beyond the end");
        let mut again = Vec::new();
        spool
            .replay::<io::Error>(7, |piece| {
                again.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        assert_eq!(again, all, "the whole");
    }
}
