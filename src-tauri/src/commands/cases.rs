//! The inbox, a case, decisions and what becomes of them.

use engine::engine::{asking, deciding};
use engine::model::{BatchId, CaseId, Shown};
use engine::store::{cases, claims, decisions, groups, inbox, saved_views, settings};
use engine::triage::decide::{self as deciding_rules, LONGEST_NOTE};
use engine::triage::put_back::Wish;
use engine::{Code, Core, Event};
use jiff::{ToSpan as _, Zoned};
use tauri::State;

use super::viewing::today;
use super::{bounds, unchecked};
use crate::shell::{Answer, Shell};
use crate::wire::{
    ActResult, Answered, CaseDetail, Claim, Counts, DecideRequest, Decided, DraftBatch, InboxPage, InboxQuery, NoteAdd, PutBack, SavedView,
    SavedViewPut, Selection, SelectionAsk, SnoozeUntil, Undone, WireError, convert,
};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// "Tomorrow" is at nine.
const MORNING: i8 = 9;

/// How many cases each view holds.
#[tauri::command(async)]
pub fn counts(shell: State<'_, Shell>) -> Answer<Counts> {
    let core = shell.core()?;
    let found = core.store.read(|connection| inbox::counts(connection, core.clock.now_ms()))?;
    let (need_you, by_design) = unchecked::totals(&core)?;
    Ok(Counts {
        inbox: found.inbox,
        exact: found.exact,
        near: found.near,
        second_look: found.second_look,
        asked: found.asked,
        snoozed: found.snoozed,
        recent: found.recent,
        to_do: found.to_do,
        need_you,
        by_design,
        practice: found.practice,
    })
}

/// One page of a view.
#[tauri::command(async)]
pub fn inbox_page(shell: State<'_, Shell>, arg: InboxQuery) -> Answer<InboxPage> {
    bounds::text(&arg.search, bounds::LONGEST_SEARCH)?;
    bounds::optional(arg.cursor.as_deref(), bounds::LONGEST_WORD)?;
    bounds::page(arg.limit)?;
    let core = shell.core()?;
    let now = core.clock.now_ms();
    let query = query(arg, now)?;
    Ok(core.store.read(|connection| inbox::page(connection, &query))?.into())
}

fn query(arg: InboxQuery, now: i64) -> Answer<inbox::Query> {
    bounds::text(&arg.filter.folder, LONGEST_NOTE)?;
    bounds::text(&arg.filter.uploader, bounds::LONGEST_SEARCH)?;
    [arg.filter.lists.len(), arg.filter.sites.len(), arg.filter.matches.len(), arg.filter.kinds.len()]
        .into_iter()
        .chain([arg.folded.len()])
        .try_for_each(bounds::many)?;
    arg.folded.iter().try_for_each(|key| bounds::text(key, bounds::LONGEST_WORD))?;
    Ok(inbox::Query {
        view: arg.view.into(),
        order: arg.order.into(),
        search: arg.search,
        filter: arg.filter.into(),
        group: arg.group.into(),
        folded: arg.folded,
        cursor: arg.cursor,
        limit: arg.limit,
        now,
    })
}

/// What a decision on many cases would touch: shown before the key is pressed.
#[tauri::command(async)]
pub fn selection(shell: State<'_, Shell>, arg: SelectionAsk) -> Answer<Selection> {
    bounds::text(&arg.query.search, bounds::LONGEST_SEARCH)?;
    bounds::optional(arg.group.as_deref(), bounds::LONGEST_WORD)?;
    bounds::many(arg.cases.as_ref().map_or(0, Vec::len))?;
    let core = shell.core()?;
    let query = query(arg.query, core.clock.now_ms())?;
    let most = u32::try_from(bounds::MOST_AT_ONCE).unwrap_or(u32::MAX);
    Ok(core.store.read(|connection| {
        let cases = match arg.cases {
            Some(cases) => cases.into_iter().map(CaseId::new).collect(),
            None if arg.group.is_some() => groups::select(connection, &query, arg.group.as_deref().unwrap_or_default())?,
            None => inbox::select(connection, &query, most)?,
        };
        convert::selection(connection, &engine::store::selection::of_cases(connection, &cases, deciding_rules::is_strict)?)
    })?)
}

