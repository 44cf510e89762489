//! What is left to do on servers; files that are or are not part of a case; map files.

use std::path::Path;

use engine::engine::todoing::{self, TodoView};
use engine::engine::{folding, mapping, siting};
use engine::model::{CaseId, Shown, UploadId};
use engine::store::inbox::{self, CaseOrder, CaseView, Query};
use engine::store::todos::{TodoKind, TodoState};
use engine::{Code, Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{MapArgs, TodoArgs};
use crate::out::{self, Out, count};

/// One to-do, as scripts read it.
pub fn todo_json(view: &TodoView) -> Value {
    let ticked = |step: &str| view.ticks.iter().find(|tick| tick.step == step);
    json!({
        "todo": view.row.id, "case": view.row.case.get(), "site": Shown::of_text(&view.site.name).as_str(), "kind": view.row.kind.as_str(),
        "state": view.row.state.as_str(), "made": out::time(view.row.made_at), "done": out::time_or_null(view.row.done_at),
        "closed": out::time_or_null(view.row.closed_at), "returned": out::time_or_null(view.row.returned_at), "hide": view.hide,
        "files": view.files.iter().map(|file| json!({"path": file.file.path.shown().as_str(), "path_bytes": file.file.path.bytes_if_not_utf8()})).collect::<Vec<_>>(),
        "steps": view.steps.iter().map(|step| json!({
            "step": step.id, "where": step.place.as_str(), "say": step.say, "url": step.url, "check": step.check,
            "ticked": ticked(&step.id).map(|tick| out::time(tick.at)), "by": ticked(&step.id).map(|tick| tick.person.clone()),
        })).collect::<Vec<_>>(),
    })
}

/// The same for a person.
pub fn todo_lines(view: &TodoView) -> Vec<String> {
    let mut lines = vec![format!("  To do {} for {}: {}", view.row.id, Shown::of_text(&view.site.name).elided(), state(view))];
    lines.push(format!("    {} {}", todoing::heading(view), view.hide));
    for step in &view.steps {
        let mark = if view.ticks.iter().any(|tick| tick.step == step.id) { "x" } else { " " };
        lines.push(format!("    [{mark}] {}: {}", step.id, step.say));
        lines.extend(step.url.iter().map(|url| format!("        {url}")));
        lines.extend(step.check.iter().map(|check| format!("        {check}")));
    }
    lines
}

fn state(view: &TodoView) -> String {
    let row = &view.row;
    match (row.state, row.returned_at, row.done_at) {
        (TodoState::Open, Some(at), _) => format!("the sync of {} brought it back; your server still has it", out::time(at)),
        (TodoState::Open, None, _) if row.kind == TodoKind::Copy => {
            format!("off this computer since {}; on your server: not proven", out::time(row.made_at))
        }
        (TodoState::Open, None, _) => format!("open since {}", out::time(row.made_at)),
        (TodoState::Done, _, at) => {
            format!("done on {}, as you said; closed after a day in which no sweep sees it", at.map(out::time).unwrap_or_default())
        }
        (TodoState::Closed, _, _) => format!("closed on {}", row.closed_at.map(out::time).unwrap_or_default()),
    }
}

/// Lists to-dos, or works on those of one case.
pub fn run(out: &Out, engine: &Engine, arguments: &TodoArgs) -> Result<Exit, Error> {
    let core = engine.core()?;
    let Some(case) = arguments.case.map(CaseId::new) else { return list(out, engine) };
    let views = todoing::of_case(core, case)?;
    let chosen: Vec<&TodoView> = views.iter().filter(|view| arguments.number.is_none_or(|number| number == view.row.id)).collect();
    let waiting: Vec<&TodoView> = chosen.iter().filter(|view| view.row.state != TodoState::Closed).copied().collect();
    let one = || match waiting.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::refused(Code::Refused, format!("Case {case} has nothing to do."))),
        _ => Err(Error::refused(Code::BadArgument, format!("Case {case} has more than one to-do. Name one with --number."))),
    };
    if let Some(file) = &arguments.sheet {
        todoing::write_sheet(one()?, file)?;
        out.message(&format!("Written: {}", Shown::of_path(file).as_str()));
    }
    if let Some(step) = &arguments.tick {
        todoing::tick(core, case, one()?.row.id, step, true)?;
    }
    if let Some(step) = &arguments.untick {
        todoing::tick(core, case, one()?.row.id, step, false)?;
    }
    if arguments.done {
        todoing::done(core, case, one()?.row.id)?;
    }
    let views = todoing::of_case(core, case)?;
    if views.is_empty() {
        out.text(&format!("Case {case} has nothing to do."));
    }
    views.iter().for_each(|view| out.fact(&todo_json(view), || todo_lines(view).join("\n")));
    Ok(Exit::Done)
}

