//! The report of an import: what became of every record, in numbers, and the first rejected ones by place.
//!
//! No value of the list stands in it: record number and byte offset are enough to find a line in the kept original.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::limits;
use crate::outcome::{Rejection, SkipReason};

/// Numbers of one import. Serialises to the shape of the line that `list add --json` prints; the engine adds the list and its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Records of any outcome.
    pub records: u64,
    /// Entries that are new in this import.
    pub added: u64,
    /// Records that replaced an earlier one of the same key with other content.
    pub replaced: u64,
    /// Records equal to an earlier one of the same key.
    pub duplicate: u64,
    /// Records that take an entry away.
    pub withdrawn: u64,
    /// Records that are by design not an entry, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Records that were meant to be an entry and are unusable, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Unusable signals of records that have another good one, by reason.
    pub rejected_signals: BTreeMap<&'static str, u64>,
    /// Signals of the entries that this build can match, by kind, seeds included.
    pub signals: BTreeMap<&'static str, u64>,
    /// Signals of the entries that are only kept, by kind.
    pub kept_not_matched: BTreeMap<String, u64>,
    /// Entries that hold only never-alert seeds.
    pub never_alert: u64,
    /// Entries whose stated PDQ quality is below 50.
    pub low_quality: u64,
    /// Entries of the version.
    pub entries: u64,
    /// Entries with at least one signal in the index.
    pub can_match: u64,
    /// Records that wait for the answer to the question of kind; 0 once it is answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub undecided: u64,
    /// The first 1,000 rejected records. Printed as lines of their own.
    #[serde(skip)]
    pub rejected_records: Vec<RejectedRecord>,
}

/// One rejected record, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRecord {
    /// Which file of an import of several, from 1 in the order in which they were read; `None` for a single file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Number of its first line, or of the record in formats without lines, from 1.
    pub record: u64,
    /// Bytes from the start of the file to it.
    pub offset: u64,
    /// Always `rejected`.
    pub outcome: &'static str,
    /// The wire name of the reason.
    pub reason: &'static str,
    /// One phrase for the person who mends the list; never a value.
    pub detail: String,
}

impl Report {
    /// Number of rejected records.
    pub fn rejected_count(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Number of skipped records.
    pub fn skipped_count(&self) -> u64 {
        self.skipped.values().sum()
    }

    pub(crate) fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason.as_str()).or_default() += 1;
    }

    pub(crate) fn reject(&mut self, page: Option<u32>, record: u64, offset: u64, rejection: Rejection) {
        let reason = rejection.reason.as_str();
        *self.rejected.entry(reason).or_default() += 1;
        if self.rejected_records.len() < limits::REJECTED_RECORDS {
            self.rejected_records.push(RejectedRecord { page, record, offset, outcome: "rejected", reason, detail: rejection.detail });
        }
    }

    pub(crate) fn reject_signals(&mut self, rejections: &[Rejection]) {
        for rejection in rejections {
            *self.rejected_signals.entry(rejection.reason.as_str()).or_default() += 1;
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
