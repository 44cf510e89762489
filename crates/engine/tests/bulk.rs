//! Many cases at once: selected by query, decided in one batch, undone exactly; counters that run; snoozes that wait for a list.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;
use std::sync::Arc;

use engine::engine::{Core, deciding};
use engine::model::{CaseId, CaseState, Content, DecisionKind, Match, MatchType};
use engine::store::filter::Filter;
use engine::store::groups::{self, Grouping};
use engine::store::inbox::{self, CaseOrder, CaseView, Query};
use engine::store::{cases, claims, contents, lists, selection, switches};
use engine::triage::cases::{self as triage, Live, Trigger};
use engine::triage::decide::{Request, is_strict};
use engine::{Engine, Options, TestClock};
use fingerprint::signal::{Md5, Sha1, Sha256, SignalKind};
use hashlist::{Harm, Polarity, Status};

fn home() -> (tempfile::TempDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(1_800_000_000_000));
    let engine = Engine::open(Options { home: dir.path().join("home"), worker: PathBuf::from("/nonexistent"), clock }).unwrap();
    (dir, engine)
}

/// `count` cases, every tenth of a protected list.
fn fill(core: &Core, count: u32) {
    let list = core.store.read(lists::all).unwrap().remove(0);
    core.store
        .write(move |tx| {
            for number in 0..count {
                let mut bytes = [7; 32];
                bytes[..4].copy_from_slice(&number.to_le_bytes());
                let mut short = [7; 20];
                short[..4].copy_from_slice(&number.to_le_bytes());
                let mut md5 = [7; 16];
                md5[..4].copy_from_slice(&number.to_le_bytes());
                let content =
                    Content { sha256: Sha256::new(bytes), sha1: Sha1::new(short), md5: Md5::new(md5), size: 100, kind: "image/png" };
                let found = Match {
                    list: list.id,
                    list_version: list.active_seq,
                    entry: number,
                    entry_key: format!("k{number}"),
                    harm: if number % 10 == 0 { Harm::Csam } else { Harm::Tvec },
                    kind: SignalKind::Sha256,
                    match_type: MatchType::Exact,
                    distance: None,
                    threshold: None,
                    view: None,
                    status: Status::Confirmed,
                    labels: Vec::new(),
                };
                let id = contents::ensure(tx, &content)?;
                triage::apply(tx, id, &Live { found: vec![(found, Polarity::Alert)], silent: Vec::new() }, Trigger::Upload)?;
            }
            Ok(())
        })
        .unwrap();
}

fn query(view: CaseView, filter: Filter) -> Query {
    let (group, folded) = (Grouping::None, Vec::new());
    Query {
        view,
        order: CaseOrder::MostSerious,
        search: String::new(),
        filter,
        group,
        folded,
        cursor: None,
        limit: 200,
        now: 1_800_000_000_000,
    }
}

fn request(core: &Core, cases: Vec<CaseId>, decision: DecisionKind) -> Request {
    Request { request: format!("r{}", core.clock.now_ms()), cases, decision, note: None, snooze_ms: None, until_list: false }
}

#[test]
fn ux_12_five_thousand_cases_are_one_batch_and_one_undo_restores_them_exactly() {
    let (_dir, engine) = home();
    let core = engine.core().unwrap();
    fill(core, 5_000);
    let all = core.store.read(|connection| inbox::select(connection, &query(CaseView::Inbox, Filter::default()), 100_000)).unwrap();
    let selected = core.store.read(|connection| selection::of_cases(connection, &all, is_strict)).unwrap();
    assert_eq!((selected.cases.len(), selected.keep.len(), selected.protected, selected.floods), (5_000, 4_500, 500, 0));
    assert_eq!(selected.harms, [(Harm::Csam, 500), (Harm::Tvec, 4_500)], "two harms: the page asks");
    let standing = || -> Vec<_> {
        core.store
            .read(|connection| all.iter().map(|case| Ok(cases::get(connection, *case)?.standing())).collect::<engine::Result<_>>())
            .unwrap()
    };
    let before = standing();
    let counts = || core.store.read(|connection| inbox::counts(connection, 1_800_000_000_000)).unwrap();
    assert_eq!((counts().inbox, counts().exact, counts().recent), (5_000, 5_000, 0));
    let batch = deciding::decide(core, request(core, selected.cases, DecisionKind::TakeDown)).unwrap();
    assert_eq!((counts().inbox, counts().recent), (0, 5_000));
    let undone = deciding::undo(core, Some(batch.id)).unwrap().unwrap();
    assert_eq!(undone.cases.len(), 5_000);
    assert_eq!(standing(), before, "exactly as before");
    assert_eq!(counts().inbox, 5_000);
    let page = core.store.read(|connection| inbox::page(connection, &query(CaseView::Inbox, Filter::default()))).unwrap();
    assert_eq!((page.total, page.rows.len()), (5_000, 200), "the total comes from the counters");
}

