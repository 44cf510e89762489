//! What the machine needs, whether it is there, and how to get it.
//!
//! On Debian and its family the missing packages are installed, after saying which and why. Everywhere else the exact command is printed
//! and the chore ends with exit code 2: a wrong guess about somebody's package tool is worse than one command typed by hand.
//! Asking is cheap (a file, a program on the path, `pkg-config`), so that it happens on every run instead of being remembered.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::step::{self, NPM, Place, Stop, answer, which};

/// One thing that a chore needs from the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Compiler,
    Make,
    PkgConfig,
    WebView,
    Tray,
    Node,
    Npm,
    Xvfb,
    Xauth,
    SessionBus,
    WebDriver,
    WindowFrames,
    Chromium,
    Strace,
}

/// A family of systems that share a package tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Debian,
    Fedora,
    Arch,
    Suse,
    MacOs,
    Windows,
    Other,
}

/// What Vite 8 asks for; Debian 13 has it, Debian 12 and Ubuntu 24.04 have 18.
const NODE_AT_LEAST: Version = Version(20, 19);

/// `apt-get update` finds its lists locked while the system updates itself, which takes a minute or two. More tries only hide a lock that nobody gives back.
const APT_TRIES: u32 = 20;
const APT_PAUSE: Duration = Duration::from_secs(6);

impl Need {
    /// What the small program needs: a C compiler for SQLite.
    pub(crate) fn for_command_line() -> Vec<Self> {
        vec![Self::Compiler]
    }

    /// What the window needs, to be built and to run.
    pub(crate) fn for_window() -> Vec<Self> {
        vec![Self::Compiler, Self::Make, Self::PkgConfig, Self::WebView, Self::Tray, Self::Node, Self::Npm]
    }

    /// What the page's tests need.
    pub(crate) fn for_page_tests() -> Vec<Self> {
        vec![Self::Node, Self::Npm, Self::Chromium]
    }

    /// What the faults need; those that also need root or a loop device say so themselves.
    pub(crate) fn for_faults() -> Vec<Self> {
        vec![Self::Compiler, Self::Strace]
    }

    /// What the test of the real window needs on top of the window.
    pub(crate) fn for_window_test() -> Vec<Self> {
        let mut needs = Self::for_window();
        needs.extend([Self::Xvfb, Self::Xauth, Self::SessionBus, Self::WebDriver, Self::WindowFrames]);
        needs
    }

