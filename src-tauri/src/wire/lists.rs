//! Lists, their versions, and the places that they are loaded from, as the page sees them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use engine::engine::listing::Going as StoredGoing;
use engine::engine::overview::ListView;
use engine::engine::owning;
use engine::engine::sources::SourceView;
use engine::engine::thresholds;
use engine::model::Shown;
use engine::store::floods::EntryOff as StoredEntryOff;
use engine::store::lists::VersionRow;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::convert::{counts_of, shown};
use super::{CountOf, Harm, Polarity, Status};

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

shown_words!(
    /// How fresh a list is.
    ListState: engine::engine::overview::ListFreshness { Ready, Old, NotReached, OutOfDate, RaisesNothing, NotInUse, Rematching }
);
shown_words!(
    /// What kind of place a list is loaded from.
    PlaceKind: engine::store::subscriptions::PlaceKind { File, Folder, Address }
);
own_words!(
    /// What a place is doing.
    SourceState { Waiting, Failing, Paused, ByHand }
);

answers! {
    /// A place that a list is loaded from. Never its query, never a secret.
    struct SourceRow {
        source: i64, list: Option<i64>, list_name: Option<String>, kind: PlaceKind, shown: String,
        /// Null for a file or folder.
        host: Option<String>,
        other_hosts: Vec<String>, private_network: bool,
        /// A root certificate that the operator named counts for it, in place of those that come with the program.
        own_root: bool,
        /// Hours between two looks; 0: by hand.
        every_hours: i64,
        #[ts(inline)]
        state: SourceState,
        /// The last look, the last that succeeded, the last that brought a version, the next by itself.
        looked: Option<i64>,
        succeeded: Option<i64>, changed: Option<i64>, next: Option<i64>,
        /// What went wrong at the last look.
        error_code: Option<String>,
        error: Option<String>,
        /// Names of the headers that the publisher gave.
        secrets: Vec<String>,
    }

    /// Every place, and the hours in which nothing is loaded by itself: `22:00-07:00`, UTC.
    struct Sources {
        rows: Vec<SourceRow>, quiet: Option<String>,
        /// All places are being looked at, and so many of them are done.
        looking: bool,
        looked: u64,
    }

    /// One list.
    struct ListRow {
        list: i64, name: String, harm: Harm, polarity: Polarity, trust: Status,
        /// The operator's trust counts, because the format says nothing of each entry.
        own_trust: bool,
        practice: bool, format: String, format_title: String, entries: u64,
        can_match: u64,
        /// Signals that match, and values that this program keeps and cannot compare.
        kinds: Vec<CountOf>,
        kept: Vec<CountOf>, threshold: u16, seq: u64, updated: i64,
        #[ts(inline)]
        state: ListState,
        /// Since when it is old, not reached or out of date.
        since: Option<i64>,
        /// Until when its publisher stands by it.
        expires: Option<i64>,
        signed: bool, open_cases: u64,
        /// Why it was read as that format, and the name of what was read.
        why: String,
        file_shown: String, source: Option<SourceRow>,
        /// A list of one's own, and when it was published last.
        own: bool,
        published: Option<i64>,
        /// Who gave it, on what terms, when these are to be looked at again, and whether that time has come.
        given_by: String,
        terms: String,
        review: Option<i64>,
        review_due: bool,
    }

    /// An entry that a person switched off: it matches and raises nothing.
    struct EntryOff { entry: u32, at: i64, person: String, reason: String }

    /// An entry of a list of one's own, without its values.
    struct OwnEntry { entry: u32, kinds: Vec<String>, labels: Vec<String>, added: Option<i64>, held_back: bool }

    /// What came of taking an entry of one's own back.
    struct OwnWithdrawn { decisions_affected: u64, cases: u64 }

    /// What came of putting a content on a list of one's own.
    struct OwnPutDone {
        was_there: bool,
        /// A list of somebody else found it and does not let it go so far: it is not published.
        held_back: bool,
        cases: u64,
    }

    /// A new pair of keys: the name of its secret file, the public key, and the words by which it is compared.
    struct OwnKey { file: String, key: String, words: String }

    /// What was published.
    struct OwnPublished { seq: u64, entries: u64, held_back: u64, has_pdq: bool, expires: i64, key: String, words: String }

    /// One imported state of a list.
    struct ListVersionRow { seq: u64, imported: i64, person: String, entries: u64, file_shown: String, active: bool, can_go_back: bool }

    /// What one version says otherwise than another.
    struct ListDifference { added: u64, changed: u64, withdrawn: u64 }

    /// What making another version the one that answers would do.
    struct ListGoing { difference: Option<ListDifference>, unnamed: u64, decisions_affected: u64 }

    /// What each limit of distance would come to: contents that match exactly, and those that match by PDQ alone at 0 to 31 bits.
    struct ThresholdEffect { now: u16, contents: u64, exact: u64, near: Vec<u64> }

    /// A format that can be read.
    struct FormatRow { format: String, title: String }
}

questions! {
    /// The largest distance of a near copy that counts, 0 to 31 bits.
    struct ListThreshold { list: i64, distance: u16 }

    /// Who gave a list, on what terms, and when these are to be looked at again.
    struct ListTerms { list: i64, given_by: String, terms: String, review: Option<i64> }

    /// One entry of a list.
    struct ListEntry { list: i64, entry: u32 }

    /// An entry of a list of one's own that is taken back.
    struct OwnWithdraw { list: i64, entry: u32, mistake: bool, reason: Option<String> }

    /// A new list of one's own.
    struct OwnList { name: String, harm: Harm }

    /// The content of a case, for a list of one's own; `sure` says yes to the guard.
    struct OwnPut { list: i64, case: i64, reason: Option<String>, sure: bool }

    /// A list of one's own to be published, with the password of its key.
    struct OwnPublish { list: i64, password: Option<String> }

    /// One version of a list.
    struct ListVersion { list: i64, seq: u64 }

    /// What is changed of a place; null leaves it as it is.
    struct SourceChange {
        source: i64, paused: Option<bool>,
        /// 0: by hand.
        every_hours: Option<i64>,
        other_hosts: Option<Vec<String>>, private_network: Option<bool>,
        /// An empty one takes away what is kept.
        token: Option<String>,
    }
}

