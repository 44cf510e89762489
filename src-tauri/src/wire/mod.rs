//! What crosses the border between shell and page, and nothing else: plain values, made from the engine's in [`convert`](self::convert).
//!
//! All text that came from outside is in its safe display form already. There is no absolute path, no picture and no list signal in any of these
//! types. `ui/src/bindings.gen.ts` is made from them by a test, in [`typescript`](self::typescript).

pub mod convert;
#[cfg(test)]
mod typescript;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Words of the engine that the page only reads.
macro_rules! shown_words {
    ($(#[$doc:meta])* $name:ident: $engine:ty { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl From<$engine> for $name {
            fn from(word: $engine) -> Self {
                match word { $(<$engine>::$variant => Self::$variant),+ }
            }
        }
    };
}

/// Words of the engine that the page only says.
macro_rules! asked_words {
    ($(#[$doc:meta])* $name:ident: $engine:ty { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl From<$name> for $engine {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

/// Words of the engine that go both ways.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $engine:ty { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl From<$engine> for $name {
            fn from(word: $engine) -> Self {
                match word { $(<$engine>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $engine {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

/// Words of the shell.
macro_rules! own_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$attribute])* $variant),+ }
    };
}

words!(
    /// What a list is about.
    Harm: hashlist::Harm { Csam, Ncii, Tvec, Malware, Local, Practice, Unknown }
);
shown_words!(
    /// How a signal met an entry.
    MatchType: engine::model::MatchType { Exact, Near, Turned }
);
shown_words!(
    /// Where a case stands.
    CaseState: engine::model::CaseState { Open, Drafted, Snoozed, Asked, Decided, Closed, Held }
);
words!(
    /// What a person concluded.
    DecisionKind: engine::model::DecisionKind { TakeDown, Keep, Ask, Snooze }
);
asked_words!(
    /// Which cases a page of the inbox holds.
    CaseView: engine::store::inbox::CaseView { Inbox, Exact, Near, SecondLook, ToDo, Asked, Snoozed, Recent }
);
asked_words!(
    /// In which order.
    CaseOrder: engine::store::inbox::CaseOrder { MostSerious, Newest, Oldest, MostFiles }
);
words!(
    /// By what the cases of a view stand together.
    CaseGrouping: engine::store::groups::Grouping { None, Uploader, List, Entry, Site, Folder }
);
words!(
    /// Live folder or copy.
    SiteMode: engine::model::SiteMode { Live, Copy }
);
words!(
    /// Whether a list raises cases.
    Polarity: hashlist::Polarity { Alert, Ignore }
);
shown_words!(
    /// Where an upload is.
    Place: engine::model::Place { Site, Gone, Holding, Vault, Purged }
);
asked_words!(
    /// Whether a reason asks for the operator.
    ReasonClass: engine::model::ReasonClass { NeedYou, ByDesign }
);
shown_words!(
    /// Why a case asks for a second look.
    SecondLook: engine::model::SecondLook { CameBack, EntryWithdrawn, Failed, Reopened, SnoozeEnded, Flood }
);
shown_words!(
    /// What the lists of a case come to together.
    Agreement: engine::model::Agreement { SeveralLists, OneList, Suspected, Disputed }
);
words!(
    /// What a publisher says of an entry.
    Status: hashlist::Status { Confirmed, Suspected, Disputed, Test }
);
own_words!(
    /// For how long a case is snoozed.
    SnoozeUntil {
        LaterToday,
        Tomorrow,
        NextWeek,
        #[serde(rename = "in_4_hours")]
        In4Hours,
        #[serde(rename = "in_24_hours")]
        In24Hours,
        ListUpdates,
    }
);
own_words!(
    /// How a site is doing, as this window sees it: `elsewhere` is watched by another process.
    SiteHealth { Starting, Watching, Polling, Paused, Missing, Replaced, Stopped, Elsewhere }
);
own_words!(
    /// Light or dark.
    Theme { System, Light, Dark }
);
own_words!(
    /// The language of the window; that of the system where it is one of ours.
    Language { System, En, De }
);
own_words!(
    /// How close the rows stand.
    Density { Comfortable, Compact }
);
own_words!(
    /// What can be out of date.
    Stale { Inbox, Lists, Offer, Sites, Health, Record, Settings, Leave }
);
own_words!(
    /// What closing the window does.
    OnClose { Ask, Keep, Quit }
);
own_words!(
    /// What is being left: the window, or the program.
    LeaveAsk { Close, Quit }
);
own_words!(
    /// What is done then: go on in the background, end, end after the drafts happened, or stay.
    LeaveAnswer { Keep, Quit, DoNow, Cancel }
);
own_words!(
    /// In which view a picture met an entry.
    View { Original, QuarterTurn, HalfTurn, Mirror }
);
own_words!(
    /// What an upload is to its case.
    Relation { SameBytes, GeneratedSize, NearCopy, Included, OnlySimilar }
);
own_words!(
    /// The last stage that a self-test reached.
    Stage { Placed, Seen, Checked, Inbox, Removed }
);
own_words!(
    /// Who watches.
    Watching { Here, Elsewhere, No }
);
own_words!(
    /// Why a chosen folder cannot be a site.
    FolderRefusal { InsideSite, OwnFolder, WholeDisk, NotAFolder, PermissionDenied }
);
/// Declares structs that the page only reads.
macro_rules! answers {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, TS)]
        pub struct $name { $($(#[$attribute])* pub $field: $type),+ }
    )+ };
}

