//! The one writing connection of a process, and the readers beside it.
//!
//! Writers queue jobs; one thread runs them. Jobs that wait together share one transaction, each in its own savepoint: one `fsync` serves many
//! files (group commit), and a failed job takes nothing of the others with it. An answer is given only after the commit, so "saved" is true.
//! The queue is bounded: a full one makes the caller wait, which slows the checking down and loses nothing (Inv. 9).

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::journal::Journal;
use super::{changes, checksum, ledger, schema, settings};
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

/// Why nothing can be written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another program holds the database for longer than a write waits. The next write tries again.
    Busy,
    /// The disk is full or read-only. The next write tries again.
    NoRoom,
    /// A write or a sync failed: nobody knows whether what was asked for is kept. The next write tries again.
    Failing,
    /// The file was removed, replaced or damaged while it was in use. Nothing is written any more.
    Lost,
    /// The ledger ends before its copy does, or says something else: the file was put back from an older one. Nothing is written.
    Behind,
}

impl Trouble {
    /// Whether only a person can end it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Lost | Self::Behind)
    }

    /// What is told of it, and what to do.
    pub fn error(self) -> Error {
        match self {
            Self::Busy => Error::refused(Code::Busy, "Another program holds the database, so nothing was changed. Try again."),
            Self::NoRoom => {
                Error::refused(Code::NoRoom, "The database could not be written, so nothing was changed. Is the disk full or read-only?")
            }
            Self::Failing => Error::refused(
                Code::NoRoom,
                "The disk failed while the database was written. Nobody knows whether this was kept: look at it again before you go on.",
            ),
            Self::Lost => Error::refused(
                Code::HomeDamaged,
                "The database was removed, replaced or damaged while Gatehouse used it, so nothing is written. Your site's files and the vault are safe. Close \
                 every Gatehouse; bring the file back, or run `gatehouse database rebuild`.",
            ),
            Self::Behind => Error::refused(
                Code::HomeDamaged,
                "The database is older than the record beside it: decisions are missing from it. Nothing is written, and nothing was changed. Close every \
                 Gatehouse, then run `gatehouse database rebuild`, which brings them back.",
            ),
        }
    }
}

/// Tells the caller of a job how the commit went.
type Answer = Box<dyn FnOnce(Option<Trouble>) + Send>;
/// Runs inside the transaction; without one, since it could not be begun, it only makes the answer.
type Job = Box<dyn FnOnce(Option<&Tx<'_>>) -> Answer + Send>;

/// A handle on the database of one home. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    jobs: SyncSender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    file: PathBuf,
    acting: Arc<Mutex<Option<String>>>,
    trouble: Arc<Mutex<Option<Trouble>>>,
    /// Device and inode of the file that is open.
    identity: Option<(u64, u64)>,
}

/// The body of the writing thread, to be run by whoever spawns threads.
pub struct Writer {
    connection: Connection,
    jobs: Receiver<Job>,
    ledger: Journal,
    rows: Journal,
    file: PathBuf,
    trouble: Arc<Mutex<Option<Trouble>>>,
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
        changes::watch(&connection)?;
        checksum::watch(&connection)?;
        let mut journal = Journal::open(&backup_dir.join("ledger.jsonl"), true)?;
        let mut rows = Journal::open(&backup_dir.join("rows.jsonl"), false)?;
        let trouble = Arc::new(Mutex::new(is_behind(&connection, &mut journal)?.then_some(Trouble::Behind)));
        if lock(&trouble).is_none() {
            catch_up(&connection, &mut journal, &mut rows)?;
        }
        let (sender, jobs) = sync_channel(QUEUE);
        let acting: Arc<Mutex<Option<String>>> = Arc::default();
        let (identity, file) = (identity_of(file), file.to_owned());
        let store =
            Self { jobs: sender, readers: Arc::default(), file: file.clone(), acting: acting.clone(), trouble: trouble.clone(), identity };
        Ok((store, Writer { connection, jobs, ledger: journal, rows, file, trouble, clock, acting }))
    }

    /// Why nothing can be written now, if so.
    pub fn trouble(&self) -> Option<Trouble> {
        *lock(&self.trouble)
    }

    /// Looks whether the database is still the file that was opened: SQLite itself goes on with a removed one, and everything written is lost.
    pub fn look_at_file(&self) -> Option<Trouble> {
        if identity_of(&self.file) != self.identity {
            *lock(&self.trouble) = Some(Trouble::Lost);
        }
        self.trouble()
    }

    /// A consistent copy of the database, made beside the work and checked as a whole before it gets its name.
    ///
    /// # Errors
    /// The store's own; [`Code::HomeDamaged`] if the copy is not whole, which then is kept under its `.part` name.
    pub fn back_up(&self, to: &Path) -> Result<()> {
        self.read(|connection| schema::back_up(connection, to))
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
            let result = tx.map_or_else(|| Err(stopped()), |tx| in_savepoint(tx, job));
            Box::new(move |trouble| {
                let answer = match trouble {
                    None => result,
                    // A job that failed by itself says so; everything else failed with the transaction.
                    Some(trouble) => Err(result.err().filter(|error| error.code() != Code::Cancelled).unwrap_or_else(|| trouble.error())),
                };
                // The caller may have stopped waiting; nobody is left to be told.
                drop(sender.send(answer));
            })
        });
        if let Some(trouble) = self.trouble().filter(|trouble| trouble.is_final()) {
            return Err(trouble.error());
        }
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity_of(file: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(file).ok().map(|facts| (facts.dev(), facts.ino()))
}

