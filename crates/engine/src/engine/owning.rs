//! Lists of one's own: made, filled from cases and files, and entries taken back. Every change is a version and is matched at once.

use std::path::PathBuf;
use std::sync::Arc;

use fingerprint::frame::Picture;
use fingerprint::signal::Distance;
use hashlist::shl::Reshare;
use hashlist::state::Reason as Withdrawal;
use hashlist::{Entry, Harm, ListState, Polarity, shown_name};

use super::core::Core;
use super::{listing, single};
use crate::error::{Code, Error, Result};
use crate::lists::own::{self, Version, Words};
use crate::lists::signed::reshare_of;
use crate::lists::version::Imported;
use crate::model::{CaseId, Content, Reason};
use crate::store::contents::Pixels;
use crate::store::lists::ListRow;
use crate::store::own_lists::EntryNote;
use crate::store::{cases, contents, lists, own_lists};
use crate::triage::matching;
use crate::triage::rematch::Question;

/// Longest reason of a person, in characters.
const LONGEST_REASON: usize = 2_000;

/// What is put on a list, or taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The content of a case.
    Case(CaseId),
    /// An entry, by its number.
    Entry(u32),
    /// A file, of a site or not.
    File(PathBuf),
}

impl Named {
    /// What a person typed: `412` is a case, `e3` or `#3` an entry, anything else a file. A file of such a name is typed `./412`.
    pub fn read(text: &std::ffi::OsStr) -> Self {
        let entry = |text: &str| text.strip_prefix(['e', '#']).and_then(|number| number.parse().ok());
        let words = text.to_str();
        match (words.and_then(|text| text.parse().ok()), words.and_then(entry)) {
            (Some(case), _) => Self::Case(CaseId::new(case)),
            (None, Some(number)) => Self::Entry(number),
            (None, None) => Self::File(PathBuf::from(text)),
        }
    }
}

/// What a person says when something is put on a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// A label for readers.
    pub label: Option<&'a str>,
    /// Why, for the record.
    pub reason: Option<&'a str>,
    /// Yes to the guard.
    pub is_sure: bool,
}

/// What came of putting something on a list.
#[derive(Clone, Debug)]
pub struct Put {
    /// The entry that holds it.
    pub entry: String,
    /// The signals of that entry by kind.
    pub kinds: Vec<&'static str>,
    /// The new version; `None` if it was there already, and then nothing has changed.
    pub imported: Option<Imported>,
    /// Why its picture could not be fingerprinted: then only the very same file matches.
    pub only_exact: Option<Reason>,
    /// It was found by lists of others that do not allow to pass it on so far, so it is not published.
    pub is_held_back: bool,
    /// How many cases were opened, opened again or changed.
    pub cases: u64,
}

/// What came of taking something back.
#[derive(Clone, Debug)]
pub struct TakenBack {
    /// The entry.
    pub entry: String,
    /// The new version.
    pub imported: Imported,
    /// Past decisions that rested on it.
    pub decisions_affected: u64,
    /// How many cases were opened again or changed.
    pub cases: u64,
}

/// Makes an empty list of one's own.
///
/// # Errors
/// As [`own::make`].
pub fn make(core: &Arc<Core>, name: &str, harm: Harm) -> Result<Imported> {
    listing::compared(core, || own::make(&core.store, &core.home, name, harm)).map(|(imported, _)| imported)
}

/// A content with what is known of its picture.
struct Looked {
    content: Content,
    picture: Option<Picture>,
    reason: Option<Reason>,
    case: Option<CaseId>,
}

fn look(core: &Core, named: &Named) -> Result<Looked> {
    match named {
        Named::Case(case) => core.store.read(|connection| {
            let row = contents::get(connection, cases::get(connection, *case)?.content)?;
            let (picture, reason) = (row.pixels.as_ref().and_then(Pixels::picture), row.pixels.as_ref().and_then(Pixels::reason));
            Ok(Looked { picture: picture.cloned(), reason, content: row.content, case: Some(*case) })
        }),
        Named::File(path) => {
            let file = single::fingerprint(&core.worker, path, &core.stop);
            let unread = || {
                let why = file.reason.map_or("unknown", Reason::as_str);
                Error::refused(Code::Refused, format!("This file could not be read ({why}). Nothing was changed."))
            };
            let content = file.content.clone().filter(|_| file.reason != Some(Reason::Changing)).ok_or_else(unread)?;
            Ok(Looked { content, picture: file.picture, reason: file.reason, case: None })
        }
        Named::Entry(_) => Err(Error::refused(Code::BadArgument, "Name a case or a file. Nothing was changed.")),
    }
}

