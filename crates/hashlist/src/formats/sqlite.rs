//! `kdb` and `nsrl_rds`: hash lists in SQLite files. Nothing is opened here: the caller opens the file, tells its tables, runs the
//! statements of a [`DatabasePlan`] and nothing else, and hands over the rows.

use super::detect::Recognised;
use super::draft::{Draft, DraftValue};
use super::{Content, Format, Record};
use crate::entry::SignalValue;
use crate::kinds::Kind;
use crate::normalize::Encoding;
use crate::outcome::{RejectReason, Rejection};
use crate::refusal::Refusal;

/// The first bytes of a SQLite file.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// A table or view of a database, as its schema states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseTable {
    /// Its name. SQLite compares names without regard to the case of ASCII letters, and so does recognition.
    pub name: String,
    /// Whether it is a view. A virtual table is neither, and must be left out.
    pub is_view: bool,
    /// Names of its columns.
    pub columns: Vec<String>,
}

impl DatabaseTable {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known.eq_ignore_ascii_case(column))
    }
}

/// What a database is, and the only statements that may run on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabasePlan {
    /// Format and reason.
    pub recognised: Recognised,
    /// A statement that must give exactly one row with this one text, before the rows are read.
    pub check: Option<(&'static str, &'static str)>,
    /// The statement whose rows are the records, four columns each.
    pub rows: String,
}

/// Whether an Autopsy hash database is of the one known version.
const KDB_VERSION: (&str, &str) = ("SELECT value FROM db_properties WHERE name = 'Schema Version'", "1");

/// The hashes of an Autopsy hash database. Its file names and comments are not read: they can name people.
const KDB_ROWS: &str = "SELECT h.id, h.md5, h.sha1, h.sha2_256 FROM hashes h ORDER BY h.id";

/// The columns of an NSRL set that are read, where they exist.
const RDS_COLUMNS: [&str; 4] = ["sha256", "sha1", "md5", "file_size"];

/// The tables of an NSRL set that hold hashes of files, best first; a view stands for a table where a set has no other.
const RDS_TABLES: [&str; 2] = ["METADATA", "FILE"];

/// Recognises a database by its tables.
///
/// # Errors
/// `unknown_database`.
pub fn recognise_database(tables: &[DatabaseTable]) -> Result<DatabasePlan, Refusal> {
    let named = |name: &str, is_view: bool| tables.iter().find(|table| table.is_view == is_view && table.name.eq_ignore_ascii_case(name));
    if named("db_properties", false).is_some()
        && let Some(hashes) = named("hashes", false)
    {
        return if ["id", "md5", "sha1", "sha2_256"].into_iter().all(|column| hashes.has(column)) {
            let why = "it has the tables of an Autopsy hash database".to_owned();
            let recognised = Recognised { format: Format::Kdb, why };
            Ok(DatabasePlan { recognised, check: Some(KDB_VERSION), rows: KDB_ROWS.to_owned() })
        } else {
            Err(Refusal::UnknownDatabase)
        };
    }
    for is_view in [false, true] {
        for name in RDS_TABLES {
            let Some(table) = named(name, is_view).filter(|table| table.has("md5") || table.has("sha1")) else { continue };
            let what = if is_view { "view" } else { "table" };
            let why = format!("it has the {what} {name} of an NSRL reference set");
            return Ok(DatabasePlan { recognised: Recognised { format: Format::NsrlRds, why }, check: None, rows: rds_rows(name, table) });
        }
    }
    Err(Refusal::UnknownDatabase)
}

/// `SELECT sha256, sha1, md5, file_size FROM METADATA`, with NULL for a column that the set lacks. Nothing of the file enters it.
fn rds_rows(name: &str, table: &DatabaseTable) -> String {
    let columns = RDS_COLUMNS.map(|column| if table.has(column) { column } else { "NULL" });
    format!("SELECT {} FROM {name}", columns.join(", "))
}

/// What a SQLite file is by the text of its schema, which stands in its first pages. The tables themselves decide later.
pub(super) fn recognise_head(head: &[u8]) -> Result<Recognised, Refusal> {
    let contains = |needle: &[u8]| head.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle));
    let recognised = |format, why: &str| Ok(Recognised { format, why: why.to_owned() });
    if contains(b"db_properties") && contains(b"hashes") {
        recognised(Format::Kdb, "its schema names the tables of an Autopsy hash database")
    } else if contains(b"TABLE METADATA") || contains(b"TABLE FILE") || contains(b"VIEW FILE") || contains(b"VIEW METADATA") {
        recognised(Format::NsrlRds, "its schema names a table of an NSRL reference set")
    } else {
        Err(Refusal::UnknownDatabase)
    }
}

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'row> {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// Text; need not be UTF-8.
    Text(&'row [u8]),
    /// Bytes.
    Blob(&'row [u8]),
    /// A floating-point number, where none belongs.
    Real,
}

/// The record of one row of a [`DatabasePlan`]; `number` counts from 1 and is its place too, since a row has none in the file.
pub fn database_record(format: Format, number: u64, row: &[Cell<'_>]) -> Record {
    let content = match (format, row) {
        (Format::Kdb, [id, md5, sha1, sha256]) => kdb_row(id, &[("md5", md5), ("sha1", sha1), ("sha256", sha256)]),
        (Format::NsrlRds, [sha256, sha1, md5, size]) => rds_row(size, &[("sha256", sha256), ("sha1", sha1), ("md5", md5)]),
        _ => Content::Rejected(Rejection::new(RejectReason::FieldCount, format!("{} columns; 4 were asked for", row.len()))),
    };
    Record { number, offset: 0, content }
}

fn kdb_row(id: &Cell<'_>, hashes: &[(&str, &Cell<'_>)]) -> Content {
    let Cell::Integer(id) = id else {
        return Content::Rejected(Rejection::new(RejectReason::MissingField, "no row id"));
    };
    hashes_of(Draft { key: Some(id.to_string()), ..Draft::default() }, hashes).into_content()
}

