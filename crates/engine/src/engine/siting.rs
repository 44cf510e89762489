//! Adding, choosing and naming sites.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::core::Core;
use super::sorting;
use crate::error::{Code, Error, Result};
use crate::intake::filesystem::events_work;
use crate::intake::identify::{self, RootProblem};
use crate::intake::preset::guess::{self, Guess};
use crate::intake::preset::{Moving, PLAIN, Preset};
use crate::intake::sweep::{self, Seen};
use crate::model::{Level, Shown, Site, SiteId, SiteMode, SitePath, TakeDown};
use crate::store::maps;
use crate::store::sites::{self, NewSite};
use crate::triage::holding;

/// Files counted on the set-up screen before it says "more than".
const COUNTED: u64 = 100_000;

/// What a person wants to watch.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The folder.
    pub folder: PathBuf,
    /// Its name; the folder's own when missing.
    pub name: Option<String>,
    /// Live folder or copy.
    pub mode: SiteMode,
    /// Software preset; without one every file is an upload and nothing is known of it.
    pub preset: Option<String>,
    /// Where the folder lies in its layout; looked for when missing.
    pub level: Option<Level>,
    /// What taking down does; what suits the preset when missing.
    pub take_down: Option<TakeDown>,
    /// The practice folder that Gatehouse made.
    pub practice: bool,
}

/// Why a folder cannot be a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Not a folder, or not there.
    NotAFolder,
    /// It may not be read.
    PermissionDenied,
    /// It is, holds or lies in the folder of this site.
    InsideSite(String),
    /// It is, holds or lies in the home.
    OwnFolder,
    /// It is the root of the file system.
    WholeDisk,
}

/// What the set-up screen says of a folder.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Files below it, at most [`COUNTED`].
    pub files: u64,
    /// There are more.
    pub capped: bool,
    /// Modification time of the newest, in milliseconds since 1970.
    pub newest: Option<i64>,
    /// Paths that may not be read.
    pub unreadable: u64,
    /// Change events are complete here.
    pub events: bool,
    /// Files can be moved out.
    pub can_move: bool,
    /// They wait on the same file system, so a move is one rename.
    pub same_disk: bool,
}

/// The folder as it is stored: absolute, without links.
///
/// # Errors
/// [`Unfit`], in words.
pub fn fit(core: &Core, folder: &Path, practice: bool) -> std::result::Result<PathBuf, Unfit> {
    let root = folder.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => Unfit::PermissionDenied,
        _ => Unfit::NotAFolder,
    })?;
    match identify::root_identity(&root) {
        Ok(_) => {}
        Err(RootProblem::PermissionDenied) => return Err(Unfit::PermissionDenied),
        Err(_) => return Err(Unfit::NotAFolder),
    }
    if std::fs::read_dir(&root).is_err() {
        return Err(Unfit::PermissionDenied);
    }
    if root.parent().is_none() {
        return Err(Unfit::WholeDisk);
    }
    let home = core.home.root();
    if !practice && (root.starts_with(home) || home.starts_with(&root)) {
        return Err(Unfit::OwnFolder);
    }
    let others = core.store.read(sites::all).unwrap_or_default();
    match others.into_iter().find(|other| other.site.root.starts_with(&root) || root.starts_with(&other.site.root)) {
        Some(other) => Err(Unfit::InsideSite(Shown::of_text(&other.site.name).elided())),
        None => Ok(root),
    }
}

impl Unfit {
    /// The sentence for a person.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotAFolder => "There is no folder at this path.".to_owned(),
            Self::PermissionDenied => {
                "Gatehouse may not read this folder. Give the user that runs it the right to read, then try again.".to_owned()
            }
            Self::InsideSite(name) => format!("This folder is, holds, or lies inside the folder of the site {name}."),
            Self::OwnFolder => "This is Gatehouse's own folder.".to_owned(),
            Self::WholeDisk => "This is the whole disk. Choose the folder where uploads land.".to_owned(),
        }
    }
}

/// Adds a site. Watching it begins when the watching process notices, within a second.
///
/// # Errors
/// [`Code::SiteExists`], [`Code::NameTaken`], [`Code::BadArgument`], [`Code::PermissionDenied`].
pub fn add(core: &Arc<Core>, wanted: &Wanted) -> Result<Site> {
    let root = fit(core, &wanted.folder, wanted.practice).map_err(|unfit| {
        let code = match unfit {
            Unfit::InsideSite(_) => Code::SiteExists,
            Unfit::PermissionDenied => Code::PermissionDenied,
            Unfit::NotAFolder | Unfit::OwnFolder | Unfit::WholeDisk => Code::BadArgument,
        };
        Error::refused(code, unfit.sentence())
    })?;
    let name = name_of(wanted, &root)?;
    let identity = identify::root_identity(&root).map_err(|_| Error::refused(Code::BadArgument, Unfit::NotAFolder.sentence()))?;
    let fitted = Fitted::of(core, wanted.preset.as_deref(), wanted.level.clone(), &root)?;
    let take_down = wanted.take_down.unwrap_or(fitted.take_down(wanted.mode));
    let (home, mode, practice) = (core.home.root().to_owned(), wanted.mode, wanted.practice);
    core.store.write(move |tx| {
        let Fitted { preset, level, only } = fitted;
        let preset = (preset.name != PLAIN).then(|| preset.name.clone());
        let new = NewSite { name, root: root.clone(), mode, preset, level, only, take_down, practice, root_identity: identity };
        sites::add(tx, &new, &|id| holding::choose(&root, &home, id).dir().to_owned())
    })
}

