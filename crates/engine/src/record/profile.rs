//! Country profiles: what is known of duties, as data with its source, its date and how sure it is. Never advice.
//!
//! The shipped ones are compiled in; a file of the same name in the home replaces one. A file that cannot be read is named, and the shipped one answers.

use std::collections::BTreeMap;

use hashlist::Harm;
use serde::{Deserialize, Deserializer};

use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::{ClockKind, PackKind, Sure, wire_enum};

use super::when::Length;

/// Every shipped profile by name, in the order in which screens list them.
const SHIPPED: [(&str, &str); 4] = [
    ("us", include_str!("../../profiles/us.toml")),
    ("uk", include_str!("../../profiles/uk.toml")),
    ("eu", include_str!("../../profiles/eu.toml")),
    ("other", include_str!("../../profiles/other.toml")),
];
/// Their pages of Help in German, as whole files.
const GERMAN: [(&str, &str); 4] = [
    ("us", include_str!("../../profiles/de/us.toml")),
    ("uk", include_str!("../../profiles/de/uk.toml")),
    ("eu", include_str!("../../profiles/de/eu.toml")),
    ("other", include_str!("../../profiles/de/other.toml")),
];
/// The version of the form of these files.
const SCHEMA: u32 = 1;
/// Longest file that is read, in bytes.
const LONGEST: u64 = 256 * 1024;
/// Said wherever text of a profile stands.
pub const NOT_ADVICE: &str = "This is not legal advice. Check with a lawyer or the authority.";

/// One country profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    schema: u32,
    /// Its name: `us`.
    #[serde(rename = "profile")]
    pub name: String,
    /// Its title: "United States".
    pub title: String,
    /// The day of its facts.
    pub as_of: String,
    /// Who verified it; empty: nobody.
    pub checked_by: String,
    /// Who is told, by harm.
    #[serde(default)]
    pub authority: BTreeMap<String, Authority>,
    /// Clocks, by [`ClockKind::profile_key`].
    #[serde(default)]
    pub clock: BTreeMap<String, ClockRule>,
    /// Holds, by harm.
    #[serde(default)]
    pub hold: BTreeMap<String, HoldRule>,
    /// The page of Help.
    pub help: Help,
}

/// Who is told of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Name.
    pub name: String,
    /// Ways, in order of preference.
    pub how: Vec<String>,
    /// Address; may be empty.
    pub address: String,
    /// The report that is prepared for it.
    #[serde(deserialize_with = "pack")]
    pub pack: PackKind,
    /// Other reports that do as well.
    #[serde(default, deserialize_with = "packs")]
    pub also: Vec<PackKind>,
    /// What comes first when somebody is in danger.
    pub urgent: String,
    /// Where it is written.
    pub source: String,
    /// How sure that is.
    #[serde(deserialize_with = "sure")]
    pub sure: Sure,
}

/// A clock of a profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRule {
    /// What it is about.
    pub title: String,
    /// How long; empty: as soon as reasonably possible.
    #[serde(default, deserialize_with = "length")]
    pub limit: Option<Length>,
    /// From when on it asks for attention.
    #[serde(default, deserialize_with = "length")]
    pub warn_after: Option<Length>,
    /// `decision`, `receipt`.
    pub starts: String,
    /// Where it is written.
    pub source: String,
    /// How sure that is.
    #[serde(deserialize_with = "sure")]
    pub sure: Sure,
}

/// How long things are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldRule {
    /// How long.
    #[serde(deserialize_with = "some_length")]
    pub length: Length,
    /// From when on: `report`, `take_down`, `receipt`.
    pub starts: String,
    /// What holds before that: `no end`.
    pub until_started: String,
    /// `vault`, `facts_only` or `ask`.
    pub keep: String,
    /// Where it is written.
    pub source: String,
    /// How sure that is.
    #[serde(deserialize_with = "sure")]
    pub sure: Sure,
}

/// A page of Help, in the order of its parts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Help {
    do_now: Vec<Fact>,
    do_not: Vec<Fact>,
    report_to: Vec<Fact>,
    keep: Vec<Fact>,
    uploader: Vec<Fact>,
    support: Vec<Fact>,
}

impl Help {
    /// The parts with their keys, in their order.
    pub fn parts(&self) -> [(&'static str, &[Fact]); 6] {
        [
            ("do_now", &self.do_now),
            ("do_not", &self.do_not),
            ("report_to", &self.report_to),
            ("keep", &self.keep),
            ("uploader", &self.uploader),
            ("support", &self.support),
        ]
    }
}

/// One statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The statement.
    pub text: String,
    /// Where it is written; empty for advice of common sense.
    #[serde(default)]
    pub source: String,
    /// How sure it is.
    #[serde(default = "read", deserialize_with = "sure")]
    pub sure: Sure,
}

