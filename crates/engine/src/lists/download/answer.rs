//! What an HTTP answer means: a pure function over what was asked and what came back. The table in full: `docs/downloads.md`.

use std::time::Duration;

use super::failure::{Failure, FailureCode};
use super::http_date;
use crate::model::Shown;

/// Longest wait that a server can ask for.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Longest validator that is kept, in bytes; real ones have some tens.
const LONGEST_VALIDATOR: usize = 512;

/// What tells later whether a file is still the same. Sent back to the server word for word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// Where an earlier, cut download can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Bytes that are here.
    pub at: u64,
    /// The strong `ETag` that they came with.
    pub etag: String,
}

/// How long an answer may be, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Not one byte more.
    pub max: u64,
    /// Whether it must be just that long: a signed index said so.
    pub is_exact: bool,
}

impl Size {
    /// Anything up to this many bytes.
    pub const fn at_most(max: u64) -> Self {
        Self { max, is_exact: false }
    }

    /// This many bytes, as a signed index says.
    pub const fn exactly(bytes: u64) -> Self {
        Self { max: bytes, is_exact: true }
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The host, for sentences.
    pub host: &'a str,
    /// Whether validators went along, so that 304 is an answer.
    pub is_conditional: bool,
    /// Whether the rest of an earlier download was asked for.
    pub resume: Option<&'a Resume>,
    /// How long it may be.
    pub size: Size,
}

/// Status and headers of an answer.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values. A value that is not text is `?`, which no rule takes for something it knows.
    pub fields: Vec<(String, String)>,
}

impl Head {
    /// All values of a header, joined as HTTP joins them.
    pub fn field(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.trim()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The validators to keep with what is taken.
    pub fn validators(&self) -> Validators {
        let kept = |name: &str| {
            self.field(name)
                .filter(|text| (1..=LONGEST_VALIDATOR).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)))
        };
        Validators { etag: kept("etag"), last_modified: kept("last-modified") }
    }

    /// The `ETag` if it is a strong one (RFC 9110, section 8.8.3): only that proves that two halves belong together.
    pub fn strong_etag(&self) -> Option<String> {
        self.validators().etag.filter(|etag| etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'))
    }
}

/// What to do with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Take the body.
    Take {
        /// Where it belongs in the file: 0, or where the earlier download ended.
        from: u64,
        /// Length of the whole file, if the server says it.
        total: Option<u64>,
    },
    /// The file is the one that we have.
    Unchanged,
    /// What is here of an earlier download is of no use: ask once more, for everything.
    StartOver,
    /// It is elsewhere; the text of `Location`.
    Elsewhere(String),
    /// No.
    Fail(Failure),
}

/// Decides what an answer means. `now_ms` is the clock, for a `Retry-After` that is a date.
pub fn judge(head: &Head, asked: &Asked<'_>, now_ms: i64) -> Verdict {
    let host = Shown::of_text(asked.host);
    match head.status {
        200 => take(head, asked, 0, None),
        206 => rest(head, asked),
        304 if asked.is_conditional => Verdict::Unchanged,
        301 | 302 | 303 | 307 | 308 => match head.field("location") {
            Some(location) => Verdict::Elsewhere(location),
            None => fail(FailureCode::BadRedirect, format!("{host} sends on to nowhere. Tell the publisher.")),
        },
        416 if asked.resume.is_some() => Verdict::StartOver,
        401 | 403 => fail(
            FailureCode::AccessRefused,
            format!("{host} refuses access ({}). Does the list need a key, or has yours run out? Ask the publisher.", head.status),
        ),
        404 | 410 => fail(
            FailureCode::NotThere,
            format!("{host} has no list at this address any more ({}). Look for the new address at the publisher.", head.status),
        ),
        429 | 503 => Verdict::Fail(Failure {
            retry_after: retry_after(head, now_ms),
            ..Failure::new(FailureCode::ServerBusy, format!("{host} asks to come back later ({}).", head.status))
        }),
        status @ 400..=599 => fail(FailureCode::ServerFailed, format!("{host} answers with error {status}. It is tried again.")),
        status => fail(FailureCode::BadAnswer, format!("{host} gives an answer that was not asked for ({status}). It is tried again.")),
    }
}

fn fail(code: FailureCode, sentence: String) -> Verdict {
    Verdict::Fail(Failure::new(code, sentence))
}

