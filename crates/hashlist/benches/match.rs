//! Finding signals in an index: near copies and exact digests, what it costs to build, open and ask, and what other programs need for the same.
//!
//! 100,000 and 1,000,000 entries; with `GATEHOUSE_BENCH_LARGE=1` 10,000,000 as well, with `only` nothing else. A table, not a test: only ratios
//! within one run mean anything.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

#[path = "matching/exact.rs"]
mod exact;
#[path = "matching/others.rs"]
mod others;
#[path = "../../fingerprint/benches/fingerprint/peers.rs"]
#[expect(dead_code, reason = "the other benchmark asks more of it")]
mod peers;
#[path = "matching/room.rs"]
mod room;
#[path = "matching/sets.rs"]
mod sets;

use std::hint::black_box;
use std::time::Instant;

use hashlist::{Builder, Distance, Entry, Harm, Index, IndexMeta, Pdq, Polarity, SignalValue};
use memmap2::Mmap;
use peers::Peers;
use room::Room;
use sets::{Shape, queries};

/// What every index here says of its list.
const META: IndexMeta = IndexMeta { harm: Harm::Local, polarity: Polarity::Alert };

/// Queries of each round.
const QUERIES: usize = 2000;

/// Queries of each round where one cluster holds a third of the set: each answers with most of it.
const CLUSTER_QUERIES: usize = 50;

/// Queries that compare every value.
const SCANS: usize = 10;

/// Rounds; each figure is the median of them, with the smallest and the largest.
const ROUNDS: usize = 9;

#[expect(clippy::disallowed_methods, reason = "a benchmark is started by hand, and this is how it is told to be long")]
fn sizes() -> Vec<usize> {
    match std::env::var("GATEHOUSE_BENCH_LARGE").as_deref() {
        Ok("1") => vec![100_000, 1_000_000, 10_000_000],
        Ok("only") => vec![10_000_000],
        _ => vec![100_000, 1_000_000],
    }
}

fn main() {
    let (room, peers) = (Room::new(), Peers::from_arguments());
    println!(
        "Near copies within 31 bits. Times in µs a query, median (smallest–largest) of {ROUNDS} rounds of {QUERIES} queries ({CLUSTER_QUERIES} for one cluster)."
    );
    for count in sizes() {
        for shape in [Shape::Uniform, Shape::Clustered, Shape::PhotoLike, Shape::OneCluster] {
            near(&room, &peers, shape, count);
        }
    }
    exact::table(&room, &peers, &sizes());
}

/// One set: building, opening, asking; and the peers on the same set.
fn near(room: &Room, peers: &Peers, shape: Shape, count: usize) {
    room::forget_peak();
    let began = Instant::now();
    let mut builder = Builder::new(META, room.scratch(), room.new_file("near.ghx")).unwrap();
    for (number, value) in shape.values(count).enumerate() {
        builder.push(&Entry { key: number.to_string(), signals: vec![SignalValue::Pdq(Pdq::new(value))], ..Entry::default() }).unwrap();
    }
    builder.finish().unwrap();
    let (build_s, peak) = (began.elapsed().as_secs_f64(), room::peak_mib());
    let values: Vec<[u8; 32]> = shape.values(count).collect();
    let mut asked = queries(shape, &values, QUERIES);
    if shape == Shape::OneCluster {
        asked.truncate(CLUSTER_QUERIES);
    }
    let (cold_open, cold_first) = opened(room, &asked[1], true);
    let (warm_open, warm_first) = opened(room, &asked[1], false);

    let index = Index::open(room.map("near.ghx")).unwrap();
    let search_bytes = index.section_bytes().iter().find(|(name, _)| *name == "pdq").map_or(0, |(_, bytes)| *bytes);
    let began = Instant::now();
    index.verify().unwrap();
    let verify = began.elapsed().as_secs_f64();
    let rounds: Vec<[f64; 4]> = (0..ROUNDS).map(|_| round(&index, &asked)).collect();
    let [p50, p99, mean, two] = std::array::from_fn(|at| Spread::of(rounds.iter().map(|round| round[at]).collect()));
    let found: usize = asked.iter().map(|hash| index.near(hash, Distance::NEAR_LIMIT).unwrap().len()).sum();
    println!(
        "{count:>9} {:>11}: p50 {p50}, p99 {p99}, mean {mean}, two threads {two}; comparing all {}; {:.1} found a query",
        shape.name(),
        scan(&index, &asked),
        found as f64 / asked.len() as f64
    );
    println!(
        "{:>21} build {build_s:.1} s in {peak} MiB; {:.1} B/entry for the search; open cold {cold_open:.1} ms, warm {warm_open:.2} ms; first query \
         cold {cold_first:.1} ms, warm {warm_first:.2} ms; verify {verify:.2} s",
        "",
        search_bytes as f64 / count as f64
    );
    if shape == Shape::Uniform {
        let raw: Vec<[u8; 32]> = asked.iter().map(|hash| *hash.as_bytes()).collect();
        for other in &others::NEAR {
            others::compare(peers, room, other, &values, &raw, |queries| one_by_one(&index, &asked[..queries]));
        }
    }
}

