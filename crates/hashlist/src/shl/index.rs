//! `index.json`: which files of a list there are, with sizes and digests.

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{Fields, Rule, is_lower_hex};
use super::header::{check_life, list_id, next_key, positive, version};
use super::key::PublicKey;
use super::problem::Problem;
use super::{json, moment};
use crate::limits;

/// Where the snapshot lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotPart {
    /// Name of the file beside the index.
    pub file: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its version.
    pub seq: u64,
}

/// Where a delta lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaPart {
    /// Name of the file beside the index.
    pub file: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// The version that it changes.
    pub from: u64,
    /// The version that it makes of it.
    pub to: u64,
}

/// The index of a published list. That it was read says nothing about who wrote it: [`super::plan()`] checks that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The list.
    pub list_id: String,
    /// Its name for people.
    pub name: String,
    /// The newest version.
    pub latest_seq: u64,
    /// When the index was made, UTC milliseconds since 1970.
    pub created_ms: i64,
    /// Until when the publisher stands by it. Past it, the place that serves it may be frozen.
    pub expires_ms: i64,
    /// The key that signs it and the newest version. At first use it is an offer that a person compares.
    pub key: PublicKey,
    /// The announced key, for people; readers take an announcement from list files only.
    pub next_key: Option<PublicKey>,
    /// The snapshot.
    pub snapshot: SnapshotPart,
    /// The deltas.
    pub deltas: Vec<DeltaPart>,
}

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// `newer_format`, `bad_index`.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > limits::INDEX_BYTES {
            return Err(Problem::BadIndex { why: "it is larger than 1 MiB" });
        }
        let object = json::object(bytes).ok_or(Problem::BadIndex { why: "it is no JSON object" })?;
        version(&object, "shl_index").map_err(|why| Problem::BadIndex { why })??;
        read(&Fields(&object)).map_err(|why| Problem::BadIndex { why })
    }

    /// The bytes of `index.json`.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let snapshot = &self.snapshot;
        let written = Written {
            shl_index: 1,
            list_id: &self.list_id,
            name: &self.name,
            latest_seq: self.latest_seq,
            created: moment::text(self.created_ms),
            expires: moment::text(self.expires_ms),
            key: self.key.to_string(),
            next_key: self.next_key.map(|key| key.to_string()),
            snapshot: WrittenSnapshot {
                file: &snapshot.file,
                size: snapshot.size,
                sha256: HEXLOWER.encode(&snapshot.sha256),
                seq: snapshot.seq,
            },
            deltas: self.deltas.iter().map(WrittenDelta::of).collect(),
        };
        let mut bytes = serde_json::to_vec_pretty(&written)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[derive(Serialize)]
struct Written<'index> {
    shl_index: u64,
    list_id: &'index str,
    name: &'index str,
    latest_seq: u64,
    created: String,
    expires: String,
    key: String,
    next_key: Option<String>,
    snapshot: WrittenSnapshot<'index>,
    deltas: Vec<WrittenDelta<'index>>,
}

#[derive(Serialize)]
struct WrittenSnapshot<'index> {
    file: &'index str,
    size: u64,
    sha256: String,
    seq: u64,
}

#[derive(Serialize)]
struct WrittenDelta<'index> {
    file: &'index str,
    size: u64,
    sha256: String,
    from: u64,
    to: u64,
}

impl<'index> WrittenDelta<'index> {
    fn of(delta: &'index DeltaPart) -> Self {
        Self { file: &delta.file, size: delta.size, sha256: HEXLOWER.encode(&delta.sha256), from: delta.from, to: delta.to }
    }
}

fn read(fields: &Fields<'_>) -> Result<Index, Rule> {
    let latest_seq = fields.number("latest_seq", "latest_seq is no number").and_then(positive)?;
    let created_ms = fields.time("created", "created is no time")?;
    let expires_ms = fields.time("expires", "expires is no time")?;
    check_life(created_ms, expires_ms)?;
    let snapshot = snapshot(fields.get("snapshot").and_then(Value::as_object).ok_or("snapshot is no object")?)?;
    if snapshot.seq > latest_seq {
        return Err("the snapshot is newer than latest_seq");
    }
    let deltas = fields.get("deltas").and_then(Value::as_array).ok_or("deltas is no list")?;
    let deltas: Vec<DeltaPart> = deltas.iter().map(|item| delta(item, latest_seq)).collect::<Result<_, _>>()?;
    for (place, delta) in deltas.iter().enumerate() {
        if deltas[..place].iter().any(|other| (other.from, other.to) == (delta.from, delta.to)) {
            return Err("two deltas of the same versions");
        }
    }
    Ok(Index {
        list_id: list_id(fields)?,
        name: fields.text_of("name", 1..=100, "name is not of 1 to 100 characters")?.to_owned(),
        latest_seq,
        created_ms,
        expires_ms,
        key: PublicKey::read(fields.text("key", "key is missing")?).ok_or("key is no minisign public key")?,
        next_key: next_key(fields)?,
        snapshot,
        deltas,
    })
}

fn snapshot(object: &Map<String, Value>) -> Result<SnapshotPart, Rule> {
    let fields = Fields(object);
    let (file, size, sha256) = part(&fields)?;
    Ok(SnapshotPart { file, size, sha256, seq: fields.number("seq", "seq of the snapshot is no number").and_then(positive)? })
}

fn delta(item: &Value, latest_seq: u64) -> Result<DeltaPart, Rule> {
    let fields = Fields(item.as_object().ok_or("a delta is no object")?);
    let (file, size, sha256) = part(&fields)?;
    let from = fields.number("from", "from of a delta is no number").and_then(positive)?;
    let to = fields.number("to", "to of a delta is no number")?;
    if from >= to || to > latest_seq {
        return Err("a delta does not lead from an older to a newer version up to latest_seq");
    }
    Ok(DeltaPart { file, size, sha256, from, to })
}

fn part(fields: &Fields<'_>) -> Result<(String, u64, [u8; 32]), Rule> {
    const SHA256_RULE: Rule = "sha256 of a part is not 64 lower-case hexadecimal digits";
    let file = fields.text("file", "file of a part is missing")?;
    if !is_plain_name(file) {
        return Err("file of a part is no plain name");
    }
    let size = fields.number("size", "size of a part is no number")?;
    if size == 0 || size > limits::FILE_BYTES {
        return Err("size of a part is 0 or beyond 8 GiB");
    }
    let digits = fields.text("sha256", SHA256_RULE)?;
    let bytes = if is_lower_hex(digits, 64) { HEXLOWER.decode(digits.as_bytes()).unwrap_or_default() } else { Vec::new() };
    Ok((file.to_owned(), size, bytes.try_into().map_err(|_| SHA256_RULE)?))
}

/// A name that means the same in an address, in a folder and on every system: letters, digits, `.`, `_`, `-`; no dot in front, no `..`.
///
/// More would let an index reach outside its folder: `%2e%2e` in an address, `..` and `\` in a folder, `:` on Windows.
pub(super) fn is_plain_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=200).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('.') && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_parts() {
        for name in ["example-44.shl.jsonl", "a", &"a".repeat(200)] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in
            ["", ".", "..", ".a", "a/b", "a\\b", "a..b", "%2e%2e", "a b", "c:x", "a?b", "a#b", "https://a", "é", "a\n", &"a".repeat(201)]
        {
            assert!(!is_plain_name(name), "{name:?} reaches outside the folder or means something else somewhere");
        }
    }
}
