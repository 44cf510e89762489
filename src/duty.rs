//! `profile`, `clock`, `notice`, `help-page`: what a country asks for, and by when.

use std::path::Path;

use engine::engine::duties::{self, Answers};
use engine::model::{CaseId, ClockId, ClockKind, ClockState, DutyClock, NoticeId, NoticeKind, SenderKind, Shown, Sure};
use engine::record::clocks::Start;
use engine::record::profile::{self, Fact, Loaded, NOT_ADVICE, Profile};
use engine::record::when;
use engine::store::duty_clocks;
use engine::store::notices::{NewNotice, Notice};
use engine::{Core, Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{ClockCommand, ClockName, ClockStart, NoticeAdd, NoticeCommand, NoticeName, ProfileCommand, SenderName, ServesName};
use crate::out::{self, Out};

/// Clocks and notices that are listed at most.
const LAST: u32 = 200;

/// `profile`.
pub fn profile(out: &Out, engine: &Engine, command: &ProfileCommand) -> Result<Exit, Error> {
    let core = engine.core()?;
    match command {
        ProfileCommand::Show { name: Some(name) } => show_profile(out, &profile::load(&core.home, name)?),
        ProfileCommand::Show { name: None } => return show_answers(out, core, &duties::chosen(core)?),
        ProfileCommand::Set { lives, hosted, serves, company } => {
            let answers = Answers {
                lives: lives.clone(),
                hosted: hosted.clone().unwrap_or_else(|| lives.clone()),
                serves_eu: serves.contains(&ServesName::Eu),
                serves_uk: serves.contains(&ServesName::Uk),
                company: *company,
            };
            let chosen = duties::answer(core, answers)?;
            return show_answers(out, core, &chosen);
        }
        ProfileCommand::Ls => {
            for name in profile::names() {
                let loaded = profile::load(&core.home, name)?;
                out.fact(&profile_json(&loaded), || profile_line(&loaded));
            }
        }
        ProfileCommand::Copy { name } => {
            let file = duties::copy_profile(core, name)?;
            let shown = Shown::of_path(&file);
            out.fact(&json!({"profile": name, "file": shown.as_str()}), || {
                format!(
                    "Copied to {shown}. Change it there; this copy answers from now on, and `profile show` says when it cannot be read."
                )
            });
        }
    }
    Ok(Exit::Done)
}

fn profile_json(loaded: &Loaded) -> Value {
    let Profile { name, title, as_of, checked_by, .. } = &loaded.profile;
    json!({"profile": name, "title": title, "as_of": as_of, "checked_by": checked_by, "own_copy": loaded.is_own, "problem": loaded.problem})
}

fn profile_line(loaded: &Loaded) -> String {
    let Profile { name, title, as_of, .. } = &loaded.profile;
    let own = if loaded.is_own { ", your own copy" } else { "" };
    let problem =
        loaded.problem.as_ref().map(|why| format!("\n  ! Your copy cannot be read ({why}); the shipped one answers.")).unwrap_or_default();
    format!("{name:6} {title}, as of {as_of}{own}, {}{problem}", checked(&loaded.profile))
}

fn checked(profile: &Profile) -> String {
    match profile.checked_by.as_str() {
        "" => "not verified by anybody".to_owned(),
        who => format!("checked by {who}"),
    }
}

fn show_answers(out: &Out, core: &Core, chosen: &[Loaded]) -> Result<Exit, Error> {
    let answers = duties::answers(core)?;
    let facts = json!({"answers": answers, "profiles": chosen.iter().map(profile_json).collect::<Vec<_>>(), "not_advice": NOT_ADVICE});
    out.fact(&facts, || match chosen {
        [] => "No country profile is chosen: the longest holds apply, and no limit is claimed.\nAnswer once: gatehouse profile set --lives US --hosted US [--serves eu,uk] [--company]".to_owned(),
        chosen => format!("{}\n{NOT_ADVICE}", chosen.iter().map(profile_line).collect::<Vec<_>>().join("\n")),
    });
    Ok(Exit::Done)
}

fn show_profile(out: &Out, loaded: &Loaded) {
    let profile = &loaded.profile;
    let mut facts = profile_json(loaded);
    facts["clocks"] = profile.clock.iter().map(|(key, rule)| json!({"clock": key, "title": rule.title, "starts": rule.starts, "source": rule.source, "sure": rule.sure.as_str()})).collect();
    facts["holds"] = profile.hold.iter().map(|(harm, rule)| json!({"harm": harm, "starts": rule.starts, "keep": rule.keep, "source": rule.source, "sure": rule.sure.as_str()})).collect();
    facts["authorities"] = profile.authority.iter().map(|(harm, who)| json!({"harm": harm, "name": who.name, "address": who.address, "report": who.pack.as_str(), "source": who.source, "sure": who.sure.as_str()})).collect();
    out.fact(&facts, || {
        let mut lines = vec![profile_line(loaded)];
        lines.extend(
            profile
                .authority
                .iter()
                .map(|(harm, who)| format!("  {harm}: {} {} ({}{})", who.name, who.address, who.source, doubt(who.sure))),
        );
        lines.extend(profile.clock.values().map(|rule| format!("  clock: {} ({}{})", rule.title, rule.source, doubt(rule.sure))));
        lines.extend(
            profile.hold.iter().map(|(harm, rule)| format!("  hold of {harm}: from {} ({}{})", rule.starts, rule.source, doubt(rule.sure))),
        );
        lines.push(NOT_ADVICE.to_owned());
        lines.join("\n")
    });
}

fn doubt(sure: Sure) -> &'static str {
    if sure == Sure::Verify { ", not verified" } else { "" }
}

