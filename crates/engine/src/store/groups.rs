//! Groups of the inbox: a display, not a fact. Every case of a view is in exactly one group; a folded group keeps its place and shows no cases.

use std::collections::HashMap;

use hashlist::Harm;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use super::inbox::{self, Query};
use super::{lists, sites, unsigned};
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ListId, Shown, SiteId, wire_enum};

wire_enum!(
    /// By what the cases of a view stand together.
    Grouping {
        /// Each for itself.
        None = "none",
        /// By who uploaded the first of its files, as the layout of the site says.
        Uploader = "uploader",
        /// By the list of its topmost match.
        List = "list",
        /// By the entry of that list: the same file, as its publisher sees it.
        Entry = "entry",
        /// By the site of the first of its files.
        Site = "site",
        /// By the folder of the first of its files.
        Folder = "folder",
    }
);

/// One group with what a person reads of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Names it to the page and back; says nothing.
    pub key: String,
    /// List, uploader, site or folder in its display form; empty for a protected list, an unknown uploader, and the folder above all others.
    pub name: String,
    /// What else names it: the entry, or the site of a folder or an uploader.
    pub more: Option<String>,
    /// It is about a list whose name stays out of rows.
    pub is_protected: bool,
    /// Cases of the view in it.
    pub cases: u64,
    /// Their files, now in sites.
    pub files: u64,
}

/// A case with its place in the grouped view.
struct Placed {
    id: CaseId,
    /// What decides the group; empty where nothing is known.
    value: String,
    sort: [i64; 3],
    files: u64,
    is_protected: bool,
}

/// Groups in their order, each with its cases in theirs.
struct Sorted {
    groups: Vec<(Group, String, Vec<Placed>)>,
}

/// The file that a case is sorted by: its first one that is in a site.
const FIRST: &str = "FROM content k JOIN upload u ON u.content = k.id WHERE k.triage_case = c.id ORDER BY (u.current = 1 AND u.place = 'site') DESC, u.id LIMIT 1";
/// The entry of the topmost match.
const ENTRY: &str = "SELECT m.list || ':' || m.entry_key FROM match m WHERE m.content = c.content
    ORDER BY m.withdrawn_at IS NOT NULL, m.list <> c.list, m.match_type = 'turned', m.match_type = 'near', m.distance, m.id LIMIT 1";

/// What decides the group of a case, as SQL over `triage_case c`.
fn value(by: Grouping) -> String {
    let path = "CAST(u.path AS TEXT)";
    match by {
        Grouping::None => "''".to_owned(),
        Grouping::List => "CAST(c.list AS TEXT)".to_owned(),
        Grouping::Entry => format!("coalesce(({ENTRY}), '')"),
        Grouping::Site => format!("coalesce((SELECT CAST(u.site AS TEXT) {FIRST}), '')"),
        // All that stands behind the last slash is cut off.
        Grouping::Folder => format!("coalesce((SELECT u.site || ':' || rtrim({path}, replace({path}, '/', '')) {FIRST}), '')"),
        Grouping::Uploader => format!(
            "coalesce((SELECT u.site || ':' || coalesce(json_extract(u.facts, '$.uploader'), json_extract(u.facts, '$.owner'), '') {FIRST}), '')"
        ),
    }
}

