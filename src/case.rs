//! `inbox`, `show`, `claim`, `ask`, `answer`, `reveals`, `decide`, `undo`, `redo`, `plan`, `act`, `restore`, `reopen`, `note`.

use std::path::Path;
use std::sync::Arc;

use engine::engine::{asking, deciding, listing, mapping, sealing, siting, todoing, vaulting};
use engine::model::{CameBackAs, CaseId, CaseState, DecisionKind, FileOutcome, MatchType, Place, PlannedFile, SecondLook, Shown, SiteMode};
use engine::record::when;
use engine::store::filter::Filter;
use engine::store::folds::{Joined, NotIncluded};
use engine::store::groups::{Group, Grouping};
use engine::store::inbox::{self, CaseDetail, CaseOrder, CaseView, InboxRow, Query};
use engine::store::todos::TodoState;
use engine::store::{cases, claims, decisions, known_good, uploads};
use engine::triage::put_back::Wish;
use engine::triage::{act as acting, decide as deciding_rules};
use engine::{Code, Core, Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{Decide, DecisionName, GroupName, InboxState, Narrow, OrderName, Restore};
use crate::out::{self, Out, count};
use crate::passphrase::Passphrases;
use crate::words;

/// Rows read at once.
const PAGE: u32 = 500;

/// A case as scripts read it.
pub fn row_json(row: &InboxRow) -> Value {
    let mut facts = json!({
        "case": row.case.id.get(), "state": row.case.state.as_str(), "harm": row.case.harm.as_str(), "match": row.case.match_type.as_str(),
        "distance": row.case.distance, "files": row.files, "sites": row.sites, "lists": [row.list_name], "lists_naming": row.case.lists, "agreement": row.case.agreement.as_str(),
        "first_seen": out::time(row.first_seen_at), "sha256": row.sha256.to_string(), "size": row.size, "kind": row.kind, "practice": row.case.practice,
    });
    let optional = [
        ("decision", row.case.decision.map(|decision| json!(decision.as_str()))),
        ("act_at", row.act_at.map(|at| json!(out::time(at)))),
        ("back_at", row.case.back_at.map(|at| json!(out::time(at)))),
        ("second_look", row.case.second_look.map(|look| json!(look.as_str()))),
        ("flood_contents", row.flood.map(|contents| json!(contents))),
        ("claimed_by", row.claimed_by.as_ref().map(|person| json!(person))),
        ("moved", row.moved.map(|(moved, _)| json!(moved))),
        ("left", row.moved.map(|(_, left)| json!(left))),
        ("todo", row.todo.map(|state| json!(state.as_str()))),
        ("group", row.group.as_ref().map(|key| json!(key))),
        ("came_back_as", row.case.came_back_as.map(|looks| json!(looks.as_str()))),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            facts[key] = value;
        }
    }
    facts
}

/// A case in one line.
pub fn row_line(row: &InboxRow) -> String {
    let distance = row.case.distance.map(|bits| format!(" {bits}")).unwrap_or_default();
    let matched = format!("{}{distance}", row.case.match_type);
    let state = match (row.case.state, row.case.decision) {
        (CaseState::Open, _) if row.flood.is_some() => {
            format!("one entry matches {}: see `show`", count(row.flood.unwrap_or(0), "content", "contents"))
        }
        (CaseState::Open, _) => row.case.second_look.map_or("open", |look| look.as_str()).to_owned(),
        (CaseState::Drafted, Some(decision)) => format!("{decision} at {}", row.act_at.map(out::time).unwrap_or_default()),
        (CaseState::Decided, Some(decision)) if matches!(row.todo, Some(TodoState::Open | TodoState::Done)) => {
            format!("{decision}, to do: see `todo`")
        }
        (state, Some(decision)) => format!("{state}: {decision}"),
        (state, None) => state.to_string(),
    };
    format!(
        "Case {:<6} {:10} {:24} {:>9} {:16} {}",
        row.case.id,
        matched,
        row.list_name,
        count(row.files, "file", "files"),
        row.sites.join(", "),
        state
    )
}

