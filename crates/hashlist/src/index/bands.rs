//! The PDQ part of an index being built: distinct values in order, their entries, and a table for each band.
//!
//! Memory is bounded whatever the number of values: tables are filled a few at a time, from values that are read again for each few.

use std::io::{Seek, Write};

use super::layout::{MOST_BANDS, Section};
use super::output::Output;
use super::plan::{Band, Ring, VALUE_BYTES, bands};
use super::postings::{MARGIN, UNIT, bits_at, record_bytes, slot_pages};
use super::scratch::{Scratch, Spool};
use super::sort::Sorter;
use super::{BuildError, TooLarge};

/// Set in the word of a slot that several entries share, while an index is built.
pub(super) const SHARED: u32 = 1 << 31;

/// Bytes for tables that are filled at once: 160 MiB. More saves passes over the values, less saves memory.
const AT_ONCE_BYTES: usize = 160 << 20;

/// Words of slots have three bytes up to here, else four.
const THREE_BYTES: u64 = 1 << 24;

/// Writes all PDQ sections from records of sheared value and entry number (big-endian).
pub(super) fn write(
    sorter: Sorter<{ VALUE_BYTES + 4 }>,
    entries: u32,
    scratch: &mut dyn Scratch,
    out: &mut Output<impl Write + Seek>,
) -> Result<(), BuildError> {
    let mut slots = Slots::default();
    // The values go out as they come and stay in scratch room too, because what is written cannot be read again here.
    let mut values = Spool::default();
    out.begin(Section::PdqValues, VALUE_BYTES)?;
    sorter.finish(scratch)?.each::<BuildError>(|record| {
        let (value, number) = record.split_at(VALUE_BYTES);
        let number = number.first_chunk().map_or(0, |number| u32::from_be_bytes(*number));
        if slots.push(value, number)? {
            out.write(value)?;
            values.push(value, scratch)?;
        }
        Ok(())
    })?;
    out.end(Section::PdqValues);
    let count = slots.words.len();
    slots.write(entries, out)?;
    write_tables(count, &mut values, out)
}

/// The entries of each slot while values arrive in order.
#[derive(Default)]
struct Slots {
    last: [u8; VALUE_BYTES],
    /// The word of each slot.
    words: Vec<u32>,
    /// The lists of shared slots, each with its length in front.
    shared: Vec<u32>,
}

impl Slots {
    /// Takes one entry of a value; whether the value is new.
    fn push(&mut self, value: &[u8], number: u32) -> Result<bool, TooLarge> {
        if number & SHARED != 0 {
            return Err(TooLarge);
        }
        match self.words.last_mut() {
            Some(word) if self.last == value => {
                if *word & SHARED == 0 {
                    let at = u32::try_from(self.shared.len()).ok().filter(|at| at & SHARED == 0).ok_or(TooLarge)?;
                    self.shared.extend([1, *word]);
                    *word = SHARED | at;
                }
                if let Some(length) = self.shared.get_mut((*word & !SHARED) as usize) {
                    *length += 1;
                }
                self.shared.push(number);
                Ok(false)
            }
            _ => {
                self.last.copy_from_slice(value);
                self.words.push(number);
                Ok(true)
            }
        }
    }

    fn write(self, entries: u32, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
        let end = u64::from(entries) + self.shared.len() as u64;
        let width = if end <= THREE_BYTES { 3 } else { 4 };
        out.begin(Section::PdqSlots, width)?;
        for word in self.words {
            let word = if word & SHARED == 0 { Some(word) } else { entries.checked_add(word & !SHARED) };
            out.write(&word.ok_or(TooLarge)?.to_le_bytes()[..width])?;
        }
        out.end(Section::PdqSlots);
        out.begin(Section::PdqShared, 4)?;
        self.shared.iter().try_for_each(|number| out.write(&number.to_le_bytes()))?;
        out.end(Section::PdqShared);
        Ok(())
    }
}

/// One band's table while it is filled.
struct Table {
    band: Band,
    pages: usize,
    /// Postings of each group.
    counts: Vec<u32>,
    /// How many postings of each group are there.
    filled: Vec<u32>,
    /// Where each group begins, and where the last one ends, in units.
    starts: Vec<u32>,
    records: Vec<u8>,
}

