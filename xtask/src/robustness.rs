//! `cargo xtask robustness`: what each signal can and cannot see, measured on generated pictures; with `--write` into `docs/robustness.md`.
//!
//! The numbers come from fixed seeds, so the same sources give the same tables. The measuring is an example of `fingerprint`, started as a program:
//! the chores link none of the project's crates.

use std::fs;
use std::path::Path;

use crate::step::{self, Place, Stop};

/// The names of rows and columns, shared with the program that measures.
#[cfg(test)]
#[path = "../../crates/fingerprint/examples/robustness/rows.rs"]
mod rows;

/// The document with the tables.
const DOCUMENT: &str = "docs/robustness.md";
/// The line before the generated part.
const BEGIN: &str = "<!-- begin of what `cargo xtask robustness --write` wrote -->";
/// The line behind it.
const END: &str = "<!-- end of what `cargo xtask robustness --write` wrote -->";

/// Measures, prints the tables, and with `write` puts them between the markers of the document.
///
/// # Errors
/// [`Stop::Failed`] if measuring failed, or the document cannot be read or written or has lost its markers.
pub(crate) fn robustness(place: &Place, write: bool) -> Result<(), Stop> {
    let mut measure = place.cargo(&["run", "--release", "--locked", "--quiet", "-p", "fingerprint", "--example", "robustness"]);
    step::heading("Measure what each signal sees; this takes a few minutes");
    step::say(&format!("    {}", step::shown(&measure)));
    let tables = step::answer(&mut measure).ok_or_else(|| Stop::Failed("Measuring failed. Run the line above to see why.".to_owned()))?;
    step::say(&tables);
    if write { put(&place.root.join(DOCUMENT), &tables) } else { Ok(()) }
}

/// Writes the tables between the markers.
fn put(document: &Path, tables: &str) -> Result<(), Stop> {
    let failed = |why: &dyn std::fmt::Display| Stop::Failed(format!("{}: {why}.", document.display()));
    let whole = fs::read_to_string(document).map_err(|why| failed(&why))?;
    let changed = with_tables(&whole, tables).ok_or_else(|| failed(&"the two lines that mark the generated part are not there"))?;
    fs::write(document, changed).map_err(|why| failed(&why))
}

/// The document with other tables between its markers; `None` without exactly these two in this order.
fn with_tables(whole: &str, tables: &str) -> Option<String> {
    let (before, rest) = whole.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", tables.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rows::{CHANGES_HEAD, Change, Family, LIMITS, LIMITS_HEAD, STRANGERS_HEAD};

    #[test]
    fn tables_replace_tables_and_nothing_else() {
        let whole = format!("above\n\n{BEGIN}\nold\n{END}\n\nbelow\n");
        let changed = with_tables(&whole, "| new |\n").unwrap();
        assert_eq!(changed, format!("above\n\n{BEGIN}\n\n| new |\n\n{END}\n\nbelow\n"));
        assert_eq!(with_tables(&changed, "| new |\n"), Some(changed.clone()), "writing twice changes nothing");
        assert_eq!(with_tables("no markers", "x"), None);
        assert_eq!(with_tables(&format!("{END}\n{BEGIN}"), "x"), None, "in the wrong order");
    }

    /// The tables between the markers: the head and the first cell of each row.
    fn committed() -> Vec<(String, Vec<String>)> {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DOCUMENT);
        let whole = fs::read_to_string(document).unwrap();
        let generated = whole.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).unwrap().0;
        let tables = generated.split("\n\n").map(str::trim).filter(|table| !table.is_empty());
        let first_cell = |row: &str| row.split('|').nth(1).unwrap_or_default().trim().to_owned();
        tables
            .map(|table| {
                let mut lines = table.lines();
                let head = lines.next().unwrap_or_default().to_owned();
                let columns = head.matches('|').count();
                assert!(table.lines().all(|line| line.matches('|').count() == columns), "as many cells in each row as in \"{head}\"");
                (head, lines.skip(1).map(first_cell).collect())
            })
            .collect()
    }

    #[test]
    fn the_committed_tables_have_the_rows_that_are_measured() {
        let changes = Change::ALL.into_iter().map(Change::name).collect();
        let strangers =
            Family::ALL.into_iter().map(|family| family.name().to_owned()).chain(["all, also across families".to_owned()]).collect();
        let limits = LIMITS.into_iter().map(|limit| limit.to_string()).collect();
        let expected: Vec<(String, Vec<String>)> =
            vec![(CHANGES_HEAD.to_owned(), changes), (STRANGERS_HEAD.to_owned(), strangers), (LIMITS_HEAD.to_owned(), limits)];
        assert_eq!(committed(), expected, "docs/robustness.md is stale: run `cargo xtask robustness --write`");
    }
}
