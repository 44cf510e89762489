//! The bill of materials, CycloneDX 1.5 in JSON, from the lock files alone: the same lock files give the same bytes.

use std::path::Path;

use serde_json::{Value, json};

use super::page::Package;
use super::tree::{Crate, Tree};

/// Writes it.
///
/// # Errors
/// Those of the file system.
pub(crate) fn write(path: &Path, tree: &Tree, packages: &[Package]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, serde_json::to_string_pretty(&bill(tree, packages))? + "\n")
}

fn bill(tree: &Tree, packages: &[Package]) -> Value {
    let crates = tree.foreign().map(|one| {
        let mut component = component(&one.name, &one.version, &one.licence, &reference(one), "required");
        if !one.checksum.is_empty() {
            component["hashes"] = json!([{"alg": "SHA-256", "content": one.checksum}]);
        }
        component
    });
    let pages = packages.iter().map(|package| {
        let scope = if package.is_tool { "excluded" } else { "required" };
        let reference = format!("pkg:npm/{}@{}", package.name.replace('@', "%40"), package.version);
        let mut component = component(&package.name, &package.version, &package.licence, &reference, scope);
        if let Some(digest) = package.integrity.strip_prefix("sha512-").and_then(hex_of_base64) {
            component["hashes"] = json!([{"alg": "SHA-512", "content": digest}]);
        }
        component
    });
    let dependencies = tree.0.values().map(|one| {
        let mut needs: Vec<String> = one.needs.iter().filter_map(|id| tree.0.get(id)).map(reference).collect();
        needs.sort();
        json!({"ref": reference(one), "dependsOn": needs})
    });
    let own = tree.0.values().find(|one| one.name == "gatehouse" && one.source.is_empty());
    let version = own.map_or("0", |own| own.version.as_str());
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "gatehouse", "version": version, "bom-ref": format!("pkg:cargo/gatehouse@{version}")}},
        "components": crates.chain(pages).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    })
}

fn reference(one: &Crate) -> String {
    format!("pkg:cargo/{}@{}", one.name, one.version)
}

fn component(name: &str, version: &str, licence: &str, reference: &str, scope: &str) -> Value {
    let mut component =
        json!({"type": "library", "name": name, "version": version, "bom-ref": reference, "purl": reference, "scope": scope});
    if !licence.is_empty() {
        component["licenses"] = json!([{"expression": licence.replace('/', " OR ")}]);
    }
    component
}

fn hex_of_base64(text: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut hex) = (0_u32, 0, String::new());
    for digit in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            hex.push_str(&format!("{:02x}", bits >> held & 0xff));
        }
    }
    Some(hex)
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::sample;
    use super::*;

    #[test]
    fn the_bill_names_every_crate_and_package_with_its_digest() {
        let package = Package {
            name: "@a/b".to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            integrity: "sha512-aGVsbG8=".to_owned(),
            is_tool: false,
        };
        let bill = bill(&sample(), &[package]);
        let components = bill["components"].as_array().unwrap();
        let names: Vec<_> = components.iter().map(|one| one["purl"].as_str().unwrap()).collect();
        assert_eq!(names, ["pkg:cargo/image@0.25.1", "pkg:cargo/proptest@1.0.0", "pkg:cargo/sound@1.2.3", "pkg:npm/%40a/b@1.0.0"]);
        assert_eq!(
            (&components[0]["hashes"][0]["content"], &components[3]["hashes"][0]["content"]),
            (&json!("ab"), &json!("68656c6c6f")),
            "\"hello\" in hex"
        );
        assert_eq!(bill["dependencies"].as_array().unwrap().len(), 4);
    }
}
