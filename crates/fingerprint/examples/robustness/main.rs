//! What each signal can and cannot see, measured on generated pictures: the tables of `docs/robustness.md`, in Markdown on standard output.
//!
//! `cargo xtask robustness` runs it and can write the tables into the document. With the argument `candidates` it prints instead how the
//! configurations of `img_hash` compare as a second opinion. Every number comes from fixed seeds; only the times differ between runs.
#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

mod candidates;
mod changes;
mod collect;
mod pictures;
mod rows;
mod tables;

use crate::collect::{Copies, Originals};

/// Pictures of each family among which strangers are looked for.
const STRANGERS_OF_EACH: u64 = 120;
/// Pictures of each family that are copied in every way.
const COPIED_OF_EACH: usize = 8;
/// The same for the comparison of configurations, each of which hashes all copies again.
const COPIED_FOR_CANDIDATES: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let compare = std::env::args().nth(1).is_some_and(|argument| argument == "candidates");
    let originals = Originals::make(STRANGERS_OF_EACH)?;
    let copies = Copies::make(&originals, if compare { COPIED_FOR_CANDIDATES } else { COPIED_OF_EACH })?;
    if compare {
        candidates::print(&originals, &copies);
        return Ok(());
    }
    let strangers = originals.near_pairs();
    let mut out = String::new();
    tables::changes(&mut out, &copies)?;
    out.push('\n');
    tables::strangers(&mut out, &originals, &strangers)?;
    out.push('\n');
    tables::limits(&mut out, &originals, &copies, &strangers)?;
    print!("{out}");
    Ok(())
}
