//! The compiled presets against their tables of examples, hostile names, made-up trees; and what the parser refuses.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::file::parse;
use super::*;
use crate::model::{Facts, Role};

fn presets() -> Presets {
    static COMPILED: LazyLock<Presets> = LazyLock::new(|| Presets::load(Path::new("/nowhere")).expect("the compiled presets are whole"));
    COMPILED.clone()
}

fn path(text: &str) -> SitePath {
    SitePath::new(text.as_bytes()).expect("a path")
}

/// The table of a preset: path, role, and facts that have to be so.
fn examples(name: &str) -> Vec<(String, Role, Facts)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("presets/{name}.examples"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name} has a table: {error}"));
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let path = words.next().expect("a path").to_owned();
        let role = words.next().and_then(Role::from_wire).unwrap_or_else(|| panic!("a role: {line}"));
        let facts = words.filter_map(|word| word.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()));
        (path, role, facts.collect::<BTreeMap<_, _>>())
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

#[test]
fn every_example_comes_out_exactly_so() {
    for preset in presets().all().iter().filter(|preset| preset.name != PLAIN) {
        let table = examples(&preset.name);
        assert!(!table.is_empty(), "{} has examples", preset.name);
        for (text, role, facts) in table {
            let sorted = preset.sort(&Level::default(), &path(&text));
            assert_eq!(sorted.role(), role, "{}: {text}", preset.name);
            assert!(sorted.rule.is_some(), "{}: a rule fits {text}", preset.name);
            for (fact, value) in facts {
                let found = match fact.as_str() {
                    "of" => sorted.of.as_ref().map(|of| String::from_utf8(of.clone()).expect("text")),
                    _ => sorted.facts.get(&fact).cloned(),
                };
                assert_eq!(found.as_deref(), Some(value.as_str()), "{}: {fact} of {text}", preset.name);
            }
        }
    }
}

#[test]
fn an_original_and_its_sizes_share_a_key() {
    let discourse = presets().get("discourse").expect("there");
    let level = Level::default();
    let hash = "436ccd13b6e46397a792d51fbef445380b1cc1d3";
    let original = discourse.sort(&level, &path(&format!("default/original/2X/4/{hash}.jpeg")));
    let smaller = discourse.sort(&level, &path(&format!("default/optimized/2X/4/{hash}_2_690x388.jpeg")));
    assert_eq!(smaller.of, original.shares, "the hash brings them together");
    assert_eq!(original.claim, Some((crate::model::ClaimedHash::Sha1, hash.to_owned())), "and is a claim about the content");
    assert_eq!(smaller.claim, None, "which the resized copy does not make");
    let mastodon = presets().get("mastodon").expect("there");
    let raw = mastodon.sort(&level, &path("media_attachments/files/117/647/946/547/206/699/original/a.jpg"));
    assert_eq!(raw.facts["raw:media_id"], "117/647/946/547/206/699/", "as it stands in the path");
    assert_eq!(raw.facts["at"], "1795165200000", "and when it was");
}

#[test]
fn patterns_do_not_depend_on_which_level_was_chosen() {
    let phpbb = presets().get("phpbb").expect("there");
    let name = "thumb_2_0ab4c1d2e3f405162738495a6b7c8d9e";
    let of = |prefix: &str, strip: &str, text: String| {
        phpbb
            .sort(&Level { prefix: prefix.to_owned(), strip: strip.to_owned() }, &path(&text))
            .of
            .map(|of| String::from_utf8(of).expect("text"))
    };
    assert_eq!(of("", "", format!("files/{name}")).as_deref(), Some("files/2_0ab4c1d2e3f405162738495a6b7c8d9e"));
    assert_eq!(of("files", "", name.to_owned()).as_deref(), Some("2_0ab4c1d2e3f405162738495a6b7c8d9e"), "below the chosen folder");
    let above = of("", "forum", format!("forum/files/{name}"));
    assert_eq!(above.as_deref(), Some("forum/files/2_0ab4c1d2e3f405162738495a6b7c8d9e"), "and above");
    assert_eq!(of("", "forum", format!("files/{name}")), None, "what lies beside the base fits nothing");
    assert_eq!(phpbb.only(&Level::default()).len(), 2, "of a whole board only the folders of uploads are walked");
}

#[test]
fn patterns_take_linear_time_on_long_paths() {
    for preset in presets().all() {
        for letter in ["a", "/a", "0", "0/", "_", "-"] {
            let mut text = letter.repeat(rule::LONGEST_PATH / letter.len());
            text = text.trim_matches('/').to_owned();
            let started = Instant::now();
            preset.sort(&Level::default(), &path(&text));
            assert!(started.elapsed() < Duration::from_secs(2), "{} on {letter}", preset.name);
        }
    }
}

