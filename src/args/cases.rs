//! Cases: which of them, in which order, and what is decided.

use clap::{Args, ValueEnum};

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
    /// Uploaded by this one, as the layout of the site says
    #[arg(long, value_name = "UPLOADER")]
    pub uploader: Option<String>,
    /// First seen at or after this time, with its zone: 2026-11-23T14:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// First seen before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// At least this large, in bytes
    #[arg(long, value_name = "BYTES")]
    pub min_size: Option<u32>,
    /// At most this large, in bytes
    #[arg(long, value_name = "BYTES")]
    pub max_size: Option<u32>,
    /// By what cases stand together
    #[arg(long, value_enum, default_value = "none")]
    pub group: GroupName,
    /// Text in a path, a note, the name of its list; a case number; or the whole hash of the file
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// In which order
    #[arg(long, value_enum, default_value = "most-serious")]
    pub order: OrderName,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GroupName {
    /// Each for itself
    #[default]
    None,
    /// By who uploaded the first of its files
    Uploader,
    /// By the list of its topmost match
    List,
    /// By the entry of that list
    Entry,
    /// By the site of its first file
    Site,
    /// By the folder of its first file
    Folder,
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
