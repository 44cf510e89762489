//! The ledger as a file for outsiders: one row a line, and a closing line, so that a cut end shows.

use fingerprint::signal::Sha256;
use serde_json::Value;
use sha2::Digest as _;

use crate::error::Result;
use crate::model::CaseId;
use crate::store::Connection;
use crate::store::ledger::{self, LedgerRow};

/// An export before it is written.
pub struct Export {
    /// Its lines, the closing one included.
    pub text: String,
    /// Its rows.
    pub rows: Vec<LedgerRow>,
}

/// Who made an export, and when.
#[derive(Clone, Debug)]
pub struct Made {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// In whose name.
    pub person: String,
    /// The public key whose signature belongs to the file.
    pub key: String,
}

/// Makes an export of the whole ledger, or of the rows of one case.
///
/// # Errors
/// The store's own.
pub fn of(connection: &Connection, case: Option<CaseId>, made: &Made) -> Result<Export> {
    let rows = match case {
        Some(case) => ledger::of_case(connection, case)?,
        None => {
            let mut rows = Vec::new();
            ledger::each_after(connection, 0, &mut |row| {
                rows.push(row.clone());
                Ok(())
            })?;
            rows
        }
    };
    Ok(Export { text: text_of(&rows, case, made), rows })
}

/// The lines of an export.
pub(super) fn text_of(rows: &[LedgerRow], case: Option<CaseId>, made: &Made) -> String {
    let mut text: String = rows.iter().map(|row| row.to_line() + "\n").collect();
    text.push_str(&(closing(rows, case, made) + "\n"));
    text
}

/// The closing line: how many rows there are, which ones if they are not all, and the digest of their hashes.
fn closing(rows: &[LedgerRow], case: Option<CaseId>, made: &Made) -> String {
    let seqs: Option<Vec<i64>> = case.map(|_| rows.iter().map(|row| row.seq).collect());
    format!(
        "{{\"end\":{{\"rows\":{},\"case\":{},\"seqs\":{},\"rows_sha256\":\"{}\",\"at\":{},\"person\":{},\"key\":{}}}}}",
        rows.len(),
        Value::from(case.map(CaseId::get)),
        Value::from(seqs),
        digest(rows.iter().map(|row| row.hash)),
        made.at,
        Value::from(made.person.as_str()),
        Value::from(made.key.as_str())
    )
}

/// SHA-256 over the hashes of all rows, each as 64 hexadecimal digits, one after the other: lower hexadecimal.
pub fn digest(hashes: impl Iterator<Item = Sha256>) -> String {
    let mut hasher = sha2::Sha256::new();
    hashes.for_each(|hash| hasher.update(hash.to_string()));
    Sha256::new(hasher.finalize().into()).to_string()
}
