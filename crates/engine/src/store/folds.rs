//! What was made from what, and how contents came to a case that another one leads.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Tx, optional_word, word};
use crate::error::Result;
use crate::model::{CaseId, ContentId, SiteId, SitePath, wire_enum};

wire_enum!(
    /// How a content came to a case.
    Joined {
        /// The site made it from the leading content, and their fingerprints agree.
        Generated = "generated",
        /// It is nearly the same picture and matches by itself.
        Near = "near",
        /// A person put it there.
        ByHand = "by_hand",
    }
);

wire_enum!(
    /// Why a content that looks like part of a case is not.
    NotIncluded {
        /// Its name says that it was made from the leading content; its fingerprint is that of another picture.
        OtherPicture = "other_picture",
        /// The same, but one of the two has no fingerprint that could be compared.
        NotCompared = "not_compared",
        /// A person split it off.
        SplitOff = "split_off",
    }
);

/// A content that was made from another one, or from which others were made, as one of its paths says.
#[derive(Clone, Debug)]
struct Place {
    site: SiteId,
    path: SitePath,
    made_of: Option<Vec<u8>>,
    shares: Option<Vec<u8>>,
}

fn places(connection: &Connection, content: ContentId) -> Result<Vec<Place>> {
    let sql = "SELECT site, path, made_of, shares FROM upload WHERE content = ? ORDER BY current DESC, id DESC LIMIT 50";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([content.get()], |row| {
        Ok(Place {
            site: SiteId::new(row.get("site")?),
            path: super::uploads::path_of(row)?,
            made_of: row.get("made_of")?,
            shares: row.get("shares")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn found(row: &Row<'_>) -> rusqlite::Result<ContentId> {
    Ok(ContentId::new(row.get(0)?))
}

fn query(connection: &Connection, sql: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<ContentId>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(with, found)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Most contents that are taken for the sizes of one picture: no software makes more, and a hostile tree must not cost more.
const MOST: u32 = 100;

/// The contents that this one was made from, as its paths say.
///
/// # Errors
/// The store's own.
pub fn originals(connection: &Connection, content: ContentId) -> Result<Vec<ContentId>> {
    let mut all = Vec::new();
    for place in places(connection, content)? {
        let Some(made_of) = &place.made_of else { continue };
        let site = place.site.get();
        if made_of.starts_with(b"=") {
            let sql = "SELECT DISTINCT content FROM upload WHERE site = ? AND shares = ? AND content IS NOT NULL LIMIT ?";
            all.extend(query(connection, sql, params![site, made_of, MOST])?);
        } else if let Some(star) = made_of.iter().position(|byte| *byte == b'*') {
            // The part is unknown: everything that begins as the path does, looked through for those of the same form.
            let (start, end) = (&made_of[..star], &made_of[star + 1..]);
            let sql =
                "SELECT DISTINCT content FROM upload WHERE site = ?1 AND current = 1 AND path >= ?2 AND path < ?3 AND content IS NOT NULL
                       AND substr(path, length(?2) + 1, length(path) - length(?2) - length(?4)) NOT LIKE '%/%'
                       AND substr(path, length(path) - length(?4) + 1) = ?4 LIMIT ?5";
            let after = [start, b"\xff"].concat();
            all.extend(query(connection, sql, params![site, start, after, end, MOST])?);
        } else {
            let sql = "SELECT DISTINCT content FROM upload WHERE site = ? AND path = ? AND content IS NOT NULL ORDER BY current DESC, id DESC LIMIT ?";
            all.extend(query(connection, sql, params![site, made_of, MOST])?);
        }
    }
    Ok(without(all, content))
}

/// The contents that were made from this one, as their paths say.
///
/// # Errors
/// The store's own.
pub fn derived(connection: &Connection, content: ContentId) -> Result<Vec<ContentId>> {
    let mut all = Vec::new();
    let sql = "SELECT DISTINCT content FROM upload WHERE site = ? AND made_of = ? AND content IS NOT NULL LIMIT ?";
    for place in places(connection, content)? {
        for key in keys(&place) {
            all.extend(query(connection, sql, params![place.site.get(), key, MOST])?);
        }
    }
    Ok(without(all, content))
}

/// What others may say that they were made from, if it is this file: its path, that path with one part unknown, and what it shares.
fn keys(place: &Place) -> Vec<Vec<u8>> {
    let parts: Vec<&[u8]> = place.path.parts().collect();
    let starred = |unknown: usize| {
        let parts: Vec<&[u8]> = parts.iter().enumerate().map(|(n, part)| if n == unknown { b"*".as_slice() } else { part }).collect();
        parts.join(&b'/')
    };
    let mut keys: Vec<Vec<u8>> = (0..parts.len()).rev().map(starred).collect();
    keys.push(place.path.as_bytes().to_vec());
    keys.extend(place.shares.clone());
    keys
}

fn without(mut all: Vec<ContentId>, content: ContentId) -> Vec<ContentId> {
    all.sort_unstable();
    all.dedup();
    all.retain(|other| *other != content);
    all
}

/// The leading contents of undecided cases that rest on one of the entries of a content, newest first.
///
/// # Errors
/// The store's own.
pub fn sharing_an_entry(connection: &Connection, content: ContentId) -> Result<Vec<(CaseId, ContentId)>> {
    let sql = "SELECT DISTINCT c.id, c.content FROM match m JOIN match o ON o.list = m.list AND o.entry_key = m.entry_key AND o.withdrawn_at IS NULL
               JOIN triage_case c ON c.content = o.content
               WHERE m.content = ?1 AND m.withdrawn_at IS NULL AND m.polarity = 'alert' AND o.content <> ?1
               AND c.state IN ('open', 'snoozed', 'asked') AND c.practice = 0 ORDER BY c.id DESC LIMIT 50";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([content.get()], |row| Ok((CaseId::new(row.get(0)?), ContentId::new(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many contents the matches of a content's entries have, at most: of the entry that matches most.
///
/// # Errors
/// The store's own.
pub fn widest_entry(connection: &Connection, content: ContentId) -> Result<u64> {
    let sql = "SELECT coalesce(max((SELECT count(DISTINCT content) FROM match o WHERE o.list = m.list AND o.entry_key = m.entry_key AND o.withdrawn_at IS NULL)), 0)
               FROM match m WHERE m.content = ? AND m.withdrawn_at IS NULL AND m.polarity = 'alert'";
    Ok(super::unsigned(connection.prepare_cached(sql)?.query_row([content.get()], |row| row.get(0))?))
}

/// Whether every file of a content that is known is the site's own: a logo, a smiley.
///
/// # Errors
/// The store's own.
pub fn is_furniture(connection: &Connection, content: ContentId) -> Result<bool> {
    let sql = "SELECT count(*) > 0 AND sum(role <> 'site') = 0 FROM upload WHERE content = ?";
    Ok(connection.prepare_cached(sql)?.query_row([content.get()], |row| row.get::<_, Option<bool>>(0))?.unwrap_or(false))
}

/// Gives a content to a case, and says why.
///
/// # Errors
/// The store's own.
pub fn join(tx: &Tx<'_>, case: CaseId, content: ContentId, how: Joined, distance: Option<u16>) -> Result<()> {
    tx.prepare_cached("UPDATE content SET triage_case = ?, joined = ?, join_distance = ? WHERE id = ?")?.execute(params![
        case.get(),
        how.as_str(),
        distance,
        content.get()
    ])?;
    tx.prepare_cached("DELETE FROM case_similar WHERE triage_case = ? AND content = ?")?.execute([case.get(), content.get()])?;
    Ok(())
}

/// Makes another content of the case its leading one.
///
/// # Errors
/// The store's own.
pub fn lead(tx: &Tx<'_>, case: CaseId, content: ContentId) -> Result<()> {
    tx.prepare_cached("UPDATE triage_case SET content = ? WHERE id = ?")?.execute([content.get(), case.get()])?;
    tx.prepare_cached("UPDATE content SET triage_case = ?, joined = NULL, join_distance = NULL WHERE id = ?")?
        .execute([case.get(), content.get()])?;
    Ok(())
}

/// Takes a content out of its case for good: it joins none by itself any more.
///
/// # Errors
/// The store's own.
pub fn split_off(tx: &Tx<'_>, case: CaseId, content: ContentId) -> Result<()> {
    tx.prepare_cached("UPDATE content SET triage_case = NULL, joined = NULL, join_distance = NULL, split_off = 1 WHERE id = ?")?
        .execute([content.get()])?;
    put_similar(tx, case, content, NotIncluded::SplitOff)
}

/// Whether a person split a content off.
///
/// # Errors
/// The store's own.
pub fn is_split_off(connection: &Connection, content: ContentId) -> Result<bool> {
    Ok(connection.prepare_cached("SELECT split_off FROM content WHERE id = ?")?.query_row([content.get()], |row| row.get(0))?)
}

/// How a content came to its case; `None` for one that opened it.
///
/// # Errors
/// The store's own.
pub fn how(connection: &Connection, content: ContentId) -> Result<Option<(Joined, Option<u16>)>> {
    let sql = "SELECT k.joined, k.join_distance, c.content = k.id AS leads FROM content k JOIN triage_case c ON c.id = k.triage_case WHERE k.id = ?";
    let row = connection
        .prepare_cached(sql)?
        .query_row([content.get()], |row| {
            Ok((optional_word(row, "joined", Joined::from_wire)?, row.get("join_distance")?, row.get("leads")?))
        })
        .optional()?;
    Ok(match row {
        Some((joined, distance, false)) => Some((joined.unwrap_or(Joined::ByHand), distance)),
        None | Some((_, _, true)) => None,
    })
}

/// Writes down that a content looks like part of a case and is not.
///
/// # Errors
/// The store's own.
pub fn put_similar(tx: &Tx<'_>, case: CaseId, content: ContentId, why: NotIncluded) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO case_similar (triage_case, content, why) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET why = excluded.why",
    )?
    .execute(params![case.get(), content.get(), why.as_str()])?;
    Ok(())
}

/// The contents that look like part of a case and are in none.
///
/// # Errors
/// The store's own.
pub fn similar(connection: &Connection, case: CaseId) -> Result<Vec<(ContentId, NotIncluded)>> {
    let sql = "SELECT s.content, s.why FROM case_similar s JOIN content k ON k.id = s.content
               WHERE s.triage_case = ?1 AND k.triage_case IS NOT ?1 ORDER BY s.content LIMIT 200";
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_map([case.get()], |row| Ok((ContentId::new(row.get("content")?), word(row, "why", NotIncluded::from_wire)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
