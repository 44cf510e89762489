//! Paths below a site's root as bytes, and the display form of any hostile text.
//!
//! A path is bytes everywhere: in the store, in system calls, in comparisons. Text exists only as the *escaped form* ([`Shown`]),
//! which is injective and safe to put on a terminal or a page. It is never turned back into a path.

use std::ffi::OsStr;
use std::fmt;
#[cfg(unix)]
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthChar;

/// A path below the root of a site: bytes, parts divided by `/`, never empty, never absolute, without `.` or `..` parts or NUL bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SitePath(Vec<u8>);

/// The bytes are no path below a root: empty, absolute, or with a part that is empty, `.`, `..` or holds a NUL byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a path below a site's root")]
pub struct NotBelowRoot;

impl SitePath {
    /// Checks the bytes once; afterwards the path can be trusted not to climb out of a root.
    ///
    /// # Errors
    /// [`NotBelowRoot`] as described there.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, NotBelowRoot> {
        let bytes = bytes.into();
        let bad_part = |part: &[u8]| part.is_empty() || part == b"." || part == b".." || part.contains(&0);
        if bytes.split(|byte| *byte == b'/').any(bad_part) { Err(NotBelowRoot) } else { Ok(Self(bytes)) }
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The parts, from the root down.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/')
    }

    /// The last part.
    pub fn name(&self) -> &[u8] {
        self.parts().next_back().unwrap_or_default()
    }

    /// The path of the directory that holds this one; `None` directly below the root.
    pub fn parent(&self) -> Option<Self> {
        let cut = self.0.iter().rposition(|byte| *byte == b'/')?;
        Some(Self(self.0[..cut].to_vec()))
    }

    /// This path with one more part below it.
    ///
    /// # Errors
    /// [`NotBelowRoot`] if `name` is no single part.
    pub fn join(&self, name: &[u8]) -> Result<Self, NotBelowRoot> {
        Self::below(Some(self), name)
    }

    /// `name` below `parent`, or directly below the root.
    ///
    /// # Errors
    /// [`NotBelowRoot`] if `name` is no single part.
    pub fn below(parent: Option<&Self>, name: &[u8]) -> Result<Self, NotBelowRoot> {
        if name.contains(&b'/') {
            return Err(NotBelowRoot);
        }
        let mut bytes = parent.map(|p| [p.as_bytes(), b"/"].concat()).unwrap_or_default();
        bytes.extend_from_slice(name);
        Self::new(bytes)
    }

    /// Number of parts, at least 1.
    pub fn depth(&self) -> usize {
        self.parts().count()
    }

    /// Whether this path lies below the directory `dir`, at any depth.
    pub fn is_below(&self, dir: &Self) -> bool {
        self.0.len() > dir.0.len() && self.0.starts_with(&dir.0) && self.0[dir.0.len()] == b'/'
    }

    /// The path of the file as the operating system wants it.
    #[cfg(unix)]
    pub fn to_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The path of `path` below `root`, or `None` if it does not lie there.
    #[cfg(unix)]
    pub fn strip(root: &Path, path: &Path) -> Option<Self> {
        Self::new(path.strip_prefix(root).ok()?.as_os_str().as_bytes()).ok()
    }

    /// The display form.
    pub fn shown(&self) -> Shown {
        Shown::of_bytes(&self.0)
    }

    /// Lower hexadecimal of the bytes when the path is not plain UTF-8, else `None`: the `path_bytes` of the command line.
    pub fn bytes_if_not_utf8(&self) -> Option<String> {
        std::str::from_utf8(&self.0).is_err().then(|| self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SitePath({})", self.shown())
    }
}

/// Widest form that a screen shows without being asked, in terminal cells.
const SHOWN_CELLS: usize = 120;
/// Combining marks in a row that are shown; the rest is escaped, so that a name cannot paint over its neighbours.
const MARKS_IN_A_ROW: usize = 3;

/// The escaped form of hostile text: injective, without control, bidirectional, invisible, private or unassigned characters.
///
/// Valid text stands as it is; other bytes are `\xNN`, dangerous characters `\u{…}`, a backslash is doubled. Nothing is normalized, so two
/// different names never look like one name with the same escaped form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shown(String);

