//! The few words that the shell says itself: tray, notifications, and the one dialog that stands when the page is gone. They come from the page's own
//! catalogue (keys `shell_…`) by way of `words.gen.rs`, a file that is made and checked by the test below.

use crate::wire::Language;

include!("words.gen.rs");

/// A sentence with a number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    one: &'static str,
    other: &'static str,
}

impl Counted {
    /// The sentence for this number. English and German have the same two forms.
    pub fn of(self, count: u64) -> String {
        let text = if count == 1 { self.one } else { self.other };
        text.replace("{shown}", &count.to_string())
    }
}

/// The words of a language. `system` is what the environment names, such as `de_AT.UTF-8`.
pub fn of(language: Language, system: &str) -> &'static Words {
    let is_german = match language {
        Language::De => true,
        Language::En => false,
        Language::System => system.to_ascii_lowercase().split(['_', '-', '.']).next() == Some("de"),
    };
    if is_german { &DE } else { &EN }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Map, Value};

    use super::*;

    /// Strings that the shell may have at most.
    const MOST: usize = 25;

    fn catalogue(locale: &str) -> Map<String, Value> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../ui/messages/{locale}.json"));
        let all: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        all.into_iter().filter_map(|(key, value)| Some((key.strip_prefix("shell_")?.to_owned(), value))).collect()
    }

    fn literal(value: &Value) -> String {
        match value {
            Value::String(text) => format!("{text:?}"),
            counted => {
                let form = |name: &str| format!("{:?}", counted[0]["match"][name].as_str().unwrap());
                format!("Counted {{ one: {}, other: {} }}", form("form=one"), form("form=other"))
            }
        }
    }

    fn generated() -> String {
        let (english, german) = (catalogue("en"), catalogue("de"));
        assert!(english.len() <= MOST, "the shell has {} strings", english.len());
        assert!(english.keys().eq(german.keys()), "both languages say the same things");
        let mut text = "// Generated from the keys `shell_…` of ui/messages by `cargo test -p gatehouse-desktop`; do not edit. A test fails when it is stale, and writes it anew.\n\n".to_owned();
        text += "/// What the shell says in one language.\n#[derive(Debug, PartialEq, Eq)]\npub struct Words {\n";
        for (key, value) in &english {
            let kind = if value.is_string() { "&'static str" } else { "Counted" };
            text += &format!("    pub {key}: {kind},\n");
        }
        text += "}\n";
        for (name, words) in [("EN", &english), ("DE", &german)] {
            text += &format!("\nconst {name}: Words = Words {{\n");
            words.iter().for_each(|(key, value)| text += &format!("    {key}: {},\n", literal(value)));
            text += "};\n";
        }
        text
    }

    #[test]
    fn the_words_of_the_shell_are_current() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/words.gen.rs");
        let (found, wanted) = (std::fs::read_to_string(&file).unwrap_or_default(), generated());
        if found != wanted {
            std::fs::write(&file, wanted).unwrap();
            panic!("src-tauri/src/words.gen.rs was stale. It is written anew: look at the difference and check it in.");
        }
    }

    #[test]
    fn the_language_is_the_chosen_one_else_that_of_the_system() {
        for (language, system, wanted) in [
            (Language::De, "en_US.UTF-8", &DE),
            (Language::En, "de_DE.UTF-8", &EN),
            (Language::System, "de_AT.UTF-8", &DE),
            (Language::System, "DE", &DE),
            (Language::System, "den", &EN),
            (Language::System, "C.UTF-8", &EN),
            (Language::System, "", &EN),
        ] {
            assert_eq!(of(language, system), wanted, "{language:?} {system}");
        }
    }

    #[test]
    fn a_number_has_its_form() {
        assert_eq!(EN.notify_cases.of(1), "1 case waiting.");
        assert_eq!(DE.notify_cases.of(12), "12 Fälle warten.");
    }
}
