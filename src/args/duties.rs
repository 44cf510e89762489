//! Duties: country, clocks, notices, help.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Show the answers and the country profiles that they choose
    Show {
        /// One profile with all that it says: us, uk, eu, other
        name: Option<String>,
    },
    /// Answer the questions: where you live, where the site is hosted, whom it serves
    Set {
        /// Two letters of the country where you live, or other
        #[arg(long, value_name = "COUNTRY")]
        lives: String,
        /// Two letters of the country where the site is hosted [default: as --lives]
        #[arg(long, value_name = "COUNTRY")]
        hosted: Option<String>,
        /// The site serves people in these
        #[arg(long, value_enum, value_delimiter = ',')]
        serves: Vec<ServesName>,
        /// You act for a company, not alone
        #[arg(long)]
        company: bool,
    },
    /// List the shipped profiles
    Ls,
    /// Put a copy of a profile into the home, where you can change it
    Copy {
        /// us, uk, eu, other
        name: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServesName {
    /// The European Union
    Eu,
    /// The United Kingdom
    Uk,
}

#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Start a clock that only you can know of
    Start(Box<ClockStart>),
    /// List the clocks that run, soonest first
    Ls {
        /// The last ones too that were met, missed or stopped
        #[arg(long)]
        all: bool,
    },
    /// Stop a clock
    Stop {
        /// Its number
        clock: i64,
        /// Why, in at least ten characters, for the record
        #[arg(long)]
        reason: String,
    },
    /// Say that the site itself no longer shows what was taken out of its copy
    Confirm {
        /// Number of the clock
        clock: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ClockName {
    /// A removal order for terrorist content
    TcoOrder,
    /// A request to remove an intimate image
    NciiRequest,
    /// A report of child abuse material
    CsamReport,
    /// A threat to somebody's life
    LifeThreat,
    /// An authority does not want the uploader told
    NonDisclosure,
    /// A reminder of your own
    Reminder,
}

#[derive(Debug, Args)]
pub struct ClockStart {
    /// Number of the case
    pub case: Option<i64>,
    /// What it counts
    #[arg(long, value_enum)]
    pub kind: ClockName,
    /// When it was received, with the zone: "2026-11-23 14:00 +01:00"
    #[arg(long, value_name = "TIME")]
    pub received: String,
    /// Who sent it
    #[arg(long, value_name = "WHO")]
    pub from: Option<String>,
    /// Their reference number
    #[arg(long, value_name = "NUMBER")]
    pub reference: Option<String>,
    /// Until when, for a reminder or an order not to tell
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// What a reminder is about
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// A time more than 30 days back is meant so
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum NoticeCommand {
    /// Type in a notice: it starts the clock of its kind and leads to a case
    Add(Box<NoticeAdd>),
    /// List the last notices
    Ls,
    /// Note what you answered
    Answer {
        /// Number of the notice
        notice: i64,
        /// What you answered
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum NoticeName {
    /// A request to remove an intimate image
    NciiRequest,
    /// A removal order for terrorist content
    TcoOrder,
    /// A notice of illegal content
    DsaNotice,
    /// Mail of a hotline
    HotlineMail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SenderName {
    /// A person
    Person,
    /// An authority
    Authority,
    /// A hotline
    Hotline,
    /// Somebody else
    Other,
}

#[derive(Debug, Args)]
pub struct NoticeAdd {
    /// What it is
    #[arg(long, value_enum)]
    pub kind: NoticeName,
    /// When it was received, with the zone
    #[arg(long, value_name = "TIME")]
    pub received: String,
    /// What kind of sender
    #[arg(long, value_enum)]
    pub from_kind: SenderName,
    /// Who sent it
    #[arg(long, value_name = "WHO", default_value = "")]
    pub from: String,
    /// Their reference number
    #[arg(long, value_name = "NUMBER", default_value = "")]
    pub reference: String,
    /// The addresses or the file that it names, as it names them
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub names: String,
    /// The case that it is about
    #[arg(long, conflicts_with = "file")]
    pub case: Option<i64>,
    /// The file that it is about: its content goes on your own list, which opens the case
    #[arg(long)]
    pub file: Option<PathBuf>,
    /// What of its checklist is there
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub check: Vec<String>,
    /// A time more than 30 days back is meant so
    #[arg(long)]
    pub yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PackName {
    /// NCMEC CyberTipline, United States
    Ncmec,
    /// National Crime Agency, United Kingdom
    Nca,
    /// A hotline: the address, nothing else
    Hotline,
    /// The police, also about a threat to life
    Police,
    /// Statement of reasons for the uploader
    Dsa,
    /// Plain facts, without fingerprints where the list is protected
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    Yes,
    No,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Number of the case
    pub case: i64,
    /// Whom it is for
    #[arg(long = "for", value_enum)]
    pub whom: PackName,
    /// The folder; must not exist, or be empty. A ZIP of it is written beside
    #[arg(required_unless_present = "ask")]
    pub dir: Option<PathBuf>,
    /// List what only you can know for this kind of report, and write nothing
    #[arg(long, conflicts_with = "dir")]
    pub ask: bool,
    /// Something that only you know; repeat it. `--ask` lists the names
    #[arg(long, value_name = "NAME=VALUE")]
    pub field: Vec<String>,
    /// An address of the uploader: "203.0.113.7:443 2026-11-23T13:00:00Z Upload"; repeat it
    #[arg(long, value_name = "TEXT")]
    pub ip: Vec<String>,
    /// Whether anybody opened the file outside of Gatehouse
    #[arg(long, value_enum)]
    pub viewed_outside: Option<Answer>,
    /// Tell the names of the files, which uploaders may have chosen
    #[arg(long)]
    pub with_names: bool,
    /// Put the file itself along, encrypted to this age key of the authority; needs --confirm and --why
    #[arg(long, value_name = "KEY", requires_all = ["confirm", "why"])]
    pub with_sealed_file: Option<String>,
    /// Number of the case, typed again
    #[arg(long, value_name = "CASE")]
    pub confirm: Option<String>,
    /// For whom the file is, and why
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeepName {
    /// It stays sealed
    Keep,
    /// It may not be kept here: it is deleted for good, the facts stay
    FactsOnly,
    /// You asked; a reminder comes in 24 hours
    Later,
}

#[derive(Debug, Args)]
pub struct Evidence {
    /// Number of the case
    pub case: i64,
    /// What your police or hotline says
    #[arg(value_enum)]
    pub answer: KeepName,
    /// Why, for the record; at least ten characters where the file is deleted
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Number of the case, typed again, where the file is deleted
    #[arg(long, value_name = "CASE", default_value = "")]
    pub confirm: String,
}

#[derive(Debug, Args)]
pub struct Reported {
    /// Number of the case
    pub case: i64,
    /// To whom
    #[arg(long, value_enum)]
    pub to: PackName,
    /// The number that the report was given; leave it out if there is none
    #[arg(long)]
    pub number: Option<String>,
    /// When, with the zone [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

#[derive(Debug, Args)]
pub struct StatementArgs {
    /// Number of the case
    pub case: i64,
    #[command(subcommand)]
    pub change: Option<StatementChange>,
    /// Something that only you know; repeat it: ground, ground_why, complain_to, complain_by, out_of_court, notifier
    #[arg(long, value_name = "NAME=VALUE")]
    pub field: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum StatementChange {
    /// Do not send it now
    Hold {
        /// Why
        #[arg(long)]
        reason: String,
        /// Until when, with the zone
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Note that you sent it
    Release {
        /// How; where it was held, also why that is right
        #[arg(long)]
        how: String,
    },
}
