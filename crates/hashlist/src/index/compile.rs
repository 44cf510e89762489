//! Entries to the bytes of a `.ghx` file.

use std::collections::HashMap;

use fingerprint::signal::SignalKind;
use sha2::{Digest, Sha256};

use super::layout::{ALIGNMENT, HEAD_BYTES, MAGIC, ROW_BYTES, Section, TABLE_ROW_BYTES, VERSION, row};
use crate::entry::{Entry, Harm, Media, Polarity, SignalValue, Status};

/// What the index says about its list as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexMeta {
    /// The harm of entries that have none of their own.
    pub harm: Harm,
    /// The polarity.
    pub polarity: Polarity,
}

/// More entries, or more text, than the numbers of the layout can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is too large for one index")]
pub struct TooLarge;

/// Compiles entries into the bytes of an index. Equal input gives equal bytes on every system; no time and no path stands inside.
///
/// Entry number = position in `entries`. Memory: the result, and 36 bytes a signal while sorting.
/// # Errors
/// [`TooLarge`] from 2^32 entries on; [`crate::limits::ENTRIES`] lies far below.
pub fn compile(entries: &[Entry], meta: &IndexMeta) -> Result<Vec<u8>, TooLarge> {
    let mut rows = Vec::with_capacity(entries.len() * ROW_BYTES);
    let mut texts = Texts::default();
    for entry in entries {
        rows.extend_from_slice(&entry_row(entry, &mut texts)?);
    }
    let mut sections = Vec::new();
    for kind in SignalKind::ALL {
        let (keys, numbers) = lookup(entries, kind)?;
        sections.push((Section::Keys(kind), keys));
        sections.push((Section::Numbers(kind), numbers));
    }
    let harm = position(&Harm::ALL, meta.harm) + 1;
    let polarity = u8::from(meta.polarity == Polarity::Ignore);
    sections.extend([(Section::Entries, rows), (Section::Text, texts.bytes), (Section::List, vec![harm, polarity])]);
    Ok(assemble(&sections))
}

/// The keys of one kind and the entry numbers beside them.
fn lookup(entries: &[Entry], kind: SignalKind) -> Result<(Vec<u8>, Vec<u8>), TooLarge> {
    let mut signals: Vec<(&SignalValue, u32)> = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let number = u32::try_from(number).map_err(|_| TooLarge)?;
        signals.extend(entry.matchable().filter(|signal| signal.kind() == kind).map(|signal| (signal, number)));
    }
    if kind != SignalKind::Pdq {
        signals.sort_unstable_by(|(a, x), (b, y)| (a.as_bytes(), x).cmp(&(b.as_bytes(), y)));
    }
    let mut keys = Vec::with_capacity(signals.len() * kind.byte_len());
    let mut numbers = Vec::with_capacity(signals.len() * 4);
    for (signal, number) in signals {
        keys.extend_from_slice(signal.as_bytes());
        numbers.extend_from_slice(&number.to_le_bytes());
    }
    Ok((keys, numbers))
}

