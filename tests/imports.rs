//! The architecture, read from the sources: who imports whom, who owns which library, which names nobody may use, where SQL lives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::text;

/// Modules of the engine from left to right. A module imports from its own column and from columns to its left, never to its right.
const COLUMNS: [&[&str]; 6] = [
    &["model", "clock", "error", "fault", "home", "config", "log"],
    &["intake", "store"],
    &["lists"],
    &["triage"],
    &["record"],
    &["engine"],
];
/// What triage may import of intake: the safe way to open, and data.
const INTAKE_FOR_TRIAGE: [&str; 2] = ["identify", "preset"];
/// What the root of the engine re-exports; `crate::Error` names `error` and so on.
const RE_EXPORTED: [(&str, &str); 10] = [
    ("Clock", "clock"),
    ("SystemClock", "clock"),
    ("TestClock", "clock"),
    ("Core", "engine"),
    ("Engine", "engine"),
    ("Event", "engine"),
    ("Options", "engine"),
    ("Code", "error"),
    ("Error", "error"),
    ("Result", "error"),
];
/// Names that say nothing, also at the end of another name.
const FORBIDDEN: [&str; 8] = ["manager", "service", "helper", "util", "processor", "data", "info", "item"];

/// One source file: its path below the workspace and its lines without comments.
struct Source {
    path: String,
    lines: Vec<(usize, String)>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below these folders with one of these endings.
fn files_below(folders: &[&str], endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().map_while(Result::ok) {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                let is_made = ["target", "node_modules", "dist", "gen", "paraglide"].iter().any(|made| name == *made);
                waiting.extend((!is_made).then_some(path));
            } else if endings.iter().any(|ending| path.extension().is_some_and(|extension| extension == *ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let read = |path: PathBuf| {
        let whole = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} is read: {error}", path.display()));
        let below = text(path.strip_prefix(root()).unwrap_or(&path));
        Source { path: below, lines: lines_of_code(&whole) }
    };
    files_below(folders, endings).into_iter().map(read).collect()
}

/// Lines with their numbers, without line comments. `//` inside a text, as in an address, ends a line early, which hides nothing looked for here.
fn lines_of_code(whole: &str) -> Vec<(usize, String)> {
    let code = |line: &str| line.split("//").next().unwrap_or_default().trim_end().to_owned();
    whole.lines().enumerate().map(|(number, line)| (number + 1, code(line))).filter(|(_, line)| !line.trim().is_empty()).collect()
}

impl Source {
    /// The module of the engine that this file belongs to, and the file inside it.
    fn engine_module(&self) -> Option<(&str, &str)> {
        let below = self.path.strip_prefix("crates/engine/src/")?;
        let (module, file) = below.split_once('/').unwrap_or((below, ""));
        Some((module.trim_end_matches(".rs"), file))
    }

    fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

fn column(module: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.contains(&module))
}

/// Every path that a line names below `crate::`, groups spread out: `crate::{a::b, c}` names `a::b` and `c`.
fn named_below_crate(line: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, start) in line.match_indices("crate::") {
        let is_whole_word = !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$');
        let rest = &line[at + start.len()..];
        if !is_whole_word {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(group) => named.extend(split_group(group)),
            None => named.push(rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect()),
        }
    }
    named
}

/// The members of a group of imports, as far as they stand on this line.
fn split_group(group: &str) -> Vec<String> {
    let (mut depth, mut members, mut member) = (0, Vec::new(), String::new());
    for character in group.chars() {
        match character {
            '}' if depth == 0 => break,
            ',' if depth == 0 => members.push(std::mem::take(&mut member)),
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if character != ',' || depth > 0 {
            member.push(character);
        }
    }
    members.push(member);
    members.into_iter().map(|member| member.trim().to_owned()).filter(|member| !member.is_empty()).collect()
}

/// `use` statements can span lines: they are put on one, at the number of the first.
fn statements(source: &Source) -> Vec<(usize, String)> {
    let mut whole = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in &source.lines {
        let is_use = |line: &str| {
            ["use ", "pub use ", "pub(crate) use ", "pub(super) use "].iter().any(|start| line.trim_start().starts_with(start))
        };
        match &mut open {
            Some((_, text)) => text.push_str(line.trim()),
            None if is_use(line) => open = Some((*number, line.trim().to_owned())),
            None => whole.push((*number, line.clone())),
        }
        if open.as_ref().is_some_and(|(_, text)| text.ends_with(';')) {
            whole.extend(open.take());
        }
    }
    whole.extend(open);
    whole
}

#[track_caller]
fn nothing_broken(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}

#[test]
fn modules_of_the_engine_import_only_to_the_left() {
    let mut broken = Vec::new();
    for source in sources(&["crates/engine/src"], &["rs"]) {
        let Some((module, _)) = source.engine_module().filter(|(module, _)| *module != "lib") else { continue };
        let Some(own) = column(module) else {
            broken.push(source.at(1, "a module that stands in no column"));
            continue;
        };
        for (line, statement) in statements(&source) {
            for named in named_below_crate(&statement) {
                let first = named.split("::").next().unwrap_or_default();
                let target = RE_EXPORTED.iter().find(|(name, _)| *name == first).map_or(first, |(_, module)| *module);
                let Some(theirs) = column(target) else { continue };
                let is_beside = theirs == own && theirs == 1 && target != module;
                if theirs > own || is_beside {
                    broken.push(source.at(line, &format!("{module} imports {target} ({named})")));
                }
                let of_intake = named.strip_prefix("intake::").map(|rest| rest.trim_start_matches('{'));
                let is_allowed = |rest: &str| INTAKE_FOR_TRIAGE.iter().any(|allowed| rest.split("::").next() == Some(*allowed));
                if module == "triage" && target == "intake" && !of_intake.is_some_and(is_allowed) {
                    broken.push(source.at(line, &format!("triage imports {named}, and may import of intake only {INTAKE_FOR_TRIAGE:?}")));
                }
            }
        }
    }
    nothing_broken("model, clock, error, home ← intake | store ← lists ← triage ← record ← engine", &broken);
}

#[test]
fn only_the_engine_folder_spawns_threads() {
    let mut broken = Vec::new();
    for source in
        sources(&["crates/engine/src"], &["rs"]).into_iter().filter(|source| !source.path.starts_with("crates/engine/src/engine/"))
    {
        // The tests at the end of a file may do what they like.
        for (line, code) in before_tests(&source) {
            if ["thread::spawn", "thread::Builder", "thread::scope"].iter().any(|call| code.contains(call)) {
                broken.push(source.at(line, code.trim()));
            }
        }
    }
    nothing_broken("only engine/ spawns threads", &broken);
}

/// The code before the tests at the end of a file.
fn before_tests(source: &Source) -> Vec<(usize, String)> {
    let is_test_module = |at: usize| {
        let next = source.lines.get(at + 1).map(|(_, line)| line.trim());
        source.lines[at].1.trim() == "#[cfg(test)]" && next.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    // Tests of a file may lie in a file of their own.
    if source.path.ends_with("/tests.rs") {
        return Vec::new();
    }
    let end = (0..source.lines.len()).find(|at| is_test_module(*at)).unwrap_or(source.lines.len());
    source.lines[..end].to_vec()
}

#[test]
fn every_library_has_one_owner() {
    /// A library as it is named in code, and the files or folders that may name it.
    const OWNERS: [(&str, &[&str]); 12] = [
        ("notify", &["crates/engine/src/intake/watch.rs"]),
        ("rusqlite", &["crates/engine/src/store/", "crates/engine/src/error.rs"]),
        ("image", &["crates/fingerprint/src/decode/", "crates/fingerprint/src/near.rs"]),
        ("img_hash", &["crates/fingerprint/src/near.rs"]),
        ("image_hasher", &["crates/fingerprint/src/near.rs"]),
        ("tauri", &["src-tauri/"]),
        ("landlock", &["crates/fingerprint/src/worker.rs"]),
        ("seccompiler", &["crates/fingerprint/src/worker.rs"]),
        ("minisign", &["crates/hashlist/src/shl/"]),
        ("age", &["crates/engine/src/triage/vault/cipher.rs"]),
        ("ureq", &["crates/engine/src/lists/download/"]),
        ("clap", &["src/args.rs", "src/args/", "src/main.rs", "src/out.rs"]),
    ];
    let mut broken = Vec::new();
    // `xtask` is not the product: it draws the icons. A crate's own tests and benches make their inputs with whatever they like.
    let folders = ["src", "src-tauri/src", "crates/engine/src", "crates/hashlist/src", "crates/fingerprint/src"];
    for source in sources(&folders, &["rs"]) {
        for (line, code) in before_tests(&source) {
            for (library, _) in OWNERS
                .iter()
                .filter(|(library, owners)| names_crate(&code, library) && !owners.iter().any(|owner| source.path.starts_with(owner)))
            {
                broken.push(source.at(line, &format!("{library}: {}", code.trim())));
            }
        }
    }
    for source in sources(&["ui/src"], &["ts", "svelte", "js"]).into_iter().filter(|source| source.path != "ui/src/lib/backend.ts") {
        broken
            .extend(source.lines.iter().filter(|(_, code)| code.contains("@tauri-apps")).map(|(line, code)| source.at(*line, code.trim())));
    }
    nothing_broken("each library has one owner", &broken);
}

/// Whether a line names a crate: `use name`, or `name::` that is not the end of another path.
fn names_crate(code: &str, name: &str) -> bool {
    let code = code.trim_start();
    let imported = ["use ", "pub use ", "extern crate "].iter().any(|start| {
        let rest = code.strip_prefix(start).map(|rest| rest.trim_start_matches("::"));
        rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|after| after.starts_with([':', ';', ' ']))
    });
    let path = format!("{name}::");
    let is_start = |at: usize| !code[..at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | ':'));
    imported || code.match_indices(&path).any(|(at, _)| is_start(at))
}

#[test]
fn sql_stands_only_in_the_store() {
    /// How statements begin. Capitals alone are words of a sentence too, so two of them are asked for.
    const BEGINNINGS: [&str; 9] = [
        "SELECT ",
        "INSERT INTO ",
        "INSERT OR ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "PRAGMA ",
        "BEGIN IMMEDIATE",
    ];
    /// The store, and the statements that read lists in databases of other programs: those belong to their format, and the store runs them.
    const ALLOWED: [&str; 2] = ["crates/engine/src/store/", "crates/hashlist/src/formats/sqlite.rs"];
    let mut broken = Vec::new();
    let folders = ["src", "src-tauri/src", "crates/engine/src", "crates/hashlist/src", "crates/fingerprint/src"];
    let is_allowed = |path: &str| ALLOWED.iter().any(|allowed| path.starts_with(allowed));
    for source in sources(&folders, &["rs"]).into_iter().filter(|source| !is_allowed(&source.path)) {
        for (line, code) in before_tests(&source) {
            if code.contains('"') && BEGINNINGS.iter().any(|beginning| code.contains(&format!("\"{beginning}"))) {
                broken.push(source.at(line, code.trim()));
            }
        }
    }
    nothing_broken("SQL statements stand only in store/", &broken);
}

#[test]
fn nothing_is_named_by_a_word_that_says_nothing() {
    let mut broken = Vec::new();
    for source in sources(&["crates", "src", "src-tauri/src", "xtask/src"], &["rs"]) {
        for part in source.path.split('/').skip_while(|part| *part == "crates" || part.starts_with("src")) {
            if is_forbidden(part.trim_end_matches(".rs")) {
                broken.push(source.at(1, "the file or folder name"));
            }
        }
        for (line, code) in &source.lines {
            broken.extend(declared(code).filter(|name| is_forbidden(name)).map(|name| source.at(*line, &name)));
        }
    }
    nothing_broken("manager, service, helper, util, processor, data, info, item name nothing", &broken);
}

/// Names of types and modules that a line declares.
fn declared(code: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> =
        code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let is_declaring = |word: &str| matches!(word, "struct" | "enum" | "trait" | "mod" | "type" | "union");
    let pairs: Vec<String> = words.windows(2).filter(|pair| is_declaring(&pair[0])).map(|pair| pair[1].clone()).collect();
    pairs.into_iter()
}

/// Whether the last word of a name, in snake or camel case, singular or plural, is a forbidden one.
fn is_forbidden(name: &str) -> bool {
    let mut words: BTreeSet<String> = BTreeSet::new();
    let snake = name.rsplit('_').next().unwrap_or(name);
    words.insert(snake.to_lowercase());
    if let Some(at) = name.rfind(|c: char| c.is_uppercase()) {
        words.insert(name[at..].to_lowercase());
    }
    words.iter().any(|word| FORBIDDEN.iter().any(|forbidden| word == forbidden || word.strip_suffix('s') == Some(forbidden)))
}

#[test]
fn the_reading_of_these_tests_finds_what_it_looks_for() {
    assert_eq!(named_below_crate("use crate::{model::{A, B}, store};"), ["model::{A, B}", "store"], "groups are spread out");
    assert_eq!(named_below_crate("    crate::store::lists::get(tx)"), ["store::lists::get"], "paths in code count like imports");
    assert!(named_below_crate("pub(crate) fn f()").is_empty(), "a visibility is no import");
    assert!(
        names_crate("use notify::Watcher;", "notify") && names_crate("let x: rusqlite::Row;", "rusqlite"),
        "imports and paths are seen"
    );
    assert!(!names_crate("self.notify_all()", "notify") && !names_crate("crate::image::x", "image"), "other words are not");
    assert!(is_forbidden("CaseManager") && is_forbidden("file_utils") && is_forbidden("info"), "the word itself and as an ending");
    assert!(!is_forbidden("Metadata") && !is_forbidden("database") && !is_forbidden("case"), "inside another word it is not that word");
    assert!(Path::new(&root()).join("crates/engine/src").is_dir(), "the sources are where these tests look");
}
