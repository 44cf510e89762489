//! `copies` and `good`: every copy of a content, and what is known to be good.

use engine::engine::copies::{self, Copies, Copy, NOT_FOUND};
use engine::engine::known_good::{self, About, RuleView};
use engine::engine::listing;
use engine::engine::owning::Named;
use engine::engine::siting;
use engine::model::{CaseId, ContentId, MatchType, RuleId, Shown};
use engine::store::known_good::{Furniture, Subject};
use engine::{Code, Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::args::{CopiesArgs, Good};
use crate::out::{self, Out, count};

/// Looks for copies; joins and remembers them where asked for.
pub fn copies(out: &Out, engine: &Engine, arguments: &CopiesArgs) -> Result<Exit, Error> {
    let core = engine.core()?;
    let named = Named::read(&arguments.what);
    let list = arguments.remember.as_deref().map(|name| listing::by_name(core, name)).transpose()?;
    let found = copies::search(core, &named)?;
    found.found.iter().for_each(|copy| out.fact(&copy_json(copy), || copy_line(copy)));
    let joined = if arguments.join { Some(copies::join(core, &found)?) } else { None };
    let put = list.map(|list| copies::remember(core, &list, &named, arguments.yes).map(|put| (list.name, put))).transpose()?;
    let tally = found.tally();
    let facts = json!({
        "case": found.case.map(CaseId::get), "exact": tally.exact, "near": tally.near, "turned": tally.turned, "files": tally.files,
        "compared": found.compared, "has_fingerprint": found.has_fingerprint, "cannot_find": NOT_FOUND, "joined": joined,
        "remembered": put.as_ref().map(|(name, put)| json!({"list": name, "entry": put.entry, "cases": put.cases})),
    });
    out.fact(&facts, || summary(&found, joined, put.as_ref().map(|(name, put)| (name.as_str(), put.entry.as_str()))));
    Ok(Exit::Done)
}

fn copy_json(copy: &Copy) -> serde_json::Value {
    let sites: Vec<_> = copy
        .on_sites
        .iter()
        .map(|on| json!({"site": on.site, "files": on.files, "taken_down": on.held, "path": Shown::of_bytes(&on.example).as_str()}))
        .collect();
    json!({
        "content": copy.content.get(), "match": copy.kind.as_str(), "distance": copy.distance.map(|bits| bits.0), "case": copy.case.map(CaseId::get),
        "files": copy.files(), "sites": sites,
    })
}

fn copy_line(copy: &Copy) -> String {
    let kind = match (copy.kind, copy.distance) {
        (MatchType::Exact, _) => "same bytes".to_owned(),
        (MatchType::Near, bits) => format!("near, {} of 256 bits differ", bits.map_or(0, |bits| bits.0)),
        (MatchType::Turned, bits) => format!("turned or mirrored, {} of 256 bits differ", bits.map_or(0, |bits| bits.0)),
    };
    let case = copy.case.map_or_else(|| "no case".to_owned(), |case| format!("case {case}"));
    let places: Vec<String> = copy
        .on_sites
        .iter()
        .map(|on| {
            let held = if on.held > 0 { format!(" and {} taken down", on.held) } else { String::new() };
            format!("{} {}{held}, such as {}", on.site, count(on.files, "file", "files"), Shown::of_bytes(&on.example).elided())
        })
        .collect();
    format!("  {kind}; {case}; {}", if places.is_empty() { "no file any more".to_owned() } else { places.join("; ") })
}

fn summary(found: &Copies, joined: Option<u64>, remembered: Option<(&str, &str)>) -> String {
    let tally = found.tally();
    let mut lines = vec![format!(
        "{} on all sites: {} with the same bytes, {} near, {} turned. Compared with {}.",
        count(tally.files, "file", "files"),
        tally.exact,
        tally.near,
        tally.turned,
        count(found.compared, "stored content", "stored contents")
    )];
    if !found.has_fingerprint {
        lines.push("It has no usable picture fingerprint, so only the very same bytes could be found.".to_owned());
    }
    lines.push("Not found this way: crops, mosaics, redrawn pictures, videos.".to_owned());
    if let Some(joined) = joined {
        lines.push(format!("{} joined to the case. Its decision covers their files.", count(joined, "content is", "contents are")));
    } else if found.case.is_some() && !found.without_case().is_empty() {
        lines.push("Say --join to decide them together.".to_owned());
    }
    if let Some((list, entry)) = remembered {
        lines.push(format!("It is on {list} as entry {entry}: a later upload of it raises a case."));
    }
    lines.join("\n")
}

/// Rules of what is known to be good.
pub fn good(out: &Out, engine: &Engine, command: &Good) -> Result<Exit, Error> {
    let core = engine.core()?;
    match command {
        Good::Add { what, entry, uploader, reason, until } => {
            let about = match uploader.as_deref() {
                Some([site, name]) => About::Uploader(siting::by_name(core, site)?.id, name.clone()),
                _ => about(engine, what.as_deref(), entry.as_deref())?,
            };
            let (rule, kept) = known_good::add(core, &about, reason, until.as_deref().map(out::end_of_day).transpose()?)?;
            let facts = json!({"rule": rule.get(), "kept": kept.iter().map(|case| case.get()).collect::<Vec<_>>()});
            out.fact(&facts, || {
                let cases = count(kept.len() as u64, "open case is", "open cases are");
                format!("Rule {rule}. {cases} kept by it. What it keeps is listed by `good ls`, and `good rm {rule}` ends it.")
            });
        }
        Good::Ls { all } => {
            let rules = known_good::all(core, *all)?;
            rules.iter().for_each(|view| out.fact(&rule_json(view), || rule_line(view)));
            if rules.is_empty() {
                out.text("No rules. Every match is raised.");
            }
        }
        Good::Rm { rule } => {
            let back = known_good::remove(core, RuleId::new(*rule))?;
            let facts = json!({"rule": rule, "state": "removed", "back": back.iter().map(|case| case.get()).collect::<Vec<_>>()});
            out.fact(&facts, || format!("Rule {rule} has ended. {} in the inbox again.", count(back.len() as u64, "case is", "cases are")));
        }
        Good::Proposals { dismiss: Some(content) } => {
            known_good::dismiss(core, ContentId::new(*content))?;
            out.fact(&json!({"content": content, "state": "dismissed"}), || format!("Nobody is asked about content {content} again."));
        }
        Good::Proposals { dismiss: None } => {
            let shared = known_good::proposals(core)?;
            shared.iter().for_each(|one| out.fact(&shared_json(one), || shared_line(one)));
            if shared.is_empty() {
                out.text("No content is shared by very many uploads.");
            }
        }
    }
    Ok(Exit::Done)
}

fn about(engine: &Engine, what: Option<&std::ffi::OsStr>, entry: Option<&[String]>) -> Result<About, Error> {
    match (what.map(Named::read), entry) {
        (Some(Named::Case(case)), _) => Ok(About::Case(case)),
        (Some(Named::File(path)), _) => Ok(About::File(path)),
        (_, Some([list, number])) => {
            let list = listing::by_name(engine.core()?, list)?;
            let number = number.trim_start_matches(['#', 'e']).parse();
            Ok(About::Entry(
                list.id,
                number.map_err(|_| Error::refused(Code::BadArgument, "An entry is named by its number, such as 412."))?,
            ))
        }
        _ => Err(Error::refused(Code::BadArgument, "Name a case, a file, or --entry LIST N.")),
    }
}

fn rule_json(view: &RuleView) -> serde_json::Value {
    let rule = &view.rule;
    let (entry, uploader) = match &rule.subject {
        Subject::Entry { entry, .. } => (Some(format!("#{entry}")), None),
        Subject::Uploader { name, .. } => (None, Some(Shown::of_text(name).as_str().to_owned())),
        Subject::Content(_) => (None, None),
    };
    json!({
        "rule": rule.id.get(), "kind": rule.subject.as_str(), "list": view.list, "entry": entry, "site": view.site, "uploader": uploader, "reason": rule.reason, "person": rule.person,
        "at": out::time(rule.at), "until": out::time_or_null(rule.expires_at), "ended": out::time_or_null(rule.ended_at),
        "cases": view.kept.iter().map(|case| case.get()).collect::<Vec<_>>(),
    })
}

fn rule_line(view: &RuleView) -> String {
    let rule = &view.rule;
    let about = match (&rule.subject, &view.list) {
        (Subject::Entry { entry, .. }, Some(list)) => format!("entry #{entry} of {list}"),
        (Subject::Uploader { name, .. }, _) => {
            format!("uploads of {} on {}", Shown::of_text(name).elided(), view.site.as_deref().unwrap_or_default())
        }
        _ => "one content".to_owned(),
    };
    let until = rule.expires_at.map_or_else(String::new, |end| format!(", until {}", out::time(end)));
    let ended = rule.ended_at.map_or_else(String::new, |end| format!(", ended {}", out::time(end)));
    let cases: Vec<String> = view.kept.iter().take(20).map(CaseId::to_string).collect();
    let kept = if cases.is_empty() { "keeps no case now".to_owned() } else { format!("keeps case {}", cases.join(", ")) };
    format!("Rule {}: {about}; {} ({}, {}{until}{ended}); {kept}", rule.id, rule.reason, rule.person, out::time(rule.at))
}

fn shared_json(one: &Furniture) -> serde_json::Value {
    json!({
        "content": one.content.get(), "files": one.files, "folders": one.folders, "site": one.site, "path": Shown::of_bytes(&one.example).as_str(),
        "case": one.case.map(CaseId::get),
    })
}

fn shared_line(one: &Furniture) -> String {
    let case = one.case.map_or_else(String::new, |case| format!(", case {case}"));
    format!(
        "Content {}: {} in {}, such as {} on {}{case}. A part of the site itself? `good add` names it as good; `good proposals --dismiss {}` asks no more.",
        one.content,
        count(one.files, "file", "files"),
        count(one.folders, "folder", "folders"),
        Shown::of_bytes(&one.example).elided(),
        one.site,
        one.content
    )
}
