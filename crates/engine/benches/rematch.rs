//! A list changes: how long until everything that is stored is compared with it. A table, not a test.
//!
//! Asked one by one, and by the index of what is stored that a watching program makes in quiet time.
//!
//! A home with a million contents (pictures with eight views and three digests, made of random numbers), and versions of a list that add ten thousand
//! and, with `GATEHOUSE_BENCH_LARGE=1`, a million entries. Beside it what the old way costs: every content matched with the whole list.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

mod made;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use engine::engine::{Core, listing};
use engine::lists::import::Choices;
use engine::lists::reading::unheard;
use engine::lists::stored as stored_signals;
use engine::store::contents::{self, Pixels};
use engine::store::switches;
use engine::triage::matching;
use engine::{Engine, Options, SystemClock};
use fingerprint::signal::Pdq;
use hashlist::Harm;
use made::{bytes, content, random};

/// Contents of one transaction.
const AT_ONCE: u64 = 20_000;

fn fill(core: &Core, count: u64) {
    for first in (0..count).step_by(AT_ONCE as usize) {
        core.store
            .write(move |tx| {
                for number in first..(first + AT_ONCE).min(count) {
                    let (content, picture) = content(number);
                    let id = contents::ensure(tx, &content)?;
                    contents::set_pixels(tx, id, &Pixels::Done(picture))?;
                    contents::set_generation(tx, id, 0)?;
                }
                Ok(())
            })
            .unwrap();
    }
}

/// Adds a version with the entries of `numbers`; every thousandth is a neighbour of a stored picture. Gives seconds of reading and compiling, of
/// the preview, and of the switch with its comparison, and how many cases it opened.
fn import(core: &Arc<Core>, dir: &Path, numbers: std::ops::Range<u64>, stored: u64) -> (f64, f64, f64, u64) {
    let lines: String = numbers
        .clone()
        .map(|number| {
            let mut hash: [u8; 32] = bytes(number * 16 + (1 << 50));
            if number % 1000 == 7 {
                hash = bytes((random(number) % stored) * 16 + 3);
                hash[0] ^= 0b1010;
            }
            format!("n{number},{}\n", Pdq::new(hash))
        })
        .collect();
    let file = dir.join("list.csv");
    std::fs::write(&file, format!("id,pdq\n{lines}")).unwrap();
    let choices = Choices { name: Some("bench".to_owned()), harm: Some(Harm::Local), ..Choices::default() };
    let began = Instant::now();
    let prepared = listing::prepare(core, &file, &choices, &unheard).unwrap();
    let read = began.elapsed().as_secs_f64();
    let began = Instant::now();
    listing::effect(core, &prepared).unwrap();
    let preview = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let (_, cases) = listing::commit(core, prepared, true).unwrap();
    (read, preview, began.elapsed().as_secs_f64(), cases)
}

/// The old way, on some of the contents: seconds for all of them.
fn whole(core: &Core, stored: u64) -> f64 {
    const SOME: i64 = 20_000;
    let active = core.refresh_lists().unwrap();
    let began = Instant::now();
    for id in 1..=SOME {
        let row = core.store.read(|connection| contents::get(connection, engine::model::ContentId::new(id))).unwrap();
        matching::match_content(&active, &row.content, row.pixels.as_ref().and_then(Pixels::picture), 0).unwrap();
    }
    began.elapsed().as_secs_f64() * stored as f64 / SOME as f64
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is started by hand, and this is how it is told to be long")]
fn is_large() -> bool {
    std::env::var("GATEHOUSE_BENCH_LARGE").is_ok_and(|word| word == "1")
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { home: dir.path().join("home"), worker: PathBuf::from("/nonexistent"), clock: Arc::new(SystemClock::new()) };
    let engine = Engine::open(options).unwrap();
    let core = engine.core().unwrap();
    let stored = 1_000_000;
    let began = Instant::now();
    fill(core, stored);
    println!("{stored} contents stored in {:.0} s.", began.elapsed().as_secs_f64());
    let mut before = table(core, dir.path(), stored, 0, &[10_000]);
    let began = Instant::now();
    stored_signals::make(&core.store, &core.home, &|| true).unwrap();
    println!("An index of what is stored, made in {:.0} s:", began.elapsed().as_secs_f64());
    let sizes: &[u64] = if is_large() { &[10_000, 100_000, 1_000_000] } else { &[10_000, 100_000] };
    before = table(core, dir.path(), stored, before, sizes);
    println!("{before} entries in the end.");
    assert!(core.store.read(switches::waiting).unwrap().is_empty(), "all of it is compared");
}

/// One line for each version; gives how many entries the list has then.
fn table(core: &Arc<Core>, dir: &Path, stored: u64, mut before: u64, sizes: &[u64]) -> u64 {
    println!("Seconds:");
    println!(
        "{:>12} {:>10} {:>10} {:>10} {:>20} {:>8} {:>20}",
        "list before", "added", "read", "preview", "switch and compare", "cases", "every content (est.)"
    );
    for added in sizes {
        let (read, preview, compare, cases) = import(core, dir, 0..before + added, stored);
        let whole = whole(core, stored);
        println!("{before:>12} {added:>10} {read:>10.2} {preview:>10.2} {compare:>20.2} {cases:>8} {whole:>20.0}");
        before += added;
    }
    before
}
