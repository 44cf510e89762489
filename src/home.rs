//! `logs`, `safe-report`, `storage`, `remove-data`: the home itself.

use std::io::Write as _;
use std::path::Path;

use engine::engine::{safe_report, storage};
use engine::log::{self, Filter, Level};
use engine::model::Shown;
use engine::{Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::args::LevelName;
use crate::out::{Out, count, time};

/// Prints the last lines of the log, oldest first.
pub fn logs(out: &Out, engine: &Engine, level: LevelName, search: Option<&str>, lines: usize) -> Result<Exit, Error> {
    let filter = Filter { level: Some(Level::from(level)), search: search.unwrap_or_default().to_owned() };
    let page = log::page(&engine.core()?.home.logs(), &filter, None, lines)?;
    for entry in page.entries.iter().rev() {
        let mut fact = json!({"at": time(entry.at), "level": entry.level.as_str(), "what": entry.what.as_str()});
        entry.numbers.iter().for_each(|(name, number)| fact[*name] = json!(number));
        if let Some(code) = &entry.code {
            fact["code"] = json!(code);
        }
        out.fact(&fact, || format!("{}  {:5}  {}", time(entry.at), entry.level.as_str(), entry.text()));
    }
    Ok(Exit::Done)
}

/// Prints the safe report, or writes it into a new file.
pub fn safe_report(out: &Out, engine: &Engine, file: Option<&Path>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let about = safe_report::About { version: env!("CARGO_PKG_VERSION"), watches_here: engine.is_watching() };
    let text = safe_report::text(core, about)?;
    let Some(file) = file else {
        out.fact(&json!({"safe_report": text}), || text.trim_end().to_owned());
        return Ok(Exit::Done);
    };
    let mut created = std::fs::File::options().write(true).create_new(true).open(file).map_err(Error::io(file))?;
    created.write_all(text.as_bytes()).map_err(Error::io(file))?;
    let shown = Shown::of_path(file);
    out.fact(&json!({"file": shown.as_str()}), || format!("Written: {shown}. Read it before you give it away; you send it yourself."));
    Ok(Exit::Done)
}

/// Shows what the home takes.
pub fn storage(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    for size in storage::sizes(&engine.core()?.home) {
        tell(out, &size);
    }
    Ok(Exit::Done)
}

fn tell(out: &Out, size: &storage::Size) {
    let fact = json!({"part": size.part.as_str(), "bytes": size.bytes, "files": size.files});
    out.fact(&fact, || format!("{:10} {:>15} bytes  {}", size.part.as_str(), size.bytes, count(size.files, "file", "files")));
}

/// Shows what would be removed; removes it after a yes. Nothing goes while a hold runs.
pub fn remove(out: &Out, engine: Engine, yes: bool) -> Result<Exit, Error> {
    let core = engine.core()?;
    let removal = storage::removal(core)?;
    let home = Shown::of_path(core.home.root());
    if !yes {
        removal.sizes.iter().for_each(|size| tell(out, size));
        out.message(&format!(
            "All of this in {home} would be removed, with {} that nobody can read again. The files of your sites stay. Nothing was removed: add --yes.",
            count(removal.sealed, "sealed file", "sealed files")
        ));
        return Ok(Exit::Done);
    }
    let leave = storage::leave(core)?;
    drop(engine);
    storage::remove(leave)?;
    out.fact(&json!({"removed": home.as_str()}), || format!("Removed: {home}. The files of your sites are where they were."));
    Ok(Exit::Done)
}
