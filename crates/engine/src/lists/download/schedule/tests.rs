//! When a look is due, by tables and by properties.

use proptest::prelude::*;

use super::super::failure::FailureCode;
use super::*;

/// Monday, 23 November 2026, 12:00 UTC.
const NOON: i64 = 1_795_435_200_000;

fn standing() -> Standing {
    Standing { accepted_at: Some(NOON - 90 * DAY), interval: Some(DAILY), looked_at: Some(NOON - HOUR), ..Standing::default() }
}

#[test]
fn nothing_is_loaded_before_the_operator_says_so() {
    let never = |standing: Standing| due(&standing, NOON, None);
    assert_eq!(never(Standing { accepted_at: None, looked_at: None, ..standing() }), Due::Never(Why::NotAccepted));
    assert_eq!(never(Standing { accepted_at: None, retry_at: Some(0), ..standing() }), Due::Never(Why::NotAccepted));
    assert_eq!(never(Standing { is_paused: true, ..standing() }), Due::Never(Why::Paused));
    assert_eq!(never(Standing { interval: None, ..standing() }), Due::Never(Why::ByHand));
}

#[test]
fn a_look_is_due_after_its_interval_and_when_the_list_ends() {
    let at = |standing: Standing| due(&standing, NOON, None);
    assert_eq!(at(Standing { looked_at: None, ..standing() }), Due::Now, "never looked");
    assert_eq!(at(standing()), Due::At(NOON + 23 * HOUR));
    assert_eq!(at(Standing { looked_at: Some(NOON - DAY), ..standing() }), Due::Now, "just due");
    assert_eq!(at(Standing { looked_at: Some(NOON - DAY + 1), ..standing() }), Due::At(NOON + 1));
    assert_eq!(at(Standing { expires: Some(NOON + HOUR), ..standing() }), Due::At(NOON + HOUR), "it ends before the next look");
    assert_eq!(at(Standing { expires: Some(NOON - 2 * HOUR), ..standing() }), Due::At(NOON + 23 * HOUR), "it ended: the normal look");
    assert_eq!(
        at(Standing { looked_at: Some(NOON), expires: Some(NOON + 1), ..standing() }),
        Due::At(NOON + SHORTEST_INTERVAL),
        "never two looks at once"
    );
    assert_eq!(at(Standing { interval: Some(1), ..standing() }), Due::Now, "an interval below the shortest is the shortest");
    assert_eq!(at(Standing { retry_at: Some(NOON + 5), ..standing() }), Due::At(NOON + 5));
    assert_eq!(at(Standing { retry_at: Some(NOON - 5), ..standing() }), Due::Now);
}

#[test]
fn f45_a_clock_that_was_set_stops_nothing() {
    let back = |standing: Standing| due(&standing, NOON - 365 * DAY, None);
    assert_eq!(back(standing()), Due::Now, "the last look lies in the future: look again, and write the time down anew");
    let failed = Standing { retry_at: Some(NOON + HOUR), ..standing() };
    assert_eq!(back(failed), Due::Now);
    assert_eq!(due(&failed, NOON + 365 * DAY, None), Due::Now, "a year ahead");
    let wrong = Standing { retry_at: Some(NOON + 400 * DAY), ..standing() };
    assert!(matches!(due(&wrong, NOON, None), Due::At(at) if at <= NOON + DAY), "a wait from another clock is bounded");
}

#[test]
fn quiet_hours_put_a_look_off_to_their_end() {
    let day = QuietHours::parse("11:30-13:00").unwrap();
    let night = QuietHours::parse("22:00-07:00").unwrap();
    let now = Standing { looked_at: None, ..standing() };
    assert_eq!(due(&now, NOON, Some((day, 0))), Due::At(NOON + HOUR));
    assert_eq!(due(&now, NOON, Some((night, 0))), Due::Now);
    assert_eq!(due(&now, NOON, Some((night, 11 * 60))), Due::At(NOON + 8 * HOUR), "23:00 local time");
    assert_eq!(due(&now, NOON, Some((night, -8 * 60))), Due::At(NOON + 3 * HOUR), "04:00 local time");
    assert_eq!(night.end(NOON + 7 * HOUR, 0), None, "19:00");
    assert_eq!(night.end(NOON + 10 * HOUR, 0), Some(NOON + 19 * HOUR), "the first minute is quiet");
    assert_eq!(night.end(NOON + 19 * HOUR, 0), None, "the last one is not");
    assert_eq!(night.end(NOON + 19 * HOUR - 1, 0), Some(NOON + 19 * HOUR), "a millisecond before");
    assert_eq!(night.to_string(), "22:00-07:00");
    for text in ["", "22-07", "24:00-07:00", "22:60-07:00", "22:00", "07:00-07:00", "2:00-07:00", "+2:00-07:00"] {
        assert_eq!(QuietHours::parse(text), None, "{text}");
    }
}

