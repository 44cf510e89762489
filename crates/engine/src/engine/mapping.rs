//! Map files: read, joined to uploads by what the preset says, read again when they change. The site's database itself is never connected to.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::json;

use super::claims;
use super::core::Core;
use crate::error::{Code, Error, Result};
use crate::intake::preset::map::{MOST_ROWS, MapRow, Table};
use crate::intake::preset::{JoinOn, Preset};
use crate::model::{Content, Facts, Role, Shown, Site};
use crate::store::maps::{self, KeyedRow, MapFile};
use crate::store::uploads::UploadRow;
use crate::store::{contents, settings, uploads};

/// What a map file leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Files in the folder that no row names.
    pub files: u64,
    /// Rows that name no file in the folder.
    pub rows: u64,
    /// Files that were never used in a post, as their rows say.
    pub not_posted: u64,
    /// Files with a row.
    pub joined: u64,
}

/// Reads a map file and takes it in place of the one before.
///
/// # Errors
/// [`Code::BadArgument`] with what is wrong with the file; the one before stays.
pub fn attach(core: &Core, site: &Site, file: &Path) -> Result<(MapFile, Orphans)> {
    let path = file.canonicalize().map_err(Error::io(file))?;
    let preset = core.presets().of(site.preset.as_deref())?;
    let (stamp, rows, ignored) = read(&preset, &path)?;
    let id = site.id;
    core.store.write(move |tx| maps::replace(tx, id, &path, stamp, &rows, &ignored))?;
    let orphans = count_orphans(core, site)?;
    let stored = core.store.read(|connection| maps::get(connection, id))?;
    stored.map(|stored| (stored, orphans)).ok_or_else(|| Error::NotFound { what: "map file", name: id.to_string() })
}

type Read = ((i64, u64), Vec<KeyedRow>, Vec<String>);

fn read(preset: &Preset, path: &Path) -> Result<Read> {
    let wrong = |why: String| Error::refused(Code::BadArgument, format!("{why} Nothing was changed."));
    let file = File::open(path).map_err(Error::io(path))?;
    let stamp = stamp(&file.metadata().map_err(Error::io(path))?);
    let mut table = Table::open(BufReader::new(file), preset.map.as_ref()).map_err(wrong)?;
    let mut rows = Vec::new();
    while let Some(row) = table.next_row().map_err(wrong)? {
        if rows.len() as u64 >= MOST_ROWS {
            return Err(wrong(format!("The file has more than {MOST_ROWS} rows.")));
        }
        rows.push(KeyedRow { keys: keys_of_row(preset, &row), facts: serde_json::to_string(&shown(&row)).unwrap_or_default() });
    }
    Ok((stamp, rows, table.ignored))
}

fn stamp(metadata: &std::fs::Metadata) -> (i64, u64) {
    (metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec(), metadata.len())
}

/// Values as they are shown: names of users and files are chosen by users.
fn shown(row: &MapRow) -> MapRow {
    row.iter().map(|(name, value)| (name.clone(), Shown::of_text(value).as_str().to_owned())).collect()
}

fn joins(preset: &Preset) -> Vec<(String, JoinOn)> {
    let mut joins = match &preset.map {
        Some(query) => query.joins.clone(),
        None => vec![
            ("file".to_owned(), JoinOn::FileName),
            ("file".to_owned(), JoinOn::Path),
            ("media_id".to_owned(), JoinOn::Fact("media_id".to_owned())),
        ],
    };
    joins.extend(["sha1", "sha256", "md5", "sha1_base36"].map(|hash| (hash.to_owned(), JoinOn::Fact(hash.to_owned()))));
    joins
}

fn keys_of_row(preset: &Preset, row: &MapRow) -> Vec<Vec<u8>> {
    let key = |(column, on): (String, JoinOn)| {
        let value = row.get(&column)?;
        Some(match on {
            JoinOn::FileName => key("file_name", value.rsplit('/').next().unwrap_or_default().as_bytes()),
            JoinOn::Path => key("path", value.trim_start_matches('/').as_bytes()),
            JoinOn::Below(dir) => key("path", format!("{dir}/{}", value.trim_start_matches('/')).as_bytes()),
            JoinOn::Fact(name) if name == "media_id" => key(&name, value.as_bytes()),
            JoinOn::Fact(name) => key(&name, value.to_lowercase().as_bytes()),
        })
    };
    joins(preset).into_iter().filter_map(key).collect()
}

fn key(what: &str, value: &[u8]) -> Vec<u8> {
    [what.as_bytes(), b"=", value].concat()
}

fn keys_of_upload(site: &Site, upload: &UploadRow, content: Option<&Content>) -> Vec<Vec<u8>> {
    let mut keys = vec![key("file_name", upload.file.path.name())];
    keys.extend(site.level.to_base(upload.file.path.as_bytes()).map(|base| key("path", &base)));
    keys.extend(["media_id", "hash"].iter().filter_map(|name| Some(key(name, upload.sorted.facts.get(*name)?.as_bytes()))));
    if let Some(content) = content {
        keys.push(key("sha256", content.sha256.to_string().as_bytes()));
        keys.push(key("sha1", content.sha1.to_string().as_bytes()));
        keys.push(key("md5", content.md5.to_string().as_bytes()));
        keys.push(key("sha1_base36", claims::base36(content.sha1.as_bytes()).as_bytes()));
    }
    keys
}