impl Shown {
    /// The escaped form of any bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut out = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            escape_text(chunk.valid(), &mut out);
            chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
        }
        Self(out)
    }

    /// The escaped form of text that came from outside.
    pub fn of_text(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// The escaped form of an operating-system path.
    #[cfg(unix)]
    pub fn of_path(path: &Path) -> Self {
        Self::of_bytes(path.as_os_str().as_bytes())
    }

    /// The last two parts of a folder, as screens show it: `…/forum/files`.
    #[cfg(unix)]
    pub fn of_folder(path: &Path) -> Self {
        let parts: Vec<&[u8]> = path.as_os_str().as_bytes().split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect();
        let tail = parts.len().saturating_sub(2);
        let shown = Self::of_bytes(&parts[tail..].join(&b'/'));
        Self(if tail > 0 { format!("…/{shown}") } else { format!("/{shown}") })
    }

    /// The whole escaped form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// At most 120 terminal cells, cut in the middle with the end kept: the end of a name says more than its start.
    pub fn elided(&self) -> String {
        elide(&self.0, SHOWN_CELLS)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

fn escape_text(text: &str, out: &mut String) {
    let mut marks = 0;
    for c in text.chars() {
        let is_mark =
            matches!(c.general_category(), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::SpacingMark);
        marks = if is_mark { marks + 1 } else { 0 };
        if c == '\\' {
            out.push_str("\\\\");
        } else if is_dangerous(c) || marks > MARKS_IN_A_ROW {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
}

/// Characters that change how their neighbours look, or that cannot be seen.
fn is_dangerous(c: char) -> bool {
    // Categories cover C0 and C1, bidirectional controls, zero-width joiners, tags (Cf), line and paragraph separators, private use and
    // unassigned; the others are letters by category that draw nothing (Hangul fillers, variation selectors).
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    ) || matches!(u32::from(c), 0x115F | 0x1160 | 0x3164 | 0xFFA0 | 0x2800 | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF | 0x034F | 0x17B4 | 0x17B5)
        || (c != ' ' && c.general_category() == GeneralCategory::SpaceSeparator)
}

fn elide(text: &str, cells: usize) -> String {
    let width = |c: char| c.width().unwrap_or(0);
    if text.chars().map(width).sum::<usize>() <= cells {
        return text.to_owned();
    }
    // One third for the start, two thirds for the end, one cell for the mark between them.
    let (head_cells, tail_cells) = ((cells - 1) / 3, cells - 1 - (cells - 1) / 3);
    let take = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        chars
            .take_while(|c| {
                used += width(*c);
                used <= room
            })
            .collect::<String>()
    };
    let head = take(&mut text.chars(), head_cells);
    let tail: String = take(&mut text.chars().rev(), tail_cells).chars().rev().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_cannot_climb_out_of_its_root() {
        for bad in ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\0b"] {
            assert_eq!(SitePath::new(bad), Err(NotBelowRoot), "{bad:?} is refused");
        }
        assert!(SitePath::new("a/..b/c.").is_ok(), "dots inside a name are ordinary");
    }

    #[test]
    fn hostile_names_are_escaped() {
        let table: [(&[u8], &str); 9] = [
            (b"plain name.jpg", "plain name.jpg"),
            (b"back\\slash", "back\\\\slash"),
            (b"\xff\xfe", "\\xff\\xfe"),
            (b"new\nline\x1b[2J", "new\\u{a}line\\u{1b}[2J"),
            ("gpj.\u{202e}exe".as_bytes(), "gpj.\\u{202e}exe"),
            ("zero\u{200b}width".as_bytes(), "zero\\u{200b}width"),
            ("<b>".as_bytes(), "<b>"),
            ("ü".as_bytes(), "ü"),
            ("a\u{301}\u{301}\u{301}\u{301}".as_bytes(), "a\u{301}\u{301}\u{301}\\u{301}"),
        ];
        for (bytes, expected) in table {
            assert_eq!(Shown::of_bytes(bytes).as_str(), expected);
        }
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        let long = Shown::of_text(&format!("{}{}", "x".repeat(500), ".php.jpg"));
        assert!(long.elided().ends_with(".php.jpg") && long.elided().chars().count() <= SHOWN_CELLS);
    }

    proptest! {
        #[test]
        fn the_escaped_form_is_injective(a in proptest::collection::vec(any::<u8>(), 0..24), b in proptest::collection::vec(any::<u8>(), 0..24)) {
            prop_assert_eq!(a == b, Shown::of_bytes(&a) == Shown::of_bytes(&b));
        }

        #[test]
        fn the_escaped_form_has_no_control_characters(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(Shown::of_bytes(&bytes).as_str().chars().all(|c| !is_dangerous(c)));
        }
    }
}
