//! A file that was taken down is there again: what that looks like.

use crate::error::Result;
use crate::model::{CameBackAs, CaseId, ContentId, Place, SiteMode};
use crate::store::uploads::{self, UploadRow};
use crate::store::{Connection, actions, cases, sites};

/// What the files of a content that are in a site now look like, after the case was taken down.
///
/// # Errors
/// The store's own.
pub fn looks_like(connection: &Connection, case: CaseId, content: ContentId) -> Result<CameBackAs> {
    let mut taken = Vec::new();
    for other in cases::contents(connection, case)? {
        let rows = uploads::of_content(connection, other)?;
        taken.extend(rows.into_iter().filter(|row| matches!(row.place, Place::Holding | Place::Vault)));
    }
    let decided_at = cases::get(connection, case)?.decided_at.unwrap_or(i64::MAX);
    let here = uploads::of_content(connection, content)?.into_iter().filter(|row| row.place == Place::Site);
    let Some(newest) = here.max_by_key(|row| row.id) else { return Ok(CameBackAs::Again) };
    let before = taken.iter().rev().find(|row| row.file == newest.file);
    let is_copy = sites::get(connection, newest.file.site)?.mode == SiteMode::Copy;
    Ok(match before {
        _ if newest.sorted.role().is_derived() && newest.mtime_ns / 1_000_000 >= decided_at => CameBackAs::Rebuilt,
        Some(_) if is_copy => CameBackAs::Sync,
        Some(before) if has_old_time(connection, before, &newest)? => CameBackAs::Backup,
        Some(_) | None => CameBackAs::Again,
    })
}

/// Whether a file has the time that it had when it was taken down: an upload gets a new one, a restored file keeps it.
fn has_old_time(connection: &Connection, before: &UploadRow, now: &UploadRow) -> Result<bool> {
    let recorded = actions::quarantine_of(connection, before.id)?.is_some();
    Ok(recorded && before.mtime_ns == now.mtime_ns)
}
