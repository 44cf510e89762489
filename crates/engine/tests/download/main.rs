//! Downloads against a server of the test's own: real sockets and real TLS on this machine, with certificates that the test makes.
//!
//! Names such as `lists.example` are given public addresses by the test's network, which then connects to the local server. So every check
//! of the product runs as it does outside, and a test sees which address would have been connected to.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod answers;
mod certificates;
mod limits;
mod published;
mod redirects;
mod resume;
mod server;
mod shelf;
