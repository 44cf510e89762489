//! The sheet of each kind of pack, in the order of its form.

use super::facts::{PackFacts, UploadFacts};
use super::known::{Known, KnownField};
use super::ncmec;
use super::sheet::{Part, Sheet};
use super::sheet_of;
use crate::model::{PackKind, SiteMode};
use crate::record::{statement, when};

/// The sheet of a pack.
pub fn sheet(kind: PackKind, facts: &PackFacts, known: &Known) -> Sheet {
    sheet_of(match kind {
        PackKind::Ncmec => ncmec::parts(facts, known),
        PackKind::Nca => nca(facts, known),
        PackKind::Police => police(facts, known),
        PackKind::Hotline => vec![hotline(facts, known)],
        PackKind::Dsa => statement::parts(facts, known),
        PackKind::Plain => plain(facts, known),
    })
}

/// The plain facts, which other packs quote.
pub fn plain(facts: &PackFacts, known: &Known) -> Vec<Part> {
    vec![
        the_site(facts, known),
        what_was_found(facts),
        the_lists(facts),
        what_was_done(facts),
        who_looked(facts),
        what_is_kept(facts),
        contact(known),
    ]
}

fn the_site(facts: &PackFacts, known: &Known) -> Part {
    let mut part = Part::new("The site");
    for site in &facts.sites {
        let copy = if site.mode == SiteMode::Copy { "a synced copy of its uploads" } else { "its live upload folder" };
        part = part.with("Site", format!("{} ({})", site.name, copy)).maybe("Software", site.preset.clone());
    }
    part.ask("Address of the page", known.get(KnownField::PageUrl))
}

fn what_was_found(facts: &PackFacts) -> Part {
    let mut part = Part::new("What was found").with("Case", facts.case.to_string());
    for content in &facts.contents {
        let files: Vec<&UploadFacts> = facts.uploads.iter().filter(|upload| upload.n == content.n).collect();
        part = part.with(
            &format!("File {}", content.n),
            format!("{}, {} bytes, found {} in the site", content.kind, content.size, times(files.len())),
        );
        for upload in files.iter().take(20) {
            part = part.with("  Place", format!("{}: {}", upload.site, upload.place)).with("  Found", when::shown(upload.found_at));
        }
        if files.len() > 20 {
            part = part.with("  Further places", format!("{}, see 04-times.csv", files.len() - 20));
        }
    }
    let (at, how) = facts.incident();
    part.with("Earliest time", format!("{} ({how})", when::shown(at)))
}

fn times(n: usize) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

fn the_lists(facts: &PackFacts) -> Part {
    let mut part = Part::new("On which lists");
    for found in &facts.matches {
        let withdrawn = if found.is_withdrawn { "; the list has taken the entry back" } else { "" };
        part = part.with(
            &format!("File {}", found.n),
            format!("is on list {} (version {}): {}{withdrawn}", found.list, found.version, found.words()),
        );
    }
    if facts.matches.is_empty() {
        part = part.with("Lists", "none");
    }
    part
}

fn what_was_done(facts: &PackFacts) -> Part {
    let mut part = Part::new("What was done, and when");
    part = match &facts.decision {
        Some((decision, at)) => part.with("Decided by a person", format!("{} at {}", decision.replace('_', " "), when::shown(*at))),
        None => part.with("Decided by a person", "nothing yet"),
    };
    for action in &facts.actions {
        part = part.with(&format!("File {}", action.n), format!("{} at {}", action.what, when::shown(action.at)));
    }
    for (kind, reference, at) in &facts.filed {
        part = part.with("Reported", format!("to {kind}, {}, at {}", reference.as_deref().unwrap_or("without a number"), when::shown(*at)));
    }
    part
}

fn who_looked(facts: &PackFacts) -> Part {
    Part::new("Who looked")
        .with("Viewed by a person", if facts.viewed.is_viewed() { "yes" } else { "no" })
        .with("In words", facts.viewed.words())
}

fn what_is_kept(facts: &PackFacts) -> Part {
    Part::new("What is kept").with("Files", facts.kept.clone())
}

fn contact(known: &Known) -> Part {
    let name = [KnownField::ReporterFirstName, KnownField::ReporterLastName]
        .iter()
        .filter_map(|field| known.get(*field))
        .collect::<Vec<_>>()
        .join(" ");
    Part::new("Contact")
        .ask("Name", (!name.is_empty()).then_some(name.as_str()))
        .ask("E-mail", known.get(KnownField::ReporterEmail))
        .maybe("Further facts", known.get(KnownField::OtherFacts))
}

