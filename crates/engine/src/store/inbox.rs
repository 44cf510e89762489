//! Read models of the inbox: pages by key, counts, and one case whole. Nothing here writes.

use fingerprint::signal::Sha256;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::cases::{self, CaseRow, MatchRow};
use super::filter::Filter;
use super::folds::{self, Joined, NotIncluded};
use super::groups::{self, Group, Grouping};
use super::ledger::LedgerRow;
use super::todos::{self, TodoState};
use super::uploads::UploadRow;
use super::{actions, contents, decisions, floods, ledger, unsigned, uploads};
use crate::error::{Code, Error, Result};
use crate::model::{ActionKind, CaseId, CaseState, DecisionKind, Place, Reason, Shown, wire_enum};

wire_enum!(
    /// Which cases a page holds.
    CaseView {
        /// Open, without a draft.
        Inbox = "inbox",
        /// Of these, with an exact match.
        Exact = "exact",
        /// Of these, without one.
        Near = "near",
        /// Of these, that ask for a second look.
        SecondLook = "second_look",
        /// Somebody was asked.
        Asked = "asked",
        /// They come back.
        Snoozed = "snoozed",
        /// Taken down here, and something is left to do on a server or a site.
        ToDo = "to_do",
        /// Decided in the last 30 days, drafts included.
        Recent = "recent",
        /// Every case.
        All = "all",
    }
);

wire_enum!(
    /// In which order.
    CaseOrder {
        /// Harm, exact before near, distance, newest first.
        MostSerious = "most_serious",
        /// Newest first.
        Newest = "newest",
        /// Oldest first.
        Oldest = "oldest",
        /// Most files first.
        MostFiles = "most_files",
    }
);

/// What a page asks for.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which cases.
    pub view: CaseView,
    /// In which order; `Recent` has its own.
    pub order: CaseOrder,
    /// Plain text, empty for none.
    pub search: String,
    /// Conditions.
    pub filter: Filter,
    /// By what the cases stand together.
    pub group: Grouping,
    /// Keys of groups whose cases are not wanted now.
    pub folded: Vec<String>,
    /// Where to go on, as the page before said.
    pub cursor: Option<String>,
    /// How many rows at most.
    pub limit: u32,
    /// Now, in milliseconds since 1970.
    pub now: i64,
}

/// One row of the inbox.
#[derive(Clone, Debug)]
pub struct InboxRow {
    /// The case.
    pub case: CaseRow,
    /// Name of the list of its topmost match.
    pub list_name: String,
    /// Files now in a site.
    pub files: u64,
    /// Names of the sites that hold them (or held them).
    pub sites: Vec<String>,
    /// Last folder of the newest upload, display form.
    pub folder: String,
    /// Real type of the content.
    pub kind: String,
    /// Size of the content in bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// When the first upload of it was seen.
    pub first_seen_at: i64,
    /// When the draft that it is part of happens.
    pub act_at: Option<i64>,
    /// Files moved by the last take-down and files that it left.
    pub moved: Option<(u64, u64)>,
    /// Whether somebody wrote a note.
    pub has_note: bool,
    /// Who claims it now.
    pub claimed_by: Option<String>,
    /// For the case of a flood: how many contents the entry matches.
    pub flood: Option<u64>,
    /// How far what is left to do on servers is; the least of it.
    pub todo: Option<TodoState>,
    /// The group that it stands in, in a grouped view.
    pub group: Option<String>,
}

/// A page of rows.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<InboxRow>,
    /// Cursor of the next page, or `None` at the end.
    pub next: Option<String>,
    /// Rows of the whole view, without those of folded groups.
    pub total: u64,
    /// With the first page of a grouped view: all its groups, in their order.
    pub groups: Vec<Group>,
}

/// Files of a case that are in a site now.
pub(super) const FILES: &str =
    "(SELECT count(*) FROM content k JOIN upload u ON u.content = k.id WHERE k.triage_case = c.id AND u.current = 1 AND u.place = 'site')";
/// How long a decided case stays in Recent, in milliseconds: 30 days.
const RECENT_MS: i64 = 30 * 86_400_000;

fn condition(view: CaseView) -> &'static str {
    match view {
        CaseView::Inbox => "c.state = 'open'",
        CaseView::Exact => "c.state = 'open' AND c.match_type = 'exact'",
        CaseView::Near => "c.state = 'open' AND c.match_type <> 'exact'",
        CaseView::SecondLook => "c.state = 'open' AND c.second_look IS NOT NULL",
        CaseView::Asked => "c.state = 'asked'",
        CaseView::Snoozed => "c.state = 'snoozed'",
        CaseView::ToDo => "c.state = 'decided' AND EXISTS (SELECT 1 FROM todo t WHERE t.triage_case = c.id AND t.state <> 'closed')",
        CaseView::Recent => "c.state IN ('drafted', 'decided', 'closed') AND c.updated_at >= :since",
        CaseView::All => "1",
    }
}

