//! Files of a case that a person includes or splits off.

use std::sync::Arc;

use super::core::{Core, Event};
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ContentId, UploadId};
use crate::store::uploads;
use crate::triage::{cases, folding};

fn content_of(core: &Core, upload: UploadId) -> Result<ContentId> {
    let row = core.store.read(|connection| uploads::get(connection, upload))?;
    row.content.ok_or_else(|| Error::refused(Code::Refused, "This file was not read, so nothing is known of it."))
}

/// Includes a file, and all copies of it, in a case: its decision covers them.
///
/// # Errors
/// As [`folding::include`].
pub fn include(core: &Arc<Core>, case: CaseId, upload: UploadId) -> Result<()> {
    let content = content_of(core, upload)?;
    core.store.write(move |tx| {
        folding::include(tx, case, content)?;
        cases::refresh(tx, case)
    })?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

/// Splits a file, and all copies of it, off a case. Gives the case that it has now, if it matches by itself.
///
/// # Errors
/// As [`folding::split_off`].
pub fn split_off(core: &Arc<Core>, case: CaseId, upload: UploadId) -> Result<Option<CaseId>> {
    let content = content_of(core, upload)?;
    let own = core.store.write(move |tx| {
        folding::split_off(tx, case, content)?;
        cases::refresh(tx, case)?;
        cases::stand_alone(tx, content)
    })?;
    core.tell(Event::Case { case, file: None });
    own.into_iter().for_each(|case| core.tell(Event::Case { case, file: None }));
    Ok(own)
}
