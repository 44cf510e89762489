//! Places that lists come from: named, said yes to, shown, ended.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::core::Core;
use crate::error::{Code, Error, Result};
use crate::lists::download::schedule::{self, Due, LONGEST_INTERVAL, QuietHours, SHORTEST_INTERVAL, Standing, Why};
use crate::lists::download::{Address, Root, Secrets, Source, part, secrets};
use crate::model::Shown;
use crate::store::list_times;
use crate::store::lists;
use crate::store::subscriptions::{self, Changes, NewSubscription, PlaceKind, Subscription, SubscriptionId};

/// What the operator says of a place.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The place.
    pub source: Source,
    /// Milliseconds between two looks; `None`: by hand.
    pub interval: Option<i64>,
    /// A yes to an address of a private network.
    pub may_be_private: bool,
    /// The root certificate by which a server of one's own network proves itself, in place of those that come with the program.
    pub root: Option<Root>,
    /// Hosts that redirects may lead to.
    pub other_hosts: Vec<String>,
    /// What the publisher gave to the operator.
    pub secrets: Secrets,
}

/// What the operator says yes to, if anything is contacted.
pub fn question(source: &Source) -> Option<String> {
    source.host().map(|host| format!("Gatehouse will load from {}. Nothing about your site is sent.", Shown::of_text(&host)))
}

/// Remembers a place that the operator said yes to. Nothing is loaded yet.
///
/// # Errors
/// [`Code::BadArgument`] for an interval out of bounds; [`Code::NameTaken`] if a list comes from there already; or the store's own.
pub fn add(core: &Core, wanted: &Wanted) -> Result<Subscription> {
    check_interval(wanted.interval)?;
    let (kind, place) = match &wanted.source {
        Source::File(path) => (PlaceKind::File, path.as_os_str().as_bytes().to_vec()),
        Source::Folder(path) => (PlaceKind::Folder, path.as_os_str().as_bytes().to_vec()),
        Source::Address(address) => (PlaceKind::Address, address.to_text().into_bytes()),
    };
    if wanted.root.is_some() && !(wanted.may_be_private && kind == PlaceKind::Address) {
        let text = "A root certificate of your own counts only for an address in your own network. Nothing was changed.";
        return Err(Error::refused(Code::BadArgument, text));
    }
    let root = wanted.root.as_ref().map(|root| root.der().to_vec());
    let new = NewSubscription { kind, place, interval: wanted.interval, may_be_private: wanted.may_be_private, root };
    let (host, other_hosts) = (wanted.source.host(), wanted.other_hosts.clone());
    let id = core.store.write(move |tx| {
        let id = subscriptions::add(tx, &new, host.as_deref())?;
        subscriptions::accept(tx, id, None)?;
        other_hosts.iter().try_for_each(|host| subscriptions::accept(tx, id, Some(host)))?;
        Ok(id)
    })?;
    if !wanted.secrets.is_empty()
        && let Err(error) = wanted.secrets.save(&core.home, id)
    {
        remove(core, id)?;
        return Err(error);
    }
    core.store.read(|connection| subscriptions::get(connection, id))
}

/// What the operator changes of a place; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What is stored of it.
    pub stored: Changes,
    /// What the publisher gave, in place of what was given before; none at all takes it away.
    pub secrets: Option<Secrets>,
}

/// What the operator says yes to before a change, if more may be contacted after it.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn change_question(core: &Core, id: SubscriptionId, change: &Change) -> Result<Option<String>> {
    let before = core.store.read(|connection| subscriptions::get(connection, id))?;
    let hosts = change.stored.other_hosts.iter().flatten().filter(|host| !before.other_hosts.contains(host));
    let hosts: Vec<_> = hosts.map(|host| Shown::of_text(host).as_str().to_owned()).collect();
    let becomes_private = change.stored.may_be_private == Some(true) && !before.may_be_private;
    let own = becomes_private.then_some("The address of this list may then lie in your own network.");
    let others = (!hosts.is_empty()).then(|| format!("Gatehouse may then load this list from {} too.", hosts.join(", ")));
    let parts: Vec<&str> = others.as_deref().into_iter().chain(own).collect();
    Ok((!parts.is_empty()).then(|| format!("{} Nothing about your site is sent.", parts.join(" "))))
}

/// Changes a subscription without ending it. Only an address has hosts and secrets.
///
/// # Errors
/// [`Code::BadArgument`] for an interval out of bounds or for what a file cannot have; [`Error::NotFound`]; or the store's own.
pub fn change(core: &Core, id: SubscriptionId, change: Change) -> Result<Subscription> {
    let Change { stored, secrets } = change;
    check_interval(stored.interval.flatten())?;
    let before = core.store.read(|connection| subscriptions::get(connection, id))?;
    let is_of_address = stored.may_be_private.is_some() || stored.other_hosts.is_some() || secrets.is_some();
    if is_of_address && before.kind != PlaceKind::Address {
        return Err(Error::refused(
            Code::BadArgument,
            "A file or folder on this computer has no hosts and no secrets. Nothing was changed.",
        ));
    }
    match secrets {
        Some(secrets) if secrets.is_empty() => secrets::forget(&core.home, id),
        Some(secrets) => secrets.save(&core.home, id)?,
        None => {}
    }
    core.store.write(move |tx| subscriptions::change(tx, id, &stored))?;
    core.store.read(|connection| subscriptions::get(connection, id))
}

