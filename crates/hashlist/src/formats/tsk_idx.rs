//! `tsk_idx`: the index that the Sleuth Kit makes of a hash list. Sorted hashes with the place of each in a file that is not needed.

use std::io::Read;

use super::draft::{Draft, cut};
use super::lines::Lines;
use super::text::each_line;
use super::{About, Content, Record};
use crate::entry::Polarity;
use crate::kinds::Kind;
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;
use fingerprint::signal::SignalKind;

/// Zeros before the sign that makes a line a head line; as many as a SHA-1 has digits, so that head lines sort first.
const ZEROS: usize = 40;

/// What a head line says.
enum Head<'line> {
    /// What the index was made of: `nsrl`, `md5sum`, `hk`, `EnCase`.
    Source(&'line str),
    /// The name of the list.
    Name(&'line str),
}

impl<'line> Head<'line> {
    fn of(line: &'line str) -> Option<Self> {
        let (zeros, rest) = line.split_at_checked(ZEROS)?;
        if !zeros.bytes().all(|byte| byte == b'0') {
            return None;
        }
        rest.strip_prefix("0|").map(Self::Source).or_else(|| rest.strip_prefix("1|").map(Self::Name))
    }
}

/// Whether the first line of a file is that of an index.
pub(super) fn is_index(first: &str) -> bool {
    Head::of(first).is_some()
}

/// Reads the hashes; the offsets beside them are ignored. What the index was made of proposes the polarity.
pub(super) fn parse<R: Read>(lines: &mut Lines<R>, about: &mut About, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    each_line(lines, sink, |line| match Head::of(line) {
        Some(Head::Source(source)) => {
            about.polarity = source.trim().eq_ignore_ascii_case("nsrl").then_some(Polarity::Ignore);
            Content::Skipped(SkipReason::Header)
        }
        Some(Head::Name(name)) => {
            about.list_name = Some(cut(name.trim(), limits::LABEL_BYTES).to_owned()).filter(|name| !name.is_empty());
            Content::Skipped(SkipReason::Header)
        }
        None => entry(line),
    })
}

fn entry(line: &str) -> Content {
    let Some((hash, _offset)) = line.split_once('|') else {
        return Content::Rejected(Rejection::new(RejectReason::BadRecord, "no bar after the hash"));
    };
    const SHA1_DIGITS: usize = 40;
    let kind = if hash.trim().len() == SHA1_DIGITS { SignalKind::Sha1 } else { SignalKind::Md5 };
    let mut draft = Draft::default();
    draft.add_hash(Some(&Kind::Matched(kind)), hash, Encoding::Hex, None);
    draft.into_content()
}
