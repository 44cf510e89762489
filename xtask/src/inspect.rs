//! `cargo xtask inspect`: whether the window that was built has exactly the power that was agreed on. The expectation is `src-tauri/expected-window.json`;
//! what it says of settings is compared with the settings and with what the build made of them, and the two programs are searched for words that
//! only builds for tests may hold. A debug build is allowed those words, and nothing else of what a release must not have.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::step::{self, Place, Stop};

/// The committed expectation.
#[derive(Debug, Deserialize)]
struct Expected {
    /// `app.security` of `tauri.conf.json`, whole.
    security: Value,
    /// What the one window is set to, beside its sizes and its title.
    window: Value,
    /// Permissions of the page that are not its own commands.
    other_permissions: BTreeSet<String>,
    /// Plugins that may be started.
    plugins: BTreeSet<String>,
    /// Plugins that may be in the tree because another one brings them, and are never started.
    plugins_unused: BTreeSet<String>,
    /// Features of Tauri, its runtime and its web view that must be off.
    features_off: BTreeSet<String>,
    /// Words that no release may hold.
    words_of_tests: Vec<String>,
}

/// Compares what was built in this profile with the expectation.
///
/// # Errors
/// [`Stop::Missing`] if nothing was built, [`Stop::Failed`] with every difference.
pub(crate) fn inspect(place: &Place, release: bool) -> Result<(), Stop> {
    let profile = if release { "release" } else { "debug" };
    step::heading(&format!("Inspection of the {profile} build"));
    let shell = place.root.join("src-tauri");
    let expected: Expected = serde_json::from_value(json(&shell.join("expected-window.json"))?)
        .map_err(|why| Stop::Failed(format!("expected-window.json is not understood: {why}")))?;
    let mut wrong = settings(&expected, &json(&shell.join("tauri.conf.json"))?);
    let commands = commands(&text(&shell.join("src").join("contract.rs"))?);
    let capability = json(&shell.join("capabilities").join("main.json"))?;
    wrong.extend(permissions("capabilities/main.json", &expected, &commands, &capability));
    match built_capabilities(place, profile) {
        Some(path) => wrong.extend(permissions("the build", &expected, &commands, &json(&path)?["main"])),
        None => {
            return Err(Stop::Missing(format!(
                "There is no {profile} build of the window. Build it first, then run the same command again."
            )));
        }
    }
    wrong.extend(tree(place, &expected)?);
    wrong.extend(plugins(&expected, &text(&shell.join("src").join("app.rs"))?));
    wrong.extend(page(&place.root.join("ui").join("dist"))?);
    for name in ["gatehouse", "gatehouse-desktop"] {
        let program = place.program(profile, name);
        let bytes = fs::read(&program).map_err(|_| Stop::Missing(format!("{} is not built.", program.display())))?;
        let words: Vec<&String> = expected.words_of_tests.iter().filter(|word| holds(&bytes, word.as_bytes())).collect();
        match (release, words.is_empty()) {
            (true, false) => wrong.push(format!("{name}: a release holds what only tests may have: {words:?}")),
            (false, false) => step::say(&format!("    {name} holds {words:?}, as a debug build may")),
            (_, true) => {}
        }
        if name == "gatehouse-desktop" {
            let csp = expected.security["csp"]["default-src"].as_str().unwrap_or_default();
            if !holds(&bytes, csp.as_bytes()) {
                wrong.push("gatehouse-desktop: the content security policy is not in the program".to_owned());
            }
        }
    }
    step::say(&format!("    {} commands, {} other permissions", commands.len(), expected.other_permissions.len()));
    if wrong.is_empty() { Ok(()) } else { Err(Stop::Failed(format!("The window is not what was agreed on:\n{}", wrong.join("\n")))) }
}

fn text(path: &Path) -> Result<String, Stop> {
    fs::read_to_string(path).map_err(|why| Stop::Failed(format!("{} cannot be read: {why}", path.display())))
}

