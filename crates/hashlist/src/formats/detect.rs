//! What is this file, and why do we think so? By content, never by extension; the first rule that fits wins.
//!
//! A file that is recognised and not taken is refused with a sentence that says what it is.

use super::lines::{UTF8_MARK, Utf16, text};
use super::{Format, detect_bytes, detect_json, detect_text};
use crate::refusal::Refusal;

/// The answer of recognition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The format.
    pub format: Format,
    /// Why, in one sentence for the preview. It holds no value of the list.
    pub why: String,
}

/// Recognises a file by its beginning.
///
/// `head` is the first bytes of the file, [`crate::limits::HEAD_BYTES`] of them where it has that many; `complete` says whether that is
/// the whole file. `file_name` decides only where two formats look the same.
/// # Errors
/// A [`Refusal`] that says what the file is and what to do: every code of recognition.
pub fn recognise(head: &[u8], complete: bool, file_name: &str) -> Result<Recognised, Refusal> {
    if let Some(recognised) = detect_bytes::recognise(head)? {
        return Ok(recognised);
    }
    let decoded = match Utf16::of_mark(head) {
        Some(order) => order.decode(&head[2..]),
        None => {
            detect_bytes::refuse_binary(head)?;
            text(head.strip_prefix(UTF8_MARK).unwrap_or(head)).into_owned()
        }
    };
    match decoded.trim_start().as_bytes().first() {
        None => Err(Refusal::EmptyFile),
        Some(b'<') => detect_bytes::markup(decoded.trim_start()),
        Some(b'{' | b'[') => detect_json::recognise(decoded.trim_start(), complete),
        Some(_) => detect_text::recognise(&decoded, complete, file_name),
    }
}
