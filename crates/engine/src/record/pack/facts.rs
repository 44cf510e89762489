//! What a pack is made of: everything that the store knows of a case, without a picture and without a path of this machine.

use hashlist::Harm;

use crate::error::Result;
use crate::model::{CaseId, Hold, MatchType, PackKind, Place, SiteMode};
use crate::record::when;
use crate::store::ledger::{self, LedgerRow};
use crate::store::{Connection, actions, cases, contents, filings, holds, lists, notices, sites, uploads};

/// One content of the case.
#[derive(Clone, Debug)]
pub struct ContentFacts {
    /// Its running number, from 1.
    pub n: usize,
    /// Length in bytes.
    pub size: u64,
    /// Its real type.
    pub kind: String,
    /// MD5 in hex.
    pub md5: String,
    /// SHA-1 in hex.
    pub sha1: String,
    /// SHA-256 in hex.
    pub sha256: String,
    /// PDQ in hex of the picture as stored, with its quality.
    pub pdq: Option<(String, u8)>,
}

/// One upload of a content.
#[derive(Clone, Debug)]
pub struct UploadFacts {
    /// The running number of its content.
    pub n: usize,
    /// Its site.
    pub site: String,
    /// Where in the site, in its display form; without its last part unless that is random or names were asked for.
    pub place: String,
    /// The time of the file, in milliseconds since 1970.
    pub file_time: i64,
    /// When it was found.
    pub found_at: i64,
    /// Where it is now.
    pub now: Place,
}

/// One match.
#[derive(Clone, Debug)]
pub struct MatchFacts {
    /// The running number of its content.
    pub n: usize,
    /// The list.
    pub list: String,
    /// Its version.
    pub version: u64,
    /// Our number of the entry.
    pub entry: u32,
    /// Kind of the signal.
    pub kind: String,
    /// How it met.
    pub match_type: MatchType,
    /// Differing bits.
    pub distance: Option<u16>,
    /// The limit.
    pub threshold: Option<u16>,
    /// What the publisher says of the entry.
    pub status: String,
    /// The publisher's labels.
    pub labels: Vec<String>,
    /// When it was found.
    pub found_at: i64,
    /// The list took the entry back.
    pub is_withdrawn: bool,
}

/// One site of the case.
#[derive(Clone, Debug)]
pub struct SiteFacts {
    /// Its name.
    pub name: String,
    /// Live folder or copy.
    pub mode: SiteMode,
    /// The software that it runs.
    pub preset: Option<String>,
}

/// One file that was moved.
#[derive(Clone, Debug)]
pub struct ActionFacts {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// `taken down` or `put back`.
    pub what: &'static str,
    /// The running number of its content.
    pub n: usize,
}

/// Who looked at the picture.
#[derive(Clone, Debug, Default)]
pub struct Viewed {
    /// Reveals in this program.
    pub reveals: u64,
    /// Their time together, in milliseconds.
    pub ms: u64,
    /// Who.
    pub persons: Vec<String>,
    /// Whether somebody says that it was opened outside of this program.
    pub outside: Option<bool>,
}

impl Viewed {
    /// What the ledger knows, nothing else.
    pub fn is_viewed(&self) -> bool {
        self.reveals > 0 || self.outside == Some(true)
    }

    /// In words.
    pub fn words(&self) -> String {
        let inside = match self.reveals {
            0 => "Nobody looked at it through this program.".to_owned(),
            n => format!(
                "Shown {n} {} through this program, {} s together, by {}.",
                if n == 1 { "time" } else { "times" },
                self.ms.div_ceil(1_000),
                self.persons.join(", ")
            ),
        };
        let outside = match self.outside {
            Some(true) => " The operator says that it was opened outside of this program.",
            Some(false) => " The operator says that it was not opened outside of this program.",
            None => "",
        };
        inside + outside
    }
}

/// Everything about a case that a pack may hold.
#[derive(Clone, Debug)]
pub struct PackFacts {
    /// The case.
    pub case: i64,
    /// Its harm.
    pub harm: Harm,
    /// When the pack is made.
    pub made_at: i64,
    /// Version of the program.
    pub program: String,
    /// The sites.
    pub sites: Vec<SiteFacts>,
    /// The contents.
    pub contents: Vec<ContentFacts>,
    /// The uploads.
    pub uploads: Vec<UploadFacts>,
    /// The matches.
    pub matches: Vec<MatchFacts>,
    /// The decision that stands.
    pub decision: Option<(String, i64)>,
    /// What was done to files.
    pub actions: Vec<ActionFacts>,
    /// Who looked.
    pub viewed: Viewed,
    /// What is kept, and until when, in words.
    pub kept: String,
    /// Reports that were filed: to whom, number, when.
    pub filed: Vec<(PackKind, Option<String>, i64)>,
    /// Notices: kind of sender, reference, when received.
    pub notices: Vec<(String, String, i64)>,
    /// Rows of the ledger about this case.
    pub custody: Vec<LedgerRow>,
    /// Profiles: title, day, who checked.
    pub profiles: Vec<(String, String, String)>,
    /// What comes first when somebody is in danger, per profile.
    pub urgent: Vec<String>,
}

