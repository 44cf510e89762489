//! F50 and F82 in the real window: 500 hostile names, and calls that no page would make. Nothing of a name becomes part of the page, no call brings the
//! program down, and the page can go nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use fantoccini::Client;
use serde_json::{Value, json};

use super::random::Random;
use super::{DEADLINE, Driver, find, is_wanted, run};

/// Names of which 500 are shown.
const NAMES: usize = 500;
/// Calls with every run of the tests; `GATEHOUSE_FAULTS_AMOUNT` says another number, as 100,000 before a release.
const CALLS: usize = 20_000;
/// Calls that are under way at the same time.
const AT_ONCE: usize = 250;
/// Commands that are left out: they wait for a person in a dialog of the system, or end the session of the test.
const LEFT_OUT: [&str; 4] = ["vault_key_save", "certificate_save", "leave_answer", "removal_do"];

fn one<'a, T>(random: &mut Random, of: &'a [T]) -> &'a T {
    &of[usize::try_from(random.below(of.len() as u64)).expect("an index")]
}

/// Folder names that try to be something else. Each has its number, so that no two are equal.
fn hostile(number: usize) -> String {
    const KINDS: [&str; 20] = [
        "<script>window.pwned=1<&script>",
        "<img src=x onerror=window.pwned=1>",
        "\"><svg onload=window.pwned=1>",
        "'; window.pwned=1; '",
        "{{constructor.constructor('window.pwned=1')()}}",
        "${window.pwned=1}",
        "javascript:window.pwned=1",
        "</bdi></div><b>bold<&b>",
        "<style>*{display:none}<&style>",
        "&lt;b&gt;&#60;i&#62;",
        "gpj.\u{202e}exe",
        "\u{2066}isolate\u{2069}",
        "\u{200e}\u{200f}\u{61c}marks",
        "new\nline\r\ttab",
        "bell\u{7}escape\u{1b}[31m",
        "zero\u{200b}width\u{feff}",
        "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
        "\u{e0041}\u{e0042}tags",
        "line\u{2028}paragraph\u{2029}",
        "--flag -rf ..",
    ];
    // A slash would be two folders.
    format!("{}{number}", KINDS[number % KINDS.len()].replace('/', "\u{2215}"))
}

fn gatehouse(home: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    let output =
        command.env_clear().env("HOME", home).args(["--json", "--home"]).arg(home.join("home")).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", output.stderr.escape_ascii());
    String::from_utf8(output.stdout).expect("text")
}

async fn page(client: &Client, script: &str, arguments: Vec<Value>) -> Value {
    client.execute_async(script, arguments).await.unwrap_or_else(|error| panic!("the page answers: {error}"))
}

