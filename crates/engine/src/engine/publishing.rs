//! A list of one's own becomes a signed folder that any web server can hand out, and the keys for it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use hashlist::shl::{
    Counts, Header, KeyPair, KeyProblem, Named, Origin, OwnEntry, PublicKey, Publication, PublishProblem, Reshare, SecretKey, Settings,
    publish as made, refresh,
};
use hashlist::{Entry, ListState};

use super::core::Core;
use crate::error::{Code, Error, Result};
use crate::lists::own;
use crate::lists::published::{self, Held, not_published};
use crate::store::lists::{self, ListRow};
use crate::store::own_lists::{self, OwnList, PublishedNote, Terms};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// How long a publisher stands by a version where nobody says otherwise, in days. Readers hear of a frozen copy within that time.
pub const USUAL_DAYS: i64 = 90;
/// Longest key or password file that is read, in bytes; minisign writes about 300.
const LONGEST_KEY_FILE: u64 = 16 * 1024;
/// How the file of a public key ends.
const PUBLIC_ENDING: &str = "pub";

/// What a publisher says; what is `None` stays as it was.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Who publishes.
    pub publisher: Option<String>,
    /// Whether readers may pass entries on.
    pub reshare: Option<Reshare>,
    /// The licence.
    pub licence: Option<String>,
    /// Where to dispute an entry.
    pub contact: Option<String>,
    /// For how many days the publisher stands by it.
    pub days: i64,
    /// A key to announce.
    pub next_key: Option<PublicKey>,
    /// The key before is lost: readers have to be given the new one by hand.
    pub is_key_lost: bool,
}

/// What a publication was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first version in this folder.
    First,
    /// The next one.
    Next,
    /// The version that was there, for longer.
    Refreshed,
}

impl Kind {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Next => "next",
            Self::Refreshed => "refreshed",
        }
    }
}

/// What was published.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it was.
    pub kind: Kind,
    /// The number that readers see.
    pub seq: u64,
    /// Its numbers.
    pub counts: Counts,
    /// Entries that stay here, because lists of others found them that do not let them go so far.
    pub held_back: u64,
    /// Names of the files that were written, in their order.
    pub files: Vec<String>,
    /// Until when the publisher stands by it, in milliseconds since 1970.
    pub expires_ms: i64,
    /// The key that signed.
    pub key: PublicKey,
}

/// Writes or updates the published folder of a list of one's own.
///
/// # Errors
/// [`Code::Refused`] for a list of somebody else, for the folder of another list or another key, for a folder that is ahead of this home, and for
/// what a [`PublishProblem`] names; [`Error::List`] if the folder is damaged; [`Error::Io`]. Readers of the folder then find what was there.
pub fn publish(core: &Core, list: &ListRow, dir: &Path, key: &SecretKey, wanted: &Wanted) -> Result<Outcome> {
    let _one = own::lock(&core.home, list)?;
    let list = &core.store.read(|connection| lists::get(connection, list.id))?;
    let now = core.clock.now_ms();
    let state = own::state(&core.store, &core.home, list, now)?;
    let own = core.store.read(|connection| own_lists::get(connection, list.id))?;
    let own = own.ok_or_else(|| Error::NotFound { what: "list", name: list.name.clone() })?;
    let held = published::read(&core.home, dir, &own, now)?;
    check_folder(&own, held.as_ref(), key, wanted.is_key_lost)?;
    let expires_ms = now.saturating_add(wanted.days.saturating_mul(DAY_MS));
    let edition = Edition::of(list, &own, &state, wanted);
    if held.is_none() && edition.live.is_empty() {
        let text =
            format!("{} holds nothing that may be published yet, and nobody could follow an empty list. Nothing was published.", list.name);
        return Err(Error::refused(Code::Refused, text));
    }
    let seq = own.published_seq.max(held.as_ref().map_or(0, |held| held.index().latest_seq)).saturating_add(1);
    let next = made(
        &Publication {
            settings: &edition.settings,
            seq,
            created_ms: now,
            expires_ms,
            next_key: wanted.next_key,
            entries: &edition.entries(),
            tombstones: &state.tombstones,
            previous: held.as_ref().map(Held::previous),
        },
        key,
    );
    let next = next.map_err(|problem| not_published(&problem))?;
    let outcome = |kind, seq, counts, files: &[Named]| Outcome {
        kind,
        seq,
        counts,
        held_back: edition.held_back,
        files: files.iter().map(|file| file.name.clone()).collect(),
        expires_ms,
        key: key.public(),
    };
    let says_nothing_new = |held: &&Held| {
        held.index().latest_seq == own.published_seq
            && held.index().key == key.public()
            && edition.is_said(held, &next.counts, wanted.next_key)
    };
    published::make_folder(dir)?;
    if let Some(held) = held.as_ref().filter(says_nothing_new) {
        let files = refresh(held.index(), now, expires_ms, key).map_err(|problem| not_published(&problem))?;
        published::write(dir, &files)?;
        return remember(core, list, outcome(Kind::Refreshed, own.published_seq, next.counts, &files), &files);
    }
    let (id, terms) = (list.id, edition.terms.clone());
    core.store.write(move |tx| own_lists::take_number(tx, id, seq, &terms))?;
    published::write(dir, &next.files)?;
    let kind = if held.is_some() { Kind::Next } else { Kind::First };
    remember(core, list, outcome(kind, seq, next.counts, &next.files), &next.files)
}

