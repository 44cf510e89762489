//! The compiled index answers what a plain loop answers, and damaged bytes answer nothing.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::collections::BTreeMap;

use hashlist::{
    Builder, Damaged, Distance, Entry, EntryRow, Harm, Index, IndexMeta, MemoryScratch, Near, Opinions, Pdq, Polarity, Quality, SignalKind,
    SignalValue, Status, Voices, compile, difference, import_bytes, keys_of,
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
        let found: Vec<u32> = index.exact(query.kind(), query.as_bytes()).unwrap().collect();
        assert_eq!(found, exact_slow(entries, query), "exact {}", query.kind());
        let SignalValue::Pdq(hash) = query else { continue };
        for limit in [0, 1, 30, 31, 32, 255, 256].map(Distance) {
            let found = index.near(hash, limit).unwrap();
            assert_eq!(found, near_slow(entries, hash, limit), "within {limit:?}");
            assert_eq!(found, index.nearest_slow(hash, limit).unwrap(), "the judge agrees within {limit:?}");
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
            let found: Vec<u32> = index.exact(SignalKind::Sha256, entry.signals[0].as_bytes()).unwrap().collect();
            assert_eq!(found, [number as u32], "entry {number} of {count}");
        }
        assert_eq!(index.exact(SignalKind::Sha256, &numbers.bytes::<32>()).unwrap().count(), 0, "what is not listed is not found");
    }
}

#[test]
fn what_may_not_match_is_not_in_the_lookup_and_keeps_its_row() {
    let import = read(&sample("csv-typed.csv"), "x").unwrap();
    let index_of_typed = index(&import.entries.to_vec());
    let pdq = |number: usize| match import.entries.to_vec()[number].signals[0] {
        SignalValue::Pdq(pdq) => pdq,
        other => panic!("{other:?} is no PDQ"),
    };
    assert_eq!(index_of_typed.near(&pdq(0), Distance::NEAR_LIMIT).unwrap().len(), 1, "quality 100 matches");
    assert_eq!(index_of_typed.near(&pdq(1), Distance(0)).unwrap(), [], "quality 36 does not");
    assert!(index_of_typed.entry(1).unwrap().unwrap().flags.low_quality, "its row says why");

    let mixed = read(&sample("hashes-mixed.txt"), "x").unwrap();
    let counts: Vec<usize> = index(&mixed.entries.to_vec()).signal_counts().into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [1, 2, 0, 0], "three of five signals; two are seeds");

    let signal = import.entries.to_vec()[2].signals[0];
    let silent = Entry { status: Status::Test, ..entry(0, vec![signal]) };
    assert_eq!(index(&[silent]).exact(SignalKind::Md5, signal.as_bytes()).unwrap().count(), 0, "a test entry never raises anything");
}

#[test]
fn a_row_says_everything_that_the_entry_said() {
    let voice = |name: &str| Voices { count: 3, names: vec![name.to_owned()] };
    let entry = Entry {
        number: 7,
        key: "k".to_owned(),
        quality: Some(Quality::new(0)),
        size: Some(0),
        media: Some(hashlist::Media::Other),
        harm: Some(Harm::Ncii),
        status: Status::Disputed,
        opinions: Opinions { agree: voice("a"), against: voice("b"), other: Voices { count: 2, names: vec![] } },
        share: Some("RED".to_owned()),
        group: Some("event 1".to_owned()),
        labels: vec!["a".to_owned(), "é".to_owned()],
        source: Some(String::new()),
        flags: hashlist::Flags { expired: true, ..hashlist::Flags::default() },
        added: Some(-1),
        updated: Some(0),
        expires: Some(i64::MAX),
        ..Entry::default()
    };
    let plain = Entry { key: "plain".to_owned(), ..Entry::default() };
    let entries = [entry, plain];
    let index = index(&entries);
    for (number, entry) in (0..).zip(&entries) {
        let expected = row_slow(entry);
        assert_eq!(index.entry(number).unwrap(), Some(expected), "everything but the signals; absent stays absent; the list's harm");
    }
    assert_eq!(index.entry(2).unwrap(), None, "beyond the last entry");
    assert_eq!(index.entry(u32::MAX).unwrap(), None, "far beyond the last entry");
    assert_eq!((index.harm(), index.polarity()), (Harm::Tvec, Polarity::Alert), "what the list says");
    let same = difference(|| index.keys(), keys_of(&entries.to_vec().into())).unwrap();
    assert!(same.is_empty(), "same version");
}

