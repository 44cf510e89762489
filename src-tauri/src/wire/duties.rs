//! Duties as the page sees them: clocks, reports, statements, countries and their pages of Help.

use std::collections::BTreeMap;

use engine::engine::duties as stored;
use engine::model::{Shown, Sure};
use engine::record::profile::{Loaded, Profile};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A text of a profile, or one that was typed in, whole and safe to show.
fn shown(text: &str) -> String {
    Shown::of_text(text).as_str().to_owned()
}

words!(
    /// In which language a page of Help is.
    HelpLanguage: engine::record::profile::Language { English, German }
);
words!(
    /// What a clock counts.
    ClockKind: engine::model::ClockKind { TcoOrder, NciiRequest, CsamReport, LifeThreat, NonDisclosure, Reminder }
);
shown_words!(
    /// Where a clock stands.
    ClockState: engine::model::ClockState { Running, Met, Missed, Stopped }
);
words!(
    /// What a notice is.
    NoticeKind: engine::model::NoticeKind { NciiRequest, TcoOrder, DsaNotice, HotlineMail }
);
asked_words!(
    /// Who sent a notice.
    SenderKind: engine::model::SenderKind { Person, Authority, Hotline, Other }
);
words!(
    /// Whom a report is for.
    PackKind: engine::model::PackKind { Ncmec, Nca, Hotline, Police, Dsa, Plain }
);
asked_words!(
    /// What the operator says about keeping the file itself.
    KeepAnswer: engine::record::keeping::KeepAnswer { Keep, FactsOnly, Later }
);
shown_words!(
    /// What the uploader is told, and when.
    StatementState: engine::model::StatementState { Prepared, Held, Released }
);

answers! {
    /// A clock of a duty.
    struct DutyClock {
        clock: i64, case: Option<i64>, kind: ClockKind, title: String,
        #[ts(inline)]
        state: ClockState,
        started: i64, due: Option<i64>,
        /// It asks for attention now.
        asks: bool,
        ended: Option<i64>, end_reason: Option<String>,
        /// On a copy: a person can say that the site no longer shows it.
        can_confirm: bool,
        source: String, verified: bool, sender: Option<String>, reference: Option<String>,
    }

    /// A report that was filed.
    struct FiledReport { to: PackKind, number: Option<String>, at: i64 }

    /// The statement of a case. `reason` is a word where the default of the harm holds.
    struct Statement {
        #[ts(inline)]
        state: StatementState,
        reason: String, until: Option<i64>, is_default: bool, text: String,
    }

    /// What a case asks for.
    struct CaseDuties {
        clocks: Vec<DutyClock>, filed: Vec<FiledReport>, statement: Option<Statement>,
        /// Whether the file itself may be kept is still to be answered.
        asks_evidence: bool,
    }

    /// What only the operator knows for a report of this kind.
    struct ReportForm { fields: Vec<String>, asks_viewed: bool }

    /// A report that was written.
    struct ReportMade { files: u64, folder_shown: String }

    /// The country profiles that were chosen.
    struct Country { answers: Option<CountryAnswers>, profiles: Vec<CountryProfile> }

    /// One country profile.
    struct CountryProfile { name: String, title: String, as_of: String, checked_by: String, own_copy: bool, problem: Option<String>, is_chosen: bool }

    /// One statement of a page of Help.
    struct HelpLine { text: String, source: String, verified: bool }

    /// One part of it.
    struct HelpPart { part: String, lines: Vec<HelpLine> }

    /// The page of Help of a country.
    struct HelpPage { profile: CountryProfile, language: HelpLanguage, parts: Vec<HelpPart> }
}