fn json(path: &Path) -> Result<Value, Stop> {
    serde_json::from_str(&text(path)?).map_err(|why| Stop::Failed(format!("{} is not JSON: {why}", path.display())))
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn settings(expected: &Expected, config: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if config["app"]["security"] != expected.security {
        wrong.push("tauri.conf.json: app.security differs from the expectation".to_owned());
    }
    let windows = config["app"]["windows"].as_array().map_or(0, Vec::len);
    if windows != 1 {
        wrong.push(format!("tauri.conf.json: one window is expected, there are {windows}"));
    }
    for (key, value) in expected.window.as_object().into_iter().flatten() {
        let found = &config["app"]["windows"][0][key];
        if found != value {
            wrong.push(format!("tauri.conf.json: {key} of the window is {found}, expected {value}"));
        }
    }
    let others = [
        ("withGlobalTauri", &config["app"]["withGlobalTauri"], false),
        ("removeUnusedCommands", &config["build"]["removeUnusedCommands"], true),
    ];
    wrong.extend(
        others
            .iter()
            .filter(|(_, found, wanted)| *found != wanted)
            .map(|(key, found, wanted)| format!("tauri.conf.json: {key} is {found}, expected {wanted}")),
    );
    let has_dev_address = config["build"].get("devUrl").is_some();
    wrong.extend(has_dev_address.then(|| "tauri.conf.json: devUrl is set".to_owned()));
    wrong
}

/// Names of the commands, from the one list.
fn commands(contract: &str) -> BTreeSet<String> {
    let name = |line: &str| line.trim().strip_prefix("fn ").and_then(|rest| rest.split('(').next()).map(str::to_owned);
    contract.lines().filter_map(name).collect()
}

fn permissions(of: &str, expected: &Expected, commands: &BTreeSet<String>, capability: &Value) -> Vec<String> {
    let found: BTreeSet<String> =
        capability["permissions"].as_array().into_iter().flatten().map(|word| word.as_str().unwrap_or("?").to_owned()).collect();
    let wanted: BTreeSet<String> =
        commands.iter().map(|name| format!("allow-{}", name.replace('_', "-"))).chain(expected.other_permissions.iter().cloned()).collect();
    let mut wrong: Vec<String> = found.difference(&wanted).map(|word| format!("{of}: {word} is allowed and not expected")).collect();
    wrong.extend(wanted.difference(&found).map(|word| format!("{of}: {word} is expected and not allowed")));
    if capability["windows"] != serde_json::json!(["main"])
        || capability["local"] == false
        || capability.get("remote").is_some_and(|remote| !remote.is_null())
    {
        wrong.push(format!("{of}: the capability is for the window \"main\" and its own page alone"));
    }
    wrong
}

/// What the newest build of the window resolved its capabilities to.
fn built_capabilities(place: &Place, profile: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(place.target.join(profile).join("build")).ok()?.flatten();
    let files = folders
        .filter(|folder| folder.file_name().as_encoded_bytes().starts_with(b"gatehouse-desktop-"))
        .map(|folder| folder.path().join("out").join("capabilities.json"));
    files.filter_map(|path| Some((fs::metadata(&path).and_then(|facts| facts.modified()).ok()?, path))).max().map(|(_, path)| path)
}

/// Plugins and features in the tree that Cargo resolves for the window.
fn tree(place: &Place, expected: &Expected) -> Result<Vec<String>, Stop> {
    let mut cargo =
        place.cargo(&["tree", "--locked", "-p", "gatehouse-desktop", "--edges", "normal", "--prefix", "none", "--format", "{p}\t{f}"]);
    let said = step::answer(&mut cargo).ok_or_else(|| Stop::Failed("`cargo tree` failed.".to_owned()))?;
    Ok(judge_tree(expected, &said))
}

fn judge_tree(expected: &Expected, said: &str) -> Vec<String> {
    let mut wrong = BTreeSet::new();
    for line in said.lines() {
        let Some((package, features)) = line.split_once('\t') else { continue };
        let name = package.split(' ').next().unwrap_or_default();
        let is_plugin = name.starts_with("tauri-plugin-");
        if is_plugin && !expected.plugins.contains(name) && !expected.plugins_unused.contains(name) {
            wrong.insert(format!("the tree holds {name}, which was not agreed on"));
        }
        if ["tauri", "tauri-runtime-wry", "wry"].contains(&name) {
            let on = features.trim_end_matches("(*)").split([',', ' ']).filter(|feature| expected.features_off.contains(*feature));
            wrong.extend(on.map(|feature| format!("{name} is built with {feature}, which must be off")));
        }
    }
    wrong.into_iter().collect()
}

/// Plugins that the window starts.
fn plugins(expected: &Expected, app: &str) -> Vec<String> {
    let started = app.split(".plugin(").skip(1).filter_map(|rest| rest.trim_start().split("::").next());
    let name = |module: &str| module.replace('_', "-");
    started
        .map(name)
        .filter(|name| !expected.plugins.contains(name))
        .map(|name| format!("app.rs starts {name}, which was not agreed on"))
        .collect()
}

/// The page's first file: nothing inline, nothing from elsewhere.
fn page(dist: &Path) -> Result<Vec<String>, Stop> {
    let index = text(&dist.join("index.html"))?;
    let mut wrong = Vec::new();
    for foreign in ["http://", "https://", " style=", "<style", "javascript:", "<iframe", "<base", " onload=", " onerror="] {
        if index.contains(foreign) {
            wrong.push(format!("ui/dist/index.html holds {foreign}"));
        }
    }
    let inline = index.split("<script").skip(1).filter(|script| !script.split('>').next().unwrap_or_default().contains("src="));
    wrong.extend(inline.map(|_| "ui/dist/index.html holds a script of its own".to_owned()));
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/expected-window.json");
        serde_json::from_str(&fs::read_to_string(own).unwrap()).unwrap()
    }

    fn config() -> Value {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/tauri.conf.json");
        serde_json::from_str(&fs::read_to_string(own).unwrap()).unwrap()
    }

    #[test]
    fn the_settings_of_this_checkout_are_the_agreed_ones_and_a_change_is_seen() {
        assert_eq!(settings(&expected(), &config()), Vec::<String>::new());
        for (place, value) in [
            ("/app/security/csp/script-src", "'self' 'unsafe-inline'".into()),
            ("/app/security/assetProtocol/enable", true.into()),
            ("/app/windows/0/devtools", true.into()),
            ("/app/windows/0/incognito", false.into()),
            ("/app/withGlobalTauri", true.into()),
        ] {
            let mut changed = config();
            *changed.pointer_mut(place).unwrap() = value;
            assert_eq!(settings(&expected(), &changed).len(), 1, "{place}");
        }
    }

    #[test]
    fn a_permission_too_many_or_too_few_is_named() {
        let commands = commands("macro {\n  app {\n    fn app_state() -> AppState;\n    fn undo(Option<i64>) -> Option<Undone>;\n");
        assert_eq!(commands.len(), 2);
        let of = |words: &[&str]| serde_json::json!({"windows": ["main"], "local": true, "permissions": words});
        let right = ["allow-app-state", "allow-undo", "core:event:allow-listen", "core:event:allow-unlisten"];
        assert!(permissions("x", &expected(), &commands, &of(&right)).is_empty());
        assert_eq!(permissions("x", &expected(), &commands, &of(&right[..3])).len(), 1);
        assert_eq!(permissions("x", &expected(), &commands, &of(&[&right[..], &["core:default"]].concat())).len(), 1);
        let mut remote = of(&right);
        remote["remote"] = serde_json::json!({"urls": ["https://*"]});
        assert_eq!(permissions("x", &expected(), &commands, &remote).len(), 1);
    }

    #[test]
    fn plugins_and_features_that_were_not_agreed_on_are_named() {
        let said = "tauri v2.12.5\tcommon-controls-v6,devtools,wry\ntauri-plugin-shell v2.0.0\tdefault\ntauri-plugin-dialog v2.0.0\t\nserde v1\tdevtools";
        assert_eq!(judge_tree(&expected(), said).len(), 2, "the plugin, and the tools");
        let app = "tauri::Builder::default()\n .plugin(tauri_plugin_dialog::init())\n .plugin(\n  tauri_plugin_fs::init())";
        assert_eq!(plugins(&expected(), app), ["app.rs starts tauri-plugin-fs, which was not agreed on"]);
        assert!(holds(b"abcdef", b"cde") && !holds(b"abcdef", b"ce"));
    }
}
