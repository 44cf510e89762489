//! Uploads: one current row a path, its identity, its check state and its place.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use super::{Tx, optional_word, signed, sorted, unsigned, word};
use crate::error::{Error, Result};
use crate::model::{CheckState, ContentId, FileIdentity, Place, Reason, Role, SiteFile, SiteId, SitePath, Sorted, UploadId};

/// First wait before a failed read is tried again; it doubles up to [`RETRY_LONGEST_MS`].
const RETRY_FIRST_MS: i64 = 60_000;
/// Longest wait between two tries.
const RETRY_LONGEST_MS: i64 = 3_600_000;
/// A file that keeps changing is read again after this long.
const RETRY_CHANGING_MS: i64 = 600_000;

/// One row of an upload.
#[derive(Clone, Debug)]
pub struct UploadRow {
    /// Its number.
    pub id: UploadId,
    /// Where it is.
    pub file: SiteFile,
    /// Whether the row stands for a directory that could not be listed.
    pub directory: bool,
    /// Identity when it was looked at, `None` for what could never be opened.
    pub identity: Option<FileIdentity>,
    /// Modification time, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// How far its check has come.
    pub state: CheckState,
    /// Why it could not be checked.
    pub reason: Option<Reason>,
    /// Where the file is.
    pub place: Place,
    /// Its bytes, once read.
    pub content: Option<ContentId>,
    /// When the row was made.
    pub first_seen_at: i64,
    /// How often it was tried without success.
    pub tries: i64,
    /// What the preset says of it.
    pub sorted: Sorted,
}

/// What a sweep compares a listing with.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The row.
    pub id: UploadId,
    /// Its identity.
    pub identity: Option<FileIdentity>,
    /// Its state.
    pub state: CheckState,
    /// Its reason.
    pub reason: Option<Reason>,
    /// Its role.
    pub role: Role,
    /// When the row was made, in milliseconds since 1970.
    pub first_seen_at: i64,
}

/// What became of both tracks of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both tracks ended.
    Checked,
    /// At least one track failed.
    CouldNotCheck(Reason),
}

pub(super) fn path_of(row: &Row<'_>) -> rusqlite::Result<SitePath> {
    SitePath::new(row.get::<_, Vec<u8>>("path")?)
        .map_err(|_| rusqlite::Error::InvalidColumnType(0, "path".to_owned(), rusqlite::types::Type::Blob))
}

fn identity_of(row: &Row<'_>) -> rusqlite::Result<Option<FileIdentity>> {
    let Some(inode) = row.get::<_, Option<i64>>("inode")? else { return Ok(None) };
    Ok(Some(FileIdentity {
        device: unsigned(row.get::<_, Option<i64>>("device")?.unwrap_or(0)),
        inode: unsigned(inode),
        size: unsigned(row.get::<_, Option<i64>>("size")?.unwrap_or(0)),
        ctime_ns: row.get::<_, Option<i64>>("ctime_ns")?.unwrap_or(0),
    }))
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    Ok(UploadRow {
        id: UploadId::new(row.get("id")?),
        file: SiteFile { site: SiteId::new(row.get("site")?), path: path_of(row)? },
        directory: row.get("directory")?,
        identity: identity_of(row)?,
        mtime_ns: row.get::<_, Option<i64>>("mtime_ns")?.unwrap_or(0),
        state: word(row, "state", CheckState::from_wire)?,
        reason: optional_word(row, "reason", Reason::from_wire)?,
        place: word(row, "place", Place::from_wire)?,
        content: row.get::<_, Option<i64>>("content")?.map(ContentId::new),
        first_seen_at: row.get("first_seen_at")?,
        tries: row.get("tries")?,
        sorted: sorted::sorted_of(row)?,
    })
}

fn rows(connection: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<UploadRow>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, row_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One row by number.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: UploadId) -> Result<UploadRow> {
    let found = connection.prepare_cached("SELECT * FROM upload WHERE id = ?")?.query_row([id.get()], row_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "upload", name: id.to_string() })
}

/// The current row of a path.
///
/// # Errors
/// The store's own.
pub fn current(connection: &Connection, file: &SiteFile) -> Result<Option<UploadRow>> {
    let sql = "SELECT * FROM upload WHERE site = ? AND path = ? AND current = 1";
    Ok(connection.prepare_cached(sql)?.query_row(params![file.site.get(), file.path.as_bytes()], row_of).optional()?)
}

/// Makes sure that the path has a current row in state `Found` for this identity, and gives its number. A row with another identity becomes history.
/// From this row on a crash resumes from the store. What the preset says is `sorted`, or what it said of the row before.
///
/// # Errors
/// The store's own.
pub fn found(tx: &Tx<'_>, file: &SiteFile, identity: FileIdentity, mtime_ns: i64, sorted: Option<&Sorted>) -> Result<UploadId> {
    current_row(tx, file, (identity, mtime_ns), sorted, CheckState::Found)
}

