//! Places that lists are loaded from: every address that may be contacted, and the quiet hours.

use engine::engine::offering;
use engine::engine::sources::{self as places, Change};
use engine::lists::download::Secrets;
use engine::store::list_times;
use engine::store::subscriptions::{Changes, SubscriptionId};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{HOUR_MS, SourceChange, Sources};

/// Every place, and the quiet hours.
#[tauri::command(async)]
pub fn sources(shell: State<'_, Shell>) -> Answer<Sources> {
    let core = shell.core()?;
    let rows = places::views(&core)?.into_iter().map(Into::into).collect();
    let round = core.offers.round();
    Ok(Sources {
        rows,
        quiet: core.store.read(list_times::quiet_hours)?,
        looking: round.is_some(),
        looked: round.map_or(0, |round| round.done),
    })
}

/// Changes a place without ending it. Where more may be contacted afterwards, the system's own dialog asks; `false` after a no.
#[tauri::command(async)]
pub fn source_change(shell: State<'_, Shell>, arg: SourceChange) -> Answer<bool> {
    arg.every_hours.map_or(Ok(()), bounds::hours)?;
    arg.other_hosts.as_deref().map_or(Ok(()), bounds::hosts)?;
    arg.token.as_deref().map_or(Ok(()), bounds::secret)?;
    let stored = Changes {
        interval: arg.every_hours.map(|hours| (hours > 0).then_some(hours * HOUR_MS)),
        is_paused: arg.paused,
        may_be_private: arg.private_network,
        other_hosts: arg.other_hosts,
    };
    let secrets = arg.token.map(|token| Secrets::of_lines(&token, &[])).transpose()?;
    let (core, id, change) = (shell.core()?, SubscriptionId::new(arg.source), Change { stored, secrets });
    if !places::change_question(&core, id, &change)?.is_none_or(|question| shell.says_yes(&question)) {
        return Ok(false);
    }
    places::change(&core, id, change)?;
    Ok(true)
}

/// Looks at every place that is not paused.
#[tauri::command(async)]
pub fn sources_look(shell: State<'_, Shell>) -> Answer<()> {
    Ok(offering::look_all(&shell.core()?)?)
}

/// Loads from there no more; the list stays.
#[tauri::command(async)]
pub fn source_forget(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    Ok(places::remove(&*shell.core()?, SubscriptionId::new(arg))?)
}

/// Sets the hours in which nothing is loaded by itself; none without any.
#[tauri::command(async)]
pub fn quiet_set(shell: State<'_, Shell>, arg: Option<String>) -> Answer<()> {
    bounds::optional(arg.as_deref(), bounds::LONGEST_WORD)?;
    Ok(places::set_quiet_hours(&*shell.core()?, arg.as_deref())?)
}
