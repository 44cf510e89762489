//! What the generator says that it did, one JSON object a line. It is written by whoever makes the files, never by Gatehouse.
//!
//! | Line | Means |
//! |---|---|
//! | `{"made":HEX,"sha256":S}` | a file was written at this path of the site (its bytes in hex) and is at rest |
//! | `{"gone":HEX}` | the generator itself removed or replaced what was there; its content is owed no longer |
//! | `{"decided":CASE,"as":D}` | the call that made decision D on the case returned success |
//! | `{"undone":CASE}` | the call that took it back returned success |
//! | `{"canary":HEX,"sha256":S}` | a file outside of the site that nobody may touch |
//! | `{"fault":WORD,"at":MS,"named":MS}` | a fault began, and `status` named it; without `named` it never did |

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A canary: its path, and what it held.
pub type Canary = (PathBuf, String);

/// A fault that was played: its word, when it began and when it was named, in milliseconds of one clock.
#[derive(Clone, Debug)]
pub struct Played {
    pub fault: String,
    pub at: i64,
    pub named: Option<i64>,
}

/// The record, read.
#[derive(Default)]
pub struct Record {
    /// Files at rest that the generator made and did not take away: path bytes to SHA-256.
    pub files: BTreeMap<Vec<u8>, String>,
    /// The last acknowledged decision of each case.
    pub decisions: BTreeMap<i64, String>,
    pub canaries: Vec<Canary>,
    pub faults: Vec<Played>,
}

impl Record {
    /// Reads a record; a torn last line was never acknowledged and is left out.
    ///
    /// # Errors
    /// When the file cannot be read, or a whole line is none of those above.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut record = Self::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            record.take(line).ok_or_else(|| format!("not a line of a record: {line}"))?;
        }
        Ok(record)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let value: Value = serde_json::from_str(line).ok()?;
        let path = |key: &str| value.get(key).and_then(Value::as_str).and_then(from_hex);
        let sha256 = || value.get("sha256").and_then(Value::as_str).map(str::to_owned);
        if let Some(made) = path("made") {
            self.files.insert(made, sha256()?);
        } else if let Some(gone) = path("gone") {
            self.files.remove(&gone);
        } else if let Some(case) = value.get("decided").and_then(Value::as_i64) {
            self.decisions.insert(case, value.get("as")?.as_str()?.to_owned());
        } else if let Some(case) = value.get("undone").and_then(Value::as_i64) {
            self.decisions.remove(&case);
        } else if let Some(canary) = path("canary") {
            self.canaries.push((PathBuf::from(std::ffi::OsStr::from_bytes(&canary)), sha256()?));
        } else {
            let fault = value.get("fault")?.as_str()?.to_owned();
            self.faults.push(Played { fault, at: value.get("at")?.as_i64()?, named: value.get("named").and_then(Value::as_i64) });
        }
        Some(())
    }
}

/// Writes a record while it happens. A line is written only after what it tells of has returned.
pub struct Recorder(File);

impl Recorder {
    /// A new record.
    ///
    /// # Errors
    /// Those of the file.
    pub fn new(file: &Path) -> std::io::Result<Self> {
        Ok(Self(File::options().create(true).append(true).open(file)?))
    }

    fn line(&mut self, value: &Value) -> std::io::Result<()> {
        self.0.write_all(format!("{value}\n").as_bytes())?;
        self.0.sync_data()
    }

    pub fn made(&mut self, path: &[u8], sha256: &str) -> std::io::Result<()> {
        self.line(&json!({"made": hex(path), "sha256": sha256}))
    }

    pub fn gone(&mut self, path: &[u8]) -> std::io::Result<()> {
        self.line(&json!({"gone": hex(path)}))
    }

    pub fn decided(&mut self, case: i64, decision: &str) -> std::io::Result<()> {
        self.line(&json!({"decided": case, "as": decision}))
    }

    pub fn canary(&mut self, path: &Path, sha256: &str) -> std::io::Result<()> {
        self.line(&json!({"canary": hex(path.as_os_str().as_bytes()), "sha256": sha256}))
    }

    pub fn fault(&mut self, word: &str, at: i64, named: Option<i64>) -> std::io::Result<()> {
        self.line(&json!({"fault": word, "at": at, "named": named}))
    }
}

/// Bytes as hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hex as bytes.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = *pair { Some(digit(high)? << 4 | digit(low)?) } else { None }).collect()
}
