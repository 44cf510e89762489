//! The next version of an own list, as files: snapshot, delta, projections, index, each signed where the format says so. Nothing is
//! written here; the caller writes the files under temporary names and renames them in the order in which they are handed out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::files::Files;
use super::header::{FileKind, Header, Reshare, check_life};
use super::index::{DeltaPart, Index, SnapshotPart};
use super::key::PublicKey;
use super::replay::Replay;
use super::secret::SecretKey;
use super::settings::{PublishProblem, Settings};
use super::{LARGEST_SEQ, project, write};
use crate::entry::Entry;
use crate::limits;
use crate::state::{Reason, Tombstone};

/// Most deltas that an index names: the newest ones. A reader who is further behind takes the snapshot; 100 weekly versions are two years.
const MOST_DELTAS: usize = 100;

/// Where an entry of an own list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From this site.
    Own,
    /// From a list of somebody else, with that list's rule for passing entries on.
    List(Reshare),
}

/// An entry to publish.
#[derive(Clone, Copy, Debug)]
pub struct OwnEntry<'entry> {
    /// The entry.
    pub entry: &'entry Entry,
    /// Where it comes from.
    pub origin: Origin,
}

/// The version before, as it was published.
#[derive(Clone, Copy, Debug)]
pub struct Previous<'previous> {
    /// Its snapshot, read back with [`Replay::apply`].
    pub replay: &'previous Replay,
    /// Its index, read with [`Index::read`].
    pub index: &'previous Index,
}

/// Everything that the next version is made of.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// What stays the same.
    pub settings: &'a Settings,
    /// The number of the version: above that of the version before.
    pub seq: u64,
    /// When it is made, UTC milliseconds since 1970; parts of a second are cut off.
    pub created_ms: i64,
    /// Until when the publisher stands by it: after `created_ms`, at most 400 days.
    pub expires_ms: i64,
    /// A key to announce.
    pub next_key: Option<PublicKey>,
    /// The live entries.
    pub entries: &'a [OwnEntry<'a>],
    /// What was withdrawn, and why. An entry that is missing without one is published as `withdrawn` now.
    pub tombstones: &'a [Tombstone],
    /// The version before; `None` for the first.
    pub previous: Option<Previous<'a>>,
}

/// One file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// A plain name.
    pub name: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// Numbers of a publication, for its report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Live entries.
    pub live: u64,
    /// Entries that the version before did not have; all of them for the first.
    pub added: u64,
    /// Entries that say something else than before.
    pub changed: u64,
    /// Entries that the version before had.
    pub withdrawn: u64,
    /// Signals that the projections have no name for, such as digests of pictures: they stand in the signed list only.
    pub not_projected: u64,
    /// Signals of kinds that are not published, such as PhotoDNA, by kind.
    pub left_out: BTreeMap<String, u64>,
    /// The list holds PDQ values: show [`Published::PDQ_WARNING`].
    pub has_pdq: bool,
}

/// The files of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// In the order in which they are to be put in place; the index is the last.
    pub files: Vec<Named>,
    /// Its numbers.
    pub counts: Counts,
}

impl Published {
    /// What the publisher must hear before the files leave the house, where [`Counts::has_pdq`] says so.
    pub const PDQ_WARNING: &'static str =
        "PDQ values can give away a rough outline of a picture. Treat this list as sensitive and give it only to people you trust with it.";
}

