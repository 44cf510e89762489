//! Presets, what is left to do on servers, map files: as the page sees them.

use std::path::Path;

use engine::Core;
use engine::engine::siting;
use engine::engine::todoing::{self, TodoView};
use engine::engine::{mapping, overview};
use engine::intake::preset::guess::{Guess, Proposal};
use engine::intake::preset::{BytesChanged, PLAIN};
use engine::model::{Shown, Site, SiteId, SitePath, Sorted};
use engine::store::sorted;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::convert::shown;
use super::{Facts, SiteMode};

words!(
    /// What taking down does with the files of a site.
    TakeDown: engine::model::TakeDown { Move, Todo }
);
shown_words!(
    /// What a file is to its site.
    Role: engine::model::Role { Upload, Generated, Avatar, OldVersion, Removed, RemoteCache, Temporary, Site, Skip }
);
shown_words!(
    /// What a return looks like.
    CameBackAs: engine::model::CameBackAs { Sync, Again, Backup, Rebuilt }
);
shown_words!(
    /// Why a file that looks like part of a case is not.
    NotIncluded: engine::store::folds::NotIncluded { OtherPicture, NotCompared, SplitOff }
);
shown_words!(
    /// Why something is left to do.
    TodoKind: engine::store::todos::TodoKind { Copy, Sheet, Steps }
);
shown_words!(
    /// How far it is.
    TodoState: engine::store::todos::TodoState { Open, Done, Closed }
);
shown_words!(
    /// Where a step is done.
    StepPlace: engine::intake::preset::steps::StepPlace { Site, Server, Cdn, Other }
);

answers! {
    /// A preset that can be chosen.
    struct PresetChoice { preset: String, title: String }

    /// One file as a preset reads it.
    struct PresetSample {
        path: String,
        #[ts(inline)]
        role: Role,
        #[ts(type = "{ [key: string]: string | number }")]
        facts: Facts,
    }

    /// What a folder looks like, by names alone. `preset` is null where nothing fits or two are near each other.
    struct PresetGuess {
        preset: Option<String>, title: Option<String>, fitting: u64, sampled: u64, markers: u64,
        /// The uploads are below this folder of the chosen one.
        below: Option<String>,
        /// Titles of two that are near each other.
        close: Vec<String>,
        samples: Vec<PresetSample>, warnings: Vec<String>, choices: Vec<PresetChoice>,
    }

    /// Files of one rule.
    struct RuleRow {
        #[ts(inline)]
        role: Role,
        /// Words of the preset for it, if it has any.
        kind: Option<String>,
        files: u64, skipped: u64,
    }

    /// A map file as it was read.
    struct MapRow {
        as_of: i64, rows: u64, joined: u64, files_without_row: u64, rows_without_file: u64, not_posted: u64, ignored_columns: Vec<String>,
        problem: Option<String>,
    }

    /// What a site runs.
    struct SiteSoftware {
        preset: String, title: String, take_down: TakeDown, why_not_move: Option<String>, placeholder: bool,
        /// Folders that are walked; empty: all.
        only: Vec<String>,
        rules: Vec<RuleRow>,
        /// Files that fit no rule, where they are many.
        unfitting: Option<u64>,
        /// Claims of stored names that turned out to be false.
        false_claims: Vec<String>,
        changes_bytes: bool, warnings: Vec<String>, choices: Vec<PresetChoice>, map: Option<MapRow>,
        /// The query that makes a map file.
        sql: Option<String>,
        sql_note: Option<String>,
    }

    /// One step of a to-do.
    struct TodoStep {
        step: String,
        #[ts(inline)]
        place: StepPlace,
        say: String, url: Option<String>, check: Option<String>, ticked: Option<i64>, by: Option<String>,
    }

    /// What one case left to do for one site.
    struct TodoRow {
        todo: i64, site: String,
        #[ts(inline)]
        kind: TodoKind,
        #[ts(inline)]
        state: TodoState,
        made: i64, done: Option<i64>, closed: Option<i64>, returned: Option<i64>, hide: String, steps: Vec<TodoStep>, files: Vec<String>,
    }
}

questions! {
    /// What a person changes of a site; null stays.
    struct SiteChange {
        site: i64, name: Option<String>, mode: Option<SiteMode>, preset: Option<String>, take_down: Option<TakeDown>, placeholder: Option<bool>,
    }

    /// One to-do of a case.
    struct TodoPick { case: i64, todo: i64 }

    /// A tick, set or taken away.
    struct TodoTick { case: i64, todo: i64, step: String, on: bool }

    /// A file of a case.
    struct CaseFile { case: i64, upload: i64 }
}

fn facts(of: &engine::model::Facts) -> Facts {
    let told = of.iter().filter(|(name, _)| !name.starts_with("raw:"));
    told.map(|(name, value)| (name.clone(), shown(value).into())).collect()
}

/// The facts of a file's name.
pub fn name_facts(of: &Sorted) -> Facts {
    facts(&of.facts)
}

/// The facts that a map file gives.
pub fn map_facts(core: &Core, upload: &engine::store::uploads::UploadRow) -> engine::Result<Facts> {
    let site = core.store.read(|connection| engine::store::sites::get(connection, upload.file.site))?;
    Ok(facts(&mapping::facts_of(core, &site, upload)?))
}

fn choices(core: &Core) -> Vec<PresetChoice> {
    core.presets().all().iter().map(|preset| PresetChoice { preset: preset.name.clone(), title: shown(&preset.title) }).collect()
}

