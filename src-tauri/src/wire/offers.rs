//! A list on offer as the page sees it, and what a person says of it.

use engine::engine::offering::{Offer, Ready, Refused, Stage};
use engine::lists::import::Choices;
use engine::lists::reading::Step;
use engine::lists::signed::Signing;
use fingerprint::signal::SignalKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::convert::{counts_of, shown};
use super::{CountOf, Harm, Polarity, Status};

/// Rejected records that a preview names.
const REJECTED_SHOWN: usize = 100;

own_words!(
    /// What 64-digit values are.
    HashKind { Sha256, Pdq }
);
own_words!(
    /// Where an offered list is.
    OfferStage { Bringing, Reading, Compiling, Ready, Importing, Imported, UpToDate, Refused }
);

answers! {
    /// One record of a list file that is unusable, without its text.
    struct RejectedRecord { record: u64, reason: String, detail: String }

    /// What 64-digit values say about their kind.
    struct AskKind {
        n: u64, k: u64,
        #[ts(inline)]
        proposal: Option<HashKind>,
    }

    /// Who signed a list, and under which key.
    struct SigningPreview {
        publisher: String, name: String, seq: u64, created: i64, expires: i64, key_id: String,
        /// The words of the key, at its first use: a person compares them.
        words: Option<String>,
        waits_for_person: bool,
    }

    /// A list before it counts.
    struct ImportPreview {
        file_shown: String, size: u64, format: String, format_title: String, why: String, name_proposal: String, next_version_of: Option<i64>,
        replaces: bool, entries: u64, can_match: u64, added: u64, duplicate: u64, skipped: Vec<CountOf>, rejected: Vec<CountOf>,
        rejected_records: Vec<RejectedRecord>, never_alert: u64, low_quality: u64, kinds: Vec<CountOf>, kept: Vec<CountOf>, withdrawn: u64, changed: u64,
        harm: Harm, polarity: Polarity, ask_harm: bool, ask_polarity: bool, ask_trust: bool,
        #[ts(inline)]
        ask_kind: Option<AskKind>,
        /// The records of a case file: somebody's investigation.
        ask_case: bool,
        signing: Option<SigningPreview>, guards: Vec<String>, notes: Vec<String>, now_matching: u64, oldest_match: Option<i64>, contents: u64,
        decisions_affected: u64,
        /// Why the last answers could not be used.
        refused: Option<OfferRefusal>,
    }

    /// Why an offer came to nothing, or why an answer could not be used.
    struct OfferRefusal { code: String, detail: Option<String>, sentence: String }

    /// A list version that answers now.
    struct Imported { list: i64, name: String, seq: u64, entries: u64, now_matching: u64 }

    /// The list on offer.
    struct OfferState {
        token: u64,
        #[ts(inline)]
        stage: OfferStage,
        host: Option<String>,
        /// Of a download: bytes, of how many, a second, and the seconds left.
        bytes: Option<u64>,
        bytes_total: Option<u64>, bytes_a_second: Option<u64>, left_s: Option<u64>,
        /// Older uploads that were matched again, of how many.
        done: Option<u64>,
        all: Option<u64>, preview: Option<ImportPreview>, imported: Option<Imported>, refused: Option<OfferRefusal>,
    }
}

