//! Finding signals in an index: near copies and exact digests, what it costs to build, open and ask, and what other programs need for the same.
//!
//! 100,000 and 1,000,000 entries; with `GATEHOUSE_BENCH_LARGE=1` 10,000,000 as well. A table, not a test: only ratios within one run mean anything.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

#[path = "matching/exact.rs"]
mod exact;
#[path = "matching/peers.rs"]
mod peers;
#[path = "matching/room.rs"]
mod room;
#[path = "matching/sets.rs"]
mod sets;

use std::hint::black_box;
use std::time::Instant;

use hashlist::{Builder, Distance, Entry, Harm, Index, IndexMeta, Pdq, Polarity, SignalValue};
use memmap2::Mmap;
use room::Room;
use sets::{Shape, queries};

/// What every index here says of its list.
const META: IndexMeta = IndexMeta { harm: Harm::Local, polarity: Polarity::Alert };

/// Queries of each round.
const QUERIES: usize = 2000;

/// Rounds; each figure is the median of them.
const ROUNDS: usize = 5;

#[expect(clippy::disallowed_methods, reason = "a benchmark is started by hand, and this is how it is told to be long")]
fn sizes() -> Vec<usize> {
    let large = std::env::var("GATEHOUSE_BENCH_LARGE").is_ok_and(|word| word == "1");
    [100_000, 1_000_000].into_iter().chain(large.then_some(10_000_000)).collect()
}

fn main() {
    let room = Room::new();
    println!("Near copies within 31 bits. Times in µs a query, one thread unless said; bytes and MiB as named.");
    println!(
        "{:>9} {:>11} {:>8} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "entries", "set", "build s", "peak M", "B/entry", "open ms", "first", "p50", "p99", "of eight", "2 thr.", "scan"
    );
    for count in sizes() {
        for shape in [Shape::Uniform, Shape::Clustered, Shape::PhotoLike, Shape::OneCluster] {
            near(&room, shape, count);
        }
    }
    exact::table(&room, &sizes());
}

/// One line of the table, and the peers on the same set.
fn near(room: &Room, shape: Shape, count: usize) {
    let began = Instant::now();
    let mut builder = Builder::new(META, room.scratch());
    for (number, value) in shape.values(count).enumerate() {
        builder.push(&Entry { key: number.to_string(), signals: vec![SignalValue::Pdq(Pdq::new(value))], ..Entry::default() }).unwrap();
    }
    builder.finish(room.new_file("near.ghx")).unwrap();
    let build_s = began.elapsed().as_secs_f64();
    let peak = room::peak_mib();
    let values: Vec<[u8; 32]> = shape.values(count).collect();
    let asked = queries(shape, &values, QUERIES);

    let began = Instant::now();
    let index = Index::open(room.map("near.ghx")).unwrap();
    let open_ms = began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    black_box(index.near(&asked[1], Distance::NEAR_LIMIT).unwrap());
    let first = began.elapsed().as_secs_f64() * 1e6;
    let search_bytes = index.section_bytes().iter().find(|(name, _)| *name == "pdq").map_or(0, |(_, bytes)| *bytes);

    let rounds: Vec<[f64; 4]> = (0..ROUNDS).map(|_| round(&index, &asked)).collect();
    let [p50, p99, eight, two] = std::array::from_fn(|at| median(rounds.iter().map(|round| round[at]).collect()));
    let some = &asked[..QUERIES / 200];
    let began = Instant::now();
    some.iter().for_each(|hash| _ = black_box(index.nearest_slow(hash, Distance::NEAR_LIMIT).unwrap()));
    let scan = began.elapsed().as_secs_f64() * 1e6 / some.len() as f64;
    let per_entry = search_bytes as f64 / count as f64;
    println!(
        "{count:>9} {:>11} {build_s:>8.2} {peak:>7} {per_entry:>7.1} {open_ms:>7.2} {first:>7.0} {p50:>8.2} {p99:>8.2} {eight:>8.2} {two:>8.2} {scan:>8.0}",
        shape.name()
    );
    if shape == Shape::Uniform {
        let hits = asked.iter().map(|hash| index.near(hash, Distance::NEAR_LIMIT).unwrap().len()).sum();
        peers::near(room, &values, &asked, &peers::Ours { p50, hits });
    }
}

/// Median and 99th percentile one by one, mean in eights, and mean with two threads at once.
fn round(index: &Index<Mmap>, asked: &[Pdq]) -> [f64; 4] {
    let limit = Distance::NEAR_LIMIT;
    let mut times: Vec<f64> = asked
        .iter()
        .map(|hash| {
            let began = Instant::now();
            black_box(index.near(hash, limit).unwrap());
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let mean = |began: Instant| began.elapsed().as_secs_f64() * 1e6 / asked.len() as f64;
    let began = Instant::now();
    asked.chunks(8).for_each(|eight| _ = black_box(index.near(&eight[0], limit).unwrap()));
    let eight = mean(began);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for half in asked.chunks(asked.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(|hash| _ = black_box(index.near(hash, limit).unwrap())));
        }
    });
    [times[times.len() / 2], times[times.len() * 99 / 100], eight, mean(began)]
}

/// The middle one.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