questions! {
    /// A page of Help to be saved.
    struct HelpAsk { profile: String, language: HelpLanguage }

    /// A clock that only the operator can know of.
    struct ClockStart {
        case: Option<i64>, kind: ClockKind, received: i64, sender: Option<String>, reference: Option<String>, until: Option<i64>, title: Option<String>, sure: bool,
    }

    /// A clock is stopped, with a reason.
    struct ClockStop { clock: i64, reason: String }

    /// A notice that was typed in, about a case; without one about a file, which the person chooses.
    struct NoticeNew {
        case: Option<i64>, kind: NoticeKind, from_kind: SenderKind, from: String, reference: String, received: i64, names: String, checks: Vec<String>, sure: bool,
    }

    /// The file itself goes along, encrypted to the receiver's key.
    struct ReportSealed { key: String, typed: String, why: String }

    /// A report to be written.
    struct ReportAsk {
        case: i64, kind: PackKind, fields: BTreeMap<String, String>, ips: Vec<String>, viewed_outside: Option<bool>, with_names: bool, sealed: Option<ReportSealed>,
    }

    /// Whether the file itself may be kept.
    struct EvidenceAnswer { case: i64, answer: KeepAnswer, typed: String, reason: String }

    /// A report that was filed.
    struct ReportedNote { case: i64, to: PackKind, number: Option<String> }

    /// The statement of a case is held or was sent.
    struct StatementChange { case: i64, release: bool, reason: String }
}

/// Where the operator lives and works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CountryAnswers {
    /// Two letters of a country, or `OTHER`.
    pub lives: String,
    /// Two letters of a country, or `OTHER`.
    pub hosted: String,
    /// The site serves people in the European Union.
    pub serves_eu: bool,
    /// The site serves people in the United Kingdom.
    pub serves_uk: bool,
    /// For a company, not alone.
    pub company: bool,
}

impl From<stored::Answers> for CountryAnswers {
    fn from(answers: stored::Answers) -> Self {
        let stored::Answers { lives, hosted, serves_eu, serves_uk, company } = answers;
        Self { lives, hosted, serves_eu, serves_uk, company }
    }
}

impl From<CountryAnswers> for stored::Answers {
    fn from(answers: CountryAnswers) -> Self {
        let CountryAnswers { lives, hosted, serves_eu, serves_uk, company } = answers;
        Self { lives, hosted, serves_eu, serves_uk, company }
    }
}

impl DutyClock {
    /// A clock as it stands at `now`.
    pub fn new(clock: engine::model::DutyClock, now: i64) -> Self {
        let text = |text: Option<String>| text.map(|text| shown(&text));
        Self {
            clock: clock.id.get(),
            case: clock.case.map(engine::model::CaseId::get),
            title: shown(&clock.title),
            state: clock.state.into(),
            started: clock.started_at,
            due: clock.due_at,
            asks: clock.asks(now),
            ended: clock.ended_at,
            end_reason: text(clock.end_reason),
            can_confirm: clock.ended_at.is_none() && clock.kind.is_met_by_take_down() && clock.site_confirmed_at.is_none(),
            source: shown(&clock.source),
            verified: clock.sure == Sure::Read,
            sender: text(clock.sender),
            reference: text(clock.reference),
            kind: clock.kind.into(),
        }
    }
}

impl CountryProfile {
    /// A profile, and whether it is one of the chosen.
    pub fn new(loaded: &Loaded, is_chosen: bool) -> Self {
        let Profile { name, title, as_of, checked_by, .. } = &loaded.profile;
        Self {
            name: shown(name),
            title: shown(title),
            as_of: shown(as_of),
            checked_by: shown(checked_by),
            own_copy: loaded.is_own,
            problem: loaded.problem.as_deref().map(shown),
            is_chosen,
        }
    }
}

impl HelpPage {
    /// A page of Help.
    pub fn new(loaded: &Loaded, is_chosen: bool) -> Self {
        let line = |fact: &engine::record::profile::Fact| HelpLine {
            text: shown(&fact.text),
            source: shown(&fact.source),
            verified: fact.sure == Sure::Read,
        };
        let part = |(part, facts): &(&str, &[engine::record::profile::Fact])| HelpPart {
            part: (*part).to_owned(),
            lines: facts.iter().map(line).collect(),
        };
        Self {
            profile: CountryProfile::new(loaded, is_chosen),
            language: loaded.language.into(),
            parts: loaded.profile.help.parts().iter().map(part).collect(),
        }
    }
}