/// `help-page`.
pub fn help_page(out: &Out, engine: &Engine, name: &str, language: &str, file: Option<&Path>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let language = profile::Language::from_wire(language)
        .ok_or_else(|| Error::refused(engine::Code::BadArgument, "Pages of Help are in one of: en, de."))?;
    let loaded = profile::load_in(&core.home, name, language)?;
    if let Some(file) = file {
        duties::save_help(&loaded, file)?;
        out.fact(&json!({"profile": name, "file": Shown::of_path(file).as_str()}), || "Saved. It can be printed.".to_owned());
        return Ok(Exit::Done);
    }
    let fact = |fact: &Fact| json!({"text": fact.text, "source": fact.source, "sure": fact.sure.as_str()});
    let parts: Vec<Value> = loaded
        .profile
        .help
        .parts()
        .iter()
        .map(|(key, facts)| json!({"part": key, "lines": facts.iter().map(fact).collect::<Vec<_>>()}))
        .collect();
    let mut facts = profile_json(&loaded);
    facts["parts"] = parts.into();
    facts["not_advice"] = NOT_ADVICE.into();
    out.fact(&facts, || engine::record::help::text(&loaded));
    Ok(Exit::Done)
}

/// A clock as scripts read it.
pub fn clock_json(clock: &DutyClock, now: i64) -> Value {
    json!({
        "clock": clock.id.get(), "case": clock.case.map(CaseId::get), "kind": clock.kind.as_str(), "title": clock.title, "state": clock.state.as_str(),
        "started_at": out::time(clock.started_at), "known": clock.known.as_str(), "due_at": out::time_or_null(clock.due_at),
        "left_s": clock.due_at.map(|due| (due - now) / 1_000), "since_s": (now - clock.started_at) / 1_000,
        "asks": clock.asks(now),
        "missed_at": out::time_or_null(clock.missed_at), "ended_at": out::time_or_null(clock.ended_at), "end_reason": clock.end_reason,
        "site_confirmed_at": out::time_or_null(clock.site_confirmed_at), "profile": clock.profile, "source": clock.source,
        "verified": clock.sure == Sure::Read, "from": clock.sender, "reference": clock.reference,
    })
}

/// A clock in one line: what, how much is left or since when, and whether the duty behind it is verified.
pub fn clock_line(clock: &DutyClock, now: i64) -> String {
    let case = clock.case.map(|case| format!("Case {case}: ")).unwrap_or_default();
    let verified = if clock.sure == Sure::Verify { " (not verified)" } else { "" };
    let stands = match (clock.state, clock.ended_at, clock.due_at) {
        (ClockState::Missed, None, Some(due)) => format!("MISSED at {}. What is still to do can be done now", when::shown(due)),
        (ClockState::Missed, Some(at), _) => format!("missed, and done at {}", when::shown(at)),
        (ClockState::Met, Some(at), _) => format!("met at {}: {}", when::shown(at), clock.end_reason.as_deref().unwrap_or_default()),
        (ClockState::Stopped, Some(at), _) => {
            format!("stopped at {}: {}", when::shown(at), clock.end_reason.as_deref().unwrap_or_default())
        }
        (_, _, Some(due)) if due > now => format!("{} left, until {}", span(due - now), when::shown(due)),
        (_, _, Some(due)) => format!("its time came at {}", when::shown(due)),
        (_, _, None) => format!("{} since {}", span(now - clock.started_at), when::shown(clock.started_at)),
    };
    format!("clock {:<4} {case}{}: {stands}{verified}", clock.id, clock.title)
}

/// "3 h 10 min", "2 days 4 h".
fn span(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match (minutes / 1_440, minutes % 1_440 / 60, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{} {hours} h", out::count(u64::try_from(days).unwrap_or(0), "day", "days")),
    }
}

/// `clock`.
pub fn clock(out: &Out, engine: &Engine, command: &ClockCommand) -> Result<Exit, Error> {
    let core = engine.core()?;
    let now = core.clock.now_ms();
    let clocks = match command {
        ClockCommand::Start(new) => vec![duties::start(core, start_of(new)?)?],
        ClockCommand::Stop { clock, reason } => vec![duties::stop(core, ClockId::new(*clock), reason.clone())?],
        ClockCommand::Confirm { clock } => vec![duties::confirm_site(core, ClockId::new(*clock))?],
        ClockCommand::Ls { all } => {
            let open = duties::open_clocks(core)?;
            if *all { core.store.read(|connection| duty_clocks::last(connection, LAST))? } else { open }
        }
    };
    for clock in &clocks {
        out.fact(&clock_json(clock, now), || clock_line(clock, now));
    }
    if clocks.is_empty() {
        out.text("No clock runs.");
    }
    Ok(Exit::Done)
}