/// The row of an entry, field by field.
fn row_slow(entry: &Entry) -> EntryRow {
    let entry = entry.clone();
    EntryRow {
        digest: entry.digest(),
        number: entry.number,
        key: entry.key,
        status: entry.status,
        harm: entry.harm.unwrap_or(META.harm),
        opinions: entry.opinions,
        share: entry.share,
        group: entry.group,
        labels: entry.labels,
        size: entry.size,
        added: entry.added,
        updated: entry.updated,
        expires: entry.expires,
        flags: entry.flags,
        media: entry.media,
        quality: entry.quality,
        source: entry.source,
    }
}

#[test]
fn a_key_that_repeats_a_signal_is_stored_shorter_and_read_back_letter_by_letter() {
    let mut numbers = Numbers(5);
    let signal =
        |kind: SignalKind, numbers: &mut Numbers| SignalValue::from_bytes(kind, &numbers.bytes::<32>()[..kind.byte_len()]).unwrap();
    let mut entries = Vec::new();
    for kind in SignalKind::ALL {
        let value = signal(kind, &mut numbers);
        let text = value.to_string();
        let named = [format!("{kind}:{text}"), format!("{kind}:{}", text.to_uppercase()), format!("{kind}:{text} "), text];
        entries.extend(named.map(|key| Entry { key, signals: vec![value], ..Entry::default() }));
    }
    // The key of another signal than its own stays a text.
    entries.push(Entry { key: entries[0].key.clone(), signals: vec![signal(SignalKind::Md5, &mut numbers)], ..Entry::default() });
    let found: Vec<String> = index(&entries).keys().map(|row| row.unwrap().0).collect();
    assert_eq!(found, entries.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>(), "every key as it was");
    let short = compile(&entries[..1], &META).unwrap().len();
    let long = compile(&[Entry { key: format!("{}x", entries[0].key), ..entries[0].clone() }], &META).unwrap().len();
    assert!(short <= long, "{short} bytes, not more than {long}");
}

#[test]
fn equal_input_gives_equal_bytes() {
    let import = read(&sample("csv-columns.csv"), "x").unwrap();
    let once = compile(import.entries.iter(), &META).unwrap();
    assert_eq!(compile(import.entries.iter(), &META).unwrap(), once, "byte for byte");
    let mut file = std::io::Cursor::new(vec![1, 2, 3]);
    file.set_position(3);
    let mut builder = Builder::new(META, MemoryScratch, &mut file).unwrap();
    import.entries.iter().try_for_each(|entry| builder.push(&entry)).unwrap();
    builder.finish().unwrap();
    assert_eq!(file.into_inner()[3..], once, "one by one, and from where the stream stands");
    let bytes = compile(&[], &META).unwrap();
    let digest = bytes[24..56].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let expected = "d7974a8dd723b68cce7b27a98fb0187dbf9fa2628bb832f02226718099b77bb8";
    assert_eq!(digest, expected, "the layout changed: raise its version, say so in the documentation, then mend this value");
}

/// Everything that a list answers, or the first damage on the way.
fn answers_of(index: &Index<&[u8]>, queries: &[SignalValue]) -> Result<String, Damaged> {
    let mut said = format!("{} {:?} {:?}", index.len(), index.harm(), index.polarity());
    for query in queries {
        said += &format!("{:?}", index.exact(query.kind(), query.as_bytes())?.collect::<Vec<_>>());
        if let SignalValue::Pdq(hash) = query {
            said += &format!("{:?}", index.near(hash, Distance::NEAR_LIMIT)?);
        }
    }
    for number in 0..=index.len() as u32 {
        said += &format!("{:?}", index.entry(number)?);
    }
    Ok(said + &format!("{:?}", index.keys().collect::<Result<Vec<_>, _>>()?))
}

