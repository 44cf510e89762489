//! The bytes of a `.ghx` file to an index that can be asked.

use std::ops::Range;

use fingerprint::signal::{Quality, SignalKind};
use sha2::{Digest, Sha256};

use super::layout::{ALIGNMENT, HEAD_BYTES, MAGIC, ROW_BYTES, Section, TABLE_ROW_BYTES, VERSION, row};
use crate::difference::EntryDigest;
use crate::entry::{Flags, Harm, Media, Polarity, Status};

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
    /// The content does not have the digest in the head.
    #[error("the content of the index was changed")]
    Content,
    /// A section lies where it cannot lie.
    #[error("the table of the index is damaged")]
    Table,
}

/// The row of one entry, as much as a match needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// The publisher's key; see [`crate::shown_name`] before it leaves `lists/`.
    pub key: String,
    /// The status.
    pub status: Status,
    /// The entry's own harm, else that of the list.
    pub harm: Harm,
    /// The publisher's labels.
    pub labels: Vec<String>,
    /// Size of the content in bytes; a content of another size does not match the exact signals.
    pub size: Option<u64>,
    /// UTC milliseconds since 1970.
    pub added: Option<i64>,
    /// UTC milliseconds since 1970.
    pub updated: Option<i64>,
    /// UTC milliseconds since 1970.
    pub expires: Option<i64>,
    /// Marks.
    pub flags: Flags,
    /// What sort of file.
    pub media: Option<Media>,
    /// Stated PDQ quality.
    pub quality: Option<Quality>,
    /// Who contributed it.
    pub source: Option<String>,
    /// The digest of the whole entry, for comparing versions.
    pub digest: EntryDigest,
}

/// A compiled index over bytes of any owner: a vector, or a memory map.
///
/// Opening reads every byte once, to verify the digest; asking allocates nothing except for the answer of a near search and for rows.
#[derive(Debug)]
pub struct Index<B> {
    bytes: B,
    sections: [Range<usize>; Section::ALL.len()],
    harm: Harm,
    polarity: Polarity,
}