#[test]
fn conditions_hold_together_and_their_values_are_alternatives() {
    let (_dir, engine) = home();
    let core = engine.core().unwrap();
    fill(core, 40);
    let n = |filter: Filter| core.store.read(|connection| inbox::page(connection, &query(CaseView::Inbox, filter))).unwrap().total;
    let list = core.store.read(lists::all).unwrap().remove(0).id.get();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(n(Filter { harms: words(&["csam"]), ..Filter::default() }), 4);
    assert_eq!(n(Filter { harms: words(&["csam", "tvec"]), ..Filter::default() }), 40);
    assert_eq!(n(Filter { harms: words(&["csam"]), matches: words(&["near"]), ..Filter::default() }), 0);
    assert_eq!(n(Filter { lists: vec![list], kinds: words(&["image/png"]), max_distance: Some(3), ..Filter::default() }), 40);
    assert_eq!(n(Filter { lists: vec![list + 900], ..Filter::default() }), 0);
    assert_eq!(n(Filter { folder: "a' OR 1=1 --".to_owned(), ..Filter::default() }), 0, "a value is never SQL");
    let first = core.store.read(|connection| inbox::select(connection, &query(CaseView::Inbox, Filter::default()), 1)).unwrap()[0];
    core.store.write(move |tx| claims::claim(tx, first).and_then(|()| cases::add_note(tx, first, "same user as Tuesday"))).unwrap();
    assert_eq!(n(Filter { claimed_by: Some(String::new()), ..Filter::default() }), 1);
    assert_eq!(n(Filter { claimed_by: Some("Ana".to_owned()), ..Filter::default() }), 0);
    assert_eq!(
        (n(Filter { has_note: Some(true), ..Filter::default() }), n(Filter { has_note: Some(false), ..Filter::default() })),
        (1, 39)
    );
}

#[test]
fn a_snooze_until_the_list_updates_ends_with_the_switch_and_is_undone_exactly() {
    let (_dir, engine) = home();
    let core = engine.core().unwrap();
    fill(core, 12);
    let all = core.store.read(|connection| inbox::select(connection, &query(CaseView::Inbox, Filter::default()), 100)).unwrap();
    let (protected, case) = (all[0], all[11]);
    let get = |case| core.store.read(|connection| cases::get(connection, case)).unwrap();
    let strict = Request { until_list: true, ..request(core, vec![protected], DecisionKind::Snooze) };
    assert!(deciding::decide(core, strict).is_err(), "a protected case waits 24 hours at most");
    let snooze = Request { until_list: true, ..request(core, vec![case], DecisionKind::Snooze) };
    deciding::decide(core, snooze).unwrap();
    assert_eq!((get(case).state, get(case).until_list), (CaseState::Snoozed, true));
    deciding::undo(core, None).unwrap();
    assert_eq!((get(case).state, get(case).until_list), (CaseState::Open, false));
    core.store.write(move |tx| claims::claim(tx, case)).unwrap();
    let again = Request { until_list: true, request: "again".to_owned(), ..request(core, vec![case], DecisionKind::Snooze) };
    deciding::decide(core, again).unwrap();
    assert_eq!(core.store.read(|connection| claims::of_case(connection, case)).unwrap(), None, "a decision ends the claim");
    let list = core.store.read(lists::all).unwrap().remove(0);
    core.store.write(move |tx| switches::begin(tx, list.id, None, Some(list.active_seq), "test").map(drop)).unwrap();
    assert_eq!((get(case).state, get(case).until_list, get(case).back_at), (CaseState::Open, false, None));
}

