//! Bytes of an index that were proven to be those that were written: every page is compared with its sum when it is first touched.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::layout::{DIGEST_AT, HEAD_BYTES, MAGIC, PAGE_BYTES, SUM_BYTES, SUMS_AT, VERSION, u32_at, u64_at};
use super::output::{digest, sum};

/// Why bytes are no usable index. The engine compiles the index again from the kept original.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// It does not begin like an index.
    #[error("this is not a compiled index")]
    NotAnIndex,
    /// A layout of another version of the program.
    #[error("the index has layout version {found}; this program reads {VERSION}")]
    OtherVersion {
        /// The version in the file.
        found: u32,
    },
    /// Cut off, or longer than it says.
    #[error("the index is {actual} bytes long and says {stated}")]
    Length {
        /// The length in its head.
        stated: u64,
        /// The length of the bytes.
        actual: u64,
    },
    /// The content does not have the digest in the head, or a page not its sum.
    #[error("the content of the index was changed")]
    Content,
    /// A section lies where it cannot lie, or a number points where nothing can be.
    #[error("the table of the index is damaged")]
    Table,
}

/// The bytes of an index, and which of its pages are proven.
#[derive(Debug)]
pub(super) struct Pages<B> {
    bytes: B,
    /// Where the sums begin, which is where the pages end.
    sums_at: usize,
    /// One bit a page. Two threads may prove the same page at once; both then set the same bit, and nothing else depends on the order.
    proven: Vec<AtomicU64>,
}

impl<B: AsRef<[u8]>> Pages<B> {
    /// Checks head, length, the digest of the first page and of all sums; no other page is touched.
    pub(super) fn open(bytes: B) -> Result<Self, Damaged> {
        let file = bytes.as_ref();
        let head = file.get(..HEAD_BYTES).ok_or(Damaged::NotAnIndex)?;
        if head[..8] != MAGIC {
            return Err(Damaged::NotAnIndex);
        }
        let found = u32_at(head, 8).ok_or(Damaged::NotAnIndex)?;
        if found != VERSION {
            return Err(Damaged::OtherVersion { found });
        }
        let (stated, actual) = (u64_at(head, 16).unwrap_or_default(), file.len() as u64);
        if stated != actual {
            return Err(Damaged::Length { stated, actual });
        }
        let sums_at = u64_at(head, SUMS_AT).and_then(|at| usize::try_from(at).ok()).ok_or(Damaged::Table)?;
        let sums = file.get(sums_at..).ok_or(Damaged::Table)?;
        let first = file.first_chunk::<PAGE_BYTES>().ok_or(Damaged::Content)?;
        if head[DIGEST_AT..SUMS_AT] != digest(first, sums) {
            return Err(Damaged::Content);
        }
        let pages = sums.len() / SUM_BYTES + 1;
        if pages.checked_mul(PAGE_BYTES) != Some(sums_at) || !sums.len().is_multiple_of(SUM_BYTES) {
            return Err(Damaged::Table);
        }
        let proven: Vec<AtomicU64> = (0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { bytes, sums_at, proven })
    }

    /// The first page, whose digest was checked.
    pub(super) fn first(&self) -> &[u8] {
        self.bytes.as_ref().get(..PAGE_BYTES).unwrap_or_default()
    }

    /// Where the last page ends.
    pub(super) fn end(&self) -> usize {
        self.sums_at
    }

    /// These bytes, proven.
    ///
    /// # Errors
    /// [`Damaged::Content`] if a page that they touch was changed, [`Damaged::Table`] beyond the last page.
    #[inline(always)]
    pub(super) fn get(&self, range: Range<usize>) -> Result<&[u8], Damaged> {
        if range.end > self.sums_at || range.start > range.end {
            return Err(Damaged::Table);
        }
        let (first, end) = (range.start / PAGE_BYTES, range.end.div_ceil(PAGE_BYTES));
        for page in first..end {
            let known = self.proven.get(page / 64).is_some_and(|bits| bits.load(Ordering::Relaxed) >> (page % 64) & 1 == 1);
            if !known {
                self.prove(page)?;
            }
        }
        self.bytes.as_ref().get(range).ok_or(Damaged::Table)
    }

    /// The next `N` bytes, unproven: for reading past what counts without a branch. What they say must not reach an answer.
    #[inline(always)]
    pub(super) fn unproven<const N: usize>(&self, at: usize) -> Option<&[u8; N]> {
        self.bytes.as_ref().get(at..)?.first_chunk()
    }

    /// As [`Pages::unproven`], a number of bytes that is known only now.
    #[inline(always)]
    pub(super) fn unproven_slice(&self, at: usize, length: usize) -> Option<&[u8]> {
        self.bytes.as_ref().get(at..)?.get(..length)
    }

    /// Proves every page.
    pub(super) fn prove_all(&self) -> Result<(), Damaged> {
        (1..self.sums_at / PAGE_BYTES).try_for_each(|page| self.prove(page))
    }

    #[cold]
    fn prove(&self, page: usize) -> Result<(), Damaged> {
        // The first page has no sum: its digest was checked at opening.
        let sum_at = self.sums_at + page.saturating_sub(1) * SUM_BYTES;
        let file = self.bytes.as_ref();
        let (Some(content), Some(wanted)) = (file.get(page * PAGE_BYTES..(page + 1) * PAGE_BYTES), file.get(sum_at..sum_at + SUM_BYTES))
        else {
            return Err(Damaged::Table);
        };
        if page > 0 && sum(content) != *wanted {
            return Err(Damaged::Content);
        }
        if let Some(bits) = self.proven.get(page / 64) {
            bits.fetch_or(1 << (page % 64), Ordering::Relaxed);
        }
        Ok(())
    }
}