/// Makes and signs the files of the next version.
///
/// # Errors
/// A [`PublishProblem`]; no file is handed out then.
pub fn publish(publication: &Publication<'_>, key: &SecretKey) -> Result<Published, PublishProblem> {
    let publication = &Publication {
        created_ms: whole_seconds(publication.created_ms),
        expires_ms: whole_seconds(publication.expires_ms),
        ..*publication
    };
    publication.settings.check(publication.created_ms, publication.expires_ms)?;
    check_previous(publication, key)?;
    let lines = entry_lines(publication)?;
    let withdrawals = withdrawals(publication, &lines);
    let mut files = Files::new(key, publication.created_ms);
    let snapshot = snapshot(publication, &lines, &withdrawals)?;
    let stem = format!("{}-{}", publication.settings.slug, publication.seq);
    let size = snapshot.len() as u64;
    let part = SnapshotPart { file: format!("{stem}.shl.jsonl"), size, sha256: Sha256::digest(&snapshot).into(), seq: publication.seq };
    files.signed(&part.file, snapshot)?;
    let mut counts = counts(publication, &lines);
    let delta = match publication.previous {
        Some(previous) => Some(delta(publication, previous, &lines, &withdrawals, &mut counts, &mut files)?),
        None => None,
    };
    projections(publication, &stem, &mut counts, &mut files);
    files.plain("minisign.pub".to_owned(), key.public().to_file().into_bytes());
    files.index(&index(publication, key.public(), part, delta))?;
    Ok(Published { files: files.into_named(), counts })
}

/// The same version for longer: its index alone, made and signed again. Nothing but the index says until when a publisher stands by a version,
/// so no list file changes.
///
/// # Errors
/// [`PublishProblem::KeyNotAnnounced`] with another key than that of the index, [`PublishProblem::Settings`] for a life that breaks the rules, or
/// [`PublishProblem::Key`].
pub fn refresh(index: &Index, created_ms: i64, expires_ms: i64, key: &SecretKey) -> Result<Vec<Named>, PublishProblem> {
    if index.key != key.public() {
        return Err(PublishProblem::KeyNotAnnounced);
    }
    let (created_ms, expires_ms) = (whole_seconds(created_ms), whole_seconds(expires_ms));
    check_life(created_ms, expires_ms).map_err(|why| PublishProblem::Settings { why })?;
    let mut files = Files::new(key, created_ms);
    files.index(&Index { created_ms, expires_ms, ..index.clone() })?;
    Ok(files.into_named())
}

const fn whole_seconds(ms: i64) -> i64 {
    ms - ms.rem_euclid(1000)
}

fn check_previous(publication: &Publication<'_>, key: &SecretKey) -> Result<(), PublishProblem> {
    if publication.seq == 0 || publication.seq > LARGEST_SEQ {
        return Err(PublishProblem::Settings { why: "the version number is not from 1 to 2^53 - 1" });
    }
    let Some(Previous { replay, index }) = publication.previous else { return Ok(()) };
    let header = replay.header().ok_or(PublishProblem::Settings { why: "the version before was not read" })?;
    if header.list_id != publication.settings.list_id || index.list_id != publication.settings.list_id {
        return Err(PublishProblem::OtherListId);
    }
    let previous = header.seq.max(index.latest_seq);
    if publication.seq <= previous {
        return Err(PublishProblem::SeqNotAbove { previous });
    }
    let accepted = [Some(index.key), index.next_key, header.next_key];
    if accepted.contains(&Some(key.public())) { Ok(()) } else { Err(PublishProblem::KeyNotAnnounced) }
}

/// The lines of the live entries by key, or every entry that may not be published.
fn entry_lines<'a>(publication: &Publication<'a>) -> Result<BTreeMap<&'a str, String>, PublishProblem> {
    let mut lines = BTreeMap::new();
    let mut refused = Vec::new();
    for (place, OwnEntry { entry, origin }) in publication.entries.iter().enumerate() {
        let may_pass = match origin {
            Origin::Own => true,
            Origin::List(reshare) => *reshare != Reshare::None && *reshare >= publication.settings.reshare,
        };
        if !may_pass {
            refused.push((place, "the list that it was taken from does not allow to pass it on so far"));
            continue;
        }
        match write::add(entry, &publication.settings.labels) {
            Err(why) => refused.push((place, why)),
            Ok(line) => {
                if lines.insert(entry.key.as_str(), line).is_some() {
                    refused.push((place, "its key stands twice"));
                }
            }
        }
    }
    if refused.is_empty() { Ok(lines) } else { Err(PublishProblem::Entries { entries: refused }) }
}

