//! Where the copies of a content lie.

use rusqlite::Connection;

use super::unsigned;
use crate::error::Result;
use crate::model::ContentId;

/// The files of one content on one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnSite {
    /// Name of the site.
    pub site: String,
    /// Files that are there now.
    pub files: u64,
    /// Files that were taken down and wait.
    pub held: u64,
    /// One of their paths.
    pub example: Vec<u8>,
}

/// The files of a content, a row a site; sites where nothing of it is left are left out.
///
/// # Errors
/// The store's own.
pub fn on_sites(connection: &Connection, content: ContentId) -> Result<Vec<OnSite>> {
    let sql = "SELECT s.name, sum(u.current = 1 AND u.place = 'site') AS files, sum(u.place IN ('holding', 'vault')) AS held, min(u.path) AS example
               FROM upload u JOIN site s ON s.id = u.site WHERE u.content = ? GROUP BY s.id HAVING files + held > 0 ORDER BY s.id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([content.get()], |row| {
        Ok(OnSite { site: row.get(0)?, files: unsigned(row.get(1)?), held: unsigned(row.get(2)?), example: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
