//! What several test files share: samples, the shared material, and a generator that is the same on every machine.
#![allow(dead_code, reason = "each test file uses another part")]

use std::path::PathBuf;

use hashlist::{Answers, Harm, Import, Refusal, import_bytes};

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
