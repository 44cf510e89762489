//! What the columns of a CSV header mean, by name.

use super::Mapping;
use crate::kinds::{Kind, names_video, squash};
use crate::limits;
use crate::refusal::Refusal;

/// The meaning of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// A hash of this kind; `video` if the name says so.
    Hash { kind: Kind, video: bool },
    /// A hash whose kind stands in the type column, else follows from its length.
    UntypedHash,
    /// The kind of the untyped hash.
    Type,
    /// PDQ quality.
    Quality,
    /// Size in bytes.
    Size,
    /// Labels, parted by `;` and bars.
    Labels,
    /// A category, taken as the label `category:<value>`.
    Category,
    /// The publisher's key.
    Key,
    /// The status of the entry.
    Status,
    /// When it was added.
    Added,
    /// When it was changed.
    Updated,
    /// Until when it holds.
    Expires,
    /// Who contributed it.
    Source,
    /// Its harm.
    Harm,
    /// Whether it is withdrawn.
    Deleted,
    /// Not taken: unknown, or a name or an address that could name a person.
    Ignored,
}

impl Column {
    /// The meaning of a column name; only its letters and digits count.
    pub(super) fn named(name: &str) -> Self {
        match squash(name).as_str() {
            "hash" | "hashvalue" | "value" | "digest" | "hashdigest" | "signal" | "signalstr" | "signalval" => Self::UntypedHash,
            "hashtype" | "algorithm" | "algo" | "type" | "signaltype" => Self::Type,
            "quality" | "pdqquality" => Self::Quality,
            "size" | "filesize" | "sizebytes" | "length" => Self::Size,
            "label" | "labels" | "tag" | "tags" => Self::Labels,
            "category" | "class" | "classification" | "severity" | "ideology" => Self::Category,
            "id" | "entryid" | "key" | "mediaid" => Self::Key,
            "status" => Self::Status,
            "added" | "created" => Self::Added,
            "updated" | "modified" => Self::Updated,
            "expires" | "validuntil" => Self::Expires,
            "source" | "owner" => Self::Source,
            "harm" => Self::Harm,
            "deleted" | "shoulddelete" | "revoked" => Self::Deleted,
            "url" | "filename" | "path" | "name" => Self::Ignored,
            _ => Kind::named(name).map_or(Self::Ignored, |kind| Self::Hash { kind, video: names_video(name) }),
        }
    }

    /// Whether the column can hold a hash: what makes a first line a header.
    pub(super) fn is_hash(&self) -> bool {
        matches!(self, Self::Hash { .. } | Self::UntypedHash)
    }
}

/// The separators that a header may use.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// The separator that splits a header into the most columns, with those columns, if at least one of them can hold a hash.
///
/// A single column without a separator counts too (`sha256` over a column of hashes); the separator is then a comma.
pub(super) fn header(line: &str) -> Option<(u8, Vec<Column>)> {
    let (separator, names) = split(line)?;
    let columns: Vec<Column> = names.iter().map(|name| Column::named(name)).collect();
    columns.iter().any(Column::is_hash).then_some((separator, columns))
}

/// The columns of a first line with what the operator says of them, and whether it is a header: it is one if a name in it says what a column
/// holds. Without such a name it is a row, and the operator's places count. `None` if no column would hold a hash.
pub(super) fn columns_of(line: &str, mapping: Option<&Mapping>) -> Option<(u8, Vec<Column>, bool)> {
    let Some(mapping) = mapping else { return header(line).map(|(separator, columns)| (separator, columns, true)) };
    let (separator, names) = split(line)?;
    let is_header = names.iter().any(|name| mapping.named(name).is_some() || Column::named(name).is_hash());
    let default = |name: &str| if is_header { Column::named(name) } else { Column::Ignored };
    let numbered = names.iter().zip(1..);
    let columns: Vec<Column> =
        numbered.map(|(name, place)| mapping.named(name).or_else(|| mapping.at(place)).unwrap_or_else(|| default(name))).collect();
    columns.iter().any(Column::is_hash).then_some((separator, columns, is_header))
}

/// The separator that splits a line into the most fields, with those fields.
fn split(line: &str) -> Option<(u8, Vec<String>)> {
    let mut best: Option<(u8, Vec<String>)> = None;
    for separator in SEPARATORS {
        let names = super::csv::split_line(line, separator)?;
        if best.as_ref().is_none_or(|(_, known)| names.len() > known.len()) {
            best = Some((separator, names));
        }
    }
    best
}

/// Refuses a header with more columns than the limit: each row would pay for them.
pub(super) fn refuse_too_many(columns: &[Column]) -> Result<(), Refusal> {
    if columns.len() <= limits::COLUMNS {
        return Ok(());
    }
    Err(Refusal::TooLarge { limit: format!("more than {} columns", limits::COLUMNS) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_with_the_most_columns() {
        for (line, separator, count) in [
            ("Name,SHA-256,MD5,Size (bytes),Tags", b',', 5),
            ("hash_type;hash_value;quality;label;id", b';', 5),
            ("md5\tsha1\tcategory", b'\t', 3),
            ("md5|sha1|\"a,b\"", b'|', 3),
            ("sha256", b',', 1),
        ] {
            let (found, columns) = header(line).unwrap();
            assert_eq!((found, columns.len()), (separator, count), "{line}");
        }
        assert_eq!(header("name,url,comment"), None, "no column names a hash");
    }

    #[test]
    fn names_and_addresses_are_never_taken() {
        for name in ["URL", "File Name", "path", "Name", "comment"] {
            assert_eq!(Column::named(name), Column::Ignored, "{name}");
        }
        assert_eq!(Column::named("Size (bytes)"), Column::Size, "brackets do not count");
        assert_eq!(Column::named("video_md5"), Column::Hash { kind: Kind::named("md5").unwrap(), video: true }, "a video column");
    }
}