/// Declares structs that the page sends. An unknown field is refused.
macro_rules! questions {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize, TS)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$attribute])* pub $field: $type),+ }
    )+ };
}

/// Facts of a ledger row: numbers and words.
pub type Facts = BTreeMap<String, serde_json::Value>;

/// Why a command could not do what was asked. `code` is looked up in `lib/words.ts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct WireError {
    /// A code of the engine.
    pub code: String,
    /// A word or a sentence that goes with it: the list refusal code, the guard's code, what was not found.
    pub detail: Option<String>,
}

/// What a person set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The language of the window.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// How close the rows stand.
    pub density: Density,
    /// How long a draft waits.
    pub undo_seconds: i64,
    /// Keys without a modifier act.
    pub single_keys: bool,
    /// The name in the record.
    pub person: String,
    /// 100 to 200.
    pub text_percent: i64,
    /// New cases are said by a screen reader.
    pub announce_arrivals: bool,
    /// A picture is shown by two presses instead of holding a key.
    pub two_presses: bool,
    /// For how long then: 3, 5 or 10.
    pub press_seconds: i64,
    /// How many lines an outline has: 0 light, 1 medium, 2 strong.
    pub outline_strength: u8,
    /// Minutes of work after which a break is suggested; 0: never.
    pub break_minutes: i64,
    /// Keys that were changed: action to key, as JSON.
    pub keys: String,
    /// What closing the window does.
    pub on_close: OnClose,
    /// Started at login; null where the desktop has no such thing.
    pub autostart: Option<bool>,
    /// A digest of waiting cases, at most one in 15 minutes.
    pub notify_cases: bool,
    /// Faults are told at once.
    pub notify_faults: bool,
    /// Holds that end are told once a day.
    pub notify_holds: bool,
    /// Nothing is told in these hours of the day, such as `22:00-07:00`; empty for none.
    pub notify_quiet: String,
    /// By what the inbox stands together when it opens.
    pub group: CaseGrouping,
}