fn rds_row(size: &Cell<'_>, hashes: &[(&str, &Cell<'_>)]) -> Content {
    let size = match size {
        Cell::Integer(size) => u64::try_from(*size).ok(),
        Cell::Text(text) => super::lines::text(text).trim().parse().ok(),
        _ => None,
    };
    hashes_of(Draft { size, ..Draft::default() }, hashes).into_content()
}

/// Adds the hashes of a row: bytes as they are, text through the normaliser.
fn hashes_of(mut draft: Draft, hashes: &[(&str, &Cell<'_>)]) -> Draft {
    for (name, cell) in hashes {
        let Some(kind @ Kind::Matched(signal)) = Kind::named(name) else { continue };
        match cell {
            Cell::Null => {}
            Cell::Text(text) => {
                let text = super::lines::text(text);
                if !text.trim().is_empty() {
                    draft.add_hash(Some(&kind), &text, Encoding::Hex, None);
                }
            }
            Cell::Blob(bytes) => match SignalValue::from_bytes(signal, bytes) {
                Some(value) => draft.values.push(DraftValue::Signal(value)),
                None => {
                    let detail = format!("{name}: {} bytes; {} were possible", bytes.len(), signal.byte_len());
                    draft.rejected.push(Rejection::new(RejectReason::WrongLength, detail));
                }
            },
            Cell::Integer(_) | Cell::Real => {
                draft.rejected.push(Rejection::new(RejectReason::BadRecord, format!("{name}: a number where a hash belongs")));
            }
        }
    }
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, is_view: bool, columns: &[&str]) -> DatabaseTable {
        DatabaseTable { name: name.to_owned(), is_view, columns: columns.iter().map(|column| (*column).to_owned()).collect() }
    }

    #[test]
    fn tables_tell_the_format_and_nothing_of_the_file_enters_a_statement() {
        let kdb = [table("db_properties", false, &["name", "value"]), table("hashes", false, &["id", "md5", "sha1", "sha2_256", "x'; --"])];
        let plan = recognise_database(&kdb).unwrap();
        assert_eq!((plan.recognised.format, plan.rows.as_str()), (Format::Kdb, KDB_ROWS), "an Autopsy database");
        let whole = table("METADATA", false, &["sha256", "sha1", "md5", "file_size", "file_name"]);
        let plan = recognise_database(std::slice::from_ref(&whole)).unwrap();
        assert_eq!(plan.rows, "SELECT sha256, sha1, md5, file_size FROM METADATA", "a full set");
        let view = table("FILE", true, &["SHA1", "package_id"]);
        assert_eq!(
            recognise_database(std::slice::from_ref(&view)).unwrap().rows,
            "SELECT NULL, sha1, NULL, NULL FROM FILE",
            "what exists is read"
        );
        assert_eq!(recognise_database(&[view, whole]).unwrap().rows, plan.rows, "a table is better than a view");
    }

    #[test]
    fn a_database_with_other_tables_is_refused() {
        for tables in [
            vec![],
            vec![table("db_properties", false, &[]), table("hashes", false, &["md5"])],
            vec![table("db_properties", false, &[]), table("hashes", true, &["id", "md5", "sha1", "sha2_256"])],
            vec![table("METADATA", false, &["crc32"])],
            vec![table("users", false, &["md5"])],
        ] {
            assert_eq!(recognise_database(&tables).unwrap_err().code(), "unknown_database", "{tables:?}");
        }
    }

    #[test]
    fn bytes_text_and_numbers_in_a_row_have_their_outcomes() {
        let reason = |row: &[Cell<'_>]| match database_record(Format::Kdb, 1, row).content {
            Content::Draft(draft) => format!("{} values, {} rejected", draft.values.len(), draft.rejected.len()),
            Content::Rejected(rejection) => rejection.reason.as_str().to_owned(),
            Content::Skipped(reason) => reason.as_str().to_owned(),
        };
        let (id, null) = (Cell::Integer(1), Cell::Null);
        assert_eq!(reason(&[id, Cell::Blob(&[7; 16]), null, Cell::Blob(&[8; 32])]), "2 values, 0 rejected", "bytes");
        assert_eq!(reason(&[id, Cell::Text(b"900150983CD24FB0D6963F7D28E17F72"), null, null]), "1 values, 0 rejected", "text is hex");
        assert_eq!(reason(&[id, Cell::Blob(&[7; 15]), Cell::Blob(&[7; 20]), null]), "1 values, 1 rejected", "one good signal is enough");
        assert_eq!(reason(&[id, Cell::Blob(&[7; 15]), null, null]), "wrong_length", "15 bytes are no MD5");
        assert_eq!(reason(&[id, Cell::Integer(5), null, null]), "bad_record", "a number is no hash");
        assert_eq!(reason(&[id, Cell::Real, null, null]), "bad_record", "nor is this one");
        assert_eq!(reason(&[null, Cell::Blob(&[7; 16]), null, null]), "missing_field", "without a row id there is no key");
        assert_eq!(reason(&[id, null, null, null]), "missing_field", "no hash at all");
        assert_eq!(reason(&[id]), "field_count", "not what was asked for");
    }
}
