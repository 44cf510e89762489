//! Copies of a case's content, and what is known to be good.

use engine::engine::copies as finding;
use engine::engine::known_good::{self, About, RuleView};
use engine::engine::owning::Named;
use engine::model::{CaseId, RuleId};
use engine::store::{cases, known_good as stored};
use tauri::State;

use super::bounds;
use crate::shell::{Answer, Shell};
use crate::wire::{CopiesFound, GoodAbout, GoodAdd, GoodAdded, GoodOfCase, GoodRule, convert};

/// Every copy of a case's content on all sites.
#[tauri::command(async)]
pub fn copies(shell: State<'_, Shell>, arg: i64) -> Answer<CopiesFound> {
    Ok((&finding::search(&*shell.core()?, &Named::Case(CaseId::new(arg)))?).into())
}

/// Joins the copies that have no case to this one.
#[tauri::command(async)]
pub fn copies_join(shell: State<'_, Shell>, arg: i64) -> Answer<u64> {
    let core = shell.core()?;
    let found = finding::search(&core, &Named::Case(CaseId::new(arg)))?;
    Ok(finding::join(&core, &found)?)
}

/// The rules; with those that ended, where asked for.
#[tauri::command(async)]
pub fn good_rules(shell: State<'_, Shell>, arg: bool) -> Answer<Vec<GoodRule>> {
    Ok(known_good::all(&*shell.core()?, arg)?.iter().map(Into::into).collect())
}

/// The rule that keeps a case, and whether one is worth proposing.
#[tauri::command(async)]
pub fn good_of_case(shell: State<'_, Shell>, arg: i64) -> Answer<GoodOfCase> {
    let (core, case) = (shell.core()?, CaseId::new(arg));
    let keeping = core.store.read(|connection| stored::keeping(connection, case))?;
    let kept_by = keeping.map(|rule| (&RuleView { rule, list: None, site: None, kept: vec![case] }).into());
    let choices = known_good::choices(&core, case)?;
    let is_protected = core.store.read(|connection| cases::get(connection, case))?.harm.is_protected();
    Ok(GoodOfCase {
        kept_by,
        shared_by: known_good::proposal_of(&core, case)?,
        entry: choices
            .entry
            .map(|(_, list, entry)| if is_protected { format!("#{entry}") } else { format!("{} #{entry}", convert::shown(&list)) }),
        uploader: choices.uploader.map(|(_, name)| convert::shown(&name)),
    })
}

/// Makes a rule from a case.
#[tauri::command(async)]
pub fn good_add(shell: State<'_, Shell>, arg: GoodAdd) -> Answer<GoodAdded> {
    bounds::text(&arg.reason, bounds::LONGEST_REASON)?;
    let core = shell.core()?;
    let case = CaseId::new(arg.case);
    let about = match arg.about {
        GoodAbout::Content => About::Case(case),
        GoodAbout::Entry => About::EntryOf(case),
        GoodAbout::Uploader => About::UploaderOf(case),
    };
    let (rule, kept) = known_good::add(&core, &about, &arg.reason, arg.until)?;
    Ok(GoodAdded { rule: rule.get(), kept: kept.len() as u64 })
}

/// Ends a rule. Gives how many cases are in the inbox again.
#[tauri::command(async)]
pub fn good_remove(shell: State<'_, Shell>, arg: i64) -> Answer<u64> {
    Ok(known_good::remove(&shell.core()?, RuleId::new(arg))?.len() as u64)
}

/// Does not ask again whether the content of this case belongs to the site itself.
#[tauri::command(async)]
pub fn good_dismiss(shell: State<'_, Shell>, arg: i64) -> Answer<()> {
    let core = shell.core()?;
    let content = core.store.read(|connection| cases::get(connection, CaseId::new(arg)))?.content;
    Ok(known_good::dismiss(&core, content)?)
}
