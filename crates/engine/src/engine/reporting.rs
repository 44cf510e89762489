//! Report packs, reports that were filed, and statements, as the command line and the window ask for them.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::core::{Core, Event};
use super::{deciding, duties, vaulting};
use crate::error::{Code, Error, Result};
use crate::intake::preset::StoredNames;
use crate::model::{CaseId, CaseState, DecisionKind, PackKind, SiteId};
use crate::record::keeping::{self, KeepAnswer};
use crate::record::pack::facts::{self, PackFacts, Surroundings};
use crate::record::pack::known::Known;
use crate::record::pack::{self, zip};
use crate::record::{clocks, statement, when};
use crate::store::filings::{self, Filed};
use crate::store::{cases, ledger, sites};
use crate::triage::vault::purge::Yes;

/// What a pack is made from.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The case.
    pub case: CaseId,
    /// Whom it is for.
    pub kind: PackKind,
    /// What only the operator knows.
    pub known: Known,
    /// Whether somebody opened the file outside of this program. Asked where a form asks.
    pub viewed_outside: Option<bool>,
    /// The file itself goes along, encrypted to a key that the authority gave.
    pub sealed: Option<SealedFor>,
}

/// For whom the file itself goes along, and that a person means it.
#[derive(Clone, Debug)]
pub struct SealedFor {
    /// The receiver's public key. Never a password.
    pub key: String,
    /// The number of the case, typed again, and for whom and why.
    pub yes: Yes,
}

/// A pack that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its folder.
    pub folder: PathBuf,
    /// The same as one file.
    pub zip: PathBuf,
    /// Names of its files, in order.
    pub files: Vec<String>,
    /// SHA-256 of the manifest, as in the ledger.
    pub manifest_sha256: String,
}

/// Makes a pack in a folder that does not exist or is empty, and a ZIP of it beside.
///
/// # Errors
/// [`Code::Question`] where it must be said whether somebody opened the file elsewhere; [`Code::Refused`] for a folder that is not empty, a case of practice
/// pictures; [`Error::Io`]; [`Error::NotFound`].
pub fn make(core: &Arc<Core>, ask: &Ask, folder: &Path) -> Result<Made> {
    let facts = facts_of(core, ask)?;
    let zip = zip_beside(folder)?;
    prepare(folder)?;
    // The sealed copy comes first: where it is refused nothing else is written.
    let sealed = match &ask.sealed {
        Some(sealed) => vaulting::export_sealed(core, ask.case, &sealed.key, &sealed.yes, folder)?,
        None => Vec::new(),
    };
    let pack = pack::build(ask.kind, &facts, &ask.known);
    let pack = if sealed.is_empty() {
        pack
    } else {
        pack::with_files(pack, sealed.iter().map(|file| (file.name.clone(), *file.sha256.as_bytes())).collect())
    };
    for file in &pack.files {
        write_new(&folder.join(&file.name), &file.bytes)?;
    }
    let names: Vec<String> = pack.files.iter().map(|file| file.name.clone()).chain(sealed.iter().map(|file| file.name.clone())).collect();
    write_zip(&zip, folder, &names)?;
    let mut parts = ask.known.optional_parts();
    parts.extend((!sealed.is_empty()).then_some("sealed_file"));
    let body = json!({"kind": ask.kind.as_str(), "manifest_sha256": pack.manifest_sha256, "files": names.len(), "with": parts});
    let case = ask.case;
    core.store.write(move |tx| ledger::append(tx, "pack_made", Some(case), body))?;
    core.tell(Event::Case { case, file: None });
    Ok(Made { folder: folder.to_owned(), zip, files: names, manifest_sha256: pack.manifest_sha256 })
}

