//! Exact digests: an index of three kinds against a plain sorted file of the same keys.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use hashlist::{Builder, Entry, Index, Md5, Sha1, Sha256, SignalKind, SignalValue};

use super::others::{self, SQLITE};
use super::peers::Peers;
use super::room::{Room, forget_peak, peak_mib};
use super::sets::Numbers;
use super::{META, QUERIES, ROUNDS, Spread};

/// Looks at entries with all three digests, listed and not listed.
pub fn table(room: &Room, peers: &Peers, sizes: &[usize]) {
    println!("\nExact digests: entries with MD5, SHA-1 and SHA-256. Times in ns a lookup, median (smallest–largest) of {ROUNDS} rounds.");
    sizes.iter().for_each(|count| line(room, peers, *count));
}

fn line(room: &Room, peers: &Peers, count: usize) {
    forget_peak();
    let mut numbers = Numbers(77);
    let began = Instant::now();
    let mut builder = Builder::new(META, room.scratch(), room.new_file("exact.ghx")).unwrap();
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
    builder.finish().unwrap();
    let (build_s, peak) = (began.elapsed().as_secs_f64(), peak_mib());
    let index = Index::open(room.map("exact.ghx")).unwrap();
    index.verify().unwrap();
    let bytes = index.section_bytes()[0].1 as f64 / count as f64;

    let asked = |numbers: &mut Numbers, is_listed: bool| -> Vec<[u8; 32]> {
        (0..QUERIES * 10).map(|_| if is_listed { listed[numbers.below(count)] } else { numbers.bytes() }).collect()
    };
    let sets = [("listed", asked(&mut numbers, true)), ("not listed", asked(&mut numbers, false))];
    let mut ascending = listed.clone();
    ascending.sort_unstable();
    room.new_file("sorted").write_all(ascending.as_flattened()).unwrap();
    drop(ascending);
    let sorted = room.map("sorted");
    let keys = sorted.as_chunks::<32>().0;
    println!("{count:>9} entries: build {build_s:.1} s in {peak} MiB with the keys of the queries; {bytes:.1} B/entry for all three");
    for (name, wanted) in &sets {
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(time(wanted, |key| index.exact(SignalKind::Sha256, key).unwrap().count()));
            plain.push(time(wanted, |key| usize::from(keys.binary_search(key).is_ok())));
        }
        println!("{:>21} {name}: ours {}, sorted file {}", "", Spread::of(ours), Spread::of(plain));
        others::compare(peers, room, &SQLITE, &listed, wanted, |queries| {
            let mut found = 0;
            let each = time(&wanted[..queries], |key| {
                found += index.exact(SignalKind::Sha256, key).unwrap().count();
                found
            });
            (each, found)
        });
    }
}

/// Nanoseconds for one key.
fn time(keys: &[[u8; 32]], mut look: impl FnMut(&[u8; 32]) -> usize) -> f64 {
    let began = Instant::now();
    keys.iter().for_each(|key| _ = black_box(look(key)));
    began.elapsed().as_secs_f64() * 1e9 / keys.len() as f64
}