#[test]
fn f50_five_hundred_hostile_names_are_text_and_nothing_else() {
    if !is_wanted() {
        return;
    }
    run(async {
        let driver = Driver::start();
        let (home, site) = (driver.home.path(), driver.home.path().join("site"));
        let mut digests = String::new();
        for number in 0..NAMES {
            let folder = site.join(hostile(number));
            std::fs::create_dir_all(&folder).expect("Linux takes these names");
            let content = format!("listed {number}");
            std::fs::write(folder.join("x"), &content).expect("an upload");
            let facts: Value =
                serde_json::from_str(&gatehouse(home, &["fingerprint", folder.join("x").to_str().expect("text")])).expect("JSON");
            digests.push_str(facts["sha256"].as_str().expect("a digest"));
            digests.push('\n');
        }
        let list = home.join("listed.txt");
        std::fs::write(&list, digests).expect("a list");
        gatehouse(home, &["list", "add", list.to_str().expect("text"), "--name", "mine", "--harm", "local", "--kind", "sha256", "--yes"]);
        gatehouse(home, &["site", "add", site.to_str().expect("text"), "--name", "<b>forum</b>"]);
        gatehouse(home, &["sweep"]);

        let client = driver.open().await;
        client.set_window_rect(0, 0, 1280, 800).await.expect("a window");
        find(&client, "[data-testid='inbox-row']").await;
        let read = "const done = arguments[arguments.length - 1];
            (async () => {
              const folders = new Set(); let cursor = null;
              do {
                const arg = { view: 'inbox', order: 'newest', search: '', filter: { lists: [], sites: [], harms: [], matches: [], kinds: [], max_distance: null, folder: '', uploader: '', since: null, until: null, min_size: null, max_size: null, claimed: false, has_note: null }, group: 'none', folded: [], cursor, limit: 100 };
                const page = await window.__TAURI_INTERNALS__.invoke('inbox_page', { arg });
                for (const row of page.rows) folders.add(row.folder ?? '');
                cursor = page.next;
              } while (cursor !== null);
              return [...folders];
            })().then(done, (error) => done({ error }));";
        let scroll = "const done = arguments[arguments.length - 1];
            (async () => {
              const list = document.querySelector('[role=grid]'); const names = new Set(), heights = new Set(); let inside = 0;
              for (let top = 0; top <= list.scrollHeight; top += list.clientHeight / 2) {
                list.scrollTop = top;
                for (let look = 0; look < 40; look += 1) {
                  await new Promise((next) => setTimeout(next, 25));
                  if (!document.querySelector('[role=grid] .row.blank')) break;
                }
                for (const row of document.querySelectorAll('[data-testid=inbox-row]')) {
                  heights.add(Math.round(row.getBoundingClientRect().height));
                  for (const name of row.querySelectorAll('bdi')) { names.add(name.textContent); inside += name.children.length; }
                }
              }
              return { names: [...names], heights: [...heights], inside, pwned: typeof window.pwned,
                foreign: document.querySelectorAll('[role=grid] :is(script, img, svg[onload], iframe, style, b, [onerror], [onload])').length };
            })().then(done, (error) => done({ error: String(error) }));";
        let (told, seen) = (page(&client, read, Vec::new()).await, page(&client, scroll, Vec::new()).await);
        let words = |value: &Value| {
            value.as_array().map(|all| all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect::<BTreeSet<_>>())
        };
        let (told, names) =
            (words(&told).unwrap_or_else(|| panic!("folders: {told}")), words(&seen["names"]).unwrap_or_else(|| panic!("names: {seen}")));
        assert_eq!(told.len(), NAMES, "each folder is told by its own display form");
        let missing: Vec<_> = told.difference(&names).take(5).collect();
        assert!(missing.is_empty(), "every name is shown as it was told: {missing:?} are not");
        let dangerous = |name: &&String| {
            name.chars().any(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'))
        };
        assert_eq!(names.iter().find(dangerous), None, "no control, no direction, nothing invisible reaches the page");
        assert_eq!(
            (&seen["inside"], &seen["foreign"], &seen["pwned"]),
            (&json!(0), &json!(0), &json!("undefined")),
            "a name is text: {seen}"
        );
        assert_eq!(seen["heights"].as_array().map(Vec::len), Some(1), "no name changes the height of its row: {seen}");
        client.close().await.expect("the window closes");
    });
}

#[test]
fn f82_the_page_can_go_nowhere_else() {
    if !is_wanted() {
        return;
    }
    run(async {
        let driver = Driver::start();
        let client = driver.open().await;
        find(&client, "main, [data-testid='first-run-practice']").await;
        let address = client.current_url().await.expect("it has one");
        let acts = [
            "window.open('https://example.org/')",
            "location.href = 'https://example.org/'",
            "location.href = 'file:///etc/passwd'",
            "const a = document.createElement('a'); a.href = '/index.html'; a.download = 'x'; document.body.append(a); a.click()",
            "const f = document.createElement('iframe'); f.src = 'https://example.org/'; document.body.append(f)",
            "const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s)",
            "const s = document.createElement('img'); s.src = 'https://example.org/x.png'; document.body.append(s)",
        ];
        for act in acts {
            // A refusal may be an exception, which is as good.
            drop(client.execute(act, Vec::new()).await);
            tokio::time::sleep(super::LOOK).await;
            assert_eq!(client.current_url().await.expect("it has one"), address, "{act}");
            assert_eq!(client.windows().await.expect("there is one").len(), 1, "{act}");
        }
        let pwned = client.execute("return typeof window.pwned", Vec::new()).await.expect("the page answers");
        assert_eq!(pwned, json!("undefined"), "no script of its own runs");
        let fetched = page(&client, "const done = arguments[arguments.length - 1]; fetch('https://example.org/').then(() => done('fetched'), () => done('refused'))", Vec::new()).await;
        assert_eq!(fetched, json!("refused"), "it talks to nobody");
        for command in [
            "plugin:fs|read_text_file",
            "plugin:dialog|open",
            "plugin:window|close",
            "plugin:webview|internal_toggle_devtools",
            "plugin:shell|execute",
            "not_a_command",
        ] {
            let call = "const done = arguments[arguments.length - 1]; window.__TAURI_INTERNALS__.invoke(arguments[0], {}).then(() => done('done'), (error) => done('refused: ' + error))";
            let answer = page(&client, call, vec![command.into()]).await;
            assert!(answer.as_str().is_some_and(|text| text.starts_with("refused")), "{command}: {answer}");
        }
        client.close().await.expect("the window closes");
    });
}

/// Types of the page's arguments, from the file that the shell generates.
struct Types {
    named: BTreeMap<String, String>,
    commands: Vec<(String, String)>,
}

impl Types {
    fn read() -> Self {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/bindings.gen.ts")).expect("the generated file");
        let (mut named, mut commands, mut open): (BTreeMap<String, String>, _, Option<(String, String)>) =
            (BTreeMap::new(), Vec::new(), None);
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("/*") && !line.starts_with('*') && !line.starts_with("//"))
        {
            if let Some((name, body)) = open.as_mut() {
                if line == "}" {
                    named.insert(name.clone(), format!("{{{body}}}"));
                    open = None;
                } else if name == "Commands" {
                    let (command, types) = line.trim_end_matches(';').split_once(": ").expect("a command and its types");
                    commands.push((command.to_owned(), first_of(types.trim_start_matches('['))));
                } else {
                    body.push_str(line);
                }
            } else if let Some((name, _)) = line.strip_prefix("export interface ").and_then(|rest| rest.split_once(" {")) {
                open = Some((name.to_owned(), String::new()));
            } else if let Some((name, body)) = line.strip_prefix("export type ").and_then(|rest| rest.split_once(" = ")) {
                named.insert(name.to_owned(), body.trim_end_matches(';').to_owned());
            }
        }
        assert!(commands.len() > 50 && named.len() > 50, "the file is understood");
        Self { named, commands }
    }

    /// A value of this type, or at times something else altogether.
    fn value(&self, of: &str, random: &mut Random, depth: usize) -> Value {
        let of = of.trim();
        if depth > 8 || random.below(12) == 0 {
            return garbage(random);
        }
        let choices = split(of, '|');
        if choices.len() > 1 {
            let choice = one(random, &choices).clone();
            return self.value(&choice, random, depth + 1);
        }
        if let Some(inner) = of.strip_prefix("Array<").and_then(|rest| rest.strip_suffix('>')) {
            return (0..random.below(4)).map(|_| self.value(inner, random, depth + 1)).collect();
        }
        if let Some(fields) = of.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let fields = split(fields, if fields.contains(';') { ';' } else { ',' });
            let field =
                |field: &String| field.split_once(": ").map(|(name, of)| (name.trim_end_matches('?').trim().to_owned(), of.to_owned()));
            return fields
                .iter()
                .filter_map(field)
                .map(|(name, of)| (name, self.value(&of, random, depth + 1)))
                .collect::<serde_json::Map<_, _>>()
                .into();
        }
        match of {
            "number" => number(random),
            "string" => text(random),
            "boolean" => (random.below(2) == 0).into(),
            "null" => Value::Null,
            literal if literal.starts_with('"') => literal.trim_matches('"').into(),
            name => match self.named.get(name) {
                Some(body) => self.value(body, random, depth + 1),
                None => garbage(random),
            },
        }
    }
}

