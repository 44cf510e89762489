//! Many cases at once: which ones a query names, and what a decision on all of them would touch.

use hashlist::Harm;
use rusqlite::params;

use super::{Connection, unsigned};
use crate::error::Result;
use crate::model::{CaseId, SecondLook, SiteId};

/// What a decision on these cases would touch. Cases of floods are in no bulk decision, and those of protected lists in no bulk Keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// Cases that can be decided together.
    pub cases: Vec<CaseId>,
    /// Of these, those that may be kept together.
    pub keep: Vec<CaseId>,
    /// Files of `cases` in sites now.
    pub files: u64,
    /// Files of `keep`.
    pub keep_files: u64,
    /// How many cases of each harm.
    pub harms: Vec<(Harm, u64)>,
    /// How many files in each site.
    pub sites: Vec<(SiteId, u64)>,
    /// Cases that were left out because they stand for a flood.
    pub floods: u64,
    /// Cases that need a note of their own to be kept.
    pub protected: u64,
}

fn json(cases: &[CaseId]) -> String {
    serde_json::to_string(&cases.iter().map(|case| case.get()).collect::<Vec<_>>()).unwrap_or_default()
}

/// What a decision on these cases would touch; those that cannot be decided now are left out.
///
/// # Errors
/// The store's own.
pub fn of_cases(connection: &Connection, cases: &[CaseId], is_strict: impl Fn(Harm) -> bool) -> Result<Selected> {
    let mut selected = Selected::default();
    let sql = "SELECT c.id, c.harm, c.second_look FROM json_each(?) j JOIN triage_case c ON c.id = j.value WHERE c.state IN ('open', 'asked', 'snoozed')
               ORDER BY j.key";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([json(cases)], |row| {
        Ok((CaseId::new(row.get(0)?), Harm::from_wire(&row.get::<_, String>(1)?), row.get::<_, Option<String>>(2)?))
    })?;
    for row in rows {
        let (case, harm, second_look) = row?;
        if second_look.as_deref() == Some(SecondLook::Flood.as_str()) {
            selected.floods += 1;
            continue;
        }
        selected.cases.push(case);
        if is_strict(harm) {
            selected.protected += 1
        } else {
            selected.keep.push(case)
        }
        match selected.harms.iter_mut().find(|(known, _)| *known == harm) {
            Some((_, n)) => *n += 1,
            None => selected.harms.push((harm, 1)),
        }
    }
    selected.harms.sort_by_key(|(harm, _)| harm.severity_rank());
    selected.sites = files_per_site(connection, &selected.cases)?;
    selected.files = selected.sites.iter().map(|(_, n)| n).sum();
    selected.keep_files = files_per_site(connection, &selected.keep)?.iter().map(|(_, n)| n).sum();
    Ok(selected)
}

fn files_per_site(connection: &Connection, cases: &[CaseId]) -> Result<Vec<(SiteId, u64)>> {
    let sql = "SELECT u.site, count(*) FROM json_each(?) j JOIN content k ON k.triage_case = j.value JOIN upload u ON u.content = k.id
               WHERE u.current = 1 AND u.place = 'site' GROUP BY u.site ORDER BY u.site";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![json(cases)], |row| Ok((SiteId::new(row.get(0)?), unsigned(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
