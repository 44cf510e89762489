//! The engine's values as the page sees them: plain translation, names in their display form, protected lists without their names.

use engine::Core;
use engine::engine::overview::{self, ListView, SiteView};
use engine::engine::siting::{Survey, Unfit};
use engine::engine::viewing;
use engine::model::{self, CaseId, ListId, Shown, SiteId};
use engine::record::verify::Verified;
use engine::store::groups;
use engine::store::inbox::{self, InboxRow};
use engine::store::ledger::LedgerRow;
use engine::store::sites::SiteHealth as StoredHealth;
use engine::store::uploads::UploadRow as StoredUpload;
use engine::store::{contents, lists as stored_lists, sites, uploads};

use super::*;

/// Seconds after which a sweep says how long it still takes.
const ESTIMATE_AFTER_S: f64 = 5.0;
/// Or files: before either, the rate is a guess.
const ESTIMATE_AFTER_FILES: u64 = 200;
/// A walk that has found no work yet is worth showing after this many seconds: shorter ones would only flicker.
const WALK_SHOWN_AFTER_S: f64 = 2.0;
/// Rows of the record that the program wrote by itself.
const BY_THE_PROGRAM: [&str; 15] = [
    "matched",
    "withdrawn_entry",
    "planned",
    "intended",
    "done",
    "failed",
    "final",
    "clock_started",
    "clock_met",
    "clock_missed",
    "clock_recomputed",
    "time_jumped",
    "sealed",
    "evidence_missing",
    "evidence_found",
];
/// Facts that are for machines, or that could be the hash of a protected list.
const NOT_SHOWN: [&str; 6] = ["sha256", "batch", "upload", "sealed_sha256", "taken_down_as", "key"];

/// A short text from outside, for a row.
pub fn shown(text: &str) -> String {
    Shown::of_text(text).elided()
}

/// Whether the names of the lists of this harm stay out of rows and bars.
fn is_protected(harm: hashlist::Harm) -> bool {
    matches!(harm, hashlist::Harm::Csam | hashlist::Harm::Ncii | hashlist::Harm::Unknown)
}

fn ids<T>(ids: Vec<T>, get: impl Fn(T) -> i64) -> Vec<i64> {
    ids.into_iter().map(get).collect()
}

/// Case numbers as the page knows them.
pub fn case_ids(cases: Vec<CaseId>) -> Vec<i64> {
    ids(cases, CaseId::get)
}

impl From<InboxRow> for CaseRow {
    fn from(row: InboxRow) -> Self {
        let protected = is_protected(row.case.harm);
        Self {
            case: row.case.id.get(),
            state: row.case.state.into(),
            harm: row.case.harm.into(),
            protected,
            match_type: row.case.match_type.into(),
            distance: row.case.distance,
            list: if protected { String::new() } else { shown(&row.list_name) },
            more_lists: row.case.lists.saturating_sub(1),
            files: row.files,
            sites: row.sites,
            folder: row.folder,
            kind: row.kind,
            size: row.size,
            first_seen: row.first_seen_at,
            updated: row.case.updated_at,
            decision: row.case.decision.map(Into::into),
            act_at: row.act_at,
            back_at: row.case.back_at,
            second_look: row.case.second_look.map(Into::into),
            moved: row.moved.map(|(moved, _)| moved),
            left: row.moved.map(|(_, left)| left),
            claimed_by: row.claimed_by.as_deref().map(shown),
            has_note: row.has_note,
            agreement: row.case.agreement.into(),
            flood: row.flood,
            todo: row.todo.map(Into::into),
            came_back_as: row.case.came_back_as.map(Into::into),
            group: row.group,
        }
    }
}

impl From<groups::Group> for CaseGroup {
    fn from(group: groups::Group) -> Self {
        Self { key: group.key, name: group.name, more: group.more, protected: group.is_protected, cases: group.cases, files: group.files }
    }
}

fn earlier(core: &Core, case: CaseId) -> engine::Result<Vec<EarlierDecision>> {
    let made = core.store.read(|connection| engine::store::decisions::earlier(connection, case))?;
    let told = |it: engine::store::decisions::Earlier| EarlierDecision {
        at: it.at,
        person: shown(&it.person),
        decision: it.decision.into(),
        note: it.note.as_deref().map(shown),
        case: it.case.get(),
    };
    Ok(made.into_iter().map(told).collect())
}

