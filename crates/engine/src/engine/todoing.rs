//! To-dos as the command line and the window ask for them: steps in words, exact names, a sheet to take to the server.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use super::core::{Core, Event};
use super::mapping;
use crate::error::{Error, Result};
use crate::intake::preset::steps::{self, FilledStep};
use crate::model::{CaseId, Facts, Shown, Site};
use crate::store::todos::{self, Tick, TodoKind, TodoRow};
use crate::store::uploads::UploadRow;
use crate::store::{sites, uploads};
use crate::triage::todos as rules;

/// One to-do with everything that a person needs for it.
#[derive(Clone, Debug)]
pub struct TodoView {
    /// The to-do.
    pub row: TodoRow,
    /// Its site.
    pub site: Site,
    /// What taking the file away does to the page.
    pub hide: String,
    /// What is left to do, with what is known of the files.
    pub steps: Vec<FilledStep>,
    /// What was ticked.
    pub ticks: Vec<Tick>,
    /// The files.
    pub files: Vec<UploadRow>,
}

/// The to-dos of a case, oldest first.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn of_case(core: &Core, case: CaseId) -> Result<Vec<TodoView>> {
    let rows = core.store.read(|connection| {
        crate::store::cases::get(connection, case)?;
        todos::of_case(connection, case)
    })?;
    rows.into_iter().map(|row| view(core, row)).collect()
}

fn view(core: &Core, row: TodoRow) -> Result<TodoView> {
    let (site, ticks, files) = core.store.read(|connection| {
        let files = todos::files(connection, row.id)?.into_iter().map(|file| uploads::get(connection, file)).collect::<Result<Vec<_>>>()?;
        Ok((sites::get(connection, row.site)?, todos::ticks(connection, row.id)?, files))
    })?;
    let preset = core.presets().of(site.preset.as_deref())?;
    let facts = facts(core, &site, &files)?;
    Ok(TodoView { hide: preset.hide.clone(), steps: steps::fill(&preset.steps, &facts), row, site, ticks, files })
}

/// What is known of the files: names first, then what a map file says of them, which knows better.
fn facts(core: &Core, site: &Site, files: &[UploadRow]) -> Result<Facts> {
    let mut facts = Facts::new();
    for file in files {
        let mut of_file = file.sorted.facts.clone();
        of_file.extend(mapping::facts_of(core, site, file)?);
        if let Some(base) = site.level.to_base(file.file.path.as_bytes()) {
            of_file.insert("path".to_owned(), Shown::of_bytes(&base).as_str().to_owned());
        }
        // The first file that knows something says it; the files of one case rarely differ in more than their names.
        of_file.into_iter().for_each(|(name, value)| _ = facts.entry(name).or_insert(value));
    }
    Ok(facts)
}

/// The operator says that a to-do was done, or that nothing else is needed.
///
/// # Errors
/// As [`rules::done`].
pub fn done(core: &Core, case: CaseId, todo: i64) -> Result<()> {
    core.store.write(move |tx| rules::done(tx, case, todo))?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

/// Ticks a step, or takes the tick away.
///
/// # Errors
/// As [`rules::tick`].
pub fn tick(core: &Arc<Core>, case: CaseId, todo: i64, step: &str, on: bool) -> Result<()> {
    let found = of_case(core, case)?.into_iter().find(|view| view.row.id == todo);
    let view = found.ok_or_else(|| Error::NotFound { what: "to-do", name: todo.to_string() })?;
    let (step, steps): (String, Vec<String>) = (step.to_owned(), view.steps.into_iter().map(|step| step.id).collect());
    core.store.write(move |tx| rules::tick(tx, case, todo, &step, on, &steps))?;
    core.tell(Event::Case { case, file: None });
    Ok(())
}

/// Writes a sheet for the server: a shell script whose comments are the steps, and whose commands hold the exact names.
///
/// # Errors
/// [`Error::Io`]; a file that is there already is left as it is.
pub fn write_sheet(view: &TodoView, file: &Path) -> Result<()> {
    let mut out = File::options().write(true).create_new(true).mode(0o600).open(file).map_err(Error::io(file))?;
    out.write_all(sheet(view).as_bytes()).and_then(|()| out.sync_all()).map_err(Error::io(file))
}

/// The text of a sheet. It is ASCII but for the sentences, so that looking at it on a terminal does nothing.
pub fn sheet(view: &TodoView) -> String {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        format!("# Case {}, site {}.", view.row.case, Shown::of_text(&view.site.name)),
        "# Run this on the server, in the folder of uploads. It moves the files below into a folder that you name:".to_owned(),
        "#   sh SHEET /root/removed".to_owned(),
        "# Nothing is deleted. Do not look at the files, copy or send them.".to_owned(),
        format!("# {}", view.hide),
    ];
    for (number, step) in view.steps.iter().enumerate() {
        lines.push(format!("# {}. {}", number + 1, step.say));
        lines.extend(step.url.iter().map(|url| format!("#    {url}")));
        lines.extend(step.check.iter().map(|check| format!("#    {check}")));
    }
    lines.push("set -eu".to_owned());
    lines.push("out=${1:?say where the files should go}".to_owned());
    lines.push("umask 077; mkdir -p -- \"$out\"".to_owned());
    lines.push("take() { if [ -e \"$1\" ]; then mv -n -- \"$1\" \"$out/$2\"; else echo \"file $2 is not here\"; fi; }".to_owned());
    for file in &view.files {
        lines.extend(take(file.file.path.as_bytes(), file.id.get()));
    }
    lines.join("\n") + "\n"
}

