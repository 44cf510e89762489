//! What can be typed about the home itself.

use clap::ValueEnum;
use engine::log::Level;

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LevelName {
    /// Something does not work
    Error,
    /// Also what is not as it should be
    Warn,
    /// Everything
    Info,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Error => Self::Error,
            LevelName::Warn => Self::Warn,
            LevelName::Info => Self::Info,
        }
    }
}