impl PackFacts {
    /// The time of the incident and how it is known: the time of the file where it lies before the finding, else the finding.
    pub fn incident(&self) -> (i64, &'static str) {
        let found = self.uploads.iter().map(|upload| upload.found_at).min().unwrap_or(self.made_at);
        let file = self.uploads.iter().map(|upload| upload.file_time).filter(|time| *time > 0 && *time <= found).min();
        match file {
            Some(at) => (at, "time of the file in the upload folder"),
            None => (found, "time at which Gatehouse found the file"),
        }
    }

    /// The strongest match in words of the screens.
    pub fn match_words(&self) -> String {
        match self.matches.iter().find(|found| !found.is_withdrawn).or(self.matches.first()) {
            Some(found) => found.words(),
            None => "no match".to_owned(),
        }
    }
}

impl MatchFacts {
    /// How it met, in words.
    pub fn words(&self) -> String {
        match (self.match_type, self.kind.as_str(), self.distance) {
            (MatchType::Exact, "md5", _) => "exact copy by MD5, which can be forged on purpose".to_owned(),
            (MatchType::Exact, "sha1", _) => "exact copy by SHA-1".to_owned(),
            (MatchType::Exact, ..) => "exact copy".to_owned(),
            (MatchType::Near, _, Some(0)) => "near copy, same picture fingerprint".to_owned(),
            (MatchType::Near, _, Some(1..=20)) => "near copy, very close".to_owned(),
            (MatchType::Near, ..) => "near copy, close".to_owned(),
            (MatchType::Turned, ..) => "near copy of a turned or mirrored view".to_owned(),
        }
    }
}

/// What the caller knows that the store does not.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Now.
    pub now: i64,
    /// Version of the program.
    pub program: String,
    /// Names of uploads may be told.
    pub with_names: bool,
    /// Sites whose stored names say nothing about the uploader's own.
    pub random_names: Vec<crate::model::SiteId>,
    /// Profiles: title, day, who checked.
    pub profiles: Vec<(String, String, String)>,
    /// What comes first when somebody is in danger.
    pub urgent: Vec<String>,
}

/// Gathers the facts of a case.
///
/// # Errors
/// [`crate::Error::NotFound`], or the store's own.
pub fn gather(connection: &Connection, case: CaseId, around: Surroundings) -> Result<PackFacts> {
    let row = cases::get(connection, case)?;
    let custody = ledger::of_case(connection, case)?;
    let mut facts = PackFacts {
        case: case.get(),
        harm: row.harm,
        made_at: around.now,
        program: around.program.clone(),
        sites: Vec::new(),
        contents: Vec::new(),
        uploads: Vec::new(),
        matches: Vec::new(),
        decision: row.decision.zip(row.decided_at).map(|(decision, at)| (decision.as_str().to_owned(), at)),
        actions: Vec::new(),
        viewed: viewed(&custody),
        kept: String::new(),
        filed: filings::filed(connection, case)?.into_iter().map(|filed| (filed.kind, filed.reference, filed.filed_at)).collect(),
        notices: notices::of_case(connection, case)?
            .into_iter()
            .map(|n| (n.typed.from_kind.to_string(), n.typed.reference, n.typed.received_at))
            .collect(),
        custody,
        profiles: around.profiles.clone(),
        urgent: around.urgent.clone(),
    };
    for (at, content) in cases::contents(connection, case)?.into_iter().enumerate() {
        add_content(connection, &mut facts, content, at + 1, &around)?;
    }
    add_actions(connection, &mut facts, case)?;
    facts.kept = kept(&facts) + &held(holds::of_case(connection, case)?.as_ref());
    Ok(facts)
}

