//! Switches: each change of what a list answers makes a new generation, and is a job: what is stored is compared with what changed.
//!
//! A content whose `generation` is at least that of a switch was matched against it when it was checked; only older ones are compared.

use fingerprint::signal::Quality;
use rusqlite::{Connection, OptionalExtension as _, Row, Rows, params};

use super::{Tx, signed, unsigned};
use crate::error::Result;
use crate::model::{ContentId, ListId};

/// One switch whose comparison has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The generation that it made.
    pub generation: i64,
    /// The list; `None` if everything is to be matched again.
    pub list: Option<ListId>,
    /// The version that answered before; `None` if none did, or if what did not change counts otherwise now.
    pub from: Option<u64>,
    /// The version that answers after it; `None` if the list was taken out of use.
    pub to: Option<u64>,
    /// Contents up to this number are compared.
    pub cursor: i64,
}

fn switch_of(row: &Row<'_>) -> rusqlite::Result<Switch> {
    Ok(Switch {
        generation: row.get("id")?,
        list: row.get::<_, Option<i64>>("list")?.map(ListId::new),
        from: row.get::<_, Option<i64>>("from_seq")?.map(unsigned),
        to: row.get::<_, Option<i64>>("to_seq")?.map(unsigned),
        cursor: row.get("cursor")?,
    })
}

/// Makes a generation: the list answers otherwise from the commit of this transaction on.
///
/// # Errors
/// The store's own.
pub fn begin(tx: &Tx<'_>, list: ListId, from: Option<u64>, to: Option<u64>, cause: &str) -> Result<i64> {
    tx.execute(
        "INSERT INTO generation (at, cause, list, from_seq, to_seq) VALUES (?, ?, ?, ?, ?)",
        params![tx.now, cause, list.get(), from.map(signed), to.map(signed)],
    )?;
    let generation = tx.last_insert_rowid();
    super::cases::wake_for_list(tx, list)?;
    Ok(generation)
}

/// The generation that counts now.
///
/// # Errors
/// The store's own.
pub fn generation(connection: &Connection) -> Result<i64> {
    Ok(connection.prepare_cached("SELECT max(id) FROM generation")?.query_row([], |row| row.get(0))?)
}

/// The switches whose comparison has not ended, oldest first.
///
/// # Errors
/// The store's own.
pub fn waiting(connection: &Connection) -> Result<Vec<Switch>> {
    let mut statement = connection.prepare_cached("SELECT * FROM generation WHERE done_at IS NULL ORDER BY id")?;
    let rows = statement.query_map([], switch_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Writes down how far a comparison has come, and how many more cases it changed. A cursor never goes back.
///
/// # Errors
/// The store's own.
pub fn advance(tx: &Tx<'_>, generation: i64, cursor: i64, cases: u64) -> Result<()> {
    tx.prepare_cached("UPDATE generation SET cursor = max(cursor, ?), cases = cases + ? WHERE id = ?")?.execute(params![
        cursor,
        signed(cases),
        generation
    ])?;
    Ok(())
}

/// Ends a comparison.
///
/// # Errors
/// The store's own.
pub fn finish(tx: &Tx<'_>, generation: i64) -> Result<()> {
    tx.execute("UPDATE generation SET done_at = ? WHERE id = ? AND done_at IS NULL", params![tx.now, generation])?;
    Ok(())
}

/// Cases that the switches after generation `since` opened or changed.
///
/// # Errors
/// The store's own.
pub fn cases_since(connection: &Connection, since: i64) -> Result<u64> {
    let sql = "SELECT coalesce(sum(cases), 0) FROM generation WHERE id > ?";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row([since], |row| row.get(0))?))
}

/// How far the oldest waiting switch has come: contents compared, and all contents. `None` if none waits.
///
/// # Errors
/// The store's own.
pub fn progress(connection: &Connection) -> Result<Option<(u64, u64)>> {
    let sql = "SELECT cursor, (SELECT coalesce(max(id), 0) FROM content) FROM generation WHERE done_at IS NULL ORDER BY id LIMIT 1";
    let row = connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()?;
    Ok(row.map(|(cursor, all)| (unsigned(cursor.min(all)), unsigned(all))))
}