fn read() -> Sure {
    Sure::Read
}

fn word<'de, D: Deserializer<'de>, T>(deserializer: D, from: impl Fn(&str) -> Option<T>) -> std::result::Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    from(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no word of this place")))
}

fn sure<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Sure, D::Error> {
    word(deserializer, Sure::from_wire)
}

fn pack<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<PackKind, D::Error> {
    word(deserializer, PackKind::from_wire)
}

fn packs<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<PackKind>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let of = |text: &String| PackKind::from_wire(text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no report")));
    texts.iter().map(of).collect()
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Length>, D::Error> {
    word(deserializer, |text| if text.is_empty() { Some(None) } else { Length::parse(text).map(Some) })
}

fn some_length<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Length, D::Error> {
    word(deserializer, Length::parse)
}

impl Profile {
    /// Reads a profile, and refuses one that leaves a source out or names what does not exist.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let profile: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if profile.schema != SCHEMA {
            return Err(format!("schema {} is not known here", profile.schema));
        }
        let unknown_clock = profile.clock.keys().find(|key| !ClockKind::ALL.iter().any(|kind| kind.profile_key() == *key));
        let unknown_harm = profile.hold.keys().chain(profile.authority.keys()).find(|key| Harm::from_wire(key) == Harm::Unknown);
        if let Some(key) = unknown_clock.or(unknown_harm) {
            return Err(format!("{key:?} is no clock and no harm"));
        }
        let sources = profile.clock.values().map(|rule| &rule.source).chain(profile.hold.values().map(|rule| &rule.source));
        if sources.chain(profile.authority.values().map(|authority| &authority.source)).any(String::is_empty) {
            return Err("a clock, a hold or an authority has no source".to_owned());
        }
        Ok(profile)
    }

    /// The clock of this kind.
    pub fn clock(&self, kind: ClockKind) -> Option<&ClockRule> {
        self.clock.get(kind.profile_key())
    }

    /// How long cases of a harm are held. An unknown harm is held as the most serious.
    pub fn hold(&self, harm: Harm) -> Option<&HoldRule> {
        self.hold.get(of_harm(harm))
    }

    /// Who is told of a harm.
    pub fn authority(&self, harm: Harm) -> Option<&Authority> {
        self.authority.get(of_harm(harm))
    }
}

fn of_harm(harm: Harm) -> &'static str {
    if harm == Harm::Unknown { Harm::Csam.as_str() } else { harm.as_str() }
}

/// A profile with where it comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The profile.
    pub profile: Profile,
    /// It is the operator's own copy.
    pub is_own: bool,
    /// The language of its page of Help and of its title.
    pub language: Language,
    /// Why the operator's copy is not used, if there is one that cannot be read.
    pub problem: Option<String>,
}

wire_enum!(
    /// In which language a page of Help is.
    Language {
        /// English: every page, and the rest of every profile.
        English = "en",
        /// German.
        German = "de",
    }
);

/// The page of Help of a profile in another language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Translation {
    /// The day of the facts that it tells.
    as_of: String,
    title: String,
    help: Help,
}

/// One profile with its page of Help in this language, as far as there is one: the operator's own copy is in the language in which it was written, and a
/// page that tells the facts of another day is not used.
///
/// # Errors
/// As [`load`]; [`Code::Internal`] if a shipped page cannot be read, which a test rules out.
pub fn load_in(home: &Home, name: &str, language: Language) -> Result<Loaded> {
    let mut loaded = load(home, name)?;
    let shipped = GERMAN.iter().find(|(known, _)| language == Language::German && *known == name);
    if let Some((_, text)) = shipped.filter(|_| !loaded.is_own) {
        let page: Translation = toml::from_str(text).map_err(|why| damaged(name, why.message()))?;
        if page.as_of == loaded.profile.as_of {
            (loaded.profile.title, loaded.profile.help, loaded.language) = (page.title, page.help, language);
        }
    }
    Ok(loaded)
}

/// The names of the shipped profiles, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// Every shipped profile.
///
/// # Errors
/// [`Code::Internal`] if one of them cannot be read, which a test rules out.
pub fn shipped() -> Result<Vec<Profile>> {
    SHIPPED.iter().map(|(name, text)| Profile::parse(text).map_err(|why| damaged(name, &why))).collect()
}

fn damaged(name: &str, why: &str) -> Error {
    Error::refused(Code::Internal, format!("The profile {name} is damaged: {why}."))
}

