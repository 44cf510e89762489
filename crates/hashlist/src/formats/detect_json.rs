//! Recognition of JSON by its keys, read from the beginning of the file, which may be cut anywhere.

use crate::kinds::Kind;
use crate::refusal::Refusal;

/// Deepest nesting that is looked at; no list needs more.
const DEEPEST: usize = 64;

/// What stands at the beginning of a JSON file.
#[derive(Debug, Default)]
struct Outline {
    /// Keys with the keys above them, joined by `/`; arrays add nothing.
    paths: Vec<String>,
    /// The first text that stands directly in an array or under a number key.
    first_text: Option<String>,
    /// Every bracket is closed.
    closed: bool,
    /// Nested too deeply.
    too_deep: bool,
}

/// Most keys that are looked at: enough for the first records of any list.
const MOST_KEYS: usize = 2000;

/// Keys that make a format: all of one row must be there. In order; the first row that fits wins.
const EVIDENCE: [(&[&str], &str); 13] = [
    (&["shl"], "a signed list (shl)"),
    (&["shl_index"], "the index of a signed list (shl)"),
    (&["hashRecords"], "a page of StopNCII"),
    (&["results/hash_digest"], "a page of Tech Against Terrorism"),
    (&["data/indicator"], "a page of ThreatExchange"),
    (&["odata.metadata"], "a VICS file"),
    (&["@odata.context"], "a VICS file"),
    (&["Event"], "a MISP event"),
    (&["Attribute", "info"], "a MISP event"),
    (&["objects/spec_version"], "a STIX bundle"),
    (&["objects/pattern"], "a STIX bundle"),
    (&["type", "objects"], "a STIX bundle"),
    (&["list", "matching_attributes"], "a MISP warning list"),
];

/// What a file that begins with `{` or `[` is. No JSON format is built yet, so every answer is a refusal.
pub(super) fn refuse(json: &str, complete: bool) -> Refusal {
    let outline = outline(json);
    if outline.too_deep {
        return Refusal::TooDeep;
    }
    if complete && !outline.closed {
        return Refusal::EndsEarly;
    }
    let has = |path: &&str| outline.paths.iter().any(|known| known == path);
    if let Some((_, format)) = EVIDENCE.iter().find(|(paths, _)| paths.iter().all(has)) {
        return Refusal::FormatNotBuilt { format };
    }
    if has(&"error") {
        return Refusal::ErrorAnswer;
    }
    if outline.first_text.as_deref().is_some_and(is_vpdq_frame) {
        return Refusal::FormatNotBuilt { format: "a vPDQ file" };
    }
    let names_kind = |path: &String| !path.contains('/') && (Kind::named(path).is_some() || path == "hash");
    if outline.paths.iter().any(names_kind) {
        return Refusal::FormatNotBuilt { format: "rows in JSON" };
    }
    Refusal::UnknownFormat { first_line_bytes: json.find('\n').or(complete.then_some(json.len())) }
}

/// `<64 hex>,<number>,<number>`
fn is_vpdq_frame(text: &str) -> bool {
    let parts: Vec<&str> = text.split(',').collect();
    let [hash, quality, seconds] = parts.as_slice() else { return false };
    hash.len() == 64 && crate::normalize::is_hex(hash) && quality.parse::<u8>().is_ok() && seconds.parse::<f64>().is_ok()
}

/// Walks the text once, without building values and without failing: a cut or damaged file gives the keys before the damage.
fn outline(json: &str) -> Outline {
    let mut outline = Outline::default();
    // One element for each open bracket: the key under which it stands, empty inside arrays.
    let mut open: Vec<(u8, String)> = Vec::new();
    let mut key = String::new();
    let mut rest = json;
    while let Some(at) = rest.find(['{', '[', '}', ']', '"', ',']) {
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            b'{' | b'[' => {
                if open.len() >= DEEPEST {
                    outline.too_deep = true;
                    return outline;
                }
                open.push((sign, std::mem::take(&mut key)));
            }
            b'}' | b']' => {
                open.pop();
                key.clear();
                if open.is_empty() {
                    outline.closed = true;
                }
            }
            b',' => key.clear(),
            _ => {
                let Some((text, after)) = split_string(rest) else { return Outline { closed: false, ..outline } };
                rest = after;
                let is_key = rest.trim_start().starts_with(':') && open.last().is_some_and(|(bracket, _)| *bracket == b'{');
                if is_key {
                    outline.note(&open, text);
                    text.clone_into(&mut key);
                } else if key.is_empty() || key.bytes().all(|byte| byte.is_ascii_digit()) {
                    outline.first_text.get_or_insert_with(|| text.to_owned());
                }
            }
        }
        if outline.paths.len() >= MOST_KEYS {
            // Enough was seen; whether the file is whole shows when it is read.
            outline.closed = true;
            return outline;
        }
    }
    outline.closed &= open.is_empty();
    outline
}

impl Outline {
    fn note(&mut self, open: &[(u8, String)], key: &str) {
        let above = open.iter().map(|(_, key)| key.as_str()).filter(|key| !key.is_empty());
        let path = above.chain(std::iter::once(key)).collect::<Vec<_>>().join("/");
        if !self.paths.contains(&path) {
            self.paths.push(path);
        }
    }
}

/// The inside of a string whose opening quote was passed, and what follows its closing quote.
fn split_string(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}
