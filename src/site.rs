//! `site`, `sweep`, `watch`, `status`, `selftest`, `practice`.

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use engine::engine::overview::{self, Overview, Problem, SiteView};
use engine::engine::siting::{self, Wanted};
use engine::engine::{Core, selftest as selftests};
use engine::model::{CaseId, Reason, ReasonClass, Shown, Site, SiteFile, SiteId, SiteMode, TakeDown};
use engine::store::sites::{self, SelfTest};
use engine::store::{inbox, uploads};
use engine::{Engine, Error, Event};
use serde_json::{Map, Value, json};

use crate::args::{SiteCommand, TakeDownName};
use crate::out::{self, Out, count};
use crate::{Exit, duty, preset, words};

/// Events that may wait to be printed; a slow reader slows the watching down and loses none.
const EVENTS: usize = 4_096;

/// Writes the practice pictures into a folder.
pub fn practice(out: &Out, dir: &Path) -> Result<Exit, Error> {
    for name in engine::engine::practice::write_pictures(dir)? {
        let path = dir.join(name);
        out.fact(&json!({"path": Shown::of_path(&path).as_str()}), || Shown::of_path(&path).as_str().to_owned());
    }
    Ok(Exit::Done)
}

/// Runs one of the site commands.
pub fn run(out: &Out, engine: &Engine, command: &SiteCommand) -> Result<Exit, Error> {
    match command {
        SiteCommand::Add { dir, name, preset, copy, take_down } => {
            let mode = if *copy { SiteMode::Copy } else { SiteMode::Live };
            let take_down = take_down.map(|word| if word == TakeDownName::Todo { TakeDown::Todo } else { TakeDown::Move });
            let wanted =
                Wanted { folder: dir.clone(), name: name.clone(), mode, preset: preset.clone(), level: None, take_down, practice: false };
            add(out, engine, wanted)
        }
        SiteCommand::Map(arguments) => crate::todo::map(out, engine, arguments),
        SiteCommand::Change(change) => preset::change(out, engine, change),
        SiteCommand::Ls => ls(out, engine),
        SiteCommand::Show { site } => show(out, engine, site),
        SiteCommand::Rm { site } => remove(out, engine, site),
        SiteCommand::Presets => preset::list(out, engine.core()?.home.root()),
    }
}

fn add(out: &Out, engine: &Engine, mut wanted: Wanted) -> Result<Exit, Error> {
    let core = engine.core()?;
    let guess = match wanted.preset {
        Some(_) => None,
        None => Some(siting::guess_preset(core, &wanted.folder)?),
    };
    if let Some(answer) = guess.as_ref().and_then(|guess| guess.answer.as_ref()) {
        wanted.preset = Some(answer.preset.name.clone());
        wanted.level = Some(answer.level.clone());
    }
    let site = siting::add(core, &wanted)?;
    let view = overview::site_view(core, site.id)?;
    let mut facts = site_json(&view);
    if let Some(guess) = &guess {
        facts["guess"] = json!(preset::guessed(guess));
    }
    out.fact(&facts, || {
        let moves = match (site.take_down, engine::triage::act::can_move(&site)) {
            (TakeDown::Todo, _) => "What you take down stays in the folder; you get a list of what to do on the site.",
            (TakeDown::Move, Ok(())) => "Files that you take down are sealed in the vault and can be put back.",
            (TakeDown::Move, Err(_)) => "Gatehouse may not move files here, so nothing can be taken down until that is changed.",
        };
        let mut lines = vec![format!("Added {}. {moves}", Shown::of_text(&site.name).elided())];
        lines.extend(guess.as_ref().map(preset::guessed).unwrap_or_default());
        lines.extend(preset::site_lines(core, &site).unwrap_or_default());
        lines.push("Next: gatehouse watch".to_owned());
        lines.join("\n")
    });
    Ok(Exit::Done)
}

