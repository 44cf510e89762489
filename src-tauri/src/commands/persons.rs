//! Persons who share this home. The engine says who may change what.

use engine::store::persons as stored;
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{PersonPut, Persons};

/// Everybody, and who acts.
#[tauri::command(async)]
pub fn persons(shell: State<'_, Shell>) -> Answer<Persons> {
    let core = shell.core()?;
    let (acting, all) = (core.person()?, core.store.read(stored::all)?);
    Ok(Persons { acting: (&acting).into(), keeper: acting.is_keeper(), all: all.iter().map(Into::into).collect() })
}

/// Adds a person, or changes what one may do.
#[tauri::command(async)]
pub fn person_put(shell: State<'_, Shell>, arg: PersonPut) -> Answer<()> {
    bounds::text(&arg.name, bounds::LONGEST_NAME)?;
    let (person, is_new) = (arg.to_person(), arg.new);
    Ok(shell.core()?.store.write(move |tx| if is_new { stored::add(tx, &person) } else { stored::change(tx, &person) })?)
}

/// Takes a name out of use.
#[tauri::command(async)]
pub fn person_remove(shell: State<'_, Shell>, arg: String) -> Answer<()> {
    bounds::text(&arg, bounds::LONGEST_NAME)?;
    Ok(shell.core()?.store.write(move |tx| stored::remove(tx, &arg))?)
}

/// Says who acts from now on.
#[tauri::command(async)]
pub fn person_switch(shell: State<'_, Shell>, arg: String) -> Answer<()> {
    bounds::text(&arg, bounds::LONGEST_NAME)?;
    Ok(shell.core()?.store.write(move |tx| stored::switch(tx, &arg).map(drop))?)
}
