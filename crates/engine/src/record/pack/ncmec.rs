//! The CyberTipline: fields and XML in the order of the form, which is enforced there. A draft; nothing is sent.

use super::facts::{ContentFacts, PackFacts};
use super::known::{Known, KnownField, LONGEST};
use super::sheet::{Held, Part};
use super::sheets;
use super::xml::Element;
use crate::record::when;

/// How a text that was cut ends.
const CUT: &str = " […]";

/// The sheet, with the names of the official form.
pub fn parts(facts: &PackFacts, known: &Known) -> Vec<Part> {
    let (at, how) = facts.incident();
    let mut all = vec![
        Part::new("1 incidentSummary")
            .with("incidentType", format!("\"{}\"", known.incident_type()))
            .maybe("escalateToHighPriority", known.get(KnownField::UrgentReason))
            .with("incidentDateTime", when::utc(at))
            .with("incidentDateTimeDescription", how),
        Part::new("2 internetDetails: webPageIncident").ask("url", known.get(KnownField::PageUrl)).with("additionalInfo", how_found(facts)),
        Part::new("3 lawEnforcement").maybe("left out", None::<String>),
        reporter(known),
        user(facts, known),
        Part::new("6 intendedRecipient").maybe("left out", None::<String>),
        Part::new("7 victim").maybe("left out", None::<String>),
        Part::new("8 additionalInfo").with("additionalInfo", additional(facts, known)),
    ];
    all.extend(facts.contents.iter().map(|content| file_part(facts, known, content)));
    all
}

fn reporter(known: &Known) -> Part {
    Part::new("4 reporter")
        .ask("reportingPerson: firstName", known.get(KnownField::ReporterFirstName))
        .ask("reportingPerson: lastName", known.get(KnownField::ReporterLastName))
        .ask("reportingPerson: phone", known.get(KnownField::ReporterPhone))
        .ask("reportingPerson: email", known.get(KnownField::ReporterEmail))
        .maybe("companyTemplate", known.get(KnownField::Company))
        .maybe("legalURL", known.get(KnownField::TermsUrl))
}

fn user(facts: &PackFacts, known: &Known) -> Part {
    let mut part = Part::new("5 personOrUserReported")
        .ask("personOrUserReportedPerson: email", known.get(KnownField::AccountEmail))
        .ask("espIdentifier", known.get(KnownField::AccountId))
        .maybe("espService", facts.sites.first().map(|site| site.name.clone()))
        .ask("screenName", known.get(KnownField::ScreenName))
        .maybe("displayName", known.get(KnownField::DisplayName))
        .maybe("profileUrl", known.get(KnownField::ProfileUrl));
    for event in &known.ips {
        let port = event.port.map(|port| format!(", port {port}")).unwrap_or_default();
        part = part.with("ipCaptureEvent", format!("{}{port}, {}, {}", event.address, event.event, when::utc(event.at)));
    }
    if known.ips.is_empty() {
        part = part.ask("ipCaptureEvent", None);
    }
    part.maybe("additionalInfo", accounts(known))
}

fn accounts(known: &Known) -> Option<String> {
    let parts: Vec<&str> = [KnownField::OtherAccounts, KnownField::Messages].iter().filter_map(|field| known.get(*field)).collect();
    (!parts.is_empty()).then(|| cut(&parts.join("\n")))
}

