//! A password that is typed without being shown. Nothing else reads from the terminal.

use std::io::{IsTerminal as _, Read as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::out;

/// Longest password, in bytes.
const LONGEST: usize = 1024;

/// The terminal with its echo off, until this is dropped.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn new() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut quiet = before.clone();
        // Ctrl-C comes as a byte too: ended by the signal, the terminal would stay without its echo.
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &quiet).ok()?;
        Some(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that went away needs no echo.
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before).unwrap_or_default();
    }
}

/// Asks on the terminal; `None` without one, and where the person gives up.
pub fn ask(question: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let quiet = Quiet::new()?;
    out::ask(question);
    let typed = typed();
    drop(quiet);
    out::ask("\n");
    typed
}

fn typed() -> Option<String> {
    let mut password = Vec::new();
    for byte in std::io::stdin().lock().bytes().map_while(Result::ok) {
        match byte {
            b'\r' | b'\n' => return String::from_utf8(password).ok(),
            // Ctrl-C, Ctrl-D, Escape.
            3 | 4 | 27 => return None,
            8 | 127 => take_character(&mut password),
            _ if password.len() < LONGEST => password.push(byte),
            _ => {}
        }
    }
    None
}

/// Takes the last character away: of UTF-8, its first byte and those that go on with it.
fn take_character(password: &mut Vec<u8>) {
    while password.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

#[cfg(test)]
mod tests {
    use super::take_character;

    #[test]
    fn a_whole_character_is_taken_back() {
        let mut password = "aé".as_bytes().to_vec();
        take_character(&mut password);
        assert_eq!(password, b"a", "both bytes of it");
        take_character(&mut password);
        take_character(&mut password);
        assert!(password.is_empty(), "and nothing of nothing");
    }
}
