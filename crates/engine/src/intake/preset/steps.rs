//! What is left to do on the site after a take-down, filled with what is known of the file.

use crate::model::{Facts, wire_enum};

wire_enum!(
    /// Where a step is done.
    StepPlace {
        /// In the site's own pages.
        Site = "site",
        /// On the server.
        Server = "server",
        /// At a cache or CDN before the site.
        Cdn = "cdn",
        /// Elsewhere.
        Other = "other",
    }
);

/// One step of a preset.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub id: String,
    /// Where it is done.
    pub place: StepPlace,
    /// The sentence, with `{facts}`.
    pub say: String,
    /// Facts without which it is shown in its general form.
    pub needs: Vec<String>,
    /// Path on the site, with `{facts}`.
    pub url: Option<String>,
    /// What to look at afterwards.
    pub check: Option<String>,
}

/// A step as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledStep {
    /// Its name.
    pub id: String,
    /// Where it is done.
    pub place: StepPlace,
    /// The sentence.
    pub say: String,
    /// Path on the site.
    pub url: Option<String>,
    /// What to look at afterwards.
    pub check: Option<String>,
}

/// Facts that are so or not so: a step that needs one is not shown where it is not known to be so.
const CONDITIONS: [&str; 3] = ["private", "not_posted", "server"];

/// The steps that concern a file with these facts.
pub fn fill(steps: &[Step], facts: &Facts) -> Vec<FilledStep> {
    let concerns = |step: &&Step| step.needs.iter().filter(|need| CONDITIONS.contains(&need.as_str())).all(|need| facts.contains_key(need));
    steps.iter().filter(concerns).map(|step| filled(step, facts)).collect()
}

fn filled(step: &Step, facts: &Facts) -> FilledStep {
    let knows_all = step.needs.iter().all(|need| facts.contains_key(need));
    let url = step.url.as_ref().filter(|_| knows_all).and_then(|url| replaced(url, facts, &encoded));
    FilledStep {
        id: step.id.clone(),
        place: step.place,
        say: replaced(&step.say, facts, &str::to_owned).unwrap_or_else(|| general(&step.say, facts)),
        url,
        check: step.check.clone(),
    }
}

/// The sentence with every `{fact}` replaced; `None` if one is not known.
fn replaced(text: &str, facts: &Facts, write: &dyn Fn(&str) -> String) -> Option<String> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        whole.push_str(before);
        let plain = name.strip_prefix("raw:").unwrap_or(name);
        whole.push_str(&write(facts.get(name).or_else(|| facts.get(plain))?));
        rest = after;
    }
    whole.push_str(rest);
    Some(whole)
}

/// The general form: what is not known is called unknown.
fn general(text: &str, facts: &Facts) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        whole.push_str(before);
        whole.push_str(facts.get(name).map_or("(not known)", String::as_str));
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// A value inside an address.
fn encoded(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