fn entry_row(entry: &Entry, texts: &mut Texts) -> Result<[u8; ROW_BYTES], TooLarge> {
    let mut bytes = [0; ROW_BYTES];
    let mut put = |at: usize, number: u64| bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    put(row::KEY, texts.text(&entry.key)?);
    put(row::LABELS, texts.labels(&entry.labels)?);
    put(row::SOURCE, entry.source.as_deref().map_or(Ok(0), |source| texts.shared(source))?);
    put(row::SIZE, entry.size.unwrap_or_default());
    put(row::ADDED, entry.added.unwrap_or_default().cast_unsigned());
    put(row::UPDATED, entry.updated.unwrap_or_default().cast_unsigned());
    put(row::EXPIRES, entry.expires.unwrap_or_default().cast_unsigned());
    bytes[row::STATUS] = position(&Status::ALL, entry.status);
    bytes[row::HARM] = entry.harm.map_or(0, |harm| position(&Harm::ALL, harm) + 1);
    bytes[row::MEDIA] = entry.media.map_or(0, |media| position(&Media::ALL, media) + 1);
    bytes[row::FLAGS] = entry.flags.bits();
    bytes[row::QUALITY] = entry.quality.map_or(0, |quality| quality.get() + 1);
    let present = [
        (entry.size.is_some(), row::HAS_SIZE),
        (entry.added.is_some(), row::HAS_ADDED),
        (entry.updated.is_some(), row::HAS_UPDATED),
        (entry.expires.is_some(), row::HAS_EXPIRES),
        (entry.source.is_some(), row::HAS_SOURCE),
    ];
    bytes[row::PRESENT] = present.into_iter().filter(|(there, _)| *there).map(|(_, bit)| bit).sum();
    bytes[row::DIGEST..row::DIGEST + 16].copy_from_slice(&entry.digest());
    Ok(bytes)
}

/// Position of a value in its list of all values; the lists are short.
fn position<T: PartialEq>(all: &[T], value: T) -> u8 {
    all.iter().zip(0..).find(|(known, _)| **known == value).map_or(0, |(_, position)| position)
}

/// The heap of texts. Label sets and sources repeat, so each is written once.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    known: HashMap<Vec<u8>, u64>,
}

impl Texts {
    fn text(&mut self, text: &str) -> Result<u64, TooLarge> {
        let at = self.bytes.len() as u64;
        let written = with_length(text)?;
        self.bytes.extend_from_slice(&written);
        Ok(at)
    }

    fn shared(&mut self, text: &str) -> Result<u64, TooLarge> {
        let written = with_length(text)?;
        Ok(self.once(written))
    }

    fn labels(&mut self, labels: &[String]) -> Result<u64, TooLarge> {
        let count = u32::try_from(labels.len()).map_err(|_| TooLarge)?;
        let mut written = count.to_le_bytes().to_vec();
        for label in labels {
            written.extend(with_length(label)?);
        }
        Ok(self.once(written))
    }

    fn once(&mut self, written: Vec<u8>) -> u64 {
        if let Some(at) = self.known.get(&written) {
            return *at;
        }
        let at = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&written);
        self.known.insert(written, at);
        at
    }
}

fn with_length(text: &str) -> Result<Vec<u8>, TooLarge> {
    let length = u32::try_from(text.len()).map_err(|_| TooLarge)?;
    Ok([&length.to_le_bytes(), text.as_bytes()].concat())
}

/// Head, table and sections.
fn assemble(sections: &[(Section, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0; HEAD_BYTES + sections.len() * TABLE_ROW_BYTES];
    for (position, (section, content)) in sections.iter().enumerate() {
        file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
        let count = content.len() / section.record_bytes();
        let mut table_row = Vec::with_capacity(TABLE_ROW_BYTES);
        table_row.extend_from_slice(&section.number().to_le_bytes());
        table_row.extend_from_slice(&(section.record_bytes() as u32).to_le_bytes());
        table_row.extend_from_slice(&(file.len() as u64).to_le_bytes());
        table_row.extend_from_slice(&(count as u64).to_le_bytes());
        table_row.extend_from_slice(&[0; 8]);
        let at = HEAD_BYTES + position * TABLE_ROW_BYTES;
        file[at..at + TABLE_ROW_BYTES].copy_from_slice(&table_row);
        file.extend_from_slice(content);
    }
    let digest = Sha256::digest(&file[HEAD_BYTES..]);
    let length = file.len() as u64;
    file[..8].copy_from_slice(&MAGIC);
    file[8..12].copy_from_slice(&VERSION.to_le_bytes());
    file[12..16].copy_from_slice(&(sections.len() as u32).to_le_bytes());
    file[16..24].copy_from_slice(&length.to_le_bytes());
    file[24..56].copy_from_slice(&digest);
    file
}