fn file_part(facts: &PackFacts, known: &Known, content: &ContentFacts) -> Part {
    let mut part = Part::new(&format!("fileDetails, file {}", content.n))
        .maybe("originalFileName", None::<String>)
        .ask("locationOfFile", known.get(KnownField::PageUrl))
        .with("fileViewedByEsp", yes_no(facts.viewed.is_viewed()))
        .with("how that is known", facts.viewed.words())
        .with("exifViewedByEsp", yes_no(facts.viewed.outside == Some(true)))
        .ask("publiclyAvailable", None)
        .with("fileRelevance", "Reported");
    for (kind, hash) in hashes(content) {
        part = part.with(&format!("originalFileHash ({kind})"), hash);
    }
    let labels = classes(facts, content);
    if !labels.is_empty() {
        part = part.with("additionalInfo", labels);
    }
    part
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

fn hashes(content: &ContentFacts) -> Vec<(&'static str, String)> {
    let mut all = vec![("MD5", content.md5.clone()), ("SHA1", content.sha1.clone()), ("SHA256", content.sha256.clone())];
    all.extend(content.pdq.iter().map(|(pdq, _)| ("PDQ", pdq.clone())));
    all
}

/// Classes need a look; what a list says is quoted as the list's word.
fn classes(facts: &PackFacts, content: &ContentFacts) -> String {
    let labelled = facts.matches.iter().filter(|found| found.n == content.n && !found.labels.is_empty());
    labelled.map(|found| format!("List {} classifies it as {}.", found.list, found.labels.join(", "))).collect::<Vec<_>>().join(" ")
}

fn how_found(facts: &PackFacts) -> String {
    let lists: Vec<String> = facts.matches.iter().map(|found| format!("is on list {} ({})", found.list, found.words())).collect();
    format!("Found by an automated comparison of fingerprints with shared hash lists: {}.", lists.join("; "))
}

/// The plain facts that are held, shortened to what the field takes.
fn additional(facts: &PackFacts, known: &Known) -> String {
    let mut parts = sheets::plain(facts, known);
    parts.iter_mut().for_each(|part| part.fields.retain(|field| matches!(field.held, Held::Text(_))));
    parts.retain(|part| !part.fields.is_empty());
    cut(&super::sheet_of(parts).text())
}

/// Cuts a text at a word to what the form takes, with a mark.
fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST - CUT.chars().count()).collect();
    let end = head.rfind(char::is_whitespace).unwrap_or(head.len());
    format!("{}{CUT}", head[..end].trim_end())
}

/// The report as XML, in the enforced order, with the elements that have a value.
pub fn report_xml(facts: &PackFacts, known: &Known) -> String {
    let (at, how) = facts.incident();
    let get = |field| known.get(field);
    let mut user = Element::new("personOrUserReported")
        .with(Element::new("personOrUserReportedPerson").text("email", get(KnownField::AccountEmail)))
        .text("espIdentifier", get(KnownField::AccountId))
        .text("espService", facts.sites.first().map(|site| site.name.as_str()))
        .text("screenName", get(KnownField::ScreenName))
        .text("displayName", get(KnownField::DisplayName))
        .text("profileUrl", get(KnownField::ProfileUrl));
    for event in &known.ips {
        user = user.with(
            Element::new("ipCaptureEvent")
                .text("ipAddress", Some(&event.address.to_string()))
                .text("eventName", Some(&event.event))
                .text("dateTime", Some(&when::utc(event.at)))
                .text("port", event.port.map(|port| port.to_string()).as_deref()),
        );
    }
    Element::new("report")
        .with(
            Element::new("incidentSummary")
                .text("incidentType", Some(known.incident_type()))
                .text("escalateToHighPriority", get(KnownField::UrgentReason))
                .text("incidentDateTime", Some(&when::utc(at)))
                .text("incidentDateTimeDescription", Some(how)),
        )
        .with(Element::new("internetDetails").with(web_page(facts, known)))
        .with(
            Element::new("reporter")
                .with(
                    Element::new("reportingPerson")
                        .text("firstName", get(KnownField::ReporterFirstName))
                        .text("lastName", get(KnownField::ReporterLastName))
                        .text("phone", get(KnownField::ReporterPhone))
                        .text("email", get(KnownField::ReporterEmail)),
                )
                .text("companyTemplate", get(KnownField::Company))
                .text("legalURL", get(KnownField::TermsUrl)),
        )
        .with(user.text("additionalInfo", accounts(known).as_deref()))
        .text("additionalInfo", Some(&additional(facts, known)))
        .document()
}

/// Without an address the page of the incident is for the operator to fill in.
fn web_page(facts: &PackFacts, known: &Known) -> Element {
    Element::new("webPageIncident").text("url", known.get(KnownField::PageUrl)).text("additionalInfo", Some(&cut(&how_found(facts))))
}

/// The details of one content, for whoever uploads the file in the portal.
pub fn file_xml(facts: &PackFacts, known: &Known, content: &ContentFacts) -> String {
    let mut root = Element::new("fileDetails")
        .text("locationOfFile", known.get(KnownField::PageUrl))
        .text("fileViewedByEsp", Some(yes_no(facts.viewed.is_viewed())))
        .text("exifViewedByEsp", Some(yes_no(facts.viewed.outside == Some(true))))
        .text("fileRelevance", Some("Reported"));
    for (kind, hash) in hashes(content) {
        root = root.with(Element::of_text("originalFileHash", &hash).attribute("hashType", kind));
    }
    let labels = classes(facts, content);
    root.text("additionalInfo", (!labels.is_empty()).then_some(labels.as_str())).document()
}
