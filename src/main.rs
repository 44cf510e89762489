//! `gatehouse`: the command line. Reads arguments and environment, prints, decides nothing.
//!
//! The same program is the worker that decodes pictures: with `__worker` as its first argument it jails itself before it reads a byte.

mod args;
mod case;
mod check;
mod copies;
mod database;
mod diff;
mod duty;
mod home;
mod ledger;
mod list;
mod out;
mod own;
mod papers;
mod passphrase;
mod password;
mod person;
mod preset;
mod reading;
mod report;
mod rights;
mod site;
mod source;
mod terms;
mod todo;
mod vault;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use args::{Command, Gatehouse};
use clap::Parser as _;
use engine::{Engine, Error, Options, SystemClock};
use fingerprint::worker::Limits;
use out::Out;
use passphrase::Passphrases;

/// How a run ended; the numbers are part of the command-line contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, and nothing found.
    Done = 0,
    /// A match (`check`), or a broken chain (`ledger verify`).
    Found = 1,
    /// An error, or something could not be checked.
    Failed = 2,
    /// Wrong usage.
    Usage = 64,
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == "__worker") {
        return work();
    }
    #[cfg(debug_assertions)]
    arm_fault_point();
    let arguments = match Gatehouse::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let out = Out::new(arguments.json);
    if rustix::process::geteuid().is_root() && !matches!(arguments.command, Command::Completions { .. } | Command::Man) {
        out.message("Running as root. Gatehouse needs no more than the right to read and move uploads.");
    }
    let exit = run(&arguments, &out).unwrap_or_else(|error| out.error(&error));
    ExitCode::from(exit as u8)
}

/// Tests end this program at a named point; a release has none.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn arm_fault_point() {
    if let Ok(plan) = std::env::var("GATEHOUSE_FAULT_POINT") {
        engine::fault::arm(&plan);
    }
}

/// The worker. Its arguments come from the engine alone; anything else is wrong usage.
fn work() -> ExitCode {
    let limits = std::env::args().nth(2).as_deref().and_then(Limits::from_wire);
    let code = limits.map_or(Exit::Usage as i32, fingerprint::worker::run);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn usage(error: &clap::Error) -> ExitCode {
    // Help and version come the same way and are no mistakes. A closed pipe leaves nobody to tell.
    drop(error.print());
    ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { Exit::Done as u8 })
}

fn options(arguments: &Gatehouse) -> Options {
    Options { home: home(arguments), worker: worker(), clock: Arc::new(SystemClock::new()) }
}

