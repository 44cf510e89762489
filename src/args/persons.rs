//! What can be typed about persons.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// List everybody, and who acts now
    Ls,
    /// Add a person, who may do everything unless something else is said
    Add {
        /// The name for the record
        name: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Change what a person may do
    Set {
        /// The name
        name: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Take a name out of use; what stands in the record under it stays
    Rm {
        /// The name
        name: String,
    },
    /// Say who acts from now on; "me" is whoever has no name
    Use {
        /// The name
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct Rights {
    /// A volunteer: decides without pictures, deletes nothing
    #[arg(long, conflicts_with_all = ["may", "no_pictures"])]
    pub volunteer: bool,
    /// What this person may do [default: all of it]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub may: Option<Vec<AbilityName>>,
    /// No picture is ever shown to this person
    #[arg(long)]
    pub no_pictures: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AbilityName {
    /// Look at pictures, where looking is allowed at all
    View,
    /// Decide cases and put files back
    Decide,
    /// Delete for good, and change who may do what
    Purge,
}
