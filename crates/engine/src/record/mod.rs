//! What is proven afterwards: verifying and exporting the ledger.

pub mod verify;
