//! What is agreed on: the part of `deny.toml` that is checked here.

use std::path::Path;

use semver::{Version, VersionReq};
use serde::Deserialize;

use super::day::Day;
use super::licences::is_allowed;
use super::tree::{Crate, Tree};

/// Longest that an exception may last, in days.
const EXCEPTION_DAYS: i64 = 90;
/// The one place where crates come from, as Cargo names it in a lock file.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Debug, Deserialize)]
pub(crate) struct Policy {
    licenses: Licenses,
    bans: Bans,
    advisories: Advisories,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<LicenceException>,
}

#[derive(Debug, Deserialize)]
struct LicenceException {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    /// A name, or a name, a colon and the versions.
    #[serde(rename = "crate")]
    spec: String,
    /// Crates that may have it all the same.
    #[serde(default)]
    wrappers: Vec<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Advisories {
    ignore: Vec<Ignored>,
}

#[derive(Debug, Deserialize)]
struct Ignored {
    id: String,
    reason: String,
}

impl Ban {
    /// # Errors
    /// A version requirement that is none.
    fn hits(&self, name: &str, version: &str) -> Result<bool, String> {
        let Some((banned, versions)) = self.spec.split_once([':', '@']) else { return Ok(self.spec == name) };
        let wrong = |why: semver::Error| format!("deny.toml: \"{}\": {why}", self.spec);
        let versions = VersionReq::parse(versions).map_err(wrong)?;
        Ok(banned == name && versions.matches(&Version::parse(version).map_err(wrong)?))
    }
}

impl Policy {
    /// # Errors
    /// The file cannot be read, or something in it is not understood.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|why| format!("deny.toml is not understood: {why}"))
    }

