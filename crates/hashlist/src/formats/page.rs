//! What a file says of the set of files that it belongs to: its place, whether more follows, and where the next download begins.

use std::cmp::Ordering;

use super::time;

/// What a file says of its set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// More pages follow this one.
    pub more: bool,
    /// Where the next download begins, in the publisher's own words.
    pub checkpoint: Option<String>,
    /// Its place among the pages of the set, where the format says one: pages are read in ascending order.
    pub order: Option<u64>,
}

/// The later one of two checkpoints. One that cannot be compared counts as later: it came later.
pub(crate) fn later(earlier: Option<String>, later: Option<String>) -> Option<String> {
    let (Some(a), Some(b)) = (&earlier, &later) else { return later.or(earlier) };
    if compare(a, b) == Some(Ordering::Greater) { earlier } else { later }
}

/// Compares two checkpoints of one format: `<time>` or `<time>,<number>`, the time in any accepted form.
pub fn compare(a: &str, b: &str) -> Option<Ordering> {
    let parts = |text: &str| -> Option<(i64, u64)> {
        let (moment, number) = text.split_once(',').unwrap_or((text, "0"));
        Some((time::micros(moment)?, number.trim().parse().ok()?))
    };
    Some(parts(a)?.cmp(&parts(b)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_compared_by_time_and_then_by_number() {
        for (a, b, order) in [
            ("1790000005.25,905", "1790000005.25,1001", Some(Ordering::Less)),
            ("1790000005.250001,1", "1790000005.25,1001", Some(Ordering::Greater)),
            ("1625175071", "1625167824", Some(Ordering::Greater)),
            ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z", Some(Ordering::Equal)),
            ("abc", "1", None),
        ] {
            assert_eq!(compare(a, b), order, "{a} and {b}");
        }
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(later(text("1625175071"), text("1625167824")), text("1625175071"), "it can go down from page to page");
        assert_eq!(later(text("5"), None), text("5"), "a page without one changes nothing");
        assert_eq!(later(text("abc"), text("def")), text("def"), "of two that say nothing, the one that came later");
    }
}
