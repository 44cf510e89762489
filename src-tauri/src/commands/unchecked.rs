//! Uploads that could not be checked.

use std::collections::BTreeMap;

use engine::engine::overview;
use engine::model::{Reason, ReasonClass, SiteId, UploadId};
use engine::store::{sites, uploads};
use engine::{Code, Core};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{TryAgain, UncheckedPage, UncheckedQuery, UncheckedRow, Watching, WireError, convert};

/// A page of one class.
#[tauri::command(async)]
pub fn unchecked_page(shell: State<'_, Shell>, arg: UncheckedQuery) -> Answer<UncheckedPage> {
    bounds::page(arg.limit)?;
    let (core, class) = (shell.core()?, ReasonClass::from(arg.class));
    let reasons: Vec<Reason> = Reason::ALL.iter().copied().filter(|reason| reason.class() == class).collect();
    let found = core.store.read(|connection| uploads::could_not_check(connection, &reasons, arg.after.unwrap_or(0), arg.limit))?;
    let is_full = found.len() as u64 == u64::from(arg.limit);
    let rows: Vec<UncheckedRow> = core.store.read(|connection| {
        found.iter().map(|row| sites::get(connection, row.file.site).map(|site| convert::unchecked_row(row, &site.name))).collect()
    })?;
    let by_reason =
        per_reason(&core)?.into_iter().filter(|(reason, _)| reason.class() == class).map(|(reason, count)| (reason.as_str(), count));
    Ok(UncheckedPage { next: rows.last().filter(|_| is_full).map(|row| row.upload), rows, by_reason: convert::counts_of(by_reason) })
}

/// Tries uploads again: these, those of a reason, or all. Gives how many.
#[tauri::command(async)]
pub fn try_again(shell: State<'_, Shell>, arg: TryAgain) -> Answer<u64> {
    bounds::many(arg.uploads.as_ref().map_or(0, Vec::len))?;
    let core = shell.core()?;
    let uploads = match (arg.uploads, arg.reason) {
        (Some(uploads), _) => uploads.into_iter().map(UploadId::new).collect(),
        (None, Some(word)) => {
            stored(&core, &[Reason::from_wire(&word).ok_or_else(|| WireError::new(Code::BadArgument, "There is no such reason."))?])?
        }
        (None, None) => stored(&core, &[])?,
    };
    shell.with_engine(|engine| engine.look_again(&uploads))?;
    // Directories have no bytes to look at again: a sweep goes into them.
    if shell.watching()? == Watching::Here {
        shell.with_engine(|engine| engine.sweep_soon(None::<SiteId>))?;
    }
    Ok(uploads.len() as u64)
}

fn stored(core: &Core, reasons: &[Reason]) -> engine::Result<Vec<UploadId>> {
    let most = u32::try_from(bounds::MOST_AT_ONCE).unwrap_or(u32::MAX);
    let found = core.store.read(|connection| uploads::could_not_check(connection, reasons, 0, most))?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

fn per_reason(core: &Core) -> engine::Result<BTreeMap<Reason, u64>> {
    let mut sums = BTreeMap::new();
    for view in overview::site_views(core)? {
        view.counts.reasons.into_iter().for_each(|(reason, count)| *sums.entry(reason).or_default() += count);
    }
    Ok(sums)
}

/// How many need a person, and how many are so by design.
pub fn totals(core: &Core) -> engine::Result<(u64, u64)> {
    let sums = per_reason(core)?;
    let of = |class| sums.iter().filter(|(reason, _)| reason.class() == class).map(|(_, count)| count).sum();
    Ok((of(ReasonClass::NeedYou), of(ReasonClass::ByDesign)))
}