questions! {
    /// A file, or a folder, that is chosen in the system's dialog.
    struct OfferChoose { folder: bool, follow: bool }

    /// An address, which is contacted only after a yes in the system's own dialog.
    struct OfferAddress {
        address: String, name: String, token: String, headers: Vec<String>, other_hosts: Vec<String>, private_network: bool,
        /// The person chooses the root certificate of a server in their own network.
        own_root: bool,
        /// 0: by hand.
        every_hours: i64,
    }

    /// What a person says of the list on offer.
    struct OfferAnswers {
        token: u64, name: String, harm: Option<Harm>,
        /// Images of people under 18: makes it a protected list.
        under_18: bool,
        polarity: Option<Polarity>,
        #[ts(inline)]
        kind: Option<HashKind>,
        trust: Option<Status>,
        /// Read it as this format.
        format: Option<String>,
        /// What the columns of a table are: `2=sha256,Grade=category`.
        columns: Option<String>,
        take_case: bool,
        /// Public key of a signed list.
        key: Option<String>,
    }

    /// A yes to what the list on offer asks.
    struct OfferYes {
        answers: OfferAnswers,
        /// The guards that were shown.
        guards: Vec<String>,
        /// The words of the key were compared with the publisher.
        key: bool,
    }
}

impl From<&Refused> for OfferRefusal {
    fn from(refused: &Refused) -> Self {
        let detail = refused.detail.as_deref().map(shown);
        Self {
            code: refused.code.as_str().to_owned(),
            detail,
            sentence: engine::model::Shown::of_text(&refused.sentence).as_str().to_owned(),
        }
    }
}

impl From<&Offer> for OfferState {
    fn from(offer: &Offer) -> Self {
        let mut state = Self {
            token: offer.token,
            stage: OfferStage::Bringing,
            host: offer.host.as_deref().map(shown),
            bytes: None,
            bytes_total: None,
            bytes_a_second: None,
            left_s: None,
            done: None,
            all: None,
            preview: None,
            imported: None,
            refused: None,
        };
        match &offer.stage {
            Stage::Bringing(None) => {}
            Stage::Bringing(Some(progress)) => {
                state.bytes = Some(progress.bytes);
                state.bytes_total = progress.total;
                state.bytes_a_second = progress.bytes_a_second;
                state.left_s = progress.left().map(|left| left.as_secs());
            }
            Stage::Reading(step, left) => {
                state.left_s = left.map(|left| left.as_secs());
                match *step {
                    Step::Reading(bytes, of) => {
                        state.stage = OfferStage::Reading;
                        (state.bytes, state.bytes_total) = (Some(bytes), Some(of));
                    }
                    Step::Rows(done) => {
                        state.stage = OfferStage::Reading;
                        state.done = Some(done);
                    }
                    Step::Compiling(done, of) => {
                        state.stage = OfferStage::Compiling;
                        (state.done, state.all) = (Some(done), Some(of));
                    }
                }
            }
            Stage::Ready(ready) => {
                state.stage = OfferStage::Ready;
                state.preview = Some(preview(offer, ready));
            }
            Stage::Importing(done, all) => {
                state.stage = OfferStage::Importing;
                (state.done, state.all) = (Some(*done), Some(*all));
            }
            Stage::Imported(done) => {
                state.stage = OfferStage::Imported;
                let (list, name) = (done.list.get(), shown(&done.name));
                state.imported = Some(Imported { list, name, seq: done.seq, entries: done.entries, now_matching: done.now_matching });
            }
            Stage::UpToDate(_) => state.stage = OfferStage::UpToDate,
            Stage::Refused(refused) => {
                state.stage = OfferStage::Refused;
                state.refused = Some(refused.into());
            }
        }
        state
    }
}