fn run(arguments: &Gatehouse, out: &Out) -> Result<Exit, Error> {
    match &arguments.command {
        Command::Fingerprint { files, dihedral } => return Ok(check::fingerprint(out, &worker(), files, *dihedral)),
        Command::Practice { dir } => return site::practice(out, dir),
        Command::Completions { shell } => return Ok(out.completions(*shell)),
        Command::Man => return Ok(out.man_page()),
        Command::List(args::List::Formats) => return Ok(list::formats(out)),
        Command::List(args::List::Key(command)) => return own::key(out, command),
        Command::Database(args::Database::Rebuild) => return database::rebuild(out, &home(arguments), options(arguments)),
        Command::Site(args::SiteCommand::Presets) => return preset::list(out, &home(arguments)),
        _ => {}
    }
    let mut engine = Engine::open(options(arguments))?;
    engine::log::follow_panics(engine.core()?.log.clone());
    if let Some(name) = acting(arguments) {
        engine.core()?.act_as(&name)?;
    }
    engine.core()?.require(rights::of(&arguments.command))?;
    if let Some(program) = key_store() {
        engine.core()?.vault.keys.use_store(&program);
    }
    let passphrases = Passphrases::new(arguments.passphrase_fd);
    match &arguments.command {
        Command::Check { paths } => check::check(out, &engine, paths),
        Command::List(command) => list::run(out, &engine, command),
        Command::Site(command) => site::run(out, &engine, command),
        Command::Sweep { site } => site::sweep(out, &engine, site.as_deref()),
        Command::Watch => site::watch(out, &mut engine),
        Command::Status => site::status(out, &engine),
        Command::Selftest { site } => site::selftest(out, &engine, site.as_deref()),
        Command::Inbox { state: args::InboxState::CouldNotCheck, .. } => site::could_not_check(out, &engine),
        Command::Inbox { state, narrow } => case::inbox(out, &engine, *state, narrow),
        Command::Claim { case, release } => case::claim(out, &engine, *case, *release),
        Command::Ask { case, file } => case::ask(out, &engine, *case, file),
        Command::Answer { file } => case::answer(out, &engine, file),
        Command::Reveals => case::reveals(out, &engine),
        Command::Show { case } => case::show(out, &engine, *case),
        Command::Decide(decision) => case::decide(out, &engine, decision),
        Command::Undo { case } => case::undo(out, &engine, *case),
        Command::Redo { case } => case::redo(out, &engine, *case),
        Command::Plan { case } => case::plan(out, &engine, *case),
        Command::Act { case } => case::act(out, &engine, *case),
        Command::Restore(wish) => case::restore(out, &engine, &passphrases, wish),
        Command::Hold(command) => vault::hold(out, &engine, command),
        Command::Purge(command) => vault::purge(out, &engine, command),
        Command::Vault(command) => vault::run(out, &engine, &passphrases, command),
        Command::Todo(arguments) => todo::run(out, &engine, arguments),
        Command::Include { case, file } => todo::include(out, &engine, *case, *file),
        Command::Split { case, file } => todo::split(out, &engine, *case, *file),
        Command::Reopen { case } => case::reopen(out, &engine, *case),
        Command::Singles { case } => case::singles(out, &engine, *case),
        Command::Note { case, text } => case::note(out, &engine, *case, text),
        Command::Report(arguments) => report::report(out, &engine, arguments),
        Command::Reported(arguments) => report::reported(out, &engine, arguments),
        Command::Evidence(arguments) => report::evidence(out, &engine, arguments),
        Command::Statement(arguments) => report::statement(out, &engine, arguments),
        Command::Clock(command) => duty::clock(out, &engine, command),
        Command::Notice(command) => duty::notice(out, &engine, command),
        Command::Profile(command) => duty::profile(out, &engine, command),
        Command::HelpPage { country, language, file } => duty::help_page(out, &engine, country, language, file.as_deref()),
        Command::Database(command) => database::run(out, &engine, command),
        Command::Ledger(command) => ledger::run(out, &engine, &passphrases, command),
        Command::Copies(arguments) => copies::copies(out, &engine, arguments),
        Command::Good(command) => copies::good(out, &engine, command),
        Command::Monthly { site, dir, month } => papers::statement(out, &engine, site, dir, month.as_deref()),
        Command::Transparency { dir, months } => papers::transparency(out, &engine, dir, *months),
        Command::Handover { file } => papers::handover(out, &engine, file),
        Command::Person(command) => person::run(out, &engine, command),
        Command::Logs { level, search, lines } => home::logs(out, &engine, *level, search.as_deref(), *lines),
        Command::SafeReport { file } => home::safe_report(out, &engine, file.as_deref()),
        Command::Storage => home::storage(out, &engine),
        Command::RemoveData { yes } => home::remove(out, engine, *yes),
        Command::Fingerprint { .. } | Command::Practice { .. } | Command::Completions { .. } | Command::Man => Ok(Exit::Done),
    }
}

/// The home: `--home`, else `GATEHOUSE_HOME`, else the platform's data directory.
#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn home(arguments: &Gatehouse) -> PathBuf {
    let from = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = || from("HOME").unwrap_or_else(|| PathBuf::from("."));
    let data = || match cfg!(target_os = "macos") {
        true => user().join("Library/Application Support/Gatehouse"),
        false => from("XDG_DATA_HOME").unwrap_or_else(|| user().join(".local/share")).join("gatehouse"),
    };
    arguments.home.clone().or_else(|| from("GATEHOUSE_HOME")).unwrap_or_else(data)
}

/// Who acts in this run: `--as`, else `GATEHOUSE_PERSON`; `None` leaves it to the home.
#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn acting(arguments: &Gatehouse) -> Option<String> {
    arguments.acting.clone().or_else(|| std::env::var("GATEHOUSE_PERSON").ok()).filter(|name| !name.is_empty())
}

/// The program that speaks to the key store of the desktop, where there is one; `GATEHOUSE_KEY_STORE` names another, and `none` means that no key store
/// is used.
#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn key_store() -> Option<PathBuf> {
    engine::engine::vaulting::key_store(std::env::var_os("GATEHOUSE_KEY_STORE"), std::env::var_os("PATH"))
}

/// The worker is this very program.
fn worker() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gatehouse"))
}
