//! `encase`: an EnCase hash set, MD5 in fixed-size records. The records begin at byte 1152; a reader that counts from 0 reads them wrong.

use std::io::{self, BufRead, Read};

use super::capped::Capped;
use super::draft::{Draft, DraftValue};
use super::{About, Record};
use crate::entry::SignalValue;
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;
use fingerprint::signal::SignalKind;

/// The first bytes of an EnCase hash set.
pub(super) const MAGIC: &[u8] = b"HASH\r\n\xff\0";

/// Length of the head; where the records begin.
const HEAD_BYTES: usize = 0x480;

/// Where the head says how many hashes follow: four bytes, little-endian.
const COUNT_AT: usize = 16;

/// Where the head names the set: UTF-16, little-endian, up to the first zero.
const NAME: std::ops::Range<usize> = 1032..1110;

/// A record: an MD5 and two bytes that mean nothing.
const RECORD_BYTES: usize = 18;

/// Length of an MD5.
const MD5_BYTES: usize = 16;

/// Reads the records that both the head and the length of the file allow; gives the number of bytes read.
pub(super) fn parse(source: impl Read, about: &mut About, sink: &mut dyn FnMut(Record)) -> Result<u64, Refusal> {
    let source = &mut Capped::bytes(source);
    let mut head = [0; HEAD_BYTES];
    let read = fill(source, &mut head)?;
    if !head[..read].starts_with(MAGIC) {
        return Err(Refusal::UnknownFormat { first_line_bytes: None });
    }
    if read < HEAD_BYTES {
        return Err(Refusal::EndsEarly);
    }
    let stated = u64::from(u32::from_le_bytes([head[COUNT_AT], head[COUNT_AT + 1], head[COUNT_AT + 2], head[COUNT_AT + 3]]));
    about.list_name = name(&head[NAME]);
    let mut found = 0;
    let mut record = [0; RECORD_BYTES];
    while found < stated {
        let offset = source.total();
        if fill(source, &mut record)? < RECORD_BYTES {
            break;
        }
        found += 1;
        sink(Record { number: found, offset, content: entry(&record[..MD5_BYTES]) });
    }
    let rest = io::copy(source, &mut io::sink())?;
    let there = found + rest / RECORD_BYTES as u64;
    if there != stated {
        about.notes.push(format!("The head of the file says {stated} hashes, and the file holds {there}; {found} are taken."));
    }
    Ok(source.total())
}

/// Fills the buffer as far as the source goes; gives the number of bytes.
fn fill(source: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

fn entry(md5: &[u8]) -> super::Content {
    let mut draft = Draft::default();
    match SignalValue::from_bytes(SignalKind::Md5, md5) {
        Some(signal) => draft.values.push(DraftValue::Signal(signal)),
        None => draft.rejected.push(Rejection::new(RejectReason::WrongLength, "not 16 bytes")),
    }
    draft.into_content()
}

/// The name of the set, or `None` if it has none.
fn name(units: &[u8]) -> Option<String> {
    let units = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).take_while(|unit| *unit != 0);
    let name: String = char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
