//! Recognition of JSON by its keys, read from the beginning of the file, which may be cut anywhere.

use std::collections::BTreeSet;

use super::Format;
use super::columns::Column;
use super::detect::Recognised;
use crate::limits;
use crate::refusal::Refusal;

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

/// What a row of [`EVIDENCE`] means.
enum Means {
    Format(Format),
    NotAList(&'static str),
}

/// Keys that make a format: all of one row must be there. In order; the first row that fits wins.
///
/// Pages without a record are told by the keys around the records: an empty page is an answer like any other.
const EVIDENCE: [(&[&str], Means); 19] = [
    (&["shl"], Means::Format(Format::Shl)),
    (&["shl_index"], Means::NotAList("the index of a signed list; its folder is what is added")),
    (&["hashRecords"], Means::Format(Format::StopNcii)),
    (&["results/hash_digest"], Means::Format(Format::Tat)),
    (&["results", "checkpoint", "previous"], Means::Format(Format::Tat)),
    (&["data/indicator"], Means::Format(Format::ThreatUpdates)),
    (&["data", "paging"], Means::Format(Format::ThreatUpdates)),
    (&["odata.metadata"], Means::Format(Format::Vics)),
    (&["@odata.context"], Means::Format(Format::Vics)),
    (&["Event"], Means::Format(Format::MispEvent)),
    (&["Attribute", "info"], Means::Format(Format::MispEvent)),
    (&["objects/spec_version"], Means::Format(Format::Stix)),
    (&["objects/pattern"], Means::Format(Format::Stix)),
    (&["objects", "more"], Means::Format(Format::Stix)),
    (&["list", "matching_attributes"], Means::Format(Format::MispWarninglist)),
    (&["type", "objects"], Means::Format(Format::Stix)),
    (&["indicator", "descriptors"], Means::NotAList("one record of ThreatExchange and no page")),
    (&["hash_digest", "algorithm"], Means::Format(Format::Tat)),
    (&["hash_digest", "ideology"], Means::Format(Format::Tat)),
];

/// What a file that begins with `{` or `[` is.
pub(super) fn recognise(json: &str, complete: bool) -> Result<Recognised, Refusal> {
    let outline = outline(json);
    if outline.too_deep {
        return Err(Refusal::TooDeep);
    }
    if complete && !outline.closed {
        return Err(Refusal::EndsEarly);
    }
    let has = |path: &&str| outline.paths.iter().any(|known| known == path);
    let recognised = |format, why| Ok(Recognised { format, why });
    if let Some((paths, means)) = EVIDENCE.iter().find(|(paths, _)| paths.iter().all(has)) {
        return match means {
            Means::Format(format) => recognised(*format, format!("its keys are those of {}: {}", format.title(), shown(paths))),
            Means::NotAList(what) => Err(Refusal::NotAList { what }),
        };
    }
    if has(&"error") {
        return Err(Refusal::ErrorAnswer);
    }
    if is_manifest(&outline.paths) {
        return Err(Refusal::NotAList { what: "the manifest of a MISP feed. Add the folder that it lies in" });
    }
    if outline.first_text.as_deref().is_some_and(is_vpdq_frame) {
        return recognised(Format::Vpdq, "its first text is a frame of a video: PDQ, quality, seconds".to_owned());
    }
    if let Some(names) = kinds_of_rows(&outline.paths) {
        return recognised(Format::JsonRows, format!("its objects have keys that name {names}"));
    }
    Err(Refusal::UnknownFormat { first_line_bytes: json.find('\n').or(complete.then_some(json.len())) })
}

/// `data with indicator`, for the sentence.
fn shown(paths: &[&str]) -> String {
    paths.iter().map(|path| path.replace('/', " with ")).collect::<Vec<_>>().join(", ")
}

/// Objects under uuids that say of whom an event is.
fn is_manifest(paths: &[String]) -> bool {
    paths.iter().any(|path| {
        let (uuid, below) = path.split_once('/').unwrap_or_default();
        below == "Orgc" && uuid.len() == 36 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

/// Our names of the kinds that keys of rows name; `None` if none does. The keys themselves are not repeated.
fn kinds_of_rows(paths: &[String]) -> Option<String> {
    let columns = paths.iter().filter(|path| !path.contains('/')).map(|path| Column::named(path));
    let names: BTreeSet<String> = columns
        .filter_map(|column| match column {
            Column::Hash { kind, .. } => Some(kind.name().to_owned()),
            Column::UntypedHash => Some("a hash".to_owned()),
            _ => None,
        })
        .collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
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
                if open.len() >= limits::JSON_DEPTH {
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