impl From<inbox::Page> for InboxPage {
    fn from(page: inbox::Page) -> Self {
        Self {
            rows: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
            total: page.total,
            groups: page.groups.into_iter().map(Into::into).collect(),
        }
    }
}

fn view(number: Option<u8>) -> View {
    use fingerprint::signal::View as Stored;
    match number.and_then(Stored::from_number) {
        None | Some(Stored::Original) => View::Original,
        Some(Stored::Rotate90 | Stored::Rotate270) => View::QuarterTurn,
        Some(Stored::Rotate180) => View::HalfTurn,
        Some(Stored::FlipX | Stored::FlipY | Stored::FlipPlus1 | Stored::FlipMinus1) => View::Mirror,
    }
}

/// How easily a signal is forged: a case is named by the strongest one.
fn weakness(kind: fingerprint::signal::SignalKind) -> u8 {
    use fingerprint::signal::SignalKind;
    match kind {
        SignalKind::Sha256 | SignalKind::Pdq => 0,
        SignalKind::Sha1 => 1,
        SignalKind::Md5 => 2,
    }
}

fn match_detail((row, list, updated): (engine::store::cases::MatchRow, String, i64), difference: Option<String>) -> MatchDetail {
    let found = row.found;
    MatchDetail {
        list: shown(&list),
        list_version: found.list_version,
        entry: shown(&hashlist::shown_name(&found.entry_key, found.entry)),
        kind: found.kind.as_str().to_owned(),
        match_type: found.match_type.into(),
        distance: found.distance.map(|distance| distance.0),
        threshold: found.threshold.map(|distance| distance.0),
        view: view(found.view),
        status: found.status.into(),
        labels: found.labels.iter().map(|label| shown(label)).collect(),
        harm: found.harm.into(),
        withdrawn: row.withdrawn_at.is_some(),
        switched_off: row.is_off,
        list_updated: updated,
        difference,
    }
}

fn upload(core: &Core, file: inbox::CaseUpload) -> engine::Result<UploadRow> {
    use engine::store::folds::Joined;
    let row = file.upload;
    let from_map = super::presets::map_facts(core, &row)?;
    let named = ["uploader_name", "uploader"].into_iter().find_map(|name| from_map.get(name)?.as_str().map(str::to_owned));
    Ok(UploadRow {
        upload: row.id.get(),
        site: shown(&file.site),
        path: row.file.path.shown().as_str().to_owned(),
        relation: match (file.joined, file.not_included) {
            (_, Some(_)) => Relation::OnlySimilar,
            (Some((Joined::Generated, _)), None) => Relation::GeneratedSize,
            (Some((Joined::Near, _)), None) => Relation::NearCopy,
            (Some((Joined::ByHand, _)), None) => Relation::Included,
            (None, None) => Relation::SameBytes,
        },
        can_split: file.joined.is_some(),
        distance: file.joined.and_then(|(_, distance)| distance),
        not_included: file.not_included.map(Into::into),
        role: row.sorted.role().into(),
        from_name: super::presets::name_facts(&row.sorted),
        size: row.identity.map_or(0, |identity| identity.size),
        mtime: row.mtime_ns / 1_000_000,
        place: row.place.into(),
        reason: file.failed.or_else(|| row.reason.map(|reason| reason.as_str().to_owned())),
        uploader: named.or_else(|| row.sorted.uploader().map(shown)),
        from_map,
    })
}

/// What a decision on many cases would touch.
pub fn selection(connection: &engine::store::Connection, selected: &engine::store::selection::Selected) -> engine::Result<Selection> {
    let named = |(site, files): &(SiteId, u64)| {
        sites::get(connection, *site).map(|site| SiteCount { site: shown(&site.name), mode: site.mode.into(), files: *files })
    };
    Ok(Selection {
        cases: case_ids(selected.cases.clone()),
        keep: case_ids(selected.keep.clone()),
        files: selected.files,
        keep_files: selected.keep_files,
        harms: selected.harms.iter().map(|(harm, count)| HarmCount { harm: (*harm).into(), count: *count }).collect(),
        sites: selected.sites.iter().map(named).collect::<engine::Result<_>>()?,
        floods: selected.floods,
        protected: selected.protected,
        snooze_strict: selected.protected > 0,
    })
}

