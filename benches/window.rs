//! The window at 100,000 cases among a million uploads: the real page in the real browser engine on the real store. A table, not a test.
//!
//! `cargo xtask bench window` builds the programs, makes the home once (`crates/engine/examples/plenty.rs`), and starts this on a display in memory with
//! a session bus of its own. Goals stand beside the figures; a missed one makes the run fail.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot run")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use serde_json::Value;

/// How often a way of the page is taken.
const ROUNDS: u64 = 60;
/// Pages scrolled through while the memory is looked at.
const PAGES: u64 = 300;
/// For how long nothing is done, to see what that costs.
const IDLE: Duration = Duration::from_secs(20);

/// The web driver with its window; both end with it.
struct Driver {
    child: Child,
    port: u16,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        drop(self.child.wait());
    }
}

fn main() {
    let (Some(program), Some(home)) = (path("GATEHOUSE_BENCH_PROGRAM"), path("GATEHOUSE_BENCH_HOME")) else {
        println!("skipped: cargo xtask bench window builds what this needs, and starts it on a display");
        return;
    };
    let missed = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(measure(&program, &home));
    assert!(missed.is_empty(), "goals missed: {}", missed.join(", "));
}

#[expect(clippy::disallowed_methods, reason = "the chore that starts this says where things are")]
fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// The table, line by line, with the goals that were missed.
#[derive(Default)]
struct Table {
    missed: Vec<String>,
}

impl Table {
    fn line(&mut self, what: &str, unit: &str, goal: f64, value: f64, more: &str) {
        let is_met = value <= goal;
        println!("| {what} | {value:.0} {unit} | ≤ {goal:.0} {unit} | {} | {more} |", if is_met { "yes" } else { "**no**" });
        if !is_met {
            self.missed.push(what.to_owned());
        }
    }

    /// Median and 95th percentile of times in milliseconds; the goal is for the latter.
    fn times(&mut self, what: &str, goal: f64, mut times: Vec<f64>) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        self.line(what, "ms", goal, at(0.95), &format!("median {:.0} ms, {} times", at(0.5), times.len()));
    }
}

