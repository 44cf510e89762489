//! Targets of `hashlist`: files of lists, signed lists, compiled indexes.

use std::sync::OnceLock;

use hashlist::shl::{self, Keyring, PublicKey, Replay};
use hashlist::{
    Answers, Distance, Entry, Format, Harm, Import, Index, IndexMeta, Pdq, Polarity, SignalKind, compile, import_bytes, limits, read_state,
    write_state,
};
use sha2::{Digest, Sha256};

/// The name of a program and of its folder of seeds, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 3] = [("index", index), ("list", list), ("shl", signed_list)];

/// 2026-11-29T00:00:00Z, the clock of the signed samples.
const NOW_MS: i64 = 1_795_910_400_000;

/// The key of the signed samples, which signs nothing else.
const SAMPLE_KEY: &str = "RWSgsnraUEDnfpLGJmql3QyaxHj1gP54EXX5uNqkqmVoWCBhsl4btzmU";

/// The list behind the index that the target `index` damages: every kind of signal, and values that neighbours share.
const SMALL_LIST: [&str; 6] = [
    "900150983cd24fb0d6963f7d28e17f72",
    "5d41402abc4b2a76b9719d911017c592",
    "a9993e364706816aba3e25717850c26c9cd0d89d",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
    "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b23",
];

/// The first byte chooses the format (0: recognised), the rest is the file. Every record has one outcome, and what was read can be stored and compiled.
pub fn list(bytes: &[u8]) {
    let Some((choice, file)) = bytes.split_first() else { return };
    let format = usize::from(*choice) % (Format::ALL.len() + 1);
    let format = format.checked_sub(1).map(|at| Format::ALL[at]);
    // The last bit answers what some formats ask: with the answer, their entries are read too.
    let kind_64 = (*choice >= 128).then_some(SignalKind::Pdq);
    let answers = Answers { format, kind_64, takes_case: *choice >= 128, takes_files: *choice >= 128, ..answers() };
    if let Ok(import) = import_bytes(file, "list.te", &answers) {
        holds_together(&import);
    }
}

/// Files of one list, with a zero byte between them; none is signed. What is refused changes nothing. Each is also read as the index of a
/// folder, as a key, and as a signature over the first.
pub fn signed_list(bytes: &[u8]) {
    let mut replay = Replay::new(&answers(), None, NOW_MS);
    let key = PublicKey::read(SAMPLE_KEY).map(Keyring::new);
    let first = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    for file in bytes.split(|byte| *byte == 0) {
        let before = (replay.current().cloned(), replay.entries().to_vec(), replay.tombstones().to_vec());
        if replay.apply(&|| Ok(Box::new(file)), None).is_err() {
            let after = (replay.current().cloned(), replay.entries().to_vec(), replay.tombstones().to_vec());
            assert_eq!(before, after, "what is refused changes nothing");
        }
        shl::Index::read(file).ok();
        if let Some(read) = std::str::from_utf8(file).ok().and_then(PublicKey::read) {
            assert_eq!(PublicKey::read(&read.to_file()), Some(read), "a key is written as it is read");
        }
        if let Some(keys) = &key {
            shl::verify(first, limits::FILE_BYTES, file, keys).ok();
        }
    }
    if let Ok(import) = import_bytes(first, "list.shl.jsonl", &Answers { format: Some(Format::Shl), ..answers() }) {
        holds_together(&import);
    }
}

/// After a first byte 0: the bytes of an index. After any other: changes of a good index, each a place (u16) and a byte, whose sums are made
/// right again afterwards. Either is refused as damaged or answers.
pub fn index(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0, file)) => ask(file),
        // Without this, a seal that fits no more would turn every input away at the door, and nobody would notice.
        Some((_, [])) => assert_eq!(sealed_after(&[]), small_index(), "sealing makes the sums that the index has"),
        Some((_, changes)) => ask(&sealed_after(changes)),
        None => {}
    }
}

fn answers() -> Answers {
    Answers { harm: Some(Harm::Local), ..Answers::default() }
}

