//! What one version of a list says that another did not, as an index of its own: a small question to a million stored signals, instead of the whole list.

use std::path::Path;

use hashlist::{Difference, Entries, Entry, EntryDigest, Index, IndexMeta};

use super::active::IndexBytes;
use super::files::{self, Temporary};
use super::version::{self, compile};
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::ListId;
use crate::store::lists::ListRow;

/// The entries that are new or say something else, open for questions.
pub struct Changes {
    /// Their index.
    pub index: Index<IndexBytes>,
    /// The file below it, if it was made for this question only.
    _file: Option<Temporary>,
}

/// Compiles what a new version adds or changes, while its entries are at hand.
///
/// # Errors
/// As [`compile`].
pub(super) fn of_new(home: &Home, entries: &Entries, difference: &Difference, meta: &IndexMeta) -> Result<Temporary> {
    let mut places: Vec<u32> = difference.added.iter().chain(&difference.changed).copied().collect();
    places.sort_unstable();
    compile(home, places.into_iter().filter_map(|place| entries.get(place as usize)), meta)
}

/// What answers after a switch and did not before: `None` if nothing does. `from` is the version before; without one, or with one that cannot be read
/// any more, all of `to` is new.
///
/// # Errors
/// [`Code::HomeDamaged`] if what is stored of `to` cannot be read.
pub fn open(home: &Home, list: &ListRow, from: Option<u64>, to: Option<u64>, now: i64) -> Result<Option<Changes>> {
    let Some(to) = to.filter(|to| from != Some(*to)) else { return Ok(None) };
    if let Some(Ok(index)) = from.map(|from| open_index(&home.list_changes(list.id, from, to), list)) {
        return Ok(Some(Changes { index, _file: None }));
    }
    match from.and_then(|from| open_index(&home.index(list.id, from), list).ok()) {
        None => Ok(Some(Changes { index: open_index(&home.index(list.id, to), list)?, _file: None })),
        Some(before) => {
            let file = compared(home, &ListRow { active_seq: to, ..list.clone() }, &before, now)?;
            Ok(Some(Changes { index: open_index(file.path(), list)?, _file: Some(file) }))
        }
    }
}

/// Drops the index of changes that an import left for its comparison. There may be none.
pub fn forget(home: &Home, list: ListId, from: u64, to: u64) {
    files::remove(&home.list_changes(list, from, to));
}

fn open_index(path: &Path, list: &ListRow) -> Result<Index<IndexBytes>> {
    Index::open(IndexBytes::map(path)?).map_err(|_| damaged(list))
}

fn damaged(list: &ListRow) -> Error {
    Error::refused(Code::HomeDamaged, format!("What is stored of the list \"{}\" is damaged.", list.name))
}

/// Compares the state of a version with the index of the version before, entry by entry.
fn compared(home: &Home, list: &ListRow, before: &Index<IndexBytes>, now: i64) -> Result<Temporary> {
    let known: std::result::Result<Vec<EntryDigest>, _> = before.keys().map(|row| row.map(|(_, digest)| digest)).collect();
    let mut known = known.map_err(|_| damaged(list))?;
    known.sort_unstable();
    let state = version::state(home, list, now)?;
    let is_news = |entry: &Entry| known.binary_search(&entry.digest()).is_err();
    compile(home, state.entries.iter().filter(is_news), &IndexMeta { harm: list.harm, polarity: list.polarity })
}
