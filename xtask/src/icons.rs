//! `cargo xtask icons`: every picture in `icons/` again from its drawing. Needed only after a drawing changed; the results are committed.

use std::fs;
use std::path::Path;

use crate::setup::{self, Need};
use crate::step::{NPM, Place, Stop, must};

/// The sizes that `tauri.conf.json` names, of all that the Tauri CLI makes; the phone and store sizes are not kept.
const KEPT: [&str; 7] = ["32x32.png", "64x64.png", "128x128.png", "128x128@2x.png", "icon.png", "icon.ico", "icon.icns"];

/// The states of the tray: 32 px each, one drawing each.
const TRAY: [&str; 4] = ["watching", "paused", "attention", "waiting"];

const ADVICE: &str = "This chore fetches the Tauri CLI from the npm registry. Check the network, then run it again. The icons in icons/ were not all made again.";

/// Draws every size from the SVG itself rather than from one large PNG: its edges lie on a 16 px grid, and scaling down a PNG blurs them.
///
/// # Errors
/// [`Stop::Missing`] without Node, [`Stop::Failed`] if a picture could not be made.
pub(crate) fn icons(place: &Place) -> Result<(), Stop> {
    setup::prepare(place, &[Need::Node, Need::Npm])?;
    let icons = place.root.join("icons");
    let work = place.target.join("xtask/icons");
    draw(place, &icons.join("gatehouse.svg"), &work, None)?;
    for name in KEPT {
        keep(&work.join(name), &icons.join(name))?;
    }
    draw(place, &icons.join("gatehouse.svg"), &work, Some(1024))?;
    keep(&work.join("1024x1024.png"), &icons.join("source.png"))?;
    for state in TRAY {
        draw(place, &icons.join("tray").join(format!("{state}.svg")), &work, Some(32))?;
        keep(&work.join("32x32.png"), &icons.join("tray").join(format!("{state}.png")))?;
    }
    Ok(())
}

/// The Tauri CLI's `icon` on one drawing: all its usual sizes, or one.
fn draw(place: &Place, drawing: &Path, into: &Path, side_px: Option<u32>) -> Result<(), Stop> {
    let mut tauri = place.command(NPM);
    // `npm exec --package` installs into npm's own cache: the project does not carry a tool that is needed once a year.
    tauri.args(["exec", "--yes", "--package=@tauri-apps/cli@2", "--", "tauri", "icon"]).arg(drawing).arg("--output").arg(into);
    if let Some(side) = side_px {
        tauri.arg("--png").arg(side.to_string());
    }
    let name = drawing.file_name().map_or_else(String::new, |name| name.display().to_string());
    must(&format!("Draw {name}"), &mut tauri, ADVICE)
}

fn keep(made: &Path, wanted: &Path) -> Result<(), Stop> {
    fs::copy(made, wanted)
        .map(drop)
        .map_err(|why| Stop::Failed(format!("{} could not be copied to {}: {why}.", made.display(), wanted.display())))
}