fn start_of(new: &ClockStart) -> Result<Start, Error> {
    Ok(Start {
        case: new.case.map(CaseId::new),
        notice: None,
        kind: match new.kind {
            ClockName::TcoOrder => ClockKind::TcoOrder,
            ClockName::NciiRequest => ClockKind::NciiRequest,
            ClockName::CsamReport => ClockKind::CsamReport,
            ClockName::LifeThreat => ClockKind::LifeThreat,
            ClockName::NonDisclosure => ClockKind::NonDisclosure,
            ClockName::Reminder => ClockKind::Reminder,
        },
        received_at: when::typed(&new.received)?,
        sender: new.from.clone(),
        reference: new.reference.clone(),
        until: new.until.as_deref().map(when::typed).transpose()?,
        title: new.title.clone(),
        is_sure: new.yes,
    })
}

/// `notice`.
pub fn notice(out: &Out, engine: &Engine, command: &NoticeCommand) -> Result<Exit, Error> {
    let core = engine.core()?;
    match command {
        NoticeCommand::Add(new) => add_notice(out, engine, new)?,
        NoticeCommand::Ls => {
            for notice in core.store.read(|connection| engine::store::notices::last(connection, LAST))? {
                out.fact(&notice_json(&notice), || notice_line(&notice));
            }
        }
        NoticeCommand::Answer { notice, text } => {
            let notice = duties::answer_notice(core, NoticeId::new(*notice), text.clone())?;
            out.fact(&notice_json(&notice), || "Noted. Gatehouse sends nothing.".to_owned());
        }
    }
    Ok(Exit::Done)
}

fn add_notice(out: &Out, engine: &Engine, new: &NoticeAdd) -> Result<(), Error> {
    let core = engine.core()?;
    let typed = NewNotice {
        kind: match new.kind {
            NoticeName::NciiRequest => NoticeKind::NciiRequest,
            NoticeName::TcoOrder => NoticeKind::TcoOrder,
            NoticeName::DsaNotice => NoticeKind::DsaNotice,
            NoticeName::HotlineMail => NoticeKind::HotlineMail,
        },
        from_kind: match new.from_kind {
            SenderName::Person => SenderKind::Person,
            SenderName::Authority => SenderKind::Authority,
            SenderName::Hotline => SenderKind::Hotline,
            SenderName::Other => SenderKind::Other,
        },
        sender: new.from.clone(),
        reference: new.reference.clone(),
        received_at: when::typed(&new.received)?,
        named: new.names.clone(),
        checks: new.check.clone(),
        case: new.case.map(CaseId::new),
    };
    let missing: Vec<&str> =
        typed.kind.checklist().iter().copied().filter(|word| !typed.checks.iter().any(|check| check == word)).collect();
    let noted = duties::note(core, typed, new.file.clone(), new.yes)?;
    let now = core.clock.now_ms();
    let facts = json!({
        "notice": noted.notice.get(), "case": noted.case.map(CaseId::get), "clock": noted.clock.as_ref().map(|clock| clock_json(clock, now)), "missing": missing,
    });
    out.fact(&facts, || {
        let mut lines = vec![format!("Notice {} is noted.", noted.notice)];
        lines.extend(noted.case.map(|case| format!("It leads to case {case}.")));
        lines.extend(noted.clock.as_ref().map(|clock| clock_line(clock, now)));
        if !missing.is_empty() {
            lines.push(format!("Not ticked: {}. Whether it is valid without is for you to find out.", missing.join(", ")));
        }
        lines.join("\n")
    });
    Ok(())
}

fn notice_json(notice: &Notice) -> Value {
    let typed = &notice.typed;
    json!({
        "notice": notice.id.get(), "kind": typed.kind.as_str(), "from_kind": typed.from_kind.as_str(), "from": typed.sender, "reference": typed.reference,
        "received_at": out::time(typed.received_at), "names": typed.named, "checks": typed.checks, "case": typed.case.map(CaseId::get),
        "answer": notice.answer, "answered_at": out::time_or_null(notice.answered_at), "person": notice.person,
    })
}

fn notice_line(notice: &Notice) -> String {
    let typed = &notice.typed;
    let case = typed.case.map(|case| format!(", case {case}")).unwrap_or_default();
    let answered = notice.answered_at.map(|at| format!(", answered {}", when::shown(at))).unwrap_or_default();
    format!(
        "notice {:<4} {} of {} {}, {}{case}{answered}",
        notice.id,
        typed.kind,
        typed.sender,
        typed.reference,
        when::shown(typed.received_at)
    )
}