impl<B: AsRef<[u8]>> Index<B> {
    /// Opens an index and verifies all of it: head, length, digest, and the place of every section.
    ///
    /// # Errors
    /// [`Damaged`]; nothing is ever answered from such bytes.
    pub fn open(bytes: B) -> Result<Self, Damaged> {
        let file = bytes.as_ref();
        let head = file.get(..HEAD_BYTES).ok_or(Damaged::NotAnIndex)?;
        if head[..8] != MAGIC || head[56..] != [0; 8] {
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
        if head[24..56] != *Sha256::digest(&file[HEAD_BYTES..]) {
            return Err(Damaged::Content);
        }
        let sections = sections(file).ok_or(Damaged::Table)?;
        let (harm, polarity) = list_row(&file[sections[Section::ALL.len() - 1].clone()]).ok_or(Damaged::Table)?;
        Ok(Self { bytes, sections, harm, polarity })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.section(Section::Entries).len() / ROW_BYTES
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

    /// Number of signals of each kind that can be found, in the order of [`SignalKind::ALL`].
    pub fn signal_counts(&self) -> [(SignalKind, usize); 4] {
        SignalKind::ALL.map(|kind| (kind, self.keys_of_kind(kind).len() / kind.byte_len()))
    }

    /// The row of an entry, or `None` beyond the last one.
    pub fn entry(&self, number: u32) -> Option<EntryRow> {
        let at = usize::try_from(number).ok()?.checked_mul(ROW_BYTES)?;
        let bytes = self.section(Section::Entries).get(at..at.checked_add(ROW_BYTES)?)?;
        let present = bytes[row::PRESENT];
        let if_present = |bit: u8, at: usize| (present & bit != 0).then(|| u64_at(bytes, at)).flatten();
        let moment = |bit: u8, at: usize| if_present(bit, at).map(u64::cast_signed);
        Some(EntryRow {
            key: self.text(u64_at(bytes, row::KEY)?)?,
            status: *Status::ALL.get(usize::from(bytes[row::STATUS]))?,
            harm: match bytes[row::HARM] {
                0 => self.harm,
                position => *Harm::ALL.get(usize::from(position) - 1)?,
            },
            labels: self.labels(u64_at(bytes, row::LABELS)?)?,
            size: if_present(row::HAS_SIZE, row::SIZE),
            added: moment(row::HAS_ADDED, row::ADDED),
            updated: moment(row::HAS_UPDATED, row::UPDATED),
            expires: moment(row::HAS_EXPIRES, row::EXPIRES),
            flags: Flags::from_bits(bytes[row::FLAGS])?,
            media: bytes[row::MEDIA].checked_sub(1).and_then(|position| Media::ALL.get(usize::from(position)).copied()),
            quality: bytes[row::QUALITY].checked_sub(1).map(Quality::new),
            source: if_present(row::HAS_SOURCE, row::SOURCE).and_then(|at| self.text(at)),
            digest: bytes.get(row::DIGEST..row::DIGEST + 16)?.try_into().ok()?,
        })
    }

    /// Key and digest of every entry, in order of their numbers: for [`crate::difference()`].
    pub fn keys(&self) -> impl Iterator<Item = (String, EntryDigest)> + '_ {
        self.section(Section::Entries).chunks_exact(ROW_BYTES).filter_map(|bytes| {
            let digest = bytes.get(row::DIGEST..row::DIGEST + 16)?.try_into().ok()?;
            Some((self.text(u64_at(bytes, row::KEY)?)?, digest))
        })
    }

    pub(super) fn keys_of_kind(&self, kind: SignalKind) -> &[u8] {
        self.section(Section::Keys(kind))
    }

    pub(super) fn numbers_of_kind(&self, kind: SignalKind) -> &[u8] {
        self.section(Section::Numbers(kind))
    }

    fn section(&self, section: Section) -> &[u8] {
        let position = Section::ALL.iter().position(|known| *known == section);
        let range = position.and_then(|position| self.sections.get(position)).cloned().unwrap_or_default();
        self.bytes.as_ref().get(range).unwrap_or_default()
    }

    fn text(&self, at: u64) -> Option<String> {
        let (text, _) = split_text(self.section(Section::Text).get(usize::try_from(at).ok()?..)?)?;
        Some(text.to_owned())
    }

    fn labels(&self, at: u64) -> Option<Vec<String>> {
        let bytes = self.section(Section::Text).get(usize::try_from(at).ok()?..)?;
        let count = u32_at(bytes, 0)?;
        let mut rest = bytes.get(4..)?;
        let mut labels = Vec::new();
        for _ in 0..count {
            let (label, after) = split_text(rest)?;
            labels.push(label.to_owned());
            rest = after;
        }
        Some(labels)
    }
}

/// Reads the section table; `None` if any section is missing, misplaced or of another shape.
fn sections(file: &[u8]) -> Option<[Range<usize>; Section::ALL.len()]> {
    let mut ranges = [const { 0..0 }; Section::ALL.len()];
    if u32_at(file, 12)? as usize != ranges.len() {
        return None;
    }
    for (position, (section, range)) in Section::ALL.iter().zip(ranges.iter_mut()).enumerate() {
        let table_row = file.get(HEAD_BYTES + position * TABLE_ROW_BYTES..)?.get(..TABLE_ROW_BYTES)?;
        let shape_fits = u32_at(table_row, 0)? == section.number() && u32_at(table_row, 4)? as usize == section.record_bytes();
        let start = usize::try_from(u64_at(table_row, 8)?).ok()?;
        let count = usize::try_from(u64_at(table_row, 16)?).ok()?;
        let end = start.checked_add(count.checked_mul(section.record_bytes())?)?;
        let first_possible = HEAD_BYTES + Section::ALL.len() * TABLE_ROW_BYTES;
        if !shape_fits || !start.is_multiple_of(ALIGNMENT) || start < first_possible || end > file.len() {
            return None;
        }
        *range = start..end;
    }
    // Each kind has as many entry numbers as keys.
    let balanced = SignalKind::ALL.iter().enumerate().all(|(kind, signal_kind)| {
        let (keys, numbers) = (&ranges[kind * 2], &ranges[kind * 2 + 1]);
        keys.len() / signal_kind.byte_len() == numbers.len() / 4
    });
    balanced.then_some(ranges)
}

fn list_row(bytes: &[u8]) -> Option<(Harm, Polarity)> {
    let [harm, polarity] = *bytes else { return None };
    let harm = *Harm::ALL.get(usize::from(harm).checked_sub(1)?)?;
    let polarity = match polarity {
        0 => Polarity::Alert,
        1 => Polarity::Ignore,
        _ => return None,
    };
    Some((harm, polarity))
}

fn split_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let length = u32_at(bytes, 0)? as usize;
    let (text, rest) = bytes.get(4..)?.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
