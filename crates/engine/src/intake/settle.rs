//! Has this file stopped changing? A pure state machine: hints and looks come in with their time, nothing is read, no thread runs.
//!
//! A file is checked once, when it is complete. The best evidence is that its writer closed it; the next best is that nothing about it
//! changed between two looks; how far apart these must be depends on what is known of the writer (the table of [`Evidence`]). A file that
//! never comes to rest is checked every ten minutes all the same. Nothing here has to survive a crash: the next sweep makes the hint again.
//!
//! Full (`capacity` paths wait), a new path is refused and the caller marks a sweep as due; hints on paths that wait already are taken.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use super::watch::{Hint, HintKind};
use crate::model::{FileIdentity, Reason, SiteFile};

/// Pause between the end of writing and the first look. Uploads are often renamed or given other rights right after they are closed; a
/// look in between would read them twice. Longer delays every case by as much.
pub const CLOSED_PAUSE: Duration = Duration::from_millis(100);
/// Pause between two looks at a file that was renamed to its name: the writer mostly renames last, so one short doubt is enough.
pub const MOVED_PAUSE: Duration = Duration::from_millis(500);
/// Pause between two looks at a file of which nothing is known, and the age that replaces the second look.
/// Shorter reads files that are still being copied in; longer delays what only a sweep can find.
pub const QUIET_PAUSE: Duration = Duration::from_secs(2);
/// How long a file that was written and not closed must stand still. Uploads in slow pieces pause for seconds; a writer that died, or a
/// program that keeps its files open, costs this delay.
pub const WRITING_PAUSE: Duration = Duration::from_secs(30);
/// Pause between two looks while a file is being written.
pub const WRITING_LOOK: Duration = Duration::from_secs(10);
/// After this much unrest a file is checked as it is, and again after the same time.
pub const CHANGING_AFTER: Duration = Duration::from_secs(600);
/// A file that is written again this soon after it was ready is being appended to in pieces, each opened and closed: its closing says
/// little, and it has to stand still for [`QUIET_PAUSE`] as well.
pub const APPENDED_WITHIN: Duration = Duration::from_secs(10);
/// A path that was handed out by [`Settle::due`] and not answered by [`Settle::looked`] is handed out again after this time.
const ASKED_AGAIN: Duration = Duration::from_secs(30);
/// Most paths that one call of [`Settle::due`] hands out, so that the caller's loop stays short and can be stopped.
const DUE_AT_ONCE: usize = 256;
const NS_PER_MS: i64 = 1_000_000;

/// Whether a hint was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It will lead to a look.
    Yes,
    /// Too many paths wait. The hint is dropped, so a sweep of its site is due.
    Full,
}

/// What one look at a path found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A regular file.
    Stat {
        /// Which file, in which state.
        identity: FileIdentity,
        /// Time of the last change of the content, nanoseconds since 1970.
        mtime_ns: i64,
        /// Wall time minus the larger of the two change times, in milliseconds. Negative if the file claims to come from the future.
        age_ms: i64,
    },
    /// Nothing is there.
    Absent,
    /// Something is there that cannot be checked.
    Unusual(Reason),
}

/// What follows from a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It will be due again.
    Wait,
    /// Complete: to be checked now. It does not wait any more.
    Ready,
    /// Unquiet for ten minutes: to be checked now, as it is, with the reason `changing`. It goes on waiting.
    Changing,
    /// Nothing is there. It does not wait any more.
    Gone,
    /// It cannot be checked, for this reason. It does not wait any more.
    Unusual(Reason),
}

/// What is known of a path's writer, and so which proof of rest is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    /// Seen in a listing: old enough, or unchanged over [`QUIET_PAUSE`].
    Listed,
    /// Renamed to its name: content old enough, or unchanged over [`MOVED_PAUSE`].
    Moved,
    /// Created and not written since: with content it was linked here, and is as `Listed`; empty it is as `Writing`.
    Created,
    /// Written and not closed: unchanged, without a further write, over [`WRITING_PAUSE`].
    Writing,
    /// Written and closed: the first look is enough.
    Closed,
    /// Written and closed again shortly after it was ready: unchanged over [`QUIET_PAUSE`].
    Appended,
}