/// Milliseconds to open the index and to ask it once, with nothing of the file in memory, or all of it.
fn opened(room: &Room, hash: &Pdq, cold: bool) -> (f64, f64) {
    if cold {
        room.forget("near.ghx");
    }
    let began = Instant::now();
    let index = Index::open(room.map("near.ghx")).unwrap();
    let open = began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    black_box(index.near(hash, Distance::NEAR_LIMIT).unwrap());
    (open, began.elapsed().as_secs_f64() * 1e3)
}

/// Median in nanoseconds, and how many entries were found.
fn one_by_one(index: &Index<Mmap>, asked: &[Pdq]) -> (f64, usize) {
    let mut found = 0;
    let mut times = times(asked, |hash| found += index.near(hash, Distance::NEAR_LIMIT).unwrap().len());
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2] * 1e3, found)
}

/// Microseconds of a query that looks at every value with the widest instructions: a limit beyond the reach of the tables asks for that.
fn scan(index: &Index<Mmap>, asked: &[Pdq]) -> Spread {
    Spread::of(times(&asked[..SCANS], |hash| _ = black_box(index.near(hash, Distance(32)).unwrap())))
}

/// Median and 99th percentile one by one, mean, and mean with two threads at once.
fn round(index: &Index<Mmap>, asked: &[Pdq]) -> [f64; 4] {
    let ask = |hash: &Pdq| _ = black_box(index.near(hash, Distance::NEAR_LIMIT).unwrap());
    let mut times = times(asked, ask);
    times.sort_by(f64::total_cmp);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for half in asked.chunks(asked.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(ask));
        }
    });
    let two = began.elapsed().as_secs_f64() * 1e6 / asked.len() as f64;
    [times[times.len() / 2], times[times.len() * 99 / 100], times.iter().sum::<f64>() / times.len() as f64, two]
}

/// Microseconds of each query.
fn times(asked: &[Pdq], mut ask: impl FnMut(&Pdq)) -> Vec<f64> {
    let one = |hash: &Pdq| {
        let began = Instant::now();
        ask(hash);
        began.elapsed().as_secs_f64() * 1e6
    };
    asked.iter().map(one).collect()
}

/// Median, smallest and largest.
pub struct Spread([f64; 3]);

impl Spread {
    /// Of measurements, at least one.
    pub fn of(mut measured: Vec<f64>) -> Self {
        measured.sort_by(f64::total_cmp);
        Self([measured[measured.len() / 2], measured[0], measured[measured.len() - 1]])
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = if self.0[0] < 100.0 { 1 } else { 0 };
        let [median, least, most] = self.0;
        write!(f, "{median:.digits$} ({least:.digits$}–{most:.digits$})")
    }
}