/// The same for a file that is not read, since the preset says that it cannot be an upload, or not yet.
///
/// # Errors
/// The store's own.
pub fn skipped(tx: &Tx<'_>, file: &SiteFile, identity: FileIdentity, mtime_ns: i64, sorted: &Sorted) -> Result<UploadId> {
    current_row(tx, file, (identity, mtime_ns), Some(sorted), CheckState::Skipped)
}

fn current_row(tx: &Tx<'_>, file: &SiteFile, seen: (FileIdentity, i64), sorted: Option<&Sorted>, state: CheckState) -> Result<UploadId> {
    let before = current(tx, file)?;
    let same = before.as_ref().filter(|row| row.identity == Some(seen.0) && row.place == Place::Site && !row.directory);
    let id = match same {
        Some(row) => {
            tx.prepare_cached("UPDATE upload SET state = ?, reason = NULL, retry_at = NULL, last_seen_at = ? WHERE id = ?")?
                .execute(params![state.as_str(), tx.now, row.id.get()])?;
            row.id
        }
        None => {
            before.as_ref().map_or(Ok(()), |row| retire(tx, row.id))?;
            insert(tx, file, Some(seen), state, None, false)?
        }
    };
    if let Some(sorted) = sorted.or(before.as_ref().map(|row| &row.sorted)) {
        sorted::set(tx, id, sorted)?;
    }
    // Writing to a temporary file again and again does not make it young again.
    if let Some(row) = before.filter(|row| row.state == CheckState::Skipped && row.id != id && state == CheckState::Skipped) {
        tx.prepare_cached("UPDATE upload SET first_seen_at = ? WHERE id = ?")?.execute([row.first_seen_at, id.get()])?;
    }
    Ok(id)
}

/// Writes down that a path could not be read at all, file or directory.
///
/// # Errors
/// The store's own.
pub fn refused(tx: &Tx<'_>, file: &SiteFile, reason: Reason, directory: bool) -> Result<UploadId> {
    let id = match current(tx, file)? {
        Some(row) if row.directory == directory && row.place == Place::Site => row.id,
        Some(row) => {
            retire(tx, row.id)?;
            insert(tx, file, None, CheckState::CouldNotCheck, Some(reason), directory)?
        }
        None => insert(tx, file, None, CheckState::CouldNotCheck, Some(reason), directory)?,
    };
    finish(tx, id, None, Outcome::CouldNotCheck(reason))?;
    Ok(id)
}

/// Writes down the end of a check.
///
/// # Errors
/// The store's own.
pub fn finish(tx: &Tx<'_>, id: UploadId, content: Option<ContentId>, outcome: Outcome) -> Result<()> {
    let (state, reason) = match outcome {
        Outcome::Checked => (CheckState::Checked, None),
        Outcome::CouldNotCheck(reason) => (CheckState::CouldNotCheck, Some(reason)),
    };
    let tries: i64 = tx.prepare_cached("SELECT tries FROM upload WHERE id = ?")?.query_row([id.get()], |row| row.get(0))?;
    tx.prepare_cached(
        "UPDATE upload SET state = ?, reason = ?, content = coalesce(?, content), checked_at = ?, last_seen_at = ?, tries = ?, retry_at = ? WHERE id = ?",
    )?
    .execute(params![
        state.as_str(),
        reason.map(Reason::as_str),
        content.map(ContentId::get),
        tx.now,
        tx.now,
        if reason.is_some() { tries + 1 } else { 0 },
        reason.and_then(|reason| retry_at(reason, tx.now, tries)),
        id.get(),
    ])?;
    Ok(())
}

/// When a reason is tried again by the clock; the others wait for a sweep, a changed file or a changed program.
fn retry_at(reason: Reason, now: i64, tries: i64) -> Option<i64> {
    match reason {
        Reason::IoError => Some(now + (RETRY_FIRST_MS << tries.clamp(0, 6)).min(RETRY_LONGEST_MS)),
        Reason::Changing => Some(now + RETRY_CHANGING_MS),
        _ => None,
    }
}

fn insert(
    tx: &Tx<'_>,
    file: &SiteFile,
    identity: Option<(FileIdentity, i64)>,
    state: CheckState,
    reason: Option<Reason>,
    directory: bool,
) -> Result<UploadId> {
    tx.prepare_cached(
        "INSERT INTO upload (site, path, directory, device, inode, size, ctime_ns, mtime_ns, state, reason, place, first_seen_at, last_seen_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'site', ?, ?)",
    )?
    .execute(params![
        file.site.get(),
        file.path.as_bytes(),
        directory,
        identity.map(|(identity, _)| signed(identity.device)),
        identity.map(|(identity, _)| signed(identity.inode)),
        identity.map(|(identity, _)| signed(identity.size)),
        identity.map(|(identity, _)| identity.ctime_ns),
        identity.map(|(_, mtime_ns)| mtime_ns),
        state.as_str(),
        reason.map(Reason::as_str),
        tx.now,
        tx.now,
    ])?;
    Ok(UploadId::new(tx.last_insert_rowid()))
}

