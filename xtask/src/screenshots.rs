//! `cargo xtask screenshots`: a picture of every screen on every scenario of the fake backend, in both themes, to be looked at. Nothing is compared.

use crate::page;
use crate::setup::{self, Need};
use crate::step::{self, Place, Stop};

/// Where the pictures go, below the workspace; git ignores it.
const FOLDER: &str = "test-artefacts/screenshots";

/// Builds the page and takes the pictures; `only` takes those whose names hold it.
///
/// # Errors
/// [`Stop::Missing`] without Node or Chromium, [`Stop::Failed`] if the page does not build or a screen does not open.
pub(crate) fn screenshots(place: &Place, only: Option<&str>) -> Result<(), Stop> {
    setup::prepare(place, &[Need::Node, Need::Npm, Need::Chromium])?;
    page::packages(place).map_err(Stop::Failed)?;
    page::build(place).map_err(Stop::Failed)?;
    let folder = place.root.join(FOLDER);
    let mut pictures = place.npm(&["run", "screenshots", "--"]);
    pictures.arg(&folder).args(only);
    step::step("Screens", &mut pictures).map_err(Stop::Failed)?;
    step::say(&format!("Look at {}", folder.join("index.html").display()));
    Ok(())
}
