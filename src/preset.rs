//! What a site runs: presets, the guess, what was sorted how.

use std::path::Path;

use engine::engine::siting::{self, Change};
use engine::intake::preset::guess::{Guess, Proposal};
use engine::intake::preset::{BytesChanged, PLAIN, Preset, Presets};
use engine::model::{Role, Shown, Site, SiteMode, SitePath, Sorted, TakeDown};
use engine::store::sorted::{self, ClaimCount, RuleCount};
use engine::{Core, Engine, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{SiteChange, SwitchName, TakeDownName};
use crate::out::{Out, count};

/// Share of files that may fit no rule before it is said, in hundredths.
const UNFITTING: u64 = 5;

/// The software presets, those of the home's own included.
pub fn list(out: &Out, home: &Path) -> Result<Exit, Error> {
    let presets = Presets::load(&home.join("presets"))?;
    for preset in presets.all() {
        let facts = json!({
            "preset": preset.name, "title": preset.title, "versions": preset.versions, "own": preset.is_own, "verified": preset.verified,
            "bytes_changed": preset.bytes_changed.as_str(), "move": preset.moving.as_str(),
        });
        out.fact(&facts, || {
            let title = Shown::of_text(&preset.title).elided();
            let own = if preset.is_own { "  (your own)" } else { "" };
            format!("{:12} {title}  {}{own}", preset.name, Shown::of_text(&preset.versions).elided())
        });
    }
    for (file, why) in &presets.refused {
        out.message(&format!("{file} was not read. {}", Shown::of_text(why).as_str()));
    }
    Ok(if presets.refused.is_empty() { Exit::Done } else { Exit::Failed })
}

/// What was guessed for a folder, in words.
pub fn guessed(guess: &Guess) -> Vec<String> {
    let mut lines = Vec::new();
    match (&guess.answer, guess.close.as_slice()) {
        (Some(answer), _) => lines.push(format!("Looks like {}: {}.", answer.preset.title, why(answer))),
        (None, [first, second, ..]) => lines.push(format!(
            "Could be {} ({}) or {} ({}). Taken as any folder; choose with: gatehouse site change SITE --preset {}",
            first.preset.title,
            why(first),
            second.preset.title,
            why(second),
            first.preset.name
        )),
        _ => lines.push("Taken as any folder: its names look like no software that is known here.".to_owned()),
    }
    if let Some(answer) = guess.answer.as_ref().filter(|answer| !answer.level.strip.is_empty()) {
        let below = &answer.level.strip;
        lines.push(format!(
            "You chose a folder above it. The uploads are in {below}/. All of the folder is watched; to watch less, add {below} instead."
        ));
    }
    lines.extend(guess.samples.iter().map(|(path, sorted)| sample(guess.answer.as_ref().map(|answer| &*answer.preset), path, sorted)));
    lines
}

fn why(proposal: &Proposal) -> String {
    let markers = match proposal.markers.as_slice() {
        [] => String::new(),
        [one] => format!("{one} is there"),
        [first, rest @ ..] => format!("{first} and {} more are there", count(rest.len() as u64, "sign", "signs")),
    };
    let names = match proposal.sampled {
        0 => String::new(),
        n => format!("{} of {n} names look like its uploads", proposal.fitting),
    };
    [markers, names].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

fn sample(preset: Option<&Preset>, path: &SitePath, sorted: &Sorted) -> String {
    format!("  {}  →  {}", path.shown().elided(), read_as(preset, sorted))
}

/// What a preset reads from a path, in words.
pub fn read_as(preset: Option<&Preset>, sorted: &Sorted) -> String {
    let kind = sorted.rule.and_then(|rule| preset?.kind_of(rule)).unwrap_or_else(|| role(sorted.role()));
    let facts = sorted
        .facts
        .iter()
        .filter(|(name, _)| !name.starts_with("raw:") && !matches!(name.as_str(), "name" | "ext" | "hash" | "at" | "w" | "h"));
    let facts: Vec<String> = facts.map(|(name, value)| format!("{} {value}", name.replace('_', " "))).collect();
    [vec![kind.to_owned()], facts].concat().join(", ")
}

/// A role in words.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Upload => "upload",
        Role::Generated => "generated size",
        Role::Avatar => "profile picture",
        Role::OldVersion => "earlier version",
        Role::Removed => "already removed on the site, still on this disk",
        Role::RemoteCache => "from another server",
        Role::Temporary => "upload in progress",
        Role::Site => "the site's own picture",
        Role::Skip => "no upload",
    }
}