fn add_content(connection: &Connection, facts: &mut PackFacts, id: crate::model::ContentId, n: usize, around: &Surroundings) -> Result<()> {
    let content = contents::get(connection, id)?;
    let picture = content.pixels.as_ref().and_then(contents::Pixels::picture);
    let signal = picture.and_then(|picture| picture.signals.first());
    facts.contents.push(ContentFacts {
        n,
        size: content.content.size,
        kind: content.content.kind.to_owned(),
        md5: content.content.md5.to_string(),
        sha1: content.content.sha1.to_string(),
        sha256: content.content.sha256.to_string(),
        pdq: signal.map(|signal| (signal.hash.to_string(), signal.quality.get())),
    });
    for upload in uploads::of_content(connection, id)? {
        let site = sites::get(connection, upload.file.site)?;
        let name = crate::model::Shown::of_text(&site.name).as_str().to_owned();
        if !facts.sites.iter().any(|known| known.name == name) {
            facts.sites.push(SiteFacts { name: name.clone(), mode: site.mode, preset: site.preset.clone() });
        }
        let whole = around.with_names || around.random_names.contains(&site.id);
        facts.uploads.push(UploadFacts {
            n,
            site: name,
            place: place(upload.file.path.shown().as_str(), whole),
            file_time: upload.mtime_ns / 1_000_000,
            found_at: upload.first_seen_at,
            now: upload.place,
        });
    }
    for stored in cases::matches(connection, id)? {
        let found = stored.found;
        facts.matches.push(MatchFacts {
            n,
            list: crate::model::Shown::of_text(&lists::get(connection, found.list)?.name).as_str().to_owned(),
            version: found.list_version,
            entry: found.entry,
            kind: found.kind.as_str().to_owned(),
            match_type: found.match_type,
            distance: found.distance.map(|distance| distance.0),
            threshold: found.threshold.map(|distance| distance.0),
            status: found.status.as_str().to_owned(),
            labels: found.labels,
            found_at: stored.found_at,
            is_withdrawn: stored.withdrawn_at.is_some(),
        });
    }
    Ok(())
}

/// The folder of an upload; its name only where it says nothing about the uploader.
fn place(path: &str, whole: bool) -> String {
    match (whole, path.rsplit_once('/')) {
        (true, _) => path.to_owned(),
        (false, Some((folder, _))) => format!("{folder}/…"),
        (false, None) => "(top folder)".to_owned(),
    }
}

fn add_actions(connection: &Connection, facts: &mut PackFacts, case: CaseId) -> Result<()> {
    for action in actions::of_case(connection, case)?.into_iter().filter(|action| action.failed.is_none()) {
        let Some(at) = action.ended_at else { continue };
        let sha256 = action.sha256.to_string();
        let n = facts.contents.iter().find(|content| content.sha256 == sha256).map_or(1, |content| content.n);
        let what = if action.kind == crate::model::ActionKind::Quarantine { "taken down" } else { "put back" };
        facts.actions.push(ActionFacts { at, what, n });
    }
    Ok(())
}

/// From the ledger alone: reveals, and the operator's own word about opening it elsewhere.
pub fn viewed(custody: &[LedgerRow]) -> Viewed {
    let mut viewed = Viewed::default();
    for row in custody {
        match row.verb.as_str() {
            "reveal_opened" => {
                viewed.reveals += 1;
                if !viewed.persons.contains(&row.person) {
                    viewed.persons.push(row.person.clone());
                }
            }
            "reveal_closed" => viewed.ms += row.body["ms"].as_u64().unwrap_or(0),
            // Once opened stays opened, whatever is said later.
            "viewed_outside" => viewed.outside = Some(viewed.outside == Some(true) || row.body["answer"] == "yes"),
            _ => {}
        }
    }
    viewed
}

/// Until when nothing of it is deleted, in words.
fn held(hold: Option<&Hold>) -> String {
    match hold.map(|hold| hold.ends_at) {
        None => String::new(),
        Some(None) => " Held, no end set.".to_owned(),
        Some(Some(end)) => format!(" Held until {}.", when::day(end)),
    }
}

fn kept(facts: &PackFacts) -> String {
    let count = |place: Place| facts.uploads.iter().filter(|upload| upload.now == place).count();
    let table = [
        (Place::Vault, "sealed in the vault of this computer"),
        (Place::Holding, "taken out of the site and kept on this computer"),
        (Place::Site, "still at their place in the site"),
        (Place::Gone, "no longer found"),
        (Place::Purged, "removed from this program's vault"),
    ];
    let parts: Vec<String> =
        table.iter().filter(|(place, _)| count(*place) > 0).map(|(place, words)| format!("{} {words}", count(*place))).collect();
    if parts.is_empty() { "nothing".to_owned() } else { format!("{}.", parts.join("; ")) }
}