/// Whether the copy of the ledger knows rows that the database does not, or other ones.
fn is_behind(connection: &Connection, journal: &mut Journal) -> Result<bool> {
    let Some(last) = journal.last()? else { return Ok(false) };
    let seq = journal.written();
    let copied = last.get("hash").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Ok(ledger::hash_of(connection, seq)?.is_none_or(|hash| hash.to_string() != copied))
}

/// Appends to both copies what they lack.
fn catch_up(connection: &Connection, journal: &mut Journal, rows: &mut Journal) -> Result<()> {
    if ledger::head(connection)?.seq > journal.written() {
        journal.append(|after, lines| {
            let mut reached = after;
            ledger::each_after(connection, after, &mut |row| {
                lines.extend_from_slice(row.to_line().as_bytes());
                lines.push(b'\n');
                reached = row.seq;
                Ok(())
            })?;
            Ok(reached)
        })?;
    }
    changes::copy_out(connection, rows)
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
        if !lock(&self.trouble).is_some_and(Trouble::is_final) {
            drop(checksum::write(&self.connection, &self.file));
        }
    }

    fn run_group(&mut self, first: Job) {
        let started = Instant::now();
        let now = self.clock.now_ms();
        let (mut answers, mut next) = (Vec::new(), Some(first));
        let copied = self.rows.written();
        let committed = (|| -> Result<()> {
            let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let person = acting.map_or_else(|| settings::person(&tx), Ok)?;
            changes::forget(&Tx { connection: &tx, now, person: &person }, copied)?;
            while let Some(job) = next.take() {
                answers.push(job(Some(&Tx { connection: &tx, now, person: &person })));
                if answers.len() < GROUP && started.elapsed() < GROUP_TIME {
                    next = self.jobs.try_recv().ok();
                }
            }
            tx.commit()?;
            Ok(())
        })();
        let trouble = committed.err().map(|error| self.failed(&error));
        answers.extend(next.map(|unbegun| unbegun(None)));
        // What the copies lack after a failure here stands in the database; the next commit, or the next start, appends it.
        if trouble.is_none() {
            catch_up(&self.connection, &mut self.ledger, &mut self.rows).unwrap_or_default();
        }
        let mut standing = lock(&self.trouble);
        if !standing.is_some_and(Trouble::is_final) {
            *standing = trouble;
        }
        drop(standing);
        answers.into_iter().for_each(|answer| answer(trouble));
    }

    /// What a failed commit means. After a failed write or sync nobody knows what of it reached the disk: the connection is opened anew, and checked,
    /// before anything else is written.
    fn failed(&mut self, error: &Error) -> Trouble {
        match error.code() {
            Code::HomeDamaged => return Trouble::Lost,
            Code::Busy => return Trouble::Busy,
            _ => {}
        }
        let is_of_the_disk =
            matches!(error, Error::Store(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure));
        let Some(dir) = self.file.parent().filter(|_| is_of_the_disk) else { return Trouble::NoRoom };
        match schema::open(&self.file, &dir.join("backup")).and_then(|fresh| changes::watch(&fresh).map(|()| fresh)) {
            Ok(fresh) => {
                self.connection = fresh;
                Trouble::Failing
            }
            Err(error) if error.code() == Code::HomeDamaged => Trouble::Lost,
            // The disk still refuses: the next commit fails as well, and tries again.
            Err(_) => Trouble::Failing,
        }
    }
}
