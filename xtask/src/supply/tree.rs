//! Every crate of the workspace's lock file, as Cargo itself lists them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::step::Place;

/// One crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An expression; empty if it says none.
    pub(crate) licence: String,
    /// Where it comes from; empty for our own.
    pub(crate) source: String,
    /// SHA-256 of its archive in hex, from the lock file.
    pub(crate) checksum: String,
    /// Crates that it stands on, by their identity, tests and build scripts included.
    pub(crate) needs: Vec<String>,
    /// Of these, those that become part of the program on this system: no tests, no build scripts, no macros of the compiler.
    pub(crate) links: Vec<String>,
    /// Requirements of `*` on crates of others.
    pub(crate) wildcards: Vec<String>,
}

/// All of them, by Cargo's own identity.
#[derive(Debug, Default)]
pub(crate) struct Tree(pub(crate) BTreeMap<String, Crate>);

impl Tree {
    /// Asks Cargo, without a network.
    ///
    /// # Errors
    /// What Cargo says, or what cannot be read of it.
    pub(crate) fn of(place: &Place) -> Result<Self, String> {
        let mut cargo = place.cargo(&["metadata", "--locked", "--format-version", "1", "--all-features"]);
        let output = cargo.output().map_err(|why| format!("Cargo could not be started: {why}"))?;
        if !output.status.success() {
            return Err(format!("`cargo metadata --locked` failed:\n{}", output.stderr.escape_ascii()));
        }
        let lock = std::fs::read_to_string(place.root.join("Cargo.lock")).map_err(|why| format!("Cargo.lock cannot be read: {why}"))?;
        Self::read(&output.stdout, &lock)
    }

    fn read(metadata: &[u8], lock: &str) -> Result<Self, String> {
        let metadata: Value = serde_json::from_slice(metadata).map_err(|why| format!("What Cargo lists is not JSON: {why}"))?;
        let checksums = checksums(lock)?;
        let packages = metadata["packages"].as_array().ok_or("Cargo lists no packages")?;
        let mut all: BTreeMap<String, Crate> =
            packages.iter().map(|package| (text(&package["id"]), of_package(package, &checksums))).collect();
        let is_macro =
            |package: &&Value| package["targets"].as_array().into_iter().flatten().any(|target| target["kind"][0] == "proc-macro");
        let macros: BTreeSet<String> = packages.iter().filter(is_macro).map(|package| text(&package["id"])).collect();
        for node in metadata["resolve"]["nodes"].as_array().ok_or("Cargo lists no dependencies")? {
            let Some(found) = all.get_mut(&text(&node["id"])) else { continue };
            for dep in node["deps"].as_array().into_iter().flatten() {
                let id = text(&dep["pkg"]);
                let is_linked =
                    dep["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null() && is_here(&text(&kind["target"])));
                if is_linked && !macros.contains(&id) {
                    found.links.push(id.clone());
                }
                found.needs.push(id);
            }
        }
        Ok(Self(all))
    }

    /// Crates of others.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Crate> {
        self.0.values().filter(|one| !one.source.is_empty())
    }

    /// Names of the crates that have this one among their needs.
    pub(crate) fn users_of(&self, name: &str) -> BTreeSet<&str> {
        let uses = |one: &&Crate| one.needs.iter().any(|id| self.0.get(id).is_some_and(|needed| needed.name == name));
        self.0.values().filter(uses).map(|one| one.name.as_str()).collect()
    }

    /// Names of the crates that become part of `name` on this system, itself not counted.
    pub(crate) fn below(&self, name: &str) -> BTreeSet<&str> {
        let start = self.0.iter().find(|(_, one)| one.name == name && one.source.is_empty());
        let mut waiting: Vec<&String> = start.iter().flat_map(|(_, one)| &one.links).collect();
        let mut found = BTreeSet::new();
        while let Some(one) = waiting.pop().and_then(|id| self.0.get(id)) {
            if found.insert(one.name.as_str()) {
                waiting.extend(&one.links);
            }
        }
        found
    }
}

/// Whether a dependency of this condition is one on Linux. Conditions of other systems name them.
fn is_here(target: &str) -> bool {
    !["windows", "macos", "wasm", "android", "apple", "ios", "redox", "hermit"].iter().any(|other| target.contains(other))
        || target.contains("linux")
}

fn of_package(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Crate {
    let (name, version, source) = (text(&package["name"]), text(&package["version"]), text(&package["source"]));
    let deps = package["dependencies"].as_array().into_iter().flatten();
    let wildcards = deps.filter(|dep| dep["req"] == "*" && dep["path"].is_null()).map(|dep| text(&dep["name"])).collect();
    let checksum = checksums.get(&(name.clone(), version.clone())).cloned().unwrap_or_default();
    Crate { licence: text(&package["license"]), checksum, wildcards, name, version, source, ..Crate::default() }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Checksums of a lock file, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>, String> {
    let lock: toml::Table = toml::from_str(lock).map_err(|why| format!("Cargo.lock is not TOML: {why}"))?;
    let field = |package: &toml::Value, name: &str| package.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or("Cargo.lock names no packages")?;
    Ok(packages.iter().map(|package| ((field(package, "name"), field(package, "version")), field(package, "checksum"))).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Our own crate `own`, which links `sound`, which links `image`; and tests with `proptest`.
    pub(crate) fn sample() -> Tree {
        let metadata = serde_json::json!({
            "packages": [
                {"id": "own", "name": "own", "version": "0.1.0", "license": "MIT", "source": null, "dependencies": [{"name": "sound", "req": "*", "path": "/x"}]},
                {"id": "sound", "name": "sound", "version": "1.2.3", "license": "MIT OR Apache-2.0", "source": "registry+https://github.com/rust-lang/crates.io-index", "dependencies": []},
                {"id": "image", "name": "image", "version": "0.25.1", "license": "MIT", "source": "registry+https://github.com/rust-lang/crates.io-index", "dependencies": [{"name": "loose", "req": "*", "path": null}]},
                {"id": "proptest", "name": "proptest", "version": "1.0.0", "license": "GPL-3.0-only", "source": "git+https://example.org/proptest", "dependencies": []},
            ],
            "resolve": {"nodes": [
                {"id": "own", "deps": [
                    {"pkg": "sound", "dep_kinds": [{"kind": null, "target": null}]}, {"pkg": "proptest", "dep_kinds": [{"kind": "dev", "target": null}]}]},
                {"id": "sound", "deps": [{"pkg": "image", "dep_kinds": [{"kind": null, "target": "cfg(unix)"}]}]},
                {"id": "image", "deps": []}, {"id": "proptest", "deps": []},
            ]},
        });
        let lock = "[[package]]\nname = \"image\"\nversion = \"0.25.1\"\nchecksum = \"ab\"\n";
        Tree::read(metadata.to_string().as_bytes(), lock).unwrap()
    }

    #[test]
    fn the_tree_knows_what_links_what() {
        let tree = sample();
        assert_eq!(tree.below("own"), BTreeSet::from(["image", "sound"]), "tests are no part of the program");
        assert_eq!(tree.users_of("image"), BTreeSet::from(["sound"]));
        assert_eq!((tree.0["image"].checksum.as_str(), tree.foreign().count()), ("ab", 3));
        assert!(is_here("cfg(target_os = \"linux\")") && is_here("") && !is_here("cfg(windows)"));
    }
}
