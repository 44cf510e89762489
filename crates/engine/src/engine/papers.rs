//! Papers that hold numbers and states, no pictures: the monthly statement, the counts for a transparency report, the page for whoever takes over.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::core::Core;
use super::overview::{self, ListView, Overview, SiteView};
use super::vaulting::{self, VaultCase};
use crate::error::{Code, Error, Result};
use crate::model::{CaseState, Shown, Site};
use crate::record::handover::Handover;
use crate::record::monthly::{self, Month, Statement};
use crate::record::table::field;
use crate::record::when;
use crate::store::filter::Filter;
use crate::store::groups::Grouping;
use crate::store::inbox::{self, CaseOrder, CaseView, InboxRow, Query};
use crate::store::{duty_clocks, known_good, sites};
use crate::triage::vault::keys::KeyPlace;

/// Rows read at once.
const PAGE: u32 = 500;
/// Months of a transparency report at most: ten years.
pub const MOST_MONTHS: u32 = 120;

/// Writes the statement of one site and month into a folder, as text and as JSON. The folder is made if it is missing; nothing is written over.
///
/// # Errors
/// [`Code::NameTaken`] if it holds such a statement; [`Code::BadArgument`] for a month that has not begun; [`Error::Io`].
pub fn statement(core: &Core, site: &Site, month: Option<&str>, dir: &Path) -> Result<Vec<PathBuf>> {
    let now = core.clock.now_ms();
    // Without a name of a month the last one that is over is meant.
    let month = month.map_or_else(|| Ok(Month::of(now).before()), Month::parse)?;
    let made = core.store.read(|connection| monthly::gather(connection, site, month, now))?;
    let files = [dir.join(format!("statement-{month}.txt")), dir.join(format!("statement-{month}.json"))];
    write(dir, &files, &[made.to_text()?, pretty(&made.to_json())])
}

/// Writes the counts of all sites and the last months into a folder, as CSV and as JSON, a row a month, site and count.
///
/// # Errors
/// As [`statement`].
pub fn transparency(core: &Core, months: u32, dir: &Path) -> Result<Vec<PathBuf>> {
    if !(1..=MOST_MONTHS).contains(&months) {
        return Err(Error::refused(
            Code::BadArgument,
            format!("A number of months from 1 to {MOST_MONTHS} is expected. Nothing was written."),
        ));
    }
    let now = core.clock.now_ms();
    let mut month = Month::of(now);
    let mut made: Vec<(String, Statement)> = Vec::new();
    let all = core.store.read(sites::all)?;
    for _ in 0..months {
        for state in all.iter().filter(|state| !state.site.practice) {
            let one = core.store.read(|connection| monthly::gather(connection, &state.site, month, now))?;
            made.push((state.site.name.clone(), one));
        }
        month = month.before();
    }
    let mut csv = "month,site,what,kind,count\r\n".to_owned();
    let mut rows = Vec::new();
    for (site, one) in &made {
        for (what, kind, n) in one.rows() {
            let month = one.month().to_string();
            csv.push_str(&format!("{month},{},{what},{},{n}\r\n", field(site), field(&kind)));
            rows.push(json!({"month": month, "site": site, "what": what, "kind": kind, "count": n}));
        }
    }
    let whole = json!({"schema": 1, "written": when::utc(now), "counts": rows, "not_done": monthly::NOT_DONE});
    let files = [dir.join("transparency.csv"), dir.join("transparency.json")];
    write(dir, &files, &[csv, pretty(&whole)])
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

fn write(dir: &Path, files: &[PathBuf], texts: &[String]) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    if let Some(taken) = files.iter().find(|file| file.exists()) {
        let text = format!("{} is there already. Choose another folder. Nothing was written.", Shown::of_path(taken));
        return Err(Error::refused(Code::NameTaken, text));
    }
    for (file, text) in files.iter().zip(texts) {
        let open = File::options().create_new(true).write(true).open(file);
        open.and_then(|mut open| open.write_all(text.as_bytes())).map_err(Error::io(file))?;
    }
    Ok(files.to_vec())
}

/// Writes the page for whoever takes over.
///
/// # Errors
/// [`Code::NameTaken`] if the file is there; the store's own; [`Error::Io`].
pub fn handover(core: &Core, file: &Path) -> Result<PathBuf> {
    let page = handover_of(core)?.page()?;
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    write(dir, &[file.to_owned()], &[page])?;
    Ok(file.to_owned())
}

