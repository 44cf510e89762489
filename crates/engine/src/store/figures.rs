//! Counts of one site and one stretch of time, for papers that hold numbers only.

use rusqlite::{Connection, Row, params};

use super::unsigned;
use crate::error::Result;
use crate::model::{ListId, SiteId};

/// What was counted, with how often.
pub type Counted = Vec<(String, u64)>;

/// A stretch of time in milliseconds since 1970: from its first to before its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: i64,
    /// The first moment after it.
    pub to: i64,
}

/// The cases of a site, practice left out.
const CASES: &str = "SELECT c.id FROM triage_case c WHERE NOT c.practice
    AND EXISTS (SELECT 1 FROM content k JOIN upload u ON u.content = k.id WHERE k.triage_case = c.id AND u.site = ?1)";

fn counted(connection: &Connection, sql: &str, site: SiteId, span: Span) -> Result<Counted> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![site.get(), span.from, span.to], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Files first seen in the span: `checked`, `waiting`, `skipped` by a rule, or the reason why one could not be checked, as they stand now.
///
/// # Errors
/// The store's own.
pub fn uploads(connection: &Connection, site: SiteId, span: Span) -> Result<Counted> {
    let sql = "SELECT CASE state WHEN 'checked' THEN 'checked' WHEN 'could_not_check' THEN coalesce(reason, 'unknown') WHEN 'skipped' THEN 'skipped' ELSE 'waiting' END AS what, count(*)
               FROM upload WHERE site = ?1 AND directory = 0 AND first_seen_at >= ?2 AND first_seen_at < ?3 GROUP BY what ORDER BY what";
    counted(connection, sql, site, span)
}

/// Contents of the site that met an entry in the span, by `harm match`.
///
/// # Errors
/// The store's own.
pub fn matches(connection: &Connection, site: SiteId, span: Span) -> Result<Counted> {
    let sql = "SELECT harm || ' ' || match_type AS what, count(DISTINCT content) FROM match m WHERE polarity = 'alert' AND harm <> 'practice'
               AND found_at >= ?2 AND found_at < ?3 AND EXISTS (SELECT 1 FROM upload u WHERE u.content = m.content AND u.site = ?1) GROUP BY what ORDER BY what";
    counted(connection, sql, site, span)
}

/// Cases of the site that were opened in the span, by harm.
///
/// # Errors
/// The store's own.
pub fn cases(connection: &Connection, site: SiteId, span: Span) -> Result<Counted> {
    let sql = format!(
        "SELECT harm, count(*) FROM triage_case WHERE opened_at >= ?2 AND opened_at < ?3 AND id IN ({CASES}) GROUP BY harm ORDER BY harm"
    );
    counted(connection, &sql, site, span)
}

/// What the ledger tells of the site's cases in the span, by verb, and by decision or cause where it has one: `decided keep`, `reopened time`, `done`.
///
/// # Errors
/// The store's own.
pub fn told(connection: &Connection, site: SiteId, span: Span) -> Result<Counted> {
    let sql = format!(
        "SELECT trim(verb || ' ' || coalesce(json_extract(body, '$.decision'), json_extract(body, '$.cause'), json_extract(body, '$.action'), ''))
                AS what, count(*) FROM ledger
         WHERE at >= ?2 AND at < ?3 AND triage_case IN ({CASES}) GROUP BY what ORDER BY what"
    );
    counted(connection, &sql, site, span)
}

/// Duty clocks of the site's cases: `kind met` and `kind stopped` that ended in the span, `kind missed` whose limit passed in it.
///
/// # Errors
/// The store's own.
pub fn clocks(connection: &Connection, site: SiteId, span: Span) -> Result<Counted> {
    let sql = format!(
        "SELECT kind || ' ' || what AS named, count(*) FROM (
           SELECT kind, state AS what FROM duty_clock WHERE state IN ('met', 'stopped') AND ended_at >= ?2 AND ended_at < ?3 AND triage_case IN ({CASES})
           UNION ALL SELECT kind, 'missed' FROM duty_clock WHERE missed_at >= ?2 AND missed_at < ?3 AND triage_case IN ({CASES}))
         GROUP BY named ORDER BY named"
    );
    counted(connection, &sql, site, span)
}

