//! The one writing connection of a process, and the readers beside it.
//!
//! Writers queue jobs; one thread runs them. Jobs that wait together share one transaction, each in its own savepoint: one `fsync` serves many
//! files (group commit), and a failed job takes nothing of the others with it. An answer is given only after the commit, so "saved" is true.
//! The queue is bounded: a full one makes the caller wait, which slows the checking down and loses nothing (Inv. 9).

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::{ledger, schema, settings};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};

/// Jobs that may wait. A full queue makes its callers wait.
const QUEUE: usize = 256;
/// Jobs that share one transaction at most.
const GROUP: usize = 128;
/// How long a transaction collects further jobs. Longer saves more `fsync`s and delays the first job's answer.
const GROUP_TIME: Duration = Duration::from_millis(15);
/// Idle readers that are kept open.
const READERS: usize = 4;

/// What a job sees: the open transaction, the time, and who acts.
pub struct Tx<'a> {
    connection: &'a Connection,
    /// Now, in milliseconds since 1970; the same for the whole job.
    pub now: i64,
    /// The person in whose name the job acts, for the ledger.
    pub person: &'a str,
}

impl<'a> Tx<'a> {
    /// The same transaction in the name of another person: who decided, when the clock of that decision ends.
    pub fn in_name_of(&self, person: &'a str) -> Self {
        Self { connection: self.connection, now: self.now, person }
    }
}

impl std::ops::Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// Tells the caller of a job how the commit went.
type Answer = Box<dyn FnOnce(bool) + Send>;
type Job = Box<dyn FnOnce(&Tx<'_>) -> Answer + Send>;

/// A handle on the database of one home. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    jobs: SyncSender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    file: PathBuf,
    acting: Arc<Mutex<Option<String>>>,
}

/// The body of the writing thread, to be run by whoever spawns threads.
pub struct Writer {
    connection: Connection,
    jobs: Receiver<Job>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// The person of this process, where one was named; else the one that the home names.
    acting: Arc<Mutex<Option<String>>>,
}

impl Store {
    /// Opens the database at `file`; the journal of the ledger lies in `backup_dir`.
    ///
    /// # Errors
    /// Those of [`schema::open`] and of opening the journal.
    pub fn open(file: &Path, backup_dir: &Path, clock: Arc<dyn Clock>) -> Result<(Self, Writer)> {
        let connection = schema::open(file, backup_dir)?;
        let mut journal = Journal::open(&backup_dir.join("ledger.jsonl"))?;
        journal.catch_up(&connection)?;
        let (sender, jobs) = sync_channel(QUEUE);
        let acting: Arc<Mutex<Option<String>>> = Arc::default();
        let store = Self { jobs: sender, readers: Arc::default(), file: file.to_owned(), acting: acting.clone() };
        Ok((store, Writer { connection, jobs, journal, clock, acting }))
    }

    /// Everything that this process writes from now on is in this person's name; `None`: in the name of the person whom the home names.
    pub fn act_as(&self, person: Option<String>) {
        *self.acting.lock().unwrap_or_else(PoisonError::into_inner) = person;
    }

