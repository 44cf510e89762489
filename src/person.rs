//! `person`: who shares this home, and who acts.

use engine::model::{Ability, Person};
use engine::store::persons;
use engine::{Engine, Error};
use serde_json::json;

use crate::Exit;
use crate::args::{AbilityName, PersonCommand, Rights};
use crate::out::Out;

/// Runs one of the commands.
pub fn run(out: &Out, engine: &Engine, command: &PersonCommand) -> Result<Exit, Error> {
    let core = engine.core()?;
    match command {
        PersonCommand::Ls => return list(out, engine),
        PersonCommand::Add { name, rights } | PersonCommand::Set { name, rights } => {
            let person = wanted(name, rights);
            let is_new = matches!(command, PersonCommand::Add { .. });
            let (asked, told) = (person.clone(), person.clone());
            core.store.write(move |tx| if is_new { persons::add(tx, &asked) } else { persons::change(tx, &asked) })?;
            out.fact(&facts(&told, false), || line(&told, false));
        }
        PersonCommand::Rm { name } => {
            let gone = name.clone();
            core.store.write(move |tx| persons::remove(tx, &gone))?;
            out.fact(&json!({"person": name, "state": "removed"}), || {
                format!("{name} is no longer a name here. The record keeps what was done.")
            });
        }
        PersonCommand::Use { name } => {
            let wanted = name.clone();
            let person = core.store.write(move |tx| persons::switch(tx, &wanted))?;
            out.fact(&facts(&person, true), || format!("{} acts from now on.", person.name));
        }
    }
    Ok(Exit::Done)
}

fn wanted(name: &str, rights: &Rights) -> Person {
    if rights.volunteer {
        return Person::volunteer(name);
    }
    let given = |ability: &Ability| {
        rights.may.as_ref().is_none_or(|may| {
            may.iter().any(|name| match name {
                AbilityName::View => *ability == Ability::View,
                AbilityName::Decide => *ability == Ability::Decide,
                AbilityName::Purge => *ability == Ability::Purge,
            })
        })
    };
    let abilities = Ability::ALL.iter().copied().filter(given).collect();
    Person { name: name.to_owned(), abilities, no_pictures: rights.no_pictures }
}

fn list(out: &Out, engine: &Engine) -> Result<Exit, Error> {
    let acts = engine.person()?;
    let all = engine.core()?.store.read(persons::all)?;
    for person in &all {
        out.fact(&facts(person, person.name == acts.name), || line(person, person.name == acts.name));
    }
    if !all.contains(&acts) {
        out.fact(&facts(&acts, true), || line(&acts, true));
    }
    Ok(Exit::Done)
}

fn facts(person: &Person, acts: bool) -> serde_json::Value {
    json!({"person": person.name, "abilities": person.abilities, "no_pictures": person.no_pictures, "may_view": person.may_view(), "acts": acts})
}

fn line(person: &Person, acts: bool) -> String {
    let words: Vec<&str> = person.abilities.iter().map(|ability| ability.as_str()).collect();
    let may = if words.is_empty() { "may only read".to_owned() } else { format!("may {}", words.join(", ")) };
    let pictures = if person.no_pictures { ", no pictures" } else { "" };
    format!("{}{}: {may}{pictures}", person.name, if acts { " (acts now)" } else { "" })
}