/// Entries of every kind, enough of them for every section of the file to be in use.
fn mixed_entries(count: usize) -> Vec<Entry> {
    let mut numbers = Numbers(17);
    (0..count)
        .map(|number| {
            let kind = SignalKind::ALL[number % 4];
            let value = SignalValue::from_bytes(SignalKind::Pdq, &numbers.bytes::<32>()).unwrap();
            let other = SignalValue::from_bytes(kind, &numbers.bytes::<32>()[..kind.byte_len()]).unwrap();
            Entry { labels: vec![format!("{}", number % 3)], ..entry(number, vec![other, value]) }
        })
        .collect()
}

#[test]
fn every_cut_and_every_flipped_bit_is_noticed_before_anything_is_answered_from_it() {
    let entries = mixed_entries(1500);
    let queries: Vec<SignalValue> = entries.iter().step_by(400).flat_map(|entry| entry.signals.clone()).collect();
    let bytes = compile(&entries, &META).unwrap();
    let truth = answers_of(&Index::open(bytes.as_slice()).unwrap(), &queries).unwrap();
    for end in (0..bytes.len()).step_by(997).chain([bytes.len() - 1]) {
        assert!(Index::open(&bytes[..end]).is_err(), "cut at {end}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(Index::open(longer), Err(Damaged::Length { .. })), "one byte too many");

    let mut numbers = Numbers(23);
    let mut damaged = bytes.clone();
    // Every bit of head and table, and one bit in every cache line of the rest.
    let places = (0..2048 * 8).chain((2048..bytes.len()).step_by(64).map(|at| (at + numbers.below(64)).min(bytes.len() - 1) * 8 + at % 7));
    let mut lazily = 0;
    for bit in places {
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(index) = Index::open(damaged.as_slice()) {
            assert!(index.verify().is_err(), "bit {bit} is noticed when everything is compared");
            // A fresh one, which has proven nothing yet.
            let index = Index::open(damaged.as_slice()).unwrap();
            if lazily % 16 == 0 {
                assert!(answers_of(&index, &queries).map_or(true, |said| said == truth), "bit {bit} reached an answer");
            }
            lazily += 1;
        }
        damaged[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(lazily > 1000, "most of the file is compared when it is touched");
}

#[test]
fn damage_beside_the_way_of_a_query_does_not_stop_it_and_damage_on_it_does() {
    let entries = mixed_entries(3000);
    let bytes = compile(&entries, &META).unwrap();
    let middle = entries[1500].clone();
    let index = Index::open(bytes.as_slice()).unwrap();
    let key_at = bytes.windows(middle.key.len()).rposition(|window| window == middle.key.as_bytes()).unwrap();
    assert_eq!(index.entry(1500).unwrap().unwrap().key, middle.key, "undamaged");
    let mut damaged = bytes.clone();
    damaged[key_at] ^= 1;
    let index = Index::open(damaged.as_slice()).unwrap();
    assert_eq!(index.entry(0).unwrap().unwrap().key, entries[0].key, "another page");
    assert_eq!(index.entry(1500), Err(Damaged::Content), "its own page");
    assert_eq!(index.entry(1500), Err(Damaged::Content), "a damaged page stays damaged");
}

#[test]
fn a_forged_file_with_right_sums_is_refused_or_harmless() {
    use sha2::{Digest, Sha256};
    let entries = mixed_entries(1300);
    let bytes = compile(&entries, &META).unwrap();
    let sums_at = u64::from_le_bytes(bytes[56..64].try_into().unwrap()) as usize;
    let mut numbers = Numbers(3);
    let queries: Vec<SignalValue> = entries.iter().step_by(300).flat_map(|entry| entry.signals.clone()).collect();
    let mut opened = 0;
    for round in 0..600 {
        let mut forged = bytes.clone();
        for _ in 0..1 + numbers.below(40) {
            let at = if round % 3 == 0 { 56 + numbers.below(1200) } else { 4096 + numbers.below(sums_at - 4096) };
            forged[at] = [0, 1, 0x7f, 0xff, numbers.next() as u8][numbers.below(5)];
        }
        for (page, sum_at) in (4096..sums_at).step_by(4096).zip((sums_at..).step_by(8)) {
            let sum = Sha256::digest(&forged[page..page + 4096]);
            forged[sum_at..sum_at + 8].copy_from_slice(&sum[..8]);
        }
        let digest = Sha256::new().chain_update(&forged[..24]).chain_update(&forged[56..4096]).chain_update(&forged[sums_at..]).finalize();
        forged[24..56].copy_from_slice(&digest);
        let Ok(index) = Index::open(forged.as_slice()) else { continue };
        opened += 1;
        _ = answers_of(&index, &queries);
    }
    assert!(opened > 300, "{opened} forged files were asked");
}

/// Values of one of several shapes: spread evenly, in clusters, with thousands of duplicates, or as a checkered picture repeats its bits.
fn shaped(shape: usize, count: usize, numbers: &mut Numbers) -> Vec<[u8; 32]> {
    let centres: Vec<[u8; 32]> = (0..1 + count / 200).map(|_| numbers.bytes()).collect();
    (0..count)
        .map(|number| {
            let mut value: [u8; 32] = numbers.bytes();
            match shape {
                0 => {}
                1 if number % 10 < 3 => value = flipped(centres[numbers.below(centres.len())], numbers.below(21), numbers),
                2 if number % 2 == 0 => value = centres[numbers.below(4)],
                3 => value = std::array::from_fn(|at| value[at / 4 * 4]),
                _ => {}
            }
            value
        })
        .collect()
}

fn flipped(mut value: [u8; 32], bits: usize, numbers: &mut Numbers) -> [u8; 32] {
    for _ in 0..bits {
        let bit = numbers.below(256);
        value[bit / 8] ^= 1 << (bit % 8);
    }
    value
}

#[test]
fn the_bands_find_what_comparing_everything_finds() {
    let mut numbers = Numbers(29);
    for (shape, count) in [(0, 1025), (0, 10_000), (1, 10_000), (2, 10_000), (3, 10_000), (1, 70_000)] {
        let values = shaped(shape, count, &mut numbers);
        let entries: Vec<Entry> = (0..).zip(&values).map(|(at, value)| entry(at, vec![SignalValue::Pdq(Pdq::new(*value))])).collect();
        let index = index(&entries);
        let mut found_any = 0;
        let queries: Vec<Pdq> = (0..400)
            .map(|at| {
                let bits = [0, 1, 15, 30, 31, 32, 33][at % 7];
                Pdq::new(if at % 8 == 7 { numbers.bytes() } else { flipped(values[numbers.below(count)], bits, &mut numbers) })
            })
            .collect();
        for limit in [0, 1, 15, 30, 31].map(Distance) {
            for hash in queries.iter().step_by(if limit.0 == 31 { 1 } else { 4 }) {
                let found = index.near(hash, limit).unwrap();
                assert_eq!(found, index.nearest_slow(hash, limit).unwrap(), "shape {shape}, {count} values, within {limit:?}");
                found_any += usize::from(!found.is_empty());
            }
        }
        assert!(found_any > 300, "the queries have neighbours: {found_any}");
    }
}

#[test]
fn a_hundred_thousand_queries_miss_no_neighbour_that_was_planted() {
    // Comparing everything would take minutes here, so the neighbours are planted: each query is known to lie near one value.
    let mut numbers = Numbers(31);
    let values = shaped(0, 10_000, &mut numbers);
    let entries: Vec<Entry> = (0..).zip(&values).map(|(at, value)| entry(at, vec![SignalValue::Pdq(Pdq::new(*value))])).collect();
    let index = index(&entries);
    for round in 0..100_000usize {
        let target = round % values.len();
        let query = flipped(values[target], 31, &mut numbers);
        let distance = Pdq::new(query).distance(&Pdq::new(values[target]));
        let found = index.near(&Pdq::new(query), Distance::NEAR_LIMIT).unwrap();
        assert!(found.contains(&Near { distance, entry: target as u32 }), "query {round} at {distance:?}");
    }
}

/// Values whose neighbouring bits hang together and of which each lies near some others, as the frames of a film and its copies do.
fn like_pictures(count: usize, numbers: &mut Numbers) -> Vec<[u8; 32]> {
    let mut values: Vec<[u8; 32]> = Vec::with_capacity(count);
    for number in 0..count {
        let value = match number % 4 {
            0 | 1 => {
                let mut bit = numbers.below(2) as u8;
                let mut bytes = [0u8; 32];
                for at in 0..256 {
                    bit ^= u8::from(numbers.below(100) < 35);
                    bytes[at / 8] |= bit << (at % 8);
                }
                bytes
            }
            2 => flipped(values[numbers.below(number)], numbers.below(40), numbers),
            _ => flipped(values[number - 1], numbers.below(12), numbers),
        };
        values.push(value);
    }
    values
}

/// Asks an index of `count` values of each shape, and compares with a plain loop that knows nothing of it: missed, invented, found.
fn judge(count: usize, queries: usize, limit: u32) -> [usize; 3] {
    let mut numbers = Numbers(count as u64 + 41);
    let sets = [shaped(0, count, &mut numbers), shaped(1, count, &mut numbers), like_pictures(count, &mut numbers)];
    let mut told = [0; 3];
    for values in sets {
        let words = |value: &[u8; 32]| -> [u64; 4] { std::array::from_fn(|at| u64::from_le_bytes(value.as_chunks().0[at])) };
        let plain: Vec<[u64; 4]> = values.iter().map(words).collect();
        let entries: Vec<Entry> = (0..).zip(&values).map(|(at, value)| entry(at, vec![SignalValue::Pdq(Pdq::new(*value))])).collect();
        let index = index(&entries);
        for number in 0..queries {
            let bits = [0, 8, 20, 30, 31, 32, 40][number % 7];
            let wanted = if number % 3 == 2 { numbers.bytes() } else { flipped(values[numbers.below(count)], bits, &mut numbers) };
            let found = index.near(&Pdq::new(wanted), Distance(limit as u16)).unwrap();
            let wanted = words(&wanted);
            let distance = |value: &[u64; 4]| -> u32 { value.iter().zip(wanted).map(|(a, b)| (a ^ b).count_ones()).sum() };
            let near = |at: usize| (distance(&plain[at]) <= limit).then(|| distance(&plain[at]));
            told[1] += found.iter().filter(|hit| near(hit.entry as usize) != Some(u32::from(hit.distance.0))).count();
            let expected = plain.iter().filter(|value| distance(value) <= limit).count();
            told[0] += expected.saturating_sub(found.len());
            told[2] += found.len();
        }
    }
    told
}

#[test]
fn search_equals_brute_force() {
    let [missed, invented, found] = judge(20_000, 400, 31);
    assert_eq!((missed, invented), (0, 0), "missed, invented");
    assert!(found > 1000, "the queries have neighbours: {found}");
}

#[test]
#[ignore = "takes minutes in a release build: cargo test --release -p hashlist --test index -- --ignored --nocapture"]
fn a_million_queries_equal_brute_force() {
    // The three sets together: small ones asked often, and one of half a million values for the slot pages and the full directories.
    let mut all = [0; 3];
    for (count, queries) in [(1100, 120_000), (20_000, 170_000), (70_000, 43_000), (500_000, 700)] {
        let told = judge(count, queries, 31);
        println!("{count} values of each shape, 3 × {queries} queries: missed {}, invented {}, found {}", told[0], told[1], told[2]);
        all = std::array::from_fn(|at| all[at] + told[at]);
    }
    assert_eq!((all[0], all[1]), (0, 0), "missed, invented");
}

#[test]
fn needles_in_a_haystack_are_all_found() {
    let (Some(needles), Some(haystack)) = (shared("pdq-regtest/needles.txt"), shared("pdq-regtest/haystack.txt")) else { return };
    let pdq_values = |bytes: &[u8], name: &str| -> Vec<Entry> { import_bytes(bytes, name, &answers()).unwrap().entries.to_vec() };
    let haystack = pdq_values(&haystack, "haystack.txt");
    let index = index(&haystack);
    let mut pairs = 0;
    let mut unchanged = 0;
    for needle in pdq_values(&needles, "needles.txt") {
        let SignalValue::Pdq(hash) = needle.signals[0] else { panic!("a needle is a PDQ") };
        let found = index.near(&hash, Distance::NEAR_LIMIT).unwrap();
        assert!(!found.is_empty(), "every needle has a neighbour");
        assert_eq!(found, near_slow(&haystack, &hash, Distance::NEAR_LIMIT), "as the plain loop");
        pairs += found.len();
        unchanged += usize::from(found[0].distance == Distance(0));
    }
    assert_eq!((haystack.len(), pairs, unchanged), (1350, 250, 50), "250 of 135,000 pairs within 31 bits");
}