/// The state of a file that two looks compare.
type Trace = (FileIdentity, i64);
/// When a path is due, and a number that keeps two paths of the same moment apart.
type Turn = (Duration, u64);

#[derive(Debug)]
struct Waiting {
    evidence: Evidence,
    /// Whether the path was ready a short while ago.
    written_again: bool,
    /// Start of the present ten minutes.
    since: Duration,
    turn: Turn,
    /// The last state seen, and since when it has been the same.
    seen: Option<(Trace, Duration)>,
}

/// All paths that wait to come to rest, of all sites.
#[derive(Debug)]
pub struct Settle {
    capacity: usize,
    waiting: HashMap<SiteFile, Waiting>,
    turns: BTreeMap<Turn, SiteFile>,
    next_number: u64,
    /// Paths that were ready lately, in the order of time, for [`APPENDED_WITHIN`]. Bounded by `capacity`; what does not fit is forgotten,
    /// which costs a needless check of a file that is appended to.
    lately_ready: VecDeque<(Duration, SiteFile)>,
    ready_at: HashMap<SiteFile, Duration>,
}

impl Settle {
    /// Nothing waits. At most `capacity` paths may, at about 300 bytes each.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            waiting: HashMap::new(),
            turns: BTreeMap::new(),
            next_number: 0,
            lately_ready: VecDeque::new(),
            ready_at: HashMap::new(),
        }
    }

    /// Number of paths that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no path waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes a hint at the monotonic time `now`. Repeated hints on one path become one.
    pub fn hint(&mut self, now: Duration, hint: Hint) -> Accepted {
        let file = SiteFile { site: hint.site, path: hint.path };
        match self.waiting.remove(&file) {
            Some(waiting) => {
                self.turns.remove(&waiting.turn);
                self.put(file, merge(waiting, hint.kind, now));
                Accepted::Yes
            }
            None if self.waiting.len() >= self.capacity => Accepted::Full,
            None => {
                let waiting = self.start(&file, hint.kind, now);
                self.put(file, waiting);
                Accepted::Yes
            }
        }
    }

    /// The paths that want a look now, at most 256 of them; each is to be answered by [`Settle::looked`].
    pub fn due(&mut self, now: Duration) -> Vec<SiteFile> {
        self.forget_ready(now);
        let mut due = Vec::new();
        while let Some(entry) = self.turns.first_entry().filter(|entry| entry.key().0 <= now && due.len() < DUE_AT_ONCE) {
            due.push(entry.remove());
        }
        for file in &due {
            if let Some(mut waiting) = self.waiting.remove(file) {
                waiting.turn.0 = now + ASKED_AGAIN;
                self.put(file.clone(), waiting);
            }
        }
        due
    }

    /// When the next path is due; `None` if none waits. May lie in the past.
    pub fn next_due(&self) -> Option<Duration> {
        self.turns.first_key_value().map(|(turn, _)| turn.0)
    }

    /// Takes what a look at `file` found, at the time of that look. A path that does not wait is taken as one from a listing.
    pub fn looked(&mut self, now: Duration, file: &SiteFile, look: Look) -> Settled {
        let mut waiting = match self.waiting.remove(file) {
            Some(waiting) => waiting,
            None => self.start(file, HintKind::Look, now),
        };
        self.turns.remove(&waiting.turn);
        let (trace, age_ms) = match look {
            Look::Stat { identity, mtime_ns, age_ms } => ((identity, mtime_ns), age_ms),
            Look::Absent => return Settled::Gone,
            Look::Unusual(reason) => return Settled::Unusual(reason),
        };
        let verdict = judge(&mut waiting, now, trace, age_ms);
        match verdict {
            Settled::Ready => self.remember_ready(now, file),
            Settled::Wait | Settled::Changing | Settled::Gone | Settled::Unusual(_) => self.put(file.clone(), waiting),
        }
        verdict
    }

    /// Forgets every path of a site that was removed or paused.
    pub fn forget_site(&mut self, site: crate::model::SiteId) {
        self.waiting.retain(|file, _| file.site != site);
        self.turns.retain(|_, file| file.site != site);
    }

    fn start(&mut self, file: &SiteFile, kind: HintKind, now: Duration) -> Waiting {
        self.forget_ready(now);
        let written_again = self.ready_at.contains_key(file);
        let evidence = evidence_of(kind, written_again);
        Waiting { evidence, written_again, since: now, turn: (now + first_pause(evidence), 0), seen: None }
    }

    fn put(&mut self, file: SiteFile, mut waiting: Waiting) {
        waiting.turn.1 = self.next_number;
        self.next_number += 1;
        self.turns.insert(waiting.turn, file.clone());
        self.waiting.insert(file, waiting);
    }

    fn remember_ready(&mut self, now: Duration, file: &SiteFile) {
        if self.lately_ready.len() < self.capacity {
            self.lately_ready.push_back((now, file.clone()));
            self.ready_at.insert(file.clone(), now);
        }
    }

    fn forget_ready(&mut self, now: Duration) {
        while let Some((at, file)) = self.lately_ready.pop_front_if(|(at, _)| *at + APPENDED_WITHIN < now) {
            // A path that was ready again since has a later time, and a later place in the queue.
            if self.ready_at.get(&file) == Some(&at) {
                self.ready_at.remove(&file);
            }
        }
    }
}