fn holds_together(import: &Import) {
    let report = &import.report;
    let outcomes = report.added + report.replaced + report.duplicate + report.withdrawn + report.undecided;
    assert_eq!(outcomes + report.skipped_count() + report.rejected_count(), report.records, "each record has one outcome");
    assert_eq!(report.entries, import.entries.len() as u64, "entries are counted");
    assert!(import.entries.iter().all(|entry| (1..=limits::KEY_BYTES).contains(&entry.key.len())), "keys are within their limit");

    let mut stored = Vec::new();
    write_state(&import.entries, &import.tombstones, import.next_number, &mut stored).expect("memory takes all");
    let back = read_state(stored.as_slice()).expect("what was written reads");
    assert_eq!((&back.entries, &back.tombstones), (&import.entries, &import.tombstones), "the state is stored as it is");

    let file = compile(import.entries.iter(), &meta(import.polarity)).expect("a short file fits an index");
    let index = Index::open(file).expect("a fresh index opens");
    assert_eq!(index.verify(), Ok(()), "a fresh index is whole");
    assert_eq!(index.len(), import.entries.len(), "a row for each entry");
    import.entries.iter().enumerate().for_each(|(row, entry)| found(&index, row as u32, &entry));
}

fn meta(polarity: Polarity) -> IndexMeta {
    IndexMeta { harm: Harm::Local, polarity }
}

fn found(index: &Index<Vec<u8>>, row: u32, entry: &Entry) {
    let stored = index.entry(row).expect("a fresh index answers").expect("the row is there");
    assert_eq!(stored.key, entry.key, "rows keep the order of the entries");
}

fn ask(file: &[u8]) {
    let Ok(index) = Index::open(file) else { return };
    // Only whether it panics matters: a damaged file may say anything that is not an answer.
    index.verify().ok();
    index.keys().take(100).for_each(drop);
    (0..index.len().min(100) as u32).chain([u32::MAX]).for_each(|row| drop(index.entry(row)));
    for signal in small_entries().iter().flat_map(|entry| &entry.signals) {
        let numbers = index.exact(signal.kind(), signal.as_bytes());
        numbers.map(|numbers| numbers.take(1000).count()).ok();
    }
    let near = Pdq::from_slice(&[0xA5; 32]).into_iter().chain(small_entries().iter().flat_map(pdq_of));
    for hash in near {
        for limit in [0, 31, 256] {
            index.near(&hash, Distance(limit)).ok();
        }
    }
}

fn pdq_of(entry: &Entry) -> Option<Pdq> {
    entry.signals.iter().find(|signal| signal.kind() == SignalKind::Pdq).and_then(|signal| Pdq::from_slice(signal.as_bytes()))
}

fn small_entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let of = |(at, line): (usize, &&str)| {
            let kind_64 = Some(if at < 4 { SignalKind::Sha256 } else { SignalKind::Pdq });
            import_bytes(line.as_bytes(), "list.txt", &Answers { kind_64, ..answers() }).expect("a good list").entries.to_vec()
        };
        SMALL_LIST.iter().enumerate().flat_map(of).collect()
    })
}

/// A good index.
pub fn small_index() -> Vec<u8> {
    compile(small_entries(), &meta(Polarity::Alert)).expect("a short list fits an index")
}

/// The good index with the changes in it and all sums made right, as `docs/index.md` describes them.
fn sealed_after(changes: &[u8]) -> Vec<u8> {
    const PAGE: usize = 4096;
    const DIGEST: std::ops::Range<usize> = 24..56;
    let mut file = small_index();
    let pages = (file.len() - PAGE) / (PAGE + 8) + 1;
    let (content, sums) = file.split_at_mut(pages * PAGE);
    for [low, high, byte] in changes.as_chunks::<3>().0 {
        let place = usize::from(u16::from_le_bytes([*low, *high])) % content.len();
        content[place] = *byte;
    }
    for (page, sum) in content.chunks_exact(PAGE).skip(1).zip(sums.as_chunks_mut::<8>().0) {
        sum.copy_from_slice(&Sha256::digest(page)[..8]);
    }
    let first = Sha256::new().chain_update(&content[..DIGEST.start]).chain_update(&content[DIGEST.end..PAGE]);
    let digest = first.chain_update(&*sums).finalize();
    content[DIGEST].copy_from_slice(&digest);
    file
}
