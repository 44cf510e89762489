//! Practice: harmless generated pictures, the list that names them, and a folder to watch them travel through.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use fingerprint::practice;
use hashlist::{Harm, Polarity, Status};

use super::core::Core;
use super::listing;
use super::siting::{self, Wanted};
use crate::error::{Error, Result};
use crate::lists::import::Choices;
use crate::lists::reading::unheard;
use crate::lists::take;
use crate::model::{Site, SiteMode};
use crate::store::{cases, lists, settings, sites};

/// Name of the built-in list.
const LIST: &str = "Practice list";
/// Name of the practice site.
const SITE: &str = "practice";
/// Setting that remembers which practice pictures the list was made for.
const MADE_FOR: &str = "practice_list";

/// Makes sure that the built-in list is there and names the pictures of this program.
///
/// # Errors
/// The store's own.
pub fn ensure_list(core: &Arc<Core>) -> Result<()> {
    let digest = practice::practice_original_digests().sha256.to_string();
    let known = core.store.read(|connection| settings::get(connection, MADE_FOR))?;
    if known.as_deref() == Some(digest.as_str()) {
        return Ok(());
    }
    let text = list_text();
    let taken = take::take_from(&core.home, text.as_bytes(), "practice-list.csv")?;
    let choices = Choices {
        name: Some(LIST.to_owned()),
        harm: Some(Harm::Practice),
        polarity: Some(Polarity::Alert),
        trust: Some(Status::Confirmed),
        ..Choices::default()
    };
    let prepared = listing::prepare_taken(core, taken, &choices, &unheard)?;
    listing::commit(core, prepared, true)?;
    core.store.write(move |tx| settings::set(tx, MADE_FOR, &digest))
}

/// The list as a CSV that anybody could have written by hand.
fn list_text() -> String {
    let digests = practice::practice_original_digests();
    let (pdq, quality) = practice::practice_original_pdq();
    format!(
        "id,md5,sha1,sha256,pdq,quality,label\npractice-1,{},{},{},{pdq},{},practice picture\n",
        digests.md5,
        digests.sha1,
        digests.sha256,
        quality.get()
    )
}

/// Writes the practice pictures into a folder, making it if it is missing; never over a file that is there.
///
/// # Errors
/// [`Error::Io`] with the file that could not be written.
pub fn write_pictures(dir: &Path) -> Result<Vec<&'static str>> {
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    let mut written = Vec::new();
    for picture in practice::pictures() {
        let path = dir.join(picture.name);
        let created = std::fs::File::options().write(true).create_new(true).open(&path);
        let mut file = match created {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(Error::io(path)(error)),
        };
        file.write_all(&picture.bytes).map_err(Error::io(&path))?;
        written.push(picture.name);
    }
    Ok(written)
}

/// Sets the practice site up, if it is not there, and puts the pictures into its folder.
///
/// # Errors
/// As [`siting::add`] and [`write_pictures`].
pub fn start(core: &Arc<Core>) -> Result<Site> {
    let folder = core.home.practice();
    std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let known = core.store.read(sites::all)?.into_iter().find(|state| state.site.practice).map(|state| state.site);
    let site = match known {
        Some(site) => site,
        None => {
            let wanted = Wanted {
                folder: folder.clone(),
                name: Some(SITE.to_owned()),
                mode: SiteMode::Live,
                preset: None,
                level: None,
                take_down: None,
                practice: true,
            };
            siting::add(core, &wanted)?
        }
    };
    write_pictures(&folder)?;
    Ok(site)
}

/// Stops watching the practice site and closes its cases: an inbox for real work begins empty. Its folder stays.
///
/// # Errors
/// The store's own.
pub fn end(core: &Core) -> Result<()> {
    let known = core.store.read(sites::all)?.into_iter().find(|state| state.site.practice);
    if let Some(state) = known {
        siting::remove(core, state.site.id)?;
    }
    core.store.write(cases::close_practice)
}

/// Whether only the practice list would raise cases.
///
/// # Errors
/// The store's own.
pub fn is_all_there_is(core: &Core) -> Result<bool> {
    Ok(core.store.read(lists::all)?.iter().filter(|list| list.polarity == Polarity::Alert).all(|list| list.practice))
}
