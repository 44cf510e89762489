//! The generated tables, in Markdown.

use crate::collect::{Copies, Copy, Originals};
use crate::rows::{CHANGES_HEAD, Change, Family, LIMITS, LIMITS_HEAD, STRANGERS_HEAD};
use fingerprint::NearDistance;
use std::fmt::Write;

/// A share of a whole, in per cent without decimals; a dash of nothing.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.0} %", 100.0 * part as f64 / whole as f64) }
}

/// Head and rule of a table.
fn head(out: &mut String, head: &str) -> std::fmt::Result {
    writeln!(out, "{head}\n{}", "|---".repeat(head.matches('|').count() - 1) + "|")
}

/// What each signal finds after each change.
pub fn changes(out: &mut String, copies: &Copies) -> std::fmt::Result {
    head(out, CHANGES_HEAD)?;
    for change in Change::ALL {
        let rows: Vec<&Copy> = copies.all.iter().filter(|copy| copy.change == change).collect();
        let share = |holds: &dyn Fn(&Copy) -> bool| percent(rows.iter().filter(|copy| holds(copy)).count(), rows.len());
        let mut bits: Vec<u16> = rows.iter().map(|copy| copy.distance.0).collect();
        bits.sort_unstable();
        let at = |hundredths: usize| bits.get(bits.len() * hundredths / 100).copied().unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            change.name(),
            rows.len(),
            share(&Copy::is_near),
            share(&Copy::is_near_in_a_view),
            at(50),
            at(95),
            share(&|copy| copy.near <= NearDistance::LIMIT),
            share(&|copy| copy.is_near() && copy.near <= NearDistance::LIMIT),
            if rows.iter().all(|copy| copy.exact) { "yes" } else { "no" },
        )?;
    }
    Ok(())
}

/// How many different pictures are taken for each other, by family and over all.
pub fn strangers(out: &mut String, originals: &Originals, near: &[(usize, usize)]) -> std::fmt::Result {
    head(out, STRANGERS_HEAD)?;
    let row = |out: &mut String, name: &str, family: Option<Family>| {
        let of = |at: usize| family.is_none_or(|family| originals.pictures[at].family == family);
        let count = (0..originals.pictures.len()).filter(|at| of(*at) && originals.pictures[*at].pdq.quality.is_matchable()).count();
        let found: Vec<_> = near.iter().filter(|(one, other)| of(*one) && of(*other)).collect();
        let both = found.iter().filter(|(one, other)| originals.second_opinion(*one, *other) <= NearDistance::LIMIT).count();
        writeln!(out, "| {name} | {} | {} | {both} |", count * count.saturating_sub(1) / 2, found.len())
    };
    for family in Family::ALL {
        row(out, family.name(), Some(family))?;
    }
    row(out, "all, also across families", None)
}

/// What each limit of the second opinion would leave and lose, of what PDQ calls near.
pub fn limits(out: &mut String, originals: &Originals, copies: &Copies, near: &[(usize, usize)]) -> std::fmt::Result {
    head(out, LIMITS_HEAD)?;
    let found: Vec<&Copy> = copies.all.iter().filter(|copy| copy.is_near()).collect();
    for limit in LIMITS.map(NearDistance) {
        let left = near.iter().filter(|(one, other)| originals.second_opinion(*one, *other) <= limit).count();
        let lost = found.iter().filter(|copy| copy.near > limit).count();
        let cell = |part: usize, whole: usize| format!("{part} of {whole} ({})", percent(part, whole));
        writeln!(out, "| {} | {} | {} |", limit.0, cell(left, near.len()), cell(lost, found.len()))?;
    }
    Ok(())
}