/// The saved views.
pub fn saved_views(core: &Core) -> engine::Result<Vec<SavedView>> {
    let all = core.store.read(engine::store::saved_views::all)?;
    Ok(all.into_iter().map(|view| SavedView { id: view.id, name: shown(&view.name), query: view.query }).collect())
}

/// The plan of a take-down, by site.
pub fn plan(core: &Core, case: CaseId) -> engine::Result<Plan> {
    let found = engine::triage::act::plan(&core.store, case)?;
    let mut per_site: BTreeMap<SiteId, u64> = BTreeMap::new();
    found.files.iter().for_each(|file| *per_site.entry(file.site).or_default() += 1);
    let named = core.store.read(|connection| {
        let named = |(site, files): (SiteId, u64)| {
            sites::get(connection, site).map(|site| PlanSite { site: shown(&site.name), mode: site.mode.into(), files })
        };
        per_site.into_iter().map(named).collect::<engine::Result<_>>()
    })?;
    let moves = found.files.is_empty() || found.files.iter().any(|file| file.moves);
    Ok(Plan { files: found.files.len() as u64, moves, sites: named })
}

/// What may be shown of a case to whoever acts, or `None` for no control at all.
fn reveal_offer(core: &Core, detail: &inbox::CaseDetail, today: i64) -> engine::Result<Option<RevealOffer>> {
    let offered = viewing::offered(core, detail, today)?;
    Ok((offered.steps > 0).then_some(RevealOffer {
        steps: offered.steps,
        most: offered.policy.steps,
        behind_more: offered.policy.behind_more,
        needs_reason: offered.policy.needs_reason,
        is_up: offered.is_up,
    }))
}

fn revealed(core: &Core, case: CaseId) -> engine::Result<Revealed> {
    let made = core.store.read(|connection| engine::store::viewing::of_case(connection, case))?;
    Ok(Revealed { times: made.times, ms: made.ms, by: made.by.iter().map(|person| shown(person)).collect() })
}

/// One case whole. `today` is the local day, as days since 1970.
pub fn case_detail(core: &Core, case: CaseId, today: i64) -> engine::Result<CaseDetail> {
    use engine::triage::decide;
    let mut detail = core.store.read(|connection| inbox::detail(connection, case))?;
    detail
        .matches
        .sort_by_key(|(row, ..)| (row.withdrawn_at.is_some(), row.found.match_type, row.found.distance, weakness(row.found.kind)));
    let stored = &detail.row.case;
    let (strict, protected, can_reopen) = (decide::is_strict(stored.harm), is_protected(stored.harm), decide::may_reopen(stored));
    let (picture, pixels_reason) = match &detail.content.pixels {
        Some(contents::Pixels::Done(picture)) => (Some(picture), None),
        Some(contents::Pixels::Failed(reason, picture)) => (picture.as_ref(), Some(reason.as_str().to_owned())),
        Some(contents::Pixels::NoPicture) | None => (None, None),
    };
    let (reveal, policy) = (reveal_offer(core, &detail, today)?, viewing::policy_of(&detail));
    let longer = [SnoozeUntil::LaterToday, SnoozeUntil::Tomorrow, SnoozeUntil::NextWeek, SnoozeUntil::ListUpdates].to_vec();
    Ok(CaseDetail {
        width: picture.map(|picture| picture.width),
        height: picture.map(|picture| picture.height),
        quality: picture.map(|picture| contents::best_quality(picture).get()),
        sha256: (!protected).then(|| detail.row.sha256.to_string()),
        pixels_reason,
        keep_needs_note: strict,
        snooze_choices: if strict { vec![SnoozeUntil::In4Hours, SnoozeUntil::In24Hours] } else { longer },
        can_put_back: detail.uploads.iter().any(|file| matches!(file.upload.place, model::Place::Holding | model::Place::Vault)),
        can_reopen,
        plan: plan(core, case)?,
        earlier: earlier(core, case)?,
        history: detail.history.iter().map(|row| history(core, row)).collect(),
        uploads: detail.uploads.into_iter().map(|file| upload(core, file)).collect::<engine::Result<_>>()?,
        similar: detail.similar.into_iter().map(|file| upload(core, file)).collect::<engine::Result<_>>()?,
        matches: detail
            .matches
            .into_iter()
            .map(|found| Ok(match_detail(found.clone(), viewing::difference(core, policy, &detail.content, &found.0)?)))
            .collect::<engine::Result<_>>()?,
        reveal,
        revealed: revealed(core, case)?,
        row: detail.row.into(),
    })
}

