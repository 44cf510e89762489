//! Hash lists: add, follow, publish, go back.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use engine::engine::publishing::USUAL_DAYS;

use super::SourceChange;

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
    /// Show the entries of a list of your own, the newest first: what kinds and labels they have, never their values
    Entries {
        /// Name or number of the list
        list: String,
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
    /// Who gave a list, on what terms, and when these are to be looked at again: shown, or written down. Nothing is decided by it
    Terms {
        /// Name or number
        list: String,
        /// Who gave it to you
        #[arg(long, value_name = "WHO")]
        given_by: Option<String>,
        /// What you agreed to
        #[arg(long, value_name = "TEXT")]
        terms: Option<String>,
        /// The day on which to look at the terms again, such as 2027-01-31, in UTC; or never
        #[arg(long, value_name = "DAY")]
        review: Option<String>,
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
    /// The root certificate of a server in your own network, as .pem or .der; it counts for this address alone, in place of those that come with
    /// Gatehouse
    #[arg(long, value_name = "FILE", requires = "private_network")]
    pub root_certificate: Option<PathBuf>,
}
