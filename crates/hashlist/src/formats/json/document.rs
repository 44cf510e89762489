//! One JSON document: its records one at a time, and the few fields above them that matter.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;

use serde_json::Value as Json;

use super::scan::{Keep, Scanner};
use super::strict::tree;
use crate::limits;
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;

/// Where the parts of a format stand. A path is its keys joined by `/`; arrays on the way add nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Paths of arrays whose items are records. The empty path means the document itself.
    pub records: &'static [&'static str],
    /// Paths of values that say something of the document as a whole.
    pub fields: &'static [&'static str],
}

/// The values of [`Layout::fields`] that were there.
pub(super) type Fields = BTreeMap<&'static str, Json>;

/// One record.
pub(super) struct Found {
    /// From 1.
    pub number: u64,
    /// Bytes from the start of the file to it.
    pub offset: u64,
    /// The record, or why it is none.
    pub json: Result<Json, Rejection>,
}

/// Reads one document to its end.
///
/// # Errors
/// `ends_early`, `damaged` (broken above its records, a key twice there, or something behind the end), `too_deep`, `too_large`, and what
/// `sink` returns.
pub(super) fn read<R: Read>(scanner: Scanner<R>, layout: Layout, sink: &mut Sink<'_>) -> Result<(Fields, u64), Refusal> {
    let mut walk = Walk { scanner, layout, path: String::new(), fields: Fields::new(), buffer: Vec::new(), number: 0, sink };
    walk.place(0)?;
    if walk.scanner.peek()?.is_some() {
        return Err(walk.scanner.damaged());
    }
    Ok((walk.fields, walk.scanner.offset()))
}

/// Reads documents that stand one behind the other, as in a file of one object a line, or the items of one array.
///
/// # Errors
/// As [`read`].
pub(super) fn read_sequence<R: Read>(scanner: Scanner<R>, sink: &mut Sink<'_>) -> Result<u64, Refusal> {
    let layout = Layout { records: &[""], fields: &[] };
    let mut walk = Walk { scanner, layout, path: String::new(), fields: Fields::new(), buffer: Vec::new(), number: 0, sink };
    while walk.scanner.peek()?.is_some() {
        walk.place(0)?;
    }
    Ok(walk.scanner.offset())
}

/// Hands the keys of one object to `sink`; their values are passed over. For objects that are tables, so their number is the caller's limit.
///
/// # Errors
/// As [`read`].
pub(super) fn keys<R: Read>(scanner: Scanner<R>, sink: &mut dyn FnMut(String) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let layout = Layout { records: &[], fields: &[] };
    let nothing: &mut Sink<'_> = &mut |_| Ok(());
    let mut walk = Walk { scanner, layout, path: String::new(), fields: Fields::new(), buffer: Vec::new(), number: 0, sink: nothing };
    walk.open(b'{', 0)?;
    if !walk.scanner.take_if(b'}')? {
        loop {
            let key = walk.key(1)?;
            walk.scanner.expect(b':')?;
            walk.scanner.value(1, None)?;
            sink(key)?;
            if !walk.scanner.take_if(b',')? {
                break walk.scanner.expect(b'}')?;
            }
        }
    }
    if walk.scanner.peek()?.is_some() { Err(walk.scanner.damaged()) } else { Ok(()) }
}

/// Takes records; an error ends the reading.
pub(super) type Sink<'sink> = dyn FnMut(Found) -> Result<(), Refusal> + 'sink;

/// What a path means.
#[derive(PartialEq)]
enum Meaning {
    Records,
    Field(&'static str),
    /// Something that matters lies below it.
    Above,
    Nothing,
}

impl Layout {
    fn meaning(&self, path: &str) -> Meaning {
        if self.records.contains(&path) {
            return Meaning::Records;
        }
        if let Some(field) = self.fields.iter().find(|field| **field == path) {
            return Meaning::Field(field);
        }
        let is_above = |longer: &&'static str| path.is_empty() || longer.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        if self.records.iter().chain(self.fields).any(is_above) { Meaning::Above } else { Meaning::Nothing }
    }
}

struct Walk<'sink, R> {
    scanner: Scanner<R>,
    layout: Layout,
    path: String,
    fields: Fields,
    buffer: Vec<u8>,
    number: u64,
    sink: &'sink mut Sink<'sink>,
}