fn site_json(view: &SiteView) -> Value {
    let site = &view.state.site;
    let mut facts = Map::new();
    let of = |class| view.counts.of_class(class);
    let base = json!({
        "site": site.id.get(), "name": Shown::of_text(&site.name).as_str(), "root": Shown::of_path(&site.root).as_str(), "mode": site.mode.as_str(),
    });
    facts.extend(base.as_object().cloned().unwrap_or_default());
    if let Some(preset) = &site.preset {
        facts.insert("preset".to_owned(), json!(preset));
    }
    let rest = json!({
        "files": view.counts.files, "checked": view.counts.checked, "could_not_check": view.counts.could_not_check(), "waiting": view.counts.waiting,
        "skipped": view.counts.skipped, "take_down": site.take_down.as_str(), "gone": view.counts.gone, "not_files": view.counts.not_files, "by_design": of(ReasonClass::ByDesign), "need_you": of(ReasonClass::NeedYou),
        "health": view.state.health.as_str(), "health_since": out::time(view.state.health_since), "last_sweep": out::time_or_null(view.state.sweep_started_at),
        "holding": Shown::of_path(&site.holding_dir).as_str(), "practice": site.practice,
        "reasons": view.counts.reasons.iter().map(|(reason, n)| (reason.as_str().to_owned(), json!(n))).collect::<Map<String, Value>>(),
    });
    facts.extend(rest.as_object().cloned().unwrap_or_default());
    Value::Object(facts)
}

fn site_line(view: &SiteView) -> String {
    let c = &view.counts;
    format!(
        "{:16} {:5} {:9} {} seen, {} checked, {} could not be checked, {} waiting, {} gone  {}",
        Shown::of_text(&view.state.site.name).elided(),
        view.state.site.mode.as_str(),
        view.state.health.as_str(),
        c.files,
        c.checked,
        c.could_not_check(),
        c.waiting,
        c.gone,
        Shown::of_folder(&view.state.site.root)
    )
}

fn ls(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    let views = overview::site_views(engine.core()?)?;
    if views.is_empty() {
        out.text("No sites yet. Add the folder where uploads land: gatehouse site add DIR");
    }
    views.iter().for_each(|view| out.fact(&site_json(view), || site_line(view)));
    Ok(Exit::Done)
}

fn show(out: &Out, engine: &Engine, name: &str) -> Result<Exit, Error> {
    let core = engine.core()?;
    let view = overview::site_view(core, siting::by_name(core, name)?.id)?;
    let mut facts = site_json(&view);
    for (key, value) in preset::site_facts(core, &view.state.site)?.as_object().into_iter().flatten() {
        facts[key] = value.clone();
    }
    out.fact(&facts, || {
        let mut lines = vec![site_line(&view)];
        lines.push(format!("  folder   {}", Shown::of_path(&view.state.site.root).as_str()));
        lines.push(format!("  holding  {}", Shown::of_path(&view.state.site.holding_dir).as_str()));
        lines.extend(preset::site_lines(core, &view.state.site).unwrap_or_default());
        lines.extend(view.counts.reasons.iter().map(|(reason, n)| format!("  {n:8}  {}  {}", reason.as_str(), words::reason(*reason))));
        lines.join("\n")
    });
    Ok(Exit::Done)
}

fn remove(out: &Out, engine: &Engine, name: &str) -> Result<Exit, Error> {
    let core = engine.core()?;
    let site = siting::by_name(core, name)?;
    siting::remove(core, site.id)?;
    out.fact(&json!({"site": site.id.get(), "removed": true}), || {
        format!("{} is no longer watched. Its record, and files that were taken down, stay.", Shown::of_text(&site.name).elided())
    });
    Ok(Exit::Done)
}

fn chosen(core: &Core, name: Option<&str>) -> Result<Vec<Site>, Error> {
    match name {
        Some(name) => Ok(vec![siting::by_name(core, name)?]),
        None => Ok(core.store.read(sites::all)?.into_iter().map(|state| state.site).collect()),
    }
}