#[test]
fn hostile_names_fit_no_rule_or_the_right_one() {
    let names: [&[u8]; 8] =
        [b"2_\xff\xfe", b"a\nb.jpg", b"%2e%2e%2f", b"it's \"quoted\"", "\u{202e}gpj.exe".as_bytes(), &[b'x'; 255], b"$(reboot)", b"-rf"];
    for preset in presets().all() {
        for name in names {
            for dir in preset.choose.iter().chain(&preset.only).map(String::as_bytes).chain([b"2026/11".as_slice(), b"bob/files"]) {
                let whole = if dir.is_empty() { name.to_vec() } else { [dir, b"/", name].concat() };
                let sorted = preset.sort(&Level::default(), &SitePath::new(whole).expect("a path"));
                assert!(sorted.role().is_checked(), "{}: {name:?} is looked at", preset.name);
                sorted.facts.values().for_each(|value| assert!(!value.contains(['\n', '\u{202e}']), "facts are in their display form"));
            }
        }
    }
}

proptest! {
    /// A wrong preset never hides: what is not read is temporary or a file that a skip rule names to its end.
    #[test]
    fn whatever_the_path_only_exact_names_are_skipped(text in "[a-z0-9_./-]{1,60}", n in 0_usize..18) {
        let all = presets();
        let preset = &all.all()[n];
        if let Ok(path) = SitePath::new(text.as_bytes()) {
            let sorted = preset.sort(&Level::default(), &path);
            if sorted.role() == Role::Skip {
                let rule = &preset.rules[sorted.rule.expect("by a rule") as usize];
                let is_exact = rule.pattern.as_str().ends_with('$') || (preset.name == "lemmy" && text.starts_with("sled-repo/"));
                prop_assert!(is_exact, "{}: {}", preset.name, text);
            }
        }
    }
}

/// A file of one's own with one thing changed.
fn changed(from: &str, to: &str) -> String {
    let text = r#"
schema = 1
preset = "mine"
title = "Mine"
versions = "1"
bytes_changed = "no"
stored_names = "random"
[folder]
base = "the folder"
choose = [""]
[[file]]
role = "upload"
pattern = '^up/(?<uploader>\d+)_(?<name>.+)$'
[[file]]
role = "generated"
pattern = '^small/(?<of>.+)$'
of = "up/${of}"
[[file]]
role = "skip"
pattern = '^log$'
[move]
allowed = "yes"
[after]
hide = "nothing"
"#;
    assert!(text.contains(from), "{from} is there to be changed");
    text.replace(from, to)
}

#[test]
fn the_parser_is_strict_and_says_where() {
    parse(&changed("schema", "schema"), true).expect("as it is, it is fine");
    let table = [
        ("schema = 1", "schema = 2", "this Gatehouse reads 1"),
        ("title = \"Mine\"", "titel = \"Mine\"", "titel"),
        ("preset = \"mine\"", "preset = \"Mine!\"", "a to z"),
        ("bytes_changed = \"no\"", "bytes_changed = \"maybe\"", "bytes_changed"),
        ("choose = [\"\"]", "choose = [\"../up\"]", "relative"),
        ("role = \"upload\"", "role = \"hidden\"", "rule 1"),
        ("'^up/(?<uploader>\\d+)_(?<name>.+)$'", "'up'", "begin it with ^"),
        ("'^up/(?<uploader>\\d+)_(?<name>.+)$'", "'^up/(?<uploader>\\d+'", "unclosed"),
        ("'^up/(?<uploader>\\d+)_(?<name>.+)$'", "'^(?:a{500}){500}$'", "size limit"),
        ("'^up/(?<uploader>\\d+)_(?<name>.+)$'", "'^(?=a)$'", "look-around"),
        ("of = \"up/${of}\"", "of = \"up/${missing}\"", "no capture missing"),
        ("of = \"up/${of}\"", "of = \"up/${of\"", "without its }"),
        ("of = \"up/${of}\"", "of = \"up/*.jpg\"", "one whole part"),
        ("of = \"up/${of}\"", "same = \"media_id\"", "no such capture"),
        ("of = \"up/${of}\"", "hash = \"md5\"", "no capture hash"),
        ("of = \"up/${of}\"", "time = \"unix\"", "no capture time"),
        ("pattern = '^log$'", "pattern = '^log/'", "a place to hide"),
        ("allowed = \"yes\"", "allowed = \"sometimes\"", "allowed"),
    ];
    for (from, to, expected) in table {
        let why = parse(&changed(from, to), true).expect_err(to);
        assert!(why.contains(expected), "{to}: {why}");
    }
}