/// Ends what was begun and never became a list: what a first load left when its process was ended. One that is being loaded is left alone.
///
/// # Errors
/// The store's own.
pub fn forget_abandoned(core: &Core) -> Result<()> {
    for subscription in core.store.read(subscriptions::all)?.into_iter().filter(|subscription| subscription.list.is_none()) {
        if let Ok(_alone) = core.home.lock_look(subscription.id) {
            remove(core, subscription.id)?;
        }
    }
    Ok(())
}

fn check_interval(interval: Option<i64>) -> Result<()> {
    if interval.is_some_and(|interval| !(SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&interval)) {
        return Err(Error::refused(Code::BadArgument, "A list is looked at between every ten minutes and every 29 days."));
    }
    Ok(())
}

/// Ends a subscription; its list stays.
///
/// # Errors
/// The store's own.
pub fn remove(core: &Core, id: SubscriptionId) -> Result<()> {
    core.store.write(move |tx| subscriptions::remove(tx, id))?;
    forget_files(core, id);
    Ok(())
}

/// Takes away what lies in the home of an ended subscription: its secrets, and what a cut download left.
pub(super) fn forget_files(core: &Core, id: SubscriptionId) {
    secrets::forget(&core.home, id);
    part::forget(&core.home, &id.to_string());
}

/// Where a subscription leads.
///
/// # Errors
/// [`Code::HomeDamaged`] if what is stored is no address.
pub(super) fn place(subscription: &Subscription) -> Result<Source> {
    let path = || PathBuf::from(OsStr::from_bytes(&subscription.place));
    let damaged = |_| Error::refused(Code::HomeDamaged, "The stored address of a list is damaged. Remove the list and add it again.");
    Ok(match subscription.kind {
        PlaceKind::File => Source::File(path()),
        PlaceKind::Folder => Source::Folder(path()),
        PlaceKind::Address => {
            let text = std::str::from_utf8(&subscription.place).map_err(|error| damaged(error.to_string()))?;
            Source::Address(Address::parse(text).map_err(|error| damaged(error.to_string()))?)
        }
    })
}

/// A place as it is shown: without the query of an address, and without secrets.
#[derive(Clone, Debug)]
pub struct SourceView {
    /// What is stored of it.
    pub subscription: Subscription,
    /// Where it leads, in its display form.
    pub shown: Shown,
    /// The name of the list, once there is one.
    pub list: Option<String>,
    /// `waiting`, `failing`, `paused`, `by_hand`.
    pub state: &'static str,
    /// When it is looked at next by itself; `None`: not.
    pub next: Option<i64>,
    /// The host that is contacted; `None` for a file or folder.
    pub host: Option<String>,
    /// The names of the headers that the publisher gave; never their values.
    pub secrets: Vec<String>,
}

/// Every place that lists come from: also every address that may be contacted.
///
/// # Errors
/// The store's own.
pub fn views(core: &Core) -> Result<Vec<SourceView>> {
    let now = core.clock.now_ms();
    let (all, quiet) = core.store.read(|connection| Ok((subscriptions::all(connection)?, quiet_hours(connection)?)))?;
    all.into_iter().map(|subscription| view(core, subscription, now, quiet)).collect()
}

fn view(core: &Core, subscription: Subscription, now: i64, quiet: Option<(QuietHours, i32)>) -> Result<SourceView> {
    let list = subscription.list.map(|list| core.store.read(|connection| lists::get(connection, list))).transpose()?;
    let due = schedule::due(&standing(core, &subscription)?, now, quiet);
    let (state, next) = match due {
        Due::Never(Why::Paused | Why::NotAccepted) => ("paused", None),
        Due::Never(Why::ByHand) => ("by_hand", None),
        Due::Now => ("waiting", Some(now)),
        Due::At(at) => ("waiting", Some(at)),
    };
    let state = if subscription.failures > 0 { "failing" } else { state };
    let source = place(&subscription)?;
    // A file of secrets that cannot be used is told by the look that needs it.
    let secrets = Secrets::load(&core.home, subscription.id).unwrap_or_default();
    let shown = match &source {
        Source::File(path) | Source::Folder(path) => Shown::of_path(path),
        Source::Address(address) => address.shown(),
    };
    let secrets = secrets.names().map(str::to_owned).collect();
    Ok(SourceView { subscription, shown, list: list.map(|list| list.name), state, next, host: source.host(), secrets })
}

/// What decides when a subscription is due.
pub(super) fn standing(core: &Core, subscription: &Subscription) -> Result<Standing> {
    let expiry = |list| core.store.read(|connection| list_times::expiry(connection, list));
    Ok(Standing {
        accepted_at: subscription.accepted_at,
        is_paused: subscription.is_paused,
        interval: subscription.interval,
        looked_at: subscription.looked_at,
        retry_at: subscription.retry_at,
        expires: subscription.list.map(expiry).transpose()?.flatten(),
    })
}

/// The quiet hours, in UTC: nothing in the engine knows the time zone.
pub(super) fn quiet_hours(connection: &crate::store::Connection) -> Result<Option<(QuietHours, i32)>> {
    Ok(list_times::quiet_hours(connection)?.and_then(|text| QuietHours::parse(&text)).map(|hours| (hours, 0)))
}

/// Sets the quiet hours, such as `22:00-07:00`, in UTC; `None` for none.
///
/// # Errors
/// [`Code::BadArgument`] if they cannot be read, or the store's own.
pub fn set_quiet_hours(core: &Core, text: Option<&str>) -> Result<()> {
    let unread = || Error::refused(Code::BadArgument, "Say quiet hours as 22:00-07:00, in UTC, or off.");
    let hours = text.map(|text| QuietHours::parse(text).ok_or_else(unread)).transpose()?.map(|hours| hours.to_string());
    core.store.write(move |tx| list_times::set_quiet_hours(tx, hours.as_deref()))
}
