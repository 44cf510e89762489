//! Matches, cases, decisions, actions.

use fingerprint::signal::{Distance, SignalKind};
use hashlist::{Harm, Status};

use super::{Place, SiteId, UploadId, id_type, wire_enum};

id_type!(
    /// What a person decides on. Its number is its name everywhere: "Case 1042".
    CaseId
);
id_type!(
    /// One hash list.
    ListId
);
id_type!(
    /// One key press: a single case or five thousand, undone as a whole.
    BatchId
);

id_type!(
    /// One entry that matches improbably many contents.
    FloodId
);

id_type!(
    /// One rule of what is known to be good.
    RuleId
);

wire_enum!(
    /// How a signal met an entry. Declared from the strongest to the weakest.
    MatchType {
        /// The same digest.
        Exact = "exact",
        /// PDQ within the threshold, of the picture as stored or as displayed.
        Near = "near",
        /// PDQ within the threshold, but of a turned or mirrored view.
        Turned = "turned",
    }
);

wire_enum!(
    /// What the lists of a case come to together. Declared from the most to the least weight.
    Agreement {
        /// Two lists or more name it, and one of them at least without a doubt of its own.
        SeveralLists = "several_lists",
        /// One list names it, and its publisher confirms it.
        OneList = "one_list",
        /// One list alone names it, and its publisher calls it suspected.
        Suspected = "suspected",
        /// Every entry that names it is disputed by members of its list.
        Disputed = "disputed",
    }
);

/// A content's signal within the allowed distance of an entry, with all that was known at that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The list.
    pub list: ListId,
    /// Its version.
    pub list_version: u64,
    /// Our number of the entry: stable in its version, and never the hash itself.
    pub entry: u32,
    /// The publisher's own key. May hold a hash: it stays in the store and is never shown.
    pub entry_key: String,
    /// The entry's harm, or the list's.
    pub harm: Harm,
    /// Kind of the signal that met.
    pub kind: SignalKind,
    /// How it met.
    pub match_type: MatchType,
    /// Differing bits, PDQ only.
    pub distance: Option<Distance>,
    /// The list's limit at that time, PDQ only.
    pub threshold: Option<Distance>,
    /// Number of the view that met, 0 to 7, PDQ only.
    pub view: Option<u8>,
    /// What the publisher says of the entry.
    pub status: Status,
    /// The publisher's labels, in their display form.
    pub labels: Vec<String>,
}

wire_enum!(
    /// Where a case stands.
    CaseState {
        /// Waits for a person.
        Open = "open",
        /// Has a draft whose clock runs.
        Drafted = "drafted",
        /// Comes back at a time.
        Snoozed = "snoozed",
        /// Somebody was asked.
        Asked = "asked",
        /// A decision is final.
        Decided = "decided",
        /// Nothing is left to decide.
        Closed = "closed",
        /// Waits behind the case of a flood.
        Held = "held",
    }
);

wire_enum!(
    /// What a person concluded.
    DecisionKind {
        /// The files leave the site.
        TakeDown = "take_down",
        /// Not a match, or no reason to act.
        Keep = "keep",
        /// Somebody else is asked.
        Ask = "ask",
        /// Later.
        Snooze = "snooze",
    }
);

impl DecisionKind {
    /// Whether the decision waits as a draft before it counts. Ask and snooze touch no file and count at once.
    pub const fn is_drafted(self) -> bool {
        matches!(self, Self::TakeDown | Self::Keep)
    }

    /// The form that a person types: `take-down`, `keep`, `ask`, `snooze`.
    pub fn from_typed(word: &str) -> Option<Self> {
        Self::from_wire(&word.replace('-', "_"))
    }
}

wire_enum!(
    /// Why a case asks to be looked at again.
    SecondLook {
        /// Taken down before, found again.
        CameBack = "came_back",
        /// No live entry names it any more.
        EntryWithdrawn = "entry_withdrawn",
        /// The action failed.
        Failed = "failed",
        /// A person opened it again.
        Reopened = "reopened",
        /// The snooze is over.
        SnoozeEnded = "snooze_ended",
        /// Stands for very many contents that one entry matches.
        Flood = "flood",
    }
);

wire_enum!(
    /// What a return looks like. None of it is proven.
    CameBackAs {
        /// A sync brought it back: a copy, the same path.
        Sync = "sync",
        /// Somebody uploaded it again: another path, or a newer file.
        Again = "again",
        /// A backup was restored: a live folder, the same path, the old time.
        Backup = "backup",
        /// The site made a generated size anew.
        Rebuilt = "rebuilt",
    }
);

wire_enum!(
    /// State of the action on one file. The row exists before the disk is touched.
    ActionState {
        /// Part of a final decision; nothing was touched.
        Planned = "planned",
        /// Written down, not yet known to have happened.
        Intent = "intent",
        /// Done and proven.
        Done = "done",
        /// Did not happen; the file is where it was.
        Failed = "failed",
    }
);

wire_enum!(
    /// What is done to a file.
    ActionKind {
        /// Out of the site into the holding directory.
        Quarantine = "quarantine",
        /// Back to its path.
        Restore = "restore",
        /// From the holding directory into the vault.
        Seal = "seal",
    }
);

/// One file of a plan.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// The upload.
    pub upload: UploadId,
    /// Its site.
    pub site: SiteId,
    /// Its path.
    pub path: super::SitePath,
    /// It leaves the folder; otherwise it is written on a to-do.
    pub moves: bool,
}

/// What an action would do, shown before it is done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The case.
    pub case: CaseId,
    /// The files that would be moved.
    pub files: Vec<PlannedFile>,
}

/// What became of one file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOutcome {
    /// The upload.
    pub upload: UploadId,
    /// Where the file is now.
    pub place: Place,
    /// `None` if it was done; else the reason code (`permission_denied`, `changing`, `vanished`, `path_taken`, …).
    pub failed: Option<String>,
}