/// What the rows of a map file say of an upload: one row a place where it is used.
///
/// # Errors
/// The store's own.
pub fn rows_of(core: &Core, site: &Site, upload: &UploadRow) -> Result<Vec<Facts>> {
    core.store.read(|connection| {
        let content = upload.content.map(|id| contents::get(connection, id)).transpose()?;
        let keys = keys_of_upload(site, upload, content.as_ref().map(|row| &row.content));
        Ok(maps::rows_of(connection, site.id, &keys)?.into_iter().map(|(_, facts)| facts).collect())
    })
}

/// The same as one set of facts, by the names that presets use.
///
/// # Errors
/// The store's own.
pub fn facts_of(core: &Core, site: &Site, upload: &UploadRow) -> Result<Facts> {
    let mut facts = Facts::new();
    for row in rows_of(core, site, upload)? {
        for (name, value) in row {
            match (name.as_str(), value.as_str()) {
                ("private" | "posted", "0" | "f" | "false") if name == "private" => {}
                ("posted", "0" | "f" | "false") => drop(facts.insert("not_posted".to_owned(), "1".to_owned())),
                ("posted", _) => {}
                _ => drop(facts.entry(name).or_insert(value)),
            }
        }
    }
    if let Some(uploader) = facts.get("uploader_id").cloned() {
        facts.insert("uploader".to_owned(), uploader);
    }
    Ok(facts)
}

/// Counts what has no row and what has no file, and keeps the answer.
///
/// # Errors
/// The store's own.
pub fn count_orphans(core: &Core, site: &Site) -> Result<Orphans> {
    /// Rows read at once.
    const PAGE: u32 = 1_000;
    let Some(map) = core.store.read(|connection| maps::get(connection, site.id))? else { return Ok(Orphans::default()) };
    let mut orphans = Orphans::default();
    let mut met: BTreeSet<i64> = BTreeSet::new();
    let mut after = 0;
    loop {
        let rows = core.store.read(|connection| uploads::of_site(connection, site.id, after, PAGE))?;
        let Some(last) = rows.last() else { break };
        after = last.id.get();
        core.store.read(|connection| {
            for upload in rows.iter().filter(|upload| !matches!(upload.sorted.role(), Role::Skip | Role::Temporary | Role::Site)) {
                let content = upload.content.map(|id| contents::get(connection, id)).transpose()?;
                let found = maps::rows_of(connection, site.id, &keys_of_upload(site, upload, content.as_ref().map(|row| &row.content)))?;
                match found.is_empty() {
                    true if upload.sorted.role().is_derived() => {}
                    true => orphans.files += 1,
                    false => orphans.joined += 1,
                }
                let says_no = |facts: &Facts| matches!(facts.get("posted").map(String::as_str), Some("0" | "f" | "false"));
                orphans.not_posted += u64::from(!found.is_empty() && found.iter().all(|(_, facts)| says_no(facts)));
                met.extend(found.into_iter().map(|(number, _)| number));
            }
            Ok(())
        })?;
    }
    orphans.rows = map.rows.saturating_sub(met.len() as u64);
    let text = json!([orphans.files, orphans.rows, orphans.not_posted, orphans.joined]).to_string();
    let name = setting(site);
    core.store.write(move |tx| settings::set(tx, &name, &text))?;
    Ok(orphans)
}

fn setting(site: &Site) -> String {
    format!("map_orphans_{}", site.id)
}

/// The map file of a site with what was last counted.
///
/// # Errors
/// The store's own.
pub fn view(core: &Core, site: &Site) -> Result<Option<(MapFile, Orphans)>> {
    let (map, text) = core.store.read(|connection| Ok((maps::get(connection, site.id)?, settings::get(connection, &setting(site))?)))?;
    let counts: Vec<u64> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let orphans = match counts.as_slice() {
        [files, rows, not_posted, joined] => Orphans { files: *files, rows: *rows, not_posted: *not_posted, joined: *joined },
        _ => Orphans::default(),
    };
    Ok(map.map(|map| (map, orphans)))
}

/// Forgets the map file of a site.
///
/// # Errors
/// The store's own.
pub fn forget(core: &Core, site: &Site) -> Result<()> {
    let id = site.id;
    core.store.write(move |tx| maps::forget(tx, id))
}

/// Reads a map file anew if it changed since. One that cannot be read any more leaves what was known, and says so.
///
/// # Errors
/// The store's own.
pub fn look_again(core: &Core, site: &Site) -> Result<()> {
    let Some(map) = core.store.read(|connection| maps::get(connection, site.id))? else { return Ok(()) };
    let now = map.path.metadata().map(|metadata| stamp(&metadata));
    if now.as_ref().is_ok_and(|stamp| *stamp == (map.modified_ns, map.size)) {
        return Ok(());
    }
    let problem = match now {
        Ok(_) => attach(core, site, &map.path).err().map(|error| error.to_string()),
        Err(_) => Some("The map file is no longer there. What it said still counts.".to_owned()),
    };
    let (id, known) = (site.id, map.problem);
    match problem.filter(|problem| known.as_ref() != Some(problem)) {
        Some(problem) => core.store.write(move |tx| maps::set_problem(tx, id, &problem)),
        None => Ok(()),
    }
}