/// The lines that move one file. A name of plain letters stands as it is; every other one is spelled in octal numbers, which no shell takes for anything else.
fn take(name: &[u8], number: i64) -> Vec<String> {
    let is_plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+=,@ ".contains(byte));
    match is_plain {
        true => vec![format!("take './{}' {number}", String::from_utf8(name.to_vec()).unwrap_or_default())],
        false => {
            // The x keeps a line end at the end of the name from being dropped.
            let spelled: String = name.iter().map(|byte| format!("\\{byte:03o}")).collect();
            vec![format!("f=$(printf './{spelled}x')"), format!("take \"${{f%x}}\" {number}")]
        }
    }
}

/// What kind of sentence stands above a to-do.
pub fn heading(view: &TodoView) -> &'static str {
    match view.row.kind {
        TodoKind::Copy => "The files are off this computer. Your server still has them until you take them away there.",
        TodoKind::Sheet => "Nothing was moved here. The files stay until you take them away on the site.",
        TodoKind::Steps => "The files are out of the folder. This is left to do on the site.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SitePath;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn a_sheet_moves_exactly_the_files_whatever_their_names_are() {
        let dir = tempfile::tempdir().unwrap();
        let names: [&[u8]; 9] =
            [b"plain.jpg", b"with space", b"-rf", b"it's", b"$(touch hacked)", b"`id`;\n#", b"line\n", b"\xff\xfe%s\\n", b"sub/\"quoted\""];
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        let mut script = sheet_head();
        for (number, name) in names.iter().enumerate() {
            let path = SitePath::new(*name).unwrap();
            std::fs::write(dir.path().join(path.to_path()), name).unwrap();
            script.extend(take(name, i64::try_from(number).unwrap()));
        }
        std::fs::write(dir.path().join("innocent"), "stays").unwrap();
        let file = dir.path().join("sheet.sh");
        let text = script.join("\n");
        assert!(text.is_ascii(), "looking at it does nothing: {text}");
        std::fs::write(&file, text).unwrap();
        let ran = std::process::Command::new("sh").arg(&file).arg("../removed-by-test").current_dir(dir.path()).status().unwrap();
        assert!(ran.success(), "the shell takes it");
        let out = dir.path().parent().unwrap().join("removed-by-test");
        for (number, name) in names.iter().enumerate() {
            assert_eq!(std::fs::read(out.join(number.to_string())).unwrap(), *name, "each is there");
            assert!(!dir.path().join(std::ffi::OsStr::from_bytes(name)).exists(), "and no longer in the folder");
        }
        std::fs::remove_dir_all(&out).unwrap();
        assert!(dir.path().join("innocent").exists() && !dir.path().join("hacked").exists(), "nothing else happened");
    }

    fn sheet_head() -> Vec<String> {
        let site = Site {
            id: crate::model::SiteId::new(1),
            name: "forum".to_owned(),
            root: "/srv".into(),
            mode: crate::model::SiteMode::Copy,
            preset: None,
            level: crate::model::Level::default(),
            only: Vec::new(),
            take_down: crate::model::TakeDown::Move,
            placeholder: false,
            practice: false,
            root_identity: crate::model::RootIdentity { device: 1, inode: 1 },
            holding_dir: "/hold".into(),
            paused_until: None,
        };
        let row = TodoRow {
            id: 1,
            case: CaseId::new(1),
            site: site.id,
            kind: TodoKind::Copy,
            state: crate::store::todos::TodoState::Open,
            made_at: 0,
            done_at: None,
            closed_at: None,
            returned_at: None,
        };
        let view = TodoView { row, site, hide: "It shows nothing.".to_owned(), steps: Vec::new(), ticks: Vec::new(), files: Vec::new() };
        sheet(&view).lines().map(str::to_owned).collect()
    }
}