answers! {
    /// The only push from the shell: which views are out of date. Carries no content.
    struct StalePush { stale: Vec<Stale> }

    /// A question that stands before the window closes or the program ends, and what is under way: batches of drafts are counted by their cases.
    struct Leave {
        ask: LeaveAsk, drafts: u64, sweeping: u64, sealing: u64, importing: bool,
        /// The desktop shows icons of programs; else the window is minimised.
        has_tray: bool,
    }

    /// What the page needs before anything else.
    struct AppState {
        version: String, home_shown: String, first_run_done: bool, first_run_step: i64, has_practice: bool, settings: Settings,
        stopped_unexpectedly_at: Option<i64>,
    }

    /// How many cases each view holds, and how many uploads could not be checked.
    struct Counts {
        inbox: u64, exact: u64, near: u64, second_look: u64, asked: u64, snoozed: u64, recent: u64, to_do: u64, need_you: u64, by_design: u64, practice: u64,
    }

    /// One row of the inbox.
    struct CaseRow {
        case: i64, state: CaseState, harm: Harm,
        /// True for csam, ncii and unknown: rows and bars say "Protected list" and `list` is empty.
        protected: bool,
        #[serde(rename = "match")]
        match_type: MatchType,
        distance: Option<u16>, list: String, more_lists: u64, files: u64, sites: Vec<String>, folder: String, kind: String, size: u64,
        first_seen: i64, updated: i64, decision: Option<DecisionKind>, act_at: Option<i64>, back_at: Option<i64>,
        /// Set when the case asks for a second look: why.
        #[ts(inline)]
        second_look: Option<SecondLook>,
        /// What a final take-down came to: files moved and files left, or null before that.
        moved: Option<u64>,
        left: Option<u64>, claimed_by: Option<String>, has_note: bool,
        #[ts(inline)]
        agreement: Agreement,
        /// For the case of a flood: how many contents its entry matches; else null.
        flood: Option<u64>,
        /// How far what is left to do on servers is; null where nothing was.
        #[ts(inline)]
        todo: Option<TodoState>,
        /// What a return looks like.
        #[ts(inline)]
        came_back_as: Option<CameBackAs>,
        /// The key of its group, in a grouped view.
        group: Option<String>,
    }

    /// A group of a view. `name` is empty for a protected list, an unknown uploader and the folder above all others; `more` is the entry or the site.
    struct CaseGroup { key: String, name: String, more: Option<String>, protected: bool, cases: u64, files: u64 }

    /// A decision that counts on what is in the case now.
    struct EarlierDecision { at: i64, person: String, decision: DecisionKind, note: Option<String>, case: i64 }

    /// A page of rows. `next` is the cursor of the page after it; `total` counts all rows of the view.
    struct InboxPage {
        rows: Vec<CaseRow>, next: Option<String>, total: u64,
        /// With the first page of a grouped view: all its groups, in their order.
        groups: Vec<CaseGroup>,
    }

    /// One match of a case.
    struct MatchDetail {
        list: String, list_version: u64,
        /// The publisher's own name of the entry, or our number where that name could hold the hash.
        entry: String,
        kind: String,
        #[serde(rename = "match")]
        match_type: MatchType,
        distance: Option<u16>, threshold: Option<u16>,
        #[ts(inline)]
        view: View,
        #[ts(inline)]
        status: Status,
        labels: Vec<String>, harm: Harm, withdrawn: bool,
        /// A person switched the entry off: it raises nothing.
        switched_off: bool,
        list_updated: i64,
        /// The 256 bits in which the fingerprints differ, as 64 hexadecimal digits; null where it may not be shown.
        difference: Option<String>,
    }

    /// One file of a case.
    struct UploadRow {
        upload: i64, site: String, path: String,
        #[ts(inline)]
        relation: Relation,
        size: u64, mtime: i64, place: Place, reason: Option<String>, uploader: Option<String>,
        #[ts(inline)]
        role: Role,
        /// What the name says, and what the site's database says.
        #[ts(type = "{ [key: string]: string | number }")]
        from_name: Facts,
        #[ts(type = "{ [key: string]: string | number }")]
        from_map: Facts,
        /// Bits that differ from the leading picture, for what was joined to it.
        distance: Option<u16>,
        /// Why it is not part of the case, for a file that only looks so.
        #[ts(inline)]
        not_included: Option<NotIncluded>,
        /// It can be split off.
        can_split: bool,
    }

    /// One row of a case's history.
    struct HistoryRow {
        at: i64, verb: String, person: Option<String>,
        #[ts(type = "{ [key: string]: string | number }")]
        facts: Facts,
    }

    /// Files of a plan in one site.
    struct PlanSite { site: String, mode: SiteMode, files: u64 }

    /// What Take down would do now; shown before the key is pressed.
    struct Plan { files: u64, moves: bool, sites: Vec<PlanSite> }

    /// One case whole.
    struct CaseDetail {
        row: CaseRow, matches: Vec<MatchDetail>, uploads: Vec<UploadRow>, similar: Vec<UploadRow>, history: Vec<HistoryRow>, earlier: Vec<EarlierDecision>, plan: Plan,
        width: Option<u32>, height: Option<u32>, quality: Option<u8>,
        /// The file's own SHA-256; null for protected lists, where it could be the list's.
        sha256: Option<String>,
        /// Why the pixels were not compared, or null.
        pixels_reason: Option<String>,
        keep_needs_note: bool, snooze_choices: Vec<SnoozeUntil>, can_put_back: bool, can_reopen: bool,
        /// Null: nothing of this case is ever shown to this person, and there is no control.
        reveal: Option<RevealOffer>,
        revealed: Revealed,
    }

    /// A decision that was written down.
    struct Decided { batch: i64, decision: DecisionKind, cases: Vec<i64>, files: u64, act_at: Option<i64>, seconds: i64 }

    /// A decision that was taken back.
    struct Undone { batch: i64, decision: DecisionKind, cases: Vec<i64>, too_late: u64 }

    /// A decision whose clock runs.
    struct DraftBatch {
        batch: i64, decision: DecisionKind, cases: u64, files: u64, act_at: i64,
        /// It was made before this start, and got its full time again.
        from_before: bool,
    }

    /// A file that was left where it was, and why.
    struct FileOutcome { site: String, path: String, reason: String }

    /// What an action came to.
    struct ActResult { done: u64, left: Vec<FileOutcome> }

    /// One thing that is wrong.
    struct Problem { code: String, site: Option<String>, list: Option<String>, count: Option<u64>, since: Option<i64> }

    /// How far a sweep and the checks that it led to are. `total` is null while the walk goes on.
    struct SweepProgress {
        site: i64, site_name: String, done: u64, total: Option<u64>, bytes_done: u64, bytes_total: Option<u64>, files_per_s: f64, left_s: Option<u64>,
    }

    /// What is accounted for.
    struct Coverage {
        seen: u64, checked: u64, by_design: u64, need_you: u64, waiting: u64, gone: u64, up_to: Option<i64>,
        /// Lists that raise cases and are neither practice nor out of date.
        lists: u64,
    }

    /// The outcome of a self-test.
    struct SelfTest {
        at: i64, site: String, ok: bool,
        #[ts(inline)]
        stage: Stage,
        seen_ms: Option<i64>, checked_ms: Option<i64>, inbox_ms: Option<i64>, reason: Option<String>,
    }

    /// Everything at a glance.
    struct Health {
        #[ts(inline)]
        watching: Watching,
        sites: u64, practice_only: bool,
        /// Worst first. Empty: all is well.
        problems: Vec<Problem>,
        sweeps: Vec<SweepProgress>, coverage: Coverage, oldest_list: Option<i64>, selftest: Option<SelfTest>, longest_blind_gap_s: i64,
        holds: HoldsEnding,
    }

    /// One site.
    struct SiteRow {
        site: i64, name: String, mode: SiteMode, practice: bool, root_shown: String, health: SiteHealth, health_since: i64, paused_until: Option<i64>,
        seen: u64, checked: u64, by_design: u64, need_you: u64, waiting: u64, gone: u64,
        skipped: u64, preset: Option<String>, take_down: TakeDown,
        last_sweep: Option<i64>, last_sweep_took_ms: Option<i64>, period_s: u64, events: bool, blind_gaps: u64, longest_blind_gap_s: i64,
        selftest: Option<SelfTest>, sweep: Option<SweepProgress>,
        /// Uploads first seen on each of the last 30 days, oldest first.
        days: Vec<u64>,
    }

    /// A folder that was chosen in the system dialog. `token` names it once; the path stays in the shell.
    struct ChosenFolder {
        token: i64, shown: String, name_proposal: String, files: u64, files_capped: bool, newest: Option<i64>, events: bool,
        #[ts(inline)]
        refused: Option<FolderRefusal>,
        refused_site: Option<String>, unreadable: u64, can_move: bool, same_disk: bool,
        /// What its names look like; null for a folder that is refused.
        guess: Option<PresetGuess>,
    }

    /// A word and how often it occurs.
    struct CountOf { name: String, count: u64 }

    /// One row of the record.
    struct RecordRow {
        seq: i64, at: i64, verb: String, person: Option<String>, case: Option<i64>,
        #[ts(type = "{ [key: string]: string | number }")]
        facts: Facts,
    }

    /// A page of the record, newest first.
    struct RecordPage { rows: Vec<RecordRow>, next: Option<i64>, total: u64 }

    /// Whether the record is whole.
    struct LedgerState { whole: bool, rows: i64, broken_at: Option<i64>, damage: Option<String>, since: Option<i64> }

    /// One day: `2026-11-23`, UTC.
    struct DayCount { day: String, checked: u64, cases: u64 }

    /// One upload that could not be checked.
    struct UncheckedRow {
        upload: i64, site: String, path: String, reason: String, since: i64, tries: i64,
        /// Its bytes were compared, its picture was not.
        bytes_compared: bool,
    }

    /// A page of uploads that could not be checked.
    struct UncheckedPage { rows: Vec<UncheckedRow>, next: Option<i64>, by_reason: Vec<CountOf> }
}

