//! Filters, selections, saved views, claims and answers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Harm, SiteMode};

/// Conditions that all hold; empty ones say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CaseFilter {
    /// By number.
    pub lists: Vec<i64>,
    /// By number.
    pub sites: Vec<i64>,
    /// What the lists are about.
    pub harms: Vec<Harm>,
    /// `exact`, `near`, `turned`.
    pub matches: Vec<String>,
    /// Real types.
    pub kinds: Vec<String>,
    /// In bits.
    pub max_distance: Option<u16>,
    /// Below the root of its site.
    pub folder: String,
    /// As the layout of the site says.
    pub uploader: String,
    /// First seen at or after.
    pub since: Option<i64>,
    /// First seen before.
    pub until: Option<i64>,
    /// In bytes.
    pub min_size: Option<i64>,
    /// In bytes.
    pub max_size: Option<i64>,
    /// Whether somebody claims it.
    pub claimed: bool,
    /// Whether somebody wrote a note.
    pub has_note: Option<bool>,
}

impl From<CaseFilter> for engine::store::filter::Filter {
    fn from(filter: CaseFilter) -> Self {
        Self {
            lists: filter.lists,
            sites: filter.sites,
            harms: filter.harms.into_iter().map(|harm| hashlist::Harm::from(harm).as_str().to_owned()).collect(),
            matches: filter.matches,
            kinds: filter.kinds,
            max_distance: filter.max_distance,
            folder: filter.folder,
            uploader: filter.uploader,
            since: filter.since,
            until: filter.until,
            min_size: filter.min_size,
            max_size: filter.max_size,
            claimed_by: filter.claimed.then(String::new),
            has_note: filter.has_note,
        }
    }
}

answers! {
    /// How many cases of a harm.
    struct HarmCount { harm: Harm, count: u64 }

    /// How many files in a site.
    struct SiteCount { site: String, mode: SiteMode, files: u64 }

    /// What a decision on many cases would touch. Floods are left out of all of it, protected cases of `keep`.
    struct Selection {
        cases: Vec<i64>, keep: Vec<i64>, files: u64, keep_files: u64, harms: Vec<HarmCount>, sites: Vec<SiteCount>, floods: u64, protected: u64,
        snooze_strict: bool,
    }

    /// A query under a name; `query` is what the page gave.
    struct SavedView { id: i64, name: String, query: String }

    /// An answer that came back. It decides nothing.
    struct Answered { case: i64, answer: String, why: String }
}

questions! {
    /// These cases; or with `null` every case of the query, or of one group of it.
    struct SelectionAsk { query: super::InboxQuery, cases: Option<Vec<i64>>, group: Option<String> }

    /// A query to save.
    struct SavedViewPut { name: String, query: String }

    /// Claims a case, or gives it free.
    struct Claim { case: i64, release: bool }
}
