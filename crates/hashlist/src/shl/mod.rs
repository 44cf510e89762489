//! `shl`, the signed list: reading, keys, updates, publishing. Everything here is pure: bytes and times come in, bytes and decisions go out.
//!
//! A list is a row of numbered files, each signed with minisign: snapshots that state everything, deltas that change what was, and one
//! `index.json` that says which files there are. The format in full, and why it is as it is: `docs/signed-lists.md`.
//!
//! The order of reading is fixed: size, signature file, key id, both signatures, and only then the first byte of the content.
//!
//! - [`PublicKey`] and [`Keyring`]: which key may sign, and how one key hands over to the next
//! - [`verify`] gives a [`Verified`], which [`Replay`] wants before it reads a file of a list with a pinned key
//! - [`Replay`] applies files one after the other and ends in a [`crate::Import`], like every other format
//! - [`plan`] compares a folder's index with what we have, and [`Update`] leads through what is to be fetched
//! - [`publish`] writes all files of the next version of an own list, [`refresh`] the index of the same version again

mod fields;
mod files;
mod header;
mod import;
mod index;
mod json;
mod key;
mod keyring;
mod moment;
mod plan;
mod problem;
mod project;
mod publish;
mod reader;
mod record;
mod replay;
mod secret;
mod settings;
mod signals;
mod signature;
mod write;

pub use fields::{is_label, is_slug};
pub use header::{FileKind, Header, Reshare, header_of};
pub(crate) use import::import_unsigned;
pub use index::{DeltaPart, Index, SnapshotPart};
pub use key::PublicKey;
pub use keyring::{Announced, Keyring};
pub use plan::{Part, Plan, Taken, Update, plan};
pub use problem::Problem;
pub use publish::{Counts, Named, Origin, OwnEntry, Previous, Publication, Published, publish, refresh};
pub(crate) use reader::parse;
pub use replay::{Applied, Current, Replay};
pub use secret::{KeyPair, KeyProblem, SecretKey};
pub use settings::{PublishProblem, Settings};
pub use signature::{Verified, verify};

/// Milliseconds of one day.
const DAY_MS: i64 = 86_400_000;

/// Longest life of a file from `created` to `expires`, in days: a frozen mirror shows within that time.
pub const LONGEST_LIFE_DAYS: i64 = 400;

/// How far ahead of our clock a file may be created, in hours; beyond, the clock or the list is wrong. Two days hold every time zone
/// mistake and an unset clock battery's usual drift.
pub const AHEAD_HOURS: i64 = 48;

/// Largest step of `seq` that is taken without a person: whoever holds a stolen key could otherwise use up the numbers, so that the
/// real publisher's next file is "older".
pub const LARGEST_STEP: u64 = 1_000_000;

/// The largest `seq`: 2^53 - 1, which every JSON reader holds exactly.
pub const LARGEST_SEQ: u64 = (1 << 53) - 1;
