//! Sites, their health as last said, their blind gaps and self-tests.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, signed, unsigned, word};
use crate::error::{Code, Error, Result};
use crate::model::{Level, RootIdentity, Shown, Site, SiteId, SiteMode, SitePath, TakeDown, wire_enum};

wire_enum!(
    /// What the watching process last said of a site.
    SiteHealth {
        /// Not looked at since the start.
        Starting = "starting",
        /// Change events arrive.
        Watching = "watching",
        /// No events here; swept at intervals.
        Polling = "polling",
        /// The operator paused it.
        Paused = "paused",
        /// The root is not there.
        Missing = "missing",
        /// Another directory is at the root's path.
        Replaced = "replaced",
        /// Nobody watches.
        Stopped = "stopped",
    }
);

/// What a new site is made of.
#[derive(Clone, Debug)]
pub struct NewSite {
    /// Its name.
    pub name: String,
    /// Absolute directory.
    pub root: PathBuf,
    /// Live folder or copy.
    pub mode: SiteMode,
    /// Software preset.
    pub preset: Option<String>,
    /// Where the folder lies in its layout.
    pub level: Level,
    /// Folders that are walked.
    pub only: Vec<SitePath>,
    /// What taking down does.
    pub take_down: TakeDown,
    /// Made by Gatehouse for practice.
    pub practice: bool,
    /// Identity of the directory.
    pub root_identity: RootIdentity,
}

/// A site with what is known of its state.
#[derive(Clone, Debug)]
pub struct SiteState {
    /// The site.
    pub site: Site,
    /// When it was added.
    pub added_at: i64,
    /// Health as last said by the watching process.
    pub health: SiteHealth,
    /// Since when.
    pub health_since: i64,
    /// Why, where the health has a reason (the polling cause).
    pub health_detail: Option<String>,
    /// Start of the last complete sweep.
    pub sweep_started_at: Option<i64>,
    /// How long its walk took.
    pub sweep_took_ms: Option<i64>,
}

/// The outcome of one self-test.
#[derive(Clone, Debug)]
pub struct SelfTest {
    /// When it began.
    pub at: i64,
    /// Whether every stage was passed and the picture is gone again.
    pub ok: bool,
    /// The last stage reached: `placed`, `seen`, `checked`, `inbox`, `removed`.
    pub stage: String,
    /// Milliseconds from placing the picture to each stage.
    pub seen_ms: Option<i64>,
    /// See `seen_ms`.
    pub checked_ms: Option<i64>,
    /// See `seen_ms`.
    pub inbox_ms: Option<i64>,
    /// What failed, in a word.
    pub reason: Option<String>,
}

fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(&bytes))
}

fn site_of(row: &Row<'_>) -> rusqlite::Result<Site> {
    Ok(Site {
        id: SiteId::new(row.get("id")?),
        name: row.get("name")?,
        root: path_of(row.get("root")?),
        mode: word(row, "mode", SiteMode::from_wire)?,
        preset: row.get("preset")?,
        level: Level { prefix: row.get("prefix")?, strip: row.get("strip")? },
        only: only_of(&row.get::<_, String>("only_dirs")?),
        take_down: word(row, "take_down", TakeDown::from_wire)?,
        placeholder: row.get("placeholder")?,
        practice: row.get("practice")?,
        root_identity: RootIdentity { device: unsigned(row.get("root_device")?), inode: unsigned(row.get("root_inode")?) },
        holding_dir: path_of(row.get("holding_dir")?),
        paused_until: row.get("paused_until")?,
    })
}

/// Folders of presets are plain text; anything else in the column is a damaged database, and then everything is walked.
fn only_of(text: &str) -> Vec<SitePath> {
    let dirs: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    dirs.into_iter().filter_map(|dir| SitePath::new(dir).ok()).collect()
}

fn only_text(only: &[SitePath]) -> String {
    let dirs: Vec<&str> = only.iter().filter_map(|dir| std::str::from_utf8(dir.as_bytes()).ok()).collect();
    serde_json::to_string(&dirs).unwrap_or_default()
}

fn state_of(row: &Row<'_>) -> rusqlite::Result<SiteState> {
    Ok(SiteState {
        site: site_of(row)?,
        added_at: row.get("added_at")?,
        health: word(row, "health", SiteHealth::from_wire)?,
        health_since: row.get("health_since")?,
        health_detail: row.get("health_detail")?,
        sweep_started_at: row.get("sweep_started_at")?,
        sweep_took_ms: row.get("sweep_took_ms")?,
    })
}