/// Sweeps sites once.
pub fn sweep(out: &Out, engine: &Engine, name: Option<&str>) -> Result<Exit, Error> {
    let mut exit = Exit::Done;
    let sites = chosen(engine.core()?, name)?;
    if sites.is_empty() {
        out.message("There is no site yet. Add one: gatehouse site add DIR");
        return Ok(Exit::Failed);
    }
    for site in sites {
        let swept = engine.sweep_now(&site, &mut |core| show_progress(out, core))?;
        out.clear_progress();
        let core = engine.core()?;
        let view = overview::site_view(core, site.id)?;
        let mut facts = site_json(&view);
        facts["complete"] = json!(swept.walk.complete);
        facts["new_or_changed"] = json!(swept.hinted);
        facts["walk_ms"] = json!(u64::try_from(swept.took.as_millis()).unwrap_or(u64::MAX));
        out.fact(&facts, || site_line(&view));
        if !swept.walk.complete {
            out.message(&format!(
                "{} could not be walked completely: it is {}. Nothing was marked as gone.",
                view.state.site.name, view.state.health
            ));
            exit = Exit::Failed;
        }
    }
    let open = engine.core()?.store.read(inbox::open_case_numbers)?.len() as u64;
    out.text(&format!("{} in the inbox. Next: gatehouse inbox", count(open, "case", "cases")));
    Ok(exit)
}

fn show_progress(out: &Out, core: &Core) {
    let Some((_, progress)) = core.progress().into_iter().next() else { return };
    let elapsed = core.clock.monotonic().saturating_sub(progress.started).as_secs_f64();
    let left = match progress.done {
        0 => String::new(),
        done => out::time_left(elapsed * (progress.total.saturating_sub(done)) as f64 / done as f64),
    };
    out.progress(&format!("{} of {} checked{left}", progress.done, count(progress.total, "file", "files")));
}

/// Watches until Ctrl-C.
pub fn watch(out: &Out, engine: &mut Engine) -> Result<Exit, Error> {
    let (sender, events) = sync_channel(EVENTS);
    engine.core()?.listen(Some(sender));
    let (stop, stopped) = sync_channel::<()>(1);
    let handler = ctrlc::set_handler(move || {
        // Full means that it was asked for already.
        stop.try_send(()).unwrap_or_default();
    });
    if handler.is_err() {
        out.message("Ctrl-C will end this at once; nothing is lost by that.");
    }
    engine.watch()?;
    let sites = engine.core()?.store.read(sites::all)?.len() as u64;
    out.text(&format!("Watching {}. Ctrl-C stops.", count(sites, "site", "sites")));
    let mut last_progress = Instant::now();
    loop {
        if let Ok(event) = events.recv_timeout(Duration::from_millis(100)) {
            print_event(out, engine, &event)?;
        }
        if stopped.try_recv().is_ok() {
            out.clear_progress();
            return Ok(Exit::Done);
        }
        if engine.has_failed() {
            return Ok(say_why_it_ended(out, engine));
        }
        if last_progress.elapsed() > Duration::from_secs(1) {
            show_progress(out, engine.core()?);
            last_progress = Instant::now();
        }
    }
}

fn say_why_it_ended(out: &Out, engine: &Engine) -> Exit {
    let lost = engine.core().ok().and_then(|core| core.store.trouble()).filter(|trouble| trouble.is_final());
    match lost {
        Some(trouble) => return out.error(&trouble.error()),
        None => out.message("A part of Gatehouse stopped by a defect, so watching ended. Nothing was lost; start it again."),
    }
    Exit::Failed
}

fn file_facts(core: &Core, file: &SiteFile) -> Value {
    let name = core.store.read(|connection| sites::get(connection, file.site)).map(|site| Shown::of_text(&site.name).as_str().to_owned());
    let mut facts = json!({"site": name.unwrap_or_default(), "path": file.path.shown().as_str()});
    if let Some(bytes) = file.path.bytes_if_not_utf8() {
        facts["path_bytes"] = json!(bytes);
    }
    facts
}

