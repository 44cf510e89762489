//! `cargo xtask run`: from a fresh clone to the open window, or to the same job in the terminal where there is no display.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::page;
use crate::setup::{self, Need};
use crate::step::{self, Place, Stop, must};

const BUILD_ADVICE: &str = "The lines above say why. A failed download means the registry was not reachable: run the same command again, it goes on where it stopped.\nA killed compiler usually means too little memory: close other programs, or set CARGO_BUILD_JOBS=1.";

/// Checks the machine, builds, and opens the window with `args`; headless when there is no display.
///
/// # Errors
/// [`Stop::Missing`] for what the machine lacks, [`Stop::Failed`] for a step that failed.
pub(crate) fn run(place: &Place, args: &[String]) -> Result<(), Stop> {
    if setup::is_root() {
        step::say(
            "You are root. This goes on, since a container or a throw-away machine has nobody else; on your own machine use your own account.",
        );
    }
    let display = !cfg!(target_os = "linux") || step::is_set("DISPLAY") || step::is_set("WAYLAND_DISPLAY");
    if display { window(place, args) } else { headless(place, args) }
}

fn window(place: &Place, args: &[String]) -> Result<(), Stop> {
    setup::prepare(place, &Need::for_window())?;
    page::packages(place)
        .map_err(|why| Stop::Failed(format!("The page's packages could not be installed: {why}.\n{}", page::PACKAGES_ADVICE)))?;
    page::build(place).map_err(|why| Stop::Failed(format!("The page could not be built: {why}.\n{}", page::BUILD_ADVICE)))?;
    if !place.program("release", "gatehouse-desktop").exists() {
        step::say("\nThe first build of the window takes 5 to 15 minutes, depending on the machine. Later ones take seconds.");
    }
    let mut build = place.cargo(&["build", "--release", "--locked", "-p", "gatehouse", "-p", "gatehouse-desktop"]);
    must("Build Gatehouse and its window", &mut build, BUILD_ADVICE)?;
    let mut program = place.command(place.program("release", "gatehouse-desktop"));
    program.args(args);
    if setup::is_root() {
        step::say(
            "\nThe window refuses to run as root, because a web view should not have the whole machine. GATEHOUSE_ALLOW_ROOT=1 says that you meant it.",
        );
        program.env("GATEHOUSE_ALLOW_ROOT", "1");
    }
    must(
        "Open Gatehouse",
        &mut program,
        "If it said that it cannot open a display: start this command from a terminal inside your desktop, or run\n    env -u DISPLAY -u WAYLAND_DISPLAY cargo xtask run\nto see the same job in the terminal.",
    )
}

/// The practice run of the window, by the command line: watched folder, list, sweep, inbox.
fn headless(place: &Place, args: &[String]) -> Result<(), Stop> {
    step::say(
        "There is no display (DISPLAY and WAYLAND_DISPLAY are not set), so no window can open. Here is the same job in the terminal.",
    );
    if !args.is_empty() {
        step::say("The arguments after `--` are for the window and are not used.");
    }
    setup::prepare(place, &Need::for_command_line())?;
    must("Build Gatehouse", &mut place.cargo(&["build", "--release", "--locked", "-p", "gatehouse"]), BUILD_ADVICE)?;

    let scene = place.target.join("headless");
    let (home, site) = (scene.join("home"), scene.join("uploads"));
    fresh(&scene)?;
    let program = place.program("release", "gatehouse");
    let gatehouse = |words: &[&OsStr]| -> Command {
        let mut command = place.command(&program);
        command.arg("--home").arg(&home).args(words);
        command
    };
    let scenes: [(&str, &[&OsStr]); 4] = [
        ("Write four harmless practice pictures", &["practice".as_ref(), site.as_ref()]),
        ("Watch that folder as a site", &["site".as_ref(), "add".as_ref(), site.as_ref(), "--name".as_ref(), "practice".as_ref()]),
        ("Look at every file once; the practice list is built in", &["sweep".as_ref(), "practice".as_ref()]),
        ("What was found", &["inbox".as_ref()]),
    ];
    for (title, words) in scenes {
        must(
            title,
            &mut gatehouse(words),
            "This is a fault of Gatehouse, not of your machine: the practice run should work everywhere. Please report it with the lines above.",
        )?;
    }
    let name = program.display();
    step::say(
        "\nTo check your own folder, type these; the record is then kept in your own data directory, and nothing leaves this machine.",
    );
    for words in ["site add YOUR_UPLOADS --name mine", "list add YOUR_LIST --harm local", "sweep mine", "inbox"] {
        step::say(&format!("    {name} {words}"));
    }
    Ok(())
}

/// An empty `folder`, whatever an earlier run left there.
fn fresh(folder: &Path) -> Result<(), Stop> {
    let clear = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
    clear.and_then(|()| fs::create_dir_all(folder)).map_err(|why| {
        Stop::Failed(format!("{} could not be emptied: {why}.\nDelete it by hand, then run the same command again.", folder.display()))
    })
}