    /// The name of the person who was named for this process.
    pub fn acting_as(&self) -> Option<String> {
        self.acting.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs `job` on the writing thread inside a transaction and answers after the commit.
    ///
    /// # Errors
    /// The job's own, which then changed nothing; or that the commit failed, which changed nothing either.
    pub fn write<R: Send + 'static>(&self, job: impl FnOnce(&Tx<'_>) -> Result<R> + Send + 'static) -> Result<R> {
        let (sender, receiver) = sync_channel(1);
        let boxed: Job = Box::new(move |tx| {
            let result = in_savepoint(tx, job);
            Box::new(move |committed| {
                let answer = if committed { result } else { result.and(Err(commit_failed())) };
                // The caller may have stopped waiting; nobody is left to be told.
                drop(sender.send(answer));
            })
        });
        self.jobs.send(boxed).map_err(|_| stopped())?;
        receiver.recv().map_err(|_| stopped())?
    }

    /// Runs `query` on a read-only connection, on the calling thread.
    ///
    /// # Errors
    /// The query's own, or that no connection could be opened.
    pub fn read<R>(&self, query: impl FnOnce(&Connection) -> Result<R>) -> Result<R> {
        let pooled = self.lock().pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => schema::open_reader(&self.file)?,
        };
        let result = query(&connection);
        let mut readers = self.lock();
        if readers.len() < READERS {
            readers.push(connection);
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped() -> Error {
    Error::refused(Code::Cancelled, "Gatehouse is stopping. Nothing was changed.")
}

fn commit_failed() -> Error {
    Error::refused(Code::NoRoom, "The database could not be written, so nothing was changed. Is the disk full or read-only?")
}

fn in_savepoint<R>(tx: &Tx<'_>, job: impl FnOnce(&Tx<'_>) -> Result<R>) -> Result<R> {
    tx.execute_batch("SAVEPOINT job")?;
    let result = job(tx);
    tx.execute_batch(if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    result
}

impl Writer {
    /// Runs jobs until every [`Store`] handle is gone.
    pub fn run(mut self) {
        while let Ok(first) = self.jobs.recv() {
            self.run_group(first);
        }
        // A clean end leaves one file: readers that open it later need no recovery.
        drop(self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
    }

    fn run_group(&mut self, first: Job) {
        let started = Instant::now();
        let now = self.clock.now_ms();
        let mut answers = Vec::new();
        let committed = (|| -> Result<()> {
            let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let person = acting.map_or_else(|| settings::person(&tx), Ok)?;
            let mut next = Some(first);
            while let Some(job) = next.take() {
                answers.push(job(&Tx { connection: &tx, now, person: &person }));
                if answers.len() < GROUP && started.elapsed() < GROUP_TIME {
                    next = self.jobs.try_recv().ok();
                }
            }
            tx.commit()?;
            Ok(())
        })();
        let committed = committed.is_ok();
        // What the copy lacks after a failure here stands in the database; the next commit, or the next start, appends it.
        self.journal.catch_up(&self.connection).unwrap_or_default();
        answers.into_iter().for_each(|answer| answer(committed));
    }
}

/// The copy of the ledger outside the database (`backup/ledger.jsonl`): what a lost database is rebuilt from.
struct Journal {
    file: File,
    path: PathBuf,
    written: i64,
}

impl Journal {
    fn open(path: &Path) -> Result<Self> {
        let mut file = File::options().create(true).read(true).append(true).mode(0o600).open(path).map_err(Error::io(path))?;
        let written = last_seq(&mut file).map_err(Error::io(path))?;
        Ok(Self { file, path: path.to_owned(), written })
    }

    /// Appends every row that the file lacks, then `fsync`s it. Under a file lock, since other processes append too.
    fn catch_up(&mut self, connection: &Connection) -> Result<()> {
        if ledger::head(connection)?.seq <= self.written {
            return Ok(());
        }
        let path = self.path.clone();
        self.file.lock().map_err(Error::io(&path))?;
        let result = self.append(connection);
        self.file.unlock().map_err(Error::io(&path))?;
        result
    }

    fn append(&mut self, connection: &Connection) -> Result<()> {
        self.written = last_seq(&mut self.file).map_err(Error::io(&self.path))?;
        let mut lines = Vec::new();
        ledger::each_after(connection, self.written, &mut |row| {
            lines.extend_from_slice(row.to_line().as_bytes());
            lines.push(b'\n');
            self.written = row.seq;
            Ok(())
        })?;
        self.file.write_all(&lines).and_then(|()| self.file.sync_data()).map_err(Error::io(&self.path))
    }
}

/// Number of the last whole line; a torn last line is cut off, its row is appended again.
fn last_seq(file: &mut File) -> std::io::Result<i64> {
    /// Rows are a few hundred bytes; a tail of 64 KiB holds many.
    const TAIL: u64 = 64 * 1024;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < tail.len() {
        file.set_len(from + u64::try_from(whole).unwrap_or(0))?;
    }
    let last = tail[..whole].split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap_or_default();
    let row: serde_json::Value = serde_json::from_slice(last).unwrap_or_default();
    Ok(row.get("seq").and_then(serde_json::Value::as_i64).unwrap_or(0))
}
