//! `list`: hash lists.

use engine::engine::overview::{self, ListView};
use engine::engine::owning::Said;
use engine::engine::thresholds::{self, ThresholdEffect};
use engine::engine::{listing, looking};
use engine::lists::import::{Choices, Prepared};
use engine::lists::signed::{Given, Signed};
use engine::lists::version;
use engine::model::{ListId, Shown};
use engine::store::lists;
use engine::{Engine, Error};
use hashlist::{Format, Harm, Mapping, Polarity, SignalKind, Status};
use serde_json::{Value, json};

use crate::args::{HarmName, KindName, List, ListAdd, PolarityName, TrustName};
use crate::out::{self, Out};
use crate::{Exit, diff, own, reading, source, terms};

/// Rejected records that are printed.
const REJECTED_SHOWN: usize = 1_000;

/// Runs one of the list commands.
pub fn run(out: &Out, engine: &Engine, command: &List) -> Result<Exit, Error> {
    match command {
        List::Add(arguments) => add(out, engine, arguments),
        List::Ls => ls(out, engine),
        List::Show { list } => show(out, engine, list),
        List::Threshold { list, distance } => threshold(out, engine, list, *distance),
        List::SwitchOn { list, entry } => switch_on(out, engine, list, *entry),
        List::Rollback { list, to } => roll_back(out, engine, list, *to),
        List::Rm { list } => remove(out, engine, list),
        List::Update { list, yes } => source::update(out, engine, list.as_deref(), *yes),
        List::Sources(change) => source::sources(out, engine, change),
        List::Quiet { hours } => source::quiet(out, engine, hours.as_deref()),
        List::Formats => Ok(formats(out)),
        List::Terms { list, given_by, terms, review } => terms::run(
            out,
            engine,
            list,
            &terms::Change { given_by: given_by.as_deref(), terms: terms.as_deref(), review: review.as_deref() },
        ),
        List::New { name, harm } => own::make(out, engine, name, harm_of(*harm)),
        List::Put { list, what, label, reason, yes } => {
            let said = Said { label: label.as_deref(), reason: reason.as_deref(), is_sure: *yes };
            own::put(out, engine, list, what, &said)
        }
        List::Entries { list } => own::entries(out, engine, list),
        List::Withdraw { list, what, mistake, reason } => own::withdraw(out, engine, list, what, (*mistake, reason.as_deref())),
        List::Publish(arguments) => own::publish(out, engine, arguments),
        List::Key(command) => own::key(out, command),
        List::Diff { list, file, versions } => diff::run(out, engine, list, file.as_deref(), versions.as_deref()),
    }
}

/// The formats that can be read.
pub fn formats(out: &Out) -> Exit {
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Practice) {
        out.fact(
            &json!({"format": format.as_str(), "title": format.title(), "tier": format.tier(), "state": format.state().as_str()}),
            || format!("{:16} {}", format.as_str(), format.title()),
        );
    }
    Exit::Done
}

fn choices(arguments: &ListAdd) -> Result<Choices, Error> {
    let format = match arguments.format.as_deref() {
        None => None,
        Some(id) => Some(Format::from_wire(id).ok_or_else(|| Error::NotFound { what: "format", name: id.to_owned() })?),
    };
    Ok(Choices {
        name: arguments.name.clone(),
        harm: arguments.harm.map(harm_of),
        polarity: arguments.polarity.map(|polarity| match polarity {
            PolarityName::Alert => Polarity::Alert,
            PolarityName::Ignore => Polarity::Ignore,
        }),
        format,
        kind: arguments.kind.map(|kind| match kind {
            KindName::Md5 => SignalKind::Md5,
            KindName::Sha1 => SignalKind::Sha1,
            KindName::Sha256 => SignalKind::Sha256,
            KindName::Pdq => SignalKind::Pdq,
        }),
        threshold: arguments.threshold,
        trust: arguments.trust.map(|trust| match trust {
            TrustName::Confirmed => Status::Confirmed,
            TrustName::Suspected => Status::Suspected,
        }),
        mapping: arguments.map.as_deref().map(mapping).transpose()?,
        categories: arguments.category.as_ref().map(|numbers| numbers.iter().copied().collect()),
        takes_case: arguments.take_case,
        takes_files: arguments.take_files,
    })
}

const fn harm_of(name: HarmName) -> Harm {
    match name {
        HarmName::Csam => Harm::Csam,
        HarmName::Ncii => Harm::Ncii,
        HarmName::Tvec => Harm::Tvec,
        HarmName::Malware => Harm::Malware,
        HarmName::Local => Harm::Local,
    }
}

