//! Country profiles, clocks and notices as the command line and the window ask for them.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::core::{Core, Event};
use super::owning::{self, Named, Said};
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ClockId, DutyClock, NoticeId, NoticeKind};
use crate::record::clocks::{self, Start};
use crate::record::help;
use crate::record::notices as rules;
use crate::record::profile::{self, Language, Loaded, Profile};
use crate::store::lists::ListRow;
use crate::store::notices::NewNotice;
use crate::store::{contents, duty_clocks, ledger, lists, notices, own_lists, settings};
use hashlist::Harm;

/// The setting that holds the answers.
const ANSWERS: &str = "country";
/// Member states of the European Union by their two letters.
const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK",
];

/// Where the operator lives and works; asked once, changed at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Where the operator lives: two letters of a country, or `EU`, `UK`, `other`.
    pub lives: String,
    /// Where the site is hosted.
    pub hosted: String,
    /// The site serves people in the European Union.
    pub serves_eu: bool,
    /// The site serves people in the United Kingdom.
    pub serves_uk: bool,
    /// For a company, not alone.
    pub company: bool,
}

/// The profile of a country by its two letters.
fn profile_of(country: &str) -> &'static str {
    match country {
        "US" => "us",
        "GB" | "UK" => "uk",
        "EU" => "eu",
        union if UNION.contains(&union) => "eu",
        _ => "other",
    }
}

/// A country as it was typed, in capitals. Anything but two letters is `OTHER`.
///
/// # Errors
/// [`Code::BadArgument`].
pub fn country(text: &str) -> Result<String> {
    let word = text.trim().to_uppercase();
    let is_code = word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    match word.as_str() {
        "OTHER" => Ok(word),
        _ if is_code => Ok(word),
        _ => Err(Error::refused(
            Code::BadArgument,
            "Name a country by its two letters, such as US, GB or DE, or say other. Nothing was changed.",
        )),
    }
}

impl Answers {
    /// The names of the profiles that these answers choose.
    pub fn profiles(&self) -> Vec<&'static str> {
        let mut chosen = vec![profile_of(&self.lives), profile_of(&self.hosted)];
        chosen.extend(self.serves_eu.then_some("eu"));
        chosen.extend(self.serves_uk.then_some("uk"));
        // "Any other country" adds nothing where somebody else knows more, but its holds are the longest: it stays.
        profile::names().filter(|name| chosen.contains(name)).collect()
    }
}

/// What was answered; `None` while nobody was asked.
///
/// # Errors
/// The store's own.
pub fn answers(core: &Core) -> Result<Option<Answers>> {
    let text = core.store.read(|connection| settings::get(connection, ANSWERS))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Stores the answers. A change is a row of the ledger.
///
/// # Errors
/// [`Code::BadArgument`], or the store's own.
pub fn answer(core: &Arc<Core>, answers: Answers) -> Result<Vec<Loaded>> {
    let answers = Answers { lives: country(&answers.lives)?, hosted: country(&answers.hosted)?, ..answers };
    core.store.write(move |tx| {
        let text = serde_json::to_string(&answers).unwrap_or_default();
        if settings::get(tx, ANSWERS)?.as_deref() == Some(text.as_str()) {
            return Ok(());
        }
        settings::set(tx, ANSWERS, &text)?;
        ledger::append(tx, "country_answered", None, json!({"profiles": answers.profiles(), "answers": answers}))
    })?;
    catch_up(core)?;
    chosen(core)
}

/// The profiles that were chosen; none while nobody answered.
///
/// # Errors
/// The store's own.
pub fn chosen(core: &Core) -> Result<Vec<Loaded>> {
    let names = answers(core)?.map(|answers| answers.profiles()).unwrap_or_default();
    names.into_iter().map(|name| profile::load(&core.home, name)).collect()
}

/// Their texts alone.
///
/// # Errors
/// The store's own.
pub fn chosen_profiles(core: &Core) -> Result<Vec<Profile>> {
    Ok(chosen(core)?.into_iter().map(|loaded| loaded.profile).collect())
}

/// Every profile with its page of Help, in this language as far as there is one, and whether it was chosen; the chosen ones first.
///
/// # Errors
/// The store's own.
pub fn help_pages(core: &Core, language: Language) -> Result<Vec<(Loaded, bool)>> {
    let chosen = answers(core)?.map(|answers| answers.profiles()).unwrap_or_default();
    let mut names: Vec<&str> = profile::names().collect();
    names.sort_by_key(|name| !chosen.contains(name));
    names.into_iter().map(|name| Ok((profile::load_in(&core.home, name, language)?, chosen.contains(&name)))).collect()
}

/// Puts a copy of a shipped profile into the home, to be changed there.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Io`] if there is one already or it cannot be written.
pub fn copy_profile(core: &Core, name: &str) -> Result<PathBuf> {
    let text = profile::shipped_text(name)?;
    let dir = core.home.make_profiles()?;
    let file = dir.join(format!("{name}.toml"));
    write_new(&file, text)?;
    Ok(file)
}

/// Saves a page of Help as a plain file.
///
/// # Errors
/// [`Error::Io`] if the file is there already or cannot be written.
pub fn save_help(loaded: &Loaded, file: &Path) -> Result<()> {
    write_new(file, &help::text(loaded))
}

fn write_new(file: &Path, text: &str) -> Result<()> {
    let mut open = File::options().write(true).create_new(true).open(file).map_err(Error::io(file))?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).map_err(Error::io(file))
}

/// Writes what follows for clocks from what is stored and from the time. Does nothing, and writes nothing, when all is up to date.
///
/// # Errors
/// The store's own.
pub fn catch_up(core: &Arc<Core>) -> Result<()> {
    let profiles = chosen_profiles(core)?;
    let now = core.clock.now_ms();
    if core.store.read(|connection| clocks::is_behind(connection, now, &profiles))? {
        core.store.write(move |tx| clocks::catch_up(tx, &profiles))?;
        core.tell(Event::Recorded);
    }
    Ok(())
}

