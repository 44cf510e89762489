//! What the database costs: a decision, a page of the inbox, the counters, and the rows of a sweep. A table, not a test.
//!
//! Pages, counters and decisions are measured on a home with very much in it: `GATEHOUSE_BENCH_HOME` says where, `cargo xtask bench window` makes one.
//! Each decision is taken back, so that only its record stays. Rows are measured in a fresh home.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use engine::engine::siting::{self, Wanted};
use engine::engine::{Core, deciding};
use engine::model::{CaseId, DecisionKind, FileIdentity, SiteFile, SiteMode, SitePath};
use engine::store::filter::Filter;
use engine::store::groups::Grouping;
use engine::store::inbox::{self, CaseOrder, CaseView, Query};
use engine::store::uploads;
use engine::triage::decide::Request;
use engine::{Engine, Options, SystemClock};

/// Decisions, pages and looks at the counters.
const ROUNDS: usize = 300;
/// Rows of a sweep, and how many share a transaction, as they do in the program.
const ROWS: u64 = 200_000;
const AT_ONCE: u64 = 128;

fn main() {
    println!("| What | Median | 95th percentile | Goal |\n|---|---|---|---|");
    match home() {
        Some(home) => plenty(&home),
        None => println!("| pages, counters, decisions | skipped: GATEHOUSE_BENCH_HOME names no home | | |"),
    }
    rows();
}

#[expect(clippy::disallowed_methods, reason = "the chore that starts this says where the home is")]
fn home() -> Option<PathBuf> {
    std::env::var_os("GATEHOUSE_BENCH_HOME").map(PathBuf::from).filter(|home| home.join("gatehouse.db").is_file())
}

fn open(home: &Path) -> Engine {
    Engine::open(Options { home: home.to_owned(), worker: "/no/such/worker".into(), clock: Arc::new(SystemClock::new()) }).unwrap()
}

fn line(what: &str, mut times: Vec<f64>, goal: &str) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("| {what} | {:.2} ms | {:.2} ms | {goal} |", at(0.5), at(0.95));
}

fn ms(action: impl FnOnce()) -> f64 {
    let began = Instant::now();
    action();
    began.elapsed().as_secs_f64() * 1e3
}

fn plenty(home: &Path) {
    let engine = open(home);
    let core = engine.core().unwrap();
    let mut query = Query {
        view: CaseView::Inbox,
        order: CaseOrder::MostSerious,
        search: String::new(),
        filter: Filter::default(),
        folded: Vec::new(),
        group: Grouping::None,
        cursor: None,
        limit: 50,
        now: core.clock.now_ms(),
    };
    let (mut pages, mut cases) = (Vec::new(), Vec::<CaseId>::new());
    for _ in 0..ROUNDS {
        pages.push(ms(|| {
            let page = core.store.read(|connection| inbox::page(connection, &query)).unwrap();
            cases.extend(page.rows.iter().map(|row| row.case.id));
            query.cursor = page.next;
        }));
    }
    let total = core.store.read(|connection| inbox::page(connection, &query)).unwrap().total;
    line(&format!("a page of 50 rows of the inbox, {total} cases"), pages, "≤ 2 ms");
    let counts = (0..ROUNDS)
        .map(|_| {
            ms(|| {
                std::hint::black_box(core.store.read(|connection| inbox::counts(connection, query.now)).unwrap());
            })
        })
        .collect();
    line("the counters of all views", counts, "");
    let decisions = cases.iter().take(ROUNDS).enumerate().map(|(number, case)| decision(core, *case, number)).collect();
    line("a decision, answered after its commit", decisions, "≤ 10 ms");
}

/// One decision, and then its undo, which is not measured.
fn decision(core: &Arc<Core>, case: CaseId, number: usize) -> f64 {
    let request = format!("bench-{}-{number}", core.clock.now_ms());
    let ask = Request { request, cases: vec![case], decision: DecisionKind::TakeDown, note: None, snooze_ms: None, until_list: false };
    let mut batch = None;
    let took = ms(|| batch = Some(deciding::decide(core, ask).unwrap()));
    deciding::undo(core, Some(batch.unwrap().id)).unwrap();
    took
}

fn rows() {
    let dir = tempfile::tempdir().unwrap();
    let site = dir.path().join("site");
    std::fs::create_dir(&site).unwrap();
    let engine = open(&dir.path().join("home"));
    let core = engine.core().unwrap();
    let (name, mode) = (Some("bench".to_owned()), SiteMode::Live);
    let wanted = Wanted { folder: site, name, mode, preset: None, level: None, take_down: None, practice: false };
    let site = siting::add(core, &wanted).unwrap();
    let began = Instant::now();
    for first in (0..ROWS).step_by(AT_ONCE as usize) {
        let id = site.id;
        core.store
            .write(move |tx| {
                for number in first..(first + AT_ONCE).min(ROWS) {
                    let path = SitePath::new(format!("{:03}/{number}.jpg", number % 500)).unwrap();
                    let identity = FileIdentity { device: 1, inode: number, size: number, ctime_ns: 1 };
                    uploads::found(tx, &SiteFile { site: id, path }, identity, 1, None)?;
                }
                Ok(())
            })
            .unwrap();
    }
    let speed = ROWS as f64 / began.elapsed().as_secs_f64();
    println!("| rows `found`, {AT_ONCE} in a transaction | {speed:.0} a second | | ≥ 20,000 a second |");
    let known = ms(|| assert_eq!(core.store.read(|connection| uploads::known(connection, site.id)).unwrap().len() as u64, ROWS));
    println!("| reading what is known of {ROWS} files, as a sweep begins | {known:.0} ms | | |");
}
