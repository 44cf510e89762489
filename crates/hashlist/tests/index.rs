//! The compiled index answers what a plain loop answers, and damaged bytes answer nothing.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::collections::BTreeMap;

use hashlist::{
    Damaged, Distance, Entry, Harm, Index, IndexMeta, Near, Pdq, Polarity, Quality, SignalKind, SignalValue, Status, compile, difference,
    import_bytes, keys_of,
};
use proptest::prelude::*;
use support::{Numbers, answers, read, sample, shared};

const META: IndexMeta = IndexMeta { harm: Harm::Tvec, polarity: Polarity::Alert };

fn index(entries: &[Entry]) -> Index<Vec<u8>> {
    Index::open(compile(entries, &META).unwrap()).unwrap()
}

fn entry(number: usize, signals: Vec<SignalValue>) -> Entry {
    Entry { key: format!("entry {number}"), signals, ..Entry::default() }
}

/// The plain loop for exact kinds.
fn exact_slow(entries: &[Entry], wanted: &SignalValue) -> Vec<u32> {
    let holds = |entry: &Entry| entry.matchable().any(|signal| signal == wanted);
    (0..).zip(entries).filter(|(_, entry)| holds(entry)).map(|(number, _)| number).collect()
}

/// The plain loop for PDQ, over the entries themselves.
fn near_slow(entries: &[Entry], hash: &Pdq, limit: Distance) -> Vec<Near> {
    let mut found: BTreeMap<u32, Distance> = BTreeMap::new();
    for (number, entry) in (0..).zip(entries) {
        for signal in entry.matchable() {
            let SignalValue::Pdq(value) = signal else { continue };
            let distance = value.distance(hash);
            if distance <= limit {
                let smallest = found.get(&number).map_or(distance, |known| distance.min(*known));
                found.insert(number, smallest);
            }
        }
    }
    let mut found: Vec<Near> = found.into_iter().map(|(entry, distance)| Near { distance, entry }).collect();
    found.sort_unstable();
    found
}

fn same_answers(entries: &[Entry], queries: &[SignalValue]) {
    let index = index(entries);
    assert_eq!(index.len(), entries.len(), "every entry has a row");
    for query in queries.iter().chain(entries.iter().flat_map(|entry| &entry.signals)) {
        let mut found: Vec<u32> = index.exact(query.kind(), query.as_bytes()).collect();
        found.dedup();
        assert_eq!(found, exact_slow(entries, query), "exact {}", query.kind());
        let SignalValue::Pdq(hash) = query else { continue };
        for limit in [0, 1, 30, 31, 32, 255, 256].map(Distance) {
            assert_eq!(index.near(hash, limit), near_slow(entries, hash, limit), "within {limit:?}");
            assert_eq!(index.near(hash, limit), index.nearest_slow(hash, limit), "the judge agrees within {limit:?}");
        }
    }
}

