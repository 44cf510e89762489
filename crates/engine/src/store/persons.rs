//! Persons who share this home. Names are for the record: they are not passwords, and nothing here keeps anybody out who can use this account.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Tx, ledger, settings};
use crate::error::{Code, Error, Result};
use crate::model::person::NOBODY;
use crate::model::{Ability, Person, Right};

/// The setting that names who acts.
const CURRENT: &str = "person";

fn person_of(row: &Row<'_>) -> rusqlite::Result<Person> {
    let given: [bool; 3] = [row.get("may_view")?, row.get("may_decide")?, row.get("may_purge")?];
    let abilities = Ability::ALL.iter().zip(given).filter(|(_, given)| *given).map(|(ability, _)| *ability).collect();
    Ok(Person { name: row.get("name")?, abilities, no_pictures: row.get("no_pictures")? })
}

/// Everybody who was added and not removed, by name.
///
/// # Errors
/// The store's own.
pub fn all(connection: &Connection) -> Result<Vec<Person>> {
    let mut statement = connection.prepare_cached("SELECT * FROM person WHERE removed_at IS NULL ORDER BY name")?;
    let rows = statement.query_map([], person_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The person of this name; `me` is whoever has no name, and may do everything. Capital letters do not make another person.
///
/// # Errors
/// [`Error::NotFound`] for a name that nobody has, or the store's own.
pub fn named(connection: &Connection, name: &str) -> Result<Person> {
    if name == NOBODY {
        return Ok(Person::full(NOBODY));
    }
    let sql = "SELECT * FROM person WHERE removed_at IS NULL AND name = ? COLLATE NOCASE";
    let found = connection.prepare_cached(sql)?.query_row([name], person_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "person", name: crate::model::Shown::of_text(name).elided() })
}

/// The person whom the home names now.
///
/// # Errors
/// The store's own.
pub fn current(connection: &Connection) -> Result<Person> {
    or_nobody(named(connection, &settings::person(connection)?))
}

/// Somebody who was removed while still named acts as `me`: a home is never locked.
fn or_nobody(found: Result<Person>) -> Result<Person> {
    match found {
        Err(Error::NotFound { .. }) => Ok(Person::full(NOBODY)),
        found => found,
    }
}

/// Refuses what the person in whose name the transaction acts may not do.
///
/// # Errors
/// [`Code::Refused`] with the reason, or the store's own.
pub fn require(tx: &Tx<'_>, ability: Ability) -> Result<()> {
    let person = or_nobody(named(tx, tx.person))?;
    match ability {
        Ability::View if !person.may(Ability::View) => {
            Err(Error::refused(Code::Refused, format!("{} may not look at pictures here. Nothing was changed.", person.name)))
        }
        Ability::View => Ok(()),
        Ability::Decide => refuse_without(&person, Right::Decide),
        Ability::Purge => refuse_without(&person, Right::Purge),
    }
}

/// Refuses what somebody has no right to.
///
/// # Errors
/// [`Code::Refused`] with the reason.
pub fn refuse_without(person: &Person, right: Right) -> Result<()> {
    if person.has(right) {
        return Ok(());
    }
    let what = match right {
        Right::Anyone => return Ok(()),
        Right::Decide => "decide",
        Right::Purge => "delete for good or hand out what is sealed",
        Right::Everything => "change lists, sites or settings",
    };
    Err(Error::refused(Code::Refused, format!("{} may not {what} here. Nothing was changed.", person.name)))
}

fn require_keeper(tx: &Tx<'_>) -> Result<()> {
    if or_nobody(named(tx, tx.person))?.is_keeper() {
        return Ok(());
    }
    let text = format!("{} may not change who may do what. Switch to somebody who may do everything. Nothing was changed.", tx.person);
    Err(Error::refused(Code::Refused, text))
}

/// Adds a person.
///
/// # Errors
/// [`Code::NameTaken`]; [`Code::BadArgument`] for a name that cannot be used; [`Code::Refused`] if the acting person may not do everything, or if nobody
/// were left who may.
pub fn add(tx: &Tx<'_>, person: &Person) -> Result<()> {
    if let Ok(known) = named(tx, &person.name) {
        return Err(Error::refused(Code::NameTaken, format!("There is a person {} already. Nothing was changed.", known.name)));
    }
    put(tx, person)
}

/// Changes what a person may do.
///
/// # Errors
/// [`Error::NotFound`]; else as [`add`].
pub fn change(tx: &Tx<'_>, person: &Person) -> Result<()> {
    named(tx, &person.name)?;
    put(tx, person)
}

fn put(tx: &Tx<'_>, person: &Person) -> Result<()> {
    require_keeper(tx)?;
    if let Some(why) = Person::refusal_of(&person.name) {
        return Err(Error::refused(Code::BadArgument, format!("{why} Nothing was changed.")));
    }
    let known = named(tx, &person.name);
    // The name stands as it was first written: rows of the ledger carry it.
    let name = known.as_ref().map_or(person.name.as_str(), |known| known.name.as_str());
    tx.execute(
        "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET may_view = excluded.may_view, may_decide = excluded.may_decide,
         may_purge = excluded.may_purge, no_pictures = excluded.no_pictures, removed_at = NULL",
        params![
            name,
            person.may(Ability::View),
            person.may(Ability::Decide),
            person.may(Ability::Purge),
            person.no_pictures,
            tx.now
        ],
    )?;
    keep_a_keeper(tx)?;
    let verb = if known.is_ok() { "person_changed" } else { "person_added" };
    ledger::append(tx, verb, None, json!({"name": name, "abilities": person.abilities, "no_pictures": person.no_pictures}))
}

/// Takes a name out of use. What stands in the record under it stays. If it is the current one, `me` is current then.
///
/// # Errors
/// [`Error::NotFound`]; [`Code::Refused`] as in [`add`].
pub fn remove(tx: &Tx<'_>, name: &str) -> Result<()> {
    require_keeper(tx)?;
    let person = named(tx, name)?;
    if person.name == NOBODY {
        return Err(Error::refused(Code::Refused, "\"me\" is whoever has no name, and cannot be removed. Nothing was changed."));
    }
    tx.execute("UPDATE person SET removed_at = ? WHERE name = ?", params![tx.now, person.name])?;
    keep_a_keeper(tx)?;
    ledger::append(tx, "person_removed", None, json!({"name": person.name}))?;
    if settings::person(tx)? == person.name { settings::set(tx, CURRENT, "") } else { Ok(()) }
}

fn keep_a_keeper(tx: &Tx<'_>) -> Result<()> {
    let left = all(tx)?;
    if left.is_empty() || left.iter().any(Person::is_keeper) {
        return Ok(());
    }
    Err(Error::refused(Code::Refused, "Somebody must be left who may do everything. Nothing was changed."))
}

/// Names who acts from now on, in every process that was not told otherwise. Anybody may switch: a name is not a password.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn switch(tx: &Tx<'_>, name: &str) -> Result<Person> {
    let person = named(tx, name)?;
    if settings::person(tx)? != person.name {
        settings::set(tx, CURRENT, if person.name == NOBODY { "" } else { &person.name })?;
        ledger::append(tx, "person_switched", None, json!({"to": person.name}))?;
    }
    Ok(person)
}

/// Somebody types their own name: known names are switched to; a new one is added, may do everything, and is switched to.
///
/// # Errors
/// As [`add`] and [`switch`].
pub fn introduce(tx: &Tx<'_>, name: &str) -> Result<Person> {
    let name = if name.trim().is_empty() { NOBODY } else { name.trim() };
    if matches!(named(tx, name), Err(Error::NotFound { .. })) {
        add(tx, &Person::full(name))?;
    }
    switch(tx, name)
}
