//! `vault`, `hold`, `purge`: what is sealed, how long it stays, and how it goes.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use engine::engine::{sealing, vaulting};
use engine::model::{CaseId, Hold as HoldRow, HoldReason, Shown};
use engine::triage::holds::Ask;
use engine::triage::vault::keys::{KeyPlace, KeyState};
use engine::triage::vault::purge::{self as purging, PurgePlan, Yes};
use engine::triage::vault::verify::Verdict;
use engine::{Code, Core, Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{BasisName, Hold, KeyPlaceName, Purge, Vault, VaultKey};
use crate::out::{self, Out, count};
use crate::passphrase::Passphrases;

/// Carries out `vault …`.
pub fn run(out: &Out, engine: &Engine, passphrases: &Passphrases, command: &Vault) -> Result<Exit, Error> {
    let core = engine.core()?;
    match command {
        Vault::Ls => list(out, core),
        Vault::Seal => {
            let mut waiting = sealing::seal_now(core)?;
            if waiting > 0 {
                // One that was interrupted may need the key to be finished.
                passphrases.open(core)?;
                waiting = sealing::seal_now(core)?;
            }
            out.fact(&json!({"waiting": waiting}), || match waiting {
                0 => "Everything that was taken down is sealed.".to_owned(),
                _ => format!("{} still wait. `gatehouse status` says why.", count(waiting, "file", "files")),
            });
            Ok(if waiting == 0 { Exit::Done } else { Exit::Failed })
        }
        Vault::Verify => {
            passphrases.open(core)?;
            verify(out, core)
        }
        Vault::Export { case, dir, to, reason, confirm } => {
            passphrases.open(core)?;
            let yes = Yes { typed: confirm.clone(), reason: reason.clone(), is_early: false };
            let exported = vaulting::export_sealed(core, CaseId::new(*case), to, &yes, dir)?;
            for one in exported {
                out.fact(&json!({"case": case, "file": one.name, "sha256": one.sha256.to_string(), "size": one.size}), || {
                    format!("{}  {}", one.sha256, one.name)
                });
            }
            Ok(Exit::Done)
        }
        Vault::Certificate { case, file } => certificate(out, core, *case, file.as_deref()),
        Vault::Clock { days } => {
            if let Some(days) = *days {
                core.store.write(move |tx| purging::set_clock_days(tx, days))?;
            }
            let days = core.store.read(purging::clock_days)?;
            out.fact(&json!({"days": days}), || format!("Deleting is offered {days} days after sealing. Nothing is deleted by itself."));
            Ok(Exit::Done)
        }
        Vault::Key(command) => key(out, core, passphrases, command),
    }
}

fn list(out: &Out, core: &Core) -> Result<Exit, Error> {
    let view = vaulting::view(core)?;
    let now = core.clock.now_ms();
    for case in &view.cases {
        let id = case.row.case.id.get();
        let problem = case.files.iter().find_map(|file| file.problem);
        let facts = json!({
            "case": id, "harm": case.row.case.harm.as_str(), "sealed": case.files.len(), "unsealed": case.unsealed,
            "hold": case.hold.as_ref().map(|hold| hold_json(hold, now)), "deletable_at": out::time_or_null(case.deletable_at),
            "problem": problem.map(|problem| problem.as_str()),
            "files": case.files.iter().map(|file| json!({
                "file": file.name(), "sha256": file.sha256.to_string(), "size": file.size, "sealed_at": out::time_or_null(file.sealed_at),
                "verified_at": out::time_or_null(file.verified_at), "problem": file.problem.map(|problem| problem.as_str()),
            })).collect::<Vec<_>>(),
        });
        out.fact(&facts, || {
            let sealed = count(case.files.len() as u64, "sealed file", "sealed files");
            let unsealed = if case.unsealed > 0 { format!(", {} taken down, not yet sealed", case.unsealed) } else { String::new() };
            let hold = case.hold.as_ref().map_or_else(|| deletable(case.deletable_at, now), |hold| hold_words(hold, now));
            let problem = problem.map(|problem| format!("  ! evidence {problem}")).unwrap_or_default();
            format!("Case {id:<6} {sealed}{unsealed}. {hold}{problem}")
        });
    }
    out.text(&key_words(&view.key));
    Ok(Exit::Done)
}

fn deletable(at: Option<i64>, now: i64) -> String {
    match at {
        Some(at) if at <= now => "May be deleted.".to_owned(),
        Some(at) => format!("May be deleted from {}.", out::time(at)),
        None => String::new(),
    }
}

fn hold_json(hold: &HoldRow, now: i64) -> Value {
    json!({
        "case": hold.case.get(), "harm": hold.harm, "reason": hold.reason.as_str(), "basis": hold.basis, "started_at": out::time(hold.started_at),
        "ends_at": out::time_or_null(hold.ends_at), "extended_by": hold.extended_by, "kind": hold.kind.as_str(), "set_by": hold.set_by,
        "holds": hold.holds_at(now),
    })
}

fn hold_words(hold: &HoldRow, now: i64) -> String {
    match hold.ends_at {
        None => format!("Held, no end set: {}.", hold.basis),
        Some(end) if end > now => format!("Held until {}: {}.", out::time(end), hold.basis),
        Some(end) => format!("The hold ended {}. You may now delete it, or keep it with a reason.", out::time(end)),
    }
}

fn key_words(key: &KeyState) -> String {
    if key.key.is_none() {
        return "Nothing was sealed yet; the key is made with the first file.".to_owned();
    }
    let place = match key.place {
        None => return "The vault's key is not here. Nothing can be put back until it is.".to_owned(),
        Some(KeyPlace::File) => {
            "Key: in a file of the home, without a passphrase. Whoever can read this home can open the vault: gatehouse vault key keep passphrase."
        }
        Some(KeyPlace::Passphrase) => "Key: in a file of the home, under a passphrase.",
        Some(KeyPlace::KeyStore) => "Key: in this computer's key store.",
    };
    match key.saved_at {
        None => format!("{place} Its recovery key is not saved yet: gatehouse vault key save FILE."),
        Some(at) => format!("{place} Recovery key saved {}.", out::time(at)),
    }
}

/// Decrypts and compares every sealed file, and says what is wrong. Gives how many were looked at and how many are not whole.
pub fn verify_all(out: &Out, core: &Core) -> Result<(u64, u64), Error> {
    let (mut looked, mut wrong) = (0, 0);
    vaulting::verify_all(core, &mut |file, verdict| {
        looked += 1;
        let what = match verdict {
            Verdict::Whole => return,
            Verdict::Problem(problem) => format!("evidence {problem}. Nothing was re-created or tidied"),
            Verdict::Unknown(failure) => format!("could not be looked at ({})", failure.as_str()),
        };
        wrong += 1;
        out.message(&format!("Case {}: the sealed file {}: {what}.", file.case, file.name()));
    })?;
    Ok((looked, wrong))
}

fn verify(out: &Out, core: &Core) -> Result<Exit, Error> {
    let (looked, wrong) = verify_all(out, core)?;
    out.fact(&json!({"files": looked, "whole": looked - wrong, "not_whole": wrong}), || match wrong {
        0 => format!("Whole: {} decrypted and compared.", count(looked, "sealed file", "sealed files")),
        _ => format!("{wrong} of {} are not what their record says.", count(looked, "sealed file", "sealed files")),
    });
    Ok(if wrong == 0 { Exit::Done } else { Exit::Failed })
}

fn key(out: &Out, core: &Core, passphrases: &Passphrases, command: &VaultKey) -> Result<Exit, Error> {
    let keys = &core.vault.keys;
    match command {
        VaultKey::Show => {}
        VaultKey::Keep { place } => {
            passphrases.open(core)?;
            let passphrase = if *place == KeyPlaceName::Passphrase { passphrases.new_one()? } else { String::new() };
            keys.keep(&core.store, place_of(*place), &passphrase)?;
        }
        VaultKey::Save { file } => {
            passphrases.open(core)?;
            keys.save(&core.store, file)?;
        }
        VaultKey::Use { file } => drop(keys.take(&core.store, file)?),
        VaultKey::New => drop(keys.replace_lost(&core.store)?),
    }
    let state = core.store.read(|connection| keys.state(connection))?;
    let facts = json!({"key": state.key, "is_here": state.is_here(), "in": state.place.map(KeyPlace::as_str), "recovery_key_saved": out::time_or_null(state.saved_at)});
    out.fact(&facts, || match command {
        VaultKey::Save { file } => format!(
            "The recovery key is in {}. Keep it away from this computer: whoever has it can open the vault, and without it a lost key cannot be replaced.",
            Shown::of_path(file)
        ),
        VaultKey::Keep { place: KeyPlaceName::Passphrase } => format!(
            "{} There is no way to open the vault without the passphrase but the recovery key. Backups of this home may hold the key as it was before.",
            key_words(&state)
        ),
        _ => key_words(&state),
    });
    Ok(Exit::Done)
}

const fn place_of(name: KeyPlaceName) -> KeyPlace {
    match name {
        KeyPlaceName::KeyStore => KeyPlace::KeyStore,
        KeyPlaceName::Passphrase => KeyPlace::Passphrase,
        KeyPlaceName::File => KeyPlace::File,
    }
}

/// Shows, sets, moves or ends a hold.
pub fn hold(out: &Out, engine: &Engine, arguments: &Hold) -> Result<Exit, Error> {
    let core = engine.core()?;
    let (case, why) = (CaseId::new(arguments.case), arguments.reason.clone().unwrap_or_default());
    if arguments.end {
        vaulting::end_hold(core, case, &why)?;
    } else if arguments.no_end || arguments.until.is_some() {
        let until = arguments.until.as_deref().map(moment).transpose()?;
        vaulting::hold(core, case, Ask { until, why, reason: reason_of(arguments.basis) })?;
    }
    let now = core.clock.now_ms();
    let hold = core.store.read(|connection| {
        engine::store::cases::get(connection, case)?;
        engine::store::holds::of_case(connection, case)
    })?;
    match hold {
        Some(hold) => out.fact(&hold_json(&hold, now), || format!("Case {case}: {}", hold_words(&hold, now))),
        None => out.fact(&json!({"case": case.get(), "hold": null}), || format!("Case {case} is not held.")),
    }
    Ok(Exit::Done)
}

const fn reason_of(name: BasisName) -> HoldReason {
    match name {
        BasisName::Report => HoldReason::Report,
        BasisName::Order => HoldReason::Order,
        BasisName::RequestOfAuthority => HoldReason::RequestOfAuthority,
        BasisName::OwnDecision => HoldReason::OwnDecision,
        BasisName::Other => HoldReason::Other,
    }
}

/// A moment as it is typed: RFC 3339, or a date, which means the end of that day in UTC.
fn moment(text: &str) -> Result<i64, Error> {
    let whole = if text.len() == "2027-05-31".len() { format!("{text}T23:59:59Z") } else { text.to_owned() };
    let read: Result<jiff::Timestamp, _> = whole.parse();
    read.map(|at| at.as_millisecond()).map_err(|_| Error::refused(Code::BadArgument, format!("{text} is no date. Write it as 2027-05-31.")))
}

/// Shows what deleting for good would do; with the typed number and a reason, does it.
pub fn purge(out: &Out, engine: &Engine, arguments: &Purge) -> Result<Exit, Error> {
    let core = engine.core()?;
    let case = CaseId::new(arguments.case);
    if arguments.confirm.is_empty() {
        let plan = vaulting::purge_plan(core, case)?;
        let now = core.clock.now_ms();
        out.fact(&plan_json(&plan, now), || plan_words(&plan, now));
        return Ok(Exit::Done);
    }
    let yes = Yes { typed: arguments.confirm.clone(), reason: arguments.reason.clone(), is_early: arguments.early };
    let certificates = vaulting::purge(core, case, yes)?;
    tell_certificates(out, &certificates, arguments.certificate.as_deref())?;
    Ok(Exit::Done)
}

fn plan_json(plan: &PurgePlan, now: i64) -> Value {
    json!({
        "case": plan.case.get(), "action": "purge", "unsealed": plan.unsealed, "deletable_at": out::time_or_null(plan.deletable_at),
        "hold": plan.hold.as_ref().map(|hold| hold_json(hold, now)),
        "files": plan.files.iter().map(|file| json!({"file": file.name(), "sha256": file.sha256.to_string(), "size": file.size})).collect::<Vec<_>>(),
    })
}

fn plan_words(plan: &PurgePlan, now: i64) -> String {
    let case = plan.case;
    let files = count(plan.files.len() as u64, "sealed file", "sealed files");
    match (&plan.hold, plan.files.is_empty()) {
        (Some(hold), _) => format!("{} Nothing of case {case} can be deleted before the hold ends.", hold_words(hold, now)),
        (None, true) => format!("Nothing of case {case} is in the vault."),
        (None, false) => {
            let early = match plan.deletable_at {
                Some(at) if at > now => format!(" Its vault clock runs until {}: add --early to delete it before that.", out::time(at)),
                _ => String::new(),
            };
            format!(
                "This removes {files} of case {case} from this program's vault. It cannot be undone. The record keeps the hash of what went.{early}\n\
                 To do it: gatehouse purge {case} --confirm {case} --reason \"…\""
            )
        }
    }
}

fn certificate(out: &Out, core: &Core, case: i64, file: Option<&Path>) -> Result<Exit, Error> {
    let certificates = vaulting::certificates(core, CaseId::new(case))?;
    if certificates.is_empty() {
        out.text(&format!("Nothing of case {case} was deleted for good."));
    }
    tell_certificates(out, &certificates, file)?;
    Ok(Exit::Done)
}

fn tell_certificates(out: &Out, certificates: &[Value], file: Option<&Path>) -> Result<(), Error> {
    let mut lines = String::new();
    for certificate in certificates {
        let mut shown = certificate.clone();
        shown["removed_at"] = json!(certificate["removed_at"].as_i64().map(out::time));
        lines.push_str(&format!("{shown}\n"));
        out.fact(&shown, || {
            format!(
                "Removed from this program's vault: {} ({} bytes), row {} of the record. Flash memory and backups can keep copies.",
                shown["sha256"].as_str().unwrap_or_default(),
                shown["size"],
                shown["ledger_row"]
            )
        });
    }
    let Some(path) = file else { return Ok(()) };
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let mut to = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    to.write_all(lines.as_bytes()).and_then(|()| to.sync_all()).map_err(failed)
}
