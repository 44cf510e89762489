//! `list terms`: who gave a list, on what terms, and when these are to be looked at again.

use engine::engine::listing;
use engine::model::Shown;
use engine::store::list_handling::{self, Handling};
use engine::{Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::out::{self, Out};

/// What is to be written down; what is not named stays.
pub struct Change<'a> {
    /// Who gave it.
    pub given_by: Option<&'a str>,
    /// What was agreed.
    pub terms: Option<&'a str>,
    /// A day, or `never`.
    pub review: Option<&'a str>,
}

/// Shows what is written down of a list, or changes it first.
pub fn run(out: &Out, engine: &Engine, name: &str, change: &Change<'_>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let mut handling = core.store.read(|connection| list_handling::get(connection, list.id))?;
    let is_change = change.given_by.or(change.terms).or(change.review).is_some();
    if is_change {
        handling = Handling {
            given_by: change.given_by.map_or(handling.given_by, str::to_owned),
            terms: change.terms.map_or(handling.terms, str::to_owned),
            review_at: match change.review {
                None => handling.review_at,
                Some("never") => None,
                Some(day) => Some(out::end_of_day(day)?),
            },
        };
        listing::set_handling(core, list.id, handling.clone())?;
    }
    let facts = json!({
        "list": list.name, "given_by": handling.given_by, "terms": handling.terms, "review": out::time_or_null(handling.review_at),
        "review_due": handling.is_due(core.clock.now_ms()),
    });
    out.fact(&facts, || {
        let lines = lines(&handling);
        match lines.is_empty() {
            true => format!("Nothing is written down about who gave {} and on what terms.", list.name),
            false => format!("{}\n{}", list.name, lines.join("\n")),
        }
    });
    Ok(Exit::Done)
}

/// What is written down, a line each.
pub fn lines(handling: &Handling) -> Vec<String> {
    let line = |label: &str, text: &str| (!text.is_empty()).then(|| format!("  {label}: {}", Shown::of_text(text)));
    let review = handling.review_at.map(|at| format!("  terms to be looked at again: {}", out::time(at)));
    [line("given by", &handling.given_by), line("terms", &handling.terms), review].into_iter().flatten().collect()
}
