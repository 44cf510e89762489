use super::*;

const MINUTE: i64 = 60_000;
/// Ten in the morning, UTC, of some day.
const TEN: i64 = 20_000 * DAY_MS + 10 * HOUR_MS;
const ALL: Wishes = Wishes { cases: true, faults: true, holds: true, quiet: None };

fn look(now: i64, waiting: u64) -> Look {
    Look { now, utc_offset_minutes: 0, is_focused: false, stopped_until: None, waiting, faults: BTreeSet::new(), holds_ending: 0 }
}

/// Runs the looks one after the other and gives what each of them told.
fn run(start: Digest, looks: &[Look], wishes: &Wishes) -> Vec<Vec<Told>> {
    let mut digest = start;
    let mut all = Vec::new();
    for look in looks {
        let (after, told) = step(digest, look, wishes);
        digest = after;
        all.push(told);
    }
    all
}

/// What it shows, how many cases are known at the start, the looks as (minute, waiting), and what each look tells.
type Story<'a> = (&'a str, u64, &'a [(i64, u64)], &'a [Option<u64>]);

#[test]
fn cases_are_told_once_in_a_quarter_of_an_hour() {
    let table: &[Story<'_>] = &[
        ("what was there at the start is known", 3, &[(0, 3), (1, 3)], &[None, None]),
        ("a new one is told at once", 3, &[(0, 4)], &[Some(4)]),
        ("the next ones wait for the digest", 0, &[(0, 1), (1, 2), (14, 5), (15, 5)], &[Some(1), None, None, Some(5)]),
        ("nothing new, nothing told", 0, &[(0, 1), (15, 1), (60, 1)], &[Some(1), None, None]),
        ("decided elsewhere meanwhile: nothing told", 0, &[(0, 5), (5, 7), (14, 5), (15, 5)], &[Some(5), None, None, None]),
        ("fewer, then one more", 5, &[(0, 2), (1, 3)], &[None, Some(3)]),
        ("a clock that is set back stops nothing", 0, &[(60, 1), (0, 2)], &[Some(1), Some(2)]),
    ];
    for (what, known, looks, wanted) in table {
        let looks: Vec<Look> = looks.iter().map(|(minute, waiting)| look(TEN + minute * MINUTE, *waiting)).collect();
        let told = run(Digest::new(*known, false), &looks, &ALL);
        let wanted: Vec<Vec<Told>> = wanted.iter().map(|n| n.map(Told::Cases).into_iter().collect()).collect();
        assert_eq!(told, wanted, "{what}");
    }
}

#[test]
fn a_hidden_start_tells_what_waits() {
    assert_eq!(run(Digest::new(12, true), &[look(TEN, 12)], &ALL), [vec![Told::Cases(12)]]);
}

#[test]
fn a_window_in_front_is_told_nothing_and_has_seen_it() {
    let front = Look { is_focused: true, faults: BTreeSet::from([Fault::NotWatched]), holds_ending: 1, ..look(TEN, 4) };
    let away = look(TEN + MINUTE, 4);
    assert_eq!(run(Digest::default(), &[front, away], &ALL), [vec![], vec![]], "the case was on the screen");
}

#[test]
fn a_fault_is_told_when_it_begins_and_at_most_once_an_hour() {
    let with = |minute: i64, faults: &[Fault]| Look { faults: faults.iter().copied().collect(), ..look(TEN + minute * MINUTE, 0) };
    let looks = [
        with(0, &[Fault::NotWatched]),
        with(1, &[Fault::NotWatched]),
        with(2, &[]),
        with(3, &[Fault::NotWatched]),
        with(60, &[Fault::NotWatched]),
    ];
    let told = Told::Fault(Fault::NotWatched);
    assert_eq!(run(Digest::default(), &looks, &ALL), [vec![told], vec![], vec![], vec![], vec![told]]);
    let two = [with(0, &[Fault::List, Fault::NotSealed])];
    assert_eq!(run(Digest::default(), &two, &ALL), [vec![Told::Fault(Fault::NotSealed), Told::Fault(Fault::List)]]);
}

#[test]
fn a_fault_of_a_quiet_time_is_told_after_it() {
    let fault = BTreeSet::from([Fault::Vault]);
    let stopped = Look { stopped_until: Some(TEN + 5 * MINUTE), faults: fault.clone(), ..look(TEN, 2) };
    let after = Look { stopped_until: Some(TEN + 5 * MINUTE), faults: fault, ..look(TEN + 5 * MINUTE, 2) };
    assert_eq!(run(Digest::default(), &[stopped, after], &ALL), [vec![], vec![Told::Fault(Fault::Vault), Told::Cases(2)]]);
    let quiet = Wishes { quiet: QuietHours::parse("22:00-11:00"), ..ALL };
    assert_eq!(run(Digest::default(), &[look(TEN, 2), look(TEN + HOUR_MS, 2)], &quiet), [vec![], vec![Told::Cases(2)]]);
    let east = Look { utc_offset_minutes: 60, ..look(TEN, 2) };
    assert_eq!(run(Digest::default(), &[east], &quiet), [vec![Told::Cases(2)]], "quiet hours are of the local day");
}

#[test]
fn holds_are_told_once_a_day_and_not_in_the_night() {
    let ending = |now: i64| Look { holds_ending: 2, ..look(now, 0) };
    let midnight = TEN - 10 * HOUR_MS;
    let looks = [ending(midnight + HOUR_MS), ending(TEN), ending(TEN + HOUR_MS), ending(TEN + DAY_MS)];
    let told = vec![Told::HoldsEnding(2)];
    assert_eq!(run(Digest::default(), &looks, &ALL), [vec![], told.clone(), vec![], told]);
}

#[test]
fn each_wish_can_be_off() {
    let all = Look { faults: BTreeSet::from([Fault::List]), holds_ending: 1, ..look(TEN, 1) };
    for (wishes, wanted) in [
        (Wishes { cases: false, ..ALL }, vec![Told::Fault(Fault::List), Told::HoldsEnding(1)]),
        (Wishes { faults: false, ..ALL }, vec![Told::Cases(1), Told::HoldsEnding(1)]),
        (Wishes { holds: false, ..ALL }, vec![Told::Fault(Fault::List), Told::Cases(1)]),
    ] {
        assert_eq!(run(Digest::default(), std::slice::from_ref(&all), &wishes), [wanted]);
    }
}

#[test]
fn only_what_cannot_wait_is_a_fault() {
    assert_eq!(Fault::of_problem("site_missing"), Some(Fault::NotWatched));
    assert_eq!(Fault::of_problem("practice_list_only"), None);
    assert_eq!(Fault::of_problem("recovery_key_not_saved"), None);
}