fn site_name(core: &Core, id: SiteId) -> String {
    core.store.read(|connection| sites::get(connection, id)).map(|site| Shown::of_text(&site.name).as_str().to_owned()).unwrap_or_default()
}

fn print_event(out: &Out, engine: &Engine, event: &Event) -> Result<(), Error> {
    let core = engine.core()?;
    let at = out::time(core.clock.now_ms());
    let (mut facts, text) = match event {
        Event::Case { case, file } => {
            let row = core.store.read(|connection| inbox::one(connection, *case))?;
            let mut facts = crate::case::row_json(&row);
            if let Some(file) = file {
                facts["path"] = file_facts(core, file)["path"].clone();
            }
            (with_event("case", facts), crate::case::row_line(&row))
        }
        Event::Checked { file } => (with_event("checked", file_facts(core, file)), String::new()),
        Event::CouldNotCheck { file, reason } => {
            let mut facts = file_facts(core, file);
            facts["reason"] = json!(reason.as_str());
            (
                with_event("could_not_check", facts),
                format!("could not be checked: {}  {}", file.path.shown().elided(), words::reason(*reason)),
            )
        }
        Event::Gone { file } => (with_event("gone", file_facts(core, file)), String::new()),
        Event::Sweep { site, files, complete, took, cause } => {
            let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            let caught_up = *complete && cause.is_loss();
            let name = site_name(core, *site);
            let text = if caught_up { format!("{name} was caught up by a full sweep: change events had been lost") } else { String::new() };
            let facts = json!({"site": name, "files": files, "complete": complete, "took_ms": took_ms, "caught_up": caught_up});
            (with_event("sweep", facts), text)
        }
        Event::Health { site, health, detail } => {
            let name = site_name(core, *site);
            (with_event("health", json!({"site": name, "health": health.as_str(), "detail": detail})), format!("{name} is {health}"))
        }
        Event::Acted { case } => {
            let row = core.store.read(|connection| inbox::one(connection, *case))?;
            (with_event("case", crate::case::row_json(&row)), crate::case::row_line(&row))
        }
        Event::Recorded | Event::Offer => return Ok(()),
    };
    facts["at"] = json!(at);
    out.fact(&facts, || text);
    Ok(())
}

