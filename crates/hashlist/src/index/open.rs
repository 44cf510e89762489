//! The bytes of a `.ghx` file to an index that can be asked.

use std::ops::Range;

use fingerprint::signal::SignalKind;

use super::exact::{directory_bytes, directory_length, filter_length};
use super::layout::{ALIGNMENT, EXACT, HEAD_BYTES, MOST_BANDS, PAGE_BYTES, SECTIONS, Section, TABLE_ROW_BYTES, u32_at, u64_at};
use super::pages::{Damaged, Pages};
use super::plan::{Band, VALUE_BYTES, bands};
use super::postings::{MARGIN, records_at};
use super::rows::{EntryRow, ROW_BYTES, StoredRow, or_damaged, read_list_row};
use super::texts::TextReader;
use crate::difference::EntryDigest;
use crate::entry::{Harm, Polarity};

/// Where a section lies, and how many records it has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    start: usize,
    end: usize,
    count: usize,
    record: usize,
}

/// A compiled index over bytes of any owner: a vector, or a memory map.
///
/// Opening touches the first page and the sums of the others, 0.2 % of the file. Every other page is compared with its sum when it is first
/// touched, so that nothing is ever answered from a page that changed. Many threads may ask at once.
#[derive(Debug)]
pub struct Index<B> {
    pages: Pages<B>,
    places: [Place; SECTIONS],
    harm: Harm,
    polarity: Polarity,
    /// The bands of the PDQ values.
    pub(super) bands: Vec<Band>,
}

impl<B: AsRef<[u8]>> Index<B> {
    /// Opens an index: verifies head, length, the sums, and the place and shape of every section.
    ///
    /// # Errors
    /// [`Damaged`]; nothing is ever answered from such bytes.
    pub fn open(bytes: B) -> Result<Self, Damaged> {
        let pages = Pages::open(bytes)?;
        let places = places(pages.first(), pages.end()).ok_or(Damaged::Table)?;
        let values = places[Section::PdqValues.position()].count;
        let mut index = Self { pages, places, harm: Harm::Unknown, polarity: Polarity::Alert, bands: bands(values) };
        if !index.shapes_fit() {
            return Err(Damaged::Table);
        }
        (index.harm, index.polarity) = or_damaged(read_list_row(index.bytes(Section::List, 0..2)?))?;
        Ok(index)
    }

