//! The files of one publication, each signed where the format says so, in the order in which they are to be put in place.

use super::index::Index;
use super::publish::Named;
use super::secret::{KeyProblem, SecretKey};
use super::settings::PublishProblem;

/// The files so far.
pub(super) struct Files<'key> {
    key: &'key SecretKey,
    created_ms: i64,
    files: Vec<Named>,
}

impl<'key> Files<'key> {
    pub(super) const fn new(key: &'key SecretKey, created_ms: i64) -> Self {
        Self { key, created_ms, files: Vec::new() }
    }

    pub(super) fn into_named(self) -> Vec<Named> {
        self.files
    }

    pub(super) fn plain(&mut self, name: String, bytes: Vec<u8>) {
        self.files.push(Named { name, bytes });
    }

    fn signature(&self, name: &str, bytes: &[u8]) -> Result<Named, KeyProblem> {
        let signature = self.key.sign(bytes, name, self.created_ms)?;
        Ok(Named { name: format!("{name}.minisig"), bytes: signature.into_bytes() })
    }

    pub(super) fn signed(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), KeyProblem> {
        let signature = self.signature(name, &bytes)?;
        self.plain(name.to_owned(), bytes);
        self.files.push(signature);
        Ok(())
    }

    /// The index stands last: whoever reads it finds everything that it names.
    pub(super) fn index(&mut self, index: &Index) -> Result<(), PublishProblem> {
        let bytes = index.to_bytes().map_err(|_| PublishProblem::Settings { why: "the index cannot be written" })?;
        let signature = self.signature("index.json", &bytes)?;
        self.files.push(signature);
        self.plain("index.json".to_owned(), bytes);
        Ok(())
    }
}
