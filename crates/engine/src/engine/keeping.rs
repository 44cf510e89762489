//! The database is kept: copied once a day, checked as a whole, and made again from its copies when a person asks for it.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::core::Core;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::home::Home;
use crate::store::rebuild::{self, Rebuilt};
use crate::store::{ledger, schema};

/// How often a copy is made.
const DAY_MS: i64 = 86_400_000;
/// Daily copies that are kept.
const KEPT: usize = 7;
/// How their names begin and end; between stand the milliseconds since 1970.
const DAILY: (&str, &str) = ("daily-", ".db");

/// A copy of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Where it lies.
    pub file: PathBuf,
    /// When it was made, in milliseconds since 1970; `None` for those that were made before a migration.
    pub made_at: Option<i64>,
}

/// The copies of a home, the newest first.
///
/// # Errors
/// [`Error::Io`].
pub fn copies(home: &Home) -> Result<Vec<Copy>> {
    let dir = home.backup();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&dir).map_err(Error::io(&dir))? {
        let file = entry.map_err(Error::io(&dir))?.path();
        if file.extension().is_some_and(|ending| ending == "db") {
            found.push(Copy { made_at: made_at(&file), file });
        }
    }
    found.sort_by_key(|copy| std::cmp::Reverse(copy.made_at));
    Ok(found)
}

fn made_at(file: &Path) -> Option<i64> {
    file.file_name()?.to_str()?.strip_prefix(DAILY.0)?.strip_suffix(DAILY.1)?.parse().ok()
}

/// Makes a copy if the last one is a day old, and removes those beyond the newest seven. Gives the copy, if one was made.
///
/// # Errors
/// Those of [`back_up`].
pub fn daily(core: &Core) -> Result<Option<Copy>> {
    let now = core.clock.now_ms();
    let newest = copies(&core.home)?.first().and_then(|copy| copy.made_at);
    if newest.is_some_and(|made| made <= now && now - made < DAY_MS) {
        return Ok(None);
    }
    back_up(core).map(Some)
}

/// Makes a copy now. It is checked as a whole before an older one goes.
///
/// # Errors
/// The store's own; [`crate::Code::HomeDamaged`] if the copy is not whole: then the database is not either.
pub fn back_up(core: &Core) -> Result<Copy> {
    let now = core.clock.now_ms();
    let file = core.home.backup().join(format!("{}{now}{}", DAILY.0, DAILY.1));
    core.store.back_up(&file)?;
    schema::full_check(&schema::open_reader(&file)?)?;
    for old in copies(&core.home)?.into_iter().filter(|copy| copy.made_at.is_some()).skip(KEPT) {
        #[expect(clippy::disallowed_methods, reason = "a copy that we made, of which newer ones are whole")]
        std::fs::remove_file(&old.file).map_err(Error::io(&old.file))?;
    }
    Ok(Copy { file, made_at: Some(now) })
}

/// SQLite's full check of the database.
///
/// # Errors
/// [`crate::Code::HomeDamaged`] with what is wrong.
pub fn check(core: &Core) -> Result<()> {
    core.store.read(schema::full_check)
}

/// Makes the database of the home at `root` again, from the newest sound copy and what was written since. The one that was there is kept beside the copies.
///
/// # Errors
/// [`crate::Code::Busy`] while another process uses the home, [`crate::Code::HomeDamaged`] if there is nothing to make it from; then the home is as it was.
pub fn rebuild(root: &Path, clock: &dyn Clock) -> Result<Rebuilt> {
    let home = Home::of_damaged(root)?;
    let _watch = home.lock_watch()?;
    let _act = home.lock_act()?;
    let _seal = home.lock_seal()?;
    let (database, part) = (home.database(), home.root().join("gatehouse.rebuilt.part"));
    remove_all(&part)?;
    let mut candidates: Vec<PathBuf> = copies(&home)?.into_iter().map(|copy| copy.file).collect();
    candidates.push(database.clone());
    let made = rebuild::rebuild(&part, rebuild::newest(&candidates).as_deref(), &home.backup(), clock.now_ms());
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            remove_all(&part)?;
            return Err(error);
        }
    };
    set_aside(&home, clock.now_ms())?;
    rename(&part, &database)?;
    let dir = std::fs::File::open(home.root()).map_err(Error::io(home.root()))?;
    dir.sync_all().map_err(Error::io(home.root()))?;
    Ok(made)
}

/// Says in the record that the database was made again.
///
/// # Errors
/// The store's own.
pub fn note(core: &Core, made: &Rebuilt) -> Result<()> {
    let body = json!({"rows": made.rows, "ledger_rows": made.ledger_rows, "broken_at": made.broken_at});
    core.store.write(move |tx| ledger::append(tx, "database_rebuilt", None, body))
}

/// The damaged files are kept: somebody may get more out of them.
fn set_aside(home: &Home, now: i64) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let file = with_ending(&home.database(), ending);
        if file.exists() {
            rename(&file, &home.backup().join(format!("set-aside-{now}.database{ending}")))?;
        }
    }
    Ok(())
}

fn remove_all(file: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let file = with_ending(file, ending);
        if file.exists() {
            #[expect(clippy::disallowed_methods, reason = "what an interrupted rebuilding left")]
            std::fs::remove_file(&file).map_err(Error::io(&file))?;
        }
    }
    Ok(())
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "files of the home, asked for by a person")]
    std::fs::rename(from, to).map_err(Error::io(from))
}