questions! {
    /// The answer to [`Leave`]; `remember` makes it the setting.
    struct LeaveAnswered { answer: LeaveAnswer, remember: bool }

    /// `cursor` is opaque: give back `next` to read on.
    struct InboxQuery {
        view: CaseView, order: CaseOrder, search: String, filter: CaseFilter, group: CaseGrouping,
        /// Keys of groups whose cases are not wanted now.
        folded: Vec<String>,
        cursor: Option<String>, limit: u32,
    }

    /// A decision. The same `request` twice decides once.
    struct DecideRequest { request: String, cases: Vec<i64>, decision: DecisionKind, note: Option<String>, snooze: Option<SnoozeUntil> }

    /// A note on a case.
    struct NoteAdd { case: i64, text: String }

    /// A chosen folder becomes a site.
    struct SiteAdd { token: i64, name: String, mode: SiteMode, preset: Option<String>, take_down: Option<TakeDown> }

    /// A pause; 0 minutes end it.
    struct SitePause { site: i64, minutes: i64 }

    /// Rows of the record before number `before`.
    struct RecordQuery { filter: RecordFilter, from: Option<i64>, to: Option<i64>, person: Option<String>, before: Option<i64>, limit: u32 }

    /// Uploads that could not be checked, after number `after`.
    struct UncheckedQuery { class: ReasonClass, after: Option<i64>, limit: u32 }

    /// These uploads, or all of a reason, or all.
    struct TryAgain { uploads: Option<Vec<i64>>, reason: Option<String> }
}

impl WireError {
    /// An error with a sentence.
    pub fn new(code: engine::Code, detail: &str) -> Self {
        Self { code: code.as_str().to_owned(), detail: Some(detail.to_owned()) }
    }

    /// The code as a word of the closed list, for the log.
    pub fn known_code(&self) -> &'static str {
        engine::Code::from_wire(&self.code).map_or("internal", engine::Code::as_str)
    }
}

impl From<engine::Error> for WireError {
    fn from(error: engine::Error) -> Self {
        Self { code: error.code().as_str().to_owned(), detail: error.detail() }
    }
}

// Behind the macros that they are made with.
mod duties;
mod home;
mod lists;
mod offers;
pub mod presets;
mod records;
mod selecting;
pub mod vault;
mod viewing;

pub use duties::*;
pub use home::*;
pub use lists::*;
pub use offers::*;
pub use presets::*;
pub use records::*;
pub use selecting::*;
pub use vault::*;
pub use viewing::*;