impl Table {
    fn new(band: Band, values: usize) -> Self {
        let groups = 1 << band.prefix_bits;
        Self { band, pages: slot_pages(values), counts: vec![0; groups], filled: Vec::new(), starts: Vec::new(), records: Vec::new() }
    }

    fn count(&mut self, ring: &Ring) {
        self.counts[ring.group(&self.band) as usize] += 1;
    }

    /// Makes room, after all values were counted.
    fn allocate(&mut self) -> Result<(), TooLarge> {
        self.starts = starts(self.counts.iter().map(|count| record_bytes(*count as usize, self.pages) / UNIT))?;
        self.filled = vec![0; self.counts.len()];
        self.records = vec![0; self.starts.last().map_or(0, |end| *end as usize * UNIT) + MARGIN];
        Ok(())
    }

    fn fill(&mut self, slot: usize, ring: &Ring) {
        let group = ring.group(&self.band) as usize;
        let (posting, count) = (self.filled[group] as usize, self.counts[group] as usize);
        self.filled[group] += 1;
        let record = &mut self.records[self.starts[group] as usize * UNIT..];
        let mut put = |at: usize, number: u16| record[at..at + 2].copy_from_slice(&number.to_le_bytes());
        put(posting * 2, ring.tag(&self.band));
        // The low half.
        put((count + posting) * 2, slot as u16);
        if self.pages > 1 {
            // Before this posting stand those of lower slots, and a zero for each page that ended.
            let bit = bits_at(count) * 8 + posting + (slot >> 16);
            record[bit / 8] |= 1 << (bit % 8);
        }
    }

    fn write(&self, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
        write_directory(&self.starts, out)?;
        Ok(out.write(&self.records)?)
    }
}

/// The running sums of lengths, with zero in front.
fn starts(lengths: impl Iterator<Item = usize>) -> Result<Vec<u32>, TooLarge> {
    let mut before = 0usize;
    let ends = lengths.map(|length| {
        before += length;
        u32::try_from(before).map_err(|_| TooLarge)
    });
    std::iter::once(Ok(0)).chain(ends).collect()
}

fn write_directory(starts: &[u32], out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    starts.iter().try_for_each(|start| out.write(&start.to_le_bytes()))?;
    Ok(out.align()?)
}

/// Writes the section of every band.
fn write_tables(count: usize, values: &mut Spool, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    let mut tables: Vec<Table> = bands(count).into_iter().map(|band| Table::new(band, count)).collect();
    each_ring(values, |_, ring| tables.iter_mut().for_each(|table| table.count(ring)))?;
    let mut sections = (0..MOST_BANDS as u8).map(Section::Band);
    if !tables.is_empty() {
        // The values are in the order of the first band, which needs only a directory.
        let first = tables.remove(0);
        out.begin(Section::Band(0), 1)?;
        write_directory(&starts(first.counts.iter().map(|count| *count as usize))?, out)?;
        out.end(Section::Band(0));
        sections.next();
    }
    let at_once = (AT_ONCE_BYTES / record_bytes(count.max(1), slot_pages(count))).max(1);
    while !tables.is_empty() {
        let mut now: Vec<Table> = tables.drain(..at_once.min(tables.len())).collect();
        now.iter_mut().try_for_each(Table::allocate)?;
        each_ring(values, |slot, ring| now.iter_mut().for_each(|table| table.fill(slot, ring)))?;
        for (table, section) in now.iter().zip(sections.by_ref()) {
            out.begin(section, 1)?;
            table.write(out)?;
            out.end(section);
        }
    }
    for section in sections {
        out.section(section, 1, &[])?;
    }
    Ok(())
}

/// Calls `take` with every slot and its value.
fn each_ring(values: &mut Spool, mut take: impl FnMut(usize, &Ring)) -> Result<(), BuildError> {
    let mut slot = 0;
    values.replay(VALUE_BYTES, |block| {
        for value in block.as_chunks::<VALUE_BYTES>().0 {
            take(slot, &Ring::stored(value));
            slot += 1;
        }
        Ok(())
    })
}