#[test]
fn a_grouped_view_has_every_case_once_and_a_folded_group_keeps_its_place() {
    let (_dir, engine) = home();
    let core = engine.core().unwrap();
    fill(core, 250);
    let read = |query: &Query| core.store.read(|connection| inbox::page(connection, query)).unwrap();
    for group in Grouping::ALL.iter().copied().filter(|by| *by != Grouping::None) {
        let mut asked = Query { group, limit: 60, ..query(CaseView::Inbox, Filter::default()) };
        let first = read(&asked);
        assert_eq!(first.groups.iter().map(|group| group.cases).sum::<u64>(), 250, "{group}");
        let mut seen: Vec<(i64, String)> = Vec::new();
        let mut page = first.clone();
        loop {
            seen.extend(page.rows.iter().map(|row| (row.case.id.get(), row.group.clone().unwrap())));
            asked.cursor = page.next;
            if asked.cursor.is_none() {
                break;
            }
            page = read(&asked);
            assert!(page.groups.is_empty(), "groups come with the first page");
        }
        let mut ids: Vec<i64> = seen.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 250, "{group}");
        let mut order: Vec<&str> = seen.iter().map(|(_, key)| key.as_str()).collect();
        order.dedup();
        assert_eq!(
            order,
            first.groups.iter().map(|group| group.key.as_str()).collect::<Vec<_>>(),
            "{group}: rows stand as their groups do"
        );
        let top = &first.groups[0];
        let of_it = core.store.read(|connection| groups::select(connection, &query_by(group), &top.key)).unwrap();
        assert_eq!(of_it.len() as u64, top.cases);
        let folded = read(&Query { folded: vec![top.key.clone()], ..query_by(group) });
        assert_eq!((folded.total, folded.groups.len()), (250 - top.cases, first.groups.len()));
    }
    let by_list = read(&query_by(Grouping::List)).groups;
    assert_eq!(by_list.len(), 2, "protected cases stand under no name");
    assert!(by_list[0].is_protected && by_list[0].name.is_empty() && !by_list[1].name.is_empty());
}

fn query_by(group: Grouping) -> Query {
    Query { group, ..query(CaseView::Inbox, Filter::default()) }
}

#[test]
fn redo_takes_undo_back_until_something_else_is_decided() {
    let (_dir, engine) = home();
    let core = engine.core().unwrap();
    fill(core, 3);
    let all = core.store.read(|connection| inbox::select(connection, &query(CaseView::Inbox, Filter::default()), 10)).unwrap();
    let state = |case: CaseId| core.store.read(|connection| cases::get(connection, case)).unwrap().standing();
    let decide = |n: usize, decision, name: &str| {
        deciding::decide(core, Request { request: name.to_owned(), ..request(core, vec![all[n]], decision) }).unwrap().id
    };
    let (one, two) = (decide(1, DecisionKind::TakeDown, "one"), decide(2, DecisionKind::Snooze, "two"));
    let (down, later) = (state(all[1]), state(all[2]));
    for batch in [two, one] {
        deciding::undo(core, Some(batch)).unwrap();
    }
    assert_eq!((state(all[1]).state, state(all[2]).state), (CaseState::Open, CaseState::Open));
    assert_eq!(deciding::redo(core, None).unwrap().unwrap().batch.id, one, "the last undo first");
    assert_eq!(deciding::redo(core, None).unwrap().unwrap().batch.id, two);
    assert_eq!((state(all[1]), state(all[2])), (down, later), "exactly as it was");
    assert!(deciding::redo(core, None).unwrap().is_none());
    deciding::undo(core, Some(two)).unwrap();
    assert_eq!(state(all[2]).state, CaseState::Open);
    decide(0, DecisionKind::TakeDown, "three");
    assert!(deciding::redo(core, None).unwrap().is_none(), "a new decision ends it");
}
