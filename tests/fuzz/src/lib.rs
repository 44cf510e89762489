//! Bodies of the fuzz targets: what is done with arbitrary bytes, and what must hold afterwards.
//!
//! A body is an ordinary function, so that the tests of the crates replay the corpus with the same bodies and without libFuzzer.

#![forbid(unsafe_code)]

pub mod content;
pub mod lists;
pub mod records;
