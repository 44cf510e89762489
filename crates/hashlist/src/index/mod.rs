//! The compiled index of one list version, `.ghx`: written once, never changed, searched where it lies.
//!
//! - [`Builder`]: entries to bytes, in bounded memory; equal input gives equal bytes on every system. [`compile`] does it in memory
//! - [`Index`]: opens and asks; what was changed or cut is noticed before anything is answered from it
//!
//! `docs/index.md` describes the layout, why it is so, and what it costs.

mod bands;
mod build;
mod crowd;
mod exact;
mod filling;
mod layout;
mod near;
mod open;
mod output;
mod pages;
mod plan;
mod postings;
mod rows;
mod scratch;
mod sort;
mod tables;
mod tags;
mod texts;

pub use build::{BuildError, Builder, IndexMeta, TooLarge, compile};
pub use layout::VERSION;
pub use near::Near;
pub use open::Index;
pub use pages::Damaged;
pub use rows::EntryRow;
pub use scratch::{MemoryScratch, Scratch, ScratchStream};
