//! `fingerprint` and `check`: files that belong to no site.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use engine::engine::single::{self, Fingerprinted};
use engine::intake::worker::Worker;
use engine::model::{Match, Shown};
use engine::store::lists;
use engine::{Engine, Error};
use fingerprint::near::NearHash;
use fingerprint::signal::View;
use serde_json::{Map, Value, json};

use crate::Exit;
use crate::out::Out;
use crate::words;

/// Prints the fingerprints of files.
pub fn fingerprint(out: &Out, worker: &Path, files: &[PathBuf], dihedral: bool) -> Exit {
    let worker = Worker::new(worker);
    let stop = AtomicBool::new(false);
    let mut exit = Exit::Done;
    for path in files {
        let file = single::fingerprint(&worker, path, &stop);
        if file.content.is_none() {
            exit = Exit::Failed;
        }
        let facts = facts(path, &file, dihedral);
        out.fact(&facts, || text_of(&facts));
    }
    exit
}

fn facts(path: &Path, file: &Fingerprinted, dihedral: bool) -> Value {
    let mut facts = Map::new();
    facts.insert("path".to_owned(), json!(Shown::of_path(path).as_str()));
    if let Some(content) = &file.content {
        let digests = json!({
            "size": content.size, "kind": content.kind, "md5": content.md5.to_string(), "sha1": content.sha1.to_string(), "sha256": content.sha256.to_string(),
        });
        facts.extend(digests.as_object().cloned().unwrap_or_default());
    }
    let first = |view: View| file.picture.as_ref().and_then(|picture| picture.signals.iter().find(|signal| signal.view == view));
    let plain = first(View::Original);
    facts.insert("pdq".to_owned(), json!(plain.map(|signal| signal.hash.to_string())));
    facts.insert("pdq_quality".to_owned(), json!(plain.map(|signal| signal.quality.get())));
    if let Some(opinion) = file.picture.as_ref().and_then(|picture| picture.near.first()) {
        facts.insert("img_hash".to_owned(), json!(opinion.hash.to_string()));
        facts.insert("img_hash_kind".to_owned(), json!(NearHash::KIND));
    }
    if let Some(picture) = &file.picture {
        facts.extend(
            json!({"width": picture.width, "height": picture.height, "frames": picture.frames}).as_object().cloned().unwrap_or_default(),
        );
    }
    if dihedral && plain.is_some() {
        let views = View::ALL.into_iter().filter_map(|view| Some((view.as_str().to_owned(), json!(first(view)?.hash.to_string()))));
        facts.insert("views".to_owned(), Value::Object(views.collect()));
    }
    if let Some(reason) = file.reason {
        facts.insert("unusable".to_owned(), json!(reason.as_str()));
    }
    Value::Object(facts)
}

fn text_of(facts: &Value) -> String {
    let pairs = facts.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let line = |(key, value): (&String, &Value)| match value {
        Value::String(text) => format!("{key:12} {text}"),
        other => format!("{key:12} {other}"),
    };
    pairs.map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// Checks files and folders against the active lists.
pub fn check(out: &Out, engine: &Engine, paths: &[PathBuf]) -> Result<Exit, Error> {
    let core = engine.core()?;
    let names: Vec<(engine::model::ListId, String)> = core.store.read(lists::all)?.into_iter().map(|list| (list.id, list.name)).collect();
    let files = paths.iter().flat_map(|path| single::files_below(path)).collect();
    let (mut found, mut failed, mut total) = (0_u64, 0_u64, 0_u64);
    single::check_all(core, files, &mut |path, file, matches| {
        let alerts: Vec<Value> = matches.iter().map(|(found, polarity)| match_json(found, *polarity, &names)).collect();
        let is_match = matches.iter().any(|(_, polarity)| *polarity == hashlist::Polarity::Alert);
        let verdict = if is_match {
            "match"
        } else if file.reason.is_some() {
            "could_not_check"
        } else {
            "no_match"
        };
        total += 1;
        found += u64::from(is_match);
        failed += u64::from(!is_match && file.reason.is_some());
        let mut facts = json!({
            "path": Shown::of_path(&path).as_str(), "sha256": file.content.as_ref().map(|content| content.sha256.to_string()),
            "verdict": verdict, "matches": alerts,
        });
        if let Some(reason) = file.reason {
            facts["reason"] = json!(reason.as_str());
        }
        out.fact(&facts, || check_line(&path, verdict, &file, &alerts));
    });
    out.text(&format!("{total} files: {found} on a list, {failed} could not be checked, {} no match.", total - found - failed));
    Ok(if found > 0 {
        Exit::Found
    } else if failed > 0 {
        Exit::Failed
    } else {
        Exit::Done
    })
}

fn check_line(path: &Path, verdict: &str, file: &Fingerprinted, matches: &[Value]) -> String {
    let shown = Shown::of_path(path).elided();
    match (verdict, file.reason, matches.first()) {
        ("match", _, Some(first)) => {
            let text = |key: &str| first[key].as_str().unwrap_or_default().to_owned();
            let distance = first["distance"].as_u64().map(|bits| format!(", {bits} of 256 bits differ")).unwrap_or_default();
            format!("on list {:20} {}{distance}  {shown}", text("list"), text("match"))
        }
        ("could_not_check", Some(reason), _) => format!("could not be checked  {}  {shown}", words::reason(reason)),
        _ => format!("no match  {shown}"),
    }
}

/// A match as scripts read it. An entry is named by our number where the publisher's key could hold the hash.
pub fn match_json(found: &Match, polarity: hashlist::Polarity, names: &[(engine::model::ListId, String)]) -> Value {
    let name = names.iter().find(|(id, _)| *id == found.list).map_or("", |(_, name)| name.as_str());
    let mut facts = json!({
        "list": name, "list_version": found.list_version, "entry": hashlist::shown_name(&found.entry_key, found.entry), "harm": found.harm.as_str(),
        "kind": found.kind.as_str(), "match": found.match_type.as_str(), "distance": found.distance.map(|bits| bits.0),
        "threshold": found.threshold.map(|bits| bits.0), "status": found.status.as_str(), "labels": found.labels,
    });
    if polarity == hashlist::Polarity::Ignore {
        facts["polarity"] = json!(polarity.as_str());
    }
    facts
}
