//! What changes between two versions of a list, by the publisher's key.

use sha2::{Digest, Sha256};

use crate::entry::Entry;
use crate::packed::Entries;

/// A digest of everything that an entry says, key included: equal entries have equal digests.
pub type EntryDigest = [u8; 16];

impl Entry {
    /// The digest of this entry: the first 16 bytes of a SHA-256 over its fields, our number excepted. It is stored in the index, so that two versions can be
    /// compared without their originals.
    pub fn digest(&self) -> EntryDigest {
        let mut said = Vec::with_capacity(256);
        // Length before content, so that no two different entries write the same bytes. One call of SHA-256 for all: many short ones take twice as long.
        let mut field = |bytes: &[u8]| {
            said.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            said.extend_from_slice(bytes);
        };
        field(self.key.as_bytes());
        for signal in &self.signals {
            field(signal.kind().as_str().as_bytes());
            field(signal.as_bytes());
        }
        field(&(self.kept.len() as u64).to_le_bytes());
        for (kind, text) in &self.kept {
            field(kind.as_bytes());
            field(text.as_bytes());
        }
        field(&(self.labels.len() as u64).to_le_bytes());
        self.labels.iter().for_each(|label| field(label.as_bytes()));
        field(self.source.as_deref().unwrap_or("\0").as_bytes());
        field(&[self.flags.bits(), self.quality.map_or(u8::MAX, |quality| quality.get())]);
        field(self.status.as_str().as_bytes());
        field(self.harm.map_or("", |harm| harm.as_str()).as_bytes());
        field(self.media.map_or("", |media| media.as_str()).as_bytes());
        field(self.size.map(u64::to_le_bytes).as_ref().map_or(&[], |bytes| bytes.as_slice()));
        for moment in [self.added, self.updated, self.expires] {
            field(moment.map(i64::to_le_bytes).as_ref().map_or(&[], |bytes| bytes.as_slice()));
        }
        // Only where they are there, each after its name: entries of formats without them keep the digest that indexes already store.
        for (name, text) in [("share", &self.share), ("group", &self.group)] {
            if let Some(text) = text {
                field(name.as_bytes());
                field(text.as_bytes());
            }
        }
        let opinions = [("agree", &self.opinions.agree), ("against", &self.opinions.against), ("other", &self.opinions.other)];
        for (name, voices) in opinions.into_iter().filter(|(_, voices)| voices.count > 0) {
            field(name.as_bytes());
            field(&voices.count.to_le_bytes());
            field(&(voices.names.len() as u64).to_le_bytes());
            voices.names.iter().for_each(|name| field(name.as_bytes()));
        }
        short_digest(&said)
    }
}

/// The difference of two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Places, in the later version and in ascending order, of entries whose keys are new.
    pub added: Vec<u32>,
    /// Places, in the later version and in ascending order, of entries that say something else.
    pub changed: Vec<u32>,
    /// Keys that are gone, in the order of the version before.
    pub withdrawn: Vec<String>,
    /// Number of entries that are equal.
    pub unchanged: u64,
}

impl Difference {
    /// Compares two states.
    pub fn of(before: &Entries, after: &Entries) -> Self {
        let Ok(difference) = difference::<std::convert::Infallible, _>(|| keys_of(before), keys_of(after));
        difference
    }

    /// Whether the two versions say the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.withdrawn.is_empty()
    }
}

