//! Duties: clocks, notices, reports, statements.

use super::{CaseId, id_type, wire_enum};

id_type!(
    /// One clock of a duty.
    ClockId
);
id_type!(
    /// One notice that was typed in.
    NoticeId
);

wire_enum!(
    /// What a clock counts.
    ClockKind {
        /// A removal order for terrorist content.
        TcoOrder = "tco_order",
        /// A request to remove an intimate image.
        NciiRequest = "ncii_request",
        /// The report of child abuse material; counts up.
        CsamReport = "csam_report",
        /// A threat to somebody's life; due from the first second.
        LifeThreat = "life_threat",
        /// An authority's wish that the uploader is not told.
        NonDisclosure = "non_disclosure",
        /// A reminder of the operator's own.
        Reminder = "reminder",
    }
);

impl ClockKind {
    /// Its name among the clocks of a country profile.
    pub const fn profile_key(self) -> &'static str {
        match self {
            Self::CsamReport => "csam",
            other => other.as_str(),
        }
    }

    /// Whether taking the files down meets it.
    pub const fn is_met_by_take_down(self) -> bool {
        matches!(self, Self::TcoOrder | Self::NciiRequest)
    }
}

wire_enum!(
    /// How the start of a clock is known.
    ClockKnown {
        /// A person typed it in.
        Typed = "typed",
        /// A decision of this case.
        Decision = "decision",
    }
);

wire_enum!(
    /// Where a clock stands.
    ClockState {
        /// It runs.
        Running = "running",
        /// What it asks for is done, in time if it has a limit.
        Met = "met",
        /// Its limit has passed. It stays so, also when the thing is done later.
        Missed = "missed",
        /// A person stopped it, with a reason.
        Stopped = "stopped",
    }
);

wire_enum!(
    /// What a notice is.
    NoticeKind {
        /// A request to remove an intimate image.
        NciiRequest = "ncii_request",
        /// A removal order for terrorist content.
        TcoOrder = "tco_order",
        /// A notice of illegal content.
        DsaNotice = "dsa_notice",
        /// Mail of a hotline.
        HotlineMail = "hotline_mail",
    }
);

impl NoticeKind {
    /// What makes a notice of this kind whole.
    pub const fn checklist(self) -> &'static [&'static str] {
        match self {
            Self::NciiRequest => &["signature", "content_named", "no_consent_statement", "contact"],
            Self::TcoOrder => &["authority_named", "content_named", "legal_ground", "signature", "redress"],
            Self::DsaNotice => &["reasons", "content_named", "contact", "good_faith_statement"],
            Self::HotlineMail => &["content_named", "contact"],
        }
    }

    /// The clock that its receipt starts, if any.
    pub const fn clock(self) -> Option<ClockKind> {
        match self {
            Self::NciiRequest => Some(ClockKind::NciiRequest),
            Self::TcoOrder => Some(ClockKind::TcoOrder),
            Self::DsaNotice | Self::HotlineMail => None,
        }
    }
}

wire_enum!(
    /// Who sent a notice.
    SenderKind {
        /// A person.
        Person = "person",
        /// An authority.
        Authority = "authority",
        /// A hotline.
        Hotline = "hotline",
        /// Somebody else.
        Other = "other",
    }
);

wire_enum!(
    /// What the uploader is told, and when.
    StatementState {
        /// Ready to be sent by the operator.
        Prepared = "prepared",
        /// Not to be sent now; the reason says why.
        Held = "held",
        /// The operator sent it.
        Released = "released",
    }
);

wire_enum!(
    /// Whom a report is for.
    PackKind {
        /// The CyberTipline of the United States.
        Ncmec = "ncmec",
        /// The National Crime Agency of the United Kingdom.
        Nca = "nca",
        /// A hotline: the address, nothing else.
        Hotline = "hotline",
        /// The police, also about a threat to life.
        Police = "police",
        /// The statement of reasons for the uploader.
        Dsa = "dsa",
        /// Plain facts.
        Plain = "plain",
    }
);

wire_enum!(
    /// How sure a statement about a duty is.
    Sure {
        /// Somebody read it at its source.
        Read = "read",
        /// From summaries or general knowledge.
        Verify = "verify",
    }
);

/// A clock as it is stored.
#[derive(Clone, Debug)]
pub struct DutyClock {
    /// Its number.
    pub id: ClockId,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The notice that started it.
    pub notice: Option<NoticeId>,
    /// What it counts.
    pub kind: ClockKind,
    /// The country profile it comes from; empty while none is chosen.
    pub profile: String,
    /// Its title.
    pub title: String,
    /// Where the duty is written.
    pub source: String,
    /// How sure that is.
    pub sure: Sure,
    /// When it started, in milliseconds since 1970 (UTC).
    pub started_at: i64,
    /// How that is known.
    pub known: ClockKnown,
    /// When it is due; `None` counts up.
    pub due_at: Option<i64>,
    /// From when on it asks for attention.
    pub warn_at: Option<i64>,
    /// Who asked.
    pub sender: Option<String>,
    /// Their reference number.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: ClockState,
    /// When its limit passed.
    pub missed_at: Option<i64>,
    /// On a copy: when a person said that the site no longer shows it.
    pub site_confirmed_at: Option<i64>,
    /// When it was met or stopped.
    pub ended_at: Option<i64>,
    /// By whom.
    pub ended_by: Option<String>,
    /// Why it was stopped, or what met it.
    pub end_reason: Option<String>,
}

impl DutyClock {
    /// Whether it asks for attention at `now`: it was missed, its time has come, or the time to warn has.
    pub fn asks(&self, now: i64) -> bool {
        let is_due = self.due_at.is_some_and(|due| now >= due) || self.warn_at.is_some_and(|warn| now >= warn);
        self.ended_at.is_none() && (self.state == ClockState::Missed || is_due)
    }
}
