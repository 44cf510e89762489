//! The page of Help of a country as text that can be saved and printed.

use super::profile::{Fact, NOT_ADVICE, Profile};
use crate::model::Sure;

/// Width of a line.
const WIDTH: usize = 100;

/// The titles of the parts, by their keys.
pub fn title(part: &str) -> &'static str {
    match part {
        "do_now" => "Do this now",
        "do_not" => "Do not do this",
        "report_to" => "Whom to report to",
        "keep" => "What to keep, and how long",
        "uploader" => "What to tell the uploader, and when not to",
        _ => "Support for you",
    }
}

/// The whole page.
pub fn text(profile: &Profile) -> String {
    let checked = match profile.checked_by.as_str() {
        "" => format!("As of {}. Nobody has verified this page.", profile.as_of),
        who => format!("Checked on {}. Verified by {who}.", profile.as_of),
    };
    let mut lines = vec![profile.title.clone(), "=".repeat(profile.title.chars().count()), String::new()];
    lines.push(format!("{checked} {NOT_ADVICE}"));
    for (key, facts) in profile.help.parts() {
        lines.extend([String::new(), title(key).to_owned(), "-".repeat(title(key).chars().count())]);
        facts.iter().for_each(|fact| lines.extend(fact_lines(fact)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn fact_lines(fact: &Fact) -> Vec<String> {
    let mut text = fact.text.clone();
    if !fact.source.is_empty() {
        let doubt = if fact.sure == Sure::Verify { "; not verified" } else { "" };
        text.push_str(&format!(" [{}{doubt}]", fact.source));
    }
    wrapped(&text, WIDTH - 2).into_iter().enumerate().map(|(at, line)| format!("{} {line}", if at == 0 { "-" } else { " " })).collect()
}

/// Breaks text at spaces; a word longer than a line stays whole.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::profile;

    #[test]
    fn each_page_has_its_parts_in_order_its_day_and_its_doubts() {
        for name in profile::names() {
            let profile = Profile::parse(profile::shipped_text(name).unwrap()).unwrap();
            let page = text(&profile);
            let order = [
                "Do this now",
                "Do not do this",
                "Whom to report to",
                "What to keep, and how long",
                "What to tell the uploader",
                "Support for you",
            ];
            let places: Vec<usize> = order.iter().map(|title| page.find(title).unwrap_or_else(|| panic!("{name} has {title}"))).collect();
            assert!(places.is_sorted(), "{name}: in the order of the screen");
            assert!(page.contains("This is not legal advice.") && page.contains(&profile.as_of), "{name} is dated");
            assert!(
                page.contains("not verified") && page.contains("Nobody has verified this page."),
                "{name} says what nobody has verified"
            );
        }
    }
}
