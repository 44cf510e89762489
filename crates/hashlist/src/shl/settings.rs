//! What the publisher of an own list says once, and why a publication is refused.

use std::fmt;

use super::fields::{is_label, is_list_id, is_slug};
use super::header::{Reshare, check_life};
use super::secret::KeyProblem;
use crate::entry::{Harm, Polarity};
use crate::limits;

/// What stays the same from version to version of an own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Beginning of the file names: `[a-z0-9][a-z0-9-]{0,39}`.
    pub slug: String,
    /// `urn:uuid:` and a lower-case UUID, made once for the list.
    pub list_id: String,
    /// Name for people, 1 to 100 characters.
    pub name: String,
    /// Host name or organisation, 1 to 200 characters.
    pub publisher: String,
    /// What the list is about; neither `practice` nor unknown.
    pub harm: Harm,
    /// Whether it warns or knows files to be harmless.
    pub polarity: Polarity,
    /// Whether readers may pass entries on.
    pub reshare: Reshare,
    /// Licence, at most 200 characters; an SPDX id where there is one.
    pub licence: String,
    /// Where to dispute an entry, at most 200 characters.
    pub contact: Option<String>,
    /// Labels that entries may carry, at most 64, each `[a-z0-9][a-z0-9_-]{0,31}`.
    pub labels: Vec<String>,
}

impl Settings {
    /// Checks every field, and the life of the version that is to be written.
    pub(super) fn check(&self, created_ms: i64, expires_ms: i64) -> Result<(), PublishProblem> {
        let length = |text: &str| text.chars().count();
        let rules = [
            (is_slug(&self.slug), "the short name is not of the form [a-z0-9][a-z0-9-]{0,39}"),
            (is_list_id(&self.list_id), "the list id is not urn:uuid: and a lower-case UUID"),
            (!self.name.trim().is_empty(), "the name is empty"),
            (length(&self.name) <= 100, "the name is longer than 100 characters"),
            (!self.publisher.trim().is_empty(), "the publisher is empty"),
            (length(&self.publisher) <= 200, "the publisher is longer than 200 characters"),
            (!matches!(self.harm, Harm::Practice | Harm::Unknown), "the harm is practice or unknown"),
            (length(&self.licence) <= 200, "the licence is longer than 200 characters"),
            (self.contact.as_deref().is_none_or(|contact| length(contact) <= 200), "the contact is longer than 200 characters"),
            (self.labels.len() <= limits::LABELS_PER_ENTRY, "there are more than 64 labels"),
            (self.labels.iter().all(|label| is_label(label)), "a label is not of the form [a-z0-9][a-z0-9_-]{0,31}"),
        ];
        if let Some((_, why)) = rules.into_iter().find(|(holds, _)| !holds) {
            return Err(PublishProblem::Settings { why });
        }
        check_life(created_ms, expires_ms).map_err(|why| PublishProblem::Settings { why })
    }
}

/// Why nothing was published. No file was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishProblem {
    /// A setting of the list breaks a rule of the format.
    Settings {
        /// Which, as the end of "Nothing was published: …".
        why: &'static str,
    },
    /// Entries that may not be published.
    Entries {
        /// Place in the entries that were handed in, from 0, and why.
        entries: Vec<(usize, &'static str)>,
    },
    /// The version before is of another list.
    OtherListId,
    /// The new `seq` is not above that of the version before.
    SeqNotAbove {
        /// That of the version before.
        previous: u64,
    },
    /// Signed with a key that readers of the version before do not accept.
    KeyNotAnnounced,
    /// The secret key.
    Key(KeyProblem),
}

impl PublishProblem {
    /// The wire code, lower_snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Settings { .. } => "bad_settings",
            Self::Entries { .. } => "entries_not_publishable",
            Self::OtherListId => "other_list_id",
            Self::SeqNotAbove { .. } => "seq_not_above",
            Self::KeyNotAnnounced => "key_not_announced",
            Self::Key(problem) => problem.code(),
        }
    }
}

impl fmt::Display for PublishProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings { why } => write!(f, "Nothing was published: {why}."),
            Self::Entries { entries } => {
                let first = entries.first().map_or("", |(_, why)| why);
                write!(f, "Nothing was published: {} entries may not be, the first because {first}. Mend or remove them.", entries.len())
            }
            Self::OtherListId => f.write_str("Nothing was published: the folder holds another list. Choose another folder."),
            Self::SeqNotAbove { previous } => {
                write!(f, "Nothing was published: the folder already holds version {previous}. Readers take only higher numbers.")
            }
            Self::KeyNotAnnounced => f.write_str(
                "Nothing was published: readers do not know this key. Publish once with the old key and announce the new one, then use it.",
            ),
            Self::Key(problem) => problem.fmt(f),
        }
    }
}

impl std::error::Error for PublishProblem {}

impl From<KeyProblem> for PublishProblem {
    fn from(problem: KeyProblem) -> Self {
        Self::Key(problem)
    }
}
