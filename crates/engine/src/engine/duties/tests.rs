use std::time::Duration;

use super::*;
use crate::clock::TestClock;
use crate::engine::{Engine, Options};
use crate::model::{ClockKind, ClockState, PackKind, SiteMode};

/// 2026-11-23 13:00 UTC.
const NOW: i64 = 1_795_438_800_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

struct Bench {
    dir: tempfile::TempDir,
    clock: Arc<TestClock>,
    engine: Option<Engine>,
}

fn bench() -> Bench {
    let mut bench = Bench { dir: tempfile::tempdir().unwrap(), clock: Arc::new(TestClock::at(NOW)), engine: None };
    bench.restart();
    bench
}

impl Bench {
    fn restart(&mut self) {
        self.engine = None;
        let options = Options { home: self.dir.path().join("home"), worker: "none".into(), clock: self.clock.clone() };
        self.engine = Some(Engine::open(options).unwrap());
    }

    fn core(&self) -> &Arc<Core> {
        self.engine.as_ref().unwrap().core().unwrap()
    }

    fn sql(&self, sql: &str) {
        let sql = sql.to_owned();
        self.core().store.write(move |tx| Ok(tx.execute_batch(&sql)?)).unwrap();
    }

    /// A case of one file of a site, matched by the practice list under another harm.
    fn case(&self, harm: Harm, mode: SiteMode) -> CaseId {
        self.sql(&format!(
            "INSERT INTO site (id, name, root, mode, root_device, root_inode, holding_dir, added_at, health_since)
                 VALUES (77, 'forum', x'2f61', '{mode}', 1, 1, x'2f62', {NOW}, {NOW});
             INSERT INTO content (id, sha256, sha1, md5, size, kind, first_seen_at) VALUES (77, zeroblob(32), zeroblob(20), zeroblob(16), 4, 'image/png', {NOW});
             INSERT INTO upload (id, site, path, state, place, content, first_seen_at, last_seen_at) VALUES (77, 77, x'61', 'checked', 'site', 77, {NOW}, {NOW});
             INSERT INTO triage_case (id, content, state, harm, match_type, rank, list, lists, practice, opened_at, updated_at)
                 VALUES (77, 77, 'open', '{harm}', 'exact', 1, 1, 1, 0, {NOW}, {NOW});
             UPDATE content SET triage_case = 77 WHERE id = 77;",
            harm = harm.as_str()
        ));
        CaseId::new(77)
    }

    /// What a take-down leaves: the decision, the outcome, the place.
    fn take_down(&self) {
        let now = crate::clock::Clock::now_ms(&*self.clock);
        self.sql(&format!(
            "UPDATE triage_case SET state = 'decided', decision = 'take_down', decided_at = {now} WHERE id = 77;
             INSERT INTO action (triage_case, upload, kind, state, sha256, planned_at, ended_at) VALUES (77, 77, 'quarantine', 'done', zeroblob(32), {now}, {now});
             UPDATE upload SET place = 'holding' WHERE id = 77;"
        ));
    }

    fn pass(&self, ms: i64) {
        self.clock.advance(Duration::from_millis(u64::try_from(ms).unwrap()));
    }

    fn order(&self, case: CaseId, received_at: i64) -> Result<DutyClock> {
        let new = Start {
            case: Some(case),
            notice: None,
            kind: ClockKind::TcoOrder,
            received_at,
            sender: Some("BKA".to_owned()),
            reference: Some("77/26".to_owned()),
            until: None,
            title: None,
            is_sure: false,
        };
        start(self.core(), new)
    }

