//! Exact digests: an index of three kinds against a plain sorted file of the same keys.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use hashlist::{Builder, Entry, Index, Md5, Sha1, Sha256, SignalKind, SignalValue};

use super::room::{Room, peak_mib};
use super::sets::Numbers;
use super::{META, QUERIES, ROUNDS, median};

/// Looks at entries with all three digests, listed and not listed.
pub fn table(room: &Room, sizes: &[usize]) {
    println!("\nExact digests: entries with MD5, SHA-1 and SHA-256. Times in ns a lookup; bytes for all three kinds together.");
    println!(
        "{:>9} {:>8} {:>7} {:>7} {:>10} {:>10} {:>14} {:>14}",
        "entries", "build s", "peak M", "B/entry", "listed", "unlisted", "sorted, listed", "sorted, unl."
    );
    sizes.iter().for_each(|count| line(room, *count));
}

fn line(room: &Room, count: usize) {
    let mut numbers = Numbers(77);
    let began = Instant::now();
    let mut builder = Builder::new(META, room.scratch());
    let mut listed = Vec::with_capacity(count);
    for number in 0..count {
        let sha256: [u8; 32] = numbers.bytes();
        let signals = vec![
            SignalValue::Sha256(Sha256::new(sha256)),
            SignalValue::Sha1(Sha1::new(numbers.bytes())),
            SignalValue::Md5(Md5::new(numbers.bytes())),
        ];
        listed.push(sha256);
        builder.push(&Entry { key: number.to_string(), signals, ..Entry::default() }).unwrap();
    }
    builder.finish(room.new_file("exact.ghx")).unwrap();
    let build_s = began.elapsed().as_secs_f64();
    let index = Index::open(room.map("exact.ghx")).unwrap();
    index.verify().unwrap();
    let bytes = index.section_bytes()[0].1 as f64 / count as f64;

    let positive: Vec<[u8; 32]> = (0..QUERIES * 10).map(|_| listed[numbers.below(count)]).collect();
    let negative: Vec<[u8; 32]> = (0..QUERIES * 10).map(|_| numbers.bytes()).collect();
    listed.sort_unstable();
    room.new_file("sorted").write_all(listed.as_flattened()).unwrap();
    drop(listed);
    let sorted = room.map("sorted");
    let keys = sorted.as_chunks::<32>().0;
    let ours = |keys: &[[u8; 32]]| time(keys, |key| index.exact(SignalKind::Sha256, key).unwrap().count());
    let plain = |wanted: &[[u8; 32]]| time(wanted, |key| usize::from(keys.binary_search(key).is_ok()));
    println!(
        "{count:>9} {build_s:>8.2} {:>7} {bytes:>7.1} {:>10.0} {:>10.0} {:>14.0} {:>14.0}",
        peak_mib(),
        ours(&positive),
        ours(&negative),
        plain(&positive),
        plain(&negative)
    );
}

/// Nanoseconds for one key, the median of some rounds.
fn time(keys: &[[u8; 32]], mut look: impl FnMut(&[u8; 32]) -> usize) -> f64 {
    let rounds = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        keys.iter().for_each(|key| _ = black_box(look(key)));
        began.elapsed().as_secs_f64() * 1e9 / keys.len() as f64
    });
    median(rounds.collect())
}
