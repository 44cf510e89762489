//! `list add` of what is followed, `list update`, `list sources`, `list quiet`: lists from elsewhere.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use engine::engine::looking::{self, Asked, Change, Found, Looked};
use engine::engine::sources::{self, Change as SourceChanges, SourceView, Wanted};
use engine::engine::{Core, listing};
use engine::lists::download::schedule::DAILY;
use engine::lists::download::{Root, Secrets, Source};
use engine::lists::import::Choices;
use engine::lists::signed::Given;
use engine::model::Shown;
use engine::store::subscriptions::{Changes, Subscription};
use engine::store::{list_times, own_lists};
use engine::{Code, Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{ListAdd, SourceArgs, SourceChange, YesNo};
use crate::list;
use crate::out::{self, Out};
use crate::reading;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Longest line with a token, in bytes.
const LONGEST_TOKEN: u64 = 16 * 1024;

/// Whether a person typed an address instead of a file name.
pub fn is_address(file: &Path) -> bool {
    file.to_str().is_some_and(|text| text.contains("://"))
}

/// Adds a list that is looked at again. What is refused leaves nothing behind.
pub fn follow(out: &Out, engine: &Engine, arguments: &ListAdd, choices: &Choices, given: Option<&Given>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let wanted = wanted(arguments)?;
    if let Some(question) = sources::question(&wanted.source) {
        if !arguments.yes {
            return Err(Error::refused(Code::Question, format!("{question} Say --yes if that is what you want. Nothing was changed.")));
        }
        out.message(&question);
    }
    let subscription = sources::add(core, &wanted)?;
    let added = first_look(out, engine, &subscription, arguments.yes, (choices, given));
    if added.is_err() {
        sources::remove(core, subscription.id)?;
    }
    added
}

fn first_look(
    out: &Out,
    engine: &Engine,
    subscription: &Subscription,
    yes: bool,
    (choices, given): (&Choices, Option<&Given>),
) -> Result<Exit, Error> {
    let core = engine.core()?;
    let _one = looking::lock(core, subscription.id)?;
    match looking::find(
        core,
        subscription,
        Asked { choices, given, is_person: true, stop: &core.stop, report: &|_| {}, hear: &reading::heard(out, core) },
    )? {
        Found::Newer(prepared) => list::import(out, engine, *prepared, yes),
        Found::Unchanged { expiry: Some((list, expires_ms)), remembered } => {
            looking::nothing_new(core, subscription, Some((list, expires_ms)), remembered)?;
            list::nothing_new(out, engine, list)
        }
        Found::Unchanged { expiry: None, .. } | Found::Settling => {
            let text = "This is still being written. Add it again when it is whole. Nothing was changed.";
            Err(Error::refused(Code::Refused, text))
        }
    }
}

fn wanted(arguments: &ListAdd) -> Result<Wanted, Error> {
    let source = Source::named(arguments.file.as_os_str())?;
    let SourceArgs { every, also_host, private_network, root_certificate, token_file, header } = &arguments.source;
    let usual = if source.host().is_some() { DAILY } else { HOUR_MS };
    let interval = every.map_or(Some(usual), |hours| (hours > 0).then_some(hours * HOUR_MS));
    let secrets = secrets(token_file.as_deref(), header)?;
    let root = root_certificate.as_deref().map(Root::read).transpose()?;
    Ok(Wanted { source, interval, may_be_private: *private_network, root, other_hosts: also_host.clone(), secrets })
}

fn secrets(token_file: Option<&Path>, headers: &[String]) -> Result<Secrets, Error> {
    let mut token = String::new();
    if let Some(path) = token_file {
        let file = std::fs::File::open(path).map_err(Error::io(path))?;
        BufReader::new(file.take(LONGEST_TOKEN)).read_line(&mut token).map_err(Error::io(path))?;
        if token.trim().is_empty() {
            return Err(Error::refused(Code::BadArgument, "The first line of the token file is empty. Nothing was changed."));
        }
    }
    Secrets::of_lines(&token, headers)
}

/// Looks now: one fact a list. One that fails does not keep the others from being looked at.
pub fn update(out: &Out, engine: &Engine, name: Option<&str>, yes: bool) -> Result<Exit, Error> {
    let core = engine.core()?;
    let mut exit = Exit::Done;
    for view in chosen(core, name)? {
        let name = view.list.clone().unwrap_or_else(|| view.shown.as_str().to_owned());
        match looking::look(core, view.subscription.id, true, yes) {
            Ok(looked) => out.fact(&looked_json(&name, &looked), || looked_line(&name, &looked)),
            Err(error) => {
                let code = error.detail().filter(|_| error.code() == Code::ListRefused).unwrap_or_else(|| error.code().as_str().to_owned());
                let facts = json!({"list": name, "state": "failed", "code": code, "error": error.to_string()});
                out.fact(&facts, || format!("{name}: {error}"));
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn chosen(core: &Core, name: Option<&str>) -> Result<Vec<SourceView>, Error> {
    let views = sources::views(core)?;
    let Some(name) = name else { return Ok(views) };
    let list = listing::by_name(core, name)?;
    let found: Vec<_> = views.into_iter().filter(|view| view.subscription.list == Some(list.id)).collect();
    if found.is_empty() {
        let is_own = core.store.read(|connection| own_lists::get(connection, list.id))?.is_some();
        let text = match is_own {
            true => format!("{} is a list of your own: it grows by `list put`.", list.name),
            false => format!("{} is not followed: it was added from a file. Add its newest file again.", list.name),
        };
        return Err(Error::refused(Code::Refused, text));
    }
    Ok(found)
}

fn looked_json(name: &str, looked: &Looked) -> Value {
    match looked {
        Looked::Unchanged { ended } => json!({"list": name, "state": "unchanged", "ended": out::time_or_null(*ended)}),
        Looked::Settling => json!({"list": name, "state": "settling"}),
        Looked::Changed(change) => {
            let Change { imported, added, changed, withdrawn, decisions_affected, cases } = change.as_ref();
            json!({
                "list": name, "state": "changed", "seq": imported.seq, "added": added, "changed": changed, "withdrawn": withdrawn,
                "decisions_affected": decisions_affected, "cases": cases,
            })
        }
    }
}

fn looked_line(name: &str, looked: &Looked) -> String {
    match looked {
        Looked::Unchanged { ended: None } => format!("{name}: nothing new."),
        Looked::Unchanged { ended: Some(at) } => format!(
            "{name}: nothing new, and its publisher stood by it only until {}. Somebody may keep newer versions from you: ask the publisher. It still matches.",
            out::time(*at)
        ),
        Looked::Settling => format!("{name}: a file is still being written. It is taken at a later look."),
        Looked::Changed(change) => format!(
            "{name}: version {} answers now. {} new, {} changed, {} withdrawn; {} changed.",
            change.imported.seq,
            change.added,
            change.changed,
            change.withdrawn,
            out::count(change.cases, "case", "cases")
        ),
    }
}

/// Every place that lists come from; or one of them, after it was changed.
pub fn sources(out: &Out, engine: &Engine, asked: &SourceChange) -> Result<Exit, Error> {
    let core = engine.core()?;
    let name = asked.list.as_deref();
    let before = chosen(core, name)?;
    if let (Some(name), Some(view)) = (name, before.first()) {
        if asked.forget {
            sources::remove(core, view.subscription.id)?;
            out.fact(&json!({"list": name, "state": "forgotten"}), || {
                format!("{name} is loaded from there no more. The list stays; add its newest file by hand.")
            });
            return Ok(Exit::Done);
        }
        if let Some(change) = change_of(asked)? {
            sources::change(core, view.subscription.id, change)?;
        }
    }
    for view in chosen(core, name)? {
        out.fact(&source_json(&view), || source_line(&view));
    }
    Ok(Exit::Done)
}

/// What is to be changed; `None` if a place is only to be shown.
fn change_of(asked: &SourceChange) -> Result<Option<SourceChanges>, Error> {
    let has_secrets = asked.token_file.is_some() || !asked.header.is_empty();
    let stored = Changes {
        interval: asked.every.map(|hours| (hours > 0).then_some(hours * HOUR_MS)),
        is_paused: (asked.pause || asked.resume).then_some(asked.pause),
        may_be_private: asked.private_network.map(|answer| answer == YesNo::Yes),
        other_hosts: asked.also_host.as_ref().map(|hosts| hosts.iter().filter(|host| !host.is_empty()).cloned().collect()),
    };
    let secrets = match (asked.no_secrets, has_secrets) {
        (true, _) => Some(Secrets::none()),
        (false, true) => Some(secrets(asked.token_file.as_deref(), &asked.header)?),
        (false, false) => None,
    };
    Ok((stored != Changes::default() || secrets.is_some()).then_some(SourceChanges { stored, secrets }))
}

fn source_json(view: &SourceView) -> Value {
    let subscription = &view.subscription;
    let (code, sentence) = subscription.last_error.clone().unzip();
    json!({
        "list": view.list, "kind": subscription.kind.as_str(), "source": view.shown.as_str(), "state": view.state,
        "every_hours": subscription.interval.map(|interval| interval / HOUR_MS), "other_hosts": subscription.other_hosts, "host": view.host, "private_network": subscription.may_be_private, "own_root": subscription.root.is_some(), "secrets": view.secrets,
        "last_look": out::time_or_null(subscription.looked_at), "last_success": out::time_or_null(subscription.succeeded_at),
        "last_change": out::time_or_null(subscription.changed_at), "next_look": out::time_or_null(view.next),
        "error_code": code, "error": sentence,
    })
}

fn source_line(view: &SourceView) -> String {
    let when = |at: Option<i64>| at.map_or_else(|| "never".to_owned(), out::time);
    let name = view.list.as_deref().unwrap_or("(not loaded)");
    let mut line = format!(
        "{name:24} {:8} {}\n  last look {}, next {}",
        view.state,
        view.shown.as_str(),
        when(view.subscription.looked_at),
        when(view.next)
    );
    if let Some((_, sentence)) = &view.subscription.last_error {
        line.push_str("\n  ");
        line.push_str(sentence);
    }
    line
}

/// Shows or sets the quiet hours.
pub fn quiet(out: &Out, engine: &Engine, hours: Option<&str>) -> Result<Exit, Error> {
    let core = engine.core()?;
    match hours {
        None => {}
        Some("off") => sources::set_quiet_hours(core, None)?,
        Some(hours) => sources::set_quiet_hours(core, Some(hours))?,
    }
    let now = core.store.read(list_times::quiet_hours)?;
    out.fact(&json!({"quiet_hours": now}), || match &now {
        None => "No quiet hours.".to_owned(),
        Some(hours) => format!("Nothing is loaded by itself in {} UTC.", Shown::of_text(hours)),
    });
    Ok(Exit::Done)
}