/// Whether this key may go on with this folder.
fn check_folder(own: &OwnList, held: Option<&Held>, key: &SecretKey, is_key_lost: bool) -> Result<()> {
    let ours = key.public();
    if let Some(held) = held {
        let index = held.index();
        if index.latest_seq > own.published_seq {
            let text = format!(
                "The folder holds version {}, and the newest that was published from here is {}. Somebody else publishes there, or this home is an older \
                 copy. Nothing was published.",
                index.latest_seq, own.published_seq
            );
            return Err(Error::refused(Code::Refused, text));
        }
        let is_announced = held.header().and_then(|header| header.next_key) == Some(ours);
        let is_known = own.published_key.as_deref().is_none_or(|known| known == index.key.to_string() || known == ours.to_string());
        return if is_known && (index.key == ours || is_announced) { Ok(()) } else { Err(not_published(&PublishProblem::KeyNotAnnounced)) };
    }
    let is_same = own.published_key.as_deref().is_none_or(|known| known == ours.to_string());
    if is_same || is_key_lost { Ok(()) } else { Err(not_published(&PublishProblem::KeyNotAnnounced)) }
}

/// What readers are to hold.
struct Edition {
    settings: Settings,
    terms: Terms,
    live: Vec<(Entry, Origin)>,
    held_back: u64,
}

impl Edition {
    fn of(list: &ListRow, own: &OwnList, state: &ListState, wanted: &Wanted) -> Self {
        let before = &own.terms;
        let terms = Terms {
            publisher: wanted.publisher.clone().unwrap_or_else(|| before.publisher.clone()),
            reshare: wanted.reshare.unwrap_or(before.reshare),
            licence: wanted.licence.clone().unwrap_or_else(|| before.licence.clone()),
            contact: wanted.contact.clone().or_else(|| before.contact.clone()),
        };
        let may_go = |origin: &Origin| match origin {
            Origin::Own => true,
            Origin::List(rule) => *rule != Reshare::None && *rule >= terms.reshare,
        };
        let live: Vec<_> = state
            .entries
            .iter()
            .map(|entry| (origin_of(&entry), entry))
            .map(|(origin, entry)| (entry, origin))
            .filter(|(_, origin)| may_go(origin))
            .collect();
        let labels: BTreeSet<&String> = live.iter().flat_map(|(entry, _)| &entry.labels).collect();
        let settings = Settings {
            slug: own.slug.clone(),
            list_id: own.publisher_list_id.clone(),
            name: list.name.clone(),
            publisher: terms.publisher.clone(),
            harm: list.harm,
            polarity: list.polarity,
            reshare: terms.reshare,
            licence: terms.licence.clone(),
            contact: terms.contact.clone(),
            labels: labels.into_iter().cloned().collect(),
        };
        Self { held_back: (state.entries.len() - live.len()) as u64, settings, terms, live }
    }

    fn entries(&self) -> Vec<OwnEntry<'_>> {
        self.live.iter().map(|(entry, origin)| OwnEntry { entry, origin: *origin }).collect()
    }

    /// Whether the folder says all of this already.
    fn is_said(&self, held: &Held, counts: &Counts, next_key: Option<PublicKey>) -> bool {
        let Some(header) = held.header() else { return false };
        let Settings { name, publisher, harm, polarity, reshare, licence, contact, .. } = &self.settings;
        let Header { name: old_name, publisher: old_publisher, licence: old_licence, contact: old_contact, .. } = header;
        counts.added + counts.changed + counts.withdrawn == 0
            && (name, publisher, licence, contact) == (old_name, old_publisher, old_licence, old_contact)
            && (*harm, *polarity, *reshare, next_key) == (header.harm, header.polarity, header.reshare, header.next_key)
    }
}