fn mapping(text: &str) -> Result<Mapping, Error> {
    let hint = "Say --map COLUMN=MEANING, with several parted by commas. A meaning is a kind of hash, or hash, type, quality, size, labels, category, \
                id, status, added, updated, expires, source, harm, deleted, ignore.";
    Mapping::from_wire(text).ok_or_else(|| Error::refused(engine::Code::BadArgument, hint))
}

fn add(out: &Out, engine: &Engine, arguments: &ListAdd) -> Result<Exit, Error> {
    let core = engine.core()?;
    let choices = choices(arguments)?;
    let given = arguments.key.as_deref().map(Given::read).transpose()?;
    if arguments.follow || source::is_address(&arguments.file) {
        return source::follow(out, engine, arguments, &choices, given.as_ref());
    }
    out.progress("Reading the list…");
    let prepared = looking::prepare_file(core, &arguments.file, &choices, given.as_ref(), &reading::heard(out, core))?;
    out.clear_progress();
    match prepared {
        Signed::UpToDate { list, .. } => nothing_new(out, engine, list),
        Signed::Newer(prepared) => import(out, engine, *prepared, arguments.yes),
    }
}

/// Says that a signed list is at its newest version.
pub fn nothing_new(out: &Out, engine: &Engine, list: ListId) -> Result<Exit, Error> {
    let list = engine.core()?.store.read(|connection| lists::get(connection, list))?;
    out.fact(&json!({"list": list.name, "seq": list.active_seq, "state": "unchanged"}), || format!("{} is up to date.", list.name));
    Ok(Exit::Done)
}

/// Shows what a list is and makes it the version that answers.
pub fn import(out: &Out, engine: &Engine, mut prepared: Prepared, anyway: bool) -> Result<Exit, Error> {
    let core = engine.core()?;
    show_key(out, &prepared);
    for rejected in prepared.import.report.rejected_records.iter().take(REJECTED_SHOWN) {
        let mut facts = serde_json::to_value(rejected).unwrap_or_default();
        facts["line"] = json!(rejected.record);
        out.fact(&facts, || format!("line {}: {} ({})", rejected.record, rejected.reason, rejected.detail));
    }
    out.progress("Looking what it would match here…");
    let effect = listing::effect(core, &prepared)?;
    out.clear_progress();
    let mut facts = facts_of(&prepared, effect.now_matching);
    facts["decisions_affected"] = json!(listing::decisions_affected(core, &prepared)?);
    let text = text_of(&prepared);
    if !anyway {
        prepared.guards.extend(listing::shock(&prepared, &effect));
    }
    let began = core.clock.monotonic();
    let (imported, cases) = listing::commit_telling(core, prepared, anyway, &mut |done, all| {
        let elapsed = core.clock.monotonic().saturating_sub(began).as_secs_f64();
        out.progress(&comparing(elapsed, done, all));
        true
    })?;
    out.clear_progress();
    facts["list"] = json!(imported.list.name);
    facts["seq"] = json!(imported.seq);
    facts["list_version"] = json!(imported.seq);
    facts["cases"] = json!(cases);
    out.fact(&facts, || {
        let now = out::count(effect.now_matching, "older upload matches", "older uploads match");
        format!("{text}\nImported as version {} of {}. {now} now.", imported.seq, imported.list.name)
    });
    Ok(Exit::Done)
}

/// How far the comparison with what is stored has come.
fn comparing(elapsed: f64, done: u64, all: u64) -> String {
    let left = if done == 0 { String::new() } else { out::time_left(elapsed * all.saturating_sub(done) as f64 / done as f64) };
    format!("{done} of {} compared{left}", out::count(all, "content", "contents"))
}

/// At first use: who signed, and the words of the key, which a person compares.
fn show_key(out: &Out, prepared: &Prepared) {
    let Some((signing, key)) = prepared.signing.as_ref().and_then(|signing| Some((signing, signing.first_use?))) else { return };
    let header = &signing.header;
    let words = key.words().join(" ");
    let facts = json!({
        "list": prepared.name, "publisher": header.publisher, "publisher_name": header.name, "list_id": header.list_id, "publisher_seq": header.seq,
        "created": out::time(header.created_ms), "expires": out::time(signing.expires_ms), "live": header.live,
        "harm": header.harm.as_str(), "polarity": header.polarity.as_str(), "key": key.to_string(), "key_id": key.key_id(), "words": words,
    });
    out.fact(&facts, || {
        let (name, publisher) = (Shown::of_text(&header.name), Shown::of_text(&header.publisher));
        format!(
            "{name}, by {publisher}: version {} of {}, {} entries, stands until {}.\nSigned by key {}: {words}",
            header.seq,
            out::time(header.created_ms),
            header.live,
            out::time(signing.expires_ms),
            key.key_id()
        )
    });
}