/// Puts a content on a list of one's own, as one entry and one version, and matches everything stored again.
///
/// # Errors
/// [`Code::Refused`] for a list of somebody else, for a content that must not be on a list, and for one that calls for more care than the list says;
/// [`Code::BadArgument`] for a label or a reason of another form; [`Code::Guard`] if it would match an improbable share of what is here. Then nothing
/// is changed.
pub fn put(core: &Arc<Core>, list: &ListRow, named: &Named, said: &Said<'_>) -> Result<Put> {
    check_reason(said.reason)?;
    let _one = own::lock(&core.home, list)?;
    let list = &core.store.read(|connection| lists::get(connection, list.id))?;
    let now = core.clock.now_ms();
    let mut state = own::state(&core.store, &core.home, list, now)?;
    let looked = look(core, named)?;
    let found_by = found_by(core, list, &looked, now)?;
    check_harm(list, found_by.harm)?;
    let words = Words { label: said.label.map(str::to_owned), reshare: found_by.reshare };
    let entry = own::entry_of(&looked.content, looked.picture.as_ref(), &words, now)?;
    let has_pdq = entry.quality.is_some();
    let mut put = Put {
        entry: String::new(),
        kinds: kinds_of(&entry),
        imported: None,
        only_exact: looked.reason.filter(|_| !has_pdq),
        is_held_back: entry.share.is_some(),
        cases: 0,
    };
    if let Some(there) = own::entry_with(&state, &looked.content) {
        return Ok(Put { kinds: kinds_of(&there), is_held_back: there.share.is_some(), entry: there.key, ..put });
    }
    let number = own::add(&mut state, entry.clone());
    put.entry = format!("e{number}");
    let version = Version::of(&core.home, list, &state)?;
    if !said.is_sure {
        check_shock(core, list, &version, &entry)?;
    }
    let note = EntryNote { verb: "own_entry_put", entry: number, case: looked.case, reason: said.reason.map(str::to_owned) };
    let (imported, cases) = listing::compared(core, || own::commit(&core.store, &core.home, version, vec![note]))?;
    (put.imported, put.cases) = (Some(imported), cases);
    Ok(put)
}

/// The guard against an entry that would suddenly match an improbable share of what is here.
fn check_shock(core: &Core, list: &ListRow, version: &Version, entry: &Entry) -> Result<()> {
    let news = Version::news(&core.home, list, entry)?;
    let question = Question { news: &news, threshold: Distance(list.threshold) };
    let effect = listing::effect_of(core, &question, &version.candidate()?, Some(list.id))?;
    match hashlist::shock(effect.now_matching, effect.contents) {
        None => Ok(()),
        Some(guard) => {
            let text = format!("{} Say --yes to put it on the list anyway. Nothing was changed.", guard.sentence());
            Err(Error::refused(Code::Guard, text))
        }
    }
}

fn kinds_of(entry: &Entry) -> Vec<&'static str> {
    let mut kinds: Vec<_> = entry.signals.iter().map(|signal| signal.kind().as_str()).collect();
    kinds.dedup();
    kinds
}

fn check_reason(reason: Option<&str>) -> Result<()> {
    if reason.is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        let text = format!("A reason has at most {LONGEST_REASON} characters. Nothing was changed.");
        return Err(Error::refused(Code::BadArgument, text));
    }
    Ok(())
}

/// What the lists of others say of a content.
struct FoundBy {
    /// The strictest harm; `None` if no list names it.
    harm: Option<Harm>,
    /// The narrowest rule for passing it on.
    reshare: Option<Reshare>,
}

/// Asks every list of others. A content that one of them names is known to be on it, so its rule for passing entries on holds here too.
fn found_by(core: &Core, list: &ListRow, looked: &Looked, now: i64) -> Result<FoundBy> {
    let active = core.refresh_lists()?;
    let found = matching::match_content(&active, &looked.content, looked.picture.as_ref(), now)?;
    let mut all = FoundBy { harm: None, reshare: None };
    for (found, _) in found.iter().filter(|(found, polarity)| found.list != list.id && *polarity == Polarity::Alert) {
        let named = core.store.read(|connection| lists::get(connection, found.list))?;
        let is_own = core.store.read(|connection| own_lists::get(connection, found.list))?.is_some();
        if !named.practice {
            all.harm = all.harm.into_iter().chain([found.harm]).min_by_key(|harm| harm.severity_rank());
        }
        if !named.practice && !is_own {
            let version = core.store.read(|connection| lists::version(connection, named.id, named.active_seq))?;
            let rule = reshare_of(&version.report);
            all.reshare = Some(all.reshare.map_or(rule, |narrowest| narrowest.min(rule)));
        }
    }
    Ok(all)
}

