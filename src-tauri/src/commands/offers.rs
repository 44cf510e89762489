//! A list on offer: brought, looked at, answered, taken or dropped. The work is the engine's, on a thread of its own; a command only begins it.

use engine::Code;
use engine::engine::offering::{self, Origin, Yes};
use engine::engine::sources::{self, Wanted};
use engine::lists::download::{Root, Secrets, Source};
use engine::lists::import::Choices;
use engine::lists::signed::Given;
use engine::store::subscriptions;
use tauri::State;

use super::{bounds, lists};
use crate::shell::{Answer, Shell};
use crate::wire::{HOUR_MS, OfferAddress, OfferAnswers, OfferChoose, OfferState, OfferYes, WireError, choices};

/// Hours between two looks at a file or folder, unless somebody says otherwise.
const FILE_HOURS: i64 = 1;

/// The list on offer, if there is one.
#[tauri::command(async)]
pub fn offer(shell: State<'_, Shell>) -> Answer<Option<OfferState>> {
    Ok(shell.core()?.offers.look(|offer| offer.map(Into::into)))
}

/// Lets the person choose a file or a folder and begins to read it. `false` if they changed their mind.
#[tauri::command(async)]
pub fn offer_choose(shell: State<'_, Shell>, arg: OfferChoose) -> Answer<bool> {
    let core = shell.core()?;
    let Some(path) = (if arg.folder { shell.choose_folder() } else { shell.choose_file() }) else { return Ok(false) };
    let origin = if arg.follow {
        let source = Source::named(path.as_os_str())?;
        let interval = Some(FILE_HOURS * HOUR_MS);
        Origin::Followed(Wanted { source, interval, may_be_private: false, root: None, other_hosts: Vec::new(), secrets: Secrets::none() })
    } else {
        Origin::Once(path)
    };
    offering::begin(&core, origin, Choices::default(), Given::offered())?;
    Ok(true)
}

/// Asks in the system's own dialog, where no page can answer, and begins to load from an address. `false` after a no: then nothing was contacted.
#[tauri::command(async)]
pub fn offer_address(shell: State<'_, Shell>, arg: OfferAddress) -> Answer<bool> {
    bounds::text(&arg.address, bounds::LONGEST_ADDRESS)?;
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    bounds::secret(&arg.token)?;
    bounds::headers(&arg.headers)?;
    bounds::hosts(&arg.other_hosts)?;
    bounds::hours(arg.every_hours)?;
    let core = shell.core()?;
    let source = Source::address(&arg.address)?;
    let root = match arg.own_root {
        true => Some(Root::read(&match shell.choose_file() {
            Some(file) => file,
            None => return Ok(false),
        })?),
        false => None,
    };
    let wanted = Wanted {
        source,
        interval: (arg.every_hours > 0).then_some(arg.every_hours * HOUR_MS),
        may_be_private: arg.private_network,
        root,
        other_hosts: arg.other_hosts,
        secrets: Secrets::of_lines(&arg.token, &arg.headers)?,
    };
    if !sources::question(&wanted.source).is_none_or(|question| shell.says_yes(&question)) {
        return Ok(false);
    }
    let name = arg.name.trim();
    let choices = Choices { name: (!name.is_empty()).then(|| name.to_owned()), ..Choices::default() };
    offering::begin(&core, Origin::Followed(wanted), choices, Given::offered())?;
    Ok(true)
}

/// Looks whether a followed list has a newer version.
#[tauri::command(async)]
pub fn offer_again(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let core = shell.core()?;
    let list = lists::known(&core, arg)?;
    let source = core.store.read(|connection| subscriptions::of_list(connection, list))?;
    let source = source.ok_or_else(|| WireError::new(Code::NotFound, "This list is not followed."))?;
    offering::begin(&core, Origin::Again(source.id), Choices::default(), Given::offered())?;
    Ok(())
}

/// Reads the list on offer with other answers.
#[tauri::command(async)]
pub fn offer_answer(shell: State<'_, Shell>, arg: OfferAnswers) -> Answer<()> {
    check(&arg)?;
    let given = arg.key.as_deref().filter(|key| !key.trim().is_empty()).map(Given::typed).transpose()?;
    Ok(offering::answer(&shell.core()?, arg.token, choices(&arg)?, given)?)
}

/// Lets the list on offer count, with these answers.
#[tauri::command(async)]
pub fn offer_accept(shell: State<'_, Shell>, arg: OfferYes) -> Answer<()> {
    check(&arg.answers)?;
    bounds::many(arg.guards.len())?;
    let yes = Yes { guards: arg.guards.into_iter().collect(), key: arg.key };
    Ok(offering::accept(&shell.core()?, arg.answers.token, choices(&arg.answers)?, yes)?)
}

fn check(answers: &OfferAnswers) -> Answer<()> {
    bounds::text(&answers.name, bounds::LONGEST_NAME)?;
    bounds::optional(answers.format.as_deref(), bounds::LONGEST_WORD)?;
    bounds::optional(answers.columns.as_deref(), bounds::LONGEST_COLUMNS)?;
    bounds::optional(answers.key.as_deref(), bounds::LONGEST_KEY)
}

/// Drops the list on offer; a download ends.
#[tauri::command(async)]
pub fn offer_end(shell: State<'_, Shell>, arg: u64) -> Answer<()> {
    Ok(offering::end(&shell.core()?, arg)?)
}
