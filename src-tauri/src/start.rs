//! What is decided before any window: the environment is read here and nowhere else, and what cannot work is refused in plain words.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use engine::config::Config;

use crate::autostart::{Autostart, BACKGROUND};

/// Exit code of a refusal: an error, as on the command line.
const REFUSED: u8 = 2;
/// Blank windows with some drivers go away, and about 75 MB are saved.
const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Software rendering: no graphics driver is asked for anything.
const BY_PROCESSOR: [(&str, &str); 2] = [("LIBGL_ALWAYS_SOFTWARE", "1"), ("WEBKIT_DISABLE_COMPOSITING_MODE", "1")];
/// Says that the switch of `config.toml` was followed, in the program's own environment.
const RENDERS: &str = "GATEHOUSE_RENDERS";

/// What `--help` prints.
const HELP: &str = "\
The window of Gatehouse.

Usage: gatehouse-desktop [--background]

  --background   start in the tray (minimised where there is none), as at login
  --help         print this

The home is GATEHOUSE_HOME, else the data directory of this system.

A blank window: write the line

    software_rendering = true

into config.toml in the home, and start again. The window is then drawn by the processor alone.

Without a window, the same work is done in a terminal: gatehouse --help
";

/// How often this start was tried before, in its own environment.
const TRIED: &str = "GATEHOUSE_TRIED";
/// Tries to start while another window ends: with [`BETWEEN_TRIES`] ten seconds, the longest that an ending window may take.
const MOST_TRIES: u32 = 20;
/// Pause between two of them.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

/// Set by whoever drives the window through WebDriver; Tauri reads it too.
const DRIVEN: &str = "TAURI_WEBVIEW_AUTOMATION";

/// What the program was started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The home.
    pub home: PathBuf,
    /// The small `gatehouse` program, which decodes pictures in a process of its own.
    pub worker: PathBuf,
    /// The program that speaks to the key store of the desktop, where there is one.
    pub key_store: Option<PathBuf>,
    /// For tests: answers the choosers instead of a dialog, which no test can drive. The first folder of it answers for folders, the first file for files.
    pub choose: Vec<PathBuf>,
    /// Started at login: the window stays in the background.
    pub background: bool,
    /// What the environment names as its language.
    pub language: String,
    /// Starting at login.
    pub autostart: Autostart,
    /// For tests: a WebDriver drives the window, which it cannot do in a private one (wry 0.57 on Linux).
    pub is_driven: bool,
}

/// Reads the environment and makes sure that a window can and may be opened.
///
/// # Errors
/// The sentences for the person who started it.
pub fn start() -> Result<Start, String> {
    refuse_root()?;
    need_display()?;
    let home = home()?;
    let config = Config::read(&home).map_err(|error| error.to_string())?;
    set_renderer(config);
    let program = std::env::current_exe().map_err(|error| format!("The place of this program is unknown: {error}."))?;
    let worker = program.with_file_name("gatehouse");
    let choose = variable("GATEHOUSE_CHOOSE").map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default();
    let key_store = engine::engine::vaulting::key_store(variable("GATEHOUSE_KEY_STORE"), variable("PATH"));
    let background = std::env::args_os().skip(1).any(|argument| argument == BACKGROUND);
    let autostart = Autostart { folder: autostart_folder(), program, home: variable("GATEHOUSE_HOME").map(|_| home.clone()) };
    Ok(Start { home, worker, key_store, choose, background, language: language(), autostart, is_driven: variable(DRIVEN).is_some() })
}

/// Says why nothing was started.
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
pub fn refuse(sentence: String) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(REFUSED)
}

#[expect(clippy::disallowed_methods, reason = "the one place of the window that reads the environment")]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether help is all that is wanted.
pub fn asks_for_help() -> bool {
    std::env::args_os().skip(1).any(|argument| argument == "--help" || argument == "-h")
}

/// Prints what can be typed.
pub fn help() -> ExitCode {
    // A closed pipe leaves nobody to tell.
    drop(std::io::stdout().write_all(HELP.as_bytes()));
    ExitCode::SUCCESS
}

/// The language of messages, in the order in which the system looks.
fn language() -> String {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| variable(name));
    named.and_then(|value| value.into_string().ok()).unwrap_or_default()
}

fn autostart_folder() -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    config.map(|config| config.join("autostart"))
}

fn refuse_root() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() || variable("GATEHOUSE_ALLOW_ROOT").is_some_and(|value| value == "1") {
        return Ok(());
    }
    Err("Gatehouse must not run as root. Nothing was started.\n\
         A web view should not have the whole machine. Start it as a user, and give that user access to the folder of uploads:\n\
         \n    setfacl -R -m u:USER:rwX,d:u:USER:rwX FOLDER\n\n\
         (rX instead of rwX is enough to look without taking anything down.) GATEHOUSE_ALLOW_ROOT=1 says that you meant it."
        .to_owned())
}

/// GTK would panic; a sentence helps more.
fn need_display() -> Result<(), String> {
    let has_one = !cfg!(target_os = "linux") || variable("DISPLAY").is_some() || variable("WAYLAND_DISPLAY").is_some();
    if has_one {
        return Ok(());
    }
    Err("There is no display here, so no window can be opened. Nothing was started.\n\
         Start Gatehouse from a desktop session. Without one, the same work is done in a terminal: gatehouse watch, gatehouse inbox, gatehouse --help."
        .to_owned())
}

/// Starts this program once more with the variable set, since changing the own environment is not safe once libraries have read it.
/// Not under WebDriver, where taking a picture of the window then hangs.
fn set_renderer(config: Config) {
    let wants_plain = variable(NO_DMABUF).is_none() && variable(DRIVEN).is_none();
    let wants_software = config.software_rendering && variable(RENDERS).is_none();
    if !cfg!(target_os = "linux") || !(wants_plain || wants_software) {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let mut again = Command::new(program);
        again.args(std::env::args_os().skip(1)).env(NO_DMABUF, "1");
        if wants_software {
            again.envs(BY_PROCESSOR).env(RENDERS, "software");
        }
        // It returns only if it failed; the window then opens without it.
        drop(again.exec());
    }
}

/// Starts this program anew, after a moment and at most [`MOST_TRIES`] times: the window before needs as long to end. Returns if that is of no use.
pub fn once_more() {
    let tried = variable(TRIED).and_then(|count| count.to_str()?.parse().ok()).unwrap_or(0u32);
    if tried < MOST_TRIES
        && let Ok(program) = std::env::current_exe()
    {
        std::thread::sleep(BETWEEN_TRIES);
        drop(Command::new(program).args(std::env::args_os().skip(1)).env(TRIED, (tried + 1).to_string()).exec());
    }
}

fn home() -> Result<PathBuf, String> {
    if let Some(home) = variable("GATEHOUSE_HOME") {
        return std::path::absolute(PathBuf::from(home)).map_err(|error| format!("GATEHOUSE_HOME is no usable path: {error}."));
    }
    let user = variable("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = match user {
        Some(user) if cfg!(target_os = "macos") => Some(user.join("Library/Application Support/Gatehouse")),
        user => {
            let named = variable("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            named.or(user.map(|user| user.join(".local/share"))).map(|data| data.join("gatehouse"))
        }
    };
    data.ok_or_else(|| {
        "Neither HOME nor GATEHOUSE_HOME is set, so there is no place for the record. Set GATEHOUSE_HOME to a folder.".to_owned()
    })
}
