//! From signals to a clear decision: matching, cases, decisions, actions on files.

pub mod act;
pub mod cases;
pub mod copies;
pub mod decide;
pub mod floods;
pub mod folding;
pub mod holding;
pub mod holds;
pub mod known_good;
pub mod matching;
pub mod moves;
pub mod put_back;
pub mod rematch;
pub mod returned;
pub mod stand_in;
pub mod todos;
pub mod vault;