fn a_signal() -> impl Strategy<Value = SignalValue> {
    // Few distinct values, so that duplicates and neighbours are common; all of them neither seeds nor constant.
    let kind = prop::sample::select(SignalKind::ALL.to_vec());
    (kind, 0u8..6, prop::collection::vec(0usize..256, 0..40)).prop_map(|(kind, base, flips)| {
        let mut bytes: Vec<u8> = (0..kind.byte_len() as u8).map(|at| at.wrapping_mul(37).wrapping_add(base.wrapping_mul(91))).collect();
        if base < 3 {
            flips.iter().for_each(|bit| {
                let at = bit / 8 % bytes.len();
                bytes[at] ^= 1 << (bit % 8);
            });
        }
        SignalValue::from_bytes(kind, &bytes).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_what_a_plain_loop_answers(
        lists in prop::collection::vec(prop::collection::vec(a_signal(), 0..6), 0..40),
        queries in prop::collection::vec(a_signal(), 0..10),
    ) {
        let entries: Vec<Entry> = lists.into_iter().enumerate().map(|(number, signals)| entry(number, signals)).collect();
        same_answers(&entries, &queries);
    }
}

#[test]
fn an_empty_list_and_an_entry_with_many_signals() {
    let mut numbers = Numbers(7);
    let many: Vec<SignalValue> = (0..64).map(|_| SignalValue::Pdq(Pdq::new(numbers.bytes()))).collect();
    same_answers(&[], &many[..2]);
    same_answers(&[entry(0, many.clone()), entry(1, many[..1].to_vec()), entry(2, vec![])], &many);
}

#[test]
fn lists_around_two_to_the_sixteenth_are_found_whole() {
    let mut numbers = Numbers(11);
    let entries: Vec<Entry> =
        (0..65_537).map(|number| entry(number, vec![SignalValue::Sha256(hashlist::Sha256::new(numbers.bytes()))])).collect();
    for count in [65_535, 65_536, 65_537] {
        let index = index(&entries[..count]);
        for (number, entry) in entries[..count].iter().enumerate() {
            let found: Vec<u32> = index.exact(SignalKind::Sha256, entry.signals[0].as_bytes()).collect();
            assert_eq!(found, [number as u32], "entry {number} of {count}");
        }
        assert_eq!(index.exact(SignalKind::Sha256, &numbers.bytes::<32>()).count(), 0, "what is not listed is not found");
    }
}

#[test]
fn what_may_not_match_is_not_in_the_lookup_and_keeps_its_row() {
    let import = read(&sample("csv-typed.csv"), "x").unwrap();
    let index_of_typed = index(&import.entries);
    let pdq = |number: usize| match import.entries[number].signals[0] {
        SignalValue::Pdq(pdq) => pdq,
        other => panic!("{other:?} is no PDQ"),
    };
    assert_eq!(index_of_typed.near(&pdq(0), Distance::NEAR_LIMIT).len(), 1, "quality 100 matches");
    assert_eq!(index_of_typed.near(&pdq(1), Distance(0)), [], "quality 36 does not");
    assert!(index_of_typed.entry(1).unwrap().flags.low_quality, "its row says why");

    let mixed = read(&sample("hashes-mixed.txt"), "x").unwrap();
    let counts: Vec<usize> = index(&mixed.entries).signal_counts().into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [1, 2, 0, 0], "three of five signals; two are seeds");

    let signal = import.entries[2].signals[0];
    let silent = Entry { status: Status::Test, ..entry(0, vec![signal]) };
    assert_eq!(index(&[silent]).exact(SignalKind::Md5, signal.as_bytes()).count(), 0, "a test entry never raises anything");
}

#[test]
fn a_row_says_everything_that_the_entry_said() {
    let entry = Entry {
        key: "k".to_owned(),
        quality: Some(Quality::new(0)),
        size: Some(0),
        media: Some(hashlist::Media::Other),
        harm: Some(Harm::Ncii),
        status: Status::Disputed,
        labels: vec!["a".to_owned(), "é".to_owned()],
        source: Some(String::new()),
        flags: hashlist::Flags { expired: true, ..hashlist::Flags::default() },
        added: Some(-1),
        updated: Some(0),
        expires: Some(i64::MAX),
        ..Entry::default()
    };
    let index = index(&[entry.clone(), Entry { key: "plain".to_owned(), ..Entry::default() }]);
    let row = index.entry(0).unwrap();
    assert_eq!((row.key, row.status, row.harm, row.labels), (entry.key.clone(), entry.status, Harm::Ncii, entry.labels.clone()), "words");
    assert_eq!((row.size, row.added, row.updated, row.expires), (entry.size, entry.added, entry.updated, entry.expires), "numbers");
    assert_eq!((row.flags, row.media, row.quality), (entry.flags, entry.media, entry.quality), "marks");
    assert_eq!((row.source, row.digest), (entry.source.clone(), entry.digest()), "source and digest");
    let plain = index.entry(1).unwrap();
    assert_eq!(
        (plain.harm, plain.size, plain.source, plain.quality),
        (Harm::Tvec, None, None, None),
        "absent stays absent; the list's harm"
    );
    assert_eq!(index.entry(2), None, "beyond the last entry");
    assert_eq!((index.harm(), index.polarity()), (Harm::Tvec, Polarity::Alert), "what the list says");
    assert!(difference(index.keys(), keys_of(&[entry, Entry { key: "plain".to_owned(), ..Entry::default() }])).is_empty(), "same version");
}

#[test]
fn equal_input_gives_equal_bytes() {
    let import = read(&sample("csv-columns.csv"), "x").unwrap();
    assert_eq!(compile(&import.entries, &META).unwrap(), compile(&import.entries, &META).unwrap(), "byte for byte");
    let bytes = compile(&[], &META).unwrap();
    let digest = bytes[24..56].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let expected = "9ee097ff56b6acdb63a7152c5e062d527b1b43e4c51c8f10766c3db78064847a";
    assert_eq!(digest, expected, "the layout changed: raise its version, say so in the documentation, then mend this value");
}

#[test]
fn every_cut_and_every_flipped_bit_is_noticed() {
    let import = read(&sample("csv-columns.csv"), "x").unwrap();
    let bytes = compile(&import.entries, &META).unwrap();
    for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        assert!(Index::open(&bytes[..end]).is_err(), "cut at {end}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Index::open(damaged).is_err(), "bit {bit}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(Index::open(longer), Err(Damaged::Length { .. })), "one byte too many");
}

#[test]
fn a_forged_table_with_a_right_digest_is_refused_or_harmless() {
    use sha2::Digest;
    let import = read(&sample("csv-columns.csv"), "x").unwrap();
    let bytes = compile(&import.entries, &META).unwrap();
    let mut numbers = Numbers(3);
    let queries: Vec<&SignalValue> = import.entries.iter().flat_map(|entry| &entry.signals).collect();
    for _ in 0..3000 {
        let mut forged = bytes.clone();
        for _ in 0..1 + numbers.below(3) {
            let at = 64 + numbers.below(forged.len() - 64);
            forged[at] = [0, 1, 0x7f, 0xff, numbers.next() as u8][numbers.below(5)];
        }
        let digest = sha2::Sha256::digest(&forged[64..]);
        forged[24..56].copy_from_slice(&digest);
        let Ok(index) = Index::open(forged) else { continue };
        for query in &queries {
            index.exact(query.kind(), query.as_bytes()).for_each(|number| _ = index.entry(number));
        }
        (0..4).for_each(|number| _ = index.entry(number));
        _ = index.keys().count();
        _ = index.near(&Pdq::new(numbers.bytes()), Distance::NEAR_LIMIT);
    }
}

#[test]
fn needles_in_a_haystack_are_all_found() {
    let (Some(needles), Some(haystack)) = (shared("pdq-regtest/needles.txt"), shared("pdq-regtest/haystack.txt")) else { return };
    let pdq_values = |bytes: &[u8], name: &str| -> Vec<Entry> { import_bytes(bytes, name, &answers()).unwrap().entries };
    let haystack = pdq_values(&haystack, "haystack.txt");
    let index = index(&haystack);
    let mut pairs = 0;
    let mut unchanged = 0;
    for needle in pdq_values(&needles, "needles.txt") {
        let SignalValue::Pdq(hash) = needle.signals[0] else { panic!("a needle is a PDQ") };
        let found = index.near(&hash, Distance::NEAR_LIMIT);
        assert!(!found.is_empty(), "every needle has a neighbour");
        assert_eq!(found, near_slow(&haystack, &hash, Distance::NEAR_LIMIT), "as the plain loop");
        pairs += found.len();
        unchanged += usize::from(found[0].distance == Distance(0));
    }
    assert_eq!((haystack.len(), pairs, unchanged), (1350, 250, 50), "250 of 135,000 pairs within 31 bits");
}
