//! Known vulnerabilities, from a local copy of the RustSec database: a folder `crates` with a folder for each crate, and in it Markdown files that begin
//! with a block of TOML.

use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};
use serde::Deserialize;

use super::day::Day;
use super::policy::Policy;
use super::tree::Tree;

/// What came of it.
pub(crate) enum Checked {
    /// There is no copy to look at.
    NoCopy,
    /// Every crate was looked up.
    Done {
        /// The date of the newest advisory: how old the copy is at least.
        newest: Day,
        known: usize,
        found: Vec<String>,
    },
}

#[derive(Debug, Deserialize)]
struct File {
    advisory: Advisory,
    #[serde(default)]
    versions: Versions,
}

#[derive(Debug, Deserialize)]
struct Advisory {
    id: String,
    package: String,
    date: String,
    withdrawn: Option<String>,
    informational: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

impl Versions {
    /// # Errors
    /// A version or requirement that is none.
    fn hit(&self, version: &str) -> Result<bool, semver::Error> {
        let version = Version::parse(version)?;
        for safe in self.patched.iter().chain(&self.unaffected) {
            if VersionReq::parse(safe)?.matches(&version) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Looks every crate up in the copy at `chosen`, or in that of `cargo deny` or `cargo audit`.
///
/// # Errors
/// An advisory that cannot be read: what is not understood is not passed over.
pub(crate) fn check(chosen: Option<&Path>, policy: &Policy, tree: &Tree) -> Result<Checked, String> {
    let Some(copy) = chosen.map(Path::to_path_buf).or_else(usual_place) else { return Ok(Checked::NoCopy) };
    let (mut known, mut newest, mut found, mut needless) = (0, None, Vec::new(), policy.ignored().collect::<Vec<_>>());
    for path in files(&copy.join("crates"))? {
        let text = std::fs::read_to_string(&path).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
        let file = parse(&text).map_err(|why| format!("{} is not understood: {why}", path.display()))?;
        known += 1;
        newest = newest.max(Day::parse(&file.advisory.date));
        if file.advisory.withdrawn.is_some() {
            continue;
        }
        for one in tree.foreign().filter(|one| one.name == file.advisory.package) {
            let is_hit = file.versions.hit(&one.version).map_err(|why| format!("{}: {why}", path.display()))?;
            if !is_hit {
                continue;
            }
            needless.retain(|id| *id != file.advisory.id);
            if policy.ignores(&file.advisory.id).is_none() {
                let kind = file.advisory.informational.as_deref().unwrap_or("vulnerable");
                found.push(format!("{} {}: {} ({kind}).", one.name, one.version, file.advisory.id));
            }
        }
    }
    found.extend(needless.iter().map(|id| format!("{id}: the exception is for nothing that is here any more.")));
    let newest = newest.ok_or_else(|| format!("{} holds no advisories", copy.display()))?;
    Ok(Checked::Done { newest, known, found })
}

#[expect(clippy::disallowed_methods, reason = "where Cargo keeps its things is said by a variable, or lies in the home of the person")]
fn usual_place() -> Option<PathBuf> {
    let cargo =
        std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let of_deny = std::fs::read_dir(cargo.join("advisory-dbs")).into_iter().flatten().flatten().map(|entry| entry.path());
    of_deny.chain([cargo.join("advisory-db")]).find(|copy| copy.join("crates").is_dir())
}

fn files(crates: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = |path: &Path| -> Result<Vec<PathBuf>, String> {
        let entries = std::fs::read_dir(path).map_err(|why| format!("{} cannot be listed: {why}", path.display()))?;
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(|why| why.to_string())).collect()
    };
    let mut found = Vec::new();
    for one in folder(crates)?.into_iter().filter(|path| path.is_dir()) {
        found.extend(folder(&one)?.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    found.sort();
    Ok(found)
}

fn parse(text: &str) -> Result<File, String> {
    let block = text.split_once("```toml").and_then(|(_, rest)| rest.split_once("\n```")).ok_or("it has no block of TOML")?.0;
    toml::from_str(block).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::sample;
    use super::*;

    #[test]
    fn a_crate_is_found_unless_it_is_patched_withdrawn_or_put_up_with() {
        let copy = std::env::temp_dir().join(format!("gatehouse-advisories-{}", std::process::id()));
        let write = |name: &str, extra: &str, versions: &str| {
            let folder = copy.join("crates").join("image");
            std::fs::create_dir_all(&folder).unwrap();
            let text = format!(
                "```toml\n[advisory]\nid = \"{name}\"\npackage = \"image\"\ndate = \"2026-11-0{}\"\n{extra}\n\n[versions]\n{versions}\n```\n\n# Title\n",
                name.len() % 9 + 1
            );
            std::fs::write(folder.join(format!("{name}.md")), text).unwrap();
        };
        write("HIT", "", "patched = [\">= 0.26.0\"]");
        write("PATCHED", "", "patched = [\">= 0.25.1\"]");
        write("UNAFFECTED", "", "patched = []\nunaffected = [\"< 0.25.2\"]");
        write("WITHDRAWN", "withdrawn = \"2026-11-11\"", "patched = []");
        write("KNOWN", "", "patched = []");
        let policy = "[licenses]\nallow = []\n[bans]\ndeny = []\n[advisories]\nignore = [{ id = \"KNOWN\", reason = \"r\" }, { id = \"PAST\", reason = \"r\" }]";
        let checked = check(Some(&copy), &toml::from_str(policy).unwrap(), &sample());
        std::fs::remove_dir_all(&copy).unwrap();
        let Ok(Checked::Done { known, found, .. }) = checked else { panic!("it is read") };
        assert_eq!(known, 5);
        assert_eq!(found, ["image 0.25.1: HIT (vulnerable).", "PAST: the exception is for nothing that is here any more."]);
    }
}
