//! Every limit of reading a list, in one place. A list file is as hostile as an upload.
//!
//! Those that a test can reach are tested at the limit and one beyond, in `tests/rules.rs`; a file of 8 GiB and 50 million entries are not.

/// Longest text file, in bytes: 8 GiB. Read as a stream, never whole in memory. A larger one is refused as `too_large`.
pub const FILE_BYTES: u64 = 8 << 30;

/// Longest line of a plain list, in bytes without its line end: 64 KiB. A longer line is one rejected record.
///
/// Larger would let one unclosed quote of a CSV file swallow thousands of rows; smaller would cut long label columns.
pub const LINE_BYTES: usize = 64 << 10;

/// Longest line of the formats that carry vPDQ values, in bytes: 4 MiB, because one value lists every frame of a video.
pub const LONG_LINE_BYTES: usize = 4 << 20;

/// Most signals of one entry, kept ones included. Further ones are rejected signals.
pub const SIGNALS_PER_ENTRY: usize = 64;

/// Most labels of one entry. Further ones are dropped.
pub const LABELS_PER_ENTRY: usize = 64;

/// Longest label or source, in bytes. Longer ones are cut at a character boundary.
pub const LABEL_BYTES: usize = 128;

/// Longest key of an entry, in bytes. A longer one is a `bad_record`: cutting it could make two entries one.
pub const KEY_BYTES: usize = 512;

/// Most entries of one version: 50 million. More are refused as `too_large`.
pub const ENTRIES: usize = 50_000_000;

/// Most columns of a CSV header. A header with more is refused; no list needs them, and each row pays for them.
pub const COLUMNS: usize = 1024;

/// Number of rejected records that are remembered one by one; all are counted.
pub const REJECTED_RECORDS: usize = 1000;

/// Number of bytes at the beginning of a file that recognition wants to see: 1 MiB, which holds 200 ordinary lines many times over.
pub const HEAD_BYTES: usize = 1 << 20;

/// Number of counting lines that recognition of text looks at.
pub const HEAD_LINES: usize = 200;