/// Clocks that still run, soonest first, after catching up.
///
/// # Errors
/// The store's own.
pub fn open_clocks(core: &Arc<Core>) -> Result<Vec<DutyClock>> {
    catch_up(core)?;
    core.store.read(duty_clocks::open)
}

/// Every clock of a case, after catching up.
///
/// # Errors
/// The store's own.
pub fn clocks_of(core: &Arc<Core>, case: CaseId) -> Result<Vec<DutyClock>> {
    catch_up(core)?;
    core.store.read(|connection| duty_clocks::of_case(connection, case))
}

/// Starts a clock.
///
/// # Errors
/// As [`clocks::start`].
pub fn start(core: &Arc<Core>, start: Start) -> Result<DutyClock> {
    let profiles = chosen_profiles(core)?;
    let id = core.store.write(move |tx| clocks::start(tx, &start, &profiles))?;
    catch_up(core)?;
    told(core, id)
}

/// Stops a clock.
///
/// # Errors
/// As [`clocks::stop`].
pub fn stop(core: &Arc<Core>, id: ClockId, reason: String) -> Result<DutyClock> {
    core.store.write(move |tx| clocks::stop(tx, id, &reason))?;
    told(core, id)
}

/// Notes that the site itself no longer shows what was taken out of its copy.
///
/// # Errors
/// As [`clocks::confirm_site`].
pub fn confirm_site(core: &Arc<Core>, id: ClockId) -> Result<DutyClock> {
    core.store.write(move |tx| clocks::confirm_site(tx, id))?;
    told(core, id)
}

fn told(core: &Core, id: ClockId) -> Result<DutyClock> {
    let clock = core.store.read(|connection| duty_clocks::get(connection, id))?;
    if let Some(case) = clock.case {
        core.tell(Event::Case { case, file: None });
    }
    core.tell(Event::Recorded);
    Ok(clock)
}

/// What came of a notice.
#[derive(Clone, Debug)]
pub struct Noted {
    /// Its number.
    pub notice: NoticeId,
    /// The clock that it started.
    pub clock: Option<DutyClock>,
    /// The case that it leads to.
    pub case: Option<CaseId>,
}

/// Types a notice in. A file that it leads to goes on the operator's own list of that harm, which opens its case and raises one for each later copy.
///
/// # Errors
/// As [`rules::add`] and [`owning::put`]. If the notice is refused nothing is changed.
pub fn note(core: &Arc<Core>, new: NewNotice, file: Option<PathBuf>, is_sure: bool) -> Result<Noted> {
    clocks::check_received(new.received_at, core.clock.now_ms(), is_sure)?;
    let case = match (&file, new.case) {
        (_, Some(case)) => Some(case),
        (Some(file), None) => Some(open_case(core, new.kind, file)?),
        (None, None) => None,
    };
    let profiles = chosen_profiles(core)?;
    let new = NewNotice { case, ..new };
    let (notice, clock) = core.store.write(move |tx| rules::add(tx, &new, &profiles, is_sure))?;
    catch_up(core)?;
    let clock = clock.map(|id| told(core, id)).transpose()?;
    Ok(Noted { notice, clock, case })
}

/// The harm that a notice speaks of. A notice of anything is the operator's own concern until a list says more.
fn harm_of(kind: NoticeKind) -> Harm {
    match kind {
        NoticeKind::NciiRequest => Harm::Ncii,
        NoticeKind::TcoOrder => Harm::Tvec,
        NoticeKind::HotlineMail => Harm::Csam,
        NoticeKind::DsaNotice => Harm::Local,
    }
}

fn open_case(core: &Arc<Core>, kind: NoticeKind, file: &Path) -> Result<CaseId> {
    let list = list_of(core, harm_of(kind))?;
    let said = Said { label: None, reason: Some("named by a notice"), is_sure: false };
    owning::put(core, &list, &Named::File(file.to_owned()), &said)?;
    let sha256 = super::single::fingerprint(&core.worker, file, &core.stop).content.map(|content| content.sha256);
    let row = sha256.map(|sha256| core.store.read(|connection| contents::by_sha256(connection, &sha256))).transpose()?.flatten();
    row.and_then(|row| row.case).ok_or_else(|| {
        let text = "The file is on your own list now, but no upload of a site holds its bytes yet. Sweep the site, then type the notice in with the case.";
        Error::refused(Code::Refused, text)
    })
}

/// The operator's own list for what notices name, made when it is missing.
fn list_of(core: &Arc<Core>, harm: Harm) -> Result<ListRow> {
    let name = format!("Notices ({})", harm.as_str());
    let found = |connection: &crate::store::Connection| -> Result<Option<ListRow>> {
        let known = lists::all(connection)?.into_iter().find(|list| list.name == name);
        known.filter(|list| own_lists::get(connection, list.id).is_ok_and(|own| own.is_some())).map_or(Ok(None), |list| Ok(Some(list)))
    };
    if let Some(list) = core.store.read(found)? {
        return Ok(list);
    }
    owning::make(core, &name, harm)?;
    core.store.read(found)?.ok_or_else(|| Error::NotFound { what: "list", name })
}

/// Notes what was answered to a notice.
///
/// # Errors
/// As [`rules::answer`].
pub fn answer_notice(core: &Arc<Core>, id: NoticeId, text: String) -> Result<notices::Notice> {
    core.store.write(move |tx| rules::answer(tx, id, &text))?;
    core.store.read(|connection| notices::get(connection, id))
}

#[cfg(test)]
mod tests;
