//! Which software a folder belongs to, by names alone: bounded, and the same answer for the same names.

use std::collections::VecDeque;
use std::fs::{DirEntry, read_dir};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Level, PLAIN, Preset, Presets};
use crate::model::{Role, SitePath, Sorted};

/// Entries that are read at most.
const ENTRIES: usize = 2_000;
/// Folders one in the other that are looked into.
const LEVELS: usize = 8;
/// How long it may take: a slow disk must not hold a person up.
const TIME: Duration = Duration::from_secs(3);
/// Files that are compared with the rules.
const SAMPLE: usize = 200;
/// Folders below the chosen one that may be the base.
const ABOVE: usize = 12;
/// Fewest files that say anything.
const FEWEST: usize = 5;
/// A proposal needs this score, in hundredths.
const NEEDED: u32 = 300;
/// And this much more than the next one, in hundredths.
const AHEAD: u32 = 100;
/// What fitting files are worth at most, in hundredths.
const FITTING: u32 = 400;
/// What markers are worth at most.
const MARKERS: u32 = 6;
/// Files that are shown with what is read from them.
const SHOWN: usize = 3;

/// What one preset has going for it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The preset.
    pub preset: Arc<Preset>,
    /// Where the chosen folder lies in its layout.
    pub level: Level,
    /// Four times the share of fitting files, plus the weights of the markers, in hundredths.
    pub score: u32,
    /// Sampled files that fit a rule.
    pub fitting: usize,
    /// Sampled files.
    pub sampled: usize,
    /// Names that give it away.
    pub markers: Vec<String>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Guess {
    /// What is proposed; `None`: the plain one.
    pub answer: Option<Proposal>,
    /// Two near each other: a person chooses. Best first.
    pub close: Vec<Proposal>,
    /// Files as the proposed preset reads them.
    pub samples: Vec<(SitePath, Sorted)>,
}

/// Looks at the names in and around a folder.
pub fn guess(presets: &Presets, root: &Path) -> Guess {
    let files = sample(root);
    let mut proposals: Vec<Proposal> =
        presets.all().iter().filter(|preset| preset.name != PLAIN).filter_map(|preset| propose(preset, root, &files)).collect();
    proposals.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.preset.name.cmp(&b.preset.name)));
    let second = proposals.get(1).map_or(0, |other| other.score);
    let best = proposals.first().cloned().filter(|best| best.score >= NEEDED);
    let (answer, close) = match best {
        Some(best) if best.score >= second + AHEAD => (Some(best), Vec::new()),
        Some(_) => (None, proposals.into_iter().take(2).collect()),
        None => (None, Vec::new()),
    };
    let samples = answer.as_ref().or(close.first()).map(|best| shown(&best.preset, &best.level, &files)).unwrap_or_default();
    Guess { answer, close, samples }
}

/// Three files with what a preset reads from them.
pub fn samples(preset: &Preset, level: &Level, root: &Path) -> Vec<(SitePath, Sorted)> {
    shown(preset, level, &sample(root))
}

/// Where a folder lies in the layout of a preset that a person chose: the level at which most files fit, else the best of those that may be chosen.
pub fn level_of(preset: &Arc<Preset>, root: &Path) -> Level {
    let files = sample(root);
    if let Some(found) =
        levels(preset, &files).into_iter().map(|level| (fitting(preset, &level, &files).1, level)).rev().max_by_key(|(n, _)| *n)
        && found.0 > 0
    {
        return found.1;
    }
    // Nothing there yet: the name of the folder says which it is.
    let ends_in = |prefix: &&String| !prefix.is_empty() && root.ends_with(prefix.as_str());
    let prefix = preset.choose.iter().find(ends_in).cloned().unwrap_or_default();
    Level { prefix, strip: String::new() }
}

fn shown(preset: &Preset, level: &Level, files: &[SitePath]) -> Vec<(SitePath, Sorted)> {
    let mut read: Vec<_> = files.iter().map(|path| (path.clone(), preset.sort(level, path))).collect();
    // One of each role first: that says more than three alike.
    let mut seen = Vec::new();
    read.retain(|(_, sorted)| sorted.role() != Role::Skip);
    read.sort_by_key(|(_, sorted)| {
        let is_new = sorted.rule.is_some() && !seen.contains(&sorted.rule);
        seen.push(sorted.rule);
        !is_new
    });
    read.truncate(SHOWN);
    read
}

