//! Sites: their folders, software, map files, and what is left to do on them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
