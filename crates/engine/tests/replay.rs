//! The seeds of the fuzz targets and all that they ever found, once more: `docs/fuzzing.md`.
#![expect(clippy::expect_used, reason = "the bodies of the targets are shared with the fuzzer, where a surprise ends the run")]

#[path = "../../../tests/fuzz/src/records.rs"]
mod records;
#[path = "../../../tests/fuzz/src/replay.rs"]
mod replay;

#[test]
fn no_target_panics_on_its_seeds_and_findings() {
    for (name, target) in records::TARGETS {
        let files = replay::replay(name, target).unwrap();
        assert!(files > 0, "{name} has seeds");
    }
}
