//! `report`, `reported`, `evidence`, `statement`: papers that a person sends.

use engine::engine::reporting::{self, Ask, SealedFor};
use engine::model::{CaseId, PackKind, Shown};
use engine::record::keeping::KeepAnswer;
use engine::record::pack::known::{self, IpEvent, Known};
use engine::record::statement::{Change, Standing};
use engine::record::when;
use engine::triage::vault::purge::Yes;
use engine::{Code, Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::args::{Answer, Evidence, KeepName, PackName, ReportArgs, Reported, StatementArgs, StatementChange};
use crate::out::{self, Out, count};

fn kind_of(name: PackName) -> PackKind {
    match name {
        PackName::Ncmec => PackKind::Ncmec,
        PackName::Nca => PackKind::Nca,
        PackName::Hotline => PackKind::Hotline,
        PackName::Police => PackKind::Police,
        PackName::Dsa => PackKind::Dsa,
        PackName::Plain => PackKind::Plain,
    }
}

fn known_of(kind: PackKind, fields: &[String]) -> Result<Known, Error> {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|field| field.split_once('=').unwrap_or((field, ""))).collect();
    Known::read(kind, pairs)
}

/// Writes a report.
pub fn report(out: &Out, engine: &Engine, arguments: &ReportArgs) -> Result<Exit, Error> {
    let core = engine.core()?;
    let kind = kind_of(arguments.whom);
    let Some(dir) = &arguments.dir else {
        for field in known::asked(kind) {
            out.fact(&json!({"field": field.as_str()}), || format!("  --field {field}=…"));
        }
        out.text("What you leave out stands in the report as not filled in. Addresses of the uploader: --ip.");
        return Ok(Exit::Done);
    };
    let mut known = known_of(kind, &arguments.field)?;
    known.ips = arguments.ip.iter().map(|text| IpEvent::read(text)).collect::<Result<_, _>>()?;
    known.with_names = arguments.with_names;
    let viewed_outside = arguments.viewed_outside.map(|answer| answer == Answer::Yes);
    let sealed = arguments.with_sealed_file.as_ref().map(|key| SealedFor {
        key: key.clone(),
        yes: Yes {
            typed: arguments.confirm.clone().unwrap_or_default(),
            reason: arguments.why.clone().unwrap_or_default(),
            is_early: false,
        },
    });
    let made = reporting::make(core, &Ask { case: CaseId::new(arguments.case), kind, known, viewed_outside, sealed }, dir)?;
    let (folder, zip) = (Shown::of_path(&made.folder), Shown::of_path(&made.zip));
    let facts = json!({
        "case": arguments.case, "for": kind.as_str(), "folder": folder.as_str(), "zip": zip.as_str(), "files": made.files, "manifest_sha256": made.manifest_sha256,
    });
    out.fact(&facts, || {
        let files = count(made.files.len() as u64, "file", "files");
        let file = if arguments.with_sealed_file.is_some() { "and the file, encrypted to that key" } else { "no picture" };
        format!("Saved: {files} in {folder}, and {zip}. It holds facts, {file}. You send it yourself: read 00-read-first.txt.")
    });
    Ok(Exit::Done)
}

/// Notes a report that was filed.
pub fn reported(out: &Out, engine: &Engine, arguments: &Reported) -> Result<Exit, Error> {
    let at = arguments.at.as_deref().map(when::typed).transpose()?;
    let kind = kind_of(arguments.to);
    let done = reporting::reported(engine.core()?, CaseId::new(arguments.case), kind, arguments.number.clone(), at)?;
    let facts = json!({
        "case": arguments.case, "to": kind.as_str(), "number": arguments.number, "clocks_met": done.clocks_met, "held_until": out::time_or_null(done.held_until),
    });
    out.fact(&facts, || {
        let held = done.held_until.map(|until| format!(" Held until {}.", when::shown(until))).unwrap_or_default();
        format!("Noted. {} met.{held}", count(done.clocks_met, "clock is", "clocks are"))
    });
    Ok(Exit::Done)
}

/// Answers whether the file itself may be kept.
pub fn evidence(out: &Out, engine: &Engine, arguments: &Evidence) -> Result<Exit, Error> {
    let answer = match arguments.answer {
        KeepName::Keep => KeepAnswer::Keep,
        KeepName::FactsOnly => KeepAnswer::FactsOnly,
        KeepName::Later => KeepAnswer::Later,
    };
    let yes = Yes { typed: arguments.confirm.clone(), reason: arguments.reason.clone(), is_early: false };
    reporting::keep(engine.core()?, CaseId::new(arguments.case), answer, yes)?;
    out.fact(&json!({"case": arguments.case, "answer": answer.as_str()}), || {
        match answer {
            KeepAnswer::Keep => "Noted. The file stays sealed.",
            KeepAnswer::Later => "Noted. The file stays sealed; a reminder comes in 24 hours.",
            KeepAnswer::FactsOnly => "Removed from this program's vault, with a certificate. The facts stay, and are held. Backups and flash memory may keep copies.",
        }
        .to_owned()
    });
    Ok(Exit::Done)
}

/// Shows, holds or releases a statement.
pub fn statement(out: &Out, engine: &Engine, arguments: &StatementArgs) -> Result<Exit, Error> {
    let core = engine.core()?;
    let case = CaseId::new(arguments.case);
    let known = known_of(PackKind::Dsa, &arguments.field)?;
    match &arguments.change {
        Some(_) if !arguments.field.is_empty() => {
            return Err(Error::refused(Code::BadArgument, "Fields belong to the text: show it first. Nothing was changed."));
        }
        Some(StatementChange::Hold { reason, until }) => {
            let until = until.as_deref().map(when::typed).transpose()?;
            reporting::change_statement(core, case, Change::Hold { reason: reason.clone(), until })?;
        }
        Some(StatementChange::Release { how }) => {
            reporting::change_statement(core, case, Change::Release { how: how.clone() })?;
        }
        None => {}
    }
    let (standing, text) = reporting::statement(core, case, &known)?;
    let facts = json!({
        "case": arguments.case, "state": standing.state.as_str(), "reason": standing.reason, "until": out::time_or_null(standing.until_at),
        "is_default": standing.is_default, "restored": standing.is_restored, "text": text,
    });
    out.fact(&facts, || format!("{}\n\n{text}", standing_line(&standing)));
    Ok(Exit::Done)
}

fn standing_line(standing: &Standing) -> String {
    let reason = match standing.reason.as_str() {
        "tipping_off" => "telling the uploader could warn somebody",
        "life_threat" => "a threat to life is open",
        "non_disclosure" => "an authority does not want the uploader told",
        "ask_order" => "say first whether an order forbids telling the uploader",
        "ask_person" => "ask the person in the picture first",
        other => other,
    };
    let until = standing.until_at.map(|until| format!(" until {}", when::shown(until))).unwrap_or_default();
    match standing.state {
        engine::model::StatementState::Held => format!("HELD{until}: {reason}. Do not send it now."),
        engine::model::StatementState::Released => format!("Sent: {reason}."),
        engine::model::StatementState::Prepared => "Prepared. You send it yourself.".to_owned(),
    }
}
