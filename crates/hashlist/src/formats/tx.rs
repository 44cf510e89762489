//! Formats of the tx program: `tx_lines` (input of `local_file`) and `tx_csv` (output of `threatexchange dataset -P --csv`).

use std::io::Read;

use super::csv::{each_row, split_line};
use super::draft::{Draft, cut};
use super::lines::{Lines, text};
use super::text::{bare_hash, each_line, record};
use super::{Answers, Content, DraftValue, Record};
use crate::entry::{Media, Status};
use crate::kinds::{Kind, names_video};
use crate::limits;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection, SkipReason};
use crate::refusal::Refusal;

/// Signal types of tx that are hashes of files or of what they show.
const FILE_TYPES: [&str; 6] = ["pdq", "video_md5", "video_sha256", "vpdq", "text_tlsh", "tlsh_pdf"];

/// Signal types of tx that speak of texts and addresses.
const OTHER_TYPES: [&str; 5] = ["raw_text", "url", "url_md5", "trend_query", "pdq_ocr"];

/// The header of a tx dataset.
const CSV_HEADER: [&str; 5] = ["signal_type", "signal_str", "collab", "category", "tags"];

/// Whether the line begins with a signal type of tx and holds a signal.
pub(super) fn is_tx_line(line: &str) -> bool {
    let Some((name, signal)) = line.split_once(' ') else { return false };
    let known = FILE_TYPES.iter().chain(&OTHER_TYPES).any(|known| known.eq_ignore_ascii_case(name));
    known && signal.starts_with(|character: char| !character.is_whitespace())
}

/// Whether the line is the header of a tx dataset.
pub(super) fn is_csv_header(line: &str) -> bool {
    split_line(line, b',').is_some_and(|names| names == CSV_HEADER)
}

/// Reads `<signal_type> <signal>` lines; a line without a known type is read as a bare hash.
pub(super) fn lines<R: Read>(lines: &mut Lines<R>, answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let mut vpdq_number = 0;
    each_line(lines, sink, |line| {
        if !is_tx_line(line) {
            return bare_hash(line, answers);
        }
        let (name, signal) = line.split_once(' ').unwrap_or((line, ""));
        typed(name, signal, Draft::default(), &mut vpdq_number)
    })
}

/// Reads the rows of a dataset.
pub(super) fn csv<R: Read>(lines: &mut Lines<R>, _answers: &Answers, sink: &mut dyn FnMut(Record)) -> Result<(), Refusal> {
    let mut first = Vec::new();
    let Some(line) = lines.next(&mut first)? else { return Ok(()) };
    if !is_csv_header(&text(&first)) {
        return Err(Refusal::UnknownFormat { first_line_bytes: Some(first.len()) });
    }
    sink(record(line, Content::Skipped(SkipReason::Header)));
    let mut vpdq_number = 0;
    each_row(lines, b',', sink, |fields| match fields {
        [name, signal, collab, category, tags] => {
            let mut draft = Draft { status: status(category), source: source(collab), ..Draft::default() };
            tags.split_whitespace().for_each(|tag| draft.add_label(tag));
            typed(name, signal, draft, &mut vpdq_number)
        }
        [] => Content::Skipped(SkipReason::Blank),
        other if other.iter().all(|field| field.trim().is_empty()) => Content::Skipped(SkipReason::Blank),
        other => Content::Rejected(Rejection::new(RejectReason::FieldCount, format!("{} fields under 5 columns", other.len()))),
    })
}

fn typed(name: &str, signal: &str, mut draft: Draft, vpdq_number: &mut u64) -> Content {
    if OTHER_TYPES.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        return Content::Skipped(SkipReason::NotAFileHash);
    }
    let Some(kind) = Kind::named(name) else {
        return Content::Rejected(Rejection::new(RejectReason::UnknownKind, "a signal type that nobody knows"));
    };
    draft.add_hash(Some(&kind), signal, Encoding::Any, None);
    draft.media = names_video(name).then_some(Media::Video);
    // A vPDQ value is too long for a key: the running number names it.
    if matches!(draft.values.as_slice(), [DraftValue::Kept(kind, _)] if kind == "vpdq") {
        *vpdq_number += 1;
        draft.key = Some(format!("vpdq:{vpdq_number}"));
    }
    draft.into_content()
}

fn status(category: &str) -> Option<Status> {
    match category.trim() {
        "POSITIVE_CLASS" => Some(Status::Confirmed),
        "INVESTIGATION_SEED" => Some(Status::Suspected),
        "DISPUTED" => Some(Status::Disputed),
        "NEGATIVE_CLASS" => Some(Status::Test),
        _ => None,
    }
}

fn source(collab: &str) -> Option<String> {
    let collab = cut(collab.trim(), limits::LABEL_BYTES);
    (!collab.is_empty()).then(|| collab.to_owned())
}