/// The lines of what is gone, by key: what the publisher says, what the version before said, and what is missing without a word; no older
/// than 90 days, and nothing that is live again.
fn withdrawals(publication: &Publication<'_>, lines: &BTreeMap<&str, String>) -> BTreeMap<String, String> {
    let now_ms = publication.created_ms;
    let mut all: BTreeMap<Cow<'_, str>, Tombstone> = BTreeMap::new();
    if let Some(Previous { replay, .. }) = publication.previous {
        all.extend(replay.entries().keys().map(|key| (key.clone(), gone_now(&key, now_ms))));
        all.extend(replay.tombstones().iter().map(|tombstone| (Cow::Borrowed(tombstone.key.as_str()), tombstone.clone())));
    }
    all.extend(publication.tombstones.iter().map(|tombstone| (Cow::Borrowed(tombstone.key.as_str()), tombstone.clone())));
    let is_said = |key: &str, tombstone: &Tombstone| {
        let age_ms = now_ms.saturating_sub(tombstone.at.unwrap_or(now_ms));
        !lines.contains_key(key) && age_ms <= limits::TOMBSTONE_MS
    };
    let said = all.into_iter().filter(|(key, tombstone)| is_said(key, tombstone));
    said.filter_map(|(key, tombstone)| Some((key.into_owned(), write::del(&tombstone, now_ms)?))).collect()
}

fn gone_now(key: &str, now_ms: i64) -> Tombstone {
    Tombstone { key: key.to_owned(), number: 0, reason: Reason::Withdrawn, at: Some(now_ms), signals: Vec::new() }
}

fn header(publication: &Publication<'_>, kind: FileKind, count: usize, live: usize) -> Header {
    let settings = publication.settings;
    Header {
        list_id: settings.list_id.clone(),
        name: settings.name.clone(),
        publisher: settings.publisher.clone(),
        seq: publication.seq,
        kind,
        created_ms: publication.created_ms,
        expires_ms: publication.expires_ms,
        harm: settings.harm,
        polarity: settings.polarity,
        reshare: settings.reshare,
        licence: settings.licence.clone(),
        contact: settings.contact.clone(),
        labels: settings.labels.clone(),
        count: count as u64,
        live: live as u64,
        next_key: publication.next_key,
    }
}

/// A whole file of its header and its lines.
fn file<'line>(header: &Header, lines: impl Iterator<Item = &'line str>) -> Result<Vec<u8>, PublishProblem> {
    let mut text = write::header(header).ok_or(PublishProblem::Settings { why: "the header would be longer than 65,536 bytes" })?;
    text.extend(lines);
    Ok(text.into_bytes())
}

fn snapshot(
    publication: &Publication<'_>,
    lines: &BTreeMap<&str, String>,
    withdrawals: &BTreeMap<String, String>,
) -> Result<Vec<u8>, PublishProblem> {
    let header = header(publication, FileKind::Snapshot, lines.len() + withdrawals.len(), lines.len());
    file(&header, lines.values().chain(withdrawals.values()).map(String::as_str))
}

