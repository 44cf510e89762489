//! Report packs: folders of plain files that a person files by hand. Pure: facts in, files out; `engine::reporting` gathers and writes.
//!
//! No pack holds a picture, a rendition, an uploader's file name, a path of this machine or a signal of any list. What only the operator knows is
//! asked ([`known`]) and never guessed.

pub mod facts;
pub mod known;
mod ncmec;
mod print;
pub mod sheet;
mod sheets;
mod tables;
mod xml;
pub mod zip;

use sha2::Digest as _;

use super::help::wrapped;
use super::profile::NOT_ADVICE;
use super::statement;
use super::when;
use crate::model::PackKind;
use facts::PackFacts;
use known::Known;
use sheet::Sheet;

/// One file of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFile {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl PackFile {
    fn text(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), bytes: text.into_bytes() }
    }
}

/// A pack with its manifest.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The files in their order; the last one is the manifest.
    pub files: Vec<PackFile>,
    /// SHA-256 of the manifest, in hex: what the ledger names the pack by.
    pub manifest_sha256: String,
}

/// The name of the manifest.
pub const MANIFEST: &str = "manifest.sha256";

/// Whether a pack of this kind holds the upload's own fingerprints.
fn has_hashes(kind: PackKind, facts: &PackFacts) -> bool {
    match kind {
        PackKind::Ncmec | PackKind::Nca | PackKind::Police => true,
        PackKind::Plain => !facts.harm.is_protected(),
        PackKind::Hotline | PackKind::Dsa => false,
    }
}

/// Whether a pack of this kind has the tables and the record of the case. A hotline wants an address and nothing else; a statement goes to the uploader.
fn has_tables(kind: PackKind) -> bool {
    !matches!(kind, PackKind::Hotline | PackKind::Dsa)
}

/// Makes a pack.
pub fn build(kind: PackKind, facts: &PackFacts, known: &Known) -> Pack {
    let sheet = sheets::sheet(kind, facts, known);
    let mut files = vec![
        PackFile::text("00-read-first.txt", read_first(kind, facts)),
        PackFile::text("01-fields.txt", sheet.text()),
        PackFile::text("02-fields.json", sheet.json()),
    ];
    if has_tables(kind) {
        if has_hashes(kind, facts) {
            files.push(PackFile::text("03-hashes.csv", tables::hashes(facts)));
        }
        files.push(PackFile::text("04-times.csv", tables::times(facts, known)));
        files.push(PackFile::text("05-matches.csv", tables::matches(facts)));
        files.push(PackFile::text("06-custody.jsonl", tables::custody(facts, has_hashes(kind, facts))));
    }
    if kind == PackKind::Ncmec {
        files.push(PackFile::text("report.xml", ncmec::report_xml(facts, known)));
        files.extend(
            facts.contents.iter().map(|content| PackFile::text(&format!("file-{}.xml", content.n), ncmec::file_xml(facts, known, content))),
        );
    }
    if kind == PackKind::Dsa {
        files.push(PackFile::text("statement.txt", statement::text(facts, known)));
    }
    files.push(PackFile::text("report.html", print::page(&title(kind), &sheet, facts)));
    finish(files)
}

/// The same pack with further files, such as one sealed for the authority: the manifest covers them too.
pub fn with_files(pack: Pack, more: Vec<(String, [u8; 32])>) -> Pack {
    let mut files = pack.files;
    let manifest = files.pop().map(|manifest| manifest.bytes).unwrap_or_default();
    let lines: String = more.iter().map(|(name, digest)| manifest_line(name, digest)).collect();
    with_manifest(files, [manifest, lines.into_bytes()].concat())
}

fn finish(files: Vec<PackFile>) -> Pack {
    let lines: String = files.iter().map(|file| manifest_line(&file.name, &sha2::Sha256::digest(&file.bytes).into())).collect();
    with_manifest(files, lines.into_bytes())
}

fn with_manifest(mut files: Vec<PackFile>, manifest: Vec<u8>) -> Pack {
    let manifest_sha256 = hex(&sha2::Sha256::digest(&manifest).into());
    files.push(PackFile { name: MANIFEST.to_owned(), bytes: manifest });
    Pack { files, manifest_sha256 }
}

