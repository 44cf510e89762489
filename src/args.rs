//! What can be typed. The help texts, the man page and the completions are made from here.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use cases::{Decide, DecisionName, GroupName, InboxState, Narrow, OrderName};
pub use copies::{CopiesArgs, Good};
pub use duties::{
    Answer, ClockCommand, ClockName, ClockStart, Evidence, KeepName, NoticeAdd, NoticeCommand, NoticeName, PackName, ProfileCommand,
    ReportArgs, Reported, SenderName, ServesName, StatementArgs, StatementChange,
};
pub use home::LevelName;
pub use lists::{HarmName, KeyCommand, KindName, List, ListAdd, PolarityName, Publish, ReshareName, SourceArgs, TrustName};
pub use persons::{AbilityName, PersonCommand, Rights};
pub use sites::{MapArgs, SiteChange, SiteCommand, SwitchName, TakeDownName, TodoArgs};
pub use sources::{SourceChange, YesNo};
pub use vault::{BasisName, Hold, KeyPlaceName, Purge, Restore, Vault, VaultKey};

mod cases;
mod copies;
mod duties;
mod home;
mod lists;
mod persons;
mod sites;
mod sources;
mod vault;

/// Watches a site's upload folder, checks new files against shared hash lists on this machine, and keeps an offline triage inbox.
///
/// Nothing about your site leaves this machine. Exit codes: 0 done and nothing found, 1 a match (check) or a broken chain (ledger verify),
/// 2 an error or something could not be checked, 64 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, max_term_width = 100)]
pub struct Gatehouse {
    /// Where Gatehouse keeps its own files [default: GATEHOUSE_HOME, else the data directory of this system]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Print JSON Lines: one object a line on standard output; messages go to standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Do this in the name of a person of this home [default: GATEHOUSE_PERSON, else whom the home names]. Names are not passwords
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub acting: Option<String>,
    /// Read passphrases from this open file descriptor, one a line, instead of asking on the terminal
    #[arg(long, global = true, value_name = "N")]
    pub passphrase_fd: Option<u32>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the fingerprints of files; needs no home
    Fingerprint {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Also print the PDQ of the eight turned and mirrored views
        #[arg(long)]
        dihedral: bool,
    },
    /// Check files or folders against the active lists; writes nothing about them
    Check {
        /// Files or folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Hash lists: add, look at, go back, remove
    #[command(subcommand)]
    List(List),
    /// Sites: the upload folders that are watched
    #[command(subcommand)]
    Site(SiteCommand),
    /// Walk sites once, completely, check what is new, then exit
    Sweep {
        /// Name or number of a site; all sites when left out
        site: Option<String>,
    },
    /// Watch all sites until Ctrl-C; with --json one line an event
    Watch,
    /// List cases
    Inbox {
        /// Which cases, or the uploads that could not be checked
        #[arg(long, value_enum, default_value = "open")]
        state: InboxState,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// Show one case: matches, uploads, history
    Show {
        /// Number of the case
        case: i64,
    },
    /// What is left to do on servers after a take-down
    Todo(TodoArgs),
    /// Make a file that looks like part of a case part of it; `show` tells its number
    Include {
        /// Number of the case
        case: i64,
        /// Number of the file
        file: i64,
    },
    /// Split a file off a case; `show` tells its number
    Split {
        /// Number of the case
        case: i64,
        /// Number of the file
        file: i64,
    },
    /// Decide cases; a take-down or a keep waits for its clock and can be undone until then
    Decide(Decide),
    /// Take the draft of a case back
    Undo {
        /// Number of the case
        case: i64,
    },
    /// Take the undo of a case back, within an hour and until something else is decided
    Redo {
        /// Number of the case
        case: i64,
    },
    /// Show what taking a case down would do
    Plan {
        /// Number of the case
        case: i64,
    },
    /// Carry out the take-down of a case now
    Act {
        /// Number of the case
        case: i64,
    },
    /// Put the files of a case back to where they were
    Restore(Restore),
    /// Show, set, move or end the hold of a case: nothing that is held can be deleted
    Hold(Hold),
    /// Show what deleting the sealed files of a case for good would do, and do it with the number typed again
    Purge(Purge),
    /// What is sealed: list, verify, export, and the key
    #[command(subcommand)]
    Vault(Vault),
    /// Open a kept, asked or snoozed case again
    Reopen {
        /// Number of the case
        case: i64,
    },
    /// Open the cases one by one that wait behind this one, because one entry matches very many files
    Singles {
        /// Number of the case that stands for them
        case: i64,
    },
    /// Add a note to a case
    Note {
        /// Number of the case
        case: i64,
        /// The note, at most 2,000 characters
        text: String,
    },
    /// Write a report as a folder of plain files and a ZIP of it; you send it yourself
    Report(Box<ReportArgs>),
    /// Note that you filed a report: it meets its clock and starts the hold
    Reported(Reported),
    /// Answer whether the file itself may be kept. Some countries allow or require you to keep the file sealed for the police; in others even
    /// keeping it is a crime. Ask your police or hotline. Until you answer, the file stays sealed on this machine
    Evidence(Evidence),
    /// Show, hold or release what the uploader is told
    Statement(Box<StatementArgs>),
    /// Clocks of duties: orders, requests, reports, reminders
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Notices that you were sent: typed in, never received
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// The country profiles: where you live, where the site is hosted, whom it serves
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Print the help page of a country: what to do now, whom to report to, what to keep
    HelpPage {
        /// us, uk, eu, other
        country: String,
        /// en or de
        #[arg(long, default_value = "en")]
        language: String,
        /// Save it into this file instead; must not exist
        file: Option<PathBuf>,
    },
    /// Mark a case as yours, so that two people do not do one; it blocks nobody
    Claim {
        /// Number of the case
        case: i64,
        /// Give it free
        #[arg(long)]
        release: bool,
    },
    /// Ask somebody: write the facts of a case, without a picture, to a text file, and wait for the answer
    Ask {
        /// Number of the case
        case: i64,
        /// The file; must not exist
        file: PathBuf,
    },
    /// Read the answer to a question; the case returns with it, and nothing is decided
    Answer {
        /// The file that came back
        file: PathBuf,
    },
    /// List the last reveals: who looked at which case, for how long
    Reveals,
    /// The append-only record: verify or export it
    #[command(subcommand)]
    Ledger(Ledger),
    /// The database: copies of it, its full check, and making it again after damage
    #[command(subcommand)]
    Database(Database),
    /// Find every copy of the content of a case, or of a file, on all sites: from stored fingerprints, no file is opened
    Copies(CopiesArgs),
    /// What you know to be good: it does not wait in the inbox, and stays visible as kept by your rule
    #[command(subcommand)]
    Good(Good),
    /// Write the monthly statement of a site for a risk file, as text and JSON: numbers only
    Monthly {
        /// Name or number of the site
        site: String,
        /// The folder; made if it is missing
        dir: PathBuf,
        /// The month in UTC [default: the last one that is over]
        #[arg(long, value_name = "YYYY-MM")]
        month: Option<String>,
    },
    /// Write the counts of all sites for a transparency report, as CSV and JSON
    Transparency {
        /// The folder; made if it is missing
        dir: PathBuf,
        /// How many months, this one included
        #[arg(long, default_value_t = 12)]
        months: u32,
    },
    /// Write a page for whoever takes over: what is open, what runs by a clock, what is wrong. No pictures, no names of files
    Handover {
        /// The file; must not exist
        file: PathBuf,
    },
    /// Persons who share this home: who may look, decide, delete. Names are for the record; they are not passwords
    #[command(subcommand)]
    Person(PersonCommand),
    /// Write the harmless practice pictures into a folder
    Practice {
        /// The folder; made if it is missing
        dir: PathBuf,
    },
    /// Coverage, lists and their age, health of the watch
    Status,
    /// Drop a practice picture into a site, follow it to the inbox, remove it, and say how long it took
    Selftest {
        /// Name or number of a site; all sites when left out
        site: Option<String>,
    },
    /// Print the log of the last two weeks: words and numbers, no names, paths, persons or hashes
    Logs {
        /// This level and the graver ones
        #[arg(long, value_enum, default_value = "info")]
        level: LevelName,
        /// Only lines that hold this, such as case=1042
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// At most so many, the last ones
        #[arg(long, default_value_t = 200, value_name = "N")]
        lines: usize,
    },
    /// Print or write what somebody who helps needs to know: versions, counts, faults, the last 500 lines of the log. It names nobody and nothing
    SafeReport {
        /// The file; must not exist
        file: Option<PathBuf>,
    },
    /// Show what the home takes on the disk
    Storage,
    /// Show what removing everything that Gatehouse keeps would do, and do it with --yes. Refused while a hold runs
    RemoveData {
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Debug, Subcommand)]
pub enum Database {
    /// List the copies that lie in the home, the newest first
    Copies,
    /// Make a copy now, and check it; a watching Gatehouse does so once a day
    Backup,
    /// SQLite's full check of the whole file
    Check,
    /// Make the database again from its newest whole copy and the record; the file that was there is kept. Close every Gatehouse first
    Rebuild,
}

#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Recompute the hash chain of this home, or check an export of any home
    Verify {
        /// An export
        file: Option<PathBuf>,
        /// The public key that it should be signed with: its text, or a file with it
        #[arg(long, value_name = "TEXT|FILE", requires = "file")]
        key: Option<String>,
    },
    /// Write the ledger as signed JSON Lines, with a page to print that says how to check it
    Export {
        /// The file; must not exist. Beside it come FILE.minisig and FILE.html
        file: PathBuf,
        /// Only the rows of this case
        #[arg(long)]
        case: Option<i64>,
        /// Sign with this key [default: the key of this home, made at the first export]
        #[arg(long, value_name = "FILE")]
        secret_key: Option<PathBuf>,
        /// A file whose first line is the password of the secret key
        #[arg(long, value_name = "FILE", requires = "secret_key")]
        password_file: Option<PathBuf>,
    },
    /// Write rows of the record as a table for your own papers: no hashes, no pictures
    Table {
        /// The file, ending in .csv or .json; must not exist
        file: PathBuf,
        /// Which rows: decisions, reveals, actions, lists, sites or all
        #[arg(long, default_value = "all")]
        tab: String,
        /// From this day on, in UTC
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: Option<String>,
        /// Up to this day, with it, in UTC
        #[arg(long, value_name = "YYYY-MM-DD")]
        to: Option<String>,
        /// Only what stands in this person's name
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
        /// Leave out names of people and of files, notes and reasons
        #[arg(long)]
        leave_out_names: bool,
    },
}
