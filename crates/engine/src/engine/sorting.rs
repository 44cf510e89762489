//! Sorting the files of a site anew after its preset changed. No file is read for that.

use std::sync::Arc;

use super::check;
use super::core::Core;
use crate::error::Result;
use crate::model::{Site, Sorted, UploadId};
use crate::store::sorted;

/// Rows of one transaction.
const PAGE: u32 = 1_000;

/// Gives every file of a site its role and facts by the preset that it has now. Gives how many changed.
///
/// # Errors
/// The store's own. What was sorted until then stays.
pub fn sort_anew(core: &Arc<Core>, site: &Site) -> Result<u64> {
    let presets = core.presets();
    let (id, mut after, mut changed) = (site.id, 0, 0);
    core.store.write(move |tx| sorted::forget_claims(tx, id))?;
    loop {
        let rows = core.store.read(|connection| sorted::page(connection, id, after, PAGE))?;
        let Some((last, ..)) = rows.last() else { return Ok(changed) };
        after = last.get();
        let fresh = |(row, path, old): (UploadId, _, Sorted)| {
            let new = check::sort(&presets, site, &path);
            let new = Sorted { role: Some(new.role()), claim: None, ..new };
            (new != old).then_some((row, old, new))
        };
        let fresh: Vec<_> = rows.into_iter().filter_map(fresh).collect();
        changed += fresh.len() as u64;
        core.store.write(move |tx| {
            for (row, old, new) in fresh {
                sorted::set(tx, row, &new)?;
                // Never less than before: what was read stays read.
                if new.role().is_checked() && !old.role().is_checked() {
                    sorted::read_after_all(tx, row)?;
                }
            }
            Ok(())
        })?;
    }
}