fn hotline(facts: &PackFacts, known: &Known) -> Part {
    let kind = facts.sites.first().and_then(|site| site.preset.clone());
    Part::new("Report the address. Do not send the file.")
        .ask("Address where it could be seen", known.get(KnownField::PageUrl))
        .ask("Date and time seen", known.get(KnownField::SeenAt))
        .maybe("Kind of site", kind)
        .ask("Country of hosting", known.get(KnownField::HostingCountry))
        .ask("Still there", known.get(KnownField::StillThere))
}

/// The parts of the forerunner of the present form; the order is to be verified.
fn nca(facts: &PackFacts, known: &Known) -> Vec<Part> {
    let reported =
        facts.filed.first().map(|(kind, number, at)| format!("{kind}, {}, {}", number.as_deref().unwrap_or("no number"), when::shown(*at)));
    let mut content = Part::new("2 The content");
    for found in &facts.contents {
        content = content.with(&format!("File {}", found.n), format!("{}, {} bytes; hash values in 03-hashes.csv", found.kind, found.size));
    }
    for upload in facts.uploads.iter().take(20) {
        content = content
            .with(&format!("Found (file {})", upload.n), format!("{} in {}: {}", when::shown(upload.found_at), upload.site, upload.place));
    }
    let content = content
        .ask("Address of the page", known.get(KnownField::PageUrl))
        .with("EXIF", "not read for this report")
        .with("Seen by a person", if facts.viewed.is_viewed() { "yes" } else { "no" })
        .with("How that is known", facts.viewed.words())
        .maybe("Already reported", known.get(KnownField::AlreadyReported).map(str::to_owned).or(reported));
    vec![
        reporter("1 Who reports", known),
        content,
        Part::new("3 Context").with("How it was found", how_found(facts)).maybe("Messages around it", known.get(KnownField::Messages)),
        user("4 The user", known),
        Part::new("5 Identity documents").maybe("Held", known.get(KnownField::IdentityDocuments)),
        Part::new("6 Other facts").maybe("Known", known.get(KnownField::OtherFacts)),
        Part::new("7 Completeness").ask("All facts reasonably at hand are given", None),
    ]
}

fn how_found(facts: &PackFacts) -> String {
    let lists: Vec<&str> = facts.matches.iter().map(|found| found.list.as_str()).collect();
    format!(
        "By an automated comparison of fingerprints on the operator's computer: {}, on list {}.",
        facts.match_words(),
        unique(&lists).join(", ")
    )
}

fn unique<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words.iter().enumerate().filter(|(at, word)| !words[..*at].contains(word)).map(|(_, word)| *word).collect()
}

fn reporter(title: &str, known: &Known) -> Part {
    Part::new(title)
        .ask("First name", known.get(KnownField::ReporterFirstName))
        .ask("Last name", known.get(KnownField::ReporterLastName))
        .ask("Telephone", known.get(KnownField::ReporterPhone))
        .ask("E-mail", known.get(KnownField::ReporterEmail))
        .maybe("Company", known.get(KnownField::Company))
}

fn user(title: &str, known: &Known) -> Part {
    let mut part = Part::new(title)
        .ask("Account id", known.get(KnownField::AccountId))
        .ask("Name of the account", known.get(KnownField::ScreenName))
        .maybe("Name that is shown", known.get(KnownField::DisplayName))
        .ask("E-mail of the account", known.get(KnownField::AccountEmail))
        .maybe("Other accounts", known.get(KnownField::OtherAccounts));
    for event in &known.ips {
        let port = event.port.map(|port| format!(", port {port}")).unwrap_or_default();
        part = part.with("IP address", format!("{}{port}, {}, {}", event.address, when::shown(event.at), event.event));
    }
    if known.ips.is_empty() { part.ask("IP addresses with times and ports", None) } else { part }
}

fn police(facts: &PackFacts, known: &Known) -> Vec<Part> {
    let urgent =
        Part::new("Is somebody in danger?").ask("Threat to life or to a child, in your words", known.get(KnownField::UrgentReason)).with(
            "Source of the duty in the EU",
            "Regulation (EU) 2021/784, Art. 14(5): imminent threat to life (read; the addressee is not verified)",
        );
    vec![
        urgent,
        reporter("Who reports", known),
        the_site(facts, known).ask("Country of hosting", known.get(KnownField::HostingCountry)),
        what_was_found(facts),
        the_lists(facts),
        user("The user", known),
        Part::new("Context")
            .maybe("Messages around it", known.get(KnownField::Messages))
            .maybe("Further facts", known.get(KnownField::OtherFacts)),
        what_was_done(facts).maybe("Already reported", known.get(KnownField::AlreadyReported)),
        who_looked(facts),
        what_is_kept(facts),
    ]
}
