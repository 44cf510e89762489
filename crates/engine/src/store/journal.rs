//! Copies outside the database: files to which lines are appended, in the order of their numbers, synced before anybody is answered.
//!
//! Two of them lie in `backup/`: the ledger (`ledger.jsonl`), and the changed rows of human work (`rows.jsonl`, [`super::changes`]). Several processes
//! append, under a file lock; a line that was torn by a power cut is cut off and written again.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};

/// A tail that holds the last line; lines longer than this make it grow.
const TAIL: u64 = 64 * 1024;

/// One such file.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    written: i64,
    /// A whole last line that cannot be read is damage, which a person has to hear of; else it is cut off.
    is_strict: bool,
}

impl Journal {
    /// Opens or makes the file. A torn last line is cut off.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn open(path: &Path, is_strict: bool) -> Result<Self> {
        let mut file = File::options().create(true).read(true).append(true).mode(0o600).open(path).map_err(Error::io(path))?;
        let written = seq_of(&last_line(&mut file, is_strict).map_err(Error::io(path))?);
        Ok(Self { file, path: path.to_owned(), written, is_strict })
    }

    /// Number of the last line that is known to be there.
    pub(super) fn written(&self) -> i64 {
        self.written
    }

    /// The last whole line; nothing for an empty file, [`Value::Null`] for a damaged line.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn last(&mut self) -> Result<Option<Value>> {
        last_line(&mut self.file, self.is_strict).map_err(Error::io(&self.path))
    }

    /// Appends what `lines` gives for everything after the number of the last line, then syncs. `lines` returns the number of its last line.
    ///
    /// # Errors
    /// [`Error::Io`], or those of `lines`.
    pub(super) fn append(&mut self, lines: impl FnOnce(i64, &mut Vec<u8>) -> Result<i64>) -> Result<()> {
        self.file.lock().map_err(Error::io(&self.path))?;
        let result = self.append_locked(lines);
        self.file.unlock().map_err(Error::io(&self.path))?;
        result
    }

    fn append_locked(&mut self, lines: impl FnOnce(i64, &mut Vec<u8>) -> Result<i64>) -> Result<()> {
        let last = self.last()?;
        if last == Some(Value::Null) {
            return Err(Error::damaged_database("the last row of its copy cannot be read"));
        }
        let last = seq_of(&last);
        let mut text = Vec::new();
        let reached = lines(last, &mut text)?;
        if !text.is_empty() {
            self.file.write_all(&text).and_then(|()| self.file.sync_data()).map_err(Error::io(&self.path))?;
        }
        self.written = reached;
        Ok(())
    }
}

/// Every whole line of such a file, in order; none if there is no file.
///
/// # Errors
/// [`Error::Io`], or the first that `each` returns.
pub(super) fn each_line(path: &Path, each: &mut dyn FnMut(&Value) -> Result<()>) -> Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(path)(error)),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(Error::io(path))? > 0 {
        if let Ok(value) = serde_json::from_slice(&line) {
            each(&value)?;
        }
        line.clear();
    }
    Ok(())
}

fn seq_of(line: &Option<Value>) -> i64 {
    line.as_ref().and_then(|line| line.get("seq")).and_then(Value::as_i64).unwrap_or(0)
}

/// The last line that is whole and can be read; what stands after it was torn, and is cut off.
fn last_line(file: &mut File, is_strict: bool) -> std::io::Result<Option<Value>> {
    let length = file.metadata()?.len();
    let mut reach = TAIL;
    loop {
        let from = length.saturating_sub(reach);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let mut end = tail.len();
        while let Some(last) = tail.get(..end).unwrap_or_default().iter().rposition(|byte| *byte == b'\n') {
            let start = tail.get(..last).unwrap_or_default().iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
            // A line that begins before this tail is read again with a longer one.
            if start == 0 && from > 0 {
                break;
            }
            if let Ok(line) = serde_json::from_slice(tail.get(start..last).unwrap_or_default()) {
                cut(file, length, from + last as u64 + 1)?;
                return Ok(Some(line));
            }
            if is_strict && end == tail.len() && last + 1 == end {
                return Ok(Some(Value::Null));
            }
            end = start;
        }
        if from == 0 {
            cut(file, length, 0)?;
            return Ok(None);
        }
        reach = reach.saturating_mul(4);
    }
}

fn cut(file: &File, length: u64, to: u64) -> std::io::Result<()> {
    if to < length { file.set_len(to) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: i64, filler: usize) -> Vec<u8> {
        format!("{{\"seq\":{seq},\"x\":\"{}\"}}\n", "y".repeat(filler)).into_bytes()
    }

    #[test]
    fn a_torn_end_is_cut_off_and_the_last_whole_line_is_found_however_long() {
        for filler in [0, 10, 70_000, 300_000] {
            for torn in [b"".as_slice(), b"{\"seq\":3", b"\0\0\0\0", b"\0\0\n", b"not a line\n"] {
                let is_whole = torn.ends_with(b"\n");
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("journal");
                let whole = [line(1, 0), line(2, filler)].concat();
                std::fs::write(&path, [&whole, torn].concat()).unwrap();
                if is_whole {
                    assert_eq!(Journal::open(&path, true).unwrap().last().unwrap(), Some(Value::Null), "a damaged line is told");
                }
                let mut journal = Journal::open(&path, !is_whole).unwrap();
                assert_eq!(journal.written(), 2, "{filler} {torn:?}");
                journal
                    .append(|after, text| {
                        text.extend(line(after + 1, 0));
                        Ok(after + 1)
                    })
                    .unwrap();
                assert_eq!(std::fs::read(&path).unwrap(), [whole, line(3, 0)].concat(), "{filler} {torn:?}");
            }
        }
    }
}
