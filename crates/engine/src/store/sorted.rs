//! What presets say of uploads, as it is stored: roles, facts, and what was made from what.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Tx, unsigned, word};
use crate::error::Result;
use crate::model::{ClaimedHash, Facts, Role, SiteId, SitePath, Sorted, UploadId};

/// Uploads without a single agreement after which a claim is dropped.
pub const CLAIM_TRIES: u64 = 20;

/// What is stored of an upload beside its identity.
pub(super) fn sorted_of(row: &Row<'_>) -> rusqlite::Result<Sorted> {
    let facts: Option<String> = row.get("facts")?;
    Ok(Sorted {
        role: Some(word(row, "role", Role::from_wire)?),
        rule: row.get("rule")?,
        facts: facts.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        of: row.get("made_of")?,
        shares: row.get("shares")?,
        claim: None,
    })
}

/// Writes what a preset says of an upload.
///
/// # Errors
/// The store's own.
pub fn set(tx: &Tx<'_>, upload: UploadId, sorted: &Sorted) -> Result<()> {
    tx.prepare_cached("UPDATE upload SET role = ?, rule = ?, facts = ?, made_of = ?, shares = ? WHERE id = ?")?.execute(params![
        sorted.role().as_str(),
        sorted.rule,
        facts_text(&sorted.facts),
        sorted.of,
        sorted.shares,
        upload.get()
    ])?;
    Ok(())
}

fn facts_text(facts: &Facts) -> Option<String> {
    (!facts.is_empty()).then(|| serde_json::to_string(facts).unwrap_or_default())
}

/// What is stored of an upload.
///
/// # Errors
/// The store's own.
pub fn get(connection: &Connection, upload: UploadId) -> Result<Sorted> {
    let sql = "SELECT role, rule, facts, made_of, shares FROM upload WHERE id = ?";
    Ok(connection.prepare_cached(sql)?.query_row([upload.get()], sorted_of).optional()?.unwrap_or_default())
}

/// Files of a site by role and rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The role.
    pub role: Role,
    /// The rule; `None` for files that fitted none.
    pub rule: Option<u32>,
    /// Files.
    pub files: u64,
    /// Of them not read, since the role says so.
    pub skipped: u64,
}

/// How many files of a site fit each rule.
///
/// # Errors
/// The store's own.
pub fn counts(connection: &Connection, site: SiteId) -> Result<Vec<RuleCount>> {
    let sql = "SELECT role, rule, count(*) AS n, sum(state = 'skipped') AS skipped FROM upload
               WHERE site = ? AND current = 1 AND place = 'site' AND directory = 0 GROUP BY role, rule ORDER BY n DESC, role, rule";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([site.get()], |row| {
        Ok(RuleCount {
            role: word(row, "role", Role::from_wire)?,
            rule: row.get("rule")?,
            files: unsigned(row.get("n")?),
            skipped: unsigned(row.get("skipped")?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Counts whether a name told the truth about its content.
///
/// # Errors
/// The store's own.
pub fn count_claim(tx: &Tx<'_>, site: SiteId, hash: ClaimedHash, agrees: bool) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO name_claim (site, hash, agreed, differed) VALUES (?1, ?2, ?3, 1 - ?3)
         ON CONFLICT DO UPDATE SET agreed = agreed + ?3, differed = differed + 1 - ?3",
    )?
    .execute(params![site.get(), hash.as_str(), i64::from(agrees)])?;
    Ok(())
}

/// What became of a claim that stored names make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimCount {
    /// What the names claim to hold.
    pub hash: ClaimedHash,
    /// Contents of which it was true.
    pub agreed: u64,
    /// Contents of which it was not.
    pub differed: u64,
}

impl ClaimCount {
    /// Whether nothing is made of the claim any more.
    pub fn is_dropped(&self) -> bool {
        self.agreed == 0 && self.differed >= CLAIM_TRIES
    }
}

/// The claims of a site's names.
///
/// # Errors
/// The store's own.
pub fn claims(connection: &Connection, site: SiteId) -> Result<Vec<ClaimCount>> {
    let mut statement = connection.prepare_cached("SELECT * FROM name_claim WHERE site = ? ORDER BY hash")?;
    let rows = statement.query_map([site.get()], |row| {
        Ok(ClaimCount {
            hash: word(row, "hash", ClaimedHash::from_wire)?,
            agreed: unsigned(row.get("agreed")?),
            differed: unsigned(row.get("differed")?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets what names claimed: another preset reads them in another way.
///
/// # Errors
/// The store's own.
pub fn forget_claims(tx: &Tx<'_>, site: SiteId) -> Result<()> {
    tx.execute("DELETE FROM name_claim WHERE site = ?", [site.get()])?;
    Ok(())
}

/// A page of the current rows of a site, to be sorted anew: number and path, after row `after`.
///
/// # Errors
/// The store's own.
pub fn page(connection: &Connection, site: SiteId, after: i64, limit: u32) -> Result<Vec<(UploadId, SitePath, Sorted)>> {
    let sql =
        "SELECT id, path, role, rule, facts, made_of, shares FROM upload WHERE site = ? AND current = 1 AND id > ? ORDER BY id LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![site.get(), after, limit], |row| {
        Ok((UploadId::new(row.get("id")?), super::uploads::path_of(row)?, sorted_of(row)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A file that was not read because of its role is one that is read now.
///
/// # Errors
/// The store's own.
pub fn read_after_all(tx: &Tx<'_>, upload: UploadId) -> Result<()> {
    tx.prepare_cached("UPDATE upload SET state = 'found' WHERE id = ? AND state = 'skipped'")?.execute([upload.get()])?;
    Ok(())
}
