//! The directories of a TIFF: pages, their tags, and where these stand in the file. Source: TIFF revision 6.0, section 2; BigTIFF.

use std::collections::HashSet;

/// The tags that are read here. Source: TIFF revision 6.0, appendix A.
pub(super) mod tag {
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const LENGTH: u16 = 257;
    pub(crate) const BITS: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const SAMPLES: u16 = 277;
    pub(crate) const STRIP_BYTES: u16 = 279;
    pub(crate) const PLANAR: u16 = 284;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const COLOR_MAP: u16 = 320;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTES: u16 = 325;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const SUBSAMPLING: u16 = 530;
    /// In the range for private use; nobody reads it.
    pub(crate) const HIDDEN: u16 = 65_000;
}

const SHORT: u16 = 3;
const LONG: u16 = 4;
const LONG8: u16 = 16;

/// The order of bytes and the width of offsets.
#[derive(Clone, Copy, Debug)]
struct Form {
    big_endian: bool,
    /// Offsets of eight bytes.
    big: bool,
}

impl Form {
    fn number(self, bytes: &[u8]) -> u64 {
        let next = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, next) } else { bytes.iter().rev().fold(0, next) }
    }

    fn write(self, number: u64, out: &mut [u8]) {
        let len = out.len();
        for (at, byte) in out.iter_mut().enumerate() {
            let place = if self.big_endian { len - 1 - at } else { at };
            *byte = number.checked_shr(8 * place as u32).unwrap_or(0) as u8;
        }
    }

    fn offset_bytes(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// Bytes in front of the entries of a directory.
    fn count_bytes(self) -> usize {
        if self.big { 8 } else { 2 }
    }

    fn entry_bytes(self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// Where the header says where the first directory is.
    fn first_at(self) -> usize {
        if self.big { 8 } else { 4 }
    }
}

/// One tag of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// Where the entry stands.
    at: usize,
}

/// One page with what decides how it is read.
#[derive(Clone, Debug)]
pub(super) struct Page {
    form: Form,
    offset: u64,
    /// Where it says where the next page is.
    next_at: usize,
    entries: Vec<Entry>,
    numbers: Vec<(u16, u64)>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    pub(super) samples: u16,
    pub(super) compression: u64,
    pub(super) photometric: u64,
    /// Across and down.
    pub(super) subsampling: (u64, u64),
    pub(super) tile_width: Option<u32>,
    pub(super) has_alpha: bool,
    pub(super) palette: Vec<[u8; 3]>,
}

impl Page {
    pub(super) fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// The first value of a tag, or what is meant where it is missing.
    pub(super) fn number(&self, tag: u16, default: u64) -> u64 {
        self.numbers.iter().find(|(known, _)| *known == tag).map_or(default, |(_, number)| *number)
    }

    /// Makes this page the first one of `copy`, and the last one: the decoder refuses a file whose pages go in a circle.
    pub(super) fn point_header(&self, copy: &mut [u8]) {
        let at = self.form.first_at();
        if let Some(field) = copy.get_mut(at..at + self.form.offset_bytes()) {
            self.form.write(self.offset, field);
        }
        if let Some(field) = copy.get_mut(self.next_at..self.next_at + self.form.offset_bytes()) {
            field.fill(0);
        }
    }

    /// Gives a tag that exists one number as its value.
    pub(super) fn set(&self, copy: &mut [u8], tag: u16, number: u32) {
        let Some(entry) = self.entry(tag) else { return };
        let count_bytes = self.form.offset_bytes();
        let Some(bytes) = copy.get_mut(entry.at..entry.at + self.form.entry_bytes()) else { return };
        self.form.write(u64::from(LONG), &mut bytes[2..4]);
        self.form.write(1, &mut bytes[4..4 + count_bytes]);
        bytes[4 + count_bytes..].fill(0);
        self.form.write(u64::from(number), &mut bytes[4 + count_bytes..8 + count_bytes]);
    }

    /// Makes a tag one that nobody reads.
    pub(super) fn hide(&self, copy: &mut [u8], tag: u16) {
        let field = self.entry(tag).and_then(|entry| copy.get_mut(entry.at..entry.at + 2));
        if let Some(field) = field {
            self.form.write(u64::from(tag::HIDDEN), field);
        }
    }
}

/// A file whose header was read.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    form: Form,
    first: u64,
}