/// The text of a shipped profile, for a changed copy.
///
/// # Errors
/// [`Error::NotFound`].
pub fn shipped_text(name: &str) -> Result<&'static str> {
    let found = SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    found.ok_or_else(|| Error::NotFound { what: "country profile", name: crate::model::Shown::of_text(name).as_str().to_owned() })
}

/// One profile: the operator's copy if it can be read, else the shipped one.
///
/// # Errors
/// [`Error::NotFound`] for a name that is not shipped.
pub fn load(home: &Home, name: &str) -> Result<Loaded> {
    let text = shipped_text(name)?;
    let shipped = || Profile::parse(text).map_err(|why| damaged(name, &why));
    let file = home.profiles().join(format!("{name}.toml"));
    let own = match std::fs::metadata(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Loaded { profile: shipped()?, is_own: false, language: Language::English, problem: None });
        }
        Err(error) => Err(error.to_string()),
        Ok(metadata) if metadata.len() > LONGEST => Err("it is too long".to_owned()),
        Ok(_) => std::fs::read_to_string(&file).map_err(|error| error.to_string()),
    };
    let parsed = own.and_then(|text| Profile::parse(&text)).and_then(|profile| match profile.name == name {
        true => Ok(profile),
        false => Err(format!("it says that it is {:?}", profile.name)),
    });
    Ok(match parsed {
        Ok(profile) => Loaded { profile, is_own: true, language: Language::English, problem: None },
        Err(why) => Loaded { profile: shipped()?, is_own: false, language: Language::English, problem: Some(why) },
    })
}

/// The longest hold that any of these profiles knows for a harm, with the profile's name. "No end" is not a length: it holds until the hold starts.
pub fn longest_hold(profiles: &[Profile], harm: Harm) -> Option<(&str, &HoldRule)> {
    let of = profiles.iter().filter_map(|profile| Some((profile.name.as_str(), profile.hold(harm)?)));
    of.max_by_key(|(_, rule)| rule.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_profile_says_where_it_knows_things_from() {
        for (name, text) in SHIPPED {
            let profile = Profile::parse(text).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(profile.name, name, "the file is named by its profile");
            assert!(!profile.as_of.is_empty(), "{name} has a day");
            for (key, facts) in profile.help.parts() {
                assert!(!facts.is_empty(), "{name} answers {key}");
                for fact in facts {
                    assert!(fact.sure == Sure::Read || !fact.source.is_empty(), "{name}: {:?} says whence", fact.text);
                    assert!(!fact.text.to_lowercase().contains("you must"), "{name}: facts, no orders: {}", fact.text);
                    assert!(!fact.text.contains("illegal") || fact.text.contains("illegality"), "{name}: nothing is judged: {}", fact.text);
                }
            }
            assert!(profile.authority(Harm::Csam).is_some() && profile.hold(Harm::Unknown).is_some(), "{name} knows the most serious harm");
            assert!(profile.clock(ClockKind::CsamReport).is_some_and(|rule| rule.limit.is_none()), "{name} claims no limit for a report");
        }
    }

    #[test]
    fn a_file_with_a_hole_is_refused() {
        let whole = SHIPPED[0].1;
        let table = [
            ("schema = 1", "schema = 2", "schema 2"),
            ("limit = \"48h\"", "limit = \"soon\"", "soon"),
            ("\nsure = \"read\"", "\nsure = \"certain\"", "certain"),
            ("[hold.csam]", "[hold.cats]", "cats"),
            ("[clock.csam]", "[clock.cats]", "cats"),
            ("source = \"18 U.S.C. 2258A(a)\"\nsure", "source = \"\"\nsure", "source"),
        ];
        for (from, to, why) in table {
            let changed = whole.replacen(from, to, 1);
            assert_ne!(changed, whole, "{from} is there");
            let refused = Profile::parse(&changed).expect_err(why);
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn with_several_profiles_the_longest_hold_holds() {
        let mut short = Profile::parse(SHIPPED[0].1).unwrap();
        let long = Profile::parse(SHIPPED[2].1).unwrap();
        short.hold.get_mut("csam").unwrap().length = Length::parse("90 days").unwrap();
        let both = [short, long];
        assert_eq!(longest_hold(&both, Harm::Csam).map(|(name, _)| name), Some("eu"), "twelve months are more than 90 days");
        assert_eq!(longest_hold(&both, Harm::Tvec).map(|(name, _)| name), Some("eu"), "only one knows it");
        assert!(longest_hold(&both, Harm::Local).is_none(), "nobody asks for one");
    }
}