    /// What it is for, in words.
    fn purpose(self) -> &'static str {
        match self {
            Self::Compiler => "a C compiler; SQLite is built from source",
            Self::Make => "make; build scripts use it",
            Self::PkgConfig => "pkg-config; finds the web view",
            Self::WebView => "WebKitGTK 4.1 with its headers; the window is made of it",
            Self::Tray => "the tray icon",
            Self::Node => "Node.js 20.19 or newer; builds the page inside the window",
            Self::Npm => "npm; fetches what the page is built with",
            Self::Xvfb => "a display in memory, for the test of the real window",
            Self::Xauth => "permission to use that display",
            Self::SessionBus => "a session bus for each test of the real window",
            Self::WebDriver => "WebKitWebDriver; presses the keys in the test of the real window",
            Self::WindowFrames => "a window manager, for tests of closing and resizing",
            Self::Chromium => "Chromium; runs the page in its tests",
            Self::Strace => "strace; makes system calls fail in the tests of faults",
        }
    }

    /// macOS and Windows bring the web view and the tray; the tests of page and window run on Linux only.
    fn applies_to(self, family: Family) -> bool {
        match family {
            Family::Windows => matches!(self, Self::Node | Self::Npm),
            Family::MacOs => matches!(self, Self::Compiler | Self::Node | Self::Npm),
            Family::Debian | Family::Fedora | Family::Arch | Family::Suse | Family::Other => true,
        }
    }

    /// The packages that bring it; none if we do not know.
    fn packages(self, family: Family) -> &'static [&'static str] {
        match family {
            Family::Debian => match self {
                Self::Compiler => &["gcc", "libc6-dev"],
                Self::Make => &["make"],
                Self::PkgConfig => &["pkg-config"],
                Self::WebView => &["libwebkit2gtk-4.1-dev"],
                Self::Tray => &["libayatana-appindicator3-1"],
                Self::Node => &["nodejs"],
                Self::Npm => &["npm"],
                Self::Xvfb => &["xvfb"],
                Self::Xauth => &["xauth"],
                Self::SessionBus => &["dbus-x11"],
                Self::WebDriver => &["webkit2gtk-driver"],
                Self::WindowFrames => &["openbox"],
                Self::Chromium => &["chromium"],
                Self::Strace => &["strace"],
            },
            Family::Fedora => match self {
                Self::Compiler => &["gcc"],
                Self::Make => &["make"],
                Self::PkgConfig => &["pkgconf-pkg-config"],
                Self::WebView => &["webkit2gtk4.1-devel"],
                Self::Tray => &["libayatana-appindicator-gtk3"],
                Self::Node => &["nodejs"],
                Self::Npm => &["npm"],
                Self::Xvfb => &["xorg-x11-server-Xvfb"],
                Self::Xauth => &["xorg-x11-xauth"],
                // dnf takes a path for "whatever brings this program".
                Self::SessionBus => &["/usr/bin/dbus-run-session"],
                Self::WebDriver => &["/usr/bin/WebKitWebDriver"],
                Self::WindowFrames => &["openbox"],
                Self::Chromium => &["chromium"],
                Self::Strace => &["strace"],
            },
            Family::Arch => match self {
                Self::Compiler => &["gcc"],
                Self::Make => &["make"],
                Self::PkgConfig => &["pkgconf"],
                Self::WebView => &["webkit2gtk-4.1"],
                Self::Tray => &["libayatana-appindicator"],
                Self::Node => &["nodejs"],
                Self::Npm => &["npm"],
                Self::Xvfb => &["xorg-server-xvfb"],
                Self::Xauth => &["xorg-xauth"],
                Self::SessionBus => &["dbus"],
                Self::WebDriver => &[],
                Self::WindowFrames => &["openbox"],
                Self::Chromium => &["chromium"],
                Self::Strace => &["strace"],
            },
            Family::Suse => match self {
                Self::Compiler => &["gcc"],
                Self::Make => &["make"],
                Self::PkgConfig => &["pkgconf-pkg-config"],
                // zypper takes a capability in place of a name.
                Self::WebView => &["'pkgconfig(webkit2gtk-4.1)'"],
                Self::Tray => &["libayatana-appindicator3-1"],
                Self::Node => &["nodejs-default"],
                Self::Npm => &["npm-default"],
                Self::Xvfb => &["xorg-x11-server-Xvfb"],
                Self::Xauth => &["xauth"],
                Self::SessionBus => &["dbus-1"],
                Self::WebDriver => &[],
                Self::WindowFrames => &["openbox"],
                Self::Chromium => &["chromium"],
                Self::Strace => &["strace"],
            },
            Family::MacOs => match self {
                Self::Node | Self::Npm => &["node"],
                _ => &[],
            },
            Family::Windows => match self {
                Self::Node | Self::Npm => &["OpenJS.NodeJS.LTS"],
                _ => &[],
            },
            Family::Other => &[],
        }
    }

    /// Whether the machine has it now.
    fn present(self) -> bool {
        match self {
            Self::Compiler => which("cc").is_some() || which("gcc").is_some() || which("clang").is_some(),
            Self::Make => which("make").is_some(),
            Self::PkgConfig => which("pkg-config").is_some(),
            Self::WebView => Command::new("pkg-config").args(["--exists", "webkit2gtk-4.1"]).status().is_ok_and(|status| status.success()),
            Self::Tray => has_library(&["libayatana-appindicator3.so.1", "libappindicator3.so.1"]),
            Self::Node => node().is_some_and(|version| version >= NODE_AT_LEAST),
            // Its script exists without Node, and then does not start: asking the path would not tell.
            Self::Npm => answer(Command::new(NPM).arg("--version")).is_some(),
            Self::Xvfb => which("Xvfb").is_some() && which("xvfb-run").is_some(),
            Self::Xauth => which("xauth").is_some(),
            Self::SessionBus => which("dbus-run-session").is_some(),
            Self::WebDriver => which("WebKitWebDriver").is_some(),
            Self::WindowFrames => which("openbox").is_some(),
            Self::Chromium => which("chromium").is_some(),
            Self::Strace => which("strace").is_some(),
        }
    }
}

