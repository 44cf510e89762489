//! Signals against the active list versions. Pure: the lists are open indexes, "now" is an argument.

use std::collections::BTreeMap;

use fingerprint::signal::{Distance, SignalKind, View};
use hashlist::Polarity;

use crate::error::Result;
use crate::lists::active::{ActiveList, ActiveLists};
use crate::model::{Content, ListId, Match, MatchType, Shown};
use crate::store::contents::Picture;

/// A match with the polarity of its list.
pub type Found = (Match, Polarity);

/// Every match of a content with every active list, one for each (list, entry, kind): the strongest.
///
/// `picture` holds the content's perceptual signals, if it has any; those of too low a quality are passed over. An empty content matches nothing,
/// whatever a list says: the digests of emptiness stand in published lists by mistake. An expired entry no longer raises.
///
/// # Errors
/// [`crate::error::Code::HomeDamaged`] if an index was changed on the disk: an answer without it would call clean what is unchecked.
pub fn match_content(lists: &ActiveLists, content: &Content, picture: Option<&Picture>, now: i64) -> Result<Vec<Found>> {
    if content.size == 0 {
        return Ok(Vec::new());
    }
    let mut best: BTreeMap<(ListId, u32, SignalKind), Found> = BTreeMap::new();
    for active in &lists.lists {
        exact(active, content, now, &mut best)?;
        if let Some(picture) = picture {
            perceptual(active, picture, now, &mut best)?;
        }
    }
    Ok(best.into_values().collect())
}

fn exact(active: &ActiveList, content: &Content, now: i64, best: &mut BTreeMap<(ListId, u32, SignalKind), Found>) -> Result<()> {
    let digests: [(SignalKind, &[u8]); 3] = [
        (SignalKind::Sha256, content.sha256.as_bytes()),
        (SignalKind::Sha1, content.sha1.as_bytes()),
        (SignalKind::Md5, content.md5.as_bytes()),
    ];
    for (kind, bytes) in digests {
        for number in active.index.exact(kind, bytes).map_err(|_| active.damage())? {
            let sizes_differ = |size: Option<u64>| size.is_some_and(|size| size != content.size);
            if active.entry(number)?.is_some_and(|entry| sizes_differ(entry.size)) {
                continue;
            }
            if let Some(found) = describe(active, number, kind, MatchType::Exact, None, now)? {
                best.insert((active.list.id, number, kind), found);
            }
        }
    }
    Ok(())
}

fn perceptual(active: &ActiveList, picture: &Picture, now: i64, best: &mut BTreeMap<(ListId, u32, SignalKind), Found>) -> Result<()> {
    let threshold = Distance(active.list.threshold).min(Distance::NEAR_LIMIT);
    for signal in picture.signals.iter().filter(|signal| signal.is_matchable()) {
        // The picture as stored and the picture as displayed are both "the picture"; every other view is a turned or mirrored one.
        let plain = signal.view == View::Original || signal.view == picture.displayed;
        let match_type = if plain { MatchType::Near } else { MatchType::Turned };
        for near in active.index.near(&signal.hash, threshold).map_err(|_| active.damage())? {
            let key = (active.list.id, near.entry, SignalKind::Pdq);
            let strength = (match_type, Some(near.distance));
            if best.get(&key).is_some_and(|(known, _)| (known.match_type, known.distance) <= strength) {
                continue;
            }
            if let Some(found) =
                describe(active, near.entry, SignalKind::Pdq, match_type, Some((near.distance, threshold, signal.view)), now)?
            {
                best.insert(key, found);
            }
        }
    }
    Ok(())
}

fn describe(
    active: &ActiveList,
    number: u32,
    kind: SignalKind,
    match_type: MatchType,
    near: Option<(Distance, Distance, View)>,
    now: i64,
) -> Result<Option<Found>> {
    let Some(entry) = active.entry(number)? else { return Ok(None) };
    if entry.expires.is_some_and(|expires| expires <= now) {
        return Ok(None);
    }
    let found = Match {
        list: active.list.id,
        list_version: active.list.active_seq,
        // Lists of an older Gatehouse have no numbers of their own yet.
        entry: if entry.number > 0 { entry.number } else { number },
        entry_key: entry.key,
        harm: entry.harm,
        kind,
        match_type,
        distance: near.map(|(distance, ..)| distance),
        threshold: near.map(|(_, threshold, _)| threshold),
        view: near.map(|(.., view)| view.number()),
        status: entry.status,
        labels: entry.labels.iter().map(|label| Shown::of_text(label).elided()).collect(),
    };
    Ok(Some((found, active.list.polarity)))
}
