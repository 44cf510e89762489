//! A preset file, read strictly: an unknown field, a capture that no pattern has, or a pattern that costs too much is refused with its place.

use regex::bytes::RegexBuilder;
use serde::Deserialize;

use super::dates::TimeForm;
use super::rule::Rule;
use super::steps::{Step, StepPlace};
use super::template::Template;
use super::{BytesChanged, JoinOn, MapQuery, Marker, Moving, Preset, StoredNames, Warning};
use crate::model::{ClaimedHash, Role};

/// The form of files that this version reads.
const SCHEMA: u32 = 1;
/// Largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 20;
/// Longest pattern as written, in bytes.
const PATTERN_LONGEST: usize = 1_000;
/// Groups inside one another in a pattern.
const PATTERN_DEPTH: u32 = 20;
/// Most rules, markers, steps of one preset.
const MOST: usize = 64;
/// Highest number of parents in which a marker is looked for.
const HIGHEST_UP: usize = 4;

type Parsed<T> = Result<T, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPreset {
    schema: u32,
    preset: String,
    title: String,
    versions: String,
    bytes_changed: String,
    stored_names: String,
    #[serde(default)]
    verified: Vec<String>,
    folder: RawFolder,
    #[serde(default)]
    marker: Vec<RawMarker>,
    #[serde(default)]
    file: Vec<RawRule>,
    after: RawAfter,
    #[serde(rename = "move")]
    moving: RawMove,
    #[serde(default)]
    warn: Vec<RawWarning>,
    map: Option<RawMap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFolder {
    base: String,
    choose: Vec<String>,
    #[serde(default)]
    only: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMarker {
    path: String,
    up: usize,
    weight: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    role: String,
    pattern: String,
    of: Option<String>,
    same: Option<String>,
    kind: Option<String>,
    hash: Option<String>,
    time: Option<String>,
    join: Option<String>,
    #[serde(default)]
    loose: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAfter {
    hide: String,
    #[serde(default)]
    steps: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    id: String,
    #[serde(rename = "where")]
    place: String,
    say: String,
    #[serde(default)]
    needs: Vec<String>,
    url: Option<String>,
    check: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMove {
    allowed: String,
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWarning {
    when: String,
    say: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMap {
    sql: String,
    note: Option<String>,
    join: Vec<RawJoin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawJoin {
    column: String,
    on: String,
}

/// Reads a preset. `is_own` marks a file of the operator's own.
///
/// # Errors
/// What is wrong, in words, with the place where it is known.
pub fn parse(text: &str, is_own: bool) -> Parsed<Preset> {
    let raw: RawPreset = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    if raw.schema != SCHEMA {
        return Err(format!("schema = {}: this Gatehouse reads {SCHEMA}", raw.schema));
    }
    if raw.preset.is_empty() || !raw.preset.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        return Err(format!("preset = \"{}\": a name is made of a to z, 0 to 9 and _", raw.preset));
    }
    if raw.file.len() > MOST || raw.marker.len() > MOST || raw.after.steps.len() > MOST {
        return Err(format!("more than {MOST} rules, markers or steps"));
    }
    let folders = raw.folder.choose.iter().chain(&raw.folder.only).chain(raw.marker.iter().map(|marker| &marker.path));
    folders.map(|path| below_base(path)).collect::<Parsed<Vec<()>>>()?;
    let rules = raw.file.into_iter().enumerate().map(|(number, rule)| parse_rule(number, rule, is_own)).collect::<Parsed<Vec<_>>>()?;
    one_shared(&rules)?;
    Ok(Preset {
        name: raw.preset,
        title: raw.title,
        versions: raw.versions,
        verified: raw.verified,
        bytes_changed: word("bytes_changed", &raw.bytes_changed, BytesChanged::from_wire)?,
        stored_names: word("stored_names", &raw.stored_names, StoredNames::from_wire)?,
        base: raw.folder.base,
        choose: if raw.folder.choose.is_empty() { vec![String::new()] } else { raw.folder.choose },
        only: raw.folder.only,
        markers: raw.marker.into_iter().map(parse_marker).collect::<Parsed<_>>()?,
        rules,
        hide: raw.after.hide,
        steps: raw.after.steps.into_iter().map(parse_step).collect::<Parsed<_>>()?,
        moving: word("allowed", &raw.moving.allowed, Moving::from_wire)?,
        why_not: raw.moving.why,
        warnings: raw.warn.into_iter().map(parse_warning).collect::<Parsed<_>>()?,
        map: raw.map.map(parse_map).transpose()?,
        is_own,
    })
}

fn word<T>(field: &str, text: &str, from: impl Fn(&str) -> Option<T>) -> Parsed<T> {
    from(text).ok_or_else(|| format!("{field} = \"{text}\" is not one of the words that it may be"))
}

fn below_base(path: &str) -> Parsed<()> {
    let is_fine = path.is_empty() || crate::model::SitePath::new(path.as_bytes()).is_ok();
    is_fine.then_some(()).ok_or_else(|| format!("\"{path}\": paths are relative, without . and .. and without a slash at an end"))
}

fn parse_rule(number: usize, raw: RawRule, is_own: bool) -> Parsed<Rule> {
    let place = |why: String| format!("rule {}: {why}", number + 1);
    let role = word("role", &raw.role, Role::from_wire).map_err(place)?;
    let pattern = parse_pattern(&raw.pattern).map_err(place)?;
    if role == Role::Skip && is_own && !raw.pattern.ends_with('$') {
        return Err(place(
            "a skip rule names exact files and ends in $: never a whole folder, since that would be a place to hide".to_owned(),
        ));
    }
    let captures: Vec<String> = pattern.capture_names().flatten().map(str::to_owned).collect();
    let has = |name: &str| captures.iter().any(|known| known == name);
    if raw.of.is_some() && raw.same.is_some() {
        return Err(place("of and same: only one of them".to_owned()));
    }
    if (raw.of.is_some() || raw.same.is_some()) && !role.is_derived() {
        return Err(place("of and same belong to the roles generated and old_version".to_owned()));
    }
    if let Some(name) = raw.same.as_deref().filter(|name| !has(name)) {
        return Err(place(format!("same = \"{name}\": the pattern has no such capture")));
    }
    let time = raw.time.map(|text| word("time", &text, TimeForm::from_wire)).transpose().map_err(place)?;
    let time_from = if time == Some(TimeForm::HexMs) { "t0" } else { "time" };
    if time.is_some() && !has(time_from) {
        return Err(place(format!("time is given, and the pattern has no capture {time_from}")));
    }
    if raw.hash.is_some() && !has("hash") {
        return Err(place("hash is given, and the pattern has no capture hash".to_owned()));
    }
    if let Some(join) = raw.join.as_deref().filter(|join| *join != "parts") {
        return Err(place(format!("join = \"{join}\": the only word is parts")));
    }
    Ok(Rule {
        role,
        of: raw.of.map(|of| Template::parse(&of, &captures)).transpose().map_err(place)?,
        same: raw.same,
        kind: raw.kind,
        hash: raw.hash.map(|text| word("hash", &text, ClaimedHash::from_wire)).transpose().map_err(place)?,
        time,
        join: raw.join.is_some(),
        loose: raw.loose,
        pattern,
    })
}

fn parse_pattern(text: &str) -> Parsed<regex::bytes::Regex> {
    if text.len() > PATTERN_LONGEST {
        return Err(format!("the pattern is longer than {PATTERN_LONGEST} characters"));
    }
    let is_anchored = text.starts_with('^') || text.starts_with("(?:^|/)") || (text.ends_with('$') && !text.ends_with("\\$"));
    if !is_anchored {
        return Err(format!("pattern '{text}': begin it with ^ or end it with $"));
    }
    // On bytes: a name that is no text is matched as it is. A dot fits every byte, since names may hold line ends.
    let built = RegexBuilder::new(text)
        .unicode(false)
        .dot_matches_new_line(true)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES)
        .nest_limit(PATTERN_DEPTH)
        .build();
    built.map_err(|error| format!("pattern '{text}': {error}"))
}

/// Files find each other by one fact: two kinds of it in one preset would need two columns and no software does so.
fn one_shared(rules: &[Rule]) -> Parsed<()> {
    let mut names = rules.iter().filter_map(|rule| rule.same.as_deref());
    let first = names.next();
    match names.find(|name| Some(*name) != first) {
        Some(other) => Err(format!("same = \"{other}\": another rule says \"{}\"; use one of them", first.unwrap_or_default())),
        None => Ok(()),
    }
}

fn parse_marker(raw: RawMarker) -> Parsed<Marker> {
    if raw.up > HIGHEST_UP {
        return Err(format!("marker {}: up is at most {HIGHEST_UP}", raw.path));
    }
    Ok(Marker { path: raw.path, up: raw.up, weight: raw.weight })
}

fn parse_step(raw: RawStep) -> Parsed<Step> {
    let place = word("where", &raw.place, StepPlace::from_wire).map_err(|why| format!("step {}: {why}", raw.id))?;
    Ok(Step { id: raw.id, place, say: raw.say, needs: raw.needs, url: raw.url, check: raw.check })
}

fn parse_warning(raw: RawWarning) -> Parsed<Warning> {
    let marker = match raw.when.as_str() {
        "always" => None,
        other => Some(other.strip_prefix("marker:").ok_or_else(|| format!("when = \"{other}\": always, or marker:PATH"))?.to_owned()),
    };
    marker.iter().try_for_each(|path| below_base(path))?;
    Ok(Warning { marker, say: raw.say })
}

fn parse_map(raw: RawMap) -> Parsed<MapQuery> {
    let joins = raw.join.into_iter().map(|join| {
        let on = match join.on.as_str() {
            "file_name" => JoinOn::FileName,
            "path" => JoinOn::Path,
            other => match other.strip_prefix("below:") {
                Some(dir) => JoinOn::Below(dir.to_owned()),
                None => JoinOn::Fact(other.to_owned()),
            },
        };
        (join.column, on)
    });
    Ok(MapQuery { sql: raw.sql.trim().to_owned(), note: raw.note, joins: joins.collect() })
}