/// Where an entry comes from: its rule was stored when it was put on the list. A word that nobody knows allows nothing.
fn origin_of(entry: &Entry) -> Origin {
    entry.share.as_deref().map_or(Origin::Own, |rule| Origin::List(Reshare::from_wire(rule).unwrap_or(Reshare::None)))
}

fn remember(core: &Core, list: &ListRow, outcome: Outcome, files: &[Named]) -> Result<Outcome> {
    let note = PublishedNote {
        version: list.active_seq,
        seq: outcome.seq,
        entries: outcome.counts.live,
        key: outcome.key.to_string(),
        // The index is the last file of every publication.
        index: published::digest(files.last().map_or(&[], |index| &index.bytes)),
        is_refresh: outcome.kind == Kind::Refreshed,
    };
    let id = list.id;
    core.store.write(move |tx| own_lists::published(tx, id, &note))?;
    Ok(outcome)
}

/// A new pair of keys.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The secret key, for its owner alone.
    pub secret_file: PathBuf,
    /// The public key.
    pub public_file: PathBuf,
    /// The public key, to be shown.
    pub key: PublicKey,
}

/// Makes a pair of keys: the secret one at `file`, mode 0600, the public one beside it. Needs no home.
///
/// # Errors
/// [`Code::NameTaken`] if one of the two files is there already; it is never written over. [`Error::Io`].
pub fn make_key(file: &Path, password: Option<&str>) -> Result<NewKey> {
    let public_file = file.with_extension(PUBLIC_ENDING);
    if public_file == file || public_file.try_exists().map_err(Error::io(&public_file))? {
        let text =
            format!("{} is taken. Choose another name for the key. Nothing was written.", crate::model::Shown::of_path(&public_file));
        return Err(Error::refused(Code::NameTaken, text));
    }
    let pair = KeyPair::generate(password).map_err(|problem| Error::refused(Code::Refused, problem.to_string()))?;
    write_new(file, 0o600, pair.secret_file.as_bytes())?;
    write_new(&public_file, 0o644, pair.public.to_file().as_bytes())?;
    Ok(NewKey { secret_file: file.to_owned(), public_file, key: pair.public })
}

fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let file = File::options().create_new(true).write(true).mode(mode).open(path);
    let mut file = match file {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = format!("{} is there already. Choose another name. It was not changed.", crate::model::Shown::of_path(path));
            return Err(Error::refused(Code::NameTaken, text));
        }
        file => file.map_err(Error::io(path))?,
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(path))
}

/// Reads a secret key of minisign. `password` is asked only if the key is encrypted; `None` is a person who says none.
///
/// # Errors
/// [`Code::Refused`] with what is wrong with the key or its password; [`Error::Io`].
pub fn read_key(file: &Path, password: &dyn Fn() -> Result<Option<String>>) -> Result<SecretKey> {
    let text = read_short(file)?;
    let read = match SecretKey::read(&text, None) {
        Err(KeyProblem::NeedsPassword) => SecretKey::read(&text, password()?.as_deref()),
        read => read,
    };
    read.map_err(|problem| Error::refused(Code::Refused, problem.to_string()))
}

/// Refuses a secret key that lies where everybody will read it.
///
/// # Errors
/// [`Code::Refused`].
pub fn check_place(key_file: &Path, dir: &Path) -> Result<()> {
    let (Ok(key), Ok(dir)) = (key_file.canonicalize(), dir.canonicalize()) else { return Ok(()) };
    if key.starts_with(&dir) {
        let text = "The secret key lies in the folder that is handed out. Move it elsewhere first, and if the folder was on a server, make a new key. Nothing \
                    was published.";
        return Err(Error::refused(Code::Refused, text));
    }
    Ok(())
}

/// The first line of a password file.
///
/// # Errors
/// [`Error::Io`].
pub fn read_password(file: &Path) -> Result<String> {
    Ok(read_short(file)?.lines().next().unwrap_or_default().to_owned())
}

fn read_short(file: &Path) -> Result<String> {
    let mut text = String::new();
    File::open(file).and_then(|open| open.take(LONGEST_KEY_FILE).read_to_string(&mut text)).map_err(Error::io(file))?;
    Ok(text)
}
