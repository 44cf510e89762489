//! The page of Help of a country as text that can be saved and printed.

use super::profile::{Fact, Language, Loaded, NOT_ADVICE};
use crate::model::Sure;

/// Width of a line.
const WIDTH: usize = 100;

/// What a page says besides its facts, in its language.
struct Words {
    titles: [&'static str; 6],
    not_advice: &'static str,
    not_verified: &'static str,
}

const ENGLISH: Words = Words {
    titles: [
        "Do this now",
        "Do not do this",
        "Whom to report to",
        "What to keep, and how long",
        "What to tell the uploader, and when not to",
        "Support for you",
    ],
    not_advice: NOT_ADVICE,
    not_verified: "not verified",
};
const GERMAN: Words = Words {
    titles: [
        "Jetzt tun",
        "Nicht tun",
        "Wem melden",
        "Was aufbewahren, und wie lange",
        "Was der Person sagen, die hochgeladen hat, und wann nicht",
        "Hilfe für Sie",
    ],
    not_advice: "Das ist keine Rechtsberatung. Fragen Sie anwaltlichen Rat oder die Behörde.",
    not_verified: "nicht bestätigt",
};

/// The whole page, in its language.
pub fn text(loaded: &Loaded) -> String {
    let profile = &loaded.profile;
    let words = if loaded.language == Language::German { &GERMAN } else { &ENGLISH };
    let day = &profile.as_of;
    let checked = match (profile.checked_by.as_str(), loaded.language) {
        ("", Language::English) => format!("As of {day}. Nobody has verified this page."),
        (who, Language::English) => format!("Checked on {day}. Verified by {who}."),
        ("", Language::German) => format!("Stand: {day}. Niemand hat diese Seite bestätigt."),
        (who, Language::German) => format!("Geprüft am {day}. Bestätigt von {who}."),
    };
    let mut lines = vec![profile.title.clone(), "=".repeat(profile.title.chars().count()), String::new()];
    lines.extend(wrapped(&format!("{checked} {}", words.not_advice), WIDTH));
    for ((_, facts), title) in profile.help.parts().into_iter().zip(words.titles) {
        lines.extend([String::new(), title.to_owned(), "-".repeat(title.chars().count())]);
        facts.iter().for_each(|fact| lines.extend(fact_lines(fact, words)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn fact_lines(fact: &Fact, words: &Words) -> Vec<String> {
    let mut text = fact.text.clone();
    if !fact.source.is_empty() {
        let doubt = if fact.sure == Sure::Verify { format!("; {}", words.not_verified) } else { String::new() };
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
    use crate::home::Home;
    use crate::record::profile;

    #[test]
    fn each_page_has_its_parts_in_order_its_day_and_its_doubts() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(&dir.path().join("home")).unwrap();
        for name in profile::names() {
            let english = profile::load_in(&home, name, Language::English).unwrap();
            for (language, words, said) in [
                (Language::English, &ENGLISH, "Nobody has verified this page."),
                (Language::German, &GERMAN, "Niemand hat diese Seite bestätigt."),
            ] {
                let loaded = profile::load_in(&home, name, language).unwrap();
                assert_eq!(loaded.language, language, "{name}: the facts are of one day");
                let page = text(&loaded);
                let places: Vec<usize> =
                    words.titles.iter().map(|title| page.find(title).unwrap_or_else(|| panic!("{name} has {title}"))).collect();
                assert!(places.is_sorted(), "{name}: in the order of the screen");
                assert!(
                    page.contains(words.not_advice.split('.').next().unwrap()) && page.contains(&loaded.profile.as_of),
                    "{name} is dated"
                );
                assert!(page.contains(words.not_verified) && page.contains(said), "{name} says what nobody has verified");
                for ((part, one), (_, other)) in english.profile.help.parts().into_iter().zip(loaded.profile.help.parts()) {
                    assert_eq!(one.len(), other.len(), "{name}, {part}: every statement");
                    let addresses = |fact: &Fact| -> Vec<String> {
                        let words = fact.text.split_whitespace().filter(|word| word.contains("://") || word.contains(".org"));
                        words.map(|word| word.trim_end_matches(['.', ',', ';']).to_owned()).collect()
                    };
                    for (one, other) in one.iter().zip(other) {
                        assert_eq!((one.sure, addresses(one)), (other.sure, addresses(other)), "{name}, {part}: {}", other.text);
                    }
                }
            }
        }
    }
}