    fn only(&self, case: CaseId) -> DutyClock {
        let mut all = clocks_of(self.core(), case).unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn verbs(&self) -> Vec<String> {
        let rows = self.core().store.read(|connection| ledger::page(connection, &ledger::Filter::default(), None, 100)).unwrap().0;
        rows.into_iter()
            .rev()
            .map(|row| row.verb)
            .filter(|verb| verb.starts_with("clock") || verb.starts_with("time") || verb.starts_with("site_c"))
            .collect()
    }
}

#[test]
fn an_order_is_met_by_the_outcome_of_the_take_down_and_not_by_a_click() {
    let bench = bench();
    let case = bench.case(Harm::Tvec, SiteMode::Live);
    let clock = bench.order(case, NOW - 10 * MINUTE).unwrap();
    assert_eq!((clock.due_at, clock.state), (Some(NOW + 50 * MINUTE), ClockState::Running), "one hour from receipt");
    bench.pass(20 * MINUTE);
    bench.take_down();
    let met = bench.only(case);
    assert_eq!((met.state, met.ended_at), (ClockState::Met, Some(NOW + 20 * MINUTE)), "at the outcome");
    bench.pass(2 * HOUR);
    assert_eq!(bench.only(case).state, ClockState::Met, "what was in time stays in time");
    assert_eq!(bench.verbs(), ["clock_started", "clock_met"]);
}

#[test]
fn on_a_copy_it_is_met_when_somebody_says_that_the_site_shows_it_no_more() {
    let bench = bench();
    let case = bench.case(Harm::Tvec, SiteMode::Copy);
    let clock = bench.order(case, NOW).unwrap();
    bench.take_down();
    bench.pass(5 * MINUTE);
    assert_eq!(bench.only(case).state, ClockState::Running, "the site still has it");
    confirm_site(bench.core(), clock.id).unwrap();
    let met = bench.only(case);
    assert_eq!((met.state, met.ended_at), (ClockState::Met, Some(NOW + 5 * MINUTE)));
    assert_eq!(bench.verbs(), ["clock_started", "site_confirmed", "clock_met"]);
}

#[test]
fn done_in_time_while_nobody_looked_is_in_time_and_done_late_is_missed_for_good() {
    let bench = bench();
    let case = bench.case(Harm::Tvec, SiteMode::Live);
    bench.order(case, NOW).unwrap();
    bench.pass(59 * MINUTE);
    bench.take_down();
    bench.pass(5 * HOUR);
    assert_eq!(bench.only(case).state, ClockState::Met, "the outcome counts, not when it was looked at");

    let bench = self::bench();
    let case = bench.case(Harm::Tvec, SiteMode::Live);
    bench.order(case, NOW).unwrap();
    bench.pass(61 * MINUTE);
    bench.take_down();
    let late = bench.only(case);
    assert_eq!((late.state, late.missed_at, late.ended_at), (ClockState::Missed, Some(NOW + HOUR), Some(NOW + 61 * MINUTE)));
    assert_eq!(bench.verbs(), ["clock_started", "clock_missed", "clock_met"]);
}

#[test]
fn a_restart_and_jumps_of_the_time_change_nothing_that_is_stored() {
    let mut bench = bench();
    let case = bench.case(Harm::Tvec, SiteMode::Live);
    bench.order(case, NOW).unwrap();
    bench.pass(30 * MINUTE);
    bench.restart();
    assert_eq!(bench.only(case).due_at, Some(NOW + HOUR), "the same instant after a restart");
    bench.clock.set_wall(NOW + 48 * HOUR);
    assert_eq!(bench.only(case).state, ClockState::Missed, "by the time as it is");
    bench.clock.set_wall(NOW + 31 * MINUTE);
    let again = bench.only(case);
    assert_eq!((again.state, again.missed_at), (ClockState::Running, Some(NOW + HOUR)), "computed anew; what was noted stays");
    bench.pass(30 * MINUTE);
    assert_eq!(bench.only(case).state, ClockState::Missed);
    assert_eq!(bench.verbs(), ["clock_started", "clock_missed", "clock_recomputed", "clock_missed"]);
    bench.core().store.write(|tx| clocks::note_jump(tx, -400_000)).unwrap();
    assert_eq!(bench.verbs().last().map(String::as_str), Some("time_jumped"));
}

#[test]
fn a_start_ahead_is_refused_and_one_long_ago_is_asked_about() {
    let bench = bench();
    let case = bench.case(Harm::Tvec, SiteMode::Live);
    assert_eq!(bench.order(case, NOW + 1).unwrap_err().code(), Code::BadArgument);
    assert_eq!(bench.order(case, NOW - 31 * 24 * HOUR).unwrap_err().code(), Code::Question);
    assert!(clocks_of(bench.core(), case).unwrap().is_empty(), "nothing was started");
    assert!(bench.verbs().is_empty(), "and nothing written");
}

#[test]
fn the_clock_of_a_report_starts_with_the_decision_and_ends_with_the_report_of_each_country() {
    for (harm, counts) in [(Harm::Csam, true), (Harm::Unknown, true), (Harm::Tvec, false), (Harm::Ncii, false), (Harm::Local, false)] {
        let bench = bench();
        let case = bench.case(harm, SiteMode::Live);
        bench.take_down();
        let all = clocks_of(bench.core(), case).unwrap();
        assert_eq!(all.len(), usize::from(counts), "{}", harm.as_str());
    }
    let bench = bench();
    answer(bench.core(), Answers { lives: "GB".to_owned(), hosted: "US".to_owned(), ..Answers::default() }).unwrap();
    let case = bench.case(Harm::Csam, SiteMode::Live);
    bench.take_down();
    let profiles: Vec<String> = clocks_of(bench.core(), case).unwrap().into_iter().map(|clock| clock.profile).collect();
    assert_eq!(profiles, ["us", "uk"], "both are shown");
    let report = |kind| {
        let profiles = chosen_profiles(bench.core()).unwrap();
        bench.core().store.write(move |tx| clocks::meet_report(tx, case, kind, NOW, &profiles)).unwrap()
    };
    assert_eq!(report(PackKind::Nca), 1, "the other country still waits");
    assert_eq!(report(PackKind::Ncmec), 1);
    catch_up(bench.core()).unwrap();
    assert!(open_clocks(bench.core()).unwrap().is_empty(), "and none begins again by itself");
}

#[test]
fn a_changed_copy_answers_and_a_broken_one_is_named() {
    let bench = bench();
    let file = copy_profile(bench.core(), "us").unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("checked_by = \"\"", "checked_by = \"Ada, lawyer\"")).unwrap();
    let loaded = profile::load(&bench.core().home, "us").unwrap();
    assert!(loaded.is_own && loaded.profile.checked_by == "Ada, lawyer");
    std::fs::write(&file, "schema = ").unwrap();
    let loaded = profile::load(&bench.core().home, "us").unwrap();
    assert!(!loaded.is_own && loaded.problem.is_some() && loaded.profile.name == "us", "the shipped one answers");
    assert!(copy_profile(bench.core(), "us").is_err(), "a changed copy is not written over");
    assert_eq!(copy_profile(bench.core(), "../us").unwrap_err().code(), Code::NotFound);
}

#[test]
fn answers_choose_profiles_and_each_is_named_once() {
    let table = [
        (("US", "US", false, false), vec!["us"]),
        (("DE", "US", true, false), vec!["us", "eu"]),
        (("GB", "DE", false, true), vec!["uk", "eu"]),
        (("UK", "UK", true, true), vec!["uk", "eu"]),
        (("JP", "US", false, false), vec!["us", "other"]),
        (("OTHER", "OTHER", false, false), vec!["other"]),
        (("FR", "FR", true, true), vec!["uk", "eu"]),
    ];
    for ((lives, hosted, serves_eu, serves_uk), expected) in table {
        let answers = Answers { lives: lives.to_owned(), hosted: hosted.to_owned(), serves_eu, serves_uk, company: false };
        assert_eq!(answers.profiles(), expected, "{lives}, hosted {hosted}");
    }
    assert_eq!(country(" de ").unwrap(), "DE");
    for bad in ["", "Germany", "D1", "\u{202e}x"] {
        assert_eq!(country(bad).unwrap_err().code(), Code::BadArgument, "{bad:?}");
    }
}