fn propose(preset: &Arc<Preset>, root: &Path, files: &[SitePath]) -> Option<Proposal> {
    let best =
        levels(preset, files).into_iter().map(|level| (fitting(preset, &level, files), level)).rev().max_by_key(|((half, _), _)| *half);
    let ((halves, fitting), level) = best?;
    let counted = files.iter().filter(|path| !is_skipped(preset, &level, path)).count();
    let share =
        if counted < FEWEST { 0 } else { FITTING * u32::try_from(halves).unwrap_or(0) / (2 * u32::try_from(counted).unwrap_or(u32::MAX)) };
    let markers: Vec<&super::Marker> = preset.markers.iter().filter(|marker| found(marker, root, &level)).collect();
    let weight = markers.iter().map(|marker| marker.weight).sum::<u32>().min(MARKERS);
    let markers = markers.into_iter().map(|marker| marker.path.clone()).collect();
    let score = share.min(FITTING) + 100 * weight;
    (score > 0).then(|| Proposal { preset: preset.clone(), level, score, fitting, sampled: counted, markers })
}

fn is_skipped(preset: &Preset, level: &Level, path: &SitePath) -> bool {
    preset.sort(level, path).role() == Role::Skip
}

/// The levels that a folder may have: those of the preset, and folders above the base.
fn levels(preset: &Preset, files: &[SitePath]) -> Vec<Level> {
    let mut levels: Vec<Level> = preset.choose.iter().map(|prefix| Level { prefix: prefix.clone(), strip: String::new() }).collect();
    let mut above: Vec<String> = files.iter().flat_map(|path| [1, 2].into_iter().filter_map(|parts| leading(path, parts))).collect();
    above.sort_unstable();
    above.dedup();
    let below =
        |strip: &String| preset.choose.iter().map(|prefix| Level { prefix: prefix.clone(), strip: strip.clone() }).collect::<Vec<_>>();
    levels.extend(above.iter().take(ABOVE).flat_map(below));
    levels
}

/// The first parts of the folders of a path, as text.
fn leading(path: &SitePath, parts: usize) -> Option<String> {
    let folders: Vec<&[u8]> = path.parts().collect();
    let first = folders.get(..parts).filter(|_| folders.len() > parts)?;
    String::from_utf8(first.join(&b'/')).ok()
}

/// Files that fit a rule other than skip: in halves, since a rule that fits almost anything counts half, and as a number.
fn fitting(preset: &Preset, level: &Level, files: &[SitePath]) -> (usize, usize) {
    let mut halves = 0;
    let mut number = 0;
    for path in files {
        let sorted = preset.sort(level, path);
        let Some(rule) = sorted.rule.filter(|_| sorted.role() != Role::Skip) else { continue };
        let is_loose = usize::try_from(rule).ok().and_then(|rule| preset.rules.get(rule)).is_some_and(|rule| rule.loose);
        halves += if is_loose { 1 } else { 2 };
        number += 1;
    }
    (halves, number)
}

fn found(marker: &super::Marker, root: &Path, level: &Level) -> bool {
    let base = root.join(&level.strip);
    [base.as_path(), root].into_iter().any(|start| start.ancestors().take(marker.up + 1).any(|dir| is_there(&dir.join(&marker.path))))
}

/// Whether a name is there, without following it if it is a link.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| !found.file_type().is_symlink())
}

/// Files below a folder: in the order of their bytes, breadth first, every k-th of them.
fn sample(root: &Path) -> Vec<SitePath> {
    let started = Instant::now();
    let mut files = Vec::new();
    let mut waiting = VecDeque::from([(root.to_owned(), None::<SitePath>, 1)]);
    let mut left = ENTRIES;
    while let Some((dir, path, level)) = waiting.pop_front() {
        // Each folder may use up a part only, so that one full folder does not hide its neighbours.
        let share = (left / (waiting.len() + 1)).max(20).min(left);
        for entry in entries(&dir, share) {
            left = left.saturating_sub(1);
            let Ok(below) = SitePath::below(path.as_ref(), entry.file_name().as_bytes()) else { continue };
            match entry.file_type() {
                Ok(kind) if kind.is_file() => files.push(below),
                Ok(kind) if kind.is_dir() && level < LEVELS => waiting.push_back((entry.path(), Some(below), level + 1)),
                _ => {}
            }
        }
        if left == 0 || started.elapsed() > TIME {
            break;
        }
    }
    let step = files.len().div_ceil(SAMPLE).max(1);
    files.into_iter().step_by(step).collect()
}

fn entries(dir: &Path, most: usize) -> Vec<DirEntry> {
    let mut entries: Vec<DirEntry> = read_dir(dir).into_iter().flatten().take(ENTRIES).flatten().collect();
    entries.sort_by_key(DirEntry::file_name);
    entries.truncate(most);
    entries
}