fn delta(
    publication: &Publication<'_>,
    Previous { replay, .. }: Previous<'_>,
    lines: &BTreeMap<&str, String>,
    withdrawals: &BTreeMap<String, String>,
    counts: &mut Counts,
    files: &mut Files<'_>,
) -> Result<DeltaPart, PublishProblem> {
    let base_seq = replay.header().map_or(0, |header| header.seq);
    let before: BTreeMap<String, Option<String>> = replay.entries().iter().map(before_line).collect();
    let now_ms = publication.created_ms;
    let known = replay.tombstones().iter().filter_map(|tombstone| Some((tombstone.key.as_str(), write::del(tombstone, now_ms)?)));
    let known: BTreeMap<&str, String> = known.collect();
    let mut changed = Vec::new();
    (counts.added, counts.changed) = (0, 0);
    for (key, line) in lines {
        match before.get(*key) {
            Some(Some(old)) if old == line => continue,
            Some(_) => counts.changed += 1,
            None => counts.added += 1,
        }
        changed.push(line.clone());
    }
    for key in before.keys().filter(|key| !lines.contains_key(key.as_str())) {
        counts.withdrawn += 1;
        // Without a line of its own, because it is said to be gone for longer than 90 days, it goes all the same.
        let line = withdrawals.get(key).cloned();
        changed.extend(line.or_else(|| write::del(&gone_now(key, now_ms), now_ms)));
    }
    let is_news = |(key, line): &(&String, &String)| !before.contains_key(key.as_str()) && known.get(key.as_str()) != Some(*line);
    changed.extend(withdrawals.iter().filter(is_news).map(|(_, line)| line.clone()));
    let header = header(publication, FileKind::Delta { base_seq }, changed.len(), lines.len());
    let bytes = file(&header, changed.iter().map(String::as_str))?;
    let file = format!("{}-{base_seq}-{}.shl.jsonl", publication.settings.slug, publication.seq);
    let part = DeltaPart { file, size: bytes.len() as u64, sha256: Sha256::digest(&bytes).into(), from: base_seq, to: publication.seq };
    files.signed(&part.file, bytes)?;
    Ok(part)
}

fn before_line(entry: Entry) -> (String, Option<String>) {
    let line = write::add(&entry, &entry.labels).ok();
    (entry.key, line)
}

fn counts(publication: &Publication<'_>, lines: &BTreeMap<&str, String>) -> Counts {
    let live = lines.len() as u64;
    let mut counts = Counts { live, added: live, ..Counts::default() };
    for OwnEntry { entry, .. } in publication.entries {
        counts.has_pdq |= entry.signals.iter().any(|signal| signal.kind() == fingerprint::signal::SignalKind::Pdq);
        for (kind, _) in entry.kept.iter().filter(|(kind, _)| !write::is_published_kind(kind)) {
            *counts.left_out.entry(kind.clone()).or_default() += 1;
        }
    }
    counts
}

fn projections(publication: &Publication<'_>, stem: &str, counts: &mut Counts, files: &mut Files<'_>) {
    let header = header(publication, FileKind::Snapshot, 0, 0);
    if header.reshare == Reshare::None {
        return;
    }
    let mut entries: Vec<&Entry> = publication.entries.iter().map(|own| own.entry).collect();
    entries.sort_by_key(|entry| entry.key.as_str());
    let projected = project::project(&header.name, entries.into_iter());
    counts.not_projected = projected.not_projected;
    files.plain("TERMS.txt".to_owned(), project::terms(&header).into_bytes());
    files.plain(format!("{stem}.tx.txt"), projected.tx_lines.into_bytes());
    files.plain(format!("{stem}.csv"), projected.csv.into_bytes());
}

fn index(publication: &Publication<'_>, key: PublicKey, snapshot: SnapshotPart, delta: Option<DeltaPart>) -> Index {
    let mut deltas: Vec<DeltaPart> = publication.previous.map(|previous| previous.index.deltas.clone()).unwrap_or_default();
    deltas.extend(delta);
    deltas.sort_by_key(|delta| (delta.to, delta.from));
    let too_many = deltas.len().saturating_sub(MOST_DELTAS);
    deltas.drain(..too_many);
    Index {
        list_id: publication.settings.list_id.clone(),
        name: publication.settings.name.clone(),
        latest_seq: publication.seq,
        created_ms: publication.created_ms,
        expires_ms: publication.expires_ms,
        key,
        next_key: publication.next_key,
        snapshot,
        deltas,
    }
}
