//! What the operator says about the columns of a table (`--map`), where their names do not say it.

use std::fmt;

use super::columns::Column;

/// Which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// The column with this name in the header; case and white space around do not count.
    Named(String),
    /// The column at this place, from 1.
    At(usize),
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    word: String,
    column: Column,
}

impl Meaning {
    /// The meaning with this word: the name of a kind of hash, `hash`, `type`, `quality`, `size`, `labels`, `category`, `id`, `status`,
    /// `added`, `updated`, `expires`, `source`, `harm`, `deleted`, or `ignore`. `None` for any other word.
    pub fn from_wire(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        let column = Column::named(&word);
        (word == "ignore" || column != Column::Ignored).then_some(Self { word, column })
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.word
    }
}

/// The columns that the operator named. Others keep the meaning of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(ColumnName, Meaning)>,
}

impl Mapping {
    /// Reads `<column>=<meaning>`, parted by commas; a column that is a number means its place. `None` if a part is not of that form.
    ///
    /// ```
    /// use hashlist::Mapping;
    ///
    /// let mapping = Mapping::from_wire("2=sha256,Grade=category").unwrap();
    /// assert_eq!(mapping.to_string(), "2=sha256,Grade=category");
    /// assert!(Mapping::from_wire("2=something").is_none());
    /// ```
    pub fn from_wire(text: &str) -> Option<Self> {
        let part = |part: &str| {
            let (name, word) = part.rsplit_once('=')?;
            let name = name.trim();
            let place: Option<usize> = name.parse().ok();
            let column = match place {
                Some(0) => return None,
                Some(place) => ColumnName::At(place),
                None if name.is_empty() => return None,
                None => ColumnName::Named(name.to_owned()),
            };
            Some((column, Meaning::from_wire(word)?))
        };
        text.split(',').map(part).collect::<Option<Vec<_>>>().map(|columns| Self { columns })
    }

    /// A mapping of these columns; of two that mean the same column the later one counts.
    pub fn new(columns: impl IntoIterator<Item = (ColumnName, Meaning)>) -> Self {
        Self { columns: columns.into_iter().collect() }
    }

    /// What the operator says of the column with this name.
    pub(super) fn named(&self, name: &str) -> Option<Column> {
        self.find(|column| matches!(column, ColumnName::Named(known) if known.eq_ignore_ascii_case(name.trim())))
    }

    /// What the operator says of the column at this place, from 1.
    pub(super) fn at(&self, place: usize) -> Option<Column> {
        self.find(|column| *column == ColumnName::At(place))
    }

    fn find(&self, is_it: impl Fn(&ColumnName) -> bool) -> Option<Column> {
        self.columns.iter().rev().find(|(column, _)| is_it(column)).map(|(_, meaning)| meaning.column.clone())
    }
}

impl fmt::Display for Mapping {
    /// The form that [`Mapping::from_wire`] reads, for storing the answer with the list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (column, meaning)) in self.columns.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            match column {
                ColumnName::Named(name) => write!(f, "{comma}{name}={}", meaning.word)?,
                ColumnName::At(place) => write!(f, "{comma}{place}={}", meaning.word)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_reads_back_and_refuses_what_it_does_not_know() {
        for text in ["1=md5", "a b=hash,3=label,x=ignore", "a=b=sha1"] {
            assert_eq!(Mapping::from_wire(text).unwrap().to_string(), text, "{text}");
        }
        for text in ["", "md5", "0=md5", "=md5", "1=nothing", "1=md5,"] {
            assert_eq!(Mapping::from_wire(text), None, "{text}");
        }
    }

    #[test]
    fn columns_are_found_by_name_or_place() {
        let mapping = Mapping::from_wire("Grade=category,2=sha256,grade=label").unwrap();
        assert_eq!(mapping.named(" GRADE "), Some(Column::Labels), "the later one counts");
        assert_eq!((mapping.at(2), mapping.at(1)), (Some(Column::named("sha256")), None), "by place");
    }
}