impl<R: Read> Walk<'_, R> {
    /// Reads the value at the current path; `depth` brackets are open around it.
    fn place(&mut self, depth: usize) -> Result<(), Refusal> {
        let first = self.scanner.peek_more()?;
        match self.layout.meaning(&self.path) {
            Meaning::Records if first == b'[' => self.array(depth, Self::record),
            Meaning::Records => self.record(depth),
            Meaning::Field(field) => {
                if let Ok(json) = self.capture(depth)?.1 {
                    self.fields.insert(field, json);
                }
                Ok(())
            }
            Meaning::Above if first == b'{' => self.object(depth),
            Meaning::Above if first == b'[' => self.array(depth, Self::place),
            Meaning::Above | Meaning::Nothing => self.scanner.value(depth, None).map(|_| ()),
        }
    }

    fn record(&mut self, depth: usize) -> Result<(), Refusal> {
        let (offset, json) = self.capture(depth)?;
        self.number += 1;
        (self.sink)(Found { number: self.number, offset, json })
    }

    /// Takes a value whole, up to the limit of a record.
    fn capture(&mut self, depth: usize) -> Result<(u64, Result<Json, Rejection>), Refusal> {
        self.buffer.clear();
        let span = self.scanner.value(depth, Some(Keep { buffer: &mut self.buffer, limit: limits::JSON_RECORD_BYTES }))?;
        let too_long = || Rejection::new(RejectReason::LineTooLong, format!("more than {} bytes", limits::JSON_RECORD_BYTES));
        Ok((span.offset, if span.too_long { Err(too_long()) } else { tree(&self.buffer) }))
    }

    fn array(&mut self, depth: usize, item: fn(&mut Self, usize) -> Result<(), Refusal>) -> Result<(), Refusal> {
        self.open(b'[', depth)?;
        if self.scanner.take_if(b']')? {
            return Ok(());
        }
        loop {
            item(self, depth + 1)?;
            if !self.scanner.take_if(b',')? {
                return self.scanner.expect(b']');
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Refusal> {
        self.open(b'{', depth)?;
        if self.scanner.take_if(b'}')? {
            return Ok(());
        }
        let mut known = HashSet::new();
        let above = self.path.len();
        loop {
            let key = self.key(depth + 1)?;
            self.scanner.expect(b':')?;
            if above > 0 {
                self.path.push('/');
            }
            self.path.push_str(&key);
            if !known.insert(key) {
                return Err(self.scanner.damaged());
            }
            if known.len() > limits::JSON_KEYS {
                return Err(Refusal::TooLarge { limit: format!("an object of more than {} keys above its records", limits::JSON_KEYS) });
            }
            self.place(depth + 1)?;
            self.path.truncate(above);
            if !self.scanner.take_if(b',')? {
                return self.scanner.expect(b'}');
            }
        }
    }

    fn key(&mut self, depth: usize) -> Result<String, Refusal> {
        if self.scanner.peek_more()? != b'"' {
            return Err(self.scanner.damaged());
        }
        self.buffer.clear();
        let span = self.scanner.value(depth, Some(Keep { buffer: &mut self.buffer, limit: limits::JSON_KEY_BYTES }))?;
        if span.too_long {
            return Err(Refusal::TooLarge { limit: format!("a key of more than {} bytes", limits::JSON_KEY_BYTES) });
        }
        serde_json::from_slice(&self.buffer).map_err(|_| Refusal::Damaged { offset: span.offset })
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Result<(), Refusal> {
        if depth >= limits::JSON_DEPTH {
            return Err(Refusal::TooDeep);
        }
        self.scanner.expect(bracket)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::lines::Lines;
    use super::*;

    const LAYOUT: Layout = Layout { records: &["a", "b/c"], fields: &["next", "b/n"] };

    /// Offset and text of each record, and the fields of the envelope; or the code of the refusal.
    type Read = Result<(Vec<(u64, String)>, Fields), &'static str>;

    fn all(text: &str) -> Read {
        let mut found = Vec::new();
        let scanner = Scanner::new(Lines::new(text.as_bytes(), 1).into_source());
        let read = read(scanner, LAYOUT, &mut |record: Found| {
            let shown = record.json.map_or_else(|rejection| rejection.reason.as_str().to_owned(), |json| json.to_string());
            found.push((record.offset, shown));
            Ok(())
        });
        read.map(|(fields, _)| (found, fields)).map_err(|refusal| refusal.code())
    }

    #[test]
    fn records_and_fields_are_found_at_their_paths_in_any_order() {
        let text = r#"{"x":{"a":[9]},"a":[1,{"a":2}],"b":[{"c":[3]},{"c":{},"n":[4]}],"next":"é","d":[[]]}"#;
        let (found, fields) = all(text).unwrap();
        let shown: Vec<&str> = found.iter().map(|(_, json)| json.as_str()).collect();
        assert_eq!(shown, ["1", r#"{"a":2}"#, "3", "{}"], "records");
        assert_eq!(fields, Fields::from([("next", "é".into()), ("b/n", serde_json::json!([4]))]), "fields");
        for (offset, json) in &found {
            assert!(text[*offset as usize..].starts_with(json), "the offset leads to the record");
        }
    }

    #[test]
    fn a_bad_record_costs_itself_and_a_bad_document_everything() {
        let (found, _) = all(r#"{"a":[{"x":},{"k":1,"k":2},{"k":1}]}"#).unwrap();
        let shown: Vec<&str> = found.iter().map(|(_, json)| json.as_str()).collect();
        assert_eq!(shown, ["bad_record", "bad_record", r#"{"k":1}"#], "not JSON, a key twice, a record");
        for (text, code) in [
            (r#"{"a":[1],"a":[2]}"#, "damaged"),
            (r#"{"a":[1]} x"#, "damaged"),
            (r#"{"a":[1] "b":2}"#, "damaged"),
            (r#"{a:1}"#, "damaged"),
            (r#"{"a":[1,]}"#, "damaged"),
            (r#"{"a":[1"#, "ends_early"),
            (r#"{"a":[1]"#, "ends_early"),
            ("", "ends_early"),
        ] {
            assert_eq!(all(text).unwrap_err(), code, "{text}");
        }
    }

    #[test]
    fn keys_above_the_records_are_limited() {
        let keys = |count: usize| format!("{{{}}}", (0..count).map(|number| format!("\"k{number}\":0")).collect::<Vec<_>>().join(","));
        assert!(all(&keys(limits::JSON_KEYS)).is_ok(), "1,000 keys");
        assert_eq!(all(&keys(limits::JSON_KEYS + 1)).unwrap_err(), "too_large", "one more");
        let key = |bytes: usize| format!("{{\"{}\":0}}", "k".repeat(bytes - 2));
        assert!(all(&key(limits::JSON_KEY_BYTES)).is_ok(), "4,096 bytes with its quotes");
        assert_eq!(all(&key(limits::JSON_KEY_BYTES + 1)).unwrap_err(), "too_large", "one more");
    }

    #[test]
    fn a_record_at_the_limit_is_read_and_one_beyond_is_rejected() {
        let list = |bytes: usize| format!("{{\"a\":[\"{}\",1]}}", "x".repeat(bytes - 2));
        assert_eq!(all(&list(limits::JSON_RECORD_BYTES)).unwrap().0[0].1.len(), limits::JSON_RECORD_BYTES, "1 MiB");
        let (found, _) = all(&list(limits::JSON_RECORD_BYTES + 1)).unwrap();
        assert_eq!((found[0].1.as_str(), found[1].1.as_str()), ("line_too_long", "1"), "one more costs the record alone");
    }
}