/// Contents that rest on a live entry of a list, by number.
///
/// # Errors
/// The store's own.
pub fn resting_on(connection: &Connection, list: ListId) -> Result<Vec<ContentId>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT content FROM match WHERE list = ? AND withdrawn_at IS NULL ORDER BY content")?;
    let rows = statement.query_map([list.get()], |row| Ok(ContentId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The signals of one content, as far as matching asks for them.
#[derive(Debug)]
pub struct Signals<'a> {
    /// Which content.
    pub id: ContentId,
    /// Its size in bytes.
    pub size: u64,
    /// Its digests.
    pub sha256: &'a [u8],
    /// The same, SHA-1.
    pub sha1: &'a [u8],
    /// The same, MD5.
    pub md5: &'a [u8],
    /// Perceptual hashes that may be matched: eight views of 32 bytes for each frame and reading; none if its last check is covered.
    pub views: &'a [[u8; 32]],
}

/// Which contents [`each`] gives: numbers above `after` up to `last`, checked before `generation`.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Numbers above this one.
    pub after: i64,
    /// The last number.
    pub last: i64,
    /// Matched against this generation or a later one: left out.
    pub generation: i64,
    /// Pictures whose last check has this number or a smaller one are not asked: an index of stored signals covers them. −1 asks all.
    pub covered: i64,
}

/// Largest number of a content; 0 without any.
///
/// # Errors
/// The store's own.
pub fn last_content(connection: &Connection) -> Result<i64> {
    Ok(connection.prepare_cached("SELECT coalesce(max(id), 0) FROM content")?.query_row([], |row| row.get(0))?)
}

/// Gives the signals of every content of a range to `take`, by number, without building rows: this is asked for a million contents at once.
///
/// # Errors
/// The store's own, or that of `take`.
pub fn each(connection: &Connection, range: Range, take: &mut dyn FnMut(&Signals<'_>) -> Result<()>) -> Result<()> {
    let mut contents = connection.prepare_cached(
        "SELECT id, size, sha256, sha1, md5, checked_seq <= ?4 OR width IS NULL FROM content WHERE id > ?1 AND id <= ?2 AND generation < ?3 ORDER BY id",
    )?;
    give(connection, contents.query([range.after, range.last, range.generation, range.covered])?, take)
}

/// Gives the signals of every content whose last check has a number above `check`: few, where an index of what is stored covers the others.
///
/// # Errors
/// As [`each`].
pub fn each_checked_after(connection: &Connection, check: i64, take: &mut dyn FnMut(&Signals<'_>) -> Result<()>) -> Result<()> {
    let mut contents = connection.prepare_cached(
        "SELECT id, size, sha256, sha1, md5, width IS NULL FROM content INDEXED BY content_by_check WHERE checked_seq > ?1",
    )?;
    give(connection, contents.query([check])?, take)
}

fn give(connection: &Connection, mut contents: Rows<'_>, take: &mut dyn FnMut(&Signals<'_>) -> Result<()>) -> Result<()> {
    let mut pictures = connection.prepare_cached("SELECT quality, blank, bytes FROM signal WHERE content = ? AND kind = 'pdq'")?;
    let mut views: Vec<[u8; 32]> = Vec::new();
    while let Some(row) = contents.next()? {
        let id: i64 = row.get(0)?;
        views.clear();
        if !row.get::<_, bool>(5)? {
            let mut pictures = pictures.query([id])?;
            while let Some(picture) = pictures.next()? {
                add_views(picture, &mut views)?;
            }
        }
        let blob = |column: usize| -> Result<&[u8]> { Ok(row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?) };
        let (sha256, sha1, md5) = (blob(2)?, blob(3)?, blob(4)?);
        take(&Signals { id: ContentId::new(id), size: unsigned(row.get(1)?), sha256, sha1, md5, views: &views })?;
    }
    Ok(())
}

/// Adds the views of a stored picture that may be matched.
fn add_views(row: &Row<'_>, views: &mut Vec<[u8; 32]>) -> Result<()> {
    let (quality, blank): (u8, bool) = (row.get(0)?, row.get(1)?);
    if !blank && Quality::new(quality).is_matchable() {
        let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        views.extend(bytes.as_chunks::<32>().0);
    }
    Ok(())
}

/// Number of the last check that has ended.
///
/// # Errors
/// The store's own.
pub fn last_check(connection: &Connection) -> Result<i64> {
    Ok(connection.prepare_cached("SELECT coalesce(max(checked_seq), 0) FROM content")?.query_row([], |row| row.get(0))?)
}

/// How many contents there are, and how many of them were checked after the check of this number.
///
/// # Errors
/// The store's own.
pub fn checked_after(connection: &Connection, check: i64) -> Result<(u64, u64)> {
    let sql = "SELECT (SELECT count(*) FROM content), (SELECT count(*) FROM content WHERE checked_seq > ?)";
    Ok(connection.prepare_cached(sql)?.query_row([check], |row| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?))))?)
}
