//! Any list that may be published reads back as it was, as one snapshot and as a chain of deltas, and its projections hold its signals.

use std::collections::{BTreeMap, BTreeSet};

use hashlist::shl::Published;
use hashlist::{Answers, Entry, Format, Harm, Media, Quality, SignalKind, SignalValue, Status, import_bytes};
use proptest::prelude::*;

use crate::folder::*;

fn signal() -> impl Strategy<Value = SignalValue> {
    // Few bits are set or unset in no value: a seed alone may not be published.
    let bytes = prop::array::uniform32(1u8..255);
    (prop::sample::select(SignalKind::ALL.to_vec()), bytes)
        .prop_map(|(kind, bytes)| SignalValue::from_bytes(kind, &bytes[..kind.byte_len()]).unwrap())
        .prop_filter("no seed", |signal| !hashlist::is_never_alert(signal))
}

fn kept() -> impl Strategy<Value = Vec<(String, String)>> {
    let one = prop_oneof![
        "[0-9a-f]{128}".prop_map(|text| ("sha512".to_owned(), text)),
        "T1[0-9A-F]{70}".prop_map(|text| ("tlsh".to_owned(), text)),
        ("[0-9a-f]{64}", 0u8..=100, 0u32..100_000).prop_map(|(hash, quality, ms)| {
            let frames = serde_json::json!([[hash, quality, f64::from(ms) / 1000.0]]);
            ("vpdq".to_owned(), frames.to_string())
        }),
        "[0-9a-f]{16}".prop_map(|text| ("img-gradient-8x8".to_owned(), text)),
    ];
    prop::collection::btree_set(one, 0..3).prop_map(|kept| kept.into_iter().collect())
}

fn time() -> impl Strategy<Value = Option<i64>> {
    prop::option::of((0i64..4_000_000_000).prop_map(|seconds| seconds * 1000))
}

prop_compose! {
    fn any_entry()(
        signals in prop::collection::vec(signal(), 1..5),
        kept in kept(),
        quality in prop::option::of(50u8..=100),
        size in prop::option::of(0u64..1 << 53),
        media in prop::option::of(prop::sample::select(Media::ALL.to_vec())),
        status in prop::sample::select(Status::ALL.to_vec()),
        labels in prop::sample::subsequence(vec!["test".to_owned(), "sample".to_owned()], 0..=2),
        source in prop::option::of("[A-Za-z \"é.,-]{0,40}"),
        (added, updated, expires) in (time(), time(), time()),
    ) -> Entry {
        let has_pdq = signals.iter().any(|signal| signal.kind() == SignalKind::Pdq);
        let quality = quality.filter(|_| has_pdq).map(Quality::new);
        Entry { signals, kept, quality, size, media, status, labels, source, added, updated, expires, ..Entry::default() }
    }
}

fn versions() -> impl Strategy<Value = Vec<Vec<Entry>>> {
    let version = prop::collection::btree_map("[a-h]", any_entry(), 0..8);
    let named = |entries: BTreeMap<String, Entry>| entries.into_iter().map(|(key, entry)| Entry { key, ..entry }).collect();
    prop::collection::vec(version.prop_map(named), 6)
}

/// What an entry says in the list file, whatever number or mark it has here.
fn said(entries: &[Entry]) -> Vec<Entry> {
    let order = |signal: &SignalValue| {
        (["sha256", "sha1", "md5", "pdq"].iter().position(|kind| *kind == signal.kind().as_str()), signal.to_string())
    };
    let mut said: Vec<Entry> =
        entries.iter().map(|entry| Entry { number: 0, flags: hashlist::Flags::default(), ..entry.clone() }).collect();
    for entry in &mut said {
        entry.signals.sort_by_key(order);
        entry.signals.dedup();
    }
    said.sort_by(|one, other| one.key.cmp(&other.key));
    said
}

fn signals_of(entries: &[Entry]) -> BTreeSet<String> {
    let text = |entry: &Entry| -> Vec<String> {
        let matched = entry.signals.iter().map(|signal| format!("{} {signal}", signal.kind()));
        matched.chain(entry.kept.iter().map(|(kind, text)| format!("{kind} {text}"))).collect()
    };
    entries.iter().flat_map(text).collect()
}