/// The first of a list of types.
fn first_of(types: &str) -> String {
    split(types, ',').into_iter().next().unwrap_or_default().trim().to_owned()
}

/// Parts between separators that stand outside of brackets and quotes.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut deep, mut quoted) = (vec![String::new()], 0_i32, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '<' | '{' | '[' | '(' if !quoted => deep += 1,
            '>' | '}' | ']' | ')' if !quoted => deep -= 1,
            _ => {}
        }
        if c == at && deep == 0 && !quoted { parts.push(String::new()) } else { parts.last_mut().expect("one is there").push(c) }
    }
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

fn number(random: &mut Random) -> Value {
    let edges = [0, 1, -1, 2, 31, 100, 500, 501, 2_000, i64::from(u32::MAX), i64::MAX, i64::MIN, 9_007_199_254_740_993];
    match random.below(4) {
        0 => json!(random.next() as i64),
        1 => json!(0.5),
        _ => json!(one(random, &edges)),
    }
}

fn text(random: &mut Random) -> Value {
    let long = "x".repeat(5_000);
    let words = [
        "",
        "a",
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "' OR 1=1 --",
        "%",
        "_",
        "\u{0}",
        "\u{202e}x",
        "<b>",
        "\u{1f600}",
        "2026-11-23",
        "-1",
        "not an address",
        "http://127.0.0.1:1/",
        "en",
        "de",
        "US",
        &long,
    ];
    (*one(random, &words)).into()
}

