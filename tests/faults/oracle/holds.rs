//! I1 to I4, the database's own part of I5, I7 and I8. Each function is one sentence of the table.

use std::collections::BTreeMap;
use std::path::Path;

use super::Verdict;
use super::database::Database;
use super::places::{Places, sha256_of};
use super::record::Record;

/// How long a fault may stay unnamed, in milliseconds.
const NAMED_WITHIN_MS: i64 = 5_000;

fn shown(path: &[u8]) -> String {
    path.escape_ascii().to_string()
}

/// I1: every regular file at rest has exactly one current row in a final state, or is counted under a rule of the preset.
pub fn accounting(verdict: &mut Verdict, database: &Database, places: &Places, site: &Path) -> Result<(), String> {
    let mut rows: BTreeMap<Vec<u8>, Vec<(String, String)>> = BTreeMap::new();
    let under_way = database.rows("SELECT upload FROM action WHERE state IN ('planned', 'intent')", |row| row.get::<_, i64>(0))?;
    for upload in database.uploads(site)? {
        // What is under way may be in the site already, or still: its intent says so.
        let place = if under_way.contains(&upload.id) { "site".to_owned() } else { upload.place };
        rows.entry(upload.path).or_default().push((upload.state, place));
    }
    for path in places.site.keys() {
        match rows.get(path).map(Vec::as_slice).unwrap_or_default() {
            [] => verdict.broken("I1", format!("{} has no row", shown(path))),
            [(state, _)] if state == "found" => verdict.broken("I1", format!("{} is still to be checked", shown(path))),
            [(_, place)] if place != "site" => verdict.broken("I1", format!("{} is in the site, and its row says {place}", shown(path))),
            [_] => {}
            several => verdict.broken("I1", format!("{} has {} current rows", shown(path), several.len())),
        }
    }
    Ok(())
}

/// I2: everything that was made and not taken away by its maker is in the site, waits, or is sealed.
pub fn contents(verdict: &mut Verdict, database: &Database, places: &Places, record: &Record) -> Result<(), String> {
    let mut there: BTreeMap<String, u64> = places.holding.clone();
    for found in places.site.values() {
        *there.entry(found.sha256.clone()).or_insert(0) += 1;
    }
    // One sealed file stands for every upload of the same content that went into it.
    let into = database.rows(
        "SELECT v.triage_case, v.n, count(DISTINCT a.upload) FROM vault_file v JOIN action a ON a.vault_file = v.id AND a.kind = 'seal'
         JOIN upload u ON u.id = a.upload AND u.place = 'vault' GROUP BY v.id",
        |row| Ok(((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?), row.get::<_, i64>(2)?.unsigned_abs())),
    )?;
    let into: BTreeMap<(i64, i64), u64> = into.into_iter().collect();
    for (file, sha256) in &places.vault {
        if let Some(sha256) = sha256 {
            *there.entry(sha256.clone()).or_insert(0) += into.get(file).copied().unwrap_or(0).max(1);
        }
    }
    let mut owed: BTreeMap<&String, u64> = BTreeMap::new();
    for sha256 in record.files.values() {
        *owed.entry(sha256).or_insert(0) += 1;
    }
    for (sha256, times) in owed {
        let found = there.get(sha256).copied().unwrap_or(0);
        if found < times {
            verdict.broken("I2", format!("content {sha256} was made {times} times and is there {found} times"));
        }
    }
    Ok(())
}

/// I3: nothing is in two places unless it was said, and what is said to be out of the site is not served.
pub fn one_place(verdict: &mut Verdict, database: &Database, places: &Places, site: &Path) -> Result<(), String> {
    let restoring =
        database.rows("SELECT upload FROM action WHERE kind = 'restore' AND state IN ('planned', 'intent')", |row| row.get::<_, i64>(0))?;
    let twice = database.rows("SELECT upload FROM action WHERE notes LIKE '%duplicate%'", |row| row.get::<_, i64>(0))?;
    for upload in database.uploads(site)?.iter().filter(|upload| matches!(upload.place.as_str(), "holding" | "vault" | "purged")) {
        let Some(found) = places.site.get(&upload.path) else { continue };
        let same_inode =
            upload.inode.is_some_and(|(device, inode)| (device.cast_unsigned(), inode.cast_unsigned()) == (found.device, found.inode));
        let is_listed = restoring.contains(&upload.id) || twice.contains(&upload.id);
        if (same_inode || found.sha256 == upload.sha256) && !is_listed {
            verdict.broken("I3", format!("{} is served, and its row says {}", shown(&upload.path), upload.place));
        }
    }
    let waiting = database.rows("SELECT count(*) FROM action WHERE state IN ('planned', 'intent')", |row| row.get::<_, i64>(0))?;
    // While something is under way a content may lie in two places; its intent is the list.
    if waiting.iter().sum::<i64>() == 0 {
        for sha256 in places.vault.values().flatten() {
            if places.holding.contains_key(sha256) {
                verdict.broken("I3", format!("content {sha256} is sealed and waits in the clear, and nothing is under way"));
            }
        }
    }
    Ok(())
}

/// I4: every acknowledged decision is there.
pub fn decisions(verdict: &mut Verdict, database: &Database, record: &Record) -> Result<(), String> {
    let stored = database.rows(
        "SELECT d.triage_case, b.decision FROM decision d JOIN batch b ON b.id = d.batch WHERE d.state NOT IN ('undone') AND b.state <> 'undone'
         ORDER BY b.id",
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
    )?;
    for (case, decision) in &record.decisions {
        if !stored.iter().any(|(of, as_)| of == case && as_ == decision) {
            verdict.broken("I4", format!("case {case} was decided as {decision}, and no row says so"));
        }
    }
    Ok(())
}

/// I5, first half: the database is whole.
pub fn database(verdict: &mut Verdict, database: &Database) -> Result<(), String> {
    let lines = database.rows("PRAGMA integrity_check", |row| row.get::<_, String>(0));
    match lines {
        Ok(lines) if lines == ["ok"] => {}
        Ok(lines) => verdict.broken("I5", format!("integrity_check: {}", lines.join("; "))),
        Err(error) => verdict.broken("I5", error),
    }
    let loose = database.rows("PRAGMA foreign_key_check", |row| row.get::<_, String>(0))?;
    if let Some(table) = loose.first() {
        verdict.broken("I5", format!("foreign_key_check: {} rows, the first in {table}", loose.len()));
    }
    Ok(())
}

/// I7: what lies outside is as it was.
pub fn canaries(verdict: &mut Verdict, record: &Record) {
    for (path, sha256) in &record.canaries {
        match sha256_of(path) {
            Ok(now) if now == *sha256 => {}
            Ok(_) => verdict.broken("I7", format!("{} was changed", path.display())),
            Err(error) => verdict.broken("I7", format!("{}: {error}", path.display())),
        }
    }
}

/// I8: every fault was named in time.
pub fn named_in_time(verdict: &mut Verdict, record: &Record) {
    for fault in &record.faults {
        match fault.named {
            None => verdict.broken("I8", format!("{} was never named", fault.fault)),
            Some(named) if named - fault.at > NAMED_WITHIN_MS => {
                verdict.broken("I8", format!("{} was named after {} ms", fault.fault, named - fault.at));
            }
            Some(_) => {}
        }
    }
}