    /// Whether a licence expression is agreed on for this crate or package.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub(crate) fn check_licence(&self, name: &str, expression: &str) -> Result<(), String> {
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.name == name).flat_map(|exception| &exception.allow);
        let allowed: Vec<&String> = self.licenses.allow.iter().chain(exceptions).collect();
        match is_allowed(expression, &|licence| allowed.iter().any(|known| *known == licence)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{name}: its licence is {expression}, which is not agreed on.")),
            Err(why) => Err(format!("{name}: {why}.")),
        }
    }

    /// Every crate: its licence, whether it is banned, where it comes from, and requirements of any version.
    pub(crate) fn check(&self, tree: &Tree) -> Vec<String> {
        let mut wrong = Vec::new();
        for one in tree.foreign() {
            wrong.extend(self.check_licence(&one.name, &one.licence).err());
            wrong.extend(self.ban(one, Some(tree)));
            if one.source != CRATES_IO {
                wrong.push(format!("{} {} comes from {}, not from crates.io.", one.name, one.version, one.source));
            }
        }
        let own = tree.0.values().filter(|one| one.source.is_empty());
        wrong.extend(
            own.flat_map(|one| one.wildcards.iter().map(|name| format!("{}: any version of {name} would do; name one.", one.name))),
        );
        wrong
    }

    fn ban(&self, one: &Crate, tree: Option<&Tree>) -> Option<String> {
        for ban in &self.bans.deny {
            match ban.hits(&one.name, &one.version) {
                Ok(false) => {}
                Ok(true)
                    if tree.is_some_and(|tree| {
                        !ban.wrappers.is_empty()
                            && tree.users_of(&one.name).iter().all(|user| ban.wrappers.iter().any(|known| known == user))
                    }) => {}
                Ok(true) => return Some(format!("{} {} is banned: {}.", one.name, one.version, ban.reason)),
                Err(why) => return Some(why),
            }
        }
        None
    }

    /// Bans and sources of a lock file of which Cargo is not asked.
    pub(crate) fn check_lock(&self, name: &str, lock: &str) -> Vec<String> {
        let lock: toml::Table = match toml::from_str(lock) {
            Ok(lock) => lock,
            Err(why) => return vec![format!("{name} is not TOML: {why}")],
        };
        let field = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
        let crates = packages.map(|package| Crate {
            name: field(package, "name"),
            version: field(package, "version"),
            source: field(package, "source"),
            ..Crate::default()
        });
        let wrong = crates.filter_map(|one| {
            let elsewhere = !one.source.is_empty() && one.source != CRATES_IO;
            // What is compared with in a benchmark is not shipped, so that only where it comes from counts.
            let banned = if name.contains("peers") { None } else { self.ban(&one, None) };
            banned.or_else(|| elsewhere.then(|| format!("{} comes from {}", one.name, one.source)))
        });
        wrong.map(|why| format!("{name}: {why}")).collect()
    }

    /// Why this advisory is put up with, if it is.
    pub(crate) fn ignores(&self, id: &str) -> Option<&str> {
        self.advisories.ignore.iter().find(|ignored| ignored.id == id).map(|ignored| ignored.reason.as_str())
    }

    /// Ids that are put up with.
    pub(crate) fn ignored(&self) -> impl Iterator<Item = &str> {
        self.advisories.ignore.iter().map(|ignored| ignored.id.as_str())
    }

    /// Exceptions without an end, after it, or with one too far away.
    pub(crate) fn expiry_problems(&self, today: Day) -> Vec<String> {
        let problem = |Ignored { id, reason }: &Ignored| {
            let until = reason.rsplit_once("until ").and_then(|(why, day)| Some((why.trim(), Day::parse(day.trim())?)));
            match until {
                None => Some(format!("{id}: an exception ends with \"until YEAR-MONTH-DAY\".")),
                Some(("", _)) => Some(format!("{id}: an exception says why.")),
                Some((_, until)) if until < today => Some(format!("{id}: the exception ended on {until}. Look at it again.")),
                Some((_, until)) if until.days_since(today) > EXCEPTION_DAYS => {
                    Some(format!("{id}: the exception ends on {until}, more than {EXCEPTION_DAYS} days away."))
                }
                Some(_) => None,
            }
        };
        self.advisories.ignore.iter().filter_map(problem).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::sample;
    use super::*;

    fn policy(ignore: &str) -> Policy {
        Policy::parse(&format!(
            "[licenses]\nallow = [\"MIT\"]\nexceptions = [{{ crate = \"odd\", allow = [\"ISC\"] }}]\n[bans]\ndeny = [{{ crate = \"sound:<1.3\", reason = \"old\" }}, \
             {{ crate = \"image\", wrappers = [\"sound\"], reason = \"C\" }}]\n[advisories]\nignore = [{ignore}]\n"
        ))
        .unwrap()
    }

    #[test]
    fn what_is_not_agreed_on_is_named() {
        let wrong = policy("").check(&sample());
        let expected = [
            "proptest: its licence is GPL-3.0-only, which is not agreed on.",
            "proptest 1.0.0 comes from git+https://example.org/proptest, not from crates.io.",
            "sound 1.2.3 is banned: old.",
        ];
        assert_eq!(wrong, expected, "`image` has only the user that it may have, and a path may have any version");
        let policy = policy("");
        assert!(policy.check_licence("odd", "ISC").is_ok() && policy.check_licence("other", "ISC").is_err());
        let lock = "[[package]]\nname = \"image\"\nversion = \"0.25.1\"\nsource = \"git+https://example.org\"\n";
        assert_eq!(policy.check_lock("x/Cargo.lock", lock), ["x/Cargo.lock: image 0.25.1 is banned: C."]);
        assert_eq!(policy.check_lock("peers/Cargo.lock", lock), ["peers/Cargo.lock: image comes from git+https://example.org"]);
    }

    #[test]
    fn an_exception_has_a_reason_and_an_end_within_ninety_days() {
        let today = Day::parse("2026-11-23").unwrap();
        let table = [
            ("by Tauri; until 2027-02-15", 0),
            ("by Tauri; until 2027-02-22", 1),
            ("by Tauri; until 2026-11-22", 1),
            ("by Tauri", 1),
            ("until 2027-02-15", 1),
        ];
        for (reason, problems) in table {
            let policy = policy(&format!("{{ id = \"RUSTSEC-2024-0411\", reason = \"{reason}\" }}"));
            assert_eq!(policy.expiry_problems(today).len(), problems, "{reason}");
        }
    }

    #[test]
    fn the_policy_of_this_project_is_understood() {
        let policy = Policy::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml")).unwrap();
        for ban in &policy.bans.deny {
            ban.hits("anything", "1.0.0").unwrap();
        }
    }
}
