//! What can be typed about the vault, holds, and deleting for good.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub struct Restore {
    /// Number of the case
    pub case: i64,
    /// Why; a case of a protected list needs at least ten characters
    #[arg(long, value_name = "T")]
    pub note: Option<String>,
    /// Put a file beside its path under another name, if something else has the path
    #[arg(long)]
    pub beside: bool,
}

#[derive(Debug, Args)]
pub struct Purge {
    /// Number of the case
    pub case: i64,
    /// The number of the case again: only with it is anything deleted
    #[arg(long, value_name = "CASE", default_value = "")]
    pub confirm: String,
    /// Why, at least ten characters; goes into the record
    #[arg(long, value_name = "T", default_value = "")]
    pub reason: String,
    /// Also while the vault clock of the case still runs
    #[arg(long)]
    pub early: bool,
    /// Write the certificates into this new file too
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BasisName {
    /// It may have to be reported, or was
    Report,
    /// An order of an authority
    Order,
    /// An authority asked
    RequestOfAuthority,
    /// Your own decision
    OwnDecision,
    /// Something else
    Other,
}

#[derive(Debug, Args)]
pub struct Hold {
    /// Number of the case
    pub case: i64,
    /// Hold it to the end of this day (UTC), or to this moment: 2027-05-31, 2027-05-31T12:00:00Z
    #[arg(long, value_name = "DATE", conflicts_with_all = ["no_end", "end"])]
    pub until: Option<String>,
    /// Hold it without an end
    #[arg(long, conflicts_with = "end")]
    pub no_end: bool,
    /// End the hold now
    #[arg(long)]
    pub end: bool,
    /// Why; shortening or ending needs at least ten characters
    #[arg(long, value_name = "T")]
    pub reason: Option<String>,
    /// The kind of ground of a new hold
    #[arg(long, value_enum, default_value = "own-decision")]
    pub basis: BasisName,
}

#[derive(Debug, Subcommand)]
pub enum Vault {
    /// List what is sealed, waits for it, or is held
    Ls,
    /// Seal what waits now
    Seal,
    /// Decrypt every sealed file and compare it with its record
    Verify,
    /// Write the sealed files of a case into a folder, encrypted to a receiver's age key; never in the clear
    Export {
        /// Number of the case
        case: i64,
        /// The folder
        dir: PathBuf,
        /// The receiver's public key: age1…
        #[arg(long, value_name = "KEY")]
        to: String,
        /// To whom, and why; goes into the record
        #[arg(long, value_name = "T")]
        reason: String,
        /// The number of the case again
        #[arg(long, value_name = "CASE")]
        confirm: String,
    },
    /// Print the certificates of what was deleted for good
    Certificate {
        /// Number of the case
        case: i64,
        /// Write them into this new file too
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Days after which deleting a sealed file without a hold is offered: 30, 90, 180 or 365; shows them when nothing is named
    Clock {
        /// The days
        days: Option<i64>,
    },
    /// The key of the vault
    #[command(subcommand)]
    Key(VaultKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyPlaceName {
    /// The key store of this desktop, by way of secret-tool
    KeyStore,
    /// A file that opens with a passphrase
    Passphrase,
    /// A file that opens for whoever can read this home
    File,
}

#[derive(Debug, Subcommand)]
pub enum VaultKey {
    /// Say where the key is and whether its recovery key was saved
    Show,
    /// Keep the key in the key store of this desktop, under a passphrase, or in a file without one
    Keep {
        /// Where
        #[arg(value_enum)]
        place: KeyPlaceName,
    },
    /// Write the recovery key into a new file, outside of Gatehouse's own folder. Whoever has it can open the vault
    Save {
        /// The file; must not exist
        file: PathBuf,
    },
    /// Bring the key back from a recovery key
    Use {
        /// The file of the recovery key
        file: PathBuf,
    },
    /// The key is lost and there is no recovery key: seal with a new one from now on. What was sealed before stays closed
    New,
}
