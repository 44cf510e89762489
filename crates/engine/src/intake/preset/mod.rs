//! Presets: what is known of the upload folders of site software, as files that are read and never run.
//!
//! A preset gives paths a role and facts, says what is left to do on the site after a take-down, and which query names uploaders and posts. It changes
//! words, order and folding; what is looked at never depends on it, but for the rules `skip` and `temporary`, which are counted.

mod dates;
mod file;
pub mod guess;
pub mod map;
mod rule;
pub mod steps;
mod template;

use std::path::Path;
use std::sync::Arc;

pub use self::rule::Rule;
use crate::error::{Code, Error, Result};
pub use crate::model::Level;
use crate::model::{Shown, SitePath, Sorted, wire_enum};

/// Name of the preset without rules.
pub const PLAIN: &str = "plain";
/// Longest preset file, in bytes.
const LONGEST_FILE: u64 = 256 * 1024;
/// Most files of the operator's own.
const MOST_FILES: usize = 200;

/// The presets that are compiled in.
const COMPILED: [&str; 18] = [
    include_str!("../../../presets/plain.toml"),
    include_str!("../../../presets/phpbb.toml"),
    include_str!("../../../presets/mybb.toml"),
    include_str!("../../../presets/xenforo.toml"),
    include_str!("../../../presets/vbulletin.toml"),
    include_str!("../../../presets/smf.toml"),
    include_str!("../../../presets/discourse.toml"),
    include_str!("../../../presets/nodebb.toml"),
    include_str!("../../../presets/flarum.toml"),
    include_str!("../../../presets/mastodon.toml"),
    include_str!("../../../presets/akkoma.toml"),
    include_str!("../../../presets/misskey.toml"),
    include_str!("../../../presets/lemmy.toml"),
    include_str!("../../../presets/mediawiki.toml"),
    include_str!("../../../presets/wordpress.toml"),
    include_str!("../../../presets/nextcloud.toml"),
    include_str!("../../../presets/synapse.toml"),
    include_str!("../../../presets/vichan.toml"),
];

wire_enum!(
    /// Whether the site changes uploads before it stores them.
    BytesChanged {
        /// Stored as they came.
        No = "no",
        /// Some of them.
        Sometimes = "sometimes",
        /// Pictures are: exact hashes of the original rarely match.
        Images = "images",
    }
);

wire_enum!(
    /// Where stored names come from. Names that uploaders chose can describe what is in the file.
    StoredNames {
        /// Made by the software.
        Random = "random",
        /// Taken from the uploader's file name.
        Uploaders = "uploaders",
    }
);

wire_enum!(
    /// Whether files may be moved out of a live folder.
    Moving {
        /// Yes.
        Yes = "yes",
        /// No: the software keeps its own index of files.
        No = "no",
        /// Only while the software is stopped.
        Stopped = "stopped",
    }
);

/// A name that says which software this is.
#[derive(Clone, Debug)]
pub struct Marker {
    /// The name, below the chosen folder or one of its parents.
    pub path: String,
    /// How many parents up it is looked for.
    pub up: usize,
    /// How much it says.
    pub weight: u32,
}

/// A sentence of the set-up.
#[derive(Clone, Debug)]
pub struct Warning {
    /// Shown only if this name is there; always when missing.
    pub marker: Option<String>,
    /// The sentence.
    pub say: String,
}

/// How a map file is made and joined.
#[derive(Clone, Debug)]
pub struct MapQuery {
    /// The query to run in the site's database. It only reads.
    pub sql: String,
    /// What to know of it.
    pub note: Option<String>,
    /// Columns, and what of an upload each has to equal.
    pub joins: Vec<(String, JoinOn)>,
}

/// What of an upload a column of a map file is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinOn {
    /// The last part of its path.
    FileName,
    /// Its path below the base.
    Path,
    /// Its path below this folder of the base.
    Below(String),
    /// A fact of its name, or one of its hashes.
    Fact(String),
}

/// One preset.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Its name, as it is typed.
    pub name: String,
    /// Its title, as it is shown.
    pub title: String,
    /// Versions of the software that the rules were made for.
    pub versions: String,
    /// Parts that were read in the source of the software; the rest may be wrong.
    pub verified: Vec<String>,
    /// Whether bytes change on upload.
    pub bytes_changed: BytesChanged,
    /// Where names come from.
    pub stored_names: StoredNames,
    /// What the base is, in words.
    pub base: String,
    /// Folders that may be chosen, below the base, best first; empty text is the base.
    pub choose: Vec<String>,
    /// If the base itself is chosen: the folders that are walked. Empty: all.
    pub only: Vec<String>,
    /// Names that give it away.
    pub markers: Vec<Marker>,
    /// Its rules; the first that fits counts.
    pub rules: Vec<Rule>,
    /// What taking a file away does to the page.
    pub hide: String,
    /// What is left to do on the site.
    pub steps: Vec<steps::Step>,
    /// Whether files may be moved.
    pub moving: Moving,
    /// Why not.
    pub why_not: Option<String>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
    /// The query for a map file.
    pub map: Option<MapQuery>,
    /// From a file of the operator's own.
    pub is_own: bool,
}

