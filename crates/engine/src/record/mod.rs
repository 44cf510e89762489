//! Verifying the ledger and exporting it; duties: country profiles, clocks, notices, reports, statements.

pub mod clocks;
pub mod help;
pub mod keeping;
pub mod notices;
pub mod pack;
pub mod profile;
pub mod statement;
pub mod verify;
pub mod when;