/// Claims a case, or gives it free.
#[tauri::command(async)]
pub fn claim(shell: State<'_, Shell>, arg: Claim) -> Answer<()> {
    let (core, case) = (shell.core()?, CaseId::new(arg.case));
    core.store.write(move |tx| if arg.release { claims::release(tx, case).map(drop) } else { claims::claim(tx, case) })?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

/// Writes the question about a case into a folder that the person chooses. Gives the name of the file.
#[tauri::command(async)]
pub fn question_save(shell: State<'_, Shell>, arg: i64) -> Answer<Option<String>> {
    let Some(folder) = shell.choose_folder() else { return Ok(None) };
    let file = asking::write_into(&*shell.core()?, CaseId::new(arg), &folder)?;
    Ok(file.file_name().map(|name| Shown::of_path(std::path::Path::new(name)).elided()))
}

/// Reads an answer from a file that the person chooses.
#[tauri::command(async)]
pub fn answer_read(shell: State<'_, Shell>) -> Answer<Option<Answered>> {
    let Some(file) = shell.choose_file() else { return Ok(None) };
    let answered = asking::read(&*shell.core()?, &file)?;
    Ok(Some(Answered { case: answered.case.get(), answer: answered.answer.to_owned(), why: convert::shown(&answered.why) }))
}

/// The saved views.
#[tauri::command(async)]
pub fn saved_views(shell: State<'_, Shell>) -> Answer<Vec<SavedView>> {
    Ok(convert::saved_views(&*shell.core()?)?)
}

/// Saves a view under a name.
#[tauri::command(async)]
pub fn saved_view_put(shell: State<'_, Shell>, arg: SavedViewPut) -> Answer<Vec<SavedView>> {
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    bounds::text(&arg.query, bounds::LONGEST_REASON)?;
    let core = shell.core()?;
    core.store.write(move |tx| saved_views::put(tx, &arg.name, &arg.query))?;
    Ok(convert::saved_views(&core)?)
}

/// Removes a saved view.
#[tauri::command(async)]
pub fn saved_view_remove(shell: State<'_, Shell>, arg: i64) -> Answer<Vec<SavedView>> {
    let core = shell.core()?;
    core.store.write(move |tx| saved_views::remove(tx, arg))?;
    Ok(convert::saved_views(&core)?)
}

/// One case whole.
#[tauri::command(async)]
pub fn case_detail(shell: State<'_, Shell>, arg: i64) -> Answer<CaseDetail> {
    Ok(convert::case_detail(&*shell.core()?, CaseId::new(arg), today())?)
}

/// Writes a decision down.
#[tauri::command(async)]
pub fn decide(shell: State<'_, Shell>, arg: DecideRequest) -> Answer<Decided> {
    bounds::text(&arg.request, bounds::LONGEST_WORD)?;
    bounds::optional(arg.note.as_deref(), LONGEST_NOTE)?;
    bounds::many(arg.cases.len())?;
    let core = shell.core()?;
    let request = deciding_rules::Request {
        request: arg.request,
        cases: arg.cases.into_iter().map(CaseId::new).collect(),
        decision: arg.decision.into(),
        note: arg.note.filter(|note| !note.trim().is_empty()),
        until_list: arg.snooze == Some(SnoozeUntil::ListUpdates),
        snooze_ms: arg.snooze.map(|until| snooze_ms(until, &Zoned::now())),
    };
    let batch = deciding::decide(&core, request)?;
    Ok(decided(&core, &batch)?)
}

fn decided(core: &Core, batch: &decisions::BatchRow) -> engine::Result<Decided> {
    Ok(Decided {
        batch: batch.id.get(),
        decision: batch.decision.into(),
        cases: cases_of(core, batch.id)?,
        files: core.store.read(|connection| decisions::files(connection, batch.id))?,
        act_at: batch.decision.is_drafted().then_some(batch.act_at),
        seconds: core.store.read(settings::undo_seconds)?,
    })
}

/// How long a snooze is, in milliseconds from `now`.
fn snooze_ms(until: SnoozeUntil, now: &Zoned) -> i64 {
    match until {
        SnoozeUntil::LaterToday | SnoozeUntil::In4Hours => 4 * HOUR_MS,
        SnoozeUntil::In24Hours => 24 * HOUR_MS,
        SnoozeUntil::NextWeek => 7 * 24 * HOUR_MS,
        SnoozeUntil::ListUpdates => deciding_rules::LIST_MS,
        SnoozeUntil::Tomorrow => {
            let morning =
                now.checked_add(1.day()).and_then(|day| day.with().hour(MORNING).minute(0).second(0).subsec_nanosecond(0).build());
            morning.map_or(24 * HOUR_MS, |morning| morning.timestamp().as_millisecond() - now.timestamp().as_millisecond())
        }
    }
}

fn cases_of(core: &Core, batch: BatchId) -> engine::Result<Vec<i64>> {
    let found = core.store.read(|connection| decisions::cases(connection, batch))?;
    Ok(convert::case_ids(found.into_iter().map(|(case, _)| case).collect()))
}

/// Takes back a decision, or the last one.
#[tauri::command(async)]
pub fn undo(shell: State<'_, Shell>, arg: Option<i64>) -> Answer<Option<Undone>> {
    let undone = deciding::undo(&shell.core()?, arg.map(BatchId::new))?;
    Ok(undone.map(|undone| Undone {
        batch: undone.batch.id.get(),
        decision: undone.batch.decision.into(),
        cases: convert::case_ids(undone.cases),
        too_late: 0,
    }))
}

/// Takes the last undo back.
#[tauri::command(async)]
pub fn redo(shell: State<'_, Shell>) -> Answer<Option<Decided>> {
    let core = shell.core()?;
    let again = deciding::redo(&core, None)?;
    Ok(again.map(|again| decided(&core, &again.batch)).transpose()?)
}

/// Decisions whose clock runs.
#[tauri::command(async)]
pub fn drafts(shell: State<'_, Shell>) -> Answer<Vec<DraftBatch>> {
    let core = shell.core()?;
    let drafts = core.store.read(decisions::drafts)?.into_iter().map(|batch| {
        let files = core.store.read(|connection| decisions::files(connection, batch.id))?;
        Ok(DraftBatch {
            batch: batch.id.get(),
            decision: batch.decision.into(),
            cases: batch.cases,
            files,
            act_at: batch.act_at,
            from_before: batch.restarted,
        })
    });
    drafts.collect()
}

/// Makes a draft count now.
#[tauri::command(async)]
pub fn act_now(shell: State<'_, Shell>, arg: i64) -> Answer<ActResult> {
    let core = shell.core()?;
    let outcomes = deciding::finish_now(&core, BatchId::new(arg))?;
    Ok(convert::act_result(&core, outcomes)?)
}

/// Puts the held files of a case back.
#[tauri::command(async)]
pub fn put_back(shell: State<'_, Shell>, arg: PutBack) -> Answer<ActResult> {
    bounds::optional(arg.note.as_deref(), LONGEST_NOTE)?;
    let core = shell.core()?;
    let wish = Wish { note: arg.note, is_beside: arg.beside };
    let outcomes = deciding::put_back(&core, CaseId::new(arg.case), wish)?;
    Ok(convert::act_result(&core, outcomes)?)
}

/// Opens a case again.
#[tauri::command(async)]
pub fn reopen(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let (core, case) = (shell.core()?, CaseId::new(arg));
    core.store.write(move |tx| deciding_rules::reopen(tx, case))?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

/// Opens the cases one by one that wait behind this one. Gives how many there are.
#[tauri::command(async)]
pub fn open_singles(shell: State<'_, Shell>, arg: i64) -> Answer<u64> {
    Ok(deciding::open_singles(&shell.core()?, CaseId::new(arg))?)
}

/// Adds a note to a case.
#[tauri::command(async)]
pub fn note_add(shell: State<'_, Shell>, arg: NoteAdd) -> Answer<()> {
    bounds::text(&arg.text, LONGEST_NOTE)?;
    let text = arg.text.trim().to_owned();
    if text.is_empty() {
        return Err(WireError::new(Code::BadArgument, "A note needs a text."));
    }
    let (core, case) = (shell.core()?, CaseId::new(arg.case));
    core.store.write(move |tx| {
        cases::get(tx, case)?;
        cases::add_note(tx, case, &text)
    })?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tomorrow_is_at_nine_by_the_clock_on_the_wall() {
        let wait = |now: &str| snooze_ms(SnoozeUntil::Tomorrow, &now.parse().unwrap()) / HOUR_MS;
        assert_eq!(wait("2026-11-23T15:00:00+01:00[+01:00]"), 18);
        assert_eq!(wait("2026-11-23T00:30:00+00:00[+00:00]"), 32, "tomorrow, even just after midnight");
    }
}