/// Seconds, or a date; at most [`LONGEST_RETRY_AFTER`].
fn retry_after(head: &Head, now_ms: i64) -> Option<Duration> {
    let text = head.field("retry-after")?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let wait = if is_number {
        // More digits than a number can hold are more than the longest wait.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let ahead = http_date::read(&text)?.saturating_sub(now_ms);
        Duration::from_millis(u64::try_from(ahead).unwrap_or(0))
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

/// A 206: only if we asked for it, with our validator, and if it goes on where we are.
fn rest(head: &Head, asked: &Asked<'_>) -> Verdict {
    let Some(resume) = asked.resume else { return Verdict::StartOver };
    let Some((from, to, total)) = head.field("content-range").as_deref().and_then(content_range) else { return Verdict::StartOver };
    let is_same = head.field("etag").is_none_or(|etag| etag == resume.etag);
    let is_whole_rest = from == resume.at && to >= from && to.checked_add(1) == Some(total);
    let length_fits = head.field("content-length").is_none_or(|length| number(&length) == Some(total.saturating_sub(from)));
    if is_same && is_whole_rest && length_fits { take(head, asked, from, Some(total)) } else { Verdict::StartOver }
}

/// `bytes FIRST-LAST/TOTAL`.
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    Some((number(from)?, number(to)?, number(total)?))
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The last look before bytes are read: nothing compressed, nothing that is clearly no list, nothing too long.
fn take(head: &Head, asked: &Asked<'_>, from: u64, total: Option<u64>) -> Verdict {
    let host = Shown::of_text(asked.host);
    let is_chunked = match head.field("transfer-encoding") {
        None => false,
        Some(coding) if coding.eq_ignore_ascii_case("chunked") => true,
        Some(_) => return encoded(&host),
    };
    if head.field("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return encoded(&host);
    }
    if head.field("content-type").is_some_and(|kind| contradicts_a_list(&kind)) {
        return fail(
            FailureCode::NotAList,
            format!("{host} gives a web page or a picture and no list. Does the network want you to sign in first, or is the address old?"),
        );
    }
    let length = match head.field("content-length").filter(|_| !is_chunked) {
        None => None,
        Some(text) => match number(&text) {
            Some(length) => Some(length),
            None => return fail(FailureCode::BadAnswer, format!("{host} says two lengths of one list. It is tried again.")),
        },
    };
    let total = total.or(length.map(|length| from.saturating_add(length)));
    match total {
        None if !is_chunked && !asked.size.is_exact => fail(
            FailureCode::NoLength,
            format!(
                "{host} does not say how long the list is, so a list that was cut could not be told from a whole one. Tell the publisher."
            ),
        ),
        Some(0) => empty(&host),
        Some(total) => too_long_or_short(total, asked).map_or(Verdict::Take { from, total: Some(total) }, Verdict::Fail),
        None => Verdict::Take { from, total: None },
    }
}

fn encoded(host: &Shown) -> Verdict {
    fail(FailureCode::Encoded, format!("{} compresses its answer although it was asked not to. Tell the publisher.", host.as_str()))
}

fn empty(host: &Shown) -> Verdict {
    fail(FailureCode::NotAList, format!("{} gives an empty answer and no list. Is the address right?", host.as_str()))
}

/// Types of what is certainly no list. Lists come under many types, also wrong ones; only a contradiction counts.
fn contradicts_a_list(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), "text/html" | "application/xhtml+xml" | "text/css" | "application/pdf")
        || ["image/", "audio/", "video/", "font/"].iter().any(|start| kind.starts_with(start))
}

/// What is wrong with a file of this length, if anything.
pub(super) fn too_long_or_short(total: u64, asked: &Asked<'_>) -> Option<Failure> {
    let host = Shown::of_text(asked.host);
    let max = asked.size.max;
    if asked.size.is_exact && total != max {
        return Some(Failure::new(
            FailureCode::WrongSize,
            format!("{host} gives a file that is not {max} bytes long, as the list's index says. It was not taken. Tell the publisher."),
        ));
    }
    (total > max).then(|| Failure::new(FailureCode::TooLarge, format!("{host} gives more than {max} bytes. It was not taken.")))
}

#[cfg(test)]
mod tests;