/// What was read, and what it changes.
pub fn facts_of(prepared: &Prepared, now_matching: u64) -> Value {
    let mut facts = serde_json::to_value(&prepared.import.report).unwrap_or_default();
    let report = &prepared.import.report;
    facts["format"] = json!(prepared.import.format.as_str());
    facts["why"] = json!(prepared.import.why);
    facts["accepted"] = json!(report.added + report.replaced);
    facts["added"] = json!(prepared.difference.added.len());
    facts["changed"] = json!(prepared.difference.changed.len());
    facts["withdrawn"] = json!(prepared.difference.withdrawn.len());
    facts["now_matching"] = json!(now_matching);
    facts["complete"] = json!(prepared.import.complete);
    facts["state"] = json!(prepared.import.state.as_str());
    facts["pages"] = json!(prepared.import.pages);
    if let Some(checkpoint) = &prepared.import.checkpoint {
        facts["checkpoint"] = json!(checkpoint);
    }
    facts["notes"] = json!(prepared.import.notes);
    facts
}

/// The same in words.
pub fn text_of(prepared: &Prepared) -> String {
    let report = &prepared.import.report;
    let mut lines = vec![format!("Read as {}: {}.", prepared.import.format.title(), prepared.import.why.trim_end_matches('.'))];
    let verdict = prepared
        .import
        .hex
        .as_ref()
        .filter(|verdict| verdict.proposal.is_some() || prepared.questions().contains(&hashlist::Question::Kind));
    lines.extend(verdict.map(hashlist::HexVerdict::sentence));
    lines.push(format!(
        "{} entries, {} of them can match; {} duplicates, {} rejected, {} left out (empty file, flat picture).",
        report.entries,
        report.can_match,
        report.duplicate,
        report.rejected_count(),
        report.never_alert + report.low_quality
    ));
    lines.extend(prepared.import.notes.iter().cloned());
    if prepared.next_version_of.is_some() {
        let d = &prepared.difference;
        lines.push(format!(
            "Against the version before: {} new, {} changed, {} withdrawn.",
            d.added.len(),
            d.changed.len(),
            d.withdrawn.len()
        ));
    }
    lines.join("\n")
}

fn list_json(view: &ListView) -> Value {
    json!({
        "list": view.list.id.get(), "name": view.list.name, "harm": view.list.harm.as_str(), "polarity": view.list.polarity.as_str(),
        "format": view.version.format, "seq": view.version.seq, "entries": view.version.entries, "can_match": view.version.can_match,
        "signals": view.version.signals, "state": view.freshness.as_str(), "since": out::time_or_null(view.since), "updated": out::time(view.version.imported_at),
        "threshold": view.list.threshold, "practice": view.list.practice, "signed": view.is_signed, "open_cases": view.open_cases,
        "own": view.own.is_some(), "given_by": view.handling.given_by, "review": out::time_or_null(view.handling.review_at),
        "review_due": view.is_review_due,
    })
}

fn list_line(view: &ListView) -> String {
    format!(
        "{:24} {:9} {:7} {:>9} entries  version {:<4} {}  {}{}",
        view.list.name,
        view.list.harm.as_str(),
        view.list.polarity.as_str(),
        view.version.entries,
        view.version.seq,
        out::time(view.version.imported_at),
        view.freshness.as_str(),
        match (view.own.is_some(), view.is_review_due) {
            (true, _) => ", your own",
            (false, true) => ", its terms are to be looked at again",
            (false, false) => "",
        }
    )
}

fn ls(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    for view in overview::list_views(engine.core()?)? {
        out.fact(&list_json(&view), || list_line(&view));
    }
    Ok(Exit::Done)
}

