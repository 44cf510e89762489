//! What several test files share: samples, the shared material, and a generator that is the same on every machine.
#![allow(dead_code, reason = "each test file uses another part")]

use std::path::PathBuf;

use hashlist::{Answers, Harm, Import, ListState, Open, Refusal, Source, import_bytes, import_pages};

/// Bytes of a sample that belongs to the project.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)).unwrap()
}

/// Bytes of shared material that is not part of the project, or `None` with a line that says so.
#[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
pub fn shared(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: {name} is not there");
    }
    bytes
}

/// An import with the harm answered.
pub fn read(bytes: &[u8], name: &str) -> Result<Import, Refusal> {
    import_bytes(bytes, name, &answers())
}

/// Answers with nothing open but the kind.
pub fn answers() -> Answers {
    Answers { harm: Some(Harm::Local), ..Answers::default() }
}

/// An import of several files as one.
pub fn folder(files: &[(&str, Vec<u8>)], base: Option<ListState>, answers: &Answers) -> Result<Import, Refusal> {
    let opens: Vec<Box<Open<'_>>> =
        files.iter().map(|(_, bytes)| -> Box<Open<'_>> { Box::new(move || Ok(Box::new(bytes.as_slice()))) }).collect();
    let sources: Vec<Source<'_, '_>> = files.iter().zip(&opens).map(|((name, _), open)| Source { name, open: &**open }).collect();
    import_pages(&sources, base, answers)
}

/// The state that an import leaves for the next one.
pub fn state_of(import: &Import) -> ListState {
    ListState { entries: import.entries.clone(), tombstones: import.tombstones.clone(), next_number: import.next_number }
}

/// Every record has exactly one outcome, and the entries are counted.
pub fn adds_up(import: &Import, name: &str) {
    let report = &import.report;
    let outcomes = report.added + report.replaced + report.duplicate + report.withdrawn + report.undecided;
    assert_eq!(outcomes + report.skipped_count() + report.rejected_count(), report.records, "{name}: each record has one outcome");
    assert_eq!(report.entries, import.entries.len() as u64, "{name}: entries are counted");
}

/// A small generator (xorshift64*), so that a failure can be repeated.
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// That many bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }
}
