//! A map file: what the operator's own database says of the files of a site, saved as a table.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::MapQuery;
use crate::model::Shown;

/// Columns that are known; others are ignored and counted.
const COLUMNS: [&str; 19] = [
    "file",
    "media_id",
    "sha1",
    "sha256",
    "md5",
    "thumb_of",
    "uploader_id",
    "uploader_name",
    "post_id",
    "thread_id",
    "private",
    "posted",
    "time",
    "original_name",
    "server",
    "target",
    "remote_url",
    "thumb_file",
    "public_file",
];
/// MediaWiki's SHA-1.
const BASE36: &str = "sha1_base36";
/// Longest line, in bytes.
const LONGEST_LINE: usize = 64 * 1024;
/// Longest value that is kept, in characters.
const LONGEST_VALUE: usize = 1_000;
/// Most rows.
pub const MOST_ROWS: u64 = 5_000_000;

/// One row, by column; empty values are left out.
pub type MapRow = BTreeMap<String, String>;

/// A table that is read row by row.
pub struct Table<R> {
    lines: Records<R>,
    columns: Vec<Option<String>>,
    /// Columns that are not known.
    pub ignored: Vec<String>,
}

impl<R: BufRead> Table<R> {
    /// Reads the line of names. `query`: what the preset of the site would have asked for.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn open(input: R, query: Option<&MapQuery>) -> Result<Self, String> {
        let mut lines = Records { input, separator: b',' };
        let first = lines.line()?.ok_or("The file is empty.")?;
        let first = String::from_utf8(first).map_err(|_| "The file is not UTF-8. Save it as UTF-8 and try again.".to_owned())?;
        let first = first.trim_start_matches('\u{feff}').to_owned();
        lines.separator = separator(&first);
        let names: Vec<String> =
            fields(first.as_bytes(), lines.separator).0.into_iter().map(|name| text(name).trim().to_lowercase()).collect();
        let is_known = |name: &String| COLUMNS.contains(&name.as_str()) || name == BASE36;
        let columns: Vec<Option<String>> = names.iter().map(|name| is_known(name).then(|| name.clone())).collect();
        let ignored: Vec<String> = names.iter().filter(|name| !is_known(name)).map(|name| Shown::of_text(name).elided()).collect();
        let joins = |name: &str| names.iter().any(|known| known == name);
        let by_hash = ["sha1", "sha256", "md5", BASE36].into_iter().any(joins);
        let wanted: Vec<&str> =
            query.map(|query| query.joins.iter().map(|(column, _)| column.as_str()).collect()).unwrap_or_else(|| vec!["file"]);
        if !by_hash && !wanted.iter().any(|column| joins(column)) {
            let columns: Vec<String> = names.iter().take(8).map(|name| Shown::of_text(name).elided()).collect();
            return Err(format!(
                "No column says which file a row is about. This site needs one of: {}; or a hash. The file has: {}. Is it the file of another site?",
                wanted.join(", "),
                columns.join(", ")
            ));
        }
        Ok(Self { lines, columns, ignored })
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn next_row(&mut self) -> Result<Option<MapRow>, String> {
        loop {
            let Some(values) = self.lines.record()? else { return Ok(None) };
            if values.len() == 1 && values.first().is_some_and(Vec::is_empty) {
                continue;
            }
            let known = self.columns.iter().zip(values).filter_map(|(name, value)| {
                let value: String = text(value).chars().take(LONGEST_VALUE).collect();
                let is_empty = value.is_empty() || value.eq_ignore_ascii_case("null") || value == "\\N";
                name.clone().filter(|_| !is_empty).map(|name| (name, value))
            });
            return Ok(Some(known.collect()));
        }
    }
}

/// Text that is not UTF-8 is kept in its display form: it joins nothing and can be read.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| Shown::of_bytes(error.as_bytes()).as_str().to_owned())
}

/// The separator that stands most often in the line of names, outside of quotes.
fn separator(line: &str) -> u8 {
    let count = |separator: u8| line.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

struct Records<R> {
    input: R,
    separator: u8,
}

impl<R: BufRead> Records<R> {
    fn line(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut self.input, LONGEST_LINE as u64 + 1);
        let read = limited.read_until(b'\n', &mut line).map_err(|error| format!("The file cannot be read: {error}"))?;
        if line.len() > LONGEST_LINE {
            return Err(format!("A line is longer than {LONGEST_LINE} bytes. Is this a table?"));
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        Ok((read > 0).then_some(line))
    }

    /// One record: a quoted value may hold separators, quotes (doubled) and line ends.
    fn record(&mut self) -> Result<Option<Vec<Vec<u8>>>, String> {
        let Some(mut line) = self.line()? else { return Ok(None) };
        loop {
            let (values, is_open) = fields(&line, self.separator);
            if !is_open {
                return Ok(Some(values));
            }
            let Some(next) = self.line()? else { return Ok(Some(values)) };
            line.push(b'\n');
            line.extend(next);
            if line.len() > LONGEST_LINE {
                return Err("A quoted value does not end. Is this a table?".to_owned());
            }
        }
    }
}

/// The values of a line, and whether its last one is quoted and still open.
fn fields(line: &[u8], separator: u8) -> (Vec<Vec<u8>>, bool) {
    let mut values = Vec::new();
    let mut value = Vec::new();
    let (mut quoted, mut at) = (false, 0);
    while let Some(byte) = line.get(at).copied() {
        match byte {
            b'"' if quoted && line.get(at + 1) == Some(&b'"') => {
                value.push(b'"');
                at += 1;
            }
            b'"' if quoted => quoted = false,
            b'"' if value.is_empty() => quoted = true,
            _ if byte == separator && !quoted => values.push(std::mem::take(&mut value)),
            _ => value.push(byte),
        }
        at += 1;
    }
    values.push(value);
    (values, quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn rows(text: &str) -> Vec<MapRow> {
        let mut table = Table::open(Cursor::new(text.as_bytes().to_vec()), None).expect("a table");
        std::iter::from_fn(|| table.next_row().expect("rows")).collect()
    }

    #[test]
    fn three_separators_quotes_and_odd_columns_are_read() {
        for separator in [",", ";", "\t"] {
            let text = "\u{feff}file,Post_ID,unknown,uploader_name\r\n\"a,b\",7,x,\"Bob \"\"B\"\"\"\nc,,,NULL\n\n\"two\nlines\",8,y,Ann\n"
                .replace(',', separator);
            let found = rows(&text);
            assert_eq!(found.len(), 3, "{separator:?}: {found:?}");
            assert_eq!(found[0]["file"], format!("a{separator}b"), "a quoted separator");
            assert_eq!(found[0]["uploader_name"], "Bob \"B\"", "doubled quotes");
            assert_eq!(found[1].keys().collect::<Vec<_>>(), ["file"], "empty and NULL are not known");
            assert_eq!(found[2]["file"], "two\nlines", "a line end inside quotes");
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused_in_words() {
        let refused = |text: &str| Table::open(Cursor::new(text.as_bytes().to_vec()), None).map(drop).expect_err(text);
        assert!(refused("").contains("empty"));
        assert!(refused("name,price\na,1\n").contains("No column says which file"), "{}", refused("name,price\n"));
        let table = Table::open(Cursor::new(b"sha256,x\n".to_vec()), None).expect("a hash is enough");
        assert_eq!(table.ignored, ["x"]);
    }
}