/// Every site that was not removed, in the order of adding.
///
/// # Errors
/// The store's own.
pub fn all(connection: &Connection) -> Result<Vec<SiteState>> {
    let mut statement = connection.prepare_cached("SELECT * FROM site WHERE removed_at IS NULL ORDER BY id")?;
    let rows = statement.query_map([], state_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One site, also a removed one: its files in the holding directory outlive it.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: SiteId) -> Result<Site> {
    let found = connection.prepare_cached("SELECT * FROM site WHERE id = ?")?.query_row([id.get()], site_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "site", name: id.to_string() })
}

/// Adds a site. `holding_dir` is computed from its number by `choose_holding`.
///
/// # Errors
/// [`Code::NameTaken`]; [`Code::SiteExists`] if the root is, holds or lies inside the root of another site.
pub fn add(tx: &Tx<'_>, new: &NewSite, choose_holding: &dyn Fn(i64) -> PathBuf) -> Result<Site> {
    for other in all(tx)? {
        let other = other.site;
        if other.name == new.name {
            return Err(Error::refused(Code::NameTaken, format!("A site is named {} already.", Shown::of_text(&new.name))));
        }
        if other.root.starts_with(&new.root) || new.root.starts_with(&other.root) {
            let name = Shown::of_text(&other.name);
            return Err(Error::refused(Code::SiteExists, format!("This folder is, holds, or lies inside the folder of the site {name}.")));
        }
    }
    tx.execute(
        "INSERT INTO site (name, root, mode, preset, prefix, strip, only_dirs, take_down, practice, root_device, root_inode, holding_dir, added_at, health_since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'', ?, ?)",
        params![
            new.name,
            bytes_of(&new.root),
            new.mode.as_str(),
            new.preset,
            new.level.prefix,
            new.level.strip,
            only_text(&new.only),
            new.take_down.as_str(),
            new.practice,
            signed(new.root_identity.device),
            signed(new.root_identity.inode),
            tx.now,
            tx.now
        ],
    )?;
    let id = tx.last_insert_rowid();
    tx.execute("UPDATE site SET holding_dir = ? WHERE id = ?", params![bytes_of(&choose_holding(id)), id])?;
    let facts = json!({
        "site": id, "mode": new.mode.as_str(), "practice": new.practice, "preset": new.preset, "take_down": new.take_down.as_str(),
    });
    ledger::append(tx, "site_added", None, facts)?;
    get(tx, SiteId::new(id))
}

/// Writes down what a person changed of a site.
///
/// # Errors
/// [`Code::NameTaken`], or the store's own.
pub fn change(tx: &Tx<'_>, to: &Site) -> Result<()> {
    let same_name = |other: &SiteState| other.site.name == to.name && other.site.id != to.id;
    if all(tx)?.iter().any(same_name) {
        return Err(Error::refused(Code::NameTaken, format!("A site is named {} already.", Shown::of_text(&to.name))));
    }
    tx.execute(
        "UPDATE site SET name = ?, mode = ?, preset = ?, prefix = ?, strip = ?, only_dirs = ?, take_down = ?, placeholder = ? WHERE id = ?",
        params![
            to.name,
            to.mode.as_str(),
            to.preset,
            to.level.prefix,
            to.level.strip,
            only_text(&to.only),
            to.take_down.as_str(),
            to.placeholder,
            to.id.get()
        ],
    )?;
    let facts = json!({
        "site": to.id.get(), "mode": to.mode.as_str(), "preset": to.preset, "take_down": to.take_down.as_str(), "placeholder": to.placeholder,
    });
    ledger::append(tx, "site_changed", None, facts)
}

/// Ends watching a site. Its uploads, cases and files in the holding directory stay.
///
/// # Errors
/// The store's own.
pub fn remove(tx: &Tx<'_>, id: SiteId) -> Result<()> {
    tx.execute("UPDATE site SET removed_at = ? WHERE id = ? AND removed_at IS NULL", params![tx.now, id.get()])?;
    ledger::append(tx, "site_removed", None, json!({"site": id.get()}))
}

/// Pauses watching until a moment, or ends the pause with `None`.
///
/// # Errors
/// The store's own.
pub fn pause(tx: &Tx<'_>, id: SiteId, until: Option<i64>) -> Result<()> {
    tx.execute("UPDATE site SET paused_until = ? WHERE id = ?", params![until, id.get()])?;
    let verb = if until.is_some() { "site_paused" } else { "site_resumed" };
    ledger::append(tx, verb, None, json!({"site": id.get(), "until": until}))
}

