//! The real window, driven through WebKitWebDriver: the stranger's first minutes, from the practice button to the file that is back.
//!
//! Needs a display and a session bus of its own (`cargo xtask test` starts both), and the two debug programs. Without
//! `GATEHOUSE_WINDOW_TEST=1` every test says "skipped". Pictures of the screen go to `test-artefacts/`, which is not committed.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test stops at the first surprise and says why")]

#[path = "window/hostile.rs"]
mod hostile;
#[expect(dead_code, reason = "shared with the black-box tests, which use more of it")]
mod random;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use tempfile::TempDir;

/// How long a state of the screen may take. Normal is well under a second; a busy machine is not a failure.
const DEADLINE: Duration = Duration::from_secs(60);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// Name of the practice picture that is on the practice list byte by byte.
const ORIGINAL: &str = "practice-original.png";

/// The web driver; killed with its window when this goes.
struct Driver {
    child: Child,
    port: u16,
    home: TempDir,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Already ended is as good.
        self.child.kill().unwrap_or_default();
        self.child.wait().expect("the driver ends");
        end_window(self.home.path());
    }
}

/// Whether a window of this home is still there.
fn window_of(home: &Path) -> Option<rustix::process::Pid> {
    process_of(home, b"gatehouse-deskt")
}

/// A process of this home by its name, of which the system keeps fifteen letters.
fn process_of(home: &Path, name: &[u8]) -> Option<rustix::process::Pid> {
    let mark = [b"GATEHOUSE_HOME=", home.join("home").as_os_str().as_encoded_bytes()].concat();
    std::fs::read_dir("/proc").into_iter().flatten().flatten().find_map(|process| {
        let is_window = std::fs::read(process.path().join("comm")).is_ok_and(|comm| comm.starts_with(name));
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let is_ours = environment.split(|byte| *byte == 0).any(|variable| variable == mark);
        let number = process.file_name().to_str().and_then(|name| name.parse().ok());
        number.and_then(rustix::process::Pid::from_raw).filter(|_| is_window && is_ours)
    })
}

/// A window that outlives its session would take over the next test's window, which then never opens. It is ended, and said.
fn end_window(home: &Path) {
    let started = Instant::now();
    while let Some(window) = window_of(home) {
        if started.elapsed() > Duration::from_secs(10) {
            println!("the window did not end within 10 s of its session; it is killed");
            rustix::process::kill_process(window, rustix::process::Signal::KILL).unwrap_or_default();
        }
        std::thread::sleep(LOOK);
    }
}

impl Driver {
    fn start() -> Self {
        Self::choosing(|_| Vec::new())
    }

    /// File choosers cannot be driven: what a person would choose comes from a variable that the program reads for tests. `make` gets an
    /// empty folder to put it in.
    fn choosing(make: impl FnOnce(&Path) -> Vec<PathBuf>) -> Self {
        let home = tempfile::Builder::new().prefix("gatehouse-window-").tempdir().expect("a temporary directory");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let chosen = std::env::join_paths(make(home.path())).expect("no path holds the separator");
        let child = Command::new("WebKitWebDriver")
            .env("GATEHOUSE_CHOOSE", chosen)
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("GATEHOUSE_HOME", home.path().join("home"))
            .env("XDG_DATA_HOME", home.path().join("web-view"))
            // CI runs in a container as root, where the window would rightly refuse.
            .env("GATEHOUSE_ALLOW_ROOT", "1")
            .stdout(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is installed (Debian: webkit2gtk-driver)");
        Self { child, port, home }
    }

    fn practice(&self) -> PathBuf {
        self.home.path().join("home/practice/uploads")
    }

    async fn open(&self) -> Client {
        let options = serde_json::json!({"binary": program(), "args": []});
        let capabilities = serde_json::Map::from_iter([("webkitgtk:browserOptions".to_owned(), options)]);
        let address = format!("http://127.0.0.1:{}", self.port);
        let started = Instant::now();
        loop {
            let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            // The driver waits for ever for a window that never comes.
            match tokio::time::timeout(DEADLINE, builder.capabilities(capabilities.clone()).connect(&address)).await {
                Ok(Ok(client)) => return client,
                Ok(Err(error)) if started.elapsed() > DEADLINE => panic!("the window opens: {error}"),
                Ok(Err(_)) => tokio::time::sleep(LOOK).await,
                Err(_) => panic!("no window opened within {} s", DEADLINE.as_secs()),
            }
        }
    }
}

/// The desktop program beside the command line under test.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_gatehouse")).with_file_name("gatehouse-desktop");
    assert!(program.is_file(), "the window is built first: cargo build -p gatehouse-desktop");
    program
}

