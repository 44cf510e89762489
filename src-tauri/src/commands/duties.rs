//! Clocks of duties, notices, reports, statements, the country and its pages of Help. Folders are chosen in the system's dialog.

use engine::engine::duties::{self as stored, Answers};
use engine::engine::reporting::{self, Ask, SealedFor};
use engine::model::{CaseId, CaseState, ClockId, DecisionKind, PackKind as StoredPack, Shown};
use engine::record::clocks::Start;
use engine::record::keeping;
use engine::record::pack::known::{self, IpEvent, Known};
use engine::record::profile;
use engine::record::statement::Change;
use engine::store::notices::NewNotice;
use engine::store::{cases, filings};
use engine::triage::vault::purge::Yes;
use engine::{Code, Core};
use std::sync::Arc;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{
    CaseDuties, ClockStart, ClockStop, Country, CountryAnswers, CountryProfile, DutyClock, EvidenceAnswer, FiledReport, HelpAsk,
    HelpLanguage, HelpPage, NoticeNew, PackKind, ReportAsk, ReportForm, ReportMade, ReportedNote, Statement, StatementChange, WireError,
    convert,
};

/// Fields and addresses of one report.
const MOST_FIELDS: usize = 64;

/// Clocks that run, soonest first.
#[tauri::command(async)]
pub fn duty_clocks(shell: State<'_, Shell>) -> Answer<Vec<DutyClock>> {
    let core = shell.core()?;
    let now = core.clock.now_ms();
    Ok(stored::open_clocks(&core)?.into_iter().map(|clock| DutyClock::new(clock, now)).collect())
}