/// The facts of a case as a pack of this kind would tell them. What is said about opening the file elsewhere goes into the ledger first.
///
/// # Errors
/// As [`make`].
pub fn facts_of(core: &Arc<Core>, ask: &Ask) -> Result<PackFacts> {
    let row = core.store.read(|connection| cases::get(connection, ask.case))?;
    if row.practice {
        return Err(Error::refused(Code::Refused, "This is a practice case: there is nothing to report. Nothing was written."));
    }
    let is_down = row.decision == Some(DecisionKind::TakeDown) && !matches!(row.state, CaseState::Drafted | CaseState::Open);
    if ask.kind == PackKind::Dsa && !is_down {
        return Err(Error::refused(
            Code::Refused,
            "Nothing of this case is taken down, so there is nothing to state. Nothing was written.",
        ));
    }
    note_viewed(core, ask)?;
    duties::catch_up(core)?;
    let profiles = duties::chosen_profiles(core)?;
    let around = Surroundings {
        now: core.clock.now_ms(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        with_names: ask.known.with_names,
        random_names: random_names(core)?,
        urgent: profiles.iter().filter_map(|profile| profile.authority(row.harm)).map(|authority| authority.urgent.clone()).collect(),
        profiles: profiles.iter().map(|profile| (profile.title.clone(), profile.as_of.clone(), profile.checked_by.clone())).collect(),
    };
    core.store.read(|connection| facts::gather(connection, ask.case, around))
}

/// Sites whose software gives files names that say nothing about the uploader's own.
fn random_names(core: &Core) -> Result<Vec<SiteId>> {
    let presets = core.presets();
    let sites = core.store.read(sites::all)?.into_iter().map(|state| state.site);
    Ok(sites
        .filter(|site| presets.of(site.preset.as_deref()).is_ok_and(|preset| preset.stored_names == StoredNames::Random))
        .map(|site| site.id)
        .collect())
}

/// Whether the form of this kind wants to know if a person viewed the file.
pub const fn asks_viewed(kind: PackKind) -> bool {
    matches!(kind, PackKind::Ncmec | PackKind::Nca | PackKind::Police)
}

/// A folder below `parent` for a report of a case that is not there yet, and whose ZIP is not there either.
pub fn free_folder(parent: &Path, case: CaseId, kind: PackKind) -> PathBuf {
    let name =
        |n: u32| parent.join(if n < 2 { format!("gatehouse-case-{case}-{kind}") } else { format!("gatehouse-case-{case}-{kind}-{n}") });
    let is_free = |folder: &PathBuf| !folder.exists() && !folder.with_added_extension("zip").exists();
    (1..1_000).map(name).find(is_free).unwrap_or_else(|| name(1_000))
}

/// Notes what the operator says about opening the file elsewhere; asks where a form wants to know.
fn note_viewed(core: &Arc<Core>, ask: &Ask) -> Result<()> {
    let case = ask.case;
    let known = core.store.read(|connection| Ok(facts::viewed(&ledger::of_case(connection, case)?)))?;
    match ask.viewed_outside {
        // Once opened stays opened: a later no is noted and changes nothing. The same answer is no news.
        Some(answer) if known.outside != Some(answer) => {
            let body = json!({"answer": if answer { "yes" } else { "no" }});
            core.store.write(move |tx| ledger::append(tx, "viewed_outside", Some(case), body))
        }
        None if known.outside.is_none() && asks_viewed(ask.kind) => {
            let text = "Did anybody open this file outside of Gatehouse? The report says whether a person viewed it. Say --viewed-outside yes or no. Nothing was written.";
            Err(Error::refused(Code::Question, text))
        }
        _ => Ok(()),
    }
}

fn zip_beside(folder: &Path) -> Result<PathBuf> {
    let mut name = folder.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
    if name.is_empty() {
        return Err(Error::refused(Code::BadArgument, "Name a folder for the report. Nothing was written."));
    }
    name.push(".zip");
    let zip = folder.with_file_name(name);
    match zip.symlink_metadata() {
        Ok(_) => Err(Error::refused(
            Code::Refused,
            "There is a ZIP of this name beside the folder already. Choose another. Nothing was written.",
        )),
        Err(_) => Ok(zip),
    }
}

fn prepare(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(Error::refused(Code::Refused, "The folder is not empty. Choose another. Nothing was written.")),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::io(folder))
        }
        Err(error) => Err(Error::io(folder)(error)),
    }
}

fn create(path: &Path) -> Result<File> {
    File::options().read(true).write(true).create_new(true).mode(0o600).open(path).map_err(Error::io(path))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(path))
}