/// Makes sure that the machine has all of `needs`; installs what is missing where that is known to work.
///
/// # Errors
/// [`Stop::Missing`] with what is missing and what to do.
pub(crate) fn prepare(place: &Place, needs: &[Need]) -> Result<(), Stop> {
    rust_is_new_enough(place)?;
    let (family, name) = system();
    let missing =
        |needs: &[Need]| -> Vec<Need> { needs.iter().copied().filter(|need| need.applies_to(family) && !need.present()).collect() };
    let lacking = missing(needs);
    if lacking.is_empty() {
        return Ok(());
    }
    step::heading(&format!("This machine ({name}) lacks"));
    for need in &lacking {
        step::say(&format!("    {}", need.purpose()));
    }
    if lacking.contains(&Need::Node)
        && let Some(version) = node()
    {
        step::say(&format!("    (Node.js {version} is here; the page needs {NODE_AT_LEAST} or newer)"));
    }
    if family != Family::Debian {
        return Err(Stop::Missing(elsewhere(family, &lacking)));
    }
    apt(place, &name, &lacking)?;
    let still = missing(&lacking);
    if still.is_empty() {
        return Ok(());
    }
    let still: Vec<_> = still.into_iter().map(Need::purpose).collect();
    Err(Stop::Missing(format!("The packages were installed, and still missing are:\n    {}\n{}", still.join("\n    "), STILL_MISSING)))
}

const STILL_MISSING: &str = "A program of the same name earlier on the PATH, or an Ubuntu where Chromium is a snap, can be the reason.\nPut what is missing on the PATH, then run the same command again.";

/// Installs by apt-get, as root or through sudo.
fn apt(place: &Place, name: &str, lacking: &[Need]) -> Result<(), Stop> {
    let wants_node = lacking.contains(&Need::Node);
    // Known without a network as soon as the lists are there; then nothing is installed in vain.
    if wants_node && let Some(version) = offered_node().filter(|version| *version < NODE_AT_LEAST) {
        return Err(Stop::Missing(node_is_too_old_here(name, version)));
    }
    let packages: Vec<&str> = lacking.iter().flat_map(|need| need.packages(Family::Debian)).copied().collect();
    let mut command = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    if !is_root() {
        if which("sudo").is_none() {
            return Err(Stop::Missing(format!(
                "You are not root and there is no sudo. As root, run\n    apt-get update && apt-get install --no-install-recommends {}\nthen run the same command again.",
                packages.join(" ")
            )));
        }
        command.insert(0, "sudo");
    }
    step::say(&format!("\nThese packages of your system will be installed now: {}", packages.join(" ")));
    let apt_get = |arguments: &[&str]| -> Command {
        let (program, first) = command.split_first().map_or(("apt-get", [].as_slice()), |(program, first)| (*program, first));
        let mut command = place.command(program);
        command.args(first).args(arguments);
        command
    };
    refresh_lists(|| apt_get(&["update"]))?;
    if wants_node {
        match offered_node() {
            Some(version) if version >= NODE_AT_LEAST => {}
            Some(version) => return Err(Stop::Missing(node_is_too_old_here(name, version))),
            None => return Err(Stop::Missing(format!("{name} offers no Node.js.\n{GET_NODE}"))),
        }
    }
    let mut install = apt_get(&["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]);
    install.args(&packages);
    step::step("Install system packages", &mut install).map_err(|why| {
        Stop::Missing(format!(
            "The packages could not be installed: {why}.\nThe lines above say why. \"Unable to locate\" means that this system is too old (the web view needs Debian 12, Ubuntu 22.04, or newer) or that a package source such as Ubuntu's \"universe\" is switched off."
        ))
    })
}

/// `apt-get update`, again while another program holds the lists. Any other failure is reported and does not stop: the old lists may do.
fn refresh_lists(update: impl Fn() -> Command) -> Result<(), Stop> {
    step::heading("Refresh the list of packages");
    for attempt in 1..=APT_TRIES {
        let mut command = update();
        step::say(&format!("    {}", step::shown(&command)));
        let failed = |why: std::io::Error| Stop::Missing(format!("apt-get could not be started: {why}."));
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(failed)?;
        let mut locked = false;
        if let Some(stderr) = child.stderr.take() {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                locked |= line.contains("Could not get lock") || line.contains("Unable to lock");
                step::say(&line);
            }
        }
        if child.wait().map_err(failed)?.success() {
            return Ok(());
        }
        if !locked {
            step::say("    That did not work for every source; going on with the lists that are here.");
            return Ok(());
        }
        if attempt < APT_TRIES {
            step::say(&format!(
                "    Another program is using the lists. Trying again in {} s ({attempt} of {APT_TRIES}).",
                APT_PAUSE.as_secs()
            ));
            thread::sleep(APT_PAUSE);
        }
    }
    Err(Stop::Missing("Another program has kept the package lists locked for two minutes. Let it finish (often the system's own updates), then run the same command again.".to_owned()))
}

const GET_NODE: &str = "Get Node.js 20.19 or newer: unpack the Linux archive from https://nodejs.org/en/download and put its bin folder on your PATH, or use a newer system (Debian 13 has one).\nThen run the same command again. Without a display, `cargo xtask run` needs no Node.js.";

fn node_is_too_old_here(name: &str, version: Version) -> String {
    format!("{name} offers Node.js {version}, and the page needs {NODE_AT_LEAST} or newer. Nothing was installed.\n{GET_NODE}")
}

/// The exact command for a system that we do not install on, or what to look for.
fn elsewhere(family: Family, lacking: &[Need]) -> String {
    let mut packages: Vec<&str> = lacking.iter().flat_map(|need| need.packages(family)).copied().collect();
    packages.dedup();
    let packages = packages.join(" ");
    let command = match family {
        Family::Fedora => format!("sudo dnf install {packages}"),
        Family::Arch => format!("sudo pacman -S --needed {packages}"),
        Family::Suse => format!("sudo zypper install {packages}"),
        Family::MacOs if packages.is_empty() => String::new(),
        Family::MacOs => format!("brew install {packages}        (or the installer from https://nodejs.org/en/download)"),
        Family::Windows => format!("winget install {packages}"),
        Family::Debian | Family::Other => String::new(),
    };
    let mut text = String::from("Gatehouse installs packages by itself on Debian and Ubuntu only.");
    if family == Family::MacOs && lacking.contains(&Need::Compiler) {
        text.push_str(" Run\n    xcode-select --install");
    }
    if !command.is_empty() {
        text.push_str(&format!(" Run\n    {command}"));
    }
    let unknown: Vec<_> =
        lacking.iter().filter(|need| need.packages(family).is_empty() && family != Family::MacOs).map(|need| need.purpose()).collect();
    if !unknown.is_empty() {
        text.push_str(&format!("\nInstall with your system's own tool:\n    {}", unknown.join("\n    ")));
    }
    text.push_str("\nThen run the same command again.");
    text
}

/// Whether this process is root. Never so on Windows.
pub(crate) fn is_root() -> bool {
    cfg!(unix) && answer(Command::new("id").arg("-u")).is_some_and(|uid| uid == "0")
}

/// Cargo itself refuses most old compilers; this one sentence is for those that get as far as here.
fn rust_is_new_enough(place: &Place) -> Result<(), Stop> {
    let manifest = fs::read_to_string(place.root.join("Cargo.toml")).unwrap_or_default();
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version")).and_then(Version::parse);
    let here = answer(place.command("rustc").arg("--version")).as_deref().and_then(Version::parse);
    match (wanted, here) {
        (Some(wanted), Some(here)) if here < wanted => Err(Stop::Missing(format!(
            "Rust {here} is here, and Gatehouse needs {wanted} or newer. With rustup: `rustup update stable`. The Rust of Debian 12 (1.63) is too old: install rustup from https://rustup.rs."
        ))),
        _ => Ok(()),
    }
}

fn node() -> Option<Version> {
    answer(Command::new("node").arg("--version")).as_deref().and_then(Version::parse)
}

/// The Node.js that apt would install, from the lists as they are.
fn offered_node() -> Option<Version> {
    candidate(&answer(Command::new("apt-cache").env("LC_ALL", "C").args(["policy", "nodejs"]))?)
}

/// The candidate's version in the answer of `apt-cache policy`; `(none)` is none.
fn candidate(policy: &str) -> Option<Version> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?.trim();
    // An epoch ("1:20.19") orders packages and is not part of the program's version.
    Version::parse(version.split_once(':').map_or(version, |(_, version)| version))
}

