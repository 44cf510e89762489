//! The release program under measurement: started, asked, and looked at from outside.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::step::{self, Place, Stop};

/// Ticks of a second in `/proc/N/stat`: a constant of the Linux interface.
const TICKS: f64 = 100.0;

/// Builds the small program as it is shipped, and says where it is.
///
/// # Errors
/// [`Stop::Failed`] if it does not build.
pub(crate) fn program(place: &Place) -> Result<PathBuf, Stop> {
    step::must("Program", &mut place.cargo(&["build", "--release", "--locked", "-p", "gatehouse"]), "The compiler's message is above.")?;
    Ok(place.program("release", "gatehouse"))
}

/// A command of it on this home.
pub(crate) fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--json").arg("--home").arg(home);
    command
}

/// Runs a command that must succeed, without its output.
///
/// # Errors
/// [`Stop::Failed`] with what it said.
pub(crate) fn run(command: &mut Command) -> Result<(), Stop> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|why| Stop::Failed(format!("{} could not be started: {why}", step::shown(command))))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Stop::Failed(format!("{} failed ({}):\n{}", step::shown(command), output.status, output.stderr.escape_ascii())))
}

/// What a program used from its start to its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Seconds.
    pub(crate) wall: f64,
    /// Processor seconds of it and of all that it started.
    pub(crate) cpu: f64,
    /// Most resident memory of all its processes together, in MiB, as far as looks every 20 ms saw it.
    pub(crate) memory: f64,
}

/// Runs a command to its end and measures it. Its exit code is its own affair: a match is news, not a failure.
///
/// # Errors
/// [`Stop::Failed`] if it could not be started, or a signal ended it.
pub(crate) fn cost(command: &mut Command) -> Result<Cost, Stop> {
    let shown = step::shown(command);
    let failed = |why: String| Stop::Failed(format!("{shown}: {why}"));
    let began = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|why| failed(why.to_string()))?;
    let (mut memory, mut cpu) = (0.0_f64, 0.0_f64);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|why| failed(why.to_string()))? {
            break status;
        }
        let all = tree_of(child.id());
        memory = memory.max(all.iter().map(|process| resident(*process)).sum());
        // The time of children that were waited for is in the parent's own line; that of living ones is added.
        cpu = cpu.max(all.iter().map(|process| cpu_of(*process, *process == child.id())).sum());
        std::thread::sleep(Duration::from_millis(20));
    };
    if status.code().is_none() {
        return Err(failed("a signal ended it".to_owned()));
    }
    Ok(Cost { wall: began.elapsed().as_secs_f64(), cpu, memory })
}

/// A process and all below it.
fn tree_of(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut at = 0;
    while let Some(process) = all.get(at).copied() {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        all.extend(lists.flat_map(|list| list.split_whitespace().filter_map(|number| number.parse().ok()).collect::<Vec<u32>>()));
        at += 1;
    }
    all
}

/// MiB of a process that are resident and not shared with a file.
fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kib = |field: &str| {
        status.lines().find_map(|line| line.strip_prefix(field)).and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
    };
    kib("RssAnon:").unwrap_or(0.0) / 1024.0 + kib("RssShmem:").unwrap_or(0.0) / 1024.0
}

/// Processor seconds of a process; with those of its children that have ended.
pub(crate) fn cpu_of(process: u32, with_ended: bool) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may hold anything; the fields count from behind it.
    let fields: Vec<f64> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(|word| word.parse().unwrap_or(0.0)).collect();
    let count = if with_ended { 4 } else { 2 };
    fields.get(11..11 + count).unwrap_or_default().iter().sum::<f64>() / TICKS
}

/// A running `watch --json`. Killed when this is dropped.
pub(crate) struct Watch {
    child: Child,
    events: Receiver<(Instant, Value)>,
}

impl Watch {
    /// Starts it, and waits until the site is watched and swept.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it does not come to that in ten minutes.
    pub(crate) fn start(program: &Path, home: &Path) -> Result<Self, Stop> {
        let mut child = command(program, home)
            .arg("watch")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| Stop::Failed(why.to_string()))?;
        let (sender, events) = channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let Ok(event) = serde_json::from_str(&line) else { return };
                    if sender.send((Instant::now(), event)).is_err() {
                        return;
                    }
                }
            });
        }
        let watch = Self { child, events };
        watch.wait(Duration::from_secs(600), |event| event["event"] == "sweep" && event["complete"] == true)?;
        Ok(watch)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// When the next event that fits was read.
    ///
    /// # Errors
    /// [`Stop::Failed`] if none comes in this time.
    pub(crate) fn wait(&self, longest: Duration, fits: impl Fn(&Value) -> bool) -> Result<Instant, Stop> {
        let began = Instant::now();
        loop {
            match self.events.recv_timeout(longest.saturating_sub(began.elapsed())) {
                Ok((at, event)) if fits(&event) => return Ok(at),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Err(Stop::Failed("an event that was waited for did not come".to_owned())),
                Err(RecvTimeoutError::Disconnected) => return Err(Stop::Failed("the watching program ended".to_owned())),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The value below which this share of the sorted ones lies.
pub(crate) fn at(share: f64, values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len().saturating_sub(1)) as f64 * share).round() as usize).copied().unwrap_or(0.0)
}

/// Median, smallest and largest in one cell.
pub(crate) fn cell(values: &mut [f64], digits: usize) -> String {
    let (median, least, most) = (at(0.5, values), at(0.0, values), at(1.0, values));
    format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_taken_of_sorted_values() {
        let mut values = vec![5.0, 1.0, 3.0, 2.0, 4.0];
        assert_eq!((at(0.5, &mut values), at(0.99, &mut values), cell(&mut values, 1).as_str()), (3.0, 5.0, "3.0 (1.0–5.0)"));
        assert!(at(0.5, &mut []) == 0.0 && cpu_of(std::process::id(), true) >= 0.0 && resident(std::process::id()) > 0.0);
        assert!(tree_of(std::process::id()).contains(&std::process::id()));
    }
}
