//! The open indexes of all active versions: what a match is asked of.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hashlist::{EntryRow, Index};
use memmap2::Mmap;

use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::model::ListId;
use crate::store::Connection;
use crate::store::lists::{self, ListRow};
use crate::store::switches;

/// The bytes of one compiled index, mapped, not read: memory holds only what queries touch.
#[derive(Clone, Debug)]
pub struct IndexBytes(Arc<Mmap>);

impl AsRef<[u8]> for IndexBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl IndexBytes {
    /// Maps a compiled index.
    ///
    /// # Errors
    /// [`Error::Io`].
    #[expect(
        unsafe_code,
        reason = "the one memory map: the file is ours, mode 0600, written under another name and never changed after its rename"
    )]
    pub fn map(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path))?;
        // SAFETY: an index is immutable once it has its name; a new version is a new file. Another program that truncates it ends this process.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io(path))?;
        Ok(Self(Arc::new(map)))
    }
}

/// One list with the index of its active version.
pub struct ActiveList {
    /// The list.
    pub list: ListRow,
    /// Its index.
    pub index: Index<IndexBytes>,
    /// Whether a question met a page that was changed on the disk.
    damage_met: AtomicBool,
}

impl ActiveList {
    /// A list that answers from this index.
    pub fn new(list: ListRow, index: Index<IndexBytes>) -> Self {
        Self { list, index, damage_met: AtomicBool::new(false) }
    }

    /// The row of an entry.
    ///
    /// # Errors
    /// As [`ActiveList::damage`].
    pub fn entry(&self, number: u32) -> Result<Option<EntryRow>> {
        self.index.entry(number).map_err(|_| self.damage())
    }

    /// Remembers that the index is damaged, so that it is built again, and says so.
    pub fn damage(&self) -> Error {
        self.damage_met.store(true, Ordering::Relaxed);
        Error::refused(
            Code::HomeDamaged,
            format!("The index of the list \"{}\" was changed on the disk. It is built again.", self.list.name),
        )
    }
}

/// Every list that answers, and of which generation that is.
pub struct ActiveLists {
    /// Number of the generation.
    pub generation: i64,
    /// The lists.
    pub lists: Vec<ActiveList>,
    /// Lists whose index is damaged and does not answer, by name. Shown as not in use.
    pub damaged: Vec<ListRow>,
}

impl ActiveLists {
    /// Opens the indexes of all active versions. A damaged one is named and left out: it is never answered from.
    ///
    /// # Errors
    /// The store's own.
    pub fn open(connection: &Connection, home: &Home) -> Result<Self> {
        let generation = switches::generation(connection)?;
        let mut active = Self { generation, lists: Vec::new(), damaged: Vec::new() };
        for list in lists::all(connection)? {
            let opened = IndexBytes::map(&home.index(list.id, list.active_seq)).ok().and_then(|bytes| Index::open(bytes).ok());
            match opened {
                Some(index) => active.lists.push(ActiveList::new(list, index)),
                None => active.damaged.push(list),
            }
        }
        Ok(active)
    }

    /// One kept version of a list alone, whichever answers.
    ///
    /// # Errors
    /// [`Code::HomeDamaged`] if its index is missing or damaged.
    pub fn of_version(home: &Home, list: &ListRow, seq: u64) -> Result<Self> {
        Self::of_file(ListRow { active_seq: seq, ..list.clone() }, &home.index(list.id, seq)).map_err(|_| {
            let text = format!("Version {seq} of {} is not whole on the disk, so it cannot be compared. Nothing was changed.", list.name);
            Error::refused(Code::HomeDamaged, text)
        })
    }

    /// One list alone, with a compiled index that may not answer yet.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be mapped, [`Code::Internal`] if it is no index.
    pub fn of_file(list: ListRow, index: &Path) -> Result<Self> {
        let index = Index::open(IndexBytes::map(index)?).map_err(|damaged| Error::refused(Code::Internal, damaged.to_string()))?;
        Ok(Self { generation: 0, lists: vec![ActiveList::new(list, index)], damaged: Vec::new() })
    }

    /// Lists whose damage showed only when they were asked.
    pub fn damage_met(&self) -> impl Iterator<Item = &ListRow> {
        self.lists.iter().filter(|active| active.damage_met.load(Ordering::Relaxed)).map(|active| &active.list)
    }

    /// Takes a list out of use, as one that could not be opened.
    pub fn set_aside(&mut self, id: ListId) {
        let aside = self.lists.extract_if(.., |active| active.list.id == id).map(|active| active.list);
        self.damaged.extend(aside);
    }
}
