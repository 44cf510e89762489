//! Recognition of text: what most of the first lines look like, and exact headers.

use super::checksum::{DIGEST_DIGITS, Form};
use super::columns::{Column, header, refuse_too_many};
use super::detect::Recognised;
use super::text::{first_token, skipped};
use super::{Format, hashdeep, tx};
use crate::limits;
use crate::normalize::{is_hex, is_tlsh};
use crate::refusal::Refusal;

/// Headers of formats that this build cannot read yet.
const LATER_HEADERS: [(&str, &str); 7] = [
    (r#""SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode""#, "an NSRL file"),
    (r#""SHA-1","FileName","FileSize","ProductCode","OpSystemCode","MD4","MD5","CRC32","SpecialCode""#, "an NSRL file"),
    (r#""file_id","hashset_id","file_name","directory","hash","file_size","date_modified""#, "a HashKeeper file"),
    ("V1Hash,HashType,SetDescription,FileName,FilePath,FileSize", "an iLook file"),
    ("V3Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512", "an iLook file"),
    ("V4Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512", "an iLook file"),
    ("MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;", "an ICSE export"),
];

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
    if let Some(count) = sample.most(tx::is_tx_line) {
        return Ok(Recognised { format: Format::TxLines, why: sample.why(count, "begin with a signal type of tx") });
    }
    if sample.most(is_section_hash).is_some() {
        return Err(Refusal::SectionHashes);
    }
    if sample.most(is_clamav).is_some() {
        return Err(Refusal::FormatNotBuilt { format: "ClamAV signatures" });
    }
    if let Some(count) = sample.most(|line| Form::of(line).is_some()) {
        return Ok(Recognised { format: Format::Checksum, why: sample.why(count, "are a checksum with a file name") });
    }
    refuse_other_lines(&sample, file_name)?;
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
    if is_tsk_index(sample.first) {
        return Err(Refusal::FormatNotBuilt { format: "a Sleuth Kit index" });
    }
    if let Some((_, format)) = LATER_HEADERS.iter().find(|(header, _)| first.starts_with(header)) {
        return Err(Refusal::FormatNotBuilt { format });
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

/// Line formats that stand between `checksum` and `csv` in the order of rules.
fn refuse_other_lines(sample: &Sample<'_>, file_name: &str) -> Result<(), Refusal> {
    let later = |format| Err(Refusal::FormatNotBuilt { format });
    if sample.most(is_vpdq_line).is_some() {
        return later("a vPDQ file");
    }
    if file_name.ends_with(".te") && sample.most(is_te_line).is_some() {
        return later("a cache file of an old tx program");
    }
    if sample.most(|line| is_tlsh(line.trim())).is_some() {
        return later("a list of TLSH digests");
    }
    if sample.most(is_misp_hashes).is_some() {
        return Err(Refusal::NotAList { what: "the file hashes.csv of a MISP feed, which holds MD5 of attribute texts" });
    }
    Ok(())
}

/// 40 zeros, `0` or `1`, a bar.
fn is_tsk_index(line: &str) -> bool {
    let Some((zeros, rest)) = line.split_at_checked(40) else { return false };
    zeros.bytes().all(|byte| byte == b'0') && (rest.starts_with("0|") || rest.starts_with("1|"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_digest_up_to_64(text: &str) -> bool {
    (32..=64).contains(&text.len()) && is_hex(text)
}

/// `<size>:<hash>:…`, of ClamAV `.mdb`.
fn is_section_hash(line: &str) -> bool {
    let mut parts = line.split(':');
    parts.next().is_some_and(is_number) && parts.next().is_some_and(is_digest_up_to_64) && parts.next().is_some()
}

/// `<hash>:<size or *>:<name>`, of ClamAV `.hdb`.
fn is_clamav(line: &str) -> bool {
    let mut parts = line.split(':');
    let hash = parts.next().is_some_and(is_digest_up_to_64);
    let size = parts.next().is_some_and(|size| size == "*" || is_number(size));
    hash && size && parts.next().is_some_and(|name| !name.is_empty())
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
