//! Starting at login: one file that the desktop reads (XDG autostart). It is written here and not by a plugin for the sake of one line, `TryExec`: once the
//! program is removed, the desktop ignores the file, so that nothing is left that could start.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Name of the file among those of other programs.
const FILE: &str = "app.gatehouse.desktop.desktop";
/// Starts in the tray.
pub const BACKGROUND: &str = "--background";

/// Where and what is started at login.
#[derive(Clone, Debug)]
pub struct Autostart {
    /// The person's folder of autostart files; `None` where the desktop has no such thing.
    pub folder: Option<PathBuf>,
    /// This program.
    pub program: PathBuf,
    /// The home, where it is not the usual one.
    pub home: Option<PathBuf>,
}

impl Autostart {
    /// Whether this can be chosen here.
    pub fn is_possible(&self) -> bool {
        cfg!(target_os = "linux") && self.folder.is_some()
    }

    /// Whether it is chosen.
    pub fn is_on(&self) -> bool {
        self.file().is_some_and(|file| file.is_file())
    }

    fn file(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(FILE))
    }

    /// Turns it on or off.
    ///
    /// # Errors
    /// That the file cannot be written or removed.
    #[expect(clippy::disallowed_methods, reason = "the one file of ours among the autostart files of the desktop")]
    pub fn set(&self, on: bool) -> std::io::Result<()> {
        let Some(file) = self.file() else { return Err(std::io::ErrorKind::Unsupported.into()) };
        if on {
            let folder = self.folder.as_deref().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            return std::fs::File::create(&file)?.write_all(self.entry()?.as_bytes());
        }
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn entry(&self) -> std::io::Result<String> {
        let program = quoted(&self.program)?;
        let try_exec = self.program.to_str().ok_or(std::io::ErrorKind::InvalidInput)?;
        let home = match &self.home {
            Some(home) => {
                format!("env {} ", quoted_text(&format!("GATEHOUSE_HOME={}", home.to_str().ok_or(std::io::ErrorKind::InvalidInput)?)))
            }
            None => String::new(),
        };
        Ok(format!(
            "[Desktop Entry]\nType=Application\nName=Gatehouse\nComment=Watches upload folders\nExec={home}{program} {BACKGROUND}\nTryExec={try_exec}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n"
        ))
    }
}

fn quoted(path: &Path) -> std::io::Result<String> {
    let text = path.to_str().ok_or(std::io::ErrorKind::InvalidInput)?;
    // A line break would begin a line of its own in the file.
    if text.chars().any(char::is_control) { Err(std::io::ErrorKind::InvalidInput.into()) } else { Ok(quoted_text(text)) }
}

/// An argument of `Exec`, by the rules of the desktop entry format: quoted, with `\` before what is special, and `%` doubled.
fn quoted_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            // The format unescapes the value once before it reads the quotes.
            '\\' => quoted.push_str("\\\\\\\\"),
            '"' | '`' | '$' => quoted.extend(["\\\\", character.encode_utf8(&mut [0; 4])]),
            '%' => quoted.push_str("%%"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &Path) -> Autostart {
        Autostart { folder: Some(folder.join("autostart")), program: "/usr/bin/gatehouse-desktop".into(), home: None }
    }

    #[test]
    fn it_is_off_until_it_is_chosen_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let autostart = at(folder.path());
        assert!(!autostart.is_on());
        autostart.set(true).unwrap();
        assert!(autostart.is_on());
        let text = std::fs::read_to_string(folder.path().join("autostart").join(FILE)).unwrap();
        assert!(text.contains("Exec=\"/usr/bin/gatehouse-desktop\" --background\n"), "{text}");
        assert!(text.contains("TryExec=/usr/bin/gatehouse-desktop\n"), "a removed program starts nothing: {text}");
        autostart.set(false).unwrap();
        autostart.set(false).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("autostart")).unwrap().count(), 0);
    }

    #[test]
    fn odd_places_are_quoted_and_impossible_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let odd = Autostart { program: "/opt/my $apps/100%/gate".into(), home: Some("/srv/a b".into()), ..at(folder.path()) };
        let text = odd.entry().unwrap();
        assert!(text.contains(r#"Exec=env "GATEHOUSE_HOME=/srv/a b" "/opt/my \\$apps/100%%/gate" --background"#), "{text}");
        assert!(Autostart { program: "/opt/x\nExec=rm".into(), ..at(folder.path()) }.set(true).is_err());
        assert!(Autostart { folder: None, ..at(folder.path()) }.set(true).is_err());
    }
}
