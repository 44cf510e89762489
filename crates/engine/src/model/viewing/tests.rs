//! UX-01, UX-02, UX-08 over all combinations.

use super::*;

const MATCHES: [MatchType; 3] = [MatchType::Exact, MatchType::Near, MatchType::Turned];

fn everything() -> Limits {
    Limits::LARGEST
}

fn wish(step: u8) -> Asked {
    Asked { step, has_reason: true, no_pictures: false, practice: false }
}

#[test]
fn ux_01_no_step_of_a_csam_case_is_ever_allowed() {
    for harm in [Harm::Csam, Harm::Unknown] {
        for of in MATCHES {
            for other in Harm::ALL {
                for (step, has_reason, no_pictures, practice) in
                    (0..=255).flat_map(|step| [(step, true, false, true), (step, true, true, false)])
                {
                    let policy = Policy::of_case([(other, MatchType::Near), (harm, of)]);
                    let asked = Asked { step, has_reason, no_pictures, practice };
                    assert_eq!(allow(policy, &everything(), &Used::default(), asked), Err(Refusal::Never));
                    assert_eq!(policy, Policy::NOTHING);
                }
            }
        }
    }
}

#[test]
fn ux_02_an_unknown_harm_is_as_strict_and_the_strictest_match_rules() {
    for of in MATCHES {
        assert_eq!(Policy::of_match(Harm::Unknown, of), Policy::of_match(Harm::Csam, of));
        for first in Harm::ALL {
            for second in Harm::ALL {
                let (a, b) = (Policy::of_match(first, of), Policy::of_match(second, MatchType::Near));
                let both = Policy::of_case([(first, of), (second, MatchType::Near)]);
                assert_eq!(both.steps, a.steps.min(b.steps));
                assert_eq!(both.grid, a.grid && b.grid);
                assert_eq!(both, Policy::of_case([(second, MatchType::Near), (first, of)]), "in any order");
            }
        }
    }
    assert_eq!(Policy::of_case([]), Policy::NOTHING);
}

#[test]
fn the_table_of_harms() {
    let table = |harm| MATCHES.map(|of| Policy::of_match(harm, of)).map(|it| (it.steps, it.behind_more, it.needs_reason, it.grid));
    let near = |steps, reason, grid| (steps, false, reason, grid);
    assert_eq!(table(Harm::Ncii), [near(0, false, false), near(1, true, false), near(1, true, false)]);
    assert_eq!(table(Harm::Malware), [near(0, false, true); 3]);
    assert_eq!(table(Harm::Tvec), [(2, true, false, true), near(4, false, true), near(4, false, true)]);
    assert_eq!(table(Harm::Local), [(4, true, false, true), near(4, false, true), near(4, false, true)]);
    assert_eq!(table(Harm::Practice), table(Harm::Local));
}

#[test]
fn the_ceiling_the_reason_and_the_person() {
    let policy = Policy::of_match(Harm::Tvec, MatchType::Near);
    let usual = Limits::default();
    let none = Used::default();
    assert_eq!(allow(policy, &usual, &none, wish(2)), Ok(()));
    assert_eq!(allow(policy, &usual, &none, wish(3)), Err(Refusal::Ceiling));
    assert_eq!(allow(policy, &everything(), &none, wish(5)), Err(Refusal::Never));
    assert_eq!(allow(policy, &usual, &none, Asked { no_pictures: true, ..wish(1) }), Err(Refusal::Never));
    let asks = Policy::of_match(Harm::Ncii, MatchType::Turned);
    assert_eq!(allow(asks, &usual, &none, Asked { has_reason: false, ..wish(1) }), Err(Refusal::Reason));
    assert_eq!(allow(asks, &usual, &none, wish(1)), Ok(()));
    assert_eq!((policy.steps_for(&usual, false), policy.steps_for(&usual, true)), (2, 0));
}

#[test]
fn ux_08_each_limit_stops_reveals_and_practice_counts_nothing() {
    let policy = Policy::of_match(Harm::Local, MatchType::Near);
    let limits = Limits::default();
    let at = [
        Used { session: 10, ..Used::default() },
        Used { day: 20, ..Used::default() },
        Used { day_ms: 180_000, ..Used::default() },
        Used { day_ms: 999_999, ..Used::default() },
    ];
    for used in at {
        assert_eq!(allow(policy, &limits, &used, wish(1)), Err(Refusal::Budget));
        assert_eq!(allow(policy, &limits, &used, Asked { practice: true, ..wish(1) }), Ok(()));
    }
    let nearly = Used { session: 9, day: 19, day_ms: 178_500 };
    assert_eq!(allow(policy, &limits, &nearly, wish(1)), Ok(()));
    assert_eq!(longest_ms(&limits, &nearly, LONGEST_HOLD_MS, false), 1_500, "less picture time is left than a hold");
    assert_eq!(longest_ms(&limits, &nearly, i64::MAX, true), LONGEST_PRESS_MS);
    let off = Limits { per_day: 0, ..limits };
    assert_eq!(allow(policy, &off, &Used::default(), wish(1)), Err(Refusal::Budget));
}

#[test]
fn ux_08_tightening_counts_at_once_and_loosening_from_the_next_day() {
    let looser = Change::to(20, 30, 500);
    assert_eq!([499, 500, 501, 600].map(|day| looser.on(day)), [20, 20, 30, 30]);
    let tighter = Change::to(20, 5, 500);
    assert_eq!([500, 501].map(|day| tighter.on(day)), [5, 5]);
    let same = Change::to(20, 20, 500);
    assert_eq!(same, Change { now: 20, later: None });
}
