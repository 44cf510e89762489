//! The self-test: a practice picture is put into a site, followed to the inbox, and removed. It proves the whole way, not a part of it.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::core::Core;
use super::watching::Running;
use crate::error::{Code, Error, Result};
use crate::model::{CaseState, CheckState, Place, Site, SiteFile, SitePath};
use crate::store::cases::{self, Standing};
use crate::store::sites::{self, SelfTest};
use crate::store::{Tx, contents, ledger, uploads};

/// How long each stage may take before the test has failed. With events a stage takes less than a second; where only sweeps see anything,
/// up to one interval passes.
const PATIENCE: Duration = Duration::from_secs(75);
/// Pause between two looks at the store.
const PAUSE: Duration = Duration::from_millis(20);

/// The test picture; removed when this goes, whatever happened.
struct Placed {
    path: PathBuf,
    file: SiteFile,
}

impl Drop for Placed {
    #[expect(clippy::disallowed_methods, reason = "the one file of a site that is ours: the practice picture that this test put there")]
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

/// Runs the test on one site. A process that does not watch the site sweeps it itself.
///
/// # Errors
/// [`Code::PermissionDenied`] or the like if the picture cannot be placed; a stage that is not reached is a result, not an error.
pub fn run(core: &Arc<Core>, site: &Site, is_watched: bool) -> Result<SelfTest> {
    let at = core.clock.now_ms();
    let placed = place(site)?;
    let started = core.clock.monotonic();
    let own = if is_watched { None } else { Some(Running::for_one_sweep(core)?) };
    if let Some(running) = &own {
        running.sweep_and_wait(site, &mut || {})?;
    }
    let mut test = SelfTest { at, ok: false, stage: "placed".to_owned(), seen_ms: None, checked_ms: None, inbox_ms: None, reason: None };
    follow(core, &placed.file, started, &mut test)?;
    let (path, file, stage) = (placed.path.clone(), placed.file.clone(), test.stage.clone());
    drop(placed);
    if let Some(running) = &own {
        running.sweep_and_wait(site, &mut || {})?;
    }
    core.store.write(move |tx| leave_no_case(tx, &file))?;
    if path.exists() {
        test.reason = Some("not_removed".to_owned());
    } else if stage == "inbox" {
        test.stage = "removed".to_owned();
        test.ok = true;
    } else {
        test.reason = Some("too_slow".to_owned());
    }
    let (id, stored) = (site.id, test.clone());
    core.store.write(move |tx| sites::add_selftest(tx, id, &stored))?;
    Ok(test)
}

/// The test's case goes with its picture, unless other practice files belong to it.
fn leave_no_case(tx: &Tx<'_>, file: &SiteFile) -> Result<()> {
    let Some(content) = uploads::current(tx, file)?.and_then(|row| row.content) else { return Ok(()) };
    let Some(case) = contents::get(tx, content)?.case else { return Ok(()) };
    let case = cases::get(tx, case)?;
    let is_other = |row: &uploads::UploadRow| row.place == Place::Site && row.file != *file;
    if !case.practice || case.state != CaseState::Open || uploads::of_content(tx, content)?.iter().any(is_other) {
        return Ok(());
    }
    cases::set_standing(tx, case.id, Standing { state: CaseState::Closed, ..case.standing() })?;
    ledger::append(tx, "closed", Some(case.id), serde_json::json!({"cause": "selftest ended"}))
}

/// Puts the picture there under a random name without an ending: the type is known by content.
fn place(site: &Site) -> Result<Placed> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
    let name = format!("gatehouse-selftest-{:016x}", u64::from_le_bytes(random));
    let path = site.root.join(&name);
    let pictures = fingerprint::practice::pictures();
    let picture = pictures.iter().find(|picture| picture.name == fingerprint::practice::ORIGINAL);
    let bytes = picture.map(|picture| picture.bytes.as_slice()).unwrap_or_default();
    let file = SitePath::new(name).map_err(|_| Error::refused(Code::Internal, "The test picture has no usable name."))?;
    let placed = Placed { path: path.clone(), file: SiteFile { site: site.id, path: file } };
    let mut created = std::fs::File::options().write(true).create_new(true).open(&path).map_err(Error::io(&path))?;
    created.write_all(bytes).map_err(Error::io(&path))?;
    Ok(placed)
}

fn follow(core: &Core, file: &SiteFile, started: Duration, test: &mut SelfTest) -> Result<()> {
    let elapsed = || i64::try_from(core.clock.monotonic().saturating_sub(started).as_millis()).ok();
    let deadline = started + PATIENCE;
    while core.clock.monotonic() < deadline && !core.is_stopping() {
        let row = core.store.read(|connection| uploads::current(connection, file))?;
        if let Some(row) = row {
            test.seen_ms = test.seen_ms.or_else(elapsed);
            "seen".clone_into(&mut test.stage);
            if row.state == CheckState::Checked {
                test.checked_ms = test.checked_ms.or_else(elapsed);
                "checked".clone_into(&mut test.stage);
                let Some(content) = row.content else { return Ok(()) };
                let has_case = core.store.read(|connection| {
                    let case = contents::get(connection, content)?.case;
                    case.map_or(Ok(false), |case| cases::get(connection, case).map(|case| case.state != CaseState::Closed))
                })?;
                if has_case {
                    test.inbox_ms = elapsed();
                    "inbox".clone_into(&mut test.stage);
                    return Ok(());
                }
            }
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