/// What a chosen folder looks like.
pub fn guess(core: &Core, root: &Path, found: Guess) -> PresetGuess {
    let Guess { answer, close, samples } = found;
    let sample = |(path, sorted): (SitePath, Sorted)| PresetSample {
        path: path.shown().elided(),
        role: sorted.role().into(),
        facts: name_facts(&sorted),
    };
    let of = |pick: fn(&Proposal) -> usize| answer.as_ref().map_or(0, |answer| pick(answer) as u64);
    PresetGuess {
        preset: answer.as_ref().map(|answer| answer.preset.name.clone()),
        title: answer.as_ref().map(|answer| shown(&answer.preset.title)),
        fitting: of(|answer| answer.fitting),
        sampled: of(|answer| answer.sampled),
        markers: of(|answer| answer.markers.len()),
        below: answer.as_ref().map(|answer| answer.level.strip.clone()).filter(|strip| !strip.is_empty()).as_deref().map(shown),
        close: close.iter().map(|one| shown(&one.preset.title)).collect(),
        samples: samples.into_iter().map(sample).collect(),
        warnings: answer.iter().flat_map(|answer| answer.preset.warnings(root, &answer.level)).map(shown).collect(),
        choices: choices(core),
    }
}

/// What a site runs, with its counts.
pub fn software(core: &Core, id: i64) -> engine::Result<SiteSoftware> {
    /// Share of files that may fit no rule before it is said, in hundredths.
    const UNFITTING: u64 = 5;
    let site: Site = overview::site_view(core, SiteId::new(id))?.state.site;
    let preset = core.presets().of(site.preset.as_deref())?;
    let (counts, claims) =
        core.store.read(|connection| Ok((sorted::counts(connection, site.id)?, sorted::claims(connection, site.id)?)))?;
    let all: u64 = counts.iter().map(|one| one.files).sum();
    let none: u64 = counts.iter().filter(|one| one.rule.is_none()).map(|one| one.files).sum();
    let rule = |one: &sorted::RuleCount| RuleRow {
        role: one.role.into(),
        kind: one.rule.and_then(|rule| preset.kind_of(rule)).map(shown),
        files: one.files,
        skipped: one.skipped,
    };
    let map = mapping::view(core, &site)?.map(|(map, orphans)| MapRow {
        as_of: map.modified_ns / 1_000_000,
        rows: map.rows,
        joined: orphans.joined,
        files_without_row: orphans.files,
        rows_without_file: orphans.rows,
        not_posted: orphans.not_posted,
        ignored_columns: map.ignored,
        problem: map.problem.as_deref().map(shown),
    });
    Ok(SiteSoftware {
        preset: preset.name.clone(),
        title: shown(&preset.title),
        take_down: site.take_down.into(),
        why_not_move: preset.why_not.as_deref().map(shown),
        placeholder: site.placeholder,
        only: site.only.iter().map(|dir| dir.shown().elided()).collect(),
        rules: counts.iter().filter(|one| one.rule.is_some()).map(rule).collect(),
        unfitting: (preset.name != PLAIN && none * 100 > all * UNFITTING).then_some(none),
        false_claims: claims.iter().filter(|one| one.is_dropped()).map(|one| one.hash.as_str().to_owned()).collect(),
        changes_bytes: preset.name != PLAIN && preset.bytes_changed != BytesChanged::No,
        warnings: preset.warnings(&site.root, &site.level).into_iter().map(shown).collect(),
        choices: choices(core),
        map,
        sql: preset.map.as_ref().map(|map| map.sql.clone()),
        sql_note: preset.map.as_ref().and_then(|map| map.note.clone()),
    })
}

/// One to-do.
pub fn todo(view: &TodoView) -> TodoRow {
    let step = |step: &engine::intake::preset::steps::FilledStep| {
        let tick = view.ticks.iter().find(|tick| tick.step == step.id);
        TodoStep {
            step: step.id.clone(),
            place: step.place.into(),
            say: shown(&step.say),
            url: step.url.as_deref().map(shown),
            check: step.check.as_deref().map(shown),
            ticked: tick.map(|tick| tick.at),
            by: tick.map(|tick| shown(&tick.person)),
        }
    };
    TodoRow {
        todo: view.row.id,
        site: shown(&view.site.name),
        kind: view.row.kind.into(),
        state: view.row.state.into(),
        made: view.row.made_at,
        done: view.row.done_at,
        closed: view.row.closed_at,
        returned: view.row.returned_at,
        hide: shown(&view.hide),
        steps: view.steps.iter().map(step).collect(),
        files: view.files.iter().map(|file| file.file.path.shown().elided()).collect(),
    }
}

/// What a person asked to change.
pub fn change(arg: SiteChange) -> siting::Change {
    siting::Change {
        name: arg.name,
        mode: arg.mode.map(Into::into),
        preset: arg.preset,
        take_down: arg.take_down.map(Into::into),
        placeholder: arg.placeholder,
    }
}

/// The name of a sheet in the folder that the person chose.
pub fn sheet_name(view: &TodoView) -> String {
    format!("gatehouse-todo-{}-{}.sh", view.row.case, view.row.id)
}

/// The folder in which a sheet was written, for the page.
pub fn folder_shown(folder: &Path) -> String {
    Shown::of_folder(folder).elided()
}

/// The to-dos of a case.
pub fn todos(core: &Core, case: i64) -> engine::Result<Vec<TodoRow>> {
    Ok(todoing::of_case(core, engine::model::CaseId::new(case))?.iter().map(todo).collect())
}
