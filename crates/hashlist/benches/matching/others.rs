//! Other programs on the same values and queries, each in rounds that alternate with ours.

use std::path::Path;

use super::peers::{Peer, Peers};
use super::room::Room;
use super::{ROUNDS, Spread};

/// A peer's name for its program, the index that it is to build, and what the table calls it.
pub struct Other {
    /// The program, as `cargo xtask bench` names it.
    pub program: &'static str,
    /// The word for `build`.
    pub index: &'static str,
    /// The line in the table.
    pub title: &'static str,
    /// Most values that it is given: it would need too long for more.
    pub most: usize,
    /// Queries of a round.
    pub queries: usize,
}

/// Near searches.
pub const NEAR: [Other; 4] = [
    Other { program: "search", index: "flat", title: "faiss IndexBinaryFlat", most: usize::MAX, queries: 100 },
    Other { program: "search", index: "multihash", title: "faiss IndexBinaryMultiHash 11×23", most: usize::MAX, queries: 200 },
    Other { program: "search", index: "pdqindex", title: "threatexchange PDQIndex", most: usize::MAX, queries: 200 },
    Other { program: "rust", index: "bk-tree", title: "crate bk-tree", most: 1_000_000, queries: 50 },
];

/// Exact lookups.
pub const SQLITE: Other = Other { program: "rust", index: "sqlite", title: "SQLite", most: usize::MAX, queries: 2000 };

/// Builds the index of another program over `values`, asks it `queries` in turn with `ours`, which answers the median in nanoseconds and what it
/// found. Prints a line.
pub fn compare(
    peers: &Peers,
    room: &Room,
    other: &Other,
    values: &[[u8; 32]],
    queries: &[[u8; 32]],
    ours: impl FnMut(usize) -> (f64, usize),
) {
    let line =
        if values.len() > other.most { Err("left out: too slow".to_owned()) } else { measure(peers, room, other, values, queries, ours) };
    println!("{:>21} {}: {}", "", other.title, line.unwrap_or_else(|why| format!("skipped ({why})")));
}

fn measure(
    peers: &Peers,
    room: &Room,
    other: &Other,
    values: &[[u8; 32]],
    queries: &[[u8; 32]],
    mut ours: impl FnMut(usize) -> (f64, usize),
) -> Result<String, String> {
    let written = |name: &str, content: &[[u8; 32]]| {
        std::fs::write(room.path(name), content.as_flattened()).map_err(|why| why.to_string()).map(|()| room.path(name))
    };
    let (values_at, queries_at) = (written("values", values)?, written("queries", queries)?);
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or("the path is no text");
    let mut peer = peers.start(other.program)?;
    peer.say(&["values", &text(&values_at)?])?;
    peer.say(&["queries", &text(&queries_at)?])?;
    let [build, kib] = numbers(&mut peer, &["build", other.index])?;
    let (mut p50, mut p99, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = [0; 2];
    for _ in 0..ROUNDS {
        let (own, own_found) = ours(other.queries);
        let [median, last, theirs] = numbers(&mut peer, &["ask", &other.queries.to_string()])?;
        p50.push(median / 1e3);
        p99.push(last / 1e3);
        ratios.push(median / own);
        found = [own_found, theirs as usize];
    }
    let per_entry = kib * 1024.0 / values.len() as f64;
    let (p50, p99, ratio) = (Spread::of(p50), Spread::of(p99), Spread::of(ratios));
    Ok(format!(
        "build {:.1} s, {per_entry:.0} B/entry, p50 {p50} µs, p99 {p99} µs; {ratio} × ours; finds {} where ours finds {}",
        build / 1e9,
        found[1],
        found[0]
    ))
}

fn numbers<const N: usize>(peer: &mut Peer, words: &[&str]) -> Result<[f64; N], String> {
    let answer = peer.say(words)?;
    let numbers: Vec<f64> = answer.split(' ').filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().map_err(|_| format!("not understood: {answer}"))
}
