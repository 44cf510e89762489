//! Where contents are: the site, the holding directories, the vault.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use super::database::Database;

/// A regular file at rest.
pub struct Found {
    pub sha256: String,
    pub device: u64,
    pub inode: u64,
}

/// Everything that there is.
pub struct Places {
    /// By path below the root, as bytes.
    pub site: BTreeMap<Vec<u8>, Found>,
    /// How often each content waits in the clear.
    pub holding: BTreeMap<String, u64>,
    /// What the sealed files hold, by `(case, n)`; `None` for one that does not open.
    pub vault: BTreeMap<(i64, i64), Option<String>>,
}

impl Places {
    pub fn read(home: &Path, site: &Path, database: &Database) -> Result<Self, String> {
        let aside = database.names_aside()?;
        let mut holding = BTreeMap::new();
        for dir in database.holding_dirs()? {
            for found in walk(&dir)?.into_values() {
                *holding.entry(found.sha256).or_insert(0) += 1;
            }
        }
        let mut in_site = BTreeMap::new();
        for (path, found) in walk(site)? {
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            if aside.iter().any(|known| known == name) {
                *holding.entry(found.sha256).or_insert(0) += 1;
            } else if !name.starts_with(b".gatehouse-") || !name.ends_with(b".part") {
                in_site.insert(path, found);
            }
        }
        Ok(Self { site: in_site, holding, vault: vault(home)? })
    }
}

/// Regular files below a directory, links not followed. What vanishes meanwhile is elsewhere.
fn walk(root: &Path) -> Result<BTreeMap<Vec<u8>, Found>, String> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.map_while(Result::ok) {
            let path = entry.path();
            let Ok(facts) = path.symlink_metadata() else { continue };
            if facts.is_dir() {
                dirs.push(path);
            } else if facts.is_file() {
                let below = path.strip_prefix(root).map_err(|error| error.to_string())?.as_os_str().as_bytes().to_vec();
                let Ok(sha256) = sha256_of(&path) else { continue };
                found.insert(below, Found { sha256, device: facts.dev(), inode: facts.ino() });
            }
        }
    }
    Ok(found)
}

/// SHA-256 of a file, in hex.
pub fn sha256_of(path: &Path) -> std::io::Result<String> {
    sha256_read(&mut std::fs::File::open(path)?)
}

fn sha256_read(reader: &mut dyn std::io::Read) -> std::io::Result<String> {
    let mut hasher = sha2::Sha256::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut part)? {
            0 => return Ok(super::record::hex(&hasher.finalize())),
            n => hasher.update(part.get(..n).unwrap_or_default()),
        }
    }
}

fn keys(home: &Path) -> Vec<age::x25519::Identity> {
    let entries = std::fs::read_dir(home.join("keys")).into_iter().flatten().map_while(Result::ok);
    let texts = entries.filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
    texts.flat_map(|text| text.lines().filter_map(|line| line.parse().ok()).collect::<Vec<_>>()).collect()
}

fn vault(home: &Path) -> Result<BTreeMap<(i64, i64), Option<String>>, String> {
    let keys = keys(home);
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(home.join("vault")).into_iter().flatten().map_while(Result::ok) {
        let path: PathBuf = entry.path();
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".age")) else { continue };
        let numbers = name.split_once('-').and_then(|(case, n)| case.parse().ok().zip(n.parse().ok()));
        let place = numbers.ok_or_else(|| format!("{} is no name of a sealed file", path.display()))?;
        found.insert(place, opened(&path, &keys));
    }
    Ok(found)
}

/// SHA-256 of what a sealed file holds.
fn opened(path: &Path, keys: &[age::x25519::Identity]) -> Option<String> {
    let decryptor = age::Decryptor::new(std::io::BufReader::new(std::fs::File::open(path).ok()?)).ok()?;
    let mut reader = decryptor.decrypt(keys.iter().map(|key| key as &dyn age::Identity)).ok()?;
    sha256_read(&mut reader).ok()
}
