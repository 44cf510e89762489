//! Tables whose header is always the same: ICSE, HashKeeper, iLook, NSRL before 2022. The header tells the format, the place the column.

use super::Format;
use super::csv::split_line;

/// What a column of such a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A hash of the kind with this name.
    Hash(&'static str),
    /// The publisher's key.
    Key,
    /// Size of the content in bytes.
    Size,
    /// NSRL's special code.
    Special,
    /// Not taken; names and paths can name people.
    Other,
}

/// One table.
#[derive(Debug)]
pub(super) struct Layout {
    /// Its format.
    pub(super) format: Format,
    /// What it is, as the end of "the first line is the header of …".
    pub(super) title: &'static str,
    /// Between columns.
    pub(super) separator: u8,
    /// How fields are written.
    pub(super) quoting: Quoting,
    /// Names and meanings of the columns, in order.
    columns: &'static [(&'static str, Field)],
}

/// How the fields of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// As RFC 4180 says.
    Quoted,
    /// Nothing is quoted. A name may hold the separator; the columns behind this one are then counted from the end.
    Bare {
        /// The last column of free text.
        last_text: usize,
    },
}

use Field::{Hash, Key, Other, Size, Special};

/// Every table, each with its exact header.
const LAYOUTS: [Layout; 7] = [
    Layout {
        format: Format::NsrlText,
        title: "an NSRL file, version 2.0",
        separator: b',',
        quoting: Quoting::Quoted,
        columns: &[
            ("SHA-1", Hash("sha1")),
            ("MD5", Hash("md5")),
            ("CRC32", Other),
            ("FileName", Other),
            ("FileSize", Size),
            ("ProductCode", Other),
            ("OpSystemCode", Other),
            ("SpecialCode", Special),
        ],
    },
    Layout {
        format: Format::NsrlText,
        title: "an NSRL file, version 1.5",
        separator: b',',
        quoting: Quoting::Quoted,
        columns: &[
            ("SHA-1", Hash("sha1")),
            ("FileName", Other),
            ("FileSize", Size),
            ("ProductCode", Other),
            ("OpSystemCode", Other),
            ("MD4", Other),
            ("MD5", Hash("md5")),
            ("CRC32", Other),
            ("SpecialCode", Special),
        ],
    },
    Layout {
        format: Format::Hashkeeper,
        title: "a HashKeeper file",
        separator: b',',
        quoting: Quoting::Quoted,
        columns: &[
            ("file_id", Key),
            ("hashset_id", Other),
            ("file_name", Other),
            ("directory", Other),
            ("hash", Hash("md5")),
            ("file_size", Size),
            ("date_modified", Other),
            ("time_modified", Other),
            ("time_zone", Other),
            ("comments", Other),
            ("date_accessed", Other),
            ("time_accessed", Other),
        ],
    },
    Layout {
        format: Format::Ilook,
        title: "an iLook file, version 1",
        separator: b',',
        quoting: Quoting::Bare { last_text: 4 },
        columns: &[
            ("V1Hash", Hash("md5")),
            ("HashType", Other),
            ("SetDescription", Other),
            ("FileName", Other),
            ("FilePath", Other),
            ("FileSize", Size),
        ],
    },
    Layout {
        format: Format::Ilook,
        title: "an iLook file, version 3",
        separator: b',',
        quoting: Quoting::Bare { last_text: 3 },
        columns: &[
            ("V3Hash", Hash("md5")),
            ("HashSHA1", Hash("sha1")),
            ("FileName", Other),
            ("FilePath", Other),
            ("FileSize", Size),
            ("HashSHA256", Hash("sha256")),
            ("HashSHA384", Hash("sha384")),
            ("HashSHA512", Hash("sha512")),
        ],
    },
    Layout {
        format: Format::Ilook,
        title: "an iLook file, version 4",
        separator: b',',
        quoting: Quoting::Bare { last_text: 3 },
        columns: &[
            ("V4Hash", Hash("md5")),
            ("HashSHA1", Hash("sha1")),
            ("FileName", Other),
            ("FilePath", Other),
            ("FileSize", Size),
            ("HashSHA256", Hash("sha256")),
            ("HashSHA384", Hash("sha384")),
            ("HashSHA512", Hash("sha512")),
            ("CreateTime", Other),
            ("ModTime", Other),
            ("LastAccessTime", Other),
        ],
    },
    Layout {
        format: Format::IcseCsv,
        title: "an ICSE export",
        separator: b';',
        quoting: Quoting::Quoted,
        columns: &[
            ("MD5", Hash("md5")),
            ("SHA1", Hash("sha1")),
            ("PhotoDNA", Hash("photodna")),
            ("Image ID", Key),
            ("Is distributed", Other),
            ("Victim identified", Other),
            ("Offender identified", Other),
            ("Series name", Other),
            ("Number of submissions", Other),
            ("File Available", Other),
            ("Media Type", Other),
            ("Baseline", Other),
        ],
    },
];

impl Layout {
    /// The table whose header this line is, or `None`. The names must be exactly those of the format.
    pub(super) fn of_header(line: &str) -> Option<&'static Self> {
        let line = line.trim();
        LAYOUTS.iter().find(|layout| {
            let names = split_line(line, layout.separator).unwrap_or_default();
            names.iter().map(String::as_str).eq(layout.columns.iter().map(|(name, _)| *name))
        })
    }

    /// Number of columns.
    pub(super) const fn width(&self) -> usize {
        self.columns.len()
    }

    /// The column for each of `count` fields of a row, with what it holds: index of the field, name of the column, meaning.
    ///
    /// `count` is at least the number of columns. Further fields of a table without quotes belong to a name that holds the separator.
    pub(super) fn fields(&self, count: usize) -> impl Iterator<Item = (usize, &'static str, Field)> {
        let more = count.saturating_sub(self.width());
        let quoting = self.quoting;
        self.columns.iter().enumerate().map(move |(at, (name, field))| match quoting {
            Quoting::Bare { last_text } if at > last_text => (at + more, *name, *field),
            _ => (at, *name, *field),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_header_is_found_and_a_header_that_is_nearly_one_is_not() {
        for layout in &LAYOUTS {
            let names: Vec<&str> = layout.columns.iter().map(|(name, _)| *name).collect();
            let line = names.join(&char::from(layout.separator).to_string());
            assert!(Layout::of_header(&line).is_some_and(|found| found.title == layout.title), "{}", layout.title);
            let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let quoted = quoted.join(&char::from(layout.separator).to_string());
            assert!(Layout::of_header(&quoted).is_some_and(|found| found.title == layout.title), "{}, quoted", layout.title);
            assert!(Layout::of_header(&format!("{line}{}Extra", char::from(layout.separator))).is_none(), "{}: one more", layout.title);
            assert!(Layout::of_header(&line.to_lowercase().replace("hash", "h")).is_none(), "{}: other names", layout.title);
        }
    }

    #[test]
    fn commas_of_a_name_without_quotes_move_only_the_columns_behind_it() {
        let layout = Layout::of_header("V3Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512").unwrap();
        let places = |count| layout.fields(count).map(|(at, ..)| at).collect::<Vec<_>>();
        assert_eq!(places(8), [0, 1, 2, 3, 4, 5, 6, 7], "no comma in a name");
        assert_eq!(places(10), [0, 1, 2, 3, 6, 7, 8, 9], "two commas in a name");
    }
}