#[test]
fn each_failure_has_its_next_try() {
    let next = |code, failures, retry_after: Option<u64>| {
        let failure = Failure { retry_after: retry_after.map(Duration::from_secs), ..Failure::new(code, "") };
        next_try(&failure, failures, Some(DAILY), NOON, u32::MAX / 2) - NOON
    };
    assert_eq!(next(FailureCode::AccessRefused, 1, None), DAY, "the normal interval");
    assert_eq!(next(FailureCode::NotThere, 9, None), DAY);
    assert_eq!(next(FailureCode::ServerBusy, 1, Some(7200)), 2 * HOUR, "what the server asked for");
    assert_eq!(next(FailureCode::ServerBusy, 1, Some(0)), MINUTE, "never at once");
    assert_eq!(next(FailureCode::ServerBusy, 1, Some(1_000_000)), DAY, "never longer than a day");
    for (failures, minutes) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 360), (11, 360), (u32::MAX, 360)] {
        let wait = next(FailureCode::Cut, failures, None);
        assert!((wait - minutes * MINUTE).abs() <= 1, "{failures} failures, in the middle of the jitter: {wait}");
    }
}

#[test]
fn lists_age_by_their_own_rule() {
    let age =
        Age { format: Format::HashLines, harm: Harm::Tvec, polarity: Polarity::Alert, expires: None, checked_at: NOON, is_failing: false };
    let after = |age: Age, days: i64| freshness(&age, NOON + days * DAY);
    assert_eq!(after(age, 6), Freshness::Fresh);
    assert_eq!(after(age, 7), Freshness::Old { since: NOON });
    assert_eq!(after(age, 29), Freshness::Old { since: NOON });
    assert_eq!(after(age, 30), Freshness::OutOfDate { since: NOON + 30 * DAY });
    let exchange = Age { format: Format::ThreatUpdates, ..age };
    assert_eq!(after(exchange, 84), Freshness::Old { since: NOON });
    assert_eq!(after(exchange, 85), Freshness::OutOfDate { since: NOON + 85 * DAY });
    assert_eq!(after(Age { format: Format::StopNcii, ..age }, 30), Freshness::OutOfDate { since: NOON + 30 * DAY });
    let signed = Age { format: Format::Shl, expires: Some(NOON + 3 * DAY), ..age };
    assert_eq!(after(signed, 2), Freshness::Fresh);
    assert_eq!(after(signed, 3), Freshness::OutOfDate { since: NOON + 3 * DAY }, "its own end counts, not ours");
    let failing = Age { is_failing: true, ..age };
    assert_eq!(freshness(&failing, NOON + DAY - 1), Freshness::Fresh);
    assert_eq!(after(failing, 1), Freshness::NotReached { since: NOON }, "F71: a day without an answer");
    assert_eq!(after(failing, 30), Freshness::OutOfDate { since: NOON + 30 * DAY });
    for ageless in [Age { harm: Harm::Local, ..age }, Age { harm: Harm::Practice, ..age }, Age { polarity: Polarity::Ignore, ..age }] {
        assert_eq!(after(ageless, 1000), Freshness::Fresh);
    }
    let neighbours = Age { harm: Harm::Local, ..signed };
    assert_eq!(after(neighbours, 3), Freshness::OutOfDate { since: NOON + 3 * DAY }, "whatever it is about, a publisher's word ends");
    assert_eq!(after(age, -10), Freshness::Fresh, "a time before the look is no age");
}

proptest! {
    #[test]
    fn the_back_off_is_bounded(failures in any::<u32>(), random in any::<u32>()) {
        let wait = back_off(failures, random);
        prop_assert!((FIRST_WAIT * 3 / 4..=LONGEST_WAIT * 5 / 4).contains(&wait));
    }

    #[test]
    fn a_next_try_lies_ahead_and_within_a_month(
        code in proptest::sample::select(FailureCode::ALL),
        failures in any::<u32>(),
        retry_after in proptest::option::of(any::<u64>()),
        interval in proptest::option::of(any::<i64>()),
        random in any::<u32>(),
    ) {
        let failure = Failure { retry_after: retry_after.map(Duration::from_secs), ..Failure::new(code, "") };
        let at = next_try(&failure, failures, interval, NOON, random);
        prop_assert!((NOON + FIRST_WAIT * 3 / 4..=NOON + LONGEST_INTERVAL).contains(&at));
    }

    /// Whatever is stored and whatever the clock says: a subscription that updates by itself is looked at within a month, and never twice
    /// at once.
    #[test]
    fn a_look_always_comes(
        interval in any::<i64>(),
        looked_at in proptest::option::of(any::<i64>()),
        retry_at in proptest::option::of(any::<i64>()),
        expires in proptest::option::of(any::<i64>()),
        now in 0i64..4_000_000_000_000,
        quiet in proptest::option::of((0u16..1440, 0u16..1440, -720i32..840)),
    ) {
        let quiet = quiet.and_then(|(from, to, offset)| Some((QuietHours::new(from, to)?, offset)));
        let standing = Standing { accepted_at: Some(0), is_paused: false, interval: Some(interval), looked_at, retry_at, expires };
        match due(&standing, now, quiet) {
            Due::Never(_) => prop_assert!(false, "it was accepted"),
            Due::Now => prop_assert!(quiet.is_none_or(|(hours, offset)| hours.end(now, offset).is_none()), "not in quiet hours"),
            Due::At(at) => {
                prop_assert!(at > now && at <= now + LONGEST_INTERVAL + DAY);
                prop_assert!(quiet.is_none_or(|(hours, offset)| hours.end(at, offset).is_none()), "not in quiet hours");
            }
        }
        let just_looked = Standing { looked_at: Some(now), retry_at: None, ..standing };
        prop_assert!(matches!(due(&just_looked, now, quiet), Due::At(at) if at >= now + SHORTEST_INTERVAL));
    }
}
