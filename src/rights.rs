//! What right each command asks for. Every command stands here, or this does not compile; the engine says who has which.

use engine::model::Right;

use crate::args::{
    ClockCommand, Command, Good, KeepName, List, NoticeCommand, ProfileCommand, SiteCommand, StatementArgs, TodoArgs, Vault, VaultKey,
};

/// The right that a command asks for.
pub fn of(command: &Command) -> Right {
    match command {
        Command::List(command) => of_list(command),
        Command::Site(command) => of_site(command),
        Command::Vault(command) => of_vault(command),
        Command::Good(Good::Ls { .. } | Good::Proposals { dismiss: None }) => Right::Anyone,
        Command::Clock(ClockCommand::Ls { .. }) | Command::Notice(NoticeCommand::Ls) => Right::Anyone,
        Command::Profile(ProfileCommand::Show { .. } | ProfileCommand::Ls) => Right::Anyone,
        Command::Profile(ProfileCommand::Set { .. } | ProfileCommand::Copy { .. }) => Right::Everything,
        // Switching is free; of the rest the engine says in its own words who may do it.
        Command::Todo(TodoArgs { tick: None, untick: None, done: false, .. }) | Command::Person(_) => Right::Anyone,
        Command::Statement(arguments) => of_statement(arguments),
        Command::Copies(arguments) => deciding_if(arguments.join || arguments.remember.is_some()),
        Command::Hold(arguments) => deciding_if(arguments.end || arguments.no_end || arguments.until.is_some()),
        Command::Purge(arguments) if arguments.confirm.is_empty() => Right::Anyone,
        Command::Purge(_) => Right::Purge,
        Command::RemoveData { yes: true } => Right::Everything,
        Command::Evidence(arguments) if arguments.answer == KeepName::FactsOnly => Right::Purge,
        Command::Decide(_)
        | Command::Undo { .. }
        | Command::Redo { .. }
        | Command::Act { .. }
        | Command::Restore(_)
        | Command::Reopen { .. }
        | Command::Singles { .. }
        | Command::Include { .. }
        | Command::Split { .. }
        | Command::Note { .. }
        | Command::Claim { .. }
        | Command::Ask { .. }
        | Command::Answer { .. }
        | Command::Report(_)
        | Command::Reported(_)
        | Command::Evidence(_)
        | Command::Todo(_)
        | Command::Good(_)
        | Command::Clock(_)
        | Command::Notice(_) => Right::Decide,
        Command::Fingerprint { .. }
        | Command::Check { .. }
        | Command::Sweep { .. }
        | Command::Watch
        | Command::Inbox { .. }
        | Command::Show { .. }
        | Command::Plan { .. }
        | Command::HelpPage { .. }
        | Command::Reveals
        // The rights of a damaged database cannot be read, and making it again loses nothing.
        | Command::Database(_)
        | Command::Ledger(_)
        | Command::Monthly { .. }
        | Command::Transparency { .. }
        | Command::Handover { .. }
        | Command::Practice { .. }
        | Command::Status
        | Command::Logs { .. }
        | Command::SafeReport { .. }
        | Command::Storage
        | Command::RemoveData { yes: false }
        | Command::Selftest { .. }
        | Command::Completions { .. }
        | Command::Man => Right::Anyone,
    }
}

const fn deciding_if(changes: bool) -> Right {
    if changes { Right::Decide } else { Right::Anyone }
}

fn of_list(command: &List) -> Right {
    match command {
        List::Ls | List::Show { .. } | List::Entries { .. } | List::Diff { .. } | List::Formats => Right::Anyone,
        List::Quiet { hours: None } | List::Threshold { distance: None, .. } => Right::Anyone,
        List::Terms { given_by: None, terms: None, review: None, .. } => Right::Anyone,
        List::Sources(arguments) if arguments.list.is_none() => Right::Anyone,
        // "Never again" and its end are decisions about one content.
        List::Put { .. } | List::Withdraw { .. } => Right::Decide,
        List::Add(_)
        | List::Rollback { .. }
        | List::Rm { .. }
        | List::Update { .. }
        | List::Sources(_)
        | List::New { .. }
        | List::Publish(_)
        | List::Key(_)
        | List::Quiet { .. }
        | List::Threshold { .. }
        | List::Terms { .. }
        | List::SwitchOn { .. } => Right::Everything,
    }
}

const fn of_site(command: &SiteCommand) -> Right {
    match command {
        SiteCommand::Ls | SiteCommand::Show { .. } | SiteCommand::Presets => Right::Anyone,
        SiteCommand::Map(arguments) if arguments.file.is_none() && !arguments.forget => Right::Anyone,
        SiteCommand::Add { .. } | SiteCommand::Change(_) | SiteCommand::Map(_) | SiteCommand::Rm { .. } => Right::Everything,
    }
}

const fn of_vault(command: &Vault) -> Right {
    match command {
        Vault::Ls | Vault::Seal | Vault::Verify | Vault::Certificate { .. } | Vault::Clock { days: None } => Right::Anyone,
        Vault::Key(VaultKey::Show) => Right::Anyone,
        Vault::Export { .. } | Vault::Key(_) => Right::Purge,
        Vault::Clock { .. } => Right::Everything,
    }
}

const fn of_statement(arguments: &StatementArgs) -> Right {
    deciding_if(arguments.change.is_some())
}
