//! `ledger`: the record, verified and exported.

use std::path::Path;

use engine::engine::publishing;
use engine::engine::recording::{self, Here, Signed, TableForm, Verdict};
use engine::lists::signed::Given;
use engine::model::{CaseId, Shown};
use engine::record::check::Damage;
use engine::record::table::Tab;
use engine::record::verify;
use engine::store::ledger::Filter;
use engine::{Code, Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::args::Ledger;
use crate::out::{self, Out, count};
use crate::passphrase::Passphrases;
use crate::password;

/// Runs one of the commands.
pub fn run(out: &Out, engine: &Engine, passphrases: &Passphrases, command: &Ledger) -> Result<Exit, Error> {
    match command {
        Ledger::Verify { file: None, .. } => {
            passphrases.open(engine.core()?)?;
            verify_here(out, engine)
        }
        Ledger::Verify { file: Some(file), key } => verify_file(out, engine, file, key.as_deref()),
        Ledger::Table { file, tab, from, to, person, leave_out_names } => {
            const DAY_MS: i64 = 86_400_000;
            let from = from.as_deref().map(out::end_of_day).transpose()?.map(|end| end + 1 - DAY_MS);
            let to = to.as_deref().map(out::end_of_day).transpose()?.map(|end| end + 1);
            let filter = Filter { verbs: Vec::new(), from, to, person: person.clone() };
            write_table(out, engine, file, tab, filter, !leave_out_names)
        }
        Ledger::Export { file, case, secret_key, password_file } => {
            let password = || match password_file {
                Some(file) => publishing::read_password(file).map(Some),
                None => Ok(secret_key.as_deref().and_then(|key| password::ask(&format!("Password of {}: ", Shown::of_path(key))))),
            };
            let key = secret_key.as_deref().map(|key| publishing::read_key(key, &password)).transpose()?;
            let made = recording::export(engine.core()?, file, case.map(CaseId::new), key)?;
            let [export, signature, page] = made.files.each_ref().map(|file| Shown::of_path(file));
            let facts = json!({
                "rows": made.rows, "file": export.as_str(), "signature": signature.as_str(), "page": page.as_str(), "case": case,
                "key": made.key.to_string(), "key_id": made.key.key_id(), "words": made.key.words().join(" "),
            });
            out.fact(&facts, || {
                format!(
                    "{} rows are in {export}, signed in {signature}; {page} is for printing and says how to check them.\nThe key: {}\nTell whoever gets it these \
                     words yourself, so that they know the key is yours: {}",
                    made.rows,
                    made.key,
                    made.key.words().join(" ")
                )
            });
            Ok(Exit::Done)
        }
    }
}

fn write_table(out: &Out, engine: &Engine, file: &Path, tab: &str, filter: Filter, with_names: bool) -> Result<Exit, Error> {
    let wrong = |text: &str| Error::refused(Code::BadArgument, format!("{text} Nothing was written."));
    let tab = Tab::from_wire(tab).ok_or_else(|| wrong("The rows are decisions, reveals, actions, lists, sites or all."))?;
    let form = file.extension().and_then(|ending| TableForm::from_wire(ending.to_str()?));
    let form = form.ok_or_else(|| wrong("The name of a table ends in .csv or .json."))?;
    let rows = recording::table(engine.core()?, file, form, &Filter { verbs: tab.verbs().to_vec(), ..filter }, with_names)?;
    let shown = Shown::of_path(file);
    out.fact(&json!({"rows": rows, "file": shown.as_str(), "names": with_names}), || {
        format!("{rows} rows are in {shown}. Left out: pictures and hashes{}.", if with_names { "" } else { ", names of people and files" })
    });
    Ok(Exit::Done)
}

fn verify_here(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    let found = verify::verify(&engine.core()?.store, &engine.core()?.home.journal())?;
    let (sealed, wrong) = crate::vault::verify_all(out, engine.core()?)?;
    let facts = json!({
        "whole": found.broken_at.is_none(), "rows": found.rows, "broken_at": found.broken_at, "damage": found.damage.map(Damage::as_str),
        "since": out::time_or_null(found.since), "sealed_files": sealed, "sealed_not_whole": wrong,
    });
    out.fact(&facts, || {
        let chain = match (found.broken_at, found.damage) {
            (Some(row), Some(damage)) => {
                format!("Broken at row {row}: {} Rows from there on cannot be trusted. Nothing was changed.", sentence(damage))
            }
            _ => format!("Whole: {} rows, unbroken.", found.rows),
        };
        match wrong {
            0 => format!("{chain} {} decrypted and compared.", count(sealed, "sealed file", "sealed files")),
            _ => format!("{chain} {wrong} of {} are not what their record says.", count(sealed, "sealed file", "sealed files")),
        }
    });
    Ok(match (found.broken_at, wrong) {
        (Some(_), _) => Exit::Found,
        (None, 0) => Exit::Done,
        (None, _) => Exit::Failed,
    })
}

const fn sentence(damage: Damage) -> &'static str {
    match damage {
        Damage::Unreadable => "the line was changed or cut.",
        Damage::Changed => "it is not as it was written.",
        Damage::Missing => "it is missing, or rows stand in another order.",
        Damage::NotFollowing => "it does not follow from the row before it.",
        Damage::Cut => "the end is missing from there on.",
        Damage::CopyDiffers => "its copy outside the database says something else.",
        Damage::End => "the closing line does not belong to these rows.",
    }
}

fn verify_file(out: &Out, engine: &Engine, file: &Path, key: Option<&str>) -> Result<Exit, Error> {
    let key = key.map(Given::read).transpose()?.and_then(|given| given.key());
    let found = recording::verify_file(engine.core()?, file, key)?;
    let broken = found.checked.broken;
    let facts = json!({
        "whole": found.is_whole(), "rows": found.checked.rows.len(), "line": broken.map(|broken| broken.line), "broken_at": broken.and_then(|broken| broken.row),
        "damage": broken.map(|broken| broken.damage.as_str()), "case": found.checked.case.map(CaseId::get), "signature": found.signed.as_str(),
        "key_id": found.key.map(|key| key.key_id()), "here": found.here.as_str(), "here_at": found.here_at,
    });
    out.fact(&facts, || sentences(&found));
    Ok(if found.is_whole() { Exit::Done } else { Exit::Found })
}

fn sentences(found: &Verdict) -> String {
    let rows = found.checked.rows.len();
    let mut lines = vec![match found.checked.broken {
        None => format!("Whole: {rows} rows."),
        Some(broken) => {
            let row = broken.row.map_or_else(String::new, |row| format!(" (row {row})"));
            format!("Broken at line {}{row}: {} What stands before it is whole.", broken.line, sentence(broken.damage))
        }
    }];
    lines.push(match found.signed {
        Signed::Good => "The signature holds.".to_owned(),
        Signed::UnknownKey => {
            let words = found.key.map(|key| key.words().join(" ")).unwrap_or_default();
            format!("The signature holds by the key that the file names. Compare it with whoever gave you the file: {words}")
        }
        Signed::Missing => "There is no signature beside it, so nobody vouches that it is the file that was written.".to_owned(),
        Signed::Bad => "The signature does not hold: the file or its signature was changed, or another key signed it.".to_owned(),
    });
    lines.extend(match (found.here, found.here_at) {
        (Here::Shorter, Some(row)) => Some(format!("The ledger of this home ends before row {row}: its end was cut after this export.")),
        (Here::Differs, Some(row)) => Some(format!("The ledger of this home says something else at row {row}.")),
        (Here::Same, _) => Some("The ledger of this home says the same.".to_owned()),
        _ => None,
    });
    lines.join("\n")
}