#[test]
fn files_of_ones_own_are_added_and_a_bad_one_is_told_without_hurting_the_others() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("mine.toml"), changed("schema", "schema")).expect("written");
    std::fs::write(dir.path().join("bad.toml"), "schema = 1").expect("written");
    std::fs::write(dir.path().join("notes.txt"), "no preset").expect("written");
    let presets = Presets::load(dir.path()).expect("the compiled ones are whole");
    assert!(presets.get("mine").expect("there").is_own, "it is known by its name");
    assert_eq!(presets.refused.len(), 1, "the bad one is told: {:?}", presets.refused);
    assert_eq!(presets.refused[0].0, "bad.toml");
    assert_eq!(presets.of(Some("gone")).expect("there").name, PLAIN, "a preset whose file is gone is the plain one");
}

/// Writes a tree that looks like a preset's examples, with more files of each kind.
fn tree(name: &str, root: &Path) {
    for (text, role, _) in examples(name) {
        let copies = if matches!(role, Role::Skip | Role::Temporary | Role::Site) { 1 } else { 6 };
        for copy in 0..copies {
            let text = varied(&text, copy);
            let file = root.join(&text);
            std::fs::create_dir_all(file.parent().expect("it has one")).expect("made");
            std::fs::write(file, text).expect("written");
        }
    }
}

/// The same name with another digit near its middle: still of the same form.
fn varied(text: &str, copy: usize) -> String {
    let digits: Vec<usize> = text.char_indices().filter(|(_, letter)| letter.is_ascii_digit()).map(|(at, _)| at).collect();
    let Some(at) = digits.get(digits.len() / 2).filter(|_| copy > 0) else { return text.to_owned() };
    format!("{}{}{}", &text[..*at], copy, &text[at + 1..])
}

#[test]
fn a_tree_in_a_layout_is_guessed_at_its_level_and_one_above() {
    let presets = presets();
    for preset in presets.all().iter().filter(|preset| preset.name != PLAIN) {
        let dir = tempfile::tempdir().expect("a directory");
        let base = dir.path().join("above/base");
        tree(&preset.name, &base);
        if let Some(marker) = preset.markers.first() {
            std::fs::create_dir_all(base.join(&marker.path)).expect("made");
        }
        for (root, strip) in [(base.clone(), ""), (dir.path().join("above"), "base")] {
            let guess = guess::guess(&presets, &root);
            let answer = guess.answer.unwrap_or_else(|| panic!("{} is guessed at {strip:?}: {:?}", preset.name, close(&guess.close)));
            assert_eq!(answer.preset.name, preset.name);
            // Where every pattern begins at any folder, the level does not matter and is not told.
            let is_floating = preset.rules.iter().all(|rule| !rule.pattern.as_str().starts_with('^'));
            assert!(is_floating || answer.level.strip == strip, "{}: {:?}", preset.name, answer.level);
            assert!(guess.samples.iter().any(|(_, sorted)| sorted.rule.is_some()), "and files are shown as they are read");
        }
    }
}

fn close(proposals: &[guess::Proposal]) -> Vec<(&str, u32)> {
    proposals.iter().map(|one| (one.preset.name.as_str(), one.score)).collect()
}

#[test]
fn a_mixed_folder_and_an_empty_one_are_plain() {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(guess::guess(&presets(), dir.path()).answer.is_none(), "an empty folder");
    for name in ["holiday.jpg", "IMG_0001.JPG", "notes.txt", "a b c.png", "x/y/z.gif", "report (1).pdf", "x/1.webp"] {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().expect("it has one")).expect("made");
        std::fs::write(file, name).expect("written");
    }
    let guess = guess::guess(&presets(), dir.path());
    assert!(guess.answer.is_none(), "a mixed folder: {:?}", guess.answer.map(|answer| answer.preset.name.clone()));
}

#[test]
fn steps_are_filled_with_facts_and_conditions_are_not_invented() {
    let phpbb = presets().get("phpbb").expect("there");
    let mut facts: Facts = [("uploader", "2"), ("name", "0ab4")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let steps = steps::fill(&phpbb.steps, &facts);
    assert!(steps.iter().any(|step| step.say.contains("user id 2")), "the fact stands in the sentence: {steps:?}");
    assert!(!steps.iter().any(|step| step.id == "message"), "nobody knows that it was in a private message: {steps:?}");
    let check = steps.iter().find(|step| step.id == "check").expect("always");
    assert_eq!(check.url, None, "without the media id there is no address");
    facts.insert("media_id".to_owned(), "7 &x".to_owned());
    facts.insert("private".to_owned(), "1".to_owned());
    let steps = steps::fill(&phpbb.steps, &facts);
    let check = steps.iter().find(|step| step.id == "check").expect("always");
    assert_eq!(check.url.as_deref(), Some("download/file.php?id=7%20%26x"), "encoded");
    assert!(steps.iter().any(|step| step.id == "message"), "now it is known: {steps:?}");
    let general = steps::fill(&phpbb.steps, &Facts::new());
    assert!(general.iter().any(|step| step.say.contains("(not known)")), "{general:?}");
}
