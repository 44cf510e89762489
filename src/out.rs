//! The only file that prints: text or JSON Lines on standard output, messages and progress on standard error.

#![expect(clippy::print_stderr, reason = "this file is the command line's one way out")]

use std::io::{IsTerminal as _, Write as _};

use clap::CommandFactory as _;
use engine::{Code, Error};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::Gatehouse;

/// How a run prints.
pub struct Out {
    json: bool,
    terminal: bool,
}

impl Out {
    /// Text, or JSON Lines.
    pub fn new(json: bool) -> Self {
        Self { json, terminal: std::io::stderr().is_terminal() }
    }

    /// Prints one fact: `value` with `--json`, else the text.
    pub fn fact(&self, value: &Value, text: impl FnOnce() -> String) {
        let line = if self.json { value.to_string() } else { text() };
        if !line.is_empty() || self.json {
            self.line(&line);
        }
    }

    /// Prints text that has no JSON form: headings, advice. Nothing with `--json`.
    pub fn text(&self, text: &str) {
        if !self.json {
            self.line(text);
        }
    }

    fn line(&self, line: &str) {
        let mut stdout = std::io::stdout().lock();
        // A reader that went away (`| head`) wants no more.
        if writeln!(stdout, "{line}").and_then(|()| stdout.flush()).is_err() {
            std::process::exit(Exit::Done as i32);
        }
    }

    /// A message for the person, on standard error.
    pub fn message(&self, text: &str) {
        eprintln!("gatehouse: {text}");
    }

    /// An error for the person, with what to do where we know it.
    pub fn error(&self, error: &Error) -> Exit {
        self.clear_progress();
        self.message(&error.to_string());
        if let Some(advice) = advice(error.code()) {
            self.message(advice);
        }
        if self.json {
            eprintln!("{}", json!({"error": {"code": error.code().as_str(), "text": error.to_string()}}));
        }
        Exit::Failed
    }

    /// A line of progress that replaces the one before; only on a terminal.
    pub fn progress(&self, text: &str) {
        if self.terminal {
            eprint!("\r\x1b[K{text}");
            drop(std::io::stderr().flush());
        }
    }

    /// Takes the line of progress away.
    pub fn clear_progress(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }

    /// Completions for a shell.
    pub fn completions(&self, shell: clap_complete::Shell) -> Exit {
        clap_complete::generate(shell, &mut Gatehouse::command(), "gatehouse", &mut std::io::stdout());
        Exit::Done
    }

    /// The man page.
    pub fn man_page(&self) -> Exit {
        match clap_mangen::Man::new(Gatehouse::command()).render(&mut std::io::stdout()) {
            Ok(()) => Exit::Done,
            Err(_) => Exit::Failed,
        }
    }
}

/// A question, on standard error, without a line end of its own.
pub fn ask(text: &str) {
    eprint!("{text}");
    drop(std::io::stderr().flush());
}

fn advice(code: Code) -> Option<&'static str> {
    match code {
        Code::NoRoom => Some("Free some space; nothing was lost and the work goes on by itself."),
        Code::PermissionDenied => Some("Give the user that runs Gatehouse the right to do this, then try again."),
        Code::Busy => Some("Try again in a moment. Short commands work beside a running watch."),
        _ => None,
    }
}

/// RFC 3339 in UTC.
pub fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

/// The same, or JSON null.
pub fn time_or_null(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, |ms| Value::String(time(ms)))
}

/// The last millisecond of a day in UTC, typed like `2027-01-31`.
pub fn end_of_day(day: &str) -> Result<i64, Error> {
    let wrong = || Error::refused(Code::BadArgument, "A day is written like 2027-01-31.");
    let day: jiff::civil::Date = day.parse().map_err(|_| wrong())?;
    let end = day.tomorrow().and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC)).map_err(|_| wrong())?;
    Ok(end.timestamp().as_millisecond() - 1)
}

/// "3 files", "1 file".
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Seconds that are left, smoothed to what a person can use, as the end of a line of progress.
pub fn time_left(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => ", less than a minute left".to_owned(),
        s if s < 600.0 => format!(", about {:.0} min left", (s / 60.0).ceil()),
        s if s < 7_200.0 => format!(", about {:.0} min left", (s / 600.0).ceil() * 10.0),
        s => format!(", about {:.0} h left", (s / 3_600.0).ceil()),
    }
}
