//! What the commands share: the engine, and what was chosen in a system dialog. The page knows chosen folders and files by one-time numbers only.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use engine::engine::storage;
use engine::log::{Level, Line, Log, What};
use engine::store::settings;
use engine::{Code, Core, Engine, Event, Options, SystemClock};
use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons};

use crate::autostart::Autostart;
use crate::commands::app::read_settings;
use crate::leaving::Leaving;
use crate::start::Start;
use crate::wire::{Language, Watching, WireError};
use crate::words::{self, Words};

/// The label of the one window.
pub const WINDOW: &str = "main";
/// Setting with the last moment at which this window was known to run; empty after a clean end.
const ALIVE_AT: &str = "alive_at";
/// Events that may wait. A full queue makes the engine's threads wait for a moment; the reader never stops.
const EVENTS: usize = 1024;
/// How long the end of the program waits for the engine's threads. What they were doing is taken up at the next start.
const LONGEST_END: Duration = Duration::from_secs(5);

/// The answer of a command.
pub type Answer<T> = Result<T, WireError>;

/// Shared by all commands.
pub struct Shell {
    app: AppHandle,
    start: Start,
    /// Set once, when the home is open or could not be opened. `None` inside while the program ends.
    engine: OnceLock<Answer<RwLock<Option<Engine>>>>,
    stopped_unexpectedly_at: OnceLock<i64>,
    tokens: AtomicI64,
    folder: Mutex<Option<(i64, PathBuf)>>,
    log: Arc<Log>,
    /// The window has the focus.
    is_focused: AtomicBool,
    /// The page's process ended, and the page was not opened again yet.
    is_page_lost: AtomicBool,
    /// The question before the end.
    pub leaving: Leaving,
}

impl Shell {
    /// A shell without an engine yet.
    pub fn new(app: AppHandle, start: Start) -> Self {
        // The same folder that the engine writes to; the window may have something to say before the home is open, or when it cannot be opened.
        let log = Arc::new(Log::new(start.home.join("logs"), Arc::new(SystemClock::new())));
        engine::log::follow_panics(log.clone());
        Self {
            log,
            is_focused: AtomicBool::new(false),
            is_page_lost: AtomicBool::new(false),
            leaving: Leaving::default(),
            app,
            start,
            engine: OnceLock::new(),
            stopped_unexpectedly_at: OnceLock::new(),
            tokens: AtomicI64::new(1),
            folder: Mutex::default(),
        }
    }

    /// Opens the home and starts watching it. A home that cannot be opened is said by every command, and never replaced. If another process
    /// watches it, this one works beside it.
    pub fn open(&self) -> Option<Receiver<Event>> {
        let options = Options { home: self.start.home.clone(), worker: self.start.worker.clone(), clock: Arc::new(SystemClock::new()) };
        let opened = Engine::open(options).and_then(|mut engine| {
            let (sink, events) = sync_channel(EVENTS);
            engine.core()?.listen(Some(sink));
            if let Some(program) = &self.start.key_store {
                engine.core()?.vault.keys.use_store(program);
            }
            self.note_last_end(engine.core()?)?;
            engine::engine::viewing::close_left(engine.core()?)?;
            match engine.watch() {
                Err(error) if error.code() != Code::Busy => Err(error),
                Ok(()) | Err(_) => Ok((engine, events)),
            }
        });
        let (engine, events) = match opened {
            Ok((engine, events)) => (Ok(RwLock::new(Some(engine))), Some(events)),
            Err(error) => (Err(cannot_open(error)), None),
        };
        // Only this function sets it, and it is called once.
        drop(self.engine.set(engine));
        events
    }

    /// The program, for what only the desktop knows.
    pub fn app(&self) -> &AppHandle {
        &self.app
    }

    /// Writes a line of the log.
    pub fn log(&self, line: Line) {
        self.log.write(line);
    }