fn person(row: &LedgerRow) -> Option<String> {
    (!BY_THE_PROGRAM.contains(&row.verb.as_str())).then(|| shown(&row.person))
}

fn history(core: &Core, row: &LedgerRow) -> HistoryRow {
    HistoryRow { at: row.at, verb: row.verb.clone(), person: person(row), facts: facts(core, row) }
}

/// One row of the record.
pub fn record_row(core: &Core, row: &LedgerRow) -> RecordRow {
    RecordRow {
        seq: row.seq,
        at: row.at,
        verb: row.verb.clone(),
        person: person(row),
        case: row.case.map(CaseId::get),
        facts: facts(core, row),
    }
}

/// The body of a row as numbers and words: sites and lists by their names, nothing that is a hash.
fn facts(core: &Core, row: &LedgerRow) -> Facts {
    let harm = row.body.get("harm").and_then(serde_json::Value::as_str).map(hashlist::Harm::from_wire);
    let hides_list = row.case.is_some() && harm.is_some_and(is_protected);
    let body = row.body.as_object().into_iter().flatten();
    let hidden = |key: &str| NOT_SHOWN.contains(&key) || (hides_list && matches!(key, "list" | "entry"));
    body.filter(|(key, _)| !hidden(key)).filter_map(|(key, value)| fact(core, key, value)).collect()
}

fn fact(core: &Core, key: &str, value: &serde_json::Value) -> Option<(String, serde_json::Value)> {
    use serde_json::Value;
    let word = match (key, value) {
        (_, Value::Null) => return None,
        ("site", Value::Number(id)) => site_name(core, id.as_i64()?)?.into(),
        ("list", Value::Number(id)) => list_name(core, id.as_i64()?)?.into(),
        (_, Value::Number(number)) => Value::Number(number.clone()),
        (_, Value::String(text)) => Shown::of_text(text).as_str().into(),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.into(),
        (_, Value::Array(words)) if words.is_empty() => return None,
        (_, Value::Array(words)) => words.iter().filter_map(Value::as_str).map(shown).collect::<Vec<_>>().join(", ").into(),
        (_, Value::Object(_)) => return None,
    };
    // A version of a list has one name on the page, whichever row speaks of it.
    let key = if matches!(key, "version" | "list_version") { "seq" } else { key };
    Some((key.to_owned(), word))
}

fn site_name(core: &Core, id: i64) -> Option<String> {
    core.store.read(|connection| sites::get(connection, SiteId::new(id))).ok().map(|site| shown(&site.name))
}

fn list_name(core: &Core, id: i64) -> Option<String> {
    core.store.read(|connection| stored_lists::get(connection, ListId::new(id))).ok().map(|list| shown(&list.name))
}

/// What an action came to, with the names of the files that were left.
pub fn act_result(core: &Core, outcomes: Vec<model::FileOutcome>) -> engine::Result<ActResult> {
    let done = outcomes.iter().filter(|outcome| outcome.failed.is_none()).count() as u64;
    let left = core.store.read(|connection| {
        let named = |(upload, reason): (model::UploadId, String)| -> engine::Result<FileOutcome> {
            let file = uploads::get(connection, upload)?.file;
            Ok(FileOutcome { site: shown(&sites::get(connection, file.site)?.name), path: file.path.shown().elided(), reason })
        };
        outcomes.into_iter().filter_map(|outcome| Some((outcome.upload, outcome.failed?))).map(named).collect::<engine::Result<_>>()
    })?;
    Ok(ActResult { done, left })
}

impl From<overview::Problem> for Problem {
    fn from(problem: overview::Problem) -> Self {
        Self {
            code: problem.code.to_owned(),
            site: problem.site.as_deref().map(shown),
            list: problem.list.as_deref().map(shown),
            // The page knows one number of a problem; what is about a case is about one.
            count: problem.case.map(|case| case.get().unsigned_abs()).or(problem.count),
            since: problem.since,
        }
    }
}