fn preview(offer: &Offer, ready: &Ready) -> ImportPreview {
    let Ready { prepared, effect, .. } = ready;
    let (import, report) = (&prepared.import, &prepared.import.report);
    let rejected_records = report.rejected_records.iter().take(REJECTED_SHOWN).map(|record| RejectedRecord {
        record: record.record,
        reason: record.reason.to_owned(),
        detail: shown(&record.detail),
    });
    let list = prepared.next_version_of.as_ref();
    ImportPreview {
        file_shown: shown(&prepared.taken.shown_name),
        size: prepared.taken.size(),
        format: import.format.as_str().to_owned(),
        format_title: import.format.title().to_owned(),
        why: shown(&import.why),
        name_proposal: shown(&prepared.name),
        next_version_of: list.map(|list| list.id.get()),
        replaces: import.state == hashlist::formats::State::Snapshot,
        entries: report.entries,
        can_match: report.can_match,
        added: prepared.difference.added.len() as u64,
        duplicate: report.duplicate,
        skipped: counts_of(report.skipped.iter().map(|(name, count)| (*name, *count))),
        rejected: counts_of(report.rejected.iter().map(|(name, count)| (*name, *count))),
        rejected_records: rejected_records.collect(),
        never_alert: report.never_alert,
        low_quality: report.low_quality,
        kinds: counts_of(report.signals.iter().map(|(name, count)| (*name, *count))),
        kept: counts_of(report.kept_not_matched.iter().map(|(name, count)| (name, *count))),
        withdrawn: prepared.difference.withdrawn.len() as u64,
        changed: prepared.difference.changed.len() as u64,
        harm: import.harm.unwrap_or(hashlist::Harm::Unknown).into(),
        polarity: import.polarity.into(),
        ask_harm: offer.asks.harm,
        ask_polarity: offer.asks.polarity,
        ask_trust: import.format.asks_trust(),
        ask_kind: offer.asks.hex.map(|hex| AskKind { n: hex.n, k: hex.k, proposal: hex.proposal.and_then(hash_kind) }),
        ask_case: prepared.questions().contains(&hashlist::Question::CaseFile),
        signing: prepared.signing.as_ref().map(signing),
        guards: ready.guards.iter().map(|guard| (*guard).to_owned()).collect(),
        notes: import.notes.iter().map(|note| shown(note)).collect(),
        now_matching: effect.now_matching,
        oldest_match: effect.oldest,
        contents: effect.contents,
        decisions_affected: ready.decisions_affected,
        refused: ready.refused.as_ref().map(Into::into),
    }
}

fn signing(signing: &Signing) -> SigningPreview {
    SigningPreview {
        publisher: shown(&signing.header.publisher),
        name: shown(&signing.header.name),
        seq: signing.current.seq,
        created: signing.header.created_ms,
        expires: signing.expires_ms,
        key_id: signing.key_id(),
        words: signing.first_use.as_ref().map(|key| key.words().join(" ")),
        waits_for_person: signing.waits_for_person,
    }
}

/// What a person said, in the engine's words.
///
/// # Errors
/// A format or a column that does not exist.
pub fn choices(answers: &OfferAnswers) -> engine::Result<Choices> {
    let unread = |what: &str| engine::Error::refused(engine::Code::BadArgument, what);
    let said = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let format = |id: String| hashlist::Format::from_wire(&id).ok_or_else(|| unread("This format is not known."));
    let columns = |text: String| hashlist::Mapping::from_wire(&text).ok_or_else(|| unread("Say columns as 2=sha256,Grade=category."));
    let name = answers.name.trim();
    Ok(Choices {
        name: (!name.is_empty()).then(|| name.to_owned()),
        harm: if answers.under_18 { Some(hashlist::Harm::Csam) } else { answers.harm.map(Into::into) },
        polarity: answers.polarity.map(Into::into),
        kind: answers.kind.map(Into::into),
        trust: answers.trust.map(Into::into),
        format: said(&answers.format).map(format).transpose()?,
        mapping: said(&answers.columns).map(columns).transpose()?,
        takes_case: answers.take_case,
        ..Choices::default()
    })
}

fn hash_kind(kind: SignalKind) -> Option<HashKind> {
    match kind {
        SignalKind::Sha256 => Some(HashKind::Sha256),
        SignalKind::Pdq => Some(HashKind::Pdq),
        SignalKind::Md5 | SignalKind::Sha1 => None,
    }
}

impl From<HashKind> for SignalKind {
    fn from(kind: HashKind) -> Self {
        match kind {
            HashKind::Sha256 => Self::Sha256,
            HashKind::Pdq => Self::Pdq,
        }
    }
}
