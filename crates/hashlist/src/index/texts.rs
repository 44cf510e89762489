//! The heap of texts: keys, and what else an entry says in words.
//!
//! A text is its u32 length and its bytes. A key that only repeats a signal (`md5:` and 32 digits) is stored as the signal: the length
//! field is then [`SIGNAL`] plus the position of the kind, and the raw bytes follow, half as long as the digits. The details of an entry
//! (labels, source, share, group, opinions) repeat in most lists and are written once.

use std::collections::HashMap;
use std::io;

use fingerprint::signal::SignalKind;

use super::TooLarge;
use super::layout::u32_at;
use super::pages::Damaged;
use super::scratch::{Scratch, Spool};
use crate::entry::{Entry, Opinions, SignalValue, Voices, is_key_of};

/// Set in a length: what follows is a signal.
const SIGNAL: u32 = 1 << 31;

/// Distinct details that are remembered while building, so that they are written once; further ones are written each time. 65,536 bound the
/// memory for lists in which every entry says something else.
const REMEMBERED: usize = 1 << 16;

/// Bits of the word that says which single texts are there.
const HAS_SOURCE: u32 = 1;
const HAS_SHARE: u32 = 2;
const HAS_GROUP: u32 = 4;

/// The heap while it is built.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) heap: Spool,
    known: HashMap<Vec<u8>, u64>,
    /// The details of the entry before, and their place: most entries of a list say the same.
    last: (Vec<u8>, u64),
    /// Room for the text at hand.
    room: Vec<u8>,
}

impl Texts {
    /// Writes the key; its place.
    pub(super) fn key(&mut self, entry: &Entry, scratch: &mut dyn Scratch) -> io::Result<u64> {
        let at = self.heap.len();
        let bytes = &mut self.room;
        bytes.clear();
        match entry.signals.first().filter(|signal| is_key_of(&entry.key, signal)) {
            Some(signal) => {
                let position = SignalKind::ALL.iter().zip(0u32..).find(|(kind, _)| **kind == signal.kind()).map_or(0, |(_, at)| at);
                bytes.extend_from_slice(&(SIGNAL | position).to_le_bytes());
                bytes.extend_from_slice(signal.as_bytes());
            }
            None => put_text(bytes, &entry.key)?,
        }
        self.heap.push(bytes, scratch)?;
        Ok(at)
    }

    /// Writes the details, or finds them; their place.
    pub(super) fn details(&mut self, entry: &Entry, scratch: &mut dyn Scratch) -> io::Result<u64> {
        self.room.clear();
        put_details(&mut self.room, entry)?;
        if self.room == self.last.0 {
            return Ok(self.last.1);
        }
        let at = match self.known.get(&self.room) {
            Some(at) => *at,
            None => self.add(scratch)?,
        };
        self.last.0.clone_from(&self.room);
        self.last.1 = at;
        Ok(at)
    }

    /// Writes the details at hand; their place.
    fn add(&mut self, scratch: &mut dyn Scratch) -> io::Result<u64> {
        let at = self.heap.len();
        self.heap.push(&self.room, scratch)?;
        if self.known.len() < REMEMBERED {
            self.known.insert(self.room.clone(), at);
        }
        Ok(at)
    }
}

fn put_details(bytes: &mut Vec<u8>, entry: &Entry) -> io::Result<()> {
    put_texts(bytes, &entry.labels)?;
    let single = [(&entry.source, HAS_SOURCE), (&entry.share, HAS_SHARE), (&entry.group, HAS_GROUP)];
    let present: u32 = single.iter().filter(|(text, _)| text.is_some()).map(|(_, bit)| bit).sum();
    bytes.extend_from_slice(&present.to_le_bytes());
    single.iter().filter_map(|(text, _)| text.as_ref()).try_for_each(|text| put_text(bytes, text))?;
    for voices in [&entry.opinions.agree, &entry.opinions.against, &entry.opinions.other] {
        bytes.extend_from_slice(&voices.count.to_le_bytes());
        put_texts(bytes, &voices.names)?;
    }
    Ok(())
}

fn put_text(bytes: &mut Vec<u8>, text: &str) -> io::Result<()> {
    bytes.extend_from_slice(&length_of(text.len())?.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    Ok(())
}

fn put_texts(bytes: &mut Vec<u8>, texts: &[String]) -> io::Result<()> {
    bytes.extend_from_slice(&length_of(texts.len())?.to_le_bytes());
    texts.iter().try_for_each(|text| put_text(bytes, text))
}

/// A length below the bit that marks a signal.
fn length_of(length: usize) -> io::Result<u32> {
    u32::try_from(length).ok().filter(|length| *length < SIGNAL).ok_or_else(|| io::Error::other(TooLarge))
}

/// What an entry says in words beside its key.
pub(super) struct Details {
    pub labels: Vec<String>,
    pub source: Option<String>,
    pub share: Option<String>,
    pub group: Option<String>,
    pub opinions: Opinions,
}

/// Reads the heap from a place on; `fetch` gives proven bytes of it: where, and how many.
pub(super) struct TextReader<F> {
    fetch: F,
    at: u64,
}

impl<'a, F: Fn(u64, usize) -> Result<&'a [u8], Damaged>> TextReader<F> {
    pub(super) fn new(fetch: F, at: u64) -> Self {
        Self { fetch, at }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let bytes = (self.fetch)(self.at, length)?;
        self.at += length as u64;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, Damaged> {
        u32_at(self.take(4)?, 0).ok_or(Damaged::Table)
    }

    fn text(&mut self) -> Result<String, Damaged> {
        let length = self.number()? as usize;
        self.text_of(length)
    }

    fn text_of(&mut self, length: usize) -> Result<String, Damaged> {
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| Damaged::Table)?;
        Ok(text.to_owned())
    }

    /// As many texts as the number in front says. Nothing is reserved for a number that the bytes may not keep.
    fn texts(&mut self) -> Result<Vec<String>, Damaged> {
        let count = self.number()?;
        (0..count).map(|_| self.text()).collect()
    }

    pub(super) fn key(mut self) -> Result<String, Damaged> {
        let length = self.number()?;
        if length & SIGNAL == 0 {
            return self.text_of(length as usize);
        }
        let kind = *SignalKind::ALL.get((length & !SIGNAL) as usize).ok_or(Damaged::Table)?;
        let signal = SignalValue::from_bytes(kind, self.take(kind.byte_len())?).ok_or(Damaged::Table)?;
        Ok(format!("{kind}:{signal}"))
    }

    pub(super) fn details(mut self) -> Result<Details, Damaged> {
        let labels = self.texts()?;
        let present = self.number()?;
        let mut single = |bit: u32| (present & bit != 0).then(|| self.text()).transpose();
        let (source, share, group) = (single(HAS_SOURCE)?, single(HAS_SHARE)?, single(HAS_GROUP)?);
        let opinions = Opinions { agree: self.voices()?, against: self.voices()?, other: self.voices()? };
        Ok(Details { labels, source, share, group, opinions })
    }

    fn voices(&mut self) -> Result<Voices, Damaged> {
        Ok(Voices { count: self.number()?, names: self.texts()? })
    }
}
