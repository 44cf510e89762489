//! Hash list files to entries to a compiled index. Pure: no file is opened, no clock is read, no network is used.
//!
//! A file goes through these stages, each in its own module:
//!
//! 1. [`formats::detect`]: what is this file, and why do we think so?
//! 2. [`formats`]: bytes to records, as a stream, each with exactly one outcome
//! 3. [`normalize`](mod@normalize): text of a hash to its bytes; the only place that knows hexadecimal, base64 and base32
//! 4. [`hex64`]: are the 64-digit values of this list SHA-256 or PDQ?
//! 5. [`import`](mod@import): all of that together, one file or the pages of one download, merged by key into the version before, with a
//!    [`Report`]; [`state`] keeps what the next import changes
//! 6. [`guards`](mod@guards) and [`difference`](mod@difference): what a person should see before a version becomes active
//! 7. [`index`]: entries to `.ghx`, and the search in it
//!
//! ```
//! use hashlist::{Answers, Harm, Index, IndexMeta, Polarity, SignalKind, compile, import_bytes};
//!
//! let list = b"900150983cd24fb0d6963f7d28e17f72\n";
//! let import = import_bytes(list, "list.txt", &Answers { harm: Some(Harm::Local), ..Answers::default() })?;
//! assert_eq!(import.report.added, 1);
//!
//! let bytes = compile(import.entries.iter(), &IndexMeta { harm: Harm::Local, polarity: Polarity::Alert })?;
//! let index = Index::open(bytes)?;
//! let signal = import.entries.to_vec()[0].signals[0];
//! assert_eq!(index.exact(SignalKind::Md5, signal.as_bytes())?.collect::<Vec<_>>(), [0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod difference;
pub mod entry;
pub mod formats;
pub mod guards;
pub mod hex64;
pub mod import;
pub mod index;
pub mod kinds;
pub mod limits;
mod merge;
pub mod normalize;
pub mod opinions;
pub mod outcome;
pub mod packed;
mod pages;
pub mod refusal;
pub mod report;
pub mod seeds;
pub mod shl;
pub mod state;
mod vpdq;

pub use difference::{Difference, EntryDigest, difference, keys_of};
pub use entry::{Entry, Flags, Harm, Media, Opinions, Polarity, SignalValue, Status, Voices, key_holds_signal, shown_name};
pub use fingerprint::signal::{Distance, Md5, Pdq, Quality, Sha1, Sha256, SignalKind};
pub use formats::detect::{Recognised, recognise};
pub use formats::{
    About, Answers, ColumnName, Content, Context, Draft, DraftValue, Facts, Format, Mapping, Meaning, Page, Record, State, Summary, parse,
    parse_in,
};
pub use guards::{Guard, PreviousFacts, guards, shock};
pub use hex64::{HexVerdict, hex_verdict};
pub use import::{Import, Open, Question, Source, import, import_bytes, import_pages, import_records};
pub use index::{BuildError, Builder, Damaged, EntryRow, Index, IndexMeta, MemoryScratch, Near, Scratch, ScratchStream, TooLarge, compile};
pub use outcome::{RejectReason, Rejection, SkipReason};
pub use packed::Entries;
pub use refusal::Refusal;
pub use report::{RejectedRecord, Report};
pub use seeds::is_never_alert;
pub use state::{ListState, Reason, StateError, Tombstone, read_state, write_state};
