//! Rules of what is known to be good, and the cases that they keep.

use fingerprint::signal::Sha256;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, unsigned};
use crate::error::{Error, Result};
use crate::model::{CaseId, ContentId, ListId, RuleId, SiteId};

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One content, wherever it lies.
    Content(Sha256),
    /// Everything that one entry of a list matches.
    Entry {
        /// The list.
        list: ListId,
        /// The publisher's key. May hold a hash: never shown.
        entry_key: String,
        /// Our number of it.
        entry: u32,
    },
    /// What one account of a site uploaded, where the software's names or its map say who that was.
    Uploader {
        /// The site.
        site: SiteId,
        /// The account, as the facts of uploads name it.
        name: String,
    },
}

impl Subject {
    /// The wire name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Content(_) => "content",
            Self::Entry { .. } => "entry",
            Self::Uploader { .. } => "uploader",
        }
    }

    /// What the ledger may say of it.
    fn facts(&self) -> serde_json::Value {
        match self {
            Self::Content(sha256) => json!({"kind": self.as_str(), "sha256": sha256.to_string()}),
            Self::Entry { list, entry, .. } => json!({"kind": self.as_str(), "list": list.get(), "entry": format!("#{entry}")}),
            // The account's name stays in the rule.
            Self::Uploader { site, .. } => json!({"kind": self.as_str(), "site": site.get()}),
        }
    }
}

/// The account of an upload `u`, as its facts name it.
const UPLOADER: &str = "coalesce(json_extract(u.facts, '$.uploader'), json_extract(u.facts, '$.owner'))";

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its number.
    pub id: RuleId,
    /// What it is about.
    pub subject: Subject,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub person: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// When it ends by itself.
    pub expires_at: Option<i64>,
    /// Since when it no longer counts.
    pub ended_at: Option<i64>,
}