fn garbage(random: &mut Random) -> Value {
    match random.below(7) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!([[[[1, "2", null]]]]),
        4 => json!({"__proto__": {"x": 1}, "constructor": 1}),
        5 => number(random),
        _ => text(random),
    }
}

#[test]
fn f82_calls_that_no_page_would_make_are_answered_by_typed_errors() {
    if !is_wanted() {
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "how many is said from outside, as for every fault")]
    let calls = std::env::var("GATEHOUSE_FAULTS_AMOUNT").ok().and_then(|text| text.parse().ok()).unwrap_or(CALLS);
    run(async {
        // A folder is chosen without a dialog, and no file.
        let driver = Driver::choosing(|home| {
            let folder = home.join("chosen");
            std::fs::create_dir(&folder).expect("a folder");
            vec![folder]
        });
        let client = driver.open().await;
        find(&client, &super::by("first-run-practice")).await.click().await.expect("practice is chosen");
        find(&client, "[data-testid='inbox-row']").await;
        let (types, mut random) = (Types::read(), Random(82));
        let mut counts = [0_u64; 3];
        let call = "const [calls] = arguments; const done = arguments[arguments.length - 1];
            Promise.allSettled(calls.map(([command, arg]) => window.__TAURI_INTERNALS__.invoke(command, { arg }))).then((all) => done(all.map((one) =>
              one.status === 'fulfilled' ? 0 : typeof one.reason === 'object' && typeof one.reason?.code === 'string' ? 1 : typeof one.reason === 'string' ? 2 : String(one.reason))));";
        let mut sent = 0;
        while sent < calls {
            let batch: Vec<Value> = (0..AT_ONCE.min(calls - sent))
                .map(|_| {
                    let (command, of) = loop {
                        let found = one(&mut random, &types.commands);
                        if !LEFT_OUT.contains(&found.0.as_str()) {
                            break found.clone();
                        }
                    };
                    json!([command, types.value(&of, &mut random, 0)])
                })
                .collect();
            sent += batch.len();
            let answers = tokio::time::timeout(DEADLINE * 2, page(&client, call, vec![batch.clone().into()])).await;
            let answers = answers.unwrap_or_else(|_| panic!("a call of these is never answered: {}", Value::from(batch.clone())));
            for (answer, call) in answers.as_array().expect("one for each").iter().zip(&batch) {
                let kind = answer.as_u64().unwrap_or_else(|| panic!("{call} is answered by {answer}"));
                counts[usize::try_from(kind).expect("small")] += 1;
            }
        }
        println!("{sent} calls: {} done, {} refused with a code, {} not understood by Tauri", counts[0], counts[1], counts[2]);
        assert!(counts[1] > 0 && counts[2] > 0 && counts[0] > 0, "all three happen");
        let state = page(&client, "const done = arguments[arguments.length - 1]; window.__TAURI_INTERNALS__.invoke('counts').then(() => done('alive'), (error) => done(String(error)))", Vec::new()).await;
        assert_eq!(state, json!("alive"), "the program answers as before");
        client.close().await.expect("the window closes");
        gatehouse(driver.home.path(), &["ledger", "verify"]);
        gone_from(&driver);
    });
}

/// Nothing was made beside what the test itself made.
fn gone_from(driver: &Driver) {
    let known = ["home", "web-view", "chosen"];
    let foreign: Vec<_> = std::fs::read_dir(driver.home.path())
        .expect("ours")
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| !known.iter().any(|known| name == known))
        .collect();
    assert!(foreign.is_empty(), "no call wrote anything elsewhere: {foreign:?}");
}
