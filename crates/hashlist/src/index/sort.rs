//! Sorting records that do not fit into memory: sorted runs in scratch room, then one merge.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io;
use std::ops::Range;

use super::scratch::{Scratch, Spool};

/// Bytes of a run, which is sorted in memory: 48 MiB, so that the sorters of all four kinds stay below 200 MiB together.
const RUN_BYTES: usize = 48 << 20;

/// Bytes that the merge reads of a run at a time.
const BLOCK_BYTES: usize = 256 << 10;

/// The first bytes of a record as a number of the same order.
fn head<const N: usize>(record: &[u8; N]) -> u64 {
    record.first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
}

/// The order of the bytes; nearly always the first eight decide, and comparing those is no call.
fn order<const N: usize>(a: &[u8; N], b: &[u8; N]) -> Ordering {
    head(a).cmp(&head(b)).then_with(|| a.cmp(b))
}

/// Takes records of `N` bytes in any order and gives them back in the order of their bytes.
pub(super) struct Sorter<const N: usize> {
    buffer: Vec<[u8; N]>,
    runs: Vec<Range<u64>>,
    spool: Spool,
    run_records: usize,
    count: usize,
}

impl<const N: usize> Default for Sorter<N> {
    fn default() -> Self {
        Self::with_run(RUN_BYTES / N)
    }
}

impl<const N: usize> Sorter<N> {
    fn with_run(run_records: usize) -> Self {
        Self { buffer: Vec::new(), runs: Vec::new(), spool: Spool::default(), run_records, count: 0 }
    }

    /// Takes one record.
    pub(super) fn push(&mut self, record: [u8; N], scratch: &mut dyn Scratch) -> io::Result<()> {
        self.buffer.push(record);
        self.count += 1;
        if self.buffer.len() < self.run_records {
            return Ok(());
        }
        self.end_run(scratch)
    }

    fn end_run(&mut self, scratch: &mut dyn Scratch) -> io::Result<()> {
        self.buffer.sort_unstable_by(order);
        let start = self.spool.len();
        for block in self.buffer.chunks((BLOCK_BYTES / N).max(1)) {
            self.spool.push(block.as_flattened(), scratch)?;
        }
        self.runs.push(start..self.spool.len());
        self.buffer.clear();
        Ok(())
    }

    /// Ends taking.
    pub(super) fn finish(mut self, scratch: &mut dyn Scratch) -> io::Result<Sorted<N>> {
        if self.runs.is_empty() {
            self.buffer.sort_unstable_by(order);
        } else {
            if !self.buffer.is_empty() {
                self.end_run(scratch)?;
            }
            self.buffer = Vec::new();
        }
        Ok(Sorted { all: self.buffer, runs: self.runs, spool: self.spool, count: self.count })
    }
}

/// Sorted records: all in memory, or in runs.
pub(super) struct Sorted<const N: usize> {
    all: Vec<[u8; N]>,
    runs: Vec<Range<u64>>,
    spool: Spool,
    count: usize,
}

impl<const N: usize> Sorted<N> {
    /// Number of records.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Calls `take` with every record, in order.
    pub(super) fn each<E: From<io::Error>>(mut self, mut take: impl FnMut(&[u8; N]) -> Result<(), E>) -> Result<(), E> {
        if self.runs.is_empty() {
            return self.all.iter().try_for_each(take);
        }
        let mut runs: Vec<Run<N>> = self.runs.into_iter().map(|left| Run { left, block: Vec::new(), next: 0 }).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (position, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next(&mut self.spool)?.map(|record| Reverse((head(&record), record, position))));
        }
        while let Some(mut least) = heads.peek_mut() {
            let Reverse((_, record, position)) = *least;
            take(&record)?;
            match runs.get_mut(position).map_or(Ok(None), |run| run.next(&mut self.spool))? {
                Some(next) => *least = Reverse((head(&next), next, position)),
                None => drop(PeekMut::pop(least)),
            }
        }
        Ok(())
    }
}

/// What is left of one run, with the block that was read last.
struct Run<const N: usize> {
    left: Range<u64>,
    block: Vec<u8>,
    next: usize,
}

impl<const N: usize> Run<N> {
    fn next(&mut self, spool: &mut Spool) -> io::Result<Option<[u8; N]>> {
        if self.next >= self.block.len() {
            let length = (self.left.end - self.left.start).min(((BLOCK_BYTES / N).max(1) * N) as u64);
            // At most a block.
            self.block.resize(length as usize, 0);
            spool.read_at(self.left.start, &mut self.block)?;
            self.left.start += length;
            self.next = 0;
        }
        let record = self.block.get(self.next..).and_then(|rest| rest.first_chunk::<N>()).copied();
        self.next += N;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scratch::MemoryScratch;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn runs_merge_to_what_a_plain_sort_gives(
            records in prop::collection::vec(any::<[u8; 2]>(), 0..300),
            run in 1usize..80,
        ) {
            let mut sorter = Sorter::<2>::with_run(run);
            records.iter().try_for_each(|record| sorter.push(*record, &mut MemoryScratch)).unwrap();
            let mut found = Vec::new();
            sorter.finish(&mut MemoryScratch).unwrap().each::<io::Error>(|record| { found.push(*record); Ok(()) }).unwrap();
            let mut expected = records;
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
