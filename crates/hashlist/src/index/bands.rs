//! The PDQ part of an index being built: distinct values in order, their entries, and a table for each band.
//!
//! Memory is bounded whatever the number of values: tables are filled a few at a time, from values that are read again for each few.

use std::io::{Seek, Write};
use std::ops::Range;

use super::layout::{ALIGNMENT, MOST_BANDS, Section};
use super::output::Output;
use super::plan::{Band, Ring, TAG_BITS, VALUE_BYTES, bands};
use super::scratch::{Scratch, Spool};
use super::sort::Sorter;
use super::{BuildError, TooLarge};

/// Set in the word of a slot that several entries share.
pub(super) const SHARED: u32 = 1 << 31;

/// Bytes that are read past the last tag, so that tags can be compared 32 at a time without a border.
pub(super) const TAG_MARGIN: usize = 64;

/// Bytes for tables that are filled at once: 160 MiB. More saves passes over the values, less saves memory.
const AT_ONCE_BYTES: usize = 160 << 20;

/// Slots in one slot page: postings keep sixteen bits of their slot, and their page apart.
pub(super) const SLOT_PAGE: usize = 1 << 16;

/// Where the parts of a band's table lie, in bytes from its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// u32 first posting of each group, and one behind the last.
    pub directory: Range<usize>,
    /// u16 tags, by group, then slot.
    pub tags: Range<usize>,
    /// u16 low bits of the slots. Empty in the first band, whose order is that of the slots.
    pub lows: Range<usize>,
    /// For each group, for each slot page: a 1 for each posting, then a 0. In u64 words; empty where `lows` is, and with one page only.
    pub pages: Range<usize>,
}

impl Parts {
    /// The parts of band number `position` of an index with this many values.
    pub(super) fn of(position: usize, band: &Band, values: usize) -> Self {
        let groups = 1usize << band.prefix_bits;
        let (lows, bits) = match position {
            0 => (0, 0),
            _ if values <= SLOT_PAGE => (values * 2, 0),
            _ => (values * 2, values + groups * values.div_ceil(SLOT_PAGE)),
        };
        let mut end = 0usize;
        let mut part = |length: usize| {
            let start = end.next_multiple_of(ALIGNMENT);
            end = start + length;
            start..end
        };
        let directory = part((groups + 1) * 4);
        let tags = part(values * (TAG_BITS as usize / 8));
        _ = part(TAG_MARGIN);
        Self { directory, tags, lows: part(lows), pages: part(bits.div_ceil(64) * 8) }
    }

    /// Bytes of the whole table.
    pub(super) fn length(&self) -> usize {
        self.pages.end
    }
}

/// Writes all PDQ sections from records of sheared value and entry number (big-endian).
pub(super) fn write(
    sorter: Sorter<{ VALUE_BYTES + 4 }>,
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
    slots.write(out)?;
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

    fn write(self, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
        for (section, numbers) in [(Section::PdqSlots, self.words), (Section::PdqShared, self.shared)] {
            out.begin(section, 4)?;
            numbers.iter().try_for_each(|number| out.write(&number.to_le_bytes()))?;
            out.end(section);
        }
        Ok(())
    }
}

/// One band's table while it is filled.
struct Table {
    band: Band,
    parts: Parts,
    /// Whether the order of the band is that of the slots.
    is_first: bool,
    slot_pages: usize,
    /// First posting of each group, and one behind the last.
    starts: Vec<u32>,
    /// Where the next posting of each group goes.
    next: Vec<u32>,
    tags: Vec<u16>,
    lows: Vec<u16>,
    pages: Vec<u64>,
}

impl Table {
    fn new(position: usize, band: Band, values: usize) -> Self {
        let starts = vec![0; (1 << band.prefix_bits) + 1];
        let parts = Parts::of(position, &band, values);
        let slot_pages = values.div_ceil(SLOT_PAGE);
        Self {
            band,
            parts,
            is_first: position == 0,
            slot_pages,
            starts,
            next: Vec::new(),
            tags: Vec::new(),
            lows: Vec::new(),
            pages: Vec::new(),
        }
    }

    fn count(&mut self, ring: &Ring) {
        self.starts[ring.group(&self.band) as usize + 1] += 1;
    }

    /// Makes room, after all values were counted.
    fn allocate(&mut self) {
        let mut before = 0;
        for start in &mut self.starts {
            before += *start;
            *start = before;
        }
        self.next = self.starts.clone();
        self.tags = vec![0; self.parts.tags.len() / 2];
        self.lows = vec![0; self.parts.lows.len() / 2];
        self.pages = vec![0; self.parts.pages.len() / 8];
    }

    fn fill(&mut self, slot: usize, ring: &Ring) {
        let group = ring.group(&self.band) as usize;
        let posting = self.next[group] as usize;
        self.next[group] += 1;
        self.tags[posting] = ring.tag(&self.band);
        if let Some(low) = self.lows.get_mut(posting) {
            *low = (slot % SLOT_PAGE) as u16;
        }
        // Before this posting stand those of lower slots, and a zero for each page that ended: of all groups before, and of this one.
        let bit = posting + group * self.slot_pages + slot / SLOT_PAGE;
        if let Some(word) = self.pages.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    fn write(&self, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
        self.starts.iter().try_for_each(|start| out.write(&start.to_le_bytes()))?;
        out.align()?;
        self.tags.iter().try_for_each(|tag| out.write(&tag.to_le_bytes()))?;
        out.align()?;
        out.write(&[0; TAG_MARGIN])?;
        if !self.is_first {
            self.lows.iter().try_for_each(|low| out.write(&low.to_le_bytes()))?;
        }
        out.align()?;
        self.pages.iter().try_for_each(|word| out.write(&word.to_le_bytes()))?;
        Ok(())
    }
}

/// Writes the section of every band; those without a table are empty.
fn write_tables(count: usize, values: &mut Spool, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    let mut tables: Vec<Table> = bands(count).into_iter().enumerate().map(|(at, band)| Table::new(at, band, count)).collect();
    each_ring(values, |_, ring| tables.iter_mut().for_each(|table| table.count(ring)))?;
    let longest = tables.iter().map(|table| table.parts.length()).max().unwrap_or(1);
    let at_once = (AT_ONCE_BYTES / longest).max(1);
    let mut sections = (0..MOST_BANDS as u8).map(Section::Band);
    while !tables.is_empty() {
        let mut now: Vec<Table> = tables.drain(..at_once.min(tables.len())).collect();
        now.iter_mut().for_each(Table::allocate);
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
