//! A fresh home for each test, the program run in it, a reader for `watch --json`, pictures that are made here, and list files.
//!
//! Nothing sleeps for a result: everything waits for a state, with [`DEADLINE`]. `GATEHOUSE_TEST_KEEP=1` keeps the homes and prints where they are.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Cursor};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use sha2::Digest as _;
use tempfile::TempDir;

#[path = "random.rs"]
mod random;
pub use random::Random;

/// How long a state may take. Far beyond what is normal, even on a busy machine: a test waits this long only when it fails.
pub const DEADLINE: Duration = Duration::from_secs(60);
/// Pause between two looks at a state.
const LOOK: Duration = Duration::from_millis(20);

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_gatehouse");

/// A fresh place with a home that does not exist yet, and the folder of a site.
pub struct Home {
    root: PathBuf,
    _removed_at_the_end: Option<TempDir>,
}

/// How one run of the program ended.
pub struct Ran {
    /// Exit code; -1 after a signal.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Every line of standard output as JSON.
    pub fn facts(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("each line is one JSON value: {error}: {line}"));
        self.out.lines().map(parse).collect()
    }

    /// The last line of standard output as JSON.
    pub fn last(&self) -> Value {
        self.facts().pop().unwrap_or_else(|| panic!("there is a line: {}", self.err))
    }

    /// Fails the test unless the exit code is this.
    #[track_caller]
    pub fn code(self, code: i32, why: &str) -> Self {
        assert_eq!(self.code, code, "{why}\nstdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}

impl Home {
    pub fn new() -> Self {
        let temp = tempfile::Builder::new().prefix("gatehouse-test-").tempdir().expect("a temporary directory");
        #[expect(clippy::disallowed_methods, reason = "the one switch of these tests comes from the environment")]
        let keep = std::env::var_os("GATEHOUSE_TEST_KEEP").is_some_and(|value| value == "1");
        let root = temp.path().canonicalize().expect("the temporary directory is there");
        std::fs::create_dir(root.join("site")).expect("the folder of the site");
        if keep {
            println!("kept: {}", temp.keep().display());
            return Self { root, _removed_at_the_end: None };
        }
        Self { root, _removed_at_the_end: Some(temp) }
    }

    /// The same, with its site added under the name `forum`.
    pub fn with_site() -> Self {
        let home = Self::new();
        home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
        home
    }

    /// The home of the program.
    pub fn dir(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The folder of the site.
    pub fn site(&self) -> PathBuf {
        self.root.join("site")
    }

    /// A path beside home and site.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The program with an empty environment, on this home.
    pub fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("HOME", &self.root).arg("--home").arg(self.dir());
        command
    }

    /// Runs a command with `--json`.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command().arg("--json").args(arguments))
    }

    /// Runs a command with `--json` that must end with 0, and gives its last line.
    #[track_caller]
    pub fn ok<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        self.run(arguments).code(0, "the command succeeds").facts().pop().unwrap_or(Value::Null)
    }

    /// The same, all lines.
    #[track_caller]
    pub fn all<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Vec<Value> {
        self.run(arguments).code(0, "the command succeeds").facts()
    }

    /// Starts a command and does not wait for it.
    pub fn start<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Started {
        let mut command = self.command();
        command.arg("--json").args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Started(command.spawn().expect("the program starts"))
    }

    /// Starts `watch --json` and waits until the site is watched and was swept once.
    pub fn watch(&self) -> Watch {
        let mut watch = Watch::start(self);
        watch.wait("the site is watched", |event| {
            event["event"] == "health" && (event["health"] == "watching" || event["health"] == "polling")
        });
        watch.wait("the first sweep is over", |event| event["event"] == "sweep" && event["complete"] == true);
        watch
    }

    /// Writes a file into the site.
    pub fn upload(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.site().join(name);
        std::fs::write(&path, bytes).expect("the upload is written");
        path
    }

    /// Writes a file beside the site.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.beside(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }

    /// Adds a list of SHA-256 digests under this name, harm `local`.
    #[track_caller]
    pub fn list_of(&self, name: &str, contents: &[&[u8]]) {
        let lines: String = contents.iter().map(|content| sha256(content) + "\n").collect();
        let file = self.file(&format!("{name}.txt"), lines);
        self.ok(["list", "add", &text(&file), "--name", name, "--harm", "local", "--kind", "sha256", "--yes"]);
    }

    /// Sweeps until nothing waits, and gives what the sweep printed.
    #[track_caller]
    pub fn sweep(&self) -> Value {
        self.ok(["sweep"])
    }

    /// Counts of the site.
    #[track_caller]
    pub fn counts(&self) -> Counts {
        let facts = self.ok(["site", "show", "forum"]);
        let number = |key: &str| facts[key].as_u64().unwrap_or_else(|| panic!("{key} is a number: {facts}"));
        Counts {
            files: number("files"),
            checked: number("checked"),
            could_not_check: number("could_not_check"),
            waiting: number("waiting"),
            gone: number("gone"),
        }
    }

    /// The rows of the ledger, oldest first, with their bodies read.
    #[track_caller]
    pub fn ledger(&self) -> Vec<Value> {
        let file = self.dir().join("backup/ledger.jsonl");
        let text = std::fs::read_to_string(file).expect("the copy of the ledger");
        let row = |line: &str| {
            let mut row: Value = serde_json::from_str(line).expect("one row a line");
            row["body"] = serde_json::from_str(row["body"].as_str().unwrap_or_default()).expect("a body is JSON");
            row
        };
        text.lines().map(row).collect()
    }

    /// The only case there is.
    #[track_caller]
    pub fn only_case(&self) -> i64 {
        let cases = self.all(["inbox", "--state", "all"]);
        assert_eq!(cases.len(), 1, "there is one case: {cases:?}");
        number(&cases[0]["case"])
    }

    /// `show` of a case.
    #[track_caller]
    pub fn case(&self, case: i64) -> Value {
        self.ok(["show", &case.to_string()])
    }

    /// The database, as an outsider reads it.
    pub fn database(&self) -> Connection {
        let connection =
            Connection::open_with_flags(self.dir().join("gatehouse.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the database opens");
        connection.busy_timeout(Duration::from_secs(5)).expect("the database answers");
        connection
    }

    /// Changes the database while no process runs on this home.
    pub fn change(&self, sql: &str) {
        let connection = Connection::open(self.dir().join("gatehouse.db")).expect("the database opens");
        connection.execute_batch(sql).expect("the change is made");
    }

    /// A draft waits this long, from the next start on.
    pub fn set_undo_seconds(&self, seconds: u32) {
        self.change(&format!("INSERT INTO setting VALUES ('undo_seconds', '{seconds}') ON CONFLICT DO UPDATE SET value = excluded.value"));
    }

    /// One number from the database.
    pub fn query(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{error}: {sql}"))
    }

    /// Every current upload row: path, state, reason, place.
    pub fn rows(&self) -> Vec<Row> {
        let connection = self.database();
        let mut statement = connection
            .prepare("SELECT path, state, coalesce(reason, ''), place FROM upload WHERE current = 1 ORDER BY path")
            .expect("the table is there");
        let rows =
            statement.query_map([], |row| Ok(Row { path: row.get(0)?, state: row.get(1)?, reason: row.get(2)?, place: row.get(3)? }));
        rows.expect("the rows are read").collect::<Result<_, _>>().expect("each row is whole")
    }

    /// Files that were taken down, by SHA-256: in the holding directory, or decrypted from the vault, where one file stands for all uploads of its
    /// content. One whose plain copy was not removed yet counts once.
    pub fn held(&self) -> HashMap<String, u64> {
        let mut held = contents_below(&self.dir().join("holding"));
        let connection = self.database();
        let texts = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).expect("the tables are there");
            let rows = statement.query_map([], |row| row.get(0)).expect("the rows are read");
            rows.collect::<Result<_, _>>().expect("each row is whole")
        };
        let left = "SELECT s.id || '/' || a.holding_name FROM action a JOIN upload u ON u.id = a.upload JOIN site s ON s.id = u.site
                    WHERE a.kind = 'seal' AND a.state = 'intent' AND u.place = 'vault'";
        for path in texts(left) {
            if let Ok(bytes) = std::fs::read(self.dir().join("holding").join(path)) {
                held.entry(sha256(&bytes)).and_modify(|times| *times -= 1);
            }
        }
        let sealed = "SELECT v.triage_case || '-' || v.n || '.age' FROM upload u JOIN vault_file v ON v.id =
                      (SELECT a.vault_file FROM action a WHERE a.upload = u.id AND a.kind = 'seal' AND a.vault_file IS NOT NULL
                       AND a.state IN ('intent', 'done') ORDER BY a.id DESC LIMIT 1) WHERE u.place = 'vault'";
        let mut opened: HashMap<String, String> = HashMap::new();
        for name in texts(sealed) {
            let content =
                opened.entry(name).or_insert_with_key(|name| sha256(&self.unsealed(&self.dir().join("vault").join(name)))).clone();
            *held.entry(content).or_insert(0) += 1;
        }
        held.retain(|_, times| *times > 0);
        held
    }

    /// What a file of the vault holds, opened with the key of the home as anybody with `age` would open it.
    pub fn unsealed(&self, file: &Path) -> Vec<u8> {
        let key = self.vault_key();
        let sealed = std::fs::File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let decryptor = age::Decryptor::new(std::io::BufReader::new(sealed)).expect("an age file");
        let mut plain = Vec::new();
        let mut reader = decryptor.decrypt(std::iter::once(&key as &dyn age::Identity)).expect("it is for this key");
        std::io::Read::read_to_end(&mut reader, &mut plain).expect("it is whole");
        plain
    }

    /// The file of the vault's key.
    pub fn vault_key_file(&self) -> PathBuf {
        let mut keys = std::fs::read_dir(self.dir().join("keys")).expect("the keys").map_while(Result::ok).map(|entry| entry.path());
        keys.find(|path| text(path).contains("/vault-age1")).expect("something was sealed, so there is a key")
    }

    fn vault_key(&self) -> age::x25519::Identity {
        let file = std::fs::read_to_string(self.vault_key_file()).expect("the key is text");
        file.lines().last().expect("a line").parse().expect("a key of age")
    }

    /// Encrypted files in the vault.
    pub fn sealed_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir().join("vault")).expect("the vault").map_while(Result::ok).map(|entry| entry.path());
        let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "age")).collect();
        files.sort();
        files
    }
}