fn key(by: Grouping, value: &str, is_protected: bool) -> String {
    let value = if is_protected && by == Grouping::List { "" } else { value };
    let digest = Sha256::new().chain_update(by.as_str()).chain_update([0]).chain_update(value).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Harms whose lists are not named in rows.
fn is_protected(harm: Harm) -> bool {
    matches!(harm, Harm::Csam | Harm::Ncii | Harm::Unknown)
}

fn placed(connection: &Connection, query: &Query) -> Result<Vec<Placed>> {
    let (a, b, c) = inbox::sort_key(query.view, query.order);
    let (from, named) = inbox::from(query);
    let sql = format!(
        "SELECT c.id, c.harm, {} AS value, {} AS files, {a} AS sort_a, {b} AS sort_b, {c} AS sort_c {from} ORDER BY sort_a, sort_b, sort_c",
        value(query.group),
        inbox::FILES
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let bound: Vec<(&str, &dyn rusqlite::ToSql)> = named.iter().map(|(name, value)| (*name, value as &dyn rusqlite::ToSql)).collect();
    let rows = statement.query_map(bound.as_slice(), placed_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn placed_of(row: &Row<'_>) -> rusqlite::Result<Placed> {
    Ok(Placed {
        id: CaseId::new(row.get("id")?),
        value: row.get("value")?,
        sort: [row.get("sort_a")?, row.get("sort_b")?, row.get("sort_c")?],
        files: unsigned(row.get("files")?),
        is_protected: is_protected(Harm::from_wire(&row.get::<_, String>("harm")?)),
    })
}

/// The view in groups. A group stands where its first case would stand, so that the order of the view is the order of the groups.
fn sorted(connection: &Connection, query: &Query) -> Result<Sorted> {
    let by_list = matches!(query.group, Grouping::List | Grouping::Entry);
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(Group, String, Vec<Placed>)> = Vec::new();
    for case in placed(connection, query)? {
        let is_protected = by_list && case.is_protected;
        let key = key(query.group, &case.value, is_protected);
        let place = *at.entry(key.clone()).or_insert(groups.len());
        if place == groups.len() {
            let group = Group { key, name: String::new(), more: None, is_protected, cases: 0, files: 0 };
            groups.push((group, case.value.clone(), Vec::new()));
        }
        if let Some((group, _, cases)) = groups.get_mut(place) {
            (group.cases, group.files) = (group.cases + 1, group.files + case.files);
            cases.push(case);
        }
    }
    Ok(Sorted { groups })
}

/// The name of a group, and what else names it.
fn named(connection: &Connection, by: Grouping, value: &str) -> Result<(String, Option<String>)> {
    let (number, rest) = value.split_once(':').unwrap_or((value, ""));
    let Ok(number) = number.parse::<i64>() else { return Ok((String::new(), None)) };
    let rest = Shown::of_text(rest.trim_end_matches('/')).elided();
    let list = || lists::get(connection, ListId::new(number)).map(|list| Shown::of_text(&list.name).elided());
    let site = || sites::get(connection, SiteId::new(number)).map(|site| Shown::of_text(&site.name).elided());
    Ok(match by {
        Grouping::None => (String::new(), None),
        Grouping::List => (list()?, None),
        Grouping::Entry => (list()?, Some(rest)),
        Grouping::Site => (site()?, None),
        Grouping::Folder | Grouping::Uploader => (rest, Some(site()?)),
    })
}

/// The cases of one page of a grouped view with the keys of their groups, the cursor of the next page, how many cases there are outside folded
/// groups, and, with the first page, all groups.
pub(super) struct GroupedPage {
    pub cases: Vec<(CaseId, String)>,
    pub next: Option<String>,
    pub total: u64,
    pub groups: Vec<Group>,
}

pub(super) fn page(connection: &Connection, query: &Query) -> Result<GroupedPage> {
    let sorted = sorted(connection, query)?;
    let is_folded = |group: &Group| query.folded.contains(&group.key);
    let total = sorted.groups.iter().filter(|(group, ..)| !is_folded(group)).map(|(group, ..)| group.cases).sum();
    let all: Vec<(usize, &Group, &Placed)> = sorted
        .groups
        .iter()
        .enumerate()
        .filter(|(_, (group, ..))| !is_folded(group))
        .flat_map(|(place, (group, _, cases))| cases.iter().map(move |case| (place, group, case)))
        .collect();
    let start = match query.cursor.as_deref() {
        None => 0,
        Some(cursor) => after(&sorted, &all, cursor)?,
    };
    let rows: Vec<_> = all.iter().skip(start).take(query.limit as usize).collect();
    let is_more = start + rows.len() < all.len();
    let next = rows.last().filter(|_| is_more).map(|(_, group, case)| {
        let [x, y, z] = case.sort;
        format!("{}|{x},{y},{z}", group.key)
    });
    let cases = rows.iter().map(|(_, group, case)| (case.id, group.key.clone())).collect();
    let mut groups = Vec::new();
    if query.cursor.is_none() {
        for (mut group, value, _) in sorted.groups {
            if !group.is_protected {
                (group.name, group.more) = named(connection, query.group, &value)?;
            }
            groups.push(group);
        }
    }
    Ok(GroupedPage { cases, next, total, groups })
}

/// The place of the first case behind a cursor. A group that is gone meanwhile has nothing behind it: the page reads the view anew, as it was told.
fn after(sorted: &Sorted, all: &[(usize, &Group, &Placed)], cursor: &str) -> Result<usize> {
    let unknown = || Error::refused(Code::BadArgument, "This page of the inbox does not exist.");
    let (key, sort) = cursor.split_once('|').ok_or_else(unknown)?;
    let sort = inbox::parse_cursor(sort)?;
    let place = sorted.groups.iter().position(|(group, ..)| group.key == key).unwrap_or(usize::MAX);
    Ok(all.partition_point(|(at, _, case)| (*at, case.sort) <= (place, sort)))
}

/// The cases of one group of a view, in its order.
///
/// # Errors
/// The store's own.
pub fn select(connection: &Connection, query: &Query, key: &str) -> Result<Vec<CaseId>> {
    let found = sorted(connection, query)?.groups.into_iter().find(|(group, ..)| group.key == key);
    Ok(found.map(|(_, _, cases)| cases.iter().map(|case| case.id).collect()).unwrap_or_default())
}
