//! Hash lists of this home: from a file on disk to an active version, and the open indexes that answer.

pub mod active;
pub mod import;
