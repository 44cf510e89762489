//! Recognition of text: what most of the first lines look like, and exact headers.

use super::checksum::{DIGEST_DIGITS, Form};
use super::columns::{Column, header, refuse_too_many};
use super::detect::Recognised;
use super::layouts::Layout;
use super::text::{first_token, skipped};
use super::{Format, clamav, hashdeep, tlsh, tsk_idx, tx};
use crate::limits;
use crate::normalize::is_hex;
use crate::refusal::Refusal;

/// The lines that recognition looks at.
struct Sample<'head> {
    /// The first line of the file, whatever it is.
    first: &'head str,
    /// The first 200 lines that are neither blank nor comments.
    counting: Vec<&'head str>,
}

impl<'head> Sample<'head> {
    fn of(head: &'head str, complete: bool) -> Self {
        // The last line of an incomplete head may be cut, which would spoil a count; the only line is looked at all the same.
        let whole = if complete { head } else { head.rsplit_once('\n').map_or(head, |(whole, _)| whole) };
        let lines = || whole.lines();
        let counting = lines().filter(|line| skipped(line).is_none()).take(limits::HEAD_LINES).collect();
        Self { first: lines().next().unwrap_or_default(), counting }
    }

    /// How many of the lines fit; `Some` if they are at least half.
    fn most(&self, fits: impl Fn(&str) -> bool) -> Option<usize> {
        let count = self.counting.iter().filter(|line| fits(line)).count();
        (count > 0 && count * 2 >= self.counting.len()).then_some(count)
    }

    fn why(&self, count: usize, what: &str) -> String {
        format!("{count} of {} lines {what}", self.counting.len())
    }
}

/// Recognises text without a byte order mark.
pub(super) fn recognise(head: &str, complete: bool, file_name: &str) -> Result<Recognised, Refusal> {
    let sample = Sample::of(head, complete);
    let first = sample.counting.first().copied().unwrap_or_default();
    if let Some(recognised) = by_header(&sample, first)? {
        return Ok(recognised);
    }
    if let Some(recognised) = by_lines(&sample, file_name)? {
        return Ok(recognised);
    }
    if let Some((_, columns)) = header(first) {
        refuse_too_many(&columns)?;
        return Ok(Recognised { format: Format::Csv, why: header_why(&columns) });
    }
    if let Some(count) = sample.most(has_digest) {
        return Ok(Recognised { format: Format::HashLines, why: sample.why(count, &digest_lengths(&sample)) });
    }
    if sample.counting.iter().any(|line| is_sql(line)) {
        return Err(Refusal::SqlScript);
    }
    let first_line_bytes = (complete || head.contains('\n')).then_some(sample.first.len());
    Err(Refusal::UnknownFormat { first_line_bytes })
}

/// Formats that their first line gives away.
fn by_header(sample: &Sample<'_>, first: &str) -> Result<Option<Recognised>, Refusal> {
    if sample.first.starts_with(hashdeep::MAGIC) {
        return Ok(Some(Recognised { format: Format::Hashdeep, why: "the first line is that of hashdeep output".to_owned() }));
    }
    if tsk_idx::is_index(sample.first) {
        return Ok(Some(Recognised { format: Format::TskIdx, why: "the first line is that of a Sleuth Kit index".to_owned() }));
    }
    if let Some(layout) = Layout::of_header(first) {
        return Ok(Some(Recognised { format: layout.format, why: format!("the first line is the header of {}", layout.title) }));
    }
    if tx::is_csv_header(first) {
        return Ok(Some(Recognised { format: Format::TxCsv, why: "the first line is the header of a tx dataset".to_owned() }));
    }
    let names: Vec<&str> = first.split(',').map(crate::normalize::bare).collect();
    if names.contains(&"URL") && names.contains(&"Content Data Type") {
        return Err(Refusal::AddressesNotFiles);
    }
    Ok(None)
}

/// Whether a line has the form of a format.
type Fits<'rule> = &'rule dyn Fn(&str) -> bool;