/// A preset as it lies over a folder.
struct Fitted {
    preset: Arc<Preset>,
    level: Level,
    only: Vec<SitePath>,
}

impl Fitted {
    fn of(core: &Core, preset: Option<&str>, level: Option<Level>, root: &Path) -> Result<Self> {
        core.reload_presets()?;
        let preset = core.presets().get(preset.unwrap_or(PLAIN))?;
        let level = level.unwrap_or_else(|| guess::level_of(&preset, root));
        let only = preset.only(&level);
        Ok(Self { preset, level, only })
    }

    /// In a live folder whose software keeps its own index of files, moving one breaks more than it mends.
    fn take_down(&self, mode: SiteMode) -> TakeDown {
        match (mode, self.preset.moving) {
            (SiteMode::Live, Moving::No | Moving::Stopped) => TakeDown::Todo,
            _ => TakeDown::Move,
        }
    }
}

/// Which software a folder belongs to, by names alone.
///
/// # Errors
/// As [`Core::reload_presets`].
pub fn guess_preset(core: &Core, root: &Path) -> Result<Guess> {
    core.reload_presets()?;
    Ok(guess::guess(&core.presets(), root))
}

/// What a person changes of a site; what is missing stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Live folder or copy.
    pub mode: Option<SiteMode>,
    /// Software preset. The same one again reads its file and all names anew.
    pub preset: Option<String>,
    /// What taking down does.
    pub take_down: Option<TakeDown>,
    /// Whether a plain picture is put in the place of what is taken down.
    pub placeholder: Option<bool>,
}

/// Changes a site, and gives how many files have another role or other facts than before. No file is read.
///
/// # Errors
/// [`Code::NameTaken`], [`Code::BadArgument`], [`Error::NotFound`] for a preset that is not known.
pub fn change(core: &Arc<Core>, site: &Site, change: &Change) -> Result<u64> {
    let mut to = site.clone();
    if let Some(name) = &change.name {
        to.name = named(name)?;
    }
    if let Some(preset) = &change.preset {
        let fitted = Fitted::of(core, Some(preset), None, &site.root)?;
        to.take_down = fitted.take_down(change.mode.unwrap_or(site.mode));
        let Fitted { preset, level, only } = fitted;
        to.preset = (preset.name != PLAIN).then(|| preset.name.clone());
        (to.level, to.only) = (level, only);
    }
    to.mode = change.mode.unwrap_or(to.mode);
    to.take_down = change.take_down.unwrap_or(to.take_down);
    to.placeholder = change.placeholder.unwrap_or(to.placeholder);
    if to.placeholder && to.mode == SiteMode::Copy {
        return Err(Error::refused(Code::BadArgument, "A picture in the place of a file makes sense only in the live folder."));
    }
    let stored = to.clone();
    core.store.write(move |tx| sites::change(tx, &stored))?;
    if change.preset.is_some() { sorting::sort_anew(core, &to) } else { Ok(0) }
}

fn name_of(wanted: &Wanted, root: &Path) -> Result<String> {
    let proposed = || root.file_name().map(|name| Shown::of_path(Path::new(name)).as_str().to_owned());
    named(&wanted.name.clone().or_else(proposed).unwrap_or_default())
}

fn named(name: &str) -> Result<String> {
    /// Longest name of a site, in characters.
    const LONGEST: usize = 80;
    match name.trim().chars().count() {
        0 => Err(Error::refused(Code::BadArgument, "A site needs a name.")),
        n if n > LONGEST => Err(Error::refused(Code::BadArgument, format!("A site's name has at most {LONGEST} characters."))),
        _ => Ok(name.trim().to_owned()),
    }
}

/// Looks a folder over for the set-up screen, without storing anything.
pub fn survey(core: &Core, root: &Path) -> Survey {
    let mut found = Survey {
        files: 0,
        capped: false,
        newest: None,
        unreadable: 0,
        events: events_work(root).is_ok(),
        can_move: false,
        same_disk: false,
    };
    let enough = std::sync::atomic::AtomicBool::new(false);
    if let Ok(identity) = identify::root_identity(root) {
        sweep::walk(root, identity, &enough, &mut |seen| match seen {
            Seen::File { stat, .. } => {
                found.files += 1;
                found.newest = found.newest.max(Some(stat.mtime_ns / 1_000_000));
                if found.files >= COUNTED {
                    found.capped = true;
                    enough.store(true, std::sync::atomic::Ordering::Relaxed);
                }
            }
            Seen::Unusual { reason: crate::model::Reason::PermissionDenied, .. } => found.unreadable += 1,
            Seen::Unusual { .. } | Seen::Directory { .. } => {}
        });
    }
    let choice = holding::choose(root, core.home.root(), 0);
    found.same_disk = !matches!(choice, holding::HoldingChoice::AcrossFileSystems(_));
    found.can_move = holding::can_move(root, choice.dir()).is_ok();
    found
}

/// A site by its name or its number.
///
/// # Errors
/// [`Error::NotFound`].
pub fn by_name(core: &Core, name: &str) -> Result<Site> {
    let all = core.store.read(sites::all)?;
    let found = all.iter().find(|state| state.site.name == name).or_else(|| all.iter().find(|state| state.site.id.to_string() == name));
    found.map(|state| state.site.clone()).ok_or_else(|| Error::NotFound { what: "site", name: Shown::of_text(name).elided() })
}

/// Stops watching a site.
///
/// # Errors
/// The store's own.
pub fn remove(core: &Core, site: SiteId) -> Result<()> {
    core.store.write(move |tx| {
        // What a database said of persons does not outlive the site.
        maps::forget(tx, site)?;
        sites::remove(tx, site)
    })
}
