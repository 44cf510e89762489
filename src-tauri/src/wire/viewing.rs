//! Reveals, and what a person allows for themselves.

use serde::{Deserialize, Serialize};
use tauri::ipc::{InvokeResponseBody, IpcResponse};
use ts_rs::TS;

shown_words!(
    /// Why nothing is shown.
    RevealRefusal: engine::model::viewing::Refusal { Never, Ceiling, Budget, Busy, Gone, Changed, Reason, Record, Undecodable, Slow }
);
asked_words!(
    /// Why a person must look, for matches that ask.
    RevealWhy: engine::model::viewing::Why { Distance, AskedByPerson, Other }
);
asked_words!(
    /// What ended a reveal.
    RevealCause: engine::model::viewing::Cause { Released, Time, Left, Unpainted, NotClosed }
);

/// What a person allows for themselves: tighter counts at once, looser from the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ViewingLimits {
    /// 0 to 25.
    pub per_session: u8,
    /// 0 to 50.
    pub per_day: u8,
    /// 0 to 10.
    pub minutes_per_day: u8,
    /// 0 to 4.
    pub highest_step: u8,
}

answers! {
    /// What may be shown of a case to this person. `most` is what its lists allow, `steps` what the person's own limit leaves of it.
    struct RevealOffer { steps: u8, most: u8, behind_more: bool, needs_reason: bool, is_up: bool }

    /// How often, how long and by whom a case was looked at.
    struct Revealed { times: u64, ms: i64, by: Vec<String> }

    /// A reveal that is on record now, and for how long it may be shown; or why not.
    struct RevealAnswer {
        reveal: Option<i64>, longest_ms: i64,
        #[ts(inline)]
        refused: Option<RevealRefusal>,
    }

    /// What is left of today. `held` counts now, `wanted` once every change does. `stopped_until`: the person stopped for today.
    struct ViewingState { held: ViewingLimits, wanted: ViewingLimits, used_today: u64, used_session: u64, used_ms: i64, stopped_until: Option<i64> }
}

questions! {
    /// A wish to see one step of a case.
    struct RevealAsk {
        case: i64, step: u8,
        #[ts(inline)]
        why: Option<RevealWhy>,
        /// In the person's own words, with `other`.
        words: Option<String>,
    }

    /// A reveal is over: for how long it was on screen, and what ended it.
    struct RevealEnd {
        reveal: i64, shown_ms: i64,
        #[ts(inline)]
        cause: RevealCause,
    }
}

/// Width and height as little-endian numbers of four bytes, then four bytes a pixel. Raw: no picture format, nothing that could be kept as one.
#[derive(Debug, TS)]
#[ts(type = "ArrayBuffer")]
pub struct Pixels(pub Vec<u8>);

impl IpcResponse for Pixels {
    fn body(self) -> tauri::Result<InvokeResponseBody> {
        Ok(InvokeResponseBody::Raw(self.0))
    }
}

impl From<ViewingLimits> for engine::model::viewing::Limits {
    fn from(limits: ViewingLimits) -> Self {
        Self {
            per_session: limits.per_session,
            per_day: limits.per_day,
            minutes_per_day: limits.minutes_per_day,
            highest_step: limits.highest_step,
        }
    }
}

impl From<engine::model::viewing::Limits> for ViewingLimits {
    fn from(limits: engine::model::viewing::Limits) -> Self {
        Self {
            per_session: limits.per_session,
            per_day: limits.per_day,
            minutes_per_day: limits.minutes_per_day,
            highest_step: limits.highest_step,
        }
    }
}
