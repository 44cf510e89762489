//! Damaged and random input: a refusal or a report, never a panic, and never an outcome that does not add up.
#![expect(clippy::unwrap_used, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use hashlist::{Answers, Format, Import, Refusal, import_bytes};
use proptest::prelude::*;
use support::{Numbers, answers, sample};

const SAMPLES: [&str; 26] = [
    "hashes-mixed.txt",
    "hex64-mixed.txt",
    "csv-columns.csv",
    "csv-typed.csv",
    "csv-tabs.tsv",
    "md5deep-z.txt",
    "SHA256SUMS",
    "bsd-tags.txt",
    "hashdeep.txt",
    "hashdeep-sha1.txt",
    "tx-local-file.txt",
    "tx-dataset.csv",
    "threat-updates-own.json",
    "stopncii-own.json",
    "tat-own.json",
    "vics-2.0-hashset.json",
    "vics-1.3-case.json",
    "vics-1.2-quirks.json",
    "stix-bundle.json",
    "taxii-envelope.json",
    "warninglist.json",
    "vpdq-lines.txt",
    "vpdq-object.json",
    "te-cache.simple.HASH_PDQ.te",
    "misp-feed/manifest.json",
    "misp-feed/5e0f1f2a-6b0e-4c8e-9a77-0c2f9f0a0001.json",
];

fn adds_up(result: &Result<Import, Refusal>) {
    let Ok(import) = result else { return };
    let report = &import.report;
    let outcomes = report.added + report.replaced + report.duplicate + report.withdrawn + report.undecided;
    assert_eq!(outcomes + report.skipped_count() + report.rejected_count(), report.records, "each record has one outcome");
    assert_eq!(report.entries, import.entries.len() as u64, "entries are counted");
}

fn every_way(bytes: &[u8]) {
    adds_up(&import_bytes(bytes, "x", &answers()));
    for format in Format::ALL {
        adds_up(&import_bytes(bytes, "x.te", &Answers { format: Some(format), ..answers() }));
    }
}

#[test]
fn every_sample_cut_at_every_place_is_refused_or_reported() {
    for name in SAMPLES {
        let bytes = sample(name);
        let step = if bytes.len() > 1000 { 97 } else { 7 };
        (0..bytes.len()).step_by(step).for_each(|end| every_way(&bytes[..end]));
    }
    for name in ["login-page.html", "api-error.json", "truncated.json", "ncmec-doctype.xml", "tmk-stub.tmk"] {
        let bytes = sample(name);
        (0..bytes.len()).step_by(7).for_each(|end| adds_up(&import_bytes(&bytes[..end], name, &answers())));
    }
}

#[test]
fn mutated_samples_are_refused_or_reported() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for name in SAMPLES {
        for _ in 0..30 {
            let mut bytes = sample(name);
            for _ in 0..1 + numbers.below(8) {
                let at = numbers.below(bytes.len());
                match numbers.below(3) {
                    0 => bytes[at] = numbers.next() as u8,
                    1 => _ = bytes.remove(at),
                    _ => bytes.insert(at, b"\"\r\n,;|\0"[numbers.below(7)]),
                }
            }
            every_way(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused_or_reported(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        every_way(&bytes);
    }

    #[test]
    fn random_text_of_a_list_is_refused_or_reported(text in "(md5|sha1|pdq|hash|[0-9a-f]{31,33}|[,;\t| \"=()*\\\\]|\r?\n|T1|0x|%%%% |é){0,80}") {
        every_way(text.as_bytes());
    }

    #[test]
    fn random_json_is_refused_or_reported(text in "(\\{\"|\"\\}|[{}\\[\\],:]|\"(data|hashRecords|results|value|Event|Attribute|objects|list|id|md5|type|indicator)\":|\"MD5\"|\"\\\\u00e9\"|null|true|-1e9|[0-9a-f]{32}){0,60}") {
        every_way(text.as_bytes());
        every_way(format!("{{\"hashRecords\":[{text}").as_bytes());
    }

    #[test]
    fn a_written_list_reads_back(values in prop::collection::vec(any::<[u8; 16]>(), 1..50)) {
        let lines: String = values.iter().map(|value| format!("{}\n", hashlist::Md5::new(*value))).collect();
        let import = import_bytes(lines.as_bytes(), "x", &answers()).unwrap();
        let distinct: std::collections::BTreeSet<_> = values.iter().collect();
        prop_assert_eq!(import.entries.len(), distinct.len());
        prop_assert!(import.entries.iter().all(|entry| distinct.iter().any(|value| entry.signals[0].as_bytes() == &value[..])));
    }
}