fn evidence_of(kind: HintKind, written_again: bool) -> Evidence {
    match kind {
        HintKind::Look => Evidence::Listed,
        HintKind::Created => Evidence::Created,
        HintKind::Changed => Evidence::Writing,
        HintKind::Closed if written_again => Evidence::Appended,
        HintKind::Closed => Evidence::Closed,
        HintKind::MovedIn => Evidence::Moved,
    }
}

/// Time from the hint to the first look.
fn first_pause(evidence: Evidence) -> Duration {
    match evidence {
        Evidence::Listed | Evidence::Moved | Evidence::Appended => Duration::ZERO,
        Evidence::Closed => CLOSED_PAUSE,
        Evidence::Created | Evidence::Writing => QUIET_PAUSE,
    }
}

/// A further hint on a path that waits. The newest word about the writer counts, but for a mere "look", which says nothing about it.
fn merge(mut waiting: Waiting, kind: HintKind, now: Duration) -> Waiting {
    let evidence = match (kind, waiting.evidence) {
        (HintKind::Look, known) => known,
        (kind, _) => evidence_of(kind, waiting.written_again),
    };
    match kind {
        HintKind::Look => {}
        // A further write makes the last look worthless as one of the two; when the next look comes it does not put off.
        HintKind::Changed if evidence == waiting.evidence => waiting.seen = None,
        HintKind::Changed | HintKind::Closed => waiting.turn.0 = now + first_pause(evidence),
        // Another file has the name. The ten minutes go on: a storm of renames must not put off its check for ever.
        HintKind::Created | HintKind::MovedIn => {
            waiting.seen = None;
            waiting.turn.0 = now + first_pause(evidence);
        }
    }
    waiting.evidence = evidence;
    // However often it is opened and closed, the ten minutes end.
    waiting.turn.0 = waiting.turn.0.min((waiting.since + CHANGING_AFTER).max(now));
    waiting
}

