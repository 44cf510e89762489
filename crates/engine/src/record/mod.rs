//! Verifying the ledger and exporting it; duties: country profiles, clocks, notices, reports, statements.

pub mod check;
pub mod clocks;
pub mod export;
pub mod handover;
pub mod help;
pub mod keeping;
pub mod monthly;
pub mod notices;
pub mod pack;
pub mod page;
pub mod profile;
pub mod statement;
pub mod table;
pub mod verify;
pub mod when;