impl Preset {
    /// What a path is. A path that no rule fits is an upload.
    pub fn sort(&self, level: &Level, path: &SitePath) -> Sorted {
        let Some(base) = level.to_base(path.as_bytes()).filter(|base| base.len() <= rule::LONGEST_PATH) else { return Sorted::default() };
        let fits = self.rules.iter().enumerate().find_map(|(number, rule)| Some((number, rule, rule.pattern.captures(&base)?)));
        let Some((number, rule, captures)) = fits else { return Sorted::default() };
        let mut sorted = rule.read(&captures);
        sorted.rule = u32::try_from(number).ok();
        sorted.of = match &rule.same {
            Some(name) => captures.name(name).map(|value| shared(name, value.as_bytes())),
            None => rule.of.as_ref().and_then(|of| level.to_site(&of.fill(&captures))).filter(|of| of != path.as_bytes()),
        };
        let shares = self.shared_name().filter(|_| !sorted.role().is_derived());
        sorted.shares = shares.and_then(|name| Some(shared(name, captures.name(name)?.as_bytes())));
        sorted
    }

    /// The fact by which originals and what is made from them find each other.
    fn shared_name(&self) -> Option<&str> {
        self.rules.iter().find_map(|rule| rule.same.as_deref())
    }

    /// The folders below the chosen one that are walked; empty: all.
    pub fn only(&self, level: &Level) -> Vec<SitePath> {
        if !level.prefix.is_empty() {
            return Vec::new();
        }
        self.only.iter().filter_map(|dir| SitePath::new(level.to_site(dir.as_bytes())?).ok()).collect()
    }

    /// What to know before relying on this preset for a folder.
    pub fn warnings(&self, root: &Path, level: &Level) -> Vec<&str> {
        let there = |marker: &String| {
            let below = level.to_site(marker.as_bytes()).unwrap_or_else(|| marker.as_bytes().to_vec());
            SitePath::new(below).is_ok_and(|path| guess::is_there(&root.join(path.to_path())))
        };
        self.warnings.iter().filter(|warning| warning.marker.as_ref().is_none_or(there)).map(|warning| warning.say.as_str()).collect()
    }

    /// What a rule is, for a person: its kind, else its role.
    pub fn kind_of(&self, rule: u32) -> Option<&str> {
        self.rules.get(usize::try_from(rule).ok()?)?.kind.as_deref()
    }
}

fn shared(name: &str, value: &[u8]) -> Vec<u8> {
    [b"=", name.as_bytes(), b"=", value].concat()
}

/// Every preset that is known here.
#[derive(Clone, Debug)]
pub struct Presets {
    all: Vec<Arc<Preset>>,
    /// Files of the operator's own that could not be read: name, and why.
    pub refused: Vec<(String, String)>,
}

impl Presets {
    /// Those that are compiled in, and the files in `own`, which replace compiled ones of the same name.
    ///
    /// # Errors
    /// [`Code::Internal`] if a compiled one is damaged, which a test prevents.
    pub fn load(own: &Path) -> Result<Self> {
        let mut presets = Self { all: Vec::new(), refused: Vec::new() };
        for text in COMPILED {
            let preset = file::parse(text, false).map_err(|why| Error::refused(Code::Internal, why))?;
            presets.all.push(Arc::new(preset));
        }
        presets.load_own(own);
        Ok(presets)
    }

    fn load_own(&mut self, dir: &Path) {
        let mut files: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        for path in files.into_iter().take(MOST_FILES) {
            match read(&path).and_then(|text| file::parse(&text, true)) {
                Ok(preset) => {
                    self.all.retain(|known| known.name != preset.name);
                    self.all.push(Arc::new(preset));
                }
                Err(why) => {
                    let name = path.file_name().map(|name| Shown::of_path(Path::new(name)).elided()).unwrap_or_default();
                    self.refused.push((name, why));
                }
            }
        }
    }

    /// All of them: compiled ones first, then the operator's own.
    pub fn all(&self) -> &[Arc<Preset>] {
        &self.all
    }

    /// The preset of this name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, name: &str) -> Result<Arc<Preset>> {
        let found = self.all.iter().find(|preset| preset.name == name);
        found.cloned().ok_or_else(|| Error::NotFound { what: "preset", name: Shown::of_text(name).elided() })
    }

    /// The preset of a site; the plain one if it has none, or if its file is gone.
    ///
    /// # Errors
    /// [`Error::NotFound`] never, while the plain one is compiled in.
    pub fn of(&self, name: Option<&str>) -> Result<Arc<Preset>> {
        name.and_then(|name| self.get(name).ok()).map_or_else(|| self.get(PLAIN), Ok)
    }
}

fn read(path: &Path) -> std::result::Result<String, String> {
    let size = path.metadata().map_err(|error| error.to_string())?.len();
    if size > LONGEST_FILE {
        return Err(format!("The file is larger than {LONGEST_FILE} bytes."));
    }
    std::fs::read_to_string(path).map_err(|error| format!("The file cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