/// One current upload row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub path: Vec<u8>,
    pub state: String,
    pub reason: String,
    pub place: String,
}

impl Row {
    pub fn name(&self) -> String {
        self.path.escape_ascii().to_string()
    }
}

/// What `site show` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub files: u64,
    pub checked: u64,
    pub could_not_check: u64,
    pub waiting: u64,
    pub gone: u64,
}

impl Counts {
    /// Every regular file is in exactly one of the three.
    pub fn sum(&self) -> u64 {
        self.checked + self.could_not_check + self.waiting
    }
}

/// Runs any command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?} runs: {error}"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// Waits for a state.
#[track_caller]
pub fn eventually<T>(why: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "{why}: not within {} s", DEADLINE.as_secs());
        pause(LOOK);
    }
}

/// A pause that is part of what a test does (a slow upload) or lies between two looks, never a wait for a result.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// A running program. It is killed, with SIGKILL, when this is dropped.
pub struct Started(pub Child);

impl Started {
    /// Kills it at once, as the kernel or a power cut would.
    pub fn kill(&mut self) {
        self.0.kill().expect("our own child can be killed");
        self.0.wait().expect("our own child ends");
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("our own child can be asked").is_some()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A running `watch --json` with everything that it has said.
pub struct Watch {
    process: Started,
    events: Receiver<Value>,
    seen: Vec<Value>,
}

impl Watch {
    /// Starts it and does not wait.
    pub fn start(home: &Home) -> Self {
        Self::of(home.command().args(["--json", "watch"]))
    }

    /// The same of a command that ends in `--json watch`.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("watch starts");
        let stdout = child.stdout.take().expect("its output is ours");
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let Ok(event) = serde_json::from_str(&line) else { break };
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        Self { process: Started(child), events, seen: Vec::new() }
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// The first event, said already or still to come, that fits.
    #[track_caller]
    pub fn wait(&mut self, why: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.wait_from(0, why, fits)
    }

    /// The same, passing over the first `from` events: take [`Watch::said`] before the thing that makes the event.
    #[track_caller]
    pub fn wait_from(&mut self, from: usize, why: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        let mut looked = from;
        loop {
            while let Some(event) = self.seen.get(looked) {
                if fits(event) {
                    return event.clone();
                }
                looked += 1;
            }
            let left = DEADLINE.saturating_sub(started.elapsed());
            match self.events.recv_timeout(left) {
                Ok(event) => self.seen.push(event),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{why}: no such event within {} s\n{}", DEADLINE.as_secs(), self.told())
                }
                Err(RecvTimeoutError::Disconnected) => panic!("{why}: watch ended\n{}", self.told()),
            }
        }
    }

    /// The last events, for the message of a failure.
    fn told(&self) -> String {
        let lines: Vec<String> = self.seen.iter().rev().take(20).map(Value::to_string).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Waits until every one of these paths ended its check.
    #[track_caller]
    pub fn wait_for_all(&mut self, why: &str, paths: impl IntoIterator<Item = String>) {
        let mut missing: std::collections::HashSet<String> = paths.into_iter().collect();
        let (started, mut looked) = (Instant::now(), 0);
        loop {
            while let Some(event) = self.seen.get(looked) {
                if let (Some("checked" | "could_not_check"), Some(path)) = (event["event"].as_str(), event["path"].as_str()) {
                    missing.remove(path);
                }
                looked += 1;
            }
            if missing.is_empty() {
                return;
            }
            match self.events.recv_timeout(DEADLINE.saturating_sub(started.elapsed())) {
                Ok(event) => self.seen.push(event),
                Err(_) => panic!("{why}: {} were never checked, such as {:?}", missing.len(), missing.iter().next()),
            }
        }
    }

    /// How many events were read so far, those waiting included.
    pub fn said(&mut self) -> usize {
        self.seen.extend(self.events.try_iter());
        self.seen.len()
    }

    /// Events so far that fit.
    pub fn count(&mut self, fits: impl Fn(&Value) -> bool) -> usize {
        self.said();
        self.seen.iter().filter(|event| fits(event)).count()
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Asks it to end and gives its exit code.
    pub fn stop(mut self) -> i32 {
        let process = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("our own child can be asked to end");
        eventually("watch ends when asked to", || self.process.0.try_wait().expect("our own child can be asked")).code().unwrap_or(-1)
    }
}

/// A number of a JSON value.
#[track_caller]
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a number: {value}"))
}

/// A path that this test chose itself and that is plain text.
pub fn text(path: &Path) -> String {
    path.to_str().expect("a plain path").to_owned()
}

/// A name that is no UTF-8.
pub fn name_of_bytes(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// SHA-256 in hex, by another library call than the product's.
pub fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How often each content lies below a directory, links not followed.
pub fn contents_below(dir: &Path) -> HashMap<String, u64> {
    let mut found = HashMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = std::fs::read_dir(dir) else { continue };
        for entry in entries.map_while(Result::ok) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => dirs.push(entry.path()),
                Ok(kind) if kind.is_file() => {
                    // A file that is moved away in this very moment is found at its other place by the caller.
                    if let Ok(bytes) = std::fs::read(entry.path()) {
                        *found.entry(sha256(&bytes)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// A picture of soft colours with hard-edged blocks: rich enough for a fingerprint of full quality, and unlike that of any other seed.
pub fn picture(seed: u64) -> RgbImage {
    picture_sized(seed, 208, 156)
}

/// The same in another size.
pub fn picture_sized(seed: u64, width: u32, height: u32) -> RgbImage {
    let mut random = Random(seed);
    let small = RgbImage::from_fn(9, 7, |_, _| Rgb([0, 0, 0].map(|_: u8| random.next().to_le_bytes()[0])));
    let mut image = image::imageops::resize(&small, width, height, image::imageops::FilterType::Triangle);
    for _ in 0..6 {
        let colour = Rgb([0, 0, 0].map(|_: u8| random.next().to_le_bytes()[0]));
        let mut side = |whole: u32| (random.below(u64::from(whole)) as u32, random.below(u64::from(whole) / 3) as u32 + whole / 12);
        let ((x, wide), (y, high)) = (side(width), side(height));
        for (px, py) in (x..(x + wide).min(width)).flat_map(|px| (y..(y + high).min(height)).map(move |py| (px, py))) {
            image.put_pixel(px, py, colour);
        }
    }
    image
}

/// A picture as the bytes of a file.
pub fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image.clone()).write_to(&mut bytes, format).expect("the picture is encoded");
    bytes.into_inner()
}

/// A picture as PNG.
pub fn png(seed: u64) -> Vec<u8> {
    encoded(&picture(seed), ImageFormat::Png)
}

/// A picture as JPEG of this quality, 1 to 100.
pub fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image).expect("the picture is encoded");
    bytes
}

/// Bits that differ between two values in hex: the definition, with nothing clever in it.
pub fn hamming(a: &str, b: &str) -> u32 {
    assert_eq!(a.len(), b.len(), "both are the same kind of value");
    let digit = |character: char| character.to_digit(16).expect("hex");
    a.chars().zip(b.chars()).map(|(a, b)| (digit(a) ^ digit(b)).count_ones()).sum()
}
