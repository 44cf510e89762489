//! Why a signed list is refused. Nothing changes then; the version before stays active.

use std::fmt;

use super::moment;

/// A refusal of a signed file, its signature, or its index. Texts hold numbers, names of fields and key ids, never a value of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// One of the two signatures does not hold, or the signature file is damaged.
    BadSignature {
        /// What exactly, as the end of "The signature does not hold: …".
        why: &'static str,
    },
    /// Signed by a key that is neither pinned nor announced by the pinned one.
    UnknownKey {
        /// Its key id, 16 hexadecimal digits as minisign prints it.
        key_id: String,
    },
    /// Nobody signed a file that should continue a signed list.
    Unsigned,
    /// Of a later version of the format.
    NewerFormat {
        /// The version that the file states.
        version: u64,
    },
    /// Of another list than the one it should continue.
    OtherListId,
    /// Older than what is active.
    OlderThanCurrent {
        /// Its number.
        seq: u64,
        /// Ours.
        current: u64,
    },
    /// The number that we have, with other content.
    SameSeqOtherBytes {
        /// The number.
        seq: u64,
    },
    /// A delta on something that we do not have.
    BaseMismatch {
        /// What it changes.
        base_seq: u64,
        /// What we have; `None` for a new list.
        current: Option<u64>,
    },
    /// The header counts other records than there are.
    CountMismatch {
        /// By the header.
        stated: u64,
        /// Found; one more than stated where reading stopped there.
        found: u64,
    },
    /// The header counts other live entries than come out.
    LiveMismatch {
        /// By the header.
        stated: u64,
        /// Found.
        found: u64,
    },
    /// A second header line.
    SecondHeader {
        /// Its line, from 1.
        line: u64,
    },
    /// A record that breaks a rule of the format.
    BadRecord {
        /// Its line, from 1.
        line: u64,
        /// Which rule, as the end of "Line 3: …".
        why: &'static str,
    },
    /// A line beyond 65,536 bytes.
    LineTooLong {
        /// Its line, from 1.
        line: u64,
    },
    /// A header that breaks a rule of the format.
    BadHeader {
        /// Which rule.
        why: &'static str,
    },
    /// An index that breaks a rule of the format.
    BadIndex {
        /// Which rule.
        why: &'static str,
    },
    /// A part that is not what the signed index says.
    PartMismatch {
        /// What differs, as the end of "… differs in …".
        differs: &'static str,
    },
    /// The harm `practice`, which belongs to the built-in list.
    HarmReserved,
    /// Created too far ahead of our clock.
    FromTheFuture {
        /// By the file, UTC milliseconds since 1970.
        created_ms: i64,
        /// By our clock, the same.
        now_ms: i64,
    },
}

impl Problem {
    /// The wire code, lower_snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadSignature { .. } => "bad_signature",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Unsigned => "unsigned",
            Self::NewerFormat { .. } => "newer_format",
            Self::OtherListId => "other_list_id",
            Self::OlderThanCurrent { .. } => "older_than_current",
            Self::SameSeqOtherBytes { .. } => "same_seq_other_bytes",
            Self::BaseMismatch { .. } => "base_mismatch",
            Self::CountMismatch { .. } => "count_mismatch",
            Self::LiveMismatch { .. } => "live_mismatch",
            Self::SecondHeader { .. } => "second_header",
            Self::BadRecord { .. } => "bad_record",
            Self::LineTooLong { .. } => "line_too_long",
            Self::BadHeader { .. } => "bad_header",
            Self::BadIndex { .. } => "bad_index",
            Self::PartMismatch { .. } => "part_mismatch",
            Self::HarmReserved => "harm_reserved",
            Self::FromTheFuture { .. } => "from_the_future",
        }
    }

    /// Whether a whole snapshot of the same index may still succeed where this delta failed: it does not fit on what we have.
    pub const fn is_mended_by_snapshot(&self) -> bool {
        matches!(self, Self::BaseMismatch { .. } | Self::CountMismatch { .. } | Self::LiveMismatch { .. })
    }
}

impl fmt::Display for Problem {
    /// What is wrong and what to do, for the screen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadSignature { why } => {
                write!(f, "The signature does not hold: {why}. Do not use this file; fetch it again, and ask the publisher if it stays so.")
            }
            Self::UnknownKey { key_id } => write!(
                f,
                "This is signed by somebody else: key {key_id} is not the key you accepted for this list, and that key did not announce it. \
                 Ask the publisher over another channel before you accept a new key."
            ),
            Self::Unsigned => {
                f.write_str("Nobody signed this file, and the list is a signed one. Ask the publisher for the .minisig file.")
            }
            Self::NewerFormat { version } => {
                write!(f, "This list is written in version {version} of the format; this program reads version 1. Update the program.")
            }
            Self::OtherListId => f.write_str("This file belongs to another list. Add it as a list of its own."),
            Self::OlderThanCurrent { seq, current } => write!(
                f,
                "This is version {seq}, and version {current} is active here. An old file may be offered on purpose; to go back, use `list rollback`."
            ),
            Self::SameSeqOtherBytes { seq } => write!(
                f,
                "The publisher signed two different files as version {seq}. That is a mistake or a stolen key; ask the publisher before you go on."
            ),
            Self::BaseMismatch { base_seq, current: Some(current) } => {
                write!(f, "This file changes version {base_seq}, and version {current} is active here. Fetch the snapshot.")
            }
            Self::BaseMismatch { base_seq, current: None } => {
                write!(f, "This file only changes version {base_seq}. A new list begins with a snapshot; fetch that.")
            }
            Self::CountMismatch { stated, found } => {
                write!(f, "The header counts {stated} records, and {found} were found. Ask the publisher.")
            }
            Self::LiveMismatch { stated, found } => {
                write!(
                    f,
                    "The header counts {stated} entries after this file, and {found} came out. Fetch the snapshot or ask the publisher."
                )
            }
            Self::SecondHeader { line } => write!(f, "Line {line} is a second header. Two lists were joined; ask the publisher."),
            Self::BadRecord { line, why } => {
                write!(f, "Line {line}: {why}. A signed list is taken whole or not at all; ask the publisher.")
            }
            Self::LineTooLong { line } => write!(f, "Line {line} is longer than 65,536 bytes. Ask the publisher."),
            Self::BadHeader { why } => write!(f, "The first line is no valid header: {why}. Ask the publisher."),
            Self::BadIndex { why } => write!(f, "The index of the list is not valid: {why}. Ask the publisher."),
            Self::PartMismatch { differs } => {
                write!(
                    f,
                    "A part of the list differs from what its index says in {differs}. It was changed or is being published; try again later."
                )
            }
            Self::HarmReserved => {
                f.write_str("This list names the harm `practice`, which belongs to the built-in list. Say its harm with --harm.")
            }
            Self::FromTheFuture { created_ms, now_ms } => write!(
                f,
                "The list says it was made at {}, and the clock here says {}. One of them is wrong; look at the clock of this machine first.",
                moment::text(*created_ms),
                moment::text(*now_ms)
            ),
        }
    }
}

impl std::error::Error for Problem {}