/// Whether the dynamic linker knows one of these libraries; it is opened at run time and has no pkg-config file without its headers.
fn has_library(names: &[&str]) -> bool {
    let known = answer(Command::new("ldconfig").arg("-p")).or_else(|| answer(Command::new("/sbin/ldconfig").arg("-p"))).unwrap_or_default();
    names.iter().any(|name| known.contains(name))
}

/// A version as far as it matters here: major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// The first number with a dot behind it, and the number after the dot; a number alone counts as `N.0`.
    fn parse(text: &str) -> Option<Self> {
        let from = text.find(|c: char| c.is_ascii_digit())?;
        let mut numbers = text.get(from..)?.split(|c: char| !c.is_ascii_digit());
        let major = numbers.next()?.parse().ok()?;
        Some(Self(major, numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The family and the name of this system.
fn system() -> (Family, String) {
    if cfg!(target_os = "macos") {
        return (Family::MacOs, "macOS".to_owned());
    }
    if cfg!(windows) {
        return (Family::Windows, "Windows".to_owned());
    }
    let release = fs::read_to_string("/etc/os-release").or_else(|_| fs::read_to_string("/usr/lib/os-release")).unwrap_or_default();
    described(&release)
}

/// Reads an `os-release` file (freedesktop.org, os-release(5)): shell-like lines, `ID` first, then the words of `ID_LIKE`.
fn described(release: &str) -> (Family, String) {
    let field = |name: &str| {
        let line = release.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
    };
    let name = Some(field("PRETTY_NAME")).filter(|name| !name.is_empty()).unwrap_or_else(|| "an unknown system".to_owned());
    let (id, like) = (field("ID"), field("ID_LIKE"));
    let family = std::iter::once(id.as_str()).chain(like.split_whitespace()).find_map(|id| match id {
        "debian" | "ubuntu" => Some(Family::Debian),
        "fedora" | "rhel" => Some(Family::Fedora),
        "arch" => Some(Family::Arch),
        "suse" | "opensuse" | "opensuse-tumbleweed" | "opensuse-leap" => Some(Family::Suse),
        _ => None,
    });
    (family.unwrap_or(Family::Other), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let table = [
            ("v20.19.2", Some(Version(20, 19))),
            ("rustc 1.95.0 (59807616e 2026-04-14)", Some(Version(1, 95))),
            (" = \"1.95\"", Some(Version(1, 95))),
            ("18.19.0+dfsg-6~deb12u2", Some(Version(18, 19))),
            ("22", Some(Version(22, 0))),
            ("(none)", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_number_and_not_by_letter() {
        assert!(Version(20, 9) < NODE_AT_LEAST, "20.9 is older than 20.19");
        assert!(Version(1, 100) > Version(1, 95), "1.100 is newer than 1.95");
    }

    #[test]
    fn the_candidate_is_read_and_not_what_is_installed() {
        let policy = "nodejs:\n  Installed: 18.19.0\n  Candidate: 1:20.19.2+dfsg-1\n  Version table:\n";
        assert_eq!(candidate(policy), Some(Version(20, 19)), "the epoch is not the version");
        assert_eq!(candidate("nodejs:\n  Installed: (none)\n  Candidate: (none)\n"), None, "nothing is offered");
        assert_eq!(candidate(""), None, "no lists yet");
    }

    #[test]
    fn systems_are_told_apart_by_id_then_by_what_they_are_like() {
        let table = [
            ("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", Family::Debian, "Debian GNU/Linux 12 (bookworm)"),
            ("ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"", Family::Debian, "Ubuntu 24.04 LTS"),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Family::Debian, "an unknown system"),
            ("NAME='Fedora Linux'\nID=fedora\n", Family::Fedora, "an unknown system"),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", Family::Suse, "an unknown system"),
            ("ID=manjaro\nID_LIKE=arch\n", Family::Arch, "an unknown system"),
            ("ID=nixos\n", Family::Other, "an unknown system"),
            ("", Family::Other, "an unknown system"),
        ];
        for (release, family, name) in table {
            assert_eq!(described(release), (family, name.to_owned()), "{release}");
        }
    }

    #[test]
    fn debian_has_a_package_for_everything() {
        for need in Need::for_window_test().into_iter().chain(Need::for_page_tests()).chain(Need::for_faults()) {
            assert!(!need.packages(Family::Debian).is_empty(), "{need:?} would be reported as missing and never installed");
        }
    }

    #[test]
    fn every_other_system_gets_its_exact_command() {
        let lacking = [Need::WebView, Need::Node, Need::Npm];
        let table = [
            (Family::Fedora, "sudo dnf install webkit2gtk4.1-devel nodejs npm\n"),
            (Family::Arch, "sudo pacman -S --needed webkit2gtk-4.1 nodejs npm\n"),
            (Family::Suse, "sudo zypper install 'pkgconfig(webkit2gtk-4.1)' nodejs-default npm-default\n"),
            (Family::Windows, "winget install OpenJS.NodeJS.LTS\n"),
            (Family::MacOs, "brew install node "),
        ];
        for (family, command) in table {
            let lacking: Vec<_> = lacking.into_iter().filter(|need| need.applies_to(family)).collect();
            let text = elsewhere(family, &lacking);
            assert!(text.contains(command), "{family:?}: {text}");
        }
        let text = elsewhere(Family::Other, &lacking);
        assert!(text.contains("WebKitGTK 4.1") && !text.contains("sudo"), "an unknown system gets names, no invented command: {text}");
    }

    #[test]
    fn a_program_without_a_known_package_is_named_in_words() {
        let text = elsewhere(Family::Arch, &[Need::Xvfb, Need::WebDriver]);
        assert!(text.contains("pacman -S --needed xorg-server-xvfb\n") && text.contains("WebKitWebDriver"), "{text}");
    }
}
