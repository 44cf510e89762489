//! Are the 64-digit values of this list SHA-256 or PDQ? Decided for the whole list, from how many bits are set; never guessed in silence.
//!
//! PDQ compares each of 256 numbers with their median, so exactly half of its bits are set unless numbers are equal. For SHA-256 that
//! happens by chance, in C(256,128)/2^256 = 4.98 % of values.

use fingerprint::signal::SignalKind;

use crate::entry::SignalValue;
use crate::seeds::{bits_set, is_never_alert};

/// Fewest distinct values that prove anything. At 20 a SHA-256 list looks like PDQ with a chance of about 1 in 10^8.
const FEWEST_VALUES: u64 = 20;

/// Percentage of values with half their bits set from which the list is proposed as PDQ. Lower invites SHA-256 lists in; higher loses
/// published PDQ lists with altered values (57 of 100).
const PDQ_PERCENT: u64 = 50;

/// Percentage up to which the list is proposed as SHA-256. 5 % is expected; at 20 values 15 % is exceeded in 1.6 % of lists, which then ask.
const SHA256_PERCENT: u64 = 15;

/// What the values of a list say about their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexVerdict {
    /// Number of distinct values, without never-alert seeds.
    pub n: u64,
    /// Number of those with exactly 128 of 256 bits set.
    pub k: u64,
    /// SHA-256, PDQ, or `None`: the operator must say.
    pub proposal: Option<SignalKind>,
}

impl HexVerdict {
    /// The sentence for the preview and for the question.
    pub fn sentence(&self) -> String {
        let Self { n, k, .. } = self;
        match self.proposal {
            Some(SignalKind::Pdq) => format!("{k} of {n} values have exactly half their bits set, as PDQ values do."),
            Some(_) => format!("{k} of {n} values have exactly half their bits set, as chance gives SHA-256 values."),
            None if *n < FEWEST_VALUES => format!("{n} values of 64 digits are too few to tell SHA-256 from PDQ. Say which they are."),
            None => {
                format!("{k} of {n} values have exactly half their bits set: too many for SHA-256, too few for PDQ. Say which they are.")
            }
        }
    }
}

/// Collects the 64-digit values of one list. Memory: 32 bytes a value, duplicates removed as it goes.
#[derive(Debug, Default)]
pub(crate) struct Census {
    values: Vec<[u8; 32]>,
    compacted: usize,
}

/// Values collected before duplicates are looked for the first time; less would sort too often.
const COMPACT_FROM: usize = 1 << 16;

impl Census {
    pub(crate) fn add(&mut self, value: [u8; 32]) {
        self.values.push(value);
        if self.values.len() >= COMPACT_FROM.max(self.compacted * 2) {
            self.compact();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn verdict(mut self) -> HexVerdict {
        self.compact();
        let is_seed = |value: &[u8; 32]| {
            [SignalKind::Sha256, SignalKind::Pdq]
                .into_iter()
                .any(|kind| SignalValue::from_bytes(kind, value).is_some_and(|value| is_never_alert(&value)))
        };
        let mut verdict = HexVerdict { n: 0, k: 0, proposal: None };
        for value in self.values.iter().filter(|value| !is_seed(value)) {
            verdict.n += 1;
            verdict.k += u64::from(bits_set(value) == 128);
        }
        verdict.proposal = propose(verdict.n, verdict.k);
        verdict
    }

    fn compact(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
        self.compacted = self.values.len();
    }
}

fn propose(n: u64, k: u64) -> Option<SignalKind> {
    if n < FEWEST_VALUES {
        None
    } else if k * 100 >= n * PDQ_PERCENT {
        Some(SignalKind::Pdq)
    } else if k * 100 <= n * SHA256_PERCENT {
        Some(SignalKind::Sha256)
    } else {
        None
    }
}

/// The verdict over a set of values; the rule of the module in one call.
pub fn hex_verdict(values: impl IntoIterator<Item = [u8; 32]>) -> HexVerdict {
    let mut census = Census::default();
    values.into_iter().for_each(|value| census.add(value));
    census.verdict()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    #[test]
    fn the_bounds_are_those_of_the_rule() {
        for (n, k, proposal) in [
            (19, 19, None),
            (20, 10, Some(SignalKind::Pdq)),
            (20, 9, None),
            (20, 4, None),
            (20, 3, Some(SignalKind::Sha256)),
            (100, 15, Some(SignalKind::Sha256)),
            (100, 16, None),
            (100, 49, None),
            (0, 0, None),
        ] {
            assert_eq!(propose(n, k), proposal, "n {n}, k {k}");
        }
    }

    #[test]
    fn no_generated_sha256_list_is_ever_proposed_as_pdq() {
        // The value of (list, position) is a digest, so the lists are the same on every machine.
        for n in [20u64, 50, 1000] {
            for list in 0..10_000u64 {
                let half = (0..n)
                    .filter(|position| {
                        let digest: [u8; 32] = sha2::Sha256::digest([n, list, *position].map(u64::to_le_bytes).concat()).into();
                        bits_set(&digest) == 128
                    })
                    .count();
                assert_ne!(propose(n, half as u64), Some(SignalKind::Pdq), "list {list} of {n} values");
            }
        }
    }

    #[test]
    fn duplicates_and_seeds_count_for_nothing() {
        let half = |position: u8| {
            let mut value = [0u8; 32];
            value[..16].fill(0xff);
            value[0] = 0xff ^ position;
            value[16] = position;
            value
        };
        let values = (0..10).map(half).chain((0..200_000).map(|_| half(3))).chain([[0; 32], [0xff; 32], [1; 32]]);
        let verdict = hex_verdict(values);
        assert_eq!((verdict.n, verdict.k), (11, 10), "ten values with half their bits, one other with 32 bits, no constants");
    }
}
