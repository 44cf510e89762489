//! Writing an index: sections one after the other, a sum for each page, and the head at the end.

use std::io::{self, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

use super::layout::{ALIGNMENT, DIGEST_AT, HEAD_BYTES, MAGIC, PAGE_BYTES, SECTIONS, SUM_BYTES, SUMS_AT, Section, TABLE_ROW_BYTES, VERSION};

/// An index on its way out.
pub(super) struct Output<W: Write + Seek> {
    out: W,
    /// Where the file begins in the stream.
    base: u64,
    /// Bytes so far, the first page included.
    length: u64,
    /// What is to be summed and written next; from the beginning of a page on.
    block: Vec<u8>,
    sums: Vec<[u8; SUM_BYTES]>,
    table: [(u32, u64, u64); SECTIONS],
}

/// Bytes of one write: 1 MiB, a whole number of pages.
const BLOCK_BYTES: usize = 256 * PAGE_BYTES;

impl<W: Write + Seek> Output<W> {
    /// Begins a file at the place where the stream stands.
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        let base = out.stream_position()?;
        out.write_all(&[0; PAGE_BYTES])?;
        Ok(Self { out, base, length: PAGE_BYTES as u64, block: Vec::new(), sums: Vec::new(), table: [(0, 0, 0); SECTIONS] })
    }

    /// Begins a section of records of `record` bytes, at a multiple of the alignment.
    pub(super) fn begin(&mut self, section: Section, record: usize) -> io::Result<()> {
        self.align()?;
        self.table[section.position()] = (record as u32, self.length, 0);
        Ok(())
    }

    /// Ends the section that was begun last: it gets its number of records.
    pub(super) fn end(&mut self, section: Section) {
        let length = self.length;
        let (record, start, count) = &mut self.table[section.position()];
        *count = (length - *start) / u64::from(*record);
    }

    /// A whole section from memory.
    pub(super) fn section(&mut self, section: Section, record: usize, content: &[u8]) -> io::Result<()> {
        self.begin(section, record)?;
        self.write(content)?;
        self.end(section);
        Ok(())
    }

    /// Zeros up to the next multiple of the alignment.
    pub(super) fn align(&mut self) -> io::Result<()> {
        let past = (self.length % ALIGNMENT as u64) as usize;
        if past > 0 { self.write(&[0; ALIGNMENT][past..]) } else { Ok(()) }
    }

    /// Appends bytes to the section.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at((BLOCK_BYTES - self.block.len()).min(bytes.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK_BYTES {
                self.end_block()?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.sums.extend(self.block.chunks(PAGE_BYTES).map(sum));
        self.out.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }

    /// Fills the last page, writes the sums, and the head last: a file that was not finished has none.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let whole = self.block.len().next_multiple_of(PAGE_BYTES);
        self.length += (whole - self.block.len()) as u64;
        self.block.resize(whole, 0);
        self.end_block()?;
        let sums = self.sums.as_flattened();
        self.out.write_all(sums)?;
        let mut first = first_page(&self.table, self.length, self.length + sums.len() as u64);
        let digest = digest(&first, sums);
        first[DIGEST_AT..SUMS_AT].copy_from_slice(&digest);
        self.out.seek(SeekFrom::Start(self.base))?;
        self.out.write_all(&first)?;
        self.out.flush()
    }
}

fn first_page(table: &[(u32, u64, u64); SECTIONS], sums_at: u64, file_length: u64) -> [u8; PAGE_BYTES] {
    let mut page = [0; PAGE_BYTES];
    page[..8].copy_from_slice(&MAGIC);
    page[8..12].copy_from_slice(&VERSION.to_le_bytes());
    page[12..16].copy_from_slice(&(SECTIONS as u32).to_le_bytes());
    page[16..24].copy_from_slice(&file_length.to_le_bytes());
    page[SUMS_AT..HEAD_BYTES].copy_from_slice(&sums_at.to_le_bytes());
    let rows = page[HEAD_BYTES..].chunks_exact_mut(TABLE_ROW_BYTES);
    for ((row, number), (record, start, count)) in rows.zip(1u32..).zip(table) {
        row[..4].copy_from_slice(&number.to_le_bytes());
        row[4..8].copy_from_slice(&record.to_le_bytes());
        row[8..16].copy_from_slice(&start.to_le_bytes());
        row[16..24].copy_from_slice(&count.to_le_bytes());
    }
    page
}

/// The digest in the head: over the first page without its own place, then the sums.
pub(super) fn digest(first_page: &[u8; PAGE_BYTES], sums: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(&first_page[..DIGEST_AT]);
    hasher.update(&first_page[SUMS_AT..]);
    hasher.update(sums);
    hasher.finalize().into()
}

/// The sum of a page.
pub(super) fn sum(page: &[u8]) -> [u8; SUM_BYTES] {
    let digest = Sha256::digest(page);
    let mut sum = [0; SUM_BYTES];
    sum.copy_from_slice(&digest[..SUM_BYTES]);
    sum
}
