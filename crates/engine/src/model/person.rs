//! Who acts: a name for the record, and what this person may do. Not a password.

use super::wire_enum;

/// The name in the record when nobody gave one. Nobody can be added under it.
pub const NOBODY: &str = "me";
/// Longest name, in characters.
pub const LONGEST_PERSON: usize = 80;

wire_enum!(
    /// What a person may do beyond reading facts.
    Ability {
        /// Look at pictures, where looking is allowed at all.
        View = "view",
        /// Decide cases, put files back, say what is known to be good.
        Decide = "decide",
        /// Delete for good, and say who may do what.
        Purge = "purge",
    }
);

/// What an operation asks of whoever asks for it. Both doors, the command line and the window, say it of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Nothing: it only reads, or is about the looks of a screen.
    Anyone,
    /// To decide.
    Decide,
    /// To delete for good, and to hand out what is sealed or what opens it.
    Purge,
    /// Everything: it changes what is watched, what is compared with, or how.
    Everything,
}

/// Somebody who shares this home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name that the record carries.
    pub name: String,
    /// What this person may do, in the order of [`Ability::ALL`].
    pub abilities: Vec<Ability>,
    /// No picture is ever shown, whatever else is allowed.
    pub no_pictures: bool,
}

impl Person {
    /// Somebody who may do everything.
    pub fn full(name: &str) -> Self {
        Self { name: name.to_owned(), abilities: Ability::ALL.to_vec(), no_pictures: false }
    }

    /// A volunteer: decides without pictures, deletes nothing.
    pub fn volunteer(name: &str) -> Self {
        Self { name: name.to_owned(), abilities: vec![Ability::Decide], no_pictures: true }
    }

    /// Whether this ability is given.
    pub fn may(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }

    /// Whether a picture may be shown to this person, as far as the person is concerned.
    pub fn may_view(&self) -> bool {
        self.may(Ability::View) && !self.no_pictures
    }

    /// Whether this person may say who may do what.
    pub fn is_keeper(&self) -> bool {
        Ability::ALL.iter().all(|ability| self.may(*ability))
    }

    /// Whether this person has that right.
    pub fn has(&self, right: Right) -> bool {
        match right {
            Right::Anyone => true,
            Right::Decide => self.may(Ability::Decide),
            Right::Purge => self.may(Ability::Purge),
            Right::Everything => self.is_keeper(),
        }
    }

    /// Why a name cannot be used; `None` if it can.
    pub fn refusal_of(name: &str) -> Option<&'static str> {
        match () {
            () if name.is_empty() || name != name.trim() => Some("A name has at least one letter, and no spaces around it."),
            () if name.chars().count() > LONGEST_PERSON => Some("A name has at most 80 characters."),
            () if super::Shown::of_text(name).as_str() != name => Some("A name has only characters that can be seen."),
            () if name.eq_ignore_ascii_case(NOBODY) => Some("\"me\" is the name of whoever has none. Choose another."),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_read_by_everybody() {
        for name in ["Ana", "Ana María", "安娜", "a"] {
            assert_eq!(Person::refusal_of(name), None, "{name}");
        }
        for name in ["", " Ana", "Ana ", "A\nna", "A\u{202e}na", "me", "ME", &"a".repeat(81)] {
            assert!(Person::refusal_of(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn no_pictures_is_stronger_than_the_ability_to_view() {
        let full = Person::full("Ana");
        assert!(full.may_view() && full.is_keeper());
        assert!(!Person { no_pictures: true, ..full }.may_view());
        let volunteer = Person::volunteer("Bo");
        assert!(volunteer.may(Ability::Decide) && !volunteer.may_view() && !volunteer.may(Ability::Purge) && !volunteer.is_keeper());
    }
}
