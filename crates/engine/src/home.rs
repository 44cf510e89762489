//! The files of the home: where each lies, their modes, and the two locks between processes.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::model::ListId;

/// Mode of every directory of the home: nobody else reads lists, decisions or evidence.
const DIR_MODE: u32 = 0o700;
/// Mode of every file of the home.
const FILE_MODE: u32 = 0o600;
/// With less room than this, in bytes, the database cannot grow by a busy minute.
const LEAST_ROOM: u64 = 1 << 20;
/// How long an action waits for another process that is acting.
const ACT_WAIT: Duration = Duration::from_secs(10);
/// How long a watcher waits for the lock: longer than [`Home::watcher`] of another process holds it to ask.
const WATCH_WAIT: Duration = Duration::from_millis(500);
/// Pause between two tries for a lock.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The home of one Gatehouse: one directory, given by the caller.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

/// From now on a crash of this process leaves no image of its memory behind, which would hold lists and paths. Other processes of the same user may
/// still look into it: a window's own helpers have to.
pub fn forbid_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // A system that refuses this keeps its own setting; nothing depends on it.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).unwrap_or(());
}

impl Home {
    /// Makes the home if it is missing and narrows its mode if it is too wide.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be made or written to.
    pub fn open(root: &Path) -> Result<Self> {
        make_dir(root)?;
        let root = root.canonicalize().map_err(Error::io(root))?;
        let home = Self { root };
        narrow(&home.root, DIR_MODE)?;
        for dir in ["backup", "lists", "keys", "logs", "holding", "vault"] {
            make_dir(&home.root.join(dir))?;
        }
        let database = home.database();
        home.refuse_to_begin_anew()?;
        File::options().create(true).append(true).mode(FILE_MODE).open(&database).map_err(Error::io(&database))?;
        narrow(&database, FILE_MODE)?;
        Ok(home)
    }

    /// A home whose database cannot be used: nothing is made.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no such directory.
    pub fn of_damaged(root: &Path) -> Result<Self> {
        Ok(Self { root: root.canonicalize().map_err(Error::io(root))? })
    }

