//! Entries to an index, one after the other and in bounded memory.

use std::borrow::Borrow;
use std::io::{Cursor, Seek, Write};

use fingerprint::signal::{Pdq, SignalKind};

use super::layout::Section;
use super::output::Output;
use super::plan::Ring;
use super::rows::{ROW_BYTES, list_row, row};
use super::scratch::{MemoryScratch, Scratch, Spool};
use super::sort::Sorter;
use super::texts::Texts;
use super::{bands, exact};
use crate::entry::{Entry, Harm, Polarity, SignalValue};

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

/// Why an index was not built. What was written so far is no index: its head is written last.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// More than the layout can count.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Writing the index, or its scratch room, failed.
    #[error("the index could not be written: {0}")]
    Io(#[from] std::io::Error),
}

/// Takes entries in the order of their numbers and writes the index of them.
///
/// Memory stays below 512 MiB up to 10 million entries with signals of all kinds, and grows by about 10 bytes for each further one: what is
/// longer is sorted and kept in scratch room. Equal entries give equal bytes, whatever the scratch room.
pub struct Builder<S, W: Write + Seek> {
    meta: IndexMeta,
    scratch: S,
    out: Output<W>,
    entries: u32,
    texts: Texts,
    md5: Sorter<20>,
    sha1: Sorter<24>,
    sha256: Sorter<36>,
    pdq: Sorter<36>,
}

impl<S: Scratch, W: Write + Seek> Builder<S, W> {
    /// Begins an index from where `out` stands.
    ///
    /// # Errors
    /// [`BuildError::Io`].
    pub fn new(meta: IndexMeta, scratch: S, out: W) -> Result<Self, BuildError> {
        let mut out = Output::new(out)?;
        // The rows are most of what is written beside the signals, and they come in order: nothing else need stand before them.
        out.begin(Section::Rows, ROW_BYTES)?;
        Ok(Self {
            meta,
            scratch,
            out,
            entries: 0,
            texts: Texts::default(),
            md5: Sorter::default(),
            sha1: Sorter::default(),
            sha256: Sorter::default(),
            pdq: Sorter::default(),
        })
    }

    /// Takes the next entry; its number in the index is how many were taken before.
    ///
    /// # Errors
    /// [`BuildError::TooLarge`] from 2^31 entries or signals of a kind on (the limit of an import, [`crate::limits::ENTRIES`], lies far below),
    /// [`BuildError::Io`] from the scratch room or the output. The builder is of no use afterwards.
    pub fn push(&mut self, entry: &Entry) -> Result<(), BuildError> {
        let number = self.entries;
        self.entries = number.checked_add(1).filter(|next| next & bands::SHARED == 0).ok_or(TooLarge)?;
        let scratch = &mut self.scratch;
        let key = self.texts.key(entry, scratch)?;
        let details = self.texts.details(entry, scratch)?;
        self.out.write(&row(entry, key, details))?;
        for (position, signal) in entry.matchable().enumerate() {
            // An entry that was made by hand may repeat a signal.
            if entry.matchable().take(position).any(|earlier| earlier == signal) {
                continue;
            }
            match signal {
                SignalValue::Md5(value) => self.md5.push(record(value.as_bytes(), number), scratch)?,
                SignalValue::Sha1(value) => self.sha1.push(record(value.as_bytes(), number), scratch)?,
                SignalValue::Sha256(value) => self.sha256.push(record(value.as_bytes(), number), scratch)?,
                SignalValue::Pdq(value) => self.pdq.push(record(&Ring::of(value.as_bytes()).to_bytes(), number), scratch)?,
            }
        }
        Ok(())
    }

    /// Takes PDQ values under a key, whatever they are: for an index of what is stored, where a value that no list may raise is a question all the same.
    ///
    /// # Errors
    /// As [`Builder::push`].
    pub fn push_values(&mut self, key: &str, values: &[Pdq]) -> Result<(), BuildError> {
        let number = self.entries;
        self.push(&Entry { key: key.to_owned(), ..Entry::default() })?;
        values.iter().try_for_each(|value| Ok(self.pdq.push(record(&Ring::of(value.as_bytes()).to_bytes(), number), &mut self.scratch)?))
    }

    /// Writes the rest; the head comes last, so that an index that was cut off is none.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn finish(mut self) -> Result<(), BuildError> {
        let (scratch, out) = (&mut self.scratch, &mut self.out);
        out.end(Section::Rows);
        write_texts(&mut self.texts.heap, out)?;
        exact::write(SignalKind::Md5, self.md5, scratch, out)?;
        exact::write(SignalKind::Sha1, self.sha1, scratch, out)?;
        exact::write(SignalKind::Sha256, self.sha256, scratch, out)?;
        bands::write(self.pdq, self.entries, scratch, out)?;
        out.section(Section::List, 2, &list_row(self.meta.harm, self.meta.polarity))?;
        Ok(self.out.finish()?)
    }
}

/// A key with its entry number behind it, most significant byte first, so that equal keys are in the order of entries.
fn record<const K: usize, const N: usize>(key: &[u8; K], number: u32) -> [u8; N] {
    let mut record = [0; N];
    record[..K].copy_from_slice(key);
    record[K..].copy_from_slice(&number.to_be_bytes());
    record
}

fn write_texts(heap: &mut Spool, out: &mut Output<impl Write + Seek>) -> Result<(), BuildError> {
    out.begin(Section::Text, 1)?;
    heap.replay::<BuildError>(1, |block| Ok(out.write(block)?))?;
    out.end(Section::Text);
    Ok(())
}

/// Compiles entries into the bytes of an index, in memory. Entry number = position in `entries`.
///
/// # Errors
/// [`TooLarge`]; also if memory cannot hold it.
pub fn compile(entries: impl IntoIterator<Item: Borrow<Entry>>, meta: &IndexMeta) -> Result<Vec<u8>, TooLarge> {
    let mut file = Cursor::new(Vec::new());
    // A stream in memory fails only where its length can no longer be counted.
    Builder::new(*meta, MemoryScratch, &mut file)
        .and_then(|mut builder| {
            entries.into_iter().try_for_each(|entry| builder.push(entry.borrow()))?;
            builder.finish()
        })
        .map_err(|_| TooLarge)?;
    Ok(file.into_inner())
}