/// Three columns that sort ascending and end in the case number, so that a cursor is one comparison and the order never flickers.
pub(super) fn sort_key(view: CaseView, order: CaseOrder) -> (String, &'static str, &'static str) {
    if view == CaseView::Recent {
        return ("-c.updated_at".to_owned(), "0", "-c.id");
    }
    match order {
        CaseOrder::MostSerious => ("c.rank".to_owned(), "-c.opened_at", "-c.id"),
        CaseOrder::Newest => ("-c.opened_at".to_owned(), "0", "-c.id"),
        CaseOrder::Oldest => ("c.opened_at".to_owned(), "0", "c.id"),
        CaseOrder::MostFiles => (format!("-{FILES}"), "0", "-c.id"),
    }
}

const SEARCH: &str = "AND (CAST(c.id AS TEXT) = :exact OR l.name LIKE :like ESCAPE '!'
    OR EXISTS (SELECT 1 FROM note n WHERE n.triage_case = c.id AND n.text LIKE :like ESCAPE '!')
    OR EXISTS (SELECT 1 FROM content k WHERE k.triage_case = c.id AND :exact IN (lower(hex(k.sha256)), lower(hex(k.sha1)), lower(hex(k.md5))))
    OR EXISTS (SELECT 1 FROM content k JOIN upload u ON u.content = k.id WHERE k.triage_case = c.id AND CAST(u.path AS TEXT) LIKE :like ESCAPE '!'))";

/// One page of a view.
///
/// # Errors
/// [`Code::BadArgument`] for a cursor that this store did not give, or the store's own.
pub fn page(connection: &Connection, query: &Query) -> Result<Page> {
    if query.group != Grouping::None {
        return grouped(connection, query);
    }
    let (a, b, c) = sort_key(query.view, query.order);
    let (from, mut named) = from(query);
    let total = match counted(connection, query)? {
        Some(total) => total,
        None => count(connection, &format!("SELECT count(*) {from}"), &named)?,
    };
    let after = query.cursor.as_deref().map(parse_cursor).transpose()?;
    let beyond = if after.is_some() { format!("AND ({a}, {b}, {c}) > (:a, :b, :c)") } else { String::new() };
    if let Some([x, y, z]) = after {
        named.extend([(":a", x.into()), (":b", y.into()), (":c", z.into())]);
    }
    let sql = format!(
        "SELECT c.*, l.name AS list_name, {a} AS sort_a, {b} AS sort_b, {c} AS sort_c {from} {beyond} ORDER BY sort_a, sort_b, sort_c LIMIT :limit"
    );
    named.push((":limit", i64::from(query.limit).into()));
    let mut statement = connection.prepare_cached(&sql)?;
    let bound: Vec<(&str, &dyn rusqlite::ToSql)> = named.iter().map(|(name, value)| (*name, value as &dyn rusqlite::ToSql)).collect();
    let found = statement.query_map(bound.as_slice(), |row| {
        let key: [i64; 3] = [row.get("sort_a")?, row.get("sort_b")?, row.get("sort_c")?];
        Ok((cases::case_of(row)?, row.get::<_, String>("list_name")?, key))
    })?;
    let found: Vec<_> = found.collect::<rusqlite::Result<_>>()?;
    let full = found.len() == usize::try_from(query.limit).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| full).map(|(_, _, [x, y, z])| format!("{x},{y},{z}"));
    let rows = found.into_iter().map(|(case, list, _)| row(connection, case, list)).collect::<Result<_>>()?;
    Ok(Page { rows, next, total, groups: Vec::new() })
}

fn grouped(connection: &Connection, query: &Query) -> Result<Page> {
    let page = groups::page(connection, query)?;
    let rows = page.cases.into_iter().map(|(case, group)| Ok(InboxRow { group: Some(group), ..one(connection, case)? }));
    Ok(Page { rows: rows.collect::<Result<_>>()?, next: page.next, total: page.total, groups: page.groups })
}