    /// A home with a record and without a database has lost it: an empty one in its place would be a lie.
    fn refuse_to_begin_anew(&self) -> Result<()> {
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |facts| facts.len());
        if length(&self.database()) > 0 || length(&self.journal()) == 0 {
            return Ok(());
        }
        let text = "The database is gone; the record of what was decided is still there. Nothing was changed; your site's files and the vault are safe. \
                    Bring `gatehouse.db` back, or close every Gatehouse and run `gatehouse database rebuild`.";
        Err(Error::refused(Code::HomeDamaged, text))
    }

    /// The copy of the rows of human work outside the database.
    pub fn rows(&self) -> PathBuf {
        self.backup().join("rows.jsonl")
    }

    /// Whether the disk of the home is read-only, or has so little room that the next commits fail.
    pub fn has_no_room(&self) -> bool {
        rustix::fs::statvfs(&self.root).is_ok_and(|disk| {
            let is_read_only = disk.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY);
            // Root may use what is kept back for it.
            let blocks = if rustix::process::geteuid().is_root() { disk.f_bfree } else { disk.f_bavail };
            is_read_only || blocks.saturating_mul(disk.f_frsize) < LEAST_ROOM || (disk.f_files > 0 && disk.f_ffree == 0)
        })
    }

    /// The directory itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the log lies.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.root.join("gatehouse.db")
    }

    /// Where the operator's own preset files lie, if there are any.
    pub fn presets(&self) -> PathBuf {
        self.root.join("presets")
    }

    /// Where copies of the database and of the ledger lie.
    pub fn backup(&self) -> PathBuf {
        self.root.join("backup")
    }

    /// The copy of the ledger outside the database.
    pub fn journal(&self) -> PathBuf {
        self.backup().join("ledger.jsonl")
    }

    /// Changed copies of country profiles, if the operator put any there.
    pub fn profiles(&self) -> PathBuf {
        self.root.join("profiles")
    }

    /// The same, made if it is missing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn make_profiles(&self) -> Result<PathBuf> {
        let dir = self.profiles();
        make_dir(&dir)?;
        Ok(dir)
    }

    /// Where list files are copied to before they are looked at.
    pub fn lists(&self) -> PathBuf {
        self.root.join("lists")
    }

    /// The directory of one list, made if it is missing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn list_dir(&self, list: ListId) -> Result<PathBuf> {
        let dir = self.lists().join(list.to_string());
        make_dir(&dir)?;
        Ok(dir)
    }

    /// The compiled index of one version.
    pub fn index(&self, list: ListId, seq: u64) -> PathBuf {
        self.lists().join(list.to_string()).join(format!("{seq}.ghx"))
    }

    /// The kept original of one version.
    pub fn original(&self, list: ListId, seq: u64) -> PathBuf {
        self.lists().join(list.to_string()).join(format!("{seq}.original"))
    }

    /// The stored state of one version: its entries, and what was withdrawn lately.
    pub fn list_state(&self, list: ListId, seq: u64) -> PathBuf {
        self.lists().join(list.to_string()).join(format!("{seq}.state"))
    }

    /// What version `to` of a list says that version `from` did not, until stored signals are compared with it.
    pub fn list_changes(&self, list: ListId, from: u64, to: u64) -> PathBuf {
        self.lists().join(list.to_string()).join(format!("{to}-from-{from}.changes"))
    }

    /// Where the encrypted files of the vault lie.
    pub fn vault(&self) -> PathBuf {
        self.root.join("vault")
    }

    /// Where keys lie.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Takes the lock of sealing: two processes would encrypt the same file.
    ///
    /// # Errors
    /// [`Code::Busy`] with the process that holds it.
    pub fn lock_seal(&self) -> Result<Lock> {
        Lock::take(&self.root.join("seal.lock"), Duration::ZERO)
    }

    /// The folder of the practice site: the one place below the home that may be watched.
    pub fn practice(&self) -> PathBuf {
        self.root.join("practice").join("uploads")
    }

    /// Takes the watch lock: one watcher a home.
    ///
    /// # Errors
    /// [`Code::Busy`] with the process that holds it.
    pub fn lock_watch(&self) -> Result<Lock> {
        Lock::take(&self.root.join("watch.lock"), WATCH_WAIT)
    }

    /// Takes the act lock: one process at a time moves files. Waits up to ten seconds.
    ///
    /// # Errors
    /// [`Code::Busy`] with the process that holds it.
    pub fn lock_act(&self) -> Result<Lock> {
        Lock::take(&self.root.join("act.lock"), ACT_WAIT)
    }

    /// Takes the lock of one subscription: two processes that look at it at once would both import what they find. Waits up to ten seconds.
    ///
    /// # Errors
    /// [`Code::Busy`] with the process that holds it.
    pub fn lock_look(&self, subscription: impl std::fmt::Display) -> Result<Lock> {
        Lock::take(&self.lists().join(format!("look-{subscription}.lock")), ACT_WAIT)
    }

    /// Takes the lock of comparing stored signals with a changed list: two processes would do the same work.
    ///
    /// # Errors
    /// [`Code::Busy`] with the process that holds it.
    pub fn lock_rematch(&self) -> Result<Lock> {
        Lock::take(&self.root.join("rematch.lock"), Duration::ZERO)
    }

    /// The process that watches this home now, if any.
    pub fn watcher(&self) -> Option<String> {
        match Lock::take(&self.root.join("watch.lock"), Duration::ZERO) {
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        }
    }
}

/// A lock of the operating system on a file of the home. It ends with the process, so a killed process leaves no stale lock.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    fn take(path: &Path, wait: Duration) -> Result<Self> {
        let mut file =
            File::options().create(true).read(true).write(true).truncate(false).mode(FILE_MODE).open(path).map_err(Error::io(path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(Error::io(path)(error)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= wait => return Err(busy(&mut file)),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            }
        }
        // The number is only for the sentence that another process prints.
        let named = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).and_then(|_| write!(file, "{}", std::process::id()));
        named.map_err(Error::io(path))?;
        Ok(Self { _file: file })
    }
}

fn busy(file: &mut File) -> Error {
    let mut holder = String::new();
    let who = match file.read_to_string(&mut holder) {
        Ok(_) if !holder.is_empty() => format!("process {}", crate::model::Shown::of_text(&holder)),
        _ => "another process".to_owned(),
    };
    Error::refused(Code::Busy, format!("Another Gatehouse ({who}) is at work on this home."))
}

fn make_dir(dir: &Path) -> Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir).map_err(Error::io(dir))
}

/// Takes from a file of the home what others may do with it.
///
/// # Errors
/// [`Error::Io`] if it is not ours.
pub(crate) fn narrow_file(path: &Path) -> Result<()> {
    narrow(path, FILE_MODE)
}

/// Takes away the rights of others on a file of ours.
fn narrow(path: &Path, mode: u32) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(Error::io(path))?;
    if metadata.mode() & 0o777 & !mode == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(Error::io(path))
}
