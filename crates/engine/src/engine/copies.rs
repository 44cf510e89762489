//! Every copy of one content on all sites of this home, from what is stored: no file of a site is opened.

use std::sync::Arc;

use fingerprint::frame::Picture;
use fingerprint::signal::Distance;
use hashlist::{Harm, Index, IndexMeta, Polarity};

use super::core::{Core, Event};
use super::owning::{self, Named, Put, Said};
use super::{rematching, single};
use crate::error::{Code, Error, Result};
use crate::lists::active::IndexBytes;
use crate::lists::own::{self, Words};
use crate::model::{CaseId, Content, ContentId, MatchType, Reason};
use crate::store::contents::{self, Pixels};
use crate::store::copies::OnSite;
use crate::store::lists::ListRow;
use crate::store::{cases, copies as stored};
use crate::triage::copies::{self, Tally};
use crate::triage::rematch::Question;

/// What a search by stored fingerprints does not find; told with every result.
pub const NOT_FOUND: [&str; 4] = ["crops", "mosaics", "redrawn_pictures", "videos"];

/// One stored content that is a copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Which.
    pub content: ContentId,
    /// How it is one.
    pub kind: MatchType,
    /// Differing bits, where it is not exact.
    pub distance: Option<Distance>,
    /// The case that it belongs to.
    pub case: Option<CaseId>,
    /// Where its files lie.
    pub on_sites: Vec<OnSite>,
}

impl Copy {
    /// Files that are in a site now.
    pub fn files(&self) -> u64 {
        self.on_sites.iter().map(|site| site.files).sum()
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Copies {
    /// The case whose content was sought.
    pub case: Option<CaseId>,
    /// Without it only the very same bytes can be found.
    pub has_fingerprint: bool,
    /// How many contents it was compared with.
    pub compared: u64,
    /// Exact ones first, then near and turned ones by their distance. The content of the case itself is among them.
    pub found: Vec<Copy>,
}

impl Copies {
    /// What it came to.
    pub fn tally(&self) -> Tally {
        let count = |kind: MatchType| self.found.iter().filter(|copy| copy.kind == kind).count() as u64;
        Tally {
            exact: count(MatchType::Exact),
            near: count(MatchType::Near),
            turned: count(MatchType::Turned),
            files: self.found.iter().map(Copy::files).sum(),
        }
    }

    /// The copies that no case holds yet.
    pub fn without_case(&self) -> Vec<ContentId> {
        self.found.iter().filter(|copy| copy.case.is_none()).map(|copy| copy.content).collect()
    }
}

/// Looks for every copy of a case's content, or of a file. A search from a case stands in its record.
///
/// # Errors
/// [`Error::NotFound`]; [`Code::Refused`] for a file that cannot be read and for contents that very many harmless files have in common.
pub fn search(core: &Core, named: &Named) -> Result<Copies> {
    let (content, picture, case) = sought(core, named)?;
    let news = as_index(core, &content, picture.as_ref())?;
    let mut touched = rematching::ask_near(core, &Question { news: &news, threshold: Distance::NEAR_LIMIT })?;
    let same = core.store.read(|connection| contents::by_sha256(connection, &content.sha256))?;
    touched.extend(same.map(|row| row.id).filter(|id| !touched.contains(id)));
    let mut found = core.store.read(|connection| {
        let mut found = Vec::new();
        for id in touched {
            let row = contents::get(connection, id)?;
            if let Some((kind, distance)) = copies::relation(&content, picture.as_ref(), &row) {
                found.push(Copy { content: id, kind, distance, case: row.case, on_sites: stored::on_sites(connection, id)? });
            }
        }
        Ok(found)
    })?;
    found.sort_by_key(|copy| (copy.kind, copy.distance, copy.content));
    let compared = core.store.read(contents::count)?;
    let result = Copies { case, has_fingerprint: copies::has_fingerprint(picture.as_ref()), compared, found };
    if let Some(case) = case {
        let tally = result.tally();
        core.store.write(move |tx| copies::note_search(tx, case, tally))?;
    }
    Ok(result)
}

fn sought(core: &Core, named: &Named) -> Result<(Content, Option<Picture>, Option<CaseId>)> {
    match named {
        Named::Case(case) => core.store.read(|connection| {
            let row = contents::get(connection, cases::get(connection, *case)?.content)?;
            let picture = row.pixels.as_ref().and_then(Pixels::picture).cloned();
            Ok((row.content, picture, Some(*case)))
        }),
        Named::File(path) => {
            let file = single::fingerprint(&core.worker, path, &core.stop);
            let why = file.reason.map_or("unknown", Reason::as_str);
            let unread = || Error::refused(Code::Refused, format!("This file could not be read ({why})."));
            let content = file.content.filter(|_| file.reason != Some(Reason::Changing)).ok_or_else(unread)?;
            Ok((content, file.picture, None))
        }
        Named::Entry(_) => Err(Error::refused(Code::BadArgument, "Name a case or a file.")),
    }
}

/// The content as the one entry of an index, so that what is stored is asked by the same way as after a change of a list.
fn as_index(core: &Core, content: &Content, picture: Option<&Picture>) -> Result<Index<IndexBytes>> {
    let entry = own::entry_of(content, picture, &Words::default(), core.clock.now_ms())?;
    own::index_of(&core.home, &entry, &IndexMeta { harm: Harm::Local, polarity: Polarity::Ignore })
}

/// Joins the copies that have no case of their own to the case that was searched from. Gives how many.
///
/// # Errors
/// As [`copies::join`]; [`Code::Refused`] for a search from a file.
pub fn join(core: &Core, found: &Copies) -> Result<u64> {
    let Some(case) = found.case else {
        let text = "A file has no case to join to. Put it on a list of your own with --remember: that opens one. Nothing was changed.";
        return Err(Error::refused(Code::Refused, text));
    };
    let contents = found.without_case();
    let joined = core.store.write(move |tx| copies::join(tx, case, &contents))?;
    core.tell(Event::Case { case, file: None });
    Ok(joined)
}

/// Puts the content on a list of one's own, so that a later upload of it raises a case.
///
/// # Errors
/// As [`owning::put`].
pub fn remember(core: &Arc<Core>, list: &ListRow, named: &Named, is_sure: bool) -> Result<Put> {
    owning::put(core, list, named, &Said { label: None, reason: Some("copies sought"), is_sure })
}