    /// Notes a failure that nobody asked about, such as one of the tray; gives what succeeded.
    pub fn note<T>(&self, answer: Answer<T>) -> Option<T> {
        if let Err(error) = &answer {
            self.log(Line::new(Level::Warn, What::CallFailed).code(error.known_code()));
        }
        answer.ok()
    }

    /// Starting at login.
    pub fn autostart(&self) -> &Autostart {
        &self.start.autostart
    }

    /// A WebDriver drives the window.
    pub fn is_driven(&self) -> bool {
        self.start.is_driven
    }

    /// A test answers the dialogs.
    pub fn is_tested(&self) -> bool {
        !self.start.choose.is_empty()
    }

    /// Whether the program was started into the background.
    pub fn is_background(&self) -> bool {
        self.start.background
    }

    /// The words of a language.
    pub fn words(&self, language: Language) -> &'static Words {
        words::of(language, &self.start.language)
    }

    /// The words of the language that was chosen.
    pub fn words_now(&self) -> &'static Words {
        let chosen = self.core().ok().and_then(|core| read_settings(&core).ok()).map_or(Language::System, |settings| settings.language);
        self.words(chosen)
    }

    /// Whether the window has the focus.
    pub fn is_focused(&self) -> bool {
        self.is_focused.load(Ordering::Relaxed)
    }

    /// The focus came or went.
    pub fn focus(&self, is_focused: bool) {
        self.is_focused.store(is_focused, Ordering::Relaxed);
    }

    /// The page's process ended.
    pub fn page_is_lost(&self) {
        self.is_page_lost.store(true, Ordering::Relaxed);
    }

    /// Whether the page has to be opened again; the caller does it.
    pub fn take_page_lost(&self) -> bool {
        self.is_page_lost.swap(false, Ordering::Relaxed)
    }

    fn note_last_end(&self, core: &Arc<Core>) -> engine::Result<()> {
        let last = core.store.read(|connection| settings::get(connection, ALIVE_AT))?;
        if let Some(at) = last.and_then(|text| text.parse().ok()) {
            self.stopped_unexpectedly_at.get_or_init(|| at);
        }
        still_alive(core)
    }

    /// When the run before this one was last known to run, if it did not end cleanly.
    pub fn stopped_unexpectedly_at(&self) -> Option<i64> {
        self.stopped_unexpectedly_at.get().copied()
    }

    fn slot(&self) -> Answer<&RwLock<Option<Engine>>> {
        self.engine.wait().as_ref().map_err(Clone::clone)
    }

    /// The engine, for a short call; waits until the home is open.
    pub fn with_engine<T>(&self, call: impl FnOnce(&Engine) -> engine::Result<T>) -> Answer<T> {
        let slot = self.slot()?.read().unwrap_or_else(PoisonError::into_inner);
        let engine = slot.as_ref().ok_or_else(|| WireError::new(Code::Cancelled, "Gatehouse is stopping."))?;
        Ok(call(engine)?)
    }

    /// What the parts of the engine share; waits until the home is open.
    pub fn core(&self) -> Answer<Arc<Core>> {
        self.with_engine(|engine| engine.core().cloned())
    }

    /// Who watches the sites.
    pub fn watching(&self) -> Answer<Watching> {
        self.with_engine(|engine| {
            Ok(match () {
                () if engine.has_failed() => Watching::No,
                () if engine.is_watching() => Watching::Here,
                () if engine.core()?.home.watcher().is_some() => Watching::Elsewhere,
                () => Watching::No,
            })
        })
    }

    /// Begins to watch if the process that watched has ended. Gives whether it did.
    pub fn watch_if_free(&self) -> bool {
        let Ok(slot) = self.slot() else { return false };
        let Ok(mut slot) = slot.try_write() else { return false };
        slot.as_mut().is_some_and(|engine| !engine.is_watching() && engine.watch().is_ok())
    }

    /// Ends the engine, cleanly if it can be done in a few seconds.
    pub fn close(&self) {
        let Some(Ok(slot)) = self.engine.get() else { return };
        let Some(engine) = slot.write().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let (ending, ended) = sync_channel::<()>(1);
        tauri::async_runtime::spawn_blocking(move || {
            if let Ok(core) = engine.core() {
                core.listen(None);
                drop(core.store.write(|tx| settings::set(tx, ALIVE_AT, "")));
            }
            drop(engine);
            drop(ending);
        });
        // It returns when the other half is gone, or when the patience is over; either way the program ends.
        let _ended = ended.recv_timeout(LONGEST_END);
    }

    /// Ends the engine and removes the home. Other processes are kept out by its locks; what forbids it is asked once more.
    ///
    /// # Errors
    /// As [`storage::leave`] and [`storage::remove`]. The engine has ended all the same.
    pub fn remove_home(&self) -> Answer<()> {
        self.close();
        let options = Options { home: self.start.home.clone(), worker: self.start.worker.clone(), clock: Arc::new(SystemClock::new()) };
        let engine = Engine::open(options)?;
        let leave = storage::leave(engine.core()?)?;
        drop(engine);
        Ok(storage::remove(leave)?)
    }

    fn token(&self) -> i64 {
        self.tokens.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets the person choose a folder. `None` if they changed their mind.
    pub fn choose_folder(&self) -> Option<PathBuf> {
        if !self.start.choose.is_empty() {
            return self.start.choose.iter().find(|path| path.is_dir()).cloned();
        }
        self.dialog().blocking_pick_folder()?.into_path().ok()
    }

    /// Lets the person choose a file.
    pub fn choose_file(&self) -> Option<PathBuf> {
        if !self.start.choose.is_empty() {
            return self.start.choose.iter().find(|path| !path.is_dir()).cloned();
        }
        self.dialog().blocking_pick_file()?.into_path().ok()
    }

    fn dialog(&self) -> tauri_plugin_dialog::FileDialogBuilder<tauri::Wry> {
        let dialog = self.app.dialog().file();
        match self.app.get_webview_window(WINDOW) {
            Some(window) => dialog.set_parent(&window),
            None => dialog,
        }
    }

    /// Keeps a chosen folder and gives its number. A new choice replaces the one before.
    pub fn keep_folder(&self, folder: PathBuf) -> i64 {
        let token = self.token();
        *lock(&self.folder) = Some((token, folder));
        token
    }

    /// The chosen folder of this number.
    pub fn folder(&self, token: i64) -> Answer<PathBuf> {
        let kept = lock(&self.folder);
        let found = kept.as_ref().filter(|(of, _)| *of == token).map(|(_, folder)| folder.clone());
        found.ok_or_else(|| WireError::new(Code::NotFound, "Choose the folder again."))
    }

    /// The chosen folder was used.
    pub fn forget_folder(&self) {
        *lock(&self.folder) = None;
    }

    /// Asks in the system's own dialog, where the page can neither read nor answer.
    pub fn says_yes(&self, question: &str) -> bool {
        if !self.start.choose.is_empty() {
            return true;
        }
        let buttons = MessageDialogButtons::OkCancelCustom("Load".to_owned(), "Cancel".to_owned());
        let message = self.app.dialog().message(question).title("Gatehouse").buttons(buttons);
        match self.app.get_webview_window(WINDOW) {
            Some(window) => message.parent(&window).blocking_show(),
            None => message.blocking_show(),
        }
    }
}

/// Writes down that this window runs now, for the next start.
pub fn still_alive(core: &Core) -> engine::Result<()> {
    let now = core.clock.now_ms().to_string();
    core.store.write(move |tx| settings::set(tx, ALIVE_AT, &now))
}

/// A damaged home, a newer one and one on a network drive are one thing to the page: nothing works, nothing was changed, and the detail says why.
fn cannot_open(error: engine::Error) -> WireError {
    let code = if error.code() == Code::HomeNewer { Code::HomeDamaged } else { error.code() };
    WireError { code: code.as_str().to_owned(), detail: Some(error.to_string()) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