/// Makes a row history: another identity is at its path now.
fn retire(tx: &Tx<'_>, id: UploadId) -> Result<()> {
    tx.prepare_cached("UPDATE upload SET current = 0, gone_at = CASE place WHEN 'site' THEN ?1 ELSE gone_at END, place = CASE place WHEN 'site' THEN 'gone' ELSE place END WHERE id = ?2")?
        .execute(params![tx.now, id.get()])?;
    Ok(())
}

/// Moves the row to another place.
///
/// # Errors
/// The store's own.
pub fn set_place(tx: &Tx<'_>, id: UploadId, place: Place) -> Result<()> {
    tx.prepare_cached("UPDATE upload SET place = ?, last_seen_at = ? WHERE id = ?")?.execute(params![place.as_str(), tx.now, id.get()])?;
    Ok(())
}

/// Marks rows gone that a complete listing did not hold.
///
/// # Errors
/// The store's own.
pub fn gone(tx: &Tx<'_>, ids: &[UploadId]) -> Result<()> {
    let mut statement =
        tx.prepare_cached("UPDATE upload SET place = 'gone', gone_at = ? WHERE id = ? AND place = 'site' AND current = 1")?;
    for id in ids {
        statement.execute(params![tx.now, id.get()])?;
    }
    Ok(())
}

/// Puts rows back to `Found` so that they are checked again.
///
/// # Errors
/// The store's own.
pub fn look_again(tx: &Tx<'_>, ids: &[UploadId]) -> Result<()> {
    let mut statement =
        tx.prepare_cached("UPDATE upload SET state = 'found', reason = NULL, retry_at = NULL WHERE id = ? AND current = 1 AND place = 'site' AND directory = 0")?;
    for id in ids {
        statement.execute([id.get()])?;
    }
    Ok(())
}

/// Everything that a sweep of this site compares with: current rows that are (or should be) in the site.
///
/// # Errors
/// The store's own.
pub fn known(connection: &Connection, site: SiteId) -> Result<HashMap<SitePath, Known>> {
    let sql = "SELECT id, path, device, inode, size, ctime_ns, state, reason, role, first_seen_at FROM upload WHERE site = ? AND current = 1 AND place = 'site'";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([site.get()], |row| {
        let known = Known {
            id: UploadId::new(row.get("id")?),
            identity: identity_of(row)?,
            state: word(row, "state", CheckState::from_wire)?,
            reason: optional_word(row, "reason", Reason::from_wire)?,
            role: word(row, "role", Role::from_wire)?,
            first_seen_at: row.get("first_seen_at")?,
        };
        Ok((path_of(row)?, known))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Rows of work that a crash or a restart left: `Found`, still in the site, of sites that are watched. At most `limit`, after row `after`.
///
/// # Errors
/// The store's own.
pub fn unfinished(connection: &Connection, after: i64, limit: u32) -> Result<Vec<UploadRow>> {
    rows(
        connection,
        "SELECT * FROM upload WHERE current = 1 AND state = 'found' AND place = 'site' AND id > ?
         AND site IN (SELECT id FROM site WHERE removed_at IS NULL) ORDER BY id LIMIT ?",
        &[&after, &limit],
    )
}

/// The current files of a site, after row `after`.
///
/// # Errors
/// The store's own.
pub fn of_site(connection: &Connection, site: SiteId, after: i64, limit: u32) -> Result<Vec<UploadRow>> {
    let sql = "SELECT * FROM upload WHERE site = ? AND current = 1 AND place = 'site' AND directory = 0 AND id > ? ORDER BY id LIMIT ?";
    rows(connection, sql, &[&site.get(), &after, &limit])
}

/// Files that are checked last: found, and copies of what lies on other servers.
///
/// # Errors
/// The store's own.
pub fn last_ones(connection: &Connection, site: SiteId, after: i64, limit: u32) -> Result<Vec<UploadRow>> {
    rows(
        connection,
        "SELECT * FROM upload WHERE current = 1 AND state = 'found' AND place = 'site' AND role = 'remote_cache' AND site = ? AND id > ? ORDER BY id LIMIT ?",
        &[&site.get(), &after, &limit],
    )
}

/// Rows whose retry is due.
///
/// # Errors
/// The store's own.
pub fn retry_due(connection: &Connection, now: i64) -> Result<Vec<UploadRow>> {
    rows(
        connection,
        "SELECT * FROM upload WHERE current = 1 AND retry_at IS NOT NULL AND retry_at <= ? AND place = 'site' LIMIT 1000",
        &[&now],
    )
}

/// Every row that ever held a content, current ones first.
///
/// # Errors
/// The store's own.
pub fn of_content(connection: &Connection, content: ContentId) -> Result<Vec<UploadRow>> {
    rows(connection, "SELECT * FROM upload WHERE content = ? ORDER BY current DESC, id LIMIT 10000", &[&content.get()])
}

/// Current rows that could not be checked, after row `after`, of the reasons given; all reasons when empty.
///
/// # Errors
/// The store's own.
pub fn could_not_check(connection: &Connection, reasons: &[Reason], after: i64, limit: u32) -> Result<Vec<UploadRow>> {
    let words = serde_json::to_string(reasons).unwrap_or_default();
    rows(
        connection,
        "SELECT * FROM upload WHERE current = 1 AND state = 'could_not_check' AND place = 'site' AND id > ?1
         AND site IN (SELECT id FROM site WHERE removed_at IS NULL)
         AND (json_array_length(?2) = 0 OR reason IN (SELECT value FROM json_each(?2))) ORDER BY id LIMIT ?3",
        &[&after, &words, &limit],
    )
}

/// Running counts of a site's current rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files now in the site, in any check state.
    pub files: u64,
    /// Both tracks ended.
    pub checked: u64,
    /// Work still to be done.
    pub waiting: u64,
    /// Could not be checked, by reason: files, directories, and what is no regular file.
    pub reasons: Vec<(Reason, u64)>,
    /// Of these, what is no regular file: links, devices, directories that cannot be listed.
    pub not_files: u64,
    /// Not read, because the preset says so.
    pub skipped: u64,
    /// No longer in the site by their own doing.
    pub gone: u64,
}

impl Counts {
    /// Regular files that could not be checked: together with the checked, the skipped and the waiting ones they are all files.
    pub fn could_not_check(&self) -> u64 {
        self.reasons.iter().map(|(_, n)| n).sum::<u64>() - self.not_files
    }

    /// Sum over the reasons of one class.
    pub fn of_class(&self, class: crate::model::ReasonClass) -> u64 {
        self.reasons.iter().filter(|(reason, _)| reason.class() == class).map(|(_, n)| n).sum()
    }

    /// Adds another site's counts.
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.checked += other.checked;
        self.waiting += other.waiting;
        self.skipped += other.skipped;
        self.gone += other.gone;
        self.not_files += other.not_files;
        for (reason, n) in &other.reasons {
            match self.reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, sum)) => *sum += n,
                None => self.reasons.push((*reason, *n)),
            }
        }
    }
}

