//! One step of a chore: a visible heading, a command whose output streams by, the time it took, and plain words when it fails.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a chore ends early. The text is a whole message: what failed, and what to do.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A step ran and failed: exit code 1.
    Failed(String),
    /// The machine lacks something: exit code 2.
    Missing(String),
}

/// Where things are: the workspace, and where Cargo puts what it builds.
pub(crate) struct Place {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, absolute; `CARGO_TARGET_DIR` is honoured.
    pub(crate) target: PathBuf,
    /// The Cargo that started this program, or the one on the path.
    pub(crate) cargo: PathBuf,
}

impl Place {
    /// Looks the place up; the only reader of Cargo's variables.
    ///
    /// # Errors
    /// [`Stop::Failed`] if the current directory cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the chores are started by Cargo, and Cargo speaks through variables")]
    pub(crate) fn find() -> Result<Self, Stop> {
        let here = env::current_dir().map_err(|why| Stop::Failed(format!("The current directory cannot be read: {why}.")))?;
        // At run time first: a copied or moved checkout keeps working without a rebuild.
        let own = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = own.parent().map_or_else(|| here.clone(), Path::to_path_buf);
        let target = match env::var_os("CARGO_TARGET_DIR").or_else(|| env::var_os("CARGO_BUILD_TARGET_DIR")) {
            Some(chosen) => here.join(chosen),
            None => root.join("target"),
        };
        let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Ok(Self { root, target, cargo })
    }

    /// A built program: `profile` is `debug` or `release`.
    pub(crate) fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// `cargo ARGS` in the workspace.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut cargo = self.command(&self.cargo);
        cargo.args(args);
        cargo
    }

    /// `npm ARGS` in `ui/`.
    pub(crate) fn npm(&self, args: &[&str]) -> Command {
        let mut npm = self.command(NPM);
        npm.current_dir(self.root.join("ui")).args(args);
        npm
    }

    /// Any program, started in the workspace, without the variables that `cargo run` gave to this one.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        for (name, _) in variables() {
            // Build scripts watch these (that of `ring` does): left in place, `cargo xtask` and plain `cargo` would each undo the other's build.
            let cargo_s_own = name.to_str().is_some_and(|name| {
                ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                    .iter()
                    .any(|start| name.starts_with(start))
            });
            if cargo_s_own {
                command.env_remove(name);
            }
        }
        command
    }
}

/// npm is a batch file on Windows, and those are found only by their whole name.
pub(crate) const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

#[expect(clippy::disallowed_methods, reason = "the names only, to clear Cargo's own variables")]
fn variables() -> env::VarsOs {
    env::vars_os()
}

/// Whether a variable is set and not empty.
#[expect(clippy::disallowed_methods, reason = "DISPLAY and its like are how a desktop tells a program where it is")]
pub(crate) fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Where `program` is on the path, if anywhere.
#[expect(clippy::disallowed_methods, reason = "PATH is how programs are found; asking a shell would need one")]
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// What a quiet command printed on stdout, trimmed; `None` if it could not be started or failed.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

/// Prints a heading that is easy to find in a long log.
pub(crate) fn heading(title: &str) {
    println!("\n==> {title}");
    flush();
}

/// Prints a line at once, also into a pipe.
pub(crate) fn say(line: &str) {
    println!("{line}");
    flush();
}

fn flush() {
    // A closed stdout ends the next print anyway; there is nobody left to tell.
    drop(io::stdout().flush());
}

/// Runs `command` under a heading with its output streaming by, and says how long it took.
///
/// # Errors
/// The way it failed, in words: it could not be started, its exit code, or that a signal ended it.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<(), String> {
    heading(title);
    say(&format!("    {}", shown(command)));
    let began = Instant::now();
    let outcome = match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.code().map_or_else(|| "a signal ended it".to_owned(), |code| format!("exit code {code}"))),
        Err(why) => Err(format!("`{}` could not be started: {why}", command.get_program().display())),
    };
    let took = spent(began.elapsed());
    match &outcome {
        Ok(()) => say(&format!("    done in {took}")),
        Err(why) => say(&format!("    failed after {took}: {why}")),
    }
    outcome
}

/// Like [`step`], for a step that the whole chore depends on: `advice` says what to do when it fails.
///
/// # Errors
/// [`Stop::Failed`] with the title, the reason and the advice.
pub(crate) fn must(title: &str, command: &mut Command, advice: &str) -> Result<(), Stop> {
    step(title, command).map_err(|why| Stop::Failed(format!("\"{title}\" failed: {why}.\n{advice}")))
}

/// A command as one would type it, with the variables set for it (not Cargo's target folder, which every command gets).
pub(crate) fn shown(command: &Command) -> String {
    let mut line = String::new();
    for (name, value) in command.get_envs() {
        if let (false, Some(value)) = (name == "CARGO_TARGET_DIR", value) {
            line.push_str(&format!("{}={} ", name.display(), quoted(value)));
        }
    }
    line.push_str(&quoted(command.get_program()));
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&quoted(argument));
    }
    line
}

fn quoted(word: &OsStr) -> String {
    let plain = word.display().to_string();
    let needs_quotes = plain.is_empty() || plain.chars().any(|c| c.is_whitespace() || "'\"*$&;|<>()".contains(c));
    if needs_quotes { format!("'{}'", plain.replace('\'', r"'\''")) } else { plain }
}

/// A span of time for people: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn spent(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("xvfb-run");
        command.env("GATEHOUSE_WINDOW_TEST", "1").env("CARGO_TARGET_DIR", "/elsewhere").args(["-s", "-screen 0 1280x900x24", "it's", ""]);
        assert_eq!(
            shown(&command),
            r"GATEHOUSE_WINDOW_TEST=1 xvfb-run -s '-screen 0 1280x900x24' 'it'\''s' ''",
            "quotes where a shell needs them"
        );
    }

    #[test]
    fn times_are_short() {
        let table = [(400, "0.4 s"), (9_900, "9.9 s"), (12_700, "12 s"), (185_000, "3 min 05 s")];
        for (milliseconds, expected) in table {
            assert_eq!(spent(Duration::from_millis(milliseconds)), expected, "{milliseconds} ms");
        }
    }
}