/// Compares two versions: each a sequence of (key, digest), each key once. For entries use [`keys_of`], for an index `Index::keys`. The version before is
/// gone through twice.
///
/// Keys are compared by the first 16 bytes of their SHA-256: the keys themselves of ten million entries take a gigabyte.
/// # Errors
/// The first error of either sequence.
pub fn difference<E, Before>(
    before: impl Fn() -> Before,
    after: impl IntoIterator<Item = Result<(String, EntryDigest), E>>,
) -> Result<Difference, E>
where
    Before: Iterator<Item = Result<(String, EntryDigest), E>>,
{
    let named = |row: Result<(String, EntryDigest), E>| row.map(|(key, digest)| (short_digest(key.as_bytes()), digest));
    let mut known = before().map(named).collect::<Result<Vec<_>, E>>()?;
    known.sort_unstable();
    let mut is_live = vec![false; known.len()];
    let place_of = |key: &EntryDigest| known.binary_search_by(|(known, _)| known.cmp(key));
    let mut difference = Difference::default();
    for (place, row) in (0..).zip(after) {
        let (key, digest) = named(row)?;
        match place_of(&key) {
            Err(_) => difference.added.push(place),
            Ok(found) => {
                is_live[found] = true;
                if known[found].1 == digest { difference.unchanged += 1 } else { difference.changed.push(place) }
            }
        }
    }
    if is_live.contains(&false) {
        for row in before() {
            let (key, _) = row?;
            if place_of(&short_digest(key.as_bytes())).is_ok_and(|found| !is_live[found]) {
                difference.withdrawn.push(key);
            }
        }
    }
    Ok(difference)
}

/// The first 16 bytes of a SHA-256.
pub(crate) fn short_digest(bytes: &[u8]) -> EntryDigest {
    let mut short = EntryDigest::default();
    short.copy_from_slice(&Sha256::digest(bytes)[..16]);
    short
}

/// Keys and digests of entries, for [`difference`].
pub fn keys_of<E>(entries: &Entries) -> impl Iterator<Item = Result<(String, EntryDigest), E>> + '_ {
    entries.iter().map(|entry| {
        let digest = entry.digest();
        Ok((entry.key, digest))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::entry::{Opinions, Status, Voices};

    fn entry(key: &str) -> Entry {
        Entry { key: key.to_owned(), ..Entry::default() }
    }

    #[test]
    fn keys_decide_and_content_tells_changed_from_equal() {
        let before = [entry("a"), entry("b"), entry("c")];
        let after = [entry("d"), Entry { status: Status::Confirmed, ..entry("b") }, entry("a")];
        let (before, after) = (Entries::from(before.to_vec()), Entries::from(after.to_vec()));
        let expected = Difference { added: vec![0], changed: vec![1], withdrawn: vec!["c".to_owned()], unchanged: 1 };
        assert_eq!(Difference::of(&before, &after), expected, "by key, whatever the order");
        assert!(Difference::of(&before, &before).is_empty(), "twice the same file changes nothing");
    }

    #[test]
    fn every_field_is_part_of_the_digest() {
        let plain = entry("a");
        let voice = || Voices { count: 1, names: vec!["x".to_owned()] };
        let others = [
            Entry { labels: vec!["x".to_owned()], ..plain.clone() },
            Entry { source: Some(String::new()), ..plain.clone() },
            Entry { size: Some(0), ..plain.clone() },
            Entry { added: Some(0), ..plain.clone() },
            Entry { updated: Some(0), ..plain.clone() },
            Entry { expires: Some(0), ..plain.clone() },
            Entry { media: Some(crate::entry::Media::Image), ..plain.clone() },
            Entry { harm: Some(crate::entry::Harm::Ncii), ..plain.clone() },
            Entry { share: Some("RED".to_owned()), ..plain.clone() },
            Entry { group: Some("RED".to_owned()), ..plain.clone() },
            Entry { opinions: Opinions { agree: voice(), ..Opinions::default() }, ..plain.clone() },
            Entry { opinions: Opinions { against: voice(), ..Opinions::default() }, ..plain.clone() },
            Entry { opinions: Opinions { other: voice(), ..Opinions::default() }, ..plain.clone() },
            Entry { opinions: Opinions { other: Voices { count: 1, names: Vec::new() }, ..Opinions::default() }, ..plain.clone() },
            Entry { kept: vec![("tlsh".to_owned(), "x".to_owned())], ..plain.clone() },
            Entry { quality: Some(fingerprint::signal::Quality::new(3)), ..plain.clone() },
        ];
        let digests: BTreeSet<EntryDigest> = others.iter().chain([&plain]).map(Entry::digest).collect();
        assert_eq!(digests.len(), others.len() + 1, "each says something else");
        assert_eq!(Entry { number: 7, ..plain.clone() }.digest(), plain.digest(), "our number is nothing that the publisher says");
    }
}
