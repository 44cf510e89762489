//! The fingerprints of all stored pictures, as an index: the entries that a list brings are asked of it, which is far less than asking every picture of
//! the entries.
//!
//! It is made in quiet time, covers every content whose last check has a number up to its own, and is never wrong by age: what was checked later is asked
//! one by one, and what it answers is matched in full.

use std::path::PathBuf;

use fingerprint::signal::Pdq;
use hashlist::{Builder, Harm, Index, IndexMeta, Polarity};

use super::active::IndexBytes;
use super::files::{self, Room, Temporary};
use super::version::not_built;
use crate::error::Result;
use crate::home::Home;
use crate::model::ContentId;
use crate::store::switches::{self, Range};
use crate::store::{Store, settings};

/// The setting that names the index in use by its number.
use crate::store::settings::STORED_SIGNALS as SETTING;
/// Fewest pictures that are worth one: fewer are asked one by one in a second or two.
const FEWEST: u64 = 20_000;

/// An index of stored fingerprints.
pub struct StoredSignals {
    /// The index; the key of an entry is the number of its content.
    index: Index<IndexBytes>,
    /// Number of the last check that it covers.
    pub covers: i64,
}

impl StoredSignals {
    /// The one in use; `None` if there is none, or it was damaged: then every content is asked.
    ///
    /// # Errors
    /// The store's own.
    pub fn open(store: &Store, home: &Home) -> Result<Option<Self>> {
        let Some(covers) = store.read(|connection| settings::get(connection, SETTING))?.and_then(|text| text.parse().ok()) else {
            return Ok(None);
        };
        let index = IndexBytes::map(&file(home, covers)).ok().and_then(|bytes| Index::open(bytes).ok());
        Ok(index.map(|index| Self { index, covers }))
    }

    /// How many distinct values it holds.
    pub fn len(&self) -> usize {
        self.index.signal_counts().into_iter().map(|(_, count)| count).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The contents with a picture within `threshold` bits of one of these values. `None` if the file was changed on the disk.
    pub fn near(&self, values: &[Pdq], threshold: fingerprint::signal::Distance) -> Option<Vec<ContentId>> {
        let mut found = Vec::new();
        for near in self.index.near_all(values, threshold).ok()?.into_iter().flatten() {
            let key = self.index.entry(near.entry).ok()??.key;
            found.push(ContentId::new(key.parse().ok()?));
        }
        Some(found)
    }
}

fn file(home: &Home, covers: i64) -> PathBuf {
    home.lists().join(format!("stored-{covers}.ghx"))
}

/// Whether so much was checked since the last one that another is worth its time.
///
/// # Errors
/// The store's own.
pub fn is_due(store: &Store) -> Result<bool> {
    store.read(|connection| {
        let covers = settings::get(connection, SETTING)?.and_then(|text| text.parse().ok()).unwrap_or(-1);
        let (all, later) = switches::checked_after(connection, covers)?;
        Ok(later >= FEWEST.max(all / 4))
    })
}

/// Makes a new one and takes it into use. `go_on` is asked often; a no leaves the one before.
///
/// # Errors
/// [`crate::Error::Io`], or the store's own.
pub fn make(store: &Store, home: &Home, go_on: &dyn Fn() -> bool) -> Result<()> {
    /// Contents of one read: the writer is not kept waiting for a checkpoint.
    const AT_ONCE: i64 = 20_000;
    let (covers, last) = store.read(|connection| Ok((switches::last_check(connection)?, switches::last_content(connection)?)))?;
    let mut is_done = true;
    let index = Temporary::file(home, "ghx", |out| {
        let failed = |error| not_built(home, error);
        let meta = IndexMeta { harm: Harm::Local, polarity: Polarity::Ignore };
        let mut builder = Builder::new(meta, Room(home.clone()), out).map_err(failed)?;
        for after in (0..last).step_by(AT_ONCE as usize) {
            if !go_on() {
                is_done = false;
                return Ok(());
            }
            let range = Range { after, last: (after + AT_ONCE).min(last), generation: i64::MAX, covered: -1 };
            store.read(|connection| {
                switches::each(connection, range, &mut |content| {
                    let values: Vec<Pdq> = content.views.iter().map(|bytes| Pdq::new(*bytes)).collect();
                    match values.is_empty() {
                        true => Ok(()),
                        false => builder.push_values(&content.id.to_string(), &values).map_err(failed),
                    }
                })
            })?;
        }
        builder.finish().map_err(failed)
    })?;
    if !is_done {
        return Ok(());
    }
    let file = file(home, covers);
    index.keep(&file)?;
    store.write(move |tx| settings::set(tx, SETTING, &covers.to_string()))?;
    files::remove_others(&file, "stored-")
}
