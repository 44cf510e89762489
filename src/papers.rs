//! `monthly`, `transparency`, `handover`: papers of numbers and states.

use std::path::{Path, PathBuf};

use engine::engine::{papers, siting};
use engine::model::Shown;
use engine::{Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::out::Out;

/// Writes the monthly statement of a site.
pub fn statement(out: &Out, engine: &Engine, site: &str, dir: &Path, month: Option<&str>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let site = siting::by_name(core, site)?;
    Ok(told(out, &papers::statement(core, &site, month, dir)?))
}

/// Writes the counts of all sites.
pub fn transparency(out: &Out, engine: &Engine, dir: &Path, months: u32) -> Result<Exit, Error> {
    Ok(told(out, &papers::transparency(engine.core()?, months, dir)?))
}

/// Writes the page for whoever takes over.
pub fn handover(out: &Out, engine: &Engine, file: &Path) -> Result<Exit, Error> {
    Ok(told(out, &[papers::handover(engine.core()?, file)?]))
}

fn told(out: &Out, files: &[PathBuf]) -> Exit {
    for file in files {
        let shown = Shown::of_path(file);
        out.fact(&json!({"file": shown.as_str()}), || format!("Written: {shown}"));
    }
    Exit::Done
}
