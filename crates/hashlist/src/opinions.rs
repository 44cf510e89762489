//! Who vouches for an entry of an exchange, and who disputes it.

use crate::limits;

/// How many say something of an entry, and who: the first 64 names, each at most 128 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voices {
    /// How many; can be more than there are names.
    pub count: u32,
    /// The names, or the publisher's numbers for them, in the order of the file.
    pub names: Vec<String>,
}

impl Voices {
    /// Counts one voice and remembers its name, if it has one and there is room.
    pub fn add(&mut self, name: &str) {
        self.count = self.count.saturating_add(1);
        let name = name.trim();
        if !name.is_empty() && self.names.len() < limits::OPINION_NAMES {
            self.names.push(name[..name.floor_char_boundary(limits::LABEL_BYTES)].to_owned());
        }
    }
}

/// What the members of an exchange say of an entry. An opinion against it never hides the entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opinions {
    /// Those who vouch for it.
    pub agree: Voices,
    /// Those who dispute it.
    pub against: Voices,
    /// Those who say something else.
    pub other: Voices,
}

impl Opinions {
    /// Whether nobody says anything.
    pub const fn is_empty(&self) -> bool {
        self.agree.count == 0 && self.against.count == 0 && self.other.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_voices_are_counted_and_the_first_names_remembered() {
        let mut voices = Voices::default();
        (0..limits::OPINION_NAMES + 1).for_each(|number| voices.add(&number.to_string()));
        voices.add(" ");
        assert_eq!(
            (voices.count as usize, voices.names.len()),
            (limits::OPINION_NAMES + 2, limits::OPINION_NAMES),
            "one beyond, one nameless"
        );
        let mut voices = Voices::default();
        voices.add(&"é".repeat(100));
        assert_eq!(voices.names[0], "é".repeat(64), "128 bytes, cut between characters");
        assert!(Opinions::default().is_empty() && !Opinions { other: voices, ..Opinions::default() }.is_empty(), "somebody said something");
    }
}