/// Formats whose lines have a form of their own, in the order of the rules.
fn by_lines(sample: &Sample<'_>, file_name: &str) -> Result<Option<Recognised>, Refusal> {
    let named_te = file_name.ends_with(".te");
    if sample.most(clamav::is_section_hash).is_some() && sample.most(tx::is_tx_line).is_none() {
        return Err(Refusal::SectionHashes);
    }
    let forms: [(Format, Fits<'_>, &str); 6] = [
        (Format::TxLines, &tx::is_tx_line, "begin with a signal type of tx"),
        (Format::Clamav, &clamav::is_signature, "are ClamAV signatures of whole files"),
        (Format::Checksum, &|line| Form::of(line).is_some(), "are a checksum with a file name"),
        (Format::Vpdq, &is_vpdq_line, "are frames of a video: number, quality, PDQ, seconds"),
        (Format::TeCache, &|line| named_te && is_te_line(line), "are rows of an old tx cache, as the file name says"),
        (Format::Tlsh, &tlsh::is_digest_line, "begin with a TLSH digest"),
    ];
    for (format, fits, what) in forms {
        if let Some(count) = sample.most(fits) {
            return Ok(Some(Recognised { format, why: sample.why(count, what) }));
        }
    }
    if sample.most(is_misp_hashes).is_some() {
        return Err(Refusal::NotAList { what: "the file hashes.csv of a MISP feed, which holds MD5 of attribute texts" });
    }
    Ok(None)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `<frame>,<quality>,<64 hex>,<seconds>`
fn is_vpdq_line(line: &str) -> bool {
    let parts: Vec<&str> = line.trim_end().split(',').collect();
    let [frame, quality, hash, seconds] = parts.as_slice() else { return false };
    is_number(frame) && is_number(quality) && hash.len() == 64 && is_hex(hash) && seconds.parse::<f64>().is_ok()
}

/// `<indicator>,<id>,<time>,…`
fn is_te_line(line: &str) -> bool {
    let mut parts = line.split(',');
    parts.next().is_some_and(|part| !part.is_empty()) && parts.next().is_some_and(is_number) && parts.next().is_some_and(is_number)
}

/// `<32 hex>,<uuid>`
fn is_misp_hashes(line: &str) -> bool {
    let Some((hash, uuid)) = line.trim_end().split_once(',') else { return false };
    let is_uuid = uuid.len() == 36 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    hash.len() == 32 && is_hex(hash) && is_uuid
}

fn has_digest(line: &str) -> bool {
    let (token, _) = first_token(line);
    DIGEST_DIGITS.contains(&token.len()) && is_hex(token)
}

fn is_sql(line: &str) -> bool {
    let line = line.to_ascii_uppercase();
    line.contains("CREATE TABLE") || line.contains("INSERT INTO")
}

/// `begin with 32, 40, 96 or 128 hex digits`, with the lengths that occur.
fn digest_lengths(sample: &Sample<'_>) -> String {
    let occurs = |digits: &&usize| sample.counting.iter().any(|line| has_digest(line) && first_token(line).0.len() == **digits);
    let lengths: Vec<String> = DIGEST_DIGITS.iter().filter(occurs).map(usize::to_string).collect();
    let listed = match lengths.as_slice() {
        [init @ .., last] if !init.is_empty() => format!("{} or {last}", init.join(", ")),
        other => other.concat(),
    };
    format!("begin with {listed} hex digits")
}

/// The sentence of a header, with our names of its hash columns: the file's own text is not repeated.
fn header_why(columns: &[Column]) -> String {
    let names: Vec<&str> = columns
        .iter()
        .filter_map(|column| match column {
            Column::Hash { kind, .. } => Some(kind.name()),
            Column::UntypedHash => Some("hash"),
            _ => None,
        })
        .collect();
    format!("the first line names {} columns, among them {}", columns.len(), names.join(", "))
}
