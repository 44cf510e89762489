//! Which cases of a view are wanted: conditions that all hold, each with values of which one fits. Values are bound, never written into SQL.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

/// Conditions; empty ones say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Lists that name it now, by number.
    pub lists: Vec<i64>,
    /// Sites that hold it now, by number.
    pub sites: Vec<i64>,
    /// Harms, by wire name.
    pub harms: Vec<String>,
    /// How it met: exact, near, turned.
    pub matches: Vec<String>,
    /// Real types of its contents.
    pub kinds: Vec<String>,
    /// Largest distance; exact matches have none and fit.
    pub max_distance: Option<u16>,
    /// Folder below the root of its site; files of folders below it fit.
    pub folder: String,
    /// Who uploaded it, as the layout of the site says.
    pub uploader: String,
    /// First seen at or after this time, in milliseconds since 1970.
    pub since: Option<i64>,
    /// First seen before this time.
    pub until: Option<i64>,
    /// Smallest size in bytes.
    pub min_size: Option<i64>,
    /// Largest size in bytes.
    pub max_size: Option<i64>,
    /// Who claims it; an empty name stands for anybody.
    pub claimed_by: Option<String>,
    /// Whether somebody wrote a note.
    pub has_note: Option<bool>,
}

/// A content of the case for which this holds.
fn content(condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM content k WHERE k.triage_case = c.id AND {condition})")
}

/// An upload of the case, in a site now, for which this holds.
fn upload(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM content k JOIN upload u ON u.content = k.id WHERE k.triage_case = c.id AND u.current = 1 AND u.place = 'site' AND {condition})"
    )
}

impl Filter {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The conditions over `triage_case c`, each beginning with AND; what they name is added to `named`.
    pub(super) fn conditions(&self, named: &mut Vec<(&'static str, Value)>) -> String {
        let mut all: Vec<String> = Vec::new();
        let mut add = |is_wanted: bool, name: &'static str, value: Value, sql: String| {
            if is_wanted {
                named.push((name, value));
                all.push(sql);
            }
        };
        let words = |words: &[String]| Value::from(serde_json::to_string(words).unwrap_or_default());
        let numbers = |numbers: &[i64]| Value::from(serde_json::to_string(numbers).unwrap_or_default());
        let of_list = "EXISTS (SELECT 1 FROM match m WHERE m.content = k.id AND m.withdrawn_at IS NULL AND m.list IN (SELECT value FROM json_each(:lists)))";
        add(!self.lists.is_empty(), ":lists", numbers(&self.lists), content(of_list));
        add(!self.sites.is_empty(), ":sites", numbers(&self.sites), upload("u.site IN (SELECT value FROM json_each(:sites))"));
        add(!self.harms.is_empty(), ":harms", words(&self.harms), "c.harm IN (SELECT value FROM json_each(:harms))".to_owned());
        add(
            !self.matches.is_empty(),
            ":matches",
            words(&self.matches),
            "c.match_type IN (SELECT value FROM json_each(:matches))".to_owned(),
        );
        add(!self.kinds.is_empty(), ":kinds", words(&self.kinds), content("k.kind IN (SELECT value FROM json_each(:kinds))"));
        let distance = i64::from(self.max_distance.unwrap_or_default());
        add(self.max_distance.is_some(), ":distance", distance.into(), "coalesce(c.distance, 0) <= :distance".to_owned());
        let folder = self.folder.trim_matches('/').to_owned();
        let below = "substr(CAST(u.path AS TEXT), 1, length(:folder) + 1) = :folder || '/'";
        add(!folder.is_empty(), ":folder", folder.into(), upload(below));
        let by = "coalesce(json_extract(u.facts, '$.uploader'), json_extract(u.facts, '$.owner')) = :uploader";
        add(!self.uploader.is_empty(), ":uploader", self.uploader.clone().into(), upload(by));
        add(self.since.is_some(), ":seen_since", self.since.unwrap_or_default().into(), content("k.first_seen_at >= :seen_since"));
        add(self.until.is_some(), ":seen_until", self.until.unwrap_or_default().into(), content("k.first_seen_at < :seen_until"));
        add(self.min_size.is_some(), ":min_size", self.min_size.unwrap_or_default().into(), content("k.size >= :min_size"));
        add(self.max_size.is_some(), ":max_size", self.max_size.unwrap_or_default().into(), content("k.size <= :max_size"));
        let claimed = "EXISTS (SELECT 1 FROM claim l WHERE l.triage_case = c.id AND :claimed IN ('', l.person))";
        add(self.claimed_by.is_some(), ":claimed", self.claimed_by.clone().unwrap_or_default().into(), claimed.to_owned());
        let noted = "EXISTS (SELECT 1 FROM note n WHERE n.triage_case = c.id) = :noted";
        add(self.has_note.is_some(), ":noted", i64::from(self.has_note.unwrap_or_default()).into(), noted.to_owned());
        all.iter().map(|sql| format!(" AND {sql}")).collect()
    }
}