/// The signals that a projection has a name for.
fn projected(entries: &[Entry], statuses: &[Status]) -> BTreeSet<String> {
    let shown = |entry: &&Entry| statuses.contains(&entry.status);
    let keep = |entry: &Entry| {
        let is_video = entry.media == Some(Media::Video);
        let has_name = |kind: SignalKind| kind == SignalKind::Pdq || (is_video && matches!(kind, SignalKind::Md5 | SignalKind::Sha256));
        let signals = entry.signals.iter().filter(|signal| has_name(signal.kind())).copied().collect();
        let kept = entry.kept.iter().filter(|(kind, _)| matches!(kind.as_str(), "tlsh" | "vpdq")).cloned().collect();
        Entry { signals, kept, ..Entry::default() }
    };
    signals_of(&entries.iter().filter(shown).map(keep).collect::<Vec<_>>())
}

fn read_projection(published: &Published, ending: &str, format: Format) -> BTreeSet<String> {
    let file = published.files.iter().find(|file| file.name.ends_with(ending)).unwrap();
    let answers = Answers { harm: Some(Harm::Ncii), format: Some(format), ..Answers::default() };
    // A file without a signal is empty, or only a header: there is nothing to take from it.
    import_bytes(&file.bytes, &file.name, &answers).map(|import| signals_of(&import.entries.to_vec())).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_of_five_deltas_is_the_snapshot_and_both_are_what_was_published(versions in versions()) {
        let mut publisher = Publisher::new(test_key());
        let mut by_deltas = reader(publisher.key.public());
        for (at, entries) in versions.iter().enumerate() {
            let published = publisher.publish(entries);
            let seq = at + 1;
            let name = if at == 0 { "own-1.shl.jsonl".to_owned() } else { format!("own-{at}-{seq}.shl.jsonl") };
            let applied = take(&mut by_deltas, publisher.folder.file(&name), publisher.folder.signature(&name)).unwrap();
            prop_assert!(applied.is_news);
            prop_assert_eq!(said(&by_deltas.entries().to_vec()), said(entries), "the delta to version {}", seq);
            let confident = [Status::Confirmed, Status::Suspected];
            prop_assert_eq!(read_projection(&published, ".tx.txt", Format::TxLines), projected(entries, &confident));
            prop_assert_eq!(read_projection(&published, ".csv", Format::TxCsv), projected(entries, &Status::ALL));
        }
        let mut by_snapshot = reader(publisher.key.public());
        let name = "own-6.shl.jsonl";
        prop_assert!(take(&mut by_snapshot, publisher.folder.file(name), publisher.folder.signature(name)).unwrap().is_news);
        prop_assert_eq!(said(&by_snapshot.entries().to_vec()), said(&by_deltas.entries().to_vec()));
        let withdrawn = |replay: &hashlist::shl::Replay| {
            replay.tombstones().iter().map(|gone| (gone.key.clone(), gone.reason, gone.at)).collect::<Vec<_>>()
        };
        prop_assert_eq!(withdrawn(&by_snapshot), withdrawn(&by_deltas), "what is gone, why and since when");
    }

    #[test]
    fn an_update_in_one_step_leads_where_single_steps_lead(versions in versions(), from in 1usize..6) {
        let mut publisher = Publisher::new(test_key());
        let mut replay = reader(publisher.key.public());
        for (at, entries) in versions.iter().enumerate() {
            publisher.publish(entries);
            if at + 1 == from {
                publisher.folder.update(&mut replay).unwrap();
            }
        }
        publisher.folder.update(&mut replay).unwrap();
        prop_assert_eq!(replay.current().unwrap().seq, 6);
        prop_assert_eq!(said(&replay.entries().to_vec()), said(&versions[5]));
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let answers = Answers { format: Some(Format::Shl), ..Answers::default() };
        prop_assert!(import_bytes(&bytes, "x", &answers).is_err());
    }
}