/// Takes the directory that is now at the root's path for the site's root.
///
/// # Errors
/// The store's own.
pub fn confirm_root(tx: &Tx<'_>, id: SiteId, identity: RootIdentity) -> Result<()> {
    tx.execute(
        "UPDATE site SET root_device = ?, root_inode = ? WHERE id = ?",
        params![signed(identity.device), signed(identity.inode), id.get()],
    )?;
    ledger::append(tx, "site_root_confirmed", None, json!({"site": id.get()}))
}

/// Writes down the health, opening a blind gap with it where nothing is seen any more. Gives whether it changed.
///
/// # Errors
/// The store's own.
pub fn set_health(tx: &Tx<'_>, id: SiteId, health: SiteHealth, detail: Option<&str>) -> Result<bool> {
    let changed = tx
        .prepare_cached("UPDATE site SET health = ?1, health_since = ?2, health_detail = ?3 WHERE id = ?4 AND (health <> ?1 OR health_detail IS NOT ?3)")?
        .execute(params![health.as_str(), tx.now, detail, id.get()])?;
    if changed == 0 {
        return Ok(false);
    }
    // Whatever is not watched was not, or not surely, since then: also before a start, and where events were lost.
    if health != SiteHealth::Watching {
        // The gap began with the last moment at which everything was known: the start of the last complete sweep.
        tx.execute(
            "INSERT INTO blind_gap (site, from_at) SELECT id, coalesce(sweep_started_at, added_at) FROM site
             WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM blind_gap WHERE site = ?1 AND to_at IS NULL)",
            [id.get()],
        )?;
    }
    Ok(true)
}

/// Writes down a complete sweep and closes an open blind gap. A site that is polled is blind between any two sweeps: of those gaps the
/// longest of the last 30 days is kept.
///
/// # Errors
/// The store's own.
pub fn sweep_completed(tx: &Tx<'_>, id: SiteId, started_at: i64, took_ms: i64) -> Result<()> {
    /// Milliseconds in which a longer gap stands for a shorter one.
    const KEPT: i64 = 30 * 86_400_000;
    tx.execute(
        "INSERT INTO blind_gap (site, from_at, to_at) SELECT id, sweep_started_at, ?2 FROM site
         WHERE id = ?1 AND health = 'polling' AND sweep_started_at < ?2 AND NOT EXISTS
             (SELECT 1 FROM blind_gap WHERE site = ?1 AND (to_at IS NULL OR to_at > ?2 - ?3 AND to_at - from_at >= ?2 - site.sweep_started_at))",
        params![id.get(), started_at, KEPT],
    )?;
    tx.execute("UPDATE site SET sweep_started_at = ?, sweep_took_ms = ? WHERE id = ?", params![started_at, took_ms, id.get()])?;
    tx.execute("UPDATE blind_gap SET to_at = ? WHERE site = ? AND to_at IS NULL", params![started_at, id.get()])?;
    Ok(())
}

/// Blind gaps since `since`: how many and the longest in milliseconds, an open one counted until `now`.
///
/// # Errors
/// The store's own.
pub fn blind_gaps(connection: &Connection, id: SiteId, since: i64, now: i64) -> Result<(u64, i64)> {
    let sql =
        "SELECT count(*), coalesce(max(coalesce(to_at, ?3) - from_at), 0) FROM blind_gap WHERE site = ?1 AND coalesce(to_at, ?3) >= ?2";
    let (count, longest): (i64, i64) =
        connection.prepare_cached(sql)?.query_row(params![id.get(), since, now], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((unsigned(count), longest))
}

/// Stores the outcome of a self-test.
///
/// # Errors
/// The store's own.
pub fn add_selftest(tx: &Tx<'_>, site: SiteId, test: &SelfTest) -> Result<()> {
    tx.execute(
        "INSERT INTO selftest (site, at, ok, stage, seen_ms, checked_ms, inbox_ms, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![site.get(), test.at, test.ok, test.stage, test.seen_ms, test.checked_ms, test.inbox_ms, test.reason],
    )?;
    ledger::append(tx, "selftest", None, json!({"site": site.get(), "ok": test.ok, "stage": test.stage}))
}

/// The last self-test of a site.
///
/// # Errors
/// The store's own.
pub fn last_selftest(connection: &Connection, site: SiteId) -> Result<Option<SelfTest>> {
    let sql = "SELECT * FROM selftest WHERE site = ? ORDER BY id DESC LIMIT 1";
    let found = connection.prepare_cached(sql)?.query_row([site.get()], |row| {
        Ok(SelfTest {
            at: row.get("at")?,
            ok: row.get("ok")?,
            stage: row.get("stage")?,
            seen_ms: row.get("seen_ms")?,
            checked_ms: row.get("checked_ms")?,
            inbox_ms: row.get("inbox_ms")?,
            reason: row.get("reason")?,
        })
    });
    Ok(found.optional()?)
}
