//! What the benchmark of the window needs: the page, the programs, a home with very much in it, a display in memory, and a session bus of its own.

use std::process::Command;

use crate::page;
use crate::setup::{self, Need};
use crate::step::{self, Place, Stop};

/// Name of the group.
pub(crate) const GROUP: &str = "window";
/// The program that is measured.
const WINDOW: &str = "gatehouse-desktop";
/// Cases and uploads of the home.
const CASES: &str = "100000";
const UPLOADS: &str = "1000000";

/// Builds everything, makes the home if it is not there, and gives the command that measures. With `GATEHOUSE_BENCH_DEBUG=1` the debug programs are
/// measured: slower, and there already where tests were run.
///
/// # Errors
/// [`Stop::Missing`] for what the machine lacks, [`Stop::Failed`] for a step that failed.
pub(crate) fn prepare(place: &Place) -> Result<Command, Stop> {
    setup::prepare(place, &Need::for_window_test())?;
    page::packages(place).map_err(Stop::Failed)?;
    page::build(place).map_err(Stop::Failed)?;
    let is_debug = step::is_set("GATEHOUSE_BENCH_DEBUG");
    let profile = if is_debug { "debug" } else { "release" };
    let release: &[&str] = if is_debug { &[] } else { &["--release"] };
    let mut build = place.cargo(&["build", "--locked", "-p", "gatehouse", "-p", "gatehouse-desktop"]);
    build.args(release);
    step::step("Programs", &mut build).map_err(Stop::Failed)?;
    let home = place.target.join("xtask").join(format!("plenty-{profile}"));
    if !home.join("gatehouse.db").is_file() {
        let mut make = place.cargo(&["run", "--locked", "-p", "engine", "--example", "plenty"]);
        make.args(release).arg("--").arg(&home).args([CASES, UPLOADS]);
        step::step("A home with a million uploads", &mut make).map_err(Stop::Failed)?;
    }
    let mut bench = place.command("xvfb-run");
    bench.args(["-a", "-s", "-screen 0 1280x900x24", "dbus-run-session", "--"]).arg(&place.cargo);
    bench.args(["bench", "--locked", "-p", "gatehouse", "--bench", GROUP]);
    bench.env("GATEHOUSE_BENCH_PROGRAM", place.program(profile, WINDOW)).env("GATEHOUSE_BENCH_HOME", home);
    if setup::is_root() {
        bench.env("GATEHOUSE_ALLOW_ROOT", "1");
    }
    Ok(bench)
}