fn is_wanted() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the switch that says whether a display is there")]
    let wanted = std::env::var_os("GATEHOUSE_WINDOW_TEST").is_some_and(|value| value == "1");
    if !wanted {
        println!("skipped: no window test without GATEHOUSE_WINDOW_TEST=1 (cargo xtask test sets it, with a display)");
    }
    wanted
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test);
}

fn by(testid: &str) -> String {
    format!("[data-testid='{testid}']")
}

async fn find(client: &Client, css: &str) -> fantoccini::elements::Element {
    client
        .wait()
        .at_most(DEADLINE)
        .every(LOOK)
        .for_element(Locator::Css(css))
        .await
        .unwrap_or_else(|error| panic!("{css} appears: {error}"))
}

async fn gone(client: &Client, css: &str) {
    let started = Instant::now();
    while client.find(Locator::Css(css)).await.is_ok() {
        assert!(started.elapsed() < DEADLINE, "{css} goes away");
        tokio::time::sleep(LOOK).await;
    }
}

async fn press(client: &Client, keys: &str) {
    client.active_element().await.expect("something has the focus").send_keys(keys).await.expect("keys are taken");
}

/// Waits until the panel shows the plan of the row that has the focus: before that a decision key rightly does nothing.
async fn plan_shown(client: &Client) {
    let shown = "const row = document.querySelector('[data-testid=inbox-row][data-focus=\"true\"]'); const panel = document.querySelector('[data-testid=case-panel]');
        return Boolean(row && panel && panel.getAttribute('aria-label').endsWith(' ' + row.dataset.case) && panel.querySelector('[data-testid=plan]'));";
    let started = Instant::now();
    while client.execute(shown, Vec::new()).await.expect("the page answers") != serde_json::Value::Bool(true) {
        assert!(started.elapsed() < DEADLINE, "the plan of the case is shown");
        tokio::time::sleep(LOOK).await;
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < DEADLINE, "{what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// All text of an element. Not the driver's own notion of text, which leaves out what stands in a `bdi`, as every foreign name does.
async fn text(client: &Client, css: &str) -> String {
    find(client, css).await.prop("textContent").await.ok().flatten().unwrap_or_default()
}

/// A picture of the screen. Right after a change the driver gives the frame before it, so two frames pass first.
async fn picture(client: &Client, name: &str) {
    let two_frames =
        "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150)));";
    client.execute_async(two_frames, Vec::new()).await.expect("the page draws");
    let png = client.screenshot().await.expect("a picture of the screen");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-artefacts");
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    std::fs::write(folder.join(format!("{name}.png")), png).expect("the picture is kept");
}

#[test]
fn a_practice_picture_goes_into_the_inbox_and_away_and_comes_back() {
    if !is_wanted() {
        return;
    }
    run(async {
        let driver = Driver::start();
        let client = driver.open().await;
        client.set_window_rect(0, 0, 1280, 800).await.expect("a window of 1280 by 800");
        find(&client, &by("first-run-practice")).await;
        picture(&client, "1-first-run").await;
        find(&client, &by("first-run-practice")).await.click().await.expect("practice is chosen");

        let exact = "[data-testid='inbox-row'][data-match='exact']";
        find(&client, exact).await.click().await.expect("the exact case is chosen");
        find(&client, "[data-testid='inbox-row'][data-match='turned']").await;
        find(&client, "[data-testid='inbox-row'][data-match='near']").await;
        plan_shown(&client).await;
        picture(&client, "inbox").await;
        let file = driver.practice().join(ORIGINAL);
        let bytes = std::fs::read(&file).expect("the practice picture is in its folder");

        press(&client, "1").await;
        find(&client, &by("toast-undo")).await;
        picture(&client, "2-draft").await;
        assert!(file.exists(), "nothing moves before the clock ends");
        press(&client, "z").await;
        find(&client, exact).await;
        assert!(file.exists(), "undo leaves the file where it was");

        find(&client, exact).await.click().await.expect("the case is chosen again");
        plan_shown(&client).await;
        press(&client, "1").await;
        find(&client, &by("toast-now")).await.click().await.expect("the clock is cut short");
        until("the file leaves the folder", || !file.exists()).await;
        picture(&client, "3-taken-down").await;
        press(&client, "z").await;
        until("the file is back", || file.exists()).await;
        assert_eq!(std::fs::read(&file).expect("it can be read"), bytes, "it is back, identical");
        find(&client, exact).await;

        for (screen, name) in
            [("sites", "4-sites"), ("lists", "5-lists"), ("record", "6-record"), ("unchecked", "7-unchecked"), ("settings", "8-settings")]
        {
            find(&client, &by(&format!("nav-{screen}"))).await.click().await.expect("the screen opens");
            find(&client, "main h1").await;
            picture(&client, name).await;
        }
        assert!(text(&client, "main").await.contains("60"), "the settings name the undo time");
        find(&client, &by("theme-dark")).await.click().await.expect("dark is chosen");
        picture(&client, "12-settings-dark").await;
        find(&client, &by("nav-inbox")).await.click().await.expect("the inbox opens");
        find(&client, "[data-testid='inbox-row']").await.click().await.expect("a case is chosen");
        plan_shown(&client).await;
        picture(&client, "13-inbox-dark").await;
        client.close().await.expect("the window closes");
    });
}

#[test]
fn a_stranger_points_it_at_their_own_uploads_and_their_own_list() {
    if !is_wanted() {
        return;
    }
    run(async {
        let driver = Driver::choosing(|folder| {
            let (uploads, list) = (folder.join("uploads"), folder.join("own-list.txt"));
            std::fs::create_dir(&uploads).expect("a folder for uploads");
            std::fs::write(uploads.join("named-by-the-list"), "hello").expect("an upload");
            std::fs::write(uploads.join("innocent"), "nothing that a list names").expect("an upload");
            // MD5 of "hello".
            std::fs::write(&list, "5d41402abc4b2a76b9719d911017c592\n").expect("a list file");
            vec![uploads, list]
        });
        let client = driver.open().await;
        client.set_window_rect(0, 0, 900, 600).await.expect("a small window");
        find(&client, &by("first-run-practice")).await.click().await.expect("practice comes first");
        find(&client, "[data-testid='inbox-row'][data-match='exact']").await;

        find(&client, &by("nav-sites")).await.click().await.expect("the sites open");
        for testid in ["site-add", "choose-folder", "mode-live"] {
            find(&client, &by(testid)).await.click().await.expect("the site is set up");
        }
        picture(&client, "9-own-site").await;
        find(&client, &by("site-add-confirm")).await.click().await.expect("the site is added");
        gone(&client, &by("site-add-confirm")).await;

        find(&client, &by("nav-lists")).await.click().await.expect("the lists open");
        find(&client, &by("list-add")).await.click().await.expect("a list is added");
        find(&client, &by("list-follow")).await.click().await.expect("it is looked at again when it changes");
        find(&client, &by("list-add-file")).await.click().await.expect("a list is chosen");
        find(&client, &format!("{} option[value='local']", by("import-harm"))).await.click().await.expect("its harm is named");
        picture(&client, "10-own-list").await;
        find(&client, &by("import-confirm")).await.click().await.expect("the list is imported");
        gone(&client, &by("import-confirm")).await;
        picture(&client, "14-followed-list").await;
        let lists = text(&client, "main").await;
        assert!(lists.contains("own-list") && lists.contains("Looked"), "the list is followed: {lists}");

        find(&client, &by("nav-inbox")).await.click().await.expect("the inbox opens");
        let started = Instant::now();
        while !text(&client, "main").await.contains("own-list") {
            assert!(started.elapsed() < DEADLINE, "the upload that the list names is in the inbox");
            if let Ok(arrivals) = client.find(Locator::Css(&by("arrivals"))).await {
                // It may go by itself meanwhile.
                arrivals.click().await.unwrap_or_default();
            }
            tokio::time::sleep(LOOK).await;
        }
        picture(&client, "11-own-case").await;
        client.close().await.expect("the window closes");
    });
}

#[test]
fn the_window_answers_while_ten_thousand_files_are_swept() {
    if !is_wanted() {
        return;
    }
    run(async {
        let driver = Driver::start();
        let client = driver.open().await;
        find(&client, &by("first-run-practice")).await.click().await.expect("practice is chosen");
        find(&client, "[data-testid='inbox-row']").await;
        let folder = driver.practice().join("many");
        std::fs::create_dir(&folder).expect("a folder in the site");
        for number in 0..10_000 {
            std::fs::write(folder.join(format!("{number}.txt")), format!("harmless text {number}")).expect("a file");
        }
        let started = Instant::now();
        let mut screens = ["sites", "record", "lists", "inbox"].iter().cycle();
        let mut slowest = Duration::ZERO;
        let mut shown = String::new();
        while !shown.contains("10,00") && started.elapsed() < DEADLINE * 2 {
            let screen = screens.next().expect("a cycle has no end");
            let asked = Instant::now();
            find(&client, &by(&format!("nav-{screen}"))).await.click().await.expect("the window takes clicks");
            find(&client, "main h1").await;
            slowest = slowest.max(asked.elapsed());
            if *screen == "sites" {
                shown = text(&client, "main").await;
            }
            tokio::time::sleep(LOOK).await;
        }
        println!(
            "10,000 files shown as checked after {:.1} s; slowest answer of the window {} ms",
            started.elapsed().as_secs_f64(),
            slowest.as_millis()
        );
        assert!(shown.contains("10,00"), "the sites screen counts all of them: {shown}");
        client.close().await.expect("the window closes");
    });
}

#[test]
fn a_draft_survives_the_end_of_the_window() {
    if !is_wanted() {
        return;
    }
    run(async {
        let driver = Driver::start();
        let client = driver.open().await;
        find(&client, &by("first-run-practice")).await.click().await.expect("practice is chosen");
        let exact = "[data-testid='inbox-row'][data-match='exact']";
        find(&client, exact).await.click().await.expect("the exact case is chosen");
        plan_shown(&client).await;
        press(&client, "1").await;
        find(&client, &by("toast-undo")).await;
        client.close().await.expect("the window closes");

        let client = driver.open().await;
        let toast = text(&client, &by("toast")).await;
        assert!(toast.contains("before"), "the decision from before is said, with its full time: {toast}");
        assert!(driver.practice().join(ORIGINAL).exists(), "nothing happened while Gatehouse was closed");
        press(&client, &Key::Escape.to_string()).await;
        find(&client, &by("toast-undo")).await.click().await.expect("it can be undone");
        find(&client, exact).await;
        client.close().await.expect("the window closes");
    });
}

/// The window without a driver, so that nothing but a person's desktop is there; ended with it.
struct Plain {
    child: Child,
    home: TempDir,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().expect("the window ends");
    }
}

impl Plain {
    fn start(arguments: &[&str]) -> Self {
        let home = tempfile::Builder::new().prefix("gatehouse-window-").tempdir().expect("a temporary directory");
        let child = Command::new(program())
            .args(arguments)
            .env("GATEHOUSE_HOME", home.path().join("home"))
            .env("XDG_DATA_HOME", home.path().join("web-view"))
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("GATEHOUSE_ALLOW_ROOT", "1")
            // Answers the dialogs of the shell, which no test can press.
            .env("GATEHOUSE_CHOOSE", home.path())
            .spawn()
            .expect("the window starts");
        Self { child, home }
    }

    /// How often the log says this.
    fn said(&self, what: &str) -> usize {
        let logs = std::fs::read_dir(self.home.path().join("home/logs")).into_iter().flatten().flatten();
        let text: String = logs.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect();
        text.matches(&format!("\"what\":\"{what}\"")).count()
    }

    /// The process of the web view that draws the page.
    fn page(&self) -> Option<rustix::process::Pid> {
        process_of(self.home.path(), b"WebKitWebProces")
    }
}

#[test]
fn the_page_comes_back_after_its_process_was_killed_and_watching_goes_on() {
    if !is_wanted() {
        return;
    }
    run(async {
        let mut window = Plain::start(&[]);
        until("the page is drawn", || window.said("page_ready") == 1).await;
        let page = window.page().expect("a process draws the page");
        rustix::process::kill_process(page, rustix::process::Signal::KILL).expect("it can be killed");
        until("the page is drawn again", || window.said("page_ready") == 2).await;
        assert_eq!((window.said("page_ended"), window.said("page_opened_again")), (1, 1), "the log says both");
        assert!(window.page().is_some_and(|again| again != page), "another process draws it");
        assert!(window.child.try_wait().expect("it can be asked").is_none(), "the program went on");
        assert_eq!((window.said("watching"), window.said("closed")), (1, 0), "and so did watching");
        let itself = rustix::process::Pid::from_child(&window.child);
        rustix::process::kill_process(itself, rustix::process::Signal::TERM).expect("it can be ended");
        until("it ends when the system says so", || window.child.try_wait().expect("it can be asked").is_some()).await;
        assert_eq!(window.said("closed"), 1, "cleanly");
    });
}

#[test]
fn a_start_into_the_background_watches() {
    if !is_wanted() {
        return;
    }
    run(async {
        let window = Plain::start(&["--background"]);
        until("watching begins", || window.said("watching") == 1).await;
        until("the page is ready behind the scenes", || window.said("page_ready") == 1).await;
        let gatehouse = |arguments: &[&str]| {
            let ran =
                Command::new(env!("CARGO_BIN_EXE_gatehouse")).arg("--home").arg(window.home.path().join("home")).args(arguments).output();
            let ran = ran.expect("the command line runs");
            assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8(ran.stderr).unwrap_or_default());
        };
        let (uploads, list) = (window.home.path().join("uploads"), window.home.path().join("own-list.txt"));
        std::fs::create_dir(&uploads).expect("a folder for uploads");
        std::fs::write(&list, "5d41402abc4b2a76b9719d911017c592\n").expect("a list file");
        gatehouse(&["list", "add", list.to_str().expect("plain text"), "--harm", "local", "--yes"]);
        gatehouse(&["site", "add", uploads.to_str().expect("plain text")]);
        std::fs::write(uploads.join("named-by-the-list"), "hello").expect("an upload");
        // Without a window manager nothing minimises the window: it has the focus, so that nothing is told. What is told, and when, is a table in the
        // engine's digest.
        until("the case is found", || window.said("case_changed") >= 1).await;
    });
}
