//! The memory: SQLite, one writing connection a process, readers beside it. Only this folder speaks SQL.
//!
//! One file a group of tables, with its rows, reads and writes. Every change of a case, decision or action appends to the ledger in the same
//! transaction (Inv. 6), which is why the ledger's appends live here.

pub mod actions;
pub mod cases;
mod changes;
mod checksum;
pub mod claims;
pub mod contents;
pub mod copies;
pub mod decisions;
pub mod duty_clocks;
pub mod figures;
pub mod filings;
pub mod filter;
pub mod floods;
pub mod folds;
pub mod foreign;
pub mod groups;
pub mod holds;
pub mod inbox;
mod journal;
pub mod known_good;
pub mod ledger;
pub mod list_handling;
pub mod list_keys;
pub mod list_times;
pub mod lists;
pub mod maps;
pub mod notices;
pub mod own_lists;
pub mod persons;
pub mod placeholders;
pub mod questions;
pub mod rebuild;
pub mod saved_views;
pub mod schema;
pub mod selection;
pub mod settings;
pub mod sites;
pub mod sorted;
pub mod subscriptions;
pub mod switches;
pub mod todos;
pub mod uploads;
pub mod vault;
pub mod viewing;
pub mod writer;

pub use rusqlite::Connection;
pub use writer::{Store, Trouble, Tx};

use fingerprint::signal::{Md5, Sha1, Sha256};
use rusqlite::Row;

/// A digest column. A wrong length means a damaged database, and says so instead of guessing.
fn digest<T>(row: &Row<'_>, column: &str, from: impl Fn(&[u8]) -> Option<T>) -> rusqlite::Result<T> {
    let bytes: Vec<u8> = row.get(column)?;
    from(&bytes).ok_or(rusqlite::Error::InvalidColumnType(0, column.to_owned(), rusqlite::types::Type::Blob))
}

fn sha256(row: &Row<'_>, column: &str) -> rusqlite::Result<Sha256> {
    digest(row, column, Sha256::from_slice)
}

fn sha1(row: &Row<'_>, column: &str) -> rusqlite::Result<Sha1> {
    digest(row, column, Sha1::from_slice)
}

fn md5(row: &Row<'_>, column: &str) -> rusqlite::Result<Md5> {
    digest(row, column, Md5::from_slice)
}

/// A word column. An unknown word means a damaged database or a newer program.
fn word<T>(row: &Row<'_>, column: &str, from: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    from(&text).ok_or(rusqlite::Error::InvalidColumnType(0, column.to_owned(), rusqlite::types::Type::Text))
}

fn optional_word<T>(row: &Row<'_>, column: &str, from: impl Fn(&str) -> Option<T>) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    match text {
        None => Ok(None),
        Some(text) => from(&text).map(Some).ok_or(rusqlite::Error::InvalidColumnType(0, column.to_owned(), rusqlite::types::Type::Text)),
    }
}

/// Unsigned numbers of the operating system as SQLite's signed ones, bit for bit.
fn signed(value: u64) -> i64 {
    value.cast_signed()
}

/// The way back from [`signed`].
fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}
