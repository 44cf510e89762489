//! From signals to a clear decision: matching, cases, decisions, actions on files.

pub mod act;
pub mod cases;
pub mod decide;
pub mod floods;
pub mod holding;
pub mod holds;
pub mod matching;
pub mod moves;
pub mod put_back;
pub mod rematch;
pub mod vault;