/// Whoever gets the list handles its entries by the harm of the list: it must not be milder than what is known of a protected content.
fn check_harm(list: &ListRow, known: Option<Harm>) -> Result<()> {
    match known {
        Some(harm) if harm.is_protected() && list.harm.severity_rank() > harm.severity_rank() => {
            let needed = if harm == Harm::Ncii { "ncii or csam" } else { "csam" };
            let text = format!(
                "This content is on a list of harm {}, and {} is about {}. Put it on a list of your own of harm {needed}, so that others handle it with \
                 the same care. Nothing was changed.",
                harm.as_str(),
                list.name,
                list.harm.as_str()
            );
            Err(Error::refused(Code::Refused, text))
        }
        _ => Ok(()),
    }
}

/// One entry of a list of one's own, without its signals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEntry {
    /// Our number of it: `e3` is number 3.
    pub number: u32,
    /// Kinds of its signals.
    pub kinds: Vec<&'static str>,
    /// Its labels.
    pub labels: Vec<String>,
    /// When it was put there, in milliseconds since 1970.
    pub added: Option<i64>,
    /// A list of somebody else does not let it go as far as this list says: it is not published.
    pub is_held_back: bool,
}

/// The entries of a list of one's own, newest first, at most `most`.
///
/// # Errors
/// [`Code::Refused`] for a list of somebody else: its entries are shown one by one, with their cases.
pub fn entries(core: &Core, list: &ListRow, most: usize) -> Result<Vec<OwnEntry>> {
    let state = own::state(&core.store, &core.home, list, core.clock.now_ms())?;
    let mut entries: Vec<OwnEntry> = state
        .entries
        .iter()
        .map(|entry| OwnEntry {
            number: entry.number,
            kinds: kinds_of(&entry),
            is_held_back: entry.share.is_some(),
            added: entry.added,
            labels: entry.labels,
        })
        .collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.number));
    entries.truncate(most);
    Ok(entries)
}

/// Takes an entry back. Cases that rested on it alone ask for a second look, as after every withdrawal.
///
/// # Errors
/// [`Error::NotFound`] if the list has no such entry, [`Code::Refused`] for a list of somebody else. Then nothing is changed.
pub fn withdraw(core: &Arc<Core>, list: &ListRow, named: &Named, is_mistake: bool, reason: Option<&str>) -> Result<TakenBack> {
    check_reason(reason)?;
    let _one = own::lock(&core.home, list)?;
    let list = &core.store.read(|connection| lists::get(connection, list.id))?;
    let now = core.clock.now_ms();
    let mut state = own::state(&core.store, &core.home, list, now)?;
    let (number, case) = entry_named(core, &state, named)?;
    let key = state.entries.iter().find(|entry| entry.number == number).map(|entry| entry.key).unwrap_or_default();
    own::withdraw(&mut state, number, if is_mistake { Withdrawal::Mistake } else { Withdrawal::Withdrawn }, now);
    let keys = [key];
    let decisions_affected = core.store.read(|connection| cases::decided_on(connection, list.id, &keys))?;
    let note = EntryNote { verb: "own_entry_withdrawn", entry: number, case, reason: reason.map(str::to_owned) };
    let version = Version::of(&core.home, list, &state)?;
    let (imported, cases) = listing::compared(core, || own::commit(&core.store, &core.home, version, vec![note]))?;
    let [key] = keys;
    Ok(TakenBack { entry: shown_name(&key, number), imported, decisions_affected, cases })
}

/// The live entry that is meant, and the case if one was named.
fn entry_named(core: &Core, state: &ListState, named: &Named) -> Result<(u32, Option<CaseId>)> {
    let missing = |name: String| Error::NotFound { what: "entry", name };
    if let Named::Entry(number) = named {
        let is_live = state.entries.iter().any(|entry| entry.number == *number);
        return if is_live { Ok((*number, None)) } else { Err(missing(format!("e{number}"))) };
    }
    let looked = look(core, named)?;
    let entry = own::entry_with(state, &looked.content).ok_or_else(|| missing("with this content".to_owned()))?;
    Ok((entry.number, looked.case))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_case_an_entry_or_a_file() {
        for (text, named) in [
            ("412", Named::Case(CaseId::new(412))),
            ("e3", Named::Entry(3)),
            ("#3", Named::Entry(3)),
            ("./412", Named::File("./412".into())),
            ("e3.jpg", Named::File("e3.jpg".into())),
            ("e", Named::File("e".into())),
        ] {
            assert_eq!(Named::read(text.as_ref()), named, "{text}");
        }
    }
}