impl From<SourceView> for SourceRow {
    fn from(view: SourceView) -> Self {
        let stored = view.subscription;
        let (error_code, error) = stored.last_error.unzip();
        Self {
            source: stored.id.get(),
            list: stored.list.map(|list| list.get()),
            list_name: view.list.map(|name| shown(&name)),
            kind: stored.kind.into(),
            // The page gets the end of a path, never all of it.
            shown: match view.host {
                Some(_) => view.shown.elided(),
                None => Shown::of_folder(Path::new(OsStr::from_bytes(&stored.place))).elided(),
            },
            host: view.host.map(|host| shown(&host)),
            other_hosts: stored.other_hosts.iter().map(|host| shown(host)).collect(),
            private_network: stored.may_be_private,
            own_root: stored.root.is_some(),
            every_hours: stored.interval.map_or(0, |interval| (interval / HOUR_MS).max(1)),
            state: match view.state {
                "failing" => SourceState::Failing,
                "paused" => SourceState::Paused,
                "by_hand" => SourceState::ByHand,
                _ => SourceState::Waiting,
            },
            looked: stored.looked_at,
            succeeded: stored.succeeded_at,
            changed: stored.changed_at,
            next: view.next,
            error_code,
            error: error.map(|sentence| shown(&sentence)),
            secrets: view.secrets,
        }
    }
}

impl ListRow {
    /// A list with the place that feeds it.
    pub fn new(view: ListView, source: Option<SourceView>) -> Self {
        let counts = |object: &serde_json::Value| {
            let counted = object.as_object().into_iter().flatten().filter_map(|(kind, count)| Some((kind.clone(), count.as_u64()?)));
            counts_of(counted.filter(|(_, count)| *count > 0))
        };
        let format = hashlist::Format::from_wire(&view.version.format);
        Self {
            list: view.list.id.get(),
            name: shown(&view.list.name),
            harm: view.list.harm.into(),
            polarity: view.list.polarity.into(),
            trust: view.list.trust.into(),
            own_trust: format.is_some_and(hashlist::Format::asks_trust),
            practice: view.list.practice,
            format_title: format.map_or_else(|| view.version.format.clone(), |format| format.title().to_owned()),
            format: view.version.format,
            entries: view.version.entries,
            can_match: view.version.can_match,
            kinds: counts(&view.version.signals),
            kept: counts(&view.version.report["counts"]["kept_not_matched"]),
            threshold: view.list.threshold,
            seq: view.version.seq,
            updated: view.version.imported_at,
            state: view.freshness.into(),
            since: view.since,
            expires: view.expires,
            signed: view.is_signed,
            open_cases: view.open_cases,
            why: shown(&view.version.why),
            file_shown: shown(&view.version.source),
            source: source.map(Into::into),
            published: view.own.as_ref().and_then(|own| own.published_at),
            own: view.own.is_some(),
            given_by: shown_whole(&view.handling.given_by),
            terms: shown_whole(&view.handling.terms),
            review: view.handling.review_at,
            review_due: view.is_review_due,
        }
    }
}

/// The operator's own words, which are edited in the form in which they are shown: nothing of them is left out.
fn shown_whole(text: &str) -> String {
    Shown::of_text(text).as_str().to_owned()
}

impl From<StoredEntryOff> for EntryOff {
    fn from(off: StoredEntryOff) -> Self {
        Self { entry: off.entry, at: off.at, person: shown(&off.person), reason: shown(&off.reason) }
    }
}

impl From<owning::OwnEntry> for OwnEntry {
    fn from(entry: owning::OwnEntry) -> Self {
        Self {
            entry: entry.number,
            kinds: entry.kinds.into_iter().map(str::to_owned).collect(),
            labels: entry.labels.iter().map(|label| shown(label)).collect(),
            added: entry.added,
            held_back: entry.is_held_back,
        }
    }
}

impl ListVersionRow {
    /// One version of a list of which version `active` answers. Without its files nobody goes back to it.
    pub fn new(version: VersionRow, active: u64, is_kept: bool) -> Self {
        Self {
            seq: version.seq,
            imported: version.imported_at,
            person: shown(&version.person),
            entries: version.entries,
            file_shown: shown(&version.source),
            active: version.seq == active,
            can_go_back: version.seq != active && is_kept,
        }
    }
}

impl From<hashlist::Difference> for ListDifference {
    fn from(difference: hashlist::Difference) -> Self {
        let hashlist::Difference { added, changed, withdrawn, .. } = difference;
        Self { added: added.len() as u64, changed: changed.len() as u64, withdrawn: withdrawn.len() as u64 }
    }
}

impl From<thresholds::ThresholdEffect> for ThresholdEffect {
    fn from(effect: thresholds::ThresholdEffect) -> Self {
        Self { now: effect.now, contents: effect.contents, exact: effect.exact, near: effect.near.to_vec() }
    }
}

impl From<StoredGoing> for ListGoing {
    fn from(going: StoredGoing) -> Self {
        Self { difference: going.difference.map(Into::into), unnamed: going.unnamed, decisions_affected: going.decisions_affected }
    }
}
