//! The vault, and holds on it.

use fingerprint::signal::Sha256;

use super::{CaseId, id_type, wire_enum};

id_type!(
    /// One encrypted file of the vault.
    VaultFileId
);
id_type!(
    /// One hold.
    HoldId
);

wire_enum!(
    /// How far an encrypted file has come.
    VaultState {
        /// Its row is there; the file is being made.
        Sealing = "sealing",
        /// It lies in the vault, proven by a decryption.
        Sealed = "sealed",
        /// It is to be removed: after it was put back, or for good.
        Leaving = "leaving",
        /// It is not in the vault any more.
        Gone = "gone",
    }
);

wire_enum!(
    /// What a decryption found wrong.
    VaultProblem {
        /// There is no file.
        Missing = "missing",
        /// It does not decrypt to the recorded content.
        Damaged = "damaged",
    }
);

wire_enum!(
    /// Why a case is held.
    HoldReason {
        /// It may have to be reported, or was.
        Report = "report",
        /// An order of an authority.
        Order = "order",
        /// An authority asked.
        RequestOfAuthority = "request_of_authority",
        /// The operator's own decision.
        OwnDecision = "own_decision",
        /// Something else, said in the basis.
        Other = "other",
    }
);

wire_enum!(
    /// What a hold covers.
    HoldKind {
        /// The sealed file with its facts.
        Vault = "vault",
        /// The facts without the bytes.
        FactsOnly = "facts_only",
    }
);

/// One encrypted file with what is known of it.
#[derive(Clone, Debug)]
pub struct VaultFile {
    /// Its number.
    pub id: VaultFileId,
    /// Its case.
    pub case: CaseId,
    /// Its number in the case, from 1: the file is `CASE-N.age`.
    pub n: i64,
    /// How far it is.
    pub state: VaultState,
    /// Digest of the plain content.
    pub sha256: Sha256,
    /// Length of the plain content in bytes.
    pub size: u64,
    /// Public key that it is sealed to.
    pub key: String,
    /// When it was sealed, in milliseconds since 1970.
    pub sealed_at: Option<i64>,
    /// When a decryption last proved it.
    pub verified_at: Option<i64>,
    /// What is wrong with it.
    pub problem: Option<VaultProblem>,
}

impl VaultFile {
    /// Its name in the vault: the numbers of its case and in its case, and nothing else.
    pub fn name(&self) -> String {
        format!("{}-{}.age", self.case, self.n)
    }
}

/// One hold on a case.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Its number.
    pub id: HoldId,
    /// The case.
    pub case: CaseId,
    /// What the case was about when it was set.
    pub harm: String,
    /// Why.
    pub reason: HoldReason,
    /// On which ground, in the operator's words.
    pub basis: String,
    /// Since when, in milliseconds since 1970.
    pub started_at: i64,
    /// Until when; `None`: no end.
    pub ends_at: Option<i64>,
    /// Changes of its end: a JSON array of `until`, `reason`, `at`, `by`.
    pub extended_by: serde_json::Value,
    /// What it covers.
    pub kind: HoldKind,
    /// Who set it.
    pub set_by: String,
}

impl Hold {
    /// Whether it holds at this moment. One whose time is over waits for a person and holds nothing.
    pub fn holds_at(&self, now: i64) -> bool {
        self.ends_at.is_none_or(|end| end > now)
    }
}

/// The same day of the month `months` later, in UTC, at the same time of day; the last day where that month is shorter.
pub fn months_after(ms: i64, months: i64) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let count = year * 12 + month - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let next_month = days_of(year + month / 12, month % 12 + 1, 1);
    let length = next_month - days_of(year, month, 1);
    days_of(year, month, day.min(length)) * DAY_MS + ms.rem_euclid(DAY_MS)
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March, so that the leap day is the last one; eras have 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

/// Days from 1970-01-01 to a date.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let day = |year, month, day| days_of(year, month, day) * 86_400_000;
        assert_eq!(days_of(1970, 1, 1), 0);
        assert_eq!(days_of(2026, 11, 23), 20_780);
        for (from, months, to) in [
            (day(2026, 11, 23), 6, day(2027, 5, 23)),
            (day(2026, 8, 31), 6, day(2027, 2, 28)),
            (day(2027, 8, 31), 6, day(2028, 2, 29)),
            (day(2026, 12, 31), 12, day(2027, 12, 31)),
            (day(2024, 2, 29), 12, day(2025, 2, 28)),
        ] {
            assert_eq!(months_after(from + 5, months), to + 5);
        }
    }

    proptest! {
        #[test]
        fn a_day_is_its_date(days in -200_000_i64..400_000) {
            let (year, month, day) = civil(days);
            prop_assert_eq!(days_of(year, month, day), days);
        }
    }
}
