//! Which keys may sign the next file of a list: the pinned one, and the one that it announced.

use super::header::Header;
use super::key::PublicKey;
use super::problem::Problem;

/// A key that a verified file announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The key.
    pub key: PublicKey,
    /// The `seq` of the file that announced it; the key counts for every later one.
    pub after_seq: u64,
}

/// The keys of one list. The engine stores it with the list and hands it in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyring {
    /// The key that a person accepted, or that followed it by announcement.
    pub pinned: PublicKey,
    /// The key that will follow, if one was announced.
    pub announced: Option<Announced>,
}

impl Keyring {
    /// A keyring with one key: typed, read from a file, or compared by its words at first use.
    pub const fn new(pinned: PublicKey) -> Self {
        Self { pinned, announced: None }
    }

    /// The keys with this key id: an id is chosen freely, so two keys may share one.
    pub(super) fn with_id(&self, id: [u8; 8]) -> Vec<PublicKey> {
        let mut keys = vec![self.pinned];
        keys.extend(self.announced.map(|announced| announced.key).filter(|key| *key != self.pinned));
        keys.retain(|key| key.id() == id);
        keys
    }

    /// Whether `signer` may sign the file with this `seq`.
    ///
    /// # Errors
    /// `unknown_key`.
    pub fn allow(&self, signer: &PublicKey, seq: u64) -> Result<(), Problem> {
        let announced = self.announced.is_some_and(|announced| announced.key == *signer && seq > announced.after_seq);
        if *signer == self.pinned || announced { Ok(()) } else { Err(Problem::UnknownKey { key_id: signer.key_id() }) }
    }

    /// The keyring after a file was accepted: its signer is the pinned key from now on, and what it announces is remembered.
    ///
    /// A file that announces nothing takes no earlier announcement back: readers may have skipped it, and all must come to the same end.
    #[must_use]
    pub fn after(&self, signer: &PublicKey, header: &Header) -> Self {
        let announced = header.next_key.filter(|key| key != signer).map(|key| Announced { key, after_seq: header.seq });
        let kept = self.announced.filter(|announced| announced.key != *signer);
        Self { pinned: *signer, announced: announced.or(kept) }
    }
}