fn self_test(test: &engine::store::sites::SelfTest, site: &str) -> SelfTest {
    let stage = match test.stage.as_str() {
        "seen" => Stage::Seen,
        "checked" => Stage::Checked,
        "inbox" => Stage::Inbox,
        "removed" => Stage::Removed,
        _ => Stage::Placed,
    };
    SelfTest {
        at: test.at,
        site: shown(site),
        ok: test.ok,
        stage,
        seen_ms: test.seen_ms,
        checked_ms: test.checked_ms,
        inbox_ms: test.inbox_ms,
        reason: test.reason.clone(),
    }
}

/// A self-test of a site.
pub fn self_test_of(test: &engine::store::sites::SelfTest, site: &model::Site) -> SelfTest {
    self_test(test, &site.name)
}

/// How far a sweep is, or `None` while it is too short to be worth showing.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate for people")]
fn sweep(core: &Core, view: &SiteView) -> Option<SweepProgress> {
    let progress = view.sweep?;
    let seconds = core.clock.monotonic().saturating_sub(progress.started).as_secs_f64();
    if progress.total == 0 && seconds < WALK_SHOWN_AFTER_S {
        return None;
    }
    let per_second = |n: u64| if seconds > 0.0 { n as f64 / seconds } else { 0.0 };
    let is_told = !progress.walking && (seconds >= ESTIMATE_AFTER_S || progress.done >= ESTIMATE_AFTER_FILES) && progress.bytes_done > 0;
    let bytes_left = progress.bytes_total.saturating_sub(progress.bytes_done);
    Some(SweepProgress {
        site: view.state.site.id.get(),
        site_name: shown(&view.state.site.name),
        done: progress.done,
        total: (!progress.walking).then_some(progress.total),
        bytes_done: progress.bytes_done,
        bytes_total: (!progress.walking).then_some(progress.bytes_total),
        files_per_s: per_second(progress.done),
        left_s: is_told.then(|| (bytes_left as f64 / per_second(progress.bytes_done)).ceil() as u64),
    })
}

/// The health strip.
pub fn health(core: &Core, watching: Watching) -> engine::Result<Health> {
    let overview = overview::overview(core, watching == Watching::Here)?;
    let counting = |view: &&ListView| {
        view.list.polarity == hashlist::Polarity::Alert && !view.list.practice && view.freshness != overview::ListFreshness::OutOfDate
    };
    let latest = overview.sites.iter().filter(|view| view.selftest.is_some()).max_by_key(|view| view.selftest.as_ref().map(|test| test.at));
    let counts = &overview.counts;
    Ok(Health {
        watching,
        sites: overview.sites.len() as u64,
        practice_only: overview.sites.iter().all(|view| view.state.site.practice) && !overview.sites.is_empty(),
        sweeps: overview.sites.iter().filter_map(|view| sweep(core, view)).collect(),
        coverage: Coverage {
            seen: counts.files,
            checked: counts.checked,
            by_design: counts.of_class(model::ReasonClass::ByDesign),
            need_you: counts.of_class(model::ReasonClass::NeedYou),
            waiting: counts.waiting,
            gone: counts.gone,
            up_to: overview.up_to,
            lists: overview.lists.iter().filter(counting).count() as u64,
        },
        oldest_list: overview.lists.iter().filter(counting).map(|view| view.version.imported_at).min(),
        selftest: latest.and_then(|view| Some(self_test(view.selftest.as_ref()?, &view.state.site.name))),
        longest_blind_gap_s: overview.longest_blind_gap_ms / 1000,
        holds: super::vault::holds_ending(&overview.holds_ending, core.clock.now_ms()),
        problems: overview.problems.into_iter().map(Into::into).collect(),
    })
}

/// The health of a site: what the watching process last said holds only while somebody watches.
fn site_health(stored: StoredHealth, watching: Watching) -> SiteHealth {
    match (stored, watching) {
        (StoredHealth::Missing, _) => SiteHealth::Missing,
        (StoredHealth::Replaced, _) => SiteHealth::Replaced,
        (StoredHealth::Paused, _) => SiteHealth::Paused,
        (StoredHealth::Stopped, _) | (_, Watching::No) => SiteHealth::Stopped,
        (_, Watching::Elsewhere) => SiteHealth::Elsewhere,
        (StoredHealth::Starting, Watching::Here) => SiteHealth::Starting,
        (StoredHealth::Watching, Watching::Here) => SiteHealth::Watching,
        (StoredHealth::Polling, Watching::Here) => SiteHealth::Polling,
    }
}

