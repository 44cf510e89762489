//! From an event to bytes and signals. Knows no store: the stages meet it in `engine/`, which owns every thread but `notify`'s.
//!
//! [`watch`] and [`sweep`] make hints, [`settle`] waits until a file has come to rest, [`identify`] opens it safely, [`read`] reads it once,
//! [`worker`] has its pixels fingerprinted in another process. [`filesystem`] knows where events can be relied on, [`preset`]
//! what the folders of site software look like.

mod canary;
pub mod filesystem;
pub mod identify;
pub mod preset;
pub mod read;
pub mod settle;
pub mod sweep;
pub mod watch;
pub mod worker;