async fn measure(program: &Path, home: &Path) -> Vec<String> {
    let mut table = Table::default();
    println!("| What | p95 or value | Goal | Met | |\n|---|---|---|---|---|");
    let driver = start(home);
    let began = Instant::now();
    let client = open(&driver, program).await;
    wait(&client, "document.querySelector('[data-testid=inbox-row]')").await;
    table.line(
        "start of the process to the first row, with the driver",
        "ms",
        1_500.0,
        began.elapsed().as_secs_f64() * 1e3,
        "the home is open, the page is drawn",
    );
    let paint = number(&client, "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0").await;
    table.line("first paint of the page", "ms", 1_000.0, paint, "after its navigation began");
    client.set_window_rect(0, 0, 1280, 800).await.expect("a window of 1280 by 800");

    table.times("inbox opens from another screen", 300.0, many(&client, OPENS, ROUNDS / 2).await);
    table.times("`j`: key to next case painted", 50.0, many(&client, &next("j"), ROUNDS).await);
    table.times("`2`: decision to next case painted", 50.0, many(&client, &next("2"), ROUNDS / 2).await);
    for _ in 0..ROUNDS / 2 {
        number(
            &client,
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', code: 'KeyZ', bubbles: true })); return 1",
        )
        .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let before = memory(home);
    let rows = many(&client, SCROLLS, PAGES).await;
    table.line("rows in the page while scrolling", "rows", 120.0, rows.iter().copied().fold(0.0, f64::max), &format!("{PAGES} pages"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = memory(home);
    table.line(
        "memory of all processes after scrolling",
        "MiB",
        250.0,
        after,
        &format!("{before:.0} MiB before it; shared pages by share (PSS)"),
    );
    let cost = idle(home).await;
    table.line("processor while nothing happens", "‰ of a core", 5.0, cost, &format!("over {} s", IDLE.as_secs()));
    client.close().await.expect("the window closes");
    table.missed
}

fn start(home: &Path) -> Driver {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let child = Command::new("WebKitWebDriver")
        .arg(format!("--port={port}"))
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("GATEHOUSE_HOME", home)
        .env("XDG_DATA_HOME", home.with_extension("web-view"))
        .stdout(Stdio::null())
        .spawn()
        .expect("WebKitWebDriver is installed (Debian: webkit2gtk-driver)");
    Driver { child, port }
}

async fn open(driver: &Driver, program: &Path) -> Client {
    let options = serde_json::json!({"binary": program, "args": []});
    let capabilities = serde_json::Map::from_iter([("webkitgtk:browserOptions".to_owned(), options)]);
    let address = format!("http://127.0.0.1:{}", driver.port);
    for _ in 0..200 {
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        if let Ok(client) = builder.capabilities(capabilities.clone()).connect(&address).await {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no window opened");
}

async fn wait(client: &Client, condition: &str) {
    for _ in 0..1_200 {
        if client.execute(&format!("return Boolean({condition})"), Vec::new()).await.is_ok_and(|it| it == Value::Bool(true)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{condition} never came");
}

async fn number(client: &Client, script: &str) -> f64 {
    client.execute(script, Vec::new()).await.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
}

/// Runs an asynchronous script again and again; each gives one number.
async fn many(client: &Client, script: &str, times: u64) -> Vec<f64> {
    let mut all = Vec::new();
    for _ in 0..times {
        let value = client.execute_async(script, Vec::new()).await.expect("the page answers");
        all.push(value.as_f64().expect("a number"));
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    all
}

/// From the click on Inbox until its rows have been painted.
const OPENS: &str = "const done = arguments[arguments.length - 1];
const painted = (run) => requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = run; channel.port2.postMessage(0); });
document.querySelector('[data-testid=nav-sites]').click();
setTimeout(() => {
  const began = performance.now();
  document.querySelector('[data-testid=nav-inbox]').click();
  const look = () => document.querySelector('[data-testid=inbox-row]') ? painted(() => done(performance.now() - began)) : requestAnimationFrame(look);
  requestAnimationFrame(look);
}, 400);";

/// From a key until the panel shows the plan of another row and has been painted.
fn next(key: &str) -> String {
    let code = if key == "j" { "KeyJ" } else { "Digit2" };
    format!(
        "const done = arguments[arguments.length - 1];
const painted = (run) => requestAnimationFrame(() => {{ const channel = new MessageChannel(); channel.port1.onmessage = run; channel.port2.postMessage(0); }});
const focused = () => document.querySelector('[data-testid=inbox-row][data-focus=\"true\"]');
const row = focused() ?? document.querySelector('[data-testid=inbox-row]');
row.focus();
const before = row.dataset.case;
const shown = () => {{
  const now = focused()?.dataset.case, panel = document.querySelector('[data-testid=case-panel]');
  return now && now !== before && panel && panel.getAttribute('aria-label').endsWith(' ' + now) && panel.querySelector('[data-testid=plan]');
}};
const began = performance.now();
document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', code: '{code}', bubbles: true, cancelable: true }}));
const look = () => shown() ? painted(() => done(performance.now() - began)) : performance.now() - began > 5000 ? done(5000) : setTimeout(look, 1);
look();"
    )
}

/// One page further; gives how many rows stand in the page.
const SCROLLS: &str = "const done = arguments[arguments.length - 1];
document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', code: 'PageDown', bubbles: true, cancelable: true }));
requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelectorAll('[data-testid=inbox-row]').length)));";

/// The processes of this window: its own, and those of the web view; not the driver.
fn processes(home: &Path) -> Vec<PathBuf> {
    let mark = [b"GATEHOUSE_HOME=", home.as_os_str().as_encoded_bytes()].concat();
    let is_ours = |process: &Path| {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark) && !name.starts_with("WebKitWebDriver")
    };
    std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path()).filter(|process| is_ours(process)).collect()
}

/// Memory of all of them in MiB, shared pages by their share.
fn memory(home: &Path) -> f64 {
    let pss = |process: &PathBuf| -> f64 {
        let text = std::fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0)
    };
    processes(home).iter().map(pss).sum::<f64>() / 1024.0
}

/// What the processes take of a core while nobody does anything, in thousandths.
async fn idle(home: &Path) -> f64 {
    // Ticks of user and system time: the 14th and 15th field, after the name in brackets, which may hold blanks.
    let ticks = || -> f64 {
        let of = |process: &PathBuf| -> f64 {
            let text = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
            let fields: Vec<&str> = text.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect()).unwrap_or_default();
            fields.get(11..13).map_or(0.0, |both| both.iter().filter_map(|text| text.parse::<f64>().ok()).sum())
        };
        processes(home).iter().map(of).sum()
    };
    let before = ticks();
    tokio::time::sleep(IDLE).await;
    // A hundred ticks are a second.
    (ticks() - before) / 100.0 / IDLE.as_secs_f64() * 1000.0
}
