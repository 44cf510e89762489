//! Who may see what of an upload: harm, match, the person and what is left of the day, to steps. Pure; nothing here reads a file or a clock.
//!
//! A step is 1 outline, 2 grey, 3 larger grey, 4 colour; 0 stands for none. The strictest match of a case rules it.

use hashlist::Harm;

use crate::model::{MatchType, wire_enum};

/// Steps that there are.
pub const MOST_STEPS: u8 = 4;
/// How long one rendition is shown at most when a key is held, in milliseconds.
pub const LONGEST_HOLD_MS: i64 = 5_000;
/// How long it may be shown at most without holding: a person chooses 3, 5 or 10 seconds.
pub const LONGEST_PRESS_MS: i64 = 10_000;
/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

wire_enum!(
    /// Why nothing is shown.
    Refusal {
        /// Not for this kind of match, by any setting or person.
        Never = "never",
        /// The person's own limit is lower.
        Ceiling = "ceiling",
        /// What the person allowed for a day or a session is used up.
        Budget = "budget",
        /// Another one is open.
        Busy = "busy",
        /// The content is at none of its paths any more.
        Gone = "gone",
        /// The file is another one now.
        Changed = "changed",
        /// A reason must be chosen first.
        Reason = "reason",
        /// The record could not be written.
        Record = "record",
        /// There is nothing that could be drawn.
        Undecodable = "undecodable",
        /// It took longer than a person holds a key.
        Slow = "slow",
    }
);

wire_enum!(
    /// Why a person must look, for matches that ask.
    Why {
        /// The distance is large.
        Distance = "distance",
        /// The person shown asked.
        AskedByPerson = "asked_by_person",
        /// In the person's own words.
        Other = "other",
    }
);

wire_enum!(
    /// What ended a reveal.
    Cause {
        /// The key or the button was let go, or the block was left.
        Released = "released",
        /// Its time was over.
        Time = "time",
        /// The window was left, or the screen was locked.
        Left = "left",
        /// It was never painted.
        Unpainted = "unpainted",
        /// The program ended, or the page forgot it.
        NotClosed = "not_closed",
    }
);

/// What may be shown of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The highest step, 0 to 4.
    pub steps: u8,
    /// The control is there only when a person asks for it.
    pub behind_more: bool,
    /// A reason is chosen first.
    pub needs_reason: bool,
    /// The bits in which fingerprints differ may be shown.
    pub grid: bool,
}

impl Policy {
    /// Nothing at all.
    pub const NOTHING: Self = Self { steps: 0, behind_more: false, needs_reason: false, grid: false };

    /// The rule of one match.
    pub const fn of_match(harm: Harm, match_type: MatchType) -> Self {
        let exact = matches!(match_type, MatchType::Exact);
        match harm {
            Harm::Csam | Harm::Unknown => Self::NOTHING,
            Harm::Ncii if exact => Self::NOTHING,
            Harm::Ncii => Self { steps: 1, behind_more: false, needs_reason: true, grid: false },
            Harm::Malware => Self { steps: 0, behind_more: false, needs_reason: false, grid: true },
            Harm::Tvec => Self { steps: if exact { 2 } else { 4 }, behind_more: exact, needs_reason: false, grid: true },
            Harm::Local | Harm::Practice => Self { steps: 4, behind_more: exact, needs_reason: false, grid: true },
        }
    }

    /// The rule of a case over all that ever raised it, entries that were taken back included. Without a match nothing is shown.
    pub fn of_case(matches: impl IntoIterator<Item = (Harm, MatchType)>) -> Self {
        matches.into_iter().map(|(harm, match_type)| Self::of_match(harm, match_type)).reduce(Self::stricter).unwrap_or(Self::NOTHING)
    }

    fn stricter(self, other: Self) -> Self {
        let steps = self.steps.min(other.steps);
        Self {
            steps,
            // Where there is no picture there is nothing to give a reason for.
            behind_more: steps > 0 && (self.behind_more || other.behind_more),
            needs_reason: steps > 0 && (self.needs_reason || other.needs_reason),
            grid: self.grid && other.grid,
        }
    }

