//! The database of a home, read as an outsider reads it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// A read-only connection.
pub struct Database(pub Connection);

/// The row that speaks for a path.
pub struct Upload {
    pub id: i64,
    pub path: Vec<u8>,
    pub state: String,
    pub place: String,
    /// SHA-256 of its content, in hex; empty where it was never read.
    pub sha256: String,
    /// Device and inode, where it could be opened.
    pub inode: Option<(i64, i64)>,
}

impl Database {
    pub fn open(home: &Path) -> Result<Self, String> {
        let file = home.join("gatehouse.db");
        let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(words)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(words)?;
        Ok(Self(connection))
    }

    /// Every row of a query, each turned by `each`.
    pub fn rows<T>(&self, sql: &str, each: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>, String> {
        let mut statement = self.0.prepare(sql).map_err(|error| format!("{error}: {sql}"))?;
        let rows = statement.query_map([], each).map_err(words)?;
        rows.collect::<rusqlite::Result<Vec<T>>>().map_err(words)
    }

    /// Current rows of files of the site with this root.
    pub fn uploads(&self, site: &Path) -> Result<Vec<Upload>, String> {
        use std::os::unix::ffi::OsStrExt as _;
        let root = super::record::hex(site.as_os_str().as_bytes());
        let sql = format!(
            "SELECT u.id, path, state, place, lower(hex(coalesce(c.sha256, x''))), device, inode FROM upload u
             LEFT JOIN content c ON c.id = u.content JOIN site s ON s.id = u.site
             WHERE u.current = 1 AND u.directory = 0 AND s.removed_at IS NULL AND lower(hex(s.root)) = '{root}'"
        );
        self.rows(&sql, |row| {
            let (device, inode): (Option<i64>, Option<i64>) = (row.get(5)?, row.get(6)?);
            Ok(Upload {
                id: row.get(0)?,
                path: row.get(1)?,
                state: row.get(2)?,
                place: row.get(3)?,
                sha256: row.get(4)?,
                inode: device.zip(inode),
            })
        })
    }

    /// Where files wait that were taken down.
    pub fn holding_dirs(&self) -> Result<Vec<PathBuf>, String> {
        use std::os::unix::ffi::OsStrExt as _;
        self.rows("SELECT holding_dir FROM site WHERE removed_at IS NULL", |row| {
            let bytes: Vec<u8> = row.get(0)?;
            Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)))
        })
    }

    /// Names of files aside in the site, which open intents have promised to finish.
    pub fn names_aside(&self) -> Result<Vec<Vec<u8>>, String> {
        self.rows("SELECT holding_name FROM action WHERE state = 'intent' AND holding_name IS NOT NULL", |row| {
            let name: String = row.get(0)?;
            Ok(format!(".gatehouse-{name}").into_bytes())
        })
    }
}

pub fn words(error: rusqlite::Error) -> String {
    format!("the database: {error}")
}
