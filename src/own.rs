//! `list new`, `put`, `withdraw`, `publish`, `key`: lists of one's own.

use std::ffi::OsStr;

use engine::engine::listing;
use engine::engine::owning::{self, Named, Put, Said, TakenBack};
use engine::engine::publishing::{self, Kind, NewKey, Outcome, Wanted};
use engine::lists::signed::Given;
use engine::model::Shown;
use engine::store::lists::ListRow;
use engine::{Engine, Error};
use hashlist::Harm;
use hashlist::shl::{PublicKey, Published, Reshare};
use serde_json::json;

use crate::Exit;
use crate::args::{KeyCommand, Publish, ReshareName};
use crate::out::{self, Out};
use crate::{password, words};

/// Makes an empty list.
pub fn make(out: &Out, engine: &Engine, name: &str, harm: Harm) -> Result<Exit, Error> {
    let imported = owning::make(engine.core()?, name, harm)?;
    let list = &imported.list;
    let facts = json!({"list": list.name, "seq": imported.seq, "harm": list.harm.as_str(), "entries": 0, "own": true});
    out.fact(&facts, || {
        format!("{} is there, empty, for harm {}. Put a case or a file on it with `list put`.", list.name, list.harm.as_str())
    });
    Ok(Exit::Done)
}

/// Puts the content of a case or of a file on a list.
pub fn put(out: &Out, engine: &Engine, name: &str, what: &OsStr, said: &Said<'_>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let put = owning::put(core, &list, &Named::read(what), said)?;
    let facts = json!({
        "list": list.name, "seq": put.imported.as_ref().map_or(list.active_seq, |imported| imported.seq), "entry": put.entry, "signals": put.kinds,
        "state": if put.imported.is_some() { "added" } else { "unchanged" }, "held_back": put.is_held_back,
        "unusable": put.only_exact.map(engine::model::Reason::as_str), "cases": put.cases,
    });
    out.fact(&facts, || put_text(&list, &put));
    Ok(Exit::Done)
}

fn put_text(list: &ListRow, put: &Put) -> String {
    let Some(imported) = &put.imported else {
        return format!("{} holds this content already, as entry {}. Nothing was changed.", list.name, put.entry);
    };
    let cases = out::count(put.cases, "case", "cases");
    let mut text = format!("Entry {} is on {}, version {}: {}. {cases} changed.", put.entry, list.name, imported.seq, put.kinds.join(", "));
    if let Some(reason) = put.only_exact {
        text.push_str(&format!("\nOnly the very same file will match: {}", words::reason(reason)));
    }
    if put.is_held_back {
        text.push_str("\nA list of somebody else found it and does not let it go everywhere. It works here, and is published only as far as that list allows.");
    }
    text
}

/// Takes an entry back.
pub fn withdraw(out: &Out, engine: &Engine, name: &str, what: &OsStr, (is_mistake, reason): (bool, Option<&str>)) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let TakenBack { entry, imported, decisions_affected, cases } = owning::withdraw(core, &list, &Named::read(what), is_mistake, reason)?;
    let facts = json!({
        "list": list.name, "seq": imported.seq, "entry": entry, "state": "withdrawn", "decisions_affected": decisions_affected, "cases": cases,
    });
    out.fact(&facts, || {
        let cases = out::count(cases, "case", "cases");
        let past = out::count(decisions_affected, "past decision", "past decisions");
        format!(
            "Entry {entry} is off {}, version {}. {past} rested on it; {cases} changed. Publish again, so that others hear of it.",
            list.name, imported.seq
        )
    });
    Ok(Exit::Done)
}

/// Entries that are printed at most.
const ENTRIES_SHOWN: usize = 10_000;

/// Shows the entries of a list of one's own.
pub fn entries(out: &Out, engine: &Engine, name: &str) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    for entry in owning::entries(core, &list, ENTRIES_SHOWN)? {
        let facts = json!({
            "list": list.name, "entry": format!("e{}", entry.number), "kinds": entry.kinds, "labels": entry.labels,
            "added": out::time_or_null(entry.added), "held_back": entry.is_held_back,
        });
        out.fact(&facts, || {
            let stays = if entry.is_held_back { "  not passed on" } else { "" };
            let added = entry.added.map(out::time).unwrap_or_default();
            format!("e{:<6} {added}  {:20} {}{stays}", entry.number, entry.kinds.join(" "), entry.labels.join(" "))
        });
    }
    Ok(Exit::Done)
}