impl<'a> File<'a> {
    /// Reads the header, or says `None`.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..2)? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let narrow = Form { big_endian, big: false };
        let form = match narrow.number(bytes.get(2..4)?) {
            42 => narrow,
            43 => Form { big_endian, big: true },
            _ => return None,
        };
        let first = form.number(bytes.get(form.first_at()..form.first_at() + form.offset_bytes())?);
        Some(Self { bytes, form, first })
    }

    /// Up to `most` pages, and whether every directory and all the data that they name lie inside the file.
    ///
    /// The work is bounded by the bytes: directories and tables may overlap in a hostile file, but a whole one has room for all of them.
    pub(super) fn pages(&self, most: usize) -> (Vec<Page>, bool) {
        let mut room = self.bytes.len();
        let (mut pages, mut seen) = (Vec::new(), HashSet::new());
        let mut offset = self.first;
        while offset != 0 && pages.len() < most {
            if !seen.insert(offset) {
                return (pages, false);
            }
            let Some((page, next)) = self.page(offset, &mut room) else { return (pages, false) };
            let whole = self.has_data(&page, &mut room);
            pages.push(page);
            if !whole {
                return (pages, false);
            }
            offset = next;
        }
        (pages, true)
    }

    /// A page, and where the next one is.
    fn page(&self, offset: u64, room: &mut usize) -> Option<(Page, u64)> {
        let form = self.form;
        let at = usize::try_from(offset).ok()?;
        let count = usize::try_from(form.number(self.get(at, form.count_bytes())?)).ok()?;
        let len = count.checked_mul(form.entry_bytes())?;
        *room = room.checked_sub(len)?;
        let table_at = at + form.count_bytes();
        let table = self.get(table_at, len)?;
        let entry = |(number, bytes): (usize, &[u8])| Entry {
            tag: form.number(&bytes[..2]) as u16,
            kind: form.number(&bytes[2..4]) as u16,
            count: form.number(&bytes[4..4 + form.offset_bytes()]),
            at: table_at + number * form.entry_bytes(),
        };
        let entries: Vec<Entry> = table.chunks_exact(form.entry_bytes()).enumerate().map(entry).collect();
        // A file cut behind the last entry of its last page has no offset any more.
        let next = form.number(self.get(table_at + len, form.offset_bytes())?);
        Some((self.describe(offset, table_at + len, entries)?, next))
    }

    fn describe(&self, offset: u64, next_at: usize, entries: Vec<Entry>) -> Option<Page> {
        let first = |entry: &Entry| self.value(entry, 0).map(|number| (entry.tag, number));
        let numbers: Vec<(u16, u64)> = entries.iter().filter_map(first).collect();
        let find = |tag: u16| entries.iter().find(|entry| entry.tag == tag);
        let number = |tag: u16| numbers.iter().find(|(known, _)| *known == tag).map(|(_, number)| *number);
        let bits = u8::try_from(number(tag::BITS).unwrap_or(1)).unwrap_or(0);
        // Two by two where it does not say.
        let subsampling =
            find(tag::SUBSAMPLING).map_or((2, 2), |entry| (self.value(entry, 0).unwrap_or(2), self.value(entry, 1).unwrap_or(2)));
        Some(Page {
            form: self.form,
            offset,
            next_at,
            width: u32::try_from(number(tag::WIDTH)?).ok()?,
            height: u32::try_from(number(tag::LENGTH)?).ok()?,
            bits,
            samples: u16::try_from(number(tag::SAMPLES).unwrap_or(1)).ok()?,
            compression: number(tag::COMPRESSION).unwrap_or(1),
            photometric: number(tag::PHOTOMETRIC).unwrap_or(u64::MAX),
            subsampling,
            tile_width: number(tag::TILE_WIDTH).and_then(|width| u32::try_from(width).ok()),
            // 1: associated, 2: not; 0 is a sample without meaning.
            has_alpha: matches!(number(tag::EXTRA_SAMPLES), Some(1 | 2)),
            palette: find(tag::COLOR_MAP).filter(|_| bits <= 8).map(|map| self.palette(map, bits)).unwrap_or_default(),
            numbers,
            entries,
        })
    }

    /// All red values, then green, then blue; of each the high byte.
    fn palette(&self, map: &Entry, bits: u8) -> Vec<[u8; 3]> {
        let colours = 1u64 << bits;
        let value = |at: u64| (self.value(map, at).unwrap_or(0) >> 8) as u8;
        (0..colours).map(|at| [value(at), value(colours + at), value(2 * colours + at)]).collect()
    }

    /// One value of a tag of whole numbers.
    fn value(&self, entry: &Entry, at: u64) -> Option<u64> {
        let size = match entry.kind {
            SHORT => 2,
            LONG => 4,
            LONG8 => 8,
            _ => return None,
        };
        if at >= entry.count {
            return None;
        }
        let field = entry.at + 4 + self.form.offset_bytes();
        let start = if entry.count.checked_mul(size)? <= self.form.offset_bytes() as u64 {
            field as u64
        } else {
            self.form.number(self.get(field, self.form.offset_bytes())?)
        };
        let start = start.checked_add(at * size)?;
        self.get(usize::try_from(start).ok()?, size as usize).map(|bytes| self.form.number(bytes))
    }

    /// Whether all strips or tiles lie inside the file.
    fn has_data(&self, page: &Page, room: &mut usize) -> bool {
        let tables = [(tag::STRIP_OFFSETS, tag::STRIP_BYTES), (tag::TILE_OFFSETS, tag::TILE_BYTES)];
        tables.into_iter().all(|(offsets, lengths)| match (page.entry(offsets), page.entry(lengths)) {
            (Some(offsets), Some(lengths)) => self.has_chunks(offsets, lengths, room),
            (None, None) => true,
            _ => false,
        })
    }

    fn has_chunks(&self, offsets: &Entry, lengths: &Entry, room: &mut usize) -> bool {
        // Each chunk takes at least the two bytes of its entry in a table.
        let Some(left) = usize::try_from(offsets.count).ok().and_then(|count| room.checked_sub(count)) else { return false };
        *room = left;
        let end = |at: u64| self.value(offsets, at)?.checked_add(self.value(lengths, at)?);
        (0..offsets.count).all(|at| end(at).is_some_and(|end| end <= self.bytes.len() as u64))
    }

    fn get(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.bytes.get(at..at.checked_add(len)?)
    }
}
