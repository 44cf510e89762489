//! Plain pictures in the places of files that were taken down.

use fingerprint::signal::Sha256;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Tx, sha256};
use crate::error::Result;
use crate::model::UploadId;

/// Writes down that a plain picture is put in the place of an upload, before it is.
///
/// # Errors
/// The store's own.
pub fn put(tx: &Tx<'_>, upload: UploadId, sha256: &Sha256) -> Result<()> {
    tx.execute(
        "INSERT INTO placeholder (upload, sha256, put_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, put_at = excluded.put_at, removed_at = NULL",
        params![upload.get(), sha256.as_bytes(), tx.now],
    )?;
    Ok(())
}

/// The hash of the plain picture in the place of an upload, if there is one.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, upload: UploadId) -> Result<Option<Sha256>> {
    let sql = "SELECT sha256 FROM placeholder WHERE upload = ? AND removed_at IS NULL";
    Ok(connection.prepare_cached(sql)?.query_row([upload.get()], |row| sha256(row, "sha256")).optional()?)
}

/// Writes down that it is gone.
///
/// # Errors
/// The store's own.
pub fn removed(tx: &Tx<'_>, upload: UploadId) -> Result<()> {
    tx.execute("UPDATE placeholder SET removed_at = ? WHERE upload = ?", params![tx.now, upload.get()])?;
    Ok(())
}