fn write_zip(path: &Path, folder: &Path, names: &[String]) -> Result<()> {
    let mut archive = zip::Archive::new(create(path)?);
    for name in names {
        let from = folder.join(name);
        let mut file = File::open(&from).map_err(Error::io(&from))?;
        archive.add(name, &mut file).map_err(Error::io(path))?;
    }
    archive.finish().and_then(|file| file.sync_all()).map_err(Error::io(path))
}

/// What noting a report did.
#[derive(Clone, Copy, Debug)]
pub struct Reported {
    /// How many clocks it met.
    pub clocks_met: u64,
    /// Until when the case is held by it, if it changed that.
    pub held_until: Option<i64>,
}

/// Notes that a report was filed: it meets the clocks of whoever takes it, and the hold of the case gets its end.
///
/// # Errors
/// [`Code::BadArgument`] for a time ahead or a number that is too long; [`Error::NotFound`].
pub fn reported(core: &Arc<Core>, case: CaseId, kind: PackKind, number: Option<String>, at: Option<i64>) -> Result<Reported> {
    let now = core.clock.now_ms();
    let filed_at = at.unwrap_or(now);
    clocks::check_received(filed_at, now, true)?;
    if !matches!(kind, PackKind::Ncmec | PackKind::Nca | PackKind::Hotline | PackKind::Police) {
        return Err(Error::refused(Code::BadArgument, "Reports go to ncmec, nca, hotline or police. Nothing was changed."));
    }
    if number.as_ref().is_some_and(|number| number.chars().count() > 200) {
        return Err(Error::refused(Code::BadArgument, "A number has at most 200 characters. Nothing was changed."));
    }
    duties::catch_up(core)?;
    let profiles = duties::chosen_profiles(core)?;
    let met = core.store.write(move |tx| {
        cases::get(tx, case)?;
        let filed = Filed { kind, reference: number, filed_at, person: tx.person.to_owned() };
        filings::insert_filed(tx, case, &filed)?;
        let body = json!({"to": kind.as_str(), "number": filed.reference, "at": when::utc(filed_at)});
        ledger::append(tx, "reported", Some(case), body)?;
        let held_until = keeping::hold_after_report(tx, case, filed_at, &profiles)?;
        Ok(Reported { clocks_met: clocks::meet_report(tx, case, kind, filed_at, &profiles)?, held_until })
    })?;
    core.tell(Event::Case { case, file: None });
    Ok(met)
}

/// The statement of a case: where it stands, and its text.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn statement(core: &Arc<Core>, case: CaseId, known: &Known) -> Result<(statement::Standing, String)> {
    let standing = core.store.read(|connection| statement::standing(connection, case))?;
    // What is back needs no ground and no complaint: its letter is made of plain facts.
    let kind = if standing.is_restored { PackKind::Plain } else { PackKind::Dsa };
    let ask = Ask { case, kind, known: known.clone(), viewed_outside: None, sealed: None };
    let facts = facts_of(core, &ask)?;
    let text = if standing.is_restored { statement::restored_text(&facts) } else { statement::text(&facts, known) };
    Ok((standing, text))
}

/// Holds or releases the statement of a case.
///
/// # Errors
/// As [`statement::change`].
pub fn change_statement(core: &Arc<Core>, case: CaseId, change: statement::Change) -> Result<statement::Standing> {
    let standing = core.store.write(move |tx| {
        statement::change(tx, case, &change)?;
        statement::standing(tx, case)
    })?;
    core.tell(Event::Case { case, file: None });
    Ok(standing)
}

/// Takes the answer about keeping the file itself, and carries out what follows.
///
/// # Errors
/// As [`keeping::answer`]; [`Code::Busy`].
pub fn keep(core: &Arc<Core>, case: CaseId, answer: KeepAnswer, yes: Yes) -> Result<()> {
    core.store.write(move |tx| keeping::answer(tx, case, answer, &yes))?;
    if answer == KeepAnswer::FactsOnly {
        deciding::act(core)?;
    }
    core.tell(Event::Acted { case });
    Ok(())
}
