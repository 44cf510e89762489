//! The PDQ part of an index being built: distinct values in order, their entries, and a table for each band.
//!
//! Memory is bounded whatever the number of values: the values are read again for as many postings as fit (see [`super::filling`]).

use std::io::{Seek, Write};

use super::filling::{self, Table};
use super::layout::{MOST_BANDS, Section};
use super::output::Output;
use super::plan::{Ring, VALUE_BYTES, bands};
use super::scratch::{Scratch, Spool};
use super::sort::Sorter;
use super::{BuildError, TooLarge};

/// Set in the word of a slot that several entries share, while an index is built.
pub(super) const SHARED: u32 = 1 << 31;

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

/// The running sums of lengths, with zero in front.
pub(super) fn starts(lengths: impl Iterator<Item = usize>) -> Result<Vec<u32>, TooLarge> {
    let mut before = 0usize;
    let ends = lengths.map(|length| {
        before += length;
        u32::try_from(before).map_err(|_| TooLarge)
    });
    std::iter::once(Ok(0)).chain(ends).collect()
}

pub(super) fn write_directory(starts: &[u32], out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    starts.iter().try_for_each(|start| out.write(&start.to_le_bytes()))?;
    Ok(out.align()?)
}

/// Writes the section of every band.
fn write_tables(count: usize, values: &mut Spool, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    let bands = bands(count);
    if bands.is_empty() {
        return (0..MOST_BANDS as u8).try_for_each(|band| Ok(out.section(Section::Band(band), 1, &[])?));
    }
    let mut counts: Vec<Vec<u32>> = bands.iter().map(|band| vec![0; 1 << band.prefix_bits]).collect();
    each_ring(values, |_, ring| {
        for (counts, band) in counts.iter_mut().zip(&bands) {
            counts[ring.group(band) as usize] += 1;
        }
    })?;
    let mut tables = bands.into_iter().zip(counts).zip((0..MOST_BANDS as u8).map(Section::Band));
    if let Some(((_, counts), section)) = tables.next() {
        // The values are in the order of the first band, which needs only a directory.
        out.begin(section, 1)?;
        write_directory(&starts(counts.iter().map(|count| *count as usize))?, out)?;
        out.end(section);
    }
    let tables = tables.map(|((band, counts), section)| Table::new(band, counts, section, count)).collect::<Result<Vec<_>, _>>()?;
    filling::write(&tables, values, out)
}

/// Calls `take` with every slot and its value.
pub(super) fn each_ring(values: &mut Spool, mut take: impl FnMut(usize, &Ring)) -> Result<(), BuildError> {
    let mut slot = 0;
    values.replay(VALUE_BYTES, |block| {
        for value in block.as_chunks::<VALUE_BYTES>().0 {
            take(slot, &Ring::stored(value));
            slot += 1;
        }
        Ok(())
    })
}