fn judge(waiting: &mut Waiting, now: Duration, trace: Trace, age_ms: i64) -> Settled {
    let same_since = waiting.seen.filter(|(seen, _)| *seen == trace).map(|(_, since)| since);
    let (pause, is_old_enough) = proof_of_rest(waiting.evidence, trace, age_ms);
    let rested = same_since.map(|since| now.saturating_sub(since));
    if waiting.evidence == Evidence::Closed || is_old_enough || rested.is_some_and(|rested| rested >= pause) {
        return Settled::Ready;
    }
    waiting.seen = Some((trace, same_since.unwrap_or(now)));
    let left = pause.saturating_sub(rested.unwrap_or_default());
    waiting.turn.0 = now + left.min(WRITING_LOOK);
    if now.saturating_sub(waiting.since) >= CHANGING_AFTER {
        waiting.since = now;
        return Settled::Changing;
    }
    Settled::Wait
}

/// How long a file must stand still between two looks, and whether its age is as good as that.
fn proof_of_rest(evidence: Evidence, (identity, mtime_ns): Trace, age_ms: i64) -> (Duration, bool) {
    let quiet_ms = i64::try_from(QUIET_PAUSE.as_millis()).unwrap_or(i64::MAX);
    match evidence {
        Evidence::Listed => (QUIET_PAUSE, age_ms >= quiet_ms),
        Evidence::Created if identity.size > 0 => (QUIET_PAUSE, age_ms >= quiet_ms),
        Evidence::Created | Evidence::Writing => (WRITING_PAUSE, false),
        Evidence::Closed => (Duration::ZERO, true),
        Evidence::Appended => (QUIET_PAUSE, false),
        Evidence::Moved => {
            // A rename sets the one change time, so only the content's own time can be old. It may be any number: anybody may set it.
            let older_ms = identity.ctime_ns.max(mtime_ns).saturating_sub(mtime_ns) / NS_PER_MS;
            (MOVED_PAUSE, age_ms.saturating_add(older_ms) >= quiet_ms)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SiteId, SitePath};
    use serde_json::Value;
    use std::path::Path;

    /// Wall time of a table's moment 0, in milliseconds since 1970.
    const WALL_START_MS: i64 = 1_700_000_000_000;

    fn file(path: &str) -> SiteFile {
        SiteFile { site: SiteId::new(1), path: SitePath::new(path).expect("a table names paths") }
    }

    fn hint(path: &str, kind: HintKind) -> Hint {
        let SiteFile { site, path } = file(path);
        Hint { site, path, kind }
    }

    fn ms(at: u64) -> Duration {
        Duration::from_millis(at)
    }

    fn stat(inode: u64, size: u64) -> Look {
        Look::Stat { identity: FileIdentity { device: 1, inode, size, ctime_ns: 0 }, mtime_ns: 0, age_ms: 0 }
    }

    /// A file system with one clock, as a table describes it.
    #[derive(Default)]
    struct World {
        files: HashMap<String, (u64, u64, i64, i64)>,
        unusual: HashMap<String, Reason>,
    }

    impl World {
        fn apply(&mut self, event: &Value, at: u64) {
            let path = event["path"].as_str().expect("every event names a path").to_owned();
            if let Some(reason) = event["unusual"].as_str() {
                self.unusual.insert(path, Reason::from_wire(reason).expect("a known reason"));
                return;
            }
            let at = i64::try_from(at).expect("a small time");
            match event.get("file") {
                None => {}
                Some(Value::Null) => drop(self.files.remove(&path)),
                Some(state) => {
                    let old = self.files.get(&path).copied().unwrap_or((1, 0, at, at));
                    let number = |key: &str, default: i64| state[key].as_i64().unwrap_or(default);
                    let size = old.1.saturating_add_signed(number("grow", 0));
                    let state = (
                        state["inode"].as_u64().unwrap_or(old.0),
                        state["size"].as_u64().unwrap_or(size),
                        number("mtime_ms", at),
                        number("ctime_ms", at),
                    );
                    self.files.insert(path, state);
                }
            }
        }

        fn look(&self, path: &str, at: u64) -> Look {
            if let Some(reason) = self.unusual.get(path) {
                return Look::Unusual(*reason);
            }
            let Some((inode, size, mtime_ms, ctime_ms)) = self.files.get(path).copied() else { return Look::Absent };
            let nanoseconds = |since_start: i64| (WALL_START_MS + since_start) * NS_PER_MS;
            Look::Stat {
                identity: FileIdentity { device: 1, inode, size, ctime_ns: nanoseconds(ctime_ms) },
                mtime_ns: nanoseconds(mtime_ms),
                age_ms: i64::try_from(at).expect("a small time") - mtime_ms.max(ctime_ms),
            }
        }
    }

    fn kind(word: &str) -> HintKind {
        match word {
            "look" => HintKind::Look,
            "created" => HintKind::Created,
            "changed" => HintKind::Changed,
            "closed" => HintKind::Closed,
            "moved_in" => HintKind::MovedIn,
            other => panic!("no such hint: {other}"),
        }
    }

    fn word(settled: Settled) -> String {
        match settled {
            Settled::Wait => "wait".to_owned(),
            Settled::Ready => "ready".to_owned(),
            Settled::Changing => "changing".to_owned(),
            Settled::Gone => "gone".to_owned(),
            Settled::Unusual(reason) => reason.as_str().to_owned(),
        }
    }

    /// The events of a table with their repetitions, in the order of time.
    fn moments(table: &Value) -> Vec<(u64, &Value)> {
        let mut moments = Vec::new();
        for event in table["events"].as_array().expect("a list of events") {
            let start = event["at_ms"].as_u64().expect("every event has a time");
            let (every, times) = (event["every_ms"].as_u64().unwrap_or(0), event["times"].as_u64().unwrap_or(1));
            moments.extend((0..times).map(|n| (start + n * every, event)));
        }
        moments.sort_by_key(|(at, _)| *at);
        moments
    }

    /// Plays a table: at each moment first its events, then the looks that are due. Returns what was settled, and the number of looks.
    fn play(table: &Value) -> (Vec<(u64, String, String)>, u64) {
        let (mut world, mut settle, mut outcome, mut looks) = (World::default(), Settle::new(100), Vec::new(), 0);
        let mut events = moments(table).into_iter().peekable();
        let until = table["until_ms"].as_u64().expect("a table ends");
        loop {
            let due = settle.next_due().map(|due| u64::try_from(due.as_millis()).expect("a small time"));
            let Some(now) = [events.peek().map(|(at, _)| *at), due].into_iter().flatten().min().filter(|now| *now <= until) else { break };
            while let Some((_, event)) = events.next_if(|(at, _)| *at <= now) {
                world.apply(event, now);
                if let Some(word) = event["hint"].as_str() {
                    settle.hint(ms(now), hint(event["path"].as_str().expect("a path"), kind(word)));
                }
            }
            for file in settle.due(ms(now)) {
                looks += 1;
                let path = String::from_utf8(file.path.as_bytes().to_vec()).expect("a table names text");
                match settle.looked(ms(now), &file, world.look(&path, now)) {
                    Settled::Wait => {}
                    settled => outcome.push((now, path, word(settled))),
                }
            }
        }
        assert_eq!(settle.len() as u64, table["waiting_at_end"].as_u64().unwrap_or(0), "{}: what still waits", table["why"]);
        (outcome, looks)
    }

    #[test]
    fn the_tables_hold() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/settle");
        let mut played = 0;
        for entry in std::fs::read_dir(&dir).expect("the tables are in tests/cases/settle") {
            let path = entry.expect("a readable directory").path();
            let text = std::fs::read_to_string(&path).expect("a readable table");
            let table: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let expected: Vec<(u64, String, String)> = table["expect"]
                .as_array()
                .expect("a list of expectations")
                .iter()
                .map(|line| {
                    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
                    (line["at_ms"].as_u64().unwrap_or_default(), text("path"), text("settled"))
                })
                .collect();
            let (outcome, looks) = play(&table);
            assert_eq!(outcome, expected, "{}: {}", path.display(), table["why"]);
            let most = table["most_looks"].as_u64().unwrap_or(u64::MAX);
            assert!(looks <= most, "{}: {looks} looks, allowed are {most}", path.display());
            played += 1;
        }
        assert!(played > 0, "there are tables");
    }

    #[test]
    fn a_full_settle_refuses_new_paths_and_takes_known_ones() {
        let mut settle = Settle::new(1);
        assert_eq!(settle.hint(ms(0), hint("a", HintKind::Changed)), Accepted::Yes);
        assert_eq!(settle.hint(ms(0), hint("b", HintKind::Closed)), Accepted::Full, "the caller notes a sweep");
        assert_eq!(settle.hint(ms(0), hint("a", HintKind::Closed)), Accepted::Yes, "it takes no further room");
        assert_eq!(settle.len(), 1, "nothing was added");
    }

    #[test]
    fn a_path_is_handed_out_once_until_it_is_overdue() {
        let mut settle = Settle::new(10);
        settle.hint(ms(0), hint("a", HintKind::Look));
        assert_eq!(settle.due(ms(0)), [file("a")]);
        assert_eq!(settle.due(ms(100)), [], "the look is under way");
        assert_eq!(settle.due(ASKED_AGAIN), [file("a")], "a look that got lost is asked for again");
        assert_eq!(settle.looked(ASKED_AGAIN, &file("a"), Look::Absent), Settled::Gone);
        assert_eq!(settle.next_due(), None, "nothing waits any more");
    }

    #[test]
    fn a_hint_during_a_look_counts() {
        let mut settle = Settle::new(10);
        settle.hint(ms(0), hint("a", HintKind::Closed));
        assert_eq!(settle.due(CLOSED_PAUSE), [file("a")]);
        settle.hint(CLOSED_PAUSE, hint("a", HintKind::Changed));
        assert_eq!(settle.looked(CLOSED_PAUSE, &file("a"), stat(1, 5)), Settled::Wait, "it is written again");
    }

    #[test]
    fn many_due_paths_come_in_portions_the_oldest_first() {
        let mut settle = Settle::new(1_000);
        for number in 0..DUE_AT_ONCE as u64 + 1 {
            settle.hint(ms(number), hint(&number.to_string(), HintKind::Look));
        }
        let first = settle.due(ms(5_000));
        assert_eq!((first.len(), &first[0]), (DUE_AT_ONCE, &file("0")));
        assert_eq!(settle.due(ms(5_000)), [file(&DUE_AT_ONCE.to_string())], "the rest comes with the next call");
    }

    #[test]
    fn a_look_at_a_path_that_does_not_wait_starts_a_wait() {
        let mut settle = Settle::new(10);
        assert_eq!(settle.looked(ms(0), &file("a"), stat(1, 5)), Settled::Wait, "it is fresh");
        assert_eq!(settle.next_due(), Some(QUIET_PAUSE));
    }

    #[test]
    fn impossible_times_do_no_harm() {
        for (ctime_ns, mtime_ns, age_ms) in [(i64::MAX, i64::MIN, i64::MIN), (i64::MIN, i64::MAX, i64::MAX), (i64::MAX, i64::MIN, i64::MAX)]
        {
            let mut settle = Settle::new(10);
            settle.hint(ms(0), hint("a", HintKind::MovedIn));
            let look = Look::Stat { identity: FileIdentity { device: 1, inode: 1, size: 5, ctime_ns }, mtime_ns, age_ms };
            let first = settle.looked(ms(0), &file("a"), look);
            let settled = if first == Settled::Wait { settle.looked(MOVED_PAUSE, &file("a"), look) } else { first };
            assert_eq!(settled, Settled::Ready, "{ctime_ns} {mtime_ns} {age_ms}");
        }
    }

    #[test]
    fn a_removed_site_waits_no_longer() {
        let mut settle = Settle::new(10);
        settle.hint(ms(0), hint("a", HintKind::Look));
        settle.forget_site(SiteId::new(1));
        assert!(settle.is_empty() && settle.next_due().is_none(), "nothing of it is left");
    }
}
