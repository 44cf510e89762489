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

/// Longest JSON record, in bytes: 1 MiB. A longer one is one rejected record.
///
/// The largest real ones are media records of forensic programs with their EXIF texts, some 100 KiB.
pub const JSON_RECORD_BYTES: usize = 1 << 20;

/// Deepest nesting of JSON, the outermost bracket counted as 1. A deeper file is refused as `too_deep`.
pub const JSON_DEPTH: usize = 64;

/// Most keys of one object above the records of a JSON file. More are refused as `too_large`; exchanges use a dozen.
pub const JSON_KEYS: usize = 1000;

/// Longest key above the records of a JSON file, in bytes. A longer one is refused as `too_large`.
pub const JSON_KEY_BYTES: usize = 4096;

/// Deepest nesting of XML, the root counted as 1. A deeper file is refused as `too_deep`.
pub const XML_DEPTH: usize = 32;

/// Most attributes of one XML element. More are refused as `too_large`.
pub const XML_ATTRIBUTES: usize = 64;

/// Longest text of one XML element, in bytes: 1 MiB. A longer one is refused as `too_large`; so is a tag or a comment beyond it.
pub const XML_TEXT_BYTES: usize = 1 << 20;

/// Longest entry of an XML list, its tags included, in bytes: 2 MiB. A longer one is one rejected record.
pub const XML_ENTRY_BYTES: usize = 2 << 20;

/// Largest SQLite file, in bytes: 128 GiB. Full NSRL sets are tens of GiB.
pub const DATABASE_BYTES: u64 = 128 << 30;

/// Longest value of a SQLite file that is read, in bytes: 1 MiB. A file that hands over a longer one is refused as `too_large`.
pub const CELL_BYTES: usize = 1 << 20;

/// Most files of one import: pages of an exchange, events of a feed.
pub const PAGES: usize = 100_000;

/// Most names that are remembered of those who vouch for an entry or dispute it; all are counted.
pub const OPINION_NAMES: usize = 64;

/// Longest name of a kind that a publisher made up, in bytes. Longer ones are cut at a character boundary.
pub const KIND_BYTES: usize = 64;

/// Most names of kept kinds that a report lists one by one; further ones are counted as `other`.
pub const KINDS_IN_REPORT: usize = 100;

/// How long a withdrawn entry is remembered at least, in milliseconds: 90 days, the time that exchanges remember it themselves.
pub const TOMBSTONE_MS: i64 = 90 * 86_400_000;

/// Longest line of a stored state, in bytes: 16 MiB, which holds an entry with the frames of a video.
pub const STATE_LINE_BYTES: usize = 16 << 20;

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

/// Longest line of a signed list, in bytes with its LF: 64 KiB. A longer one refuses the file.
pub const SHL_LINE_BYTES: usize = 64 << 10;

/// Longest signature file, in bytes: 4 KiB. Real ones have about 300.
pub const SIGNATURE_BYTES: usize = 4 << 10;

/// Longest index of a signed list, in bytes: 1 MiB, which names some thousand files.
pub const INDEX_BYTES: usize = 1 << 20;

/// Longest file with a signature of the legacy form, in bytes: 64 MiB, because it has to be in memory as a whole.
pub const LEGACY_SIGNED_BYTES: u64 = 64 << 20;
