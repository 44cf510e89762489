//! `config.toml` of the home: what has to be known before the database is open. It is written by a person, and only ever read.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Code, Error, Result};

/// Name of the file in the home.
pub const FILE: &str = "config.toml";

/// What the file says; a home without it has the defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The window is drawn by the processor alone. For drivers that leave it blank.
    pub software_rendering: bool,
}

impl Config {
    /// Reads the file of a home, which need not exist yet.
    ///
    /// # Errors
    /// [`Code::BadArgument`] with the line that cannot be read, or [`Error::Io`]. Nothing is changed.
    pub fn read(home: &Path) -> Result<Self> {
        let path = home.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(&path)(error)),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Error::refused(Code::BadArgument, format!("{FILE}, line {line}: {}. Nothing was changed.", error.message()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_read_and_a_mistake_is_named_by_its_line() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
        assert!(Config::parse("# for a blank window\nsoftware_rendering = true\n").unwrap().software_rendering);
        for wrong in ["\nsoftware_rendering = 1", "\nsoftware_renderin = true"] {
            let error = Config::parse(wrong).unwrap_err();
            assert!(error.code() == Code::BadArgument && error.to_string().contains("line 2"), "{error}");
        }
    }

    #[test]
    fn a_home_without_it_has_the_defaults() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Config::read(home.path()).unwrap(), Config::default());
    }
}