/// One site.
pub fn site_row(core: &Core, view: &SiteView, watching: Watching) -> engine::Result<SiteRow> {
    /// Days of the small plot.
    const DAYS: i64 = 30;
    let (state, now) = (&view.state, core.clock.now_ms());
    let days = core.store.read(|connection| uploads::per_day(connection, state.site.id, DAYS, now))?;
    Ok(SiteRow {
        site: state.site.id.get(),
        name: shown(&state.site.name),
        mode: state.site.mode.into(),
        practice: state.site.practice,
        root_shown: Shown::of_folder(&state.site.root).elided(),
        health: site_health(state.health, watching),
        health_since: state.health_since,
        paused_until: state.site.paused_until.filter(|until| *until > now),
        seen: view.counts.files,
        checked: view.counts.checked,
        by_design: view.counts.of_class(model::ReasonClass::ByDesign),
        need_you: view.counts.of_class(model::ReasonClass::NeedYou),
        waiting: view.counts.waiting,
        gone: view.counts.gone,
        skipped: view.counts.skipped,
        preset: state.site.preset.clone(),
        take_down: state.site.take_down.into(),
        last_sweep: state.sweep_started_at,
        last_sweep_took_ms: state.sweep_took_ms,
        period_s: view.period_s,
        events: state.health != StoredHealth::Polling,
        blind_gaps: view.blind_gaps,
        longest_blind_gap_s: view.longest_blind_gap_ms / 1000,
        selftest: view.selftest.as_ref().map(|test| self_test(test, &state.site.name)),
        sweep: sweep(core, view),
        days,
    })
}

/// A chosen folder, looked over or refused.
pub fn chosen_folder(token: i64, folder: &std::path::Path, found: Result<Survey, Unfit>, guess: Option<PresetGuess>) -> ChosenFolder {
    let name = folder.file_name().map(|name| Shown::of_path(std::path::Path::new(name)).elided()).unwrap_or_default();
    let (survey, refused) = match found {
        Ok(survey) => (survey, None),
        Err(unfit) => {
            let nothing = Survey { files: 0, capped: false, newest: None, unreadable: 0, events: false, can_move: false, same_disk: false };
            (nothing, Some(unfit))
        }
    };
    let refused_site = match &refused {
        Some(Unfit::InsideSite(site)) => Some(site.clone()),
        _ => None,
    };
    ChosenFolder {
        token,
        shown: Shown::of_folder(folder).elided(),
        name_proposal: name,
        files: survey.files,
        files_capped: survey.capped,
        newest: survey.newest,
        events: survey.events,
        refused: refused.map(|unfit| match unfit {
            Unfit::NotAFolder => FolderRefusal::NotAFolder,
            Unfit::PermissionDenied => FolderRefusal::PermissionDenied,
            Unfit::InsideSite(_) => FolderRefusal::InsideSite,
            Unfit::OwnFolder => FolderRefusal::OwnFolder,
            Unfit::WholeDisk => FolderRefusal::WholeDisk,
        }),
        refused_site,
        unreadable: survey.unreadable,
        can_move: survey.can_move,
        same_disk: survey.same_disk,
        guess,
    }
}

/// Words with their counts, most frequent first.
pub fn counts_of<K: AsRef<str>>(counts: impl IntoIterator<Item = (K, u64)>) -> Vec<CountOf> {
    let mut all: Vec<CountOf> = counts.into_iter().map(|(name, count)| CountOf { name: shown(name.as_ref()), count }).collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    all
}

impl From<Verified> for LedgerState {
    fn from(found: Verified) -> Self {
        Self {
            whole: found.broken_at.is_none(),
            rows: found.rows,
            broken_at: found.broken_at,
            damage: found.damage.map(|damage| damage.as_str().to_owned()),
            since: found.since,
        }
    }
}

/// An upload that could not be checked, in the site of this name.
pub fn unchecked_row(row: &StoredUpload, site: &str) -> UncheckedRow {
    UncheckedRow {
        upload: row.id.get(),
        site: shown(site),
        path: row.file.path.shown().elided(),
        reason: row.reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        since: row.first_seen_at,
        tries: row.tries,
        bytes_compared: row.content.is_some() && !row.reason.is_some_and(model::Reason::is_bytes_track),
    }
}