fn show(out: &Out, engine: &Engine, name: &str) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let views = overview::list_views(core)?;
    let Some(view) = views.iter().find(|view| view.list.id == list.id) else { return Ok(Exit::Failed) };
    let versions = core.store.read(|connection| lists::versions(connection, list.id))?;
    let mut facts = list_json(view);
    facts["why"] = json!(view.version.why);
    facts["source"] = json!(view.version.source);
    facts["terms"] = json!(view.handling.terms);
    facts["report"] = view.version.report.clone();
    facts["versions"] = versions
        .iter()
        .map(|version| {
            json!({
                "seq": version.seq, "entries": version.entries, "imported": out::time(version.imported_at), "by": version.person,
                "format": version.format, "active": version.seq == list.active_seq, "kept": version::is_kept(&core.home, list.id, version.seq),
            })
        })
        .collect();
    let off = thresholds::switched_off(core, list.id)?;
    facts["switched_off"] = off
        .iter()
        .map(|off| json!({"entry": format!("#{}", off.entry), "since": out::time(off.at), "by": off.person, "reason": off.reason}))
        .collect();
    if let Some(own) = &view.own {
        facts["list_id"] = json!(own.publisher_list_id);
        facts["published_seq"] = json!((own.published_seq > 0).then_some(own.published_seq));
        facts["published"] = out::time_or_null(own.published_at);
        facts["published_key"] = json!(own.published_key);
    }
    out.fact(&facts, || {
        let mut lines = vec![list_line(view), format!("  {}", view.version.why)];
        lines.extend(terms::lines(&view.handling));
        lines.extend(off.iter().map(|off| format!("  entry #{} is switched off since {}: {}", off.entry, out::time(off.at), off.reason)));
        lines.extend(
            view.own
                .as_ref()
                .and_then(|own| own.published_at.map(|at| (own.published_seq, at)))
                .map(|(seq, at)| format!("  published as version {seq}, {}", out::time(at))),
        );
        lines.extend(versions.iter().map(|version| {
            let mark = match version.seq == list.active_seq {
                true => "in use",
                false if version::is_kept(&core.home, list.id, version.seq) => "",
                false => "its files are not kept any more",
            };
            format!("  version {:<4} {:>9} entries  {}  {mark}", version.seq, version.entries, out::time(version.imported_at))
        }));
        lines.join("\n")
    });
    Ok(Exit::Done)
}

fn roll_back(out: &Out, engine: &Engine, name: &str, to: Option<u64>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let seq = to.unwrap_or(list.active_seq.saturating_sub(1));
    let cases = listing::roll_back(core, list.id, seq)?;
    let facts = json!({"list": list.name, "seq": seq, "cases": cases});
    out.fact(&facts, || format!("Version {seq} of {} answers now. {} changed.", list.name, out::count(cases, "case", "cases")));
    Ok(Exit::Done)
}

fn threshold(out: &Out, engine: &Engine, name: &str, distance: Option<u16>) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let effect = thresholds::effect(core, list.id)?;
    let cases = distance.map(|distance| thresholds::set(core, list.id, distance)).transpose()?;
    let near: Vec<Value> =
        (0..).zip(effect.near).map(|(distance, contents): (u16, u64)| json!({"distance": distance, "contents": contents})).collect();
    let facts = json!({
        "list": list.name, "threshold": distance.unwrap_or(effect.now), "before": effect.now, "checked": effect.contents, "exact": effect.exact,
        "near": near, "cases": cases,
    });
    out.fact(&facts, || threshold_text(&list.name, distance, cases.unwrap_or(0), &effect));
    Ok(Exit::Done)
}

fn threshold_text(name: &str, distance: Option<u16>, cases: u64, effect: &ThresholdEffect) -> String {
    let contents = |count: u64| out::count(count, "content", "contents");
    if let Some(distance) = distance {
        return format!(
            "{name}: distances up to {distance} count now, before up to {}. {} changed.",
            effect.now,
            out::count(cases, "case", "cases")
        );
    }
    let mut lines =
        vec![format!("{name}: of {} checked, {} match by a digest. By near copies alone:", contents(effect.contents), effect.exact)];
    let mut last = None;
    for (distance, count) in effect.near.iter().enumerate() {
        let is_now = distance == usize::from(effect.now);
        if last != Some(*count) || is_now || distance + 1 == effect.near.len() {
            lines.push(format!("  up to {distance:>2} bits: {}{}", contents(*count), if is_now { "   (counts now)" } else { "" }));
        }
        last = Some(*count);
    }
    lines.join("\n")
}

fn switch_on(out: &Out, engine: &Engine, name: &str, entry: u32) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let cases = thresholds::switch_on(core, list.id, entry)?;
    let facts = json!({"list": list.name, "entry": format!("#{entry}"), "cases": cases});
    out.fact(&facts, || format!("Entry #{entry} of {} raises cases again. {} changed.", list.name, out::count(cases, "case", "cases")));
    Ok(Exit::Done)
}

fn remove(out: &Out, engine: &Engine, name: &str) -> Result<Exit, Error> {
    let core = engine.core()?;
    let list = listing::by_name(core, name)?;
    let cases = listing::remove(core, list.id)?;
    let facts = json!({"list": list.name, "removed": true, "cases": cases});
    out.fact(&facts, || format!("{} is out of use. Nothing new will match it; its cases and its record stay.", list.name));
    Ok(Exit::Done)
}
