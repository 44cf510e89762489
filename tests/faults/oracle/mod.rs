//! The oracle: whether a home and its site still hold what must hold after any fault, I1 to I8 of docs/faults.md.
//!
//! Slow and obvious on purpose, and an outsider: it links nothing of the product. It walks the folder, hashes every file, opens the vault with the key
//! of the home as anybody with `age` would, reads the database with SQLite, recomputes the chain of the ledger from its description, and compares
//! all of that with the generator's own record, which lies on another file system.

mod chain;
mod database;
mod holds;
mod places;
pub mod record;

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use record::Record;

/// What does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// `I1` to `I8`.
    pub which: &'static str,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.which, self.what)
    }
}

/// Collects what does not hold.
#[derive(Default)]
struct Verdict(Vec<Broken>);

impl Verdict {
    fn broken(&mut self, which: &'static str, what: impl Into<String>) {
        self.0.push(Broken { which, what: what.into() });
    }
}

/// Everything that does not hold now.
///
/// # Errors
/// When the home, the folder or the record cannot be read at all.
pub fn look(home: &Path, site: &Path, record: &Record) -> Result<Vec<Broken>, String> {
    let mut verdict = Verdict::default();
    let database = database::Database::open(home)?;
    let places = places::Places::read(home, site, &database)?;
    holds::accounting(&mut verdict, &database, &places, site)?;
    holds::contents(&mut verdict, &database, &places, record)?;
    holds::one_place(&mut verdict, &database, &places, site)?;
    holds::decisions(&mut verdict, &database, record)?;
    holds::database(&mut verdict, &database)?;
    chain::check(&mut verdict, home, &database)?;
    holds::canaries(&mut verdict, record);
    holds::named_in_time(&mut verdict, record);
    Ok(verdict.0)
}

/// What must hold at every moment, also between a kill and the next start: no content is lost, none is served that is called taken down, no
/// acknowledged decision is missing. The rest is for the next start to finish: copies of rows that were committed and never answered, checks.
///
/// # Errors
/// Those of [`look`].
pub fn look_at_once(home: &Path, site: &Path, record: &Record) -> Result<Vec<Broken>, String> {
    let mut verdict = Verdict::default();
    let database = database::Database::open(home)?;
    let places = places::Places::read(home, site, &database)?;
    holds::contents(&mut verdict, &database, &places, record)?;
    holds::one_place(&mut verdict, &database, &places, site)?;
    holds::decisions(&mut verdict, &database, record)?;
    holds::database(&mut verdict, &database)?;
    holds::canaries(&mut verdict, record);
    Ok(verdict.0)
}

/// The same, until the accounting holds or `within` is over: after a fault it must come back without a click (I6).
///
/// # Errors
/// Those of [`look`].
pub fn look_within(home: &Path, site: &Path, record: &Record, within: Duration) -> Result<Vec<Broken>, String> {
    let started = Instant::now();
    loop {
        let mut broken = look(home, site, record)?;
        let unaccounted = broken.iter().filter(|broken| broken.which == "I1").count();
        if unaccounted == 0 || started.elapsed() >= within {
            if unaccounted > 0 {
                let what = format!("{unaccounted} files are still not accounted for after {} s", within.as_secs());
                broken.push(Broken { which: "I6", what });
            }
            return Ok(broken);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
