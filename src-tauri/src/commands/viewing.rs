//! Reveals and their budget. Whether anything is shown is the engine's business; here are only the local day and the raw bytes.

use engine::engine::viewing::{self, Wish};
use engine::model::CaseId;
use engine::model::viewing::{LONGEST_HOLD_MS, Limits, Refusal, Why};
use engine::store::claims;
use engine::{Code, Core};
use jiff::{ToSpan as _, Zoned};
use tauri::State;

use super::app::read_settings;
use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{Pixels, RevealAnswer, RevealAsk, RevealEnd, ViewingLimits, ViewingState, WireError};

/// The hour at which a day that was stopped begins again.
const MORNING: i8 = 6;
/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// The local day, as days since 1970.
pub fn today() -> i64 {
    let now = Zoned::now();
    (now.timestamp().as_second() + i64::from(now.offset().seconds())).div_euclid(DAY_S)
}

/// Asks to see one step. When this answers with a number, the reveal is on record.
#[tauri::command(async)]
pub fn reveal_open(shell: State<'_, Shell>, arg: RevealAsk) -> Answer<RevealAnswer> {
    bounds::optional(arg.words.as_deref(), viewing::LONGEST_REASON)?;
    let core = shell.core()?;
    let settings = read_settings(&core)?;
    let words = arg.words.unwrap_or_default();
    let reason = arg.why.map(Why::from).map(|why| match why {
        // Without words it is no reason, and the engine says so.
        Why::Other => words,
        why => why.as_str().to_owned(),
    });
    let wanted_ms = if settings.two_presses { settings.press_seconds * 1000 } else { LONGEST_HOLD_MS };
    let wish = Wish { case: CaseId::new(arg.case), step: arg.step, reason, today: today(), wanted_ms };
    Ok(match viewing::open(&core, wish)? {
        Ok(opened) => RevealAnswer { reveal: Some(opened.reveal), longest_ms: opened.longest_ms, refused: None },
        Err(refusal) => RevealAnswer { reveal: None, longest_ms: 0, refused: Some(refusal.into()) },
    })
}

/// The pixels of an open reveal, once. The detail of the error is the refusal.
#[tauri::command(async)]
pub fn reveal_pixels(shell: State<'_, Shell>, arg: i64) -> Answer<Pixels> {
    let drawn = viewing::pixels(&*shell.core()?, arg);
    let rendition = drawn.map_err(|refusal: Refusal| WireError::new(Code::Refused, refusal.as_str()))?;
    let mut bytes = Vec::with_capacity(rendition.rgba.len() + 8);
    bytes.extend(rendition.width.to_le_bytes());
    bytes.extend(rendition.height.to_le_bytes());
    bytes.extend(rendition.rgba);
    Ok(Pixels(bytes))
}

/// Ends a reveal.
#[tauri::command(async)]
pub fn reveal_close(shell: State<'_, Shell>, arg: RevealEnd) -> Answer<()> {
    Ok(viewing::close(&*shell.core()?, arg.reveal, arg.shown_ms, arg.cause.into())?)
}

/// What is left of today. `arg`: there was input, so that the session goes on.
#[tauri::command(async)]
pub fn viewing_state(shell: State<'_, Shell>, arg: bool) -> Answer<ViewingState> {
    let core = shell.core()?;
    if arg {
        viewing::input(&core);
        core.store.write(claims::go_on)?;
    }
    Ok(state(&core)?)
}

/// Changes what a person allows for themselves.
#[tauri::command(async)]
pub fn viewing_set(shell: State<'_, Shell>, arg: ViewingLimits) -> Answer<ViewingState> {
    let limits = Limits::from(arg);
    for ((_, value), (_, largest)) in limits.values().into_iter().zip(Limits::LARGEST.values()) {
        bounds::number(value.into(), 0..=largest.into())?;
    }
    let core = shell.core()?;
    core.store.write(move |tx| engine::store::viewing::set_limits(tx, &limits, today()))?;
    Ok(state(&core)?)
}

/// The person stops until six in the morning.
#[tauri::command(async)]
pub fn viewing_stop(shell: State<'_, Shell>) -> Answer<ViewingState> {
    let core = shell.core()?;
    viewing::stop(&core, morning(&Zoned::now()))?;
    Ok(state(&core)?)
}

/// The person goes on before the morning.
#[tauri::command(async)]
pub fn viewing_go_on(shell: State<'_, Shell>) -> Answer<ViewingState> {
    let core = shell.core()?;
    viewing::go_on(&core)?;
    Ok(state(&core)?)
}

/// The next six in the morning by the clock on the wall, in milliseconds since 1970.
pub fn morning(now: &Zoned) -> i64 {
    let day = if now.hour() < MORNING { Ok(now.clone()) } else { now.checked_add(1.day()) };
    let morning = day.and_then(|day| day.with().hour(MORNING).minute(0).second(0).subsec_nanosecond(0).build());
    morning.map_or(now.timestamp().as_millisecond() + DAY_S * 1000, |morning| morning.timestamp().as_millisecond())
}

fn state(core: &Core) -> engine::Result<ViewingState> {
    let budget = viewing::budget(core, today())?;
    Ok(ViewingState {
        held: budget.limits.into(),
        wanted: budget.wanted.into(),
        used_today: budget.used.day,
        used_session: budget.used.session,
        used_ms: budget.used.day_ms,
        stopped_until: viewing::stopped_until(core)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_was_stopped_begins_again_at_six() {
        let at = |now: &str| (morning(&now.parse().unwrap()) - now.parse::<Zoned>().unwrap().timestamp().as_millisecond()) / 60_000;
        assert_eq!(at("2026-11-23T22:00:00+01:00[+01:00]"), 8 * 60);
        assert_eq!(at("2026-11-23T02:30:00+00:00[+00:00]"), 3 * 60 + 30, "the night belongs to the day before");
        assert_eq!(at("2026-11-23T06:00:00+00:00[+00:00]"), 24 * 60);
    }
}