/// Notices about the site's cases that came in the span, by kind, and reports that were filed, as `report KIND`.
///
/// # Errors
/// The store's own.
pub fn papers(connection: &Connection, site: SiteId, span: Span) -> Result<Counted> {
    let sql = format!(
        "SELECT what, count(*) FROM (
           SELECT 'notice ' || kind AS what FROM notice WHERE received_at >= ?2 AND received_at < ?3 AND triage_case IN ({CASES})
           UNION ALL SELECT 'report ' || kind FROM report_filed WHERE filed_at >= ?2 AND filed_at < ?3 AND triage_case IN ({CASES}))
         GROUP BY what ORDER BY what"
    );
    counted(connection, &sql, site, span)
}

/// Milliseconds from the opening of a case of the site to a decision that counted in the span, shortest first.
///
/// # Errors
/// The store's own.
pub fn times_to_decide(connection: &Connection, site: SiteId, span: Span) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT l.at - c.opened_at FROM ledger l JOIN triage_case c ON c.id = l.triage_case
         WHERE l.verb = 'final' AND l.at >= ?2 AND l.at < ?3 AND c.id IN ({CASES}) ORDER BY 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![site.get(), span.from, span.to], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Self-tests of the site in the span: when, whether it passed, milliseconds to the inbox.
///
/// # Errors
/// The store's own.
pub fn selftests(connection: &Connection, site: SiteId, span: Span) -> Result<Vec<(i64, bool, Option<i64>)>> {
    let mut statement =
        connection.prepare_cached("SELECT at, ok, inbox_ms FROM selftest WHERE site = ?1 AND at >= ?2 AND at < ?3 ORDER BY at")?;
    let rows = statement.query_map(params![site.get(), span.from, span.to], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Blind gaps that touch the span, and how long the longest was inside of it, in milliseconds.
///
/// # Errors
/// The store's own.
pub fn blind_gaps(connection: &Connection, site: SiteId, span: Span) -> Result<(u64, i64)> {
    let sql = "SELECT count(*), coalesce(max(min(coalesce(to_at, ?3), ?3) - max(from_at, ?2)), 0) FROM blind_gap
               WHERE site = ?1 AND from_at < ?3 AND coalesce(to_at, ?3) > ?2";
    let row = |row: &Row<'_>| Ok((unsigned(row.get(0)?), row.get(1)?));
    Ok(connection.prepare_cached(sql)?.query_row(params![site.get(), span.from, span.to], row)?)
}

/// A list that was in use at some time before the end of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListUse {
    /// Its name; a removed list keeps it.
    pub name: String,
    /// Its harm.
    pub harm: String,
    /// Its polarity.
    pub polarity: String,
    /// Its largest distance, in bits, as it is now.
    pub threshold: u16,
    /// Until when its publisher stands by it, as it is now.
    pub expires: Option<i64>,
    /// From when which version answered, oldest first; `None`: it was taken out of use.
    pub versions: Vec<(i64, Option<u64>)>,
}

/// The lists that were in use before the end of a span, practice left out.
///
/// # Errors
/// The store's own.
pub fn lists(connection: &Connection, until: i64) -> Result<Vec<ListUse>> {
    let mut statement = connection.prepare_cached("SELECT * FROM hash_list WHERE NOT practice AND added_at < ? ORDER BY id")?;
    let found = statement.query_map([until], |row| {
        let used = ListUse {
            name: row.get("name")?,
            harm: row.get("harm")?,
            polarity: row.get("polarity")?,
            threshold: row.get("threshold")?,
            expires: None,
            versions: Vec::new(),
        };
        Ok((ListId::new(row.get("id")?), used))
    })?;
    let mut all = Vec::new();
    for one in found {
        let (id, mut used) = one?;
        used.expires = super::list_times::expiry(connection, id)?;
        let mut switches = connection.prepare_cached("SELECT at, to_seq FROM generation WHERE list = ? AND at < ? ORDER BY id")?;
        let rows = switches.query_map([id.get(), until], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(unsigned))))?;
        used.versions = rows.collect::<rusqlite::Result<_>>()?;
        all.push(used);
    }
    Ok(all)
}
