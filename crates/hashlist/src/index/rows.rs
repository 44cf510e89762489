//! The row of one entry: everything of it but its signals, at a place that its number gives.

use fingerprint::signal::Quality;

use super::layout::{u32_at, u64_at};
use super::pages::Damaged;
use super::texts::Details;
use crate::difference::EntryDigest;
use crate::entry::{Entry, Flags, Harm, Media, Opinions, Polarity, Status};

/// Bytes of a row.
pub(super) const ROW_BYTES: usize = 80;

/// Where the fields of a row lie, in bytes from its beginning.
mod place {
    /// u64 offset of the key in the texts.
    pub const KEY: usize = 0;
    /// u64 offset of the details in the texts.
    pub const DETAILS: usize = 8;
    /// u64 size in bytes.
    pub const SIZE: usize = 16;
    /// i64 UTC milliseconds.
    pub const ADDED: usize = 24;
    /// i64 UTC milliseconds.
    pub const UPDATED: usize = 32;
    /// i64 UTC milliseconds.
    pub const EXPIRES: usize = 40;
    /// 16 bytes digest of the entry.
    pub const DIGEST: usize = 48;
    /// u32 our number of the entry.
    pub const NUMBER: usize = 64;
    /// u8 position in `Status::ALL`.
    pub const STATUS: usize = 68;
    /// u8 position in `Harm::ALL` plus one; 0 is the harm of the list.
    pub const HARM: usize = 69;
    /// u8 position in `Media::ALL` plus one; 0 is none.
    pub const MEDIA: usize = 70;
    /// u8 bits of the flags.
    pub const FLAGS: usize = 71;
    /// u8 quality plus one; 0 is none.
    pub const QUALITY: usize = 72;
    /// u8 bits: which of size, added, updated, expires are there. Six zero bytes follow.
    pub const PRESENT: usize = 73;
}

/// Bits of `PRESENT`.
const HAS_SIZE: u8 = 1;
const HAS_ADDED: u8 = 2;
const HAS_UPDATED: u8 = 4;
const HAS_EXPIRES: u8 = 8;

/// The row of one entry, as much as a match needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Our number of the entry in its list, the same in every version; 0 if none was given.
    pub number: u32,
    /// The publisher's key; see [`crate::shown_name`] before it leaves `lists/`.
    pub key: String,
    /// The status.
    pub status: Status,
    /// The entry's own harm, else that of the list.
    pub harm: Harm,
    /// Who vouches for it and who disputes it.
    pub opinions: Opinions,
    /// The publisher's rule for passing it on.
    pub share: Option<String>,
    /// What the publisher files it under where a new copy replaces all of it at once.
    pub group: Option<String>,
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

/// The stored form of an entry whose key and details lie at these places of the texts.
pub(super) fn row(entry: &Entry, key: u64, details: u64) -> [u8; ROW_BYTES] {
    let mut bytes = [0; ROW_BYTES];
    let mut put = |at: usize, number: u64| bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    put(place::KEY, key);
    put(place::DETAILS, details);
    put(place::SIZE, entry.size.unwrap_or_default());
    put(place::ADDED, entry.added.unwrap_or_default().cast_unsigned());
    put(place::UPDATED, entry.updated.unwrap_or_default().cast_unsigned());
    put(place::EXPIRES, entry.expires.unwrap_or_default().cast_unsigned());
    bytes[place::DIGEST..place::DIGEST + 16].copy_from_slice(&entry.digest());
    bytes[place::NUMBER..place::NUMBER + 4].copy_from_slice(&entry.number.to_le_bytes());
    bytes[place::STATUS] = position(&Status::ALL, entry.status);
    bytes[place::HARM] = entry.harm.map_or(0, |harm| position(&Harm::ALL, harm) + 1);
    bytes[place::MEDIA] = entry.media.map_or(0, |media| position(&Media::ALL, media) + 1);
    bytes[place::FLAGS] = entry.flags.bits();
    bytes[place::QUALITY] = entry.quality.map_or(0, |quality| quality.get() + 1);
    let present = [
        (entry.size.is_some(), HAS_SIZE),
        (entry.added.is_some(), HAS_ADDED),
        (entry.updated.is_some(), HAS_UPDATED),
        (entry.expires.is_some(), HAS_EXPIRES),
    ];
    bytes[place::PRESENT] = present.into_iter().filter(|(there, _)| *there).map(|(_, bit)| bit).sum();
    bytes
}

/// Position of a value in its list of all values; the lists are short.
fn position<T: PartialEq>(all: &[T], value: T) -> u8 {
    all.iter().zip(0..).find(|(known, _)| **known == value).map_or(0, |(_, position)| position)
}

/// The stored form of what a list says of itself.
pub(super) fn list_row(harm: Harm, polarity: Polarity) -> [u8; 2] {
    [position(&Harm::ALL, harm) + 1, u8::from(polarity == Polarity::Ignore)]
}

/// What a list says of itself, or `None` if it is no stored form.
pub(super) fn read_list_row(bytes: &[u8]) -> Option<(Harm, Polarity)> {
    let [harm, polarity] = *bytes else { return None };
    let harm = *Harm::ALL.get(usize::from(harm).checked_sub(1)?)?;
    let polarity = match polarity {
        0 => Polarity::Alert,
        1 => Polarity::Ignore,
        _ => return None,
    };
    Some((harm, polarity))
}

/// A stored row.
pub(super) struct StoredRow<'a>(pub &'a [u8]);

impl StoredRow<'_> {
    /// Where the key lies in the texts.
    pub(super) fn key_at(&self) -> Option<u64> {
        u64_at(self.0, place::KEY)
    }

    /// Where the details lie in the texts.
    pub(super) fn details_at(&self) -> Option<u64> {
        u64_at(self.0, place::DETAILS)
    }

    /// The digest of the entry.
    pub(super) fn digest(&self) -> Option<EntryDigest> {
        self.0.get(place::DIGEST..)?.first_chunk().copied()
    }

    /// The whole row, or `None` if a number in it stands for nothing.
    pub(super) fn read(&self, list_harm: Harm, key: String, details: Details) -> Option<EntryRow> {
        let bytes = self.0;
        let present = *bytes.get(place::PRESENT)?;
        let if_present = |bit: u8, at: usize| (present & bit != 0).then(|| u64_at(bytes, at)).flatten();
        let moment = |bit: u8, at: usize| if_present(bit, at).map(u64::cast_signed);
        let Details { labels, source, share, group, opinions } = details;
        Some(EntryRow {
            number: u32_at(bytes, place::NUMBER)?,
            key,
            status: *Status::ALL.get(usize::from(bytes[place::STATUS]))?,
            harm: match bytes[place::HARM] {
                0 => list_harm,
                position => *Harm::ALL.get(usize::from(position) - 1)?,
            },
            opinions,
            share,
            group,
            labels,
            size: if_present(HAS_SIZE, place::SIZE),
            added: moment(HAS_ADDED, place::ADDED),
            updated: moment(HAS_UPDATED, place::UPDATED),
            expires: moment(HAS_EXPIRES, place::EXPIRES),
            flags: Flags::from_bits(bytes[place::FLAGS])?,
            media: match bytes[place::MEDIA] {
                0 => None,
                position => Some(*Media::ALL.get(usize::from(position) - 1)?),
            },
            quality: bytes[place::QUALITY].checked_sub(1).map(Quality::new),
            source,
            digest: self.digest()?,
        })
    }
}

/// Turns what stands for nothing into damage.
pub(super) fn or_damaged<T>(value: Option<T>) -> Result<T, Damaged> {
    value.ok_or(Damaged::Table)
}
