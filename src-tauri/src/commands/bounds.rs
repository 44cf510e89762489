//! The bounds of arguments. The page keeps them too; here they hold.

use engine::Code;
use engine::triage::vault::keys::KeyPlace;

use crate::shell::Answer;
use crate::wire::WireError;

/// Rows of a page.
pub const LONGEST_PAGE: u32 = 500;
/// Characters of a search.
pub const LONGEST_SEARCH: usize = 200;
/// Characters of a request id, a cursor, or a word.
pub const LONGEST_WORD: usize = 100;
/// Characters of a name of a site, a list or a person.
pub const LONGEST_NAME: usize = 80;
/// Characters of an address, of a list of columns, of a public key.
pub const LONGEST_ADDRESS: usize = 2048;
/// Characters of what somebody says of the columns of a table.
pub const LONGEST_COLUMNS: usize = 1000;
/// Characters of a reason.
pub const LONGEST_REASON: usize = 2000;
/// Characters of the terms of a list.
pub const LONGEST_TERMS: usize = 4000;
/// Characters of a public key.
pub const LONGEST_KEY: usize = 500;
/// Characters of a passphrase.
pub const LONGEST_PASSPHRASE: usize = 1024;
/// Characters of a token or a header.
const LONGEST_SECRET: usize = 8 * 1024;
/// Headers of a list.
const MOST_HEADERS: usize = 16;
/// Other hosts of a list.
const MOST_HOSTS: usize = 16;
/// Hours between two looks: 29 days.
const LONGEST_INTERVAL: i64 = 696;
/// Cases or uploads of one call.
pub const MOST_AT_ONCE: usize = 100_000;

fn check(holds: bool, sentence: &str) -> Answer<()> {
    if holds { Ok(()) } else { Err(WireError::new(Code::BadArgument, sentence)) }
}

/// At most this many characters.
pub fn text(text: &str, longest: usize) -> Answer<()> {
    check(text.chars().count() <= longest, &format!("A text of at most {longest} characters is expected."))
}

/// The same for a text that may be missing.
pub fn optional(it: Option<&str>, longest: usize) -> Answer<()> {
    it.map_or(Ok(()), |it| text(it, longest))
}

/// 1 to [`LONGEST_PAGE`] rows.
pub fn page(limit: u32) -> Answer<()> {
    check((1..=LONGEST_PAGE).contains(&limit), "A page has 1 to 500 rows.")
}

/// At most [`MOST_AT_ONCE`].
pub fn many(n: usize) -> Answer<()> {
    check(n <= MOST_AT_ONCE, "At most 100,000 at once.")
}

/// A number in a range.
pub fn number(n: i64, range: std::ops::RangeInclusive<i64>) -> Answer<()> {
    check(range.contains(&n), &format!("A number from {} to {} is expected.", range.start(), range.end()))
}

/// A token.
pub fn secret(it: &str) -> Answer<()> {
    text(it, LONGEST_SECRET)
}

/// Headers, a line each.
pub fn headers(lines: &[String]) -> Answer<()> {
    check(lines.len() <= MOST_HEADERS, "At most 16 headers.")?;
    lines.iter().try_for_each(|line| secret(line))
}

/// Names of hosts.
pub fn hosts(names: &[String]) -> Answer<()> {
    check(names.len() <= MOST_HOSTS, "At most 16 other hosts.")?;
    names.iter().try_for_each(|name| text(name, 255))
}

/// Hours between two looks; 0: by hand.
pub fn hours(hours: i64) -> Answer<()> {
    number(hours, 0..=LONGEST_INTERVAL)
}

/// A place of the vault's key.
pub fn key_place(name: &str) -> Answer<KeyPlace> {
    KeyPlace::from_wire(name).ok_or_else(|| WireError::new(Code::BadArgument, "There is no such place for a key."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_at_their_edges() {
        assert!(text(&"ä".repeat(200), 200).is_ok() && text(&"ä".repeat(201), 200).is_err(), "characters, not bytes");
        assert!(page(1).is_ok() && page(500).is_ok() && page(0).is_err() && page(501).is_err());
        assert!(many(100_000).is_ok() && many(100_001).is_err());
        assert!(number(0, 0..=9).is_ok() && number(10, 0..=9).is_err() && number(-1, 0..=9).is_err());
        assert_eq!(page(0).unwrap_err().code, "bad_argument");
    }
}
