//! Targets of `engine`: names of files, answers of servers, and exports of the record.

use engine::lists::download::answer::{Asked, Head, Resume, Size, Verdict, judge};
use engine::model::{Shown, SitePath};
use engine::record::check;

/// The name of a program and of its folder of seeds, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 3] = [("answer", answer), ("ledger", ledger), ("path", path)];

/// Terminal cells of the short form of a name.
const CELLS: usize = 120;

/// Any bytes as text for a screen, and as a path: the escaped form says exactly which bytes it stands for, and holds nothing that acts.
pub fn path(bytes: &[u8]) {
    let shown = Shown::of_bytes(bytes);
    assert_eq!(unescaped(shown.as_str()), bytes, "the escaped form is injective");
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
    };
    assert!(!shown.as_str().contains(acts), "nothing in it moves other text");
    let short = shown.elided();
    assert!(short.chars().count() <= CELLS * 4 && !short.contains(acts), "the short form is short");
    let Ok(path) = SitePath::new(bytes) else { return };
    assert_eq!(path.as_bytes(), bytes, "a path is its bytes");
    assert_eq!(path.parts().collect::<Vec<_>>().join(&b'/'), bytes, "and its parts");
    assert_eq!(path.shown(), shown, "shown like any text");
    let rebuilt = path.parts().try_fold(None::<SitePath>, |parent, part| SitePath::below(parent.as_ref(), part).map(Some));
    assert_eq!(rebuilt, Ok(Some(path.clone())), "part by part it is the same");
    assert!(path.parent().is_none_or(|parent| path.is_below(&parent)), "it lies below its parent");
}

/// The bytes that an escaped form stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend(&rest.as_bytes()[..at]);
        let escaped = &rest[at + 1..];
        if let Some(hex) = escaped.strip_prefix('x') {
            bytes.push(u8::from_str_radix(&hex[..2], 16).expect("two digits"));
            rest = &hex[2..];
        } else if let Some((hex, after)) = escaped.strip_prefix("u{").and_then(|hex| hex.split_once('}')) {
            let character = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32).expect("a character");
            bytes.extend(character.to_string().as_bytes());
            rest = after;
        } else {
            bytes.push(b'\\');
            rest = escaped.strip_prefix('\\').expect("a backslash is doubled");
        }
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// Two bytes of choices, a status, and lines of `name: value`: the answer of a server, to four ways of asking.
pub fn answer(bytes: &[u8]) {
    let Some(([choice, low, high], rest)) = bytes.split_first_chunk::<3>() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let fields = text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let head = Head { status: u16::from_le_bytes([*low, *high]) % 600, fields: fields.collect() };
    let resume = Resume { at: u64::from(*choice) * 1_000, etag: "\"a\"".to_owned() };
    let max = 1_000_000;
    let size = if choice & 1 == 0 { Size::at_most(max) } else { Size::exactly(max) };
    let asked = Asked { host: "lists.example.org", is_conditional: choice & 2 != 0, resume: (choice & 4 != 0).then_some(&resume), size };
    match judge(&head, &asked, 1_700_000_000_000) {
        Verdict::Take { from, total } => {
            assert!(from == 0 || asked.resume.is_some_and(|resume| from == resume.at), "a body goes on where ours ended, or begins");
            assert!(total.is_none_or(|total| total <= max), "nothing longer than agreed on is begun");
        }
        Verdict::Unchanged => assert!(asked.is_conditional, "only who asked with a validator is told that nothing changed"),
        Verdict::StartOver => assert!(asked.resume.is_some(), "only a resumed download starts over"),
        Verdict::Elsewhere(_) | Verdict::Fail(_) => {}
    }
}

/// The text of an export: a damaged one is damaged, and what stands before the damage is what stood there.
pub fn ledger(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let whole = check::check(text);
    assert!(whole.rows.len() <= text.lines().count(), "no row without a line");
    if let Some(broken) = whole.broken {
        assert!(broken.line as usize <= text.split_inclusive('\n').count() + 1, "the break is in the text");
    }
    let half = text.len() / 2;
    if let Some(cut) = (0..=half).rev().find(|at| text.is_char_boundary(*at)) {
        let found = check::check(&text[..cut]);
        let known = found.rows.len().min(whole.rows.len());
        assert_eq!(found.rows[..known], whole.rows[..known], "a cut changes nothing before it");
    }
}