fn with_event(event: &str, facts: Value) -> Value {
    let mut all = Map::new();
    all.insert("event".to_owned(), json!(event));
    all.extend(facts.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

fn problem_json(problem: &Problem) -> Value {
    let (text, fix) = words::problem(problem);
    json!({"code": problem.code, "text": text, "fix": fix, "site": problem.site, "list": problem.list, "case": problem.case.map(CaseId::get), "count": problem.count})
}

/// Coverage, lists, health.
pub fn status(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    let core = engine.core()?;
    let view = overview::overview(core, false)?;
    let cases = core.store.read(|connection| inbox::counts(connection, core.clock.now_ms()))?;
    let drafts = core.store.read(engine::store::decisions::drafts)?.len();
    let selftest = view.sites.iter().filter_map(|site| site.selftest.as_ref()).max_by_key(|test| test.at);
    let clocks = engine::engine::duties::open_clocks(core)?;
    let now = core.clock.now_ms();
    let mut facts = json!({
        "clocks": clocks.iter().map(|clock| duty::clock_json(clock, now)).collect::<Vec<_>>(),
        "sites": view.sites.iter().map(site_json).collect::<Vec<_>>(),
        "lists": view.lists.iter().map(|list| json!({
            "list": list.list.id.get(), "name": list.list.name, "seq": list.version.seq, "entries": list.version.entries,
            "updated": out::time(list.version.imported_at), "state": list.freshness.as_str(),
        })).collect::<Vec<_>>(),
        "open_cases": cases.inbox, "open_practice_cases": cases.practice, "drafts": drafts, "holds_ending": view.holds_ending.iter().map(|hold| json!({
            "case": hold.case.get(), "ends_at": out::time_or_null(hold.ends_at), "over": !hold.holds_at(core.clock.now_ms()),
        })).collect::<Vec<_>>(),
        "sandbox": overview::sandbox(core)?.map(fingerprint::JailLevel::as_str), "longest_blind_gap_s": view.longest_blind_gap_ms / 1_000, "problems": view.problems.iter().map(problem_json).collect::<Vec<_>>(),
    });
    if let Some(test) = selftest {
        facts["last_selftest"] = selftest_json(test);
    }
    out.fact(&facts, || {
        let lines = clocks.iter().map(|clock| duty::clock_line(clock, now) + "\n").collect::<String>();
        lines + &status_text(&view, cases.inbox, drafts)
    });
    Ok(Exit::Done)
}

fn status_text(view: &Overview, open: u64, drafts: usize) -> String {
    let mut lines = vec![format!(
        "{} in the inbox, {} waiting to happen.",
        count(open, "case", "cases"),
        count(drafts as u64, "decision", "decisions")
    )];
    lines.extend(view.sites.iter().map(site_line));
    lines.extend(view.lists.iter().map(|list| {
        let since = out::time(list.version.imported_at);
        format!(
            "list {:24} version {}, {} entries, {since}, {}",
            list.list.name,
            list.version.seq,
            list.version.entries,
            list.freshness.as_str()
        )
    }));
    lines.extend(
        view.holds_ending.iter().map(|hold| format!("hold of case {} ends {}", hold.case, hold.ends_at.map(out::time).unwrap_or_default())),
    );
    for problem in &view.problems {
        let (text, fix) = words::problem(problem);
        lines.push(format!("! {text} {fix}"));
    }
    if view.problems.is_empty() {
        lines.push("Nothing needs you.".to_owned());
    }
    lines.join("\n")
}

fn selftest_json(test: &SelfTest) -> Value {
    json!({
        "at": out::time(test.at), "ok": test.ok, "stage": test.stage, "seen_ms": test.seen_ms, "checked_ms": test.checked_ms,
        "inbox_ms": test.inbox_ms, "reason": test.reason,
    })
}

/// Follows a practice picture through sites.
pub fn selftest(out: &Out, engine: &Engine, name: Option<&str>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let is_watched = core.home.watcher().is_some();
    let mut exit = Exit::Done;
    for site in chosen(core, name)? {
        let test = selftests::run(core, &site, is_watched)?;
        let mut facts = selftest_json(&test);
        facts["site"] = json!(Shown::of_text(&site.name).as_str());
        out.fact(&facts, || {
            let seconds = |ms: Option<i64>| ms.map_or("never".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1_000.0));
            match test.ok {
                true => format!(
                    "{}: seen after {}, checked after {}, in the inbox after {}, and removed. Everything works.",
                    site.name,
                    seconds(test.seen_ms),
                    seconds(test.checked_ms),
                    seconds(test.inbox_ms)
                ),
                false => format!("{}: failed. The last stage reached was: {}.", site.name, test.stage),
            }
        });
        if !test.ok {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

/// Uploads that could not be checked.
pub fn could_not_check(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    /// Rows read at once.
    const PAGE: u32 = 1_000;
    let core = engine.core()?;
    let mut after = 0;
    loop {
        let rows = core.store.read(|connection| uploads::could_not_check(connection, &[], after, PAGE))?;
        let Some(last) = rows.last() else { return Ok(Exit::Done) };
        after = last.id.get();
        for row in rows {
            let reason = row.reason.unwrap_or(Reason::IoError);
            let mut facts = file_facts(core, &row.file);
            let more = json!({
                "reason": reason.as_str(), "since": out::time(row.first_seen_at), "tries": row.tries, "directory": row.directory,
                "bytes_compared": row.content.is_some(),
            });
            if let (Some(facts), Some(more)) = (facts.as_object_mut(), more.as_object()) {
                facts.extend(more.clone());
            }
            out.fact(&facts, || format!("{:22} {}  {}", reason.as_str(), row.file.path.shown().elided(), words::reason(reason)));
        }
    }
}