    /// The highest step for this person: 0 is no control at all.
    pub fn steps_for(self, limits: &Limits, no_pictures: bool) -> u8 {
        if no_pictures { 0 } else { self.steps.min(limits.highest_step) }
    }
}

/// What a person allows for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Reveals in one session, 0 to 25.
    pub per_session: u8,
    /// Reveals on one day, 0 to 50.
    pub per_day: u8,
    /// Minutes of pictures on one day, 0 to 10.
    pub minutes_per_day: u8,
    /// The highest step, 0 to 4.
    pub highest_step: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_session: 10, per_day: 20, minutes_per_day: 3, highest_step: 2 }
    }
}

impl Limits {
    /// The largest values that can be set.
    pub const LARGEST: Self = Self { per_session: 25, per_day: 50, minutes_per_day: 10, highest_step: MOST_STEPS };

    /// Each value by its name in the store.
    pub fn values(&self) -> [(&'static str, u8); 4] {
        [
            ("reveals_per_session", self.per_session),
            ("reveals_per_day", self.per_day),
            ("picture_minutes_per_day", self.minutes_per_day),
            ("highest_step", self.highest_step),
        ]
    }

    /// The way back from [`Limits::values`], in the same order; larger values than there are become the largest.
    pub fn of_values(values: [u8; 4]) -> Self {
        let largest = Self::LARGEST.values();
        let [per_session, per_day, minutes_per_day, highest_step] = std::array::from_fn(|at| values[at].min(largest[at].1));
        Self { per_session, per_day, minutes_per_day, highest_step }
    }
}

/// One limit that was changed: tightening counts at once, loosening from the day after. All limits are larger when they are looser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What holds now.
    pub now: u8,
    /// What holds from which day on, as days since 1970.
    pub later: Option<(u8, i64)>,
}

impl Change {
    /// A limit of `held` becomes `wanted` on day `today`.
    pub fn to(held: u8, wanted: u8, today: i64) -> Self {
        if wanted <= held { Self { now: wanted, later: None } } else { Self { now: held, later: Some((wanted, today + 1)) } }
    }

    /// What holds on day `today`.
    pub fn on(self, today: i64) -> u8 {
        self.later.filter(|(_, from)| *from <= today).map_or(self.now, |(value, _)| value)
    }
}

/// What was used up. Practice is no part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Reveals in this session.
    pub session: u64,
    /// Reveals on this day.
    pub day: u64,
    /// Milliseconds of pictures on this day.
    pub day_ms: i64,
}

impl Used {
    /// Whether a limit is reached.
    pub fn is_up(&self, limits: &Limits) -> bool {
        self.session >= u64::from(limits.per_session) || self.day >= u64::from(limits.per_day) || self.left_ms(limits) == 0
    }

    /// Milliseconds of pictures that are left today.
    pub fn left_ms(&self, limits: &Limits) -> i64 {
        (i64::from(limits.minutes_per_day) * MINUTE_MS - self.day_ms).max(0)
    }
}

/// A wish to see one step.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Which, 1 to 4.
    pub step: u8,
    /// A reason was chosen.
    pub has_reason: bool,
    /// The person sees no pictures.
    pub no_pictures: bool,
    /// A case of practice alone: no part of the budget.
    pub practice: bool,
}

/// Whether this may be shown.
///
/// # Errors
/// The reason why not, the strictest first.
pub fn allow(policy: Policy, limits: &Limits, used: &Used, asked: Asked) -> Result<(), Refusal> {
    match () {
        () if asked.step == 0 || asked.step > policy.steps || asked.no_pictures => Err(Refusal::Never),
        () if asked.step > limits.highest_step => Err(Refusal::Ceiling),
        () if policy.needs_reason && !asked.has_reason => Err(Refusal::Reason),
        () if !asked.practice && used.is_up(limits) => Err(Refusal::Budget),
        () => Ok(()),
    }
}

/// How long it may be shown, in milliseconds: what was asked for, at most what is left of the day.
pub fn longest_ms(limits: &Limits, used: &Used, wanted_ms: i64, practice: bool) -> i64 {
    let wanted = wanted_ms.clamp(0, LONGEST_PRESS_MS);
    if practice { wanted } else { wanted.min(used.left_ms(limits)) }
}

#[cfg(test)]
mod tests;
