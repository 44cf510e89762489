//! Rules of what is known to be good, as the command line and the window ask for them.

use std::path::PathBuf;
use std::sync::Arc;

use super::core::{Core, Event};
use super::single;
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, ContentId, ListId, Reason, RuleId, SiteId};
use crate::store::known_good::{self, Furniture, Rule, Subject};
use crate::store::{cases, contents, lists, sites};
use crate::triage::decide::is_strict;
use crate::triage::known_good::{self as rules, FURNITURE_FILES, Wanted};

/// What a person names as good.
#[derive(Clone, Debug)]
pub enum About {
    /// The content of a case.
    Case(CaseId),
    /// The content of a file.
    File(PathBuf),
    /// Everything that an entry of a list matches, by our number.
    Entry(ListId, u32),
    /// What an account of a site uploaded.
    Uploader(SiteId, String),
    /// Everything that the entry matches on which a case rests first.
    EntryOf(CaseId),
    /// What the account uploaded that uploaded the content of a case.
    UploaderOf(CaseId),
}

/// What a case could be named good by, beside its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The list and our number of the entry on which it rests first.
    pub entry: Option<(ListId, String, u32)>,
    /// The one account that uploaded it, and its site.
    pub uploader: Option<(SiteId, String)>,
}

/// What a case could be named good by, beside its content.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn choices(core: &Core, case: CaseId) -> Result<Choices> {
    core.store.read(|connection| {
        let content = cases::get(connection, case)?.content;
        let stored = cases::matches(connection, content)?;
        let raises =
            |stored: &&cases::MatchRow| stored.withdrawn_at.is_none() && !stored.is_off && stored.polarity == hashlist::Polarity::Alert;
        let first = stored.iter().find(raises).map(|stored| (stored.found.list, stored.found.entry));
        let entry = match first {
            Some((list, entry)) => Some((list, lists::get(connection, list)?.name, entry)),
            None => None,
        };
        let uploader = match known_good::uploaders(connection, content)?.as_slice() {
            [(site, Some(name))] => Some((*site, name.clone())),
            _ => None,
        };
        Ok(Choices { entry, uploader })
    })
}

/// The thing itself that is meant by a case.
fn resolved(core: &Core, about: &About) -> Result<About> {
    let none = |what: &str| Error::refused(Code::Refused, format!("{what} Nothing was changed."));
    match about {
        About::EntryOf(case) => {
            let entry = choices(core, *case)?.entry.ok_or_else(|| none("No live entry names this case."))?;
            Ok(About::Entry(entry.0, entry.2))
        }
        About::UploaderOf(case) => {
            let found = choices(core, *case)?.uploader;
            let (site, name) = found.ok_or_else(|| none("Nobody knows who uploaded this, or several accounts did."))?;
            Ok(About::Uploader(site, name))
        }
        other => Ok(other.clone()),
    }
}

/// A rule with what it keeps.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// The rule.
    pub rule: Rule,
    /// Name of its list, for a rule about an entry.
    pub list: Option<String>,
    /// Name of its site, for a rule about an account.
    pub site: Option<String>,
    /// The cases that it keeps.
    pub kept: Vec<CaseId>,
}

/// Makes a rule. Gives its number and the open cases that it keeps from now on.
///
/// # Errors
/// [`Error::NotFound`], and as [`rules::add`].
pub fn add(core: &Arc<Core>, about: &About, reason: &str, expires_at: Option<i64>) -> Result<(RuleId, Vec<CaseId>)> {
    let (subject, case) = match &resolved(core, about)? {
        About::Case(case) => {
            let row = core.store.read(|connection| contents::get(connection, cases::get(connection, *case)?.content))?;
            (Subject::Content(row.content.sha256), Some(*case))
        }
        About::File(path) => {
            let file = single::fingerprint(&core.worker, path, &core.stop);
            let why = file.reason.map_or("unknown", Reason::as_str);
            let unread = || Error::refused(Code::Refused, format!("This file could not be read ({why}). Nothing was changed."));
            (Subject::Content(file.content.ok_or_else(unread)?.sha256), None)
        }
        About::Entry(list, entry) => {
            let missing = || Error::NotFound { what: "entry that has matched something here, with number", name: entry.to_string() };
            let seen = core.store.read(|connection| known_good::entry_seen(connection, *list, *entry))?;
            let (entry_key, _) = seen.ok_or_else(missing)?;
            (Subject::Entry { list: *list, entry_key, entry: *entry }, None)
        }
        About::Uploader(site, name) => (Subject::Uploader { site: *site, name: name.clone() }, None),
        About::EntryOf(_) | About::UploaderOf(_) => return Err(Error::refused(Code::Internal, "A case stands for nothing by itself.")),
    };
    let wanted = Wanted { subject, reason: reason.to_owned(), expires_at, case };
    let (rule, kept) = core.store.write(move |tx| rules::add(tx, &wanted))?;
    tell(core, &kept);
    Ok((rule, kept))
}

/// Ends a rule. Gives the cases that are in the inbox again.
///
/// # Errors
/// As [`rules::remove`].
pub fn remove(core: &Arc<Core>, rule: RuleId) -> Result<Vec<CaseId>> {
    let back = core.store.write(move |tx| rules::remove(tx, rule))?;
    tell(core, &back);
    Ok(back)
}

fn tell(core: &Core, cases: &[CaseId]) {
    cases.iter().for_each(|case| core.tell(Event::Case { case: *case, file: None }));
}

/// The rules with what they keep; with those that ended, where asked for.
///
/// # Errors
/// The store's own.
pub fn all(core: &Core, with_ended: bool) -> Result<Vec<RuleView>> {
    core.store.read(|connection| {
        let view = |rule: Rule| -> Result<RuleView> {
            let list = match &rule.subject {
                Subject::Entry { list, .. } => Some(lists::get(connection, *list)?.name),
                Subject::Content(_) | Subject::Uploader { .. } => None,
            };
            let site = match &rule.subject {
                Subject::Uploader { site, .. } => Some(sites::get(connection, *site)?.name),
                Subject::Content(_) | Subject::Entry { .. } => None,
            };
            Ok(RuleView { list, site, kept: known_good::kept_by(connection, rule.id)?, rule })
        };
        known_good::all(connection, with_ended)?.into_iter().map(view).collect()
    })
}

/// Contents that look like a part of the site itself, because very many uploads share them. A person is asked about each once; nothing becomes a rule
/// by itself.
///
/// # Errors
/// The store's own.
pub fn proposals(core: &Core) -> Result<Vec<Furniture>> {
    core.store.read(|connection| known_good::furniture(connection, FURNITURE_FILES))
}

/// How many uploads share the content of this case, if they are so many that a rule is worth proposing, and none was proposed before.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn proposal_of(core: &Core, case: CaseId) -> Result<Option<u64>> {
    core.store.read(|connection| {
        let row = cases::get(connection, case)?;
        if is_strict(row.harm) || known_good::keeping(connection, case)?.is_some() {
            return Ok(None);
        }
        known_good::shared_by(connection, row.content, FURNITURE_FILES)
    })
}

/// A person was asked about a content, and said no.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn dismiss(core: &Core, content: ContentId) -> Result<()> {
    core.store.write(move |tx| {
        contents::get(tx, content)?;
        known_good::was_asked(tx, content)
    })
}
