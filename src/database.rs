//! `database`: copies of it, its full check, and making it again after damage.

use std::path::Path;

use engine::engine::keeping;
use engine::model::Shown;
use engine::{Engine, Error, Options};
use serde_json::json;

use crate::Exit;
use crate::args::Database;
use crate::out::{self, Out, count};

/// Runs one of the commands that need an open home.
pub fn run(out: &Out, engine: &Engine, command: &Database) -> Result<Exit, Error> {
    let core = engine.core()?;
    match command {
        Database::Copies => {
            let copies = keeping::copies(&core.home)?;
            if copies.is_empty() {
                out.text("No copies yet. Next: gatehouse database backup");
            }
            copies.iter().for_each(|copy| say_copy(out, copy));
        }
        Database::Backup => say_copy(out, &keeping::back_up(core)?),
        Database::Check => {
            keeping::check(core)?;
            out.fact(&json!({"whole": true}), || "The database is whole.".to_owned());
        }
        // Needs no open home, and was answered before.
        Database::Rebuild => {}
    }
    Ok(Exit::Done)
}

fn say_copy(out: &Out, copy: &keeping::Copy) {
    let file = Shown::of_path(&copy.file);
    out.fact(&json!({"file": file.as_str(), "made_at": out::time_or_null(copy.made_at)}), || {
        format!("{}  {}", copy.made_at.map_or_else(|| "before a newer form".to_owned(), out::time), file.as_str())
    });
}

/// Makes the database of a home again that cannot be opened, and says so in its record.
pub fn rebuild(out: &Out, home: &Path, options: Options) -> Result<Exit, Error> {
    let made = keeping::rebuild(home, options.clock.as_ref())?;
    let engine = Engine::open(options)?;
    keeping::note(engine.core()?, &made)?;
    let base = made.base.as_deref().map(Shown::of_path);
    let facts = json!({
        "base": base.as_ref().map(Shown::as_str), "rows": made.rows, "ledger_rows": made.ledger_rows, "broken_at": made.broken_at,
    });
    out.fact(&facts, || {
        let from = base.as_ref().map_or_else(|| "the record alone".to_owned(), |base| base.as_str().to_owned());
        format!(
            "The database was made again from {from}, with {} and {} of the record that came after.\nThe old file is in the folder `backup`. Next: gatehouse sweep, \
             which finds every upload again.",
            count(made.rows, "row", "rows"),
            count(made.ledger_rows, "row", "rows")
        )
    });
    match made.broken_at {
        None => Ok(Exit::Done),
        Some(row) => {
            out.message(&format!(
                "The copy of the ledger does not follow from row {row} on; those rows were left out. Keep the folder `backup` as it is."
            ));
            Ok(Exit::Failed)
        }
    }
}
