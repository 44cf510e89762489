//! The product without a face. `ARCHITECTURE.md` has the flow and the invariants.
//!
//! Modules are the stages of the flow and import only to the left:
//! `model, clock, error, fault, home, config, log ← intake | store ← lists ← triage ← record ← engine`. A test of the workspace holds them to it.

pub mod clock;
pub mod config;
pub mod engine;
pub mod error;
pub mod fault;
pub mod home;
pub mod intake;
pub mod lists;
pub mod log;
pub mod model;
pub mod record;
pub mod store;
pub mod triage;

pub use clock::{Clock, SystemClock, TestClock};
pub use engine::{Core, Engine, Event, Options};
pub use error::{Code, Error, Result, Retry};