fn rule_of(row: &Row<'_>) -> rusqlite::Result<Rule> {
    let subject = match row.get::<_, String>("kind")?.as_str() {
        "entry" => Subject::Entry { list: ListId::new(row.get("list")?), entry_key: row.get("entry_key")?, entry: row.get("entry")? },
        "uploader" => Subject::Uploader { site: SiteId::new(row.get("site")?), name: row.get("uploader")? },
        _ => Subject::Content(super::sha256(row, "sha256")?),
    };
    Ok(Rule {
        id: RuleId::new(row.get("id")?),
        subject,
        reason: row.get("reason")?,
        person: row.get("person")?,
        at: row.get("at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// Makes a rule.
///
/// # Errors
/// The store's own, also for a rule that is there already.
pub fn insert(tx: &Tx<'_>, subject: &Subject, reason: &str, expires_at: Option<i64>, case: Option<CaseId>) -> Result<RuleId> {
    tx.execute(
        "INSERT INTO good (kind, reason, person, at, expires_at) VALUES (?, ?, ?, ?, ?)",
        params![subject.as_str(), reason, tx.person, tx.now, expires_at],
    )?;
    let id = RuleId::new(tx.last_insert_rowid());
    match subject {
        Subject::Content(sha256) => tx.execute("UPDATE good SET sha256 = ? WHERE id = ?", params![sha256.as_bytes(), id.get()])?,
        Subject::Entry { list, entry_key, entry } => {
            tx.execute("UPDATE good SET list = ?, entry_key = ?, entry = ? WHERE id = ?", params![list.get(), entry_key, entry, id.get()])?
        }
        Subject::Uploader { site, name } => {
            tx.execute("UPDATE good SET site = ?, uploader = ? WHERE id = ?", params![site.get(), name, id.get()])?
        }
    };
    let mut facts = subject.facts();
    facts["rule"] = id.get().into();
    facts["reason"] = reason.into();
    facts["expires_at"] = expires_at.into();
    ledger::append(tx, "good_added", case, facts)?;
    Ok(id)
}

/// Ends a rule. `how` is `removed` or `expired`.
///
/// # Errors
/// The store's own.
pub fn end(tx: &Tx<'_>, rule: &Rule, how: &str, cases: u64) -> Result<()> {
    tx.execute("UPDATE good SET ended_at = ? WHERE id = ? AND ended_at IS NULL", [tx.now, rule.id.get()])?;
    ledger::append(tx, "good_ended", None, json!({"rule": rule.id.get(), "how": how, "cases": cases}))
}

/// One rule.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: RuleId) -> Result<Rule> {
    let found = connection.prepare_cached("SELECT * FROM good WHERE id = ?")?.query_row([id.get()], rule_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "rule", name: id.to_string() })
}

/// The rules that count, oldest first; with those that ended, where asked for.
///
/// # Errors
/// The store's own.
pub fn all(connection: &Connection, with_ended: bool) -> Result<Vec<Rule>> {
    rules(connection, "SELECT * FROM good WHERE ended_at IS NULL OR ? ORDER BY id", params![with_ended])
}

/// Rules whose own end has come.
///
/// # Errors
/// The store's own.
pub fn due(connection: &Connection, now: i64) -> Result<Vec<Rule>> {
    rules(connection, "SELECT * FROM good WHERE ended_at IS NULL AND expires_at <= ? ORDER BY id", params![now])
}

fn rules(connection: &Connection, sql: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<Rule>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(with, rule_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The rule about this content.
///
/// # Errors
/// The store's own.
pub fn of_content(connection: &Connection, sha256: &Sha256, now: i64) -> Result<Option<Rule>> {
    let sql = "SELECT * FROM good WHERE kind = 'content' AND sha256 = ? AND ended_at IS NULL AND coalesce(expires_at > ?, 1)";
    Ok(connection.prepare_cached(sql)?.query_row(params![sha256.as_bytes(), now], rule_of).optional()?)
}

/// The rule about this entry of a list.
///
/// # Errors
/// The store's own.
pub fn of_entry(connection: &Connection, list: ListId, entry_key: &str, now: i64) -> Result<Option<Rule>> {
    let sql = "SELECT * FROM good WHERE kind = 'entry' AND list = ? AND entry_key = ? AND ended_at IS NULL AND coalesce(expires_at > ?, 1)";
    Ok(connection.prepare_cached(sql)?.query_row(params![list.get(), entry_key, now], rule_of).optional()?)
}

/// The rule about this account of a site.
///
/// # Errors
/// The store's own.
pub fn of_uploader(connection: &Connection, site: SiteId, name: &str, now: i64) -> Result<Option<Rule>> {
    let sql =
        "SELECT * FROM good WHERE kind = 'uploader' AND site = ? AND uploader = ? AND ended_at IS NULL AND coalesce(expires_at > ?, 1)";
    Ok(connection.prepare_cached(sql)?.query_row(params![site.get(), name, now], rule_of).optional()?)
}

/// Who uploaded the files of a content that are in a site now: every pair of site and account once; `None` where nobody knows.
///
/// # Errors
/// The store's own.
pub fn uploaders(connection: &Connection, content: ContentId) -> Result<Vec<(SiteId, Option<String>)>> {
    let sql = format!("SELECT DISTINCT site, {UPLOADER} FROM upload u WHERE content = ? AND current = 1 AND place = 'site'");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([content.get()], |row| Ok((SiteId::new(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Open cases with a file of this account.
///
/// # Errors
/// The store's own.
pub fn open_of_uploader(connection: &Connection, site: SiteId, name: &str) -> Result<Vec<CaseId>> {
    let sql = format!(
        "SELECT DISTINCT c.id FROM triage_case c JOIN content k ON k.triage_case = c.id JOIN upload u ON u.content = k.id
         WHERE c.state = 'open' AND u.site = ? AND u.current = 1 AND {UPLOADER} = ? ORDER BY c.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![site.get(), name], |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The publisher's key and the harm of an entry that has matched something here, by our number.
///
/// # Errors
/// The store's own.
pub fn entry_seen(connection: &Connection, list: ListId, entry: u32) -> Result<Option<(String, String)>> {
    let sql = "SELECT entry_key, harm FROM match WHERE list = ? AND entry = ? AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 1";
    let found = connection.prepare_cached(sql)?.query_row(params![list.get(), entry], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// Writes down that a rule keeps this case, or that none does.
///
/// # Errors
/// The store's own.
pub fn set_kept_by(tx: &Tx<'_>, case: CaseId, rule: Option<RuleId>) -> Result<()> {
    tx.prepare_cached("UPDATE triage_case SET kept_by = ? WHERE id = ?")?.execute(params![rule.map(RuleId::get), case.get()])?;
    Ok(())
}

/// The rule that keeps a case.
///
/// # Errors
/// The store's own.
pub fn keeping(connection: &Connection, case: CaseId) -> Result<Option<Rule>> {
    let sql = "SELECT g.* FROM good g JOIN triage_case c ON c.kept_by = g.id WHERE c.id = ? AND c.decision = 'keep'";
    Ok(connection.prepare_cached(sql)?.query_row([case.get()], rule_of).optional()?)
}

/// The cases that a rule keeps and that nobody has decided otherwise since.
///
/// # Errors
/// The store's own.
pub fn kept_by(connection: &Connection, rule: RuleId) -> Result<Vec<CaseId>> {
    let sql = "SELECT id FROM triage_case WHERE kept_by = ? AND state = 'decided' AND decision = 'keep' ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([rule.get()], |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A content that very many uploads of a site share.
#[derive(Clone, Debug)]
pub struct Furniture {
    /// Which.
    pub content: ContentId,
    /// Uploads that hold it now.
    pub files: u64,
    /// Folders in which they lie.
    pub folders: u64,
    /// One of them, for a person to know which picture is meant.
    pub example: Vec<u8>,
    /// Its site.
    pub site: String,
    /// Its case.
    pub case: Option<CaseId>,
}

/// The columns of [`Furniture`] over the uploads that hold a content now.
const SHARED: &str =
    "SELECT u.content, count(*) AS files, count(DISTINCT rtrim(CAST(u.path AS TEXT), replace(CAST(u.path AS TEXT), '/', ''))) AS folders,
    min(u.path) AS example, min(s.name) AS site, k.triage_case
    FROM upload u JOIN content k ON k.id = u.content JOIN site s ON s.id = u.site
    WHERE u.current = 1 AND u.place = 'site' AND u.content IS NOT NULL AND k.size > 0";

fn furniture_of(row: &Row<'_>) -> rusqlite::Result<Furniture> {
    Ok(Furniture {
        content: ContentId::new(row.get("content")?),
        files: unsigned(row.get("files")?),
        folders: unsigned(row.get("folders")?),
        example: row.get("example")?,
        site: row.get("site")?,
        case: row.get::<_, Option<i64>>("triage_case")?.map(CaseId::new),
    })
}

/// Contents with at least `files` uploads about which nobody was asked and no rule exists; most shared first, at most 100.
///
/// # Errors
/// The store's own.
pub fn furniture(connection: &Connection, files: u32) -> Result<Vec<Furniture>> {
    let sql = format!(
        "{SHARED} AND u.content NOT IN (SELECT content FROM furniture_asked)
         AND NOT EXISTS (SELECT 1 FROM good g WHERE g.kind = 'content' AND g.sha256 = k.sha256 AND g.ended_at IS NULL)
         GROUP BY u.content HAVING count(*) >= ? ORDER BY files DESC, u.content LIMIT 100"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([files], furniture_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many uploads share the content of a case, if at least `files` do and nobody was asked about it.
///
/// # Errors
/// The store's own.
pub fn shared_by(connection: &Connection, content: ContentId, files: u32) -> Result<Option<u64>> {
    let sql = "SELECT count(*) FROM upload WHERE content = ?1 AND current = 1 AND place = 'site'
               AND NOT EXISTS (SELECT 1 FROM furniture_asked WHERE content = ?1)";
    let shared: i64 = connection.prepare_cached(sql)?.query_row([content.get()], |row| row.get(0))?;
    Ok(Some(unsigned(shared)).filter(|shared| *shared >= u64::from(files)))
}

/// Remembers that a person was asked about this content, so that it is not asked again.
///
/// # Errors
/// The store's own.
pub fn was_asked(tx: &Tx<'_>, content: ContentId) -> Result<()> {
    tx.execute("INSERT INTO furniture_asked VALUES (?, ?) ON CONFLICT DO NOTHING", [content.get(), tx.now])?;
    Ok(())
}
