//! The home itself: its log, what it takes on the disk, and its end.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

words!(
    /// How much a line of the log matters.
    LogLevel: engine::log::Level { Error, Warn, Info }
);
shown_words!(
    /// A part of the home.
    StoragePart: engine::engine::storage::Part { Vault, Holding, Lists, Practice, Own, Backup, Logs, Keys, Database }
);
own_words!(
    /// How far the process that decodes pictures is shut in.
    Sandbox { Full, SeccompOnly, Limits, None, Unknown }
);

answers! {
    /// One line of the log: words of closed lists and numbers.
    struct LogRow { at: i64, level: LogLevel, text: String }

    /// Lines, newest first. `next` is the cursor of the older ones.
    struct LogPage { rows: Vec<LogRow>, next: Option<String> }

    /// What one part of the home takes.
    struct StorageSize { part: StoragePart, bytes: u64, files: u64 }

    /// What would go with the home, and what forbids it: cases that are held, and files that are not sealed yet.
    struct Removal { home_shown: String, sizes: Vec<StorageSize>, sealed: u64, held: Vec<i64>, unsealed: u64 }

    /// What the program is.
    struct About { sandbox: Sandbox, licence: String, system: String }
}

questions! {
    /// `level`: this one and the graver ones; null: all. `before` is the `next` of another page.
    struct LogQuery { level: Option<LogLevel>, search: String, before: Option<String>, limit: u32 }

    /// A yes to the end of this home: the number that the person typed.
    struct RemovalYes { files: u64 }
}

impl Sandbox {
    /// By the level that a worker named.
    pub const fn of(level: Option<fingerprint::frame::JailLevel>) -> Self {
        use fingerprint::frame::JailLevel;
        match level {
            Some(JailLevel::Full) => Self::Full,
            Some(JailLevel::SeccompOnly) => Self::SeccompOnly,
            Some(JailLevel::Limits) => Self::Limits,
            Some(JailLevel::None) => Self::None,
            None => Self::Unknown,
        }
    }
}

impl From<engine::engine::storage::Size> for StorageSize {
    fn from(size: engine::engine::storage::Size) -> Self {
        Self { part: size.part.into(), bytes: size.bytes, files: size.files }
    }
}