/// From where the cases of a query come, and what that names.
pub(super) fn from(query: &Query) -> (String, Vec<(&'static str, Value)>) {
    let search = query.search.trim().to_lowercase();
    let like = format!("%{}%", search.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
    let mut named: Vec<(&'static str, Value)> = Vec::new();
    if query.view == CaseView::Recent {
        named.push((":since", (query.now - RECENT_MS).into()));
    }
    let found = if search.is_empty() { "" } else { SEARCH };
    if !search.is_empty() {
        named.extend([(":exact", search.into()), (":like", like.into())]);
    }
    let filter = query.filter.conditions(&mut named);
    (format!("FROM triage_case c JOIN hash_list l ON l.id = c.list WHERE {} {found} {filter}", condition(query.view)), named)
}

/// The cases of a view without search and filter, from the running counters; `None` where none fits.
fn counted(connection: &Connection, query: &Query) -> Result<Option<u64>> {
    let condition = match query.view {
        _ if !query.search.trim().is_empty() || !query.filter.is_empty() => return Ok(None),
        CaseView::Inbox => "state = 'open'",
        CaseView::Exact => "state = 'open' AND exact",
        CaseView::Near => "state = 'open' AND NOT exact",
        CaseView::SecondLook => "state = 'open' AND second_look",
        CaseView::Asked => "state = 'asked'",
        CaseView::Snoozed => "state = 'snoozed'",
        CaseView::All => "1",
        _ => return Ok(None),
    };
    count(connection, &format!("SELECT coalesce(sum(n), 0) FROM case_count WHERE {condition}"), &[]).map(Some)
}

/// The numbers of all cases of a query, in its order, at most `most`: a selection is by query, not by what was loaded.
///
/// # Errors
/// The store's own.
pub fn select(connection: &Connection, query: &Query, most: u32) -> Result<Vec<CaseId>> {
    let (a, b, c) = sort_key(query.view, query.order);
    let (from, mut named) = from(query);
    named.push((":limit", i64::from(most).into()));
    let mut statement = connection.prepare_cached(&format!("SELECT c.id {from} ORDER BY {a}, {b}, {c} LIMIT :limit"))?;
    let bound: Vec<(&str, &dyn rusqlite::ToSql)> = named.iter().map(|(name, value)| (*name, value as &dyn rusqlite::ToSql)).collect();
    let rows = statement.query_map(bound.as_slice(), |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn count(connection: &Connection, sql: &str, named: &[(&str, Value)]) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    let bound: Vec<(&str, &dyn rusqlite::ToSql)> = named.iter().map(|(name, value)| (*name, value as &dyn rusqlite::ToSql)).collect();
    Ok(unsigned(statement.query_row(bound.as_slice(), |row| row.get(0))?))
}

pub(super) fn parse_cursor(text: &str) -> Result<[i64; 3]> {
    let parts: Vec<i64> = text.split(',').filter_map(|part| part.parse().ok()).collect();
    parts.try_into().map_err(|_| Error::refused(Code::BadArgument, "This page of the inbox does not exist."))
}

/// The row of one case.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn one(connection: &Connection, id: CaseId) -> Result<InboxRow> {
    let case = cases::get(connection, id)?;
    let list = super::lists::get(connection, case.list)?;
    row(connection, case, list.name)
}

fn row(connection: &Connection, case: CaseRow, list_name: String) -> Result<InboxRow> {
    let content = contents::get(connection, case.content)?.content;
    let mut statement = connection.prepare_cached(
        "SELECT s.name, u.path, min(u.first_seen_at) AS first, sum(u.current = 1 AND u.place = 'site') AS here FROM content k JOIN upload u ON u.content = k.id
         JOIN site s ON s.id = u.site WHERE k.triage_case = ? GROUP BY s.id ORDER BY s.id",
    )?;
    let per_site = statement.query_map([case.id.get()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    let per_site: Vec<_> = per_site.collect::<rusqlite::Result<_>>()?;
    let act_at = match case.state {
        CaseState::Drafted => decisions::draft_of(connection, case.id)?.map(|batch| batch.act_at),
        _ => None,
    };
    let has_note = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM note WHERE triage_case = ?)")?
        .query_row([case.id.get()], |row| row.get(0))?;
    Ok(InboxRow {
        list_name,
        files: per_site.iter().map(|(_, _, _, here)| unsigned(*here)).sum(),
        sites: per_site.iter().map(|(name, ..)| Shown::of_text(name).elided()).collect(),
        folder: per_site.first().map(|(_, path, ..)| folder_of(path)).unwrap_or_default(),
        kind: content.kind.to_owned(),
        size: content.size,
        sha256: content.sha256,
        first_seen_at: per_site.iter().map(|(_, _, first, _)| *first).min().unwrap_or(case.opened_at),
        act_at,
        moved: moved(connection, &case)?,
        has_note,
        claimed_by: super::claims::of_case(connection, case.id)?,
        flood: flood(connection, &case)?,
        todo: todos::of_case(connection, case.id)?.into_iter().map(|todo| todo.state).min(),
        group: None,
        case,
    })
}

fn flood(connection: &Connection, case: &CaseRow) -> Result<Option<u64>> {
    let flood = floods::led_by(connection, case.id)?;
    flood.map(|flood| floods::contents_since(connection, flood.list, &flood.entry_key, i64::MIN)).transpose()
}

fn folder_of(path: &[u8]) -> String {
    let mut parts = path.rsplit(|byte| *byte == b'/').skip(1);
    parts.next().map(|part| Shown::of_bytes(part).elided()).unwrap_or_default()
}

/// What the last final take-down of a case came to: files that are out of the site, files that were left.
fn moved(connection: &Connection, case: &CaseRow) -> Result<Option<(u64, u64)>> {
    if case.decision != Some(DecisionKind::TakeDown) || case.state == CaseState::Drafted {
        return Ok(None);
    }
    let sql = "SELECT coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0) FROM action a WHERE triage_case = ? AND kind = 'quarantine'
               AND id = (SELECT max(id) FROM action b WHERE b.upload = a.upload AND b.kind = 'quarantine')";
    let (done, left): (i64, i64) = connection.prepare_cached(sql)?.query_row([case.id.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Some((unsigned(done), unsigned(left))))
}

/// How many cases each view holds. Practice cases are in no count but their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseCounts {
    /// Open cases.
    pub inbox: u64,
    /// Of them exact.
    pub exact: u64,
    /// Of them near or turned.
    pub near: u64,
    /// Of them to be looked at again.
    pub second_look: u64,
    /// Asked.
    pub asked: u64,
    /// Snoozed.
    pub snoozed: u64,
    /// Decided lately, drafts included.
    pub recent: u64,
    /// Open practice cases.
    pub practice: u64,
    /// Taken down, with something left to do.
    pub to_do: u64,
}

/// The counts of all views.
///
/// # Errors
/// The store's own.
pub fn counts(connection: &Connection, now: i64) -> Result<CaseCounts> {
    let sql = "SELECT
        coalesce(sum(n) FILTER (WHERE state = 'open' AND NOT practice), 0), coalesce(sum(n) FILTER (WHERE state = 'open' AND NOT practice AND exact), 0),
        coalesce(sum(n) FILTER (WHERE state = 'open' AND NOT practice AND second_look), 0), coalesce(sum(n) FILTER (WHERE state = 'asked' AND NOT practice), 0),
        coalesce(sum(n) FILTER (WHERE state = 'snoozed' AND NOT practice), 0),
        (SELECT count(*) FROM triage_case WHERE updated_at >= ? AND state IN ('drafted', 'decided', 'closed') AND NOT practice),
        coalesce(sum(n) FILTER (WHERE state = 'open' AND practice), 0)
        FROM case_count";
    let to_do = todos::count(connection)?;
    let number = |row: &Row<'_>, column: usize| row.get::<_, i64>(column).map(unsigned);
    Ok(connection.prepare_cached(sql)?.query_row([now - RECENT_MS], |row| {
        let (inbox, exact) = (number(row, 0)?, number(row, 1)?);
        Ok(CaseCounts {
            inbox,
            exact,
            near: inbox - exact,
            second_look: number(row, 2)?,
            asked: number(row, 3)?,
            snoozed: number(row, 4)?,
            recent: number(row, 5)?,
            practice: number(row, 6)?,
            to_do,
        })
    })?)
}

/// One upload of a case with what was done to it.
#[derive(Clone, Debug)]
pub struct CaseUpload {
    /// The row.
    pub upload: UploadRow,
    /// Name of its site.
    pub site: String,
    /// Why the last action on it failed, or `hard_link_elsewhere` if it was moved and has a name that was not found.
    pub failed: Option<String>,
    /// How its content came to the case; `None` for what the case is about.
    pub joined: Option<(Joined, Option<u16>)>,
    /// Why it is not part of the case, for a file that only looks so.
    pub not_included: Option<NotIncluded>,
}

/// One case whole.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    /// Its row.
    pub row: InboxRow,
    /// All its matches, live ones first, with the names of their lists and the import times of their versions.
    pub matches: Vec<(MatchRow, String, i64)>,
    /// Its uploads.
    pub uploads: Vec<CaseUpload>,
    /// Files that look like part of it and are not.
    pub similar: Vec<CaseUpload>,
    /// Its ledger rows, oldest first.
    pub history: Vec<LedgerRow>,
    /// The leading content with its signals.
    pub content: contents::ContentRow,
}

/// One case with everything that a person may want to know before deciding.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn detail(connection: &Connection, id: CaseId) -> Result<CaseDetail> {
    let row = one(connection, id)?;
    let mut found = Vec::new();
    let mut files = Vec::new();
    let failed: Vec<_> = actions::of_case(connection, id)?;
    for content in cases::contents(connection, id)? {
        for stored in cases::matches(connection, content)? {
            let list = super::lists::get(connection, stored.found.list)?.name;
            let updated =
                super::lists::version(connection, stored.found.list, stored.found.list_version).map_or(stored.found_at, |v| v.imported_at);
            found.push((stored, list, updated));
        }
        for upload in uploads::of_content(connection, content)? {
            if upload.place == Place::Gone && files.iter().any(|known: &CaseUpload| known.upload.file == upload.file) {
                continue;
            }
            let site = super::sites::get(connection, upload.file.site)?.name;
            // What went wrong with the move counts; then what keeps it from being sealed.
            let last =
                |is_seal: bool| failed.iter().rfind(|action| action.upload == upload.id && (action.kind == ActionKind::Seal) == is_seal);
            let waits = last(true).filter(|action| action.is_open()).and_then(|action| action.failed.clone());
            let joined = folds::how(connection, content)?;
            let failed = last(false).and_then(what_is_wrong).or(waits);
            files.push(CaseUpload { site, failed, joined, not_included: None, upload });
        }
    }
    let similar = similar(connection, id)?;
    let content = contents::get(connection, row.case.content)?;
    Ok(CaseDetail { matches: found, uploads: files, similar, history: ledger::of_case(connection, id)?, content, row })
}

fn similar(connection: &Connection, case: CaseId) -> Result<Vec<CaseUpload>> {
    let mut files = Vec::new();
    for (content, why) in folds::similar(connection, case)? {
        for upload in uploads::of_content(connection, content)?.into_iter().filter(|upload| upload.place == Place::Site) {
            let site = super::sites::get(connection, upload.file.site)?.name;
            files.push(CaseUpload { site, failed: None, joined: None, not_included: Some(why), upload });
        }
    }
    Ok(files)
}

fn what_is_wrong(action: &actions::ActionRow) -> Option<String> {
    let elsewhere = Reason::HardLinkElsewhere.as_str();
    let is_elsewhere = action.notes.as_deref().is_some_and(|notes| notes.split("; ").any(|note| note == elsewhere));
    action.failed.clone().or_else(|| is_elsewhere.then(|| elsewhere.to_owned()))
}

/// Uploads checked and cases opened on each of the last `days` days of the operator's time zone offset, oldest first: (day start in milliseconds, checked, cases).
///
/// # Errors
/// The store's own.
pub fn per_day(connection: &Connection, days: i64, now: i64) -> Result<Vec<(i64, u64, u64)>> {
    /// Milliseconds of a day.
    const DAY: i64 = 86_400_000;
    let first = now - now.rem_euclid(DAY) - (days - 1) * DAY;
    let mut result: Vec<(i64, u64, u64)> = (0..days).map(|day| (first + day * DAY, 0, 0)).collect();
    let mut fill = |sql: &str, cases: bool| -> Result<()> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter([first, DAY]))?;
        while let Some(row) = rows.next()? {
            let (day, n): (i64, i64) = (row.get(0)?, row.get(1)?);
            if let Some(slot) = usize::try_from(day).ok().and_then(|day| result.get_mut(day)) {
                let target = if cases { &mut slot.2 } else { &mut slot.1 };
                *target = unsigned(n);
            }
        }
        Ok(())
    };
    fill("SELECT (checked_at - ?1) / ?2 AS day, count(*) FROM upload WHERE checked_at >= ?1 AND state = 'checked' GROUP BY day", false)?;
    fill("SELECT (opened_at - ?1) / ?2 AS day, count(*) FROM triage_case WHERE opened_at >= ?1 AND NOT practice GROUP BY day", true)?;
    Ok(result)
}

/// Cases that rest on a content of these uploads and are decided as taken down: (case, when).
///
/// # Errors
/// The store's own.
pub fn open_case_numbers(connection: &Connection) -> Result<Vec<CaseId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM triage_case WHERE state = 'open' ORDER BY id")?;
    let rows = statement.query_map(params![], |row| Ok(CaseId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