fn manifest_line(name: &str, digest: &[u8; 32]) -> String {
    format!("{}  {name}\n", hex(digest))
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The title of a pack.
pub fn title(kind: PackKind) -> String {
    match kind {
        PackKind::Ncmec => "Report to the NCMEC CyberTipline (draft)",
        PackKind::Nca => "Report to the National Crime Agency (draft)",
        PackKind::Hotline => "Report of an address to a hotline (draft)",
        PackKind::Police => "Report to the police (draft)",
        PackKind::Dsa => "Statement of reasons (draft)",
        PackKind::Plain => "Plain facts",
    }
    .to_owned()
}

fn read_first(kind: PackKind, facts: &PackFacts) -> String {
    let mut lines = vec![title(kind), String::new()];
    let mut paragraph = |text: &str| lines.extend(wrapped(text, 100).into_iter().chain([String::new()]));
    if kind == PackKind::Hotline {
        paragraph("Report the address. Do not send the file.");
    }
    if let Some(urgent) = facts.urgent.first() {
        paragraph(&format!("URGENT? {urgent}"));
    }
    paragraph(&format!(
        "Case {}, made by Gatehouse {} on {}. You send it yourself: Gatehouse sends nothing.",
        facts.case,
        facts.program,
        when::shown(facts.made_at)
    ));
    steps(kind).iter().enumerate().for_each(|(at, step)| paragraph(&format!("{}. {step}", at + 1)));
    paragraph(not_inside(kind, facts));
    for (title, as_of, checked_by) in &facts.profiles {
        let checked = if checked_by.is_empty() { "not verified by anybody".to_owned() } else { format!("checked by {checked_by}") };
        paragraph(&format!("What is said about duties is from the profile {title}, as of {as_of}, {checked}."));
    }
    if facts.profiles.is_empty() {
        paragraph("No country profile was chosen.");
    }
    paragraph(NOT_ADVICE);
    lines.join("\n")
}

fn steps(kind: PackKind) -> &'static [&'static str] {
    match kind {
        PackKind::Ncmec => &[
            "Read 01-fields.txt and fill in what says (you must fill this in).",
            "Open the form of the CyberTipline and copy the fields in their order. Official values stand in quotation marks.",
            "report.xml and the file-N.xml are drafts for registered providers. They are not sent.",
            "Note the report number in Gatehouse: gatehouse reported CASE --to ncmec --number NUMBER. That starts the hold.",
        ],
        PackKind::Nca => &[
            "Read 01-fields.txt and fill in what says (you must fill this in).",
            "Copy the parts into the portal. The order of the present form was not verified; the parts are those of its forerunner.",
            "Note the number: gatehouse reported CASE --to nca --number NUMBER.",
        ],
        PackKind::Police => &[
            "Call first if somebody is in danger.",
            "Hand over 01-fields.txt and the tables. Ask whether they want the file, and for a key to encrypt it to.",
            "Note it: gatehouse reported CASE --to police --number NUMBER.",
        ],
        PackKind::Hotline => &[
            "Copy the address and the facts of 01-fields.txt into the form of the hotline.",
            "Note it: gatehouse reported CASE --to hotline --number NUMBER.",
        ],
        PackKind::Dsa => &[
            "Read statement.txt; fill in what says (you must fill this in).",
            "Send it to the uploader in your own way, unless it is held, and note that: gatehouse statement CASE release --how HOW.",
        ],
        PackKind::Plain => &["Give this folder to whom you ask. The facts stand in 01-fields.txt."],
    }
}

fn not_inside(kind: PackKind, facts: &PackFacts) -> &'static str {
    match kind {
        PackKind::Hotline | PackKind::Dsa => "Not inside: the file, a picture of it, fingerprints, names of files.",
        PackKind::Plain if facts.harm.is_protected() => "Not inside: the file, a picture of it, fingerprints, names of files.",
        _ => "Not inside: the file, a picture of it, names of files chosen by the uploader, anything of a list's own hashes.",
    }
}

fn sheet_of(parts: Vec<sheet::Part>) -> Sheet {
    Sheet { parts }
}

#[cfg(test)]
mod tests;
