//! What a replay came to, in the form that every format ends in.

use super::header::FileKind;
use super::problem::Problem;
use super::replay::Replay;
use crate::formats::{Answers, Format, State};
use crate::import::{Import, Open};
use crate::refusal::Refusal;
use crate::state::ListState;

impl Replay {
    /// The version that the files so far make, to be compared, compiled and stored like one of any other format.
    ///
    /// Harm and polarity are those of the newest header, unless the operator says otherwise.
    /// # Errors
    /// `nothing_accepted` if no file was applied, or the list would be new and empty.
    pub fn into_import(self) -> Result<Import, Refusal> {
        let (header, is_new) = (self.header().cloned(), self.is_new());
        let Some(header) = header.filter(|_| !(is_new && self.entries().is_empty())) else {
            return Err(Refusal::NothingAccepted { records: self.report().records, rejected: 0, first: None });
        };
        let notes = match self.keys() {
            None => vec!["Nobody signed this list.".to_owned()],
            Some(_) => Vec::new(),
        };
        let answers = self.answers();
        let (harm, polarity) = (answers.harm.unwrap_or(header.harm), answers.polarity.unwrap_or(header.polarity));
        let report = self.report().clone();
        let pages = self.files();
        let withdrawn = self.withdrawn();
        let ListState { entries, tombstones, next_number } = self.into_list();
        Ok(Import {
            format: Format::Shl,
            why: "its first line is the header of a signed list".to_owned(),
            entries,
            withdrawn,
            tombstones,
            next_number,
            report,
            hex: None,
            harm: Some(harm),
            polarity,
            open_questions: Vec::new(),
            state: match header.kind {
                FileKind::Snapshot => State::Snapshot,
                FileKind::Delta { .. } => State::Delta,
            },
            pages,
            complete: true,
            checkpoint: None,
            newest_at: Some(header.created_ms),
            list_name: Some(header.name),
            notes,
        })
    }
}

/// Reads the file of a list that nobody signs, as a new list.
///
/// # Errors
/// `unsigned` for a list that exists: it is continued by [`Replay`], which knows its keys and its version. Else those of [`Replay::apply`].
pub(crate) fn import_unsigned(open: &Open<'_>, base: Option<&ListState>, answers: &Answers) -> Result<Import, Refusal> {
    if base.is_some() {
        return Err(Problem::Unsigned.into());
    }
    let mut replay = Replay::of(answers.clone(), None);
    let _applied = replay.apply(open, None)?;
    replay.into_import()
}
