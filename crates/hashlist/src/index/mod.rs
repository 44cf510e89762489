//! The compiled index of one list version, `.ghx`: written once, never changed, searched where it lies.
//!
//! - [`compile`]: entries to bytes; equal input gives equal bytes on every system
//! - [`Index`]: bytes to answers; a damaged file is noticed at opening and never answered from
//!
//! An **entry number** is the position of the entry in the slice that was compiled, which is the order of import; it is stable for equal
//! input. Bytes may come from anywhere, a memory map included: nothing here opens a file.
//!
//! Not in the lookup sections: never-alert seeds, PDQ values of low quality, and every signal of a `test` entry.

mod compile;
mod layout;
mod open;
mod search;

pub use compile::{IndexMeta, TooLarge, compile};
pub use layout::VERSION;
pub use open::{Damaged, EntryRow, Index};
pub use search::Near;
