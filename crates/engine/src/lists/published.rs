//! The published folder of a list of one's own: what lies there from the time before, and what is put there.

use std::path::Path;

use fingerprint::signal::Sha256;
use hashlist::shl::{self, Header, Index, Keyring, Named, Previous, Problem, PublishProblem, Replay};
use hashlist::{Answers, Refusal, limits};
use sha2::Digest as _;

use super::download::{FolderShelf, Shelf as _};
use super::files::put_for_others;
use super::signed::{Halt, INDEX, SIGNATURE};
use super::take::reader;
use crate::error::{Code, Error, Result};
use crate::home::Home;
use crate::store::own_lists::OwnList;

/// What a folder holds of a list.
pub struct Held {
    index: Index,
    replay: Replay,
}

impl Held {
    /// The version before, as publishing wants it.
    pub const fn previous(&self) -> Previous<'_> {
        Previous { replay: &self.replay, index: &self.index }
    }

    /// Its index.
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// The header of its snapshot.
    pub const fn header(&self) -> Option<&Header> {
        self.replay.header()
    }
}

/// Reads what a folder holds, as a stranger would: signatures first. `None` if no list was published there yet.
///
/// The signature of the index is put in place just before the index. Where a publication ended between the two, the index is known by its digest.
///
/// # Errors
/// [`Error::List`]: `other_list_id` if it is another list, `folder_damaged` if what lies there is not what was published.
pub fn read(home: &Home, dir: &Path, own: &OwnList, now: i64) -> Result<Option<Held>> {
    if !dir.join(INDEX).try_exists().map_err(Error::io(dir))? {
        return Ok(None);
    }
    read_held(home, dir, own, now).map(Some).map_err(|halt| match halt {
        Halt::Failure(failure) => damaged(&failure.sentence),
        Halt::Error(Error::List { sentence, .. }) => damaged(&sentence),
        Halt::Error(error) => error,
    })
}

fn read_held(home: &Home, dir: &Path, own: &OwnList, now: i64) -> std::result::Result<Held, Halt> {
    let mut shelf = FolderShelf { dir, home };
    let bytes = shelf.bytes(INDEX, limits::INDEX_BYTES as u64)?;
    let index = Index::read(&bytes).map_err(Refusal::from)?;
    if index.list_id != own.publisher_list_id {
        return Err(not_published(&PublishProblem::OtherListId).into());
    }
    let keys = Keyring::new(index.key);
    if own.published_index != Some(digest(&bytes)) {
        let signature = shelf.bytes(&format!("{INDEX}{SIGNATURE}"), limits::SIGNATURE_BYTES as u64)?;
        shl::verify(&bytes[..], limits::INDEX_BYTES as u64, &signature, &keys)?;
    }
    let part = &index.snapshot;
    let file = shelf.file(&part.file, part.size)?;
    let signature = shelf.bytes(&format!("{}{SIGNATURE}", part.file), limits::SIGNATURE_BYTES as u64)?;
    let open = || reader(file.path()).map_err(Error::io(dir));
    let verified = shl::verify(open()?, part.size, &signature, &keys)?;
    let mut replay = Replay::new(&Answers::default(), Some(keys), now);
    let header = replay.apply(&|| reader(file.path()), Some(&verified))?.header;
    if verified.sha256 != part.sha256 || header.seq != index.latest_seq {
        return Err(Refusal::from(Problem::PartMismatch { differs: "its digest or its version" }).into());
    }
    Ok(Held { index, replay })
}

/// What an index is known by.
pub fn digest(index: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(index).into())
}

fn damaged(why: &str) -> Error {
    let sentence = format!("What lies in the folder is not what was published there: {why} Nothing was published. Choose an empty folder.");
    Error::List { code: "folder_damaged".to_owned(), sentence }
}

/// Why nothing was published, as an error.
pub fn not_published(problem: &PublishProblem) -> Error {
    Error::refused(Code::Refused, problem.to_string())
}

/// Puts files into a folder, in their order: the index comes last, so that whoever reads it finds everything that it names.
///
/// # Errors
/// [`Error::Io`]. What was there is still whole.
pub fn write(dir: &Path, files: &[Named]) -> Result<()> {
    files.iter().try_for_each(|file| put_for_others(dir, &file.name, &file.bytes))
}

/// Makes the folder if it is missing.
///
/// # Errors
/// [`Error::Io`].
pub fn make_folder(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(Error::io(dir))
}
