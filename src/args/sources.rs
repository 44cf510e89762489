//! What can be typed behind `list sources`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is changed of the place that a list is loaded from. Without any of it, the place is shown.
#[derive(Debug, Args)]
pub struct SourceChange {
    /// Name or number of the list; all places are shown when left out
    pub list: Option<String>,
    /// Look no more until --resume; the list goes on matching
    #[arg(long, requires = "list", conflicts_with = "resume")]
    pub pause: bool,
    /// Look again
    #[arg(long, requires = "list")]
    pub resume: bool,
    /// Hours between two looks; 0: only by `list update`
    #[arg(long, requires = "list", value_name = "HOURS", value_parser = clap::value_parser!(i64).range(0..=696))]
    pub every: Option<i64>,
    /// Other hosts that the address may lead on to, in place of those before; "" for none
    #[arg(long, requires = "list", value_name = "HOST")]
    pub also_host: Option<Vec<String>>,
    /// Whether the address may lie in your own network
    #[arg(long, requires = "list", value_enum)]
    pub private_network: Option<YesNo>,
    /// A header that the publisher gave you, in place of what was given before; prefer --token-file
    #[arg(long, requires = "list", value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// A file whose first line is the token that the publisher gave you, in place of what was given before
    #[arg(long, requires = "list", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Forget token and headers
    #[arg(long, requires = "list", conflicts_with_all = ["header", "token_file"])]
    pub no_secrets: bool,
    /// Load from there no more; the list and its versions stay
    #[arg(long, requires = "list", conflicts_with_all = ["pause", "resume", "every", "also_host", "private_network", "header", "token_file", "no_secrets"])]
    pub forget: bool,
}

/// A plain answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    Yes,
    No,
}
