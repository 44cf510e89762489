//! What can be typed. The help texts, the man page and the completions are made from here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::engine::publishing::USUAL_DAYS;

pub use copies::{CopiesArgs, Good};
pub use duties::{
    Answer, ClockCommand, ClockName, ClockStart, Evidence, KeepName, NoticeAdd, NoticeCommand, NoticeName, PackName, ProfileCommand,
    ReportArgs, Reported, SenderName, ServesName, StatementArgs, StatementChange,
};
pub use persons::{AbilityName, PersonCommand, Rights};
pub use sources::{SourceChange, YesNo};
pub use vault::{BasisName, Hold, Purge, Restore, Vault, VaultKey};

mod copies;
mod duties;
mod persons;
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
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InboxState {
    /// Waiting for a decision, drafts included
    Open,
    /// Snoozed or asked
    Snoozed,
    /// Decided
    Decided,
    /// Waiting behind the case of an entry that matches very many files
    Held,
    /// Every case
    All,
    /// Uploads that could not be checked, with the reason
    CouldNotCheck,
}

/// Which cases of a state are wanted; all conditions hold together.
#[derive(Debug, Default, Args)]
pub struct Narrow {
    /// Named by this list now: its name or number; several may be given
    #[arg(long, value_name = "LIST")]
    pub list: Vec<String>,
    /// In this site now: its name or number; several may be given
    #[arg(long, value_name = "SITE")]
    pub site: Vec<String>,
    /// Of this harm; several may be given
    #[arg(long, value_name = "HARM")]
    pub harm: Vec<String>,
    /// exact, near or turned; several may be given
    #[arg(long, value_name = "MATCH")]
    pub r#match: Vec<String>,
    /// At most this far from an entry, in bits
    #[arg(long, value_name = "BITS")]
    pub distance: Option<u16>,
    /// Below this folder of its site
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// Text in a path, a note, the name of its list; a case number; or the whole hash of the file
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// In which order
    #[arg(long, value_enum, default_value = "most-serious")]
    pub order: OrderName,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OrderName {
    /// Harm, exact before near, distance, newest first
    #[default]
    MostSerious,
    /// Newest first
    Newest,
    /// Oldest first
    Oldest,
    /// Most files first
    MostFiles,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HarmName {
    /// Child sexual abuse material
    Csam,
    /// Intimate images shared without consent
    Ncii,
    /// Terrorist or violent extremist content
    Tvec,
    /// Malware
    Malware,
    /// The operator's own list
    Local,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrustName {
    /// Somebody reviewed its entries
    Confirmed,
    /// Nobody did, or nobody says so
    Suspected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PolarityName {
    /// Files to be warned about
    Alert,
    /// Files known to be harmless; raises nothing
    Ignore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    Md5,
    Sha1,
    Sha256,
    Pdq,
}

#[derive(Debug, Subcommand)]
pub enum List {
    /// Import a list file; the name of an existing list makes its next version
    Add(Box<ListAdd>),
    /// List all lists
    Ls,
    /// Show one list, its versions and its last import report
    Show {
        /// Name or number
        list: String,
    },
    /// Let an earlier version answer again
    Rollback {
        /// Name or number
        list: String,
        /// The version; the one before the active one when left out
        #[arg(long)]
        to: Option<u64>,
    },
    /// Take a list out of use; its matches stay in the record
    Rm {
        /// Name or number
        list: String,
    },
    /// Look now whether followed lists have changed, and take what is new
    Update {
        /// Name or number; all followed lists when left out
        list: Option<String>,
        /// Say yes to the guards
        #[arg(long)]
        yes: bool,
    },
    /// List where lists are loaded from: every address that may be contacted, every file and folder that is followed; or change one
    Sources(Box<SourceChange>),
    /// Make an empty list of your own
    New {
        /// Its name
        name: String,
        /// What its entries are about
        #[arg(long, value_enum, default_value = "local")]
        harm: HarmName,
    },
    /// Put a content on a list of your own: its fingerprints, never its bytes or its name
    Put {
        /// Name or number of the list
        list: String,
        /// Number of a case, or a file (a file named 412 is typed ./412)
        what: OsString,
        /// A label for readers: a-z, 0-9, - and _
        #[arg(long, value_name = "L")]
        label: Option<String>,
        /// Why, for your own record
        #[arg(long, value_name = "T")]
        reason: Option<String>,
        /// Say yes to the guard
        #[arg(long)]
        yes: bool,
    },
    /// Take an entry of a list of your own back; what rested on it alone asks for a second look
    Withdraw {
        /// Name or number of the list
        list: String,
        /// An entry such as e3, the number of a case, or a file
        what: OsString,
        /// It should never have been there
        #[arg(long)]
        mistake: bool,
        /// Why, for your own record
        #[arg(long, value_name = "T")]
        reason: Option<String>,
    },
    /// Write a list of your own, signed, into a folder that any web server can hand out
    Publish(Box<Publish>),
    /// Keys that sign lists
    #[command(subcommand)]
    Key(KeyCommand),
    /// Show what the next version of a list would change here; changes nothing
    Diff {
        /// Name or number
        list: String,
        /// Compare with this file or folder instead of what the list is loaded from
        #[arg(long, value_name = "FILE|DIR", conflicts_with = "versions")]
        file: Option<PathBuf>,
        /// Compare two versions that are kept here
        #[arg(long, num_args = 2, value_names = ["A", "B"])]
        versions: Option<Vec<u64>>,
    },
    /// Hours in which nothing is loaded by itself, in UTC; shows them when nothing is named
    Quiet {
        /// Such as 22:00-07:00, or off
        hours: Option<String>,
    },
    /// Show how many files match at each distance, or set the largest distance that counts
    Threshold {
        /// Name or number
        list: String,
        /// Largest PDQ distance that counts, 0 to 31
        #[arg(value_parser = clap::value_parser!(u16).range(0..=31))]
        distance: Option<u16>,
    },
    /// Let an entry raise cases again that was switched off with the files it matched
    SwitchOn {
        /// Name or number
        list: String,
        /// Number of the entry, as `list show` names it
        entry: u32,
    },
    /// List the formats that can be read
    Formats,
}

#[derive(Debug, Args)]
pub struct Publish {
    /// Name or number of the list
    pub list: String,
    /// The folder; made if it is missing
    pub dir: PathBuf,
    /// The secret key: one of `list key new`, or any of minisign
    #[arg(long, value_name = "FILE")]
    pub secret_key: PathBuf,
    /// A file whose first line is the password of the secret key
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Who publishes it: a host name or an organisation, never a person [default: as before; at first the list's name]
    #[arg(long, value_name = "NAME")]
    pub publisher: Option<String>,
    /// Where readers can dispute an entry
    #[arg(long, value_name = "TEXT")]
    pub contact: Option<String>,
    /// Its licence, as an SPDX id where there is one
    #[arg(long, value_name = "ID")]
    pub licence: Option<String>,
    /// How far readers may pass entries on [default: as before; at first members]
    #[arg(long, value_enum)]
    pub reshare: Option<ReshareName>,
    /// For how many days you stand by it
    #[arg(long, default_value_t = USUAL_DAYS, value_parser = clap::value_parser!(i64).range(1..=400))]
    pub days: i64,
    /// Announce the key that will sign later versions: its text, or a file with it
    #[arg(long, value_name = "TEXT|FILE")]
    pub next_key: Option<String>,
    /// The key before is lost: publish with another, into an empty folder. Every reader has to be told the new key
    #[arg(long)]
    pub key_lost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReshareName {
    /// To nobody; no copies for other programs are written
    None,
    /// To members of the same group
    Members,
    /// To everybody
    Open,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a pair of keys: the secret one in this file, the public one beside it, ending in .pub
    New {
        /// The file of the secret key; must not exist
        file: PathBuf,
        /// A file whose first line becomes the password of the secret key
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct ListAdd {
    /// The list file, a folder with the pages of one download or with a signed list, or an https address
    pub file: PathBuf,
    /// Public key of a signed list: its text, or a file with it
    #[arg(long, value_name = "TEXT|FILE")]
    pub key: Option<String>,
    /// Look at the file or folder again from time to time; an address always is
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub source: SourceArgs,
    /// Name of the list [default: the file's name]
    #[arg(long)]
    pub name: Option<String>,
    /// What its entries are about
    #[arg(long, value_enum)]
    pub harm: Option<HarmName>,
    /// Whether it warns or knows files to be harmless
    #[arg(long, value_enum)]
    pub polarity: Option<PolarityName>,
    /// What you hold of its entries, where the format does not say [default: suspected]
    #[arg(long, value_enum)]
    pub trust: Option<TrustName>,
    /// Read it as this format (see `list formats`)
    #[arg(long)]
    pub format: Option<String>,
    /// What hashes without a kind are
    #[arg(long, value_enum)]
    pub kind: Option<KindName>,
    /// Largest PDQ distance that counts, 0 to 31
    #[arg(long, value_parser = clap::value_parser!(u16).range(0..=31))]
    pub threshold: Option<u16>,
    /// What the columns of a table are, by name or place: 2=sha256,Grade=category
    #[arg(long, value_name = "COLUMN=MEANING,…")]
    pub map: Option<String>,
    /// Categories that alert, in formats that grade their entries [default: 1,2]
    #[arg(long, value_delimiter = ',')]
    pub category: Option<Vec<i64>>,
    /// Take the records of a case file, which is somebody's investigation, as a list
    #[arg(long)]
    pub take_case: bool,
    /// Take the bare files of a STIX bundle as a list
    #[arg(long)]
    pub take_files: bool,
    /// Take the proposals and say yes to the guards
    #[arg(long)]
    pub yes: bool,
}

/// What goes with a list from elsewhere.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Hours between two looks; 0: only by `list update` [default: 24; 1 for a file or folder]
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(i64).range(0..=696))]
    pub every: Option<i64>,
    /// A header that the publisher gave you. Others on this computer can see it while the command runs: prefer --token-file
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// A file whose first line is the token that the publisher gave you
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Another host that the address may lead on to
    #[arg(long, value_name = "HOST")]
    pub also_host: Vec<String>,
    /// The address lies in your own network
    #[arg(long)]
    pub private_network: bool,
}

#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Watch a folder
    Add {
        /// The folder where uploads land
        dir: PathBuf,
        /// Its name [default: the folder's name]
        #[arg(long)]
        name: Option<String>,
        /// Software preset (see `site presets`)
        #[arg(long)]
        preset: Option<String>,
        /// The folder is a synced copy: taking a file out of it does not take it off the site
        #[arg(long)]
        copy: bool,
        /// What take down does [default: move; todo where the software keeps its own index of files]
        #[arg(long, value_enum)]
        take_down: Option<TakeDownName>,
    },
    /// Change a site: its name, what it runs, what take down does
    #[command(visible_alias = "set")]
    Change(SiteChange),
    /// List all sites with their coverage
    Ls,
    /// Show one site
    Show {
        /// Name or number
        site: String,
    },
    /// Take a table from the site's database that names uploaders and posts
    Map(MapArgs),
    /// Stop watching a site; its record stays
    Rm {
        /// Name or number
        site: String,
    },
    /// List the software presets
    Presets,
}

#[derive(Debug, Args)]
pub struct TodoArgs {
    /// Number of the case; all of them without one
    pub case: Option<i64>,
    /// Number of one of its to-dos
    #[arg(long, value_name = "N")]
    pub number: Option<i64>,
    /// Write a sheet to take to the server: the exact names, ready as a shell script
    #[arg(long, value_name = "FILE")]
    pub sheet: Option<PathBuf>,
    /// Tick a step
    #[arg(long, value_name = "STEP")]
    pub tick: Option<String>,
    /// Take a tick away
    #[arg(long, value_name = "STEP")]
    pub untick: Option<String>,
    /// It was done on the server, or nothing else is needed
    #[arg(long)]
    pub done: bool,
}

#[derive(Debug, Args)]
pub struct MapArgs {
    /// Name or number
    pub site: String,
    /// The table: comma, semicolon or tab, with column names; read again when it changes
    pub file: Option<PathBuf>,
    /// Print the query that makes it
    #[arg(long, conflicts_with_all = ["file", "forget"])]
    pub query: bool,
    /// Forget what it said
    #[arg(long, conflicts_with = "file")]
    pub forget: bool,
}

#[derive(Debug, Args)]
pub struct SiteChange {
    /// Name or number
    pub site: String,
    /// Another name
    #[arg(long)]
    pub name: Option<String>,
    /// Software preset; the same one again reads its file and all names anew. No upload is read for that
    #[arg(long)]
    pub preset: Option<String>,
    /// What take down does
    #[arg(long, value_enum)]
    pub take_down: Option<TakeDownName>,
    /// The folder is the one that the site serves
    #[arg(long, conflicts_with = "copy")]
    pub live: bool,
    /// The folder is a synced copy
    #[arg(long)]
    pub copy: bool,
    /// Put a plain picture in the place of what is taken down
    #[arg(long, value_enum)]
    pub placeholder: Option<SwitchName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TakeDownName {
    /// The files leave the folder
    Move,
    /// They stay, and a list of what to do is written
    Todo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SwitchName {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecisionName {
    /// The files leave the site
    TakeDown,
    /// Not a match, or no reason to act
    Keep,
    /// Somebody else is asked
    Ask,
    /// Later
    Snooze,
}

#[derive(Debug, Args)]
pub struct Decide {
    /// Numbers of the cases
    #[arg(required = true)]
    pub cases: Vec<i64>,
    /// What
    #[arg(value_enum)]
    pub decision: DecisionName,
    /// A note for the record
    #[arg(long, value_name = "T")]
    pub note: Option<String>,
    /// Hours until a snoozed case returns
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub hours: u32,
    /// Snooze until a list changes that names the case, at most 30 days
    #[arg(long)]
    pub until_list: bool,
    /// Do not wait for the clock
    #[arg(long)]
    pub now: bool,
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
