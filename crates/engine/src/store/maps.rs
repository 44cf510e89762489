//! What a site's own database says of its files, as the operator saved it at one moment.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, signed, unsigned};
use crate::error::Result;
use crate::model::{Facts, SiteId};

/// A map file as it was read.
#[derive(Clone, Debug)]
pub struct MapFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its modification time when it was read, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// Its size then.
    pub size: u64,
    /// When it was read, in milliseconds since 1970.
    pub read_at: i64,
    /// Its rows.
    pub rows: u64,
    /// Columns that are not known.
    pub ignored: Vec<String>,
    /// Why a newer state of the file could not be read; the earlier one still counts.
    pub problem: Option<String>,
}

/// One row with the keys by which uploads find it.
pub struct KeyedRow {
    /// What it says, by column.
    pub facts: String,
    /// `what=value`.
    pub keys: Vec<Vec<u8>>,
}

fn file_of(row: &Row<'_>) -> rusqlite::Result<MapFile> {
    let path: Vec<u8> = row.get("path")?;
    Ok(MapFile {
        path: PathBuf::from(std::ffi::OsStr::from_bytes(&path)),
        modified_ns: row.get("modified_ns")?,
        size: unsigned(row.get("size")?),
        read_at: row.get("read_at")?,
        rows: unsigned(row.get("rows")?),
        ignored: serde_json::from_str(&row.get::<_, String>("ignored")?).unwrap_or_default(),
        problem: row.get("problem")?,
    })
}

/// The map file of a site, if it has one.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, site: SiteId) -> Result<Option<MapFile>> {
    Ok(connection.prepare_cached("SELECT * FROM map_file WHERE site = ?")?.query_row([site.get()], file_of).optional()?)
}

/// Forgets what the map file of a site said.
///
/// # Errors
/// The store's own.
pub fn forget(tx: &Tx<'_>, site: SiteId) -> Result<()> {
    for table in ["map_key", "map_row", "map_file"] {
        tx.execute(&format!("DELETE FROM {table} WHERE site = ?"), [site.get()])?;
    }
    Ok(())
}

/// Takes a map file in place of the one before.
///
/// # Errors
/// The store's own; the one before stays.
pub fn replace(
    tx: &Tx<'_>,
    site: SiteId,
    file: &Path,
    (modified_ns, size): (i64, u64),
    rows: &[KeyedRow],
    ignored: &[String],
) -> Result<()> {
    forget(tx, site)?;
    let mut row_in = tx.prepare_cached("INSERT INTO map_row (site, number, facts) VALUES (?, ?, ?)")?;
    let mut key_in = tx.prepare_cached("INSERT INTO map_key (site, key, number) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")?;
    for (number, row) in (0_i64..).zip(rows) {
        row_in.execute(params![site.get(), number, row.facts])?;
        for key in &row.keys {
            key_in.execute(params![site.get(), key, number])?;
        }
    }
    tx.execute(
        "INSERT INTO map_file (site, path, modified_ns, size, read_at, rows, ignored) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            site.get(),
            file.as_os_str().as_bytes(),
            modified_ns,
            signed(size),
            tx.now,
            signed(rows.len() as u64),
            serde_json::to_string(ignored).unwrap_or_default()
        ],
    )?;
    ledger::append(tx, "map_read", None, json!({"site": site.get(), "rows": rows.len(), "ignored_columns": ignored.len()}))
}

/// Writes down why a newer state of the file could not be read.
///
/// # Errors
/// The store's own.
pub fn set_problem(tx: &Tx<'_>, site: SiteId, problem: &str) -> Result<()> {
    tx.execute("UPDATE map_file SET problem = ? WHERE site = ?", params![problem, site.get()])?;
    Ok(())
}

/// The rows that these keys find: number and facts. At most 200: one file can be in many posts.
///
/// # Errors
/// The store's own.
pub fn rows_of(connection: &Connection, site: SiteId, keys: &[Vec<u8>]) -> Result<Vec<(i64, Facts)>> {
    let sql = "SELECT r.number, r.facts FROM map_key k JOIN map_row r ON r.site = k.site AND r.number = k.number WHERE k.site = ? AND k.key = ? ORDER BY r.number LIMIT 200";
    let mut statement = connection.prepare_cached(sql)?;
    let mut all: Vec<(i64, Facts)> = Vec::new();
    for key in keys {
        let rows = statement.query_map(params![site.get(), key], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        for row in rows {
            let (number, text) = row?;
            if !all.iter().any(|(known, _)| *known == number) {
                all.push((number, serde_json::from_str(&text).unwrap_or_default()));
            }
        }
    }
    Ok(all)
}