fn handover_of(core: &Core) -> Result<Handover> {
    let overview = overview::overview(core, false)?;
    let rows = undecided(core)?;
    let (open, waiting) = rows.into_iter().partition(|row: &InboxRow| row.case.state == CaseState::Open);
    let rules = core.store.read(|connection| known_good::all(connection, false))?.len() as u64;
    let mut clocks = core.store.read(duty_clocks::open)?;
    clocks.sort_by_key(|clock| (clock.due_at.is_none(), clock.due_at, clock.started_at));
    Ok(Handover {
        at: core.clock.now_ms(),
        person: core.person()?.name,
        faults: faults(&overview),
        open,
        waiting,
        clocks,
        holds: kept(core)?,
        lists: overview.lists.iter().filter(|view| !view.list.practice).map(list_sentence).collect(),
        sites: overview.sites.iter().filter(|view| !view.state.site.practice).map(site_sentence).collect(),
        rules,
    })
}

/// What is kept, a sentence a case, and where the key of it is: whoever takes over needs it.
fn kept(core: &Core) -> Result<Vec<String>> {
    let view = vaulting::view(core)?;
    let mut sentences: Vec<String> = view.cases.iter().filter(|case| !case.row.case.practice).map(kept_of).collect();
    if let Some(place) = view.key.place {
        let place = match place {
            KeyPlace::File => "in a file of the home, without a passphrase",
            KeyPlace::Passphrase => "in a file of the home, under a passphrase",
            KeyPlace::KeyStore => "in the key store of this computer",
        };
        let saved = view.key.saved_at.map_or_else(|| "not saved yet".to_owned(), |at| format!("saved {}", when::day(at)));
        sentences.push(format!("The key of the vault is {place}. Its recovery key: {saved}."));
    }
    Ok(sentences)
}

fn kept_of(case: &VaultCase) -> String {
    let (sealed, waiting) = (case.files.len(), case.unsealed);
    let until = match (&case.hold, case.deletable_at) {
        (Some(hold), _) => match hold.ends_at {
            None => format!("held without an end: {}", hold.basis),
            Some(end) => format!("held until {}: {}", when::day(end), hold.basis),
        },
        (None, Some(at)) => format!("not held; deleting is offered from {}", when::day(at)),
        (None, None) => "not held".to_owned(),
    };
    let waiting = if waiting > 0 { format!(", {waiting} not sealed yet") } else { String::new() };
    format!("Case {}: {sealed} sealed{waiting}; {until}", case.row.case.id)
}

fn undecided(core: &Core) -> Result<Vec<InboxRow>> {
    let is_undecided = |row: &InboxRow| !row.case.practice && !matches!(row.case.state, CaseState::Decided | CaseState::Closed);
    let mut query = Query {
        view: CaseView::All,
        order: CaseOrder::MostSerious,
        filter: Filter::default(),
        group: Grouping::None,
        folded: Vec::new(),
        search: String::new(),
        cursor: None,
        limit: PAGE,
        now: core.clock.now_ms(),
    };
    let mut rows = Vec::new();
    loop {
        let page = core.store.read(|connection| inbox::page(connection, &query))?;
        rows.extend(page.rows.into_iter().filter(is_undecided));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return Ok(rows);
        }
    }
}

/// The problems as sentences. A list that needs protection is named by its number: the page travels.
fn faults(overview: &Overview) -> Vec<String> {
    let of_problem = |problem: &overview::Problem| {
        let what = problem.code.replace('_', " ");
        let site = problem.site.as_ref().map_or_else(String::new, |site| format!(", {site}"));
        let list = problem.list.as_deref().map_or_else(String::new, |name| format!(", {}", name_of(overview, name)));
        let count = problem.count.map_or_else(String::new, |count| format!(", {count} files"));
        let since = problem.since.map_or_else(String::new, |since| format!(", since {}", when::shown(since)));
        format!("{what}{site}{list}{count}{since}")
    };
    overview.problems.iter().map(of_problem).collect()
}

fn name_of(overview: &Overview, name: &str) -> String {
    overview.lists.iter().find(|view| view.list.name == name).map_or_else(|| name.to_owned(), list_name)
}

fn list_name(view: &ListView) -> String {
    if view.list.harm.is_protected() { format!("Protected list {}", view.list.id) } else { view.list.name.clone() }
}

fn list_sentence(view: &ListView) -> String {
    format!(
        "{}: version {}, from {}, {}",
        list_name(view),
        view.list.active_seq,
        when::day(view.version.imported_at),
        view.freshness.as_str().replace('_', " ")
    )
}

fn site_sentence(view: &SiteView) -> String {
    let swept = view.state.sweep_started_at.map_or_else(|| "never swept completely".to_owned(), |at| format!("swept {}", when::shown(at)));
    format!(
        "{}: {}, {swept}, {} files, {} checked",
        view.state.site.name,
        view.state.health.as_str(),
        view.counts.files,
        view.counts.checked
    )
}