    /// Compares every page with its sum, which reads the whole file: for a quiet moment after opening, to notice damage before a query does.
    ///
    /// # Errors
    /// [`Damaged::Content`].
    pub fn verify(&self) -> Result<(), Damaged> {
        self.pages.prove_all()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.count(Section::Rows)
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The harm of the list.
    pub fn harm(&self) -> Harm {
        self.harm
    }

    /// The polarity of the list.
    pub fn polarity(&self) -> Polarity {
        self.polarity
    }

    /// Number of distinct values of each kind that can be found, in the order of [`SignalKind::ALL`]; a digest counts once for each entry.
    pub fn signal_counts(&self) -> [(SignalKind, usize); 4] {
        SignalKind::ALL.map(|kind| match kind {
            SignalKind::Pdq => (kind, self.values()),
            SignalKind::Md5 | SignalKind::Sha1 | SignalKind::Sha256 => (kind, self.count(Section::Numbers(kind))),
        })
    }

    /// The bytes that each part of the file takes: its name, and how many.
    pub fn section_bytes(&self) -> [(&'static str, usize); 4] {
        let of = |sections: &[Section]| sections.iter().map(|section| self.length(*section)).sum::<usize>();
        let exact = EXACT.map(|kind| of(&[Section::Keys(kind), Section::Numbers(kind), Section::Directory(kind), Section::Filter(kind)]));
        let bands: usize = (0..MOST_BANDS as u8).map(|band| self.length(Section::Band(band))).sum();
        [
            ("exact", exact.iter().sum()),
            ("pdq", bands + of(&[Section::PdqValues, Section::PdqSlots, Section::PdqShared])),
            ("rows", of(&[Section::Rows])),
            ("texts", of(&[Section::Text])),
        ]
    }

    /// The row of an entry, or `None` beyond the last one.
    ///
    /// # Errors
    /// [`Damaged`] if a page on the way was changed since the index was built.
    pub fn entry(&self, number: u32) -> Result<Option<EntryRow>, Damaged> {
        let at = number as usize * ROW_BYTES;
        if number as usize >= self.len() {
            return Ok(None);
        }
        let row = StoredRow(self.bytes(Section::Rows, at..at + ROW_BYTES)?);
        let key = self.texts(or_damaged(row.key_at())?).key()?;
        let details = self.texts(or_damaged(row.details_at())?).details()?;
        or_damaged(row.read(self.harm, key, details)).map(Some)
    }

    /// Key and digest of every entry, in order of their numbers: for [`crate::difference()`].
    pub fn keys(&self) -> impl Iterator<Item = Result<(String, EntryDigest), Damaged>> + '_ {
        (0..self.len()).map(|number| {
            let row = StoredRow(self.bytes(Section::Rows, number * ROW_BYTES..(number + 1) * ROW_BYTES)?);
            Ok((self.texts(or_damaged(row.key_at())?).key()?, or_damaged(row.digest())?))
        })
    }

    fn texts<'a>(&'a self, at: u64) -> TextReader<impl Fn(u64, usize) -> Result<&'a [u8], Damaged>> {
        let fetch = move |at: u64, length: usize| {
            let start = usize::try_from(at).map_err(|_| Damaged::Table)?;
            self.bytes(Section::Text, start..start.checked_add(length).ok_or(Damaged::Table)?)
        };
        TextReader::new(fetch, at)
    }

    /// Number of distinct PDQ values.
    pub(super) fn values(&self) -> usize {
        self.count(Section::PdqValues)
    }

    /// Number of records of a section.
    pub(super) fn count(&self, section: Section) -> usize {
        self.places[section.position()].count
    }

    /// Bytes of the word of a slot: three or four.
    pub(super) fn slot_bytes(&self) -> usize {
        self.places[Section::PdqSlots.position()].record
    }

    fn length(&self, section: Section) -> usize {
        let place = self.places[section.position()];
        place.end - place.start
    }

    /// Bytes of a section, proven.
    #[inline(always)]
    pub(super) fn bytes(&self, section: Section, range: Range<usize>) -> Result<&[u8], Damaged> {
        self.bytes_at(self.place(section), range)
    }

    /// Where a section lies: for steps that ask the same one many times.
    #[inline(always)]
    pub(super) fn place(&self, section: Section) -> Place {
        self.places[section.position()]
    }

    /// As [`Index::bytes`].
    #[inline(always)]
    pub(super) fn bytes_at(&self, place: Place, range: Range<usize>) -> Result<&[u8], Damaged> {
        let (start, end) = (place.start.saturating_add(range.start), place.start.saturating_add(range.end));
        if end > place.end {
            return Err(Damaged::Table);
        }
        self.pages.get(start..end)
    }

    /// `N` bytes of the file from a place of a section on, unproven; see [`Pages::unproven`].
    #[inline(always)]
    pub(super) fn unproven<const N: usize>(&self, place: Place, at: usize) -> Option<&[u8; N]> {
        self.pages.unproven(place.start.saturating_add(at))
    }

    /// As [`Index::unproven`], a number of bytes that is known only now.
    #[inline(always)]
    pub(super) fn unproven_slice(&self, place: Place, at: usize, length: usize) -> Option<&[u8]> {
        self.pages.unproven_slice(place.start.saturating_add(at), length)
    }

    /// Whether each section has the record size and the length that the numbers of keys, values and entries ask for.
    fn shapes_fit(&self) -> bool {
        let shape = |section: Section, record: usize, length: Option<usize>| {
            let place = self.places[section.position()];
            place.record == record && length.is_none_or(|length| place.end - place.start == length)
        };
        let exact = EXACT.into_iter().all(|kind| {
            let keys = self.count(Section::Numbers(kind));
            let width = kind.byte_len() - directory_bytes(keys);
            shape(Section::Keys(kind), width, Some(width * keys))
                && shape(Section::Numbers(kind), 4, None)
                && shape(Section::Directory(kind), 4, Some(directory_length(keys)))
                && shape(Section::Filter(kind), ALIGNMENT, Some(filter_length(keys)))
        });
        let values = self.values();
        let pdq = shape(Section::PdqValues, VALUE_BYTES, None)
            && matches!(self.slot_bytes(), 3 | 4)
            && shape(Section::PdqSlots, self.slot_bytes(), Some(values * self.slot_bytes()))
            && shape(Section::PdqShared, 4, None)
            && (0..MOST_BANDS as u8).all(|position| {
                // The records are as long as the directory says, which is looked at only when they are.
                let margin = if position == 0 { 0 } else { MARGIN };
                let least = self.bands.get(usize::from(position)).map_or(0, |band| records_at(1 << band.prefix_bits) + margin);
                shape(Section::Band(position), 1, None) && self.length(Section::Band(position)) >= least
            });
        exact && pdq && shape(Section::Rows, ROW_BYTES, None) && shape(Section::Text, 1, None) && shape(Section::List, 2, Some(2))
    }
}

/// Reads the section table; `None` if any section is missing or lies where it cannot lie.
fn places(first_page: &[u8], end_of_pages: usize) -> Option<[Place; SECTIONS]> {
    let mut places = [Place::default(); SECTIONS];
    if u32_at(first_page, 12)? as usize != SECTIONS {
        return None;
    }
    for (position, place) in places.iter_mut().enumerate() {
        let row = first_page.get(HEAD_BYTES + position * TABLE_ROW_BYTES..)?.get(..TABLE_ROW_BYTES)?;
        let record = u32_at(row, 4)? as usize;
        let start = usize::try_from(u64_at(row, 8)?).ok()?;
        let count = usize::try_from(u64_at(row, 16)?).ok()?;
        let end = start.checked_add(count.checked_mul(record)?)?;
        let number_fits = u32_at(row, 0)? as usize == position + 1;
        if !number_fits || record == 0 || !start.is_multiple_of(ALIGNMENT) || start < PAGE_BYTES || end > end_of_pages {
            return None;
        }
        *place = Place { start, end, count, record };
    }
    Some(places)
}
