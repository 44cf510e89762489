//! Filling the tables of the bands.
//!
//! Written where they belong, one after the other, the postings of ten million values would each wait for memory. So they are first laid out in
//! piles, each of some neighbouring groups of one band, and then a pile, which fits a processor's cache, is made into records.

use std::io::{Seek, Write};
use std::ops::Range;

use super::bands::{each_ring, starts, write_directory};
use super::layout::Section;
use super::output::Output;
use super::plan::Band;
use super::postings::{MARGIN, UNIT, bits_at, record_bytes, slot_pages};
use super::scratch::Spool;
use super::{BuildError, TooLarge};

/// Postings that are laid out at once, 8 bytes each: 240 MiB. More saves passes over the values, less saves memory.
const AT_ONCE: usize = 30 << 20;

/// Piles of a band, as a power of two: enough that one fits a cache, and few enough that the processor can write to all of them in turn.
const PILE_BITS: u32 = 7;

/// One band's table, before it is filled.
pub(super) struct Table {
    band: Band,
    section: Section,
    /// Postings of each group.
    counts: Vec<u32>,
    /// Where each group begins, and where the last one ends, in units.
    starts: Vec<u32>,
    /// Pages of slots.
    pages: usize,
}

/// What a value leaves in a band.
#[derive(Clone, Copy, Default)]
struct Posting {
    group: u16,
    tag: u16,
    slot: u32,
}

/// Some neighbouring groups of a table.
struct Pile<'a> {
    table: &'a Table,
    groups: Range<usize>,
    postings: usize,
}

impl Table {
    /// The table of a band whose groups have so many postings, of an index of so many values.
    pub(super) fn new(band: Band, counts: Vec<u32>, section: Section, values: usize) -> Result<Self, TooLarge> {
        let pages = slot_pages(values);
        let starts = starts(counts.iter().map(|count| record_bytes(*count as usize, pages) / UNIT))?;
        Ok(Self { band, section, counts, starts, pages })
    }

    /// Groups of a pile, as a power of two.
    fn pile_shift(&self) -> u32 {
        self.band.prefix_bits.saturating_sub(PILE_BITS)
    }

    fn piles(&self) -> impl Iterator<Item = Pile<'_>> {
        let groups = 1 << self.pile_shift();
        self.counts.chunks(groups).zip((0..).step_by(groups)).map(|(counts, first)| Pile {
            table: self,
            groups: first..first + counts.len(),
            postings: counts.iter().map(|count| *count as usize).sum(),
        })
    }
}

/// Writes the sections of the tables, in order.
pub(super) fn write(tables: &[Table], values: &mut Spool, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    let piles: Vec<Pile<'_>> = tables.iter().flat_map(Table::piles).collect();
    let mut left = piles.as_slice();
    let (mut postings, mut room) = (Vec::new(), Room::default());
    while !left.is_empty() {
        let (now, later) = left.split_at(at_once(left));
        lay_out(now, values, &mut postings)?;
        let mut rest = postings.as_slice();
        for pile in now {
            let (of_pile, behind) = rest.split_at(pile.postings);
            rest = behind;
            write_pile(pile, of_pile, &mut room, out)?;
        }
        left = later;
    }
    Ok(())
}

/// How many piles are laid out together: at least one.
fn at_once(piles: &[Pile<'_>]) -> usize {
    let mut postings = 0;
    let fitting = piles.iter().take_while(|pile| {
        postings += pile.postings;
        postings <= AT_ONCE
    });
    fitting.count().max(1)
}

/// Reads all values and keeps what they leave in these piles, pile after pile, each in the order of slots.
fn lay_out(piles: &[Pile<'_>], values: &mut Spool, postings: &mut Vec<Posting>) -> Result<(), BuildError> {
    let mut next: Vec<usize> = Vec::with_capacity(piles.len());
    let mut before = 0;
    for pile in piles {
        next.push(before);
        before += pile.postings;
    }
    postings.resize(postings.len().max(before), Posting::default());
    // The piles of each table, which lie beside each other: their numbers, and the first group of the first.
    let mut parts: Vec<(&Table, Range<usize>, usize)> = Vec::new();
    for (number, pile) in piles.iter().enumerate() {
        match parts.last_mut() {
            Some((table, numbers, _)) if std::ptr::eq(*table, pile.table) => numbers.end = number + 1,
            _ => parts.push((pile.table, number..number + 1, pile.groups.start)),
        }
    }
    each_ring(values, |slot, ring| {
        for (table, numbers, first) in &parts {
            let group = ring.group(&table.band) as usize;
            let place = group.wrapping_sub(*first) >> table.pile_shift();
            if let Some(next) = next[numbers.clone()].get_mut(place) {
                postings[*next] = Posting { group: group as u16, tag: ring.tag(&table.band), slot: slot as u32 };
                *next += 1;
            }
        }
    })
}

/// Room that the piles use in turn.
#[derive(Default)]
struct Room {
    /// How many postings of each group are there.
    filled: Vec<u32>,
    records: Vec<u8>,
}

fn write_pile(pile: &Pile<'_>, postings: &[Posting], room: &mut Room, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    let (table, groups) = (pile.table, &pile.groups);
    if groups.start == 0 {
        out.begin(table.section, 1)?;
        write_directory(&table.starts, out)?;
    }
    let start = table.starts[groups.start];
    room.filled.clear();
    room.filled.resize(groups.len(), 0);
    room.records.clear();
    room.records.resize((table.starts[groups.end] - start) as usize * UNIT, 0);
    for posting in postings {
        let group = usize::from(posting.group);
        let record = &mut room.records[(table.starts[group] - start) as usize * UNIT..];
        let filled = &mut room.filled[group - groups.start];
        put(record, *filled as usize, table.counts[group] as usize, posting, table.pages);
        *filled += 1;
    }
    out.write(&room.records)?;
    if groups.end == table.counts.len() {
        out.write(&[0; MARGIN])?;
        out.end(table.section);
    }
    Ok(())
}

/// Puts posting number `place` into the record of its group, which has `count` of them.
fn put(record: &mut [u8], place: usize, count: usize, posting: &Posting, pages: usize) {
    let mut put = |at: usize, number: u16| record[at..at + 2].copy_from_slice(&number.to_le_bytes());
    put(place * 2, posting.tag);
    // The low half.
    put((count + place) * 2, posting.slot as u16);
    if pages > 1 {
        // Before this posting stand those of lower slots, and a zero for each page that ended.
        let bit = bits_at(count) * 8 + place + (posting.slot >> 16) as usize;
        record[bit / 8] |= 1 << (bit % 8);
    }
}