/// Changes a site.
pub fn change(out: &Out, engine: &Engine, change: &SiteChange) -> Result<Exit, Error> {
    let core = engine.core()?;
    let site = siting::by_name(core, &change.site)?;
    let mode = match (change.live, change.copy) {
        (true, _) => Some(SiteMode::Live),
        (_, true) => Some(SiteMode::Copy),
        _ => None,
    };
    let wanted = Change {
        name: change.name.clone(),
        mode,
        preset: change.preset.clone(),
        take_down: change.take_down.map(|word| match word {
            TakeDownName::Move => TakeDown::Move,
            TakeDownName::Todo => TakeDown::Todo,
        }),
        placeholder: change.placeholder.map(|word| word == SwitchName::On),
    };
    let sorted = siting::change(core, &site, &wanted)?;
    let site = siting::by_name(core, &site.id.to_string())?;
    let mut facts = site_facts(core, &site)?;
    facts["sorted"] = json!(sorted);
    out.fact(&facts, || {
        let mut lines = vec![format!(
            "Changed {}. {} read in another way than before.",
            Shown::of_text(&site.name).elided(),
            count(sorted, "name is", "names are")
        )];
        lines.extend(site_lines(core, &site).unwrap_or_default());
        lines.join("\n")
    });
    Ok(Exit::Done)
}

/// What is known of a site's software, with its counts.
pub fn site_facts(core: &Core, site: &Site) -> Result<Value, Error> {
    let preset = core.presets().of(site.preset.as_deref())?;
    let (counts, claims) =
        core.store.read(|connection| Ok((sorted::counts(connection, site.id)?, sorted::claims(connection, site.id)?)))?;
    let roles = counts.iter().map(
        |one| json!({"role": one.role.as_str(), "rule": one.rule, "kind": kind(&preset, one), "files": one.files, "skipped": one.skipped}),
    );
    Ok(json!({
        "site": site.id.get(), "name": Shown::of_text(&site.name).as_str(), "mode": site.mode.as_str(), "preset": site.preset.as_deref().unwrap_or(PLAIN),
        "prefix": site.level.prefix, "strip": site.level.strip, "take_down": site.take_down.as_str(), "placeholder": site.placeholder,
        "only": site.only.iter().map(|dir| dir.shown().as_str().to_owned()).collect::<Vec<_>>(), "roles": roles.collect::<Vec<_>>(),
        "claims": claims.iter().map(|one| json!({
            "hash": one.hash.as_str(), "agreed": one.agreed, "differed": one.differed, "dropped": one.is_dropped(),
        })).collect::<Vec<_>>(),
    }))
}

fn kind<'a>(preset: &'a Preset, one: &RuleCount) -> &'a str {
    one.rule.and_then(|rule| preset.kind_of(rule)).unwrap_or_else(|| role(one.role))
}

/// The same in words.
pub fn site_lines(core: &Core, site: &Site) -> Result<Vec<String>, Error> {
    let preset = core.presets().of(site.preset.as_deref())?;
    let (counts, claims) =
        core.store.read(|connection| Ok((sorted::counts(connection, site.id)?, sorted::claims(connection, site.id)?)))?;
    let mut lines = vec![format!("  software {} ({})", preset.title, preset.name)];
    if site.take_down == TakeDown::Todo {
        let why = preset.why_not.as_deref().map(|why| format!(" {why}")).unwrap_or_default();
        lines.push(format!("  take down writes a to-do and moves nothing here.{why}"));
    }
    if !site.only.is_empty() {
        let only: Vec<String> = site.only.iter().map(|dir| format!("{}/", dir.shown().elided())).collect();
        lines.push(format!("  only     {} are looked at; nothing else in the folder is", only.join(", ")));
    }
    lines.extend(counts.iter().filter(|one| one.rule.is_some()).map(|one| format!("  {:8}  {}", one.files, kind(&preset, one))));
    lines.extend(skipped(&preset, &counts));
    lines.extend(unfitting(&preset, &counts));
    lines.extend(claims.iter().map(claim));
    if preset.bytes_changed != BytesChanged::No && preset.name != PLAIN {
        lines.push(format!(
            "  {} may change pictures when they are uploaded: lists with exact hashes match less often than lists with PDQ.",
            preset.title
        ));
    }
    lines.extend(preset.warnings(&site.root, &site.level).into_iter().map(|warning| format!("  ! {warning}")));
    Ok(lines)
}

fn skipped(preset: &Preset, counts: &[RuleCount]) -> Option<String> {
    let not_read: Vec<&RuleCount> = counts.iter().filter(|one| one.skipped > 0).collect();
    let sum: u64 = not_read.iter().map(|one| one.skipped).sum();
    let each: Vec<String> = not_read.iter().map(|one| format!("{} {}", kind(preset, one), one.skipped)).collect();
    (sum > 0).then(|| format!("  {} not read: {}", count(sum, "file is", "files are"), each.join(", ")))
}

fn unfitting(preset: &Preset, counts: &[RuleCount]) -> Option<String> {
    let all: u64 = counts.iter().map(|one| one.files).sum();
    let none: u64 = counts.iter().filter(|one| one.rule.is_none()).map(|one| one.files).sum();
    let is_said = !preset.rules.is_empty() && none * 100 > all * UNFITTING;
    is_said.then(|| {
        format!("  {} not look like {} uploads; they are checked all the same.", count(none, "file does", "files do"), preset.title)
    })
}

fn claim(one: &ClaimCount) -> String {
    match one.is_dropped() {
        true => format!("  Names claim to hold a {}; of {} none did, so nothing is made of it.", one.hash, one.differed),
        false => format!(
            "  Names claim to hold a {}: right for {}, wrong for {}. It is computed all the same.",
            one.hash, one.agreed, one.differed
        ),
    }
}