/// Starts a clock.
#[tauri::command(async)]
pub fn clock_start(shell: State<'_, Shell>, arg: ClockStart) -> Answer<()> {
    [&arg.sender, &arg.reference, &arg.title].iter().try_for_each(|text| bounds::optional(text.as_deref(), bounds::LONGEST_REASON))?;
    let start = Start {
        case: arg.case.map(CaseId::new),
        notice: None,
        kind: arg.kind.into(),
        received_at: arg.received,
        sender: filled(arg.sender),
        reference: filled(arg.reference),
        until: arg.until,
        title: filled(arg.title),
        is_sure: arg.sure,
    };
    stored::start(&shell.core()?, start)?;
    Ok(())
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Stops a clock.
#[tauri::command(async)]
pub fn clock_stop(shell: State<'_, Shell>, arg: ClockStop) -> Answer<()> {
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    stored::stop(&shell.core()?, ClockId::new(arg.clock), arg.reason)?;
    Ok(())
}

/// Notes that the site no longer shows what was taken out of its copy.
#[tauri::command(async)]
pub fn clock_confirm(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    stored::confirm_site(&shell.core()?, ClockId::new(arg))?;
    Ok(())
}

/// Types a notice in, for a case or for a file that the person chooses. Gives the case; `None` if they changed their mind.
#[tauri::command(async)]
pub fn notice_add(shell: State<'_, Shell>, arg: NoticeNew) -> Answer<Option<i64>> {
    [&arg.from, &arg.reference, &arg.names].iter().try_for_each(|text| bounds::text(text, bounds::LONGEST_REASON))?;
    bounds::many(arg.checks.len())?;
    let new = NewNotice {
        kind: arg.kind.into(),
        from_kind: arg.from_kind.into(),
        sender: arg.from,
        reference: arg.reference,
        received_at: arg.received,
        named: arg.names,
        checks: arg.checks,
        case: arg.case.map(CaseId::new),
    };
    let core = shell.core()?;
    let file = match arg.case {
        Some(_) => None,
        None => match shell.choose_file() {
            Some(file) => Some(file),
            None => return Ok(None),
        },
    };
    Ok(stored::note(&core, new, file, arg.sure)?.case.map(CaseId::get))
}

/// What a case asks for: its clocks, its reports, its statement once something is taken down or put back.
#[tauri::command(async)]
pub fn case_duties(shell: State<'_, Shell>, arg: i64) -> Answer<CaseDuties> {
    let (core, case) = (shell.core()?, CaseId::new(arg));
    let now = core.clock.now_ms();
    let clocks = stored::clocks_of(&core, case)?.into_iter().map(|clock| DutyClock::new(clock, now)).collect();
    let filed = core.store.read(|connection| filings::filed(connection, case))?.into_iter();
    let filed = filed.map(|filed| FiledReport {
        to: filed.kind.into(),
        number: filed.reference.map(|number| convert::shown(&number)),
        at: filed.filed_at,
    });
    let asks_evidence = core.store.read(|connection| keeping::is_asked(connection, case))?;
    Ok(CaseDuties { clocks, filed: filed.collect(), statement: statement_of(&core, case)?, asks_evidence })
}

fn statement_of(core: &Arc<Core>, case: CaseId) -> Answer<Option<Statement>> {
    let row = core.store.read(|connection| cases::get(connection, case))?;
    let is_down = row.state == CaseState::Decided && row.decision == Some(DecisionKind::TakeDown) && !row.practice;
    if !is_down {
        return Ok(None);
    }
    let (standing, text) = reporting::statement(core, case, &Known::default())?;
    let reason = convert::shown(&standing.reason);
    Ok(Some(Statement { state: standing.state.into(), reason, until: standing.until_at, is_default: standing.is_default, text }))
}

/// What only the operator knows for a report of this kind.
#[tauri::command(async)]
pub fn report_form(_shell: State<'_, Shell>, arg: PackKind) -> Answer<ReportForm> {
    let kind = StoredPack::from(arg);
    let fields = known::asked(kind).iter().map(|field| field.as_str().to_owned()).collect();
    Ok(ReportForm { fields, asks_viewed: reporting::asks_viewed(kind) })
}

/// Writes a report into a new folder below one that the person chooses. `None` if they changed their mind.
#[tauri::command(async)]
pub fn report_make(shell: State<'_, Shell>, arg: ReportAsk) -> Answer<Option<ReportMade>> {
    if arg.fields.len() > MOST_FIELDS || arg.ips.len() > MOST_FIELDS {
        return Err(WireError::new(Code::BadArgument, "Too many fields."));
    }
    let kind = StoredPack::from(arg.kind);
    let mut known = Known::read(kind, arg.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    known.ips = arg.ips.iter().map(|text| IpEvent::read(text)).collect::<engine::Result<_>>()?;
    known.with_names = arg.with_names;
    let sealed =
        arg.sealed.map(|sealed| SealedFor { key: sealed.key, yes: Yes { typed: sealed.typed, reason: sealed.why, is_early: false } });
    let ask = Ask { case: CaseId::new(arg.case), kind, known, viewed_outside: arg.viewed_outside, sealed };
    let Some(parent) = shell.choose_folder() else { return Ok(None) };
    let folder = reporting::free_folder(&parent, ask.case, kind);
    let made = reporting::make(&shell.core()?, &ask, &folder)?;
    Ok(Some(ReportMade { files: made.files.len() as u64, folder_shown: Shown::of_folder(&made.folder).elided() }))
}

/// Notes that a report was filed. Gives how many clocks that met.
#[tauri::command(async)]
pub fn reported(shell: State<'_, Shell>, arg: ReportedNote) -> Answer<u64> {
    bounds::optional(arg.number.as_deref(), bounds::LONGEST_REASON)?;
    Ok(reporting::reported(&shell.core()?, CaseId::new(arg.case), arg.to.into(), filled(arg.number), None)?.clocks_met)
}

/// Answers whether the file itself may be kept.
#[tauri::command(async)]
pub fn evidence_answer(shell: State<'_, Shell>, arg: EvidenceAnswer) -> Answer<()> {
    bounds::text(&arg.typed, bounds::LONGEST_WORD)?;
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    let yes = Yes { typed: arg.typed, reason: arg.reason, is_early: false };
    reporting::keep(&shell.core()?, CaseId::new(arg.case), arg.answer.into(), yes)?;
    Ok(())
}

/// Holds the statement of a case, or notes that it was sent.
#[tauri::command(async)]
pub fn statement_change(shell: State<'_, Shell>, arg: StatementChange) -> Answer<()> {
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    let change = if arg.release { Change::Release { how: arg.reason } } else { Change::Hold { reason: arg.reason, until: None } };
    reporting::change_statement(&shell.core()?, CaseId::new(arg.case), change)?;
    Ok(())
}

/// The country: what was answered, and what that chooses.
#[tauri::command(async)]
pub fn country(shell: State<'_, Shell>) -> Answer<Country> {
    let core = shell.core()?;
    country_of(&core)
}

fn country_of(core: &Core) -> Answer<Country> {
    let answers = stored::answers(core)?;
    let profiles = stored::chosen(core)?.iter().map(|loaded| CountryProfile::new(loaded, true)).collect();
    Ok(Country { answers: answers.map(CountryAnswers::from), profiles })
}

/// Answers the questions about the country.
#[tauri::command(async)]
pub fn country_set(shell: State<'_, Shell>, arg: CountryAnswers) -> Answer<Country> {
    let core = shell.core()?;
    stored::answer(&core, Answers::from(arg))?;
    country_of(&core)
}

/// Every page of Help; the chosen ones come first.
#[tauri::command(async)]
pub fn help_pages(shell: State<'_, Shell>, arg: HelpLanguage) -> Answer<Vec<HelpPage>> {
    let core = shell.core()?;
    let pages = stored::help_pages(&core, arg.into())?;
    Ok(pages.iter().map(|(loaded, is_chosen)| HelpPage::new(loaded, *is_chosen)).collect())
}

/// Saves a page of Help as a plain file in a folder that the person chooses. `false` if they changed their mind.
#[tauri::command(async)]
pub fn help_save(shell: State<'_, Shell>, arg: HelpAsk) -> Answer<bool> {
    bounds::text(&arg.profile, bounds::LONGEST_WORD)?;
    let loaded = profile::load_in(&shell.core()?.home, &arg.profile, arg.language.into())?;
    let Some(folder) = shell.choose_folder() else { return Ok(false) };
    stored::save_help(&loaded, &folder.join(format!("gatehouse-help-{}.txt", loaded.profile.name)))?;
    Ok(true)
}