/// The running counts of a site.
///
/// # Errors
/// The store's own.
pub fn counts(connection: &Connection, site: SiteId) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached("SELECT * FROM upload_count WHERE site = ? AND n > 0")?;
    let mut rows = statement.query([site.get()])?;
    while let Some(row) = rows.next()? {
        let n = unsigned(row.get("n")?);
        let directory: bool = row.get("directory")?;
        let place = word(row, "place", Place::from_wire)?;
        if place == Place::Gone && !directory {
            counts.gone += n;
        }
        if place != Place::Site {
            continue;
        }
        let text: String = row.get("reason")?;
        let reason = Reason::from_wire(&text);
        let is_file = !directory && !reason.is_some_and(Reason::is_of_no_file);
        if is_file {
            counts.files += n
        } else {
            counts.not_files += n
        }
        match word(row, "state", CheckState::from_wire)? {
            CheckState::Found => counts.waiting += n,
            CheckState::Checked => counts.checked += n,
            CheckState::Skipped => counts.skipped += n,
            CheckState::CouldNotCheck => counts.reasons.extend(reason.map(|reason| (reason, n))),
        }
    }
    Ok(counts)
}

/// Uploads of a site first seen on each of the last `days` days of 24 hours, oldest first.
///
/// # Errors
/// The store's own.
pub fn per_day(connection: &Connection, site: SiteId, days: i64, now: i64) -> Result<Vec<u64>> {
    /// Milliseconds of a day.
    const DAY: i64 = 86_400_000;
    let mut result = vec![0; usize::try_from(days).unwrap_or(0)];
    let mut statement = connection.prepare_cached(
        "SELECT (?1 - first_seen_at) / ?2 AS ago, count(*) AS n FROM upload WHERE site = ?3 AND first_seen_at > ?1 - ?2 * ?4 AND directory = 0 GROUP BY ago",
    )?;
    let mut rows = statement.query(params![now, DAY, site.get(), days])?;
    while let Some(row) = rows.next()? {
        let ago: i64 = row.get("ago")?;
        if let Some(slot) = usize::try_from(days - 1 - ago).ok().and_then(|index| result.get_mut(index)) {
            *slot = unsigned(row.get("n")?);
        }
    }
    Ok(result)
}