/// Publishes a list into a folder.
pub fn publish(out: &Out, engine: &Engine, arguments: &Publish) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, &arguments.list)?;
    publishing::check_place(&arguments.secret_key, &arguments.dir)?;
    let password = || match &arguments.password_file {
        Some(file) => publishing::read_password(file).map(Some),
        None => Ok(password::ask(&format!("Password of {}: ", Shown::of_path(&arguments.secret_key)))),
    };
    let key = publishing::read_key(&arguments.secret_key, &password)?;
    let wanted = Wanted {
        publisher: arguments.publisher.clone(),
        reshare: arguments.reshare.map(|name| match name {
            ReshareName::None => Reshare::None,
            ReshareName::Members => Reshare::Members,
            ReshareName::Open => Reshare::Open,
        }),
        licence: arguments.licence.clone(),
        contact: arguments.contact.clone(),
        days: arguments.days,
        next_key: arguments.next_key.as_deref().map(Given::read).transpose()?.and_then(|given| given.key()),
        is_key_lost: arguments.key_lost,
    };
    let outcome = publishing::publish(core, &list, &arguments.dir, &key, &wanted)?;
    tell_published(out, &list, arguments, &outcome);
    Ok(Exit::Done)
}

fn tell_published(out: &Out, list: &ListRow, arguments: &Publish, outcome: &Outcome) {
    let counts = &outcome.counts;
    let warning = counts.has_pdq.then_some(Published::PDQ_WARNING);
    let facts = json!({
        "list": list.name, "seq": outcome.seq, "list_version": list.active_seq, "state": outcome.kind.as_str(), "live": counts.live,
        "added": counts.added, "changed": counts.changed, "withdrawn": counts.withdrawn, "held_back": outcome.held_back,
        "not_projected": counts.not_projected, "left_out": counts.left_out, "files": outcome.files, "expires": out::time(outcome.expires_ms),
        "key": outcome.key.to_string(), "key_id": outcome.key.key_id(), "words": outcome.key.words().join(" "), "warning": warning,
    });
    out.fact(&facts, || {
        let (dir, until) = (Shown::of_path(&arguments.dir), out::time(outcome.expires_ms));
        let mut lines = vec![match outcome.kind {
            Kind::Refreshed => format!("Nothing new: version {} in {dir} stands until {until} now.", outcome.seq),
            Kind::First | Kind::Next => format!(
                "Version {} of {} is in {dir}: {}, {} new, {} withdrawn. It stands until {until}: publish again before then.",
                outcome.seq,
                list.name,
                out::count(counts.live, "entry", "entries"),
                counts.added,
                counts.withdrawn
            ),
        }];
        if outcome.held_back > 0 {
            let stay = out::count(outcome.held_back, "entry stays", "entries stay");
            lines.push(format!("{stay} here: a list of somebody else does not let it go so far."));
        }
        lines.extend(warning.map(str::to_owned));
        lines.push("Put the folder on any web server, index.json last. Your neighbours type, with its address there:".to_owned());
        lines.push(format!("  gatehouse list add https://…/index.json --key {}", outcome.key));
        lines.push(words_line(&outcome.key));
        lines.join("\n")
    });
}

fn words_line(key: &PublicKey) -> String {
    format!("Tell them these words yourself, so that they know the key is yours: {}", key.words().join(" "))
}

/// Makes a pair of keys.
pub fn key(out: &Out, command: &KeyCommand) -> Result<Exit, Error> {
    let KeyCommand::New { file, password_file } = command;
    let password = password_file.as_deref().map(publishing::read_password).transpose()?;
    let NewKey { secret_file, public_file, key } = publishing::make_key(file, password.as_deref())?;
    let (secret, public) = (Shown::of_path(&secret_file), Shown::of_path(&public_file));
    let facts = json!({
        "secret_key": secret.as_str(), "public_key": public.as_str(), "key": key.to_string(), "key_id": key.key_id(),
        "words": key.words().join(" "), "has_password": password.is_some(),
    });
    out.fact(&facts, || {
        let care = if password.is_some() { "Its password opens it." } else { "It has no password: whoever reads it can sign as you." };
        format!(
            "The secret key is {secret}. {care} Keep it off the web server, with a copy in a safe place.\nThe public key is {public}: {key}\n{}",
            words_line(&key)
        )
    });
    Ok(Exit::Done)
}