fn list(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    let core = engine.core()?;
    let mut shown = 0;
    let mut cursor = None;
    loop {
        let order = CaseOrder::MostSerious;
        let query = Query {
            view: CaseView::ToDo,
            order,
            search: String::new(),
            filter: engine::store::filter::Filter::default(),
            group: engine::store::groups::Grouping::None,
            folded: Vec::new(),
            cursor: cursor.take(),
            limit: 500,
            now: core.clock.now_ms(),
        };
        let page = core.store.read(|connection| inbox::page(connection, &query))?;
        for row in &page.rows {
            for view in todoing::of_case(core, row.case.id)?.iter().filter(|view| view.row.state != TodoState::Closed) {
                shown += 1;
                out.fact(&todo_json(view), || format!("Case {}\n{}", row.case.id, todo_lines(view).join("\n")));
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if shown == 0 {
        out.text("Nothing is left to do on a server.");
    }
    Ok(Exit::Done)
}

/// Includes a file in a case.
pub fn include(out: &Out, engine: &Engine, case: i64, file: i64) -> Result<Exit, Error> {
    folding::include(engine.core()?, CaseId::new(case), UploadId::new(file))?;
    crate::case::show(out, engine, case)
}

/// Splits a file off a case.
pub fn split(out: &Out, engine: &Engine, case: i64, file: i64) -> Result<Exit, Error> {
    let own = folding::split_off(engine.core()?, CaseId::new(case), UploadId::new(file))?;
    out.fact(&json!({"case": case, "split_off": file, "own_case": own.map(CaseId::get)}), || match own {
        Some(own) => format!("File {file} is no longer part of case {case}. It is case {own}."),
        None => format!("File {file} is no longer part of case {case}. It matches nothing by itself."),
    });
    Ok(Exit::Done)
}

/// Takes a map file, shows what it left open, or prints the query that makes one.
pub fn map(out: &Out, engine: &Engine, arguments: &MapArgs) -> Result<Exit, Error> {
    let core = engine.core()?;
    let site = siting::by_name(core, &arguments.site)?;
    if arguments.query {
        return query(out, engine, &site);
    }
    if arguments.forget {
        mapping::forget(core, &site)?;
    }
    if let Some(file) = &arguments.file {
        mapping::attach(core, &site, Path::new(file))?;
    } else {
        mapping::look_again(core, &site)?;
        mapping::count_orphans(core, &site)?;
    }
    match mapping::view(core, &site)? {
        None => out.fact(&json!({"site": site.id.get(), "map": null}), || {
            "No map file. It names uploaders and posts: gatehouse site map SITE --query prints the query that makes one.".to_owned()
        }),
        Some((map, orphans)) => {
            let facts = json!({
                "site": site.id.get(), "map": Shown::of_path(&map.path).as_str(), "read": out::time(map.read_at), "as_of": out::time(map.modified_ns / 1_000_000),
                "rows": map.rows, "joined": orphans.joined, "files_without_row": orphans.files, "rows_without_file": orphans.rows,
                "not_posted": orphans.not_posted, "ignored_columns": map.ignored, "problem": map.problem,
            });
            out.fact(&facts, || {
                let mut lines = vec![format!(
                    "Map file of {}: {}, {} named.",
                    out::time(map.modified_ns / 1_000_000),
                    count(map.rows, "row", "rows"),
                    count(orphans.joined, "file", "files")
                )];
                lines.push(format!("  {} in the folder and not in the database", count(orphans.files, "file is", "files are")));
                lines.push(format!("  {} no file in the folder", count(orphans.rows, "row names", "rows name")));
                lines.push(format!("  {} never posted", count(orphans.not_posted, "file was", "files were")));
                if !map.ignored.is_empty() {
                    lines.push(format!(
                        "  {} not known and ignored: {}",
                        count(map.ignored.len() as u64, "column is", "columns are"),
                        map.ignored.join(", ")
                    ));
                }
                lines.extend(map.problem.iter().map(|problem| format!("  ! {problem}")));
                lines.join("\n")
            });
        }
    }
    Ok(Exit::Done)
}

fn query(out: &Out, engine: &Engine, site: &engine::model::Site) -> Result<Exit, Error> {
    let preset = engine.core()?.presets().of(site.preset.as_deref())?;
    let Some(map) = &preset.map else {
        out.message(&format!(
            "There is no query for {}. A table with a column file, and any of uploader_id, uploader_name, post_id, is read all the same.",
            preset.title
        ));
        return Ok(Exit::Failed);
    };
    out.fact(&json!({"site": site.id.get(), "preset": preset.name, "sql": map.sql, "note": map.note}), || {
        let note = map.note.as_ref().map(|note| format!("-- {note}\n")).unwrap_or_default();
        format!(
            "-- Run this in the database of {}. It only reads. Table names have the default prefix; change it where yours differs.\n\
             -- Save the answer as CSV with its column names, then: gatehouse site map {} FILE\n{note}{}",
            preset.title,
            Shown::of_text(&site.name).elided(),
            map.sql
        )
    });
    Ok(Exit::Done)
}
