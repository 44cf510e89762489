//! The page's packages, from npm's lock file.

use std::path::Path;

use serde_json::Value;

use super::policy::Policy;

/// One package.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An expression; empty if it says none.
    pub(crate) licence: String,
    /// Its digest as npm writes it: `sha512-` and base 64.
    pub(crate) integrity: String,
    /// Needed to build and test the page, and no part of it.
    pub(crate) is_tool: bool,
}

/// # Errors
/// The file cannot be read or is no lock file.
pub(crate) fn read(path: &Path) -> Result<Vec<Package>, String> {
    let text = std::fs::read_to_string(path).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Package>, String> {
    let lock: Value = serde_json::from_str(text).map_err(|why| format!("ui/package-lock.json is not JSON: {why}"))?;
    let packages = lock["packages"].as_object().ok_or("ui/package-lock.json names no packages")?;
    let field = |package: &Value, name: &str| package[name].as_str().unwrap_or_default().to_owned();
    let package = |(place, package): (&String, &Value)| {
        let name = place.rsplit("node_modules/").next().unwrap_or(place).to_owned();
        let (version, licence, integrity) = (field(package, "version"), field(package, "license"), field(package, "integrity"));
        Package { name, version, licence, integrity, is_tool: package["dev"] == true }
    };
    // The entry without a name is our own.
    Ok(packages.iter().filter(|(place, _)| !place.is_empty()).map(package).collect())
}

/// What becomes part of the page keeps to the licences of the program, and everything has a digest. Tools may have other licences: they are not shipped.
pub(crate) fn check(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        if !package.is_tool {
            wrong.extend(policy.check_licence(&package.name, &package.licence).err().map(|why| format!("ui: {why}")));
        }
        if !package.integrity.starts_with("sha512-") {
            wrong.push(format!("ui: {} {} has no digest in the lock file.", package.name, package.version));
        }
        if package.name.starts_with("@tauri-apps/plugin-") {
            wrong.push(format!("ui: {} gives the page what only Rust may do.", package.name));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_and_plugins_of_the_window_are_refused() {
        let lock = r#"{"packages": {"": {"name": "own"}, "node_modules/a/node_modules/@tauri-apps/plugin-fs": {"version": "2.0.0", "license": "MIT", "integrity": "sha512-eA=="},
            "node_modules/tool": {"version": "1.0.0", "dev": true}}}"#;
        let packages = parse(lock).unwrap();
        assert_eq!((packages.len(), packages[0].name.as_str(), packages[1].is_tool), (2, "@tauri-apps/plugin-fs", true));
        let policy = Policy::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml")).unwrap();
        let wrong = check(&policy, &packages);
        assert_eq!(wrong.len(), 2, "the plugin, and the tool without a digest: {wrong:?}");
    }
}