fn grouping(name: GroupName) -> Grouping {
    match name {
        GroupName::None => Grouping::None,
        GroupName::Uploader => Grouping::Uploader,
        GroupName::List => Grouping::List,
        GroupName::Entry => Grouping::Entry,
        GroupName::Site => Grouping::Site,
        GroupName::Folder => Grouping::Folder,
    }
}

/// The heading of a group; its cases follow.
fn group_line(group: &Group) -> String {
    let name = match (group.is_protected, group.name.as_str()) {
        (true, _) => "Protected list",
        (false, "") => "–",
        (false, name) => name,
    };
    let more = group.more.as_ref().map(|more| format!(" · {more}")).unwrap_or_default();
    format!("\n{name}{more} · {} · {}", count(group.cases, "case", "cases"), count(group.files, "file", "files"))
}

/// Lists cases.
pub fn inbox(out: &Out, engine: &Engine, state: InboxState, narrow: &Narrow) -> Result<Exit, Error> {
    let wanted = |row: &InboxRow| match state {
        InboxState::Open => matches!(row.case.state, CaseState::Open | CaseState::Drafted),
        InboxState::Snoozed => matches!(row.case.state, CaseState::Snoozed | CaseState::Asked),
        InboxState::Decided => matches!(row.case.state, CaseState::Decided | CaseState::Closed),
        InboxState::Held => row.case.state == CaseState::Held,
        InboxState::All => true,
        // Uploads, not cases: `site::could_not_check` lists them.
        InboxState::CouldNotCheck => false,
    };
    let core = engine.core()?;
    let filter = filter(core, narrow)?;
    let order = match narrow.order {
        OrderName::MostSerious => CaseOrder::MostSerious,
        OrderName::Newest => CaseOrder::Newest,
        OrderName::Oldest => CaseOrder::Oldest,
        OrderName::MostFiles => CaseOrder::MostFiles,
    };
    let group = grouping(narrow.group);
    let mut groups = Vec::new();
    let mut standing = None;
    let mut cursor = None;
    let mut shown = 0_u64;
    loop {
        let query = Query {
            view: CaseView::All,
            order,
            search: narrow.search.clone().unwrap_or_default(),
            filter: filter.clone(),
            group,
            folded: Vec::new(),
            cursor: cursor.take(),
            limit: PAGE,
            now: core.clock.now_ms(),
        };
        let page = core.store.read(|connection| inbox::page(connection, &query))?;
        groups.extend(page.groups);
        for row in page.rows.iter().filter(|row| wanted(row)) {
            if standing != row.group {
                standing.clone_from(&row.group);
                groups.iter().filter(|group| Some(&group.key) == row.group.as_ref()).for_each(|group| out.text(&group_line(group)));
            }
            shown += 1;
            out.fact(&row_json(row), || row_line(row));
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if shown == 0 {
        out.text("Nothing waiting. `gatehouse status` says what was covered.");
    }
    Ok(Exit::Done)
}

/// The conditions, with names looked up and unknown words refused: a filter that silently fits nothing would look like an empty inbox.
fn filter(core: &Arc<Core>, narrow: &Narrow) -> Result<Filter, Error> {
    let known = |words: &[String], all: &[&str]| match words.iter().find(|word| !all.contains(&word.as_str())) {
        Some(word) => Err(Error::refused(Code::BadArgument, format!("{} is none of: {}.", Shown::of_text(word), all.join(", ")))),
        None => Ok(words.to_vec()),
    };
    let lists = narrow.list.iter().map(|name| Ok(listing::by_name(core, name)?.id.get())).collect::<Result<_, Error>>()?;
    let sites = narrow.site.iter().map(|name| Ok(siting::by_name(core, name)?.id.get())).collect::<Result<_, Error>>()?;
    let harms: Vec<&str> = hashlist::Harm::ALL.iter().map(|harm| harm.as_str()).collect();
    let matches: Vec<&str> = MatchType::ALL.iter().map(|it| it.as_str()).collect();
    Ok(Filter {
        lists,
        sites,
        harms: known(&narrow.harm, &harms)?,
        matches: known(&narrow.r#match, &matches)?,
        max_distance: narrow.distance,
        folder: narrow.folder.clone().unwrap_or_default(),
        uploader: narrow.uploader.clone().unwrap_or_default(),
        since: narrow.since.as_deref().map(when::typed).transpose()?,
        until: narrow.until.as_deref().map(when::typed).transpose()?,
        min_size: narrow.min_size.map(i64::from),
        max_size: narrow.max_size.map(i64::from),
        ..Filter::default()
    })
}

/// Claims a case, or gives it free.
pub fn claim(out: &Out, engine: &Engine, case: i64, release: bool) -> Result<Exit, Error> {
    let (core, id) = (engine.core()?, CaseId::new(case));
    core.store.write(move |tx| if release { claims::release(tx, id).map(drop) } else { claims::claim(tx, id) })?;
    let by = core.store.read(|connection| claims::of_case(connection, id))?;
    out.fact(&json!({"case": case, "claimed_by": by}), || match &by {
        Some(by) => format!("Case {case} is claimed by {}, for half an hour without input. It blocks nobody.", Shown::of_text(by)),
        None => format!("Case {case} is free."),
    });
    Ok(Exit::Done)
}

/// Writes a question and lets the case wait for its answer.
pub fn ask(out: &Out, engine: &Engine, case: i64, file: &Path) -> Result<Exit, Error> {
    let core = engine.core()?;
    asking::write(core, CaseId::new(case), file)?;
    let request = deciding_rules::Request {
        request: format!("cli-{}-{}", std::process::id(), core.clock.now_ms()),
        cases: vec![CaseId::new(case)],
        decision: DecisionKind::Ask,
        note: None,
        snooze_ms: None,
        until_list: false,
    };
    deciding::decide(core, request)?;
    let row = core.store.read(|connection| inbox::one(connection, CaseId::new(case)))?;
    out.fact(&row_json(&row), || row_line(&row));
    out.text("The file holds facts and no picture. You send it yourself. Read the answer with: gatehouse answer FILE");
    Ok(Exit::Done)
}

/// Reads an answer.
pub fn answer(out: &Out, engine: &Engine, file: &Path) -> Result<Exit, Error> {
    let answered = asking::read(engine.core()?, file)?;
    let facts = json!({"case": answered.case.get(), "answer": answered.answer, "why": Shown::of_text(&answered.why).as_str()});
    out.fact(&facts, || {
        let words = answered.answer.replace('_', " ");
        format!("Case {}: {words}. It is in the inbox again; nothing is decided.", answered.case)
    });
    Ok(Exit::Done)
}

/// Lists the last reveals.
pub fn reveals(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    let rows = engine.core()?.store.read(|connection| engine::store::viewing::last(connection, PAGE))?;
    for row in &rows {
        let facts = json!({
            "case": row.case.get(), "person": row.person, "step": row.step, "reason": row.reason, "at": out::time(row.opened_at), "ms": row.shown_ms,
            "cause": row.cause.map(engine::model::viewing::Cause::as_str),
        });
        out.fact(&facts, || {
            let shown = row.shown_ms.map_or("open".to_owned(), |ms| format!("{ms} ms"));
            format!("{}  Case {:<6} step {}  {shown:>8}  {}", out::time(row.opened_at), row.case, row.step, Shown::of_text(&row.person))
        });
    }
    if rows.is_empty() {
        out.text("No picture was ever shown.");
    }
    Ok(Exit::Done)
}

/// Shows one case.
pub fn show(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let core = engine.core()?;
    let detail = core.store.read(|connection| inbox::detail(connection, CaseId::new(case)))?;
    let names: Vec<_> = detail.matches.iter().map(|(stored, name, _)| (stored.found.list, name.clone())).collect();
    let mut facts = row_json(&detail.row);
    let with_map = |upload: &inbox::CaseUpload| -> Result<Value, Error> {
        let mut facts = upload_json(upload);
        let site = core.store.read(|connection| engine::store::sites::get(connection, upload.upload.file.site))?;
        let places = mapping::rows_of(core, &site, &upload.upload)?;
        if !places.is_empty() {
            let known = mapping::facts_of(core, &site, &upload.upload)?;
            facts["from_map"] = json!(known);
            facts["places"] = json!(places);
            if let Some(uploader) = known.get("uploader_name").or(known.get("uploader")) {
                facts["uploader"] = json!(uploader);
            }
        }
        Ok(facts)
    };
    facts["uploads"] = detail.uploads.iter().map(with_map).collect::<Result<Value, Error>>()?;
    facts["similar"] = detail.similar.iter().map(upload_json).collect();
    let todos = todoing::of_case(core, CaseId::new(case))?;
    facts["todos"] = todos.iter().map(crate::todo::todo_json).collect();
    facts["matches"] = detail
        .matches
        .iter()
        .map(|(stored, ..)| {
            let mut facts = crate::check::match_json(&stored.found, stored.polarity, &names);
            facts["withdrawn"] = json!(stored.withdrawn_at.is_some());
            facts["switched_off"] = json!(stored.is_off);
            facts
        })
        .collect();
    facts["history"] = detail
        .history
        .iter()
        .map(|row| json!({"at": out::time(row.at), "verb": row.verb, "person": row.person, "facts": row.body}))
        .collect();
    let rule = core.store.read(|connection| known_good::keeping(connection, CaseId::new(case)))?;
    if let Some(rule) = &rule {
        facts["kept_by_rule"] = json!({"rule": rule.id.get(), "reason": rule.reason});
    }
    out.fact(&facts, || {
        let mut lines = vec![show_text(&detail)];
        lines.extend(todos.iter().flat_map(crate::todo::todo_lines));
        lines.join("\n")
    });
    if let Some(rule) = &rule {
        out.text(&format!("  Kept by your rule {}: {}. `good rm {}` ends it.", rule.id, rule.reason, rule.id));
    }
    Ok(Exit::Done)
}

fn upload_json(upload: &inbox::CaseUpload) -> Value {
    let row = &upload.upload;
    let mut facts = json!({
        "site": Shown::of_text(&upload.site).as_str(), "path": row.file.path.shown().as_str(), "size": row.identity.map(|identity| identity.size),
        "mtime": out::time(row.mtime_ns / 1_000_000), "place": row.place.as_str(), "state": row.state.as_str(), "reason": row.reason.map(|reason| reason.as_str()),
    });
    if let Some(bytes) = row.file.path.bytes_if_not_utf8() {
        facts["path_bytes"] = json!(bytes);
    }
    facts["file"] = json!(row.id.get());
    facts["role"] = json!(row.sorted.role().as_str());
    if let Some((joined, distance)) = upload.joined {
        facts["joined"] = json!(joined.as_str());
        facts["join_distance"] = json!(distance);
    }
    if let Some(why) = upload.not_included {
        facts["not_included"] = json!(why.as_str());
    }
    let told = row.sorted.facts.iter().filter(|(name, _)| !name.starts_with("raw:"));
    facts["from_name"] = told.map(|(name, value)| (name.clone(), json!(value))).collect::<serde_json::Map<_, _>>().into();
    if let Some(uploader) = row.sorted.uploader() {
        facts["uploader"] = json!(uploader);
    }
    if let Some(failed) = &upload.failed {
        facts["problem"] = json!(failed);
    }
    facts
}

fn show_text(detail: &CaseDetail) -> String {
    let mut lines = vec![row_line(&detail.row), format!("  sha256 {}", detail.row.sha256)];
    if let Some(contents) = detail.row.flood {
        lines.push(format!(
            "  One entry matches {}. It is probably wrong, or a picture of your site is on the list. `singles {}` opens them one by one; \
             `decide {} keep` keeps all and switches the entry off.",
            count(contents, "content", "contents"),
            detail.row.case.id,
            detail.row.case.id
        ));
    }
    lines.push(format!("  {}", words::agreement(detail.row.case.agreement, detail.row.case.lists)));
    for (stored, list, _) in &detail.matches {
        let found = &stored.found;
        let distance = found.distance.map(|bits| format!(", {} of 256 bits differ", bits.0)).unwrap_or_default();
        let gone = match (stored.withdrawn_at, stored.is_off) {
            (Some(_), _) => ", withdrawn since",
            (None, true) => ", entry switched off",
            (None, false) => "",
        };
        let entry = hashlist::shown_name(&found.entry_key, found.entry);
        lines.push(format!(
            "  is on list {list}, version {}, entry {entry}: {} by {}{distance}{gone}",
            found.list_version, found.match_type, found.kind
        ));
    }
    for upload in &detail.uploads {
        let failed = upload.failed.as_deref().map(|reason| format!("  {reason}")).unwrap_or_default();
        lines.push(format!("  {:8} {}: {}{failed}", upload.upload.place.as_str(), upload.site, upload.upload.file.path.shown().elided()));
        if let Some((joined, distance)) = upload.joined {
            let how = match joined {
                Joined::Generated => "generated size of the first",
                Joined::Near => "near copy",
                Joined::ByHand => "included by you",
            };
            let bits = distance.map(|bits| format!(", {bits} of 256 bits differ")).unwrap_or_default();
            lines.push(format!("           {how}{bits}; file {}", upload.upload.id));
        }
        if upload.upload.sorted.rule.is_some() {
            lines.push(format!("           {} (from the file name)", crate::preset::read_as(None, &upload.upload.sorted)));
        }
    }
    for upload in &detail.similar {
        let why = match upload.not_included {
            Some(NotIncluded::NotCompared) => "named as made from it, and could not be compared",
            Some(NotIncluded::SplitOff) => "split off by you",
            _ => "named as made from it, but another picture",
        };
        let file = &upload.upload;
        lines.push(format!("  not included: {}: {} ({why}); file {}", upload.site, file.file.path.shown().elided(), file.id));
    }
    if let Some(looks) = detail.row.case.came_back_as.filter(|_| detail.row.case.second_look == Some(SecondLook::CameBack)) {
        let looks = match looks {
            CameBackAs::Sync => "a sync brought it back",
            CameBackAs::Again => "uploaded again",
            CameBackAs::Backup => "restored from a backup",
            CameBackAs::Rebuilt => "a generated size was rebuilt",
        };
        lines.push(format!("  Came back. Looks like: {looks}."));
    }
    lines.extend(detail.history.iter().map(|row| format!("  {} {:10} {}", out::time(row.at), row.verb, row.person)));
    lines.join("\n")
}

/// Decides cases.
pub fn decide(out: &Out, engine: &Engine, arguments: &Decide) -> Result<Exit, Error> {
    let core = engine.core()?;
    let decision = match arguments.decision {
        DecisionName::TakeDown => DecisionKind::TakeDown,
        DecisionName::Keep => DecisionKind::Keep,
        DecisionName::Ask => DecisionKind::Ask,
        DecisionName::Snooze => DecisionKind::Snooze,
    };
    let request = deciding_rules::Request {
        request: format!("cli-{}-{}", std::process::id(), core.clock.now_ms()),
        cases: arguments.cases.iter().map(|case| CaseId::new(*case)).collect(),
        decision,
        note: arguments.note.clone(),
        until_list: arguments.until_list && decision == DecisionKind::Snooze,
        snooze_ms: (decision == DecisionKind::Snooze).then(|| i64::from(arguments.hours) * 3_600_000),
    };
    let batch = deciding::decide(core, request)?;
    let outcomes = if arguments.now && decision.is_drafted() { deciding::finish_now(core, batch.id)? } else { Vec::new() };
    if decision == DecisionKind::TakeDown && arguments.now {
        seal(out, engine)?;
    }
    for case in &arguments.cases {
        let row = core.store.read(|connection| inbox::one(connection, CaseId::new(*case)))?;
        out.fact(&row_json(&row), || row_line(&row));
    }
    if decision.is_drafted() && !arguments.now {
        let watcher = if core.home.watcher().is_some() {
            "It happens then"
        } else {
            "It happens while Gatehouse watches; `gatehouse act` does it now"
        };
        out.text(&format!("Waits until {}. {watcher}. Undo: gatehouse undo {}", out::time(batch.act_at), arguments.cases[0]));
    }
    tell_outcomes(out, engine, &outcomes)
}

/// Seals what was taken down, where no watching process does it. What cannot be sealed now waits, out of the site, and is tried again.
fn seal(out: &Out, engine: &Engine) -> Result<(), Error> {
    let core = engine.core()?;
    let waiting = sealing::seal_now(core)?;
    if waiting > 0 && core.home.watcher().is_none() {
        out.message(&format!("{} taken down, not yet sealed. `gatehouse status` says why.", count(waiting, "file is", "files are")));
    }
    Ok(())
}

/// Prints what became of files, and fails if one was left.
fn tell_outcomes(out: &Out, engine: &Engine, outcomes: &[FileOutcome]) -> Result<Exit, Error> {
    let core = engine.core()?;
    for outcome in outcomes.iter().filter(|outcome| outcome.failed.is_some()) {
        let row = core.store.read(|connection| uploads::get(connection, outcome.upload))?;
        let reason = outcome.failed.as_deref().unwrap_or_default();
        let stays = match outcome.place {
            Place::Holding => "It stays in the holding directory.",
            Place::Vault => "It stays in the vault.",
            Place::Site | Place::Gone | Place::Purged => "It is where it was.",
        };
        out.message(&format!("{}: {reason}. {stays}", row.file.path.shown().elided()));
    }
    let failed = outcomes.iter().any(|outcome| outcome.failed.is_some());
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn outcomes_fact(out: &Out, engine: &Engine, case: i64, outcomes: &[FileOutcome]) -> Result<Exit, Error> {
    let core = engine.core()?;
    let mut files = Vec::new();
    for outcome in outcomes {
        let row = core.store.read(|connection| uploads::get(connection, outcome.upload))?;
        files.push(json!({"path": row.file.path.shown().as_str(), "place": outcome.place.as_str(), "failed": outcome.failed}));
    }
    let done = outcomes.iter().filter(|outcome| outcome.failed.is_none()).count() as u64;
    let facts = json!({"case": case, "done": done, "left": outcomes.len() as u64 - done, "files": files});
    out.fact(&facts, || format!("Case {case}: {done} of {} done.", count(outcomes.len() as u64, "file", "files")));
    tell_outcomes(out, engine, outcomes)
}

/// Takes the draft of a case back, as the whole key press that it was.
pub fn undo(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let core = engine.core()?;
    let id = CaseId::new(case);
    core.store.read(|connection| cases::get(connection, id))?;
    let Some(batch) = core.store.read(|connection| decisions::last_of(connection, id))? else {
        return Err(Error::refused(Code::Refused, format!("Case {case} has no decision to undo.")));
    };
    let undone = deciding::undo(core, Some(batch.id))?;
    let cases: Vec<i64> = undone.iter().flat_map(|undone| &undone.cases).map(|case| case.get()).collect();
    out.fact(&json!({"undone": batch.decision.as_str(), "cases": cases}), || {
        format!("Undone: {} of {}. Everything is as it was before.", batch.decision, count(cases.len() as u64, "case", "cases"))
    });
    Ok(Exit::Done)
}

/// Takes the undo of a case back, as the whole key press that it was.
pub fn redo(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let core = engine.core()?;
    let id = CaseId::new(case);
    core.store.read(|connection| cases::get(connection, id))?;
    let Some(again) = deciding::redo(core, Some(id))? else {
        return Err(Error::refused(Code::Refused, format!("Nothing of case {case} was undone that could be done again.")));
    };
    let cases: Vec<i64> = again.cases.iter().map(|case| case.get()).collect();
    out.fact(&json!({"redone": again.batch.decision.as_str(), "cases": cases}), || {
        format!("Done again: {} of {}.", again.batch.decision, count(cases.len() as u64, "case", "cases"))
    });
    Ok(Exit::Done)
}

/// Shows what a take-down would do.
pub fn plan(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let core = engine.core()?;
    let plan = acting::plan(&core.store, CaseId::new(case))?;
    let names = core.store.read(engine::store::sites::all)?;
    let name = |id| names.iter().find(|state| state.site.id == id).map(|state| Shown::of_text(&state.site.name).as_str().to_owned());
    let files: Vec<Value> =
        plan.files.iter().map(|file| json!({"site": name(file.site), "path": file.path.shown().as_str(), "moves": file.moves})).collect();
    out.fact(&json!({"case": case, "action": "quarantine", "files": files}), || {
        let is_copy = |file: &PlannedFile| names.iter().any(|state| state.site.id == file.site && state.site.mode == SiteMode::Copy);
        let files = count(plan.files.len() as u64, "file", "files");
        let stays = plan.files.iter().all(|file| !file.moves);
        let mut lines = vec![match plan.files.iter().any(is_copy) {
            _ if stays => format!("Take down writes a to-do for {files}. Nothing is moved here; they stay until you take them away on the site."),
            false => format!("Take down moves {files} out of the site into the vault, sealed. It can be put back."),
            true => format!(
                "Take down moves {files} out of this copy into the vault, sealed, and writes a to-do for your server. Your site still has them \
                 until you do it."
            ),
        }];
        lines.extend(plan.files.iter().map(|file| format!("  {}: {}", name(file.site).unwrap_or_default(), file.path.shown().elided())));
        lines.join("\n")
    });
    Ok(Exit::Done)
}

/// Carries a take-down out now.
pub fn act(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let outcomes = deciding::act_on(engine.core()?, CaseId::new(case))?;
    seal(out, engine)?;
    outcomes_fact(out, engine, case, &outcomes)
}

/// Puts files back.
pub fn restore(out: &Out, engine: &Engine, passphrases: &Passphrases, arguments: &Restore) -> Result<Exit, Error> {
    if vaulting::need_open(engine.core()?, CaseId::new(arguments.case)).is_err_and(|error| error.code() == Code::KeyLocked) {
        passphrases.open(engine.core()?)?;
    }
    let wish = Wish { note: arguments.note.clone(), is_beside: arguments.beside };
    let outcomes = deciding::put_back(engine.core()?, CaseId::new(arguments.case), wish)?;
    outcomes_fact(out, engine, arguments.case, &outcomes)
}

/// Opens a case again.
pub fn reopen(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let core = engine.core()?;
    core.store.write(move |tx| deciding_rules::reopen(tx, CaseId::new(case)))?;
    let row = core.store.read(|connection| inbox::one(connection, CaseId::new(case)))?;
    out.fact(&row_json(&row), || row_line(&row));
    Ok(Exit::Done)
}

/// Opens the cases that wait behind one.
pub fn singles(out: &Out, engine: &Engine, case: i64) -> Result<Exit, Error> {
    let opened = deciding::open_singles(engine.core()?, CaseId::new(case))?;
    out.fact(&json!({"case": case, "opened": opened}), || format!("{} in the inbox now.", count(opened, "case is", "cases are")));
    Ok(Exit::Done)
}

/// Adds a note.
pub fn note(out: &Out, engine: &Engine, case: i64, text: &str) -> Result<Exit, Error> {
    let core = engine.core()?;
    let length = text.chars().count();
    if length == 0 || length > deciding_rules::LONGEST_NOTE {
        return Err(Error::refused(Code::BadArgument, format!("A note has 1 to {} characters.", deciding_rules::LONGEST_NOTE)));
    }
    let text = text.to_owned();
    core.store.write(move |tx| {
        cases::get(tx, CaseId::new(case))?;
        cases::add_note(tx, CaseId::new(case), &text)
    })?;
    out.fact(&json!({"case": case, "noted": true}), || "Noted.".to_owned());
    Ok(Exit::Done)
}
