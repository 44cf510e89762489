//! Lists from elsewhere: a file, a folder, or an `https` address. The only part of the product that opens connections (Inv. 3), and only to
//! addresses that the operator named and said yes to.
//!
//! What a server says is as hostile as an upload: the decisions are pure functions over what it said, and are tested as such.
//!
//! - [`Address`] is what may be named, [`reach`] where a connection may end
//! - [`answer`] decides what an HTTP answer means, [`Failure`] is every way in which it can go wrong, in words
//! - [`transport`] makes one GET by those rules, [`wire`] is the socket below it, [`part`] the file that a cut download continues
//! - [`Root`] is a certificate of one's own network, [`schedule`] says when the next look is due and how old a list is, [`secrets`] keeps what a publisher gave to the operator alone
//! - [`source`] is what the rest of the engine calls: has it changed, and bring it into the home

pub mod address;
pub mod answer;
mod body;
mod explain;
pub mod failure;
mod http_date;
mod pace;
pub mod part;
pub mod reach;
mod root;
pub mod schedule;
pub mod secrets;
pub mod source;
pub mod transport;
pub mod wire;

pub use address::Address;
pub use failure::{Failure, FailureCode};
pub use part::{Downloaded, PartFile};
pub use root::Root;
pub use secrets::Secrets;
pub use source::{FolderShelf, HttpsShelf, Look, Shelf, Source};
pub use transport::{Get, Got, Limits, Progress, Transport};
pub use wire::{Network, SystemNetwork};
