//! The vault, and holds on it.

use fingerprint::signal::Sha256;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

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
    let start = Timestamp::from_millisecond(ms).map(|at| at.to_zoned(TimeZone::UTC));
    let end = start.and_then(|start| start.checked_add(Span::new().try_months(months)?));
    end.map_or(i64::MAX, |end| end.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        for (from, months, to) in [
            ("2026-11-23T10:00:00Z", 6, "2027-05-23T10:00:00Z"),
            ("2026-08-31T00:00:00Z", 6, "2027-02-28T00:00:00Z"),
            ("2024-02-29T23:59:59Z", 12, "2025-02-28T23:59:59Z"),
        ] {
            assert_eq!(months_after(at(from), months), at(to), "{from}");
        }
    }
}
