//! What can be typed about copies of a content and about what is known to be good.

use std::ffi::OsString;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct CopiesArgs {
    /// Number of a case, or a file (a file named 412 is typed ./412)
    pub what: OsString,
    /// Join the copies that have no case of their own to the case: its decision then covers their files too
    #[arg(long)]
    pub join: bool,
    /// Put the content on a list of your own, so that a later upload of it raises a case
    #[arg(long, value_name = "LIST")]
    pub remember: Option<String>,
    /// Say yes to the guard of the list
    #[arg(long, requires = "remember")]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Good {
    /// Never raise this content again, what one entry of a list matches, or what one account uploaded. Not for child abuse material or an unknown kind of list
    Add {
        /// Number of a case, or a file
        #[arg(required_unless_present_any = ["entry", "uploader"], conflicts_with_all = ["entry", "uploader"])]
        what: Option<OsString>,
        /// Everything that this entry matches
        #[arg(long, num_args = 2, value_names = ["LIST", "N"])]
        entry: Option<Vec<String>>,
        /// What this account uploaded, where file names or a map file say who that was
        #[arg(long, num_args = 2, value_names = ["SITE", "NAME"], conflicts_with = "entry")]
        uploader: Option<Vec<String>>,
        /// Why; it stands in the record
        #[arg(long, value_name = "T")]
        reason: String,
        /// The last day on which it counts, in UTC; without it, until it is removed
        #[arg(long, value_name = "YYYY-MM-DD")]
        until: Option<String>,
    },
    /// List the rules and what they keep
    Ls {
        /// Also those that ended
        #[arg(long)]
        all: bool,
    },
    /// End a rule; the cases that it kept are in the inbox again
    Rm {
        /// Number of the rule
        rule: i64,
    },
    /// List contents that very many uploads share, such as logos and smilies, about which nobody was asked yet
    Proposals {
        /// Do not ask about this content again, by its number
        #[arg(long, value_name = "N")]
        dismiss: Option<i64>,
    },
}
