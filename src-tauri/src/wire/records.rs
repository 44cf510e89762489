//! Persons, copies, known good, and papers, as the page sees them.

use engine::engine::copies::{Copies, Copy};
use engine::engine::known_good::RuleView;
use engine::engine::recording::Verdict;
use engine::model::{Ability, CaseId, Person};
use engine::store::known_good::Subject;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::MatchType;
use super::convert::shown;

words!(
    /// How a table of the record is written.
    TableForm: engine::engine::recording::TableForm { Csv, Json }
);
words!(
    /// Which rows of the record.
    RecordFilter: engine::record::table::Tab { Decisions, Reveals, Actions, Lists, Sites, All }
);
shown_words!(
    /// What the signature of an export says.
    Signed: engine::engine::recording::Signed { Good, UnknownKey, Missing, Bad }
);
shown_words!(
    /// The ledger of this home against an export.
    Here: engine::engine::recording::Here { Same, Other, Shorter, Differs }
);

own_words!(
    /// What a rule is about.
    GoodAbout { Content, Entry, Uploader }
);

answers! {
    /// Somebody who shares this home. A name is not a password.
    struct PersonRow { name: String, view: bool, decide: bool, purge: bool, no_pictures: bool }

    /// Everybody, and who acts. `keeper`: the acting person may change who may do what.
    struct Persons { acting: PersonRow, keeper: bool, all: Vec<PersonRow> }

    /// One copy of a case's content.
    struct CopyRow {
        #[serde(rename = "match")]
        match_type: MatchType,
        distance: Option<u16>, case: Option<i64>, files: u64, taken_down: u64, sites: Vec<String>,
    }

    /// Every copy. `without_case` of them could be joined. Crops, mosaics, redrawn pictures and videos are not found.
    struct CopiesFound { rows: Vec<CopyRow>, files: u64, compared: u64, has_fingerprint: bool, without_case: u64 }

    /// A rule of what is known to be good.
    struct GoodRule {
        rule: i64, kind: String, list: Option<String>, entry: Option<String>, site: Option<String>, uploader: Option<String>, reason: String, person: String,
        at: i64, until: Option<i64>, ended: Option<i64>, cases: Vec<i64>,
    }

    /// What a rule keeps, and whether one is worth proposing: so many uploads share the content.
    struct GoodOfCase {
        kept_by: Option<GoodRule>, shared_by: Option<u64>,
        /// What else a rule could be about: the entry (its list and number), the account.
        entry: Option<String>,
        uploader: Option<String>,
    }

    /// A rule that was made, and the open cases that it keeps.
    struct GoodAdded { rule: i64, kept: u64 }

    /// Files that were written, by their names.
    struct Written { files: Vec<String>, rows: u64, words: Option<String> }

    /// An export that was checked.
    struct FileVerdict {
        file: String, whole: bool, rows: u64, line: Option<u64>, row: Option<i64>, damage: Option<String>,
        #[ts(inline)]
        signed: Signed,
        words: Option<String>,
        #[ts(inline)]
        here: Here,
        here_at: Option<i64>,
    }
}

questions! {
    /// A new person, or what a known one may do.
    struct PersonPut { name: String, view: bool, decide: bool, purge: bool, no_pictures: bool, new: bool }

    /// Never raise the content of a case again, or what its entry matches, or what its account uploaded.
    struct GoodAdd { case: i64, about: GoodAbout, reason: String, until: Option<i64> }

    /// Rows of the record as a table.
    struct TableWrite { form: TableForm, filter: RecordFilter, from: Option<i64>, to: Option<i64>, person: Option<String>, leave_out_names: bool }

    /// The statement of a site; the month like `2026-11`.
    struct StatementWrite { site: i64, month: String }
}

impl From<&Person> for PersonRow {
    fn from(person: &Person) -> Self {
        let may = |ability| person.may(ability);
        Self {
            name: shown(&person.name),
            view: may(Ability::View),
            decide: may(Ability::Decide),
            purge: may(Ability::Purge),
            no_pictures: person.no_pictures,
        }
    }
}

impl PersonPut {
    /// The person that is meant.
    pub fn to_person(&self) -> Person {
        let given = [(Ability::View, self.view), (Ability::Decide, self.decide), (Ability::Purge, self.purge)];
        let abilities = given.into_iter().filter(|(_, given)| *given).map(|(ability, _)| ability).collect();
        Person { name: self.name.trim().to_owned(), abilities, no_pictures: self.no_pictures }
    }
}

impl From<&Copy> for CopyRow {
    fn from(copy: &Copy) -> Self {
        Self {
            match_type: copy.kind.into(),
            distance: copy.distance.map(|bits| bits.0),
            case: copy.case.map(CaseId::get),
            files: copy.files(),
            taken_down: copy.on_sites.iter().map(|on| on.held).sum(),
            sites: copy.on_sites.iter().map(|on| shown(&on.site)).collect(),
        }
    }
}

impl From<&Copies> for CopiesFound {
    fn from(found: &Copies) -> Self {
        Self {
            rows: found.found.iter().map(Into::into).collect(),
            files: found.tally().files,
            compared: found.compared,
            has_fingerprint: found.has_fingerprint,
            without_case: found.without_case().len() as u64,
        }
    }
}

impl From<&RuleView> for GoodRule {
    fn from(view: &RuleView) -> Self {
        let rule = &view.rule;
        let (entry, uploader) = match &rule.subject {
            Subject::Entry { entry, .. } => (Some(format!("#{entry}")), None),
            Subject::Uploader { name, .. } => (None, Some(shown(name))),
            Subject::Content(_) => (None, None),
        };
        Self {
            rule: rule.id.get(),
            kind: rule.subject.as_str().to_owned(),
            list: view.list.as_deref().map(shown),
            entry,
            site: view.site.as_deref().map(shown),
            uploader,
            reason: shown(&rule.reason),
            person: shown(&rule.person),
            at: rule.at,
            until: rule.expires_at,
            ended: rule.ended_at,
            cases: view.kept.iter().map(|case| case.get()).collect(),
        }
    }
}

impl FileVerdict {
    /// What was found, of a file with this name.
    pub fn of(file: String, found: &Verdict) -> Self {
        let broken = found.checked.broken;
        Self {
            file,
            whole: found.is_whole(),
            rows: found.checked.rows.len() as u64,
            line: broken.map(|broken| broken.line),
            row: broken.and_then(|broken| broken.row),
            damage: broken.map(|broken| broken.damage.as_str().to_owned()),
            signed: found.signed.into(),
            words: found.key.map(|key| key.words().join(" ")),
            here: found.here.into(),
            here_at: found.here_at,
        }
    }
}
