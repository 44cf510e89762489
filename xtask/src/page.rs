//! The page (`ui/`) as `run` and `test` need it: its packages, and its build. Both are skipped when nothing changed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::step::{self, Place};

/// Folders of `ui/` that are made, not written: they never make the page stale.
const MADE: [&str; 6] = ["node_modules", "dist", "paraglide", "test-artefacts", "coverage", ".svelte-kit"];

/// What to say when the packages cannot be had.
pub(crate) const PACKAGES_ADVICE: &str = "The page's packages come from the npm registry. Check the network (behind a proxy: `npm config set proxy URL`), then run the same command again.";

/// What to say when the page does not build.
pub(crate) const BUILD_ADVICE: &str = "The lines above say which file of ui/ does not build. If they name a missing package, delete ui/node_modules and run the same command again.";

/// Runs `npm ci` unless `ui/node_modules` was made from the present lock file.
///
/// The stamp, a copy of the lock file, lies inside `node_modules`: it goes when that folder goes, and it is right for every target folder.
/// Comparing bytes rather than times survives switching branches.
///
/// # Errors
/// What failed, in words.
pub(crate) fn packages(place: &Place) -> Result<(), String> {
    let lock = place.root.join("ui/package-lock.json");
    let stamp = place.root.join("ui/node_modules/.gatehouse-lock");
    let wanted = fs::read(&lock).map_err(|why| format!("{} cannot be read: {why}", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|had| had == wanted) {
        step::heading("Page: packages");
        step::say("    up to date");
        return Ok(());
    }
    step::step("Page: packages", &mut place.npm(&["ci", "--no-fund", "--no-audit"]))?;
    fs::write(&stamp, wanted).map_err(|why| format!("{} cannot be written: {why}", stamp.display()))
}

/// Runs `npm run build` unless `ui/dist` was built from the present files.
///
/// # Errors
/// What failed, in words.
pub(crate) fn build(place: &Place) -> Result<(), String> {
    let ui = place.root.join("ui");
    let built = ui.join("dist/index.html");
    let stamp = place.target.join("xtask/page.stamp");
    let state = |built: &Path| -> io::Result<String> { Ok(format!("{:x} {:?}", inputs(&ui)?, fs::metadata(built)?.modified()?)) };
    if let (Ok(now), Ok(then)) = (state(&built), fs::read_to_string(&stamp))
        && now == then
    {
        step::heading("Page: build");
        step::say("    up to date");
        return Ok(());
    }
    step::step("Page: build", &mut place.npm(&["run", "build"]))?;
    let now = state(&built).map_err(|why| format!("the build left no readable {}: {why}", built.display()))?;
    fs::create_dir_all(place.target.join("xtask"))
        .and_then(|()| fs::write(&stamp, now))
        .map_err(|why| format!("{} cannot be written: {why}", stamp.display()))
}

/// One number for all files that the page is made from: their paths, lengths and times. A removed file changes it too.
fn inputs(ui: &Path) -> io::Result<u64> {
    let mut files = Vec::new();
    list(ui, &mut files)?;
    files.sort();
    // Stable for one build of this program, which is all a stamp needs; a new compiler costs one needless build of the page.
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    Ok(hasher.finish())
}

fn list(folder: &Path, files: &mut Vec<(PathBuf, u64, SystemTime)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if MADE.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push((entry.path(), metadata.len(), metadata.modified()?));
        }
    }
    Ok(())
}
